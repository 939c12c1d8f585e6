/*
 * test_arch.c - every family of arch.c against a plain evaluation in double.
 *
 * Small models with random weights are written as GGUF files.  The reference
 * below has no cache, no batches and no kernels: it is the formula, position by
 * position.  It knows the families by a table of its own.
 */
#include "test.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/rng.h"
#include "llm/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    L = 7,  /* layers: a windowed one on both sides of the one that sees all */
    D = 32, /* width */
    H = 4,  /* heads of queries */
    G = 2,  /* heads of keys and values */
    N = 12, /* of a head; not D / H */
    F = 40, /* feed-forward width */
    V = 64, /* tokens */
    T = 24, /* positions of the test */
    WINDOW = 5,
    TENSORS = 256,
};
#define EPS  1e-6
#define BASE 5000.0

/* What a family is, written down a second time. */
struct family {
    const char *name;
    bool neox, gelu, scaled, head_norm, post_norm, biases;
    bool layer_norm; /* with biases; and biases of all matrices */
    bool plain;      /* feed-forward part without a gate */
    bool own_norm;   /* each head has its own norm */
    bool parallel;   /* no second norm: both parts read the first */
    bool long_rope;  /* LongRoPE beyond its original context */
    double score_cap, logit_cap;
    size_t pattern;     /* every so many layers one sees all; 0: all do */
    double window_base; /* of the others */
};
static const struct family FAMILIES[] = {
    { .name = "llama" },
    { .name = "llama", .long_rope = true },
    { .name = "qwen2", .neox = true, .biases = true },
    { .name = "gemma", .neox = true, .gelu = true, .scaled = true },
    { .name = "gemma3",
      .neox = true,
      .gelu = true,
      .scaled = true,
      .head_norm = true,
      .post_norm = true,
      .pattern = 6,
      .window_base = 10000 },
    { .name = "qwen3", .neox = true, .head_norm = true },
    { .name = "gemma2",
      .neox = true,
      .gelu = true,
      .scaled = true,
      .post_norm = true,
      .score_cap = 0.7,
      .logit_cap = 2,
      .pattern = 2,
      .window_base = BASE },
    { .name = "codeshell",
      .neox = true,
      .gelu = true,
      .biases = true,
      .layer_norm = true,
      .plain = true },
    { .name = "stablelm",
      .neox = true,
      .layer_norm = true,
      .own_norm = true,
      .parallel = true },
};

struct tensor {
    char name[64];
    size_t rows, cols; /* cols 0: a vector */
    float *x;
};

struct world {
    const struct family *f;
    struct tw_arena arena;
    struct tensor tensors[TENSORS];
    size_t n;
    struct tw_gguf_out *out;
};

/* A tensor with random values about a mean; its name is its seed. */
static void add(struct world *w, const char *name, size_t rows, size_t cols,
                double mean, double spread)
{
    size_t n = cols ? rows * cols : rows, shape[2] = { rows, cols };
    struct tensor *t = &w->tensors[w->n++];
    struct tw_rng r = tw_rng_seeded(tw_hash_fnv64(name, strlen(name)));

    *t = (struct tensor){ .rows = rows, .cols = cols };
    snprintf(t->name, sizeof(t->name), "%s", name);
    t->x = tw_arena_alloc(&w->arena, n, sizeof(float));
    for (size_t i = 0; i < n; i++)
        t->x[i] = (float)(mean + spread * (2 * tw_rng_uniform(&r) - 1));
    tw_gguf_put_tensor(w->out, t->name, cols ? 2 : 1, shape, t->x, TW_GGML_F32);
}

static void add_layer(struct world *w, size_t i)
{
    static const struct {
        const char *part;
        size_t rows, cols;
        char when; /* b biases, h head norms, p post norms, g gates, l with
                    * LayerNorm */
    } PARTS[] = {
        { "attn_norm.weight", D, 0, 0 },
        { "attn_q.weight", H * N, D, 0 },
        { "attn_k.weight", G * N, D, 0 },
        { "attn_v.weight", G * N, D, 0 },
        { "attn_q.bias", H * N, 0, 'b' },
        { "attn_k.bias", G * N, 0, 'b' },
        { "attn_v.bias", G * N, 0, 'b' },
        { "attn_q_norm.weight", N, 0, 'h' },
        { "attn_k_norm.weight", N, 0, 'h' },
        { "attn_q_norm.weight", H * N, 0, 'o' },
        { "attn_k_norm.weight", G * N, 0, 'o' },
        { "attn_output.weight", D, H * N, 0 },
        { "post_attention_norm.weight", D, 0, 'p' },
        { "ffn_norm.weight", D, 0, '2' },
        { "ffn_gate.weight", F, D, 'g' },
        { "attn_norm.bias", D, 0, 'l' },
        { "attn_output.bias", D, 0, 'l' },
        { "ffn_norm.bias", D, 0, 'l' },
        { "ffn_up.bias", F, 0, 'l' },
        { "ffn_down.bias", D, 0, 'l' },
        { "ffn_up.weight", F, D, 0 },
        { "ffn_down.weight", D, F, 0 },
        { "post_ffw_norm.weight", D, 0, 'p' },
    };

    for (size_t k = 0; k < TW_ARRAY_LEN(PARTS); k++) {
        char name[64], when = PARTS[k].when;

        if ((when == 'b' && !w->f->biases) ||
            (when == 'h' && !w->f->head_norm) ||
            (when == 'p' && !w->f->post_norm) || (when == 'g' && w->f->plain) ||
            (when == 'l' && !w->f->layer_norm) ||
            (when == 'o' && !w->f->own_norm) || (when == '2' && w->f->parallel))
            continue;
        snprintf(name, sizeof(name), "blk.%zu.%s", i, PARTS[k].part);
        if (PARTS[k].cols)
            add(w, name, PARTS[k].rows, PARTS[k].cols, 0, 0.4);
        else
            add(w, name, PARTS[k].rows, 0, when == 'b' || when == 'l' ? 0 : 1,
                0.5);
    }
}

static void put_size(struct world *w, const char *name, size_t v)
{
    char key[96];

    snprintf(key, sizeof(key), "%s.%s", w->f->name, name);
    tw_gguf_put_u32(w->out, key, (uint32_t)v);
}

static void put_number(struct world *w, const char *name, double v)
{
    char key[96];

    snprintf(key, sizeof(key), "%s.%s", w->f->name, name);
    tw_gguf_put_f64(w->out, key, v);
}

/* The file in b; the tensors stay in w. */
static void make_model(struct world *w, const struct family *f,
                       struct tw_buf *b)
{
    *w = (struct world){ .f = f };
    tw_arena_init(&w->arena, 1u << 26);
    CHECK(tw_gguf_out_new(&w->out, NULL) == TW_OK);
    tw_gguf_put_string(w->out, "general.architecture", f->name);
    put_size(w, "block_count", L);
    put_size(w, "embedding_length", D);
    put_size(w, "feed_forward_length", F);
    put_size(w, "context_length", 64);
    put_size(w, "attention.head_count", H);
    put_size(w, "attention.head_count_kv", G);
    put_size(w, "attention.key_length", N);
    put_size(w, "attention.value_length", N);
    put_number(w, "attention.layer_norm_rms_epsilon", EPS);
    put_number(w, "attention.layer_norm_epsilon", EPS);
    if (f->score_cap > 0) {
        put_number(w, "attn_logit_softcapping", f->score_cap);
        put_number(w, "final_logit_softcapping", f->logit_cap);
    }
    if (f->long_rope) {
        tw_gguf_put_string(w->out, "llama.rope.scaling.type", "longrope");
        put_size(w, "rope.scaling.original_context_length", 32);
        put_number(w, "rope.scaling.attn_factor", 1.2);
        add(w, "rope_factors_long.weight", N / 2, 0, 3, 1);
        add(w, "rope_factors_short.weight", N / 2, 0, 3, 1);
    }
    if (f->layer_norm)
        add(w, "output_norm.bias", D, 0, 0, 0.5);
    put_number(w, "rope.freq_base", BASE);
    if (f->pattern)
        put_size(w, "attention.sliding_window", WINDOW);
    add(w, "token_embd.weight", V, D, 0, 1);
    add(w, "output_norm.weight", D, 0, 1, 0.5);
    for (size_t i = 0; i < L; i++)
        add_layer(w, i);
    tw_buf_init(b, 1u << 24);
    CHECK(tw_gguf_write_buf(w->out, b, NULL) == TW_OK);
    tw_gguf_out_free(w->out);
}

/* NULL where the family has no such tensor. */
static const struct tensor *get(const struct world *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->tensors[i].name, name) == 0)
            return &w->tensors[i];
    return NULL;
}

static const struct tensor *part(const struct world *w, size_t layer,
                                 const char *name)
{
    char whole[64];

    snprintf(whole, sizeof(whole), "blk.%zu.%s", layer, name);
    return get(w, whole);
}

/* y = W x + bias */
static void multiply(const struct tensor *w, const struct tensor *bias,
                     const double *x, double *y)
{
    for (size_t i = 0; i < w->rows; i++) {
        y[i] = bias ? (double)bias->x[i] : 0;
        for (size_t j = 0; j < w->cols; j++)
            y[i] += (double)w->x[i * w->cols + j] * x[j];
    }
}

/* RMS norm, or LayerNorm. */
static void normalize(const struct world *o, const float *w,
                      const struct tensor *bias, const double *x, size_t n,
                      double *y)
{
    double sum = 0, mean = 0;

    for (size_t i = 0; o->f->layer_norm && i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    double scale = 1 / sqrt(sum / (double)n + EPS);
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * scale * (double)w[i] +
               (bias ? (double)bias->x[i] : 0);
}

static double capped(double x, double cap)
{
    return cap > 0 ? cap * tanh(x / cap) : x;
}

/* factors: angles are divided by them; NULL: there are none. */
static void rotate(double *x, size_t pos, double base, bool neox,
                   const struct tensor *factors)
{
    double size = factors ? 1.2 : 1;

    for (size_t i = 0; i < N / 2; i++) {
        double angle = (double)pos * pow(base, -2.0 * (double)i / N);
        double *a = x + (neox ? i : 2 * i);
        double *b = x + (neox ? i + N / 2 : 2 * i + 1);
        double u = *a * size, v = *b * size;

        if (factors)
            angle /= (double)factors->x[i];

        *a = u * cos(angle) - v * sin(angle);
        *b = u * sin(angle) + v * cos(angle);
    }
}

static bool sees_all(const struct family *f, size_t layer)
{
    return !f->pattern || layer % f->pattern == f->pattern - 1;
}

/* Keys and values of all positions of a layer. */
struct cache {
    double k[T][G * N], v[T][G * N];
};

static void project(const struct world *w, size_t layer, size_t pos,
                    const double *n, double *q, struct cache *c)
{
    double base = sees_all(w->f, layer) ? BASE : w->f->window_base;
    double *k = c->k[pos];

    multiply(part(w, layer, "attn_q.weight"), part(w, layer, "attn_q.bias"), n,
             q);
    multiply(part(w, layer, "attn_k.weight"), part(w, layer, "attn_k.bias"), n,
             k);
    multiply(part(w, layer, "attn_v.weight"), part(w, layer, "attn_v.bias"), n,
             c->v[pos]);
    for (size_t h = 0; h < H + G; h++) {
        double *x = h < H ? q + h * N : k + (h - H) * N;
        const char *norm = h < H ? "attn_q_norm.weight" : "attn_k_norm.weight";

        if (w->f->head_norm)
            normalize(w, part(w, layer, norm)->x, NULL, x, N, x);
        if (w->f->own_norm)
            normalize(w, part(w, layer, norm)->x + (h < H ? h : h - H) * N,
                      NULL, x, N, x);
        rotate(x, pos, base, w->f->neox, get(w, "rope_factors_long.weight"));
    }
}

static void attend(const struct world *w, size_t layer, size_t pos,
                   const double *q, const struct cache *c, double *att)
{
    size_t first = 0;

    if (!sees_all(w->f, layer) && pos + 1 > WINDOW)
        first = pos + 1 - WINDOW;
    memset(att, 0, H * N * sizeof(*att));
    for (size_t h = 0; h < H; h++) {
        size_t at = h / (H / G) * N;
        double p[T], sum = 0;

        for (size_t j = first; j <= pos; j++) {
            double score = 0;

            for (size_t i = 0; i < N; i++)
                score += q[h * N + i] * c->k[j][at + i];
            p[j] = exp(capped(score / sqrt(N), w->f->score_cap));
            sum += p[j];
        }
        for (size_t j = first; j <= pos; j++)
            for (size_t i = 0; i < N; i++)
                att[h * N + i] += p[j] / sum * c->v[j][at + i];
    }
}

static double activate(const struct family *f, double x)
{
    if (!f->gelu)
        return x / (1 + exp(-x));
    return 0.5 * x *
           (1 + tanh(sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

/* x += y, which a family may normalise first. */
static void add_part(const struct world *w, size_t layer, const char *norm,
                     double *x, double *y)
{
    if (w->f->post_norm)
        normalize(w, part(w, layer, norm)->x, NULL, y, D, y);
    for (size_t i = 0; i < D; i++)
        x[i] += y[i];
}

static void run_layer(const struct world *w, size_t layer, size_t pos,
                      double *x, struct cache *c)
{
    double n[D], second[D], q[H * N], att[H * N], y[D], gate[F], up[F];

    normalize(w, part(w, layer, "attn_norm.weight")->x,
              part(w, layer, "attn_norm.bias"), x, D, n);
    project(w, layer, pos, n, q, c);
    attend(w, layer, pos, q, c, att);
    if (w->f->parallel)
        memcpy(second, n, sizeof(n));
    multiply(part(w, layer, "attn_output.weight"),
             part(w, layer, "attn_output.bias"), att, y);
    add_part(w, layer, "post_attention_norm.weight", x, y);
    if (!w->f->parallel)
        normalize(w, part(w, layer, "ffn_norm.weight")->x,
                  part(w, layer, "ffn_norm.bias"), x, D, second);
    multiply(part(w, layer, "ffn_up.weight"), part(w, layer, "ffn_up.bias"),
             second, up);
    if (!w->f->plain)
        multiply(part(w, layer, "ffn_gate.weight"), NULL, second, gate);
    for (size_t i = 0; i < F; i++)
        up[i] = w->f->plain ? activate(w->f, up[i])
                            : activate(w->f, gate[i]) * up[i];
    multiply(part(w, layer, "ffn_down.weight"), part(w, layer, "ffn_down.bias"),
             up, y);
    add_part(w, layer, "post_ffw_norm.weight", x, y);
}

/* logits (T, V) */
static void reference(const struct world *w, const int32_t *ids, double *logits)
{
    const struct tensor *embed = get(w, "token_embd.weight");
    struct cache *caches = calloc(L, sizeof(*caches));

    for (size_t pos = 0; caches && pos < T; pos++) {
        double x[D];

        for (size_t i = 0; i < D; i++)
            x[i] = (double)embed->x[(size_t)ids[pos] * D + i] *
                   (w->f->scaled ? sqrt(D) : 1);
        for (size_t i = 0; i < L; i++)
            run_layer(w, i, pos, x, &caches[i]);
        normalize(w, get(w, "output_norm.weight")->x,
                  get(w, "output_norm.bias"), x, D, x);
        multiply(embed, NULL, x, logits + pos * V);
        for (size_t i = 0; i < V; i++)
            logits[pos * V + i] = capped(logits[pos * V + i], w->f->logit_cap);
    }
    free(caches);
}

static double nmse(const float *a, const double *b, size_t n)
{
    double diff = 0, norm = 0;

    for (size_t i = 0; i < n; i++) {
        diff += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return diff / norm;
}

/* At once; and 9 tokens of a prefix, the rest in two tails. */
static void check_family(const struct world *w, const struct tw_model *m)
{
    static double want[T * V];
    static float have[T * V], tails[2 * V];
    struct tw_session *s = NULL;
    int32_t ids[T];

    for (size_t i = 0; i < T; i++)
        ids[i] = (int32_t)(i * i * 7 + 3 * i) % V;
    reference(w, ids, want);
    CHECK(tw_session_new(&s, m, T, 2, T, NULL) == TW_OK);
    CHECK(tw_session_prefill(s, ids, T, have, true, NULL) == TW_OK);
    double error = nmse(have, want, T * V);
    printf("# %s: NMSE %.3g\n", w->f->name, error);
    CHECK(error < 1e-10);
    tw_session_rewind(s, 9);
    for (size_t i = 9; i < T; i++) {
        int32_t both[2] = { ids[i], ids[i] };

        CHECK(tw_session_decode(s, (size_t[]){ 1, 0 }, both, 2, tails, NULL) ==
              TW_OK);
        CHECK(nmse(tails, want + i * V, V) < 1e-9);
        CHECK(nmse(tails + V, want + i * V, V) < 1e-9);
    }
    tw_session_free(s);
}

TEST(every_family_computes_what_its_formula_says)
{
    static struct world w;
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 2, NULL) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(FAMILIES); i++) {
        struct tw_gguf *f = NULL;
        struct tw_model *m = NULL;
        struct tw_err err = { 0 };
        struct tw_buf b;

        make_model(&w, &FAMILIES[i], &b);
        CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
        CHECK(f && tw_model_open(&m, f, be, &err) == TW_OK);
        if (m)
            check_family(&w, m);
        else
            printf("# %s\n", err.msg);
        tw_model_free(m);
        tw_gguf_close(f);
        tw_buf_release(&b);
        tw_arena_release(&w.arena);
    }
    tw_backend_free(be);
}

/* One value of a tensor, where the bytes of the file hold it. */
static void spoil(const struct tw_buf *b, const char *name, size_t at, float x)
{
    struct tw_gguf *f = NULL;

    CHECK(tw_gguf_open_bytes(&f, b->bytes, b->len, NULL) == TW_OK);
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, name);
    CHECK(t != NULL);
    size_t pos = (size_t)((const char *)t->data - b->bytes);
    memcpy(b->bytes + pos + at * sizeof(x), &x, sizeof(x));
    tw_gguf_close(f);
}

/* What becomes of a prompt and a step after it; err says it. */
static enum tw_status ask(const struct tw_buf *b, struct tw_err *err)
{
    const int32_t ids[3] = { 5, 6, 7 };
    float logits[V];
    struct tw_backend *be = NULL;
    struct tw_gguf *f = NULL;
    struct tw_model *m = NULL;
    struct tw_session *s = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 2, NULL) == TW_OK);
    CHECK(tw_gguf_open_bytes(&f, b->bytes, b->len, NULL) == TW_OK);
    enum tw_status st = tw_model_open(&m, f, be, err);
    if (st == TW_OK)
        st = tw_session_new(&s, m, 8, 1, 8, err);
    if (st == TW_OK)
        st = tw_session_prefill(s, ids, 3, NULL, false, err);
    if (st == TW_OK)
        st = tw_session_decode(s, (size_t[]){ 0 }, ids, 1, logits, err);
    tw_session_free(s);
    tw_model_free(m);
    tw_gguf_close(f);
    tw_backend_free(be);
    return st;
}

/* Wherever the value lies that is no number, the answer is refused; but not for
 * the embedding of a token that nobody has written. */
TEST(weights_that_are_no_numbers_are_refused_by_name)
{
    static const struct {
        const char *name;
        size_t at;
        float x;
    } CASES[] = {
        { "blk.0.attn_norm.weight", 3, NAN },
        { "blk.6.ffn_norm.weight", 0, INFINITY },
        { "output_norm.weight", D - 1, -INFINITY },
        { "blk.0.attn_q.weight", 0, NAN },
        { "blk.1.attn_k.weight", 2 * D + 1, NAN },
        { "blk.2.attn_v.weight", 7, NAN },
        { "blk.3.attn_output.weight", 9, NAN },
        { "blk.4.ffn_gate.weight", F * D - 1, NAN },
        { "blk.5.ffn_up.weight", 11, INFINITY },
        { "blk.6.ffn_down.weight", D * F - 1, NAN },
        { "token_embd.weight", 5 * D + 2, NAN },
        { "token_embd.weight", 63 * D, NAN }, /* the head is the same */
    };
    static struct world w;
    struct tw_buf b;
    struct tw_err err = { 0 };

    for (size_t i = 0; i < TW_ARRAY_LEN(CASES); i++) {
        make_model(&w, &FAMILIES[0], &b);
        CHECK(ask(&b, &err) == TW_OK);
        spoil(&b, CASES[i].name, CASES[i].at, CASES[i].x);
        err = (struct tw_err){ 0 };
        CHECK(ask(&b, &err) == TW_EFORMAT);
        if (!strstr(err.msg, "NaN or infinity") ||
            !strstr(err.msg, CASES[i].name))
            printf("# case %zu: %s\n", i, err.msg);
        CHECK(strstr(err.msg, CASES[i].name) != NULL);
        tw_buf_release(&b);
        tw_arena_release(&w.arena);
    }
}

/* As llama-gguf-split leaves them: keys in the first, some tensors in each. */
TEST(a_part_of_a_split_model_is_named)
{
    struct tw_backend *be = NULL;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 1, NULL) == TW_OK);
    for (uint32_t part = 0; part < 3; part++) {
        char want[64];
        struct tw_gguf_out *o = NULL;
        struct tw_gguf *f = NULL;
        struct tw_model *m = NULL;
        struct tw_err err = { 0 };
        struct tw_buf b;

        CHECK(tw_gguf_out_new(&o, NULL) == TW_OK);
        if (part == 0)
            tw_gguf_put_string(o, "general.architecture", "llama");
        tw_gguf_put_u32(o, "split.no", part);
        tw_gguf_put_u32(o, "split.count", 3);
        tw_buf_init(&b, 1u << 20);
        CHECK(tw_gguf_write_buf(o, &b, NULL) == TW_OK);
        CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
        CHECK(tw_model_open(&m, f, be, &err) == TW_EFORMAT && !m);
        snprintf(want, sizeof(want), "part %u of 3 of a split", part + 1);
        CHECK(strstr(err.msg, want) != NULL);
        tw_gguf_close(f);
        tw_gguf_out_free(o);
        tw_buf_release(&b);
    }
    tw_backend_free(be);
}

/* In the middle of an answer, by another process. */
TEST(a_model_file_that_is_cut_while_it_answers_is_named)
{
    static struct world w;
    const char *path = "test_arch_cut.gguf";
    const int32_t ids[1] = { 5 };
    float logits[V];
    struct tw_backend *be = NULL;
    struct tw_gguf *f = NULL;
    struct tw_model *m = NULL;
    struct tw_session *s = NULL;
    struct tw_err err = { 0 };
    struct tw_buf b;

    make_model(&w, &FAMILIES[0], &b);
    CHECK(tw_file_write(path, b.bytes, b.len, NULL) == TW_OK);
    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 3, NULL) == TW_OK);
    CHECK(tw_gguf_open(&f, path, NULL) == TW_OK);
    CHECK(tw_model_open(&m, f, be, NULL) == TW_OK);
    CHECK(tw_session_new(&s, m, 8, 1, 8, NULL) == TW_OK);
    CHECK(tw_session_prefill(s, ids, 1, NULL, false, NULL) == TW_OK);
    CHECK(truncate(path, 8192) == 0);
    CHECK(tw_session_decode(s, (size_t[]){ 0 }, ids, 1, logits, &err) ==
          TW_EIO);
    CHECK(strstr(err.msg, path) && strstr(err.msg, "became shorter"));
    CHECK(tw_gguf_check(f, TW_OK, NULL) == TW_EIO);
    tw_session_free(s);
    tw_model_free(m);
    CHECK(tw_model_open(&m, f, be, &err) == TW_EIO && !m);
    tw_gguf_close(f);
    tw_backend_free(be);
    tw_buf_release(&b);
    tw_arena_release(&w.arena);
    unlink(path);
}

/* The file lacks what the row of its family asks for. */
TEST(a_part_that_a_family_needs_is_asked_for_by_name)
{
    static struct world w;
    struct family wrong = FAMILIES[4];
    struct tw_backend *be = NULL;
    struct tw_gguf *f = NULL;
    struct tw_model *m = NULL;
    struct tw_err err = { 0 };
    struct tw_buf b;

    CHECK(tw_backend_new(&be, getenv("TW_CPU"), 1, NULL) == TW_OK);
    wrong.head_norm = false;
    make_model(&w, &wrong, &b);
    CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
    CHECK(tw_model_open(&m, f, be, &err) == TW_EFORMAT && !m);
    CHECK(strstr(err.msg, "attn_q_norm") != NULL);
    tw_gguf_close(f);
    tw_buf_release(&b);
    tw_arena_release(&w.arena);
    tw_backend_free(be);
}

TEST_MAIN(RUN(a_part_of_a_split_model_is_named);
          RUN(weights_that_are_no_numbers_are_refused_by_name);
          RUN(a_model_file_that_is_cut_while_it_answers_is_named);
          RUN(every_family_computes_what_its_formula_says);
          RUN(a_part_that_a_family_needs_is_asked_for_by_name);)
