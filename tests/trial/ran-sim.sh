#!/bin/sh
# ran-sim.sh - the example trial is what the simulator writes.
# Usage: ran-sim.sh RAN_SIM COMMITTED_CSV
set -eu
sim=$1
committed=$2
"$sim" --seed 20261120 --series 3 --rows 400 | cmp - "$committed"

# Another seed gives other numbers; the header is the same.
[ "$("$sim" --seed 1 --series 1 --rows 8 | head -n 1)" = \
  "$(head -n 1 "$committed")" ]
a=$("$sim" --seed 1 --series 1 --rows 8 | cksum)
b=$("$sim" --seed 2 --series 1 --rows 8 | cksum)
[ "$a" != "$b" ]

# Misuse is a usage error.
for args in "--seed x" "--rows" "--rows -1" "--series 1000" "--sead 1"; do
  status=0
  # shellcheck disable=SC2086 # two words on purpose
  "$sim" $args > /dev/null 2>&1 || status=$?
  [ "$status" = 2 ]
done
