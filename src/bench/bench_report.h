/*
 * bench_report.h - what a benchmark prints: the table, figures with
 * intervals, failure classes, samples that differ from what was recorded.
 */
#ifndef TW_BENCH_REPORT_H
#define TW_BENCH_REPORT_H

#include "bench/bench_stats.h"
#include "bench/sheet.h"

/* One judged set of answers: a row of the table. */
struct tw_bench_entry {
    const char *model;  /* or the file of the answers */
    const char *sha256; /* of the model or file; NULL: none */
    /* Lines below the table, "notes" of the document; NULL: none. */
    const char *notes[4];
    const char *form; /* what the recorded texts are; NULL: none were read */
    const struct tw_taskset *set;
    const struct tw_bench_job *job;
    const struct tw_bench_result *result;
    struct tw_bench_stats_options options;
    struct tw_bench_stats stats;
    struct tw_bench_stats filled; /* without empty answers */
    char meteor[96];
};

enum tw_status tw_bench_report(struct tw_buf *b,
                               const struct tw_bench_entry *entries, size_t n,
                               enum tw_sheet_format format,
                               struct tw_err *err) TW_NODISCARD;
enum tw_status tw_bench_report_json(struct tw_buf *b,
                                    const struct tw_bench_entry *entries,
                                    size_t n, struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_REPORT_H */
