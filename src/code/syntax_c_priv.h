/*
 * syntax_c_priv.h - the C parser's parts: expressions, declarations,
 * statements.  Functions give NULL or false where the text does not parse.
 */
#ifndef TW_CODE_SYNTAX_C_PRIV_H
#define TW_CODE_SYNTAX_C_PRIV_H

#include "code/syntax_priv.h"

/* syntax_cexpr.c */
struct tw_node *syn_c_expression(struct syn *p);
struct tw_node *syn_c_comma(struct syn *p); /* a, b */
struct tw_node *syn_c_initializer(struct syn *p);
struct tw_node *syn_c_string(struct syn *p);
struct tw_node *syn_c_parens(struct syn *p); /* ( a ) */

/* syntax_cdecl.c */
bool syn_c_is_type_word(const struct syn *p, size_t ahead);
bool syn_c_is_declaration(const struct syn *p);
/* Modifiers and a type into the parent. */
bool syn_c_specifiers(struct syn *p, struct tw_node *to);
struct tw_node *syn_c_type_descriptor(struct syn *p);
/* names: "identifier", "field_identifier", "type_identifier". */
struct tw_node *syn_c_declarator(struct syn *p, const char *names);
/* Declaration, type definition, function definition or lone type; added to
 * the parent. */
bool syn_c_declaration(struct syn *p, struct tw_node *to, const char *field);

/* syntax_c.c */
struct tw_node *syn_c_compound(struct syn *p);
void syn_c_directive(struct syn *p, struct tw_node *to);
void syn_c_items(struct syn *p, struct tw_node *to);
bool syn_c_directive_is(const struct syn *p, const char *word);
/* The expression that stands in bytes from .. to of the text. */
struct tw_node *syn_c_part(struct syn *p, size_t from, size_t to);

#endif /* TW_CODE_SYNTAX_C_PRIV_H */
