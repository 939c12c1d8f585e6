/*
 * tok_intl.c - mteval 14's international tokenizer, as sacrebleu has it.
 *
 * It asks for Unicode's general categories P, S and N (base/unicode.h).
 */
#include "text/draft.h"

#include "base/unicode.h"

#include "base/banned.h"

static bool is_intl_symbol(uint32_t c)
{
    return tw_char_kind(c) == TW_CHAR_SYMBOL;
}

static bool is_intl_punct(uint32_t c)
{
    return tw_char_kind(c) == TW_CHAR_PUNCT;
}

static bool is_intl_number(uint32_t c)
{
    return tw_char_kind(c) == TW_CHAR_NUMBER;
}

/* Does the pattern fit?  First: punctuation after a non-number; second: before
 * one.  So 1,000 stays whole. */
static bool fits_intl(bool second, uint32_t c, uint32_t next)
{
    if (second)
        return is_intl_punct(c) && !is_intl_number(next);
    return !is_intl_number(c) && is_intl_punct(next);
}

/* Both characters of a hit are taken, as in a substitution of Python's re. */
static void pass_intl(struct tw_draft *to, const struct tw_draft *from,
                      bool second)
{
    to->n = 0;
    for (size_t i = 0; i < from->n;) {
        uint32_t c, next = 0;
        size_t len = tw_text_next(from->s + i, from->n - i, &c), n2 = 0;

        if (i + len < from->n)
            n2 = tw_text_next(from->s + i + len, from->n - i - len, &next);
        if (n2 == 0 || !fits_intl(second, c, next)) {
            tw_draft_add(to, from->s + i, len);
            i += len;
            continue;
        }
        if (second)
            tw_draft_c(to, ' ');
        tw_draft_add(to, from->s + i, len);
        tw_draft_c(to, ' ');
        tw_draft_add(to, from->s + i + len, n2);
        if (!second)
            tw_draft_c(to, ' ');
        i += len + n2;
    }
}

/* A pass makes a text at most three times as long, and so does the padding of
 * symbols; hence the room. */
enum tw_status tw_tokenize_intl(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text, struct tw_err *err)
{
    struct tw_draft d, e;

    TW_TRY(tw_draft_new(&d, a, 12 * text.n + 16, err));
    TW_TRY(tw_draft_new(&e, a, 12 * text.n + 16, err));
    tw_draft_add(&e, text.s, text.n);
    pass_intl(&d, &e, false);
    pass_intl(&e, &d, true);
    d.n = 0;
    for (size_t i = 0; i < e.n;) {
        uint32_t c;
        size_t len = tw_text_next(e.s + i, e.n - i, &c);

        if (is_intl_symbol(c))
            tw_draft_c(&d, ' ');
        tw_draft_add(&d, e.s + i, len);
        if (is_intl_symbol(c))
            tw_draft_c(&d, ' ');
        i += len;
    }
    return tw_tokens_split(t, a, (struct tw_piece){ d.s, d.n }, err);
}
