/*
 * samples.c - recorded answers of models: layouts, joined with their tasks.
 */
#include "tasks/samples_priv.h"

#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* The end of any file: so many samples of two kilobytes. */
#define SAMPLES_ARENA_MAX ((size_t)8 << 30)

/* Fields that hold texts; the first that a record has counts. */
static const struct {
    const char *name;
    enum tw_sample_shape shape;
} FIELDS[] = {
    { "solution", TW_SAMPLE_WHOLE },  { "completion", TW_SAMPLE_REST },
    { "samples", TW_SAMPLE_BY_TEXT }, { "generation", TW_SAMPLE_BY_TEXT },
    { "output", TW_SAMPLE_BY_TEXT },
};

/* The layout and the field, from the first record. */
static enum tw_status choose(struct tw_sample_reader *r,
                             const struct tw_json *record, struct tw_err *err)
{
    if (tw_json_kind(record) != TW_JSON_OBJECT)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "is no JSON object");
    r->out->layout = "jsonl";
    if (!tw_json_get(record, "task_id")) {
        if (!tw_json_get(record, "samples") || !tw_json_get(record, "prompt"))
            return tw_records_fail(r->records, TW_EFORMAT, err,
                                   "lacks 'task_id' (or CodeT's 'prompt' and "
                                   "'samples', or EvalPlus's 'eval')");
        r->out->layout = "codet";
        r->field = "samples";
        r->shape = TW_SAMPLE_REST;
        return tw_sample_codet_open(r, err);
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(FIELDS) && !r->field; i++) {
        if (!tw_json_get(record, FIELDS[i].name))
            continue;
        r->field = FIELDS[i].name;
        r->shape = FIELDS[i].shape;
    }
    if (!r->field)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks 'completion' or 'solution'");
    if (strcmp(r->field, "solution") == 0 && tw_json_get(record, "is_solved"))
        r->out->layout = "ldb";
    return TW_OK;
}

/* The first record decides how all are read. */
static enum tw_status read_record(struct tw_sample_reader *r,
                                  const struct tw_json *record,
                                  struct tw_err *err)
{
    size_t task = TW_SAMPLE_SKIPPED;
    if (r->by_key)
        return tw_sample_evalplus(r, record, err);
    if (!r->field)
        TW_TRY(choose(r, record, err));
    if (strcmp(r->out->layout, "codet") == 0)
        TW_TRY(tw_sample_codet_task(r, record, &task, err));
    else
        TW_TRY(tw_sample_task_of(r, record, &task, err));
    return tw_sample_record(r, record, task, err);
}

/* EvalPlus keeps its results as members of one object: each of them is read
 * like a record then, its name being the id. */
static enum tw_status read_all(struct tw_sample_reader *r, struct tw_err *err)
{
    struct tw_json *record;
    if (tw_records_descend(r->records, "eval")) {
        r->by_key = true;
        r->out->layout = "evalplus";
        r->field = "solution";
        r->shape = TW_SAMPLE_WHOLE;
    }
    for (;;) {
        TW_TRY(tw_records_next(r->records, &record, err));
        if (!record)
            break;
        enum tw_status st = read_record(r, record, err);
        tw_json_free(record);
        TW_TRY(st);
    }
    if (r->n == 0)
        return tw_fail(err, TW_EFORMAT, 0, "cannot find a sample in '%.60s'",
                       r->records->name);
    return TW_OK;
}

/* By task, those of one in the order of the file: a counting sort, which keeps
 * that order and needs no comparison. */
static bool sort_items(struct tw_sample_reader *r)
{
    size_t n_tasks = r->set->n;
    struct tw_samples *out = r->out;
    size_t *at = tw_mem_zeroed(n_tasks + 1, sizeof(*at));
    size_t *n_of = tw_mem_zeroed(n_tasks + 1, sizeof(*n_of));
    out->items = tw_arena_alloc(&out->arena, r->n, sizeof(*out->items));
    bool fine = at && n_of && out->items;
    for (size_t i = 0; fine && i < r->n; i++)
        at[r->items[i].task + 1]++;
    for (size_t i = 0; fine && i < n_tasks; i++) {
        out->n_tasks += at[i + 1] > 0;
        at[i + 1] += at[i];
    }
    for (size_t i = 0; fine && i < r->n; i++) {
        struct tw_sample *s = &r->items[i];
        s->index = n_of[s->task]++;
        out->items[at[s->task] + s->index] = *s;
    }
    if (fine)
        out->n = r->n;
    free(at);
    free(n_of);
    return fine;
}

/* What the texts are, all in all.  Whole programs or continuations is decided
 * for the file and not for each text: one program that defines a helper only
 * must not be put behind the prompt for that. */
static void look_at_texts(struct tw_sample_reader *r)
{
    struct tw_samples *out = r->out;
    size_t n_whole = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct tw_sample *s = &out->items[i];
        const struct tw_task *t = &r->set->tasks[s->task];
        n_whole += tw_sample_is_whole(t, r->set->lang, s->text, s->len);
        out->n_canonical += tw_sample_is_canonical(t, s->text, s->len);
        out->n_empty += tw_sample_is_blank(s->text, s->len);
    }
    bool whole = r->shape == TW_SAMPLE_WHOLE;
    if (r->shape == TW_SAMPLE_BY_TEXT)
        whole = 2 * n_whole > out->n - out->n_empty;
    for (size_t i = 0; i < out->n; i++)
        out->items[i].whole = whole;
    out->n_odd = n_whole;
    if (whole)
        out->n_odd = out->n - out->n_empty - n_whole;
    out->suspicious = out->n_canonical == out->n;
    out->field = r->field;
}

/* Frees what only reading needs, also after a failure. */
static enum tw_status load(struct tw_sample_reader *r, struct tw_err *err)
{
    enum tw_status st = read_all(r, err);
    if (st == TW_OK && !sort_items(r))
        st = tw_sample_full(r, err);
    if (st == TW_OK)
        look_at_texts(r);
    free(r->items);
    tw_arena_release(&r->scratch);
    return st;
}

/* On failure nothing is kept, and the caller need not release. */
enum tw_status tw_samples_load(struct tw_samples *samples, const char *path,
                               const char *prompts,
                               const struct tw_taskset *set, struct tw_err *err)
{
    struct tw_records records;
    struct tw_sample_reader r = {
        .out = samples, .set = set, .records = &records, .prompts_path = prompts
    };
    memset(samples, 0, sizeof(*samples));
    tw_arena_init(&samples->arena, SAMPLES_ARENA_MAX);
    tw_arena_init(&r.scratch, SAMPLES_ARENA_MAX);
    TW_TRY(tw_records_open(&records, path, err));
    memcpy(samples->sha256, records.sha256, sizeof(samples->sha256));
    enum tw_status st = load(&r, err);
    tw_records_close(&records);
    if (st != TW_OK)
        tw_samples_release(samples);
    return st;
}

void tw_samples_release(struct tw_samples *samples)
{
    tw_arena_release(&samples->arena);
    memset(samples, 0, sizeof(*samples));
}
