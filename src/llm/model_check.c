/*
 * model_check.c - may the numbers of a step be believed?
 *
 * Weights are used where they lie in the file, which may be damaged or become
 * shorter while they are used. To read all of them before the first step would
 * double the time to the first token, so it is the results that are looked at:
 * a value that is no number spreads through every later sum. Only when one
 * shows, the tensors are searched for the one to name.
 */
#include "gguf/gguf.h"
#include "llm/model_priv.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

enum { PART = 2048 }; /* elements; a multiple of every block size */

/* A float whose exponent has all bits set is infinite or NaN. Bits and not
 * isfinite(), because that loop becomes vector code. */
bool tw_model_is_finite(const float *x, size_t n)
{
    const uint32_t exponent = 0x7f800000u;
    uint32_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;

        memcpy(&bits, &x[i], sizeof(bits));
        bad |= (uint32_t)((bits & exponent) == exponent);
    }
    return !bad;
}

/* Types that cannot be converted are not used as weights either. */
static bool has_finite_values(const struct tw_gguf_tensor *t)
{
    float part[PART];
    uint64_t n = t->ne[0] * t->ne[1] * t->ne[2] * t->ne[3];
    const uint8_t *at = t->data;

    for (uint64_t left = n; left > 0;) {
        size_t k = PART;

        if (left < k)
            k = (size_t)left;
        if (tw_ggml_to_f32(part, at, k, t->type, NULL) != TW_OK)
            return true;
        if (!tw_model_is_finite(part, k))
            return false;
        at += tw_ggml_row_size(t->type, k);
        left -= k;
    }
    return true;
}

enum tw_status tw_model_check(const struct tw_model *m, const float *logits,
                              size_t n, struct tw_err *err)
{
    TW_TRY(tw_gguf_check(m->file, TW_OK, err));
    if (tw_model_is_finite(logits, n * m->shape.n_vocab))
        return TW_OK;
    for (size_t i = 0; i < tw_gguf_count_tensors(m->file); i++) {
        const struct tw_gguf_tensor *t = tw_gguf_tensor_at(m->file, i);

        if (!has_finite_values(t))
            return tw_fail(err, TW_EFORMAT, 0,
                           "bad weights: tensor '%.*s' holds NaN or infinity",
                           (int)t->name.len, t->name.bytes);
    }
    return tw_fail(err, TW_EFORMAT, 0,
                   "bad weights: they give numbers that are not finite");
}
