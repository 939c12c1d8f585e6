#include "kern/vec.h"

#include "base/banned.h"

extern const struct tw_vec tw_vec_ref;
#ifdef TW_VEC_X86
extern const struct tw_vec tw_vec_avx2, tw_vec_avx512;
#endif

const struct tw_vec *tw_vec_get(enum tw_kern_level level)
{
#ifdef TW_VEC_X86
    if (level == TW_KERN_AVX512)
        return &tw_vec_avx512;
    if (level == TW_KERN_AVX2)
        return &tw_vec_avx2;
#endif
    (void)level;
    return &tw_vec_ref;
}
