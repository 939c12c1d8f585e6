#include "test.h"

#include "base/buf.h"
#include "base/file.h"
#include "gguf/gguf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A file built by hand, so that every field can be wrong. */
struct craft {
    struct tw_buf b;
};

static void uint_add(struct craft *c, uint64_t v, size_t size)
{
    for (size_t i = 0; i < size; i++)
        tw_buf_addc(&c->b, (char)(v >> (8 * i)));
}

static void name_add(struct craft *c, const char *s)
{
    uint_add(c, strlen(s), 8);
    tw_buf_adds(&c->b, s);
}

static void craft_begin(struct craft *c, uint32_t version, uint64_t n_tensors,
                        uint64_t n_keys)
{
    tw_buf_init(&c->b, 1u << 20);
    tw_buf_adds(&c->b, "GGUF");
    uint_add(c, version, 4);
    uint_add(c, n_tensors, 8);
    uint_add(c, n_keys, 8);
}

static void tensor_add(struct craft *c, const char *name, uint32_t n_dims,
                       const uint64_t *ne, uint32_t type, uint64_t offset)
{
    name_add(c, name);
    uint_add(c, n_dims, 4);
    for (uint32_t d = 0; d < n_dims && d < 8; d++)
        uint_add(c, ne[d], 8);
    uint_add(c, type, 4);
    uint_add(c, offset, 8);
}

static void data_add(struct craft *c, size_t n)
{
    while (c->b.len % 32)
        tw_buf_addc(&c->b, 0);
    for (size_t i = 0; i < n; i++)
        tw_buf_addc(&c->b, 1);
}

/* Open the crafted bytes: refused, and the message has this word. */
static int refused(struct craft *c, const char *word)
{
    struct tw_gguf *f = NULL;
    struct tw_err err = { 0 };
    enum tw_status st = tw_gguf_open_bytes(&f, c->b.bytes, c->b.len, &err);
    int ok = st == TW_EFORMAT && !f && strstr(err.msg, word);

    if (!ok)
        printf("# status %d, message '%s', want '%s'\n", (int)st, err.msg,
               word);
    tw_gguf_close(f);
    tw_buf_release(&c->b);
    return ok;
}

static struct tw_gguf_out *sample_out(float *x)
{
    struct tw_gguf_out *o;
    static const struct tw_gguf_string WORDS[] = { { "a", 1 },
                                                   { "bc", 2 },
                                                   { "", 0 } };

    for (int i = 0; i < 64; i++)
        x[i] = (float)(i - 20) / 8.0f;
    if (tw_gguf_out_new(&o, NULL) != TW_OK)
        return NULL;
    tw_gguf_put_string(o, "general.architecture", "llama");
    tw_gguf_put_u32(o, "n", 7);
    tw_gguf_put_u64(o, "big", 1ull << 40);
    tw_gguf_put_f32(o, "half", 0.5f);
    tw_gguf_put_f64(o, "third", 1.0 / 3.0);
    tw_gguf_put_bool(o, "yes", true);
    tw_gguf_put_strings(o, "words", WORDS, 3);
    tw_gguf_put_i32s(o, "ints", (int32_t[]){ -1, 2 }, 2);
    tw_gguf_put_f64s(o, "reals", (double[]){ 0.25 }, 1);
    tw_gguf_put_tensor(o, "w", 2, (size_t[]){ 2, 32 }, x, TW_GGML_F32);
    tw_gguf_put_tensor(o, "h", 1, (size_t[]){ 5 }, x, TW_GGML_F16);
    tw_gguf_put_tensor(o, "b", 1, (size_t[]){ 5 }, x, TW_GGML_BF16);
    tw_gguf_put_tensor(o, "q", 2, (size_t[]){ 2, 32 }, x, TW_GGML_Q8_0);
    return o;
}

static int sample_bytes(struct tw_buf *b)
{
    float x[64];
    struct tw_gguf_out *o = sample_out(x);

    tw_buf_init(b, 1u << 20);
    int ok = o && tw_gguf_write_buf(o, b, NULL) == TW_OK;
    tw_gguf_out_free(o);
    return ok;
}

/* Read everything that the file offers; must not crash whatever it holds. */
static double use(const struct tw_gguf *f)
{
    static const char *const KEYS[] = { "general.architecture",
                                        "n",
                                        "big",
                                        "half",
                                        "third",
                                        "yes",
                                        "words",
                                        "ints",
                                        "reals" };
    struct tw_arena a;
    double sum = 0;

    tw_arena_init(&a, 1u << 20);
    for (size_t i = 0; i < TW_ARRAY_LEN(KEYS); i++) {
        uint64_t u;
        double d, *ds;
        bool b;
        struct tw_gguf_string s, *ss;
        int64_t *is;
        size_t n;

        if (tw_gguf_get_u64(f, KEYS[i], &u, NULL) == TW_OK)
            sum += (double)u;
        if (tw_gguf_get_f64(f, KEYS[i], &d, NULL) == TW_OK)
            sum += d;
        if (tw_gguf_get_bool(f, KEYS[i], &b, NULL) == TW_OK)
            sum += b;
        if (tw_gguf_get_string(f, KEYS[i], &s, NULL) == TW_OK && s.len)
            sum += s.bytes[s.len - 1];
        if (tw_gguf_get_strings(f, KEYS[i], &a, &ss, &n, NULL) == TW_OK)
            for (size_t j = 0; j < n; j++)
                sum += ss[j].len ? ss[j].bytes[ss[j].len - 1] : 0;
        if (tw_gguf_get_f64s(f, KEYS[i], &a, &ds, &n, NULL) == TW_OK && n)
            sum += ds[n - 1];
        if (tw_gguf_get_i64s(f, KEYS[i], &a, &is, &n, NULL) == TW_OK && n)
            sum += (double)is[n - 1];
    }
    for (size_t i = 0; i < tw_gguf_count_tensors(f); i++) {
        const struct tw_gguf_tensor *t = tw_gguf_tensor_at(f, i);

        if (t->size)
            sum += t->data[0] + t->data[t->size - 1];
    }
    tw_arena_release(&a);
    return sum;
}

TEST(written_values_and_tensors_read_back)
{
    struct tw_buf b;
    struct tw_gguf *f = NULL;
    struct tw_arena a;
    uint64_t u = 0;
    double d = 0, *ds = NULL;
    bool yes = false;
    struct tw_gguf_string s, *ss;
    int64_t *is = NULL;
    size_t n = 0;
    float y[64];

    tw_arena_init(&a, 1u << 20);
    CHECK(sample_bytes(&b));
    CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
    if (!f)
        return;
    CHECK(tw_gguf_get_u64(f, "n", &u, NULL) == TW_OK && u == 7);
    CHECK(tw_gguf_get_u64(f, "big", &u, NULL) == TW_OK && u == 1ull << 40);
    CHECK(tw_gguf_get_f64(f, "half", &d, NULL) == TW_OK && d == 0.5);
    CHECK(tw_gguf_get_f64(f, "third", &d, NULL) == TW_OK && d == 1.0 / 3.0);
    CHECK(tw_gguf_get_bool(f, "yes", &yes, NULL) == TW_OK && yes);
    CHECK(tw_gguf_get_string(f, "general.architecture", &s, NULL) == TW_OK);
    CHECK(s.len == 5 && memcmp(s.bytes, "llama", 5) == 0);
    CHECK(tw_gguf_get_strings(f, "words", &a, &ss, &n, NULL) == TW_OK);
    CHECK(n == 3 && ss[1].len == 2 && ss[1].bytes[1] == 'c' && !ss[2].len);
    CHECK(tw_gguf_get_i64s(f, "ints", &a, &is, &n, NULL) == TW_OK);
    CHECK(n == 2 && is[0] == -1 && is[1] == 2);
    CHECK(tw_gguf_get_f64s(f, "reals", &a, &ds, &n, NULL) == TW_OK);
    CHECK(n == 1 && ds[0] == 0.25);
    CHECK(tw_gguf_count_tensors(f) == 4);
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, "q");
    CHECK(t && t->n_dims == 2 && t->ne[0] == 32 && t->ne[1] == 2);
    CHECK(t && t->type == TW_GGML_Q8_0 && t->size == 68);
    CHECK(t && tw_ggml_to_f32(y, t->data, 64, t->type, NULL) == TW_OK);
    for (int i = 0; i < 64; i++)
        CHECK_NEAR((double)y[i], (i - 20) / 8.0, 0.03);
    t = tw_gguf_tensor_find(f, "h");
    CHECK(t && tw_ggml_to_f32(y, t->data, 5, t->type, NULL) == TW_OK);
    CHECK(y[4] == -2.0f); /* exact in F16 and BF16 */
    t = tw_gguf_tensor_find(f, "b");
    CHECK(t && tw_ggml_to_f32(y, t->data, 5, t->type, NULL) == TW_OK);
    CHECK(y[4] == -2.0f);
    CHECK(tw_gguf_tensor_find(f, "absent") == NULL);
    tw_gguf_close(f);
    tw_arena_release(&a);
    tw_buf_release(&b);
}

TEST(a_missing_key_and_a_wrong_type_name_the_key)
{
    struct tw_buf b;
    struct tw_gguf *f = NULL;
    struct tw_err err = { 0 };
    uint64_t u;
    struct tw_gguf_string s;

    CHECK(sample_bytes(&b));
    CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
    CHECK(tw_gguf_get_u64(f, "none", &u, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "missing key 'none'") != NULL);
    CHECK(tw_gguf_get_u64(f, "half", &u, &err) == TW_EFORMAT);
    CHECK(strstr(err.msg, "'half'") != NULL);
    CHECK(tw_gguf_get_string(f, "words", &s, &err) == TW_EFORMAT);
    tw_gguf_close(f);
    tw_buf_release(&b);
}

TEST(every_truncation_is_refused)
{
    struct tw_buf b;

    CHECK(sample_bytes(&b));
    /* The padding after the last tensor may go. */
    for (size_t n = 0; n + 28 < b.len; n++) {
        uint8_t *copy = malloc(n ? n : 1); /* so that ASan sees the end */
        struct tw_gguf *f = NULL;

        if (copy && n)
            memcpy(copy, b.bytes, n);
        CHECK(copy && tw_gguf_open_bytes(&f, copy, n, NULL) == TW_EFORMAT);
        tw_gguf_close(f);
        free(copy);
    }
    tw_buf_release(&b);
}

TEST(every_changed_byte_is_refused_or_read_safely)
{
    static const uint8_t MASKS[] = { 1, 2, 4, 8, 16, 32, 64, 128, 255 };
    struct tw_buf b;
    size_t n_read = 0;

    CHECK(sample_bytes(&b));
    uint8_t *copy = malloc(b.len);
    if (!copy)
        return;
    for (size_t i = 0; i < b.len; i++) {
        for (size_t m = 0; m < sizeof(MASKS); m++) {
            struct tw_gguf *f = NULL;

            memcpy(copy, b.bytes, b.len);
            copy[i] ^= MASKS[m];
            if (tw_gguf_open_bytes(&f, copy, b.len, NULL) == TW_OK) {
                n_read += use(f) != 12345.678; /* so that it is used */
            }
            tw_gguf_close(f);
        }
    }
    CHECK(n_read > 0 && n_read < 9 * b.len);
    free(copy);
    tw_buf_release(&b);
}

TEST(counts_that_do_not_fit_the_file_are_refused)
{
    struct craft c;

    craft_begin(&c, 3, 1ull << 61, 0);
    CHECK(refused(&c, "number of tensors"));
    craft_begin(&c, 3, 0, UINT64_MAX);
    CHECK(refused(&c, "number of keys"));
    craft_begin(&c, 3, 0, 0x100000000000001ull); /* times 24 wraps */
    data_add(&c, 640);
    CHECK(refused(&c, "number of keys"));
    craft_begin(&c, 4, 0, 0);
    CHECK(refused(&c, "version"));
    craft_begin(&c, 1, 0, 0);
    CHECK(refused(&c, "version"));
    craft_begin(&c, 0, 0, 0);
    CHECK(refused(&c, "version"));
}

TEST(what_a_file_is_instead_is_named)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *word;
    } FILES[] = {
        { "", 0, "empty" },
        { "version https://git-lfs.github.com/spec/v1\noid sha256:00\n", 57,
          "Git LFS pointer" },
        { "\xef\xbb\xbfversion https://git-lfs.github.com/spec/v1\r\n", 47,
          "Git LFS pointer" },
        { "\n<!DOCTYPE html><html><title>404</title>", 40, "HTML" },
        { "tjgg\3\0\0\0\1\0\0\0", 12, "old GGML format" },
        { "lmgg\3\0\0\0\1\0\0\0", 12, "old GGML format" },
        { "PK\3\4\24\0\0\0", 8, "ZIP" },
        { "\x1f\x8b\x08\0", 4, "gzip" },
        { "\x28\xb5\x2f\xfd\0", 5, "zstd" },
        { "\x40\x1\0\0\0\0\0\0{\"__metadata__\":{}}", 27, "safetensors" },
        { "GGUF\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "big-endian" },
        { "GGUF\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24, "big-endian" },
        { "GGU", 3, "wrong magic" },
        { "some text that is nothing", 25, "wrong magic" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(FILES); i++) {
        struct tw_gguf *f;
        struct tw_err err = { 0 };

        CHECK(tw_gguf_open_bytes(&f, FILES[i].bytes, FILES[i].n, &err) ==
              TW_EFORMAT);
        if (!strstr(err.msg, FILES[i].word))
            printf("# %zu: %s\n", i, err.msg);
        CHECK(strstr(err.msg, FILES[i].word) != NULL);
    }
}

TEST(string_lengths_past_the_end_are_refused)
{
    static const uint64_t LENS[] = { UINT64_MAX, 1ull << 63, 1ull << 31, 200 };

    for (size_t i = 0; i < TW_ARRAY_LEN(LENS); i++) {
        struct craft c;

        craft_begin(&c, 3, 0, 1);
        uint_add(&c, LENS[i], 8);
        data_add(&c, 64);
        CHECK(refused(&c, "key name 0"));
        craft_begin(&c, 3, 0, 1);
        name_add(&c, "k");
        uint_add(&c, TW_GGUF_STRING, 4);
        uint_add(&c, LENS[i], 8);
        data_add(&c, 64);
        CHECK(refused(&c, "'k'"));
    }
}

TEST(array_counts_and_types_are_checked)
{
    static const uint64_t COUNTS[] = { UINT64_MAX, 1ull << 63, 1ull << 62,
                                       1000 };

    for (size_t i = 0; i < TW_ARRAY_LEN(COUNTS); i++) {
        for (uint32_t type = 0; type < 15; type++) {
            struct craft c;

            craft_begin(&c, 3, 0, 1);
            name_add(&c, "arr");
            uint_add(&c, TW_GGUF_ARRAY, 4);
            uint_add(&c, type, 4);
            uint_add(&c, COUNTS[i], 8);
            data_add(&c, 64);
            CHECK(refused(&c, "'arr'"));
        }
    }
    struct craft c;
    craft_begin(&c, 3, 0, 1);
    name_add(&c, "odd");
    uint_add(&c, 13, 4);
    uint_add(&c, 0, 8);
    CHECK(refused(&c, "'odd'"));
}

TEST(bad_tensor_descriptions_are_refused)
{
    static const struct {
        uint32_t n_dims;
        uint64_t ne[5];
        uint32_t type;
        uint64_t offset;
        const char *word;
    } CASES[] = {
        { 0, { 0 }, 0, 0, "dimensions" },
        { 5, { 1, 1, 1, 1, 1 }, 0, 0, "dimensions" },
        { UINT32_MAX, { 1, 1, 1, 1, 1 }, 0, 0, "dimensions" },
        { 2, { 4, 0 }, 0, 0, "dimension out of range" },
        { 1, { 1ull << 63 }, 0, 0, "dimension out of range" },
        { 2, { 1ull << 33, 1ull << 33 }, 0, 0, "overflows" },
        { 4, { 1 << 16, 1 << 16, 1 << 16, 1 << 16 }, 0, 0, "overflows" },
        { 2, { 1ull << 31, 1ull << 31 }, 0, 0, "overflows" },
        { 1, { 4 }, 5, 0, "unknown type" },
        { 1, { 4 }, UINT32_MAX, 0, "unknown type" },
        { 1, { 33 }, TW_GGML_Q8_0, 0, "blocks" },
        { 1, { 4 }, 0, 8, "aligned" },
        { 1, { 4 }, 0, 1u << 20, "past the end" },
        { 1, { 4 }, 0, UINT64_MAX - 31, "past the end" },
        { 1, { 1000 }, 0, 32, "past the end" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(CASES); i++) {
        struct craft c;

        craft_begin(&c, 3, 1, 0);
        tensor_add(&c, "w", CASES[i].n_dims, CASES[i].ne, CASES[i].type,
                   CASES[i].offset);
        data_add(&c, 128);
        CHECK(refused(&c, CASES[i].word));
    }
}

TEST(twice_and_overlap_are_refused)
{
    static const uint64_t NE[] = { 16 };
    struct craft c;

    craft_begin(&c, 3, 2, 0);
    tensor_add(&c, "w", 1, NE, 0, 0);
    tensor_add(&c, "w", 1, NE, 0, 64);
    data_add(&c, 128);
    CHECK(refused(&c, "twice"));
    craft_begin(&c, 3, 2, 0);
    tensor_add(&c, "w", 1, NE, 0, 32);
    tensor_add(&c, "v", 1, NE, 0, 0);
    data_add(&c, 128);
    CHECK(refused(&c, "overlaps"));
    craft_begin(&c, 3, 0, 2);
    for (int i = 0; i < 2; i++) {
        name_add(&c, "k");
        uint_add(&c, TW_GGUF_U8, 4);
        uint_add(&c, 1, 1);
    }
    data_add(&c, 64);
    CHECK(refused(&c, "twice"));
}

TEST(a_wild_alignment_is_refused)
{
    static const uint64_t VALUES[] = { 0, 1, 3, 48, 8192, UINT32_MAX };
    static const uint64_t NE[] = { 4 };

    for (size_t i = 0; i < TW_ARRAY_LEN(VALUES); i++) {
        struct craft c;

        craft_begin(&c, 3, 1, 1);
        name_add(&c, "general.alignment");
        uint_add(&c, TW_GGUF_U32, 4);
        uint_add(&c, VALUES[i], 4);
        tensor_add(&c, "w", 1, NE, 0, 0);
        data_add(&c, 64);
        CHECK(refused(&c, "alignment"));
    }
}

TEST(a_writer_refuses_what_a_reader_would)
{
    float x[64] = { 0 };
    struct tw_buf b;
    struct tw_err err = { 0 };

    for (int kind = 0; kind < 4; kind++) {
        struct tw_gguf_out *o = sample_out(x);

        tw_buf_init(&b, 1u << 20);
        if (kind == 0)
            tw_gguf_put_u32(o, "n", 1);
        if (kind == 1)
            tw_gguf_put_tensor(o, "w", 1, (size_t[]){ 4 }, x, TW_GGML_F32);
        if (kind == 2)
            tw_gguf_put_tensor(o, "z", 1, (size_t[]){ 33 }, x, TW_GGML_Q8_0);
        if (kind == 3)
            tw_gguf_put_raw(o, "z", 1, (size_t[]){ 4 }, x, 15, TW_GGML_I32);
        CHECK(tw_gguf_write_buf(o, &b, &err) == TW_EINVAL);
        CHECK(b.len == 0);
        tw_gguf_out_free(o);
        tw_buf_release(&b);
    }
}

TEST(every_half_float_converts_there_and_back)
{
    struct tw_gguf_out *o;
    struct tw_gguf *f = NULL;
    struct tw_buf b;
    static uint16_t half[65536];
    static float x[65536];

    for (size_t i = 0; i < 65536; i++)
        half[i] = (uint16_t)i;
    CHECK(tw_ggml_to_f32(x, (const uint8_t *)half, 65536, TW_GGML_F16, NULL) ==
          TW_OK);
    CHECK(x[0x3c00] == 1.0f && x[1] == 0x1p-24f && x[0x7bff] == 65504.0f);
    CHECK(isinf(x[0x7c00]) && isnan(x[0x7e00]) && x[0xc000] == -2.0f);
    tw_buf_init(&b, 1u << 20);
    CHECK(tw_gguf_out_new(&o, NULL) == TW_OK);
    tw_gguf_put_tensor(o, "h", 1, (size_t[]){ 65536 }, x, TW_GGML_F16);
    CHECK(tw_gguf_write_buf(o, &b, NULL) == TW_OK);
    CHECK(tw_gguf_open_bytes(&f, b.bytes, b.len, NULL) == TW_OK);
    const struct tw_gguf_tensor *t = tw_gguf_tensor_find(f, "h");
    size_t n_different = 0;
    for (size_t i = 0; i < 65536; i++)
        n_different += !isnan(x[i]) && memcmp(t->data + 2 * i, &half[i], 2);
    CHECK(n_different == 0);
    tw_gguf_close(f);
    tw_gguf_out_free(o);
    tw_buf_release(&b);
}

TEST(a_file_is_written_and_mapped)
{
    float x[64];
    struct tw_gguf_out *o = sample_out(x);
    struct tw_gguf *f = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_gguf_write(o, "test_gguf_tmp.gguf", &err) == TW_OK);
    CHECK(tw_gguf_open(&f, "test_gguf_tmp.gguf", &err) == TW_OK);
    const struct tw_gguf_tensor *t = f ? tw_gguf_tensor_find(f, "w") : NULL;
    CHECK(t && memcmp(t->data, x, sizeof(x)) == 0);
    tw_gguf_close(f);
    tw_gguf_out_free(o);
    CHECK(tw_file_remove("test_gguf_tmp.gguf", NULL) == TW_OK);
    CHECK(tw_gguf_open(&f, "test_gguf_tmp.gguf", &err) != TW_OK && !f);
}

/* Writing the weights of the F16 golden model as Q8_0 gives the bytes of the
 * Q8_0 golden model. */
TEST(golden_files_open_and_q8_0_blocks_agree)
{
    const char *shared = getenv("TW_SHARED");
    char path[512], path_q8[512];
    struct tw_gguf *f = NULL, *q8 = NULL;
    static float x[512 * 512];

    snprintf(path, sizeof(path), "%s/golden/llm/llama-q256-F16.gguf",
             shared ? shared : "");
    snprintf(path_q8, sizeof(path_q8), "%s/golden/llm/llama-q256-Q8_0.gguf",
             shared ? shared : "");
    if (!shared || !tw_file_exists(path)) {
        test_skip("shared data absent");
        return;
    }
    CHECK(tw_gguf_open(&f, path, NULL) == TW_OK);
    CHECK(tw_gguf_open(&q8, path_q8, NULL) == TW_OK);
    const struct tw_gguf_tensor *t =
        tw_gguf_tensor_find(f, "blk.0.attn_q.weight");
    const struct tw_gguf_tensor *u =
        tw_gguf_tensor_find(q8, "blk.0.attn_q.weight");
    CHECK(t && u && t->type == TW_GGML_F16 && u->type == TW_GGML_Q8_0);
    if (!t || !u)
        return;
    size_t n = t->ne[0] * t->ne[1];
    CHECK(n <= TW_ARRAY_LEN(x));
    CHECK(tw_ggml_to_f32(x, t->data, n, t->type, NULL) == TW_OK);
    struct tw_gguf_out *o;
    struct tw_buf b;
    tw_buf_init(&b, 1u << 20);
    CHECK(tw_gguf_out_new(&o, NULL) == TW_OK);
    tw_gguf_put_tensor(o, "q", 2, (size_t[]){ t->ne[1], t->ne[0] }, x,
                       TW_GGML_Q8_0);
    CHECK(tw_gguf_write_buf(o, &b, NULL) == TW_OK);
    CHECK(b.len > u->size && memcmp(b.bytes + b.len - (u->size + 31) / 32 * 32,
                                    u->data, u->size) == 0);
    tw_gguf_out_free(o);
    tw_buf_release(&b);
    tw_gguf_close(f);
    tw_gguf_close(q8);
}

TEST_MAIN(RUN(what_a_file_is_instead_is_named);
          RUN(written_values_and_tensors_read_back);
          RUN(a_missing_key_and_a_wrong_type_name_the_key);
          RUN(every_truncation_is_refused);
          RUN(every_changed_byte_is_refused_or_read_safely);
          RUN(counts_that_do_not_fit_the_file_are_refused);
          RUN(string_lengths_past_the_end_are_refused);
          RUN(array_counts_and_types_are_checked);
          RUN(bad_tensor_descriptions_are_refused);
          RUN(twice_and_overlap_are_refused); RUN(a_wild_alignment_is_refused);
          RUN(a_writer_refuses_what_a_reader_would);
          RUN(every_half_float_converts_there_and_back);
          RUN(a_file_is_written_and_mapped);
          RUN(golden_files_open_and_q8_0_blocks_agree);)
