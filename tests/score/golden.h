/* golden.h - the lines of a golden file as JSON; absent files are skipped. */
#ifndef TW_TESTS_METRICS_GOLDEN_H
#define TW_TESTS_METRICS_GOLDEN_H

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "text/tokens.h"

#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct golden {
    struct tw_buf text;
    const char *at;
    struct tw_json *row;
};

static inline bool golden_open(struct golden *g, const char *name)
{
    const char *shared = getenv("TW_SHARED");
    char path[1024];

    *g = (struct golden){ 0 };
    tw_buf_init(&g->text, 8u << 20);
    snprintf(path, sizeof(path), "%s/golden/metrics/%s", shared ? shared : "",
             name);
    if (!shared || !tw_file_exists(path) ||
        tw_file_read(&g->text, path, NULL) != TW_OK) {
        test_skip("shared data absent");
        return false;
    }
    g->at = tw_buf_text(&g->text);
    return true;
}

/* The next row, or NULL at the end (and everything is released). */
static inline const struct tw_json *golden_next(struct golden *g)
{
    tw_json_free(g->row);
    g->row = NULL;
    const char *end = strchr(g->at, '\n');
    if (!end) {
        tw_buf_release(&g->text);
        return NULL;
    }
    if (tw_json_parse(&g->row, g->at, (size_t)(end - g->at), NULL) != TW_OK)
        g->row = NULL;
    g->at = end + 1;
    return g->row;
}

static inline struct tw_piece golden_text(const struct tw_json *row,
                                          const char *key)
{
    struct tw_piece p = { NULL, 0 };

    p.s = tw_json_text(tw_json_get(row, key), &p.n);
    return p.s ? p : (struct tw_piece){ "", 0 };
}

static inline double golden_number(const struct tw_json *row, const char *key)
{
    return tw_json_number(tw_json_get(row, key), (double)NAN);
}

#endif /* TW_TESTS_METRICS_GOLDEN_H */
