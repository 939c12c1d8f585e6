/*
 * llm_priv.h - an open model, for llm.c and generate.c.
 */
#ifndef TW_LLM_LLM_PRIV_H
#define TW_LLM_LLM_PRIV_H

#include "base/hash.h"
#include "llm/chat.h"
#include "llm/llm.h"
#include "llm/replay.h"
#include "llm/session.h"

struct tw_llm {
    struct tw_backend *be;    /* borrowed */
    struct tw_replay *replay; /* then nothing of the following is set */
    struct tw_gguf *f;
    struct tw_model *model;     /* NULL: vocabulary only */
    struct tw_vocab *vocab;     /* NULL: tokenizer not supported, see why */
    const struct tw_chat *chat; /* NULL: prompts go as they are */
    struct tw_err why_vocab, why_model;
    struct tw_session *session;
    size_t cap_prefix, cap_seqs, cap_tail; /* of the session */
    struct tw_ids prompt;                  /* what the session's prefix holds */
    char description[200];
    char *sha256; /* (TW_HASH_HEX_SIZE): owned; empty: not asked for yet */
};

/* The tokenizer and the model, or the reason why there is none. */
enum tw_status tw_llm_need_vocab(const struct tw_llm *m,
                                 struct tw_err *err) TW_NODISCARD;
enum tw_status tw_llm_need_model(const struct tw_llm *m,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_LLM_PRIV_H */
