/*
 * bench_unfence.c - answers of a chat, recorded as they came, to programs.
 */
#include "bench/bench_unfence.h"

#include "answer/extract.h"

#include <string.h>

#include "base/banned.h"

/* What is wanted from one answer, and the texts that end it. */
struct wanted {
    struct tw_extract_task task;
    const char *stops[TW_BENCH_STOPS + 1];
};

static void want(struct wanted *w, const struct tw_taskset *set,
                 const struct tw_task *task)
{
    const enum tw_bench_style style = TW_BENCH_COMPLETE;

    w->task = (struct tw_extract_task){
        .entry = task->entry,
        .head = tw_bench_head(style, set, task),
        .bench = true,
        .lang = set->lang,
        .stops = w->stops,
        .n_stops = tw_bench_stops(w->stops, style, set, task),
        .open_end = task->open_end,
    };
    if (set->lang == TW_LANG_GO)
        w->task.setup = task->setup;
}

enum tw_status tw_bench_unfence(struct tw_jail *jail, struct tw_arena *a,
                                const struct tw_taskset *set,
                                struct tw_sample *items, size_t n,
                                struct tw_err *err)
{
    struct wanted *wanted = tw_arena_alloc(a, n + 1, sizeof(*wanted));
    const struct tw_extract_task **tasks =
        tw_arena_alloc(a, n + 1, sizeof(*tasks));
    struct tw_extract_answer *texts = tw_arena_alloc(a, n + 1, sizeof(*texts));
    struct tw_extract_result *found = tw_arena_alloc(a, n + 1, sizeof(*found));

    TW_TRY(tw_arena_check(a, "the answers", err));
    for (size_t i = 0; i < n; i++) {
        want(&wanted[i], set, &set->tasks[items[i].task]);
        tasks[i] = &wanted[i].task;
        texts[i] = (struct tw_extract_answer){ items[i].text, items[i].len };
    }
    TW_TRY(tw_extract_many(jail, a, tasks, texts, n, found, err));
    for (size_t i = 0; i < n; i++) {
        items[i].text = found[i].code;
        items[i].len = strlen(found[i].code);
        items[i].whole = true;
    }
    return TW_OK;
}
