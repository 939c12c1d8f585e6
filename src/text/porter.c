#include "text/porter.h"

#include <string.h>

#include "base/banned.h"

enum { WORD_MAX = 128, GROWTH = 1 }; /* only a final e is ever added */

/* A word as one byte per character; what is not ASCII is a byte above 127 that
 * no rule names, and thus a consonant. */
struct word {
    char s[WORD_MAX + GROWTH];
    size_t n;
};

static bool is_consonant(const struct word *w, size_t i)
{
    bool y_after_vowel = true; /* for the y that stands first */

    if (w->s[i] != 'y')
        return !strchr("aeiou", w->s[i]) || w->s[i] == '\0';
    /* A y is a vowel after a consonant: a run of y alternates. */
    size_t run = i;
    while (run > 0 && w->s[run] == 'y')
        run--;
    if (w->s[run] != 'y') {
        y_after_vowel = strchr("aeiou", w->s[run]) && w->s[run];
        run++;
    }
    return y_after_vowel == ((i - run) % 2 == 0);
}

/* Of the first n characters: vowel-consonant changes. */
static size_t measure(const struct word *w, size_t n)
{
    bool consonant, vowel_before = false;
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (w->s[i] == 'y')
            consonant = i == 0 || vowel_before;
        else
            consonant = !strchr("aeiou", w->s[i]) || w->s[i] == '\0';
        m += consonant && vowel_before;
        vowel_before = !consonant;
    }
    return m;
}

static bool has_vowel(const struct word *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_consonant(w, i))
            return true;
    return false;
}

/* Porter's *o: consonant, vowel, consonant that is not w, x, y; NLTK also
 * takes a vowel and a consonant that are all. */
static bool ends_cvc(const struct word *w, size_t n)
{
    if (n == 2)
        return !is_consonant(w, 0) && is_consonant(w, 1);
    return n >= 3 && is_consonant(w, n - 3) && !is_consonant(w, n - 2) &&
           is_consonant(w, n - 1) && !strchr("wxy", w->s[n - 1]);
}

static bool ends(const struct word *w, const char *suffix)
{
    size_t n = strlen(suffix);

    return w->n >= n && memcmp(w->s + w->n - n, suffix, n) == 0;
}

static void change(struct word *w, size_t cut, const char *to)
{
    size_t n = strlen(to);

    w->n -= cut;
    TW_ASSERT(w->n + n <= sizeof(w->s));
    memcpy(w->s + w->n, to, n);
    w->n += n;
}

struct rule {
    const char *suffix, *to;
};

/* The first rule whose suffix fits decides, also when the rest of the word is
 * too short for it.  Returns that rule when it changed the word. */
static const struct rule *apply(struct word *w, const struct rule *rules,
                                size_t n_rules, size_t m_min)
{
    for (size_t i = 0; i < n_rules; i++) {
        size_t n = strlen(rules[i].suffix);

        if (!ends(w, rules[i].suffix))
            continue;
        if (measure(w, w->n - n) < m_min)
            return NULL;
        change(w, n, rules[i].to);
        return &rules[i];
    }
    return NULL;
}

static void step_1a(struct word *w)
{
    static const struct rule rules[] = {
        { "sses", "ss" },
        { "ies", "i" },
        { "ss", "ss" },
        { "s", "" },
    };

    if (w->n == 4 && ends(w, "ies"))
        change(w, 1, "");
    else
        apply(w, rules, TW_ARRAY_LEN(rules), 0);
}

/* After -ed or -ing went. */
static void mend(struct word *w)
{
    static const struct rule rules[] = { { "at", "ate" },
                                         { "bl", "ble" },
                                         { "iz", "ize" } };
    size_t n = w->n;

    if (apply(w, rules, TW_ARRAY_LEN(rules), 0))
        return;
    if (n >= 2 && w->s[n - 1] == w->s[n - 2] && is_consonant(w, n - 1)) {
        if (!strchr("lsz", w->s[n - 1]))
            w->n--;
    } else if (measure(w, n) == 1 && ends_cvc(w, n)) {
        change(w, 0, "e");
    }
}

static void step_1b(struct word *w)
{
    size_t cut;

    if (ends(w, "ied")) {
        change(w, w->n == 4 ? 1 : 2, "");
        return;
    }
    if (ends(w, "eed")) {
        if (measure(w, w->n - 3) > 0)
            change(w, 1, "");
        return;
    }
    if (ends(w, "ed"))
        cut = 2;
    else if (ends(w, "ing"))
        cut = 3;
    else
        return;
    if (!has_vowel(w, w->n - cut))
        return;
    change(w, cut, "");
    mend(w);
}

static void step_1c(struct word *w)
{
    if (ends(w, "y") && w->n > 2 && is_consonant(w, w->n - 2))
        w->s[w->n - 1] = 'i';
}

static void step_2(struct word *w)
{
    static const struct rule rules[] = {
        { "ational", "ate" }, { "tional", "tion" }, { "enci", "ence" },
        { "anci", "ance" },   { "izer", "ize" },    { "bli", "ble" },
        { "alli", "al" },     { "entli", "ent" },   { "eli", "e" },
        { "ousli", "ous" },   { "ization", "ize" }, { "ation", "ate" },
        { "ator", "ate" },    { "alism", "al" },    { "iveness", "ive" },
        { "fulness", "ful" }, { "ousness", "ous" }, { "aliti", "al" },
        { "iviti", "ive" },   { "biliti", "ble" },  { "fulli", "ful" },
    };

    while (ends(w, "alli") && measure(w, w->n - 4) > 0)
        change(w, 2, "");
    if (ends(w, "logi")) {
        if (measure(w, w->n - 3) > 0)
            change(w, 1, "");
        return;
    }
    apply(w, rules, TW_ARRAY_LEN(rules), 1);
}

static void step_3(struct word *w)
{
    static const struct rule rules[] = {
        { "icate", "ic" }, { "ative", "" },  { "alize", "al" },
        { "iciti", "ic" }, { "ical", "ic" }, { "ful", "" },
        { "ness", "" },
    };

    apply(w, rules, TW_ARRAY_LEN(rules), 1);
}

static void step_4(struct word *w)
{
    static const struct rule before_ion[] = {
        { "al", "" },    { "ance", "" }, { "ence", "" }, { "er", "" },
        { "ic", "" },    { "able", "" }, { "ible", "" }, { "ant", "" },
        { "ement", "" }, { "ment", "" }, { "ent", "" },
    };
    static const struct rule after_ion[] = {
        { "ou", "" },  { "ism", "" }, { "ate", "" }, { "iti", "" },
        { "ous", "" }, { "ive", "" }, { "ize", "" },
    };

    if (ends(w, "ion")) {
        size_t n = w->n - 3;

        if (n > 0 && measure(w, n) > 1 && strchr("st", w->s[n - 1]))
            change(w, 3, "");
        return;
    }
    /* No suffix of one list ends another list's: the order is kept. */
    if (!apply(w, before_ion, TW_ARRAY_LEN(before_ion), 2))
        apply(w, after_ion, TW_ARRAY_LEN(after_ion), 2);
}

static void step_5(struct word *w)
{
    if (ends(w, "e")) {
        size_t m = measure(w, w->n - 1);

        if (m > 1 || (m == 1 && !ends_cvc(w, w->n - 1)))
            change(w, 1, "");
    }
    if (ends(w, "ll") && measure(w, w->n - 1) > 1)
        change(w, 1, "");
}

/* Words with a stem of their own: pairs of word and stem. */
static const char *irregular(struct tw_piece word)
{
    static const char *const pool[][2] = {
        { "skies", "sky" },        { "sky", "sky" },
        { "dying", "die" },        { "lying", "lie" },
        { "tying", "tie" },        { "news", "news" },
        { "innings", "inning" },   { "inning", "inning" },
        { "outings", "outing" },   { "outing", "outing" },
        { "cannings", "canning" }, { "canning", "canning" },
        { "howe", "howe" },        { "proceed", "proceed" },
        { "exceed", "exceed" },    { "succeed", "succeed" },
    };

    for (size_t i = 0; i < TW_ARRAY_LEN(pool); i++)
        if (strlen(pool[i][0]) == word.n &&
            memcmp(pool[i][0], word.s, word.n) == 0)
            return pool[i][1];
    return NULL;
}

static bool load(struct word *w, struct tw_piece word)
{
    w->n = 0;
    for (size_t i = 0; i < word.n;) {
        uint32_t code;

        if (w->n == WORD_MAX)
            return false;
        i += tw_text_next(word.s + i, word.n - i, &code);
        w->s[w->n++] = (char)(code < 0x80 ? code : 0x80 | code % 127);
    }
    return true;
}

/* What the rules left of the beginning, in the bytes of the word, and what
 * they put behind it. */
static enum tw_status store(struct tw_piece *stem, struct tw_arena *a,
                            struct tw_piece word, const struct word *w,
                            struct tw_err *err)
{
    char *s = tw_arena_alloc(a, word.n + GROWTH, 1);
    size_t n = 0, k = 0;

    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a stem");
    for (size_t i = 0; k < w->n && i < word.n; k++) {
        uint32_t code;
        size_t len = tw_text_next(word.s + i, word.n - i, &code);

        if (code < 0x80) /* may have been rewritten */
            s[n++] = w->s[k];
        else
            memcpy(s + n, word.s + i, len);
        n += code < 0x80 ? 0 : len;
        i += len;
    }
    while (k < w->n)
        s[n++] = w->s[k++];
    *stem = (struct tw_piece){ s, n };
    return TW_OK;
}

enum tw_status tw_porter_stem(struct tw_piece *stem, struct tw_arena *a,
                              struct tw_piece word, struct tw_err *err)
{
    const char *known = irregular(word);
    struct word w;

    *stem = word;
    if (known) {
        *stem = (struct tw_piece){ known, strlen(known) };
        return TW_OK;
    }
    if (!load(&w, word) || w.n <= 2)
        return TW_OK;
    step_1a(&w);
    step_1b(&w);
    step_1c(&w);
    step_2(&w);
    step_3(&w);
    step_4(&w);
    step_5(&w);
    return store(stem, a, word, &w, err);
}
