/*
 * ctok.c - a C text as an array of tokens, with its brackets and functions.
 *
 * Measures look back and forth and from bracket to bracket, which a lexer that
 * goes forward cannot do; hence the array.
 */
#include "code/ctok.h"

#include <string.h>

#include "base/banned.h"

enum { TEXT_MAX = 16 << 20 };

bool tw_ctok_is(const struct tw_ctoks *t, size_t i, const char *word)
{
    size_t n = strlen(word);
    return i < t->n && t->tokens[i].len == n &&
           memcmp(t->text + t->tokens[i].at, word, n) == 0;
}

bool tw_ctok_among(const struct tw_ctoks *t, size_t i, const char *const *words)
{
    for (; *words; words++)
        if (tw_ctok_is(t, i, *words))
            return true;
    return false;
}

/* 1: it opens, -1: it closes, 0: it is none. */
static int bracket(const struct tw_ctoks *t, size_t i)
{
    if (t->tokens[i].kind != TW_LEX_PUNCT)
        return 0;
    char c = t->text[t->tokens[i].at];
    if (c == '(' || c == '[' || c == '{')
        return 1;
    if (c == ')' || c == ']' || c == '}')
        return -1;
    return 0;
}

/* One pass with a stack, so that no text makes the search quadratic. */
static bool match_brackets(struct tw_ctoks *t, struct tw_arena *a)
{
    size_t *open = tw_arena_alloc(a, t->n + 1, sizeof(*open));
    size_t depth = 0;
    t->close = tw_arena_alloc(a, t->n + 1, sizeof(*t->close));
    if (!open || !t->close)
        return false;
    for (size_t i = 0; i < t->n; i++) {
        int b = bracket(t, i);
        t->close[i] = i;
        if (b > 0) {
            t->close[i] = t->n; /* until its partner comes */
            open[depth++] = i;
        } else if (b < 0 && depth) {
            t->close[open[--depth]] = i;
        }
    }
    return true;
}

size_t tw_ctok_close(const struct tw_ctoks *t, size_t i)
{
    if (i >= t->n)
        return t->n;
    return t->close[i];
}

/* The text is read twice, the first time to count: an arena cannot grow a
 * block, and a token is four times as big as the byte it may stand for. */
enum tw_status tw_ctok_read(struct tw_ctoks *t, struct tw_arena *a,
                            const char *text, size_t n, bool comments,
                            struct tw_err *err)
{
    struct tw_lex_token one;
    *t = (struct tw_ctoks){ .text = text, .len = n };
    if (n > TEXT_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "source of more than %d MiB",
                       TEXT_MAX >> 20);
    size_t count = 0;
    struct tw_lexer x = tw_lexer_of(text, n, TW_LEX_C);
    while (tw_lexer_next(&x, &one))
        count++;
    t->tokens = tw_arena_alloc(a, count + 1, sizeof(*t->tokens));
    if (!t->tokens)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %zu tokens",
                       count);
    x = tw_lexer_of(text, n, TW_LEX_C);
    while (tw_lexer_next(&x, &one))
        if (comments || one.kind != TW_LEX_COMMENT)
            t->tokens[t->n++] = one;
    if (!match_brackets(t, a))
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for brackets");
    t->n_lines = x.line - (n > 0 && text[n - 1] == '\n') - (n == 0);
    return TW_OK;
}

/* NAME ( ... ) with a "{" behind it, maybe after attributes: at its name. */
static bool function_at(const struct tw_ctoks *t, size_t i,
                        struct tw_cfunction *f)
{
    static const char *const no_name[] = { "if",     "for",    "while",
                                           "switch", "return", "sizeof",
                                           NULL };
    if (t->tokens[i].kind != TW_LEX_NAME || !tw_ctok_is(t, i + 1, "(") ||
        tw_ctok_among(t, i, no_name))
        return false;
    size_t end = tw_ctok_close(t, i + 1);
    if (!tw_ctok_is(t, end + 1, "{"))
        return false;
    *f = (struct tw_cfunction){ i, i + 1, end + 1, tw_ctok_close(t, end + 1) };
    if (f->close == t->n)
        f->close = t->n - 1; /* unclosed: to the last token */
    return true;
}

/* What is inside a function is passed over, so that a nested one (of GNU C)
 * belongs to its outer one. */
enum tw_status tw_ctok_functions(const struct tw_ctoks *t, struct tw_arena *a,
                                 struct tw_cfunction **found, size_t *n,
                                 struct tw_err *err)
{
    struct tw_cfunction f;
    size_t count = 0;
    for (size_t i = 0; i < t->n; i++)
        if (function_at(t, i, &f)) {
            count++;
            i = f.close;
        }
    *n = 0;
    *found = tw_arena_alloc(a, count + 1, sizeof(**found));
    if (!*found)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for %zu functions",
                       count);
    for (size_t i = 0; i < t->n; i++)
        if (function_at(t, i, &f)) {
            (*found)[(*n)++] = f;
            i = f.close;
        }
    return TW_OK;
}
