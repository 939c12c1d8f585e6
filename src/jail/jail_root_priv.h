/*
 * jail_root_priv.h - the file system of a run.  Called in the forks, but for
 * the probe.
 */
#ifndef TW_JAIL_JAIL_ROOT_PRIV_H
#define TW_JAIL_JAIL_ROOT_PRIV_H

#include "jail/jail_priv.h"

/* jail_root.c: the file system of the run.  0, or the step that failed, with
 * errno set. */
void tw_jail_binds_probe(struct tw_jail *jail);
enum jail_step tw_jail_root_build(const struct jail_plan *p);
/* The same from inside of a zygote's root: what is the run's own. */
enum jail_step tw_jail_root_renew(const struct jail_plan *p);
/* Files of the spec into the work folder, and stdin beside it. */
int tw_jail_files_write(const struct jail_plan *p, const char *work);

#endif /* TW_JAIL_JAIL_ROOT_PRIV_H */
