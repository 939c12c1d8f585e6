/*
 * vec.c - the loops of the operators (struct tw_vec), and those of struct
 * tw_kern that are not products.
 *
 * Compiled once per CPU level with its -m flags: TW_VEC_TABLE is the name of
 * the table made, TW_VEC_FILL of the function that fills a struct tw_kern
 * (not defined at the reference level, which has kern_ref.c).  Loops go by
 * registers of W floats; the last, shorter one goes through load_n().
 */
#include "kern/vec.h"

#include "kern/kern_priv.h"
#include "kern/vec_math_priv.h"

#include <math.h>

#include "base/banned.h"

extern const struct tw_vec TW_VEC_TABLE;

_Static_assert((int)W <= (int)TW_VEC_PAD, "mm() reads at most TW_VEC_PAD");

/* Elements of the vector that starts at i. */
#define LEFT(n, i) least((n) - (i), W)

TW_VEC_INLINE size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The one place that knows `acc`. */
TW_VEC_INLINE void put(float *y, vf v, size_t m, bool acc)
{
    if (acc)
        v += load_n(y, m);
    store_n(y, v, m);
}

static void scale(float *y, const float *x, float s, float c, size_t n,
                  bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        put(y + i, load_n(x + i, m) * s + c, m, acc);
    }
}

static void fill(float *y, float c, size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W)
        put(y + i, splat(c), LEFT(n, i), acc);
}

/* s is 1 or -1 for sums and differences, where the product is exact. */
static void add(float *y, const float *a, const float *b, float s, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        store_n(y + i, load_n(a + i, m) + s * load_n(b + i, m), m);
    }
}

static void mul(float *y, const float *a, const float *b, size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        put(y + i, load_n(a + i, m) * load_n(b + i, m), m, acc);
    }
}

/* Four sums in flight hide the latency of the addition; the rest goes into the
 * first, so that the order depends on n only. */
static float sum(const float *x, size_t n)
{
    vf s[4] = { { 0 } };
    size_t i = 0;

    for (; i + 4 * W <= n; i += 4 * W)
        for (size_t j = 0; j < 4; j++)
            s[j] += load(x + i + j * W);
    for (; i < n; i += W)
        s[0] += load_n(x + i, LEFT(n, i));
    return vsum((s[0] + s[1]) + (s[2] + s[3]));
}

/* As sum(), with a product. */
static float dot(const float *x, const float *y, size_t n)
{
    vf s[4] = { { 0 } };
    size_t i = 0;

    for (; i + 4 * W <= n; i += 4 * W)
        for (size_t j = 0; j < 4; j++)
            s[j] += load(x + i + j * W) * load(y + i + j * W);
    for (; i < n; i += W)
        s[0] += load_n(x + i, LEFT(n, i)) * load_n(y + i, LEFT(n, i));
    return vsum((s[0] + s[1]) + (s[2] + s[3]));
}

static float larger(float a, float b)
{
    return a > b ? a : b;
}

static float max(const float *x, size_t n)
{
    float best[W], r = x[0];
    vf v = splat(x[0]);
    size_t i = 0;

    for (; i + W <= n; i += W)
        v = vmax(v, load(x + i));
    store(best, v);
    for (int j = 0; j < W; j++)
        r = larger(best[j], r);
    for (; i < n; i++)
        r = larger(x[i], r);
    return r;
}

/* Two passes (mean first, then this) and not one over x^2: the difference of
 * two large sums would lose the variance of data far from 0. */
static float sum_sq(const float *x, float mean, size_t n)
{
    vf s = { 0 };
    float tail = 0.0f;
    size_t i = 0;

    for (; i + W <= n; i += W) {
        vf d = load(x + i) - mean;

        s += d * d;
    }
    for (; i < n; i++)
        tail += (x[i] - mean) * (x[i] - mean);
    return vsum(s) + tail;
}

static float sum_diff(const float *x, const float *y, const float *w, size_t n)
{
    vf s = { 0 };

    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = load_n(x + i, m) - load_n(y + i, m);

        if (w)
            s += load_n(w + i, m) * d * d;
        else
            s += d * d;
    }
    return vsum(s);
}

/* The gradient of sum_diff(): 2 and the sum of weights are in s. */
static void diff(float *dx, const float *x, const float *y, const float *w,
                 float s, size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = (load_n(x + i, m) - load_n(y + i, m)) * s;

        if (w)
            d *= load_n(w + i, m);
        put(dx + i, d, m, acc);
    }
}

/* One operand: y = f(x), and dx (+)= dy f'(x) from the slope, a function of
 * input and output.  Both are constants after inlining, so what they do not
 * read is not loaded. */
typedef vf act_fn(vf x);
typedef vf slope_fn(vf x, vf y);

TW_VEC_INLINE void act_map(float *y, const float *x, size_t n, act_fn *const f)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        store_n(y + i, f(load_n(x + i, m)), m);
    }
}

TW_VEC_INLINE void act_back(float *dx, const float *dy, const float *x,
                            const float *y, size_t n, bool acc,
                            slope_fn *const slope)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = slope(load_n(x + i, m), load_n(y + i, m));

        put(dx + i, load_n(dy + i, m) * d, m, acc);
    }
}

TW_VEC_INLINE vf vrelu(vf x)
{
    return pick_less(x, splat(0.0f), splat(0.0f), x);
}

/* 0 at 0, as every framework has it. */
TW_VEC_INLINE vf drelu(vf x, vf y)
{
    (void)y;
    return pick_less(splat(0.0f), x, splat(1.0f), splat(0.0f));
}

TW_VEC_INLINE vf vgelu(vf x)
{
    vf e;

    return x * vcdf(x, &e);
}

/* d/dx x Phi(x) = Phi(x) + x phi(x) */
TW_VEC_INLINE vf dgelu(vf x, vf y)
{
    vf e, cdf = vcdf(x, &e);

    (void)y;
    return cdf + x * e * 0.398942280f;
}

TW_VEC_INLINE vf vsilu(vf x)
{
    return x * vsigmoid(x);
}

TW_VEC_INLINE vf dsilu(vf x, vf y)
{
    vf rest, s = vsigmoid_both(x, &rest);

    (void)y;
    return s * (1.0f + x * rest);
}

TW_VEC_INLINE vf dtanh(vf x, vf y)
{
    (void)x;
    return 1.0f - y * y;
}

TW_VEC_INLINE vf dsigmoid(vf x, vf y)
{
    (void)x;
    return y * (1.0f - y);
}

/* Of each row of the list in kern/vec.h, from vNAME and dNAME. */
#define ACT(NAME, name)                                                 \
    static void name##_forward(float *y, const float *x, size_t n)      \
    {                                                                   \
        act_map(y, x, n, v##name);                                      \
    }                                                                   \
    static void name##_back(float *dx, const float *dy, const float *x, \
                            const float *y, size_t n, bool acc)         \
    {                                                                   \
        act_back(dx, dy, x, y, n, acc, d##name);                        \
    }
TW_VEC_ACTS(ACT)

static void swiglu(float *y, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        store_n(y + i, vsilu(load_n(a + i, m)) * load_n(b + i, m), m);
    }
}

/* silu(a) is made again: keeping it would cost an array per layer. */
static void swiglu_back(float *da, float *db, const float *dy, const float *a,
                        const float *b, size_t n, int acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf x = load_n(a + i, m), d = load_n(dy + i, m);
        vf rest, s = vsigmoid_both(x, &rest);

        if (da)
            put(da + i, d * load_n(b + i, m) * (s * (1.0f + x * rest)), m,
                acc & 1);
        if (db)
            put(db + i, d * x * s, m, acc & 2);
    }
}

static void gated(float *y, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        store_n(y + i, vtanh(load_n(a + i, m)) * vsigmoid(load_n(b + i, m)), m);
    }
}

/* Both factors are made again from the operands, as in swiglu_back(). */
static void gated_back(float *da, float *db, const float *dy, const float *a,
                       const float *b, size_t n, int acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf rest, s = vsigmoid_both(load_n(b + i, m), &rest);
        vf t = vtanh(load_n(a + i, m)), d = load_n(dy + i, m) * s;

        if (da)
            put(da + i, d * (1.0f - t * t), m, acc & 1);
        if (db)
            put(db + i, d * t * rest, m, acc & 2);
    }
}

/* Lanes add up over this many values; beyond, sums are in double, so that the
 * error does not grow with n. */
enum { SUM_BLOCK = 64 * W };

/* One block of exp_sum(): the lanes after n count nothing. */
TW_VEC_INLINE float exp_sum_block(float *y, const float *x, float shift,
                                  size_t n)
{
    vf total = { 0 };

    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf e = vexp(load_n(x + i, m) - shift);

        if (y)
            store_n(y + i, e, m);
        if (m < W) {
            float last[W] = { 0 };

            store_n(last, e, m);
            e = load(last);
        }
        total += e;
    }
    return vsum(total);
}

static float exp_sum(float *y, const float *x, float shift, size_t n)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i += SUM_BLOCK) {
        size_t len = least(n - i, SUM_BLOCK);

        sum += (double)exp_sum_block(y ? y + i : NULL, x + i, shift, len);
    }
    return (float)sum;
}

/* dx = s y (dy - dot), where dot is the sum of y dy of the row. */
static void softmax_back(float *dx, const float *y, const float *dy, float dot_,
                         float s, size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf v = load_n(y + i, m) * (load_n(dy + i, m) - dot_);

        put(dx + i, v * s, m, acc);
    }
}

/* The mean is 0 for rmsnorm: one function serves both. */
static void norm(float *y, const float *x, float mean, float rinv,
                 const float *w, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf v = (load_n(x + i, m) - mean) * rinv;

        if (w)
            v *= load_n(w + i, m);
        if (b)
            v += load_n(b + i, m);
        store_n(y + i, v, m);
    }
}

/* What the gradient of a row needs of the whole row. */
static void norm_sums(float out[2], const float *dy, const float *x,
                      const float *w, float mean, size_t n)
{
    vf s0 = { 0 }, s1 = { 0 };

    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = load_n(dy + i, m);

        if (w)
            d *= load_n(w + i, m);
        s0 += d;
        s1 += d * (load_n(x + i, m) - mean);
    }
    out[0] = vsum(s0);
    out[1] = vsum(s1);
}

/* c: mean, 1 / deviation, and the two means of norm_sums(), scaled. */
static void norm_back(float *dx, const float *dy, const float *x,
                      const float *w, const float c[4], size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = load_n(dy + i, m);

        if (w)
            d *= load_n(w + i, m);
        d = d - c[2] - (load_n(x + i, m) - c[0]) * c[3];
        put(dx + i, d * c[1], m, acc);
    }
}

/* Called row by row, in order: the sum over rows does not depend on threads. */
static void norm_back_w(float *dw, float *db, const float *dy, const float *x,
                        float mean, float rinv, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = load_n(dy + i, m);

        if (dw)
            put(dw + i, (load_n(x + i, m) - mean) * rinv * d, m, true);
        if (db)
            put(db + i, d, m, true);
    }
}

/* A row of channel c at many columns: mean and deviation are those of the
 * columns, weight and bias those of the channel. */
static void colnorm(float *y, const float *x, const float *mean,
                    const float *rinv, float w, float b, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf v = (load_n(x + i, m) - load_n(mean + i, m)) * load_n(rinv + i, m);

        store_n(y + i, v * w + b, m);
    }
}

/* Adds channel c to the two sums of each column. */
static void colnorm_sums(float *s1, float *s2, const float *dy, const float *x,
                         const float *const stat[2], float w, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf d = load_n(dy + i, m) * w;
        vf v = load_n(x + i, m) - load_n(stat[0] + i, m);

        put(s1 + i, d, m, true);
        put(s2 + i, d * v * load_n(stat[1] + i, m), m, true);
    }
}

static void colnorm_back(float *dx, const float *dy, const float *x,
                         const float *const st[4], float w, size_t n, bool acc)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf rinv = load_n(st[1] + i, m);
        vf v = (load_n(x + i, m) - load_n(st[0] + i, m)) * rinv;
        vf d = load_n(dy + i, m) * w - load_n(st[2] + i, m);

        put(dx + i, rinv * (d - v * load_n(st[3] + i, m)), m, acc);
    }
}

static float colnorm_dot(const float *dy, const float *x, const float *mean,
                         const float *rinv, size_t n)
{
    vf s = { 0 };

    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf v = (load_n(x + i, m) - load_n(mean + i, m)) * load_n(rinv + i, m);

        s += v * load_n(dy + i, m);
    }
    return vsum(s);
}

/* RoPE: a pair (x0, x1) turned by an angle is (x0 cos - x1 sin, x1 cos + x0
 * sin). turn holds the cosines and then the sines with their signs, so that one
 * product of the swapped pairs does it; dir -1 turns back. */
static void rotate(float *y, const float *x, const float *turn, float dir,
                   float s, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        vf v = load_n(x + i, m);
        vf w = swap_pairs(v);

        v = v * load_n(turn + i, m) + dir * w * load_n(turn + n + i, m);
        store_n(y + i, v * s, m);
    }
}

/* Two rounds of multiply and xor-shift on the index and both halves of the
 * key: plenty for a mask, and cheap enough to draw it again in backward. */
static void dropout(float *y, const float *x, uint64_t key, uint64_t first,
                    float p, size_t n, bool acc)
{
    static const uint32_t LANES[] = { 0, 1, 2,  3,  4,  5,  6,  7,
                                      8, 9, 10, 11, 12, 13, 14, 15 };
    const uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    const float s = 1.0f / (1.0f - p);
    vu lane;

    memcpy(&lane, LANES, sizeof(lane));
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);
        uint64_t at = first + i;
        vu h = lane + (uint32_t)at;
        vf u;

        h = (h ^ k0) * 0x85ebca6bu;
        h ^= h >> 15;
        h = (h ^ (k1 + (uint32_t)(at >> 32))) * 0xc2b2ae35u;
        h ^= h >> 13;
        h *= 0x9e3779b1u;
        h ^= h >> 16;
        u = __builtin_convertvector((vi)(h >> 8), vf) * 0x1p-24f;
        u = pick_less(u, splat(p), splat(0.0f), load_n(x + i, m) * s);
        put(y + i, u, m, acc);
    }
}

/* Rows and vectors of the register tile: the sums must fit the registers. */
#if defined(__AVX512F__)
enum { MR = 8, NV = 2 };
#else
enum { MR = 4, NV = 2 };
#endif
_Static_assert(MR *NV <= 16, "sums, B and A fit the registers");

/* One call of mm(), or what is left of it. */
struct tile {
    float *c;
    ptrdiff_t ldc;
    const float *a;
    ptrdiff_t ars, acs;
    const float *b;
    ptrdiff_t ldb;
    size_t n_k;
    size_t left; /* columns of the last vector */
    bool acc;
};

/* mr and nv are constants at every call, so that all loops unroll. */
TW_VEC_INLINE void tile_mul(const struct tile *t, const int mr, const int nv)
{
    vf s[MR][NV];
    const float *a = t->a, *b = t->b;

    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++)
            s[i][j] = splat(0.0f);
    for (size_t k = 0; k < t->n_k; k++, a += t->acs, b += t->ldb)
        for (int j = 0; j < nv; j++) {
            vf v = load(b + j * W);

            for (int i = 0; i < mr; i++)
                s[i][j] += a[i * t->ars] * v;
        }
    for (int i = 0; i < mr; i++)
        for (int j = 0; j < nv; j++)
            put(t->c + i * t->ldc + j * W, s[i][j], j == nv - 1 ? t->left : W,
                t->acc);
}

/* A strip of nv registers of columns: full tiles of rows, then single rows. */
TW_VEC_INLINE void rows_mul(struct tile t, size_t n_m, const int nv)
{
    for (; n_m >= MR; n_m -= MR) {
        tile_mul(&t, MR, nv);
        t.a += MR * t.ars;
        t.c += MR * t.ldc;
    }
    for (; n_m > 0; n_m--) {
        tile_mul(&t, 1, nv);
        t.a += t.ars;
        t.c += t.ldc;
    }
}

/* For small products inside an operator, where packing does not pay and B may
 * be a Toeplitz matrix (rows that overlap): B is read where it stands. */
static void mm(float *c, ptrdiff_t ldc, struct tw_vec_mat a,
               struct tw_vec_mat b, const size_t mnk[3], bool acc)
{
    struct tile t = { .ldc = ldc,
                      .a = a.data,
                      .ars = a.rs,
                      .acs = a.cs,
                      .ldb = b.rs,
                      .n_k = mnk[2],
                      .acc = acc };
    size_t n = mnk[1], j = 0;

    while (j < n) {
        t.c = c + j;
        t.b = b.data + j;
        if (NV > 1 && n - j > W) {
            t.left = LEFT(n, j + W);
            rows_mul(t, mnk[0], NV);
            j += NV * W;
        } else {
            t.left = LEFT(n, j);
            rows_mul(t, mnk[0], 1);
            j += W;
        }
    }
}

/* Left to the compiler: no lane waits for another, and it makes of it what one
 * would write. */
static void adam(float *w, float *m, float *v, const float *g,
                 const struct tw_vec_adam *p, size_t n)
{
    const struct tw_vec_adam q = *p;

    for (size_t i = 0; i < n; i++) {
        float d = g[i] * q.grad_scale;
        float m1 = q.beta1 * m[i] + (1.0f - q.beta1) * d;
        float v1 = q.beta2 * v[i] + (1.0f - q.beta2) * d * d;
        float step = m1 * q.fix1 / (sqrtf(v1 * q.fix2) + q.eps);

        m[i] = m1;
        v[i] = v1;
        w[i] -= q.lr * step + q.decay * w[i];
    }
}

#ifdef TW_VEC_FILL
/* What follows is struct tw_kern's part. */

static void add_f32(float *y, const float *a, const float *b, size_t n)
{
    for (size_t i = 0; i < n; i += W) {
        size_t m = LEFT(n, i);

        store_n(y + i, load_n(a + i, m) + load_n(b + i, m), m);
    }
}

static void mul_f32(float *y, const float *a, const float *b, size_t n)
{
    mul(y, a, b, n, false);
}

/* In place too: the largest value is found before anything is written. */
static void softmax_f32(float *y, const float *x, size_t n)
{
    if (n > 0)
        scale(y, y, 1.0f / exp_sum(y, x, max(x, n), n), 0.0f, n, false);
}

/* The sum of squares goes by blocks, in double across them: the error does not
 * grow with the width of a model. */
static float rmsnorm_f32(float *y, const float *x, const float *w, size_t n,
                         float eps)
{
    double sum = 0.0;

    for (size_t i = 0; i < n; i += SUM_BLOCK) {
        size_t len = least(n - i, SUM_BLOCK);

        sum += (double)dot(x + i, x + i, len);
    }
    float s = 1.0f / sqrtf((float)sum / (float)(n ? n : 1) + eps);

    norm(y, x, 0.0f, s, w, NULL, n);
    return s;
}

void TW_VEC_FILL(struct tw_kern *k)
{
    k->add_f32 = add_f32;
    k->mul_f32 = mul_f32;
    k->silu_f32 = silu_forward;
    k->softmax_f32 = softmax_f32;
    k->rmsnorm_f32 = rmsnorm_f32;
}
#endif

#define ACT_ROW(NAME, name)      [TW_VEC_##NAME] = name##_forward,
#define ACT_BACK_ROW(NAME, name) [TW_VEC_##NAME] = name##_back,

const struct tw_vec TW_VEC_TABLE = {
    .scale = scale,
    .fill = fill,
    .add = add,
    .mul = mul,
    .sum = sum,
    .dot = dot,
    .max = max,
    .sum_sq = sum_sq,
    .sum_diff = sum_diff,
    .diff = diff,
    .act = { TW_VEC_ACTS(ACT_ROW) },
    .act_back = { TW_VEC_ACTS(ACT_BACK_ROW) },
    .swiglu = swiglu,
    .gated = gated,
    .swiglu_back = swiglu_back,
    .gated_back = gated_back,
    .exp_sum = exp_sum,
    .softmax_back = softmax_back,
    .norm = norm,
    .norm_sums = norm_sums,
    .norm_back = norm_back,
    .norm_back_w = norm_back_w,
    .colnorm = colnorm,
    .colnorm_sums = colnorm_sums,
    .colnorm_back = colnorm_back,
    .colnorm_dot = colnorm_dot,
    .rotate = rotate,
    .dropout = dropout,
    .mm = mm,
    .adam = adam,
};
