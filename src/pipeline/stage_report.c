/* run.json from the pieces of the journal, and the reports from run.json. */
#include "pipeline/pipe_priv.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "python/pyrun.h"
#include "report/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { PLOT_COUNTERS = 6, PLOT_SERIES = 8 };
#define RUN_JSON ((size_t)1 << 30)

static void add_key(struct tw_buf *b, const char *key, const char *text)
{
    tw_buf_addf(b, "\"%s\": ", key);
    tw_json_adds(b, text ? text : "");
    tw_buf_adds(b, ", ");
}

static void add_head(struct tw_buf *b, struct pipe *p)
{
    static const char *const levels[] = { "ref", "avx2", "avx512" };
    static const char *const tiers[] = { "A", "A-", "B" };
    enum tw_jail_tier tier = tw_jail_tier(p->jail);
    size_t level = (size_t)p->c->be->level;
    char now[32];

    tw_clock_iso(now);
    tw_buf_adds(b, "{\"format\": \"trialwright-run-1\", ");
    add_key(b, "title",
            p->project.report_title && p->project.report_title[0]
                ? p->project.report_title
                : p->project.title);
    add_key(b, "version", p->c->version);
    add_key(b, "created", now);
    add_key(b, "project", p->project.path);
    add_key(b, "project_sha256", p->project.sha256);
    tw_buf_addf(b, "\"seed\": %llu,\n\"host\": {", (unsigned long long)p->seed);
    add_key(b, "cpu", level < TW_ARRAY_LEN(levels) ? levels[level] : "?");
    add_key(b, "tier", tiers[tier]);
    add_key(b, "python", tw_py_interpreter());
    tw_buf_addf(b, "\"weak\": %s, \"threads\": %u},\n\"model\": {",
                tier == TW_JAIL_TIER_B ? "true" : "false",
                tw_pool_threads(p->c->be->pool));
    add_key(b, "name", p->model);
    add_key(b, "description", tw_llm_description(p->llm));
    tw_buf_addf(b, "\"sha256\": \"%s\"},\n", tw_llm_sha256(p->llm));
}

static void add_trial(struct tw_buf *b, const struct pipe_data *d)
{
    const struct tw_trial *t = &d->trial;

    tw_buf_adds(b, "{");
    add_key(b, "name", d->spec->label);
    tw_buf_adds(b, "\"files\": [");
    for (size_t i = 0; i < d->spec->trial.n_files; i++) {
        tw_buf_adds(b, i ? ", " : "");
        tw_json_adds(b, d->spec->trial.files[i]);
    }
    tw_buf_addf(b,
                "], \"sha256\": \"%s\", \"rows\": %zu, \"series\": %zu, "
                "\"segments\": %zu, \"refused\": %zu, \"period_s\": ",
                t->sha256, t->n_rows, t->n_series, t->n_segments, t->n_refused);
    tw_json_add_number(b, t->period_s);
    tw_buf_adds(b, ", \"counters\": [");
    for (size_t i = 0; i < t->n_counters; i++) {
        const struct tw_trial_counter *c = &t->counters[i];
        tw_buf_adds(b, i ? ", {" : "{");
        add_key(b, "name", c->name);
        add_key(b, "unit", c->unit);
        tw_buf_addf(b, "\"missing\": %zu, \"min\": ", c->n_missing);
        tw_json_add_number(b, c->seen_min);
        tw_buf_adds(b, ", \"max\": ");
        tw_json_add_number(b, c->seen_max);
        tw_buf_addc(b, '}');
    }
    tw_buf_adds(b, "]}");
}

static void add_windows(struct tw_buf *b, const struct pipe_data *d)
{
    if (!d || !d->has_windows) {
        tw_buf_adds(b, "null");
        return;
    }
    tw_buf_addf(b,
                "{\"n\": %zu, \"length\": %zu, \"clusters\": %zu, "
                "\"silhouette\": ",
                d->windows.n, d->windows.L, d->clusters.k);
    tw_json_add_number(b, d->clusters.silhouette);
    tw_buf_adds(b, ", \"sizes\": [");
    for (size_t k = 0; k < d->clusters.k; k++)
        tw_buf_addf(b, "%s%zu", k ? ", " : "", d->clusters.size[k]);
    tw_buf_adds(b, "]}");
}

/* One window of one counter in raw units. */
static void add_line(struct tw_buf *b, const struct tw_windows *w,
                     const float *x, size_t k)
{
    tw_buf_addc(b, '[');
    for (size_t l = 0; l < w->L; l++)
        tw_buf_addf(b, "%s%.5g", l ? ", " : "",
                    tw_scale_restore(&w->scale[k], (double)x[k * w->L + l]));
    tw_buf_addc(b, ']');
}

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

/* A few windows of the counters that tests use. */
static void add_series(struct tw_buf *b, const struct pipe *p,
                       const struct pipe_data *d)
{
    const struct tw_windows *w = &d->windows;
    size_t size = w->K * w->L, shown = 0;

    for (size_t k = 0; k < w->K && shown < PLOT_COUNTERS; k++) {
        const struct tw_trial_counter *c = &d->trial.counters[w->counter[k]];
        if (!counter_used(p, c->name))
            continue;
        tw_buf_adds(b, shown++ ? ",\n {" : "\n {");
        add_key(b, "counter", c->name);
        add_key(b, "unit", c->unit);
        tw_buf_adds(b, "\"real\": [");
        for (size_t i = 0; i < PLOT_SERIES && i < w->n; i++) {
            tw_buf_adds(b, i ? ", " : "");
            add_line(b, w, w->x + i * w->n / PLOT_SERIES % w->n * size, k);
        }
        tw_buf_adds(b, "], \"synthetic\": [");
        for (size_t i = 0; i < PLOT_SERIES && i < d->n_samples; i++) {
            tw_buf_adds(b, i ? ", " : "");
            add_line(b, w, d->samples + i * size, k);
        }
        tw_buf_adds(b, "]}");
    }
}

struct totals {
    size_t cases, candidates, loaded, chosen;
    double tcer;
};

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

static void add_tests(struct tw_buf *b, const struct pipe *p)
{
    struct totals t = { 0 };

    tw_buf_adds(b, "\"tests\": [");
    for (size_t i = 0; i < p->n_tests; i++) {
        tw_buf_adds(b, i ? ",\n" : "\n");
        tw_buf_adds(b, p->tests[i].json);
        count_test(&t, p->tests[i].json);
    }
    double cs = t.candidates ? (double)t.loaded / (double)t.candidates : 0;
    double tcer = p->n_tests ? t.tcer / (double)p->n_tests : 0;
    tw_buf_addf(b,
                "],\n\"summary\": {\"tests\": %zu, \"accepted\": %zu, "
                "\"candidates\": %zu, \"cases\": %zu, \"cs\": ",
                p->n_tests, p->r->n_accepted, t.candidates, t.cases);
    tw_json_add_number(b, cs);
    tw_buf_adds(b, ", \"tcer\": ");
    tw_json_add_number(b, tcer);
    tw_buf_addf(b,
                "},\n\"times\": {\"fit_s\": %.3f, \"sample_s\": %.3f, "
                "\"fidelity_s\": %.3f, \"tests_s\": %.3f}}\n",
                p->fit_s, p->sample_s, p->fidelity_s, p->tests_s);
}

static void add_generator(struct tw_buf *b, const struct pipe *p,
                          const struct pipe_data *d)
{
    tw_buf_adds(b, ",\n\"windows\": ");
    add_windows(b, d);
    tw_buf_adds(b, ",\n\"generator\": ");
    if (d && d->fit_json) {
        /* The fragment without its brace, and the number drawn. */
        tw_buf_add(b, d->fit_json, strlen(d->fit_json) - 1);
        tw_buf_addf(b, ", \"samples\": %zu}", d->n_samples);
    } else {
        tw_buf_adds(b, "null");
    }
    tw_buf_adds(b, ",\n\"series\": [");
    if (d && d->samples)
        add_series(b, p, d);
    tw_buf_adds(b, "],\n\"tsne\": ");
    tw_buf_adds(b, d && d->tsne_json ? d->tsne_json : "null");
    tw_buf_adds(b, ",\n\"fidelity\": ");
    tw_buf_adds(b, d && d->fidelity_json ? d->fidelity_json : "null");
    tw_buf_adds(b, ",\n");
}

static void compose(struct tw_buf *b, struct pipe *p)
{
    const struct pipe_data *shown = NULL;

    add_head(b, p);
    tw_buf_adds(b, "\"trials\": [");
    for (size_t i = 0; i < p->n_data; i++) {
        tw_buf_adds(b, i ? ",\n" : "\n");
        add_trial(b, &p->data[i]);
        if (!shown && p->data[i].has_windows)
            shown = &p->data[i];
    }
    tw_buf_adds(b, "]");
    add_generator(b, p, shown);
    add_tests(b, p);
}

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
