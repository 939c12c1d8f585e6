/*
 * test_samples.c - recorded answers: layouts, joined with their tasks.
 */
#include "bench_file.h"
#include "tasks/samples.h"
#include "test.h"

static struct tw_taskset set;
static struct tw_samples samples;
static struct tw_err err;

TEST(published_recordings_join_completely)
{
    static const struct {
        const char *file, *tasks, *name, *layout;
        size_t n, n_tasks;
        long n_recorded; /* passes by the file's own account; -1: none */
        bool whole;
    } cases[] = {
        { "recorded/ldb_humaneval_codellama.jsonl", "bench/HumanEval.jsonl",
          "humaneval", "ldb", 164, 164, 81, true },
        { "recorded/ldb_humaneval_starcoder.jsonl", "bench/HumanEval.jsonl",
          "humaneval", "ldb", 164, 164, 64, true },
        { "recorded/ldb_humaneval_gpt-3.5-turbo-0613.jsonl",
          "bench/humaneval-x_python.jsonl", "humaneval-x", "ldb", 164, 164, 121,
          true },
        { "recorded/ldb_mbpp_codellama.jsonl", "bench/mbpp.jsonl", "mbpp-test",
          "ldb", 500, 500, 256, true },
        { "recorded/ldb_mbpp_starcoder.jsonl", "bench/mbpp.jsonl", "mbpp-test",
          "ldb", 500, 500, 258, true },
        { "recorded/ldb_mbpp_gpt-3.5-turbo-0613.jsonl", "bench/mbpp.jsonl",
          "mbpp", "ldb", 500, 500, 338, true },
        { "recorded/ldb_mbpp_codellama.jsonl", "bench/sanitized-mbpp.json",
          "mbpp-257", "ldb", 257, 257, -2, true },
        { "recorded/evalplus_humaneval_mistral-7b-instruct-v0.2.json",
          "bench/HumanEval.jsonl", "humaneval", "evalplus", 164, 164, 74,
          true },
        { "recorded/evalplus_mbpp_mistral-7b-instruct-v0.2.json",
          "bench/sanitized-mbpp.json", "mbpp-sanitized", "evalplus", 378, 378,
          172, true },
        { "recorded/evalplus_mbpp_mistral-7b-instruct-v0.2.json",
          "bench/sanitized-mbpp.json", "mbpp-257", "evalplus", 224, 224, -2,
          true },
        { "recorded/codet_humaneval_codegen16b_solutions.jsonl",
          "bench/HumanEval.jsonl", "humaneval", "codet", 16400, 164, -1,
          false },
        { "recorded/codet_humaneval_codegen16b_tests.jsonl",
          "bench/HumanEval.jsonl", "humaneval", "codet", 16400, 164, -1,
          false },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        char file[1024], tasks[1024];
        long n_passed = 0, n_none = 0;

        if (!shared_file(file, cases[i].file) ||
            !shared_file(tasks, cases[i].tasks)) {
            printf("# %s # SKIP shared data absent\n", cases[i].file);
            continue;
        }
        CHECK(tw_taskset_load(&set, tasks, cases[i].name, &err) == TW_OK);
        CHECK(tw_samples_load(&samples, file, NULL, &set, &err) == TW_OK);
        for (size_t k = 0; k < samples.n; k++) {
            n_passed += samples.items[k].recorded == 1;
            n_none += samples.items[k].recorded < 0;
            CHECK(samples.items[k].whole == cases[i].whole);
        }
        printf("# %s: %zu samples, %ld passed, %zu empty, %zu odd, %zu as the "
               "reference, %zu skipped\n",
               cases[i].file, samples.n, n_passed, samples.n_empty,
               samples.n_odd, samples.n_canonical, samples.n_skipped);
        CHECK(samples.n == cases[i].n && samples.n_tasks == cases[i].n_tasks);
        CHECK(strcmp(samples.layout, cases[i].layout) == 0);
        CHECK(!samples.suspicious && samples.n_odd * 8 < samples.n);
        CHECK(cases[i].n_recorded == -2 ||
              (cases[i].n_recorded < 0 ? (size_t)n_none == samples.n
                                       : n_passed == cases[i].n_recorded));
        tw_samples_release(&samples);
        tw_taskset_release(&set);
    }
}

/* The join by name gives what the prompts file says. */
TEST(codet_joins_by_prompt_and_by_name_alike)
{
    static const char *const files[][2] = {
        { "recorded/codet_humaneval_codegen16b_solutions.jsonl",
          "recorded/codet_humaneval_prompts_solutions.jsonl" },
        { "recorded/codet_humaneval_codegen16b_tests.jsonl",
          "recorded/codet_humaneval_prompts_tests.jsonl" },
    };
    char tasks[1024], file[1024], prompts[1024];

    if (!shared_file(tasks, "bench/HumanEval.jsonl") ||
        !shared_file(file, files[0][0]))
        return;
    CHECK(tw_taskset_load(&set, tasks, NULL, &err) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(files); i++) {
        struct tw_samples by_name;
        size_t n_other = 0;

        shared_file(file, files[i][0]);
        shared_file(prompts, files[i][1]);
        CHECK(tw_samples_load(&samples, file, prompts, &set, &err) == TW_OK);
        CHECK(tw_samples_load(&by_name, file, NULL, &set, &err) == TW_OK);
        CHECK(samples.n == by_name.n);
        for (size_t k = 0; k < samples.n && k < by_name.n; k++)
            n_other +=
                strcmp(samples.items[k].text, by_name.items[k].text) != 0;
        CHECK(n_other == 0);
        tw_samples_release(&samples);
        tw_samples_release(&by_name);
    }
    tw_taskset_release(&set);
}

static bool refused(const char *text, enum tw_status want, const char *words)
{
    enum tw_status st = load_samples(&samples, text, &set, &err);
    bool fine = st == want && strstr(err.msg, words) != NULL;

    if (!fine)
        printf("# %s: %s\n", tw_status_name(st), err.msg);
    if (st == TW_OK)
        tw_samples_release(&samples);
    return fine;
}

TEST(completions_and_solutions_are_read)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"HumanEval/1\", \"completion\": \"  "
                       "return 1\", \"more\": 1}\n\n"
                       "{\"task_id\": \"Python/0\", \"completion\": \"\"}\r\n"
                       "{\"task_id\": 1, \"completion\": \"  a\\u0000b\", "
                       "\"passed\": true}\n"
                       "{\"task_id\": \"1\", \"completion\": null}",
                       &set, &err) == TW_OK);
    CHECK(samples.n == 4 && samples.n_tasks == 2 && samples.n_empty == 2);
    CHECK(strcmp(samples.layout, "jsonl") == 0 && !samples.suspicious);
    CHECK(strcmp(samples.field, "completion") == 0);
    const struct tw_sample *s = samples.items;
    CHECK(s[0].task == 0 && s[0].index == 0 && s[0].len == 0);
    CHECK(s[1].task == 1 && s[1].index == 0 && !s[1].whole);
    CHECK(strcmp(s[1].text, "  return 1") == 0 && s[1].recorded == -1);
    CHECK(s[2].task == 1 && s[2].index == 1 && s[2].recorded == 1);
    CHECK(s[2].len == 5 && memcmp(s[2].text, "  a\0b", 5) == 0);
    CHECK(s[3].index == 2 && s[3].len == 0);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "[{\"task_id\": \"0\", \"solution\": \"def "
                       "one(x):\\n    return x\"}]",
                       &set, &err) == TW_OK);
    CHECK(samples.n == 1 && samples.items[0].whole && samples.n_odd == 0);
    tw_samples_release(&samples);
    tw_taskset_release(&set);
}

TEST(fields_of_either_meaning_are_told_by_their_texts)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"samples\": [\"def one(x):\", "
                       "\"def one(y):\", \"    return 1\", \"\"]}\n",
                       &set, &err) == TW_OK);
    /* "def one(x):" alone is no program, and none behind the prompt. */
    CHECK(samples.n == 4 && samples.items[0].whole && samples.items[1].whole);
    CHECK(!samples.items[2].whole && samples.n_odd == 0);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"generation\": \"  return 1\"}",
                       &set, &err) == TW_OK);
    CHECK(samples.n == 1 && !samples.items[0].whole && samples.n_odd == 0);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"solution\": \"  return 1\"}",
                       &set, &err) == TW_OK);
    CHECK(!samples.items[0].whole && samples.n_odd == 0);
    CHECK(samples.n_turned == 1);
    tw_samples_release(&samples);
    tw_taskset_release(&set);
}

#define WHOLE  "def one(x):\\n    return x + 1.5\\n"
#define REST   "    y = x\\n    return y\\n"
#define HELPED "    return two(x)\\n\\ndef two(x):\\n    return x\\n"
#define FENCED(label, code) \
    "Here it is:\\n\\n```" label "\\n" code "```\\nDone.\\n"

/* What a text is, whatever the name of its field promises. */
TEST(what_compiles_decides_what_a_text_is)
{
    static const struct {
        const char *field, *text;
        bool whole, fenced;
        size_t n_turned;
    } cases[] = {
        { "completion", WHOLE, true, false, 1 },
        { "completion", "import math\\n" WHOLE, true, false, 1 },
        { "completion", "# it adds\\n\\n" WHOLE, true, false, 1 },
        { "completion", "@str\\n" WHOLE, true, false, 1 },
        { "completion", "async " WHOLE, true, false, 1 },
        { "completion", REST, false, false, 0 },
        { "completion", HELPED, false, false, 0 },
        { "completion", REST WHOLE, false, false, 0 },
        { "completion", "\\n\\n    # y\\n" REST, false, false, 0 },
        { "solution", WHOLE, true, false, 0 },
        { "solution", REST, false, false, 1 },
        { "solution", HELPED, false, false, 1 },
        { "solution", "    return x)", true, false, 0 }, /* neither */
        { "solution", "def won(x):\\n    return x\\n", true, false, 0 },
        { "solution", "one = lambda x: x\\n", true, false, 0 },
        { "solution", "from math import floor as one\\n", true, false, 0 },
        { "generation", WHOLE, true, false, 0 },
        { "generation", REST, false, false, 0 },
        { "response", FENCED("python", WHOLE), true, true, 0 },
        { "response", FENCED("", REST), false, true, 0 },
        { "completion", FENCED("py", WHOLE), true, true, 1 },
        { "completion", FENCED("py", REST), false, true, 0 },
        { "solution", FENCED("py", WHOLE), true, true, 0 },
        { "solution", FENCED("py", "def one(x):\\n") FENCED("", WHOLE), true,
          true, 0 },
        { "solution", FENCED("", WHOLE) FENCED("", "print(one(1))\\n"), true,
          true, 0 },
        { "output", "<think>\\n" FENCED("", REST) "</think>\\n" WHOLE, true,
          true, 0 },
        { "output", "~~~\\n" WHOLE "~~~\\n", true, true, 0 },
        { "output", "```\\n" WHOLE, true, true, 0 }, /* the end is cut off */
        { "completion", "    s = '''\\n```\\n'''\\n    return s\\n", false,
          false, 0 },
        { "solution", "s = '''\\n```\\n'''\\n" WHOLE, true, false, 0 },
    };

    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        char text[1024];
        snprintf(text, sizeof(text), "{\"task_id\": \"0\", \"%s\": \"%s\"}",
                 cases[i].field, cases[i].text);
        CHECK(load_samples(&samples, text, &set, &err) == TW_OK);
        const struct tw_sample *s = samples.items;
        bool fine = samples.n == 1 && s->whole == cases[i].whole &&
                    s->fenced == cases[i].fenced &&
                    samples.n_turned == cases[i].n_turned;
        if (!fine)
            printf("# %s: whole %d, fenced %d, turned %zu\n", text, s->whole,
                   s->fenced, samples.n_turned);
        CHECK(fine);
        CHECK(!s->fenced || !strstr(s->text, "```"));
        tw_samples_release(&samples);
    }
    tw_taskset_release(&set);
}

/* Where a prompt imports what a program leaves out, nothing is cut off. */
TEST(a_program_keeps_what_only_its_prompt_imports)
{
    static const char *const texts[] = {
        "def one(x: List[int]) -> int:\\n    return 1\\n",
        "from typing import List\\ndef one(x: List[int]):\\n    return 1\\n",
    };
    CHECK(load_text(&set,
                    "{\"task_id\": \"HumanEval/0\", \"prompt\": \"from typing "
                    "import List\\n\\n\\ndef one(x: List[int]):\\n    '''one"
                    "'''\\n\", \"entry_point\": \"one\", "
                    "\"canonical_solution\": \"    return 0\", \"test\": "
                    "\"def check(f):\\n    assert f([]) == 1\\n\"}\n",
                    NULL, &err) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(texts); i++) {
        char text[1024];
        snprintf(text, sizeof(text),
                 "{\"task_id\": \"0\", \"completion\": \"%s\"}", texts[i]);
        CHECK(load_samples(&samples, text, &set, &err) == TW_OK);
        CHECK(samples.items[0].whole == (i == 1));
        tw_samples_release(&samples);
    }
    tw_taskset_release(&set);
}

/* How many samples there are, by the layouts of other programs. */
TEST(lists_are_samples_or_versions_or_tasks)
{
    static const struct {
        const char *text;
        size_t n, n_tasks, n_older;
        const char *layout;
    } cases[] = {
        { "{\"task_id\": 0, \"source_codes\": [\"a\", \"b\", \"c\"]}", 1, 1, 2,
          "jsonl" },
        { "{\"task_id\": 0, \"source_codes\": [\"a\"]}", 1, 1, 0, "jsonl" },
        { "{\"task_id\": 0, \"implementations\": [\"a\", \"b\"]}", 1, 1, 1,
          "jsonl" },
        { "{\"task_id\": 0, \"completions\": [\"a\", \"b\"]}", 2, 1, 0,
          "jsonl" },
        { "{\"task_id\": 0, \"generations\": [[\"a\", \"b\"], [\"c\"]]}", 3, 1,
          0, "jsonl" },
        { "{\"task_id\": 0, \"solution\": [\"a\", \"b\"]}", 2, 1, 0, "jsonl" },
        { "{\"name\": \"HumanEval/0\", \"completions\": [\"a\"]}", 1, 1, 0,
          "jsonl" },
        { "{\"name\": \"HumanEval/1\", \"results\": [{\"program\": \"a\", "
          "\"status\": \"OK\"}, {\"program\": \"b\"}]}",
          2, 1, 0, "jsonl" },
        { "{\"problem_id\": 2, \"code\": \"a\"}", 1, 1, 0, "jsonl" },
        { "[[\"a\", \"b\"], [\"c\"], []]", 3, 2, 0, "generations" },
        { "[\"a\", \"b\", \"c\"]", 3, 3, 0, "generations" },
        { "[\"a\"]\n", 0, 0, 0, NULL },
        { "[[[\"a\", \"d\"]], [[\"b\"]], [[\"c\"]]]", 4, 3, 0, "generations" },
    };

    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(cases); i++) {
        enum tw_status st = load_samples(&samples, cases[i].text, &set, &err);
        CHECK((st == TW_OK) == (cases[i].layout != NULL));
        if (st != TW_OK) {
            printf("# %s: %s\n", cases[i].text, err.msg);
            continue;
        }
        CHECK(samples.n == cases[i].n && samples.n_tasks == cases[i].n_tasks);
        CHECK(samples.n_older == cases[i].n_older);
        CHECK(strcmp(samples.layout, cases[i].layout) == 0);
        tw_samples_release(&samples);
    }
    tw_taskset_release(&set);
}

TEST(the_reference_as_an_answer_is_suspicious)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"completion\": \"    return x + "
                       "1\"}\n{\"task_id\": \"1\", \"completion\": \"    "
                       "return x + 2\\n\\n\"}",
                       &set, &err) == TW_OK);
    CHECK(samples.suspicious && samples.n_canonical == 2);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"solution\": \"def one(x):\\n   "
                       " \\\"\\\"\\\" one of x \\\"\\\"\\\"\\n    return x + "
                       "1\"}",
                       &set, &err) == TW_OK);
    CHECK(samples.suspicious);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"completion\": \"    return x + "
                       "1\"}\n{\"task_id\": \"1\", \"completion\": \"    "
                       "return 2 + x\"}",
                       &set, &err) == TW_OK);
    CHECK(!samples.suspicious && samples.n_canonical == 1);
    tw_samples_release(&samples);
    tw_taskset_release(&set);
}

TEST(wrong_samples_are_refused_with_their_line)
{
    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    CHECK(refused("{\"task_id\": \"HumanEval/7\", \"completion\": \"\"}",
                  TW_EFORMAT,
                  "line 1 of 'samples.json' has the task "
                  "'HumanEval/7', which humaneval lacks"));
    CHECK(refused("{\"task_id\": \"CPP/0\", \"completion\": \"\"}", TW_EFORMAT,
                  "has the task 'CPP/0'"));
    CHECK(refused("{\"task_id\": \"0\", \"text\": \"\"}", TW_EFORMAT,
                  "lacks 'completion' or 'solution'"));
    CHECK(refused("{\"task_id\": \"0\", \"solution\": \"\"}\n"
                  "{\"task_id\": \"1\", \"completion\": \"\"}",
                  TW_EFORMAT, "line 2 of 'samples.json' lacks 'solution'"));
    CHECK(refused("{\"task_id\": \"0\", \"solution\": 1}", TW_EFORMAT,
                  "something else than text in 'solution'"));
    CHECK(refused("{\"task_id\": \"0\", \"samples\": [[]]}", TW_EFORMAT,
                  "cannot find a sample"));
    CHECK(refused("{\"task_id\": \"0\", \"samples\": [[[\"\"]]]}", TW_EFORMAT,
                  "something else than text in 'samples'"));
    CHECK(refused("[[\"\"], [\"\"]]", TW_EFORMAT,
                  "2 of them, and humaneval has 3 tasks"));
    CHECK(refused("[[\"\"], [\"\"], [\"\"], [\"\"]]", TW_EFORMAT, "4 of them"));
    CHECK(refused("[[\"\"], 1, [\"\"]]", TW_EFORMAT,
                  "something else than text in 'generations'"));
    CHECK(refused("{\"id\": 1}", TW_EFORMAT, "lacks 'task_id'"));
    CHECK(refused("{\"task_id\": \"0\", \"solution\": \"\"", TW_EFORMAT,
                  "line 1"));
    CHECK(refused("{\"task_id\": [], \"solution\": \"\"}", TW_EFORMAT,
                  "no text or number in 'task_id'"));
    CHECK(refused("", TW_EFORMAT, "cannot find a sample"));
    CHECK(refused("{\"eval\": {\"HumanEval/0\": []}}", TW_EFORMAT,
                  "lacks the list"));
    CHECK(refused("{\"eval\": {\"HumanEval/0\": [{\"a\": 1}]}}", TW_EFORMAT,
                  "lacks 'solution'"));
    CHECK(refused("{\"eval\": {\"HumanEval/0\" 1}}", TW_EFORMAT, "colon"));
    CHECK(refused("{\"prompt\": \"def four(x):\\n\", \"samples\": [\"\"]}",
                  TW_EFORMAT, "'prompt' of no task"));
    tw_taskset_release(&set);
}

TEST_MAIN(RUN(published_recordings_join_completely);
          RUN(codet_joins_by_prompt_and_by_name_alike);
          RUN(completions_and_solutions_are_read);
          RUN(fields_of_either_meaning_are_told_by_their_texts);
          RUN(what_compiles_decides_what_a_text_is);
          RUN(a_program_keeps_what_only_its_prompt_imports);
          RUN(lists_are_samples_or_versions_or_tasks);
          RUN(the_reference_as_an_answer_is_suspicious);
          RUN(wrong_samples_are_refused_with_their_line);)
