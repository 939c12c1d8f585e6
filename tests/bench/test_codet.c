#include "bench/codet.h"
#include "python/pyrun.h"
#include "test.h"

#include <string.h>

#define PROMPT "def double(x):\n    \"\"\"Twice x.\"\"\"\n"

/* Right, wrong (adds), right in another way, wrong alone, broken. */
static const char *const programs[] = {
    "    return 2 * x\n",
    "    return x + 2\n",
    "    return x + x\n\ndef other():\n    return 'cut here'\n",
    "    return x\n",
    "    return (\n",
};

/* Continuations of "assert ": some wrong, some no statement at all. */
static const char *const tests[] = {
    "double(___) == 1\n", /* a gap that nobody filled in */
    "double(3) == 6\nassert double(4) == 8\nassert other(1) == 1\n",
    "double(3) == 6, 'three'\nassert double(-1) == -2\n",
    "double(3) == 5\n",
    "double(\n",
    "double(4) == 8\n# done\nassert double(9) == 9\n",
    "double(4) == 8 and (lambda: exit())() is None\n",
};

static void fill(struct tw_samples *s, struct tw_sample *items,
                 const char *const *texts, size_t n)
{
    *s = (struct tw_samples){
        .layout = "jsonl", .items = items, .n = n, .n_tasks = 1
    };
    /* Backwards: the order of the file does not matter. */
    for (size_t i = 0; i < n; i++)
        items[n - 1 - i] = (struct tw_sample){ .index = i,
                                               .text = texts[i],
                                               .len = strlen(texts[i]),
                                               .recorded = -1 };
}

TEST(agreement_finds_the_right_program_among_wrong_tests)
{
    struct tw_task task = {
        .id = "T/0",
        .prompt = PROMPT,
        .stub = PROMPT "    pass\n",
        .entry = "double",
        .canonical = "    return 2 * x\n",
        .setup = "",
        .tests = "def check(candidate):\n"
                 "    assert candidate(2) == 4\n"
                 "    assert candidate(7) == 14\n",
        .declaration = "",
        .example_test = "",
    };
    struct tw_taskset set = { .name = "own",
                              .layout = TW_LAYOUT_HUMANEVAL,
                              .lang = TW_LANG_PYTHON,
                              .tasks = &task,
                              .n = 1 };
    struct tw_sample items[5], test_items[7];
    struct tw_samples samples, generated;
    struct tw_codet_report r;
    struct tw_jail *jail;
    struct tw_err err = { 0 };

    fill(&samples, items, programs, 5);
    fill(&generated, test_items, tests, 7);
    if (!tw_py_interpreter() || tw_jail_open(&jail, false, &err) != TW_OK) {
        test_skip("no jail here: %s", err.msg);
        return;
    }
    struct tw_codet_config c = {
        .set = &set,
        .samples = &samples,
        .tests = &generated,
        .ns = { 5, 2 },
        .n_ns = 2,
        .nts = { 60, 1 },
        .n_nts = 2,
        .per_sample = 5,
        .assert_s = 0.5,
        .time_s = 5,
        .jail = jail,
    };
    CHECK(tw_codet_run(&r, &c, &err) == TW_OK);
    CHECK(r.n_programs == 5 && r.n_harness == 0);
    /* double(3) == 6 twice, (4) == 8 twice, -1, == 5, == 6 with a text, and
     * the one with exit(). */
    CHECK_NEAR(r.tests_mean, 7.0, 0.0);
    CHECK_NEAR(r.random[0], 0.4, 1e-12);
    CHECK_NEAR(r.oracle[0], 1.0, 0.0);
    CHECK_NEAR(r.cells[0][0].chosen, 1.0, 1e-12);
    CHECK_NEAR(r.cells[0][0].most, 1.0, 1e-12);
    CHECK_NEAR(r.random[1], 0.5, 1e-12);
    c.ns[0] = 6;
    CHECK(tw_codet_run(&r, &c, &err) == TW_EINVAL);
    c.n_ns = 0;
    CHECK(tw_codet_run(&r, &c, &err) == TW_EINVAL);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(agreement_finds_the_right_program_among_wrong_tests);)
