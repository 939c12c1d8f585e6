/* What the tests of a candidate wrote, any bytes, and any ends of the two runs:
 * a report that is whole, and a pass only for a record that says so and ends
 * that allow it. */
#include "fuzz.h"

#include "python/pyassert_priv.h"

enum { ARENA = 1 << 22 };

static const char passing[] = "Lp#31:t8:Ts4:nones0:s0:i1:0s0:s0:i1:1";

static void check_report(const struct tw_pyassert_report *r,
                         const struct tw_jail_result runs[2])
{
    const struct tw_finding *f = &r->finding;
    size_t n_passed = 0;

    MUST(memchr(f->type, '\0', sizeof(f->type)));
    MUST(memchr(f->text, '\0', sizeof(f->text)));
    MUST(memchr(f->got, '\0', sizeof(f->got)));
    MUST(memchr(f->expected, '\0', sizeof(f->expected)));
    MUST(f->cause < TW_CAUSE_COUNT && f->line >= 0);
    for (size_t i = 0; i < r->n_asserts; i++)
        n_passed += r->outcomes[i] == TW_ASSERT_PASSED;
    MUST(n_passed == r->n_passed);
    MUST((f->end == TW_END_PASS) == (f->cause == TW_CAUSE_NONE));
    if (f->end != TW_END_PASS)
        return;
    MUST(r->loaded && r->finished && n_passed > 0 && n_passed == r->n_asserts);
    MUST(runs[0].end == TW_END_PASS);
    MUST(runs[1].end == TW_END_PASS);
}

/* The first byte: how the runs ended. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct tw_jail_result runs[2] = { 0 };
    struct tw_pyassert_report r;
    struct tw_arena a;

    if (n == 0)
        return 0;
    runs[0].end = (enum tw_end)(bytes[0] & 7);
    runs[1].end = (enum tw_end)(bytes[0] >> 3 & 7);
    tw_buf_init(&runs[1].record, n + sizeof(passing));
    tw_buf_add(&runs[1].record, bytes + 1, n - 1);
    tw_arena_init(&a, ARENA);
    if (tw_pyassert_judge(&r, runs, TW_JAIL_TIER_A, &a))
        check_report(&r, runs);
    /* The same bytes behind a record that passes take the pass away. */
    tw_buf_clear(&runs[1].record);
    tw_buf_add(&runs[1].record, passing, sizeof(passing) - 1);
    tw_buf_add(&runs[1].record, bytes + 1, n - 1);
    if (tw_pyassert_judge(&r, runs, TW_JAIL_TIER_A, &a))
        MUST(n == 1 || r.finding.end != TW_END_PASS);
    tw_buf_release(&runs[1].record);
    tw_arena_release(&a);
    return 0;
}
