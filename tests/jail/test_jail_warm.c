#define _GNU_SOURCE
#include "warm_kit.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

/* Runs that a zygote forks: the same results as cold ones, nothing of one in
 * another, and its death changes no verdict. */

static struct tw_jail *warm_open(void)
{
    struct tw_jail *jail = kit_open();

    if (jail && !kit_warm_up(jail, 1)) {
        tw_jail_close(jail);
        return NULL;
    }
    return jail;
}

/* What f() of the source returns, as Python text; "" where it does not. */
struct outcome {
    char value[512];
    struct tw_jail_result jail;
    char load[64];
};

static void run_limited(struct tw_jail *jail, const char *source, bool cold,
                        struct tw_jail_limits limits, struct outcome *o)
{
    const struct tw_py_call call = { .function = "f" };
    struct tw_py_job job = { .source = source,
                             .source_len = strlen(source),
                             .calls = &call,
                             .n_calls = 1,
                             .limits = limits,
                             .cold = cold };
    struct tw_py_report report;
    struct tw_arena a;
    struct tw_buf b;

    tw_arena_init(&a, (size_t)64 << 20);
    tw_buf_init(&b, 1 << 20);
    *o = (struct outcome){ .value = "" };
    CHECK(tw_py_run(jail, &job, &a, &report, NULL) == TW_OK);
    if (report.calls[0].outcome == TW_PY_VALUE)
        tw_pyval_source(&b, report.calls[0].value);
    else
        tw_buf_addf(&b, "%s: %s", report.calls[0].type, report.calls[0].text);
    snprintf(o->value, sizeof(o->value), "%s", tw_buf_text(&b));
    snprintf(o->load, sizeof(o->load), "%s", report.load.type);
    o->jail = report.jail;
    tw_buf_release(&b);
    tw_arena_release(&a);
}

static void run(struct tw_jail *jail, const char *source, struct outcome *o)
{
    run_limited(jail, source, false, tw_jail_limits_default(), o);
}

static void check_value(struct tw_jail *jail, const char *source,
                        const char *want)
{
    struct outcome o;

    run(jail, source, &o);
    if (strcmp(o.value, want) != 0) {
        printf("# got '%s' (%s), want '%s'\n# %.400s\n", o.value, o.jail.cause,
               want, tw_buf_text(&o.jail.err));
        test_checks_failed++;
    }
    tw_jail_result_release(&o.jail);
}

TEST(a_warm_run_does_what_a_cold_one_does)
{
    static const char *const sources[] = {
        "def f(): return [sorted({'a', 'b'}), {1: (2, 3.5)}, b'x', 10**40]\n",
        "import json, re\ndef f(): return json.loads('[1]'), "
        "re.findall('a+', 'aab')\n",
        "def f(): return 1 // 0\n",
        "def f(:\n",
        "import nothing_of_that_name\n",
        "import sys\ndef f(): sys.exit(3)\n",
        "def f(): return list({'x%d' % i for i in range(50)})\n",
        "import os\ndef f(): return sorted(os.environ.items()), os.getcwd(), "
        "sorted(os.listdir('/')), sorted(os.listdir('.'))\n",
        "import os\ndef f(): return os.getuid(), os.getpid(), os.getppid(), "
        "os.umask(0), os.getpgrp(), os.uname().nodename\n",
        "import sys\ndef f(): return sys.argv, sys.path, sys.flags.hash_"
        "randomization, sys.getrecursionlimit(), sys.stdout.encoding\n",
        "import sys\ndef f():\n n = 0\n e = sys._getframe()\n while e:\n"
        "  n, e = n + 1, e.f_back\n return n\n",
        "import resource\ndef f(): return [resource.getrlimit(i)\n"
        "    for i in range(10)]\n",
        "import signal\ndef f(): return [str(signal.getsignal(i))\n"
        "    for i in range(1, 32)], signal.pthread_sigmask(0, [])\n",
        "import sys\ndef f(): print('out'); sys.stderr.write('err')\n",
        "import os\ndef f(): return sorted(os.listdir('/proc/self/fd'))\n",
        "def f(): return open('/proc/self/status').read().split('Seccomp:')[1]"
        ".split()[0], [l for l in open('/proc/self/status') if l[:3] in "
        "('Cap', 'NoN', 'Uid', 'Gid')]\n",
        "import os\ndef f():\n try: os.forkpty()\n"
        " except OSError as e: return 'none'\n",
        "import sys\ndef f(): return sys.modules['__main__'].__name__, "
        "sys.stdin.read(), sys.stdout.isatty(), sys.gettrace()\n",
        "import socket\ndef f():\n try: socket.socket()\n"
        " except OSError as e: return e.errno\n",
    };
    struct tw_jail *jail = warm_open();
    struct outcome warm, cold;

    if (!jail)
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(sources); i++) {
        run(jail, sources[i], &warm);
        run_limited(jail, sources[i], true, tw_jail_limits_default(), &cold);
        bool same = strcmp(warm.value, cold.value) == 0 &&
                    strcmp(warm.load, cold.load) == 0 &&
                    warm.jail.end == cold.jail.end &&
                    strcmp(warm.jail.cause, cold.jail.cause) == 0 &&
                    strcmp(tw_buf_text(&warm.jail.out),
                           tw_buf_text(&cold.jail.out)) == 0 &&
                    strcmp(tw_buf_text(&warm.jail.err),
                           tw_buf_text(&cold.jail.err)) == 0;
        if (!same)
            printf("# %s# warm: %s '%s' (%s)\n# cold: %s '%s' (%s)\n",
                   sources[i], warm.load, warm.value, warm.jail.cause,
                   cold.load, cold.value, cold.jail.cause);
        CHECK(same);
        CHECK(warm.jail.wall_ms > 0 && warm.jail.peak_mib > 1);
        tw_jail_result_release(&warm.jail);
        tw_jail_result_release(&cold.jail);
    }
    CHECK(tw_jail_n_warm(jail) >= 1);
    tw_jail_close(jail);
}

TEST(nothing_of_a_run_is_in_the_next)
{
    static const char change[] =
        "import builtins, gc, json, math, os, random, subprocess, sys\n"
        "open('left', 'w').write('x'); open('/tmp/left', 'w').write('x')\n"
        "open('/dev/shm/left', 'w').write('x')\n"
        "os.environ['LEFT'] = 'x'\n"
        "json.dumps = lambda v: 'changed'; math.pi = 3\n"
        "builtins.left = 1; builtins.len = lambda v: 7\n"
        "sys.modules['left'] = json; sys.path.append('/left')\n"
        "sys.setrecursionlimit(77777); gc.disable(); random.seed(1)\n"
        "os.umask(0o777); os.nice(5)\n"
        "secret = 'S3CRET' + 'VALUE' * 3\n"
        "subprocess.Popen(['/bin/sleep', '60'])\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    while True: pass\n"
        "def f(): return len(secret)\n";
    static const char look[] =
        "import builtins, gc, json, math, os, sys\n"
        "def f():\n"
        "    return (os.listdir('.'), os.listdir('/tmp'), os.listdir('/dev/shm'"
        "),\n"
        "        os.environ.get('LEFT'), json.dumps([1]), math.pi > 3.1,\n"
        "        hasattr(builtins, 'left'), len([1]), 'left' in sys.modules,\n"
        "        '/left' in sys.path, sys.getrecursionlimit(), gc.isenabled(),"
        "\n"
        "        os.umask(0), os.nice(0), os.listdir('/proc/self/fd'),\n"
        "        [p for p in os.listdir('/proc') if p.isdigit()])\n";
    struct tw_jail *jail = warm_open();
    char want[256];

    if (!jail)
        return;
    /* A run is as nice as who started it, and no nicer for the run before. */
    snprintf(want, sizeof(want),
             "([], [], [], None, '[1]', True, False, 1, False, False, 1000, "
             "True, 18, %d, ['0', '1', '2', '3', '4'], ['2'])",
             getpriority(PRIO_PROCESS, 0));
    for (int i = 0; i < 3; i++) {
        check_value(jail, change, "7");
        check_value(jail, look, want);
    }
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(memory_of_a_run_holds_nothing_of_the_one_before)
{
    /* The needle is put together only where it is looked for. */
    static const char hide[] =
        "x = ['needle-in-' + 'memory-%d' % i for i in range(1000)]\n"
        "def f(): return 'needle-in-memory'\n";
    static const char seek[] =
        "def f():\n"
        "    needle = b'needle-in-' + b'memory'\n"
        "    found = 0\n"
        "    with open('/proc/self/mem', 'rb', 0) as m:\n"
        "        for line in open('/proc/self/maps'):\n"
        "            a, b = [int(x, 16) for x in line.split()[0].split('-')]\n"
        "            if ' r' not in line or '[v' in line: continue\n"
        "            m.seek(a)\n"
        "            data = m.read(b - a)\n"
        "            found += data.count(needle + b'-')\n"
        "    return found\n";
    struct tw_jail *jail = warm_open();

    /* A control: what is there, is found. */
    static const char both[] = "import re\n"
                               "keep = 'needle-in-' + 'memory-here'\n";
    char self[2048];

    if (!jail)
        return;
    snprintf(self, sizeof(self), "%s%s", both, seek);
    struct outcome o;
    run(jail, self, &o);
    CHECK(strcmp(o.value, "0") != 0 && o.value[0] >= '1' && o.value[0] <= '9');
    tw_jail_result_release(&o.jail);
    for (int i = 0; i < 3; i++) {
        check_value(jail, hide, "'needle-in-memory'");
        check_value(jail, seek, "0");
    }
    tw_jail_close(jail);
}

TEST(each_run_has_randomness_of_its_own_and_the_same_hashes)
{
    static const char source[] =
        "import random\ndef f(): return random.random(), hash('x')\n";
    struct tw_jail *jail = warm_open();
    struct outcome a, b;

    if (!jail)
        return;
    run(jail, source, &a);
    run(jail, source, &b);
    const char *x = strchr(a.value, ','), *y = strchr(b.value, ',');
    CHECK(x && y && strcmp(x, y) == 0); /* hashes */
    CHECK(x && y && strcmp(a.value, b.value) != 0);
    tw_jail_result_release(&a.jail);
    tw_jail_result_release(&b.jail);
    tw_jail_close(jail);
}

static void check_end(struct tw_jail *jail, const char *source,
                      struct tw_jail_limits limits, enum tw_end end,
                      const char *cause)
{
    struct outcome o;

    run_limited(jail, source, false, limits, &o);
    if (o.jail.end != end || !strstr(o.jail.cause, cause)) {
        printf("# %s# %s (%s) value '%s'\n# %.300s\n", source,
               tw_end_name(o.jail.end), o.jail.cause, o.value,
               tw_buf_text(&o.jail.err));
        test_checks_failed++;
    }
    tw_jail_result_release(&o.jail);
}

TEST(limits_hold)
{
    struct tw_jail *jail = warm_open();
    struct tw_jail_limits l = tw_jail_limits_default();

    if (!jail)
        return;
    l.wall_s = 0.2;
    check_end(jail, "import time\nwhile True: time.sleep(1)\n", l,
              TW_END_TIMEOUT, "wall clock limit");
    l = kit_limits(8);
    l.cpu_s = 0.2;
    check_end(jail, "while True: pass\n", l, TW_END_TIMEOUT, "CPU limit");
    l = kit_limits(8);
    l.mem_bytes = (size_t)96 << 20;
    check_end(jail,
              "import os, time\n"
              "for i in range(4):\n"
              "    if os.fork() == 0:\n"
              "        x = bytearray(60 << 20)\n"
              "        time.sleep(9)\n"
              "time.sleep(9)\n",
              l, TW_END_LIMIT, "memory limit of 96 MiB");
    check_value(jail,
                "def f():\n"
                "    try: x = bytearray(600 << 20)\n"
                "    except MemoryError: return 'refused'\n",
                "'refused'");
    check_value(jail,
                "import os, time\n"
                "def f():\n"
                "    n = 0\n"
                "    try:\n"
                "        while True:\n"
                "            if os.fork() == 0: time.sleep(60)\n"
                "            n += 1\n"
                "    except OSError: return n\n",
                "15");
    check_value(jail,
                "def f():\n"
                "    try: open('big', 'wb').write(bytes(40 << 20))\n"
                "    except OSError as e: return e.errno in (27, 28)\n",
                "True");
    l = kit_limits(8);
    l.out_bytes = 1024;
    check_end(jail, "while True: print('x' * 1000)\n", l, TW_END_LIMIT,
              "output limit");
    check_end(jail, "import os\nos.kill(os.getpid(), 9)\n", l, TW_END_SIGNAL,
              "signal 9");
    check_end(jail, "import os\nos.abort()\n", l, TW_END_SIGNAL, "signal 6");
    check_end(jail, "import ctypes\nctypes.CDLL(None).ptrace(0, 0, 0, 0)\n", l,
              TW_END_DENIED, "system call");
    check_end(jail, "import ctypes\nctypes.string_at(0)\n", l, TW_END_SIGNAL,
              "segmentation fault");
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(hostile_runs_reach_neither_reaper_nor_zygote)
{
    static const char *const attempts[] = {
        "import os, signal\ndef f():\n"
        "    for s in range(1, 65):\n"
        "        try: os.kill(1, s)\n"
        "        except OSError: pass\n"
        "    return os.getppid()\n",
        "import os\ndef f():\n"
        "    got = []\n"
        "    for name in ('mem', 'environ', 'maps', 'cmdline', 'fd', 'root',\n"
        "                 'cwd', 'exe', 'stat', 'ns/user', 'task', 'pagemap'):"
        "\n"
        "        for at in ('/proc/1/', '/proc/1/task/1/'):\n"
        "            try:\n"
        "                os.listdir(at + name)\n"
        "                got.append(name)\n"
        "            except OSError: pass\n"
        "            try:\n"
        "                open(at + name, 'rb').read(1)\n"
        "                got.append(name)\n"
        "            except OSError: pass\n"
        "            try:\n"
        "                os.readlink(at + name)\n"
        "                got.append(name)\n"
        "            except OSError: pass\n"
        "    return got or 1\n",
        "import os\ndef f():\n"
        "    try:\n"
        "        os.kill(-1, 0)\n"
        "        return 'others'\n"
        "    except OSError: return 1\n",
        /* Nothing is open that could be talked to or listened at. */
        "import os, stat\ndef f():\n"
        "    for fd in range(4, 2000):\n"
        "        try: os.fstat(fd)\n"
        "        except OSError: continue\n"
        "        return fd\n"
        "    return 1\n",
        "import os\ndef f():\n"
        "    try: os.write(0, b'x')\n"
        "    except OSError: return 1\n",
        /* What the zygote keeps in its folder is not there. */
        "import os\ndef f():\n"
        "    return 1 if not any(os.path.exists(p) for p in\n"
        "        ('walls', 'warm_fork.so', 'driver', '/box/stdin',\n"
        "         '/box/work/../../box/work/walls')) else 0\n",
        /* The file that holds the zygote's memory cannot be had. */
        "import os\ndef f():\n"
        "    for line in open('/proc/self/maps'):\n"
        "        if 'memfd' in line:\n"
        "            try:\n"
        "                os.open('/proc/self/map_files/' + line.split()[0],\n"
        "                        os.O_RDWR)\n"
        "                return line\n"
        "            except OSError: pass\n"
        "    return 1\n",
        "import mmap, os\ndef f():\n"
        "    for n in ('uid_map', 'gid_map', 'setgroups', 'oom_score_adj'):\n"
        "        for p in ('self', '1'):\n"
        "            try:\n"
        "                open('/proc/%s/%s' % (p, n), 'w').write('0 0 1')\n"
        "                return p, n\n"
        "            except OSError: pass\n"
        "    return 1\n",
    };
    struct tw_jail *jail = warm_open();

    if (!jail)
        return;
    for (size_t i = 0; i < TW_ARRAY_LEN(attempts); i++)
        check_value(jail, attempts[i], "1");
    CHECK(tw_jail_n_warm(jail) == 1); /* the same one all the time */
    tw_jail_close(jail);
}

static size_t n_fds(void)
{
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* Children of ours; the zygotes' reapers are among them. */
static size_t children(pid_t *pids, size_t max)
{
    char path[64];
    size_t n = 0;
    long pid;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    while (f && n < max && fscanf(f, "%ld", &pid) == 1)
        pids[n++] = (pid_t)pid;
    if (f)
        fclose(f);
    return n;
}

TEST(two_hundred_runs_leave_nothing)
{
    struct tw_jail *jail = warm_open();
    pid_t before[16], after[16];

    if (!jail)
        return;
    check_value(jail, "def f(): return 1\n", "1");
    size_t fds = n_fds(), n = children(before, 16);
    for (int i = 0; i < 200; i++)
        check_value(jail, "def f(): return 1\n", "1");
    CHECK(n_fds() == fds);
    CHECK(children(after, 16) == n);
    CHECK(memcmp(before, after, n * sizeof(*before)) == 0);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

/* As from outside: without warning, all that it has below it too. */
static void kill_zygotes(const pid_t *spawner)
{
    pid_t pids[16];
    size_t n = children(pids, 16);

    for (size_t i = 0; i < n; i++)
        if (pids[i] != *spawner)
            kill(pids[i], SIGKILL);
}

TEST(the_death_of_a_zygote_between_runs_goes_unseen)
{
    struct tw_jail *jail = kit_open();
    pid_t spawner[16];

    if (!jail)
        return;
    CHECK(children(spawner, 16) == 1);
    for (int i = 0; i < 3; i++) {
        CHECK(tw_jail_warm_up(jail, &tw_pyrun_warm, 1) == 1);
        check_value(jail, "def f(): return 1\n", "1");
        kill_zygotes(spawner);
        check_value(jail, "def f(): return 2\n", "2");
    }
    CHECK(tw_jail_warm_up(jail, &tw_pyrun_warm, 1) == 1);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(the_death_of_the_spawner_goes_unseen)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;
    pid_t pids[16];

    if (!jail)
        return;
    tw_jail_result_init(&r);
    for (int i = 0; i < 3; i++) {
        CHECK(children(pids, 16) == 1);
        kill(pids[0], SIGKILL);
        kit_shell(jail, "echo here", kit_limits(10), &r);
        if (r.end != TW_END_PASS)
            printf("# %s\n", r.cause);
        CHECK(r.end == TW_END_PASS);
        CHECK(strcmp(tw_buf_text(&r.out), "here\n") == 0);
    }
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static void *kill_soon(void *arg)
{
    const struct timespec t = { 0, 150000000 };

    nanosleep(&t, NULL);
    kill_zygotes(arg);
    return NULL;
}

TEST(the_death_of_a_zygote_during_a_run_repeats_the_run)
{
    struct tw_jail *jail = kit_open();
    pid_t spawner[16];
    pthread_t id;

    if (!jail)
        return;
    CHECK(children(spawner, 16) == 1);
    CHECK(tw_jail_warm_up(jail, &tw_pyrun_warm, 1) == 1);
    CHECK(pthread_create(&id, NULL, kill_soon, spawner) == 0);
    check_value(jail,
                "import time\n"
                "def f():\n    time.sleep(0.4)\n    return 'whole'\n",
                "'whole'");
    pthread_join(id, NULL);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static void die_warm(void)
{
    struct tw_jail *jail;

    if (tw_jail_open(&jail, false, NULL) != TW_OK ||
        tw_jail_warm_up(jail, &tw_pyrun_warm, 1) != 1)
        _exit(1);
    kill(getpid(), SIGKILL);
}

TEST(zygotes_end_when_their_caller_is_killed)
{
    const struct timespec t = { 0, 10000000 };
    struct tw_jail *jail = kit_open();
    int status = 0;

    if (!jail)
        return;
    tw_jail_close(jail);
    pid_t pid = fork();
    if (pid == 0)
        die_warm();
    CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
    /* Spawner and zygote are ours now, until they have noticed. */
    bool left = true;
    for (int i = 0; i < 500 && left; i++) {
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
            continue;
        left = kit_left();
        nanosleep(&t, NULL);
    }
    CHECK(!left);
}

static void *work(void *arg)
{
    for (int i = 0; i < 15; i++)
        check_value(arg,
                    "import os\nopen('x', 'x').close()\n"
                    "def f(): return os.listdir('.'), os.getpid()\n",
                    "(['x'], 2)");
    return NULL;
}

TEST(threads_have_zygotes_of_their_own)
{
    struct tw_jail *jail = warm_open();
    pthread_t id[3];

    if (!jail)
        return;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&id[i], NULL, work, jail) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(id[i], NULL);
    CHECK(tw_jail_warm_up(jail, &tw_pyrun_warm, 2) >= 2);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(a_jail_without_warm_runs_makes_no_zygote)
{
    struct tw_jail *jail = kit_open();
    struct outcome o;
    pid_t pids[16];

    if (!jail)
        return;
    for (int i = 0; i < 3; i++) {
        run_limited(jail, "def f(): return 1\n", true, tw_jail_limits_default(),
                    &o);
        CHECK(strcmp(o.value, "1") == 0);
        tw_jail_result_release(&o.jail);
    }
    CHECK(children(pids, 16) == 1 && tw_jail_n_warm(jail) == 0);
    tw_jail_close(jail);
}

static void ordinary(void)
{
    struct tw_jail *jail = warm_open();

    if (!jail)
        return;
    check_value(jail, "import os\ndef f(): return os.getuid()\n", "1000");
    check_value(jail, "def f(): return 1\n", "1");
    CHECK(tw_jail_n_warm(jail) == 1);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(an_ordinary_user_has_zygotes_too)
{
    if (geteuid() == 0)
        kit_as_ordinary(ordinary);
}

TEST_MAIN(if (!kit_user_spaces()) {
    puts("1..0 # SKIP no zygote without user namespaces");
    return 0;
} RUN(a_warm_run_does_what_a_cold_one_does);
          RUN(nothing_of_a_run_is_in_the_next);
          RUN(memory_of_a_run_holds_nothing_of_the_one_before);
          RUN(each_run_has_randomness_of_its_own_and_the_same_hashes);
          RUN(limits_hold); RUN(hostile_runs_reach_neither_reaper_nor_zygote);
          RUN(two_hundred_runs_leave_nothing);
          RUN(the_death_of_a_zygote_between_runs_goes_unseen);
          RUN(the_death_of_the_spawner_goes_unseen);
          RUN(the_death_of_a_zygote_during_a_run_repeats_the_run);
          RUN(zygotes_end_when_their_caller_is_killed);
          RUN(threads_have_zygotes_of_their_own);
          RUN(a_jail_without_warm_runs_makes_no_zygote);
          RUN(an_ordinary_user_has_zygotes_too);)
