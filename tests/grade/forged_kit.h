/*
 * forged_kit.h - answers that want a pass without being right: a table of them
 * for one task, none of which may pass, and the honest one, which has to.
 */
#ifndef TW_TESTS_FORGED_KIT_H
#define TW_TESTS_FORGED_KIT_H

#include "grade_lang_kit.h"

/* texts[0] is the honest answer; all are whole programs. */
static inline void check_forged(enum tw_lang lang, struct tw_task *task,
                                const char *const *texts, size_t n)
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
        judge(&out, &a, lang, task, texts[i], true);
        bool good = (out.finding.end == TW_END_PASS) == (i == 0) &&
                    out.finding.end != TW_END_HARNESS;
        if (!good)
            printf("# %s %zu: %s %s '%s', %zu of %zu\n", tw_lang_name(lang), i,
                   tw_end_name(out.finding.end),
                   tw_cause_name(out.finding.cause), out.finding.text,
                   out.n_passed, out.n_asserts);
        CHECK(good);
        tw_arena_release(&a);
    }
}

#endif /* TW_TESTS_FORGED_KIT_H */
