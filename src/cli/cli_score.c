/* cli_score.c - rows in, rows out: the frame of every kind of metric. */
#include "cli/cli_score.h"

#include <stdio.h>
#include <string.h>

#define TW_BANNED_ALLOW_PROCESS
#include "base/banned.h"

static enum tw_status fail_line(const struct tw_score_rows *rows,
                                enum tw_status st, const char *why,
                                struct tw_err *err)
{
    size_t len = strlen(rows->file);

    return tw_fail(err, st, 0, "%s:%zu: %.120s",
                   len > 60 ? rows->file + len - 60 : rows->file, rows->line,
                   why);
}

static bool is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r", line[i]) || !line[i])
            return false;
    return true;
}

/* "id" is a text, an integer or absent. */
static bool has_good_id(const struct tw_json *row)
{
    enum tw_json_kind kind = tw_json_kind(tw_json_get(row, "id"));

    return kind == TW_JSON_STRING || kind == TW_JSON_INT ||
           kind == TW_JSON_NULL;
}

static enum tw_status one_line(struct tw_score_rows *rows,
                               tw_score_row_fn *take, void *ctx,
                               struct tw_piece line, struct tw_err *err)
{
    struct tw_err why = { 0 };
    struct tw_json *row;
    enum tw_status st = tw_json_parse(&row, line.s, line.n, &why);

    if (st != TW_OK)
        return fail_line(rows, st, why.msg, err);
    if (!has_good_id(row))
        st = tw_fail(&why, TW_EFORMAT, 0, "'id' is no text and no integer");
    if (st == TW_OK)
        st = take(ctx, row, &why);
    tw_json_free(row);
    return st == TW_OK ? st : fail_line(rows, st, why.msg, err);
}

enum tw_status tw_score_each(struct tw_score_rows *rows, tw_score_row_fn *take,
                             void *ctx, struct tw_err *err)
{
    const char *at = tw_buf_text(&rows->in), *end = at + rows->in.len;

    rows->line = rows->n = 0;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop ? stop : end) - at);

        rows->line++;
        if (!is_blank(at, n)) {
            TW_TRY(one_line(rows, take, ctx, (struct tw_piece){ at, n }, err));
            rows->n++;
        }
        at += n + 1;
    }
    return TW_OK;
}

enum tw_status tw_score_text(struct tw_piece *p, const struct tw_json *row,
                             const char *key, struct tw_err *err)
{
    p->s = tw_json_text(tw_json_get(row, key), &p->n);
    return p->s ? TW_OK : tw_fail(err, TW_EFORMAT, 0, "no text '%s'", key);
}

void tw_score_begin(struct tw_score_rows *rows)
{
    if (!rows->args->common.json && !rows->args->corpus)
        return;
    tw_buf_addf(&rows->out, "{\"metric\": \"%s\", ", rows->metric);
    if (!rows->args->corpus)
        tw_buf_adds(&rows->out, "\"scores\": [\n ");
}

bool tw_score_begin_row(struct tw_score_rows *rows, const struct tw_json *row)
{
    const struct tw_json *id = tw_json_get(row, "id");
    bool json = rows->args->common.json;
    size_t n;

    if (rows->args->corpus)
        return false;
    if (json && rows->n > 0)
        tw_buf_adds(&rows->out, ",\n ");
    tw_buf_adds(&rows->out, "{\"id\": ");
    const char *text = tw_json_text(id, &n);
    if (text)
        tw_json_add_string(&rows->out, text, n);
    else if (tw_json_kind(id) == TW_JSON_INT)
        tw_buf_addf(&rows->out, "%lld", (long long)tw_json_int(id, 0));
    else
        tw_buf_adds(&rows->out, "null");
    if (!json) {
        tw_buf_addf(&rows->out,
                    ", \"metric\": \"%s\", \"variant\": ", rows->metric);
        tw_json_adds(&rows->out, rows->variant);
    }
    return true;
}

void tw_score_end_row(struct tw_score_rows *rows)
{
    tw_buf_adds(&rows->out, rows->args->common.json ? "}" : "}\n");
}

bool tw_score_begin_end(struct tw_score_rows *rows)
{
    bool json = rows->args->common.json;

    if (rows->n == 0 || (!json && !rows->args->corpus))
        return false;
    if (!rows->args->corpus)
        tw_buf_adds(&rows->out, "\n], ");
    tw_buf_adds(&rows->out, "\"variant\": ");
    tw_json_adds(&rows->out, rows->variant);
    tw_buf_addf(&rows->out, ", \"rows\": %zu", rows->n);
    return true;
}

void tw_score_end(struct tw_score_rows *rows)
{
    tw_buf_adds(&rows->out, "}\n");
}
