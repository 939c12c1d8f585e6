/*
 * syntax.c - syntax trees: the only file that knows tree-sitter.
 *
 * tree-sitter's tree is copied into nodes of ours at once.  CodeBLEU walks a
 * tree many times and compares all subtrees of two of them, which takes one
 * hash a node here and a text of each subtree in the published program.
 */
#include "code/syntax.h"

#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

#include "base/banned.h"

/* Of the grammars in third_party/, which come without a header. */
const TSLanguage *tree_sitter_python(void);
const TSLanguage *tree_sitter_c(void);

/* Fields that came with later grammars than the one of published figures; in
 * the S-expression of a node they would make every subtree above differ. */
static const struct {
    const char *type, *field;
} new_fields[] = {
    { "except_clause", "value" },
    { "except_clause", "alias" },
    { "type_alias_statement", "left" },
    { "type_alias_statement", "right" },
};

/*
 * Two limits against texts made to hurt.  tree-sitter 0.20 counts the children
 * of a node in 16 bits, and its memory is corrupt when an ERROR node gets more
 * (upstream issue 2231, mended later): so texts that might have as many tokens
 * are not shown to it.  And Python's scanner may read the same blanks anew for
 * each token: so the bytes that it reads are counted, which, other than time,
 * gives the same tree on every machine.  Python's own library is read seven
 * times at most, and its longest modules have 35000 tokens.
 */
enum {
    TOKENS_MAX = 40000,
    CHUNK = 128, /* bytes that the parser gets at once and reads free of cost */
    READ_MIN = 1 << 20,
    READ_TIMES = 64,
};

/* The text as the parser reads it. */
struct source {
    struct tw_piece text;
    size_t left;   /* bytes that may still be read */
    size_t cancel; /* tree-sitter looks here; not 0: it gives up */
};

struct builder {
    struct tw_arena *a;
    struct tw_syntax_tree *tree;
    TSTreeCursor cursor;
    size_t depth; /* of the node that the cursor is at; 1 at the root */
};

/* The constants are those of splitmix64 and MurmurHash3; any good mixing does,
 * hashes leave no process. */
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
    return mix(h, 256); /* no byte: "a", "b" is not "ab" */
}

/* What an S-expression shows: "+" is not, a ";" that was put in is. */
static bool is_shown(const struct tw_syntax_node *n)
{
    return n->named || n->missing;
}

/* What the S-expression says of the node alone.  Of a character that fits
 * nowhere it says which one that is, and only tree-sitter's text tells. */
static uint64_t hash_self(const struct tw_syntax_node *n, TSNode from)
{
    uint64_t h = mix_text(1 + 2 * (uint64_t)n->missing + !n->named, n->type);
    bool leaf = ts_node_child_count(from) == 0;
    if (!leaf || n->end == n->at || strcmp(n->type, "ERROR") != 0)
        return h;
    char *text = ts_node_string(from);
    h = mix_text(h, text);
    free(text);
    return h;
}

/* All children are there now, and each has its hash. */
static void hash_children(struct tw_syntax_node *n)
{
    for (const struct tw_syntax_node *c = n->first; c; c = c->next) {
        if (!is_shown(c))
            continue;
        if (c->field)
            n->hash = mix_text(n->hash, c->field);
        n->hash = mix(n->hash, c->hash);
    }
}

static bool is_new_field(const char *type, const char *field)
{
    for (size_t i = 0; i < TW_ARRAY_LEN(new_fields); i++)
        if (strcmp(type, new_fields[i].type) == 0 &&
            strcmp(field, new_fields[i].field) == 0)
            return true;
    return false;
}

/* The node that the cursor is at, as the last child of the parent (NULL: the
 * root).  NULL: the arena is full. */
static struct tw_syntax_node *add_node(struct builder *b,
                                       struct tw_syntax_node *parent)
{
    TSNode from = ts_tree_cursor_current_node(&b->cursor);
    struct tw_syntax_node *n = tw_arena_alloc(b->a, 1, sizeof(*n));
    if (!n)
        return NULL;
    n->type = ts_node_type(from);
    n->named = ts_node_is_named(from);
    n->missing = ts_node_is_missing(from);
    n->at = ts_node_start_byte(from);
    n->end = ts_node_end_byte(from);
    n->hash = hash_self(n, from);
    b->tree->n_nodes++;
    if (b->depth > b->tree->depth)
        b->tree->depth = b->depth;
    if (!parent)
        return n;
    const char *field = ts_tree_cursor_current_field_name(&b->cursor);
    if (field && !is_new_field(parent->type, field))
        n->field = field;
    n->parent = parent;
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    return n;
}

/* Copy what is below the cursor.  The cursor keeps the way down, so that no
 * depth of nesting needs our stack.  False: the arena is full. */
static bool build(struct builder *b)
{
    struct tw_syntax_node *at = add_node(b, NULL);
    b->tree->root = at;
    while (at) {
        if (ts_tree_cursor_goto_first_child(&b->cursor)) {
            b->depth++;
            at = add_node(b, at);
            continue;
        }
        hash_children(at);
        while (!ts_tree_cursor_goto_next_sibling(&b->cursor)) {
            if (!ts_tree_cursor_goto_parent(&b->cursor))
                return true;
            b->depth--;
            at = at->parent;
            hash_children(at);
        }
        at = add_node(b, at->parent);
    }
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* At least as many tokens as any grammar makes of the text: a name is one
 * wherever it stands, every other byte might be, and a line might end, open
 * and close a block of Python. */
static size_t tokens_at_most(struct tw_piece text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.s[i] == '\n')
            n += 3;
        else if (text.s[i] != ' ')
            n++;
        if (!is_letter(text.s[i]))
            continue;
        while (i + 1 < text.n &&
               (is_letter(text.s[i + 1]) ||
                (text.s[i + 1] >= '0' && text.s[i + 1] <= '9')))
            i++;
    }
    return n;
}

static const char *read_chunk(void *payload, uint32_t at, TSPoint where,
                              uint32_t *n)
{
    struct source *s = payload;
    (void)where;
    *n = 0;
    if (at >= s->text.n)
        return "";
    size_t len = s->text.n - at;
    if (len > CHUNK)
        len = CHUNK;
    if (len > s->left)
        s->cancel = 1;
    else
        s->left -= len;
    *n = (uint32_t)len;
    return s->text.s + at;
}

/* NULL: one of the limits above.  The caller owns the tree. */
static TSTree *parse(struct tw_piece text, const TSLanguage *grammar)
{
    struct source s = { text, READ_MIN + READ_TIMES * text.n, 0 };
    if (tokens_at_most(text) > TOKENS_MAX)
        return NULL;
    TSParser *parser = ts_parser_new();
    bool known = ts_parser_set_language(parser, grammar);
    TW_ASSERT(known); /* false: a library that does not know ABI 14 */
    ts_parser_set_cancellation_flag(parser, &s.cancel);
    TSTree *tree =
        ts_parser_parse(parser, NULL,
                        (TSInput){ .payload = &s,
                                   .read = read_chunk,
                                   .encoding = TSInputEncodingUTF8 });
    ts_parser_delete(parser);
    return tree;
}

/* A text past the limits is one that does not parse at all: so it still has a
 * score, as every other broken answer has. */
static bool give_up(struct tw_syntax_tree *t, struct tw_arena *a)
{
    t->errors = true;
    t->n_nodes = t->depth = 1;
    t->root = tw_arena_alloc(a, 1, sizeof(*t->root));
    if (!t->root)
        return false;
    t->root->type = "ERROR";
    t->root->named = true;
    t->root->end = t->text.n;
    t->root->hash = mix_text(1, t->root->type);
    return true;
}

enum tw_status tw_syntax_parse(struct tw_syntax_tree *t, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err)
{
    bool built;
    *t = (struct tw_syntax_tree){ .text = text };
    if (text.n > TW_METRIC_TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "text of more than %d bytes",
                       TW_METRIC_TEXT_MAX);
    const TSLanguage *grammar = tree_sitter_c();
    if (lang == TW_SYNTAX_PYTHON)
        grammar = tree_sitter_python();
    TSTree *tree = parse(text, grammar);
    if (tree) {
        TSNode root = ts_tree_root_node(tree);
        struct builder b = { a, t, ts_tree_cursor_new(root), 1 };
        t->errors = ts_node_has_error(root);
        built = build(&b);
        ts_tree_cursor_delete(&b.cursor);
        ts_tree_delete(tree);
    } else {
        built = give_up(t, a);
    }
    if (!built)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a syntax tree");
    return TW_OK;
}

static void show_begin(struct tw_buf *b, const struct tw_syntax_node *n)
{
    tw_buf_adds(b, "(");
    if (n->missing)
        tw_buf_adds(b, "MISSING ");
    tw_buf_adds(b, n->type);
}

static const struct tw_syntax_node *shown(const struct tw_syntax_node *n)
{
    while (n && !is_shown(n))
        n = n->next;
    return n;
}

void tw_syntax_show(struct tw_buf *b, const struct tw_syntax_node *n)
{
    const struct tw_syntax_node *at = n, *below;
    show_begin(b, n);
    for (;;) {
        below = shown(at->first);
        while (!below) {
            tw_buf_adds(b, ")");
            if (at == n)
                return;
            below = shown(at->next);
            at = at->parent;
        }
        tw_buf_adds(b, " ");
        if (below->field)
            tw_buf_addf(b, "%s: ", below->field);
        show_begin(b, below);
        at = below;
    }
}
