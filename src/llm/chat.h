/*
 * chat.h - the form in which a model was trained to be asked, by its template.
 *
 * GGUF files carry it as a Jinja program (tokenizer.chat_template).  It is
 * never executed: it is recognised by texts that it contains, as llama.cpp does
 * (src/llama-chat.cpp), and the form of one question is built in C.  A question
 * is data: nothing in it can become a control token.
 */
#ifndef TW_LLM_CHAT_H
#define TW_LLM_CHAT_H

#include "llm/vocab.h"

struct tw_chat;

/* The family of a template (n bytes), or NULL: none that is known. */
const struct tw_chat *tw_chat_find(const char *template, size_t n);
/* "chatml", "llama-3", ... */
const char *tw_chat_name(const struct tw_chat *c);
/* Append the ids of a question and of the beginning of its answer.  Whatever
 * has to be first (bos) is the caller's. */
enum tw_status tw_chat_encode(const struct tw_chat *c, const struct tw_vocab *t,
                              const char *question, size_t n,
                              struct tw_ids *ids,
                              struct tw_err *err) TW_NODISCARD;

/* Bytes of a text (n bytes) up to the end of the line that closes its first
 * code block (three backquotes, which may be indented); 0: none has ended yet.
 */
size_t tw_chat_block_end(const char *text, size_t n);

#endif /* TW_LLM_CHAT_H */
