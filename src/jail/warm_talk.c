/*
 * warm_talk.c - plays the other side of a driver in a zygote's trial.
 *
 * It knows the messages of docs/formats/pyassert.md, the only drivers that
 * talk; it stands here because it is a part of the module that is preloaded
 * (warm_fork.c), which no other room shares.  If more drivers learn to talk,
 * the answers belong into struct tw_jail_driver, as what is said first does.
 */
#define _GNU_SOURCE
#include "jail/warm_talk.h"

#include "jail/warm.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Messages as in docs/formats/pyassert.md: four bytes of length, highest
 * first, a letter, four bytes of number, values. */
enum { HEAD = 9, FRAME_MAX = 4096 };

/* The driver reads it when it gets to it: it fits into the socket. */
static void say_first(int fd)
{
    char text[FRAME_MAX];
    int from = open(WARM_TALK, O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;

    if (from >= 0) {
        n = read(from, text, sizeof(text));
        close(from);
    }
    if (n <= 0)
        return;
    n = write(fd, text, (size_t)n);
    (void)n; /* it fits into the socket */
}

/* To a request with this head.  False: that was the last one. */
static bool answer(int fd, const char *head)
{
    const char *values;
    char text[64];

    switch (head[4]) {
    case 'N':
        values = "l1:t2:s1:fh4:f0 fN";
        break;
    case 'C':
        values = "TN";
        break;
    case 'E':
        values = "";
        break;
    default:
        return true; /* an answer to us */
    }
    size_t n = strlen(values);
    const char start[5] = { 0, 0, 0, (char)(n + HEAD - 4), 'V' };
    memcpy(text, start, sizeof(start));
    memcpy(text + 5, head + 5, 4);
    memcpy(text + HEAD, values, n);
    return write(fd, text, HEAD + n) == (ssize_t)(HEAD + n) && head[4] != 'E';
}

/* Bytes of the frame at text, 0 when it is not whole yet. */
static size_t frame_len(const char *text, size_t n)
{
    const unsigned char *u = (const unsigned char *)text;

    if (n < HEAD)
        return 0;
    size_t len = 4 + ((size_t)u[0] << 24 | (size_t)u[1] << 16 |
                      (size_t)u[2] << 8 | (size_t)u[3]);
    if (len > n)
        return 0;
    return len;
}

void tw_warm_talk(int fd)
{
    char text[FRAME_MAX];
    size_t have = 0, len;
    bool more = true;

    say_first(fd);
    while (more && have < sizeof(text)) {
        ssize_t n = read(fd, text + have, sizeof(text) - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        while (more && (len = frame_len(text, have)) > 0) {
            more = len >= HEAD && answer(fd, text);
            have -= len;
            memmove(text, text + len, have);
        }
    }
    close(fd);
}
