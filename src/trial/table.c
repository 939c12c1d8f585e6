/*
 * table.c - rows grouped by series, columns chosen, period and segments found.
 *
 * Rows are gathered in buffers in file order and copied once, when all is
 * known: the order of the series, which columns hold numbers. That is the
 * "twice the table" of memory that trial.h speaks of.
 */
#include "trial/table_priv.h"

#include "base/hash.h"
#include "base/size.h"
#include "base/sort.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TRIAL       "the trial"
#define GAP_DEFAULT 1.5
/* Steps that differ by rounding only are equal: times of 0.1 s are no multiples
 * of a double. */
#define STEP_SLACK  1e-6
/* A second clock may be rounded otherwise than the first: its rate may change
 * by so much and still be one. */
#define CLOCK_SLACK 0.02
/* Fewer steps prove nothing: any counter may rise three times. */
#define CLOCK_STEPS 8

/* Buffers share the arena's limit each: whichever is full first ends the
 * reading with its name. */
void tw_table_init(struct tw_table *b, struct tw_arena *a)
{
    *b = (struct tw_table){ .arena = a };
    tw_arena_init(&b->scratch, a->limit);
    tw_buf_init(&b->values, a->limit);
    tw_buf_init(&b->times, a->limit);
    tw_buf_init(&b->series_of, a->limit);
    tw_buf_init(&b->places, a->limit);
    tw_buf_init(&b->parts, a->limit);
}

void tw_table_release(struct tw_table *b)
{
    tw_arena_release(&b->scratch);
    tw_buf_release(&b->values);
    tw_buf_release(&b->times);
    tw_buf_release(&b->series_of);
    tw_buf_release(&b->places);
    tw_buf_release(&b->parts);
}

char *tw_table_text(struct tw_table *b, const char *text, size_t n)
{
    return tw_arena_text(b->arena, text, n);
}

/* Where the series stands in the hash table, or the free slot where it would.
 * The table is at most a quarter full, so that the walk is short. */
static size_t slot_of(const struct tw_table *b, const char *name, size_t n)
{
    size_t at = (size_t)tw_hash_fnv64(name, n) & (b->n_slots - 1);

    for (; b->slots[at] != 0; at = (at + 1) & (b->n_slots - 1)) {
        const char *other = b->series[b->slots[at] - 1].name;

        if (strlen(other) == n && memcmp(other, name, n) == 0)
            break;
    }
    return at;
}

/* Doubles the room for series and their slots; the old arrays stay behind in
 * scratch, all together no larger than the new ones. */
static enum tw_status grow(struct tw_table *b, struct tw_err *err)
{
    size_t cap = tw_size_max(2 * b->cap_series, 16);
    struct tw_table_series *series =
        tw_arena_alloc(&b->scratch, cap, sizeof(*series));

    b->slots = tw_arena_alloc(&b->scratch, 4 * cap, sizeof(*b->slots));
    b->n_slots = 4 * cap;
    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    if (b->n_series > 0)
        memcpy(series, b->series, b->n_series * sizeof(*series));
    b->series = series;
    b->cap_series = cap;
    for (size_t i = 0; i < b->n_series; i++) {
        const char *name = series[i].name;

        b->slots[slot_of(b, name, strlen(name))] = (uint32_t)i + 1;
    }
    return TW_OK;
}

enum tw_status tw_table_series_get(struct tw_table *b, const char *name,
                                   size_t n, size_t *series, struct tw_err *err)
{
    if (b->n_series == b->cap_series)
        TW_TRY(grow(b, err));
    size_t at = slot_of(b, name, n);
    if (b->slots[at] == 0) {
        if (b->n_series == TW_TABLE_SERIES_MAX)
            return tw_fail(err, TW_ELIMIT, 0, "cannot hold more than %d series",
                           (int)TW_TABLE_SERIES_MAX);
        const char *copy = tw_table_text(b, name, n);
        TW_TRY(tw_arena_check(b->arena, TRIAL, err));
        b->series[b->n_series++] =
            (struct tw_table_series){ .name = copy, .time = -HUGE_VAL };
        b->slots[at] = (uint32_t)b->n_series;
    }
    *series = b->slots[at] - 1;
    return TW_OK;
}

/* A buffer that is full remembers it: tw_table_build() asks. */
void tw_table_row_add(struct tw_table *b, size_t series, double time)
{
    uint32_t s = (uint32_t)series;

    tw_buf_add(&b->values, b->row, b->n_columns * sizeof(*b->row));
    tw_buf_add(&b->times, &time, sizeof(time));
    tw_buf_add(&b->series_of, &s, sizeof(s));
    tw_buf_add(&b->places, &b->place, sizeof(b->place));
    b->series[series].n_rows++;
    b->n_rows++;
}

/* Source rows grouped by series, in order of appearance; borrows from the
 * table. */
struct grouping {
    const double *values; /* (rows, columns) of the table, source order */
    const double *times;
    const struct tw_trial_place *places;
    const uint64_t *parts; /* NULL: the files do not say segments */
    size_t *row;           /* (rows) source row of each row of the trial */
    size_t *first;         /* (series + 1) */
    size_t *kept;          /* (counters of the trial) column */
};

/* A counting sort: stable, so that rows of a series stay in time order. The
 * casts are safe because a buffer's bytes come from malloc(). */
static enum tw_status group_rows(struct grouping *g, struct tw_table *b,
                                 struct tw_err *err)
{
    const uint32_t *series = (const uint32_t *)(const void *)b->series_of.bytes;
    size_t *next = tw_arena_alloc(&b->scratch, b->n_series, sizeof(*next));
    size_t first = 0;

    g->values = (const double *)(const void *)b->values.bytes;
    g->times = (const double *)(const void *)b->times.bytes;
    g->places = (const struct tw_trial_place *)(const void *)b->places.bytes;
    g->parts = (const uint64_t *)(const void *)b->parts.bytes;
    g->row = tw_arena_alloc(&b->scratch, b->n_rows, sizeof(*g->row));
    g->first = tw_arena_alloc(&b->scratch, b->n_series + 1, sizeof(*g->first));
    g->kept = tw_arena_alloc(&b->scratch, b->n_columns, sizeof(*g->kept));
    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    for (size_t s = 0; s < b->n_series; s++) {
        g->first[s] = next[s] = first;
        first += b->series[s].n_rows;
    }
    g->first[b->n_series] = first;
    for (size_t r = 0; r < b->n_rows; r++)
        g->row[next[series[r]]++] = r;
    return TW_OK;
}

/* No value in any row: some tools write columns for all that they could
 * measure. */
static bool is_empty(const struct tw_table *b, const struct grouping *g,
                     size_t c)
{
    for (size_t r = 0; r < b->n_rows; r++) {
        if (!isnan(g->values[r * b->n_columns + c]))
            return false;
    }
    return true;
}

/* Does the column rise in step with time, in every series? Then it is a time
 * stamp in another unit, and a generator must not learn it as a counter. */
static bool is_clock(const struct tw_table *b, const struct grouping *g,
                     size_t c)
{
    double rate = 0;
    size_t n = 0;

    for (size_t s = 0; s < b->n_series; s++) {
        for (size_t r = g->first[s] + 1; r < g->first[s + 1]; r++) {
            size_t at = g->row[r], before = g->row[r - 1];
            double step = g->values[at * b->n_columns + c] -
                          g->values[before * b->n_columns + c];
            double seen = step / (g->times[at] - g->times[before]);

            if (n++ == 0)
                rate = seen;
            if (!(seen > 0) || fabs(seen - rate) > CLOCK_SLACK * rate)
                return false;
        }
    }
    return n >= CLOCK_STEPS;
}

/* Columns that were asked for by name are always kept. */
static bool is_left_out(const struct tw_table *b, const struct grouping *g,
                        size_t c, bool has_time, enum tw_trial_reason *reason)
{
    if (b->columns[c].asked)
        return false;
    if (b->columns[c].is_text)
        *reason = TW_TRIAL_TEXT;
    else if (is_empty(b, g, c))
        *reason = TW_TRIAL_EMPTY;
    else if (has_time && is_clock(b, g, c))
        *reason = TW_TRIAL_CLOCK;
    else
        return false;
    return true;
}

/* Who sees numbers in the file must be told why they are none. */
static enum tw_status fail_no_counter(const struct tw_trial *t,
                                      struct tw_err *err)
{
    static const char *const why[] = {
        [TW_TRIAL_TEXT] = "has text in some row (a decimal comma, a unit?)",
        [TW_TRIAL_EMPTY] = "has no value",
        [TW_TRIAL_CLOCK] = ("rises in step with time, as a second clock does: "
                            "if it is a counter, name it (--counter)"),
    };
    enum { SHOWN_MAX = 3 };
    char text[400] = "";

    for (size_t i = 0; i < t->n_left_out && i < SHOWN_MAX; i++) {
        const size_t n = strlen(text);
        snprintf(text + n, sizeof(text) - n, "; '%.40s' %s",
                 t->left_out[i].name, why[t->left_out[i].reason]);
    }
    return tw_fail(err, TW_EFORMAT, 0, "no column holds numbers%s", text);
}

/* The columns that become counters, and those that do not. */
static enum tw_status keep_columns(struct tw_table *b, struct tw_trial *t,
                                   const struct grouping *g, bool has_time,
                                   struct tw_err *err)
{
    enum tw_trial_reason reason = TW_TRIAL_TEXT;

    t->counters = tw_arena_alloc(b->arena, b->n_columns, sizeof(*t->counters));
    t->left_out = tw_arena_alloc(b->arena, b->n_columns, sizeof(*t->left_out));
    TW_TRY(tw_arena_check(b->arena, TRIAL, err));
    for (size_t i = 0; i < b->n_columns; i++) {
        const struct tw_table_column *c = &b->columns[i];

        if (is_left_out(b, g, i, has_time, &reason)) {
            t->left_out[t->n_left_out++] =
                (struct tw_trial_left_out){ c->name, reason };
            continue;
        }
        g->kept[t->n_counters] = i;
        t->counters[t->n_counters++] = (struct tw_trial_counter){
            .name = c->name, .unit = c->unit, .min = c->min, .max = c->max
        };
    }
    if (t->n_counters == 0)
        return fail_no_counter(t, err);
    return TW_OK;
}

/* The one copy into the caller's arena, row by row: values (n_rows,
 * n_counters). */
static enum tw_status copy_rows(struct tw_table *b, struct tw_trial *t,
                                const struct grouping *g, struct tw_err *err)
{
    t->n_rows = b->n_rows;
    t->n_series = b->n_series;
    t->series = tw_arena_alloc(b->arena, t->n_series, sizeof(*t->series));
    t->time = tw_arena_alloc(b->arena, t->n_rows, sizeof(*t->time));
    t->place = tw_arena_alloc(b->arena, t->n_rows, sizeof(*t->place));
    t->values =
        tw_arena_alloc(b->arena, t->n_rows, t->n_counters * sizeof(*t->values));
    TW_TRY(tw_arena_check(b->arena, TRIAL, err));
    for (size_t s = 0; s < b->n_series; s++)
        t->series[s] = b->series[s].name;
    for (size_t r = 0; r < b->n_rows; r++) {
        const double *from = g->values + g->row[r] * b->n_columns;

        t->time[r] = g->times[g->row[r]];
        t->place[r] = g->places[g->row[r]];
        for (size_t k = 0; k < t->n_counters; k++)
            t->values[r * t->n_counters + k] = from[g->kept[k]];
    }
    return TW_OK;
}

/* The median step inside the series: a gap or a late sample does not move
 * it. */
static enum tw_status find_period(struct tw_table *b, struct tw_trial *t,
                                  struct tw_err *err)
{
    double *steps = tw_arena_alloc(&b->scratch, t->n_rows, sizeof(*steps));
    size_t n = 0, row = 0;

    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    for (size_t s = 0; s < b->n_series; s++) {
        for (size_t r = 1; r < b->series[s].n_rows; r++)
            steps[n++] = t->time[row + r] - t->time[row + r - 1];
        row += b->series[s].n_rows;
    }
    t->period_s = 0;
    if (n == 0)
        return TW_OK; /* no series has two rows: there is no period */
    t->period_s = tw_sort_median(steps, n);
    return TW_OK;
}

/* Does a segment end before row r? step_max: infinite when time says nothing
 * about it. */
static bool is_cut(const struct tw_trial *t, const struct grouping *g, size_t r,
                   double step_max)
{
    if (g->parts && g->parts[g->row[r]] != g->parts[g->row[r - 1]])
        return true;
    return t->time[r] - t->time[r - 1] > step_max;
}

/* Counts the segments, and writes them where segments is not NULL. */
static size_t cut_segments(const struct tw_trial *t, const struct grouping *g,
                           double step_max, struct tw_trial_segment *segments)
{
    size_t n = 0;

    for (size_t s = 0; s < t->n_series; s++) {
        size_t first = g->first[s], end = g->first[s + 1];

        for (size_t r = first + 1; r <= end; r++) {
            if (r < end && !is_cut(t, g, r, step_max))
                continue;
            if (segments)
                segments[n] = (struct tw_trial_segment){ .series = s,
                                                         .first = first,
                                                         .n = r - first };
            n++;
            first = r;
        }
    }
    return n;
}

/* The longest step inside a segment: rows that are only counted have no gap,
 * and a file that says its segments knows better. */
static double longest_step(const struct tw_trial *t, const struct grouping *g,
                           bool has_time, double gap)
{
    if (!has_time || (g->parts && gap == 0))
        return HUGE_VAL;
    if (!(gap > 0))
        gap = GAP_DEFAULT;
    return gap * t->period_s * (1 + STEP_SLACK);
}

/* Segments are counted first and written second: the arena cannot grow an
 * array. */
enum tw_status tw_table_build(struct tw_table *b, struct tw_trial *t,
                              bool has_time, double gap, struct tw_err *err)
{
    struct grouping g;
    double step_max;

    TW_TRY(tw_buf_check(&b->values, "trial", err));
    TW_TRY(tw_buf_check(&b->times, "trial", err));
    TW_TRY(tw_buf_check(&b->series_of, "trial", err));
    TW_TRY(tw_buf_check(&b->places, "trial", err));
    TW_TRY(tw_buf_check(&b->parts, "trial", err));
    if (b->n_rows == 0)
        return tw_fail(err, TW_EFORMAT, 0, "no rows");
    TW_TRY(group_rows(&g, b, err));
    TW_TRY(keep_columns(b, t, &g, has_time, err));
    TW_TRY(copy_rows(b, t, &g, err));
    t->period_s = 1;
    if (has_time)
        TW_TRY(find_period(b, t, err));
    step_max = longest_step(t, &g, has_time, gap);
    t->n_segments = cut_segments(t, &g, step_max, NULL);
    t->segments = tw_arena_alloc(b->arena, t->n_segments, sizeof(*t->segments));
    TW_TRY(tw_arena_check(b->arena, TRIAL, err));
    cut_segments(t, &g, step_max, t->segments);
    tw_table_describe(t);
    t->n_refused = b->n_refused;
    t->n_duplicates = b->n_duplicates;
    return TW_OK;
}
