/*
 * pipe.c - what all stages use: lines for people, the journal, data sets by
 * identity.
 */
#include "pipeline/pipe_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* For people only: nobody may read a result from these lines, which is why they
 * are cut and why quiet runs have none. */
void tw_pipe_say(struct pipe *p, const char *fmt, ...)
{
    char line[512];
    va_list ap;

    if (!p->c->say)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    p->c->say(p->c->say_ctx, line);
}

size_t tw_pipe_count_or(int64_t said, size_t otherwise)
{
    if (said > 0)
        return (size_t)said;
    return otherwise;
}

const char *tw_pipe_keep(struct pipe *p, const struct tw_buf *b)
{
    char *text = tw_arena_alloc(&p->arena, b->len + 1, 1);

    if (text && b->len)
        memcpy(text, b->bytes, b->len);
    return text;
}

/* Counted whether it is found or not: "reused" is shown as a part of these. */
enum tw_status tw_pipe_get(struct pipe *p, const char *step, const char *key,
                           struct tw_buf *b, bool *found, struct tw_err *err)
{
    struct tw_err why = { 0 };

    p->r->n_steps++;
    enum tw_status st = tw_store_get(p->store, step, key, b, found, &why);
    /* What is damaged can be made again; any other failure (a full disk, a
     * lock) would come again, too. */
    if (st == TW_EFORMAT) {
        tw_pipe_say(p, "%s, done again", why.msg);
        *found = false;
        return TW_OK;
    }
    if (st == TW_OK)
        return TW_OK;
    return tw_fail(err, st, why.pos, "%s", why.msg);
}

enum tw_status tw_pipe_find(struct pipe *p, const char *step, const char *key,
                            const char **text, struct tw_err *err)
{
    struct tw_buf b;
    bool found;

    *text = NULL;
    tw_buf_init(&b, (size_t)1 << 30);
    enum tw_status st = tw_pipe_get(p, step, key, &b, &found, err);
    if (st == TW_OK && found) {
        *text = tw_pipe_keep(p, &b);
        if (!*text)
            st =
                tw_fail(err, TW_ENOMEM, 0, "out of memory for step '%s'", step);
    }
    tw_buf_release(&b);
    return st;
}

/* A step is in the journal when its result is whole, in one transaction: a run
 * that is killed finds it done or not begun. */
enum tw_status tw_pipe_record(struct pipe *p, const char *step, const char *key,
                              const struct tw_buf *payload, double seconds,
                              struct tw_err *err)
{
    TW_TRY(tw_buf_check(payload, step, err));
    return tw_store_put(p->store, step, key, tw_buf_text(payload), payload->len,
                        seconds, err);
}

/* By address and not by name: two specifications may call different files
 * "trial" (spec.h).  p->n_data when it is not among them. */
size_t tw_pipe_data_index(const struct pipe *p, const struct tw_spec_data *d)
{
    size_t i = 0;

    while (i < p->n_data && p->data[i].spec != d)
        i++;
    return i;
}
