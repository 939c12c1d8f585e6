/* generate.c - n answers to one prompt: one prefill, one batch of tails. */
#include "base/clock.h"
#include "base/utf8.h"
#include "llm/llm_priv.h"
#include "llm/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    GROUP_MAX = 64, /* answers decoded side by side */
    SAMPLES_MAX = 1 << 16,
};
#define ANSWER_MAX ((size_t)1 << 24) /* bytes */

struct answer {
    struct tw_buf text;
    size_t n_tokens;
    double logprob;
    bool done, complete;
    int32_t last; /* token to feed next */
};

struct run {
    struct tw_llm *m;
    const struct tw_llm_request *req;
    struct tw_sampler sampler;
    struct tw_ids prompt;
    size_t max_tokens, n_group, V;
    struct answer *answers; /* of the group */
    float *first;           /* logits after the prompt */
    float *logits;          /* n_group rows */
    struct tw_choice *room;
    size_t n_generated, n_wanted;
    const struct tw_progress *progress;
};

/* Cut the text at the first stop text that ends in its last n_new bytes. */
static bool cut_at_stop(const struct run *r, struct answer *a, size_t n_new)
{
    const char *const *stop = r->req->stop;
    size_t first = SIZE_MAX;

    for (; stop && *stop; stop++) {
        size_t n = strlen(*stop), back = n + n_new;
        size_t from = a->text.len > back ? a->text.len - back : 0;
        const char *hit =
            n ? strstr(tw_buf_text(&a->text) + from, *stop) : NULL;

        if (hit && (size_t)(hit - a->text.bytes) < first)
            first = (size_t)(hit - a->text.bytes);
    }
    if (first == SIZE_MAX)
        return false;
    a->text.len = first;
    a->text.bytes[first] = '\0';
    return true;
}

/* Take the next token of answer i of the group from its logits. */
static void take_token(struct run *r, size_t i, size_t sample,
                       const float *logits)
{
    struct answer *a = &r->answers[i];
    double logprob;
    int32_t id = tw_sampler_next(&r->sampler, logits, r->V, sample, a->n_tokens,
                                 r->room, &logprob);
    size_t len = a->text.len;

    a->logprob += logprob;
    a->n_tokens++;
    a->last = id;
    r->n_generated++;
    if (tw_vocab_is_end(r->m->vocab, id)) {
        a->done = a->complete = true;
        return;
    }
    tw_vocab_decode(r->m->vocab, id, false, &a->text);
    if (cut_at_stop(r, a, a->text.len - len))
        a->done = a->complete = true;
    else
        a->done = a->n_tokens == r->max_tokens || a->text.failed;
}

static enum tw_status decode_group(struct run *r, size_t n, size_t first,
                                   struct tw_err *err)
{
    size_t seqs[GROUP_MAX];
    int32_t ids[GROUP_MAX];

    for (size_t i = 0; i < n; i++)
        take_token(r, i, first + i, r->first);
    for (;;) {
        size_t n_active = 0;

        for (size_t i = 0; i < n; i++) {
            if (r->answers[i].done)
                continue;
            seqs[n_active] = i;
            ids[n_active++] = r->answers[i].last;
        }
        if (!n_active)
            return TW_OK;
        if (!tw_progress_step(r->progress, "generate", r->n_generated,
                              r->n_wanted, ""))
            return tw_fail(err, TW_ECANCELED, 0, "stopped by request");
        TW_TRY(tw_session_decode(r->m->session, seqs, ids, n_active, r->logits,
                                 err));
        for (size_t k = 0; k < n_active; k++)
            take_token(r, seqs[k], first + seqs[k], r->logits + k * r->V);
    }
}

/* The text as valid UTF-8 without NUL, in the arena. */
static enum tw_status give(const struct answer *x, struct tw_arena *a,
                           struct tw_llm_answer *out, struct tw_err *err)
{
    const char *s = tw_buf_text(&x->text);
    size_t n = x->text.len, len = 0;
    char *text = tw_arena_alloc(a, 3 * n + 1, 1);

    TW_TRY(tw_buf_check(&x->text, "answer", err));
    if (!text)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answer");
    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t k = tw_utf8_decode(s + i, n - i, &code);

        if (k && code)
            memcpy(text + len, s + i, k);
        else
            memcpy(text + len, "\xef\xbf\xbd", 3);
        len += k && code ? k : 3;
        i += k ? k : 1;
    }
    *out = (struct tw_llm_answer){ text, len, x->n_tokens, x->logprob,
                                   x->complete };
    return TW_OK;
}

static size_t common_prefix(const struct tw_ids *a, const struct tw_ids *b)
{
    size_t i = 0;

    while (i < a->n && i < b->n && a->v[i] == b->v[i])
        i++;
    return i;
}

/* A session with room for the run; its prefix keeps what the prompts share. */
static enum tw_status prepare_session(struct run *r, struct tw_err *err)
{
    struct tw_llm *m = r->m;
    size_t keep = common_prefix(&m->prompt, &r->prompt);

    if (!m->session || m->cap_prefix < r->prompt.n ||
        m->cap_seqs < r->n_group || m->cap_tail < r->max_tokens) {
        tw_session_free(m->session);
        m->session = NULL;
        m->prompt.n = 0;
        m->cap_prefix = r->prompt.n + TW_SESSION_STEP;
        if (m->cap_prefix > tw_llm_context(m))
            m->cap_prefix = tw_llm_context(m);
        m->cap_seqs = r->n_group;
        m->cap_tail = r->max_tokens;
        return tw_session_new(&m->session, m->model, m->cap_prefix, m->cap_seqs,
                              m->cap_tail, err);
    }
    if (keep == r->prompt.n)
        keep--; /* the last token is fed for its logits */
    keep -= keep % TW_SESSION_STEP;
    tw_session_rewind(m->session, keep);
    m->prompt.n = keep;
    return TW_OK;
}

static enum tw_status prefill(struct run *r, struct tw_err *err)
{
    struct tw_llm *m = r->m;
    size_t keep = m->prompt.n;
    enum tw_status st = TW_OK;

    for (size_t i = keep; i < r->prompt.n && st == TW_OK; i++)
        st = tw_ids_add(&m->prompt, r->prompt.v[i], err);
    if (st == TW_OK)
        st = tw_session_prefill(m->session, r->prompt.v + keep,
                                r->prompt.n - keep, r->first, false, err);
    if (st != TW_OK)
        m->prompt.n = 0;
    return st;
}

static enum tw_status run_groups(struct run *r, struct tw_arena *a,
                                 struct tw_llm_answer *answers,
                                 struct tw_err *err)
{
    size_t n_runs = r->sampler.temperature > 0 ? r->req->n_samples : 1;

    for (size_t first = 0; first < n_runs; first += r->n_group) {
        size_t n = n_runs - first < r->n_group ? n_runs - first : r->n_group;

        tw_session_rewind(r->m->session, r->prompt.n);
        for (size_t i = 0; i < n; i++) {
            tw_buf_release(&r->answers[i].text);
            r->answers[i] = (struct answer){ 0 };
            tw_buf_init(&r->answers[i].text, ANSWER_MAX);
        }
        TW_TRY(decode_group(r, n, first, err));
        for (size_t i = 0; i < n; i++)
            TW_TRY(give(&r->answers[i], a, &answers[first + i], err));
    }
    for (size_t i = n_runs; i < r->req->n_samples; i++)
        answers[i] = answers[0]; /* greedy: all the same */
    return TW_OK;
}

static enum tw_status start(struct run *r, struct tw_err *err)
{
    const struct tw_llm_request *q = r->req;
    size_t context = tw_llm_context(r->m);
    int32_t bos = tw_vocab_bos(r->m->vocab);

    r->V = tw_model_shape(r->m->model)->n_vocab;
    if (bos >= 0)
        TW_TRY(tw_ids_add(&r->prompt, bos, err));
    TW_TRY(tw_vocab_encode(r->m->vocab, q->prompt, q->prompt_len, &r->prompt,
                           err));
    if (!r->prompt.n)
        return tw_fail(err, TW_EINVAL, 0, "the prompt is empty");
    if (r->prompt.n >= context)
        return tw_fail(err, TW_ELIMIT, 0,
                       "prompt of %zu tokens exceeds the context of %zu",
                       r->prompt.n, context);
    r->max_tokens = context - r->prompt.n;
    if (q->max_tokens && q->max_tokens < r->max_tokens)
        r->max_tokens = q->max_tokens;
    r->n_group = q->n_samples < GROUP_MAX ? q->n_samples : GROUP_MAX;
    if (!(q->temperature > 0))
        r->n_group = 1;
    r->n_wanted = r->max_tokens * q->n_samples;
    r->answers = calloc(r->n_group, sizeof(*r->answers));
    r->first = malloc(r->V * sizeof(float));
    r->logits = malloc(r->n_group * r->V * sizeof(float));
    r->room = malloc(r->V * sizeof(*r->room));
    if (!r->answers || !r->first || !r->logits || !r->room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory to generate");
    return prepare_session(r, err);
}

static void finish(struct run *r)
{
    for (size_t i = 0; r->answers && i < r->n_group; i++)
        tw_buf_release(&r->answers[i].text);
    free(r->answers);
    free(r->first);
    free(r->logits);
    free(r->room);
    tw_ids_release(&r->prompt);
}

static enum tw_status replay(const struct tw_llm *m,
                             const struct tw_llm_request *req,
                             struct tw_arena *a, struct tw_llm_answer *answers,
                             struct tw_err *err)
{
    const struct tw_replay_answer *found = NULL;
    size_t n = req->id ? tw_replay_find(m->replay, req->id, &found) : 0;

    if (n < req->n_samples)
        return tw_fail(err, TW_EINVAL, 0,
                       "%zu answers recorded for task '%.80s', %zu asked for",
                       n, req->id ? req->id : "", req->n_samples);
    for (size_t i = 0; i < req->n_samples; i++) {
        struct answer x = { .complete = true };

        tw_buf_init(&x.text, ANSWER_MAX);
        tw_buf_add(&x.text, found[i].text, found[i].len);
        enum tw_status st = give(&x, a, &answers[i], err);
        tw_buf_release(&x.text);
        TW_TRY(st);
    }
    return TW_OK;
}

enum tw_status tw_llm_generate(
    struct tw_llm *m, const struct tw_llm_request *req, struct tw_arena *a,
    struct tw_llm_answer *answers, struct tw_llm_stats *stats,
    const struct tw_progress *progress, struct tw_err *err)
{
    struct run r = { .m = m, .req = req, .progress = progress };

    if (stats)
        *stats = (struct tw_llm_stats){ 0 };
    if (!req->n_samples || req->n_samples > SAMPLES_MAX)
        return tw_fail(err, TW_EINVAL, 0, "bad number of samples: %zu",
                       req->n_samples);
    if (m->replay)
        return replay(m, req, a, answers, err);
    TW_TRY(tw_llm_need_vocab(m, err));
    TW_TRY(tw_llm_need_model(m, err));
    r.sampler = (struct tw_sampler){ req->temperature, req->top_k, req->top_p,
                                     req->seed };
    double begin = tw_clock_mono();
    enum tw_status st = start(&r, err);
    if (st == TW_OK)
        st = prefill(&r, err);
    double middle = tw_clock_mono();
    if (st == TW_OK)
        st = run_groups(&r, a, answers, err);
    if (stats)
        *stats =
            (struct tw_llm_stats){ r.prompt.n, r.n_generated, middle - begin,
                                   tw_clock_mono() - middle };
    finish(&r);
    return st;
}
