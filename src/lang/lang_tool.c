/*
 * lang_tool.c - find the compilers and interpreters of this host, by trying
 * them in the jail.
 *
 * A tool counts when it runs there and tells its version: one that stands on
 * the host may need files that the jail does not have.
 */
#include "lang/lang_priv.h"

#include "base/arena.h"
#include "base/file.h"
#include "python/pyrun.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

enum { PATTERNS_MAX = 5 };

/* Never what PATH says: wrappers there are slow, and are not inside.  Shell
 * patterns, the better ones first; all are below /usr, which the jail has.
 * Where newest is set, all are asked, and the highest version is taken: people
 * put a new Go beside that of the distribution, which stays behind. */
static const struct {
    const char *version; /* the option that prints it; NULL: none */
    bool newest;
    const char *paths[PATTERNS_MAX];
} places[TW_LANG_COUNT] = {
    [TW_LANG_PYTHON] = { "--version", false, { NULL } },
    [TW_LANG_C] = { "--version",
                    false,
                    { "/usr/bin/gcc", "/usr/local/bin/gcc" } },
    [TW_LANG_CPP] = { "--version",
                      false,
                      { "/usr/bin/g++", "/usr/local/bin/g++" } },
    [TW_LANG_JS] = { "--version",
                     false,
                     { "/usr/bin/node", "/usr/bin/nodejs",
                       "/usr/local/bin/node" } },
    [TW_LANG_JAVA] = { "--version",
                       false,
                       { "/usr/lib/jvm/java-17-openjdk*/bin/javac",
                         "/usr/lib/jvm/*/bin/javac",
                         "/usr/local/*/bin/javac" } },
    [TW_LANG_GO] = { "version",
                     true,
                     { "/usr/local/go*/bin/go", "/usr/lib/go*/bin/go",
                       "/usr/lib/golang/bin/go" } },
    [TW_LANG_SHELL] = { NULL, false, { "/bin/sh" } },
};

/* The version, by running it in the jail; false: it does not run there.  A
 * fault of ours says nothing about the tool: it is looked for again. */
static bool ask_version(struct tw_langs *langs, enum tw_lang lang,
                        struct lang_tool *tool)
{
    const char *argv[] = { tool->path, places[lang].version, NULL };
    struct tw_jail_spec s = { .argv = argv, .limits = tw_lang_limits(lang) };
    struct tw_jail_result r;

    tw_jail_result_init(&r);
    enum tw_status st = tw_jail_run(langs->jail, &s, &r, NULL);
    bool good = st == TW_OK && r.end == TW_END_PASS;
    tool->unsure |= st != TW_OK || r.end == TW_END_HARNESS;
    const char *text = tw_buf_text(&r.out);
    size_t n = strcspn(text, "\n");
    if (n > 100)
        n = 100;
    snprintf(tool->text, sizeof(tool->text), "%s (%.*s)", tool->path, (int)n,
             text);
    tw_jail_result_release(&r);
    return good;
}

/* On success path and text are set, else path is "". */
static bool try_path(struct tw_langs *langs, enum tw_lang lang,
                     struct lang_tool *tool, const char *path)
{
    if (access(path, X_OK) || strlen(path) >= sizeof(tool->path))
        return false;
    memcpy(tool->path, path, strlen(path) + 1);
    if (!places[lang].version) {
        memcpy(tool->text, path, strlen(path) + 1);
        return true;
    }
    if (ask_version(langs, lang, tool))
        return true;
    tool->path[0] = '\0';
    return false;
}

/* "go version go1.26.8 linux/amd64": 1026008; 0: no such text. */
static long version_of(const struct lang_tool *tool)
{
    const char *at = strstr(tool->text, " go");
    long v = 0;

    while (at && (at[3] < '0' || at[3] > '9'))
        at = strstr(at + 1, " go");
    if (!at)
        return 0;
    at += 3;
    for (int part = 0; part < 3; part++) {
        long n = 0;
        for (; *at >= '0' && *at <= '9' && n < 1000; at++)
            n = n * 10 + *at - '0';
        v = v * 1000 + n % 1000;
        at += *at == '.';
    }
    return v;
}

/* The first that works, or of all that do the newest. */
static void try_paths(struct tw_langs *langs, enum tw_lang lang,
                      struct lang_tool *tool, char *const *paths, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct lang_tool other = { .unsure = false };
        if (tool->path[0] && !places[lang].newest)
            return;
        (void)try_path(langs, lang, &other, paths[k]);
        tool->unsure |= other.unsure;
        if (!other.path[0] ||
            (tool->path[0] && version_of(&other) <= version_of(tool)))
            continue;
        other.unsure = tool->unsure;
        *tool = other;
    }
}

/* Lock held.  "looked" stays false where the jail itself failed: then the
 * next call looks again. */
static void look(struct tw_langs *langs, enum tw_lang lang,
                 struct lang_tool *tool)
{
    const char *python = tw_py_interpreter();
    struct tw_arena a;

    tw_arena_init(&a, (size_t)1 << 20);
    tool->unsure = false;
    if (lang == TW_LANG_PYTHON && python)
        (void)try_path(langs, lang, tool, python);
    for (size_t i = 0; i < PATTERNS_MAX && places[lang].paths[i]; i++) {
        char **paths;
        size_t n = 0;
        if (tw_file_glob(&a, places[lang].paths[i], &paths, &n, NULL) != TW_OK)
            n = 0;
        try_paths(langs, lang, tool, paths, n);
    }
    tw_arena_release(&a);
    tool->looked = tool->path[0] || !tool->unsure;
}

/* The first caller of a language waits for the look. */
const struct lang_tool *tw_lang_tool(struct tw_langs *langs, enum tw_lang lang)
{
    struct lang_tool *tool = &langs->tools[lang];

    pthread_mutex_lock(&langs->lock);
    if (!tool->looked)
        look(langs, lang, tool);
    pthread_mutex_unlock(&langs->lock);
    if (!tool->path[0])
        return NULL;
    return tool;
}

/* For callers from outside, whose language may be none. */
static const struct lang_tool *tool_of(struct tw_langs *langs,
                                       enum tw_lang lang)
{
    if (lang >= TW_LANG_COUNT)
        return NULL;
    return tw_lang_tool(langs, lang);
}

const char *tw_langs_tool(struct tw_langs *langs, enum tw_lang lang)
{
    const struct lang_tool *tool = tool_of(langs, lang);

    if (!tool)
        return NULL;
    return tool->text;
}

const char *tw_langs_path(struct tw_langs *langs, enum tw_lang lang)
{
    const struct lang_tool *tool = tool_of(langs, lang);

    if (!tool)
        return NULL;
    return tool->path;
}
