/*
 * task.c - task sets: which layout a file has, and its records.
 *
 * People mix up files that look alike: HumanEval and HumanEval-X, both MBPPs,
 * solutions and prompts for tests.  Figures of the wrong file look plausible,
 * so the layout is recognised by its fields, record by record, and a name that
 * does not fit the file is refused with what the file is.
 */
#include "tasks/task_priv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"

enum { FIELDS_MAX = 8 };

/* What a record of a layout has; the first that fits wins, so richer ones stand
 * first. */
struct layout {
    enum tw_layout layout;
    const char *title;              /* in messages: "this is ..." */
    const char *fields[FIELDS_MAX]; /* that every record has */
    enum tw_status (*read)(struct tw_task_reader *r,
                           const struct tw_json *record, struct tw_task *t,
                           struct tw_err *err);
};

static const struct layout LAYOUTS[] = {
    { TW_LAYOUT_HUMANEVAL_PLUS,
      "HumanEval+ or MBPP+",
      { "task_id", "prompt", "entry_point", "canonical_solution", "base_input",
        "plus_input" },
      tw_task_plus },
    { TW_LAYOUT_HUMANEVAL_X,
      "HumanEval-X",
      { "task_id", "prompt", "declaration", "canonical_solution", "test" },
      tw_task_humaneval_x },
    { TW_LAYOUT_HUMANEVAL,
      "HumanEval",
      { "task_id", "prompt", "entry_point", "canonical_solution", "test" },
      tw_task_humaneval },
    { TW_LAYOUT_MBPP,
      "the full MBPP",
      { "task_id", "text", "code", "test_setup_code", "test_list" },
      tw_task_mbpp },
    { TW_LAYOUT_MBPP_SANITIZED,
      "the sanitized MBPP",
      { "task_id", "prompt", "code", "test_imports", "test_list" },
      tw_task_mbpp },
    { TW_LAYOUT_MULTIPL_E,
      "MultiPL-E",
      { "name", "language", "prompt", "tests", "stop_tokens" },
      tw_task_multipl_e },
    { TW_LAYOUT_STDIO,
      "a stdin/stdout set",
      { "name", "description", "public_tests" },
      tw_task_stdio },
};

/* Names that people give, and what part of the file they mean. */
struct set_name {
    const char *name;
    enum tw_layout layout;
    const char *prefix; /* of the ids; NULL: any */
    size_t n;           /* tasks 11 to 510, so many; 0: all of the file */
};

static const struct set_name NAMES[] = {
    { "humaneval", TW_LAYOUT_HUMANEVAL, NULL, 0 },
    { "humaneval-plus", TW_LAYOUT_HUMANEVAL_PLUS, NULL, 0 },
    { "humaneval-x", TW_LAYOUT_HUMANEVAL_X, NULL, 0 },
    { "humaneval-x-python", TW_LAYOUT_HUMANEVAL_X, "Python", 0 },
    { "humaneval-x-cpp", TW_LAYOUT_HUMANEVAL_X, "CPP", 0 },
    { "humaneval-x-java", TW_LAYOUT_HUMANEVAL_X, "Java", 0 },
    { "humaneval-x-js", TW_LAYOUT_HUMANEVAL_X, "JavaScript", 0 },
    { "humaneval-x-go", TW_LAYOUT_HUMANEVAL_X, "Go", 0 },
    { "mbpp", TW_LAYOUT_MBPP, NULL, 0 },
    { "mbpp-test", TW_LAYOUT_MBPP, NULL, 500 },
    { "mbpp-sanitized", TW_LAYOUT_MBPP_SANITIZED, NULL, 0 },
    { "mbpp-257", TW_LAYOUT_MBPP_SANITIZED, NULL, 257 },
    { "mbpp-plus", TW_LAYOUT_MBPP_PLUS, NULL, 0 },
    { "multipl-e", TW_LAYOUT_MULTIPL_E, NULL, 0 },
    { "stdio", TW_LAYOUT_STDIO, NULL, 0 },
};

/* For help texts and error messages, in the order of the table. */
const char *tw_taskset_name(size_t i)
{
    if (i >= TW_ARRAY_LEN(NAMES))
        return NULL;
    return NAMES[i].name;
}

/* The first name of a layout is its plainest: of the whole file, in any
 * language. */
const char *tw_layout_name(enum tw_layout l)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++)
        if (NAMES[i].layout == l)
            return NAMES[i].name;
    return "unknown";
}

/* NULL: no such name. */
static const struct set_name *find_name(const char *name)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++)
        if (strcmp(NAMES[i].name, name) == 0)
            return &NAMES[i];
    return NULL;
}

/* HumanEval+ and MBPP+ have the same fields and one reader; the ids tell them
 * apart. */
static const struct layout *layout_of(enum tw_layout l)
{
    if (l == TW_LAYOUT_MBPP_PLUS)
        l = TW_LAYOUT_HUMANEVAL_PLUS;
    for (size_t i = 0; i < TW_ARRAY_LEN(LAYOUTS); i++)
        if (LAYOUTS[i].layout == l)
            return &LAYOUTS[i];
    return &LAYOUTS[0];
}

/* First field of the layout that the record lacks, or NULL. */
static const char *missing_in(const struct layout *l,
                              const struct tw_json *record, size_t *n_missing)
{
    const char *first = NULL;
    *n_missing = 0;
    for (size_t i = 0; i < FIELDS_MAX && l->fields[i]; i++) {
        if (tw_json_get(record, l->fields[i]))
            continue;
        if (!first)
            first = l->fields[i];
        ++*n_missing;
    }
    return first;
}

/* The layout of the record, or the one it comes closest to. */
static const struct layout *closest(const struct tw_json *record)
{
    const struct layout *best = &LAYOUTS[0];
    size_t n_best = SIZE_MAX;
    for (size_t i = 0; i < TW_ARRAY_LEN(LAYOUTS); i++) {
        size_t n;
        missing_in(&LAYOUTS[i], record, &n);
        if (n < n_best) {
            n_best = n;
            best = &LAYOUTS[i];
        }
    }
    return best;
}

/* Does the layout have such a field? */
static bool names_field(const struct layout *l, const char *field)
{
    for (size_t i = 0; i < FIELDS_MAX && l->fields[i]; i++)
        if (strcmp(l->fields[i], field) == 0)
            return true;
    return false;
}

/* For messages, where a part may be unknown. */
static const char *text_or(const char *text, const char *other)
{
    return text ? text : other;
}

/* Say what is missing, and what the record is instead. code is TW_EINVAL when
 * the user named the layout: then the name may be wrong as well as the file. */
static enum tw_status fail_layout(const struct tw_records *r,
                                  enum tw_status code, const struct layout *l,
                                  const struct tw_json *record,
                                  struct tw_err *err)
{
    size_t n, n_other;
    const char *field = missing_in(l, record, &n);
    const struct layout *other = closest(record);
    const char *theirs = NULL;
    missing_in(other, record, &n_other);
    for (size_t i = 0; i < FIELDS_MAX && other->fields[i] && !theirs; i++)
        if (!names_field(l, other->fields[i]))
            theirs = other->fields[i];
    if (n_other > 0 || other == l)
        return tw_records_fail(r, TW_EFORMAT, err, "lacks '%s' (of %s)",
                               text_or(field, "task_id"), l->title);
    if (!field)
        return tw_records_fail(r, code, err, "has '%s': this is %s, not %s",
                               text_or(theirs, "more"), other->title, l->title);
    return tw_records_fail(r, code, err,
                           "lacks '%s' (has '%s': this is %s, not %s)", field,
                           text_or(theirs, "more"), other->title, l->title);
}

/* Which layout to read: the named one, or that of the first record. */
static enum tw_status choose(const struct tw_records *r,
                             const struct set_name *name,
                             const struct tw_json *record,
                             const struct layout **layout, struct tw_err *err)
{
    size_t n;
    const struct layout *found = closest(record);
    enum tw_status code = TW_EFORMAT;
    *layout = found;
    if (name) {
        code = TW_EINVAL;
        *layout = layout_of(name->layout);
    }
    if (tw_json_kind(record) != TW_JSON_OBJECT)
        return tw_records_fail(r, TW_EFORMAT, err, "is no JSON object");
    if (missing_in(*layout, record, &n) || found != *layout)
        return fail_layout(r, code, *layout, record, err);
    return TW_OK;
}

/* Every record is looked at anew: a file that two editions were joined in would
 * otherwise be read with fields of the first. */
static enum tw_status read_records(struct tw_task_reader *r,
                                   const struct set_name *name,
                                   struct tw_err *err)
{
    const struct layout *layout = NULL;
    struct tw_json *record;
    for (;;) {
        TW_TRY(tw_records_next(r->records, &record, err));
        if (!record)
            break;
        enum tw_status st = TW_OK;
        struct tw_task *t = NULL;
        if (!layout) {
            st = choose(r->records, name, record, &layout, err);
            r->set->layout = layout->layout;
        } else if (closest(record) != layout) {
            st = fail_layout(r->records, TW_EFORMAT, layout, record, err);
        }
        if (st == TW_OK)
            st = tw_task_new(r, &t, err);
        if (st == TW_OK)
            st = layout->read(r, record, t, err);
        tw_json_free(record);
        TW_TRY(st);
    }
    if (!layout)
        return tw_fail(err, TW_EFORMAT, 0, "cannot find a task in '%.60s'",
                       r->records->name);
    return TW_OK;
}

/* The inputs of a "plus" layout are read as text (layout_plus.c says why). */
static enum tw_status read_file(struct tw_task_reader *r, const char *path,
                                const struct set_name *name, struct tw_err *err)
{
    static const char *const raw[] = { "base_input", "plus_input", NULL };
    struct tw_records records;
    TW_TRY(tw_records_open(&records, path, err));
    records.raw = raw;
    memcpy(r->set->sha256, records.sha256, sizeof(r->set->sha256));
    r->records = &records;
    enum tw_status st = read_records(r, name, err);
    tw_records_close(&records);
    r->records = NULL;
    return st;
}

/* The tasks 11 to 510, which both files of MBPP state for evaluation.  Their
 * number is checked: figures of another edition would be compared with those of
 * this one. */
static enum tw_status keep_test_split(struct tw_task_reader *r, size_t want,
                                      struct tw_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        long number = tw_task_number(r->tasks[i].id);
        if (number >= 11 && number <= 510)
            r->tasks[n++] = r->tasks[i];
    }
    r->n = n;
    if (n != want)
        return tw_fail(err, TW_EFORMAT, 0,
                       "found %zu tasks from 11 to 510, not %zu: another "
                       "edition of the file",
                       n, want);
    return TW_OK;
}

/* The name that says the most: with the language, "plus" of what. */
static enum tw_status set_name(struct tw_taskset *set,
                               const struct set_name *name, struct tw_err *err)
{
    const char *id = set->tasks[0].id;
    set->name = tw_layout_name(set->layout);
    if (name)
        set->name = name->name;
    if (name && name->prefix &&
        strncmp(name->prefix, id, strlen(name->prefix)) != 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "found the task '%.60s': this is not %s", id,
                       name->name);
    if (name && name->layout != set->layout)
        return tw_fail(err, TW_EINVAL, 0,
                       "found the task '%.60s': this is %s, not %s", id,
                       tw_layout_name(set->layout), name->name);
    if (set->layout != TW_LAYOUT_HUMANEVAL_X)
        return TW_OK;
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++) {
        const char *prefix = text_or(NAMES[i].prefix, "");
        size_t n = strlen(prefix);
        if (n && strncmp(prefix, id, n) == 0 && id[n] == '/')
            set->name = NAMES[i].name;
    }
    return TW_OK;
}

/* The tasks grow in an array that doubles and are copied into the arena of the
 * set when their number is known. */
static enum tw_status load(struct tw_task_reader *r, const char *path,
                           const struct set_name *name, struct tw_err *err)
{
    struct tw_taskset *set = r->set;
    struct stat st;
    bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (folder && name && name->layout != TW_LAYOUT_STDIO)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot read the folder '%.80s' as %s", path,
                       name->name);
    if (folder)
        TW_TRY(tw_task_folders(r, path, err));
    else
        TW_TRY(read_file(r, path, name, err));
    if (name && name->n)
        TW_TRY(keep_test_split(r, name->n, err));
    set->tasks = tw_arena_alloc(&set->arena, r->n, sizeof(*set->tasks));
    TW_TRY(tw_arena_check(&set->arena, "the tasks", err));
    set->part = name && name->n;
    if (r->n)
        memcpy(set->tasks, r->tasks, r->n * sizeof(*set->tasks));
    set->n = r->n;
    TW_TRY(set_name(set, name, err));
    return tw_task_index_make(set, err);
}

/* name is checked before the file is read: a mistyped one is told at once. */
enum tw_status tw_taskset_load(struct tw_taskset *set, const char *path,
                               const char *name, struct tw_err *err)
{
    const struct set_name *wanted = NULL;
    struct tw_task_reader r = { .set = set };
    memset(set, 0, sizeof(*set));
    tw_arena_init(&set->arena, TW_TASKS_ARENA_MAX);
    if (name)
        wanted = find_name(name);
    if (name && !wanted)
        return tw_fail(err, TW_EINVAL, 0, "unknown task set '%.60s'", name);
    enum tw_status st = load(&r, path, wanted, err);
    free(r.tasks);
    if (st != TW_OK)
        tw_taskset_release(set);
    return st;
}

void tw_taskset_release(struct tw_taskset *set)
{
    tw_arena_release(&set->arena);
    memset(set, 0, sizeof(*set));
}
