/*
 * test_csv.c - records, guessed delimiters, refusals; also the files of a
 * conformance suite.
 */
#include "base/csv.h"
#include "base/file.h"
#include "base/json.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Records as text: fields between |, records between newlines, quoted fields
 * in [ ]. */
static int reads_as(const char *text, size_t n, char delim,
                    const char *expected)
{
    struct tw_csv c;
    struct tw_buf b;
    bool more;

    tw_buf_init(&b, 10000);
    tw_csv_init(&c, text, n, delim);
    while (tw_csv_next(&c, &more, NULL) == TW_OK && more) {
        for (size_t i = 0; i < c.n_fields; i++)
            tw_buf_addf(&b, c.fields[i].quoted ? "%s[%s]" : "%s%s",
                        i ? "|" : "", c.fields[i].text);
        tw_buf_addc(&b, '\n');
    }
    int ok = strcmp(tw_buf_text(&b), expected) == 0;
    if (!ok)
        printf("# got: %s\n", tw_buf_text(&b));
    tw_csv_release(&c);
    tw_buf_release(&b);
    return ok;
}

#define READS_AS(text, delim, expected) \
    CHECK(reads_as(text, sizeof(text) - 1, delim, expected))

TEST(records_are_cut_into_fields)
{
    READS_AS("", ',', "");
    READS_AS("\n\r\n\n", ',', "");
    READS_AS("a,b\n1,2", ',', "a|b\n1|2\n");
    READS_AS("a,b\r\n1,2\r\n", ',', "a|b\n1|2\n");
    READS_AS("a,b\r", ',', "a|b\n");
    READS_AS("a,\n,b\n,\n", ',', "a|\n|b\n|\n");
    READS_AS("\n\na\n\nb\n", ',', "a\nb\n");
    READS_AS("\"\"\n", ',', "[]\n");
    READS_AS("\"a,\n\"\"b\"\"\",c\n", ',', "[a,\n\"b\"]|c\n");
    READS_AS("a \"b\" c, \"d\"\n", ',', "a \"b\" c| \"d\"\n");
    READS_AS("\xEF\xBB\xBF"
             "a;b\n",
             0, "a|b\n");
}

TEST(the_delimiter_is_guessed_from_the_first_record)
{
    READS_AS("\n\na,b;c,d\n1;2;3;4", 0, "a|b;c|d\n1;2;3;4\n");
    READS_AS("a;b\n1,5;2\n", 0, "a|b\n1,5|2\n");
    READS_AS("a\tb\n1\t2\n", 0, "a|b\n1|2\n");
    READS_AS("x|y\n", 0, "x|y\n");
    READS_AS("\"a;b;c;d\",e\n", 0, "[a;b;c;d]|e\n");
    READS_AS("one\n", 0, "one\n");
}

static int refuses(const char *text, size_t n, const char *msg)
{
    struct tw_csv c;
    struct tw_err err = { 0 };
    enum tw_status st;
    bool more;

    tw_csv_init(&c, text, n, ',');
    do
        st = tw_csv_next(&c, &more, &err);
    while (st == TW_OK && more);
    int ok = st == TW_EFORMAT && !more && strcmp(err.msg, msg) == 0;
    if (!ok)
        printf("# got: %d %s\n", st, err.msg);
    ok &= tw_csv_next(&c, &more, NULL) == TW_OK && !more;
    tw_csv_release(&c);
    return ok;
}

#define REFUSES(text, msg) CHECK(refuses(text, sizeof(text) - 1, msg))

TEST(malformed_text_is_refused_with_its_line)
{
    REFUSES("a,b\n\n\"c\n\nd", "line 3: quote is never closed");
    REFUSES("a\n\"x\ny\" z\n", "line 3: text after a closing quote");
    REFUSES("a\nb\0c\n", "line 2: NUL byte");
    REFUSES("a\n\"\nb\0c\"\n", "line 3: NUL byte");
    REFUSES("a\rb\n", "line 1: carriage return without a line feed");
    REFUSES("\"", "line 1: quote is never closed");
}

TEST(records_know_their_first_line)
{
    static const char text[] = "a\n\n\"b\nc\",d\ne\n";
    static const size_t lines[] = { 1, 3, 5 };
    struct tw_csv c;
    bool more;

    tw_csv_init(&c, text, sizeof(text) - 1, 0);
    for (size_t i = 0; i < 3; i++) {
        CHECK(tw_csv_next(&c, &more, NULL) == TW_OK && more);
        CHECK(c.line == lines[i]);
    }
    CHECK(tw_csv_next(&c, &more, NULL) == TW_OK && !more);
    tw_csv_release(&c);
}

TEST(huge_records_are_refused)
{
    enum { N = 70000, BIG = (16 << 20) + 1 };
    char *text = malloc(BIG);
    struct tw_csv c;
    struct tw_err err = { 0 };
    bool more;

    if (!text)
        return;
    memset(text, ',', N);
    tw_csv_init(&c, text, N, ',');
    CHECK(tw_csv_next(&c, &more, &err) == TW_ELIMIT);
    CHECK(strcmp(err.msg, "line 1: more than 65536 fields in a record") == 0);
    tw_csv_release(&c);
    memset(text, 'x', BIG);
    tw_csv_init(&c, text, BIG, ',');
    CHECK(tw_csv_next(&c, &more, &err) == TW_ELIMIT);
    tw_csv_release(&c);
    free(text);
}

static int writes(const char *text, const char *expected)
{
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    tw_csv_add(&b, text, ',');
    int ok = strcmp(tw_buf_text(&b), expected) == 0;
    tw_buf_release(&b);
    return ok;
}

TEST(fields_are_written_so_that_they_read_back_and_run_nothing)
{
    CHECK(writes("plain", "plain"));
    CHECK(writes("", ""));
    CHECK(writes("a,b", "\"a,b\""));
    CHECK(writes("a;b", "a;b"));
    CHECK(writes("a\"b\n", "\"a\"\"b\n\""));
    CHECK(writes("\xEF\xBB\xBF", "\"\xEF\xBB\xBF\""));
    CHECK(writes("-1.5e3", "-1.5e3"));
    CHECK(writes("+7", "+7"));
    CHECK(writes("=1+1", "'=1+1"));
    CHECK(writes("-1+cmd", "'-1+cmd"));
    CHECK(writes("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""));
    CHECK(writes("'=1", "''=1"));
    CHECK(writes("'quoted'", "'quoted'"));
}

static int unguards(const char *text, const char *expected)
{
    size_t n = strlen(text);

    tw_csv_unguard(&text, &n);
    return n == strlen(expected) && strcmp(text, expected) == 0;
}

TEST(a_guard_in_front_of_a_formula_is_taken_away_again)
{
    CHECK(unguards("'=1+1", "=1+1"));
    CHECK(unguards("''=1", "'=1"));
    CHECK(unguards("'quoted'", "'quoted'"));
    CHECK(unguards("'-5", "'-5"));
    CHECK(unguards("=1", "=1"));
    CHECK(unguards("'", "'"));
    CHECK(unguards("", ""));
}

/* The conformance files: records against a JSON array of objects. */
static void compare(struct tw_csv *c, const struct tw_json *rows)
{
    char *names[16] = { 0 };
    size_t n = 0, row = 0;
    bool more;

    CHECK(tw_csv_next(c, &more, NULL) == TW_OK && more);
    for (; n < c->n_fields && n < 16; n++)
        names[n] = strdup(c->fields[n].text);
    while (tw_csv_next(c, &more, NULL) == TW_OK && more) {
        const struct tw_json *object = tw_json_at(rows, row++);
        CHECK(c->n_fields == n && tw_json_len(object) == n);
        for (size_t i = 0; i < n && i < c->n_fields; i++) {
            const char *text =
                tw_json_text(tw_json_get(object, names[i]), NULL);
            CHECK(text && strcmp(text, c->fields[i].text) == 0);
        }
    }
    CHECK(row == tw_json_len(rows));
    for (size_t i = 0; i < n; i++)
        free(names[i]);
}

static void check_golden(const char *shared, const char *name)
{
    char path[600];
    struct tw_buf csv, json;
    struct tw_json *rows = NULL;
    struct tw_csv c;

    tw_buf_init(&csv, 1u << 20);
    tw_buf_init(&json, 1u << 20);
    snprintf(path, sizeof(path), "%s/golden/csv/csvs/%s.csv", shared, name);
    CHECK(tw_file_read(&csv, path, NULL) == TW_OK);
    snprintf(path, sizeof(path), "%s/golden/csv/json/%s.json", shared, name);
    CHECK(tw_file_read(&json, path, NULL) == TW_OK);
    CHECK(tw_json_parse(&rows, tw_buf_text(&json), json.len, NULL) == TW_OK);
    tw_csv_init(&c, tw_buf_text(&csv), csv.len, 0);
    if (rows)
        compare(&c, rows);
    tw_csv_release(&c);
    tw_json_free(rows);
    tw_buf_release(&json);
    tw_buf_release(&csv);
}

TEST(conformance_files_give_the_expected_records)
{
    /* location_coordinates is not here: its text is not UTF-8 and its JSON
     * shows another record; the quotes inside its fields are tested above. */
    static const char *const names[] = {
        "comma_in_quotes", "empty",  "empty_crlf",
        "escaped_quotes",  "json",   "newlines",
        "newlines_crlf",   "simple", "quotes_and_newlines",
        "simple_crlf",     "utf8",
    };
    const char *shared = getenv("TW_SHARED");
    char path[600];

    snprintf(path, sizeof(path), "%s/golden/csv", shared ? shared : "");
    if (!shared || !tw_file_exists(path)) {
        test_skip("shared data absent");
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        check_golden(shared, names[i]);
}

TEST_MAIN(RUN(records_are_cut_into_fields);
          RUN(the_delimiter_is_guessed_from_the_first_record);
          RUN(malformed_text_is_refused_with_its_line);
          RUN(records_know_their_first_line); RUN(huge_records_are_refused);
          RUN(fields_are_written_so_that_they_read_back_and_run_nothing);
          RUN(a_guard_in_front_of_a_formula_is_taken_away_again);
          RUN(conformance_files_give_the_expected_records);)
