#include "grade/grade_native.h"

#include "grade/native_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { TIME_DEFAULT = 10, TOKEN_SIZE = 33, MARKS_MAX = 65536 };

struct tw_jail_limits tw_native_limits(const struct tw_grader *g,
                                       const struct tw_task *task)
{
    struct tw_jail_limits l = tw_lang_limits(g->set->lang);

    l.wall_s = l.cpu_s = g->options.time_s > 0 ? g->options.time_s
                         : task->time_s > 0    ? task->time_s
                                               : TIME_DEFAULT;
    if (g->options.mem_bytes)
        l.mem_bytes = g->options.mem_bytes;
    return l;
}

void tw_native_fail(struct tw_outcome *out, enum tw_cause cause,
                    const char *text)
{
    out->finding.verdict = TW_VERDICT_FAIL;
    out->finding.cause = cause;
    snprintf(out->finding.text, sizeof(out->finding.text), "%s", text);
}

enum tw_status tw_native_outcomes(struct tw_outcome *out, struct tw_arena *a,
                                  const char *marks, size_t n,
                                  struct tw_err *err)
{
    if (n == 0 || n != out->n_asserts)
        return TW_OK;
    out->outcomes = tw_arena_alloc(a, n, 1);
    if (!out->outcomes)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold %zu outcomes", n);
    for (size_t i = 0; i < n; i++)
        out->outcomes[i] = marks[i] == '1'   ? TW_ASSERT_PASSED
                           : marks[i] == '0' ? TW_ASSERT_FAILED
                                             : TW_ASSERT_RAISED;
    return TW_OK;
}

static bool is_header(enum tw_lang lang, const char *line)
{
    if (lang == TW_LANG_C || lang == TW_LANG_CPP)
        return strncmp(line, "#include", 8) == 0 ||
               strncmp(line, "using namespace ", 16) == 0;
    return lang == TW_LANG_JAVA && strncmp(line, "import ", 7) == 0;
}

/* In one line, so that the lines of the answer keep their numbers but one:
 * except that a directive needs a line of its own. */
static void add_header(struct tw_buf *b, enum tw_lang lang, const char *prompt)
{
    for (const char *line = prompt; *line;) {
        size_t n = strcspn(line, "\n");
        if (is_header(lang, line)) {
            tw_buf_add(b, line, n);
            tw_buf_addc(b, '\n');
        }
        line += n + (line[n] == '\n');
    }
}

void tw_native_candidate(struct tw_buf *b, const struct tw_grader *g,
                         const struct tw_grade_answer *answer)
{
    if (!answer->whole)
        tw_buf_adds(b, answer->task->prompt);
    else if (g->options.stub)
        add_header(b, g->set->lang, answer->task->prompt);
    tw_buf_add(b, answer->text, answer->len);
}

enum tw_status tw_grade_native_program(const char **program, struct tw_arena *a,
                                       const struct tw_grader *g,
                                       const struct tw_grade_answer *answer,
                                       struct tw_err *err)
{
    struct tw_buf b;

    tw_buf_init(&b, NATIVE_PROGRAM_MAX);
    tw_native_candidate(&b, g, answer);
    enum tw_status st = tw_buf_check(&b, "a program", err);
    char *copy = st == TW_OK ? tw_arena_alloc(a, b.len + 1, 1) : NULL;
    if (copy && b.len)
        memcpy(copy, b.bytes, b.len);
    else if (st == TW_OK && !copy)
        st = tw_fail(err, TW_ENOMEM, 0, "cannot hold a program");
    *program = copy;
    tw_buf_release(&b);
    return st;
}

/* 128 bits that nobody knows beforehand. */
static enum tw_status token_make(char token[TOKEN_SIZE], struct tw_err *err)
{
    uint64_t v[2];
    FILE *f = fopen("/dev/urandom", "rb");
    size_t n = f ? fread(v, sizeof(v[0]), 2, f) : 0;

    if (f)
        (void)fclose(f); /* only read */
    if (n != 2)
        return tw_fail(err, TW_EIO, 0, "cannot read '/dev/urandom'");
    snprintf(token, TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, v[0], v[1]);
    return TW_OK;
}

/* The one line "TOKEN HOW PASSED MADE MARKS\n", and nothing else. */
struct record {
    bool there; /* something was written */
    bool good;  /* and it is such a line, with the token */
    bool done;
    size_t passed, made;
    const char *marks;
    size_t n_marks;
};

static bool record_parse(struct record *r, const char *text, size_t n,
                         const char *token)
{
    const size_t head = TOKEN_SIZE - 1;
    char how[16];
    int at = 0;

    if (n < head + 2 || memcmp(text, token, head) != 0 || text[head] != ' ' ||
        memchr(text, '\n', n) != text + n - 1 || memchr(text, '\0', n))
        return false;
    if (sscanf(text + head, " %15s %zu %zu %n", how, &r->passed, &r->made,
               &at) != 3 ||
        at == 0 || r->passed > r->made)
        return false;
    r->done = strcmp(how, "done") == 0;
    r->marks = text + head + at;
    r->n_marks = (size_t)(text + n - 1 - r->marks);
    return r->done || strcmp(how, "stopped") == 0;
}

static void record_read(struct record *r, const struct tw_buf *b,
                        const char *token)
{
    *r = (struct record){ .there = b->len > 0 };
    r->good = r->there && record_parse(r, tw_buf_text(b), b->len, token);
}

/* The run's end may take a pass away; only the record gives one. */
static void decide(struct tw_outcome *out, const struct record *r)
{
    struct tw_finding *f = &out->finding;
    const bool ended =
        f->verdict == TW_VERDICT_PASS || f->verdict == TW_VERDICT_ERROR;
    char text[96];

    if (!ended)
        return; /* timeout, limit, denied, signal, a fault of ours */
    if (r->there && !r->good) {
        tw_native_fail(out, TW_CAUSE_FORGED, "a record that is not the tests'");
    } else if (r->good && r->passed < r->made) {
        const char *raised = memchr(r->marks, '2', r->n_marks);
        snprintf(text, sizeof(text), "%zu of %zu checks failed",
                 r->made - r->passed, r->made);
        if (f->cause != TW_CAUSE_RUNTIME)
            tw_native_fail(out, raised ? TW_CAUSE_RUNTIME : TW_CAUSE_ASSERTION,
                           text);
    } else if (f->verdict == TW_VERDICT_ERROR) {
        if (f->cause == TW_CAUSE_ASSERTION)
            f->verdict = TW_VERDICT_FAIL;
    } else if (!r->good || !r->done) {
        tw_native_fail(out, TW_CAUSE_EXIT, "ended before its tests did");
    } else if (r->made == 0) {
        tw_native_fail(out, TW_CAUSE_EXIT, "the tests made no check");
    }
}

/* Run a program that has its tests in it. */
static enum tw_status judge(struct tw_outcome *out, struct tw_arena *a,
                            const struct tw_grader *g, struct tw_program *p,
                            const char *mode, struct tw_err *err)
{
    char token[TOKEN_SIZE], line[TOKEN_SIZE + 72];
    struct tw_program_result result;
    struct record r = { 0 };

    TW_TRY(token_make(token, err));
    snprintf(line, sizeof(line), "%s %.64s\n", token, mode);
    p->stdin_bytes = line;
    p->n_stdin = strlen(line);
    tw_program_result_init(&result);
    enum tw_status st = tw_program_run(g->langs, p, &result, err);
    if (st == TW_OK) {
        out->finding = result.finding;
        out->loaded = result.compiled;
    }
    if (st == TW_OK && result.compiled) {
        /* Java cannot write to a descriptor by its number. */
        record_read(
            &r, p->lang == TW_LANG_JAVA ? &result.run.out : &result.run.record,
            token);
        out->finished = r.good && r.done;
        out->n_passed = r.passed;
        out->n_asserts = r.made;
        decide(out, &r);
        st = tw_native_outcomes(out, a, r.marks, r.good ? r.n_marks : 0, err);
    }
    tw_program_result_release(&result);
    return st;
}

/* ---- C and C++ ---- */

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
    tw_native_candidate(b, g, answer);
    tw_buf_adds(b, "\n#include \"tw_assert.h\"\n#line 1 \"tests\"\n");
    add_tests(b, answer->task->tests);
}

static enum tw_status cpp_once(struct tw_outcome *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               bool all_headers, struct tw_err *err)
{
    const struct tw_jail_file files[] = {
        { "tw_check.h", tw_harness_cpp_check, strlen(tw_harness_cpp_check) },
        { "tw_assert.h", tw_harness_cpp_assert, strlen(tw_harness_cpp_assert) },
        { "tw_main.cpp", tw_harness_cpp_main, strlen(tw_harness_cpp_main) },
    };
    const bool c = g->set->lang == TW_LANG_C;
    const char *flags[] = { "-O0", "tw_main.cpp", c ? NULL : "-std=c++17", NULL,
                            NULL };
    struct tw_program p = { .lang = g->set->lang,
                            .files = files,
                            .n_files = TW_ARRAY_LEN(files),
                            .flags = flags,
                            .limits = tw_native_limits(g, answer->task) };
    struct tw_buf b;

    tw_buf_init(&b, NATIVE_PROGRAM_MAX);
    cpp_source(&b, g, answer, all_headers);
    enum tw_status st = tw_buf_check(&b, "a program", err);
    p.source = tw_buf_text(&b);
    p.source_len = b.len;
    if (strstr(p.source, "openssl/"))
        flags[3] = "-lcrypto";
    if (st == TW_OK)
        st = judge(out, a, g, &p, g->options.go_on ? "+" : "-", err);
    tw_buf_release(&b);
    return st;
}

/* With all headers, precompiled, it is quicker than with its own; names that
 * those bring may clash with the program's, so a failure is tried without. */
static enum tw_status grade_cpp(struct tw_outcome *out, struct tw_arena *a,
                                const struct tw_grader *g,
                                const struct tw_grade_answer *answer,
                                struct tw_err *err)
{
    struct tw_outcome other = { 0 };

    const bool all = g->options.prelude && g->set->lang == TW_LANG_CPP;

    TW_TRY(cpp_once(out, a, g, answer, all, err));
    if (out->loaded || !all || out->finding.verdict != TW_VERDICT_ERROR)
        return TW_OK;
    TW_TRY(cpp_once(&other, a, g, answer, false, err));
    if (other.loaded)
        *out = other;
    return TW_OK;
}

/* ---- Java ---- */

/* Tests that are a class of their own, "public class Main", get a file of
 * their own, in which the names of the library cannot be taken by classes of
 * the candidate. */
static const char java_imports[] =
    "import java.lang.AssertionError; import java.lang.Boolean; "
    "import java.lang.Integer; import java.lang.Object; "
    "import java.lang.String; import java.lang.Math; "
    "import java.util.List; import java.util.Arrays; "
    "import java.util.ArrayList; import java.util.Map; "
    "import java.util.HashMap; import java.util.Set; "
    "import java.util.HashSet; import java.util.Optional; "
    "import java.util.Objects; import java.util.Random;\n";

static void java_tests(struct tw_buf *b, const struct tw_task *task)
{
    static const char old[] = "correct.contains(false)";

    add_header(b, TW_LANG_JAVA, task->prompt);
    tw_buf_adds(b, java_imports);
    const char *at = task->tests, *found;
    while ((found = strstr(at, old)) != NULL) {
        tw_buf_add(b, at, (size_t)(found - at));
        tw_buf_adds(b, "TwMain.fails(correct)");
        at = found + strlen(old);
    }
    tw_buf_adds(b, at);
}

static enum tw_status grade_java(struct tw_outcome *out, struct tw_arena *a,
                                 const struct tw_grader *g,
                                 const struct tw_grade_answer *answer,
                                 struct tw_err *err)
{
    const bool apart = strstr(answer->task->tests, "class Main") != NULL;
    static const char *const flags[] = { "-ea", NULL };
    struct tw_buf candidate, tests;

    tw_buf_init(&candidate, NATIVE_PROGRAM_MAX);
    tw_buf_init(&tests, NATIVE_PROGRAM_MAX);
    tw_native_candidate(&candidate, g, answer);
    if (apart)
        java_tests(&tests, answer->task);
    else
        tw_buf_adds(&candidate, answer->task->tests);
    struct tw_jail_file files[] = {
        { "TwMain.java", tw_harness_java, strlen(tw_harness_java) },
        { "Solution.java", tw_buf_text(&candidate), candidate.len },
    };
    const struct tw_buf *source = apart ? &tests : &candidate;
    struct tw_program p = { .lang = TW_LANG_JAVA,
                            .source = tw_buf_text(source),
                            .source_len = source->len,
                            .files = files,
                            .n_files = apart ? 2 : 1,
                            .flags = flags,
                            .limits = tw_native_limits(g, answer->task) };
    enum tw_status st = tw_buf_check(&candidate, "a program", err);
    if (st == TW_OK)
        st = tw_buf_check(&tests, "tests", err);
    if (st == TW_OK)
        st = judge(out, a, g, &p, apart ? "Main" : "Problem", err);
    tw_buf_release(&candidate);
    tw_buf_release(&tests);
    return st;
}

/* ---- Go ---- */

static enum tw_status go_once(struct tw_outcome *out, struct tw_arena *a,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              const char *avoid, struct tw_err *err)
{
    /* Whatever the program imports, the token is read first. */
    static const char first[] = "import _ \"trialwright/tally\"\n";
    char test[128], flag[140], file[256];
    const char *flags[] = { flag, NULL };
    struct tw_buf b;

    tw_buf_init(&b, NATIVE_PROGRAM_MAX);
    enum tw_status st = tw_native_go(&b, test, g, answer, avoid, err);
    const char *text = tw_buf_text(&b);
    size_t n = strcspn(text, "\n"); /* the package clause */
    snprintf(flag, sizeof(flag), "-test=%s", test);
    snprintf(file, sizeof(file), "%.*s\n%s", n < 160 ? (int)n : 160, text,
             first);
    struct tw_jail_file files[] = { { "tw_first.go", file, strlen(file) } };
    struct tw_program p = { .lang = TW_LANG_GO,
                            .source = text,
                            .source_len = b.len,
                            .files = files,
                            .n_files = 1,
                            .flags = flags,
                            .limits = tw_native_limits(g, answer->task) };
    if (st == TW_OK)
        st = judge(out, a, g, &p, "+", err);
    if (st == TW_OK && !out->loaded &&
        strstr(out->finding.text, "could not import trialwright/assert"))
        st = tw_fail(err, TW_EIO, 0,
                     "find no testify: install the package "
                     "golang-github-stretchr-testify-dev");
    tw_buf_release(&b);
    return st;
}

/* The path of an import that is not used, appended to the list; false: the
 * compiler complains of something else. */
static bool add_unused(char *avoid, size_t size, const char *text)
{
    const char *from = strchr(text, '"');
    const char *to = from ? strchr(from + 1, '"') : NULL;
    size_t len = strlen(avoid);

    if (!to || !strstr(text, "imported and not used"))
        return false;
    int n = snprintf(avoid + len, size - len, "%.*s ", (int)(to - from - 1),
                     from + 1);
    return n > 0 && (size_t)n < size - len;
}

/* A variable may have the name of a package that we import for the program:
 * then without. */
static enum tw_status grade_go(struct tw_outcome *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    char avoid[256] = "";

    for (int try = 0; try < 4; try++) {
        *out = (struct tw_outcome){ 0 };
        TW_TRY(go_once(out, a, g, answer, avoid, err));
        if (out->loaded || !add_unused(avoid, sizeof(avoid), out->finding.text))
            break;
    }
    return TW_OK;
}

static enum tw_status grade_once(struct tw_outcome *out, struct tw_arena *a,
                                 const struct tw_grader *g,
                                 const struct tw_grade_answer *answer,
                                 struct tw_err *err)
{
    switch (g->set->lang) {
    case TW_LANG_C:
    case TW_LANG_CPP:
        return grade_cpp(out, a, g, answer, err);
    case TW_LANG_JAVA:
        return grade_java(out, a, g, answer, err);
    case TW_LANG_JS:
        return tw_native_js(out, a, g, answer, err);
    case TW_LANG_GO:
        return grade_go(out, a, g, answer, err);
    case TW_LANG_PYTHON:
    case TW_LANG_SHELL:
    case TW_LANG_COUNT:
        break;
    }
    return tw_fail(err, TW_EINVAL, 0, "cannot judge tests in %s",
                   tw_lang_name(g->set->lang));
}

enum tw_status tw_grade_native(struct tw_outcome *out, struct tw_arena *a,
                               const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               struct tw_err *err)
{
    if (!g->langs)
        return tw_fail(err, TW_EINVAL, 0, "cannot judge without compilers");
    for (int try = 0; try < 2; try++) {
        *out = (struct tw_outcome){ 0 };
        TW_TRY(grade_once(out, a, g, answer, err));
        if (out->finding.verdict != TW_VERDICT_HARNESS)
            break;
    }
    return TW_OK;
}
