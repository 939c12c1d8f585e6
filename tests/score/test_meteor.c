#include "score/meteor.h"

#include "golden.h"
#include "test.h"

struct setup {
    struct tw_wordnet *wordnet;
    struct tw_meteor *meteor;
};

static bool set_up(struct setup *s, bool words)
{
    *s = (struct setup){ 0 };
    if (!tw_file_exists(TW_WORDNET_DIR "/data.noun")) {
        test_skip("no WordNet: tools/install-deps.sh bench");
        return false;
    }
    CHECK(tw_wordnet_open(&s->wordnet, TW_WORDNET_DIR, NULL) == TW_OK);
    CHECK(tw_meteor_new(&s->meteor, s->wordnet, words, 64u << 20, NULL) ==
          TW_OK);
    return true;
}

static void tear_down(struct setup *s)
{
    tw_meteor_free(s->meteor);
    tw_wordnet_close(s->wordnet);
}

static void check_links(const struct tw_meteor_result *r, size_t n,
                        const struct tw_json *want)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        if (r->links[i] == SIZE_MAX)
            continue;
        const struct tw_json *link = tw_json_at(want, k++);

        CHECK(tw_json_int(tw_json_at(link, 0), -1) == (int64_t)i);
        CHECK(tw_json_int(tw_json_at(link, 1), -1) == (int64_t)r->links[i]);
    }
    CHECK(k == tw_json_len(want));
}

static void check_row(struct tw_meteor *m, const struct tw_json *row,
                      enum tw_tokenizer kind)
{
    const struct tw_json *want = tw_json_get(row, tw_tokenizer_name(kind));
    struct tw_arena a;
    struct tw_tokens h, r;
    struct tw_meteor_result got = { .score = (double)NAN };

    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_tokenize(&h, &a, kind, golden_text(row, "hypothesis"), NULL) ==
          TW_OK);
    CHECK(tw_tokenize(&r, &a, kind, golden_text(row, "reference"), NULL) ==
          TW_OK);
    CHECK(tw_meteor_score(&got, m, &a, &h, &r, NULL) == TW_OK);
    CHECK_NEAR(got.score, golden_number(want, "score"), 1e-12);
    CHECK((double)got.matches == golden_number(want, "matches"));
    CHECK((double)got.chunks == golden_number(want, "chunks"));
    if (got.links)
        check_links(&got, h.n, tw_json_get(want, "alignment"));
    tw_arena_release(&a);
}

TEST(scores_and_alignments_are_those_of_nltk)
{
    static const enum tw_tokenizer kinds[] = { TW_TOK_TRANX, TW_TOK_WS,
                                               TW_TOK_TREEBANK };
    const struct tw_json *row;
    struct golden g;
    struct setup s;
    int n = 0;

    if (!set_up(&s, false))
        return;
    if (golden_open(&g, "meteor_nltk.jsonl")) {
        while ((row = golden_next(&g)))
            for (size_t i = 0; i < TW_ARRAY_LEN(kinds); i++, n++)
                check_row(s.meteor, row, kinds[i]);
        CHECK(n > 0);
        printf("# %d scores\n", n);
    }
    tear_down(&s);
}

static double score(struct tw_meteor *m, const char *hyp, const char *ref)
{
    struct tw_meteor_result got = { .score = (double)NAN };
    struct tw_tokens h, r;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_tokenize(&h, &a, TW_TOK_WS, (struct tw_piece){ hyp, strlen(hyp) },
                      NULL) == TW_OK);
    CHECK(tw_tokenize(&r, &a, TW_TOK_WS, (struct tw_piece){ ref, strlen(ref) },
                      NULL) == TW_OK);
    CHECK(tw_meteor_score(&got, m, &a, &h, &r, NULL) == TW_OK);
    tw_arena_release(&a);
    return got.score;
}

TEST(quirks_are_kept)
{
    struct setup s;

    if (!set_up(&s, false))
        return;
    CHECK_NEAR(score(s.meteor, "begin", "start"), 0.5, 1e-12);
    CHECK(score(s.meteor, "buy", "acquire") == 0); /* the stem is acquir */
    CHECK_NEAR(score(s.meteor, "c", "carbon"), 0.5, 1e-12);
    CHECK(score(s.meteor, "carbon", "c") == 0);
    CHECK_NEAR(score(s.meteor, "a b a b a b", "b a b a b a"), 0.5, 1e-12);
    CHECK_NEAR(score(s.meteor, "A b", "a B"), 0.9375, 1e-12);
    CHECK(!strcmp(tw_meteor_variant(s.meteor), "nltk"));
    tear_down(&s);
}

TEST(the_words_variant_looks_up_words)
{
    struct setup s;

    if (!set_up(&s, true))
        return;
    CHECK_NEAR(score(s.meteor, "happy", "glad"), 0.5, 1e-12);
    CHECK_NEAR(score(s.meteor, "buy", "purchase"), 0.5, 1e-12);
    CHECK(!strcmp(tw_meteor_variant(s.meteor), "nltk-words"));
    tear_down(&s);
}

static void check_best(struct tw_meteor *m, const struct tw_json *row,
                       size_t *n_better, size_t *n_proven)
{
    struct tw_arena a;
    struct tw_tokens h, r;
    struct tw_meteor_result got = { .score = (double)NAN };

    tw_arena_init(&a, (size_t)256 << 20);
    CHECK(tw_tokenize(&h, &a, TW_TOK_TRANX, golden_text(row, "hypothesis"),
                      NULL) == TW_OK);
    CHECK(tw_tokenize(&r, &a, TW_TOK_TRANX, golden_text(row, "reference"),
                      NULL) == TW_OK);
    CHECK(tw_meteor_score_best(&got, m, &a, &h, &r, NULL) == TW_OK);
    double greedy = golden_number(tw_json_get(row, "tranx"), "score");
    CHECK(got.score >= greedy - 1e-12);
    *n_better += got.score > greedy + 1e-9;
    *n_proven += got.proven;
    tw_arena_release(&a);
}

TEST(the_best_alignment_is_never_worse)
{
    size_t n = 0, n_better = 0, n_proven = 0;
    const struct tw_json *row;
    struct golden g;
    struct setup s;

    if (!set_up(&s, false))
        return;
    if (golden_open(&g, "meteor_nltk.jsonl")) {
        for (; (row = golden_next(&g)); n++)
            check_best(s.meteor, row, &n_better, &n_proven);
        CHECK(n_better * 3 > n && n_proven * 20 > n * 19);
        printf("# %zu of %zu better, %zu proven\n", n_better, n, n_proven);
    }
    tear_down(&s);
}

TEST(the_best_alignment_joins_the_stages)
{
    struct tw_piece h = { "a b a b a b", 11 }, r = { "b a b a b a", 11 };
    struct tw_meteor_result got;
    struct tw_tokens th, tr;
    struct tw_meteor *m;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_meteor_new(&m, NULL, false, 4u << 20, NULL) == TW_OK);
    CHECK(tw_tokenize(&th, &a, TW_TOK_WS, h, NULL) == TW_OK);
    CHECK(tw_tokenize(&tr, &a, TW_TOK_WS, r, NULL) == TW_OK);
    CHECK(tw_meteor_score_best(&got, m, &a, &th, &tr, NULL) == TW_OK);
    CHECK(got.chunks == 2 && got.matches == 6 && got.proven);
    CHECK_NEAR(got.score, 1 - 0.5 * 8 / 216, 1e-12);
    /* A stem may leave an equal word to another token. */
    h = (struct tw_piece){ "counts count x", 14 };
    r = (struct tw_piece){ "count counts x", 14 };
    CHECK(tw_tokenize(&th, &a, TW_TOK_WS, h, NULL) == TW_OK);
    CHECK(tw_tokenize(&tr, &a, TW_TOK_WS, r, NULL) == TW_OK);
    CHECK(tw_meteor_score_best(&got, m, &a, &th, &tr, NULL) == TW_OK);
    CHECK(got.chunks == 1 && got.matches == 3);
    tw_arena_release(&a);
    tw_meteor_free(m);
}

TEST(without_wordnet_two_stages_are_left)
{
    struct tw_meteor *m;

    CHECK(tw_meteor_new(&m, NULL, false, 4u << 20, NULL) == TW_OK);
    CHECK_NEAR(score(m, "counters", "counter"), 0.5, 1e-12);
    CHECK(score(m, "begin", "start") == 0);
    CHECK(score(m, "", "") == 0 && score(m, "a", "") == 0);
    CHECK(score(m, "", "a") == 0);
    CHECK_NEAR(score(m, "\xff \xc3", "\xff \xc3"), 0.9375, 1e-12);
    CHECK(!strcmp(tw_meteor_variant(m), "nltk-nowordnet"));
    tw_meteor_free(m);
}

TEST(many_words_grow_the_memory_and_are_forgotten)
{
    struct tw_meteor *m;
    struct tw_arena a;
    struct tw_tokens t;
    struct tw_meteor_result r;
    enum { N = 150000 };
    char *text = malloc((size_t)N * 8);
    size_t n = 0;

    CHECK(tw_meteor_new(&m, NULL, false, (size_t)256 << 20, NULL) == TW_OK);
    for (int round = 0; text && round < 3; round++) {
        n = 0;
        for (int i = 0; i < N / 3; i++)
            n += (size_t)sprintf(text + n, "%x ", (unsigned)(round * N + i));
        tw_arena_init(&a, (size_t)256 << 20);
        CHECK(tw_tokenize(&t, &a, TW_TOK_WS, (struct tw_piece){ text, n },
                          NULL) == TW_OK);
        CHECK(tw_meteor_score(&r, m, &a, &t, &t, NULL) == TW_OK);
        CHECK(r.matches == N / 3 && r.chunks == 1);
        tw_arena_release(&a);
    }
    tw_meteor_free(m);
    CHECK(tw_meteor_new(&m, NULL, false, 1u << 20, NULL) == TW_OK);
    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_tokenize(&t, &a, TW_TOK_WS, (struct tw_piece){ text, n }, NULL) ==
          TW_OK);
    CHECK(tw_meteor_score(&r, m, &a, &t, &t, NULL) == TW_ENOMEM);
    tw_arena_release(&a);
    tw_meteor_free(m);
    CHECK(tw_meteor_new(&m, NULL, false, 1000, NULL) == TW_ENOMEM && !m);
    free(text);
}

TEST(a_small_arena_fails_and_the_scorer_goes_on)
{
    struct tw_piece h = { "counts of drops", 15 }, r = { "count the drop", 14 };
    struct tw_arena keep;
    struct tw_tokens th, tr;
    struct tw_meteor *m;

    tw_arena_init(&keep, 1u << 20);
    CHECK(tw_tokenize(&th, &keep, TW_TOK_WS, h, NULL) == TW_OK);
    CHECK(tw_tokenize(&tr, &keep, TW_TOK_WS, r, NULL) == TW_OK);
    CHECK(tw_meteor_new(&m, NULL, true, 4u << 20, NULL) == TW_OK);
    for (size_t limit = 0;; limit += 64) {
        struct tw_meteor_result got = { .score = -1 };
        struct tw_arena a;

        tw_arena_init(&a, limit);
        enum tw_status st = tw_meteor_score(&got, m, &a, &th, &tr, NULL);
        tw_arena_release(&a);
        if (st == TW_OK) {
            CHECK(got.matches == 2 && got.chunks == 2);
            break;
        }
        CHECK(st == TW_ENOMEM && limit < 1 << 16);
    }
    tw_meteor_free(m);
    tw_arena_release(&keep);
}

TEST_MAIN(RUN(scores_and_alignments_are_those_of_nltk); RUN(quirks_are_kept);
          RUN(the_words_variant_looks_up_words);
          RUN(the_best_alignment_is_never_worse);
          RUN(the_best_alignment_joins_the_stages);
          RUN(without_wordnet_two_stages_are_left);
          RUN(many_words_grow_the_memory_and_are_forgotten);
          RUN(a_small_arena_fails_and_the_scorer_goes_on);)
