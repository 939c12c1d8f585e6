/*
 * layout_python.c - HumanEval, HumanEval-X (in all its languages), MBPP.
 */
#include "tasks/task_priv.h"

#include <string.h>

#include "base/banned.h"

/* What all editions of HumanEval have: the id, what a model gets, the solution
 * behind it, and the tests behind that. */
static enum tw_status common(struct tw_task_reader *r,
                             const struct tw_json *record, struct tw_task *t,
                             struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_records *f = r->records;
    t->line = f->line;
    TW_TRY(tw_task_id(r, record, &t->id, err));
    TW_TRY(tw_records_text(f, record, "prompt", a, &t->prompt, err));
    TW_TRY(tw_records_text(f, record, "canonical_solution", a, &t->canonical,
                           err));
    TW_TRY(tw_records_text(f, record, "test", a, &t->tests, err));
    TW_TRY(
        tw_records_text_opt(f, record, "declaration", a, &t->declaration, err));
    return tw_records_text_opt(f, record, "example_test", a, &t->example_test,
                               err);
}

/* The editions for test generation have the same fields and a prompt that ends
 * in "assert "; judged as solutions they would all fail, so they are refused by
 * name. */
enum tw_status tw_task_humaneval(struct tw_task_reader *r,
                                 const struct tw_json *record,
                                 struct tw_task *t, struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    TW_TRY(common(r, record, t, err));
    TW_TRY(
        tw_records_text(r->records, record, "entry_point", a, &t->entry, err));
    size_t n = strlen(t->prompt);
    if (n >= 7 && strcmp(t->prompt + n - 7, "assert ") == 0)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has a 'prompt' for tests, not for a solution");
    TW_TRY(tw_task_without_numpy(a, &t->tests, err));
    r->set->lang = TW_LANG_PYTHON;
    t->stub = tw_task_join(a, t->prompt, "    pass\n");
    tw_task_default_stops(t, TW_LANG_PYTHON);
    return tw_task_check(r, err);
}

/* HumanEval-X tells the language by the prefix of the id and by nothing
 * else. */
static enum tw_status x_language(struct tw_task_reader *r, const char *id,
                                 struct tw_err *err)
{
    static const struct {
        const char *prefix;
        enum tw_lang lang;
    } langs[] = {
        { "Python/", TW_LANG_PYTHON }, { "CPP/", TW_LANG_CPP },
        { "Java/", TW_LANG_JAVA },     { "JavaScript/", TW_LANG_JS },
        { "Go/", TW_LANG_GO },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(langs); i++) {
        if (strncmp(id, langs[i].prefix, strlen(langs[i].prefix)) != 0)
            continue;
        if (r->has_lang && r->set->lang != langs[i].lang)
            return tw_records_fail(r->records, TW_EFORMAT, err,
                                   "has '%.40s', another language than '%.40s'",
                                   id, r->tasks[0].id);
        r->set->lang = langs[i].lang;
        r->has_lang = true;
        return TW_OK;
    }
    return tw_records_fail(r->records, TW_EFORMAT, err,
                           "has '%.40s': no language in the 'task_id' "
                           "(Python/, CPP/, Java/, JavaScript/, Go/)",
                           id);
}

/* A stub exists for Python only: there "pass" makes a body of nothing.  Go has
 * its package clause and imports in fields of their own. */
enum tw_status tw_task_humaneval_x(struct tw_task_reader *r,
                                   const struct tw_json *record,
                                   struct tw_task *t, struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    TW_TRY(common(r, record, t, err));
    TW_TRY(x_language(r, t->id, err));
    tw_task_default_stops(t, r->set->lang);
    if (r->set->lang == TW_LANG_PYTHON) {
        t->stub = tw_task_join(a, t->prompt, "    pass\n");
        t->entry = tw_task_python_entry(a, t->prompt);
    } else {
        t->entry = tw_task_brace_entry(a, t->declaration);
    }
    if (r->set->lang == TW_LANG_GO) {
        TW_TRY(tw_records_text(r->records, record, "test_setup", a, &t->setup,
                               err));
        TW_TRY(
            tw_records_text(r->records, record, "import", a, &t->imports, err));
    }
    return tw_task_check(r, err);
}

/* Does the code define this function, or class, at a line start?  A few
 * solutions of MBPP bring a class. */
static bool defines(const char *code, const char *name, size_t n)
{
    for (const char *p = code; p && *p; p = strchr(p, '\n')) {
        p += *p == '\n';
        if (strncmp(p, "def ", 4) == 0 && tw_task_name_len(p + 4) == n &&
            memcmp(p + 4, name, n) == 0)
            return true;
        if (strncmp(p, "class ", 6) == 0 && tw_task_name_len(p + 6) == n &&
            memcmp(p + 6, name, n) == 0)
            return true;
    }
    return false;
}

/* The first function of the code that an assertion calls. */
/* MBPP has no field for the name of the function; the first assertion calls it,
 * perhaps inside of set() or sorted(), which the solution does not define. */
static const char *called_entry(struct tw_arena *a, const char *code,
                                const char *assertion)
{
    for (const char *p = assertion; *p;) {
        size_t n = tw_task_name_len(p);
        if (n && p[n + strspn(p + n, " ")] == '(' && defines(code, p, n))
            return tw_arena_text(a, p, n);
        p += n;
        if (n == 0)
            p++;
    }
    return "";
}

/* Lines, each with its end, behind a head that gets one if it lacks it. */
static const char *join_lines(struct tw_arena *a, const char *head,
                              const char *const *lines, size_t n)
{
    struct tw_buf b;
    tw_buf_init(&b, TW_RECORD_MAX);
    tw_buf_adds(&b, head);
    if (b.len && tw_buf_text(&b)[b.len - 1] != '\n')
        tw_buf_addc(&b, '\n');
    for (size_t i = 0; i < n; i++) {
        tw_buf_adds(&b, lines[i]);
        tw_buf_addc(&b, '\n');
    }
    return tw_task_keep(a, &b);
}

/* Both files of MBPP. The full one calls the sentence "text" and has one setup
 * text; the sanitized one calls it "prompt", which is what tells it from the
 * full one, and lists imports.  Solutions have DOS line ends here and there. */
enum tw_status tw_task_mbpp(struct tw_task_reader *r,
                            const struct tw_json *record, struct tw_task *t,
                            struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_records *f = r->records;
    bool whole_set = r->set->layout == TW_LAYOUT_MBPP;
    const char *code;
    t->line = f->line;
    r->set->lang = TW_LANG_PYTHON;
    TW_TRY(tw_task_id(r, record, &t->id, err));
    const char *sentence = "prompt";
    if (whole_set)
        sentence = "text";
    TW_TRY(tw_records_text(f, record, sentence, a, &t->prompt, err));
    TW_TRY(tw_records_text(f, record, "code", a, &code, err));
    TW_TRY(tw_records_texts(f, record, "test_list", a, &t->asserts,
                            &t->n_asserts, err));
    if (t->n_asserts == 0)
        return tw_records_fail(f, TW_EFORMAT, err, "has an empty 'test_list'");
    if (whole_set) {
        TW_TRY(
            tw_records_text(f, record, "test_setup_code", a, &t->setup, err));
    } else {
        const char *const *lines;
        size_t n;
        TW_TRY(tw_records_texts(f, record, "test_imports", a, &lines, &n, err));
        t->setup = join_lines(a, "", lines, n);
    }
    char *canonical = tw_arena_text(a, code, strlen(code));
    TW_TRY(tw_task_check(r, err));
    tw_task_unix_lines(canonical);
    t->canonical = canonical;
    t->canonical_whole = true;
    t->entry = called_entry(a, canonical, t->asserts[0]);
    t->tests = join_lines(a, t->setup, t->asserts, t->n_asserts);
    return tw_task_check(r, err);
}
