/*
 * fences.c - where the blocks of code in an answer begin and end.
 *
 * Fences are those of CommonMark 4.5, with what models do beside it: a fence
 * behind text in its line opens, one behind code closes where no better one
 * does, a labelled fence inside of a block ends the block, and the answer may
 * stop before the last fence.  Some models write tags instead.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

/* INDENT_MAX: columns by which a closing fence may be deeper than the opening
 * one; a line that is deeper belongs to the code.  NEST_MAX: Markdown in
 * Markdown. */
enum { LABEL_MAX = 40, FENCE_MIN = 3, INDENT_MAX = 3, NEST_MAX = 3, TAB = 4 };

static bool at_text(const char *p, size_t n, const char *text)
{
    size_t len = strlen(text);
    return n >= len && memcmp(p, text, len) == 0;
}

static size_t run_of(const char *p, const char *end)
{
    const char *s = p;
    while (s < end && *s == *p)
        s++;
    return (size_t)(s - p);
}

static const char *line_end(const char *p, const char *end)
{
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    if (!eol)
        return end;
    return eol;
}

static bool is_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\n\f\v\r", p[i]))
            return false;
    return true;
}

/* Is what stands behind the fence of an opening line a label, such as python
 * or {.cpp}?  Else it is code on the same line. */
static bool is_label(const char *p, const char *eol)
{
    if (eol - p > LABEL_MAX)
        return false;
    for (; p < eol; p++) {
        bool word = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9');
        if (!word && !strchr(" \t_+-#.{}=\"", *p))
            return false;
    }
    return true;
}

/* Is the label of the opening line one of these words? */
static bool has_label(const char *p, const char *eol, const char *const *words,
                      size_t n_words)
{
    while (p < eol && (*p == ' ' || *p == '\t'))
        p++;
    for (size_t i = 0; i < n_words; i++) {
        size_t n = strlen(words[i]);
        if (at_text(p, (size_t)(eol - p), words[i]) &&
            is_blank(p + n, (size_t)(eol - p) - n))
            return true;
    }
    return false;
}

static bool is_markdown(const char *p, const char *eol)
{
    static const char *const words[] = { "markdown", "md", "Markdown", "mdx" };
    return has_label(p, eol, words, TW_ARRAY_LEN(words));
}

/* A word that only an opening fence carries: any other text behind a fence may
 * be prose that goes on behind the block. */
static bool is_language(const char *p, const char *eol)
{
    static const char *const words[] = {
        "python", "Python", "python3",    "py",     "c",    "cpp",       "c++",
        "java",   "Java",   "javascript", "js",     "go",   "bash",      "sh",
        "shell",  "text",   "txt",        "output", "json", "plaintext",
    };
    return has_label(p, eol, words, TW_ARRAY_LEN(words));
}

struct tw_fence tw_fence_of_line(const char *line, const char *end)
{
    struct tw_fence f = { 0 };
    const char *p = line;

    for (; p < end && (*p == ' ' || *p == '\t'); p++)
        f.indent += *p == '\t' ? TAB : 1;
    if (p == end || (*p != '`' && *p != '~'))
        return f;
    size_t n = run_of(p, end);
    const char *eol = line_end(p + n, end);
    /* A backtick further on makes it a span of code in a sentence. */
    if (n < FENCE_MIN ||
        (*p == '`' && memchr(p + n, '`', (size_t)(eol - p) - n)))
        return f;
    f.at = p;
    f.n = n;
    f.mark = *p;
    f.bare = is_blank(p + n, (size_t)(eol - p) - n);
    return f;
}

bool tw_fence_closes(const struct tw_fence *open, const struct tw_fence *f)
{
    return f->mark == open->mark && f->n >= open->n &&
           f->indent <= open->indent + INDENT_MAX;
}

/* Length of "[PYTHON]" at p, or of "[/PYTHON]"; 0: something else. */
static size_t tag_len(const char *p, const char *end, bool closing)
{
    static const char *const names[] = { "PYTHON", "CPP",        "C++",
                                         "JAVA",   "JAVASCRIPT", "CODE",
                                         "GOLANG", "TESTS",      "SHELL" };
    size_t skip = 1 + closing, left = (size_t)(end - p);
    if (left < skip || p[0] != '[' || (closing && p[1] != '/'))
        return 0;
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);
        if (at_text(p + skip, left - skip, names[i]) && left > skip + n &&
            p[skip + n] == ']')
            return skip + n + 1;
    }
    return 0;
}

/* Columns in front of p in its line; SIZE_MAX: there is text. */
static size_t columns(const char *p, const char *start)
{
    size_t n = 0;
    while (p > start && (p[-1] == ' ' || p[-1] == '\t'))
        n += *--p == '\t' ? TAB : 1;
    if (p > start && p[-1] != '\n')
        return SIZE_MAX;
    return n;
}

/* The next run of three or more backticks, or at a line start of tildes or a
 * tag. */
static struct tw_fence find_open(const char *p, const char *start,
                                 const char *end)
{
    for (; p < end; p++) {
        size_t n = 0;
        if (*p != '[' && *p != '`' && *p != '~')
            continue;
        size_t indent = columns(p, start);
        bool first = indent != SIZE_MAX;
        if (*p == '[' && first)
            n = tag_len(p, end, false);
        if (*p == '[' && n == 0)
            continue;
        if (*p != '[')
            n = run_of(p, end);
        if (*p == '[' || (n >= FENCE_MIN && (*p == '`' || first)))
            return (struct tw_fence){ p, n, *p, first ? indent : 0, false };
        p += n - 1;
    }
    return (struct tw_fence){ 0 };
}

/* Behind code in its line, and the last thing there: "return x```".  Only one
 * in the line, for two are a span of code. */
static struct tw_fence find_behind_code(const char *p, const char *end,
                                        const struct tw_fence *open)
{
    while (p < end) {
        const char *eol = line_end(p, end), *last = eol;
        while (last > p && is_blank(last - 1, 1))
            last--;
        const char *at = last;
        while (at > p && at[-1] == open->mark)
            at--;
        size_t n = (size_t)(last - at);
        if (n >= open->n && at > p && !is_blank(p, (size_t)(at - p)) &&
            !memchr(p, open->mark, (size_t)(at - p)))
            return (struct tw_fence){ at, n, open->mark, 0, true };
        p = eol + (eol < end);
    }
    return (struct tw_fence){ 0 };
}

/* End of the block that open starts, whose code begins at p.  A labelled fence
 * is the start of the next block, so it is not passed over (n 0). */
static struct tw_fence find_close(const char *p, const char *end,
                                  const struct tw_fence *open, bool same_line)
{
    const char *line = p;
    if (same_line)
        line = line_end(p, end);
    for (line += same_line && line < end; line < end;) {
        struct tw_fence f = tw_fence_of_line(line, end);
        const char *eol = line_end(line, end);
        if (f.n && tw_fence_closes(open, &f)) {
            if (is_language(f.at + f.n, eol))
                f.n = 0;
            return f;
        }
        line = eol + (eol < end);
    }
    return find_behind_code(p, end, open);
}

/* Blocks beyond the most are dropped: the program is in the first ones. */
static void add_block(struct tw_extract_blocks *out, const char *p,
                      const char *end)
{
    /* The blanks in front of the closing fence are not part of the block. */
    while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    size_t n = (size_t)(end - p);
    if (out->n < TW_EXTRACT_BLOCK_MAX && !is_blank(p, n))
        out->blocks[out->n++] = (struct tw_extract_answer){ p, n };
}

static void cut_range(struct tw_extract_blocks *out, const char *start,
                      const char *end, size_t depth);

/* What is between tags is a block, unless fences in there tell better.
 * Returns where to go on. */
static const char *cut_tag(struct tw_extract_blocks *out, const char *start,
                           const char *end, struct tw_fence tag)
{
    const char *body = tag.at + tag.n, *close = body;
    while (close < end && !tag_len(close, end, true))
        close++;
    struct tw_fence inner = find_open(body, start, close);
    if (inner.n && inner.mark != '[')
        return body;
    if (body < close && *body == '\n')
        body++;
    out->open = close == end;
    add_block(out, body, close);
    return close + tag_len(close, end, true); /* 0 at the end */
}

/* Does a line of the block start a block of its own? */
static bool has_inner(const char *p, const char *end)
{
    for (; p < end; p = line_end(p, end) + (line_end(p, end) < end)) {
        struct tw_fence f = tw_fence_of_line(p, end);
        if (f.n && f.indent <= INDENT_MAX)
            return true;
    }
    return false;
}

/* What is behind a fence; returns where to go on. */
static const char *cut_fence(struct tw_extract_blocks *out, const char *end,
                             struct tw_fence f, size_t depth)
{
    const char *body = f.at + f.n, *eol = line_end(body, end);
    const char *span = memchr(body, f.mark, (size_t)(eol - body));
    bool labelled = is_label(body, eol);
    bool nests = is_markdown(body, eol) || f.n > FENCE_MIN;

    if (span && run_of(span, end) >= f.n) { /* opened and closed in a line */
        add_block(out, body, span);
        return span + run_of(span, end);
    }
    if (labelled)
        body = eol + (eol < end);
    struct tw_fence close = find_close(body, end, &f, !labelled);
    out->open = close.at == NULL;
    if (out->open) /* the answer was cut off */
        close.at = end;
    if (nests && depth < NEST_MAX && has_inner(body, close.at))
        cut_range(out, body, close.at, depth + 1);
    else
        add_block(out, body, close.at);
    return close.at + close.n;
}

static void cut_range(struct tw_extract_blocks *out, const char *start,
                      const char *end, size_t depth)
{
    struct tw_fence f = find_open(start, start, end);
    while (f.n && out->n < TW_EXTRACT_BLOCK_MAX) {
        const char *p;
        if (f.mark == '[')
            p = cut_tag(out, start, end, f);
        else
            p = cut_fence(out, end, f, depth);
        f = find_open(p, start, end);
    }
}

/* rest: the prose in front of the first block.  What stands between blocks is
 * prose too, and is dropped. */
void tw_extract_cut(struct tw_extract_blocks *out, const char *text, size_t n)
{
    const char *end = text + n;
    struct tw_fence first = find_open(text, text, end);

    memset(out, 0, sizeof(*out));
    out->rest = (struct tw_extract_answer){ text, n };
    if (first.n)
        out->rest.len = (size_t)(first.at - text);
    cut_range(out, text, end, 0);
}
