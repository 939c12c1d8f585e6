/*
 * task_id.c - the ids of tasks, in every style, and how a task is found by one.
 *
 * Published answers write the same task as "HumanEval/0", "Python/0" or "0";
 * the number counts, and what the prefix says of benchmark and language must
 * not contradict.
 */
#include "tasks/task_priv.h"

#include "tasks/key_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

enum { KEY_MAX = 32 }; /* a long in decimal, NUL */

/* The benchmark and language that a prefix stands for. */
/* MULTIPL_E and what stands in front of MBPP are editions of HumanEval: fits()
 * compares by this order. */
enum family { ANY, PYTHON, CPP, JAVA, JS, GO, RUST, MBPP, MULTIPL_E, OTHER };

/* Prefixes are compared in any case: "Mbpp/11" and "MBPP/11" are both in
 * use. */
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
    const char *slash = strchr(id, '/'), *p = id;
    enum family family = ANY; /* a bare number */
    char end = '\0';
    if (slash) {
        family = family_of(id, (size_t)(slash - id));
        p = slash + 1;
    } else if (strncasecmp(id, "HumanEval_", 10) == 0) {
        family = MULTIPL_E;
        p = id + 10;
        end = '_';
    } else if (strncasecmp(id, "mbpp_", 5) == 0) {
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

/* Without the family, which callers of this know. */
long tw_task_number(const char *id)
{
    long number;
    parse_id(id, &number);
    return number;
}

/* May these two name one task?  MultiPL-E's names do not tell the language, so
 * they fit HumanEval in any; a bare number fits everything. */
static bool fits(enum family set, enum family id)
{
    if (set == id || set == ANY || id == ANY)
        return true;
    return (set == MULTIPL_E && id < MBPP) || (id == MULTIPL_E && set < MBPP);
}

/* Two ways to a task, and what its id said; of n tasks, in the set's arena. */
struct tw_task_index {
    struct tw_key_map ids;     /* as they stand in the file */
    struct tw_key_map numbers; /* of those that have one */
    enum family *families;
};

/* One number twice is as bad as one id twice, for a sample that names the
 * number would belong to two tasks. */
enum tw_status tw_task_index_make(struct tw_taskset *set, struct tw_err *err)
{
    struct tw_arena *a = &set->arena;
    struct tw_task_index *x = tw_arena_alloc(a, 1, sizeof(*x));
    TW_TRY(tw_arena_check(a, "the ids of tasks", err));
    tw_key_map_init(&x->ids, a, set->n);
    tw_key_map_init(&x->numbers, a, set->n);
    x->families = tw_arena_alloc(a, set->n + 1, sizeof(*x->families));
    TW_TRY(tw_arena_check(a, "the ids of tasks", err));
    set->index = x;
    for (size_t i = 0; i < set->n; i++) {
        const char *id = set->tasks[i].id;
        long number;
        x->families[i] = parse_id(id, &number);
        bool fresh = tw_key_map_add(&x->ids, id, strlen(id), i);
        if (fresh && number >= 0) {
            const char *key = tw_arena_textf(a, "%ld", number);
            TW_TRY(tw_arena_check(a, "the ids of tasks", err));
            fresh = tw_key_map_add(&x->numbers, key, strlen(key), i);
        }
        if (!fresh)
            return tw_fail(err, TW_EFORMAT, 0,
                           "found the task '%.60s' twice, again in line %zu",
                           id, set->tasks[i].line);
    }
    return TW_OK;
}

/* The id as it stands first: ids of no known style have only that. */
const struct tw_task *tw_taskset_find(const struct tw_taskset *set,
                                      const char *id)
{
    if (!set->index)
        return NULL;
    size_t i = tw_key_map_find(&set->index->ids, id, strlen(id));
    if (i != SIZE_MAX)
        return &set->tasks[i];
    long number;
    char key[KEY_MAX];
    enum family family = parse_id(id, &number);
    if (number < 0)
        return NULL;
    snprintf(key, sizeof(key), "%ld", number);
    i = tw_key_map_find(&set->index->numbers, key, strlen(key));
    if (i == SIZE_MAX || !fits(set->index->families[i], family))
        return NULL;
    return &set->tasks[i];
}

/* The first task stands for all: a set is of one family. */
bool tw_taskset_kin(const struct tw_taskset *set, const char *id)
{
    long number;
    enum family family = parse_id(id, &number);
    return number >= 0 && set->index && fits(set->index->families[0], family);
}
