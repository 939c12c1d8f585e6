/*
 * question.c - the one question whose answer would settle a weak test.
 *
 * Two answers pass all that was asked, and differ on an input: a person who
 * says what is right there decides between them.  The smallest such input that
 * the search finds is the question.  Where one answer only came through, a
 * faulty variant of it that passes as well stands in for the other.
 */
#include <string.h>

#include "cases/search.h"
#include "writer/hunt.h"

#include "base/banned.h"

enum {
    RIVALS_MAX = 8,  /* programs: each is a job of some 50 ms */
    SHRINK_MAX = 40, /* rounds of three jobs */
    SHOW_CHARS = 120,
};

#define CHUNK_BYTES ((size_t)512 << 20)

/* Programs that pass all cases; the chosen one first. */
struct rivals {
    const char *code[RIVALS_MAX];
    size_t votes[RIVALS_MAX]; /* answers with this code; 0: a variant */
    size_t n;
};

/* Where two programs differ. */
struct split {
    size_t input, other; /* index into the list, into the rivals */
};

static void add_rival(struct rivals *v, const char *code, size_t votes)
{
    if (v->n == RIVALS_MAX)
        return;
    v->code[v->n] = code;
    v->votes[v->n++] = votes;
}

static size_t votes_of(const struct tw_writer_result *r, size_t i)
{
    size_t n = 0;
    for (size_t k = 0; k < r->n_candidates; k++)
        n += r->candidates[k].duplicate_of == i;
    return n;
}

static void find_answers(const struct tw_work *w, struct rivals *v)
{
    const struct tw_writer_result *r = w->r;
    v->n = 0;
    add_rival(v, r->candidates[r->chosen].code, votes_of(r, r->chosen));
    for (size_t i = 0; i < r->n_candidates; i++) {
        const struct tw_candidate *c = &r->candidates[i];
        if (i != r->chosen && c->duplicate_of == i && c->loaded &&
            c->n_passed == r->cases.n)
            add_rival(v, c->code, votes_of(r, i));
    }
}

/* Variants of the chosen answer that no case tells from it. */
static enum tw_status find_variants(struct tw_work *w, struct rivals *v)
{
    struct tw_variants variants;
    v->n = 1;
    TW_TRY(tw_judge_variants(w, v->code[0], &variants));
    for (size_t i = 0; i < variants.n; i++) {
        struct tw_candidate variant = { .code = variants.texts[i] };
        TW_TRY(tw_judge_program(w, variants.texts[i], 0, &variant));
        if (variant.n_passed == w->r->cases.n)
            add_rival(v, variants.texts[i], 0);
    }
    return TW_OK;
}

/* Values differ beyond rounding, or one raises and the other does not.  Two
 * exceptions are one outcome: which of them matters to nobody here. */
static bool differ(const struct tw_py_result *a, const struct tw_py_result *b)
{
    const struct tw_pyval_tol tol = { 1e-9, 1e-9, true };
    if (a->outcome == TW_PY_VALUE && b->outcome == TW_PY_VALUE)
        return !tw_pyval_equal(b->value, a->value, tol);
    bool known = a->outcome != TW_PY_MISSING && b->outcome != TW_PY_MISSING;
    return known && a->outcome != b->outcome;
}

/* The first input on which a rival differs from the first one; one with two
 * values before one with an exception.  results: a row for each rival. */
static bool find_split(const struct rivals *v, struct tw_py_result *const *rows,
                       size_t n, struct split *out)
{
    bool found = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 1; k < v->n; k++) {
            if (!differ(&rows[0][i], &rows[k][i]))
                continue;
            bool values = rows[0][i].outcome == TW_PY_VALUE &&
                          rows[k][i].outcome == TW_PY_VALUE;
            if (values || !found)
                *out = (struct split){ i, k };
            found = true;
            if (values)
                return true;
        }
    return found;
}

static enum tw_status run_all(struct tw_work *w, const struct rivals *v,
                              const struct tw_search_list *list,
                              struct tw_arena *a, struct tw_py_result **rows)
{
    for (size_t k = 0; k < v->n; k++)
        TW_TRY(tw_hunt_run(w, v->code[k], list, a, &rows[k]));
    return TW_OK;
}

static const char *show(const struct tw_work *w, const struct tw_py_result *r)
{
    if (r->outcome == TW_PY_VALUE)
        return tw_helper_show(r->value, SHOW_CHARS, w->a);
    if (r->outcome == TW_PY_EXCEPTION)
        return tw_arena_textf(w->a, "an exception, %s", r->type);
    return tw_arena_textf(w->a, "a value of type %s", r->type);
}

/* The question of one split, in the test's arena. */
static enum tw_status take(struct tw_work *w, const struct rivals *v,
                           struct tw_arena *a,
                           const struct tw_search_list *list,
                           struct tw_py_result *const *rows, struct split s)
{
    struct tw_question *q = &w->r->question;
    const struct tw_search_input *in = &list->list[s.input];
    const size_t at = s.input;
    struct tw_search_known known;
    TW_TRY(tw_search_confirm(w->pool, &in, 1, a, &known, w->err));
    *q = (struct tw_question){ .call = tw_case_call(w->pool, known.args,
                                                    known.n_args) };
    q->values[0] = show(w, &rows[0][at]);
    q->values[1] = show(w, &rows[s.other][at]);
    for (size_t k = 0; k < v->n; k++)
        q->votes[differ(&rows[0][at], &rows[k][at])] += v->votes[k];
    return tw_arena_check(w->a, "a question", w->err);
}

/* One round: a smaller input that splits them too, or *to NULL. */
static enum tw_status shrink_once(struct tw_work *w, const struct rivals *v,
                                  struct tw_arena *a,
                                  const struct tw_search_input *from,
                                  const struct tw_search_input **to)
{
    struct tw_py_result *rows[RIVALS_MAX];
    struct tw_search_list list;
    struct split s;
    *to = NULL;
    TW_TRY(tw_search_smaller(w->pool, from, a, &list, w->err));
    if (!list.n)
        return TW_OK;
    TW_TRY(run_all(w, v, &list, a, rows));
    if (!find_split(v, rows, list.n, &s))
        return TW_OK;
    *to = &list.list[s.input];
    return take(w, v, a, &list, rows, s);
}

/* All of a search in one arena: a question is small, and so are its inputs. */
static enum tw_status search(struct tw_work *w, const struct rivals *v,
                             struct tw_arena *a)
{
    struct tw_py_result *rows[RIVALS_MAX];
    struct tw_search_list list;
    struct split s;
    TW_TRY(tw_search_chunk(w->pool, "", 0, a, &list, w->err));
    TW_TRY(run_all(w, v, &list, a, rows));
    if (!find_split(v, rows, list.n, &s))
        return TW_OK;
    const struct tw_search_input *in = &list.list[s.input];
    TW_TRY(take(w, v, a, &list, rows, s));
    for (size_t i = 0; i < SHRINK_MAX && in; i++)
        TW_TRY(shrink_once(w, v, a, in, &in));
    return TW_OK;
}

static enum tw_status search_apart(struct tw_work *w, const struct rivals *v)
{
    struct tw_arena a;
    tw_arena_init(&a, CHUNK_BYTES);
    enum tw_status st = search(w, v, &a);
    tw_arena_release(&a);
    return st;
}

/* Code under test is one program: there are no two to choose from. */
enum tw_status tw_judge_question(struct tw_work *w)
{
    struct rivals v;
    if (w->n_files || w->r->chosen == TW_SPEC_NONE)
        return TW_OK;
    find_answers(w, &v);
    if (v.n > 1)
        TW_TRY(search_apart(w, &v));
    if (w->r->question.call)
        return TW_OK;
    TW_TRY(find_variants(w, &v));
    if (v.n > 1)
        return search_apart(w, &v);
    return TW_OK;
}
