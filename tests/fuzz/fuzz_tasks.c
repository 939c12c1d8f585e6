/* A task set: read or refused, every text there, every id found. */
#include "fuzz.h"

#include "tasks/task.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_file f;
    struct tw_taskset set;
    struct tw_err err = { 0 };

    fuzz_file_open(&f, bytes, n);
    if (tw_taskset_load(&set, f.path, NULL, &err) == TW_OK) {
        MUST(set.n > 0 && set.lang < TW_LANG_COUNT);
        for (size_t i = 0; i < set.n; i++) {
            const struct tw_task *t = &set.tasks[i];

            MUST(t->prompt && t->stub && t->entry && t->canonical);
            MUST(t->setup && t->tests && t->declaration && t->imports);
            MUST(tw_taskset_find(&set, t->id) == t);
        }
        tw_taskset_release(&set);
    } else {
        MUST(err.msg[0] != '\0' && set.n == 0);
    }
    fuzz_file_close(&f);
    return 0;
}
