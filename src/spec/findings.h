/*
 * findings.h - all that is wrong with files, not only the first of it.
 *
 * Who reads or checks a file with a list of findings goes on behind a mistake
 * wherever what follows can still be judged.  Errors are what run would refuse
 * or could not judge; warnings are tests that run and prove little.
 *
 *     struct tw_spec_findings found;
 *     tw_spec_findings_init(&found, &arena);
 *     TW_TRY(tw_project_check(&project, &arena, path, &found, err));
 *     for (size_t i = 0; i < found.n; i++)
 *         print(found.list[i].pos, found.list[i].reason);
 *
 * Places and reasons are copies: they outlive what was read.
 */
#ifndef TW_SPEC_FINDINGS_H
#define TW_SPEC_FINDINGS_H

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

struct tw_spec_pos {
    const char *file;
    unsigned line, column; /* 1-based */
};

enum tw_spec_grade { TW_SPEC_ERROR, TW_SPEC_WARNING };
const char *tw_spec_grade_name(enum tw_spec_grade g); /* "error" */

struct tw_spec_finding {
    enum tw_spec_grade grade;
    struct tw_spec_pos pos;
    const char *reason; /* one line */
};

/* More than these help nobody: the rest is counted. */
enum { TW_SPEC_FINDINGS_MAX = 1000 };

struct tw_spec_findings {
    struct tw_arena *a;           /* of the texts */
    struct tw_spec_finding *list; /* (n) in the order in which they came */
    size_t n, n_lost;
    size_t n_errors; /* of all, lost ones too */
};

/* Memory comes with the first finding: a good file costs none. */
void tw_spec_findings_init(struct tw_spec_findings *f, struct tw_arena *a);
/* One more; the same at the same place is one.  Only memory can fail. */
enum tw_status tw_spec_found(struct tw_spec_findings *f,
                             enum tw_spec_grade grade, struct tw_spec_pos pos,
                             const char *fmt, ...) TW_PRINTF(4, 5);

/* By file, line and column: as a person goes through them. */
void tw_spec_findings_sort(struct tw_spec_findings *f);

#endif /* TW_SPEC_FINDINGS_H */
