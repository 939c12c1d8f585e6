/*
 * emit_text.c - what all formats share: the head of a script, and the gates
 * that foreign text must pass.
 *
 * Whatever users or models wrote goes through one of two gates:
 * tw_emit_comment() for comments, tw_emit_string() for strings; so a
 * description cannot break out of its place.
 */
#include "answer/prompt.h"
#include "base/file.h"
#include "base/utf8.h"
#include "writer/emit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { TEXT_MAX = 4 << 20, LINE_BYTES = 512, WRAP = 76 };

void tw_emit_comment(struct tw_buf *b, const char *key, const char *text)
{
    struct tw_buf words, safe;
    tw_buf_init(&words, TEXT_MAX);
    tw_buf_init(&safe, TEXT_MAX);
    tw_prompt_words(&words, text);
    tw_utf8_add_safe(&safe, tw_buf_text(&words), words.len);
    const char *p = tw_buf_text(&safe);
    tw_buf_adds(b, "#");
    if (*key)
        tw_buf_addf(b, " %s", key);
    size_t column = strlen(key) + 2;
    while (*p) {
        size_t n = strcspn(p, " ");
        if (column + n + 1 > WRAP && column > 6) {
            tw_buf_adds(b, "\n#   ");
            column = 4;
        }
        tw_buf_addc(b, ' ');
        tw_buf_add(b, p, n);
        column += n + 1;
        p += n + (p[n] == ' ');
    }
    tw_buf_addc(b, '\n');
    tw_buf_release(&words);
    tw_buf_release(&safe);
}

/* Long texts are cut here; those of users have bounds of their own. */
TW_PRINTF(3, 4)
static void commentf(struct tw_buf *b, const char *key, const char *fmt, ...)
{
    char text[LINE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    tw_emit_comment(b, key, text);
}

/* "# key a, b, c"; nothing for an empty list. */
static void comment_list(struct tw_buf *b, const char *key,
                         const char *const *items, size_t n)
{
    struct tw_buf list;
    tw_buf_init(&list, TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        if (i)
            tw_buf_adds(&list, ", ");
        tw_buf_adds(&list, items[i]);
    }
    if (n)
        tw_emit_comment(b, key, tw_buf_text(&list));
    tw_buf_release(&list);
}

/* By the writer of Python values, which escapes whatever a text may hold. */
void tw_emit_string(struct tw_work *w, struct tw_buf *b, const char *text)
{
    struct tw_pyval *v = tw_helper_str(w->a, text);
    if (v)
        tw_pyval_source(b, v);
}

void tw_emit_case_name(struct tw_buf *b, const struct tw_case *c, size_t i)
{
    tw_buf_addf(b, "test_%02zu_%s", i + 1, tw_case_origin_name(c->origin));
}

/* First of all: whether a reader may rely on the script. */
static void add_status(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    struct tw_buf line;
    tw_buf_init(&line, TEXT_MAX);
    if (r->status == TW_WRITER_WEAK)
        tw_buf_addf(&line, "WEAK, %s", r->cause);
    else if (r->accepted)
        tw_buf_addf(&line, "ACCEPTED (%s)", r->cause);
    else
        tw_buf_addf(&line, "NOT ACCEPTED, %s (%s)",
                    tw_writer_status_name(r->status), r->cause);
    tw_emit_comment(b, "Status:", tw_buf_text(&line));
    tw_buf_release(&line);
}

/* What the expected values come from: a reader judges that first. */
static void add_oracle(struct tw_buf *b, const struct tw_spec_oracle *o)
{
    switch (o->kind) {
    case TW_SPEC_ORACLE_EXPR:
    case TW_SPEC_ORACLE_REFERENCE:
    case TW_SPEC_ORACLE_ERROR:
        commentf(b, "Oracle:", "%s: %.400s", tw_spec_oracle_name(o->kind),
                 o->expect);
        return;
    case TW_SPEC_ORACLE_PROPERTY:
    case TW_SPEC_ORACLE_METAMORPHIC:
        commentf(b, "Oracle:", "%s: %.400s", tw_spec_oracle_name(o->kind),
                 o->that);
        return;
    case TW_SPEC_ORACLE_ASSERT:
        commentf(b, "Oracle:", "%zu asserts", o->n_cases);
        return;
    case TW_SPEC_ORACLE_EXAMPLE:
        tw_emit_comment(b, "Oracle:", "an example");
        return;
    }
}

/* How far the evidence reaches, and the question that would widen it. */
static void add_strength(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    const struct tw_question *q = &r->question;
    for (size_t i = 0; i < w->test->n_oracles; i++)
        add_oracle(b, &w->test->oracles[i]);
    if (*r->strength)
        tw_emit_comment(b, "Strength:", r->strength);
    if (q->call)
        commentf(b, "Question:", "%.200s: is it %.80s or %.80s?", q->call,
                 q->values[0], q->values[1]);
    if (r->outside)
        tw_emit_comment(b, "Question:", r->outside);
}

/* Inputs that are no cases, and faults that the search cannot show. */
static void add_left_out(struct tw_work *w, struct tw_buf *b)
{
    enum { SHOWN = 3 };
    const struct tw_case_counts *n = &w->r->cases.counts;
    const struct tw_strength *s = &w->r->cases.strength;
    if (n->refused)
        commentf(b, "Left out:", "%zu inputs that break 'require'", n->refused);
    const char *why = w->r->cases.why_no_value;
    if (!why)
        why = "the oracle has none";
    if (n->undefined)
        commentf(b, "Left out:", "%zu inputs without an expected value: %.160s",
                 n->undefined, why);
    if (s->n_left)
        commentf(b, "Left out:",
                 "%zu variants of the oracle that no input told apart",
                 s->n_left);
    for (size_t i = 0; i < s->n_left && i < SHOWN; i++)
        commentf(b, "  as", "%.200s", s->left[i]);
}

/* Which data the inputs come from, so that the script can be made again. */
static void add_data(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_spec *s = w->in->spec;
    for (size_t i = 0; i < s->n_data && w->in->trials; i++) {
        const struct tw_trial *t = w->in->trials[i];
        if (t)
            commentf(b, "Data:", "%.100s, SHA-256 %s", s->data[i]->name,
                     t->sha256);
    }
}

/* No date, no host and no folder: the same run writes the same bytes, and a
 * script under version control changes only when its content does. */
void tw_emit_header(struct tw_work *w, struct tw_buf *b, const char *how)
{
    const struct tw_spec_test *t = w->test;
    const struct tw_writer_result *r = w->r;
    tw_buf_adds(b, TW_EMIT_MARK);
    if (w->env->version && *w->env->version)
        tw_buf_addf(b, " %s", w->env->version);
    tw_buf_addf(b, "; %s.\n#\n", how);
    add_status(w, b);
    add_strength(w, b);
    commentf(b, "Test:", "%.64s - %.300s", t->id, t->title);
    comment_list(b, "Requirement:", t->requirement, t->n_requirement);
    tw_emit_comment(b, "Description:", t->description);
    commentf(b, "Specification:", "%.200s, SHA-256 of the test %s",
             tw_file_basename(w->in->spec->path), t->sha256);
    add_data(w, b);
    if (w->env->llm) {
        tw_emit_comment(b, "Model:", tw_llm_description(w->env->llm));
        tw_emit_comment(b, "Model SHA-256:", tw_llm_sha256(w->env->llm));
    }
    commentf(b, "Seed:", "%llu", (unsigned long long)w->env->seed);
    commentf(b, "Cases:", "%zu, SHA-256 %s", r->cases.n, r->cases.sha256);
    if (r->chosen != TW_SPEC_NONE && r->candidates[r->chosen].opened &&
        *r->candidates[r->chosen].opened)
        tw_emit_comment(b, "Reaches for, as the project allows:",
                        r->candidates[r->chosen].opened);
    add_left_out(w, b);
    if (r->unverified)
        tw_emit_comment(b, "Unverified:",
                        "no oracle; expected values are a vote of the "
                        "candidates");
    tw_buf_addc(b, '\n');
}
