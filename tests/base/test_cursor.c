/* test_cursor.c - little-endian fields, and reads past the end. */
#include "base/cursor.h"
#include "test.h"

#include <string.h>

TEST(fields_are_read_little_endian)
{
    static const uint8_t bytes[] = { 1,    2,  3,  4,  5,  6,  7, 8,    9,
                                     10,   11, 12, 13, 14, 15, 0, 0,    0x80,
                                     0x3f, 0,  0,  0,  0,  0,  0, 0xf0, 0xbf };
    struct tw_cursor c = { .bytes = bytes, .len = sizeof(bytes) };

    CHECK(tw_cursor_u8(&c) == 1);
    CHECK(tw_cursor_u16(&c) == 0x0302);
    CHECK(tw_cursor_u32(&c) == 0x07060504);
    CHECK(tw_cursor_u64(&c) == 0x0f0e0d0c0b0a0908u);
    CHECK(tw_cursor_left(&c) == 12);
    CHECK(tw_cursor_f32(&c) == 1.0f);
    CHECK(tw_cursor_f64(&c) == -1.0);
    CHECK(tw_cursor_left(&c) == 0);
    CHECK(tw_cursor_check(&c, "record", NULL) == TW_OK);
}

TEST(a_read_past_the_end_gives_zero_and_fails_for_good)
{
    static const uint8_t bytes[] = { 0xff, 0xff, 0xff };
    struct tw_cursor c = { .bytes = bytes, .len = sizeof(bytes) };
    struct tw_err err = { 0 };

    CHECK(tw_cursor_u8(&c) == 0xff);
    CHECK(tw_cursor_u32(&c) == 0);
    CHECK(tw_cursor_u8(&c) == 0);
    CHECK(tw_cursor_bytes(&c, 0) == NULL);
    CHECK(tw_cursor_left(&c) == 0);
    CHECK(tw_cursor_check(&c, "header", &err) == TW_EFORMAT);
    CHECK(err.pos == 1 && strcmp(err.msg, "header is cut off at byte 1") == 0);
}

TEST(counts_that_wrap_around_are_refused)
{
    static const uint8_t bytes[4] = { 0 };
    struct tw_cursor c = { .bytes = bytes, .len = 4 };

    CHECK(tw_cursor_bytes(&c, 2) == bytes);
    CHECK(tw_cursor_bytes(&c, SIZE_MAX) == NULL);
    CHECK(c.failed && c.pos == 2);
}

TEST_MAIN(RUN(fields_are_read_little_endian);
          RUN(a_read_past_the_end_gives_zero_and_fails_for_good);
          RUN(counts_that_wrap_around_are_refused);)
