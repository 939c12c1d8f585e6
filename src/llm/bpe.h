/*
 * bpe.h - vocabularies: load, train, encode, decode, store.
 *
 * Byte-level BPE (tokenizer.ggml.model "gpt2") and, to read only, the
 * SentencePiece kind of Llama 2 ("llama"), which puts a blank before a text.
 *
 * A text never turns into a control token (type 3), whatever it spells; a
 * caller that wants one appends its id.  Joining the bytes of the tokens of a
 * text gives the text back.
 */
#ifndef TW_LLM_BPE_H
#define TW_LLM_BPE_H

#include "base/buf.h"
#include "base/progress.h"
#include "base/status.h"
#include "gguf/gguf.h"
#include "llm/pretok.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growing list of token ids; zero-initialise it. */
struct tw_ids {
    int32_t *v;
    size_t n, cap;
};
enum tw_status tw_ids_add(struct tw_ids *ids, int32_t id,
                          struct tw_err *err) TW_NODISCARD;
void tw_ids_release(struct tw_ids *ids);

struct tw_bpe;

/* From the tokenizer section of a GGUF file. */
enum tw_status tw_bpe_open(struct tw_bpe **t, const struct tw_gguf *f,
                           struct tw_err *err) TW_NODISCARD;
void tw_bpe_free(struct tw_bpe *t);
/* Can it be written: byte-level BPE only. */
bool tw_bpe_is_writable(const struct tw_bpe *t);
/* Write the tokenizer section. */
void tw_bpe_put(const struct tw_bpe *t, struct tw_gguf_out *o);
/* A GGUF file with nothing but the vocabulary. */
enum tw_status tw_bpe_save(const struct tw_bpe *t, const char *path,
                           struct tw_err *err) TW_NODISCARD;

size_t tw_bpe_count(const struct tw_bpe *t);
int32_t tw_bpe_bos(const struct tw_bpe *t); /* to put first, or -1 */
int32_t tw_bpe_eos(const struct tw_bpe *t); /* or -1 */
/* Does this token end an answer: eos, <|endoftext|>, <|im_end|> ... */
bool tw_bpe_is_end(const struct tw_bpe *t, int32_t id);

/* Append the ids of a text. */
enum tw_status tw_bpe_encode(const struct tw_bpe *t, const char *text, size_t n,
                             struct tw_ids *ids,
                             struct tw_err *err) TW_NODISCARD;
/* Append the bytes of a token: nothing for control tokens, unless shown. */
void tw_bpe_decode(const struct tw_bpe *t, int32_t id, bool shown,
                   struct tw_buf *b);

struct tw_bpe_text {
    const char *bytes;
    size_t len;
};
struct tw_bpe_train {
    size_t n_vocab;   /* with 2 control tokens and 256 bytes; >= 258 */
    size_t min_count; /* of a pair to be merged; 0 means 2 */
    enum tw_pretok_kind pre;
};
/* Learn a vocabulary: ids 0 <|endoftext|>, 1 <|pad|>, 2..257 the bytes, then
 * the merges in order.  Ties go to the smaller pair of ids, so the result is a
 * function of the counts of the pieces.  Fewer tokens than asked for when no
 * pair is left. */
enum tw_status tw_bpe_learn(struct tw_bpe **t, const struct tw_bpe_train *opt,
                            const struct tw_bpe_text *texts, size_t n_texts,
                            const struct tw_progress *progress,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_BPE_H */
