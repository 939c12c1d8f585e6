/*
 * test_extract_bench.c - answers of benchmarks: what users of other harnesses
 * lost, each as a case.
 */
#include "answer/extract.h"
#include "test.h"

#include <string.h>

static struct tw_jail *jail; /* opened once, by the first test */

struct bench_case {
    const char *text;
    enum tw_extract_class class;
    enum tw_extract_way way;
    const char *code; /* NULL: not compared */
};

static void run_cases(const struct tw_extract_task *task,
                      const struct bench_case *cases, size_t n)
{
    struct tw_arena a;
    struct tw_err err = { 0 };
    struct tw_extract_answer answers[40];
    struct tw_extract_result results[40];
    tw_arena_init(&a, 64u << 20);
    for (size_t i = 0; i < n; i++)
        answers[i] =
            (struct tw_extract_answer){ cases[i].text, strlen(cases[i].text) };
    CHECK(tw_extract_run(jail, &a, task, answers, n, results, &err) == TW_OK);
    if (err.msg[0])
        printf("# %s\n", err.msg);
    for (size_t i = 0; i < n && !err.msg[0]; i++) {
        bool fine =
            results[i].class == cases[i].class &&
            results[i].way == cases[i].way &&
            (!cases[i].code || strcmp(results[i].code, cases[i].code) == 0);
        if (!fine)
            printf("# %zu: %s, way %d, code:\n%s\n#\n", i,
                   tw_extract_class_name(results[i].class), results[i].way,
                   results[i].code);
        CHECK(fine);
    }
    tw_arena_release(&a);
}

#define HEAD                                                     \
    "from typing import List\n\n\ndef f(x: List[int]) -> int:\n" \
    "    \"\"\" Sum.\n    >>> f([1])\n    1\n    \"\"\"\n"
#define STUB HEAD "    pass\n"
#define GOOD \
    "def f(x):\n    s = 0\n    for v in x:\n        s += v\n    return s\n"
#define BODY "    s = 0\n    for v in x:\n        s += v\n    return s\n"

static const char *const STOPS[] = { "\nclass", "\ndef",   "\n#",
                                     "\nif",    "\nprint", "\n```" };
static const struct tw_extract_task CHAT = { .entry = "f",
                                             .stub = STUB,
                                             .head = HEAD,
                                             .bench = true,
                                             .stops = STOPS,
                                             .n_stops = 6 };

TEST(jail_opens)
{
    struct tw_err err = { 0 };
    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    if (!jail)
        printf("# %s\n", err.msg);
}

TEST(chat_answers_give_their_last_good_block)
{
    static const struct bench_case cases[] = {
        /* Raw text is never run. */
        { "The function sums the list.", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY,
          "" },
        /* Not the block of tests, not all of them joined, not the longest. */
        { "Here:\n```python\n" GOOD "```\nTests:\n```python\nassert f([1]) == "
          "1\nassert f([1, 2]) == 4\nassert f([1, 2, 3]) == 7\n# many more "
          "lines than the function has, and wrong ones\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "```python\n" GOOD "```\nOr better:\n```python\ndef f(x):\n    "
          "return undefined_name\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        /* A model that corrects itself does so further down. */
        { "```python\ndef f(x):\n    return 0\n```\nThat is wrong for a list "
          "with numbers:\n```python\n" GOOD "```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        /* A block that compiles comes before one that has to be cut. */
        { "```python\ndef f(x):\n    y = (1,\n    return "
          "y\n```\n```python\n" GOOD "```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "```python\ndef f(x):\n    s = 1\n    return s s\n```\nFixed:\n"
          "```python\n" GOOD "```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        /* Unterminated, with prose behind. */
        { "```python\n" GOOD "\nThis sums the list.\nAnswer:", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB GOOD },
        /* Unlabelled, of other labels, CRLF, tildes, longer fences. */
        { "```\n" GOOD "```", TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "```Python3 title=\"a\"\n" GOOD "```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB GOOD },
        { "```\r\ndef f(x):\r\n    return 1\r\n```\r\n", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB "def f(x):\n    return 1\n" },
        { "~~~py\n" GOOD "~~~\n", TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "````python\n" GOOD "````", TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          STUB GOOD },
        /* Tags of Code Llama, closed, open, around a fence. */
        { "[PYTHON]\n" GOOD "[/PYTHON]\n[TESTS]\nassert f([]) == 9\n[/TESTS]",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "[PYTHON]\n" GOOD, TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { "[PYTHON]\n```python\n" GOOD "```\n[/PYTHON]", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB GOOD },
        { "```python\n" GOOD "[/PYTHON]", TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          STUB GOOD },
        /* A lone fence at the end opens nothing. */
        { GOOD "```", TW_EXTRACT_OK, TW_EXTRACT_PROSE, STUB GOOD },
        { GOOD "```\nIt sums.", TW_EXTRACT_OK, TW_EXTRACT_PROSE, STUB GOOD },
        /* Prose, then code without a fence. */
        { "Sure, here it is:\n\n" GOOD "\nHope this helps!", TW_EXTRACT_OK,
          TW_EXTRACT_PROSE, STUB GOOD },
        /* Blank lines and comments do not end a function. */
        { "```python\ndef f(x):\n    s = 0\n\n    # sum\n\n    return s\n\n\n"
          "def g():\n    return 2\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          STUB "def f(x):\n    s = 0\n\n    # sum\n\n    return s\n\n\ndef "
               "g():\n    return 2\n" },
        /* Stop strings are for continuations: nothing is cut here. */
        { "```python\nimport math\n# sum\ndef g(x):\n    return x\nif True:\n "
          "   K = 1\ndef f(x):\n    return g(x)\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          STUB "import math\n# sum\ndef g(x):\n    return x\nif True:\n    K = "
               "1\ndef f(x):\n    return g(x)\n" },
        /* A function without return stays. */
        { "```python\ndef f(x):\n    x.sort()\n```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB "def f(x):\n    x.sort()\n" },
        /* Main guard, prints, own asserts go; other calls stay. */
        { "```python\nimport sys\nsys.setrecursionlimit(9999)\n" GOOD
          "print(f([1]))\nassert f([1]) == 7\nif __name__ == '__main__':\n    "
          "f(3)\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK,
          STUB "import sys\nsys.setrecursionlimit(9999)\n" GOOD },
        /* No import is added: the prelude is a matter of the judge. */
        { "```python\ndef f(x):\n    return math.fsum(x)\n```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB "def f(x):\n    return math.fsum(x)\n" },
        { "```python\ndef g(x):\n    return 1\n```", TW_EXTRACT_NO_ENTRY,
          TW_EXTRACT_NO_WAY, "def g(x):\n    return 1\n" },
        { "```python\ndef f(x:\n    return 1\n```", TW_EXTRACT_SYNTAX,
          TW_EXTRACT_NO_WAY, NULL },
        { "", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
        { " \n\t\n", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
        { "``````", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
    };
    if (jail)
        run_cases(&CHAT, cases, TW_ARRAY_LEN(cases));
}

TEST(control_tokens_and_escapes_are_no_code)
{
    static const struct bench_case cases[] = {
        { "```python\n" GOOD "```<|im_end|>\n<|im_start|>user\n```python\ndef "
          "f(x):\n    return 0\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, STUB GOOD },
        { BODY "<|endoftext|>def f(x):\n    return 7\n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD BODY },
        { "<s>" BODY "</s>", TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "<|endofte", TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "endoftext|>", TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "<\xef\xbd\x9c"
               "end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd"
               "\x9c>more",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { "\x1b[32m```python\x1b[0m\n" GOOD "```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB GOOD },
        { "\x1b]0;title\x07" BODY, TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { "[INST] Write f [/INST]\n```\n" GOOD "```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, STUB GOOD },
        { "\xef\xbb\xbf" GOOD, TW_EXTRACT_OK, TW_EXTRACT_PROSE, STUB GOOD },
        { "    return '</s>'\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD, NULL },
    };
    if (jail)
        run_cases(&CHAT, cases, TW_ARRAY_LEN(cases));
}

TEST(continuations_keep_every_blank)
{
    static const struct bench_case cases[] = {
        { BODY, TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { "\n" BODY, TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD "\n" BODY },
        { "\treturn 1\n", TW_EXTRACT_SYNTAX, TW_EXTRACT_NO_WAY, NULL },
        /* What a model writes when nobody stops it. */
        { BODY "\n\ndef g(y):\n    return f(y) + \n", TW_EXTRACT_OK,
          TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "\n# test\nprint(f([1]))\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD BODY },
        { BODY "\nif __name__ == '__main__':\n    import doctest\n",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "```\nThis function\n```python\ndef f(x):\n    return 3\n```",
          TW_EXTRACT_OK, TW_EXTRACT_HEAD, HEAD BODY },
        { BODY "\nAnswer: it sums\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD BODY },
        /* Cut off in the middle of a line. */
        { "    s = sum(x)\n    return s +", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          HEAD "    s = sum(x)\n" },
        /* Stripped or dedented it is lost, and said so. */
        { "return sum(x)\n", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
        { "s = 0\nfor v in x:\n    s += v\nreturn s\n", TW_EXTRACT_NO_CODE,
          TW_EXTRACT_NO_WAY, "" },
        { "    return ((\n", TW_EXTRACT_SYNTAX, TW_EXTRACT_NO_WAY, NULL },
        /* The whole function again, not indented. */
        { GOOD, TW_EXTRACT_OK, TW_EXTRACT_PROSE, STUB GOOD },
    };
    if (jail)
        run_cases(&CHAT, cases, TW_ARRAY_LEN(cases));
}

TEST(a_head_without_its_last_line_end_gets_it)
{
    static const struct bench_case cases[] = {
        { "    return 1\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          "def f(x):\n    \"\"\" One. \"\"\"\n    return 1\n" },
        { "\n    return 1\n", TW_EXTRACT_OK, TW_EXTRACT_HEAD,
          "def f(x):\n    \"\"\" One. \"\"\"\n    return 1\n" },
    };
    struct tw_extract_task task = { .entry = "f",
                                    .head = "def f(x):\n    \"\"\" One. \"\"\"",
                                    .bench = true };
    if (jail)
        run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(scripts_and_tests_are_taken_as_they_are)
{
    static const struct bench_case scripts[] = {
        { "```python\nn = int(input())\nprint(n * 2)\n```", TW_EXTRACT_OK,
          TW_EXTRACT_BLOCK, "n = int(input())\nprint(n * 2)\n" },
        { "print(int(input()) * 2)\n", TW_EXTRACT_OK, TW_EXTRACT_PROSE,
          "print(int(input()) * 2)\n" },
        { "No.", TW_EXTRACT_NO_CODE, TW_EXTRACT_NO_WAY, "" },
    };
    static const struct bench_case tests[] = {
        { "```python\nfrom m import f\n```\n```python\nfrom m import f\nassert "
          "f(1)\n```",
          TW_EXTRACT_OK, TW_EXTRACT_BLOCK, "from m import f\nassert f(1)\n" },
    };
    struct tw_extract_task task = { .entry = "", .bench = true };
    if (!jail)
        return;
    run_cases(&task, scripts, TW_ARRAY_LEN(scripts));
    task =
        (struct tw_extract_task){ .entry = "f", .tests = true, .bench = true };
    run_cases(&task, tests, TW_ARRAY_LEN(tests));
}

TEST(answers_of_many_tasks_go_in_few_jobs)
{
    enum { N = 150 };
    static const struct tw_extract_task a_task = { .entry = "f",
                                                   .bench = true };
    static const struct tw_extract_task b_task = { .entry = "g",
                                                   .bench = true };
    const struct tw_extract_task *tasks[N];
    struct tw_extract_answer answers[N];
    struct tw_extract_result results[N];
    struct tw_arena a;
    size_t n_right = 0;
    static const char text[] = "```\ndef f(x):\n    return 1\n```\n"
                               "```\ndef g(x):\n    return 2\n```";
    if (!jail)
        return;
    for (size_t i = 0; i < N; i++) {
        tasks[i] = i % 3 ? &a_task : &b_task;
        answers[i] = (struct tw_extract_answer){ text, sizeof(text) - 1 };
    }
    tw_arena_init(&a, 64u << 20);
    CHECK(tw_extract_many(jail, &a, tasks, answers, N, results, NULL) == TW_OK);
    for (size_t i = 0; i < N; i++)
        n_right += strcmp(results[i].code, i % 3 ? "def f(x):\n    return 1\n"
                                                 : "def g(x):\n    return "
                                                   "2\n") == 0;
    CHECK(n_right == N);
    tw_arena_release(&a);
}

TEST(losses_are_counted_in_lines)
{
    struct tw_arena a;
    struct tw_extract_result r[2];
    static const char cut[] = "```\ndef f(x):\n    return 1\n\nSo it is.\nOK!";
    static const char whole[] = "```\ndef f(x):\n    return 1\n```";
    const struct tw_extract_answer answers[2] = {
        { cut, sizeof(cut) - 1 }, { whole, sizeof(whole) - 1 }
    };
    const struct tw_extract_task task = { .entry = "f", .bench = true };
    if (!jail)
        return;
    tw_arena_init(&a, 64u << 20);
    CHECK(tw_extract_run(jail, &a, &task, answers, 2, r, NULL) == TW_OK);
    CHECK(r[0].n_lost == 2 && r[1].n_lost == 0);
    tw_arena_release(&a);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(jail_opens); RUN(chat_answers_give_their_last_good_block);
          RUN(control_tokens_and_escapes_are_no_code);
          RUN(continuations_keep_every_blank);
          RUN(a_head_without_its_last_line_end_gets_it);
          RUN(scripts_and_tests_are_taken_as_they_are);
          RUN(answers_of_many_tasks_go_in_few_jobs);
          RUN(losses_are_counted_in_lines);)
