/*
 * bpe_priv.h - the vocabulary as bpe.c, bpe_encode.c and bpe_train.c see it.
 */
#ifndef TW_LLM_BPE_PRIV_H
#define TW_LLM_BPE_PRIV_H

#include "base/arena.h"
#include "llm/bpe.h"

enum tw_token_kind { /* tokenizer.ggml.token_type */
                     TW_TOKEN_NORMAL = 1,
                     TW_TOKEN_UNKNOWN = 2,
                     TW_TOKEN_CONTROL = 3,
                     TW_TOKEN_USER = 4,
                     TW_TOKEN_UNUSED = 5,
                     TW_TOKEN_BYTE = 6,
};

struct tw_token {
    const char *bytes; /* what it stands for; in the arena */
    uint32_t len;
    uint8_t kind;
    bool ends; /* an answer */
};

/* A pair of ids that merges; rank UINT32_MAX marks a free slot. */
struct tw_merge {
    int32_t left, right;
    uint32_t rank;
    int32_t result;
};

struct tw_bpe {
    struct tw_arena arena;
    enum tw_pretok_kind pre;
    bool whole_pieces; /* a piece that is a token is not merged */
    size_t n;
    struct tw_token *tokens;
    uint32_t *by_bytes; /* open addressing: id + 1 of normal tokens */
    size_t n_by_bytes;
    struct tw_merge *merges; /* open addressing */
    size_t n_merges, n_slots;
    int32_t of_byte[256]; /* token of a single byte or -1 */
    int32_t *users;       /* ids of user-defined tokens, longest first */
    size_t n_users;
    int32_t bos, eos, pad, unknown;
    bool add_bos;
    float *scores;  /* of a SentencePiece vocabulary; NULL: byte-level BPE */
    bool add_blank; /* SentencePiece: a text begins with a blank */
};

/* An empty vocabulary with room for n tokens and n_merges merges. */
enum tw_status tw_bpe_new(struct tw_bpe **t, size_t n, size_t n_merges,
                          struct tw_err *err) TW_NODISCARD;
/* Enter token id (its fields are set) into the tables. */
void tw_bpe_index(struct tw_bpe *t, int32_t id);
/* Id of a normal token by its bytes, or -1. */
int32_t tw_bpe_find(const struct tw_bpe *t, const char *bytes, size_t n);
void tw_bpe_add_merge(struct tw_bpe *t, int32_t left, int32_t right,
                      int32_t result);
/* NULL when the pair does not merge. */
const struct tw_merge *tw_bpe_merge(const struct tw_bpe *t, int32_t left,
                                    int32_t right);

/* spm.c: encode a raw text. */
enum tw_status tw_spm_encode(const struct tw_bpe *t, const char *text, size_t n,
                             struct tw_ids *ids,
                             struct tw_err *err) TW_NODISCARD;
/* The byte of a token text "<0x0A>", or -1. */
int tw_spm_byte(const char *text, size_t n);
/* Token text with blanks for U+2581; dst has room for n bytes. */
size_t tw_spm_text(char *dst, const char *text, size_t n);

#endif /* TW_LLM_BPE_PRIV_H */
