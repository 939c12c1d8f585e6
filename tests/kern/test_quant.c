#include "kern/quant.h"

#include "test.h"

#include <float.h>
#include <stdbool.h>

static bool same_bits(float a, float b)
{
    return a == b && !signbit(a) == !signbit(b);
}

TEST(every_half_survives_the_way_through_float)
{
    int wrong = 0;

    for (unsigned h = 0; h < 65536; h++) {
        float x = tw_f16_to_f32((uint16_t)h);
        if (isnan(x)) /* quiet afterwards, the rest of the bits stay */
            wrong += (tw_f32_to_f16(x) & ~0x200u) != (h & ~0x200u);
        else
            wrong += tw_f32_to_f16(x) != h;
    }
    CHECK(wrong == 0);
    CHECK(same_bits(tw_f16_to_f32(0x3c00), 1.0f));
    CHECK(same_bits(tw_f16_to_f32(0xc000), -2.0f));
    CHECK(same_bits(tw_f16_to_f32(0x7bff), 65504.0f));
    CHECK(same_bits(tw_f16_to_f32(0x0001), 0x1p-24f));
    CHECK(same_bits(tw_f16_to_f32(0x8000), -0.0f));
    CHECK(same_bits(tw_f16_to_f32(0x7c00), INFINITY));
    CHECK(isnan(tw_f16_to_f32(0x7e00)));
}

TEST(floats_go_to_the_nearest_half_and_ties_to_even)
{
    int wrong = 0;

    for (unsigned h = 0; h < 0x7bff; h++) {
        float low = tw_f16_to_f32((uint16_t)h);
        float high = tw_f16_to_f32((uint16_t)(h + 1));
        float middle = 0.5f * (low + high); /* exact */
        unsigned even = h & 1 ? h + 1 : h;
        wrong += tw_f32_to_f16(middle) != even;
        wrong += tw_f32_to_f16(-middle) != (even | 0x8000u);
        wrong += tw_f32_to_f16(nextafterf(middle, low)) != h;
        wrong += tw_f32_to_f16(nextafterf(middle, high)) != h + 1;
    }
    CHECK(wrong == 0);
    CHECK(tw_f32_to_f16(65519.996f) == 0x7bff);
    CHECK(tw_f32_to_f16(65520.0f) == 0x7c00);
    CHECK(tw_f32_to_f16(-FLT_MAX) == 0xfc00);
    CHECK(tw_f32_to_f16(FLT_TRUE_MIN) == 0);
    CHECK((tw_f32_to_f16(NAN) & 0x7fffu) > 0x7c00u);
}

TEST(floats_go_to_the_nearest_bfloat_and_ties_to_even)
{
    CHECK(tw_f32_to_bf16(1.0f) == 0x3f80 && tw_f32_to_bf16(-2.0f) == 0xc000);
    CHECK(tw_f32_to_bf16(0x1.01p0f) == 0x3f80); /* ties: to even, below */
    CHECK(tw_f32_to_bf16(0x1.03p0f) == 0x3f82); /* and above */
    CHECK(tw_f32_to_bf16(0x1.010002p0f) == 0x3f81);
    CHECK(tw_f32_to_bf16(FLT_MAX) == 0x7f80);
    CHECK(isnan(tw_bf16_to_f32(tw_f32_to_bf16(NAN))));
    for (unsigned b = 0; b < 65536; b++)
        if (!isnan(tw_bf16_to_f32((uint16_t)b)))
            CHECK(tw_f32_to_bf16(tw_bf16_to_f32((uint16_t)b)) == b);
}

TEST(packed_halves_are_little_endian)
{
    unsigned char bytes[4];

    tw_f16_pack(bytes, (float[]){ 1.0f, -1.5f }, 2);
    CHECK(bytes[0] == 0x00 && bytes[1] == 0x3c);
    CHECK(bytes[2] == 0x00 && bytes[3] == 0xbe);
}

TEST(q8_0_blocks_hold_scale_and_rounded_values)
{
    float x[64] = { 127.0f, -127.0f, 63.4f, -0.6f };
    unsigned char bytes[2 * TW_Q8_0_BYTES];

    for (int i = 0; i < 32; i++) /* the second block: all zero */
        x[32 + i] = 0.0f;
    tw_q8_0_pack(bytes, x, 64);
    CHECK(bytes[0] == 0x00 && bytes[1] == 0x3c); /* d = 1 */
    CHECK(bytes[2] == 127 && bytes[3] == 129);
    CHECK(bytes[4] == 63 && bytes[5] == 255 && bytes[6] == 0);
    for (int i = 0; i < TW_Q8_0_BYTES; i++)
        CHECK(bytes[TW_Q8_0_BYTES + i] == 0);
}

TEST(q8_0_takes_values_that_are_not_finite)
{
    float x[32] = { NAN, INFINITY, -INFINITY, 1.0f };
    unsigned char bytes[TW_Q8_0_BYTES];

    tw_q8_0_pack(bytes, x, 32);
    CHECK(bytes[0] == 0x00 && bytes[1] == 0x7c);
    for (int i = 0; i < 32; i++)
        CHECK(bytes[2 + i] == 0);
}

TEST_MAIN(RUN(every_half_survives_the_way_through_float);
          RUN(floats_go_to_the_nearest_half_and_ties_to_even);
          RUN(floats_go_to_the_nearest_bfloat_and_ties_to_even);
          RUN(packed_halves_are_little_endian);
          RUN(q8_0_blocks_hold_scale_and_rounded_values);
          RUN(q8_0_takes_values_that_are_not_finite);)
