/*
 * cmd_bench_judge.c - answers of the subcommand bench: read or asked, judged,
 * summed up.
 *
 * Answers come from one of four places: files of recorded answers, a model
 * that is asked now, the set's own solutions, or functions without a body.
 * Each becomes a list of tw_sample (borrowed texts, items in the arena) and
 * goes through finish_row(), which judges it and makes one row of the table.
 *
 * Two hashes decide what may be reused from a journal: hash_asking() of what a
 * model was asked, hash_inputs() of what was judged and how.
 */
#include "cli/cmd_bench.h"

#include "bench/bench_unfence.h"

#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define OUTPUT_MAX ((size_t)4 << 30)

/* Up to the first of the texts that end an answer. */
static size_t cut_len(const struct tw_task *task, const struct tw_sample *s)
{
    size_t len = s->len;

    for (size_t i = 0; i < task->n_stops; i++) {
        const char *found = strstr(s->text, task->stops[i]);
        if (found && (size_t)(found - s->text) < len)
            len = (size_t)(found - s->text);
    }
    return len;
}

/* The samples of chosen tasks, as the options want them read. */
static enum tw_status take_items(struct tw_bench_cli *b,
                                 struct tw_bench_answers *r, size_t set,
                                 const struct tw_sample *items, size_t n,
                                 struct tw_err *err)
{
    const struct tw_bench_args *args = b->args;

    r->items = tw_arena_alloc(b->arena, n + 1, sizeof(*r->items));
    TW_TRY(tw_arena_check(b->arena, "the samples", err));
    for (size_t i = 0; i < n; i++) {
        if (!b->chosen[set][items[i].task])
            continue;
        r->items[r->n_items] = items[i];
        if (args->program || args->completion)
            r->items[r->n_items].whole = args->program;
        struct tw_sample *s = &r->items[r->n_items++];
        if (args->cut && !s->whole)
            s->len = cut_len(&b->sets[set].tasks[s->task], s);
    }
    return TW_OK;
}

/* The set's own texts as answers. */
static enum tw_status take_own(struct tw_bench_cli *b,
                               struct tw_bench_answers *r, size_t s,
                               struct tw_err *err)
{
    const struct tw_taskset *set = &b->sets[s];

    r->items = tw_arena_alloc(b->arena, set->n + 1, sizeof(*r->items));
    TW_TRY(tw_arena_check(b->arena, "the samples", err));
    for (size_t i = 0; i < set->n; i++) {
        const struct tw_task *t = &set->tasks[i];
        const char *text = t->canonical;
        if (b->args->stub_only)
            text = t->stub;
        if (!b->chosen[s][i])
            continue;
        if (b->args->stub_only && !text[0])
            return tw_fail(err, TW_EINVAL, 0,
                           "no function without a body in %s: its prompts are "
                           "no code",
                           set->name);
        if (!b->args->stub_only && !tw_bench_has_reference(t))
            continue;
        r->items[r->n_items++] = (struct tw_sample){
            .task = i,
            .text = text,
            .len = strlen(text),
            .whole = b->args->stub_only || t->canonical_whole,
            .recorded = -1,
        };
    }
    if (r->n_items == 0 && !b->args->stub_only && set->n > 0)
        return tw_fail(err, TW_EINVAL, 0,
                       "no reference: %s has no canonical solution for the "
                       "tasks that were chosen",
                       set->name);
    return TW_OK;
}

/* Doubtful input does not stop a run, but it must not pass unseen either:
 * figures of it end up in tables. */
static void warn(const char *text, const char *file, size_t n)
{
    tw_cli_say("trialwright: %.200s: %zu %s", file, n, text);
}

static const char odd_text[] =
    "answers look like programs among continuations, or the reverse: see "
    "--completion and --program";

static bool many_odd(const struct tw_samples *s)
{
    return 10 * s->n_odd > s->n && !s->fenced;
}

/* Who says what the texts are is believed. */
static bool is_fenced(const struct tw_bench_args *args,
                      const struct tw_samples *s)
{
    return s->fenced && !args->completion && !args->program;
}

/* A file whose every answer is the canonical solution holds no model's work,
 * however it came about: a score of 100 % from it is refused unless the user
 * insists. The other oddities are only said, by one process. */
static enum tw_status check_samples(const struct tw_bench_cli *b,
                                    const struct tw_samples *s,
                                    const char *file, struct tw_err *err)
{
    if (s->suspicious && !b->args->force)
        return tw_fail(err, TW_EINVAL, 0,
                       "refused '%.80s': every answer is the canonical "
                       "solution, no model wrote it (--force judges it)",
                       file);
    if (tw_ranks_rank(b->ranks) > 0 || b->args->common.quiet)
        return TW_OK;
    if (s->suspicious)
        warn("answers, all of them canonical solutions: not a model's result",
             file, s->n);
    if (s->n_skipped)
        warn("answers to tasks outside of this part of the set were left out",
             file, s->n_skipped);
    if (many_odd(s))
        warn(odd_text, file, s->n_odd);
    return TW_OK;
}

/* How the texts were read, for the report: a figure of programs that were taken
 * for continuations is none, and nobody sees it from the figure. */
static void say_form(const struct tw_bench_args *args,
                     struct tw_bench_answers *r)
{
    const struct tw_samples *s = &r->samples;
    const char *form = "continuations of the prompt", *by = "its texts";

    if (args->completion || args->program)
        by = "option";
    if (args->program || (!args->completion && s->whole))
        form = "whole programs";
    if (is_fenced(args, s))
        form = "answers with fences, the code in them";
    snprintf(r->form, sizeof(r->form), "%s in '%.40s', by %s", form, s->field,
             by);
    if (many_odd(s))
        snprintf(r->doubt, sizeof(r->doubt), "%zu of %zu %s", s->n_odd, s->n,
                 odd_text);
}

/* Which of the sets a file of answers belongs to, and the answers. */
static enum tw_status load_file(struct tw_bench_cli *b,
                                struct tw_bench_answers *r, size_t *set,
                                const char *file, struct tw_err *err)
{
    enum tw_status st = TW_EFORMAT;

    for (size_t i = 0; i < b->n_sets && st == TW_EFORMAT; i++) {
        *set = i;
        st = tw_samples_load(&r->samples, file, b->args->prompts, &b->sets[i],
                             err);
    }
    if (st != TW_OK)
        return st;
    TW_TRY(check_samples(b, &r->samples, file, err));
    say_form(b->args, r);
    TW_TRY(take_items(b, r, *set, r->samples.items, r->samples.n, err));
    if (!is_fenced(b->args, &r->samples))
        return TW_OK;
    return tw_bench_unfence(b->jail, b->arena, &b->sets[*set], r->items,
                            r->n_items, err);
}

/* Of the file of answers; NULL: they are from no file. */
static const char *file_hash(const struct tw_bench_answers *r)
{
    return r->samples.n ? r->samples.sha256 : NULL;
}

/* All that a verdict depends on.  A journal with another hash is not gone on
 * with, so what is forgotten here makes old verdicts pass for new ones. */
static void hash_inputs(const struct tw_bench_cli *b,
                        struct tw_bench_answers *r)
{
    const struct tw_grader *g = &r->job.grader;
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, "bench " TW_VERSION);
    tw_hash_adds(&h, g->set->name);
    tw_hash_adds(&h, g->set->sha256);
    tw_hash_adds(&h, tw_cli_text_or(file_hash(r), ""));
    tw_hash_adds(&h, r->asked_inputs);
    tw_hash_add_u64(&h,
                    (uint64_t)(b->args->canonical + 2 * b->args->stub_only +
                               4 * b->args->completion + 8 * b->args->program));
    tw_hash_add_u64(&h, (uint64_t)(g->options.stub + 2 * g->options.prelude +
                                   4 * g->options.cold));
    tw_hash_add_f64(&h, g->options.time_s);
    tw_hash_add_u64(&h, g->options.mem_bytes);
    tw_hash_hex(&h, r->inputs);
}

/* A model's answer may leave out what the prompt brings; a recorded program is
 * judged as it stands. */
static bool has_stub(const struct tw_bench_args *args)
{
    return args->stub || (args->model && !args->no_stub);
}

/* Where verdicts are kept; NULL: nowhere. */
static const char *journal_of(const struct tw_bench_cli *b,
                              const struct tw_bench_answers *r)
{
    return b->args->out ? r->folder : NULL;
}

/* The job borrows everything from *b and *r, which both outlive it. go_on,
 * because TCER counts assertions also behind the first that fails. */
static void set_up(struct tw_bench_cli *b, struct tw_bench_answers *r,
                   size_t set)
{
    const struct tw_bench_args *args = b->args;
    r->job = (struct tw_bench_job){
        .grader = { .jail = b->jail,
                    .langs = b->langs,
                    .set = &b->sets[set],
                    .options = { .prelude = args->prelude,
                                 .stub = has_stub(args),
                                 .go_on = true,
                                 .time_s = args->time_s,
                                 .mem_bytes = (size_t)args->mem_mib << 20,
                                 .cold = args->cold } },
        .samples = r->items,
        .n_samples = r->n_items,
        .lost = r->asked.lost,
        .pool = b->pool,
        .ranks = b->ranks,
        .folder = journal_of(b, r),
        .inputs = r->inputs,
        .progress = &b->progress.progress,
    };
    hash_inputs(b, r);
}

/* One line of JSON for each answer with its verdict, in the order of the file:
 * the raw data behind the table, for people who count again. */
static enum tw_status write_rows(const struct tw_bench_answers *r,
                                 struct tw_err *err)
{
    char path[600];
    struct tw_buf out;

    tw_buf_init(&out, OUTPUT_MAX);
    for (size_t i = 0; i < r->result.n; i++) {
        tw_bench_add_row(&out, &r->result, r->job.grader.set,
                         &r->result.rows[i]);
        tw_buf_addc(&out, '\n');
    }
    snprintf(path, sizeof(path), "%s/samples.jsonl", r->folder);
    enum tw_status st = tw_buf_check(&out, "samples.jsonl", err);
    if (st == TW_OK)
        st = tw_file_write(path, tw_buf_text(&out), out.len, err);
    tw_buf_release(&out);
    return st;
}

/* What stands in the paper, to compare with. */
static const char published[] =
    "the paper prints, as CS / TCER / METEOR: Mistral-7B 63.8 / 33.6 / 26.4 "
    "(MBPP), 42.7 / 37.2 / 64.0 (HumanEval-X); CodeLlama-7B 95.1 / 38.1 / 27.2 "
    "(MBPP), 84.0 / 1.9 / 22.7 (HumanEval-X)";

/* Judge what the row holds and work out its figures. */
static enum tw_status finish_row(struct tw_bench_cli *b,
                                 struct tw_bench_answers *r, size_t set,
                                 struct tw_err *err)
{
    struct tw_bench_entry *e = &b->entries[b->n_rows];
    struct tw_bench_stats_options filled = b->stats;

    set_up(b, r, set);
    if (r->n_items == 0)
        return TW_OK;
    TW_TRY(tw_bench_run(&r->result, &r->job, err));
    b->n_rows++;
    if (tw_ranks_rank(b->ranks) > 0)
        return TW_OK;
    *e = (struct tw_bench_entry){ .model = r->title,
                                  .sha256 = file_hash(r),
                                  .set = &b->sets[set],
                                  .job = &r->job,
                                  .result = &r->result,
                                  .options = b->stats };
    if (r->asking[0])
        e->notes[0] = r->asking;
    if (b->n_sets > 1 && b->n_rows == b->n_sets)
        e->notes[1] = published;
    if (r->doubt[0])
        e->notes[2] = r->doubt;
    if (r->form[0])
        e->form = r->form;
    TW_TRY(tw_bench_meteor(&r->result, e->meteor, &r->job, err));
    TW_TRY(tw_bench_stats(&e->stats, &r->result, &b->stats, err));
    filled.no_empty = true;
    e->filled = e->stats;
    if (e->stats.n_empty)
        TW_TRY(tw_bench_stats(&e->filled, &r->result, &filled, err));
    if (b->args->out)
        TW_TRY(write_rows(r, err));
    return TW_OK;
}

/* Several rows keep their journals in numbered folders: the number is the
 * place in the command line, which must not change between a run and its
 * continuation. */
static void name_row(struct tw_bench_cli *b, struct tw_bench_answers *r,
                     const char *title, size_t n_rows)
{
    const char *out = tw_cli_text_or(b->args->out, "");

    snprintf(r->title, sizeof(r->title), "%s",
             tw_cli_text_or(b->args->name, title));
    if (n_rows > 1)
        snprintf(r->folder, sizeof(r->folder), "%.500s/%zu", out,
                 (size_t)(r - b->rows) + 1);
    else
        snprintf(r->folder, sizeof(r->folder), "%.511s", out);
}

/* A row for each file; with both sets of the paper the set is found by the
 * tasks that the file names. */
static enum tw_status judge_files(struct tw_bench_cli *b, struct tw_err *err)
{
    const struct tw_opt_list *files = &b->args->samples;

    for (size_t i = 0; i < files->n; i++) {
        struct tw_bench_answers *r = &b->rows[i];
        size_t set = 0;
        TW_TRY(load_file(b, r, &set, files->items[i], err));
        name_row(b, r, tw_file_basename(files->items[i]), files->n);
        TW_TRY(finish_row(b, r, set, err));
    }
    return TW_OK;
}

/* The two ends of the scale, without any model: the set's solutions must pass
 * everywhere, and functions without a body should pass nowhere (a task that
 * they pass has empty tests). */
static enum tw_status judge_own(struct tw_bench_cli *b, struct tw_err *err)
{
    const char *title = "canonical solutions";

    if (b->args->stub_only)
        title = "no body";

    for (size_t i = 0; i < b->n_sets; i++) {
        struct tw_bench_answers *r = &b->rows[i];
        TW_TRY(take_own(b, r, i, err));
        name_row(b, r, title, b->n_sets);
        TW_TRY(finish_row(b, r, i, err));
    }
    return TW_OK;
}

/* All that an answer depends on; only then are answers of an earlier run those
 * of this one. The version counts too, because the engine may have changed its
 * rounding. */
static void hash_asking(const struct tw_bench_cli *b, struct tw_ask_job *job,
                        char inputs[TW_HASH_HEX_SIZE])
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, "ask " TW_VERSION);
    tw_hash_adds(&h, b->model_sha256);
    tw_hash_adds(&h, job->set->name);
    tw_hash_adds(&h, job->set->sha256);
    tw_hash_adds(&h, tw_bench_style_name(job->style));
    tw_hash_add_u64(&h, job->n);
    tw_hash_add_u64(&h, job->max_tokens);
    tw_hash_add_f64(&h, (double)job->temperature);
    tw_hash_add_f64(&h, (double)job->top_p);
    tw_hash_add_u64(&h, job->seed);
    tw_hash_hex(&h, inputs);
}

/* One answer is the likeliest; several would all be the same without heat. */
static double temperature_of(const struct tw_bench_args *args)
{
    if (args->temperature >= 0)
        return args->temperature;
    return args->n > 1 ? 0.8 : 0;
}

/* A number that was given, or the default: both may be 0. */
static double given_or(double v, double fallback)
{
    return v >= 0 ? v : fallback;
}

/* Ask the model about the chosen tasks; *r then owns the answers. The note
 * under the table says with which settings, because a figure without them
 * cannot be compared. */
static enum tw_status ask_set(struct tw_bench_cli *b,
                              struct tw_bench_answers *r, size_t set,
                              enum tw_bench_style style, struct tw_err *err)
{
    const struct tw_bench_args *args = b->args;
    struct tw_ask_job job = {
        .llm = b->llm,
        .jail = b->jail,
        .set = &b->sets[set],
        .chosen = b->chosen[set],
        .style = style,
        .n = tw_cli_count_or(args->n, 1),
        .max_tokens = tw_cli_count_or(args->max_tokens, 512),
        .temperature = (float)temperature_of(args),
        .top_p = (float)given_or(args->top_p, 0.95),
        .seed = b->stats.seed,
        .ranks = b->ranks,
        .folder = journal_of(b, r),
        .inputs = r->asked_inputs,
        .progress = &b->progress.progress,
    };

    hash_asking(b, &job, r->asked_inputs);
    TW_TRY(tw_bench_ask(&r->asked, &job, err));
    snprintf(r->asking, sizeof(r->asking),
             "%s: %.80s; style %s, temperature %.3g, top-p %.3g, at most %zu "
             "tokens, seed %llu; %zu answers: %zu without code, %zu without "
             "the function, %zu that do not compile, %zu cut",
             b->sets[set].name, tw_llm_description(b->llm),
             tw_bench_style_name(style), (double)job.temperature,
             (double)job.top_p, job.max_tokens, (unsigned long long)job.seed,
             r->asked.n, r->asked.classes[TW_EXTRACT_NO_CODE],
             r->asked.classes[TW_EXTRACT_NO_ENTRY],
             r->asked.classes[TW_EXTRACT_SYNTAX], r->asked.n_cut);
    return TW_OK;
}

/* Of the file, also where the engine has none. */
static enum tw_status hash_model(struct tw_bench_cli *b, struct tw_err *err)
{
    const char *name = b->args->model;
    struct tw_buf file;

    snprintf(b->model_sha256, sizeof(b->model_sha256), "%s",
             tw_llm_sha256(b->llm));
    if (strncmp(name, "replay:", 7) != 0)
        return TW_OK;
    tw_buf_init(&file, OUTPUT_MAX);
    enum tw_status st = tw_file_read(&file, name + 7, err);
    if (st == TW_OK)
        tw_hash_bytes_hex(tw_buf_text(&file), file.len, b->model_sha256);
    tw_buf_release(&file);
    return st;
}

/* The built-in model knows one form of prompts only, that with cases. */
static enum tw_bench_style style_of(const struct tw_bench_args *args)
{
    if (args->style)
        return tw_bench_style_find(args->style);
    if (strcmp(args->model, "builtin") == 0)
        return TW_BENCH_CASES;
    return TW_BENCH_COMPLETE;
}

/* The model is opened here and not in open_all(): it takes gigabytes and
 * seconds, and the other three sources need none. */
static enum tw_status judge_model(struct tw_bench_cli *b, struct tw_err *err)
{
    const char *name = b->args->model;
    enum tw_bench_style style = style_of(b->args);

    if (style == TW_BENCH_STYLES)
        return tw_fail(err, TW_EINVAL, 0,
                       "no form of prompts '%.40s': complete, cases, inst",
                       b->args->style);
    TW_TRY(tw_cli_backend(&b->backend, &b->args->common, err));
    TW_TRY(tw_llm_open(&b->llm, name, b->backend, err));
    TW_TRY(hash_model(b, err));
    for (size_t i = 0; i < b->n_sets; i++) {
        struct tw_bench_answers *r = &b->rows[i];
        name_row(b, r, tw_file_basename(name), b->n_sets);
        TW_TRY(ask_set(b, r, i, style, err));
        TW_TRY(take_items(b, r, i, r->asked.items, r->asked.n, err));
        TW_TRY(finish_row(b, r, i, err));
    }
    return TW_OK;
}

enum tw_status tw_cli_bench_judge(struct tw_bench_cli *b, struct tw_err *err)
{
    if (b->args->samples.n)
        return judge_files(b, err);
    if (b->args->model)
        return judge_model(b, err);
    return judge_own(b, err);
}
