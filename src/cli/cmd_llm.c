/* llm: the language-model engine by itself. */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "gguf/gguf.h"
#include "llm/builtin.h"
#include "llm/llm.h"
#include "llm/session.h"
#include "llm/vocab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

#define INPUT_MAX ((size_t)256 << 20)
enum { IDS_MAX = 1 << 20, SAMPLES_MAX = 1024, TOKENS_DEFAULT = 256 };

struct args {
    struct tw_common common;
    const char *model;
    const char *tokens;
    const char *out;
    const char *prompt;
    int64_t n, max_tokens, top_k;
    double temperature, top_p;
    bool decode;
};

static const struct tw_opt opts[] = {
    { "model", 'm', TW_OPT_TEXT, offsetof(struct args, model), "MODEL",
      "builtin (default) or a GGUF file" },
    { "decode", 0, TW_OPT_FLAG, offsetof(struct args, decode), NULL,
      "tokenize: the reverse, ids to text" },
    { "tokens", 0, TW_OPT_TEXT, offsetof(struct args, tokens), "1,2,3",
      "logits: token ids" },
    { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "F",
      "logits: float32, row-major, one row per position" },
    { "prompt", 'p', TW_OPT_TEXT, offsetof(struct args, prompt), "TEXT",
      "generate: the prompt (default: stdin)" },
    { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N",
      "generate: answers (default 1)" },
    { "max-tokens", 0, TW_OPT_INT, offsetof(struct args, max_tokens), "N",
      "generate: tokens of an answer (default 256)" },
    { "temperature", 0, TW_OPT_NUMBER, offsetof(struct args, temperature), "T",
      "generate: 0 is greedy (default 0)" },
    { "top-k", 0, TW_OPT_INT, offsetof(struct args, top_k), "K",
      "generate: among the K likeliest (default 0: all)" },
    { "top-p", 0, TW_OPT_NUMBER, offsetof(struct args, top_p), "P",
      "generate: among those that make up P (default 1: all)" },
    TW_COMMON_OPTS(struct args),
};

static const struct tw_opt_usage usage = {
    .command = "trialwright llm",
    .args = "info|tokenize|logits|generate [--model MODEL]",
    .about = "info: what a model file holds. tokenize: ids of every line of "
             "stdin, separated by blanks, one line each (--decode: the "
             "reverse). logits: of --tokens, as float32 rows into -o. "
             "generate: answers to --prompt or stdin.",
    .opts = opts,
};

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

static void add_info(struct tw_buf *out, const struct args *args,
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
    bool json = args->common.json;

    if (json)
        tw_buf_addf(out, "{\"architecture\": \"%s\", \"type\": \"%s\"",
                    tw_model_arch(m), tw_model_type(m));
    else
        tw_buf_addf(out, "%-12s %s\n%-12s %s\n", "architecture",
                    tw_model_arch(m), "weights", tw_model_type(m));
    for (size_t i = 0; i < TW_ARRAY_LEN(rows); i++) {
        if (json)
            tw_buf_addf(out, ", \"%s\": %zu", rows[i].name, rows[i].value);
        else
            tw_buf_addf(out, "%-12s %zu\n", rows[i].name, rows[i].value);
    }
    tw_buf_adds(out, json ? "}\n" : "");
}

static enum tw_status info(const struct args *args, struct tw_backend *be,
                           struct tw_buf *out, struct tw_err *err)
{
    struct tw_model *m = NULL;
    struct tw_gguf *f = NULL;

    TW_TRY(open_file(&f, args->model, err));
    enum tw_status st = tw_model_open(&m, f, be, err);
    if (st == TW_OK) {
        add_info(out, args, m, tw_gguf_count_tensors(f));
    }
    tw_model_free(m);
    tw_gguf_close(f);
    return st;
}

/* separator: a blank, or what JSON wants. */
static enum tw_status encode_line(const struct tw_vocab *vocab,
                                  const char *line, size_t n,
                                  const char *separator, struct tw_buf *out,
                                  struct tw_err *err)
{
    struct tw_ids ids = { 0 };
    enum tw_status st = tw_vocab_encode(vocab, line, n, &ids, err);

    for (size_t i = 0; st == TW_OK && i < ids.n; i++)
        tw_buf_addf(out, "%s%d", i ? separator : "", (int)ids.v[i]);
    tw_ids_release(&ids);
    return st;
}

static enum tw_status decode_line(const struct tw_vocab *vocab,
                                  const char *line, size_t n,
                                  struct tw_buf *out, struct tw_err *err)
{
    const char *end = line + n;

    while (line < end) {
        char *stop;
        long id = strtol(line, &stop, 10);
        if (stop == line || stop > end || id < 0 ||
            (size_t)id >= tw_vocab_count(vocab))
            return tw_fail(err, TW_EFORMAT, 0, "'%.20s' is no token id", line);
        tw_vocab_decode(vocab, (int32_t)id, true, out);
        line = stop;
        while (line < end && *line == ' ')
            line++;
    }
    return TW_OK;
}

/* A line of stdin: plain, or an element of the JSON list. */
static enum tw_status convert_line(const struct args *args,
                                   const struct tw_vocab *vocab,
                                   const char *line, size_t n,
                                   struct tw_buf *out, struct tw_err *err)
{
    enum tw_status st;

    if (!args->common.json) {
        st = args->decode ? decode_line(vocab, line, n, out, err)
                          : encode_line(vocab, line, n, " ", out, err);
        tw_buf_addc(out, '\n');
        return st;
    }
    tw_buf_adds(out, out->len ? ",\n" : "[");
    if (!args->decode) {
        tw_buf_addc(out, '[');
        st = encode_line(vocab, line, n, ", ", out, err);
        tw_buf_addc(out, ']');
        return st;
    }
    struct tw_buf text;
    tw_buf_init(&text, INPUT_MAX);
    st = decode_line(vocab, line, n, &text, err);
    tw_json_add_string(out, tw_buf_text(&text), text.len);
    tw_buf_release(&text);
    return st;
}

static enum tw_status tokenize(const struct args *args, struct tw_buf *out,
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
    const char *at = tw_buf_text(&in), *end = at + in.len;
    while (st == TW_OK && at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop ? stop : end;
        size_t n = (size_t)(stop - at);
        st = convert_line(args, vocab, at, n, out, err);
        at = stop + 1;
    }
    if (args->common.json)
        tw_buf_adds(out, out->len ? "]\n" : "[]\n");
    tw_buf_release(&in);
    tw_vocab_free(vocab);
    tw_gguf_close(f);
    return st;
}

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
        text = *stop ? stop + 1 : stop;
    }
    if (ids->n == 0)
        return tw_fail(err, TW_EINVAL, 0, "--tokens is needed");
    return TW_OK;
}

static enum tw_status write_logits(const struct args *args,
                                   const struct tw_model *m, struct tw_err *err)
{
    size_t n_vocab = tw_model_shape(m)->n_vocab;
    struct tw_session *s = NULL;
    struct tw_ids ids = { 0 };
    float *logits = NULL;

    enum tw_status st = parse_ids(args->tokens, n_vocab, &ids, err);
    if (st == TW_OK)
        st = tw_session_new(&s, m, ids.n, 1, 1, err);
    if (st == TW_OK) {
        logits = calloc(ids.n * n_vocab, sizeof(float));
        st = logits ? tw_session_prefill(s, ids.v, ids.n, logits, true, err)
                    : tw_fail(err, TW_ENOMEM, 0, "out of memory for logits");
    }
    if (st == TW_OK)
        st = tw_file_write(args->out, logits, ids.n * n_vocab * sizeof(float),
                           err);
    free(logits);
    tw_session_free(s);
    tw_ids_release(&ids);
    return st;
}

static enum tw_status logits(const struct args *args, struct tw_backend *be,
                             struct tw_buf *out, struct tw_err *err)
{
    struct tw_model *m = NULL;
    struct tw_gguf *f = NULL;

    if (!args->out)
        return tw_fail(err, TW_EINVAL, 0, "-o FILE is needed");
    TW_TRY(open_file(&f, args->model, err));
    enum tw_status st = tw_model_open(&m, f, be, err);
    if (st == TW_OK)
        st = write_logits(args, m, err);
    if (st == TW_OK && args->common.json) {
        tw_buf_adds(out, "{\"file\": ");
        tw_json_adds(out, args->out);
        tw_buf_addf(out, ", \"columns\": %zu}\n", tw_model_shape(m)->n_vocab);
    }
    tw_model_free(m);
    tw_gguf_close(f);
    return st;
}

static void add_answers(const struct args *args, struct tw_buf *out,
                        const struct tw_llm_answer *answers, size_t n,
                        const struct tw_llm_stats *stats)
{
    if (!args->common.json) {
        for (size_t i = 0; i < n; i++) {
            tw_buf_add(out, answers[i].text, answers[i].len);
            tw_buf_adds(out, i + 1 < n ? "\n---\n" : "\n");
        }
        return;
    }
    tw_buf_addf(out,
                "{\"prompt_tokens\": %zu, \"generated_tokens\": %zu, "
                "\"prefill_s\": %.4f, \"decode_s\": %.4f, \"answers\": [",
                stats->n_prompt, stats->n_generated, stats->prefill_s,
                stats->decode_s);
    for (size_t i = 0; i < n; i++) {
        tw_buf_adds(out, i ? ", {\"text\": " : "{\"text\": ");
        tw_json_add_string(out, answers[i].text, answers[i].len);
        tw_buf_addf(out, ", \"tokens\": %zu, \"complete\": %s, \"logprob\": ",
                    answers[i].n_tokens,
                    answers[i].complete ? "true" : "false");
        tw_json_add_number(out, answers[i].logprob);
        tw_buf_addc(out, '}');
    }
    tw_buf_adds(out, "]}\n");
}

static enum tw_status generate(const struct args *args, struct tw_backend *be,
                               struct tw_buf *out, struct tw_err *err)
{
    size_t n = args->n > 0 ? (size_t)args->n : 1;
    struct tw_llm_stats stats = { 0 };
    struct tw_llm_answer *answers;
    struct tw_arena arena;
    struct tw_buf prompt;
    struct tw_llm *m;

    if (n > SAMPLES_MAX)
        return tw_fail(err, TW_EINVAL, 0, "-n is at most %d", SAMPLES_MAX);
    TW_TRY(tw_llm_open(&m, args->model ? args->model : "builtin", be, err));
    tw_arena_init(&arena, (size_t)1 << 30);
    tw_buf_init(&prompt, INPUT_MAX);
    answers = tw_arena_alloc(&arena, n, sizeof(*answers));
    enum tw_status st =
        answers ? TW_OK : tw_fail(err, TW_ENOMEM, 0, "out of memory");
    if (st == TW_OK && args->prompt)
        tw_buf_adds(&prompt, args->prompt);
    else if (st == TW_OK)
        st = read_stdin(&prompt, err);
    if (st == TW_OK) {
        struct tw_llm_request req = {
            .prompt = tw_buf_text(&prompt),
            .prompt_len = prompt.len,
            .n_samples = n,
            .max_tokens = args->max_tokens > 0 ? (size_t)args->max_tokens
                                               : TOKENS_DEFAULT,
            .temperature = (float)args->temperature,
            .top_k = (int)args->top_k,
            .top_p = (float)args->top_p,
            .seed = args->common.seed >= 0 ? (uint64_t)args->common.seed : 1,
        };
        st = tw_llm_generate(m, &req, &arena, answers, &stats, NULL, err);
    }
    if (st == TW_OK)
        add_answers(args, out, answers, n, &stats);
    tw_buf_release(&prompt);
    tw_arena_release(&arena);
    tw_llm_close(m);
    return st;
}

int tw_cmd_llm(int argc, char **argv)
{
    struct args args = { 0 };
    char *rest[TW_CLI_ARGS_MAX];
    struct tw_err err = { 0 };
    struct tw_backend *be;
    struct tw_buf out;
    size_t n_rest;
    int status;

    if (!tw_cli_parse(&usage, &args, argc, argv, rest, &n_rest, &status))
        return status;
    if (n_rest != 1)
        return tw_cli_usage(&usage, "info, tokenize, logits or generate?");
    enum tw_status st = tw_cli_backend(&be, &args.common, &err);
    if (st != TW_OK)
        return tw_cli_fail(st, &err);
    tw_buf_init(&out, (size_t)2 << 30);
    if (strcmp(rest[0], "info") == 0)
        st = info(&args, be, &out, &err);
    else if (strcmp(rest[0], "tokenize") == 0)
        st = tokenize(&args, &out, &err);
    else if (strcmp(rest[0], "logits") == 0)
        st = logits(&args, be, &out, &err);
    else if (strcmp(rest[0], "generate") == 0)
        st = generate(&args, be, &out, &err);
    else
        st = tw_fail(&err, TW_EINVAL, 0,
                     "llm knows info, tokenize, logits and "
                     "generate, not '%.40s'",
                     rest[0]);
    status = st == TW_OK ? tw_cli_out(&out, TW_EXIT_OK) : tw_cli_fail(st, &err);
    tw_buf_release(&out);
    tw_backend_free(be);
    return status;
}
