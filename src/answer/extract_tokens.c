/*
 * extract_tokens.c - words and braces of C, C++, Java, JavaScript, Go.
 *
 * Nothing is parsed: literals and comments are passed over, braces counted.
 * An answer may be cut off anywhere, so a parser would refuse the very texts
 * that matter here.
 */
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

/* What the lexer has to know.  A language without a row has no literals of its
 * own. */
static enum tw_lex_lang lexer_lang(enum tw_lang lang)
{
    static const enum tw_lex_lang rows[TW_LANG_COUNT] = {
        [TW_LANG_PYTHON] = TW_LEX_PLAIN, [TW_LANG_C] = TW_LEX_PLAIN,
        [TW_LANG_CPP] = TW_LEX_CPP,      [TW_LANG_JS] = TW_LEX_JS,
        [TW_LANG_JAVA] = TW_LEX_JAVA,    [TW_LANG_GO] = TW_LEX_GO,
        [TW_LANG_SHELL] = TW_LEX_PLAIN,
    };
    TW_ASSERT((unsigned)lang < TW_LANG_COUNT);
    return rows[lang];
}

struct tw_braces tw_braces_of(const char *text, size_t n, enum tw_lang lang)
{
    return (struct tw_braces){ .at = text,
                               .next = text,
                               .end = text + n,
                               .lang = lang,
                               .lexer =
                                   tw_lexer_of(text, n, lexer_lang(lang)) };
}

bool tw_braces_next(struct tw_braces *b)
{
    struct tw_lex_token t;
    while (tw_lexer_next(&b->lexer, &t)) {
        if (t.kind == TW_LEX_COMMENT || t.kind == TW_LEX_STRING ||
            t.kind == TW_LEX_CHAR)
            continue;
        b->at = b->lexer.text + t.at;
        b->next = b->at + t.len;
        b->depth += *b->at == '{';
        b->depth -= *b->at == '}' && b->depth > 0;
        return true;
    }
    return false;
}

/* Is the token this word, or this one character? */
bool tw_braces_is(const struct tw_braces *b, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(b->next - b->at) == n && memcmp(b->at, word, n) == 0;
}

/* How many braces are open at the end: more than none means that the answer
 * was cut off, or goes on elsewhere. */
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

/* Behind the brace that closes the body that b is in; NULL: the text ends
 * before. */
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

static enum front front_of(const struct tw_braces *b)
{
    if (tw_braces_is(b, "class"))
        return CLASS;
    if (tw_braces_is(b, "function"))
        return FUNCTION;
    return OTHER;
}

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

/* The first definition of the name. In Java and C++ it may stand one level
 * deep, in a class; elsewhere only outermost. */
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
        front = front_of(&b);
    }
    return false;
}
