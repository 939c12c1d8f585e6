#!/bin/sh
# test_hostile.sh TRIALWRIGHT - names, arguments and files that mean harm: each
# ends in one line, soon, without a byte that a terminal would obey.  TAP.
set -u
case $1 in
/*) tw=$1 ;;
*) tw=$PWD/$1 ;;
esac
[ -x "$tw" ] || {
  echo "Bail out! no program at $tw"
  exit 1
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
n=0
bad=0
# ESC, BEL, newline, a mark that turns the direction, C1, ends of XML and HTML.
evil=$(printf 'a\033[31m\007\n\342\200\256\302\233x]]>&<b>')
raw=$(printf '[\033\007]\|\342\200\256\|\302\233')

say() {
  n=$((n + 1))
  if [ "$1" = 0 ]; then
    echo "ok $n - $2"
  else
    echo "not ok $n - $2"
    cat -v err | head -n 5 | sed 's/^/# /'
    bad=$((bad + 1))
  fi
}

# tame NAME STATUS TEXT COMMAND...: nothing raw in the output, one line of
# complaint at most, TEXT in it.
tame() {
  name=$1 want=$2 text=$3
  shift 3
  timeout 20 "$@" >out 2>err </dev/null
  got=$?
  fine=0
  [ "$got" -eq "$want" ] || fine=1
  [ "$(wc -l <err)" -le 1 ] || fine=1
  LC_ALL=C grep -q "$raw" out err && fine=1
  cat out err | grep -qF -- "$text" || fine=1
  [ $fine = 0 ] || echo "# status $got, expected $want, and '$text'"
  say $fine "$name"
}

printf 't,"%s"\n0,1\n1,2\n' "$evil" >"$evil.csv"
printf 'def f():\n    return 1\n' >"$evil.py"
tame "a command" 2 "unknown command" "$tw" "$evil"
tame "an option" 2 "unknown option" "$tw" ingest "--$evil" x.csv
tame "a value of an option" 2 "wants" "$tw" tsne x.csv -p "$evil"
tame "a choice" 2 '\x1b[31m' "$tw" ingest --cpu "$evil" x.csv
tame "a file that is not there" 3 "cannot open" "$tw" ingest "no$evil"
tame "a column" 2 "no column" "$tw" ingest "$evil.csv" -t "x$evil"
tame "the names of a table" 0 '\x1b[31m' "$tw" ingest "$evil.csv" -t t -q
tame "a table as JSON" 0 '\u001b[31m' "$tw" ingest "$evil.csv" -t t --json
tame "a project" 2 "missing after the key" "$tw" check "$evil.csv"
tame "a model" 2 "no GGUF file" "$tw" llm info -m "$evil.csv"
tame "a metric" 2 "no metric" "$tw" score "$evil" -p "$evil.csv"
tame "pairs" 2 "invalid token" "$tw" score chrf -p "$evil.csv"
tame "a task set" 2 "unknown task set" "$tw" bench "$evil" -d x --canonical
tame "tasks" 2 "no JSON" "$tw" bench humaneval -d "$evil.csv" --canonical
tame "a run folder" 3 "cannot open" "$tw" report "no$evil"

# What a file is instead.
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n' >lfs
printf '<!DOCTYPE html>\n<html>404</html>\n' >html
for file in lfs html; do
  what="Git LFS pointer"
  [ $file = lfs ] || what="page of HTML"
  tame "$file as a table" 2 "$what" "$tw" ingest $file -t t
  tame "$file as a model" 2 "$what" "$tw" llm info -m $file
  tame "$file as a project" 2 "$what" "$tw" check $file
  tame "$file as tasks" 2 "$what" "$tw" bench humaneval -d $file --canonical
done
printf 'GGUF\0\0\0\003\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >big.gguf
tame "a big-endian model" 2 "big-endian" "$tw" llm info -m big.gguf
: >empty
tame "an empty model" 2 "empty" "$tw" llm info -m empty

# Limits hold before much is read: nothing here takes the 20 s.
truncate -s 3G holes
tame "a line without an end" 2 "NUL" "$tw" ingest holes
tame "a project of 3 GiB" 2 "larger than" "$tw" check holes
tame "tasks of 3 GiB" 2 "larger than" "$tw" bench humaneval -d holes --canonical
tame "pairs of 3 GiB" 2 "larger than" "$tw" score chrf -p holes
tame "a model of 3 GiB of nothing" 2 "wrong magic" "$tw" llm info -m holes
rm -f holes
head -c 40000000 /dev/zero | tr '\0' 'x' >long
tame "a record of 40 MB" 2 "16777216" "$tw" ingest long
tame "a task of 40 MB" 2 "exceeds" "$tw" bench humaneval -d long --canonical
rm -f long
awk 'BEGIN { print "project = 1\ntitle = \"x\"\nspecs = \"s.toml\""
  for (i = 0; i < 100000; i++) printf "[data.t%d]\nfiles = \"x\"\n", i }' >many.toml
tame "a project of 100,000 tables" 2 "many.toml:" "$tw" check many.toml

# A file that another process cuts: read whole before, or refused in one line.
awk 'BEGIN { print "t,a"; for (i = 0; i < 600000; i++) print i "," i }' >whole.csv
for pause in 0 0.02 0.05 0.1; do
  cp whole.csv cut.csv
  "$tw" ingest cut.csv -t t -q >out 2>err &
  sleep $pause
  truncate -s 4096 cut.csv
  wait $!
  got=$?
  fine=0
  case $got in
  0) [ ! -s err ] || fine=1 ;;
  2 | 3) [ "$(wc -l <err)" -eq 1 ] && grep -q cut.csv err || fine=1 ;;
  *) fine=1 ;;
  esac
  say $fine "a table that is cut after $pause s: status $got"
done
rm -f whole.csv cut.csv

# What other programs write.
printf '\357\273\277{"id": 1, "hyp": "a", "ref": "a", "p": NaN}\r\n' >pairs
tame "pairs with a byte order mark and NaN" 0 '"score": 100' \
  "$tw" score chrf -p pairs -q
printf '{"id": 1, "hyp": "\\ud83d", "ref": "\\ud83d", "n": 1%030d}\n' 0 >pairs
tame "half a character, an integer of 31 digits" 0 '"score": 100' \
  "$tw" score chrf -p pairs -q
printf '{"id": 1, "n": 5, "c": 0}\n' >passk
tame "no passing sample" 0 'pass@1": 0}' "$tw" score passk -p passk -k 1 -q

echo "1..$n"
exit $bad
