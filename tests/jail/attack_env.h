/*
 * attack_env.h - the surroundings in which the suite runs, made by the test:
 * root, an ordinary user, and hosts without user namespaces, where a filter
 * answers EPERM or where their number is limited to 0 (ENOSPC).
 */
#ifndef TW_TESTS_ATTACK_ENV_H
#define TW_TESTS_ATTACK_ENV_H

#include <stdbool.h>

#define ATTACK_UID 58777 /* an ordinary user that nobody is */

enum attack_env {
    ENV_ROOT,
    ENV_USER,
    ENV_ROOT_EPERM,  /* no user namespaces: root makes the others */
    ENV_ROOT_ENOSPC, /* the same by user.max_user_namespaces */
    ENV_USER_EPERM,  /* tier A is refused, tier B on demand */
    ENV_USER_ENOSPC,
    ENV_ROOT_NOTHING, /* no namespaces of any kind */
    ENV_COUNT
};

const char *attack_env_name(enum attack_env e);
/* No namespaces for a run: tier A has to be refused. */
bool attack_env_weak(enum attack_env e);
/* The word that the refusal has to hold. */
const char *attack_env_cause(enum attack_env e);
/* Run act(arg) in a child that lives there.  False: it cannot be made here
 * (not root), or the child did not end with status 0. */
bool attack_env_can(enum attack_env e);
bool attack_env_run(enum attack_env e, void (*act)(void *), void *arg);

#endif /* TW_TESTS_ATTACK_ENV_H */
