/*
 * describe.c - what the values of each counter are like: range, grid, growth.
 *
 * A value that is made up later (by a generator, by a search) must be one that
 * the instrument could have shown: with its decimals, and for a total not below
 * the one before.
 */
#include "base/number.h"
#include "trial/table_priv.h"

#include <math.h>

#include "base/banned.h"

/* Above it, every double is an integer. */
#define INTEGER_MAX    9007199254740992.0
/* Fewer rises prove nothing, as any gauge may rise three times; a total rises
 * far more often than it starts again, and a burst as often as it ends. */
#define RISES_MIN      8
#define RISES_PER_FALL 10

/* One more value seen; decimals is TW_TRIAL_DECIMALS + 1 once the grid is
 * lost. */
static void take_value(struct tw_trial_counter *c, double v)
{
    if (v < c->seen_min)
        c->seen_min = v;
    if (v > c->seen_max)
        c->seen_max = v;
    c->integral = c->integral && v == trunc(v) && fabs(v) <= INTEGER_MAX;
    if (c->decimals > TW_TRIAL_DECIMALS || tw_number_round(v, c->decimals) == v)
        return;
    c->decimals = tw_number_decimals(v, TW_TRIAL_DECIMALS);
}

/* Row by row and not counter by counter: the table is read once, in the order
 * of memory. */
static void take_values(struct tw_trial *t)
{
    for (size_t r = 0; r < t->n_rows; r++) {
        for (size_t k = 0; k < t->n_counters; k++) {
            double v = t->values[r * t->n_counters + k];

            if (isnan(v))
                t->counters[k].n_missing++;
            else
                take_value(&t->counters[k], v);
        }
    }
}

/* How often a counter rises, falls, and falls to near zero. */
struct steps {
    size_t n_rises, n_falls, n_restarts;
};

/* Missing values are stepped over. */
static void count_steps(struct steps *n, const struct tw_trial *t,
                        const struct tw_trial_segment *s, size_t k)
{
    double before = (double)NAN;

    for (size_t r = s->first; r < s->first + s->n; r++) {
        double v = t->values[r * t->n_counters + k];

        if (isnan(v))
            continue;
        n->n_rises += v > before;
        if (v < before) {
            n->n_falls++;
            n->n_restarts += v <= TW_TRIAL_RESTART_SHARE * before;
        }
        before = v;
    }
}

static enum tw_trial_growth growth_of(const struct tw_trial *t, size_t k)
{
    struct steps n = { 0 };

    /* A level that is negative at times counts nothing. */
    if (!(t->counters[k].seen_min >= 0))
        return TW_TRIAL_FREE;
    for (size_t s = 0; s < t->n_segments; s++)
        count_steps(&n, t, &t->segments[s], k);
    if (n.n_rises < RISES_MIN || n.n_falls > n.n_restarts ||
        n.n_falls * RISES_PER_FALL > n.n_rises)
        return TW_TRIAL_FREE;
    if (n.n_falls)
        return TW_TRIAL_RESTARTING;
    return TW_TRIAL_RISING;
}

/* A counter without any value has NaN as its range. */
void tw_table_describe(struct tw_trial *t)
{
    for (size_t k = 0; k < t->n_counters; k++) {
        t->counters[k].seen_min = HUGE_VAL;
        t->counters[k].seen_max = -HUGE_VAL;
        t->counters[k].integral = true;
    }
    take_values(t);
    for (size_t k = 0; k < t->n_counters; k++) {
        struct tw_trial_counter *c = &t->counters[k];

        if (c->decimals > TW_TRIAL_DECIMALS)
            c->decimals = 0;
        c->growth = growth_of(t, k);
        if (c->n_missing < t->n_rows)
            continue;
        c->seen_min = c->seen_max = (double)NAN;
        c->integral = false;
    }
}
