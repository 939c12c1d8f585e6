/*
 * wordnet.c - words and synsets of WordNet 3.0, searched in its own files.
 *
 * The files are mapped, not loaded: a run looks up some hundred words of
 * 150,000, and a binary search over sorted lines needs no table. The formats
 * are those of the manual pages wndb(5WN) and morphy(7WN). A file that is
 * damaged gives TW_EFORMAT; every read stays within the map.
 */
#include "text/wordnet.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum {
    N_POS = 4,       /* noun, verb, adj, adv */
    FORM_MAX = 96,   /* bytes of a word that can be in the files */
    FORMS_MAX = 32,  /* base forms tried at once */
    LEMMAS_MAX = 256 /* words of one synset; the count has two hex digits */
};

struct tw_wordnet {
    struct tw_file_map index[N_POS], data[N_POS], exc[N_POS];
};

static const char *const pos_names[N_POS] = { "noun", "verb", "adj", "adv" };

/* Endings and what stands for them in a base form, per part of speech. */
static const struct detachment {
    const char *ending, *base;
} detachments[N_POS][9] = {
    { { "s", "" },
      { "ses", "s" },
      { "ves", "f" },
      { "xes", "x" },
      { "zes", "z" },
      { "ches", "ch" },
      { "shes", "sh" },
      { "men", "man" },
      { "ies", "y" } },
    { { "s", "" },
      { "ies", "y" },
      { "es", "e" },
      { "es", "" },
      { "ed", "e" },
      { "ed", "" },
      { "ing", "e" },
      { "ing", "" } },
    { { "er", "" }, { "est", "" }, { "er", "e" }, { "est", "e" } },
};

/* 0: the row of this part of speech has ended. */
static size_t ending_len(const struct detachment *d)
{
    if (!d->ending)
        return 0;
    return strlen(d->ending);
}

/* A word on its way to a base form; longer ones cannot be in the files. */
struct form {
    char s[FORM_MAX];
    size_t n;
};

struct forms {
    struct form items[FORMS_MAX];
    size_t n;
};

/* One file of the folder, its name put together of three parts. */
static enum tw_status map(struct tw_file_map *m, const char *dir,
                          const char *before, const char *name,
                          const char *after, struct tw_err *err)
{
    struct tw_buf path;

    tw_buf_init(&path, 4096);
    tw_buf_addf(&path, "%s/%s%s%s", dir, before, name, after);
    enum tw_status st = tw_buf_check(&path, "the path of WordNet", err);
    if (st == TW_OK)
        st = tw_file_map_open(m, tw_buf_text(&path), err);
    tw_buf_release(&path);
    return st;
}

enum tw_status tw_wordnet_open(struct tw_wordnet **w, const char *dir,
                               struct tw_err *err)
{
    struct tw_wordnet *x = calloc(1, sizeof(*x));
    enum tw_status st = TW_OK;

    *w = NULL;
    if (!x)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for WordNet");
    for (size_t p = 0; st == TW_OK && p < N_POS; p++) {
        st = map(&x->index[p], dir, "index.", pos_names[p], "", err);
        if (st == TW_OK)
            st = map(&x->data[p], dir, "data.", pos_names[p], "", err);
        if (st == TW_OK)
            st = map(&x->exc[p], dir, "", pos_names[p], ".exc", err);
    }
    if (st != TW_OK)
        tw_wordnet_close(x);
    else
        *w = x;
    return st;
}

void tw_wordnet_close(struct tw_wordnet *w)
{
    if (!w)
        return;
    for (size_t p = 0; p < N_POS; p++) {
        tw_file_map_close(&w->index[p]);
        tw_file_map_close(&w->data[p]);
        tw_file_map_close(&w->exc[p]);
    }
    free(w);
}

/* Fields of a line, separated by one blank. */
struct line {
    const char *at, *end;
};

/* The next field, and the place behind its blank; empty at the end of the
 * line. */
static struct tw_piece field(struct line *l)
{
    struct tw_piece f = { l->at, 0 };

    while (l->at < l->end && *l->at != ' ')
        l->at++;
    f.n = (size_t)(l->at - f.s);
    if (l->at < l->end)
        l->at++;
    return f;
}

/* Value of a digit in base 10 or 16; too much for both where it is none. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return 99;
}

/* Nine digits at most: that cannot overflow, and WordNet has no more. */
static enum tw_status number(size_t *v, struct tw_piece f, unsigned base,
                             struct tw_err *err)
{
    *v = 0;
    if (f.n < 1 || f.n > 9)
        return tw_fail(err, TW_EFORMAT, 0, "no number in a WordNet file");
    for (size_t i = 0; i < f.n; i++) {
        unsigned d = digit(f.s[i]);

        if (d >= base)
            return tw_fail(err, TW_EFORMAT, 0, "no number in a WordNet file");
        *v = *v * base + d;
    }
    return TW_OK;
}

static const char *line_end(const char *s, const char *end)
{
    const char *e = memchr(s, '\n', (size_t)(end - s));

    if (!e)
        return end;
    return e;
}

/* The rest of the line whose first field is the word; the lines are sorted by
 * it.  (The licence on top has blanks in front: an empty first field.) */
static bool find(struct line *l, const struct tw_file_map *m,
                 struct tw_piece word)
{
    const char *lo = (const char *)m->bytes, *hi = lo + m->len;

    while (lo < hi) {
        const char *mid = lo + (hi - lo) / 2, *start = mid;

        while (start > lo && start[-1] != '\n')
            start--;
        *l = (struct line){ start, line_end(mid, hi) };
        const char *next = hi;
        if (l->end < hi)
            next = l->end + 1;
        int c = tw_piece_compare(field(l), word);

        if (c == 0)
            return true;
        if (c < 0)
            lo = next;
        else
            hi = start;
    }
    return false;
}

/* "able(p)" is the word "able" in a certain place. */
static struct tw_piece without_marker(struct tw_piece w)
{
    if (w.n > 0 && w.s[w.n - 1] == ')')
        for (size_t i = 0; i < w.n; i++)
            if (w.s[i] == '(')
                return (struct tw_piece){ w.s, i };
    return w;
}

/* The words of the synset at this byte of a data file, one after the other
 * to the sink. Compounds (with "_") are left out: a metric compares single
 * words. */
static enum tw_status take_synset(const struct tw_file_map *data, size_t at,
                                  const struct tw_wordnet_sink *sink,
                                  struct tw_err *err)
{
    const char *s = (const char *)data->bytes;
    size_t n;

    if (at >= data->len)
        return tw_fail(err, TW_EFORMAT, at, "no synset at %zu in WordNet", at);
    struct line l = { s + at, line_end(s + at, s + data->len) };
    field(&l); /* the offset again */
    field(&l); /* file of the lexicographer */
    field(&l); /* type */
    TW_TRY(number(&n, field(&l), 16, err));
    if (n > LEMMAS_MAX)
        return tw_fail(err, TW_EFORMAT, at, "%zu words in a synset", n);
    for (size_t i = 0; i < n; i++) {
        struct tw_piece lemma = without_marker(field(&l));

        field(&l); /* sense number */
        if (lemma.n > 0 && !memchr(lemma.s, '_', lemma.n))
            TW_TRY(sink->take(sink->ctx, lemma, err));
    }
    return TW_OK;
}

/* After the lemma: part of speech, number of synsets, p pointer symbols, two
 * counts, offsets. */
static enum tw_status take_entry(const struct tw_wordnet *w, size_t pos,
                                 struct line l,
                                 const struct tw_wordnet_sink *sink,
                                 struct tw_err *err)
{
    size_t n_synsets, n_skip, at;

    field(&l);
    TW_TRY(number(&n_synsets, field(&l), 10, err));
    TW_TRY(number(&n_skip, field(&l), 10, err));
    for (size_t i = 0; i < n_skip + 2 && l.at < l.end; i++)
        field(&l);
    for (size_t i = 0; i < n_synsets; i++) {
        TW_TRY(number(&at, field(&l), 10, err));
        TW_TRY(take_synset(&w->data[pos], at, sink, err));
    }
    return TW_OK;
}

/* Head and tail as one new form; false where it is too long, empty, known,
 * or one too many. The bound keeps damaged exception lists harmless. */
static bool add_form(struct forms *f, struct tw_piece head,
                     struct tw_piece tail)
{
    struct form x;

    if (f->n == FORMS_MAX || head.n + tail.n > FORM_MAX || head.n + tail.n == 0)
        return false;
    if (head.n)
        memcpy(x.s, head.s, head.n);
    if (tail.n)
        memcpy(x.s + head.n, tail.s, tail.n);
    x.n = head.n + tail.n;
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].n == x.n && memcmp(f->items[i].s, x.s, x.n) == 0)
            return false;
    f->items[f->n++] = x;
    return true;
}

/* Base forms of every form in from. */
static void detach(struct forms *to, const struct forms *from, size_t pos)
{
    to->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        const struct form *f = &from->items[i];

        for (size_t k = 0; k < TW_ARRAY_LEN(detachments[pos]); k++) {
            const struct detachment *d = &detachments[pos][k];
            size_t n = ending_len(d);

            if (n == 0 || f->n < n ||
                memcmp(f->s + f->n - n, d->ending, n) != 0)
                continue;
            add_form(to, (struct tw_piece){ f->s, f->n - n },
                     (struct tw_piece){ d->base, strlen(d->base) });
        }
    }
}

/* The synsets of all forms that the index has. */
static enum tw_status take_forms(const struct tw_wordnet *w, size_t pos,
                                 const struct forms *f, size_t *n_found,
                                 const struct tw_wordnet_sink *sink,
                                 struct tw_err *err)
{
    for (size_t i = 0; i < f->n; i++) {
        struct line l;

        if (!find(&l, &w->index[pos],
                  (struct tw_piece){ f->items[i].s, f->items[i].n }))
            continue;
        ++*n_found;
        TW_TRY(take_entry(w, pos, l, sink, err));
    }
    return TW_OK;
}

/* A word with exceptions follows them alone; else itself and its base forms,
 * and only when none of them is known, the base forms of those. */
static enum tw_status take_pos(const struct tw_wordnet *w, size_t pos,
                               struct tw_piece word,
                               const struct tw_wordnet_sink *sink,
                               struct tw_err *err)
{
    const struct tw_piece none = { NULL, 0 };
    struct forms a = { .n = 0 }, b = { .n = 0 };
    struct line l;
    size_t n_found = 0;

    add_form(&a, word, none);
    if (find(&l, &w->exc[pos], word)) {
        while (l.at < l.end)
            add_form(&a, field(&l), none);
        return take_forms(w, pos, &a, &n_found, sink, err);
    }
    TW_TRY(take_forms(w, pos, &a, &n_found, sink, err));
    while (a.n > 0) {
        detach(&b, &a, pos);
        TW_TRY(take_forms(w, pos, &b, &n_found, sink, err));
        if (n_found > 0)
            break;
        a = b;
    }
    return TW_OK;
}

/* A file that became shorter reads as lines that are not there. */
static enum tw_status check_maps(const struct tw_wordnet *w, enum tw_status st,
                                 struct tw_err *err)
{
    for (size_t p = 0; p < N_POS; p++) {
        st = tw_file_map_check(&w->index[p], st, err);
        st = tw_file_map_check(&w->data[p], st, err);
        st = tw_file_map_check(&w->exc[p], st, err);
    }
    return st;
}

/* NLTK asks all four parts of speech, in this order. */
enum tw_status tw_wordnet_lemmas(const struct tw_wordnet *w,
                                 struct tw_piece word,
                                 const struct tw_wordnet_sink *sink,
                                 struct tw_err *err)
{
    enum tw_status st = TW_OK;

    if (word.n == 0 || word.n > FORM_MAX)
        return TW_OK;
    for (size_t pos = 0; pos < N_POS && st == TW_OK; pos++)
        st = take_pos(w, pos, word, sink, err);
    return check_maps(w, st, err);
}

/* As take_entry(), but numbers of synsets instead of their words: METEOR
 * 1.5 asks whether two words share one, whatever the part of speech. */
static enum tw_status take_numbers(const struct tw_wordnet *w,
                                   struct tw_piece word, size_t *n_found,
                                   const struct tw_wordnet_numbers *sink,
                                   struct tw_err *err)
{
    for (size_t pos = 0; pos < N_POS; pos++) {
        size_t n_synsets, n_skip, at;
        struct line l;

        if (!find(&l, &w->index[pos], word))
            continue;
        ++*n_found;
        field(&l);
        TW_TRY(number(&n_synsets, field(&l), 10, err));
        TW_TRY(number(&n_skip, field(&l), 10, err));
        for (size_t i = 0; i < n_skip + 2 && l.at < l.end; i++)
            field(&l);
        for (size_t i = 0; i < n_synsets; i++) {
            TW_TRY(number(&at, field(&l), 10, err));
            TW_TRY(sink->take(sink->ctx, at, err));
        }
    }
    return TW_OK;
}

/* In the order of WordNet's own morphology, which knows no "ves". */
static enum tw_status take_first_base(const struct tw_wordnet *w,
                                      struct tw_piece word,
                                      const struct tw_wordnet_numbers *sink,
                                      struct tw_err *err)
{
    struct forms base = { .n = 0 };
    size_t n_found = 0;

    for (size_t pos = 0; pos < N_POS; pos++)
        for (size_t k = 0; k < TW_ARRAY_LEN(detachments[pos]); k++) {
            const struct detachment *d = &detachments[pos][k];
            size_t n = ending_len(d);

            if (n == 0 || word.n < n || strcmp(d->ending, "ves") == 0 ||
                memcmp(word.s + word.n - n, d->ending, n) != 0)
                continue;
            base.n = 0;
            if (!add_form(&base, (struct tw_piece){ word.s, word.n - n },
                          (struct tw_piece){ d->base, strlen(d->base) }))
                continue;
            TW_TRY(take_numbers(
                w, (struct tw_piece){ base.items[0].s, base.items[0].n },
                &n_found, sink, err));
            if (n_found > 0)
                return TW_OK;
        }
    return TW_OK;
}

/* METEOR 1.5's way to a word: the word, then its exceptions of all parts of
 * speech, and only without those the first base form that is known. */
static enum tw_status take_word(const struct tw_wordnet *w,
                                struct tw_piece word,
                                const struct tw_wordnet_numbers *sink,
                                struct tw_err *err)
{
    size_t n_found = 0;
    bool exception = false;

    TW_TRY(take_numbers(w, word, &n_found, sink, err));
    for (size_t pos = 0; pos < N_POS; pos++) {
        struct line l;

        if (!find(&l, &w->exc[pos], word))
            continue;
        exception = true;
        while (l.at < l.end)
            TW_TRY(take_numbers(w, field(&l), &n_found, sink, err));
    }
    if (exception || word.n <= 2 ||
        (word.s[word.n - 1] == 's' && word.s[word.n - 2] == 's'))
        return TW_OK;
    return take_first_base(w, word, sink, err);
}

enum tw_status tw_wordnet_synsets(const struct tw_wordnet *w,
                                  struct tw_piece word,
                                  const struct tw_wordnet_numbers *sink,
                                  struct tw_err *err)
{
    if (word.n == 0 || word.n > FORM_MAX)
        return TW_OK;
    return check_maps(w, take_word(w, word, sink, err), err);
}
