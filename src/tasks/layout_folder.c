/*
 * layout_folder.c - tasks of stdin and stdout as folders, CodeNet's way.
 *
 * ROOT/PROBLEM/ has a description, inputs with their outputs, and perhaps an
 * accepted program.  A folder without folders is one problem itself.
 */
#include "tasks/task_priv.h"

#include "base/file.h"
#include "base/hash.h"
#include "tasks/key_map.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"

enum { SHOWN = 120 }; /* bytes of a path in a message */
#define FOLDER "a folder of tasks"

struct names {
    const char **items; /* sorted, in the arena */
    size_t n;
};

/* A set that is being read from folders.  The hash is over names and bytes in
 * the order of the names, which is the same on every file system. */
struct folder_reader {
    struct tw_task_reader *r;
    struct tw_hash hash;
    struct tw_arena scratch;
};

/* For qsort(): by bytes, whatever the locale. */
static int compare_names(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    return strcmp(*x, *y);
}

/* The ending must leave something in front of it: ".in" alone names no
 * input. */
static bool has_ending(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

/* A name of which stat() fails is neither: a link to nowhere, or a file that
 * went away between the listing and now, is passed over. */
static bool is_kind(struct tw_arena *a, const char *dir, const char *name,
                    bool folder)
{
    struct stat st;
    const char *path = tw_file_join(a, dir, name);
    if (!path || stat(path, &st) != 0)
        return false;
    if (folder)
        return S_ISDIR(st.st_mode);
    return S_ISREG(st.st_mode);
}

/* For scandir(): hidden files are the editor's or the file manager's. */
static int take_all(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* Those of the entries that are folders, or files. */
static enum tw_status keep_kind(struct folder_reader *f, const char *dir,
                                bool folders, struct dirent *const *entries,
                                size_t n, struct names *out, struct tw_err *err)
{
    struct tw_arena *a = &f->scratch;
    out->items = tw_arena_alloc(a, n + 1, sizeof(*out->items));
    TW_TRY(tw_arena_check(a, FOLDER, err));
    for (size_t i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        if (is_kind(a, dir, name, folders))
            out->items[out->n++] = tw_arena_text(a, name, strlen(name));
    }
    TW_TRY(tw_arena_check(a, FOLDER, err));
    qsort(out->items, out->n, sizeof(*out->items), compare_names);
    return TW_OK;
}

/* The names of a folder's files, or of its folders, sorted.  The limit is
 * checked before anything is copied: a folder of a million files is somebody's
 * mistake. */
static enum tw_status list(struct folder_reader *f, const char *dir,
                           bool folders, struct names *out, struct tw_err *err)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, take_all, NULL);
    *out = (struct names){ 0 };
    if (n < 0)
        return tw_fail(err, TW_EIO, 0, "cannot open '%.*s'", SHOWN, dir);
    enum tw_status st = TW_OK;
    if ((size_t)n > TW_TASKS_MAX)
        st = tw_fail(err, TW_ELIMIT, 0, "cannot hold more than %zu tasks",
                     TW_TASKS_MAX);
    else
        st = keep_kind(f, dir, folders, entries, (size_t)n, out, err);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return st;
}

/* A file as a text of the set.  Its length goes into the hash between name and
 * bytes, so that moving a byte from one file to the next gives another hash. */
static enum tw_status read_text(struct folder_reader *f, const char *dir,
                                const char *name, const char **text, size_t *n,
                                struct tw_err *err)
{
    struct tw_buf b;
    const char *path = tw_file_join(&f->scratch, dir, name);
    TW_TRY(tw_arena_check(&f->scratch, FOLDER, err));
    tw_buf_init(&b, TW_RECORD_MAX);
    enum tw_status st = tw_file_read(&b, path, err);
    if (st == TW_OK) {
        tw_hash_adds(&f->hash, name);
        tw_hash_add_u64(&f->hash, b.len);
        tw_hash_add(&f->hash, tw_buf_text(&b), b.len);
        *n = b.len;
        *text = tw_arena_text(&f->r->set->arena, tw_buf_text(&b), b.len);
        st = tw_arena_check(&f->r->set->arena, FOLDER, err);
    }
    tw_buf_release(&b);
    return st;
}

/* What is between the two in a name like "input-3.txt"; false: another. */
static bool middle(const char *name, const char *head, const char *tail,
                   const char **part, size_t *n)
{
    size_t len = strlen(name), h = strlen(head), t = strlen(tail);
    if (len < h + t || strncmp(name, head, h) != 0 ||
        strcmp(name + len - t, tail) != 0)
        return false;
    *part = name + h;
    *n = len - h - t;
    return true;
}

/* "input-3.txt" and "3.in" are both common; *part is what names the case. */
static bool is_input(const char *name, const char **part, size_t *n)
{
    return middle(name, "input", ".txt", part, n) ||
           (has_ending(name, ".in") && middle(name, "", ".in", part, n));
}

/* The same for outputs, which contests also call answers. */
static bool is_output(const char *name, const char **part, size_t *n)
{
    return middle(name, "output", ".txt", part, n) ||
           (has_ending(name, ".out") && middle(name, "", ".out", part, n)) ||
           (has_ending(name, ".ans") && middle(name, "", ".ans", part, n));
}

/* Outputs by what stands for the input in their names. */
static enum tw_status index_outputs(struct folder_reader *f, const char *dir,
                                    const struct names *files,
                                    struct tw_key_map *outputs,
                                    struct tw_err *err)
{
    tw_key_map_init(outputs, &f->scratch, files->n);
    TW_TRY(tw_arena_check(&f->scratch, FOLDER, err));
    for (size_t i = 0; i < files->n; i++) {
        const char *part;
        size_t n;
        if (is_output(files->items[i], &part, &n) &&
            !tw_key_map_add(outputs, part, n, i))
            return tw_fail(err, TW_EFORMAT, 0,
                           "found two outputs like '%.40s' in '%.80s'",
                           files->items[i], dir);
    }
    return TW_OK;
}

/* Cases that the statement shows come first; CodeNet and its like tell them by
 * their names only. */
static bool is_public(const char *part, size_t n)
{
    return (n >= 6 && memcmp(part, "sample", 6) == 0) ||
           (n >= 6 && memcmp(part, "public", 6) == 0);
}

/* The public cases, or the others. */
static enum tw_status read_some_cases(struct folder_reader *f, const char *dir,
                                      const struct names *files,
                                      const struct tw_key_map *outputs,
                                      bool public, struct tw_task *t,
                                      struct tw_io_case *cases,
                                      struct tw_err *err)
{
    for (size_t i = 0; i < files->n; i++) {
        const char *part;
        size_t n;
        if (!is_input(files->items[i], &part, &n) ||
            is_public(part, n) != public)
            continue;
        size_t out = tw_key_map_find(outputs, part, n);
        if (out == SIZE_MAX)
            return tw_fail(err, TW_EFORMAT, 0,
                           "cannot find the output of '%.40s' in '%.80s'",
                           files->items[i], dir);
        struct tw_io_case *c = &cases[t->n_cases++];
        TW_TRY(read_text(f, dir, files->items[i], &c->in, &c->n_in, err));
        TW_TRY(read_text(f, dir, files->items[out], &c->out, &c->n_out, err));
    }
    return TW_OK;
}

/* All cases of a problem, the public ones in front.  An output without an input
 * is refused too: one of the two was probably named wrongly, and a case that is
 * left out silently makes a task easier. */
static enum tw_status read_cases(struct folder_reader *f, const char *dir,
                                 const struct names *files, struct tw_task *t,
                                 struct tw_err *err)
{
    struct tw_key_map outputs;
    struct tw_io_case *cases =
        tw_arena_alloc(&f->r->set->arena, files->n + 1, sizeof(*cases));
    TW_TRY(tw_arena_check(&f->r->set->arena, FOLDER, err));
    TW_TRY(index_outputs(f, dir, files, &outputs, err));
    TW_TRY(read_some_cases(f, dir, files, &outputs, true, t, cases, err));
    t->n_public = t->n_cases;
    TW_TRY(read_some_cases(f, dir, files, &outputs, false, t, cases, err));
    t->cases = cases;
    if (t->n_cases == 0 || outputs.n != t->n_cases)
        return tw_fail(err, TW_EFORMAT, 0,
                       "found %zu inputs and %zu outputs in '%.100s'",
                       t->n_cases, outputs.n, dir);
    return TW_OK;
}

/* The text of the problem, under the first of the usual names; a problem
 * without one is still judged. */
static enum tw_status read_description(struct folder_reader *f, const char *dir,
                                       const struct names *files,
                                       struct tw_task *t, struct tw_err *err)
{
    static const char *const names[] = { "description.md", "description.txt",
                                         "problem.md",     "problem.txt",
                                         "question.txt",   "problem.html" };
    size_t n;
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++)
        for (size_t k = 0; k < files->n; k++)
            if (strcmp(files->items[k], names[i]) == 0)
                return read_text(f, dir, names[i], &t->prompt, &n, err);
    return TW_OK;
}

/* "solution.c" and the like; all of a set in one language. */
static enum tw_status read_solution(struct folder_reader *f, const char *dir,
                                    const struct names *files,
                                    struct tw_task *t, struct tw_err *err)
{
    static const struct {
        const char *name;
        enum tw_lang lang;
    } names[] = {
        { "solution.c", TW_LANG_C },       { "solution.cpp", TW_LANG_CPP },
        { "solution.cc", TW_LANG_CPP },    { "solution.py", TW_LANG_PYTHON },
        { "solution.java", TW_LANG_JAVA }, { "solution.js", TW_LANG_JS },
        { "solution.go", TW_LANG_GO },     { "solution.sh", TW_LANG_SHELL },
    };
    struct tw_task_reader *r = f->r;
    size_t n;
    t->canonical_whole = true;
    for (size_t i = 0; i < TW_ARRAY_LEN(names); i++) {
        bool there = false;
        for (size_t k = 0; k < files->n && !there; k++)
            there = strcmp(files->items[k], names[i].name) == 0;
        if (!there || (r->has_lang && r->set->lang != names[i].lang))
            continue;
        r->set->lang = names[i].lang;
        r->has_lang = true;
        return read_text(f, dir, names[i].name, &t->canonical, &n, err);
    }
    return TW_OK;
}

/* One folder, one task.  The order of reading is part of the hash. */
static enum tw_status read_problem(struct folder_reader *f, const char *dir,
                                   const char *id, struct tw_err *err)
{
    struct names files;
    struct tw_task *t;
    TW_TRY(list(f, dir, false, &files, err));
    TW_TRY(tw_task_new(f->r, &t, err));
    t->id = tw_arena_text(&f->r->set->arena, id, strlen(id));
    TW_TRY(tw_arena_check(&f->r->set->arena, FOLDER, err));
    tw_hash_adds(&f->hash, id);
    TW_TRY(read_description(f, dir, &files, t, err));
    TW_TRY(read_cases(f, dir, &files, t, err));
    return read_solution(f, dir, &files, t, err);
}

/* The folder's own name. */
static const char *last_name(struct tw_arena *a, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    size_t from = n;
    while (from > 0 && path[from - 1] != '/')
        from--;
    return tw_arena_text(a, path + from, n - from);
}

/* Many problems, or the one that the folder itself is. */
static enum tw_status read_root(struct folder_reader *f, const char *path,
                                struct tw_err *err)
{
    struct names folders;
    TW_TRY(list(f, path, true, &folders, err));
    if (folders.n == 0) {
        const char *id = last_name(&f->scratch, path);
        TW_TRY(tw_arena_check(&f->scratch, FOLDER, err));
        return read_problem(f, path, id, err);
    }
    for (size_t i = 0; i < folders.n; i++) {
        const char *dir = tw_file_join(&f->scratch, path, folders.items[i]);
        TW_TRY(tw_arena_check(&f->scratch, FOLDER, err));
        /* What a problem needs for a while is gone after it. */
        struct tw_arena outer = f->scratch;
        tw_arena_init(&f->scratch, TW_TASKS_ARENA_MAX);
        enum tw_status st = read_problem(f, dir, folders.items[i], err);
        tw_arena_release(&f->scratch);
        f->scratch = outer;
        TW_TRY(st);
    }
    return TW_OK;
}

/* The hash is the set's, as that of the bytes is of a file. */
enum tw_status tw_task_folders(struct tw_task_reader *r, const char *path,
                               struct tw_err *err)
{
    struct folder_reader f = { .r = r };
    tw_arena_init(&f.scratch, TW_TASKS_ARENA_MAX);
    tw_hash_init(&f.hash);
    r->set->layout = TW_LAYOUT_STDIO;
    r->set->lang = TW_LANG_C;
    enum tw_status st = read_root(&f, path, err);
    tw_arena_release(&f.scratch);
    tw_hash_hex(&f.hash, r->set->sha256);
    return st;
}
