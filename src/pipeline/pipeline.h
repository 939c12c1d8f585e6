/*
 * pipeline.h - the whole way, resumable: data, generator, samples, fidelity,
 * tests, report.
 *
 * A run has a folder: run.db (the journal), generator-NAME.gguf, scripts/
 * (accepted ones only), rejected/, findings/, run.json, report.html, junit.xml.
 * Each step's result stands in the journal under a hash of everything it
 * depends on; a step whose hash is there already is not done again, and a run
 * that was killed goes on where it stopped.
 */
#ifndef TW_PIPELINE_PIPELINE_H
#define TW_PIPELINE_PIPELINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_pipeline_data { /* --data NAME=FILE */
    const char *name;
    const char *file;
};

struct tw_pipeline_config {
    const char *project; /* project or specification file */
    const char *out;     /* run folder; NULL: "run" beside the project */
    const struct tw_pipeline_data *data;
    size_t n_data;
    const char *model;       /* NULL: the project's, else "builtin" */
    int64_t seed;            /* -1: the project's */
    int64_t candidates;      /* 0: the project's */
    const char *const *only; /* test ids; n_only 0: all */
    size_t n_only;
    bool no_generator; /* no Stage I: recorded and edge inputs only */
    bool allow_weak;
    bool (*stop)(void); /* ends programs that run; NULL: nothing does */
    const char *version;
    struct tw_backend *be;
    const struct tw_progress *progress;
    /* A line for people about what was done or reused; may be NULL. */
    void (*say)(void *ctx, const char *line);
    void *say_ctx;
};

struct tw_pipeline_result {
    size_t n_tests, n_accepted;
    size_t n_weak;         /* accepted ones among them whose evidence is weak */
    size_t n_invalid;      /* tests that cannot be run; the others were */
    struct tw_err invalid; /* why the first of them cannot */
    size_t n_steps, n_reused;
    char report[4096];  /* path of report.html */
    struct tw_buf json; /* run.json; release it */
};

/* TW_OK also when tests were rejected; n_tests 0: nothing selected. */
enum tw_status tw_pipeline_run(const struct tw_pipeline_config *c,
                               struct tw_pipeline_result *r,
                               struct tw_err *err) TW_NODISCARD;

/* Make report.html and junit.xml of a run folder again from its run.json. */
enum tw_status tw_pipeline_report(const char *dir, char report[4096],
                                  struct tw_err *err) TW_NODISCARD;

/* New counters for the function of an accepted script. */
enum { TW_APPLY_WORDS_MAX = 160 };
struct tw_pipeline_apply {
    const char *script;       /* path, as a run wrote it */
    const char *data;         /* path of a CSV file */
    const char *const *words; /* options that the script understands:
                               * writer/pytest_apply.py */
    size_t n_words;
    bool json;
    bool allow_weak;
    bool (*stop)(void); /* ends programs that run; NULL: nothing does */
};
/* out: the windows that fail, a line each (or one JSON document), as the script
 * said it, untrusted; *fails: are there any?  A file without a window to judge
 * is TW_EFORMAT. */
enum tw_status tw_pipeline_apply(const struct tw_pipeline_apply *c,
                                 struct tw_buf *out, bool *fails,
                                 struct tw_err *err) TW_NODISCARD;

/* What a run would do: a line per step with "done" or an estimate in seconds
 * from a short measurement on this machine (a few training steps, a few
 * tokens). */
enum tw_status tw_pipeline_plan(const struct tw_pipeline_config *c,
                                struct tw_buf *text, bool json,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_PIPELINE_PIPELINE_H */
