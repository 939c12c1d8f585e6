/*
 * grade_lang.c - chooses among the judges of languages other than Python.
 */
#include "grade/grade_lang_priv.h"

#include "base/banned.h"

/* Every language is named, so that the compiler tells of a new one. */
static enum tw_status grade_once(struct tw_grade *out, struct tw_arena *a,
                                 const struct tw_grader *g,
                                 const struct tw_grade_answer *answer,
                                 struct tw_err *err)
{
    switch (g->set->lang) {
    case TW_LANG_C:
    case TW_LANG_CPP:
        return tw_grade_cpp(out, a, g, answer, err);
    case TW_LANG_JAVA:
        return tw_grade_java(out, a, g, answer, err);
    case TW_LANG_JS:
        return tw_grade_js(out, a, g, answer, err);
    case TW_LANG_GO:
        return tw_grade_go(out, a, g, answer, err);
    case TW_LANG_PYTHON:
    case TW_LANG_SHELL:
    case TW_LANG_COUNT:
        break;
    }
    return tw_fail(err, TW_EINVAL, 0, "cannot judge tests in %s",
                   tw_lang_name(g->set->lang));
}

enum tw_status tw_grade_lang(struct tw_grade *out, struct tw_arena *a,
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             struct tw_err *err)
{
    if (!g->langs)
        return tw_fail(err, TW_EINVAL, 0, "cannot judge without compilers");
    for (int try = 0; try < 2; try++) {
        *out = (struct tw_grade){ 0 };
        TW_TRY(grade_once(out, a, g, answer, err));
        if (out->finding.end != TW_END_HARNESS)
            break;
    }
    return TW_OK;
}
