/*
 * lexer.c - tokens of C and of the languages that look like it.
 *
 * The languages are rows of settings.  A literal that is not closed ends with
 * its line, a comment with the text: so an answer that was cut off in the
 * middle still gives the tokens in front of the cut.
 */
#include "code/lexer.h"

#include "base/status.h"

#include <string.h>

#include "base/banned.h"

struct settings {
    bool directives;  /* a "#" line is one token */
    bool numbers;     /* "1.5e-3" is one token, not five */
    bool operators;   /* "<<=" is one token, not three */
    bool utf8_names;  /* bytes above 127 are letters.  Not in answers: there a
                       * dash of prose may touch a name */
    bool apostrophes; /* a quote that touches a word is none: 1'000 of C++,
                       * and "it's" of prose */
    bool text_blocks; /* Java: three quotes */
    bool regex;       /* JavaScript: a slash may begin a literal */
    bool back_quotes, back_escapes;
    bool lines; /* literals in quotes may go over lines */
    bool whole; /* a literal or comment that does not end is none */
};

static const struct settings settings[TW_LEX_LANGS] = {
    [TW_LEX_C] = { .directives = true,
                   .numbers = true,
                   .operators = true,
                   .utf8_names = true },
    [TW_LEX_C_COMMENTS] = { .lines = true, .whole = true },
    [TW_LEX_PLAIN] = { 0 },
    [TW_LEX_CPP] = { .apostrophes = true },
    [TW_LEX_JAVA] = { .text_blocks = true },
    [TW_LEX_JS] = { .regex = true, .back_quotes = true, .back_escapes = true },
    [TW_LEX_GO] = { .back_quotes = true },
};

struct tw_lexer tw_lexer_of(const char *text, size_t n, enum tw_lex_lang lang)
{
    TW_ASSERT((unsigned)lang < TW_LEX_LANGS);
    return (struct tw_lexer){ .text = text, .n = n, .lang = lang, .line = 1 };
}

static char look(const struct tw_lexer *x, size_t i)
{
    if (i >= x->n - x->at)
        return '\0';
    return x->text[x->at + i];
}

static bool starts(const struct tw_lexer *x, size_t i, const char *text)
{
    size_t n = strlen(text);
    return i + n <= x->n && memcmp(x->text + i, text, n) == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c, const struct settings *set)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '$' || (set->utf8_names && (unsigned char)c >= 0x80);
}

static bool is_word(char c, const struct settings *set)
{
    return is_letter(c, set) || is_digit(c);
}

/* All blanks, and a backslash at the end of a line, which joins it with the
 * next one. */
static void skip_blanks(struct tw_lexer *x)
{
    for (; x->at < x->n; x->at++) {
        char c = x->text[x->at];
        if (c == '\n') {
            x->line++;
            x->line_begun = false;
        } else if (c == '\\' && look(x, 1) == '\n') {
            continue;
        } else if (c != ' ' && (c < '\t' || c > '\r')) {
            return;
        }
    }
}

/* The functions below give the length of what begins at x->at; 0: it is
 * something else. */

/* The length of what goes to the end of the text. */
static size_t unclosed(const struct tw_lexer *x, bool whole)
{
    if (whole)
        return 0;
    return x->n - x->at;
}

/* From here to behind the mark that ends it. */
static size_t until(const struct tw_lexer *x, size_t from, const char *end,
                    bool whole)
{
    for (size_t i = x->at + from; i < x->n; i++)
        if (starts(x, i, end))
            return i + strlen(end) - x->at;
    return unclosed(x, whole);
}

static size_t comment_len(const struct tw_lexer *x, const struct settings *set)
{
    if (look(x, 0) != '/')
        return 0;
    if (look(x, 1) == '*')
        return until(x, 2, "*/", set->whole);
    if (look(x, 1) != '/')
        return 0;
    const char *end = memchr(x->text + x->at, '\n', x->n - x->at);
    if (!end)
        return x->n - x->at;
    return (size_t)(end - x->text) - x->at;
}

/* From a quote to behind its closing one, or to the end of the line. */
static size_t quoted_len(const struct tw_lexer *x, bool escapes, bool lines,
                         bool whole)
{
    char quote = x->text[x->at];
    size_t i = x->at + 1;
    while (i < x->n && x->text[i] != quote && (lines || x->text[i] != '\n'))
        i += 1 + (escapes && x->text[i] == '\\' && i + 1 < x->n);
    if (i < x->n && x->text[i] == quote)
        return i + 1 - x->at;
    if (whole)
        return 0;
    return i - x->at;
}

/* A regular expression stands where no operand ended, else it is a division:
 * the byte in front tells, which is right but for ") /x/" and "return /x/". */
static size_t regex_len(const struct tw_lexer *x)
{
    size_t i = x->at + 1;
    bool set = false; /* in [ ], where a slash ends nothing */
    if (x->before && !strchr("(,=:[!&|?{};+-*%<>~^", x->before))
        return 0;
    for (; i < x->n && x->text[i] != '\n' && (set || x->text[i] != '/'); i++) {
        if (x->text[i] == '\\' && i + 1 < x->n)
            i++;
        else if (x->text[i] == '[' || x->text[i] == ']')
            set = x->text[i] == '[';
    }
    if (i < x->n && x->text[i] == '/')
        return i + 1 - x->at;
    return 0;
}

/* Text blocks first: they begin like a string that is empty. */
static size_t literal_len(const struct tw_lexer *x, const struct settings *set)
{
    char c = look(x, 0);
    if (set->text_blocks && starts(x, x->at, "\"\"\""))
        return until(x, 3, "\"\"\"", false);
    if (c == '\'' && set->apostrophes && x->at > 0 &&
        is_word(x->text[x->at - 1], set))
        return 1;
    if (c == '"' || c == '\'')
        return quoted_len(x, true, set->lines, set->whole);
    if (c == '`' && set->back_quotes)
        return quoted_len(x, set->back_escapes, true, false);
    if (c == '/' && set->regex)
        return regex_len(x);
    return 0;
}

/* To the end of the line, with lines behind a backslash; a comment ends it. */
static size_t directive_len(const struct tw_lexer *x)
{
    size_t i = x->at;
    for (; i < x->n && x->text[i] != '\n'; i++) {
        if (x->text[i] == '\\' && i + 1 < x->n)
            i++;
        else if (starts(x, i, "/*") || starts(x, i, "//"))
            break;
    }
    return i - x->at;
}

/* A sign behind the exponent's letter; but 0xE+1 is a sum. */
static bool is_exponent_sign(const struct tw_lexer *x, size_t i)
{
    char c = x->text[i], before = x->text[i - 1] | 32;
    bool hex = look(x, 0) == '0' && (look(x, 1) | 32) == 'x';
    return (c == '+' || c == '-') && (before == 'p' || (before == 'e' && !hex));
}

static size_t number_len(const struct tw_lexer *x, const struct settings *set)
{
    size_t i = x->at;
    for (; i < x->n; i++) {
        char c = x->text[i];
        bool part =
            set->numbers && (c == '.' || (i > x->at && is_exponent_sign(x, i)));
        if (!is_word(c, set) && !part)
            break;
    }
    return i - x->at;
}

static size_t name_len(const struct tw_lexer *x, const struct settings *set)
{
    size_t i = x->at;
    while (i < x->n && is_word(x->text[i], set))
        i++;
    return i - x->at;
}

/* The longest that fits; those of three bytes stand first. */
static size_t operator_len(const struct tw_lexer *x)
{
    static const char *const longer[] = {
        "...", "<<=", ">>=", "->", "++", "--", "<<", ">>",
        "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
        "*=",  "/=",  "%=",  "&=", "|=", "^=", "##", "::",
    };
    for (size_t i = 0; i < TW_ARRAY_LEN(longer); i++)
        if (starts(x, x->at, longer[i]))
            return strlen(longer[i]);
    return 1;
}

static size_t punct_len(const struct tw_lexer *x, const struct settings *set)
{
    if (set->operators)
        return operator_len(x);
    return 1;
}

static bool begins_number(const struct tw_lexer *x, const struct settings *set)
{
    return is_digit(look(x, 0)) ||
           (set->numbers && look(x, 0) == '.' && is_digit(look(x, 1)));
}

/* The order decides: comments before literals (a "/" may begin a regular
 * expression), directives before everything that could stand in one. */
static void classify(const struct tw_lexer *x, struct tw_lex_token *t)
{
    const struct settings *set = &settings[x->lang];
    if ((t->len = comment_len(x, set))) {
        t->kind = TW_LEX_COMMENT;
    } else if (set->directives && look(x, 0) == '#' && !x->line_begun) {
        t->kind = TW_LEX_DIRECTIVE;
        t->len = directive_len(x);
    } else if ((t->len = literal_len(x, set))) {
        t->kind = TW_LEX_STRING;
        if (look(x, 0) == '\'')
            t->kind = TW_LEX_CHAR;
    } else if (begins_number(x, set)) {
        t->kind = TW_LEX_NUMBER;
        t->len = number_len(x, set);
    } else if (is_letter(look(x, 0), set)) {
        t->kind = TW_LEX_NAME;
        t->len = name_len(x, set);
    } else {
        t->kind = TW_LEX_PUNCT;
        t->len = punct_len(x, set);
    }
}

bool tw_lexer_next(struct tw_lexer *x, struct tw_lex_token *t)
{
    skip_blanks(x);
    if (x->at >= x->n)
        return false;
    *t = (struct tw_lex_token){ .at = x->at, .line = x->line };
    classify(x, t);
    TW_ASSERT(t->len > 0 && t->len <= x->n - x->at);
    if (t->kind != TW_LEX_COMMENT) {
        x->line_begun = true;
        x->before = x->text[t->at];
    }
    for (size_t i = 0; i < t->len; i++)
        x->line += x->text[t->at + i] == '\n';
    x->at += t->len;
    return true;
}
