/*
 * passk.c - pass@k, n@k, and perplexity: figures over samples and tokens.
 *
 * pass@k is the unbiased estimator of Chen et al. 2021 (arXiv 2107.03374): 1 -
 * C(n-c, k) / C(n, k), as a product without binomials, which would overflow.
 */
#include "score/passk.h"

#include "text/order.h"

#include <math.h>

#include "base/banned.h"

enum { SMALL = 1 << 16 }; /* factors that a product may have */

enum tw_status tw_pass_at_k(double *p, uint64_t n, uint64_t c, uint64_t k,
                            struct tw_err *err)
{
    if (n > UINT32_MAX || c > n || k < 1 || k > n)
        return tw_fail(err, TW_EINVAL, 0,
                       "pass@k needs passing <= drawn and 1 <= k <= drawn");
    if (n - c < k) {
        *p = 1;
        return TW_OK;
    }
    /* C(n-c,k)/C(n,k) is symmetric in c and k: take the shorter product. */
    uint64_t few = tw_least(c, k), many = tw_most(c, k);
    double miss = 1, log_miss = 0;

    if (few > SMALL)
        return tw_fail(err, TW_ELIMIT, 0, "pass@k of %llu passing, k %llu",
                       (unsigned long long)c, (unsigned long long)k);
    for (uint64_t i = n - few + 1; i <= n; i++) {
        miss *= 1 - (double)many / (double)i;
        log_miss += log1p(-(double)many / (double)i);
    }
    /* Near 0 the difference would lose digits, the logarithm does not. A
     * subtraction and not a sign: nothing is 0 and not -0. */
    *p = 1 - miss;
    if (miss > 0.5)
        *p = 0 - expm1(log_miss);
    return TW_OK;
}

/* n submissions of k drawn: solved when one of the first m passes. */
enum tw_status tw_n_at_k(double *solved, const unsigned char *passing,
                         size_t n_samples, size_t m, size_t k,
                         struct tw_err *err)
{
    if (m < 1 || m > k || k > n_samples)
        return tw_fail(err, TW_EINVAL, 0, "n@k needs 1 <= n <= k <= drawn");
    *solved = 0;
    for (size_t i = 0; i < m; i++)
        if (passing[i])
            *solved = 1;
    return TW_OK;
}

/* Logarithms of probabilities are never positive; anything else, NaN too,
 * is refused instead of giving a figure that looks right. */
enum tw_status tw_perplexity(struct tw_perplexity *r, const double *logprobs,
                             size_t n, uint64_t n_bytes, struct tw_err *err)
{
    double sum = 0, carry = 0;

    if (n == 0 || n_bytes == 0)
        return tw_fail(err, TW_EINVAL, 0, "perplexity of nothing");
    for (size_t i = 0; i < n; i++) {
        if (!(logprobs[i] <= 0))
            return tw_fail(err, TW_EINVAL, i,
                           "token %zu has no log-probability", i);
        /* Neumaier's sum: what the addition rounds away is kept apart. */
        double y = logprobs[i], t = sum + y;

        if (fabs(sum) >= fabs(y))
            carry += (sum - t) + y;
        else
            carry += (y - t) + sum;
        sum = t;
    }
    r->sum = sum;
    if (isfinite(carry)) /* a sum of -inf has a carry that is none */
        r->sum += carry;
    r->nll_mean = (0 - r->sum) / (double)n;
    r->ppl = exp(r->nll_mean);
    r->bits_per_byte = (0 - r->sum) / (log(2) * (double)n_bytes);
    return TW_OK;
}
