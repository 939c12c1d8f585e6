/*
 * json_out.c - the commas, quotes and brackets of JSON.
 *
 * There is one stack of open levels and no tree: what is written is never
 * looked at again, and a report of many megabytes costs only its bytes.
 */
#include "base/json_out.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>

#include "base/banned.h"

void tw_json_out_init(struct tw_json_out *o, struct tw_buf *buf)
{
    *o = (struct tw_json_out){ .buf = buf, .indent = -1 };
}

void tw_json_out_done(const struct tw_json_out *o)
{
    TW_ASSERT(o->depth == 0);
}

/* Only the next item begins a line; the caller asks again for each. */
static void new_line(struct tw_json_out *o)
{
    tw_buf_addf(o->buf, "\n%*s", o->indent, "");
    o->indent = -1;
}

/* What stands between the item before and this one, and the key. */
static void begin_item(struct tw_json_out *o, const char *key)
{
    bool *filled = &o->filled[o->depth];

    if (*filled)
        tw_buf_addc(o->buf, ',');
    if (o->indent >= 0)
        new_line(o);
    else if (*filled && !o->compact)
        tw_buf_addc(o->buf, ' ');
    *filled = true;
    if (!key)
        return;
    tw_json_adds(o->buf, key);
    tw_buf_addc(o->buf, ':');
    if (!o->compact)
        tw_buf_addc(o->buf, ' ');
}

/* close[] remembers the bracket, so that one function ends both kinds. */
static void open_level(struct tw_json_out *o, const char *key, char open,
                       char close)
{
    begin_item(o, key);
    tw_buf_addc(o->buf, open);
    o->depth++;
    TW_ASSERT(o->depth < TW_JSON_OUT_DEPTH); /* nesting is the program's own */
    o->close[o->depth] = close;
    o->filled[o->depth] = false;
}

void tw_json_out_object(struct tw_json_out *o, const char *key)
{
    open_level(o, key, '{', '}');
}

void tw_json_out_array(struct tw_json_out *o, const char *key)
{
    open_level(o, key, '[', ']');
}

/* A bracket may begin a line too, which the last item left without a comma. */
void tw_json_out_end(struct tw_json_out *o)
{
    TW_ASSERT(o->depth > 0);
    if (o->indent >= 0)
        new_line(o);
    tw_buf_addc(o->buf, o->close[o->depth]);
    o->depth--;
}

void tw_json_out_line(struct tw_json_out *o, int indent)
{
    o->indent = indent;
}

void tw_json_out_text(struct tw_json_out *o, const char *key, const char *text)
{
    begin_item(o, key);
    if (text)
        tw_json_adds(o->buf, text);
    else
        tw_buf_adds(o->buf, "null");
}

void tw_json_out_bytes(struct tw_json_out *o, const char *key, const char *text,
                       size_t n)
{
    begin_item(o, key);
    tw_json_add_string(o->buf, text, n);
}

void tw_json_out_number(struct tw_json_out *o, const char *key, double v)
{
    begin_item(o, key);
    tw_json_add_number(o->buf, v);
}

/* For figures that are read by people and compared by tests: always the same
 * number of digits, whatever the value. */
void tw_json_out_fixed(struct tw_json_out *o, const char *key, double v,
                       int digits)
{
    begin_item(o, key);
    if (isfinite(v))
        tw_buf_addf(o->buf, "%.*f", digits, v);
    else
        tw_buf_adds(o->buf, "null"); /* JSON has no NaN and no infinity */
}

void tw_json_out_short(struct tw_json_out *o, const char *key, double v,
                       int digits)
{
    begin_item(o, key);
    if (isfinite(v))
        tw_buf_addf(o->buf, "%.*g", digits, v);
    else
        tw_buf_adds(o->buf, "null");
}

void tw_json_out_count(struct tw_json_out *o, const char *key, size_t n)
{
    begin_item(o, key);
    tw_buf_addf(o->buf, "%zu", n);
}

void tw_json_out_int(struct tw_json_out *o, const char *key, int64_t v)
{
    begin_item(o, key);
    tw_buf_addf(o->buf, "%" PRId64, v);
}

void tw_json_out_bool(struct tw_json_out *o, const char *key, bool v)
{
    if (v)
        tw_json_out_raw(o, key, "true");
    else
        tw_json_out_raw(o, key, "false");
}

void tw_json_out_null(struct tw_json_out *o, const char *key)
{
    tw_json_out_raw(o, key, NULL);
}

void tw_json_out_raw(struct tw_json_out *o, const char *key, const char *json)
{
    begin_item(o, key);
    if (!json)
        json = "null";
    tw_buf_adds(o->buf, json);
}
