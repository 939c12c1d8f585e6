/*
 * samples_priv.h - what the readers of the layouts of samples share.
 */
#ifndef TW_TASKS_SAMPLES_PRIV_H
#define TW_TASKS_SAMPLES_PRIV_H

#include "tasks/key_map.h"
#include "tasks/records.h"
#include "tasks/samples.h"

#include <stdint.h>

#define TW_SAMPLE_SKIPPED SIZE_MAX /* the task is outside of the part */

struct tw_sample_reader {
    struct tw_samples *out;
    const struct tw_taskset *set;
    struct tw_records *records;
    const char *prompts_path;
    struct tw_sample *items; /* grows; malloc() */
    size_t n, cap;
    const char *field;         /* NULL until the first record */
    bool programs;             /* its name speaks of whole programs */
    size_t n_lists;            /* of a file that is a list of lists */
    bool by_key;               /* EvalPlus: ids are the names of members */
    struct tw_key_map prompts; /* CodeT: to tasks */
    struct tw_key_map entries; /* to the first task with this function */
    size_t *next;              /* task with the same function, SIZE_MAX */
    struct tw_arena scratch;
};

/* ---- sample_new.c ---- */

/* TW_ENOMEM with the line of the record. */
enum tw_status tw_sample_full(const struct tw_sample_reader *r,
                              struct tw_err *err);
/* One text; null is an empty one.  recorded: as in struct tw_sample. */
enum tw_status tw_sample_add(struct tw_sample_reader *r, size_t task,
                             const struct tw_json *text, int recorded,
                             struct tw_err *err) TW_NODISCARD;
/* Index of the task, or TW_SAMPLE_SKIPPED. */
enum tw_status tw_sample_task(struct tw_sample_reader *r, const char *id,
                              size_t *task, struct tw_err *err) TW_NODISCARD;
enum tw_status tw_sample_task_of(struct tw_sample_reader *r,
                                 const struct tw_json *record, size_t *task,
                                 struct tw_err *err) TW_NODISCARD;
/* "task_id" of a record or what stands for it; NULL: none. */
const struct tw_json *tw_sample_id(const struct tw_json *record);
/* The texts in a value.  recorded: of one that is no list. */
enum tw_status tw_sample_texts(struct tw_sample_reader *r,
                               const struct tw_json *v, size_t task,
                               int recorded, struct tw_err *err) TW_NODISCARD;
/* The texts of a record's field. */
enum tw_status tw_sample_record(struct tw_sample_reader *r,
                                const struct tw_json *record, size_t task,
                                struct tw_err *err) TW_NODISCARD;

/* ---- samples_layout.c ---- */

/* One member of "eval". */
enum tw_status tw_sample_evalplus(struct tw_sample_reader *r,
                                  const struct tw_json *value,
                                  struct tw_err *err) TW_NODISCARD;
/* Tables for the prompts, and the task of a record. */
enum tw_status tw_sample_codet_open(struct tw_sample_reader *r,
                                    struct tw_err *err) TW_NODISCARD;
enum tw_status tw_sample_codet_task(struct tw_sample_reader *r,
                                    const struct tw_json *record, size_t *task,
                                    struct tw_err *err) TW_NODISCARD;

/* Does the text define the wanted function, not go on inside of it? */
bool tw_sample_is_whole(const struct tw_task *t, enum tw_lang lang,
                        const char *text, size_t n);
/* Can the text only go on inside of the function, as no program begins so? */
bool tw_sample_is_rest(const struct tw_task *t, enum tw_lang lang,
                       const char *text, size_t n);
/* Has the text a line that opens a fence? */
bool tw_sample_is_fenced(const char *text, size_t n);
/* Equal, but for blanks, to the canonical solution, or to it behind the
 * prompt? */
bool tw_sample_is_canonical(const struct tw_task *t, const char *text,
                            size_t n);
bool tw_sample_is_blank(const char *text, size_t n);

#endif /* TW_TASKS_SAMPLES_PRIV_H */
