/*
 * extract_js.c - a JavaScript module as a script.
 *
 * Candidates and tests are one script, in which "import" and "export" are
 * errors.  So the keywords of modules are put away: what is exported is defined
 * all the same, and an import becomes a require().
 */
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

static const char *line_end(const char *p, const char *end)
{
    const char *eol = memchr(p, '\n', (size_t)(end - p));
    if (!eol)
        return end;
    return eol;
}

/* Is the token the first of its line? */
static bool starts_line(const struct tw_braces *b, const char *text)
{
    const char *p = b->at;
    while (p > text && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p == text || p[-1] == '\n' || p[-1] == ';';
}

/* Where a declaration goes on behind "export", "export default"; for a list of
 * names or one name alone the end of the line. */
static const char *behind_export(struct tw_braces b)
{
    static const char *const words[] = { "const", "let",   "var",    "function",
                                         "class", "async", "default" };
    for (size_t looks = 0; looks < 2 && tw_braces_next(&b); looks++)
        for (size_t i = 0; i < TW_ARRAY_LEN(words); i++)
            if (tw_braces_is(&b, words[i]) && strcmp(words[i], "default") != 0)
                return b.at;
    return line_end(b.at, b.end);
}

/* What an import binds, as the left side of a declaration: braces with "as"
 * written ":", "* as x" as x, a name as it is. */
static void add_names(struct tw_buf *b, const char *p, const char *end)
{
    bool braces = memchr(p, '{', (size_t)(end - p)) != NULL;

    while (p < end) {
        size_t n = 0;
        while (p + n < end && !strchr(" \t\n{},*", p[n]))
            n++;
        if (n == 2 && memcmp(p, "as", 2) == 0)
            tw_buf_adds(b, braces ? ":" : "");
        else if (n || *p != '*')
            tw_buf_add(b, p, n + (n == 0));
        p += n + (n == 0);
    }
}

/* import NAMES from "module"; returns where the text goes on, or NULL when it
 * is written otherwise. */
static const char *add_import(struct tw_buf *out, struct tw_braces b)
{
    const char *names = b.next, *from = NULL;
    struct tw_buf left;

    while (!from && tw_braces_next(&b) && *b.at != ';' && *b.at != '(')
        if (tw_braces_is(&b, "from"))
            from = b.at;
    if (!from)
        return NULL;
    const char *eol = line_end(b.next, b.end), *module = b.next;
    while (module < eol && !strchr("\"'", *module))
        module++;
    const char *close = NULL;
    if (module < eol)
        close = memchr(module + 1, *module, (size_t)(eol - module - 1));
    if (!close)
        return NULL;
    tw_buf_init(&left, out->limit);
    while (from > names && strchr(" \t\n", from[-1]))
        from--;
    add_names(&left, names, from);
    const char *bound = tw_buf_text(&left);
    bound += strspn(bound, " \t\n");
    tw_buf_addf(out, "const %s = require(", bound);
    tw_buf_add(out, module, (size_t)(close + 1 - module));
    tw_buf_addc(out, ')');
    tw_buf_release(&left);
    return close + 1;
}

void tw_extract_js_plain(struct tw_buf *out, const char *code, size_t n)
{
    const char *end = code + n, *from = code;
    struct tw_braces b;

    b = tw_braces_of(from, (size_t)(end - from), TW_LANG_JS);
    while (tw_braces_next(&b)) {
        const char *next = NULL;
        bool outer = b.depth == 0 && starts_line(&b, code);
        if (!outer || b.at < from)
            continue;
        bool exports = tw_braces_is(&b, "export");
        if (!exports && !tw_braces_is(&b, "import"))
            continue;
        tw_buf_add(out, from, (size_t)(b.at - from));
        from = b.at;
        if (exports)
            next = behind_export(b);
        else
            next = add_import(out, b);
        if (next)
            from = next;
    }
    tw_buf_add(out, from, (size_t)(end - from));
}
