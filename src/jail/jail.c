/*
 * jail.c - the jail as its callers see it: opened, asked to run, closed.
 *
 * Opening tries what the host allows.  No file says which of the walls can be
 * built here: distributions, containers and settings of the kernel each forbid
 * other parts.  So the walls are built once with nothing inside, and the step
 * that fails names the cause (try_walls).
 */
#define _GNU_SOURCE
#include "jail/jail_priv.h"
#include "jail/jail_root_priv.h"
#include "jail/jail_run_priv.h"
#include "jail/jail_spawn_priv.h"
#include "jail/jail_walls_priv.h"
#include "jail/zygote_priv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jail/syscalls.h"

#include "base/banned.h"

enum tw_jail_tier tw_jail_tier(const struct tw_jail *jail)
{
    return jail->tier;
}

/* Parts of [A-Za-z0-9._-], not starting with '.' or '-', between '/'. */
static bool name_ok(const char *name)
{
    size_t len = strlen(name);
    bool start = true;

    if (len == 0 || len > 200 || name[len - 1] == '/')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c >= '0' && c <= '9') || c == '_';
        if (!word && (start || (c != '.' && c != '-' && c != '/')))
            return false;
        start = c == '/';
    }
    return true;
}

/* Bounds under which no sum or product of limits overflows, and under which
 * none is so small that our own part of a run (a page of tmpfs, pipes) does
 * not fit. */
static enum tw_status limits_check(const struct tw_jail_limits *l,
                                   struct tw_err *err)
{
    const size_t max = (size_t)1 << 46;

    if (!(l->wall_s > 0 && l->wall_s <= 1e6 && l->cpu_s > 0 && l->cpu_s <= 1e6))
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse a time limit that is not "
                       "between 0 and 1000000 s");
    if (l->mem_bytes < (size_t)1 << 20 || l->mem_bytes > max ||
        l->disk_bytes < 4096 || l->disk_bytes > max || l->out_bytes > max / 64)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse a size limit outside of its range");
    if (l->n_procs < 1 || l->n_procs > 256 || l->n_files < 4 ||
        l->n_files > 65536)
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse a limit of %u processes, %u descriptors",
                       l->n_procs, l->n_files);
    return TW_OK;
}

/* Mistakes of the caller are told before anything is made; a path must be
 * full because the search along PATH would be that of the host, not of the
 * jail. */
static enum tw_status spec_check(const struct tw_jail_spec *s,
                                 struct tw_err *err)
{
    if (!s->argv || !s->argv[0] || s->argv[0][0] != '/')
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse a program that is no full path");
    if (s->lib_folder && s->lib_folder[0] != '/')
        return tw_fail(err, TW_EINVAL, 0,
                       "refuse a library folder that is no full path");
    for (size_t i = 0; i < s->n_files; i++)
        if (!name_ok(s->files[i].name))
            return tw_fail(err, TW_EINVAL, i, "refuse the file name '%.60s'",
                           s->files[i].name);
    return limits_check(&s->limits, err);
}

enum tw_status tw_jail_run(struct tw_jail *jail, const struct tw_jail_spec *s,
                           struct tw_jail_result *r, struct tw_err *err)
{
    tw_jail_result_release(r);
    TW_TRY(spec_check(s, err));
    return tw_jail_attempt(jail, s, r, 1, err);
}

enum tw_status tw_jail_run_pair(struct tw_jail *jail,
                                const struct tw_jail_spec s[2],
                                struct tw_jail_result r[2], struct tw_err *err)
{
    tw_jail_result_release(&r[0]);
    tw_jail_result_release(&r[1]);
    TW_TRY(spec_check(&s[0], err));
    TW_TRY(spec_check(&s[1], err));
    return tw_jail_attempt(jail, s, r, 2, err);
}

/* Try the walls with nothing to run inside. */
static enum tw_status try_walls(struct tw_jail *jail, char cause[160],
                                struct tw_err *err)
{
    struct tw_jail_spec s = { .limits = tw_jail_limits_default() };
    struct tw_jail_result r;

    /* The spawner has a copy of what has changed: a new one. */
    if (jail->tier != TW_JAIL_TIER_B && tw_jail_spawner_start(jail)) {
        snprintf(cause, 160, "cannot make a process");
        return tw_fail(err, TW_EIO, 0, "cannot make a process for the jail");
    }
    tw_jail_result_init(&r);
    enum tw_status st = tw_jail_attempt(jail, &s, &r, 1, err);
    memcpy(cause, r.cause, sizeof(r.cause));
    if (st == TW_OK && r.end != TW_END_PASS)
        st =
            tw_fail(err, TW_EIO, 0, "cannot isolate programs: %.150s", r.cause);
    tw_jail_result_release(&r);
    return st;
}

/* What to change, by what failed. */
static enum tw_status refuse(const char *cause, struct tw_err *err)
{
    const char *cure = "see docs/sandbox.md";

    if (strstr(cause, "namespaces") && strstr(cause, "No space"))
        cure = "raise user.max_user_namespaces";
    else if (strstr(cause, "namespaces") || strstr(cause, "map the uid"))
        cure = "allow user namespaces (kernel.unprivileged_userns_clone=1, "
               "AppArmor, container --security-opt seccomp=...)";
    return tw_fail(err, TW_EIO, 0, "cannot isolate: %.80s; %.110s", cause,
                   cure);
}

/* From the strongest form of the walls to weaker ones.  Each is tried only
 * where the one before it could not be had, and what was left out stays
 * written in the jail (proc, userns, tier), for every run has to do the
 * same.  A failure that is not TW_EIO is no property of the host (out of
 * memory), so it ends the search. */
static enum tw_status probe(struct tw_jail *jail, bool allow_weak,
                            struct tw_err *err)
{
    char cause[160] = "";

    TW_TRY(tw_jail_filter_build(jail, err));
    enum tw_status st = try_walls(jail, cause, err);
    if (st == TW_EIO && strstr(cause, "mount /proc")) {
        /* Some containers hide parts of /proc: do without. */
        jail->proc = false;
        st = try_walls(jail, cause, err);
    }
    if (st == TW_EIO && jail->root) {
        /* No user namespaces, but root may make the others without. */
        char first[160];
        memcpy(first, cause, sizeof(first));
        jail->userns = false;
        st = try_walls(jail, cause, err);
        jail->userns = st != TW_OK;
        if (st == TW_EIO)
            memcpy(cause, first, sizeof(first));
    }
    if (st != TW_EIO)
        return st;
    if (!allow_weak || jail->abi < 3)
        return refuse(cause, err);
    tw_jail_spawner_stop(jail);
    tw_jail_groups_close(jail);
    jail->tier = TW_JAIL_TIER_B;
    free(jail->bpf); /* the filter is another one there */
    jail->bpf = NULL;
    TW_TRY(tw_jail_filter_build(jail, err));
    return try_walls(jail, cause, err);
}

enum tw_status tw_jail_open(struct tw_jail **jail, bool allow_weak,
                            struct tw_err *err)
{
    const struct jail_options o = { .allow_weak = allow_weak };

    return tw_jail_open_with(jail, &o, err);
}

/* Binds and groups come before the probe, for they are a part of what it
 * tries.  On failure tw_jail_close() takes back what was made so far; it
 * works on a jail in any state. */
enum tw_status tw_jail_open_with(struct tw_jail **jail,
                                 const struct jail_options *o,
                                 struct tw_err *err)
{
    struct tw_jail *j = calloc(1, sizeof(*j));

    *jail = NULL;
    if (!j)
        return tw_fail(err, TW_ENOMEM, 0, "cannot allocate the jail");
    j->tier = TW_JAIL_TIER_A_MINUS;
    j->abi = tw_jail_landlock_abi();
    j->root = geteuid() == 0;
    j->proc = true;
    j->uid = JAIL_UID_SPAWNER + (uid_t)getpid() % JAIL_N_UIDS;
    j->userns = true;
    pthread_mutex_init(&j->weak_turn, NULL);
    pthread_mutex_init(&j->spawning, NULL);
    tw_jail_pool_open(j);
    tw_jail_binds_probe(j);
    tw_jail_groups_open(j, o->any_group);
    enum tw_status st = probe(j, o->allow_weak, err);
    if (st == TW_OK && j->tier == TW_JAIL_TIER_A_MINUS && j->groups.limits)
        j->tier = TW_JAIL_TIER_A;
    if (st == TW_OK)
        *jail = j;
    else
        tw_jail_close(j);
    return st;
}

void tw_jail_stop_when(struct tw_jail *jail, bool (*stop)(void))
{
    jail->stop = stop;
}

void tw_jail_close(struct tw_jail *jail)
{
    if (!jail)
        return;
    tw_jail_pool_close(jail);
    tw_jail_spawner_stop(jail);
    tw_jail_groups_close(jail);
    pthread_mutex_destroy(&jail->weak_turn);
    pthread_mutex_destroy(&jail->spawning);
    free(jail->bpf);
    free(jail);
}
