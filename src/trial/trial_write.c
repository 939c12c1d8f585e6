/*
 * trial_write.c - a trial as one plain table, which reads back as the same
 * trial.
 */
#include "base/csv.h"
#include "base/number.h"
#include "trial/trial.h"

#include <math.h>

#include "base/banned.h"

/* A missing value is an empty field, as in the files it came from. */
static void add_row(struct tw_buf *b, const struct tw_trial *t, size_t segment,
                    size_t row)
{
    tw_csv_add(b, t->series[t->segments[segment].series], ',');
    tw_buf_addf(b, ",%zu,", segment);
    tw_number_add(b, t->time[row]);
    for (size_t k = 0; k < t->n_counters; k++) {
        double v = t->values[row * t->n_counters + k];

        tw_buf_addc(b, ',');
        if (!isnan(v))
            tw_number_add(b, v);
    }
    tw_buf_addc(b, '\n');
}

/* Segment by segment: that is the order of the rows. */
void tw_trial_write(struct tw_buf *b, const struct tw_trial *t)
{
    tw_buf_adds(b, TW_TRIAL_SERIES_COLUMN "," TW_TRIAL_SEGMENT_COLUMN
                                          "," TW_TRIAL_TIME_COLUMN);
    for (size_t k = 0; k < t->n_counters; k++) {
        tw_buf_addc(b, ',');
        tw_csv_add(b, t->counters[k].name, ',');
    }
    tw_buf_addc(b, '\n');
    for (size_t s = 0; s < t->n_segments; s++)
        for (size_t r = 0; r < t->segments[s].n; r++)
            add_row(b, t, s, t->segments[s].first + r);
}
