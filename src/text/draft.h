/* draft.h - the tokenizers behind tw_tokenize(), and their output. */
#ifndef TW_TEXT_DRAFT_H
#define TW_TEXT_DRAFT_H

#include "text/tokens.h"

#include <string.h>

/* Text being rewritten; the writer has reserved enough, see tw_draft_new(). */
struct tw_draft {
    char *s;
    size_t n, cap;
};

/* Room for cap bytes in the arena. */
enum tw_status tw_draft_new(struct tw_draft *d, struct tw_arena *a, size_t cap,
                            struct tw_err *err) TW_NODISCARD;

static inline void tw_draft_c(struct tw_draft *d, char c)
{
    TW_ASSERT(d->n < d->cap);
    d->s[d->n++] = c;
}

static inline void tw_draft_add(struct tw_draft *d, const char *s, size_t n)
{
    TW_ASSERT(n <= d->cap - d->n);
    memcpy(d->s + d->n, s, n);
    d->n += n;
}

/* FNV's mixing, eight bytes at a time: for tables in memory only. */
static inline uint64_t tw_metric_hash(struct tw_piece p)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ p.n, w;
    size_t i = 0;

    for (; i + 8 <= p.n; i += 8) {
        memcpy(&w, p.s + i, 8);
        h = (h ^ w) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    w = 0;
    for (size_t k = 0; i + k < p.n; k++)
        w |= (uint64_t)(unsigned char)p.s[i + k] << 8 * k;
    h = (h ^ w) * 0xff51afd7ed558ccdu;
    return h ^ h >> 32;
}

enum tw_status tw_tokenize_tranx(struct tw_tokens *t, struct tw_arena *a,
                                 struct tw_piece text,
                                 struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokenize_treebank(struct tw_tokens *t, struct tw_arena *a,
                                    struct tw_piece text,
                                    struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokenize_13a(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text,
                               struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokenize_intl(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text,
                                struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokenize_char(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text,
                                struct tw_err *err) TW_NODISCARD;
enum tw_status tw_tokenize_word(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text,
                                struct tw_err *err) TW_NODISCARD;

enum tw_status tw_tokenize_norm(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_TEXT_DRAFT_H */
