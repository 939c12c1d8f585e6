/* weights.c - how many bytes stored weights take. */
#include "kern/weights.h"

#include "base/status.h"
#include "kern/quant.h"

#include <stdint.h>

#include "base/banned.h"

size_t tw_weights_row_bytes(enum tw_weights_type type, size_t k)
{
    TW_ASSERT(k <= SIZE_MAX / sizeof(float));
    switch (type) {
    case TW_WEIGHTS_F32:
        return k * sizeof(float);
    case TW_WEIGHTS_F16:
        return k * sizeof(uint16_t);
    case TW_WEIGHTS_Q8_0:
        TW_ASSERT(k % TW_Q8_0_LEN == 0);
        return k / TW_Q8_0_LEN * TW_Q8_0_BYTES;
    }
    tw_bug(__FILE__, __LINE__, "type of weights");
}
