/*
 * test_lexer.c - what the rows of the lexer make of the same and of unfinished
 * texts.
 */
#include "code/lexer.h"

#include "test.h"

#include <string.h>

/* The tokens with a blank between them; strings, characters and comments as S,
 * C and #. */
static void shows(enum tw_lex_lang lang, const char *text, const char *want)
{
    struct tw_lexer x = tw_lexer_of(text, strlen(text), lang);
    struct tw_lex_token t;
    char got[256] = "";
    size_t n = 0;
    while (tw_lexer_next(&x, &t) && n + t.len + 2 < sizeof(got)) {
        const char *from = text + t.at;
        size_t len = 1;
        if (t.kind == TW_LEX_STRING)
            from = "S";
        else if (t.kind == TW_LEX_CHAR)
            from = "C";
        else if (t.kind == TW_LEX_COMMENT)
            from = "#";
        else
            len = t.len;
        if (n)
            got[n++] = ' ';
        memcpy(got + n, from, len);
        n += len;
    }
    CHECK(strcmp(got, want) == 0);
    if (strcmp(got, want) != 0)
        printf("# %s\n# got  %s\n# want %s\n", text, got, want);
}

TEST(c_has_whole_numbers_operators_and_directives)
{
    shows(TW_LEX_C, "x <<= .5e-3f;", "x <<= .5e-3f ;");
    shows(TW_LEX_C, "#if A \\\n && B // c\n#x", "#if A \\\n && B  # #x");
    shows(TW_LEX_C, "a # b", "a # b");
    shows(TW_LEX_PLAIN, "x <<= .5e-3f;", "x < < = . 5e - 3f ;");
}

TEST(languages_differ_in_their_literals)
{
    shows(TW_LEX_CPP,
          "1'000 + 'a' it's case '{':", "1 C 000 + C it C s case C :");
    shows(TW_LEX_PLAIN, "1'000;'", "1 C");
    shows(TW_LEX_JAVA, "\"\"\" \" } \n\"\"\" + \"\"", "S + S");
    shows(TW_LEX_JS, "`a\\`{\n` + `b", "S + S");
    shows(TW_LEX_GO, "`a\\` + b", "S + b");
    shows(TW_LEX_PLAIN, "`a`", "` a `");
}

TEST(a_slash_behind_an_operand_divides)
{
    shows(TW_LEX_JS, "x = /[/}]\\/{/g.test(y) / 2 // end",
          "x = S g . test ( y ) / 2 #");
    shows(TW_LEX_JS, "/a{/ / b / c", "S / b / c");
    shows(TW_LEX_JS, "= /open", "= / open");
    shows(TW_LEX_GO, "= /a/", "= / a /");
}

TEST(what_is_not_closed_ends_with_its_line_or_the_text)
{
    shows(TW_LEX_CPP, "s = \"open {\n}", "s = S }");
    shows(TW_LEX_CPP, "a /* open {\n}", "a #");
    shows(TW_LEX_JAVA, "\"\"\"open\n}", "S");
    /* The pattern of published CodeBLEU wants the end, wherever it is. */
    shows(TW_LEX_C_COMMENTS, "a /* open", "a / * open");
    shows(TW_LEX_C_COMMENTS, "\"a\nb\" 'c", "S ' c");
}

TEST(lines_are_counted_over_literals_and_joins)
{
    static const char text[] = "a /* \n */ b \\\n c";
    struct tw_lexer x = tw_lexer_of(text, strlen(text), TW_LEX_C);
    struct tw_lex_token t;
    static const int want[] = { 1, 1, 2, 3 };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        CHECK(tw_lexer_next(&x, &t) && t.line == want[i]);
    CHECK(!tw_lexer_next(&x, &t) && !tw_lexer_next(&x, &t));
}

TEST(random_bytes_are_read_to_their_end_in_every_row)
{
    static const char alphabet[] = "af(){}[];\"'`/*\\\n#<=>+-.0 1e\xff";
    unsigned r = 1;
    for (int round = 0; round < 3000; round++) {
        char text[64];
        for (size_t i = 0; i < sizeof(text); i++) {
            r = r * 1103515245u + 12345u;
            text[i] = alphabet[(r >> 16) % (sizeof(alphabet) - 1)];
        }
        for (int lang = 0; lang < TW_LEX_LANGS; lang++) {
            size_t n = (size_t)round % sizeof(text), end = 0;
            struct tw_lexer x = tw_lexer_of(text, n, (enum tw_lex_lang)lang);
            struct tw_lex_token t;
            while (tw_lexer_next(&x, &t)) {
                CHECK(t.len > 0 && t.at >= end && t.at + t.len <= n);
                end = t.at + t.len;
            }
            CHECK(x.at == n);
        }
    }
}

TEST_MAIN(RUN(c_has_whole_numbers_operators_and_directives);
          RUN(languages_differ_in_their_literals);
          RUN(a_slash_behind_an_operand_divides);
          RUN(what_is_not_closed_ends_with_its_line_or_the_text);
          RUN(lines_are_counted_over_literals_and_joins);
          RUN(random_bytes_are_read_to_their_end_in_every_row);)
