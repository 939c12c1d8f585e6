/*
 * cmd_bench_sets.c - task sets of the subcommand bench, and which tasks of
 * them are chosen.
 *
 * A set is a file in its publisher's layout (tasks/task.h knows the layouts).
 * The name 'paper' stands for the two sets of the paper that this program
 * reproduces; --data is then their folder.
 */
#include "cli/cmd_bench.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* With two sets an id that one of them lacks is probably in the other; with
 * one set it is a misspelling. */
static enum tw_status choose_named(struct tw_bench_cli *b, size_t s,
                                   struct tw_err *err)
{
    const struct tw_taskset *set = &b->sets[s];
    const char *at = b->args->tasks;
    char id[128];

    while (*at) {
        size_t n = strcspn(at, ",");
        snprintf(id, sizeof(id), "%.*s", (int)(n < 120 ? n : 120), at);
        const struct tw_task *task = tw_taskset_find(set, id);
        if (task)
            b->chosen[s][task - set->tasks] = true;
        else if (b->n_sets == 1)
            return tw_fail(err, TW_EINVAL, 0, "no task '%s' in %s", id,
                           set->name);
        at += n + (at[n] == ',');
    }
    return TW_OK;
}

/* Load a set and mark the tasks that --tasks or --limit choose; chosen[s] has
 * one mark more than tasks, so that an empty set needs no special case. */
static enum tw_status open_set(struct tw_bench_cli *b, const char *path,
                               const char *name, struct tw_err *err)
{
    size_t s = b->n_sets;

    TW_TRY(tw_taskset_load(&b->sets[s], path, name, err));
    b->n_sets++;
    size_t n = b->sets[s].n;
    size_t limit = tw_cli_count_or(b->args->limit, n);
    b->chosen[s] = tw_arena_alloc(b->arena, n + 1, sizeof(bool));
    TW_TRY(tw_arena_check(b->arena, "the choice of tasks", err));
    if (b->args->tasks)
        return choose_named(b, s, err);
    for (size_t i = 0; i < n && i < limit; i++)
        b->chosen[s][i] = true;
    return TW_OK;
}

/* The file of HumanEval-X goes round under two names; the first that is there
 * is taken. */
static enum tw_status open_paper(struct tw_bench_cli *b, struct tw_err *err)
{
    static const char *const mbpp[] = { "sanitized-mbpp.json" };
    static const char *const human[] = { "humaneval-x_python.jsonl",
                                         "humaneval_python.jsonl" };
    struct tw_arena a;
    enum tw_status st = TW_OK;

    tw_arena_init(&a, 1u << 20);
    const char *first = tw_file_join(&a, b->args->data, mbpp[0]);
    const char *second = tw_file_join(&a, b->args->data, human[0]);
    if (second && !tw_file_exists(second))
        second = tw_file_join(&a, b->args->data, human[1]);
    if (!first || !second)
        st = tw_fail(err, TW_ELIMIT, 0, "cannot hold the path of the sets");
    if (st == TW_OK)
        st = open_set(b, first, "mbpp-257", err);
    if (st == TW_OK)
        st = open_set(b, second, "humaneval-x", err);
    tw_arena_release(&a);
    return st;
}

/* What compilers make is kept for all runs; where that cannot be, for none. */
static enum tw_status open_langs(struct tw_bench_cli *b, struct tw_err *err)
{
    char cache[400];
    bool python = true;

    for (size_t i = 0; i < b->n_sets; i++)
        python &= b->sets[i].lang == TW_LANG_PYTHON &&
                  b->sets[i].layout != TW_LAYOUT_STDIO;
    if (python)
        return TW_OK;
    if (tw_cli_cache(cache, sizeof(cache)) &&
        tw_langs_open(&b->langs, b->jail, cache, NULL) == TW_OK)
        return TW_OK;
    return tw_langs_open(&b->langs, b->jail, NULL, err);
}

/* The languages are opened after the sets, because the sets say whether any
 * compiler is needed. */
enum tw_status tw_cli_bench_sets(struct tw_bench_cli *b, const char *name,
                                 struct tw_err *err)
{
    if (strcmp(name, "paper") == 0)
        TW_TRY(open_paper(b, err));
    else
        TW_TRY(open_set(b, b->args->data, name, err));
    return open_langs(b, err);
}
