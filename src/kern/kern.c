/*
 * kern.c - the CPU levels: a row each, and the choice between them.
 */
#include "kern/kern.h"

#include "kern/kern_priv.h"
#include "kern/pair.h"
#include "kern/vec.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

/* The build makes these names from the level's (meson.build). */
extern const struct tw_vec tw_vec_ref, tw_vec_avx2, tw_vec_avx512;
extern const struct tw_pair_kern tw_pair_kern_ref;
extern const struct tw_pair_kern tw_pair_kern_avx2, tw_pair_kern_avx512;

extern const struct tw_qrows_kern tw_qrows_ref, tw_qrows_avx2;

typedef void fill_fn(struct tw_kern *k);

/* Ordered: a level inherits every entry of struct tw_kern that it does not
 * fill from the levels before it. */
static const struct {
    const char *name;
    fill_fn *fill;     /* products; NULL: the level is not in this build */
    fill_fn *fill_vec; /* the rest of struct tw_kern, from vec.c */
    const struct tw_qrows_kern *q; /* NULL: as the level before it */
    const struct tw_vec *vec;
    const struct tw_pair_kern *pair;
} levels[TW_KERN_LEVEL_COUNT] = {
    [TW_KERN_REF] = { "ref", tw_kern_fill_ref, NULL, &tw_qrows_ref, &tw_vec_ref,
                      &tw_pair_kern_ref },
#ifdef TW_HAVE_AVX2
    [TW_KERN_AVX2] = { "avx2", tw_kern_fill_avx2, tw_kern_fill_vec_avx2,
                       &tw_qrows_avx2, &tw_vec_avx2, &tw_pair_kern_avx2 },
#else
    [TW_KERN_AVX2] = { .name = "avx2" },
#endif
#ifdef TW_HAVE_AVX512
    [TW_KERN_AVX512] = { "avx512", tw_kern_fill_avx512, tw_kern_fill_vec_avx512,
                         NULL, &tw_vec_avx512, &tw_pair_kern_avx512 },
#else
    [TW_KERN_AVX512] = { .name = "avx512" },
#endif
#ifdef TW_HAVE_VNNI
    [TW_KERN_VNNI] = { "avx512vnni", tw_kern_fill_vnni, NULL, NULL,
                       &tw_vec_avx512, &tw_pair_kern_avx512 },
#else
    [TW_KERN_VNNI] = { .name = "avx512vnni" },
#endif
};

#if defined(TW_HAVE_AVX2) || defined(TW_HAVE_AVX512)
/* The builtins also ask the OS, through XCR0, whether it saves the registers.
 * F16C, which clang 14 cannot ask for, came before AVX2 on every CPU. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/* One level for four extensions: every CPU that has AVX-512 BW, DQ and VL at
 * all (Skylake-X, Ice Lake, Zen 4 and later) has them together. */
static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}

static bool has_vnni(void)
{
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}
#else
static bool has_avx2(void)
{
    return false;
}

static bool has_avx512(void)
{
    return false;
}

static bool has_vnni(void)
{
    return false;
}
#endif

/* A level implies all the lower ones: tw_kern_init() fills from each. */
static bool cpu_has(enum tw_kern_level level)
{
    switch (level) {
    case TW_KERN_REF:
        return true;
    case TW_KERN_AVX2:
        return levels[level].fill && has_avx2();
    case TW_KERN_AVX512:
        return levels[level].fill && levels[TW_KERN_AVX2].fill && has_avx512();
    case TW_KERN_VNNI:
        return levels[level].fill && levels[TW_KERN_AVX512].fill &&
               levels[TW_KERN_AVX2].fill && has_vnni();
    case TW_KERN_LEVEL_COUNT:
        break;
    }
    return false;
}

enum tw_kern_level tw_kern_level_detect(const char *bound)
{
    enum tw_kern_level best = TW_KERN_REF;

    /* The bound is compared also with a level that is absent. */
    for (int l = TW_KERN_REF; l < TW_KERN_LEVEL_COUNT; l++) {
        if (cpu_has((enum tw_kern_level)l))
            best = (enum tw_kern_level)l;
        if (bound && strcmp(bound, levels[l].name) == 0)
            break;
    }
    return best;
}

const char *tw_kern_level_name(enum tw_kern_level level)
{
    TW_ASSERT((int)level >= 0 && level < TW_KERN_LEVEL_COUNT);
    return levels[level].name;
}

/* The highest level of this build that is not above the one named. */
static enum tw_kern_level level_built(enum tw_kern_level level)
{
    TW_ASSERT((int)level >= 0 && level < TW_KERN_LEVEL_COUNT);
    while (!levels[level].fill)
        level--;
    return level;
}

const struct tw_vec *tw_vec_get(enum tw_kern_level level)
{
    const struct tw_vec *vec = levels[level_built(level)].vec;

    TW_ASSERT(vec != NULL);
    return vec;
}

const struct tw_pair_kern *tw_pair_kern_get(enum tw_kern_level level)
{
    const struct tw_pair_kern *pair = levels[level_built(level)].pair;

    TW_ASSERT(pair != NULL);
    return pair;
}

void tw_kern_init(struct tw_kern *k, enum tw_kern_level level)
{
    TW_ASSERT(cpu_has(level));
    TW_ASSERT(levels[TW_KERN_REF].fill); /* which fills every entry */
    for (int l = TW_KERN_REF; l <= (int)level; l++) {
        if (levels[l].fill)
            levels[l].fill(k);
        if (levels[l].fill_vec)
            levels[l].fill_vec(k);
        if (levels[l].q)
            k->q = *levels[l].q;
    }
    TW_ASSERT(k->q.quantize && k->q.rows && k->q.unpack);
}
