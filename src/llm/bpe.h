/*
 * bpe.h - learn a byte-level BPE vocabulary from texts.
 *
 * The result is a vocabulary as vocab.h has it.  Learning counts the pieces of
 * the texts (pretok.h) and joins, again and again, the pair of neighbours that
 * occurs most often (Sennrich et al. 2016, "Neural Machine Translation of Rare
 * Words with Subword Units").
 */
#ifndef TW_LLM_BPE_H
#define TW_LLM_BPE_H

#include "base/progress.h"
#include "base/status.h"
#include "llm/pretok.h"
#include "llm/vocab.h"

#include <stddef.h>

struct tw_bpe_text {
    const char *bytes; /* borrowed */
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
enum tw_status tw_bpe_learn(struct tw_vocab **t, const struct tw_bpe_train *opt,
                            const struct tw_bpe_text *texts, size_t n_texts,
                            const struct tw_progress *progress,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_LLM_BPE_H */
