/*
 * test_pool.c - each item once and the same bytes, whatever the number of
 * threads.
 */
#include "base/pool.h"
#include "test.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { N = 1000 };

struct seen {
    atomic_uint times[N];
    atomic_uint chunks;
    atomic_bool bad_worker;
    atomic_bool bad_chunk;
    unsigned n_threads;
    size_t n;
    size_t grain;
};

static void note(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct seen *s = ctx;

    if (worker >= s->n_threads)
        s->bad_worker = true;
    if (first % s->grain || last <= first || last - first > s->grain ||
        (last != s->n && last - first != s->grain))
        s->bad_chunk = true;
    s->chunks++;
    for (size_t i = first; i < last; i++)
        s->times[i]++;
}

static bool covers_once(struct tw_pool *pool, size_t n, size_t grain)
{
    static struct seen s;

    memset(&s, 0, sizeof(s));
    s.n_threads = tw_pool_threads(pool);
    s.n = n;
    s.grain = grain;
    tw_pool_run(pool, n, grain, note, &s);
    for (size_t i = 0; i < N; i++)
        if (s.times[i] != (i < n))
            return false;
    return !s.bad_worker && !s.bad_chunk && s.chunks == (n + grain - 1) / grain;
}

TEST(every_item_is_done_once_whatever_the_threads)
{
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct tw_pool *pool;
        struct tw_err err = { 0 };
        CHECK(tw_pool_new(&pool, threads, &err) == TW_OK);
        if (!pool)
            return;
        CHECK(tw_pool_threads(pool) == threads);
        for (size_t n = 0; n <= N; n += n < 20 ? 1 : 97)
            for (size_t grain = 1; grain <= N; grain = grain * 3 + 1)
                CHECK(covers_once(pool, n, grain));
        tw_pool_free(pool);
    }
}

TEST(no_pool_runs_the_same_chunks_here)
{
    CHECK(tw_pool_threads(NULL) == 1);
    CHECK(covers_once(NULL, N, 7));
    CHECK(covers_once(NULL, 0, 7));
    tw_pool_free(NULL);
}

static void count(void *ctx, size_t first, size_t last, unsigned worker)
{
    (void)worker;
    for (size_t i = first; i < last; i++)
        ((unsigned *)ctx)[i]++;
}

/* Plain memory on purpose: ThreadSanitizer sees whether a job is complete,
 * with all its writes, when tw_pool_run() returns. */
TEST(ten_thousand_tiny_jobs_end)
{
    for (unsigned threads = 2; threads <= 4; threads++) {
        struct tw_pool *pool;
        unsigned done[8] = { 0 };
        CHECK(tw_pool_new(&pool, threads, NULL) == TW_OK);
        if (!pool)
            return;
        for (unsigned i = 0; i < 10000; i++)
            tw_pool_run(pool, 1 + i % 8, 1, count, done);
        for (size_t i = 0; i < 8; i++)
            CHECK(done[i] == 10000 - 1250 * i);
        tw_pool_free(pool);
    }
}

static void add_up(void *ctx, size_t first, size_t last, unsigned worker)
{
    double *sums = ctx;

    (void)worker;
    for (size_t i = first; i < last; i++)
        sums[first / 10] += 1.0 / (double)(i + 1);
}

TEST(sums_per_chunk_are_the_same_bytes_for_any_thread_count)
{
    double one[N / 10] = { 0 };

    tw_pool_run(NULL, N, 10, add_up, one);
    for (unsigned threads = 2; threads <= 5; threads++) {
        struct tw_pool *pool;
        double many[N / 10] = { 0 };
        CHECK(tw_pool_new(&pool, threads, NULL) == TW_OK);
        tw_pool_run(pool, N, 10, add_up, many);
        CHECK(memcmp(one, many, sizeof(one)) == 0);
        tw_pool_free(pool);
    }
}

TEST(zero_means_one_thread_per_cpu)
{
    struct tw_pool *pool;

    CHECK(tw_pool_new(&pool, 0, NULL) == TW_OK);
    CHECK(tw_pool_threads(pool) >= 1);
    CHECK(covers_once(pool, N, 3));
    tw_pool_free(pool);
}

TEST(a_pool_that_never_worked_can_be_freed)
{
    for (unsigned i = 0; i < 50; i++) {
        struct tw_pool *pool;
        CHECK(tw_pool_new(&pool, 4, NULL) == TW_OK);
        tw_pool_free(pool);
    }
}

TEST(huge_ranges_do_not_overflow)
{
    struct tw_pool *pool;
    struct seen s = { .n_threads = 2, .grain = SIZE_MAX, .n = 5 };

    CHECK(tw_pool_new(&pool, 2, NULL) == TW_OK);
    tw_pool_run(pool, 5, SIZE_MAX, note, &s);
    CHECK(s.chunks == 1 && s.times[4] == 1 && s.times[5] == 0);
    tw_pool_free(pool);
}

TEST_MAIN(RUN(every_item_is_done_once_whatever_the_threads);
          RUN(no_pool_runs_the_same_chunks_here);
          RUN(ten_thousand_tiny_jobs_end);
          RUN(sums_per_chunk_are_the_same_bytes_for_any_thread_count);
          RUN(zero_means_one_thread_per_cpu);
          RUN(a_pool_that_never_worked_can_be_freed);
          RUN(huge_ranges_do_not_overflow);)
