/*
 * test_mangle.c - ten thousand broken sample files, and as many task files:
 * each is read or refused, with a reason.  TW_MANGLE_SEED takes another seed.
 */
#define _GNU_SOURCE /* memfd_create */
#include "base/rng.h"
#include "bench_file.h"
#include "test.h"

#include <sys/mman.h>

enum { ROUNDS = 10000, TEXT_MAX = 1 << 16, DEPTH = 3000 };

static struct tw_taskset own;
static struct tw_rng rng;
static int fd;
static char path[64];
static char text[TEXT_MAX + 1];
static size_t n_text;

static const char *const SAMPLES[] = {
    "{\"task_id\": \"HumanEval/0\", \"completion\": \"    return 1\\n\"}\n"
    "{\"task_id\": \"HumanEval/1\", \"completion\": \"\"}\n"
    "{\"task_id\": 2, \"completion\": \"    return \\u00e4\"}\n",
    "[{\"task_id\": \"0\", \"solution\": \"def one(x):\\n  return x\"},\n"
    " {\"task_id\": \"1\", \"solution\": null, \"is_solved\": false}]\n",
    "{\"task_id\": \"HumanEval/0\", \"samples\": [\"def one(x): pass\", "
    "\"\", \"  return 2\"]}\n",
    "{\"prompt\": \"def one(x):\\n    a\", \"samples\": [\"    return 1\"]}\n"
    "{\"prompt\": \"def two(x):\\n    b\", \"samples\": [\"    return 2\", "
    "\"\"]}\n",
    "{\"date\": \"2024\", \"hash\": \"x\", \"eval\": {\"HumanEval/0\": "
    "[{\"task_id\": \"HumanEval/0\", \"solution\": \"def one(x): pass\", "
    "\"base_status\": \"pass\", \"plus_status\": \"fail\", "
    "\"base_fail_tests\": []}], \"HumanEval/2\": [{\"solution\": \"\", "
    "\"base_status\": \"fail\"}]}}\n",
};

static const char *const TASKS[] = {
    OWN_TASKS,
    "[{\"source_file\": \"a\", \"task_id\": 12, \"prompt\": \"Add.\", "
    "\"code\": \"def add(x):\\n  return x\", \"test_imports\": "
    "[\"import math\"], \"test_list\": [\"assert add(1) == 1\"]}]",
    "{\"text\": \"Add.\", \"code\": \"def add(x):\\r\\n  return x\", "
    "\"task_id\": 12, \"test_setup_code\": \"\", \"test_list\": [\"assert "
    "add(1) == 1\"], \"challenge_test_list\": []}\n",
    "{\"task_id\": \"HumanEval/2\", \"prompt\": \"def f(x):\\n\", "
    "\"entry_point\": \"f\", \"canonical_solution\": \"    return x\\n\", "
    "\"base_input\": [[1], [\"]\"]], \"plus_input\": [[1e999, 10000000000000"
    "00000000]], \"atol\": 0.5, \"contract\": \"\"}\n",
    "{\"task_id\": \"Go/0\", \"prompt\": \"func F(x int) {\\n\", "
    "\"declaration\": \"func F(x int) {\\n\", \"canonical_solution\": \"}\", "
    "\"test\": \"t\", \"test_setup\": \"package main\", \"import\": \"\"}\n",
    "{\"name\": \"HumanEval_0_f\", \"language\": \"cpp\", \"prompt\": \"int "
    "f(long x) {\", \"tests\": \"}\", \"stop_tokens\": [\"\\n}\"]}\n",
    "{\"name\": \"A\", \"description\": \"d\", \"public_tests\": {\"input\": "
    "[\"1\"], \"output\": [\"2\"]}, \"private_tests\": null, "
    "\"time_limit\": {\"seconds\": 1}, \"solutions\": {\"language\": [2], "
    "\"solution\": [\"s\"]}}\n",
};

static size_t below(size_t n)
{
    return n ? (size_t)(tw_rng_u64(&rng) % n) : 0;
}

/* Replace n_old bytes at the place by others. */
static void splice(size_t at, size_t n_old, const char *bytes, size_t n)
{
    static char copy[TEXT_MAX];

    if (n > TEXT_MAX / 2 || n_text - n_old + n > TEXT_MAX)
        return;
    memcpy(copy, bytes, n); /* they may be part of the text */
    memmove(text + at + n, text + at + n_old, n_text - at - n_old);
    memcpy(text + at, copy, n);
    n_text += n;
    n_text -= n_old;
}

static void insert_token(void)
{
    static const char *const tokens[] = {
        "null",
        "true",
        "{}",
        "[]",
        "\"",
        "\\",
        "\\u0000",
        "\\ud800",
        "\xff\xfe",
        "\xc0\x80",
        "\xef\xbb\xbf",
        "-",
        "1e999",
        "99999999999999999999999999",
        "{\"task_id\":",
        "}\n{",
        ",",
        ":",
        "]",
        "}",
        "\n",
        "\r\n",
        "\"eval\": {",
        "\"task_id\": \"x\",",
        "\"samples\": [",
    };
    const char *token = tokens[below(TW_ARRAY_LEN(tokens))];
    size_t at = below(n_text + 1);

    splice(at, below(2) ? below(n_text - at) % 16 : 0, token, strlen(token));
}

static void nest(void)
{
    static char deep[DEPTH];
    static const char kinds[] = "[{(\"";
    size_t n = 1 + below(DEPTH);

    memset(deep, kinds[below(4)], n);
    splice(below(n_text + 1), 0, deep, n);
}

/* A value of another type, or another member's name. */
static void change_value(void)
{
    static const char *const values[] = { "0",    "-1", "1.5", "null",
                                          "true", "[]", "{}",  "\"\"" };
    const char *value = values[below(TW_ARRAY_LEN(values))];
    size_t at = below(n_text + 1);

    while (at < n_text && text[at] != ':')
        at++;
    if (at == n_text)
        return;
    size_t end = at + 1;
    while (end < n_text && !strchr(",}\n", text[end]))
        end++;
    splice(at + 1, end - at - 1, value, strlen(value));
}

static void mangle_once(void)
{
    size_t at = below(n_text + 1), n = below(n_text - at + 1);

    switch (below(8)) {
    case 0:
        if (at < n_text)
            text[at] = (char)below(256);
        break;
    case 1:
        n_text = at;
        break;
    case 2:
        splice(at, 0, text + at, n);
        break;
    case 3:
        splice(at, n % 32, "", 0);
        break;
    case 4:
        nest();
        break;
    case 5:
        change_value();
        break;
    case 6:
        splice(at, 0, "\0\0\0\0", 1 + below(4));
        break;
    default:
        insert_token();
        break;
    }
}

static bool mangle(const char *from)
{
    n_text = strlen(from);
    memcpy(text, from, n_text);
    for (size_t i = 1 + below(3); i > 0; i--)
        mangle_once();
    return ftruncate(fd, 0) == 0 &&
           pwrite(fd, text, n_text, 0) == (ssize_t)n_text;
}

/* What every reading must hold, whatever the file. */
static bool sane_samples(enum tw_status st, const struct tw_samples *s,
                         const struct tw_err *err)
{
    if (st != TW_OK)
        return err->msg[0] && err->code == st && s->n == 0;
    bool fine = s->n > 0 && s->n_tasks > 0 && s->n_tasks <= own.n;
    for (size_t i = 0; i < s->n; i++)
        fine = fine && s->items[i].task < own.n && s->items[i].index < s->n &&
               s->items[i].text[s->items[i].len] == '\0';
    return fine;
}

static bool sane_tasks(enum tw_status st, const struct tw_taskset *set,
                       const struct tw_err *err)
{
    if (st != TW_OK)
        return err->msg[0] && err->code == st && set->n == 0;
    bool fine = set->n > 0 && set->lang < TW_LANG_COUNT;
    for (size_t i = 0; i < set->n; i++) {
        const struct tw_task *t = &set->tasks[i];
        fine = fine && t->prompt && t->stub && t->entry && t->canonical &&
               t->setup && t->tests && t->declaration && t->imports &&
               tw_taskset_find(set, t->id) == t;
    }
    return fine;
}

static void show(size_t round, const struct tw_err *err)
{
    printf("# round %zu: '%s', file: %.*s\n", round, err->msg,
           (int)(n_text < 2000 ? n_text : 2000), text);
}

TEST(mangled_sample_files_are_read_or_refused)
{
    size_t n_read = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct tw_samples samples;
        struct tw_err err = { 0 };

        bool written = mangle(SAMPLES[i % TW_ARRAY_LEN(SAMPLES)]);
        CHECK(written);
        if (!written)
            return;
        enum tw_status st = tw_samples_load(&samples, path, NULL, &own, &err);
        bool fine = sane_samples(st, &samples, &err);
        CHECK(fine);
        if (!fine)
            show(i, &err);
        n_read += st == TW_OK;
        tw_samples_release(&samples);
    }
    printf("# %zu of %d were read\n", n_read, ROUNDS);
    CHECK(n_read > ROUNDS / 100 && n_read < ROUNDS / 2);
}

TEST(mangled_task_files_are_read_or_refused)
{
    size_t n_read = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct tw_taskset set;
        struct tw_err err = { 0 };

        bool written = mangle(TASKS[i % TW_ARRAY_LEN(TASKS)]);
        CHECK(written);
        if (!written)
            return;
        enum tw_status st = tw_taskset_load(&set, path, NULL, &err);
        bool fine = sane_tasks(st, &set, &err);
        CHECK(fine);
        if (!fine)
            show(i, &err);
        n_read += st == TW_OK;
        tw_taskset_release(&set);
    }
    printf("# %zu of %d were read\n", n_read, ROUNDS);
    CHECK(n_read > ROUNDS / 100 && n_read < ROUNDS / 2);
}

static bool start(void)
{
    struct tw_err err;
    const char *given = getenv("TW_MANGLE_SEED");
    unsigned long long seed = given ? strtoull(given, NULL, 10) : 20240611;

    printf("# seed %llu\n", seed);
    rng = tw_rng_seeded(seed);
    fd = memfd_create("mangled", MFD_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return fd >= 0 && load_text(&own, OWN_TASKS, NULL, &err) == TW_OK;
}

TEST_MAIN(if (!start()) return 1; RUN(mangled_sample_files_are_read_or_refused);
          RUN(mangled_task_files_are_read_or_refused); tw_taskset_release(&own);
          close(fd);)
