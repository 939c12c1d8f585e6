/*
 * attack_free.h - the attacks outside of the jail, where that is safe: what
 * does not work there proves nothing inside.  Needs root.
 */
#ifndef TW_TESTS_ATTACK_FREE_H
#define TW_TESTS_ATTACK_FREE_H

#include "attack_host.h"

/* Runs all that can; how many of them worked.  Names those that did not. */
size_t attack_free_all(const struct attacks *all, struct attack_host *h,
                       size_t *n_worked);

#endif /* TW_TESTS_ATTACK_FREE_H */
