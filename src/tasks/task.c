/*
 * task.c - task sets: which layout a file has, its records, ids.
 */
#include "tasks/task_priv.h"

#include "base/fault.h"
#include "tasks/lookup.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/banned.h"

enum { FIELDS_MAX = 8, PREFIX_MAX = 24, KEY_MAX = 32 };

/* What a record of a layout has; the first that fits wins, so richer ones stand
 * first. */
struct layout {
    enum tw_layout layout;
    const char *title;
    const char *fields[FIELDS_MAX];
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

const char *tw_taskset_name(size_t i)
{
    return i < TW_ARRAY_LEN(NAMES) ? NAMES[i].name : NULL;
}

const char *tw_layout_name(enum tw_layout l)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++)
        if (NAMES[i].layout == l)
            return NAMES[i].name;
    return "unknown";
}

static const struct set_name *find_name(const char *name)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(NAMES); i++)
        if (strcmp(NAMES[i].name, name) == 0)
            return &NAMES[i];
    return NULL;
}

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

static bool names_field(const struct layout *l, const char *field)
{
    for (size_t i = 0; i < FIELDS_MAX && l->fields[i]; i++)
        if (strcmp(l->fields[i], field) == 0)
            return true;
    return false;
}

/* Say what is missing, and what the record is instead. */
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
                               field ? field : "task_id", l->title);
    if (!field)
        return tw_records_fail(r, code, err, "has '%s': this is %s, not %s",
                               theirs ? theirs : "more", other->title,
                               l->title);
    return tw_records_fail(r, code, err,
                           "lacks '%s' (has '%s': this is %s, not %s)", field,
                           theirs ? theirs : "more", other->title, l->title);
}

enum tw_status tw_task_new(struct tw_task_reader *r, struct tw_task **task,
                           struct tw_err *err)
{
    if (r->n == TW_TASKS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "cannot hold more than %zu tasks",
                       TW_TASKS_MAX);
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
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

/* Ids: the benchmark and language that a prefix stands for. */

enum family { ANY, PYTHON, CPP, JAVA, JS, GO, RUST, MBPP, MULTIPL_E, OTHER };

static enum family family_of(const char *id, size_t n_prefix)
{
    static const struct {
        const char *prefix;
        enum family family;
    } prefixes[] = {
        { "HumanEval", PYTHON },
        { "Python", PYTHON },
        { "CPP", CPP },
        { "C++", CPP },
        { "Java", JAVA },
        { "JavaScript", JS },
        { "JS", JS },
        { "Go", GO },
        { "Rust", RUST },
        { "MBPP", MBPP },
        { "HumanEval_", MULTIPL_E },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(prefixes); i++)
        if (strlen(prefixes[i].prefix) == n_prefix &&
            strncasecmp(prefixes[i].prefix, id, n_prefix) == 0)
            return prefixes[i].family;
    return OTHER;
}

/* Family and number of an id; ids of no known style are OTHER and have none. */
static enum family parse_id(const char *id, long *number)
{
    const char *slash = strchr(id, '/'), *p = slash ? slash + 1 : id;
    enum family family = slash ? family_of(id, (size_t)(slash - id)) : ANY;
    char end = '\0';
    if (!slash && strncasecmp(id, "HumanEval_", 10) == 0) {
        family = MULTIPL_E;
        p = id + 10;
        end = '_';
    } else if (!slash && strncasecmp(id, "mbpp_", 5) == 0) {
        family = MBPP;
        p = id + 5;
        end = '_';
    }
    size_t n = strspn(p, "0123456789");
    *number = -1;
    if (n == 0 || n > 8 || (n > 1 && *p == '0') ||
        (p[n] != '\0' && p[n] != end) || family == OTHER)
        return OTHER;
    *number = strtol(p, NULL, 10);
    return family;
}

long tw_task_number(const char *id)
{
    long number;
    parse_id(id, &number);
    return number;
}

/* MultiPL-E's names do not tell the language. */
static bool fits(enum family set, enum family id)
{
    if (set == id || set == ANY || id == ANY)
        return true;
    return (set == MULTIPL_E && id < MBPP) || (id == MULTIPL_E && set < MBPP);
}

struct tw_task_index {
    struct tw_lookup ids;     /* as they stand in the file */
    struct tw_lookup numbers; /* of those that have one */
    enum family *families;
};

static const char *number_key(struct tw_arena *a, long number)
{
    char text[KEY_MAX];
    int n = snprintf(text, sizeof(text), "%ld", number);
    return tw_records_copy(a, text, n > 0 ? (size_t)n : 0);
}

static enum tw_status index_tasks(struct tw_taskset *set, struct tw_err *err)
{
    struct tw_arena *a = &set->arena;
    struct tw_task_index *x = tw_arena_alloc(a, 1, sizeof(*x));
    if (!x || !tw_lookup_init(&x->ids, a, set->n) ||
        !tw_lookup_init(&x->numbers, a, set->n))
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the tasks");
    x->families = tw_arena_alloc(a, set->n + 1, sizeof(*x->families));
    if (!x->families)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the tasks");
    set->index = x;
    for (size_t i = 0; i < set->n; i++) {
        const char *id = set->tasks[i].id;
        long number;
        x->families[i] = parse_id(id, &number);
        bool fresh = tw_lookup_add(&x->ids, id, strlen(id), i);
        if (fresh && number >= 0) {
            const char *key = number_key(a, number);
            if (!key)
                return tw_fail(err, TW_ENOMEM, 0, "cannot hold the tasks");
            fresh = tw_lookup_add(&x->numbers, key, strlen(key), i);
        }
        if (!fresh)
            return tw_fail(err, TW_EFORMAT, 0,
                           "found the task '%.60s' twice, again in line %zu",
                           id, set->tasks[i].line);
    }
    return TW_OK;
}

const struct tw_task *tw_taskset_find(const struct tw_taskset *set,
                                      const char *id)
{
    if (!set->index)
        return NULL;
    size_t i = tw_lookup_find(&set->index->ids, id, strlen(id));
    if (i != SIZE_MAX)
        return &set->tasks[i];
    long number;
    char key[KEY_MAX];
    enum family family = parse_id(id, &number);
    if (number < 0)
        return NULL;
    snprintf(key, sizeof(key), "%ld", number);
    i = tw_lookup_find(&set->index->numbers, key, strlen(key));
    if (i == SIZE_MAX || !fits(set->index->families[i], family))
        return NULL;
    return &set->tasks[i];
}

bool tw_taskset_kin(const struct tw_taskset *set, const char *id)
{
    long number;
    enum family family = parse_id(id, &number);
    return number >= 0 && set->index && fits(set->index->families[0], family);
}

enum tw_status tw_task_id(const struct tw_task_reader *r,
                          const struct tw_json *record, const char **id,
                          struct tw_err *err)
{
    const struct tw_json *v = tw_json_get(record, "task_id");
    if (tw_json_kind(v) == TW_JSON_INT && tw_json_int(v, -1) >= 0 &&
        tw_json_int(v, -1) < 100000000) {
        *id = number_key(&r->set->arena, (long)tw_json_int(v, -1));
        return *id ? TW_OK
                   : tw_records_fail(r->records, TW_ENOMEM, err,
                                     "does not fit in memory");
    }
    TW_TRY(tw_records_text(r->records, record, "task_id", &r->set->arena, id,
                           err));
    if (!**id || strlen(*id) > 200)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has a 'task_id' of no or too many bytes");
    return TW_OK;
}

/* Which layout to read: the named one, or that of the first record. */
static enum tw_status choose(const struct tw_records *r,
                             const struct set_name *name,
                             const struct tw_json *record,
                             const struct layout **layout, struct tw_err *err)
{
    size_t n;
    const struct layout *found = closest(record);
    *layout = name ? layout_of(name->layout) : found;
    if (tw_json_kind(record) != TW_JSON_OBJECT)
        return tw_records_fail(r, TW_EFORMAT, err, "is no JSON object");
    if (missing_in(*layout, record, &n) || found != *layout)
        return fail_layout(r, name ? TW_EINVAL : TW_EFORMAT, *layout, record,
                           err);
    return TW_OK;
}

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

/* The tasks 11 to 510, which both files of MBPP state for evaluation. */
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
    set->name = name ? name->name : tw_layout_name(set->layout);
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
        size_t n = NAMES[i].prefix ? strlen(NAMES[i].prefix) : 0;
        if (n && strncmp(NAMES[i].prefix, id, n) == 0 && id[n] == '/')
            set->name = NAMES[i].name;
    }
    return TW_OK;
}

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
    TW_TRY(folder ? tw_task_folders(r, path, err)
                  : read_file(r, path, name, err));
    if (name && name->n)
        TW_TRY(keep_test_split(r, name->n, err));
    set->tasks = tw_arena_alloc(&set->arena, r->n, sizeof(*set->tasks));
    if (!set->tasks || !r->tasks)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the tasks");
    set->part = name && name->n;
    memcpy(set->tasks, r->tasks, r->n * sizeof(*set->tasks));
    set->n = r->n;
    TW_TRY(set_name(set, name, err));
    return index_tasks(set, err);
}

enum tw_status tw_taskset_load(struct tw_taskset *set, const char *path,
                               const char *name, struct tw_err *err)
{
    const struct set_name *wanted = name ? find_name(name) : NULL;
    struct tw_task_reader r = { .set = set };
    memset(set, 0, sizeof(*set));
    tw_arena_init(&set->arena, TW_TASKS_ARENA_MAX);
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
