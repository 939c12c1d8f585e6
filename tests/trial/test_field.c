/*
 * test_field.c - numbers as strtod() reads them, marks of missing values,
 * dates.
 */
#include "trial/field.h"

#include "base/rng.h"
#include "test.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static enum tw_field_kind parse(const char *text, double *v)
{
    return tw_field_number(text, strlen(text), v);
}

TEST(numbers_are_read_as_strtod_reads_them)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "+1",
        "1.",
        ".5",
        "-.5e1",
        "1e5",
        "1E+05",
        "1e-5",
        "123456",
        "0.1",
        "5.827000141143799",
        "30.5310001373291",
        "1e22",
        "1e23",
        "9007199254740993",
        "9007199254740992",
        "1700171855347",
        "1.3399999737739563",
        "0.3",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1.7976931348623157e308",
        "2.2250738585072014e-308",
        "5e-324",
        "0.000000000000000000000000000000000000000000001",
        "100000000000000000000000000000000000000000000",
        "1.00000000000000011102230246251565404236316680908203125",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double v, expected = strtod(texts[i], NULL);

        CHECK(parse(texts[i], &v) == TW_FIELD_VALUE);
        if (memcmp(&v, &expected, sizeof(v)) != 0)
            printf("# %s\n", texts[i]);
        CHECK(memcmp(&v, &expected, sizeof(v)) == 0);
    }
}

TEST(random_doubles_survive_printing_and_reading)
{
    struct tw_rng rng = tw_rng_seeded(1);
    int n_wrong = 0;

    for (int i = 0; i < 20000; i++) {
        uint64_t bits = tw_rng_u64(&rng);
        double x, v;
        char text[64];

        memcpy(&x, &bits, sizeof(x));
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof(text), i % 2 ? "%.17g" : "%.6f",
                 i % 2 ? x : fmod(x, 1e9));
        x = strtod(text, NULL);
        n_wrong += parse(text, &v) != TW_FIELD_VALUE || v != x;
    }
    CHECK(n_wrong == 0);
}

TEST(marks_for_missing_values_are_known)
{
    static const char *const texts[] = {
        "",    " ",    "-",   "--",      "?",       "nan",   "NaN", "-nan",
        "NA",  "n/a",  "N/A", "null",    "NULL",    "None",  "inf", "-Inf",
        "nil", "#N/A", "\t",  "#VALUE!", "#DIV/0!", "1e999",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double v = 0;

        CHECK(parse(texts[i], &v) == TW_FIELD_MISSING);
        CHECK(isnan(v));
    }
}

TEST(everything_else_is_text)
{
    static const char *const texts[] = {
        "abc", "1a",   "a1",    "0x10",       "1,5", "1 2",    "1e",    "1e+",
        "e5",  ".",    "+",     "1.2.3",      "--1", "nano",   "infin", "1_000",
        "1d5", "\xff", "12:30", "2016-07-01", "#",   "nan(1)",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double v = 0;

        if (parse(texts[i], &v) != TW_FIELD_TEXT)
            printf("# %s\n", texts[i]);
        CHECK(parse(texts[i], &v) == TW_FIELD_TEXT);
        CHECK(isnan(v));
    }
}

TEST(blanks_around_a_number_do_not_count)
{
    double v;

    CHECK(parse("  42\t", &v) == TW_FIELD_VALUE);
    CHECK_NEAR(v, 42, 0);
    /* The text needs no NUL. */
    CHECK(tw_field_number("123456", 3, &v) == TW_FIELD_VALUE);
    CHECK_NEAR(v, 123, 0);
}

TEST(a_number_of_absurd_length_is_refused)
{
    static char text[5000];
    double v;

    memset(text, '7', sizeof(text) - 1);
    CHECK(parse(text, &v) == TW_FIELD_TEXT);
    memset(text, '0', sizeof(text) - 1);
    text[sizeof(text) - 2] = '1';
    CHECK(parse(text, &v) == TW_FIELD_VALUE);
    CHECK_NEAR(v, 1, 0);
    text[sizeof(text) - 2] = 'e';
    CHECK(parse(text, &v) == TW_FIELD_TEXT);
    memcpy(text, "1e", 2);
    memset(text + 2, '9', sizeof(text) - 3);
    CHECK(parse(text, &v) == TW_FIELD_TEXT);
}

TEST(date_times_are_seconds_since_1970)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {
        { "1970-01-01", 0 },
        { "1970-01-01 00:00:00", 0 },
        { "2016-07-01 00:00:00", 1467331200 },
        { "2016-07-01T01:30", 1467336600 },
        { "2016-07-01T01:30:15.25Z", 1467336615.25 },
        { "2016-07-01 01:30:15,5", 1467336615.5 },
        { "2016/07/01 01:30:15+01:00", 1467333015 },
        { "2016-07-01T01:30:15-0130", 1467342015 },
        { "2016-07-01T01:30:15+02", 1467329415 },
        { "2000-02-29", 951782400 },
        { "1969-12-31 23:59:59", -1 },
        { "1600-03-01", -11670912000.0 },
        { "2016-12-31T23:59:60Z", 1483228800 },
        { "2016-12-31T24:00:00Z", 1483228800 },
        { "2016-12-31 24:00", 1483228800 },
        { "2016-12-31T24:00:00.000+01:00", 1483225200 },
        { " 2023-11-14 22:13:20 ", 1700000000 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double s = (double)NAN;

        CHECK(tw_field_date(cases[i].text, strlen(cases[i].text), &s));
        CHECK_NEAR(s, cases[i].seconds, 1e-6);
    }
}

TEST(dates_that_do_not_exist_are_refused)
{
    static const char *const texts[] = {
        "",
        "2016",
        "2016-13-01",
        "2016-00-01",
        "2016-02-30",
        "2015-02-29",
        "1900-02-29",
        "2016-7-1",
        "2016-07/01",
        "20160701",
        "2016-07-01x",
        "2016-07-01 25:00",
        "2016-07-01 12:60",
        "2016-07-01 12",
        "2016-07-01 12:00:61",
        "2016-07-01 12:00:00.",
        "2016-07-01 12:00 +25:00",
        "2016-07-01 12:00:00 UTC",
        "0000-01-01",
        "12:30",
        "2016-07-01T",
        "2016-07-0112:00",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        double s;

        if (tw_field_date(texts[i], strlen(texts[i]), &s))
            printf("# %s\n", texts[i]);
        CHECK(!tw_field_date(texts[i], strlen(texts[i]), &s));
    }
}

TEST(every_prefix_of_a_date_is_read_within_its_bounds)
{
    const char *whole = "2016-07-01T01:30:15.25+01:00";

    for (size_t n = 0; n <= strlen(whole); n++) {
        char *copy = malloc(n + 1); /* no NUL: a sanitizer sees an overrun */
        double s;

        memcpy(copy, whole, n);
        (void)tw_field_date(copy, n, &s);
        (void)tw_field_number(copy, n, &s);
        free(copy);
    }
    CHECK(1);
}

TEST_MAIN(RUN(numbers_are_read_as_strtod_reads_them);
          RUN(random_doubles_survive_printing_and_reading);
          RUN(marks_for_missing_values_are_known); RUN(everything_else_is_text);
          RUN(blanks_around_a_number_do_not_count);
          RUN(a_number_of_absurd_length_is_refused);
          RUN(date_times_are_seconds_since_1970);
          RUN(dates_that_do_not_exist_are_refused);
          RUN(every_prefix_of_a_date_is_read_within_its_bounds);)
