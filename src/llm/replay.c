/*
 * replay.c - recorded answers: read once, sorted by task, found by bisection.
 */
#include "llm/replay.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ARENA_MAX ((size_t)1 << 32)

struct record {
    const char *id; /* of the task; in the arena */
    size_t order;   /* of the line in the file */
    struct tw_replay_answer answer;
};

struct tw_replay {
    struct tw_arena arena;
    struct record *records; /* (n), room for cap: sorted by id, then order */
    size_t n, cap;
    struct tw_replay_answer *answers; /* (n): of records, side by side */
};

/* NULL: out of memory.  NUL-terminated. */
static char *copy(struct tw_replay *r, const char *text, size_t n)
{
    char *p = tw_arena_alloc(&r->arena, n + 1, 1);

    if (p)
        memcpy(p, text, n);
    return p;
}

/* Make room for one more record. */
static bool grow(struct tw_replay *r)
{
    size_t cap = 256;

    if (r->n < r->cap)
        return true;
    if (r->cap)
        cap = 2 * r->cap;
    struct record *more = tw_mem_resize(r->records, cap * sizeof(*more));
    if (!more)
        return false;
    r->records = more;
    r->cap = cap;
    return true;
}

/* Copies both texts. */
static enum tw_status add(struct tw_replay *r, const char *id, const char *text,
                          size_t n, struct tw_err *err)
{
    if (!grow(r))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answers");
    struct record *x = &r->records[r->n];
    *x = (struct record){ copy(r, id, strlen(id)), r->n, { NULL, n } };
    x->answer.text = copy(r, text, n);
    if (!x->id || !x->answer.text)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answers");
    r->n++;
    return TW_OK;
}

/* The task of a line, or NULL.  MBPP has numbers, which become texts in room.
 */
static const char *id_of(const struct tw_json *line, char room[32])
{
    const struct tw_json *v = tw_json_get(line, "id");

    if (!v)
        v = tw_json_get(line, "task_id");
    if (v && tw_json_kind(v) == TW_JSON_INT) {
        snprintf(room, 32, "%lld", (long long)tw_json_int(v, 0));
        return room;
    }
    return tw_json_text(v, NULL);
}

/* One line: an answer, or an array of answers of one task. */
static enum tw_status add_record(struct tw_replay *r,
                                 const struct tw_json *line, struct tw_err *err)
{
    static const char *const KEYS[] = { "completion", "solution" };
    const struct tw_json *samples = tw_json_get(line, "samples");
    char room[32];
    const char *id = id_of(line, room), *text;
    size_t n;

    if (!id)
        return tw_fail(err, TW_EFORMAT, 0, "missing 'id' or 'task_id'");
    for (size_t i = 0; i < TW_ARRAY_LEN(KEYS); i++) {
        text = tw_json_text(tw_json_get(line, KEYS[i]), &n);
        if (text)
            return add(r, id, text, n, err);
    }
    if (!samples || tw_json_kind(samples) != TW_JSON_ARRAY)
        return tw_fail(err, TW_EFORMAT, 0,
                       "missing 'completion', 'solution' or 'samples'");
    for (size_t i = 0; i < tw_json_len(samples); i++) {
        text = tw_json_text(tw_json_at(samples, i), &n);
        if (!text)
            return tw_fail(err, TW_EFORMAT, 0, "'samples' holds no texts");
        TW_TRY(add(r, id, text, n, err));
    }
    return TW_OK;
}

/* A line is one JSON object; its tree is gone afterwards, so add() copies. */
static enum tw_status add_line(struct tw_replay *r, const char *line, size_t n,
                               struct tw_err *err)
{
    struct tw_json *root;

    TW_TRY(tw_json_parse_loose(&root, line, n, err));
    enum tw_status st = add_record(r, root, err);
    tw_json_free(root);
    return st;
}

/* By task, and in the order of the file inside of one: sample i of a task is
 * its i-th line, in every run. */
static int compare(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int by_id = strcmp(x->id, y->id);

    if (by_id)
        return by_id;
    return (x->order > y->order) - (x->order < y->order);
}

/* All lines; the first bad one is reported with its number.  Answers are put
 * side by side at the end, when their number is known. */
static enum tw_status load(struct tw_replay *r, const struct tw_file_map *map,
                           const char *path, struct tw_err *err)
{
    struct tw_err why = { 0 };
    size_t n_line = 0;

    for (size_t at = 0; at < map->len;) {
        const char *line = (const char *)map->bytes + at;
        size_t n = tw_json_line_len(line, map->len - at);

        at += n + 1;
        n_line++;
        if (tw_json_is_blank(line, n))
            continue;
        enum tw_status st = add_line(r, line, n, &why);
        if (st != TW_OK)
            return tw_fail(err, st, 0, "cannot read '%s' line %zu: %s", path,
                           n_line, why.msg);
    }
    if (r->n)
        qsort(r->records, r->n, sizeof(*r->records), compare);
    r->answers = tw_arena_alloc(&r->arena, r->n, sizeof(*r->answers));
    if (!r->answers)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answers");
    for (size_t i = 0; i < r->n; i++)
        r->answers[i] = r->records[i].answer;
    TW_ASSERT(r->n <= r->cap);
    return TW_OK;
}

enum tw_status tw_replay_open(struct tw_replay **out, const char *path,
                              struct tw_err *err)
{
    struct tw_file_map map;
    struct tw_replay *r;

    *out = NULL;
    TW_TRY(tw_file_map_open(&map, path, err));
    r = tw_mem_zeroed(1, sizeof(*r));
    if (!r) {
        tw_file_map_close(&map);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for answers");
    }
    tw_arena_init(&r->arena, ARENA_MAX);
    enum tw_status st = load(r, &map, path, err);
    st = tw_file_map_end(&map, st, err);
    if (st != TW_OK)
        tw_replay_free(r);
    else
        *out = r;
    return st;
}

/* Texts are in the arena; only the list of records is not. */
void tw_replay_free(struct tw_replay *r)
{
    if (!r)
        return;
    tw_arena_release(&r->arena);
    free(r->records);
    free(r);
}

size_t tw_replay_count(const struct tw_replay *r)
{
    return r->n;
}

size_t tw_replay_find(const struct tw_replay *r, const char *id,
                      const struct tw_replay_answer **answers)
{
    size_t low = 0, high = r->n, n = 0;

    /* The first record whose id is not before. */
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (strcmp(r->records[mid].id, id) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    TW_ASSERT(low == high && low <= r->n);
    while (low + n < r->n && strcmp(r->records[low + n].id, id) == 0)
        n++;
    *answers = r->answers + low;
    return n;
}
