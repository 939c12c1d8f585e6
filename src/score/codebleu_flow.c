/*
 * codebleu_flow.c - which variable comes from which, over a syntax tree.
 *
 * Two sets of rules: Python's, and the C# rules that CodeBLEU uses for C.  A
 * loop counts its body as often as those do, so nested loops cost powers of
 * two: a budget ends that.
 */
#include "score/codebleu.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Recursion is bounded by DEPTH_MAX. */
/* NOLINTBEGIN(misc-no-recursion) */

enum { DEPTH_MAX = 1500, BUDGET = 300000 };

struct list {
    uint32_t *v;
    size_t n;
};

enum relation { COMES_FROM, COMPUTED_FROM };

struct item {
    uint32_t code, token;
    enum relation relation;
    struct list names, from; /* codes and tokens, side by side */
};

struct flow {
    struct tw_arena *a;
    const struct tw_syntax_tree *tree;
    const struct tw_syntax_node **leaves;
    uint32_t *codes; /* of the leaves: rank of the text in the alphabet */
    size_t n_leaves, n_codes;
    struct item *items;
    size_t n_items, cap_items;
    struct list *state; /* of each code: where its value was set; n 0: none */
    long budget;
    const struct tw_syntax_node **walk; /* room for the way to a leaf */
    bool no_room;
};

static bool type_is(const struct tw_syntax_node *n, const char *type)
{
    return strcmp(n->type, type) == 0;
}

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

static void *room(struct flow *f, size_t n, size_t size)
{
    void *p = f->no_room ? NULL : tw_arena_alloc(f->a, n + 1, size);
    f->no_room = f->no_room || !p;
    return p;
}

static struct list one(struct flow *f, uint32_t v)
{
    struct list l = { room(f, 1, sizeof(*l.v)), 1 };
    if (!l.v)
        return (struct list){ NULL, 0 };
    l.v[0] = v;
    return l;
}

static void add(struct flow *f, struct item i)
{
    if (f->n_items == f->cap_items) {
        size_t cap = f->cap_items ? 2 * f->cap_items : 256;
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

static struct list codes_of(struct flow *f, struct list tokens)
{
    struct list l = { room(f, tokens.n, sizeof(*l.v)), tokens.n };
    if (!l.v)
        return (struct list){ NULL, 0 };
    for (size_t i = 0; i < tokens.n; i++)
        l.v[i] = f->codes[tokens.v[i]];
    return l;
}

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
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
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

static int by_key(const void *x, const void *y)
{
    const struct order *a = x, *b = y;
    if (a->item.token != b->item.token)
        return a->item.token < b->item.token ? -1 : 1;
    if (a->item.relation != b->item.relation)
        return a->item.relation < b->item.relation ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static int by_place(const void *x, const void *y)
{
    const struct order *a = x, *b = y;
    return (a->place > b->place) - (a->place < b->place);
}

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
        struct item *last = kept ? &o[kept - 1].item : NULL;
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
    state_set(f, current ? current : before);
    if (!tag)
        state_join(f, f->state, before);
    state_join(f, f->state, joined);
}

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
    state_set(f, current ? current : before);
    if (!tag)
        state_join(f, f->state, before);
    state_join(f, f->state, joined);
}

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

static int by_text(const void *x, const void *y)
{
    const struct word *a = x, *b = y;
    size_t n = a->n < b->n ? a->n : b->n;
    int order = memcmp(a->s, b->s, n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

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
    if (a->item.token != b->item.token)
        return a->item.token < b->item.token ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
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
        struct item *last = kept ? &o[kept - 1].item : NULL;
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
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static uint32_t renamed(uint32_t *names, uint32_t *n, uint32_t code)
{
    if (!names[code])
        names[code] = ++*n;
    return names[code];
}

static void hash_items(struct flow *f, const struct order *o, size_t n,
                       struct tw_flows *out)
{
    uint32_t *names = room(f, f->n_codes, sizeof(*names)), n_names = 0;
    out->hashes = room(f, n, sizeof(*out->hashes));
    if (!names || !out->hashes)
        return;
    for (size_t i = 0; i < n; i++) {
        const struct item *it = &o[i].item;
        uint64_t h = it->relation == COMES_FROM ? 11 : 13;
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
