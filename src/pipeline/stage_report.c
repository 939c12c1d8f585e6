/*
 * stage_report.c - run.json from the pieces of the journal, and the reports
 * from run.json.
 *
 * run.json is the boundary between what a run found out and how it is shown:
 * the report reads nothing else, and anybody can write another one. Stages
 * before left their pieces as JSON texts (fit, tsne, fidelity, tests); here
 * they are put together with what is known about host, model and data.
 */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_out.h"
#include "python/pyrun.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { PLOT_COUNTERS = 6, PLOT_SERIES = 8 };
#define RUN_JSON ((size_t)1 << 30)

/* Readers of run.json expect a text here, also where nobody gave one. */
static const char *or_empty(const char *text)
{
    if (text)
        return text;
    return "";
}

/* The report may have a title of its own. */
static const char *title_of(const struct tw_project *p)
{
    const char *own = or_empty(p->report_title);

    if (own[0])
        return own;
    return or_empty(p->title);
}

/* The kernel level and the tier of the jail decide whether figures and
 * verdicts of two hosts can be compared. */
static void add_host(struct tw_json_out *o, struct pipe *p)
{
    static const char *const tiers[] = { "A", "A-", "B" };
    enum tw_jail_tier tier = tw_jail_tier(p->jail);

    tw_json_out_line(o, 0);
    tw_json_out_object(o, "host");
    tw_json_out_text(o, "cpu", tw_kern_level_name(p->c->be->level));
    tw_json_out_text(o, "tier", tiers[tier]);
    tw_json_out_text(o, "python", or_empty(tw_py_interpreter()));
    tw_json_out_bool(o, "weak", tier == TW_JAIL_TIER_B);
    tw_json_out_count(o, "threads", tw_pool_threads(p->c->be->pool));
    tw_json_out_end(o);
}

/* Who made this run from what, for a reader who doubts it. */
static void add_head(struct tw_json_out *o, struct pipe *p)
{
    char now[32];

    tw_clock_iso(now);
    tw_json_out_text(o, "format", "trialwright-run-1");
    tw_json_out_text(o, "title", title_of(&p->project));
    tw_json_out_text(o, "version", or_empty(p->c->version));
    tw_json_out_text(o, "created", now);
    tw_json_out_text(o, "project", or_empty(p->project.path));
    tw_json_out_text(o, "project_sha256", p->project.sha256);
    tw_json_out_count(o, "seed", p->seed);
    add_host(o, p);
    tw_json_out_line(o, 0);
    tw_json_out_object(o, "model");
    tw_json_out_text(o, "name", or_empty(p->model));
    tw_json_out_text(o, "description", or_empty(tw_llm_description(p->llm)));
    tw_json_out_text(o, "sha256", tw_llm_sha256(p->llm));
    tw_json_out_end(o);
}

/* min and max are those that occur in the data. */
static void add_counter(struct tw_json_out *o, const struct tw_trial_counter *c)
{
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "name", or_empty(c->name));
    tw_json_out_text(o, "unit", or_empty(c->unit));
    tw_json_out_count(o, "missing", c->n_missing);
    tw_json_out_number(o, "min", c->seen_min);
    tw_json_out_number(o, "max", c->seen_max);
    tw_json_out_end(o);
}

/* What was read, not what the project asked for: rows that were refused and
 * values that are missing can be counted afterwards. */
static void add_trial(struct tw_json_out *o, const struct pipe_data *d)
{
    const struct tw_trial *t = &d->trial;

    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "name", or_empty(d->spec->label));
    tw_json_out_array(o, "files");
    for (size_t i = 0; i < d->spec->trial.n_files; i++)
        tw_json_out_text(o, NULL, d->spec->trial.files[i]);
    tw_json_out_end(o);
    tw_json_out_text(o, "sha256", t->sha256);
    tw_json_out_count(o, "rows", t->n_rows);
    tw_json_out_count(o, "series", t->n_series);
    tw_json_out_count(o, "segments", t->n_segments);
    tw_json_out_count(o, "refused", t->n_refused);
    tw_json_out_number(o, "period_s", t->period_s);
    tw_json_out_array(o, "counters");
    for (size_t i = 0; i < t->n_counters; i++)
        add_counter(o, &t->counters[i]);
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* null without a generator: windows are cut for it only. */
static void add_windows(struct tw_json_out *o, const struct pipe_data *d)
{
    tw_json_out_line(o, 0);
    if (!d || !d->has_windows) {
        tw_json_out_null(o, "windows");
        return;
    }
    tw_json_out_object(o, "windows");
    tw_json_out_count(o, "n", d->windows.n);
    tw_json_out_count(o, "length", d->windows.L);
    tw_json_out_count(o, "clusters", d->clusters.k);
    tw_json_out_number(o, "silhouette", d->clusters.silhouette);
    tw_json_out_array(o, "sizes");
    for (size_t k = 0; k < d->clusters.k; k++)
        tw_json_out_count(o, NULL, d->clusters.size[k]);
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* One window of one counter in raw units; five digits are enough for a
 * picture, and keep run.json small. */
static void add_line(struct tw_json_out *o, const struct tw_windows *w,
                     const float *x, size_t k)
{
    tw_json_out_array(o, NULL);
    for (size_t l = 0; l < w->L; l++)
        tw_json_out_short(
            o, NULL, tw_scale_restore(&w->scale[k], (double)x[k * w->L + l]),
            5);
    tw_json_out_end(o);
}

/* By any parameter of any test; names are unique within a data set. */
static bool counter_used(const struct pipe *p, const char *name)
{
    for (size_t i = 0; i < p->n_tests; i++) {
        const struct tw_spec_call *call = &p->tests[i].test->call;
        for (size_t k = 0; k < call->n_params; k++)
            if (call->params[k].input.kind == TW_SPEC_INPUT_COUNTER &&
                strcmp(call->params[k].input.counter, name) == 0)
                return true;
    }
    return false;
}

/* A few windows of counter k: recorded ones spread over the whole trial, and
 * the first samples, which are in no order. */
static void add_plot(struct tw_json_out *o, const struct pipe_data *d, size_t k)
{
    const struct tw_windows *w = &d->windows;
    const struct tw_trial_counter *c = &d->trial.counters[w->counter[k]];
    size_t size = w->K * w->L;

    tw_json_out_line(o, 1);
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "counter", or_empty(c->name));
    tw_json_out_text(o, "unit", or_empty(c->unit));
    tw_json_out_array(o, "real");
    for (size_t i = 0; i < PLOT_SERIES && i < w->n; i++)
        add_line(o, w, w->x + i * w->n / PLOT_SERIES % w->n * size, k);
    tw_json_out_end(o);
    tw_json_out_array(o, "synthetic");
    for (size_t i = 0; i < PLOT_SERIES && i < d->n_samples; i++)
        add_line(o, w, d->samples + i * size, k);
    tw_json_out_end(o);
    tw_json_out_end(o);
}

/* Only counters that tests use: a reader looks for what was judged. */
static void add_series(struct tw_json_out *o, const struct pipe *p,
                       const struct pipe_data *d)
{
    const struct tw_windows *w = &d->windows;
    size_t shown = 0;

    for (size_t k = 0; k < w->K && shown < PLOT_COUNTERS; k++) {
        if (!counter_used(p, d->trial.counters[w->counter[k]].name))
            continue;
        add_plot(o, d, k);
        shown++;
    }
}

/* Sums over all tests. */
struct totals {
    size_t cases, candidates, loaded, chosen;
    double tcer;
};

/* Elements of "tests" are text already, perhaps from an earlier run: what the
 * summary says is read back from them, so that it cannot contradict them. */
static void count_test(struct totals *t, const char *json)
{
    struct tw_json *root;

    if (tw_json_parse(&root, json, strlen(json), NULL) != TW_OK)
        return;
    const struct tw_json *candidates = tw_json_get(root, "candidates");
    t->cases += tw_json_len(tw_json_get(root, "cases"));
    t->candidates += tw_json_len(candidates);
    for (size_t i = 0; i < tw_json_len(candidates); i++)
        t->loaded += tw_json_bool(
            tw_json_get(tw_json_at(candidates, i), "loaded"), false);
    t->tcer += tw_json_number(tw_json_get(root, "tcer"), 0);
    tw_json_free(root);
}

/* Part of whole, and 0 of nothing. */
static double share(double part, size_t whole)
{
    if (!whole)
        return 0;
    return part / (double)whole;
}

/* With the summary behind them, which needs all of them. */
static void add_tests(struct tw_json_out *o, const struct pipe *p)
{
    struct totals t = { 0 };

    tw_json_out_line(o, 0);
    tw_json_out_array(o, "tests");
    for (size_t i = 0; i < p->n_tests; i++) {
        tw_json_out_line(o, 0);
        tw_json_out_raw(o, NULL, p->tests[i].json);
        count_test(&t, p->tests[i].json);
    }
    tw_json_out_end(o);
    tw_json_out_line(o, 0);
    tw_json_out_object(o, "summary");
    tw_json_out_count(o, "tests", p->n_tests);
    tw_json_out_count(o, "accepted", p->r->n_accepted);
    tw_json_out_count(o, "weak", p->r->n_weak);
    tw_json_out_count(o, "candidates", t.candidates);
    tw_json_out_count(o, "cases", t.cases);
    tw_json_out_number(o, "cs", share((double)t.loaded, t.candidates));
    tw_json_out_number(o, "tcer", share(t.tcer, p->n_tests));
    tw_json_out_end(o);
}

/* Of this run only: a step that was reused took no time. */
static void add_times(struct tw_json_out *o, const struct pipe *p)
{
    tw_json_out_line(o, 0);
    tw_json_out_object(o, "times");
    tw_json_out_fixed(o, "fit_s", p->fit_s, 3);
    tw_json_out_fixed(o, "sample_s", p->sample_s, 3);
    tw_json_out_fixed(o, "fidelity_s", p->fidelity_s, 3);
    tw_json_out_fixed(o, "tests_s", p->tests_s, 3);
    tw_json_out_end(o);
}

/* The journal's fragment with one member more, the number drawn: that number
 * may change without a new fit. */
static void add_fit(struct tw_json_out *o, const struct pipe_data *d)
{
    struct tw_buf fit;
    size_t n = strlen(d->fit_json);

    TW_ASSERT(n > 1 && d->fit_json[n - 1] == '}');
    tw_buf_init(&fit, RUN_JSON);
    tw_buf_add(&fit, d->fit_json, n - 1);
    tw_buf_addf(&fit, ", \"samples\": %zu}", d->n_samples);
    tw_json_out_raw(o, "generator", tw_buf_text(&fit));
    tw_buf_release(&fit);
}

/* d: the data set with a generator; NULL when no set has windows. */
static void add_generator(struct tw_json_out *o, const struct pipe *p,
                          const struct pipe_data *d)
{
    add_windows(o, d);
    tw_json_out_line(o, 0);
    if (d && d->fit_json)
        add_fit(o, d);
    else
        tw_json_out_null(o, "generator");
    tw_json_out_line(o, 0);
    tw_json_out_array(o, "series");
    if (d && d->samples)
        add_series(o, p, d);
    tw_json_out_end(o);
    tw_json_out_line(o, 0);
    tw_json_out_raw(o, "tsne", d ? d->tsne_json : NULL);
    tw_json_out_line(o, 0);
    tw_json_out_raw(o, "fidelity", d ? d->fidelity_json : NULL);
}

/* The report has room for one generator: that of the first data set with
 * windows. */
static void compose(struct tw_buf *b, struct pipe *p)
{
    const struct pipe_data *shown = NULL;
    struct tw_json_out o;

    tw_json_out_init(&o, b);
    tw_json_out_object(&o, NULL);
    add_head(&o, p);
    tw_json_out_line(&o, 0);
    tw_json_out_array(&o, "trials");
    for (size_t i = 0; i < p->n_data; i++) {
        tw_json_out_line(&o, 0);
        add_trial(&o, &p->data[i]);
        if (!shown && p->data[i].has_windows)
            shown = &p->data[i];
    }
    tw_json_out_end(&o);
    add_generator(&o, p, shown);
    add_tests(&o, p);
    add_times(&o, p);
    tw_json_out_end(&o);
    tw_json_out_done(&o);
    tw_buf_addc(b, '\n');
}

/* Both reports are made from the text of run.json and nothing else, here as in
 * tw_pipeline_report(): a report made again later is the same. */
static enum tw_status write_reports(const char *dir, const struct tw_buf *json,
                                    char report[4096], struct tw_err *err)
{
    struct tw_json *run = NULL;
    struct tw_buf html, junit;
    char path[4096];

    struct tw_err why = { 0 };
    enum tw_status st = tw_json_parse(&run, tw_buf_text(json), json->len, &why);
    if (st != TW_OK)
        return tw_fail(err, st, why.pos, "%.4000s/run.json:%s", dir, why.msg);
    tw_buf_init(&html, RUN_JSON);
    tw_buf_init(&junit, RUN_JSON);
    st = tw_report_html(&html, run, err);
    if (st == TW_OK)
        st = tw_report_junit(&junit, run, err);
    tw_json_free(run);
    snprintf(path, sizeof(path), "%.4000s/junit.xml", dir);
    if (st == TW_OK)
        st = tw_file_write(path, junit.bytes, junit.len, err);
    snprintf(report, 4096, "%.4000s/report.html", dir);
    if (st == TW_OK)
        st = tw_file_write(report, html.bytes, html.len, err);
    tw_buf_release(&html);
    tw_buf_release(&junit);
    return st;
}

/* The result keeps the text for --json, so *p->r must be released by the
 * caller of the pipeline, on failure too. */
enum tw_status tw_pipe_report(struct pipe *p, struct tw_err *err)
{
    char path[4096];

    tw_buf_init(&p->r->json, RUN_JSON);
    compose(&p->r->json, p);
    TW_TRY(tw_buf_check(&p->r->json, "run.json", err));
    snprintf(path, sizeof(path), "%.4000s/run.json", p->dir);
    TW_TRY(tw_file_write(path, p->r->json.bytes, p->r->json.len, err));
    return write_reports(p->dir, &p->r->json, p->r->report, err);
}

/* Needs neither the journal nor the model: a copied run folder is enough. */
enum tw_status tw_pipeline_report(const char *dir, char report[4096],
                                  struct tw_err *err)
{
    struct tw_buf json;
    char path[4096];

    tw_buf_init(&json, RUN_JSON);
    snprintf(path, sizeof(path), "%.4000s/run.json", dir);
    enum tw_status st = tw_file_read(&json, path, err);
    if (st == TW_OK)
        st = write_reports(dir, &json, report, err);
    tw_buf_release(&json);
    return st;
}
