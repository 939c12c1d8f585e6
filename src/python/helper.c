/*
 * helper.c - the way to run a trusted helper in the jail, and its values.
 */
#include "python/helper.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { NUMBER_MAX = 40 };

/* The seconds of one call: an input that takes an expression or a reference
 * longer is none, and the others of the job still have their values. */
static const double ORACLE_CALL_S = 2.0;
/* Of a search: 7,500 inputs of 3,500 bytes. */
#define RECORDS_MAX ((size_t)32 << 20)

/* A helper is ours: a busy machine is no reason to give it up. */
static const double HELPER_CPU_S = 30.0, HELPER_WALL_S = 240.0;

static enum tw_status run_job(struct tw_jail *jail, struct tw_arena *a,
                              const struct tw_py_job *job,
                              struct tw_py_result **results, struct tw_err *err)
{
    struct tw_py_report report;
    memset(&report, 0, sizeof(report));
    tw_jail_result_init(&report.jail);
    enum tw_status st = tw_py_run(jail, job, a, &report, err);
    if (st == TW_OK) /* a full arena looks like a job without an answer */
        st = tw_arena_check(a, "the helper", err);
    if (st == TW_OK && report.load.outcome != TW_PY_VALUE)
        st = tw_fail(err, TW_EIO, 0,
                     "cannot run the trusted helper: %s %.80s %.60s",
                     report.jail.cause, report.load.type, report.load.text);
    *results = report.calls;
    tw_jail_result_release(&report.jail);
    return st;
}

enum tw_status tw_helper_run(struct tw_jail *jail, struct tw_arena *a,
                             const char *helper, const struct tw_py_call *calls,
                             size_t n, struct tw_py_result **results,
                             struct tw_err *err)
{
    struct tw_py_job job = {
        .source = helper,
        .source_len = strlen(helper),
        .module_name = "helper",
        .calls = calls,
        .n_calls = n,
        .limits = tw_jail_limits_default(),
    };
    job.limits.cpu_s = HELPER_CPU_S;
    job.limits.wall_s = HELPER_WALL_S;
    job.limits.out_bytes = RECORDS_MAX;
    return run_job(jail, a, &job, results, err);
}

enum tw_status tw_exprs_run(struct tw_jail *jail, struct tw_arena *a,
                            const struct tw_py_call *calls, size_t n,
                            struct tw_py_result **results, struct tw_err *err)
{
    struct tw_py_job job = {
        .source = "",
        .calls = calls,
        .n_calls = n,
        .limits = tw_jail_limits_default(),
        .call_s = ORACLE_CALL_S,
    };
    job.limits.wall_s = job.limits.cpu_s = 30.0;
    if (n == 0) {
        *results = NULL;
        return TW_OK;
    }
    return run_job(jail, a, &job, results, err);
}

enum tw_status tw_reference_run(struct tw_jail *jail, struct tw_arena *a,
                                const char *code,
                                const struct tw_py_call *calls, size_t n,
                                struct tw_py_result **results,
                                struct tw_err *err)
{
    struct tw_py_job job = {
        .source = code,
        .source_len = strlen(code),
        .module_name = "reference",
        .calls = calls,
        .n_calls = n,
        .limits = tw_jail_limits_default(),
        .call_s = ORACLE_CALL_S,
    };
    struct tw_py_report rep;

    job.limits.wall_s = job.limits.cpu_s = 30.0;
    memset(&rep, 0, sizeof(rep));
    tw_jail_result_init(&rep.jail);
    enum tw_status st = tw_py_run(jail, &job, a, &rep, err);
    if (st == TW_OK)
        st = tw_arena_check(a, "the reference", err);
    if (st == TW_OK && rep.load.outcome != TW_PY_VALUE)
        st = tw_fail(err, TW_EFORMAT, 0,
                     "the reference does not load: %s %.80s %.60s",
                     rep.jail.cause, rep.load.type, rep.load.text);
    *results = rep.calls;
    tw_jail_result_release(&rep.jail);
    return st;
}

struct tw_pyval *tw_helper_str(struct tw_arena *a, const char *text)
{
    return tw_pyval_str(a, text, strlen(text));
}

struct tw_pyval *tw_helper_strs(struct tw_arena *a, const char *const *texts,
                                size_t n)
{
    struct tw_pyval **items =
        tw_arena_alloc(a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; items && i < n; i++) {
        items[i] = tw_helper_str(a, texts[i]);
        if (!items[i])
            return NULL;
    }
    return items ? tw_pyval_list(a, items, n) : NULL;
}

const struct tw_pyval *tw_helper_item(const struct tw_pyval *v, size_t i)
{
    if (!v || (v->kind != TW_PYVAL_LIST && v->kind != TW_PYVAL_TUPLE) ||
        i >= v->n_items)
        return NULL;
    return v->items[i];
}

const char *tw_helper_text(const struct tw_pyval *v, struct tw_arena *a)
{
    if (!v || v->kind != TW_PYVAL_STR)
        return "";
    char *text = tw_arena_alloc(a, v->len + 1, 1);
    if (!text)
        return "";
    if (v->len)
        memcpy(text, v->text, v->len);
    return text;
}

double tw_helper_number(const struct tw_pyval *v, double fallback)
{
    if (!v)
        return fallback;
    if (v->kind == TW_PYVAL_FLOAT)
        return v->f;
    if (v->kind == TW_PYVAL_BOOL)
        return v->b ? 1.0 : 0.0;
    if (v->kind != TW_PYVAL_INT || v->len >= NUMBER_MAX)
        return fallback;
    char digits[NUMBER_MAX];
    memcpy(digits, v->text, v->len);
    digits[v->len] = '\0';
    return strtod(digits, NULL);
}

const char *tw_helper_show(const struct tw_pyval *v, size_t limit,
                           struct tw_arena *a)
{
    struct tw_buf b;
    tw_buf_init(&b, 8u << 20);
    tw_pyval_source(&b, v);
    size_t n = b.len < limit ? b.len : limit;
    const char *more = b.len > n ? "..." : "";
    char *text = tw_arena_alloc(a, n + 4, 1);
    if (text) {
        memcpy(text, tw_buf_text(&b), n);
        memcpy(text + n, more, strlen(more));
    }
    tw_buf_release(&b);
    return text ? text : "";
}
