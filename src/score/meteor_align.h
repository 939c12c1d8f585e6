/*
 * meteor_align.h - the best alignment of two texts: most matches, and of those
 * alignments one with the fewest chunks.
 *
 * Finding it is hard in general (a text cut into the fewest common pieces), so
 * the search has a cap.  It goes through the hypothesis token by token and
 * keeps one state per set of used reference tokens and open chunk; states that
 * cannot reach the most matches, or not with fewer chunks than are known, are
 * dropped.
 */
#ifndef TW_SCORE_METEOR_ALIGN_H
#define TW_SCORE_METEOR_ALIGN_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TW_ALIGN_TOKENS = 512, /* of one text */
    TW_ALIGN_WORDS = TW_ALIGN_TOKENS / 64,
    TW_ALIGN_STEPS = 1 << 20, /* choices looked at in one search: the cap */
};

/* Which tokens may match: row i has bit j for hypothesis token i and reference
 * token j. */
struct tw_align_graph {
    const uint64_t (*rows)[TW_ALIGN_WORDS];
    size_t n_hyp, n_ref;
};

struct tw_align {
    size_t matches, chunks;
    /* Per token of the hypothesis: the reference token, or SIZE_MAX. */
    size_t *links;
    bool proven; /* no better one; false when the search met the cap */
};

/* r->links is given: room for n_hyp, holding some alignment to start from (all
 * SIZE_MAX will do); better ones replace it.  Scratch memory from the arena. */
enum tw_status tw_align_best(struct tw_align *r, struct tw_arena *a,
                             const struct tw_align_graph *g,
                             struct tw_err *err) TW_NODISCARD;

#endif /* TW_SCORE_METEOR_ALIGN_H */
