/*
 * extract.c - from a model's answer to a program.
 *
 * The text is cleaned and cut into blocks here (extract_text.c).  Python goes
 * on in the jail, where its own parser says what compiles (extract.py); a
 * text of a model never reaches a parser outside of it.  Languages with
 * braces need no parser but a tolerant lexer (extract_braces.c).
 */
#include "answer/extract.h"

#include "base/size.h"
#include "python/helper.h"

#include <string.h>

#include "base/banned.h"

/* extract.py, made into an array at build time. */
extern const char tw_extract_py[];

/* An answer beyond this length is no function; parsing it takes minutes.
 * Reasoning in front of it may be much longer. */
enum { ANSWER_MAX = 1 << 17, TEXT_MAX = 1 << 24 };
/* N_ARGS: of tw_extract().  JOB_MAX: answers in one job, which share one start
 * of the interpreter. */
enum { N_ARGS = 8, JOB_MAX = 64 };

/* A part of an answer, which may hold any byte. */
static struct tw_pyval *str_of(struct tw_arena *a, struct tw_extract_answer s)
{
    return tw_pyval_str(a, s.text, s.len);
}

const char *tw_extract_class_name(enum tw_extract_class c)
{
    switch (c) {
    case TW_EXTRACT_OK:
        return "ok";
    case TW_EXTRACT_NO_CODE:
        return "no code";
    case TW_EXTRACT_NO_ENTRY:
        return "no entry point";
    case TW_EXTRACT_SYNTAX:
        return "syntax";
    case TW_EXTRACT_HARNESS:
        break;
    }
    return "harness";
}

static const char *text_or_empty(const char *text)
{
    if (!text)
        return "";
    return text;
}

/* The answer as clean text, without reasoning.  A benchmark's model may write
 * on behind the end of its answer, so that is cut there. */
static void clean(struct tw_buf *b, const struct tw_extract_task *task,
                  const struct tw_extract_answer *answer)
{
    struct tw_buf said;
    tw_buf_init(&said, TEXT_MAX);
    tw_extract_answer_text(&said, answer->text,
                           tw_size_min(answer->len, TEXT_MAX));
    size_t n = tw_size_min(said.len, ANSWER_MAX);
    if (task->bench)
        n = tw_extract_answer_len(tw_buf_text(&said), n);
    tw_extract_normalise(b, tw_buf_text(&said), n);
    if (said.failed)
        b->failed = said.failed;
    tw_buf_release(&said);
}

/* Arguments of tw_extract() for one answer, as copies: the clean text lives
 * no longer than this function. */
static enum tw_status build_args(struct tw_arena *a,
                                 const struct tw_extract_task *task,
                                 const struct tw_extract_answer *answer,
                                 struct tw_pyval **args, struct tw_err *err)
{
    struct tw_buf text;
    struct tw_extract_blocks cut;
    tw_buf_init(&text, 3 * (size_t)ANSWER_MAX); /* U+FFFD for a byte */
    clean(&text, task, answer);
    tw_extract_cut(&cut, tw_buf_text(&text), text.len);
    struct tw_pyval **blocks =
        tw_arena_alloc(a, cut.n + 1, sizeof(struct tw_pyval *));
    bool fine = blocks != NULL && text.failed == TW_OK;
    for (size_t i = 0; fine && i < cut.n; i++) {
        blocks[i] = str_of(a, cut.blocks[i]);
        fine = blocks[i] != NULL;
    }
    if (fine) {
        args[0] = tw_pyval_list(a, blocks, cut.n);
        args[1] = str_of(a, cut.rest);
        args[2] = tw_helper_str(a, task->entry);
        args[3] = tw_helper_str(a, text_or_empty(task->stub));
        args[4] = tw_helper_str(a, text_or_empty(task->head));
        args[5] = tw_pyval_bool(a, task->tests);
        args[6] = tw_helper_strs(a, task->stops, task->n_stops);
        args[7] = tw_pyval_bool(a, task->bench);
    }
    for (size_t i = 0; fine && i < N_ARGS; i++)
        fine = args[i] != NULL;
    tw_buf_release(&text);
    if (!fine)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold an answer");
    return TW_OK;
}

/* The helper's words; any other is our fault, not the answer's. */
static enum tw_extract_class class_named(const char *name)
{
    static const struct {
        const char *name;
        enum tw_extract_class class;
    } classes[] = {
        { "ok", TW_EXTRACT_OK },
        { "no_code", TW_EXTRACT_NO_CODE },
        { "no_entry", TW_EXTRACT_NO_ENTRY },
        { "syntax", TW_EXTRACT_SYNTAX },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(classes); i++)
        if (strcmp(name, classes[i].name) == 0)
            return classes[i].class;
    return TW_EXTRACT_HARNESS;
}

static enum tw_extract_way way_named(const char *name)
{
    if (strcmp(name, "block") == 0)
        return TW_EXTRACT_BLOCK;
    if (strcmp(name, "prose") == 0)
        return TW_EXTRACT_PROSE;
    if (strcmp(name, "head") == 0)
        return TW_EXTRACT_HEAD;
    return TW_EXTRACT_NO_WAY;
}

/* A reply that is no value (the parser ran out of memory on this text) is a
 * loss of class harness. */
static void read_reply(struct tw_arena *a, const struct tw_py_result *reply,
                       struct tw_extract_result *out)
{
    *out = (struct tw_extract_result){ .class = TW_EXTRACT_HARNESS,
                                       .code = "",
                                       .note = "" };
    if (reply->outcome != TW_PY_VALUE)
        return;
    const struct tw_pyval *v = reply->value;
    out->class = class_named(tw_helper_text(tw_helper_item(v, 0), a));
    out->code = tw_helper_text(tw_helper_item(v, 1), a);
    out->way = way_named(tw_helper_text(tw_helper_item(v, 2), a));
    double lost = tw_helper_number(tw_helper_item(v, 3), 0);
    if (lost > 0 && lost <= ANSWER_MAX)
        out->n_lost = (size_t)lost;
    out->note = tw_helper_text(tw_helper_item(v, 4), a);
}

/* Answers in Python, in one job; at[i] is where answer i belongs. */
static enum tw_status run_job(struct tw_jail *jail, struct tw_arena *a,
                              struct tw_py_call *calls, const size_t *at,
                              size_t n, struct tw_extract_result *results,
                              struct tw_err *err)
{
    struct tw_py_result *replies;
    TW_TRY(tw_helper_run(jail, a, tw_extract_py, calls, n, &replies, err));
    for (size_t i = 0; i < n; i++) {
        struct tw_py_result *reply = &replies[i];
        /* An answer that kills the parser must not take others with it. */
        if (reply->outcome == TW_PY_MISSING && n > 1 &&
            tw_helper_run(jail, a, tw_extract_py, &calls[i], 1, &reply, NULL) !=
                TW_OK)
            reply = &replies[i];
        read_reply(a, reply, &results[at[i]]);
    }
    return TW_OK;
}

/* No job: a tolerant lexer reads the text here. */
static enum tw_status run_braces(struct tw_arena *a,
                                 const struct tw_extract_task *task,
                                 const struct tw_extract_answer *answer,
                                 struct tw_extract_result *result,
                                 struct tw_err *err)
{
    struct tw_buf text;
    tw_buf_init(&text, 3 * (size_t)ANSWER_MAX);
    clean(&text, task, answer);
    bool fine =
        text.failed == TW_OK &&
        tw_extract_braces(a, task, tw_buf_text(&text), text.len, result);
    tw_buf_release(&text);
    if (!fine)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold an answer");
    return TW_OK;
}

/* Answers in Python are collected into jobs, others are done at once. */
enum tw_status tw_extract_many(struct tw_jail *jail, struct tw_arena *a,
                               const struct tw_extract_task *const *tasks,
                               const struct tw_extract_answer *answers,
                               size_t n, struct tw_extract_result *results,
                               struct tw_err *err)
{
    struct tw_py_call calls[JOB_MAX];
    size_t at[JOB_MAX], n_calls = 0;
    for (size_t i = 0; i < n; i++) {
        if (tasks[i]->lang != TW_LANG_PYTHON) {
            TW_TRY(run_braces(a, tasks[i], &answers[i], &results[i], err));
            continue;
        }
        struct tw_pyval **args =
            tw_arena_alloc(a, N_ARGS, sizeof(struct tw_pyval *));
        if (!args)
            return tw_fail(err, TW_ENOMEM, 0, "cannot hold the answers");
        TW_TRY(build_args(a, tasks[i], &answers[i], args, err));
        calls[n_calls] = (struct tw_py_call){ .function = "tw_extract",
                                              .args = args,
                                              .n_args = N_ARGS };
        at[n_calls++] = i;
        if (n_calls == JOB_MAX) {
            TW_TRY(run_job(jail, a, calls, at, n_calls, results, err));
            n_calls = 0;
        }
    }
    if (!n_calls)
        return TW_OK;
    return run_job(jail, a, calls, at, n_calls, results, err);
}

/* One task for all answers: the writer's case. */
enum tw_status tw_extract_run(struct tw_jail *jail, struct tw_arena *a,
                              const struct tw_extract_task *task,
                              const struct tw_extract_answer *answers, size_t n,
                              struct tw_extract_result *results,
                              struct tw_err *err)
{
    const struct tw_extract_task **tasks =
        tw_arena_alloc(a, n + 1, sizeof(struct tw_extract_task *));
    if (!tasks)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold the answers");
    for (size_t i = 0; i < n; i++)
        tasks[i] = task;
    return tw_extract_many(jail, a, tasks, answers, n, results, err);
}
