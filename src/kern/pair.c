/*
 * pair.c - the loops over pairs of points: distances, and the forces of t-SNE.
 *
 * Built once per CPU level, TW_PAIR_TABLE being the name of the table made.
 * Sums go in sixteen fixed lanes at every level, over as many registers as
 * that takes (gcc 12 keeps wider vectors in memory), and nothing is fused: the
 * bytes are the same.
 */
#include "kern/pair.h"

#ifdef __AVX512F__
#define TW_PAIR_WIDTH 16
#elif defined(__AVX2__)
#define TW_PAIR_WIDTH 8
#else
#define TW_PAIR_WIDTH 16
#endif
extern const struct tw_pair_kern TW_PAIR_TABLE;

#include "base/banned.h"

enum { N_PARTS = TW_PAIR_LANES / TW_PAIR_WIDTH };
_Static_assert(N_PARTS *TW_PAIR_WIDTH == TW_PAIR_LANES, "whole registers");
#define STRIDE ((size_t)2 * TW_PAIR_LANES)

typedef float part __attribute__((vector_size(TW_PAIR_WIDTH * sizeof(float))));
/* The same in memory that is aligned for one float only. */
typedef float part_loose __attribute__((
    vector_size(TW_PAIR_WIDTH * sizeof(float)), aligned(4), may_alias));

/* Lanes in double and in order: the same bytes however many registers they
 * stood in. */
static double sum_lanes(const part v[N_PARTS])
{
    double sum = 0;

    for (int l = 0; l < TW_PAIR_LANES; l++)
        sum += (double)v[l / TW_PAIR_WIDTH][l % TW_PAIR_WIDTH];
    return sum;
}

/* Two sums of sixteen lanes each hide the latency of the addition; the rest is
 * added in double. */
static float distance2(const float *a, const float *b, size_t n)
{
    part v0[N_PARTS] = { 0 }, v1[N_PARTS] = { 0 };
    size_t i = 0;

    for (; i + STRIDE <= n; i += STRIDE) {
        for (size_t h = 0; h < N_PARTS; h++) {
            size_t j = i + h * TW_PAIR_WIDTH;
            part d0 =
                *(const part_loose *)(a + j) - *(const part_loose *)(b + j);
            j += TW_PAIR_LANES;
            part d1 =
                *(const part_loose *)(a + j) - *(const part_loose *)(b + j);

            v0[h] += d0 * d0;
            v1[h] += d1 * d1;
        }
    }
    double sum = sum_lanes(v0) + sum_lanes(v1);
    for (; i < n; i++)
        sum += (double)((a[i] - b[i]) * (a[i] - b[i]));
    return (float)sum;
}

/* One pass over all points for point i: the attractive sums weighted by p, the
 * repulsive ones by q, and the sum of q that normalises them. The point itself
 * gives q = 1 and no force. */
static void force(struct tw_pair_force *f, const float *p, const float *y,
                  size_t n, size_t i)
{
    const float *y0 = y, *y1 = y + n;
    part a0[N_PARTS] = { 0 }, a1[N_PARTS] = { 0 }, b0[N_PARTS] = { 0 },
         b1[N_PARTS] = { 0 }, z[N_PARTS] = { 0 };
    float x0 = y0[i], x1 = y1[i];

    for (size_t j = 0; j < n; j += TW_PAIR_LANES) {
        for (size_t h = 0; h < N_PARTS; h++) {
            size_t at = j + h * TW_PAIR_WIDTH;
            part d0 = x0 - *(const part_loose *)(y0 + at);
            part d1 = x1 - *(const part_loose *)(y1 + at);
            part q = 1.0f / (1.0f + (d0 * d0 + d1 * d1));
            part pq = *(const part_loose *)(p + at) * q;
            part qq = q * q;

            a0[h] += pq * d0;
            a1[h] += pq * d1;
            b0[h] += qq * d0;
            b1[h] += qq * d1;
            z[h] += q;
        }
    }
    f->pull[0] = sum_lanes(a0);
    f->pull[1] = sum_lanes(a1);
    f->push[0] = sum_lanes(b0);
    f->push[1] = sum_lanes(b1);
    f->q = sum_lanes(z);
}

const struct tw_pair_kern TW_PAIR_TABLE = { distance2, force };
