/*
 * layout_plus.c - HumanEval+ and MBPP+: inputs instead of assertions.
 *
 * The inputs stay text: they hold integers of any size, which the JSON reader
 * would refuse.
 */
#include "tasks/task_priv.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

extern const char tw_plus_tests[]; /* plus_tests.py */

/* NAME = "TEXT" in Python.  The inputs are text within text, so that the tests'
 * own Python parses them, with integers of any size. */
static void add_assignment(struct tw_buf *b, const char *name, const char *text)
{
    tw_buf_addf(b, "%s = ", name);
    tw_json_adds(b, text); /* a string for Python too */
    tw_buf_addc(b, '\n');
}

/* The assert program for the base inputs, or for both kinds.  It runs the
 * reference beside the candidate, on a copy of the arguments each, because a
 * function may change what it is given. */
static const char *program(struct tw_arena *a, const struct tw_task *t,
                           const char *reference, bool mbpp, bool plus)
{
    struct tw_buf b;
    long number = 0; /* of no rule for arguments: see plus_tests.py */
    if (mbpp)
        number = tw_task_number(t->id);
    tw_buf_init(&b, 8 * TW_RECORD_MAX);
    tw_buf_adds(&b, tw_plus_tests);
    add_assignment(&b, "_tw_entry", t->entry);
    add_assignment(&b, "_tw_reference", reference);
    add_assignment(&b, "_tw_base", t->base_inputs);
    if (plus)
        add_assignment(&b, "_tw_plus", t->plus_inputs);
    tw_buf_addf(&b,
                "\n\ndef check(candidate):\n"
                "    space = {\"__name__\": \"reference\"}\n"
                "    exec(_tw_reference, space)\n"
                "    reference = space[_tw_entry]\n"
                "    inputs = _tw_inputs(_tw_base, %ld)\n",
                number);
    if (plus)
        tw_buf_addf(&b, "    inputs += _tw_inputs(_tw_plus, %ld)\n", number);
    tw_buf_adds(&b, "    for args in inputs:\n"
                    "        want = reference(*_tw_copy.deepcopy(args))\n"
                    "        assert _tw_same(");
    tw_buf_addf(&b, "%s, _tw_entry, args,\n", mbpp ? "True" : "False");
    tw_buf_adds(&b, "            candidate(*_tw_copy.deepcopy(args)), want, ");
    tw_json_add_number(&b, t->abs_tol);
    tw_buf_adds(&b, ")\n");
    return tw_task_keep(a, &b);
}

/* Is it a list, as far as its ends tell?  The program reads it in full, and a
 * mistake inside is then a failure of the canonical solution, which the report
 * names. */
static bool is_list(const char *text)
{
    size_t n = strlen(text);
    return n >= 2 && text[0] == '[' && text[n - 1] == ']';
}

/* Both lists of inputs as text, and how far a float may be off.  A negative
 * tolerance would fail everything, a large one would pass everything. */
static enum tw_status read_inputs(struct tw_task_reader *r,
                                  const struct tw_json *record,
                                  struct tw_task *t, struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_records *f = r->records;
    TW_TRY(tw_records_text(f, record, "base_input", a, &t->base_inputs, err));
    TW_TRY(tw_records_text(f, record, "plus_input", a, &t->plus_inputs, err));
    if (!is_list(t->base_inputs) || !is_list(t->plus_inputs))
        return tw_records_fail(
            f, TW_EFORMAT, err, "has something else than a list in '%s'",
            is_list(t->base_inputs) ? "plus_input" : "base_input");
    const struct tw_json *atol = tw_json_get(record, "atol");
    t->abs_tol = tw_json_number(atol, 0);
    if (!(t->abs_tol >= 0 && t->abs_tol <= 1))
        return tw_records_fail(f, TW_EFORMAT, err,
                               "has an 'atol' that is not between 0 and 1");
    return TW_OK;
}

/* HumanEval+ or MBPP+, which the ids tell. */
static enum tw_status check_kind(struct tw_task_reader *r,
                                 const struct tw_task *t, bool mbpp,
                                 struct tw_err *err)
{
    enum tw_layout layout = TW_LAYOUT_HUMANEVAL_PLUS;
    if (mbpp)
        layout = TW_LAYOUT_MBPP_PLUS;
    if (!mbpp && strncasecmp(t->id, "HumanEval/", 10) != 0)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has '%.40s': neither HumanEval/ nor Mbpp/ in "
                               "the 'task_id'",
                               t->id);
    if (r->has_lang && r->set->layout != layout)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has '%.40s', another set than '%.40s'", t->id,
                               r->tasks[0].id);
    r->set->layout = layout;
    r->set->lang = TW_LANG_PYTHON;
    r->has_lang = true;
    return TW_OK;
}

/* HumanEval+ continues its prompt, MBPP+ has whole programs; the rest of the
 * two layouts is one. */
enum tw_status tw_task_plus(struct tw_task_reader *r,
                            const struct tw_json *record, struct tw_task *t,
                            struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_records *f = r->records;
    t->line = f->line;
    TW_TRY(tw_task_id(r, record, &t->id, err));
    TW_TRY(tw_records_text(f, record, "prompt", a, &t->prompt, err));
    TW_TRY(tw_records_text(f, record, "entry_point", a, &t->entry, err));
    TW_TRY(tw_records_text(f, record, "canonical_solution", a, &t->canonical,
                           err));
    bool mbpp = strncasecmp(t->id, "Mbpp/", 5) == 0;
    TW_TRY(check_kind(r, t, mbpp, err));
    TW_TRY(read_inputs(r, record, t, err));
    const char *reference = t->canonical;
    t->canonical_whole = mbpp;
    if (!mbpp) {
        t->stub = tw_task_join(a, t->prompt, "    pass\n");
        reference = tw_task_join(a, t->prompt, t->canonical);
    }
    TW_TRY(tw_task_check(r, err));
    tw_task_default_stops(t, TW_LANG_PYTHON);
    t->base_tests = program(a, t, reference, mbpp, false);
    t->tests = program(a, t, reference, mbpp, true);
    return tw_task_check(r, err);
}
