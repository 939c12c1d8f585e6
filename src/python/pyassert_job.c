/*
 * pyassert_job.c - the jobs of the two drivers of pyassert as bytes, and the
 * drivers as zygotes know them.
 *
 * A trial shows a zygote which memory a job changes, so it does what jobs do:
 * import, annotate, loop, compare, fail.  It must not fail by itself: a zygote
 * whose trial ends early learns less and is slower, with the same results.
 */
#include "python/interpreter.h"
#include "python/pyassert_priv.h"
#include "python/pyval.h"

#include "base/banned.h"

#define FILE_NAME "candidate.py"

/* pyassert_wire.py and a driver, made into arrays at build time. */
extern const char tw_pyassert_candidate[];
extern const char tw_pyassert_tests[];

/* (module, file, source) */
void tw_pyassert_put_candidate(struct tw_buf *b,
                               const struct tw_pyassert_job *job)
{
    const char *module = "candidate";

    if (job->module_name)
        module = job->module_name;
    tw_pyval_put_tuple(b, 3);
    tw_pyval_put_str(b, module);
    tw_pyval_put_str(b, FILE_NAME);
    tw_pyval_put_bytes(b, job->candidate, job->candidate_len);
}

/* (tests, helpers, entry, seconds per assertion, late ones at most, go on) */
void tw_pyassert_put_tests(struct tw_buf *b, const struct tw_pyassert_job *job)
{
    tw_pyval_put_tuple(b, 6);
    tw_pyval_put_str(b, job->tests);
    tw_pyval_put_str(b, job->helpers);
    tw_pyval_put_str(b, job->entry);
    tw_pyval_put_float(b, job->assert_s);
    tw_pyval_put_int(b, job->n_late_max);
    tw_pyval_put_bool(b, job->go_on);
}

/* ---- trials ---- */

/* A candidate as task sets have them: an import, annotations, a loop. */
static void trial_candidate(struct tw_buf *b)
{
    static const char source[] =
        "from typing import List\n"
        "def f(numbers: List[float], limit: float) -> bool:\n"
        "    for i, a in enumerate(numbers):\n"
        "        if a < limit:\n"
        "            return i == 0\n";

    tw_pyassert_put_candidate(
        b, &(struct tw_pyassert_job){ .candidate = source,
                                      .candidate_len = sizeof(source) - 1 });
}

/* Its tests; the other side answers True to every call (jail/warm_talk.c). */
static void trial_tests(struct tw_buf *b)
{
    static const char tests[] =
        "def check(candidate):\n"
        "    assert candidate([1.0, 2.0], 0.3) == True\n"
        "    assert candidate([1.0], 0.05) == True, 'text'\n"
        "    assert not candidate is None\n";

    tw_pyassert_put_tests(b, &(struct tw_pyassert_job){
                                 .tests = tests, .entry = "f", .go_on = true });
}

/* A frame as pyassert_wire.py reads it, big-endian: the length of the rest,
 * kind, number. */
static void put_frame(struct tw_buf *b, char kind, unsigned number, size_t n)
{
    const char head[] = { 0, 0, (char)(n >> 8), (char)n, kind, 0,
                          0, 0, (char)number };

    TW_ASSERT(n < 1u << 15 && number < 128);
    tw_buf_add(b, head, sizeof(head));
}

/* A request: the seconds that are left (0: no limit), then values. */
static void put_request(struct tw_buf *b, char kind, unsigned number,
                        const struct tw_buf *values)
{
    static const char no_limit[8];

    put_frame(b, kind, number, 1 + 4 + sizeof(no_limit) + values->len);
    tw_buf_add(b, no_limit, sizeof(no_limit));
    tw_buf_add(b, values->bytes, values->len);
    if (values->failed)
        b->failed = values->failed;
}

/* What tests say to the candidate above: the names that they want, a call of
 * the first, f([1.0, 2.0], 0.3), the end. */
static void talk_candidate(struct tw_buf *b)
{
    struct tw_buf values;

    tw_buf_init(&values, b->limit);
    tw_pyval_put_tuple(&values, 1);
    tw_pyval_put_str(&values, "f");
    put_request(b, 'N', 1, &values);
    tw_buf_clear(&values);
    tw_pyval_put_int(&values, 0);
    tw_pyval_put_tuple(&values, 0); /* no names of arguments */
    tw_pyval_put_list(&values, 2);
    tw_pyval_put_float(&values, 1.0);
    tw_pyval_put_float(&values, 2.0);
    tw_pyval_put_float(&values, 0.3);
    put_request(b, 'C', 2, &values);
    tw_buf_release(&values);
    put_frame(b, 'E', 3, 1 + 4);
}

/* The tests speak only when they are asked, so their other side says nothing
 * first; but it is there. */
static void talk_tests(struct tw_buf *b)
{
    (void)b;
}

const struct tw_jail_driver tw_pyassert_warm_candidate = {
    .program = tw_py_interpreter,
    .words = tw_py_warm_words,
    .text = tw_pyassert_candidate,
    .trial = trial_candidate,
    .talk = talk_candidate,
};

const struct tw_jail_driver tw_pyassert_warm_tests = {
    .program = tw_py_interpreter,
    .words = tw_py_warm_words,
    .text = tw_pyassert_tests,
    .trial = trial_tests,
    .talk = talk_tests,
};
