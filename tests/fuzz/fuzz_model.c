/* A model file: refused, or weights that answer for two tokens and a
 * vocabulary that encodes and decodes. */
#include "fuzz.h"

#include "llm/session.h"
#include "llm/vocab.h"

static struct tw_backend *be;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    MUST(tw_backend_new(&be, "ref", 1, NULL) == TW_OK);
    return 0;
}

static void run_model(const struct tw_gguf *f)
{
    const int32_t ids[] = { 0, 1 };
    struct tw_model *m;
    struct tw_session *s;
    struct tw_err err = { 0 };

    if (tw_model_open(&m, f, be, &err) != TW_OK) {
        MUST(!m && err.msg[0]);
        return;
    }
    const struct tw_model_shape *shape = tw_model_shape(m);
    float *logits = calloc(shape->n_vocab, sizeof(*logits));
    MUST(logits && tw_model_arch(m) && tw_model_type(m));
    if (tw_session_new(&s, m, 4, 1, 4, NULL) == TW_OK) {
        (void)!tw_session_prefill(s, ids, 2, logits, false, NULL);
        tw_session_free(s);
    }
    free(logits);
    tw_model_free(m);
}

static void run_vocabulary(const struct tw_gguf *f)
{
    static const char TEXT[] = "def f(x):\n    return 12 <s>\xff";
    struct tw_vocab *t;
    struct tw_ids ids = { 0 };
    struct tw_buf b;
    struct tw_err err = { 0 };

    if (tw_vocab_open(&t, f, &err) != TW_OK) {
        MUST(!t && err.msg[0]);
        return;
    }
    tw_buf_init(&b, 1u << 24);
    if (tw_vocab_encode(t, TEXT, sizeof(TEXT) - 1, &ids, NULL) == TW_OK)
        for (size_t i = 0; i < ids.n; i++) {
            MUST(ids.v[i] >= 0 && (size_t)ids.v[i] < tw_vocab_count(t));
            tw_vocab_decode(t, ids.v[i], i & 1, &b);
        }
    tw_vocab_decode(t, tw_vocab_eos(t), true, &b);
    tw_vocab_decode(t, tw_vocab_bos(t), true, &b);
    tw_buf_release(&b);
    tw_ids_release(&ids);
    tw_vocab_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_gguf *f;

    if (tw_gguf_open_bytes(&f, bytes, n, NULL) != TW_OK)
        return 0;
    run_model(f);
    run_vocabulary(f);
    tw_gguf_close(f);
    return 0;
}
