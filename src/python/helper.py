# Trusted helper that runs in the jail. It parses candidates and never runs
# them; only plain values go in and out.
import ast
import copy
import re
import textwrap
import warnings

warnings.simplefilter("ignore")
TRIM_MAX = 400
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


def parse(text):
    try:
        tree = ast.parse(text)
        compile(text, "candidate", "exec", dont_inherit=True)
        return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError,
            OverflowError):
        return None


def trim(text, front=""):
    """Longest leading part of text that compiles behind front."""
    lines = text.split("\n")
    for _ in range(TRIM_MAX):
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


def is_noise(node, bench, entry):
    if isinstance(node, ast.Assert) or is_guard(node):
        return True
    if not isinstance(node, ast.Expr) or isinstance(node.value, ast.Constant):
        return False
    if not bench:
        return True
    # A benchmark's program keeps what it may need ("setrecursionlimit").
    return any(isinstance(n, ast.Name) and n.id in ("print", "input", entry)
               for n in ast.walk(node))


def drop_noise(text, tree, bench, entry):
    """Without asserts, calls and the main guard of the top level: what a
    candidate says of itself never counts."""
    lines = text.split("\n")
    kept = set()
    for node in tree.body:
        if not is_noise(node, bench, entry):
            first = min([node.lineno] + [d.lineno for d in getattr(
                node, "decorator_list", [])])
            kept.update(range(first, node.end_lineno + 1))
    gone = set()
    for node in tree.body:
        if is_noise(node, bench, entry):
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
    if any("__future__" in l for l in text.split("\n")):
        return text
    return "".join(l + "\n" for l in lines) + text


def finish(part, tree, want):
    if not want.tests and want.entry:
        part = drop_noise(part, tree, want.bench, want.entry)
    if want.stub and parse(want.stub + part) is not None:
        return want.stub + part
    if want.bench:
        return part
    return add_imports(part, ast.parse(part))


class Want:
    """What is looked for in an answer."""

    def __init__(self, entry, stub, head, tests, stops, bench):
        self.entry, self.stub, self.head = entry, stub, head
        self.tests, self.stops, self.bench = tests, stops, bench

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


def from_blocks(blocks, want):
    """The first block that defines the entry point and compiles; a benchmark
    takes one that compiles as it is before one that has to be cut."""
    if want.bench:
        for block in blocks:
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
    return ["no_entry", texts[0]]


def tw_extract(blocks, rest, entry, stub, head, tests, stops, bench):
    """[class, code, way, lost]: class is ok, no_code, no_entry or syntax, way
    block, prose or head, lost the number of lines that were cut off."""
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
            return ["ok", found[0], way, found[1]]
    return loss(blocks, rest, want) + ["", 0]


class NotLiteral(Exception):
    pass


def number(node, env):
    value = literal(node, env)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotLiteral
    return value


def binary(node, env):
    left, right = literal(node.left, env), literal(node.right, env)
    if isinstance(node.op, ast.Mult):
        for a, b in ((left, right), (right, left)):
            if isinstance(a, (list, str)) and isinstance(b, int):
                if len(a) * abs(b) > 10000:
                    raise NotLiteral
                return a * b
    if isinstance(node.op, ast.Add) and isinstance(left, list) and \
            isinstance(right, list):
        return left + right
    if not all(isinstance(v, (int, float)) and abs(v) < 1e15
               for v in (left, right)):
        raise NotLiteral
    if isinstance(node.op, ast.Add):
        return left + right
    if isinstance(node.op, ast.Sub):
        return left - right
    if isinstance(node.op, ast.Mult):
        return left * right
    if isinstance(node.op, ast.Div) and right:
        return left / right
    if isinstance(node.op, ast.Pow) and abs(right) <= 12:
        return left ** right
    raise NotLiteral


def literal(node, env):
    """The value of an expression of literals; nothing of the text is run."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, (complex, type(Ellipsis))):
            raise NotLiteral
        return node.value
    if isinstance(node, ast.Name) and node.id in env:
        return env[node.id]
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = [literal(e, env) for e in node.elts]
        return items if isinstance(node, ast.List) else (
            tuple(items) if isinstance(node, ast.Tuple) else set(items))
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {literal(k, env): literal(v, env)
                for k, v in zip(node.keys, node.values)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -number(node.operand, env)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd):
        return number(node.operand, env)
    if isinstance(node, ast.BinOp):
        return binary(node, env)
    if isinstance(node, ast.Attribute):
        name = ast.unparse(node)
        if name in ("math.inf", "math.nan"):
            return float(name[5:])
    if isinstance(node, ast.Call) and len(node.args) == 1 and \
            not node.keywords and isinstance(node.func, ast.Name):
        if node.func.id == "float" and isinstance(node.args[0], ast.Constant):
            try:
                return float(node.args[0].value)
            except (TypeError, ValueError):
                raise NotLiteral
        if node.func.id == "set" or node.func.id == "list":
            return {"set": set, "list": list}[node.func.id](
                literal(node.args[0], env))
    if isinstance(node, ast.Call) and not node.args and not node.keywords \
            and isinstance(node.func, ast.Name) and node.func.id == "set":
        return set()
    raise NotLiteral


def is_call(node, entry):
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Name) and node.func.id == entry or
        isinstance(node.func, ast.Attribute) and node.func.attr == entry)


def bind(call, params, env):
    """Arguments in the order of the parameters; trailing ones may miss."""
    args = [literal(a, env) for a in call.args]
    if len(args) > len(params):
        raise NotLiteral
    given = {k.arg: literal(k.value, env) for k in call.keywords}
    for name, default in params[len(args):]:
        if name in given:
            args.append(given.pop(name))
        elif given and default is not None:
            args.append(literal(ast.parse(default, mode="eval").body, {}))
        else:
            break
    if given:
        raise NotLiteral
    return args


def keyword(call, name, fallback, env):
    for k in call.keywords:
        if k.arg == name:
            return float(number(k.value, env))
    return fallback


def named(node, *names):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in names


def split_close(test, entry, env):
    """math.isclose(call, want), in both orders."""
    a, b = test.args[0], test.args[1]
    call, want = (a, b) if is_call(a, entry) else (b, a)
    return (call, literal(want, env), keyword(test, "abs_tol", 0.0, env),
            keyword(test, "rel_tol", 1e-9, env))


def split_abs(test, entry, env):
    """abs(call - want) <= tol, also with <."""
    inner = test.left.args[0]
    if not isinstance(inner, ast.BinOp) or not isinstance(inner.op, ast.Sub):
        raise NotLiteral
    a, b = inner.left, inner.right
    call, want = (a, b) if is_call(a, entry) else (b, a)
    tol = float(number(test.comparators[0], env))
    return call, literal(want, env), tol, 0.0


def split_equal(a, b, entry, env):
    for call, want in ((a, b), (b, a)):
        if named(call, "round") and call.args and is_call(call.args[0],
                                                          entry):
            digits = literal(call.args[1], env) if len(call.args) > 1 else 0
            return call.args[0], literal(want, env), 0.51 * 10.0 ** -digits, \
                0.0
        if not is_call(call, entry):
            continue
        if named(want, "pytest.approx", "approx"):
            value = literal(want.args[0], env)
            return (call, value, keyword(want, "abs", 1e-12, env),
                    keyword(want, "rel", 1e-6, env))
        return call, literal(want, env), 0.0, 0.0
    raise NotLiteral


def split_test(test, entry, env):
    """(call, want, abs_tol, rel_tol) of the condition of an assert."""
    if is_call(test, entry):
        return test, True, 0.0, 0.0
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and \
            is_call(test.operand, entry):
        return test.operand, False, 0.0, 0.0
    if named(test, "math.isclose", "isclose") and len(test.args) == 2:
        return split_close(test, entry, env)
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        op = test.ops[0]
        if isinstance(op, (ast.Lt, ast.LtE)) and named(test.left, "abs"):
            return split_abs(test, entry, env)
        if isinstance(op, (ast.Eq, ast.Is)):
            return split_equal(test.left, test.comparators[0], entry, env)
    raise NotLiteral


def find_call(node, entry):
    for n in ast.walk(node):
        if is_call(n, entry):
            return n
    return None


def split_raises(node, entry, params, env):
    """with pytest.raises(E): call"""
    for item in node.items:
        ctx = item.context_expr
        if not named(ctx, "pytest.raises", "raises", "self.assertRaises") or \
                not ctx.args:
            continue
        for stmt in node.body:
            call = find_call(stmt, entry)
            if call is not None:
                return ["raises", bind(call, params, env),
                        ast.unparse(ctx.args[0]).split(".")[-1], 0.0, 0.0]
    raise NotLiteral


def split_unittest(node, entry, env):
    name = node.func.attr
    a = node.args
    if name in ("assertEqual", "assertEquals", "assertIs") and len(a) >= 2:
        return split_equal(a[0], a[1], entry, env)
    if name in ("assertTrue", "assertFalse") and a and is_call(a[0], entry):
        return a[0], name == "assertTrue", 0.0, 0.0
    if name == "assertAlmostEqual" and len(a) >= 2:
        call, want, _, _ = split_equal(a[0], a[1], entry, env)
        return call, want, 0.51e-7, 0.0
    raise NotLiteral


def split_statement(node, entry, params, env):
    if isinstance(node, ast.With):
        return split_raises(node, entry, params, env)
    if isinstance(node, ast.Assert):
        call, want, abs_tol, rel_tol = split_test(node.test, entry, env)
    else:
        call, want, abs_tol, rel_tol = split_unittest(node.value, entry, env)
    return ["value", bind(call, params, env), want, abs_tol, rel_tol]


def is_claim(node):
    if isinstance(node, ast.With):
        return any("aises" in ast.unparse(i.context_expr)
                   for i in node.items)
    return isinstance(node, ast.Assert) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and
        isinstance(node.value.func, ast.Attribute) and
        node.value.func.attr.startswith("assert"))


def statements(body, depth=0):
    """Statements in order, inside of functions and classes too; what hangs
    on a condition or a loop is not a plain claim."""
    for node in body:
        yield node
        if depth < 3 and isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield from statements(node.body, depth + 1)


def tw_asserts(text, entry, params):
    """One row per claim: [kind, args, want, abs_tol, rel_tol, source]; kind
    is value, raises or other (a claim that cannot be split)."""
    tree = parse(text)
    rows = []
    if tree is None:
        return rows
    env = {}
    for node in statements(tree.body):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and \
                isinstance(node.targets[0], ast.Name):
            try:
                env[node.targets[0].id] = literal(node.value, env)
            except NotLiteral:
                env.pop(node.targets[0].id, None)
        if not is_claim(node):
            continue
        try:
            row = split_statement(node, entry, params, env)
        except (NotLiteral, TypeError, ValueError, OverflowError,
                IndexError, SyntaxError):
            row = ["other", [], None, 0.0, 0.0]
        rows.append(row + [ast.unparse(node)])
        if len(rows) >= 200:
            break
    return rows


def tw_literals(texts):
    """[ok, value] of each source text."""
    out = []
    for text in texts:
        try:
            out.append([True, literal(ast.parse(text, mode="eval").body, {})])
        except (NotLiteral, SyntaxError, ValueError, TypeError,
                RecursionError):
            out.append([False, None])
    return out


def tw_expressions(texts):
    """"" for an expression that compiles, else the reason."""
    out = []
    for text in texts:
        try:
            compile(text.strip(), "expression", "eval")
            out.append("")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
            out.append(str(e) or type(e).__name__)
    return out


SWAP = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And,
}


def mutate(node):
    """Change one node in place; what was done, or None."""
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAP:
        node.ops[0] = SWAP[type(node.ops[0])]()
        return "comparison turned round in line %d" % line
    if isinstance(node, (ast.BinOp, ast.BoolOp)) and type(node.op) in SWAP:
        node.op = SWAP[type(node.op)]()
        return "operator exchanged in line %d" % line
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return "truth value changed in line %d" % line
    if isinstance(node, ast.Constant) and \
            isinstance(node.value, (int, float)):
        node.value = node.value + 1
        return "constant changed in line %d" % line
    if isinstance(node, ast.Return) and node.value is not None and not (
            isinstance(node.value, ast.Constant)
            and node.value.value is None):
        node.value = ast.Constant(value=None)
        return "result dropped in line %d" % line
    return None


def tw_mutants(text, entry, limit):
    """Rows [what, source]: variants with one fault each, evenly spread."""
    tree = parse(text)
    if tree is None:
        return []
    found = []
    for fn in tree.body:
        if isinstance(fn, ast.FunctionDef) and fn.name == entry:
            nodes = list(ast.walk(fn))
            body = {id(n) for s in fn.body for n in ast.walk(s)}
            for i, node in enumerate(nodes):
                if id(node) in body:
                    found.append(i)
    rows = []
    seen = set()
    for i in found:
        copy_tree = copy.deepcopy(tree)
        fn = [f for f in copy_tree.body if isinstance(f, ast.FunctionDef)
              and f.name == entry][-1]
        what = mutate(list(ast.walk(fn))[i])
        if what is None:
            continue
        source = ast.unparse(ast.fix_missing_locations(copy_tree)) + "\n"
        if source not in seen and parse(source) is not None:
            seen.add(source)
            rows.append([what, source])
    if len(rows) > limit:
        rows = [rows[k * len(rows) // limit] for k in range(limit)]
    return rows


def cut(text, stops):
    at = [k for k in map(text.find, stops) if k >= 0]
    return text[:min(at)] if at else text


def claim(piece, entry):
    """The one assert statement that piece starts with, or None."""
    lines = piece.split("\n")[:TRIM_MAX]
    while lines:
        text = "\n".join(lines).strip()
        tree = parse(text)
        if tree is None or len(tree.body) > 1:
            lines.pop()
            continue
        alone = tree.body and isinstance(tree.body[0], ast.Assert)
        return text if alone and entry in text else None
    return None


def tw_generated_asserts(samples, entry, stops, per_sample):
    """[text, count] of the assert statements about entry in a model's
    samples, each the continuation of "assert "; most frequent first."""
    count = {}
    for sample in samples:
        taken = 0
        for piece in re.split(r"(?m)^[ \t]*(?=assert\b)",
                              cut("assert " + sample, stops)):
            text = claim(piece, entry) if entry in piece else None
            if text is None or not piece.startswith("assert"):
                continue
            count[text] = count.get(text, 0) + 1
            taken += 1
            if taken == per_sample:
                break
    return [list(row) for row in sorted(count.items(), key=lambda r: -r[1])]


def has_set(v):
    if isinstance(v, (list, tuple)):
        return any(map(has_set, v))
    if isinstance(v, dict):
        return any(map(has_set, v.values()))
    return isinstance(v, (set, frozenset))


def joined(node):
    """A literal, or strings with + between."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = [joined(node.left), joined(node.right)]
        if all(isinstance(p, str) for p in parts):
            return parts[0] + parts[1]
    return literal(node, {})


def split_compare(op, left, want):
    """(kind, call, want) of a comparison"""
    if isinstance(op, ast.Eq):
        return "equal", left, want
    if isinstance(op, ast.Is) and want in (True, False, None):
        return "is", left, want
    if isinstance(op, ast.Lt) and isinstance(left, ast.Call) and \
            ast.unparse(left.func) == "abs" and len(left.args) == 1 and \
            isinstance(left.args[0], ast.BinOp) and \
            isinstance(left.args[0].op, ast.Sub) and type(want) is float:
        middle = float(literal(left.args[0].right, {}))
        return "near", left.args[0].left, [middle, want]
    raise NotLiteral


def split_claim(test):
    """(name, [kind, args, want]) of a condition on one call with literals:
    "equal" to want, "is" want, "true", "false", "near": want is a number and
    how far from it the value must not be; "constant" is true without a call.
    A set among the arguments has an order that would not come along."""
    if isinstance(test, ast.Constant) and test.value is True:
        return None, ["constant", [], None]
    kind, want, call = "true", None, test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        kind, call = "false", test.operand
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        kind, call, want = split_compare(
            test.ops[0], test.left, joined(test.comparators[0]))
    if not isinstance(call, ast.Call) or call.keywords or \
            not isinstance(call.func, ast.Name):
        raise NotLiteral
    args = [joined(a) for a in call.args]
    if has_set(args):
        raise NotLiteral
    return call.func.id, [kind, args, want]


def split_body(body, names, rows):
    for node in body:
        if isinstance(node, ast.Assert):
            name, row = split_claim(node.test)
            names.add(name)
            rows.append(row)
        elif not isinstance(node, ast.Pass) and not (
                isinstance(node, ast.Expr) and
                isinstance(node.value, ast.Constant)):
            raise NotLiteral


def split_check(node, entry, rows):
    """def check(candidate): only claims about its parameter."""
    a, names = node.args, set()
    if not entry or len(a.args) != 1 or a.defaults or a.vararg or a.kwarg or \
            a.kwonlyargs or a.posonlyargs or node.decorator_list:
        raise NotLiteral
    split_body(node.body, names, rows)
    if names - {None, a.args[0].arg}:
        raise NotLiteral


def is_quiet(node, entry):
    """Imports, literals with a name, and check(entry)."""
    if isinstance(node, ast.Assign):
        literal(node.value, {})
        return all(isinstance(t, ast.Name) for t in node.targets)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return ast.unparse(node.value) == "check(%s)" % entry
    return isinstance(node, (ast.Import, ast.ImportFrom))


def split_program(tree, entry):
    checks, names, rows = 0, set(), []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "check":
            split_check(node, entry, rows)
            checks += 1
        elif not is_quiet(node, entry):
            split_body([node], names, rows)
    names.discard(None)
    if checks > 1 or checks and names or not checks and len(names) != 1 or \
            len(rows) == 0:
        raise NotLiteral
    return [entry if checks else names.pop(), rows]


def tw_split_tests(text, entry):
    """[function, [kind, args, want] of each assertion] of an assert program
    that is nothing but claims about calls with literals; else None."""
    tree = parse(text)
    try:
        found = split_program(tree, entry) if tree else None
    except (NotLiteral, TypeError, ValueError, OverflowError, RecursionError):
        return None
    return found if found and (not entry or found[0] == entry) else None
