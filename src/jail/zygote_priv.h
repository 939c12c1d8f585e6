/*
 * zygote_priv.h - the pool of zygotes: processes that are ready to fork a run.
 */
#ifndef TW_JAIL_ZYGOTE_PRIV_H
#define TW_JAIL_ZYGOTE_PRIV_H

#include "jail/jail_priv.h"

/* zygote.c: the pool of zygotes. */
void tw_jail_pool_open(struct tw_jail *jail);
void tw_jail_pool_close(struct tw_jail *jail);
/* One that is ready for the spec, or NULL: run it cold.  Never waits, but sees
 * to it that there are more next time. */
struct jail_zygote *tw_jail_zygote_take(struct tw_jail *jail,
                                        const struct tw_jail_spec *s);
/* The pidfd of the run's reaper, -1 where the zygote did not make one. */
int tw_jail_zygote_run(struct jail_zygote *z, const struct jail_plan *p);
/* Back to the others, or if it is not sound to its end. */
void tw_jail_zygote_give(struct tw_jail *jail, struct jail_zygote *z,
                         bool sound);

#endif /* TW_JAIL_ZYGOTE_PRIV_H */
