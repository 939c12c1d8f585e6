/*
 * vocab_encode.c - a text to ids: user-defined tokens are cut out first, what
 * lies between them goes to the encoder of the vocabulary's kind.
 */
#include "llm/vocab_priv.h"

#include <string.h>

#include "base/banned.h"

/* Ids of a stretch of text that holds no user-defined token. */
static enum tw_status encode_raw(const struct tw_vocab *t, const char *text,
                                 size_t n, struct tw_ids *ids,
                                 struct tw_err *err)
{
    if (t->scores)
        return tw_spm_encode(t, text, n, ids, err);
    return tw_bpe_encode(t, text, n, ids, err);
}

/* The longest user-defined token at the start of the text, or -1. */
static int32_t user_at(const struct tw_vocab *t, const char *text, size_t n)
{
    for (size_t i = 0; i < t->n_users; i++) {
        const struct tw_token *k = &t->tokens[t->users[i]];

        if (k->len <= n && k->bytes[0] == text[0] &&
            memcmp(k->bytes, text, k->len) == 0)
            return t->users[i];
    }
    return -1;
}

enum tw_status tw_vocab_encode(const struct tw_vocab *t, const char *text,
                               size_t n, struct tw_ids *ids, struct tw_err *err)
{
    bool starts_user[256] = { false }; /* bytes worth a search in users */
    size_t raw = 0, i = 0;             /* the stretch is raw .. i */

    for (size_t k = 0; k < t->n_users; k++)
        starts_user[(uint8_t)t->tokens[t->users[k]].bytes[0]] = true;
    while (i < n) {
        int32_t user = -1;

        if (starts_user[(uint8_t)text[i]])
            user = user_at(t, text + i, n - i);
        if (user < 0) {
            i++;
            continue;
        }
        TW_ASSERT(t->tokens[user].len > 0); /* or this would not end */
        TW_TRY(encode_raw(t, text + raw, i - raw, ids, err));
        TW_TRY(tw_ids_add(ids, user, err));
        i += t->tokens[user].len;
        raw = i;
    }
    return encode_raw(t, text + raw, n - raw, ids, err);
}
