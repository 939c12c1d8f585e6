/*
 * inputs.c - the pool of inputs: one list, where no two are the same.
 *
 * Two inputs are the same when the text of their calls is: that also tells
 * 1 from 1.0, which Python's == does not.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cases/inputs.h"

#include "base/banned.h"

/* A longer call is no test that a person could read. */
enum { CALL_MAX = 64 << 10 };

const char *tw_case_origin_name(enum tw_case_origin o)
{
    static const char *const names[] = { "example",  "assert",    "error",
                                         "recorded", "synthetic", "edge",
                                         "boundary", "searched" };
    if ((size_t)o >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[o];
}

enum tw_status tw_case_fail(const struct tw_case_work *w,
                            struct tw_spec_pos pos, const char *fmt, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (!pos.file)
        pos.file = "";
    return tw_fail(w->err, TW_EFORMAT, 0, "%.100s:%u:%u: %s", pos.file,
                   pos.line, pos.column, text);
}

const char *tw_case_call(const struct tw_case_work *w,
                         struct tw_pyval *const *args, size_t n)
{
    struct tw_buf b;
    tw_buf_init(&b, CALL_MAX);
    tw_buf_addf(&b, "%s(", w->call->name);
    for (size_t i = 0; i < n; i++) {
        if (i)
            tw_buf_adds(&b, ", ");
        tw_pyval_source(&b, args[i]);
    }
    tw_buf_addc(&b, ')');
    char *text = NULL;
    if (b.failed == TW_OK)
        text = tw_arena_alloc(w->a, b.len + 1, 1);
    if (text)
        memcpy(text, tw_buf_text(&b), b.len);
    tw_buf_release(&b);
    return text;
}

/* The comparison with all inputs is quadratic in a pool of at most
 * TW_INPUT_MAX: 400 inputs are 80,000 comparisons of short texts. */
struct tw_input *tw_input_add(struct tw_case_work *w, struct tw_pyval **args,
                              size_t n_args, enum tw_case_origin origin)
{
    if (w->n_inputs == TW_INPUT_MAX || !args)
        return NULL;
    const char *call = tw_case_call(w, args, n_args);
    if (!call)
        return NULL;
    struct tw_input *in = &w->inputs[w->n_inputs];
    *in = (struct tw_input){
        .args = args,
        .n_args = n_args,
        .origin = origin,
        .source = "",
        .call = call,
        .call_len = strlen(call),
        .kind = TW_CASE_HOLDS,
    };
    bool written = origin == TW_CASE_EXAMPLE || origin == TW_CASE_ASSERT ||
                   origin == TW_CASE_ERROR;
    in->written = written;
    bool found = origin == TW_CASE_BOUNDARY;
    /* Written inputs stay, all of them: two that differ in what they want are
     * a contradiction, which oracle.c must see. */
    for (size_t i = 0; i < w->n_inputs && !written; i++) {
        struct tw_input *old = &w->inputs[i];
        if (old->gone || strcmp(old->call, call) != 0)
            continue;
        /* A found boundary says more than the draw that hit it by chance. */
        if (found && !old->written && old->origin != TW_CASE_BOUNDARY)
            old->gone = true;
        else
            in->gone = true;
        w->out->counts.duplicates++;
        break;
    }
    w->out->counts.drawn += !written;
    w->n_inputs++;
    return in;
}

enum tw_status tw_input_must(struct tw_case_work *w, struct tw_pyval **args,
                             size_t n_args, enum tw_case_origin origin,
                             struct tw_input **in)
{
    *in = tw_input_add(w, args, n_args, origin);
    if (*in)
        return TW_OK;
    return tw_fail(w->err, TW_ENOMEM, 0, "cannot hold test '%s' in memory",
                   w->test->id);
}
