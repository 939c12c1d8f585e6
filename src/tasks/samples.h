/*
 * samples.h - recorded answers of models, in the layouts they are published in.
 *
 * {"task_id","completion"} | {"task_id","solution"} (a whole program) |
 * {"task_id" or "name", one of many other fields: a text or a list of them} |
 * {"prompt","samples"} (CodeT, joined by prompt) | LDB seeds | EvalPlus
 * results ({"eval":{id:[..]}}) | [[..],..] (one list a task, in their order).
 * More fields are ignored, several records of a task are several samples, an
 * empty text is a sample too.
 *
 * What a text is (a continuation, a whole program, an answer with fences) is
 * found by what compiles where it does not look like what its field promises
 * (samples_shape.c).
 */
#ifndef TW_TASKS_SAMPLES_H
#define TW_TASKS_SAMPLES_H

#include "tasks/task.h"

struct tw_sample {
    size_t task;  /* index in the set */
    size_t index; /* of the samples of this task: 0, 1, ... */
    const char *text;
    size_t len;
    bool fenced;  /* the text is the code of an answer with prose */
    bool whole;   /* a whole program, not a continuation of the prompt */
    int recorded; /* verdict in the file: 1 pass, 0 fail, -1 none */
};

struct tw_samples {
    const char *layout;      /* "ldb", "evalplus", "codet", "jsonl",
                              * "generations" */
    const char *field;       /* that holds the texts: "completion", ... */
    struct tw_sample *items; /* by task, those of a task as in the file */
    size_t n;
    size_t n_tasks;   /* tasks that have one at least */
    size_t n_skipped; /* of tasks outside of a part like "mbpp-257" */
    size_t n_empty;   /* white space only */
    size_t n_whole;   /* whole programs */
    size_t n_fenced;  /* taken from between fences */
    size_t n_turned;  /* read as something else than the field's name says */
    size_t n_older;   /* earlier versions of an answer, left out */
    size_t n_odd;     /* look like the other kind, but do not compile as that */
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
