

# From an answer of a model to a program of Python: the code among the prose,
# as much of it as compiles.
import builtins
import difflib
import importlib.util
import re
import textwrap

START_MAX = 12
IMPORTS = {
    "math": "import math", "statistics": "import statistics",
    "re": "import re", "itertools": "import itertools",
    "collections": "import collections", "functools": "import functools",
    "List": "from typing import List",
    "Optional": "from typing import Optional",
    "Dict": "from typing import Dict", "Tuple": "from typing import Tuple",
    "Sequence": "from typing import Sequence",
    "Iterable": "from typing import Iterable",
    "Union": "from typing import Union", "Any": "from typing import Any",
    "mean": "from statistics import mean",
    "median": "from statistics import median",
    "stdev": "from statistics import stdev",
    "pstdev": "from statistics import pstdev",
    "sqrt": "from math import sqrt", "isnan": "from math import isnan",
    "ceil": "from math import ceil", "floor": "from math import floor",
    "groupby": "from itertools import groupby",
    "Counter": "from collections import Counter",
    "defaultdict": "from collections import defaultdict",
}


# What published harnesses have imported already; judges may, too.
PRELUDE = {"sys", "os", "random", "string", "heapq", "bisect", "copy",
           "operator", "datetime", "cmath", "deque", "OrderedDict",
           "Callable", "Set", "__name__"}


def trim(text, front=""):
    """Longest leading part of text that compiles behind front."""
    lines = text.split("\n")
    for _ in range(LINES_MAX):
        while lines and not lines[-1].strip():
            lines.pop()
        if not lines:
            break
        part = "\n".join(lines) + "\n"
        if parse(front + part) is not None:
            return part
        lines.pop()
    return None


def bound_names(tree):
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef,
                             ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                names.add((alias.asname or alias.name).split(".")[0])
    return names


def defines(tree, entry):
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef,
                             ast.ClassDef)) and node.name == entry:
            return True
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == entry:
                    return True
    return False


def has_tests(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            return True
    return False


def is_guard(node):
    return isinstance(node, ast.If) and any(
        isinstance(n, ast.Name) and n.id == "__name__"
        for n in ast.walk(node.test))


def names_in(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


TALK = {"print", "input", "main", "unittest", "doctest", "pytest"}


class Noise:
    """What a program says or tests of itself at its top level. What builds
    its tables or sets up the interpreter is no noise, it changes what the
    function returns."""

    def __init__(self, tree, bench, entry):
        self.bench, self.entry = bench, entry
        self.functions = {n.name: n for n in tree.body
                          if isinstance(n, (ast.FunctionDef,
                                            ast.AsyncFunctionDef))}
        self.checks = {} # of functions by name, as far as they are known

    def is_check(self, name):
        """Does a call of this function test the entry point?"""
        if name == self.entry or name in TALK:
            return True
        node = self.functions.get(name)
        if node is None:
            return False
        if name not in self.checks:
            self.checks[name] = False # while it is looked at: recursion
            self.checks[name] = any(
                isinstance(n, ast.Assert) for n in ast.walk(node)) or any(
                self.is_check(n) for n in sorted(names_in(node) - TALK))
        return self.checks[name]

    def __call__(self, node):
        if isinstance(node, ast.Assert) or is_guard(node):
            return True
        if isinstance(node, ast.For) and not self.bench:
            return all(self(n) for n in node.body)
        if (not isinstance(node, ast.Expr) or
                isinstance(node.value, ast.Constant)):
            return False
        names = names_in(node)
        if self.bench:
            return bool(names & {"print", "input", self.entry})
        return any(self.is_check(n) for n in names)


def drop_noise(text, tree, bench, entry):
    """Without asserts, calls and the main guard of the top level: what a
    candidate says of itself never counts."""
    lines = text.split("\n")
    is_noise = Noise(tree, bench, entry)
    kept = set()
    for node in tree.body:
        if not is_noise(node):
            first = min([node.lineno] + [d.lineno for d in getattr(
                node, "decorator_list", [])])
            kept.update(range(first, node.end_lineno + 1))
    gone = set()
    for node in tree.body:
        if is_noise(node):
            gone.update(range(node.lineno, node.end_lineno + 1))
    gone -= kept
    if not gone:
        return text
    text = "\n".join(l for i, l in enumerate(lines, 1) if i not in gone)
    return text.rstrip("\n") + "\n"


def add_imports(text, tree):
    bound = bound_names(tree)
    used = {n.id for n in ast.walk(tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    lines = sorted({IMPORTS[n] for n in used - bound if n in IMPORTS})
    return behind("".join(l + "\n" for l in lines), text)


def is_missing(module):
    """Is no such module installed here, where the program will run?"""
    try:
        return importlib.util.find_spec(module.split(".")[0]) is None
    except (ImportError, ValueError, AttributeError):
        return True


def missing_imports(tree):
    """Import statements of the top level that would fail and bind nothing
    that the program uses: a model imports pytest out of habit."""
    used = {n.id for n in ast.walk(tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    for node in tree.body:
        if isinstance(node, ast.Import):
            modules = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            modules = [node.module]
        else:
            continue
        bound = {(a.asname or a.name).split(".")[0] for a in node.names}
        if not bound & (used | {"*"}) and all(map(is_missing, modules)):
            yield node, modules


def drop_missing_imports(text, want):
    """The text, each such statement as a pass, so that lines keep their
    numbers."""
    lines = text.split("\n")
    for node, modules in missing_imports(ast.parse(text)):
        first = lines[node.lineno - 1].encode()[:node.col_offset].decode()
        last = lines[node.end_lineno - 1].encode()[node.end_col_offset:]
        lines[node.lineno - 1:node.end_lineno] = (
            [""] * (node.end_lineno - node.lineno) +
            [first + "pass" + last.decode()])
        want.notes.append("import of %s left out: not installed, not used" %
                          ", ".join(modules))
    return "\n".join(lines)


def split_front(text):
    """What has to stand first in a file (the docstring and the imports from
    __future__), and the rest; nothing when there is no such import."""
    tree = parse(text)
    last = None
    for node in tree.body if tree else []:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            last = node
    if last is None:
        return "", text
    lines = text.split("\n")
    front = lines[:last.end_lineno - 1]
    line = lines[last.end_lineno - 1].encode()
    rest = line[last.end_col_offset:].decode().lstrip(" \t;")
    front.append(line[:last.end_col_offset].decode() + "\n")
    return "\n".join(front), "\n".join(
        ([rest] if rest else []) + lines[last.end_lineno:])


def behind(stub, part):
    """The part with the stub in front, as far as Python lets it."""
    front, rest = split_front(part)
    return front + stub + rest


def finish(part, tree, want):
    if not want.tests and want.entry:
        part = drop_noise(part, tree, want.bench, want.entry)
    part = drop_missing_imports(part, want)
    if want.stub and parse(behind(want.stub, part)) is not None:
        return behind(want.stub, part)
    if want.bench:
        return part
    return add_imports(part, ast.parse(part))


class Want:
    """What is looked for in an answer."""

    def __init__(self, entry, stub, head, tests, stops, bench):
        self.entry, self.stub, self.head = entry, stub, head
        self.tests, self.stops, self.bench = tests, stops, bench
        self.notes = [] # of what was changed, for people

    def found(self, tree):
        if self.tests:
            return has_tests(tree)
        if not self.entry: # a program that is run as it is
            return any(not isinstance(node, ast.Expr) or
                       isinstance(node.value, ast.Call) for node in tree.body)
        return defines(tree, self.entry)


def lines_of(text):
    return sum(1 for line in text.split("\n") if line.strip())


def from_text(text, want, whole=False):
    """[code, lost lines] of a text that starts with code, or None."""
    for version in (text, textwrap.dedent(text)):
        part = version if whole else trim(version)
        tree = parse(part) if part else None
        if tree is None or not want.found(tree):
            continue
        return [finish(part, tree, want), lines_of(text) - lines_of(part)]
    return None


def misses_names(text, want):
    """Does the text use a name that nothing here binds?"""
    tree = parse(textwrap.dedent(text))
    if tree is None:
        return True
    known = bound_names(tree) | set(dir(builtins)) | set(IMPORTS) | PRELUDE
    for front in (want.stub, want.head):
        front = parse(front) or parse(front.rstrip() + "\n    pass\n")
        if front is not None:
            known |= bound_names(front)
    return any(isinstance(n, ast.Name) and n.id not in known
               for n in ast.walk(tree))


def from_blocks(blocks, want):
    """The last block that defines the entry point, compiles as it is and
    knows its names: a model that corrects itself does so further down. Else
    the last that compiles, else the first that does when its tail is cut. Of
    blocks that hold tests the first."""
    order = blocks if want.tests or not want.entry else blocks[::-1]
    for block in sorted(order, key=lambda b: misses_names(b, want)):
        found = from_text(block.rstrip() + "\n", want, whole=True)
        if found is not None:
            return found
    for block in blocks:
        found = from_text(block, want)
        if found is not None:
            return found
    return None


def from_prose(text, want):
    """A whole program behind lines of prose."""
    start = re.compile(r"(def|from|import|class|@|assert|async)\b|@")
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines)
              if start.match(line) or i == 0 and not want.entry]
    for i in starts[:START_MAX]:
        found = from_text("\n".join(lines[i:]), want)
        if found is not None:
            return found
    return None


def cut_at_stop(text, stops):
    ends = [text.find(stop) for stop in stops if stop]
    return text[:min([e for e in ends if e >= 0] + [len(text)])]


def from_head(text, want):
    """A continuation of the head, every leading blank kept."""
    text = cut_at_stop(text, want.stops)
    glues = [""] if want.head.endswith("\n") else ["", "\n"]
    for head in (want.head + glue for glue in glues):
        part = trim(text, head)
        if part is None:
            continue
        tree = ast.parse(head + part)
        if want.found(tree):
            front = Want(want.entry, "", "", want.tests, [], want.bench)
            front.notes = want.notes
            return [finish(head + part, tree, front),
                    lines_of(text) - lines_of(part)]
    return None


def goes_on(text):
    """Does the text begin inside of a function?"""
    for line in text.split("\n"):
        if line.strip():
            return line[0] in " \t"
    return False


def loss(blocks, rest, want):
    texts = [b for b in blocks if b.strip()]
    if not texts and want.bench and want.head and goes_on(rest):
        return ["syntax", want.head + cut_at_stop(rest, want.stops)]
    if not texts:
        return ["no_code", ""]
    broken = [t for t in texts if parse(t) is None]
    for text in broken:
        if re.search(r"\bdef\s+" + re.escape(want.entry) + r"\b", text):
            return ["syntax", text]
    if broken:
        return ["syntax", broken[0]]
    names = [n.name for t in texts for n in parse(t).body
             if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef,
                               ast.ClassDef))]
    near = difflib.get_close_matches(want.entry, names, 1) or names[:1]
    if near:
        want.notes.append("it defines %s" % near[0])
    return ["no_entry", texts[0]]


def tw_extract(blocks, rest, entry, stub, head, tests, stops, bench):
    """[class, code, way, lost, notes]: class is ok, no_code, no_entry or
    syntax, way block, prose or head, lost the number of lines that were cut
    off, notes a line for people."""
    want = Want(entry, stub, head, tests, stops, bench)
    ways = [("block", lambda: from_blocks(blocks, want)),
            ("prose", lambda: from_prose(rest, want))]
    go_on = ("head", lambda: from_head(rest, want))
    if head and bench and goes_on(rest):
        ways.insert(0, go_on)
    elif head and not bench and not blocks:
        ways.append(go_on)
    for way, find in ways:
        found = find()
        if found is not None:
            return ["ok", found[0], way, found[1], "; ".join(want.notes)]
    return loss(blocks, rest, want) + ["", 0, "; ".join(want.notes)]
