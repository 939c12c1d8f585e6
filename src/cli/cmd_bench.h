/*
 * cmd_bench.h - what the files of the subcommand bench share.
 */
#ifndef TW_CLI_CMD_BENCH_H
#define TW_CLI_CMD_BENCH_H

#include "bench/bench.h"
#include "bench/bench_ask.h"
#include "bench/bench_report.h"
#include "bench/bench_stats.h"
#include "cli/cli.h"

enum { TW_BENCH_SETS_MAX = 2, TW_BENCH_FILES_MAX = 16 };

struct tw_bench_args {
    struct tw_common common;
    const char *data, *prompts, *model, *k, *table, *out, *tasks, *name, *style,
        *n_at_k;
    struct tw_opt_list samples;
    int64_t n, max_tokens, limit, mem_mib;
    double temperature, top_p, time_s;
    bool canonical, stub_only;
    bool prelude, stub, no_stub, completion, program;
    bool all_tasks, force, cold, weak, cut;
};

/* One row of the table. */
struct tw_bench_answers {
    struct tw_samples samples;
    struct tw_asked asked;
    struct tw_sample *items; /* chosen and changed as the options say; arena */
    size_t n_items;
    char asking[400]; /* what was asked, and what came; "" */
    char form[120];   /* what the texts of a file are; "" */
    char doubt[160];  /* why the figures may be no figures; "" */
    char title[96], folder[512], inputs[TW_HASH_HEX_SIZE];
    char asked_inputs[TW_HASH_HEX_SIZE]; /* of the answers; "" */
    struct tw_bench_job job;
    struct tw_bench_result result;
};

struct tw_bench_cli {
    const struct tw_bench_args *args;
    struct tw_arena *arena; /* of the job: this struct, choices, items */
    struct tw_cli_progress progress;
    struct tw_jail *jail;
    struct tw_langs *langs;
    struct tw_backend *backend;
    struct tw_llm *llm;
    char model_sha256[TW_HASH_HEX_SIZE];
    struct tw_ranks *ranks;
    struct tw_pool *pool;
    struct tw_taskset sets[TW_BENCH_SETS_MAX];
    bool *chosen[TW_BENCH_SETS_MAX]; /* tasks */
    size_t n_sets;
    struct tw_bench_answers rows[TW_BENCH_FILES_MAX];
    struct tw_bench_entry entries[TW_BENCH_FILES_MAX];
    size_t n_rows;
    struct tw_bench_stats_options stats;
    enum tw_sheet_format format;
};

/* The task set, or the two of the paper, and which tasks are chosen. */
enum tw_status tw_cli_bench_sets(struct tw_bench_cli *b, const char *name,
                                 struct tw_err *err) TW_NODISCARD;
/* Answers from where the options say, judged and summed up. */
enum tw_status tw_cli_bench_judge(struct tw_bench_cli *b,
                                  struct tw_err *err) TW_NODISCARD;

#endif /* TW_CLI_CMD_BENCH_H */
