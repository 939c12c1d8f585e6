/*
 * test_syntax.c - syntax trees of Python and C, named as tree-sitter names
 * them, and texts that do not parse.
 */
#include "code/syntax.h"

#include "test.h"

#include <stdlib.h>
#include <string.h>

static struct tw_arena arena;

static bool parse(struct tw_syntax_tree *t, enum tw_syntax_lang lang,
                  const char *text)
{
    struct tw_err err = { 0 };
    tw_arena_release(&arena);
    tw_arena_init(&arena, 512u << 20);
    enum tw_status st = tw_syntax_parse(
        t, &arena, lang, (struct tw_piece){ text, strlen(text) }, &err);
    CHECK(st == TW_OK);
    return st == TW_OK;
}

static void is_tree(enum tw_syntax_lang lang, const char *text,
                    const char *want)
{
    struct tw_syntax_tree t;
    struct tw_buf b;
    tw_buf_init(&b, 1u << 20);
    if (parse(&t, lang, text)) {
        tw_syntax_show(&b, t.root);
        CHECK(strcmp(tw_buf_text(&b), want) == 0);
        if (strcmp(tw_buf_text(&b), want) != 0)
            printf("# %s\n# got  %s\n# want %s\n", text, tw_buf_text(&b), want);
    }
    tw_buf_release(&b);
}

static void python(const char *text, const char *want)
{
    is_tree(TW_SYNTAX_PYTHON, text, want);
}

TEST(python_statements_have_their_trees)
{
    python("a, b = b, a % c",
           "(module (expression_statement (assignment left: (pattern_list "
           "(identifier) (identifier)) right: (expression_list (identifier) "
           "(binary_operator left: (identifier) right: (identifier))))))");
    python("if a:\n  b\nelif c: d; e\nelse:\n  f\ng",
           "(module (if_statement condition: (identifier) consequence: (block "
           "(expression_statement (identifier))) alternative: (elif_clause "
           "condition: (identifier) consequence: (block (expression_statement "
           "(identifier)) (expression_statement (identifier)))) alternative: "
           "(else_clause body: (block (expression_statement (identifier))))) "
           "(expression_statement (identifier)))");
    python("def f(a, b: int = 2, *c, **d) -> x: pass",
           "(module (function_definition name: (identifier) parameters: "
           "(parameters (identifier) (typed_default_parameter name: "
           "(identifier) type: (type (identifier)) value: (integer)) "
           "(list_splat_pattern (identifier)) (dictionary_splat_pattern "
           "(identifier))) return_type: (type (identifier)) body: (block "
           "(pass_statement))))");
    python("try:\n  x\nexcept A as e:\n  y\nfinally:\n  z",
           "(module (try_statement body: (block (expression_statement "
           "(identifier))) (except_clause (as_pattern (identifier) alias: "
           "(as_pattern_target (identifier))) (block (expression_statement "
           "(identifier)))) (finally_clause (block (expression_statement "
           "(identifier))))))");
    python("from .a import b as c, d",
           "(module (import_from_statement module_name: (relative_import "
           "(import_prefix) (dotted_name (identifier))) name: "
           "(aliased_import name: (dotted_name (identifier)) alias: "
           "(identifier)) name: (dotted_name (identifier))))");
}

TEST(python_match_has_its_tree)
{
    python("match x:\n  case [a, *b]:\n    c\n  case A(x=1) as y if z:\n"
           "    d\n  case _:\n    e",
           "(module (match_statement subject: (identifier) body: (block "
           "alternative: (case_clause (case_pattern (list_pattern "
           "(case_pattern (dotted_name (identifier))) (case_pattern "
           "(splat_pattern (identifier))))) consequence: (block "
           "(expression_statement (identifier)))) alternative: (case_clause "
           "(case_pattern (as_pattern (case_pattern (class_pattern "
           "(dotted_name (identifier)) (case_pattern (keyword_pattern "
           "(identifier) (integer))))) (identifier))) guard: (if_clause "
           "(identifier)) consequence: (block (expression_statement "
           "(identifier)))) alternative: (case_clause (case_pattern) "
           "consequence: (block (expression_statement (identifier)))))))");
    python("match = 3", "(module (expression_statement (assignment left: "
                        "(identifier) right: (integer))))");
}

TEST(python_expressions_have_their_trees)
{
    python("x = not -a ** -b",
           "(module (expression_statement (assignment left: (identifier) "
           "right: (not_operator argument: (unary_operator argument: "
           "(binary_operator left: (identifier) right: (unary_operator "
           "argument: (identifier))))))))");
    python("f(x for x in y if z)",
           "(module (expression_statement (call function: (identifier) "
           "arguments: (generator_expression body: (identifier) "
           "(for_in_clause left: (identifier) right: (identifier)) "
           "(if_clause (identifier))))))");
    python("x[1:2, ::3]",
           "(module (expression_statement (subscript value: (identifier) "
           "subscript: (slice (integer) (integer)) subscript: (slice "
           "(integer)))))");
    python("f\"a{b!r:>{w}}{{\\n\" 'd'",
           "(module (expression_statement (concatenated_string (string "
           "(string_start) (string_content) (interpolation expression: "
           "(identifier) type_conversion: (type_conversion) "
           "format_specifier: (format_specifier (format_expression "
           "expression: (identifier)))) (string_content "
           "(escape_interpolation) (escape_sequence)) (string_end)) (string "
           "(string_start) (string_content) (string_end)))))");
    python("{**a, b: c}\n{d}\n()",
           "(module (expression_statement (dictionary (dictionary_splat "
           "(identifier)) (pair key: (identifier) value: (identifier)))) "
           "(expression_statement (set (identifier))) "
           "(expression_statement (tuple)))");
}

static void c(const char *text, const char *want)
{
    is_tree(TW_SYNTAX_C, text, want);
}

TEST(c_has_its_trees)
{
    c("a * b;", "(translation_unit (declaration type: (type_identifier) "
                "declarator: (pointer_declarator declarator: (identifier))))");
    c("int f(void) { return -1; }",
      "(translation_unit (function_definition type: (primitive_type) "
      "declarator: (function_declarator declarator: (identifier) "
      "parameters: (parameter_list (parameter_declaration type: "
      "(primitive_type)))) body: (compound_statement (return_statement "
      "(number_literal)))))");
    c("x = (int) y + (char *) z;",
      "(translation_unit (expression_statement (assignment_expression "
      "left: (identifier) right: (binary_expression left: "
      "(cast_expression type: (type_descriptor type: (primitive_type)) "
      "value: (identifier)) right: (cast_expression type: "
      "(type_descriptor type: (primitive_type) declarator: "
      "(abstract_pointer_declarator)) value: (identifier))))))");
    c("#ifdef A\nint x;\n#else\nint y;\n#endif\n",
      "(translation_unit (preproc_ifdef name: (identifier) (declaration "
      "type: (primitive_type) declarator: (identifier)) alternative: "
      "(preproc_else (declaration type: (primitive_type) declarator: "
      "(identifier)))))");
    c("struct a { int b, *c; unsigned d : 3; } g;",
      "(translation_unit (declaration type: (struct_specifier name: "
      "(type_identifier) body: (field_declaration_list (field_declaration "
      "type: (primitive_type) declarator: (field_identifier) declarator: "
      "(pointer_declarator declarator: (field_identifier))) "
      "(field_declaration type: (sized_type_specifier) declarator: "
      "(field_identifier) (bitfield_clause (number_literal))))) "
      "declarator: (identifier)))");
    c("for (i = 0, j = 1; i < n; i++) *p++ = 'a';",
      "(translation_unit (for_statement initializer: (comma_expression "
      "left: (assignment_expression left: (identifier) right: "
      "(number_literal)) right: (assignment_expression left: (identifier) "
      "right: (number_literal))) condition: (binary_expression left: "
      "(identifier) right: (identifier)) update: (update_expression "
      "argument: (identifier)) body: (expression_statement "
      "(assignment_expression left: (pointer_expression argument: "
      "(update_expression argument: (identifier))) right: (char_literal "
      "(character))))))");
}

TEST(names_of_identifiers_do_not_change_the_hash)
{
    struct tw_syntax_tree t;
    uint64_t a = 0, b = 0, d = 0;
    if (parse(&t, TW_SYNTAX_PYTHON, "x = y + 1"))
        a = t.root->hash;
    if (parse(&t, TW_SYNTAX_PYTHON, "foo=bar-2"))
        b = t.root->hash;
    if (parse(&t, TW_SYNTAX_PYTHON, "x = y"))
        d = t.root->hash;
    CHECK(a == b && a != d);
}

TEST(what_does_not_parse_is_an_error_and_the_rest_stays)
{
    struct tw_syntax_tree t;
    if (parse(&t, TW_SYNTAX_PYTHON, "x = 1\ny = = 2\nz = 3\n")) {
        CHECK(t.errors);
        CHECK(t.root->first &&
              strcmp(t.root->first->type, "expression_statement") == 0);
        CHECK(strcmp(t.root->last->type, "expression_statement") == 0);
    }
    if (parse(&t, TW_SYNTAX_C, "int f(void) { x = ; y(); } int z;")) {
        CHECK(t.errors);
        CHECK(strcmp(t.root->last->type, "declaration") == 0);
    }
    if (parse(&t, TW_SYNTAX_PYTHON, "x = (1\ndef f(): return 2\n"))
        CHECK(t.errors && t.root->first);
}

TEST(what_the_repair_puts_in_is_shown_as_missing)
{
    c("int f(void) { return 1 }",
      "(translation_unit (function_definition type: (primitive_type) "
      "declarator: (function_declarator declarator: (identifier) "
      "parameters: (parameter_list (parameter_declaration type: "
      "(primitive_type)))) body: (compound_statement (return_statement "
      "(number_literal) (MISSING ;)))))");
}

static char *repeated(const char *part, size_t n)
{
    size_t len = strlen(part);
    char *text = malloc(n * len + 1);
    for (size_t i = 0; text && i < n; i++)
        memcpy(text + i * len, part, len);
    if (text)
        text[n * len] = '\0';
    return text;
}

TEST(deep_and_long_texts_end)
{
    static const char *const parts[] = {
        "(",
        "[",
        "f(",
        "not ",
        "-",
        "lambda: ",
        "a.",
        "a+",
        "a**",
        "x=",
        "if a:\n",
        "{",
        "*",
        "&",
        "if (a) ",
        "f'{",
        "f(x for ",
        "(int)",
        "struct {",
        "#if A\n",
        "a ? ",
        "int (*",
        "x[",
        "'",
        "a,",
        "{{",
        "\\\n",
        "else: ",
        "@",
        "case 1: ",
        "for (",
        "\"\"\"",
        "sizeof ",
        "a = ",
        "match x:\n case ",
        "match x:\n case [",
        "extern \"C\" {",
        "extern \"C\" ",
        "do ",
        "x: ",
        "(x)",
        "[*",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(parts); i++) {
        char *text = repeated(parts[i], 8000);
        struct tw_syntax_tree t;
        if (text) {
            bool ok = parse(&t, TW_SYNTAX_PYTHON, text);
            if (!parse(&t, TW_SYNTAX_C, text) || !ok)
                printf("# with '%s'\n", parts[i]);
        }
        free(text);
    }
}

TEST(a_text_past_the_limits_is_one_error)
{
    /* Too many tokens; few, but each reads all blanks behind it again. */
    static const struct {
        const char *part;
        size_t n;
    } cases[] = { { "f(x for ", 20000 }, { "\\\n", 16000 } };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        char *text = repeated(cases[i].part, cases[i].n);
        struct tw_syntax_tree t;
        if (text && parse(&t, TW_SYNTAX_PYTHON, text)) {
            CHECK(t.errors && t.n_nodes == 1 && t.root->end == strlen(text));
            CHECK(strcmp(t.root->type, "ERROR") == 0);
        }
        free(text);
    }
}

TEST(blocks_that_go_deeper_and_fail_are_read_once)
{
    char *text = calloc(60000, 1);
    size_t n = 0;
    for (int depth = 0; text && depth < 100; depth++) {
        memset(text + n, ' ', (size_t)depth);
        n += (size_t)depth;
        memcpy(text + n, "if x:\n", 6);
        n += 6;
    }
    for (int depth = 99; text && depth >= 0; depth--) {
        memset(text + n, ' ', (size_t)depth);
        n += (size_t)depth;
        memcpy(text + n, "else x\n", 7);
        n += 7;
    }
    struct tw_syntax_tree t;
    if (text && parse(&t, TW_SYNTAX_PYTHON, text))
        CHECK(t.errors && t.n_nodes < 10000);
    free(text);
}

TEST(random_texts_end_and_stay_in_their_bounds)
{
    static const char *const words[] = {
        "match x:\n case ",
        "if ",
        "x",
        " = ",
        "(",
        ")",
        ":",
        "\n",
        "\n    ",
        "def ",
        "f",
        "[",
        "]",
        "{",
        "}",
        ",",
        "1",
        " in ",
        "for ",
        "\"s\"",
        "'",
        "f'{x}'",
        "else:",
        ";",
        "*",
        "int ",
        "struct ",
        "->",
        "#if 1\n",
        "#endif\n",
        "return ",
        "?",
        "while",
        "not ",
        "is ",
        "lambda ",
        "case ",
        ".",
        "=",
        "\\",
    };
    unsigned r = 1;
    for (int round = 0; round < 3000; round++) {
        char text[900] = "";
        size_t n = 0;
        for (int i = 0; i < 40; i++) {
            r = r * 1103515245u + 12345u;
            const char *w = words[(r >> 16) % TW_ARRAY_LEN(words)];
            memcpy(text + n, w, strlen(w));
            n += strlen(w);
        }
        for (int lang = 0; lang < TW_SYNTAX_LANGS; lang++) {
            struct tw_syntax_tree t;
            if (!parse(&t, (enum tw_syntax_lang)lang, text))
                return;
            CHECK(t.root->end <= n && t.n_nodes < 4000);
        }
    }
}

TEST(memory_that_runs_out_is_told)
{
    const char *text = "def f(a):\n    return a + 1 if a else g(x=[1, 2])\n";
    struct tw_piece p = { text, strlen(text) };
    struct tw_syntax_tree t;
    enum tw_status st = TW_ENOMEM;
    size_t limit = 0;
    for (; st == TW_ENOMEM && limit < 1u << 20; limit += 4096) {
        struct tw_arena a;
        tw_arena_init(&a, limit);
        st = tw_syntax_parse(&t, &a, TW_SYNTAX_PYTHON, p, NULL);
        tw_arena_release(&a);
    }
    CHECK(st == TW_OK);
    p.n = (size_t)TW_METRIC_TEXT_MAX + 1;
    CHECK(tw_syntax_parse(&t, &arena, TW_SYNTAX_C, p, NULL) == TW_ELIMIT);
}

TEST_MAIN(tw_arena_init(&arena, 512u << 20);
          RUN(python_statements_have_their_trees);
          RUN(python_match_has_its_tree);
          RUN(python_expressions_have_their_trees); RUN(c_has_its_trees);
          RUN(names_of_identifiers_do_not_change_the_hash);
          RUN(what_does_not_parse_is_an_error_and_the_rest_stays);
          RUN(what_the_repair_puts_in_is_shown_as_missing);
          RUN(deep_and_long_texts_end);
          RUN(a_text_past_the_limits_is_one_error);
          RUN(blocks_that_go_deeper_and_fail_are_read_once);
          RUN(random_texts_end_and_stay_in_their_bounds);
          RUN(memory_that_runs_out_is_told); tw_arena_release(&arena);)
