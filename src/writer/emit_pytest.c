/*
 * emit_pytest.c - the test as a module: pytest collects it, plain python3 runs
 * it, and with a file as argument it judges new counters (emit_apply.c).
 *
 * The names of this module are _tw_... and the cases, and no others: the
 * program is a text that is run in a module of its own, so that it can define
 * test_x, setup_module, pytest_plugins, len or _tw_value, and nobody notices.
 * The text of the helpers stands in pytest_checks.py and pytest_main.py.
 */
#include "base/file.h"
#include "base/utf8.h"
#include "writer/emit.h"

#include <string.h>

#include "base/banned.h"

/* The files of these names, made into arrays at build time. */
extern const char tw_pytest_checks[], tw_pytest_code[], tw_pytest_main[];

/* May the text stand in r"..." of three quotes as it is?  It reads back the
 * same only without the quotes themselves, without a line end that Python
 * would change, and without characters that a reader does not see. */
static bool is_raw(const char *code)
{
    size_t n = strlen(code);
    if (n == 0 || strstr(code, "'''") || code[n - 1] == '\'' ||
        code[n - 1] == '\\')
        return false;
    struct tw_buf safe;
    tw_buf_init(&safe, 4 * n + 64);
    tw_utf8_add_safe(&safe, code, n);
    bool same = safe.len == n && memcmp(tw_buf_text(&safe), code, n) == 0;
    tw_buf_release(&safe);
    return same;
}

/* One literal a line, with escapes, for what cannot stand as it is. */
static void add_lines(struct tw_work *w, struct tw_buf *b, const char *code)
{
    tw_buf_adds(b, "(\n");
    while (*code) {
        size_t n = strcspn(code, "\n");
        n += code[n] == '\n';
        tw_buf_adds(b, "    ");
        tw_emit_string(w, b, tw_arena_text(w->a, code, n));
        tw_buf_addc(b, '\n');
        code += n;
    }
    tw_buf_adds(b, ")\n");
}

/* A text and no statements: a module of its own is made of it. */
static void add_program(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    const char *code = r->candidates[r->chosen].code;
    tw_buf_adds(b, "# The function, as the model wrote it.\n_TW_PROGRAM = ");
    if (is_raw(code)) {
        tw_buf_adds(b, "r'''\n");
        tw_buf_adds(b, code);
        tw_buf_adds(b, "\n'''\n\n");
    } else {
        add_lines(w, b, code);
        tw_buf_addc(b, '\n');
    }
}

/* "kpi" of "kpi.py". */
static void add_module_name(struct tw_work *w, struct tw_buf *b, size_t i)
{
    const char *name = tw_file_basename(w->in->spec->code[i]);
    size_t n = strlen(name);
    if (n > 3 && strcmp(name + n - 3, ".py") == 0)
        n -= 3;
    tw_emit_string(w, b, tw_arena_text(w->a, name, n));
}

/* Code of a project moves from machine to machine, so the script looks in
 * three places. */
static void add_code_under_test(struct tw_work *w, struct tw_buf *b)
{
    tw_buf_adds(b, "# The code under test: in the folder that CODE_UNDER_TEST "
                   "names,\n# beside this file, or where it was when this "
                   "file was written.\n_TW_CODE = [");
    for (size_t i = 0; i < w->in->spec->n_code; i++) {
        if (i)
            tw_buf_adds(b, ", ");
        add_module_name(w, b, i);
    }
    tw_buf_adds(b, "]\n_TW_FOLDER = ");
    tw_emit_string(w, b, w->in->spec->code[0]);
    tw_buf_adds(b, "\n\n");
}

/* Left out where they are zero: most cases want equality. */
static void add_tolerances(struct tw_buf *b, struct tw_pyval_tol tol)
{
    struct tw_pyval abs_tol = { .kind = TW_PYVAL_FLOAT, .f = tol.abs_tol };
    struct tw_pyval rel_tol = { .kind = TW_PYVAL_FLOAT, .f = tol.rel_tol };
    if (tol.abs_tol > 0.0 || tol.rel_tol > 0.0) {
        tw_buf_adds(b, ", ");
        tw_pyval_source(b, &abs_tol);
        tw_buf_adds(b, ", ");
        tw_pyval_source(b, &rel_tol);
    }
}

/* "{'a': 1, 'b': 2}" in the order of the parameters. */
static void add_args(struct tw_work *w, struct tw_buf *b,
                     const struct tw_case *c)
{
    tw_buf_addc(b, '{');
    for (size_t k = 0; k < w->call->n_params; k++) {
        if (k)
            tw_buf_adds(b, ", ");
        tw_emit_string(w, b, w->call->params[k].name);
        tw_buf_adds(b, ": ");
        if (c->args[k])
            tw_pyval_source(b, c->args[k]);
        else
            tw_buf_adds(b, "None");
    }
    tw_buf_addc(b, '}');
}

/* ", {'a': 'a + 1'}": how a metamorphic oracle changes the arguments. */
static void add_change(struct tw_work *w, struct tw_buf *b,
                       const struct tw_spec_oracle *o)
{
    const char *before = ",\n              {";
    for (size_t k = 0; k < w->call->n_params; k++) {
        if (!o->change[k])
            continue;
        tw_buf_adds(b, before);
        tw_emit_string(w, b, w->call->params[k].name);
        tw_buf_adds(b, ": ");
        tw_emit_string(w, b, o->change[k]);
        before = ", ";
    }
    tw_buf_addc(b, '}');
}

/* The properties of the test, for one case: text of the specification, which
 * the script evaluates. */
static void add_properties(struct tw_work *w, struct tw_buf *b,
                           const struct tw_case *c)
{
    for (size_t i = 0; i < w->test->n_oracles; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (!o->that || c->kind == TW_CASE_RAISES)
            continue;
        tw_buf_addf(b, "    _tw_holds(_tw_program.%s, %zu, ", w->call->name,
                    c->n_args);
        add_args(w, b, c);
        tw_buf_adds(b, ",\n              ");
        tw_emit_string(w, b, o->that);
        if (o->change)
            add_change(w, b, o);
        tw_buf_adds(b, ")\n");
    }
}

/* One function per case: a report then names what failed.  Its comments say
 * why the case exists and where its values come from. */
static void add_case(struct tw_work *w, struct tw_buf *b,
                     const struct tw_case *c, size_t i)
{
    tw_buf_adds(b, "\n\ndef ");
    tw_emit_case_name(b, c, i);
    tw_buf_adds(b, "():\n    ");
    tw_emit_comment(b, "", c->reason);
    if (*c->source && strcmp(c->source, c->reason) != 0) {
        tw_buf_adds(b, "    ");
        tw_emit_comment(b, "", c->source);
    }
    if (c->kind == TW_CASE_RAISES) {
        tw_buf_addf(b, "    _tw_raises(lambda: _tw_program.%s, ", c->call);
        tw_emit_string(w, b, c->want_error);
        tw_buf_adds(b, ")\n");
    } else if (c->want) {
        tw_buf_addf(b, "    _tw_value(lambda: _tw_program.%s, ", c->call);
        tw_pyval_source(b, c->want);
        add_tolerances(b, c->tol);
        tw_buf_adds(b, ")\n");
    } else {
        tw_buf_addf(b, "    _tw_got(lambda: _tw_program.%s)\n", c->call);
    }
    add_properties(w, b, c);
}

/* The cases of the specification, then the right asserts of the model. */
static const struct tw_case *case_at(const struct tw_work *w, size_t i)
{
    size_t n = w->r->cases.n;
    if (i < n)
        return &w->r->cases.list[i];
    return &w->asserts[i - n];
}

/* The list of tests at the end serves plain python3, which collects nothing. */
static void add_list(struct tw_work *w, struct tw_buf *b, size_t n)
{
    tw_buf_adds(b, "\n\n_TW_TESTS = [\n");
    for (size_t i = 0; i < n; i++) {
        tw_buf_adds(b, "    ");
        tw_emit_case_name(b, case_at(w, i), i);
        tw_buf_adds(b, ",\n");
    }
    tw_buf_adds(b, "]\n\n\n");
}

static void emit(struct tw_work *w, struct tw_buf *b)
{
    size_t n = w->r->cases.n + w->n_asserts;
    tw_buf_adds(b, "#!/usr/bin/env python3\n");
    tw_emit_header(w, b, "runs with pytest and with plain python3");
    if (w->n_files)
        add_code_under_test(w, b);
    else
        add_program(w, b);
    tw_buf_adds(b, tw_pytest_checks);
    if (w->n_files) {
        tw_buf_adds(b, tw_pytest_code);
        tw_buf_adds(b, "_tw_program = _tw_only(_tw_import(_TW_CODE, "
                       "_TW_FOLDER), ");
    } else {
        tw_buf_adds(b, "_tw_program = _tw_only(_tw_module(_TW_PROGRAM), ");
    }
    tw_emit_string(w, b, w->call->name);
    tw_buf_adds(b, ")\n");
    for (size_t i = 0; i < n; i++)
        add_case(w, b, case_at(w, i), i);
    add_list(w, b, n);
    tw_emit_apply(w, b);
    tw_buf_adds(b, tw_pytest_main);
}

const struct tw_emitter tw_emit_pytest = { "pytest", ".py", emit,
                                           tw_emit_run_python };
