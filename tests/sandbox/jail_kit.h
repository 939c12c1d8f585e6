/*
 * jail_kit.h - what the tests of the jail share: open it or skip, run Python
 * or shell text in it, repeat a suite as an ordinary user, count what is left.
 */
#ifndef TW_TESTS_JAIL_KIT_H
#define TW_TESTS_JAIL_KIT_H

#include "sandbox/jail.h"
#include "sandbox/pyrun.h"

#include "test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDINARY_UID 58777

/* NULL where this host cannot isolate: the test then says so and passes. */
static struct tw_jail *kit_open(void)
{
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    if (tw_jail_open(&jail, false, &err) == TW_OK)
        return jail;
    printf("# SKIP no jail here: %s\n", err.msg);
    return NULL;
}

static struct tw_jail_limits kit_limits(double wall_s)
{
    struct tw_jail_limits l = tw_jail_limits_default();

    l.wall_s = wall_s;
    return l;
}

static inline void kit_python(struct tw_jail *jail, const char *source,
                              struct tw_jail_limits limits,
                              struct tw_jail_result *r)
{
    const char *argv[] = {
        tw_py_interpreter(), "-S", "-s", "-B", "-c", source, NULL
    };
    struct tw_jail_spec s = { .argv = argv, .limits = limits };
    struct tw_err err = { 0 };

    enum tw_status st = tw_jail_run(jail, &s, r, &err);
    if (st != TW_OK)
        printf("# run: %s\n", err.msg);
    CHECK(st == TW_OK);
}

static inline void kit_shell(struct tw_jail *jail, const char *source,
                             struct tw_jail_limits limits,
                             struct tw_jail_result *r)
{
    const char *argv[] = { "/bin/sh", "-c", source, NULL };
    struct tw_jail_spec s = { .argv = argv, .limits = limits };

    CHECK(tw_jail_run(jail, &s, r, NULL) == TW_OK);
}

/* Run checks() in a child without privileges; its failures become ours. */
static inline void kit_as_ordinary(void (*checks)(void))
{
    int status = -1;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgid(ORDINARY_UID) || setuid(ORDINARY_UID))
            _exit(99);
        test_checks_failed = 0;
        checks();
        fflush(stdout);
        _exit(test_checks_failed != 0);
    }
    waitpid(pid, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Processes of the uids that only jails of this test use. */
static inline int kit_left(void)
{
    DIR *dir = opendir("/proc");
    int n = 0;

    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        char path[300];
        struct stat st;
        snprintf(path, sizeof(path), "/proc/%s", e->d_name);
        if (e->d_name[0] < '1' || e->d_name[0] > '9' || stat(path, &st))
            continue;
        n += (st.st_uid >= 58900 && st.st_uid < 58964) ||
             (st.st_uid == ORDINARY_UID && geteuid() == 0);
    }
    if (dir)
        closedir(dir);
    return n;
}

#endif /* TW_TESTS_JAIL_KIT_H */
