/*
 * bench_unfence.h - answers of a chat, recorded as they came, to programs.
 */
#ifndef TW_BENCH_BENCH_UNFENCE_H
#define TW_BENCH_BENCH_UNFENCE_H

#include "bench/bench_prompt.h"
#include "jail/jail.h"
#include "tasks/samples.h"

/* Each item's text becomes the program in it, as that of an answer that was
 * asked for; one without code has none.  Texts live in the arena. */
enum tw_status tw_bench_unfence(struct tw_jail *jail, struct tw_arena *a,
                                const struct tw_taskset *set,
                                struct tw_sample *items, size_t n,
                                struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_BENCH_UNFENCE_H */
