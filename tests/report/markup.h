/*
 * markup.h - is this text well-formed markup?  A small checker of tags,
 * attributes, references and bytes, enough to catch what an escaping mistake
 * would break; it reads HTML with its void elements, or XML.
 */
#ifndef TW_TESTS_MARKUP_H
#define TW_TESTS_MARKUP_H

#include "base/utf8.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { MARKUP_DEPTH = 64, MARKUP_NAME = 32 };

struct markup {
    const char *s;
    size_t n, at;
    bool html;
    char stack[MARKUP_DEPTH][MARKUP_NAME];
    size_t depth, deepest;
    const char *fault; /* NULL while all is well */
};

static bool markup_fail(struct markup *m, const char *fault)
{
    m->fault = m->fault ? m->fault : fault;
    return false;
}

static bool markup_starts(const struct markup *m, const char *text)
{
    size_t n = strlen(text);

    return m->n - m->at >= n && memcmp(m->s + m->at, text, n) == 0;
}

static bool markup_name(struct markup *m, char name[MARKUP_NAME])
{
    size_t n = 0;

    while (m->at < m->n && n + 1 < MARKUP_NAME &&
           strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                  "0123456789-:",
                  m->s[m->at]))
        name[n++] = m->s[m->at++];
    name[n] = '\0';
    return n > 0 || markup_fail(m, "name expected");
}

/* "&amp;", "&#39;": a reference that ends. */
static bool markup_reference(struct markup *m)
{
    const char *end = memchr(m->s + m->at, ';', m->n - m->at);
    size_t n = end ? (size_t)(end - m->s) - m->at : 0;

    if (n < 2 || n > 8)
        return markup_fail(m, "bare ampersand");
    m->at += n + 1;
    return true;
}

static bool markup_value(struct markup *m)
{
    if (m->at >= m->n || m->s[m->at] != '"')
        return markup_fail(m, "quote expected");
    for (m->at++; m->at < m->n && m->s[m->at] != '"';) {
        if (m->s[m->at] == '<')
            return markup_fail(m, "'<' in an attribute");
        if (m->s[m->at] != '&')
            m->at++;
        else if (!markup_reference(m))
            return false;
    }
    m->at++;
    return m->at <= m->n || markup_fail(m, "open attribute");
}

static bool markup_void(const struct markup *m, const char *name)
{
    return m->html && (strcmp(name, "meta") == 0 || strcmp(name, "br") == 0 ||
                       strcmp(name, "wbr") == 0);
}

static bool markup_open(struct markup *m, const char *name)
{
    char attribute[MARKUP_NAME];

    while (m->at < m->n) {
        while (m->at < m->n && strchr(" \n", m->s[m->at]))
            m->at++;
        if (markup_starts(m, "/>")) {
            m->at += 2;
            return true;
        }
        if (markup_starts(m, ">")) {
            m->at++;
            if (markup_void(m, name))
                return true;
            if (m->depth == MARKUP_DEPTH)
                return markup_fail(m, "too deep");
            strcpy(m->stack[m->depth++], name);
            m->deepest = m->depth > m->deepest ? m->depth : m->deepest;
            return true;
        }
        if (!markup_name(m, attribute))
            return false;
        if (!markup_starts(m, "=")) {
            if (!m->html)
                return markup_fail(m, "attribute without a value");
            continue;
        }
        m->at++;
        if (!markup_value(m))
            return false;
    }
    return markup_fail(m, "open tag");
}

static bool markup_tag(struct markup *m)
{
    char name[MARKUP_NAME];
    bool end = markup_starts(m, "</");

    m->at += end ? 2 : 1;
    if (!markup_name(m, name))
        return false;
    if (!end)
        return markup_open(m, name);
    if (m->depth == 0 || strcmp(m->stack[m->depth - 1], name) != 0)
        return markup_fail(m, "end of another element");
    m->depth--;
    if (!markup_starts(m, ">"))
        return markup_fail(m, "odd end tag");
    m->at++;
    return true;
}

static bool markup_characters(struct markup *m)
{
    if (!tw_utf8_valid(m->s, m->n))
        return markup_fail(m, "invalid UTF-8");
    for (size_t i = 0; i < m->n; i++)
        if ((unsigned char)m->s[i] < ' ' && m->s[i] != '\n' && m->s[i] != '\t')
            return markup_fail(m, "control character");
    return true;
}

/* NULL when the text is well formed. */
static const char *markup_fault(const char *s, size_t n, bool html)
{
    struct markup m = { .s = s, .n = n, .html = html };
    const char *head = html ? "<!DOCTYPE html>\n"
                            : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

    if (!markup_characters(&m))
        return m.fault;
    if (!markup_starts(&m, head))
        return "no head";
    m.at = strlen(head);
    while (m.at < n && !m.fault) {
        if (s[m.at] == '<')
            (void)markup_tag(&m);
        else if (s[m.at] == '&')
            (void)markup_reference(&m);
        else if (s[m.at] == '>' && m.depth &&
                 strcmp(m.stack[m.depth - 1], "style") != 0)
            (void)markup_fail(&m, "bare '>'");
        else
            m.at++;
    }
    if (!m.fault && m.depth)
        return "open element at the end";
    return m.fault;
}

#endif /* TW_TESTS_MARKUP_H */
