/*
 * test_trial_read.c - tables of every dialect and defect; two public sets where
 * they are there.
 */
#include "trial/trial.h"

#include "base/file.h"
#include "base/rng.h"
#include "test.h"
#include "test_dir.h"
#include "trial/window.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const path_a = "a.csv", *const path_b = "b.csv";

/* Without the fsync of tw_file_write(): there are many files here. */
static void put_file(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");

    CHECK(f != NULL);
    if (!f)
        return;
    CHECK(fwrite(text, 1, n, f) == n);
    CHECK(fclose(f) == 0);
}

/* What one reading gave. */
struct result {
    struct tw_arena arena;
    struct tw_trial t;
    struct tw_err err;
    enum tw_status st;
};

static void read_with(struct result *r, const char *text, size_t n,
                      struct tw_trial_config c)
{
    memset(r, 0, sizeof(*r));
    tw_arena_init(&r->arena, (size_t)256 << 20);
    put_file(path_a, text, n);
    if (!c.files) {
        c.files = &path_a;
        c.n_files = 1;
    }
    r->st = tw_trial_read(&r->t, &r->arena, &c, &r->err);
}

static struct result read_text(const char *text, struct tw_trial_config c)
{
    struct result r;

    read_with(&r, text, strlen(text), c);
    return r;
}

static void check_fails(const char *text, struct tw_trial_config c,
                        const char *msg)
{
    struct result r = read_text(text, c);

    CHECK(r.st == TW_EFORMAT);
    if (strcmp(r.err.msg, msg) != 0)
        printf("# got  '%s'\n# want '%s'\n", r.err.msg, msg);
    CHECK(strcmp(r.err.msg, msg) == 0);
    tw_arena_release(&r.arena);
}

static double value(const struct result *r, size_t row, size_t k)
{
    return r->t.values[row * r->t.n_counters + k];
}

TEST(a_table_becomes_a_trial)
{
    static const char *const keys[] = { "cell" };
    struct result r = read_text(
        "cell,t,prb,load,note\n"
        "a,0,1,0.5,x\n"
        "a,10,2,-,x\n"
        "a,20,4,2.5,y\n"
        "b,0,7,1e1,\n",
        (struct tw_trial_config){ .time = "t", .series = keys, .n_series = 1 });

    CHECK(r.st == TW_OK);
    CHECK(r.t.n_rows == 4 && r.t.n_series == 2 && r.t.n_segments == 2);
    CHECK(strcmp(r.t.series[0], "a") == 0 && strcmp(r.t.series[1], "b") == 0);
    CHECK(r.t.n_counters == 2);
    CHECK(strcmp(r.t.counters[0].name, "prb") == 0);
    CHECK(r.t.counters[0].integral && !r.t.counters[1].integral);
    CHECK(r.t.counters[0].n_missing == 0 && r.t.counters[1].n_missing == 1);
    CHECK_NEAR(r.t.counters[1].seen_min, 0.5, 0);
    CHECK_NEAR(r.t.counters[1].seen_max, 10, 0);
    CHECK_NEAR(r.t.period_s, 10, 0);
    CHECK_NEAR(value(&r, 2, 0), 4, 0);
    CHECK(isnan(value(&r, 1, 1)));
    CHECK(r.t.n_left_out == 1 && r.t.left_out[0].reason == TW_TRIAL_TEXT);
    CHECK(strcmp(r.t.left_out[0].name, "note") == 0);
    CHECK(tw_trial_counter_find(&r.t, "load") == 1);
    CHECK(tw_trial_counter_find(&r.t, "lead") == 2);
    CHECK(strlen(r.t.sha256) == 64);
    tw_arena_release(&r.arena);
}

TEST(series_may_alternate_and_are_grouped)
{
    static const char *const keys[] = { "run", "ue" };
    struct result r = read_text(
        "t,run,ue,v\n0,m,1,10\n0,m,2,20\n1,m,1,11\n1,m,2,21\n",
        (struct tw_trial_config){ .time = "t", .series = keys, .n_series = 2 });

    CHECK(r.st == TW_OK);
    CHECK(r.t.n_series == 2 && r.t.n_segments == 2);
    CHECK(strcmp(r.t.series[1], "m/2") == 0);
    for (size_t i = 0; i < 4; i++)
        CHECK_NEAR(value(&r, i, 0), i < 2 ? 10.0 + (double)i : 18.0 + (double)i,
                   0);
    tw_arena_release(&r.arena);
}

TEST(many_series_are_told_apart)
{
    static const char *const keys[] = { "id" };
    struct tw_buf b;
    struct result r;

    tw_buf_init(&b, 1u << 22);
    tw_buf_adds(&b, "id,t,v\n");
    for (int t = 0; t < 4; t++) {
        for (int s = 0; s < 1000; s++)
            tw_buf_addf(&b, "ue%d,%d,%d\n", s, t, s);
    }
    read_with(
        &r, tw_buf_text(&b), b.len,
        (struct tw_trial_config){ .time = "t", .series = keys, .n_series = 1 });
    CHECK(r.st == TW_OK && r.t.n_series == 1000 && r.t.n_segments == 1000);
    for (size_t i = 0; r.st == TW_OK && i < r.t.n_rows; i++)
        CHECK(value(&r, i, 0) == (double)(i / 4));
    tw_buf_release(&b);
    tw_arena_release(&r.arena);
}

TEST(gaps_in_time_cut_a_series_into_segments)
{
    struct tw_trial_config c = { .time = "t_ms" };
    const char *text = "t_ms,v\n0,1\n250,2\n500,3\n1000,4\n1250,5\n9000,6\n";
    struct result r = read_text(text, c);

    CHECK(r.st == TW_OK);
    CHECK_NEAR(r.t.period_s, 0.25, 1e-12);
    CHECK(r.t.n_segments == 3);
    CHECK(r.t.segments[0].n == 3 && r.t.segments[1].n == 2 &&
          r.t.segments[2].n == 1 && r.t.segments[2].first == 5);
    tw_arena_release(&r.arena);
    c.gap = 2;
    r = read_text(text, c);
    CHECK(r.st == TW_OK && r.t.n_segments == 2);
    tw_arena_release(&r.arena);
    c.gap = 0.5;
    r = read_text(text, c);
    CHECK(r.st == TW_EINVAL);
    tw_arena_release(&r.arena);
}

TEST(date_times_are_a_time_column)
{
    struct result r = read_text("date;v\n2016-07-01 00:00:00;1\n"
                                "2016-07-01 01:00:00;2\n"
                                "2016-07-01 02:00:00;3\n",
                                (struct tw_trial_config){ .time = "date" });

    CHECK(r.st == TW_OK);
    CHECK_NEAR(r.t.period_s, 3600, 0);
    CHECK_NEAR(r.t.time[0], 1467331200, 0);
    tw_arena_release(&r.arena);
    check_fails("date,v\n2016-07-01,1\n12,2\n",
                (struct tw_trial_config){ .time = "date" },
                "a.csv:3: column 'date': '12' is not a date and time");
    check_fails("date,v\n5,1\n2016-07-01,2\n",
                (struct tw_trial_config){ .time = "date" },
                "a.csv:3: column 'date': '2016-07-01' is not a number");
    check_fails("date,v\n5,1\n,2\n", (struct tw_trial_config){ .time = "date" },
                "a.csv:3: column 'date': '' is not a number");
}

TEST(without_a_time_column_rows_are_counted)
{
    struct result r = read_text("v\n1\n5\n2\n", (struct tw_trial_config){ 0 });

    CHECK(r.st == TW_OK && r.t.n_segments == 1);
    CHECK_NEAR(r.t.period_s, 1, 0);
    CHECK_NEAR(r.t.time[2], 2, 0);
    CHECK(strcmp(r.t.series[0], "a") == 0); /* of a.csv */
    tw_arena_release(&r.arena);
}

TEST(time_that_goes_back_is_an_error_and_equal_time_is_counted)
{
    static const char *const keys[] = { "s" };
    struct tw_trial_config c = { .time = "t", .series = keys, .n_series = 1 };
    struct result r =
        read_text("s,t,v\nx,0,1\nx,1,2\nx,1,3\ny,0,4\nx,2,5\n", c);

    CHECK(r.st == TW_OK && r.t.n_rows == 4 && r.t.n_duplicates == 1);
    CHECK_NEAR(value(&r, 1, 0), 2, 0);
    CHECK_NEAR(value(&r, 2, 0), 5, 0);
    tw_arena_release(&r.arena);
    check_fails("s,t,v\nx,0,1\nx,2,2\ny,1,0\nx,1.5,3\n", c,
                "a.csv:5: column 't': time goes back by 0.5 s inside series "
                "'x'");
}

TEST(times_that_a_double_cannot_tell_apart_are_no_duplicates)
{
    struct result r = read_text("t_ns,v\n1767225600000000000,1\n"
                                "1767225600250000000,2\n"
                                "1767225600250000000,3\n",
                                (struct tw_trial_config){ .time = "t_ns" });

    CHECK(r.st == TW_OK && r.t.n_rows == 2 && r.t.n_duplicates == 1);
    CHECK_NEAR(r.t.time[1], 1767225600.25, 0);
    tw_arena_release(&r.arena);
    check_fails(
        "t_ns,v\n1767225600000000200,1\n1767225600000000300,2\n",
        (struct tw_trial_config){ .time = "t_ns" },
        "a.csv:3: column 't_ns': '1767225600000000300' is too near to "
        "the time of the row before; count from the start of the trial");
    check_fails("t,v\n2026-01-01T00:00:00.0000001Z,1\n"
                "2026-01-01T00:00:00.00000011Z,2\n",
                (struct tw_trial_config){ .time = "t" },
                "a.csv:3: column 't': '2026-01-01T00:00:00.00000011Z' is too "
                "near to the time of the row before; count from the start of "
                "the trial");
    r = read_text("t,v\n1.5,1\n1.50,2\n", /* one time, written twice */
                  (struct tw_trial_config){ .time = "t" });
    CHECK(r.st == TW_OK && r.t.n_duplicates == 1);
    tw_arena_release(&r.arena);
}

TEST(a_second_clock_is_no_counter_unless_it_is_named)
{
    struct tw_buf b;
    struct result r;
    struct tw_trial_column named = { .name = "epoch_ms" };
    struct tw_trial_config c = { .time = "t" };

    tw_buf_init(&b, 1u << 16);
    tw_buf_adds(&b, "t,epoch_ms,v\n");
    for (int i = 0; i < 20; i++)
        tw_buf_addf(&b, "%d,%d,%d\n", i * i, 1000 * i * i + 17, i);
    read_with(&r, tw_buf_text(&b), b.len, c);
    CHECK(r.st == TW_OK && r.t.n_counters == 1 && r.t.n_left_out == 1);
    CHECK(r.t.left_out[0].reason == TW_TRIAL_CLOCK);
    tw_arena_release(&r.arena);
    c.counters = &named;
    c.n_counters = 1;
    read_with(&r, tw_buf_text(&b), b.len, c);
    CHECK(r.st == TW_OK && r.t.n_counters == 1 && r.t.n_left_out == 0);
    tw_arena_release(&r.arena);
    tw_buf_release(&b);
}

TEST(values_out_of_the_schemas_range_are_refused)
{
    struct tw_trial_column mcs = { .name = "mcs",
                                   .unit = "index",
                                   .max = 28,
                                   .has_min = true,
                                   .has_max = true };
    struct result r = read_text(
        "x,mcs\n1,0\n1,28\n1,29\n1,-1\n1,2147483647\n",
        (struct tw_trial_config){ .counters = &mcs, .n_counters = 1 });

    CHECK(r.st == TW_OK && r.t.n_refused == 3);
    CHECK(r.t.n_counters == 1 && r.t.counters[0].n_missing == 3);
    CHECK(strcmp(r.t.counters[0].unit, "index") == 0);
    CHECK_NEAR(r.t.counters[0].max, 28, 0);
    CHECK_NEAR(r.t.counters[0].seen_max, 28, 0);
    tw_arena_release(&r.arena);
}

TEST(several_files_are_one_trial)
{
    static const char *const keys[] = { "s" }, *const files[] = { "a.csv",
                                                                  "b.csv" };
    struct tw_trial_config c = {
        .files = files, .n_files = 2, .time = "t", .series = keys, .n_series = 1
    };
    const char *second = "v,s,t\n30,x,2\n40,y,0\n";
    struct result r;

    put_file(path_b, second, strlen(second));
    r = read_text("s,t,v\nx,0,10\nx,1,20\n", c);
    CHECK(r.st == TW_OK && r.t.n_series == 2 && r.t.n_rows == 4);
    CHECK_NEAR(value(&r, 2, 0), 30, 0);
    CHECK_NEAR(value(&r, 3, 0), 40, 0);
    tw_arena_release(&r.arena);
    c.n_series = 0;
    r = read_text("s,t,v\nx,0,10\nx,1,20\n", c);
    CHECK(r.st == TW_EFORMAT); /* y is back in time: one series per file */
    tw_arena_release(&r.arena);
    second = "w,s,t\n30,x,2\n";
    put_file(path_b, second, strlen(second));
    check_fails("s,t,v\nx,0,10\n", c,
                "b.csv:1: no column 'v', the nearest is 'w'");
}

TEST(dialects_are_found_out)
{
    static const char *const texts[] = {
        "t;v\n0;1\n1;2\n",
        "t\tv\n0\t1\n1\t2\n",
        "\xEF\xBB\xBFt,v\r\n0,1\r\n1,2\r\n",
        "\"t\",\"v\"\n\"0\",\"1\"\n\n1,2",
        " t , v \n 0, 1\n1 ,2\n",
        "t|v||\n0|1||\n1|2||\n",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct result r =
            read_text(texts[i], (struct tw_trial_config){ .time = "t" });

        CHECK(r.st == TW_OK && r.t.n_counters == 1 && r.t.n_rows == 2);
        if (r.st == TW_OK)
            CHECK_NEAR(value(&r, 1, 0), 2, 0);
        tw_arena_release(&r.arena);
    }
}

TEST(lines_that_hold_no_row_are_passed_over)
{
    static const char *const texts[] = {
        "t;v\n0;1\n1;2\n#eof\n", /* srsRAN 4G */
        "t;v\n0;1\n1;2\n#eof",   /* killed before its newline */
        "t,v\r\n0,1\r\n1,2\r\n\r\n# end of file\r\n",
        "t\tv\n0\t1\n1\t2\n#EOF\n#2 rows\n",
        "t;v\n0;1\n#eof\n1;2\n#eof\n", /* started again */
        "t,v\n0,1\n1,2\n#eof,\n",      /* saved by a spreadsheet */
        "# drive test, cell 12\nt,v\n0,1\n1,2\n",
        "\xEF\xBB\xBF# a\r\n#\r\n\r\nt;v\r\n0;1\r\n1;2\r\n",
        "#,;|\n# a;b\nt,v\n0,1\n1,2\n",
        "t,v\n0,1\n#\n1,2\n",
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        struct result r =
            read_text(texts[i], (struct tw_trial_config){ .time = "t" });

        if (r.st != TW_OK)
            printf("# %zu: %s\n", i, r.err.msg);
        CHECK(r.st == TW_OK && r.t.n_counters == 1 && r.t.n_rows == 2);
        if (r.st == TW_OK)
            CHECK_NEAR(value(&r, 1, 0), 2, 0);
        tw_arena_release(&r.arena);
    }
}

TEST(what_only_begins_like_a_remark_is_read)
{
    struct tw_trial_config by_t = { .time = "t" };
    struct result r = read_text("# note\n#t,v\n0,1\n1,2\n",
                                (struct tw_trial_config){ .time = "#t" });

    CHECK(r.st == TW_OK && r.t.n_rows == 2);
    tw_arena_release(&r.arena);
    r = read_text("v,w\n1,3\n#N/A,\n2,4\n", (struct tw_trial_config){ 0 });
    CHECK(r.st == TW_OK && r.t.n_rows == 3 && r.t.n_counters == 2);
    tw_arena_release(&r.arena);
    check_fails("t,v\n0,1\n\"#eof\"\n", by_t,
                "a.csv:3: 1 fields, the header has 2");
    check_fails("# x\n\n# y\nt,v\n0,1\n1\n", by_t,
                "a.csv:6: 1 fields, the header has 2");
    check_fails("# x\nt,v\n0,1\n", (struct tw_trial_config){ .time = "s" },
                "a.csv:2: no column 's', the nearest is 't'");
}

TEST(a_table_that_is_another_file_is_named)
{
    struct tw_trial_config by_t = { .time = "t" };

    check_fails("version https://git-lfs.github.com/spec/v1\n"
                "oid sha256:00\nsize 12\n",
                by_t,
                "cannot read 'a.csv': it is a Git LFS pointer, not the file: "
                "run 'git lfs pull'");
    check_fails("<html><head>\n<title>404, not found</title>\n", by_t,
                "cannot read 'a.csv': it is a page of HTML: the download "
                "failed");
}

TEST(errors_name_file_line_and_column)
{
    static const struct tw_trial_column named = { .name = "dl_brate" };
    struct tw_trial_config plain = { 0 },
                           c = { .counters = &named, .n_counters = 1 };

    check_fails("t,dl_brate\n0,1\n1,abc\n", c,
                "a.csv:3: column 'dl_brate': 'abc' is not a number");
    check_fails("t,dl_brate_mbps\n0,1\n", c,
                "a.csv:1: no column 'dl_brate', the nearest is "
                "'dl_brate_mbps'");
    check_fails("dl_brate,dl_brate\n0,1\n", c,
                "a.csv:1: column 'dl_brate' occurs twice");
    check_fails("a,b\n1,2\n3\n", plain, "a.csv:3: 1 fields, the header has 2");
    check_fails("a,b\n1,2\n3,4,5\n", plain,
                "a.csv:3: 3 fields, the header has 2");
    check_fails("", plain, "a.csv: no header, the file is empty");
    check_fails("a,b\n", plain, "a.csv: no rows");
    check_fails("a,b\nx,y\n", plain,
                "a.csv: no column holds numbers; 'a' has text in some row (a "
                "decimal comma, a unit?); 'b' has text in some row (a decimal "
                "comma, a unit?)");
    check_fails("a,b\n-,\n", plain,
                "a.csv: no column holds numbers; 'a' has no value; 'b' has no "
                "value");
    check_fails("t,dl_brate\n\"multi\nline\",1\n1,\x1b[31m\n", c,
                "a.csv:4: column 'dl_brate': '?[31m' is not a number");
}

TEST(broken_quotes_are_an_error_with_a_line)
{
    struct result r =
        read_text("a,b\n1,2\n\"3,4\n", (struct tw_trial_config){ 0 });

    CHECK(r.st == TW_EFORMAT);
    CHECK(strncmp(r.err.msg, "a.csv:3", 7) == 0);
    tw_arena_release(&r.arena);
}

TEST(a_missing_file_is_named)
{
    static const char *const files[] = { "nowhere.csv" };
    struct result r =
        read_text("", (struct tw_trial_config){ .files = files, .n_files = 1 });

    CHECK(r.st == TW_EIO);
    CHECK(strstr(r.err.msg, "nowhere.csv") != NULL);
    tw_arena_release(&r.arena);
}

TEST(mangled_files_are_refused_or_read_but_never_harm)
{
    static const char whole[] = "s,t,v,\"w\"\na,0,1,2\na,1,\"2\",nan\n"
                                "b,0,3.5,-\nb,9,1e5,4\n";
    static const char *const keys[] = { "s" };
    struct tw_rng rng = tw_rng_seeded(11);
    struct tw_trial_config c = { .time = "t", .series = keys, .n_series = 1 };

    for (int i = 0; i < 400; i++) {
        char text[sizeof(whole)];
        size_t n = sizeof(whole) - 1;
        struct result r;

        memcpy(text, whole, sizeof(whole));
        for (int k = 0; k < 3; k++)
            text[tw_rng_below(&rng, n)] = (char)tw_rng_below(&rng, 256);
        n = tw_rng_below(&rng, n + 1);
        read_with(&r, text, n, c);
        CHECK(r.st == TW_OK || r.err.msg[0] != '\0');
        if (r.st == TW_OK)
            CHECK(r.t.n_rows > 0 && r.t.n_counters > 0);
        tw_arena_release(&r.arena);
    }
}

TEST(reading_survives_every_lack_of_memory)
{
    struct tw_buf b;
    int n_failed = 0;

    tw_buf_init(&b, 1u << 22);
    tw_buf_adds(&b, "t,v,w\n");
    for (int i = 0; i < 3000; i++)
        tw_buf_addf(&b, "%d,%d,%d\n", i, i % 7, i % 3);
    put_file(path_a, tw_buf_text(&b), b.len);
    for (size_t limit = 0;; limit += 10000) {
        struct tw_arena a;
        struct tw_trial t;
        struct tw_trial_config c = { .files = &path_a,
                                     .n_files = 1,
                                     .time = "t" };

        tw_arena_init(&a, limit);
        enum tw_status st = tw_trial_read(&t, &a, &c, NULL);
        tw_arena_release(&a);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM || st == TW_ELIMIT);
        n_failed++;
    }
    CHECK(n_failed > 5);
    tw_buf_release(&b);
}

/* Reads a file of the shared data; false when it is not there. */
static bool read_shared(struct result *r, const char *name,
                        struct tw_trial_config c)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];
    const char *files[] = { path };

    memset(r, 0, sizeof(*r));
    snprintf(path, sizeof(path), "%s/data/trials/%s", shared ? shared : "",
             name);
    if (!shared || !tw_file_exists(path)) {
        test_skip("shared data absent");
        return false;
    }
    tw_arena_init(&r->arena, (size_t)512 << 20);
    c.files = files;
    c.n_files = 1;
    r->st = tw_trial_read(&r->t, &r->arena, &c, &r->err);
    if (r->st != TW_OK)
        printf("# %s\n", r->err.msg);
    CHECK(r->st == TW_OK);
    return r->st == TW_OK;
}

/* Every value comes back from scaling to a millionth. */
static void check_scaling(const struct tw_trial *t)
{
    size_t n_wrong = 0;

    for (size_t k = 0; k < t->n_counters; k++) {
        struct tw_scale s;

        tw_scale_fit(&s, t, k);
        for (size_t r = 0; r < t->n_rows; r++) {
            double x = t->values[r * t->n_counters + k];
            double back = tw_scale_inverse(&s, tw_scale_forward(&s, x));

            /* Zero has no relative error: a millionth of the deviation. */
            double bound = 1e-6 * (x != 0 ? fabs(x) : s.scale);
            n_wrong += !(fabs(back - x) <= bound);
            n_wrong += !(fabs(tw_scale_restore(&s, tw_scale_forward(&s, x)) -
                              x) <= bound);
        }
    }
    CHECK(n_wrong == 0);
}

TEST(the_field_trial_of_one_ue_is_read_as_it_is)
{
    static const char *const keys[] = { "series_id", "segment" };
    struct result r;

    if (!read_shared(&r, "tractor_single_ue.csv",
                     (struct tw_trial_config){
                         .time = "t_ms", .series = keys, .n_series = 2 }))
        return;
    CHECK(r.t.n_rows == 103883 && r.t.n_series == 80);
    CHECK(r.t.n_counters == 20 && r.t.n_left_out == 2);
    CHECK_NEAR(r.t.period_s, 0.25, 1e-9);
    size_t cqi = tw_trial_counter_find(&r.t, "dl_cqi");
    CHECK(cqi < r.t.n_counters);
    CHECK_NEAR(r.t.counters[cqi].seen_min, 0.1, 0);
    CHECK(tw_trial_counter_find(&r.t, "timestamp_ms") == r.t.n_counters);
    check_scaling(&r.t);
    tw_arena_release(&r.arena);
}

TEST(the_hourly_set_is_read_as_it_is)
{
    struct result r;

    if (!read_shared(&r, "etth1.csv",
                     (struct tw_trial_config){ .time = "date" }))
        return;
    CHECK(r.t.n_rows == 17420 && r.t.n_counters == 7 && r.t.n_segments == 1);
    CHECK_NEAR(r.t.period_s, 3600, 0);
    CHECK_NEAR(value(&r, 0, 0), 5.827000141143799, 0);
    check_scaling(&r.t);
    tw_arena_release(&r.arena);
}

static void config_hash(const struct tw_trial_config *c,
                        char hex[TW_HASH_HEX_SIZE])
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_trial_config_hash(&h, c);
    tw_hash_hex(&h, hex);
}

/* The files' names are left out: their bytes are hashed by whoever reads. */
TEST(every_setting_but_the_files_changes_the_hash)
{
    static const char *const files[] = { "a.csv" }, *const keys[] = { "cell" };
    struct tw_trial_column col[7];
    struct tw_trial_config c[15];
    char hex[15][TW_HASH_HEX_SIZE];
    size_t n = 0;

    for (size_t i = 0; i < 7; i++)
        col[i] = (struct tw_trial_column){ .name = "x", .unit = "ms" };
    for (size_t i = 0; i < 15; i++)
        c[i] = (struct tw_trial_config){ .counters = &col[0], .n_counters = 1 };
    c[n++].files = NULL; /* as it is */
    c[n++].time = "t";
    c[n++].time_unit_s = 1;
    c[n].series = keys;
    c[n++].n_series = 1;
    c[n++].delim = ';';
    c[n++].n_counters = 0;
    c[n++].gap = 2;
    c[n++].written = true;
    for (size_t i = 1; i < 7; i++)
        c[n++].counters = &col[i];
    col[1].name = "y";
    col[2].unit = "s";
    col[3].min = 1;
    col[4].max = 1;
    col[5].has_min = true;
    col[6].has_max = true;
    for (size_t i = 0; i < n; i++) {
        config_hash(&c[i], hex[i]);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(hex[i], hex[j]) != 0);
    }
    c[n] = c[0];
    c[n].files = files;
    c[n].n_files = 1;
    config_hash(&c[n], hex[n]);
    CHECK(n == 14 && strcmp(hex[n], hex[0]) == 0);
}

static void run_all(void)
{
    RUN(a_table_becomes_a_trial);
    RUN(series_may_alternate_and_are_grouped);
    RUN(many_series_are_told_apart);
    RUN(gaps_in_time_cut_a_series_into_segments);
    RUN(date_times_are_a_time_column);
    RUN(without_a_time_column_rows_are_counted);
    RUN(time_that_goes_back_is_an_error_and_equal_time_is_counted);
    RUN(times_that_a_double_cannot_tell_apart_are_no_duplicates);
    RUN(a_second_clock_is_no_counter_unless_it_is_named);
    RUN(values_out_of_the_schemas_range_are_refused);
    RUN(several_files_are_one_trial);
    RUN(dialects_are_found_out);
    RUN(lines_that_hold_no_row_are_passed_over);
    RUN(what_only_begins_like_a_remark_is_read);
    RUN(a_table_that_is_another_file_is_named);
    RUN(errors_name_file_line_and_column);
    RUN(broken_quotes_are_an_error_with_a_line);
    RUN(a_missing_file_is_named);
    RUN(mangled_files_are_refused_or_read_but_never_harm);
    RUN(reading_survives_every_lack_of_memory);
}

TEST_MAIN(RUN(every_setting_but_the_files_changes_the_hash);
          RUN(the_field_trial_of_one_ue_is_read_as_it_is);
          RUN(the_hourly_set_is_read_as_it_is); run_all(); unlink(path_a);
          unlink(path_b);)
