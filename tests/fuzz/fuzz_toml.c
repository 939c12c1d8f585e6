/* Any bytes give a tree or an error with its place, and the tree is whole. */
#include "base/toml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Visit all values without a deep stack; they must count up. */
static void visit(const struct tw_toml *root)
{
    const struct tw_toml *path[200] = { root };
    size_t depth = 1;

    while (depth) {
        const struct tw_toml *v = path[--depth];
        size_t n = 0;

        if (v->next)
            path[depth++] = v->next;
        if (v->line == 0 || v->column == 0)
            abort();
        if (v->kind == TW_TOML_STRING && v->u.text.bytes[v->u.text.len])
            abort();
        if (v->kind != TW_TOML_ARRAY && v->kind != TW_TOML_TABLE)
            continue;
        for (const struct tw_toml *c = v->first; c; c = c->next)
            n++;
        if (n != v->n_children || depth == 200)
            abort();
        if (v->first)
            path[depth++] = v->first;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const known[] = { "name", "seed", NULL };
    struct tw_err err = { 0 };
    struct tw_arena a;
    struct tw_toml *root;
    unsigned line, column;

    tw_arena_init(&a, 4u << 20);
    enum tw_status st = tw_toml_parse(&root, &a, (const char *)bytes, n, &err);
    if (st == TW_OK) {
        visit(root);
        st = tw_toml_known(root, "x", known, &err);
    }
    if (st != TW_OK && sscanf(err.msg, "%u:%u: ", &line, &column) != 2)
        abort();
    tw_arena_release(&a);
    return 0;
}
