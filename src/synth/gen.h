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
#include "base/hash.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"
#include "synth/diffusion.h"
#include "trial/trial.h"
#include "trial/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_gen;

/* What the network answers: the noise e (SSSD's paper), the clean series x0,
 * or the velocity a e - s x0, which has the same scale at every step. */
enum tw_gen_target {
    TW_GEN_NOISE,
    TW_GEN_X0,
    TW_GEN_VELOCITY,
    TW_GEN_TARGET_COUNT
};
/* "noise", "x0", "velocity"; NULL past the end. */
const char *tw_gen_target_name(enum tw_gen_target target);

struct tw_gen_config {
    size_t channels;         /* 64; paper: 256 */
    size_t layers;           /* 8; paper: 36 */
    size_t state;            /* 64 */
    size_t diffusion_steps;  /* 200 */
    size_t batch;            /* 32 */
    size_t steps;            /* training iterations */
    double lr;               /* 2e-4 in the paper's configuration */
    double label_dropout;    /* 0.1 */
    uint64_t seed;           /* of weights, order, noise */
    size_t checkpoint_every; /* iterations; 0: only at the end */
    enum tw_gen_target target;
    enum tw_diffusion_kind schedule;
    double ema;     /* decay of the averaged weights; 0: none */
    double clip;    /* of the gradient's norm; 0: none */
    size_t warmup;  /* iterations of linear growth of lr */
    bool lr_cosine; /* then fall to a twentieth; false: constant */
    double normal;  /* share of normal scores, 0..1: see marginal.h */
    /* New fields: see tw_gen_config_hash(). */
};
/* What the measurements of docs/formats/generator.md favour, at three sizes:
 * 32 channels and 4 layers for about a minute of training on two cores, 64 and
 * 8, and the paper's 256 and 36. */
struct tw_gen_config tw_gen_config_quick(void);
struct tw_gen_config tw_gen_config_small(void);
struct tw_gen_config tw_gen_config_paper(void);
/* Feed every setting that decides the weights of a fitted generator, all but
 * checkpoint_every, to h: results of other settings are never taken for these.
 * The order of the fields is part of stored keys: new ones go to the end. */
void tw_gen_config_hash(struct tw_hash *h, const struct tw_gen_config *c);

/* A trial, its windows and their clusters; borrowed. */
struct tw_gen_data {
    const struct tw_trial *trial;
    const struct tw_windows *windows;
    const struct tw_clusters *clusters;
};

struct tw_gen_fit {
    double loss;    /* mean of the last 100 steps */
    double seconds; /* of this call */
    size_t n_parameters;
    size_t step_resumed; /* 0: fresh */
};

/* Train on the windows.  checkpoint: path, or NULL; when it exists and belongs
 * to the same data and configuration, training goes on bit-identically from
 * it; one of other data or another configuration is refused (TW_EINVAL), not
 * overwritten.  A stop asked for through progress leaves a checkpoint and
 * returns TW_ECANCELED.  Cluster names are "0", "1", ...  be is borrowed and
 * outlives *gen; fit may be NULL. */
enum tw_status tw_gen_train(struct tw_gen **gen, const struct tw_gen_data *data,
                            const struct tw_gen_config *config,
                            struct tw_backend *be, const char *checkpoint,
                            const struct tw_progress *progress,
                            struct tw_gen_fit *fit,
                            struct tw_err *err) TW_NODISCARD;
/* Seconds of one training step on this machine now, from a few steps on empty
 * data: for plans.  Takes as long as it says, four times, and the start. */
enum tw_status tw_gen_step_seconds(const struct tw_gen_config *config,
                                   size_t counters, size_t length,
                                   size_t clusters, struct tw_backend *be,
                                   double *seconds,
                                   struct tw_err *err) TW_NODISCARD;
/* Replaces path by the file, atomically; the same bytes for the same weights.
 */
enum tw_status tw_gen_save(const struct tw_gen *gen, const char *path,
                           struct tw_err *err) TW_NODISCARD;
/* A file may come from anywhere: TW_EFORMAT names the key that is wrong.  be is
 * borrowed and outlives *gen. */
enum tw_status tw_gen_open(struct tw_gen **gen, const char *path,
                           struct tw_backend *be,
                           struct tw_err *err) TW_NODISCARD;
void tw_gen_free(struct tw_gen *gen); /* NULL is fine */

size_t tw_gen_counters(const struct tw_gen *gen); /* K */
size_t tw_gen_length(const struct tw_gen *gen);   /* L */
size_t tw_gen_clusters(const struct tw_gen *gen);
/* Of counter k < K; borrowed from gen. */
const char *tw_gen_counter_name(const struct tw_gen *gen, size_t k);
const struct tw_scale *tw_gen_scale(const struct tw_gen *gen, size_t k);

/* In the order of cluster labels: shares of the training windows, sum 1. */
const double *tw_gen_cluster_shares(const struct tw_gen *gen);
/* SHA-256 of the trial's input bytes, in hex; borrowed. */
const char *tw_gen_trial_sha256(const struct tw_gen *gen);
/* The settings that gen was trained with. */
struct tw_gen_config tw_gen_config_of(const struct tw_gen *gen);

enum tw_gen_sampler {
    TW_GEN_SAMPLER_AUTO, /* DDPM for all steps, DDIM for fewer */
    TW_GEN_SAMPLER_DDPM, /* ancestral: new noise in every step */
    TW_GEN_SAMPLER_DDIM, /* deterministic from the first noise */
    TW_GEN_SAMPLER_DPMPP /* DPM-Solver++(2M), deterministic */
};

struct tw_gen_request {
    size_t n;            /* samples */
    const float *labels; /* (n, clusters) weights, or NULL: by cluster size */
    double guidance;     /* 0 or 1: none */
    size_t steps;        /* 0: all diffusion steps */
    uint64_t seed;
    enum tw_gen_sampler sampler;
};
/* x: (n, K, L) scaled values.  Sample i depends on the model, its label and
 * (seed, i), not on n or on the other labels. */
enum tw_status tw_gen_sample(struct tw_gen *gen,
                             const struct tw_gen_request *req, float *x,
                             const struct tw_progress *progress,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_SYNTH_GEN_H */
