/*
 * test_examples.c - the examples of this project: every test gets cases and a
 * prompt, a right answer is accepted, the wrong specifications never are.
 */
#include "base/file.h"
#include "fake_llm.h"
#include "python/pyrun.h"
#include "test.h"
#include "trial/trial.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>

/* Solutions as a person would write them. */
static const struct {
    const char *id, *code;
} solutions[] = {
    { "BAT-001",
      "def check_battery_voltage(voltage, lower_bound=36, upper_bound=72):\n"
      "    return lower_bound <= voltage <= upper_bound\n" },
    { "THP-001", "def mean_throughput(samples):\n    if not samples:\n"
                 "        return 0\n    return sum(samples) / len(samples)\n" },
    { "THP-002",
      "def share_low(samples):\n    if not samples:\n        return 0\n"
      "    n = sum(1 for x in samples if x < 1)\n"
      "    return 100 * n / len(samples)\n" },
    { "THP-003",
      "def longest_outage(thp, limit):\n    best = 0\n    run = 0\n"
      "    for x in thp:\n        if x < limit:\n            run += 1\n"
      "            best = max(best, run)\n        else:\n"
      "            run = 0\n    return best\n" },
    { "THP-004", "def largest_drop(thp):\n    return max([0] + [a - b for a, b "
                 "in zip(thp, thp[1:])])\n" },
    { "THP-005",
      "def uplink_span(samples):\n    if not samples:\n        return 0\n"
      "    return max(samples) - min(samples)\n" },
    { "RAD-001", "def check_cqi(cqi, lower=1, upper=15):\n"
                 "    return lower <= cqi <= upper\n" },
    { "RAD-002",
      "def sinr_class(sinr):\n    if sinr >= 20:\n        return 'good'\n"
      "    if sinr >= 10:\n        return 'fair'\n    return 'poor'\n" },
    { "RAD-003", "def mean_sinr(sinr):\n    kept = [x for x in sinr if x > 0]\n"
                 "    if not kept:\n        return 0\n"
                 "    return sum(kept) / len(kept)\n" },
    { "RAD-004", "def first_high_mcs(mcs):\n    for i, x in enumerate(mcs):\n"
                 "        if x >= 10:\n            return i\n    return -1\n" },
    { "RAD-005", "def errors_ok(err, limit=10):\n"
                 "    return all(x <= limit for x in err)\n" },
    { "RAD-006",
      "def error_class(err):\n    if err < 1:\n        return 'good'\n"
      "    if err < 10:\n        return 'fair'\n    return 'poor'\n" },
    { "PRB-001", "def grant_rate(granted, requested):\n"
                 "    if requested == 0:\n        return 0\n"
                 "    return 100 * granted / requested\n" },
    { "PRB-002",
      "def mean_grant_rate(granted, requested):\n"
      "    kept = [a / b for a, b in zip(granted, requested) if b > 0]\n"
      "    if not kept:\n        return 0\n"
      "    return 100 * sum(kept) / len(kept)\n" },
    { "PRB-003", "def total_grant_rate(granted, requested):\n"
                 "    if len(granted) != len(requested):\n"
                 "        raise ValueError('different length')\n"
                 "    if sum(requested) == 0:\n        return 0\n"
                 "    return 100 * sum(granted) / sum(requested)\n" },
    { "BUF-001",
      "def count_congestion(buffer):\n    n = 0\n    inside = False\n"
      "    for x in buffer:\n        if x > 10000:\n"
      "            if not inside:\n                n += 1\n"
      "            inside = True\n        else:\n"
      "            inside = False\n    return n\n" },
    { "BUF-002", "def busiest(buffer):\n    if not buffer:\n        return -1\n"
                 "    return buffer.index(max(buffer))\n" },
    { "PKT-001", "def count_active(packets):\n"
                 "    return sum(1 for x in packets if x > 10)\n" },
    { "PKT-002", "def limit_packets(packets, low, high):\n"
                 "    return max(low, min(packets, high))\n" },
    { "WRONG-001", "def count_samples(samples):\n"
                   "    return sum(1 for x in samples if x < 5)\n" },
    { "WRONG-002",
      "def share_low(samples):\n    if not samples:\n        return 0\n"
      "    n = sum(1 for x in samples if x < 1)\n"
      "    return 100 * n / len(samples)\n" },
    { "CODE-001",
      "from kpi import share_below\n\ndef test_share():\n"
      "    assert share_below([], 1.0) == 0\n"
      "    assert share_below([0.5, 2.0], 1.0) == 50.0\n"
      "    assert share_below([1.0, 1.0, 0.0, 3.0], 1.0) == 25.0\n" },
    { "CODE-002", "from kpi import longest_outage\n\n"
                  "assert longest_outage([0.5, 2.0, 0.1, 0.1], 1.0) == 2\n"
                  "assert longest_outage([2.0, 0.5, 2.0], 1.0) == 1\n" },
};

static const char *answer_of(struct tw_arena *a, const char *id)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(solutions); i++) {
        if (strcmp(solutions[i].id, id) != 0)
            continue;
        size_t n = strlen(solutions[i].code) + 40;
        char *text = tw_arena_alloc(a, n, 1);
        if (text)
            snprintf(text, n, "```python\n%s```\n", solutions[i].code);
        return text;
    }
    printf("# no solution for %s\n", id);
    return "";
}

struct example {
    struct tw_arena a;
    struct tw_err err;
    struct tw_jail *jail;
    struct tw_project p;
    struct tw_trial trial;
    bool has_trial;
};

static bool start(struct example *e, const char *name)
{
    const char *root = getenv("TW_SOURCE");
    memset(e, 0, sizeof(*e));
    if (!root) {
        test_skip("the source folder is not known");
        return false;
    }
    tw_arena_init(&e->a, (size_t)1 << 30);
    const char *path = tw_file_join(&e->a, root, name);
    enum tw_status st = tw_project_load(&e->p, &e->a, path, &e->err);
    if (st == TW_OK && e->p.n_data) {
        st = tw_trial_read(&e->trial, &e->a, &e->p.data[0]->trial, &e->err);
        e->has_trial = st == TW_OK;
    }
    for (size_t i = 0; st == TW_OK && e->has_trial && i < e->p.n_specs; i++)
        st = tw_spec_check(&e->p.specs[i], 0, &e->trial, &e->err);
    if (st != TW_OK)
        printf("# %s\n", e->err.msg);
    CHECK(st == TW_OK);
    if (st == TW_OK && tw_jail_open(&e->jail, false, &e->err) == TW_OK)
        return true;
    test_skip("no jail here: %s", e->err.msg);
    return false;
}

static void stop(struct example *e)
{
    tw_jail_close(e->jail);
    tw_arena_release(&e->a);
}

static void show(const struct tw_spec_test *t, const struct tw_writer_result *r)
{
    printf("# %s %s: %s; %zu cases, %zu drawn, %zu refused, %zu undefined\n",
           t->id, tw_writer_status_name(r->status), r->cause, r->cases.n,
           r->cases.counts.drawn, r->cases.counts.refused,
           r->cases.counts.undefined);
    for (size_t i = 0; i < r->cases.n && getenv("TW_SHOW"); i++)
        printf("# %s%s | %.90s -> %.60s | %s\n",
               r->cases.list[i].in_prompt ? "*" : " ",
               tw_case_origin_name(r->cases.list[i].origin),
               r->cases.list[i].call, r->cases.list[i].want_text,
               r->cases.list[i].reason);
}

static enum tw_status run(struct example *e, const struct tw_spec *s,
                          const struct tw_spec_test *t,
                          struct tw_writer_result *r)
{
    const struct tw_trial *trials[8] = { e->has_trial ? &e->trial : NULL };
    const char *answer = answer_of(&e->a, t->id);
    struct tw_llm m = { .answers = &answer, .n = 1 };
    struct tw_spec_test once = *t;
    once.accept.repeat = 1;
    struct tw_writer_env env = { .jail = e->jail,
                                 .llm = &m,
                                 .n_candidates = 1,
                                 .temperature = -1,
                                 .top_p = -1,
                                 .seed = 1 };
    struct tw_case_source in = { .spec = s, .test = &once, .trials = trials };
    enum tw_status st = tw_writer_test(&env, &in, &e->a, r, &e->err);
    if (st != TW_OK)
        printf("# %s\n", e->err.msg);
    CHECK(st == TW_OK);
    if (st == TW_OK)
        show(t, r);
    return st;
}

static void check_cases(const struct tw_writer_result *r)
{
    size_t n_prompt = 0;
    for (size_t i = 0; i < r->cases.n; i++)
        n_prompt += r->cases.list[i].in_prompt;
    CHECK(r->cases.n >= 3 && n_prompt >= 3);
    CHECK(strlen(r->cases.prompt) < 1400);
    CHECK(r->cases.counts.contradictions == 0);
}

static void accept_all(const char *name)
{
    struct example e;
    if (!start(&e, name))
        return;
    for (size_t i = 0; i < e.p.n_specs; i++) {
        for (size_t k = 0; k < e.p.specs[i].n_tests; k++) {
            struct tw_writer_result r;
            const struct tw_spec_test *t = &e.p.specs[i].tests[k];
            if (run(&e, &e.p.specs[i], t, &r) != TW_OK)
                continue;
            CHECK(r.accepted);
            check_cases(&r);
        }
    }
    stop(&e);
}

TEST(example_of_the_paper_is_accepted)
{
    accept_all("examples/figure5/project.toml");
}

TEST(right_answers_to_the_ran_kpis_are_accepted)
{
    accept_all("examples/ran-kpi/project.toml");
}

TEST(wrong_specifications_are_never_accepted)
{
    struct example e;
    if (!start(&e, "examples/ran-kpi/wrong/project.toml"))
        return;
    for (size_t i = 0; i < e.p.n_specs; i++) {
        struct tw_writer_result r;
        if (run(&e, &e.p.specs[i], &e.p.specs[i].tests[0], &r) != TW_OK)
            continue;
        CHECK(!r.accepted);
        CHECK(r.status == (i ? TW_WRITER_CONTRADICTION : TW_WRITER_REJECTED));
    }
    stop(&e);
}

TEST(code_under_test_gives_one_script_and_one_finding)
{
    struct example e;
    if (!start(&e, "examples/code-under-test/project.toml"))
        return;
    for (size_t i = 0; i < 2; i++) {
        struct tw_writer_result r;
        if (run(&e, &e.p.specs[0], &e.p.specs[0].tests[i], &r) != TW_OK)
            continue;
        CHECK(r.status == (i ? TW_WRITER_FINDING : TW_WRITER_ACCEPTED));
        CHECK((r.n_findings > 0) == (i == 1));
    }
    stop(&e);
}

TEST_MAIN(RUN(example_of_the_paper_is_accepted);
          RUN(right_answers_to_the_ran_kpis_are_accepted);
          RUN(wrong_specifications_are_never_accepted);
          RUN(code_under_test_gives_one_script_and_one_finding);)
