/*
 * test_ctok.c - C text as tokens: kinds, lines, brackets, functions, and texts
 * that are no C.
 */
#include "code/ctok.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct tw_arena arena;

static struct tw_ctoks read_text(const char *text, bool comments)
{
    struct tw_ctoks t;
    tw_arena_release(&arena);
    tw_arena_init(&arena, 256u << 20);
    CHECK(tw_ctok_read(&t, &arena, text, strlen(text), comments, NULL) ==
          TW_OK);
    return t;
}

TEST(tokens_have_kinds_and_lines)
{
    struct tw_ctoks t =
        read_text("#define A \\\n 1\nint x = 0x1fu + 1e-5; /* a\nb */\n"
                  "char *s = \"q\\\"//\"; // end\nx <<= 'c';\n",
                  true);
    static const struct {
        const char *text;
        enum tw_lex_kind kind;
        int line;
    } want[] = {
        { "#define A \\\n 1", TW_LEX_DIRECTIVE, 1 },
        { "int", TW_LEX_NAME, 3 },
        { "x", TW_LEX_NAME, 3 },
        { "=", TW_LEX_PUNCT, 3 },
        { "0x1fu", TW_LEX_NUMBER, 3 },
        { "+", TW_LEX_PUNCT, 3 },
        { "1e-5", TW_LEX_NUMBER, 3 },
        { ";", TW_LEX_PUNCT, 3 },
        { "/* a\nb */", TW_LEX_COMMENT, 3 },
        { "char", TW_LEX_NAME, 5 },
        { "*", TW_LEX_PUNCT, 5 },
        { "s", TW_LEX_NAME, 5 },
        { "=", TW_LEX_PUNCT, 5 },
        { "\"q\\\"//\"", TW_LEX_STRING, 5 },
        { ";", TW_LEX_PUNCT, 5 },
        { "// end", TW_LEX_COMMENT, 5 },
        { "x", TW_LEX_NAME, 6 },
        { "<<=", TW_LEX_PUNCT, 6 },
        { "'c'", TW_LEX_CHAR, 6 },
        { ";", TW_LEX_PUNCT, 6 },
    };
    CHECK(t.n == TW_ARRAY_LEN(want) && t.n_lines == 6);
    for (size_t i = 0; i < t.n && i < TW_ARRAY_LEN(want); i++) {
        CHECK(tw_ctok_is(&t, i, want[i].text));
        CHECK(t.tokens[i].kind == want[i].kind);
        CHECK(t.tokens[i].line == want[i].line);
    }
}

TEST(hexadecimal_e_does_not_take_a_sign)
{
    struct tw_ctoks t = read_text("0xE+1 1e+1", false);
    CHECK(t.n == 4 && tw_ctok_is(&t, 0, "0xE") && tw_ctok_is(&t, 3, "1e+1"));
}

TEST(functions_are_found_and_declarations_are_not)
{
    struct tw_ctoks t = read_text(
        "int f(int a);\nstatic int g(int (*p)(void)) { if (x) { } return 1; }\n"
        "struct s { int a; };\nint t[] = { 1 };\nvoid h(void)\n{\n}\n",
        false);
    struct tw_cfunction *f;
    size_t n;
    CHECK(tw_ctok_functions(&t, &arena, &f, &n, NULL) == TW_OK);
    CHECK(n == 2);
    CHECK(n == 2 && tw_ctok_is(&t, f[0].name, "g") &&
          tw_ctok_is(&t, f[1].name, "h"));
    CHECK(n == 2 && tw_ctok_is(&t, f[0].open, "{") &&
          tw_ctok_is(&t, f[0].close, "}"));
}

TEST(texts_that_are_no_c_are_read_to_their_end)
{
    static const char *const texts[] = {
        "",     "\"",   "'",   "/*",           "//",   "#",
        "\\",   "((((", "}}}", "f(",           "f(){", "\"a\\",
        "#a\\", "/* *", "0x",  "\xff\xfe\x01", "@`",   "a\r\nb",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        struct tw_ctoks t = read_text(texts[i], true);
        struct tw_cfunction *f;
        size_t n, end = 0;
        CHECK(tw_ctok_functions(&t, &arena, &f, &n, NULL) == TW_OK);
        for (size_t k = 0; k < t.n; k++) {
            CHECK(t.tokens[k].len > 0 && t.tokens[k].at >= end);
            end = t.tokens[k].at + t.tokens[k].len;
            CHECK(end <= t.len);
        }
    }
}

TEST(random_bytes_are_read_to_their_end)
{
    static const char alphabet[] = "af(){}[];\"'/*\\\n#<=>+-.0 1e";
    unsigned x = 1;
    for (int round = 0; round < 2000; round++) {
        char text[65] = "";
        for (size_t i = 0; i < 64; i++) {
            x = x * 1103515245u + 12345u;
            text[i] = alphabet[(x >> 16) % (sizeof(alphabet) - 1)];
        }
        struct tw_ctoks t = read_text(text, false);
        struct tw_cfunction *f;
        size_t n;
        CHECK(tw_ctok_functions(&t, &arena, &f, &n, NULL) == TW_OK);
        for (size_t k = 0; k < n; k++)
            CHECK(f[k].close < t.n && f[k].close >= f[k].open);
    }
}

TEST(a_million_brackets_are_no_trouble)
{
    size_t n = 1u << 20;
    char *text = malloc(2 * n + 1);
    struct tw_ctoks t;
    struct tw_cfunction *f;
    size_t n_found;
    if (!text)
        return;
    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, "f(", 2);
    text[2 * n] = '\0';
    tw_arena_release(&arena);
    CHECK(tw_ctok_read(&t, &arena, text, 2 * n, false, NULL) == TW_OK);
    CHECK(tw_ctok_functions(&t, &arena, &f, &n_found, NULL) == TW_OK);
    CHECK(n_found == 0);
    tw_arena_release(&arena);
    tw_arena_init(&arena, 1u << 16);
    CHECK(tw_ctok_read(&t, &arena, text, 2 * n, false, NULL) == TW_ENOMEM);
    free(text);
}

TEST_MAIN(tw_arena_init(&arena, 256u << 20); RUN(tokens_have_kinds_and_lines);
          RUN(hexadecimal_e_does_not_take_a_sign);
          RUN(functions_are_found_and_declarations_are_not);
          RUN(texts_that_are_no_c_are_read_to_their_end);
          RUN(random_bytes_are_read_to_their_end);
          RUN(a_million_brackets_are_no_trouble); tw_arena_release(&arena);)
