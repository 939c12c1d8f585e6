/*
 * cmd_score_numbers.c - metrics of counts and log-probabilities.
 *
 * pass@k and n@k tell how many tasks a model solves with k attempts, from
 * counts of attempts that passed; perplexity tells how well a model predicts a
 * text, from what it gave each token. None of them looks at a text.
 * score/passk.h has the formulas.
 */
#include "cli/cmd_score.h"

#include "score/passk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { KS_MAX = 32 };

static const struct metric {
    const char *name, *variant, *about;
} metrics[] = {
    { "passk", "unbiased|product",
      "pass@k of rows {id, n, c}: c of n samples pass" },
    { "nk", "first-n-of-k",
      "n@k of rows {id, passing: [...]}, submitted first; --k N@K,..." },
    { "perplexity", "natural-log|neumaier-sum",
      "of rows {id, logprobs: [...], n_bytes}; with bits per byte" },
};

/* NULL: the metric is one of the other two kinds. */
static const struct metric *find(const char *name)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(metrics); i++)
        if (strcmp(metrics[i].name, name) == 0)
            return &metrics[i];
    return NULL;
}

const char *tw_score_numbers_about(const char *name)
{
    const struct metric *m = find(name);

    if (!m)
        return NULL;
    return m->about;
}

/* Sums over the rows; for perplexity those of logarithms, tokens and bytes, as
 * if all rows were one text. */
struct numbers {
    struct tw_score_rows *rows;
    uint64_t m[KS_MAX], k[KS_MAX]; /* m is of n@k only */
    double sums[KS_MAX];
    size_t n_ks;
    bool pairs;     /* n@k: k has an m */
    double *values; /* of one row; owned */
    size_t cap;
    double all_log, all_tokens, all_bytes;
};

/* "1,10,100" or, with pairs, "1@10,5@50". */
static enum tw_status read_ks(struct numbers *x, const char *text,
                              struct tw_err *err)
{
    const char *wanted = "1,10,100", *at = text;

    if (x->pairs)
        wanted = "1@10,5@50";

    for (;;) {
        char *end;
        unsigned long long v = strtoull(at, &end, 10);

        if (*at < '0' || *at > '9' || x->n_ks == KS_MAX || v > UINT32_MAX)
            break;
        x->k[x->n_ks] = x->m[x->n_ks] = v;
        if (x->pairs) {
            if (*end != '@' || end[1] < '0' || end[1] > '9')
                break;
            x->k[x->n_ks] = strtoull(end + 1, &end, 10);
        }
        x->n_ks++;
        if (*end == '\0')
            return TW_OK;
        if (*end != ',')
            break;
        at = end + 1;
    }
    return tw_fail(err, TW_EINVAL, 0, "--k wants %s, not '%.40s'", wanted,
                   text);
}

/* The k is part of the member's name, "pass@10", as people write it in
 * tables. */
static void add_named(struct numbers *x, size_t i, double v)
{
    char key[64];

    if (x->pairs)
        snprintf(key, sizeof(key), "%llu@%llu", (unsigned long long)x->m[i],
                 (unsigned long long)x->k[i]);
    else
        snprintf(key, sizeof(key), "pass@%llu", (unsigned long long)x->k[i]);
    tw_json_out_number(&x->rows->job->json, key, v);
}

/* A tw_score_row_fn. The estimate without bias from n attempts of which c
 * passed (Chen et al. 2021); k above n is refused, since it cannot be
 * estimated. */
static enum tw_status pass_row(void *ctx, const struct tw_json *row,
                               struct tw_err *err)
{
    struct numbers *x = ctx;
    int64_t n = tw_json_int(tw_json_get(row, "n"), -1);
    int64_t c = tw_json_int(tw_json_get(row, "c"), -1);
    bool print = tw_score_begin_row(x->rows, row);

    if (n < 1 || c < 0)
        return tw_fail(err, TW_EFORMAT, 0, "no counts 'n' and 'c'");
    for (size_t i = 0; i < x->n_ks; i++) {
        double v;

        TW_TRY(tw_pass_at_k(&v, (uint64_t)n, (uint64_t)c, x->k[i], err));
        x->sums[i] += v;
        if (print)
            add_named(x, i, v);
    }
    if (print)
        tw_score_end_row(x->rows);
    return TW_OK;
}

/* The members of a list as doubles (true is 1). */
static enum tw_status read_list(struct numbers *x, const struct tw_json *list,
                                const char *key, struct tw_err *err)
{
    size_t n = tw_json_len(list);

    if (tw_json_kind(list) != TW_JSON_ARRAY)
        return tw_fail(err, TW_EFORMAT, 0, "no list '%s'", key);
    if (n > x->cap) {
        void *p = realloc(x->values, n * sizeof(*x->values));

        if (!p)
            return tw_fail(err, TW_ENOMEM, 0, "out of memory for a row");
        x->values = p;
        x->cap = n;
    }
    for (size_t i = 0; i < n; i++) {
        const struct tw_json *v = tw_json_at(list, i);

        if (tw_json_kind(v) == TW_JSON_BOOL)
            x->values[i] = tw_json_bool(v, false);
        else
            x->values[i] = tw_json_number(v, (double)NAN);
    }
    return TW_OK;
}

/* A tw_score_row_fn. The list is in the order of submission, which counts
 * here: the first m of k are handed in. */
static enum tw_status nk_row(void *ctx, const struct tw_json *row,
                             struct tw_err *err)
{
    struct numbers *x = ctx;
    const struct tw_json *list = tw_json_get(row, "passing");
    bool print = tw_score_begin_row(x->rows, row);

    TW_TRY(read_list(x, list, "passing", err));
    size_t n = tw_json_len(list);
    unsigned char *passing = calloc(n + 1, 1);
    if (!passing)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a row");
    for (size_t i = 0; i < n; i++)
        passing[i] = x->values[i] > 0;
    enum tw_status st = TW_OK;
    for (size_t i = 0; st == TW_OK && i < x->n_ks; i++) {
        double v;

        st = tw_n_at_k(&v, passing, n, x->m[i], x->k[i], err);
        if (st != TW_OK)
            break;
        x->sums[i] += v;
        if (print)
            add_named(x, i, v);
    }
    free(passing);
    if (print)
        tw_score_end_row(x->rows);
    return st;
}

/* Bits per byte can be compared between models with other tokenizers,
 * perplexity cannot; so both are printed. */
static void add_perplexity(struct tw_json_out *o, const struct tw_perplexity *p)
{
    tw_json_out_number(o, "score", p->ppl);
    tw_json_out_number(o, "nll_mean", p->nll_mean);
    tw_json_out_number(o, "bits_per_byte", p->bits_per_byte);
}

/* A tw_score_row_fn. Natural logarithms of the probabilities of the tokens of
 * one text that has n_bytes bytes. */
static enum tw_status perplexity_row(void *ctx, const struct tw_json *row,
                                     struct tw_err *err)
{
    struct numbers *x = ctx;
    const struct tw_json *list = tw_json_get(row, "logprobs");
    int64_t n_bytes = tw_json_int(tw_json_get(row, "n_bytes"), 0);
    struct tw_perplexity p;

    TW_TRY(read_list(x, list, "logprobs", err));
    if (n_bytes < 1)
        return tw_fail(err, TW_EFORMAT, 0, "no count 'n_bytes'");
    TW_TRY(tw_perplexity(&p, x->values, tw_json_len(list), (uint64_t)n_bytes,
                         err));
    x->all_log += p.sum;
    x->all_tokens += (double)tw_json_len(list);
    x->all_bytes += (double)n_bytes;
    if (tw_score_begin_row(x->rows, row)) {
        add_perplexity(&x->rows->job->json, &p);
        tw_score_end_row(x->rows);
    }
    return TW_OK;
}

/* Means over rows; the perplexity of all rows is that of one long text. */
static void end(struct numbers *x)
{
    struct tw_score_rows *rows = x->rows;

    if (!tw_score_begin_end(rows))
        return;
    for (size_t i = 0; i < x->n_ks; i++)
        add_named(x, i, x->sums[i] / (double)rows->n);
    if (strcmp(rows->metric, "perplexity") == 0) {
        double nll = -x->all_log / x->all_tokens;
        struct tw_perplexity all = { x->all_log, nll, exp(nll),
                                     -x->all_log / (log(2) * x->all_bytes) };

        add_perplexity(&rows->job->json, &all);
    }
    tw_score_end(rows);
}

/* The variant says how the figure was computed where there are several ways:
 * pass@k by the product, which does not overflow. */
enum tw_status tw_score_numbers(struct tw_score_rows *rows, struct tw_err *err)
{
    struct numbers x = { .rows = rows,
                         .pairs = strcmp(rows->metric, "nk") == 0 };
    tw_score_row_fn *take = perplexity_row;
    const char *usual = "1";

    snprintf(rows->variant, sizeof(rows->variant), "%s",
             find(rows->metric)->variant);
    if (strcmp(rows->metric, "perplexity") != 0) {
        take = pass_row;
        if (x.pairs) {
            take = nk_row;
            usual = "1@1";
        }
        TW_TRY(read_ks(&x, tw_cli_text_or(rows->args->k, usual), err));
    }
    tw_score_begin(rows);
    enum tw_status st = tw_score_each(rows, take, &x, err);
    if (st == TW_OK)
        end(&x);
    free(x.values);
    return st;
}
