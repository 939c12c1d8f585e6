#!/bin/sh
# bench.sh - run every benchmark of a build folder; one JSON line each.
set -eu
build=${1:-build}
for b in bench_gemm bench_tensor bench_sssd bench_llm bench_jail; do
  ninja -C "$build" "perf/$b" >/dev/null
  "$build/perf/$b"
done
