/* test_toml.c - positions, refusals, limits and the typed readers of TOML. */
#include "base/toml.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* One arena and one error for a test; the tests are one after the other. */
static struct tw_arena arena;
static struct tw_err err;

static const struct tw_toml *parse(const char *text)
{
    struct tw_toml *root = NULL;

    tw_arena_release(&arena);
    tw_arena_init(&arena, 8u << 20);
    memset(&err, 0, sizeof(err));
    if (tw_toml_parse(&root, &arena, text, strlen(text), &err) != TW_OK)
        return NULL;
    return root;
}

static bool refuses(const char *text, const char *msg)
{
    bool ok =
        !parse(text) && err.code == TW_EFORMAT && strcmp(err.msg, msg) == 0;

    if (!ok)
        printf("# got: %s\n", err.msg);
    return ok;
}

TEST(values_and_keys_know_their_place)
{
    const struct tw_toml *t = parse("# c\n"
                                    "\"\xC3\xA4\" = [ 1,\n"
                                    "  'x' ]\n"
                                    "[a.b]\n"
                                    "  c.d = true\r\n"
                                    "[a]\n");
    const struct tw_toml *v = tw_toml_get(t, "\xC3\xA4");

    CHECK(v && v->kind == TW_TOML_ARRAY && v->n_children == 2);
    if (!v)
        return;
    CHECK(v->key_line == 2 && v->key_column == 1);
    CHECK(v->line == 2 && v->column == 7);
    CHECK(v->first->line == 2 && v->first->column == 9);
    CHECK(v->first->next->line == 3 && v->first->next->column == 3);
    v = tw_toml_get(t, "a");
    CHECK(v && v->line == 6 && v->key_line == 4 && v->key_column == 2);
    v = tw_toml_get(v, "b");
    CHECK(v && v->line == 4 && v->column == 1);
    v = tw_toml_get(tw_toml_get(v, "c"), "d");
    CHECK(v && v->line == 5 && v->column == 9 && v->u.b);
    CHECK(v->key_column == 5);
}

TEST(keys_keep_their_order_and_may_hold_nul)
{
    const struct tw_toml *t = parse("z = 1\na = 2\n\"\\u0000\" = 3\n");
    const struct tw_toml *v = t ? t->first : NULL;

    CHECK(v && v->key[0] == 'z');
    v = v ? v->next : NULL;
    CHECK(v && v->key[0] == 'a');
    v = v ? v->next : NULL;
    CHECK(v && v->key_len == 1 && memcmp(v->key, "\0", 2) == 0 && v->u.i == 3);
    CHECK(!parse("\"\\u0000\" = 3\n\"\\u0000\" = 4\n"));
    CHECK(parse("\"\\u0000\" = 3\n\"\" = 4\n"));
}

TEST(the_error_names_line_column_and_reason)
{
    CHECK(refuses("a = 1\na = 2\n", "2:1: 'a' is already defined in line 1"));
    CHECK(refuses("[a]\n[b]\n[a]\n", "3:2: 'a' is already defined in line 1"));
    CHECK(refuses("a = {b = 1}\na.c = 2",
                  "2:1: 'a' is already defined in line 1"));
    CHECK(refuses("a 1", "1:3: '=' is missing after the key"));
    CHECK(refuses("a = 1 b = 2", "1:7: the line must end here"));
    CHECK(refuses("a = ", "1:5: a value is missing here"));
    CHECK(refuses("= 1", "1:1: a key is missing here"));
    CHECK(refuses("[a", "1:3: ']' is missing after the name"));
    CHECK(refuses("[[a]", "1:5: ']]' is missing after the name"));
    CHECK(refuses("a = [1 2]", "1:8: ',' or ']' is missing in the array"));
    CHECK(refuses("a = {b = 1",
                  "1:11: ',' or '}' is missing in the inline table"));
    CHECK(refuses("a = {b = 1,}", "1:12: a key is missing here"));
    CHECK(refuses("\n a = \"x", "2:6: string is never closed"));
    CHECK(refuses("a = 'x\n'", "1:7: string ends at the end of the line"));
    CHECK(refuses("a = \"\\q\"", "1:6: unknown escape in a string"));
    CHECK(refuses("a = \"\\uD800\"", "1:6: escape is not a Unicode character"));
    CHECK(refuses("a = 010", "1:5: '010' is a number with a leading zero"));
    CHECK(refuses("a = 9223372036854775808",
                  "1:5: '9223372036854775808' is out of the 64-bit range"));
    CHECK(refuses("a = 1e999", "1:5: '1e999' is too large"));
    CHECK(refuses("a = 2023-02-29",
                  "1:5: '2023-02-29' is no valid date or time"));
    CHECK(refuses("a = yes", "1:5: 'yes' is no valid number, date or boolean"));
    CHECK(refuses("a = 1 # \x01", "1:9: control character 0x01"));
    CHECK(refuses("a = '\xFF'", "1:6: text is not valid UTF-8"));
    CHECK(refuses("\"\\u001b[2J\" = 1\n\"\\u001b[2J\" = 1",
                  "2:1: '\\x1b[2J' is already defined in line 1"));
}

TEST(dates_have_one_form)
{
    const struct tw_toml *t = parse("a = 1979-05-27 07:32:00z\n"
                                    "b = 1979-05-27t07:32:00.5-07:00\n"
                                    "c = 1979-05-27 # x\nd = 07:32:00\n"
                                    "e = 1979-05-27 07:32:00\n");
    static const struct {
        const char *key, *text;
        enum tw_toml_kind kind;
    } cases[] = {
        { "a", "1979-05-27T07:32:00Z", TW_TOML_OFFSET_DATETIME },
        { "b", "1979-05-27T07:32:00.5-07:00", TW_TOML_OFFSET_DATETIME },
        { "c", "1979-05-27", TW_TOML_LOCAL_DATE },
        { "d", "07:32:00", TW_TOML_LOCAL_TIME },
        { "e", "1979-05-27T07:32:00", TW_TOML_LOCAL_DATETIME },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct tw_toml *v = tw_toml_get(t, cases[i].key);
        CHECK(v && v->kind == cases[i].kind);
        CHECK(v && strcmp(v->u.text.bytes, cases[i].text) == 0);
    }
}

static char *repeat(const char *head, const char *text, size_t n)
{
    size_t n_head = strlen(head), len = strlen(text);
    char *all = malloc(n_head + n * len + 1);

    if (!all)
        exit(1);
    memcpy(all, head, n_head);
    for (size_t i = 0; i < n; i++)
        memcpy(all + n_head + i * len, text, len);
    all[n_head + n * len] = '\0';
    return all;
}

TEST(deep_nesting_is_refused_without_a_deep_stack)
{
    static const char *const cases[][2] = {
        { "a = ", "[" },     { "", "a." },         { "[a", ".a" },
        { "a = ", "{a = " }, { "a = ", "[{a = " }, { "a = ", "{a.a = " },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *text = repeat(cases[i][0], cases[i][1], 100000);
        CHECK(!parse(text) && strstr(err.msg, "nested more than 128 deep"));
        free(text);
    }
    CHECK(!parse("a = [[[[[[[1]]]]]]"));
    CHECK(parse("a = [[[[[[[1]]]]]]]"));
}

TEST(many_keys_in_one_table_are_read_at_once)
{
    enum { N = 20000 };
    char *text = malloc(N * 16);
    size_t at = 0;

    if (!text)
        return;
    for (unsigned i = 0; i < N; i++)
        at += (size_t)sprintf(text + at, "k%u = %u\n", i, i);
    const struct tw_toml *t = parse(text);
    CHECK(t && t->n_children == N);
    sprintf(text + at, "k777 = 1");
    CHECK(!parse(text));
    CHECK(strcmp(err.msg, "20001:1: 'k777' is already defined in line 778") ==
          0);
    free(text);
}

/* By the work and not by a clock: with a walk from the begin of the document
 * for each header this takes minutes, and the suite's limit is one. */
TEST(many_tables_are_read_at_once)
{
    enum { N = 100000 };
    char *text = malloc(N * 24);
    size_t at = 0;

    if (!text)
        return;
    for (unsigned i = 0; i < N; i++)
        at += (size_t)sprintf(text + at, "[a.t%u]\nx = 1\n", i);
    tw_arena_release(&arena);
    tw_arena_init(&arena, 256u << 20);
    struct tw_toml *t = NULL;
    CHECK(tw_toml_parse(&t, &arena, text, at, &err) == TW_OK);
    CHECK(t && t->first->n_children == N);
    free(text);
}

TEST(a_header_and_its_keys_know_their_places)
{
    const struct tw_toml *t = parse("x = 1\n  [\xC3\xA4-no.b]");
    CHECK(!t);
    t = parse("x = 1\n  ['\xC3\xA4'.b]\ny = 2\n[[c]]\n [[c]]");
    const struct tw_toml *a = tw_toml_get(t, "\xC3\xA4");
    const struct tw_toml *b = tw_toml_get(a, "b");
    const struct tw_toml *c = tw_toml_get(t, "c");
    CHECK(a && a->key_line == 2 && a->key_column == 4);
    CHECK(b && b->line == 2 && b->column == 3 && b->key_column == 8);
    CHECK(b && b->first->line == 3 && b->first->column == 5);
    CHECK(c && c->first->line == 4 && c->first->column == 1);
    CHECK(c && c->first->next->line == 5 && c->first->next->column == 2);
}

static const char sample[] =
    "title = 'x'\n[table]\nn = 3\nf = 2.5\nb = true\ntext = \"t\"\n"
    "list = [1, {k = 2}]\nnul = \"\\u0000\"\n[[items]]\nd = 1979-05-27\n"
    "[[items]]\na.b.c = '''\nlong'''\n";

TEST(every_limit_of_the_arena_fails_cleanly)
{
    struct tw_toml *root = NULL;
    enum tw_status st = TW_ENOMEM;
    size_t limit = 0, n_failed = 0;

    for (; st == TW_ENOMEM && limit < 1u << 20; limit += 64) {
        struct tw_arena a;
        tw_arena_init(&a, limit);
        memset(&err, 0, sizeof(err));
        st = tw_toml_parse(&root, &a, sample, strlen(sample), &err);
        n_failed += st == TW_ENOMEM;
        CHECK((root != NULL) == (st == TW_OK));
        CHECK(err.code == st);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK && n_failed > 20);
}

TEST(typed_readers_give_values_and_fallbacks)
{
    const struct tw_toml *t = tw_toml_get(parse(sample), "table");
    const char *text;
    int64_t i;
    double f;
    bool b;

    CHECK(tw_toml_int(t, "n", -1, &i, &err) == TW_OK && i == 3);
    CHECK(tw_toml_int(t, "absent", -1, &i, &err) == TW_OK && i == -1);
    CHECK(tw_toml_number(t, "n", -1, &f, &err) == TW_OK && f == 3);
    CHECK(tw_toml_number(t, "f", -1, &f, &err) == TW_OK && f == 2.5);
    CHECK(tw_toml_number(NULL, "f", -1, &f, &err) == TW_OK && f == -1);
    CHECK(tw_toml_bool(t, "b", false, &b, &err) == TW_OK && b);
    CHECK(tw_toml_bool(t, "absent", true, &b, &err) == TW_OK && b);
    CHECK(tw_toml_text(t, "text", "", &text, &err) == TW_OK && text[0] == 't');
    CHECK(tw_toml_text(t, "absent", NULL, &text, &err) == TW_OK && !text);
}

TEST(a_wrong_kind_is_named_with_its_place)
{
    const struct tw_toml *t = tw_toml_get(parse(sample), "table");
    const char *text;
    int64_t i;
    double f;
    bool b;

    CHECK(tw_toml_int(t, "f", 0, &i, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "4:5: 'f' must be an integer, not a number") == 0);
    CHECK(tw_toml_text(t, "n", "", &text, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "3:5: 'n' must be a string, not an integer") == 0);
    CHECK(tw_toml_number(t, "list", 0, &f, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "7:8: 'list' must be a number, not an array") == 0);
    CHECK(tw_toml_bool(t, "text", 0, &b, &err) == TW_EFORMAT);
    CHECK(tw_toml_text(t, "nul", "", &text, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "8:7: 'nul' must not hold a NUL character") == 0);
}

TEST(unknown_keys_are_refused_with_the_nearest_known_one)
{
    static const char *const known[] = { "output", "timeout", "seed", NULL };
    const struct tw_toml *t = parse("seed = 1\n timout = 2\n");

    CHECK(tw_toml_known(t, "[run]", known, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "2:2: unknown key 'timout' in [run], "
                          "did you mean 'timeout'?") == 0);
    CHECK(tw_toml_known(parse("zzz = 1"), "[run]", known, &err) == TW_EFORMAT);
    CHECK(strcmp(err.msg, "1:1: unknown key 'zzz' in [run]") == 0);
    CHECK(tw_toml_known(parse("seed = 1"), "[run]", known, &err) == TW_OK);
    CHECK(tw_toml_known(NULL, "[run]", known, &err) == TW_OK);
}

TEST(the_nearest_name_is_near)
{
    static const char *const known[] = { "output", "outputs", "n", "seed",
                                         NULL };
    static const char *const none[] = { NULL };
    char huge[200];

    CHECK(tw_toml_nearest("otuput", known) == known[0]);
    CHECK(tw_toml_nearest("outptus", known) == known[1]);
    CHECK(tw_toml_nearest("sede", known) == known[3]);
    CHECK(tw_toml_nearest("elephant", known) == NULL);
    CHECK(tw_toml_nearest("output", none) == NULL);
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    CHECK(tw_toml_nearest(huge, known) == NULL);
}

TEST_MAIN(RUN(values_and_keys_know_their_place);
          RUN(keys_keep_their_order_and_may_hold_nul);
          RUN(the_error_names_line_column_and_reason); RUN(dates_have_one_form);
          RUN(deep_nesting_is_refused_without_a_deep_stack);
          RUN(many_keys_in_one_table_are_read_at_once);
          RUN(many_tables_are_read_at_once);
          RUN(a_header_and_its_keys_know_their_places);
          RUN(every_limit_of_the_arena_fails_cleanly);
          RUN(typed_readers_give_values_and_fallbacks);
          RUN(a_wrong_kind_is_named_with_its_place);
          RUN(unknown_keys_are_refused_with_the_nearest_known_one);
          RUN(the_nearest_name_is_near); tw_arena_release(&arena);)
