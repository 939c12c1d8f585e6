#include "score/rouge.h"

#include "golden.h"
#include "test.h"

static struct tw_piece text(const char *s)
{
    return (struct tw_piece){ s, strlen(s) };
}

static void check_prf(const struct tw_prf *r, const struct tw_json *w)
{
    CHECK_NEAR(r->precision, tw_json_number(tw_json_at(w, 0), (double)NAN),
               1e-12);
    CHECK_NEAR(r->recall, tw_json_number(tw_json_at(w, 1), (double)NAN), 1e-12);
    CHECK_NEAR(r->f, tw_json_number(tw_json_at(w, 2), (double)NAN), 1e-12);
}

static void check_words(struct tw_arena *a, const struct tw_json *p,
                        const struct tw_json *w, bool stem)
{
    struct tw_tokens h, r;
    struct tw_prf one, two, l;

    CHECK(tw_rouge_tokens(&h, a, golden_text(p, "hypothesis"), stem, NULL) ==
          TW_OK);
    CHECK(tw_rouge_tokens(&r, a, golden_text(p, "reference"), stem, NULL) ==
          TW_OK);
    CHECK(tw_rouge_n(&one, a, &h, &r, 1, NULL) == TW_OK);
    CHECK(tw_rouge_n(&two, a, &h, &r, 2, NULL) == TW_OK);
    CHECK(tw_rouge_l(&l, a, &h, &r, NULL) == TW_OK);
    check_prf(&one, tw_json_get(w, "rouge1"));
    check_prf(&two, tw_json_get(w, "rouge2"));
    check_prf(&l, tw_json_get(w, "rougeL"));
    CHECK(tw_rouge_lsum(&l, a, golden_text(p, "hypothesis"),
                        golden_text(p, "reference"), stem, NULL) == TW_OK);
    check_prf(&l, tw_json_get(w, "rougeLsum"));
}

TEST(scores_are_those_of_the_reference)
{
    struct golden pairs, want;
    const struct tw_json *p, *w;
    int n = 0;

    if (!golden_open(&pairs, "pairs200.jsonl") ||
        !golden_open(&want, "rouge_google.jsonl"))
        return;
    while ((p = golden_next(&pairs)) && (w = golden_next(&want))) {
        struct tw_arena a;
        struct tw_tokens h, r;
        struct tw_prf l;

        tw_arena_init(&a, (size_t)64 << 20);
        check_words(&a, p, tw_json_get(w, "stem"), true);
        check_words(&a, p, tw_json_get(w, "nostem"), false);
        CHECK(tw_tokenize(&h, &a, TW_TOK_TRANX, golden_text(p, "hypothesis"),
                          NULL) == TW_OK);
        CHECK(tw_tokenize(&r, &a, TW_TOK_TRANX, golden_text(p, "reference"),
                          NULL) == TW_OK);
        CHECK(tw_rouge_l(&l, &a, &h, &r, NULL) == TW_OK);
        check_prf(&l, tw_json_get(w, "tranx_rougeL"));
        tw_arena_release(&a);
        n += 7;
    }
    CHECK(!golden_next(&want) && n > 0);
    printf("# %d scores of three numbers\n", n);
}

TEST(empty_texts_score_0)
{
    struct tw_arena a;
    struct tw_tokens none, some;
    struct tw_prf r = { 1, 1, 1 };

    tw_arena_init(&a, 1u << 20);
    CHECK(tw_rouge_tokens(&none, &a, text("+-\xff"), true, NULL) == TW_OK);
    CHECK(tw_rouge_tokens(&some, &a, text("A_b"), true, NULL) == TW_OK);
    CHECK(none.n == 0 && some.n == 2);
    CHECK(tw_rouge_n(&r, &a, &none, &some, 1, NULL) == TW_OK && r.f == 0);
    CHECK(tw_rouge_n(&r, &a, &some, &some, 1, NULL) == TW_OK && r.f == 1);
    CHECK(tw_rouge_l(&r, &a, &none, &none, NULL) == TW_OK && r.f == 0);
    CHECK(tw_rouge_n(&r, &a, &some, &some, 0, NULL) == TW_EINVAL);
    CHECK(tw_rouge_n(&r, &a, &some, &some, 9, NULL) == TW_EINVAL);
    tw_arena_release(&a);
}

static struct tw_prf lsum(const char *hyp, const char *ref)
{
    struct tw_prf r = { -1, -1, -1 };
    struct tw_arena a;

    tw_arena_init(&a, (size_t)64 << 20);
    CHECK(tw_rouge_lsum(&r, &a, text(hyp), text(ref), false, NULL) == TW_OK);
    tw_arena_release(&a);
    return r;
}

TEST(lines_of_a_summary_count_once)
{
    /* Lines in another order lose nothing. */
    CHECK(lsum("a b\nc d", "c d\na b").f == 1);
    /* One b in the hypothesis serves one b of the reference. */
    struct tw_prf r = lsum("a b", "b\nb\n\nx");
    CHECK_NEAR(r.precision, 0.5, 1e-12);
    CHECK_NEAR(r.recall, 1.0 / 3, 1e-12);
    /* The union of both lines of the hypothesis. */
    CHECK_NEAR(lsum("a c\nb d", "a b c d").recall, 1, 1e-12);
    CHECK(lsum("", "a").f == 0 && lsum("a", "").f == 0 && lsum("", "").f == 0);
    CHECK(lsum("\n\n", "a\n").f == 0);
}

TEST(summaries_have_limits)
{
    static char big[TW_METRIC_TEXT_MAX + 1];
    struct tw_arena a;
    struct tw_prf r;

    memset(big, 'a', sizeof(big));
    tw_arena_init(&a, (size_t)512 << 20);
    CHECK(tw_rouge_lsum(&r, &a, (struct tw_piece){ big, sizeof(big) },
                        text("a"), false, NULL) == TW_ELIMIT);
    for (size_t i = 1; i < sizeof(big); i += 2)
        big[i] = ' ';
    struct tw_piece most = { big, 40000 }, long_line = { big, 20000 };
    CHECK(tw_rouge_lsum(&r, &a, most, text("a"), false, NULL) == TW_ELIMIT);
    CHECK(tw_rouge_lsum(&r, &a, long_line, long_line, false, NULL) ==
          TW_ELIMIT);
    tw_arena_release(&a);
    for (size_t limit = 0; limit < 1 << 16; limit += 64) {
        tw_arena_init(&a, limit);
        enum tw_status st =
            tw_rouge_lsum(&r, &a, text("a\nb"), text("b\na"), false, NULL);
        tw_arena_release(&a);
        if (st == TW_OK)
            return;
        CHECK(st == TW_ENOMEM && limit < 1 << 15);
    }
}

TEST_MAIN(RUN(lines_of_a_summary_count_once); RUN(summaries_have_limits);
          RUN(scores_are_those_of_the_reference); RUN(empty_texts_score_0);)
