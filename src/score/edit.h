/*
 * edit.h - edit distances and the similarities made of them.
 *
 * Sequences are numbers, so the same functions serve characters and tokens
 * (tw_ids_of_chars(), tw_ids_of_tokens()).
 */
#ifndef TW_SCORE_EDIT_H
#define TW_SCORE_EDIT_H

#include "text/tokens.h"

/* Units of one sequence: time grows with the product. */
enum { TW_EDIT_MAX = 16384 };

/* Insertions, deletions and substitutions. */
enum tw_status tw_edit_levenshtein(size_t *distance, struct tw_arena *a,
                                   const struct tw_ids_pair *p,
                                   struct tw_err *err) TW_NODISCARD;
/* Insertions and deletions only. */
enum tw_status tw_edit_indel(size_t *distance, struct tw_arena *a,
                             const struct tw_ids_pair *p,
                             struct tw_err *err) TW_NODISCARD;
/* Length of the longest common subsequence. */
enum tw_status tw_edit_lcs(size_t *len, struct tw_arena *a,
                           const struct tw_ids_pair *p,
                           struct tw_err *err) TW_NODISCARD;

/* 1 - distance / longer length; 1 for two empty sequences. */
double tw_edit_similarity(size_t distance, size_t n_hyp, size_t n_ref);
/* 1 - indel / sum of the lengths; 1 for two empty sequences. */
double tw_edit_ratio(size_t indel, size_t n_hyp, size_t n_ref);

/* Ratcliff and Obershelp as Python's difflib: 2 * matched / sum of the
 * lengths.  autojunk: in a reference of 200 units and more, units that make up
 * more than 1 % start no match (difflib's default). */
enum tw_status tw_edit_difflib(double *ratio, struct tw_arena *a,
                               const struct tw_ids_pair *p, bool autojunk,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_EDIT_H */
