/*
 * opt.h - command-line options from one table: parsing, --help, man page.
 *
 *     struct args { const char *out; int64_t n; bool json; };
 *     static const struct tw_opt opts[] = {
 *         { "output", 'o', TW_OPT_TEXT, offsetof(struct args, out), "FILE",
 *           .help = "write the series to FILE" },
 *         { "n", 'n', TW_OPT_INT, offsetof(struct args, n), "N",
 *           .help = "how many", TW_OPT_RANGE(1, 1000) },
 *         { 0 },
 *     };
 */
#ifndef TW_BASE_OPT_H
#define TW_BASE_OPT_H

#include "base/buf.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tw_opt_kind {
    TW_OPT_FLAG,   /* bool, set to true */
    TW_OPT_TEXT,   /* const char *, borrowed from argv */
    TW_OPT_INT,    /* int64_t */
    TW_OPT_NUMBER, /* double */
    TW_OPT_LIST,   /* struct tw_opt_list, may be repeated */
};

enum { TW_OPT_LIST_MAX = 64 };
struct tw_opt_list {
    const char *items[TW_OPT_LIST_MAX]; /* borrowed from argv, in order */
    size_t n;
};

struct tw_opt {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* or 0 */
    enum tw_opt_kind kind;
    size_t offset;    /* of the field in the caller's struct */
    const char *meta; /* "FILE"; NULL for flags */
    const char *help; /* one line, lower case, no full stop */
    /* TW_OPT_RANGE, of every number: what is outside is refused, so that 0 and
     * -1 are either taken at their word or told to be none. */
    double min, max;
    /* TW_OPT_CHOICES, of texts that are one of a few words; else NULL. */
    const char *const *choices;
};

#define TW_OPT_RANGE(low, high) .min = (low), .max = (high)
#define TW_OPT_CHOICES(...)          \
    .choices = (const char *const[]) \
    {                                \
        __VA_ARGS__, NULL            \
    }

struct tw_opt_usage {
    const char *command; /* "trialwright sample" */
    const char *args;    /* "MODEL [-n N] -o OUT.csv" */
    const char *about;   /* a paragraph */
    const struct tw_opt *opts;
};

/* Parse argv[1..]; options fill *args, the rest goes to rest[] (NULL ended,
 * room for argc pointers).  "--" ends the options; --name=value and -nvalue
 * work.  TW_EINVAL with a message that names the option and suggests the
 * nearest known one. */
enum tw_status tw_opt_parse(const struct tw_opt *opts, void *args, int argc,
                            char **argv, char **rest, size_t *n_rest,
                            struct tw_err *err) TW_NODISCARD;
/* The text of --help. */
void tw_opt_help(struct tw_buf *b, const struct tw_opt_usage *u);
/* The same options as an mdoc(7) list, for the man page. */
void tw_opt_mdoc(struct tw_buf *b, const struct tw_opt *opts);

#endif /* TW_BASE_OPT_H */
