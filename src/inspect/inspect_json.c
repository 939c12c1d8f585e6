/*
 * inspect_json.c - the findings of inspect for programs.
 *
 * Everything is there, also what the text cuts after twenty lines. The members
 * of a file that does not parse are its name, "readable": false and the cause:
 * a reader must ask for "readable" first.
 */
#include "inspect/inspect_show.h"

#include "base/banned.h"

/* Places in a program with a reason each; the kind is missing where there is
 * only one. */
static void add_notes(struct tw_json_out *o, const char *key,
                      const struct tw_inspect_note *notes, size_t n)
{
    tw_json_out_array(o, key);
    for (size_t i = 0; i < n; i++) {
        tw_json_out_object(o, NULL);
        tw_json_out_int(o, "line", notes[i].line);
        tw_json_out_text(o, "what", notes[i].what);
        if (*notes[i].kind)
            tw_json_out_text(o, "kind", notes[i].kind);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* One on a line: people search this file with grep. */
static void add_functions(struct tw_json_out *o, const struct tw_inspection *in)
{
    tw_json_out_array(o, "functions");
    for (size_t i = 0; i < in->n_functions; i++) {
        const struct tw_inspect_function *f = &in->functions[i];
        if (i)
            tw_json_out_line(o, 2);
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "name", f->name);
        tw_json_out_int(o, "line", f->line);
        tw_json_out_int(o, "last_line", f->last_line);
        tw_json_out_int(o, "complexity", f->complexity);
        tw_json_out_int(o, "statements", f->statements);
        tw_json_out_int(o, "nesting", f->nesting);
        tw_json_out_int(o, "parameters", f->params);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* Lines and statements are counted by the language's own parser where there is
 * one. "vacuous_tests" stands only where there is a test at all; false would
 * say something else than "no tests". */
void tw_inspect_json(struct tw_json_out *o, const char *name,
                     const struct tw_inspection *in)
{
    tw_json_out_text(o, "file", name);
    tw_json_out_bool(o, "readable", in->readable);
    if (!in->readable) {
        tw_json_out_text(o, "cause", in->cause);
        return;
    }
    tw_json_out_int(o, "lines", in->n_lines);
    tw_json_out_int(o, "blank", in->n_blank);
    tw_json_out_int(o, "comment_lines", in->n_comment);
    tw_json_out_short(o, "comment_share", tw_inspect_comment_share(in), 6);
    tw_json_out_int(o, "statements", in->n_statements);
    tw_json_out_int(o, "tokens", in->n_tokens);
    tw_json_out_int(o, "complexity_max", tw_inspect_complexity_max(in));
    tw_json_out_int(o, "assertions", in->n_asserts);
    tw_json_out_int(o, "tests", in->n_tests);
    if (in->n_asserts || in->n_tests)
        tw_json_out_bool(o, "vacuous_tests", tw_inspect_is_vacuous(in));
    add_functions(o, in);
    add_notes(o, "unsafe", in->unsafe, in->n_unsafe);
    add_notes(o, "vacuous", in->vacuous, in->n_vacuous);
}

/* Counts and what is missing, so that the share needs no rounding here. A
 * branch is [from, to], see struct tw_branch. */
void tw_coverage_json(struct tw_json_out *o, const struct tw_coverage *c)
{
    tw_json_out_line(o, 1);
    tw_json_out_object(o, "coverage");
    tw_json_out_bool(o, "measured", c->measured);
    if (!c->measured) {
        tw_json_out_text(o, "cause", c->cause);
        tw_json_out_end(o);
        return;
    }
    tw_json_out_text(o, "tests_end", c->end);
    tw_json_out_count(o, "statements", c->n_statements);
    tw_json_out_count(o, "executed", c->n_executed);
    tw_json_out_count(o, "branches", c->n_branches);
    tw_json_out_count(o, "taken", c->n_taken);
    tw_json_out_array(o, "missed_lines");
    for (size_t i = 0; i < c->n_statements - c->n_executed; i++)
        tw_json_out_int(o, NULL, c->missed_lines[i]);
    tw_json_out_end(o);
    tw_json_out_array(o, "missed_branches");
    for (size_t i = 0; i < c->n_branches - c->n_taken; i++) {
        tw_json_out_array(o, NULL);
        tw_json_out_int(o, NULL, c->missed_branches[i].from);
        tw_json_out_int(o, NULL, c->missed_branches[i].to);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* All of them, also those that were noticed: the score can be checked. */
static void add_mutants(struct tw_json_out *o, const struct tw_mutation *m)
{
    tw_json_out_array(o, "mutants");
    for (size_t i = 0; i < m->n_mutants; i++) {
        const struct tw_mutant *x = &m->mutants[i];
        if (i)
            tw_json_out_line(o, 2);
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "operator", x->op);
        tw_json_out_int(o, "line", x->line);
        tw_json_out_text(o, "what", x->what);
        tw_json_out_text(o, "fate", tw_mutant_fate_name(x->fate));
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

/* All fates, also with 0: a table over many programs has the same columns for
 * each. */
static void add_fates(struct tw_json_out *o, const struct tw_mutation *m)
{
    tw_json_out_object(o, "fates");
    for (size_t i = 0; i < TW_MUTANT_FATES; i++)
        tw_json_out_count(o, tw_mutant_fate_name((enum tw_mutant_fate)i),
                          m->fates[i]);
    tw_json_out_end(o);
}

/* low and high are the 95 % interval of the score, which comes from a sample
 * of all possible faults. The seed is given because it decided which. */
void tw_mutation_json(struct tw_json_out *o, const struct tw_mutation *m,
                      uint64_t seed)
{
    tw_json_out_line(o, 1);
    tw_json_out_object(o, "mutation");
    tw_json_out_bool(o, "tests_pass", m->passes);
    if (!m->passes) {
        tw_json_out_count(o, "score", 0);
        tw_json_out_text(o, "cause", m->cause);
        tw_json_out_end(o);
        return;
    }
    tw_json_out_number(o, "score", m->score);
    tw_json_out_number(o, "low", m->low);
    tw_json_out_number(o, "high", m->high);
    tw_json_out_number(o, "score_assertions_only", m->score_assert);
    tw_json_out_count(o, "sites", m->n_sites);
    tw_json_out_count(o, "run", m->n_mutants);
    tw_json_out_count(o, "seed", seed);
    tw_json_out_object(o, "left_out");
    tw_json_out_count(o, "equivalent", m->n_equivalent);
    tw_json_out_count(o, "duplicate", m->n_duplicate);
    tw_json_out_count(o, "uncompilable", m->n_uncompilable);
    tw_json_out_end(o);
    add_fates(o, m);
    tw_json_out_fixed(o, "seconds", m->seconds, 3);
    add_mutants(o, m);
    tw_json_out_end(o);
}
