/*
 * json_test.c - one test's result as an element of "tests" in run.json.
 *
 * The element is made when the test is judged, and goes into the journal as
 * text; a later run that finds the test done takes the text as it is.
 * docs/formats/run.md describes the members. What is unknown is null and not
 * left out, so that a reader can tell "no" from "not asked".
 */
#include "pipeline/pipe_priv.h"

#include "base/json_out.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

/* What became of a case with the chosen script; null for both while no script
 * was chosen, so that the report shows a gap and not a failure. */
static void add_judgement(struct tw_json_out *o,
                          const struct tw_writer_result *r, size_t i)
{
    const struct tw_case_result *judged = NULL;

    if (r->chosen < r->n_candidates && r->candidates[r->chosen].cases)
        judged = &r->candidates[r->chosen].cases[i];
    if (!judged) {
        tw_json_out_null(o, "verdict");
        tw_json_out_null(o, "got");
        return;
    }
    tw_json_out_text(o, "verdict", tw_case_verdict_name(judged->verdict));
    tw_json_out_text(o, "got", judged->got);
}

/* One case a line: people compare run.json of two runs with diff. */
static void add_cases(struct tw_json_out *o, const struct tw_writer_result *r)
{
    tw_json_out_array(o, "cases");
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct tw_case *c = &r->cases.list[i];
        tw_json_out_line(o, 2);
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "call", c->call);
        tw_json_out_text(o, "want", c->want_text);
        tw_json_out_text(o, "origin", tw_case_origin_name(c->origin));
        tw_json_out_text(o, "source", c->source);
        tw_json_out_text(o, "reason", c->reason);
        tw_json_out_bool(o, "in_prompt", c->in_prompt);
        add_judgement(o, r, i);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
}

static const char *text_or_empty(const char *text)
{
    if (!text)
        return "";
    return text;
}

/* An answer that was lost early has no code and no verdicts, but its text:
 * nothing that the model said is thrown away. */
static void add_candidate(struct tw_json_out *o,
                          const struct tw_writer_result *r,
                          const struct tw_candidate *c)
{
    tw_json_out_object(o, NULL);
    if (c->text)
        tw_json_out_bytes(o, "text", c->text, c->text_len);
    else
        tw_json_out_text(o, "text", "");
    tw_json_out_text(o, "code", c->code);
    tw_json_out_text(o, "loss", tw_loss_name(c->loss));
    tw_json_out_text(o, "cause", c->cause);
    tw_json_out_text(o, "opened", text_or_empty(c->opened));
    tw_json_out_bool(o, "loaded", c->loaded);
    tw_json_out_count(o, "passed", c->n_passed);
    tw_json_out_count(o, "tokens", c->n_tokens);
    tw_json_out_count(o, "duplicate_of", c->duplicate_of);
    tw_json_out_count(o, "asserts", c->n_asserts);
    tw_json_out_count(o, "right", c->n_right);
    tw_json_out_count(o, "wrong", c->n_wrong);
    tw_json_out_count(o, "failing", c->n_failing);
    tw_json_out_number(o, "logprob", c->logprob);
    tw_json_out_array(o, "verdicts");
    for (size_t i = 0; c->cases && i < r->cases.n; i++)
        tw_json_out_text(o, NULL, tw_case_verdict_name(c->cases[i].verdict));
    tw_json_out_end(o);
    tw_json_out_end(o);
}

static void add_candidates(struct tw_json_out *o,
                           const struct tw_writer_result *r)
{
    tw_json_out_array(o, "candidates");
    for (size_t i = 0; i < r->n_candidates; i++) {
        tw_json_out_line(o, 2);
        add_candidate(o, r, &r->candidates[i]);
    }
    tw_json_out_end(o);
    if (r->chosen < r->n_candidates)
        tw_json_out_count(o, "chosen", r->chosen);
    else
        tw_json_out_null(o, "chosen");
}

/* Where inputs went on the way from data to cases: a 'require' that lets hardly
 * anything through, or an oracle that often raises, is seen in these. */
static void add_counts(struct tw_json_out *o, const struct tw_case_counts *n)
{
    tw_json_out_object(o, "counts");
    tw_json_out_count(o, "drawn", n->drawn);
    tw_json_out_count(o, "refused", n->refused);
    tw_json_out_count(o, "undefined", n->undefined);
    tw_json_out_count(o, "duplicates", n->duplicates);
    tw_json_out_count(o, "contradictions", n->contradictions);
    tw_json_out_end(o);
}

/* What the verdict rests on beside the cases. */
static void add_evidence(struct tw_json_out *o,
                         const struct tw_writer_result *r)
{
    tw_json_out_number(o, "tcer", r->tcer);
    tw_json_out_number(o, "consensus", r->consensus);
    tw_json_out_count(o, "repeats", r->n_repeats);
    tw_json_out_bool(o, "stable", r->stable);
    tw_json_out_count(o, "mutants", r->n_mutants);
    tw_json_out_count(o, "killed", r->n_killed);
    tw_json_out_array(o, "findings");
    for (size_t i = 0; i < r->n_findings; i++)
        tw_json_out_text(o, NULL, r->findings[i]);
    tw_json_out_end(o);
}

/* How far that evidence reaches; docs/formats/run.md explains the words.  All
 * figures are there for each kind: what was not asked is 0 then. */
static void add_strength(struct tw_json_out *o,
                         const struct tw_writer_result *r)
{
    const struct tw_strength *s = &r->cases.strength;

    tw_json_out_object(o, "strength");
    tw_json_out_text(o, "kind", tw_evidence_name(r->evidence));
    tw_json_out_text(o, "text", r->strength);
    tw_json_out_count(o, "searched", r->n_searched);
    tw_json_out_count(o, "variants", s->n_variants);
    tw_json_out_count(o, "told_apart", s->n_variants - s->n_left);
    tw_json_out_count(o, "outcomes", s->n_branches);
    tw_json_out_count(o, "reached", s->n_reached);
    tw_json_out_array(o, "left");
    for (size_t i = 0; i < s->n_left; i++)
        tw_json_out_text(o, NULL, s->left[i]);
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* The input on which two answers that pass everything differ, and how many
 * answers are on each side: a vote is no proof, but a reader who must decide
 * wants to know. */
static void add_open_question(struct tw_json_out *o,
                              const struct tw_question *q)
{
    if (!q->call) {
        tw_json_out_null(o, "question");
        return;
    }
    tw_json_out_object(o, "question");
    tw_json_out_text(o, "call", q->call);
    tw_json_out_array(o, "answers");
    for (size_t i = 0; i < 2; i++) {
        tw_json_out_object(o, NULL);
        tw_json_out_text(o, "value", q->values[i]);
        tw_json_out_count(o, "candidates", q->votes[i]);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
    tw_json_out_end(o);
}

static void add_script(struct tw_json_out *o, const char *key,
                       const struct tw_script *s, const char *path)
{
    tw_json_out_object(o, key);
    tw_json_out_text(o, "format", s->format);
    tw_json_out_text(o, "path", path);
    tw_json_out_text(o, "sha256", s->sha256);
    tw_json_out_text(o, "ran_by", s->ran_by);
    tw_json_out_text(o, "text", s->text);
    tw_json_out_end(o);
}

/* The scripts and where they were written, none when no answer was chosen;
 * "script" is the first, for readers that know one format. */
static void add_scripts(struct tw_json_out *o, const struct tw_writer_result *r,
                        const char *const *paths)
{
    if (r->n_scripts)
        add_script(o, "script", &r->scripts[0], paths[0]);
    else
        tw_json_out_null(o, "script");
    tw_json_out_array(o, "scripts");
    for (size_t i = 0; i < r->n_scripts; i++)
        add_script(o, NULL, &r->scripts[i], paths[i]);
    tw_json_out_end(o);
}

static void add_times(struct tw_json_out *o, const struct tw_writer_result *r)
{
    tw_json_out_object(o, "times");
    tw_json_out_fixed(o, "cases_s", r->times.cases_s, 3);
    tw_json_out_fixed(o, "model_s", r->times.model_s, 3);
    tw_json_out_fixed(o, "judge_s", r->times.judge_s, 3);
    tw_json_out_fixed(o, "total_s", r->times.total_s, 3);
    tw_json_out_end(o);
}

/* What the test asks for, from its specification: a report can be read years
 * later, without the files. */
static void add_question(struct tw_json_out *o, const struct pipe_test *t)
{
    const struct tw_spec_test *s = t->test;

    tw_json_out_text(o, "suite", t->spec->id);
    tw_json_out_text(o, "id", s->id);
    tw_json_out_text(o, "title", s->title);
    tw_json_out_array(o, "requirement");
    for (size_t i = 0; i < s->n_requirement; i++)
        tw_json_out_text(o, NULL, s->requirement[i]);
    tw_json_out_end(o);
    tw_json_out_text(o, "description", s->description);
    tw_json_out_text(o, "call", s->call.text);
    tw_json_out_text(o, "sha256", s->sha256);
    tw_json_out_text(o, "spec", t->spec->path);
}

/* The answer that came closest, and the first case in which it is wrong: what
 * the cause says in words. */
static void add_nearest(struct tw_json_out *o, const struct tw_writer_result *r)
{
    if (r->status != TW_WRITER_REJECTED || r->chosen >= r->n_candidates)
        return;
    const struct tw_candidate *c = &r->candidates[r->chosen];
    for (size_t i = 0; c->cases && i < r->cases.n; i++) {
        const struct tw_case *k = &r->cases.list[i];
        if (c->cases[i].verdict == TW_CASE_PASS)
            continue;
        tw_json_out_object(o, "nearest");
        tw_json_out_count(o, "candidate", r->chosen);
        tw_json_out_count(o, "passed", c->n_passed);
        tw_json_out_count(o, "cases", r->cases.n);
        tw_json_out_text(o, "call", k->call);
        tw_json_out_text(o, "got", c->cases[i].got);
        tw_json_out_text(o, "want", k->want_text);
        tw_json_out_end(o);
        return;
    }
}

/* The order of members is part of the format: a run that goes on takes old
 * elements from the journal as they are, beside new ones. */
void tw_pipe_add_test(struct tw_buf *b, const struct pipe_test *t,
                      const struct tw_writer_result *r,
                      const char *const *paths)
{
    struct tw_json_out o;

    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    add_question(&o, t);
    tw_json_out_text(&o, "status", tw_writer_status_name(r->status));
    tw_json_out_bool(&o, "accepted", r->accepted);
    tw_json_out_bool(&o, "unverified", r->unverified);
    tw_json_out_text(&o, "cause", r->cause);
    add_nearest(&o, r);
    if (r->outside)
        tw_json_out_text(&o, "outside", r->outside);
    add_cases(&o, r);
    add_counts(&o, &r->cases.counts);
    tw_json_out_text(&o, "cases_sha256", r->cases.sha256);
    tw_json_out_text(&o, "prompt", r->cases.prompt);
    tw_json_out_count(&o, "prompt_tokens", r->n_prompt_tokens);
    add_candidates(&o, r);
    add_evidence(&o, r);
    add_strength(&o, r);
    add_open_question(&o, &r->question);
    add_scripts(&o, r, paths);
    add_times(&o, r);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
}
