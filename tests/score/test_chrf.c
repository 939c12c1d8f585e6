#include "score/chrf.h"

#include "golden.h"
#include "test.h"

static struct tw_piece text(const char *s)
{
    return (struct tw_piece){ s, strlen(s) };
}

static double chrf(const struct tw_chrf_config *c, struct tw_piece h,
                   struct tw_piece r)
{
    struct tw_arena a;
    double score = (double)NAN;

    tw_arena_init(&a, (size_t)256 << 20);
    CHECK(tw_chrf(&score, &a, c, h, r, NULL) == TW_OK);
    tw_arena_release(&a);
    return score;
}

static const struct variant {
    const char *name;
    struct tw_chrf_config c;
} variants[] = {
    { "chrF", { 6, 0, 2, false, false, false } },
    { "chrF++", { 6, 2, 2, false, false, false } },
    { "chrF_eps", { 6, 0, 2, false, false, true } },
    { "chrF_ws", { 6, 0, 2, true, false, false } },
    { "chrF_lc", { 6, 0, 2, false, true, false } },
    { "chrF_b1", { 6, 0, 1, false, false, false } },
};

TEST(every_variant_gives_the_reference_scores)
{
    struct golden pairs, want;
    const struct tw_json *p, *w;
    int n = 0;

    if (!golden_open(&pairs, "pairs200.jsonl") ||
        !golden_open(&want, "chrf_sacrebleu.jsonl"))
        return;
    while ((p = golden_next(&pairs)) && (w = golden_next(&want))) {
        CHECK(golden_number(p, "id") == golden_number(w, "id"));
        for (size_t i = 0; i < TW_ARRAY_LEN(variants); i++, n++)
            CHECK_NEAR(chrf(&variants[i].c, golden_text(p, "hypothesis"),
                            golden_text(p, "reference")),
                       golden_number(w, variants[i].name), 1e-9);
    }
    CHECK(!golden_next(&want) && n > 0);
    printf("# %d scores\n", n);
}

TEST(equal_texts_score_100_and_strangers_0)
{
    struct tw_chrf_config c = tw_chrf_default();

    CHECK_NEAR(chrf(&c, text("assert x > 1"), text("assert x > 1")), 100, 1e-9);
    CHECK(chrf(&c, text("abc"), text("xyz")) == 0);
}

TEST(empty_texts_score_0)
{
    struct tw_chrf_config c = tw_chrf_default();

    CHECK(chrf(&c, text(""), text("")) == 0);
    CHECK(chrf(&c, text("abc"), text("")) == 0);
    CHECK(chrf(&c, text(""), text("abc")) == 0);
    CHECK(chrf(&c, text("  \n"), text("abc")) == 0);
}

TEST(invalid_bytes_are_characters)
{
    struct tw_chrf_config c = tw_chrf_default();

    c.lower = true;
    CHECK_NEAR(chrf(&c, text("\xff\xfe\x80 a"), text("\xff\xfe\x80 a")), 100,
               1e-9);
    CHECK(chrf(&c, text("\xff"), text("\xfe")) == 0);
}

/* n_hyp and n_ref numbers below 40, most of them below 4. */
static void check_ways(size_t n_hyp, size_t n_ref)
{
    struct tw_arena a;
    struct tw_ids_pair p = { .n_ids = 40 };
    struct tw_ngrams fast, slow;
    uint32_t x = 1;

    tw_arena_init(&a, 16u << 20);
    p.hyp.v = tw_arena_alloc(&a, n_hyp + n_ref, sizeof(uint32_t));
    p.ref.v = p.hyp.v + n_hyp;
    p.hyp.n = n_hyp;
    p.ref.n = n_ref;
    for (size_t i = 0; i < n_hyp + n_ref; i++) {
        x = x * 1664525u + 1013904223u;
        p.hyp.v[i] = 1 + (x >> 24) % (i % 7 ? 3 : 40);
    }
    for (size_t n = 1; n <= 8; n++) {
        CHECK(tw_ngrams_count(&fast, &a, &p, n, NULL) == TW_OK);
        CHECK(tw_ngrams_count_but(&slow, &a, &p, n, NULL, NULL) == TW_OK);
        for (size_t i = 0; i < n; i++) {
            CHECK(fast.hyp[i] == slow.hyp[i] && fast.ref[i] == slow.ref[i]);
            CHECK(fast.both[i] == slow.both[i]);
        }
    }
    CHECK(n_hyp < 100 || (fast.both[5] > 0 && fast.both[5] < fast.both[0]));
    tw_arena_release(&a);
}

TEST(both_ways_of_counting_agree)
{
    check_ways(300, 400);
    check_ways(200, 240);
    for (size_t h = 0; h < 10; h++)
        for (size_t r = 0; r < 10; r++)
            check_ways(h, r);
}

TEST(many_letters_take_the_long_way)
{
    struct tw_chrf_config c = tw_chrf_default();
    static char s[9000];
    size_t n = 0;

    for (unsigned code = 0x4e00; code < 0x4e00 + 2500; code++) {
        s[n++] = (char)(0xe0 | code >> 12);
        s[n++] = (char)(0x80 | (code >> 6 & 63));
        s[n++] = (char)(0x80 | (code & 63));
    }
    CHECK_NEAR(chrf(&c, (struct tw_piece){ s, n }, (struct tw_piece){ s, n }),
               100, 1e-9);
}

TEST(a_huge_text_is_refused_and_a_small_arena_fails)
{
    struct tw_chrf_config c = tw_chrf_default();
    static char s[TW_METRIC_TEXT_MAX + 1];
    struct tw_arena a;
    double score;

    memset(s, 'a', sizeof(s));
    tw_arena_init(&a, (size_t)256 << 20);
    CHECK(tw_chrf(&score, &a, &c, (struct tw_piece){ s, sizeof(s) }, text("a"),
                  NULL) == TW_ELIMIT);
    tw_arena_release(&a);
    c.word_order = 2;
    c.lower = true;
    for (size_t limit = 0;; limit += 512) {
        tw_arena_init(&a, limit);
        enum tw_status st =
            tw_chrf(&score, &a, &c, text("a, b c"), text("a b (c)"), NULL);
        tw_arena_release(&a);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM && limit < 1 << 20);
    }
}

TEST_MAIN(RUN(every_variant_gives_the_reference_scores);
          RUN(equal_texts_score_100_and_strangers_0); RUN(empty_texts_score_0);
          RUN(invalid_bytes_are_characters); RUN(both_ways_of_counting_agree);
          RUN(many_letters_take_the_long_way);
          RUN(a_huge_text_is_refused_and_a_small_arena_fails);)
