/*
 * spec.c - a specification file, and its check against the data.
 *
 * What a file says is checked in two steps.  Reading needs the file alone, so
 * that an editor can ask for it at each keystroke; counters need the trial,
 * which may be gigabytes, and are checked when it has been read anyway.
 */
#include "spec/spec.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/file_kind.h"
#include "base/hash.h"
#include "base/size.h"
#include "spec/spec_priv.h"

#include <string.h>

#include "base/banned.h"

/* A thousand tests with long descriptions are far below this. */
enum { FILE_MAX = 4 << 20 };

/* Where to point at: a table, or what stands for it where it is missing. */
static const struct tw_toml *at_or(const struct tw_toml *at,
                                   const struct tw_toml *missing)
{
    if (at)
        return at;
    return missing;
}

/* [suite].  All of it may be left out: the file's name is the id then. */
static enum tw_status read_suite(const struct tw_spec_reader *r,
                                 const struct tw_toml *root, struct tw_spec *s)
{
    static const char *const keys[] = { "id",   "title",   "language",
                                        "code", "context", NULL };
    const struct tw_toml *t;
    TW_TRY(tw_spec_table(r, root, "suite", &t));
    if (t)
        TW_TRY(tw_spec_known(r, t, "[suite]", keys));
    TW_NOTE(r, tw_toml_text(t, "id", s->id, &s->id, r->err));
    if (!tw_spec_is_id(s->id))
        TW_NOTE(r, tw_spec_fail(r, at_or(t, root),
                                "the suite's id must be 1 to 64 characters of "
                                "A-Z a-z 0-9 . _ -"));
    TW_NOTE(r, tw_toml_text(t, "title", s->id, &s->title, r->err));
    TW_NOTE(r, tw_toml_text(t, "language", "python", &s->language, r->err));
    if (strcmp(s->language, "python") != 0)
        TW_NOTE(r, tw_spec_fail(r, tw_toml_get(t, "language"),
                                "language '%.40s' is not supported by this "
                                "version, use \"python\"",
                                s->language));
    const char **code;
    size_t n_code;
    TW_NOTE(r, tw_spec_texts(r, t, "code", &code, &n_code));
    const struct tw_toml *at = tw_toml_get(t, "code");
    for (size_t i = 0; i < n_code; i++)
        TW_NOTE(r, tw_spec_files(r, at, code[i], &s->code, &s->n_code));
    TW_NOTE(r, tw_spec_texts(r, t, "context", &s->context, &s->n_context));
    return TW_OK;
}

/* Ids name scripts and steps of the journal, so they differ in a file. */
static enum tw_status check_ids(const struct tw_spec_reader *r,
                                const struct tw_spec *s)
{
    const struct tw_spec_test *last = &s->tests[s->n_tests - 1];
    for (size_t i = 0; *last->id && i + 1 < s->n_tests; i++) {
        const char *id = s->tests[i].id;
        if (strcmp(id, last->id) == 0)
            return tw_fail(r->err, TW_EFORMAT, 0,
                           "%u:%u: the test id '%s' is used twice",
                           last->pos.line, last->pos.column, last->id);
        if (tw_spec_same_script(id, last->id))
            return tw_fail(r->err, TW_EFORMAT, 0,
                           "%u:%u: the test ids '%s' and '%s' name one script "
                           "file",
                           last->pos.line, last->pos.column, id, last->id);
    }
    return TW_OK;
}

/* Tests in the order of the file, which is that of reports. */
static enum tw_status read_tests(const struct tw_spec_reader *r,
                                 const struct tw_toml *root, struct tw_spec *s)
{
    const struct tw_toml *list = tw_toml_get(root, "test");
    if (!list || list->kind != TW_TOML_ARRAY || !list->n_children)
        return tw_spec_fail(r, at_or(list, root), "there is no [[test]]");
    if (list->n_children > TW_SPEC_TEST_MAX)
        return tw_spec_fail(r, list, "more than %d tests", TW_SPEC_TEST_MAX);
    s->tests = tw_arena_alloc(r->a, list->n_children, sizeof(*s->tests));
    if (!s->tests)
        return tw_spec_nomem(r);
    for (const struct tw_toml *t = list->first; t; t = t->next) {
        struct tw_spec_test *test = &s->tests[s->n_tests++];
        size_t before = tw_spec_n_errors(r);
        test->id = "";
        test->pos = tw_spec_pos_of(r, t);
        TW_NOTE(r, tw_spec_read_test(r, s, t, test));
        TW_NOTE(r, check_ids(r, s));
        test->broken = tw_spec_n_errors(r) > before;
    }
    return TW_OK;
}

/* The version comes first: a file of a later format is told to be that, and
 * not blamed for its keys. */
enum tw_status tw_spec_read_root(const struct tw_spec_reader *r,
                                 const struct tw_toml *root,
                                 struct tw_spec_data *const *shared,
                                 size_t n_shared, struct tw_spec *s)
{
    static const char *const keys[] = { "spec", "suite", "data", "test", NULL };
    int64_t version;
    TW_TRY(tw_toml_int(root, "spec", 0, &version, r->err));
    if (version != 1)
        return tw_fail(r->err, TW_EFORMAT, 0,
                       "1:1: a specification starts with 'spec = 1'");
    TW_TRY(tw_spec_known(r, root, "a specification", keys));
    s->path = r->file;
    s->dir = r->dir;
    s->id = tw_spec_stem(r->a, r->file);
    if (!s->id)
        return tw_spec_nomem(r);
    TW_NOTE(r, read_suite(r, root, s));
    TW_TRY(tw_spec_read_data(r, root, shared, n_shared, &s->data, &s->n_data));
    TW_NOTE(r, read_tests(r, root, s));
    return TW_OK;
}

/* "specs/ran.toml" gives "ran". */
char *tw_spec_stem(struct tw_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = path;
    if (slash)
        name = slash + 1;
    size_t n = strlen(name);
    const char *dot = strrchr(name, '.');
    if (dot && dot != name) /* ".toml" has no suffix, it is hidden */
        n = (size_t)(dot - name);
    return tw_spec_copy(a, name, tw_size_min(n, 64)); /* an id's length */
}

/* The text stays in the arena as long as the tree does: keys and values point
 * into copies there, messages name r->file.  The hash is that of the bytes, for
 * run.json; what decides about a repeated test is tw_spec_fingerprint(). */
enum tw_status tw_spec_parse_file(struct tw_spec_reader *r, const char *path,
                                  struct tw_toml **root, char sha256[65])
{
    struct tw_buf text;
    tw_buf_init(&text, FILE_MAX);
    enum tw_status st = tw_file_read(&text, path, r->err);
    char *copy = NULL;
    if (st == TW_OK) {
        tw_hash_bytes_hex(tw_buf_text(&text), text.len, sha256);
        copy = tw_spec_copy(r->a, tw_buf_text(&text), text.len);
        r->dir = tw_file_dirname(r->a, path);
        r->file = tw_spec_copy(r->a, path, strlen(path));
        if (!copy || !r->dir || !r->file)
            st = tw_spec_nomem(r);
    }
    if (st == TW_OK)
        st = tw_toml_parse(root, r->a, copy, text.len, r->err);
    const char *kind = tw_file_kind(tw_buf_text(&text), text.len);
    if (st == TW_EFORMAT && kind)
        st = tw_fail(r->err, st, 0, "cannot read '%s': it is %s", path, kind);
    tw_buf_release(&text);
    return st;
}

/* What ends the reading of a file is one of its mistakes too: the other files
 * of the project are read all the same. */
enum tw_status tw_spec_load_found(struct tw_spec *s, struct tw_arena *a,
                                  const char *path,
                                  struct tw_spec_data *const *shared,
                                  size_t n_shared,
                                  struct tw_spec_findings *found,
                                  struct tw_err *err)
{
    struct tw_spec_reader r = {
        .a = a, .file = path, .err = err, .found = found
    };
    struct tw_toml *root = NULL;
    memset(s, 0, sizeof(*s));
    enum tw_status st = tw_spec_parse_file(&r, path, &root, s->sha256);
    if (st == TW_OK)
        st = tw_spec_read_root(&r, root, shared, n_shared, s);
    return tw_spec_name_file(tw_spec_note(&r, st), path, err);
}

/* As run and write want it: good, or one message. */
enum tw_status tw_spec_load(struct tw_spec *s, struct tw_arena *a,
                            const char *path,
                            struct tw_spec_data *const *shared, size_t n_shared,
                            struct tw_err *err)
{
    return tw_spec_load_found(s, a, path, shared, n_shared, NULL, err);
}

/* Is there a column for the input?  hint: a near name for the message. */
static bool has_counter(const struct tw_spec_input *in,
                        const struct tw_trial *t, struct tw_toml_hint *hint)
{
    enum { SUGGEST_MAX = 512 };
    const char *names[SUGGEST_MAX + 1];
    size_t n = 0;
    for (size_t i = 0; i < t->n_counters; i++) {
        if (strcmp(t->counters[i].name, in->counter) == 0)
            return true;
        if (n < SUGGEST_MAX)
            names[n++] = t->counters[i].name;
    }
    names[n] = NULL;
    *hint = tw_toml_hint(in->counter, "", names);
    return false;
}

/* In the words of a person who looks for a column in the table. */
static const char *reason_text(enum tw_trial_reason reason)
{
    switch (reason) {
    case TW_TRIAL_TEXT:
        return "some value is no number";
    case TW_TRIAL_EMPTY:
        return "it holds no value";
    case TW_TRIAL_CLOCK:
        return "it runs along with the time; name it under 'counters'";
    }
    return "";
}

/* Why a column of the file is no counter, where that is known. */
static const char *left_out(const struct tw_trial *t, const char *counter)
{
    for (size_t i = 0; i < t->n_left_out; i++)
        if (strcmp(t->left_out[i].name, counter) == 0)
            return reason_text(t->left_out[i].reason);
    return NULL;
}

/* Once for each data set of the specification, since trials come one by one. */
enum tw_status tw_spec_check_test(const struct tw_spec *s,
                                  const struct tw_spec_test *test, size_t data,
                                  const struct tw_trial *t,
                                  struct tw_spec_findings *found)
{
    struct tw_toml_hint hint;
    if (s->data[data]->trial.n_counters)
        return TW_OK; /* a set with a list was checked when it was read */
    for (size_t j = 0; j < test->call.n_params; j++) {
        const struct tw_spec_input *in = &test->call.params[j].input;
        if (in->kind != TW_SPEC_INPUT_COUNTER || in->data != data ||
            has_counter(in, t, &hint))
            continue;
        const char *why = left_out(t, in->counter);
        if (why)
            TW_TRY(tw_spec_found(found, TW_SPEC_ERROR, in->pos,
                                 "column '%.60s' of data '%.60s' is no "
                                 "counter: %.120s",
                                 in->counter, s->data[data]->name, why));
        else
            TW_TRY(tw_spec_found(found, TW_SPEC_ERROR, in->pos,
                                 "unknown counter '%.60s' in data '%.60s'%s",
                                 in->counter, s->data[data]->name, hint.text));
    }
    return TW_OK;
}

/* The first of all tests, for who needs no list. */
enum tw_status tw_spec_check(const struct tw_spec *s, size_t data,
                             const struct tw_trial *t, struct tw_err *err)
{
    for (size_t i = 0; i < s->n_tests; i++) {
        const struct tw_spec_call *c = &s->tests[i].call;
        for (size_t j = 0; j < c->n_params; j++) {
            const struct tw_spec_input *in = &c->params[j].input;
            struct tw_toml_hint hint;
            if (in->kind != TW_SPEC_INPUT_COUNTER || in->data != data ||
                has_counter(in, t, &hint))
                continue;
            return tw_fail(
                err, TW_EFORMAT, 0,
                "%.90s:%u:%u: unknown counter '%.40s' in data '%.30s'%s",
                in->pos.file, in->pos.line, in->pos.column, in->counter,
                s->data[data]->name, hint.text);
        }
    }
    return TW_OK;
}
