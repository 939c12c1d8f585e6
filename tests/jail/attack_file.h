/*
 * attack_file.h - the programs of tests/jail/attacks/CLASS.txt.
 *
 *     ### NAME LANGUAGE VERDICT[,VERDICT]... [KEY=VALUE]...
 *     the program, up to the next line of this kind
 *
 * LANGUAGE: "py" (after prelude.py), "sh", "c" (words for attack_tool),
 * "forged" (a candidate, without verdicts), "honest" (a candidate that passes).
 * Keys: wall, cpu (seconds), must (a word of the output; "tried" without one),
 * free=user|root (unhindered it prints GOT, shown by a run outside of the jail)
 * and weak=got|fail (tier B: what it may get, by docs/sandbox.md; an honest
 * program that tier B cannot run).
 */
#ifndef TW_TESTS_ATTACK_FILE_H
#define TW_TESTS_ATTACK_FILE_H

#include "jail/jail.h"

enum attack_lang {
    ATTACK_PY,
    ATTACK_SH,
    ATTACK_C,
    ATTACK_FORGED,
    ATTACK_HONEST
};
enum attack_free { ATTACK_FREE_NOT, ATTACK_FREE_USER, ATTACK_FREE_ROOT };

struct attack {
    char group[16], name[64], must[32];
    enum attack_lang lang;
    unsigned verdicts; /* set of 1 << enum tw_end */
    enum attack_free free;
    bool weak_got, weak_fails;
    bool control; /* honest: it has to pass */
    double wall_s, cpu_s;
    char *text; /* of the program, owned */
};

struct attacks {
    struct attack *list; /* owned */
    size_t n;
    char *prelude;
    void *tool; /* attack_tool, a program */
    size_t n_tool;
};

/* From the source tree (TW_SOURCE) and the tool's path (TW_ATTACK_TOOL);
 * false with a line on stdout. */
bool attacks_load(struct attacks *a);
void attacks_release(struct attacks *a);

#endif /* TW_TESTS_ATTACK_FILE_H */
