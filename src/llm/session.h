/*
 * session.h - a model at work: a KV cache, and logits for what is fed.
 *
 * A session is one shared prefix and n tails behind it: one prompt, n answers.
 * Activations and the cache are float32.  One thread uses a session at a time;
 * the work inside is shared by the threads of the model's backend, and the
 * result has the same bytes for any number of them.
 *
 *     TW_TRY(tw_session_prefill(s, prompt, n, logits, false, err));
 *     for (...)
 *         TW_TRY(tw_session_decode(s, seqs, ids, n_seqs, logits, err));
 */
#ifndef TW_LLM_SESSION_H
#define TW_LLM_SESSION_H

#include "base/status.h"
#include "llm/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tokens that one pass of a prefill takes.  Prefixes that are cut at multiples
 * of it and fed again have the bytes of those fed at once. */
enum { TW_SESSION_STEP = 128 };

/* Tokens that any session takes in a decode. */
enum { TW_SESSION_ROWS_MIN = 4 };

struct tw_session;

/* Room for a prefix of n_prefix tokens and n_seqs tails of n_tail tokens.
 * m is borrowed and outlives the session. */
enum tw_status tw_session_new(struct tw_session **out, const struct tw_model *m,
                              size_t n_prefix, size_t n_seqs, size_t n_tail,
                              struct tw_err *err) TW_NODISCARD;
void tw_session_free(struct tw_session *s);
/* Tokens of the prefix now. */
size_t tw_session_len(const struct tw_session *s);
/* Keep the first n tokens of the prefix, forget the rest and all tails. */
void tw_session_rewind(struct tw_session *s, size_t n);

/* Append to the prefix; no tail may have begun.  logits: NULL, or n_vocab
 * floats for the last token, or, with all set, n * n_vocab floats.  TW_ELIMIT:
 * no room, TW_EINVAL: an id that is no token; the session is as before. */
enum tw_status tw_session_prefill(struct tw_session *s, const int32_t *ids,
                                  size_t n, float *logits, bool all,
                                  struct tw_err *err) TW_NODISCARD;
/* Append token ids[i] to tail seqs[i], i < n; several tokens of a tail follow
 * each other.  n is at most n_seqs or TW_SESSION_ROWS_MIN, whatever is more.
 * logits: n * n_vocab floats.  Failures as above. */
enum tw_status tw_session_decode(struct tw_session *s, const size_t *seqs,
                                 const int32_t *ids, size_t n, float *logits,
                                 struct tw_err *err) TW_NODISCARD;

/* Keep the first n tokens of a tail. */
void tw_session_cut_tail(struct tw_session *s, size_t seq, size_t n);

#endif /* TW_LLM_SESSION_H */
