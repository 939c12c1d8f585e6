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

/* Fields that hold texts, or lists of them; the first that a record has
 * counts.  Names of what was asked ("prompt", "text") are none.  programs: the
 * name speaks of whole ones. */
static const struct {
    const char *name;
    bool programs;
} FIELDS[] = {
    { "solution", true },     { "completion", false },    { "samples", false },
    { "generation", false },  { "output", false },        { "solutions", true },
    { "completions", false }, { "generations", false },   { "outputs", false },
    { "source_codes", true }, { "source_code", true },    { "programs", true },
    { "program", true },      { "generated_code", true }, { "codes", true },
    { "code", true },         { "responses", false },     { "response", false },
    { "answers", false },     { "answer", false },
};

/* The layout and the field, from the first record. */
static enum tw_status choose(struct tw_sample_reader *r,
                             const struct tw_json *record, struct tw_err *err)
{
    if (tw_json_kind(record) != TW_JSON_OBJECT)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "is no JSON object");
    r->out->layout = "jsonl";
    if (!tw_sample_id(record)) {
        if (!tw_json_get(record, "samples") || !tw_json_get(record, "prompt"))
            return tw_records_fail(r->records, TW_EFORMAT, err,
                                   "lacks 'task_id' (or CodeT's 'prompt' and "
                                   "'samples', or EvalPlus's 'eval')");
        r->out->layout = "codet";
        r->field = "samples";
        return tw_sample_codet_open(r, err);
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(FIELDS) && !r->field; i++)
        if (tw_json_get(record, FIELDS[i].name)) {
            r->field = FIELDS[i].name;
            r->programs = FIELDS[i].programs;
        }
    if (!r->field)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks 'completion' or 'solution'");
    if (strcmp(r->field, "solution") == 0 && tw_json_get(record, "is_solved"))
        r->out->layout = "ldb";
    return TW_OK;
}

/* List i of a list of lists belongs to task i; whether there is one for each is
 * known at the end. */
static enum tw_status read_list(struct tw_sample_reader *r,
                                const struct tw_json *record,
                                struct tw_err *err)
{
    r->out->layout = "lists";
    r->field = "list";
    if (r->n_lists >= r->set->n)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "is a list more than %s has tasks: %zu",
                               r->set->name, r->set->n);
    return tw_sample_texts(r, record, r->n_lists++, -1, err);
}

/* The first record decides how all are read. */
static enum tw_status read_record(struct tw_sample_reader *r,
                                  const struct tw_json *record,
                                  struct tw_err *err)
{
    size_t task = TW_SAMPLE_SKIPPED;
    if (r->by_key)
        return tw_sample_evalplus(r, record, err);
    if (tw_json_kind(record) == TW_JSON_ARRAY && (!r->field || r->n_lists))
        return read_list(r, record, err);
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
        r->programs = true;
    }
    for (;;) {
        TW_TRY(tw_records_next(r->records, &record, err));
        if (!record)
            break;
        enum tw_status st = read_record(r, record, err);
        tw_json_free(record);
        TW_TRY(st);
    }
    if (r->n_lists && r->n_lists != r->set->n)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot tell whose the %zu lists of '%.60s' are: %s has "
                       "%zu tasks",
                       r->n_lists, r->records->name, r->set->name, r->set->n);
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

/* What the texts are, all in all: the field's name says it, unless most of them
 * can only be something else.  It is decided for the file, since one program
 * that defines a helper only must not be put behind the prompt for that; but
 * what can only be a continuation is one in any file. */
static void look_at_texts(struct tw_sample_reader *r)
{
    struct tw_samples *out = r->out;
    const enum tw_lang lang = r->set->lang;
    size_t n_whole = 0, n_rest = 0, n_fenced = 0;

    for (size_t i = 0; i < out->n; i++) {
        struct tw_sample *s = &out->items[i];
        const struct tw_task *t = &r->set->tasks[s->task];
        bool rest = tw_sample_is_rest(t, lang, s->text, s->len);
        n_rest += rest;
        s->whole = !rest || !*t->stub; /* there is nothing to go on with */
        n_whole += tw_sample_is_whole(t, lang, s->text, s->len);
        n_fenced += tw_sample_is_fenced(s->text, s->len);
        out->n_canonical += tw_sample_is_canonical(t, s->text, s->len);
        out->n_empty += tw_sample_is_blank(s->text, s->len);
    }
    const size_t filled = out->n - out->n_empty;
    out->fenced = 2 * n_fenced > filled;
    out->whole = 2 * n_whole > filled;
    if (r->programs)
        out->whole = 2 * n_rest <= filled;
    for (size_t i = 0; i < out->n; i++)
        out->items[i].whole &= out->whole;
    out->n_odd = n_whole;
    if (out->whole)
        out->n_odd = filled - n_whole;
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

/* All texts go with the arena. */
void tw_samples_release(struct tw_samples *samples)
{
    tw_arena_release(&samples->arena);
    memset(samples, 0, sizeof(*samples));
}
