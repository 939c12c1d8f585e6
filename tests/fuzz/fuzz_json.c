/* Any bytes give a tree or an error; any bytes as a string, and any eight of
 * them as a number, are written so that they read back. */
#include "base/json.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is JSON is loose JSON (but for size, which is small here). */
static void check_loose(const char *text, size_t n, bool strict)
{
    struct tw_json *root;
    struct tw_err err = { 0 };
    bool loose = tw_json_parse_loose(&root, text, n, &err) == TW_OK;

    if (loose != (root != NULL) || (strict && !loose) ||
        (!loose && !err.msg[0]))
        abort();
    tw_json_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_string(const char *text, size_t n)
{
    struct tw_buf b;
    struct tw_json *j;
    size_t len;

    tw_buf_init(&b, 1u << 24);
    tw_json_add_string(&b, text, n);
    if (tw_json_parse(&j, tw_buf_text(&b), b.len, NULL) != TW_OK)
        abort();
    const char *back = tw_json_text(j, &len);
    if (!back ||
        (tw_utf8_valid(text, n) && (len != n || memcmp(back, text, n) != 0)))
        abort();
    tw_json_free(j);
    tw_buf_release(&b);
}

static void check_number(const uint8_t *bytes)
{
    struct tw_buf b;
    struct tw_json *j;
    double v;

    memcpy(&v, bytes, sizeof(v));
    tw_buf_init(&b, 100);
    tw_json_add_number(&b, v);
    if (tw_json_parse(&j, tw_buf_text(&b), b.len, NULL) != TW_OK)
        abort();
    if (isfinite(v) ? tw_json_number(j, (double)NAN) != v
                    : tw_json_kind(j) != TW_JSON_NULL)
        abort();
    tw_json_free(j);
    tw_buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_json *root;
    struct tw_err err = { 0 };
    const char *key;

    if (tw_json_parse(&root, (const char *)bytes, n, &err) == TW_OK) {
        for (size_t i = 0; i < tw_json_len(root) && i < 100; i++) {
            const struct tw_json *v = tw_json_member(root, i, &key);
            if (tw_json_kind(root) == TW_JSON_OBJECT &&
                tw_json_get(root, key) != v)
                abort();
            (void)tw_json_kind(tw_json_at(root, i));
        }
        tw_json_free(root);
    } else if (root || !err.msg[0]) {
        abort();
    }
    check_loose((const char *)bytes, n, err.code == TW_OK);
    check_string((const char *)bytes, n);
    if (n >= sizeof(double))
        check_number(bytes);
    return 0;
}
