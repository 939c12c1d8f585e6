/*
 * cmd_llm.c - llm: the language-model engine by itself.
 *
 * Four actions by the first argument, for people who want to see a model file,
 * compare tokens and logits with another engine, or try a prompt. The same
 * engine writes tests in run; there its answers are judged, here they are
 * printed as they are.
 */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/file.h"
#include "gguf/gguf.h"
#include "llm/builtin.h"
#include "llm/llm.h"
#include "llm/session.h"
#include "llm/vocab.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define INPUT_MAX ((size_t)256 << 20)
enum { IDS_MAX = 1 << 20, SAMPLES_MAX = 1024, TOKENS_DEFAULT = 256 };

/* Options of all four actions; one that does not belong to the action is
 * ignored. */
struct args {
    struct tw_common common;
    const char *model;
    const char *tokens;
    const char *out;
    const char *prompt;
    int64_t n, max_tokens, top_k;
    double temperature, top_p;
    bool decode, plain, no_lookup;
};

static const struct tw_opt opts[] = {
    { "model", 'm', TW_OPT_TEXT, offsetof(struct args, model), "MODEL",
      .help = "builtin (default) or a GGUF file" },
    { "decode", 0, TW_OPT_FLAG, offsetof(struct args, decode), NULL,
      .help = "tokenize: the reverse, ids to text" },
    { "tokens", 0, TW_OPT_TEXT, offsetof(struct args, tokens), "1,2,3",
      .help = "logits: token ids" },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "F",
      .help = "logits: float32, row-major, one row per position" },
    { "prompt", 'p', TW_OPT_TEXT, offsetof(struct args, prompt), "TEXT",
      .help = "generate: the prompt (default: stdin)" },
    { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N",
      .help = "generate: answers (default 1)", TW_OPT_RANGE(1, SAMPLES_MAX) },
    { "max-tokens", 0, TW_OPT_INT, offsetof(struct args, max_tokens), "N",
      .help = "generate: tokens of an answer (default 256)",
      TW_OPT_RANGE(1, 1000000) },
    { "temperature", 0, TW_OPT_NUMBER, offsetof(struct args, temperature), "T",
      .help = "generate: 0 is greedy (default 0)", TW_OPT_RANGE(0, 100) },
    { "top-k", 0, TW_OPT_INT, offsetof(struct args, top_k), "K",
      .help = "generate: among the K likeliest (default 0: all)",
      TW_OPT_RANGE(0, 1000000) },
    { "top-p", 0, TW_OPT_NUMBER, offsetof(struct args, top_p), "P",
      .help = "generate: among those that make up P (default 1: all)",
      TW_OPT_RANGE(0.001, 1) },
    { "plain", 0, TW_OPT_FLAG, offsetof(struct args, plain), NULL,
      .help = "generate: the prompt as it is, not in the model's chat form" },
    { "no-lookup", 0, TW_OPT_FLAG, offsetof(struct args, no_lookup), NULL,
      .help = "generate: a token a step, without guesses from earlier text: "
              "the same answers, mostly slower" },
    TW_COMMON_OPTS(struct args),
};

/* The built-in model is an array in the program, used where it lies. */
static enum tw_status open_file(struct tw_gguf **f, const char *name,
                                struct tw_err *err)
{
    size_t n;

    if (name && strcmp(name, "builtin") != 0)
        return tw_gguf_open(f, name, err);
    const uint8_t *bytes = tw_builtin_model(&n);
    if (!bytes)
        return tw_fail(err, TW_EIO, 0,
                       "this program was built without a built-in model");
    return tw_gguf_open_bytes(f, bytes, n, err);
}

/* As bytes: a tokenizer must accept any text, also one that is no UTF-8. */
static enum tw_status read_stdin(struct tw_buf *b, struct tw_err *err)
{
    char chunk[8192];
    size_t n;

    while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        tw_buf_add(b, chunk, n);
    if (ferror(stdin))
        return tw_fail(err, TW_EIO, 0, "cannot read stdin");
    return tw_buf_check(b, "stdin", err);
}

/* The shape as the engine has read it, not the file's list of keys: what is
 * missing here the engine did not understand. */
static void add_info(struct tw_cli_job *job, bool json,
                     const struct tw_model *m, size_t n_tensors)
{
    const struct tw_model_shape *s = tw_model_shape(m);
    const struct {
        const char *name;
        size_t value;
    } rows[] = {
        { "parameters", s->n_params },
        { "layers", s->n_layers },
        { "width", s->d },
        { "heads", s->n_heads },
        { "kv_heads", s->n_heads_kv },
        { "ff", s->ff },
        { "vocabulary", s->n_vocab },
        { "context", s->context },
        { "tensors", n_tensors },
    };

    if (!json) {
        tw_buf_addf(&job->out, "%-12s %s\n%-12s %s\n", "architecture",
                    tw_model_arch(m), "weights", tw_model_type(m));
        for (size_t i = 0; i < TW_ARRAY_LEN(rows); i++)
            tw_buf_addf(&job->out, "%-12s %zu\n", rows[i].name, rows[i].value);
        return;
    }
    tw_json_out_object(&job->json, NULL);
    tw_json_out_text(&job->json, "architecture", tw_model_arch(m));
    tw_json_out_text(&job->json, "type", tw_model_type(m));
    for (size_t i = 0; i < TW_ARRAY_LEN(rows); i++)
        tw_json_out_count(&job->json, rows[i].name, rows[i].value);
    tw_cli_json_end(job);
}

/* The weights are mapped, not read, so a large file takes no longer than a
 * small one. The order of closing matters: the model points into the file. */
static enum tw_status info(struct tw_cli_job *job, const struct args *args,
                           struct tw_err *err)
{
    struct tw_model *m = NULL;
    struct tw_gguf *f = NULL;

    TW_TRY(open_file(&f, args->model, err));
    enum tw_status st = tw_model_open(&m, f, job->be, err);
    if (st == TW_OK)
        add_info(job, args->common.json, m, tw_gguf_count_tensors(f));
    tw_model_free(m);
    tw_gguf_close(f);
    return st;
}

/* One line of stdin as ids, without a token for the beginning of a text: what
 * other tools print can be compared directly. */
static enum tw_status encode_line(struct tw_cli_job *job, bool json,
                                  const struct tw_vocab *vocab,
                                  const char *line, size_t n,
                                  struct tw_err *err)
{
    struct tw_ids ids = { 0 };
    enum tw_status st = tw_vocab_encode(vocab, line, n, &ids, err);

    if (json)
        tw_json_out_array(&job->json, NULL);
    for (size_t i = 0; st == TW_OK && i < ids.n; i++) {
        if (json)
            tw_json_out_int(&job->json, NULL, ids.v[i]);
        else
            tw_buf_addf(&job->out, i ? " %d" : "%d", (int)ids.v[i]);
    }
    if (json)
        tw_json_out_end(&job->json);
    else
        tw_buf_addc(&job->out, '\n');
    tw_ids_release(&ids);
    return st;
}

/* Ids with blanks between as the text they stand for, which may be no UTF-8
 * and is passed on byte by byte. */
static enum tw_status read_ids(const struct tw_vocab *vocab, const char *line,
                               size_t n, struct tw_buf *text,
                               struct tw_err *err)
{
    const char *end = line + n;

    while (line < end) {
        char *stop;
        long id = strtol(line, &stop, 10);
        if (stop == line || stop > end || id < 0 ||
            (size_t)id >= tw_vocab_count(vocab))
            return tw_fail(err, TW_EFORMAT, 0, "'%.20s' is no token id", line);
        tw_vocab_decode(vocab, (int32_t)id, true, text);
        line = stop;
        while (line < end && *line == ' ')
            line++;
    }
    return TW_OK;
}

/* JSON wants the whole text at once, because an id may hold a part of a
 * character only. */
static enum tw_status decode_line(struct tw_cli_job *job, bool json,
                                  const struct tw_vocab *vocab,
                                  const char *line, size_t n,
                                  struct tw_err *err)
{
    struct tw_buf text;

    tw_buf_init(&text, INPUT_MAX);
    enum tw_status st = read_ids(vocab, line, n, &text, err);
    if (json) {
        tw_json_out_bytes(&job->json, NULL, tw_buf_text(&text), text.len);
    } else {
        tw_buf_add(&job->out, tw_buf_text(&text), text.len);
        tw_buf_addc(&job->out, '\n');
    }
    tw_buf_release(&text);
    return st;
}

/* A last line without a newline counts; an empty one is a line without ids. */
static enum tw_status convert_lines(struct tw_cli_job *job,
                                    const struct args *args,
                                    const struct tw_vocab *vocab,
                                    const struct tw_buf *in, struct tw_err *err)
{
    const char *at = tw_buf_text(in), *end = at + in->len;
    bool json = args->common.json;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        size_t n = (size_t)(stop - at);
        if (json && at != tw_buf_text(in))
            tw_json_out_line(&job->json, 0);
        if (args->decode)
            TW_TRY(decode_line(job, json, vocab, at, n, err));
        else
            TW_TRY(encode_line(job, json, vocab, at, n, err));
        at = stop + 1;
    }
    return TW_OK;
}

/* Only the vocabulary of the file is opened; so it works with files that hold
 * nothing else, as the test vectors of tokenizers are. */
static enum tw_status tokenize(struct tw_cli_job *job, const struct args *args,
                               struct tw_err *err)
{
    struct tw_vocab *vocab = NULL;
    struct tw_gguf *f = NULL;
    struct tw_buf in;

    TW_TRY(open_file(&f, args->model, err));
    tw_buf_init(&in, INPUT_MAX);
    enum tw_status st = tw_vocab_open(&vocab, f, err);
    if (st == TW_OK)
        st = read_stdin(&in, err);
    if (args->common.json)
        tw_json_out_array(&job->json, NULL);
    if (st == TW_OK)
        st = convert_lines(job, args, vocab, &in, err);
    st = tw_gguf_check(f, st, err);
    if (st == TW_OK && args->common.json)
        tw_cli_json_end(job);
    tw_buf_release(&in);
    tw_vocab_free(vocab);
    tw_gguf_close(f);
    return st;
}

/* "1,2,3", of any length up to IDS_MAX; n_vocab is the bound that keeps the
 * engine from reading behind its embedding. */
static enum tw_status parse_ids(const char *text, size_t n_vocab,
                                struct tw_ids *ids, struct tw_err *err)
{
    while (text && *text) {
        char *stop;
        long id = strtol(text, &stop, 10);
        if (stop == text || id < 0 || (size_t)id >= n_vocab ||
            (*stop && *stop != ',') || ids->n == IDS_MAX)
            return tw_fail(err, TW_EINVAL, 0, "'%.20s' is no token id", text);
        TW_TRY(tw_ids_add(ids, (int32_t)id, err));
        text = stop + (*stop != '\0');
    }
    if (ids->n == 0)
        return tw_fail(err, TW_EINVAL, 0, "--tokens is needed");
    return TW_OK;
}

/* All positions at once: one prefill that keeps every row of logits, (number
 * of ids, n_vocab). */
static enum tw_status write_logits(struct tw_arena *a, const struct args *args,
                                   const struct tw_model *m, struct tw_err *err)
{
    size_t n_vocab = tw_model_shape(m)->n_vocab;
    struct tw_session *s = NULL;
    struct tw_ids ids = { 0 };
    float *rows = NULL;

    enum tw_status st = parse_ids(args->tokens, n_vocab, &ids, err);
    if (st == TW_OK)
        st = tw_session_new(&s, m, ids.n, 1, 1, err);
    if (st == TW_OK) {
        rows = tw_arena_alloc(a, ids.n * n_vocab, sizeof(float));
        st = tw_arena_check(a, "logits", err);
    }
    if (st == TW_OK)
        st = tw_session_prefill(s, ids.v, ids.n, rows, true, err);
    if (st == TW_OK)
        st = tw_file_write(args->out, rows, ids.n * n_vocab * sizeof(float),
                           err);
    tw_session_free(s);
    tw_ids_release(&ids);
    return st;
}

/* Raw float32 in a file, since rows of a large vocabulary are no text for a
 * screen; --json says how wide a row is, which a reader of the file cannot
 * know. */
static enum tw_status logits(struct tw_cli_job *job, const struct args *args,
                             struct tw_err *err)
{
    struct tw_model *m = NULL;
    struct tw_gguf *f = NULL;

    if (!args->out)
        return tw_fail(err, TW_EINVAL, 0, "-o FILE is needed");
    TW_TRY(open_file(&f, args->model, err));
    enum tw_status st = tw_model_open(&m, f, job->be, err);
    if (st == TW_OK)
        st = write_logits(&job->arena, args, m, err);
    if (st == TW_OK && args->common.json) {
        tw_json_out_object(&job->json, NULL);
        tw_json_out_text(&job->json, "file", args->out);
        tw_json_out_count(&job->json, "columns", tw_model_shape(m)->n_vocab);
        tw_cli_json_end(job);
    }
    tw_model_free(m);
    tw_gguf_close(f);
    return st;
}

/* Answers are code with blank lines in it: "---" separates them, as documents
 * are in YAML. */
static void add_plain(struct tw_buf *out, const struct tw_llm_answer *answers,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i)
            tw_buf_adds(out, "---\n");
        tw_buf_add(out, answers[i].text, answers[i].len);
        tw_buf_addc(out, '\n');
    }
}

/* With the times of both phases, prefill and decoding: their speeds differ by
 * far. "complete" is false where the answer was cut at --max-tokens. */
static void add_json(struct tw_cli_job *job,
                     const struct tw_llm_answer *answers, size_t n,
                     const struct tw_llm_stats *stats)
{
    struct tw_json_out *o = &job->json;

    tw_json_out_object(o, NULL);
    tw_json_out_count(o, "prompt_tokens", stats->n_prompt);
    tw_json_out_count(o, "generated_tokens", stats->n_generated);
    tw_json_out_count(o, "steps", stats->n_steps);
    tw_json_out_fixed(o, "prefill_s", stats->prefill_s, 4);
    tw_json_out_fixed(o, "decode_s", stats->decode_s, 4);
    tw_json_out_array(o, "answers");
    for (size_t i = 0; i < n; i++) {
        tw_json_out_object(o, NULL);
        tw_json_out_bytes(o, "text", answers[i].text, answers[i].len);
        tw_json_out_count(o, "tokens", answers[i].n_tokens);
        tw_json_out_bool(o, "complete", answers[i].complete);
        tw_json_out_number(o, "logprob", answers[i].logprob);
        tw_json_out_end(o);
    }
    tw_json_out_end(o);
    tw_cli_json_end(job);
}

/* n answers to one prompt.  They lie in the job's arena, as text that the
 * prompt does not outlive. */
static enum tw_status ask(struct tw_cli_job *job, const struct args *args,
                          struct tw_llm *m, const struct tw_buf *prompt,
                          size_t n, struct tw_err *err)
{
    struct tw_llm_stats stats = { 0 };
    struct tw_llm_answer *answers =
        tw_arena_alloc(&job->arena, n, sizeof(*answers));
    struct tw_llm_request req = {
        .prompt = tw_buf_text(prompt),
        .prompt_len = prompt->len,
        .n_samples = n,
        .max_tokens = tw_cli_count_or(args->max_tokens, TOKENS_DEFAULT),
        .temperature = (float)args->temperature,
        .top_k = (int)args->top_k,
        .top_p = (float)args->top_p,
        .seed = tw_cli_seed_or(&args->common, 1),
        .plain = args->plain,
        .no_lookup = args->no_lookup,
    };

    TW_TRY(tw_arena_check(&job->arena, "the answers", err));
    TW_TRY(tw_llm_generate(m, &req, &job->arena, answers, &stats, NULL, err));
    if (args->common.json)
        add_json(job, answers, n, &stats);
    else
        add_plain(&job->out, answers, n);
    return TW_OK;
}

/* The prompt goes to the model in the form that run uses, unless the user wants
 * it as it is. */
static enum tw_status generate(struct tw_cli_job *job, const struct args *args,
                               struct tw_err *err)
{
    size_t n = tw_cli_count_or(args->n, 1);
    enum tw_status st = TW_OK;
    struct tw_buf prompt;
    struct tw_llm *m;

    TW_TRY(
        tw_llm_open(&m, tw_cli_text_or(args->model, "builtin"), job->be, err));
    tw_buf_init(&prompt, INPUT_MAX);
    if (args->prompt)
        tw_buf_adds(&prompt, args->prompt);
    else
        st = read_stdin(&prompt, err);
    if (st == TW_OK)
        st = ask(job, args, m, &prompt, n, err);
    tw_buf_release(&prompt);
    tw_llm_close(m);
    return st;
}

/* "perplexity 5.812, 1024 of 2310 tokens": what is compared comes first. */
static void add_perplexity(struct tw_cli_job *job,
                           const struct tw_llm_perplexity *p, bool json)
{
    double perplexity = exp(p->nll);

    if (!json) {
        tw_buf_addf(&job->out, "perplexity %.4f, %zu of %zu tokens\n",
                    perplexity, p->n_scored, p->n_tokens);
        return;
    }
    tw_json_out_object(&job->json, NULL);
    tw_json_out_number(&job->json, "perplexity", perplexity);
    tw_json_out_number(&job->json, "nll", p->nll);
    tw_json_out_count(&job->json, "scored", p->n_scored);
    tw_json_out_count(&job->json, "tokens", p->n_tokens);
    tw_cli_json_end(job);
}

/* How well the model foretells a file, or stdin where none is named. */
static enum tw_status perplexity(struct tw_cli_job *job,
                                 const struct args *args, struct tw_err *err)
{
    struct tw_llm_perplexity p = { 0 };
    enum tw_status st;
    struct tw_buf text;
    struct tw_llm *m;

    TW_TRY(
        tw_llm_open(&m, tw_cli_text_or(args->model, "builtin"), job->be, err));
    tw_buf_init(&text, INPUT_MAX);
    if (job->n_rest > 1)
        st = tw_file_read(&text, job->rest[1], err);
    else
        st = read_stdin(&text, err);
    if (st == TW_OK)
        st = tw_llm_measure(m, tw_buf_text(&text), text.len, &p, err);
    if (st == TW_OK)
        add_perplexity(job, &p, args->common.json);
    tw_buf_release(&text);
    tw_llm_close(m);
    return st;
}

/* Actions share a command, and not only options: they are what one does with a
 * model file while looking at it. */
static enum tw_status run(struct tw_cli_job *job, const void *options,
                          struct tw_err *err)
{
    static const struct {
        const char *name;
        enum tw_status (*run)(struct tw_cli_job *job, const struct args *args,
                              struct tw_err *err);
    } actions[] = {
        { "info", info },
        { "tokenize", tokenize },
        { "logits", logits },
        { "generate", generate },
        { "perplexity", perplexity },
    };

    if (job->n_rest > 1 && strcmp(job->rest[0], "perplexity") != 0)
        return tw_fail(err, TW_EINVAL, 0, "unexpected argument '%.80s'",
                       job->rest[1]);

    for (size_t i = 0; i < TW_ARRAY_LEN(actions); i++)
        if (strcmp(job->rest[0], actions[i].name) == 0)
            return actions[i].run(job, options, err);
    return tw_fail(err, TW_EINVAL, 0,
                   "llm knows info, tokenize, logits, generate and perplexity, "
                   "not "
                   "'%.40s'",
                   job->rest[0]);
}

const struct tw_cli_command tw_cmd_llm = {
    .name = "llm",
    .summary = "the language model by itself",
    .usage = {
    .command = "trialwright llm",
    .args = "info|tokenize|logits|generate|perplexity [FILE] [--model MODEL]",
    .about = "info: what a model file holds. tokenize: ids of every line of "
             "stdin, separated by blanks, one line each (--decode: the "
             "reverse). logits: of --tokens, as float32 rows into -o. "
             "generate: answers to --prompt or stdin. perplexity: of a text, "
             "FILE or stdin, as llama.cpp measures it.",
    .opts = opts,
},
    .args_size = sizeof(struct args),
    .backend = true,
    .rest_min = 1,
    .rest_max = 2,
    .rest_wanted = "info, tokenize, logits, generate or perplexity?",
    .run = run,
};
