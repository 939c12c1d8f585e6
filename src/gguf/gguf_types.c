/*
 * gguf_types.c - tensor types: sizes, names, conversion from and to float32.
 *
 * The one place that knows what a number of enum ggml_type stands for.
 */
#include "gguf/gguf_priv.h"

#include "kern/quant.h"

#include <string.h>

#include "base/banned.h"

/* What is needed to know a tensor's size, also for types that cannot be
 * read. */
struct type_info {
    uint32_t type;
    uint32_t n_block; /* elements of a block */
    uint32_t size;    /* bytes of a block */
    const char *name;
};

/* Retired numbers (4, 5, 31-33, 36-38) are missing on purpose. */
static const struct type_info TYPES[] = {
    { TW_GGML_F32, 1, 4, "F32" },
    { TW_GGML_F16, 1, 2, "F16" },
    { 2, 32, 18, "Q4_0" },
    { 3, 32, 20, "Q4_1" },
    { 6, 32, 22, "Q5_0" },
    { 7, 32, 24, "Q5_1" },
    { TW_GGML_Q8_0, 32, 34, "Q8_0" },
    { 9, 32, 36, "Q8_1" },
    { 10, 256, 84, "Q2_K" },
    { 11, 256, 110, "Q3_K" },
    { 12, 256, 144, "Q4_K" },
    { 13, 256, 176, "Q5_K" },
    { 14, 256, 210, "Q6_K" },
    { 15, 256, 292, "Q8_K" },
    { 20, 32, 18, "IQ4_NL" },
    { 23, 256, 136, "IQ4_XS" },
    { 24, 1, 1, "I8" },
    { 25, 1, 2, "I16" },
    { TW_GGML_I32, 1, 4, "I32" },
    { TW_GGML_I64, 1, 8, "I64" },
    { TW_GGML_F64, 1, 8, "F64" },
    { TW_GGML_BF16, 1, 2, "BF16" },
};

_Static_assert(TW_Q8_0_LEN == 32 && TW_Q8_0_BYTES == 34,
               "the row of Q8_0 says what kern/quant.h says");

/* NULL for a number that is no type. */
static const struct type_info *type_find(uint32_t type)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(TYPES); i++)
        if (TYPES[i].type == type)
            return &TYPES[i];
    return NULL;
}

/* 0 also where the size does not fit size_t: nobody could hold such a row. */
size_t tw_ggml_row_size(uint32_t type, uint64_t n)
{
    const struct type_info *t = type_find(type);
    size_t size;

    if (!t)
        return 0;
    TW_ASSERT(t->n_block > 0 && t->size > 0); /* every row of TYPES */
    if (n % t->n_block)
        return 0;
    if (__builtin_mul_overflow(n / t->n_block, t->size, &size))
        return 0;
    return size;
}

/* As ggml prints them; "unknown" is what the reader asks for. */
const char *tw_ggml_type_name(uint32_t type)
{
    const struct type_info *t = type_find(type);

    if (!t)
        return "unknown";
    return t->name;
}

/* BF16 has no products of its own: a reader of models converts it to F32. */
bool tw_ggml_weights_type(uint32_t type, enum tw_weights_type *w)
{
    static const struct {
        uint32_t type;
        enum tw_weights_type w;
    } PAIRS[] = {
        { TW_GGML_F32, TW_WEIGHTS_F32 },
        { TW_GGML_F16, TW_WEIGHTS_F16 },
        { TW_GGML_Q8_0, TW_WEIGHTS_Q8_0 },
        { 2, TW_WEIGHTS_Q4_0 },
        { 3, TW_WEIGHTS_Q4_1 },
        { 6, TW_WEIGHTS_Q5_0 },
        { 7, TW_WEIGHTS_Q5_1 },
        { 10, TW_WEIGHTS_Q2_K },
        { 11, TW_WEIGHTS_Q3_K },
        { 12, TW_WEIGHTS_Q4_K },
        { 13, TW_WEIGHTS_Q5_K },
        { 14, TW_WEIGHTS_Q6_K },
        { 20, TW_WEIGHTS_IQ4_NL },
        { 23, TW_WEIGHTS_IQ4_XS },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(PAIRS); i++)
        if (PAIRS[i].type == type) {
            *w = PAIRS[i].w;
            return true;
        }
    return false;
}

/* Byte by byte: little-endian on every machine, at any address. */
static uint16_t read_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (unsigned)p[1] << 8);
}

/* The same bytes as the kernels' unpack_q8_0: value times scale, one rounding
 * at most. */
static void q8_0_to_f32(float *dst, const uint8_t *src, size_t n)
{
    for (size_t b = 0; b < n / TW_Q8_0_LEN;
         b++, src += TW_Q8_0_BYTES, dst += TW_Q8_0_LEN) {
        float d = tw_f16_to_f32(read_u16(src));
        const int8_t *q = (const int8_t *)(src + 2);

        for (size_t i = 0; i < TW_Q8_0_LEN; i++)
            dst[i] = (float)q[i] * d;
    }
}

/* The formats of gguf_quants.c, block by block. */
static enum tw_status unpack_blocks(float *dst, const uint8_t *src, size_t n,
                                    uint32_t type, struct tw_err *err)
{
    const struct type_info *t = type_find(type);
    tw_ggml_unpack_fn *unpack = tw_ggml_unpacker(type);

    if (!t || !unpack)
        return tw_fail(err, TW_EFORMAT, 0, "unsupported tensor type '%s'",
                       tw_ggml_type_name(type));
    TW_ASSERT(n % t->n_block == 0);
    for (size_t b = 0; b < n / t->n_block; b++)
        unpack(dst + b * t->n_block, src + b * t->size);
    return TW_OK;
}

/* The check of the size comes first: below it every loop is over whole blocks
 * that the caller vouches for. */
enum tw_status tw_ggml_to_f32(float *dst, const uint8_t *src, size_t n,
                              uint32_t type, struct tw_err *err)
{
    if (!n)
        return TW_OK;
    if (!tw_ggml_row_size(type, n))
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot read %zu elements of tensor type '%s'", n,
                       tw_ggml_type_name(type));
    switch (type) {
    case TW_GGML_F32:
        memcpy(dst, src, n * sizeof(*dst));
        return TW_OK;
    case TW_GGML_F16:
        for (size_t i = 0; i < n; i++)
            dst[i] = tw_f16_to_f32(read_u16(src + 2 * i));
        return TW_OK;
    case TW_GGML_BF16:
        for (size_t i = 0; i < n; i++)
            dst[i] = tw_bf16_to_f32(read_u16(src + 2 * i));
        return TW_OK;
    case TW_GGML_Q8_0:
        q8_0_to_f32(dst, src, n);
        return TW_OK;
    default:
        return unpack_blocks(dst, src, n, type, err);
    }
}

/* Called with n 0 to ask whether a type can be written at all. */
bool tw_ggml_from_f32(uint8_t *dst, const float *src, size_t n, uint32_t type)
{
    if (n && !tw_ggml_row_size(type, n))
        return false;
    switch (type) {
    case TW_GGML_F32:
        if (n)
            memcpy(dst, src, n * sizeof(*src));
        return true;
    case TW_GGML_F16:
        tw_f16_pack(dst, src, n);
        return true;
    case TW_GGML_BF16:
        tw_bf16_pack(dst, src, n);
        return true;
    case TW_GGML_Q8_0:
        tw_q8_0_pack(dst, src, n);
        return true;
    default:
        return false;
    }
}
