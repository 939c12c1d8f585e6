/*
 * kern_priv.h - one fill function per variant file; see kern.h.
 *
 * Each overwrites the entries that its level does better.  Included by files
 * with -m flags: no inline functions here, nor in what this includes.
 */
#ifndef TW_KERN_KERN_PRIV_H
#define TW_KERN_KERN_PRIV_H

#include "kern/kern.h"

void tw_kern_fill_ref(struct tw_kern *k);
void tw_kern_fill_avx2(struct tw_kern *k);
void tw_kern_fill_avx512(struct tw_kern *k);
/* qrows_vnni.c: the CPU also has AVX-512 VNNI. */
void tw_kern_fill_vnni(struct tw_kern *k);
/* vec.c, once per level. */
void tw_kern_fill_vec_avx2(struct tw_kern *k);
void tw_kern_fill_vec_avx512(struct tw_kern *k);

#endif /* TW_KERN_KERN_PRIV_H */
