/*
 * test_cluster.c - clusters that were put in are found; samples, sizes and
 * seeds.
 */
#include "trial/window.h"

#include "base/rng.h"
#include "test.h"

#include <string.h>

enum { K = 3, L = 16 };

/* n windows around n_kinds load states; kind i % n_kinds. */
static void make(struct tw_windows *w, struct tw_arena *a, size_t n,
                 size_t n_kinds, double noise)
{
    struct tw_rng rng = tw_rng_seeded(5);

    *w = (struct tw_windows){ .n = n, .K = K, .L = L };
    w->x = tw_arena_alloc(a, n * K * L, sizeof(*w->x));
    for (size_t i = 0; i < n * K; i++) {
        size_t kind = i / K % n_kinds, k = i % K;
        double level = k == 0 ? (double)kind * 3 : k == 1 ? -(double)kind : 0;

        for (size_t l = 0; l < L; l++)
            w->x[i * L + l] = (float)(level + noise * tw_rng_normal(&rng) *
                                                  (kind == 1 ? 3 : 1));
    }
}

TEST(clusters_that_exist_are_found)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 301, 3, 0.2);
    CHECK(tw_clusters_find(&c, &a, &w, 0, 1, NULL) == TW_OK);
    CHECK(c.k == 3);
    CHECK(c.silhouette > 0.6 && c.silhouette <= 1);
    CHECK(c.size[0] == 101 && c.size[1] == 100 && c.size[2] == 100);
    for (size_t i = 3; i < w.n; i++)
        CHECK(c.label[i] == c.label[i % 3]);
    CHECK(c.label[0] == 0); /* the largest comes first */
    for (size_t k = 0; k < c.k; k++)
        CHECK(c.medoid[k] < w.n && c.label[c.medoid[k]] == k);
    tw_arena_release(&a);
}

TEST(a_given_number_of_clusters_is_kept)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c;
    size_t n = 0;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 200, 3, 0.2);
    CHECK(tw_clusters_find(&c, &a, &w, 5, 1, NULL) == TW_OK);
    CHECK(c.k == 5);
    for (size_t k = 0; k < c.k; k++) {
        CHECK(c.size[k] > 0 && (k == 0 || c.size[k] <= c.size[k - 1]));
        n += c.size[k];
    }
    CHECK(n == w.n);
    CHECK(tw_clusters_find(&c, &a, &w, 1, 1, NULL) == TW_OK);
    CHECK(c.k == 1 && c.size[0] == 200);
    tw_arena_release(&a);
}

TEST(the_same_seed_gives_the_same_clusters)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c, d;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 300, 2, 2);
    CHECK(tw_clusters_find(&c, &a, &w, 6, 9, NULL) == TW_OK);
    CHECK(tw_clusters_find(&d, &a, &w, 6, 9, NULL) == TW_OK);
    CHECK(memcmp(c.label, d.label, w.n * sizeof(*c.label)) == 0);
    CHECK(c.silhouette == d.silhouette);
    tw_arena_release(&a);
}

TEST(windows_that_are_all_alike_are_one_cluster)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 50, 1, 0);
    CHECK(tw_clusters_find(&c, &a, &w, 4, 1, NULL) == TW_OK);
    CHECK(c.k == 1 && c.size[0] == 50 && c.silhouette == 0);
    CHECK(tw_clusters_find(&c, &a, &w, 0, 1, NULL) == TW_OK);
    CHECK(c.k == 1);
    make(&w, &a, 50, 2, 0); /* two different windows, three asked for */
    CHECK(tw_clusters_find(&c, &a, &w, 3, 1, NULL) == TW_OK);
    CHECK(c.k == 2);
    tw_arena_release(&a);
}

TEST(one_window_is_one_cluster)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 1, 1, 1);
    CHECK(tw_clusters_find(&c, &a, &w, 0, 1, NULL) == TW_OK);
    CHECK(c.k == 1 && c.size[0] == 1 && c.medoid[0] == 0);
    CHECK(tw_clusters_find(&c, &a, &w, 2, 1, NULL) == TW_EINVAL);
    tw_arena_release(&a);
}

TEST(many_windows_are_clustered_by_a_sample)
{
    struct tw_arena a;
    struct tw_windows w;
    struct tw_clusters c;
    size_t n_wrong = 0;

    tw_arena_init(&a, (size_t)256 << 20);
    make(&w, &a, 10001, 3, 0.2);
    CHECK(tw_clusters_find(&c, &a, &w, 3, 1, NULL) == TW_OK);
    CHECK(c.k == 3 && c.size[0] + c.size[1] + c.size[2] == w.n);
    for (size_t i = 3; i < w.n; i++)
        n_wrong += c.label[i] != c.label[i % 3];
    CHECK(n_wrong <= w.n / 200);
    tw_arena_release(&a);
}

TEST(finding_clusters_survives_every_lack_of_memory)
{
    struct tw_arena a;
    struct tw_windows w;
    int n_failed = 0;

    tw_arena_init(&a, (size_t)64 << 20);
    make(&w, &a, 2000, 3, 0.2);
    for (size_t limit = 0;; limit += 60000) {
        struct tw_arena small;
        struct tw_clusters c;

        tw_arena_init(&small, limit);
        enum tw_status st = tw_clusters_find(&c, &small, &w, 3, 1, NULL);
        tw_arena_release(&small);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM);
        n_failed++;
    }
    CHECK(n_failed > 2);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(clusters_that_exist_are_found);
          RUN(a_given_number_of_clusters_is_kept);
          RUN(the_same_seed_gives_the_same_clusters);
          RUN(windows_that_are_all_alike_are_one_cluster);
          RUN(one_window_is_one_cluster);
          RUN(many_windows_are_clustered_by_a_sample);
          RUN(finding_clusters_survives_every_lack_of_memory);)
