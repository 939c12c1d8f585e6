/*
 * declaration.h - the function that a prompt of C++ or Java asks for.
 *
 *     vector<int> twice(vector<int> v, int n){
 *     ^begin      ^name        params       ^end
 */
#ifndef TW_GRADE_DECLARATION_H
#define TW_GRADE_DECLARATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_DECLARATION_PARAMS = 32 };

struct tw_span {
    const char *at; /* not ended by NUL */
    size_t n;
};

/* All spans lie in the prompt. */
struct tw_declaration {
    const char *text;  /* the prompt */
    size_t begin, end; /* of the declaration, without the brace */
    struct tw_span type, name, params[TW_DECLARATION_PARAMS];
    size_t n_params;
};

/* false: the prompt does not end with one. */
bool tw_declaration_read(struct tw_declaration *d, const char *prompt);

#endif /* TW_GRADE_DECLARATION_H */
