/*
 * tables.h - a table of texts as plain text, Markdown, HTML or LaTeX.
 */
#ifndef TW_BENCH_TABLES_H
#define TW_BENCH_TABLES_H

#include "base/buf.h"

#include <stddef.h>

enum tw_table_format {
    TW_TABLE_TEXT,
    TW_TABLE_MARKDOWN,
    TW_TABLE_HTML,
    TW_TABLE_LATEX,
    TW_TABLE_COUNT
};
/* "text", "markdown", "html", "latex"; TW_TABLE_COUNT: unknown. */
enum tw_table_format tw_table_find(const char *name);

enum { TW_TABLE_COLUMNS_MAX = 24 };

struct tw_table {
    const char *caption; /* NULL: none */
    const char *const *head;
    size_t n_columns;
    size_t n_left;            /* columns of names, set to the left */
    const char *const *cells; /* n_rows times n_columns; untrusted texts */
    size_t n_rows;
    const char *const *notes; /* lines below */
    size_t n_notes;
};

void tw_table_add(struct tw_buf *b, const struct tw_table *t,
                  enum tw_table_format format);

#endif /* TW_BENCH_TABLES_H */
