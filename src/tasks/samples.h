/*
 * samples.h - recorded answers of models, in the layouts they are published in.
 *
 * {"task_id", FIELD: text or list of texts} with one of many names of FIELD
 * ("completion", "solution", "samples", "generation", "source_codes", ...), the
 * id also as "name" | {"prompt","samples"} (CodeT, joined by prompt) | LDB
 * seeds | EvalPlus results ({"eval":{id:[..]}}) | a list of lists of texts, in
 * the order of the tasks.  More fields are ignored, several records of a task
 * are several samples, an empty text is a sample too.
 *
 * The name of a field does not say what its texts are: publishers differ.
 * Whole programs, continuations or answers with fences: most of the texts
 * decide, by what could compile.
 */
#ifndef TW_TASKS_SAMPLES_H
#define TW_TASKS_SAMPLES_H

#include "tasks/task.h"

struct tw_sample {
    size_t task;  /* index in the set */
    size_t index; /* of the samples of this task: 0, 1, ... */
    const char *text;
    size_t len;
    bool whole;   /* a whole program, not a continuation of the prompt */
    int recorded; /* verdict in the file: 1 pass, 0 fail, -1 none */
};

struct tw_samples {
    const char *layout;      /* "ldb", "evalplus", "codet", "jsonl", "lists" */
    const char *field;       /* that holds the texts: "completion", ... */
    struct tw_sample *items; /* by task, those of a task as in the file */
    size_t n;
    size_t n_tasks;     /* tasks that have one at least */
    size_t n_skipped;   /* of tasks outside of a part like "mbpp-257" */
    size_t n_empty;     /* white space only */
    bool whole;         /* most are whole programs, and not continuations */
    bool fenced;        /* most have a fence of Markdown: answers of a chat */
    size_t n_odd;       /* whole programs among continuations, or the reverse */
    size_t n_canonical; /* equal to the task's own solution but for blanks */
    bool suspicious;    /* all of them are: no model wrote this */
    char sha256[65];
    struct tw_arena arena;
};

/* prompts: file with task ids for CodeT's layout, or NULL (join by the prompt
 * of the set, then by function name).  An id that the set lacks is TW_EFORMAT
 * with its line (in a part of a set it is skipped); too many samples
 * TW_ELIMIT. */
enum tw_status tw_samples_load(struct tw_samples *samples, const char *path,
                               const char *prompts,
                               const struct tw_taskset *set,
                               struct tw_err *err) TW_NODISCARD;
void tw_samples_release(struct tw_samples *samples);

#endif /* TW_TASKS_SAMPLES_H */
