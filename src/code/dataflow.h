/*
 * dataflow.h - which variable comes from which, over a syntax tree.
 */
#ifndef TW_CODE_DATAFLOW_H
#define TW_CODE_DATAFLOW_H

#include "code/syntax.h"

/* One step of the data flow: a variable comes from, or is computed from,
 * others; the hash covers relation and names, numbered in order of
 * appearance. */
struct tw_flows {
    uint64_t *hashes; /* sorted */
    size_t n;
    bool cut; /* too deep or too long: none */
};
enum tw_status tw_dataflow(struct tw_flows *out, struct tw_arena *a,
                           enum tw_syntax_lang lang,
                           struct tw_syntax_tree *tree,
                           struct tw_err *err) TW_NODISCARD;

#endif /* TW_CODE_DATAFLOW_H */
