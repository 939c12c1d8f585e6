#!/bin/sh
# test_cli.sh TRIALWRIGHT - what a user sees of commands, help and errors: exit
# status, and a text that must stand in the output.  TAP.
set -u
case $1 in
/*) tw=$1 ;;
*) tw=$PWD/$1 ;;
esac
[ -x "$tw" ] || {
  echo "Bail out! no program at $tw"
  exit 1
}
# No namespaces, no jail: in a chroot, as a user, in some containers.
jail=no
for how in "--mount" "--user --mount"; do
  # shellcheck disable=SC2086 # two words on purpose
  unshare $how true 2>/dev/null && jail=yes
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0
bad=0

# case NAME STATUS TEXT COMMAND...: TEXT is looked for in stdout and stderr.
case_() {
  name=$1 want=$2 text=$3
  shift 3
  n=$((n + 1))
  "$@" >out 2>err </dev/null
  got=$?
  if [ "$got" -eq "$want" ] && cat out err | grep -qF -- "$text"; then
    echo "ok $n - $name"
  elif [ $jail = no ] && grep -q "cannot isolate" err; then
    echo "ok $n - $name # SKIP no jail here"
  else
    echo "not ok $n - $name"
    echo "# status $got, expected $want; '$text' expected in:"
    cat out err | head -n 8 | sed 's/^/# /'
    bad=$((bad + 1))
  fi
}

case_ "no command shows the list" 2 "usage: trialwright" "$tw"
case_ "help is no error" 0 "whole way" "$tw" --help
case_ "the version is printed" 0 "trialwright 0" "$tw" --version
case_ "the program does not say where it was built" 0 "nowhere" \
  sh -c 'grep -qF "$1" "$2" || echo nowhere' sh "${tw%/src/cli/*}" "$tw"
case_ "an unknown command is named" 2 "unknown command 'rnu'" "$tw" rnu
for c in run plan check ingest inspect fit sample score tsne write exec llm train bench apply report; do
  case_ "$c --help says what it does" 0 "usage:" "$tw" $c --help
done
case_ "an unknown option suggests the nearest" 2 "--output" \
  "$tw" ingest --outptu x y.csv
case_ "a missing argument is a usage error" 2 "no file given" "$tw" ingest
case_ "a wrong kernel level is refused" 2 "--cpu" "$tw" ingest --cpu mmx x.csv
case_ "too many threads are refused" 2 "--threads" \
  "$tw" ingest --threads 9999 x.csv

case_ "a negative number is refused" 2 "'--threads' wants an integer from 1 to 256, not '-5'" \
  "$tw" ingest --threads -5 x.csv
case_ "also as a seed" 2 "'--seed' wants an integer of at least 0, not '-5'" \
  "$tw" ingest --seed -5 x.csv
case_ "also as a count" 2 "'--candidates' wants an integer from 1 to 1000, not '-5'" \
  "$tw" run --candidates -5 x.toml
case_ "an explicit 0 that means nothing is refused" 2 \
  "'--perplexity' wants a number from 1 to 1000000, not '0'" \
  "$tw" tsne -p 0 x.csv
case_ "a misspelt value is told the nearest" 2 "did you mean 'quick'?" \
  "$tw" fit --size quik -o m.gguf x.csv
case_ "a misspelt command is told the nearest" 2 "did you mean 'run'?" \
  "$tw" rnu
case_ "a failure is a JSON document where one was wanted" 3 \
  '{"error": {"status": 3, "message": "cannot open' \
  "$tw" tsne --json none.csv
case_ "so is a mistake in the options before it was read" 2 \
  '{"error": {"status": 2, "message": "option' \
  "$tw" tsne -p 0 none.csv --json
printf 't,a,b\n0,1,2\n1,3,4\n2,5,x\n' >text.csv
printf 't,a\n0,1\n1,2\n2,3\n3,5\n' >good.csv
printf 't,a\n' >empty.csv
printf 't,a\n0,"1\n' >quote.csv
printf 't,a\n0,1\n1,2,3\n' >ragged.csv
: >zero.csv
case_ "a trial is read" 0 "4 rows" "$tw" ingest good.csv -t t
printf 'a\n0.1\n1234567.123456789\n' >digits.csv
case_ "its range has all digits" 0 "1234567.123456789" "$tw" ingest digits.csv
case_ "text in a number has file, line and column" 2 "text.csv:4: column 'b'" \
  "$tw" ingest text.csv -t t -c a -c b
case_ "a missing column is named with the nearest" 2 "'aa'" \
  "$tw" ingest good.csv -t t -c aa
case_ "a trial without rows is refused" 2 "empty.csv" "$tw" ingest empty.csv
case_ "an empty file is refused" 2 "zero.csv" "$tw" ingest zero.csv
case_ "an open quote has its line" 2 "quote.csv" "$tw" ingest quote.csv
case_ "a ragged row has its line" 2 "ragged.csv:3" "$tw" ingest ragged.csv
case_ "a missing file is an environment error" 3 "cannot open 'nope.csv'" \
  "$tw" ingest nope.csv
case_ "a folder is no file" 3 "$dir" "$tw" ingest "$dir"
if [ -e /dev/full ]; then
  case_ "a full disk is said" 3 "/dev/full" "$tw" ingest good.csv -o /dev/full
fi
case_ "json has one document" 0 '"rows": 4' "$tw" ingest good.csv -t t --json

printf 't,a,note\n0,1,x\n1,2,y\n' >text2.csv
case_ "a column that is left out is said" 0 "left out: text in some row" \
  "$tw" ingest text2.csv -t t
printf 't,\033[2Ja\n0,1\n1,2\n' >esc.csv
case_ "a column's name cannot steer the terminal" 0 '\x1b[2Ja' \
  "$tw" ingest esc.csv -t t
case_ "a device is no file" 3 "no regular file" "$tw" ingest /dev/null

cat >bad.toml <<'EOF'
spec = 1
[[test]]
id = "T1"
descripton = "x"
EOF
case_ "an unknown key has file, line, column and the nearest" 2 \
  "bad.toml:4:1: unknown key 'descripton'" "$tw" check bad.toml
printf 'spec = = 1\n' >syntax.toml
case_ "a syntax error has its place" 2 "syntax.toml:1:8" "$tw" check syntax.toml
case_ "an unreadable specification" 3 "none.toml" "$tw" check none.toml
printf 'spec = 1\n[[test]]\nid = "T1"\ndescription = "d"\ncall = "f(x: float) -> float"\ninputs.x = { values = [1.0, 2.0] }\n[[test.oracle]]\nkind = "expr"\nexpect = "x"\n' >one.toml
case_ "a good specification" 0 "ok" "$tw" check one.toml
sed 's/-> float/-> float; import os/' one.toml >call.toml
cat >two.toml <<'EOF'
spec = 1
[[test]]
id = "a"
descripton = "x"
call = "f(x: list[flot]) -> int"
[[test.oracle]]
kind = "exprr"
expect = "sum(x"
EOF
case_ "check tells the first mistake" 2 "two.toml:4:1: unknown key" \
  "$tw" check two.toml
case_ "and the second" 2 "two.toml:5:8: unknown type 'flot'" "$tw" check two.toml
case_ "and the third" 2 "two.toml:7:1: unknown oracle kind 'exprr'" \
  "$tw" check two.toml
case_ "and the last" 2 "two.toml:8:10: expression 'sum(x' does not compile" \
  "$tw" check two.toml
case_ "and counts them" 2 "two.toml: errors: 4, warnings: 0" "$tw" check two.toml
case_ "findings are in the JSON, with their places" 2 \
  '"grade": "error", "file": "two.toml", "line": 8, "column": 10' \
  "$tw" check --json two.toml
sed 's/expect = "x"/expect = "y + 1"/' one.toml >name.toml
case_ "an unknown name in an expression" 2 "name.toml:9:10: unknown name 'y'" \
  "$tw" check --no-data name.toml
sed 's|expect = "x"|expect = "1 / (x - 1)"|' one.toml >raise.toml
case_ "an oracle that fails is told with the input" 2 \
  "raise.toml:9:10: your expression fails for f(1.0): ZeroDivisionError" \
  "$tw" check raise.toml
sed 's/expect = "x"/expect = "x - x"/' one.toml >same.toml
case_ "a value that never changes is a warning" 0 \
  "same.toml:9:10: warning: the expected value is 0.0" "$tw" check same.toml
case_ "which counts with --strict" 2 "warning: the expected value is 0.0" \
  "$tw" check --strict same.toml
(cat one.toml && sed 1d one.toml | sed 's/"T1"/"t1"/') >twice.toml
case_ "ids that name one script" 2 "'T1' and 't1' name one script" \
  "$tw" check twice.toml
case_ "a call cannot carry a statement" 2 "is no type" "$tw" check call.toml
case_ "nothing selected has its own status" 5 "no test" \
  "$tw" run one.toml -o run --only T9 -q
case_ "a missing model is an environment error" 3 "nope.gguf" \
  "$tw" run one.toml -o run -m nope.gguf -q
case_ "unknown data are refused" 2 "no such data" \
  "$tw" run one.toml -o run --data x=y.csv -q

head -c 100 /dev/zero >zeros.gguf
printf 'GGUF\003\000\000\000\001\000\000\000\000\000' >cut.gguf
case_ "a file that is no GGUF" 2 "zeros.gguf" "$tw" llm info -m zeros.gguf
case_ "a truncated GGUF" 2 "cut.gguf" "$tw" llm info -m cut.gguf
case_ "a generator that is none" 2 "zeros.gguf" \
  "$tw" sample zeros.gguf -o s.csv
case_ "llm needs to know what" 2 "generate" "$tw" llm
case_ "only perplexity takes a file" 2 "unexpected" "$tw" llm info notes.txt
case_ "perplexity of a text that is not there" 3 "nowhere.txt" \
  "$tw" llm perplexity nowhere.txt
case_ "train needs to know what" 2 "-o FILE" "$tw" train tokenizer
mkdir damaged
printf '{"format": \n' >damaged/run.json
case_ "a report of a damaged run has its place" 2 "damaged/run.json:2:" \
  "$tw" report damaged
case_ "a report of nothing" 3 "run.json" "$tw" report "$dir"

printf 'print("hi")\n' >ok.py
printf 'import sys\nsys.exit(3)\n' >three.py
printf 'while True: pass\n' >spin.py
printf '\033[2Jx\n' >esc.txt
printf 'print("\\033[2J")\n' >esc.py
case_ "a program passes" 0 "pass" "$tw" exec ok.py
case_ "an exit status is an error" 1 "exit status 3" "$tw" exec three.py
case_ "an endless program is stopped" 1 "timeout" "$tw" exec --time 1 spin.py
case_ "escapes never reach the terminal" 0 '\x1b[2J' "$tw" exec esc.py
case_ "an unknown language is said" 2 "esc.txt" "$tw" exec esc.txt
printf 'def half(v):\n    if v > 90:\n        return eval("1")\n    return v / 2\n' >kpi.py
printf 'from kpi import half\nassert half(4) == 2\nassert half(0) == 0\n' >t_kpi.py
printf 'from kpi import half\nassert half(4) == 3\n' >t_bad.py
case_ "inspect names unsafe calls" 0 "line 3: eval (code)" "$tw" inspect kpi.py
case_ "inspect measures tests" 0 "mutation score: " \
  "$tw" inspect -q kpi.py --tests t_kpi.py --mutants 4
case_ "inspect tells what tests do not reach" 0 '"missed_lines": [3]' \
  "$tw" inspect -q kpi.py --tests t_kpi.py --mutants 0 --json
case_ "tests that fail score nothing" 1 "mutation score: 0" \
  "$tw" inspect -q kpi.py --tests t_bad.py
case_ "inspect knows no such language" 2 "esc.txt" "$tw" inspect esc.txt
case_ "exec prints JSON" 0 '"verdict": "pass"' "$tw" exec --json ok.py
XDG_CACHE_HOME=$dir/cache
export XDG_CACHE_HOME
printf '#include <stdio.h>\nint main(void) { int c = getchar(); putchar(c); }\n' >in.c
printf 'int main(void) {\n  return x;\n}\n' >wrong.c
case_ "an unknown name of a language is refused" 2 "language 'perl'" \
  "$tw" exec --lang perl ok.py
if [ -x /usr/bin/gcc ]; then
  case_ "a C program is compiled and reads its input" 0 "p" \
    "$tw" exec --stdin ok.py in.c
  case_ "the second time it is there" 0 "compiled before" "$tw" exec in.c
  case_ "unless it is not wanted" 0 "compiled in" "$tw" exec --no-cache in.c
  case_ "a compiler's error has its line" 1 "'x' undeclared" \
    "$tw" exec wrong.c
fi

printf '{"id": "a", "hyp": "x = 1", "ref": "x = 2"}\n\n{"id": 7, "hyp": "a", "ref": "a"}\n' >pairs.jsonl
printf '{"id": 1, "hyp": "a", "ref": "a"}\n{"id": 2, "hyp": "a"}\n' >noref.jsonl
printf '{"id": 1, "hyp": "a", "ref": "a"}\n{"id": 2,\n' >cut.jsonl
printf '{"id": [], "hyp": "a", "ref": "a"}\n' >oddid.jsonl
case_ "pairs are scored" 0 \
  '{"id": "a", "metric": "edit", "variant": "levenshtein|chars", "score": 0.8}' \
  "$tw" score edit --pairs pairs.jsonl
case_ "scores have a summary" 0 "2 pairs, mean edit 0.9" \
  "$tw" score edit --pairs pairs.jsonl
case_ "the tokenizer stands in the variant" 0 '|tok:ws"' \
  "$tw" score bleu -t ws --pairs pairs.jsonl -q
case_ "a corpus is scored once" 0 '"rows": 2, "corpus": 0.9, "corpus_by": "mean"' \
  "$tw" score edit --pairs pairs.jsonl --corpus -q
case_ "CrystalBLEU learns from the references" 0 'ignore:2 of references' \
  "$tw" score crystalbleu --top 2 --pairs pairs.jsonl -q
printf '[["="], [["x", "="], 9]]\n' >ignore.json
case_ "or is told" 0 'ignore:2 given' \
  "$tw" score crystalbleu --ignore ignore.json --pairs pairs.jsonl -q
case_ "a list that is none is refused" 2 "pairs.jsonl" \
  "$tw" score crystalbleu --ignore pairs.jsonl --pairs pairs.jsonl
printf '{"id": 1, "n": 5, "c": 2}\n{"id": 2, "n": 1, "c": 1}\n' >counts.jsonl
case_ "pass at k is of counts" 0 '"pass@1": 0.4' "$tw" score passk -p counts.jsonl -q
case_ "k above n is refused" 2 "counts.jsonl:2" \
  "$tw" score passk --k 1,5 -p counts.jsonl
case_ "a k that is none is refused" 2 "1,10,100" \
  "$tw" score passk --k 1, -p counts.jsonl
printf '{"passing": [false, true]}\n' >passing.jsonl
case_ "n at k is of lists" 0 '"1@2": 0, "2@2": 1' \
  "$tw" score nk --k 1@2,2@2 -p passing.jsonl -q
printf '{"logprobs": [-1, -1], "n_bytes": 4}\n' >logprobs.jsonl
case_ "perplexity is of log-probabilities" 0 '"score": 2.71828182845' \
  "$tw" score perplexity -p logprobs.jsonl -q
printf '{"id": "a", "completion": "Score: 3/4"}\n{"id": 7, "completion": "fine"}\n' >judged.jsonl
case_ "a model judges" 0 '"score": 3, "parsed": true}' \
  "$tw" score ice --model replay:judged.jsonl -p pairs.jsonl -q
case_ "an answer without a score is counted apart" 0 '1 answers without a score' \
  "$tw" score ice --aspect usefulness --model replay:judged.jsonl -p pairs.jsonl
case_ "an aspect that is none is refused" 2 "aspect" \
  "$tw" score ice --aspect beauty -p pairs.jsonl
case_ "METEOR works without WordNet when asked to" 0 '"score": 0.5}' \
  "$tw" score meteor-nowordnet --pairs pairs.jsonl -q
case_ "METEOR without its dictionary is an environment error" 3 "./none" \
  "$tw" score meteor --wordnet ./none --pairs pairs.jsonl
case_ "scores are one JSON document" 0 '"mean": 0.9}' \
  "$tw" score edit --json --pairs pairs.jsonl -q
case_ "metrics are listed" 0 "chrf++" "$tw" score --list
case_ "an unknown metric is named" 2 "'meteorite'" "$tw" score meteorite
case_ "an unknown tokenizer is named" 2 "'bpe'" "$tw" score bleu -t bpe
case_ "characters have no tokenizer" 2 "no choice" "$tw" score chrf -t ws
case_ "a missing reference has its line" 2 "noref.jsonl:2: no text 'ref'" \
  "$tw" score chrf --pairs noref.jsonl
case_ "a cut line has its number" 2 "cut.jsonl:2:" \
  "$tw" score chrf --pairs cut.jsonl
case_ "an odd id is refused" 2 "oddid.jsonl:1:" \
  "$tw" score chrf --pairs oddid.jsonl
case_ "no pairs are nothing" 5 "no pairs" "$tw" score chrf
case_ "missing pairs are an environment error" 3 "nofile.jsonl" \
  "$tw" score chrf --pairs nofile.jsonl
case_ "score needs a metric" 2 "one metric" "$tw" score

cat >tasks.jsonl <<'END'
{"task_id": "HumanEval/0", "prompt": "def one(x):\n    \"\"\" x + 1 \"\"\"\n", "entry_point": "one", "canonical_solution": "    return x + 1\n", "test": "def check(f):\n    assert f(1) == 2\n    assert f(2) == 3\n"}
{"task_id": "HumanEval/1", "prompt": "def two(x):\n    \"\"\" x + 2 \"\"\"\n", "entry_point": "two", "canonical_solution": "    return x + 2\n", "test": "def check(f):\n    assert f(1) == 3\n"}
END
cat >answers.jsonl <<'END'
{"task_id": "HumanEval/0", "completion": "    return x * 2\n", "passed": true}
{"task_id": "HumanEval/1", "completion": "    return 2 + x\n", "passed": true}
END
cat >theirs.jsonl <<'END'
{"task_id": "HumanEval/0", "completion": "    return x + 1\n"}
{"task_id": "HumanEval/1", "completion": "    return x + 2\n"}
END
b="$tw bench humaneval -d tasks.jsonl"
case_ "bench needs a set" 2 "one task set" "$tw" bench -d tasks.jsonl
case_ "bench needs the set's file" 2 "--data is needed" \
  "$tw" bench humaneval --canonical
case_ "bench needs answers" 2 "one of --samples" $b
case_ "two sources of answers are refused" 2 "one of --samples" \
  $b --canonical -s answers.jsonl
case_ "options that contradict each other are refused" 2 "contradict" \
  $b --canonical --completion --program
printf 'assert True\n' >fine.py
if "$tw" exec -q fine.py >out 2>err; then
  case_ "a set that is not there is an environment error" 3 "nofile.jsonl" \
    "$tw" bench humaneval -d nofile.jsonl --canonical
  case_ "a name that the set does not fit is refused" 2 "MBPP" \
    "$tw" bench mbpp -d tasks.jsonl --canonical
  case_ "k has to be numbers" 2 "for -k" $b --canonical -k 1,x
  case_ "an unknown table format is named" 2 "'pdf'" \
    $b --canonical --table pdf
  case_ "an unknown task is named" 2 "no task 'HumanEval/9'" \
    $b --canonical --tasks HumanEval/9
  case_ "canonical solutions pass" 0 "2 of 2 samples pass; 3 assertions" \
    $b --canonical -q
  case_ "answers are scored" 0 "1 of 2 samples pass; 3 assertions" \
    $b -s answers.jsonl -q -o kept
  case_ "a verdict that differs is listed" 0 \
    "HumanEval/0  0       fail  pass      assertion" $b -s answers.jsonl -q
  case_ "a run that is kept is not done again" 0 "4 programs, 0 judged now" \
    $b -s answers.jsonl -o kept
  case_ "a row for each sample is kept" 0 '"sha256"' cat kept/samples.jsonl
  case_ "other options do not go on in its folder" 2 "other inputs" \
    $b -s answers.jsonl -q -o kept --prelude
  case_ "the document has the figures" 0 '"TCER": {"value": 0.75' \
    $b -s answers.jsonl -q --json
  case_ "the table comes in LaTeX" 0 'answers.jsonl & humaneval & 2 & 2 &' \
    $b -s answers.jsonl -q --table latex
  case_ "several files are several rows" 0 "theirs.jsonl" \
    $b -s answers.jsonl -s theirs.jsonl --force -q
  case_ "answers that no model wrote are refused" 2 "no model wrote it" \
    $b -s theirs.jsonl -q
  case_ "the floor is scored" 0 "0 of 2 samples pass" $b --stub-only -q
  case_ "recorded answers stand in for a model" 0 "1 of 2 samples pass" \
    $b -m replay:answers.jsonl -q
  case_ "a style that is not there is named" 2 "'loud'" \
    $b -m replay:answers.jsonl --style loud
  case_ "one task alone is judged" 0 "1 of 1 samples pass" \
    $b -s answers.jsonl --tasks HumanEval/1 -q
  # Built with MPI or not: two processes share the work, or say so.
  if command -v mpirun >/dev/null && ldd "$tw" | grep -q mpi; then
    case_ "two processes share the tasks" 0 "4 programs, 4 judged now" \
      mpirun --allow-run-as-root --oversubscribe -n 2 $b -s answers.jsonl
    case_ "and ask a model together" 0 "1 of 2 samples pass" \
      mpirun --allow-run-as-root --oversubscribe -n 2 $b \
      -m replay:answers.jsonl -q -o shared
  elif ! ldd "$tw" | grep -q mpi; then
    case_ "several processes without MPI are refused" 3 "built without MPI" \
      env OMPI_COMM_WORLD_SIZE=2 $b --canonical
  fi
  case_ "no answer is nothing to do" 5 "no answers" \
    "$tw" bench humaneval -d tasks.jsonl -s answers.jsonl --tasks "" -q
else
  echo "# SKIP bench: no jail here"
fi

echo "1..$n"
exit $bad
