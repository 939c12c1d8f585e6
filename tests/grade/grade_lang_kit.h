/*
 * grade_lang_kit.h - what the tests of answers in other languages than
 * Python share.  What compilers make is kept in the folder of the process,
 * so that it is made once.
 */
#ifndef TW_TESTS_GRADE_LANG_KIT_H
#define TW_TESTS_GRADE_LANG_KIT_H

#include "grade/grade_lang.h"

#include "../jail/jail_kit.h"

#include <sys/stat.h>

static struct tw_jail *jail;
static struct tw_langs *langs;

static inline struct tw_taskset set_of(enum tw_lang lang, struct tw_task *task)
{
    return (struct tw_taskset){ .name = "test",
                                .layout = TW_LAYOUT_HUMANEVAL_X,
                                .lang = lang,
                                .tasks = task,
                                .n = 1 };
}

/* Judge the text as a continuation, or as a whole program. */
static inline void judge_with(struct tw_grade *out, struct tw_arena *a,
                              enum tw_lang lang, struct tw_grade_answer *answer,
                              bool prelude)
{
    struct tw_task task = *answer->task;
    struct tw_taskset set = set_of(lang, &task);
    struct tw_grader g = {
        .jail = jail,
        .langs = langs,
        .set = &set,
        .options = { .prelude = prelude, .go_on = true, .time_s = 8 }
    };
    struct tw_err err = { 0 };

    enum tw_status st = task.n_cases ? tw_grade_stdio(out, a, &g, answer, &err)
                                     : tw_grade_lang(out, a, &g, answer, &err);
    if (st != TW_OK)
        printf("# %s\n", err.msg);
    CHECK(st == TW_OK);
}

static inline void judge(struct tw_grade *out, struct tw_arena *a,
                         enum tw_lang lang, struct tw_task *task,
                         const char *text, bool whole)
{
    struct tw_grade_answer answer = { task, text, strlen(text), whole };

    judge_with(out, a, lang, &answer, false);
}

struct expected {
    const char *text;
    bool pass;
    enum tw_cause cause;
    size_t n_passed, n_asserts;
};

static inline void check_all(enum tw_lang lang, struct tw_task *task,
                             const struct expected *e, size_t n, bool whole)
{
    if (!langs || !tw_langs_tool(langs, lang)) {
        test_skip("no %s here: tools/install-deps.sh bench",
                  tw_lang_name(lang));
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct tw_grade out = { 0 };
        struct tw_arena a;
        tw_arena_init(&a, (size_t)4 << 20);
        judge(&out, &a, lang, task, e[i].text, whole);
        const struct tw_finding *f = &out.finding;
        bool good = (f->end == TW_END_PASS) == e[i].pass &&
                    f->cause == e[i].cause && out.n_passed == e[i].n_passed &&
                    out.n_asserts == e[i].n_asserts;
        if (!good)
            printf("# %s %zu: %s %s '%s' '%s' line %d, %zu of %zu\n",
                   tw_lang_name(lang), i, tw_end_name(f->end),
                   tw_cause_name(f->cause), f->type, f->text, f->line,
                   out.n_passed, out.n_asserts);
        CHECK(good);
        tw_arena_release(&a);
    }
}

static inline struct tw_task task_of(const char *prompt, const char *tests,
                                     const char *entry)
{
    return (struct tw_task){ .id = "Test/0",
                             .prompt = prompt,
                             .stub = "",
                             .entry = entry,
                             .canonical = "",
                             .setup = "",
                             .imports = "",
                             .tests = tests,
                             .declaration = "",
                             .example_test = "" };
}

/* false: there is no jail here.  What compilers share is kept under a cache
 * that every user can reach, which a new folder of root is not. */
static inline bool grade_lang_open(void)
{
    jail = kit_open();
    if (!jail)
        return false;
    CHECK(chmod(".", 0755) == 0 &&
          tw_langs_open(&langs, jail, "test-cache", NULL) == TW_OK);
    return true;
}

static inline void grade_lang_close(void)
{
    tw_langs_close(langs);
    tw_jail_close(jail);
    CHECK(system("rm -rf test-cache") == 0);
}

#endif /* TW_TESTS_GRADE_LANG_KIT_H */
