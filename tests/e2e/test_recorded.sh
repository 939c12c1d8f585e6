#!/bin/sh
# test_recorded.sh TRIALWRIGHT - inputs are what was recorded: functions that
# are right for rounded values only are rejected, and each case that names rows
# holds what stands there.  TAP.
set -u
case $1 in
/*) tw=$1 ;;
*) tw=$PWD/$1 ;;
esac
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

# Availability near 100 %, carriers near a raster, gaps, two cells in turn.
awk 'BEGIN {
  print "t,cell,avail,mhz"
  for (i = 0; i < 240; i++) {
    a = sprintf("%.3f", 99.96 + i * 7 % 40 / 1000)
    if (i % 6 == 5) a = ""
    printf "%d,%s,%s,%.3f\n", i / 2, i % 2 ? "b/1" : "a", a,
           3618.9 + i * 11 % 60 / 100 + (i % 4 ? 0.05 : 0)
  }
}' >t.csv

# ID, TYPE, COUNTER, LIMIT, EXPECTED, DESCRIPTION
spec() {
  cat >"$1.toml" <<EOF
spec = 1
[data.trial]
files = "t.csv"
time = "t"
group = "cell"
[data.trial.counters]
avail = { min = 0, max = 100 }
mhz = { min = 0 }
[[test]]
id = "$1"
description = "$6"
call = "f(x: $2, limit: float) -> object"
inputs.x = { data = "trial", counter = "$3" }
inputs.limit = { value = $4 }
[[test.oracle]]
kind = "expr"
expect = "$5"
EOF
}

# ID, BODY: write the test with that answer; the report is in run.json.
answer() {
  printf '{"task_id": "%s", "completion": "```python\\ndef f(x, limit):\\n    return %s\\n```"}\n' \
    "$1" "$2" >answers.jsonl
  "$tw" write "$1.toml" --no-generator -n 1 -m replay:answers.jsonl --seed 1 \
    -o "run-$1" >log 2>&1
  grep -q "test $1: accepted" log
}

# Do the cases hold what the rows that they name hold?  At least five.
true_rows() {
  /usr/bin/python3 - "run-$1/run.json" "$2" <<'EOF'
import ast, csv, json, re, sys
rows = list(csv.DictReader(open("t.csv")))
good = 0
for case in json.load(open(sys.argv[1]))["tests"][0]["cases"]:
    named = re.match(r"recorded: series (\S+), rows? (.*)", case["source"])
    if not named:
        continue
    numbers = []
    for part in named[2].split(", "):
        ends = [int(x) for x in part.split(" to ")]
        numbers += range(ends[0], ends[-1] + 1)
    x = ast.literal_eval(ast.parse(case["call"]).body[0].value.args[0])
    x = x if isinstance(x, list) else [x]
    want = [float(rows[i][sys.argv[2]] or "nan") for i in numbers]
    want = [None if w != w else w for w in want]
    assert x == want, (case, want)
    assert all(rows[i]["cell"] == named[1] for i in numbers), case
    good += 1
sys.exit(good < 5)
EOF
}

spec AV "list[float]" avail 99.99 "sum(1 for v in x if v < limit)" \
  "Count the samples below the limit."
answer AV "sum(1 for v in x if v < 99.5)"
[ $? -ne 0 ]
ok $? "a limit of 99.5 is not 99.99"
answer AV "sum(1 for v in x if v < limit)"
ok $? "the right count is accepted"
true_rows AV avail
ok $? "its cases hold what the rows that they name hold"

spec FQ "float" mhz 3619.2 "abs(x - limit) < 0.01" \
  "Return True if x lies within 10 kHz of the limit in MHz."
answer FQ "False"
[ $? -ne 0 ]
ok $? "a carrier is on the raster at times"
answer FQ "abs(x - limit) < 0.01"
ok $? "the right raster is accepted"
true_rows FQ mhz
ok $? "its cases hold what the rows that they name hold"

spec NO "list[float | None]" avail 99.99 "sum(1 for v in x if v is None)" \
  "Count the samples that are missing (None), whatever the limit."
answer NO "0"
[ $? -ne 0 ]
ok $? "missing samples reach the function"
answer NO "sum(v is None for v in x)"
ok $? "the right count of them is accepted"
true_rows NO avail
ok $? "its cases hold None where the file has nothing"
echo "1..$n"
exit "$bad"
