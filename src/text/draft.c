/*
 * draft.c - room for a text that a tokenizer rewrites.
 *
 * A tokenizer knows how much longer its rules can make a text, so that room is
 * reserved once and no rule has a failure of its own.
 */
#include "text/draft.h"

#include "base/banned.h"

enum tw_status tw_draft_new(struct tw_draft *d, struct tw_arena *a, size_t cap,
                            struct tw_err *err)
{
    *d = (struct tw_draft){ tw_arena_alloc(a, cap, 1), 0, cap };
    if (!d->s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a text");
    return TW_OK;
}
