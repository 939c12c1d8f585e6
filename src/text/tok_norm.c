/*
 * tok_norm.c - the text normaliser of METEOR 1.5 (-norm) for English: marks
 * apart, dashes within words dropped, contractions split, full stops apart
 * unless they belong to an abbreviation; all lower case.
 *
 * Rules see each other's output, so they run one after the other over the
 * whole line.  A rule takes the characters it looked at: "a,b,c" loses one
 * comma only, as in the original.
 */
#include "text/draft.h"

#include "base/utf8.h"

#include "base/banned.h"

/* Characters of the line; two lines, so that a pass writes into the other. */
struct line {
    uint32_t *v;
    size_t n, cap;
};

struct work {
    struct line now, next;
};

enum {
    ELLIPSIS = 0x120000, /* one of several dots in a row: above all texts */
    GROWTH = 4           /* characters that come of one, at most */
};

static bool within(uint32_t c, uint32_t first, uint32_t last)
{
    return c >= first && c <= last;
}

/* Letters: Western European and Cyrillic. */
static bool is_alpha(uint32_t c)
{
    if (c < 0x80)
        return within(c | 32, 'a', 'z');
    return (within(c, 0xc0, 0x17e) && c != 0xd7 && c != 0xf7) || c == 0x178 ||
           within(c, 0x400, 0x527) || within(c, 0xa640, 0xa66e) ||
           within(c, 0xa67e, 0xa697) || within(c, 0x1d00, 0x1d7f);
}

static bool is_digit(uint32_t c)
{
    return within(c, '0', '9');
}

static bool is_alnum(uint32_t c)
{
    return is_alpha(c) || is_digit(c);
}

static bool is_alnum_or_dot(uint32_t c)
{
    return is_alnum(c) || c == '.';
}

static bool no_digit(uint32_t c)
{
    return !is_digit(c);
}

static bool no_alpha(uint32_t c)
{
    return !is_alpha(c);
}

static bool no_alnum(uint32_t c)
{
    return !is_alnum(c);
}

static bool is_s(uint32_t c)
{
    return c == 's';
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* GROWTH bounds what a pass makes of a line, so that there is always room. */
static void put(struct line *l, uint32_t c)
{
    TW_ASSERT(l->n < l->cap);
    l->v[l->n++] = c;
}

/* The pass is over: what it wrote is what the next one reads. */
static void done(struct work *w)
{
    struct line old = w->now;

    w->now = w->next;
    w->next = old;
    w->next.n = 0;
}

static void put_apart(struct line *l, uint32_t c)
{
    put(l, ' ');
    put(l, c);
    put(l, ' ');
}

/* Everything but letters, digits, blanks and the marks that later rules
 * look at gets blanks around it. */
static void separate(struct work *w)
{
    for (size_t i = 0; i < w->now.n; i++) {
        uint32_t c = w->now.v[i];
        bool stays = is_alnum(c) || is_blank(c) || c == '\v' || c == '.' ||
                     c == '\'' || c == '`' || c == ',' || c == '-' ||
                     c == 0x2018 || c == 0x2019;

        if (stays)
            put(&w->next, c);
        else
            put_apart(&w->next, c);
    }
    done(w);
}

/* Two and more full stops are one mark. They become a number that is no
 * character, so that no later rule takes them for the end of a sentence. */
static void join_dots(struct work *w)
{
    for (size_t i = 0; i < w->now.n;) {
        size_t n = 0;

        while (i + n < w->now.n && w->now.v[i + n] == '.')
            n++;
        if (n < 2) {
            put(&w->next, w->now.v[i++]);
            continue;
        }
        put(&w->next, ' ');
        for (size_t k = 0; k < n; k++)
            put(&w->next, ELLIPSIS);
        put(&w->next, ' ');
        i += n;
    }
    done(w);
}

/* A mark between two kinds of characters becomes blanks and itself. */
struct rule {
    bool (*before)(uint32_t c);
    uint32_t mark;
    bool (*after)(uint32_t c);
    const char *to; /* what stands between the two then */
};

/* A hit takes all three characters, as in the original's regular
 * expression; the second of two neighbours is therefore missed. */
static void apply(struct work *w, const struct rule *r)
{
    const struct line *l = &w->now;

    for (size_t i = 0; i < l->n;) {
        bool hit = i + 2 < l->n && l->v[i + 1] == r->mark &&
                   r->before(l->v[i]) && r->after(l->v[i + 2]);

        put(&w->next, l->v[i++]);
        if (!hit)
            continue;
        for (const char *s = r->to; *s; s++)
            put(&w->next, (unsigned char)*s);
        put(&w->next, l->v[i + 1]);
        i += 2;
    }
    done(w);
}

static bool is_single_quote(uint32_t c)
{
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019;
}

/* One kind of quote, one kind of dash. */
static void unify(struct work *w)
{
    for (size_t i = 0; i < w->now.n; i++) {
        uint32_t c = w->now.v[i];
        bool more = i + 1 < w->now.n;

        if (is_single_quote(c) && more && is_single_quote(w->now.v[i + 1])) {
            put_apart(&w->next, '"');
            i++;
        } else if (c == 0x201c || c == 0x201d) {
            put_apart(&w->next, '"');
        } else if (is_single_quote(c)) {
            put(&w->next, '\'');
        } else {
            if (c == 0x2013) /* an en dash */
                c = '-';
            put(&w->next, c);
        }
    }
    done(w);
    for (size_t i = 0; i < w->now.n; i++) {
        put(&w->next, w->now.v[i]);
        if (w->now.v[i] == '-' && i + 1 < w->now.n && w->now.v[i + 1] == '-')
            i++;
    }
    done(w);
}

/* Of lists in ASCII; anything else fits no entry. */
static char plain(uint32_t c)
{
    if (c < 0x7f)
        return (char)c;
    return '?';
}

/* What an abbreviation's full stop asks of the word behind it. */
enum stop { APART, KEPT, KEPT_BEFORE_NUMBER };

static enum stop abbreviation(const uint32_t *word, size_t n)
{
    static const char always[] =
        " Adm Bros Capt Col Corp Dr Gen Gov Hon Lt Maj Mr Mrs Ms Prof Rep Rev "
        "Sen Sgt Sr St v vs ";
    static const char numbers[] = " Art No Nos Nr pp ";
    char text[8] = " ";

    if (n == 1 && within(word[0], 'A', 'Z'))
        return KEPT;
    if (n + 3 > sizeof(text))
        return APART;
    for (size_t i = 0; i < n; i++)
        text[i + 1] = plain(word[i]);
    text[n + 1] = ' ';
    text[n + 2] = '\0';
    if (strstr(always, text))
        return KEPT;
    if (strstr(numbers, text))
        return KEPT_BEFORE_NUMBER;
    return APART;
}

/* One word of n characters that ends in a full stop; after is the first
 * character of the next word, or 0. */
static void end_word(struct line *to, const uint32_t *v, size_t n,
                     uint32_t after)
{
    enum stop kind = abbreviation(v, n - 1);
    bool dots = false, letters = false;

    for (size_t i = 0; i + 1 < n; i++) {
        dots = dots || v[i] == '.';
        letters = letters || is_alpha(v[i]);
    }
    if (dots && letters) { /* U.S. */
        for (size_t i = 0; i < n; i++)
            if (v[i] != '.')
                put(to, v[i]);
        return;
    }
    for (size_t i = 0; i + 1 < n; i++)
        put(to, v[i]);
    if (kind == APART || (kind == KEPT_BEFORE_NUMBER && !is_digit(after)))
        if (!within(after, 'a', 'z'))
            put(to, ' ');
    put(to, '.');
}

/* Words that end in a full stop, one by one: the rule needs the word that
 * follows, whose case tells whether a sentence ends. */
static void end_words(struct work *w)
{
    const struct line *l = &w->now;

    for (size_t i = 0; i < l->n;) {
        size_t start = i, after;

        while (i < l->n && !is_blank(l->v[i]))
            i++;
        for (after = i; after < l->n && is_blank(l->v[after]); after++)
            continue;
        uint32_t follows = 0;
        if (after < l->n)
            follows = l->v[after];
        if (i - start > 1 && l->v[i - 1] == '.')
            end_word(&w->next, l->v + start, i - start, follows);
        else
            for (size_t k = start; k < i; k++)
                put(&w->next, l->v[k]);
        put(&w->next, ' ');
        i = after;
    }
    done(w);
}

/* The order is that of the original, and each rule depends on it. */
static void normalise(struct work *w)
{
    static const struct rule rules[] = {
        { no_digit, ',', no_digit, " , " },
        { is_digit, ',', no_digit, " , " },
        { no_digit, ',', is_digit, " , " },
    };
    static const struct rule rest[] = {
        { is_alnum_or_dot, '-', is_alnum, " " },
        { no_alpha, '\'', no_alpha, " ' " },
        { no_alnum, '\'', is_alpha, " ' " },
        { is_alpha, '\'', no_alpha, " ' " },
        { is_alpha, '\'', is_alpha, " '" },
        { is_digit, '\'', is_s, " '" },
    };

    separate(w);
    join_dots(w);
    for (size_t i = 0; i < TW_ARRAY_LEN(rules); i++)
        apply(w, &rules[i]);
    unify(w);
    for (size_t i = 0; i < TW_ARRAY_LEN(rest); i++)
        apply(w, &rest[i]);
    end_words(w);
}

/* Back to UTF-8; bytes that were none come out as they went in. */
static enum tw_status write_out(struct tw_piece *out, struct tw_arena *a,
                                const struct line *l, struct tw_err *err)
{
    struct tw_draft d;

    TW_TRY(tw_draft_new(&d, a, 4 * l->n + 1, err));
    for (size_t i = 0; i < l->n; i++) {
        uint32_t c = l->v[i];
        char bytes[4];

        if (c == ELLIPSIS)
            tw_draft_c(&d, '.');
        else if (c >= 0x110000) /* a byte that was no character */
            tw_draft_c(&d, (char)(c - 0x110000));
        else
            tw_draft_add(&d, bytes, tw_utf8_encode(c, bytes));
    }
    *out = (struct tw_piece){ d.s, d.n };
    return TW_OK;
}

enum tw_status tw_tokenize_norm(struct tw_tokens *t, struct tw_arena *a,
                                struct tw_piece text, struct tw_err *err)
{
    size_t cap = GROWTH * (text.n + 2);
    struct work w = { { tw_arena_alloc(a, cap, sizeof(uint32_t)), 0, cap },
                      { tw_arena_alloc(a, cap, sizeof(uint32_t)), 0, cap } };

    if (!w.now.v || !w.next.v)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a text");
    put(&w.now, ' ');
    for (size_t i = 0; i < text.n;) {
        uint32_t c;

        i += tw_text_next(text.s + i, text.n - i, &c);
        put(&w.now, c);
    }
    put(&w.now, ' ');
    normalise(&w);
    TW_TRY(write_out(&text, a, &w.now, err));
    TW_TRY(tw_tokens_split(t, a, text, err));
    return tw_tokens_lower(t, a, err);
}
