/*
 * lang_priv.h - what the files of the languages share.
 *
 * From the top: lang.c runs a program (tool, cache, compiler, run);
 * lang_build.c knows command lines; lang_lib.c makes what a compiler needs and
 * every program shares (precompiled header, Go's packages, our Java compiler
 * driver); lang_store.c keeps files; lang_tool.c finds compilers;
 * lang_finding.c reads what compilers and dying programs print; lang_words.c
 * and lang_sources.c know the languages and call nobody.
 */
#ifndef TW_LANG_LANG_PRIV_H
#define TW_LANG_LANG_PRIV_H

#include "base/hash.h"
#include "lang/lang.h"

#include <pthread.h>

/* The shared folder of a run, as programs inside see it. */
#define LANG_LIB "/box/lib"

enum { LANG_LIBS_MAX = 16, LANG_WORDS_MAX = 120, LANG_PATH_MAX = 512 };

struct lang_tool {
    bool looked;
    bool unsure;    /* the jail failed when it was tried */
    char path[200]; /* "" when there is none */
    char text[320]; /* path and version */
};

/* A folder made once, read-only for programs. */
struct lang_lib {
    char key[TW_HASH_HEX_SIZE];
    char path[LANG_PATH_MAX];
};

struct tw_langs {
    struct tw_jail *jail;     /* borrowed */
    char *cache;              /* owned; NULL: objects are not kept */
    pthread_mutex_t lock;     /* of what follows */
    char root[LANG_PATH_MAX]; /* of libraries; "" not yet chosen */
    bool root_is_temporary;
    struct lang_tool tools[TW_LANG_COUNT];
    struct lang_lib libs[LANG_LIBS_MAX];
    size_t n_libs;
    uint64_t cache_max; /* bytes of objects */
    size_t n_put;       /* since the size of the cache was looked at */
};

/* A command line; sticky when it is too long. */
struct lang_words {
    const char *w[LANG_WORDS_MAX];
    size_t n;
};

/* lang_words.c */
void tw_lang_word(struct lang_words *words, const char *word);
/* What to install for it. */
const char *tw_lang_package(enum tw_lang lang);
bool tw_lang_compiles(enum tw_lang lang);
/* Name of what the compiler makes, as a file of the run. */
const char *tw_lang_object_name(enum tw_lang lang);
/* Compiler and the flags that every program gets. */
void tw_lang_gnu_words(struct lang_words *words, const struct lang_tool *tool,
                       enum tw_lang lang);
/* Folder of Go's compiler and linker. */
void tw_lang_go_tools(char path[LANG_PATH_MAX], const struct lang_tool *tool);

/* lang_sources.c: how many sources of ours the language has; and into a key,
 * for they become part of what is compiled. */
#define LANG_SOURCES_MAX 4
size_t tw_lang_sources(struct tw_jail_file files[LANG_SOURCES_MAX],
                       enum tw_lang lang);
void tw_lang_sources_hash(struct tw_hash *h, enum tw_lang lang);

/* lang_tool.c: NULL when the language is missing here. */
const struct lang_tool *tw_lang_tool(struct tw_langs *langs, enum tw_lang lang);

/* lang_build.c */
/* Name of the source inside. */
const char *tw_lang_source_name(const struct tw_program *p);
/* Run the compiler; its product is r->record. */
enum tw_status tw_lang_compile(struct tw_langs *langs,
                               const struct tw_program *p,
                               struct tw_jail_result *r,
                               struct tw_err *err) TW_NODISCARD;
/* Words that are put together for a run. */
struct lang_room {
    char path[LANG_PATH_MAX];
    char number[64];
};
void tw_lang_run_words(struct lang_words *words, struct lang_room *room,
                       const struct lang_tool *tool,
                       const struct tw_program *p);

/* lang_lib.c: the folder for this program's compiler, "" when there is none
 * (to be kept NULL in the spec).  all: of Go, every package that there is. */
enum tw_status tw_lang_lib(struct tw_langs *langs, const struct tw_program *p,
                           bool all, char path[LANG_PATH_MAX],
                           struct tw_err *err) TW_NODISCARD;

/* lang_store.c */
enum tw_status tw_lang_store_open(struct tw_langs *langs, const char *cache,
                                  struct tw_err *err) TW_NODISCARD;
void tw_lang_store_close(struct tw_langs *langs);
void tw_lang_key(char key[TW_HASH_HEX_SIZE], const struct lang_tool *tool,
                 const struct tw_program *p);
/* What is kept under the key, or false. */
bool tw_lang_store_get(struct tw_langs *langs, const char *key,
                       struct tw_buf *object);
/* A cache that cannot be written is no failure. */
void tw_lang_store_put(struct tw_langs *langs, const char *key,
                       const struct tw_buf *object);
/* Choose the root of libraries; with the lock held, as the next two. */
enum tw_status tw_lang_store_root(struct tw_langs *langs,
                                  struct tw_err *err) TW_NODISCARD;
/* Folder for a library, whole or not there. */
bool tw_lang_store_lib(const struct tw_langs *langs, const char *key,
                       char path[LANG_PATH_MAX]);
/* Unpack "NAME SIZE\n" and bytes, again and again, into such a folder. */
enum tw_status tw_lang_store_unpack(const struct tw_langs *langs,
                                    const char *key, const struct tw_buf *pack,
                                    char path[LANG_PATH_MAX],
                                    struct tw_err *err) TW_NODISCARD;

/* lang_finding.c */
void tw_lang_finding_build(struct tw_finding *f, enum tw_lang lang,
                           const struct tw_jail_result *r,
                           enum tw_jail_tier tier);
void tw_lang_finding_run(struct tw_finding *f, enum tw_lang lang,
                         const struct tw_jail_result *r,
                         enum tw_jail_tier tier);

#endif /* TW_LANG_LANG_PRIV_H */
