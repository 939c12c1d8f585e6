#define _GNU_SOURCE
#include "attack_free.h"

#include "attack_env.h"
#include "python/pyrun.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 20

/* In the fork: a folder of its own to work in, and mounts of its own. */
static _Noreturn void live_free(const struct attack *a, char *tool,
                                const char *dir, char *text, int out)
{
    const struct rlimit memory = { (rlim_t)4 << 30, (rlim_t)4 << 30 };
    char *words[16] = { tool };
    char *rest = NULL;
    size_t n = 1;

    if (unshare(CLONE_NEWNS | CLONE_NEWUTS) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || chdir(dir) ||
        dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
        dup2(open("/dev/null", O_RDWR), 0) < 0 || dup2(0, 3) < 0 ||
        setrlimit(RLIMIT_AS, &memory) ||
        (a->free == ATTACK_FREE_USER &&
         (setgid(ATTACK_UID) || setuid(ATTACK_UID))))
        _exit(98);
    setpgid(0, 0);
    if (a->lang == ATTACK_PY)
        execl(tw_py_interpreter(), "python3", "-S", "-s", "-B", "-c", text,
              (char *)NULL);
    if (a->lang == ATTACK_SH)
        execl("/bin/sh", "sh", "-c", text, (char *)NULL);
    for (char *w = strtok_r(text, " \n", &rest); w && n < 15;
         w = strtok_r(NULL, " \n", &rest))
        words[n++] = w;
    words[n] = NULL;
    execv(tool, words);
    _exit(97);
}

/* What came out, until the program ends or its time is up. */
static void collect(int fd, struct tw_buf *out, pid_t pid)
{
    char chunk[4096];
    time_t end = time(NULL) + LIMIT_S;

    while (time(NULL) < end && !strstr(tw_buf_text(out), "GOT")) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, 20) > 0) {
            ssize_t n = read(fd, chunk, sizeof(chunk));
            if (n <= 0)
                break;
            tw_buf_add(out, chunk, (size_t)n);
        } else if (waitpid(pid, NULL, WNOHANG) == pid) {
            end = time(NULL) + 2; /* for what it has left behind */
        }
    }
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
}

/* All children but the one that waits; orphans come to us. */
static void clear_children(pid_t keep)
{
    char path[64], text[4096];

    for (int round = 0; round < 100; round++) {
        snprintf(path, sizeof(path), "/proc/self/task/%d/children",
                 (int)getpid());
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, sizeof(text) - 1);
        if (fd >= 0)
            close(fd);
        text[n > 0 ? n : 0] = '\0';
        size_t others = 0;
        char *end;
        for (char *at = text;; at = end) {
            pid_t pid = (pid_t)strtol(at, &end, 10);
            if (end == at)
                break;
            if (pid == keep)
                continue;
            others++;
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        if (others == 0)
            return;
    }
}

static bool works(const struct attacks *all, const struct attack *a, char *tool,
                  const struct attack_host *h, struct tw_buf *out)
{
    char dir[TEST_DIR_MAX];
    int pipes[2];
    struct tw_buf text;

    tw_buf_init(&text, 1 << 20);
    if (a->lang == ATTACK_PY)
        tw_buf_adds(&text, all->prelude);
    attack_host_fill(h, &text, a->text);
    if (!test_dir_make(dir) || chmod(dir, 0777) || pipe2(pipes, O_CLOEXEC))
        return false;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        live_free(a, tool, dir, text.bytes, pipes[1]);
    close(pipes[1]);
    collect(pipes[0], out, pid);
    close(pipes[0]);
    clear_children(h->process);
    tw_buf_release(&text);
    char command[TEST_DIR_MAX + 32];
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command) == 0 && strstr(tw_buf_text(out), "GOT") != NULL;
}

/* The tool where every user can execute it. */
static bool tool_put(const struct attacks *all, const struct attack_host *h,
                     char path[TEST_PATH_MAX])
{
    snprintf(path, TEST_PATH_MAX, "%s/tool", h->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    bool good =
        fd >= 0 && write(fd, all->tool, all->n_tool) == (ssize_t)all->n_tool;

    if (fd >= 0)
        close(fd);
    return good;
}

size_t attack_free_all(const struct attacks *all, struct attack_host *h,
                       size_t *n_worked)
{
    char tool[TEST_PATH_MAX];
    size_t n = 0;

    *n_worked = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (!tool_put(all, h, tool))
        return 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct attack *a = &all->list[i];
        struct tw_buf out;
        if (a->free == ATTACK_FREE_NOT)
            continue;
        n++;
        tw_buf_init(&out, 1 << 20);
        if (works(all, a, tool, h, &out))
            ++*n_worked;
        else
            printf("# unhindered, %s does not work: %.200s\n", a->name,
                   tw_buf_text(&out));
        tw_buf_release(&out);
    }
    unlink(tool);
    return n;
}
