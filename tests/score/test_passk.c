#include "score/passk.h"

#include "golden.h"
#include "test.h"

TEST(pass_at_k_gives_the_exact_values)
{
    struct golden g;
    const struct tw_json *row;
    int n = 0;

    if (!golden_open(&g, "pass_at_k.jsonl"))
        return;
    for (; (row = golden_next(&g)); n++) {
        double p = (double)NAN;

        CHECK(tw_pass_at_k(&p, (uint64_t)golden_number(row, "n"),
                           (uint64_t)golden_number(row, "c"),
                           (uint64_t)golden_number(row, "k"), NULL) == TW_OK);
        CHECK_NEAR(p, golden_number(row, "exact"), 1e-12);
        CHECK_NEAR(p, golden_number(row, "human_eval_formula"), 1e-12);
    }
    CHECK(n > 0);
    printf("# %d values\n", n);
}

TEST(pass_at_k_keeps_its_digits_near_0_and_1)
{
    double p;

    CHECK(tw_pass_at_k(&p, 1000000000, 1, 1, NULL) == TW_OK);
    CHECK_NEAR(p, 1e-9, 1e-24);
    CHECK(tw_pass_at_k(&p, 10, 0, 5, NULL) == TW_OK && p == 0);
    CHECK(tw_pass_at_k(&p, 10, 6, 5, NULL) == TW_OK && p == 1);
    CHECK(tw_pass_at_k(&p, 10, 10, 1, NULL) == TW_OK && p == 1);
}

/* "-0.0" in a report looks like a mistake, and is one. */
TEST(nothing_is_zero_without_a_sign)
{
    static const uint64_t DRAWN[][2] = { { 1, 1 },   { 10, 1 },  { 10, 5 },
                                         { 10, 10 }, { 200, 1 }, { 200, 100 } };
    const double sure[3] = { 0, -0.0, 0 };
    struct tw_perplexity r;

    for (size_t i = 0; i < TW_ARRAY_LEN(DRAWN); i++) {
        double p = 1;

        CHECK(tw_pass_at_k(&p, DRAWN[i][0], 0, DRAWN[i][1], NULL) == TW_OK);
        CHECK(p == 0 && !signbit(p));
    }
    CHECK(tw_perplexity(&r, sure, 3, 10, NULL) == TW_OK && r.ppl == 1);
    CHECK(r.nll_mean == 0 && !signbit(r.nll_mean));
    CHECK(r.bits_per_byte == 0 && !signbit(r.bits_per_byte));
}

TEST(pass_at_k_refuses_impossible_numbers)
{
    double p;

    CHECK(tw_pass_at_k(&p, 5, 6, 1, NULL) == TW_EINVAL);
    CHECK(tw_pass_at_k(&p, 5, 1, 6, NULL) == TW_EINVAL);
    CHECK(tw_pass_at_k(&p, 5, 1, 0, NULL) == TW_EINVAL);
    CHECK(tw_pass_at_k(&p, UINT64_MAX, 1, 1, NULL) == TW_EINVAL);
    CHECK(tw_pass_at_k(&p, UINT32_MAX, 1u << 20, 1u << 20, NULL) == TW_ELIMIT);
}

TEST(n_at_k_is_whether_a_submitted_sample_passes)
{
    const unsigned char passing[] = { 0, 0, 1, 0 };
    double s;

    CHECK(tw_n_at_k(&s, passing, 4, 2, 4, NULL) == TW_OK && s == 0);
    CHECK(tw_n_at_k(&s, passing, 4, 3, 4, NULL) == TW_OK && s == 1);
    CHECK(tw_n_at_k(&s, passing, 4, 3, 2, NULL) == TW_EINVAL);
    CHECK(tw_n_at_k(&s, passing, 4, 0, 2, NULL) == TW_EINVAL);
    CHECK(tw_n_at_k(&s, passing, 4, 3, 5, NULL) == TW_EINVAL);
}

TEST(perplexity_gives_the_reference_values)
{
    struct golden g;
    const struct tw_json *row;
    int rows = 0;

    if (!golden_open(&g, "perplexity.jsonl"))
        return;
    for (; (row = golden_next(&g)); rows++) {
        const struct tw_json *v = tw_json_get(row, "logprobs");
        size_t n = tw_json_len(v);
        double *x = calloc(n + 1, sizeof(*x));
        struct tw_perplexity r;

        for (size_t i = 0; x && i < n; i++)
            x[i] = tw_json_number(tw_json_at(v, i), (double)NAN);
        CHECK(x &&
              tw_perplexity(&r, x, n, (uint64_t)golden_number(row, "n_bytes"),
                            NULL) == TW_OK);
        CHECK_NEAR(r.sum, golden_number(row, "sum"), 1e-12);
        CHECK_NEAR(r.nll_mean, golden_number(row, "nll_mean"), 1e-12);
        CHECK_NEAR(r.ppl, golden_number(row, "ppl"), 1e-12 * r.ppl);
        CHECK_NEAR(r.bits_per_byte, golden_number(row, "bits_per_byte"), 1e-12);
        free(x);
    }
    CHECK(rows > 0);
    printf("# %d texts\n", rows);
}

TEST(perplexity_refuses_what_is_no_logarithm)
{
    struct tw_perplexity r;

    CHECK(tw_perplexity(&r, NULL, 0, 1, NULL) == TW_EINVAL);
    CHECK(tw_perplexity(&r, (double[]){ -1 }, 1, 0, NULL) == TW_EINVAL);
    CHECK(tw_perplexity(&r, (double[]){ (double)NAN }, 1, 1, NULL) ==
          TW_EINVAL);
    CHECK(tw_perplexity(&r, (double[]){ 0.5 }, 1, 1, NULL) == TW_EINVAL);
    CHECK(tw_perplexity(&r, (double[]){ -HUGE_VAL }, 1, 1, NULL) == TW_OK);
    CHECK(isinf(r.ppl));
}

TEST_MAIN(RUN(pass_at_k_gives_the_exact_values);
          RUN(pass_at_k_keeps_its_digits_near_0_and_1);
          RUN(nothing_is_zero_without_a_sign);
          RUN(pass_at_k_refuses_impossible_numbers);
          RUN(n_at_k_is_whether_a_submitted_sample_passes);
          RUN(perplexity_gives_the_reference_values);
          RUN(perplexity_refuses_what_is_no_logarithm);)
