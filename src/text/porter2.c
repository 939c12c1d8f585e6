/*
 * porter2.c - the English stemmer of the Snowball project ("Porter 2").
 *
 * The steps, the regions R1 and R2 and the lists of words are those of
 * snowballstem.org/algorithms/english/stemmer.html, in the edition that METEOR
 * 1.5 carries. A capital Y is a y that counts as a consonant. Bytes that are
 * not ASCII are consonants.
 */
#include "text/porter2.h"

#include "text/stem_priv.h"

#include <string.h>

#include "base/banned.h"

static bool is_vowel(char c)
{
    return c != '\0' && strchr("aeiouy", c) != NULL;
}

static bool any_vowel(const struct tw_stem *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_vowel(w->s[i]))
            return true;
    return false;
}

/* Characters, not bytes, of the first n bytes. */
static size_t characters(const struct tw_stem *w, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)w->s[i] & 0xc0) != 0x80;
    return count;
}

/* A y behind a vowel, or in front, is a consonant; marked once, so that no
 * step has to look around it. */
static void mark_y(struct tw_stem *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->s[i] == 'y' && (i == 0 || is_vowel(w->s[i - 1])))
            w->s[i] = 'Y';
}

/* Behind the first consonant after a vowel, from a place on. */
static size_t region(const struct tw_stem *w, size_t from)
{
    size_t i = from;

    while (i < w->n && !is_vowel(w->s[i]))
        i++;
    while (i < w->n && is_vowel(w->s[i]))
        i++;
    if (i == w->n)
        return i;
    return i + 1;
}

/* Suffixes go only from within R1 or R2. Three beginnings have a region of
 * their own, or "general" and "generate" would fall together. */
static void mark_regions(struct tw_stem *w)
{
    static const char *const starts[] = { "gener", "commun", "arsen" };

    w->r1 = region(w, 0);
    for (size_t i = 0; i < TW_ARRAY_LEN(starts); i++) {
        size_t n = strlen(starts[i]);

        if (w->n >= n && memcmp(w->s, starts[i], n) == 0)
            w->r1 = n;
    }
    w->r2 = region(w, w->r1);
}

/* The first n bytes end in a short syllable. */
static bool ends_short(const struct tw_stem *w, size_t n)
{
    if (n == 2)
        return is_vowel(w->s[0]) && !is_vowel(w->s[1]);
    return n > 2 && !is_vowel(w->s[n - 1]) && !strchr("wxY", w->s[n - 1]) &&
           is_vowel(w->s[n - 2]) && !is_vowel(w->s[n - 3]);
}

/* ties -> tie, but cries -> cri. */
static void change_ied(struct tw_stem *w)
{
    if (characters(w, w->n - 3) > 1)
        tw_stem_change(w, 3, "i");
    else
        tw_stem_change(w, 3, "ie");
}

/* Genitives and plurals. */
static void step_1a(struct tw_stem *w)
{
    if (tw_stem_ends(w, "'s'"))
        tw_stem_change(w, 3, "");
    else if (tw_stem_ends(w, "'s"))
        tw_stem_change(w, 2, "");
    else if (tw_stem_ends(w, "'"))
        tw_stem_change(w, 1, "");
    if (tw_stem_ends(w, "sses"))
        tw_stem_change(w, 2, "");
    else if (tw_stem_ends(w, "ied") || tw_stem_ends(w, "ies"))
        change_ied(w);
    else if (tw_stem_ends(w, "s") && !tw_stem_ends(w, "us") &&
             !tw_stem_ends(w, "ss") && w->n >= 2 && any_vowel(w, w->n - 2))
        tw_stem_change(w, 1, "");
}

/* Of the doubles only these lose a letter: "hopping", not "falling".
 * strchr() finds a NUL too, hence the last condition. */
static bool ends_double(const struct tw_stem *w)
{
    return w->n >= 2 && w->s[w->n - 1] == w->s[w->n - 2] &&
           strchr("bdfgmnprt", w->s[w->n - 1]) && w->s[w->n - 1];
}

/* Past tense and participle. */
static void step_1b(struct tw_stem *w)
{
    static const char *const cut[] = { "ingly", "edly", "ing", "ed" };
    size_t i = 0;

    if (tw_stem_ends(w, "eedly") || tw_stem_ends(w, "eed")) {
        size_t n = 5;
        if (tw_stem_ends(w, "eed"))
            n = 3;

        if (w->n - n >= w->r1)
            tw_stem_change(w, n, "ee");
        return;
    }
    while (i < TW_ARRAY_LEN(cut) && !tw_stem_ends(w, cut[i]))
        i++;
    if (i == TW_ARRAY_LEN(cut) || !any_vowel(w, w->n - strlen(cut[i])))
        return;
    tw_stem_change(w, strlen(cut[i]), "");
    bool cut_e =
        tw_stem_ends(w, "at") || tw_stem_ends(w, "bl") || tw_stem_ends(w, "iz");
    if (!cut_e && ends_double(w))
        tw_stem_change(w, 1, "");
    else if (cut_e || (w->r1 >= w->n && ends_short(w, w->n)))
        tw_stem_change(w, 0, "e");
}

/* -y becomes -i behind a consonant that is not the first letter: cry ->
 * cri, by -> by, say -> say. */
static void step_1c(struct tw_stem *w)
{
    if (w->n > 2 && (tw_stem_ends(w, "y") || tw_stem_ends(w, "Y")) &&
        !is_vowel(w->s[w->n - 2]))
        tw_stem_change(w, 1, "i");
}

/* What a suffix becomes; the longest that a word ends in decides alone. */
static const struct tw_stem_rule *longest(const struct tw_stem *w,
                                          const struct tw_stem_rule *r,
                                          size_t n)
{
    const struct tw_stem_rule *best = NULL;

    for (size_t i = 0; i < n; i++)
        if (tw_stem_ends(w, r[i].suffix) &&
            (!best || strlen(r[i].suffix) > strlen(best->suffix)))
            best = &r[i];
    return best;
}

/* The byte in front of a suffix; NUL: the suffix is all of the word. */
static char byte_before(const struct tw_stem *w, size_t at)
{
    if (at == 0)
        return '\0';
    return w->s[at - 1];
}

/* Double suffixes, within R1. -ogi goes behind l only, -li behind letters
 * that are a valid ending for it. */
static void step_2(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "tional", "tion" }, { "enci", "ence" },   { "anci", "ance" },
        { "abli", "able" },   { "entli", "ent" },   { "izer", "ize" },
        { "ization", "ize" }, { "ational", "ate" }, { "ation", "ate" },
        { "ator", "ate" },    { "alism", "al" },    { "aliti", "al" },
        { "alli", "al" },     { "fulness", "ful" }, { "ousli", "ous" },
        { "ousness", "ous" }, { "iveness", "ive" }, { "iviti", "ive" },
        { "biliti", "ble" },  { "bli", "ble" },     { "ogi", "og" },
        { "fulli", "ful" },   { "lessli", "less" }, { "li", "" },
    };
    const struct tw_stem_rule *r = longest(w, rules, TW_ARRAY_LEN(rules));

    if (!r)
        return;
    size_t n = strlen(r->suffix), at = w->n - n;
    char before = byte_before(w, at);

    if (at < w->r1 || (strcmp(r->suffix, "ogi") == 0 && before != 'l') ||
        (strcmp(r->suffix, "li") == 0 &&
         (!before || !strchr("cdeghkmnrt", before))))
        return;
    tw_stem_change(w, n, r->to);
}

/* Suffixes like -ical, -ness within R1, -ative within R2. */
static void step_3(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "tional", "tion" }, { "ational", "ate" }, { "alize", "al" },
        { "icate", "ic" },    { "iciti", "ic" },    { "ical", "ic" },
        { "ful", "" },        { "ness", "" },       { "ative", "" },
    };
    const struct tw_stem_rule *r = longest(w, rules, TW_ARRAY_LEN(rules));

    if (!r)
        return;
    size_t n = strlen(r->suffix), at = w->n - n;

    if (at >= w->r1 && (strcmp(r->suffix, "ative") != 0 || at >= w->r2))
        tw_stem_change(w, n, r->to);
}

/* -ance, -ment, -ize and their like within R2; -ion behind s or t only. */
static void step_4(struct tw_stem *w)
{
    static const struct tw_stem_rule rules[] = {
        { "al", "" },   { "ance", "" },  { "ence", "" }, { "er", "" },
        { "ic", "" },   { "able", "" },  { "ible", "" }, { "ant", "" },
        { "ment", "" }, { "ement", "" }, { "ent", "" },  { "ism", "" },
        { "ate", "" },  { "iti", "" },   { "ous", "" },  { "ive", "" },
        { "ize", "" },  { "ion", "" },
    };
    const struct tw_stem_rule *r = longest(w, rules, TW_ARRAY_LEN(rules));

    if (!r)
        return;
    size_t n = strlen(r->suffix), at = w->n - n;
    char before = byte_before(w, at);

    if (at >= w->r2 &&
        (strcmp(r->suffix, "ion") != 0 || before == 's' || before == 't'))
        tw_stem_change(w, n, "");
}

/* A last e, and one of two last l. The word is not empty here. */
static void step_5(struct tw_stem *w)
{
    size_t at = w->n - 1;
    bool e = tw_stem_ends(w, "e") &&
             (at >= w->r2 || (at >= w->r1 && !ends_short(w, at)));

    if (e || (tw_stem_ends(w, "ll") && at >= w->r2))
        tw_stem_change(w, 1, "");
}

/* Words that the rules would treat badly. */
static const char *irregular(struct tw_piece word)
{
    static const struct tw_stem_rule words[] = {
        { "skis", "ski" },      { "skies", "sky" },    { "dying", "die" },
        { "lying", "lie" },     { "tying", "tie" },    { "idly", "idl" },
        { "gently", "gentl" },  { "ugly", "ugli" },    { "early", "earli" },
        { "only", "onli" },     { "singly", "singl" }, { "sky", "sky" },
        { "news", "news" },     { "howe", "howe" },    { "atlas", "atlas" },
        { "cosmos", "cosmos" }, { "bias", "bias" },    { "andes", "andes" },
    };

    return tw_stem_of(words, TW_ARRAY_LEN(words), word);
}

/* Words that are left alone once their plural is off. */
static bool is_final(const struct tw_stem *w)
{
    static const char *const words[] = { "inning",  "outing",  "canning",
                                         "herring", "earring", "proceed",
                                         "exceed",  "succeed" };

    for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
        if (w->n == strlen(words[i]) && tw_stem_ends(w, words[i]))
            return true;
    return false;
}

static void stem(struct tw_stem *w)
{
    if (w->s[0] == '\'') {
        w->n--;
        memmove(w->s, w->s + 1, w->n);
    }
    mark_y(w);
    mark_regions(w);
    step_1a(w);
    if (!is_final(w)) {
        step_1b(w);
        step_1c(w);
        step_2(w);
        step_3(w);
        step_4(w);
        if (w->n > 0)
            step_5(w);
    }
    for (size_t i = 0; i < w->n; i++)
        if (w->s[i] == 'Y')
            w->s[i] = 'y';
}

/* A stem that is the word itself is not copied: most words are. */
enum tw_status tw_porter2_stem(struct tw_piece *out, struct tw_arena *a,
                               struct tw_piece word, struct tw_err *err)
{
    const char *known = irregular(word);
    struct tw_stem w = { .n = word.n };

    *out = word;
    if (known) {
        *out = (struct tw_piece){ known, strlen(known) };
        return TW_OK;
    }
    if (word.n > TW_STEM_MAX || word.n < 3)
        return TW_OK;
    memcpy(w.s, word.s, word.n);
    if (characters(&w, w.n) < 3)
        return TW_OK;
    stem(&w);
    if (w.n == word.n && memcmp(w.s, word.s, w.n) == 0)
        return TW_OK;
    char *s = tw_arena_alloc(a, w.n, 1);
    if (!s)
        return tw_fail(err, TW_ENOMEM, 0, "out of memory for a stem");
    if (w.n)
        memcpy(s, w.s, w.n);
    *out = (struct tw_piece){ s, w.n };
    return TW_OK;
}
