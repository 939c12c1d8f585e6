/*
 * gen.h - Stage I: a generator of windows, fitted to a trial, conditioned on
 * its clusters.
 *
 * Labels are weights over clusters: one-hot for a cluster, fractions between
 * clusters, zeros for none.  A fitted generator is one GGUF file (architecture
 * "trialwright-sssd"), with scaling, counter names and hashes inside: it
 * samples without the trial.
 */
#ifndef TW_SYNTH_GEN_H
#define TW_SYNTH_GEN_H

#include "base/arena.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"
#include "trial/trial.h"
#include "trial/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_gen;

struct tw_gen_config {
    size_t channels;        /* 64; paper: 256 */
    size_t layers;          /* 8; paper: 36 */
    size_t state;           /* 64 */
    size_t diffusion_steps; /* 200 */
    size_t batch;           /* 32 */
    size_t steps;           /* training iterations */
    double lr;              /* 2e-4 in the paper's configuration */
    double label_dropout;   /* 0.1 */
    uint64_t seed;
    size_t checkpoint_every; /* iterations; 0: only at the end */
};
struct tw_gen_config tw_gen_config_small(void);
struct tw_gen_config tw_gen_config_paper(void);

struct tw_gen_fit {
    double loss;    /* mean of the last 100 steps */
    double seconds; /* of this call */
    size_t n_parameters;
    size_t step_resumed; /* 0: fresh */
};

/* Train on the windows.  checkpoint: path, or NULL; when it exists and belongs
 * to the same data and configuration, training goes on bit-identically from
 * it.  A stop asked for through progress leaves a checkpoint and returns
 * TW_ECANCELED.  cluster names are "0", "1", ... */
enum tw_status tw_gen_train(struct tw_gen **gen, const struct tw_trial *t,
                            const struct tw_windows *w,
                            const struct tw_clusters *c,
                            const struct tw_gen_config *config,
                            struct tw_backend *be, const char *checkpoint,
                            const struct tw_progress *progress,
                            struct tw_gen_fit *fit,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gen_save(const struct tw_gen *gen, const char *path,
                           struct tw_err *err) TW_NODISCARD;
enum tw_status tw_gen_open(struct tw_gen **gen, const char *path,
                           struct tw_backend *be,
                           struct tw_err *err) TW_NODISCARD;
void tw_gen_free(struct tw_gen *gen);

size_t tw_gen_counters(const struct tw_gen *gen); /* K */
size_t tw_gen_length(const struct tw_gen *gen);   /* L */
size_t tw_gen_clusters(const struct tw_gen *gen);
const char *tw_gen_counter_name(const struct tw_gen *gen, size_t k);
const struct tw_scale *tw_gen_scale(const struct tw_gen *gen, size_t k);

struct tw_gen_request {
    size_t n;
    const float *labels; /* (n, clusters) weights, or NULL: by cluster size */
    double guidance;     /* 0 or 1: none */
    size_t steps;        /* 0: all diffusion steps (DDPM); fewer: DDIM */
    uint64_t seed;
};
/* x: (n, K, L) scaled values.  Sample i depends on (seed, i) only. */
enum tw_status tw_gen_sample(struct tw_gen *gen,
                             const struct tw_gen_request *req, float *x,
                             const struct tw_progress *progress,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_SYNTH_GEN_H */
