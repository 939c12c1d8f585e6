#include "score/passk.h"

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
    uint64_t few = c < k ? c : k, many = c < k ? k : c;
    double miss = 1, log_miss = 0;

    if (few > SMALL)
        return tw_fail(err, TW_ELIMIT, 0, "pass@k of %llu passing, k %llu",
                       (unsigned long long)c, (unsigned long long)k);
    for (uint64_t i = n - few + 1; i <= n; i++) {
        miss *= 1 - (double)many / (double)i;
        log_miss += log1p(-(double)many / (double)i);
    }
    /* Near 0 the difference would lose digits, the logarithm does not. */
    *p = miss > 0.5 ? -expm1(log_miss) : 1 - miss;
    return TW_OK;
}

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
        double y = logprobs[i], t = sum + y; /* Neumaier's sum */

        carry += fabs(sum) >= fabs(y) ? (sum - t) + y : (y - t) + sum;
        sum = t;
    }
    r->sum = sum + (isfinite(carry) ? carry : 0);
    r->nll_mean = -r->sum / (double)n;
    r->ppl = exp(r->nll_mean);
    r->bits_per_byte = -r->sum / (log(2) * (double)n_bytes);
    return TW_OK;
}
