/*
 * lang_store.c - files that are kept: objects of programs, and libraries.
 *
 * CACHE/obj/ab/KEY has a magic, the SHA-256 of the rest, the rest.
 * ROOT/lib-KEY/LIST has "FNV64 SIZE NAME" of each file beside it, written last.
 *
 * ROOT is CACHE, but for root with a cache that nobody else may look into: the
 * jail's uid has to see the libraries.  What is kept is checked when it is
 * taken: a file that was cut by a full disk or a crash is made again, never
 * run.
 */
#define _GNU_SOURCE /* nftw(), strerrordesc_np() */
#include "lang/lang_priv.h"

#include "base/arena.h"
#include "base/fault.h"
#include "base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

#define MAGIC        "TWOBJ1\n"
#define MAGIC_SIZE   8
#define HEAD_SIZE    (MAGIC_SIZE + 32)
#define OBJECT_MAX   ((size_t)256 << 20)
#define CACHE_MAX    ((uint64_t)1 << 30)
#define PUTS_BETWEEN 64 /* looks at the size of the cache */
#define LIBS_KEPT    12
#define LIST_MAX     ((size_t)1 << 20)

enum { ENTRIES_MAX = 1 << 16, NAME_MAX_LEN = 200, FDS_OF_WALK = 8 };

struct entry {
    char *path;
    struct timespec used;
    uint64_t size;
};

/* The folder is made if it is not there; a cache that cannot be had is an
 * error here, for the user has named it. */
enum tw_status tw_lang_store_open(struct tw_langs *langs, const char *cache,
                                  struct tw_err *err)
{
    langs->cache_max = CACHE_MAX;
    if (!cache)
        return TW_OK;
    if (strlen(cache) > LANG_PATH_MAX - 120)
        return tw_fail(err, TW_EINVAL, 0, "refuse the long cache path '%.60s'",
                       cache);
    TW_TRY(tw_file_mkdirs(cache, err));
    /* The jail wants full paths. */
    langs->cache = realpath(cache, NULL);
    if (!langs->cache)
        return tw_fail(err, TW_EIO, 0, "cannot find the cache '%.100s': %s",
                       cache, strerrordesc_np(errno));
    return TW_OK;
}

/* For nftw(): the walk is depth first, so a folder is empty when it comes. */
static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *at)
{
    (void)st;
    (void)at;
    if (kind == FTW_DP || kind == FTW_D)
        return rmdir(path);
    return unlink(path);
}

static void remove_tree(const char *path)
{
    (void)nftw(path, remove_one, FDS_OF_WALK, FTW_DEPTH | FTW_PHYS);
}

void tw_lang_store_close(struct tw_langs *langs)
{
    if (langs->root_is_temporary)
        remove_tree(langs->root);
    free(langs->cache);
    langs->cache = NULL;
}

/* Everything that changes the object.  Lengths go in as well as bytes: else
 * two lists of files could have one hash. */
void tw_lang_key(char key[TW_HASH_HEX_SIZE], const struct lang_tool *tool,
                 const struct tw_program *p)
{
    struct tw_hash h;

    tw_hash_init(&h);
    tw_hash_adds(&h, "trialwright program 1");
    tw_hash_adds(&h, tw_lang_name(p->lang));
    tw_hash_adds(&h, tool->text);
    tw_lang_sources_hash(&h, p->lang);
    for (size_t i = 0; p->flags && p->flags[i]; i++)
        tw_hash_adds(&h, p->flags[i]);
    tw_hash_add_u64(&h, p->n_files);
    for (size_t i = 0; i < p->n_files; i++) {
        tw_hash_adds(&h, p->files[i].name);
        tw_hash_add_u64(&h, p->files[i].n);
        tw_hash_add(&h, p->files[i].bytes, p->files[i].n);
    }
    tw_hash_add_u64(&h, p->source_len);
    tw_hash_add(&h, p->source, p->source_len);
    tw_hash_hex(&h, key);
}

/* Two letters of the key as a folder: some file systems are slow with very
 * many files in one. */
static bool object_path(const struct tw_langs *langs, const char *key,
                        char path[LANG_PATH_MAX])
{
    int n =
        snprintf(path, LANG_PATH_MAX, "%s/obj/%.2s/%s", langs->cache, key, key);

    return n > 0 && n < LANG_PATH_MAX;
}

/* Used now: prune() removes what was not used for longest. */
static void touch(const char *path)
{
    (void)utimensat(AT_FDCWD, path, NULL, 0);
}

/* A strong hash: the object runs, if only in the jail. */
static bool object_whole(const struct tw_file_map *m)
{
    struct tw_hash h;
    uint8_t digest[32];

    if (m->len < HEAD_SIZE || memcmp(m->bytes, MAGIC, MAGIC_SIZE) != 0)
        return false;
    tw_hash_init(&h);
    tw_hash_add(&h, m->bytes + HEAD_SIZE, m->len - HEAD_SIZE);
    tw_hash_final(&h, digest);
    return memcmp(digest, m->bytes + MAGIC_SIZE, sizeof(digest)) == 0;
}

/* The time of the file becomes that of its last use. */
bool tw_lang_store_get(struct tw_langs *langs, const char *key,
                       struct tw_buf *object)
{
    char path[LANG_PATH_MAX];
    struct tw_file_map m;

    if (!langs->cache || !object_path(langs, key, path) ||
        tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    bool whole = object_whole(&m);
    if (whole) {
        tw_buf_add(object, m.bytes + HEAD_SIZE, m.len - HEAD_SIZE);
        touch(path);
    } else {
        (void)unlink(path); /* and it is made again */
    }
    if (tw_file_map_end(&m, TW_OK, NULL) != TW_OK || object->failed)
        tw_buf_clear(object);
    return whole && object->len > 0;
}

struct entries {
    struct entry *e;
    size_t n;
    uint64_t bytes;
};

static void entries_release(struct entries *all)
{
    for (size_t i = 0; i < all->n; i++)
        free(all->e[i].path);
    free(all->e);
}

/* For qsort(): the oldest first. */
static int by_age(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return (x->used.tv_sec > y->used.tv_sec) -
               (x->used.tv_sec < y->used.tv_sec);
    return (x->used.tv_nsec > y->used.tv_nsec) -
           (x->used.tv_nsec < y->used.tv_nsec);
}

/* Files that match, the oldest first; what cannot be read is left out. */
static void entries_find(struct entries *all, const char *pattern)
{
    struct tw_arena a;
    char **paths;
    size_t n = 0;

    *all = (struct entries){ 0 };
    tw_arena_init(&a, (size_t)64 << 20);
    if (tw_file_glob(&a, pattern, &paths, &n, NULL) != TW_OK)
        n = 0;
    if (n > ENTRIES_MAX)
        n = ENTRIES_MAX;
    if (n)
        all->e = tw_mem_zeroed(n, sizeof(*all->e));
    for (size_t i = 0; all->e && i < n; i++) {
        struct entry *e = &all->e[all->n];
        struct stat st;
        if (lstat(paths[i], &st))
            continue;
        e->path = strdup(paths[i]);
        if (!e->path)
            break;
        e->used = st.st_mtim;
        e->size = (uint64_t)st.st_size;
        all->bytes += e->size;
        all->n++;
    }
    tw_arena_release(&a);
    if (all->n)
        qsort(all->e, all->n, sizeof(*all->e), by_age);
}

/* Past its size the cache loses what was not used for longest, to three
 * quarters.  Processes that do so at once remove a little more. */
static void prune(const struct tw_langs *langs)
{
    char pattern[LANG_PATH_MAX];
    struct entries all;

    snprintf(pattern, sizeof(pattern), "%s/obj/*/*", langs->cache);
    entries_find(&all, pattern);
    if (all.bytes > langs->cache_max || all.n == ENTRIES_MAX) {
        uint64_t left = all.bytes;
        size_t n = all.n;
        for (size_t i = 0; i < all.n; i++) {
            if (left <= langs->cache_max / 4 * 3 && n <= ENTRIES_MAX / 4 * 3)
                break;
            (void)unlink(all.e[i].path);
            left -= all.e[i].size;
            n--;
        }
    }
    entries_release(&all);
}

/* Written to another name and then renamed (base/file.h), so that two
 * processes do no harm to each other. */
void tw_lang_store_put(struct tw_langs *langs, const char *key,
                       const struct tw_buf *object)
{
    char path[LANG_PATH_MAX], folder[LANG_PATH_MAX];
    struct tw_file_out f;
    struct tw_hash h;
    uint8_t head[HEAD_SIZE] = MAGIC;

    if (!langs->cache || !object_path(langs, key, path) || object->len == 0)
        return;
    snprintf(folder, sizeof(folder), "%s/obj/%.2s", langs->cache, key);
    tw_hash_init(&h);
    tw_hash_add(&h, object->bytes, object->len);
    tw_hash_final(&h, head + MAGIC_SIZE);
    if (tw_file_mkdirs(folder, NULL) != TW_OK ||
        tw_file_begin(&f, path, NULL) != TW_OK)
        return;
    if (tw_file_add(&f, head, sizeof(head), NULL) != TW_OK ||
        tw_file_add(&f, object->bytes, object->len, NULL) != TW_OK ||
        tw_file_commit(&f, NULL) != TW_OK)
        tw_file_abort(&f);
    pthread_mutex_lock(&langs->lock);
    bool look = langs->n_put++ % PUTS_BETWEEN == 0;
    pthread_mutex_unlock(&langs->lock);
    if (look)
        prune(langs);
}

/* ---- libraries ---- */

/* May anybody go through every folder of the path? */
static bool open_to_all(const char *path)
{
    char part[LANG_PATH_MAX];
    struct stat st;
    size_t n = strlen(path);

    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (stat(part, &st) || (st.st_mode & 0005) != 0005)
            return false;
    }
    return true;
}

/* A folder of ours in a place that all share: nobody else's, no link. */
static bool ours(const char *path)
{
    struct stat st;

    if (mkdir(path, 0755) && errno != EEXIST)
        return false;
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid() && (st.st_mode & 0022) == 0 &&
           chmod(path, 0755) == 0;
}

/* With the lock held. */
enum tw_status tw_lang_store_root(struct tw_langs *langs, struct tw_err *err)
{
    if (langs->root[0])
        return TW_OK;
    if (langs->cache && (geteuid() != 0 || open_to_all(langs->cache))) {
        snprintf(langs->root, sizeof(langs->root), "%s", langs->cache);
        return TW_OK;
    }
    snprintf(langs->root, sizeof(langs->root), "/var/tmp/trialwright-%lu",
             (unsigned long)geteuid());
    if (langs->cache && ours(langs->root))
        return TW_OK;
    snprintf(langs->root, sizeof(langs->root), "/tmp/trialwright-XXXXXX");
    if (!mkdtemp(langs->root) || chmod(langs->root, 0755)) {
        langs->root[0] = '\0';
        return tw_fail(err, TW_EIO, 0, "cannot make a folder in '/tmp': %s",
                       strerrordesc_np(errno));
    }
    langs->root_is_temporary = true;
    return TW_OK;
}

/* Does the file still have the length and the hash that LIST says?  FNV is
 * enough here: it is against damage, and who could forge the file could
 * forge LIST too. */
static bool lib_file_whole(const char *folder, const char *line)
{
    char path[LANG_PATH_MAX + NAME_MAX_LEN], *at;
    struct tw_file_map m;
    uint64_t hash = strtoull(line, &at, 16);
    size_t size = strtoul(at, &at, 10), n = strcspn(at, "\n");

    if (*at != ' ' || n < 2 || n > NAME_MAX_LEN)
        return false;
    snprintf(path, sizeof(path), "%s/%.*s", folder, (int)n - 1, at + 1);
    if (tw_file_map_open(&m, path, NULL) != TW_OK)
        return false;
    bool whole = m.len == size && tw_hash_fnv64(m.bytes, m.len) == hash;
    tw_file_map_close(&m);
    return whole;
}

/* LIST is written last: without it the folder is not whole. */
static bool lib_whole(const char *folder)
{
    char path[LANG_PATH_MAX + 8];
    struct tw_buf list;

    snprintf(path, sizeof(path), "%s/LIST", folder);
    tw_buf_init(&list, LIST_MAX);
    bool whole = tw_file_read(&list, path, NULL) == TW_OK && list.len > 0;
    for (const char *line = tw_buf_text(&list); whole && *line;) {
        whole = lib_file_whole(folder, line);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    if (whole)
        touch(path);
    tw_buf_release(&list);
    return whole;
}

/* What is not whole is removed at once, so that it can be made again under
 * its name. */
bool tw_lang_store_lib(const struct tw_langs *langs, const char *key,
                       char path[LANG_PATH_MAX])
{
    struct stat st;

    snprintf(path, LANG_PATH_MAX, "%.400s/lib-%.64s", langs->root, key);
    if (lstat(path, &st))
        return false;
    if (lib_whole(path))
        return true;
    remove_tree(path);
    return false;
}

/* The oldest libraries go: of other compilers, flags, versions. */
static void libs_prune(const struct tw_langs *langs)
{
    char pattern[LANG_PATH_MAX];
    struct entries all;

    snprintf(pattern, sizeof(pattern), "%.400s/lib-*/LIST", langs->root);
    entries_find(&all, pattern);
    for (size_t i = 0; i + LIBS_KEPT < all.n; i++) {
        all.e[i].path[strlen(all.e[i].path) - strlen("/LIST")] = '\0';
        remove_tree(all.e[i].path);
    }
    entries_release(&all);
}

/* Names that the maker of a pack, a script of ours, may use. */
static bool name_ok(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') &&
            !(*c >= '0' && *c <= '9') && !strchr("._+-/", *c))
            return false;
    return name[0] && name[0] != '/' && !strstr(name, "..");
}

/* All files have one date: Java's archive of classes asks for it. */
static enum tw_status lib_file_write(const char *folder, const char *name,
                                     const void *bytes, size_t n,
                                     struct tw_err *err)
{
    const struct timespec date[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
    char path[LANG_PATH_MAX + NAME_MAX_LEN + 8];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    for (char *c = path + strlen(folder) + 1; *c; c++)
        if (*c == '/') {
            *c = '\0';
            if (mkdir(path, 0755) == 0)
                (void)chmod(path, 0755);
            *c = '/';
        }
    TW_TRY(tw_file_write(path, bytes, n, err));
    if (chmod(path, 0644) || utimensat(AT_FDCWD, path, date, 0))
        return tw_fail(err, TW_EIO, 0, "cannot change '%.100s': %s", path,
                       strerrordesc_np(errno));
    return TW_OK;
}

/* "NAME SIZE\n"; what is behind it, or NULL: it is no such line. */
static const char *head_read(const char *at, char name[NAME_MAX_LEN + 1],
                             size_t *size)
{
    const size_t n = strcspn(at, " \n");
    char *end;

    if (n > NAME_MAX_LEN || at[n] != ' ' || !isdigit((unsigned char)at[n + 1]))
        return NULL;
    memcpy(name, at, n);
    name[n] = '\0';
    *size = strtoul(at + n, &end, 10);
    return *end == '\n' ? end + 1 : NULL;
}

/* The pack comes out of a jail where only trusted text ran; it is read as if
 * it did not. */
static enum tw_status unpack_to(const char *folder, const struct tw_buf *pack,
                                struct tw_buf *list, struct tw_err *err)
{
    const char *at = tw_buf_text(pack), *end = at + pack->len;
    char name[NAME_MAX_LEN + 1];
    size_t size;

    while (at < end) {
        const char *body = head_read(at, name, &size);
        if (!body || !name_ok(name) || size > (size_t)(end - body))
            return tw_fail(err, TW_EFORMAT, (size_t)(at - tw_buf_text(pack)),
                           "cannot read what a compiler made");
        at = body;
        TW_TRY(lib_file_write(folder, name, at, size, err));
        tw_buf_addf(list, "%016" PRIx64 " %zu %s\n", tw_hash_fnv64(at, size),
                    size, name);
        at += size;
    }
    TW_TRY(tw_buf_check(list, "the list of a library", err));
    return lib_file_write(folder, "LIST", list->bytes, list->len, err);
}

/* Into a folder with a name of its own first, which takes the right name
 * when it is whole. */
enum tw_status tw_lang_store_unpack(const struct tw_langs *langs,
                                    const char *key, const struct tw_buf *pack,
                                    char path[LANG_PATH_MAX],
                                    struct tw_err *err)
{
    char made[LANG_PATH_MAX];
    struct tw_buf list;

    snprintf(path, LANG_PATH_MAX, "%.400s/lib-%.64s", langs->root, key);
    snprintf(made, sizeof(made), "%.400s/new-XXXXXX", langs->root);
    if (!mkdtemp(made) || chmod(made, 0755))
        return tw_fail(err, TW_EIO, 0, "cannot make a folder in '%.100s': %s",
                       langs->root, strerrordesc_np(errno));
    tw_buf_init(&list, LIST_MAX);
    enum tw_status st = unpack_to(made, pack, &list, err);
    tw_buf_release(&list);
    /* Another process may have been faster: then its is as good. */
    if (st == TW_OK && rename(made, path) && !lib_whole(path))
        st = tw_fail(err, TW_EIO, 0, "cannot keep a library in '%.100s': %s",
                     langs->root, strerrordesc_np(errno));
    remove_tree(made);
    if (st == TW_OK)
        libs_prune(langs);
    return st;
}
