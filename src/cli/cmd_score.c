/*
 * cmd_score.c - score: generated texts against references, and other figures.
 *
 * One metric at a time, over lines of JSON; three kinds: comparisons of two
 * texts (here), figures from counts and log-probabilities
 * (cmd_score_numbers.c), and a model as a judge (cmd_score_ice.c). The room
 * score computes, this command only reads, calls and prints. Every line that
 * is printed carries the variant, because a BLEU without its settings is no
 * figure.
 */
#include "cli/cmd_score.h"

#include "base/file.h"
#include "score/score.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define INPUT_MAX ((size_t)1 << 30)

static const struct tw_opt opts[] = {
    { "pairs", 'p', TW_OPT_TEXT, offsetof(struct tw_score_args, pairs),
      "FILE.jsonl",
      .help = "lines of {\"id\", \"hyp\", \"ref\"} (default: stdin)" },
    { "tokenizer", 't', TW_OPT_TEXT, offsetof(struct tw_score_args, tokenizer),
      "NAME",
      .help = "ws, tranx, treebank, 13a, intl, char, word or meteor-norm" },
    { "corpus", 'c', TW_OPT_FLAG, offsetof(struct tw_score_args, corpus), NULL,
      .help = "one line for all pairs: counts added up, or the mean" },
    { "wordnet", 'w', TW_OPT_TEXT, offsetof(struct tw_score_args, wordnet),
      "FOLDER", .help = "of METEOR (default: " TW_SCORE_WORDNET ")" },
    { "ignore", 0, TW_OPT_TEXT, offsetof(struct tw_score_args, ignore),
      "FILE.json",
      .help = "crystalbleu: n-grams to leave out (default: learnt)" },
    { "top", 0, TW_OPT_INT, offsetof(struct tw_score_args, top), "K",
      .help = "crystalbleu: n-grams to learn from the references (default 500)",
      TW_OPT_RANGE(1, 1 << 20) },
    { "k", 'k', TW_OPT_TEXT, offsetof(struct tw_score_args, k), "LIST",
      .help = "passk: 1,10,100; nk: 1@10,5@50" },
    { "model", 'm', TW_OPT_TEXT, offsetof(struct tw_score_args, model), "MODEL",
      .help = "ice: builtin (default), a GGUF file or replay:FILE" },
    { "aspect", 0, TW_OPT_TEXT, offsetof(struct tw_score_args, aspect), "NAME",
      .help = "ice: correctness (default) or usefulness" },
    { "no-reference", 0, TW_OPT_FLAG,
      offsetof(struct tw_score_args, no_reference), NULL,
      .help = "ice: judge without a reference" },
    { "list", 'l', TW_OPT_FLAG, offsetof(struct tw_score_args, list), NULL,
      .help = "name the metrics" },
    TW_COMMON_OPTS(struct tw_score_args),
};

/* A metric at work over the rows; sum is of the scores so far, for the
 * mean. */
struct comparing {
    struct tw_score_rows *rows;
    struct tw_scorer *scorer;
    double sum;
};

/* A tw_score_row_fn. The parts of a composed metric (CodeBLEU) stand behind
 * its score, as members of the same object. */
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
        tw_json_out_number(&c->rows->job->json, "score", score);
        tw_scorer_add_parts(c->scorer, &c->rows->job->out);
        tw_score_end_row(c->rows);
    }
    return TW_OK;
}

/* A tw_score_row_fn. CrystalBLEU leaves out what is frequent in all code, and
 * learns it from the references of this file. */
static enum tw_status learn_row(void *ctx, const struct tw_json *row,
                                struct tw_err *err)
{
    struct comparing *c = ctx;
    struct tw_piece ref;

    TW_TRY(tw_score_text(&ref, row, "ref", err));
    return tw_scorer_learn(c->scorer, ref, err);
}

/* For people who watch: stdout is for programs. */
static void say_mean(const struct comparing *c, size_t n_unproven)
{
    const struct tw_score_rows *rows = c->rows;

    if (rows->args->common.quiet)
        return;
    tw_cli_say("%zu pairs, mean %s %.6g (%s)", rows->n, rows->metric,
               c->sum / (double)rows->n, rows->variant);
    if (n_unproven)
        tw_cli_say("%zu of them by the fallback", n_unproven);
}

/* A metric that learns from the references reads the rows twice. */
static enum tw_status compare_all(struct comparing *c, struct tw_err *err)
{
    struct tw_score_rows *rows = c->rows;
    struct tw_json_out *o = &rows->job->json;
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
        tw_json_out_number(o, "corpus", score);
        tw_json_out_text(o, "corpus_by", how);
        tw_json_out_number(o, "mean", c->sum / (double)rows->n);
        if (n_unproven)
            tw_json_out_count(o, "fallback", n_unproven);
        tw_score_end(rows);
    }
    say_mean(c, n_unproven);
    return TW_OK;
}

/* An unknown metric or a missing WordNet is found here, before the first row
 * is read. */
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

/* The room score knows the comparisons only; the rest is listed by hand, in
 * the order of the files. */
static void list_metrics(struct tw_buf *out)
{
    static const char *const others[] = { "passk", "nk", "perplexity" };
    const char *name, *about;

    for (size_t i = 0; (name = tw_score_name(i, &about)); i++)
        tw_buf_addf(out, "%-17s %s\n", name, about);
    for (size_t i = 0; i < TW_ARRAY_LEN(others); i++)
        tw_buf_addf(out, "%-17s %s\n", others[i],
                    tw_score_numbers_about(others[i]));
    tw_buf_addf(out, "%-17s %s\n", "ice",
                "a model judges code, 0 to 4; a diagnostic");
}

/* The input is read whole: metrics that learn go over it twice, and stdin
 * cannot be rewound. */
static enum tw_status score_rows(struct tw_score_rows *rows, struct tw_err *err)
{
    TW_TRY(tw_file_read(&rows->in, rows->file, err));
    if (strcmp(rows->metric, "ice") == 0)
        return tw_score_ice(rows, err);
    if (tw_score_numbers_about(rows->metric))
        return tw_score_numbers(rows, err);
    return compare(rows, err);
}

/* --list needs no metric, so the number of arguments is counted here and not
 * by the frame. */
static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct tw_score_args *args = options;

    (void)rest;
    if (args->list)
        return NULL;
    if (n_rest != 1)
        return "one metric is needed";
    return NULL;
}

static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct tw_score_args *args = options;
    struct tw_score_rows rows = { .job = job,
                                  .args = args,
                                  .metric = job->rest[0],
                                  .file = tw_cli_text_or(args->pairs,
                                                         "/dev/stdin") };

    if (args->list) {
        list_metrics(&job->out);
        return TW_OK;
    }
    tw_buf_init(&rows.in, INPUT_MAX);
    enum tw_status st = score_rows(&rows, err);
    if (st == TW_OK)
        st = tw_buf_check(&job->out, "the scores", err);
    if (rows.line) /* whatever it is, the input is to blame */
        job->status_failed = TW_EXIT_USAGE;
    if (st == TW_OK && rows.n == 0) {
        tw_cli_say("trialwright: no pairs in '%s'", rows.file);
        tw_buf_clear(&job->out);
        job->status = TW_EXIT_NOTHING;
    }
    tw_buf_release(&rows.in);
    return st;
}

const struct tw_cli_command tw_cmd_score = {
    .name = "score",
    .summary = "similarity of texts: METEOR, chrF, BLEU, ...",
    .usage = {
    .command = "trialwright score",
    .args = "METRIC [--pairs FILE.jsonl]",
    .about = "Compares generated texts with references and prints one JSON "
             "line per pair: id, metric, variant, score; with --corpus one "
             "line for all.  'trialwright score --list' names the metrics.",
    .opts = opts,
},
    .args_size = sizeof(struct tw_score_args),
    .mistake = mistake,
    .run = run,
};
