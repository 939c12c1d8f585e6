/*
 * jail_kit.h - what the tests of the jail share: open it or skip, run Python
 * or shell text in it, repeat a suite as an ordinary user, count what is left.
 */
#ifndef TW_TESTS_JAIL_KIT_H
#define TW_TESTS_JAIL_KIT_H

#include "jail/jail.h"
#include "python/pyrun.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDINARY_UID 58777

/* NULL where this host cannot isolate: the test then says so and passes. */
static inline struct tw_jail *kit_open(void)
{
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (tw_jail_open(&jail, false, &err) == TW_OK)
        return jail;
    test_skip("no jail here: %s", err.msg);
    return NULL;
}

/* Tier B ends its programs with a signal to all processes of their user number,
 * one of a range that the host has: those who use it take turns.  Until the
 * process ends; where the file cannot be had, no turn is taken. */
static inline void kit_alone(void)
{
    int fd = open("/tmp/trialwright-tier-b.lock",
                  O_RDONLY | O_CREAT | O_CLOEXEC, 0666);

    if (fd >= 0)
        (void)flock(fd, LOCK_EX);
}

static inline struct tw_jail_limits kit_limits(double wall_s)
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

/* Has any process of a run outlived it?  kit_open() makes this process the
 * one that inherits orphans, so it would be our child, alive or a zombie. */
static inline bool kit_left(void)
{
    return waitpid(-1, NULL, WNOHANG | __WALL) >= 0;
}

#endif /* TW_TESTS_JAIL_KIT_H */
