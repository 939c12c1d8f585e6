#!/usr/bin/env python3
# plus-search.py - an outside measure of the search: recorded answers that pass
# the base tests of HumanEval or MBPP and fail EvalPlus's larger ones, with the
# canonical solution as reference oracle and none of those larger tests.
#
#   tools/plus-search.py TRIALWRIGHT humaneval HumanEval.jsonl RESULTS.json
#   tools/plus-search.py TRIALWRIGHT mbpp mbpp.jsonl RESULTS.json sanitized.json
#
# RESULTS.json is EvalPlus's file of evaluated answers.  Of a task only the
# arguments of its base tests are taken: written cases, whose values are the
# reference's.  What the task's own text states about its inputs becomes
# `require`.  Prints a line for each answer and the figures of wrong answers and
# of right ones (they pass the larger tests): how many are refused, and for how
# many the user is asked whether an input can occur that is like no base test.
#
# This program runs the canonical solutions and base tests, and no answer:
# those run in the jail of TRIALWRIGHT alone.
import argparse
import ast
import copy
import inspect
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

ROWS_MAX = 24
ACCEPTED, REFUSED, ASKED, UNJUDGED = range(4)
PLACES = ("accepted", "refused", "asked", "?")


def answers(path):
    """{task: (text, fails the larger tests)} of what passes the base tests."""
    with open(path) as f:
        rows = json.load(f)["eval"]
    return {k: (v[0]["solution"], v[0]["plus_status"] != "pass")
            for k, v in rows.items() if v[0]["base_status"] == "pass"}


def humaneval(path, _):
    with open(path) as f:
        for t in map(json.loads, f):
            name = t["entry_point"]
            head = t["prompt"][:t["prompt"].rindex("def " + name)]
            yield (t["task_id"], name, t["prompt"],
                   t["prompt"] + t["canonical_solution"],
                   t["test"] + f"\ncheck({name})", head, "")


def reading(tests, name):
    """How the base tests read a result, as a wrapper of both functions: only
    its truth, or only its elements."""
    def called(node):
        return isinstance(node, ast.Call) and ast.unparse(node.func) == name

    shapes = set()
    for line in tests:
        node = ast.parse(line.strip()).body[-1].test
        if isinstance(node, ast.UnaryOp):
            node = node.operand
        left = node.left if isinstance(node, ast.Compare) else node
        if called(node):
            shapes.add("bool")
        elif isinstance(left, ast.Call) and len(left.args) == 1 and \
                called(left.args[0]) and \
                ast.unparse(left.func) in ("set", "sorted"):
            shapes.add(ast.unparse(left.func))
        else:
            shapes.add("")
    if len(shapes) != 1 or "" in shapes:
        return ""
    return (f"\n_tw_read = {name}\n\n\ndef {name}(*args):\n"
            f"    return {shapes.pop()}(_tw_read(*args))\n")


def mbpp(path, sanitized):
    with open(path) as f:
        full = [json.loads(line) for line in f]
    better = {}
    if sanitized:
        with open(sanitized) as f:
            better = {t["task_id"]: t for t in json.load(f)}
    for t in full:
        t = better.get(t["task_id"], t)
        code = t["code"].replace("\r", "")
        defined = set(re.findall(r"^def (\w+)", code, re.M))
        name = next((n for n in re.findall(r"(\w+)\(", t["test_list"][0])
                     if n in defined), None)
        tests = "\n".join(t.get("test_imports", []) + t["test_list"])
        if name:
            tail = reading(t["test_list"], name)
            yield (f"Mbpp/{t['task_id']}", name, t.get("prompt") or t["text"],
                   code + tail, tests, "", tail)


def base_rows(code, tests, name):
    """Arguments of the base tests, and names of the parameters."""
    space, rows = {}, []
    exec(code, space)
    real = space[name]

    def recorder(*args):
        rows.append(copy.deepcopy(list(args)))
        return real(*args)

    space[name] = recorder
    try:
        exec(tests, space)
    except Exception:
        pass
    kept, seen = [], set()
    for row in rows:
        text = repr(row)
        if text in seen or len(text) > 1500 or len(row) != len(rows[0]):
            continue
        seen.add(text)
        try:
            value = real(*copy.deepcopy(row))
            ast.literal_eval(repr((row, value)))
            kept.append((row, value))
        except Exception:
            pass
    inner = space.get("_tw_read", real)
    names = list(inspect.signature(inner).parameters)
    return kept[:ROWS_MAX], names[:len(rows[0]) if rows else 0]


def numbers_of(name, rows, i):
    """An expression for the numbers of an argument, by what was seen."""
    value = rows[0][0][i]
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return f"[{name}]"
    if isinstance(value, (list, tuple)) and value and \
            all(isinstance(x, (int, float)) for x in value):
        return name
    return None


def least_of(values):
    """The smallest number in arguments, or 0 where there is something else."""
    flat = [x for v in values
            for x in (v if isinstance(v, (list, tuple)) else [v])]
    if any(not isinstance(x, (int, float)) for x in flat):
        return 0
    return min(flat, default=0)


def stated(prompt, names, rows):
    """What the text of the task says about its inputs, as an expression."""
    text = prompt.lower()
    parts = []
    for i, name in enumerate(names):
        numbers = numbers_of(name, rows, i)
        values = [r[0][i] for r in rows]
        least = least_of(values) if numbers else 0
        numbers = numbers if least_of(values) or 0 in values else None
        if numbers and re.search(r"\bpositive\b", text) and least > 0:
            parts.append(f"all(v > 0 for v in {numbers})")
        elif numbers and least >= 0 and re.search(
                r"non-?negative|\bnatural\b|\bdigits\b|positive", text):
            parts.append(f"all(v >= 0 for v in {numbers})")
        if re.search(r"non-?\s?empty", text) and hasattr(values[0], "__len__"):
            parts.append(f"len({name}) > 0")
        if "space separated" in text and isinstance(values[0], str):
            parts.append(f"' '.join({name}.split()) == {name}")
        if re.search(r"sorted (array|list)", text) and \
                all(isinstance(v, list) and v == sorted(v) for v in values):
            parts.append(f"{name} == sorted({name})")
    for line in prompt.splitlines():     # 1 <= k <= len(arr)
        m = re.match(r"\s*(?:\d+\. |\* )?(\d+ <= [\w()]+ <= [\w()]+)$", line)
        if m:
            parts.append(m.group(1))
    return " and ".join(parts)


def quoted(text):
    return json.dumps(text, ensure_ascii=True).replace("\\u007f", "\\u007F")


def specification(task, rows, names):
    key, name, prompt, code, tests = task[:5]
    cases = [f"assert {name}({', '.join(map(repr, args))}) == {value!r}"
             for args, value in rows]
    tol = re.search(r"rel_tol=([0-9.e-]+)", tests)
    require = stated(prompt, names, rows)
    lines = ["spec = 1", "[[test]]", f"id = {quoted(key.replace('/', '-'))}",
             f"description = {quoted(prompt[:3000])}",
             f"call = {quoted(name + '(' + ', '.join(names) + ')')}",
             "in_place = true", "accept = { timeout = 3.0 }"]
    if require:
        lines.append(f"require = {quoted(require)}")
    lines += ["[[test.oracle]]", 'kind = "reference"',
              f"code = {quoted(code)}", f"function = {quoted(name)}"]
    if tol:
        lines.append(f"rel_tol = {float(tol.group(1))!r}")
    lines += ["[[test.oracle]]", 'kind = "assert"',
              f"cases = [{', '.join(map(quoted, cases))}]"]
    if tol:
        lines.append(f"rel_tol = {float(tol.group(1))!r}")
    return "\n".join(lines) + "\n"


def judge(program, folder, task, answer):
    """(PLACES, cause, seconds) of one answer."""
    rows, names = base_rows(task[3], task[4], task[1])
    if not rows:
        return UNJUDGED, "no arguments in the base tests", 0.0
    files = {"s.toml": specification(task, rows, names),
             "a.jsonl": json.dumps({
                 "task_id": task[0].replace("/", "-"),
                 "completion": f"```python\n{task[5]}{answer}\n{task[6]}\n```"}) + "\n"}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    out = os.path.join(folder, "run")
    subprocess.run(["rm", "-rf", out], check=True)
    start = time.time()
    p = subprocess.run([program, "run", os.path.join(folder, "s.toml"), "-m",
                        "replay:" + os.path.join(folder, "a.jsonl"), "-n", "1",
                        "--no-generator", "-o", out, "--seed", "1", "-q"],
                       capture_output=True, text=True)
    seconds = time.time() - start
    try:
        with open(os.path.join(out, "run.json")) as f:
            test = json.load(f)["tests"][0]
    except (OSError, ValueError):
        return UNJUDGED, p.stderr[-300:].strip(), seconds
    if test["status"] not in ("accepted", "rejected"):
        return UNJUDGED, f"{test['status']}: {test['cause']}", seconds
    if test["accepted"] and test.get("outside"):
        return ASKED, test["outside"], seconds
    return (ACCEPTED if test["accepted"] else REFUSED), test["cause"], seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("bench", choices=["humaneval", "mbpp"])
    parser.add_argument("tasks")
    parser.add_argument("results")
    parser.add_argument("sanitized", nargs="?")
    parser.add_argument("--only", default="", help="task, 'wrong' or 'right'")
    parser.add_argument("--first", type=int, default=0, help="task number")
    parser.add_argument("--last", type=int, default=10**9)
    options = parser.parse_args()
    given = answers(options.results)
    load = humaneval if options.bench == "humaneval" else mbpp
    counts = {False: [0] * len(PLACES), True: [0] * len(PLACES)}
    slowest = 0.0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as folder:
        for task in load(options.tasks, options.sanitized):
            if task[0] not in given:
                continue
            answer, wrong = given[task[0]]
            kind = "wrong" if wrong else "right"
            number = int(task[0].rsplit("/", 1)[1])
            if options.only not in ("", kind, task[0]) or \
                    not options.first <= number <= options.last:
                continue
            place, cause, seconds = judge(options.program, folder, task,
                                          answer)
            counts[wrong][place] += 1
            slowest = max(slowest, seconds)
            print(f"{task[0]}\t{kind}\t{PLACES[place]}"
                  f"\t{seconds:.2f} s\t{cause[:300]}", flush=True)
    for wrong, name in ((True, "wrong"), (False, "right")):
        n = counts[wrong]
        print(f"{name}: {n[REFUSED]} of {sum(n)} refused, {n[ASKED]} asked, "
              f"{n[UNJUDGED]} not judged")
    print(f"slowest: {slowest:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
