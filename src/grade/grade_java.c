/*
 * grade_java.c - answers in Java: the tests are a class beside them.
 */
#include "grade/grade_lang_priv.h"

#include <string.h>

#include "base/banned.h"

/* Tests that are a class of their own, "public class Main", get a file of
 * their own, in which the names of the library cannot be taken by classes of
 * the candidate. */
/* In one line, for the compiler counts the lines of tests in its messages. */
static const char java_imports[] =
    "import java.lang.AssertionError; import java.lang.Boolean; "
    "import java.lang.Integer; import java.lang.Object; "
    "import java.lang.String; import java.lang.Math; "
    "import java.util.List; import java.util.Arrays; "
    "import java.util.ArrayList; import java.util.Map; "
    "import java.util.HashMap; import java.util.Set; "
    "import java.util.HashSet; import java.util.Optional; "
    "import java.util.Objects; import java.util.Random;\n";

/* HumanEval-X collects truths in a list and looks for a false one; ours counts
 * them before it answers. */
static void java_tests(struct tw_buf *b, const struct tw_task *task)
{
    static const char old[] = "correct.contains(false)";

    tw_grade_lang_header(b, TW_LANG_JAVA, task->prompt);
    tw_buf_adds(b, java_imports);
    const char *at = task->tests, *found;
    while ((found = strstr(at, old)) != NULL) {
        tw_buf_add(b, at, (size_t)(found - at));
        tw_buf_adds(b, "TwMain.fails(correct)");
        at = found + strlen(old);
    }
    tw_buf_adds(b, at);
}

/* Tests without a class Main (MultiPL-E's) go on inside of the class that the
 * prompt opens, and so stay behind the candidate. */
enum tw_status tw_grade_java(struct tw_grade *out, struct tw_arena *a,
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             struct tw_err *err)
{
    const bool apart = strstr(answer->task->tests, "class Main") != NULL;
    static const char *const flags[] = { "-ea", NULL };
    struct tw_buf candidate, tests;

    tw_buf_init(&candidate, TW_PROGRAM_MAX);
    tw_buf_init(&tests, TW_PROGRAM_MAX);
    tw_grade_lang_candidate(&candidate, g, answer);
    if (apart)
        java_tests(&tests, answer->task);
    else
        tw_buf_adds(&candidate, answer->task->tests);
    struct tw_jail_file files[] = {
        { "TwMain.java", tw_harness_java, strlen(tw_harness_java) },
        { "Solution.java", tw_buf_text(&candidate), candidate.len },
    };
    const struct tw_buf *source = &candidate;
    const char *mode = "Problem"; /* the class whose main() is called */
    if (apart) {
        source = &tests;
        mode = "Main";
    }
    struct tw_program p = { .lang = TW_LANG_JAVA,
                            .source = tw_buf_text(source),
                            .source_len = source->len,
                            .files = files,
                            .n_files = 1 + apart, /* the candidate last */
                            .flags = flags,
                            .limits = tw_grade_limits(g->set->lang, &g->options,
                                                      answer->task) };
    enum tw_status st = tw_buf_check(&candidate, "a program", err);
    if (st == TW_OK)
        st = tw_buf_check(&tests, "tests", err);
    if (st == TW_OK)
        st = tw_tally_run(out, a, g, &p, mode, err);
    tw_buf_release(&candidate);
    tw_buf_release(&tests);
    return st;
}
