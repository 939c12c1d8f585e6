/*
 * draw.c - inputs from the trial and from the generator's windows.
 *
 * Lists of one test are cut from the same rows of the same window, so that
 * counters which belong together stay together; scalars come from its first
 * row.  Most lists are short (a prompt holds them); a few are whole windows.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "cases/inputs.h"
#include "cases/value.h"

#include "base/banned.h"

enum {
    POOL_PER_CASE = 6, /* inputs to choose one case from */
    POOL_MAX = 60,     /* of one origin: each is evaluated by every oracle */
    SHORT_MIN = 3,     /* values of a list that a prompt can hold */
    SHORT_MAX = 8,
    WHOLE_MAX = 24, /* values of a list that stands for a whole window */
    WHOLE_N = 2,
    RECORDED_DEFAULT = 5, /* cases, where the specification says nothing */
    TRIES = 20,           /* places, before the data are given up */
};

/* Where the values of one data set come from in this draw: a trial or a
 * window of the generator.  All counters of the data set are read from the
 * same place. */
struct place {
    const struct tw_trial *trial;
    const struct tw_case_synth *synth; /* NULL: trial */
    size_t first;                      /* row of the trial, or 0 */
    size_t n;                          /* rows at hand */
    size_t window;                     /* of synth */
    size_t rows[WHOLE_MAX]; /* (n_rows) chosen offsets behind first, rising */
    size_t n_rows;
};

/* Index, or s->K when the generator does not know the counter. */
static size_t synth_counter(const struct tw_case_synth *s, const char *name)
{
    size_t k = 0;
    while (k < s->K && strcmp(s->counters[k], name) != 0)
        k++;
    return k;
}

/* NaN where the counter is absent. */
static double value_at(const struct place *p, const char *counter,
                       size_t offset)
{
    if (p->synth) {
        size_t k = synth_counter(p->synth, counter);
        if (k == p->synth->K)
            return (double)NAN;
        return p->synth
            ->x[(p->window * p->synth->K + k) * p->synth->L + offset];
    }
    size_t k = 0;
    const struct tw_trial *t = p->trial;
    while (k < t->n_counters && strcmp(t->counters[k].name, counter) != 0)
        k++;
    if (k == t->n_counters)
        return (double)NAN;
    return t->values[(p->first + offset) * t->n_counters + k];
}

/* Can all parameters get what stands in this row?  A gap of the trial must not
 * become an argument that the signature excludes, and no value is changed to
 * become one. */
static bool row_known(const struct tw_case_work *w, size_t data,
                      const struct place *p, size_t offset)
{
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *param = &w->call->params[i];
        if (param->input.kind != TW_SPEC_INPUT_COUNTER ||
            param->input.data != data)
            continue;
        if (!tw_value_fits(w, param, value_at(p, param->input.counter, offset)))
            return false;
    }
    return true;
}

/* Up to n known rows of the place, from a random start. */
static bool pick_rows(struct tw_case_work *w, size_t data, struct place *p,
                      size_t n)
{
    size_t start = 0;
    if (p->n > n)
        start = (size_t)tw_rng_below(&w->rng, p->n - n + 1);
    p->n_rows = 0;
    for (size_t i = start; i < p->n && p->n_rows < n; i++)
        if (row_known(w, data, p, i))
            p->rows[p->n_rows++] = i;
    return p->n_rows == n;
}

/* A stretch without gaps, drawn by its length: each row is as likely. */
static bool pick_segment(struct tw_case_work *w, const struct tw_trial *t,
                         struct place *p, size_t n)
{
    if (!t->n_segments || !t->n_rows)
        return false;
    size_t row = (size_t)tw_rng_below(&w->rng, t->n_rows);
    for (size_t i = 0; i < t->n_segments; i++) {
        const struct tw_trial_segment *s = &t->segments[i];
        if (row >= s->first && row - s->first < s->n && s->n >= n) {
            *p = (struct place){ .trial = t, .first = s->first, .n = s->n };
            /* Near the row: a window of a long segment, not its start. */
            if (s->n > 4 * n) {
                size_t off = row - s->first;
                if (off + 2 * n > s->n)
                    off = s->n - 2 * n;
                p->first += off;
                p->n = 2 * n;
            }
            return true;
        }
    }
    return false;
}

/* n known rows of one place.  False when the data set is absent, its windows
 * are too short, or TRIES places had gaps. */
static bool pick_place(struct tw_case_work *w, size_t data, bool synthetic,
                       struct place *p, size_t n)
{
    const struct tw_trial *t = NULL;
    const struct tw_case_synth *s = NULL;
    if (w->in->trials)
        t = w->in->trials[data];
    if (w->in->synths)
        s = w->in->synths[data];
    for (size_t i = 0; i < TRIES; i++) {
        if (synthetic) {
            if (!s || !s->n || s->L < n)
                return false;
            *p = (struct place){ .synth = s, .n = s->L };
            p->window = (size_t)tw_rng_below(&w->rng, s->n);
        } else if (!t || !pick_segment(w, t, p, n)) {
            if (!t)
                return false;
            continue;
        }
        if (pick_rows(w, data, p, n))
            return true;
    }
    return false;
}

/* One value of a counter, to the last digit. */
static struct tw_pyval *value_of(struct tw_case_work *w,
                                 const struct tw_spec_param *param,
                                 const struct place *p, size_t offset)
{
    return tw_value_of(w, param, value_at(p, param->input.counter, offset));
}

static struct tw_pyval *list_of(struct tw_case_work *w,
                                const struct tw_spec_param *param,
                                const struct place *p)
{
    struct tw_pyval **items =
        tw_arena_alloc(w->a, p->n_rows + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; items && i < p->n_rows; i++) {
        items[i] = value_of(w, param, p, p->rows[i]);
        if (!items[i])
            return NULL;
    }
    if (!items)
        return NULL;
    return tw_pyval_list(w->a, items, p->n_rows);
}

size_t tw_draw_n_args(const struct tw_case_work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind != TW_SPEC_INPUT_NONE || !p->fallback)
            n = i + 1;
    }
    return n;
}

struct tw_pyval **tw_draw_args(const struct tw_case_work *w, size_t turn)
{
    size_t n = w->call->n_params;
    struct tw_pyval **args =
        tw_arena_alloc(w->a, n + 1, sizeof(struct tw_pyval *));
    for (size_t i = 0; args && i < n; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        args[i] = w->fallbacks[i];
        if (p->input.kind != TW_SPEC_INPUT_VALUES)
            continue;
        const struct tw_toml *v = p->input.values[turn % p->input.n_values];
        if (tw_value_from_toml(w, v, &p->type, &args[i]) != TW_OK)
            return NULL;
    }
    return args;
}

/* Row i of the place as its file counts them, from 0 behind the header: that
 * is where a reader of the script looks. */
static size_t row_of(const struct place *p, size_t i)
{
    size_t row = p->first + p->rows[i];

    if (p->trial->place)
        return p->trial->place[row].row;
    return row;
}

/* "row 7", "rows 69 to 73", or "rows 69 to 71, 73" where one was left out, or
 * where other series stand between. */
static void add_rows(struct tw_buf *b, const struct place *p, size_t n)
{
    tw_buf_adds(b, n == 1 ? "row" : "rows");
    for (size_t i = 0; i < n;) {
        size_t first = row_of(p, i), last = first;

        tw_buf_adds(b, i ? ", " : " ");
        for (i++; i < n && row_of(p, i) == last + 1; i++)
            last++;
        tw_buf_addf(b, "%zu", first);
        if (last > first)
            tw_buf_addf(b, " to %zu", last);
    }
}

/* "series cell_1, rows 69 to 73": where a reader finds the n values again. */
static void add_place(struct tw_buf *b, const struct place *p, size_t n)
{
    const struct tw_trial *t = p->trial;
    size_t row = p->first + p->rows[0];
    const char *series = "";

    if (p->synth) {
        tw_buf_addf(b, "window %zu", p->window);
        if (p->synth->label && *p->synth->label)
            tw_buf_addf(b, ", %s", p->synth->label);
        return;
    }
    for (size_t i = 0; i < t->n_segments; i++)
        if (row >= t->segments[i].first &&
            row - t->segments[i].first < t->segments[i].n)
            series = t->series[t->segments[i].series];
    tw_buf_addf(b, "series %s, ", series);
    add_rows(b, p, n);
    if (t->n_files > 1 && t->place)
        tw_buf_addf(b, " of %s", t->files[t->place[row].file]);
}

/* The places of one input: one for each data set that it draws from. */
struct drawn {
    struct place places[TW_SPEC_PARAM_MAX]; /* (n) */
    size_t data[TW_SPEC_PARAM_MAX];         /* (n) index of the data set */
    size_t n_used[TW_SPEC_PARAM_MAX];       /* (n) rows that arguments have */
    size_t n;
};

/* Index of the place for a data set, or NULL when it gives none. */
static struct place *place_of(struct tw_case_work *w, struct drawn *d,
                              const struct tw_spec_param *p, bool synthetic,
                              size_t n)
{
    size_t k = 0;

    while (k < d->n && d->data[k] != p->input.data)
        k++;
    if (k == d->n) {
        if (!pick_place(w, p->input.data, synthetic, &d->places[k], n))
            return NULL;
        d->data[k] = p->input.data;
        d->n_used[k] = 1;
        d->n++;
    }
    if (p->type.is_list)
        d->n_used[k] = n;
    return &d->places[k];
}

/* For the script; NULL when no argument is drawn, or without memory. */
static const char *describe(const struct tw_case_work *w, const struct drawn *d,
                            bool synthetic)
{
    struct tw_buf b;

    if (!d->n)
        return NULL;
    tw_buf_init(&b, 1 << 20); /* far above the longest name of a series */
    tw_buf_adds(&b, synthetic ? "synthetic " : "recorded: ");
    for (size_t k = 0; k < d->n; k++) {
        if (k)
            tw_buf_adds(&b, "; ");
        add_place(&b, &d->places[k], d->n_used[k]);
        if (d->n > 1)
            tw_buf_addf(&b, " (data %s)", w->in->spec->data[d->data[k]]->name);
    }
    const char *text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    return text;
}

/* One input; false when the data do not give one.  turn: which of given
 * values; n: length of its lists. */
static bool draw_one(struct tw_case_work *w, bool synthetic, size_t turn,
                     size_t n)
{
    struct tw_pyval **args = tw_draw_args(w, turn);
    struct drawn d = { .n = 0 };

    for (size_t i = 0; args && i < w->call->n_params; i++) {
        const struct tw_spec_param *p = &w->call->params[i];
        if (p->input.kind != TW_SPEC_INPUT_COUNTER)
            continue;
        const struct place *place = place_of(w, &d, p, synthetic, n);
        if (!place)
            return false;
        if (p->type.is_list)
            args[i] = list_of(w, p, place);
        else
            args[i] = value_of(w, p, place, place->rows[0]);
        if (!args[i])
            return false;
    }
    const char *source = describe(w, &d, synthetic);
    if (!source)
        return false;
    enum tw_case_origin origin = TW_CASE_RECORDED;
    if (synthetic)
        origin = TW_CASE_SYNTHETIC;
    struct tw_input *in = tw_input_add(w, args, tw_draw_n_args(w), origin);
    if (!in)
        return false;
    in->source = source;
    in->whole = n > SHORT_MAX;
    return true;
}

/* Without lists an input is one row, and whole windows make no sense. */
static bool has_lists(const struct tw_case_work *w)
{
    for (size_t i = 0; i < w->call->n_params; i++)
        if (w->call->params[i].input.kind == TW_SPEC_INPUT_COUNTER &&
            w->call->params[i].type.is_list)
            return true;
    return false;
}

/* Does any list of the input hold two different values?  Idle stretches of a
 * trial all look the same, so few of them are kept. */
static bool is_flat(const struct tw_input *in)
{
    for (size_t i = 0; i < in->n_args; i++) {
        const struct tw_pyval *v = in->args[i];
        for (size_t j = 1; v->kind == TW_PYVAL_LIST && j < v->n_items; j++)
            if (!tw_pyval_equal(v->items[j], v->items[0],
                                (struct tw_pyval_tol){ 0 }))
                return false;
    }
    return true;
}

/* Inputs of one origin until there are enough different ones.  A trial may be
 * too small for that: three times as many draws are the end. */
static void draw_pool(struct tw_case_work *w, bool synthetic, int64_t wanted)
{
    size_t n = (size_t)wanted * POOL_PER_CASE;
    if (n > POOL_MAX)
        n = POOL_MAX;
    bool lists = has_lists(w);
    size_t n_flat = 0, got = 0;
    for (size_t i = 0; i < 3 * n && got < n; i++) {
        size_t len = 1;
        if (lists)
            len = SHORT_MIN +
                  (size_t)tw_rng_below(&w->rng, SHORT_MAX - SHORT_MIN + 1);
        size_t before = w->n_inputs;
        if (!draw_one(w, synthetic, i, len))
            continue;
        struct tw_input *in = &w->inputs[before];
        if (lists && !in->gone && is_flat(in) && ++n_flat > 2) {
            w->n_inputs = before; /* it was the last one: taken back */
            w->out->counts.drawn--;
            continue;
        }
        got += !in->gone;
    }
    for (size_t i = 0; i < WHOLE_N && lists && wanted; i++)
        draw_one(w, synthetic, i, WHOLE_MAX);
}

/* Negative: the specification says nothing. */
static int64_t wanted_of(int64_t said)
{
    if (said < 0)
        return RECORDED_DEFAULT;
    return said;
}

/* How many values of counter k are there, how many of them fit, and one that
 * does not (NaN: all do). */
struct fitting {
    size_t n, n_fit;
    double other;
};

static struct fitting count_fitting(const struct tw_case_work *w,
                                    const struct tw_spec_param *p,
                                    const struct tw_trial *t, size_t k)
{
    struct fitting f = { .other = (double)NAN };

    for (size_t r = 0; r < t->n_rows; r++) {
        double x = t->values[r * t->n_counters + k];
        if (isnan(x))
            continue;
        f.n++;
        if (tw_value_fits(w, p, x))
            f.n_fit++;
        else
            f.other = x;
    }
    return f;
}

/* A counter of which the parameter does not take most values would leave the
 * test with hardly a recorded case, and nobody would know. */
static enum tw_status check_counter(struct tw_case_work *w,
                                    const struct tw_spec_param *p)
{
    const struct tw_trial *t = NULL;
    struct tw_buf b;

    if (w->in->trials)
        t = w->in->trials[p->input.data];
    if (!t || !t->n_rows)
        return TW_OK;
    size_t k = tw_trial_counter_find(t, p->input.counter);
    if (k == t->n_counters)
        return TW_OK;
    struct fitting f = count_fitting(w, p, t, k);
    if (f.n == 0)
        return tw_case_fail(w, p->input.pos, "counter '%.60s' has no value",
                            p->input.counter);
    if (2 * f.n_fit >= f.n)
        return TW_OK;
    tw_buf_init(&b, 64); /* the longest double has 24 characters */
    tw_number_add(&b, f.other);
    enum tw_status st =
        tw_case_fail(w, p->input.pos,
                     "%zu of %zu values of counter '%.60s' fit the type of "
                     "'%.60s', %.30s does not",
                     f.n_fit, f.n, p->input.counter, p->name, tw_buf_text(&b));
    tw_buf_release(&b);
    return st;
}

enum tw_status tw_draw_recorded(struct tw_case_work *w)
{
    for (size_t i = 0; i < w->call->n_params; i++)
        if (w->call->params[i].input.kind == TW_SPEC_INPUT_COUNTER)
            TW_TRY(check_counter(w, &w->call->params[i]));
    draw_pool(w, false, wanted_of(w->test->sample.recorded));
    return TW_OK;
}

enum tw_status tw_draw_synthetic(struct tw_case_work *w)
{
    draw_pool(w, true, wanted_of(w->test->sample.synthetic));
    return TW_OK;
}
