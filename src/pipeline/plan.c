/*
 * plan.c - what a run would do, and how long the rest takes: measured, not
 * guessed.
 *
 * A few training steps and a few tokens are done on this machine and thrown
 * away; the rest is a multiplication.  The figures are good to a factor of two,
 * which is what one needs to decide whether to wait.
 */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { TRIAL_TOKENS = 24, TRIAL_ANSWERS = 8 };

struct plan {
    struct tw_buf *out;
    bool json;
    size_t n;
    double total_s;
};

/* seconds < 0: done already. */
static void add_line(struct plan *plan, const char *step, double seconds)
{
    bool done = seconds < 0;
    double left_s = fmax(seconds, 0);

    static const char *const words[] = { "false", "true" };

    if (plan->json) {
        if (plan->n)
            tw_buf_addc(plan->out, ',');
        tw_buf_adds(plan->out, "\n {\"step\": ");
        tw_json_adds(plan->out, step);
        tw_buf_addf(plan->out, ", \"done\": %s, \"seconds\": %.1f}",
                    words[done], left_s);
    } else if (done) {
        tw_buf_addf(plan->out, "%-44s done\n", step);
    } else {
        tw_buf_addf(plan->out, "%-44s about %.0f s\n", step, left_s);
    }
    plan->n++;
    plan->total_s += left_s;
}

/* Seconds per token; 0 for recorded answers, which cost nothing.  Several
 * answers at once, as in a run: the model reads its weights once for all. */
static double measure_model(struct pipe *p)
{
    static const char prompt[] = "Return the mean of the values.\n";
    struct tw_llm_answer answers[TRIAL_ANSWERS];
    struct tw_llm_stats stats = { 0 };
    struct tw_arena a;
    struct tw_llm_request req = { .prompt = prompt,
                                  .prompt_len = sizeof(prompt) - 1,
                                  .n_samples = TRIAL_ANSWERS,
                                  .max_tokens = TRIAL_TOKENS,
                                  .temperature = 1.0f,
                                  .seed = 1 };

    tw_arena_init(&a, 64u << 20);
    enum tw_status st =
        tw_llm_generate(p->llm, &req, &a, answers, &stats, NULL, NULL);
    tw_arena_release(&a);
    if (st != TW_OK || !stats.n_generated)
        return 0;
    return stats.decode_s / (double)stats.n_generated;
}

/* Reading and cutting are done here as in a run: they take seconds, and keys
 * cannot be known without. */
static enum tw_status plan_data(struct pipe *p, struct pipe_data *d,
                                struct plan *plan, struct tw_err *err)
{
    char line[160];
    double per_step;

    TW_TRY(tw_pipe_read_data(p, d, err));
    if (!d->wants_samples || !d->has_windows)
        return TW_OK;
    bool done = false;
    TW_TRY(tw_pipe_fit_done(p, d, &done, err));
    snprintf(line, sizeof(line), "fit, sample and compare '%.80s'",
             d->spec->label);
    if (done) {
        add_line(plan, line, -1);
        return TW_OK;
    }
    struct tw_gen_config config = tw_pipe_gen_config(p);
    TW_TRY(tw_gen_step_seconds(&config, d->windows.K, d->windows.L,
                               d->clusters.k, p->c->be, &per_step, err));
    /* A draw evaluates the network about as often as some dozen steps. */
    add_line(plan, line, per_step * (double)tw_pipe_gen_config(p).steps * 1.2);
    return TW_OK;
}

static enum tw_status plan_tests(struct pipe *p, struct plan *plan,
                                 struct tw_err *err)
{
    double per_token = measure_model(p);

    for (size_t i = 0; i < p->n_tests; i++) {
        char key[TW_HASH_HEX_SIZE];
        const char *json;
        TW_TRY(tw_pipe_test_key(p, &p->tests[i], key, err));
        TW_TRY(tw_pipe_find(p, p->tests[i].step, key, &json, err));
        /* An answer of the built-in model has about a hundred tokens; the
         * jail takes some hundredths of a second for each. */
        double n = (double)tw_pipe_candidates(p);
        double seconds = n * (100 * per_token + 0.05) + 0.5;
        if (json)
            seconds = -1;
        add_line(plan, p->tests[i].step, seconds);
    }
    return TW_OK;
}

enum tw_status tw_pipe_plan(struct pipe *p, struct tw_buf *text, bool json,
                            struct tw_err *err)
{
    struct plan plan = { .out = text, .json = json };

    if (json)
        tw_buf_adds(text, "{\"steps\": [");
    for (size_t i = 0; i < p->n_data; i++)
        TW_TRY(plan_data(p, &p->data[i], &plan, err));
    TW_TRY(plan_tests(p, &plan, err));
    if (json)
        tw_buf_addf(text, "],\n \"seconds\": %.1f, \"folder\": ", plan.total_s);
    else
        tw_buf_addf(text, "%zu steps, about %.0f s in all; run folder %s\n",
                    plan.n, plan.total_s, p->dir);
    if (json) {
        tw_json_adds(text, p->dir);
        tw_buf_adds(text, "}\n");
    }
    return tw_buf_check(text, "the plan", err);
}
