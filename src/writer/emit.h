/*
 * emit.h - what makes a script, and the gates that foreign text must pass.
 *
 * A format is one file emit_NAME.c, which defines one object tw_emit_NAME,
 * and its NAME in the list of meson.build.  Every test of a run is written
 * in every format of the list.
 */
#ifndef TW_WRITER_EMIT_H
#define TW_WRITER_EMIT_H

#include "writer/writer_priv.h"

struct tw_emitter {
    const char *name;   /* of the format: "pytest" */
    const char *suffix; /* of the file: ".py" */
    /* The whole text into b, which is sticky.  There is a program to emit:
     * a chosen candidate, or code under test. */
    void (*emit)(struct tw_work *w, struct tw_buf *b);
    /* Run an accepted script as its users do, in the jail: *why says how that
     * differs from the judge, or is NULL.  Fills script->ran_by. */
    enum tw_status (*run)(struct tw_work *w, struct tw_script *script,
                          const char **why);
};

/* A file without this line in front is not ours, and is never replaced. */
#define TW_EMIT_MARK "# Written by trialwright"

/* All formats: fills r->scripts, none when there is no code at all. */
enum tw_status tw_emit_scripts(struct tw_work *w);

/* ran.c: by plain python3, and by pytest where the host has it. */
enum tw_status tw_emit_run_python(struct tw_work *w, struct tw_script *script,
                                  const char **why);

/* save.c: did this program write the file, or is it absent? */
bool tw_save_is_ours(const char *path);
/* "test_X.py" as "test_X+new.py": no id holds a '+', so no other test has the
 * name, and no dot makes it a package.  NULL: no memory. */
const char *tw_save_other_name(struct tw_arena *a, const char *name);

/* emit_text.c, for all formats.
 *
 * "# key words": whatever users or models wrote comes out as a comment and
 * nothing else; line ends and control characters cannot pass.  Wrapped. */
void tw_emit_comment(struct tw_buf *b, const char *key, const char *text);
/* "'...'": text of a user as a literal of Python. */
void tw_emit_string(struct tw_work *w, struct tw_buf *b, const char *text);
/* The mark, then where all of it comes from, as comments: status,
 * requirement, specification, data, model, seed, cases.  how: one clause. */
void tw_emit_header(struct tw_work *w, struct tw_buf *b, const char *how);
/* emit_apply.c: _tw_apply(args) of a script in Python, which judges a file of
 * new counters with the program. */
void tw_emit_apply(struct tw_work *w, struct tw_buf *b);
/* "test_01_recorded": a name of case i, for reports. */
void tw_emit_case_name(struct tw_buf *b, const struct tw_case *c, size_t i);

#endif /* TW_WRITER_EMIT_H */
