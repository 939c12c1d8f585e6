/*
 * jail_cgroup.h - control groups of version 2, one for each run.
 *
 * Only where a part of the tree is ours and has the controllers for memory and
 * processes; else the watch over memory does what it can (tier A-).
 */
#ifndef TW_JAIL_JAIL_CGROUP_H
#define TW_JAIL_JAIL_CGROUP_H

#include "jail/jail.h"

#include <sys/types.h>

#define GROUP_PATH_MAX 512

struct jail_groups {
    bool on;
    bool limits; /* with controllers: else only to kill all at once */
    char base[GROUP_PATH_MAX];
};

/* For all of the jail, and for one run.  0, or -1 with errno. */
struct jail_group {
    char path[GROUP_PATH_MAX + 16]; /* "": none */
    int fd;                         /* of the folder */
};
/* any: also without controllers, which limits nothing (for tests). */
void tw_jail_groups_open(struct tw_jail *jail, bool any);
void tw_jail_groups_close(struct tw_jail *jail);
/* The spawner; all that it starts is there too, unless it says otherwise. */
int tw_jail_groups_enter(const struct tw_jail *jail, pid_t pid);
int tw_jail_group_make(const struct tw_jail *jail, unsigned nr,
                       const struct tw_jail_limits *l, struct jail_group *g);
void tw_jail_group_kill(const struct jail_group *g);
/* Kill what is left and remove it.  True: memory ran out in it. */
bool tw_jail_group_end(struct jail_group *g);

#endif /* TW_JAIL_JAIL_CGROUP_H */
