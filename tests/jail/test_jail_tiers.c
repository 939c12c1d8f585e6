/*
 * What happens where the host gives less: in a user namespace of our own,
 * whose limit for further ones is 0, root has to do without them, and an
 * ordinary user is refused, or gets tier B if he asks for it.
 */
#define _GNU_SOURCE
#include "jail_kit.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool good =
        fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* In the child: become uid of a host that has no user namespaces. */
static void live_there(int to, int from, uid_t uid, void (*checks)(void))
{
    char go;

    if (unshare(CLONE_NEWUSER) || write(to, "u", 1) != 1 ||
        read(from, &go, 1) != 1 || setgid(0) || setuid(0) ||
        !put("/proc/sys/user/max_user_namespaces", "0") || setgid(uid) ||
        setuid(uid))
        _exit(99);
    test_checks_failed = 0;
    checks();
    fflush(stdout);
    _exit(test_checks_failed != 0);
}

static void without_namespaces(uid_t uid, void (*checks)(void))
{
    int up[2], down[2], status = -1;
    char path[64], ready;

    if (geteuid() != 0) {
        test_skip("needs root to set up");
        return;
    }
    fflush(stdout);
    CHECK(pipe(up) == 0 && pipe(down) == 0);
    pid_t pid = fork();
    if (pid == 0)
        live_there(up[1], down[0], uid, checks);
    close(up[1]);
    bool made = read(up[0], &ready, 1) == 1;
    snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
    made = made && put(path, "0 0 65536");
    snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
    made = made && put(path, "0 0 65536");
    if (made)
        CHECK(write(down[1], "g", 1) == 1);
    close(down[1]);
    waitpid(pid, &status, 0);
    close(up[0]);
    close(down[0]);
    if (made)
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    else
        test_skip("cannot make a user namespace here");
}

static void check_run(struct tw_jail *jail, const char *source, double wall_s,
                      enum tw_end want, const char *out)
{
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    kit_shell(jail, source, kit_limits(wall_s), &r);
    if (r.end != want || !strstr(tw_buf_text(&r.out), out)) {
        printf("# '%s': %s (%s) '%s' '%s'\n", source, tw_end_name(r.end),
               r.cause, tw_buf_text(&r.out), tw_buf_text(&r.err));
        test_checks_failed++;
    }
    if (tw_jail_tier(jail) == TW_JAIL_TIER_B)
        CHECK(strstr(r.cause, "weak sandbox (tier B)") != NULL);
    tw_jail_result_release(&r);
}

static void lib_checks(struct tw_jail *jail)
{
    const char *argv[] = { "/bin/sh", "-c",
                           "cat ../lib/header; (echo x > ../lib/header) "
                           "2>/dev/null || echo kept",
                           NULL };
    char folder[] = "/tmp/tw-lib-XXXXXX", path[64];
    struct tw_jail_spec s = { .argv = argv,
                              .lib_folder = folder,
                              .limits = kit_limits(10) };
    struct tw_jail_result r;

    CHECK(mkdtemp(folder) && chmod(folder, 0755) == 0);
    snprintf(path, sizeof(path), "%s/header", folder);
    FILE *f = fopen(path, "w");
    CHECK(f && fputs("of ours\n", f) >= 0 && fclose(f) == 0);
    CHECK(chmod(path, 0666) == 0); /* the walls hold, not the mode */
    tw_jail_result_init(&r);
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(strcmp(tw_buf_text(&r.out), "of ours\nkept\n") == 0);
    tw_jail_result_release(&r);
    CHECK(unlink(path) == 0 && rmdir(folder) == 0);
}

static void common_checks(struct tw_jail *jail)
{
    const struct tw_py_call call = { .expr = "f(2)" };
    const char *source = "def f(x): return [x] * 2\n";
    struct tw_py_job job = { .source = source,
                             .source_len = strlen(source),
                             .calls = &call,
                             .n_calls = 1,
                             .limits = kit_limits(10) };
    struct tw_py_report report;
    struct tw_arena a;

    check_run(jail, "echo hello > f; cat f; echo $((1+1)) > $TMPDIR/g", 10,
              TW_END_PASS, "hello");
    check_run(jail, "exit 4", 10, TW_END_ERROR, "");
    lib_checks(jail);
    check_run(jail, "echo a; cat /etc/shadow && echo root", 10, TW_END_ERROR,
              "a");
    check_run(jail, "echo a; echo x > /usr/x", 10, TW_END_ERROR, "a");
    check_run(jail, "sleep 50 & setsid sleep 50 & echo a", 10, TW_END_PASS,
              "a");
    check_run(jail, "sleep 50", 0.2, TW_END_TIMEOUT, "");
    check_run(jail, "f() { f | f & f; }; f", 5, TW_END_LIMIT, "");
    check_run(jail,
              "exec /usr/bin/python3 -S -c 'import os\n"
              "while True:\n  try: os.fork()\n  except OSError: pass'",
              0.3, TW_END_TIMEOUT, "");
    tw_arena_init(&a, 1 << 20);
    CHECK(tw_py_run(jail, &job, &a, &report, NULL) == TW_OK);
    CHECK(report.calls[0].outcome == TW_PY_VALUE);
    tw_jail_result_release(&report.jail);
    tw_arena_release(&a);
}

static void root_checks(void)
{
    struct tw_jail *jail = kit_open();

    CHECK(jail != NULL);
    if (!jail)
        return;
    CHECK(tw_jail_tier(jail) != TW_JAIL_TIER_B);
    common_checks(jail);
    check_run(jail, "grep -c 'Cap.*:.0000000000000000' /proc/self/status", 10,
              TW_END_PASS, "5");
    check_run(jail, "ls /; touch /x", 10, TW_END_ERROR, "box");
    tw_jail_close(jail);
    CHECK(!kit_left());
}

static void refused_checks(void)
{
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    CHECK(tw_jail_open(&jail, false, &err) == TW_EIO && jail == NULL);
    CHECK(strstr(err.msg, "user.max_user_namespaces") != NULL);
}

static void weak_checks(void)
{
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    enum tw_status st = tw_jail_open(&jail, true, &err);
    if (st != TW_OK) {
        test_skip("no tier B here: %s", err.msg);
        return;
    }
    CHECK(tw_jail_tier(jail) == TW_JAIL_TIER_B);
    common_checks(jail);
    check_run(jail, "ls / || ls /tmp || ls /proc || echo shut", 10, TW_END_PASS,
              "shut");
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(root_can_isolate_without_user_namespaces)
{
    without_namespaces(0, root_checks);
}

TEST(an_ordinary_user_without_them_is_refused_and_told_why)
{
    without_namespaces(1234, refused_checks);
}

TEST(the_weak_tier_has_to_be_asked_for_and_shows)
{
    without_namespaces(1234, weak_checks);
}

TEST_MAIN(kit_alone(); RUN(root_can_isolate_without_user_namespaces);
          RUN(an_ordinary_user_without_them_is_refused_and_told_why);
          RUN(the_weak_tier_has_to_be_asked_for_and_shows);)
