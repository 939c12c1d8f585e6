/* test_store.c - steps by name and key, a killed process, damaged files. */
#include "store/store.h"

#include "base/file.h"

#include "test.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char path[] = "journal";

static void remove_journal(void)
{
    char log[64];

    unlink(path);
    snprintf(log, sizeof(log), "%s-wal", path);
    unlink(log);
    snprintf(log, sizeof(log), "%s-shm", path);
    unlink(log);
}

static struct tw_store *open_journal(void)
{
    struct tw_store *s = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_store_open(&s, path, &err) == TW_OK);
    return s;
}

static bool has(struct tw_store *s, const char *name, const char *key,
                const char *want)
{
    struct tw_buf b;
    bool found = false;

    tw_buf_init(&b, 1 << 20);
    CHECK(tw_store_get(s, name, key, &b, &found, NULL) == TW_OK);
    bool same = found && strcmp(tw_buf_text(&b), want) == 0;
    tw_buf_release(&b);
    return same;
}

TEST(a_step_is_found_by_name_and_key_and_nothing_else)
{
    struct tw_store *s = open_journal();

    CHECK(tw_store_put(s, "fit", "k1", "abc", 3, 1.0, NULL) == TW_OK);
    CHECK(has(s, "fit", "k1", "abc"));
    CHECK(has(s, "fit", NULL, "abc"));
    CHECK(!has(s, "fit", "k2", "abc"));
    CHECK(!has(s, "sample", "k1", "abc"));
    CHECK(tw_store_put(s, "fit", "k2", "", 0, 1.0, NULL) == TW_OK);
    CHECK(has(s, "fit", "k2", ""));
    CHECK(!has(s, "fit", "k1", "abc"));
    tw_store_close(s);
    remove_journal();
}

TEST(steps_survive_a_killed_process)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct tw_store *s = NULL;
        if (tw_store_open(&s, path, NULL) != TW_OK ||
            tw_store_put(s, "test/a", "k", "one", 3, 0.1, NULL) != TW_OK)
            _exit(1);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status));
    struct tw_store *s = open_journal();
    CHECK(has(s, "test/a", "k", "one"));
    tw_store_close(s);
    remove_journal();
}

TEST(keep_forgets_only_what_left_the_project)
{
    struct tw_store *s = open_journal();
    const char *const keep[] = { "test/b" };

    CHECK(tw_store_put(s, "test/a", "k", "1", 1, 0, NULL) == TW_OK);
    CHECK(tw_store_put(s, "test/b", "k", "2", 1, 0, NULL) == TW_OK);
    CHECK(tw_store_put(s, "fit", "k", "3", 1, 0, NULL) == TW_OK);
    CHECK(tw_store_keep(s, "test/", keep, 1, NULL) == TW_OK);
    CHECK(!has(s, "test/a", NULL, "1"));
    CHECK(has(s, "test/b", NULL, "2"));
    CHECK(has(s, "fit", NULL, "3"));
    tw_store_close(s);
    remove_journal();
}

TEST(a_second_process_is_refused)
{
    struct tw_store *s = open_journal(), *second = NULL;
    struct tw_err err = { 0 };

    CHECK(tw_store_put(s, "a", "k", "1", 1, 0, NULL) == TW_OK);
    CHECK(tw_store_open(&second, path, &err) == TW_EIO);
    CHECK(strstr(err.msg, "another run") != NULL);
    tw_store_close(s);
    remove_journal();
}

TEST(foreign_and_damaged_files_are_refused)
{
    struct tw_store *s = NULL;
    struct tw_err err = { 0 };
    char text[5000];

    memset(text, 'x', sizeof(text));
    CHECK(tw_file_write(path, text, sizeof(text), &err) == TW_OK);
    CHECK(tw_store_open(&s, path, &err) == TW_EFORMAT);
    CHECK(s == NULL && err.msg[0]);
    remove_journal();
    CHECK(tw_store_open(&s, "/nonexistent/journal", &err) == TW_EIO);
    CHECK(strstr(err.msg, "/nonexistent/journal") != NULL);
}

TEST_MAIN(RUN(a_step_is_found_by_name_and_key_and_nothing_else);
          RUN(steps_survive_a_killed_process);
          RUN(keep_forgets_only_what_left_the_project);
          RUN(a_second_process_is_refused);
          RUN(foreign_and_damaged_files_are_refused);)
