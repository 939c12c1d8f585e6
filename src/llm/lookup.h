/*
 * lookup.h - guess the next tokens from what stands earlier in the text
 * (Saxena 2023, "Prompt lookup decoding").  A repaired script repeats most of
 * the one that it repairs.
 *
 * The model checks guesses: several tokens cost little more than one, as its
 * weights are read once for all, and what it would not have said is dropped.
 */
#ifndef TW_LLM_LOOKUP_H
#define TW_LLM_LOOKUP_H

#include <stddef.h>
#include <stdint.h>

/* Up to `max` tokens that followed the last time when text ended as it does
 * now, in the same two or more tokens; returns how many.  text (n). */
size_t tw_lookup_draft(const int32_t *text, size_t n, int32_t *draft,
                       size_t max);

#endif /* TW_LLM_LOOKUP_H */
