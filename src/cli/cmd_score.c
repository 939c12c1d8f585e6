#include "cli/cli.h"

#include "base/file.h"
#include "base/json.h"
#include "metrics/score.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define INPUT_MAX ((size_t)1 << 30)

struct args {
    struct tw_common common;
    const char *pairs;
    const char *tokenizer;
    const char *wordnet;
    const char *ignore;
    int64_t top;
    bool list, corpus;
};

static const struct tw_opt opts[] = {
    { "pairs", 'p', TW_OPT_TEXT, offsetof(struct args, pairs), "FILE.jsonl",
      "lines of {\"id\", \"hyp\", \"ref\"} (default: stdin)" },
    { "tokenizer", 't', TW_OPT_TEXT, offsetof(struct args, tokenizer), "NAME",
      "ws, tranx, treebank, 13a, intl, char, word or meteor-norm" },
    { "wordnet", 'w', TW_OPT_TEXT, offsetof(struct args, wordnet), "FOLDER",
      "of METEOR (default: " TW_SCORE_WORDNET ")" },
    { "corpus", 'c', TW_OPT_FLAG, offsetof(struct args, corpus), NULL,
      "one line for all pairs: counts added up, or the mean" },
    { "ignore", 0, TW_OPT_TEXT, offsetof(struct args, ignore), "FILE.json",
      "crystalbleu: n-grams to leave out (default: learnt)" },
    { "top", 0, TW_OPT_INT, offsetof(struct args, top), "K",
      "crystalbleu: n-grams to learn from the references (default 500)" },
    { "list", 'l', TW_OPT_FLAG, offsetof(struct args, list), NULL,
      "name the metrics" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright score",
    .args = "METRIC [--pairs FILE.jsonl]",
    .about = "Compares generated texts with references and prints one JSON "
             "line per pair: id, metric, variant, score; with --corpus one "
             "line for all.  'trialwright score --list' names the metrics.",
    .opts = opts,
};

struct scoring {
    const char *metric, *file;
    struct tw_scorer *scorer;
    struct tw_buf out;
    size_t line, n;
    double sum;
    bool json, corpus;
};

static enum tw_status fail_line(const struct scoring *s, enum tw_status st,
                                const char *why, struct tw_err *err)
{
    size_t len = strlen(s->file);

    return tw_fail(err, st, 0, "%s:%zu: %.120s",
                   len > 60 ? s->file + len - 60 : s->file, s->line, why);
}

static enum tw_status take_text(struct tw_piece *p, const struct scoring *s,
                                const struct tw_json *row, const char *key,
                                struct tw_err *err)
{
    char why[40];

    p->s = tw_json_text(tw_json_get(row, key), &p->n);
    if (p->s)
        return TW_OK;
    snprintf(why, sizeof(why), "no text '%s'", key);
    return fail_line(s, TW_EFORMAT, why, err);
}

static enum tw_status add_id(struct scoring *s, const struct tw_json *id,
                             struct tw_err *err)
{
    size_t n;
    const char *text = tw_json_text(id, &n);

    if (text)
        tw_json_add_string(&s->out, text, n);
    else if (tw_json_kind(id) == TW_JSON_INT)
        tw_buf_addf(&s->out, "%lld", (long long)tw_json_int(id, 0));
    else if (tw_json_kind(id) == TW_JSON_NULL)
        tw_buf_adds(&s->out, "null");
    else
        return fail_line(s, TW_EFORMAT, "'id' is no text and no integer", err);
    return TW_OK;
}

static enum tw_status score_row(struct scoring *s, const struct tw_json *row,
                                struct tw_err *err)
{
    struct tw_piece hyp, ref;
    struct tw_err why = { 0 };
    double score;

    TW_TRY(take_text(&hyp, s, row, "hyp", err));
    TW_TRY(take_text(&ref, s, row, "ref", err));
    enum tw_status st = tw_scorer_pair(&score, s->scorer, hyp, ref, &why);
    if (st != TW_OK)
        return fail_line(s, st, why.msg, err);
    s->sum += score;
    if (s->corpus) {
        s->n++;
        return TW_OK;
    }
    if (s->json && s->n > 0)
        tw_buf_adds(&s->out, ",\n ");
    tw_buf_adds(&s->out, "{\"id\": ");
    TW_TRY(add_id(s, tw_json_get(row, "id"), err));
    if (!s->json) {
        tw_buf_addf(&s->out, ", \"metric\": \"%s\", \"variant\": ", s->metric);
        tw_json_adds(&s->out, tw_scorer_variant(s->scorer));
    }
    tw_buf_adds(&s->out, ", \"score\": ");
    tw_json_add_number(&s->out, score);
    tw_buf_adds(&s->out, s->json ? "}" : "}\n");
    s->n++;
    return TW_OK;
}

static enum tw_status learn_row(struct scoring *s, const struct tw_json *row,
                                struct tw_err *err)
{
    struct tw_piece ref;
    struct tw_err why = { 0 };

    TW_TRY(take_text(&ref, s, row, "ref", err));
    enum tw_status st = tw_scorer_learn(s->scorer, ref, &why);
    return st == TW_OK ? st : fail_line(s, st, why.msg, err);
}

typedef enum tw_status row_fn(struct scoring *s, const struct tw_json *row,
                              struct tw_err *err);

static enum tw_status one_line(struct scoring *s, row_fn *take,
                               const char *line, size_t n, struct tw_err *err)
{
    struct tw_err why = { 0 };
    struct tw_json *row;
    enum tw_status st = tw_json_parse(&row, line, n, &why);

    if (st != TW_OK)
        return fail_line(s, st, why.msg, err);
    st = take(s, row, err);
    tw_json_free(row);
    return st;
}

static bool is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]) || !line[i])
            return false;
    return true;
}

static enum tw_status each_line(struct scoring *s, row_fn *take,
                                const struct tw_buf *in, struct tw_err *err)
{
    const char *at = tw_buf_text(in), *end = at + in->len;

    s->line = 0;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);

        s->line++;
        if (!is_blank(at, n))
            TW_TRY(one_line(s, take, at, n, err));
        at += n + 1;
    }
    return TW_OK;
}

static void begin_json(struct scoring *s)
{
    tw_buf_addf(&s->out, "{\"metric\": \"%s\", ", s->metric);
    if (!s->corpus)
        tw_buf_adds(&s->out, "\"scores\": [\n ");
}

/* Of all pairs: the end of the document, or the one line of --corpus. */
static enum tw_status add_corpus(struct scoring *s, struct tw_err *err)
{
    const char *how;
    double score;

    if (s->n == 0)
        return TW_OK;
    TW_TRY(tw_scorer_corpus(&score, &how, s->scorer, err));
    if (s->json && !s->corpus)
        tw_buf_adds(&s->out, "\n], ");
    tw_buf_adds(&s->out, "\"variant\": ");
    tw_json_adds(&s->out, tw_scorer_variant(s->scorer));
    tw_buf_addf(&s->out, ", \"pairs\": %zu, \"corpus\": ", s->n);
    tw_json_add_number(&s->out, score);
    tw_buf_addf(&s->out, ", \"corpus_by\": \"%s\", \"mean\": ", how);
    tw_json_add_number(&s->out, s->sum / (double)s->n);
    tw_buf_adds(&s->out, "}\n");
    return TW_OK;
}

static enum tw_status score_all(struct scoring *s, const struct tw_buf *in,
                                struct tw_err *err)
{
    if (tw_scorer_learns(s->scorer))
        TW_TRY(each_line(s, learn_row, in, err));
    if (s->json || s->corpus)
        begin_json(s);
    TW_TRY(each_line(s, score_row, in, err));
    if (s->json || s->corpus)
        TW_TRY(add_corpus(s, err));
    return tw_buf_check(&s->out, "the scores", err);
}

static int list_metrics(void)
{
    const char *name, *about;
    struct tw_buf out;

    tw_buf_init(&out, 1u << 16);
    for (size_t i = 0; (name = tw_score_name(i, &about)); i++)
        tw_buf_addf(&out, "%-17s %s\n", name, about);
    int status = tw_cli_out(&out, TW_EXIT_OK);
    tw_buf_release(&out);
    return status;
}

static int run(struct scoring *s, const struct args *args)
{
    struct tw_err err = { 0 };
    struct tw_buf in;
    int status;

    tw_buf_init(&in, INPUT_MAX);
    enum tw_status st = tw_file_read(&in, s->file, &err);
    if (st == TW_OK)
        st = score_all(s, &in, &err);
    tw_buf_release(&in);
    if (st != TW_OK) {
        status = tw_cli_fail(st, &err);
        return s->line ? TW_EXIT_USAGE : status;
    }
    if (s->n == 0) {
        fprintf(stderr, "trialwright: no pairs in '%s'\n", s->file);
        return TW_EXIT_NOTHING;
    }
    if (!args->common.quiet)
        fprintf(stderr, "%zu pairs, mean %s %.6g (%s)\n", s->n, s->metric,
                s->sum / (double)s->n, tw_scorer_variant(s->scorer));
    return tw_cli_out(&s->out, TW_EXIT_OK);
}

int tw_cmd_score(int argc, char **argv)
{
    struct args args = { 0 };
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
    struct scoring s = { .metric = rest[0],
                         .file = args.pairs ? args.pairs : "/dev/stdin",
                         .json = args.common.json,
                         .corpus = args.corpus };
    struct tw_score_config c = { .metric = rest[0],
                                 .tokenizer = args.tokenizer,
                                 .wordnet = args.wordnet,
                                 .ignore = args.ignore,
                                 .top = (size_t)args.top };
    enum tw_status st = tw_scorer_new(&s.scorer, &c, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_buf_init(&s.out, INPUT_MAX);
    status = run(&s, &args);
    tw_buf_release(&s.out);
    tw_scorer_free(s.scorer);
    return status;
}
