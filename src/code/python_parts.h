/*
 * python_parts.h - places in a Python text, found by its syntax tree.
 *
 * For those who put texts together: what has to stay first, and where a
 * definition begins.  Broken texts give what their repaired tree says.
 */
#ifndef TW_CODE_PYTHON_PARTS_H
#define TW_CODE_PYTHON_PARTS_H

#include "text/tokens.h"

/* What a file has to begin with when it imports from __future__: comments, the
 * docstring, those imports. */
struct tw_python_front {
    size_t end;  /* bytes up to the end of the last such import; 0: none */
    size_t rest; /* where the text goes on: the next statement or line */
};

/* scratch holds the tree. */
enum tw_status tw_python_front_of(struct tw_python_front *front,
                                  struct tw_arena *scratch,
                                  struct tw_piece text,
                                  struct tw_err *err) TW_NODISCARD;

/* Where the last definition of name at the top level begins, its decorators
 * included: the last one is what Python keeps.  SIZE_MAX: there is none. */
enum tw_status tw_python_last_def(size_t *at, struct tw_arena *scratch,
                                  struct tw_piece text, const char *name,
                                  struct tw_err *err) TW_NODISCARD;

#endif /* TW_CODE_PYTHON_PARTS_H */
