/*
 * sssd.h - the network SSSD-S4 (Alcaraz and Strodthoff 2022, 2023) with label
 * conditioning: a stack of gated blocks around two S4 layers each.
 *
 * Everything is channel-major, (C, B, L): channels, batch, time.  With C
 * channels and H = 2 C:
 *
 *     e    = silu(W2 silu(W1 embed(t)))       128 -> W -> W, W = min(8 C, 512)
 *     h    = relu(Conv1(x))                                  K -> C
 *     each block:
 *         u = Conv3(h + Wt e)                                C -> H
 *         u = S4(u) + Wy (E y) + by;  u = S4(u)
 *         o = tanh(u[:C]) * sigmoid(u[C:])
 *         h = (h + Wr o) / sqrt(2);  skip += Ws o
 *     y    = W4 relu(W3 skip / sqrt(layers)), W4 starts at zero
 *     S4(u) = LayerNorm(u + W gelu(k * u + D u)), k bidirectional
 *
 * Two things of the paper's code are left out: weight normalisation, and the
 * branch that feeds known points for imputation (generation here has none).
 * All layers share one set of time steps dt, spread evenly over the logarithm
 * of 0.001..0.1, so that the fixed basis of the kernels (hippo.h) exists once
 * and stays in the cache.  It is recomputed from dt, never stored.
 *
 * The labels y are weights over clusters; the map is linear, so fractions lie
 * between clusters and zeros mean no label.
 */
#ifndef TW_SYNTH_SSSD_H
#define TW_SYNTH_SSSD_H

#include "base/status.h"
#include "kern/backend.h"
#include "tensor/tensor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TW_SSSD_COUNTERS_MAX = 4096,
    TW_SSSD_LENGTH_MAX = 8192,
    TW_SSSD_LABELS_MAX = 4096,
    TW_SSSD_CHANNELS_MAX = 1024,
    TW_SSSD_LAYERS_MAX = 128
};

struct tw_sssd_config {
    size_t K, L;     /* counters, length in rows */
    size_t n_labels; /* clusters, at least 1 */
    size_t channels, layers;
    size_t state; /* N of S4, even */
};

struct tw_sssd;

/* TW_EINVAL, naming the size, unless all are inside the limits. */
enum tw_status tw_sssd_check(const struct tw_sssd_config *c,
                             struct tw_err *err) TW_NODISCARD;
/* Trained numbers of a network that passes the check. */
size_t tw_sssd_elements(const struct tw_sssd_config *c);

/* Fresh weights and time steps from the seed; or, for a stored network whose
 * weights the caller reads next, its 2 * channels time steps dt, and zeros.
 * be is borrowed. */
enum tw_status tw_sssd_new(struct tw_sssd **net,
                           const struct tw_sssd_config *config,
                           const double *dt, uint64_t seed,
                           struct tw_backend *be,
                           struct tw_err *err) TW_NODISCARD;
void tw_sssd_free(struct tw_sssd *net);                /* NULL is fine */
struct tw_params *tw_sssd_params(struct tw_sssd *net); /* borrowed */
const struct tw_sssd_config *tw_sssd_config(const struct tw_sssd *net);
const double *tw_sssd_dt(const struct tw_sssd *net); /* (2 channels) */

/* Compute the kernels from the present weights, for sampling graphs; call it
 * again after the weights changed, and before the first sampling graph. */
enum tw_status tw_sssd_fix_kernels(struct tw_sssd *net,
                                   struct tw_err *err) TW_NODISCARD;

/* One batch of the network.  The caller fills the inputs. */
struct tw_sssd_graph {
    struct tw_graph *g;
    size_t B;
    struct tw_tensor *x;      /* (K, B, L) */
    struct tw_tensor *step;   /* (128, B), see tw_diffusion_embed() */
    struct tw_tensor *labels; /* (n_labels, B) */
    struct tw_tensor *y;      /* (K, B, L) the answer */
    struct tw_tensor *target; /* (K, B, L); training only, like those below */
    struct tw_tensor *weight; /* (K, B, L) of each square error */
    struct tw_tensor *loss;
};
/* training: with target and loss, kernels recomputed in each pass; otherwise
 * forward only, with the fixed kernels.  limit: bytes. */
enum tw_status tw_sssd_graph_init(struct tw_sssd_graph *graph,
                                  struct tw_sssd *net, size_t B, bool training,
                                  size_t limit,
                                  struct tw_err *err) TW_NODISCARD;
/* The network stays; a graph that was never made is fine when it is zeroed. */
void tw_sssd_graph_release(struct tw_sssd_graph *graph);

#endif /* TW_SYNTH_SSSD_H */
