/*
 * jail_image.c - a request as a file in memory, for a process that does not
 * share ours: struct jail_image, room for the arrays, then the bytes in order:
 * words of argv, names and bytes of files, the library folder, stdin.
 *
 * Written by us, read by a fork of us or a module of the same build: the layout
 * of the structs is the same.
 */
#define _GNU_SOURCE
#include "jail/jail_spawn_priv.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Put the pointers back that a file cannot carry; NULL where it fails. */
struct jail_image *tw_jail_image_open(int fd)
{
    struct stat st;

    if (fstat(fd, &st))
        return NULL;
    char *base = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return NULL;
    struct jail_image *im = (void *)base;
    const char **argv = (void *)(base + sizeof(*im));
    struct tw_jail_file *files = (void *)(argv + im->n_argv + 1);
    const char *at = (const char *)(files + im->spec.n_files);
    for (size_t i = 0; i < im->n_argv; i++, at += strlen(at) + 1)
        argv[i] = at;
    argv[im->n_argv] = NULL;
    for (size_t i = 0; i < im->spec.n_files; i++) {
        files[i].name = at;
        at += strlen(at) + 1;
        files[i].bytes = at;
        at += files[i].n;
    }
    im->spec.argv = NULL; /* only try the walls */
    if (im->n_argv)
        im->spec.argv = argv;
    im->spec.files = files;
    if (im->spec.lib_folder) {
        im->spec.lib_folder = at;
        at += strlen(at) + 1;
    }
    if (im->spec.stdin_bytes)
        im->spec.stdin_bytes = at;
    return im;
}

/* The place after it.  n may be 0 with bytes NULL, which memcpy() does not
 * allow. */
static char *put(char *at, const void *bytes, size_t n)
{
    if (n)
        memcpy(at, bytes, n);
    return at + n;
}

/* In the order of tw_jail_image_make(), which must fill it exactly. */
static size_t image_size(const struct tw_jail_spec *s, size_t n_argv)
{
    size_t n = sizeof(struct jail_image) + (n_argv + 1) * sizeof(char *) +
               s->n_files * sizeof(*s->files) + s->n_stdin;

    if (s->lib_folder)
        n += strlen(s->lib_folder) + 1;
    for (size_t i = 0; i < n_argv; i++)
        n += strlen(s->argv[i]) + 1;
    for (size_t i = 0; i < s->n_files; i++)
        n += strlen(s->files[i].name) + 1 + s->files[i].n;
    return n;
}

/* The request as a file in memory; -1 with errno. */
int tw_jail_image_make(const struct jail_plan *p, const struct tw_jail_spec *s)
{
    struct jail_image head = { *p, *s, 0 };

    while (s->argv && s->argv[head.n_argv])
        head.n_argv++;
    size_t size = image_size(s, head.n_argv);
    int fd = memfd_create("job", MFD_CLOEXEC);
    if (fd < 0)
        return -1;
    char *base = MAP_FAILED;
    if (ftruncate(fd, (off_t)size) == 0)
        base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
        close(fd);
        return -1;
    }
    char *at = put(base, &head, sizeof(head));
    at += (head.n_argv + 1) * sizeof(char *);
    at = put(at, s->files, s->n_files * sizeof(*s->files));
    for (size_t i = 0; i < head.n_argv; i++)
        at = put(at, s->argv[i], strlen(s->argv[i]) + 1);
    for (size_t i = 0; i < s->n_files; i++) {
        at = put(at, s->files[i].name, strlen(s->files[i].name) + 1);
        at = put(at, s->files[i].bytes, s->files[i].n);
    }
    if (s->lib_folder)
        at = put(at, s->lib_folder, strlen(s->lib_folder) + 1);
    if (s->stdin_bytes)
        (void)put(at, s->stdin_bytes, s->n_stdin);
    munmap(base, size);
    return fd;
}
