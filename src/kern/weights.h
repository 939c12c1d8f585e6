/*
 * weights.h - rows of stored weights: F32, F16 and Q8_0 (quant.h), one row per
 * output, as GGUF has them.
 */
#ifndef TW_KERN_WEIGHTS_H
#define TW_KERN_WEIGHTS_H

#include <stddef.h>

enum tw_weights_type { TW_WEIGHTS_F32, TW_WEIGHTS_F16, TW_WEIGHTS_Q8_0 };

struct tw_weights {
    enum tw_weights_type type;
    size_t n;         /* rows: outputs */
    size_t k;         /* columns: inputs; Q8_0: a multiple of 32 */
    const void *data; /* borrowed; rows follow each other; F32 aligned to 4 */
};

/* Bytes of a row of k weights. */
size_t tw_weights_row_bytes(enum tw_weights_type type, size_t k);

#endif /* TW_KERN_WEIGHTS_H */
