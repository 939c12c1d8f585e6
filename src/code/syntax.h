/*
 * syntax.h - source text as a concrete syntax tree, for CodeBLEU.
 *
 * Nodes and fields are named as tree-sitter names them (grammars of Python
 * 0.21 and C 0.21), so that figures are comparable; the parsers are our own.
 * A part that does not parse becomes a node "ERROR" with its tokens: here the
 * trees differ from tree-sitter's, which repairs more.
 */
#ifndef TW_CODE_SYNTAX_H
#define TW_CODE_SYNTAX_H

#include "base/buf.h"
#include "text/tokens.h"

enum tw_syntax_lang { TW_SYNTAX_PYTHON, TW_SYNTAX_C, TW_SYNTAX_LANGS };

struct tw_node {
    const char *type;  /* "call"; of an anonymous node its text: "+" */
    const char *field; /* in its parent, or NULL */
    bool named;
    size_t at, end; /* bytes of the text */
    struct tw_node *first, *last, *next;
    uint64_t hash; /* of the S-expression: types, fields, named children */
    size_t token;  /* for the caller: place among the leaves */
};

struct tw_tree {
    struct tw_piece text; /* borrowed */
    struct tw_node *root;
    size_t n_nodes;
    size_t depth; /* long chains a.b.c are deep, whatever they cost to read */
    bool errors;  /* something did not parse */
};

/* The tree is in the arena.  Nesting is bounded: what is deeper is an ERROR.
 * TW_ELIMIT for more than TW_METRIC_TEXT_MAX bytes. */
enum tw_status tw_syntax_parse(struct tw_tree *t, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err) TW_NODISCARD;

/* The S-expression of a node, for people and tests. */
void tw_syntax_show(struct tw_buf *b, const struct tw_node *n);

#endif /* TW_CODE_SYNTAX_H */
