/*
 * dataflow.c - which variable comes from which, over a syntax tree.
 *
 * Two sets of rules, as in the program that published CodeBLEU figures come
 * from (parser/DFG.py): Python's, and those of C#, which it uses for C. They
 * are odd in places - a while loop of C counts its body twice, a for loop once
 * - and have to stay so, or figures are not comparable.
 *
 * A loop counts its body as often as those do, so nested loops cost powers of
 * two: a budget ends that.
 */
#include "code/dataflow.h"

#include "text/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

/* Depth of recursion and of the walk; steps, whose number does not depend
 * on the machine. */
enum { DEPTH_MAX = 1500, BUDGET = 300000 };

/* Sorted or not, see its use; in the arena, never changed once made, so
 * that several items may share one. */
struct list {
    uint32_t *v;
    size_t n;
};

enum relation { COMES_FROM, COMPUTED_FROM };

/* One step: the variable at a token comes from those. */
struct item {
    uint32_t code, token; /* the name, and where it stands */
    enum relation relation;
    struct list names, from; /* codes and tokens, side by side */
};

/* All that one text's data flow needs; everything is in the arena. */
struct flow {
    struct tw_arena *a;
    const struct tw_syntax_tree *tree;
    const struct tw_syntax_node **leaves;
    uint32_t *codes; /* of the leaves: rank of the text in the alphabet */
    size_t n_leaves, n_codes;
    struct item *items;
    size_t n_items, cap_items;
    struct list *state; /* of each code: where its value was set; n 0: none */
    long budget;        /* steps left; at 0 there is no data flow */
    const struct tw_syntax_node **walk; /* room for the way to a leaf */
    bool no_room;
};

static bool type_is(const struct tw_syntax_node *n, const char *type)
{
    return strcmp(n->type, type) == 0;
}

/* A literal is one leaf, whatever the grammar makes of its inside; comments
 * are none. */
static bool is_leaf(const struct tw_syntax_node *n)
{
    return (!n->first || type_is(n, "string_literal") || type_is(n, "string") ||
            type_is(n, "character_literal")) &&
           !type_is(n, "comment");
}

/* Does the leaf stand for itself, as "+" does? */
static bool is_plain(const struct flow *f, const struct tw_syntax_node *n)
{
    size_t len = strlen(n->type);
    return len == n->end - n->at &&
           memcmp(n->type, f->tree->text.s + n->at, len) == 0;
}

/* The node after n in reading order, without what is below a leaf; NULL past
 * the end of top.  Parents are not known: a stack of them is kept. */
struct walk {
    const struct tw_syntax_node **todo;
    size_t n;
};

static void walk_begin(struct flow *f, struct walk *w,
                       const struct tw_syntax_node *top)
{
    w->todo = f->walk;
    w->n = 0;
    w->todo[w->n++] = top;
}

/* The next leaf.  The stack holds one node of each level at most: a node goes
 * down to its first child and leaves its sibling behind. */
static const struct tw_syntax_node *walk_leaf(struct walk *w,
                                              const struct tw_syntax_node *top)
{
    while (w->n) {
        const struct tw_syntax_node *at = w->todo[--w->n];
        if (at != top && at->next)
            w->todo[w->n++] = at->next;
        if (is_leaf(at))
            return at;
        if (at->first && w->n < DEPTH_MAX + 1)
            w->todo[w->n++] = at->first;
    }
    return NULL;
}

/* Once the arena is full everything fails, so that a caller may ask late:
 * tw_dataflow() looks at no_room at its end. */
static void *room(struct flow *f, size_t n, size_t size)
{
    void *p = NULL;
    if (!f->no_room)
        p = tw_arena_alloc(f->a, n + 1, size);
    f->no_room = !p;
    return p;
}

/* A list of one number. */
static struct list one(struct flow *f, uint32_t v)
{
    struct list l = { room(f, 1, sizeof(*l.v)), 1 };
    if (!l.v)
        return (struct list){ NULL, 0 };
    l.v[0] = v;
    return l;
}

/* Doubling: the old block stays in the arena, which costs as much again as
 * the items do. */
static void add(struct flow *f, struct item i)
{
    if (f->n_items == f->cap_items) {
        size_t cap = 256;
        if (f->cap_items)
            cap = 2 * f->cap_items;
        struct item *more = room(f, cap, sizeof(*more));
        if (!more)
            return;
        if (f->n_items)
            memcpy(more, f->items, f->n_items * sizeof(*more));
        f->items = more;
        f->cap_items = cap;
    }
    f->items[f->n_items++] = i;
}

/* Leaves below a node that are no plain tokens: numbers of tokens. */
static struct list variables(struct flow *f, const struct tw_syntax_node *n)
{
    struct walk w;
    struct list l = { NULL, 0 };
    size_t count = 0;
    if (!n)
        return l;
    walk_begin(f, &w, n);
    while (walk_leaf(&w, n))
        count++;
    f->budget -= (long)count;
    l.v = room(f, count, sizeof(*l.v));
    if (!l.v)
        return l;
    walk_begin(f, &w, n);
    for (const struct tw_syntax_node *leaf; (leaf = walk_leaf(&w, n));)
        if (!is_plain(f, leaf))
            l.v[l.n++] = (uint32_t)leaf->token;
    return l;
}

/* The names at these tokens. */
static struct list codes_of(struct flow *f, struct list tokens)
{
    struct list l = { room(f, tokens.n, sizeof(*l.v)), tokens.n };
    if (!l.v)
        return (struct list){ NULL, 0 };
    for (size_t i = 0; i < tokens.n; i++)
        l.v[i] = f->codes[tokens.v[i]];
    return l;
}

/* A name that was set comes from where it was set; a first one, if it is an
 * identifier, counts as set here. */
static void leaf_flow(struct flow *f, const struct tw_syntax_node *n)
{
    uint32_t token = (uint32_t)n->token, code = f->codes[token];
    if (is_plain(f, n))
        return;
    struct item i = { .code = code, .token = token };
    if (f->state[code].n) {
        i.names = one(f, code);
        i.from = f->state[code];
    } else if (type_is(n, "identifier")) {
        f->state[code] = one(f, token);
    }
    add(f, i);
}

static const struct tw_syntax_node *field(const struct tw_syntax_node *n,
                                          const char *name)
{
    for (const struct tw_syntax_node *c = n->first; c; c = c->next)
        if (c->field && strcmp(c->field, name) == 0)
            return c;
    return NULL;
}

/* Children that are no commas. */
static size_t parts(const struct tw_syntax_node *n)
{
    size_t count = 0;
    for (const struct tw_syntax_node *c = n->first; c; c = c->next)
        count += !type_is(c, ",");
    return count;
}

/* This child or the next one that is no comma. */
static const struct tw_syntax_node *part(const struct tw_syntax_node *c)
{
    while (c && type_is(c, ","))
        c = c->next;
    return c;
}

static void python(struct flow *f, const struct tw_syntax_node *n);

/* Each variable on the left from all on the right. */
static void assign(struct flow *f, const struct tw_syntax_node *left,
                   const struct tw_syntax_node *right)
{
    struct list to = variables(f, left), from = variables(f, right);
    struct list names = codes_of(f, from);
    for (size_t i = 0; i < to.n && !f->no_room; i++) {
        uint32_t code = f->codes[to.v[i]];
        add(f, (struct item){ code, to.v[i], COMPUTED_FROM, names, from });
        f->state[code] = one(f, to.v[i]);
    }
}

/* Pairwise when both sides have as many parts, else as wholes. */
static void pairs(struct flow *f, const struct tw_syntax_node *left,
                  const struct tw_syntax_node *right)
{
    size_t n = parts(left);
    if (n != parts(right) || n == 0) {
        python(f, right);
        assign(f, left, right);
        return;
    }
    for (const struct tw_syntax_node *c = part(right->first); c;
         c = part(c->next))
        python(f, c);
    const struct tw_syntax_node *r = part(right->first);
    for (const struct tw_syntax_node *l = part(left->first); l && r;
         l = part(l->next), r = part(r->next))
        assign(f, l, r);
}

/* "b=2" among the parameters; one item for each name of the value. */
static void default_value(struct flow *f, const struct tw_syntax_node *n)
{
    const struct tw_syntax_node *value = field(n, "value");
    struct list to = variables(f, field(n, "name"));
    struct list from = variables(f, value);
    if (value)
        python(f, value);
    for (size_t i = 0; i < to.n && !f->no_room; i++) {
        uint32_t code = f->codes[to.v[i]];
        for (size_t k = 0; k < from.n; k++)
            add(f, (struct item){ code, to.v[i], COMES_FROM,
                                  one(f, f->codes[from.v[k]]),
                                  one(f, from.v[k]) });
        f->state[code] = one(f, to.v[i]);
    }
}

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return tw_order(*a, *b);
}

/* Both lists as one set, in order. */
static struct list merged(struct flow *f, struct list a, struct list b)
{
    struct list l = { room(f, a.n + b.n, sizeof(*l.v)), 0 };
    if (!l.v)
        return l;
    f->budget -= (long)(a.n + b.n);
    if (a.n)
        memcpy(l.v, a.v, a.n * sizeof(*l.v));
    if (b.n)
        memcpy(l.v + a.n, b.v, b.n * sizeof(*l.v));
    qsort(l.v, a.n + b.n, sizeof(*l.v), by_number);
    for (size_t i = 0; i < a.n + b.n; i++)
        if (l.n == 0 || l.v[l.n - 1] != l.v[i])
            l.v[l.n++] = l.v[i];
    return l;
}

/* States are arrays over all names: a branch costs as many steps as the
 * text has names, which the budget is charged for. */
static struct list *state_copy(struct flow *f)
{
    struct list *s = room(f, f->n_codes, sizeof(*s));
    f->budget -= (long)f->n_codes;
    if (s && f->n_codes)
        memcpy(s, f->state, f->n_codes * sizeof(*s));
    return s;
}

static void state_set(struct flow *f, const struct list *s)
{
    if (s && f->n_codes)
        memcpy(f->state, s, f->n_codes * sizeof(*s));
}

/* Names that the other branch set come from either place. */
static void state_join(struct flow *f, struct list *to, const struct list *s)
{
    for (size_t i = 0; to && s && i < f->n_codes; i++)
        if (s[i].n && s[i].v != to[i].v)
            to[i] = merged(f, to[i], s[i]);
}

/* Items of a loop with the same variable, token and relation become one. */
static bool same_item(const struct item *a, const struct item *b)
{
    return a->token == b->token && a->relation == b->relation &&
           a->code == b->code;
}

struct order {
    struct item item;
    size_t place;
};

/* Same keys keep their order: qsort() itself is not stable. */
static int by_key(const void *x, const void *y)
{
    const struct order *a = x, *b = y;
    int order = tw_order(a->item.token, b->item.token);
    if (order == 0)
        order = tw_order(a->item.relation, b->item.relation);
    if (order == 0)
        order = tw_order(a->place, b->place);
    return order;
}

static int by_place(const void *x, const void *y)
{
    const struct order *a = x, *b = y;
    return tw_order(a->place, b->place);
}

static struct item *last_of(struct order *o, size_t n)
{
    if (n == 0)
        return NULL;
    return &o[n - 1].item;
}

/* A loop's body was walked more than once: items of the same step become
 * one, at the place of the first. */
static void merge_items(struct flow *f, size_t from)
{
    size_t n = f->n_items - from, kept = 0;
    struct order *o = room(f, n, sizeof(*o));
    f->budget -= (long)n;
    if (!o)
        return;
    for (size_t i = 0; i < n; i++)
        o[i] = (struct order){ f->items[from + i], i };
    qsort(o, n, sizeof(*o), by_key);
    for (size_t i = 0; i < n; i++) {
        struct item *last = last_of(o, kept);
        if (last && same_item(last, &o[i].item)) {
            last->names = merged(f, last->names, o[i].item.names);
            last->from = merged(f, last->from, o[i].item.from);
        } else {
            o[kept++] = o[i];
        }
    }
    qsort(o, kept, sizeof(*o), by_place);
    for (size_t i = 0; i < kept; i++)
        f->items[from + i] = o[i].item;
    f->n_items = from + kept;
}

/* By the name of the type: "else_clause", and "else" itself in C. */
static bool has_else(const struct tw_syntax_node *n)
{
    return strstr(n->type, "else") != NULL;
}

/* Branches start from the state before, and their ends are joined. */
static void python_if(struct flow *f, const struct tw_syntax_node *n)
{
    struct list *before = state_copy(f), *current = NULL, *joined = NULL;
    bool tag = has_else(n);
    for (const struct tw_syntax_node *c = n->first; c; c = c->next) {
        tag = tag || has_else(c);
        if (!type_is(c, "elif_clause") && !type_is(c, "else_clause")) {
            if (current)
                state_set(f, current);
            python(f, c);
            current = state_copy(f);
            continue;
        }
        state_set(f, before);
        python(f, c);
        if (joined)
            state_join(f, joined, f->state);
        else
            joined = state_copy(f);
    }
    if (!current)
        current = before;
    state_set(f, current);
    if (!tag)
        state_join(f, f->state, before);
    state_join(f, f->state, joined);
}

/* The variable comes from what it runs over; the body is walked twice, so
 * that a value set at its end reaches its beginning. */
static void python_for(struct flow *f, const struct tw_syntax_node *n)
{
    size_t from = f->n_items;
    const struct tw_syntax_node *left = field(n, "left"),
                                *right = field(n, "right");
    const struct tw_syntax_node *last = n->last;
    for (int i = 0; i < 2 && left && right; i++) {
        pairs(f, left, right);
        if (type_is(last, "block"))
            python(f, last);
    }
    merge_items(f, from);
}

static void python_while(struct flow *f, const struct tw_syntax_node *n)
{
    size_t from = f->n_items;
    for (int i = 0; i < 2; i++)
        for (const struct tw_syntax_node *c = n->first; c; c = c->next)
            python(f, c);
    merge_items(f, from);
}

/* A comprehension's "for x in y" assigns as well. */
static void python_assignment(struct flow *f, const struct tw_syntax_node *n)
{
    const struct tw_syntax_node *left = field(n, "left"),
                                *right = field(n, "right");
    if (type_is(n, "for_in_clause")) {
        python(f, n->last);
        assign(f, left, n->last);
    } else if (left && right) {
        pairs(f, left, right);
    }
}

/* The walk; comprehensions come before the expression that uses their
 * variables, though they stand behind it. */
static void python(struct flow *f, const struct tw_syntax_node *n)
{
    if (f->budget-- <= 0 || f->no_room)
        return;
    if (is_leaf(n)) {
        leaf_flow(f, n);
    } else if (type_is(n, "default_parameter")) {
        default_value(f, n);
    } else if (type_is(n, "assignment") || type_is(n, "augmented_assignment") ||
               type_is(n, "for_in_clause")) {
        python_assignment(f, n);
    } else if (type_is(n, "if_statement")) {
        python_if(f, n);
    } else if (type_is(n, "for_statement")) {
        python_for(f, n);
    } else if (type_is(n, "while_statement")) {
        python_while(f, n);
    } else {
        for (const struct tw_syntax_node *c = n->first; c; c = c->next)
            if (type_is(c, "for_in_clause"))
                python(f, c);
        for (const struct tw_syntax_node *c = n->first; c; c = c->next)
            if (!type_is(c, "for_in_clause"))
                python(f, c);
    }
}

static void c_rules(struct flow *f, const struct tw_syntax_node *n);

/* As for Python, but an else-branch is known by its place: whatever follows
 * "else", or an if in an if. */
static void c_if(struct flow *f, const struct tw_syntax_node *n)
{
    struct list *before = state_copy(f), *current = NULL, *joined = NULL;
    bool tag = has_else(n), flag = false;
    for (const struct tw_syntax_node *c = n->first; c; c = c->next) {
        tag = tag || has_else(c);
        flag = flag || type_is(c, "if_statement") || type_is(c, "else");
        if (!flag) {
            if (current)
                state_set(f, current);
            c_rules(f, c);
            current = state_copy(f);
            continue;
        }
        state_set(f, before);
        c_rules(f, c);
        if (joined)
            state_join(f, joined, f->state);
        else
            joined = state_copy(f);
    }
    if (!current)
        current = before;
    state_set(f, current);
    if (!tag)
        state_join(f, f->state, before);
    state_join(f, f->state, joined);
}

/* One item for each pair of names: the C# rules number them apart. */
static void c_assignment(struct flow *f, const struct tw_syntax_node *n)
{
    const struct tw_syntax_node *left = field(n, "left"),
                                *right = field(n, "right");
    if (!left || !right)
        return;
    c_rules(f, right);
    struct list to = variables(f, left), from = variables(f, right);
    for (size_t i = 0; i < to.n && !f->no_room; i++) {
        uint32_t code = f->codes[to.v[i]];
        f->budget -= (long)from.n;
        for (size_t k = 0; k < from.n; k++)
            add(f, (struct item){ code, to.v[i], COMPUTED_FROM,
                                  one(f, f->codes[from.v[k]]),
                                  one(f, from.v[k]) });
        f->state[code] = one(f, to.v[i]);
    }
}

static void c_loop(struct flow *f, const struct tw_syntax_node *n, int times)
{
    size_t from = f->n_items;
    for (int i = 0; i < times; i++)
        for (const struct tw_syntax_node *c = n->first; c; c = c->next)
            c_rules(f, c);
    merge_items(f, from);
}

static void c_rules(struct flow *f, const struct tw_syntax_node *n)
{
    if (f->budget-- <= 0 || f->no_room)
        return;
    if (is_leaf(n))
        leaf_flow(f, n);
    else if (type_is(n, "assignment_expression"))
        c_assignment(f, n);
    else if (type_is(n, "if_statement"))
        c_if(f, n);
    else if (type_is(n, "for_statement"))
        c_loop(f, n, 1);
    else if (type_is(n, "while_statement"))
        c_loop(f, n, 2);
    else
        for (const struct tw_syntax_node *c = n->first; c; c = c->next)
            c_rules(f, c);
}

/* --- the leaves and their texts --- */

struct word {
    const char *s;
    size_t n, token;
};

/* The alphabet numbers the names; the published program takes them in the
 * order of a Python set, which changes from run to run. */
static int by_text(const void *x, const void *y)
{
    const struct word *a = x, *b = y;
    return tw_piece_compare((struct tw_piece){ a->s, a->n },
                            (struct tw_piece){ b->s, b->n });
}

/* Leaves in reading order, and their names as numbers in the order of the
 * alphabet: the same text has the same code. */
static void find_leaves(struct flow *f)
{
    struct walk w;
    f->leaves =
        room(f, f->tree->n_nodes, sizeof(const struct tw_syntax_node *));
    struct word *words = room(f, f->tree->n_nodes, sizeof(*words));
    f->walk = room(f, DEPTH_MAX + 2, sizeof(const struct tw_syntax_node *));
    if (f->no_room)
        return;
    walk_begin(f, &w, f->tree->root);
    for (const struct tw_syntax_node *n; (n = walk_leaf(&w, f->tree->root));)
        f->leaves[f->n_leaves++] = n;
    f->codes = room(f, f->n_leaves, sizeof(*f->codes));
    for (size_t i = 0; i < f->n_leaves; i++)
        words[i] = (struct word){ f->tree->text.s + f->leaves[i]->at,
                                  f->leaves[i]->end - f->leaves[i]->at, i };
    qsort(words, f->n_leaves, sizeof(*words), by_text);
    for (size_t i = 0; i < f->n_leaves && f->codes; i++) {
        f->n_codes += i > 0 && by_text(&words[i - 1], &words[i]) != 0;
        f->codes[words[i].token] = (uint32_t)f->n_codes;
    }
    f->n_codes++;
    f->state = room(f, f->n_codes, sizeof(*f->state));
}

/* Numbers of the leaves, in the nodes. */
static void number_leaves(struct flow *f, struct tw_syntax_tree *tree)
{
    struct tw_syntax_node **todo =
        room(f, tree->n_nodes, sizeof(struct tw_syntax_node *));
    size_t n = 0, token = 0;
    if (!todo)
        return;
    todo[n++] = tree->root;
    while (n) {
        struct tw_syntax_node *at = todo[--n];
        if (at != tree->root && at->next)
            todo[n++] = at->next;
        if (is_leaf(at))
            at->token = token++;
        else if (at->first)
            todo[n++] = at->first;
    }
}

/* --- from the items to what is compared --- */

static int by_token(const void *x, const void *y)
{
    const struct order *a = x, *b = y;
    int order = tw_order(a->item.token, b->item.token);
    if (order == 0)
        order = tw_order(a->place, b->place);
    return order;
}

/* Tokens that take part in a flow; one item for each, in their order. */
static size_t reduce(struct flow *f, struct order *o)
{
    bool *used = room(f, f->n_leaves, sizeof(*used));
    size_t kept = 0;
    if (!used)
        return 0;
    for (size_t i = 0; i < f->n_items; i++) {
        const struct item *it = &f->items[i];
        o[i] = (struct order){ *it, i };
        used[it->token] = used[it->token] || it->from.n > 0;
        for (size_t k = 0; k < it->from.n; k++)
            used[it->from.v[k]] = true;
    }
    qsort(o, f->n_items, sizeof(*o), by_token);
    for (size_t i = 0; i < f->n_items; i++) {
        struct item *last = last_of(o, kept);
        if (!used[o[i].item.token])
            continue;
        if (last && last->token == o[i].item.token) {
            last->names = merged(f, last->names, o[i].item.names);
            last->from = merged(f, last->from, o[i].item.from);
        } else {
            o[kept++] = o[i];
        }
    }
    return kept;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
    h *= 0xff51afd7ed558ccdu;
    return h ^ (h >> 32);
}

static int by_value(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return tw_order(*a, *b);
}

/* Names count in order of appearance, as var_0, var_1 ... do in the
 * published program: renaming a variable changes nothing. */
static uint32_t renamed(uint32_t *names, uint32_t *n, uint32_t code)
{
    if (!names[code])
        names[code] = ++*n;
    return names[code];
}

/* Two steps are the same when their hashes are: 64 bits for some thousand
 * items. */
static void hash_items(struct flow *f, const struct order *o, size_t n,
                       struct tw_flows *out)
{
    uint32_t *names = room(f, f->n_codes, sizeof(*names)), n_names = 0;
    out->hashes = room(f, n, sizeof(*out->hashes));
    if (!names || !out->hashes)
        return;
    for (size_t i = 0; i < n; i++) {
        const struct item *it = &o[i].item;
        uint64_t h = 11;
        if (it->relation == COMPUTED_FROM)
            h = 13;
        for (size_t k = 0; k < it->names.n; k++)
            h = mix(h, renamed(names, &n_names, it->names.v[k]));
        h = mix(h, 0);
        out->hashes[out->n++] = mix(h, renamed(names, &n_names, it->code));
    }
    qsort(out->hashes, out->n, sizeof(*out->hashes), by_value);
}

enum tw_status tw_dataflow(struct tw_flows *out, struct tw_arena *a,
                           enum tw_syntax_lang lang,
                           struct tw_syntax_tree *tree, struct tw_err *err)
{
    struct flow f = { .a = a, .tree = tree, .budget = BUDGET };
    *out = (struct tw_flows){ .cut = tree->depth > DEPTH_MAX };
    if (out->cut)
        return TW_OK;
    number_leaves(&f, tree);
    find_leaves(&f);
    if (!f.no_room && lang == TW_SYNTAX_PYTHON)
        python(&f, tree->root);
    else if (!f.no_room)
        c_rules(&f, tree->root);
    out->cut = f.budget <= 0;
    struct order *o = room(&f, f.n_items, sizeof(*o));
    if (o && !out->cut)
        hash_items(&f, o, reduce(&f, o), out);
    if (f.no_room)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a data flow");
    return TW_OK;
}

/* NOLINTEND(misc-no-recursion) */
