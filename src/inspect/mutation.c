/*
 * mutation.c - the draw, the runs, the scores.
 *
 * Which mutants are run depends on the seed and the program alone, never on
 * threads or time: two runs of one job tell the same.
 */
#include "inspect/mutation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "inspect/mutation_priv.h"

#include "base/banned.h"

/* BATCH: mutants between two looks at whether the user wants to stop. */
enum { BATCH = 16, SECONDS = 10, TRIES = 3 };

/* The words of the reports and of JSON. */
const char *tw_mutant_fate_name(enum tw_mutant_fate f)
{
    static const char *const names[] = {
        "survived", "assertion",  "error",        "timeout",
        "crash",    "equivalent", "uncompilable", "harness",
    };
    if ((size_t)f >= TW_ARRAY_LEN(names))
        return "unknown";
    return names[f];
}

/* Wilson 1927: unlike p +- z * s it stays inside of [0, 1], and is of use for
 * few mutants and for scores near 1. */
void tw_wilson(size_t k, size_t n, double *low, double *high)
{
    const double z = 1.959963984540054, z2 = z * z;
    double p = (double)k / (double)n, m = (double)n;
    *low = *high = (double)NAN;
    if (n == 0)
        return;
    double mid = (p + z2 / (2.0 * m)) / (1.0 + z2 / m);
    double half =
        z * sqrt(p * (1.0 - p) / m + z2 / (4.0 * m * m)) / (1.0 + z2 / m);
    *low = fmax(0.0, mid - half);
    *high = fmin(1.0, mid + half);
    if (k == 0)
        *low = 0.0;
    if (k == n)
        *high = 1.0;
}

/* The three orders end with the id, so that qsort() has no choice. */
static int by_op(const void *x, const void *y)
{
    const struct tw_site *a = x, *b = y;
    int order = strcmp(a->op, b->op);
    if (order)
        return order;
    return (a->id > b->id) - (a->id < b->id);
}

/* By the key of the draw. */
static int by_key(const void *x, const void *y)
{
    const struct tw_site *a = x, *b = y;
    if (a->key < b->key)
        return -1;
    if (a->key > b->key)
        return 1;
    return by_op(x, y);
}

/* Program order: sites are numbered as they were found. */
static int by_place(const void *x, const void *y)
{
    const struct tw_site *a = x, *b = y;
    return (a->id > b->id) - (a->id < b->id);
}

/* The stream hangs on the operator's name, so that a new operator leaves the
 * draw of the others as it was.
 *
 * Sites of one operator in a random order get the keys 0, 1.5/n, 2.5/n, ...:
 * the smallest keys of all are then a draw in proportion, with one at least
 * of each operator. */
static void draw_op(struct tw_site *s, size_t n, uint64_t seed)
{
    struct tw_rng root = tw_rng_seeded(seed);
    struct tw_rng r = tw_rng_split(&root, s->op, 0);
    for (size_t i = 0; i + 1 < n; i++) {
        size_t k = i + (size_t)tw_rng_below(&r, n - i);
        struct tw_site swap = s[i];
        s[i] = s[k];
        s[k] = swap;
    }
    s[0].key = 0.0;
    for (size_t i = 1; i < n; i++)
        s[i].key = ((double)i + 0.5) / (double)n;
}

/* At most n_max sites, in program order again. */
static void draw(struct tw_mutation_work *w)
{
    size_t max = w->job->n_max;
    if (!max)
        max = TW_MUTATION_DEFAULT;
    if (max > TW_MUTATION_MAX)
        max = TW_MUTATION_MAX;
    w->m->n_sites = w->n_sites;
    if (w->n_sites <= max)
        return;
    qsort(w->sites, w->n_sites, sizeof(*w->sites), by_op);
    for (size_t i = 0, end; i < w->n_sites; i = end) {
        for (end = i + 1;
             end < w->n_sites && strcmp(w->sites[end].op, w->sites[i].op) == 0;)
            end++;
        draw_op(&w->sites[i], end - i, w->job->seed);
    }
    qsort(w->sites, w->n_sites, sizeof(*w->sites), by_key);
    qsort(w->sites, max, sizeof(*w->sites), by_place);
    w->n_sites = max;
}

/* A fault of ours (no process, no memory in the jail) is no word about the
 * mutant: once more. */
static void judge(const struct tw_mutation_work *w,
                  const struct tw_source *text, struct tw_judged *out)
{
    for (int i = 0; i < TRIES; i++) {
        memset(out, 0, sizeof(*out));
        if (text->lang == TW_SOURCE_PYTHON)
            tw_mutation_python_judge(w, text, out);
        else
            tw_mutation_c_judge(w, text, out);
        if (out->status != TW_OK || out->fate != TW_MUTANT_HARNESS)
            return;
    }
}

/* What the threads of the pool share. */
struct batch {
    const struct tw_mutation_work *w;
    struct tw_judged *judged;
    size_t first;
};

/* A task of the pool.  Which worker does it does not matter. */
static void run_some(void *ctx, size_t first, size_t last, unsigned worker)
{
    struct batch *b = ctx;
    (void)worker;
    for (size_t i = first; i < last; i++)
        judge(b->w, &b->w->texts[b->first + i], &b->judged[i]);
}

/* In parallel, noted in program order. */
static enum tw_status run_mutants(struct tw_mutation_work *w)
{
    struct tw_judged judged[BATCH];
    struct batch b = { w, judged, 0 };
    for (; b.first < w->n_sites; b.first += BATCH) {
        size_t n = w->n_sites - b.first;
        if (n > BATCH)
            n = BATCH;
        if (!tw_progress_step(w->job->progress, "mutants", b.first, w->n_sites,
                              ""))
            return tw_fail(w->err, TW_ECANCELED, 0, "interrupted");
        tw_pool_run(w->job->pool, n, 1, run_some, &b);
        for (size_t i = 0; i < n; i++) {
            const struct tw_site *s = &w->sites[b.first + i];
            if (judged[i].status != TW_OK)
                return tw_fail(w->err, judged[i].status, 0, "%s",
                               judged[i].err.msg);
            w->m->mutants[w->m->n_mutants++] =
                (struct tw_mutant){ s->op, s->line, s->what, judged[i].fate };
            w->m->fates[judged[i].fate]++;
        }
    }
    return TW_OK;
}

/* NaN of nothing: a score of 0 would say that the tests are bad. */
static double share(size_t k, size_t n)
{
    if (n == 0)
        return (double)NAN;
    return (double)k / (double)n;
}

/* Mutants that do not compile, are equivalent or fell to our own faults say
 * nothing of the tests, and do not count. */
static void add_scores(struct tw_mutation *m)
{
    size_t killed = m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_ERROR] +
                    m->fates[TW_MUTANT_TIMEOUT] + m->fates[TW_MUTANT_CRASH];
    size_t n = killed + m->fates[TW_MUTANT_SURVIVED];
    size_t n_assert =
        m->fates[TW_MUTANT_ASSERTION] + m->fates[TW_MUTANT_SURVIVED];
    m->score = share(killed, n);
    m->score_assert = share(m->fates[TW_MUTANT_ASSERTION], n_assert);
    tw_wilson(killed, n, &m->low, &m->high);
}

/* The program itself: it must pass, and its time bounds the mutants'.  Ten
 * times as long plus a second is far more than a mutant that ends needs; one
 * that does not end costs no more than that. */
static enum tw_status run_original(struct tw_mutation_work *w)
{
    struct tw_judged j;
    double most = SECONDS;
    if (w->job->seconds > 0)
        most = w->job->seconds;
    w->seconds = most;
    judge(w, w->job->source, &j);
    if (j.status != TW_OK)
        return tw_fail(w->err, j.status, 0, "%s", j.err.msg);
    w->m->passes = j.fate == TW_MUTANT_SURVIVED;
    memcpy(w->hash, j.hash, sizeof(w->hash));
    if (!w->m->passes) {
        w->m->cause =
            tw_arena_textf(w->a, "%s: %s", tw_mutant_fate_name(j.fate), j.why);
        TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    }
    double wanted = 1.0 + 10.0 * j.wall_ms / 1000.0;
    w->seconds = fmin(wanted, most);
    return TW_OK;
}

/* What differs between the languages. */
static const struct {
    enum tw_status (*begin)(struct tw_mutation_work *w, bool *ok);
    enum tw_status (*sites)(struct tw_mutation_work *w);
    enum tw_status (*texts)(struct tw_mutation_work *w);
} languages[] = {
    [TW_SOURCE_PYTHON] = { tw_mutation_python_begin, tw_mutation_python_sites,
                           tw_mutation_python_texts },
    [TW_SOURCE_C] = { tw_mutation_c_begin, tw_mutation_c_sites,
                      tw_mutation_c_texts },
};

/* Sites first, texts only of those that were drawn: a text is the whole
 * program. */
static enum tw_status run_all(struct tw_mutation_work *w)
{
    enum tw_source_lang lang = w->job->source->lang;
    bool ok = false;
    TW_TRY(languages[lang].begin(w, &ok));
    if (!ok)
        return TW_OK;
    TW_TRY(run_original(w));
    if (!w->m->passes)
        return TW_OK;
    TW_TRY(languages[lang].sites(w));
    draw(w);
    w->texts = tw_arena_alloc(w->a, w->n_sites + 1, sizeof(*w->texts));
    w->m->mutants =
        tw_arena_alloc(w->a, w->n_sites + 1, sizeof(*w->m->mutants));
    TW_TRY(tw_arena_check(w->a, "an inspection", w->err));
    TW_TRY(languages[lang].texts(w));
    double begun = tw_clock_mono();
    TW_TRY(run_mutants(w));
    w->m->seconds = tw_clock_mono() - begun;
    add_scores(w->m);
    return TW_OK;
}

/* Program and tests in different languages, or data mutants of C: refused
 * before anything runs. */
enum tw_status tw_mutation_run(struct tw_mutation *m, struct tw_jail *jail,
                               struct tw_arena *a,
                               const struct tw_mutation_job *job,
                               struct tw_err *err)
{
    struct tw_mutation_work w = {
        .m = m, .jail = jail, .a = a, .job = job, .err = err
    };
    *m = (struct tw_mutation){ .cause = "" };
    if (job->source->lang != job->tests->lang)
        return tw_fail(err, TW_EINVAL, 0,
                       "program and tests are of different languages");
    if (job->source->lang == TW_SOURCE_UNKNOWN ||
        (job->data && job->source->lang != TW_SOURCE_PYTHON))
        return tw_fail(err, TW_EINVAL, 0, "no such mutants in this language");
    tw_buf_init(&w.object, (size_t)64 << 20);
    enum tw_status st = run_all(&w);
    tw_buf_release(&w.object);
    return st;
}
