/*
 * grade_cpp.c - answers in C and C++: two programs that exchange values, or
 * where a task's types are none (and in C), one program of answer and tests.
 *
 * The published tests call assert(), which ends the program at the first
 * failure.  Ours (harness_cpp_assert.hh) counts and goes on.
 */
#include "grade/declaration.h"
#include "grade/grade_lang_priv.h"

#include <string.h>

#include "base/banned.h"

/* Lines of the tests that bring the real assert() give way to ours. */
static void add_tests(struct tw_buf *b, const char *tests, const char *instead)
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
            tw_buf_adds(b, instead);
        else
            tw_buf_add(b, line, n);
        tw_buf_addc(b, '\n');
        line += n + (line[n] == '\n');
    }
}

/* "#undef NAME" for each "#define NAME" of a text. */
static void add_undefs(struct tw_buf *b, const char *text)
{
    static const char word[] = "define";

    for (const char *at = text; (at = strchr(at, '#')) != NULL;) {
        at += 1 + strspn(at + 1, " \t");
        if (strncmp(at, word, strlen(word)) != 0)
            continue;
        at += strlen(word);
        size_t skip = strspn(at, " \t");
        size_t n = strspn(at + skip, "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        if (skip > 0 && n > 0)
            tw_buf_addf(b, "#undef %.*s\n", (int)n, at + skip);
    }
}

/* Tests of MultiPL-E's form close the function of a continuation. */
static const char *behind_brace(const char *tests)
{
    const char *at = tests + strspn(tests, " \t\r\n");

    return *at == '}' ? at + 1 : NULL;
}

static const char all_line[] = "#include <bits/stdc++.h>\n";

/* The declaration once more, in a namespace of its own: its type. */
static void add_declared(struct tw_buf *b, const struct tw_declaration *d)
{
    tw_buf_adds(b, "\nnamespace tw_declared {\n");
    tw_buf_add(b, d->text + d->begin, d->end - d->begin);
    tw_buf_adds(b, ";\n}\n");
}

/* The answer, and behind it what calls it.  Its lines keep their numbers. */
static void candidate_source(struct tw_buf *b, const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             const struct tw_declaration *d, bool all)
{
    const int n = (int)d->name.n;

    if (all)
        tw_buf_adds(b, all_line);
    tw_buf_adds(b, "#define main tw_main_of_candidate\n#line 1 \"main.cpp\"\n");
    size_t begin = b->len;
    tw_grade_lang_candidate(b, g, answer);
    if (!answer->whole && behind_brace(answer->task->tests))
        tw_buf_addc(b, '}');
    struct tw_buf undefs;
    tw_buf_init(&undefs, TW_PROGRAM_MAX);
    add_undefs(&undefs, tw_buf_text(b) + begin);
    tw_buf_addf(b, "\n#line 1 \"tests\"\n%s", tw_buf_text(&undefs));
    tw_buf_release(&undefs);
    tw_buf_adds(b, "#undef main\n#include \"tw_value.h\"\n"
                   "#include \"tw_serve.h\"\n");
    add_declared(b, d);
    tw_buf_addf(b,
                "int main() { return tw_value::server<decltype(&tw_declared::"
                "%.*s)>::serve([](auto &...a) -> decltype(auto) "
                "{ return %.*s(a...); }); }\n",
                n, d->name.at, n, d->name.at);
}

/* What the prompt has in front of the function, a function of its type that
 * asks the candidate, the tests.  Nothing of the answer. */
static void tests_source(struct tw_buf *b, const struct tw_task *task,
                         const struct tw_declaration *d, bool all)
{
    const char *tests = behind_brace(task->tests);

    if (all)
        tw_buf_adds(b, all_line);
    tw_buf_add(b, d->text, d->begin);
    tw_buf_adds(b, "\n#include \"tw_value.h\"\n#include \"tw_peer.h\"\n");
    add_declared(b, d);
    tw_buf_add(b, d->text + d->begin, d->end - d->begin);
    tw_buf_addf(b,
                "\n{ return tw_value::call<%.*s>(tw_value::changed<decltype("
                "&tw_declared::%.*s)>::mask()",
                (int)d->type.n, d->type.at, (int)d->name.n, d->name.at);
    for (size_t i = 0; i < d->n_params; i++)
        tw_buf_addf(b, ", %.*s", (int)d->params[i].n, d->params[i].at);
    tw_buf_adds(b, "); }\n#line 1 \"tests\"\n");
    add_tests(b, tests ? tests : task->tests, "");
}

/* Candidate and tests as two programs.  *apart false: that cannot be, whatever
 * the answer is.  -O0: tests are short, and compiling them takes longer than
 * running them does.  OpenSSL is linked for the tasks about MD5. */
static enum tw_status cpp_apart(struct tw_grade *out, bool *apart,
                                struct tw_arena *a, const struct tw_grader *g,
                                const struct tw_grade_answer *answer,
                                const struct tw_declaration *d, bool all,
                                struct tw_err *err)
{
    const struct tw_jail_file files[] = {
        { "tw_value.h", tw_harness_cpp_value, strlen(tw_harness_cpp_value) },
        { "tw_serve.h", tw_harness_cpp_serve, strlen(tw_harness_cpp_serve) },
        { "tw_peer.h", tw_harness_cpp_peer, strlen(tw_harness_cpp_peer) },
    };
    const char *flags[] = { "-O0", "-std=c++17", NULL, NULL };
    const char *const args[] = { "+", NULL };
    const struct tw_program base = {
        .lang = TW_LANG_CPP,
        .files = files,
        .n_files = TW_ARRAY_LEN(files),
        .flags = flags,
        .limits = tw_grade_limits(TW_LANG_CPP, &g->options, answer->task)
    };
    struct tw_program p[2] = { base, base };
    struct tw_buf b[2];

    tw_buf_init(&b[0], TW_PROGRAM_MAX);
    tw_buf_init(&b[1], TW_PROGRAM_MAX);
    candidate_source(&b[0], g, answer, d, all);
    tests_source(&b[1], answer->task, d, all);
    enum tw_status st = TW_OK;
    for (int i = 0; i < 2 && st == TW_OK; i++) {
        st = tw_buf_check(&b[i], "a program", err);
        p[i].source = tw_buf_text(&b[i]);
        p[i].source_len = b[i].len;
    }
    if (strstr(p[0].source, "openssl/"))
        flags[2] = "-lcrypto";
    if (g->options.go_on)
        p[1].args = args;
    if (st == TW_OK)
        st = tw_pair_run(out, apart, a, g, p, err);
    tw_buf_release(&b[0]);
    tw_buf_release(&b[1]);
    return st;
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
    add_tests(b, answer->task->tests, "#include \"tw_assert.h\"");
}

/* Both in one program. */
static enum tw_status cpp_together(struct tw_grade *out, struct tw_arena *a,
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

/* Apart where the task lets them be. */
static enum tw_status cpp_once(struct tw_grade *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer, bool all,
                               struct tw_err *err)
{
    struct tw_declaration d;
    bool apart = false;

    if (g->set->lang == TW_LANG_CPP &&
        tw_declaration_read(&d, answer->task->prompt))
        TW_TRY(cpp_apart(out, &apart, a, g, answer, &d, all, err));
    if (apart)
        return TW_OK;
    return cpp_together(out, a, g, answer, all, err);
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
