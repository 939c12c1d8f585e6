/*
 * jail_spawn_priv.h - the process that makes the processes of cold runs, and
 * how a plan gets to it: as a file in memory, over a socket.
 */
#ifndef TW_JAIL_JAIL_SPAWN_PRIV_H
#define TW_JAIL_JAIL_SPAWN_PRIV_H

#include "jail/jail_priv.h"

/* jail_message.c: bytes and descriptors over a socket.  0 or -1, errno;
 * receive: as recvmsg(). */
#define JAIL_FDS_MAX 8
int tw_jail_send(int sock, const void *bytes, size_t n, const int *fds,
                 size_t n_fds);
ssize_t tw_jail_receive(int sock, void *bytes, size_t n, int *fds,
                        size_t *n_fds);

/* jail_image.c: a plan and a spec as a file in memory, and back.  -1, NULL:
 * errno. */
struct jail_image {
    struct jail_plan plan;
    struct tw_jail_spec spec;
    size_t n_argv;
};
int tw_jail_image_make(const struct jail_plan *p, const struct tw_jail_spec *s);
struct jail_image *tw_jail_image_open(int fd);

/* jail_spawn.c: the spawner, from open to close.  0, or -1 with errno. */
int tw_jail_spawner_start(struct tw_jail *jail);
void tw_jail_spawner_stop(struct tw_jail *jail);
/* Another one, for it seems to have died. */
int tw_jail_spawner_renew(struct tw_jail *jail);
/* Ask it for a reaper; p->fd_pid says its pid, or 0 where p->fd_report says
 * what failed. */
int tw_jail_spawn(struct tw_jail *jail, const struct jail_plan *p);

#endif /* TW_JAIL_JAIL_SPAWN_PRIV_H */
