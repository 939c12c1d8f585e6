/*
 * cases_kit.h - a folder with a specification, a trial and windows in memory,
 * and the real jail: for the tests of cases and of the writer.
 */
#ifndef TW_TESTS_CASES_KIT_H
#define TW_TESTS_CASES_KIT_H

#include "base/file.h"
#include "cases/cases.h"
#include "test.h"
#include "test_dir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 200 };

struct kit {
    char dir[TEST_DIR_MAX];
    struct tw_arena a;
    struct tw_err err;
    struct tw_jail *jail;
    struct tw_spec spec;
    struct tw_trial trial;
    struct tw_trial_counter counters[2];
    struct tw_trial_segment segment;
    const char *series[1];
    double values[ROWS * 2];
    double windows[2 * 2 * 32];
    const char *names[2];
    struct tw_case_synth synth;
    const struct tw_trial *trials[2];
    const struct tw_case_synth *synths[2];
    struct tw_case_source source; /* of the first test */
    struct tw_cases cases;
};

/* A reference: the largest step from one element to the next. */
static const char step_py[] = "def step(x):\n"
                              "    best = 0\n"
                              "    for a, b in zip(x, x[1:]):\n"
                              "        if b - a > best:\n"
                              "            best = b - a\n"
                              "    return best\n";

static char *kit_path(struct kit *k, const char *name)
{
    return tw_file_join(&k->a, k->dir, name);
}

static void kit_put(struct kit *k, const char *name, const char *text)
{
    CHECK(tw_file_write(kit_path(k, name), text, strlen(text), &k->err) ==
          TW_OK);
}

static void fill_trial(struct kit *k)
{
    for (size_t i = 0; i < ROWS; i++) {
        k->values[2 * i] = (double)((i * 37) % 100) / 2.0;
        k->values[2 * i + 1] = (double)((i * 11) % 60) / 2.0;
    }
    for (size_t i = 0; i < 2 * 2 * 32; i++)
        k->windows[i] = (double)((i * 29) % 90) / 2.0;
    k->counters[0] = (struct tw_trial_counter){ .name = "thp",
                                                .unit = "",
                                                .min = 0,
                                                .max = (double)INFINITY,
                                                .seen_min = 0,
                                                .seen_max = 49.5 };
    k->counters[1] = k->counters[0];
    k->counters[1].name = "load";
    k->segment = (struct tw_trial_segment){ 0, 0, ROWS };
    k->series[0] = "cell";
    k->trial = (struct tw_trial){ .counters = k->counters,
                                  .n_counters = 2,
                                  .series = k->series,
                                  .n_series = 1,
                                  .values = k->values,
                                  .n_rows = ROWS,
                                  .segments = &k->segment,
                                  .n_segments = 1 };
    k->names[0] = "thp";
    k->names[1] = "load";
    k->synth = (struct tw_case_synth){ .x = k->windows,
                                       .n = 2,
                                       .K = 2,
                                       .L = 32,
                                       .counters = k->names,
                                       .label = "cluster 1" };
    k->trials[0] = &k->trial;
    k->synths[0] = &k->synth;
}

static bool kit_start(struct kit *k, const char *spec)
{
    memset(k, 0, sizeof(*k));
    tw_arena_init(&k->a, 256u << 20);
    if (tw_jail_open(&k->jail, false, &k->err) != TW_OK) {
        test_skip("no jail here: %s", k->err.msg);
        return false;
    }
    fill_trial(k);
    CHECK(test_dir_make(k->dir));
    kit_put(k, "trial.csv", "thp,load\n");
    kit_put(k, "kpi.py",
            "def is_low(v):\n    return v < 10\n\n\ndef is_high(v):\n"
            "    return v >= 30\n");
    kit_put(k, "step.py", step_py);
    kit_put(k, "s.toml", spec);
    enum tw_status st =
        tw_spec_load(&k->spec, &k->a, kit_path(k, "s.toml"), NULL, 0, &k->err);
    CHECK(st == TW_OK);
    k->source = (struct tw_case_source){ .spec = &k->spec,
                                         .test = k->spec.tests,
                                         .trials = k->trials,
                                         .synths = k->synths };
    return st == TW_OK;
}

static void kit_stop(struct kit *k)
{
    static const char *const names[] = { "trial.csv",
                                         "s.toml",
                                         "kpi.py",
                                         "step.py",
                                         "scripts/test_T.py",
                                         "scripts/test_T+new.py",
                                         "rejected/rejected_T.py.txt" };
    for (size_t i = 0; k->dir[0] && i < TW_ARRAY_LEN(names); i++)
        unlink(kit_path(k, names[i]));
    if (k->dir[0]) {
        rmdir(kit_path(k, "scripts"));
        rmdir(kit_path(k, "rejected"));
        rmdir(k->dir);
    }
    tw_jail_close(k->jail);
    tw_arena_release(&k->a);
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

#endif /* TW_TESTS_CASES_KIT_H */
