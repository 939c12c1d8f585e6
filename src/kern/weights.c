/* weights.c - how many bytes stored weights take. */
#include "kern/weights.h"

#include "base/status.h"
#include "kern/quant.h"

#include <stdint.h>

#include "base/banned.h"

/* Sizes as ggml's block structs have them (ggml-common.h). */
static const struct {
    uint16_t len, bytes;
} BLOCKS[TW_WEIGHTS_TYPES] = {
    [TW_WEIGHTS_F32] = { 1, sizeof(float) },
    [TW_WEIGHTS_F16] = { 1, sizeof(uint16_t) },
    [TW_WEIGHTS_Q8_0] = { TW_Q8_0_LEN, TW_Q8_0_BYTES },
    [TW_WEIGHTS_Q4_0] = { 32, 18 },
    [TW_WEIGHTS_Q4_1] = { 32, 20 },
    [TW_WEIGHTS_Q5_0] = { 32, 22 },
    [TW_WEIGHTS_Q5_1] = { 32, 24 },
    [TW_WEIGHTS_IQ4_NL] = { 32, 18 },
    [TW_WEIGHTS_Q2_K] = { 256, 84 },
    [TW_WEIGHTS_Q3_K] = { 256, 110 },
    [TW_WEIGHTS_Q4_K] = { 256, 144 },
    [TW_WEIGHTS_Q5_K] = { 256, 176 },
    [TW_WEIGHTS_Q6_K] = { 256, 210 },
    [TW_WEIGHTS_IQ4_XS] = { 256, 136 },
};

size_t tw_weights_block_len(enum tw_weights_type type)
{
    TW_ASSERT((int)type >= 0 && type < TW_WEIGHTS_TYPES);
    return BLOCKS[type].len;
}

size_t tw_weights_block_bytes(enum tw_weights_type type)
{
    TW_ASSERT((int)type >= 0 && type < TW_WEIGHTS_TYPES);
    return BLOCKS[type].bytes;
}

size_t tw_weights_row_bytes(enum tw_weights_type type, size_t k)
{
    TW_ASSERT(k <= SIZE_MAX / sizeof(float));
    TW_ASSERT(k % tw_weights_block_len(type) == 0);
    return k / BLOCKS[type].len * BLOCKS[type].bytes;
}
