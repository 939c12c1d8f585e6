/*
 * trial.h - field-trial data: counters of radio nodes over time.
 *
 * A trial is a table of n_rows x n_counters doubles (NaN = missing), cut into
 * segments: runs of one series without a gap in time.  Rows of one series are
 * contiguous and in time order.  Everything lives in the caller's arena.
 */
#ifndef TW_TRIAL_TRIAL_H
#define TW_TRIAL_TRIAL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TW_TRIAL_DECIMALS = 9 };
/* A total that starts again is near zero then, at most this part of what it
 * was; a gauge falls by less. */
#define TW_TRIAL_RESTART_SHARE 0.1

/* How a counter goes on inside its segments. */
enum tw_trial_growth {
    TW_TRIAL_FREE,       /* up and down */
    TW_TRIAL_RISING,     /* never falls: a total */
    TW_TRIAL_RESTARTING, /* falls only by starting again near zero */
};

struct tw_trial_counter {
    const char *name;
    const char *unit; /* "" when unknown */
    double min, max;  /* allowed range of the schema; -inf, inf when open */
    bool integral;    /* every value seen is an integer */
    int decimals;     /* that every value seen has at most, 1 to
                       * TW_TRIAL_DECIMALS; 0: integral, or no such grid */
    enum tw_trial_growth growth;
    double seen_min, seen_max; /* NaN when every value is missing */
    size_t n_missing;
};

struct tw_trial_segment {
    size_t series; /* index into series[] */
    size_t first;  /* row */
    size_t n;      /* rows */
};

/* Where a row stands in the files, both counted from 0; rows behind the header,
 * in the order of the file. */
struct tw_trial_place {
    uint32_t file;
    uint32_t row;
};

/* A column that did not become a counter though none was named. */
enum tw_trial_reason {
    TW_TRIAL_TEXT,  /* some value is no number */
    TW_TRIAL_EMPTY, /* no value at all */
    TW_TRIAL_CLOCK, /* runs along with the time column: a second time stamp */
};
struct tw_trial_left_out {
    const char *name;
    enum tw_trial_reason reason;
};

struct tw_trial {
    struct tw_trial_counter *counters; /* (n_counters) */
    size_t n_counters;
    const char **series; /* (n_series) names, see struct tw_trial_config */
    size_t n_series;
    const char **files; /* (n_files) names without their folders */
    size_t n_files;
    struct tw_trial_place *place; /* (n_rows) */
    double *time;                 /* (n_rows) in seconds, or the row number */
    double *values;               /* (n_rows, n_counters) */
    size_t n_rows;
    struct tw_trial_segment *segments; /* (n_segments), in order of rows */
    size_t n_segments;
    double period_s;     /* median step inside the series */
    char sha256[65];     /* of the input bytes */
    size_t n_refused;    /* values outside of the schema's range, set missing */
    size_t n_duplicates; /* rows left out: time equal to the row before */
    struct tw_trial_left_out *left_out; /* (n_left_out) */
    size_t n_left_out;
};

/* What to read.  Zero fields mean: find out (delimiter, period), all numeric
 * columns but the time, second clocks and the keys (counters), one series per
 * file (series), row number (time). */
struct tw_trial_column {
    const char *name; /* of the header, exactly */
    const char *unit; /* NULL: unknown */
    double min, max;  /* of values; each counts where its has_ says so */
    bool has_min, has_max;
};
struct tw_trial_config {
    const char *const *files; /* (n_files) paths */
    size_t n_files;
    const char *time;   /* column: number or ISO date-time */
    double time_unit_s; /* of a numeric time column; 0: 1 s, and 1e-3,
                         * 1e-6, 1e-9 for names that end in _ms, _us, _ns */
    /* Key columns.  A series is a tuple of their texts; its name joins them
     * by '/', and a '/' or '\\' inside a text of several has a '\\' in front,
     * so that two series never have one name.  Without key columns each file
     * is a series, named after it. */
    const char *const *series;
    size_t n_series;
    char delim;
    const struct tw_trial_column *counters; /* (n_counters) */
    size_t n_counters;
    double gap; /* a step above gap * period splits; 0: 1.5; else >= 1 */
    /* The files are what tw_trial_write() made: nothing is guessed, every
     * column is a counter, and segments are those of the file (gap splits them
     * further only when it is not 0).  No time and no series are named then. */
    bool written;
};

/* Feed how the files are read, all but their names, to h: the bytes of the
 * files stand for themselves (tw_trial.sha256).  The order of the fields is
 * part of stored keys: new ones go to the end. */
void tw_trial_config_hash(struct tw_hash *h, const struct tw_trial_config *c);

/* Rows are not sorted: inside a series, time that goes backwards is an error,
 * a row with the time of the row before is left out and counted.  Rows of
 * different series may alternate.  docs/formats/trial.md has the details.
 * Messages: "FILE:LINE: column 'x': ...".  Peak memory about twice the table;
 * nothing stays allocated outside of the arena. */
enum tw_status tw_trial_read(struct tw_trial *t, struct tw_arena *a,
                             const struct tw_trial_config *c,
                             struct tw_err *err) TW_NODISCARD;

/* The table that gives the same trial again, read with config.written: names
 * of series, segments, times and values to the last bit.  Schema and units are
 * not in it.  b is sticky: the caller checks. */
void tw_trial_write(struct tw_buf *b, const struct tw_trial *t);

/* Columns that it has in front of the counters. */
#define TW_TRIAL_SERIES_COLUMN  "trial_series"
#define TW_TRIAL_SEGMENT_COLUMN "trial_segment"
#define TW_TRIAL_TIME_COLUMN    "trial_time_s"

/* Index of a counter by name, or n_counters. */
size_t tw_trial_counter_find(const struct tw_trial *t, const char *name);

#endif /* TW_TRIAL_TRIAL_H */
