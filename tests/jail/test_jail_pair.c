#define _GNU_SOURCE
#include "jail_kit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

struct pair {
    const char *argv[2][7];
    struct tw_jail_spec s[2];
    struct tw_jail_result r[2];
};

static void pair_init(struct pair *p, const char *candidate, const char *tests)
{
    const char *const source[2] = { candidate, tests };

    memset(p, 0, sizeof(*p));
    for (int k = 0; k < 2; k++) {
        const char *const words[7] = {
            tw_py_interpreter(), "-S", "-s", "-B", "-c", source[k], NULL
        };
        memcpy(p->argv[k], words, sizeof(words));
        p->s[k].argv = p->argv[k];
        p->s[k].limits = kit_limits(10);
        tw_jail_result_init(&p->r[k]);
    }
}

static void pair_run(struct tw_jail *jail, struct pair *p)
{
    struct tw_err err = { 0 };
    enum tw_status st = tw_jail_run_pair(jail, p->s, p->r, &err);

    if (st != TW_OK)
        printf("# pair: %s\n", err.msg);
    CHECK(st == TW_OK);
}

static void pair_release(struct pair *p)
{
    tw_jail_result_release(&p->r[0]);
    tw_jail_result_release(&p->r[1]);
}

static bool is(const struct pair *p, int k, enum tw_end v, const char *cause)
{
    const struct tw_jail_result *r = &p->r[k];
    bool same = r->end == v && strstr(r->cause, cause);

    if (!same)
        printf("# run %d: %s (%s) '%.300s'\n", k, tw_end_name(r->end), r->cause,
               tw_buf_text(&r->err));
    return same;
}

static const char echo[] = "import socket\n"
                           "s = socket.socket(fileno=4)\n"
                           "while True:\n"
                           "    d = s.recv(100)\n"
                           "    if not d: break\n"
                           "    s.sendall(d.upper())\n";

static void check_talk(struct tw_jail *jail)
{
    struct pair p;

    pair_init(&p, echo,
              "import os\n"
              "os.write(4, b'question')\n"
              "os.write(3, os.read(4, 100))\n");
    pair_run(jail, &p);
    CHECK(is(&p, 1, TW_END_PASS, "exit status 0"));
    CHECK(is(&p, 0, TW_END_PASS, ""));
    CHECK(strcmp(tw_buf_text(&p.r[1].record), "QUESTION") == 0);
    CHECK(p.r[0].record.len == 0);
    CHECK(p.r[0].wall_ms > 1 && p.r[1].wall_ms > 1);
    pair_release(&p);
}

TEST(two_runs_talk_over_descriptor_four)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    check_talk(jail);
    tw_jail_close(jail);
}

TEST(the_candidate_is_ended_with_its_tests)
{
    struct tw_jail *jail = kit_open();
    struct pair p;

    if (!jail)
        return;
    pair_init(&p, "import time\nwhile True: time.sleep(1)\n", "print('done')");
    pair_run(jail, &p);
    CHECK(is(&p, 0, TW_END_PASS, "ended with its tests"));
    CHECK(p.r[0].exit_code == -1 && p.r[0].signal == 0);
    CHECK(is(&p, 1, TW_END_PASS, "exit status 0"));
    CHECK(p.r[0].wall_ms < 8000);
    pair_release(&p);
    CHECK(!kit_left() || waitpid(-1, NULL, WNOHANG | __WALL) == 0);
    tw_jail_close(jail);
    CHECK(!kit_left());
}

TEST(the_tests_read_the_end_when_the_candidate_is_gone)
{
    struct tw_jail *jail = kit_open();
    struct pair p;

    if (!jail)
        return;
    /* A child that keeps the socket does not keep the tests waiting. */
    pair_init(&p,
              "import os, time\n"
              "if os.fork() == 0: time.sleep(60)\n"
              "os._exit(7)\n",
              "import os\n"
              "d = os.read(4, 10)\n"
              "print('end' if d == b'' else d)\n");
    pair_run(jail, &p);
    CHECK(is(&p, 0, TW_END_ERROR, "exit status 7"));
    CHECK(is(&p, 1, TW_END_PASS, "exit status 0"));
    CHECK(strcmp(tw_buf_text(&p.r[1].out), "end\n") == 0);
    pair_release(&p);
    tw_jail_close(jail);
}

TEST(each_run_has_limits_and_a_world_of_its_own)
{
    struct tw_jail *jail = kit_open();
    struct pair p;

    if (!jail)
        return;
    pair_init(&p,
              "import os\n"
              "open('mine', 'w').write('x')\n"
              "os.write(4, b'made')\n"
              "while True: pass\n",
              "import os\n"
              "os.read(4, 10)\n"
              "print(os.listdir('.'), os.listdir('/proc/self/fd'),\n"
              "      [d for d in os.listdir('/proc') if d.isdigit()])\n"
              "os.read(4, 10)\n");
    p.s[0].limits.wall_s = 0.3;
    pair_run(jail, &p);
    CHECK(is(&p, 0, TW_END_TIMEOUT, "wall clock limit of 0.3 s"));
    CHECK(is(&p, 1, TW_END_PASS, "exit status 0"));
    /* 5 is the listing itself; of processes it sees itself alone. */
    CHECK(strstr(tw_buf_text(&p.r[1].out), "[] ['0', '1', '2', '3', '4', '5'] "
                                           "['2']"));
    pair_release(&p);
    pair_init(&p, "while True: pass", "while True: pass");
    p.s[1].limits.wall_s = 0.2;
    pair_run(jail, &p);
    CHECK(is(&p, 0, TW_END_PASS, "ended with its tests"));
    CHECK(is(&p, 1, TW_END_TIMEOUT, "wall clock limit of 0.2 s"));
    pair_release(&p);
    tw_jail_close(jail);
}

TEST(a_lonely_run_has_no_descriptor_four)
{
    struct tw_jail *jail = kit_open();
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    kit_python(jail,
               "import os\n"
               "try: os.fstat(4)\n"
               "except OSError: print('none')\n",
               kit_limits(10), &r);
    CHECK(strcmp(tw_buf_text(&r.out), "none\n") == 0);
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

TEST(a_pair_with_a_wrong_spec_is_refused)
{
    struct tw_jail *jail = kit_open();
    struct tw_err err = { 0 };
    struct pair p;

    if (!jail)
        return;
    pair_init(&p, "pass", "pass");
    p.s[1].limits.wall_s = -1;
    CHECK(tw_jail_run_pair(jail, p.s, p.r, &err) == TW_EINVAL);
    p.s[1].limits.wall_s = 10;
    p.s[0].lib_folder = "relative";
    CHECK(tw_jail_run_pair(jail, p.s, p.r, &err) == TW_EINVAL);
    pair_release(&p);
    tw_jail_close(jail);
}

/* The folder, open to all, with one file. */
static bool lib_make(char folder[40])
{
    char path[64];

    snprintf(folder, 40, "/tmp/tw-lib-XXXXXX");
    if (!mkdtemp(folder) || chmod(folder, 0755))
        return false;
    snprintf(path, sizeof(path), "%s/tool", folder);
    FILE *f = fopen(path, "w");
    if (!f)
        return false;
    fputs("#!/bin/sh\necho from lib\n", f);
    return fclose(f) == 0 && chmod(path, 0755) == 0;
}

static void lib_remove(const char *folder)
{
    char path[64];

    snprintf(path, sizeof(path), "%s/tool", folder);
    CHECK(unlink(path) == 0); /* nothing else is in it */
    CHECK(rmdir(folder) == 0);
}

TEST(a_library_folder_is_seen_and_cannot_be_changed)
{
    struct tw_jail *jail = kit_open();
    const char *argv[] = { "/bin/sh", "-c",
                           "/box/lib/tool; ../lib/tool; ls /box/lib;"
                           "(echo x > /box/lib/new) 2>/dev/null && echo wrote;"
                           "rm -f /box/lib/tool 2>/dev/null && echo removed;"
                           "chmod 777 /box/lib 2>/dev/null && echo changed;"
                           "true",
                           NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result r;
    char folder[40];

    if (!jail)
        return;
    tw_jail_result_init(&r);
    CHECK(lib_make(folder));
    s.lib_folder = folder;
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(r.end == TW_END_PASS);
    CHECK(strcmp(tw_buf_text(&r.out), "from lib\nfrom lib\ntool\n") == 0);
    s.lib_folder = "/nonexistent/folder";
    CHECK(tw_jail_run(jail, &s, &r, NULL) == TW_OK);
    CHECK(r.end == TW_END_HARNESS);
    CHECK(strstr(r.cause, "bind the library folder"));
    tw_jail_result_release(&r);
    lib_remove(folder);
    tw_jail_close(jail);
}

TEST(wide_addresses_are_bounded_by_what_is_touched)
{
    static const char reserve[] =
        "import mmap\n"
        "m = mmap.mmap(-1, 4 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "print('reserved', flush=True)\n"
        "for i in range(0, 4 << 30, 4096): m[i] = 1\n";
    struct tw_jail *jail = kit_open();
    struct tw_jail_limits l = kit_limits(10);
    struct tw_jail_result r;

    if (!jail)
        return;
    tw_jail_result_init(&r);
    l.mem_bytes = (size_t)64 << 20;
    kit_python(jail, reserve, l, &r);
    CHECK(r.out.len == 0 && r.end != TW_END_PASS);
    l.wide_address = true;
    kit_python(jail, reserve, l, &r);
    CHECK(strcmp(tw_buf_text(&r.out), "reserved\n") == 0);
    CHECK(r.end == TW_END_LIMIT);
    CHECK(strstr(r.cause, "memory limit of 64 MiB"));
    tw_jail_result_release(&r);
    tw_jail_close(jail);
}

static void ordinary(void)
{
    struct tw_jail *jail = kit_open();

    if (!jail)
        return;
    check_talk(jail);
    tw_jail_close(jail);
}

TEST(an_ordinary_user_can_run_pairs)
{
    if (geteuid() == 0)
        kit_as_ordinary(ordinary);
}

TEST_MAIN(RUN(two_runs_talk_over_descriptor_four);
          RUN(the_candidate_is_ended_with_its_tests);
          RUN(the_tests_read_the_end_when_the_candidate_is_gone);
          RUN(each_run_has_limits_and_a_world_of_its_own);
          RUN(a_lonely_run_has_no_descriptor_four);
          RUN(a_pair_with_a_wrong_spec_is_refused);
          RUN(a_library_folder_is_seen_and_cannot_be_changed);
          RUN(wide_addresses_are_bounded_by_what_is_touched);
          RUN(an_ordinary_user_can_run_pairs);)
