/*
 * The attack suite: every program of tests/jail/attacks in the jail, in all
 * surroundings and ways to start it.  An attack must end with a verdict that
 * is right for it, gain nothing, and have come as far as its attempt; a forged
 * candidate must earn no right answer; an honest program must pass.
 *
 *     attack            a short round, for every build
 *     attack --all      every program everywhere
 *     attack --free     also outside of the jail, to see that they work
 *     attack NAME...    these only, with what they print
 */
#define _GNU_SOURCE
#include "attack_env.h"
#include "attack_free.h"
#include "jail_kit.h"

#include "python/pyassert.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define N_THREADS 4
#define TOKEN     "--token=" ATTACK_SECRET

enum mode {
    MODE_COLD,   /* the program itself */
    MODE_DRIVER, /* Python: as a source that the driver loads */
    MODE_WARM,   /* the same, forked from the zygote */
    MODE_ASSERT, /* candidates: judged by an assert program elsewhere */
    MODE_COUNT
};

static const char *const mode_names[] = { "program", "driver", "warm",
                                          "asserts" };

struct totals {
    atomic_uint runs, attacks, escapes, leaks, forged, wrong, unreached, late;
    atomic_uint controls, controls_good, exceptions;
    atomic_bool broken; /* the suite itself */
};

struct suite {
    struct attacks all;
    struct totals *totals; /* shared with the surroundings */
    char **names;          /* only these */
    size_t n_names;
    bool everything;
};

/* One surrounding, one way to start: worked off by threads. */
struct round {
    const struct suite *suite;
    const struct attack_host *host;
    struct tw_jail *jail;
    enum attack_env env;
    enum mode mode;
    unsigned step; /* every so-manieth attack */
    atomic_size_t next;
};

static struct tw_jail_limits limits_of(const struct attack *a)
{
    struct tw_jail_limits l = kit_limits(a->wall_s);

    l.cpu_s = a->cpu_s;
    l.mem_bytes = (size_t)128 << 20;
    l.disk_bytes = (size_t)8 << 20;
    l.out_bytes = (size_t)256 << 10;
    return l;
}

static void complain(const struct round *rd, const struct attack *a,
                     const struct tw_jail_result *r, const char *what)
{
    printf("# %s, %s: %s/%s %s: %s (%s) %.0f ms\n#   out '%.300s'\n"
           "#   err '%.300s'\n",
           attack_env_name(rd->env), mode_names[rd->mode], a->group, a->name,
           what, tw_end_name(r->end), r->cause, r->wall_ms,
           tw_buf_text(&r->out), tw_buf_text(&r->err));
}

static bool holds(const struct tw_buf *b, const char *word)
{
    return b->len && memmem(b->bytes, b->len, word, strlen(word)) != NULL;
}

static bool leaks(const struct tw_jail_result *r)
{
    const struct tw_buf *const bufs[] = { &r->out, &r->err, &r->record };
    static const char *const words[] = { "tw-secret", "root:", "TW_TOKEN" };

    for (size_t i = 0; i < TW_ARRAY_LEN(bufs); i++)
        for (size_t k = 0; k < TW_ARRAY_LEN(words); k++)
            if (holds(bufs[i], words[k]))
                return true;
    return false;
}

/* The driver catches what a source raises, and ends well. */
static bool verdict_right(const struct round *rd, const struct attack *a,
                          const struct tw_jail_result *r)
{
    const unsigned failed = 1u << TW_END_ERROR | 1u << TW_END_LIMIT;

    if (a->verdicts >> r->end & 1)
        return true;
    if (r->end == TW_END_PASS && rd->mode != MODE_COLD)
        return a->verdicts & failed;
    return r->end == TW_END_PASS && a->weak_got && attack_env_weak(rd->env);
}

static void judge_attack(struct round *rd, const struct attack *a,
                         const struct tw_jail_result *r)
{
    struct totals *t = rd->suite->totals;

    if (holds(&r->out, "GOT")) {
        if (a->weak_got && attack_env_weak(rd->env)) {
            atomic_fetch_add(&t->exceptions, 1);
        } else {
            atomic_fetch_add(&t->escapes, 1);
            complain(rd, a, r, "escapes");
        }
    }
    if (leaks(r)) {
        atomic_fetch_add(&t->leaks, 1);
        complain(rd, a, r, "leaks");
    }
    if (!verdict_right(rd, a, r)) {
        atomic_fetch_add(&t->wrong, 1);
        complain(rd, a, r, "has a wrong verdict");
    }
    if (!holds(&r->out, a->must)) {
        atomic_fetch_add(&t->unreached, 1);
        complain(rd, a, r, "does not reach its attempt");
    }
    if (r->wall_ms > 1e3 * a->wall_s + 2000) {
        atomic_fetch_add(&t->late, 1);
        complain(rd, a, r, "ends late");
    }
}

static void judge_control(struct round *rd, const struct attack *a,
                          const struct tw_jail_result *r)
{
    struct totals *t = rd->suite->totals;

    if (a->weak_fails && attack_env_weak(rd->env))
        return;
    atomic_fetch_add(&t->controls, 1);
    if ((a->verdicts >> r->end & 1) && holds(&r->out, a->must))
        atomic_fetch_add(&t->controls_good, 1);
    else
        complain(rd, a, r, "is honest and does not pass");
}

/* ---- programs ---- */

static void run_program(struct round *rd, const struct attack *a,
                        struct tw_jail_limits limits, struct tw_jail_result *r)
{
    const struct attacks *all = &rd->suite->all;
    struct tw_jail_file tool = { "tool", all->tool, all->n_tool };
    const char *argv[16] = { TW_JAIL_WORK "/tool" };
    struct tw_jail_spec s = { .argv = argv, .limits = limits };
    struct tw_buf text;
    char *rest = NULL;
    size_t n = 1;

    tw_buf_init(&text, 1 << 20);
    if (a->lang == ATTACK_PY)
        tw_buf_adds(&text, all->prelude);
    attack_host_fill(rd->host, &text, a->text);
    if (a->lang == ATTACK_PY) {
        kit_python(rd->jail, tw_buf_text(&text), limits, r);
    } else if (a->lang == ATTACK_SH) {
        kit_shell(rd->jail, tw_buf_text(&text), limits, r);
    } else {
        s.files = &tool;
        s.n_files = 1;
        for (char *w = strtok_r(text.bytes, " \n", &rest); w && n < 15;
             w = strtok_r(NULL, " \n", &rest))
            argv[n++] = w;
        if (tw_jail_run(rd->jail, &s, r, NULL) != TW_OK)
            atomic_store(&rd->suite->totals->broken, true);
    }
    tw_buf_release(&text);
}

static void run_source(struct round *rd, const struct attack *a,
                       struct tw_jail_limits limits, struct tw_jail_result *r)
{
    struct tw_py_report report;
    struct tw_arena arena;
    struct tw_buf text;

    tw_arena_init(&arena, (size_t)16 << 20);
    tw_buf_init(&text, 1 << 20);
    tw_buf_adds(&text, rd->suite->all.prelude);
    attack_host_fill(rd->host, &text, a->text);
    struct tw_py_job job = { .source = tw_buf_text(&text),
                             .source_len = text.len,
                             .limits = limits,
                             .cold = rd->mode == MODE_DRIVER };
    if (tw_py_run(rd->jail, &job, &arena, &report, NULL) != TW_OK)
        atomic_store(&rd->suite->totals->broken, true);
    *r = report.jail;
    tw_buf_release(&text);
    tw_arena_release(&arena);
}

/* A program may, on a busy machine, not have come to its attempt or its end: it
 * gets more time then. */
static void attack(struct round *rd, const struct attack *a)
{
    struct tw_jail_limits limits = limits_of(a);
    struct tw_jail_result r;

    for (int i = 0;; i++) {
        tw_jail_result_init(&r);
        if (rd->mode == MODE_COLD)
            run_program(rd, a, limits, &r);
        else
            run_source(rd, a, limits, &r);
        if (i == 2 || r.end != TW_END_TIMEOUT ||
            (holds(&r.out, a->must) && verdict_right(rd, a, &r)))
            break;
        limits.wall_s *= 4;
        limits.cpu_s *= 4;
        tw_jail_result_release(&r);
    }
    r.wall_ms -= 1e3 * (limits.wall_s - a->wall_s);
    if (getenv("TW_SLOW") && r.wall_ms > 600)
        printf("## %s %.0f\n", a->name, r.wall_ms);
    if (a->control)
        judge_control(rd, a, &r);
    else
        judge_attack(rd, a, &r);
    if (rd->suite->n_names)
        complain(rd, a, &r, "ran");
    tw_jail_result_release(&r);
}

/* ---- candidates ---- */

static bool right(const struct tw_py_result *r, struct tw_arena *a, int want)
{
    const struct tw_pyval_tol wide = { 1e-6, 1e-6, false };
    struct tw_pyval *w = tw_pyval_int(a, want);

    return r->outcome == TW_PY_VALUE && tw_pyval_equal(r->value, w, wide);
}

/* How many of the two answers are right. */
static int ask(struct round *rd, const struct attack *at,
               struct tw_py_report *report, struct tw_arena *a)
{
    struct tw_pyval *args[2][2] = {
        { tw_pyval_int(a, 7), tw_pyval_int(a, 35) },
        { tw_pyval_int(a, 1), tw_pyval_int(a, 2) },
    };
    const struct tw_py_call calls[] = {
        { .function = "solve", .args = args[0], .n_args = 2 },
        { .function = "solve", .args = args[1], .n_args = 2 },
    };
    struct tw_py_job job = { .source = at->text,
                             .source_len = strlen(at->text),
                             .calls = calls,
                             .n_calls = 2,
                             .limits = limits_of(at),
                             .cold = rd->mode == MODE_DRIVER };

    if (!at->control)
        job.limits.wall_s = 0.5;
    if (tw_py_run(rd->jail, &job, a, report, NULL) != TW_OK) {
        atomic_store(&rd->suite->totals->broken, true);
        return 0;
    }
    return right(&report->calls[0], a, 42) + right(&report->calls[1], a, 3);
}

/* The same question as an assert program, in a jail of its own. */
static int assert_of(struct round *rd, const struct attack *at,
                     struct tw_jail_result *shown, struct tw_arena *a)
{
    struct tw_pyassert_report report;
    struct tw_pyassert_job job = { .candidate = at->text,
                                   .candidate_len = strlen(at->text),
                                   .tests = "def check(f):\n"
                                            "    assert f(7, 35) == 42\n"
                                            "    assert f(1, 2) == 3\n",
                                   .entry = "solve",
                                   .limits = limits_of(at) };

    if (!at->control)
        job.limits.wall_s = 0.5;
    if (tw_pyassert_run(rd->jail, &job, a, &report, NULL) != TW_OK) {
        atomic_store(&rd->suite->totals->broken, true);
        return 0;
    }
    shown->end = report.finding.end;
    shown->wall_ms = report.finding.wall_ms;
    snprintf(shown->cause, sizeof(shown->cause), "%s: %.60s %.60s",
             tw_cause_name(report.finding.cause), report.finding.type,
             report.finding.text);
    return report.finding.end == TW_END_PASS ? 2 : 0;
}

static void candidate(struct round *rd, const struct attack *at)
{
    struct totals *t = rd->suite->totals;
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)64 << 20);
    tw_jail_result_init(&report.jail);
    int n = rd->mode == MODE_ASSERT ? assert_of(rd, at, &report.jail, &a)
                                    : ask(rd, at, &report, &a);
    if (at->control) {
        atomic_fetch_add(&t->controls, 1);
        atomic_fetch_add(&t->controls_good, n == 2);
        if (n != 2)
            complain(rd, at, &report.jail, "is honest and not accepted");
    } else if (n > 0) {
        atomic_fetch_add(&t->forged, 1);
        complain(rd, at, &report.jail, "is accepted");
    }
    if (report.jail.end == TW_END_HARNESS || report.jail.wall_ms > 5000) {
        atomic_fetch_add(&t->wrong, 1);
        complain(rd, at, &report.jail, "ends wrong");
    }
    if (rd->suite->n_names)
        complain(rd, at, &report.jail, "ran");
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
}

/* ---- rounds ---- */

static bool wanted(const struct round *rd, size_t i)
{
    const struct suite *s = rd->suite;
    const struct attack *a = &s->all.list[i];
    const bool source = a->lang == ATTACK_FORGED || a->lang == ATTACK_HONEST;

    if (source ? rd->mode == MODE_COLD
               : rd->mode == MODE_ASSERT ||
                     (rd->mode != MODE_COLD && a->lang != ATTACK_PY))
        return false;
    if (s->n_names == 0) {
        /* Honest ones more often than attacks. */
        unsigned step = !a->control ? rd->step : rd->step > 6 ? 4 : 1;
        return i % step == (unsigned)rd->env % step;
    }
    for (size_t k = 0; k < s->n_names; k++)
        if (strcmp(s->names[k], a->name) == 0)
            return true;
    return false;
}

static void *work(void *arg)
{
    struct round *rd = arg;
    const struct attacks *all = &rd->suite->all;

    for (size_t i; (i = atomic_fetch_add(&rd->next, 1)) < all->n;) {
        const struct attack *a = &all->list[i];
        if (!wanted(rd, i))
            continue;
        atomic_fetch_add(&rd->suite->totals->runs, 1);
        if (!a->control)
            atomic_fetch_add(&rd->suite->totals->attacks, 1);
        if (a->lang == ATTACK_FORGED || a->lang == ATTACK_HONEST)
            candidate(rd, a);
        else
            attack(rd, a);
    }
    return NULL;
}

static size_t count_mounts(void)
{
    char line[4096];
    size_t n = 0;
    FILE *f = fopen("/proc/self/mountinfo", "re");

    while (f && fgets(line, sizeof(line), f))
        n += strchr(line, '\n') != NULL;
    if (f)
        fclose(f);
    return n;
}

static void play(struct round *rd)
{
    pthread_t id[N_THREADS];
    size_t n = 0;

    for (; n < N_THREADS; n++)
        if (pthread_create(&id[n], NULL, work, rd))
            break;
    if (n == 0)
        atomic_store(&rd->suite->totals->broken, true);
    while (n)
        pthread_join(id[--n], NULL);
}

/* In the child that lives there. */
static void live(void *arg)
{
    struct round *rd = arg;
    struct totals *t = rd->suite->totals;
    struct attack_host host;
    struct tw_err err = { 0 };
    char what[160];

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    size_t mounts = count_mounts();
    if (!attack_host_open(&host)) {
        printf("# cannot set the host up\n");
        _exit(2);
    }
    rd->host = &host;
    if (tw_jail_open(&rd->jail, attack_env_weak(rd->env), &err) != TW_OK) {
        printf("# %s: SKIP no jail here: %s\n", attack_env_name(rd->env),
               err.msg);
        attack_host_close(&host);
        return;
    }
    if (attack_env_weak(rd->env) != (tw_jail_tier(rd->jail) == TW_JAIL_TIER_B))
        atomic_store(&t->broken, true);
    if (rd->mode == MODE_WARM &&
        !tw_jail_warm_up(rd->jail, &tw_pyrun_warm, N_THREADS)) {
        printf("# %s: no zygote here\n", attack_env_name(rd->env));
        tw_jail_close(rd->jail);
        attack_host_close(&host);
        return;
    }
    play(rd);
    if (rd->mode == MODE_WARM && !tw_jail_n_warm(rd->jail)) {
        printf("# %s: no zygote is left\n", attack_env_name(rd->env));
        atomic_store(&t->broken, true);
    }
    tw_jail_close(rd->jail);
    attack_host_check(&host, what, sizeof(what));
    if (what[0]) {
        printf("# %s, %s: reached%s\n", attack_env_name(rd->env),
               mode_names[rd->mode], what);
        atomic_fetch_add(&t->escapes, 1);
    }
    attack_host_close(&host);
    if (kit_left() || count_mounts() != mounts) {
        printf("# %s, %s: something is left\n", attack_env_name(rd->env),
               mode_names[rd->mode]);
        atomic_fetch_add(&t->escapes, 1);
    }
}

static void line(const char *name, const char *how, const struct totals *t)
{
    printf("# %s, %s: attacks %u, escapes %u, leaks %u, forged %u, controls "
           "%u/%u",
           name, how, t->attacks, t->escapes, t->leaks, t->forged,
           t->controls_good, t->controls);
    if (t->wrong || t->unreached || t->late)
        printf("; wrong verdicts %u, not reached %u, late %u", t->wrong,
               t->unreached, t->late);
    if (t->exceptions)
        printf("; named exceptions %u", t->exceptions);
    printf("\n");
}

static void add_up(struct totals *sum, const struct totals *t)
{
    sum->runs += t->runs;
    sum->attacks += t->attacks;
    sum->escapes += t->escapes;
    sum->leaks += t->leaks;
    sum->forged += t->forged;
    sum->wrong += t->wrong;
    sum->unreached += t->unreached;
    sum->late += t->late;
    sum->controls += t->controls;
    sum->controls_good += t->controls_good;
    sum->exceptions += t->exceptions;
    if (t->broken)
        sum->broken = true;
}

static bool clean(const struct totals *t)
{
    return !t->escapes && !t->leaks && !t->forged && !t->wrong &&
           !t->unreached && !t->late && !t->broken &&
           t->controls_good == t->controls;
}

static void report(const char *name, bool good)
{
    test_failed += !good;
    printf("%sok %d - %s\n", good ? "" : "not ", ++test_count, name);
}

/* One surrounding and way; what it found is added to sum. */
static void round_run(struct suite *s, struct totals *sum, enum attack_env env,
                      enum mode mode, unsigned step)
{
    struct round rd = { .suite = s, .env = env, .mode = mode, .step = step };
    char name[128];

    if (!attack_env_can(env))
        return;
    memset(s->totals, 0, sizeof(*s->totals));
    bool good = attack_env_run(env, live, &rd);
    line(attack_env_name(env), mode_names[mode], s->totals);
    add_up(sum, s->totals);
    const char *skip = "";
    if (!s->totals->attacks && !s->totals->controls)
        skip = " # SKIP it cannot be made here";
    snprintf(name, sizeof(name), "%s, %s%s", attack_env_name(env),
             mode_names[mode], skip);
    report(name, good && clean(s->totals));
}

/* ---- where tier A cannot be ---- */

static void refusal(void *arg)
{
    const enum attack_env env = *(const enum attack_env *)arg;
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    if (tw_jail_open(&jail, false, &err) == TW_OK) {
        printf("# a jail where there can be none\n");
        tw_jail_close(jail);
        _exit(1);
    }
    if (jail || !strstr(err.msg, attack_env_cause(env))) {
        printf("# does not say why: %s\n", err.msg);
        _exit(1);
    }
}

/* The program itself, by the descriptor: its folder may be out of reach. */
static int program_run(int fd, const char *option)
{
    int status = -1;
    char path[32], script[] = "/tmp/tw-script-XXXXXX";
    int file = mkstemp(script);

    if (file < 0 || write(file, "echo x\n", 7) != 7)
        return -1;
    close(file);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (dup2(null, 1) < 0 || dup2(null, 2) < 0)
            _exit(99);
        execl(path, "trialwright", "exec", script, "--lang", "sh", option,
              (char *)NULL);
        _exit(98);
    }
    waitpid(pid, &status, 0);
    unlink(script);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void exit_statuses(void *arg)
{
    int fd = *(const int *)arg;
    int strict = program_run(fd, NULL);
    int weak = program_run(fd, "--allow-weak-sandbox");

    if (strict != 3 || weak != 0)
        printf("# exit statuses %d and %d\n", strict, weak);
    _exit(strict == 3 && weak == 0 ? 0 : 1);
}

static void refusals(void)
{
    const char *program = getenv("TW_PROGRAM");
    int fd = program ? open(program, O_RDONLY) : -1;

    for (int e = 0; e < ENV_COUNT; e++) {
        enum attack_env env = (enum attack_env)e;
        if (!attack_env_weak(env) || !attack_env_can(env))
            continue;
        char name[160];
        snprintf(name, sizeof(name), "refused: %s", attack_env_name(env));
        report(name, attack_env_run(env, refusal, &env));
        if (fd < 0)
            continue;
        snprintf(name, sizeof(name), "exit status 3: %s", attack_env_name(env));
        report(name, attack_env_run(env, exit_statuses, &fd));
    }
    if (fd >= 0)
        close(fd);
}

/* ---- the whole ---- */

static void unhindered(struct suite *s)
{
    struct attack_host host;
    size_t n, n_worked;

    if (geteuid() != 0 || !attack_host_open(&host))
        return;
    n = attack_free_all(&s->all, &host, &n_worked);
    attack_host_close(&host);
    printf("# unhindered: %zu of %zu that are safe to try work\n", n_worked, n);
    report("attacks do what they mean to when nothing hinders them",
           n_worked == n);
}

/* How many of the forged candidates simple judges take for right: candidate
 * and asserts as one program, which has to end well, or to say so. */
static void naive(const struct suite *s)
{
    struct tw_jail *jail = kit_open();
    unsigned n = 0, n_exit = 0, n_print = 0;

    for (size_t i = 0; jail && i < s->all.n; i++) {
        const struct attack *a = &s->all.list[i];
        struct tw_jail_limits limits = limits_of(a);
        struct tw_jail_result r;
        struct tw_buf text;
        if (a->lang != ATTACK_FORGED)
            continue;
        limits.wall_s = 1;
        tw_buf_init(&text, 1 << 20);
        tw_buf_addf(&text,
                    "%s\nassert solve(7, 35) == 42\n"
                    "assert solve(1, 2) == 3\nprint('PASS')\n",
                    a->text);
        tw_jail_result_init(&r);
        kit_python(jail, tw_buf_text(&text), limits, &r);
        n++;
        n_exit += r.end == TW_END_PASS;
        n_print += holds(&r.out, "PASS");
        tw_jail_result_release(&r);
        tw_buf_release(&text);
    }
    tw_jail_close(jail);
    printf("# simple judges: of %u forged candidates, exit status 0 accepts "
           "%u, a printed PASS %u\n",
           n, n_exit, n_print);
}

/* In a short round, every so-manieth attack; 0: none. */
static void rounds(struct suite *s, struct totals *sum)
{
    static const unsigned steps[ENV_COUNT][MODE_COUNT] = {
        [ENV_ROOT] = { 2, 12, 3, 3 },
        [ENV_USER] = { 6, 24, 6, 12 },
        [ENV_ROOT_EPERM] = { 16, 0, 0, 0 },
        [ENV_ROOT_ENOSPC] = { 16, 0, 0, 0 },
        [ENV_USER_EPERM] = { 16, 32, 0, 32 },
        [ENV_USER_ENOSPC] = { 16, 0, 0, 0 },
        [ENV_ROOT_NOTHING] = { 16, 0, 0, 0 },
    };

    for (int e = 0; e < ENV_COUNT; e++)
        for (int m = 0; m < MODE_COUNT; m++) {
            enum attack_env env = (enum attack_env)e;
            bool whole = s->everything || s->n_names ||
                         (e == ENV_USER && geteuid() != 0);
            /* No user namespaces, no zygote. */
            if (whole && (m != MODE_WARM || e <= ENV_USER))
                round_run(s, sum, env, (enum mode)m, 1);
            else if (steps[e][m])
                round_run(s, sum, env, (enum mode)m, steps[e][m]);
        }
}

static void count(const struct attacks *all)
{
    size_t attacks = 0, forged = 0, controls = 0;

    for (size_t i = 0; i < all->n; i++) {
        forged += all->list[i].lang == ATTACK_FORGED;
        controls += all->list[i].control;
    }
    attacks = all->n - forged - controls;
    printf("# programs: %zu hostile, %zu forged candidates, %zu honest\n",
           attacks, forged, controls);
    printf("# what tier B may get, by docs/sandbox.md:");
    for (size_t i = 0; i < all->n; i++)
        if (all->list[i].weak_got)
            printf(" %s", all->list[i].name);
    printf("\n");
}

int main(int argc, char **argv)
{
    bool free_too = false;
    static struct suite s;
    static struct totals sum;

    /* The secret in the arguments, too. */
    if (argc < 2 || strcmp(argv[argc - 1], TOKEN) != 0) {
        char *again[64] = { NULL };
        for (int i = 0; i < argc && i < 60; i++)
            again[i] = argv[i];
        again[argc < 60 ? argc : 60] = (char[]){ TOKEN };
        execv("/proc/self/exe", again);
        return 2;
    }
    kit_alone();
    argc--;
    s.names = argv + 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0)
            s.everything = true;
        else if (strcmp(argv[i], "--free") == 0)
            free_too = true;
        else
            s.names[s.n_names++] = argv[i];
    }
    s.totals = mmap(NULL, sizeof(*s.totals), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s.totals == MAP_FAILED || !attacks_load(&s.all))
        return 2;
    count(&s.all);
    if (free_too) {
        unhindered(&s);
        naive(&s);
    }
    rounds(&s, &sum);
    if (s.n_names == 0)
        refusals();
    line("all", "all ways", &sum);
    attacks_release(&s.all);
    munmap(s.totals, sizeof(*s.totals));
    printf("1..%d\n", test_count);
    return test_failed != 0;
}
