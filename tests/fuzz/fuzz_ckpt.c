/* A checkpoint: refused part by part with nothing changed, or read. */
#include "fuzz.h"

#include "fuzz_set.h"

static struct tw_backend *be;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    MUST(tw_backend_new(&be, "ref", 1, NULL) == TW_OK);
    return 0;
}

/* Parameters and optimiser, each changed as a whole or not at all. */
static enum tw_status read_all(void *ctx, const struct tw_gguf *f,
                               struct tw_err *err)
{
    struct fuzz_set *s = ctx;
    enum tw_status st = tw_ckpt_get_params(f, s->ps, err);

    if (st != TW_OK)
        MUST(s->w->data[0] == 1.5f && s->b->data[0] == 2.5f);
    TW_TRY(st);
    return tw_ckpt_get_adam(f, &s->opt, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_set s;
    struct tw_err err = { 0 };
    struct fuzz_file f;

    fuzz_file_open(&f, bytes, n);
    fuzz_set_open(&s, be);
    s.opt.step = 12345;
    if (tw_ckpt_resume(f.path, FUZZ_IDENTITY, read_all, &s, &err) != TW_OK)
        MUST(err.msg[0] && s.opt.step == 12345);
    fuzz_set_close(&s);
    fuzz_file_close(&f);
    return 0;
}
