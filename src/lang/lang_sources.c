/*
 * lang_sources.c - sources of ours that become part of what is compiled.
 *
 * They go into the keys of objects and libraries, and so into two files that
 * must not know each other; hence a third.
 */
#include "lang/lang_priv.h"

#include <string.h>

#include "base/banned.h"

/* Made into arrays at build time. */
extern const char tw_lang_javac[];
extern const char tw_lang_tally[];
extern const char tw_lang_assert[];
extern const char tw_lang_peer[];
extern const char tw_lang_value[];

/* Borrowed, constant. */
size_t tw_lang_sources(struct tw_jail_file files[LANG_SOURCES_MAX],
                       enum tw_lang lang)
{
    if (lang == TW_LANG_JAVA) {
        files[0] = (struct tw_jail_file){ "TwJavac.java", tw_lang_javac,
                                          strlen(tw_lang_javac) };
        return 1;
    }
    if (lang == TW_LANG_GO) {
        files[0] = (struct tw_jail_file){ "tally.go", tw_lang_tally,
                                          strlen(tw_lang_tally) };
        files[1] = (struct tw_jail_file){ "assert.go", tw_lang_assert,
                                          strlen(tw_lang_assert) };
        files[2] = (struct tw_jail_file){ "peer.go", tw_lang_peer,
                                          strlen(tw_lang_peer) };
        files[3] = (struct tw_jail_file){ "value.go", tw_lang_value,
                                          strlen(tw_lang_value) };
        return 4;
    }
    return 0;
}

/* As texts, not as bytes: keys of objects that are kept already. */
void tw_lang_sources_hash(struct tw_hash *h, enum tw_lang lang)
{
    struct tw_jail_file files[LANG_SOURCES_MAX];
    size_t n = tw_lang_sources(files, lang);

    for (size_t i = 0; i < n; i++)
        tw_hash_adds(h, files[i].bytes);
}
