/*
 * test_extract.c - programs out of answers; the jail is real.
 */
#include "answer/extract.h"
#include "test.h"

#include <string.h>

static struct tw_jail *jail; /* opened once, by main's first test */

static const char *normalised(struct tw_buf *b, const char *text)
{
    tw_buf_clear(b);
    tw_extract_normalise(b, text, strlen(text));
    return tw_buf_text(b);
}

TEST(line_ends_escapes_and_special_tokens_are_removed)
{
    struct tw_buf b;
    tw_buf_init(&b, 1u << 16);
    CHECK(strcmp(normalised(&b, "a\r\nb\rc"), "a\nb\nc") == 0);
    CHECK(strcmp(normalised(&b, "\x1b[31mred\x1b[0m"), "red") == 0);
    CHECK(strcmp(normalised(&b, "x<|im_end|>y</s>z<s>"), "xyz") == 0);
    CHECK(strcmp(normalised(&b, "if a <| b:"), "if a <| b:") == 0);
    CHECK(strcmp(normalised(&b, "a < b"), "a < b") == 0);
    CHECK(strcmp(normalised(&b, "end\x1b"), "end") == 0);
    CHECK(strcmp(normalised(&b, "end\x1b[3"), "end") == 0);
    tw_buf_release(&b);
}

/* Blocks joined by '|', then '#' and what stands before the first fence. */
static const char *cut(struct tw_buf *b, const char *text)
{
    struct tw_extract_blocks out;
    tw_extract_cut(&out, text, strlen(text));
    tw_buf_clear(b);
    for (size_t i = 0; i < out.n; i++) {
        tw_buf_adds(b, i ? "|" : "");
        tw_buf_add(b, out.blocks[i].text, out.blocks[i].len);
    }
    tw_buf_addc(b, '#');
    tw_buf_add(b, out.rest.text, out.rest.len);
    return tw_buf_text(b);
}

TEST(fences_of_any_kind_give_blocks)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "hi\n```python\na\n```\nbye", "a\n#hi\n" },
        { "```\na\n```\n```py\nb\n```", "a\n|b\n#" },
        { "```python\na\nb", "a\nb#" },
        { "~~~\na\n~~~\n", "a\n#" },
        { "````md\n```\na\n```\n````", "a\n#" },
        { "```markdown\nx\n```python\na\n```\ny\n```", "x\n|a\n#" },
        { "````\n```\na\n    ```\n```\n````", "a\n    ```\n#" },
        /* A line that is deeper than three columns is code (CommonMark). */
        { "```python\ndef f():\n    \"\"\"\n    ```\n    x\n    "
          "```\n    \"\"\"\n```\nend",
          "def f():\n    \"\"\"\n    ```\n    x\n    ```\n    \"\"\"\n#" },
        { "1. so:\n    ```python\n    a\n    ```\n2. b",
          "    a\n#1. so:\n    " },
        { "```python\na\n```python\nb\n```", "a\n|b\n#" },
        { "```python\na\n~~~\nb\n```", "a\n~~~\nb\n#" },
        { "~~~python\na\n```\nb\n~~~~\nc", "a\n```\nb\n#" },
        { "```python\na = 1```\nSo it is.", "a = 1#" },
        { "```python\ndef f():\n    \"\"\"Use ```f()```\n    \"\"\"\n    a",
          "def f():\n    \"\"\"Use ```f()```\n    \"\"\"\n    a#" },
        { "Call ```f(1)``` as in\n```python\na\n```", "f(1)|a\n#Call " },
        { "no fence at all", "#no fence at all" },
        { "code\n```", "#code\n" },
        { "```python", "#" },
        { "text ```python\na\n``` text", "a\n#text " },
        { "  ```Python3 {.x}\n  a\n  ```", "  a\n#  " },
        { "```def f(): return 1```", "def f(): return 1#" },
        { "``a`` and `b`", "#``a`` and `b`" },
        { "x ~~~ y", "#x ~~~ y" },
    };
    struct tw_buf b;
    tw_buf_init(&b, 1u << 16);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        const char *got = cut(&b, cases[i].text);
        if (strcmp(got, cases[i].want) != 0)
            printf("# %zu: got %s\n", i, got);
        CHECK(strcmp(got, cases[i].want) == 0);
    }
    tw_buf_release(&b);
}

TEST(reasoning_is_no_part_of_the_answer)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "<think>\n```python\nx\n```\n</think>\nanswer", "\nanswer" },
        { "draft\n```python\nx\n```\n</think>\nanswer", "\nanswer" },
        { "draft\n```python\nopen\n</think>\n```python\na\n```",
          "\n```python\na\n```" },
        { "<think>a</think>b\n<think>c</think>d", "b\nd" },
        { "<thinking>a</thinking>b", "b" },
        { "<reasoning>\na\n</reasoning>b", "b" },
        { "[THINK]a[/THINK]b", "b" },
        { "\u25c1think\u25b7a\u25c1/think\u25b7b", "b" },
        { "<|channel|>analysis<|message|>a<|end|><|start|>assistant"
          "<|channel|>final<|message|>b",
          "b" },
        { "<|im_start|><think>a</think>b", "<|im_start|>b" },
        { "<|START_THINKING|>a<|END_THINKING|>b", "b" },
        { "a </think> b </think>c", "c" },
        /* Cut off while it reasons: there is no answer. */
        { "<think>\n```python\nx\n```\n", "" },
        { "a\n<think>b", "a\n" },
        /* Programs and sentences that name a tag. */
        { "x = re.sub(\"<think>.*</think>\", \"\", y)",
          "x = re.sub(\"<think>.*</think>\", \"\", y)" },
        { "Write `</think>` last", "Write `</think>` last" },
        { "```python\nt = '''\n</think>\n'''\n```",
          "```python\nt = '''\n</think>\n'''\n```" },
        { "```python\nt = '''\n<think>\n'''\n```",
          "```python\nt = '''\n<think>\n'''\n```" },
        { "a < b and think > c", "a < b and think > c" },
        { "<thinks>a", "<thinks>a" },
    };
    struct tw_buf b;
    tw_buf_init(&b, 1u << 16);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        tw_buf_clear(&b);
        tw_extract_answer_text(&b, cases[i].text, strlen(cases[i].text));
        if (strcmp(tw_buf_text(&b), cases[i].want) != 0)
            printf("# %zu: got %s\n", i, tw_buf_text(&b));
        CHECK(strcmp(tw_buf_text(&b), cases[i].want) == 0);
    }
    tw_buf_release(&b);
}

struct answer_case {
    const char *text;
    enum tw_extract_class class;
    const char *code; /* NULL: not compared */
};

static void run_cases(const struct tw_extract_task *task,
                      const struct answer_case *cases, size_t n)
{
    struct tw_arena a;
    struct tw_err err = { 0 };
    struct tw_extract_answer answers[32];
    struct tw_extract_result results[32];
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
            (!cases[i].code || strcmp(results[i].code, cases[i].code) == 0);
        if (!fine)
            printf("# %zu: class %d, code:\n# %s\n", i, results[i].class,
                   results[i].code);
        CHECK(fine);
    }
    tw_arena_release(&a);
}

TEST(jail_opens)
{
    struct tw_err err = { 0 };
    CHECK(tw_jail_open(&jail, false, &err) == TW_OK);
    if (!jail)
        printf("# %s\n", err.msg);
}

TEST(a_block_that_defines_the_function_and_compiles_is_taken)
{
    static const struct answer_case cases[] = {
        { "Sure!\n```python\ndef f(x):\n    return x\n```\n"
          "Test:\n```python\nassert f(1) == 2\n```",
          TW_EXTRACT_OK, "def f(x):\n    return x\n" },
        { "```\npip install x\n```\n```python\ndef f(x):\n    return 2\n```",
          TW_EXTRACT_OK, "def f(x):\n    return 2\n" },
        /* What an earlier turn of the program's names needs stays. */
        { "```python\nT = {}\nT.update(a=1)\n\ndef fill():\n    T['b'] = 2\n\n"
          "def f(x):\n    return T[x]\n\nfill()\nprint(f('a'))\n\ndef "
          "check():\n    assert f('a') == 1\n\ncheck()\nfor v in 'ab':\n    "
          "print(f(v))\n```",
          TW_EXTRACT_OK,
          "T = {}\nT.update(a=1)\n\ndef fill():\n    T['b'] = 2\n\ndef f(x):\n"
          "    return T[x]\n\nfill()\n\ndef check():\n    assert f('a') == "
          "1\n" },
        /* An import that fails and that nothing uses. */
        { "```python\nimport pytest, math\nimport pytest\nfrom hypothesis "
          "import (given,\n    settings)\ndef f(x):\n    return x\n```",
          TW_EXTRACT_OK,
          "import pytest, math\npass\n\npass\ndef f(x):\n    return x\n" },
        { "```python\nimport pytest\ndef f(x):\n    return pytest\n```",
          TW_EXTRACT_OK, "import pytest\ndef f(x):\n    return pytest\n" },
        { "```python\n'''Doc.'''\nfrom __future__ import annotations\ndef "
          "f(x: List[int]):\n    return math.floor(x)\n```",
          TW_EXTRACT_OK,
          "'''Doc.'''\nfrom __future__ import annotations\nfrom typing import "
          "List\nimport math\ndef f(x: List[int]):\n    return "
          "math.floor(x)\n" },
        /* Unterminated, and the tail is no Python. */
        { "```python\ndef f(x):\n    return 3\n\nThis function returns 3.",
          TW_EXTRACT_OK, "def f(x):\n    return 3\n" },
        { "```python\ndef f(x):\n    y = (1,\n```", TW_EXTRACT_SYNTAX, NULL },
        { "```python\ndef g(x):\n    return 1\n```", TW_EXTRACT_NO_ENTRY,
          NULL },
        { "I cannot do that.", TW_EXTRACT_NO_CODE, "" },
        { "", TW_EXTRACT_NO_CODE, "" },
        /* CRLF, and remains of special tokens. */
        { "```python\r\ndef f(x):\r\n    return 4\r\n```<|im_end|>",
          TW_EXTRACT_OK, "def f(x):\n    return 4\n" },
        /* A list item: the block is indented. */
        { "1. like this\n   ```python\n   def f(x):\n       return 5\n   ```",
          TW_EXTRACT_OK, "def f(x):\n    return 5\n" },
        /* A lone closing fence: the prompt opened it. */
        { "def f(x):\n    return 6\n```\nThis is it.", TW_EXTRACT_OK,
          "def f(x):\n    return 6\n" },
        /* Code without any fence behind prose. */
        { "Here you are:\n\ndef f(x):\n    return 7\n\nIt returns 7.",
          TW_EXTRACT_OK, "def f(x):\n    return 7\n" },
        /* What the answer says of itself does not count. */
        { "```python\ndef f(x):\n    return 8\nprint(f(1))\n"
          "assert f(1) == 9\nif __name__ == '__main__':\n    f(2)\n```",
          TW_EXTRACT_OK, "def f(x):\n    return 8\n" },
        /* A missing import that everybody knows. */
        { "```python\ndef f(x):\n    return math.sqrt(x)\n```", TW_EXTRACT_OK,
          "import math\ndef f(x):\n    return math.sqrt(x)\n" },
        { "```python\nf = lambda x: x\n```", TW_EXTRACT_OK, NULL },
    };
    struct tw_extract_task task = { .entry = "f" };
    if (jail)
        run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(continuation_keeps_its_indentation)
{
    static const struct answer_case cases[] = {
        { "    if x:\n        return 1\n    return 2\n", TW_EXTRACT_OK,
          "def f(x):\n    if x:\n        return 1\n    return 2\n" },
        { "    return 1\n\nSo the answer is 1.", TW_EXTRACT_OK,
          "def f(x):\n    return 1\n" },
        { "return 1\n", TW_EXTRACT_NO_CODE, NULL },
    };
    struct tw_extract_task task = { .entry = "f", .head = "def f(x):\n" };
    if (jail)
        run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(stub_stands_in_front)
{
    static const struct answer_case cases[] = {
        { "```python\ndef f(x: List[int]):\n    return helper(x)\n```",
          TW_EXTRACT_OK,
          "from typing import List\ndef helper(x):\n    return 1\n"
          "def f(x):\n    pass\n"
          "def f(x: List[int]):\n    return helper(x)\n" },
    };
    struct tw_extract_task task = {
        .entry = "f",
        .stub = "from typing import List\ndef helper(x):\n    return 1\n"
                "def f(x):\n    pass\n"
    };
    if (jail)
        run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(test_scripts_need_an_assert_or_a_test_function)
{
    static const struct answer_case cases[] = {
        { "```python\nfrom kpi import f\n```\n"
          "```python\nfrom kpi import f\nassert f(1) == 2\n```",
          TW_EXTRACT_OK, "from kpi import f\nassert f(1) == 2\n" },
        { "```python\ndef test_f():\n    f(1)\n```", TW_EXTRACT_OK, NULL },
        { "```python\nprint(1)\n```", TW_EXTRACT_NO_ENTRY, NULL },
    };
    struct tw_extract_task task = { .entry = "f", .tests = true };
    if (jail)
        run_cases(&task, cases, TW_ARRAY_LEN(cases));
}

TEST(hostile_answers_do_no_harm)
{
    static char deep[60000];
    static char many[60000];
    memset(deep, '(', sizeof(deep) - 1);
    for (size_t i = 0; i + 4 < sizeof(many); i += 4)
        memcpy(many + i, "```\n", 4);
    const struct answer_case cases[] = {
        { "```python\ndef f(x):\n    return 1\n```", TW_EXTRACT_OK, NULL },
        { many, TW_EXTRACT_NO_CODE, NULL },
        { "```python\n\xff\xfe\n```", TW_EXTRACT_SYNTAX, NULL },
        { "```python\ndef f(x):\n    return '\\ud800'\n```", TW_EXTRACT_OK,
          NULL },
    };
    struct tw_extract_task task = { .entry = "f" };
    if (!jail)
        return;
    run_cases(&task, cases, TW_ARRAY_LEN(cases));
    struct tw_arena a;
    struct tw_extract_answer answers[2] = {
        { deep, sizeof(deep) - 1 },
        { cases[0].text, strlen(cases[0].text) },
    };
    struct tw_extract_result results[2];
    tw_arena_init(&a, 64u << 20);
    CHECK(tw_extract_run(jail, &a, &task, answers, 2, results, NULL) == TW_OK);
    CHECK(results[0].class != TW_EXTRACT_OK);
    CHECK(results[1].class == TW_EXTRACT_OK);
    tw_arena_release(&a);
    tw_jail_close(jail);
}

TEST_MAIN(RUN(line_ends_escapes_and_special_tokens_are_removed);
          RUN(fences_of_any_kind_give_blocks);
          RUN(reasoning_is_no_part_of_the_answer); RUN(jail_opens);
          RUN(a_block_that_defines_the_function_and_compiles_is_taken);
          RUN(continuation_keeps_its_indentation); RUN(stub_stands_in_front);
          RUN(test_scripts_need_an_assert_or_a_test_function);
          RUN(hostile_answers_do_no_harm);)
