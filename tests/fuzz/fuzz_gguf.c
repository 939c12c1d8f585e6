/* The container: refused with a message, or keys and tensors that lie in the
 * file and can be read. */
#include "fuzz.h"

#include "gguf/gguf.h"

static const char *const KEYS[] = { "a",
                                    "b",
                                    "c",
                                    "d",
                                    "e",
                                    "f",
                                    "g",
                                    "h",
                                    "i",
                                    "general.architecture",
                                    "general.alignment",
                                    "tokenizer.ggml.tokens" };

static void read_key(const struct tw_gguf *f, const char *key,
                     struct tw_arena *a)
{
    struct tw_gguf_string s, *strings;
    uint64_t u;
    int64_t *ints;
    double d, *floats;
    bool b;
    size_t n;

    (void)!tw_gguf_get_u64(f, key, &u, NULL);
    (void)!tw_gguf_get_f64(f, key, &d, NULL);
    (void)!tw_gguf_get_bool(f, key, &b, NULL);
    if (tw_gguf_get_string(f, key, &s, NULL) == TW_OK && s.len)
        MUST(s.bytes[0] == s.bytes[s.len - 1] || s.len > 1);
    if (tw_gguf_get_strings(f, key, a, &strings, &n, NULL) == TW_OK)
        for (size_t i = 0; i < n; i++)
            MUST(!strings[i].len ||
                 memchr(strings[i].bytes, strings[i].bytes[0], strings[i].len));
    (void)!tw_gguf_get_f64s(f, key, a, &floats, &n, NULL);
    (void)!tw_gguf_get_i64s(f, key, a, &ints, &n, NULL);
}

static void read_tensor(const struct tw_gguf *f, const struct tw_gguf_tensor *t)
{
    float x[4096];
    size_t n_file, n = 1;
    const uint8_t *bytes = tw_gguf_bytes(f, &n_file);

    MUST(t->n_dims >= 1 && t->n_dims <= 4 && t->name.len);
    MUST(t->data >= bytes && t->data + t->size <= bytes + n_file);
    for (int i = 0; i < 4; i++)
        if (__builtin_mul_overflow(n, (size_t)t->ne[i], &n))
            return;
    if (n <= 4096)
        (void)!tw_ggml_to_f32(x, t->data, n, t->type, NULL);
    if (n <= 4096 && tw_ggml_row_size(t->type, t->ne[0]))
        MUST(t->size ==
             tw_ggml_row_size(t->type, t->ne[0]) * (n / (size_t)t->ne[0]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_gguf *f;
    struct tw_arena a;
    struct tw_err err = { 0 };

    if (tw_gguf_open_bytes(&f, bytes, n, &err) != TW_OK) {
        MUST(!f && err.msg[0]);
        return 0;
    }
    tw_arena_init(&a, 64u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(KEYS); i++)
        read_key(f, KEYS[i], &a);
    for (size_t i = 0; i < tw_gguf_count_tensors(f); i++)
        read_tensor(f, tw_gguf_tensor_at(f, i));
    tw_arena_release(&a);
    tw_gguf_close(f);
    return 0;
}
