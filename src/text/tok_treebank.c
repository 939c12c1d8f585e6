/*
 * tok_treebank.c - NLTK's word tokenizer over one line, without the sentence
 * splitter.
 *
 * The original is a chain of substitutions, each over the whole text; so is
 * this, for their order decides what a later one sees.
 */
#include "text/draft.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/banned.h"

struct text {
    struct tw_draft from, to;
};

/* A substitution is over: its output is the next one's input. */
static void turn(struct text *t)
{
    struct tw_draft d = t->from;

    t->from = t->to;
    t->to = d;
    t->to.n = 0;
}

static bool is_at(const struct tw_draft *d, size_t i, const char *what)
{
    size_t n = strlen(what);

    return i + n <= d->n && memcmp(d->s + i, what, n) == 0;
}

/* Letters and digits of any script and _: what \w matches.  Of the characters
 * beyond ASCII only Latin-1's signs and general punctuation are none. */
static bool is_word(const struct tw_draft *d, size_t i)
{
    uint32_t code;
    size_t start = i;

    if (i >= d->n)
        return false;
    while (start > 0 && i - start < 3 &&
           ((unsigned char)d->s[start] & 0xc0) == 0x80)
        start--;
    tw_text_next(d->s + start, d->n - start, &code);
    if (code < 0x80)
        return isalnum((int)code) || code == '_';
    return !(code < 0xc0 && code != 0xaa && code != 0xb5 && code != 0xba) &&
           !(code >= 0x2000 && code < 0x2070);
}

/* Which of the listed marks stands at i: its length, or 0. */
static size_t mark_at(const struct tw_draft *d, size_t i,
                      const char *const *marks, size_t n_marks)
{
    for (size_t k = 0; k < n_marks; k++)
        if (is_at(d, i, marks[k]))
            return strlen(marks[k]);
    return 0;
}

/* Blanks around n bytes, as most substitutions of the original want. */
static void pad(struct text *t, size_t i, size_t n)
{
    tw_draft_c(&t->to, ' ');
    tw_draft_add(&t->to, t->from.s + i, n);
    tw_draft_c(&t->to, ' ');
}

/* Blanks around every mark; a run of a repeatable byte is one mark. */
static void pad_marks(struct text *t, const char *const *marks, size_t n_marks,
                      char run, size_t run_min)
{
    for (size_t i = 0; i < t->from.n;) {
        size_t n = mark_at(&t->from, i, marks, n_marks), k = 0;

        while (run && i + k < t->from.n && t->from.s[i + k] == run)
            k++;
        if (k >= run_min && k > n)
            n = k;
        if (n) {
            pad(t, i, n);
            i += n;
        } else {
            tw_draft_c(&t->to, t->from.s[i++]);
        }
    }
    turn(t);
}

/* A quote after a blank or an opening bracket opens. */
static void open_quotes(struct text *t)
{
    for (size_t i = 0; i < t->from.n;) {
        char c = t->from.s[i];
        static const char *const quotes[] = { "\"", "''" };
        size_t n = mark_at(&t->from, i + 1, quotes, TW_ARRAY_LEN(quotes));

        tw_draft_c(&t->to, c);
        i++;
        if (n && c && strchr(" ([{<", c)) {
            tw_draft_add(&t->to, " `` ", 4);
            i += n;
        }
    }
    turn(t);
}

/* Python's re.IGNORECASE, as far as ASCII goes; what is lower case. */
static bool has_prefix_nocase(const struct tw_draft *d, size_t i,
                              const char *what)
{
    size_t n = strlen(what);

    for (size_t k = 0; k < n; k++)
        if (i + k >= d->n || tolower((unsigned char)d->s[i + k]) != what[k])
            return false;
    return true;
}

/* A quote before a single letter that begins no clitic stands alone. */
static void single_quotes(struct text *t)
{
    static const char *const clitics[] = { "re", "ve", "ll", "m",
                                           "t",  "s",  "d",  "n" };

    for (size_t i = 0; i < t->from.n; i++) {
        uint32_t code;
        bool clitic = false;

        tw_draft_c(&t->to, t->from.s[i]);
        if (t->from.s[i] != '\'' || !is_word(&t->from, i + 1))
            continue;
        for (size_t k = 0; k < TW_ARRAY_LEN(clitics); k++)
            clitic |= has_prefix_nocase(&t->from, i + 1, clitics[k]);
        size_t n = tw_text_next(t->from.s + i + 1, t->from.n - i - 1, &code);
        if (!clitic && !is_word(&t->from, i + 1 + n))
            tw_draft_c(&t->to, ' ');
    }
    turn(t);
}

/* The full stop that ends the text, closing marks and blanks behind it. The
 * original has two rules: the first (wide) knows more closing marks. */
static void final_stop(struct text *t, bool wide)
{
    static const char *const closing[] = { "]",
                                           ")",
                                           "}",
                                           ">",
                                           "\"",
                                           "'",
                                           " ",
                                           "\302\273",       /* » */
                                           "\342\200\235",   /* ” */
                                           "\342\200\231" }; /* ’ */
    const struct tw_draft *d = &t->from;
    size_t n_closing = TW_ARRAY_LEN(closing);
    if (!wide)
        n_closing = 6;
    size_t dot = SIZE_MAX, end;

    /* The first full stop after which nothing but those stands. */
    for (size_t i = d->n; i-- > 0;)
        if (d->s[i] == '.') {
            dot = i;
            break;
        }
    if (dot == SIZE_MAX || dot == 0 || d->s[dot - 1] == '.')
        return;
    for (end = dot + 1; end < d->n;) {
        size_t n = mark_at(d, end, closing, n_closing);

        if (n == 0)
            break;
        end += n;
    }
    size_t rest = end;
    while (rest < d->n && isspace((unsigned char)d->s[rest]))
        rest++;
    if (rest < d->n)
        return;
    tw_draft_add(&t->to, d->s, dot);
    tw_draft_add(&t->to, " .", 2);
    if (wide)
        tw_draft_c(&t->to, ' ');
    tw_draft_add(&t->to, d->s + dot + 1, end - dot - 1);
    tw_draft_c(&t->to, ' ');
    turn(t);
}

/* A colon or comma that no digit follows. */
static void commas(struct text *t)
{
    for (size_t i = 0; i < t->from.n; i++) {
        char c = t->from.s[i];
        bool mark = c == ':' || c == ',', last = i + 1 == t->from.n;

        if (mark && !last && !isdigit((unsigned char)t->from.s[i + 1])) {
            pad(t, i, 1);
            tw_draft_c(&t->to, t->from.s[++i]);
        } else if (mark && last) {
            pad(t, i, 1);
        } else {
            tw_draft_c(&t->to, c);
        }
    }
    turn(t);
}

/* A quote between something else and a blank. */
static void quote_blank(struct text *t)
{
    for (size_t i = 0; i < t->from.n;) {
        char c = t->from.s[i];

        tw_draft_c(&t->to, c);
        i++;
        if (c != '\'' && is_at(&t->from, i, "' ")) {
            tw_draft_add(&t->to, " ' ", 3);
            i += 2;
        }
    }
    turn(t);
}

/* 's, 'll, n't ... before a blank, away from the word in front. */
static void endings(struct text *t, const char *const *list, size_t n_list)
{
    for (size_t i = 0; i < t->from.n;) {
        char c = t->from.s[i];
        size_t n = 0;

        if (c != '\'' && c != ' ')
            n = mark_at(&t->from, i + 1, list, n_list);
        tw_draft_c(&t->to, c);
        i++;
        if (n && is_at(&t->from, i + n, " ")) {
            pad(t, i, n);
            i += n + 1;
        }
    }
    turn(t);
}

/* cannot -> can not, and their like. */
static void contractions(struct text *t)
{
    static const struct {
        const char *head, *tail;
        bool blank_after;
    } list[] = {
        { "can", "not", false }, { "d", "'ye", false },  { "gim", "me", false },
        { "gon", "na", false },  { "got", "ta", false }, { "lem", "me", false },
        { "more", "'n", false }, { "wan", "na", true },
    };

    for (size_t k = 0; k < TW_ARRAY_LEN(list); k++) {
        size_t n1 = strlen(list[k].head), n2 = strlen(list[k].tail);

        for (size_t i = 0; i < t->from.n;) {
            size_t end = i + n1 + n2;
            bool hit = has_prefix_nocase(&t->from, i, list[k].head) &&
                       has_prefix_nocase(&t->from, i + n1, list[k].tail) &&
                       (i == 0 || !is_word(&t->from, i - 1)) &&
                       !is_word(&t->from, end);

            if (hit && list[k].blank_after)
                hit = end < t->from.n && isspace((unsigned char)t->from.s[end]);
            if (!hit) {
                tw_draft_c(&t->to, t->from.s[i++]);
                continue;
            }
            pad(t, i, n1);
            tw_draft_add(&t->to, t->from.s + i + n1, n2);
            tw_draft_c(&t->to, ' ');
            i = end;
        }
        turn(t);
    }
}

/* 'tis and 'twas. */
static void it_is(struct text *t)
{
    static const char *const list[] = { " 'tis", " 'twas" };

    for (size_t k = 0; k < TW_ARRAY_LEN(list); k++) {
        size_t n = strlen(list[k]);

        for (size_t i = 0; i < t->from.n;) {
            if (!has_prefix_nocase(&t->from, i, list[k]) ||
                is_word(&t->from, i + n)) {
                tw_draft_c(&t->to, t->from.s[i++]);
                continue;
            }
            pad(t, i + 1, 2);
            tw_draft_add(&t->to, t->from.s + i + 3, n - 3);
            tw_draft_c(&t->to, ' ');
            i += n;
        }
        turn(t);
    }
}

/* The three lists of rules of NLTK's NLTKWordTokenizer, under its names. */
static void starting_quotes(struct text *t)
{
    static const char *const marks[] = { "\302\253", "\342\200\234",
                                         "\342\200\230", "\342\200\236" };
    static const char *const ticks[] = { "``" };

    pad_marks(t, marks, TW_ARRAY_LEN(marks), '`', 1);
    if (t->from.n > 0 && t->from.s[0] == '"') {
        tw_draft_add(&t->to, "``", 2);
        tw_draft_add(&t->to, t->from.s + 1, t->from.n - 1);
        turn(t);
    }
    pad_marks(t, ticks, 1, 0, 1);
    open_quotes(t);
    single_quotes(t);
}

/* In the order of NLTK's list PUNCTUATION, PARENS_BRACKETS, DOUBLE_DASHES. */
static void punctuation(struct text *t)
{
    static const char *const signs[] = { ";", "@", "#", "$", "%", "&" };
    static const char *const calls[] = { "?", "!" }, *const star[] = { "*" };
    static const char *const brackets[] = { "]", "[", "(", ")",
                                            "{", "}", "<", ">" };
    static const char *const dashes[] = { "--" };

    final_stop(t, true);
    commas(t);
    pad_marks(t, NULL, 0, '.', 2);
    pad_marks(t, signs, TW_ARRAY_LEN(signs), 0, 1);
    final_stop(t, false);
    pad_marks(t, calls, 2, 0, 1);
    quote_blank(t);
    pad_marks(t, star, 1, 0, 1);
    pad_marks(t, brackets, TW_ARRAY_LEN(brackets), 0, 1);
    pad_marks(t, dashes, 1, 0, 1);
}

/* A text has a blank at both ends by now, which the rules for endings ask
 * for. */
static void ending_quotes(struct text *t)
{
    static const char *const marks[] = { "\302\273", "\342\200\235",
                                         "\342\200\231" };
    static const char *const two[] = { "''" };
    static const char *const shorts[] = { "'s", "'S", "'m", "'M",
                                          "'d", "'D", "'" };
    static const char *const longs[] = { "'ll", "'LL", "'re", "'RE",
                                         "'ve", "'VE", "n't", "N'T" };

    pad_marks(t, marks, TW_ARRAY_LEN(marks), 0, 1);
    pad_marks(t, two, 1, 0, 1);
    for (size_t i = 0; i < t->from.n; i++) {
        if (t->from.s[i] == '"')
            tw_draft_add(&t->to, " '' ", 4);
        else
            tw_draft_c(&t->to, t->from.s[i]);
    }
    turn(t);
    endings(t, shorts, TW_ARRAY_LEN(shorts));
    endings(t, longs, TW_ARRAY_LEN(longs));
}

/* No chain of rules makes a text sixteen times as long; tw_draft_c()
 * asserts it. */
enum tw_status tw_tokenize_treebank(struct tw_tokens *t, struct tw_arena *a,
                                    struct tw_piece text, struct tw_err *err)
{
    struct text x;
    size_t cap = 16 * text.n + 64;

    TW_TRY(tw_draft_new(&x.from, a, cap, err));
    TW_TRY(tw_draft_new(&x.to, a, cap, err));
    tw_draft_add(&x.from, text.s, text.n);
    starting_quotes(&x);
    punctuation(&x);
    tw_draft_c(&x.to, ' ');
    tw_draft_add(&x.to, x.from.s, x.from.n);
    tw_draft_c(&x.to, ' ');
    turn(&x);
    ending_quotes(&x);
    contractions(&x);
    it_is(&x);
    return tw_tokens_split(t, a, (struct tw_piece){ x.from.s, x.from.n }, err);
}
