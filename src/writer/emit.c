/*
 * emit.c - the scripts that the user keeps: each test in every format.
 */
#include "writer/emit.h"

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

/* The id of a test may hold dots, which mean something in names of files. */
static const char *script_name(struct tw_work *w, const char *suffix)
{
    char *name = tw_arena_textf(w->a, "test_%s%s", w->test->id, suffix);
    if (!name)
        return NULL;
    /* A dot inside would make pytest look for a package. */
    size_t stem = strlen(name) - strlen(suffix);
    for (size_t i = 0; i < stem; i++)
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
    script->name = script_name(w, e->suffix);
    script->text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
    if (st == TW_OK)
        st = tw_arena_check(w->a, "a script", w->err);
    if (st == TW_OK)
        tw_hash_bytes_hex(script->text, b.len, script->sha256);
    tw_buf_release(&b);
    return st;
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
    for (size_t i = 0; i < TW_ARRAY_LEN(emitters); i++)
        TW_TRY(emit_one(w, emitters[i], &r->scripts[i]));
    r->n_scripts = TW_ARRAY_LEN(emitters);
    return TW_OK;
}
