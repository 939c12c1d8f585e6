/*
 * toml.c - TOML 1.0: keys, tables, arrays; the tree with line and column.
 *
 * The parser walks the text once. Values nest on a stack of frames and not by
 * calls, so that hostile nesting ends at a limit and not at the end of the C
 * stack. The hard rule of TOML is who may add to which table; every table knows
 * for that how it came to be (enum tw_toml_origin).
 */
#include "base/toml_priv.h"

#include "base/hash.h"
#include "base/size.h"
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

enum {
    INDEX_MIN = 64, /* slots of the first index; a power of two */
    KEY_SHOWN = 60, /* bytes of a key in a message */
};

/* The index of all keys */

/* Parent and key together: one index serves all tables. The multiplier is 2^64
 * over the golden ratio (Knuth, The Art of Computer Programming 3, 6.4);
 * without it the addresses of nodes, multiples of 64, would share slots. */
static uint64_t key_hash(const struct tw_toml_node *parent, const char *key,
                         size_t len)
{
    uint64_t h = tw_hash_fnv64(key, len) ^ (uint64_t)(uintptr_t)parent;

    h *= 0x9e3779b97f4a7c15u;
    return h ^ h >> 32;
}

/* Linear probing; the index is at most half full, so that a search ends
 * soon. */
static struct tw_toml_node *find(const struct tw_toml_parser *p,
                                 const struct tw_toml_slot *s)
{
    uint64_t h = key_hash(s->into, s->key, s->key_len);

    for (size_t i = h & (p->index_cap - 1); p->index_cap && p->index[i];
         i = (i + 1) & (p->index_cap - 1)) {
        struct tw_toml_node *node = p->index[i];
        if (node->hash == h && node->parent == s->into &&
            node->v.key_len == s->key_len &&
            memcmp(node->v.key, s->key, s->key_len) == 0)
            return node;
    }
    return NULL;
}

static void index_put(struct tw_toml_parser *p, struct tw_toml_node *node)
{
    size_t i = node->hash & (p->index_cap - 1);

    while (p->index[i])
        i = (i + 1) & (p->index_cap - 1);
    p->index[i] = node;
}

/* Doubles the index when it would be more than half full. The old one stays in
 * the arena: all of them together are no larger than the last. */
static enum tw_status index_add(struct tw_toml_parser *p,
                                struct tw_toml_node *node)
{
    if (2 * (p->index_n + 1) > p->index_cap) {
        struct tw_toml_node **old = p->index;
        size_t old_cap = p->index_cap;
        size_t cap = tw_size_max(2 * old_cap, INDEX_MIN);
        void *index = tw_arena_alloc(p->arena, cap, sizeof(void *));
        if (!index)
            return tw_toml_fail_memory(p);
        p->index = index;
        p->index_cap = cap;
        for (size_t i = 0; i < old_cap; i++)
            if (old[i])
                index_put(p, old[i]);
    }
    p->index_n++;
    index_put(p, node);
    return TW_OK;
}

/* The tree */

/* A new value at the end of the slot's table or array. */
static enum tw_status add_node(struct tw_toml_parser *p,
                               const struct tw_toml_slot *s,
                               enum tw_toml_kind kind, size_t pos,
                               struct tw_toml_node **out)
{
    struct tw_toml_node *into = s->into;

    if (into->depth == TW_TOML_DEPTH_MAX)
        return tw_toml_fail(p, pos, "nested more than %d deep",
                            TW_TOML_DEPTH_MAX);
    struct tw_toml_node *node = tw_arena_alloc(p->arena, 1, sizeof(*node));
    if (!node)
        return tw_toml_fail_memory(p);
    node->v.kind = kind;
    node->parent = into;
    node->depth = into->depth + 1;
    if (s->key) {
        tw_toml_where(p, s->key_pos, &node->v.key_line, &node->v.key_column);
        node->v.key = s->key;
        node->v.key_len = s->key_len;
        node->hash = key_hash(into, s->key, s->key_len);
        TW_TRY(index_add(p, node));
    }
    tw_toml_where(p, pos, &node->v.line, &node->v.column);
    if (into->last)
        into->last->v.next = &node->v;
    else
        into->v.first = &node->v;
    into->last = node;
    into->v.n_children++;
    *out = node;
    return TW_OK;
}

/* The line of the first definition is what a user needs to mend the second. */
static enum tw_status fail_taken(struct tw_toml_parser *p,
                                 const struct tw_toml_slot *s,
                                 const struct tw_toml_node *node)
{
    struct tw_buf shown; /* a key may hold anything, also terminal codes */

    tw_buf_init(&shown, 400);
    tw_utf8_add_safe(&shown, s->key, tw_size_min(s->key_len, KEY_SHOWN));
    enum tw_status st =
        tw_toml_fail(p, s->key_pos, "'%s' is already defined in line %u",
                     tw_buf_text(&shown), node->v.line);
    tw_buf_release(&shown);
    return st;
}

/* From a table into the one that a key names on the way to another. A [header]
 * may go through all but what was written as a value, a dotted key only through
 * tables that dotted keys made: TOML 1.0, "Table" and "Dotted keys". In an
 * array of tables the way leads into its last one. */
static enum tw_status descend(struct tw_toml_parser *p,
                              const struct tw_toml_slot *s, bool header,
                              struct tw_toml_node **table)
{
    struct tw_toml_node *node = find(p, s);

    if (!node) {
        TW_TRY(add_node(p, s, TW_TOML_TABLE, s->key_pos, &node));
        node->origin = TW_TOML_DOTTED;
        if (header)
            node->origin = TW_TOML_IMPLICIT;
    }
    if (header && node->origin == TW_TOML_AOT && node->last)
        node = node->last;
    bool open = node->origin == TW_TOML_DOTTED;
    if (header)
        open = node->origin != TW_TOML_CLOSED;
    if (node->v.kind != TW_TOML_TABLE || !open)
        return fail_taken(p, s, node);
    *table = node;
    return TW_OK;
}

/* A key, perhaps dotted; the slot is that of its last part. Each part before
 * the last is entered at once, so that a.b and a.c meet in one table. */
static enum tw_status read_key(struct tw_toml_parser *p,
                               struct tw_toml_node *table, bool header,
                               struct tw_toml_slot *s)
{
    for (;;) {
        int c = tw_toml_peek(p);
        *s = (struct tw_toml_slot){ .into = table, .key_pos = p->pos };
        if (c == '"' || c == '\'')
            TW_TRY(tw_toml_read_string(p, false, &s->key, &s->key_len));
        else
            TW_TRY(tw_toml_read_bare_key(p, &s->key, &s->key_len));
        tw_toml_skip_blanks(p);
        if (tw_toml_peek(p) != '.')
            return TW_OK;
        p->pos++;
        tw_toml_skip_blanks(p);
        TW_TRY(descend(p, s, header, &table));
    }
}

/* Values */

/* Read a scalar, or begin an array or inline table. */
static enum tw_status begin_value(struct tw_toml_parser *p,
                                  const struct tw_toml_slot *s)
{
    struct tw_toml_node *node;
    size_t pos = p->pos;
    int c = tw_toml_peek(p);

    /* The kind is set again below; the node must stand before its value,
     * because a value may be an array that holds others. */
    TW_TRY(add_node(p, s, TW_TOML_STRING, pos, &node));
    node->origin = TW_TOML_CLOSED;
    if (c == '"' || c == '\'')
        return tw_toml_read_string(p, true, &node->v.u.text.bytes,
                                   &node->v.u.text.len);
    if (c != '[' && c != '{')
        return tw_toml_read_scalar(p, &node->v);
    node->v.kind = TW_TOML_TABLE;
    if (c == '[')
        node->v.kind = TW_TOML_ARRAY;
    p->pos++;
    TW_ASSERT(p->n_frames < TW_TOML_DEPTH_MAX); /* add_node() counts */
    p->frames[p->n_frames++] = (struct tw_toml_frame){ .node = node };
    return TW_OK;
}

/* KEY = and the beginning of its value. */
static enum tw_status begin_pair(struct tw_toml_parser *p,
                                 struct tw_toml_node *table)
{
    struct tw_toml_slot s;

    TW_TRY(read_key(p, table, false, &s));
    const struct tw_toml_node *taken = find(p, &s);
    if (taken)
        return fail_taken(p, &s, taken);
    if (tw_toml_peek(p) != '=')
        return tw_toml_fail(p, p->pos, "'=' is missing after the key");
    p->pos++;
    tw_toml_skip_blanks(p);
    return begin_value(p, &s);
}

/* One step in an array: its end, a comma, or the beginning of an element. */
static enum tw_status step_array(struct tw_toml_parser *p,
                                 struct tw_toml_frame *f)
{
    struct tw_toml_slot s = { .into = f->node };

    TW_TRY(tw_toml_skip_lines(p));
    int c = tw_toml_peek(p);
    if (c == ']') {
        p->pos++;
        p->n_frames--;
        return TW_OK;
    }
    if (!f->full) {
        f->full = true;
        return begin_value(p, &s);
    }
    if (c != ',')
        return tw_toml_fail(p, p->pos, "',' or ']' is missing in the array");
    p->pos++;
    f->full = false;
    return TW_OK;
}

/* The same in an inline table, which stands on one line.  The tables of its
 * dotted keys close with it: the way to them leads through this one. */
static enum tw_status step_inline(struct tw_toml_parser *p,
                                  struct tw_toml_frame *f)
{
    tw_toml_skip_blanks(p);
    int c = tw_toml_peek(p);
    if (c == '}' && !f->after_comma) {
        p->pos++;
        p->n_frames--;
        return TW_OK;
    }
    if (!f->full) {
        f->full = true;
        f->after_comma = false;
        return begin_pair(p, f->node);
    }
    if (c != ',')
        return tw_toml_fail(p, p->pos,
                            "',' or '}' is missing in the inline table");
    p->pos++;
    f->full = false;
    f->after_comma = true;
    return TW_OK;
}

/* One KEY = VALUE; what the value opens is read here, level by level. */
static enum tw_status read_pair(struct tw_toml_parser *p)
{
    TW_TRY(begin_pair(p, p->table));
    while (p->n_frames) {
        struct tw_toml_frame *f = &p->frames[p->n_frames - 1];
        if (f->node->v.kind == TW_TOML_ARRAY)
            TW_TRY(step_array(p, f));
        else
            TW_TRY(step_inline(p, f));
    }
    return TW_OK;
}

/* Headers */

/* [a.b]: a table may be named before (on the way to another) but defined only
 * once. */
static enum tw_status define_table(struct tw_toml_parser *p,
                                   const struct tw_toml_slot *s, size_t pos)
{
    struct tw_toml_node *node = find(p, s);

    if (!node)
        TW_TRY(add_node(p, s, TW_TOML_TABLE, pos, &node));
    else if (node->origin != TW_TOML_IMPLICIT)
        return fail_taken(p, s, node);
    node->origin = TW_TOML_HEADER;
    tw_toml_where(p, pos, &node->v.line, &node->v.column);
    p->table = node;
    return TW_OK;
}

/* [[a.b]]: another table at the end of an array, which must have come from such
 * headers too; an array that is a value is complete. */
static enum tw_status define_element(struct tw_toml_parser *p,
                                     const struct tw_toml_slot *s, size_t pos)
{
    struct tw_toml_node *node = find(p, s);

    if (!node) {
        TW_TRY(add_node(p, s, TW_TOML_ARRAY, pos, &node));
        node->origin = TW_TOML_AOT;
    }
    if (node->origin != TW_TOML_AOT)
        return fail_taken(p, s, node);
    struct tw_toml_slot element = { .into = node };
    TW_TRY(add_node(p, &element, TW_TOML_TABLE, pos, &p->table));
    p->table->origin = TW_TOML_HEADER;
    return TW_OK;
}

/* Between the two brackets of [[ no blank may stand, as the standard says. */
static enum tw_status read_header(struct tw_toml_parser *p)
{
    struct tw_toml_slot s;
    size_t pos = p->pos++;
    bool element = tw_toml_peek(p) == '[';
    const char *closing = "]";

    if (element) {
        closing = "]]";
        p->pos++;
    }
    tw_toml_skip_blanks(p);
    TW_TRY(read_key(p, p->root, true, &s));
    for (size_t i = 0; i < strlen(closing); i++, p->pos++)
        if (tw_toml_peek(p) != ']')
            return tw_toml_fail(p, p->pos, "'%s' is missing after the name",
                                closing);
    if (element)
        return define_element(p, &s, pos);
    return define_table(p, &s, pos);
}

/* A byte order mark is passed over: editors of some systems write it. */
static enum tw_status read_document(struct tw_toml_parser *p)
{
    if (p->n >= 3 && memcmp(p->text, "\xEF\xBB\xBF", 3) == 0)
        p->pos = 3;
    for (;;) {
        TW_TRY(tw_toml_skip_lines(p));
        if (p->pos == p->n)
            return TW_OK;
        if (tw_toml_peek(p) == '[')
            TW_TRY(read_header(p));
        else
            TW_TRY(read_pair(p));
        TW_TRY(tw_toml_end_line(p));
    }
}

/* The text is checked for UTF-8 as a whole, so that the parser may go through
 * it byte by byte: all that it looks for is ASCII. Scratch holds one string,
 * which is never longer than the document. */
enum tw_status tw_toml_parse(struct tw_toml **root, struct tw_arena *a,
                             const char *text, size_t n, struct tw_err *err)
{
    struct tw_toml_parser p = { .text = text, .n = n, .arena = a, .err = err };
    size_t valid = tw_utf8_valid_len(text, n);

    *root = NULL;
    if (n > TW_TOML_SIZE_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "1:1: document exceeds %d bytes",
                       TW_TOML_SIZE_MAX);
    if (valid < n)
        return tw_toml_fail(&p, valid, "text is not valid UTF-8");
    p.root = tw_arena_alloc(a, 1, sizeof(*p.root));
    if (!p.root)
        return tw_toml_fail_memory(&p);
    p.root->v =
        (struct tw_toml){ .kind = TW_TOML_TABLE, .line = 1, .column = 1 };
    p.root->origin = TW_TOML_HEADER;
    p.table = p.root;
    tw_buf_init(&p.scratch, n);
    enum tw_status st = read_document(&p);
    tw_buf_release(&p.scratch);
    if (st == TW_OK)
        *root = &p.root->v;
    return st;
}
