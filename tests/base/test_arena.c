/*
 * test_arena.c - the limit, the alignment and the memory of failures of an
 * arena.
 */
#include "base/arena.h"
#include "test.h"

#include <stdint.h>
#include <string.h>

TEST(memory_is_zeroed_aligned_and_apart)
{
    struct tw_arena a;
    char *last = NULL;

    tw_arena_init(&a, 1u << 20);
    for (size_t n = 0; n < 300; n++) {
        char *p = tw_arena_alloc(&a, n, 1);
        CHECK(p && (uintptr_t)p % TW_ARENA_ALIGN == 0 && p != last);
        for (size_t i = 0; p && i < n; i++)
            CHECK(p[i] == 0);
        if (p)
            memset(p, 0xFF, n);
        last = p;
    }
    tw_arena_release(&a);
    CHECK(a.used == 0 && a.limit == 1u << 20);
}

TEST(the_limit_holds_and_a_released_arena_is_usable)
{
    struct tw_arena a;
    size_t n = 0;

    tw_arena_init(&a, 300000);
    while (tw_arena_alloc(&a, 1000, 1))
        n++;
    CHECK(a.used <= a.limit);
    CHECK(n > 250 && n < 300);
    tw_arena_release(&a);
    CHECK(tw_arena_alloc(&a, 200000, 1));
    CHECK(!tw_arena_alloc(&a, 200000, 1));
    tw_arena_release(&a);
}

TEST(small_limits_are_used_up_to_the_end)
{
    struct tw_arena a;

    tw_arena_init(&a, 1000);
    CHECK(tw_arena_alloc(&a, 100, 1));
    CHECK(tw_arena_alloc(&a, 500, 1));
    CHECK(!tw_arena_alloc(&a, 500, 1));
    tw_arena_release(&a);
    tw_arena_init(&a, 0);
    CHECK(!tw_arena_alloc(&a, 1, 1));
    CHECK(!tw_arena_alloc(&a, 0, 1));
}

TEST(sizes_that_overflow_are_refused)
{
    struct tw_arena a;

    tw_arena_init(&a, SIZE_MAX);
    CHECK(!tw_arena_alloc(&a, SIZE_MAX, 2));
    CHECK(!tw_arena_alloc(&a, SIZE_MAX / 2 + 1, 1));
    CHECK(!tw_arena_alloc(&a, SIZE_MAX, SIZE_MAX));
    tw_arena_release(&a);
}

TEST(a_failure_is_remembered_until_the_release)
{
    struct tw_arena a;
    struct tw_err err = { 0 };

    tw_arena_init(&a, 1000);
    CHECK(tw_arena_check(&a, "x", &err) == TW_OK);
    CHECK(!tw_arena_alloc(&a, 2000, 1));
    CHECK(tw_arena_alloc(&a, 10, 1));
    CHECK(tw_arena_check(&a, "windows", &err) == TW_ENOMEM);
    CHECK(strcmp(err.msg, "out of memory for windows") == 0);
    tw_arena_release(&a);
    CHECK(tw_arena_check(&a, "x", &err) == TW_OK);
}

TEST(text_is_copied_and_made)
{
    struct tw_arena a;

    tw_arena_init(&a, 4000);
    CHECK(strcmp(tw_arena_text(&a, "window", 4), "wind") == 0);
    CHECK(strcmp(tw_arena_text(&a, NULL, 0), "") == 0);
    CHECK(strcmp(tw_arena_textf(&a, "%s-%03d", "a", 7), "a-007") == 0);
    CHECK(!tw_arena_textf(&a, "%5000d", 1));
    CHECK(!tw_arena_text(&a, "", SIZE_MAX));
    CHECK(tw_arena_check(&a, "text", NULL) == TW_ENOMEM);
    tw_arena_release(&a);
}

TEST_MAIN(RUN(memory_is_zeroed_aligned_and_apart);
          RUN(the_limit_holds_and_a_released_arena_is_usable);
          RUN(small_limits_are_used_up_to_the_end);
          RUN(sizes_that_overflow_are_refused);
          RUN(a_failure_is_remembered_until_the_release);
          RUN(text_is_copied_and_made);)
