/*
 * test_writer.c - one test from end to end: the jail is real, the model is a
 * list of answers.
 */
#include "base/file.h"
#include "sandbox/pyrun.h"
#include "test.h"
#include "writer/writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The model: answers in turn.  These stand in for the functions of llm. */
struct tw_llm {
    const char *const *answers;
    size_t n;
    size_t context; /* in characters here */
};

enum tw_status tw_llm_generate(
    struct tw_llm *m, const struct tw_llm_request *req, struct tw_arena *a,
    struct tw_llm_answer *answers, struct tw_llm_stats *stats,
    const struct tw_progress *progress, struct tw_err *err)
{
    (void)a;
    (void)progress;
    (void)err;
    memset(stats, 0, sizeof(*stats));
    for (size_t i = 0; i < req->n_samples; i++) {
        const char *text = m->answers[i % m->n];
        answers[i] = (struct tw_llm_answer){ .text = text,
                                             .len = strlen(text),
                                             .complete = true };
    }
    return TW_OK;
}

size_t tw_llm_count_tokens(const struct tw_llm *m, const char *text, size_t n)
{
    (void)m;
    (void)text;
    return n;
}

size_t tw_llm_context(const struct tw_llm *m)
{
    return m->context ? m->context : 4096;
}

const char *tw_llm_description(const struct tw_llm *m)
{
    (void)m;
    return "a list of answers";
}

const char *tw_llm_sha256(const struct tw_llm *m)
{
    (void)m;
    return "none";
}

enum { ROWS = 200 };

struct bench {
    char dir[64];
    struct tw_arena a;
    struct tw_err err;
    struct tw_jail *jail;
    struct tw_llm llm;
    struct tw_spec spec;
    struct tw_trial trial;
    struct tw_trial_counter counters[2];
    struct tw_trial_segment segment;
    const char *series[1];
    double values[ROWS * 2];
    double synth[2 * 2 * 32];
    struct tw_writer_result r;
};

static char *path_of(struct bench *b, const char *name)
{
    return tw_file_join(&b->a, b->dir, name);
}

static void put(struct bench *b, const char *name, const char *text)
{
    CHECK(tw_file_write(path_of(b, name), text, strlen(text), &b->err) ==
          TW_OK);
}

static void fill_trial(struct bench *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        b->values[2 * i] = (double)((i * 37) % 100) / 2.0;
        b->values[2 * i + 1] = (double)((i * 11) % 60) / 2.0;
    }
    for (size_t i = 0; i < 2 * 2 * 32; i++)
        b->synth[i] = (double)((i * 29) % 90) / 2.0;
    b->counters[0] = (struct tw_trial_counter){ .name = "thp",
                                                .unit = "",
                                                .min = 0,
                                                .max = INFINITY,
                                                .seen_min = 0,
                                                .seen_max = 49.5 };
    b->counters[1] = b->counters[0];
    b->counters[1].name = "load";
    b->segment = (struct tw_trial_segment){ 0, 0, ROWS };
    b->series[0] = "cell";
    b->trial = (struct tw_trial){ .counters = b->counters,
                                  .n_counters = 2,
                                  .series = b->series,
                                  .n_series = 1,
                                  .values = b->values,
                                  .n_rows = ROWS,
                                  .segments = &b->segment,
                                  .n_segments = 1 };
}

static bool start(struct bench *b, const char *spec)
{
    memset(b, 0, sizeof(*b));
    tw_arena_init(&b->a, 256u << 20);
    fill_trial(b);
    strcpy(b->dir, "/tmp/tw-writer-XXXXXX");
    CHECK(mkdtemp(b->dir) != NULL);
    put(b, "trial.csv", "thp,load\n");
    put(b, "kpi.py",
        "def is_low(v):\n    return v < 10\n\n\ndef is_high(v):\n"
        "    return v >= 30\n");
    put(b, "s.toml", spec);
    enum tw_status st =
        tw_spec_load(&b->spec, &b->a, path_of(b, "s.toml"), NULL, 0, &b->err);
    if (st == TW_OK)
        st = tw_jail_open(&b->jail, false, &b->err);
    CHECK(st == TW_OK);
    if (st != TW_OK)
        printf("# %s\n", b->err.msg);
    return st == TW_OK;
}

static void stop(struct bench *b)
{
    static const char *const names[] = { "trial.csv", "s.toml", "kpi.py",
                                         "test_T.py", "test_T.new.py" };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        unlink(path_of(b, names[i]));
    rmdir(b->dir);
    tw_jail_close(b->jail);
    tw_arena_release(&b->a);
}

static enum tw_status run(struct bench *b, const char *const *answers, size_t n)
{
    static const char *const counters[] = { "thp", "load" };
    struct tw_writer_synth synth = { .x = b->synth,
                                     .n = 2,
                                     .K = 2,
                                     .L = 32,
                                     .counters = counters,
                                     .label = "cluster 1" };
    const struct tw_trial *trials[2] = { &b->trial, NULL };
    const struct tw_writer_synth *synths[2] = { &synth, NULL };
    b->llm.answers = answers;
    b->llm.n = n;
    struct tw_writer_env env = { .jail = b->jail,
                                 .llm = &b->llm,
                                 .n_candidates = n,
                                 .temperature = -1,
                                 .top_p = -1,
                                 .seed = 1,
                                 .version = "0.0.0" };
    struct tw_writer_input in = { .spec = &b->spec,
                                  .test = &b->spec.tests[0],
                                  .trials = trials,
                                  .synths = synths };
    enum tw_status st = tw_writer_test(&env, &in, &b->a, &b->r, &b->err);
    if (st != TW_OK)
        printf("# %s\n", b->err.msg);
    return st;
}

static void show(const struct tw_writer_result *r)
{
    printf("# status %s: %s\n", tw_writer_status_name(r->status), r->cause);
    for (size_t i = 0; i < r->n_cases; i++)
        printf("# %s%s | %s -> %.60s | %s\n", r->cases[i].in_prompt ? "*" : " ",
               tw_case_origin_name(r->cases[i].origin), r->cases[i].call,
               r->cases[i].want_text, r->cases[i].reason);
    for (size_t i = 0; i < r->n_candidates; i++)
        printf("# candidate %zu: %s, %zu passed, %s\n", i,
               tw_loss_name(r->candidates[i].loss), r->candidates[i].n_passed,
               r->candidates[i].cause);
}

/* Run the emitted script in the jail: its exit status. */
static int run_script(struct bench *b, const char *script)
{
    static const char kpi[] = "def is_low(v):\n    return v < 10\n";
    struct tw_jail_file files[2] = {
        { "script.py", script, strlen(script) },
        { "kpi.py", kpi, strlen(kpi) },
    };
    const char *argv[] = { tw_py_interpreter(), "script.py", NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 2,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result res;
    tw_jail_result_init(&res);
    CHECK(tw_jail_run(b->jail, &s, &res, &b->err) == TW_OK);
    if (res.exit_code != 0)
        printf("# exit %d\n# %s\n# %s\n", res.exit_code, tw_buf_text(&res.out),
               tw_buf_text(&res.err));
    int code = res.exit_code;
    tw_jail_result_release(&res);
    return code;
}

#define HEAD                                      \
    "spec = 1\n[data.t]\nfiles = \"trial.csv\"\n" \
    "[[test]]\nid = \"T\"\n"                      \
    "description = \"\"\"Is it low? Below 10.\n"  \
    "It's \\\"\\\"\\\" quoted. \\u2028 \\\\ \"\"\"\n"
#define IS_LOW                                   \
    HEAD "call = \"is_low(v: float) -> bool\"\n" \
         "inputs.v = { data = \"t\", counter = \"thp\" }\n"
#define EXPR "[[test.oracle]]\nkind = \"expr\"\nexpect = \"v < 10\"\n"

static const char right[] = "```python\ndef is_low(v):\n    return v < 10\n```";
static const char almost[] =
    "```python\ndef is_low(v):\n    return v <= 10\n```";
static const char broken[] = "```python\ndef is_low(v)\n    return v\n```";
static const char endless[] =
    "```python\ndef is_low(v):\n    while True:\n        pass\n```";
static const char forged[] =
    "```python\nimport os\ndef is_low(v):\n"
    "    os.write(3, b'pass' * 100)\n    os._exit(0)\n```";
static const char thrower[] =
    "```python\ndef is_low(v):\n    raise KeyError(v)\n```";

TEST(right_candidate_is_found_among_wrong_ones)
{
    static const char *const answers[] = { broken, almost,  "I do not know.",
                                           forged, thrower, right,
                                           right };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) ||
        run(&b, answers, TW_ARRAY_LEN(answers)) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.accepted && b.r.status == TW_WRITER_ACCEPTED);
    CHECK(b.r.chosen == 5);
    CHECK(b.r.candidates[6].duplicate_of == 5);
    CHECK(b.r.candidates[0].loss == TW_LOSS_SYNTAX);
    CHECK(b.r.candidates[1].loss == TW_LOSS_ASSERT);
    CHECK(b.r.candidates[2].loss == TW_LOSS_NO_CODE);
    CHECK(b.r.candidates[3].n_passed == 0);
    CHECK(b.r.candidates[4].loss == TW_LOSS_RUNTIME);
    CHECK_NEAR(b.r.tcer, 1.0, 0.0);
    CHECK(b.r.stable && b.r.n_repeats == 3);
    CHECK(b.r.n_mutants > 0 && b.r.n_killed > 0);
    CHECK(b.r.script && run_script(&b, b.r.script) == 0);
    stop(&b);
}

TEST(cases_cover_outcomes_boundary_and_origins)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    size_t origin[TW_CASE_BOUNDARY + 1] = { 0 };
    size_t n_true = 0, n_false = 0, n_prompt = 0;
    bool just_below = false, at = false;
    for (size_t i = 0; i < b.r.n_cases; i++) {
        const struct tw_case *c = &b.r.cases[i];
        origin[c->origin]++;
        n_true += strcmp(c->want_text, "True") == 0;
        n_false += strcmp(c->want_text, "False") == 0;
        n_prompt += c->in_prompt;
        just_below = just_below || strcmp(c->call, "is_low(9.9)") == 0;
        at = at || strcmp(c->call, "is_low(10.0)") == 0;
        CHECK(c->reason[0] != '\0');
    }
    CHECK(n_true > 1 && n_false > 1);
    CHECK(origin[TW_CASE_RECORDED] > 0 && origin[TW_CASE_SYNTHETIC] > 0);
    CHECK(just_below && at);
    CHECK(n_prompt >= 2 && n_prompt <= 6);
    CHECK(strstr(b.r.prompt, "Function: is_low(v: float) -> bool") != NULL);
    CHECK(strstr(b.r.prompt, "assert is_low(") != NULL);
    CHECK(strlen(b.r.cases_sha256) == 64);
    stop(&b);
}

TEST(same_seed_gives_the_same_cases_and_script)
{
    static const char *const answers[] = { right };
    struct bench b;
    char hash[65];
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    memcpy(hash, b.r.script_sha256, sizeof(hash));
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(strcmp(hash, b.r.script_sha256) == 0);
    stop(&b);
}

TEST(nothing_is_accepted_when_every_candidate_is_wrong)
{
    static const char *const answers[] = { almost, broken };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 2) != TW_OK)
        return;
    CHECK(!b.r.accepted && b.r.status == TW_WRITER_REJECTED);
    CHECK(b.r.script && strstr(b.r.script, "NOT ACCEPTED") != NULL);
    CHECK(run_script(&b, b.r.script) == 1);
    stop(&b);
}

TEST(endless_candidate_is_a_timeout)
{
    static const char *const answers[] = { endless };
    struct bench b;
    if (!start(&b, IS_LOW EXPR "[test.accept]\ntimeout = \"1s\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.candidates[0].loss == TW_LOSS_TIMEOUT);
    CHECK(!b.r.accepted);
    stop(&b);
}

TEST(contradicting_oracles_are_never_accepted)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW EXPR "[[test.oracle]]\nkind = \"example\"\n"
                               "args = { v = 20.0 }\nexpect = true\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    CHECK(!b.r.accepted && b.r.status == TW_WRITER_CONTRADICTION);
    CHECK(b.r.contradiction &&
          strstr(b.r.contradiction, "spec contradiction") != NULL);
    printf("# %s\n", b.r.contradiction);
    stop(&b);
}

TEST(asserts_in_the_form_of_the_paper_are_cases)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, HEAD "call = \"is_low(v: float, unused: int = 3) -> bool\"\n"
                        "[[test.oracle]]\nkind = \"assert\"\ncases = [\n"
                        "\"assert is_low(5, unused=3) == True\",\n"
                        "\"assert not is_low(11)\",\n"
                        "\"assert is_low(9.5) is True\"]\n"))
        return;
    static const char *const with_default[] = {
        "```python\ndef is_low(v, unused=3):\n    return v < 10\n```"
    };
    CHECK(run(&b, with_default, 1) == TW_OK);
    CHECK(b.r.accepted && b.r.n_cases == 3);
    CHECK(strcmp(b.r.cases[0].call, "is_low(5, 3)") == 0);
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(!b.r.accepted);
    stop(&b);
}

TEST(assert_that_cannot_be_split_is_refused_with_its_place)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, HEAD "call = \"is_low(v: float) -> bool\"\n"
                        "[[test.oracle]]\nkind = \"assert\"\n"
                        "cases = [\"assert is_low(open('x')) == 1\"]\n"))
        return;
    CHECK(run(&b, answers, 1) == TW_EFORMAT);
    CHECK(strstr(b.err.msg, "s.toml:9:") != NULL);
    stop(&b);
}

TEST(expression_with_an_unknown_name_is_refused)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW "[[test.oracle]]\nkind = \"expr\"\n"
                          "expect = \"vv < 10\"\n"))
        return;
    CHECK(run(&b, answers, 1) == TW_EFORMAT);
    CHECK(strstr(b.err.msg, "vv") != NULL);
    stop(&b);
}

TEST(errors_properties_and_relations_are_judged)
{
    static const char *const answers[] = {
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n"
        "    if sum(b) == 0:\n        return 0.0\n"
        "    return 100 * sum(a) / sum(b)\n```",
        /* Breaks the property above 100. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n    return 101.0\n```",
        /* Breaks the relation. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise ValueError('length')\n"
        "    return min(100.0, sum(a))\n```",
        /* Wrong exception. */
        "```python\ndef share(a, b):\n    if len(a) != len(b):\n"
        "        raise KeyError('length')\n"
        "    if sum(b) == 0:\n        return 0.0\n"
        "    return 100 * sum(a) / sum(b)\n```",
    };
    struct bench b;
    if (!start(&b, HEAD
               "call = \"share(a: list[float], b: list[float]) -> float\"\n"
               "require = \"all(x <= y for x, y in zip(a, b))\"\n"
               "inputs.a = { data = \"t\", counter = \"load\" }\n"
               "inputs.b = { data = \"t\", counter = \"thp\" }\n"
               "[[test.oracle]]\nkind = \"property\"\n"
               "that = \"0 <= result <= 100\"\n"
               "[[test.oracle]]\nkind = \"metamorphic\"\n"
               "change = { a = \"[2 * x for x in a]\", "
               "b = \"[2 * x for x in b]\" }\n"
               "that = \"abs(result - result2) < 1e-9\"\n"
               "[[test.oracle]]\nkind = \"error\"\n"
               "args = { a = [1.0], b = [1.0, 2.0] }\n"
               "expect = \"ValueError\"\n") ||
        run(&b, answers, 4) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.counts.refused > 0);
    CHECK(b.r.accepted && b.r.chosen == 0);
    CHECK(b.r.candidates[1].loss == TW_LOSS_ASSERT);
    CHECK(b.r.candidates[2].loss == TW_LOSS_ASSERT);
    CHECK(b.r.candidates[3].loss == TW_LOSS_RUNTIME);
    CHECK(run_script(&b, b.r.script) == 0);
    stop(&b);
}

TEST(lists_of_one_test_come_from_the_same_rows)
{
    static const char *const answers[] = {
        "```python\ndef f(a, b):\n    return len(a)\n```"
    };
    struct bench b;
    if (!start(&b, HEAD
               "call = \"f(a: list[float], b: list[float]) -> int\"\n"
               "inputs.a = { data = \"t\", counter = \"thp\" }\n"
               "inputs.b = { data = \"t\", counter = \"load\" }\n"
               "[[test.oracle]]\nkind = \"expr\"\nexpect = \"len(a)\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    size_t n = 0;
    for (size_t i = 0; i < b.r.n_cases; i++) {
        const struct tw_case *c = &b.r.cases[i];
        if (c->origin != TW_CASE_RECORDED)
            continue;
        n++;
        CHECK(c->args[0]->n_items == c->args[1]->n_items);
        double x = c->args[0]->items[0]->f, y = c->args[1]->items[0]->f;
        bool found = false;
        for (size_t k = 0; k < ROWS; k++)
            found = found || (fabs(b.values[2 * k] - x) < 1e-9 &&
                              fabs(b.values[2 * k + 1] - y) < 1e-9);
        CHECK(found);
    }
    CHECK(n > 2);
    stop(&b);
}

TEST(without_an_oracle_the_result_is_a_vote_and_unverified)
{
    static const char *const answers[] = {
        right, right, right, right,  right,   right,
        right, right, right, almost, thrower, broken,
    };
    struct bench b;
    if (!start(&b, IS_LOW) || run(&b, answers, TW_ARRAY_LEN(answers)) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_UNVERIFIED && !b.r.accepted);
    CHECK(b.r.unverified && b.r.consensus > 0.5);
    CHECK(b.r.chosen == 0);
    CHECK(strstr(b.r.script, "Unverified:") != NULL);
    CHECK(strstr(b.r.prompt, "Cases:") == NULL);
    CHECK(run(&b, answers, 3) == TW_OK);
    CHECK(b.r.status == TW_WRITER_UNVERIFIED && !b.r.accepted);
    stop(&b);
}

#define SUITE "spec = 1\n[suite]\ncode = \"kpi.py\"\n"
#define UNDER_TEST(name, expect)                                         \
    SUITE "[data.t]\nfiles = \"trial.csv\"\n[[test]]\nid = \"T\"\n"      \
          "description = \"d\"\ncall = \"" name "(v: float) -> bool\"\n" \
          "inputs.v = { data = \"t\", counter = \"thp\" }\n"             \
          "[[test.oracle]]\nkind = \"expr\"\nexpect = \"" expect "\"\n"

TEST(right_tests_of_right_code_are_accepted)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_low\n\ndef test_is_low():\n"
        "    assert is_low(9.9) == True\n    assert not is_low(10)\n"
        "    assert is_low(3)\n```",
        "```python\nfrom kpi import is_low\nassert is_low(10)\n```",
        "```python\nfrom kpi import is_low\nassert True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_low", "v < 10")) ||
        run(&b, answers, 3) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.accepted && b.r.chosen == 0);
    CHECK(b.r.candidates[0].n_right == 3 && b.r.candidates[0].n_wrong == 0);
    CHECK(b.r.candidates[1].n_wrong == 1);
    CHECK(b.r.candidates[2].loss != TW_LOSS_NONE);
    CHECK(strstr(b.r.prompt, "Import: from kpi import is_low") != NULL);
    CHECK(run_script(&b, b.r.script) == 0);
    stop(&b);
}

TEST(fault_of_the_code_under_test_is_a_finding)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_high\nassert is_high(30) == False\n"
        "assert is_high(31) == True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_high", "v > 30")) ||
        run(&b, answers, 1) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.status == TW_WRITER_FINDING && !b.r.accepted);
    CHECK(b.r.n_findings > 0);
    CHECK(strstr(b.r.findings[0], "is_high(30") != NULL);
    stop(&b);
}

TEST(cases_that_catch_no_fault_are_vacuous)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW "[[test.oracle]]\nkind = \"property\"\n"
                          "that = \"result in (True, False, None)\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_VACUOUS && !b.r.accepted);
    stop(&b);
}

TEST(prompt_gives_up_cases_for_room)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    size_t before = strlen(b.r.prompt);
    b.llm.context = before + 160 - 20;
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(strlen(b.r.prompt) <= before - 20);
    CHECK(strstr(b.r.prompt, "assert") != NULL && b.r.accepted);
    stop(&b);
}

TEST(weak_script_catches_few_faults)
{
    static const char *const answers[] = {
        "```python\nfrom kpi import is_low\nassert is_low(-1000) == True\n```",
    };
    struct bench b;
    if (!start(&b, UNDER_TEST("is_low", "v < 10")) ||
        run(&b, answers, 1) != TW_OK)
        return;
    /* The turned comparison is caught even here: the script is weak, yet it
     * is not empty. */
    CHECK(b.r.n_killed > 0 && b.r.n_killed < b.r.n_mutants);
    stop(&b);
}

TEST(files_of_the_user_are_never_replaced)
{
    static const char *const answers[] = { right };
    struct bench b;
    const char *path;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    put(&b, "test_T.py", "# mine\n");
    CHECK(tw_writer_save(&b.r, b.dir, &b.a, &path, &b.err) == TW_OK);
    CHECK(strstr(path, "test_T.new.py") != NULL);
    CHECK(tw_writer_save(&b.r, b.dir, &b.a, &path, &b.err) == TW_OK);
    put(&b, "test_T.new.py", "# mine too\n");
    CHECK(tw_writer_save(&b.r, b.dir, &b.a, &path, &b.err) == TW_EIO);
    unlink(path_of(&b, "test_T.py"));
    CHECK(tw_writer_save(&b.r, b.dir, &b.a, &path, &b.err) == TW_OK);
    CHECK(strstr(path, "test_T.py") != NULL);
    stop(&b);
}

TEST_MAIN(RUN(right_candidate_is_found_among_wrong_ones);
          RUN(cases_cover_outcomes_boundary_and_origins);
          RUN(same_seed_gives_the_same_cases_and_script);
          RUN(nothing_is_accepted_when_every_candidate_is_wrong);
          RUN(endless_candidate_is_a_timeout);
          RUN(contradicting_oracles_are_never_accepted);
          RUN(asserts_in_the_form_of_the_paper_are_cases);
          RUN(assert_that_cannot_be_split_is_refused_with_its_place);
          RUN(expression_with_an_unknown_name_is_refused);
          RUN(errors_properties_and_relations_are_judged);
          RUN(lists_of_one_test_come_from_the_same_rows);
          RUN(without_an_oracle_the_result_is_a_vote_and_unverified);
          RUN(right_tests_of_right_code_are_accepted);
          RUN(fault_of_the_code_under_test_is_a_finding);
          RUN(cases_that_catch_no_fault_are_vacuous);
          RUN(prompt_gives_up_cases_for_room);
          RUN(weak_script_catches_few_faults);
          RUN(files_of_the_user_are_never_replaced);)
