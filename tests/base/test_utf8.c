/*
 * test_utf8.c - all scalar values there and back; text that may not steer a
 * terminal or a page.
 */
#include "base/utf8.h"
#include "test.h"

#include <string.h>

TEST(every_scalar_value_survives_encoding_and_decoding)
{
    size_t refused = 0;

    for (uint32_t c = 0; c < 0x110000 + 10; c++) {
        char s[4];
        uint32_t back;
        size_t n = tw_utf8_encode(c, s);
        refused += n == 0;
        if (n && (tw_utf8_decode(s, n, &back) != n || back != c ||
                  tw_utf8_decode(s, n - 1, &back) != 0))
            CHECK(refused > c); /* the round trip failed */
    }
    CHECK(refused == 0x800 + 10); /* the surrogates, and past the end */
}

TEST(malformed_sequences_are_refused)
{
    static const char *const bad[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xC2",
        "\xC2\x41",
        "\xE0\x80\x80",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xE2\x82",
        "\xF0\x80\x80\x80",
        "\xFE",
        "\xFF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
    };
    uint32_t code;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK(tw_utf8_decode(bad[i], strlen(bad[i]), &code) == 0);
        CHECK(!tw_utf8_valid(bad[i], strlen(bad[i])));
    }
    CHECK(tw_utf8_decode("", 0, &code) == 0);
    CHECK(tw_utf8_valid("", 0));
    CHECK(tw_utf8_valid_len("ab\xC3\xA4\xFFz", 6) == 4);
    CHECK(tw_utf8_valid("a\0b", 3));
}

static int gives(void (*add)(struct tw_buf *, const char *, size_t),
                 const char *text, size_t n, const char *expected)
{
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    add(&b, text, n);
    int ok = strcmp(tw_buf_text(&b), expected) == 0;
    if (!ok)
        printf("# got: %s\n", tw_buf_text(&b));
    tw_buf_release(&b);
    return ok;
}

TEST(untrusted_text_cannot_steer_a_terminal)
{
    CHECK(gives(tw_utf8_add_safe, "plain\n\t\xC3\xA4", 9, "plain\n\t\xC3\xA4"));
    CHECK(gives(tw_utf8_add_safe, "\x1B[2J\r\x07\x7F", 7,
                "\\x1b[2J\\x0d\\x07\\x7f"));
    CHECK(gives(tw_utf8_add_safe,
                "\xC2\x9B"
                "31m",
                5, "\\xc2\\x9b31m"));
    CHECK(gives(tw_utf8_add_safe,
                "\xE2\x80\xAE"
                "5.1",
                6,
                "\\xe2\\x80\\xae"
                "5.1"));
    CHECK(gives(tw_utf8_add_safe, "a\0b\xFFz", 5, "a\\x00b\\xffz"));
}

TEST(a_name_stays_in_its_line)
{
    CHECK(gives(tw_utf8_add_line, "a\n\tb\r", 5, "a\\x0a\\x09b\\x0d"));
    CHECK(gives(tw_utf8_add_line, "\xC3\xA4\xC2\x9B", 4, "\xC3\xA4\\xc2\\x9b"));
    CHECK(
        gives(tw_utf8_add_line, "\xE2\x80\xAE\xFF", 4, "\\xe2\\x80\\xae\\xff"));
}

TEST(untrusted_text_cannot_leave_its_element)
{
    CHECK(gives(tw_utf8_add_xml, "<a b='c' d=\"e\">&", 16,
                "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;"));
    CHECK(gives(tw_utf8_add_xml, "\x01\xFF\xEF\xBF\xBF\n", 6,
                "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\n"));
    CHECK(gives(tw_utf8_add_xml, "\xE2\x81\xA6", 3, "\xEF\xBF\xBD"));
    CHECK(gives(tw_utf8_add_xml, "\xE2\x82\xAC", 3, "\xE2\x82\xAC"));
}

TEST_MAIN(RUN(every_scalar_value_survives_encoding_and_decoding);
          RUN(malformed_sequences_are_refused);
          RUN(untrusted_text_cannot_steer_a_terminal);
          RUN(a_name_stays_in_its_line);
          RUN(untrusted_text_cannot_leave_its_element);)
