/*
 * extract_go.c - the imports of a Go program: those it needs, each once.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

enum { IMPORTS_MAX = 48, PATH_LEN = 80, ALIAS_LEN = 32 };

struct import {
    char path[PATH_LEN];
    char alias[ALIAS_LEN]; /* "" none */
};

struct imports {
    struct import items[IMPORTS_MAX];
    size_t n;
};

/* Packages that answers use without saying so. */
static const char *const KNOWN[] = {
    "bufio",      "bytes",        "container/heap", "container/list",
    "crypto/md5", "encoding/hex", "errors",         "fmt",
    "math",       "math/big",     "math/bits",      "math/rand",
    "os",         "regexp",       "sort",           "strconv",
    "strings",    "time",         "unicode",        "unicode/utf8",
};

static const char *line_end(const char *p)
{
    return p + strcspn(p, "\n");
}

/* alias "path", without what stands behind it. */
static void add_spec(struct imports *list, const char *p, const char *eol)
{
    p += strspn(p, " \t");
    const char *open = memchr(p, '"', p < eol ? (size_t)(eol - p) : 0);
    const char *close =
        open ? memchr(open + 1, '"', (size_t)(eol - open - 1)) : NULL;
    if (!close || list->n == IMPORTS_MAX)
        return;
    size_t n_path = (size_t)(close - open - 1), n_alias = (size_t)(open - p);
    while (n_alias && strchr(" \t", p[n_alias - 1]))
        n_alias--;
    if (n_path >= PATH_LEN || n_alias >= ALIAS_LEN || n_path == 0 ||
        memchr(p, '/', n_alias))
        return;
    struct import *item = &list->items[list->n++];
    memset(item, 0, sizeof(*item));
    memcpy(item->path, open + 1, n_path);
    memcpy(item->alias, p, n_alias);
}

/* Collect an import declaration; returns where the text goes on. */
static const char *take_import(struct imports *list, const char *p)
{
    const char *eol = line_end(p);
    p += strlen("import");
    p += strspn(p, " \t");
    if (*p != '(') {
        add_spec(list, p, eol);
        return *eol ? eol + 1 : eol;
    }
    for (p++; *p && *p != ')';) {
        const char *stop = p + strcspn(p, "\n;)");
        add_spec(list, p, stop);
        p = *stop == '\n' || *stop == ';' ? stop + 1 : stop;
    }
    p = *p ? p + 1 : p;
    eol = line_end(p);
    return *eol ? eol + 1 : eol;
}

static bool at_word(const char *p, const char *word)
{
    size_t n = strlen(word);
    return strncmp(p, word, n) == 0 && p[n] && strchr(" \t(\"", p[n]);
}

/* The text without its package line and imports, which go to the list. */
static void split(struct imports *list, struct tw_buf *rest, const char *code)
{
    const char *p = code;
    while (*p) {
        const char *eol = line_end(p);
        const char *next = *eol ? eol + 1 : eol;
        if (at_word(p, "import")) {
            p = take_import(list, p);
        } else if (at_word(p, "package")) {
            p = next;
        } else {
            tw_buf_add(rest, p, (size_t)(next - p));
            p = next;
        }
    }
}

static const char *name_of(const struct import *i)
{
    const char *slash = strrchr(i->path, '/');
    return *i->alias ? i->alias : slash ? slash + 1 : i->path;
}

/* Is "name." somewhere in the code, and no variable of this name? */
static bool is_used(const struct tw_buf *code, const char *name)
{
    struct tw_braces b = tw_braces_of(tw_buf_text(code), code->len, TW_LANG_GO);
    char before = '\0';
    bool used = false;
    while (tw_braces_next(&b)) {
        struct tw_braces look = b;
        if (tw_braces_is(&b, name) && before != '.' && tw_braces_next(&look)) {
            if (*look.at == '=' ||
                (*look.at == ':' && look.next < look.end && *look.next == '='))
                return false;
            used = used || *look.at == '.';
        }
        before = *b.at;
    }
    return used;
}

static bool has(const struct imports *list, size_t n, const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list->items[i].path, path) == 0)
            return true;
    return false;
}

void tw_extract_go_imports(struct tw_buf *b, const char *code,
                           const char *setup)
{
    struct imports list = { .n = 0 }, theirs = { .n = 0 };
    struct tw_buf rest, none;
    tw_buf_init(&rest, b->limit);
    tw_buf_init(&none, b->limit);
    split(&list, &rest, code);
    split(&theirs, &none, setup);
    for (size_t i = 0; i < TW_ARRAY_LEN(KNOWN) && list.n < IMPORTS_MAX; i++) {
        struct import *item = &list.items[list.n];
        if (has(&list, list.n, KNOWN[i]))
            continue;
        memset(item, 0, sizeof(*item));
        memcpy(item->path, KNOWN[i], strlen(KNOWN[i]));
        list.n++;
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct import *item = &list.items[i];
        if (has(&list, i, item->path) || has(&theirs, theirs.n, item->path) ||
            !is_used(&rest, name_of(item)))
            continue;
        tw_buf_addf(b, "import %s%s\"%s\"\n", item->alias,
                    *item->alias ? " " : "", item->path);
    }
    tw_buf_add(b, tw_buf_text(&rest), rest.len);
    b->failed = rest.failed ? rest.failed : b->failed;
    tw_buf_release(&rest);
    tw_buf_release(&none);
}
