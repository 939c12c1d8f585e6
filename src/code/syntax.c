#include "code/syntax_priv.h"

#include <string.h>

#include "base/banned.h"

enum { SCRATCH = 256 };

struct tw_node *syn_node(struct syn *p, const char *type, size_t at)
{
    struct tw_node *n = p->no_room ? NULL : tw_arena_alloc(p->a, 1, sizeof(*n));
    if (!n) {
        /* The tree is thrown away then; the root stands in for the node. */
        p->no_room = true;
        n = p->tree->root;
        n->first = n->last = n->next = NULL;
        return n;
    }
    n->type = type;
    n->named = true;
    n->at = n->end = at;
    p->tree->n_nodes++;
    return n;
}

void syn_add(struct tw_node *parent, const char *field, struct tw_node *child)
{
    if (parent == child)
        return; /* out of memory */
    child->field = field;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    if (child->end > parent->end)
        parent->end = child->end;
}

static const char *token_text(struct syn *p, const struct syn_token *t)
{
    size_t n = t->end - t->at;
    char *text = tw_arena_alloc(p->a, n + 1, 1);
    if (!text) {
        p->no_room = true;
        return "";
    }
    memcpy(text, p->s + t->at, n);
    return text;
}

const struct syn_token *syn_peek(const struct syn *p, size_t ahead)
{
    size_t i = p->i + ahead;
    return &p->tokens[i < p->n_tokens ? i : p->n_tokens - 1];
}

struct tw_node *syn_leaf(struct syn *p, const char *type)
{
    const struct syn_token *t = syn_peek(p, 0);
    struct tw_node *n = syn_node(p, type ? type : token_text(p, t), t->at);
    n->named = type != NULL;
    n->end = t->end;
    if (p->i + 1 < p->n_tokens)
        p->i++;
    return n;
}

void syn_take(struct syn *p, struct tw_node *parent, const char *field,
              const char *type)
{
    syn_add(parent, field, syn_leaf(p, type));
}

bool syn_is_at(const struct syn *p, size_t ahead, const char *text)
{
    const struct syn_token *t = syn_peek(p, ahead);
    size_t n = strlen(text);
    return (t->kind == SYN_NAME || t->kind == SYN_OP) && t->end - t->at == n &&
           memcmp(p->s + t->at, text, n) == 0;
}

bool syn_is(const struct syn *p, const char *text)
{
    return syn_is_at(p, 0, text);
}

bool syn_among(const struct syn *p, const char *const *words)
{
    for (; *words; words++)
        if (syn_is(p, *words))
            return true;
    return false;
}

bool syn_accept(struct syn *p, struct tw_node *parent, const char *text)
{
    if (!syn_is(p, text))
        return false;
    syn_take(p, parent, NULL, NULL);
    return true;
}

bool syn_enter(struct syn *p)
{
    if (p->depth >= SYN_DEPTH_MAX || p->no_room)
        return false;
    p->depth++;
    return true;
}

void syn_leave(struct syn *p)
{
    p->depth--;
}

void syn_salvage(struct syn *p, struct tw_node *to,
                 struct tw_node *(*expression)(struct syn *), const char *leaf)
{
    size_t from = p->i;
    int depth = p->depth;
    bool more = p->retries < SYN_RETRIES && p->wasted < 2 * p->n_tokens + 200;
    struct tw_node *v = more ? expression(p) : NULL;
    if (v && p->i > from) {
        syn_add(to, NULL, v);
        return;
    }
    p->retries += more;
    p->wasted += p->i - from;
    p->i = from;
    p->depth = depth;
    syn_take(p, to, NULL, leaf);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccdu;
    return h ^ (h >> 32);
}

static uint64_t mix_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = mix(h, (unsigned char)*text);
    return mix(h, 256);
}

/* What the S-expression shows: children that are named, with their fields. */
static void hash_node(struct tw_node *n)
{
    uint64_t h = mix_text(n->named ? 1 : 2, n->type);
    for (const struct tw_node *c = n->first; c; c = c->next)
        if (c->named)
            h = mix(mix_text(h, c->field ? c->field : ""), c->hash);
    n->hash = h;
}

struct level {
    struct tw_node *node;
    size_t depth;
};

/* Children before their parents: an order by depth-first search, backwards. */
static bool hash_all(struct tw_tree *t, struct tw_arena *a)
{
    struct tw_node **order =
        tw_arena_alloc(a, t->n_nodes + 2, sizeof(struct tw_node *));
    struct level *todo = tw_arena_alloc(a, t->n_nodes + 2, sizeof(*todo));
    size_t n_todo = 0, n = 0;
    if (!order || !todo)
        return false;
    todo[n_todo++] = (struct level){ t->root, 1 };
    while (n_todo) {
        struct level at = todo[--n_todo];
        order[n++] = at.node;
        t->depth = at.depth > t->depth ? at.depth : t->depth;
        for (struct tw_node *c = at.node->first; c; c = c->next)
            todo[n_todo++] = (struct level){ c, at.depth + 1 };
    }
    while (n)
        hash_node(order[--n]);
    return true;
}

enum tw_status tw_syntax_parse(struct tw_tree *t, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err)
{
    struct syn p = { .s = text.s, .n = text.n, .a = a, .tree = t };
    bool python = lang == TW_SYNTAX_PYTHON;
    *t = (struct tw_tree){ .text = text };
    if (text.n > TW_METRIC_TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "text of more than %d bytes",
                       TW_METRIC_TEXT_MAX);
    t->root = tw_arena_alloc(a, 1, sizeof(*t->root));
    p.tokens = tw_arena_alloc(a, text.n + 2, sizeof(*p.tokens));
    if (!t->root || !p.tokens)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a syntax tree");
    t->root->type = python ? "module" : "translation_unit";
    t->root->named = true;
    t->n_nodes = 1;
    if (python)
        syn_tokens_python(&p);
    else
        syn_tokens_c(&p);
    if (python)
        syn_python(&p);
    else
        syn_c(&p);
    if (p.no_room || !hash_all(t, a))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a syntax tree");
    return TW_OK;
}

struct show {
    const struct tw_node *node;
    bool closing;
};

void tw_syntax_show(struct tw_buf *b, const struct tw_node *n)
{
    struct show stack[SCRATCH] = { { n, false } };
    size_t depth = 1;
    while (depth) {
        struct show *top = &stack[depth - 1];
        const struct tw_node *at = top->node;
        if (!top->closing) {
            if (at != n && at->field)
                tw_buf_addf(b, "%s: ", at->field);
            tw_buf_addf(b, "(%s", at->type);
            top->closing = true;
            at = at->first;
        } else {
            tw_buf_adds(b, ")");
            at = at == n ? NULL : at->next;
            depth--;
        }
        while (at && !at->named)
            at = at->next;
        if (!at || depth == SCRATCH)
            continue;
        tw_buf_adds(b, " ");
        stack[depth++] = (struct show){ at, false };
    }
}
