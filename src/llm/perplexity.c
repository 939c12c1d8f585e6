/*
 * perplexity.c - how well a model foretells a text.
 *
 * As llama.cpp's tool of that name does it, so that figures can be compared:
 * the text in windows, each read afresh (behind the token that begins a text,
 * in place of the window's first one), and of each window the second half
 * counts, which has enough context.
 */
#include "base/fault.h"
#include "llm/llm_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Positions of a window; rows of logits in memory. */
enum { WINDOW = 512, ROWS = 32 };

struct measure {
    struct tw_session *s;
    struct tw_ids ids;
    size_t window, V;
    float *logits; /* (ROWS, V) */
    struct tw_llm_perplexity *out;
};

/* -log p of a token, the sum in double. */
static double surprise(const float *logits, size_t n, int32_t id)
{
    float max = logits[0];
    double sum = 0;

    for (size_t i = 1; i < n; i++)
        if (logits[i] > max)
            max = logits[i];
    for (size_t i = 0; i < n; i++)
        sum += (double)expf(logits[i] - max);
    return log(sum) + (double)max - (double)logits[id];
}

/* A window, whose first token may be replaced by bos (or -1). */
static enum tw_status run_window(struct measure *x, int32_t *ids, int32_t bos,
                                 struct tw_err *err)
{
    size_t first = x->window / 2, last = x->window - 1;

    TW_ASSERT(first > 0 && first < last);
    if (bos >= 0)
        ids[0] = bos;
    tw_session_rewind(x->s, 0);
    TW_TRY(tw_session_prefill(x->s, ids, first, NULL, false, err));
    for (size_t i = first; i < last;) {
        size_t n = last - i;

        if (n > ROWS)
            n = ROWS;
        TW_TRY(tw_session_prefill(x->s, ids + i, n, x->logits, true, err));
        for (size_t r = 0; r < n; r++)
            x->out->nll += surprise(x->logits + r * x->V, x->V, ids[i + r + 1]);
        x->out->n_scored += n;
        i += n;
    }
    return TW_OK;
}

/* Whole windows; what is left at the end of the text does not count. */
static enum tw_status run_windows(struct measure *x, struct tw_llm *m,
                                  struct tw_err *err)
{
    int32_t bos = tw_vocab_bos(m->vocab);

    x->window = WINDOW;
    if (x->window > tw_llm_context(m))
        x->window = tw_llm_context(m);
    if (x->window > x->ids.n)
        x->window = x->ids.n;
    if (x->window < 4)
        return tw_fail(err, TW_EINVAL, 0,
                       "a text of %zu tokens is too short to be measured",
                       x->ids.n);
    x->V = tw_model_shape(m->model)->n_vocab;
    x->logits = tw_mem_alloc(ROWS * x->V * sizeof(float));
    if (!x->logits)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for logits");
    TW_TRY(tw_session_new(&x->s, m->model, x->window, 1, 1, err));
    for (size_t at = 0; at + x->window <= x->ids.n; at += x->window)
        TW_TRY(run_window(x, x->ids.v + at, bos, err));
    x->out->n_tokens = x->ids.n;
    x->out->nll /= (double)x->out->n_scored;
    return TW_OK;
}

enum tw_status tw_llm_measure(struct tw_llm *m, const char *text, size_t n,
                              struct tw_llm_perplexity *out, struct tw_err *err)
{
    struct measure x = { .out = out };

    *out = (struct tw_llm_perplexity){ 0 };
    TW_TRY(tw_llm_need_model(m, err));
    enum tw_status st = tw_llm_tokenize(m, text, n, &x.ids, err);
    if (st == TW_OK)
        st = run_windows(&x, m, err);
    tw_session_free(x.s);
    free(x.logits);
    tw_ids_release(&x.ids);
    return st;
}
