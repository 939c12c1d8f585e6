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

/* Fields that hold texts; the first that a record has counts.  What programs
 * that evaluate models write, by their sources: some name the field for what
 * its texts are, most do not.  Versions are those of one answer, which was
 * worked on: the last of them is the answer. */
static const struct {
    const char *name;
    enum tw_sample_shape shape;
    bool versions;
} FIELDS[] = {
    { "solution", TW_SAMPLE_WHOLE, false },
    { "completion", TW_SAMPLE_REST, false },
    { "samples", TW_SAMPLE_BY_TEXT, false },
    { "generation", TW_SAMPLE_BY_TEXT, false },
    { "output", TW_SAMPLE_BY_TEXT, false },
    { "solutions", TW_SAMPLE_BY_TEXT, false },
    { "completions", TW_SAMPLE_BY_TEXT, false },
    { "generations", TW_SAMPLE_BY_TEXT, false },
    { "outputs", TW_SAMPLE_BY_TEXT, false },
    { "source_codes", TW_SAMPLE_BY_TEXT, true },
    { "implementations", TW_SAMPLE_BY_TEXT, true },
    { "versions", TW_SAMPLE_BY_TEXT, true },
    { "source_code", TW_SAMPLE_BY_TEXT, false },
    { "code_list", TW_SAMPLE_BY_TEXT, false },
    { "code", TW_SAMPLE_BY_TEXT, false },
    { "codes", TW_SAMPLE_BY_TEXT, false },
    { "program", TW_SAMPLE_BY_TEXT, false },
    { "programs", TW_SAMPLE_BY_TEXT, false },
    { "prediction", TW_SAMPLE_BY_TEXT, false },
    { "predictions", TW_SAMPLE_BY_TEXT, false },
    { "response", TW_SAMPLE_BY_TEXT, false },
    { "responses", TW_SAMPLE_BY_TEXT, false },
    { "answer", TW_SAMPLE_BY_TEXT, false },
    { "answers", TW_SAMPLE_BY_TEXT, false },
    { "results", TW_SAMPLE_BY_TEXT, false },
};

/* Texts without ids, in lists: one a task, in the order of the tasks. */
static bool is_in_order(const struct tw_json *record)
{
    return tw_json_kind(record) == TW_JSON_ARRAY ||
           tw_json_kind(record) == TW_JSON_STRING;
}

static void choose_order(struct tw_sample_reader *r)
{
    r->out->layout = "generations";
    r->field = "generations";
    r->shape = TW_SAMPLE_BY_TEXT;
    r->in_order = true;
}

/* The layout and the field, from the first record. */
static enum tw_status choose(struct tw_sample_reader *r,
                             const struct tw_json *record, struct tw_err *err)
{
    if (is_in_order(record)) {
        choose_order(r);
        return TW_OK;
    }
    if (tw_json_kind(record) != TW_JSON_OBJECT)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "is no JSON object");
    r->out->layout = "jsonl";
    if (!tw_sample_id_of(record)) {
        if (!tw_json_get(record, "samples") || !tw_json_get(record, "prompt"))
            return tw_records_fail(r->records, TW_EFORMAT, err,
                                   "lacks 'task_id' or 'name' (or CodeT's "
                                   "'prompt' and 'samples', or EvalPlus's "
                                   "'eval')");
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
        r->versions = FIELDS[i].versions;
    }
    if (!r->field)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks 'completion' or 'solution' (or a list "
                               "of them: 'completions', 'generations', ...)");
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
    if (r->in_order)
        return tw_sample_in_order(r, record, err);
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
    if (r->in_order && r->n_lists != r->set->n)
        return tw_fail(err, TW_EFORMAT, 0,
                       "'%.60s' holds lists of generations, one a task in "
                       "their order: %zu of them, and %s has %zu tasks",
                       r->records->name, r->n_lists, r->set->name, r->set->n);
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

/* What the texts are, and whether a model wrote them. */
static bool look_at_texts(struct tw_sample_reader *r)
{
    struct tw_samples *out = r->out;
    if (!tw_sample_shapes(r))
        return false;
    for (size_t i = 0; i < out->n; i++) {
        const struct tw_sample *s = &out->items[i];
        const struct tw_task *t = &r->set->tasks[s->task];
        out->n_canonical += tw_sample_is_canonical(t, s->text, s->len);
    }
    out->suspicious = out->n_canonical == out->n;
    out->field = r->field;
    return true;
}

/* Frees what only reading needs, also after a failure. */
static enum tw_status load(struct tw_sample_reader *r, struct tw_err *err)
{
    enum tw_status st = read_all(r, err);
    if (st == TW_OK && !sort_items(r))
        st = tw_sample_full(r, err);
    if (st == TW_OK && !look_at_texts(r))
        st = tw_sample_full(r, err);
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

/* All texts go with the arena. */
void tw_samples_release(struct tw_samples *samples)
{
    tw_arena_release(&samples->arena);
    memset(samples, 0, sizeof(*samples));
}
