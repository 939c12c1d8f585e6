/*
 * bench_jail.c - cost of the jail and of judging Python, one JSON line.
 *
 *     bench_jail [runs [limits [only]]]
 *
 * jail: /bin/true in all walls.  python: the interpreter and "pass", cold.
 * empty: a source without anything, in a fork of a zygote.  judged: a source
 * with a function, loaded and called twice, values compared outside.  asserts:
 * a function and an assert program of seven assertions, in two jails.  Of each
 * with 1, 2 and 4 workers: runs per second (wall time: needs an idle machine),
 * the CPU time that all processes took for one run (this one, spawner,
 * zygotes, reapers, programs: each has a jail that is opened before and closed
 * after, so that everything was waited for), and the part of it that the run
 * itself reports.  limits: so many runs that never end, each with a wall limit
 * of 50 ms; the worst time from limit to end.
 */
#include "python/pyassert.h"
#include "python/pyrun.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define N_WORKERS_MAX 4

enum what { JAIL, PYTHON, EMPTY, JUDGED, ASSERTS, N_WHAT };

static const char *const names[N_WHAT] = { "jail", "python", "empty", "judged",
                                           "asserts" };

struct worker {
    struct tw_jail *jail;
    enum what what;
    size_t n;
    double cpu_ms;
    int n_bad;
};

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double cpu_ms(int who)
{
    struct rusage ru;

    getrusage(who, &ru);
    return 1e3 * (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
           1e-3 * (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
}

static void run_program(struct worker *w)
{
    const char *none[] = { "/bin/true", NULL };
    const char *python[] = {
        tw_py_interpreter(), "-S", "-s", "-B", "-c", "pass", NULL
    };
    struct tw_jail_spec s = { .argv = w->what == JAIL ? none : python,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    w->n_bad +=
        tw_jail_run(w->jail, &s, &r, NULL) != TW_OK || r.end != TW_END_PASS;
    w->cpu_ms += r.cpu_ms;
    tw_jail_result_release(&r);
}

static void run_source(struct worker *w)
{
    static const char source[] = "def solve(a, b):\n    return a + b\n";
    const struct tw_pyval_tol exact = { 0, 0, false };
    const size_t n_calls = w->what == JUDGED ? 2 : 0;
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)16 << 20);
    struct tw_pyval *args[2] = { tw_pyval_int(&a, 40), tw_pyval_int(&a, 2) };
    const struct tw_py_call calls[2] = {
        { .function = "solve", .args = args, .n_args = 2 },
        { .function = "solve", .args = args, .n_args = 2 },
    };
    struct tw_py_job job = { .source = source,
                             .source_len = n_calls ? sizeof(source) - 1 : 0,
                             .calls = calls,
                             .n_calls = n_calls,
                             .limits = tw_jail_limits_default() };
    if (tw_py_run(w->jail, &job, &a, &report, NULL) != TW_OK ||
        report.load.outcome != TW_PY_VALUE) {
        w->n_bad++;
    } else {
        struct tw_pyval *want = tw_pyval_int(&a, 42);
        for (size_t i = 0; i < n_calls; i++)
            w->n_bad += report.calls[i].outcome != TW_PY_VALUE ||
                        !tw_pyval_equal(report.calls[i].value, want, exact);
        w->cpu_ms += report.jail.cpu_ms;
    }
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
}

static void run_asserts(struct worker *w)
{
    static const char source[] =
        "from typing import List\n"
        "def near(numbers: List[float], limit: float) -> bool:\n"
        "    for i, a in enumerate(numbers):\n"
        "        for j, b in enumerate(numbers):\n"
        "            if i != j and abs(a - b) < limit:\n"
        "                return True\n"
        "    return False\n";
    static const char tests[] =
        "def check(candidate):\n"
        "    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True\n"
        "    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.05) == False\n"
        "    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.95) == True\n"
        "    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.8) == False\n"
        "    assert candidate([1.0, 2.0, 3.0, 4.0, 5.0, 2.0], 0.1) == True\n"
        "    assert candidate([1.1, 2.2, 3.1, 4.1, 5.1], 1.0) == True\n"
        "    assert candidate([1.1, 2.2, 3.1, 4.1, 5.1], 0.5) == False\n";
    const struct tw_pyassert_job job = { .candidate = source,
                                         .candidate_len = sizeof(source) - 1,
                                         .tests = tests,
                                         .entry = "near",
                                         .limits = tw_jail_limits_default() };
    struct tw_pyassert_report report;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)1 << 20);
    w->n_bad += tw_pyassert_run(w->jail, &job, &a, &report, NULL) != TW_OK ||
                report.finding.end != TW_END_PASS || report.n_passed != 7;
    w->cpu_ms += report.finding.cpu_ms;
    tw_arena_release(&a);
}

static void *run_many(void *arg)
{
    struct worker *w = arg;

    for (size_t i = 0; i < w->n; i++)
        if (w->what == JAIL || w->what == PYTHON)
            run_program(w);
        else if (w->what == ASSERTS)
            run_asserts(w);
        else
            run_source(w);
    return NULL;
}

static int warm_up(struct tw_jail *jail, enum what what, unsigned n)
{
    if (what == EMPTY || what == JUDGED)
        return tw_jail_warm_up(jail, &tw_pyrun_warm, n) < n;
    if (what == ASSERTS)
        return tw_jail_warm_up(jail, &tw_pyassert_warm_candidate, n) < n ||
               tw_jail_warm_up(jail, &tw_pyassert_warm_tests, n) < n;
    return 0;
}

/* All CPU time since the jail was there, but for the start of zygotes: what a
 * jail costs that is warmed up and does nothing is taken off. */
static int measure(enum what what, size_t n_workers, size_t n, double *all_ms)
{
    struct worker w[N_WORKERS_MAX];
    pthread_t id[N_WORKERS_MAX];
    struct tw_jail *jail;
    double cpu = 0;
    int bad = 0;

    double children = cpu_ms(RUSAGE_CHILDREN);
    if (tw_jail_open(&jail, false, NULL) != TW_OK)
        return 1;
    bad |= warm_up(jail, what, (unsigned)n_workers);
    double self = cpu_ms(RUSAGE_SELF), start = now_s();
    for (size_t i = 0; i < n_workers; i++) {
        w[i] = (struct worker){ .jail = jail, .what = what, .n = n };
        bad |= pthread_create(&id[i], NULL, run_many, &w[i]);
    }
    for (size_t i = 0; i < n_workers && !bad; i++) {
        pthread_join(id[i], NULL);
        bad |= w[i].n_bad;
        cpu += w[i].cpu_ms;
    }
    double wall = now_s() - start;
    *all_ms = cpu_ms(RUSAGE_SELF) - self - children;
    tw_jail_close(jail);
    *all_ms += cpu_ms(RUSAGE_CHILDREN);
    if (n > 0)
        printf("\"%s_per_s_%zu\":%.1f,\"%s_run_cpu_ms_%zu\":%.2f,", names[what],
               n_workers, (double)(n * n_workers) / wall, names[what],
               n_workers, cpu / (double)(n * n_workers));
    return bad;
}

static int bench(enum what what, size_t n_workers, size_t n)
{
    double none, all;

    if (measure(what, n_workers, 0, &none) || measure(what, n_workers, n, &all))
        return 1;
    printf("\"%s_all_cpu_ms_%zu\":%.2f,", names[what], n_workers,
           (all - none) / (double)(n * n_workers));
    return 0;
}

/* Runs that never end: how long after its limit is the worst one over? */
static int bench_limits(size_t n)
{
    const char *spin[] = { tw_py_interpreter(),  "-S", "-s", "-B", "-c",
                           "while True: pass\n", NULL };
    struct tw_jail_spec s = { .argv = spin,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result r;
    struct tw_jail *jail;
    double worst = 0;
    int bad = 0;

    if (tw_jail_open(&jail, false, NULL) != TW_OK)
        return 1;
    s.limits.wall_s = 0.05;
    tw_jail_result_init(&r);
    for (size_t i = 0; i < n && !bad; i++) {
        bad =
            tw_jail_run(jail, &s, &r, NULL) != TW_OK || r.end != TW_END_TIMEOUT;
        if (r.wall_ms - 50 > worst)
            worst = r.wall_ms - 50;
    }
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    printf("\"limits\":%zu,\"worst_after_limit_ms\":%.1f,", n, worst);
    return bad;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    size_t n_limits = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    const char *only = argc > 3 ? argv[3] : NULL;
    int bad = n < 1 || n > 100000 || n_limits > 100000;

    if (bad) {
        fprintf(stderr, "usage: bench_jail [runs [limits [only]]]\n");
        return 2;
    }
    printf("{\"bench\":\"jail\",");
    for (int what = JAIL; what < N_WHAT && !bad; what++)
        for (size_t workers = 1; workers <= N_WORKERS_MAX && !bad; workers *= 2)
            if (!only || strcmp(only, names[what]) == 0)
                bad = bench((enum what)what, workers, n);
    if (!bad && n_limits)
        bad = bench_limits(n_limits);
    printf("\"runs\":%zu}\n", n);
    if (bad)
        fprintf(stderr, "cannot measure: no jail, no zygote, or a wrong run\n");
    return bad ? 3 : 0;
}
