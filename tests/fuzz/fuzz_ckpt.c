/* A checkpoint: refused with nothing changed, or read. */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_set s;
    struct tw_ckpt_value own[] = { FUZZ_OWN };
    struct tw_err err = { 0 };
    struct fuzz_file f;

    fuzz_file_open(&f, bytes, n);
    fuzz_set_open(&s, be);
    s.opt.step = 12345;
    enum tw_status st =
        tw_ckpt_load(f.path, s.ps, &s.opt, own, TW_ARRAY_LEN(own), &err);
    if (st != TW_OK) {
        MUST(err.msg[0] && s.opt.step == 12345 && own[0].u == 7);
        MUST(s.w->data[0] == 1.5f && s.b->data[0] == 2.5f);
    }
    fuzz_set_close(&s);
    fuzz_file_close(&f);
    return 0;
}
