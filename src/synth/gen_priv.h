/*
 * gen_priv.h - what the files of the generator share.
 */
#ifndef TW_SYNTH_GEN_PRIV_H
#define TW_SYNTH_GEN_PRIV_H

#include "gguf/gguf.h"
#include "synth/gen.h"
#include "synth/marginal.h"
#include "synth/sssd.h"

#define TW_GEN_ARCH            "trialwright-sssd"
#define TW_GEN_ARCH_CHECKPOINT "trialwright-sssd-checkpoint"

enum {
    TW_GEN_SAMPLE_BATCH = 16, /* series that are drawn together */
    TW_GEN_BATCH_MAX = 1024
};
#define TW_GEN_GRAPH_LIMIT ((size_t)16 << 30)

struct tw_gen {
    struct tw_gen_config config;
    struct tw_sssd_config shape;
    struct tw_backend *be;        /* borrowed */
    struct tw_arena arena;        /* of everything below but the network */
    const char **names;           /* (K), in the arena */
    struct tw_scale *scale;       /* (K) raw values to scaled ones */
    struct tw_marginal *marginal; /* (K) scaled values to scores */
    double *share;                /* (n_labels) of the windows, sum 1 */
    char trial_sha256[65];        /* hex */
    struct tw_diffusion diffusion;
    struct tw_sssd *net;        /* owned; NULL until it is trained or read */
    struct tw_sssd_graph graph; /* for sampling, made at the first use */
    bool has_graph;
};

/* TW_EINVAL for a configuration that cannot be trained. */
enum tw_status tw_gen_config_check(const struct tw_gen_config *c,
                                   struct tw_err *err) TW_NODISCARD;
/* A generator with config and shape set, checked, and room for the rest. */
enum tw_status tw_gen_alloc(struct tw_gen **gen,
                            const struct tw_gen_config *config,
                            const struct tw_sssd_config *shape,
                            struct tw_backend *be,
                            struct tw_err *err) TW_NODISCARD;
/* All keys and weights of gen, in the form of the file. */
enum tw_status tw_gen_put(struct tw_gguf_out *o, const struct tw_gen *gen,
                          const char *arch, struct tw_err *err) TW_NODISCARD;

#endif /* TW_SYNTH_GEN_PRIV_H */
