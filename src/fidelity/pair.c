#include "fidelity/pair_priv.h"

/* Built once per CPU level: the build file gives each its -m flags and the
 * name of the table. */
#ifndef TW_PAIR_TABLE
#define TW_PAIR_TABLE tw_pair_kern_ref
#endif
extern const struct tw_pair_kern TW_PAIR_TABLE;

#include "base/banned.h"

typedef float lanes
    __attribute__((vector_size(TW_PAIR_LANES * sizeof(float))));
/* The same in memory that is aligned for one float only. */
typedef float lanes_loose
    __attribute__((vector_size(TW_PAIR_LANES * sizeof(float)), aligned(4),
                   may_alias));

static double sum_lanes(const lanes *v)
{
    double sum = 0;

    for (int l = 0; l < TW_PAIR_LANES; l++)
        sum += (double)(*v)[l];
    return sum;
}

static float distance2(const float *a, const float *b, size_t n)
{
    lanes sum0 = { 0 }, sum1 = { 0 };
    size_t i = 0;

    for (; i + 2 * TW_PAIR_LANES <= n; i += 2 * TW_PAIR_LANES) {
        lanes d0 = *(const lanes_loose *)(a + i) -
                   *(const lanes_loose *)(b + i);
        lanes d1 = *(const lanes_loose *)(a + i + TW_PAIR_LANES) -
                   *(const lanes_loose *)(b + i + TW_PAIR_LANES);

        sum0 += d0 * d0;
        sum1 += d1 * d1;
    }
    sum0 += sum1;
    double sum = sum_lanes(&sum0);
    for (; i < n; i++)
        sum += (double)((a[i] - b[i]) * (a[i] - b[i]));
    return (float)sum;
}

static void force(struct tw_pair_force *f, const float *p, const float *y,
                  size_t n, size_t i)
{
    const float *y0 = y, *y1 = y + n;
    lanes a0 = { 0 }, a1 = { 0 }, b0 = { 0 }, b1 = { 0 }, z = { 0 };
    float x0 = y0[i], x1 = y1[i];

    for (size_t j = 0; j < n; j += TW_PAIR_LANES) {
        lanes d0 = x0 - *(const lanes_loose *)(y0 + j);
        lanes d1 = x1 - *(const lanes_loose *)(y1 + j);
        lanes q = 1.0f / (1.0f + (d0 * d0 + d1 * d1));
        lanes pq = *(const lanes_loose *)(p + j) * q;
        lanes qq = q * q;

        a0 += pq * d0;
        a1 += pq * d1;
        b0 += qq * d0;
        b1 += qq * d1;
        z += q;
    }
    f->pull[0] = sum_lanes(&a0);
    f->pull[1] = sum_lanes(&a1);
    f->push[0] = sum_lanes(&b0);
    f->push[1] = sum_lanes(&b1);
    f->q = sum_lanes(&z);
}

const struct tw_pair_kern TW_PAIR_TABLE = { distance2, force };
