/*
 * sheet.h - a table of texts as plain text, Markdown, HTML or LaTeX.
 */
#ifndef TW_BENCH_SHEET_H
#define TW_BENCH_SHEET_H

#include "base/buf.h"

#include <stddef.h>

enum tw_sheet_format {
    TW_SHEET_TEXT,
    TW_SHEET_MARKDOWN,
    TW_SHEET_HTML,
    TW_SHEET_LATEX,
    TW_SHEET_COUNT
};
/* "text", "markdown", "html", "latex"; TW_SHEET_COUNT: unknown. */
enum tw_sheet_format tw_sheet_find(const char *name);

enum { TW_SHEET_COLUMNS_MAX = 24 };

struct tw_sheet {
    const char *caption; /* NULL: none */
    const char *const *head;
    size_t n_columns;
    size_t n_left;            /* columns of names, set to the left */
    const char *const *cells; /* n_rows times n_columns; untrusted texts */
    size_t n_rows;
    const char *const *notes; /* lines below */
    size_t n_notes;
};

void tw_sheet_add(struct tw_buf *b, const struct tw_sheet *t,
                  enum tw_sheet_format format);

#endif /* TW_BENCH_SHEET_H */
