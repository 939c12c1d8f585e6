/*
 * passk.h - metrics of sampling: pass@k, n@k, perplexity, bits per byte.
 */
#ifndef TW_SCORE_PASSK_H
#define TW_SCORE_PASSK_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* Chance that at least one of k samples drawn from n without replacement is
 * among the c that pass: 1 - C(n-c, k) / C(n, k), by the product formula.
 * TW_EINVAL unless c <= n and 1 <= k <= n; n at most 2^32. */
enum tw_status tw_pass_at_k(double *p, uint64_t n, uint64_t c, uint64_t k,
                            struct tw_err *err) TW_NODISCARD;
/* Chance that of k samples drawn a filter that submits m of them, chosen
 * blindly, submits one that passes.  passing[i]: the i-th sample passes; the
 * first k are those drawn, the m submitted come first.  0 or 1: n@k of one
 * problem; its mean over problems is the metric. */
enum tw_status tw_n_at_k(double *solved, const unsigned char *passing,
                         size_t n_samples, size_t m, size_t k,
                         struct tw_err *err) TW_NODISCARD;

struct tw_perplexity {
    double sum;           /* of the log-probabilities */
    double nll_mean;      /* per token */
    double ppl;           /* exp(nll_mean) */
    double bits_per_byte; /* comparable across tokenizers */
};
/* From natural logarithms of token probabilities; n_bytes of the text.
 * TW_EINVAL for no token, no byte, a NaN or a logarithm above 0. */
enum tw_status tw_perplexity(struct tw_perplexity *r, const double *logprobs,
                             size_t n, uint64_t n_bytes,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_PASSK_H */
