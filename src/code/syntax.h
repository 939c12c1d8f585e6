/*
 * syntax.h - source text as a concrete syntax tree, for CodeBLEU.
 *
 * The parser is tree-sitter with its grammars of Python and C (third_party/),
 * so a text that does not parse is repaired as published CodeBLEU repairs it.
 * What is wrong becomes a node "ERROR", what is lacking a node of no length.
 * Fields that grammar 0.21 does not have are left out: published figures were
 * made with that one.
 */
#ifndef TW_CODE_SYNTAX_H
#define TW_CODE_SYNTAX_H

#include "base/buf.h"
#include "text/tokens.h"

enum tw_syntax_lang { TW_SYNTAX_PYTHON, TW_SYNTAX_C, TW_SYNTAX_LANGS };

struct tw_syntax_node {
    const char *type;  /* "call"; of an anonymous node its text: "+"; constant,
                        * lives as long as the program */
    const char *field; /* in its parent, constant too; or NULL */
    bool named;
    bool missing;   /* put in by the repair; has no length */
    size_t at, end; /* bytes of the text */
    struct tw_syntax_node *parent, *first, *last, *next;
    uint64_t hash; /* of the S-expression: types, fields, named children */
    size_t token;  /* for the caller: place among the leaves */
};

struct tw_syntax_tree {
    struct tw_piece text; /* borrowed */
    struct tw_syntax_node *root;
    size_t n_nodes;
    size_t depth; /* long chains a.b.c are deep, whatever they cost to read */
    bool errors;  /* something did not parse */
};

/* The tree is in the arena; the text has to outlive it.  A text of some 40000
 * tokens, or one that makes the parser read the same bytes again and again,
 * becomes a single ERROR.  TW_ELIMIT for more than TW_METRIC_TEXT_MAX bytes.
 * tree-sitter ends the program when malloc fails: only the limit of the arena
 * gives TW_ENOMEM. */
enum tw_status tw_syntax_parse(struct tw_syntax_tree *t, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err) TW_NODISCARD;

/* The S-expression of a node, for people and tests. */
void tw_syntax_show(struct tw_buf *b, const struct tw_syntax_node *n);

#endif /* TW_CODE_SYNTAX_H */
