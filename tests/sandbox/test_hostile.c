/*
 * Programs that attack the jail, each with the verdicts that are right for it
 * and a word that its output must not hold ("GOT": the attack worked) and,
 * for most, one that it must hold ("tried": it came as far as the attempt; an
 * attack that never runs proves nothing).
 */
#define _GNU_SOURCE
#include "jail_kit.h"
#include "test_dir.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define V(v) (1u << TW_VERDICT_##v)

struct hostile {
    const char *name;
    const char *source; /* Python, after the prelude */
    unsigned verdicts;  /* set of V() */
    const char *must;   /* NULL: nothing */
    double wall_s;      /* 0: 5 s */
};

/* try_(f): "GOT" when f() works, "tried" in any case. */
static const char prelude[] =
    "import os, sys, ctypes, time\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "def say(*a): os.write(1, (' '.join(map(str, a)) + '\\n').encode())\n"
    "def try_(f):\n"
    "    say('tried')\n"
    "    try: r = f()\n"
    "    except BaseException as e: say('no:', type(e).__name__, e); return\n"
    "    say('GOT', r)\n"
    "def call(*a):\n"
    "    r = libc.syscall(*a)\n"
    "    if r < 0: raise OSError(ctypes.get_errno(), 'syscall')\n"
    "    return r\n"
    "def machine(code):\n"
    "    import mmap\n"
    "    m = mmap.mmap(-1, 4096, 34, 7); m.write(code)\n"
    "    a = ctypes.addressof(ctypes.c_char.from_buffer(m))\n"
    "    return ctypes.CFUNCTYPE(ctypes.c_long)(a)()\n";

static const struct hostile resources[] = {
    { "cpu", "while True: pass", V(TIMEOUT), NULL, 0.15 },
    { "cpu_in_children",
      "for i in range(4): os.fork()\n"
      "while True: pass",
      V(TIMEOUT), NULL, 0.15 },
    { "sleep", "time.sleep(1000)", V(TIMEOUT), NULL, 0.15 },
    { "stop_oneself", "import signal; os.kill(os.getpid(), signal.SIGSTOP)",
      V(TIMEOUT), NULL, 0.15 },
    { "signals_ignored",
      "import signal\n"
      "for s in range(1, 65):\n"
      "    try: signal.signal(s, signal.SIG_IGN)\n"
      "    except OSError: pass\n"
      "    except ValueError: pass\n"
      "while True: time.sleep(1)",
      V(TIMEOUT), NULL, 0.15 },
    { "memory_at_once", "x = bytearray(1 << 40)", V(LIMIT), NULL, 0 },
    { "memory_of_one",
      "l = []\n"
      "while True: l.append(b'x' * (1 << 23))",
      V(LIMIT), NULL, 0 },
    { "memory_of_many",
      "for i in range(3): os.fork()\n"
      "x = bytearray(20 << 20)\n"
      "time.sleep(4)",
      V(LIMIT), NULL, 0 },
    { "memory_shared_without_file",
      "try_(lambda: libc.shmget(0, 1 << 28, 0o1600) + 1 or 1 / 0)\n"
      "try_(lambda: os.memfd_create('x'))",
      V(PASS), "tried", 0 },
    { "fork_bomb",
      "while True:\n"
      "    try: os.fork()\n"
      "    except OSError: pass",
      V(TIMEOUT), NULL, 0.15 },
    { "fork_bomb_orphans",
      "while True:\n"
      "    try:\n"
      "        if os.fork(): os._exit(0)\n"
      "        os.setsid()\n"
      "    except OSError: pass",
      V(PASS) | V(TIMEOUT), NULL, 0.15 },
    { "threads_without_end",
      "import threading\n"
      "while True: threading.Thread(target=time.sleep, args=(9,)).start()",
      V(LIMIT) | V(ERROR) | V(TIMEOUT), NULL, 0.2 },
    { "disk",
      "n = 0\n"
      "while True:\n"
      "    open('f%d' % n, 'wb').write(b'x' * (1 << 20)); n += 1",
      V(LIMIT), NULL, 0 },
    { "disk_in_tmp",
      "n = 0\n"
      "while True:\n"
      "    open(os.environ['TMPDIR'] + '/f%d' % n, 'wb').write(b'x' * (1 << "
      "20)); n += 1",
      V(LIMIT), NULL, 0 },
    { "file_size",
      "f = open('f', 'wb'); f.seek(1 << 40); f.write(b'x'); "
      "f.flush(); say('GOT')",
      V(LIMIT), NULL, 0 },
    { "inodes",
      "n = 0\n"
      "while True: os.mkdir('d%d' % n); n += 1",
      V(LIMIT), NULL, 0 },
    { "descriptors",
      "l = []\n"
      "while True: l.append(os.open('/dev/null', 0))",
      V(LIMIT), NULL, 0 },
    { "output_flood", "while True: os.write(1, b'x' * 65536)", V(LIMIT), NULL,
      0 },
    { "record_flood", "while True: os.write(3, b'x' * 65536)", V(LIMIT), NULL,
      0 },
    { "output_line_without_end",
      "for i in range(3): os.write(2, b'x' * (1 << 20))", V(PASS), NULL, 0 },
    { "limits_raised",
      "import resource\n"
      "say('tried')\n"
      "for k in (resource.RLIMIT_AS, resource.RLIMIT_CPU,\n"
      "          resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):\n"
      "    try: resource.setrlimit(k, (-1, -1)); say('GOT', k)\n"
      "    except ValueError: pass",
      V(PASS), "tried", 0 },
    { "recursion_of_c",
      "sys.setrecursionlimit(10**9)\n"
      "import json\n"
      "x = []\n"
      "for i in range(10**5): x = [x]\n"
      "f = lambda: f()\n"
      "f()",
      V(SIGNAL) | V(ERROR) | V(LIMIT) | V(TIMEOUT), NULL, 0 },
};

static const struct hostile processes[] = {
    { "double_fork",
      "if os.fork() == 0:\n"
      "    os.setsid()\n"
      "    if os.fork(): os._exit(0)\n"
      "    time.sleep(600)",
      V(PASS), NULL, 0 },
    { "pipe_kept_open_by_child",
      "if os.fork() == 0: time.sleep(600)\n"
      "say('tried')",
      V(PASS), "tried", 0 },
    { "kill_everything",
      "import signal\n"
      "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
      "say('tried')\n"
      "os.kill(-1, signal.SIGTERM); time.sleep(0.05)\n"
      "os.kill(-1, signal.SIGKILL); os.kill(os.getpid(), 9)",
      V(SIGNAL) | V(ERROR), "tried", 0 },
    { "kill_the_reaper",
      "say('tried')\n"
      "for s in range(1, 65):\n"
      "    try: os.kill(1, s)\n"
      "    except OSError: pass\n"
      "time.sleep(0.05); sys.exit(3)",
      V(ERROR), "tried", 0 },
    { "killed_by_nine_is_no_timeout", "os.kill(os.getpid(), 9)", V(SIGNAL),
      NULL, 0 },
    { "forged_exit_of_137", "os._exit(137)", V(ERROR), NULL, 0 },
    { "raise_priority", "try_(lambda: os.setpriority(os.PRIO_PROCESS, 0, -20))",
      V(PASS), "tried", 0 },
};

static const struct hostile files[] = {
    { "write_to_usr", "try_(lambda: open('/usr/bin/x', 'w'))", V(PASS), "tried",
      0 },
    { "write_to_root",
      "try_(lambda: open('/x', 'w'))\n"
      "try_(lambda: os.mkdir('/box/new')) if 0 else None",
      V(PASS), "tried", 0 },
    { "read_shadow", "try_(lambda: open('/etc/shadow').read())", V(PASS),
      "tried", 0 },
    { "symlink_out",
      "os.symlink('/etc/shadow', 's'); os.symlink('/proc/1/root', 'r')\n"
      "try_(lambda: open('s').read())\n"
      "try_(lambda: os.listdir('r/'))",
      V(PASS), "tried", 0 },
    { "other_folders_of_the_host",
      "say('tried')\n"
      "for d in ('/home', '/root', '/var', '/sys', '/run', '/mnt', '/opt',\n"
      "          '/srv', '/boot', '/media'):\n"
      "    if os.path.exists(d): say('GOT', d)",
      V(PASS), "tried", 0 },
    { "hard_link_of_a_set_uid_file",
      "try_(lambda: os.link('/usr/bin/passwd', 'p'))\n"
      "try_(lambda: os.link('/usr/bin/true', 't'))",
      V(PASS), "tried", 0 },
    { "set_uid_gains_nothing",
      "import subprocess\n"
      "say('tried')\n"
      "p = subprocess.run(['/bin/su', '-c', 'echo GOT'], stdin=-3,\n"
      "                   capture_output=True)\n"
      "say(p.returncode, p.stdout.decode())",
      V(PASS) | V(ERROR), "tried", 0 },
    { "device_nodes",
      "import stat\n"
      "try_(lambda: os.mknod('d', 0o600 | stat.S_IFBLK, os.makedev(8, 0)))\n"
      "try_(lambda: os.mknod('c', 0o600 | stat.S_IFCHR, os.makedev(1, 1)))\n"
      "try_(lambda: os.open('/dev/mem', 0))\n"
      "try_(lambda: os.open('/dev/tty', 2))\n"
      "try_(lambda: os.open('/dev/ptmx', 2))",
      V(PASS), "tried", 0 },
    { "escape_by_dot_dot",
      "say('tried')\n"
      "d = os.open('.', 0)\n"
      "for i in range(50): os.chdir('..')\n"
      "if os.path.exists('home') or os.path.exists('root'): say('GOT')",
      V(PASS), "tried", 0 },
    { "proc_settings",
      "try_(lambda: open('/proc/sys/kernel/core_pattern', 'w'))\n"
      "try_(lambda: open('/proc/sysrq-trigger', 'w'))\n"
      "try_(lambda: open('/proc/self/oom_score_adj', 'w').write('-1000'))",
      V(PASS), "tried", 0 },
    { "open_by_handle", "say('tried'); call(304, -100, 0, 0); say('GOT')",
      V(DENIED), "tried", 0 },
};

/* The secret starts with "tw-" "secret-"; the programs search for it. */
static const struct hostile secrets[] = {
    { "environment",
      "say('tried'); say(os.environ)\n"
      "import glob\n"
      "for p in glob.glob('/proc/[0-9]*/environ'):\n"
      "    try: say(open(p, 'rb').read())\n"
      "    except OSError: pass\n"
      "for p in ('/proc/1/environ', '/proc/1/cmdline', '/proc/1/maps',\n"
      "          '/proc/1/mem', '/proc/1/fd/4', '/proc/1/root/etc/shadow'):\n"
      "    try_(lambda: open(p, 'rb').read(100))",
      V(PASS), "tried", 0 },
    { "descriptors_left_open",
      "say('tried')\n"
      "for fd in list(range(4, 300)) + [-1]:\n"
      "    try: os.fstat(fd); say('GOT', fd)\n"
      "    except OSError: pass\n"
      "say(os.read(0, 1000))",
      V(PASS), "tried", 0 },
    { "files_of_the_caller",
      "say('tried')\n"
      "for d in ('/tmp', '/box', '/box/work', '/dev/shm'):\n"
      "    for n in os.listdir(d):\n"
      "        if n.startswith('tw-'): say('GOT', n)",
      V(PASS), "tried", 0 },
    { "memory_of_the_reaper",
      "class io(ctypes.Structure):\n"
      "    _fields_ = [('p', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
      "say('tried')\n"
      "b = ctypes.create_string_buffer(100)\n"
      "v = io(ctypes.addressof(b), 100)\n"
      "libc.process_vm_readv(1, ctypes.byref(v), 1, ctypes.byref(v), 1, 0)\n"
      "say('GOT')",
      V(DENIED), "tried", 0 },
};

static const struct hostile kernel[] = {
    { "ptrace_the_reaper", "say('tried'); libc.ptrace(16, 1, 0, 0); say('GOT')",
      V(DENIED), "tried", 0 },
    { "mount",
      "say('tried'); libc.mount(b'x', b'/box/tmp', b'tmpfs', 0, 0)\n"
      "say('GOT')",
      V(DENIED), "tried", 0 },
    { "umount", "say('tried'); libc.umount2(b'/usr', 2); say('GOT')", V(DENIED),
      "tried", 0 },
    { "unshare_user", "say('tried'); libc.unshare(0x10000000); say('GOT')",
      V(DENIED), "tried", 0 },
    { "clone_new_user", "try_(lambda: call(56, 0x10000011, 0, 0, 0, 0))",
      V(PASS), "tried", 0 },
    { "clone_new_mount", "try_(lambda: call(56, 0x00020011, 0, 0, 0, 0))",
      V(PASS), "tried", 0 },
    { "clone3",
      "a = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)\n"
      "try_(lambda: call(435, a, 88))",
      V(PASS), "tried", 0 },
    { "setns", "say('tried'); libc.setns(3, 0); say('GOT')", V(DENIED), "tried",
      0 },
    { "chroot", "say('tried'); libc.chroot(b'.'); say('GOT')", V(DENIED),
      "tried", 0 },
    { "keyctl", "say('tried'); libc.syscall(250, 0, -3, 0); say('GOT')",
      V(DENIED), "tried", 0 },
    { "add_key",
      "say('tried'); libc.syscall(248, b'user', b'x', b'y', 1, -3)\n"
      "say('GOT')",
      V(DENIED), "tried", 0 },
    { "io_uring",
      "b = ctypes.create_string_buffer(256)\n"
      "try_(lambda: call(425, 8, b))",
      V(PASS), "tried", 0 },
    { "bpf",
      "b = ctypes.create_string_buffer(256)\n"
      "say('tried'); libc.syscall(321, 0, b, 128); say('GOT')",
      V(DENIED), "tried", 0 },
    { "userfaultfd", "try_(lambda: call(323, 1))", V(PASS), "tried", 0 },
    { "perf_events",
      "b = ctypes.create_string_buffer(256)\n"
      "try_(lambda: call(298, b, 0, -1, -1, 0))",
      V(PASS), "tried", 0 },
    { "new_mount_api",
      "say('tried'); libc.syscall(430, b'tmpfs', 0); say('GOT')", V(DENIED),
      "tried", 0 },
    { "personality", "try_(lambda: call(135, 0x0040000))", V(PASS), "tried",
      0 },
    { "call_table_of_i386",
      "say('tried'); machine(b'\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3')\n"
      "say('GOT')",
      V(DENIED) | V(SIGNAL), "tried", 0 },
    { "call_table_of_x32",
      "say('tried'); libc.syscall(0x40000000 + 39); say('GOT')", V(DENIED),
      "tried", 0 },
    { "terminal_ioctl_with_high_bits",
      "try_(lambda: call(16, 0, 0x5412 | 1 << 32, b'x'))\n"
      "try_(lambda: call(16, 0, 0x5412, b'x'))",
      V(PASS), "tried", 0 },
    { "new_seccomp_or_landlock",
      "try_(lambda: call(317, 0, 0, 0))\n"
      "try_(lambda: call(444, 0, 0, 1))",
      V(PASS), "tried", 0 },
    { "capabilities",
      "say('tried')\n"
      "for l in open('/proc/self/status'):\n"
      "    if l[:3] == 'Cap' and l.split()[1].strip('0'): say('GOT', l)\n"
      "try_(lambda: os.setuid(0))\n"
      "try_(lambda: os.chown('.', 0, 0))",
      V(PASS), "tried", 0 },
};

/* PORT is replaced: a listener of the test waits there. */
static const struct hostile network[] = {
    { "internet",
      "import socket\n"
      "for f in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK,\n"
      "          socket.AF_PACKET, 40, 38):\n"
      "    for t in (1, 2, 3): try_(lambda: socket.socket(f, t))\n"
      "try_(lambda: socket.create_connection(('127.0.0.1', PORT), 0.2))",
      V(PASS), "tried", 0 },
    { "unix_sockets_of_the_host",
      "import socket\n"
      "try_(lambda: socket.socket(socket.AF_UNIX).connect('\\0tw-PORT'))\n"
      "a, b = socket.socketpair()\n"
      "try_(lambda: a.connect('\\0tw-PORT'))\n"
      "try_(lambda: socket.socketpair(socket.AF_INET))\n"
      "def dgram():\n"
      "    d = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0]\n"
      "    d.sendto(b'x', '\\0tw-PORT')\n"
      "try_(dgram)",
      V(PASS), "tried", 0 },
};

static const struct hostile output[] = {
    { "escapes", "os.write(1, b'\\x1b]0;owned\\x07\\x1b[2J\\x9b31m\\0')",
      V(PASS), NULL, 0 },
    { "not_text", "os.write(1, bytes(range(256)) * 100)", V(PASS), NULL, 0 },
    { "verdict_in_the_text",
      "say('{\"verdict\":\"pass\"}\\nok 1 - all\\nPASS'); sys.exit(1)",
      V(ERROR), NULL, 0 },
    { "pipe_made_blocking_and_shrunk",
      "import fcntl\n"
      "fcntl.fcntl(1, fcntl.F_SETFL, os.O_NONBLOCK)\n"
      "say('tried')",
      V(PASS), "tried", 0 },
};

static struct tw_jail_limits tight(double wall_s)
{
    struct tw_jail_limits l = kit_limits(wall_s > 0 ? wall_s : 5);

    l.mem_bytes = (size_t)128 << 20;
    l.disk_bytes = (size_t)8 << 20;
    l.out_bytes = (size_t)256 << 10;
    return l;
}

static void attack(struct tw_jail *jail, const struct hostile *h, int port)
{
    struct tw_jail_result r;
    struct tw_buf source;
    char number[16];

    snprintf(number, sizeof(number), "%d", port);
    tw_buf_init(&source, 1 << 16);
    tw_buf_adds(&source, prelude);
    for (const char *at = h->source; *at;) {
        bool mark = strncmp(at, "PORT", 4) == 0;
        tw_buf_add(&source, mark ? number : at, mark ? strlen(number) : 1);
        at += mark ? 4 : 1;
    }
    tw_jail_result_init(&r);
    kit_python(jail, tw_buf_text(&source), tight(h->wall_s), &r);
    const char *out = tw_buf_text(&r.out);
    bool good = (h->verdicts >> r.verdict & 1) && !strstr(out, "GOT") &&
                !strstr(out, "tw-secret") && !strstr(out, "root:") &&
                (!h->must || strstr(out, h->must)) &&
                r.wall_ms < 1e3 * tight(h->wall_s).wall_s + 2000;
    if (!good) {
        printf("# %s: %s (%s) %.0f ms\n# out '%.400s'\n# err '%.400s'\n",
               h->name, tw_verdict_name(r.verdict), r.cause, r.wall_ms, out,
               tw_buf_text(&r.err));
        test_checks_failed++;
    }
    tw_jail_result_release(&r);
    tw_buf_release(&source);
}

static int listener(int family, const struct sockaddr *addr, socklen_t n)
{
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd >= 0 && (bind(fd, addr, n) || listen(fd, 8)))
        printf("# cannot listen\n");
    return fd;
}

/* A listener on the host's loopback and one in its abstract namespace: both
 * are reachable for us and must not be for the program. */
static void network_checks_in(struct tw_jail *jail)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    socklen_t n = sizeof(in);

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int tcp = listener(AF_INET, (struct sockaddr *)&in, sizeof(in));
    getsockname(tcp, (struct sockaddr *)&in, &n);
    int port = ntohs(in.sin_port);
    n = (socklen_t)snprintf(un.sun_path + 1, 40, "tw-%d", port);
    n += (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1;
    int local = listener(AF_UNIX, (struct sockaddr *)&un, n);
    for (size_t i = 0; i < TW_ARRAY_LEN(network); i++)
        attack(jail, &network[i], port);
    CHECK(port > 0 && accept(tcp, NULL, NULL) < 0);
    CHECK(local >= 0 && accept(local, NULL, NULL) < 0);
    close(tcp);
    close(local);
}

static void attack_all(const struct hostile *h, size_t n)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    for (size_t i = 0; i < n; i++)
        attack(jail, &h[i], 1);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static void resource_checks(void)
{
    attack_all(resources, TW_ARRAY_LEN(resources));
}

static void process_checks(void)
{
    attack_all(processes, TW_ARRAY_LEN(processes));
}

static void file_checks(void)
{
    attack_all(files, TW_ARRAY_LEN(files));
}

/* What a caller may have lying around: environment, open files, a file. */
static void secret_checks(void)
{
    char dir[TEST_DIR_MAX], name[TEST_PATH_MAX];

    CHECK(test_dir_make(dir));
    snprintf(name, sizeof(name), "%s/secret", dir);
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);

    CHECK(fd >= 0 && write(fd, "tw-secret-1234", 14) == 14);
    lseek(fd, 0, SEEK_SET);
    CHECK(dup2(fd, 77) == 77); /* inherited by fork: no O_CLOEXEC */
    setenv("TW_TOKEN", "tw-secret-1234", 1);
    attack_all(secrets, TW_ARRAY_LEN(secrets));
    close(77);
    close(fd);
    unlink(name);
    rmdir(dir);
}

static void kernel_checks(void)
{
    attack_all(kernel, TW_ARRAY_LEN(kernel));
}

static void network_checks(void)
{
    struct tw_jail *jail = kit_open();

    if (jail)
        network_checks_in(jail);
    tw_jail_close(jail);
}

static void output_checks(void)
{
    attack_all(output, TW_ARRAY_LEN(output));
}

TEST(resource_hogs_end_at_their_limit)
{
    resource_checks();
}

TEST(processes_end_with_their_run)
{
    process_checks();
}

TEST(files_of_the_host_stay_out_of_reach)
{
    file_checks();
}

TEST(secrets_of_the_caller_stay_secret)
{
    secret_checks();
}

TEST(doors_of_the_kernel_are_shut)
{
    kernel_checks();
}

TEST(no_network_is_reachable)
{
    network_checks();
}

TEST(output_is_bytes_and_never_a_verdict)
{
    output_checks();
}

/* Memory, processes and disk again; clocks do not depend on the user. */
static void all_checks(void)
{
    attack_all(resources + 5, 10);
    process_checks();
    file_checks();
    secret_checks();
    kernel_checks();
    network_checks();
}

TEST(an_ordinary_user_is_held_as_well)
{
    if (geteuid() == 0)
        kit_as_ordinary(all_checks);
    CHECK(!kit_left());
}

TEST_MAIN(RUN(resource_hogs_end_at_their_limit);
          RUN(processes_end_with_their_run);
          RUN(files_of_the_host_stay_out_of_reach);
          RUN(secrets_of_the_caller_stay_secret);
          RUN(doors_of_the_kernel_are_shut); RUN(no_network_is_reachable);
          RUN(output_is_bytes_and_never_a_verdict);
          RUN(an_ordinary_user_is_held_as_well);)
