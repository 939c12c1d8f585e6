/*
 * inspect.c - Python looked at by the helper; what both languages share.
 *
 * Python is parsed by Python, in the jail: only its own parser agrees with
 * itself about every version and every trick, and a text that kills it kills
 * a job and not this program.
 */
#include "inspect/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/inspect_priv.h"
#include "python/helper.h"

#include "base/banned.h"

/* Large files take long to look at: more than the other helpers may. */
enum { JOB_SECONDS = 60, JOB_OUT_MAX = 128 << 20, TRIES = 3 };

/* By the end of the name, as compilers do; other languages are not looked
 * at. */
enum tw_source_lang tw_source_lang(const char *path)
{
    const char *dot = strrchr(path, '.');
    if (dot && strcmp(dot, ".py") == 0)
        return TW_SOURCE_PYTHON;
    if (dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0))
        return TW_SOURCE_C;
    return TW_SOURCE_UNKNOWN;
}

/* As tw_helper_run(), but with other limits, and tried again: a long list of
 * files should not end because the machine was short of processes once. */
enum tw_status tw_inspect_job(struct tw_jail *jail, struct tw_arena *a,
                              const char *helper,
                              const struct tw_py_call *calls, size_t n,
                              struct tw_py_result **results, struct tw_err *err)
{
    struct tw_py_report report;
    struct tw_py_job job = {
        .source = helper,
        .source_len = strlen(helper),
        .module_name = "inspection",
        .calls = calls,
        .n_calls = n,
        .limits = tw_jail_limits_default(),
    };
    job.limits.wall_s = job.limits.cpu_s = JOB_SECONDS;
    job.limits.out_bytes = JOB_OUT_MAX;
    /* A fault of the jail is no word about the text: once more.  The results
     * of a failed try stay in the arena, unused. */
    enum tw_status st = TW_OK;
    for (int i = 0; i < TRIES; i++) {
        memset(&report, 0, sizeof(report));
        tw_jail_result_init(&report.jail);
        st = tw_py_run(jail, &job, a, &report, err);
        *results = report.calls;
        bool again = st == TW_OK && report.load.outcome != TW_PY_VALUE;
        if (again && i + 1 == TRIES)
            st = tw_fail(err, TW_EIO, 0,
                         "cannot run the trusted helper: %s %.80s",
                         report.jail.cause, report.load.text);
        tw_jail_result_release(&report.jail);
        if (!again)
            break;
    }
    return st;
}

/* A number of a size that the helper never counts is taken for none. */
int tw_inspect_int(const struct tw_pyval *list, size_t i)
{
    double v = tw_helper_number(tw_helper_item(list, i), 0.0);
    if (v < -1e9 || v > 1e9)
        return 0;
    return (int)v;
}

/* An exception is the parser's word about the text. */
const char *tw_inspect_cause(const struct tw_py_result *r, struct tw_arena *a)
{
    if (r->outcome != TW_PY_EXCEPTION)
        return "too large to be looked at";
    const char *text = tw_arena_textf(a, "%s: %s", r->type, r->text);
    if (!text)
        return "";
    return text;
}

/* Items of a list; none when the helper gave no list. */
static size_t count_of(const struct tw_pyval *rows)
{
    if (!rows)
        return 0;
    return rows->n_items;
}

/* Rows [name, line, last line, complexity, statements, nesting, parameters]. */
static void read_functions(struct tw_inspection *in, struct tw_arena *a,
                           const struct tw_pyval *rows)
{
    size_t n = count_of(rows);
    in->functions = tw_arena_alloc(a, n + 1, sizeof(*in->functions));
    for (size_t i = 0; in->functions && i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        in->functions[in->n_functions++] = (struct tw_inspect_function){
            .name = tw_helper_text(tw_helper_item(row, 0), a),
            .line = tw_inspect_int(row, 1),
            .last_line = tw_inspect_int(row, 2),
            .complexity = tw_inspect_int(row, 3),
            .statements = tw_inspect_int(row, 4),
            .nesting = tw_inspect_int(row, 5),
            .params = tw_inspect_int(row, 6),
        };
    }
}

/* Rows [line, what, kind]. */
static void read_notes(struct tw_inspect_note **notes, size_t *n_notes,
                       struct tw_arena *a, const struct tw_pyval *rows)
{
    size_t n = count_of(rows);
    *notes = tw_arena_alloc(a, n + 1, sizeof(**notes));
    for (size_t i = 0; *notes && i < n; i++) {
        const struct tw_pyval *row = tw_helper_item(rows, i);
        (*notes)[(*n_notes)++] = (struct tw_inspect_note){
            .line = tw_inspect_int(row, 0),
            .what = tw_helper_text(tw_helper_item(row, 1), a),
            .kind = tw_helper_text(tw_helper_item(row, 2), a),
        };
    }
}

/* [counts, functions, unsafe, vacuous], as tw_inspect() gives it. */
static enum tw_status read_python(struct tw_inspection *in, struct tw_arena *a,
                                  const struct tw_pyval *v, struct tw_err *err)
{
    const struct tw_pyval *c = tw_helper_item(v, 0);
    in->readable = true;
    in->n_lines = tw_inspect_int(c, 0);
    in->n_blank = tw_inspect_int(c, 1);
    in->n_comment = tw_inspect_int(c, 2);
    in->n_statements = tw_inspect_int(c, 3);
    in->n_tokens = tw_inspect_int(c, 4);
    in->n_asserts = tw_inspect_int(c, 5);
    in->n_tests = tw_inspect_int(c, 6);
    in->complexity = tw_inspect_int(c, 7);
    read_functions(in, a, tw_helper_item(v, 1));
    read_notes(&in->unsafe, &in->n_unsafe, a, tw_helper_item(v, 2));
    read_notes(&in->vacuous, &in->n_vacuous, a, tw_helper_item(v, 3));
    return tw_arena_check(a, "an inspection", err);
}

/* A text that does not parse is a result, with the reason in cause. */
static enum tw_status inspect_python(struct tw_inspection *in,
                                     struct tw_jail *jail, struct tw_arena *a,
                                     const struct tw_source *source,
                                     struct tw_err *err)
{
    struct tw_pyval *arg = tw_pyval_str(a, source->text, source->n);
    struct tw_py_call call = { .function = "tw_inspect",
                               .args = &arg,
                               .n_args = 1 };
    struct tw_py_result *r;
    TW_TRY(tw_arena_check(a, "an inspection", err));
    TW_TRY(tw_inspect_job(jail, a, tw_inspect_py, &call, 1, &r, err));
    if (r->outcome == TW_PY_VALUE)
        return read_python(in, a, r->value, err);
    in->cause = tw_inspect_cause(r, a);
    return TW_OK;
}

/* C needs no jail: its tokens are read here, by code of ours that runs
 * nothing. */
enum tw_status tw_inspect(struct tw_inspection *in, struct tw_jail *jail,
                          struct tw_arena *a, const struct tw_source *source,
                          struct tw_err *err)
{
    *in = (struct tw_inspection){ .cause = "" };
    if (source->lang == TW_SOURCE_PYTHON)
        return inspect_python(in, jail, a, source, err);
    if (source->lang == TW_SOURCE_C)
        return tw_inspect_c(in, a, source, err);
    return tw_fail(err, TW_EINVAL, 0,
                   "cannot tell the language of '%.100s': .py, .c and .h are "
                   "known",
                   source->name);
}

/* The helper takes imports of the module out, since program and tests run in
 * one space of names. */
enum tw_status tw_inspect_tests(struct tw_jail *jail, struct tw_arena *a,
                                const struct tw_source *source,
                                const struct tw_source *tests,
                                const char **plain, const char **cause,
                                struct tw_err *err)
{
    const char *dot = strrchr(source->name, '.');
    size_t n = strlen(source->name);
    if (dot)
        n = (size_t)(dot - source->name);
    struct tw_pyval *args[2] = { tw_pyval_str(a, tests->text, tests->n),
                                 tw_pyval_str(a, source->name, n) };
    struct tw_py_call call = { .function = "tw_tests",
                               .args = args,
                               .n_args = 2 };
    struct tw_py_result *r;
    *plain = NULL;
    *cause = "";
    TW_TRY(tw_arena_check(a, "an inspection", err));
    TW_TRY(tw_inspect_job(jail, a, tw_inspect_py, &call, 1, &r, err));
    if (r->outcome == TW_PY_VALUE)
        *plain = tw_helper_text(r->value, a);
    else
        *cause = tw_inspect_cause(r, a);
    return TW_OK;
}

/* Of the lines that are not blank. */
double tw_inspect_comment_share(const struct tw_inspection *in)
{
    int n = in->n_lines - in->n_blank;
    if (n <= 0)
        return 0.0;
    return (double)in->n_comment / (double)n;
}

/* Of the functions and of the code outside of them. */
int tw_inspect_complexity_max(const struct tw_inspection *in)
{
    int max = in->complexity;
    for (size_t i = 0; i < in->n_functions; i++)
        if (in->functions[i].complexity > max)
            max = in->functions[i].complexity;
    return max;
}

/* Notes about a whole test ("test 'x' asserts nothing") are no assertions; of
 * the others there is one per assertion. */
bool tw_inspect_is_vacuous(const struct tw_inspection *in)
{
    size_t idle = 0;
    for (size_t i = 0; i < in->n_vacuous; i++)
        idle += strncmp(in->vacuous[i].what, "test '", 6) != 0;
    return in->n_asserts <= (int)idle;
}
