#include "python/pyval.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static const struct tw_pyval_tol exact = { 0, 0, false };

/* Decode from notation; NULL when it is refused. */
static struct tw_pyval *val(struct tw_arena *a, const char *text)
{
    struct tw_cursor c = { .bytes = (const uint8_t *)text,
                           .len = strlen(text) };
    struct tw_pyval *v;

    if (tw_pyval_decode(&v, a, &c, NULL) != TW_OK || c.pos != c.len)
        return NULL;
    return v;
}

static enum tw_status refusal(const char *text)
{
    struct tw_arena a;
    struct tw_cursor c = { .bytes = (const uint8_t *)text,
                           .len = strlen(text) };
    struct tw_pyval *v;

    tw_arena_init(&a, 1 << 20);
    enum tw_status st = tw_pyval_decode(&v, &a, &c, NULL);
    tw_arena_release(&a);
    return st;
}

static bool equal(const char *got, const char *want, struct tw_pyval_tol tol)
{
    struct tw_arena a;

    tw_arena_init(&a, 1 << 20);
    struct tw_pyval *g = val(&a, got), *w = val(&a, want);
    bool same = g && w && tw_pyval_equal(g, w, tol);
    if (!g || !w)
        printf("# cannot decode '%s' or '%s'\n", got, want);
    test_checks_failed += !g || !w;
    tw_arena_release(&a);
    return same;
}

static bool source_is(const char *notation, const char *want)
{
    struct tw_arena a;
    struct tw_buf b;

    tw_arena_init(&a, 1 << 20);
    tw_buf_init(&b, 1 << 16);
    struct tw_pyval *v = val(&a, notation);
    if (v)
        tw_pyval_source(&b, v);
    bool same = v && strcmp(tw_buf_text(&b), want) == 0;
    if (!same)
        printf("# got %s, want %s\n", tw_buf_text(&b), want);
    tw_buf_release(&b);
    tw_arena_release(&a);
    return same;
}

TEST(what_is_encoded_is_decoded_again)
{
    static const char *const all[] = {
        "N",
        "T",
        "F",
        "i1:0",
        "i3:-12",
        "f3ff8000000000000",
        "f7ff8000000000000",
        "s0:",
        "s2:\xc3\xa9",
        "s3:\xed\xa0\x80",
        "b3:\xff:\n",
        "l0:",
        "t2:i1:1s1:a",
        "d1:s1:ki1:2",
        "d2:i1:2Ni1:1N",
        "e2:i1:1i1:2",
        "z0:",
        "l2:l1:l0:e1:z1:N",
        "i40:1234567890123456789012345678901234567890"
    };
    struct tw_arena a;
    struct tw_buf b;

    tw_arena_init(&a, 1 << 20);
    tw_buf_init(&b, 1 << 12);
    for (size_t i = 0; i < TW_ARRAY_LEN(all); i++) {
        struct tw_pyval *v = val(&a, all[i]);
        CHECK(v != NULL);
        tw_buf_clear(&b);
        if (v)
            tw_pyval_encode(&b, v);
        CHECK(strcmp(tw_buf_text(&b), all[i]) == 0);
    }
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST(hostile_notation_is_refused)
{
    static const char *const bad[] = { "",
                                       "x",
                                       "i0:",
                                       "i1:-",
                                       "i2:01",
                                       "i2:-0x",
                                       "i1:a",
                                       "i:1",
                                       "i01:1",
                                       "i9999999999:1",
                                       "f3ff",
                                       "f3FF8000000000000",
                                       "s5:abc",
                                       "s1:\xff",
                                       "s2:\xc0\x80",
                                       "s3:\xe0\x80\x80",
                                       "s4:\xf4\x90\x80\x80",
                                       "l1:",
                                       "l99999999:N",
                                       "d1:N",
                                       "e1:l0:",
                                       "d1:l0:N",
                                       "e2:i1:1T",
                                       "d2:i1:1NTN",
                                       "z1:d0:",
                                       "e2:NN",
                                       "l-1:",
                                       "l1",
                                       "t1:t1:t1:" };

    for (size_t i = 0; i < TW_ARRAY_LEN(bad); i++)
        if (refusal(bad[i]) != TW_EFORMAT) {
            printf("# not refused: '%s'\n", bad[i]);
            test_checks_failed++;
        }
}

TEST(nesting_is_bounded_at_64)
{
    char deep[65 * 3 + 2] = "";

    for (int i = 0; i < 63; i++)
        memcpy(deep + 3 * i, "l1:", 4);
    memcpy(deep + 3 * 63, "l0:", 4);
    CHECK(refusal(deep) == TW_OK);
    memcpy(deep + 3 * 63, "l1:l0:", 7);
    CHECK(refusal(deep) == TW_ELIMIT);
}

TEST(each_prefix_of_a_value_is_refused)
{
    const char *whole = "d2:s1:al2:i2:12f3ff8000000000000b1:xe2:TNs2:bcz0:";
    char part[64];

    /* d2 has pairs: "a" -> list, bytes -> set; then rubbish follows. */
    for (size_t n = 0; n < 37; n++) {
        memcpy(part, whole, n);
        part[n] = '\0';
        CHECK(refusal(part) == TW_EFORMAT);
    }
    CHECK(refusal(whole) == TW_OK);
}

TEST(a_full_arena_is_out_of_memory_and_no_crash)
{
    const char *text = "d1:s1:al2:i2:12e2:TN";

    for (size_t limit = 0;; limit += 4096) {
        struct tw_arena a;
        struct tw_cursor c = { .bytes = (const uint8_t *)text,
                               .len = strlen(text) };
        struct tw_pyval *v;
        tw_arena_init(&a, limit);
        enum tw_status st = tw_pyval_decode(&v, &a, &c, NULL);
        tw_arena_release(&a);
        CHECK(st == TW_OK || st == TW_ENOMEM);
        if (st == TW_OK)
            break;
    }
}

TEST(numbers_are_equal_as_in_python)
{
    CHECK(equal("i1:1", "T", exact));
    CHECK(equal("i1:0", "f8000000000000000", exact));
    CHECK(equal("f3ff0000000000000", "T", exact));
    CHECK(!equal("i1:1", "s1:1", exact));
    CHECK(!equal("N", "F", exact));
    /* 2**53 + 1 is not 2.0**53, and 2**53 is. */
    CHECK(!equal("i16:9007199254740993", "f4340000000000000", exact));
    CHECK(equal("i16:9007199254740992", "f4340000000000000", exact));
    CHECK(equal("i31:1267650600228229401496703205376", "f4630000000000000",
                exact));
    CHECK(!equal("i1:1", "f3ff8000000000000", exact));
    CHECK(!equal("i2:-1", "fbff8000000000000", exact));
    CHECK(equal("f7ff0000000000000", "f7ff0000000000000", exact));
    CHECK(!equal("f7ff0000000000000", "i3:999", exact));
}

TEST(containers_are_equal_as_in_python)
{
    CHECK(!equal("l1:i1:1", "t1:i1:1", exact));
    CHECK(equal("l1:i1:1", "l1:T", exact));
    CHECK(!equal("l1:i1:1", "l2:i1:1i1:1", exact));
    CHECK(equal("e2:i1:1i1:2", "z2:i1:2T", exact));
    CHECK(!equal("e2:i1:1i1:2", "l2:i1:1i1:2", exact));
    CHECK(equal("d2:s1:aNs1:bT", "d2:s1:bi1:1s1:aN", exact));
    CHECK(!equal("d1:s1:ai1:1", "d1:s1:bi1:1", exact));
    CHECK(!equal("d1:s1:ai1:1", "d1:s1:ai1:2", exact));
    CHECK(equal("e2:z2:i1:1i1:2t1:N", "e2:t1:Nz2:i1:2i1:1", exact));
    CHECK(!equal("s1:a", "b1:a", exact));
    CHECK(!equal("l1:l1:i1:1", "l1:l1:i1:2", exact));
}

TEST(nan_never_passes_by_accident)
{
    const struct tw_pyval_tol wide = { 1e9, 1e9, false };
    const struct tw_pyval_tol nan_ok = { 0, 0, true };

    CHECK(!equal("f7ff8000000000000", "f7ff8000000000000", exact));
    CHECK(!equal("f7ff8000000000000", "f3ff0000000000000", wide));
    CHECK(!equal("f3ff0000000000000", "f7ff8000000000000", wide));
    CHECK(equal("l1:f7ff8000000000000", "l1:fffff000000000001", nan_ok));
    CHECK(!equal("f3ff0000000000000", "f7ff0000000000000", wide));
    CHECK(!equal("i1:1", "f7ff0000000000000", wide));
}

TEST(tolerance_holds_for_floats_and_is_of_the_expected_one)
{
    const struct tw_pyval_tol abs_half = { 0.5, 0, false };
    const struct tw_pyval_tol rel_half = { 0, 0.5, false };

    CHECK(equal("f3ff8000000000000", "f4000000000000000", abs_half));
    CHECK(!equal("f3ff0000000000000", "f4000000000000000", abs_half));
    CHECK(!equal("i1:1", "i1:2", (struct tw_pyval_tol){ 5, 5, false }));
    CHECK(equal("i1:1", "f3ff8000000000000", abs_half));
    /* 1 against 2 is within half of 2; 2 against 1 is not half of 1. */
    CHECK(equal("f3ff0000000000000", "f4000000000000000", rel_half));
    CHECK(!equal("f4000000000000000", "f3ff0000000000000", rel_half));
    CHECK(equal("e2:f3ff8000000000000i1:7", "e2:i1:7f4000000000000000",
                abs_half));
    /* Keys of a dict are exact. */
    CHECK(!equal("d1:f3ff8000000000000N", "d1:f4000000000000000N", abs_half));
}

/* 10**4999 in decimal: Python refuses to read so many digits. */
TEST(large_int_is_a_literal_that_python_reads)
{
    static char digits[5200], line[5300];
    struct tw_buf b;
    tw_buf_init(&b, 1u << 20);
    memset(digits, '0', 5000);
    digits[0] = '1';
    struct tw_pyval v = { .kind = TW_PYVAL_INT, .text = digits, .len = 4300 };
    tw_pyval_source(&b, &v);
    CHECK(b.len == 4300 && strchr(tw_buf_text(&b), 'x') == NULL);
    tw_buf_clear(&b);
    v.len = 5000;
    tw_pyval_source(&b, &v);
    /* 10**4999 = 5**4999 * 2**4999: 4999 / 4 zeros at the end, and a 16607-bit
     * number that begins with 0x7... */
    size_t zeros = 0;
    while (zeros < b.len && tw_buf_text(&b)[b.len - 1 - zeros] == '0')
        zeros++;
    CHECK(zeros == 1249 && b.len == 2 + 4152);
    CHECK(strncmp(tw_buf_text(&b), "0x", 2) == 0);
    snprintf(line, sizeof(line), "-%s", digits);
    v.text = line;
    v.len = 5001;
    tw_buf_clear(&b);
    tw_pyval_source(&b, &v);
    CHECK(strncmp(tw_buf_text(&b), "-0x", 3) == 0 && b.len == 3 + 4152);
    tw_buf_release(&b);
}

TEST(source_text_is_what_repr_prints)
{
    CHECK(source_is("l3:f3ff8000000000000Ns1:x", "[1.5, None, 'x']"));
    CHECK(source_is("t1:T", "(True,)"));
    CHECK(source_is("t0:", "()"));
    CHECK(source_is("e0:", "set()"));
    CHECK(source_is("z1:i1:1", "frozenset({1})"));
    CHECK(source_is("d1:s1:ab1:\xff", "{'a': b'\\xff'}"));
    CHECK(source_is("s4:'\\\n\x1b", "'\\'\\\\\\n\\x1b'"));
    CHECK(source_is("s2:\xc2\x9b", "'\\x9b'"));
    CHECK(source_is("s3:\xe2\x80\xae", "'\\u202e'"));
    CHECK(source_is("s3:\xed\xa0\x80", "'\\ud800'"));
    CHECK(source_is("s3:\xe2\x82\xac", "'\xe2\x82\xac'"));
    CHECK(source_is("f7ff8000000000000", "float('nan')"));
    CHECK(source_is("ffff0000000000000", "float('-inf')"));
}

TEST(floats_print_shortest_as_repr_does)
{
    static const struct {
        double f;
        const char *text;
    } cases[] = {
        { 0.0, "0.0" },
        { -0.0, "-0.0" },
        { 0.1, "0.1" },
        { 1e16, "1e+16" },
        { 123456789012345.0, "123456789012345.0" },
        { 9999999999999998.0, "9999999999999998.0" },
        { 1e-4, "0.0001" },
        { 0.00012, "0.00012" },
        { 1e-5, "1e-05" },
        { 1.25e-7, "1.25e-07" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { -100.0, "-100.0" },
        { 2.5, "2.5" },
        { 1.0 / 3, "0.3333333333333333" },
    };
    struct tw_arena a;
    struct tw_buf b;

    tw_arena_init(&a, 1 << 20);
    tw_buf_init(&b, 1 << 12);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        tw_buf_clear(&b);
        tw_pyval_source(&b, tw_pyval_float(&a, cases[i].f));
        if (strcmp(tw_buf_text(&b), cases[i].text) != 0)
            printf("# %s\n", tw_buf_text(&b));
        CHECK(strcmp(tw_buf_text(&b), cases[i].text) == 0);
    }
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST(constructors_make_what_they_say)
{
    const double x[] = { 1.5, -2 };
    struct tw_arena a;
    struct tw_buf b;

    tw_arena_init(&a, 1 << 20);
    tw_buf_init(&b, 1 << 12);
    struct tw_pyval *items[] = { tw_pyval_none(&a), tw_pyval_bool(&a, true),
                                 tw_pyval_int(&a, -7),
                                 tw_pyval_str(&a, "hi", 2),
                                 tw_pyval_floats(&a, x, 2) };
    tw_pyval_source(&b, tw_pyval_list(&a, items, 5));
    CHECK(strcmp(tw_buf_text(&b), "[None, True, -7, 'hi', [1.5, -2.0]]") == 0);
    tw_buf_release(&b);
    tw_arena_release(&a);
    tw_arena_init(&a, 0);
    CHECK(tw_pyval_int(&a, 1) == NULL && tw_pyval_floats(&a, x, 2) == NULL);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(what_is_encoded_is_decoded_again);
          RUN(hostile_notation_is_refused); RUN(nesting_is_bounded_at_64);
          RUN(each_prefix_of_a_value_is_refused);
          RUN(a_full_arena_is_out_of_memory_and_no_crash);
          RUN(numbers_are_equal_as_in_python);
          RUN(containers_are_equal_as_in_python);
          RUN(nan_never_passes_by_accident);
          RUN(tolerance_holds_for_floats_and_is_of_the_expected_one);
          RUN(large_int_is_a_literal_that_python_reads);
          RUN(source_text_is_what_repr_prints);
          RUN(floats_print_shortest_as_repr_does);
          RUN(constructors_make_what_they_say);)
