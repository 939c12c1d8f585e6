/*
 * bench_prompt.h - what a model is asked for a task.
 */
#ifndef TW_BENCH_PROMPT_H
#define TW_BENCH_PROMPT_H

#include "base/buf.h"
#include "tasks/task.h"

enum tw_bench_style {
    TW_BENCH_COMPLETE, /* code to go on with; MBPP: a docstring with the text
                        * and the assertions.  For base models. */
    TW_BENCH_CASES,    /* the form of writer/prompt.h, the built-in model's */
    TW_BENCH_INST,     /* [INST] ... [/INST], as Mistral and Code Llama want */
    TW_BENCH_STYLES
};
/* "complete", "cases", "inst"; TW_BENCH_STYLES: unknown. */
enum tw_bench_style tw_bench_style_find(const char *name);
const char *tw_bench_style_name(enum tw_bench_style style);

/* TW_EINVAL for a set that the style has no form for. */
enum tw_status tw_bench_prompt(struct tw_buf *b, enum tw_bench_style style,
                               const struct tw_taskset *set,
                               const struct tw_task *task,
                               struct tw_err *err) TW_NODISCARD;

/* Texts that end an answer, NULL-ended: room for TW_BENCH_STOPS + 1.  How many
 * there are. */
enum { TW_BENCH_STOPS = 15 };
size_t tw_bench_stops(const char **stops, enum tw_bench_style style,
                      const struct tw_taskset *set, const struct tw_task *task);

/* What an answer without a fence continues; NULL: nothing. */
const char *tw_bench_head(enum tw_bench_style style,
                          const struct tw_taskset *set,
                          const struct tw_task *task);

#endif /* TW_BENCH_PROMPT_H */
