/* test_buf.c - growth, stickiness and handing over of a buffer. */
#include "base/buf.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

TEST(text_grows_and_ends_with_a_nul)
{
    struct tw_buf b;

    tw_buf_init(&b, 100000);
    CHECK(strcmp(tw_buf_text(&b), "") == 0);
    for (unsigned i = 0; i < 1000; i++) {
        tw_buf_addf(&b, "%u,", i % 10);
        tw_buf_addc(&b, 'x');
        tw_buf_adds(&b, "yz");
        CHECK(strlen(tw_buf_text(&b)) == b.len && b.len == 5 * (i + 1));
    }
    CHECK(tw_buf_check(&b, "text", NULL) == TW_OK);
    CHECK(strncmp(tw_buf_text(&b), "0,xyz1,xyz", 10) == 0);
    tw_buf_clear(&b);
    CHECK(b.len == 0 && strcmp(tw_buf_text(&b), "") == 0);
    tw_buf_add(&b, "a\0b", 3);
    CHECK(b.len == 3 && memcmp(b.bytes, "a\0b", 4) == 0);
    tw_buf_add(&b, NULL, 0);
    tw_buf_release(&b);
    CHECK(b.len == 0 && !b.bytes && b.limit == 100000);
}

TEST(the_first_failure_stays_and_is_told_once)
{
    struct tw_buf b;
    struct tw_err err = { 0 };

    tw_buf_init(&b, 5);
    tw_buf_adds(&b, "12345");
    CHECK(tw_buf_check(&b, "text", &err) == TW_OK);
    tw_buf_addc(&b, '6');
    tw_buf_adds(&b, "");
    CHECK(strcmp(tw_buf_text(&b), "12345") == 0);
    CHECK(tw_buf_check(&b, "the report", &err) == TW_ELIMIT);
    CHECK(strcmp(err.msg, "the report exceeds 5 bytes") == 0);
    CHECK(tw_buf_take(&b) == NULL);
    tw_buf_clear(&b);
    tw_buf_addf(&b, "%s", "123456");
    CHECK(b.failed == TW_ELIMIT && b.len == 0);
    tw_buf_release(&b);
}

TEST(taken_text_belongs_to_the_caller)
{
    struct tw_buf b;

    tw_buf_init(&b, 100);
    char *empty = tw_buf_take(&b);
    CHECK(empty && !empty[0]);
    free(empty);
    tw_buf_adds(&b, "mine");
    char *text = tw_buf_take(&b);
    CHECK(text && strcmp(text, "mine") == 0);
    CHECK(b.len == 0 && !b.bytes);
    free(text);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(text_grows_and_ends_with_a_nul);
          RUN(the_first_failure_stays_and_is_told_once);
          RUN(taken_text_belongs_to_the_caller);)
