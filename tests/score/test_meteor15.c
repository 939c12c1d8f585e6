#include "score/meteor15.h"

#include "golden.h"
#include "test.h"

static struct tw_wordnet *open_wordnet(void)
{
    struct tw_wordnet *w = NULL;

    if (!tw_file_exists(TW_WORDNET_DIR "/data.noun")) {
        test_skip("no WordNet: tools/install-deps.sh bench");
        return NULL;
    }
    CHECK(tw_wordnet_open(&w, TW_WORDNET_DIR, NULL) == TW_OK);
    return w;
}

static double score_as(struct tw_meteor15_result *r, const struct tw_wordnet *w,
                       enum tw_meteor15_task task, enum tw_tokenizer kind,
                       struct tw_piece hyp, struct tw_piece ref)
{
    struct tw_arena a;
    struct tw_tokens h, f;

    *r = (struct tw_meteor15_result){ .score = (double)NAN };
    tw_arena_init(&a, (size_t)256 << 20);
    CHECK(tw_tokenize(&h, &a, kind, hyp, NULL) == TW_OK);
    CHECK(tw_tokenize(&f, &a, kind, ref, NULL) == TW_OK);
    CHECK(tw_tokens_lower(&h, &a, NULL) == TW_OK);
    CHECK(tw_tokens_lower(&f, &a, NULL) == TW_OK);
    CHECK(tw_meteor15_score(r, w, task, &a, &h, &f, NULL) == TW_OK);
    tw_arena_release(&a);
    return r->score;
}

TEST(scores_are_those_of_meteor_15)
{
    struct tw_wordnet *w = open_wordnet();
    struct tw_meteor15_result r;
    const struct tw_json *row;
    struct golden g;
    int n = 0;

    if (w && golden_open(&g, "meteor15_nopara.jsonl")) {
        for (; (row = golden_next(&g)); n += 2) {
            CHECK_NEAR(score_as(&r, w, TW_METEOR15_RANK, TW_TOK_NORM,
                                golden_text(row, "hypothesis"),
                                golden_text(row, "reference")),
                       golden_number(row, "norm"), 1e-12);
            CHECK_NEAR(score_as(&r, w, TW_METEOR15_RANK, TW_TOK_TRANX,
                                golden_text(row, "hypothesis"),
                                golden_text(row, "reference")),
                       golden_number(row, "lower_tranx"), 1e-12);
        }
        CHECK(n > 0);
        printf("# %d scores\n", n);
    }
    tw_wordnet_close(w);
}

static double plain(struct tw_meteor15_result *r, enum tw_meteor15_task task,
                    const char *hyp, const char *ref)
{
    return score_as(r, NULL, task, TW_TOK_WS,
                    (struct tw_piece){ hyp, strlen(hyp) },
                    (struct tw_piece){ ref, strlen(ref) });
}

TEST(equal_texts_score_one_and_strangers_nothing)
{
    struct tw_meteor15_result r;

    CHECK(plain(&r, TW_METEOR15_RANK, "a cell drops", "a cell drops") == 1);
    CHECK(r.chunks == 1 && r.matches == 3 && r.penalty == 0);
    CHECK(plain(&r, TW_METEOR15_RANK, "x", "y") == 0);
    CHECK(plain(&r, TW_METEOR15_RANK, "", "") == 0);
    CHECK(plain(&r, TW_METEOR15_RANK, "", "y") == 0);
    CHECK(plain(&r, TW_METEOR15_RANK, "y", "") == 0);
}

/* One stem match of a content word, beside one equal function word. */
TEST(tasks_weigh_modules_and_kinds_of_words)
{
    struct tw_meteor15_result r;
    double p = (0.6 * 0.75 + 0.25) / (0.75 + 0.25);

    CHECK_NEAR(plain(&r, TW_METEOR15_RANK, "the cells", "the cell"),
               p * (1 - 0.6 * 0), 1e-12);
    CHECK(r.chunks == 1 && r.matches == 2);
    p = (0.2 * 0.55 + 0.45) / (0.55 + 0.45);
    CHECK_NEAR(plain(&r, TW_METEOR15_HTER, "the cells", "the cell"), p, 1e-12);
    /* Characters: the stem has no weight, 5 and 4 letters do not count. */
    double pc = 3 * 0.35 / (3 * 0.35 + 5 * 0.65);
    double rc = 3 * 0.35 / (3 * 0.35 + 4 * 0.65);
    CHECK_NEAR(plain(&r, TW_METEOR15_UTIL, "the cells", "the cell"),
               1 / (0.35 / pc + 0.65 / rc), 1e-12);
    CHECK(!strcmp(tw_meteor15_task_name(TW_METEOR15_UTIL), "util"));
}

TEST(the_beam_prefers_few_chunks)
{
    struct tw_meteor15_result r;

    plain(&r, TW_METEOR15_RANK, "b a b a b a", "a b a b a b");
    CHECK(r.matches == 6 && r.chunks == 2);
    plain(&r, TW_METEOR15_RANK, "( x ) ( y )", "( y ) ( x )");
    CHECK(r.matches == 6 && r.chunks == 2);
}

TEST(long_texts_are_refused)
{
    static struct tw_piece items[TW_METEOR15_TOKENS + 1];
    struct tw_meteor15_result r;
    struct tw_arena a;

    for (size_t i = 0; i < TW_ARRAY_LEN(items); i++)
        items[i] = (struct tw_piece){ &"abcdefgh"[i % 8], 1 };
    struct tw_tokens t = { items, TW_ARRAY_LEN(items) };
    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_meteor15_score(&r, NULL, TW_METEOR15_RANK, &a, &t, &t, NULL) ==
          TW_ELIMIT);
    t.n = 300;
    CHECK(tw_meteor15_score(&r, NULL, TW_METEOR15_RANK, &a, &t, &t, NULL) ==
          TW_OK);
    CHECK(r.matches > 200);
    tw_arena_release(&a);
}

TEST(a_small_arena_fails)
{
    struct tw_piece h[] = { { "a", 1 }, { "cells", 5 }, { "a", 1 } };
    struct tw_piece f[] = { { "a", 1 }, { "a", 1 }, { "cell", 4 } };
    struct tw_tokens th = { h, 3 }, tf = { f, 3 };
    struct tw_meteor15_result r;
    enum tw_status st = TW_ENOMEM;

    for (size_t limit = 0; st != TW_OK && limit < 1 << 20; limit += 64) {
        struct tw_arena a;

        tw_arena_init(&a, limit);
        st = tw_meteor15_score(&r, NULL, TW_METEOR15_RANK, &a, &th, &tf, NULL);
        tw_arena_release(&a);
        CHECK(st == TW_OK || st == TW_ENOMEM);
    }
    CHECK(st == TW_OK && r.matches == 3);
}

TEST_MAIN(RUN(scores_are_those_of_meteor_15);
          RUN(equal_texts_score_one_and_strangers_nothing);
          RUN(tasks_weigh_modules_and_kinds_of_words);
          RUN(the_beam_prefers_few_chunks); RUN(long_texts_are_refused);
          RUN(a_small_arena_fails);)
