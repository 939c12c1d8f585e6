/*
 * endure_jail - what only shows after many runs, one JSON line.
 *
 *     endure_jail [runs [kills [repeats]]]      10000 1000 100
 *
 * runs: a mix of programs, cold and warm, good and bad, by two workers; then
 * what is there more than before of processes, mounts, files in /tmp and
 * /dev/shm, control groups, System V objects, queues, descriptors ("left", all
 * have to be 0), and the memory of this process.  kills: runs that never end
 * by themselves; the time from their wall clock limit to the return.  repeats:
 * each of some programs so often; verdicts that differ from the first.  Exit
 * status 1 where something is left, a verdict changed or was wrong.
 */
#define _GNU_SOURCE
#include "python/pyrun.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_WORKERS 2
#define UID_FIRST 58900

/* A program, and how it has to end. */
struct program {
    const char *name;
    const char *shell, *python; /* one of the two */
    enum tw_end end;
    double wall_s;
    bool cold; /* for Python */
};

static const struct program programs[] = {
    { "true", "true", NULL, TW_END_PASS, 10, false },
    { "text", "echo out; echo err >&2", NULL, TW_END_PASS, 10, false },
    { "warm", NULL, "def f(x): return x * 21\n", TW_END_PASS, 10, false },
    { "cold", NULL, "def f(x): return x * 21\n", TW_END_PASS, 10, true },
    { "warm error", NULL, "def f(x): return x.y\n", TW_END_PASS, 10, false },
    { "warm exit", NULL, "import os\ndef f(x): os._exit(4)\n", TW_END_ERROR, 10,
      false },
    { "error", "exit 3", NULL, TW_END_ERROR, 10, false },
    { "signal", "kill -9 $$", NULL, TW_END_SIGNAL, 10, false },
    { "files", "for i in 1 2 3 4; do echo $i > f$i; done; cat f*", NULL,
      TW_END_PASS, 10, false },
    { "daemon", "setsid sleep 500 & true", NULL, TW_END_PASS, 10, false },
    { "sleep", "sleep 500", NULL, TW_END_TIMEOUT, 0.05, false },
    { "spin", "while :; do :; done", NULL, TW_END_TIMEOUT, 0.05, false },
    { "warm spin", NULL, "while True: pass\n", TW_END_TIMEOUT, 0.1, false },
    { "disk", "cat /dev/zero > f", NULL, TW_END_ERROR, 10, false },
    { "flood", "yes", NULL, TW_END_LIMIT, 10, false },
    { "forbidden", "unshare -r true || exit 7", NULL, TW_END_ERROR, 10, false },
};

/* Ends of its own have these none. */
static const struct program endless[] = {
    { "spin", "while :; do :; done", NULL, TW_END_TIMEOUT, 0.05, false },
    { "sleep", "sleep 500", NULL, TW_END_TIMEOUT, 0.05, false },
    { "fork", NULL,
      "import os\nwhile True:\n try: os.fork()\n except OSError: pass\n",
      TW_END_TIMEOUT, 0.1, false },
    { "memory", NULL,
      "import time\nx = bytearray(b'x') * (50 << 20)\nwhile True: x[5] = 1\n",
      TW_END_TIMEOUT, 0.1, false },
    { "children", "sleep 500 & sleep 500 & sleep 500 & wait", NULL,
      TW_END_TIMEOUT, 0.05, false },
    { "ignores", "trap '' TERM INT HUP XCPU; while :; do sleep 1; done", NULL,
      TW_END_TIMEOUT, 0.05, false },
};

struct outcome {
    enum tw_end end;
    int exit_code, signal;
    double wall_ms;
    char text[64]; /* of what came out */
};

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->end == b->end && a->exit_code == b->exit_code &&
           a->signal == b->signal && strcmp(a->text, b->text) == 0;
}

static void outcome_take(struct outcome *o, const struct tw_jail_result *r)
{
    o->end = r->end;
    o->exit_code = r->exit_code;
    o->signal = r->signal;
    o->wall_ms = r->wall_ms;
}

static struct tw_jail_limits limits_of(const struct program *p)
{
    struct tw_jail_limits l = tw_jail_limits_default();

    l.wall_s = p->wall_s;
    l.mem_bytes = (size_t)512 << 20;
    l.disk_bytes = (size_t)2 << 20;
    l.out_bytes = (size_t)64 << 10;
    return l;
}

static bool run_shell(struct tw_jail *jail, const struct program *p,
                      struct outcome *o)
{
    const char *argv[] = { "/bin/sh", "-c", p->shell, NULL };
    struct tw_jail_spec s = { .argv = argv, .limits = limits_of(p) };
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    bool good = tw_jail_run(jail, &s, &r, NULL) == TW_OK;
    outcome_take(o, &r);
    if (p->end == TW_END_PASS)
        snprintf(o->text, sizeof(o->text), "%s", tw_buf_text(&r.out));
    tw_jail_result_release(&r);
    return good;
}

static bool run_python(struct tw_jail *jail, const struct program *p,
                       struct outcome *o)
{
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, 1 << 20);
    struct tw_pyval *arg = tw_pyval_int(&a, 2);
    const struct tw_py_call call = { .function = "f",
                                     .args = &arg,
                                     .n_args = 1 };
    struct tw_py_job job = { .source = p->python,
                             .source_len = strlen(p->python),
                             .calls = &call,
                             .n_calls = 1,
                             .limits = limits_of(p),
                             .cold = p->cold };
    bool good = tw_py_run(jail, &job, &a, &report, NULL) == TW_OK;
    outcome_take(o, &report.jail);
    if (good)
        snprintf(o->text, sizeof(o->text), "%d %.40s",
                 (int)report.calls[0].outcome, report.calls[0].type);
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
    return good;
}

static bool run_one(struct tw_jail *jail, const struct program *p,
                    struct outcome *o)
{
    *o = (struct outcome){ 0 };
    return p->shell ? run_shell(jail, p, o) : run_python(jail, p, o);
}

/* ---- many runs ---- */

struct many {
    struct tw_jail *jail;
    size_t n;
    atomic_size_t next;
    atomic_uint n_wrong, n_harness;
};

static void *work(void *arg)
{
    struct many *m = arg;

    for (size_t i; (i = atomic_fetch_add(&m->next, 1)) < m->n;) {
        const struct program *p = &programs[i % TW_ARRAY_LEN(programs)];
        struct outcome o;
        bool good = run_one(m->jail, p, &o);
        atomic_fetch_add(&m->n_harness, o.end == TW_END_HARNESS);
        if (!good || o.end != p->end) {
            atomic_fetch_add(&m->n_wrong, 1);
            fprintf(stderr, "%s: %s\n", p->name, tw_end_name(o.end));
        }
    }
    return NULL;
}

static size_t count_lines(const char *path)
{
    char line[4096];
    size_t n = 0;
    FILE *f = fopen(path, "re");

    while (f && fgets(line, sizeof(line), f))
        n += strchr(line, '\n') != NULL;
    if (f)
        fclose(f);
    return n;
}

/* Entries below a folder, or with depth 0 in it; part: that hold this. */
static size_t count_entries(const char *path, const char *part, int depth)
{
    DIR *dir = opendir(path);
    size_t n = 0;
    char below[1024];

    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        struct stat st;
        snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
        /* Of the uids that are reserved for runs, or of such a name. */
        n += strstr(e->d_name, part) != NULL ||
             (lstat(below, &st) == 0 && st.st_uid >= UID_FIRST &&
              st.st_uid < UID_FIRST + 128);
        if (depth > 0 && e->d_type == DT_DIR)
            n += count_entries(below, part, depth - 1);
    }
    if (dir)
        closedir(dir);
    return n;
}

/* Below this process, which inherits every orphan of a run. */
static size_t count_children(void)
{
    char path[64], text[8192];
    size_t n = 0;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text));
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0; i < len; i++)
        n += text[i] == ' ';
    return n;
}

enum {
    LEFT_PROCESSES,
    LEFT_MOUNTS,
    LEFT_TMP,
    LEFT_SHM,
    LEFT_GROUPS,
    LEFT_SYSV,
    LEFT_QUEUES,
    LEFT_FDS,
    N_LEFT
};
static const char *const left_names[N_LEFT] = {
    "processes",      "mounts", "files_in_tmp", "files_in_shm",
    "control_groups", "sysv",   "queues",       "descriptors"
};

static void look(size_t now[N_LEFT])
{
    now[LEFT_PROCESSES] = count_children();
    now[LEFT_MOUNTS] = count_lines("/proc/self/mountinfo");
    now[LEFT_TMP] = count_entries("/tmp", "tw-", 0);
    now[LEFT_SHM] = count_entries("/dev/shm", "tw-", 0);
    now[LEFT_GROUPS] = count_entries("/sys/fs/cgroup", "tw", 6) +
                       count_entries("/sys/fs/cgroup", "trialwright", 6);
    now[LEFT_SYSV] = count_lines("/proc/sysvipc/shm") +
                     count_lines("/proc/sysvipc/sem") +
                     count_lines("/proc/sysvipc/msg");
    now[LEFT_QUEUES] = count_entries("/dev/mqueue", "", 0);
    now[LEFT_FDS] = count_entries("/proc/self/fd", "", 0);
}

static double rss_mib(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f && fscanf(f, "%lu %lu", &pages, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static void many_runs(struct tw_jail *jail, struct many *m, size_t n)
{
    pthread_t id[N_WORKERS];
    size_t k = 0;

    m->jail = jail;
    m->n = n;
    atomic_store(&m->next, 0);
    for (; k < N_WORKERS; k++)
        if (pthread_create(&id[k], NULL, work, m))
            break;
    while (k)
        pthread_join(id[--k], NULL);
}

/* What is there before: after some runs, when the jail has made its own. */
static int endure(size_t n)
{
    size_t before[N_LEFT], after[N_LEFT];
    struct many m = { 0 };
    struct tw_jail *jail;
    int bad = 0;

    look(before);
    if (tw_jail_open(&jail, false, NULL) != TW_OK)
        return 1;
    many_runs(jail, &m, n / 10);
    double rss = rss_mib();
    many_runs(jail, &m, n - n / 10);
    double rss_end = rss_mib();
    tw_jail_close(jail);
    look(after);
    printf("\"runs\":%zu,\"wrong\":%u,\"harness\":%u,\"left\":{", n, m.n_wrong,
           m.n_harness);
    for (int i = 0; i < N_LEFT; i++) {
        printf("%s\"%s\":%ld", i ? "," : "", left_names[i],
               (long)after[i] - (long)before[i]);
        bad |= after[i] != before[i];
    }
    printf("},\"rss_mib\":[%.1f,%.1f],", rss, rss_end);
    return bad || m.n_wrong || rss_end > rss + 8;
}

/* ---- ends ---- */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int kills(struct tw_jail *jail, size_t n)
{
    double *late = calloc(n, sizeof(*late));
    unsigned n_wrong = 0;

    for (size_t i = 0; late && i < n; i++) {
        const struct program *p = &endless[i % TW_ARRAY_LEN(endless)];
        struct outcome o;
        n_wrong += !run_one(jail, p, &o) || o.end != p->end;
        if (o.end != p->end)
            fprintf(stderr, "%s: %s\n", p->name, tw_end_name(o.end));
        late[i] = o.wall_ms - 1e3 * p->wall_s;
    }
    if (!late)
        return 1;
    qsort(late, n, sizeof(*late), by_value);
    printf("\"kills\":%zu,\"kills_wrong\":%u,\"late_ms\":{\"p50\":%.1f,"
           "\"p99\":%.1f,\"worst\":%.1f},",
           n, n_wrong, late[n / 2], late[n * 99 / 100], late[n - 1]);
    bool slow = late[n - 1] > 500;
    free(late);
    return n_wrong > 0 || slow;
}

static int repeats(struct tw_jail *jail, size_t n)
{
    unsigned n_changed = 0;

    for (size_t k = 0; k < TW_ARRAY_LEN(programs); k++) {
        struct outcome first, o;
        for (size_t i = 0; i < n; i++) {
            if (!run_one(jail, &programs[k], i ? &o : &first))
                n_changed++;
            else if (i && !same(&o, &first))
                n_changed++;
        }
    }
    printf("\"programs\":%zu,\"repeats\":%zu,\"changed\":%u",
           TW_ARRAY_LEN(programs), n, n_changed);
    return n_changed > 0;
}

static size_t number(int argc, char **argv, int i, size_t otherwise)
{
    size_t n = argc > i ? strtoul(argv[i], NULL, 10) : otherwise;

    return n < 10 ? 10 : n > 1000000 ? 1000000 : n;
}

int main(int argc, char **argv)
{
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (tw_jail_open(&jail, false, &err) != TW_OK) {
        fprintf(stderr, "cannot measure: %s\n", err.msg);
        return 3;
    }
    tw_jail_close(jail);
    printf("{\"bench\":\"endure_jail\",");
    int bad = endure(number(argc, argv, 1, 10000));
    if (tw_jail_open(&jail, false, &err) != TW_OK)
        return 3;
    (void)tw_jail_warm_up(jail, &tw_pyrun_warm, 1);
    bad |= kills(jail, number(argc, argv, 2, 1000));
    bad |= repeats(jail, number(argc, argv, 3, 100));
    printf("}\n");
    tw_jail_close(jail);
    return bad;
}
