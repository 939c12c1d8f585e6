/*
 * bench_ask.h - answers of a model to the tasks of a set, as samples.
 *
 * Every task is asked once, with n samples; what was answered is journalled,
 * so that a run goes on where it was stopped.
 */
#ifndef TW_BENCH_ASK_H
#define TW_BENCH_ASK_H

#include "answer/extract.h"
#include "bench/bench_prompt.h"
#include "bench/ranks.h"
#include "jail/jail.h"
#include "llm/llm.h"
#include "tasks/samples.h"

struct tw_ask_job {
    struct tw_llm *llm;
    struct tw_jail *jail;
    const struct tw_taskset *set;
    const bool *chosen; /* tasks to ask, set->n */
    enum tw_bench_style style;
    size_t n; /* samples of a task */
    size_t max_tokens;
    float temperature, top_p;
    uint64_t seed;
    struct tw_ranks *ranks; /* NULL: this process alone */
    const char *folder;     /* of the journal; NULL: none is kept */
    const char *inputs;     /* hash of all that the answers depend on */
    const struct tw_progress *progress;
};

struct tw_asked {
    struct tw_sample *items; /* extracted programs; in the arena */
    enum tw_cause *lost;     /* of each: no code, our own fault, or NONE */
    size_t n;
    size_t classes[TW_EXTRACT_HARNESS + 1];
    size_t n_tokens;
    size_t n_cut;      /* ended by max_tokens */
    size_t n_restored; /* tasks that the journal had */
    struct tw_arena arena;
};

/* Every rank asks its share and has all answers in the end. */
enum tw_status tw_bench_ask(struct tw_asked *asked,
                            const struct tw_ask_job *job,
                            struct tw_err *err) TW_NODISCARD;
void tw_asked_release(struct tw_asked *asked);

#endif /* TW_BENCH_ASK_H */
