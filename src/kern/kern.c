#include "kern/kern.h"

#include "kern/kern_priv.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

typedef void fill_fn(struct tw_kern *k);

/* Ordered: a level inherits every entry of the levels before it. */
static const struct {
    const char *name;
    fill_fn *fill; /* NULL: not in this build */
    fill_fn *fill_vec;
} levels[TW_KERN_LEVEL_COUNT] = {
    [TW_KERN_REF] = { "ref", tw_kern_fill_ref, NULL },
#ifdef TW_HAVE_AVX2
    [TW_KERN_AVX2] = { "avx2", tw_kern_fill_avx2, tw_kern_fill_vec8 },
#else
    [TW_KERN_AVX2] = { "avx2", NULL, NULL },
#endif
#ifdef TW_HAVE_AVX512
    [TW_KERN_AVX512] = { "avx512", tw_kern_fill_avx512, tw_kern_fill_vec16 },
#else
    [TW_KERN_AVX512] = { "avx512", NULL, NULL },
#endif
};

#if defined(TW_HAVE_AVX2) || defined(TW_HAVE_AVX512)
/* The builtins also ask the OS, through XCR0, whether it saves the registers.
 * F16C, which clang 14 cannot ask for, came before AVX2 on every CPU. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
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

void tw_kern_init(struct tw_kern *k, enum tw_kern_level level)
{
    TW_ASSERT(cpu_has(level));
    for (int l = TW_KERN_REF; l <= (int)level; l++) {
        if (levels[l].fill)
            levels[l].fill(k);
        if (levels[l].fill_vec)
            levels[l].fill_vec(k);
    }
}
