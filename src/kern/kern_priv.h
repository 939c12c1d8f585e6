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
/* kern_vec.c, once with 8 and once with 16 lanes. */
void tw_kern_fill_vec8(struct tw_kern *k);
void tw_kern_fill_vec16(struct tw_kern *k);

#endif /* TW_KERN_KERN_PRIV_H */
