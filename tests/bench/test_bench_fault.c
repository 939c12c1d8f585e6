/*
 * test_bench_fault.c - every allocation and read of the loaders fails once:
 * a status, nothing kept.
 *
 * The texts have no escapes: jansson 2.14 loses bytes of a string when memory
 * runs out in there, and then stops at half an escape by an assertion.
 */
#include "../tasks/bench_file.h"
#include "base/fault.h"
#include "test.h"

#include <sys/stat.h>

static struct tw_taskset own;

#define TASK                                                            \
    "{\"task_id\": \"HumanEval/0\", \"prompt\": \"def one(x):\", "      \
    "\"entry_point\": \"one\", \"canonical_solution\": \" return x\", " \
    "\"test\": \"def check(f): assert f(1)\"}\n"

/* Walks through all failures of a load; the number of them. */
static unsigned fail_tasks(const char *path)
{
    for (unsigned n = 1; n < 2000; n++) {
        struct tw_taskset set;
        struct tw_err err = { 0 };

        tw_fault_arm(n, n % 2);
        enum tw_status st = tw_taskset_load(&set, path, NULL, &err);
        if (!tw_fault_disarm()) {
            CHECK(st == TW_OK);
            tw_taskset_release(&set);
            return n - 1;
        }
        /* A file that could not be looked at may be taken for another. */
        CHECK(st != TW_OK && err.msg[0] && set.n == 0);
        if (st == TW_OK)
            tw_taskset_release(&set);
    }
    return 0;
}

static unsigned fail_samples(const char *path, const char *prompts)
{
    for (unsigned n = 1; n < 2000; n++) {
        struct tw_samples samples;
        struct tw_err err = { 0 };

        tw_fault_arm(n, n % 2);
        enum tw_status st =
            tw_samples_load(&samples, path, prompts, &own, &err);
        if (!tw_fault_disarm()) {
            CHECK(st == TW_OK);
            tw_samples_release(&samples);
            return n - 1;
        }
        CHECK(st != TW_OK && err.msg[0] && samples.n == 0);
        if (st == TW_OK)
            tw_samples_release(&samples);
    }
    return 0;
}

TEST(task_sets_survive_every_failure)
{
    static const char plus[] =
        "{\"task_id\": \"HumanEval/2\", \"prompt\": \"def f(x):\", "
        "\"entry_point\": \"f\", \"canonical_solution\": \"    return x\", "
        "\"base_input\": [[1]], \"plus_input\": [[2]], \"atol\": 0}\n";
    unsigned n;

    CHECK(put_file("tasks.json", TASK));
    n = fail_tasks("tasks.json");
    CHECK(n > 5);
    printf("# %u failures\n", n);
    CHECK(put_file("tasks.json", plus));
    CHECK(fail_tasks("tasks.json") > 5);
    (void)unlink("tasks.json");
    CHECK(mkdir("set", 0700) == 0 && mkdir("set/p1", 0700) == 0);
    CHECK(put_file("set/p1/1.in", "1") && put_file("set/p1/1.out", "2"));
    CHECK(fail_tasks("set") > 3);
    (void)unlink("set/p1/1.in");
    (void)unlink("set/p1/1.out");
    CHECK(rmdir("set/p1") == 0 && rmdir("set") == 0);
}

TEST(samples_survive_every_failure)
{
    static const char prompts[] =
        "{\"task_id\": \"HumanEval/0\", \"prompt\": \"def one(x):\"}\n";
    static const char *const texts[] = {
        "{\"task_id\": \"0\", \"completion\": \"    return 1\"}\n",
        "{\"eval\": {\"HumanEval/0\": [{\"solution\": \"\"}]}}",
        "{\"prompt\": \"def one(x):\", \"samples\": [\" return 1\"]}",
    };

    CHECK(put_file("prompts.json", prompts));
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        CHECK(put_file("samples.json", texts[i]));
        CHECK(fail_samples("samples.json", NULL) > 5);
    }
    CHECK(fail_samples("samples.json", "prompts.json") > 10);
    (void)unlink("samples.json");
    (void)unlink("prompts.json");
}

static bool start(void)
{
    struct tw_err err;

    return load_text(&own, TASK, NULL, &err) == TW_OK;
}

TEST_MAIN(if (!start()) return 1; RUN(task_sets_survive_every_failure);
          RUN(samples_survive_every_failure); tw_taskset_release(&own);)
