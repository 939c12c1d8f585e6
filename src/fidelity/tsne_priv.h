/*
 * tsne_priv.h - the two ends of t-SNE: similarities and the start.
 */
#ifndef TW_FIDELITY_TSNE_PRIV_H
#define TW_FIDELITY_TSNE_PRIV_H

#include "base/arena.h"
#include "base/status.h"
#include "fidelity/tsne.h"
#include "kern/backend.h"

#include <stddef.h>

/* p: (n, ld) symmetric similarities, sum 1, zero from column n on and on the
 * diagonal; beta: (n).  scratch holds a row of doubles per thread. */
enum tw_status tw_tsne_similarities(float *p, size_t ld, double *beta,
                                    struct tw_arena *scratch,
                                    const struct tw_tsne_points *x,
                                    double perplexity, struct tw_backend *be,
                                    struct tw_err *err) TW_NODISCARD;

/* y: (n, 2), the first two principal components, scaled so that the first has
 * the deviation. */
enum tw_status tw_tsne_start(double *y, struct tw_arena *scratch,
                             const struct tw_tsne_points *x, double deviation,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_FIDELITY_TSNE_PRIV_H */
