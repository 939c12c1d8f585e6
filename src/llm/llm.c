/*
 * llm.c - open and describe a model of any kind (built in, a file, recorded
 * answers), and the engine's single steps.
 */
#include "llm/llm.h"

#include "base/fault.h"
#include "base/file.h"
#include "llm/builtin.h"
#include "llm/llm_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define REPLAY   "replay:"
#define TEMPLATE "tokenizer.chat_template"

/* One line for reports; it goes into files that are compared, so that its form
 * does not change. */
static void describe_model(struct tw_llm *m, const char *name)
{
    /* Where the file lies is nobody's business. */
    const char *title = tw_file_basename(name);

    if (!m->model) {
        snprintf(m->description, sizeof(m->description), "%s, vocabulary only",
                 title);
        return;
    }
    const struct tw_model_shape *s = tw_model_shape(m->model);
    const char *comma = "", *form = "";

    if (m->chat) {
        comma = ", asked as ";
        form = tw_chat_name(m->chat);
    } else if (tw_gguf_has(m->f, TEMPLATE)) {
        comma = ", asked in plain text: chat template not known";
    }
    snprintf(m->description, sizeof(m->description),
             "%.80s, %s, %.1f million parameters, %s, context %zu%s%s", title,
             tw_model_arch(m->model), (double)s->n_params / 1e6,
             tw_model_type(m->model), s->context, comma, form);
}

/* The form of questions, by the template of the file. */
static void find_chat(struct tw_llm *m)
{
    struct tw_gguf_string s;

    if (!m->vocab || tw_gguf_get_string(m->f, TEMPLATE, &s, NULL) != TW_OK)
        return;
    m->chat = tw_chat_find(s.bytes, s.len);
}

/* The bytes of a model, in the program or in a file that is mapped. */
static enum tw_status open_gguf(struct tw_llm *m, const char *name,
                                struct tw_err *err)
{
    size_t n;

    if (strcmp(name, "builtin") != 0)
        return tw_gguf_open(&m->f, name, err);
    const uint8_t *bytes = tw_builtin_model(&n);
    if (!bytes)
        return tw_fail(err, TW_EIO, 0,
                       "cannot open 'builtin': this program was built without "
                       "models/builtin.gguf");
    return tw_gguf_open_bytes(&m->f, bytes, n, err);
}

/* Every token has to have a row of the embedding; the other way round there
 * may be rows without tokens. */
static enum tw_status check_rows(const struct tw_llm *m, struct tw_err *err)
{
    size_t n_rows = tw_model_shape(m->model)->n_vocab;

    if (m->vocab && tw_vocab_count(m->vocab) > n_rows)
        return tw_fail(err, TW_EFORMAT, 0,
                       "bad tokenizer.ggml.tokens: %zu for %zu rows of "
                       "token_embd.weight",
                       tw_vocab_count(m->vocab), n_rows);
    return TW_OK;
}

/* A model and its tokenizer.  A file may hold only one of the two; the call
 * that needs the other one reports then. */
static enum tw_status open_model(struct tw_llm *m, const char *name,
                                 struct tw_err *err)
{
    TW_TRY(open_gguf(m, name, err));
    if (tw_vocab_open(&m->vocab, m->f, &m->why_vocab) == TW_ENOMEM)
        return tw_fail(err, TW_ENOMEM, 0, "%s", m->why_vocab.msg);
    if (!tw_gguf_count_tensors(m->f) && m->vocab) {
        m->why_model = (struct tw_err){ TW_EINVAL, 0,
                                        "the file holds no model,"
                                        " only a vocabulary" };
    } else {
        TW_TRY(tw_model_open(&m->model, m->f, m->be, err));
        TW_TRY(check_rows(m, err));
    }
    find_chat(m);
    describe_model(m, name);
    return TW_OK;
}

/* Recorded answers have no tokenizer and no context, but a hash like a model.
 */
static enum tw_status open_replay(struct tw_llm *m, const char *path,
                                  struct tw_err *err)
{
    struct tw_file_map map;

    TW_TRY(tw_replay_open(&m->replay, path, err));
    TW_TRY(tw_file_map_open(&map, path, err));
    tw_hash_bytes_hex(map.bytes, map.len, m->sha256);
    TW_TRY(tw_file_map_end(&map, TW_OK, err));
    snprintf(m->description, sizeof(m->description), "%s, %zu recorded answers",
             tw_file_basename(path), tw_replay_count(m->replay));
    return TW_OK;
}

enum tw_status tw_llm_open(struct tw_llm **out, const char *name,
                           struct tw_backend *be, struct tw_err *err)
{
    struct tw_llm *m = tw_mem_zeroed(1, sizeof(*m));
    size_t n = sizeof(REPLAY) - 1;
    enum tw_status st;

    *out = NULL;
    if (m)
        m->sha256 = tw_mem_zeroed(TW_HASH_HEX_SIZE, 1);
    if (!m || !m->sha256) {
        free(m);
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for model");
    }
    m->be = be;
    if (strncmp(name, REPLAY, n) == 0)
        st = open_replay(m, name + n, err);
    else
        st = open_model(m, name, err);
    if (st != TW_OK) {
        tw_llm_close(m);
        return st;
    }
    TW_ASSERT(m->replay || m->model || m->vocab);
    *out = m;
    return TW_OK;
}

/* Every part may be missing: a failed tw_llm_open() ends here, too. */
void tw_llm_close(struct tw_llm *m)
{
    if (!m)
        return;
    tw_session_free(m->session);
    tw_ids_release(&m->prompt);
    tw_model_free(m->model);
    tw_vocab_free(m->vocab);
    tw_gguf_close(m->f);
    tw_replay_free(m->replay);
    free(m->sha256);
    free(m);
}

const char *tw_llm_description(const struct tw_llm *m)
{
    return m->description;
}

/* Of the whole file: it goes into reports, so that a result names what made it.
 * Gigabytes take seconds, so only when somebody asks. */
const char *tw_llm_sha256(const struct tw_llm *m)
{
    size_t n;

    if (!m->sha256[0]) {
        const uint8_t *bytes = tw_gguf_bytes(m->f, &n);
        tw_hash_bytes_hex(bytes, n, m->sha256);
    }
    return m->sha256;
}

size_t tw_llm_context(const struct tw_llm *m)
{
    if (!m->model)
        return SIZE_MAX; /* recorded answers have no limit */
    return tw_model_shape(m->model)->context;
}

const struct tw_model_shape *tw_llm_shape(const struct tw_llm *m)
{
    if (!m->model)
        return NULL;
    return tw_model_shape(m->model);
}

/* The reason was kept when the model was opened, so the user learns what is
 * wrong with the file and not only that something is. */
enum tw_status tw_llm_need_vocab(const struct tw_llm *m, struct tw_err *err)
{
    if (m->replay)
        return tw_fail(err, TW_EINVAL, 0, "recorded answers have no tokenizer");
    if (!m->vocab)
        return tw_fail(err, m->why_vocab.code, 0, "%s", m->why_vocab.msg);
    return TW_OK;
}

enum tw_status tw_llm_need_model(const struct tw_llm *m, struct tw_err *err)
{
    if (m->replay)
        return tw_fail(err, TW_EINVAL, 0, "recorded answers have no model");
    if (!m->model)
        return tw_fail(err, m->why_model.code, 0, "%s", m->why_model.msg);
    return TW_OK;
}

enum tw_status tw_llm_tokenize(const struct tw_llm *m, const char *text,
                               size_t n, struct tw_ids *ids, struct tw_err *err)
{
    TW_TRY(tw_llm_need_vocab(m, err));
    return tw_vocab_encode(m->vocab, text, n, ids, err);
}

enum tw_status tw_llm_detokenize(const struct tw_llm *m, const int32_t *ids,
                                 size_t n, struct tw_buf *b, struct tw_err *err)
{
    TW_TRY(tw_llm_need_vocab(m, err));
    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= tw_vocab_count(m->vocab))
            return tw_fail(err, TW_EINVAL, i, "bad token id %d: not 0..%zu",
                           (int)ids[i], tw_vocab_count(m->vocab) - 1);
        tw_vocab_decode(m->vocab, ids[i], true, b);
    }
    return tw_buf_check(b, "text of tokens", err);
}

/* Used for estimates before a run, so it never fails. */
size_t tw_llm_count_tokens(const struct tw_llm *m, const char *text, size_t n)
{
    struct tw_ids ids = { 0 };

    if (tw_llm_tokenize(m, text, n, &ids, NULL) != TW_OK)
        ids.n = n / 4; /* the usual density, where no tokenizer says */
    n = ids.n;
    tw_ids_release(&ids);
    return n;
}

/* A session of its own: the prefix that generate.c keeps is left alone. */
enum tw_status tw_llm_logits(struct tw_llm *m, const int32_t *ids, size_t n,
                             struct tw_arena *a, float **logits,
                             size_t *n_vocab, struct tw_err *err)
{
    struct tw_session *s;

    TW_TRY(tw_llm_need_model(m, err));
    *n_vocab = tw_model_shape(m->model)->n_vocab;
    if (n > tw_llm_context(m))
        return tw_fail(err, TW_ELIMIT, 0,
                       "%zu tokens exceed the context of %zu", n,
                       tw_llm_context(m));
    *logits = tw_arena_alloc(a, n * *n_vocab, sizeof(**logits));
    if (!*logits)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for logits");
    TW_ASSERT(*n_vocab > 0);
    TW_TRY(tw_session_new(&s, m->model, n, 1, 1, err));
    enum tw_status st = tw_session_prefill(s, ids, n, *logits, true, err);
    tw_session_free(s);
    return st;
}
