/*
 * tsne.h - exact t-SNE of at most some thousand points into the plane.
 *
 * P(j|i) ~ exp(-beta_i |x_i - x_j|^2) with beta_i found so that the entropy is
 * ln(perplexity); gradient descent on KL(P || Q) with early exaggeration,
 * momentum and gains, all O(N^2), no tree.  Memory: 4 N^2 bytes.  The same
 * bytes for any number of threads and any CPU level.
 *
 *     struct tw_tsne_config c = tw_tsne_config_default();
 *     struct tw_tsne_points x = { w.x, w.n, w.K * w.L };
 *     struct tw_tsne s;
 *     TW_TRY(tw_tsne_run(&s, &arena, &x, &c, be, NULL, err));
 */
#ifndef TW_FIDELITY_TSNE_H
#define TW_FIDELITY_TSNE_H

#include "base/arena.h"
#include "base/progress.h"
#include "base/status.h"
#include "kern/backend.h"

#include <stddef.h>
#include <stdint.h>

enum { TW_TSNE_POINTS_MAX = 20000 };

struct tw_tsne_points {
    const float *x; /* (n, dim) row-major, all finite */
    size_t n, dim;
};

struct tw_tsne_config {
    double perplexity;    /* above 1, below the number of points */
    size_t iterations;    /* of both phases */
    size_t n_exaggerated; /* iterations of the first phase */
    double exaggeration;  /* factor of P in the first phase */
    double learning_rate; /* 0: max(N / exaggeration / 4, 50) */
    double gradient_min;  /* stop when the gradient's norm is not above it */
    const double *init;   /* (N, 2), or NULL: the first two principal
                           * components, the first with deviation 1e-4 */
};

/* Perplexity 100, 1000 iterations, 250 of them exaggerated by 12. */
struct tw_tsne_config tw_tsne_config_default(void);

struct tw_tsne {
    size_t n;
    double *y;         /* (n, 2) positions */
    double *beta;      /* (n) of the points' distributions */
    double kl;         /* KL(P || Q) of y, in nats, over all pairs */
    double kl_init;    /* the same at the start */
    size_t iterations; /* done */
};

/* The result lives in the arena, whose limit has to leave room for 4 n^2 bytes.
 * TW_EINVAL: fewer than 4 points, more than TW_TSNE_POINTS_MAX, a perplexity
 * that does not fit, a value that is not finite.  TW_ECANCELED when progress
 * asks for a stop. */
enum tw_status tw_tsne_run(struct tw_tsne *s, struct tw_arena *a,
                           const struct tw_tsne_points *x,
                           const struct tw_tsne_config *c,
                           struct tw_backend *be,
                           const struct tw_progress *progress,
                           struct tw_err *err) TW_NODISCARD;

/* y: (n, 2).  Share of neighbourhoods kept: mean overlap of the k nearest
 * neighbours in x and in y, 0..1.  k < n. */
enum tw_status tw_tsne_kept(double *kept, struct tw_arena *a,
                            const struct tw_tsne_points *x, const double *y,
                            size_t k, struct tw_backend *be,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_FIDELITY_TSNE_H */
