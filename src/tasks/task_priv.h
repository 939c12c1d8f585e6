/*
 * task_priv.h - what the readers of the layouts share.
 */
#ifndef TW_TASKS_TASK_PRIV_H
#define TW_TASKS_TASK_PRIV_H

#include "tasks/records.h"
#include "tasks/task.h"

#define TW_TASKS_MAX       ((size_t)200000)
#define TW_TASKS_ARENA_MAX ((size_t)4 << 30)

/* A set that is being read. */
struct tw_task_reader {
    struct tw_taskset *set;
    struct tw_records *records;
    struct tw_task *tasks; /* grows; malloc() */
    size_t n, cap;
    bool has_lang; /* the first record has told */
};

enum { TW_TASK_ID_MAX = 200 }; /* bytes: ids stand in tables and messages */

/* ---- task_new.c ---- */

/* Room for one more task, zero but for its texts, which are "". */
enum tw_status tw_task_new(struct tw_task_reader *r, struct tw_task **task,
                           struct tw_err *err) TW_NODISCARD;

/* TW_ENOMEM with the line of the record when some text of a task did not fit;
 * so a layout allocates what it needs and asks once, at its end. */
enum tw_status tw_task_check(const struct tw_task_reader *r,
                             struct tw_err *err) TW_NODISCARD;
/* "task_id" as text, an integer too. */
enum tw_status tw_task_id(const struct tw_task_reader *r,
                          const struct tw_json *record, const char **id,
                          struct tw_err *err) TW_NODISCARD;

/* ---- task_id.c ---- */

/* The number of an id like "MBPP/11"; -1: none. */
long tw_task_number(const char *id);
/* The index of a set that has all its tasks; TW_EFORMAT for an id that stands
 * there twice, in whatever style. */
enum tw_status tw_task_index_make(struct tw_taskset *set,
                                  struct tw_err *err) TW_NODISCARD;

/* ---- layout_*.c: one record of a layout into a task ---- */

enum tw_status tw_task_humaneval(struct tw_task_reader *r,
                                 const struct tw_json *record,
                                 struct tw_task *t,
                                 struct tw_err *err) TW_NODISCARD;
enum tw_status tw_task_humaneval_x(struct tw_task_reader *r,
                                   const struct tw_json *record,
                                   struct tw_task *t,
                                   struct tw_err *err) TW_NODISCARD;
enum tw_status tw_task_mbpp(struct tw_task_reader *r,
                            const struct tw_json *record, struct tw_task *t,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_task_plus(struct tw_task_reader *r,
                            const struct tw_json *record, struct tw_task *t,
                            struct tw_err *err) TW_NODISCARD;
enum tw_status tw_task_multipl_e(struct tw_task_reader *r,
                                 const struct tw_json *record,
                                 struct tw_task *t,
                                 struct tw_err *err) TW_NODISCARD;
enum tw_status tw_task_stdio(struct tw_task_reader *r,
                             const struct tw_json *record, struct tw_task *t,
                             struct tw_err *err) TW_NODISCARD;
/* A folder of problem folders. */
enum tw_status tw_task_folders(struct tw_task_reader *r, const char *path,
                               struct tw_err *err) TW_NODISCARD;

/* ---- task_text.c ---- */

/* Tests that import numpy only to compare floats: the same without it. */
enum tw_status tw_task_without_numpy(struct tw_arena *a, const char **tests,
                                     struct tw_err *err) TW_NODISCARD;
/* Length of the identifier that begins here; 0: none does. */
size_t tw_task_name_len(const char *p);
/* Name of the last function that the Python text defines at a line start; in
 * the arena, "" when there is none, NULL when the arena is full. */
const char *tw_task_python_entry(struct tw_arena *a, const char *code);
/* The same for a declaration in a language with braces: of its last line that
 * opens a function (one of HumanEval-X has a loop behind that). */
const char *tw_task_brace_entry(struct tw_arena *a, const char *declaration);
/* head + tail; NULL when the arena is full, or when a part is NULL for that
 * reason. */
const char *tw_task_join(struct tw_arena *a, const char *head,
                         const char *tail);
/* The text of a buffer, which is released; NULL when the buffer or the arena is
 * full, and the arena remembers either. */
const char *tw_task_keep(struct tw_arena *a, struct tw_buf *b);
/* Line ends of a text in the arena to LF, in place. */
void tw_task_unix_lines(char *text);
/* Stop strings of a completion in the language. */
void tw_task_default_stops(struct tw_task *t, enum tw_lang lang);

#endif /* TW_TASKS_TASK_PRIV_H */
