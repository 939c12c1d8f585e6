/*
 * emit_pytest.c - the script that the user keeps.
 *
 * pytest collects it, and plain python3 runs it.  The header traces where all
 * of it comes from.  Whatever users or models wrote goes through one of two
 * gates: comment() for comments, tw_pyval_source() for strings; so a
 * description cannot break out of its place.
 */
#include <stdio.h>
#include <string.h>

#include "answer/prompt.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "writer/writer_priv.h"

#include "base/banned.h"

enum { SCRIPT_MAX = 4 << 20, WRAP = 76, MARK_BYTES = 256 };

#define MARK "# Written by trialwright"

/* "# key: words", wrapped; control characters and line ends cannot pass. */
static void comment(struct tw_buf *b, const char *key, const char *text)
{
    struct tw_buf words, safe;
    if (!text) /* no memory: tw_emit_pytest() asks at its end */
        return;
    tw_buf_init(&words, SCRIPT_MAX);
    tw_buf_init(&safe, SCRIPT_MAX);
    tw_prompt_words(&words, text);
    tw_utf8_add_safe(&safe, tw_buf_text(&words), words.len);
    const char *p = tw_buf_text(&safe);
    tw_buf_adds(b, *key ? "# " : "#");
    tw_buf_adds(b, key);
    size_t column = strlen(key) + 2;
    while (*p) {
        size_t n = strcspn(p, " ");
        if (column + n + 1 > WRAP && column > 6) {
            tw_buf_adds(b, "\n#   ");
            column = 4;
        }
        tw_buf_addc(b, ' ');
        tw_buf_add(b, p, n);
        column += n + 1;
        p += n + (p[n] == ' ');
    }
    tw_buf_addc(b, '\n');
    tw_buf_release(&words);
    tw_buf_release(&safe);
}

static void comment_words(struct tw_buf *b, const char *key,
                          const char *const *items, size_t n)
{
    struct tw_buf list;
    tw_buf_init(&list, SCRIPT_MAX);
    for (size_t i = 0; i < n; i++)
        tw_buf_addf(&list, "%s%s", i ? ", " : "", items[i]);
    if (n)
        comment(b, key, tw_buf_text(&list));
    tw_buf_release(&list);
}

static void add_status(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    struct tw_buf line;
    tw_buf_init(&line, SCRIPT_MAX);
    if (r->accepted)
        tw_buf_addf(&line, "ACCEPTED (%s)", r->cause);
    else
        tw_buf_addf(&line, "NOT ACCEPTED, %s (%s)",
                    tw_writer_status_name(r->status), r->cause);
    comment(b, "Status:", tw_buf_text(&line));
    tw_buf_release(&line);
}

static void add_data(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_spec *s = w->in->spec;
    for (size_t i = 0; i < s->n_data && w->in->trials; i++) {
        const struct tw_trial *t = w->in->trials[i];
        if (t)
            comment(b, "Data:",
                    tw_arena_textf(w->a, "%.100s, SHA-256 %s", s->data[i]->name,
                                   t->sha256));
    }
}

static void add_header(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_spec_test *t = w->test;
    const char *version = w->env->version ? w->env->version : "";
    tw_buf_addf(b,
                "#!/usr/bin/env python3\n%s%s%s; runs with pytest and "
                "with plain python3.\n#\n",
                MARK, *version ? " " : "", version);
    add_status(w, b);
    comment(b,
            "Test:", tw_arena_textf(w->a, "%.64s - %.300s", t->id, t->title));
    comment_words(b, "Requirement:", t->requirement, t->n_requirement);
    comment(b, "Description:", t->description);
    /* Folders differ from machine to machine, the script should not. */
    comment(b, "Specification:",
            tw_arena_textf(w->a, "%.200s, SHA-256 of the test %s",
                           tw_file_basename(w->in->spec->path), t->sha256));
    add_data(w, b);
    if (w->env->llm) {
        comment(b, "Model:", tw_llm_description(w->env->llm));
        comment(b, "Model SHA-256:", tw_llm_sha256(w->env->llm));
    }
    comment(b, "Seed:",
            tw_arena_textf(w->a, "%llu", (unsigned long long)w->env->seed));
    comment(b, "Cases:",
            tw_arena_textf(w->a, "%zu, SHA-256 %s", w->cases->n,
                           w->r->cases.sha256));
    if (w->r->unverified)
        comment(b, "Unverified:",
                "no oracle; expected values are a vote of the candidates");
    tw_buf_addc(b, '\n');
}

/* The program, or where the code under test is found. */
static void add_program(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_writer_result *r = w->r;
    if (!w->n_files) {
        tw_buf_adds(b, "# The function, as the model wrote it.\n");
        tw_buf_adds(b, r->candidates[r->chosen].code);
        tw_buf_addc(b, '\n');
        return;
    }
    const char *name = w->files[0].name;
    size_t n = strlen(name);
    n -= n > 3 && strcmp(name + n - 3, ".py") == 0 ? 3 : 0;
    struct tw_pyval *path = tw_helper_str(w->a, w->in->spec->code[0]);
    tw_buf_adds(b, "# The code under test: in the folder that CODE_UNDER_TEST "
                   "names,\n# beside this file, or where it was when this "
                   "file was written.\n"
                   "import os as _tw_os\nimport sys as _tw_path\n\n"
                   "_tw_path.path[:0] = [p for p in (\n"
                   "    _tw_os.environ.get(\"CODE_UNDER_TEST\", \"\"),\n"
                   "    _tw_os.path.dirname(_tw_os.path.abspath(__file__)),\n"
                   "    _tw_os.path.dirname(_tw_os.path.abspath(");
    if (path)
        tw_pyval_source(b, path);
    tw_buf_addf(b, "))) if p]\nfrom %.*s import %s  # noqa: E402\n\n", (int)n,
                name, w->call->name);
}

static void add_checks(struct tw_buf *b)
{
    tw_buf_adds(
        b, "\n# What a case means.\n"
           "import math as _tw_math  # noqa: E402\n"
           "import statistics as _tw_statistics  # noqa: E402\n"
           "import sys as _tw_sys  # noqa: E402\n\n\n"
           "def _tw_same(got, want, abs_tol, rel_tol):\n"
           "    if isinstance(want, (list, tuple)):\n"
           "        return (type(got) is type(want) and len(got) == len(want)\n"
           "                and all(_tw_same(g, x, abs_tol, rel_tol)\n"
           "                        for g, x in zip(got, want)))\n"
           "    if isinstance(want, dict) and isinstance(got, dict):\n"
           "        return (got.keys() == want.keys() and all(\n"
           "            _tw_same(got[k], want[k], abs_tol, rel_tol)\n"
           "            for k in want))\n"
           "    numbers = (int, float)\n"
           "    if isinstance(want, numbers) and isinstance(got, numbers):\n"
           "        if want != want:\n"
           "            return got != got\n"
           "        if got == want:\n"
           "            return True\n"
           "        if isinstance(got, int) and isinstance(want, int):\n"
           "            return False\n"
           "        return (abs(got - want) <= abs_tol\n"
           "                or abs(got - want) <= rel_tol * abs(want))\n"
           "    return got == want\n\n\n");
    tw_buf_adds(
        b,
        "def _tw_value(call, want, abs_tol=0.0, rel_tol=0.0):\n"
        "    got = call()\n"
        "    assert _tw_same(got, want, abs_tol, rel_tol), (\n"
        "        \"got %r, expected %r\" % (got, want))\n\n\n"
        "def _tw_raises(call, name):\n"
        "    try:\n"
        "        got = call()\n"
        "    except Exception as error:\n"
        "        names = [c.__name__ for c in type(error).__mro__]\n"
        "        assert name in names, \"got %r, expected %s\" % (error, "
        "name)\n"
        "        return\n"
        "    raise AssertionError(\"got %r, expected %s\" % (got, name))\n\n\n"
        "def _tw_holds(call, that, args):\n"
        "    names = dict(vars(_tw_math), math=_tw_math,\n"
        "                 statistics=_tw_statistics)\n"
        "    names.update((n, getattr(_tw_statistics, n))\n"
        "                 for n in _tw_statistics.__all__)\n"
        "    names.update(args, result=call())\n"
        "    assert eval(that, names), \"%s is false for %r\" % (\n"
        "        that, names[\"result\"])\n");
}

static void add_name(struct tw_buf *b, const struct tw_case *c, size_t i)
{
    tw_buf_addf(b, "test_%02zu_%s", i + 1, tw_case_origin_name(c->origin));
}

static void add_string(struct tw_work *w, struct tw_buf *b, const char *text)
{
    struct tw_pyval *v = tw_helper_str(w->a, text);
    if (v)
        tw_pyval_source(b, v);
}

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

/* The properties of the test, for one case. */
static void add_properties(struct tw_work *w, struct tw_buf *b,
                           const struct tw_case *c)
{
    for (size_t i = 0; i < w->test->n_oracles; i++) {
        const struct tw_spec_oracle *o = &w->test->oracles[i];
        if (o->kind != TW_SPEC_ORACLE_PROPERTY || c->kind == TW_CASE_RAISES)
            continue;
        tw_buf_addf(b, "    _tw_holds(lambda: %s,\n              ", c->call);
        add_string(w, b, o->that);
        tw_buf_adds(b, ",\n              {");
        for (size_t k = 0; k < w->call->n_params; k++) {
            add_string(w, b, w->call->params[k].name);
            tw_buf_adds(b, ": ");
            tw_pyval_source(b, c->args[k]);
            tw_buf_adds(b, k + 1 < w->call->n_params ? ", " : "");
        }
        tw_buf_adds(b, "})\n");
    }
}

static void add_case(struct tw_work *w, struct tw_buf *b,
                     const struct tw_case *c, size_t i)
{
    tw_buf_adds(b, "\n\ndef ");
    add_name(b, c, i);
    tw_buf_adds(b, "():\n    ");
    comment(b, "", c->reason);
    if (*c->source && strcmp(c->source, c->reason) != 0) {
        tw_buf_adds(b, "    ");
        comment(b, "", c->source);
    }
    if (c->kind == TW_CASE_RAISES) {
        tw_buf_addf(b, "    _tw_raises(lambda: %s, ", c->call);
        add_string(w, b, c->want_error);
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

static void add_main(struct tw_work *w, struct tw_buf *b)
{
    size_t n = w->cases->n;
    tw_buf_adds(b, "\n\n_TW_TESTS = [\n");
    for (size_t i = 0; i < n + w->n_asserts; i++) {
        tw_buf_adds(b, "    ");
        add_name(b, i < n ? &w->cases->list[i] : &w->asserts[i - n], i);
        tw_buf_adds(b, ",\n");
    }
    tw_buf_adds(b, "]\n\n\n"
                   "def _tw_main():\n"
                   "    failed = 0\n"
                   "    for test in _TW_TESTS:\n"
                   "        try:\n"
                   "            test()\n"
                   "        except Exception as error:\n"
                   "            failed += 1\n"
                   "            print(\"FAIL %s: %s: %s\" % (\n"
                   "                test.__name__, type(error).__name__, "
                   "error))\n"
                   "        else:\n"
                   "            print(\"pass %s\" % test.__name__)\n"
                   "    print(\"%d of %d cases passed\" % (\n"
                   "        len(_TW_TESTS) - failed, len(_TW_TESTS)))\n"
                   "    return 1 if failed else 0\n\n\n"
                   "if __name__ == \"__main__\":\n"
                   "    _tw_sys.exit(_tw_main())\n");
}

static const char *script_name(struct tw_work *w)
{
    char *name = tw_arena_textf(w->a, "test_%s.py", w->test->id);
    size_t n = name ? strlen(name) : 0;
    /* A dot inside would make pytest look for a package. */
    for (size_t i = 0; i + 3 < n; i++)
        if (name[i] == '.')
            name[i] = '_';
    return name;
}

enum tw_status tw_emit_pytest(struct tw_work *w)
{
    struct tw_writer_result *r = w->r;
    r->script_name = script_name(w);
    TW_TRY(tw_arena_check(w->a, "a test", w->err));
    if ((r->chosen == TW_SPEC_NONE && !w->n_files) || !r->cases.n)
        return TW_OK;
    struct tw_buf b;
    tw_buf_init(&b, SCRIPT_MAX);
    add_header(w, &b);
    add_program(w, &b);
    add_checks(&b);
    for (size_t i = 0; i < r->cases.n; i++)
        add_case(w, &b, &r->cases.list[i], i);
    for (size_t i = 0; i < w->n_asserts; i++)
        add_case(w, &b, &w->asserts[i], r->cases.n + i);
    add_main(w, &b);
    enum tw_status st = tw_buf_check(&b, "the script", w->err);
    char *text = tw_arena_text(w->a, tw_buf_text(&b), b.len);
    if (st == TW_OK)
        st = tw_arena_check(w->a, "a test", w->err);
    if (st == TW_OK) {
        tw_hash_bytes_hex(text, b.len, r->script_sha256);
        r->script = text;
    }
    tw_buf_release(&b);
    return st;
}

/* May the file be replaced: is it absent or ours? */
static bool is_ours(const char *path)
{
    struct tw_file_map m;
    if (!tw_file_exists(path))
        return true;
    if (tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    struct tw_buf head;
    tw_buf_init(&head, MARK_BYTES);
    tw_buf_add(&head, m.bytes, m.len < MARK_BYTES ? m.len : MARK_BYTES);
    bool ours = strstr(tw_buf_text(&head), "\n" MARK) != NULL;
    tw_buf_release(&head);
    tw_file_map_close(&m);
    return ours;
}

enum tw_status tw_writer_save(const struct tw_writer_result *r, const char *dir,
                              struct tw_arena *a, const char **path,
                              struct tw_err *err)
{
    char name[96];
    *path = NULL;
    if (!r->script)
        return tw_fail(err, TW_EINVAL, 0, "there is no script to save");
    char *full = tw_file_join(a, dir, r->script_name);
    if (!full)
        return tw_fail(err, TW_ENOMEM, 0, "cannot hold a path");
    if (!is_ours(full)) {
        int stem = (int)strlen(r->script_name) - 3;
        snprintf(name, sizeof(name), "%.*s.new.py", stem, r->script_name);
        full = tw_file_join(a, dir, name);
        if (!full)
            return tw_fail(err, TW_ENOMEM, 0, "cannot hold a path");
        if (!is_ours(full))
            return tw_fail(err, TW_EIO, 0,
                           "cannot replace '%.120s': not written by this "
                           "program",
                           full);
    }
    *path = full;
    return tw_file_write(full, r->script, strlen(r->script), err);
}
