#include "kern/pair.h"

#include "base/status.h"

#include "base/banned.h"

extern const struct tw_pair_kern tw_pair_kern_ref;
#ifdef TW_PAIR_X86
extern const struct tw_pair_kern tw_pair_kern_avx2;
extern const struct tw_pair_kern tw_pair_kern_avx512;
#else
#define tw_pair_kern_avx2   tw_pair_kern_ref
#define tw_pair_kern_avx512 tw_pair_kern_ref
#endif

const struct tw_pair_kern *tw_pair_kern_get(enum tw_kern_level level)
{
    static const struct tw_pair_kern *const table[] = {
        [TW_KERN_REF] = &tw_pair_kern_ref,
        [TW_KERN_AVX2] = &tw_pair_kern_avx2,
        [TW_KERN_AVX512] = &tw_pair_kern_avx512,
    };

    TW_ASSERT(level < TW_ARRAY_LEN(table));
    return table[level];
}
