/* Values from the jail: any bytes are refused or give a value that is written
 * and read back as the same bytes, and that has a source text.  The same bytes
 * as a stream of records never do more than fill results. */
#include "fuzz.h"

/* For its reader of records, which takes bytes only after a run. */
#include "python/pyrun.c"

enum { CALLS = 3, ARENA = 1 << 22 };

static void check_value(const uint8_t *bytes, size_t n)
{
    struct tw_arena a;
    struct tw_cursor c = { .bytes = bytes, .len = n };
    struct tw_pyval *v, *again;
    struct tw_buf one, two, source;
    struct tw_err err = { 0 };

    tw_arena_init(&a, ARENA);
    if (tw_pyval_decode(&v, &a, &c, &err) != TW_OK) {
        MUST(err.msg[0]);
        tw_arena_release(&a);
        return;
    }
    MUST(c.pos <= n);
    tw_buf_init(&one, 1u << 22);
    tw_buf_init(&two, 1u << 22);
    tw_buf_init(&source, 1u << 22);
    tw_pyval_encode(&one, v);
    MUST(!one.failed);
    c = (struct tw_cursor){ .bytes = (const uint8_t *)tw_buf_text(&one),
                            .len = one.len };
    a.limit += ARENA;
    MUST(tw_pyval_decode(&again, &a, &c, NULL) == TW_OK && c.pos == one.len);
    tw_pyval_encode(&two, again);
    MUST(one.len == two.len && memcmp(one.bytes, two.bytes, one.len) == 0);
    tw_pyval_source(&source, v);
    MUST(source.failed || (source.len && strlen(source.bytes) == source.len));
    struct tw_pyval_tol tol = { 0, 0, true };
    MUST(tw_pyval_equal(v, again, tol));
    tw_buf_release(&one);
    tw_buf_release(&two);
    tw_buf_release(&source);
    tw_arena_release(&a);
}

static void check_records(const uint8_t *bytes, size_t n)
{
    struct tw_py_result calls[CALLS] = { 0 };
    struct tw_py_report r = { .load.outcome = TW_PY_MISSING, .calls = calls };
    unsigned char seen[CALLS + 1] = { 0 };
    struct tw_arena a;

    tw_arena_init(&a, ARENA);
    tw_buf_init(&r.jail.record, n + 1);
    tw_buf_add(&r.jail.record, bytes, n);
    records_read(&r, CALLS, seen, &a);
    for (size_t i = 0; i <= CALLS; i++) {
        const struct tw_py_result *one = i ? &calls[i - 1] : &r.load;

        MUST(memchr(one->type, '\0', sizeof(one->type)));
        MUST(memchr(one->text, '\0', sizeof(one->text)));
        MUST(!seen[i] || one->outcome != TW_PY_VALUE || one->value);
    }
    tw_buf_release(&r.jail.record);
    tw_arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n && bytes[0] == '#')
        check_records(bytes, n);
    else
        check_value(bytes, n);
    return 0;
}
