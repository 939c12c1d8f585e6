/* test_rng.c - Philox's published words, streams by name, distributions. */
#include "base/rng.h"
#include "test.h"

#include <string.h>

/* Random123's known answers for philox4x32-10 take counter and key as words;
 * key and block 0 are the one vector that our API can show. */
TEST(philox_gives_its_published_words)
{
    static const uint32_t zero[4] = { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c,
                                      0x9b00dbd8 };

    for (uint64_t i = 0; i < 4; i++)
        CHECK(tw_rng_u32_at(0, i) == zero[i]);
}

TEST(a_stream_is_the_sequence_of_its_numbered_values)
{
    struct tw_rng r = tw_rng_seeded(42);
    uint64_t key = r.key;

    for (uint64_t i = 0; i < 100; i++)
        CHECK(tw_rng_u32(&r) == tw_rng_u32_at(key, i));
    struct tw_rng saved = r;
    uint64_t next = tw_rng_u64(&r);
    CHECK(tw_rng_u64(&saved) == next);
}

TEST(seeds_and_names_give_streams_of_their_own)
{
    struct tw_rng a = tw_rng_seeded(1), b = tw_rng_seeded(2);
    struct tw_rng c = tw_rng_split(&a, "dropout", 0);
    struct tw_rng d = tw_rng_split(&a, "dropout", 1);
    struct tw_rng e = tw_rng_split(&a, "noise", 0);

    CHECK(a.key != b.key && c.key != d.key && c.key != e.key);
    CHECK(c.key != a.key && c.pos == 0);
    tw_rng_u64(&a); /* drawing does not change what is split off */
    CHECK(tw_rng_split(&a, "dropout", 0).key == c.key);
}

TEST(uniform_numbers_fill_their_range)
{
    enum { N = 100000 };
    struct tw_rng r = tw_rng_seeded(3);
    double sum = 0, squares = 0;
    unsigned seen[10] = { 0 };

    for (unsigned i = 0; i < N; i++) {
        double u = tw_rng_uniform(&r);
        CHECK(u >= 0 && u < 1);
        sum += u;
        squares += u * u;
        seen[tw_rng_below(&r, 10)]++;
    }
    CHECK_NEAR(sum / N, 0.5, 0.005);
    CHECK_NEAR(squares / N, 1.0 / 3, 0.005);
    for (unsigned i = 0; i < 10; i++)
        CHECK_NEAR(seen[i] / (double)N, 0.1, 0.005);
    for (unsigned i = 0; i < 100; i++)
        CHECK(tw_rng_below(&r, 1) == 0);
}

TEST(normal_numbers_have_their_moments)
{
    enum { N = 100000 };
    struct tw_rng r = tw_rng_seeded(4);
    double m1 = 0, m2 = 0, m4 = 0, between = 0, last = 0;

    for (unsigned i = 0; i < N; i++) {
        double x = tw_rng_normal(&r);
        m1 += x;
        m2 += x * x;
        m4 += x * x * x * x;
        between += x * last;
        last = x;
    }
    CHECK_NEAR(m1 / N, 0, 0.015);
    CHECK_NEAR(m2 / N, 1, 0.02);
    CHECK_NEAR(m4 / N, 3, 0.15);
    CHECK_NEAR(between / N, 0, 0.015);
}

TEST(a_filled_array_is_the_same_in_any_pieces)
{
    enum { N = 1000 };
    float whole[N], parts[N];
    double m2 = 0;

    tw_rng_fill_normal(whole, N, 7, 5);
    for (size_t at = 0, n = 1; at < N; at += n, n = n % 30 + 1)
        tw_rng_fill_normal(parts + at, N - at < n ? N - at : n, 7, 5 + at);
    CHECK(memcmp(whole, parts, sizeof(whole)) == 0);
    for (size_t i = 0; i < N; i++)
        m2 += (double)whole[i] * (double)whole[i];
    CHECK_NEAR(m2 / N, 1, 0.15);
}

TEST_MAIN(RUN(philox_gives_its_published_words);
          RUN(a_stream_is_the_sequence_of_its_numbered_values);
          RUN(seeds_and_names_give_streams_of_their_own);
          RUN(uniform_numbers_fill_their_range);
          RUN(normal_numbers_have_their_moments);
          RUN(a_filled_array_is_the_same_in_any_pieces);)
