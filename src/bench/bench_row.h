/*
 * bench_row.h - rows of a benchmark as JSON, out and in.
 */
#ifndef TW_BENCH_ROW_H
#define TW_BENCH_ROW_H

#include "base/json.h"
#include "bench/bench.h"

/* What was found, as members of an object, without braces. */
void tw_bench_row_add_outcome(struct tw_buf *b, const struct tw_bench_row *row);
/* The reverse; TW_EFORMAT for an unknown verdict or cause. */
enum tw_status tw_bench_row_read(struct tw_bench_row *row,
                                 const struct tw_json *line,
                                 struct tw_err *err) TW_NODISCARD;

#endif /* TW_BENCH_ROW_H */
