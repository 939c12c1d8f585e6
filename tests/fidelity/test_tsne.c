/*
 * test_tsne.c - groups, entropies, the start, and a reference embedding of
 * digits.
 */
#include "fidelity/tsne.h"

#include "base/file.h"
#include "base/rng.h"
#include "kern/pair.h"
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 1797, DIGITS_DIM = 64 };

/* n points around n_kinds centres, kind i % n_kinds. */
static void make_points(float *x, size_t n, size_t dim, size_t n_kinds)
{
    struct tw_rng rng = tw_rng_seeded(2);

    for (size_t i = 0; i < n * dim; i++) {
        size_t kind = i / dim % n_kinds;

        x[i] = (float)(tw_rng_normal(&rng) + (i % dim == kind ? 12.0 : 0.0));
    }
}

struct made {
    struct tw_arena arena;
    struct tw_backend *be;
};

static void make(struct made *m, const char *cpu, unsigned n_threads)
{
    tw_arena_init(&m->arena, (size_t)256 << 20);
    CHECK(tw_backend_new(&m->be, cpu, n_threads, NULL) == TW_OK);
}

static void unmake(struct made *m)
{
    tw_backend_free(m->be);
    tw_arena_release(&m->arena);
}

/* The share of points whose nearest neighbour in y is of their kind. */
static double purity(const double *y, size_t n, size_t n_kinds)
{
    size_t n_right = 0;

    for (size_t i = 0; i < n; i++) {
        double best = HUGE_VAL;
        size_t at = i;

        for (size_t j = 0; j < n; j++) {
            double d0 = y[2 * i] - y[2 * j], d1 = y[2 * i + 1] - y[2 * j + 1];

            if (j != i && d0 * d0 + d1 * d1 < best) {
                best = d0 * d0 + d1 * d1;
                at = j;
            }
        }
        n_right += at % n_kinds == i % n_kinds;
    }
    return (double)n_right / (double)n;
}

TEST(separate_groups_stay_separate)
{
    enum { N = 150, DIM = 10 };
    static float x[N * DIM];
    struct made m;
    struct tw_tsne s;
    struct tw_tsne_config c = tw_tsne_config_default();
    double kept = 0;

    make(&m, NULL, 2);
    make_points(x, N, DIM, 3);
    c.perplexity = 20;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    CHECK(s.n == N && s.iterations > 250);
    CHECK(s.kl > 0 && s.kl < 0.5 * s.kl_init);
    CHECK_NEAR(purity(s.y, N, 3), 1, 0.02);
    CHECK(tw_tsne_kept(&kept, &m.arena, &(struct tw_tsne_points){ x, N, DIM },
                       s.y, 20, m.be, NULL) == TW_OK);
    CHECK(kept > 0.5 && kept <= 1);
    unmake(&m);
}

/* Entropy of the row of point i at beta. */
static double entropy(const float *x, size_t n, size_t dim, size_t i,
                      double beta)
{
    double z = 0, mean = 0;

    for (size_t j = 0; j < n; j++) {
        double d = 0;

        for (size_t k = 0; k < dim; k++) {
            double v = (double)x[i * dim + k] - (double)x[j * dim + k];

            d += v * v;
        }
        if (j == i)
            continue;
        z += exp(-beta * d);
        mean += d * exp(-beta * d);
    }
    return log(z) + beta * mean / z;
}

TEST(beta_gives_the_entropy_of_the_perplexity)
{
    enum { N = 90, DIM = 5 };
    static float x[N * DIM];
    static const double perplexities[] = { 1.5, 5, 30, 80, 88.5 };
    struct made m;

    make(&m, NULL, 1);
    make_points(x, N, DIM, 2);
    for (size_t p = 0; p < sizeof(perplexities) / sizeof(double); p++) {
        struct tw_tsne s;
        struct tw_tsne_config c = tw_tsne_config_default();

        c.perplexity = perplexities[p];
        c.iterations = 0;
        CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM },
                          &c, m.be, NULL, NULL) == TW_OK);
        for (size_t i = 0; i < N; i++)
            CHECK_NEAR(entropy(x, N, DIM, i, s.beta[i]), log(c.perplexity),
                       1e-5);
    }
    unmake(&m);
}

TEST(threads_and_cpu_levels_give_the_same_bytes)
{
    enum { N = 101, DIM = 37 };
    static float x[N * DIM];
    static const struct {
        const char *cpu;
        unsigned n_threads;
    } cases[] = { { "ref", 1 }, { "ref", 3 },    { "avx2", 2 },
                  { NULL, 1 },  { "avx512", 4 }, { NULL, 7 } };
    static double first[2 * N];
    struct tw_tsne_config c = tw_tsne_config_default();

    make_points(x, N, DIM, 3);
    c.perplexity = 15;
    c.iterations = 300;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct made m;
        struct tw_tsne s;

        make(&m, cases[i].cpu, cases[i].n_threads);
        CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM },
                          &c, m.be, NULL, NULL) == TW_OK);
        if (i == 0)
            memcpy(first, s.y, sizeof(first));
        CHECK(memcmp(first, s.y, sizeof(first)) == 0);
        unmake(&m);
    }
}

TEST(the_start_is_the_first_two_principal_components)
{
    enum { N = 400, DIM = 6 };
    static float x[N * DIM];
    struct tw_rng rng = tw_rng_seeded(4);
    struct made m;
    struct tw_tsne s;
    struct tw_tsne_config c = tw_tsne_config_default();
    double xx = 0, yy = 0, ab[2] = { 0 }, dev[2] = { 0 };

    /* Deviations 9 and 4 along two of the axes, 1 along the others. */
    for (size_t i = 0; i < (size_t)N * DIM; i++)
        x[i] = (float)(tw_rng_normal(&rng) * (i % DIM == 3   ? 9
                                              : i % DIM == 1 ? 4
                                                             : 1));
    make(&m, NULL, 1);
    c.iterations = 0;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    for (size_t i = 0; i < N; i++) {
        double a = (double)x[i * DIM + 3], b = (double)x[i * DIM + 1];

        ab[0] += a * s.y[2 * i];
        ab[1] += b * s.y[2 * i + 1];
        dev[0] += s.y[2 * i] * s.y[2 * i];
        dev[1] += s.y[2 * i + 1] * s.y[2 * i + 1];
        xx += a * a;
        yy += b * b;
    }
    CHECK_NEAR(sqrt(dev[0] / N), 1e-4, 1e-9);
    CHECK(fabs(ab[0]) / sqrt(xx * dev[0]) > 0.99);
    CHECK(fabs(ab[1]) / sqrt(yy * dev[1]) > 0.97);
    unmake(&m);
}

/* Deviation of the positions along the axis on which they spread most. */
static double spread(const double *y, size_t n)
{
    double mean[2] = { 0 }, square[2] = { 0 };

    for (size_t i = 0; i < 2 * n; i++)
        mean[i % 2] += y[i] / (double)n;
    for (size_t i = 0; i < 2 * n; i++)
        square[i % 2] += (y[i] - mean[i % 2]) * (y[i] - mean[i % 2]);
    return sqrt(fmax(square[0], square[1]) / (double)n);
}

/* Windows of one and of five sines: every point has its perplexity of
 * neighbours all around, so that the exaggerated phase draws all into one
 * place.  scikit-learn 1.9 ends at these divergences (mean of three
 * draws of such data). */
TEST(even_data_do_not_fall_into_one_place)
{
    enum { N = 600, LENGTH = 24, SINES_MAX = 5 };
    static const struct {
        size_t n_sines;
        double kl_sklearn;
    } cases[] = { { 1, 0.445 }, { SINES_MAX, 1.486 } };
    static float x[N * LENGTH * SINES_MAX];
    struct tw_rng rng = tw_rng_seeded(6);
    struct tw_tsne_config c = tw_tsne_config_default();

    for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
        size_t dim = cases[k].n_sines * LENGTH;
        struct made m;
        struct tw_tsne s;

        for (size_t i = 0; i < N * cases[k].n_sines; i++) {
            double f = tw_rng_uniform(&rng), p = 6.28 * tw_rng_uniform(&rng);

            for (size_t t = 0; t < LENGTH; t++)
                x[i * LENGTH + t] = (float)sin(f * (double)t + p);
        }
        make(&m, NULL, 2);
        CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, dim },
                          &c, m.be, NULL, NULL) == TW_OK);
        CHECK(s.iterations > c.n_exaggerated + 50);
        CHECK(spread(s.y, N) > 1);
        CHECK(s.kl < cases[k].kl_sklearn + 0.01);
        unmake(&m);
    }
}

TEST(points_that_are_alike_do_not_break_it)
{
    enum { N = 60, DIM = 3 };
    static float x[N * DIM];
    struct made m;
    struct tw_tsne s;
    struct tw_tsne_config c = tw_tsne_config_default();

    make(&m, NULL, 2);
    c.perplexity = 10;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    CHECK(isfinite(s.kl));
    /* Half of them alike, more than the perplexity; the rest on a line. */
    for (size_t i = 0; i < N / 2; i++)
        x[i * DIM] = (float)i;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    CHECK(isfinite(s.kl) && s.kl >= 0);
    for (size_t i = 0; i < 2 * N; i++)
        CHECK(isfinite(s.y[i]));
    /* Two far groups: distances that underflow every kernel. */
    for (size_t i = 0; i < N; i++)
        x[i * DIM] = i % 2 ? 1e15f : (float)i;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    CHECK(isfinite(s.kl) && s.kl >= 0);
    unmake(&m);
}

static bool stop_at_once(void *ctx, const char *stage, size_t done,
                         size_t total, const char *text)
{
    size_t *n_calls = ctx;

    (void)stage;
    (void)done;
    (void)total;
    (void)text;
    return ++*n_calls < 2;
}

TEST(misuse_is_refused_and_a_stop_is_obeyed)
{
    enum { N = 50, DIM = 3 };
    static float x[N * DIM];
    struct made m;
    struct tw_tsne s;
    struct tw_tsne_config c = tw_tsne_config_default();
    struct tw_err err = { 0 };
    size_t n_calls = 0;
    struct tw_progress progress = { stop_at_once, &n_calls };
    double kept;

    make(&m, NULL, 1);
    make_points(x, N, DIM, 2);
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL,
                      &err) == TW_EINVAL); /* perplexity 100 of 50 points */
    CHECK(strstr(err.msg, "perplexity 100") != NULL);
    c.perplexity = 10;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, 3, DIM }, &c,
                      m.be, NULL, &err) == TW_EINVAL);
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, &progress, &err) == TW_ECANCELED);
    CHECK(n_calls == 2);
    CHECK(tw_tsne_kept(&kept, &m.arena, &(struct tw_tsne_points){ x, N, DIM },
                       s.y, N, m.be, &err) == TW_EINVAL);
    x[7] = NAN;
    CHECK(tw_tsne_run(&s, &m.arena, &(struct tw_tsne_points){ x, N, DIM }, &c,
                      m.be, NULL, &err) == TW_EINVAL);
    CHECK(strstr(err.msg, "point 2") != NULL);
    unmake(&m);
}

TEST(embedding_survives_every_lack_of_memory)
{
    enum { N = 200, DIM = 3 };
    static float x[N * DIM];
    struct made m;
    struct tw_tsne_config c = tw_tsne_config_default();
    int n_failed = 0;

    make(&m, NULL, 1);
    make_points(x, N, DIM, 2);
    c.perplexity = 10;
    c.iterations = 1;
    for (size_t limit = 0;; limit += 20000) {
        struct tw_arena a;
        struct tw_tsne s;

        tw_arena_init(&a, limit);
        enum tw_status st =
            tw_tsne_run(&s, &a, &(struct tw_tsne_points){ x, N, DIM }, &c, m.be,
                        NULL, NULL);
        tw_arena_release(&a);
        if (st == TW_OK)
            break;
        CHECK(st == TW_ENOMEM);
        n_failed++;
    }
    CHECK(n_failed > 3);
    unmake(&m);
}

TEST(distances_are_right_for_every_length)
{
    enum { N = 100 };
    static float x[N], y[N];
    struct tw_rng rng = tw_rng_seeded(8);
    enum tw_kern_level best = tw_kern_level_detect(NULL);

    for (size_t i = 0; i < N; i++) {
        x[i] = (float)tw_rng_normal(&rng);
        y[i] = (float)tw_rng_normal(&rng);
    }
    for (size_t n = 0; n <= N; n++) {
        float first = tw_pair_kern_get(TW_KERN_REF)->distance2(x, y, n);
        double sum = 0;

        for (size_t i = 0; i < n; i++)
            sum +=
                ((double)x[i] - (double)y[i]) * ((double)x[i] - (double)y[i]);
        CHECK_NEAR((double)first, sum, 1e-6 * sum);
        for (int level = 0; level <= (int)best; level++)
            CHECK(tw_pair_kern_get((enum tw_kern_level)level)
                      ->distance2(x, y, n) == first);
    }
}

/* Numbers of a shared file, row after row; false when it is not there. */
static bool read_numbers(float *x, size_t n, const char *name, size_t skip_col)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];
    struct tw_buf b;
    bool ok;

    tw_buf_init(&b, (size_t)16 << 20);
    snprintf(path, sizeof(path), "%s/golden/metrics/%s", shared ? shared : "",
             name);
    ok =
        shared && tw_file_exists(path) && tw_file_read(&b, path, NULL) == TW_OK;
    const char *p = tw_buf_text(&b);
    for (size_t i = 0; ok && i < n; i++) {
        char *end;

        while (*p == '#')
            p = strchr(p, '\n') + 1;
        x[i] = strtof(p, &end);
        ok = end != p;
        p = end + (*end == ',' || *end == '\n');
        /* Columns that are not wanted end a row. */
        if (skip_col && (i + 1) % skip_col == 0 && end[0] == ',')
            p = strchr(end, '\n') + 1;
    }
    tw_buf_release(&b);
    if (!ok)
        test_skip("shared data absent");
    return ok;
}

TEST(digits_are_embedded_as_well_as_the_reference_does)
{
    static float x[DIGITS * DIGITS_DIM], beta[DIGITS];
    struct made m;
    struct tw_tsne s;
    struct tw_tsne_config c = tw_tsne_config_default();
    double kept = 0;

    if (!read_numbers(x, (size_t)DIGITS * DIGITS_DIM, "tsne_digits_X.csv",
                      DIGITS_DIM) ||
        !read_numbers(beta, DIGITS, "tsne_digits_beta100.csv", 1))
        return;
    make(&m, NULL, 0);
    CHECK(tw_tsne_run(&s, &m.arena,
                      &(struct tw_tsne_points){ x, DIGITS, DIGITS_DIM }, &c,
                      m.be, NULL, NULL) == TW_OK);
    for (size_t i = 0; i < DIGITS; i++)
        CHECK_NEAR(s.beta[i] / (double)beta[i], 1, 1e-6);
    CHECK_NEAR(s.kl_init, 2.816, 0.001);
    CHECK(s.kl <= 0.537 && s.kl > 0.5);
    CHECK(tw_tsne_kept(&kept, &m.arena,
                       &(struct tw_tsne_points){ x, DIGITS, DIGITS_DIM }, s.y,
                       100, m.be, NULL) == TW_OK);
    CHECK(kept >= 0.685);
    printf("# KL %.4f, 100 neighbours kept %.3f\n", s.kl, kept);
    unmake(&m);
}

TEST_MAIN(RUN(separate_groups_stay_separate);
          RUN(even_data_do_not_fall_into_one_place);
          RUN(beta_gives_the_entropy_of_the_perplexity);
          RUN(threads_and_cpu_levels_give_the_same_bytes);
          RUN(the_start_is_the_first_two_principal_components);
          RUN(points_that_are_alike_do_not_break_it);
          RUN(misuse_is_refused_and_a_stop_is_obeyed);
          RUN(embedding_survives_every_lack_of_memory);
          RUN(distances_are_right_for_every_length);
          RUN(digits_are_embedded_as_well_as_the_reference_does);)
