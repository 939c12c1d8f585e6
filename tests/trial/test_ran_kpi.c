/* The example trial: it is read whole, and its counters hang together. */
#include "trial/trial.h"

#include "test.h"
#include "trial/window.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct example {
    struct tw_arena arena;
    struct tw_trial t;
};

static bool example_open(struct example *e)
{
    static const char *const keys[] = { "series_id", "segment" };
    const char *source = getenv("TW_SOURCE");
    char path[1024];
    const char *files[] = { path };
    struct tw_trial_config c = { .files = files,
                                 .n_files = 1,
                                 .time = "t_ms",
                                 .series = keys,
                                 .n_series = 2 };
    struct tw_err err = { 0 };

    snprintf(path, sizeof(path), "%s/examples/ran-kpi/trial.csv",
             source ? source : ".");
    tw_arena_init(&e->arena, (size_t)64 << 20);
    enum tw_status st = tw_trial_read(&e->t, &e->arena, &c, &err);
    if (st != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(st == TW_OK);
    return st == TW_OK;
}

static double at(const struct example *e, size_t row, const char *name)
{
    return e->t
        .values[row * e->t.n_counters + tw_trial_counter_find(&e->t, name)];
}

static double correlation(const struct example *e, const char *a, const char *b)
{
    double n = (double)e->t.n_rows, sa = 0, sb = 0, ab = 0, aa = 0, bb = 0;

    for (size_t r = 0; r < e->t.n_rows; r++) {
        sa += at(e, r, a) / n;
        sb += at(e, r, b) / n;
    }
    for (size_t r = 0; r < e->t.n_rows; r++) {
        double da = at(e, r, a) - sa, db = at(e, r, b) - sb;

        ab += da * db;
        aa += da * da;
        bb += db * db;
    }
    return ab / sqrt(aa * bb);
}

TEST(the_example_is_read_whole)
{
    struct example e;

    if (!example_open(&e))
        return;
    CHECK(e.t.n_rows == 4000 && e.t.n_series == 20 && e.t.n_segments == 20);
    CHECK(e.t.n_counters == 20);
    CHECK_NEAR(e.t.period_s, 0.25, 1e-9);
    CHECK(strcmp(e.t.series[0], "sim_embb_1/0") == 0);
    tw_arena_release(&e.arena);
}

TEST(counters_of_the_example_are_coupled)
{
    struct example e;
    size_t n_idle = 0;

    if (!example_open(&e))
        return;
    CHECK(correlation(&e, "dl_brate_mbps", "dl_pkts") > 0.9);
    CHECK(correlation(&e, "dl_brate_mbps", "prb_granted") > 0.9);
    CHECK(correlation(&e, "prb_requested", "prb_granted") > 0.9);
    CHECK(correlation(&e, "dl_mcs", "ul_sinr_db") > 0.7);
    for (size_t r = 0; r < e.t.n_rows; r++) {
        double granted = at(&e, r, "prb_granted");
        bool idle = at(&e, r, "dl_n_samples") + at(&e, r, "ul_n_samples") == 0;

        CHECK(granted <= at(&e, r, "prb_requested"));
        CHECK(granted <= 251 * at(&e, r, "slice_prb"));
        CHECK(at(&e, r, "dl_mcs") >= 0 && at(&e, r, "dl_mcs") <= 27);
        CHECK(at(&e, r, "dl_cqi") >= 1 && at(&e, r, "dl_cqi") <= 15);
        CHECK(at(&e, r, "dl_err_pct") <= 100);
        /* 40 PRB x 132 symbols x 5.5 bit per ms is below 30 Mbit/s. */
        CHECK(at(&e, r, "dl_brate_mbps") <= 40);
        CHECK(!idle || at(&e, r, "ul_sinr_db") == 0);
        n_idle += idle;
    }
    CHECK(n_idle > e.t.n_rows / 4 && n_idle < e.t.n_rows * 3 / 4);
    tw_arena_release(&e.arena);
}

TEST(clusters_of_the_example_follow_its_traffic)
{
    struct example e;
    struct tw_windows w;
    struct tw_clusters c;
    struct tw_window_config config = { .length = 32 };
    size_t n_same = 0;

    if (!example_open(&e))
        return;
    CHECK(tw_windows_cut(&w, &e.arena, &e.t, &config, NULL) == TW_OK);
    CHECK(tw_clusters_find(&c, &e.arena, &w, 0, 1, NULL) == TW_OK);
    CHECK(c.silhouette > 0.25);
    /* Neighbouring windows of a series mostly are of one cluster. */
    for (size_t i = 1; i < w.n; i++)
        n_same += c.label[i] == c.label[i - 1];
    CHECK(n_same > w.n * 6 / 10);
    tw_arena_release(&e.arena);
}

TEST_MAIN(RUN(the_example_is_read_whole);
          RUN(counters_of_the_example_are_coupled);
          RUN(clusters_of_the_example_follow_its_traffic);)
