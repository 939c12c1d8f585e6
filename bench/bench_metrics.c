/*
 * bench_metrics - pairs per second of METEOR (tokens ready, words known) and
 * chrF over made-up pairs of 34 tokens; one JSON line each.  Peers, same
 * lengths, one thread: NLTK 7,550 and sacrebleu 8,545 pairs/s.
 */
#include "base/clock.h"
#include "base/file.h"
#include "metrics/chrf.h"
#include "metrics/meteor.h"

#include <stdio.h>
#include <string.h>

enum { PAIRS = 297, TOKENS = 34, TEXT_MAX = 600, ROUNDS = 40, REPEATS = 3 };

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

static double run_meteor(struct pair *pairs, struct tw_meteor *m)
{
    double best = 1e9;

    for (int k = 0; k < REPEATS; k++) {
        double t = tw_clock_cpu();

        for (int i = 0; i < ROUNDS * PAIRS; i++) {
            struct pair *p = &pairs[i % PAIRS];
            struct tw_meteor_result r;
            struct tw_arena a;

            tw_arena_init(&a, 1u << 20);
            if (tw_meteor_score(&r, m, &a, &p->hyp_tokens, &p->ref_tokens,
                                NULL) != TW_OK)
                return 0;
            tw_arena_release(&a);
        }
        t = tw_clock_cpu() - t;
        best = t < best ? t : best;
    }
    return ROUNDS * PAIRS / best;
}

static double run_chrf(struct pair *pairs)
{
    struct tw_chrf_config c = tw_chrf_default();
    double best = 1e9;

    for (int k = 0; k < REPEATS; k++) {
        double t = tw_clock_cpu();

        for (int i = 0; i < ROUNDS * PAIRS; i++) {
            struct pair *p = &pairs[i % PAIRS];
            struct tw_arena a;
            double score;

            tw_arena_init(&a, 1u << 20);
            if (tw_chrf(&score, &a, &c, piece(p->hyp), piece(p->ref), NULL) !=
                TW_OK)
                return 0;
            tw_arena_release(&a);
        }
        t = tw_clock_cpu() - t;
        best = t < best ? t : best;
    }
    return ROUNDS * PAIRS / best;
}

int main(void)
{
    static struct pair pairs[PAIRS];
    struct tw_wordnet *w = NULL;
    struct tw_meteor *m;
    struct tw_arena a;
    uint32_t x = 5;
    size_t bytes = 0;

    tw_arena_init(&a, 64u << 20);
    if (tw_file_exists(TW_WORDNET_DIR "/data.noun") &&
        tw_wordnet_open(&w, TW_WORDNET_DIR, NULL) != TW_OK)
        return 1;
    if (tw_meteor_new(&m, w, false, 64u << 20, NULL) != TW_OK)
        return 1;
    for (int i = 0; i < PAIRS; i++) {
        make(&pairs[i], &x);
        bytes += strlen(pairs[i].hyp);
        if (tw_tokenize(&pairs[i].hyp_tokens, &a, TW_TOK_WS,
                        piece(pairs[i].hyp), NULL) != TW_OK ||
            tw_tokenize(&pairs[i].ref_tokens, &a, TW_TOK_WS,
                        piece(pairs[i].ref), NULL) != TW_OK)
            return 1;
    }
    printf("{\"metric\": \"meteor\", \"variant\": \"%s\", \"tokens\": %d, "
           "\"pairs_per_cpu_s\": %.0f}\n",
           tw_meteor_variant(m), TOKENS, run_meteor(pairs, m));
    printf("{\"metric\": \"chrf\", \"chars\": %zu, \"pairs_per_cpu_s\": "
           "%.0f}\n",
           bytes / PAIRS, run_chrf(pairs));
    tw_meteor_free(m);
    tw_wordnet_close(w);
    tw_arena_release(&a);
    return 0;
}
