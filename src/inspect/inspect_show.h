/*
 * inspect_show.h - what was found in a program, as text
 * (inspect_text.c) and as members of a JSON object (inspect_json.c).
 */
#ifndef TW_INSPECT_INSPECT_SHOW_H
#define TW_INSPECT_INSPECT_SHOW_H

#include "base/buf.h"
#include "base/json_out.h"
#include "inspect/coverage.h"
#include "inspect/mutation.h"

void tw_inspect_text(struct tw_buf *b, const char *name,
                     const struct tw_inspection *in);
void tw_coverage_text(struct tw_buf *b, bool python,
                      const struct tw_coverage *c);
void tw_mutation_text(struct tw_buf *b, const struct tw_mutation *m,
                      uint64_t seed);

/* Members of the object that is open. */
void tw_inspect_json(struct tw_json_out *o, const char *name,
                     const struct tw_inspection *in);
void tw_coverage_json(struct tw_json_out *o, const struct tw_coverage *c);
void tw_mutation_json(struct tw_json_out *o, const struct tw_mutation *m,
                      uint64_t seed);

#endif /* TW_INSPECT_INSPECT_SHOW_H */
