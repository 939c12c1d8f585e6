#include "cli/cli_score.h"

#include "base/file.h"
#include "score/score.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define INPUT_MAX ((size_t)1 << 30)

static const struct tw_opt opts[] = {
    { "pairs", 'p', TW_OPT_TEXT, offsetof(struct tw_score_args, pairs),
      "FILE.jsonl", "lines of {\"id\", \"hyp\", \"ref\"} (default: stdin)" },
    { "tokenizer", 't', TW_OPT_TEXT, offsetof(struct tw_score_args, tokenizer),
      "NAME", "ws, tranx, treebank, 13a, intl, char, word or meteor-norm" },
    { "corpus", 'c', TW_OPT_FLAG, offsetof(struct tw_score_args, corpus), NULL,
      "one line for all pairs: counts added up, or the mean" },
    { "wordnet", 'w', TW_OPT_TEXT, offsetof(struct tw_score_args, wordnet),
      "FOLDER", "of METEOR (default: " TW_SCORE_WORDNET ")" },
    { "ignore", 0, TW_OPT_TEXT, offsetof(struct tw_score_args, ignore),
      "FILE.json", "crystalbleu: n-grams to leave out (default: learnt)" },
    { "top", 0, TW_OPT_INT, offsetof(struct tw_score_args, top), "K",
      "crystalbleu: n-grams to learn from the references (default 500)" },
    { "k", 'k', TW_OPT_TEXT, offsetof(struct tw_score_args, k), "LIST",
      "passk: 1,10,100; nk: 1@10,5@50" },
    { "model", 'm', TW_OPT_TEXT, offsetof(struct tw_score_args, model), "MODEL",
      "ice: builtin (default), a GGUF file or replay:FILE" },
    { "aspect", 0, TW_OPT_TEXT, offsetof(struct tw_score_args, aspect), "NAME",
      "ice: correctness (default) or usefulness" },
    { "no-reference", 0, TW_OPT_FLAG,
      offsetof(struct tw_score_args, no_reference), NULL,
      "ice: judge without a reference" },
    { "list", 'l', TW_OPT_FLAG, offsetof(struct tw_score_args, list), NULL,
      "name the metrics" },
    TW_COMMON_OPTS(struct tw_score_args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright score",
    .args = "METRIC [--pairs FILE.jsonl]",
    .about = "Compares generated texts with references and prints one JSON "
             "line per pair: id, metric, variant, score; with --corpus one "
             "line for all.  'trialwright score --list' names the metrics.",
    .opts = opts,
};

struct comparing {
    struct tw_score_rows *rows;
    struct tw_scorer *scorer;
    double sum;
};

static enum tw_status compare_row(void *ctx, const struct tw_json *row,
                                  struct tw_err *err)
{
    struct comparing *c = ctx;
    struct tw_piece hyp, ref;
    double score;

    TW_TRY(tw_score_text(&hyp, row, "hyp", err));
    TW_TRY(tw_score_text(&ref, row, "ref", err));
    TW_TRY(tw_scorer_pair(&score, c->scorer, hyp, ref, err));
    c->sum += score;
    if (c->rows->n == 0) /* what is learnt is known now */
        snprintf(c->rows->variant, sizeof(c->rows->variant), "%s",
                 tw_scorer_variant(c->scorer));
    if (tw_score_begin_row(c->rows, row)) {
        tw_buf_adds(&c->rows->out, ", \"score\": ");
        tw_json_add_number(&c->rows->out, score);
        tw_scorer_add_parts(c->scorer, &c->rows->out);
        tw_score_end_row(c->rows);
    }
    return TW_OK;
}

static enum tw_status learn_row(void *ctx, const struct tw_json *row,
                                struct tw_err *err)
{
    struct comparing *c = ctx;
    struct tw_piece ref;

    TW_TRY(tw_score_text(&ref, row, "ref", err));
    return tw_scorer_learn(c->scorer, ref, err);
}

static enum tw_status compare_all(struct comparing *c, struct tw_err *err)
{
    struct tw_score_rows *rows = c->rows;
    size_t n_unproven;
    const char *how;
    double score;

    if (tw_scorer_learns(c->scorer))
        TW_TRY(tw_score_each(rows, learn_row, c, err));
    tw_score_begin(rows);
    TW_TRY(tw_score_each(rows, compare_row, c, err));
    if (rows->n == 0)
        return TW_OK;
    n_unproven = tw_scorer_unproven(c->scorer);
    if (tw_score_begin_end(rows)) {
        TW_TRY(tw_scorer_corpus(&score, &how, c->scorer, err));
        tw_buf_adds(&rows->out, ", \"corpus\": ");
        tw_json_add_number(&rows->out, score);
        tw_buf_addf(&rows->out, ", \"corpus_by\": \"%s\", \"mean\": ", how);
        tw_json_add_number(&rows->out, c->sum / (double)rows->n);
        if (n_unproven)
            tw_buf_addf(&rows->out, ", \"fallback\": %zu", n_unproven);
        tw_score_end(rows);
    }
    if (rows->args->common.quiet)
        return TW_OK;
    fprintf(stderr, "%zu pairs, mean %s %.6g (%s)\n", rows->n, rows->metric,
            c->sum / (double)rows->n, rows->variant);
    if (n_unproven)
        fprintf(stderr, "%zu of them by the fallback\n", n_unproven);
    return TW_OK;
}

static enum tw_status compare(struct tw_score_rows *rows, struct tw_err *err)
{
    const struct tw_score_args *args = rows->args;
    struct comparing c = { .rows = rows };
    struct tw_score_config config = { .metric = rows->metric,
                                      .tokenizer = args->tokenizer,
                                      .wordnet = args->wordnet,
                                      .ignore = args->ignore,
                                      .top = (size_t)args->top };

    TW_TRY(tw_scorer_new(&c.scorer, &config, err));
    enum tw_status st = compare_all(&c, err);
    tw_scorer_free(c.scorer);
    return st;
}

static int list_metrics(void)
{
    static const char *const others[] = { "passk", "nk", "perplexity" };
    const char *name, *about;
    struct tw_buf out;

    tw_buf_init(&out, 1u << 16);
    for (size_t i = 0; (name = tw_score_name(i, &about)); i++)
        tw_buf_addf(&out, "%-17s %s\n", name, about);
    for (size_t i = 0; i < TW_ARRAY_LEN(others); i++)
        tw_buf_addf(&out, "%-17s %s\n", others[i],
                    tw_score_numbers_about(others[i]));
    tw_buf_addf(&out, "%-17s %s\n", "ice",
                "a model judges code, 0 to 4; a diagnostic");
    int status = tw_cli_out(&out, TW_EXIT_OK);
    tw_buf_release(&out);
    return status;
}

static enum tw_status run(struct tw_score_rows *rows, struct tw_err *err)
{
    TW_TRY(tw_file_read(&rows->in, rows->file, err));
    if (strcmp(rows->metric, "ice") == 0)
        TW_TRY(tw_score_ice(rows, err));
    else if (tw_score_numbers_about(rows->metric))
        TW_TRY(tw_score_numbers(rows, err));
    else
        TW_TRY(compare(rows, err));
    return tw_buf_check(&rows->out, "the scores", err);
}

int tw_cmd_score(int argc, char **argv)
{
    struct tw_score_args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (args.list)
        return list_metrics();
    if (args.top < 0 || args.top > 1 << 20)
        return tw_cli_usage(&usage, "--top is 1 to 1048576");
    if (n_rest != 1)
        return tw_cli_usage(&usage, "one metric is needed");
    struct tw_score_rows rows = { .args = &args,
                                  .metric = rest[0],
                                  .file =
                                      args.pairs ? args.pairs : "/dev/stdin" };
    tw_buf_init(&rows.in, INPUT_MAX);
    tw_buf_init(&rows.out, INPUT_MAX);
    enum tw_status st = run(&rows, &err);
    if (st != TW_OK) {
        status = tw_cli_fail(st, &err);
        status = rows.line ? TW_EXIT_USAGE : status;
    } else if (rows.n == 0) {
        fprintf(stderr, "trialwright: no pairs in '%s'\n", rows.file);
        status = TW_EXIT_NOTHING;
    } else {
        status = tw_cli_out(&rows.out, TW_EXIT_OK);
    }
    tw_buf_release(&rows.in);
    tw_buf_release(&rows.out);
    return status;
}
