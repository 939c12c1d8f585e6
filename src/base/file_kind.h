/*
 * file_kind.h - what a file is that is not what was asked for.
 *
 * A download that went wrong leaves a page of HTML, a clone without Git LFS a
 * pointer of three lines, and both are handed over under the name of the model
 * or the table.  A reader that refuses a file asks here for the reason behind
 * its own.
 */
#ifndef TW_BASE_FILE_KIND_H
#define TW_BASE_FILE_KIND_H

#include <stddef.h>

/* From its first bytes: "a Git LFS pointer, not the file: run 'git lfs pull'",
 * to be put behind "it is"; NULL where they tell nothing. */
const char *tw_file_kind(const void *bytes, size_t n);

#endif /* TW_BASE_FILE_KIND_H */
