/*
 * lang_words.c - what is known of each language before a program of it is:
 * names, limits that fit it, the words that command lines begin with.
 *
 * Calls no other file of the room, so that all may call it.
 */
#include "lang/lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define MIB ((size_t)1 << 20)

enum { NAMES_MAX = 5 };

static const struct {
    const char *names[NAMES_MAX];   /* the first is the one we print */
    const char *endings[NAMES_MAX]; /* of file names */
    const char *package;            /* what to install */
} rows[TW_LANG_COUNT] = {
    [TW_LANG_PYTHON] = { { "python", "python3", "py" }, { "py" }, "python3" },
    [TW_LANG_C] = { { "c" }, { "c" }, "gcc" },
    [TW_LANG_CPP] = { { "cpp", "c++", "cxx", "cc" },
                      { "cpp", "cc", "cxx", "C" },
                      "g++" },
    [TW_LANG_JS] = { { "javascript", "js", "node", "nodejs" },
                     { "js", "mjs", "cjs" },
                     "nodejs" },
    [TW_LANG_JAVA] = { { "java" }, { "java" }, "openjdk-17-jdk-headless" },
    [TW_LANG_GO] = { { "go", "golang" }, { "go" }, "golang-go" },
    [TW_LANG_SHELL] = { { "shell", "sh" }, { "sh" }, "dash" },
};

const char *tw_lang_name(enum tw_lang lang)
{
    if (lang >= TW_LANG_COUNT)
        return "unknown";
    return rows[lang].names[0];
}

const char *tw_lang_package(enum tw_lang lang)
{
    return rows[lang].package;
}

/* Task sets spell languages in many ways. */
enum tw_lang tw_lang_find(const char *name)
{
    for (int l = 0; l < TW_LANG_COUNT; l++)
        for (int i = 0; i < NAMES_MAX && rows[l].names[i]; i++)
            if (strcmp(rows[l].names[i], name) == 0)
                return (enum tw_lang)l;
    return TW_LANG_COUNT;
}

/* Not case-blind: ".C" is C++ and ".c" is C, as compilers have it. */
enum tw_lang tw_lang_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash)
        path = slash + 1;
    const char *dot = strrchr(path, '.');
    for (int l = 0; dot && l < TW_LANG_COUNT; l++)
        for (int i = 0; i < NAMES_MAX && rows[l].endings[i]; i++)
            if (strcmp(rows[l].endings[i], dot + 1) == 0)
                return (enum tw_lang)l;
    return TW_LANG_COUNT;
}

/* The others are run from their source. */
bool tw_lang_compiles(enum tw_lang lang)
{
    return lang == TW_LANG_C || lang == TW_LANG_CPP || lang == TW_LANG_JAVA ||
           lang == TW_LANG_GO;
}

const char *tw_lang_object_name(enum tw_lang lang)
{
    if (lang == TW_LANG_JAVA)
        return "main.jar";
    return "main";
}

struct tw_jail_limits tw_lang_limits(enum tw_lang lang)
{
    struct tw_jail_limits l = tw_jail_limits_default();

    /* Threads count as processes: V8 has 4 + 4, Java some 20, Go one for each
     * processor and more for calls that wait. */
    if (lang == TW_LANG_JS || lang == TW_LANG_JAVA || lang == TW_LANG_GO) {
        l.wide_address = true;
        l.n_procs = 64;
    }
    return l;
}

/* Compilers are large but well-behaved; the output is what they make, so it
 * is large too. */
struct tw_jail_limits tw_lang_limits_compile(enum tw_lang lang)
{
    struct tw_jail_limits l = tw_lang_limits(lang);

    l.wall_s = 60;
    l.cpu_s = 40;
    l.mem_bytes = 1024 * MIB;
    l.disk_bytes = 128 * MIB;
    l.out_bytes = 64 * MIB;
    l.n_procs = 32;
    l.n_files = 256;
    if (lang == TW_LANG_CPP) /* templates */
        l.mem_bytes = 2048 * MIB;
    if (lang == TW_LANG_JAVA || lang == TW_LANG_GO) /* threads */
        l.n_procs = 96;
    return l;
}

/* Words past the room are counted and not kept: the caller looks once, at
 * the end. */
void tw_lang_word(struct lang_words *words, const char *word)
{
    if (words->n < LANG_WORDS_MAX - 1)
        words->w[words->n] = word;
    words->n++;
}

/* -O1: most programs run for milliseconds; tasks that run longer add -O2, which
 * comes later and so holds.  No warnings (-w), since nobody reads them. */
void tw_lang_gnu_words(struct lang_words *words, const struct lang_tool *tool,
                       enum tw_lang lang)
{
    tw_lang_word(words, tool->path);
    tw_lang_word(words, "-pipe");
    tw_lang_word(words, "-w");
    tw_lang_word(words, "-O1");
    if (lang == TW_LANG_C)
        tw_lang_word(words, "-std=gnu17");
    else
        tw_lang_word(words, "-std=gnu++17");
}

/* ".../bin/go" -> ".../pkg/tool/linux_amd64": the compiler and the linker
 * themselves.  The go command is made for projects, keeps a cache, and takes
 * longer than they do. */
void tw_lang_go_tools(char path[LANG_PATH_MAX], const struct lang_tool *tool)
{
#if defined(__aarch64__)
    const char *machine = "arm64";
#else
    const char *machine = "amd64";
#endif

    snprintf(path, LANG_PATH_MAX, "%.*s/pkg/tool/linux_%s",
             (int)(strlen(tool->path) - strlen("/bin/go")), tool->path,
             machine);
}
