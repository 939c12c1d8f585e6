#!/bin/sh
# test_run.sh TRIALWRIGHT SOURCE - the whole way on a small project with
# recorded answers: accepted, rejected and contradictory tests, resume after
# kill -9, reuse, exit statuses.  TAP.
set -u
case $1 in
/*) tw=$1 ;;
*) tw=$PWD/$1 ;;
esac
[ -x "$tw" ] || {
  echo "Bail out! no program at $tw"
  exit 1
}
src=$(cd "$2" && pwd)
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

# run.json without what may differ: date, times, threads.
content() {
  /usr/bin/python3 - "$1/run.json" <<'EOF'
import json, sys
run = json.load(open(sys.argv[1]))
for key in ("created", "times"):
    run.pop(key)
run["host"].pop("threads")
for test in run["tests"]:
    test.pop("times")
print(json.dumps(run, sort_keys=True))
EOF
}

cp "$src/examples/ran-kpi/trial.csv" trial.csv
cat >project.toml <<'EOF'
project = 1
title = "end to end"
specs = ["kpi.toml"]
[data.trial]
files = "trial.csv"
time = "t_ms"
group = ["series_id", "segment"]
[data.trial.counters]
dl_brate_mbps = { unit = "Mbit/s", min = 0 }
dl_cqi = { min = 0, max = 15 }
[synth]
generator = "sssd"
channels = 8
layers = 2
steps = 20
diffusion_steps = 10
batch = 8
window = 16
clusters = 2
samples = 24
[writer]
candidates = 2
EOF
cat >kpi.toml <<'EOF'
spec = 1
[suite]
id = "E2E"
[[test]]
id = "GOOD"
description = "Mean throughput, 0 for an empty list."
call = "mean_thp(thp: list[float]) -> float"
inputs.thp = { data = "trial", counter = "dl_brate_mbps" }
[[test.oracle]]
kind = "expr"
expect = "sum(thp) / len(thp) if thp else 0"
[[test]]
id = "WRONG"
description = "Largest CQI, 0 for an empty list."
call = "best_cqi(cqi: list[float]) -> float"
inputs.cqi = { data = "trial", counter = "dl_cqi" }
[[test.oracle]]
kind = "expr"
expect = "max(cqi) if cqi else 0"
[[test]]
id = "TORN"
description = "Twice x."
call = "twice(x: float) -> float"
inputs.x = { values = [1.0, 2.0] }
[[test.oracle]]
kind = "expr"
expect = "2 * x"
[[test.oracle]]
kind = "example"
args = { x = 1.0 }
expect = 3.0
EOF
cat >answers.jsonl <<'EOF'
{"task_id": "GOOD", "samples": ["```python\ndef mean_thp(thp):\n    return sum(thp)\n```", "Sure!\n```python\ndef mean_thp(thp):\n    if not thp:\n        return 0\n    return sum(thp) / len(thp)\n```\nDone."]}
{"task_id": "WRONG", "samples": ["```python\ndef best_cqi(cqi):\n    import sys\n    print('PASS')\n    sys.exit(0)\n```", "```python\nclass Same(float):\n    def __eq__(self, other):\n        return True\ndef best_cqi(cqi):\n    return Same(1)\n```"]}
{"task_id": "TORN", "samples": ["```python\ndef twice(x):\n    return 2 * x\n```", "```python\ndef twice(x):\n    return 3 * x\n```"]}
EOF

run() { "$tw" run project.toml -o "$1" -m replay:answers.jsonl --seed 3 -q; }

run a >out 2>err
ok $(($? != 1)) "a run with rejected tests ends with status 1"
[ -s a/report.html ] && [ -s a/junit.xml ] && grep -q "a/report.html" out
ok $? "the report is there and its path is printed"
grep -q '1 of 3 tests accepted' out
ok $? "one test of three is accepted"
content a >a.content
grep -q '"status": "accepted"' a/run.json &&
  grep -q '"status": "rejected"' a/run.json &&
  grep -q '"status": "contradiction"' a/run.json
ok $? "accepted, rejected and contradictory tests say so"
[ "$(ls a/scripts)" = test_GOOD.py ] &&
  [ "$(ls a/rejected)" = "rejected_TORN.py.txt
rejected_WRONG.py.txt" ]
ok $? "accepted scripts stand apart from rejected ones"
script=$(ls a/scripts/*GOOD*.py)
/usr/bin/python3 "$script" >/dev/null
ok $? "the accepted script runs as plain python3"

# Tomorrow's counters: the mean of each window, and which are too low.
printf 't_ms,series_id,segment,dl_brate_mbps\n' >new.csv
for t in 0 1 2 3 4 5 6 7; do
  printf '%s,a,0,8.5\n%s,b,0,%s\n' $((t * 250)) $((t * 250)) $t
done >>new.csv
"$tw" apply "$script" new.csv --pass 'result > 4' --window 4 >out 2>err
[ $? -eq 1 ] && grep -qx "FAIL b/0, lines 3 to 9: result 1.5: 'result > 4' \
does not hold" out && grep -qx '1 of 4 windows fail, 0 left out for missing '\
'values' out
ok $? "apply names the windows that fail"
/usr/bin/python3 "$script" new.csv --pass 'result > 4' --window 4 >own 2>err
[ $? -eq 1 ] && cmp -s out own
ok $? "the script by itself says the same"
"$tw" apply "$script" new.csv --json --all >out 2>err &&
  /usr/bin/python3 -c 'import json; d = json.load(open("out"))
assert d["failed"] == 0 and d["judged"] == len(d["windows"]) == 2'
ok $? "and as one JSON document"
printf '2000,b,0,\n2250,b,0,x\n' >>new.csv
"$tw" apply "$script" new.csv >out 2>err
[ $? -eq 2 ] && grep -q "data.csv:19: column 'dl_brate_mbps': 'x' is no" err
ok $? "a cell that is no number has its line"
"$tw" apply a/rejected/rejected_TORN.py.txt new.csv >out 2>err
[ $? -eq 2 ] && grep -q "its test was not accepted" err
ok $? "a rejected script judges nothing"
"$tw" apply new.csv new.csv >out 2>err
[ $? -eq 2 ] && grep -q "not written by this program" err
ok $? "and so does a file of somebody else"

run a >out 2>err
grep -q '7 of 7 steps reused' out
ok $? "a second run does nothing again"
content a | cmp -s - a.content
ok $? "and its content is the same"

# Killed after more and more time, then run to the end.
for after in 0.15 0.3 0.5 0.8 1.2; do
  # Not the function: that would be a shell around the program.
  "$tw" run project.toml -o b -m replay:answers.jsonl --seed 3 -q \
    >out 2>err &
  pid=$!
  sleep $after
  kill -9 $pid 2>/dev/null
  wait $pid 2>/dev/null
done
run b >out 2>err
content b | cmp -s - a.content
ok $? "killed five times and resumed: the same content"

"$tw" run project.toml -o c -m replay:answers.jsonl --seed 3 -q --threads 1 \
  >out 2>err
content c | cmp -s - a.content
ok $? "one thread: the same content"

rm a/scripts/*GOOD*.py
run a >out 2>err
[ -s "$script" ]
ok $? "a script that was removed is written again"

"$tw" report a >out 2>err && [ "$(cat out)" = "a/report.html" ]
ok $? "report rebuilds the report"
"$tw" plan project.toml -o a -m replay:answers.jsonl --seed 3 -q >out 2>err
ok $? "plan works on a finished run"
[ "$(grep -c "done" out)" -eq 4 ]
ok $? "and says that every step is done"

"$tw" run project.toml -o a -m replay:answers.jsonl --seed 3 -q \
  --data trial=none.csv >out 2>err
ok $(($? != 3)) "data that are not there: status 3"
content a | cmp -s - a.content
ok $? "and nothing is lost"

# A damaged step of the journal is made again; a damaged journal is named.
/usr/bin/python3 - <<'EOF'
import sqlite3
db = sqlite3.connect("c/run.db")
db.execute("UPDATE step SET payload = x'00' WHERE name LIKE 'test/%GOOD'")
db.commit()
EOF
"$tw" run project.toml -o c -m replay:answers.jsonl --seed 3 >out 2>err
grep -q 'damaged, done again' err && content c | cmp -s - a.content
ok $? "a damaged step is done again"
printf 'no journal, and longer than a header of one' >c/run.db
run c >out 2>err
[ $? -eq 2 ] && grep -q "c/run.db.*remove it to begin again" err
ok $? "a damaged journal is named, with the way out"

# Two runs in one folder: the journal is held by the first.
mkfifo gate
/usr/bin/python3 - <<'EOF' &
import sqlite3
db = sqlite3.connect("b/run.db", isolation_level=None)
db.execute("PRAGMA locking_mode=EXCLUSIVE")
db.execute("BEGIN EXCLUSIVE")
open("gate", "w").close()
open("gate").read()
EOF
cat gate
run b >out 2>err
[ $? -eq 3 ] && grep -q "another run works in this folder" err
ok $? "a second run in the same folder is refused"
: >gate
wait
run b >out 2>err
content b | cmp -s - a.content
ok $? "and works when the first one is gone"

# Ctrl-C while a candidate runs: its own status, one line, and it goes on.
cat >slow.toml <<'EOF'
spec = 1
[[test]]
id = "SLOW"
description = "Twice x."
call = "twice(x: float) -> float"
inputs.x = { values = [1.0] }
accept.timeout = 2
[[test.oracle]]
kind = "expr"
expect = "2 * x"
EOF
printf '%s\n' '{"id": "SLOW", "samples": ["def twice(x):\n    while x: pass",
"def twice(x):\n    while 1: pass", "def twice(x):\n    return x + x"]}' |
  tr -d '\n' >slow.jsonl
"$tw" write slow.toml -o slow -m replay:slow.jsonl -n 3 -q >out 2>err &
pid=$!
sleep 1
kill -INT $pid
wait $pid
[ $? -eq 130 ] && [ "$(wc -l <err)" -eq 1 ] &&
  grep -q "interrupted: .*the same command goes on" err
ok $? "Ctrl-C ends with status 130 and one line"
"$tw" write slow.toml -o slow -m replay:slow.jsonl -n 3 -q >out 2>err
ok $? "and the same command goes on"

# Given cases are weak evidence: said everywhere, with a question.
cat >weak.toml <<'EOF'
project = 1
specs = "weak-spec.toml"
EOF
cat >weak-spec.toml <<'EOF'
spec = 1
[[test]]
id = "WEAK"
description = "Is the value below 10?"
call = "is_low(v: float) -> bool"
[[test.oracle]]
kind = "assert"
cases = ["assert is_low(5.0)", "assert not is_low(11.0)"]
EOF
printf '%s\n' '{"id": "WEAK", "samples": ["def is_low(v):\n    return v < 10",
"def is_low(v):\n    return v <= 10"]}' | tr -d '\n' >weak.jsonl
"$tw" run weak.toml -o weak -m replay:weak.jsonl -n 2 >out 2>err
[ $? -eq 0 ] && grep -q '1 of 1 tests accepted (1 weak)' out &&
  grep -q 'test WEAK: weak: cases only (2)' err &&
  grep -q 'question: is_low(10.0): is it False or True?' err &&
  grep -q 'weak: cases only (2)' weak/junit.xml &&
  [ -s weak/scripts/test_WEAK.py ]
ok $? "a weak test is called weak and asks its question"
printf 'accept = "exact"\n' >>weak.toml
"$tw" run weak.toml -o weak -m replay:weak.jsonl -n 2 >out 2>err
[ $? -eq 1 ] && grep -q '0 of 1 tests accepted' out &&
  [ -z "$(ls weak/scripts)" ] && [ -s weak/rejected/rejected_WEAK.py.txt ]
ok $? "a project that wants exact ones refuses it, and its script is gone"

# What a candidate learnt by heart from the prompt does not help it.
cat >heart.toml <<'EOF'
spec = 1
[[test]]
id = "HEART"
description = "Twice x."
call = "twice(x: float) -> float"
inputs.x = { values = [1.0, 2.0, 3.5, 4.0, 5.5, 6.0, 7.5, 8.0, 9.5, 10.0] }
[[test.oracle]]
kind = "expr"
expect = "2 * x"
EOF
printf '%s\n' '{"id": "HEART", "completion": "def twice(x):\n    return 2 * x"}' \
  >heart.jsonl
"$tw" write heart.toml -o heart -m replay:heart.jsonl -n 1 -q >out 2>err
ok $? "a right answer is accepted"
/usr/bin/python3 - <<'EOF'
import json
cases = json.load(open("heart/run.json"))["tests"][0]["cases"]
seen = {c["call"]: c["want"] for c in cases if c["in_prompt"]}
code = "def twice(x):\n    return {%s}.get(x, 0.0)" % ", ".join(
    "%s: %s" % (call[6:-1], want) for call, want in seen.items())
assert len(seen) < len(cases)
json.dump({"id": "HEART", "completion": code}, open("heart.jsonl", "w"))
EOF
"$tw" write heart.toml -o heart -m replay:heart.jsonl -n 1 -q >out 2>err
ok $(($? != 1)) "an answer learnt by heart is rejected"

# A test that cannot be run does not stop the others.
(cat heart.toml && cat <<'EOF'
[[test]]
id = "BROKEN"
description = "Twice x."
call = "twice(x: float) -> float"
inputs.x = { values = [1.0, 2.0] }
[[test.oracle]]
kind = "expr"
expect = "2 * y"
EOF
) | sed 's/^spec = 1$//; s/HEART/FINE/; 1i spec = 1' >mixed.toml
# The broken one first: nothing of the other is done when it is met.
/usr/bin/python3 - <<'EOF'
head, one, two = open("mixed.toml").read().split("[[test]]")
open("mixed.toml", "w").write("[[test]]".join([head, two, one]))
EOF
printf '%s\n' '{"id": "FINE", "completion": "def twice(x):\n    return 2 * x"}' \
  '{"id": "BROKEN", "completion": "def twice(x):\n    return 2 * x"}' >mixed.jsonl
"$tw" write mixed.toml -o mixed -m replay:mixed.jsonl -n 1 -q >out 2>err
ok $(($? != 2)) "a test that cannot be run is an error of the specification"
grep -q "mixed.toml:[0-9]*:[0-9]*: expression '2 \* y'" err
ok $? "it is told with its place, also when quiet"
grep -q '1 of 2 tests accepted' out && [ -s mixed/scripts/test_FINE.py ] &&
  grep -q '"status": "invalid"' mixed/run.json &&
  grep -q 'type="invalid"' mixed/junit.xml
ok $? "the others are run, and the report has both"

echo "1..$n"
exit $bad
