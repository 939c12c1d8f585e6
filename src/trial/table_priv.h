/*
 * table_priv.h - rows as they are read, before they are a trial.
 *
 * Rows arrive in file order; series may alternate.  tw_table_build() groups
 * them, drops the columns that hold text, and finds period and segments.
 */
#ifndef TW_TRIAL_TABLE_PRIV_H
#define TW_TRIAL_TABLE_PRIV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "trial/trial.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_TABLE_COLUMNS_MAX = 4096, TW_TABLE_SERIES_MAX = 1 << 20 };

struct tw_table_column {
    const char *name; /* in the trial's arena, as the unit */
    const char *unit;
    double min, max;
    bool asked;   /* named by the user: text in it is an error */
    bool is_text; /* some value is no number: no counter any more */
};

struct tw_table_series {
    const char *name;   /* in the trial's arena */
    double time;        /* of the last row */
    uint64_t time_text; /* hash of how the file writes it */
    size_t n_rows;
};

struct tw_table {
    struct tw_arena *arena;          /* of the trial */
    struct tw_table_column *columns; /* (n_columns) */
    size_t n_columns;
    struct tw_table_series *series; /* (cap_series), n_series of them used */
    size_t n_series, cap_series;
    uint32_t *slots;         /* (n_slots) hash table of series + 1; 0: free */
    size_t n_slots;          /* power of two */
    struct tw_arena scratch; /* of columns, series, slots and row */
    struct tw_buf values;    /* doubles, n_columns per row */
    struct tw_buf times;     /* one double per row, seconds */
    struct tw_buf series_of; /* one uint32_t per row */
    struct tw_buf places;    /* one struct tw_trial_place per row */
    struct tw_buf parts;     /* one uint64_t per row: its segment, as the file
                              * says; empty when files do not say */
    struct tw_trial_place place; /* of the row at hand */
    size_t n_rows, n_refused, n_duplicates;
    double *row; /* (n_columns) of the row at hand */
};

/* a: where the trial will live, borrowed; its limit bounds the table too. */
void tw_table_init(struct tw_table *b, struct tw_arena *a);
void tw_table_release(struct tw_table *b);

/* Copies into the trial's arena; NULL when it is full. */
char *tw_table_text(struct tw_table *b, const char *text, size_t n);

/* Index of the series of that name, made when it is new. */
enum tw_status tw_table_series_get(struct tw_table *b, const char *name,
                                   size_t n, size_t *series,
                                   struct tw_err *err) TW_NODISCARD;

/* Takes row[] as the next row of the series. */
void tw_table_row_add(struct tw_table *b, size_t series, double time);

/* gap: as in struct tw_trial_config; has_time false: one segment per series,
 * period 1. */
enum tw_status tw_table_build(struct tw_table *b, struct tw_trial *t,
                              bool has_time, double gap,
                              struct tw_err *err) TW_NODISCARD;

/* What the values of each counter are like: range, grid, growth.  The trial
 * has its rows and segments. */
void tw_table_describe(struct tw_trial *t);

#endif /* TW_TRIAL_TABLE_PRIV_H */
