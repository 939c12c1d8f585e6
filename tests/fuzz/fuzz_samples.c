/* Recorded answers to three tasks: read or refused, each joined with one. */
#include "fuzz.h"

#include "tasks/samples.h"

#define TASK(id, name)                                                     \
    "{\"task_id\": \"" id "\", \"prompt\": \"def " name                    \
    "(x):\\n\", \"entry_point\": \"" name "\", \"canonical_solution\": \"" \
    "    return x\\n\", \"test\": \"def check(f):\\n    assert f(1)\\n\"}\n"

static struct tw_taskset set;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char tasks[] = TASK("HumanEval/0", "one")
        TASK("HumanEval/1", "two") TASK("HumanEval/2", "three");
    struct fuzz_file f;

    (void)argc;
    (void)argv;
    fuzz_file_open(&f, (const uint8_t *)tasks, sizeof(tasks) - 1);
    MUST(tw_taskset_load(&set, f.path, NULL, NULL) == TW_OK);
    fuzz_file_close(&f);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct fuzz_file f;
    struct tw_samples samples;
    struct tw_err err = { 0 };

    fuzz_file_open(&f, bytes, n);
    if (tw_samples_load(&samples, f.path, NULL, &set, &err) == TW_OK) {
        MUST(samples.n > 0 && samples.n_tasks <= set.n);
        for (size_t i = 0; i < samples.n; i++) {
            MUST(samples.items[i].task < set.n);
            MUST(samples.items[i].text[samples.items[i].len] == '\0');
        }
        tw_samples_release(&samples);
    } else {
        MUST(err.msg[0] != '\0' && samples.n == 0);
    }
    fuzz_file_close(&f);
    return 0;
}
