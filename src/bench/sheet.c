/*
 * sheet.c - a table of texts in four formats.
 *
 * Cells come from files and programs that nobody has checked: each format
 * escapes what it would take for its own, and bytes that are no UTF-8 become
 * a replacement character in all of them.
 */
#include "bench/sheet.h"

#include "base/status.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static const char *const names[TW_SHEET_COUNT] = {
    [TW_SHEET_TEXT] = "text",
    [TW_SHEET_MARKDOWN] = "markdown",
    [TW_SHEET_HTML] = "html",
    [TW_SHEET_LATEX] = "latex",
};

/* The number of names stands for an unknown one. */
enum tw_sheet_format tw_sheet_find(const char *name)
{
    size_t i = 0;

    while (i < TW_SHEET_COUNT && strcmp(names[i], name) != 0)
        i++;
    return (enum tw_sheet_format)i;
}

/* What stands for a character that the format would take for its own. */
struct escape {
    char c;
    const char *text;
};

/* Enough for text and for attributes. */
static const struct escape html[] = {
    { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
    { '"', "&quot;" }, { '\'', "&#39;" },
};
/* < and > are no markup of LaTeX, but the old font encoding has other
 * characters in their places. */
static const struct escape latex[] = {
    { '\\', "\\textbackslash{}" },
    { '{', "\\{" },
    { '}', "\\}" },
    { '%', "\\%" },
    { '_', "\\_" },
    { '&', "\\&" },
    { '#', "\\#" },
    { '$', "\\$" },
    { '~', "\\textasciitilde{}" },
    { '^', "\\textasciicircum{}" },
    { '<', "\\textless{}" },
    { '>', "\\textgreater{}" },
};
/* Also what GitHub would take for HTML; a bar would end the cell. */
static const struct escape markdown[] = {
    { '|', "\\|" }, { '\\', "\\\\" }, { '`', "\\`" },   { '*', "\\*" },
    { '_', "\\_" }, { '<', "&lt;" },  { '&', "&amp;" },
};

/* The text with what the format would misread replaced, in one line. */
static void add_escaped(struct tw_buf *b, const char *text,
                        const struct escape *set, size_t n)
{
    struct tw_buf safe;

    tw_buf_init(&safe, 1u << 20);
    tw_utf8_add_safe(&safe, text, strlen(text));
    const char *at = tw_buf_text(&safe);
    for (; *at; at++) {
        size_t i = 0;
        while (i < n && set[i].c != *at)
            i++;
        if (i < n)
            tw_buf_adds(b, set[i].text);
        else if (*at == '\n')
            tw_buf_addc(b, ' ');
        else
            tw_buf_addc(b, *at);
    }
    tw_buf_release(&safe);
}

/* Columns that a text takes: bytes that begin a character. */
static size_t count_columns(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* Columns that the text takes when it is shown. */
static size_t width_of(const char *text)
{
    struct tw_buf safe;

    tw_buf_init(&safe, 1u << 20);
    add_escaped(&safe, text, NULL, 0);
    size_t n = count_columns(tw_buf_text(&safe));
    tw_buf_release(&safe);
    return n;
}

/* A cell of plain text; names are set to the left, numbers to the right. */
static void add_padded(struct tw_buf *b, const char *text, size_t width,
                       bool left)
{
    struct tw_buf safe;

    tw_buf_init(&safe, 1u << 20);
    add_escaped(&safe, text, NULL, 0);
    size_t n = count_columns(tw_buf_text(&safe));
    if (left)
        tw_buf_adds(b, tw_buf_text(&safe));
    for (size_t i = n; i < width; i++)
        tw_buf_addc(b, ' ');
    if (!left)
        tw_buf_adds(b, tw_buf_text(&safe));
    tw_buf_release(&safe);
}

/* Row SIZE_MAX is the head, so that a head is set like any row. */
static const char *cell(const struct tw_sheet *t, size_t row, size_t column)
{
    if (row == SIZE_MAX)
        return t->head[column];
    return t->cells[row * t->n_columns + column];
}

/* The widest cell, the head among them. */
static size_t column_width(const struct tw_sheet *t, size_t column)
{
    size_t width = width_of(t->head[column]);

    for (size_t i = 0; i < t->n_rows; i++) {
        size_t n = width_of(cell(t, i, column));
        if (n > width)
            width = n;
    }
    return width;
}

/* The last cell of a row is not padded: blanks at the ends of lines would make
 * pages of differences where the widest cell changes. */
static void add_text_row(struct tw_buf *b, const struct tw_sheet *t, size_t row,
                         const size_t *widths)
{
    for (size_t j = 0; j < t->n_columns; j++) {
        bool left = j < t->n_left;
        size_t width = widths[j];
        if (left && j + 1 == t->n_columns)
            width = 0;
        if (j > 0)
            tw_buf_adds(b, "  ");
        add_padded(b, cell(t, row, j), width, left);
    }
    tw_buf_addc(b, '\n');
}

/* Widths first, as all rows of a column need the same; then the rows. */
static void add_text(struct tw_buf *b, const struct tw_sheet *t)
{
    size_t widths[TW_SHEET_COLUMNS_MAX];

    TW_ASSERT(t->n_columns <= TW_SHEET_COLUMNS_MAX);
    for (size_t j = 0; j < t->n_columns; j++)
        widths[j] = column_width(t, j);
    if (t->caption)
        tw_buf_addf(b, "%s\n\n", t->caption);
    add_text_row(b, t, SIZE_MAX, widths);
    for (size_t i = 0; i < t->n_rows; i++)
        add_text_row(b, t, i, widths);
    if (t->n_notes)
        tw_buf_addc(b, '\n');
    for (size_t i = 0; i < t->n_notes; i++)
        tw_buf_addf(b, "%s\n", t->notes[i]);
}

/* What stands around the cells of a row. */
struct marks {
    const char *row, *between, *end; /* in front, between cells, behind */
    const struct escape *escapes;
    size_t n_escapes;
};

/* A row of a marked-up format: those need no widths. */
static void add_row(struct tw_buf *b, const struct tw_sheet *t, size_t row,
                    const struct marks *m)
{
    tw_buf_adds(b, m->row);
    for (size_t j = 0; j < t->n_columns; j++) {
        if (j > 0)
            tw_buf_adds(b, m->between);
        add_escaped(b, cell(t, row, j), m->escapes, m->n_escapes);
    }
    tw_buf_adds(b, m->end);
}

/* GitHub's tables: the second line says how columns are set. */
static void add_markdown(struct tw_buf *b, const struct tw_sheet *t)
{
    const struct marks m = { "| ", " | ", " |\n", markdown,
                             TW_ARRAY_LEN(markdown) };

    if (t->caption) {
        add_escaped(b, t->caption, markdown, TW_ARRAY_LEN(markdown));
        tw_buf_adds(b, "\n\n");
    }
    add_row(b, t, SIZE_MAX, &m);
    for (size_t j = 0; j < t->n_left; j++)
        tw_buf_adds(b, "|---");
    for (size_t j = t->n_left; j < t->n_columns; j++)
        tw_buf_adds(b, "|--:");
    tw_buf_adds(b, "|\n");
    for (size_t i = 0; i < t->n_rows; i++)
        add_row(b, t, i, &m);
    if (t->n_notes)
        tw_buf_addc(b, '\n');
    for (size_t i = 0; i < t->n_notes; i++) {
        tw_buf_adds(b, "- ");
        add_escaped(b, t->notes[i], markdown, TW_ARRAY_LEN(markdown));
        tw_buf_addc(b, '\n');
    }
}

/* A piece of a page, without head and style: to be put into another. */
static void add_html(struct tw_buf *b, const struct tw_sheet *t)
{
    const struct marks head = { "<tr><th>", "</th><th>", "</th></tr>\n", html,
                                TW_ARRAY_LEN(html) };
    const struct marks body = { "<tr><td>", "</td><td>", "</td></tr>\n", html,
                                TW_ARRAY_LEN(html) };

    tw_buf_adds(b, "<table>\n");
    if (t->caption) {
        tw_buf_adds(b, "<caption>");
        add_escaped(b, t->caption, html, TW_ARRAY_LEN(html));
        tw_buf_adds(b, "</caption>\n");
    }
    tw_buf_adds(b, "<thead>\n");
    add_row(b, t, SIZE_MAX, &head);
    tw_buf_adds(b, "</thead>\n<tbody>\n");
    for (size_t i = 0; i < t->n_rows; i++)
        add_row(b, t, i, &body);
    tw_buf_adds(b, "</tbody>\n</table>\n");
    for (size_t i = 0; i < t->n_notes; i++) {
        tw_buf_adds(b, "<p>");
        add_escaped(b, t->notes[i], html, TW_ARRAY_LEN(html));
        tw_buf_adds(b, "</p>\n");
    }
}

/* A floating table; it needs no package. */
static void add_latex(struct tw_buf *b, const struct tw_sheet *t)
{
    const struct marks m = { "", " & ", " \\\\\n", latex, TW_ARRAY_LEN(latex) };

    tw_buf_adds(b, "\\begin{table}\n\\centering\n\\begin{tabular}{");
    for (size_t j = 0; j < t->n_left; j++)
        tw_buf_addc(b, 'l');
    for (size_t j = t->n_left; j < t->n_columns; j++)
        tw_buf_addc(b, 'r');
    tw_buf_adds(b, "}\n\\hline\n");
    add_row(b, t, SIZE_MAX, &m);
    tw_buf_adds(b, "\\hline\n");
    for (size_t i = 0; i < t->n_rows; i++)
        add_row(b, t, i, &m);
    tw_buf_adds(b, "\\hline\n\\end{tabular}\n");
    if (t->caption) {
        tw_buf_adds(b, "\\caption{");
        add_escaped(b, t->caption, latex, TW_ARRAY_LEN(latex));
        tw_buf_adds(b, "}\n");
    }
    for (size_t i = 0; i < t->n_notes; i++) {
        tw_buf_adds(b, "\n\\footnotesize ");
        add_escaped(b, t->notes[i], latex, TW_ARRAY_LEN(latex));
        tw_buf_addc(b, '\n');
    }
    tw_buf_adds(b, "\\end{table}\n");
}

/* The number of formats stands for an unknown one, which gets plain text. */
void tw_sheet_add(struct tw_buf *b, const struct tw_sheet *t,
                  enum tw_sheet_format format)
{
    switch (format) {
    case TW_SHEET_MARKDOWN:
        add_markdown(b, t);
        break;
    case TW_SHEET_HTML:
        add_html(b, t);
        break;
    case TW_SHEET_LATEX:
        add_latex(b, t);
        break;
    case TW_SHEET_TEXT:
    case TW_SHEET_COUNT:
        add_text(b, t);
        break;
    }
}
