/*
 * ice.c - a language model as judge: its question, and the score in its
 * answer.
 *
 * After ICE-Score (Zhuo 2023), in our own words. An answer may be anything: it
 * is read as text, a number counts where it says that it is a score, and
 * nothing of it is ever run.
 */
#include "score/ice.h"

#include <string.h>

#include "base/banned.h"

/* The words of the question; changing one changes what scores mean. */
static const struct aspect {
    const char *name, *title, *word, *question, *levels[TW_ICE_MAX + 1];
} aspects[TW_ICE_ASPECTS] = {
    [TW_ICE_USEFULNESS] = { "usefulness",
                            "Usefulness",
                            "useful",
                            "How much does the code help somebody who has this "
                            "problem?",
                            { "of no help at all; it has nothing to do with "
                              "the problem",
                              "little help; nearly all of it has to be written "
                              "anew",
                              "some help; large parts have to be changed",
                              "much help; small changes make it work",
                              "solves the problem as it stands" } },
    [TW_ICE_CORRECTNESS] = { "correctness",
                             "Functional correctness",
                             "correct",
                             "How much of what is asked for would the code do "
                             "when it is run? Go "
                             "through ordinary and extreme inputs in your "
                             "mind. Only behaviour "
                             "counts, not style.",
                             { "fails for every input, or does not run",
                               "right for a few inputs",
                               "right for about half of the inputs",
                               "right except for rare inputs",
                               "right for all inputs" } },
};

const char *tw_ice_aspect_name(enum tw_ice_aspect aspect)
{
    TW_ASSERT((unsigned)aspect < TW_ICE_ASPECTS);
    return aspects[aspect].name;
}

/* TW_ICE_ASPECTS for an unknown name. */
enum tw_ice_aspect tw_ice_aspect_find(const char *name)
{
    unsigned i = 0;

    while (i < TW_ICE_ASPECTS && strcmp(aspects[i].name, name) != 0)
        i++;
    return (enum tw_ice_aspect)i;
}

/* memmem() is no function of POSIX 2008. */
static bool holds(struct tw_piece text, const char *what, size_t n)
{
    for (size_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.s + i, what, n) == 0)
            return true;
    return false;
}

/* A part between two fences of more tildes than the text has in a row: so
 * the code to judge cannot end its fence and speak for itself. */
static void add_part(struct tw_buf *b, const char *title, struct tw_piece text)
{
    char fence[] = "~~~~~~~~~~~~~~~~~~~~~~~~";
    size_t n = 3;

    while (n + 1 < sizeof(fence) && holds(text, fence, n))
        n++;
    tw_buf_addf(b, "%s:\n%.*s\n", title, (int)n, fence);
    tw_buf_add(b, text.s, text.n);
    if (text.n == 0 || text.s[text.n - 1] != '\n')
        tw_buf_adds(b, "\n");
    tw_buf_addf(b, "%.*s\n\n", (int)n, fence);
}

/* The reference is left out where there is none: judging against nothing is
 * another question than judging against a solution. */
void tw_ice_prompt(struct tw_buf *b, enum tw_ice_aspect aspect,
                   const struct tw_ice_task *task)
{
    const struct aspect *a = &aspects[aspect];

    tw_buf_addf(b,
                "You judge code that a program has written. Judge one thing "
                "only: %s.\n%s\n\nThe scale:\n",
                a->title, a->question);
    for (int i = 0; i <= TW_ICE_MAX; i++)
        tw_buf_addf(b, "%d = %s\n", i, a->levels[i]);
    tw_buf_adds(b, "\n");
    if (task->problem.n)
        add_part(b, "The problem", task->problem);
    if (task->reference.s)
        add_part(b, "A solution that is known to be right", task->reference);
    add_part(b, "The code to judge", task->code);
    tw_buf_addf(b,
                "Answer with one number from 0 to %d and nothing else.\n"
                "%s score: ",
                TW_ICE_MAX, a->title);
}

static char lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c + 32);
    return c;
}

/* Does the line hold the word (lower case), whatever its own case is? */
static bool says(struct tw_piece line, const char *word)
{
    size_t n = strlen(word);

    for (size_t i = 0; i + n <= line.n; i++) {
        size_t k = 0;

        while (k < n && lower(line.s[i + k]) == word[k])
            k++;
        if (k == n)
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
}

static size_t skip_blanks(struct tw_piece line, size_t i)
{
    while (i < line.n && line.s[i] == ' ')
        i++;
    return i;
}

/* Length of what joins two numbers to a scale or a fraction, from i on:
 * "-", "/", "to", "out of", with blanks round it; else 0. Models like to
 * write "Score (0-4): 3" or "3/4". */
static size_t joint(struct tw_piece line, size_t i)
{
    static const char *const joints[] = { "-",  "\xe2\x80\x93", "/",
                                          "to", "out of",       "of" };
    size_t at = skip_blanks(line, i);

    for (size_t k = 0; k < TW_ARRAY_LEN(joints); k++) {
        size_t n = strlen(joints[k]);

        if (at + n > line.n || memcmp(line.s + at, joints[k], n) != 0)
            continue;
        size_t end = skip_blanks(line, at + n);
        if (end < line.n && is_digit(line.s[end]))
            return end - i;
    }
    return 0;
}

/* The number at i, as far as it is one of the scale, else -1; *end is
 * behind it. "10", "-1", "2.5" and "x3" are none. */
static int number_at(struct tw_piece line, size_t i, size_t *end)
{
    bool alone = i == 0 || (!is_word(line.s[i - 1]) && line.s[i - 1] != '.' &&
                            line.s[i - 1] != '-');
    size_t k = i;

    while (k < line.n && is_digit(line.s[k]))
        k++;
    *end = k;
    if (k < line.n &&
        (is_word(line.s[k]) ||
         (line.s[k] == '.' && k + 1 < line.n && is_digit(line.s[k + 1]))))
        alone = false;
    if (!alone || k != i + 1 || line.s[i] > '0' + TW_ICE_MAX)
        return -1;
    return line.s[i] - '0';
}

/* How often a score was named, and when first: the earlier one wins a tie. */
struct votes {
    size_t count[TW_ICE_MAX + 1], first[TW_ICE_MAX + 1], n;
};

static void vote(struct votes *v, int score)
{
    if (score < 0)
        return;
    if (v->count[score]++ == 0)
        v->first[score] = v->n;
    v->n++;
}

/* All scores that a line names. */
static void read_line(struct votes *v, struct tw_piece line)
{
    for (size_t i = 0; i < line.n;) {
        size_t end, gap;

        if (!is_digit(line.s[i])) {
            i++;
            continue;
        }
        int score = number_at(line, i, &end);
        bool scale = false;
        for (; (gap = joint(line, end)) > 0; end = i) {
            size_t at = skip_blanks(line, end);

            /* "3/4" and "3 out of 4" have a score, "0-4" has none. */
            scale = scale || line.s[at] == '-' || line.s[at] == 't' ||
                    (unsigned char)line.s[at] >= 0x80;
            i = end + gap;
            while (i < line.n && is_digit(line.s[i]))
                i++;
        }
        if (!scale)
            vote(v, score);
        i = end;
    }
}

/* A lone number is the score, as was asked for. Chatty answers are searched
 * only in lines that speak of it, or a number of the code would count. */
bool tw_ice_parse(int *score, struct tw_piece answer, enum tw_ice_aspect aspect)
{
    struct tw_piece all = tw_text_strip(answer);
    struct votes v = { .n = 0 };
    size_t start = 0, end;

    *score = 0;
    if (all.n == 0)
        return false;
    int whole = -1;
    if (is_digit(all.s[0]))
        whole = number_at(all, 0, &end);
    if (whole >= 0 && end == all.n) {
        *score = whole;
        return true;
    }
    for (size_t i = 0; i <= all.n; i++) {
        if (i < all.n && all.s[i] != '\n')
            continue;
        struct tw_piece line = { all.s + start, i - start };
        if (says(line, "score") || says(line, aspects[aspect].word))
            read_line(&v, line);
        start = i + 1;
    }
    for (int i = 0; i <= TW_ICE_MAX; i++)
        if (v.count[i] > v.count[*score] ||
            (v.count[i] == v.count[*score] && v.first[i] < v.first[*score]))
            *score = i;
    return v.n > 0;
}
