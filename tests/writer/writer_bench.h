/*
 * writer_bench.h - the kit of the cases and a model that is a list of answers:
 * for the tests of the writer.
 */
#ifndef TW_TESTS_WRITER_BENCH_H
#define TW_TESTS_WRITER_BENCH_H

#include "cases/cases_kit.h"
#include "fake_llm.h"
#include "python/pyrun.h"
#include "writer/writer.h"

struct bench {
    struct kit kit;
    struct tw_llm llm;
    bool exact_only;
    struct tw_writer_result r;
};

static bool start(struct bench *b, const char *spec)
{
    memset(b, 0, sizeof(*b));
    return kit_start(&b->kit, spec);
}

static void stop(struct bench *b)
{
    kit_stop(&b->kit);
}

static enum tw_status run(struct bench *b, const char *const *answers, size_t n)
{
    b->llm.answers = answers;
    b->llm.n = n;
    struct tw_writer_env env = { .jail = b->kit.jail,
                                 .llm = &b->llm,
                                 .n_candidates = n,
                                 .temperature = -1,
                                 .top_p = -1,
                                 .seed = 1,
                                 .exact_only = b->exact_only,
                                 .version = "0.0.0" };
    struct kit *k = &b->kit;
    enum tw_status st = tw_writer_test(&env, &k->source, &k->a, &b->r, &k->err);
    if (st != TW_OK)
        printf("# %s\n", b->kit.err.msg);
    return st;
}

static inline void show(const struct tw_writer_result *r)
{
    printf("# status %s: %s\n", tw_writer_status_name(r->status), r->cause);
    for (size_t i = 0; i < r->cases.n; i++)
        printf("# %s%s | %s -> %.60s | %s\n",
               r->cases.list[i].in_prompt ? "*" : " ",
               tw_case_origin_name(r->cases.list[i].origin),
               r->cases.list[i].call, r->cases.list[i].want_text,
               r->cases.list[i].reason);
    for (size_t i = 0; i < r->n_candidates; i++)
        printf("# candidate %zu: %s, %zu passed, %s\n", i,
               tw_loss_name(r->candidates[i].loss), r->candidates[i].n_passed,
               r->candidates[i].cause);
}

/* Run the emitted script in the jail: its exit status. */
static inline int run_script(struct bench *b, const char *script)
{
    static const char kpi[] = "def is_low(v):\n    return v < 10\n";
    struct tw_jail_file files[2] = {
        { "script.py", script, strlen(script) },
        { "kpi.py", kpi, strlen(kpi) },
    };
    const char *argv[] = { tw_py_interpreter(), "script.py", NULL };
    struct tw_jail_spec s = { .argv = argv,
                              .files = files,
                              .n_files = 2,
                              .limits = tw_jail_limits_default() };
    struct tw_jail_result res;
    tw_jail_result_init(&res);
    CHECK(tw_jail_run(b->kit.jail, &s, &res, &b->kit.err) == TW_OK);
    if (res.exit_code != 0)
        printf("# exit %d, %zu bytes of output\n", res.exit_code, res.out.len);
    int code = res.exit_code;
    tw_jail_result_release(&res);
    return code;
}

#endif /* TW_TESTS_WRITER_BENCH_H */
