/*
 * warm.h - what the caller and a zygote say to each other.
 *
 * A zygote is an interpreter in a jail of its own, which has loaded the usual
 * modules and made one driver ready (struct tw_jail_driver).  A module of ours
 * (warm_fork.c), preloaded into it, takes requests and forks runs, each into
 * fresh namespaces.  What a run is about never passes through the zygote's
 * memory: source and input come by descriptor and are read in the run only.
 */
#ifndef TW_JAIL_WARM_H
#define TW_JAIL_WARM_H

#include "jail/jail_priv.h"
#include "jail/jail_walls_priv.h"

/* Files in the work folder of the zygote.  A run mounts its own over it. */
#define WARM_MODULE "warm_fork.so"
#define WARM_WALLS  "walls"
#define WARM_TRIAL  "trial" /* a job for it, to see what one does */
#define WARM_TALK   "talk"  /* what the other side says first; may be "" */

/* A run with fewer descriptors cannot be arranged; it starts cold. */
#define WARM_FILES_MIN 16

/* The file WARM_WALLS: what of struct tw_jail a run needs. */
struct warm_walls {
    int32_t abi;
    int32_t proc;
    uint32_t n_filter; /* bytes of it */
    _Alignas(8) char filter[JAIL_FILTER_BYTES_MAX];
};

/* Descriptors of a request: these, then for each bit of has one. */
enum { WARM_OUT, WARM_ERR, WARM_RECORD, WARM_REPORT, WARM_N_ALWAYS };
enum {
    WARM_HAS_STDIN = 1,
    WARM_HAS_FILES = 2,
    WARM_HAS_PEER = 4,
    WARM_HAS_GROUP = 8,
};

struct warm_request {
    uint32_t has;
    uint32_t n_procs;
    char box_options[96];
    struct tw_jail_limits limits;
#ifdef TW_FAULTS
    int32_t fault; /* tw_fault_far() */
#endif
};

/* "Ready", and the answer to each request: with the pidfd of the reaper, or
 * why there is none. */
struct warm_reply {
    int32_t error;
};

#endif /* TW_JAIL_WARM_H */
