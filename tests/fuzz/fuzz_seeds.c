/* Writes first inputs of the readers of binary files, by the program's own
 * writers: fuzz_seeds FOLDER makes FOLDER/gguf/1.gguf and so on. */
#include "fuzz_set.h"

#include "base/file.h"
#include "llm/bpe.h"
#include "report/run_doc.h"
#include "synth/gen.h"

struct seeds {
    struct tw_arena a;
    struct tw_backend *be;
    const char *dir;
};

static const char *path_of(struct seeds *s, const char *target,
                           const char *name)
{
    char *dir = tw_file_join(&s->a, s->dir, target);

    MUST(dir && tw_file_mkdirs(dir, NULL) == TW_OK);
    char *path = tw_file_join(&s->a, dir, name);
    MUST(path != NULL);
    return path;
}

static void save(struct seeds *s, struct tw_gguf_out *o, const char *target,
                 const char *name)
{
    MUST(tw_gguf_write(o, path_of(s, target, name), NULL) == TW_OK);
    tw_gguf_out_free(o);
}

/* A key of each type, a tensor of each that is written. */
static void make_gguf(struct seeds *s)
{
    static const enum tw_ggml_type TYPES[] = { TW_GGML_F32, TW_GGML_F16,
                                               TW_GGML_BF16, TW_GGML_Q8_0 };
    static const char *const NAMES[] = { "x", "y", "z", "q" };
    const struct tw_gguf_string texts[] = { { "one", 3 }, { "", 0 } };
    const int32_t ints[] = { 1, -2, 3 };
    const double floats[] = { 0.5, -1e300 };
    const size_t shape[] = { 2, 32 };
    float data[64] = { 1, -2, 3.5f };
    struct tw_gguf_out *o;

    MUST(tw_gguf_out_new(&o, NULL) == TW_OK);
    tw_gguf_put_u32(o, "a", 7);
    tw_gguf_put_u64(o, "b", UINT64_MAX);
    tw_gguf_put_f32(o, "c", 1.5f);
    tw_gguf_put_f64(o, "d", -2.5);
    tw_gguf_put_bool(o, "e", true);
    tw_gguf_put_string(o, "f", "text");
    tw_gguf_put_strings(o, "g", texts, 2);
    tw_gguf_put_i32s(o, "h", ints, 3);
    tw_gguf_put_f64s(o, "i", floats, 2);
    for (size_t i = 0; i < TW_ARRAY_LEN(TYPES); i++)
        tw_gguf_put_tensor(o, NAMES[i], 2, shape, data, TYPES[i]);
    save(s, o, "gguf", "1.gguf");
}

/* A vocabulary of sentences: control tokens, all bytes, some pieces. */
static void put_spm(struct tw_gguf_out *o)
{
    static const char *const PIECES[] = { "\xe2\x96\x81", "d",  "e", "f",
                                          "de",           "def" };
    struct tw_gguf_string texts[265];
    double scores[265] = { 0 };
    int32_t kinds[265];
    char bytes[256][8];
    size_t n = 0;

    texts[n++] = (struct tw_gguf_string){ "<unk>", 5 };
    texts[n++] = (struct tw_gguf_string){ "<s>", 3 };
    texts[n++] = (struct tw_gguf_string){ "</s>", 4 };
    kinds[0] = 2;
    kinds[1] = kinds[2] = 3;
    for (unsigned i = 0; i < 256; i++) {
        snprintf(bytes[i], sizeof(bytes[i]), "<0x%02X>", i);
        kinds[n] = 6;
        texts[n++] = (struct tw_gguf_string){ bytes[i], 6 };
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(PIECES); i++) {
        kinds[n] = 1;
        scores[n] = -(double)(TW_ARRAY_LEN(PIECES) - i);
        texts[n++] = (struct tw_gguf_string){ PIECES[i], strlen(PIECES[i]) };
    }
    MUST(n == TW_ARRAY_LEN(texts));
    tw_gguf_put_string(o, "tokenizer.ggml.model", "llama");
    tw_gguf_put_strings(o, "tokenizer.ggml.tokens", texts, n);
    tw_gguf_put_f64s(o, "tokenizer.ggml.scores", scores, n);
    tw_gguf_put_i32s(o, "tokenizer.ggml.token_type", kinds, n);
    tw_gguf_put_u32(o, "tokenizer.ggml.unknown_token_id", 0);
}

static void put_key(struct tw_gguf_out *o, const char *arch, const char *name,
                    uint32_t v)
{
    char key[96];

    snprintf(key, sizeof(key), "%s.%s", arch, name);
    tw_gguf_put_u32(o, key, v);
}

static void put_weights(struct tw_gguf_out *o, const char *name, size_t rows,
                        size_t cols, enum tw_ggml_type type)
{
    static const float zeros[512 * 32];
    const size_t shape[] = { rows, cols };

    if (rows == 1)
        tw_gguf_put_tensor(o, name, 1, &shape[1], zeros, TW_GGML_F32);
    else
        tw_gguf_put_tensor(o, name, 2, shape, zeros, type);
}

/* One layer of width 32 (a block of Q8_0), two heads, one of them kept. */
static void put_model(struct tw_gguf_out *o, const char *arch, size_t n_vocab,
                      enum tw_ggml_type type)
{
    tw_gguf_put_string(o, "general.architecture", arch);
    put_key(o, arch, "block_count", 1);
    put_key(o, arch, "embedding_length", 32);
    put_key(o, arch, "feed_forward_length", 32);
    put_key(o, arch, "context_length", 64);
    put_key(o, arch, "attention.head_count", 2);
    put_key(o, arch, "attention.head_count_kv", 1);
    put_weights(o, "token_embd.weight", n_vocab, 32, type);
    put_weights(o, "output_norm.weight", 1, 32, type);
    put_weights(o, "blk.0.attn_norm.weight", 1, 32, type);
    put_weights(o, "blk.0.ffn_norm.weight", 1, 32, type);
    put_weights(o, "blk.0.attn_q.weight", 32, 32, type);
    put_weights(o, "blk.0.attn_k.weight", 16, 32, type);
    put_weights(o, "blk.0.attn_v.weight", 16, 32, type);
    put_weights(o, "blk.0.attn_output.weight", 32, 32, type);
    put_weights(o, "blk.0.ffn_gate.weight", 32, 32, type);
    put_weights(o, "blk.0.ffn_up.weight", 32, 32, type);
    put_weights(o, "blk.0.ffn_down.weight", 32, 32, type);
}

static void make_models(struct seeds *s)
{
    const struct tw_bpe_text text = { "def f(x):\n    return 12\n", 24 };
    const struct tw_bpe_train opt = { .n_vocab = 264,
                                      .pre = TW_PRETOK_STARCODER };
    struct tw_gguf_out *o;
    struct tw_vocab *t;

    MUST(tw_bpe_learn(&t, &opt, &text, 1, NULL, NULL) == TW_OK);
    MUST(tw_gguf_out_new(&o, NULL) == TW_OK);
    put_model(o, "llama", 8, TW_GGML_Q8_0);
    MUST(tw_vocab_put(t, o, NULL) == TW_OK);
    save(s, o, "model", "llama.gguf");
    tw_vocab_free(t);
    MUST(tw_gguf_out_new(&o, NULL) == TW_OK);
    put_model(o, "qwen2", 8, TW_GGML_F16);
    put_spm(o);
    save(s, o, "model", "qwen2.gguf");
    MUST(tw_gguf_out_new(&o, NULL) == TW_OK);
    put_model(o, "llama", 8, TW_GGML_BF16);
    save(s, o, "model", "bf16.gguf");
}

static void make_ckpt(struct seeds *s)
{
    struct tw_gguf_out *o;
    struct fuzz_set set;

    fuzz_set_open(&set, s->be);
    MUST(tw_gguf_out_new(&o, NULL) == TW_OK);
    tw_ckpt_put_params(o, set.ps, TW_GGML_F32);
    tw_ckpt_put_run(o, &set.opt, FUZZ_IDENTITY);
    save(s, o, "ckpt", "1.gguf");
    fuzz_set_close(&set);
}

static void make_gen(struct seeds *s)
{
    enum { N = 4, L = 4 };
    float x[N * L] = { 0, 1, 2, 3, -1, -2, 0, 1, 1, 1, 2, 2, 0, 0, 1, 1 };
    bool known[N * L];
    uint32_t label[N] = { 0 };
    size_t size[1] = { N }, counter[1] = { 0 };
    struct tw_scale scale = { .scale = 2, .min = -9, .max = 9 };
    struct tw_trial_counter name = { .name = "a" };
    struct tw_trial trial = { .counters = &name, .n_counters = 1 };
    struct tw_windows w = { .n = N,
                            .K = 1,
                            .L = L,
                            .x = x,
                            .known = known,
                            .counter = counter,
                            .scale = &scale };
    struct tw_clusters c = { .k = 1, .label = label, .size = size };
    struct tw_gen_config config = tw_gen_config_quick();
    struct tw_gen *gen;
    struct tw_err err = { 0 };

    memset(known, 1, sizeof(known));
    config.channels = 4;
    config.layers = 1;
    config.state = 2;
    config.diffusion_steps = 4;
    config.batch = 2;
    config.steps = 2;
    config.warmup = 1;
    config.checkpoint_every = 0;
    const struct tw_gen_data data = { &trial, &w, &c };
    enum tw_status st =
        tw_gen_train(&gen, &data, &config, s->be, NULL, NULL, NULL, &err);
    if (st != TW_OK)
        fprintf(stderr, "%s\n", err.msg);
    MUST(st == TW_OK);
    MUST(tw_gen_save(gen, path_of(s, "gen", "1.gguf"), NULL) == TW_OK);
    tw_gen_free(gen);
}

int main(int argc, char **argv)
{
    struct seeds s = { .dir = argc > 1 ? argv[1] : "." };

    tw_arena_init(&s.a, 1u << 20);
    MUST(tw_backend_new(&s.be, "ref", 1, NULL) == TW_OK);
    make_gguf(&s);
    make_models(&s);
    make_ckpt(&s);
    make_gen(&s);
    MUST(tw_file_write(path_of(&s, "report", "run.json"), RUN_DOC,
                       sizeof(RUN_DOC) - 1, NULL) == TW_OK);
    tw_backend_free(s.be);
    tw_arena_release(&s.a);
    return 0;
}
