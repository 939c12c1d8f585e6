/*
 * bench_meteor.c - METEOR of the rows' code against the canonical solutions.
 *
 * The paper's third figure, for comparison: it measures how alike texts are,
 * and says nothing of whether a program works.
 */
#include "bench/bench_stats.h"

#include "score/score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PROGRAM_MAX ((size_t)32 << 20)

/* With WordNet's synonyms where it is installed, as NLTK's variant has them;
 * the name of the variant is printed, so that figures are not compared
 * across. */
static enum tw_status open_scorer(struct tw_scorer **s, struct tw_err *err)
{
    struct tw_score_config full = { .metric = "meteor" };
    struct tw_score_config plain = { .metric = "meteor-nowordnet" };
    enum tw_status st = tw_scorer_new(s, &full, err);

    if (st == TW_EIO)
        st = tw_scorer_new(s, &plain, err);
    return st;
}

/* Does the text have the prompt inside, docstring and all? */
static bool has_prompt(const struct tw_sample *sample,
                       const struct tw_task *task)
{
    size_t n = strlen(task->prompt);

    while (n && strchr(" \t\r\n", task->prompt[n - 1]))
        n--;
    for (const char *at = sample->text; n; at++) {
        size_t left = sample->len - (size_t)(at - sample->text);
        if (left < n)
            return false;
        at = memchr(at, task->prompt[0], left - n + 1);
        if (!at)
            return false;
        if (memcmp(at, task->prompt, n) == 0)
            return true;
    }
    return false;
}

/* The canonical solution in the form of the answer: a continuation is held
 * against a continuation, a whole program against a whole function, with the
 * prompt's docstring when the answer repeats the prompt. */
static void add_reference(struct tw_buf *b, const struct tw_task *task,
                          const struct tw_sample *sample)
{
    const char *head = task->prompt;

    if (task->declaration[0] && !has_prompt(sample, task))
        head = task->declaration;
    if (sample->whole && !task->canonical_whole)
        tw_buf_adds(b, head);
    tw_buf_adds(b, task->canonical);
}

/* One row.  Texts of many thousand tokens are refused by the scorer; no right
 * answer is that long. */
static enum tw_status score(struct tw_bench_row *row, struct tw_scorer *s,
                            const struct tw_task *task,
                            const struct tw_sample *sample, struct tw_err *err)
{
    struct tw_piece hyp = { sample->text, sample->len };
    struct tw_buf b;

    row->meteor = (double)NAN;
    if (!tw_bench_has_reference(task))
        return TW_OK; /* the prompt alone is nothing to compare with */
    tw_buf_init(&b, PROGRAM_MAX);
    add_reference(&b, task, sample);
    enum tw_status st = tw_buf_check(&b, "a canonical solution", err);
    struct tw_piece ref = { tw_buf_text(&b), b.len };
    if (st == TW_OK)
        st = tw_scorer_pair(&row->meteor, s, hyp, ref, err);
    /* Too long to compare is not alike. */
    if (st == TW_ELIMIT) {
        row->meteor = 0;
        st = TW_OK;
    }
    tw_buf_release(&b);
    return st;
}

/* One thread, as a scorer serves one at a time; it takes milliseconds where
 * judging takes seconds. */
enum tw_status tw_bench_meteor(struct tw_bench_result *r, char variant[96],
                               const struct tw_bench_job *job,
                               struct tw_err *err)
{
    struct tw_scorer *scorer;
    const struct tw_sample **order = tw_bench_order(job, &r->arena);

    TW_TRY(tw_arena_check(&r->arena, "the samples", err));
    TW_TRY(open_scorer(&scorer, err));
    snprintf(variant, 96, "%s", tw_scorer_variant(scorer));
    enum tw_status st = TW_OK;
    for (size_t i = 0; i < r->n && st == TW_OK; i++)
        st = score(&r->rows[i], scorer,
                   &job->grader.set->tasks[r->rows[i].task], order[i], err);
    tw_scorer_free(scorer);
    return st;
}
