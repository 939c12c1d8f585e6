/*
 * bench_row.h - rows of a benchmark as JSON, out and in.
 */
#ifndef TW_BENCH_ROW_H
#define TW_BENCH_ROW_H

#include "base/json.h"
#include "base/json_out.h"
#include "bench/bench.h"

/* What was found, as members of the object that is open. */
void tw_bench_row_finding_out(struct tw_json_out *out,
                              const struct tw_bench_row *row);
/* The reverse; TW_EFORMAT for an unknown verdict or cause. */
enum tw_status tw_bench_row_read(struct tw_bench_row *row,
                                 const struct tw_json *line,
                                 struct tw_err *err) TW_NODISCARD;
/* All of a row as one object, as in samples.jsonl. */
void tw_bench_row_out(struct tw_json_out *out, const struct tw_bench_result *r,
                      const struct tw_taskset *set,
                      const struct tw_bench_row *row);

#endif /* TW_BENCH_ROW_H */
