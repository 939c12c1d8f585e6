/*
 * extract_tokens.c - words and braces of C, C++, Java, JavaScript, Go.
 *
 * Nothing is parsed: literals and comments are passed over, braces counted.
 */
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '$';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool starts(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(end - p) >= n && memcmp(p, text, n) == 0;
}

/* End of a literal in quotes; a line end stops it, unless it may span lines. */
static const char *quoted_end(const char *p, const char *end, bool escapes,
                              bool lines)
{
    char quote = *p++;
    while (p < end && *p != quote && (lines || *p != '\n'))
        p += escapes && *p == '\\' && p + 1 < end ? 2 : 1;
    return p < end && *p == quote ? p + 1 : p;
}

/* A regular expression of JavaScript, where no division can be. */
static const char *regex_end(const char *p, const char *end, char before)
{
    const char *s = p + 1;
    bool set = false;
    if (before && !strchr("(,=:[!&|?{};+-*%<>~^", before))
        return p;
    for (; s < end && *s != '\n' && (set || *s != '/'); s++) {
        if (*s == '\\' && s + 1 < end)
            s++;
        else if (*s == '[' || *s == ']')
            set = *s == '[';
    }
    return s < end && *s == '/' ? s + 1 : p;
}

static const char *behind(const char *p, const char *end, const char *text)
{
    while (p < end && !starts(p, end, text))
        p++;
    return p < end ? p + strlen(text) : end;
}

/* What follows a comment or a literal at p; p when there is none.  before is
 * the last character in front of p that counts. */
static const char *pass(const char *p, const char *end, enum tw_lang lang,
                        char before)
{
    if (starts(p, end, "//")) {
        const char *eol = memchr(p, '\n', (size_t)(end - p));
        return eol ? eol : end;
    }
    if (starts(p, end, "/*"))
        return behind(p + 2, end, "*/");
    if (lang == TW_LANG_JAVA && starts(p, end, "\"\"\""))
        return behind(p + 3, end, "\"\"\"");
    if (*p == '"')
        return quoted_end(p, end, true, false);
    if (*p == '\'') /* 1'000 is a number */
        return is_word(before) && lang == TW_LANG_CPP
                   ? p + 1
                   : quoted_end(p, end, true, false);
    if (*p == '`' && (lang == TW_LANG_JS || lang == TW_LANG_GO))
        return quoted_end(p, end, lang == TW_LANG_JS, true);
    if (*p == '/' && lang == TW_LANG_JS)
        return regex_end(p, end, before);
    return p;
}

struct tw_braces tw_braces_of(const char *text, size_t n, enum tw_lang lang)
{
    return (struct tw_braces){
        .at = text, .next = text, .end = text + n, .lang = lang
    };
}

bool tw_braces_next(struct tw_braces *b)
{
    while (b->next < b->end) {
        b->at = b->next;
        const char *next = pass(b->at, b->end, b->lang, b->before);
        if (next > b->at) {
            b->before = *b->at == '/' ? b->before : '"';
            b->next = next;
            continue;
        }
        b->next = b->at + 1;
        if (is_blank(*b->at))
            continue;
        b->before = *b->at;
        if (is_word(*b->at))
            while (b->next < b->end && is_word(*b->next))
                b->next++;
        b->depth += *b->at == '{';
        b->depth -= *b->at == '}' && b->depth > 0;
        return true;
    }
    return false;
}

bool tw_braces_is(const struct tw_braces *b, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(b->next - b->at) == n && memcmp(b->at, word, n) == 0;
}

size_t tw_braces_depth(const char *text, size_t n, enum tw_lang lang)
{
    struct tw_braces b = tw_braces_of(text, n, lang);
    while (tw_braces_next(&b))
        ;
    return b.depth;
}

/* From the token in front of them over the parameters to the brace of a body;
 * false: the statement ends, or goes on otherwise. */
static bool opens_body(struct tw_braces *b, bool params)
{
    size_t round = 0;
    bool type = false; /* "interface{}" is one */
    const char *last = b->next;
    while (tw_braces_next(b)) {
        char c = *b->at;
        bool inner = round > 0;
        bool new_line = memchr(last, '\n', (size_t)(b->at - last)) != NULL;
        last = b->next;
        if (c == ')' && round == 0)
            return false;
        if (new_line && !inner && b->lang == TW_LANG_GO)
            return false; /* Go's statements end there */
        round += c == '(';
        round -= c == ')';
        if (inner || round > 0)
            continue;
        if (c == '{' && !type)
            return true;
        if (c == ';' || (c == '}' && !type))
            return false;
        if (params && b->lang == TW_LANG_JS)
            return false; /* a call, not a function */
        type = c == '{' || tw_braces_is(b, "interface") ||
               tw_braces_is(b, "struct");
    }
    return false;
}

static const char *body_end(struct tw_braces *b)
{
    size_t depth = b->depth - 1;
    while (tw_braces_next(b))
        if (*b->at == '}' && b->depth <= depth)
            return b->next;
    return NULL;
}

static const char *line_start(const char *p, const char *text)
{
    while (p > text && p[-1] != '\n')
        p--;
    return p;
}

enum front { OTHER, CLASS, FUNCTION }; /* the word in front of a name */

/* Does the word that b is at begin a definition?  Then s is at its brace. */
static bool is_definition(const struct tw_braces *b, enum front front,
                          struct tw_braces *s)
{
    *s = *b;
    struct tw_braces look = *b;
    if (front == CLASS)
        return opens_body(s, false);
    if (!tw_braces_next(&look))
        return false;
    if (*look.at == '(' && (b->lang != TW_LANG_JS || front == FUNCTION))
        return opens_body(s, true);
    return b->lang == TW_LANG_JS && *look.at == '=' && opens_body(s, false);
}

bool tw_braces_find(struct tw_braces_def *def, const char *text, size_t n,
                    enum tw_lang lang, const char *name)
{
    struct tw_braces b = tw_braces_of(text, n, lang), s;
    size_t depth_max = lang == TW_LANG_JAVA || lang == TW_LANG_CPP;
    enum front front = OTHER;
    while (tw_braces_next(&b)) {
        if (b.depth <= depth_max && tw_braces_is(&b, name) &&
            is_definition(&b, front, &s)) {
            def->start = line_start(b.at, text);
            def->open = s.at;
            def->end = body_end(&s);
            return true;
        }
        front = tw_braces_is(&b, "class")      ? CLASS
                : tw_braces_is(&b, "function") ? FUNCTION
                                               : OTHER;
    }
    return false;
}
