/*
 * lang_build.c - how each language is compiled and started: scripts and words.
 *
 * A compiler runs in the jail as everything else does, for its input is
 * untrusted: it has had bugs, and can be made to include any file that it may
 * read.  What it makes leaves by the record pipe as bytes.
 */
#include "lang/lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define MIB ((size_t)1 << 20)

/* In tier B there is no /tmp of its own, and "../lib" is right everywhere. */
#define LIB "../lib"

/* The product leaves by the record pipe; a shell does no more than that, so
 * words need no quoting. */
static const char compile_script[] =
    "LC_ALL=C \"$@\" -o \"$TMPDIR/p\" >&2 && exec cat \"$TMPDIR/p\" >&3";

/* Our driver of the compiler writes a JAR file. */
static const char java_script[] =
    "\"$@\" >&2 && exec cat \"$TMPDIR/p.jar\" >&3";

/* $1: folder of the tools, $2: "" or the main function of a program whose own
 * is no matter, $3...: files.  What is judged lives in a package of its own, as
 * with "go test", so that its functions may have any name, main too. */
static const char go_script[] =
    "t=$1 n=$2 c=" LIB "/importcfg o=$TMPDIR\n"
    "shift 2\n"
    "export GOMAXPROCS=2\n"
    "if [ -z \"$n\" ]; then\n"
    "  \"$t/compile\" -o \"$o/p.o\" -p main -complete -pack -importcfg $c"
    " \"$@\" >&2 || exit 2\n"
    "else\n"
    "  \"$t/compile\" -o \"$o/q.o\" -p zz/judged -complete -pack -importcfg $c"
    " \"$@\" >&2 || exit 2\n"
    "  { cat $c; echo \"packagefile zz/judged=$o/q.o\"; } >\"$o/cfg\"\n"
    "  printf '%s\\n' 'package main' \"$n\" >\"$o/main.go\"\n"
    "  c=$o/cfg\n"
    "  \"$t/compile\" -o \"$o/p.o\" -p main -complete -pack -importcfg $c"
    " \"$o/main.go\" >&2 || exit 3\n"
    "fi\n"
    "\"$t/link\" -o \"$o/p\" -s -w -importcfg $c \"$o/p.o\" >&2 || exit 2\n"
    "exec cat \"$o/p\" >&3\n";

/* The rest of a main package: the test of the package that is judged, or what
 * answers to tests elsewhere. */
static const char go_test[] =
    "import (\n\"testing\"\n\"trialwright/tally\"\njudged \"zz/judged\"\n)\n"
    "func main() { tally.Main(func(t *testing.T) { judged.%s(t) }) }";
static const char go_serve[] =
    "import (\n\"trialwright/peer\"\n_ \"zz/judged\"\n)\n"
    "func main() { peer.Serve() }";

/* "import" or "export" at the start of a line: a module of the new kind. */
static bool is_module(const char *source, size_t n)
{
    const char *end = source + n;

    for (const char *at = source; end - at > 7; at++) {
        if (memcmp(at, "import ", 7) == 0 || memcmp(at, "import{", 7) == 0 ||
            memcmp(at, "export ", 7) == 0)
            return true;
        at = memchr(at, '\n', (size_t)(end - at));
        if (!at)
            break;
    }
    return false;
}

const char *tw_lang_source_name(const struct tw_program *p)
{
    static const char *const names[TW_LANG_COUNT] = {
        "main.py",   "main.c",  "main.cpp", "main.js",
        "Main.java", "main.go", "main.sh",
    };

    if (p->lang == TW_LANG_JS && is_module(p->source, p->source_len))
        return "main.mjs";
    return names[p->lang];
}

/* The user's flags stand last: libraries come after what needs them, and of
 * two -O or -std the last one holds. */
static void words_gnu(struct lang_words *words, const struct lang_tool *tool,
                      const struct tw_program *p, bool lib)
{
    tw_lang_word(words, compile_script);
    tw_lang_word(words, "sh");
    tw_lang_gnu_words(words, tool, p->lang);
    if (lib)
        tw_lang_word(words, "-I" LIB);
    tw_lang_word(words, tw_lang_source_name(p));
    for (size_t i = 0; p->flags && p->flags[i]; i++)
        tw_lang_word(words, p->flags[i]);
    tw_lang_word(words, "-lm");
}

/* Not the ending alone: a file that is called ".java" is no source. */
static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

/* The compiler gets the files beside the program that are of its language,
 * as a build tool would. */
static void add_sources(struct lang_words *words, const struct tw_program *p,
                        const char *ending)
{
    tw_lang_word(words, tw_lang_source_name(p));
    for (size_t i = 0; i < p->n_files; i++)
        if (ends_with(p->files[i].name, ending))
            tw_lang_word(words, p->files[i].name);
}

/* For a machine that lives a second: no profiling, the first compiler only,
 * one thread for garbage. */
static const char *const java_options[] = {
    "-Xshare:auto",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    /* What the machine itself has to say is no output of the program. */
    "-Xlog:disable",
    "-XX:+DisplayVMOutputToStderr",
};

/* ".../bin/javac" -> ".../bin/java" */
static void java_path(char path[LANG_PATH_MAX], const struct lang_tool *tool)
{
    snprintf(path, LANG_PATH_MAX, "%.*s", (int)strlen(tool->path) - 1,
             tool->path);
}

/* Our own driver of the compiler (lang_javac.java), started with the archive of
 * its classes: a third less time for each program. */
static void words_java(struct lang_words *words, char path[LANG_PATH_MAX],
                       const struct lang_tool *tool, const struct tw_program *p)
{
    java_path(path, tool);
    tw_lang_word(words, java_script);
    tw_lang_word(words, "sh");
    tw_lang_word(words, path);
    for (size_t i = 0; i < TW_ARRAY_LEN(java_options); i++)
        tw_lang_word(words, java_options[i]);
    tw_lang_word(words, "-XX:SharedArchiveFile=" LIB "/javac.jsa");
    tw_lang_word(words, "-Xmx512m");
    tw_lang_word(words, "-cp");
    tw_lang_word(words, LIB "/javac.jar");
    tw_lang_word(words, "TwJavac");
    add_sources(words, p, ".java");
}

/* Words that are put together for Go's compiler. */
struct go_room {
    char path[LANG_PATH_MAX];
    char main[512];
};

/* "-test=NAME" and "-serve" of the flags. */
static void words_go(struct lang_words *words, struct go_room *room,
                     const struct lang_tool *tool, const struct tw_program *p)
{
    room->main[0] = '\0';
    for (size_t i = 0; p->flags && p->flags[i]; i++) {
        if (strncmp(p->flags[i], "-test=", 6) == 0)
            snprintf(room->main, sizeof(room->main), go_test, p->flags[i] + 6);
        else if (strcmp(p->flags[i], "-serve") == 0)
            snprintf(room->main, sizeof(room->main), "%s", go_serve);
    }
    tw_lang_go_tools(room->path, tool);
    tw_lang_word(words, go_script);
    tw_lang_word(words, "sh");
    tw_lang_word(words, room->path);
    tw_lang_word(words, room->main);
    add_sources(words, p, ".go");
}

/* As tw_program_run() does, and the source last: it wins over a file of the
 * same name by making the run a fault of the caller. */
static enum tw_status compile(struct tw_langs *langs,
                              const struct tw_program *p, const char *lib,
                              const struct lang_words *words,
                              struct tw_jail_result *r, struct tw_err *err)
{
    struct tw_jail_file files[65];
    struct tw_jail_spec s = { .argv = words->w,
                              .files = files,
                              .limits = p->compile_limits };

    if (lib[0])
        s.lib_folder = lib;
    if (p->compile_limits.wall_s == 0)
        s.limits = tw_lang_limits_compile(p->lang);
    for (size_t i = 0; i < p->n_files; i++)
        files[s.n_files++] = p->files[i];
    files[s.n_files++] = (struct tw_jail_file){ tw_lang_source_name(p),
                                                p->source, p->source_len };
    return tw_jail_run(langs->jail, &s, r, err);
}

static enum tw_status compile_with(struct tw_langs *langs,
                                   const struct tw_program *p, bool all,
                                   struct tw_jail_result *r, struct tw_err *err)
{
    const struct lang_tool *tool = tw_lang_tool(langs, p->lang);
    struct lang_words words = { .n = 0 };
    struct go_room room;
    char lib[LANG_PATH_MAX];

    TW_ASSERT(tool && tw_lang_compiles(p->lang));
    TW_TRY(tw_lang_lib(langs, p, all, lib, err));
    tw_lang_word(&words, "/bin/sh");
    tw_lang_word(&words, "-c");
    if (p->lang == TW_LANG_JAVA)
        words_java(&words, room.path, tool, p);
    else if (p->lang == TW_LANG_GO)
        words_go(&words, &room, tool, p);
    else
        words_gnu(&words, tool, p, lib[0] != '\0');
    if (words.n >= LANG_WORDS_MAX)
        return tw_fail(err, TW_ELIMIT, 0,
                       "cannot compile with %zu words of command", words.n);
    words.w[words.n] = NULL;
    return compile(langs, p, lib, &words, r, err);
}

/* A Go program that imports what few programs do gets all of the library. */
enum tw_status tw_lang_compile(struct tw_langs *langs,
                               const struct tw_program *p,
                               struct tw_jail_result *r, struct tw_err *err)
{
    TW_TRY(compile_with(langs, p, false, r, err));
    if (p->lang != TW_LANG_GO || r->end != TW_END_ERROR ||
        !strstr(tw_buf_text(&r->err), "could not import"))
        return TW_OK;
    tw_jail_result_release(r);
    return compile_with(langs, p, true, r, err);
}

/* Of the flags that the caller gives, some are for the run. */
static bool has_flag(const struct tw_program *p, const char *flag)
{
    for (size_t i = 0; p->flags && p->flags[i]; i++)
        if (strcmp(p->flags[i], flag) == 0)
            return true;
    return false;
}

/* The heap by number, for by itself Java takes a part of the memory of the
 * whole machine. */
static void add_java(struct lang_words *words, struct lang_room *room,
                     const struct lang_tool *tool, const struct tw_program *p,
                     size_t mib)
{
    java_path(room->path, tool);
    snprintf(room->number, sizeof(room->number), "-Xmx%zum", mib);
    tw_lang_word(words, room->path);
    for (size_t i = 0; i < TW_ARRAY_LEN(java_options); i++)
        tw_lang_word(words, java_options[i]);
    tw_lang_word(words, room->number);
    if (has_flag(p, "-ea"))
        tw_lang_word(words, "-ea");
    tw_lang_word(words, "-jar");
    tw_lang_word(words, tw_lang_object_name(p->lang));
}

/* Heaps get three quarters of the memory, so that a language says itself that
 * it is out of it. */
void tw_lang_run_words(struct lang_words *words, struct lang_room *room,
                       const struct lang_tool *tool, const struct tw_program *p)
{
    struct tw_jail_limits limits = p->limits;

    if (limits.wall_s == 0)
        limits = tw_lang_limits(p->lang);
    const size_t mib = limits.mem_bytes / 4 * 3 / MIB;

    if (p->lang == TW_LANG_JAVA) {
        add_java(words, room, tool, p, mib);
        return;
    }
    if (tw_lang_compiles(p->lang)) {
        tw_lang_word(words, TW_JAIL_WORK "/main");
        return;
    }
    tw_lang_word(words, tool->path);
    if (p->lang == TW_LANG_JS) {
        snprintf(room->number, sizeof(room->number), "--max-old-space-size=%zu",
                 mib);
        tw_lang_word(words, room->number);
    } else if (p->lang == TW_LANG_PYTHON) {
        tw_lang_word(words, "-s");
        tw_lang_word(words, "-B");
    }
    tw_lang_word(words, tw_lang_source_name(p));
}
