#define _GNU_SOURCE
#include "jail_kit.h"

#include "base/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static bool out_has(const struct tw_jail_result *r, const char *text)
{
    bool has = strstr(tw_buf_text(&r->out), text) != NULL;

    if (!has)
        printf("# %s (%s): '%.300s' '%.600s'\n", tw_end_name(r->end), r->cause,
               tw_buf_text(&r->out), tw_buf_text(&r->err));
    return has;
}

TEST(honest_programs_pass)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_python(jail,
               "import json, re, math, random, datetime, threading, tempfile\n"
               "import subprocess, collections, itertools, asyncio\n"
               "t = threading.Thread(target=print, args=('thread',))\n"
               "t.start(); t.join()\n"
               "async def f():\n"
               "    await asyncio.sleep(0.001)\n"
               "    return 'loop'\n"
               "print(asyncio.run(f()))\n"
               "print(subprocess.run(['/bin/echo', 'child'],\n"
               "      capture_output=True).stdout.decode())\n"
               "with tempfile.TemporaryFile() as t: t.write(b'x')\n"
               "open('note.txt', 'w').write('kept')\n"
               "print(open('note.txt').read(), math.sqrt(16))\n",
               kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS && r.exit_code == 0);
    CHECK(out_has(&r, "thread") && out_has(&r, "loop"));
    CHECK(out_has(&r, "child") && out_has(&r, "kept 4.0"));
    CHECK(r.cpu_ms > 1 && r.wall_ms > 1 && r.peak_mib > 1);
    kit_shell(jail,
              "echo a b c | tr ' ' '\\n' | sort -r | head -1; cat /etc/passwd |"
              " cut -d: -f1; mkdir d; ls; test -w /dev/null",
              kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS && out_has(&r, "c\njob\nd\n"));
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(a_c_program_compiles_and_runs_inside)
{
    static const char text[] = "#include <stdio.h>\n"
                               "int main(void) { puts(\"from C\"); }\n";
    const struct tw_jail_file file = { "src/main.c", text, sizeof(text) - 1 };
    const char *argv[] = { "/bin/sh", "-c", "cc -o prog src/main.c && ./prog",
                           NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    struct tw_jail_spec s = {
        .argv = argv, .files = &file, .n_files = 1, .limits = kit_limits(20)
    };
    if (access("/usr/bin/cc", X_OK) == 0) {
        CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
        CHECK(r.end == TW_END_PASS && out_has(&r, "from C\n"));
    } else {
        test_skip("no C compiler");
    }
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(files_and_stdin_arrive_and_files_of_the_spec_can_run)
{
    static const char script[] = "#!/bin/sh\ncat; cat data/in.txt; echo $PWD\n";
    const struct tw_jail_file files[] = {
        { "run.sh", script, sizeof(script) - 1 },
        { "data/in.txt", "from file\n", 10 },
        { "data/more/empty", NULL, 0 },
    };
    const char *argv[] = { TW_JAIL_WORK "/run.sh", NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 3,
                              .stdin_bytes = "from stdin\n",
                              .n_stdin = 11,
                              .limits = kit_limits(10) };
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(r.end == TW_END_PASS);
    CHECK(out_has(&r, "from stdin\nfrom file\n" TW_JAIL_WORK "\n"));
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(a_program_has_three_descriptors_and_writes_below_its_folders_only)
{
    static const char script[] =
        "for n in 3 4 5 6 7 8 9; do eval \"( : >&$n ) 2>/dev/null\" && echo fd"
        " $n; done\ntouch ../new 2>/dev/null && echo made\n"
        "chmod 755 .. ; touch ../new 2>/dev/null && echo made\n"
        "echo out >/dev/stdout; echo err >/dev/stderr; cat /dev/stdin\n"
        "touch a && mv a /tmp/b && mv /tmp/b /dev/shm/c && echo moved\n";
    const char *argv[] = { "/bin/sh", "-c", script, NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    struct tw_jail_spec s = { .argv = argv,
                              .stdin_bytes = "in\n",
                              .n_stdin = 3,
                              .no_record = true,
                              .limits = kit_limits(10) };
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(r.end == TW_END_PASS);
    CHECK(strcmp(tw_buf_text(&r.out), "out\nin\nmoved\n") == 0);
    CHECK(strstr(tw_buf_text(&r.err), "err\n") != NULL);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

static atomic_int n_asked;

static bool enough(void)
{
    return atomic_fetch_add(&n_asked, 1) > 5;
}

TEST(a_run_ends_at_once_when_its_caller_wants_no_more)
{
    const char *argv[] = { "/bin/sleep", "60", NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;
    double begun = tw_clock_mono();

    if (!jail)
        return;
    tw_jail_result_init(&r);
    tw_jail_stop_when(jail, enough);
    struct tw_jail_spec s = { .argv = argv, .limits = kit_limits(60) };
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_ECANCELED);
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_ECANCELED);
    CHECK(tw_clock_mono() - begun < 10);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

/* The same script, once as usual and once where nothing is as usual. */
TEST(elsewhere_has_no_mark_of_the_jail)
{
    static const char script[] =
        "#!/bin/sh\ncat; echo $PWD $HOME $TMPDIR $TZ $PYTHONHASHSEED\n"
        "id -u; uname -n; cut -d: -f1 /etc/passwd; ls -d /box /srv\n"
        "echo x >/tmp/x && echo y >/dev/shm/y && cat /tmp/x /dev/shm/y\n";
    const struct tw_jail_file file = { "run.sh", script, sizeof(script) - 1 };
    const char *argv[] = { TW_JAIL_WORK "/run.sh", NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct tw_jail_spec s = { .argv = argv,
                                  .files = &file,
                                  .n_files = 1,
                                  .stdin_bytes = "from stdin\n",
                                  .n_stdin = 11,
                                  .elsewhere = elsewhere,
                                  .limits = kit_limits(10) };
        tw_jail_result_init(&r);
        CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
        if (elsewhere)
            CHECK(out_has(&r, "from stdin\n"
                              "/srv/work /srv/work /tmp NPT-5:45 4097\n"
                              "1003\nstation\nmaria\n/srv\nx\ny\n"));
        else
            CHECK(out_has(&r, "from stdin\n"
                              "/box/work /box/work /tmp UTC 0\n"
                              "1000\njail\njob\n/box\nx\ny\n"));
        tw_jail_result_release(&r);
    }
    tw_jail_close(jail);
}

TEST(exit_status_and_signal_are_told_apart)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_shell(jail, "exit 137", kit_limits(10), &r);
    CHECK(r.end == TW_END_ERROR && r.exit_code == 137);
    CHECK(strcmp(r.cause, "exit status 137") == 0 && r.signal == 0);
    kit_shell(jail, "kill -9 $$", kit_limits(10), &r);
    CHECK(r.end == TW_END_SIGNAL && r.signal == 9);
    CHECK(r.exit_code == -1);
    kit_shell(jail, "kill -SEGV $$", kit_limits(10), &r);
    CHECK(r.end == TW_END_SIGNAL && r.signal == SIGSEGV);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(record_pipe_and_binary_output_come_back_as_written)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_shell(jail, "printf 'a\\000b\\033[2J\\377'; printf e >&2; printf r >&3",
              kit_limits(10), &r);
    CHECK(r.out.len == 8 && memcmp(r.out.bytes, "a\0b\033[2J\377", 8) == 0);
    CHECK(strcmp(tw_buf_text(&r.err), "e") == 0);
    CHECK(strcmp(tw_buf_text(&r.record), "r") == 0 && !r.truncated);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(output_past_the_cap_is_drained_and_marked)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_limits l = kit_limits(10);
    struct tw_jail_result r;

    if (!jail)
        return;
    l.out_bytes = 100000;
    tw_jail_result_init(&r);
    kit_shell(jail, "head -c 300000 /dev/zero; echo end >&2", l, &r);
    CHECK(r.end == TW_END_PASS && r.truncated);
    CHECK(r.out.len == 100000 && strcmp(tw_buf_text(&r.err), "end\n") == 0);
    kit_shell(jail, "true", l, &r);
    CHECK(!r.truncated && r.out.len == 0);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(the_environment_is_fixed)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    setenv("TW_PLANTED", "secret", 1);
    tw_jail_result_init(&r);
    kit_shell(jail, "env | grep -v PWD | sort", kit_limits(10), &r);
    CHECK(strcmp(tw_buf_text(&r.out),
                 "HOME=/box/work\nLANG=C.UTF-8\nMALLOC_ARENA_MAX=1\n"
                 "OMP_NUM_THREADS=1\n"
                 "OPENBLAS_NUM_THREADS=1\nPATH=/usr/local/bin:/usr/bin:/bin\n"
                 "PYTHONHASHSEED=0\nTMPDIR=/tmp\nTZ=UTC\n") == 0);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(as_many_threads_run_as_the_limit_says)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_python(jail,
               "import threading\n"
               "b = threading.Barrier(16)\n"
               "def work():\n"
               "    b.wait(); bytearray(100000)\n"
               "l = [threading.Thread(target=work) for i in range(15)]\n"
               "for t in l: t.start()\n"
               "b.wait()\n"
               "for t in l: t.join()\n",
               kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(the_same_run_gives_the_same_bytes)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r, again;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    tw_jail_result_init(&again);
    const char *source = "print({'alpha', 'beta', 'gamma', 'delta'})\n"
                         "import os; print(os.getpid())";
    kit_python(jail, source, kit_limits(10), &r);
    kit_python(jail, source, kit_limits(10), &again);
    CHECK(r.out.len > 10 && r.out.len == again.out.len);
    CHECK(strcmp(tw_buf_text(&r.out), tw_buf_text(&again.out)) == 0);
    tw_jail_result_release(&r);
    tw_jail_result_release(&again);
    tw_jail_close(jail);
}

TEST(wrong_arguments_are_refused)
{
    static const char *const names[] = { "../x", "/x",  "a/../b", "a//b",
                                         "",     ".x",  "a/",     "-x",
                                         "a b",  "a\n", "a/.b" };
    const char *argv[] = { "/bin/true", NULL };
    const char *relative[] = { "true", NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;
    struct tw_err err;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        const struct tw_jail_file f = { names[i], "x", 1 };
        struct tw_jail_spec s = {
            .argv = argv, .files = &f, .n_files = 1, .limits = kit_limits(1)
        };
        CHECK(tw_jail_run(jail, &s, &r, &err) == TW_EINVAL);
    }
    struct tw_jail_spec s = { .argv = relative, .limits = kit_limits(1) };
    CHECK(tw_jail_run(jail, &s, &r, &err) == TW_EINVAL);
    s.argv = argv;
    s.limits.wall_s = 0;
    CHECK(tw_jail_run(jail, &s, &r, &err) == TW_EINVAL);
    s.limits = kit_limits((double)NAN);
    CHECK(tw_jail_run(jail, &s, &r, &err) == TW_EINVAL);
    s.limits = kit_limits(1);
    s.limits.n_procs = 0;
    CHECK(tw_jail_run(jail, &s, &r, &err) == TW_EINVAL);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(a_program_that_cannot_start_is_a_fault_of_the_harness)
{
    const char *argv[] = { "/usr/bin/no-such-program", NULL };
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    struct tw_jail_spec s = { .argv = argv, .limits = kit_limits(5) };
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(r.end == TW_END_HARNESS);
    CHECK(strstr(r.cause, "No such file") != NULL);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

struct worker {
    struct tw_jail *jail;
    int n_bad;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct tw_jail_result r;
    const char *argv[] = { "/bin/sh", "-c", "echo $((6 * 7)); exit 3", NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .limits = tw_jail_limits_default() };

    tw_jail_result_init(&r);
    for (int i = 0; i < 8; i++) {
        if (tw_jail_run(w->jail, &s, &r, NULL) != TW_OK || r.exit_code != 3 ||
            strcmp(tw_buf_text(&r.out), "42\n") != 0)
            w->n_bad++;
    }
    tw_jail_result_release(&r);
    return NULL;
}

TEST(threads_share_one_jail)
{
    struct worker w[4];
    pthread_t id[4];
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    for (int i = 0; i < 4; i++) {
        w[i] = (struct worker){ .jail = jail };
        CHECK(pthread_create(&id[i], NULL, work, &w[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(id[i], NULL);
        CHECK(w[i].n_bad == 0);
    }
    tw_jail_close(jail);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig)
{
    (void)sig;
    handled++;
}

/* Signal 32 is glibc's own; posix_spawn() leaves it ignored in the child, so a
 * test run by make starts with it ignored. */
static void libc_signal_set(void (*handler)(int))
{
    void (*const act[8])(int) = { handler }; /* the kernel's layout */

    CHECK(syscall(SYS_rt_sigaction, 32, act, NULL, 8) == 0);
}

TEST(handlers_and_masks_of_the_caller_stay_outside)
{
    struct sigaction act = { .sa_handler = on_signal }, old;
    struct tw_jail *jail;
    struct tw_jail_result r;
    sigset_t mask, now;

    libc_signal_set(SIG_IGN);
    jail = kit_open();
    libc_signal_set(SIG_DFL);
    if (!jail)
        return;
    sigaction(SIGUSR1, &act, &old);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    tw_jail_result_init(&r);
    kit_shell(jail, "grep -E 'SigBlk|SigIgn' /proc/self/status; kill -USR1 $$",
              kit_limits(10), &r);
    CHECK(r.end == TW_END_SIGNAL && r.signal == SIGUSR1);
    CHECK(out_has(&r, "SigBlk:\t0000000000000000"));
    CHECK(out_has(&r, "SigIgn:\t0000000000000000"));
    CHECK(handled == 0);
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK(sigismember(&now, SIGUSR2) == 1 && sigismember(&now, SIGINT) == 0);
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGUSR1, &old, NULL);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

static int count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

TEST(descriptors_mounts_and_processes_are_as_before)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    int before = count_fds();
    tw_jail_result_init(&r);
    for (int i = 0; i < 20; i++)
        kit_shell(jail, "sleep 100 & sleep 100 & true", kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS && r.wall_ms < 5000);
    CHECK(count_fds() == before);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(no_descriptors_to_spare_is_a_fault_of_the_harness)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;
    int fds[256];
    int n = 0;

    if (!jail)
        return;
    struct rlimit old, few = { 200, 0 };
    getrlimit(RLIMIT_NOFILE, &old);
    few.rlim_max = old.rlim_max;
    CHECK(setrlimit(RLIMIT_NOFILE, &few) == 0);
    tw_jail_result_init(&r);
    while (n < 256 && (fds[n] = open("/dev/null", O_RDONLY)) >= 0)
        n++;
    if (n < 256) {
        const char *argv[] = { "/bin/true", NULL };
        struct tw_jail_spec s = { .argv = argv, .limits = kit_limits(5) };
        for (int free_fds = 0; free_fds < 24; free_fds++) {
            CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
            CHECK(r.end == TW_END_HARNESS || r.end == TW_END_PASS);
            close(fds[--n]);
        }
        CHECK(r.end == TW_END_PASS);
    }
    while (n > 0)
        close(fds[--n]);
    setrlimit(RLIMIT_NOFILE, &old);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(memory_of_a_large_caller_does_not_count)
{
    const size_t n = (size_t)100 << 20;
    char *large = malloc(n);
    struct tw_jail *jail = kit_open();
    struct tw_jail_limits l = kit_limits(20);
    struct tw_jail_result r;

    if (!jail || !large) {
        free(large);
        return;
    }
    memset(large, 1, n);
    tw_jail_close(jail);
    jail = kit_open(); /* its spawner has to forget what is large */
    l.mem_bytes = (size_t)64 << 20;
    tw_jail_result_init(&r);
    kit_shell(jail, "sleep 0.1; echo a", l, &r);
    CHECK(r.end == TW_END_PASS && out_has(&r, "a"));
    CHECK(r.peak_mib < 64);
    for (size_t i = 0; i < n; i += 4096) /* forgotten there, not here */
        test_checks_failed += large[i] != 1;
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    free(large);
}

static void die_with_a_run(struct tw_jail *jail)
{
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    kit_shell(jail, "sleep 50 & sleep 50", kit_limits(20), &r);
    _exit(0);
}

TEST(a_run_ends_when_its_caller_is_killed)
{
    int status;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct tw_jail *jail = kit_open();
        if (!jail)
            _exit(0);
        die_with_a_run(jail);
    }
    usleep(300000);
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, &status, 0) == pid);
    /* Spawner and reaper come to us, and end by themselves. */
    for (int i = 0; i < 500 && waitpid(-1, NULL, WNOHANG) >= 0; i++)
        usleep(10000);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0);
}

static void honest_checks(void)
{
    test_honest_programs_pass();
    test_files_and_stdin_arrive_and_files_of_the_spec_can_run();
    test_exit_status_and_signal_are_told_apart();
}

TEST(an_ordinary_user_can_do_the_same)
{
    if (geteuid() == 0)
        kit_as_ordinary(honest_checks);
}

TEST_MAIN(
    RUN(honest_programs_pass); RUN(a_c_program_compiles_and_runs_inside);
    RUN(files_and_stdin_arrive_and_files_of_the_spec_can_run);
    RUN(a_program_has_three_descriptors_and_writes_below_its_folders_only);
    RUN(a_run_ends_at_once_when_its_caller_wants_no_more);
    RUN(elsewhere_has_no_mark_of_the_jail);
    RUN(exit_status_and_signal_are_told_apart);
    RUN(record_pipe_and_binary_output_come_back_as_written);
    RUN(output_past_the_cap_is_drained_and_marked);
    RUN(the_environment_is_fixed); RUN(as_many_threads_run_as_the_limit_says);
    RUN(the_same_run_gives_the_same_bytes); RUN(wrong_arguments_are_refused);
    RUN(a_program_that_cannot_start_is_a_fault_of_the_harness);
    RUN(threads_share_one_jail);
    RUN(handlers_and_masks_of_the_caller_stay_outside);
    RUN(descriptors_mounts_and_processes_are_as_before);
    RUN(no_descriptors_to_spare_is_a_fault_of_the_harness);
    RUN(memory_of_a_large_caller_does_not_count);
    RUN(a_run_ends_when_its_caller_is_killed);
    RUN(an_ordinary_user_can_do_the_same);)
