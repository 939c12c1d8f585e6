/*
 * pyrun.c - calls of a source text in the jail, and their results as values.
 *
 * The driver inside writes one record for each call.  It shares its interpreter
 * with the source, so records are read as hostile input: a record that makes no
 * sense ends the reading, a second one for the same call voids both, and no
 * text of it is believed to be more than text.
 */
#include "python/pyrun.h"

#include <stdio.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Of the values that one job may send; more is TW_PY_OPAQUE. */
#define VALUES_BYTES_MAX ((size_t)64 << 20)
#define RECORD_BYTES_MIN ((size_t)4 << 20)
#define JOB_BYTES_MAX    ((size_t)64 << 20)

#define EVENTS_MAX ((size_t)8192)

#define FILE_NAME "candidate.py"

/* pyrun_driver.py, made into an array at build time. */
extern const char tw_pyrun_driver[];

/* (function or None, expression, names, arguments) */
static void put_call(struct tw_buf *b, const struct tw_py_call *call)
{
    const char *expr = "";
    size_t n_names = 0;

    if (call->expr)
        expr = call->expr;
    if (call->names)
        n_names = call->n_args;
    tw_pyval_put_tuple(b, 4);
    tw_pyval_put_str(b, call->function);
    tw_pyval_put_str(b, expr);
    tw_pyval_put_tuple(b, n_names);
    for (size_t i = 0; i < n_names; i++)
        tw_pyval_put_str(b, call->names[i]);
    tw_pyval_put_tuple(b, call->n_args);
    for (size_t i = 0; i < call->n_args; i++)
        tw_pyval_encode(b, call->args[i]);
}

/* What is open to a run that is watched; None: it is not watched. */
static void put_opened(struct tw_buf *b, const struct tw_py_job *job)
{
    if (!job->watched) {
        tw_pyval_put_str(b, NULL);
        return;
    }
    tw_pyval_put_tuple(b, job->n_opened);
    for (size_t i = 0; i < job->n_opened; i++)
        tw_pyval_put_str(b, job->opened[i]);
}

/* The head of the job, (module, file, source, seconds per call, opened,
 * function, rows for it), then each call with its length before it: the driver
 * takes one at a time, and a call that it cannot decode costs only itself. */
static void job_encode(struct tw_buf *b, const struct tw_py_job *job)
{
    const char *module = "candidate", *file = FILE_NAME;
    struct tw_buf call;

    if (job->module_name)
        module = job->module_name;
    if (job->elsewhere) {
        module = "test_kpi";
        file = "test_kpi.py";
    }
    tw_pyval_put_tuple(b, 7);
    tw_pyval_put_str(b, module);
    tw_pyval_put_str(b, file);
    tw_pyval_put_bytes(b, job->source, job->source_len);
    tw_pyval_put_float(b, job->call_s);
    put_opened(b, job);
    tw_pyval_put_str(b, job->rows_function);
    tw_pyval_put_list(b, job->n_rows);
    for (size_t i = 0; i < job->n_rows; i++)
        tw_pyval_put_bytes(b, job->rows[i].bytes, job->rows[i].len);
    tw_buf_init(&call, JOB_BYTES_MAX);
    for (size_t i = 0; i < job->n_calls && !b->failed; i++) {
        tw_buf_clear(&call);
        put_call(&call, &job->calls[i]);
        tw_buf_addf(b, "%zu:", call.len);
        tw_buf_add(b, call.bytes, call.len);
        if (call.failed)
            b->failed = call.failed;
    }
    tw_buf_release(&call);
}

/* ---- warm ---- */

/* A small job that uses what most use: a str, a list and a set on their way
 * out, and an int in. */
static void trial_encode(struct tw_buf *b)
{
    static const char source[] = "def f(x):\n    return [str(x), {1}]\n";
    struct tw_pyval seven = { .kind = TW_PYVAL_INT, .text = "7", .len = 1 };
    struct tw_pyval *const args[] = { &seven };
    const struct tw_py_call call = { .function = "f",
                                     .args = args,
                                     .n_args = 1 };

    job_encode(b, &(struct tw_py_job){ .source = source,
                                       .source_len = sizeof(source) - 1,
                                       .calls = &call,
                                       .n_calls = 1 });
}

const struct tw_jail_driver tw_pyrun_warm = {
    .program = tw_py_interpreter,
    .words = tw_py_warm_words,
    .text = tw_pyrun_driver,
    .trial = trial_encode,
};

/* ---- results ---- */

/* Untrusted text into a field: one line, no control characters, cut between
 * characters.  type and text of an exception are shown to people. */
static void take_text(char *to, size_t size, const struct tw_pyval *v)
{
    size_t n = 0;

    for (; n < v->len && n + 1 < size; n++) {
        unsigned char c = (unsigned char)v->text[n];
        if (c < 0x20 || c == 0x7f)
            c = '?';
        to[n] = (char)c;
    }
    while (n < v->len && n > 0 && ((unsigned char)v->text[n] & 0xc0) == 0x80)
        n--; /* ends inside of a character */
    to[n] = '\0';
}

/* Short, since every field of a record is asked. */
static bool is(const struct tw_pyval *v, enum tw_pyval_kind kind)
{
    return v->kind == kind;
}

/* A line number that somebody else tells: 0 where it cannot be one. */
static int line_of(const struct tw_pyval *v)
{
    int line = 0;

    if (v->len >= 9 || v->text[0] == '-')
        return 0;
    for (const char *d = v->text; *d; d++)
        line = line * 10 + (*d - '0');
    return line;
}

/* Records of the driver: (index, "V", value), or "M" where the call changed
 * its arguments, or (index, tag, type, text, line), with
 * the classes behind it for "X".  The index, or -2 for a
 * shape that the driver does not write.  The value stays where it was decoded,
 * in the caller's arena. */
static long record_take(struct tw_py_result *r, const struct tw_pyval *v)
{
    if (!is(v, TW_PYVAL_TUPLE) || v->n_items < 3 ||
        !is(v->items[0], TW_PYVAL_INT) || v->items[0]->len > 9 ||
        !is(v->items[1], TW_PYVAL_STR) || v->items[1]->len != 1)
        return -2;
    long index = 0;
    const char *at = v->items[0]->text;
    for (const char *d = at + (*at == '-'); *d; d++)
        index = index * 10 + (*d - '0');
    if (*at == '-')
        index = -index;
    *r = (struct tw_py_result){ .outcome = TW_PY_MISSING };
    char tag = v->items[1]->text[0];
    if ((tag == 'V' || tag == 'M') && v->n_items == 3) {
        r->outcome = TW_PY_VALUE;
        r->changed = tag == 'M';
        r->value = v->items[2];
        return index;
    }
    size_t n_more = tag == 'X'; /* the names of its classes */
    if (v->n_items != 5 + n_more || !is(v->items[2], TW_PYVAL_BYTES) ||
        !is(v->items[3], TW_PYVAL_BYTES) || !is(v->items[4], TW_PYVAL_INT) ||
        (n_more && !is(v->items[5], TW_PYVAL_BYTES)))
        return -2;
    take_text(r->type, sizeof(r->type), v->items[2]);
    take_text(r->text, sizeof(r->text), v->items[3]);
    r->line = line_of(v->items[4]);
    if (tag == 'L') {
        snprintf(r->type, sizeof(r->type), "timeout");
    } else if (tag == 'X') {
        r->outcome = TW_PY_EXCEPTION;
        r->classes = v->items[5]->text;
    } else {
        r->outcome = TW_PY_OPAQUE;
    }
    return index;
}

/* "#LEN:" before a record; its bytes, or NULL where the stream makes no
 * sense (it was cut, or the source wrote into it).  Without a length there
 * would be no way on behind a record that was forged or cut. */
static const uint8_t *record_next(struct tw_cursor *c, size_t *n)
{
    size_t len = 0;

    if (tw_cursor_u8(c) != '#')
        return NULL;
    for (int digits = 0; digits < 9; digits++) {
        uint8_t ch = tw_cursor_u8(c);
        if (ch == ':') {
            *n = len;
            const uint8_t *bytes = tw_cursor_bytes(c, len);
            if (!bytes || tw_cursor_u8(c) != '\n')
                return NULL;
            return bytes;
        }
        if (ch < '0' || ch > '9')
            return NULL;
        len = len * 10 + (size_t)(ch - '0');
    }
    return NULL;
}

/* First record of an index counts; a second one makes it MISSING for good.
 * A source that writes a record of its own cannot know whether the driver's
 * comes too. */
static void result_put(struct tw_py_result *slot, unsigned char *seen,
                       const struct tw_py_result *r)
{
    if (*seen == 0) {
        *slot = *r;
        *seen = 1;
        return;
    }
    *slot = (struct tw_py_result){ .outcome = TW_PY_MISSING };
    snprintf(slot->type, sizeof(slot->type), "forged");
    snprintf(slot->text, sizeof(slot->text), "more than one answer");
}

/* Events are few: the driver ends at 64.  Whoever forges them says so of
 * itself. */
static void event_add(struct tw_py_report *report, const struct tw_py_result *r,
                      struct tw_arena *a)
{
    const char *front = "", *semicolon = "";

    if (report->events) {
        front = report->events;
        semicolon = "; ";
    }
    if (strlen(front) < EVENTS_MAX)
        report->events = tw_arena_textf(a, "%s%s%s in line %d", front,
                                        semicolon, r->type, r->line);
}

/* Stops at the first byte that makes no sense; calls without a record stay
 * MISSING. Index -1 is the loading, -3 and -4 events
 * of a run that is watched. */
static void records_read(struct tw_py_report *report, size_t n_calls,
                         unsigned char *seen, struct tw_arena *a)
{
    const struct tw_buf *b = &report->jail.record;
    struct tw_cursor c = { .bytes = (const uint8_t *)tw_buf_text(b),
                           .len = b->len };
    size_t n;

    while (tw_cursor_left(&c) > 0) {
        const uint8_t *bytes = record_next(&c, &n);
        struct tw_cursor one = { .bytes = bytes, .len = n };
        struct tw_pyval *v;
        struct tw_py_result r;
        if (!bytes)
            return;
        if (tw_pyval_decode(&v, a, &one, NULL) != TW_OK || one.pos != one.len)
            continue;
        long index = record_take(&r, v);
        if (index == -3 && !report->reached.type[0])
            report->reached = r;
        if (index == -3 || index == -4)
            event_add(report, &r, a);
        if (index < -1 || index >= (long)n_calls)
            continue;
        struct tw_py_result *slot = &report->load; /* index -1 */
        if (index >= 0)
            slot = &report->calls[index];
        result_put(slot, &seen[index + 1], &r);
    }
}

/* Records need room even where the caller wants little output:
 * RECORD_BYTES_MIN. */
static enum tw_status run_job(struct tw_jail *jail, const struct tw_py_job *job,
                              const struct tw_buf *input,
                              struct tw_jail_result *r, struct tw_err *err)
{
    const char *argv[TW_PY_ARGV];
    struct tw_jail_spec s = { .argv = argv,
                              .warm = &tw_pyrun_warm,
                              .files = job->files,
                              .n_files = job->n_files,
                              .stdin_bytes = input->bytes,
                              .n_stdin = input->len,
                              .limits = job->limits };

    if (job->cold || job->elsewhere || job->watched)
        s.warm = NULL;
    s.elsewhere = job->elsewhere;
    tw_py_argv(argv, tw_pyrun_driver);
    if (!argv[0])
        return tw_fail(err, TW_EIO, 0,
                       "find no Python 3: install it as /usr/bin/python3");
    if (s.limits.out_bytes < RECORD_BYTES_MIN)
        s.limits.out_bytes = RECORD_BYTES_MIN;
    return tw_jail_run(jail, &s, r, err);
}

/* The results are in the arena, n_calls of them in any case. */
enum tw_status tw_py_run(struct tw_jail *jail, const struct tw_py_job *job,
                         struct tw_arena *a, struct tw_py_report *report,
                         struct tw_err *err)
{
    struct tw_buf input;
    size_t n = job->n_calls + job->n_rows;
    unsigned char *seen = tw_arena_alloc(a, n + 1, 1);

    *report = (struct tw_py_report){ .load.outcome = TW_PY_MISSING };
    tw_jail_result_init(&report->jail);
    report->calls = tw_arena_alloc(a, n + 1, sizeof(*report->calls));
    if (!seen || !report->calls)
        return tw_fail(err, TW_ENOMEM, 0, "cannot allocate %zu results", n);
    for (size_t i = 0; i < n; i++)
        report->calls[i].outcome = TW_PY_MISSING;
    tw_buf_init(&input, JOB_BYTES_MAX);
    job_encode(&input, job);
    enum tw_status st = tw_buf_check(&input, "Python job", err);
    if (st == TW_OK)
        st = run_job(jail, job, &input, &report->jail, err);
    tw_buf_release(&input);
    if (st != TW_OK)
        return st;
    /* What a candidate sends may not use up the caller's arena. */
    size_t limit = a->limit;
    if (limit > VALUES_BYTES_MAX && a->used < limit - VALUES_BYTES_MAX)
        a->limit = a->used + VALUES_BYTES_MAX;
    records_read(report, n, seen, a);
    a->limit = limit;
    return TW_OK;
}
