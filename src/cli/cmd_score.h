/*
 * cmd_score.h - what the kinds of metrics of the subcommand score share: texts
 * (cmd_score.c), numbers (cmd_score_numbers.c), a judge (cmd_score_ice.c).  The
 * rows that come in and go out are in cmd_score_rows.c.
 */
#ifndef TW_CLI_CMD_SCORE_H
#define TW_CLI_CMD_SCORE_H

#include "base/json.h"
#include "cli/cli.h"
#include "text/tokens.h"

struct tw_score_args {
    struct tw_common common;
    const char *pairs;
    const char *tokenizer;
    const char *wordnet;
    const char *ignore;
    const char *model;
    const char *aspect;
    const char *k;
    int64_t top;
    bool list, corpus, no_reference;
};

/* The lines of the input, and what is printed about them. */
struct tw_score_rows {
    struct tw_cli_job *job; /* its writer has what is printed */
    const struct tw_score_args *args;
    const char *metric, *file;
    char variant[400]; /* settings that the figures depend on */
    struct tw_buf in;
    size_t line; /* that is read, from 1; 0: none yet */
    size_t n;    /* rows before it */
};

typedef enum tw_status tw_score_row_fn(void *ctx, const struct tw_json *row,
                                       struct tw_err *err);

/* Every line that is not blank, as JSON.  Errors name file and line. */
enum tw_status tw_score_each(struct tw_score_rows *rows, tw_score_row_fn *take,
                             void *ctx, struct tw_err *err) TW_NODISCARD;
/* The text of a member; TW_EFORMAT when there is none. */
enum tw_status tw_score_text(struct tw_piece *p, const struct tw_json *row,
                             const char *key, struct tw_err *err) TW_NODISCARD;

/* Open and close what is printed.  Without --json and --corpus each row is one
 * line with metric and variant; with --json rows are a list; with --corpus
 * there are none. */
void tw_score_begin(struct tw_score_rows *rows);
/* Open the row's object, up to where the scores come; false: rows are not
 * printed. */
bool tw_score_begin_row(struct tw_score_rows *rows, const struct tw_json *row);
void tw_score_end_row(struct tw_score_rows *rows);
/* Up to the members that are about all rows; false: they are not printed. */
bool tw_score_begin_end(struct tw_score_rows *rows);
void tw_score_end(struct tw_score_rows *rows);

/* Metrics that are no comparison of texts. */
const char *tw_score_numbers_about(const char *name); /* NULL: not one */
enum tw_status tw_score_numbers(struct tw_score_rows *rows,
                                struct tw_err *err) TW_NODISCARD;
enum tw_status tw_score_ice(struct tw_score_rows *rows,
                            struct tw_err *err) TW_NODISCARD;

#endif /* TW_CLI_CMD_SCORE_H */
