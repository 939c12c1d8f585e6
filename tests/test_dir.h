/*
 * test_dir.h - a folder for the files of a test, under $TMPDIR or /tmp.
 */
#ifndef TW_TESTS_TEST_DIR_H
#define TW_TESTS_TEST_DIR_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    TEST_DIR_MAX = 256,
    TEST_PATH_MAX = TEST_DIR_MAX + 64, /* of a file in it */
};

/* A new, empty folder. */
static inline bool test_dir_make(char path[TEST_DIR_MAX])
{
    const char *tmp = getenv("TMPDIR");
    int n =
        snprintf(path, TEST_DIR_MAX, "%s/tw-test-XXXXXX", tmp ? tmp : "/tmp");

    return n > 0 && n < TEST_DIR_MAX && mkdtemp(path);
}

/* Make one and work in it: once a process, TEST_MAIN does it. */
static inline bool test_dir_enter(void)
{
    char path[TEST_DIR_MAX];
    bool ok = test_dir_make(path) && chdir(path) == 0;

    if (!ok)
        puts("Bail out! no folder for the files of the test");
    return ok;
}

/* Leave and remove it; it has to be empty. */
static inline bool test_dir_leave(void)
{
    char path[TEST_DIR_MAX + 16] = "?";
    bool ok =
        getcwd(path, sizeof(path)) && chdir("..") == 0 && rmdir(path) == 0;

    if (!ok)
        printf("# files were left in %s\n", path);
    return ok;
}

#endif /* TW_TESTS_TEST_DIR_H */
