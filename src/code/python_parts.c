/* python_parts.c - places in a Python text, found by its syntax tree. */
#include "code/python_parts.h"

#include "code/syntax.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static bool is_type(const struct tw_syntax_node *n, const char *type)
{
    return n && strcmp(n->type, type) == 0;
}

/* Python allows comments and one string in front of these imports. */
static bool may_stand_first(const struct tw_syntax_node *n, bool first)
{
    return is_type(n, "comment") || is_type(n, "future_import_statement") ||
           is_type(n, ";") ||
           (first && is_type(n, "expression_statement") &&
            is_type(n->first, "string"));
}

enum tw_status tw_python_front_of(struct tw_python_front *front,
                                  struct tw_arena *scratch,
                                  struct tw_piece text, struct tw_err *err)
{
    struct tw_syntax_tree tree;
    bool first = true;

    *front = (struct tw_python_front){ 0 };
    TW_TRY(tw_syntax_parse(&tree, scratch, TW_SYNTAX_PYTHON, text, err));
    for (const struct tw_syntax_node *n = tree.root->first;
         n && may_stand_first(n, first); n = n->next) {
        first = first && is_type(n, "comment");
        if (is_type(n, "future_import_statement"))
            front->end = n->end;
    }
    if (!front->end)
        return TW_OK;
    front->rest = front->end;
    while (front->rest < text.n && strchr(" \t;", text.s[front->rest]))
        front->rest++;
    if (front->rest < text.n && text.s[front->rest] == '\n')
        front->rest++;
    return TW_OK;
}

/* Does the node, or the definition under its decorators, bear the name? */
static bool defines(const struct tw_syntax_node *n, struct tw_piece text,
                    const char *name)
{
    size_t len = strlen(name);

    if (is_type(n, "decorated_definition"))
        n = n->last;
    if (!is_type(n, "function_definition") && !is_type(n, "class_definition"))
        return false;
    for (const struct tw_syntax_node *c = n->first; c; c = c->next)
        if (is_type(c, "identifier"))
            return c->end - c->at == len &&
                   memcmp(text.s + c->at, name, len) == 0;
    return false;
}

enum tw_status tw_python_last_def(size_t *at, struct tw_arena *scratch,
                                  struct tw_piece text, const char *name,
                                  struct tw_err *err)
{
    struct tw_syntax_tree tree;

    *at = SIZE_MAX;
    TW_TRY(tw_syntax_parse(&tree, scratch, TW_SYNTAX_PYTHON, text, err));
    for (const struct tw_syntax_node *n = tree.root->first; n; n = n->next)
        if (defines(n, text, name))
            *at = n->at;
    return TW_OK;
}
