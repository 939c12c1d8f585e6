/*
 * porter.c - the Porter stemmer, as NLTK changed it (mode NLTK_EXTENSIONS).
 *
 * The steps have the names of the paper: M. F. Porter, "An algorithm for
 * suffix stripping", Program 14 (1980). A word is one byte per character here;
 * what is not ASCII is a byte above 127 that no rule names, and thus a
 * consonant.
 */
#include "text/porter.h"

#include "text/stem_priv.h"

#include <string.h>

#include "base/banned.h"

/* strchr() finds the end of a string too: hence the looks at NUL. */
static bool is_consonant(const struct tw_stem *w, size_t i)
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

/* Of the first n characters: changes from vowels to consonants, the paper's
 * m in [C](VC)^m[V]. One pass, because asking is_consonant() for each would
 * make runs of y quadratic. */
static size_t measure(const struct tw_stem *w, size_t n)
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

static bool has_vowel(const struct tw_stem *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_consonant(w, i))
            return true;
    return false;
}

/* Porter's *o: consonant, vowel, consonant that is not w, x, y; NLTK also
 * takes a vowel and a consonant that are all. */
static bool ends_cvc(const struct tw_stem *w, size_t n)
{
    if (n == 2)
        return !is_consonant(w, 0) && is_consonant(w, 1);
    return n >= 3 && is_consonant(w, n - 3) && !is_consonant(w, n - 2) &&
           is_consonant(w, n - 1) && !strchr("wxy", w->s[n - 1]);
}

/* The first rule whose suffix fits decides, also when the rest of the word is
 * too short for it.  Returns that rule when it changed the word. */
static const struct tw_stem_rule *apply(struct tw_stem *w,
                                        const struct tw_stem_rule *rules,
                                        size_t n_rules, size_t m_min)
{
    for (size_t i = 0; i < n_rules; i++) {
        size_t n = strlen(rules[i].suffix);

        if (!tw_stem_ends(w, rules[i].suffix))
            continue;
        if (measure(w, w->n - n) < m_min)
            return NULL;
        tw_stem_change(w, n, rules[i].to);
        return &rules[i];
    }
    return NULL;
}

/* Plurals. NLTK: "dies" gives "die", not "di". */
static void step_1a(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "sses", "ss" },
        { "ies", "i" },
        { "ss", "ss" },
        { "s", "" },
    };

    if (w->n == 4 && tw_stem_ends(w, "ies"))
        tw_stem_change(w, 1, "");
    else
        apply(w, rules, TW_ARRAY_LEN(rules), 0);
}

/* After -ed or -ing went: hoping -> hop -> hope, hopping -> hopp -> hop. */
static void mend(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = { { "at", "ate" },
                                                 { "bl", "ble" },
                                                 { "iz", "ize" } };
    size_t n = w->n;

    if (apply(w, rules, TW_ARRAY_LEN(rules), 0))
        return;
    if (n >= 2 && w->s[n - 1] == w->s[n - 2] && is_consonant(w, n - 1)) {
        if (!strchr("lsz", w->s[n - 1]))
            w->n--;
    } else if (measure(w, n) == 1 && ends_cvc(w, n)) {
        tw_stem_change(w, 0, "e");
    }
}

/* Past tenses and participles. NLTK: "died" gives "die", "spied" gives
 * "spi". */
static void step_1b(struct tw_stem *w)
{
    size_t cut;

    if (tw_stem_ends(w, "ied")) {
        size_t cut_ied = 2;
        if (w->n == 4)
            cut_ied = 1;
        tw_stem_change(w, cut_ied, "");
        return;
    }
    if (tw_stem_ends(w, "eed")) {
        if (measure(w, w->n - 3) > 0)
            tw_stem_change(w, 1, "");
        return;
    }
    if (tw_stem_ends(w, "ed"))
        cut = 2;
    else if (tw_stem_ends(w, "ing"))
        cut = 3;
    else
        return;
    if (!has_vowel(w, w->n - cut))
        return;
    tw_stem_change(w, cut, "");
    mend(w);
}

/* NLTK asks for a consonant in front, Porter for a vowel anywhere. */
static void step_1c(struct tw_stem *w)
{
    if (tw_stem_ends(w, "y") && w->n > 2 && is_consonant(w, w->n - 2))
        w->s[w->n - 1] = 'i';
}

/* Double suffixes; "fulli", "logi" and the rule for "alli" are NLTK's. */
static void step_2(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "ational", "ate" }, { "tional", "tion" }, { "enci", "ence" },
        { "anci", "ance" },   { "izer", "ize" },    { "bli", "ble" },
        { "alli", "al" },     { "entli", "ent" },   { "eli", "e" },
        { "ousli", "ous" },   { "ization", "ize" }, { "ation", "ate" },
        { "ator", "ate" },    { "alism", "al" },    { "iveness", "ive" },
        { "fulness", "ful" }, { "ousness", "ous" }, { "aliti", "al" },
        { "iviti", "ive" },   { "biliti", "ble" },  { "fulli", "ful" },
    };

    while (tw_stem_ends(w, "alli") && measure(w, w->n - 4) > 0)
        tw_stem_change(w, 2, "");
    if (tw_stem_ends(w, "logi")) {
        if (measure(w, w->n - 3) > 0)
            tw_stem_change(w, 1, "");
        return;
    }
    apply(w, rules, TW_ARRAY_LEN(rules), 1);
}

/* Suffixes like -ic-, -full, -ness. */
static void step_3(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "icate", "ic" }, { "ative", "" },  { "alize", "al" },
        { "iciti", "ic" }, { "ical", "ic" }, { "ful", "" },
        { "ness", "" },
    };

    apply(w, rules, TW_ARRAY_LEN(rules), 1);
}

/* -ant, -ence and their like go from long words. */
static void step_4(struct tw_stem *w)
{
    static const struct tw_stem_rule before_ion[] = {
        { "al", "" },    { "ance", "" }, { "ence", "" }, { "er", "" },
        { "ic", "" },    { "able", "" }, { "ible", "" }, { "ant", "" },
        { "ement", "" }, { "ment", "" }, { "ent", "" },
    };
    static const struct tw_stem_rule after_ion[] = {
        { "ou", "" },  { "ism", "" }, { "ate", "" }, { "iti", "" },
        { "ous", "" }, { "ive", "" }, { "ize", "" },
    };

    if (tw_stem_ends(w, "ion")) {
        size_t n = w->n - 3;

        if (n > 0 && measure(w, n) > 1 && strchr("st", w->s[n - 1]))
            tw_stem_change(w, 3, "");
        return;
    }
    /* No suffix of one list ends another list's: the order is kept. */
    if (!apply(w, before_ion, TW_ARRAY_LEN(before_ion), 2))
        apply(w, after_ion, TW_ARRAY_LEN(after_ion), 2);
}

static void step_5(struct tw_stem *w)
{
    if (tw_stem_ends(w, "e")) {
        size_t m = measure(w, w->n - 1);

        if (m > 1 || (m == 1 && !ends_cvc(w, w->n - 1)))
            tw_stem_change(w, 1, "");
    }
    if (tw_stem_ends(w, "ll") && measure(w, w->n - 1) > 1)
        tw_stem_change(w, 1, "");
}

/* Words with a stem of their own: pairs of word and stem. */
static const char *irregular(struct tw_piece word)
{
    static const struct tw_stem_rule words[] = {
        { "skies", "sky" },        { "sky", "sky" },
        { "dying", "die" },        { "lying", "lie" },
        { "tying", "tie" },        { "news", "news" },
        { "innings", "inning" },   { "inning", "inning" },
        { "outings", "outing" },   { "outing", "outing" },
        { "cannings", "canning" }, { "canning", "canning" },
        { "howe", "howe" },        { "proceed", "proceed" },
        { "exceed", "exceed" },    { "succeed", "succeed" },
    };

    return tw_stem_of(words, TW_ARRAY_LEN(words), word);
}

/* One byte per character; false: too long, the word is its own stem. */
static bool load(struct tw_stem *w, struct tw_piece word)
{
    w->n = 0;
    for (size_t i = 0; i < word.n;) {
        uint32_t code;

        if (w->n == TW_STEM_MAX)
            return false;
        i += tw_text_next(word.s + i, word.n - i, &code);
        if (code >= 0x80) /* any byte that no rule knows */
            code = 0x80 | code % 127;
        w->s[w->n++] = (char)code;
    }
    return true;
}

/* What the rules left of the beginning, in the bytes of the word, and what
 * they put behind it. */
static enum tw_status store(struct tw_piece *stem, struct tw_arena *a,
                            struct tw_piece word, const struct tw_stem *w,
                            struct tw_err *err)
{
    char *s = tw_arena_alloc(a, word.n + TW_STEM_GROWTH, 1);
    size_t n = 0, k = 0;

    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a stem");
    for (size_t i = 0; k < w->n && i < word.n; k++) {
        uint32_t code;
        size_t len = tw_text_next(word.s + i, word.n - i, &code);

        if (code < 0x80) { /* may have been rewritten */
            s[n++] = w->s[k];
        } else {
            memcpy(s + n, word.s + i, len);
            n += len;
        }
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
    struct tw_stem w;

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
