/*
 * cmd_score_ice.c - a model judges code.
 *
 * In the manner of ICE-Score (Zhuo 2024): a language model reads the task and
 * the code and answers with a number from 0 to 4. The wording of the question
 * is ours and small models judge poorly, so the variant begins with
 * "diagnostic", and nothing in this program decides by these figures.
 */
#include "cli/cmd_score.h"

#include "llm/llm.h"
#include "score/ice.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum { ANSWER_TOKENS = 64 };
#define PROMPT_MAX ((size_t)4 << 20)

/* One model and one aspect over all rows. Answers without a number count as 0
 * in the sum; rows that could not be asked do not count. */
struct judging {
    struct tw_score_rows *rows;
    struct tw_llm *model;
    enum tw_ice_aspect aspect;
    struct tw_buf prompt;
    size_t n_judged, n_unread, n_failed;
    double sum;
};

/* Key of recorded answers: the id as text. */
static const char *id_text(char *to, size_t size, const struct tw_json *row)
{
    const struct tw_json *id = tw_json_get(row, "id");
    const char *text = tw_json_text(id, NULL);

    if (text)
        return text;
    if (tw_json_kind(id) != TW_JSON_INT)
        return NULL;
    snprintf(to, size, "%lld", (long long)tw_json_int(id, 0));
    return to;
}

/* Greedy, and with a fixed seed: the same rows get the same scores. The
 * answer lies in the arena a. The id lets replay: models find their
 * recorded answer. */
static enum tw_status ask(struct tw_piece *answer, struct judging *g,
                          struct tw_arena *a, const struct tw_json *row,
                          struct tw_err *err)
{
    struct tw_llm_stats stats = { 0 };
    struct tw_llm_answer got;
    char id[24];
    struct tw_llm_request req = {
        .prompt = tw_buf_text(&g->prompt),
        .prompt_len = g->prompt.len,
        .n_samples = 1,
        .max_tokens = ANSWER_TOKENS,
        .seed = 1,
        .id = id_text(id, sizeof(id), row),
    };

    TW_TRY(tw_llm_generate(g->model, &req, a, &got, &stats, NULL, err));
    *answer = (struct tw_piece){ got.text, got.len };
    return TW_OK;
}

/* The score of one row, or -1 where the model could not be asked. */
static void print_row(struct judging *g, const struct tw_json *row, int score,
                      bool parsed, const char *why)
{
    struct tw_json_out *o = &g->rows->job->json;

    if (!tw_score_begin_row(g->rows, row))
        return;
    if (score < 0) {
        tw_json_out_null(o, "score");
        tw_json_out_bool(o, "parsed", false);
        tw_json_out_text(o, "error", why);
    } else {
        tw_json_out_int(o, "score", score);
        tw_json_out_bool(o, "parsed", parsed);
    }
    tw_score_end_row(g->rows);
}

/* A tw_score_row_fn. One row that cannot be asked must not lose the others,
 * which took minutes; a failure of the machine ends the run. */
static enum tw_status judge_row(void *ctx, const struct tw_json *row,
                                struct tw_err *err)
{
    struct judging *g = ctx;
    struct tw_ice_task task = { .problem = { NULL, 0 } };
    struct tw_err why = { 0 };
    struct tw_piece answer;
    struct tw_arena arena;
    int score = -1;
    bool parsed = false;

    TW_TRY(tw_score_text(&task.code, row, "hyp", err));
    if (!g->rows->args->no_reference)
        TW_TRY(tw_score_text(&task.reference, row, "ref", err));
    task.problem.s = tw_json_text(tw_json_get(row, "problem"), &task.problem.n);
    tw_buf_clear(&g->prompt);
    tw_ice_prompt(&g->prompt, g->aspect, &task);
    TW_TRY(tw_buf_check(&g->prompt, "the question", err));
    tw_arena_init(&arena, (size_t)1 << 30);
    enum tw_status st = ask(&answer, g, &arena, row, &why);
    if (st == TW_OK) {
        parsed = tw_ice_parse(&score, answer, g->aspect);
        g->n_unread += !parsed;
        g->n_judged++;
        g->sum += score;
    } else if (st == TW_ELIMIT || st == TW_EINVAL) {
        g->n_failed++; /* this row only: too long, or no recorded answer */
        st = TW_OK;
    } else {
        tw_fail(err, st, 0, "%s", why.msg);
    }
    tw_arena_release(&arena);
    if (st == TW_OK)
        print_row(g, row, score, parsed, why.msg);
    return st;
}

/* The remark on stderr repeats that the figure is no verdict, for those who
 * read only that. */
static enum tw_status judge_all(struct judging *g, struct tw_err *err)
{
    struct tw_score_rows *rows = g->rows;

    tw_score_begin(rows);
    TW_TRY(tw_score_each(rows, judge_row, g, err));
    double mean = 0;
    if (g->n_judged)
        mean = g->sum / (double)g->n_judged;
    if (tw_score_begin_end(rows)) {
        struct tw_json_out *o = &rows->job->json;
        tw_json_out_count(o, "judged", g->n_judged);
        tw_json_out_count(o, "unparsed", g->n_unread);
        tw_json_out_count(o, "failed", g->n_failed);
        tw_json_out_number(o, "mean", mean);
        tw_score_end(rows);
    }
    if (!rows->args->common.quiet && rows->n > 0)
        tw_cli_say("%zu judged, mean %.4g of %d; %zu answers without a score "
                   "(counted as 0), %zu not asked; a diagnostic, no verdict",
                   g->n_judged, mean, (int)TW_ICE_MAX, g->n_unread,
                   g->n_failed);
    return TW_OK;
}

/* The only metric that needs a backend; so it opens its own instead of making
 * every score start the pool. */
enum tw_status tw_score_ice(struct tw_score_rows *rows, struct tw_err *err)
{
    const struct tw_score_args *args = rows->args;
    const char *name = tw_cli_text_or(args->aspect, "correctness");
    struct judging g = { .rows = rows, .aspect = tw_ice_aspect_find(name) };
    struct tw_backend *be;
    const char *reference = "yes";

    if (g.aspect == TW_ICE_ASPECTS)
        return tw_fail(err, TW_EINVAL, 0,
                       "--aspect is usefulness or correctness, not '%.40s'",
                       name);
    TW_TRY(tw_cli_backend(&be, &args->common, err));
    enum tw_status st =
        tw_llm_open(&g.model, tw_cli_text_or(args->model, "builtin"), be, err);
    if (st != TW_OK) {
        tw_backend_free(be);
        return st;
    }
    if (args->no_reference)
        reference = "no";
    snprintf(rows->variant, sizeof(rows->variant),
             "diagnostic|ice-style|aspect:%s|ref:%s|0..%d|greedy|own-prompt|"
             "model:%.200s",
             tw_ice_aspect_name(g.aspect), reference, (int)TW_ICE_MAX,
             tw_llm_description(g.model));
    tw_buf_init(&g.prompt, PROMPT_MAX);
    st = judge_all(&g, err);
    tw_buf_release(&g.prompt);
    tw_llm_close(g.model);
    tw_backend_free(be);
    return st;
}
