/*
 * cmd_score_rows.c - rows in, rows out: the frame of every kind of metric.
 *
 * Input is one JSON object a line. Output has one of three forms: a line for
 * each row (default), one document with a list of rows (--json), or one object
 * for all rows (--corpus). The kinds of metrics call the same five functions
 * in all cases and add their members between them.
 */
#include "cli/cmd_score.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

/* Whoever reads the row does not know where it stands. */
static enum tw_status fail_line(const struct tw_score_rows *rows,
                                enum tw_status st, const char *why,
                                struct tw_err *err)
{
    const char *file = rows->file;
    size_t len = strlen(file);

    if (len > 60) /* a message has little room: the end of a path says more */
        file += len - 60;
    return tw_fail(err, st, 0, "%s:%zu: %.120s", file, rows->line, why);
}

/* "id" is a text, an integer or absent. */
static bool has_good_id(const struct tw_json *row)
{
    enum tw_json_kind kind = tw_json_kind(tw_json_get(row, "id"));

    return kind == TW_JSON_STRING || kind == TW_JSON_INT ||
           kind == TW_JSON_NULL;
}

/* The document lives for the call only: whoever takes the row copies what it
 * keeps. */
static enum tw_status one_line(struct tw_score_rows *rows,
                               tw_score_row_fn *take, void *ctx,
                               struct tw_piece line, struct tw_err *err)
{
    struct tw_err why = { 0 };
    struct tw_json *row;
    enum tw_status st = tw_json_parse_loose(&row, line.s, line.n, &why);

    if (st != TW_OK)
        return fail_line(rows, st, why.msg, err);
    if (!has_good_id(row))
        st = tw_fail(&why, TW_EFORMAT, 0, "'id' is no text and no integer");
    if (st == TW_OK)
        st = take(ctx, row, &why);
    tw_json_free(row);
    if (st != TW_OK)
        return fail_line(rows, st, why.msg, err);
    return TW_OK;
}

/* rows->n counts rows that were taken, rows->line also blank ones: the one
 * is for figures, the other for messages. May be called again for a second
 * pass. */
enum tw_status tw_score_each(struct tw_score_rows *rows, tw_score_row_fn *take,
                             void *ctx, struct tw_err *err)
{
    const char *at = tw_buf_text(&rows->in), *end = at + rows->in.len;

    rows->line = rows->n = 0;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        size_t n = (size_t)(stop - at);
        rows->line++;
        /* A file may be separated into blocks by hand. */
        if (!tw_json_is_blank(at, n)) {
            TW_TRY(one_line(rows, take, ctx, (struct tw_piece){ at, n }, err));
            rows->n++;
        }
        at += n + 1;
    }
    return TW_OK;
}

/* An empty text is a text: a model may have answered nothing, and that has a
 * score. The piece points into the row. */
enum tw_status tw_score_text(struct tw_piece *p, const struct tw_json *row,
                             const char *key, struct tw_err *err)
{
    p->s = tw_json_text(tw_json_get(row, key), &p->n);
    if (!p->s)
        return tw_fail(err, TW_EFORMAT, 0, "no text '%s'", key);
    return TW_OK;
}

/* The metric is said once where there is one document. */
void tw_score_begin(struct tw_score_rows *rows)
{
    struct tw_json_out *o = &rows->job->json;

    if (!rows->args->common.json && !rows->args->corpus)
        return;
    tw_json_out_object(o, NULL);
    tw_json_out_text(o, "metric", rows->metric);
    if (!rows->args->corpus)
        tw_json_out_array(o, "scores");
}

/* Ids are given back as they came, so that rows can be joined with others. */
static void add_id(struct tw_json_out *o, const struct tw_json *id)
{
    size_t n;
    const char *text = tw_json_text(id, &n);

    if (text)
        tw_json_out_bytes(o, "id", text, n);
    else if (tw_json_kind(id) == TW_JSON_INT)
        tw_json_out_int(o, "id", tw_json_int(id, 0));
    else
        tw_json_out_null(o, "id");
}

/* Lines are complete by themselves, with metric and variant: they are sorted,
 * joined and cut by other tools. */
bool tw_score_begin_row(struct tw_score_rows *rows, const struct tw_json *row)
{
    struct tw_json_out *o = &rows->job->json;
    bool json = rows->args->common.json;

    if (rows->args->corpus)
        return false;
    if (json)
        tw_json_out_line(o, 1);
    else /* every line is a document of its own */
        tw_json_out_init(o, &rows->job->out);
    tw_json_out_object(o, NULL);
    add_id(o, tw_json_get(row, "id"));
    if (!json) {
        tw_json_out_text(o, "metric", rows->metric);
        tw_json_out_text(o, "variant", rows->variant);
    }
    return true;
}

void tw_score_end_row(struct tw_score_rows *rows)
{
    if (rows->args->common.json)
        tw_json_out_end(&rows->job->json);
    else
        tw_cli_json_end(rows->job);
}

bool tw_score_begin_end(struct tw_score_rows *rows)
{
    struct tw_json_out *o = &rows->job->json;

    if (rows->n == 0 || (!rows->args->common.json && !rows->args->corpus))
        return false;
    if (!rows->args->corpus) {
        tw_json_out_line(o, 0);
        tw_json_out_end(o);
    }
    tw_json_out_text(o, "variant", rows->variant);
    tw_json_out_count(o, "rows", rows->n);
    return true;
}

void tw_score_end(struct tw_score_rows *rows)
{
    tw_cli_json_end(rows->job);
}
