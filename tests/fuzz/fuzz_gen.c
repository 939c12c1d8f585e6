/* A generator's file: refused, or one that says what it is and draws. */
#include "fuzz.h"

#include "synth/gen.h"

static struct tw_backend *be;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    MUST(tw_backend_new(&be, "ref", 1, NULL) == TW_OK);
    return 0;
}

static void draw(struct tw_gen *gen)
{
    size_t n = tw_gen_counters(gen) * tw_gen_length(gen);
    const struct tw_gen_request req = { .n = 1, .steps = 1, .seed = 1 };
    float x[4096];

    MUST(tw_gen_clusters(gen) > 0 && strlen(tw_gen_trial_sha256(gen)) < 65);
    for (size_t k = 0; k < tw_gen_counters(gen); k++)
        MUST(tw_gen_counter_name(gen, k) && tw_gen_scale(gen, k)->scale > 0);
    if (n <= 4096 && tw_gen_config_of(gen).channels <= 16)
        (void)!tw_gen_sample(gen, &req, x, NULL, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_gen *gen;
    struct tw_err err = { 0 };
    struct fuzz_file f;

    fuzz_file_open(&f, bytes, n);
    if (tw_gen_open(&gen, f.path, be, &err) == TW_OK) {
        draw(gen);
        tw_gen_free(gen);
    } else {
        MUST(!gen && err.msg[0] && err.code != TW_EINVAL);
    }
    fuzz_file_close(&f);
    return 0;
}
