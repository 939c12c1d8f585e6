/*
 * emit_pytest.c - the test as a module: pytest collects it, and plain python3
 * runs it.
 *
 * Helpers are named _tw_..., which no program of a model may hide.  Their
 * text stands in pytest_checks.py and pytest_main.py.
 */
#include <string.h>

#include "writer/emit.h"

#include "base/banned.h"

/* The files of these names, made into arrays at build time. */
extern const char tw_pytest_checks[], tw_pytest_main[];

/* The program, or where the code under test is found: code of a project moves
 * from machine to machine, so the script looks in three places. */
static void add_program(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    if (!w->n_files) {
        tw_buf_adds(b, "# The function, as the model wrote it.\n");
        tw_buf_adds(b, r->candidates[r->chosen].code);
        tw_buf_addc(b, '\n');
        return;
    }
    tw_buf_adds(b, "# The code under test: in the folder that CODE_UNDER_TEST "
                   "names,\n# beside this file, or where it was when this "
                   "file was written.\n"
                   "import os as _tw_os\nimport sys as _tw_path\n\n"
                   "_tw_path.path[:0] = [p for p in (\n"
                   "    _tw_os.environ.get(\"CODE_UNDER_TEST\", \"\"),\n"
                   "    _tw_os.path.dirname(_tw_os.path.abspath(__file__)),\n"
                   "    _tw_os.path.dirname(_tw_os.path.abspath(");
    tw_emit_string(w, b, w->in->spec->code[0]);
    tw_buf_addf(b, "))) if p]\n%s  # noqa: E402\n\n", w->import_line);
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

/* The properties of the test, for one case: text of the specification, which
 * the script evaluates. */
static void add_properties(struct tw_work *w, struct tw_buf *b,
                           const struct tw_case *c)
{
    for (size_t i = 0; i < w->test->n_oracles; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (o->kind != TW_SPEC_ORACLE_PROPERTY || c->kind == TW_CASE_RAISES)
            continue;
        tw_buf_addf(b, "    _tw_holds(lambda: %s,\n              ", c->call);
        tw_emit_string(w, b, o->that);
        tw_buf_adds(b, ",\n              {");
        for (size_t k = 0; k < w->call->n_params; k++) {
            if (k)
                tw_buf_adds(b, ", ");
            tw_emit_string(w, b, w->call->params[k].name);
            tw_buf_adds(b, ": ");
            tw_pyval_source(b, c->args[k]);
        }
        tw_buf_adds(b, "})\n");
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
        tw_buf_addf(b, "    _tw_raises(lambda: %s, ", c->call);
        tw_emit_string(w, b, c->want_error);
        tw_buf_adds(b, ")\n");
    } else if (c->want) {
        tw_buf_addf(b, "    _tw_value(lambda: %s, ", c->call);
        tw_pyval_source(b, c->want);
        add_tolerances(b, c->tol);
        tw_buf_adds(b, ")\n");
    } else {
        tw_buf_addf(b, "    %s\n", c->call);
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
static void emit(struct tw_work *w, struct tw_buf *b)
{
    size_t n = w->r->cases.n + w->n_asserts;
    tw_buf_adds(b, "#!/usr/bin/env python3\n");
    tw_emit_header(w, b, "runs with pytest and with plain python3");
    add_program(w, b);
    tw_buf_addc(b, '\n');
    tw_buf_adds(b, tw_pytest_checks);
    for (size_t i = 0; i < n; i++)
        add_case(w, b, case_at(w, i), i);
    tw_buf_adds(b, "\n\n_TW_TESTS = [\n");
    for (size_t i = 0; i < n; i++) {
        tw_buf_adds(b, "    ");
        tw_emit_case_name(b, case_at(w, i), i);
        tw_buf_adds(b, ",\n");
    }
    tw_buf_adds(b, "]\n\n\n");
    tw_buf_adds(b, tw_pytest_main);
}

const struct tw_emitter tw_emit_pytest = { "pytest", ".py", emit };
