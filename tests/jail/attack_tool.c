/*
 * Attacks that need C: "attack_tool NAME [ARGUMENT]...", a program that goes
 * into the jail.  It says "tried" before the attempt, "GOT" when that worked
 * (and is harmless then), "no" and the error when it was refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB  ((size_t)1 << 20)
#define N(a) (sizeof(a) / sizeof(*(a)))

static void say(const char *text)
{
    char line[200];
    int n = snprintf(line, sizeof(line), "%s\n", text);

    if (write(1, line, (size_t)n) != n)
        _exit(9);
}

static int got_if(bool worked)
{
    if (worked) {
        say("GOT");
        return 0;
    }
    char line[64];
    snprintf(line, sizeof(line), "no: %d", errno);
    say(line);
    return 0;
}

/* Refused memory is a failure of the program, as for honest ones. */
static int refused(void)
{
    say("no: refused");
    return 1;
}

static long number(const char *text)
{
    return (long)strtoull(text, NULL, 0);
}

static void pause_s(double s)
{
    struct timespec t = { (time_t)s, (long)(1e9 * (s - (double)(time_t)s)) };

    nanosleep(&t, NULL);
}

/* ---- memory and other resources ---- */

/* Shared pages stay while one page of them is mapped. */
static int hidden_memory(char **a)
{
    const size_t n = 16 * MIB;
    int fd = *a ? open(*a, O_RDWR) : -1;

    say("tried");
    if (*a && fd < 0)
        fd = open(*a, O_RDONLY);
    for (int i = 0; i < 16; i++) {
        char *m = mmap(NULL, n, PROT_READ | PROT_WRITE,
                       MAP_SHARED | (*a ? 0 : MAP_ANONYMOUS), fd, 0);
        if (m == MAP_FAILED)
            m = mmap(NULL, n, PROT_READ, MAP_SHARED | (*a ? 0 : MAP_ANONYMOUS),
                     fd, 0);
        if (m == MAP_FAILED)
            return refused();
        for (size_t k = 0; k < n; k += 4096)
            (void)*(volatile char *)(m + k);
        munmap(m + 4096, n - 4096);
    }
    return got_if(true);
}

static int fill_memory_file(long fd)
{
    static char chunk[65536];

    if (fd < 0)
        return refused();
    for (size_t n = 0; n < 256 * MIB; n += sizeof(chunk))
        if (write((int)fd, chunk, sizeof(chunk)) != sizeof(chunk))
            return refused();
    return got_if(true);
}

static int memory_file(char **a)
{
    (void)a;
    say("tried");
    return fill_memory_file(syscall(SYS_memfd_create, "x", 0));
}

static int memory_file_secret(char **a)
{
    (void)a;
    say("tried");
    return fill_memory_file(syscall(447, 0));
}

static int memory_sysv(char **a)
{
    (void)a;
    say("tried");
    for (int i = 0; i < 8; i++) {
        long id = syscall(SYS_shmget, 0, 32 * MIB, 01600);
        if (id < 0)
            return refused();
        char *m = (char *)syscall(SYS_shmat, id, NULL, 0); /* NOLINT */
        syscall(SYS_shmctl, id, 0, NULL); /* away with the last user */
        if ((intptr_t)m < 0 && (intptr_t)m > -4096)
            return refused();
        memset(m, 1, 32 * MIB);
    }
    return got_if(true);
}

static int memory_locked(char **a)
{
    (void)a;
    say("tried");
    void *m =
        mmap(NULL, 32 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return m == MAP_FAILED || mlock(m, 32 * MIB) ? refused() : got_if(true);
}

static int memory_remap(char **a)
{
    (void)a;
    say("tried");
    char *m = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t n = 4096; n < 512 * MIB; n *= 2) {
        m = mremap(m, n, 2 * n, MREMAP_MAYMOVE);
        if (m == MAP_FAILED)
            return refused();
        memset(m + n, 1, n);
    }
    return got_if(true);
}

static int pipe_buffers(char **a)
{
    static const char chunk[4096];
    size_t sum = 0;

    (void)a;
    say("tried");
    for (int i = 0; i < 25; i++) {
        int fd[2];
        if (pipe2(fd, O_NONBLOCK))
            return refused();
        (void)fcntl(fd[1], F_SETPIPE_SZ, 1 << 20);
        for (ssize_t n; (n = write(fd[1], chunk, sizeof(chunk))) > 0;)
            sum += (size_t)n;
    }
    return sum > 8 * MIB ? got_if(true) : refused();
}

__attribute__((noinline)) static int grow_stack(int depth)
{
    volatile char frame[8192];

    frame[0] = (char)depth;
    frame[sizeof(frame) - 1] = frame[0];
    return depth == 0 ? 0 : grow_stack(depth - 1) + frame[0];
}

static int stack(char **a)
{
    (void)a;
    say("tried");
    (void)grow_stack(4000);
    return got_if(true);
}

static int disk_reserve(char **a)
{
    char name[16];

    (void)a;
    say("tried");
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof(name), "r%d", i);
        int fd = open(name, O_RDWR | O_CREAT, 0600);
        if (fd < 0 || fallocate(fd, 0, 0, 4 << 20))
            return refused();
    }
    return got_if(true);
}

/* Descriptors that are in a queue and not open. */
static int descriptors_sent(char **a)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(20 * sizeof(int))];
    } c = { .bytes = { 0 } };
    int pair[2], fds[20], sent = 0;
    char byte = 'x';
    struct iovec part = { &byte, 1 };
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = &c,
                        .msg_controllen = sizeof(c) };

    (void)a;
    say("tried");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
        return refused();
    for (; sent < 2000; sent += 20) {
        for (int i = 0; i < 20; i++) {
            fds[i] = open("/dev/null", O_RDONLY);
            if (fds[i] < 0)
                return refused();
        }
        c.head.cmsg_level = SOL_SOCKET;
        c.head.cmsg_type = SCM_RIGHTS;
        c.head.cmsg_len = CMSG_LEN(sizeof(fds));
        memcpy(CMSG_DATA(&c.head), fds, sizeof(fds));
        ssize_t n = sendmsg(pair[0], &m, 0);
        for (int i = 0; i < 20; i++)
            close(fds[i]);
        if (n < 0)
            break;
    }
    return sent >= 1000 ? got_if(true) : 0;
}

static int real_time(char **a)
{
    struct sched_param p = { .sched_priority = 50 };

    (void)a;
    say("tried");
    return got_if(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &p) == 0);
}

static int timers(char **a)
{
    int id, n = 0;

    (void)a;
    say("tried");
    while (n < 30000 &&
           syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0)
        n++;
    return got_if(n > 10000);
}

static int deadlock(char **a)
{
    pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

    (void)a;
    say("tried");
    pthread_mutex_lock(&m);
    return pthread_mutex_lock(&m);
}

/* ---- ends of processes ---- */

static int bus_error(void)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    volatile char *m = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

    return fd < 0 || m == MAP_FAILED ? 1 : m[100];
}

static int crash(char **a)
{
    volatile int one = 1, zero = 0;
    int *volatile null = NULL;

    say("tried");
    if (strcmp(*a, "null") == 0)
        return *null;
    if (strcmp(*a, "abort") == 0)
        abort();
    if (strcmp(*a, "illegal") == 0)
        __builtin_trap();
    if (strcmp(*a, "division") == 0)
        return one / zero == one; /* a fault, on this processor */
    if (strcmp(*a, "bus") == 0)
        return bus_error();
    long (*time_call)(long *) = (long (*)(long *))0xffffffffff600400ul;
    return time_call(NULL) < 0; /* the vsyscall page */
}

static _Noreturn void linger(void)
{
    pause_s(600);
    _exit(0);
}

/* The child goes on alone; the parent ends. */
static int leave_child(unsigned long flags)
{
    say("tried");
    if (syscall(SYS_clone, flags, NULL, NULL, NULL, NULL) == 0)
        linger();
    return 0;
}

static int clone_parent(char **a)
{
    (void)a;
    return leave_child(CLONE_PARENT | SIGCHLD);
}

static int clone_no_signal(char **a)
{
    (void)a;
    return leave_child(0);
}

static int clone_signal(char **a)
{
    (void)a;
    return leave_child(CLONE_PARENT | SIGTERM);
}

static int vfork_away(char **a)
{
    char *const argv[] = { (char[]){ "sleep" }, (char[]){ "600" }, NULL };

    (void)a;
    say("tried");
    if (vfork() == 0) {
        execv("/bin/sleep", argv);
        _exit(1);
    }
    return 0;
}

static int vfork_exec(char **a)
{
    char *const argv[] = { (char[]){ "true" }, NULL };
    int status = -1;

    (void)a;
    say("tried");
    for (int i = 0; i < 5; i++) {
        pid_t pid = vfork();
        if (pid == 0) {
            execv("/bin/true", argv);
            _exit(1);
        }
        waitpid(pid, &status, 0);
    }
    return status;
}

static void *thread_sleeps(void *arg)
{
    pause_s(600);
    return arg;
}

static int thread_stays(char **a)
{
    pthread_t id;

    (void)a;
    say("tried");
    return pthread_create(&id, NULL, thread_sleeps, NULL);
}

static int main_thread_ends(char **a)
{
    pthread_t id;

    (void)a;
    say("tried");
    if (pthread_create(&id, NULL, thread_sleeps, NULL) == 0)
        syscall(SYS_exit, 0);
    return 1;
}

static int parent_death(char **a)
{
    (void)a;
    say("tried");
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, 0);
        setsid();
        linger();
    }
    return 0;
}

static int subreaper(char **a)
{
    (void)a;
    say("tried");
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (fork() == 0) {
        if (fork() == 0)
            linger();
        _exit(0);
    }
    return 0;
}

static int kill_all(char **a)
{
    const pid_t self = getpid();

    (void)a;
    say("tried");
    for (pid_t pid = 2; pid < 70000; pid++)
        if (pid != self)
            kill(pid, SIGKILL);
    return 0;
}

static int signal_owner(char **a)
{
    int pair[2];

    say("tried");
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        return 1;
    fcntl(pair[0], F_SETSIG, SIGKILL);
    fcntl(pair[0], F_SETOWN, (int)number(*a));
    fcntl(pair[0], F_SETFL, O_ASYNC);
    if (write(pair[1], "x", 1) != 1)
        return 1;
    pause_s(0.02);
    return 0;
}

static int trace_child(char **a)
{
    (void)a;
    pid_t pid = fork();
    if (pid == 0)
        linger();
    say("tried");
    bool worked = ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0;
    kill(pid, SIGKILL);
    return got_if(worked);
}

/* ---- files and mounts ---- */

static int mount_call(char **a)
{
    say("tried");
    if (strcmp(*a, "tmpfs") == 0)
        return got_if(mount("x", ".", "tmpfs", 0, NULL) == 0);
    if (strcmp(*a, "proc") == 0)
        return got_if(mount("x", ".", "proc", 0, NULL) == 0);
    if (strcmp(*a, "writable") == 0)
        return got_if(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL) ==
                      0);
    if (strcmp(*a, "away") == 0)
        return got_if(umount2("/usr", MNT_DETACH) == 0);
    return got_if(syscall(430, "tmpfs", 0) >= 0); /* fsopen */
}

static int chroot_call(char **a)
{
    (void)a;
    say("tried");
    return got_if(syscall(SYS_chroot, ".") == 0);
}

struct handle {
    struct file_handle head;
    char bytes[128];
};

static int name_to_handle(char **a)
{
    struct handle h = { .head = { .handle_bytes = sizeof(h.bytes) } };
    int id;

    (void)a;
    say("tried");
    return got_if(name_to_handle_at(AT_FDCWD, "/usr", &h.head, &id, 0) == 0);
}

static int open_by_handle(char **a)
{
    struct handle h = { .head = { .handle_bytes = sizeof(h.bytes) } };
    int id, fd = open("/", O_RDONLY | O_DIRECTORY);

    (void)a;
    say("tried");
    (void)name_to_handle_at(AT_FDCWD, "/usr", &h.head, &id, 0);
    return got_if(open_by_handle_at(fd, &h.head, O_RDONLY) >= 0);
}

/* ---- secrets ---- */

/* "tw-secret", not as text in this program. */
static bool is_secret(const volatile char *at)
{
    static const unsigned char needle[] = { 0x21, 0x22, 0x78, 0x26, 0x30,
                                            0x36, 0x27, 0x30, 0x21 };
    volatile unsigned char key = 0x55;

    for (size_t i = 0; i < sizeof(needle); i++)
        if ((unsigned char)at[i] != (needle[i] ^ key))
            return false;
    return true;
}

static int read_memory(char **a)
{
    static char here[16];
    char to[16] = "";
    struct iovec local = { to, 9 }, remote = { here, 9 };

    if (a[1])
        remote.iov_base = (void *)number(a[1]); /* NOLINT */
    say("tried");
    ssize_t n = process_vm_readv((pid_t)number(*a), &local, 1, &remote, 1, 0);
    return got_if(n > 0 && (!a[1] || is_secret(to)));
}

static bool scan_range(unsigned long from, unsigned long to)
{
    const volatile char *m = (const volatile char *)from; /* NOLINT */

    for (unsigned long i = 0; i + 16 < to - from; i++)
        if (m[i] == 't' && is_secret(m + i))
            return true;
    return false;
}

static int scan_memory(char **a)
{
    FILE *f = fopen("/proc/self/maps", "r");
    unsigned long from, to;
    char line[512], mode[8], path[256];

    (void)a;
    say("tried");
    while (f && fgets(line, sizeof(line), f)) {
        path[0] = '\0';
        if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %255s", &from, &to, mode,
                   path) < 3 ||
            mode[0] != 'r' || strcmp(path, "[vvar]") == 0 ||
            strncmp(path, "[vvar", 5) == 0 || strcmp(path, "[vsyscall]") == 0)
            continue;
        if (scan_range(from, to)) {
            say(line);
            return got_if(true);
        }
    }
    return 0;
}

static int attach_sysv(char **a)
{
    say("tried");
    errno = 0;
    long at = syscall(SYS_shmat, number(*a), NULL, 010000); /* read only */
    return got_if(at > 0 && is_secret((const char *)at));   /* NOLINT */
}

static int open_queue(char **a)
{
    say("tried");
    char name[64];
    snprintf(name, sizeof(name), "tw-%s", *a);
    return got_if(syscall(SYS_mq_open, name, O_RDONLY, 0, NULL) >= 0);
}

static int keyring(char **a)
{
    (void)a;
    say("tried");
    return got_if(syscall(SYS_keyctl, 0, -3, 0) >= 0);
}

static int kernel_log(char **a)
{
    static char text[4096];

    (void)a;
    say("tried");
    return got_if(syscall(SYS_syslog, 3, text, sizeof(text)) >= 0);
}

static int fetch_descriptor(char **a)
{
    say("tried");
    long fd = syscall(SYS_pidfd_open, number(*a), 0);
    return got_if(syscall(438, fd < 0 ? 3 : fd, 1, 0) >= 0);
}

/* ---- the kernel ---- */

static int ptrace_call(char **a)
{
    pid_t pid = (pid_t)number(*a);

    say("tried");
    if (pid == 0)
        return got_if(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
    return got_if(ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0);
}

static int unshare_call(char **a)
{
    say("tried");
    return got_if(unshare((int)strtoull(*a, NULL, 16)) == 0);
}

static int clone_call(char **a)
{
    unsigned long long flags = strtoull(*a, NULL, 16);

    say("tried");
    long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        _exit(0);
    return got_if(pid > 0);
}

static int clone3_call(char **a)
{
    uint64_t args[11] = { strtoull(*a, NULL, 16), 0, 0, 0, SIGCHLD };

    say("tried");
    long pid = syscall(435, args, sizeof(args));
    if (pid == 0)
        _exit(0);
    return got_if(pid > 0);
}

static int setns_call(char **a)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%s/ns/mnt", *a ? *a : "1");
    int fd = open(path, O_RDONLY);
    say("tried");
    return got_if(setns(fd < 0 ? 3 : fd, 0) == 0);
}

static int add_key(char **a)
{
    (void)a;
    say("tried");
    return got_if(syscall(SYS_add_key, "user", "x", "y", 1, -3) >= 0);
}

static int io_uring(char **a)
{
    static char params[256];

    (void)a;
    say("tried");
    return got_if(syscall(425, 8, params) >= 0);
}

static int bpf(char **a)
{
    static uint32_t attr[32] = { 2, 4, 4, 1 }; /* an array of one */

    (void)a;
    say("tried");
    return got_if(syscall(SYS_bpf, 0, attr, sizeof(attr)) >= 0);
}

static int perf(char **a)
{
    struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
                                    .size = sizeof(attr),
                                    .exclude_kernel = 1 };

    (void)a;
    say("tried");
    return got_if(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0);
}

static int modify_ldt(char **a)
{
    static char ldt[64];

    (void)a;
    say("tried");
    return got_if(syscall(SYS_modify_ldt, 0, ldt, sizeof(ldt)) >= 0);
}

/* The table of 32 bits: whatever it answers, the call was served. */
static int int80(char **a)
{
    long rc = number(*a);

    say("tried");
#ifdef __x86_64__
    __asm__ volatile("int $0x80"
                     : "+a"(rc)
                     : "b"(0), "c"(0), "d"(0)
                     : "memory", "r8", "r9", "r10", "r11");
#endif
    return got_if((int)rc != -ENOSYS);
}

/* call NUMBER [ARGUMENT]...; "@TEXT" is the address of a short text. */
static int call(char **a)
{
    static char text[] = "x";
    long v[7] = { 0 };

    for (int i = 0; i < 7 && a[i]; i++)
        v[i] = strcmp(a[i], "@TEXT") == 0 ? (long)text : number(a[i]);
    say("tried");
    return got_if(syscall(v[0], v[1], v[2], v[3], v[4], v[5], v[6]) >= 0);
}

static int ioctl_call(char **a)
{
    unsigned long long request = strtoull(*a, NULL, 0);

    say("tried");
    for (int fd = 0; fd < 3; fd++)
        if (syscall(SYS_ioctl, fd, request, "x") >= 0)
            return got_if(true);
    return got_if(false);
}

static int clock_set(char **a)
{
    struct timespec t;

    (void)a;
    clock_gettime(CLOCK_REALTIME, &t);
    say("tried");
    return got_if(clock_settime(CLOCK_REALTIME, &t) == 0);
}

static int memfd_exec(char **a)
{
    (void)a;
    say("tried");
    return got_if(syscall(SYS_memfd_create, "x", 0) >= 0);
}

static int kcmp(char **a)
{
    (void)a;
    say("tried");
    return got_if(syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0) >= 0);
}

/* Each in a process of its own, with arguments of nothing: none may be
 * served.  What is refused answers -1, or kills. */
static int calls_refused(const int *nr, size_t n)
{
    say("tried");
    for (size_t i = 0; i < n; i++) {
        int status = 0;
        pid_t pid = fork();
        if (pid == 0) {
            errno = 0;
            long rc = syscall(nr[i], 0, 0, 0, 0, 0, 0);
            _exit(rc != -1 || (errno != ENOSYS && errno != EPERM));
        }
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
            return 1;
        if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
            char line[64];
            snprintf(line, sizeof(line), "GOT call %d", nr[i]);
            say(line);
        }
    }
    return 0;
}

static int old_calls(char **a)
{
    static const int nr[] = { 134, 136, 139, 156, 174, 177, 178, 180, 181, 182,
                              183, 184, 185, 205, 211, 212, 214, 215, 236 };

    (void)a;
    return calls_refused(nr, N(nr));
}

/* Every call that docs/sandbox.md says is shut, and those that newer kernels
 * have: the list is this test's own. */
static int all_calls(char **a)
{
    static const int nr[] = {
        29,  30,  31,  64,  65,  66,  67,  68,  69,  70,  71,  101, 103, 105,
        106, 113, 114, 116, 117, 119, 122, 123, 126, 134, 135, 144, 142, 151,
        152, 153, 154, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170,
        171, 172, 173, 175, 176, 179, 188, 189, 190, 206, 207, 208, 209, 210,
        216, 227, 237, 238, 240, 241, 242, 243, 244, 245, 246, 248, 249, 250,
        251, 252, 253, 254, 255, 256, 272, 278, 279, 294, 298, 300, 301, 303,
        304, 305, 308, 310, 311, 312, 313, 314, 315, 317, 319, 320, 321, 323,
        425, 426, 427, 428, 429, 430, 431, 432, 433, 435, 438, 440, 442, 443,
        444, 445, 446, 447, 448, 450, 451, 452, 453, 454, 455, 456, 457, 458,
        459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 469, 470, 500, 511,
        512, 513, 514, 515, 520, 521, 522, 543, 544, 545, 546, 547
    };

    (void)a;
    return calls_refused(nr, N(nr));
}

/* ---- network ---- */

static int connect_to(int type, int protocol, long port)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port) };

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, type, protocol);
    return got_if(fd >= 0 &&
                  connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0);
}

static int connect_protocol(char **a)
{
    say("tried");
    return connect_to(SOCK_STREAM, (int)number(a[0]), number(a[1]));
}

static int fast_open(char **a)
{
    struct sockaddr_in in = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)number(*a)) };

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    say("tried");
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return got_if(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&in,
                         sizeof(in)) >= 0);
}

static int raw_pair(char **a)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    int pair[2] = { -1, -1 };

    say("tried");
    snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", *a);
    (void)socketpair(AF_UNIX, SOCK_RAW, 0, pair);
    return got_if(
        sendto(pair[0], "x", 1, 0, (struct sockaddr *)&un, sizeof(un)) >= 0);
}

/* ---- honest ---- */

static int hello(char **a)
{
    (void)a;
    say("hello");
    return 0;
}

static void *thread_adds(void *sum)
{
    __atomic_add_fetch((int *)sum, 7, __ATOMIC_SEQ_CST);
    return NULL;
}

static int honest(char **a)
{
    pthread_t id[4];
    int sum = 0, status, pipes[2];
    int fd = open("f", O_RDWR | O_CREAT, 0600);

    (void)a;
    for (size_t i = 0; i < N(id); i++)
        if (pthread_create(&id[i], NULL, thread_adds, &sum))
            return 1;
    for (size_t i = 0; i < N(id); i++)
        pthread_join(id[i], NULL);
    if (sum != 28 || ftruncate(fd, 8192) || pipe(pipes))
        return 2;
    char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *p = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED || p == MAP_FAILED)
        return 3;
    memset(p, 1, 8 * MIB);
    pid_t pid = fork();
    if (pid == 0) {
        m[5] = 'y';
        _exit(write(pipes[1], "z", 1) == 1 ? 5 : 6);
    }
    struct pollfd wait = { .fd = pipes[0], .events = POLLIN };
    if (poll(&wait, 1, 5000) != 1 || waitpid(pid, &status, 0) != pid ||
        WEXITSTATUS(status) != 5 || m[5] != 'y')
        return 4;
    say("ok");
    return 0;
}

static const struct {
    const char *name;
    int (*run)(char **arguments);
} actions[] = {
    { "add_key", add_key },
    { "all_calls", all_calls },
    { "attach_sysv", attach_sysv },
    { "bpf", bpf },
    { "call", call },
    { "chroot", chroot_call },
    { "clock_set", clock_set },
    { "clone", clone_call },
    { "clone3", clone3_call },
    { "clone_no_signal", clone_no_signal },
    { "clone_parent", clone_parent },
    { "clone_signal", clone_signal },
    { "connect_protocol", connect_protocol },
    { "crash", crash },
    { "deadlock", deadlock },
    { "descriptors_sent", descriptors_sent },
    { "disk_reserve", disk_reserve },
    { "fast_open", fast_open },
    { "fetch_descriptor", fetch_descriptor },
    { "hello", hello },
    { "hidden_memory", hidden_memory },
    { "honest", honest },
    { "int80", int80 },
    { "io_uring", io_uring },
    { "ioctl", ioctl_call },
    { "kcmp", kcmp },
    { "kernel_log", kernel_log },
    { "keyring", keyring },
    { "kill_all", kill_all },
    { "main_thread_ends", main_thread_ends },
    { "memfd_exec", memfd_exec },
    { "memory_file", memory_file },
    { "memory_file_secret", memory_file_secret },
    { "memory_locked", memory_locked },
    { "memory_remap", memory_remap },
    { "memory_sysv", memory_sysv },
    { "modify_ldt", modify_ldt },
    { "mount", mount_call },
    { "name_to_handle", name_to_handle },
    { "old_calls", old_calls },
    { "open_by_handle", open_by_handle },
    { "open_queue", open_queue },
    { "parent_death", parent_death },
    { "perf", perf },
    { "pipe_buffers", pipe_buffers },
    { "ptrace", ptrace_call },
    { "raw_pair", raw_pair },
    { "read_memory", read_memory },
    { "real_time", real_time },
    { "scan_memory", scan_memory },
    { "setns", setns_call },
    { "signal_owner", signal_owner },
    { "stack", stack },
    { "subreaper", subreaper },
    { "thread_stays", thread_stays },
    { "timers", timers },
    { "trace_child", trace_child },
    { "unshare", unshare_call },
    { "vfork_away", vfork_away },
    { "vfork_exec", vfork_exec },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < N(actions); i++)
        if (strcmp(argv[1], actions[i].name) == 0)
            return actions[i].run(argv + 2);
    say("no such attack");
    return 99;
}
