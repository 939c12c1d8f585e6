/*
 * writer.c - one test from end to end: cases, prompt, answers, verdicts,
 * choice, scripts.
 *
 * Two ways part after the answers were taken apart: candidates are functions,
 * judged by the cases; or, with code under test, they are scripts, whose
 * assertions are judged by the specification (undertest.c).
 */
#include "writer/writer.h"

#include "answer/extract.h"
#include "answer/prompt.h"
#include "base/clock.h"
#include "writer/emit.h"

#include <string.h>

#include "base/banned.h"

enum {
    CANDIDATES_DEFAULT = 8,
    TOKENS_DEFAULT = 320, /* of one answer */
    ANSWER_TOKENS = 160,  /* room that a prompt leaves */
};

/* The stream of random numbers hangs on the test's own seed and id: a test
 * keeps its cases when others are added to the project. */
static struct tw_work work_of(const struct tw_writer_env *env,
                              const struct tw_case_source *in,
                              struct tw_arena *a, struct tw_writer_result *r,
                              struct tw_err *err)
{
    uint64_t seed = env->seed ^ (in->test->sample.seed * 0x9e3779b97f4a7c15u);
    struct tw_rng root = tw_rng_seeded(seed);
    return (struct tw_work){
        .env = env,
        .in = in,
        .test = in->test,
        .call = &in->test->call,
        .a = a,
        .r = r,
        .err = err,
        .rng = tw_rng_split(&root, in->test->id, 0),
        .cases = &r->cases,
    };
}

/* Take the longest case out of the prompt; false when none is left.  The case
 * stays a case: only the model does not see it. */
static bool drop_longest(struct tw_cases *cases)
{
    struct tw_case *longest = NULL;
    for (size_t i = 0; i < cases->n; i++) {
        struct tw_case *c = &cases->list[i];
        if (c->in_prompt &&
            (!longest || strlen(c->text) > strlen(longest->text)))
            longest = c;
    }
    if (longest)
        longest->in_prompt = false;
    return longest != NULL;
}

/* Leave room for an answer, at the price of cases: the longest goes first,
 * since one of those frees the room of several short ones. */
static enum tw_status fit_prompt(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    for (;;) {
        r->n_prompt_tokens = tw_llm_count_tokens(w->env->llm, r->cases.prompt,
                                                 strlen(r->cases.prompt));
        size_t context = tw_llm_context(w->env->llm);
        bool fits = context > ANSWER_TOKENS &&
                    r->n_prompt_tokens <= context - ANSWER_TOKENS;
        if (fits || !drop_longest(&r->cases))
            return TW_OK;
        TW_TRY(tw_cases_prompt(&r->cases, w->err));
    }
}

/* All that can be done without a model.  The result starts out empty, since
 * callers keep it on their stack. */
static enum tw_status prepare(struct tw_work *w)
{
    double start = tw_clock_mono();
    memset(w->r, 0, sizeof(*w->r));
    w->r->chosen = TW_SPEC_NONE;
    w->r->cause = "";
    struct tw_case_env env = { .jail = w->env->jail,
                               .rng = w->rng,
                               .n_cases = w->env->n_cases,
                               .prompt_chars = w->env->prompt_chars,
                               .search_code = w->env->search_code };
    TW_TRY(tw_cases_make(&w->r->cases, &env, w->in, w->a, w->err));
    w->pool = w->r->cases.work;
    if (w->env->llm)
        TW_TRY(fit_prompt(w));
    w->r->times.cases_s = tw_clock_mono() - start;
    return TW_OK;
}

/* Settings: 0 or a negative share means the default. */
static size_t number_or(size_t n, size_t otherwise)
{
    if (n)
        return n;
    return otherwise;
}

static float share_or(double x, float otherwise)
{
    if (x < 0.0)
        return otherwise;
    return (float)x;
}

/* All answers in one request: the model reads the prompt once. */
static enum tw_status ask(struct tw_work *w)
{
    const struct tw_writer_env *env = w->env;
    size_t n = number_or(env->n_candidates, CANDIDATES_DEFAULT);
    if (n > TW_WRITER_CANDIDATE_MAX)
        n = TW_WRITER_CANDIDATE_MAX;
    struct tw_llm_answer *answers = tw_arena_alloc(w->a, n, sizeof(*answers));
    w->r->candidates = tw_arena_alloc(w->a, n, sizeof(*w->r->candidates));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    struct tw_rng seed = tw_rng_split(&w->rng, "model", 0);
    struct tw_llm_request req = {
        .prompt = w->r->cases.prompt,
        .prompt_len = strlen(w->r->cases.prompt),
        .n_samples = n,
        .max_tokens = number_or(env->max_tokens, TOKENS_DEFAULT),
        .temperature = share_or(env->temperature, 0.7f),
        .top_p = share_or(env->top_p, 0.95f),
        .seed = tw_rng_u64(&seed),
        .id = w->test->id,
    };
    double start = tw_clock_mono();
    TW_TRY(tw_llm_generate(env->llm, &req, w->a, answers, &w->r->llm,
                           env->progress, w->err));
    w->r->times.model_s = tw_clock_mono() - start;
    w->r->n_candidates = n;
    for (size_t i = 0; i < n; i++) {
        w->r->candidates[i] = (struct tw_candidate){
            .text = "",
            .text_len = answers[i].len,
            .logprob = answers[i].logprob,
            .n_tokens = answers[i].n_tokens,
            .code = "",
            .cause = "",
            .duplicate_of = i,
        };
        if (answers[i].text)
            w->r->candidates[i].text = answers[i].text;
    }
    return TW_OK;
}

/* Why an answer is no program, as a class to count and a line to read. */
static void mark_loss(struct tw_arena *a, struct tw_candidate *c,
                      const struct tw_extract_result *x)
{
    static const struct {
        enum tw_loss loss;
        const char *cause;
    } losses[] = {
        [TW_EXTRACT_OK] = { TW_LOSS_NONE, "" },
        [TW_EXTRACT_NO_CODE] = { TW_LOSS_NO_CODE, "the answer has no code" },
        [TW_EXTRACT_NO_ENTRY] = { TW_LOSS_NO_ENTRY,
                                  "the code does not define the function" },
        [TW_EXTRACT_SYNTAX] = { TW_LOSS_SYNTAX, "the code does not compile" },
        [TW_EXTRACT_HARNESS] = { TW_LOSS_HARNESS,
                                 "the answer could not be taken apart" },
    };
    c->code = x->code;
    c->loss = losses[x->class].loss;
    c->cause = losses[x->class].cause;
    if (c->loss == TW_LOSS_NO_ENTRY && x->note[0])
        c->cause = tw_arena_textf(a, "%s, %.80s", c->cause, x->note);
}

/* Small models repeat themselves: each program is judged once. */
static void find_duplicates(struct tw_writer_result *r)
{
    for (size_t i = 0; i < r->n_candidates; i++) {
        struct tw_candidate *c = &r->candidates[i];
        for (size_t j = 0; j < i && c->code[0]; j++) {
            if (strcmp(r->candidates[j].code, c->code) == 0) {
                c->duplicate_of = r->candidates[j].duplicate_of;
                break;
            }
        }
    }
}

/* "def NAME(PARAMS) -> T:" for answers that continue it: base models write the
 * body and no head. */
static const char *head_of(struct tw_work *w)
{
    size_t n = strlen(w->call->text);
    char *head = tw_arena_alloc(w->a, n + 8, 1);
    if (!head)
        return "";
    memcpy(head, "def ", 4);
    memcpy(head + 4, w->call->text, n);
    memcpy(head + 4 + n, ":\n", 2);
    return head;
}

/* From answers to programs, all in one job (answer/extract.h). */
static enum tw_status extract(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    size_t n = r->n_candidates;
    struct tw_extract_answer *answers =
        tw_arena_alloc(w->a, n + 1, sizeof(*answers));
    struct tw_extract_result *out = tw_arena_alloc(w->a, n + 1, sizeof(*out));
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    for (size_t i = 0; i < n; i++)
        answers[i] = (struct tw_extract_answer){ r->candidates[i].text,
                                                 r->candidates[i].text_len };
    struct tw_extract_task task = { .entry = w->call->name };
    if (w->in->spec->n_code)
        task.tests = true;
    else
        task.head = head_of(w);
    TW_TRY(tw_extract_run(w->env->jail, w->a, &task, answers, n, out, w->err));
    for (size_t i = 0; i < n; i++)
        mark_loss(w->a, &r->candidates[i], &out[i]);
    find_duplicates(r);
    return TW_OK;
}

/* Without any oracle the candidates are each other's judges.  One case without
 * an expected value is enough to make the whole test unverified. */
static bool needs_consensus(const struct tw_work *w)
{
    for (size_t i = 0; i < w->cases->n; i++)
        if (w->cases->list[i].kind == TW_CASE_CONSENSUS)
            return true;
    return false;
}

/* Every candidate against every case, then the choice. */
static enum tw_status judge_functions(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    bool consensus = needs_consensus(w);
    TW_TRY(tw_judge_reach(w));
    if (consensus)
        TW_TRY(tw_judge_consensus(w));
    for (size_t i = 0; i < r->n_candidates; i++) {
        struct tw_candidate *c = &r->candidates[i];
        if (!tw_progress_step(w->env->progress, "judge", i, r->n_candidates,
                              w->test->id))
            return tw_fail(w->err, TW_ECANCELED, 0, "stopped in test '%s'",
                           w->test->id);
        if (c->duplicate_of != i)
            tw_judge_share(c, &r->candidates[c->duplicate_of]);
        else if (r->cases.n)
            TW_TRY(tw_judge_candidate(w, c));
    }
    TW_TRY(tw_judge_select(w));
    if (!consensus || r->status == TW_WRITER_CONTRADICTION)
        return TW_OK;
    /* A vote is no evidence: never accepted, whatever the cases said. */
    const char *cause = "no oracle, and fewer than 10 candidates to vote";
    if (r->consensus > 0.0)
        cause =
            tw_arena_textf(w->a, "no oracle: %.0f %% of %zu candidates agree",
                           100.0 * r->consensus, r->n_candidates);
    tw_judge_end(w, TW_WRITER_UNVERIFIED, cause);
    return TW_OK;
}

/* Times are for reports; no decision rests on a clock. */
enum tw_status tw_writer_test(const struct tw_writer_env *env,
                              const struct tw_case_source *in,
                              struct tw_arena *a, struct tw_writer_result *r,
                              struct tw_err *err)
{
    struct tw_work w = work_of(env, in, a, r, err);
    double start = tw_clock_mono();
    TW_TRY(prepare(&w));
    TW_TRY(ask(&w));
    double judged = tw_clock_mono();
    TW_TRY(extract(&w));
    if (in->spec->n_code)
        TW_TRY(tw_undertest_judge(&w));
    else
        TW_TRY(judge_functions(&w));
    TW_TRY(tw_judge_evidence(&w));
    TW_TRY(tw_emit_scripts(&w));
    r->times.judge_s = tw_clock_mono() - judged;
    r->times.total_s = tw_clock_mono() - start;
    return TW_OK;
}
