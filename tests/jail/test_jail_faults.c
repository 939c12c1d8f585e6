/*
 * Every system call and allocation of the runner, its spawner and its reapers
 * fails, one after the other, once and for good.  Whatever fails: no crash, no
 * hang, no process, descriptor or memory left, and no false verdict - an
 * honest program passes or the fault is called ours, a wrong one never passes.
 * Needs -Dfaults=true; TW_FAULTS_EVERY=N takes every N-th call only.
 */
#define _GNU_SOURCE
#include "attack_env.h"
#include "jail_kit.h"

#include "base/fault.h"

#ifndef TW_FAULTS
TEST(calls_that_fail_need_a_build_with_faults)
{
    test_skip("not built with -Dfaults=true");
}
TEST_MAIN(RUN(calls_that_fail_need_a_build_with_faults);)
#else

#include <dirent.h>
#include <malloc.h>
#include <signal.h>

#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_COUNTS false /* LeakSanitizer looks at the end */
#else
#define MEMORY_COUNTS true
#endif

#define MEMORY_KEPT 500000
#define LIMIT_S     20 /* of one round; more is a hang */

#define WALL_S    6
#define FAR_CALLS 360 /* more than a run makes */

static struct tw_err err;
static bool weak;
static unsigned n_ours; /* runs of Python that were called harness */

/* ---- what is done in a round; true: no false verdict ---- */

static bool said(enum tw_status st)
{
    return st != TW_OK && err.code == st && err.msg[0];
}

static struct tw_jail *open_jail(bool *good)
{
    struct tw_jail *jail;

    memset(&err, 0, sizeof(err));
    enum tw_status st = tw_jail_open(&jail, weak, &err);
    *good = st == TW_OK ? jail != NULL : !jail && said(st);
    return jail;
}

/* sh -c text: the verdict, or HARNESS where the run was refused. */
static bool shell(struct tw_jail *jail, const char *text, enum tw_end want,
                  const char *out)
{
    const char *argv[] = { "/bin/sh", "-c", text, NULL };
    const struct tw_jail_file file = { "d/f", "in a file\n", 10 };
    struct tw_jail_spec s = { .argv = argv,
                              .files = &file,
                              .n_files = 1,
                              .stdin_bytes = "in\n",
                              .n_stdin = 3,
                              .limits = kit_limits(WALL_S) };
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    memset(&err, 0, sizeof(err));
    enum tw_status st = tw_jail_run(jail, &s, &r, &err);
    bool good = st == TW_OK ? r.end == TW_END_HARNESS ||
                                  (r.end == want &&
                                   strcmp(tw_buf_text(&r.out), out) == 0)
                            : said(st);
    if (!good)
        printf("# '%s': %s (%s) '%.100s' '%.100s'\n", text, tw_end_name(r.end),
               r.cause, tw_buf_text(&r.out), tw_buf_text(&r.err));
    tw_jail_result_release(&r);
    return good;
}

static bool cold(void)
{
    bool good;
    struct tw_jail *jail = open_jail(&good);

    if (!jail)
        return good;
    good &= shell(jail, "cat; cat d/f", TW_END_PASS, "in\nin a file\n");
    good &= shell(jail, "echo x; exit 3", TW_END_ERROR, "x\n");
    tw_jail_close(jail);
    return good;
}

/* A candidate, and its tests, which pass if it answers. */
static bool pair(void)
{
    const char *a[] = { "/bin/sh", "-c", "read x <&4; echo $x$x >&4; cat <&4",
                        NULL };
    const char *b[] = { "/bin/sh", "-c",
                        "echo ab >&4; read x <&4; [ $x = abab ] && echo ok",
                        NULL };
    struct tw_jail_spec s[2] = { { .argv = a, .limits = kit_limits(WALL_S) },
                                 { .argv = b, .limits = kit_limits(WALL_S) } };
    struct tw_jail_result r[2];
    bool good;
    struct tw_jail *jail = open_jail(&good);

    if (!jail)
        return good;
    tw_jail_result_init(&r[0]);
    tw_jail_result_init(&r[1]);
    enum tw_status st = tw_jail_run_pair(jail, s, r, &err);
    /* Without a candidate its tests fail, which is then not counted. */
    if (st != TW_OK)
        good = said(st);
    else if (r[0].end != TW_END_HARNESS)
        good = r[1].end == TW_END_HARNESS ||
               (r[1].end == TW_END_PASS &&
                strcmp(tw_buf_text(&r[1].out), "ok\n") == 0);
    if (!good)
        printf("# pair: %s (%s), %s (%s) '%.100s'\n", tw_end_name(r[0].end),
               r[0].cause, tw_end_name(r[1].end), r[1].cause,
               tw_buf_text(&r[1].err));
    tw_jail_result_release(&r[0]);
    tw_jail_result_release(&r[1]);
    tw_jail_close(jail);
    return good;
}

/* f(2) in Python: 42 of the right source, and of a wrong one never. */
static bool python(struct tw_jail *jail, const char *source, bool honest)
{
    const struct tw_pyval_tol exact = { 0, 0, false };
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, 1 << 20);
    struct tw_pyval *arg = tw_pyval_int(&a, 2), *want = tw_pyval_int(&a, 42);
    const struct tw_py_call call = { .function = "f",
                                     .args = &arg,
                                     .n_args = 1 };
    struct tw_py_job job = { .source = source,
                             .source_len = strlen(source),
                             .calls = &call,
                             .n_calls = 1,
                             .limits = kit_limits(WALL_S) };
    if (!arg || !want) { /* an allocation of this test */
        tw_arena_release(&a);
        return true;
    }
    memset(&err, 0, sizeof(err));
    enum tw_status st = tw_py_run(jail, &job, &a, &report, &err);
    bool right = st == TW_OK && report.calls[0].outcome == TW_PY_VALUE &&
                 tw_pyval_equal(report.calls[0].value, want, exact);
    bool ours = st == TW_OK ? report.jail.end == TW_END_HARNESS : said(st);
    n_ours += ours;
    bool good = honest ? right || ours : !right;
    if (!good)
        printf("# python: %s (%s) '%.200s'\n", tw_end_name(report.jail.end),
               report.jail.cause, tw_buf_text(&report.jail.err));
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
    return good;
}

static bool warm(void)
{
    bool good;
    struct tw_jail *jail = open_jail(&good);

    if (!jail)
        return good;
    (void)tw_jail_warm_up(jail, &tw_pyrun_warm, 1);
    good &= python(jail, "def f(x): return x * 21\n", true);
    good &= python(jail, "def f(x): return x * 20\n", false);
    tw_jail_close(jail);
    return good;
}

/* ---- rounds ---- */

struct state {
    unsigned n_fds;
    size_t memory;
};

static struct state state_now(void)
{
    struct state s = { 0 };
    DIR *dir = opendir("/proc/self/fd");

    while (dir && readdir(dir))
        s.n_fds++;
    if (dir)
        closedir(dir);
    s.memory = MEMORY_COUNTS ? mallinfo2().uordblks : 0;
    return s;
}

static const char *now_failing = "";

static void on_hang(int sig)
{
    const char text[] = "# hangs with this failing: ";
    ssize_t n = write(1, text, sizeof(text) - 1);

    (void)sig;
    n += write(1, now_failing, strlen(now_failing));
    n += write(1, "\n", 1);
    _exit(n > 0 ? 1 : 2);
}

/* One round with what is armed; what was wrong is said. */
static bool round_good(bool (*act)(void), const char *name)
{
    const struct state before = state_now();

    now_failing = name;
    signal(SIGALRM, on_hang);
    alarm(LIMIT_S);
    bool good = act();
    alarm(0);
    const struct state after = state_now();
    bool left = kit_left();
    if (good && !left && after.n_fds == before.n_fds)
        return true;
    printf("# %s: verdicts %s, descriptors %u to %u%s\n", name,
           good ? "right" : "FALSE", before.n_fds, after.n_fds,
           left ? ", a process is left" : "");
    /* What goes on ending must not be counted again. */
    while (waitpid(-1, NULL, __WALL) > 0)
        continue;
    return false;
}

struct figures {
    unsigned n_sites, n_calls, n_failed, n_bad;
};

/* What only a signal makes fail does so once.  A pipe of the spawner that
 * nobody can write to, although it has a reader, does not exist. */
static bool for_good(const struct tw_fault_site *site)
{
    static const char *const once[] = { "read",    "poll",  "ppoll",
                                        "waitpid", "wait4", "close" };

    for (size_t i = 0; i < TW_ARRAY_LEN(once); i++)
        if (strcmp(site->call, once[i]) == 0)
            return false;
    return strcmp(site->call, "write") != 0 ||
           !strstr(site->file, "jail_spawn.c");
}

static void fail_call(bool (*act)(void), size_t site, unsigned n,
                      bool persistent, struct figures *f)
{
    const struct tw_fault_site *sites;
    char name[160];

    tw_fault_sites(&sites);
    const char *file = strrchr(sites[site].file, '/');
    snprintf(name, sizeof(name), "%s:%d %s(), call %u%s",
             file ? file + 1 : sites[site].file, sites[site].line,
             sites[site].call, n, persistent ? " and later" : "");
    tw_fault_site_arm(site, n, persistent);
    f->n_bad += !round_good(act, name);
    f->n_failed += tw_fault_site_fired();
    tw_fault_site_arm(0, 0, false);
}

static unsigned every(void)
{
    const char *text = getenv("TW_FAULTS_EVERY");
    long n = text ? strtol(text, NULL, 10) : 1;

    return n > 0 ? (unsigned)n : 1;
}

/* Counts the calls of a round, then fails each of them.  only: of this file
 * ("" for all).  Calls of a site beyond cap are taken for the same. */
static void walk(const char *what, bool (*act)(void), const char *only,
                 unsigned cap)
{
    static unsigned n_calls[4096];
    const struct tw_fault_site *sites;
    struct figures f = { 0 };
    unsigned skip = every(), at = 0;

    CHECK(tw_fault_sites_watch());
    CHECK(round_good(act, "first")); /* what is made once, is made here */
    tw_fault_site_arm(0, 0, false);
    CHECK(round_good(act, "nothing failing"));
    size_t n = tw_fault_sites(&sites), memory = state_now().memory;
    for (size_t i = 0; i < n; i++) {
        n_calls[i] =
            sites[i].file && strstr(sites[i].file, only) ? sites[i].n_calls : 0;
        f.n_sites += n_calls[i] > 0;
        f.n_calls += n_calls[i];
    }
    for (size_t i = 0; i < n; i++)
        for (unsigned k = 1; k <= n_calls[i] && k <= cap; k++) {
            if (at++ % skip)
                continue;
            fail_call(act, i, k, false, &f);
            if (k == 1 && for_good(&sites[i]))
                fail_call(act, i, k, true, &f);
        }
    printf("# %s: %u places, %u calls, %u rounds with a failing call, %u "
           "bad\n",
           what, f.n_sites, f.n_calls, f.n_failed, f.n_bad);
    CHECK(f.n_bad == 0 && f.n_failed > 0);
    /* malloc() keeps some small ones for each size, and no more. */
    CHECK(state_now().memory < memory + MEMORY_KEPT);
}

/* Allocations have an order: all are made by this process. */
static void starve(const char *what, bool (*act)(void))
{
    unsigned n_failed = 0, n_bad = 0;
    char name[64];

    for (int persistent = 0; persistent < 2; persistent++)
        for (unsigned n = 1; n < 10000; n++) {
            snprintf(name, sizeof(name), "allocation %u", n);
            tw_fault_arm(n, persistent);
            bool good = round_good(act, name);
            if (!tw_fault_disarm())
                break;
            n_failed++;
            n_bad += !good;
        }
    printf("# %s: %u rounds with a failing allocation, %u bad\n", what,
           n_failed, n_bad);
    CHECK(n_bad == 0 && n_failed > 0);
}

static bool can_open(void)
{
    struct tw_jail *jail = kit_open();

    tw_jail_close(jail);
    return jail != NULL;
}

TEST(a_cold_run_survives_every_call_that_fails)
{
    if (can_open())
        walk("cold", cold, "", 80);
}

TEST(a_pair_survives_every_call_that_fails)
{
    if (can_open())
        walk("pair", pair, "jail_run.c", 80);
}

TEST(a_zygote_survives_every_call_that_fails)
{
    if (!can_open())
        return;
    walk("zygote", warm, "zygote.c", 80);
    walk("messages", warm, "jail_message.c", 80);
    walk("warm runs", warm, "jail_run.c", 80);
}

/* Both ends count: what the zygote calls, and what the run's processes do
 * until they are the program. */
TEST(calls_that_fail_inside_of_a_zygote_are_survived)
{
    unsigned n_rounds = 0, n_bad = 0, skip = every();
    bool good;
    struct tw_jail *jail = can_open() ? open_jail(&good) : NULL;
    char name[48];

    n_ours = 0;
    for (int n = 1; jail && n <= FAR_CALLS; n += (int)skip) {
        /* Those that died are made again, so that runs are warm. */
        (void)tw_jail_warm_up(jail, &tw_pyrun_warm, 1);
        snprintf(name, sizeof(name), "call %d of the zygote", n);
        tw_fault_far_arm(n);
        now_failing = name;
        alarm(LIMIT_S);
        good = python(jail, "def f(x): return x * 21\n", true);
        good &= python(jail, "def f(x): return x * 20\n", false);
        alarm(0);
        tw_fault_far_arm(0);
        n_rounds++;
        n_bad += !good;
        if (!good)
            printf("# %s: verdict FALSE\n", name);
    }
    printf("# in the zygote: %u rounds with a failing call, %u runs called "
           "harness, %u bad\n",
           n_rounds, n_ours, n_bad);
    CHECK(n_bad == 0 && (!jail || n_ours > 0));
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(memory_that_runs_out_is_an_error_and_no_verdict)
{
    if (!can_open())
        return;
    starve("cold", cold);
    starve("pair", pair);
    starve("warm", warm);
}

static void weak_walk(void *arg)
{
    (void)arg;
    weak = true;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    test_checks_failed = 0;
    walk("tier B", cold, "", 20);
    /* Where cleaning failed for good, a box stays: of this test's uids. */
    CHECK(system("find /tmp -maxdepth 1 -name 'tw-box-*' -uid +58963 "
                 "-uid -59028 -exec rm -rf {} + 2>/dev/null; true") == 0);
    fflush(stdout);
    _exit(test_checks_failed != 0);
}

TEST(tier_b_survives_every_call_that_fails)
{
    kit_alone();
    if (attack_env_can(ENV_ROOT_NOTHING))
        CHECK(attack_env_run(ENV_ROOT_NOTHING, weak_walk, NULL));
}

TEST_MAIN(setvbuf(stdout, NULL, _IOLBF, 0);
          RUN(a_cold_run_survives_every_call_that_fails);
          RUN(a_pair_survives_every_call_that_fails);
          RUN(a_zygote_survives_every_call_that_fails);
          RUN(calls_that_fail_inside_of_a_zygote_are_survived);
          RUN(memory_that_runs_out_is_an_error_and_no_verdict);
          RUN(tier_b_survives_every_call_that_fails);)
#endif
