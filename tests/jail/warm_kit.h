/*
 * warm_kit.h - zygotes for a test, or the reason why there can be none.  For
 * sources that define _GNU_SOURCE.
 */
#ifndef TW_TESTS_WARM_KIT_H
#define TW_TESTS_WARM_KIT_H

#include "jail_kit.h"

#include <sched.h>
#include <stdbool.h>

/* Not in a chroot, nor where the host forbids them.  Without, root has runs,
 * and no zygotes. */
static inline bool kit_user_spaces(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER) != 0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* N zygotes of Python; false: none can be here, and the test says so. */
static inline bool kit_warm_up(struct tw_jail *jail, unsigned n)
{
    if (tw_jail_warm_up(jail, &tw_pyrun_warm, n) >= n)
        return true;
    if (kit_user_spaces())
        CHECK(!"a zygote starts where there are user namespaces");
    else
        test_skip("no zygote without user namespaces");
    return false;
}

#endif /* TW_TESTS_WARM_KIT_H */
