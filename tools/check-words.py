#!/usr/bin/env python3
"""check-words.py - the text between the functions, as figures with limits.

Counts for src/: comments in .c files (share of characters), sources without
a first line that says what they are, asserts, conditional expressions; and the
length and complexity of functions in Python, JavaScript, Go and Java (those of
C are check-size.sh's).  Prints a line a room with --rooms, and fails with a
line for each limit that is passed.

    tools/check-words.py [--rooms] [ROOM...]
"""
import ast
import re
import subprocess
import sys

COMMENT_SHARE = 0.15       # of the characters of all .c files
ASSERTS_PER_KL = {"kern": 10, "tensor": 10, "llm": 10}
CONDITIONALS_PER_KL = 8    # statements with ?: in 1,000 lines, all of src
CHAINS = 0                 # statements with two or more of them
FUNCTION_LINES = 80
COMPLEXITY = 20
TABLES = re.compile(r"_tables\.c$")

# Comments, strings and characters of C and its like, in one pass.
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
      | "(?:\\.|[^"\\\n])*"
      | '(?:\\.|[^'\\\n])*'""", re.S | re.X)


def tracked(*patterns):
    done = subprocess.run(["git", "ls-files", *patterns], check=True,
                          capture_output=True, text=True)
    return done.stdout.split()


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def without_words(text):
    """The text with comments and strings blanked, newlines kept."""
    def blank(m):
        return re.sub(r"[^\n]", " ", m[0])
    return TOKEN.sub(blank, text)


class Room:
    def __init__(self):
        self.lines = self.chars = self.comment = 0
        self.asserts = self.conditionals = self.chains = 0
        self.bare = []     # files without a first line
        self.chained = []  # places of chains

    def add(self, path, text):
        code = without_words(text)
        self.lines += text.count("\n")
        self.asserts += len(re.findall(r"\b(?:TW_ASSERT|_?[Ss]tatic_?assert)\s*\(",
                                       code))
        at = 0
        for statement in re.split(r"[;{}]", code):
            n = statement.count("?")
            self.conditionals += n > 0
            if n > 1:
                self.chains += 1
                line = code.count("\n", 0, at + statement.index("?")) + 1
                self.chained.append(f"{path}:{line}")
            at += len(statement) + 1
        if not text.startswith(("/*", "//")):
            self.bare.append(path)
        if path.endswith(".c"):
            self.chars += len(text)
            self.comment += sum(len(m[0]) for m in TOKEN.finditer(text)
                                if m["comment"])

    def share(self):
        return self.comment / self.chars if self.chars else 0.0

    def per_kl(self, n):
        return 1000.0 * n / self.lines if self.lines else 0.0


def python_complexity(node):
    """McCabe's number: decisions and 1; functions inside count by themselves."""
    n = 1
    todo = list(ast.iter_child_nodes(node))
    while todo:
        x = todo.pop()
        if isinstance(x, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(x, ast.BoolOp):
            n += len(x.values) - 1
        elif isinstance(x, (ast.If, ast.IfExp, ast.For, ast.While, ast.comprehension,
                            ast.ExceptHandler, ast.Assert)):
            n += 1
        todo += ast.iter_child_nodes(x)
    return n


def python_functions(path):
    for x in ast.walk(ast.parse(read(path), path)):
        if isinstance(x, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield x.name, x.lineno, x.end_lineno - x.lineno + 1, \
                python_complexity(x)


# What begins a function in JavaScript, Go and Java; its name.
BEGIN = re.compile(
    r"\bfunction\s*\*?\s*(\w*)\s*\([^{;]*\)\s*\{"
    r"|\b(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?\([^{;]*\)\s*=>\s*\{"
    r"|^func\s+(?:\([^)]*\)\s*)?(\w+)\s*\([^{;]*\{"
    r"|^ +(?:public |private |static |final |synchronized )+[\w<>\[\], .?]+ "
    r"(\w+)\([^{;]*\)[^{;]*\{", re.M)
DECISION = re.compile(r"\b(?:if|for|while|case|catch)\b|&&|\|\||\?")


def brace_functions(path):
    code = without_words(read(path))
    for m in BEGIN.finditer(code):
        depth, end = 1, m.end()
        while depth and end < len(code):
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            end += 1
        body = code[m.start():end]
        line = code.count("\n", 0, m.start()) + 1
        yield next(filter(None, m.groups()), "(anonymous)"), line, \
            body.count("\n") + 1, 1 + len(DECISION.findall(body))


def foreign_faults(rooms):
    faults = []
    for path in tracked("src/*.py", "src/*.js", "src/*.go", "src/*.java"):
        if rooms and path.split("/")[1] not in rooms:
            continue
        functions = python_functions if path.endswith(".py") else brace_functions
        for name, line, lines, complexity in functions(path):
            if lines > FUNCTION_LINES or complexity > COMPLEXITY:
                faults.append(f"{path}:{line}: {name}: {lines} lines, "
                              f"complexity {complexity}")
    return faults


def count_rooms():
    rooms = {}
    for path in tracked("src/*.c", "src/*.h"):
        if not TABLES.search(path):
            rooms.setdefault(path.split("/")[1], Room()).add(path, read(path))
    return rooms


def total_of(rooms):
    all_ = Room()
    for r in rooms.values():
        for name in ("lines", "chars", "comment", "asserts", "conditionals",
                     "chains", "bare", "chained"):
            setattr(all_, name, getattr(all_, name) + getattr(r, name))
    return all_


def print_rooms(rooms, all_):
    print("room        lines  share  comments  asserts/kl  ?:/kl  chains")
    for name, r in [*rooms.items(), ("src", all_)]:
        print(f"{name:10} {r.lines:6} {r.lines / all_.lines:6.1%} "
              f"{r.share():9.1%} {r.per_kl(r.asserts):11.1f} "
              f"{r.per_kl(r.conditionals):6.1f} {r.chains:7}")


def word_faults(rooms, all_):
    faults = [f"{p}: no first line that says what it is" for p in all_.bare]
    faults += [f"{p}: a chain of conditional expressions" for p in all_.chained]
    if all_.share() < COMMENT_SHARE:
        faults.append(f"comments are {all_.share():.1%} of the sources, "
                      f"{COMMENT_SHARE:.0%} wanted")
    if all_.per_kl(all_.conditionals) > CONDITIONALS_PER_KL:
        faults.append(f"{all_.per_kl(all_.conditionals):.1f} conditional "
                      f"expressions in 1,000 lines, {CONDITIONALS_PER_KL} allowed")
    for name, floor in ASSERTS_PER_KL.items():
        if name in rooms and rooms[name].per_kl(rooms[name].asserts) < floor:
            faults.append(f"src/{name}: {rooms[name].per_kl(rooms[name].asserts):.1f}"
                          f" asserts in 1,000 lines, {floor} wanted")
    return faults


def main(args):
    wanted = [a for a in args if not a.startswith("-")]
    rooms = {n: r for n, r in count_rooms().items() if not wanted or n in wanted}
    all_ = total_of(rooms)
    if "--rooms" in args:
        print_rooms(rooms, all_)
    faults = word_faults(rooms, all_) + foreign_faults(wanted)
    for f in faults:
        print(f)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
