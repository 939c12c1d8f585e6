/*
 * Candidates that want a pass of the judge of assert programs without the
 * work: those of attacks/proxy.txt, and some of attacks/forged.txt (all of
 * them with the argument --all).  None may pass; honest ones have to.
 */
#define _GNU_SOURCE
#include "python/pyassert.h"

#include "../jail/jail_kit.h"
#include "base/file.h"

#include <pthread.h>
#include <stdatomic.h>

#define N_THREADS  4
#define CANDIDATES 256
#define EVERY_SO   5

static const char tests[] = "def right(v, want):\n"
                            "    return v == want and type(v) in (int, float)\n"
                            "assert right(solve(7, 35), 42)\n"
                            "assert right(solve(1, 2), 3)\n";

struct candidate {
    char name[64], causes[64]; /* causes: the words after the name */
    char *text;                /* owned; after the prelude */
};

struct round {
    struct tw_jail *jail;
    struct candidate list[CANDIDATES];
    size_t n;
    double wall_s;
    bool honest; /* all have to pass; none otherwise */
    atomic_size_t next;
    atomic_uint n_wrong;
};

static void round_free(struct round *rd)
{
    for (size_t i = 0; i < rd->n; i++)
        free(rd->list[i].text);
    rd->n = 0;
}

/* The candidates of one file.  A section "prelude" comes before each. */
static void candidates_read(struct round *rd, const char *name)
{
    const char *source = getenv("TW_SOURCE");
    struct tw_buf b;
    char path[600];
    const char *prelude = "";
    size_t n_prelude = 0;

    snprintf(path, sizeof(path), "%s/tests/jail/attacks/%s",
             source ? source : ".", name);
    tw_buf_init(&b, (size_t)1 << 20);
    CHECK(tw_file_read(&b, path, NULL) == TW_OK);
    const char *at = strstr(tw_buf_text(&b), "\n### ");
    while (at && rd->n < CANDIDATES) {
        struct candidate *c = &rd->list[rd->n];
        *c = (struct candidate){ 0 };
        (void)sscanf(at, "\n### %63s %63[^\n]", c->name, c->causes);
        const char *text = strchr(at + 1, '\n');
        const char *end = strstr(at + 1, "\n### ");
        int n = (int)(end ? end - text : (long)strlen(text));
        at = end;
        if (strcmp(c->name, "prelude") == 0) {
            prelude = text;
            n_prelude = (size_t)n;
        } else if (asprintf(&c->text, "%.*s%.*s\n", (int)n_prelude, prelude, n,
                            text) > 0) {
            rd->n++;
        }
    }
    tw_buf_release(&b);
}

/* One word of "cause,cause". */
static bool among(const char *causes, const char *cause)
{
    size_t n = strlen(cause);

    for (const char *at = causes; (at = strstr(at, cause)); at++)
        if ((at == causes || at[-1] == ',') && (!at[n] || at[n] == ','))
            return true;
    return false;
}

static bool judged_well(struct round *rd, const struct candidate *c)
{
    struct tw_pyassert_job job = { .candidate = c->text,
                                   .candidate_len = strlen(c->text),
                                   .tests = tests,
                                   .entry = "solve",
                                   .limits = kit_limits(rd->wall_s) };
    struct tw_pyassert_report r;
    struct tw_err err = { 0 };
    struct tw_arena a;

    tw_arena_init(&a, (size_t)64 << 20);
    enum tw_status st = tw_pyassert_run(rd->jail, &job, &a, &r, &err);
    const char *cause = tw_cause_name(r.finding.cause);
    bool pass = r.finding.end == TW_END_PASS;
    /* On a busy host the clock may end any of them. */
    bool known = strcmp(c->causes, "forged") == 0 || rd->honest ||
                 among(c->causes, cause) || strcmp(cause, "timeout") == 0;
    bool good = st == TW_OK && pass == rd->honest && known &&
                r.finding.end != TW_END_HARNESS;
    if (!good)
        printf("# %s: %s %s, %s '%s' '%s', %zu of %zu\n", c->name, err.msg,
               tw_end_name(r.finding.end), cause, r.finding.type,
               r.finding.text, r.n_passed, r.n_asserts);
    tw_arena_release(&a);
    return good;
}

static void *work(void *arg)
{
    struct round *rd = arg;

    for (size_t i; (i = atomic_fetch_add(&rd->next, 1)) < rd->n;)
        if (!judged_well(rd, &rd->list[i]))
            atomic_fetch_add(&rd->n_wrong, 1);
    return NULL;
}

static void play(struct round *rd)
{
    pthread_t id[N_THREADS];
    size_t n = 0;

    rd->jail = kit_open();
    if (!rd->jail)
        return;
    while (n < N_THREADS && pthread_create(&id[n], NULL, work, rd) == 0)
        n++;
    CHECK(n > 0);
    while (n)
        pthread_join(id[--n], NULL);
    printf("# %zu candidates, %u judged wrong\n", rd->n, rd->n_wrong);
    CHECK(rd->n_wrong == 0);
    tw_jail_close(rd->jail);
    CHECK(!kit_left());
}

TEST(no_attack_on_the_proxy_passes)
{
    static struct round rd;

    rd.wall_s = 5;
    candidates_read(&rd, "proxy.txt");
    CHECK(rd.n >= 45);
    play(&rd);
    round_free(&rd);
}

static bool all_of_them;

TEST(no_forged_candidate_passes)
{
    static struct round rd;
    size_t n = 0;

    rd.wall_s = 1.5;
    candidates_read(&rd, "forged.txt");
    CHECK(rd.n >= 80);
    for (size_t i = 0; i < rd.n; i++)
        if (strcmp(rd.list[i].causes, "forged") == 0 &&
            (all_of_them || i % EVERY_SO == 0)) {
            struct candidate keep = rd.list[n];
            rd.list[n++] = rd.list[i];
            rd.list[i] = keep;
        }
    size_t n_all = rd.n;
    rd.n = n;
    play(&rd);
    rd.n = n_all;
    round_free(&rd);
}

TEST(honest_candidates_pass)
{
    static const char *const honest[] = {
        "def solve(a, b): return a + b\n",
        "def solve(a, b): print('noise' * 1000); return float(a + b)\n",
        "import math\nsolve = lambda *x: math.fsum(x)\n",
        ("class S:\n"
         "    def __call__(self, a, b): return a + b\n"
         "solve = S()\n"),
        ("import functools\n"
         "@functools.lru_cache\n"
         "def solve(a, b): return a + b\n"),
        ("import threading\n"
         "def solve(a, b):\n"
         "    r = []\n"
         "    t = threading.Thread(target=lambda: r.append(a + b))\n"
         "    t.start(); t.join()\n"
         "    return r[0]\n"),
        ("import subprocess, sys\n"
         "def solve(a, b):\n"
         "    return int(subprocess.run([sys.executable, '-S', '-c',\n"
         "        'print(%d + %d)' % (a, b)], capture_output=True).stdout)\n"),
        ("import os\n"
         "def solve(a, b):\n"
         "    r, w = os.pipe()\n"
         "    if os.fork() == 0:\n"
         "        os.write(w, b'%d' % (a + b)); os._exit(0)\n"
         "    os.wait(); return int(os.read(r, 99))\n"),
        ("import atexit, signal\n"
         "atexit.register(print, 'bye')\n"
         "signal.alarm(100)\n"
         "def solve(a, b): return a + b\n"),
        ("if __name__ == '__main__': 1 / 0\n"
         "def solve(a, b): return a + b\n"),
    };
    static struct round rd;

    rd.wall_s = 20;
    rd.honest = true;
    for (; rd.n < TW_ARRAY_LEN(honest); rd.n++) {
        rd.list[rd.n].text = strdup(honest[rd.n]);
        snprintf(rd.list[rd.n].name, sizeof(rd.list[rd.n].name), "honest %zu",
                 rd.n);
        if (!rd.list[rd.n].text)
            return;
    }
    play(&rd);
    round_free(&rd);
}

int main(int argc, char **argv)
{
    all_of_them = argc > 1 && strcmp(argv[1], "--all") == 0;
    RUN(no_attack_on_the_proxy_passes);
    RUN(no_forged_candidate_passes);
    RUN(honest_candidates_pass);
    printf("1..%d\n", test_count);
    return test_failed != 0;
}
