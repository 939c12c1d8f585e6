/*
 * syntax_priv.h - the tree builder and the token stream, shared by the parsers
 * of the languages.
 */
#ifndef TW_CODE_SYNTAX_PRIV_H
#define TW_CODE_SYNTAX_PRIV_H

#include "code/syntax.h"

/* Retries are bounded, so that broken texts cost no more than whole ones. */
enum { SYN_DEPTH_MAX = 120, SYN_RETRIES = 60 };

enum syn_kind {
    SYN_NAME,
    SYN_INT,
    SYN_FLOAT,
    SYN_STRING, /* with its prefix and quotes */
    SYN_CHAR,
    SYN_OP,
    SYN_DIRECTIVE, /* C: a whole "#" line */
    SYN_NEWLINE,   /* Python: end of a logical line */
    SYN_BAD,
    SYN_END,
};

struct syn_token {
    enum syn_kind kind;
    size_t at, end;
    int indent; /* of a NEWLINE: of the next line that is not empty */
};

struct syn {
    const char *s; /* the text */
    size_t n;
    struct tw_arena *a;
    struct tw_tree *tree;
    struct syn_token *tokens; /* ended by SYN_END */
    size_t n_tokens;
    size_t i;      /* the next one */
    size_t from;   /* where the text for the tokens begins */
    int depth;     /* of nesting */
    int retries;   /* of what did not parse, see SYN_RETRIES */
    size_t wasted; /* tokens that retries read in vain */
    bool no_room;  /* the arena is full */
    bool no_if;    /* Python: "x if y" is x, and a clause follows */
};

/* A node; never NULL (out of memory: one that goes nowhere). */
struct tw_node *syn_node(struct syn *p, const char *type, size_t at);
void syn_add(struct tw_node *parent, const char *field, struct tw_node *child);
/* The next token as a leaf: named of this type, or (NULL) anonymous. */
struct tw_node *syn_leaf(struct syn *p, const char *type);
/* The same, added to the parent. */
void syn_take(struct syn *p, struct tw_node *parent, const char *field,
              const char *type);

const struct syn_token *syn_peek(const struct syn *p, size_t ahead);
bool syn_is(const struct syn *p, const char *text);
bool syn_is_at(const struct syn *p, size_t ahead, const char *text);
bool syn_among(const struct syn *p, const char *const *words);
/* Take the token into the parent if it is this text. */
bool syn_accept(struct syn *p, struct tw_node *parent, const char *text);
/* For an ERROR: the expression that stands here, or else the token. */
void syn_salvage(struct syn *p, struct tw_node *to,
                 struct tw_node *(*expression)(struct syn *), const char *leaf);
/* One level deeper; false at the limit.  Every true needs a syn_leave(). */
bool syn_enter(struct syn *p);
void syn_leave(struct syn *p);

bool syn_tokens_python(struct syn *p);
bool syn_tokens_c(struct syn *p);
void syn_python(struct syn *p);
void syn_c(struct syn *p);

/* syntax_python.c, for syntax_pystmt.c.  NULL: does not parse. */
struct tw_node *syn_py_expression(struct syn *p);
struct tw_node *syn_py_primary(struct syn *p); /* binary operators included */
struct tw_node *syn_py_list(struct syn *p, bool *comma); /* a, b */
struct tw_node *syn_py_string(struct syn *p);
struct tw_node *syn_py_arguments(struct syn *p);
struct tw_node *syn_py_parameters(struct syn *p, struct tw_node *to,
                                  const char *end, bool typed);
struct tw_node *syn_py_type(struct syn *p);
struct tw_node *syn_py_yield(struct syn *p);
struct tw_node *syn_py_targets(struct syn *p); /* of a for, up to "in" */
void syn_py_to_pattern(struct tw_node *n);
bool syn_py_is_keyword(const struct syn *p);
/* syntax_pymatch.c */
bool syn_py_is_match(const struct syn *p);
struct tw_node *syn_py_pattern(struct syn *p);
/* syntax_pystring.c: content of a string token as children. */
void syn_py_string_parts(struct syn *p, struct tw_node *string);

#endif /* TW_CODE_SYNTAX_PRIV_H */
