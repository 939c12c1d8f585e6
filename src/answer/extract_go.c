/*
 * extract_go.c - the imports of a Go program: those it needs, each once.
 *
 * Go refuses a program with an import that is missing, unused or there twice,
 * and a program is put together from an answer and the set's own text.  So all
 * imports are taken out, and those that are used are written anew.
 */
#include "answer/extract.h"
#include "answer/extract_priv.h"

#include <string.h>

#include "base/banned.h"

/* Longer paths and names are none of the standard library. */
enum { IMPORTS_MAX = 48, PATH_LEN = 80, ALIAS_LEN = 32 };

/* import alias "path" */
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

static const char *next_line(const char *eol)
{
    return eol + (*eol != '\0');
}

/* alias "path", without what stands behind it. */
static void add_spec(struct imports *list, const char *p, const char *eol)
{
    p += strspn(p, " \t");
    if (p >= eol || list->n == IMPORTS_MAX)
        return;
    const char *open = memchr(p, '"', (size_t)(eol - p)), *close = NULL;
    if (open)
        close = memchr(open + 1, '"', (size_t)(eol - open - 1));
    if (!close)
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
        return next_line(eol);
    }
    for (p++; *p && *p != ')';) {
        const char *stop = p + strcspn(p, "\n;)");
        add_spec(list, p, stop);
        p = stop + (*stop == '\n' || *stop == ';');
    }
    if (*p)
        p++;
    return next_line(line_end(p));
}

/* At the keyword, and not at a name that begins like it. */
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
        const char *next = next_line(line_end(p));
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

/* As the code calls the package: the last part of its path. */
static const char *name_of(const struct import *i)
{
    const char *slash = strrchr(i->path, '/');
    if (*i->alias)
        return i->alias;
    if (slash)
        return slash + 1;
    return i->path;
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

/* Among the first n: the same package under the same name, for Go allows a
 * package under two. */
static bool has(const struct imports *list, size_t n, const struct import *item)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list->items[i].path, item->path) == 0 &&
            strcmp(list->items[i].alias, item->alias) == 0)
            return true;
    return false;
}

/* Names of a dot import stand alone, so only the compiler can tell whether it
 * is used; "_" is imported for what it does. */
static bool is_needed(const struct tw_buf *code, const struct import *item)
{
    if (strcmp(item->alias, ".") == 0 || strcmp(item->alias, "_") == 0)
        return true;
    return is_used(code, name_of(item));
}

/* setup: text of the set that stands in front; its imports stay there. */
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
        memset(item, 0, sizeof(*item));
        memcpy(item->path, KNOWN[i], strlen(KNOWN[i]));
        list.n += !has(&list, list.n, item);
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct import *item = &list.items[i];
        if (has(&list, i, item) || has(&theirs, theirs.n, item) ||
            !is_needed(&rest, item))
            continue;
        tw_buf_adds(b, "import ");
        if (*item->alias)
            tw_buf_addf(b, "%s ", item->alias);
        tw_buf_addf(b, "\"%s\"\n", item->path);
    }
    tw_buf_add(b, tw_buf_text(&rest), rest.len);
    if (rest.failed)
        b->failed = rest.failed;
    tw_buf_release(&rest);
    tw_buf_release(&none);
}
