#define _GNU_SOURCE
#include "attack_host.h"

#include "attack_env.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FD_SECRET 77

/* In the memory of this process, and of the one that waits. */
static char secret[] = ATTACK_SECRET;

static bool file_make(const struct attack_host *h, const char *name,
                      const char *text, mode_t mode)
{
    char path[TEST_PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", h->dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    bool good = fd >= 0 && fchmod(fd, mode) == 0 &&
                (geteuid() != 0 || fchown(fd, ATTACK_UID, ATTACK_UID) == 0) &&
                write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (good && strcmp(name, "secret") == 0) {
        /* Left open, and inherited by what is executed. */
        lseek(fd, 0, SEEK_SET);
        good = dup2(fd, FD_SECRET) == FD_SECRET;
    }
    if (fd >= 0)
        close(fd);
    return good;
}

static int inet_open(int type, int *port)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    socklen_t n = sizeof(in);
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&in, n) ||
        (type == SOCK_STREAM && listen(fd, 8)) ||
        getsockname(fd, (struct sockaddr *)&in, &n))
        return -1;
    *port = ntohs(in.sin_port);
    return fd;
}

/* Of the host's file system, or, with "dir" NULL, an abstract name. */
static int local_open(int type, const char *dir, const char *name)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    size_t head = offsetof(struct sockaddr_un, sun_path), n;
    int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (dir)
        n = (size_t)snprintf(un.sun_path, sizeof(un.sun_path), "%.70s/%s", dir,
                             name) +
            1;
    else
        n = (size_t)snprintf(un.sun_path + 1, 60, "tw-%s", name) + 1;
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, (socklen_t)(head + n)) ||
        (type == SOCK_STREAM && listen(fd, 8)) ||
        (dir && chmod(un.sun_path, 0777)))
        return -1;
    return fd;
}

static bool sockets_open(struct attack_host *h)
{
    char name[48];

    h->tcp = inet_open(SOCK_STREAM, &h->tcp_port);
    h->udp = inet_open(SOCK_DGRAM, &h->udp_port);
    h->stream = local_open(SOCK_STREAM, h->dir, "stream");
    h->datagram = local_open(SOCK_DGRAM, h->dir, "datagram");
    h->abstract = local_open(SOCK_STREAM, NULL, h->name);
    snprintf(name, sizeof(name), "%s-d", h->name);
    h->abstract_d = local_open(SOCK_DGRAM, NULL, name);
    return h->tcp >= 0 && h->udp >= 0 && h->stream >= 0 && h->datagram >= 0 &&
           h->abstract >= 0 && h->abstract_d >= 0;
}

/* System V memory, a POSIX memory file, a POSIX queue. */
static bool shared_open(struct attack_host *h)
{
    char name[48];

    snprintf(name, sizeof(name), "/tw-%s", h->name);
    h->shm_file = shm_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    h->queue = (int)mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
    h->shm_id = shmget(IPC_PRIVATE, 4096, 0666);
    if (h->shm_file < 0 || h->shm_id < 0 || fchmod(h->shm_file, 0666) ||
        write(h->shm_file, secret, sizeof(secret)) != sizeof(secret))
        return false;
    if (h->queue >= 0)
        (void)fchmod(h->queue, 0666);
    char *m = shmat(h->shm_id, NULL, 0);
    if ((intptr_t)m == -1)
        return false;
    memcpy(m, secret, sizeof(secret));
    return shmdt(m) == 0;
}

/* The uid is the one that attacks outside of the jail have, too. */
static pid_t process_make(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(ATTACK_UID) || setuid(ATTACK_UID)))
            _exit(1);
        prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        for (;;)
            pause();
    }
    return pid;
}

bool attack_host_open(struct attack_host *h)
{
    char path[TEST_PATH_MAX];

    *h = (struct attack_host){ 0 };
    snprintf(h->name, sizeof(h->name), "%d", (int)getpid());
    setenv("TW_TOKEN", secret, 1);
    if (!test_dir_make(h->dir) || chmod(h->dir, 0755))
        return false;
    snprintf(path, sizeof(path), "%s/made", h->dir);
    if (mkdir(path, 0755) || chmod(path, 0777) ||
        !file_make(h, "secret", secret, 0644) ||
        !file_make(h, "open", "unchanged", 0666) || !sockets_open(h) ||
        !shared_open(h))
        return false;
    h->process = process_make();
    return h->process > 0;
}

static void touched(char *what, size_t size, const char *word)
{
    size_t n = strlen(what);

    snprintf(what + n, size - n, " %s", word);
}

static bool is_unchanged(const struct attack_host *h)
{
    char path[TEST_PATH_MAX], text[32] = "";
    struct stat st;

    snprintf(path, sizeof(path), "%s/open", h->dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    return n == 9 && strcmp(text, "unchanged") == 0 && stat(path, &st) == 0 &&
           (st.st_mode & 0777) == 0666;
}

void attack_host_check(struct attack_host *h, char *what, size_t size)
{
    char path[TEST_PATH_MAX], byte;

    what[0] = '\0';
    if (accept(h->tcp, NULL, NULL) >= 0)
        touched(what, size, "TCP");
    if (accept(h->stream, NULL, NULL) >= 0)
        touched(what, size, "path");
    if (accept(h->abstract, NULL, NULL) >= 0)
        touched(what, size, "abstract");
    if (recv(h->udp, &byte, 1, 0) >= 0)
        touched(what, size, "UDP");
    if (recv(h->datagram, &byte, 1, 0) >= 0)
        touched(what, size, "datagram");
    if (recv(h->abstract_d, &byte, 1, 0) >= 0)
        touched(what, size, "abstract-datagram");
    snprintf(path, sizeof(path), "%s/made", h->dir);
    if (rmdir(path) || mkdir(path, 0777) || chmod(path, 0777))
        touched(what, size, "folder");
    if (!is_unchanged(h))
        touched(what, size, "file");
    if (waitpid(h->process, NULL, WNOHANG) != 0)
        touched(what, size, "process");
}

void attack_host_close(struct attack_host *h)
{
    static const char *const names[] = { "made/written", "made/l",
                                         "made/daemon",  "secret",
                                         "open",         "stream",
                                         "datagram" };
    const int fds[] = { h->tcp,      h->udp,        h->stream,  h->datagram,
                        h->abstract, h->abstract_d, h->shm_file };
    char path[TEST_PATH_MAX];

    if (h->process > 0) {
        kill(h->process, SIGKILL);
        waitpid(h->process, NULL, 0);
    }
    for (size_t i = 0; i < TW_ARRAY_LEN(fds); i++)
        if (fds[i] > 0)
            close(fds[i]);
    close(FD_SECRET);
    if (h->queue >= 0)
        mq_close((mqd_t)h->queue);
    shmctl(h->shm_id, IPC_RMID, NULL);
    snprintf(path, sizeof(path), "/tw-%s", h->name);
    shm_unlink(path);
    mq_unlink(path);
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", h->dir, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/made", h->dir);
    rmdir(path);
    rmdir(h->dir);
}

void attack_host_fill(const struct attack_host *h, struct tw_buf *b,
                      const char *text)
{
    char number[5][24], host[65] = "";
    const struct {
        const char *mark, *value;
    } words[] = {
        { "@DIR@", h->dir },    { "@NAME@", h->name },   { "@HOST@", host },
        { "@TCP@", number[0] }, { "@UDP@", number[1] },  { "@PID@", number[2] },
        { "@SHM@", number[3] }, { "@ADDR@", number[4] },
    };

    gethostname(host, sizeof(host) - 1);
    snprintf(number[0], 24, "%d", h->tcp_port);
    snprintf(number[1], 24, "%d", h->udp_port);
    snprintf(number[2], 24, "%d", (int)h->process);
    snprintf(number[3], 24, "%d", h->shm_id);
    snprintf(number[4], 24, "%p", (void *)secret);
    while (*text) {
        size_t i = 0;
        while (i < TW_ARRAY_LEN(words) &&
               strncmp(text, words[i].mark, strlen(words[i].mark)) != 0)
            i++;
        if (i < TW_ARRAY_LEN(words)) {
            tw_buf_adds(b, words[i].value);
            text += strlen(words[i].mark);
        } else {
            tw_buf_addc(b, *text++);
        }
    }
}
