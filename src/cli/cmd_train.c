/*
 * cmd_train.c - train: curriculum, tokenizer, pretrain, sft, and all of them
 * as "builtin".
 *
 * How the model that is shipped inside the program was made, as commands:
 * tasks that this program invents and solves in the jail, a vocabulary learnt
 * from them, a small transformer trained on every token and then on the
 * answers only. No text from elsewhere goes in. The room teach does the work;
 * the defaults here are the settings of the shipped model, and changing one
 * changes that model.
 */
#include "cli/cli.h"

#include "base/file.h"
#include "jail/jail.h"
#include "llm/bpe.h"
#include "teach/curriculum.h"
#include "teach/train.h"
#include "teach/train_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

enum {
    TASKS = 150000, /* of the built-in model's curriculum */
    VOCAB = 1024,
    VOCAB_TASKS = 20000, /* lines that the vocabulary is learnt from */
    HELD_EVERY = 500,
    PATH_SIZE = 1024,
    PRETRAIN_STEPS = 1000,
    SFT_STEPS = 5000,
};

/* Options of all lessons in one table: --help shows them together, each with
 * the lesson that it belongs to. 0 and NULL stand for the default. */
struct args {
    struct tw_common common;
    const char *out;
    const char *tokenizer;
    const char *checkpoint;
    const char *type;
    const char *from;
    const char *schedule;
    int64_t n, first, vocab, layers, d, heads, kv_heads, ff, context, rows,
        accumulate, steps, warmup, save_every, eval_every;
    double lr, ema;
};

static const struct tw_opt opts[] = {
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "FILE",
      .help = "what is written (required)" },
    { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N",
      .help = "curriculum: tasks (default 150000)",
      TW_OPT_RANGE(1, 1000000000) },
    { "first", 0, TW_OPT_INT, offsetof(struct args, first), "I",
      .help = "curriculum: index of the first task",
      TW_OPT_RANGE(0, 1000000000000000) },
    { "vocab", 0, TW_OPT_INT, offsetof(struct args, vocab), "V",
      .help = "tokenizer: tokens (default 1024)", TW_OPT_RANGE(257, 1000000) },
    { "tokenizer", 0, TW_OPT_TEXT, offsetof(struct args, tokenizer), "FILE",
      .help = "pretrain: GGUF file with the tokenizer (required)" },
    { "layers", 0, TW_OPT_INT, offsetof(struct args, layers), "N",
      .help = "pretrain: blocks (default 6)", TW_OPT_RANGE(1, 1000) },
    { "width", 0, TW_OPT_INT, offsetof(struct args, d), "D",
      .help = "pretrain: model width (default 192)", TW_OPT_RANGE(1, 1000000) },
    { "heads", 0, TW_OPT_INT, offsetof(struct args, heads), "H",
      .help = "pretrain: attention heads (default 6)", TW_OPT_RANGE(1, 10000) },
    { "kv-heads", 0, TW_OPT_INT, offsetof(struct args, kv_heads), "H",
      .help = "pretrain: key and value heads (default: as heads)",
      TW_OPT_RANGE(1, 10000) },
    { "ff", 0, TW_OPT_INT, offsetof(struct args, ff), "F",
      .help = "pretrain: width of the feed-forward part (default 512)",
      TW_OPT_RANGE(1, 1000000) },
    { "context", 0, TW_OPT_INT, offsetof(struct args, context), "T",
      .help = "pretrain: positions of a row (default 512)",
      TW_OPT_RANGE(1, 1000000) },
    { "rows", 0, TW_OPT_INT, offsetof(struct args, rows), "R",
      .help = "pretrain: rows of a micro-batch (default 8)",
      TW_OPT_RANGE(1, 1000000) },
    { "accumulate", 0, TW_OPT_INT, offsetof(struct args, accumulate), "A",
      .help = "pretrain: micro-batches of a step (default 1)",
      TW_OPT_RANGE(1, 1000000) },
    { "steps", 0, TW_OPT_INT, offsetof(struct args, steps), "N",
      .help = "steps (default: 1000 for pretrain, 5000 for sft)",
      TW_OPT_RANGE(1, 1000000000) },
    { "warmup", 0, TW_OPT_INT, offsetof(struct args, warmup), "N",
      .help = "pretrain: steps of rising rate (default 100)",
      TW_OPT_RANGE(0, 1000000000) },
    { "lr", 0, TW_OPT_NUMBER, offsetof(struct args, lr), "RATE",
      .help = "pretrain: peak learning rate (default 0.002)",
      TW_OPT_RANGE(1e-09, 10) },
    { "ema", 0, TW_OPT_NUMBER, offsetof(struct args, ema), "DECAY",
      .help = "pretrain: average of the weights (default 0: none)",
      TW_OPT_RANGE(0, 1) },
    { "from", 0, TW_OPT_TEXT, offsetof(struct args, from), "MODEL",
      .help = "sft: the model to go on with (required)" },
    { "schedule", 0, TW_OPT_TEXT, offsetof(struct args, schedule), "NAME",
      .help = "learning rate: constant, cosine or wsd (default)",
      TW_OPT_CHOICES("constant", "cosine", "wsd") },
    { "checkpoint", 0, TW_OPT_TEXT, offsetof(struct args, checkpoint), "FILE",
      .help = "pretrain: go on from FILE when it is there, and write it" },
    { "save-every", 0, TW_OPT_INT, offsetof(struct args, save_every), "N",
      .help = "pretrain: steps between checkpoints (default 200)",
      TW_OPT_RANGE(1, 1000000000) },
    { "eval-every", 0, TW_OPT_INT, offsetof(struct args, eval_every), "N",
      .help = "pretrain: steps between held-out losses (default 500)",
      TW_OPT_RANGE(1, 1000000000) },
    { "type", 0, TW_OPT_TEXT, offsetof(struct args, type), "TYPE",
      .help = "pretrain: weights as f32, f16 or q8_0 (default f16)",
      TW_OPT_CHOICES("f32", "f16", "q8_0") },
    TW_COMMON_OPTS(struct args),
};

/* Each task's expected values come from running its solution, so the jail is
 * needed; a weak one is not accepted, since nobody reads tens of thousands of
 * programs before they run. */
static enum tw_status curriculum(const struct args *args, const char *out,
                                 const struct tw_progress *progress,
                                 struct tw_err *err)
{
    struct tw_curriculum_config c = { .first = tw_cli_count_or(args->first, 0),
                                      .n_tasks =
                                          tw_cli_count_or(args->n, TASKS),
                                      .seed =
                                          tw_cli_seed_or(&args->common, 1) };
    struct tw_curriculum_stats stats;
    struct tw_jail *jail;

    TW_TRY(tw_cli_jail_open(&jail, false, err));
    enum tw_status st =
        tw_curriculum_write(jail, &c, out, progress, &stats, err);
    tw_jail_close(jail);
    if (st == TW_OK && !args->common.quiet)
        tw_cli_say("%zu tasks of %zu families, %zu dropped: %s",
                   stats.n_written, stats.n_families, stats.n_dropped, out);
    return st;
}

/* From the first lines only: merges of bytes are settled long before the file
 * ends. Text is split before it is merged, as StarCoder does it for code. */
static enum tw_status tokenizer(const struct args *args, const char *in,
                                const char *out,
                                const struct tw_progress *progress,
                                struct tw_err *err)
{
    struct tw_bpe_train opt = { .n_vocab = tw_cli_count_or(args->vocab, VOCAB),
                                .pre = TW_PRETOK_STARCODER };
    struct tw_vocab *vocab;

    TW_TRY(tw_train_vocab(&vocab, &opt, in, VOCAB_TASKS, progress, err));
    enum tw_status st = tw_vocab_save(vocab, out, err);
    tw_vocab_free(vocab);
    return st;
}

/* wsd warms up, stays and falls at the end; constant leaves out the fall, for
 * a training that another one goes on from, as in builtin(). */
static enum tw_status schedule_of(const char *name, enum tw_schedule *s,
                                  struct tw_err *err)
{
    *s = TW_SCHEDULE_WSD;
    if (!name || strcmp(name, "wsd") == 0)
        return TW_OK;
    *s = TW_SCHEDULE_COSINE;
    if (strcmp(name, "cosine") == 0)
        return TW_OK;
    *s = TW_SCHEDULE_CONSTANT;
    if (strcmp(name, "constant") == 0)
        return TW_OK;
    return tw_fail(err, TW_EINVAL, 0,
                   "refuse --schedule '%.20s': constant, cosine, wsd", name);
}

/* The options over the defaults; --from makes it fine-tuning, which learns
 * from the answers only. */
static struct tw_train_config train_config(const struct args *a,
                                           const char *checkpoint)
{
    size_t steps = PRETRAIN_STEPS;

    if (a->from)
        steps = SFT_STEPS;
    struct tw_train_config c = {
        .n_layers = tw_cli_count_or(a->layers, 6),
        .d = tw_cli_count_or(a->d, 192),
        .n_heads = tw_cli_count_or(a->heads, 6),
        .ff = tw_cli_count_or(a->ff, 512),
        .T = tw_cli_count_or(a->context, 512),
        .n_rows = tw_cli_count_or(a->rows, 8),
        .accumulate = tw_cli_count_or(a->accumulate, 1),
        .steps = tw_cli_count_or(a->steps, steps),
        .warmup = (size_t)a->warmup,
        .schedule = TW_SCHEDULE_WSD,
        .lr = 0.002f,
        .lr_floor = 0.02f,
        .ema = (float)a->ema,
        .seed = tw_cli_seed_or(&a->common, 1),
        .answer_only = a->from != NULL,
        .held_every = HELD_EVERY,
        .eval_every = tw_cli_count_or(a->eval_every, 500),
        .save_every = tw_cli_count_or(a->save_every, 200),
        .checkpoint = checkpoint,
        .name = "trialwright-builtin",
    };

    if (a->lr > 0)
        c.lr = (float)a->lr;
    c.n_heads_kv = tw_cli_count_or(a->kv_heads, c.n_heads);
    return c;
}

/* Of the file that is written; training itself is in float always. */
static enum tw_status weight_type(const char *name, enum tw_ggml_type *type,
                                  struct tw_err *err)
{
    *type = TW_GGML_F16;
    if (!name || strcmp(name, "f16") == 0)
        return TW_OK;
    *type = TW_GGML_Q8_0;
    if (strcmp(name, "q8_0") == 0)
        return TW_OK;
    *type = TW_GGML_F32;
    if (strcmp(name, "f32") == 0)
        return TW_OK;
    return tw_fail(err, TW_EINVAL, 0, "refuse --type '%.20s': f32, f16, q8_0",
                   name);
}

/* Copied into the trainer, so the file can be closed, and may be the one that
 * is written at the end. */
static enum tw_status load_weights(struct tw_train *t, const char *path,
                                   struct tw_err *err)
{
    struct tw_gguf *f;

    TW_TRY(tw_gguf_open(&f, path, err));
    enum tw_status st = tw_gguf_check(f, tw_train_load(t, f, err), err);
    tw_gguf_close(f);
    return st;
}

/* A checkpoint goes before --from: it holds the model that came from there,
 * and more. The figures at the end go to stderr, because the result is a
 * file. */
static enum tw_status train_model(const struct args *args,
                                  const struct tw_vocab *vocab,
                                  struct tw_backend *be, const char *in,
                                  const char *out,
                                  const struct tw_progress *progress,
                                  struct tw_err *err)
{
    struct tw_train_config c = train_config(args, args->checkpoint);
    enum tw_ggml_type type;
    struct tw_train *t;

    TW_TRY(weight_type(args->type, &type, err));
    TW_TRY(schedule_of(args->schedule, &c.schedule, err));
    TW_TRY(tw_train_new(&t, &c, vocab, be, err));
    enum tw_status st = tw_train_read(t, in, err);
    if (st == TW_OK && c.checkpoint && tw_file_exists(c.checkpoint))
        st = tw_train_resume(t, c.checkpoint, err);
    else if (st == TW_OK && args->from)
        st = load_weights(t, args->from, err);
    if (st == TW_OK)
        st = tw_train_run(t, progress, err);
    if (st == TW_OK)
        st = tw_train_export(t, out, type, err);
    if (st == TW_OK && !args->common.quiet) {
        struct tw_train_stats s = tw_train_stats(t);
        fputc('\n', stderr);
        tw_cli_say("%zu parameters, %zu documents (%zu too long), loss %.4f, "
                   "held out %.4f, %.0f tokens/s: %s",
                   s.n_params, s.n_docs, s.n_too_long, s.loss, s.loss_held,
                   s.tokens_per_s, out);
    }
    tw_train_free(t);
    return st;
}

/* Both pretrain and sft; for the latter --from gives the weights and the
 * tokenizer must be the same as then. Opens the vocabulary and the backend
 * around the training. */
static enum tw_status pretrain(const struct args *args, const char *in,
                               const char *tokenizer_path, const char *out,
                               const struct tw_progress *progress,
                               struct tw_err *err)
{
    struct tw_gguf *file;
    struct tw_vocab *vocab;
    struct tw_backend *be;

    if (!tokenizer_path)
        return tw_fail(err, TW_EINVAL, 0, "--tokenizer is needed");
    TW_TRY(tw_gguf_open(&file, tokenizer_path, err));
    enum tw_status st = tw_vocab_open(&vocab, file, err);
    if (st == TW_OK) {
        st = tw_cli_backend(&be, &args->common, err);
        if (st == TW_OK) {
            st = train_model(args, vocab, be, in, out, progress, err);
            tw_backend_free(be);
        }
        tw_vocab_free(vocab);
    }
    tw_gguf_close(file);
    return st;
}

/* The shipped model.  Everything made on the way stays beside the output, so
 * that the same command goes on. */
static enum tw_status builtin(const struct args *args, const char *out,
                              const struct tw_progress *progress,
                              struct tw_err *err)
{
    char tasks[PATH_SIZE], vocab[PATH_SIZE], base[PATH_SIZE],
        checkpoint[PATH_SIZE];
    struct args a = *args;

    snprintf(tasks, sizeof(tasks), "%.1000s.tasks.jsonl", out);
    snprintf(vocab, sizeof(vocab), "%.1000s.vocab.gguf", out);
    snprintf(base, sizeof(base), "%.1000s.base.gguf", out);
    if (!tw_file_exists(tasks))
        TW_TRY(curriculum(&a, tasks, progress, err));
    if (!tw_file_exists(vocab))
        TW_TRY(tokenizer(&a, tasks, vocab, progress, err));
    a.checkpoint = checkpoint;
    if (!tw_file_exists(base)) {
        a.schedule = "constant";
        a.type = "f32";
        snprintf(checkpoint, sizeof(checkpoint), "%.1000s.base.ckpt", out);
        TW_TRY(pretrain(&a, tasks, vocab, base, progress, err));
    }
    a.schedule = "wsd";
    a.type = "f16";
    a.from = base;
    snprintf(checkpoint, sizeof(checkpoint), "%.1000s.ckpt", out);
    return pretrain(&a, tasks, vocab, out, progress, err);
}

/* in: the second argument, NULL for lessons that read no file. */
typedef enum tw_status train_fn(const struct args *args, const char *in,
                                const struct tw_progress *progress,
                                struct tw_err *err);

static enum tw_status run_curriculum(const struct args *args, const char *in,
                                     const struct tw_progress *progress,
                                     struct tw_err *err)
{
    (void)in;
    return curriculum(args, args->out, progress, err);
}

static enum tw_status run_tokenizer(const struct args *args, const char *in,
                                    const struct tw_progress *progress,
                                    struct tw_err *err)
{
    return tokenizer(args, in, args->out, progress, err);
}

static enum tw_status run_pretrain(const struct args *args, const char *in,
                                   const struct tw_progress *progress,
                                   struct tw_err *err)
{
    return pretrain(args, in, args->tokenizer, args->out, progress, err);
}

static enum tw_status run_builtin(const struct args *args, const char *in,
                                  const struct tw_progress *progress,
                                  struct tw_err *err)
{
    (void)in;
    return builtin(args, args->out, progress, err);
}

/* What can be trained, by the first argument. */
static const struct lesson {
    const char *name;
    bool needs_in; /* a file of tasks is the second argument */
    train_fn *run;
} lessons[] = {
    { "curriculum", false, run_curriculum },
    { "tokenizer", true, run_tokenizer },
    { "pretrain", true, run_pretrain },
    { "sft", true, run_pretrain },
    { "builtin", false, run_builtin },
};

/* NULL for an unknown name and for none. */
static const struct lesson *find_lesson(const char *name)
{
    for (size_t i = 0; name && i < TW_ARRAY_LEN(lessons); i++)
        if (strcmp(lessons[i].name, name) == 0)
            return &lessons[i];
    return NULL;
}

/* rest[0] is NULL without arguments. The shape of the command line is checked
 * before the name, as the message names all its parts. */
static const char *mistake(const void *options, char *const *rest,
                           size_t n_rest)
{
    const struct args *args = options;
    const struct lesson *l = find_lesson(rest[0]);
    size_t wanted = l && l->needs_in ? 2 : 1;

    if (!args->out || n_rest != wanted)
        return "what to train, its input, and -o FILE are needed";
    if (!l)
        return "train knows curriculum, tokenizer, pretrain, sft and builtin";
    if (strcmp(l->name, "sft") == 0 && !args->from)
        return "sft needs --from MODEL";
    return NULL;
}

/* The lesson writes its file itself; stdout has only its name, for scripts
 * that ask with --json. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    const struct args *args = options;
    struct tw_cli_progress progress;
    const struct tw_progress *p =
        tw_cli_progress(&progress, args->common.quiet);
    enum tw_status st =
        find_lesson(job->rest[0])->run(args, job->rest[1], p, err);

    tw_cli_progress_end(&progress);
    TW_TRY(st);
    if (args->common.json) {
        tw_json_out_object(&job->json, NULL);
        tw_json_out_text(&job->json, "file", args->out);
        tw_cli_json_end(job);
    }
    return TW_OK;
}

static const struct args defaults = { .warmup = 100 };

const struct tw_cli_command tw_cmd_train = {
    .defaults = &defaults,
    .name = "train",
    .summary = "curriculum, tokenizer, language model",
    .usage = {
    .command = "trialwright train",
    .args = "curriculum|tokenizer|pretrain|sft|builtin [FILE.jsonl] -o FILE",
    .about =
        "curriculum: writes tasks for a small model, made by this program and "
        "solved in the jail. tokenizer: learns a byte-level BPE vocabulary "
        "from a JSONL file of prompts and answers. pretrain: trains a "
        "transformer of llama type from scratch on such a file, on every "
        "token. "
        "sft: goes on with a model of the same shape, on the answers only. "
        "builtin: all of them with the settings of the model that is shipped; "
        "hours on two "
        "cores; Ctrl-C and the same command go on.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .mistake = mistake,
    .run = run,
};
