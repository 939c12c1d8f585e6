/*
 * vocab.h - vocabularies: from a GGUF file and back, text to ids and back.
 *
 * Byte-level BPE (tokenizer.ggml.model "gpt2") and, to read only, the
 * SentencePiece kind of Llama 2 ("llama"), which puts a blank before a text.
 * bpe.h learns a vocabulary of the first kind.
 *
 * A text never turns into a control token (type 3), whatever it spells; a
 * caller that wants one appends its id.  Joining the bytes of the tokens of a
 * text gives the text back, but for bytes for which a vocabulary has no token,
 * which are left out, and U+2581, which is a blank to the SentencePiece kind.
 *
 *     TW_TRY(tw_vocab_open(&t, gguf, err));
 *     TW_TRY(tw_vocab_encode(t, text, n, &ids, err));
 *     for (size_t i = 0; i < ids.n; i++)
 *         tw_vocab_decode(t, ids.v[i], false, &buf);
 */
#ifndef TW_LLM_VOCAB_H
#define TW_LLM_VOCAB_H

#include "base/buf.h"
#include "base/status.h"
#include "gguf/gguf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Growing list of token ids; zero-initialise it. */
struct tw_ids {
    int32_t *v; /* (n), room for cap; owned */
    size_t n, cap;
};
enum tw_status tw_ids_add(struct tw_ids *ids, int32_t id,
                          struct tw_err *err) TW_NODISCARD;
void tw_ids_release(struct tw_ids *ids);

struct tw_vocab;

/* From the tokenizer section of a GGUF file; f is not needed afterwards. */
enum tw_status tw_vocab_open(struct tw_vocab **t, const struct tw_gguf *f,
                             struct tw_err *err) TW_NODISCARD;
void tw_vocab_free(struct tw_vocab *t);
/* Can it be written: byte-level BPE only. */
bool tw_vocab_is_writable(const struct tw_vocab *t);
/* Write the tokenizer section. */
enum tw_status tw_vocab_put(const struct tw_vocab *t, struct tw_gguf_out *o,
                            struct tw_err *err) TW_NODISCARD;
/* A GGUF file with nothing but the vocabulary. */
enum tw_status tw_vocab_save(const struct tw_vocab *t, const char *path,
                             struct tw_err *err) TW_NODISCARD;

size_t tw_vocab_count(const struct tw_vocab *t);
int32_t tw_vocab_bos(const struct tw_vocab *t); /* to put first, or -1 */
int32_t tw_vocab_eos(const struct tw_vocab *t); /* or -1 */
/* Does this token end an answer: eos, <|endoftext|>, <|im_end|> ... */
bool tw_vocab_is_end(const struct tw_vocab *t, int32_t id);

/* The longest control or user-defined token that the text (NUL-terminated)
 * begins with, and its length; -1: none.  For texts of our own only: see the
 * top. */
int32_t tw_vocab_control_at(const struct tw_vocab *t, const char *text,
                            size_t *len);

/* Append the ids of a text. */
enum tw_status tw_vocab_encode(const struct tw_vocab *t, const char *text,
                               size_t n, struct tw_ids *ids,
                               struct tw_err *err) TW_NODISCARD;
/* Append the bytes of a token: nothing for control tokens, unless shown. */
void tw_vocab_decode(const struct tw_vocab *t, int32_t id, bool shown,
                     struct tw_buf *b);

#endif /* TW_LLM_VOCAB_H */
