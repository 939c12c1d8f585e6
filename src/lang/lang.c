/*
 * lang.c - a program from its source to its finding: tool, cache, compiler,
 * run.
 *
 * The top of the room.  Each step has a file of its own; here is only their
 * order, and what is handed from one to the next: an object is bytes, never a
 * path of the host, so that what was compiled can be kept, and runs in a jail
 * that knows of no other.
 */
#include "lang/lang_priv.h"

#include "base/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define SOURCE_MAX ((size_t)16 << 20)
#define OBJECT_MAX ((size_t)256 << 20)

enum { FILES_MAX = 64 };
/* Looks for no compiler yet: most callers need one language of seven. */
enum tw_status tw_langs_open(struct tw_langs **langs, struct tw_jail *jail,
                             const char *cache, struct tw_err *err)
{
    struct tw_langs *l = tw_mem_zeroed(1, sizeof(*l));

    *langs = NULL;
    if (!l)
        return tw_fail(err, TW_ENOMEM, 0, "cannot allocate the languages");
    l->jail = jail;
    pthread_mutex_init(&l->lock, NULL);
    enum tw_status st = tw_lang_store_open(l, cache, err);
    if (st == TW_OK)
        *langs = l;
    else
        tw_langs_close(l);
    return st;
}

void tw_langs_close(struct tw_langs *langs)
{
    if (!langs)
        return;
    tw_lang_store_close(langs);
    pthread_mutex_destroy(&langs->lock);
    free(langs);
}

/* Until somebody says otherwise, it is our fault that there is no finding. */
void tw_program_result_init(struct tw_program_result *r)
{
    memset(r, 0, sizeof(*r));
    r->finding.end = TW_END_HARNESS;
    r->finding.cause = TW_CAUSE_HARNESS;
    tw_jail_result_init(&r->build);
    tw_jail_result_init(&r->run);
}

void tw_program_result_release(struct tw_program_result *r)
{
    tw_jail_result_release(&r->build);
    tw_jail_result_release(&r->run);
    tw_program_result_init(r);
}

/* What the compiler made, into object: kept, or made now.  object stays empty
 * where it failed; the finding says why. */
static enum tw_status build(struct tw_langs *langs, const struct tw_program *p,
                            const struct lang_tool *tool,
                            struct tw_program_result *r, struct tw_buf *object,
                            struct tw_err *err)
{
    char key[TW_HASH_HEX_SIZE];

    tw_lang_key(key, tool, p);
    r->cached = tw_lang_store_get(langs, key, object);
    if (r->cached) {
        r->compiled = true;
        return TW_OK;
    }
    TW_TRY(tw_lang_compile(langs, p, &r->build, err));
    r->compile_ms = r->build.wall_ms;
    tw_lang_finding_build(&r->finding, p->lang, &r->build,
                          tw_jail_tier(langs->jail));
    if (r->finding.end != TW_END_PASS)
        return TW_OK;
    r->compiled = true;
    struct tw_buf empty = *object;
    *object = r->build.record;
    r->build.record = empty;
    tw_lang_store_put(langs, key, object);
    return TW_OK;
}

/* What a run is started with; the spec points into it. */
struct start {
    struct tw_jail_file files[FILES_MAX + 1];
    struct lang_words words;
    struct lang_room room;
};

/* The object stands beside the files that were given to the compiler as
 * well, since programs read them.  What it is told by words must fit into
 * the command line; the sticky list of words says so at the end. */
static enum tw_status start_make(struct start *x, struct tw_jail_spec *s,
                                 struct tw_langs *langs,
                                 const struct tw_program *p,
                                 const struct tw_buf *object,
                                 struct tw_err *err)
{
    const struct lang_tool *tool = tw_lang_tool(langs, p->lang);

    TW_ASSERT(tool);
    x->words.n = 0;
    *s = (struct tw_jail_spec){ .argv = x->words.w,
                                .files = x->files,
                                .stdin_bytes = p->stdin_bytes,
                                .n_stdin = p->n_stdin,
                                .no_record = !p->record,
                                .peer_in = p->peer_in,
                                .limits = p->limits };
    if (p->limits.wall_s == 0)
        s->limits = tw_lang_limits(p->lang);
    for (size_t i = 0; i < p->n_files; i++)
        x->files[s->n_files++] = p->files[i];
    if (tw_lang_compiles(p->lang))
        x->files[s->n_files++] =
            (struct tw_jail_file){ tw_lang_object_name(p->lang),
                                   tw_buf_text(object), object->len };
    else
        x->files[s->n_files++] =
            (struct tw_jail_file){ tw_lang_source_name(p), p->source,
                                   p->source_len };
    tw_lang_run_words(&x->words, &x->room, tool, p);
    for (size_t i = 0; p->args && p->args[i]; i++)
        tw_lang_word(&x->words, p->args[i]);
    if (x->words.n >= LANG_WORDS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "cannot run with %zu arguments",
                       x->words.n);
    x->words.w[x->words.n] = NULL;
    return TW_OK;
}

enum tw_status tw_program_start(struct tw_langs *langs,
                                const struct tw_program *p,
                                const struct tw_buf *object,
                                struct tw_program_result *r, struct tw_err *err)
{
    struct start x;
    struct tw_jail_spec s;

    TW_ASSERT(r->compiled);
    TW_TRY(start_make(&x, &s, langs, p, object, err));
    TW_TRY(tw_jail_run(langs->jail, &s, &r->run, err));
    tw_lang_finding_run(&r->finding, p->lang, &r->run,
                        tw_jail_tier(langs->jail));
    return TW_OK;
}

/* A candidate that was ended with its tests may have told of an exception. */
static void finding_of(struct tw_finding *f, enum tw_lang lang,
                       const struct tw_jail_result *run, enum tw_jail_tier tier)
{
    struct tw_jail_result as_error = *run;

    if (run->end != TW_END_PASS || run->exit_code >= 0) {
        tw_lang_finding_run(f, lang, run, tier);
        return;
    }
    as_error.end = TW_END_ERROR;
    as_error.exit_code = 1;
    tw_lang_finding_run(f, lang, &as_error, tier);
    f->end = TW_END_PASS;
}

enum tw_status tw_program_start_pair(struct tw_langs *langs,
                                     const struct tw_program p[2],
                                     const struct tw_buf object[2],
                                     struct tw_program_result r[2],
                                     struct tw_err *err)
{
    struct start x[2];
    struct tw_jail_spec s[2];
    struct tw_jail_result run[2];

    for (int i = 0; i < 2; i++) {
        TW_ASSERT(r[i].compiled);
        TW_TRY(start_make(&x[i], &s[i], langs, &p[i], &object[i], err));
        tw_jail_result_init(&run[i]);
    }
    enum tw_status st = tw_jail_run_pair(langs->jail, s, run, err);
    for (int i = 0; i < 2; i++) {
        tw_jail_result_release(&r[i].run);
        r[i].run = run[i];
        if (st == TW_OK)
            finding_of(&r[i].finding, p[i].lang, &run[i],
                       tw_jail_tier(langs->jail));
    }
    return st;
}

/* Bounds before anything is made: files of the spec have a fixed room in
 * tw_program_start(). */
static enum tw_status program_check(const struct tw_program *p,
                                    struct tw_err *err)
{
    if (p->lang >= TW_LANG_COUNT)
        return tw_fail(err, TW_EINVAL, 0, "refuse an unknown language");
    if (p->source_len > SOURCE_MAX)
        return tw_fail(err, TW_ELIMIT, 0,
                       "cannot run a program larger than %zu MiB",
                       SOURCE_MAX >> 20);
    if (p->n_files > FILES_MAX)
        return tw_fail(err, TW_ELIMIT, 0,
                       "cannot run a program with more than %d files",
                       FILES_MAX);
    return TW_OK;
}

/* A language that needs no compiler is "compiled" at once, and its errors in
 * syntax come from the run. */
enum tw_status tw_program_build(struct tw_langs *langs,
                                const struct tw_program *p,
                                struct tw_program_result *r,
                                struct tw_buf *object, struct tw_err *err)
{
    tw_program_result_release(r);
    TW_TRY(program_check(p, err));
    const struct lang_tool *tool = tw_lang_tool(langs, p->lang);
    if (!tool)
        return tw_fail(err, TW_EIO, 0,
                       "find nothing that runs %s: install the package %s",
                       tw_lang_name(p->lang), tw_lang_package(p->lang));
    if (tw_lang_compiles(p->lang))
        return build(langs, p, tool, r, object, err);
    r->compiled = true;
    return TW_OK;
}

enum tw_status tw_program_run(struct tw_langs *langs,
                              const struct tw_program *p,
                              struct tw_program_result *r, struct tw_err *err)
{
    struct tw_buf object;

    tw_buf_init(&object, OBJECT_MAX);
    enum tw_status st = tw_program_build(langs, p, r, &object, err);
    if (st == TW_OK && r->compiled)
        st = tw_program_start(langs, p, &object, r, err);
    tw_buf_release(&object);
    return st;
}
