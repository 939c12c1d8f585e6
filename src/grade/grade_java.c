/*
 * grade_java.c - answers in Java: two programs that exchange values, or where
 * the tests need more of the answer than one method, one program.
 */
#include "grade/declaration.h"
#include "grade/grade_lang_priv.h"

#include <stdio.h>
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

/* "Solution" of "class Solution {": the class that the prompt has open. */
static bool find_class(struct tw_span *name, const struct tw_declaration *d)
{
    static const char
        word[] = "class ",
        letters[] =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

    *name = (struct tw_span){ NULL, 0 };
    for (const char *at = d->text;
         (at = strstr(at, word)) && at < d->text + d->begin;) {
        bool begins = at == d->text || !strchr(letters, at[-1]);
        at += strlen(word);
        if (begins && strspn(at, letters) > 0 &&
            at[strspn(at, letters) + strspn(at + strspn(at, letters), " ")] ==
                '{')
            *name = (struct tw_span){ at, strspn(at, letters) };
    }
    return name->n > 0;
}

static bool has_word(const struct tw_span *in, const char *word)
{
    for (size_t i = 0; i + strlen(word) <= in->n; i++)
        if (memcmp(in->at + i, word, strlen(word)) == 0)
            return true;
    return false;
}

/* The class of the prompt, whose last method asks the candidate; what stands in
 * front of it is the task's and stays as it is.  Open at its end. */
static void asking_class(struct tw_buf *b, const struct tw_declaration *d,
                         const struct tw_span *type)
{
    const char *give = "return ", *self = "this";

    if (has_word(&d->type, "void "))
        give = "";
    if (has_word(&d->type, "static "))
        self = "null";
    tw_buf_add(b, d->text, d->end);
    tw_buf_addf(b, " { %sTwMain.ask(\"%.*s\", \"%.*s\", %s", give, (int)type->n,
                type->at, (int)d->name.n, d->name.at, self);
    for (size_t i = 0; i < d->n_params; i++)
        tw_buf_addf(b, ", (Object) %.*s", (int)d->params[i].n, d->params[i].at);
    tw_buf_adds(b, ");\n");
}

/* Two programs.  Tests with a class Main are a file beside the class of the
 * prompt; others (MultiPL-E's) go on inside of it. */
static enum tw_status java_apart(struct tw_grade *out, bool *apart,
                                 struct tw_arena *a, const struct tw_grader *g,
                                 const struct tw_grade_answer *answer,
                                 const struct tw_declaration *d,
                                 struct tw_err *err)
{
    const bool beside = strstr(answer->task->tests, "class Main") != NULL;
    static const char *const flags[] = { "-ea", NULL };
    struct tw_buf candidate, asking, tests;
    struct tw_span type;

    if (!find_class(&type, d))
        return TW_OK;
    tw_buf_init(&candidate, TW_PROGRAM_MAX);
    tw_buf_init(&asking, TW_PROGRAM_MAX);
    tw_buf_init(&tests, TW_PROGRAM_MAX);
    tw_grade_lang_candidate(&candidate, g, answer);
    if (!beside && !answer->whole)
        tw_buf_adds(&candidate, "\n}\n}\n");
    asking_class(&asking, d, &type);
    if (beside)
        java_tests(&tests, answer->task);
    tw_buf_adds(&asking, beside ? "}\n}\n" : answer->task->tests);
    const struct tw_jail_file serve[] = {
        { "TwValue.java", tw_harness_java_value,
          strlen(tw_harness_java_value) },
        { "TwMain.java", tw_harness_java_serve, strlen(tw_harness_java_serve) },
    };
    const struct tw_jail_file peer[] = {
        serve[0],
        { "TwMain.java", tw_harness_java_peer, strlen(tw_harness_java_peer) },
        { "Solution.java", tw_buf_text(&asking), asking.len },
    };
    char main[140] = "Main";
    const char *const args[] = { main, NULL };
    if (!beside)
        snprintf(main, sizeof(main), "%.*s", (int)type.n, type.at);
    const struct tw_buf *source = beside ? &tests : &asking;
    struct tw_program p[2] = {
        { .source = tw_buf_text(&candidate),
          .source_len = candidate.len,
          .files = serve,
          .n_files = TW_ARRAY_LEN(serve) },
        { .source = tw_buf_text(source),
          .source_len = source->len,
          .files = peer,
          .n_files = TW_ARRAY_LEN(peer) - !beside,
          .args = args },
    };
    for (int i = 0; i < 2; i++) {
        p[i].lang = TW_LANG_JAVA;
        p[i].flags = flags;
        p[i].peer_in = true;
        p[i].limits = tw_grade_limits(TW_LANG_JAVA, &g->options, answer->task);
    }
    enum tw_status st = tw_buf_check(&candidate, "a program", err);
    if (st == TW_OK)
        st = tw_buf_check(&asking, "tests", err);
    if (st == TW_OK)
        st = tw_pair_run(out, apart, a, g, p, err);
    tw_buf_release(&candidate);
    tw_buf_release(&asking);
    tw_buf_release(&tests);
    return st;
}

/* Tests without a class Main (MultiPL-E's) go on inside of the class that the
 * prompt opens, and so stay behind the candidate. */
static enum tw_status java_together(struct tw_grade *out, struct tw_arena *a,
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

enum tw_status tw_grade_java(struct tw_grade *out, struct tw_arena *a,
                             const struct tw_grader *g,
                             const struct tw_grade_answer *answer,
                             struct tw_err *err)
{
    struct tw_declaration d;
    bool apart = false;

    if (tw_declaration_read(&d, answer->task->prompt))
        TW_TRY(java_apart(out, &apart, a, g, answer, &d, err));
    if (apart)
        return TW_OK;
    *out = (struct tw_grade){ 0 };
    return java_together(out, a, g, answer, err);
}
