/*
 * generate.c - n answers to one prompt: one prefill, one batch of tails.
 *
 * Answers are decoded in groups side by side: a step reads every weight once
 * for the whole group, and reading weights is what a step costs.  An answer
 * that ends leaves its group; the next group begins when all have ended, so
 * that the tokens of an answer do not depend on when the others end.  While
 * there are few answers, a step also takes what they may say next (lookup.h):
 * the tokens of an answer are drawn by position, so a guess that was drawn is
 * the token, and one that was not costs its row.
 */
#include "base/clock.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "llm/llm_priv.h"
#include "llm/lookup.h"
#include "llm/sampler.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    GROUP_MAX = 64, /* answers decoded side by side */
    SAMPLES_MAX = 1 << 16,
    /* Rows of a step with guesses: as many as the products take with the sums
     * of one row (matmul_rows.c unpacks panels for more). */
    GUESS_ROWS = TW_SESSION_ROWS_MIN,
    ROWS_MAX = GROUP_MAX,
};
#define ANSWER_MAX ((size_t)1 << 24) /* bytes */

struct answer {
    struct tw_buf text; /* bytes of the tokens so far; may be cut UTF-8 */
    size_t n_tokens;
    double logprob;
    bool done;
    bool complete;    /* ended by itself, not at a limit */
    int32_t *ids;     /* (prompt.n + max_tokens): the prompt and the answer */
    size_t n_guesses; /* rows of this step behind the one of its last token */
    size_t n_missed;  /* steps since a guess was right */
    size_t n_rest;    /* steps to go without guesses */
};

/* One call of tw_llm_generate(). */
struct run {
    struct tw_llm *m;                 /* borrowed */
    const struct tw_llm_request *req; /* borrowed */
    struct tw_sampler sampler;
    struct tw_ids prompt;
    size_t max_tokens;      /* of an answer */
    size_t n_group;         /* answers side by side, at most GROUP_MAX */
    size_t V;               /* values of a row of logits */
    struct answer *answers; /* (n_group) */
    float *first;           /* (V): logits after the prompt */
    float *logits;          /* (n_rows, V) */
    struct tw_choice *room; /* (V): for the sampler */
    size_t room_ids;        /* prompt.n + max_tokens */
    int32_t *ids;           /* (n_group, room_ids) */
    size_t n_rows;          /* of a step, at most */
    size_t n_steps;         /* passes so far */
    size_t n_generated;     /* tokens so far, of all answers */
    size_t n_wanted;        /* at most */
    const struct tw_progress *progress;
};

/* Where to look for a stop text of n bytes when n_new bytes are new: it may
 * have begun in an earlier token. */
static size_t search_from(const struct answer *a, size_t n, size_t n_new)
{
    if (a->text.len <= n + n_new)
        return 0;
    return a->text.len - n - n_new;
}

/* Cut the text at the first stop text that ends in its last n_new bytes. */
static bool cut_at_stop(const struct run *r, struct answer *a, size_t n_new)
{
    const char *const *stop = r->req->stop;
    size_t first = SIZE_MAX;

    for (; stop && *stop; stop++) {
        size_t n = strlen(*stop);
        const char *text = tw_buf_text(&a->text), *hit = NULL;

        if (n) /* an empty one would end every answer */
            hit = strstr(text + search_from(a, n, n_new), *stop);
        if (hit && (size_t)(hit - text) < first)
            first = (size_t)(hit - text);
    }
    if (first == SIZE_MAX)
        return false;
    TW_ASSERT(first < a->text.len);
    a->text.len = first;
    a->text.bytes[first] = '\0';
    return true;
}

/* Answers of a chat go on with explanations that nobody reads: the first code
 * block is the answer.  It can only end where one of the new bytes ends a
 * line. */
static bool cut_at_block(struct answer *a, size_t n_new)
{
    const char *text = tw_buf_text(&a->text);
    size_t end = 0;

    TW_ASSERT(n_new <= a->text.len);
    if (memchr(text + a->text.len - n_new, '\n', n_new))
        end = tw_chat_block_end(text, a->text.len);
    if (!end)
        return false;
    a->text.len = end;
    a->text.bytes[end] = '\0';
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

    TW_ASSERT(!a->done && i < r->n_group);
    a->logprob += logprob;
    a->ids[r->prompt.n + a->n_tokens++] = id;
    r->n_generated++;
    if (tw_vocab_is_end(r->m->vocab, id)) {
        a->done = a->complete = true;
        return;
    }
    tw_vocab_decode(r->m->vocab, id, false, &a->text);
    bool chat = r->m->chat && !r->req->plain;
    if (cut_at_stop(r, a, a->text.len - len) ||
        (chat && cut_at_block(a, a->text.len - len)))
        a->done = a->complete = true;
    else
        a->done = a->n_tokens == r->max_tokens || a->text.failed;
}

/* The rows of a step. */
struct rows {
    size_t n;
    size_t seqs[ROWS_MAX]; /* places in the group */
    int32_t ids[ROWS_MAX];
};

/* Guesses that an answer may have in this step: up to max, and none behind the
 * end of its room.  After misses it rests, for longer each time. */
static size_t count_guesses(const struct run *r, struct answer *a, size_t max)
{
    size_t left = r->max_tokens - a->n_tokens;

    TW_ASSERT(a->n_tokens <= r->max_tokens);
    if (a->n_rest) {
        a->n_rest--;
        return 0;
    }
    if (max > left)
        return left;
    return max;
}

/* Rows of answer i: its last token, then what may follow. */
static void add_rows(struct run *r, size_t i, size_t max, struct rows *rows)
{
    struct answer *a = &r->answers[i];
    size_t len = r->prompt.n + a->n_tokens;
    size_t n = count_guesses(r, a, max);

    TW_ASSERT(rows->n + 1 + n <= r->n_rows && a->n_tokens > 0);
    rows->seqs[rows->n] = i;
    rows->ids[rows->n++] = a->ids[len - 1];
    a->n_guesses = 0;
    if (n)
        a->n_guesses = tw_lookup_draft(a->ids, len, rows->ids + rows->n, n);
    for (size_t k = 0; k < a->n_guesses; k++)
        rows->seqs[rows->n++] = i;
}

/* The rows of all active answers of n. */
static void collect_rows(struct run *r, size_t n, struct rows *rows)
{
    size_t n_active = 0, max = 0;

    for (size_t i = 0; i < n; i++)
        n_active += !r->answers[i].done;
    if (n_active && !r->req->no_lookup && GUESS_ROWS > n_active)
        max = GUESS_ROWS / n_active; /* rows of an answer */
    if (max)
        max--;
    rows->n = 0;
    for (size_t i = 0; i < n; i++)
        if (!r->answers[i].done)
            add_rows(r, i, max, rows);
}

/* Tokens of answer i from its rows, which begin at k, as long as they are what
 * was guessed; sample: its number in the run. */
static void take_tokens(struct run *r, size_t i, size_t sample,
                        const struct rows *rows, size_t k)
{
    enum { REST_MAX = 16 };
    struct answer *a = &r->answers[i];
    size_t n = a->n_guesses, right = 0;

    take_token(r, i, sample, r->logits + k * r->V);
    while (right < n && !a->done &&
           a->ids[r->prompt.n + a->n_tokens - 1] == rows->ids[k + 1 + right]) {
        right++;
        take_token(r, i, sample, r->logits + (k + right) * r->V);
    }
    /* The last token has not been fed; behind it all is wrong. */
    tw_session_cut_tail(r->m->session, i, a->n_tokens - 1);
    if (right) {
        a->n_missed = 0;
    } else if (n) {
        a->n_missed++;
        a->n_rest = 2 * a->n_missed;
        if (a->n_rest > REST_MAX)
            a->n_rest = REST_MAX;
    }
}

/* Answers first .. first + n of the run, until all of them have ended.  A row
 * of logits belongs to an active answer, not to a place in the group. */
static enum tw_status decode_group(struct run *r, size_t n, size_t first,
                                   struct tw_err *err)
{
    struct rows rows;

    TW_ASSERT(n <= r->n_group && n <= GROUP_MAX);
    for (size_t i = 0; i < n; i++)
        take_token(r, i, first + i, r->first);
    for (;;) {
        collect_rows(r, n, &rows);
        if (!rows.n)
            return TW_OK;
        if (!tw_progress_step(r->progress, "generate", r->n_generated,
                              r->n_wanted, ""))
            return tw_fail(err, TW_ECANCELED, 0, "stopped by request");
        TW_TRY(tw_session_decode(r->m->session, rows.seqs, rows.ids, rows.n,
                                 r->logits, err));
        r->n_steps++;
        for (size_t k = 0; k < rows.n;) {
            size_t i = rows.seqs[k], n_rows = 1 + r->answers[i].n_guesses;

            take_tokens(r, i, first + i, &rows, k);
            k += n_rows;
        }
    }
}

/* One character of s (n bytes) as valid UTF-8 that is no NUL; what is neither
 * becomes U+FFFD.  dst has room for 4 bytes; *used: bytes of s. */
static size_t repair_char(char *dst, const char *s, size_t n, size_t *used)
{
    uint32_t code = 0;
    size_t k = tw_utf8_decode(s, n, &code);

    *used = k;
    if (!k)
        *used = 1;
    if (k && code) {
        memcpy(dst, s, k);
        return k;
    }
    memcpy(dst, "\xef\xbf\xbd", 3);
    return 3;
}

/* The text as valid UTF-8 without NUL, in the arena: an answer that ends at a
 * limit may end inside of a character. */
static enum tw_status give(const struct answer *x, struct tw_arena *a,
                           struct tw_llm_answer *out, struct tw_err *err)
{
    const char *s = tw_buf_text(&x->text);
    size_t n = x->text.len, len = 0;
    char *text = tw_arena_alloc(a, 3 * n + 1, 1); /* each byte may be bad */

    TW_TRY(tw_buf_check(&x->text, "answer", err));
    if (!text)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answer");
    for (size_t i = 0, used; i < n; i += used)
        len += repair_char(text + len, s + i, n - i, &used);
    TW_ASSERT(len <= 3 * n);
    *out = (struct tw_llm_answer){ text, len, x->n_tokens, x->logprob,
                                   x->complete };
    return TW_OK;
}

/* Tokens that two prompts begin with together. */
static size_t common_prefix(const struct tw_ids *a, const struct tw_ids *b)
{
    size_t i = 0;

    while (i < a->n && i < b->n && a->v[i] == b->v[i])
        i++;
    return i;
}

/* A session with room for the run and some more prompt, in place of the one
 * that is too small. */
static enum tw_status renew_session(struct run *r, struct tw_err *err)
{
    struct tw_llm *m = r->m;

    tw_session_free(m->session);
    m->session = NULL;
    m->prompt.n = 0;
    TW_ASSERT(r->prompt.n + r->max_tokens <= tw_llm_context(m));
    m->cap_prefix = r->prompt.n + TW_SESSION_STEP;
    if (m->cap_prefix > tw_llm_context(m) - r->max_tokens)
        m->cap_prefix = tw_llm_context(m) - r->max_tokens;
    m->cap_seqs = r->n_group;
    m->cap_tail = r->max_tokens;
    return tw_session_new(&m->session, m->model, m->cap_prefix, m->cap_seqs,
                          m->cap_tail, err);
}

/* A session with room for the run; its prefix keeps what the prompts share:
 * prompts of one project begin with the same long instruction. */
static enum tw_status prepare_session(struct run *r, struct tw_err *err)
{
    struct tw_llm *m = r->m;
    size_t keep = common_prefix(&m->prompt, &r->prompt);

    if (!m->session || m->cap_prefix < r->prompt.n ||
        m->cap_seqs < r->n_group || m->cap_tail < r->max_tokens)
        return renew_session(r, err);
    TW_ASSERT(tw_session_len(m->session) == m->prompt.n);
    if (keep == r->prompt.n)
        keep--; /* the last token is fed for its logits */
    /* In whole steps, so that the prefix has the bytes of a fresh one: sums
     * are rounded in another way for another number of rows. */
    keep -= keep % TW_SESSION_STEP;
    tw_session_rewind(m->session, keep);
    m->prompt.n = keep;
    return TW_OK;
}

/* Feed what the session does not hold yet.  After a failure nothing of the
 * prefix is kept. */
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

/* All samples, a group after the other.  The prefix stays; only the tails are
 * forgotten between groups. */
static enum tw_status run_groups(struct run *r, struct tw_arena *a,
                                 struct tw_llm_answer *answers,
                                 struct tw_err *err)
{
    size_t n_runs = 1; /* greedy: all the same */

    if (r->sampler.temperature > 0)
        n_runs = r->req->n_samples;
    for (size_t first = 0; first < n_runs; first += r->n_group) {
        size_t n = n_runs - first;

        if (n > r->n_group)
            n = r->n_group;
        tw_session_rewind(r->m->session, r->prompt.n);
        for (size_t i = 0; i < n; i++) {
            tw_buf_release(&r->answers[i].text);
            r->answers[i] = (struct answer){ .ids = r->ids + i * r->room_ids };
            memcpy(r->answers[i].ids, r->prompt.v,
                   r->prompt.n * sizeof(*r->prompt.v));
            tw_buf_init(&r->answers[i].text, ANSWER_MAX);
        }
        TW_TRY(decode_group(r, n, first, err));
        for (size_t i = 0; i < n; i++)
            TW_TRY(give(&r->answers[i], a, &answers[first + i], err));
    }
    for (size_t i = n_runs; i < r->req->n_samples; i++)
        answers[i] = answers[0];
    return TW_OK;
}

/* The ids of the prompt, and how many tokens an answer may have. */
static enum tw_status read_prompt(struct run *r, struct tw_err *err)
{
    const struct tw_llm_request *q = r->req;
    size_t context = tw_llm_context(r->m);
    int32_t bos = tw_vocab_bos(r->m->vocab);

    if (bos >= 0)
        TW_TRY(tw_ids_add(&r->prompt, bos, err));
    if (r->m->chat && !q->plain)
        TW_TRY(tw_chat_encode(r->m->chat, r->m->vocab, q->prompt, q->prompt_len,
                              &r->prompt, err));
    else
        TW_TRY(tw_vocab_encode(r->m->vocab, q->prompt, q->prompt_len,
                               &r->prompt, err));
    if (!r->prompt.n)
        return tw_fail(err, TW_EINVAL, 0, "the prompt is empty");
    if (r->prompt.n >= context)
        return tw_fail(err, TW_ELIMIT, 0,
                       "prompt of %zu tokens exceeds the context of %zu",
                       r->prompt.n, context);
    r->max_tokens = context - r->prompt.n;
    if (q->max_tokens && q->max_tokens < r->max_tokens)
        r->max_tokens = q->max_tokens;
    return TW_OK;
}

static size_t group_size(const struct tw_llm_request *q)
{
    if (!(q->temperature > 0))
        return 1;
    if (q->n_samples < GROUP_MAX)
        return q->n_samples;
    return GROUP_MAX;
}

/* What a call needs before the first token; finish() releases it in any case.
 */
static enum tw_status start(struct run *r, struct tw_err *err)
{
    TW_TRY(read_prompt(r, err));
    TW_ASSERT(r->max_tokens > 0 && r->prompt.n > 0);
    r->V = tw_model_shape(r->m->model)->n_vocab;
    r->n_group = group_size(r->req);
    r->n_wanted = r->max_tokens * r->req->n_samples;
    r->room_ids = r->prompt.n + r->max_tokens;
    r->n_rows = r->n_group;
    if (r->n_rows < GUESS_ROWS)
        r->n_rows = GUESS_ROWS;
    r->answers = tw_mem_zeroed(r->n_group, sizeof(*r->answers));
    r->first = tw_mem_alloc(r->V * sizeof(float));
    r->logits = tw_mem_alloc(r->n_rows * r->V * sizeof(float));
    r->ids = tw_mem_alloc(r->n_group * r->room_ids * sizeof(*r->ids));
    r->room = tw_mem_alloc(r->V * sizeof(*r->room));
    if (!r->answers || !r->first || !r->logits || !r->ids || !r->room)
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
    free(r->ids);
    free(r->room);
    tw_ids_release(&r->prompt);
}

/* Recorded answers go through the same repair as generated ones, so that no
 * caller has to tell them apart. */
static enum tw_status replay(const struct tw_llm *m,
                             const struct tw_llm_request *req,
                             struct tw_arena *a, struct tw_llm_answer *answers,
                             struct tw_err *err)
{
    const struct tw_replay_answer *found = NULL;
    const char *id = "";
    size_t n = 0;

    if (req->id) {
        id = req->id;
        n = tw_replay_find(m->replay, id, &found);
    }
    if (n < req->n_samples)
        return tw_fail(err, TW_EINVAL, 0,
                       "%zu answers recorded for task '%.80s', %zu asked for",
                       n, id, req->n_samples);
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
            (struct tw_llm_stats){ r.prompt.n, r.n_generated, r.n_steps,
                                   middle - begin, tw_clock_mono() - middle };
    finish(&r);
    return st;
}
