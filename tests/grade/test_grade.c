/* test_grade.c - programs of answers, and what becomes of them. */
#include "grade/program.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* As in HumanEval/50: the tests call a second function of the prompt. */
#define HELPER "def twice(x):\n    return 2 * x\n\n\n"
#define PROMPT HELPER "def half(x):\n    \"\"\" Half of x. \"\"\"\n"
static const struct tw_task half = {
    .id = "T/0",
    .prompt = PROMPT,
    .stub = PROMPT "    pass\n",
    .entry = "half",
    .canonical = "    return x / 2\n",
    .setup = "",
    .tests = "def check(candidate):\n"
             "    assert candidate(twice(3)) == 3\n"
             "    assert candidate(5) == 2.5\n"
             "    assert candidate(twice(0.5)) == 0.5\n",
};

struct box {
    struct tw_arena a;
    struct tw_grader g;
    struct tw_taskset set;
    struct tw_grade out;
};

static struct tw_grade_answer answer_of(const char *text, bool whole)
{
    return (struct tw_grade_answer){ &half, text, strlen(text), whole };
}

static const char *source_of(struct box *b, const char *text, bool whole)
{
    struct tw_grade_answer answer = answer_of(text, whole);
    const char *program = "";

    CHECK(tw_grade_program(&program, &b->a, &b->g, &answer, NULL) == TW_OK);
    return program;
}

static const char *helpers_of(struct box *b, const char *text, bool whole)
{
    struct tw_grade_answer answer = answer_of(text, whole);
    const char *helpers = "";

    CHECK(tw_grade_helpers(&helpers, &b->a, &b->g.options, &answer, NULL) ==
          TW_OK);
    return helpers;
}

static void box_open(struct box *b)
{
    *b = (struct box){ .set = { .name = "own", .lang = TW_LANG_PYTHON } };
    b->g.set = &b->set;
    b->g.options.go_on = true;
    tw_arena_init(&b->a, (size_t)64 << 20);
}

static void box_close(struct box *b)
{
    tw_arena_release(&b->a);
}

TEST(a_continuation_follows_the_prompt_as_it_is)
{
    struct box b;

    box_open(&b);
    CHECK(strcmp(source_of(&b, "    return 1 \n\n", false),
                 PROMPT "    return 1 \n\n") == 0);
    b.g.options.stub = true;
    CHECK(strcmp(source_of(&b, "    return 1", false), PROMPT "    return 1") ==
          0);
    box_close(&b);
}

TEST(a_whole_program_stands_alone_or_behind_the_stub)
{
    struct box b;

    box_open(&b);
    CHECK(strcmp(source_of(&b, "x = 1\n", true), "x = 1\n") == 0);
    b.g.options.stub = true;
    CHECK(strcmp(source_of(&b, "x = 1\n", true),
                 PROMPT "    pass\n\nx = 1\n") == 0);
    box_close(&b);
}

TEST(the_prelude_is_one_line_in_front)
{
    struct box b;

    box_open(&b);
    b.g.options.prelude = true;
    const char *program = source_of(&b, "x = 1\n", true);
    CHECK(strncmp(program, "import sys, ", 12) == 0);
    CHECK(strcmp(strchr(program, '\n') + 1, "x = 1\n") == 0);
    CHECK(strncmp(program, tw_grade_prelude(), strlen(tw_grade_prelude())) ==
          0);
    box_close(&b);
}

/* A valid program stays one, whatever is put in front of it. */
TEST(what_has_to_stand_first_does)
{
    static const char text[] =
        "\xEF\xBB\xBF#!/usr/bin/env python3\n'''Doc.'''\n"
        "from __future__ import (annotations,\n"
        "    division); y = 2\nx = 1\n";
    static const char first[] = "#!/usr/bin/env python3\n'''Doc.'''\n"
                                "from __future__ import (annotations,\n"
                                "    division)\n";
    static const char rest[] = "y = 2\nx = 1\n";
    struct tw_task task = half;
    struct tw_grade_answer answer = { &task, text, strlen(text), true };
    const char *program = "";
    struct box b;

    box_open(&b);
    for (int with = 0; with < 4; with++) {
        b.g.options.prelude = with & 1;
        b.g.options.stub = with & 2;
        CHECK(tw_grade_program(&program, &b.a, &b.g, &answer, NULL) == TW_OK);
        size_t n = strlen(program), n_rest = strlen(rest);
        CHECK(strncmp(program, first, strlen(first)) == 0);
        CHECK(n > n_rest && strcmp(program + n - n_rest, rest) == 0);
    }
    /* A text that only speaks of it, and a prompt that has it. */
    CHECK(strcmp(source_of(&b, "x = 'from __future__ import division'\n", true),
                 "") != 0);
    task.prompt = "from __future__ import annotations\n\n\ndef half(x):\n";
    answer = (struct tw_grade_answer){ &task, "    pass\n", 9, false };
    CHECK(tw_grade_program(&program, &b.a, &b.g, &answer, NULL) == TW_OK);
    CHECK(strncmp(program, "from __future__ import annotations\nimport sys",
                  45) == 0);
    box_close(&b);
}

TEST(helpers_end_in_front_of_decorators)
{
    struct tw_task task = half;
    struct tw_grade_answer answer = { &task, "    pass\n", 9, false };
    const char *helpers = NULL;
    struct box b;

    task.prompt = "import functools\n\n@functools.lru_cache(\n    maxsize=None"
                  ")\n@staticmethod\nasync def half(x):\n    '''Doc.\n\ndef "
                  "half(x) is it.\n    '''\n";
    box_open(&b);
    CHECK(tw_grade_helpers(&helpers, &b.a, &b.g.options, &answer, NULL) ==
          TW_OK);
    CHECK(helpers && strcmp(helpers, "import functools\n\n") == 0);
    /* No body, no tree: the line tells. */
    task.prompt = "K = 1\ndef half(x):\n    # half of x\n";
    CHECK(tw_grade_helpers(&helpers, &b.a, &b.g.options, &answer, NULL) ==
          TW_OK);
    CHECK(helpers && strcmp(helpers, "K = 1\n") == 0);
    box_close(&b);
}

TEST(helpers_of_the_prompt_go_to_the_tests_when_the_prompt_is_there)
{
    struct box b;

    box_open(&b);
    const char *helpers = helpers_of(&b, "    pass\n", false);
    CHECK(helpers && strcmp(helpers, HELPER) == 0);
    CHECK(helpers_of(&b, "x = 1\n", true) == NULL);
    b.g.options.stub = true;
    helpers = helpers_of(&b, "x = 1\n", true);
    CHECK(helpers && strcmp(helpers, HELPER) == 0);
    box_close(&b);
}

TEST(imports_of_the_set_up_reach_the_program_and_objects_do_not)
{
    struct tw_task task = half;
    struct tw_grade_source source;
    struct tw_grade_answer answer = { &task, "x = 1\n", 6, true };
    struct box b;

    box_open(&b);
    task.setup = "import math\nfrom os import path\n";
    CHECK(tw_grade_source(&source, &b.a, &b.g.options, &answer, NULL) == TW_OK);
    CHECK(strstr(source.text, "import math") == source.text);
    task.setup = "import math\nroot = Node(1)\n";
    CHECK(tw_grade_source(&source, &b.a, &b.g.options, &answer, NULL) == TW_OK);
    CHECK(strcmp(source.text, "x = 1\n") == 0);
    box_close(&b);
}

TEST(bytes_of_an_answer_arrive_unchanged)
{
    struct tw_grade_source source;
    struct tw_grade_answer answer = { &half, "a\0\xff\r\n", 5, true };
    struct box b;

    box_open(&b);
    CHECK(tw_grade_source(&source, &b.a, &b.g.options, &answer, NULL) == TW_OK);
    CHECK(source.len == 5 && memcmp(source.text, "a\0\xff\r\n", 5) == 0);
    box_close(&b);
}

TEST(a_small_arena_is_no_memory)
{
    struct tw_grade_source source;
    struct tw_grade_answer answer = answer_of("x = 1\n", true);
    const char *helpers;
    struct box b;

    box_open(&b);
    b.g.options.stub = true;
    tw_arena_release(&b.a);
    tw_arena_init(&b.a, 16);
    CHECK(tw_grade_source(&source, &b.a, &b.g.options, &answer, NULL) ==
          TW_ENOMEM);
    CHECK(tw_grade_helpers(&helpers, &b.a, &b.g.options, &answer, NULL) ==
          TW_ENOMEM);
    box_close(&b);
}

/* ---- with a jail ---- */

static struct tw_jail *jail;

static const struct tw_grade *judge(struct box *b, const char *text, bool whole)
{
    struct tw_grade_answer answer = answer_of(text, whole);

    b->g.jail = jail;
    memset(&b->out, 0, sizeof(b->out));
    CHECK(tw_grade_sample(&b->out, &b->a, &b->g, &answer, NULL) == TW_OK);
    return &b->out;
}

TEST(a_right_continuation_passes_and_its_assertions_are_counted)
{
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    const struct tw_grade *o = judge(&b, "    return x / 2\n", false);
    CHECK(o->finding.end == TW_END_PASS);
    CHECK(o->loaded && o->finished);
    CHECK(o->n_passed == 3 && o->n_asserts == 3);
    box_close(&b);
}

TEST(a_wrong_one_fails_and_the_other_assertions_count)
{
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    const struct tw_grade *o = judge(&b, "    return int(x / 2)\n", false);
    CHECK(o->finding.end == TW_END_FAIL);
    CHECK(o->finding.cause == TW_CAUSE_ASSERTION);
    CHECK(o->n_passed == 1 && o->n_asserts == 3);
    b.g.options.go_on = false;
    o = judge(&b, "    return int(x / 2)\n", false);
    CHECK(o->finding.cause == TW_CAUSE_ASSERTION);
    CHECK(o->n_passed == 1 && o->n_asserts == 2);
    box_close(&b);
}

TEST(a_program_without_the_helper_fails_and_passes_behind_the_stub)
{
    static const char alone[] = "def half(x):\n    return x / 2\n";
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    CHECK(judge(&b, alone, true)->finding.end != TW_END_PASS);
    b.g.options.stub = true;
    CHECK(judge(&b, alone, true)->finding.end == TW_END_PASS);
    box_close(&b);
}

TEST(a_helper_that_the_answer_redefines_does_not_bend_the_tests)
{
    static const char bent[] =
        "    return {0: 3, 5: 2.5}.get(x)\n\n\ndef twice(x):\n    return 0\n";
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    const struct tw_grade *o = judge(&b, bent, false);
    CHECK(o->finding.end == TW_END_FAIL);
    CHECK(o->n_passed == 1);
    box_close(&b);
}

TEST(leaving_early_is_no_pass_and_a_main_guard_does_not_run)
{
    static const char guard[] = "    return x / 2\n\n\n"
                                "if __name__ == '__main__':\n"
                                "    assert half(1) == 7\n";
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    CHECK(judge(&b, guard, false)->finding.end == TW_END_PASS);
    CHECK(judge(&b, "    return x / 2\n\nimport sys\nsys.exit(0)\n", false)
              ->finding.end != TW_END_PASS);
    CHECK(judge(&b, "    import os\n    os._exit(0)\n", false)->finding.end !=
          TW_END_PASS);
    box_close(&b);
}

TEST(texts_that_are_no_program_are_failures_with_a_cause)
{
    static const struct {
        const char *text;
        bool whole;
    } texts[] = {
        { "", true },
        { "   \n", true },
        { "Sure! Here is the function:", true },
        { "return x / 2\n", false },
        { "\xff\xfe\x00", true },
        { "raise ValueError('no')\n", true },
        { "half = 3\n", true },
        { "import no_such_module\n", true },
    };
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        const struct tw_finding *f =
            &judge(&b, texts[i].text, texts[i].whole)->finding;
        CHECK(f->end == TW_END_FAIL || f->end == TW_END_ERROR);
        CHECK(f->cause != TW_CAUSE_NONE && f->cause != TW_CAUSE_HARNESS);
    }
    box_close(&b);
}

TEST(every_answer_has_a_process_of_its_own)
{
    struct box b;

    if (!jail) {
        test_skip("no jail here");
        return;
    }
    box_open(&b);
    judge(&b,
          "    return x / 2\n\nimport builtins\n"
          "builtins.half = half\nbuiltins.left = 1\n",
          false);
    CHECK(b.out.finding.end == TW_END_PASS);
    CHECK(judge(&b, "x = left\n", true)->finding.end != TW_END_PASS);
    CHECK(!b.out.loaded);
    box_close(&b);
}

TEST_MAIN(
    struct tw_err err = { 0 }; if (tw_jail_open(&jail, false, &err) != TW_OK)
        printf("# no jail here: %s\n", err.msg);
    RUN(a_continuation_follows_the_prompt_as_it_is);
    RUN(a_whole_program_stands_alone_or_behind_the_stub);
    RUN(the_prelude_is_one_line_in_front); RUN(what_has_to_stand_first_does);
    RUN(helpers_end_in_front_of_decorators);
    RUN(helpers_of_the_prompt_go_to_the_tests_when_the_prompt_is_there);
    RUN(imports_of_the_set_up_reach_the_program_and_objects_do_not);
    RUN(bytes_of_an_answer_arrive_unchanged); RUN(a_small_arena_is_no_memory);
    RUN(a_right_continuation_passes_and_its_assertions_are_counted);
    RUN(a_wrong_one_fails_and_the_other_assertions_count);
    RUN(a_program_without_the_helper_fails_and_passes_behind_the_stub);
    RUN(a_helper_that_the_answer_redefines_does_not_bend_the_tests);
    RUN(leaving_early_is_no_pass_and_a_main_guard_does_not_run);
    RUN(texts_that_are_no_program_are_failures_with_a_cause);
    RUN(every_answer_has_a_process_of_its_own); if (jail) tw_jail_close(jail);)
