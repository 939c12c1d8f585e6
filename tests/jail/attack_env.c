#define _GNU_SOURCE
#include "attack_env.h"

#include "base/status.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL_SPACES 0x7e020080u /* CLONE_NEW* */

static const struct {
    const char *name, *cause;
    bool root, weak;
    unsigned forbidden; /* CLONE_NEW* that answer EPERM */
    bool no_room;
} envs[ENV_COUNT] = {
    [ENV_ROOT] = { "root", "", true, false, 0, false },
    [ENV_USER] = { "user", "", false, false, 0, false },
    [ENV_ROOT_EPERM] = { "root, user namespaces forbidden", "", true, false,
                         CLONE_NEWUSER, false },
    [ENV_ROOT_ENOSPC] = { "root, no room for user namespaces", "", true, false,
                          0, true },
    [ENV_USER_EPERM] = { "user, user namespaces forbidden",
                         "Operation not permitted", false, true, CLONE_NEWUSER,
                         false },
    [ENV_USER_ENOSPC] = { "user, no room for user namespaces",
                          "user.max_user_namespaces", false, true, 0, true },
    [ENV_ROOT_NOTHING] = { "root, all namespaces forbidden",
                           "Operation not permitted", true, true, ALL_SPACES,
                           false },
};

const char *attack_env_name(enum attack_env e)
{
    return envs[e].name;
}

bool attack_env_weak(enum attack_env e)
{
    return envs[e].weak;
}

const char *attack_env_cause(enum attack_env e)
{
    return envs[e].cause;
}

/* Not in a chroot. */
static bool can_make_space(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(unshare(CLONE_NEWUSER) != 0);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool attack_env_can(enum attack_env e)
{
    if (envs[e].no_room && !can_make_space())
        return false;
    return geteuid() == 0 ||
           (!envs[e].root && !envs[e].no_room && e != ENV_ROOT);
}

#define LOAD(what) \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, what))
#define WHEN(nr, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, (skip))
#define ANSWER(code) \
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)(code))

/* As the default profile of a container does. */
static bool forbid(unsigned flags)
{
    struct sock_filter f[] = {
        LOAD(nr),
        WHEN(SYS_clone3, 1),
        ANSWER(ENOSYS),
        WHEN(SYS_clone, 1),
        BPF_STMT(BPF_JMP | BPF_JA, 1),
        WHEN(SYS_unshare, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1),
        ANSWER(EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog prog = { TW_ARRAY_LEN(f), f };

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
}

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good =
        fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* A user namespace of our own, with all users, whose number of further ones is
 * limited to 0.  The maps are written by a child that stays outside. */
static bool limit_spaces(void)
{
    int go[2], status = -1;
    char path[64], byte = 'g';
    const pid_t self = getpid();

    if (pipe2(go, O_CLOEXEC))
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        close(go[1]);
        if (read(go[0], &byte, 1) != 1)
            _exit(1);
        snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)self);
        bool made = put(path, "0 0 65536");
        snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)self);
        _exit(made && put(path, "0 0 65536") ? 0 : 1);
    }
    bool good =
        pid > 0 && unshare(CLONE_NEWUSER) == 0 && write(go[1], &byte, 1) == 1;
    close(go[0]);
    close(go[1]);
    waitpid(pid, &status, 0);
    return good && status == 0 && setgid(0) == 0 && setuid(0) == 0 &&
           put("/proc/sys/user/max_user_namespaces", "0");
}

/* Mounts are counted: those of others are none of ours. */
static bool enter(enum attack_env e)
{
    if (geteuid() == 0 && (unshare(CLONE_NEWNS) ||
                           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)))
        return false;
    if (envs[e].no_room && !limit_spaces())
        return false;
    if (!envs[e].root && geteuid() == 0 &&
        (syscall(SYS_setgroups, 0, NULL) || setgid(ATTACK_UID) ||
         setuid(ATTACK_UID)))
        return false;
    return !envs[e].forbidden || forbid(envs[e].forbidden);
}

bool attack_env_run(enum attack_env e, void (*act)(void *), void *arg)
{
    int status = -1;

    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (!enter(e)) {
            printf("# cannot become '%s'\n", envs[e].name);
            fflush(stdout);
            _exit(99);
        }
        act(arg);
        fflush(stdout);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
