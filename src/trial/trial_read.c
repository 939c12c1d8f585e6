/*
 * trial_read.c - files of counters become a trial.
 *
 * Each file has its own header, and columns are bound by name, so that files
 * may differ in the order of their columns. Messages name the file, the line
 * and the column, because the user has to find the cell.
 */
#include "trial/trial.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/file_kind.h"
#include "base/hash.h"
#include "base/size.h"
#include "trial/field.h"
#include "trial/remarks.h"
#include "trial/table_priv.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define TRIAL "the trial"

enum {
    SHOWN_MAX = 40,        /* characters of a value or name in a message */
    COLUMN_NAME_MAX = 256, /* of a column */
    KEY_MAX = 1 << 16,     /* bytes of a joined series key */
};

/* One file while it is read. */
struct source {
    const char *path;
    struct tw_csv csv;
    size_t header_line;
    struct tw_buf key;
    const char **header; /* names, trimmed */
    size_t n_header;
    size_t *field_of; /* (columns of the table) */
    size_t *key_field;
    size_t time_field;
    size_t n_front; /* columns before the counters that are known by place */
    size_t series;  /* of the row before; n_series of the table: none */
};

/* What the files of one trial share. */
struct job {
    const struct tw_trial_config *config;
    struct tw_table table;
    double time_unit_s; /* a unit below a second is one part of so many, */
    double time_per_s;  /* else this is 1 */
    const char *time;   /* name of the time column, or NULL */
    const char **stems; /* (files) series of a file without key columns */
    int time_is_date;   /* -1: not known yet */
};

/* Columns of a file that tw_trial_write() made. */
enum { FRONT_SERIES, FRONT_SEGMENT, FRONT_TIME, N_FRONT };
static const char *const front[N_FRONT] = { TW_TRIAL_SERIES_COLUMN,
                                            TW_TRIAL_SEGMENT_COLUMN,
                                            TW_TRIAL_TIME_COLUMN };

/* A text that is safe to print, by value: several stand in one message. */
struct shown {
    char text[SHOWN_MAX + 4];
};

/* Text of a file for a message: short, without control characters. */
static struct shown show(const char *text)
{
    struct shown s = { { 0 } };
    size_t n = strlen(text), cut = tw_size_min(n, SHOWN_MAX);

    for (size_t i = 0; i < cut; i++) {
        s.text[i] = text[i];
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            s.text[i] = '?';
    }
    if (n > cut)
        memcpy(s.text + cut, "...", 3);
    return s;
}

/* Edit distance of two names, cut to some length (Levenshtein, one row of the
 * table is kept). */
static size_t edit_distance(const char *a, const char *b)
{
    size_t n_a = tw_size_min(strlen(a), SHOWN_MAX);
    size_t n_b = tw_size_min(strlen(b), SHOWN_MAX);
    size_t row[SHOWN_MAX + 1];

    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            size_t moved = tw_size_min(row[j], row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = tw_size_min(replaced, moved);
        }
    }
    return row[n_b];
}

/* Names the nearest column: most mistakes are case or a letter. Unlike a hint
 * for options it always names one, because a header can be long. */
static enum tw_status no_column(const struct source *s, const char *name,
                                struct tw_err *err)
{
    size_t best = SIZE_MAX, nearest = 0;
    bool named = false;

    for (size_t i = 0; i < s->n_header; i++) {
        size_t d = edit_distance(name, s->header[i]);

        if (d < best && s->header[i][0] != '\0') {
            best = d;
            nearest = i;
            named = true;
        }
    }
    if (!named)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:%zu: no column '%s', none has a "
                       "name",
                       s->path, s->header_line, show(name).text);
    return tw_fail(err, TW_EFORMAT, 0,
                   "%s:%zu: no column '%s', the nearest is '%s'", s->path,
                   s->header_line, show(name).text,
                   show(s->header[nearest]).text);
}

/* Two columns of one name are an error only when that name is wanted.  Those in
 * front are known by place: a counter may have their names too. */
static enum tw_status find_field(const struct source *s, const char *name,
                                 size_t *field, struct tw_err *err)
{
    size_t found = s->n_header;

    for (size_t i = s->n_front; i < s->n_header; i++) {
        if (strcmp(s->header[i], name) != 0)
            continue;
        if (found < s->n_header)
            return tw_fail(err, TW_EFORMAT, 0,
                           "%s:%zu: column '%s' occurs twice", s->path,
                           s->header_line, show(name).text);
        found = i;
    }
    if (found == s->n_header)
        return no_column(s, name, err);
    *field = found;
    return TW_OK;
}

/* The next record; the message of the CSV reader begins with "line N: ". */
static enum tw_status next_record(struct source *s, bool *more,
                                  struct tw_err *err)
{
    struct tw_err e = { 0 };
    enum tw_status st = tw_csv_next(&s->csv, more, &e);

    if (st == TW_OK)
        return TW_OK;
    if (strncmp(e.msg, "line ", 5) == 0)
        return tw_fail(err, st, e.pos, "%s:%s", s->path, e.msg + 5);
    return tw_fail(err, st, e.pos, "%s: %s", s->path, e.msg);
}

/* Names are trimmed: many files have a blank behind each delimiter. */
static enum tw_status read_header(struct job *job, struct source *s,
                                  struct tw_err *err)
{
    struct tw_arena *scratch = &job->table.scratch;
    bool more;

    TW_TRY(next_record(s, &more, err));
    if (!more)
        return tw_fail(err, TW_EFORMAT, 0, "%s: no header, the file is empty",
                       s->path);
    s->header_line = s->csv.line;
    s->n_header = s->csv.n_fields;
    if (s->n_header > TW_TABLE_COLUMNS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "%s:%zu: more than %d columns",
                       s->path, s->header_line, (int)TW_TABLE_COLUMNS_MAX);
    s->header = tw_arena_alloc(scratch, s->n_header, sizeof(*s->header));
    TW_TRY(tw_arena_check(scratch, TRIAL, err));
    for (size_t i = 0; i < s->n_header; i++) {
        const char *text = s->csv.fields[i].text;
        size_t n = s->csv.fields[i].len;

        for (; n > 0 && (*text == ' ' || *text == '\t'); n--)
            text++;
        while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
            n--;
        if (n > COLUMN_NAME_MAX)
            return tw_fail(err, TW_ELIMIT, 0,
                           "%s:%zu: the name of column %zu is longer than %d "
                           "bytes",
                           s->path, s->header_line, i + 1,
                           (int)COLUMN_NAME_MAX);
        if (job->config->written)
            tw_csv_unguard(&text, &n);
        s->header[i] = tw_arena_text(scratch, text, n);
    }
    return tw_arena_check(scratch, TRIAL, err);
}

/* Was the file written by tw_trial_write()? */
static enum tw_status check_front(struct source *s, struct tw_err *err)
{
    bool ours = s->n_header >= N_FRONT;

    for (size_t i = 0; ours && i < N_FRONT; i++)
        ours = strcmp(s->header[i], front[i]) == 0;
    if (!ours)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:1: the columns are not those of a written trial",
                       s->path);
    s->n_front = N_FRONT;
    return TW_OK;
}

/* Such columns name rows and are no counters. */
static bool is_key_or_time(const struct source *s, size_t n_keys, size_t field)
{
    bool found = field == s->time_field || field < s->n_front;

    for (size_t i = 0; i < n_keys; i++)
        found |= field == s->key_field[i];
    return found;
}

/* asked: what the user said about it, or NULL for a column that was only
 * found. */
static enum tw_status add_column(struct tw_table *b, const char *name,
                                 const struct tw_trial_column *asked,
                                 struct tw_err *err)
{
    struct tw_table_column *c = &b->columns[b->n_columns];
    const char *unit = "";

    if (asked && asked->unit)
        unit = asked->unit;
    *c = (struct tw_table_column){ .min = -HUGE_VAL, .max = HUGE_VAL };
    c->name = tw_table_text(b, name, strlen(name));
    c->unit = tw_table_text(b, unit, strlen(unit));
    TW_TRY(tw_arena_check(b->arena, TRIAL, err));
    if (asked) {
        c->asked = true;
        if (asked->has_min)
            c->min = asked->min;
        if (asked->has_max)
            c->max = asked->max;
    }
    b->n_columns++;
    return TW_OK;
}

/* The columns of the table: those asked for, else all that may be numbers. */
static enum tw_status make_columns(struct job *job, const struct source *s,
                                   struct tw_err *err)
{
    const struct tw_trial_config *c = job->config;
    struct tw_table *b = &job->table;
    size_t n_max = c->n_counters;

    if (n_max == 0)
        n_max = s->n_header;
    if (n_max > TW_TABLE_COLUMNS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "more than %d counters",
                       (int)TW_TABLE_COLUMNS_MAX);
    b->columns = tw_arena_alloc(&b->scratch, n_max, sizeof(*b->columns));
    b->row = tw_arena_alloc(&b->scratch, n_max, sizeof(*b->row));
    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    for (size_t i = 0; i < c->n_counters; i++)
        TW_TRY(add_column(b, c->counters[i].name, &c->counters[i], err));
    for (size_t i = 0; c->n_counters == 0 && i < s->n_header; i++) {
        /* Columns without a name only keep others apart. */
        const struct tw_trial_column written = { .name = s->header[i] };

        if (s->header[i][0] != '\0' && !is_key_or_time(s, c->n_series, i))
            TW_TRY(
                add_column(b, s->header[i], c->written ? &written : NULL, err));
    }
    return TW_OK;
}

/* Where each column of the table stands in this file; the first file also says
 * which columns there are. */
static enum tw_status bind_columns(struct job *job, struct source *s,
                                   bool first, struct tw_err *err)
{
    const struct tw_trial_config *c = job->config;
    struct tw_table *b = &job->table;

    s->time_field = s->n_header;
    s->key_field =
        tw_arena_alloc(&b->scratch, c->n_series, sizeof(*s->key_field));
    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    if (c->written)
        s->time_field = FRONT_TIME;
    else if (c->time)
        TW_TRY(find_field(s, c->time, &s->time_field, err));
    for (size_t i = 0; i < c->n_series; i++)
        TW_TRY(find_field(s, c->series[i], &s->key_field[i], err));
    if (first)
        TW_TRY(make_columns(job, s, err));
    s->field_of =
        tw_arena_alloc(&b->scratch, b->n_columns, sizeof(*s->field_of));
    TW_TRY(tw_arena_check(&b->scratch, TRIAL, err));
    for (size_t i = 0; i < b->n_columns; i++) {
        if (!b->columns[i].is_text)
            TW_TRY(find_field(s, b->columns[i].name, &s->field_of[i], err));
    }
    return TW_OK;
}

/* The base name of a path without its ending. */
static const char *stem_of(struct tw_arena *a, const char *path)
{
    const char *name = tw_file_basename(path);
    const char *dot = strrchr(name, '.');
    size_t n = strlen(name);

    if (dot && dot > name)
        n = (size_t)(dot - name);
    return tw_arena_text(a, name, n);
}

/* Names of the series of files without key columns: the stem where it says
 * which file is meant, else the path.  Two files must not become one series
 * because their folders differ only. */
static enum tw_status name_files(struct job *job, struct tw_trial *t,
                                 struct tw_err *err)
{
    const struct tw_trial_config *c = job->config;
    struct tw_arena *scratch = &job->table.scratch;
    const char **stems = tw_arena_alloc(scratch, c->n_files, sizeof(*stems));

    job->stems = tw_arena_alloc(scratch, c->n_files, sizeof(*job->stems));
    t->files = tw_arena_alloc(job->table.arena, c->n_files, sizeof(*t->files));
    t->n_files = c->n_files;
    TW_TRY(tw_arena_check(scratch, TRIAL, err));
    TW_TRY(tw_arena_check(job->table.arena, TRIAL, err));
    for (size_t i = 0; i < c->n_files; i++) {
        const char *name = tw_file_basename(c->files[i]);

        stems[i] = stem_of(scratch, c->files[i]);
        t->files[i] = tw_table_text(&job->table, name, strlen(name));
        TW_TRY(tw_arena_check(scratch, TRIAL, err));
    }
    for (size_t i = 0; i < c->n_files; i++) {
        job->stems[i] = stems[i];
        for (size_t k = 0; k < c->n_files; k++)
            if (k != i && strcmp(stems[k], stems[i]) == 0)
                job->stems[i] = c->files[i];
    }
    return tw_arena_check(job->table.arena, TRIAL, err);
}

/* One text of a key of several: its own '/' must not look like the one between
 * two texts. */
static void add_key_text(struct tw_buf *b, const struct tw_csv_field *f)
{
    for (size_t i = 0; i < f->len; i++) {
        if (f->text[i] == '/' || f->text[i] == '\\')
            tw_buf_addc(b, '\\');
        tw_buf_addc(b, f->text[i]);
    }
}

/* The name of a row's series: see struct tw_trial_config. */
static void add_key(struct job *job, struct source *s)
{
    const struct tw_trial_config *c = job->config;

    if (c->written) {
        const char *text = s->csv.fields[FRONT_SERIES].text;
        size_t n = s->csv.fields[FRONT_SERIES].len;

        tw_csv_unguard(&text, &n);
        tw_buf_add(&s->key, text, n);
        return;
    }
    if (c->n_series == 0)
        tw_buf_adds(&s->key, job->stems[job->table.place.file]);
    for (size_t i = 0; i < c->n_series; i++) {
        const struct tw_csv_field *f = &s->csv.fields[s->key_field[i]];

        if (i > 0)
            tw_buf_addc(&s->key, '/');
        if (c->n_series > 1)
            add_key_text(&s->key, f);
        else
            tw_buf_add(&s->key, f->text, f->len);
    }
}

static enum tw_status find_series(struct job *job, struct source *s,
                                  struct tw_err *err)
{
    struct tw_table *b = &job->table;

    tw_buf_clear(&s->key);
    add_key(job, s);
    TW_TRY(tw_buf_check(&s->key, "series key", err));
    /* Rows of a series mostly follow each other. */
    const char *key = tw_buf_text(&s->key);
    if (s->series < b->n_series && strcmp(b->series[s->series].name, key) == 0)
        return TW_OK;
    return tw_table_series_get(b, key, s->key.len, &s->series, err);
}

/* The number of the row's segment, in a written trial.  Segments of two files
 * are never one. */
static enum tw_status read_segment(struct job *job, const struct source *s,
                                   struct tw_err *err)
{
    const struct tw_csv_field *f = &s->csv.fields[FRONT_SEGMENT];
    double v;

    if (tw_field_number(f->text, f->len, &v) != TW_FIELD_VALUE || v < 0 ||
        v > (double)UINT32_MAX)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:%zu: column '%s': '%s' is no segment", s->path,
                       s->csv.line, front[FRONT_SEGMENT], show(f->text).text);
    uint64_t part = (uint64_t)job->table.place.file << 32 | (uint32_t)v;
    tw_buf_add(&job->table.parts, &part, sizeof(part));
    return TW_OK;
}

/* A time in parts of a second, as seconds: the decimal point is moved in the
 * text where it can be, as 19 digits of nanoseconds are more than a double
 * holds before it is divided. */
static bool read_parts(const struct job *job, const struct tw_csv_field *f,
                       double *time)
{
    char text[64];
    int exponent = (int)lround(log10(job->time_per_s));

    if (tw_field_number(f->text, f->len, time) != TW_FIELD_VALUE)
        return false;
    /* One division by an exact number rounds once: 1767225602250 ms are the
     * double that 1767225602.25 s are. */
    *time = *time * job->time_unit_s / job->time_per_s;
    if (exponent == 0 || fabs(pow(10, exponent) - job->time_per_s) > 0 ||
        f->len > sizeof(text) / 2 || memchr(f->text, 'e', f->len) ||
        memchr(f->text, 'E', f->len))
        return true;
    int n = snprintf(text, sizeof(text), "%.*se-%d", (int)f->len, f->text,
                     exponent);
    double moved;
    if (tw_field_number(text, (size_t)n, &moved) == TW_FIELD_VALUE)
        *time = moved;
    return true;
}

/* The first row decides whether times are numbers or dates; a column that mixes
 * them is an error with its line. */
static enum tw_status read_time(struct job *job, const struct source *s,
                                double *time, struct tw_err *err)
{
    const struct tw_csv_field *f = &s->csv.fields[s->time_field];
    bool good;

    if (job->time_is_date < 0) {
        job->time_is_date =
            tw_field_number(f->text, f->len, time) == TW_FIELD_TEXT;
    }
    if (job->time_is_date) {
        good = tw_field_date(f->text, f->len, time);
    } else {
        good = read_parts(job, f, time);
    }
    if (good)
        return TW_OK;
    return tw_fail(err, TW_EFORMAT, 0, "%s:%zu: column '%s': '%s' is not a %s",
                   s->path, s->csv.line, show(job->time).text,
                   show(f->text).text,
                   job->time_is_date ? "date and time" : "number");
}

/* A double tells decimals of 15 digits apart, more of them not always; a date
 * takes ten of these for its whole seconds. */
static bool is_told_exactly(const struct job *job, const struct tw_csv_field *f)
{
    enum { DIGITS = 15, DATE_DIGITS = 19 }; /* 2026-01-01T00:00:00.12345 */
    size_t n = 0;

    for (size_t i = 0; i < f->len; i++)
        n += f->text[i] >= '0' && f->text[i] <= '9';
    return n <= (job->time_is_date ? (size_t)DATE_DIGITS : (size_t)DIGITS);
}

/* skip: the row has the time of the row before. Equal times are counted and
 * left out, as loggers write a row twice; time that goes back is an error,
 * since sorting would hide a broken file, and so are two times that only
 * became equal here. */
static enum tw_status check_time(struct job *job, const struct source *s,
                                 double time, bool *skip, struct tw_err *err)
{
    struct tw_table_series *series = &job->table.series[s->series];
    const struct tw_csv_field *f = &s->csv.fields[s->time_field];
    uint64_t text = tw_hash_fnv64(f->text, f->len);

    *skip = time == series->time;
    job->table.n_duplicates += *skip;
    if (*skip && text != series->time_text && !is_told_exactly(job, f))
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:%zu: column '%s': '%s' is too near to the time of "
                       "the row before; count from the start of the trial",
                       s->path, s->csv.line, show(job->time).text,
                       show(f->text).text);
    if (time < series->time)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:%zu: column '%s': time goes back by %g s inside "
                       "series '%s'",
                       s->path, s->csv.line, show(job->time).text,
                       series->time - time, show(series->name).text);
    series->time = time;
    series->time_text = text;
    return TW_OK;
}

/* A column in which a text stands is dropped from then on, unless it was asked
 * for: then the text is an error. Values out of the schema's range are set
 * missing and counted, for they were not measured. */
static enum tw_status read_values(struct tw_table *b, const struct source *s,
                                  struct tw_err *err)
{
    for (size_t i = 0; i < b->n_columns; i++) {
        struct tw_table_column *c = &b->columns[i];
        double *v = &b->row[i];

        if (c->is_text)
            continue;
        const struct tw_csv_field *f = &s->csv.fields[s->field_of[i]];
        if (tw_field_number(f->text, f->len, v) == TW_FIELD_TEXT) {
            if (c->asked)
                return tw_fail(err, TW_EFORMAT, 0,
                               "%s:%zu: column '%s': '%s' is not a number",
                               s->path, s->csv.line, show(c->name).text,
                               show(f->text).text);
            c->is_text = true;
        }
        if (*v < c->min || *v > c->max) {
            *v = (double)NAN;
            b->n_refused++;
        }
    }
    return TW_OK;
}

/* Without a time column the rows of a series are counted. */
static enum tw_status read_row(struct job *job, struct source *s,
                               struct tw_err *err)
{
    struct tw_table *b = &job->table;
    double time;
    bool skip = false;

    if (s->csv.n_fields != s->n_header)
        return tw_fail(err, TW_EFORMAT, 0,
                       "%s:%zu: %zu fields, the header has %zu", s->path,
                       s->csv.line, s->csv.n_fields, s->n_header);
    TW_TRY(find_series(job, s, err));
    if (job->time) {
        TW_TRY(read_time(job, s, &time, err));
        TW_TRY(check_time(job, s, time, &skip, err));
    } else {
        time = (double)b->series[s->series].n_rows;
    }
    if (skip)
        return TW_OK;
    if (job->config->written)
        TW_TRY(read_segment(job, s, err));
    TW_TRY(read_values(b, s, err));
    tw_table_row_add(b, s->series, time);
    return TW_OK;
}

/* Header, then rows until the end. */
static enum tw_status read_text(struct job *job, struct source *s, bool first,
                                struct tw_err *err)
{
    bool more;

    TW_TRY(read_header(job, s, err));
    if (job->config->written)
        TW_TRY(check_front(s, err));
    TW_TRY(bind_columns(job, s, first, err));
    s->series = SIZE_MAX;
    for (;;) {
        TW_TRY(next_record(s, &more, err));
        if (!more)
            return TW_OK;
        if (tw_remarks_is_one(&s->csv, s->n_header))
            continue;
        TW_TRY(read_row(job, s, err));
        job->table.place.row++;
    }
}

/* The bytes of all files, one after the other, are the identity of the
 * trial. */
static enum tw_status read_file(struct job *job, struct tw_hash *hash,
                                size_t file, struct tw_err *err)
{
    const char *path = job->config->files[file];
    struct source s = { .path = path };
    char delim = job->config->delim;
    struct tw_file_map map;

    TW_TRY(tw_file_map_open(&map, path, err));
    if (job->config->written)
        delim = ',';
    job->table.place = (struct tw_trial_place){ .file = (uint32_t)file };
    const char *text = (const char *)map.bytes;
    size_t n_lines, above = tw_remarks_above(text, map.len, &n_lines);
    tw_csv_init(&s.csv, text + above, map.len - above, delim);
    s.csv.line_next += n_lines;
    tw_buf_init(&s.key, KEY_MAX);
    enum tw_status st = read_text(job, &s, file == 0, err);
    const char *kind = tw_file_kind(map.bytes, map.len);
    if (st == TW_OK) /* only now: what is refused is not read to its end */
        tw_hash_add(hash, map.bytes, map.len);
    else if (st == TW_EFORMAT && kind)
        st = tw_fail(err, st, 0, "cannot read '%s': it is %s", path, kind);
    tw_buf_release(&s.key);
    tw_csv_release(&s.csv);
    return tw_file_map_end(&map, st, err);
}

/* Who adds a field must decide whether it belongs into the hash below. */
static_assert(sizeof(struct tw_trial_config) == 88 &&
                  sizeof(struct tw_trial_column) == 40,
              "tw_trial_config_hash() lists the fields of both structs");

void tw_trial_config_hash(struct tw_hash *h, const struct tw_trial_config *c)
{
    tw_hash_adds(h, c->time);
    tw_hash_add_f64(h, c->time_unit_s);
    for (size_t i = 0; i < c->n_series; i++)
        tw_hash_adds(h, c->series[i]);
    tw_hash_add_u64(h, (uint64_t)c->delim);
    for (size_t i = 0; i < c->n_counters; i++) {
        const struct tw_trial_column *column = &c->counters[i];

        tw_hash_adds(h, column->name);
        tw_hash_adds(h, column->unit);
        tw_hash_add_f64(h, column->min);
        tw_hash_add_f64(h, column->max);
        tw_hash_add_u64(h, (uint64_t)(column->has_min * 2 + column->has_max));
    }
    tw_hash_add_f64(h, c->gap);
    tw_hash_add_u64(h, (uint64_t)c->written);
}

/* A name that is only the ending does not count. */
static bool ends_in(const char *name, const char *ending)
{
    size_t n = strlen(name), n_ending = strlen(ending);

    return n > n_ending && strcmp(name + n - n_ending, ending) == 0;
}

/* By the name, as tools of the field write it: time_ms, timestamp_us. */
static double guess_unit(const struct tw_trial_config *c)
{
    if (c->time_unit_s > 0)
        return c->time_unit_s;
    if (c->time && ends_in(c->time, "_ms"))
        return 1e-3;
    if (c->time && ends_in(c->time, "_us"))
        return 1e-6;
    if (c->time && ends_in(c->time, "_ns"))
        return 1e-9;
    return 1;
}

/* What is asked for, made ready: the unit of time as a fraction of exact
 * numbers, and the names. */
static enum tw_status begin(struct job *job, struct tw_trial *t,
                            struct tw_err *err)
{
    const struct tw_trial_config *c = job->config;
    double unit = guess_unit(c);
    double per_s = round(1 / unit);

    job->time = c->time;
    job->time_unit_s = unit;
    job->time_per_s = 1;
    if (c->written) {
        job->time = front[FRONT_TIME];
        job->time_unit_s = 1;
    } else if (unit < 1 && fabs(per_s * unit - 1) < 1e-12) {
        job->time_unit_s = 1;
        job->time_per_s = per_s;
    }
    return name_files(job, t, err);
}

/* Mistakes found when the table is built concern all files; the first one
 * stands for them in the message. */
enum tw_status tw_trial_read(struct tw_trial *t, struct tw_arena *a,
                             const struct tw_trial_config *c,
                             struct tw_err *err)
{
    struct job job = { .config = c, .time_is_date = -1 };
    struct tw_hash hash;
    struct tw_err e = { 0 };
    enum tw_status st = TW_OK;

    *t = (struct tw_trial){ 0 };
    if (c->n_files == 0)
        return tw_fail(err, TW_EINVAL, 0, "no file to read");
    if (c->gap != 0 && !(c->gap >= 1))
        return tw_fail(err, TW_EINVAL, 0,
                       "gap of %g periods, must be 1 or more", c->gap);
    if (c->n_files > UINT32_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "too many files");
    tw_hash_init(&hash);
    tw_table_init(&job.table, a);
    st = begin(&job, t, err);
    for (size_t i = 0; i < c->n_files && !st; i++)
        st = read_file(&job, &hash, i, err);
    if (!st) {
        st = tw_table_build(&job.table, t, job.time != NULL, c->gap, &e);
        if (st)
            tw_fail(err, st, 0, "%s: %s", c->files[0], e.msg);
    }
    tw_hash_hex(&hash, t->sha256);
    tw_table_release(&job.table);
    return st;
}

size_t tw_trial_counter_find(const struct tw_trial *t, const char *name)
{
    size_t k = 0;

    while (k < t->n_counters && strcmp(t->counters[k].name, name) != 0)
        k++;
    return k;
}
