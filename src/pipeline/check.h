/*
 * check.h - what run would stumble over, found before any answer is asked for.
 *
 *     struct tw_check_config c = { .path = "project.toml", .data = true };
 *     TW_TRY(tw_check_file(&c, &arena, &found, &n_tests, err));
 */
#ifndef TW_PIPELINE_CHECK_H
#define TW_PIPELINE_CHECK_H

#include "base/arena.h"
#include "base/status.h"
#include "jail/jail.h"
#include "spec/findings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tw_check_config {
    const char *path; /* of a project or a specification */
    bool data;        /* read the trials, and ask the oracles about inputs */
    struct tw_jail *jail; /* NULL: expressions are not looked at */
    uint64_t seed;
};

/* Everything that is wrong with a file and those that it names; TW_OK also
 * then.  Fails where the file cannot be opened.  The texts of the findings are
 * in the arena of found. */
enum tw_status tw_check_file(const struct tw_check_config *c,
                             struct tw_spec_findings *found, size_t *n_tests,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_PIPELINE_CHECK_H */
