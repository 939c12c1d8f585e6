/*
 * mutation_priv.h - shared by mutation.c, the two languages and the C rules.
 */
#ifndef TW_INSPECT_MUTATION_PRIV_H
#define TW_INSPECT_MUTATION_PRIV_H

#include "inspect/inspect_priv.h"
#include "inspect/mutation.h"

/* A place where a fault can be put in. */
struct tw_site {
    const char *op;
    int line;
    const char *what;
    size_t id;       /* Python: number of the site in mutate.py */
    size_t at, len;  /* C: these bytes of the text ... */
    const char *put; /* ... become this */
    double key;      /* of the draw */
};

struct tw_mutation_work {
    struct tw_mutation *m;
    struct tw_jail *jail;
    struct tw_arena *a;
    const struct tw_mutation_job *job;
    struct tw_err *err;
    double seconds;        /* limit of a run */
    struct tw_site *sites; /* after the draw: of the mutants */
    size_t n_sites;
    struct tw_source *texts; /* of the mutants */
    const char *tests;       /* Python: tests as an assert program */
    struct tw_buf object;    /* C: tests, compiled; empty: they include */
    char hash[80];           /* C: of the object code of the program */
};

/* What one run told; no memory is shared with the work. */
struct tw_judged {
    struct tw_err err;
    double wall_ms;
    enum tw_status status;
    enum tw_mutant_fate fate;
    char why[160];
    char hash[80]; /* C: of the object code */
};

/* Each language: make ready what all runs share (false in *ok with the cause
 * in m when tests or program do not even compile), find the sites, make the
 * texts of those that were drawn, run one.  Running is thread-safe. */
enum tw_status tw_mutation_python_begin(struct tw_mutation_work *w, bool *ok);
enum tw_status tw_mutation_python_sites(struct tw_mutation_work *w);
enum tw_status tw_mutation_python_texts(struct tw_mutation_work *w);
void tw_mutation_python_judge(const struct tw_mutation_work *w,
                              const struct tw_source *text,
                              struct tw_judged *out);

enum tw_status tw_mutation_c_begin(struct tw_mutation_work *w, bool *ok);
enum tw_status tw_mutation_c_sites(struct tw_mutation_work *w);
enum tw_status tw_mutation_c_texts(struct tw_mutation_work *w);
void tw_mutation_c_judge(const struct tw_mutation_work *w,
                         const struct tw_source *text, struct tw_judged *out);

/* The token rules: sites of a C text, in the arena. */
enum tw_status tw_mutate_c(struct tw_arena *a, const struct tw_source *source,
                           struct tw_site **sites, size_t *n,
                           struct tw_err *err) TW_NODISCARD;

#endif /* TW_INSPECT_MUTATION_PRIV_H */
