/*
 * spec_data.c - [data.NAME]: the field-trial data of a file.
 */
#include "spec/spec_priv.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { DATA_MAX = 64, WINDOW_MAX = 4096 };

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
    TW_TRY(tw_toml_known(t, "a counter", keys, r->err));
    TW_TRY(tw_toml_text(t, "unit", "", &c->unit, r->err));
    TW_TRY(tw_toml_number(t, "min", 0.0, &c->min, r->err));
    TW_TRY(tw_toml_number(t, "max", 0.0, &c->max, r->err));
    c->has_min = tw_toml_get(t, "min") != NULL;
    c->has_max = tw_toml_get(t, "max") != NULL;
    if (c->has_min && c->has_max && !(c->min <= c->max))
        return tw_spec_fail(r, t, "counter '%s' has min above max", c->name);
    return TW_OK;
}

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
        TW_TRY(read_counter(r, e, &columns[n++]));
    c->counters = columns;
    c->n_counters = n;
    return TW_OK;
}

static enum tw_status read_files(const struct tw_spec_reader *r,
                                 const struct tw_toml *t,
                                 struct tw_trial_config *c)
{
    const char **patterns;
    size_t n;
    TW_TRY(tw_spec_texts(r, t, "files", &patterns, &n));
    if (!n)
        return tw_spec_fail(r, t, "data '%s' lacks 'files'", t->key);
    const char **files = NULL;
    const struct tw_toml *at = tw_toml_get(t, "files");
    for (size_t i = 0; i < n; i++)
        TW_TRY(tw_spec_files(r, at, patterns[i], &files, &c->n_files));
    c->files = files;
    return TW_OK;
}

static enum tw_status read_one(const struct tw_spec_reader *r,
                               const struct tw_toml *t, struct tw_spec_data *d)
{
    static const char *const keys[] = { "files",    "time",   "time_unit",
                                        "group",    "period", "window",
                                        "counters", "gap",    "delimiter",
                                        NULL };
    memset(d, 0, sizeof(*d));
    d->name = t->key;
    d->pos = tw_spec_pos_of(r, t);
    if (t->kind != TW_TOML_TABLE || !tw_spec_is_id(t->key))
        return tw_spec_fail(r, t, "'data' must hold tables like [data.trial]");
    TW_TRY(tw_toml_known(t, "[data.NAME]", keys, r->err));
    TW_TRY(read_files(r, t, &d->trial));
    TW_TRY(tw_toml_text(t, "time", NULL, &d->trial.time, r->err));
    const char **group;
    TW_TRY(tw_spec_texts(r, t, "group", &group, &d->trial.n_series));
    d->trial.series = group;
    TW_TRY(tw_spec_duration(r, t, "period", 0.0, &d->period_s));
    TW_TRY(tw_spec_duration(r, t, "time_unit", 0.0, &d->trial.time_unit_s));
    TW_TRY(tw_spec_number(r, t, "gap", 0.0, 1.0, 1e9, &d->trial.gap));
    int64_t window;
    TW_TRY(tw_spec_int(r, t, "window", 0, 1, WINDOW_MAX, &window));
    d->window = (size_t)window;
    const char *delim;
    TW_TRY(tw_toml_text(t, "delimiter", "", &delim, r->err));
    if (strlen(delim) > 1)
        return tw_spec_fail(r, tw_toml_get(t, "delimiter"),
                            "'delimiter' must be one character");
    d->trial.delim = delim[0];
    return read_counters(r, t, &d->trial);
}

enum tw_status tw_spec_read_data(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 const struct tw_spec_data *shared,
                                 size_t n_shared, struct tw_spec_data **data,
                                 size_t *n)
{
    const struct tw_toml *table;
    TW_TRY(tw_spec_table(r, root, "data", &table));
    size_t n_own = table ? table->n_children : 0;
    if (n_own > DATA_MAX)
        return tw_spec_fail(r, table, "more than %d data sets", DATA_MAX);
    *data = tw_arena_alloc(r->a, n_shared + n_own + 1, sizeof(**data));
    if (!*data)
        return tw_spec_nomem(r);
    *n = n_shared;
    if (n_shared)
        memcpy(*data, shared, n_shared * sizeof(**data));
    for (const struct tw_toml *t = table ? table->first : NULL; t;
         t = t->next) {
        size_t i = 0;
        while (i < *n && strcmp((*data)[i].name, t->key) != 0)
            i++;
        TW_TRY(read_one(r, t, &(*data)[i]));
        *n += i == *n;
    }
    return TW_OK;
}

enum tw_status tw_spec_add_file_data(const struct tw_spec_reader *r,
                                     struct tw_spec *s,
                                     const struct tw_toml *at, const char *file,
                                     size_t *index)
{
    for (size_t i = 0; i < s->n_data; i++) {
        if (strcmp(s->data[i].name, file) == 0) {
            *index = i;
            return TW_OK;
        }
    }
    struct tw_spec_data *data =
        tw_arena_alloc(r->a, s->n_data + 1, sizeof(*data));
    if (!data)
        return tw_spec_nomem(r);
    if (s->n_data)
        memcpy(data, s->data, s->n_data * sizeof(*data));
    struct tw_spec_data *d = &data[s->n_data];
    d->name = file;
    d->pos = tw_spec_pos_of(r, at);
    const char **files = NULL;
    TW_TRY(tw_spec_files(r, at, file, &files, &d->trial.n_files));
    d->trial.files = files;
    *index = s->n_data++;
    s->data = data;
    return TW_OK;
}
