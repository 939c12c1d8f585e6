/*
 * sample_new.c - one sample more: its task, its text, its recorded verdict.
 */
#include "tasks/samples_priv.h"

#include "base/fault.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SAMPLES_MAX ((size_t)4000000)

/* Room for one more.  The array doubles: files of samples do not say how many
 * there are. */
static bool grow(struct tw_sample_reader *r)
{
    if (r->n < r->cap)
        return true;
    size_t cap = 256;
    if (r->cap)
        cap = 2 * r->cap;
    struct tw_sample *items = tw_mem_resize(r->items, cap * sizeof(*r->items));
    if (!items)
        return false;
    r->items = items;
    r->cap = cap;
    return true;
}

enum tw_status tw_sample_full(const struct tw_sample_reader *r,
                              struct tw_err *err)
{
    return tw_records_fail(r->records, TW_ENOMEM, err,
                           "does not fit in memory");
}

/* A model that gave no answer is written as null by some: that is an empty
 * answer, which counts and fails. */
enum tw_status tw_sample_add(struct tw_sample_reader *r, size_t task,
                             const struct tw_json *text, int recorded,
                             struct tw_err *err)
{
    size_t n;
    const char *s = tw_json_text(text, &n);
    if (tw_json_kind(text) == TW_JSON_NULL)
        s = "";
    if (!s)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has something else than text in '%s'",
                               r->field);
    if (task == TW_SAMPLE_SKIPPED) {
        r->out->n_skipped++;
        return TW_OK;
    }
    if (r->n == SAMPLES_MAX)
        return tw_records_fail(r->records, TW_ELIMIT, err,
                               "exceeds %zu samples", SAMPLES_MAX);
    char *copy = tw_arena_text(&r->out->arena, s, n);
    if (!copy || !grow(r))
        return tw_sample_full(r, err);
    r->items[r->n++] = (struct tw_sample){
        .task = task, .text = copy, .len = n, .recorded = recorded
    };
    return TW_OK;
}

/* An id that the set lacks is a wrong file, unless the set is part of a file
 * whose other tasks the samples answer as well. */
enum tw_status tw_sample_task(struct tw_sample_reader *r, const char *id,
                              size_t *task, struct tw_err *err)
{
    const struct tw_task *t = tw_taskset_find(r->set, id);
    *task = t ? (size_t)(t - r->set->tasks) : TW_SAMPLE_SKIPPED;
    if (t || (r->set->part && tw_taskset_kin(r->set, id)))
        return TW_OK;
    return tw_records_fail(r->records, TW_EFORMAT, err,
                           "has the task '%.60s', which %s lacks", id,
                           r->set->name);
}

/* MultiPL-E calls it "name". */
const struct tw_json *tw_sample_id(const struct tw_json *record)
{
    const struct tw_json *v = tw_json_get(record, "task_id");

    if (v)
        return v;
    v = tw_json_get(record, "name");
    if (tw_json_kind(v) == TW_JSON_STRING)
        return v;
    return NULL;
}

/* MBPP's ids are numbers in some files and texts in others. */
enum tw_status tw_sample_task_of(struct tw_sample_reader *r,
                                 const struct tw_json *record, size_t *task,
                                 struct tw_err *err)
{
    const struct tw_json *v = tw_sample_id(record);
    size_t n;
    char number[24];
    const char *id = tw_json_text(v, &n);
    if (tw_json_kind(v) == TW_JSON_INT) {
        snprintf(number, sizeof(number), "%lld", (long long)tw_json_int(v, 0));
        return tw_sample_task(r, number, task, err);
    }
    if (!v)
        return tw_records_fail(r->records, TW_EFORMAT, err, "lacks 'task_id'");
    if (!id || memchr(id, '\0', n))
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has no text or number in 'task_id'");
    return tw_sample_task(r, id, task, err);
}

/* What the file says of the sample: LDB's "is_solved", HumanEval's "passed", or
 * EvalPlus's status on the base tests; -1: nothing. */
static int verdict_in(const struct tw_json *record)
{
    static const char *const names[] = { "is_solved", "passed" };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        const struct tw_json *v = tw_json_get(record, names[i]);
        if (tw_json_kind(v) == TW_JSON_BOOL)
            return tw_json_bool(v, false);
    }
    const char *status = tw_json_text(tw_json_get(record, "base_status"), NULL);
    if (!status)
        return -1;
    return strcmp(status, "pass") == 0;
}

/* One text, a list of them, or a list of such lists. */
enum tw_status tw_sample_texts(struct tw_sample_reader *r,
                               const struct tw_json *v, size_t task,
                               int recorded, struct tw_err *err)
{
    enum { NESTED_MAX = 2 };
    const struct tw_json *at[NESTED_MAX];
    size_t next[NESTED_MAX] = { 0 }, depth = 1;

    if (tw_json_kind(v) != TW_JSON_ARRAY)
        return tw_sample_add(r, task, v, recorded, err);
    at[0] = v;
    while (depth) {
        size_t i = next[depth - 1]++;
        if (i == tw_json_len(at[depth - 1])) {
            depth--;
            continue;
        }
        const struct tw_json *item = tw_json_at(at[depth - 1], i);
        if (tw_json_kind(item) == TW_JSON_ARRAY && depth < NESTED_MAX) {
            next[depth] = 0;
            at[depth++] = item;
            continue;
        }
        TW_TRY(tw_sample_add(r, task, item, -1, err));
    }
    return TW_OK;
}

enum tw_status tw_sample_record(struct tw_sample_reader *r,
                                const struct tw_json *record, size_t task,
                                struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, r->field);
    if (!v)
        return tw_records_fail(r->records, TW_EFORMAT, err, "lacks '%s'",
                               r->field);
    return tw_sample_texts(r, v, task, verdict_in(record), err);
}
