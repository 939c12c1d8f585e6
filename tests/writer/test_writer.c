/*
 * test_writer.c - one test from end to end: candidates, selection, prompt.
 */
#include "writer_bench.h"

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
    CHECK(b.r.n_scripts && run_script(&b, b.r.scripts[0].text) == 0);
    stop(&b);
}

/* Right as often as there are cases, then wrong: the repeats call on. */
TEST(candidate_that_wears_out_is_not_stable)
{
    static const char *const answers[] = {
        "```python\ndef is_low(v, seen=[]):\n    seen.append(v)\n"
        "    return v < 10 if len(seen) <= 20 else None\n```"
    };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.cases.n <= 20 && b.r.candidates[0].n_passed == b.r.cases.n);
    CHECK(b.r.status == TW_WRITER_REJECTED && !b.r.stable);
    stop(&b);
}

/* So often as no case is called: what the search finds then is no case. */
TEST(candidate_that_ends_or_lies_among_many_calls_is_refused)
{
    static const char *const what[] = { "os._exit(0)", "return v >= 10" };
    char text[400];
    const char *const answers[] = { text };
    for (size_t i = 0; i < TW_ARRAY_LEN(what); i++) {
        struct bench b;
        snprintf(text, sizeof(text),
                 "```python\nimport os\nseen = []\n\n\ndef is_low(v):\n"
                 "    seen.append(v)\n    if len(seen) > 300:\n        %s\n"
                 "    return v < 10\n```",
                 what[i]);
        if (!start(&b, IS_LOW "allow = [\"os\", \"os._exit\"]\n" EXPR) ||
            run(&b, answers, 1) != TW_OK)
            return;
        CHECK(b.r.candidates[0].n_passed == b.r.cases.n);
        CHECK(b.r.status == TW_WRITER_REJECTED && !b.r.accepted);
        CHECK(strstr(b.r.cause, "depends on what was called before"));
        stop(&b);
    }
}

#define DIVISOR                                                             \
    HEAD "call = \"divisor(a, b)\"\n%s"                                     \
         "[[test.oracle]]\nkind = \"reference\"\n"                          \
         "code = \"def divisor(a, b):\\n    while b:\\n        "            \
         "a, b = b, a %% b\\n    return a\"\n"                              \
         "[[test.oracle]]\nkind = \"assert\"\ncases = ["                    \
         "\"assert divisor(3, 7) == 1\", \"assert divisor(10, 15) == 5\", " \
         "\"assert divisor(49, 14) == 7\"%s]\n"

/* math.gcd() is never negative: a difference where nobody wrote a negative
 * number down.  The user's answer is a case, or a condition, or a domain. */
TEST(difference_outside_of_what_was_seen_is_a_question)
{
    static const char *const answers[] = {
        "```python\nimport math\n\n\ndef divisor(a, b):\n"
        "    return math.gcd(a, b)\n```"
    };
    static const struct {
        const char *setting, *more_cases;
        bool accepted, question;
    } rows[] = {
        { "", "", true, true },
        { "require = \"a >= 0 and b >= 0\"\n", "", true, false },
        { "", ", \"assert divisor(-4, -6) == -2\"", false, false },
        { "domain = \"any\"\n", "", false, false },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(rows); i++) {
        struct bench b;
        char spec[1200];
        snprintf(spec, sizeof(spec), DIVISOR, rows[i].setting,
                 rows[i].more_cases);
        if (!start(&b, spec) || run(&b, answers, 1) != TW_OK)
            return;
        CHECK(b.r.accepted == rows[i].accepted);
        CHECK((b.r.outside != NULL) == rows[i].question);
        if (b.r.outside)
            CHECK(strstr(b.r.outside, "divisor(") &&
                  strstr(b.r.outside, "can it occur?") &&
                  strstr(b.r.cause, b.r.outside));
        stop(&b);
    }
}

/* The same for counters: the schema says how low they go, or nobody does. */
TEST(negative_counter_is_a_question_where_no_schema_excludes_it)
{
    static const char *const answers[] = {
        "```python\ndef is_low(v):\n    return 0 <= v < 10\n```"
    };
    for (int stated = 0; stated < 2; stated++) {
        struct bench b;
        if (!start(&b, IS_LOW EXPR))
            return;
        if (!stated)
            b.kit.counters[0].min = -(double)INFINITY;
        CHECK(run(&b, answers, 1) == TW_OK);
        CHECK(b.r.accepted && (b.r.outside != NULL) == !stated);
        CHECK(stated || strstr(b.r.outside, "is_low(-"));
        stop(&b);
    }
}

TEST(code_without_the_function_is_no_syntax_error)
{
    static const char *const answers[] = {
        "```python\nclass X:\n    def is_low(v):\n        return 1\n```",
        "```python\ndef is_low(v:\n    return 1\n```"
    };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 2) != TW_OK)
        return;
    CHECK(b.r.candidates[0].loss == TW_LOSS_NO_ENTRY);
    CHECK(b.r.candidates[1].loss == TW_LOSS_SYNTAX);
    CHECK(strstr(b.r.cause, "no candidate runs: the code does"));
    stop(&b);
}

TEST(same_seed_gives_the_same_cases_and_script)
{
    static const char *const answers[] = { right };
    struct bench b;
    char hash[65];
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    memcpy(hash, b.r.scripts[0].sha256, sizeof(hash));
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(strcmp(hash, b.r.scripts[0].sha256) == 0);
    stop(&b);
}

TEST(nothing_is_accepted_when_every_candidate_is_wrong)
{
    static const char *const answers[] = { almost, broken };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 2) != TW_OK)
        return;
    CHECK(!b.r.accepted && b.r.status == TW_WRITER_REJECTED);
    CHECK(b.r.n_scripts && strstr(b.r.scripts[0].text, "NOT ACCEPTED") != NULL);
    CHECK(run_script(&b, b.r.scripts[0].text) == 1);
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
    CHECK(b.r.cases.contradiction &&
          strstr(b.r.cases.contradiction, "spec contradiction") != NULL);
    printf("# %s\n", b.r.cases.contradiction);
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
    CHECK(b.r.accepted && b.r.cases.n == 3);
    CHECK(strcmp(b.r.cases.list[0].call, "is_low(5, 3)") == 0);
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(!b.r.accepted);
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
    size_t before = strlen(b.r.cases.prompt);
    b.llm.context = before + 160 - 20;
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(strlen(b.r.cases.prompt) <= before - 20);
    CHECK(strstr(b.r.cases.prompt, "assert") != NULL && b.r.accepted);
    stop(&b);
}

/* Right in the jail, and lost all the same: the script is run elsewhere. */
TEST(what_reaches_outside_is_lost_and_the_next_is_chosen)
{
    static const char *const answers[] = {
        "```python\nimport os\ndef is_low(v):\n    return v < 10\n```",
        right,
    };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 2) != TW_OK)
        return;
    CHECK(b.r.candidates[0].loss == TW_LOSS_REACH);
    CHECK(strcmp(b.r.candidates[0].cause,
                 "line 1 reaches for import os: import os "
                 "(allow = [\"os\"] opens it)") == 0);
    CHECK(b.r.accepted && b.r.chosen == 1);
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(b.r.status == TW_WRITER_REJECTED && b.r.n_scripts == 0);
    CHECK(strstr(b.r.cause, "no candidate may be handed out: line 1") != NULL);
    stop(&b);
    if (!start(&b, IS_LOW "allow = [\"os\"]\n" EXPR))
        return;
    CHECK(run(&b, answers, 1) == TW_OK && b.r.accepted);
    CHECK(strcmp(b.r.candidates[0].opened, "os") == 0);
    CHECK(strstr(b.r.scripts[0].text,
                 "# Reaches for, as the project allows: os\n") != NULL);
    stop(&b);
}

/* Nothing in their text says so: they know the jail by the name of the module,
 * by the folder, by what an environment holds. */
TEST(what_is_another_program_elsewhere_is_not_accepted)
{
    static const char *const answers[] = {
        "```python\nclass K:\n    pass\ndef is_low(v):\n"
        "    return v < 10 if 'candidate' in str(K) else True\n```",
        "```python\nimport os\ndef is_low(v):\n"
        "    return v < 10 or not os.path.isdir('/box')\n```",
        "```python\nimport os\ndef is_low(v):\n"
        "    return v < 10 or os.environ['TZ'] != 'UTC'\n```",
        "```python\nimport os\ndef is_low(v):\n"
        "    return v < 10 or os.uname().nodename != 'jail'\n```",
        "```python\nimport os\ndef is_low(v):\n"
        "    return v < 10 or os.getuid() != 1000\n```",
    };
    struct bench b;
    for (size_t i = 0; i < TW_ARRAY_LEN(answers); i++) {
        if (!start(&b, IS_LOW "allow = [\"os\"]\n" EXPR) ||
            run(&b, &answers[i], 1) != TW_OK)
            return;
        CHECK(b.r.candidates[0].loss == TW_LOSS_REACH && !b.r.accepted);
        CHECK(strstr(b.r.cause, "gives True instead of False") != NULL);
        CHECK(b.r.n_scripts == 0);
        stop(&b);
    }
}

/* What was opened may be done, but the same wherever it is run. */
TEST(what_an_answer_does_only_elsewhere_is_seen)
{
    static const char *const answers[] = {
        "```python\nimport os\ndef is_low(v):\n"
        "    with open('/etc/passwd') as f:\n        f.read()\n"
        "    return v < 10\n```",
        "```python\nimport os\ndef is_low(v):\n"
        "    with open('/etc/passwd') as f:\n        f.read()\n"
        "    if not os.path.isdir('/box'):\n        os.system('true')\n"
        "    return v < 10\n```",
    };
    struct bench b;
    for (size_t i = 0; i < 2; i++) {
        if (!start(&b, IS_LOW "allow = [\"open\", \"os\"]\n" EXPR) ||
            run(&b, &answers[i], 1) != TW_OK)
            return;
        CHECK(b.r.accepted == (i == 0));
        CHECK(i == 0 || strstr(b.r.cause,
                               "does open in line 3 in the jail, and elsewhere "
                               "open in line 3; os.system in line 6"));
        if (i)
            printf("# %s\n", b.r.cause);
        stop(&b);
    }
}

TEST_MAIN(RUN(right_candidate_is_found_among_wrong_ones);
          RUN(candidate_that_wears_out_is_not_stable);
          RUN(candidate_that_ends_or_lies_among_many_calls_is_refused);
          RUN(difference_outside_of_what_was_seen_is_a_question);
          RUN(negative_counter_is_a_question_where_no_schema_excludes_it);
          RUN(code_without_the_function_is_no_syntax_error);
          RUN(same_seed_gives_the_same_cases_and_script);
          RUN(nothing_is_accepted_when_every_candidate_is_wrong);
          RUN(endless_candidate_is_a_timeout);
          RUN(contradicting_oracles_are_never_accepted);
          RUN(asserts_in_the_form_of_the_paper_are_cases);
          RUN(cases_that_catch_no_fault_are_vacuous);
          RUN(prompt_gives_up_cases_for_room);
          RUN(what_reaches_outside_is_lost_and_the_next_is_chosen);
          RUN(what_is_another_program_elsewhere_is_not_accepted);
          RUN(what_an_answer_does_only_elsewhere_is_seen);)
