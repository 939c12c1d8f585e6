/*
 * emit.c - the scripts that the user keeps: each test in every format.
 */
#include "writer/emit.h"

#include "base/file.h"
#include "base/hash.h"
#include "writer/emitters.h"

#include <string.h>

#include "base/banned.h"

enum { SCRIPT_MAX = 4 << 20 };

/* emitters.h is made by meson.build from its list of formats. */
#define DECLARE(name) extern const struct tw_emitter tw_emit_##name;
#define ADDRESS(name) &tw_emit_##name,
TW_EMITTERS(DECLARE)
static const struct tw_emitter *const emitters[] = { TW_EMITTERS(ADDRESS) };

static const char *const folders[] = { "scripts", "findings", "rejected" };
enum { SCRIPTS, FINDINGS, REJECTED };

/* A script that shows a fault of the code under test is right, and fails: it
 * is neither accepted nor rejected. */
static size_t folder_of(const struct tw_writer_result *r)
{
    if (r->accepted)
        return SCRIPTS;
    if (r->status == TW_WRITER_FINDING)
        return FINDINGS;
    return REJECTED;
}

/* "test_ID.py", which runners collect, or "rejected_ID.py.txt", which none
 * does: pytest takes test_*.py, *_test.py and test*.txt.  A dot of the id would
 * make pytest look for a package. */
static char *script_name(struct tw_arena *a, size_t folder, const char *id,
                         const char *suffix)
{
    const char *before = "test_", *behind = "";
    if (folder == REJECTED) {
        before = "rejected_";
        behind = ".txt";
    }
    char *name = tw_arena_textf(a, "%s%s%s%s", before, id, suffix, behind);
    size_t stem = strlen(before) + strlen(id);
    for (size_t i = 0; name && i < stem; i++)
        if (name[i] == '.')
            name[i] = '_';
    return name;
}

/* Name, text and hash in the arena; the buffer lives here only. */
static enum tw_status emit_one(struct tw_work *w, const struct tw_emitter *e,
                               struct tw_script *script)
{
    struct tw_buf b;
    tw_buf_init(&b, SCRIPT_MAX);
    e->emit(w, &b);
    enum tw_status st = tw_buf_check(&b, "the script", w->err);
    script->format = e->name;
    script->ran_by = "";
    size_t folder = folder_of(w->r);
    script->folder = folders[folder];
    script->name = script_name(w->a, folder, w->test->id, e->suffix);
    script->text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
    if (st == TW_OK)
        st = tw_arena_check(w->a, "a script", w->err);
    if (st == TW_OK)
        tw_hash_bytes_hex(script->text, b.len, script->sha256);
    tw_buf_release(&b);
    return st;
}

static enum tw_status emit_all(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    for (size_t i = 0; i < TW_ARRAY_LEN(emitters); i++)
        TW_TRY(emit_one(w, emitters[i], &r->scripts[i]));
    r->n_scripts = TW_ARRAY_LEN(emitters);
    return TW_OK;
}

/* One that does not do what the judge said makes the test a rejected one. */
static enum tw_status run_all(struct tw_work *w, const char **why)
{
    struct tw_writer_result *r = w->r;
    *why = NULL;
    for (size_t i = 0; i < r->n_scripts && !*why; i++)
        TW_TRY(emitters[i]->run(w, &r->scripts[i], why));
    return TW_OK;
}

/* A test that was not accepted has a script too: the best program, and the
 * header says that it failed. */
enum tw_status tw_emit_scripts(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    if ((r->chosen == TW_SPEC_NONE && !w->n_files) || !r->cases.n)
        return TW_OK;
    r->scripts =
        tw_arena_alloc(w->a, TW_ARRAY_LEN(emitters), sizeof(*r->scripts));
    TW_TRY(tw_arena_check(w->a, "scripts", w->err));
    TW_TRY(emit_all(w));
    const char *why = NULL;
    if (r->accepted)
        TW_TRY(run_all(w, &why));
    if (!why)
        return TW_OK;
    tw_judge_end(w, TW_WRITER_REJECTED, why);
    r->strength = "";
    r->evidence = TW_EVIDENCE_NONE;
    r->question = (struct tw_question){ .call = NULL };
    return emit_all(w);
}

/* The name itself, and the one that it has beside a file of the user. */
static enum tw_status forget_one(const char *dir, size_t folder,
                                 const char *name, struct tw_arena *a,
                                 struct tw_err *err)
{
    const char *in = tw_file_join(a, dir, folders[folder]);
    TW_TRY(tw_arena_check(a, "a path", err));
    const char *paths[2] = { tw_file_join(a, in, name), NULL };
    paths[1] = tw_file_join(a, in, tw_save_other_name(a, name));
    TW_TRY(tw_arena_check(a, "a path", err));
    for (size_t i = 0; i < 2; i++)
        if (tw_file_exists(paths[i]) && tw_save_is_ours(paths[i]))
            TW_TRY(tw_file_remove(paths[i], err));
    return TW_OK;
}

enum tw_status tw_writer_forget(const char *dir, const char *folder,
                                const char *id, struct tw_arena *a,
                                struct tw_err *err)
{
    for (size_t f = 0; f < TW_ARRAY_LEN(folders); f++) {
        if (folder && strcmp(folder, folders[f]) == 0)
            continue;
        for (size_t i = 0; i < TW_ARRAY_LEN(emitters); i++) {
            const char *name = script_name(a, f, id, emitters[i]->suffix);
            TW_TRY(tw_arena_check(a, "a path", err));
            TW_TRY(forget_one(dir, f, name, a, err));
        }
    }
    return TW_OK;
}
