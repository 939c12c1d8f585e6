"""test_options.py - every option of every command, walked over the tables.

usage: test_options.py PROGRAM

The tables come from the program itself (--options), so an option that is new
is tested without a line here. TAP on stdout.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.path.abspath(sys.argv[1])
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run(*args):
    done = subprocess.run([PROGRAM, *args], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def tables():
    return json.loads(run("--options")[1])["commands"]


def options(*kinds):
    for command in tables():
        for option in command["options"]:
            if option["kind"] in kinds:
                yield command["name"], option


def spellings(option, value):
    """All ways to give an option its value."""
    name = "--" + option["name"]
    yield [name, value]
    yield [name + "=" + value]
    if "letter" in option:
        yield ["-" + option["letter"], value]
        yield ["-" + option["letter"] + value]


def beyond(option):
    """Numbers outside of the range, as people write them."""
    low, high = option["min"], option["max"]
    values = ["-1"] if low > -1 else []
    values += ["0", "-0"] if low > 0 else []
    values += [str(int(low) - 1)]
    if high < 1e9:
        values += [str(int(high) + 1)]
    return values + ["99999999999999999999999"] * (option["kind"] == "integer")


def within(option):
    """The ends, and 0 and -1 where they are in."""
    low, high = option["min"], option["max"]
    values = {low, high}
    values |= {v for v in (0, -1) if low <= v <= high}
    if option["kind"] == "integer":
        return [str(int(v)) for v in values]
    return [repr(v) for v in values]


def refuses(command, option, value):
    status, _, said = run(command, "--" + option["name"], value)
    return status == 2 and "'--%s' wants" % option["name"] in said


@test
def numbers_outside_of_their_range_are_refused():
    bad = []
    for command, option in options("integer", "number"):
        for value in beyond(option):
            if not refuses(command, option, value):
                bad.append((command, option["name"], value))
    return bad


@test
def what_is_no_number_is_refused():
    bad = []
    for command, option in options("integer", "number"):
        for value in ("", "x", "1x", "nan", "inf", "1,5", "0x10", "--"):
            if value == "0x10" and option["kind"] == "number":
                continue
            if not refuses(command, option, value):
                bad.append((command, option["name"], value))
    return bad


@test
def numbers_at_the_ends_are_taken():
    bad = []
    for command, option in options("integer", "number"):
        for value in within(option):
            # An option that does not exist ends the command before it works.
            said = run(command, "--" + option["name"], value, "--nowhere")[2]
            if "unknown option '--nowhere'" not in said:
                bad.append((command, option["name"], value, said))
    return bad


@test
def every_spelling_means_the_same():
    bad = []
    for command, option in options("integer", "number"):
        value = beyond(option)[0]
        said = {run(command, *s)[2] for s in spellings(option, value)}
        if len(said) != 1:
            bad.append((command, option["name"], said))
    return bad


@test
def a_misspelt_word_is_told_the_nearest():
    bad = []
    for command, option in options("text"):
        for word in option.get("choices", []):
            if len(word) < 4:
                continue
            wrong = word[:-2] + word[-1] + word[-2]
            if wrong in option["choices"] or wrong == word:
                continue
            status, _, said = run(command, "--" + option["name"], wrong)
            if status != 2 or "did you mean" not in said:
                bad.append((command, option["name"], wrong, said))
    return bad


@test
def a_misspelt_name_is_told_the_nearest():
    bad = []
    for command, option in options("flag", "text", "integer", "number", "list"):
        name = option["name"]
        if len(name) < 4 or command == "exec" and name == "lang":
            continue
        for wrong in (name + "s", name[:-1]):
            status, _, said = run(command, "--" + wrong)
            if status == 2 and "did you mean '--" in said:
                continue
            # "--seeds" of a command that has such an option is no mistake.
            if "unknown option" in said:
                bad.append((command, wrong, said))
    return bad


@test
def a_misspelt_command_is_told_the_nearest():
    bad = []
    for command in tables():
        name = command["name"]
        for wrong in (name[1:], name + "e", name[0] + name):
            if any(wrong == c["name"] for c in tables()):
                continue
            status, _, said = run(wrong)
            if status != 2 or "did you mean '" not in said:
                bad.append((wrong, said))
    return bad


def is_error(out, status):
    try:
        error = json.loads(out)["error"]
    except (ValueError, KeyError):
        return False
    return error["status"] == status and error["message"] and {
        "file", "line", "column"} <= error.keys()


@test
def with_json_every_command_fails_in_json():
    bad = []
    for command in tables():
        for args in (["--json", "--nowhere"], ["--nowhere", "--json"],
                     ["--threads", "0", "--json"]):
            status, out, said = run(command["name"], *args)
            if status != 2 or not is_error(out, 2) or not said:
                bad.append((command["name"], args, status, out, said))
    status, out, _ = run("rnu", "--json")
    if status != 2 or not is_error(out, 2):
        bad.append(("rnu", out))
    return bad


@test
def an_error_in_json_names_file_and_line():
    bad = []
    with tempfile.TemporaryDirectory() as folder:
        def put(name, text):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            return path
        rows = put("rows.csv", "t,a\n0,1\n1,2,3\n")
        goes_back = put("back.csv", "t,a\n5,1\n1,2\n2,2\n")
        pairs = put("pairs.jsonl", '{"id": 1, "hyp": "a", "ref": "a"}\n{\n')
        project = put("a.toml", "[project]\nname = 1 2\n")
        cases = (
            (["ingest", rows, "-t", "t"], rows, 3),
            (["ingest", goes_back, "-t", "t"], goes_back, 3),
            (["score", "bleu", "-p", pairs], pairs, 2),
            (["run", project], project, 2),
            (["plan", project], project, 2),
            (["tsne", "none.csv"], "none.csv", None),
            (["ingest", "none.csv"], "none.csv", None),
            (["run", "none.toml"], "none.toml", None),
            (["write", "none.toml", "-o", "x"], "none.toml", None),
            (["inspect", "none.py"], "none.py", None),
        )
        for args, file, line in cases:
            status, out, said = run(*args, "--json")
            if status == 0 or not is_error(out, status):
                bad.append((args, status, out, said))
                continue
            error = json.loads(out)["error"]
            if error["line"] != line or os.path.basename(
                    error["file"] or "") != os.path.basename(file):
                bad.append((args, out))
    return bad


def complete(*words):
    """What bash offers behind these words."""
    script = run("--completion", "bash")[1] + """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_trialwright; printf '%s\\n' "${COMPREPLY[@]}"
"""
    done = subprocess.run(["bash", "-c", script, "-", "trialwright", *words],
                          capture_output=True, text=True, timeout=60,
                          cwd="/")
    return done.stdout.split() if not done.stderr else [done.stderr]


@test
def bash_completes_commands_options_and_words():
    if not shutil.which("bash"):
        return []
    bad = []
    names = [c["name"] for c in tables()]
    cases = [
        ([""], names + ["--help", "--version"]), (["ing"], ["ingest"]),
        (["tsne", "--perp"], ["--perplexity"]),
        (["fit", "--size", ""], ["quick", "small", "paper"]),
        (["fit", "--size", "qu"], ["quick"]),
        (["fit", "--size", "=", "qu"], ["quick"]),
        (["fit", "--size", "="], ["quick", "small", "paper"]),
        (["tsne", "--cpu", "avx5"], ["avx512", "avx512vnni"]),
        (["fit", "et"], ["etc"]), (["fit", "-o", "et"], ["etc"]),
        (["nowhere", "--x"], []),
    ]
    for command in tables():
        cases.append(([command["name"], "--"],
                      ["--" + o["name"] for o in command["options"]]))
    for words, wanted in cases:
        got = complete(*words)
        if sorted(got) != sorted(wanted):
            bad.append((words, got))
    return bad


@test
def zsh_reads_its_completion():
    script = run("--completion", "zsh")[1]
    if not script.startswith("#compdef trialwright\n"):
        return [script[:80]]
    if not shutil.which("zsh"):
        return []
    done = subprocess.run(["zsh", "-n"], input=script, capture_output=True,
                          text=True, timeout=60)
    return [done.stderr] if done.returncode or done.stderr else []


@test
def other_shells_are_refused():
    status, out, said = run("--completion", "bsh")
    if status != 2 or out or "did you mean 'bash'" not in said:
        return [said]
    return [said for status, _, said in [run("--completion")] if status != 2]


def main():
    failed = 0
    for number, function in enumerate(TESTS, 1):
        bad = function()
        for line in bad[:20]:
            print("#", line)
        print("not ok" if bad else "ok", number, "-", function.__name__)
        failed += bool(bad)
    print("1..%d" % len(TESTS))
    return failed > 0


sys.exit(main())
