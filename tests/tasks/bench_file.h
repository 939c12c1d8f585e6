/*
 * bench_file.h - files for the tests of task sets and samples.
 */
#ifndef TW_TESTS_BENCH_FILE_H
#define TW_TESTS_BENCH_FILE_H

#include "base/file.h"
#include "tasks/samples.h"
#include "test_dir.h"

#include <string.h>

/* A file of the shared data, or NULL: the test is skipped. */
static inline const char *shared_file(char path[1024], const char *name)
{
    const char *root = getenv("TW_SHARED");

    if (!root)
        return NULL;
    snprintf(path, 1024, "%s/data/%s", root, name);
    return tw_file_exists(path) ? path : NULL;
}

/* "tasks.json" in the working folder; false: it could not be written. */
static inline bool put_file(const char *name, const char *text)
{
    return tw_file_write(name, text, strlen(text), NULL) == TW_OK;
}

/* Status of loading this text as a set; what it said in err. */
static inline enum tw_status load_text(struct tw_taskset *set, const char *text,
                                       const char *name, struct tw_err *err)
{
    memset(err, 0, sizeof(*err));
    if (!put_file("tasks.json", text))
        return TW_EIO;
    enum tw_status st = tw_taskset_load(set, "tasks.json", name, err);
    (void)unlink("tasks.json");
    return st;
}

static inline enum tw_status load_samples(struct tw_samples *s,
                                          const char *text,
                                          const struct tw_taskset *set,
                                          struct tw_err *err)
{
    memset(err, 0, sizeof(*err));
    if (!put_file("samples.json", text))
        return TW_EIO;
    enum tw_status st = tw_samples_load(s, "samples.json", NULL, set, err);
    (void)unlink("samples.json");
    return st;
}

/* Three tasks like HumanEval's. */
#define OWN_TASK(id, name, body, test)                               \
    "{\"task_id\": \"" id "\", \"prompt\": \"def " name              \
    "(x):\\n    \\\"\\\"\\\" " name " of x \\\"\\\"\\\"\\n\", "      \
    "\"entry_point\": \"" name "\", \"canonical_solution\": \"" body \
    "\", \"test\": \"def check(f):\\n    assert " test "\\n\"}\n"
#define OWN_TASKS                                                      \
    OWN_TASK("HumanEval/0", "one", "    return x + 1\\n", "f(1) == 2") \
    OWN_TASK("HumanEval/1", "two", "    return x + 2\\n", "f(1) == 3") \
    OWN_TASK("HumanEval/2", "three", "    return x + 3\\n", "f(1) == 4")

#endif /* TW_TESTS_BENCH_FILE_H */
