/*
 * test_scripts.c - what is handed out: names that mean nothing to a runner,
 * folders by verdict, how strong the evidence is, the question of a weak test.
 */
#include "writer_bench.h"

#define ASSERTS(call, cases)                    \
    HEAD "call = \"" call "\"\n"                \
         "[[test.oracle]]\nkind = \"assert\"\n" \
         "cases = [" cases "]\n"
#define BELOW                           \
    ASSERTS("is_low(v: float) -> bool", \
            "\"assert is_low(5.0)\", \"assert not is_low(11.0)\"")

static const char right[] = "```python\ndef is_low(v):\n    return v < 10\n```";

/* What Python finds as names of the module that the script is. */
static bool names_are_ours(struct bench *b, const char *script)
{
    static const char look[] =
        "import re\nimport script\n"
        "ours = re.compile('_tw_|_TW_|_Tw|__|test_[0-9][0-9]_[a-z]+$')\n"
        "bad = [n for n in vars(script) if not ours.match(n)]\n"
        "assert not bad, bad\n";
    struct tw_jail_file files[2] = {
        { "script.py", script, strlen(script) },
        { "look.py", look, sizeof(look) - 1 },
    };
    const char *argv[] = { tw_py_interpreter(), "look.py", NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 2,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result res;
    tw_jail_result_init(&res);
    CHECK(tw_jail_run(b->kit.jail, &s, &res, &b->kit.err) == TW_OK);
    bool good = res.exit_code == 0;
    if (!good)
        printf("# %s\n", tw_buf_text(&res.err));
    tw_jail_result_release(&res);
    return good;
}

TEST(no_name_of_a_program_is_a_name_of_the_script)
{
    static const char *const names[] = {
        "is_low",     "test_limit", "setup_module", "pytest_plugins",
        "load_tests", "len",        "print",        "isinstance",
        "float",      "_tw_same",   "_tw_run",      "type",
    };
    static const char junk[] =
        "pytestmark = 3\ndef test_x(): assert 0\n"
        "class TestY:\n    def test_z(self): assert 0\n"
        "def ascii(x): raise KeyError\ndef _tw_value(*a): raise KeyError\n";
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        char spec[1000], answer[1000];
        const char *const answers[] = { answer };
        struct bench b;
        snprintf(spec, sizeof(spec),
                 ASSERTS("%s(v: float) -> bool",
                         "\"assert %s(5.0)\", \"assert not %s(11.0)\""),
                 names[i], names[i], names[i]);
        snprintf(answer, sizeof(answer),
                 "```python\n%sdef %s(v):\n    return v < 10\n```", junk,
                 names[i]);
        if (!start(&b, spec) || run(&b, answers, 1) != TW_OK)
            return;
        CHECK(b.r.accepted && b.r.n_scripts > 0);
        if (!b.r.n_scripts) {
            printf("# %s: %s\n", names[i], b.r.cause);
            continue;
        }
        CHECK(run_script(&b, b.r.scripts[0].text) == 0);
        CHECK(names_are_ours(&b, b.r.scripts[0].text));
        stop(&b);
    }
}

TEST(errors_that_are_no_exception_are_outcomes)
{
    static const char *const names[] = { "SystemExit", "KeyboardInterrupt",
                                         "GeneratorExit", "BaseException" };
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        char spec[1000], answer[200];
        const char *const answers[] = { answer };
        struct bench b;
        snprintf(spec, sizeof(spec),
                 BELOW "[[test.oracle]]\nkind = \"error\"\n"
                       "args = { v = -1.0 }\nexpect = \"%s\"\n",
                 names[i]);
        snprintf(answer, sizeof(answer),
                 "```python\ndef is_low(v):\n    if v < 0:\n"
                 "        raise %s()\n    return v < 10\n```",
                 names[i]);
        if (!start(&b, spec) || run(&b, answers, 1) != TW_OK)
            return;
        CHECK(b.r.accepted && run_script(&b, b.r.scripts[0].text) == 0);
        stop(&b);
    }
}

/* It passes where the judge calls it, and not where a user's pytest runs it.
 * Without pytest on this host nobody can tell. */
TEST(script_that_fails_for_its_users_is_not_handed_out)
{
    static const char *const answers[] = {
        "```python\nimport sys\n"
        "def is_low(v):\n"
        "    return v < 10 and 'pytest' not in sys.modules\n```"
    };
    static const char spec[] =
        HEAD "call = \"is_low(v: float) -> bool\"\nallow = [\"sys\"]\n"
             "[[test.oracle]]\nkind = \"assert\"\n"
             "cases = [\"assert is_low(5.0)\", \"assert not is_low(11.0)\"]\n";
    struct bench b;
    if (!start(&b, spec) || run(&b, answers, 1) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.n_scripts == 1);
    if (!b.r.n_scripts ||
        (b.r.accepted && !strstr(b.r.scripts[0].ran_by, "pytest")))
        return;
    CHECK(b.r.status == TW_WRITER_REJECTED && !b.r.accepted);
    CHECK(strstr(b.r.cause, "the script fails when pytest runs it") != NULL);
    CHECK(strcmp(b.r.scripts[0].folder, "rejected") == 0);
    CHECK(strstr(b.r.scripts[0].text, "# Status: NOT ACCEPTED, rejected"));
    stop(&b);
}

TEST(accepted_script_was_run_as_users_do)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, BELOW) || run(&b, answers, 1) != TW_OK)
        return;
    printf("# ran by %s\n", b.r.scripts[0].ran_by);
    CHECK(strncmp(b.r.scripts[0].ran_by, "python 3.", 9) == 0);
    stop(&b);
}

/* What needs its own module, by name, finds it. */
TEST(data_classes_with_text_annotations_work)
{
    static const char *const answers[] = {
        "```python\nfrom __future__ import annotations\n"
        "from dataclasses import dataclass\n\n@dataclass\nclass P:\n"
        "    x: float\n\n\ndef is_low(v):\n    return P(v).x < 10\n```"
    };
    struct bench b;
    if (!start(&b, BELOW) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.accepted && run_script(&b, b.r.scripts[0].text) == 0);
    stop(&b);
}

/* A program that ends the interpreter, or its text, is no pass. */
TEST(script_of_a_wrong_program_fails)
{
    static const char *const answers[] = {
        "```python\ndef is_low(v):\n    raise SystemExit(0)\n```"
    };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(!b.r.accepted && run_script(&b, b.r.scripts[0].text) == 1);
    stop(&b);
}

/* Three quotes, a backslash at the end, letters beyond ASCII. */
TEST(any_text_of_a_program_stays_itself)
{
    static const char *const answers[] = {
        "```python\ndef is_low(v):\n    '''a \\d'''\n"
        "    s = 'gr\xc3\xb6\xc3\x9f"
        "e \xe2\x98\x83'\n"
        "    return v < 10 and len(s) == 7 # \\\n```"
    };
    struct bench b;
    if (!start(&b, BELOW) || run(&b, answers, 1) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.accepted && run_script(&b, b.r.scripts[0].text) == 0);
    stop(&b);
}

TEST(metamorphic_oracles_stand_in_the_script)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, BELOW "[[test.oracle]]\nkind = \"metamorphic\"\n"
                         "change = { v = \"v + 100\" }\n"
                         "that = \"not result2\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    const char *text = b.r.scripts[0].text;
    CHECK(b.r.accepted && run_script(&b, text) == 0);
    CHECK(strstr(text, "'not result2',") && strstr(text, "{'v': 'v + 100'}"));
    stop(&b);
}

TEST(verdict_says_how_strong_it_is)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, IS_LOW EXPR) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_ACCEPTED);
    CHECK(b.r.evidence == TW_EVIDENCE_EXACT && b.r.n_searched > 100);
    CHECK(strstr(b.r.scripts[0].text, "# Strength: exact: ") != NULL);
    CHECK(strstr(b.r.scripts[0].text, "# Oracle: expr: v < 10\n") != NULL);
    stop(&b);
    if (!start(&b, BELOW) || run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_WEAK && b.r.accepted);
    CHECK(strcmp(b.r.strength, "weak: cases only (2)") == 0);
    CHECK(strstr(b.r.scripts[0].text, "# Status: WEAK, cases only (2)"));
    stop(&b);
    if (!start(&b, IS_LOW "[[test.oracle]]\nkind = \"property\"\n"
                          "that = \"result == (v < 10)\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    CHECK(b.r.status == TW_WRITER_WEAK);
    CHECK(strcmp(b.r.strength, "weak: property only") == 0);
    stop(&b);
}

/* The oracle gives 0 for everything: an answer that looks at nothing passes. */
TEST(one_value_in_all_cases_is_weak)
{
    static const char *const answers[] = {
        "```python\ndef is_low(v):\n    return 0\n```"
    };
    struct bench b;
    if (!start(&b, IS_LOW "[[test.oracle]]\nkind = \"expr\"\n"
                          "expect = \"0 if v < 1e12 else 1\"\n") ||
        run(&b, answers, 1) != TW_OK)
        return;
    show(&b.r);
    CHECK(b.r.status != TW_WRITER_ACCEPTED);
    stop(&b);
}

TEST(project_that_wants_exact_ones_refuses_weak_ones)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, BELOW))
        return;
    b.exact_only = true;
    CHECK(run(&b, answers, 1) == TW_OK);
    CHECK(b.r.status == TW_WRITER_WEAK && !b.r.accepted);
    CHECK(strcmp(b.r.scripts[0].folder, "rejected") == 0);
    CHECK(strcmp(b.r.scripts[0].name, "rejected_T.py.txt") == 0);
    stop(&b);
}

/* 10 itself: nobody said what is due there. */
TEST(weak_test_asks_where_two_answers_differ)
{
    static const char *const answers[] = {
        right, "```python\ndef is_low(v):\n    return v <= 10\n```", right
    };
    struct bench b;
    if (!start(&b, BELOW) || run(&b, answers, 3) != TW_OK)
        return;
    const struct tw_question *q = &b.r.question;
    CHECK(q->call && strcmp(q->call, "is_low(10.0)") == 0);
    CHECK(q->call && strcmp(q->values[0], "False") == 0 && q->votes[0] == 2);
    CHECK(q->call && strcmp(q->values[1], "True") == 0 && q->votes[1] == 1);
    CHECK(strstr(b.r.scripts[0].text, "# Question: is_low(10.0): is it"));
    stop(&b);
}

TEST(one_answer_is_asked_about_a_variant_of_it)
{
    static const char *const answers[] = { right };
    struct bench b;
    if (!start(&b, BELOW) || run(&b, answers, 1) != TW_OK)
        return;
    const struct tw_question *q = &b.r.question;
    CHECK(q->call && strncmp(q->call, "is_low(", 7) == 0);
    CHECK(q->votes[0] == 1 && q->votes[1] == 0);
    stop(&b);
}

static bool is_file(struct bench *b, const char *name)
{
    return tw_file_exists(kit_path(&b->kit, name));
}

TEST(changed_verdict_leaves_no_script_behind)
{
    static const char *const good[] = { right };
    static const char *const bad[] = {
        "```python\ndef is_low(v):\n    return v > 10\n```"
    };
    struct bench b;
    const char *path;
    if (!start(&b, IS_LOW EXPR) || run(&b, good, 1) != TW_OK)
        return;
    struct kit *k = &b.kit;
    CHECK(tw_writer_save(b.r.scripts, k->dir, &k->a, &path, &k->err) == TW_OK);
    CHECK(is_file(&b, "scripts/test_T.py"));
    CHECK(run(&b, bad, 1) == TW_OK);
    CHECK(tw_writer_forget(k->dir, NULL, "T", &k->a, &k->err) == TW_OK);
    CHECK(tw_writer_save(b.r.scripts, k->dir, &k->a, &path, &k->err) == TW_OK);
    CHECK(!is_file(&b, "scripts/test_T.py"));
    CHECK(is_file(&b, "rejected/rejected_T.py.txt"));
    kit_put(k, "scripts/test_T.py", "# mine\n");
    CHECK(tw_writer_forget(k->dir, "rejected", "T", &k->a, &k->err) == TW_OK);
    CHECK(is_file(&b, "scripts/test_T.py"));
    CHECK(is_file(&b, "rejected/rejected_T.py.txt"));
    stop(&b);
}

TEST_MAIN(RUN(no_name_of_a_program_is_a_name_of_the_script);
          RUN(errors_that_are_no_exception_are_outcomes);
          RUN(script_that_fails_for_its_users_is_not_handed_out);
          RUN(accepted_script_was_run_as_users_do);
          RUN(data_classes_with_text_annotations_work);
          RUN(script_of_a_wrong_program_fails);
          RUN(any_text_of_a_program_stays_itself);
          RUN(metamorphic_oracles_stand_in_the_script);
          RUN(verdict_says_how_strong_it_is);
          RUN(one_value_in_all_cases_is_weak);
          RUN(project_that_wants_exact_ones_refuses_weak_ones);
          RUN(weak_test_asks_where_two_answers_differ);
          RUN(one_answer_is_asked_about_a_variant_of_it);
          RUN(changed_verdict_leaves_no_script_behind);)
