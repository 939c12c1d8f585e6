/*
 * pipe_priv.h - the state of a run while it goes on, and its stages.
 */
#ifndef TW_PIPELINE_PIPE_PRIV_H
#define TW_PIPELINE_PIPE_PRIV_H

#include "pipeline/pipeline.h"

#include "base/hash.h"
#include "jail/jail.h"
#include "llm/llm.h"
#include "spec/spec.h"
#include "store/store.h"
#include "synth/gen.h"
#include "trial/trial.h"
#include "trial/window.h"
#include "writer/writer.h"

enum { PIPE_DATA_MAX = 64, PIPE_TESTS_MAX = 4096 };

/* One data set that tests use; several specifications may share it. */
struct pipe_data {
    const struct tw_spec_data *spec;
    struct tw_trial trial;
    struct tw_windows windows;
    struct tw_clusters clusters;
    bool has_windows;
    bool has_generator;             /* fitted, or found in the run folder */
    bool wants_samples;             /* a test asks for synthetic inputs */
    char key[TW_HASH_HEX_SIZE];     /* of the trial and how it was read */
    char fit_key[TW_HASH_HEX_SIZE]; /* of the generator */
    char sample_key[TW_HASH_HEX_SIZE];
    const char *generator_path;
    const char *fit_json; /* run.json: generator */
    struct tw_gen *gen;   /* opened when it is needed */
    float *samples;       /* (n_samples, K, L), scaled */
    size_t n_samples;
    struct tw_case_synth synth; /* the same, restored */
    const char *tsne_json;
    const char *fidelity_json;
};

struct pipe_test {
    const struct tw_spec *spec;
    const struct tw_spec_test *test;
    const char *step; /* "test/SUITE/ID" */
    const char *json; /* run.json: an element of tests */
    bool accepted;
};

struct pipe {
    const struct tw_pipeline_config *c;
    struct tw_pipeline_result *r;
    struct tw_arena arena;
    struct tw_project project;
    struct tw_store *store;
    struct tw_jail *jail;
    struct tw_llm *llm;
    const char *dir;
    const char *model;
    uint64_t seed;
    struct pipe_data data[PIPE_DATA_MAX];
    size_t n_data;
    struct pipe_test *tests;
    size_t n_tests;
    struct tw_buf search_code;                   /* as in struct tw_case_env */
    double fit_s, sample_s, fidelity_s, tests_s; /* of this run */
};

/* pipe.c: what all stages use. */
void tw_pipe_say(struct pipe *p, const char *fmt, ...) TW_PRINTF(2, 3);
/* Copy of a buffer's text in the run's arena; NULL when it is full. */
const char *tw_pipe_keep(struct pipe *p, const struct tw_buf *b);
/* The step of the journal, counted; a damaged one is said and not found. */
enum tw_status tw_pipe_get(struct pipe *p, const char *step, const char *key,
                           struct tw_buf *b, bool *found, struct tw_err *err);
/* The journal's payload of a step as text in the arena, or NULL in *text. */
enum tw_status tw_pipe_find(struct pipe *p, const char *step, const char *key,
                            const char **text, struct tw_err *err) TW_NODISCARD;
enum tw_status tw_pipe_record(struct pipe *p, const char *step, const char *key,
                              const struct tw_buf *payload, double seconds,
                              struct tw_err *err) TW_NODISCARD;
/* Index into p->data of the data set a specification's entry stands for. */
size_t tw_pipe_data_index(const struct pipe *p, const struct tw_spec_data *d);

/* stage_data.c: read, cut, cluster, fit, sample. */
enum tw_status tw_pipe_read_data(struct pipe *p, struct pipe_data *d,
                                 struct tw_err *err) TW_NODISCARD;
struct tw_gen_config tw_pipe_gen_config(const struct pipe *p);
enum tw_status tw_pipe_fit(struct pipe *p, struct pipe_data *d,
                           struct tw_err *err) TW_NODISCARD;
/* Is the generator there already?  For plan. */
enum tw_status tw_pipe_fit_done(struct pipe *p, struct pipe_data *d, bool *done,
                                struct tw_err *err) TW_NODISCARD;
/* Draw n windows of the data's generator into x (n, K, L); labels as in
 * tw_gen_request. */
enum tw_status tw_pipe_draw(struct pipe *p, struct pipe_data *d, size_t n,
                            const float *labels, uint64_t seed, float *x,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_pipe_sample(struct pipe *p, struct pipe_data *d,
                              struct tw_err *err) TW_NODISCARD;
/* Scaled windows as raw values, for the writer. */
enum tw_status tw_pipe_restore(struct pipe *p, const struct pipe_data *d,
                               const float *x, size_t n, const char *label,
                               struct tw_case_synth *s,
                               struct tw_err *err) TW_NODISCARD;

/* stage_fidelity.c */
enum tw_status tw_pipe_fidelity(struct pipe *p, struct pipe_data *d,
                                struct tw_err *err) TW_NODISCARD;

/* stage_tests.c */
enum tw_status tw_pipe_tests(struct pipe *p, struct tw_err *err) TW_NODISCARD;
size_t tw_pipe_candidates(const struct pipe *p);
/* The journal key of a test. */
enum tw_status tw_pipe_test_key(struct pipe *p, const struct pipe_test *t,
                                char key[TW_HASH_HEX_SIZE],
                                struct tw_err *err) TW_NODISCARD;

/* stage_report.c: run.json, report.html, junit.xml. */
enum tw_status tw_pipe_report(struct pipe *p, struct tw_err *err) TW_NODISCARD;

/* plan.c */
enum tw_status tw_pipe_plan(struct pipe *p, struct tw_buf *text, bool json,
                            struct tw_err *err) TW_NODISCARD;

/* json_test.c: one test's result. */
void tw_pipe_add_test(struct tw_buf *b, const struct pipe_test *t,
                      const struct tw_writer_result *r,
                      const char *const *paths);

#endif /* TW_PIPELINE_PIPE_PRIV_H */
