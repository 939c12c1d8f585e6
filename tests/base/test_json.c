/*
 * test_json.c - reading with kinds and fallbacks, refusals, and writing that
 * reads back.
 */
#include "base/json.h"
#include "base/rng.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct tw_json *parsed(const char *text)
{
    struct tw_json *root = NULL;
    struct tw_err err = { 0 };

    if (tw_json_parse(&root, text, strlen(text), &err) != TW_OK)
        printf("# %s\n", err.msg);
    return root;
}

TEST(values_come_back_with_their_kinds)
{
    struct tw_json *j = parsed("{\"z\":[1,2.5,true,null,\"t\\u0000x\"],"
                               "\"a\":{\"n\":9223372036854775807}}");
    const struct tw_json *z = tw_json_get(j, "z");
    size_t n;

    CHECK(tw_json_kind(j) == TW_JSON_OBJECT && tw_json_len(j) == 2);
    CHECK(tw_json_kind(z) == TW_JSON_ARRAY && tw_json_len(z) == 5);
    CHECK(tw_json_int(tw_json_at(z, 0), -1) == 1);
    CHECK(tw_json_number(tw_json_at(z, 0), -1) == 1);
    CHECK(tw_json_number(tw_json_at(z, 1), -1) == 2.5);
    CHECK(tw_json_int(tw_json_at(z, 1), -1) == -1);
    CHECK(tw_json_bool(tw_json_at(z, 2), false));
    CHECK(tw_json_kind(tw_json_at(z, 3)) == TW_JSON_NULL);
    const char *text = tw_json_text(tw_json_at(z, 4), &n);
    CHECK(n == 3 && text && memcmp(text, "t\0x", 4) == 0);
    CHECK(tw_json_at(z, 5) == NULL);
    CHECK(tw_json_int(tw_json_get(tw_json_get(j, "a"), "n"), 0) == INT64_MAX);
    tw_json_free(j);
}

TEST(members_keep_the_order_of_the_file)
{
    struct tw_json *j = parsed("{\"z\":1,\"a\":2,\"m\":3}");
    const char *key;

    CHECK(tw_json_int(tw_json_member(j, 0, &key), 0) == 1 && key[0] == 'z');
    CHECK(tw_json_int(tw_json_member(j, 1, &key), 0) == 2 && key[0] == 'a');
    CHECK(tw_json_int(tw_json_member(j, 2, &key), 0) == 3 && key[0] == 'm');
    CHECK(!tw_json_member(j, 3, &key) && !key);
    tw_json_free(j);
}

TEST(absent_values_and_wrong_kinds_give_the_fallback)
{
    struct tw_json *j = parsed("[\"x\"]");
    const char *key;
    size_t n = 7;

    CHECK(tw_json_get(j, "k") == NULL && tw_json_get(NULL, "k") == NULL);
    CHECK(tw_json_at(NULL, 0) == NULL && tw_json_len(NULL) == 0);
    CHECK(tw_json_member(NULL, 0, &key) == NULL);
    CHECK(tw_json_text(NULL, &n) == NULL && n == 0);
    CHECK(tw_json_text(j, NULL) == NULL);
    CHECK(tw_json_int(tw_json_at(j, 0), 5) == 5);
    CHECK(tw_json_number(NULL, 0.5) == 0.5);
    CHECK(tw_json_bool(tw_json_at(j, 0), true));
    CHECK(tw_json_kind(NULL) == TW_JSON_NULL);
    tw_json_free(j);
    tw_json_free(NULL);
}

TEST(malformed_documents_are_refused_with_their_place)
{
    static const struct {
        const char *text, *place;
    } cases[] = {
        { "", "1:" },
        { "[1,\n  2,,]", "2:5: " },
        { "{\"a\":1,\"a\":2}", "1:" },
        { "[1] x", "1:5: " },
        { "\"\xFF\"", "1:" },
        { "1e999", "1:" },
        { "99999999999999999999", "1:" },
        { "[\"\x1B[2J\"]", "1:" },
        { "{\"a\\u0000\":1}", "1:" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tw_json *j;
        struct tw_err err = { 0 };
        CHECK(tw_json_parse(&j, cases[i].text, strlen(cases[i].text), &err) ==
              TW_EFORMAT);
        CHECK(!j);
        CHECK(strncmp(err.msg, cases[i].place, strlen(cases[i].place)) == 0);
        CHECK(!strchr(err.msg, '\x1B'));
    }
}

TEST(deep_nesting_is_refused)
{
    enum { DEPTH = 100000 };
    static char text[DEPTH];
    struct tw_json *j;

    memset(text, '[', DEPTH);
    CHECK(tw_json_parse(&j, text, DEPTH, NULL) == TW_EFORMAT);
}

TEST(written_strings_read_back)
{
    struct tw_buf b;
    struct tw_json *j;
    char all[0x80];
    size_t n;

    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    tw_buf_init(&b, 10000);
    tw_json_add_string(&b, all, sizeof(all));
    CHECK(tw_json_parse(&j, b.bytes, b.len, NULL) == TW_OK);
    const char *back = tw_json_text(j, &n);
    CHECK(n == sizeof(all) && memcmp(back, all, n) == 0);
    tw_json_free(j);
    tw_buf_clear(&b);
    tw_json_adds(&b, "a\"\\\n\x01\xC3\xA4\xFF");
    CHECK(strcmp(tw_buf_text(&b), "\"a\\\"\\\\\\n\\u0001\xC3\xA4"
                                  "\xEF\xBF\xBD\"") == 0);
    tw_buf_release(&b);
}

/* A program's words may reach a terminal as JSON. */
TEST(json_is_harmless_on_a_terminal)
{
    static const struct {
        const char *text, *json;
    } TEXTS[] = {
        { "\x1b[31m\x07\x7f", "\"\\u001b[31m\\u0007\\u007f\"" },
        { "a\xc2\x9b"
          "1m\xc2\x85",
          "\"a\\u009b1m\\u0085\"" },
        { "\xe2\x80\xae"
          "x\xe2\x81\xa9",
          "\"\\u202ex\\u2069\"" },
        { "\xe2\x80\xa8\xe2\x80\xa9", "\"\\u2028\\u2029\"" },
        { "\xd8\x9c\xe2\x80\x8e", "\"\\u061c\\u200e\"" },
        { "\xc3\xa4\xe2\x82\xac", "\"\xc3\xa4\xe2\x82\xac\"" },
    };
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    for (size_t i = 0; i < TW_ARRAY_LEN(TEXTS); i++) {
        struct tw_json *j;

        tw_buf_clear(&b);
        tw_json_adds(&b, TEXTS[i].text);
        CHECK(strcmp(tw_buf_text(&b), TEXTS[i].json) == 0);
        CHECK(tw_json_parse(&j, b.bytes, b.len, NULL) == TW_OK);
        CHECK(strcmp(tw_json_text(j, NULL), TEXTS[i].text) == 0);
        tw_json_free(j);
    }
    tw_buf_release(&b);
}

static int number_is(double v, const char *expected)
{
    struct tw_buf b;

    tw_buf_init(&b, 100);
    tw_json_add_number(&b, v);
    int ok = strcmp(tw_buf_text(&b), expected) == 0;
    tw_buf_release(&b);
    return ok;
}

TEST(written_numbers_read_back_as_the_same_double)
{
    struct tw_rng rng = tw_rng_seeded(1);
    struct tw_buf b;

    CHECK(number_is(0.1, "0.1"));
    CHECK(number_is(1.0, "1"));
    CHECK(number_is(-0.0, "-0.0"));
    CHECK(number_is((double)NAN, "null"));
    CHECK(number_is((double)-INFINITY, "null"));
    tw_buf_init(&b, 100);
    for (unsigned i = 0; i < 10000; i++) {
        uint64_t bits = tw_rng_u64(&rng);
        double v;
        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v))
            continue;
        tw_buf_clear(&b);
        tw_json_add_number(&b, v);
        CHECK(strtod(tw_buf_text(&b), NULL) == v);
    }
    tw_buf_release(&b);
}

/* What the loose reader makes of a text, as the value of member "x". */
static const struct tw_json *loose(struct tw_json **j, const char *text)
{
    struct tw_err err = { 0 };

    if (tw_json_parse_loose(j, text, strlen(text), &err) != TW_OK)
        printf("# %s: %s\n", text, err.msg);
    return tw_json_get(*j, "x");
}

TEST(what_other_programs_write_is_read)
{
    static const struct {
        const char *text;
        enum tw_json_kind kind;
        double number;
    } VALUES[] = {
        { "{\"y\": NaN, \"x\": 1}", TW_JSON_INT, 1 },
        { "{\"x\": NaN}", TW_JSON_NULL, 0 },
        { "{\"x\":Infinity}", TW_JSON_NULL, 0 },
        { "{\"y\":[-Infinity,NaN , NaN],\"x\":-1}", TW_JSON_INT, -1 },
        { "{\"x\": 12345678901234567890123}", TW_JSON_REAL,
          12345678901234567890123.0 },
        { "{\"x\": -9223372036854775809}", TW_JSON_REAL,
          -9223372036854775808.0 },
        { "{\"y\": NaN, \"x\": 9223372036854775807}", TW_JSON_INT,
          9223372036854775807.0 },
        { "{\"x\": 1e400}", TW_JSON_NULL, 0 },
        { "{\"x\": -1.5E+999}", TW_JSON_NULL, 0 },
        { "{\"y\": 1e400, \"x\": 1.5e3}", TW_JSON_REAL, 1500 },
        { "\xef\xbb\xbf{\"x\": 2}\r", TW_JSON_INT, 2 },
    };
    static const struct {
        const char *text, *value;
    } TEXTS[] = {
        { "{\"x\": \"a\\ud83d\"}", "a\xef\xbf\xbd" },
        { "{\"x\": \"\\ud83d\\ude00\\ude00\"}",
          "\xf0\x9f\x98\x80\xef\xbf\xbd" },
        { "{\"x\": \"\\uDC00\\uD800b\"}", "\xef\xbf\xbd\xef\xbf\xbd"
                                          "b" },
        { "{\"x\": \"\\ud83d\\n\"}", "\xef\xbf\xbd\n" },
        { "{\"y\": \"\\ud83d\", \"x\": \"\\\\ud83d\"}", "\\ud83d" },
        { "{\"y\": NaN, \"x\": \"NaN 1e400 \\\"NaN\"}", "NaN 1e400 \"NaN" },
        { "{\"x\": \"\xed\xa0\xbd|\xff\"}",
          "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd" },
        { "{\"x\": \"caf\xc3\"}", "caf\xef\xbf\xbd" },
    };
    struct tw_json *j;

    for (size_t i = 0; i < TW_ARRAY_LEN(VALUES); i++) {
        const struct tw_json *x = loose(&j, VALUES[i].text);

        CHECK(j && tw_json_kind(x) == VALUES[i].kind);
        CHECK(tw_json_number(x, 0) == VALUES[i].number);
        tw_json_free(j);
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(TEXTS); i++) {
        const char *x = tw_json_text(loose(&j, TEXTS[i].text), NULL);

        CHECK(x && strcmp(x, TEXTS[i].value) == 0);
        tw_json_free(j);
    }
}

TEST(loose_reading_still_refuses_what_is_no_json)
{
    static const char *const BAD[] = {
        "",
        "{\"x\": nan}",
        "{\"x\": NaNa}",
        "{\"x\": --1}",
        "{\"x\": 01}",
        "{\"x\": 0x1p99999}",
        "{\"x\": 1e}",
        "{\"x\": NaN",
        "{\"x\": \"\\ud83d",
        "{\"x\": \"\\ud8\"}",
        "{\"x\": \"\\",
        "NaN NaN",
        "{\"x\": \"a\nb\"}",
        "{x: NaN}",
        "{\"x\": 1, \"x\": NaN}",
    };
    struct tw_json *j;
    char digits[1000];

    for (size_t i = 0; i < TW_ARRAY_LEN(BAD); i++) {
        enum tw_status st =
            tw_json_parse_loose(&j, BAD[i], strlen(BAD[i]), NULL);
        if (st != TW_EFORMAT)
            printf("# %s\n", BAD[i]);
        CHECK(st == TW_EFORMAT && !j);
    }
    memset(digits, '7', sizeof(digits));
    CHECK(tw_json_parse_loose(&j, digits, sizeof(digits), NULL) == TW_OK);
    CHECK(tw_json_kind(j) == TW_JSON_NULL);
    tw_json_free(j);
    digits[1] = '.';
    CHECK(tw_json_parse_loose(&j, digits, sizeof(digits), NULL) == TW_OK);
    CHECK(fabs(tw_json_number(j, 0) - 7.777777777777777) < 1e-12);
    tw_json_free(j);
}

TEST(a_line_of_blanks_holds_no_document)
{
    CHECK(tw_json_is_blank("", 0) && tw_json_is_blank(" \t\r\n", 4));
    CHECK(!tw_json_is_blank("\0", 1) && !tw_json_is_blank(" x", 2));
}

TEST_MAIN(RUN(json_is_harmless_on_a_terminal);
          RUN(what_other_programs_write_is_read);
          RUN(loose_reading_still_refuses_what_is_no_json);
          RUN(a_line_of_blanks_holds_no_document);
          RUN(values_come_back_with_their_kinds);
          RUN(members_keep_the_order_of_the_file);
          RUN(absent_values_and_wrong_kinds_give_the_fallback);
          RUN(malformed_documents_are_refused_with_their_place);
          RUN(deep_nesting_is_refused); RUN(written_strings_read_back);
          RUN(written_numbers_read_back_as_the_same_double);)
