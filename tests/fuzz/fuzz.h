/*
 * fuzz.h - what the fuzz targets share.  Include it first.
 */
#ifndef TW_TESTS_FUZZ_H
#define TW_TESTS_FUZZ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memfd_create */
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Something that must hold. */
#define MUST(condition)       \
    do {                      \
        if (!(condition))     \
            __builtin_trap(); \
    } while (0)

/* A file in memory with these bytes, for readers that take a path. */
struct fuzz_file {
    int fd;
    char path[40];
};

static inline void fuzz_file_open(struct fuzz_file *f, const uint8_t *bytes,
                                  size_t n)
{
    f->fd = memfd_create("fuzz", MFD_CLOEXEC);
    MUST(f->fd >= 0);
    for (size_t done = 0; done < n;) {
        ssize_t part = write(f->fd, bytes + done, n - done);

        MUST(part > 0);
        done += (size_t)part;
    }
    snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", f->fd);
}

static inline void fuzz_file_close(struct fuzz_file *f)
{
    close(f->fd);
}

/* A NUL-terminated copy; free it. */
static inline char *fuzz_text(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);

    MUST(text != NULL);
    if (n)
        memcpy(text, bytes, n);
    text[n] = '\0';
    return text;
}

#endif /* TW_TESTS_FUZZ_H */
