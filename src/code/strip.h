/*
 * strip.h - source text without its comments, for CodeBLEU.
 */
#ifndef TW_CODE_STRIP_H
#define TW_CODE_STRIP_H

#include "code/syntax.h"

/* Without comments, docstrings and empty lines, as published CodeBLEU takes
 * them out before it parses.  Python that its tokenizer would refuse stays as
 * it is.  The result is in the arena, or is the text itself. */
enum tw_status tw_source_strip(struct tw_piece *out, struct tw_arena *a,
                               enum tw_syntax_lang lang, struct tw_piece text,
                               struct tw_err *err) TW_NODISCARD;

#endif /* TW_CODE_STRIP_H */
