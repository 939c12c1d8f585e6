/*
 * task_new.c - room for a task, and its id: what every layout begins with.
 */
#include "tasks/task_priv.h"

#include "base/fault.h"

#include <string.h>

#include "base/banned.h"

/* All texts are "" in the beginning: who reads a task never tests for NULL. */
enum tw_status tw_task_new(struct tw_task_reader *r, struct tw_task **task,
                           struct tw_err *err)
{
    if (r->n == TW_TASKS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "cannot hold more than %zu tasks",
                       TW_TASKS_MAX);
    if (r->n == r->cap) {
        size_t cap = 64;
        if (r->cap)
            cap = 2 * r->cap;
        struct tw_task *tasks =
            tw_mem_resize(r->tasks, cap * sizeof(*r->tasks));
        if (!tasks)
            return tw_fail(err, TW_ENOMEM, 0, "cannot hold the tasks");
        r->tasks = tasks;
        r->cap = cap;
    }
    *task = &r->tasks[r->n++];
    **task = (struct tw_task){
        .id = "",
        .prompt = "",
        .stub = "",
        .entry = "",
        .canonical = "",
        .setup = "",
        .imports = "",
        .tests = "",
        .declaration = "",
        .example_test = "",
        .base_inputs = "",
        .plus_inputs = "",
        .base_tests = "",
    };
    return TW_OK;
}

/* The arena remembers, so the place of the failure is lost; the record's line
 * is what helps the user. */
enum tw_status tw_task_check(const struct tw_task_reader *r, struct tw_err *err)
{
    if (r->set->arena.failed)
        return tw_records_fail(r->records, TW_ENOMEM, err,
                               "does not fit in memory");
    return TW_OK;
}

/* An integer becomes the text that people write for it. */
enum tw_status tw_task_id(const struct tw_task_reader *r,
                          const struct tw_json *record, const char **id,
                          struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, "task_id");
    if (tw_json_kind(v) == TW_JSON_INT && tw_json_int(v, -1) >= 0 &&
        tw_json_int(v, -1) < 100000000) {
        *id = tw_arena_textf(&r->set->arena, "%ld", (long)tw_json_int(v, -1));
        return tw_task_check(r, err);
    }
    TW_TRY(tw_records_text(r->records, record, "task_id", &r->set->arena, id,
                           err));
    if (!**id || strlen(*id) > TW_TASK_ID_MAX)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has a 'task_id' of no or too many bytes");
    return TW_OK;
}
