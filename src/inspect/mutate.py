# Trusted helper that runs in the jail: Python text with one fault each.  It
# parses and compiles what it gets and never runs it; mutation_py.c reads it.
#
# A site is (operator, line, what, holder, key, new node): holder is a list or
# a node, so that a fault is put in and taken out again without a copy.
import ast
import time
import warnings

warnings.simplefilter("ignore")
SITES_MAX = 3000
SECONDS_MAX = 25
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
RELATIONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
TURNED = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
          ast.NotIn: ast.In}
ARITHMETIC = {
    ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add, ast.Mult],
    ast.Mult: [ast.Add, ast.Div], ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div, ast.Mult], ast.Mod: [ast.FloorDiv, ast.Mult],
    ast.Pow: [ast.Mult], ast.LShift: [ast.RShift], ast.RShift: [ast.LShift],
    ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd],
    ast.BitXor: [ast.BitAnd],
}
SIGNS = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
    ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in",
    ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
    ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|",
    ast.BitXor: "^", ast.And: "and", ast.Or: "or",
}


def brief(node):
    if isinstance(node, (ast.cmpop, ast.operator, ast.boolop)):
        return SIGNS.get(type(node), "?")
    try:
        text = ast.unparse(ast.fix_missing_locations(node)).split("\n")[0]
    except (ValueError, RecursionError, AttributeError):
        return "?"
    return text if len(text) <= 40 else text[:37] + "..."


def number(v):
    return ast.Constant(v) if v >= 0 else \
        ast.UnaryOp(ast.USub(), ast.Constant(-v))


def is_number(node):
    return isinstance(node, ast.Constant) and \
        isinstance(node.value, (int, float)) and \
        not isinstance(node.value, bool)


def is_text(node):
    return isinstance(node, (ast.JoinedStr, ast.List, ast.ListComp)) or (
        isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def is_doc(s):
    return isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)


def is_main(s):
    return isinstance(s, ast.If) and "__name__" in ast.unparse(s.test)


def is_call_of(s, names):
    return isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and \
        isinstance(s.value.func, ast.Name) and s.value.func.id in names


class Sites:
    def __init__(self):
        self.found = []

    def add(self, op, node, old, holder, key, new):
        what = "%s becomes %s" % (brief(old), brief(new))
        self.found.append((op, getattr(node, "lineno", 0), what, holder, key,
                           new))

    # Each gets a node and where it hangs.

    def compare(self, node, holder, key):
        for i, op in enumerate(node.ops):
            if type(op) in TURNED:
                self.add("ROR", node, op, node.ops, i, TURNED[type(op)]())
            for other in RELATIONS if type(op) in RELATIONS else []:
                if other is not type(op):
                    self.add("ROR", node, op, node.ops, i, other())
        for i, v in enumerate([node.left] + node.comparators):
            at = (node, "left") if i == 0 else (node.comparators, i - 1)
            self.threshold(v, *at)
            self.minus(v, *at)

    def threshold(self, v, holder, key):
        if is_number(v) and v.value and (isinstance(v.value, float) or
                                         abs(v.value) >= 100):
            for share in (1.01, 0.99):
                other = v.value * share
                if isinstance(v.value, int):
                    other = round(other)
                self.add("CRP", v, v, holder, key, number(other))

    def minus(self, v, holder, key):
        if isinstance(v, ast.Name):
            self.add("UOI", v, v, holder, key, ast.UnaryOp(ast.USub(), v))

    def binary(self, node, holder, key):
        if is_text(node.left) or is_text(node.right):
            return
        for other in ARITHMETIC.get(type(node.op), []):
            self.add("AOR", node, node.op, node, "op", other())
        self.minus(node.left, node, "left")
        self.minus(node.right, node, "right")

    def boolean(self, node, holder, key):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        self.add("LCR", node, node.op, node, "op", other)

    def unary(self, node, holder, key):
        if not is_number(node.operand):
            self.add("UOI", node, node, holder, key, node.operand)

    def constant(self, node, holder, key):
        v = node.value
        if isinstance(v, bool):
            self.add("CRP", node, node, holder, key, ast.Constant(not v))
        elif isinstance(v, (int, float)):
            for other in (v + 1, v - 1, 0, -v):
                if other != v:
                    self.add("CRP", node, node, holder, key, number(other))
        elif isinstance(v, str):
            for other in ("", v + "~"):
                if other != v:
                    self.add("CRP", node, node, holder, key,
                             ast.Constant(other))

    def slice(self, node, holder, key):
        for field in ("lower", "upper"):
            v = getattr(node, field)
            if v is not None and not isinstance(v, ast.Constant):
                for op in (ast.Add(), ast.Sub()):
                    self.add("IDX", node, v, node, field,
                             ast.BinOp(v, op, ast.Constant(1)))

    def index(self, node, holder, key):
        v = node.slice
        if isinstance(v, ast.BinOp):
            for op in (ast.Add(), ast.Sub()):
                self.add("IDX", node, v, node, "slice",
                         ast.BinOp(v, op, ast.Constant(1)))

    def condition(self, test, holder, key):
        if not isinstance(test, ast.Constant):
            self.add("COI", test, test, holder, key,
                     ast.UnaryOp(ast.Not(), test))

    def augmented(self, node, holder, key):
        for other in ARITHMETIC.get(type(node.op), [])[:1]:
            self.add("ASR", node, node.op, node, "op", other())
        self.add("ASR", node, node, holder, key,
                 ast.Assign([node.target], node.value))

    def result(self, node):
        v = node.value
        if v is None:
            return
        others = [ast.Constant(None)]
        if isinstance(v, (ast.Compare, ast.BoolOp)) or (
                isinstance(v, ast.UnaryOp) and isinstance(v.op, ast.Not)):
            others += [ast.Constant(True), ast.Constant(False)]
        elif isinstance(v, (ast.List, ast.ListComp)):
            others.append(ast.List([], ast.Load()))
        elif isinstance(v, (ast.BinOp, ast.IfExp, ast.Call, ast.Name)):
            others.append(ast.Constant(0))
        for other in others:
            if ast.dump(other) != ast.dump(v):
                self.add("RVR", node, v, node, "value", other)

    def statement(self, s, holder, key):
        if isinstance(s, ast.Break):
            self.add("BCR", s, s, holder, key, ast.Continue())
        elif isinstance(s, ast.Continue):
            self.add("BCR", s, s, holder, key, ast.Break())
        kept = FUNCTIONS + (ast.ClassDef, ast.Import, ast.ImportFrom,
                            ast.Global, ast.Nonlocal, ast.Pass, ast.Return,
                            ast.AnnAssign)
        if not isinstance(s, kept) and not is_doc(s):
            self.add("SDL", s, s, holder, key, ast.Pass())


HANDLERS = {
    ast.Compare: Sites.compare, ast.BinOp: Sites.binary,
    ast.BoolOp: Sites.boolean, ast.UnaryOp: Sites.unary,
    ast.Constant: Sites.constant, ast.Slice: Sites.slice,
    ast.Subscript: Sites.index, ast.AugAssign: Sites.augmented,
}
NOT_MUTATED = {"annotation", "returns", "decorator_list", "bases",
               "msg"}  # of an assert
LOGGERS = {"log", "logger", "logging", "warnings"}
LOGS = {"debug", "info", "warning", "warn", "error", "exception", "critical",
        "fatal", "log"}


def is_log(s):
    """logging.info(...), self._log.debug(...), warnings.warn(...)"""
    if not isinstance(s, ast.Expr) or not isinstance(s.value, ast.Call):
        return False
    call = s.value.func
    if not isinstance(call, ast.Attribute) or call.attr not in LOGS:
        return False
    whose = call.value
    name = whose.id if isinstance(whose, ast.Name) else \
        getattr(whose, "attr", "")
    return name.strip("_").lower() in LOGGERS


def is_left_alone(node):
    """Annotations, output, messages and docstrings change no result."""
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.JoinedStr,
                             ast.Global, ast.Nonlocal, ast.match_case)) or \
        is_doc(node) or is_main(node) or is_log(node) or \
        is_call_of(node, ("print", "breakpoint"))


def find(tree):
    sites = Sites()
    todo = [(tree, None, None)]
    while todo:
        node, holder, key = todo.pop()
        if isinstance(node, ast.stmt) and not is_left_alone(node):
            sites.statement(node, holder, key)
        if is_left_alone(node) and not isinstance(node, ast.match_case):
            continue
        if type(node) in HANDLERS:
            HANDLERS[type(node)](sites, node, holder, key)
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            sites.condition(node.test, node, "test")
        if isinstance(node, ast.comprehension):
            for i, test in enumerate(node.ifs):
                sites.condition(test, node.ifs, i)
        if isinstance(node, ast.Return):
            sites.result(node)
        if not isinstance(node, ast.Raise):
            todo.extend(reversed(children(node)))
    return sites.found


def children(node):
    found = []
    for field, value in ast.iter_fields(node):
        if field in NOT_MUTATED or field == "pattern":
            continue
        if isinstance(value, list):
            found += [(v, value, i) for i, v in enumerate(value)
                      if isinstance(v, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append((value, node, field))
    return found


def put(holder, key, new):
    """Set, and give what was there."""
    if isinstance(holder, list):
        old, holder[key] = holder[key], new
    else:
        old = getattr(holder, key)
        setattr(holder, key, new)
    return old


def signature(code):
    """What decides how code runs: not its lines, not its names of files."""
    consts = tuple(signature(c) if isinstance(c, type(code)) else
                   (type(c).__name__, repr(c)) for c in code.co_consts)
    return (code.co_code, consts, code.co_names, code.co_varnames,
            code.co_freevars, code.co_cellvars, code.co_argcount,
            code.co_kwonlyargcount, code.co_flags,
            getattr(code, "co_exceptiontable", b""))


def compiled(tree):
    try:
        return signature(compile(ast.fix_missing_locations(tree), "mutant",
                                 "exec", dont_inherit=True))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError,
            OverflowError):
        return None


# Faults of the data instead of the code: what a public function is given.
DATA = {
    "DFRZ": ("counter frozen at its first value",
             "type(x)([x[0]] * len(x)) if series(x) else x"),
    "DDRP": ("one interval dropped",
             "x[:len(x) // 2] + x[len(x) // 2 + 1:] if series(x) else x"),
    "DSCL": ("unit wrong by 1000", "scaled(x, 1000)"),
    "DTEN": ("unit wrong by 10", "scaled(x, 10)"),
    "DSGN": ("sign turned", "scaled(x, -1)"),
    "DSWP": ("first and last cell swapped",
             "x[-1:] + x[1:-1] + x[:1] if series(x) else x"),
    "DSHF": ("shifted by one interval",
             "x[1:] + x[:1] if series(x) else x"),
    "DNAN": ("a value lost (NaN)",
             "x[:len(x) // 2] + type(x)([float('nan')]) + "
             "x[len(x) // 2 + 1:] if series(x) else x"),
}
WRAPPER = """

def _data_fault(f):
    def series(x):
        return isinstance(x, (list, tuple)) and len(x) > 1
    def scaled(x, by):
        if isinstance(x, (list, tuple)):
            return type(x)([scaled(v, by) for v in x])
        if isinstance(x, (int, float)) and not isinstance(x, bool):
            return x * by
        return x
    def fault(x):
        return %s
    inside = []
    def g(*args, **named):
        if inside:
            return f(*args, **named)
        inside.append(1)
        try:
            return f(*[fault(x) for x in args],
                     **{k: fault(x) for k, x in named.items()})
        finally:
            inside.pop()
    return g
%s = _data_fault(%s)
"""


def data_sites(tree):
    rows = []
    for fn in tree.body:
        if isinstance(fn, FUNCTIONS) and fn.name[0] != "_" and \
                (fn.args.args or fn.args.posonlyargs or fn.args.vararg):
            rows += [(op, fn.lineno, "%s of %s()" % (DATA[op][0], fn.name),
                      fn.name) for op in sorted(DATA)]
    return rows


def thinned(sites):
    if len(sites) <= SITES_MAX:
        return sites
    return [sites[k * len(sites) // SITES_MAX] for k in range(SITES_MAX)]


def tw_mutants(text, data):
    """[rows, equivalent, duplicate, uncompilable]; a row is [number of the
    site, operator, line, what]."""
    tree = ast.parse(text)
    if data:
        return [[[i, s[0], s[1], s[2]] for i, s in
                 enumerate(thinned(data_sites(tree)))], 0, 0, 0]
    sites = thinned(find(tree))
    original = compiled(tree)
    rows, seen, lost = [], set(), [0, 0, 0]
    until = time.monotonic() + SECONDS_MAX
    for i, (op, line, what, holder, key, new) in enumerate(sites):
        if time.monotonic() > until:
            break
        old = put(holder, key, new)
        mark = compiled(tree)
        put(holder, key, old)
        if mark is None:
            lost[2] += 1
        elif mark == original:
            lost[0] += 1
        elif mark in seen:
            lost[1] += 1
        else:
            seen.add(mark)
            rows.append([i, op, line, what[:100]])
    return [rows] + lost


STATE = {}


def tw_begin(text, data):
    tree = ast.parse(text)
    STATE["tree"], STATE["text"] = tree, text
    STATE["sites"] = thinned(data_sites(tree) if data else find(tree))
    STATE["data"] = data


def tw_mutant(i):
    """Source of the mutant of site i."""
    site = STATE["sites"][i]
    if STATE["data"]:
        name = site[3]
        return STATE["text"] + WRAPPER % (DATA[site[0]][1], name, name)
    _, _, _, holder, key, new = site
    old = put(holder, key, new)
    text = ast.unparse(ast.fix_missing_locations(STATE["tree"]))
    put(holder, key, old)
    return text + "\n"


# --- a few variants, for who asks whether cases notice a fault at all ---

# The plainest other operator: one fault per node, and each turns the result
# round for many inputs. Relations take their opposite, not a neighbour: a
# neighbour (< for <=) shows on the boundary only.
OPPOSITE = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot,
    ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And,
}


def opposite(op):
    return OPPOSITE[type(op)]() if type(op) in OPPOSITE else None


def plain_constant(node):
    if isinstance(node.value, bool):
        return not node.value
    if isinstance(node.value, (int, float)):
        return node.value + 1
    return None


def plain_fault(node):
    """(holder, key, new) of the one fault of a node; new is None: it has
    none."""
    if isinstance(node, ast.Compare):
        return node.ops, 0, opposite(node.ops[0])
    if isinstance(node, (ast.BinOp, ast.BoolOp)):
        return node, "op", opposite(node.op)
    if isinstance(node, ast.Constant):
        return node, "value", plain_constant(node)
    if isinstance(node, ast.Return) and node.value is not None and not (
            isinstance(node.value, ast.Constant)
            and node.value.value is None):
        return node, "value", ast.Constant(None)
    return node, "", None


def function_nodes(tree, entry):
    """What stands in the body of the last function of that name."""
    found = [f for f in tree.body
             if isinstance(f, ast.FunctionDef) and f.name == entry]
    if not found:
        return []
    body = {id(n) for s in found[-1].body for n in ast.walk(s)}
    return [n for n in ast.walk(found[-1]) if id(n) in body]


def compiles(text):
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError, RecursionError, MemoryError,
            OverflowError):
        return False


def tw_few(text, entry, limit):
    """Sources of at most limit variants of one function, one fault each,
    evenly spread over its body; none when the text does not compile."""
    if not compiles(text):
        return []
    tree = ast.parse(text)
    texts = []
    for holder, key, new in map(plain_fault, function_nodes(tree, entry)):
        if new is None:
            continue
        old = put(holder, key, new)
        variant = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        put(holder, key, old)
        if variant not in texts and compiles(variant):
            texts.append(variant)
    if len(texts) > limit:
        texts = [texts[k * len(texts) // limit] for k in range(limit)]
    return texts
