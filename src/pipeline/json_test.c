/* One test's result as an element of "tests" in run.json. */
#include "pipeline/pipe_priv.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

#include "base/banned.h"

static void add_text(struct tw_buf *b, const char *key, const char *text)
{
    tw_buf_addf(b, "\"%s\": ", key);
    if (text)
        tw_json_adds(b, text);
    else
        tw_buf_adds(b, "null");
}

static void add_bool(struct tw_buf *b, const char *key, bool v)
{
    tw_buf_addf(b, "\"%s\": %s", key, v ? "true" : "false");
}

static void add_cases(struct tw_buf *b, const struct tw_writer_result *r)
{
    const struct tw_candidate *best =
        r->chosen < r->n_candidates ? &r->candidates[r->chosen] : NULL;

    tw_buf_adds(b, ", \"cases\": [");
    for (size_t i = 0; i < r->cases.n; i++) {
        const struct tw_case *c = &r->cases.list[i];
        tw_buf_adds(b, i ? ",\n  {" : "\n  {");
        add_text(b, "call", c->call);
        tw_buf_adds(b, ", ");
        add_text(b, "want", c->want_text);
        tw_buf_adds(b, ", ");
        add_text(b, "origin", tw_case_origin_name(c->origin));
        tw_buf_adds(b, ", ");
        add_text(b, "source", c->source);
        tw_buf_adds(b, ", ");
        add_text(b, "reason", c->reason);
        tw_buf_adds(b, ", ");
        add_bool(b, "in_prompt", c->in_prompt);
        tw_buf_adds(b, ", ");
        bool judged = best && best->cases;
        add_text(b, "verdict",
                 judged ? tw_case_verdict_name(best->cases[i].verdict) : NULL);
        tw_buf_adds(b, ", ");
        add_text(b, "got", judged ? best->cases[i].got : NULL);
        tw_buf_addc(b, '}');
    }
    tw_buf_adds(b, "]");
}

static void add_candidate(struct tw_buf *b, const struct tw_writer_result *r,
                          const struct tw_candidate *c)
{
    tw_buf_adds(b, "{\"text\": ");
    tw_json_add_string(b, c->text ? c->text : "", c->text_len);
    tw_buf_adds(b, ", ");
    add_text(b, "code", c->code);
    tw_buf_adds(b, ", ");
    add_text(b, "loss", tw_loss_name(c->loss));
    tw_buf_adds(b, ", ");
    add_text(b, "cause", c->cause);
    tw_buf_adds(b, ", ");
    add_bool(b, "loaded", c->loaded);
    tw_buf_addf(b, ", \"passed\": %zu, \"tokens\": %zu, \"duplicate_of\": %zu",
                c->n_passed, c->n_tokens, c->duplicate_of);
    tw_buf_addf(b,
                ", \"asserts\": %zu, \"right\": %zu, \"wrong\": %zu, "
                "\"failing\": %zu, \"logprob\": ",
                c->n_asserts, c->n_right, c->n_wrong, c->n_failing);
    tw_json_add_number(b, c->logprob);
    tw_buf_adds(b, ", \"verdicts\": [");
    for (size_t i = 0; c->cases && i < r->cases.n; i++)
        tw_buf_addf(b, "%s\"%s\"", i ? ", " : "",
                    tw_case_verdict_name(c->cases[i].verdict));
    tw_buf_adds(b, "]}");
}

static void add_result(struct tw_buf *b, const struct tw_writer_result *r)
{
    const struct tw_case_counts *n = &r->cases.counts;

    tw_buf_addf(b,
                ", \"counts\": {\"drawn\": %zu, \"refused\": %zu, "
                "\"undefined\": %zu, \"duplicates\": %zu, "
                "\"contradictions\": %zu}, ",
                n->drawn, n->refused, n->undefined, n->duplicates,
                n->contradictions);
    add_text(b, "cases_sha256", r->cases.sha256);
    tw_buf_adds(b, ", ");
    add_text(b, "prompt", r->cases.prompt);
    tw_buf_addf(b, ", \"prompt_tokens\": %zu, \"candidates\": [",
                r->n_prompt_tokens);
    for (size_t i = 0; i < r->n_candidates; i++) {
        tw_buf_adds(b, i ? ",\n  " : "\n  ");
        add_candidate(b, r, &r->candidates[i]);
    }
    tw_buf_adds(b, "], \"chosen\": ");
    if (r->chosen < r->n_candidates)
        tw_buf_addf(b, "%zu", r->chosen);
    else
        tw_buf_adds(b, "null");
    tw_buf_adds(b, ", \"tcer\": ");
    tw_json_add_number(b, r->tcer);
    tw_buf_adds(b, ", \"consensus\": ");
    tw_json_add_number(b, r->consensus);
    tw_buf_addf(b, ", \"repeats\": %u, ", r->n_repeats);
    add_bool(b, "stable", r->stable);
    tw_buf_addf(b, ", \"mutants\": %zu, \"killed\": %zu, \"findings\": [",
                r->n_mutants, r->n_killed);
    for (size_t i = 0; i < r->n_findings; i++) {
        tw_buf_adds(b, i ? ", " : "");
        tw_json_adds(b, r->findings[i]);
    }
    tw_buf_adds(b, "]");
}

static void add_script(struct tw_buf *b, const struct tw_script *s,
                       const char *path)
{
    tw_buf_adds(b, "{");
    add_text(b, "format", s->format);
    tw_buf_adds(b, ", ");
    add_text(b, "path", path);
    tw_buf_adds(b, ", ");
    add_text(b, "sha256", s->sha256);
    tw_buf_adds(b, ", ");
    add_text(b, "text", s->text);
    tw_buf_adds(b, "}");
}

void tw_pipe_add_test(struct tw_buf *b, const struct pipe_test *t,
                      const struct tw_writer_result *r,
                      const char *const *paths)
{
    const struct tw_spec_test *s = t->test;

    tw_buf_adds(b, "{");
    add_text(b, "suite", t->spec->id);
    tw_buf_adds(b, ", ");
    add_text(b, "id", s->id);
    tw_buf_adds(b, ", ");
    add_text(b, "title", s->title);
    tw_buf_adds(b, ", \"requirement\": [");
    for (size_t i = 0; i < s->n_requirement; i++) {
        tw_buf_adds(b, i ? ", " : "");
        tw_json_adds(b, s->requirement[i]);
    }
    tw_buf_adds(b, "], ");
    add_text(b, "description", s->description);
    tw_buf_adds(b, ", ");
    add_text(b, "call", s->call.text);
    tw_buf_adds(b, ", ");
    add_text(b, "sha256", s->sha256);
    tw_buf_adds(b, ", ");
    add_text(b, "spec", t->spec->path);
    tw_buf_adds(b, ", ");
    add_text(b, "status", tw_writer_status_name(r->status));
    tw_buf_adds(b, ", ");
    add_bool(b, "accepted", r->accepted);
    tw_buf_adds(b, ", ");
    add_bool(b, "unverified", r->unverified);
    tw_buf_adds(b, ", ");
    add_text(b, "cause", r->cause);
    add_cases(b, r);
    add_result(b, r);
    /* "script" is the first of them, for readers that know one format. */
    tw_buf_adds(b, ", \"script\": ");
    if (r->n_scripts)
        add_script(b, &r->scripts[0], paths[0]);
    else
        tw_buf_adds(b, "null");
    tw_buf_adds(b, ", \"scripts\": [");
    for (size_t i = 0; i < r->n_scripts; i++) {
        if (i)
            tw_buf_adds(b, ", ");
        add_script(b, &r->scripts[i], paths[i]);
    }
    tw_buf_adds(b, "]");
    tw_buf_addf(b,
                ", \"times\": {\"cases_s\": %.3f, \"model_s\": %.3f, "
                "\"judge_s\": %.3f, \"total_s\": %.3f}}",
                r->times.cases_s, r->times.model_s, r->times.judge_s,
                r->times.total_s);
}
