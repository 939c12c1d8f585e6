/*
 * lang_lib.c - what a compiler needs and all programs share: a precompiled
 * header, the packages of Go, our driver of javac.
 *
 * Made once, in the jail, by a script, and kept as a folder that every later
 * run sees read-only.  A key is the hash of all that goes in, so that a new
 * compiler or another flag makes a new folder.
 */
#include "lang/lang_priv.h"

#include <stdio.h>
#include <string.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define MIB      ((size_t)1 << 20)
#define PACK_MAX (512 * MIB)

/* Each script writes its pack, "NAME SIZE\n" and bytes, to descriptor 3. */
#define PACK_SH                                                     \
    "put() { printf '%s %s\\n' \"$1\" $(($(wc -c <\"$2\"))) >&3 &&" \
    " cat \"$2\" >&3; }\n"

/* "$@": compiler and flags. */
static const char header_script[] =
    PACK_SH "echo '#include <bits/stdc++.h>' >h.h\n"
            "\"$@\" -x c++-header h.h -o \"$TMPDIR/h.gch\" >&2 || exit 1\n"
            "put bits/stdc++.h.gch \"$TMPDIR/h.gch\"\n";

/* $1: folder of java and javac. */
static const char java_script[] =
    PACK_SH "mkdir \"$TMPDIR/d\"\n"
            "\"$1/javac\" -J-XX:-UsePerfData -d \"$TMPDIR/d\" TwJavac.java"
            " >&2 || exit 1\n"
            "\"$1/jar\" cf \"$TMPDIR/j.jar\" -C \"$TMPDIR/d\" . >&2 || exit 1\n"
            "put javac.jar \"$TMPDIR/j.jar\"\n";

/* The same jar, and beside it the classes of the compiler as the machine has
 * them in memory: a third less time per program. */
static const char archive_script[] =
    PACK_SH "\"$1/java\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
            " -XX:-UsePerfData -XX:ArchiveClassesAtExit=\"$TMPDIR/j.jsa\""
            " -cp ../lib/javac.jar TwJavac Main.java >&2 || exit 1\n"
            "put javac.jar ../lib/javac.jar && put javac.jsa "
            "\"$TMPDIR/j.jsa\"\n";

/* $1: go, $2: its tools, then the packages.  What of the standard library came
 * with Go as objects stays where it is; what had to be compiled is taken along.
 */
static const char go_script[] = PACK_SH
    "go=$1 tools=$2\nshift 2\n"
    "export GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOENV=off"
    " GOCACHE=\"$TMPDIR/gc\" CGO_ENABLED=0 GOMAXPROCS=2\n"
    "\"$go\" list -export -deps -f"
    " '{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}' \"$@\""
    " >list || exit 1\n"
    "n=0\n"
    "while read -r name file; do\n"
    "  case $file in\n"
    "  \"$GOCACHE\"/*)\n"
    "    n=$((n + 1))\n"
    "    echo \"packagefile $name=$file\" >>cfg\n"
    "    echo \"packagefile $name=../lib/p$n.a\" >>importcfg\n"
    "    put p$n.a \"$file\" || exit 1;;\n"
    "  *) echo \"packagefile $name=$file\" | tee -a cfg >>importcfg;;\n"
    "  esac\n"
    "done <list\n"
    "own() {\n"
    "  name=$1\n"
    "  shift\n"
    "  \"$tools/compile\" -o $name.a -p trialwright/$name -complete -pack"
    " -importcfg cfg \"$@\" >&2 || exit 1\n"
    "  put $name.a $name.a || exit 1\n"
    "  echo \"packagefile trialwright/$name=$PWD/$name.a\" >>cfg\n"
    "  echo \"packagefile trialwright/$name=../lib/$name.a\""
    " >>importcfg\n"
    "}\n"
    "own tally tally.go\n"
    "own assert assert.go\n"
    "own peer peer.go value.go\n"
    "put importcfg importcfg\n";

/* What nearly all programs of task sets need; all of the standard library takes
 * four times as long, where it has to be compiled. */
static const char *const go_usual[] = {
    "bufio",
    "bytes",
    "cmp",
    "container/heap",
    "container/list",
    "container/ring",
    "context",
    "crypto/md5",
    "crypto/sha1",
    "crypto/sha256",
    "encoding/hex",
    "encoding/json",
    "encoding/base64",
    "errors",
    "fmt",
    "hash/fnv",
    "io",
    "iter",
    "maps",
    "math",
    "math/big",
    "math/bits",
    "math/cmplx",
    "math/rand",
    "os",
    "reflect",
    "regexp",
    "runtime",
    "runtime/debug",
    "slices",
    "sort",
    "strconv",
    "strings",
    "sync",
    "sync/atomic",
    "testing",
    "text/tabwriter",
    "time",
    "unicode",
    "unicode/utf16",
    "unicode/utf8",
    "unsafe",
};

/* A program as task sets have them: what its compilation loads is what the
 * archive of classes gets. */
static const char java_sample[] =
    "import java.util.*;\nimport java.util.stream.*;\n"
    "class Solution {\n"
    "  List<Integer> even(List<Integer> v) {\n"
    "    return v.stream().filter(x -> x % 2 == 0)"
    ".collect(Collectors.toList());\n  }\n}\n"
    "public class Main {\n  public static void main(String[] a) {\n"
    "    Map<String, Integer> m = new HashMap<>();\n"
    "    for (String s : a) m.merge(s, 1, Integer::sum);\n"
    "    StringBuilder b = new StringBuilder();\n"
    "    b.append(m).append(new Solution().even(Arrays.asList(1, 2)));\n"
    "    if (b.length() == 0) throw new AssertionError(\"x\" + b);\n"
    "    System.out.println(String.format(\"%s\", b));\n  }\n}\n";

/* How a library is made. */
struct recipe {
    const char *kind;
    const char *const *argv; /* NULL-ended */
    const struct tw_jail_file *files;
    size_t n_files;
    const char *lib; /* that it needs itself, or NULL */
    bool optional;   /* without it things are slower: tried once */
    struct tw_jail_limits limits;
};

/* Once per machine, so it may take minutes and a gigabyte. */
static struct tw_jail_limits limits_large(enum tw_lang lang)
{
    struct tw_jail_limits l = tw_lang_limits_compile(lang);

    l.wall_s = 480; /* Go's library, 65 s of CPU on a quick machine */
    l.cpu_s = 300;
    l.mem_bytes = 3072 * MIB;
    l.disk_bytes = 1024 * MIB;
    l.out_bytes = PACK_MAX;
    l.n_files = 512;
    return l;
}

/* The version of the tool is in its text; argv holds the script, so a change
 * of ours makes a new key. */
static void recipe_key(char key[TW_HASH_HEX_SIZE], const struct recipe *r,
                       const struct lang_tool *tool)
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, "trialwright library 1");
    tw_hash_adds(&h, r->kind);
    tw_hash_adds(&h, tool->text);
    for (size_t i = 0; r->argv[i]; i++)
        tw_hash_adds(&h, r->argv[i]);
    for (size_t i = 0; i < r->n_files; i++)
        tw_hash_add(&h, r->files[i].bytes, r->files[i].n);
    tw_hash_hex(&h, key);
}

/* What a full disk or too little memory says comes last, behind what it has
 * broken; else the first line names what is missing. */
static const char *reason(const char *text)
{
    static const char *const signs[] = { "No space left", "no space left",
                                         "annot allocate memory",
                                         "out of memory" };

    for (size_t i = 0; i < TW_ARRAY_LEN(signs); i++) {
        const char *found = strstr(text, signs[i]);
        while (found && found > text && found[-1] != '\n')
            found--;
        if (found)
            return found;
    }
    return text;
}

/* Run the script and unpack what it wrote.  The message keeps the start of
 * what the tool said, since that names what is missing on the host. */
static enum tw_status make(struct tw_langs *langs, const struct recipe *r,
                           const char *key, char path[LANG_PATH_MAX],
                           struct tw_err *err)
{
    struct tw_jail_spec s = { .argv = r->argv,
                              .lib_folder = r->lib,
                              .files = r->files,
                              .n_files = r->n_files,
                              .limits = r->limits };
    struct tw_jail_result run;

    tw_jail_result_init(&run);
    enum tw_status st = tw_jail_run(langs->jail, &s, &run, err);
    if (st == TW_OK && run.end != TW_END_PASS)
        st = tw_fail(err, TW_EIO, 0, "cannot make the %s: %.60s: %.80s",
                     r->kind, run.cause, reason(tw_buf_text(&run.err)));
    if (st == TW_OK)
        st = tw_lang_store_unpack(langs, key, &run.record, path, err);
    tw_jail_result_release(&run);
    return st;
}

/* Also that there is none (path ""): it is not tried again. */
static void remember(struct tw_langs *langs, const char *key, const char *path)
{
    struct lang_lib *l = &langs->libs[langs->n_libs % LANG_LIBS_MAX];

    memcpy(l->key, key, sizeof(l->key));
    memcpy(l->path, path, LANG_PATH_MAX);
    langs->n_libs += langs->n_libs < LANG_LIBS_MAX;
}

/* The folder of a library: known, kept, or made now.  Lock held. */
static enum tw_status get(struct tw_langs *langs, const struct recipe *r,
                          const struct lang_tool *tool,
                          char path[LANG_PATH_MAX], struct tw_err *err)
{
    char key[TW_HASH_HEX_SIZE];

    recipe_key(key, r, tool);
    for (size_t i = 0; i < langs->n_libs; i++)
        if (strcmp(langs->libs[i].key, key) == 0) {
            memcpy(path, langs->libs[i].path, LANG_PATH_MAX);
            if (path[0])
                return TW_OK;
            return tw_fail(err, TW_EIO, 0, "cannot make the %s", r->kind);
        }
    TW_TRY(tw_lang_store_root(langs, err));
    enum tw_status st = TW_OK;
    if (!tw_lang_store_lib(langs, key, path))
        st = make(langs, r, key, path, err);
    if (st != TW_OK && !r->optional)
        return st;
    if (st != TW_OK)
        memset(path, 0, LANG_PATH_MAX);
    remember(langs, key, path);
    return st;
}

/* Flags that change code, not what is linked or included. */
static enum tw_status header(struct tw_langs *langs,
                             const struct lang_tool *tool,
                             const struct tw_program *p,
                             char path[LANG_PATH_MAX], struct tw_err *err)
{
    struct lang_words words = { .n = 0 };

    tw_lang_word(&words, "/bin/sh");
    tw_lang_word(&words, "-c");
    tw_lang_word(&words, header_script);
    tw_lang_word(&words, "sh");
    tw_lang_gnu_words(&words, tool, p->lang);
    for (size_t i = 0; p->flags && p->flags[i]; i++) {
        if (strcmp(p->flags[i], "-include") == 0 && p->flags[i + 1])
            i++;
        else if (p->flags[i][0] == '-' && strncmp(p->flags[i], "-l", 2) != 0)
            tw_lang_word(&words, p->flags[i]);
    }
    if (words.n >= LANG_WORDS_MAX)
        return tw_fail(err, TW_ELIMIT, 0, "cannot compile with %zu flags",
                       words.n);
    words.w[words.n] = NULL;
    struct recipe r = { .kind = "precompiled header",
                        .optional = true,
                        .argv = words.w,
                        .limits = limits_large(p->lang) };
    return get(langs, &r, tool, path, err);
}

/* Two steps: the driver, which is needed, and the archive, which only saves
 * time and which not every machine can make.  argv[2] is the script, changed
 * in place for the second. */
static enum tw_status java(struct tw_langs *langs, const struct lang_tool *tool,
                           char path[LANG_PATH_MAX], struct tw_err *err)
{
    char bin[LANG_PATH_MAX];
    struct tw_jail_file sources[LANG_SOURCES_MAX];
    struct tw_jail_file sample = { "Main.java", java_sample,
                                   strlen(java_sample) };
    const char *argv[] = { "/bin/sh", "-c", java_script, "sh", bin, NULL };
    struct recipe r = { .kind = "Java compiler driver",
                        .argv = argv,
                        .files = sources,
                        .n_files = tw_lang_sources(sources, TW_LANG_JAVA),
                        .limits = limits_large(TW_LANG_JAVA) };

    snprintf(bin, sizeof(bin), "%.*s",
             (int)(strlen(tool->path) - strlen("/javac")), tool->path);
    TW_TRY(get(langs, &r, tool, path, err));
    if (!langs->cache)
        return TW_OK; /* the archive costs more than one program saves */
    char first[LANG_PATH_MAX];
    memcpy(first, path, LANG_PATH_MAX);
    argv[2] = archive_script;
    r.kind = "archive of compiler classes";
    r.files = &sample;
    r.n_files = 1;
    r.lib = first;
    r.optional = true;
    /* A machine that cannot make archives has the driver. */
    if (get(langs, &r, tool, path, NULL) != TW_OK)
        memcpy(path, first, LANG_PATH_MAX);
    return TW_OK;
}

/* Go 1.19 and older bring the standard library as objects, later ones only as
 * source: that is compiled here, once.  Of the usual ones an older Go lacks
 * some: then all that there are. */
static enum tw_status go(struct tw_langs *langs, const struct lang_tool *tool,
                         bool all, char path[LANG_PATH_MAX], struct tw_err *err)
{
    char tools[LANG_PATH_MAX];
    struct tw_jail_file files[LANG_SOURCES_MAX];
    const char *argv[6 + TW_ARRAY_LEN(go_usual) + 1] = {
        "/bin/sh", "-c", go_script, "sh", tool->path, tools, "std"
    };
    struct recipe r = { .kind = "Go packages",
                        .argv = argv,
                        .files = files,
                        .n_files = tw_lang_sources(files, TW_LANG_GO),
                        .limits = limits_large(TW_LANG_GO) };

    tw_lang_go_tools(tools, tool);
    if (!all) {
        memcpy(&argv[6], go_usual, sizeof(go_usual));
        r.optional = true;
        if (get(langs, &r, tool, path, NULL) == TW_OK)
            return TW_OK;
        argv[6] = "std";
        argv[7] = NULL;
        r.optional = false;
    }
    return get(langs, &r, tool, path, err);
}

/* Does a C++ program begin with the one header that pays? */
static bool wants_header(const struct tw_program *p)
{
    static const char name[] = "bits/stdc++.h";

    for (size_t i = 0; p->flags && p->flags[i]; i++)
        if (strcmp(p->flags[i], name) == 0)
            return true;
    const char *at = p->source;
    for (size_t i = 0; i + sizeof(name) <= p->source_len; i++)
        if (at[i] == 'b' && memcmp(at + i, name, sizeof(name) - 1) == 0)
            return true;
    return false;
}

/* The lock is held while a library is made: others that need the same would
 * only make it twice. */
enum tw_status tw_lang_lib(struct tw_langs *langs, const struct tw_program *p,
                           bool all, char path[LANG_PATH_MAX],
                           struct tw_err *err)
{
    const struct lang_tool *tool = tw_lang_tool(langs, p->lang);
    enum tw_status st = TW_OK;

    TW_ASSERT(tool);
    path[0] = '\0';
    pthread_mutex_lock(&langs->lock);
    if (p->lang == TW_LANG_JAVA)
        st = java(langs, tool, path, err);
    else if (p->lang == TW_LANG_GO)
        st = go(langs, tool, all, path, err);
    else if (p->lang == TW_LANG_CPP && langs->cache && wants_header(p) &&
             header(langs, tool, p, path, NULL) != TW_OK)
        path[0] = '\0'; /* slower, and no less right */
    pthread_mutex_unlock(&langs->lock);
    return st;
}
