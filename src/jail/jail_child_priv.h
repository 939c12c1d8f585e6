/*
 * jail_child_priv.h - what runs in the forks: the reaper, and the program until
 * its exec.  No malloc, no streams (jail_priv.h); what fails is reported as a
 * step, and ends the process.
 */
#ifndef TW_JAIL_JAIL_CHILD_PRIV_H
#define TW_JAIL_JAIL_CHILD_PRIV_H

#include "jail/jail_priv.h"

#include <sched.h>

/* jail_child.c: what runs in the forks. */
#define JAIL_NAMESPACES                                          \
    (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | \
     CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
void tw_jail_signals_reset(void);
void tw_jail_signals_unblock(void);
/* Where the descriptors of reaper and program are. */
enum {
    JAIL_FD_IN,
    JAIL_FD_OUT,
    JAIL_FD_ERR,
    JAIL_FD_RECORD,
    JAIL_FD_PEER,
    JAIL_FD_REPORT,
    JAIL_N_FDS
};
/* The process that becomes the reaper, as a child of the caller. */
long tw_jail_spaces_make(const struct tw_jail *jail, int group);
_Noreturn void tw_jail_inside(struct jail_plan *p);
/* The part of it that is left where the root exists. */
void tw_jail_reaper_first(struct jail_plan *p);
void tw_jail_reaper_walls(const struct jail_plan *p);
/* System calls without the layers of libc, for the forked processes. */
long tw_jail_clone(unsigned long flags);
/* A fork, into the group if that is not -1, with a pidfd if asked for. */
long tw_jail_clone_into(unsigned long flags, int *pidfd, int group);
_Noreturn void tw_jail_quit(int code);
int tw_jail_fds_arrange(struct jail_plan *p);
void tw_jail_stdin_open(const struct jail_plan *p);
void tw_jail_report(const struct jail_plan *p, int status);
_Noreturn void tw_jail_program(const struct jail_plan *p);
_Noreturn void tw_jail_reap(const struct jail_plan *p, pid_t program);
_Noreturn void tw_jail_setup_failed(const struct jail_plan *p,
                                    enum jail_step step);

#endif /* TW_JAIL_JAIL_CHILD_PRIV_H */
