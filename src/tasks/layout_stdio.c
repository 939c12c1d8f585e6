/*
 * layout_stdio.c - tasks of stdin and stdout as records, CodeContests' way.
 */
#include "tasks/task_priv.h"

#include <string.h>

#include "base/banned.h"

/* Where the cases of a record stand; generated ones are hidden too. */
static const char *const GROUPS[] = { "public_tests", "private_tests",
                                      "generated_tests" };

/* Cases of the group; 0 where it is missing. */
static size_t group_len(const struct tw_json *record, size_t g)
{
    return tw_json_len(tw_json_get(tw_json_get(record, GROUPS[g]), "input"));
}

/* Texts may hold anything but must be texts: CodeContests has no numbers there,
 * and a number would lose its form. */
static enum tw_status read_case(struct tw_task_reader *r, size_t g,
                                const struct tw_json *in,
                                const struct tw_json *out, struct tw_io_case *c,
                                struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const char *in_text = tw_json_text(in, &c->n_in);
    const char *out_text = tw_json_text(out, &c->n_out);
    if (!in_text || !out_text)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has something else than text in '%s'",
                               GROUPS[g]);
    c->in = tw_arena_text(a, in_text, c->n_in);
    c->out = tw_arena_text(a, out_text, c->n_out);
    return tw_task_check(r, err);
}

/* The n-th output belongs to the n-th input, so lists of different lengths are
 * refused and not cut. */
static enum tw_status read_group(struct tw_task_reader *r,
                                 const struct tw_json *record, size_t g,
                                 struct tw_io_case *cases, size_t *n_cases,
                                 struct tw_err *err)
{
    const struct tw_json *group = tw_json_get(record, GROUPS[g]);
    const struct tw_json *in = tw_json_get(group, "input");
    const struct tw_json *out = tw_json_get(group, "output");
    size_t n = group_len(record, g);
    if (tw_json_kind(group) == TW_JSON_NULL)
        return TW_OK;
    if (tw_json_kind(in) != TW_JSON_ARRAY || tw_json_kind(out) != TW_JSON_ARRAY)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks the lists 'input' and 'output' in '%s'",
                               GROUPS[g]);
    if (tw_json_len(out) != n)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has %zu inputs and %zu outputs in '%s'", n,
                               tw_json_len(out), GROUPS[g]);
    for (size_t i = 0; i < n; i++)
        TW_TRY(read_case(r, g, tw_json_at(in, i), tw_json_at(out, i),
                         &cases[(*n_cases)++], err));
    return TW_OK;
}

/* All cases, counted first, so that there is one allocation for them. */
static enum tw_status read_cases(struct tw_task_reader *r,
                                 const struct tw_json *record,
                                 struct tw_task *t, struct tw_err *err)
{
    size_t n = 0;
    for (size_t g = 0; g < TW_ARRAY_LEN(GROUPS); g++)
        n += group_len(record, g);
    struct tw_io_case *cases =
        tw_arena_alloc(&r->set->arena, n + 1, sizeof(*cases));
    TW_TRY(tw_task_check(r, err));
    for (size_t g = 0; g < TW_ARRAY_LEN(GROUPS); g++) {
        TW_TRY(read_group(r, record, g, cases, &t->n_cases, err));
        if (g == 0)
            t->n_public = t->n_cases;
    }
    t->cases = cases;
    if (t->n_cases == 0)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "lacks a case in 'public_tests' and "
                               "'private_tests'");
    return TW_OK;
}

/* CodeContests' numbers of languages; C++ is the first choice. */
static const struct {
    int64_t number;
    enum tw_lang lang;
} LANGS[] = { { 2, TW_LANG_CPP }, { 3, TW_LANG_PYTHON }, { 4, TW_LANG_JAVA } };

/* The first solution in a language; NULL when there is none. */
static const char *solution_in(const struct tw_json *solutions, int64_t number)
{
    const struct tw_json *langs = tw_json_get(solutions, "language");
    const struct tw_json *texts = tw_json_get(solutions, "solution");
    for (size_t i = 0; i < tw_json_len(langs); i++)
        if (tw_json_int(tw_json_at(langs, i), 0) == number)
            return tw_json_text(tw_json_at(texts, i), NULL);
    return NULL;
}

/* One accepted program, all of them in one language. */
static enum tw_status read_solution(struct tw_task_reader *r,
                                    const struct tw_json *record,
                                    struct tw_task *t, struct tw_err *err)
{
    const struct tw_json *solutions = tw_json_get(record, "solutions");
    const char *text = tw_json_text(tw_json_at(solutions, 0), NULL);
    for (size_t i = 0; i < TW_ARRAY_LEN(LANGS) && !text; i++) {
        if (r->has_lang && r->set->lang != LANGS[i].lang)
            continue;
        text = solution_in(solutions, LANGS[i].number);
        if (text && !r->has_lang) {
            r->set->lang = LANGS[i].lang;
            r->has_lang = true;
        }
    }
    t->canonical_whole = true;
    if (text)
        t->canonical = tw_arena_text(&r->set->arena, text, strlen(text));
    return tw_task_check(r, err);
}

/* The limit of time is a number, or seconds and nanoseconds, as protocol
 * buffers write it; one that makes no sense is as good as none. */
enum tw_status tw_task_stdio(struct tw_task_reader *r,
                             const struct tw_json *record, struct tw_task *t,
                             struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_json *limit = tw_json_get(record, "time_limit");
    t->line = r->records->line;
    if (!r->has_lang)
        r->set->lang = TW_LANG_CPP;
    TW_TRY(tw_records_text(r->records, record, "name", a, &t->id, err));
    if (!*t->id || strlen(t->id) > TW_TASK_ID_MAX)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has a 'name' of no or too many bytes");
    TW_TRY(
        tw_records_text(r->records, record, "description", a, &t->prompt, err));
    TW_TRY(read_cases(r, record, t, err));
    t->time_s = tw_json_number(limit, 0) +
                tw_json_number(tw_json_get(limit, "seconds"), 0) +
                tw_json_number(tw_json_get(limit, "nanos"), 0) / 1e9;
    if (!(t->time_s >= 0 && t->time_s <= 3600))
        t->time_s = 0;
    return read_solution(r, record, t, err);
}
