/*
 * writer_bench.h - a folder with a specification, a trial in memory, a model
 * that is a list of answers, and the real jail: for the tests of the writer.
 */
#ifndef TW_TESTS_WRITER_BENCH_H
#define TW_TESTS_WRITER_BENCH_H

#include "base/file.h"
#include "fake_llm.h"
#include "python/pyrun.h"
#include "test.h"
#include "test_dir.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 200 };

struct bench {
    char dir[TEST_DIR_MAX];
    struct tw_arena a;
    struct tw_err err;
    struct tw_jail *jail;
    struct tw_llm llm;
    struct tw_spec spec;
    struct tw_trial trial;
    struct tw_trial_counter counters[2];
    struct tw_trial_segment segment;
    const char *series[1];
    double values[ROWS * 2];
    double synth[2 * 2 * 32];
    struct tw_writer_result r;
};

static char *path_of(struct bench *b, const char *name)
{
    return tw_file_join(&b->a, b->dir, name);
}

static void put(struct bench *b, const char *name, const char *text)
{
    CHECK(tw_file_write(path_of(b, name), text, strlen(text), &b->err) ==
          TW_OK);
}

static void fill_trial(struct bench *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        b->values[2 * i] = (double)((i * 37) % 100) / 2.0;
        b->values[2 * i + 1] = (double)((i * 11) % 60) / 2.0;
    }
    for (size_t i = 0; i < 2 * 2 * 32; i++)
        b->synth[i] = (double)((i * 29) % 90) / 2.0;
    b->counters[0] = (struct tw_trial_counter){ .name = "thp",
                                                .unit = "",
                                                .min = 0,
                                                .max = (double)INFINITY,
                                                .seen_min = 0,
                                                .seen_max = 49.5 };
    b->counters[1] = b->counters[0];
    b->counters[1].name = "load";
    b->segment = (struct tw_trial_segment){ 0, 0, ROWS };
    b->series[0] = "cell";
    b->trial = (struct tw_trial){ .counters = b->counters,
                                  .n_counters = 2,
                                  .series = b->series,
                                  .n_series = 1,
                                  .values = b->values,
                                  .n_rows = ROWS,
                                  .segments = &b->segment,
                                  .n_segments = 1 };
}

static bool start(struct bench *b, const char *spec)
{
    memset(b, 0, sizeof(*b));
    tw_arena_init(&b->a, 256u << 20);
    fill_trial(b);
    CHECK(test_dir_make(b->dir));
    put(b, "trial.csv", "thp,load\n");
    put(b, "kpi.py",
        "def is_low(v):\n    return v < 10\n\n\ndef is_high(v):\n"
        "    return v >= 30\n");
    put(b, "s.toml", spec);
    enum tw_status st =
        tw_spec_load(&b->spec, &b->a, path_of(b, "s.toml"), NULL, 0, &b->err);
    if (st == TW_OK)
        st = tw_jail_open(&b->jail, false, &b->err);
    CHECK(st == TW_OK);
    if (st != TW_OK)
        printf("# %s\n", b->err.msg);
    return st == TW_OK;
}

static void stop(struct bench *b)
{
    static const char *const names[] = { "trial.csv", "s.toml", "kpi.py",
                                         "test_T.py", "test_T.new.py" };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        unlink(path_of(b, names[i]));
    rmdir(b->dir);
    tw_jail_close(b->jail);
    tw_arena_release(&b->a);
}

static enum tw_status run(struct bench *b, const char *const *answers, size_t n)
{
    static const char *const counters[] = { "thp", "load" };
    struct tw_writer_synth synth = { .x = b->synth,
                                     .n = 2,
                                     .K = 2,
                                     .L = 32,
                                     .counters = counters,
                                     .label = "cluster 1" };
    const struct tw_trial *trials[2] = { &b->trial, NULL };
    const struct tw_writer_synth *synths[2] = { &synth, NULL };
    b->llm.answers = answers;
    b->llm.n = n;
    struct tw_writer_env env = { .jail = b->jail,
                                 .llm = &b->llm,
                                 .n_candidates = n,
                                 .temperature = -1,
                                 .top_p = -1,
                                 .seed = 1,
                                 .version = "0.0.0" };
    struct tw_writer_input in = { .spec = &b->spec,
                                  .test = &b->spec.tests[0],
                                  .trials = trials,
                                  .synths = synths };
    enum tw_status st = tw_writer_test(&env, &in, &b->a, &b->r, &b->err);
    if (st != TW_OK)
        printf("# %s\n", b->err.msg);
    return st;
}

static void show(const struct tw_writer_result *r)
{
    printf("# status %s: %s\n", tw_writer_status_name(r->status), r->cause);
    for (size_t i = 0; i < r->n_cases; i++)
        printf("# %s%s | %s -> %.60s | %s\n", r->cases[i].in_prompt ? "*" : " ",
               tw_case_origin_name(r->cases[i].origin), r->cases[i].call,
               r->cases[i].want_text, r->cases[i].reason);
    for (size_t i = 0; i < r->n_candidates; i++)
        printf("# candidate %zu: %s, %zu passed, %s\n", i,
               tw_loss_name(r->candidates[i].loss), r->candidates[i].n_passed,
               r->candidates[i].cause);
}

/* Run the emitted script in the jail: its exit status. */
static int run_script(struct bench *b, const char *script)
{
    static const char kpi[] = "def is_low(v):\n    return v < 10\n";
    struct tw_jail_file files[2] = {
        { "script.py", script, strlen(script) },
        { "kpi.py", kpi, strlen(kpi) },
    };
    const char *argv[] = { tw_py_interpreter(), "script.py", NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 2,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result res;
    tw_jail_result_init(&res);
    CHECK(tw_jail_run(b->jail, &s, &res, &b->err) == TW_OK);
    if (res.exit_code != 0)
        printf("# exit %d, %zu bytes of output\n", res.exit_code, res.out.len);
    int code = res.exit_code;
    tw_jail_result_release(&res);
    return code;
}

#define HEAD                                      \
    "spec = 1\n[data.t]\nfiles = \"trial.csv\"\n" \
    "[[test]]\nid = \"T\"\n"                      \
    "description = \"\"\"Is it low? Below 10.\n"  \
    "It's \\\"\\\"\\\" quoted. \\u2028 \\\\ \"\"\"\n"
#define IS_LOW                                   \
    HEAD "call = \"is_low(v: float) -> bool\"\n" \
         "inputs.v = { data = \"t\", counter = \"thp\" }\n"
#define EXPR "[[test.oracle]]\nkind = \"expr\"\nexpect = \"v < 10\"\n"

#endif /* TW_TESTS_WRITER_BENCH_H */
