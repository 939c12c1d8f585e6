/*
 * tok_code.c - tokenizers that rewrite a text and split it at blanks: for
 * code, for single characters, for ROUGE, and mteval 13a.
 */
#include "text/draft.h"

#include "base/banned.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Tokens of a draft that has no white space but blanks. */
static enum tw_status split_blanks(struct tw_tokens *t, struct tw_arena *a,
                                   const struct tw_draft *d, size_t n_max,
                                   struct tw_err *err)
{
    size_t start = 0;

    t->n = 0;
    t->items = tw_arena_alloc(a, n_max, sizeof(*t->items));
    if (!t->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    for (size_t i = 0; i <= d->n; i++) {
        if (i < d->n && d->s[i] != ' ')
            continue;
        if (i > start)
            t->items[t->n++] = (struct tw_piece){ d->s + start, i - start };
        start = i + 1;
    }
    return TW_OK;
}

/* The tokenizer of TranX and of Conala's evaluation:
 * re.sub(r"([^A-Za-z0-9_])", r" \1 "), then camelCase apart, then both
 * kinds of quotes as a backtick. */
enum tw_status tw_tokenize_tranx(struct tw_tokens *t, struct tw_arena *a,
                                 struct tw_piece text, struct tw_err *err)
{
    struct tw_draft d;

    TW_TRY(tw_draft_new(&d, a, 3 * text.n + 1, err));
    for (size_t i = 0; i < text.n;) {
        char c = text.s[i];
        uint32_t code;

        if (is_lower(c) || is_digit(c) || is_upper(c) || c == '_') {
            if (is_upper(c) && i > 0 && is_lower(text.s[i - 1]))
                tw_draft_c(&d, ' ');
            tw_draft_c(&d, c);
            i++;
            continue;
        }
        size_t len = tw_text_next(text.s + i, text.n - i, &code);
        tw_draft_c(&d, ' ');
        if (c == '"' || c == '\'')
            tw_draft_c(&d, '`');
        else if (!tw_is_space(code))
            tw_draft_add(&d, text.s + i, len);
        tw_draft_c(&d, ' ');
        i += len;
    }
    return split_blanks(t, a, &d, text.n + 1, err);
}

/* Slices of the text itself: nothing is copied, and tokens stay valid as
 * long as the text does. */
enum tw_status tw_tokenize_char(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text, struct tw_err *err)
{
    t->n = 0;
    t->items = tw_arena_alloc(a, text.n, sizeof(*t->items));
    if (!t->items)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for tokens");
    for (size_t i = 0; i < text.n;) {
        uint32_t code;
        size_t len = tw_text_next(text.s + i, text.n - i, &code);

        if (!tw_is_space(code))
            t->items[t->n++] = (struct tw_piece){ text.s + i, len };
        i += len;
    }
    return TW_OK;
}

/* rouge_score's tokenizer: what is not a-z or 0-9 after lower-casing is a
 * gap, letters of other scripts too. */
enum tw_status tw_tokenize_word(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text, struct tw_err *err)
{
    struct tw_draft d;
    struct tw_piece low;

    TW_TRY(tw_text_lower(&low, a, text, err));
    TW_TRY(tw_draft_new(&d, a, low.n + 1, err));
    for (size_t i = 0; i < low.n; i++) {
        bool word = is_lower(low.s[i]) || is_digit(low.s[i]);
        tw_draft_c(&d, word ? low.s[i] : ' ');
    }
    return split_blanks(t, a, &d, low.n / 2 + 1, err);
}

/* Replace every "from" by "to", which is not longer. */
static void replace(struct tw_draft *d, const char *from, const char *to)
{
    size_t n_from = strlen(from), n_to = strlen(to), k = 0;

    for (size_t i = 0; i < d->n;) {
        if (d->n - i >= n_from && memcmp(d->s + i, from, n_from) == 0) {
            memcpy(d->s + k, to, n_to);
            k += n_to;
            i += n_from;
        } else {
            d->s[k++] = d->s[i++];
        }
    }
    d->n = k;
}

static void pad_char(struct tw_draft *d, char c)
{
    tw_draft_c(d, ' ');
    tw_draft_c(d, c);
    tw_draft_c(d, ' ');
}

/* Pad symbols; the characters of the pattern that take both sides. */
static bool is_13a_symbol(char c)
{
    return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') ||
           (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
           (c >= ':' && c <= '@') || c == '/';
}

static bool is_point(char c)
{
    return c == '.' || c == ',';
}

/* Does a pattern fit these two characters?  Pass 0: a point after a non-digit,
 * 1: a point before a non-digit, 2: a dash after a digit. */
static bool fits_13a(int pass, char c, char next)
{
    if (pass == 0)
        return !is_digit(c) && is_point(next);
    if (pass == 1)
        return is_point(c) && !is_digit(next);
    return is_digit(c) && next == '-';
}

/* Every place where the pattern fits, left to right; a character that was taken
 * is not looked at again, as Perl's s///g does it. */
static void pass_13a(struct tw_draft *to, const struct tw_draft *from, int pass)
{
    to->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        char c = from->s[i];

        if (i + 1 == from->n || !fits_13a(pass, c, from->s[i + 1])) {
            tw_draft_c(to, c);
            continue;
        }
        char next = from->s[++i];
        if (pass == 1)
            tw_draft_c(to, ' ');
        tw_draft_c(to, c);
        tw_draft_c(to, ' ');
        tw_draft_c(to, next);
        if (pass != 1)
            tw_draft_c(to, ' ');
    }
}

/* The steps of mteval-v13a.pl in their order; the entities come before the
 * symbols, or "&" of "&lt;" would be cut off. */
enum tw_status tw_tokenize_13a(struct tw_tokens *t, struct tw_arena *a,
                               struct tw_piece text, struct tw_err *err)
{
    struct tw_draft d, e;

    TW_TRY(tw_draft_new(&d, a, 9 * text.n + 16, err));
    TW_TRY(tw_draft_new(&e, a, 9 * text.n + 16, err));
    tw_draft_add(&e, text.s, text.n);
    replace(&e, "<skipped>", "");
    replace(&e, "-\n", "");
    replace(&e, "\n", " ");
    if (memchr(e.s, '&', e.n)) {
        replace(&e, "&quot;", "\"");
        replace(&e, "&amp;", "&");
        replace(&e, "&lt;", "<");
        replace(&e, "&gt;", ">");
    }
    tw_draft_c(&d, ' ');
    for (size_t i = 0; i < e.n; i++) {
        if (is_13a_symbol(e.s[i]))
            pad_char(&d, e.s[i]);
        else
            tw_draft_c(&d, e.s[i]);
    }
    tw_draft_c(&d, ' ');
    pass_13a(&e, &d, 0);
    pass_13a(&d, &e, 1);
    pass_13a(&e, &d, 2);
    return tw_tokens_split(t, a, (struct tw_piece){ e.s, e.n }, err);
}
