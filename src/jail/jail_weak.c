/*
 * jail_weak.c - tier B, where the host gives no namespaces: a folder of the
 * host as work folder, Landlock around it, the filter, the limits.
 *
 * What is missing is in docs/sandbox.md: no own root, no own network, no
 * namespace that ends everything with its first process.  So runs end by
 * killing all of a uid, or all below the reaper, and go one at a time.
 */
#define _GNU_SOURCE
#include "jail/jail_child_priv.h"
#include "jail/jail_root_priv.h"
#include "jail/jail_run_priv.h"
#include "jail/jail_walls_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define KILL_ROUNDS 500
#define BOXES       "/tmp" /* the boxes' place on the host */

/* ---- in the caller ---- */

static const char *const box_parts[] = { "", "/work", "/tmp" };

/* The parts of the box, for the run's uid; "../lib" is a link, for nothing
 * can be mounted. */
static int box_fill(const struct jail_plan *p)
{
    char path[sizeof(p->box) + 8];

    for (size_t i = 0; i < TW_ARRAY_LEN(box_parts); i++) {
        snprintf(path, sizeof(path), "%s%s", p->box, box_parts[i]);
        if ((i && mkdir(path, 0700)) ||
            (p->jail->root && chown(path, p->uid, p->gid)))
            return -1;
    }
    snprintf(path, sizeof(path), "%s/lib", p->box);
    if (!p->spec->lib_folder)
        return 0;
    return symlink(p->spec->lib_folder, path);
}

/* Whole or not at all. */
int tw_jail_weak_box(struct jail_plan *p)
{
    char path[sizeof(p->box) + 8];

    snprintf(p->box, sizeof(p->box), "%s/tw-box-XXXXXX", BOXES);
    if (!mkdtemp(p->box))
        return -1;
    if (box_fill(p) == 0)
        return 0;
    int keep = errno;
    for (size_t i = TW_ARRAY_LEN(box_parts); i-- > 0;) {
        snprintf(path, sizeof(path), "%s%s", p->box, box_parts[i]);
        (void)rmdir(path);
    }
    errno = keep;
    return -1;
}

/* Kill what the uid still runs, remove what the program made.  Not as root,
 * and not in this process: the tree may be anything, also without a right to
 * enter it.  Neither command follows a link. */
static _Noreturn void clean(const struct jail_plan *p)
{
    char name[] = "sh", option[] = "-c";
    char script[] = "chmod -R u+rwx . ; rm -rf ./* ./.[!.]* ./..?*";
    char *const argv[] = { name, option, script, NULL };
    char *const env[] = { NULL };
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (p->jail->root &&
        (tw_jail_uid_take(p->uid, p->gid) || kill(-1, SIGKILL)) &&
        errno != ESRCH)
        tw_jail_quit(1);
    if (dup2(null, 2) == 2 && chmod(p->box, 0700) == 0 && chdir(p->box) == 0)
        execve("/bin/sh", argv, env);
    tw_jail_quit(1);
}

void tw_jail_weak_clean(const struct jail_plan *p)
{
    /* Once more where the first time something failed. */
    for (int i = 0; i < 2; i++) {
        int status;
        long pid = tw_jail_clone(0);

        if (pid == 0)
            clean(p);
        while (pid > 0 && waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR)
            continue;
        if (rmdir(p->box) == 0 || errno == ENOENT)
            return;
    }
}

/* Processes and threads that the user has: RLIMIT_NPROC counts them all. */
unsigned tw_jail_weak_procs(const struct jail_plan *p)
{
    unsigned n = 0;
    char path[64];
    struct stat st;

    if (p->jail->root)
        return 0; /* the uid is ours alone */
    DIR *dir = opendir("/proc");
    if (!dir)
        return 0;
    for (struct dirent *e;
         (e = readdir(dir)) != NULL;) { /* NOLINT(concurrency-mt-unsafe) */
        snprintf(path, sizeof(path), "/proc/%.20s/task", e->d_name);
        if (e->d_name[0] >= '1' && e->d_name[0] <= '9' &&
            stat(path, &st) == 0 && st.st_uid == p->uid && st.st_nlink > 2)
            n += (unsigned)st.st_nlink - 2;
    }
    closedir(dir);
    return n;
}

/* ---- in the fork ---- */

/* Everything below us.  All that the uid runs where the uid is ours alone;
 * else the tree, stopped first so that it does not outrun us. */
static void signal_all(const struct jail_plan *p, int sig)
{
    pid_t pids[JAIL_PIDS_MAX];

    if (p->jail->root) {
        (void)kill(-1, sig);
        return;
    }
    size_t n = tw_jail_tree(getpid(), pids, JAIL_PIDS_MAX);
    for (size_t i = 0; i < n; i++)
        (void)kill(pids[i], sig);
}

/* Until nothing is left below us.  Each round can miss what is born between
 * two looks, hence the many rounds; a stopped process has no more children,
 * hence the stop. */
static void kill_all(const struct jail_plan *p)
{
    const struct timespec pause = { 0, 1000000 };

    for (int round = 0; round < KILL_ROUNDS; round++) {
        signal_all(p, SIGSTOP);
        signal_all(p, SIGSTOP); /* what was born meanwhile */
        signal_all(p, SIGKILL);
        (void)nanosleep(&pause, NULL);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
            return;
    }
}

/* Orphans come to us.  SIGTERM: the caller has had enough, or has died. */
static _Noreturn void reap(const struct jail_plan *p, pid_t program)
{
    sigset_t set;
    int status, sig;

    /* The other run of a pair has to see this one's end. */
    for (int fd = JAIL_FD_IN; fd < JAIL_FD_REPORT; fd++)
        close(fd);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    for (;;) {
        if (sigwait(&set, &sig) == 0 && sig == SIGTERM)
            break;
        pid_t pid;
        do
            pid = waitpid(-1, &status, WNOHANG);
        while ((pid > 0 && pid != program) || (pid < 0 && errno == EINTR));
        if (pid != program)
            continue;
        tw_jail_report(p, status);
        break;
    }
    kill_all(p);
    tw_jail_quit(0);
}

/* All of the launcher and reaper of tier B, in one process. */
_Noreturn void tw_jail_weak(struct jail_plan *p)
{
    tw_jail_signals_reset();
    if (p->jail->root && tw_jail_uid_take(p->uid, p->gid))
        tw_jail_setup_failed(p, JAIL_STEP_UID);
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) || tw_jail_fds_arrange(p))
        tw_jail_setup_failed(p, JAIL_STEP_FDS);
    (void)setsid();
    umask(077);
    if (chdir(p->box) || chdir("work"))
        tw_jail_setup_failed(p, JAIL_STEP_BOX);
    if (tw_jail_files_write(p, "."))
        tw_jail_setup_failed(p, JAIL_STEP_FILES);
    tw_jail_stdin_open(p);
    if (tw_jail_caps_drop(p) || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
        tw_jail_setup_failed(p, JAIL_STEP_CAPS);
    long pid = tw_jail_clone(0);
    if (pid < 0)
        tw_jail_setup_failed(p, JAIL_STEP_FORK);
    if (pid == 0)
        tw_jail_program(p);
    reap(p, (pid_t)pid);
}
