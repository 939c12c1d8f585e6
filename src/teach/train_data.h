/*
 * train_data.h - tokenized documents and the rows that pack them.
 *
 * A document is a prompt, an answer and <|endoftext|>.  Prompt and answer are
 * encoded apart, as generation sees them.  Rows of T positions hold whole
 * documents; the order of an epoch is a function of seed and epoch only.
 */
#ifndef TW_TEACH_TRAIN_DATA_H
#define TW_TEACH_TRAIN_DATA_H

#include "base/rng.h"
#include "base/status.h"
#include "llm/bpe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_train_doc {
    size_t first;    /* of its tokens in ids */
    uint32_t n;      /* tokens */
    uint32_t prompt; /* tokens of the prompt */
};

struct tw_train_data {
    struct tw_ids ids;         /* tokens of all documents */
    struct tw_train_doc *docs; /* (n), room for cap */
    size_t n, cap;
    size_t n_too_long; /* documents left out */
};

void tw_train_data_release(struct tw_train_data *d);
/* Add one document; one longer than T + 1 tokens is counted and left out. */
enum tw_status tw_train_data_add(struct tw_train_data *d,
                                 const struct tw_vocab *vocab,
                                 const struct tw_bpe_text *prompt,
                                 const struct tw_bpe_text *answer, size_t T,
                                 struct tw_err *err) TW_NODISCARD;
/* Lines {"prompt":..,"answer":..}; every held_every-th line goes to held (0:
 * none).  More fields are ignored. */
enum tw_status tw_train_data_read(struct tw_train_data *d,
                                  struct tw_train_data *held, size_t held_every,
                                  const struct tw_vocab *vocab,
                                  const char *path, size_t T,
                                  struct tw_err *err) TW_NODISCARD;

/* Learn a vocabulary from the texts of such a file: of its first max_lines
 * lines, or of all (0). */
enum tw_status tw_train_vocab(struct tw_vocab **t,
                              const struct tw_bpe_train *opt, const char *path,
                              size_t max_lines,
                              const struct tw_progress *progress,
                              struct tw_err *err) TW_NODISCARD;

/* The rows of one epoch: row r holds documents order[starts[r] ..
 * starts[r + 1]). */
struct tw_train_rows {
    uint32_t *order; /* (documents) */
    size_t *starts;  /* (n + 1) */
    size_t n;        /* rows */
};
/* epoch UINT64_MAX: file order, as evaluation wants it. */
enum tw_status tw_train_pack(struct tw_train_rows *rows,
                             const struct tw_train_data *d, size_t T,
                             uint64_t seed, uint64_t epoch,
                             struct tw_err *err) TW_NODISCARD;
void tw_train_rows_release(struct tw_train_rows *rows);

/* Where row r goes: T input ids, segments and targets (-1: no loss). */
struct tw_train_slot {
    int32_t *ids, *segments, *targets;
    size_t T;
    bool answer_only; /* no loss on tokens of the prompt */
};
/* Returns the number of targets. */
size_t tw_train_fill(const struct tw_train_slot *slot,
                     const struct tw_train_data *d,
                     const struct tw_train_rows *rows, size_t r);

#endif /* TW_TEACH_TRAIN_DATA_H */
