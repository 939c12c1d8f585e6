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
    CHECK(samples.n == 4 && samples.whole && samples.n_odd == 1);
    CHECK(samples.items[1].whole && !samples.items[2].whole);
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
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"completion\": \"def one(x):\\n "
                       "return x\"}",
                       &set, &err) == TW_OK);
    CHECK(samples.items[0].whole && samples.whole && !samples.fenced);
    tw_samples_release(&samples);
    CHECK(load_samples(&samples,
                       "{\"task_id\": \"0\", \"completion\": \"return x\"}",
                       &set, &err) == TW_OK);
    CHECK(!samples.items[0].whole && samples.n_odd == 0);
    tw_samples_release(&samples);
    tw_taskset_release(&set);
}

/* Fields, lists and ids as others write them; a row is one file. */
TEST(layouts_of_others_are_read)
{
    static const struct {
        const char *text;
        size_t n;
        bool whole, fenced;
    } rows[] = {
        { "{\"task_id\": \"0\", \"source_codes\": [\"def one(x):\\n  pass\", "
          "\"def one(x):\\n  return 1\"]}",
          2, true, false },
        { "{\"task_id\": \"0\", \"generations\": [[\"  return 1\"], [\"  "
          "return "
          "2\", \"  return 3\"]]}",
          3, false, false },
        { "{\"name\": \"HumanEval/0\", \"completions\": [\"    return 1\"]}", 1,
          false, false },
        { "[[\"def one(x):\\n  return 1\"], [\"def two(x):\\n  return 1\", "
          "\"\"], []]",
          3, true, false },
        { "{\"task_id\": 0, \"response\": \"Sure:\\n```python\\ndef one(x):\\n"
          "  return 1\\n```\"}",
          1, true, true },
        { "{\"task_id\": 0, \"code\": \"one = lambda x: x\"}", 1, true, false },
    };

    CHECK(load_text(&set, OWN_TASKS, NULL, &err) == TW_OK);
    for (size_t i = 0; i < TW_ARRAY_LEN(rows); i++) {
        enum tw_status st = load_samples(&samples, rows[i].text, &set, &err);
        CHECK(st == TW_OK);
        if (st != TW_OK) {
            printf("# row %zu: %s\n", i, err.msg);
            continue;
        }
        CHECK(samples.n == rows[i].n && samples.whole == rows[i].whole);
        CHECK(samples.fenced == rows[i].fenced);
        tw_samples_release(&samples);
    }
    CHECK(refused("[[\"x\"]]", TW_EFORMAT, "cannot tell whose the 1 lists"));
    CHECK(refused("[[\"x\"],[\"x\"],[],[]]", TW_EFORMAT,
                  "is a list more than humaneval has tasks: 3"));
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
    CHECK(refused("{\"task_id\": \"0\", \"samples\": [[[\"x\"]]]}", TW_EFORMAT,
                  "something else than text in 'samples'"));
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
          RUN(layouts_of_others_are_read);
          RUN(the_reference_as_an_answer_is_suspicious);
          RUN(wrong_samples_are_refused_with_their_line);)
