# Trusted helper that runs in the jail: looks at Python text, never runs it.
# Only plain values go in and out; inspect.c and coverage.c read them by place.
import ast
import io
import tokenize
import warnings

warnings.simplefilter("ignore")
ROWS_MAX = 2000
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = FUNCTIONS + (ast.Lambda,)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
NO_TOKENS = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
             tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}

# What a generated test has no business to call, by what it endangers.
UNSAFE = {
    "code": {"eval", "exec", "compile", "__import__", "code.interact",
             "runpy.*"},
    "process": {"os.system", "os.popen", "os.fork", "os.forkpty", "os.exec*",
                "os.spawn*", "os.posix_spawn*", "os.startfile", "os.kill",
                "os.killpg", "os._exit", "os.abort", "subprocess.*", "pty.*",
                "multiprocessing.*", "signal.*"},
    "deserialise": {"pickle.load*", "pickle.Unpickler", "_pickle.load*",
                    "cPickle.load*", "marshal.load*", "shelve.open",
                    "dill.load*", "joblib.load", "yaml.load",
                    "yaml.unsafe_load*", "yaml.full_load*"},
    "files": {"os.remove", "os.unlink", "os.rmdir", "os.removedirs",
              "os.rename*", "os.replace", "os.truncate", "os.chmod",
              "os.chown", "os.link", "os.symlink", "shutil.rmtree",
              "shutil.move", "shutil.copy*", "tempfile.mktemp"},
    "network": {"socket.*", "urllib.request.*", "urllib2.*", "http.client.*",
                "requests.*", "ftplib.*", "smtplib.*", "telnetlib.*",
                "xmlrpc.*", "asyncio.open_connection"},
    "native": {"ctypes.*", "cffi.*", "mmap.*", "sys.settrace",
               "sys.setprofile", "gc.*"},
}


def parse(text):
    """The tree; a SyntaxError names the line in the text."""
    try:
        compile(text, "inspected", "exec", dont_inherit=True)
        return ast.parse(text)
    except SyntaxError as e:
        raise SyntaxError("line %s: %s" % (e.lineno or 0, e.msg)) from None


def unsafe_kind(name):
    for kind, names in UNSAFE.items():
        for known in names:
            if name == known or (known[-1] == "*" and
                                 name.startswith(known[:-1])):
                return kind
    return None


def aliases(tree):
    """Local name to full name, from all imports of the text."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for a in node.names:
                short = a.asname or a.name.split(".")[0]
                found[short] = a.name if a.asname else short
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for a in node.names:
                if a.name != "*":
                    found[a.asname or a.name] = "%s.%s" % (node.module, a.name)
    return found


def full_name(node, names):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(names.get(node.id, node.id))
    return ".".join(reversed(parts))


def writes_file(call):
    mode = call.args[1] if len(call.args) > 1 else None
    for k in call.keywords:
        mode = k.value if k.arg == "mode" else mode
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and \
        bool(set(mode.value) & set("wax+"))


def is_safe_yaml(call):
    return any("Safe" in ast.unparse(a) for a in call.args[1:]) or \
        any("Safe" in ast.unparse(k.value) for k in call.keywords)


def unsafe_calls(tree):
    names = aliases(tree)
    rows = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and \
                any(a.name == "*" for a in node.names):
            kind = unsafe_kind("%s.x" % node.module)
            if kind:
                rows.append([node.lineno, "%s.*" % node.module, kind])
        if not isinstance(node, ast.Call):
            continue
        name = full_name(node.func, names)
        if name.startswith("builtins."):
            name = name[9:]
        kind = unsafe_kind(name)
        if name in ("open", "io.open") and writes_file(node):
            kind = "files"
        if name == "yaml.load" and is_safe_yaml(node):
            kind = None
        if kind:
            rows.append([node.lineno, name[:80], kind])
    rows.sort()
    return rows[:ROWS_MAX]


def own_nodes(scope):
    """Nodes of a scope without those of functions and classes inside."""
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, FUNCTIONS + (ast.ClassDef,)):
            todo.extend(ast.iter_child_nodes(node))


def is_catch_all(case):
    p = case.pattern
    return case.guard is None and isinstance(p, ast.MatchAs) and \
        p.pattern is None


def decisions(node):
    if isinstance(node, (ast.If, ast.IfExp, ast.ExceptHandler) + LOOPS):
        return 1
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    if isinstance(node, ast.match_case):
        return 0 if is_catch_all(node) else 1
    return 0


def nesting(scope):
    """Deepest nesting of blocks; an elif is as deep as its if."""
    deepest, todo = 0, [(s, 0) for s in scope.body]
    while todo:
        node, depth = todo.pop()
        if isinstance(node, FUNCTIONS + (ast.ClassDef,)):
            continue
        blocks = [getattr(node, k, []) for k in
                  ("body", "orelse", "finalbody")]
        for part in getattr(node, "handlers", []) + getattr(node, "cases", []):
            blocks.append(part.body)
        if any(blocks):
            deepest = max(deepest, depth + 1)
        for block in blocks:
            elif_ = isinstance(node, ast.If) and block is node.orelse and \
                len(block) == 1 and isinstance(block[0], ast.If)
            todo.extend((s, depth + (not elif_)) for s in block)
    return deepest


def count_statements(scope):
    return sum(isinstance(n, ast.stmt) for n in own_nodes(scope))


def functions(tree):
    """[name, line, last line, complexity, statements, nesting, parameters]."""
    rows, todo = [], [(tree, "")]
    while todo:
        scope, prefix = todo.pop()
        for node in own_nodes(scope):
            if isinstance(node, ast.ClassDef):
                todo.append((node, prefix + node.name + "."))
            if not isinstance(node, FUNCTIONS):
                continue
            todo.append((node, prefix + node.name + "."))
            a = node.args
            n_params = len(a.posonlyargs) + len(a.args) + len(a.kwonlyargs) + \
                bool(a.vararg) + bool(a.kwarg)
            rows.append([(prefix + node.name)[:80], node.lineno,
                         node.end_lineno,
                         1 + sum(map(decisions, own_nodes(node))),
                         count_statements(node), nesting(node), n_params])
    rows.sort(key=lambda r: (r[1], r[0]))
    return rows[:ROWS_MAX]


def doc_lines(tree):
    lines = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, FUNCTIONS + (ast.ClassDef, ast.Module)) and body \
                and isinstance(body[0], ast.Expr) and \
                isinstance(body[0].value, ast.Constant) and \
                isinstance(body[0].value.value, str):
            lines.update(range(body[0].lineno, body[0].end_lineno + 1))
    return lines


def token_counts(text):
    """Tokens, and lines with a comment; up to where the text is readable."""
    n, lines = 0, set()
    try:
        for t in tokenize.generate_tokens(io.StringIO(text).readline):
            n += t.type not in NO_TOKENS
            if t.type == tokenize.COMMENT:
                lines.add(t.start[0])
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return n, lines


# --- assertions ---

def is_test(node):
    return isinstance(node, FUNCTIONS) and node.name.startswith("test")


def is_claim(node, names):
    """An assertion: assert, self.assertX(), with pytest.raises()."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = full_name(node.func, names)
    last = name.rsplit(".", 1)[-1]
    return last.startswith("assert") or name == "self.fail" or \
        name in ("pytest.raises", "pytest.fail")


def truth(node):
    """True or False when the test cannot come out otherwise, else None."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if isinstance(node, (ast.Tuple, ast.List)):
        return bool(node.elts) or None
    if isinstance(node, ast.JoinedStr):
        return None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        t = truth(node.operand)
        return None if t is None else not t
    if isinstance(node, ast.BoolOp):
        stop = isinstance(node.op, ast.Or)
        ts = [truth(v) for v in node.values]
        if stop in ts:
            return stop
        return None if None in ts else not stop
    if isinstance(node, ast.Compare):
        return truth_compare(node)
    return None


def is_plain(node):
    """Only names, constants and operators: no call can change it."""
    return not any(isinstance(n, (ast.Call, ast.Await, ast.Yield,
                                  ast.YieldFrom, ast.NamedExpr))
                   for n in ast.walk(node))


def truth_compare(node):
    if len(node.ops) != 1:
        return None
    left, right = node.left, node.comparators[0]
    if not any(isinstance(n, (ast.Name, ast.Call))
               for n in ast.walk(node)):
        try:
            a, b = ast.literal_eval(left), ast.literal_eval(right)
            return bool(eval(compile(ast.Expression(ast.Compare(
                ast.Name("a", ast.Load(), lineno=1, col_offset=0), node.ops,
                [ast.Name("b", ast.Load(), lineno=1, col_offset=0)],
                lineno=1, col_offset=0)), "", "eval"), {"a": a, "b": b}))
        except (ValueError, TypeError, SyntaxError, MemoryError):
            return None
    if isinstance(node.ops[0], (ast.Eq, ast.Is, ast.LtE, ast.GtE)) and \
            is_plain(left) and ast.dump(left) == ast.dump(right):
        return True
    return None


def vacuous_why(node):
    if isinstance(node, ast.Assert):
        if isinstance(node.test, ast.Tuple) and node.test.elts:
            return "asserts a tuple, which is always true"
        t = truth(node.test)
        if t is not None:
            return "always %s" % ("true" if t else "false")
        return ""
    last = ast.unparse(node.func).rsplit(".", 1)[-1]
    if last in ("assertTrue", "assertFalse") and node.args:
        t = truth(node.args[0])
        return "always true" if t == (last == "assertTrue") else ""
    if last in ("assertEqual", "assertEquals") and len(node.args) == 2 and \
            is_plain(node.args[0]) and \
            ast.dump(node.args[0]) == ast.dump(node.args[1]):
        return "compares a value with itself"
    return ""


def swallows(handler):
    names = {"", "Exception", "BaseException", "AssertionError"}
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else \
        [handler.type]
    caught = any((ast.unparse(k) if k else "") in names for k in kinds)
    return caught and not any(isinstance(n, ast.Raise) or
                              is_claim(n, {}) for n in ast.walk(handler))


def called_in(node):
    return {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and
            isinstance(n.func, ast.Name)}


def asserting(tree, names):
    """Functions of the text that assert, or call one that does."""
    known = {f.name: f for f in ast.walk(tree) if isinstance(f, FUNCTIONS)}
    found = {k for k, f in known.items()
             if any(is_claim(n, names) for n in ast.walk(f))}
    calls = {k: called_in(f) & set(known) for k, f in known.items()}
    more = True
    while more:
        more = {k for k in known if k not in found and calls[k] & found}
        found |= more
    return found


def claims(tree):
    """Number of assertions, and rows [line, why] of those worth nothing."""
    names, rows, total = aliases(tree), [], 0
    sound = asserting(tree, names)
    for node in ast.walk(tree):
        if is_claim(node, names):
            total += 1
            why = vacuous_why(node)
            if why:
                rows.append([node.lineno, why])
        if is_test(node) and node.name not in sound:
            rows.append([node.lineno,
                         "test '%s' asserts nothing" % node.name[:60]])
        if isinstance(node, ast.Try) and any(map(swallows, node.handlers)):
            rows.extend([n.lineno, "its failure is swallowed"]
                        for s in node.body for n in ast.walk(s)
                        if is_claim(n, names))
    rows.sort()
    return total, rows[:ROWS_MAX]


def tw_inspect(text):
    """What inspect.c reads: counts, functions, unsafe calls, vacuous tests."""
    tree = parse(text)
    lines = text.splitlines()
    docs = doc_lines(tree)
    n_tokens, comments = token_counts(text)
    n_claims, vacuous = claims(tree)
    n_tests = sum(map(is_test, ast.walk(tree)))
    blank = sum(not s.strip() for i, s in enumerate(lines, 1)
                if i not in docs)
    statements = sum(isinstance(n, ast.stmt) for n in ast.walk(tree))
    module = 1 + sum(map(decisions, own_nodes(tree)))
    counts = [len(lines), blank, len(comments | docs), statements, n_tokens,
              n_claims, n_tests, module]
    return [counts, functions(tree), unsafe_calls(tree), vacuous]


# --- coverage: what could be executed ---

def has_code(s):
    if isinstance(s, (ast.Global, ast.Nonlocal)):
        return False
    return not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
                and s.value.value is not Ellipsis)


def first_line(s):
    deco = getattr(s, "decorator_list", None)
    return min([d.lineno for d in deco] + [s.lineno]) if deco else s.lineno


def begin(body, follow):
    for s in body:
        if has_code(s):
            return first_line(s)
    return follow


def header_end(s):
    """Last line that belongs to the statement itself, not to its blocks."""
    body = s.cases if isinstance(s, ast.Match) else getattr(s, "body", None)
    if not isinstance(body, list) or not body:
        return s.end_lineno
    at = body[0]
    start = at.pattern.lineno if isinstance(at, ast.match_case) else \
        first_line(at)
    return max(s.lineno, start - 1)


class Arcs:
    """Branches as pairs of lines: (line of the test, line of what follows);
    -N is the end of the function that begins in line N, 0 of the module."""

    def __init__(self):
        self.arcs = set()
        self.lines = set()
        self.first = {}

    def add(self, frm, *to):
        to = set(to)
        if len(to) > 1 and frm not in to:
            self.arcs.update((frm, t) for t in to)

    def block(self, body, follow):
        body = [s for s in body if has_code(s)]
        for i, s in enumerate(body):
            nxt = first_line(body[i + 1]) if i + 1 < len(body) else follow
            at = first_line(s)
            self.lines.add(at)
            for line in range(at, header_end(s) + 1):
                self.first[line] = at
            self.statement(s, at, nxt)

    def statement(self, s, at, nxt):
        if isinstance(s, FUNCTIONS + (ast.ClassDef,)):
            self.block(s.body, -at)
        elif isinstance(s, ast.If):
            self.branch(s, at, nxt)
            self.block(s.body, nxt)
            self.block(s.orelse, nxt)
        elif isinstance(s, LOOPS):
            self.branch(s, at, nxt)
            self.block(s.body, at)
            self.block(s.orelse, nxt)
        elif isinstance(s, (ast.With, ast.AsyncWith)):
            self.block(s.body, at)
        elif hasattr(s, "handlers"):
            self.try_(s, nxt)
        elif isinstance(s, ast.Match):
            self.match(s, nxt)

    def branch(self, s, at, nxt):
        test = getattr(s, "test", None)
        if isinstance(test, ast.Constant):
            return
        self.add(at, begin(s.body, nxt), begin(s.orelse, nxt))

    def try_(self, s, nxt):
        end = begin(s.finalbody, nxt)
        self.block(s.body, begin(s.orelse, end))
        self.block(s.orelse, end)
        for h in s.handlers:
            self.lines.add(h.lineno)
            self.first[h.lineno] = h.lineno
            self.block(h.body, end)
        self.block(s.finalbody, nxt)

    def match(self, s, nxt):
        lines = [c.pattern.lineno for c in s.cases]
        for i, c in enumerate(s.cases):
            self.lines.add(lines[i])
            self.first[lines[i]] = lines[i]
            after = lines[i + 1] if i + 1 < len(lines) else nxt
            if not is_catch_all(c):
                self.add(lines[i], begin(c.body, nxt), after)
            self.block(c.body, nxt)


def code_lines(code, found):
    todo = [code]
    while todo:
        c = todo.pop()
        found.update(line for _, _, line in c.co_lines() if line)
        todo.extend(k for k in c.co_consts if isinstance(k, type(code)))
    return found


def tw_arcs(text):
    """[statements, branches [from, to], [line, line of its statement]]."""
    tree = parse(text)
    live = code_lines(compile(text, "covered", "exec", dont_inherit=True),
                      set())
    a = Arcs()
    a.block(tree.body, 0)
    live = {a.first.get(line, line) for line in live}
    lines = a.lines & live
    arcs = [[f, t] for f, t in sorted(a.arcs)
            if f in lines and (t <= 0 or t in lines)]
    return [sorted(lines), arcs,
            [[k, v] for k, v in sorted(a.first.items()) if k != v]]


# --- tests as an assert program over the names of the module ---

class Plain(ast.NodeTransformer):
    """Without the import of what is tested; module.f becomes f."""

    def __init__(self, module):
        self.module = module
        self.names = set()

    def visit_Import(self, node):
        for a in node.names:
            if a.name == self.module:
                self.names.add(a.asname or a.name)
        node.names = [a for a in node.names if a.name != self.module]
        return node if node.names else None

    def visit_ImportFrom(self, node):
        if node.module != self.module:
            return node
        return [self.assign(node, a.asname, a.name) for a in node.names
                if a.asname and a.asname != a.name] or None

    def assign(self, node, to, source):
        value = ast.parse(source, mode="eval").body
        return ast.copy_location(
            ast.Assign([ast.Name(to, ast.Store())], value), node)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.names:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return node


def called_names(tree):
    return {n.func.id for s in tree.body for n in ast.walk(s)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


def is_main(s):
    return isinstance(s, ast.If) and "__name__" in ast.unparse(s.test) and \
        "__main__" in ast.unparse(s.test)


def tw_tests(text, module):
    """Source for the judge of assertions, whose runner it calls for the tests
    that it does not call itself."""
    tree = parse(text)
    tree.body = [s for s in tree.body if not is_main(s)]
    tree = Plain(module).visit(tree)
    called = sorted(called_names(tree))
    body = ast.unparse(ast.fix_missing_locations(tree))
    front = ["__file__ = '/box/work/tests.py'"] if "__file__" in body else []
    calls = ["_tw_run_tests(%r)" % (called,)]
    return "\n".join(front + [body] + calls) + "\n"
