/*
 * test_trial_write.c - a trial that is written and read again is the same
 * trial, to the last bit; and what each counter is like.
 */
#include "trial/trial.h"

#include "base/rng.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLES = 3000, ROWS = 5, COUNTERS = 3, SERIES = 3 };

static const char *const path = "t.csv";

/* Without the fsync of tw_file_write(), and as a new file: there are many here,
 * and some file systems wait for the disk when an old one is emptied. */
static void put_file(const char *name, const char *text, size_t n)
{
    (void)remove(name);
    FILE *f = fopen(name, "wb");

    CHECK(f != NULL);
    if (!f)
        return;
    CHECK(fwrite(text, 1, n, f) == n);
    CHECK(fclose(f) == 0);
}

/* A trial of at most ROWS rows with room for all of it. */
struct table {
    struct tw_trial t;
    struct tw_trial_counter counters[COUNTERS];
    struct tw_trial_segment segments[ROWS];
    const char *series[SERIES];
    double time[ROWS];
    double values[ROWS * COUNTERS];
};

/* Texts that a file has to protect. */
static const char *const names[] = {
    "dl_mbps",
    "a,b",
    "a;b;c;d;e",
    "=x",
    "'=x",
    "''-y",
    "'plain",
    "say \"x\"",
    "two\nlines",
    "a\r\nb",
    "trial_segment",
    "a/b",
    "a\\/b",
    "-7",
    "\xEF\xBB\xBF"
    "bom",
    "\xC3\xA9",
    "nan",
    "@",
};

/* Of every kind that counters have, and any bits at all. */
static double any_value(struct tw_rng *rng)
{
    uint64_t bits = tw_rng_u64(rng);
    double v = (double)(bits % 100000);

    switch (tw_rng_below(rng, 8)) {
    case 0:
        return (double)NAN;
    case 1:
        return v - 50000;
    case 2:
        return v / 1000 - 20;
    case 3:
        return 12345600000.0 + v;
    case 4:
        return -0.0;
    case 5:
        return v / 3;
    case 6:
        return 5e-324 * v;
    default:
        memcpy(&v, &bits, sizeof(v));
        if (isfinite(v))
            return v;
        return 1;
    }
}

/* n different names. */
static void any_names(struct tw_rng *rng, const char **out, size_t n)
{
    size_t at = tw_rng_below(rng, TW_ARRAY_LEN(names));

    for (size_t i = 0; i < n; i++)
        out[i] = names[(at + 5 * i) % TW_ARRAY_LEN(names)];
}

/* Rows of a segment; segments of a series. */
static void any_rows(struct tw_rng *rng, struct table *b, size_t series)
{
    double time = 1767225600.0 * (double)tw_rng_below(rng, 2);
    size_t n = 1 + tw_rng_below(rng, 2);

    for (size_t s = 0; s < n && b->t.n_rows < ROWS; s++) {
        struct tw_trial_segment *g = &b->segments[b->t.n_segments++];

        *g =
            (struct tw_trial_segment){ .series = series, .first = b->t.n_rows };
        for (size_t k = 0; k < 1 + tw_rng_below(rng, 3); k++) {
            if (b->t.n_rows == ROWS)
                break;
            time += (double)(1 + tw_rng_below(rng, 1000)) / 250;
            b->time[b->t.n_rows++] = time;
            g->n++;
        }
    }
}

static void any_table(struct tw_rng *rng, struct table *b)
{
    const char *counters[COUNTERS];
    size_t n_series = 1 + tw_rng_below(rng, SERIES);

    memset(b, 0, sizeof(*b));
    b->t = (struct tw_trial){ .counters = b->counters,
                              .n_counters = 1 + tw_rng_below(rng, COUNTERS),
                              .series = b->series,
                              .time = b->time,
                              .values = b->values,
                              .segments = b->segments };
    any_names(rng, b->series, n_series);
    any_names(rng, counters, b->t.n_counters);
    for (size_t k = 0; k < b->t.n_counters; k++)
        b->counters[k].name = counters[k];
    for (size_t s = 0; s < n_series && b->t.n_rows < ROWS; s++) {
        any_rows(rng, b, s);
        b->t.n_series++;
    }
    for (size_t i = 0; i < b->t.n_rows * b->t.n_counters; i++)
        b->values[i] = any_value(rng);
}

/* NaN of any kind is one missing value. */
static bool same_values(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(isnan(a[i]) && isnan(b[i])) && memcmp(a + i, b + i, sizeof(*a)))
            return false;
    return true;
}

static bool same(const struct tw_trial *a, const struct tw_trial *b)
{
    bool good = a->n_rows == b->n_rows && a->n_series == b->n_series &&
                a->n_segments == b->n_segments &&
                a->n_counters == b->n_counters;

    for (size_t i = 0; good && i < a->n_series; i++)
        good = strcmp(a->series[i], b->series[i]) == 0;
    for (size_t i = 0; good && i < a->n_segments; i++)
        good = memcmp(&a->segments[i], &b->segments[i],
                      sizeof(a->segments[i])) == 0;
    for (size_t i = 0; good && i < a->n_counters; i++)
        good = strcmp(a->counters[i].name, b->counters[i].name) == 0;
    return good && same_values(a->time, b->time, a->n_rows) &&
           same_values(a->values, b->values, a->n_rows * a->n_counters);
}

/* b: the text that t is written as; again: what reads back. */
static enum tw_status turn(const struct tw_trial *t, struct tw_buf *b,
                           struct tw_arena *a, struct tw_trial *again,
                           struct tw_err *err)
{
    const struct tw_trial_config c = { .files = &path,
                                       .n_files = 1,
                                       .written = true };

    tw_buf_clear(b);
    tw_trial_write(b, t);
    TW_TRY(tw_buf_check(b, "the table", err));
    put_file(path, b->bytes, b->len);
    return tw_trial_read(again, a, &c, err);
}

/* A count above TABLES is asked for by hand: TW_TABLES=100000. */
static size_t n_tables(void)
{
    const char *text = getenv("TW_TABLES");

    if (!text)
        return TABLES;
    return (size_t)strtoul(text, NULL, 10);
}

TEST(random_tables_read_back_bit_for_bit)
{
    struct tw_rng rng = tw_rng_seeded(10);
    size_t n = n_tables();
    struct tw_buf b;
    size_t n_wrong = 0;

    tw_buf_init(&b, 1u << 20);
    for (size_t i = 0; i < n && n_wrong < 3; i++) {
        static struct table table;
        struct tw_trial again;
        struct tw_arena a;
        struct tw_err err = { 0 };

        tw_arena_init(&a, 1u << 20);
        any_table(&rng, &table);
        if (turn(&table.t, &b, &a, &again, &err) != TW_OK ||
            !same(&table.t, &again)) {
            printf("# table %zu: %s\n%s", i, err.msg, tw_buf_text(&b));
            n_wrong++;
        }
        tw_arena_release(&a);
    }
    CHECK(n > 0 && n_wrong == 0);
    printf("# %zu tables\n", n);
    tw_buf_release(&b);
    remove(path);
}

/* What was read by c, and that it is the same after a turn; the text in b. */
static struct tw_trial read_and_turn(const char *text, struct tw_trial_config c,
                                     struct tw_arena *a, struct tw_buf *b)
{
    struct tw_trial t, again;
    struct tw_err err = { 0 };

    put_file("in.csv", text, strlen(text));
    c.files = (const char *const[]){ "in.csv" };
    c.n_files = 1;
    tw_arena_init(a, 1u << 20);
    tw_buf_init(b, 1u << 20);
    enum tw_status st = tw_trial_read(&t, a, &c, &err);
    if (st == TW_OK)
        st = turn(&t, b, a, &again, &err);
    if (st != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(st == TW_OK);
    CHECK(st == TW_OK && same(&t, &again));
    CHECK(st == TW_OK && t.period_s == again.period_s);
    remove("in.csv");
    remove(path);
    return t;
}

TEST(fractions_of_a_second_and_long_counters_keep_their_digits)
{
    struct tw_arena a;
    struct tw_buf b;

    read_and_turn("t_ms,octets,note\n"
                  "1767225602250,12345678955,1\n"
                  "1767225602501,12345678901,2\n",
                  (struct tw_trial_config){ .time = "t_ms" }, &a, &b);
    CHECK(strstr(tw_buf_text(&b), ",0,1767225602.25,12345678955,1\n"));
    CHECK(strstr(tw_buf_text(&b), ",0,1767225602.501,12345678901,2\n"));
    tw_buf_release(&b);
    tw_arena_release(&a);
    read_and_turn("t,v\n2026-01-01T00:00:02.123,0.1\n"
                  "2026-01-01T00:00:02.373,1e-7\n",
                  (struct tw_trial_config){ .time = "t" }, &a, &b);
    CHECK(strstr(tw_buf_text(&b), ",1767225602.123,0.1\n"));
    CHECK(strstr(tw_buf_text(&b), ",1767225602.373,1e-07\n"));
    tw_buf_release(&b);
    tw_arena_release(&a);
}

/* All that reading guesses must not be guessed again: a counter that runs with
 * the rows, an empty one that was asked for, segments cut by another gap. */
TEST(nothing_is_guessed_about_a_written_trial)
{
    struct tw_arena a;
    struct tw_buf b;
    struct tw_trial t;

    t = read_and_turn("v,up\n5,10\n6,20\n5,30\n6,40\n5,50\n6,60\n5,70\n6,80\n"
                      "5,90\n6,100\n",
                      (struct tw_trial_config){ 0 }, &a, &b);
    CHECK(t.n_counters == 2);
    tw_buf_release(&b);
    tw_arena_release(&a);
    static const struct tw_trial_column asked[] = { { .name = "v" },
                                                    { .name = "none" } };
    t = read_and_turn(
        "t,v,none\n0,1,-\n1,2,-\n2,1,-\n9,2,-\n10,1,-\n",
        (struct tw_trial_config){
            .time = "t", .gap = 10, .counters = asked, .n_counters = 2 },
        &a, &b);
    CHECK(t.n_segments == 1 && t.n_counters == 2);
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST(keys_are_tuples_whatever_their_texts_hold)
{
    static const char *const keys[] = { "node", "cell" };
    struct tw_arena a;
    struct tw_buf b;
    struct tw_trial t = read_and_turn(
        "t,node,cell,v\n0,gnb/1,2,1\n0,gnb,1/2,2\n0,gnb\\,/1,3\n"
        "0,gnb\\/,1,4\n1,gnb/1,2,1\n",
        (struct tw_trial_config){ .time = "t", .series = keys, .n_series = 2 },
        &a, &b);

    CHECK(t.n_series == 4 && t.n_rows == 5 && t.n_duplicates == 0);
    CHECK(strcmp(t.series[0], "gnb\\/1/2") == 0);
    CHECK(strcmp(t.series[1], "gnb/1\\/2") == 0);
    tw_buf_release(&b);
    tw_arena_release(&a);
    t = read_and_turn("t,cell,v\n0,a/b,1\n1,a/b,2\n",
                      (struct tw_trial_config){
                          .time = "t", .series = keys + 1, .n_series = 1 },
                      &a, &b);
    CHECK(strcmp(t.series[0], "a/b") == 0); /* one text needs no mark */
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST(files_of_one_name_are_two_series)
{
    static const char *const files[] = { "x.csv", "./x.csv", "y.csv" };
    const struct tw_trial_config c = { .files = files, .n_files = 3 };
    struct tw_trial t;
    struct tw_arena a;

    tw_arena_init(&a, 1u << 20);
    put_file("x.csv", "v\n1\n2\n", 6);
    put_file("y.csv", "v\n3\n", 4);
    CHECK(tw_trial_read(&t, &a, &c, NULL) == TW_OK);
    CHECK(t.n_series == 3);
    CHECK(strcmp(t.series[0], "x.csv") == 0);
    CHECK(strcmp(t.series[1], "./x.csv") == 0);
    CHECK(strcmp(t.series[2], "y") == 0);
    CHECK(t.n_files == 3 && strcmp(t.files[1], "x.csv") == 0);
    CHECK(t.place[1].file == 0 && t.place[1].row == 1);
    CHECK(t.place[2].file == 1 && t.place[2].row == 0);
    tw_arena_release(&a);
    remove("x.csv");
    remove("y.csv");
}

/* Rows that alternate or were left out keep the place that they have in the
 * file. */
TEST(a_row_knows_where_it_stands_in_its_file)
{
    static const char *const keys[] = { "c" };
    struct tw_arena a;
    struct tw_buf b;
    struct tw_trial t = read_and_turn(
        "t,c,v\n0,a,1\n0,b,2\n0,b,2\n1,a,3\n1,b,4\n",
        (struct tw_trial_config){ .time = "t", .series = keys, .n_series = 1 },
        &a, &b);

    CHECK(t.n_rows == 4 && t.n_duplicates == 1);
    CHECK(t.place[0].row == 0 && t.place[1].row == 3);
    CHECK(t.place[2].row == 1 && t.place[3].row == 4);
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST(a_file_that_only_looks_written_is_refused)
{
    static const char *const texts[] = {
        "v\n1\n",
        "trial_series,trial_segment,time,v\na,0,0,1\n",
        "trial_series,trial_segment,trial_time_s,v\na,x,0,1\n",
        "trial_series,trial_segment,trial_time_s,v\na,-1,0,1\n",
        "trial_series,trial_segment,trial_time_s,v\na,0,0,x\n",
        "trial_series,trial_segment,trial_time_s\na,0,0\n",
    };
    const struct tw_trial_config c = { .files = &path,
                                       .n_files = 1,
                                       .written = true };

    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        struct tw_trial t;
        struct tw_arena a;

        tw_arena_init(&a, 1u << 20);
        put_file(path, texts[i], strlen(texts[i]));
        CHECK(tw_trial_read(&t, &a, &c, NULL) == TW_EFORMAT);
        tw_arena_release(&a);
    }
    remove(path);
}

TEST(counters_are_known_by_grid_and_growth)
{
    struct tw_arena a;
    struct tw_buf b, text;

    tw_buf_init(&text, 1u << 16);
    tw_buf_adds(&text, "whole,cents,free,total,restarts,burst,lat\n");
    for (int i = 0; i < 40; i++)
        tw_buf_addf(&text, "%d,%d.%02d,%.17g,%d,%d,%d,%.7f\n", i % 3, i,
                    7 * i % 100, i / 7.0, 5 * (i / 2), i % 20 * 10,
                    i % 4 ? 0 : 50, 48.1371 + 13e-7 * (i % 9));
    struct tw_trial t = read_and_turn(tw_buf_text(&text),
                                      (struct tw_trial_config){ 0 }, &a, &b);
    CHECK(t.counters[0].integral && t.counters[0].decimals == 0);
    CHECK(!t.counters[1].integral && t.counters[1].decimals == 2);
    CHECK(!t.counters[2].integral && t.counters[2].decimals == 0);
    CHECK(!t.counters[6].integral && t.counters[6].decimals == 7);
    CHECK(t.counters[0].growth == TW_TRIAL_FREE);
    CHECK(t.counters[3].growth == TW_TRIAL_RISING);
    CHECK(t.counters[4].growth == TW_TRIAL_RESTARTING);
    CHECK(t.counters[5].growth == TW_TRIAL_FREE);
    tw_buf_release(&text);
    tw_buf_release(&b);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(fractions_of_a_second_and_long_counters_keep_their_digits);
          RUN(nothing_is_guessed_about_a_written_trial);
          RUN(keys_are_tuples_whatever_their_texts_hold);
          RUN(files_of_one_name_are_two_series);
          RUN(a_row_knows_where_it_stands_in_its_file);
          RUN(a_file_that_only_looks_written_is_refused);
          RUN(counters_are_known_by_grid_and_growth);
          RUN(random_tables_read_back_bit_for_bit);)
