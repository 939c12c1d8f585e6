/*
 * jail_message.c - messages with descriptors between the caller, the spawner
 * and a zygote, over sockets that keep messages apart.
 */
#define _GNU_SOURCE
#include "jail/jail_spawn_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "jail/syscalls.h"

#include "base/banned.h"

/* Aligned as the kernel wants it, with room for all descriptors of a
 * request. */
union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(JAIL_FDS_MAX * sizeof(int))];
};

/* No SIGPIPE where the other side has died: the caller gets EPIPE and starts
 * another. */
int tw_jail_send(int sock, const void *bytes, size_t n, const int *fds,
                 size_t n_fds)
{
    union {
        const void *from;
        void *to;
    } same = { bytes }; /* sendmsg() does not write */
    struct iovec part = { same.to, n };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
    union control control = { .bytes = { 0 } };

    if (n_fds) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent != (ssize_t)n)
        return -1;
    return 0;
}

/* The descriptors are the receiver's from here on, closed at an exec. */
ssize_t tw_jail_receive(int sock, void *bytes, size_t n, int *fds,
                        size_t *n_fds)
{
    struct iovec part = { bytes, n };
    union control control;
    struct msghdr m = { .msg_iov = &part,
                        .msg_iovlen = 1,
                        .msg_control = control.bytes,
                        .msg_controllen = sizeof(control.bytes) };
    ssize_t got;

    *n_fds = 0;
    do
        got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return got;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
        *n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), *n_fds * sizeof(int));
    }
    return got;
}
