/*
 * gguf_priv.h - limits of the container and conversions shared by gguf*.c.
 */
#ifndef TW_GGUF_GGUF_PRIV_H
#define TW_GGUF_GGUF_PRIV_H

#include "gguf/gguf.h"

enum {
    TW_GGUF_ALIGN = 32,        /* what we write, and the default */
    TW_GGUF_NAME_MAX = 63,     /* bytes of a tensor name */
    TW_GGUF_KEY_MAX = 65535,   /* bytes of a key */
    TW_GGUF_KEYS = 100000,     /* keys of a file */
    TW_GGUF_TENSORS = 1000000, /* tensors of a file */
};

/* One block of a format that is only read, or NULL for other types. */
typedef void tw_ggml_unpack_fn(float *y, const uint8_t *block);
tw_ggml_unpack_fn *tw_ggml_unpacker(uint32_t type);

/* n elements from float32 (F32, F16, BF16, Q8_0); false for other types and
 * for partial blocks. */
bool tw_ggml_from_f32(uint8_t *dst, const float *src, size_t n, uint32_t type);

#endif /* TW_GGUF_GGUF_PRIV_H */
