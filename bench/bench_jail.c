/*
 * bench_jail - cost of the jail and of judging Python, one JSON line.
 *
 *     bench_jail [runs]
 *
 * jail: /bin/true in all walls.  python: the interpreter and "pass", cold.
 * judged: a source with a function, loaded and called twice, values compared
 * outside; scripts per second with 1 and 2 workers (wall time: needs an idle
 * machine; the CPU times per run do not).
 */
#include "sandbox/pyrun.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void print_times(const char *name, double *cpu, double *wall, size_t n)
{
    qsort(cpu, n, sizeof(*cpu), by_size);
    qsort(wall, n, sizeof(*wall), by_size);
    printf("\"%s_cpu_ms\":%.2f,\"%s_wall_ms\":%.2f,\"%s_wall_best_ms\":%.2f,",
           name, cpu[n / 2], name, wall[n / 2], name, wall[0]);
}

static int bench_program(struct tw_jail *jail, const char *name,
                         const char *const *argv, size_t n)
{
    double *cpu = calloc(n, sizeof(*cpu)), *wall = calloc(n, sizeof(*wall));
    struct tw_jail_spec s = { .argv = argv,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result r;
    int bad = !cpu || !wall;

    tw_jail_result_init(&r);
    for (size_t i = 0; i < n && !bad; i++) {
        bad = tw_jail_run(jail, &s, &r, NULL) != TW_OK ||
              r.verdict != TW_VERDICT_PASS;
        cpu[i] = r.cpu_ms;
        wall[i] = r.wall_ms;
    }
    tw_jail_result_release(&r);
    if (!bad)
        print_times(name, cpu, wall, n);
    free(cpu);
    free(wall);
    return bad;
}

struct worker {
    struct tw_jail *jail;
    size_t n;
    double cpu_ms;
    int n_bad;
};

static void judge_one(struct worker *w)
{
    static const char source[] = "def solve(a, b):\n    return a + b\n";
    const struct tw_pyval_tol exact = { 0, 0, false };
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)16 << 20);
    struct tw_pyval *args[2] = { tw_pyval_int(&a, 40), tw_pyval_int(&a, 2) };
    const struct tw_py_call calls[2] = {
        { .function = "solve", .args = args, .n_args = 2 },
        { .function = "solve", .args = args, .n_args = 2 },
    };
    struct tw_py_job job = { .source = source,
                             .source_len = sizeof(source) - 1,
                             .calls = calls,
                             .n_calls = 2,
                             .limits = tw_jail_limits_default() };
    if (tw_py_run(w->jail, &job, &a, &report, NULL) != TW_OK) {
        w->n_bad++;
    } else {
        struct tw_pyval *want = tw_pyval_int(&a, 42);
        for (int i = 0; i < 2; i++)
            w->n_bad += report.calls[i].outcome != TW_PY_VALUE ||
                        !tw_pyval_equal(report.calls[i].value, want, exact);
        w->cpu_ms += report.jail.cpu_ms;
    }
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
}

static void *judge_many(void *arg)
{
    struct worker *w = arg;

    for (size_t i = 0; i < w->n; i++)
        judge_one(w);
    return NULL;
}

static int bench_judge(struct tw_jail *jail, size_t n_workers, size_t n)
{
    struct worker w[2];
    pthread_t id[2];
    double start = now_s(), cpu = 0;
    int bad = 0;

    for (size_t i = 0; i < n_workers; i++) {
        w[i] = (struct worker){ .jail = jail, .n = n };
        bad |= pthread_create(&id[i], NULL, judge_many, &w[i]);
    }
    for (size_t i = 0; i < n_workers && !bad; i++) {
        pthread_join(id[i], NULL);
        bad |= w[i].n_bad;
        cpu += w[i].cpu_ms;
    }
    printf("\"judged_per_s_%zu\":%.1f,\"judged_cpu_ms_%zu\":%.2f%s", n_workers,
           (double)(n * n_workers) / (now_s() - start), n_workers,
           cpu / (double)(n * n_workers), n_workers == 1 ? "," : "");
    return bad;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    const char *none[] = { "/bin/true", NULL };
    const char *python[] = {
        tw_py_interpreter(), "-S", "-s", "-B", "-c", "pass", NULL
    };
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    if (n < 1 || n > 100000 || tw_jail_open(&jail, false, &err) != TW_OK) {
        fprintf(stderr, "cannot measure: %s\n", err.msg);
        return 3;
    }
    printf("{\"bench\":\"jail\",\"runs\":%zu,", n);
    int bad = bench_program(jail, "jail", none, n) ||
              bench_program(jail, "python", python, n) ||
              bench_judge(jail, 1, n) || bench_judge(jail, 2, n);
    printf("}\n");
    tw_jail_close(jail);
    return bad;
}
