/*
 * vocab_priv.h - the inside of a vocabulary, for the files that build, write
 * and use one: vocab*.c, bpe_*.c, spm*.c.
 */
#ifndef TW_LLM_VOCAB_PRIV_H
#define TW_LLM_VOCAB_PRIV_H

#include "base/arena.h"
#include "llm/pretok.h"
#include "llm/vocab.h"

#define TW_VOCAB_ARENA_MAX ((size_t)1 << 30) /* bytes of all tables */

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
    uint8_t kind; /* enum tw_token_kind; files may say 0 */
    bool ends;    /* an answer */
};

/* A pair of ids that merges; rank UINT32_MAX marks a free slot. */
struct tw_merge {
    int32_t left, right;
    uint32_t rank; /* the lowest merges first */
    int32_t result;
};

/* All tables lie in the arena.  The sizes of the hash tables are powers of two
 * and at least twice what they hold, so that a search always ends. */
struct tw_vocab {
    struct tw_arena arena;
    enum tw_pretok_kind pre;
    bool whole_pieces; /* a piece that is a token is not merged */
    size_t n;
    struct tw_token *tokens; /* (n) */
    uint32_t *by_bytes;      /* (n_by_bytes): id + 1 of normal tokens, 0 free */
    size_t n_by_bytes;
    struct tw_merge *merges; /* (n_slots): open addressing by left and right */
    size_t n_merges; /* merges of the file, those that cannot apply too */
    size_t n_slots;
    int32_t of_byte[256]; /* token of a single byte or -1 */
    int32_t *users;       /* (n_users): user-defined tokens, longest first */
    size_t n_users;
    int32_t bos, eos, pad, unknown; /* ids, or -1 */
    bool add_bos;
    float *scores;  /* (n) of a SentencePiece vocabulary; NULL: BPE */
    bool add_blank; /* SentencePiece: a text begins with a blank */
};

/* An empty vocabulary with room for n tokens and n_merges merges. */
enum tw_status tw_vocab_new(struct tw_vocab **t, size_t n, size_t n_merges,
                            struct tw_err *err) TW_NODISCARD;
/* Enter token id (its fields are set) into the tables. */
void tw_vocab_index(struct tw_vocab *t, int32_t id);
/* Id of a normal token by its bytes, or -1. */
int32_t tw_vocab_find(const struct tw_vocab *t, const char *bytes, size_t n);

/* bpe_encode.c: append the ids of a text without user-defined tokens. */
enum tw_status tw_bpe_encode(const struct tw_vocab *t, const char *text,
                             size_t n, struct tw_ids *ids,
                             struct tw_err *err) TW_NODISCARD;
/* The next merge in rank.  A pair that is there already keeps its place. */
void tw_bpe_add_merge(struct tw_vocab *t, int32_t left, int32_t right,
                      int32_t result);
/* NULL when the pair does not merge. */
const struct tw_merge *tw_bpe_merge(const struct tw_vocab *t, int32_t left,
                                    int32_t right);

/* spm.c: the same for a SentencePiece vocabulary. */
enum tw_status tw_spm_encode(const struct tw_vocab *t, const char *text,
                             size_t n, struct tw_ids *ids,
                             struct tw_err *err) TW_NODISCARD;
/* spm_text.c: the byte of a token text "<0x0A>", or -1. */
int tw_spm_byte(const char *text, size_t n);
/* Token text with blanks for U+2581; dst has room for n bytes. */
size_t tw_spm_text(char *dst, const char *text, size_t n);

#endif /* TW_LLM_VOCAB_PRIV_H */
