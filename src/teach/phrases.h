/*
 * phrases.h - the texts of the curriculum: files that are part of the program.
 *
 * A file has sections, and a section has keys with texts:
 *
 *     # a comment
 *     [count]
 *     name    (count_{id}|n_{id}|
 *             num_{id})
 *     code
 *         >    return sum(1 for x in {p0} if {T})
 *
 * Indented lines go on with the text of the key above, joined by a blank, or
 * by nothing where the text so far ends in "|".  A line behind ">" is a line of
 * code: it is taken as it is, with its line break.  A key alone has the empty
 * text.  Sections of one name are rows, in the order of the file.
 *
 * The texts are constants of the program: asking for a section or a key that
 * is not there is a mistake of the programmer and stops it.
 */
#ifndef TW_TEACH_PHRASES_H
#define TW_TEACH_PHRASES_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct tw_phrases;
struct tw_section;

/* The files of the program. */
enum tw_status tw_phrases_open(struct tw_phrases **p,
                               struct tw_err *err) TW_NODISCARD;
/* Any text (n bytes, copied); TW_EFORMAT with the number of the line. */
enum tw_status tw_phrases_parse(struct tw_phrases **out, const char *text,
                                size_t n, struct tw_err *err) TW_NODISCARD;
void tw_phrases_free(struct tw_phrases *p);

/* Sections of this name: 0 when there is none. */
size_t tw_phrases_count(const struct tw_phrases *p, const char *name);
/* Number i of them.  Borrowed from p, as all texts are. */
const struct tw_section *tw_phrases_at(const struct tw_phrases *p,
                                       const char *name, size_t i);

bool tw_section_has(const struct tw_section *s, const char *key);
const char *tw_section_get(const struct tw_section *s, const char *key);
double tw_section_number(const struct tw_section *s, const char *key);

#endif /* TW_TEACH_PHRASES_H */
