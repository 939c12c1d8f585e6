/*
 * bench_score.c [NAME] - pairs per CPU second, one thread, over made-up pairs
 * of 34 tokens; one JSON line each.  METEOR gets tokens, not yet in lower case,
 * and knows the words; chrF gets texts.  Peers, same lengths, one thread: NLTK
 * 7,550 and sacrebleu 8,545 pairs/s.  "wordnet" is the time to open the files
 * and look a hundred words up for the first time.
 */
#include "base/clock.h"
#include "base/file.h"
#include "score/chrf.h"
#include "score/meteor.h"
#include "score/meteor15.h"

#include <stdio.h>
#include <string.h>

enum { PAIRS = 297, TOKENS = 34, TEXT_MAX = 600, ROUNDS = 20, REPEATS = 9 };

static const char *const words[] = {
    "assert",   "counter", "cell", "(",     ")",     "=", "=", ".",
    "handover", "rate",    "run",  "start", "begin", "(", ")", ",",
    "if",       "i",       "x",    "in",    "1",     "[", "]", ".",
    "drop",     "happy",   "buy",  "check", "value", "0", "5", ":",
    "reports",  "report",  "test", "a",     "n",     "+", "-", "load",
};

struct pair {
    char hyp[TEXT_MAX], ref[TEXT_MAX];
    struct tw_tokens hyp_tokens, ref_tokens;
};

static uint32_t next(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

/* A third of the words of ref are other words in hyp. */
static void make(struct pair *p, uint32_t *x)
{
    size_t n_words = sizeof(words) / sizeof(words[0]), h = 0, r = 0;

    for (int i = 0; i < TOKENS; i++) {
        const char *w = words[next(x) % n_words];
        const char *v = next(x) % 3 ? w : words[next(x) % n_words];

        r += (size_t)snprintf(p->ref + r, sizeof(p->ref) - r, "%s ", w);
        h += (size_t)snprintf(p->hyp + h, sizeof(p->hyp) - h, "%s ", v);
    }
}

static struct tw_piece piece(const char *s)
{
    return (struct tw_piece){ s, strlen(s) };
}

struct setup {
    struct pair *pairs;
    struct tw_wordnet *wordnet;
    struct tw_meteor *meteor;
};

typedef bool score_fn(const struct setup *s, struct pair *p,
                      struct tw_arena *a);

static bool meteor(const struct setup *s, struct pair *p, struct tw_arena *a)
{
    struct tw_meteor_result r;

    return tw_meteor_score(&r, s->meteor, a, &p->hyp_tokens, &p->ref_tokens,
                           NULL) == TW_OK;
}

static bool best(const struct setup *s, struct pair *p, struct tw_arena *a)
{
    struct tw_meteor_result r;

    return tw_meteor_score_best(&r, s->meteor, a, &p->hyp_tokens,
                                &p->ref_tokens, NULL) == TW_OK;
}

static bool meteor15(const struct setup *s, struct pair *p, struct tw_arena *a)
{
    struct tw_meteor15_result r;

    return tw_meteor15_score(&r, s->wordnet, TW_METEOR15_RANK, a,
                             &p->hyp_tokens, &p->ref_tokens, NULL) == TW_OK;
}

static bool chrf(const struct setup *s, struct pair *p, struct tw_arena *a)
{
    struct tw_chrf_config c = tw_chrf_default();
    double score;

    (void)s;
    return tw_chrf(&score, a, &c, piece(p->hyp), piece(p->ref), NULL) == TW_OK;
}

static bool chrf_plus(const struct setup *s, struct pair *p, struct tw_arena *a)
{
    struct tw_chrf_config c = tw_chrf_default();
    double score;

    (void)s;
    c.word_order = 2;
    return tw_chrf(&score, a, &c, piece(p->hyp), piece(p->ref), NULL) == TW_OK;
}

static const struct job {
    const char *name;
    score_fn *score;
    int rounds;
} jobs[] = { { "meteor", meteor, ROUNDS },
             { "chrf", chrf, ROUNDS },
             { "chrf++", chrf_plus, ROUNDS },
             { "meteor-opt", best, 1 },
             { "meteor15", meteor15, 1 } };

/* Pairs per CPU second, the best of some repeats; 0 on a failure. */
static double rate(const struct setup *s, const struct job *j)
{
    double least = 1e9;

    for (int k = 0; k < REPEATS; k++) {
        double t = tw_clock_cpu();

        for (int i = 0; i < j->rounds * PAIRS; i++) {
            struct tw_arena a;

            tw_arena_init(&a, 1u << 28);
            bool done = j->score(s, &s->pairs[i % PAIRS], &a);
            tw_arena_release(&a);
            if (!done)
                return 0;
        }
        t = tw_clock_cpu() - t;
        least = t < least ? t : least;
    }
    return j->rounds * PAIRS / least;
}

static enum tw_status count_lemma(void *ctx, struct tw_piece lemma,
                                  struct tw_err *err)
{
    (void)err;
    *(size_t *)ctx += lemma.n > 0;
    return TW_OK;
}

/* Milliseconds of wall time to open the files, and then for a hundred words. */
static bool time_wordnet(void)
{
    size_t n_lemmas = 0;
    struct tw_wordnet_sink sink = { count_lemma, &n_lemmas };
    struct tw_wordnet *w = NULL;
    double start = tw_clock_mono(), cpu = tw_clock_cpu();

    if (tw_wordnet_open(&w, TW_WORDNET_DIR, NULL) != TW_OK)
        return false;
    double opened = tw_clock_mono();
    for (int i = 0; i < 100; i++)
        if (tw_wordnet_lemmas(w, piece(words[i % 40]), &sink, NULL) != TW_OK)
            return false;
    printf("{\"wordnet_open_ms\": %.3f, \"first_words_ms\": %.3f, "
           "\"cpu_ms\": %.3f, \"lemmas\": %zu}\n",
           (opened - start) * 1e3, (tw_clock_mono() - opened) * 1e3,
           (tw_clock_cpu() - cpu) * 1e3, n_lemmas);
    tw_wordnet_close(w);
    return true;
}

static bool set_up(struct setup *s, struct tw_arena *a)
{
    static struct pair pairs[PAIRS];
    uint32_t x = 5;

    *s = (struct setup){ .pairs = pairs };
    if (tw_file_exists(TW_WORDNET_DIR "/data.noun") &&
        tw_wordnet_open(&s->wordnet, TW_WORDNET_DIR, NULL) != TW_OK)
        return false;
    if (tw_meteor_new(&s->meteor, s->wordnet, false, 64u << 20, NULL) != TW_OK)
        return false;
    for (int i = 0; i < PAIRS; i++) {
        make(&pairs[i], &x);
        if (tw_tokenize(&pairs[i].hyp_tokens, a, TW_TOK_WS, piece(pairs[i].hyp),
                        NULL) != TW_OK ||
            tw_tokenize(&pairs[i].ref_tokens, a, TW_TOK_WS, piece(pairs[i].ref),
                        NULL) != TW_OK)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    struct tw_arena a;
    struct setup s;

    if (!only || strcmp(only, "wordnet") == 0)
        time_wordnet();
    tw_arena_init(&a, 64u << 20);
    bool ready = set_up(&s, &a);
    for (size_t i = 0; ready && i < TW_ARRAY_LEN(jobs); i++)
        if (!only || strcmp(only, jobs[i].name) == 0)
            printf("{\"metric\": \"%s\", \"tokens\": %d, "
                   "\"pairs_per_cpu_s\": %.0f}\n",
                   jobs[i].name, TOKENS, rate(&s, &jobs[i]));
    tw_meteor_free(s.meteor);
    tw_wordnet_close(s.wordnet);
    tw_arena_release(&a);
    return !ready;
}
