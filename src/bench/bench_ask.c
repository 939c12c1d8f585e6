/*
 * bench_ask.c - asking a model, and keeping what it answered.
 *
 * Answers take hours and verdicts minutes, so they have a journal of their
 * own.  An answer is read back from the line that was written, also when it is
 * new: what a later run finds in the journal is what this one judges.
 */
#include "bench/bench_ask.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "base/rng.h"
#include "bench/bench_journal.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

enum { SAMPLES_MAX = 1024 };
#define ANSWERS_MEMORY ((size_t)8 << 30)
#define TASK_MEMORY    ((size_t)1 << 30)
#define LINE_MAX_BYTES ((size_t)256 << 20)

/* One run of asking. */
struct ask {
    const struct tw_ask_job *job;
    struct tw_asked *out;
    struct tw_journal *journal;
    bool *known;           /* tasks that are answered, set->n */
    size_t n_done, n_todo; /* tasks */
    double begun;          /* clock, for tokens a second */
};

/* By name; an unknown name counts as a fault of ours. */
static enum tw_extract_class find_class(const char *name)
{
    size_t i = 0;

    while (i < TW_EXTRACT_HARNESS &&
           strcmp(tw_extract_class_name((enum tw_extract_class)i), name) != 0)
        i++;
    return (enum tw_extract_class)i;
}

/* Code that was found is judged, also when it lacks the function or does not
 * compile: the judge says so. */
static enum tw_cause cause_of(enum tw_extract_class class)
{
    if (class == TW_EXTRACT_NO_CODE)
        return TW_CAUSE_NO_CODE;
    if (class == TW_EXTRACT_HARNESS)
        return TW_CAUSE_HARNESS;
    return TW_CAUSE_NONE;
}

/* One answer of a line to its place: n places for each task of the set. */
static enum tw_status take_answer(struct ask *k, size_t task, size_t index,
                                  const struct tw_json *v, struct tw_err *err)
{
    struct tw_asked *out = k->out;
    size_t place = task * k->job->n + index, n = 0;
    const char *code = tw_json_text(tw_json_get(v, "code"), &n);
    const char *class = tw_json_text(tw_json_get(v, "class"), NULL);

    if (!code || !class)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot read an answer to '%.60s' in the journal",
                       k->job->set->tasks[task].id);
    enum tw_extract_class c = find_class(class);
    out->items[place] =
        (struct tw_sample){ .task = task,
                            .index = index,
                            .text = tw_arena_text(&out->arena, code, n),
                            .len = n,
                            .whole = true,
                            .recorded = -1 };
    out->lost[place] = cause_of(c);
    out->classes[c]++;
    int64_t tokens = tw_json_int(tw_json_get(v, "tokens"), 0);
    if (tokens > 0)
        out->n_tokens += (size_t)tokens;
    out->n_cut += !tw_json_bool(tw_json_get(v, "complete"), true);
    return tw_arena_check(&out->arena, "the answers", err);
}

/* A line of the journal, or of another rank.  The first line of a task counts:
 * two ranks may have asked the same one in runs with other numbers of ranks. */
static enum tw_status take_task(void *ctx, const struct tw_json *line,
                                struct tw_err *err)
{
    struct ask *k = ctx;
    const char *id = tw_json_text(tw_json_get(line, "task"), NULL);
    const struct tw_task *task = NULL;
    const struct tw_json *answers = tw_json_get(line, "answers");

    if (id)
        task = tw_taskset_find(k->job->set, id);
    if (!task || tw_json_len(answers) != k->job->n)
        return tw_fail(err, TW_EFORMAT, 0,
                       "cannot read a line of the journal: it is of another "
                       "task set");
    size_t i = (size_t)(task - k->job->set->tasks);
    if (k->known[i])
        return TW_OK;
    for (size_t j = 0; j < k->job->n; j++)
        TW_TRY(take_answer(k, i, j, tw_json_at(answers, j), err));
    k->known[i] = true;
    return TW_OK;
}

/* The tree lives for this line only. */
static enum tw_status parse_line(struct ask *k, const char *text, size_t n,
                                 struct tw_err *err)
{
    struct tw_json *line;

    TW_TRY(tw_json_parse(&line, text, n, err));
    enum tw_status st = take_task(k, line, err);
    tw_json_free(line);
    return st;
}

/* A model that said nothing gives no text at all. */
static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

/* What a model answered to one task: n answers, and the code in each. */
struct reply {
    struct tw_llm_answer *answers;
    struct tw_extract_result *found;
};

/* From answers to programs, in the jail: the texts are untrusted.  For Go the
 * setup tells the package, without which nothing compiles. */
static enum tw_status extract(struct ask *k, struct tw_arena *a,
                              const struct tw_task *task, struct reply *r,
                              struct tw_err *err)
{
    size_t n = k->job->n;
    struct tw_extract_answer *texts = tw_arena_alloc(a, n, sizeof(*texts));
    const struct tw_taskset *set = k->job->set;
    const char *stops[TW_BENCH_STOPS + 1];
    struct tw_extract_task what = {
        .entry = task->entry,
        .head = tw_bench_head(k->job->style, set, task),
        .bench = true,
        .lang = set->lang,
        .stops = stops,
        .n_stops = tw_bench_stops(stops, k->job->style, set, task),
        .open_end = task->open_end,
    };

    if (set->lang == TW_LANG_GO)
        what.setup = task->setup;
    r->found = tw_arena_alloc(a, n, sizeof(*r->found));
    TW_TRY(tw_arena_check(a, "the answers", err));
    for (size_t i = 0; i < n; i++)
        texts[i] =
            (struct tw_extract_answer){ text_or_empty(r->answers[i].text),
                                        r->answers[i].len };
    return tw_extract_run(k->job->jail, a, &what, texts, n, r->found, err);
}

/* n answers to one prompt; the prompt is computed once for all of them. */
static enum tw_status generate(struct ask *k, struct tw_arena *a,
                               const struct tw_task *task, const char *prompt,
                               struct reply *r, struct tw_err *err)
{
    const struct tw_ask_job *job = k->job;
    const char *stops[TW_BENCH_STOPS + 1];
    struct tw_rng seed = tw_rng_seeded(job->seed);
    struct tw_llm_stats stats;

    /* By task, so that asking some of them gives the same answers. */
    seed = tw_rng_split(&seed, task->id, 0);
    (void)tw_bench_stops(stops, job->style, job->set, task);
    struct tw_llm_request req = { .prompt = prompt,
                                  .prompt_len = strlen(prompt),
                                  .n_samples = job->n,
                                  .max_tokens = job->max_tokens,
                                  .temperature = job->temperature,
                                  .top_p = job->top_p,
                                  .seed = tw_rng_u64(&seed),
                                  .stop = stops,
                                  .plain = job->style != TW_BENCH_CASES,
                                  .id = task->id };

    r->answers = tw_arena_alloc(a, job->n, sizeof(*r->answers));
    TW_TRY(tw_arena_check(a, "the answers", err));
    return tw_llm_generate(job->llm, &req, a, r->answers, &stats, NULL, err);
}

/* Text and code both: the text shows later what the extraction made of it. */
static void add_answer(struct tw_json_out *out, const struct tw_llm_answer *x,
                       const struct tw_extract_result *found)
{
    tw_json_out_object(out, NULL);
    tw_json_out_text(out, "class", tw_extract_class_name(found->class));
    tw_json_out_count(out, "tokens", x->n_tokens);
    tw_json_out_number(out, "logprob", x->logprob);
    tw_json_out_bool(out, "complete", x->complete);
    tw_json_out_bytes(out, "text", text_or_empty(x->text), x->len);
    tw_json_out_text(out, "code", found->code);
    tw_json_out_end(out);
}

/* The line of the journal, and of the message to other ranks. */
static void add_line(struct tw_buf *b, const struct tw_task *task,
                     const struct reply *r, size_t n)
{
    struct tw_json_out out;

    tw_json_out_init(&out, b);
    tw_json_out_object(&out, NULL);
    tw_json_out_text(&out, "task", task->id);
    tw_json_out_array(&out, "answers");
    for (size_t i = 0; i < n; i++)
        add_answer(&out, &r->answers[i], &r->found[i]);
    tw_json_out_end(&out);
    tw_json_out_end(&out);
    tw_json_out_done(&out);
}

/* Ask, extract, write down, and take the answers from what was written. */
static enum tw_status ask_task(struct ask *k, struct tw_arena *a, size_t i,
                               struct tw_buf *prompt, struct tw_buf *line,
                               struct tw_err *err)
{
    const struct tw_task *task = &k->job->set->tasks[i];
    struct reply r = { 0 };

    TW_TRY(tw_bench_prompt(prompt, k->job->style, k->job->set, task, err));
    TW_TRY(generate(k, a, task, tw_buf_text(prompt), &r, err));
    TW_TRY(extract(k, a, task, &r, err));
    add_line(line, task, &r, k->job->n);
    TW_TRY(tw_buf_check(line, "the answers to a task", err));
    TW_TRY(parse_line(k, tw_buf_text(line), line->len, err));
    if (!k->journal)
        return TW_OK;
    return tw_journal_add(k->journal, line, err);
}

/* Progress, and the place where a user's wish to stop is heard. */
static enum tw_status report_step(struct ask *k, struct tw_err *err)
{
    double s = tw_clock_mono() - k->begun, rate = 0;
    char text[64];

    if (s > 0)
        rate = (double)k->out->n_tokens / s;
    snprintf(text, sizeof(text), "%.1f tokens/s", rate);
    if (!tw_progress_step(k->job->progress, "ask", k->n_done, k->n_todo, text))
        return tw_fail(err, TW_ECANCELED, 0, "stopped after %zu of %zu tasks",
                       k->n_done, k->n_todo);
    return TW_OK;
}

/* Chosen by the user, and this rank's turn. */
static bool is_mine(const struct ask *k, size_t task)
{
    return k->job->chosen[task] && tw_ranks_mine(k->job->ranks, task);
}

/* Lines of the tasks that this rank asked, also of those in *lines. */
static enum tw_status ask_all(struct ask *k, struct tw_buf *lines,
                              struct tw_err *err)
{
    enum tw_status st = TW_OK;

    for (size_t i = 0; i < k->job->set->n; i++) {
        k->n_todo += is_mine(k, i) && !k->known[i];
        k->out->n_restored += k->known[i];
    }
    k->begun = tw_clock_mono();
    for (size_t i = 0; i < k->job->set->n && st == TW_OK; i++) {
        struct tw_buf prompt, line;
        struct tw_arena a;
        if (!is_mine(k, i) || k->known[i])
            continue;
        tw_buf_init(&prompt, 1u << 24);
        tw_buf_init(&line, LINE_MAX_BYTES);
        tw_arena_init(&a, TASK_MEMORY);
        st = ask_task(k, &a, i, &prompt, &line, err);
        if (k->job->ranks && st == TW_OK) {
            tw_buf_add(lines, tw_buf_text(&line), line.len);
            if (!k->journal)
                tw_buf_addc(lines, '\n');
        }
        tw_arena_release(&a);
        tw_buf_release(&line);
        tw_buf_release(&prompt);
        k->n_done++;
        if (st == TW_OK)
            st = report_step(k, err);
    }
    return st;
}

/* Also after a failure: the other ranks wait. */
static enum tw_status share(struct ask *k, enum tw_status st,
                            const struct tw_buf *lines, struct tw_err *err)
{
    struct tw_buf all;

    if (!k->job->ranks)
        return st;
    tw_buf_init(&all, ANSWERS_MEMORY);
    st = tw_ranks_share(k->job->ranks, st, tw_buf_text(lines), lines->len, &all,
                        err);
    for (size_t at = 0; at < all.len && st == TW_OK;) {
        const char *text = all.bytes + at;
        const char *end = memchr(text, '\n', all.len - at);
        size_t n = all.len - at;
        if (end)
            n = (size_t)(end - text);
        st = parse_line(k, text, n, err);
        at += n + 1;
    }
    tw_buf_release(&all);
    return st;
}

/* The answers of the chosen tasks, one after the other. */
static void close_up(struct ask *k)
{
    struct tw_asked *out = k->out;
    size_t n = k->job->n;

    for (size_t i = 0; i < k->job->set->n; i++)
        for (size_t j = 0; j < n && k->known[i] && k->job->chosen[i]; j++) {
            out->items[out->n] = out->items[i * n + j];
            out->lost[out->n++] = out->lost[i * n + j];
        }
}

/* The journal first, then what it lacks; places for all tasks, for answers come
 * in any order. */
static enum tw_status run(struct ask *k, struct tw_err *err)
{
    const struct tw_ask_job *job = k->job;
    struct tw_asked *out = k->out;
    size_t room = job->set->n * job->n;
    struct tw_journal_spec spec = { .folder = job->folder,
                                    .name = "answers",
                                    .rank = tw_ranks_rank(job->ranks),
                                    .inputs = job->inputs,
                                    .take = take_task,
                                    .ctx = k };
    struct tw_buf lines;

    out->items = tw_arena_alloc(&out->arena, room + 1, sizeof(*out->items));
    out->lost = tw_arena_alloc(&out->arena, room + 1, sizeof(*out->lost));
    k->known = tw_arena_alloc(&out->arena, job->set->n + 1, sizeof(*k->known));
    TW_TRY(tw_arena_check(&out->arena, "the answers", err));
    tw_buf_init(&lines, ANSWERS_MEMORY);
    enum tw_status st = TW_OK;
    if (job->folder)
        st = tw_journal_open(&k->journal, &spec, err);
    if (st == TW_OK)
        st = ask_all(k, &lines, err);
    st = share(k, st, &lines, err);
    tw_buf_release(&lines);
    if (st == TW_OK)
        close_up(k);
    return st;
}

/* The journal is closed in any case, so that another process may go on with
 * it. */
enum tw_status tw_bench_ask(struct tw_asked *asked,
                            const struct tw_ask_job *job, struct tw_err *err)
{
    struct ask k = { .job = job, .out = asked };

    *asked = (struct tw_asked){ 0 };
    if (job->n < 1 || job->n > SAMPLES_MAX)
        return tw_fail(err, TW_EINVAL, 0,
                       "cannot ask for %zu samples of a task: 1 to %d", job->n,
                       SAMPLES_MAX);
    tw_arena_init(&asked->arena, ANSWERS_MEMORY);
    enum tw_status st = run(&k, err);
    tw_journal_close(k.journal);
    if (st != TW_OK)
        tw_asked_release(asked);
    return st;
}

void tw_asked_release(struct tw_asked *asked)
{
    tw_arena_release(&asked->arena);
    *asked = (struct tw_asked){ 0 };
}
