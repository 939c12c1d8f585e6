/*
 * layout_multiple.c - MultiPL-E: one set, many languages, own stop strings.
 *
 * Cassano et al., "MultiPL-E" (2022): HumanEval translated by a compiler for
 * prompts and assertions.  There is no canonical solution in it.
 */
#include "tasks/task_priv.h"

#include <string.h>

#include "base/banned.h"

/* The languages of MultiPL-E that programs can be run in here. */
static enum tw_lang lang_of(const char *name)
{
    static const struct {
        const char *name;
        enum tw_lang lang;
    } langs[] = {
        { "py", TW_LANG_PYTHON },     { "python", TW_LANG_PYTHON },
        { "cpp", TW_LANG_CPP },       { "js", TW_LANG_JS },
        { "javascript", TW_LANG_JS }, { "java", TW_LANG_JAVA },
        { "go", TW_LANG_GO },         { "go_test.go", TW_LANG_GO },
        { "sh", TW_LANG_SHELL },      { "bash", TW_LANG_SHELL },
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(langs); i++)
        if (strcmp(langs[i].name, name) == 0)
            return langs[i].lang;
    return TW_LANG_COUNT;
}

/* The language of a record, which has to be that of the records before: a run
 * has one compiler, and mixed figures would mean nothing. */
static enum tw_status read_lang(struct tw_task_reader *r,
                                const struct tw_json *record,
                                struct tw_err *err)
{
    const char *name;
    TW_TRY(tw_records_text(r->records, record, "language", &r->set->arena,
                           &name, err));
    enum tw_lang lang = lang_of(name);
    if (lang == TW_LANG_COUNT)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has the language '%.40s', which cannot be run",
                               name);
    if (r->has_lang && r->set->lang != lang)
        return tw_records_fail(r->records, TW_EFORMAT, err,
                               "has another language ('%.40s') than '%.40s'",
                               name, r->tasks[0].id);
    r->set->lang = lang;
    r->has_lang = true;
    return TW_OK;
}

/* Where the tests begin with the brace that closes the function, the answer
 * must end in front of it: the stop strings take the brace away, and the tests
 * bring it back. */
enum tw_status tw_task_multipl_e(struct tw_task_reader *r,
                                 const struct tw_json *record,
                                 struct tw_task *t, struct tw_err *err)
{
    struct tw_arena *a = &r->set->arena;
    const struct tw_records *f = r->records;
    t->line = f->line;
    TW_TRY(tw_records_text(f, record, "name", a, &t->id, err));
    if (!*t->id || strlen(t->id) > TW_TASK_ID_MAX)
        return tw_records_fail(f, TW_EFORMAT, err,
                               "has a 'name' of no or too many bytes");
    TW_TRY(tw_records_text(f, record, "prompt", a, &t->prompt, err));
    TW_TRY(tw_records_text(f, record, "tests", a, &t->tests, err));
    TW_TRY(tw_records_texts(f, record, "stop_tokens", a, &t->stops, &t->n_stops,
                            err));
    TW_TRY(read_lang(r, record, err));
    t->open_end = t->tests[strspn(t->tests, " \t\r\n")] == '}';
    if (r->set->lang == TW_LANG_PYTHON) {
        t->stub = tw_task_join(a, t->prompt, "    pass\n");
        t->entry = tw_task_python_entry(a, t->prompt);
    } else {
        t->entry = tw_task_brace_entry(a, t->prompt);
    }
    return tw_task_check(r, err);
}
