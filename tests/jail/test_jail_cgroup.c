#define _GNU_SOURCE
#include "jail/jail_priv.h"

#include "warm_kit.h"

#include <dirent.h>
#include <stdio.h>
#include <time.h>

/* Control groups.  Where the host gives no controllers, what can be tried
 * without them: a group is made, the run is in it from its first process, it
 * ends with it and is removed. */

static struct tw_jail *group_open(void)
{
    const struct jail_options o = { .any_group = true };
    struct tw_jail *jail;

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (tw_jail_open_with(&jail, &o, NULL) != TW_OK) {
        test_skip("no jail here");
        return NULL;
    }
    if (jail->groups.on)
        return jail;
    test_skip("no control groups of version 2 that we may change");
    tw_jail_close(jail);
    return NULL;
}

/* Groups of runs that are there now. */
static size_t n_groups(const struct tw_jail *jail)
{
    size_t n = 0;
    DIR *dir = opendir(jail->groups.base);

    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;)
        n += strncmp(e->d_name, "run-", 4) == 0;
    if (dir)
        closedir(dir);
    return n;
}

static bool gone(const char *path)
{
    return access(path, F_OK) != 0;
}

TEST(the_tier_says_whether_memory_is_walled)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    CHECK(tw_jail_tier(jail) ==
          (jail->groups.limits ? TW_JAIL_TIER_A : TW_JAIL_TIER_A_MINUS));
    CHECK(jail->groups.on == jail->groups.limits);
    tw_jail_close(jail);
}

/* Processes in the one group that is there. */
static int n_members(const struct tw_jail *jail)
{
    char path[GROUP_PATH_MAX + 300];
    int n = 0;
    long pid;
    DIR *dir = opendir(jail->groups.base);

    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        snprintf(path, sizeof(path), "%s/%s/cgroup.procs", jail->groups.base,
                 e->d_name);
        FILE *f = strncmp(e->d_name, "run-", 4) ? NULL : fopen(path, "r");
        while (f && fscanf(f, "%ld", &pid) == 1)
            n++;
        if (f)
            fclose(f);
    }
    if (dir)
        closedir(dir);
    return n;
}

struct look {
    const struct tw_jail *jail;
    int n;
};

static void *look_soon(void *arg)
{
    const struct timespec t = { 0, 10000000 };
    struct look *l = arg;

    for (int i = 0; i < 200 && l->n < 3; i++) {
        int n = n_members(l->jail);
        l->n = n > l->n ? n : l->n;
        nanosleep(&t, NULL);
    }
    return NULL;
}

TEST(a_run_is_in_its_group_from_the_start_and_takes_it_along)
{
    struct tw_jail *jail = group_open();
    struct look look = { jail, 0 };
    struct tw_jail_result r;
    char base[GROUP_PATH_MAX];
    pthread_t id;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    memcpy(base, jail->groups.base, sizeof(base));
    CHECK(pthread_create(&id, NULL, look_soon, &look) == 0);
    kit_shell(jail, "sleep 60 & sleep 0.3", kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS);
    pthread_join(id, NULL);
    CHECK(look.n >= 3 && n_groups(jail) == 0); /* reaper, shell, sleep */
    for (int i = 0; i < 20; i++) {
        kit_shell(jail, "sleep 60 & grep ^0:: /proc/self/cgroup",
                  kit_limits(10), &r);
        CHECK(r.end == TW_END_PASS);
        CHECK(strcmp(tw_buf_text(&r.out), "0::/\n") == 0); /* sees no more */
        CHECK(n_groups(jail) == 0);
    }
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    CHECK(gone(base) && !kit_left());
}

TEST(a_group_ends_as_a_whole_at_the_limit)
{
    struct tw_jail *jail = group_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_python(jail,
               "import os\n"
               "for i in range(8):\n"
               "    if os.fork() == 0:\n"
               "        os.setsid()\n"
               "        while True: pass\n"
               "while True: pass\n",
               kit_limits(0.2), &r);
    CHECK(r.end == TW_END_TIMEOUT);
    CHECK(r.wall_ms < 3000 && n_groups(jail) == 0);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static void check_warm(struct tw_jail *jail, const char *source,
                       enum tw_end want, double wall_s)
{
    struct tw_py_job job = { .source = source,
                             .source_len = strlen(source),
                             .limits = kit_limits(wall_s) };
    struct tw_py_report report;
    struct tw_arena a;

    tw_arena_init(&a, (size_t)16 << 20);
    CHECK(tw_py_run(jail, &job, &a, &report, NULL) == TW_OK);
    if (report.jail.end != want)
        printf("# %s %s: %s\n", report.jail.cause, report.load.type,
               report.load.text);
    CHECK(report.jail.end == want);
    CHECK(want != TW_END_PASS || report.load.outcome == TW_PY_VALUE);
    CHECK(n_groups(jail) == 0);
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
}

TEST(warm_runs_have_groups_too)
{
    struct tw_jail *jail = group_open();

    if (!jail)
        return;
    if (!kit_warm_up(jail, 1)) {
        tw_jail_close(jail);
        return;
    }
    check_warm(jail,
               "assert '0::/\\n' in open('/proc/self/cgroup').read()\n"
               "import os\n"
               "if os.fork() == 0:\n"
               "    while True: pass\n",
               TW_END_PASS, 10);
    check_warm(jail, "while True: pass\n", TW_END_TIMEOUT, 0.2);
    CHECK(tw_jail_n_warm(jail) == 1);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(a_group_that_cannot_be_made_is_a_fault_of_ours)
{
    struct tw_jail *jail = group_open();
    struct tw_jail_result r;
    char base[GROUP_PATH_MAX];

    if (!jail)
        return;
    tw_jail_result_init(&r);
    memcpy(base, jail->groups.base, sizeof(base));
    snprintf(jail->groups.base, sizeof(jail->groups.base), "/nonexistent");
    kit_shell(jail, "true", kit_limits(10), &r);
    CHECK(r.end == TW_END_HARNESS);
    CHECK(strstr(r.cause, "control group"));
    memcpy(jail->groups.base, base, sizeof(base));
    kit_shell(jail, "true", kit_limits(10), &r);
    CHECK(r.end == TW_END_PASS);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

/* Only where there are controllers: the sum of memory, without a watch. */
TEST(the_kernel_ends_a_group_that_is_out_of_memory)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_limits l = kit_limits(10);
    struct tw_jail_result r;

    if (!jail)
        return;
    if (!jail->groups.limits) {
        test_skip("no controller for memory");
        tw_jail_close(jail);
        return;
    }
    l.mem_bytes = (size_t)64 << 20;
    l.wide_address = true;
    tw_jail_result_init(&r);
    kit_python(jail, "x = b'1' * (400 << 20)\n", l, &r);
    CHECK(r.end == TW_END_LIMIT && strstr(r.cause, "memory"));
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(the_tier_says_whether_memory_is_walled);
          RUN(a_run_is_in_its_group_from_the_start_and_takes_it_along);
          RUN(a_group_ends_as_a_whole_at_the_limit);
          RUN(warm_runs_have_groups_too);
          RUN(a_group_that_cannot_be_made_is_a_fault_of_ours);
          RUN(the_kernel_ends_a_group_that_is_out_of_memory);)
