/*
 * spec_data.c - [data.NAME]: the field-trial data of a file.
 *
 * A data set is what is read and how, not a name: two specifications may call
 * different files, or one file with different bounds, "trial".  Equal ones are
 * found by a hash over all that decides about the values, and then share one
 * reading, one generator and one place in the report.
 */
#include "spec/spec_priv.h"

#include "base/hash.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { DATA_MAX = 64, WINDOW_MAX = 4096 };

/* Bounds say what values mean: inputs of tests never leave them, and rows of
 * the trial that do are left out. */
static enum tw_status read_counter(const struct tw_spec_reader *r,
                                   const struct tw_toml *t,
                                   struct tw_trial_column *c)
{
    static const char *const keys[] = { "unit", "min", "max", NULL };
    c->name = t->key;
    c->unit = "";
    if (t->kind != TW_TOML_TABLE)
        return tw_spec_fail(r, t,
                            "counter '%s' must be a table like "
                            "{ unit = \"%%\", min = 0 }",
                            t->key);
    TW_TRY(tw_spec_known(r, t, "a counter", keys));
    TW_NOTE(r, tw_toml_text(t, "unit", "", &c->unit, r->err));
    TW_NOTE(r, tw_toml_number(t, "min", 0.0, &c->min, r->err));
    TW_NOTE(r, tw_toml_number(t, "max", 0.0, &c->max, r->err));
    c->has_min = tw_toml_get(t, "min") != NULL;
    c->has_max = tw_toml_get(t, "max") != NULL;
    if (c->has_min && c->has_max && !(c->min <= c->max))
        return tw_spec_fail(r, t, "counter '%s' has min above max", c->name);
    return TW_OK;
}

/* Without a list all columns that hold numbers are counters. */
static enum tw_status read_counters(const struct tw_spec_reader *r,
                                    const struct tw_toml *t,
                                    struct tw_trial_config *c)
{
    const struct tw_toml *list;
    TW_TRY(tw_spec_table(r, t, "counters", &list));
    if (!list || !list->n_children)
        return TW_OK;
    struct tw_trial_column *columns =
        tw_arena_alloc(r->a, list->n_children, sizeof(*columns));
    if (!columns)
        return tw_spec_nomem(r);
    size_t n = 0;
    for (const struct tw_toml *e = list->first; e; e = e->next)
        TW_NOTE(r, read_counter(r, e, &columns[n++]));
    c->counters = columns;
    c->n_counters = n;
    return TW_OK;
}

/* "files" may hold patterns; a pattern without any file is an error, since a
 * trial that silently lacks a day changes verdicts. */
static enum tw_status read_files(const struct tw_spec_reader *r,
                                 const struct tw_toml *t,
                                 struct tw_trial_config *c)
{
    const char **patterns;
    size_t n;
    TW_TRY(tw_spec_texts(r, t, "files", &patterns, &n));
    if (!n && !tw_spec_is_absent(t, "files"))
        return TW_OK; /* said already */
    if (!n)
        return tw_spec_fail(r, t, "data '%s' lacks 'files'", t->key);
    const char **files = NULL;
    const struct tw_toml *at = tw_toml_get(t, "files");
    for (size_t i = 0; i < n; i++)
        TW_NOTE(r, tw_spec_files(r, at, patterns[i], &files, &c->n_files));
    c->files = files;
    return TW_OK;
}

/* Text as the files of the project have it; the order is that of the enum. */
static enum tw_status read_missing(const struct tw_spec_reader *r,
                                   const struct tw_toml *t,
                                   enum tw_spec_missing *missing)
{
    static const char *const names[] = { "none", "skip", "nan" };
    const char *text;

    TW_TRY(tw_toml_text(t, "missing", names[0], &text, r->err));
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            *missing = (enum tw_spec_missing)i;
            return TW_OK;
        }
    }
    return tw_spec_fail(r, tw_toml_get(t, "missing"),
                        "'missing' must be \"none\", \"skip\" or \"nan\"");
}

/* Each key by itself: one that is wrong hides none of the others.  Zeros mean
 * "found out from the data" (period, delimiter) or the default. */
static enum tw_status read_one(const struct tw_spec_reader *r,
                               const struct tw_toml *t, struct tw_spec_data *d)
{
    static const char *const keys[] = { "files",    "time",   "time_unit",
                                        "group",    "period", "window",
                                        "counters", "gap",    "delimiter",
                                        "missing",  NULL };
    memset(d, 0, sizeof(*d));
    d->name = t->key;
    d->label = t->key;
    d->pos = tw_spec_pos_of(r, t);
    if (t->kind != TW_TOML_TABLE || !tw_spec_is_id(t->key))
        return tw_spec_fail(r, t, "'data' must hold tables like [data.trial]");
    TW_TRY(tw_spec_known(r, t, "[data.NAME]", keys));
    TW_NOTE(r, read_files(r, t, &d->trial));
    TW_NOTE(r, tw_toml_text(t, "time", NULL, &d->trial.time, r->err));
    const char **group;
    TW_NOTE(r, tw_spec_texts(r, t, "group", &group, &d->trial.n_series));
    d->trial.series = group;
    TW_NOTE(r, tw_spec_duration(r, t, "period", 0.0, &d->period_s));
    TW_NOTE(r, tw_spec_duration(r, t, "time_unit", 0.0, &d->trial.time_unit_s));
    TW_NOTE(r, tw_spec_number(r, t, "gap", 0.0, 1.0, 1e9, &d->trial.gap));
    int64_t window;
    TW_NOTE(r, tw_spec_int(r, t, "window", 0, 1, WINDOW_MAX, &window));
    d->window = (size_t)window;
    const char *delim;
    TW_NOTE(r, tw_toml_text(t, "delimiter", "", &delim, r->err));
    if (strlen(delim) > 1)
        TW_NOTE(r, tw_spec_fail(r, tw_toml_get(t, "delimiter"),
                                "'delimiter' must be one character"));
    d->trial.delim = delim[0];
    TW_NOTE(r, read_missing(r, t, &d->missing));
    TW_NOTE(r, read_counters(r, t, &d->trial));
    return TW_OK;
}

/* Room for n sets that are known and so many more, in the arena.  The old list
 * stays, since other specifications may hold it. */
static struct tw_spec_data **grow(const struct tw_spec_reader *r,
                                  struct tw_spec_data *const *data, size_t n,
                                  size_t more)
{
    struct tw_spec_data **list =
        tw_arena_alloc(r->a, n + more + 1, sizeof(*list));

    if (list && n)
        memcpy(list, data, n * sizeof(*list));
    return list;
}

/* A shared set that the file defines again is replaced for that file only:
 * the others keep their pointer to the first. */
enum tw_status tw_spec_read_data(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_spec_data *const *shared,
                                 size_t n_shared, struct tw_spec_data ***data,
                                 size_t *n)
{
    const struct tw_toml *table;
    TW_TRY(tw_spec_table(r, root, "data", &table));
    size_t n_own = 0;
    const struct tw_toml *first = NULL;
    if (table) {
        n_own = table->n_children;
        first = table->first;
    }
    if (n_own > DATA_MAX)
        return tw_spec_fail(r, table, "more than %d data sets", DATA_MAX);
    *data = grow(r, shared, n_shared, n_own);
    struct tw_spec_data *own = tw_arena_alloc(r->a, n_own, sizeof(*own));
    if (!*data || !own)
        return tw_spec_nomem(r);
    *n = n_shared;
    for (const struct tw_toml *t = first; t; t = t->next) {
        size_t i = 0;
        while (i < *n && strcmp((*data)[i]->name, t->key) != 0)
            i++;
        size_t before = tw_spec_n_errors(r);
        TW_NOTE(r, read_one(r, t, own));
        own->broken = tw_spec_n_errors(r) > before;
        (*data)[i] = own++;
        if (i == *n)
            ++*n;
    }
    return TW_OK;
}

/* An input may name a file directly: { file, counter }.  All inputs of one
 * file are one data set, whose name is the path as written. */
enum tw_status tw_spec_add_file_data(const struct tw_spec_reader *r,
                                     struct tw_spec *s,
                                     const struct tw_toml *at, const char *file,
                                     size_t *index)
{
    for (size_t i = 0; i < s->n_data; i++) {
        if (strcmp(s->data[i]->name, file) == 0) {
            *index = i;
            return TW_OK;
        }
    }
    struct tw_spec_data **data = grow(r, s->data, s->n_data, 1);
    struct tw_spec_data *d = tw_arena_alloc(r->a, 1, sizeof(*d));
    if (!data || !d)
        return tw_spec_nomem(r);
    d->name = file;
    d->label = file;
    d->pos = tw_spec_pos_of(r, at);
    const char **files = NULL;
    TW_TRY(tw_spec_files(r, at, file, &files, &d->trial.n_files));
    d->trial.files = files;
    data[s->n_data] = d;
    *index = s->n_data++;
    s->data = data;
    return TW_OK;
}

/* What a set is: its name, what is read, and how.  Where it was defined does
 * not count: a project and its specification may both spell it out. */
static void hash_data(const struct tw_spec_data *d, char hex[TW_HASH_HEX_SIZE])
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, d->name);
    for (size_t i = 0; i < d->trial.n_files; i++)
        tw_hash_adds(&h, d->trial.files[i]);
    tw_trial_config_hash(&h, &d->trial);
    tw_hash_add_f64(&h, d->period_s);
    tw_hash_add_u64(&h, d->window);
    tw_hash_add_u64(&h, d->missing);
    tw_hash_hex(&h, hex);
}

/* By hash, as the configuration of a trial grows and a comparison member by
 * member would forget the new ones. */
static bool same_data(const struct tw_spec_data *a,
                      const struct tw_spec_data *b)
{
    char x[TW_HASH_HEX_SIZE], y[TW_HASH_HEX_SIZE];

    if (a == b)
        return true;
    hash_data(a, x);
    hash_data(b, y);
    return strcmp(x, y) == 0;
}

/* A name for d that no set of the project has yet: files of the run folder are
 * named after it, and two sets in one file would overwrite each other. */
static enum tw_status label_data(const struct tw_spec_reader *r,
                                 const struct tw_project *p,
                                 struct tw_spec_data *d)
{
    size_t n = 1;

    for (size_t i = 0; i < p->n_data; i++)
        if (strcmp(p->data[i]->name, d->name) == 0)
            n++;
    d->label = d->name;
    if (n > 1)
        d->label = tw_arena_textf(r->a, "%s-%zu", d->name, n);
    return tw_arena_check(r->a, "the specification", r->err);
}

/* Afterwards the pointers of s are those of the project: who compares two
 * data sets compares pointers. */
enum tw_status tw_spec_share_data(const struct tw_spec_reader *r,
                                  struct tw_project *p, struct tw_spec *s)
{
    struct tw_spec_data **all = grow(r, p->data, p->n_data, s->n_data);

    if (!all)
        return tw_spec_nomem(r);
    p->data = all;
    for (size_t i = 0; i < s->n_data; i++) {
        size_t at = 0;
        while (at < p->n_data && !same_data(p->data[at], s->data[i]))
            at++;
        if (at == p->n_data) {
            TW_TRY(label_data(r, p, s->data[i]));
            p->data[p->n_data++] = s->data[i];
        }
        s->data[i] = p->data[at];
    }
    return TW_OK;
}
