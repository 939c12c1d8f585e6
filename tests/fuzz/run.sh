#!/bin/sh
# Runs every fuzz target for a while: run.sh BUILD [SECONDS [TARGET...]].  What
# is found stays in BUILD/fuzz; so does the corpus, for the next time.
set -eu
build=$1
seconds=${2:-20}
if [ $# -gt 2 ]; then shift 2; else set --; fi
here=$(dirname "$0")
work=$build/fuzz

# Some targets write a small file for each run.
[ -w /dev/shm ] && export TMPDIR=/dev/shm
mkdir -p "$work/seeds"
[ -x "$build/tests/fuzz/fuzz_seeds" ] && "$build/tests/fuzz/fuzz_seeds" "$work/seeds"
if [ $# -eq 0 ]; then
  for f in "$build"/tests/fuzz/fuzz_*; do
    name=${f##*/fuzz_}
    [ -f "$f" ] && [ "$name" != seeds ] && set -- "$@" "$name"
  done
fi
failed=
for name; do
  case $name in
    model | gen | report | ckpt) max=65536 ;;
    *) max=4096 ;;
  esac
  mkdir -p "$work/corpus/$name"
  seeds=
  for dir in "$here/corpus/$name" "$work/seeds/$name"; do
    [ -d "$dir" ] && seeds="$seeds $dir"
  done
  dict=
  [ -f "$here/$name.dict" ] && dict=-dict=$here/$name.dict
  # shellcheck disable=SC2086 # the lists are words
  if "$build/tests/fuzz/fuzz_$name" "$work/corpus/$name" $seeds $dict \
    -entropic=0 -max_total_time="$seconds" -max_len=$max -timeout=5 -rss_limit_mb=2048 \
    -artifact_prefix="$work/$name-" -print_final_stats=1 \
    >"$work/$name.log" 2>&1; then
    verdict=ok
  else
    verdict=FAILED
    failed=1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
  cover=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$work/$name.log" | tail -n 1)
  echo "$name: $verdict, ${runs:-?} runs, ${cover:-?} edges"
done
[ -z "$failed" ]
