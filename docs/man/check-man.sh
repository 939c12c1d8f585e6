#!/bin/sh
# check-man.sh - fail when a man page and --help name different options.
# Usage: check-man.sh PROGRAM FOLDER
set -eu
program=$1
bad=0
commands=$("$program" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
for c in $commands; do
  page=$2/trialwright-$c.1
  if [ ! -r "$page" ]; then
    echo "no page for '$c'" >&2
    bad=1
    continue
  fi
  told=$("$program" "$c" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
    grep -oE -e '--[a-z-]+' | sort)
  written=$(sed -n 's/^\.It Fl .*-\{1\}\([a-z][a-z-]*\).*/&/p' "$page" |
    grep -oE 'Fl -[a-z-]+' | sed 's/^Fl -/--/' | sort)
  if [ "$told" != "$written" ]; then
    echo "$page: options differ from 'trialwright $c --help'" >&2
    bad=1
  fi
done
exit "$bad"
