/*
 * cmd_inspect.h - what the subcommand inspect says about a program, as text
 * (cmd_inspect_text.c) and as members of a JSON object (cmd_inspect_json.c).
 */
#ifndef TW_CLI_CMD_INSPECT_H
#define TW_CLI_CMD_INSPECT_H

#include "cli/cli.h"
#include "inspect/coverage.h"
#include "inspect/mutation.h"

void tw_cli_inspect_text(struct tw_buf *b, const char *name,
                         const struct tw_inspection *in);
void tw_cli_coverage_text(struct tw_buf *b, bool python,
                          const struct tw_coverage *c);
void tw_cli_mutation_text(struct tw_buf *b, const struct tw_mutation *m,
                          uint64_t seed);

/* Members of the object that is open. */
void tw_cli_inspect_json(struct tw_json_out *o, const char *name,
                         const struct tw_inspection *in);
void tw_cli_coverage_json(struct tw_json_out *o, const struct tw_coverage *c);
void tw_cli_mutation_json(struct tw_json_out *o, const struct tw_mutation *m,
                          uint64_t seed);

#endif /* TW_CLI_CMD_INSPECT_H */
