/* Any bytes as a trial: refused with a message, or a table that keeps its
 * promises.  The first byte chooses what the configuration names. */
#include "fuzz.h"

#include "trial/trial.h"

#include <math.h>

static void check_table(const struct tw_trial *t)
{
    size_t row = 0;

    for (size_t i = 0; i < t->n_segments; i++) {
        const struct tw_trial_segment *s = &t->segments[i];

        MUST(s->series < t->n_series && s->n > 0 && s->first == row);
        row += s->n;
        for (size_t j = s->first + 1; j < row; j++)
            MUST(t->time[j] > t->time[j - 1]);
    }
    MUST(row == t->n_rows);
    for (size_t k = 0; k < t->n_counters; k++) {
        const struct tw_trial_counter *c = &t->counters[k];
        size_t n_missing = 0;

        MUST(c->name && c->unit);
        for (size_t i = 0; i < t->n_rows; i++) {
            double v = t->values[i * t->n_counters + k];

            n_missing += isnan(v) != 0;
            MUST(!isinf(v));
            MUST(isnan(v) || (v >= c->min && v <= c->max));
            MUST(isnan(v) || (v >= c->seen_min && v <= c->seen_max));
        }
        MUST(n_missing == c->n_missing);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const series[] = { "cell", "ue" };
    static const struct tw_trial_column counters[] = { { .name = "a",
                                                         .unit = "dB",
                                                         .max = 10,
                                                         .has_min = true,
                                                         .has_max = true } };
    struct tw_trial t;
    struct tw_arena a;
    struct tw_err err = { 0 };
    struct fuzz_file f;

    if (n < 1)
        return 0;
    fuzz_file_open(&f, bytes + 1, n - 1);
    const char *files[] = { f.path, f.path };
    struct tw_trial_config c = { .files = files,
                                 .n_files = bytes[0] & 16 ? 2 : 1,
                                 .time = bytes[0] & 1 ? "time" : NULL,
                                 .series = series,
                                 .n_series = bytes[0] >> 1 & 3 };

    if (c.n_series > 2)
        c.n_series = 2;
    if (bytes[0] & 8) {
        c.counters = counters;
        c.n_counters = 1;
    }
    tw_arena_init(&a, 64u << 20);
    if (tw_trial_read(&t, &a, &c, &err) == TW_OK)
        check_table(&t);
    else
        MUST(err.msg[0]);
    tw_arena_release(&a);
    fuzz_file_close(&f);
    return 0;
}
