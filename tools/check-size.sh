#!/bin/sh
# check-size.sh - files of at most 800 (.c) and 300 (.h) lines, functions of at
# most 80 lines and complexity 20 (check-words.py has those of other languages).
set -eu
cd "$(dirname "$0")/.."
bad=0
for f in $(git ls-files 'src/*.[ch]' | grep -v '_tables\.c$'); do
  limit=800
  case $f in *.h) limit=300 ;; esac
  n=$(wc -l <"$f")
  if [ "$n" -gt "$limit" ]; then
    echo "$f: $n lines, $limit allowed"
    bad=1
  fi
done
# A check that is skipped in silence is none.
if ! command -v pmccabe >/dev/null; then
  echo "check-size.sh needs pmccabe; tools/install-deps.sh lint installs it" >&2
  exit 1
fi
# shellcheck disable=SC2046 # file names without blanks
long=$(pmccabe $(git ls-files 'src/*.c' | grep -v '_tables\.c$') 2>/dev/null |
  awk '$1 > 20 || $5 > 80 { print $6 ": " $7 ": complexity " $1 ", " $5 " lines" }')
if [ -n "$long" ]; then
  echo "$long"
  bad=1
fi
# Every source ends its includes with banned.h.
for f in $(git ls-files 'src/*.c' | grep -v '_tables\.c$'); do
  [ "$(grep '^#include' "$f" | tail -n 1)" = '#include "base/banned.h"' ] || {
    echo "$f: base/banned.h is not the last include"
    bad=1
  }
done
exit $bad
