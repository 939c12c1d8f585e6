/*
 * weights.h - rows of stored weights, one row per output, as GGUF has them:
 * floats, halves, and the block formats of 32 weights (Q4_0 to Q8_0, IQ4_NL)
 * and of 256 (the K formats, IQ4_XS), whose layouts gguf/gguf_quants.c defines.
 */
#ifndef TW_KERN_WEIGHTS_H
#define TW_KERN_WEIGHTS_H

#include <stddef.h>

enum tw_weights_type {
    TW_WEIGHTS_F32,
    TW_WEIGHTS_F16,
    TW_WEIGHTS_Q8_0, /* from here on: computed in integers, see qrows.h */
    TW_WEIGHTS_Q4_0,
    TW_WEIGHTS_Q4_1,
    TW_WEIGHTS_Q5_0,
    TW_WEIGHTS_Q5_1,
    TW_WEIGHTS_IQ4_NL,
    TW_WEIGHTS_Q2_K, /* from here on: blocks of 256 */
    TW_WEIGHTS_Q3_K,
    TW_WEIGHTS_Q4_K,
    TW_WEIGHTS_Q5_K,
    TW_WEIGHTS_Q6_K,
    TW_WEIGHTS_IQ4_XS,
    TW_WEIGHTS_TYPES
};

struct tw_weights {
    enum tw_weights_type type;
    size_t n;         /* rows: outputs */
    size_t k;         /* columns: inputs, in whole blocks */
    const void *data; /* borrowed; rows follow each other; F32 aligned to 4 */
};

/* Weights of a block, and its bytes; 1 and the size of a number where there are
 * no blocks. */
size_t tw_weights_block_len(enum tw_weights_type type);
size_t tw_weights_block_bytes(enum tw_weights_type type);
/* Bytes of a row of k weights. */
size_t tw_weights_row_bytes(enum tw_weights_type type, size_t k);

#endif /* TW_KERN_WEIGHTS_H */
