/*
 * inspect_text.c - the findings of inspect for people.
 *
 * A screen, not a log: every list ends after twenty lines and says how many
 * are left. Names and causes come from the programs and are made harmless for
 * a terminal.
 */
#include "inspect/inspect_show.h"

#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

enum { SHOWN_MAX = 20 }; /* of a list; JSON has all of it */

/* Of nothing, nothing was reached: 0 and not 100, or an empty program would
 * look well tested. */
static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

/* "line 8: strcpy (buffer)": where, what, and of which kind if there are
 * several. */
static void text_note(struct tw_buf *b, const struct tw_inspect_note *n)
{
    tw_buf_addf(b, "    line %d: ", n->line);
    tw_utf8_add_line(b, n->what, strlen(n->what));
    if (*n->kind)
        tw_buf_addf(b, " (%s)", n->kind);
    tw_buf_addc(b, '\n');
}

/* Nothing at all for an empty list: what is fine needs no line. */
static void text_notes(struct tw_buf *b, const char *title,
                       const struct tw_inspect_note *notes, size_t n)
{
    if (n)
        tw_buf_addf(b, "  %s: %zu\n", title, n);
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
        text_note(b, &notes[i]);
    if (n > SHOWN_MAX)
        tw_buf_addf(b, "    and %zu more\n", n - SHOWN_MAX);
}

/* The share of comments is that of lines which are not blank. Assertions are
 * counted only where there are tests. */
void tw_inspect_text(struct tw_buf *b, const char *name,
                     const struct tw_inspection *in)
{
    tw_utf8_add_line(b, name, strlen(name));
    if (!in->readable) {
        tw_buf_adds(b, ": does not parse: ");
        tw_utf8_add_line(b, in->cause, strlen(in->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    tw_buf_addf(b,
                ": %d lines (%d blank, %.1f %% of the others comments), %d "
                "statements, %d tokens\n"
                "  complexity at most %d\n",
                in->n_lines, in->n_blank, 100.0 * tw_inspect_comment_share(in),
                in->n_statements, in->n_tokens, tw_inspect_complexity_max(in));
    for (size_t i = 0; i < in->n_functions && i < SHOWN_MAX; i++) {
        const struct tw_inspect_function *f = &in->functions[i];
        tw_buf_addf(b, "    line %d: ", f->line);
        tw_utf8_add_line(b, f->name, strlen(f->name));
        tw_buf_addf(b,
                    "(): complexity %d, %d lines, %d statements, nesting %d, "
                    "%d parameters\n",
                    f->complexity, f->last_line - f->line + 1, f->statements,
                    f->nesting, f->params);
    }
    text_notes(b, "unsafe calls", in->unsafe, in->n_unsafe);
    if (in->n_asserts || in->n_tests)
        tw_buf_addf(b, "  assertions: %d, test functions: %d\n", in->n_asserts,
                    in->n_tests);
    text_notes(b, "vacuous assertions", in->vacuous, in->n_vacuous);
}

/* Where a list of so many items ends: those that are not shown are hinted at.
 */
static void end_list(struct tw_buf *b, size_t n)
{
    if (n > SHOWN_MAX)
        tw_buf_adds(b, ", ...");
    if (n)
        tw_buf_addc(b, '\n');
}

/* The numbers go into an editor's "go to line"; ranges would be shorter, but
 * not easier to use. */
static void text_missed_lines(struct tw_buf *b, const struct tw_coverage *c)
{
    size_t n = c->n_statements - c->n_executed;
    const char *before = "    lines not executed: ";

    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        tw_buf_addf(b, "%s%d", before, c->missed_lines[i]);
        before = ", ";
    }
    end_list(b, n);
}

/* Python's branches go from line to line, and to 0 or less where a function
 * ends; those of C have a number in their line. */
static void text_missed_branches(struct tw_buf *b, bool python,
                                 const struct tw_coverage *c)
{
    size_t n = c->n_branches - c->n_taken;
    const char *before = "    branches not taken: ";

    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        const struct tw_branch *w = &c->missed_branches[i];
        tw_buf_addf(b, "%s%d", before, w->from);
        if (!python)
            tw_buf_addf(b, " way %d", w->to);
        else if (w->to <= 0)
            tw_buf_adds(b, " to the end");
        else
            tw_buf_addf(b, " to %d", w->to);
        before = ", ";
    }
    end_list(b, n);
}

/* How the tests ended stands first: coverage of tests that stopped early says
 * little. */
void tw_coverage_text(struct tw_buf *b, bool python,
                      const struct tw_coverage *c)
{
    if (!c->measured) {
        tw_buf_adds(b, "  coverage: not measured: ");
        tw_utf8_add_line(b, c->cause, strlen(c->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    tw_buf_addf(b,
                "  coverage (tests: %s): statements %zu of %zu (%.1f %%), "
                "branches %zu of %zu (%.1f %%)\n",
                c->end, c->n_executed, c->n_statements,
                percent(c->n_executed, c->n_statements), c->n_taken,
                c->n_branches, percent(c->n_taken, c->n_branches));
    text_missed_lines(b, c);
    text_missed_branches(b, python, c);
}

/* However it was noticed: a crash that the fault causes counts, too. */
static size_t n_killed(const struct tw_mutation *m)
{
    return m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_ERROR] +
           m->fates[TW_MUTANT_TIMEOUT] + m->fates[TW_MUTANT_CRASH];
}

/* The faults that nobody noticed: the reason to use the command. Each is a
 * test that is missing, or a change that changes nothing. */
static void text_survivors(struct tw_buf *b, const struct tw_mutation *m)
{
    size_t shown = 0;
    for (size_t i = 0; i < m->n_mutants && shown < SHOWN_MAX; i++) {
        const struct tw_mutant *x = &m->mutants[i];
        if (x->fate != TW_MUTANT_SURVIVED)
            continue;
        tw_buf_addf(b, "    survived: line %d, %s: ", x->line, x->op);
        tw_utf8_add_line(b, x->what, strlen(x->what));
        tw_buf_adds(b, "\n");
        shown++;
    }
    if (m->fates[TW_MUTANT_SURVIVED] > shown)
        tw_buf_addf(b, "    and %zu more\n",
                    m->fates[TW_MUTANT_SURVIVED] - shown);
}

/* Mutants that say nothing about the tests, and why. Equivalent ones do what
 * the program does; counted as survivors they would blame the tests. */
static void text_left_out(struct tw_buf *b, const struct tw_mutation *m,
                          uint64_t seed)
{
    double rate = 0;

    if (m->seconds > 0)
        rate = (double)m->n_mutants / m->seconds;
    tw_buf_addf(b,
                "\n    %zu of %zu mutants run, seed %llu; left out: "
                "%zu equivalent, %zu duplicate, %zu uncompilable, %zu harness; "
                "%.1f mutants/s\n",
                m->n_mutants, m->n_sites, (unsigned long long)seed,
                m->n_equivalent + m->fates[TW_MUTANT_EQUIVALENT],
                m->n_duplicate,
                m->n_uncompilable + m->fates[TW_MUTANT_UNCOMPILABLE],
                m->fates[TW_MUTANT_HARNESS], rate);
}

/* Two scores: any end of the tests counts as noticed, or a failed assertion
 * only, which is how MuTAP counts. They differ where a fault makes the program
 * crash by itself. */
void tw_mutation_text(struct tw_buf *b, const struct tw_mutation *m,
                      uint64_t seed)
{
    if (!m->passes) {
        tw_buf_adds(b, "  mutation score: 0, the tests do not pass on the "
                       "program: ");
        tw_utf8_add_line(b, m->cause, strlen(m->cause));
        tw_buf_adds(b, "\n");
        return;
    }
    size_t n = n_killed(m) + m->fates[TW_MUTANT_SURVIVED];
    tw_buf_addf(b, "  mutation score: ");
    if (n)
        tw_buf_addf(
            b, "%.1f %% (95 %% interval %.1f to %.1f): %zu of %zu killed",
            100.0 * m->score, 100.0 * m->low, 100.0 * m->high, n_killed(m), n);
    else
        tw_buf_adds(b, "none, no mutant counts");
    tw_buf_addf(b, "\n    assertion %zu, error %zu, timeout %zu, crash %zu",
                m->fates[TW_MUTANT_ASSERTION], m->fates[TW_MUTANT_ERROR],
                m->fates[TW_MUTANT_TIMEOUT], m->fates[TW_MUTANT_CRASH]);
    if (m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_SURVIVED])
        tw_buf_addf(b, "; by assertions only (MuTAP) %.1f %%",
                    100.0 * m->score_assert);
    text_left_out(b, m, seed);
    text_survivors(b, m);
}
