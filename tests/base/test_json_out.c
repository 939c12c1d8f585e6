/* test_json_out.c - commas, lines and levels of written JSON. */
#include "base/json_out.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "test.h"

static const char *everything(struct tw_json_out *o, struct tw_buf *b)
{
    tw_json_out_init(o, b);
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "text", "a\"b\n");
    tw_json_out_text(o, "none", NULL);
    tw_json_out_bytes(o, "bytes", "x\0y", 3);
    tw_json_out_array(o, "list");
    tw_json_out_count(o, NULL, 3);
    tw_json_out_int(o, NULL, -4);
    tw_json_out_array(o, NULL);
    tw_json_out_end(o);
    tw_json_out_end(o);
    tw_json_out_object(o, "inner");
    tw_json_out_bool(o, "yes", true);
    tw_json_out_bool(o, "no", false);
    tw_json_out_null(o, "null");
    tw_json_out_end(o);
    tw_json_out_number(o, "tenth", 0.1);
    tw_json_out_number(o, "nan", NAN);
    tw_json_out_fixed(o, "fixed", 1.25, 1);
    tw_json_out_fixed(o, "inf", INFINITY, 1);
    tw_json_out_raw(o, "raw", "[1]");
    tw_json_out_end(o);
    tw_json_out_done(o);
    return tw_buf_text(b);
}

TEST(all_kinds_stand_with_their_commas)
{
    struct tw_json_out o;
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    CHECK(
        strcmp(everything(&o, &b),
               "{\"text\": \"a\\\"b\\n\", \"none\": null, \"bytes\": "
               "\"x\\u0000y\", \"list\": [3, -4, []], \"inner\": {\"yes\": "
               "true, \"no\": false, \"null\": null}, \"tenth\": 0.1, "
               "\"nan\": null, \"fixed\": 1.2, \"inf\": null, \"raw\": [1]}") ==
        0);
    tw_buf_release(&b);
}

TEST(short_numbers_have_so_many_digits)
{
    struct tw_json_out o;
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    tw_json_out_init(&o, &b);
    tw_json_out_array(&o, NULL);
    tw_json_out_short(&o, NULL, 1.0 / 3, 4);
    tw_json_out_short(&o, NULL, 123456789.0, 5);
    tw_json_out_short(&o, NULL, INFINITY, 5);
    tw_json_out_end(&o);
    CHECK(strcmp(tw_buf_text(&b), "[0.3333, 1.2346e+08, null]") == 0);
    tw_buf_release(&b);
}

TEST(a_compact_document_has_no_blanks)
{
    struct tw_json_out o;
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    tw_json_out_init(&o, &b);
    o.compact = true;
    tw_json_out_object(&o, NULL);
    tw_json_out_count(&o, "n", 1);
    tw_json_out_array(&o, "list");
    tw_json_out_count(&o, NULL, 2);
    tw_json_out_text(&o, NULL, "a b");
    tw_json_out_end(&o);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    CHECK(strcmp(tw_buf_text(&b), "{\"n\":1,\"list\":[2,\"a b\"]}") == 0);
    tw_buf_release(&b);
}

TEST(what_is_written_can_be_read)
{
    struct tw_json_out o;
    struct tw_buf b;
    struct tw_json *root;

    tw_buf_init(&b, 1000);
    everything(&o, &b);
    CHECK(tw_json_parse(&root, tw_buf_text(&b), b.len, NULL) == TW_OK);
    CHECK(tw_json_len(root) == 10);
    CHECK_NEAR(tw_json_number(tw_json_get(root, "tenth"), 0), 0.1, 0.0);
    CHECK(tw_json_len(tw_json_get(root, "list")) == 3);
    tw_json_free(root);
    tw_buf_release(&b);
}

TEST(items_begin_lines_where_asked)
{
    struct tw_json_out o;
    struct tw_buf b;

    tw_buf_init(&b, 1000);
    tw_json_out_init(&o, &b);
    tw_json_out_array(&o, NULL);
    for (size_t i = 0; i < 2; i++) {
        tw_json_out_line(&o, 2);
        tw_json_out_count(&o, NULL, i);
    }
    tw_json_out_line(&o, 0);
    tw_json_out_end(&o);
    CHECK(strcmp(tw_buf_text(&b), "[\n  0,\n  1\n]") == 0);
    tw_buf_release(&b);
}

TEST(a_full_buffer_says_so_at_the_end)
{
    struct tw_json_out o;
    struct tw_buf b;

    tw_buf_init(&b, 20);
    everything(&o, &b);
    CHECK(tw_buf_check(&b, "json", NULL) == TW_ELIMIT);
    tw_buf_release(&b);
}

TEST_MAIN(RUN(all_kinds_stand_with_their_commas);
          RUN(short_numbers_have_so_many_digits);
          RUN(a_compact_document_has_no_blanks);
          RUN(what_is_written_can_be_read); RUN(items_begin_lines_where_asked);
          RUN(a_full_buffer_says_so_at_the_end);)
