/*
 * test_gen.c - a small generator as a whole: training, resuming, files,
 * drawing, refusals.
 */
#include "synth/gen.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/rng.h"

#include "test.h"
#include "test_dir.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N = 40, K = 2, L = 12, CLUSTERS = 2 };

/* A trial of two counters: cluster 0 lies high, cluster 1 low; the second
 * counter is zero in cluster 1. */
struct world {
    struct tw_trial trial;
    struct tw_windows w;
    struct tw_clusters c;
    struct tw_backend *be;
    char folder[TEST_DIR_MAX];
    float x[N * K * L];
    bool known[N * K * L];
    uint32_t label[N];
    size_t size[CLUSTERS], counter[K];
    struct tw_trial_counter counters[K];
    struct tw_gen_data data;
    struct tw_scale scale[K];
};

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof(*w));

    CHECK(tw_backend_new(&w->be, getenv("TW_CPU"), 2, NULL) == TW_OK);
    tw_rng_fill_normal(w->x, N * K * L, 77, 0);
    for (size_t i = 0; i < N; i++) {
        w->label[i] = i % 4 == 0; /* a quarter is cluster 1 */
        w->size[w->label[i]]++;
        for (size_t j = 0; j < (size_t)K * L; j++) {
            float *x = &w->x[i * K * L + j];

            *x = 0.3f * *x + (w->label[i] ? -1.0f : 1.0f);
            if (w->label[i] && j >= L)
                *x = 0;
            w->known[i * K * L + j] = j % 7 != 3;
        }
    }
    for (size_t k = 0; k < K; k++) {
        w->counter[k] = k;
        w->counters[k].name = k ? "dl_pkts" : "ul_sinr_db";
        w->scale[k] = (struct tw_scale){ .log1p = k != 0,
                                         .offset = 1.5 * (double)k,
                                         .scale = 2,
                                         .min = -5,
                                         .max = 50,
                                         .integral = k != 0,
                                         .decimals = k ? 0 : 3,
                                         .growth = k ? TW_TRIAL_RESTARTING
                                                     : TW_TRIAL_FREE };
    }
    w->trial.counters = w->counters;
    w->trial.n_counters = K;
    snprintf(w->trial.sha256, sizeof(w->trial.sha256), "%064d", 7);
    w->w = (struct tw_windows){ .n = N,
                                .K = K,
                                .L = L,
                                .x = w->x,
                                .known = w->known,
                                .counter = w->counter,
                                .scale = w->scale };
    w->c = (struct tw_clusters){ .k = CLUSTERS,
                                 .label = w->label,
                                 .size = w->size };
    w->data = (struct tw_gen_data){ &w->trial, &w->w, &w->c };
    CHECK(test_dir_make(w->folder));
    return w;
}

static void world_free(struct world *w)
{
    rmdir(w->folder);
    tw_backend_free(w->be);
    free(w);
}

static const char *path_of(const struct world *w, const char *name,
                           char path[TEST_PATH_MAX])
{
    snprintf(path, TEST_PATH_MAX, "%s/%s", w->folder, name);
    return path;
}

static struct tw_gen_config tiny(size_t steps)
{
    struct tw_gen_config c = tw_gen_config_quick();

    c.channels = 8;
    c.layers = 2;
    c.state = 8;
    c.diffusion_steps = 30;
    c.batch = 4;
    c.steps = steps;
    c.warmup = 5;
    c.checkpoint_every = 0;
    return c;
}

static struct tw_gen *train(struct world *w, const struct tw_gen_config *c)
{
    struct tw_gen *gen = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_gen_train(&gen, &w->data, c, w->be, NULL, NULL, NULL, &err) ==
          TW_OK);
    if (err.code != TW_OK)
        printf("# %s\n", err.msg);
    return gen;
}

/* The bytes of a file; free with tw_buf_release(). */
static struct tw_buf read_file(const char *path)
{
    struct tw_buf b;

    tw_buf_init(&b, 1u << 26);
    CHECK(tw_file_read(&b, path, NULL) == TW_OK);
    return b;
}

static bool same_files(const char *a, const char *b)
{
    struct tw_buf x = read_file(a), y = read_file(b);
    bool same =
        x.len > 0 && x.len == y.len && memcmp(x.bytes, y.bytes, x.len) == 0;

    tw_buf_release(&x);
    tw_buf_release(&y);
    return same;
}

static bool stop_at(void *ctx, const char *stage, size_t done, size_t total,
                    const char *text)
{
    (void)stage;
    (void)total;
    (void)text;
    return done != *(const size_t *)ctx;
}

TEST(a_stopped_run_goes_on_to_the_same_bytes)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(20);
    char straight[TEST_PATH_MAX], resumed[TEST_PATH_MAX], check[TEST_PATH_MAX];
    size_t when = 10;
    const struct tw_progress p = { stop_at, &when };
    struct tw_gen_fit fit = { 0 };
    struct tw_err err = { 0 };
    struct tw_gen *gen = train(w, &c);

    path_of(w, "straight", straight);
    path_of(w, "resumed", resumed);
    path_of(w, "check", check);
    CHECK(tw_gen_save(gen, straight, NULL) == TW_OK);
    tw_gen_free(gen);
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, &p, &fit, &err) ==
          TW_ECANCELED);
    CHECK(gen == NULL);
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, &fit, &err) ==
          TW_OK);
    CHECK(fit.step_resumed == 10);
    CHECK(isfinite(fit.loss) && fit.n_parameters > 1000);
    CHECK(tw_gen_save(gen, resumed, NULL) == TW_OK);
    CHECK(same_files(straight, resumed));
    tw_gen_free(gen);
    /* Killed between the last checkpoint and the save: no step is left. */
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, &fit, &err) ==
          TW_OK);
    CHECK(fit.step_resumed == 20);
    CHECK(tw_gen_save(gen, resumed, NULL) == TW_OK);
    CHECK(same_files(straight, resumed));
    tw_gen_free(gen);
    remove(straight);
    remove(resumed);
    remove(check);
    world_free(w);
}

TEST(a_checkpoint_of_another_run_is_refused_and_kept)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(3);
    char check[TEST_PATH_MAX];
    struct tw_err err = { 0 };
    struct tw_gen *gen = NULL;

    path_of(w, "check", check);
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, NULL, &err) ==
          TW_OK);
    tw_gen_free(gen);
    c.lr = 1e-4;
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, NULL, &err) ==
          TW_EINVAL);
    CHECK(gen == NULL && strstr(err.msg, "check"));
    c = tiny(3);
    w->x[5] += 1e-3f;
    CHECK(tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, NULL, &err) ==
          TW_EINVAL);
    w->x[5] -= 1e-3f;
    /* A checkpoint is no model. */
    CHECK(tw_gen_open(&gen, check, w->be, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "architecture"));
    CHECK(tw_file_exists(check));
    remove(check);
    world_free(w);
}

TEST(a_model_from_a_file_draws_the_same_series)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(15);
    struct tw_gen *gen = train(w, &c), *again = NULL;
    static float x[5 * K * L], y[5 * K * L];
    const struct tw_gen_request r = { .n = 5, .steps = 6, .seed = 3 };
    char path[TEST_PATH_MAX];

    path_of(w, "model", path);
    CHECK(tw_gen_save(gen, path, NULL) == TW_OK);
    CHECK(tw_gen_open(&again, path, w->be, NULL) == TW_OK);
    CHECK(tw_gen_counters(again) == K && tw_gen_length(again) == L);
    CHECK(tw_gen_clusters(again) == CLUSTERS);
    CHECK(strcmp(tw_gen_counter_name(again, 1), "dl_pkts") == 0);
    CHECK(strcmp(tw_gen_trial_sha256(again), w->trial.sha256) == 0);
    CHECK_NEAR(tw_gen_cluster_shares(again)[1], 0.25, 1e-12);
    const struct tw_scale *s = tw_gen_scale(again, 1);
    CHECK(s->log1p && s->integral);
    CHECK(s->decimals == 0 && s->growth == TW_TRIAL_RESTARTING);
    CHECK(tw_gen_scale(again, 0)->decimals == 3);
    CHECK_NEAR(s->offset, 1.5, 0);
    CHECK_NEAR(s->max, 50, 0);
    CHECK(tw_gen_sample(gen, &r, x, NULL, NULL) == TW_OK);
    CHECK(tw_gen_sample(again, &r, y, NULL, NULL) == TW_OK);
    CHECK(memcmp(x, y, sizeof(x)) == 0);
    tw_gen_free(gen);
    tw_gen_free(again);
    remove(path);
    world_free(w);
}

TEST(a_series_depends_on_the_seed_and_its_number_only)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(15);
    struct tw_gen *gen = train(w, &c);
    static float many[35 * K * L], few[3 * K * L], other[3 * K * L];
    struct tw_gen_request r = { .n = 35, .seed = 11 };

    CHECK(tw_gen_sample(gen, &r, many, NULL, NULL) == TW_OK);
    r.n = 3;
    CHECK(tw_gen_sample(gen, &r, few, NULL, NULL) == TW_OK);
    CHECK(memcmp(many, few, sizeof(few)) == 0);
    r.seed = 12;
    CHECK(tw_gen_sample(gen, &r, other, NULL, NULL) == TW_OK);
    CHECK(memcmp(other, few, sizeof(few)) != 0);
    tw_gen_free(gen);
    world_free(w);
}

TEST(guidance_of_one_is_none_and_more_changes_something)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(30);
    struct tw_gen *gen = train(w, &c);
    static float x[3][K * L];
    const float half[2] = { 0.5f, 0.5f };
    struct tw_gen_request r = { .n = 1, .labels = half, .steps = 5 };

    for (size_t i = 0; i < 3; i++) {
        r.guidance = i == 2 ? 3 : (double)i;
        CHECK(tw_gen_sample(gen, &r, x[i], NULL, NULL) == TW_OK);
    }
    CHECK(memcmp(x[0], x[1], sizeof(x[0])) == 0);
    CHECK(memcmp(x[0], x[2], sizeof(x[0])) != 0);
    tw_gen_free(gen);
    world_free(w);
}

static double mean_of(struct tw_gen *gen, const struct tw_gen_request *r)
{
    static float x[16 * K * L];
    double sum = 0;

    CHECK(r->n == 16);
    CHECK(tw_gen_sample(gen, r, x, NULL, NULL) == TW_OK);
    for (size_t i = 0; i < 16; i++)
        for (size_t l = 0; l < L; l++)
            sum += (double)x[i * K * L + l];
    return sum / (16 * L);
}

/* Enough to see that labels, samplers and targets fit together. */
TEST(every_target_and_sampler_learns_the_two_clusters)
{
    static const enum tw_gen_sampler samplers[] = { TW_GEN_SAMPLER_DDPM,
                                                    TW_GEN_SAMPLER_DDIM,
                                                    TW_GEN_SAMPLER_DPMPP };
    struct world *w = world_new();

    for (int target = 0; target < TW_GEN_TARGET_COUNT; target++) {
        struct tw_gen_config c = tiny(250);
        float labels[2][16 * CLUSTERS] = { { 0 } };

        c.target = (enum tw_gen_target)target;
        c.schedule = TW_DIFFUSION_SCALED;
        c.batch = 8;
        c.lr = 1e-2;
        struct tw_gen *gen = train(w, &c);

        for (size_t i = 0; i < 16; i++) {
            labels[0][i * CLUSTERS] = 1;
            labels[1][i * CLUSTERS + 1] = 1;
        }
        for (size_t s = 0; s < TW_ARRAY_LEN(samplers); s++) {
            struct tw_gen_request r = { .n = 16, .sampler = samplers[s] };

            r.labels = labels[0];
            double high = mean_of(gen, &r);
            r.labels = labels[1];
            double low = mean_of(gen, &r);

            /* The answer "noise" learns slowest by far. */
            CHECK_NEAR(high, 1, target == TW_GEN_NOISE ? 1 : 0.4);
            CHECK_NEAR(low, -1, target == TW_GEN_NOISE ? 1.4 : 0.4);
            CHECK(high - low > 0.5);
        }
        tw_gen_free(gen);
    }
    world_free(w);
}

TEST(a_step_can_be_timed_without_data)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(1);
    double seconds = 0;

    CHECK(tw_gen_step_seconds(&c, K, L, CLUSTERS, w->be, &seconds, NULL) ==
          TW_OK);
    CHECK(seconds > 0 && seconds < 100);
    c.batch = 0;
    CHECK(tw_gen_step_seconds(&c, K, L, CLUSTERS, w->be, &seconds, NULL) ==
          TW_EINVAL);
    world_free(w);
}

static uint64_t config_hash(const struct tw_gen_config *c)
{
    struct tw_hash h;
    uint8_t digest[32];

    tw_hash_init(&h);
    tw_gen_config_hash(&h, c);
    tw_hash_final(&h, digest);
    return tw_hash_fnv64(digest, sizeof(digest));
}

TEST(every_setting_but_the_checkpoints_changes_the_hash)
{
    const struct tw_gen_config c = tw_gen_config_small();
    uint64_t hash[17];
    struct tw_gen_config other[17];
    size_t n = 0;

    for (size_t i = 0; i < 17; i++)
        other[i] = c;
    other[n++].channels++;
    other[n++].layers++;
    other[n++].state++;
    other[n++].diffusion_steps++;
    other[n++].batch++;
    other[n++].steps++;
    other[n++].lr += 1e-9;
    other[n++].label_dropout += 1e-9;
    other[n++].seed++;
    other[n++].target = TW_GEN_X0;
    other[n++].schedule = TW_DIFFUSION_LINEAR;
    other[n++].ema -= 1e-9;
    other[n++].clip += 1e-9;
    other[n++].warmup++;
    other[n++].lr_cosine = !c.lr_cosine;
    other[n++].normal += 1e-9;
    other[n++].checkpoint_every++; /* decides no weight: the last */
    CHECK(n == 17);
    for (size_t i = 0; i < n; i++) {
        hash[i] = config_hash(&other[i]);
        CHECK((hash[i] == config_hash(&c)) == (i == n - 1));
        for (size_t j = 0; j < i; j++)
            CHECK(hash[i] != hash[j]);
    }
}

TEST(impossible_requests_are_refused)
{
    struct world *w = world_new();
    struct tw_gen_config c = tiny(1);
    struct tw_gen *gen = train(w, &c);
    static float x[K * L];
    const float bad[2] = { 1, NAN };
    struct tw_err err = { 0 };
    struct tw_gen_request r = { .n = 1, .steps = 31 };

    CHECK(tw_gen_sample(gen, &r, x, NULL, &err) == TW_EINVAL);
    r = (struct tw_gen_request){ .n = 1, .guidance = -1 };
    CHECK(tw_gen_sample(gen, &r, x, NULL, &err) == TW_EINVAL);
    r = (struct tw_gen_request){ .n = 1, .guidance = (double)NAN };
    CHECK(tw_gen_sample(gen, &r, x, NULL, &err) == TW_EINVAL);
    r = (struct tw_gen_request){ .n = 1, .labels = bad };
    CHECK(tw_gen_sample(gen, &r, x, NULL, &err) == TW_EINVAL);
    r = (struct tw_gen_request){ .n = 1,
                                 .steps = 5,
                                 .sampler = TW_GEN_SAMPLER_DDPM };
    CHECK(tw_gen_sample(gen, &r, x, NULL, &err) == TW_EINVAL);
    tw_gen_free(gen);
    world_free(w);
}

TEST(impossible_configurations_and_data_are_refused)
{
    struct world *w = world_new();
    struct tw_gen *gen = NULL;
    struct tw_err err = { 0 };
    struct tw_gen_config c[5];

    for (size_t i = 0; i < TW_ARRAY_LEN(c); i++)
        c[i] = tiny(2);
    c[0].batch = 0;
    c[1].lr = (double)NAN;
    c[2].layers = 0;
    c[3].diffusion_steps = 1;
    c[4].ema = 1;
    for (size_t i = 0; i < TW_ARRAY_LEN(c); i++) {
        CHECK(tw_gen_train(&gen, &w->data, &c[i], w->be, NULL, NULL, NULL,
                           &err) == TW_EINVAL);
        CHECK(gen == NULL && err.msg[0]);
    }
    c[0] = tiny(2);
    w->x[3] = NAN;
    CHECK(tw_gen_train(&gen, &w->data, &c[0], w->be, NULL, NULL, NULL, &err) ==
          TW_EINVAL);
    CHECK(strstr(err.msg, "ul_sinr_db"));
    w->x[3] = 0;
    w->label[1] = 9;
    CHECK(tw_gen_train(&gen, &w->data, &c[0], w->be, NULL, NULL, NULL, &err) ==
          TW_EINVAL);
    world_free(w);
}

/* Overwrite n bytes at `after` behind the first place of text. */
static void patch(char *bytes, size_t len, const char *text, size_t after,
                  const void *value, size_t n)
{
    size_t n_text = strlen(text);
    bool found = false;

    for (size_t i = 0; !found && i + n_text + after + n <= len; i++) {
        if (memcmp(bytes + i, text, n_text) == 0) {
            memcpy(bytes + i + n_text + after, value, n);
            found = true;
        }
    }
    CHECK(found);
}

struct hostile {
    const char *key;
    size_t after; /* 4 bytes of type come before a number */
    uint64_t value;
    size_t size;
    const char *word; /* of the refusal */
};

TEST(hostile_files_are_refused_by_field)
{
    static const struct hostile cases[] = {
        { "sssd.version", 4, 2, 8, "version" },
        { "sssd.counters", 4, 3, 8, "weights" },
        { "sssd.counters", 4, 0, 8, "counters" },
        { "sssd.counters", 4, 1ull << 60, 8, "counters" },
        { "sssd.length", 4, 1ull << 40, 8, "length" },
        { "sssd.clusters", 4, 4000, 8, "weights" },
        { "sssd.channels", 4, 16, 8, "weights" },
        { "sssd.channels", 4, 1024, 8, "weights" },
        { "sssd.layers", 4, 128, 8, "weights" },
        { "sssd.layers", 4, 1, 8, NULL }, /* smaller: a valid network */
        { "sssd.state", 4, 9, 8, "state" },
        { "sssd.diffusion_steps", 4, 1, 8, "steps" },
        { "sssd.target", 12, 0x7a7a, 2, "target" },
        { "sssd.schedule", 12, 0x7a7a, 2, "schedule" },
        { "marginal.knots", 16, 1, 4, "knots" },
        { "marginal.knots", 16, 0x7fffffff, 4, "knots" },
        { "marginal.values", 16, 0x7ff0000000000000ull, 8, "values" },
        { "marginal.scores", 16, 0x4059000000000000ull, 8, "order" },
        { "scale.scale", 16, 0, 8, "scale" },
        { "sssd.dt", 16, 0, 8, "dt" },
        { "cluster.shares", 16, 0x3ff0000000000000ull, 8, "shares" },
    };
    struct world *w = world_new();
    struct tw_gen_config c = tiny(1);
    struct tw_gen *gen = train(w, &c);
    char path[TEST_PATH_MAX];

    path_of(w, "model", path);
    CHECK(tw_gen_save(gen, path, NULL) == TW_OK);
    tw_gen_free(gen);
    struct tw_buf good = read_file(path);
    char *bytes = malloc(good.len);

    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        const struct hostile *h = &cases[i];
        struct tw_err err = { 0 };

        memcpy(bytes, good.bytes, good.len);
        patch(bytes, good.len, h->key, h->after, &h->value, h->size);
        CHECK(tw_file_write(path, bytes, good.len, NULL) == TW_OK);
        enum tw_status st = tw_gen_open(&gen, path, w->be, &err);

        if (h->word && (st != TW_EFORMAT || !strstr(err.msg, h->word)))
            printf("# %s: %d %s\n", h->key, (int)st, err.msg);
        CHECK(h->word ? st == TW_EFORMAT && strstr(err.msg, h->word)
                      : st == TW_OK);
        tw_gen_free(gen);
    }
    /* A weight that is no number. */
    const uint32_t nan_bits = 0x7fc00000;
    struct tw_err err = { 0 };
    memcpy(bytes, good.bytes, good.len);
    memcpy(bytes + good.len - 64, &nan_bits, 4);
    CHECK(tw_file_write(path, bytes, good.len, NULL) == TW_OK);
    CHECK(tw_gen_open(&gen, path, w->be, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "finite"));
    /* Every cut. */
    for (size_t n = 0; n + 64 < good.len; n += good.len / 23) {
        CHECK(tw_file_write(path, good.bytes, n, NULL) == TW_OK);
        CHECK(tw_gen_open(&gen, path, w->be, &err) != TW_OK && !gen);
    }
    free(bytes);
    tw_buf_release(&good);
    remove(path);
    world_free(w);
}

#ifdef TW_FAULTS
/* Train one step with a checkpoint, save, open, draw. */
static enum tw_status do_everything(struct world *w, const char *check,
                                    const char *path, struct tw_err *err)
{
    static float x[K * L];
    const struct tw_gen_request r = { .n = 1, .steps = 2, .guidance = 2 };
    struct tw_gen_config c = tiny(1);
    struct tw_gen *gen = NULL, *again = NULL;
    enum tw_status st =
        tw_gen_train(&gen, &w->data, &c, w->be, check, NULL, NULL, err);

    if (st == TW_OK)
        st = tw_gen_save(gen, path, err);
    if (st == TW_OK)
        st = tw_gen_open(&again, path, w->be, err);
    if (st == TW_OK)
        st = tw_gen_sample(again, &r, x, NULL, err);
    tw_gen_free(gen);
    tw_gen_free(again);
    return st;
}

TEST(every_call_that_fails_ends_in_a_status)
{
    struct world *w = world_new();
    char check[TEST_PATH_MAX], path[TEST_PATH_MAX];
    bool fired = true;
    unsigned n = 0;

    path_of(w, "check", check);
    path_of(w, "model", path);
    while (fired && ++n < 5000) {
        struct tw_err err = { 0 };

        tw_fault_arm(n, false);
        enum tw_status st = do_everything(w, check, path, &err);

        fired = tw_fault_disarm();
        CHECK((st == TW_OK) == !fired);
        CHECK(err.code == st && (st == TW_OK || err.msg[0]));
        remove(check);
        remove(path);
    }
    CHECK(n > 20 && n < 5000);
    world_free(w);
}
#else
TEST(every_call_that_fails_ends_in_a_status)
{
    test_skip("built without -Dfaults=true");
}
#endif

TEST_MAIN(RUN(every_call_that_fails_ends_in_a_status);
          RUN(a_stopped_run_goes_on_to_the_same_bytes);
          RUN(a_checkpoint_of_another_run_is_refused_and_kept);
          RUN(a_model_from_a_file_draws_the_same_series);
          RUN(a_series_depends_on_the_seed_and_its_number_only);
          RUN(guidance_of_one_is_none_and_more_changes_something);
          RUN(every_target_and_sampler_learns_the_two_clusters);
          RUN(a_step_can_be_timed_without_data);
          RUN(every_setting_but_the_checkpoints_changes_the_hash);
          RUN(impossible_requests_are_refused);
          RUN(impossible_configurations_and_data_are_refused);
          RUN(hostile_files_are_refused_by_field);)
