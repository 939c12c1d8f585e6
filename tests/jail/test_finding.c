#include "jail/finding.h"
#include "test.h"

#include <string.h>

TEST(every_cause_has_a_name_of_its_own)
{
    for (int i = 0; i < TW_CAUSE_COUNT; i++) {
        const char *name = tw_cause_name((enum tw_cause)i);
        CHECK(name && name[0] && strcmp(name, "unknown") != 0);
        for (int k = 0; k < i; k++)
            CHECK(strcmp(name, tw_cause_name((enum tw_cause)k)) != 0);
    }
    CHECK(strcmp(tw_cause_name(TW_CAUSE_COUNT), "unknown") == 0);
}

TEST(the_end_of_a_run_becomes_a_finding)
{
    static const struct {
        enum tw_end end;
        enum tw_cause cause;
    } cases[] = {
        { TW_END_PASS, TW_CAUSE_NONE },
        { TW_END_ERROR, TW_CAUSE_EXIT },
        { TW_END_TIMEOUT, TW_CAUSE_TIMEOUT },
        { TW_END_LIMIT, TW_CAUSE_LIMIT },
        { TW_END_DENIED, TW_CAUSE_DENIED },
        { TW_END_SIGNAL, TW_CAUSE_SIGNAL },
        { TW_END_HARNESS, TW_CAUSE_HARNESS },
        { (enum tw_end)99, TW_CAUSE_HARNESS },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        struct tw_finding f;
        struct tw_jail_result r = { .end = cases[i].end,
                                    .cause = "what \033[31m happened",
                                    .cpu_ms = 1.5,
                                    .wall_ms = 2.5,
                                    .peak_mib = 3.5 };
        tw_finding_of_run(&f, &r, TW_JAIL_TIER_B);
        CHECK(f.cause == cases[i].cause);
        CHECK(f.end ==
              (i + 1 < TW_ARRAY_LEN(cases) ? cases[i].end : TW_END_HARNESS));
        CHECK(strcmp(f.text, i ? "what ?[31m happened" : "") == 0);
        CHECK(f.cpu_ms > 1 && f.wall_ms > 2 && f.peak_mib > 3);
        CHECK(f.weak && f.line == 0 && !f.got[0] && !f.expected[0]);
        tw_finding_of_run(&f, &r, TW_JAIL_TIER_A);
        CHECK(!f.weak);
    }
}

/* text with n bytes, cleaned into size bytes, is want. */
static bool cleans(const char *text, size_t n, size_t size, const char *want)
{
    char to[64];

    memset(to, 'x', sizeof(to));
    tw_finding_clean(to, size, text, n);
    if (strcmp(to, want) == 0 && to[size] == 'x')
        return true;
    printf("# '%.*s' gives '%s'\n", (int)n, text, to);
    return false;
}

TEST(text_is_made_safe)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "" },
        { "plain text", "plain text" },
        { "a\nb\tc\rd", "a?b?c?d" },
        { "\033]0;title\007", "?]0;title?" },
        { "\x7f", "?" },
        { "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
        { "\xe4\xbd\xa0\xf0\x9f\x98\x80", "\xe4\xbd\xa0\xf0\x9f\x98\x80" },
        { "\xc2\x9b"
          "31m",
          "?31m" }, /* C1: CSI */
        { "a\xe2\x80\xae"
          "b",
          "a?b" }, /* right to left */
        { "a\xe2\x80\x8b"
          "b",
          "a?b" }, /* without width */
        { "a\xef\xbb\xbf"
          "b",
          "a?b" }, /* byte order mark */
        { "a\xe2\x80\xa8"
          "b",
          "a?b" }, /* line separator */
        { "\xed\xa0\x80", "?"
                          "?"
                          "?" }, /* lone surrogate */
        { "\xc0\xaf", "??" },    /* overlong */
        { "\xe0\x80\xaf", "?"
                          "?"
                          "?" }, /* overlong */
        { "\xf0\x80\x80\xaf", "?"
                              "?"
                              "?"
                              "?" }, /* overlong */
        { "\xf4\x90\x80\x80", "?"
                              "?"
                              "?"
                              "?" }, /* past the last */
        { "\xff\xfe", "??" },
        { "\x80\x80", "??" },
        { "\xc3"
          "a",
          "?a" }, /* cut short */
        { "\xe4\xbd", "?"
                      "?" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++)
        CHECK(cleans(cases[i].text, strlen(cases[i].text), 40, cases[i].want));
    CHECK(cleans("a\0b", 3, 40, "a?b"));
}

TEST(text_is_cut_between_characters)
{
    CHECK(cleans("abcdef", 6, 4, "abc"));
    CHECK(cleans("ab\xc3\xbc", 4, 4, "ab"));
    CHECK(cleans("ab\xc3\xbc", 4, 5, "ab\xc3\xbc"));
    CHECK(cleans("\xf0\x9f\x98\x80", 4, 4, ""));
    CHECK(cleans("abc", 3, 1, ""));
    CHECK(cleans("abc", 2, 40, "ab"));
    char none = 'x';
    tw_finding_clean(&none, 0, "abc", 3);
    CHECK(none == 'x');
}

TEST_MAIN(RUN(every_cause_has_a_name_of_its_own);
          RUN(the_end_of_a_run_becomes_a_finding); RUN(text_is_made_safe);
          RUN(text_is_cut_between_characters);)
