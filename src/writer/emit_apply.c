/*
 * emit_apply.c - what a script knows of the data that its inputs come from, so
 * that it can judge tomorrow's counters (pytest_apply.py).
 *
 * Everything is data in one literal, _TW_INPUTS: the columns, how rows make
 * series and windows, and values of the parameters that are no counters.
 * None where no input is a counter, or where an argument would be unknown.
 */
#include "cases/inputs.h"
#include "writer/emit.h"

#include "base/banned.h"

extern const char tw_pytest_apply[];

enum { WINDOW_ROWS = 32 }; /* where the project says nothing */

static const char *type_name(const struct tw_spec_type *t)
{
    switch (t->scalar) {
    case TW_SPEC_INT:
        return "int";
    case TW_SPEC_BOOL:
        return "bool";
    case TW_SPEC_STR:
        return "str";
    case TW_SPEC_FLOAT:
    case TW_SPEC_NONE_TYPE:
    case TW_SPEC_ANY:
        break;
    }
    return "float";
}

/* The data set of the first counter; NULL: no input is one. */
static const struct tw_spec_data *data_of(const struct tw_work *w)
{
    for (size_t i = 0; i < w->call->n_params; i++) {
        const struct tw_spec_input *in = &w->call->params[i].input;
        if (in->kind == TW_SPEC_INPUT_COUNTER)
            return w->in->spec->data[in->data];
    }
    return NULL;
}

/* A row of "params": name, column or None, is it a list, type of a value, may
 * one be missing, value where it is no counter. */
static void add_param(struct tw_work *w, struct tw_buf *b,
                      const struct tw_spec_param *p,
                      const struct tw_pyval *fixed)
{
    static const char *const words[] = { "False", "True" };
    tw_buf_adds(b, "        (");
    tw_emit_string(w, b, p->name);
    tw_buf_adds(b, ", ");
    if (p->input.kind == TW_SPEC_INPUT_COUNTER)
        tw_emit_string(w, b, p->input.counter);
    else
        tw_buf_adds(b, "None");
    tw_buf_addf(b, ", %s, \"%s\", %s, ", words[p->type.is_list],
                type_name(&p->type), words[p->type.nullable]);
    if (fixed)
        tw_pyval_source(b, fixed);
    else
        tw_buf_adds(b, "None");
    tw_buf_adds(b, "),\n");
}

static void add_strings(struct tw_work *w, struct tw_buf *b, const char *key,
                        const char *const *texts, size_t n)
{
    tw_buf_addf(b, "    \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        if (i)
            tw_buf_adds(b, ", ");
        tw_emit_string(w, b, texts[i]);
    }
    tw_buf_adds(b, "],\n");
}

/* Properties over one result; a relation of two calls is no matter of data. */
static void add_properties(struct tw_work *w, struct tw_buf *b)
{
    const char *that[TW_SPEC_ORACLE_MAX];
    size_t n = 0;
    for (size_t i = 0; i < w->test->n_oracles; i++)
        if (w->test->oracles[i].kind == TW_SPEC_ORACLE_PROPERTY)
            that[n++] = w->test->oracles[i].that;
    add_strings(w, b, "properties", that, n);
}

/* How the columns of the file make series and windows. */
static void add_shape(struct tw_work *w, struct tw_buf *b,
                      const struct tw_spec_data *d)
{
    const struct tw_trial_config *t = &d->trial;
    size_t window = d->window;
    if (!window)
        window = WINDOW_ROWS;
    double gap = t->gap;
    if (!(gap > 0.0))
        gap = 1.5;
    const struct tw_pyval gap_value = { .kind = TW_PYVAL_FLOAT, .f = gap };
    const char delimiter[2] = { t->delim, '\0' };
    add_strings(w, b, "group", t->series, t->n_series);
    tw_buf_adds(b, "    \"time\": ");
    if (t->time)
        tw_emit_string(w, b, t->time);
    else
        tw_buf_adds(b, "None");
    tw_buf_addf(b, ", \"window\": %zu, \"gap\": ", window);
    tw_pyval_source(b, &gap_value);
    tw_buf_adds(b, ", \"delimiter\": ");
    tw_emit_string(w, b, delimiter);
    tw_buf_adds(b, ",\n");
}

void tw_emit_apply(struct tw_work *w, struct tw_buf *b)
{
    const struct tw_spec_data *d = data_of(w);
    size_t n = tw_draw_n_args(w->pool);
    struct tw_pyval **fixed = tw_draw_args(w->pool, 0);
    bool known = d && fixed;
    for (size_t i = 0; known && i < n; i++)
        known =
            fixed[i] || w->call->params[i].input.kind == TW_SPEC_INPUT_COUNTER;
    if (!known) {
        tw_buf_adds(b, "def _tw_apply(_):\n"
                       "    print(\"the inputs of this test are no counters: "
                       "no file can be judged\")\n"
                       "    return 2\n\n\n");
        return;
    }
    tw_buf_adds(b, "# Where arguments come from in a file of counters.\n"
                   "_TW_INPUTS = {\n    \"function\": ");
    tw_emit_string(w, b, w->call->name);
    tw_buf_adds(b, ",\n    \"params\": [\n");
    for (size_t i = 0; i < n; i++)
        add_param(w, b, &w->call->params[i], fixed[i]);
    tw_buf_adds(b, "    ],\n");
    add_shape(w, b, d);
    add_properties(w, b);
    tw_buf_adds(b, "}\n\n\n");
    tw_buf_adds(b, tw_pytest_apply);
}
