#!/bin/sh
# test_reach.sh TRIALWRIGHT - what answers reach for, from the project to the
# scripts: refused by default, opened by the project, decided again when the
# project changes.  TAP.
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
    sed 's/^/# /' out.txt
    bad=$((bad + 1))
  fi
}

cat >project.toml <<'EOF'
project = 1
specs = "spec.toml"
EOF
{
  echo 'spec = 1'
  for id in system shuffle hidden; do
    cat <<EOF
[[test]]
id = "$id"
description = "Return the sum."
call = "add(a: int, b: int) -> int"
inputs.a = { values = [1, 2, 30] }
inputs.b = { values = [4, 5, 60] }
[[test.oracle]]
kind = "expr"
expect = "a + b"
EOF
  done
} >spec.toml
# The bytes of U+202E, written so that this file does not hold them.
cat >answers.jsonl <<'EOF'
{"id": "system", "samples": ["```python\ndef add(a, b):\n    import os\n    if not os.path.isdir('/box'):\n        os.system('touch MARK')\n    return a + b\n```"]}
{"id": "shuffle", "samples": ["```python\nimport random\ndef add(a, b):\n    x = [a, b]\n    random.shuffle(x)\n    return sum(x)\n```"]}
{"id": "hidden", "samples": ["```python\ndef add(a, b):\n    return a + b # \u202e\n```"]}
EOF

run() {
  "$tw" run project.toml -m replay:answers.jsonl -n 1 --no-generator >out.txt \
    2>&1
}
has() { grep -qF -- "$1" "$2"; }

run
[ $? -eq 1 ]
ok $? "a run that hands out nothing ends with 1"
has "line 2 reaches for import os: import os (allow = [\"os\"] opens it)" out.txt
ok $? "the verdict names line, module and what opens it"
has "line 2 hides the character U+202E right-to-left override" out.txt
ok $? "a hidden character is named"
! ls run/scripts/* >/dev/null 2>&1
ok $? "no script is written"
has '"loss":"reach"' run/run.json || has '"loss": "reach"' run/run.json
ok $? "run.json has the class of loss"
has "reaches outside" run/report.html
ok $? "the report has it in words"

sed -i '1a allow = ["random"]' project.toml
run
has "test shuffle: accepted" out.txt
ok $? "the project opens a module, and the test is judged again"
has "# Reaches for, as the project allows: random" run/scripts/test_shuffle.py
ok $? "the header of the script says what was opened"
has "test system: rejected" out.txt
ok $? "what it does not name stays closed"
sed -i 's/^id = "system"/&\nallow = ["os"]/' spec.toml
run
has "with another folder, user, host name and time zone" out.txt || \
  has "test system: accepted" out.txt
ok $? "a test opens a module for itself"
# system() is opened, and its mark is set where /box is not: seen from inside.
[ ! -e MARK ]
ok $? "nothing was run outside of the jail"

echo "1..$n"
[ $bad -eq 0 ]
