/*
 * grade_go.c - answers in Go: two programs that exchange values, or where the
 * types of a task are none, one of answer and tests; compiled until the imports
 * suit.
 */
#include "grade/grade_lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* Compile and run once, without the imports to avoid.  A second file of the
 * package imports our tally, which takes the token when it is initialised:
 * before any code of the program. */
static enum tw_status go_together(struct tw_grade *out, struct tw_arena *a,
                                  const struct tw_grader *g,
                                  const struct tw_grade_answer *answer,
                                  const char *avoid, struct tw_err *err)
{
    /* Whatever the program imports, the token is read first. */
    static const char first[] = "import _ \"trialwright/tally\"\n";
    char test[128], flag[140], file[256];
    const char *flags[] = { flag, NULL };
    struct tw_buf b;

    tw_buf_init(&b, TW_PROGRAM_MAX);
    enum tw_status st =
        tw_go_program(&b, test, g, answer, TW_GO_TOGETHER, avoid, err);
    const char *text = tw_buf_text(&b);
    size_t n = strcspn(text, "\n"); /* the package clause */
    if (n > 160)
        n = 160;
    snprintf(flag, sizeof(flag), "-test=%s", test);
    snprintf(file, sizeof(file), "%.*s\n%s", (int)n, text, first);
    struct tw_jail_file files[] = { { "tw_first.go", file, strlen(file) } };
    struct tw_program p = { .lang = TW_LANG_GO,
                            .source = text,
                            .source_len = b.len,
                            .files = files,
                            .n_files = 1,
                            .flags = flags,
                            .limits = tw_grade_limits(g->set->lang, &g->options,
                                                      answer->task) };
    if (st == TW_OK)
        st = tw_tally_run(out, a, g, &p, "+", err);
    tw_buf_release(&b);
    return st;
}

/* Two programs; *apart false: the tests cannot be without the answer. */
static enum tw_status go_apart(struct tw_grade *out, bool *apart,
                               struct tw_arena *a, const struct tw_grader *g,
                               const struct tw_grade_answer *answer,
                               const char *avoid, struct tw_err *err)
{
    char test[128], flag[140];
    const char *serve[] = { "-serve", NULL }, *run[] = { flag, NULL };
    const struct tw_program base = {
        .lang = TW_LANG_GO,
        .limits = tw_grade_limits(TW_LANG_GO, &g->options, answer->task)
    };
    struct tw_program p[2] = { base, base };
    struct tw_buf b[2];

    tw_buf_init(&b[0], TW_PROGRAM_MAX);
    tw_buf_init(&b[1], TW_PROGRAM_MAX);
    enum tw_status st =
        tw_go_program(&b[0], test, g, answer, TW_GO_CANDIDATE, avoid, err);
    if (st == TW_OK)
        st = tw_go_program(&b[1], test, g, answer, TW_GO_TESTS, "", err);
    snprintf(flag, sizeof(flag), "-test=%s", test);
    for (int i = 0; i < 2; i++) {
        p[i].source = tw_buf_text(&b[i]);
        p[i].source_len = b[i].len;
        p[i].flags = i ? run : serve;
    }
    if (st == TW_OK)
        st = tw_pair_run(out, apart, a, g, p, err);
    tw_buf_release(&b[0]);
    tw_buf_release(&b[1]);
    return st;
}

static enum tw_status go_once(struct tw_grade *out, struct tw_arena *a,
                              const struct tw_grader *g,
                              const struct tw_grade_answer *answer,
                              const char *avoid, struct tw_err *err)
{
    bool apart = false;

    if (tw_go_apart(answer->task))
        TW_TRY(go_apart(out, &apart, a, g, answer, avoid, err));
    if (apart)
        return TW_OK;
    *out = (struct tw_grade){ 0 };
    return go_together(out, a, g, answer, avoid, err);
}

/* The path of an import that is not used, appended to the list; false: the
 * compiler complains of something else. */
static bool add_unused(char *avoid, size_t size, const char *text)
{
    const char *from = strchr(text, '"'), *to = NULL;
    size_t len = strlen(avoid);

    if (from)
        to = strchr(from + 1, '"');
    if (!to || !strstr(text, "imported and not used"))
        return false;
    int n = snprintf(avoid + len, size - len, "%.*s ", (int)(to - from - 1),
                     from + 1);
    return n > 0 && (size_t)n < size - len;
}

/* A variable may have the name of a package that we import for the program:
 * then without.  The compiler names one such import at a time. */
enum tw_status tw_grade_go(struct tw_grade *out, struct tw_arena *a,
                           const struct tw_grader *g,
                           const struct tw_grade_answer *answer,
                           struct tw_err *err)
{
    char avoid[256] = "";

    for (int try = 0; try < 4; try++) {
        *out = (struct tw_grade){ 0 };
        TW_TRY(go_once(out, a, g, answer, avoid, err));
        if (out->loaded || !add_unused(avoid, sizeof(avoid), out->finding.text))
            break;
    }
    return TW_OK;
}
