/*
 * file_guard.h - mapped files that may be cut meanwhile; for file.c.
 *
 * A page of a mapping that lies behind the end of a file that has become
 * shorter, or that a failing disk cannot give, ends a process by SIGBUS.  Here
 * every mapping is known to a handler of that signal: it puts pages of zeros in
 * the place of what is lost, remembers it, and the reader goes on, in whatever
 * thread it is.  Who reads has to ask tw_guard_hit() before it believes what it
 * read.  Up to TW_GUARD_MAX mappings at a time.
 */
#ifndef TW_BASE_FILE_GUARD_H
#define TW_BASE_FILE_GUARD_H

#include <stdbool.h>
#include <stddef.h>

enum { TW_GUARD_MAX = 512, TW_GUARD_NAME = 128 };

/* A place for a mapping of len > 0 bytes; 0: all are in use.  The end of a
 * name that is longer than TW_GUARD_NAME is kept. */
unsigned tw_guard_take(const void *start, size_t len, const char *name);
/* Before munmap(); 0 is harmless. */
void tw_guard_drop(unsigned place);
/* Have pages been lost? */
bool tw_guard_hit(unsigned place);
const char *tw_guard_name(unsigned place);

#endif /* TW_BASE_FILE_GUARD_H */
