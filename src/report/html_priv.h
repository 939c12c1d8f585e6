/*
 * html_priv.h - what the files of the HTML report share: members of the
 * document as escaped text, figures for people, badges.
 *
 * Nothing here fails: a buffer remembers its first failure, and a member that
 * is missing or of another type gives nothing, a dash or NaN.  Class names and
 * symbols come from tables only, never from the document.
 */
#ifndef TW_REPORT_HTML_PRIV_H
#define TW_REPORT_HTML_PRIV_H

#include "base/buf.h"
#include "base/json.h"

#include <stdbool.h>
#include <stddef.h>

/* Pieces of the page that say nothing about the run, by embed_text: the file
 * report_head.html and so on; report_style.css. */
extern const char tw_report_head[], tw_report_style[], tw_report_overview[],
    tw_report_cases[], tw_report_counters[], tw_report_legend[],
    tw_report_spread[];

/* A word of the document with the way to show it. */
struct tw_html_word {
    const char *name;   /* as in the document */
    const char *word;   /* for people */
    const char *mark;   /* class */
    const char *symbol; /* one character, as HTML */
    int rank;           /* smaller: shown earlier */
};

/* Never NULL: the last entry of the table stands for unknown names. */
const struct tw_html_word *tw_html_status(const struct tw_json *test);
const struct tw_html_word *tw_html_verdict(const struct tw_json *name);
const struct tw_html_word *tw_html_loss(const struct tw_json *candidate);
/* The tables one by one, for legends; NULL past the end. */
const struct tw_html_word *tw_html_status_at(size_t i);
const struct tw_html_word *tw_html_loss_at(size_t i);

/* Escaped C string; escaped text or number of a node or member. */
void tw_html_esc(struct tw_buf *b, const char *text);
void tw_html_node(struct tw_buf *b, const struct tw_json *v);
void tw_html_get(struct tw_buf *b, const struct tw_json *v, const char *key);
/* The first n characters of a hash, the whole in the tooltip. */
void tw_html_hash(struct tw_buf *b, const struct tw_json *v, const char *key);

/* A non-empty text is there. */
bool tw_html_has(const struct tw_json *v, const char *key);
bool tw_html_is(const struct tw_json *v, const char *key, const char *text);
double tw_html_number(const struct tw_json *v, const char *key); /* or NaN */
size_t tw_html_count(const struct tw_json *v, const char *key);  /* or 0 */
/* "chosen" of a test, or SIZE_MAX. */
size_t tw_html_chosen(const struct tw_json *test);
size_t tw_html_passed(const struct tw_json *test); /* cases with "pass" */

/* Script i of a test, or NULL: of the list "scripts", or the one "script". */
const struct tw_json *tw_html_script(const struct tw_json *test, size_t i);
/* Name of the member with a script's file: "file", or "path" of old. */
const char *tw_html_script_key(const struct tw_json *script);

/* "f(1): is it 2 (of 3 answers) or 4 (of 1)?" of a test's question. */
void tw_html_question(struct tw_buf *b, const struct tw_json *question);

/* Four digits; a dash for NaN. */
void tw_html_add_number(struct tw_buf *b, double v);
void tw_html_add_share(struct tw_buf *b, double v); /* 0.95 -> 95 % */
void tw_html_add_seconds(struct tw_buf *b, double s);

/* <span class="badge ...">symbol word</span> */
void tw_html_badge(struct tw_buf *b, const struct tw_html_word *w);
/* A bar of the cases of a test: passed, not passed, not judged. */
void tw_html_bar(struct tw_buf *b, const struct tw_json *test);
/* Begin a stacked bar, add parts left to right, end it. */
void tw_html_stack_begin(struct tw_buf *b, const char *label);
void tw_html_stack_part(struct tw_buf *b, const char *mark, const char *word,
                        size_t before, size_t n, size_t whole);
void tw_html_stack_end(struct tw_buf *b);
/* Candidates of a test by class of loss. */
void tw_html_losses(struct tw_buf *b, const struct tw_json *candidates);

/* Python source as spans (class k keyword, s string, c comment, n number,
 * f defined name, d decorator, b built-in). */
void tw_html_python(struct tw_buf *b, const char *code, size_t n);

/* Parts of the page. */
void tw_html_data(struct tw_buf *b, const struct tw_json *run);
void tw_html_synth(struct tw_buf *b, const struct tw_json *run);
void tw_html_generator(struct tw_buf *b, const struct tw_json *generator);
void tw_html_scores(struct tw_buf *b, const struct tw_json *scores);
void tw_html_test(struct tw_buf *b, const struct tw_json *test, size_t i);
void tw_html_candidates(struct tw_buf *b, const struct tw_json *test);

#endif /* TW_REPORT_HTML_PRIV_H */
