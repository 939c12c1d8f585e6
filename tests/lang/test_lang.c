/*
 * Programs of each language: one that works, one that does not compile, one
 * that fails; the cache; limits of the compiler.  A language whose compiler is
 * absent is skipped.
 */
#include "lang/lang_priv.h"

#include "../jail/jail_kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

static struct tw_jail *jail;
static struct tw_langs *langs;
static char cache[] = "/tmp/test-lang-XXXXXX";

static bool absent(enum tw_lang lang)
{
    if (langs && tw_langs_tool(langs, lang))
        return false;
    test_skip("no %s here: tools/install-deps.sh bench", tw_lang_name(lang));
    return true;
}

static void run_with(struct tw_langs *l, struct tw_program p,
                     const char *source, struct tw_program_result *r)
{
    struct tw_err err = { 0 };

    p.source = source;
    p.source_len = strlen(source);
    enum tw_status st = tw_program_run(l, &p, r, &err);
    if (st != TW_OK)
        printf("# run: %s\n", err.msg);
    CHECK(st == TW_OK);
}

static void run(enum tw_lang lang, const char *source,
                struct tw_program_result *r)
{
    run_with(langs, (struct tw_program){ .lang = lang }, source, r);
}

static bool says(const struct tw_program_result *r, const char *text)
{
    bool good = r->finding.end == TW_END_PASS && r->compiled &&
                strcmp(tw_buf_text(&r->run.out), text) == 0;

    if (!good)
        printf("# %s %s: %s%s%s\n", tw_end_name(r->finding.end),
               r->finding.text, tw_buf_text(&r->run.out),
               tw_buf_text(&r->run.err), tw_buf_text(&r->build.err));
    return good;
}

static bool found(const struct tw_program_result *r, enum tw_cause cause,
                  int line, const char *text)
{
    const struct tw_finding *f = &r->finding;
    bool good = f->end != TW_END_PASS && f->cause == cause && f->line == line &&
                strstr(f->text, text);

    if (!good)
        printf("# %s %s line %d: '%s' '%s'\n%s\n%s\n", tw_end_name(f->end),
               tw_cause_name(f->cause), f->line, f->type, f->text,
               tw_buf_text(&r->run.err), tw_buf_text(&r->build.err));
    return good;
}

TEST(a_language_is_known_by_its_names_and_by_endings)
{
    CHECK(tw_lang_find("c++") == TW_LANG_CPP);
    CHECK(tw_lang_find("javascript") == TW_LANG_JS);
    CHECK(tw_lang_find("perl") == TW_LANG_COUNT);
    CHECK(tw_lang_of_file("a.b/x.cc") == TW_LANG_CPP);
    CHECK(tw_lang_of_file("a.py/x") == TW_LANG_COUNT);
    CHECK(tw_lang_of_file("x.java") == TW_LANG_JAVA);
    for (int l = 0; l < TW_LANG_COUNT; l++)
        CHECK(tw_lang_find(tw_lang_name((enum tw_lang)l)) == (enum tw_lang)l);
}

/* hello, a program that does not compile, one that fails at line 3. */
struct sample {
    enum tw_lang lang;
    const char *hello;
    const char *wrong;
    const char *wrong_text;
    const char *fails;
    const char *fails_type;
    const char *fails_text;
};

static void sample_check(const struct sample *s)
{
    struct tw_program_result r;

    if (absent(s->lang))
        return;
    tw_program_result_init(&r);
    run(s->lang, s->hello, &r);
    CHECK(says(&r, "hello 6\n"));
    CHECK(!r.cached);
    run(s->lang, s->wrong, &r);
    CHECK(found(&r, TW_CAUSE_SYNTAX, 2, s->wrong_text));
    run(s->lang, s->fails, &r);
    CHECK(found(&r, TW_CAUSE_RUNTIME, 3, s->fails_text));
    CHECK(strcmp(r.finding.type, s->fails_type) == 0);
    tw_program_result_release(&r);
}

TEST(python_runs_and_fails_with_type_text_and_line)
{
    sample_check(&(struct sample){
        TW_LANG_PYTHON, "print('hello', sum([1, 2, 3]))\n",
        "x = 1\nif x = 2:\n    pass\n", "invalid syntax",
        "\ndef f():\n    return [][4]\nf()\n", "IndexError", "out of range" });
}

TEST(shell_runs)
{
    struct tw_program_result r;

    tw_program_result_init(&r);
    run(TW_LANG_SHELL, "echo hello $((1 + 2 + 3))\n", &r);
    CHECK(says(&r, "hello 6\n"));
    tw_program_result_release(&r);
}

TEST(c_compiles_and_runs)
{
    struct tw_program_result r;

    if (absent(TW_LANG_C))
        return;
    tw_program_result_init(&r);
    run(TW_LANG_C,
        "#include <stdio.h>\n#include <math.h>\n"
        "int main(void) { printf(\"hello %g\\n\", sqrt(36)); }\n",
        &r);
    CHECK(says(&r, "hello 6\n"));
    run(TW_LANG_C, "int main(void) {\n return x;\n}\n", &r);
    CHECK(found(&r, TW_CAUSE_SYNTAX, 2, "undeclared"));
    CHECK(!r.compiled);
    run(TW_LANG_C,
        "#include <assert.h>\nint main(void) {\n int a = 1;\n"
        " assert(a == 2);\n}\n",
        &r);
    CHECK(found(&r, TW_CAUSE_ASSERTION, 4, "a == 2"));
    run(TW_LANG_C, "int f(void);\nint main(void) { return f(); }\n", &r);
    CHECK(found(&r, TW_CAUSE_SYNTAX, 0, "undefined reference to"));
    run(TW_LANG_C, "#include <nothing.h>\n", &r);
    CHECK(found(&r, TW_CAUSE_IMPORT, 1, "nothing.h"));
    run(TW_LANG_C, "#include <signal.h>\nint main(void) { raise(SIGSEGV); }\n",
        &r);
    CHECK(found(&r, TW_CAUSE_SIGNAL, 0, "signal 11"));
    run(TW_LANG_C, "int main(void) { return 3; }\n", &r);
    CHECK(found(&r, TW_CAUSE_EXIT, 0, "exit status 3"));
    tw_program_result_release(&r);
}

TEST(cpp_compiles_and_runs)
{
    struct tw_program_result r;

    if (absent(TW_LANG_CPP))
        return;
    tw_program_result_init(&r);
    run(TW_LANG_CPP,
        "#include <cstdio>\nint main() { std::puts(\"hello 6\"); }\n", &r);
    CHECK(says(&r, "hello 6\n"));
    run(TW_LANG_CPP, "int main() {\n return x;\n}\n", &r);
    CHECK(found(&r, TW_CAUSE_SYNTAX, 2, "not declared"));
    run(TW_LANG_CPP,
        "#include <stdexcept>\n"
        "int main() { throw std::out_of_range(\"too far\"); }\n",
        &r);
    CHECK(found(&r, TW_CAUSE_RUNTIME, 0, "too far"));
    CHECK(strcmp(r.finding.type, "std::out_of_range") == 0);
    tw_program_result_release(&r);
}

TEST(javascript_runs_and_fails_with_type_text_and_line)
{
    struct tw_program_result r;

    sample_check(&(struct sample){
        TW_LANG_JS, "console.log('hello', [1, 2, 3].reduce((a, b) => a + b))",
        "let x = 1\nlet y = = 2\n", "Unexpected token",
        "\nfunction f(a) {\n  return a.b.c\n}\nf({})\n", "TypeError",
        "Cannot read properties" });
    if (absent(TW_LANG_JS))
        return;
    tw_program_result_init(&r);
    run(TW_LANG_JS,
        "import { sep } from 'path'\nconsole.log('hello 6')\n"
        "export const a = sep\n",
        &r);
    CHECK(says(&r, "hello 6\n"));
    tw_program_result_release(&r);
}

TEST(java_compiles_and_runs)
{
    sample_check(&(struct sample){
        TW_LANG_JAVA,
        "public class Any { public static void main(String[] a) {\n"
        "  System.out.println(\"hello \" + java.util.List.of(1, 2, 3)"
        ".stream().mapToInt(x -> x).sum()); } }\n",
        "class A {\n  int f() { return \"\"; }\n}\n", "incompatible types",
        "class A {\n  public static void main(String[] a) {\n"
        "    System.out.println(a[0]);\n  }\n}\n",
        "java.lang.ArrayIndexOutOfBoundsException", "Index 0" });
}

TEST(go_compiles_and_runs)
{
    sample_check(&(struct sample){
        TW_LANG_GO,
        "package main\nimport \"fmt\"\n"
        "func main() { fmt.Println(\"hello\", len(\"abcdef\")) }\n",
        "package main\nimport \"fmt\"\nfunc main() {}\n",
        "imported and not used",
        "package main\nfunc main() { a := []int{}; i := len(a)\n"
        "  println(a[i]) }\n",
        "panic", "index out of range" });
}

/* Whether Go brings its library compiled or not, and a package that few use. */
TEST(the_newest_go_is_taken_with_all_of_its_library)
{
    struct tw_program_result r;
    char text[64] = "";

    if (absent(TW_LANG_GO))
        return;
    tw_program_result_init(&r);
    run(TW_LANG_GO,
        "package main\nimport (\n\"archive/tar\"\n\"fmt\"\n)\n"
        "func main() { fmt.Println(tar.TypeReg) }\n",
        &r);
    CHECK(says(&r, "48\n"));
    FILE *f = fopen("/usr/local/go/VERSION", "r");
    if (f && fscanf(f, "%60s", text) == 1 && strcmp(text, "go1.21") > 0)
        CHECK(strstr(tw_langs_tool(langs, TW_LANG_GO), text) != NULL);
    if (f)
        fclose(f);
    tw_program_result_release(&r);
}

TEST(input_arguments_and_files_reach_the_program)
{
    const char *const args[] = { "one two", NULL };
    const struct tw_jail_file file = { "part.h", "#define PART 41\n", 16 };
    struct tw_program p = { .lang = TW_LANG_C,
                            .args = args,
                            .stdin_bytes = "7",
                            .n_stdin = 1,
                            .files = &file,
                            .n_files = 1 };
    struct tw_program_result r;

    if (absent(TW_LANG_C))
        return;
    tw_program_result_init(&r);
    run_with(langs, p,
             "#include <stdio.h>\n#include \"part.h\"\n"
             "int main(int n, char **a) { int x; scanf(\"%d\", &x);\n"
             "  printf(\"%d %s %d %d\\n\", n, a[1], x, PART); }\n",
             &r);
    CHECK(says(&r, "2 one two 7 41\n"));
    tw_program_result_release(&r);
}

TEST(a_bomb_of_a_compiler_ends_at_its_own_limits)
{
    struct tw_program p = { .lang = TW_LANG_CPP };
    struct tw_program_result r;

    if (absent(TW_LANG_CPP))
        return;
    tw_program_result_init(&r);
    p.compile_limits = tw_lang_limits_compile(TW_LANG_CPP);
    p.compile_limits.wall_s = p.compile_limits.cpu_s = 0.5;
    run_with(langs, p,
             "template <int N> struct A { A<N + 1> *p; int x = "
             "sizeof(*p->p->p); };\n"
             "#include __FILE__\nint main() { }\n",
             &r);
    CHECK(!r.compiled && r.finding.end != TW_END_PASS);
    run_with(langs, p,
             "constexpr long f(long n) { long s = 0; for (long i = 0; i < n;"
             " i++) for (long k = 0; k < n; k++) s += i ^ k; return s; }\n"
             "template <long N> struct A { static constexpr long v = f(2000 + "
             "N) + A<N - 1>::v; };\n"
             "template <> struct A<0> { static constexpr long v = 0; };\n"
             "int main() { return A<500>::v; }\n",
             &r);
    CHECK(r.finding.cause == TW_CAUSE_TIMEOUT && !r.compiled);
    CHECK(strncmp(r.finding.text, "compiler: ", 10) == 0);
    p.compile_limits = tw_lang_limits_compile(TW_LANG_CPP);
    p.compile_limits.out_bytes = 4096;
    run_with(langs, p, "char a[10000] = { 1 };\nint main() { }\n", &r);
    CHECK(!r.compiled && r.finding.end == TW_END_LIMIT);
    tw_program_result_release(&r);
}

/* A C program that prints the number; was it kept? */
static bool number_kept(struct tw_langs *l, int number)
{
    struct tw_program_result r;
    char source[120], want[16];

    snprintf(source, sizeof(source),
             "#include <stdio.h>\nint main(void) { puts(\"%d\"); }\n", number);
    snprintf(want, sizeof(want), "%d\n", number);
    tw_program_result_init(&r);
    run_with(l, (struct tw_program){ .lang = TW_LANG_C }, source, &r);
    CHECK(says(&r, want));
    bool kept = r.cached;
    tw_program_result_release(&r);
    return kept;
}

TEST(the_cache_is_bounded_and_the_oldest_goes)
{
    char other[] = "/tmp/test-lang-XXXXXX", command[64];
    struct tw_langs *l;

    if (absent(TW_LANG_C))
        return;
    CHECK(mkdtemp(other) != NULL);
    CHECK(tw_langs_open(&l, jail, other, NULL) == TW_OK);
    for (int i = 0; i < 4; i++)
        CHECK(!number_kept(l, i));
    CHECK(number_kept(l, 0)); /* used: not the oldest any more */
    l->cache_max = 60000;     /* three objects of 16 KB in three quarters */
    l->n_put = 0;             /* look with the next one */
    CHECK(!number_kept(l, 4));
    CHECK(number_kept(l, 0));
    CHECK(number_kept(l, 4));
    CHECK(!number_kept(l, 1));
    tw_langs_close(l);
    snprintf(command, sizeof(command), "rm -rf %s", other);
    CHECK(system(command) == 0);
}

/* Processes with a cache in common, all at the same programs. */
TEST(several_processes_share_a_cache)
{
    enum { N = 3 };
    pid_t pids[N];
    int status;

    if (absent(TW_LANG_C))
        return;
    fflush(stdout);
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            struct tw_jail *own;
            struct tw_langs *l;
            test_checks_failed = 0;
            CHECK(tw_jail_open(&own, false, NULL) == TW_OK);
            CHECK(tw_langs_open(&l, own, cache, NULL) == TW_OK);
            for (int k = 0; k < 4; k++)
                (void)number_kept(l, k);
            for (int k = 0; k < 4; k++)
                CHECK(number_kept(l, k));
            tw_langs_close(l);
            tw_jail_close(own);
            fflush(stdout);
            _exit(test_checks_failed != 0);
        }
    }
    for (int i = 0; i < N; i++) {
        CHECK(waitpid(pids[i], &status, 0) == pids[i]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

/* The one file below cache/obj, or "". */
static void only_object(char *path, size_t size, const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;

    path[0] = '\0';
    while (d && (e = readdir(d)) != NULL) {
        char below[400];
        if (e->d_name[0] == '.')
            continue;
        snprintf(below, sizeof(below), "%s/%s", folder, e->d_name);
        if (strlen(e->d_name) == 2)
            only_object(path, size, below);
        else
            snprintf(path, size, "%s", below);
    }
    if (d)
        closedir(d);
}

TEST(a_program_is_compiled_once_and_again_when_its_file_is_damaged)
{
    static const char source[] =
        "#include <stdio.h>\nint main(void) { puts(\"kept\"); }\n";
    const char *const flags[] = { "-O2", NULL };
    char other[] = "/tmp/test-lang-XXXXXX", path[800], objects[64];
    struct tw_program p = { .lang = TW_LANG_C };
    struct tw_program_result r;
    struct tw_langs *l;

    if (absent(TW_LANG_C))
        return;
    CHECK(mkdtemp(other) != NULL);
    CHECK(tw_langs_open(&l, jail, other, NULL) == TW_OK);
    tw_program_result_init(&r);
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && !r.cached);
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && r.cached);
    snprintf(objects, sizeof(objects), "%s/obj", other);
    only_object(path, sizeof(path), objects);
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0 && pwrite(fd, "damage", 6, 600) == 6);
    close(fd);
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && !r.cached);
    CHECK(truncate(path, 30) == 0);
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && !r.cached);
    CHECK(truncate(path, 0) == 0);
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && !r.cached);
    p.flags = flags;
    run_with(l, p, source, &r);
    CHECK(says(&r, "kept\n") && !r.cached);
    tw_langs_close(l);
    snprintf(path, sizeof(path), "rm -rf %s", other);
    CHECK(system(path) == 0);
    tw_program_result_release(&r);
}

TEST(without_a_cache_nothing_is_kept)
{
    struct tw_program_result r;
    struct tw_langs *l;

    if (absent(TW_LANG_C))
        return;
    CHECK(tw_langs_open(&l, jail, NULL, NULL) == TW_OK);
    tw_program_result_init(&r);
    for (int i = 0; i < 2; i++) {
        run_with(l, (struct tw_program){ .lang = TW_LANG_C },
                 "#include <stdio.h>\nint main(void) { puts(\"x\"); }\n", &r);
        CHECK(says(&r, "x\n") && !r.cached);
    }
    tw_langs_close(l);
    tw_program_result_release(&r);
}

TEST(wrong_arguments_are_refused)
{
    struct tw_program p = { .lang = TW_LANG_COUNT, .source = "" };
    struct tw_program_result r;

    if (!langs)
        return;
    tw_program_result_init(&r);
    CHECK(tw_program_run(langs, &p, &r, NULL) == TW_EINVAL);
    p.lang = TW_LANG_SHELL;
    p.source_len = (size_t)17 << 20;
    CHECK(tw_program_run(langs, &p, &r, NULL) == TW_ELIMIT);
    tw_program_result_release(&r);
}

static void leave(void)
{
    char command[64];

    tw_langs_close(langs);
    tw_jail_close(jail);
    CHECK(!kit_left());
    snprintf(command, sizeof(command), "rm -rf %s", cache);
    CHECK(system(command) == 0);
}

/* clang-format off */
TEST_MAIN(
    jail = kit_open();
    if (!jail) {
        printf("1..0 # SKIP no jail\n");
        return 0;
    }
    CHECK(mkdtemp(cache) && tw_langs_open(&langs, jail, cache, NULL) == TW_OK);
    RUN(a_language_is_known_by_its_names_and_by_endings);
    RUN(python_runs_and_fails_with_type_text_and_line);
    RUN(shell_runs);
    RUN(c_compiles_and_runs);
    RUN(cpp_compiles_and_runs);
    RUN(javascript_runs_and_fails_with_type_text_and_line);
    RUN(java_compiles_and_runs);
    RUN(go_compiles_and_runs);
    RUN(the_newest_go_is_taken_with_all_of_its_library);
    RUN(input_arguments_and_files_reach_the_program);
    RUN(a_bomb_of_a_compiler_ends_at_its_own_limits);
    RUN(a_program_is_compiled_once_and_again_when_its_file_is_damaged);
    RUN(the_cache_is_bounded_and_the_oldest_goes);
    RUN(several_processes_share_a_cache);
    RUN(without_a_cache_nothing_is_kept);
    RUN(wrong_arguments_are_refused);
    leave();
)
