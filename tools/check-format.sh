#!/bin/sh
# check-format.sh - fail when a C file is not as clang-format would write it.
set -eu
cd "$(dirname "$0")/.."
git ls-files 'src/*.[ch]' 'tests/*.[ch]' 'perf/*.[ch]' 'tools/*.[ch]' |
  xargs clang-format --dry-run -Werror
