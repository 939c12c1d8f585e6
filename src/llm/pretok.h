/*
 * pretok.h - cut a text into the pieces inside which BPE merges.
 *
 * Hand-written matchers for the regular expressions that GGUF files name in
 * tokenizer.ggml.pre.  A byte that is no valid UTF-8 is a character of its own
 * of no kind, so every text can be cut and the pieces join to the text.
 */
#ifndef TW_LLM_PRETOK_H
#define TW_LLM_PRETOK_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum tw_pretok_kind {
    TW_PRETOK_GPT2,
    TW_PRETOK_STARCODER, /* digits one by one, then as gpt-2 */
    TW_PRETOK_QWEN2,
    TW_PRETOK_LLAMA3,
    TW_PRETOK_DEEPSEEK_CODER,
};

/* Kind by its name in GGUF files; false when not supported. */
bool tw_pretok_find(const char *name, size_t n, enum tw_pretok_kind *kind);
/* The name to write into a GGUF file. */
const char *tw_pretok_name(enum tw_pretok_kind kind);

/* Lengths in bytes of the pieces of a text, in order. */
struct tw_pieces {
    size_t *lens;
    size_t n;
};
/* At most 2^31 bytes of text.  Release in any case. */
enum tw_status tw_pretok_cut(struct tw_pieces *p, enum tw_pretok_kind kind,
                             const char *text, size_t n,
                             struct tw_err *err) TW_NODISCARD;
void tw_pieces_release(struct tw_pieces *p);

#endif /* TW_LLM_PRETOK_H */
