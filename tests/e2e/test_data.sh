#!/bin/sh
# test_data.sh TRIALWRIGHT - a test's cases do not depend on its neighbours: two
# specifications define a data set of one name on one file, with other bounds.
# Together and alone, each test gets the same cases and verdict.  TAP.
set -u
case $1 in
/*) tw=$1 ;;
*) tw=$PWD/$1 ;;
esac
# No namespaces, no jail: in a chroot, as a user, in some containers.
jail=no
for how in "--mount" "--user --mount"; do
  # shellcheck disable=SC2086 # two words on purpose
  unshare $how true 2>/dev/null && jail=yes
done
[ $jail = yes ] || {
  echo "1..0 # SKIP no namespaces here, and so no jail"
  exit 0
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0
bad=0

ok() { # status, name
  n=$((n + 1))
  if [ "$1" -eq 0 ]; then
    echo "ok $n - $2"
  else
    echo "not ok $n - $2"
    bad=$((bad + 1))
  fi
}

# FILE ID FIELD VALUE: a specification whose data set has that field.
spec() {
  cat >"$1" <<EOF
spec = 1
[data.trial]
files = "t.csv"
time = "s"
$3
[data.trial.counters]
prb = { min = 0, max = $4 }
[[test]]
id = "$2"
description = "Return the largest value of prb."
call = "top_$2(prb: list[float]) -> float"
inputs.prb = { data = "trial", counter = "prb" }
[[test.oracle]]
kind = "expr"
expect = "max(prb)"
EOF
}

# RUN ID: cases and verdict of one test.
cases() {
  [ -f "$1/run.json" ] && /usr/bin/python3 - "$1/run.json" "$2" <<'EOF'
import json, sys
for test in json.load(open(sys.argv[1]))["tests"]:
    if test["id"] == sys.argv[2]:
        print(test["accepted"], [c["call"] for c in test["cases"]])
EOF
}

awk 'BEGIN { print "s,prb"; for (i = 0; i < 200; i++) print i "," i % 9 }' >t.csv
for id in A B; do
  printf '{"task_id": "%s", "completion": "```python\\ndef top_%s(prb):\\n    return max(prb)\\n```"}\n' \
    "$id" "$id"
done >answers.jsonl

# NAME FIELD-A MAX-A FIELD-B MAX-B
compare() {
  spec a.toml A "$2" "$3"
  spec b.toml B "$4" "$5"
  printf 'project = 1\nspecs = ["a.toml", "b.toml"]\n' >both.toml
  for f in both a b; do
    "$tw" run $f.toml --no-generator -n 1 --model replay:answers.jsonl --seed 1 \
      -o "run-$f" >log-$f 2>&1
  done
  for id in A B; do
    alone=run-$(echo $id | tr AB ab)
    cases run-both $id >both
    cases "$alone" $id >alone
    [ -s both ] && cmp -s both alone
    ok $? "$1: $id has the same cases alone and beside the other"
  done
}

compare "other max" "" 10 "" 60
[ "$(cat alone)" != "$(cases run-a A | sed s/top_A/top_B/g)" ]
ok $? "the bound is seen in the cases"
compare "other window" "window = 8" 10 "window = 20" 10
compare "other gap" "gap = 1.5" 10 "gap = 40" 10
compare "the same" "" 10 "" 10
echo "1..$n"
exit "$bad"
