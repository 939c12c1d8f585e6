/*
 * jail_walls_priv.h - what a process may no longer do: uid, capabilities,
 * Landlock, rlimits, the filter of system calls.  The order in which they are
 * raised is jail_child.c's, and each depends on those before it.
 */
#ifndef TW_JAIL_JAIL_WALLS_PRIV_H
#define TW_JAIL_JAIL_WALLS_PRIV_H

#include "jail/jail_priv.h"

/* jail_walls.c: capabilities, Landlock, rlimits, filter.  0 or -1, errno. */
int tw_jail_landlock_abi(void);
int tw_jail_uid_take(uid_t uid, gid_t gid);
int tw_jail_caps_drop(const struct jail_plan *p);
int tw_jail_landlock_apply(const struct jail_plan *p);
int tw_jail_rlimits_apply(const struct jail_plan *p);
int tw_jail_filter_apply(const struct tw_jail *jail);

/* jail_seccomp.c, the only file that knows libseccomp. */
enum tw_status tw_jail_filter_build(struct tw_jail *jail, struct tw_err *err);
#define JAIL_FILTER_BYTES_MAX 8192
size_t tw_jail_filter_bytes(const struct tw_jail *jail);

#endif /* TW_JAIL_JAIL_WALLS_PRIV_H */
