/*
 * grade_cpp.c - answers in C and C++: the tests are compiled with them.
 *
 * The published tests call assert(), which ends the program at the first
 * failure.  Ours (harness_cpp_assert.hh) counts and goes on.
 */
#include "grade/grade_lang_priv.h"

#include <string.h>

#include "base/banned.h"

/* Lines of the tests that bring the real assert() give way to ours. */
static void add_tests(struct tw_buf *b, const char *tests)
{
    for (const char *line = tests; *line;) {
        size_t n = strcspn(line, "\n");
        char head[32] = "";
        size_t k = 0;
        for (size_t i = 0; i < n && k < sizeof(head) - 1; i++)
            if (line[i] != ' ' && line[i] != '\t')
                head[k++] = line[i];
        head[k] = '\0';
        if (strncmp(head, "#include<assert.h>", 18) == 0 ||
            strncmp(head, "#include<cassert>", 17) == 0)
            tw_buf_adds(b, "#include \"tw_assert.h\"");
        else
            tw_buf_add(b, line, n);
        tw_buf_addc(b, '\n');
        line += n + (line[n] == '\n');
    }
}

/* The answer's lines keep their numbers; the tests are a file of another name,
 * as far as messages go. */
static void cpp_source(struct tw_buf *b, const struct tw_grader *g,
                       const struct tw_grade_answer *answer, bool all_headers)
{
    if (all_headers)
        tw_buf_adds(b, "#include <bits/stdc++.h>\n");
    tw_buf_adds(b, "#include \"tw_check.h\"\n#line 1 \"main.cpp\"\n");
    tw_grade_lang_candidate(b, g, answer);
    tw_buf_adds(b, "\n#include \"tw_assert.h\"\n#line 1 \"tests\"\n");
    add_tests(b, answer->task->tests);
}

/* Compile and run once.  -O0: tests are short, and compiling them takes longer
 * than running them does.  OpenSSL is linked for the tasks about MD5. */
static enum tw_status cpp_once(struct tw_grade *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               bool all_headers, struct tw_err *err)
{
    const struct tw_jail_file files[] = {
        { "tw_check.h", tw_harness_cpp_check, strlen(tw_harness_cpp_check) },
        { "tw_assert.h", tw_harness_cpp_assert, strlen(tw_harness_cpp_assert) },
        { "tw_main.cpp", tw_harness_cpp_main, strlen(tw_harness_cpp_main) },
    };
    const char *flags[5] = { "-O0", "tw_main.cpp" }; /* NULL-ended */
    size_t n_flags = 2;
    struct tw_program p = { .lang = g->set->lang,
                            .files = files,
                            .n_files = TW_ARRAY_LEN(files),
                            .flags = flags,
                            .limits = tw_grade_limits(g->set->lang, &g->options,
                                                      answer->task) };
    struct tw_buf b;

    tw_buf_init(&b, TW_PROGRAM_MAX);
    cpp_source(&b, g, answer, all_headers);
    enum tw_status st = tw_buf_check(&b, "a program", err);
    p.source = tw_buf_text(&b);
    p.source_len = b.len;
    if (g->set->lang == TW_LANG_CPP)
        flags[n_flags++] = "-std=c++17";
    if (strstr(p.source, "openssl/"))
        flags[n_flags] = "-lcrypto";
    const char *mode = "-"; /* the harness stops at the first failure */
    if (g->options.go_on)
        mode = "+";
    if (st == TW_OK)
        st = tw_tally_run(out, a, g, &p, mode, err);
    tw_buf_release(&b);
    return st;
}

/* With all headers, precompiled, it is quicker than with its own; names that
 * those bring may clash with the program's, so a failure is tried without. */
enum tw_status tw_grade_cpp(struct tw_grade *out, struct tw_arena *a,
                            const struct tw_grader *g,
                            const struct tw_grade_answer *answer,
                            struct tw_err *err)
{
    struct tw_grade other = { 0 };

    const bool all = g->options.prelude && g->set->lang == TW_LANG_CPP;

    /* What runs the tests is C++ for both. */
    if (!tw_langs_tool(g->langs, TW_LANG_CPP))
        return tw_fail(err, TW_EIO, 0,
                       "find no C++ compiler: install the package g++");
    TW_TRY(cpp_once(out, a, g, answer, all, err));
    if (out->loaded || !all || out->finding.end != TW_END_ERROR)
        return TW_OK;
    TW_TRY(cpp_once(&other, a, g, answer, false, err));
    if (other.loaded)
        *out = other;
    return TW_OK;
}
