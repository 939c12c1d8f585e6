# search_mutants.py - faulty variants of an oracle, and which of its branches an
# input reaches.  Trusted Python in the jail: only expressions of the
# specification, or the text of a reference, are taken apart here.
#
# A variant is one change that a person may make by mistake; the search has to
# find an input on which it differs, else nobody knows that the search is
# able to.  Variants of the input (the first element lost, only the first 20
# looked at) and of the result (capped, rounded) are made as wrappers.
import ast
import re

MUTANTS_MAX = 400
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
COMPARE = {ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE],
           ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
           ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
           ast.In: [ast.NotIn], ast.NotIn: [ast.In],
           ast.Is: [ast.IsNot], ast.IsNot: [ast.Is]}
BINARY = {ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div],
          ast.Div: [ast.Mult, ast.FloorDiv], ast.FloorDiv: [ast.Div],
          ast.Mod: [ast.FloorDiv], ast.Pow: [ast.Mult]}
CALLS = {"any": ["all"], "all": ["any"], "sum": ["max", "len"],
         "max": ["min", "sum"], "min": ["max"], "len": [],
         "mean": ["median", "max"], "median": ["mean"], "fmean": ["median"],
         "ceil": ["floor", "round"], "floor": ["ceil", "round"],
         "round": ["int"], "stdev": ["pstdev"], "pstdev": ["stdev"],
         "abs": [], "sorted": [], "set": ["list"], "lower": ["upper"],
         "startswith": ["endswith"], "endswith": ["startswith"]}


def numbers_of_text(text):
    """Numbers that a description mentions."""
    return [float(m) if "." in m or "e" in m.lower() else int(m)
            for m in NUMBER.findall(text) if len(m) < 20]


def constants_of(tree):
    """(numbers, words) that a program mentions; -5 is one number."""
    numbers, words = [], []
    prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in prose:    # a docstring, a bare value
            continue
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) \
                and isinstance(node.operand, ast.Constant) \
                and type(node.operand.value) in (int, float):
            numbers.append(-node.operand.value)
        if isinstance(node, ast.Constant):
            v = node.value
            if type(v) in (int, float) and abs(v) < 1e300:
                numbers.append(v)
            elif isinstance(v, str) and 0 < len(v) < 100:
                words.append(v)
    return numbers, words


def replaced(tree, at, new):
    """A copy of the tree in which node number `at` of ast.walk is new(node)."""
    copy = ast.parse(ast.unparse(tree), mode="eval" if
                     isinstance(tree, ast.Expression) else "exec")
    nodes = list(ast.walk(copy))
    if at >= len(nodes):
        return None
    target = nodes[at]
    made = new(target)
    if made is target:
        return copy
    for parent in nodes:
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, made)
                return copy
            if isinstance(value, list):
                for k, item in enumerate(value):
                    if item is target:
                        value[k] = made
                        return copy
    return None


def set_op(name, k, op):
    def change(node):
        if k is None:
            setattr(node, name, op())
        else:
            getattr(node, name)[k] = op()
        return node
    return change


def moved(by):
    return lambda node: ast.Constant(node.value + by)


def changes_compare(node, steps):
    for k, op in enumerate(node.ops):
        for other in COMPARE.get(type(op), []):
            yield set_op("ops", k, other)
    if len(node.ops) > 1:   # one half of a chain is lost
        yield lambda n: ast.Compare(n.left, n.ops[:1], n.comparators[:1])
        yield lambda n: ast.Compare(n.comparators[-2], n.ops[-1:],
                                    n.comparators[-1:])


def changes_constant(node, steps):
    v = node.value
    if isinstance(v, bool):
        yield lambda n: ast.Constant(not n.value)
    elif isinstance(v, (int, float)):
        for by in sorted({1, -1} | ({s for s in steps} | {-s for s in steps}
                                    if isinstance(v, float) or steps else set())):
            yield moved(by)
        if v:
            yield lambda n: ast.Constant(n.value * 10)
            yield lambda n: ast.Constant(-n.value)
    elif isinstance(v, str) and v:
        yield lambda n: ast.Constant("")


def changes_call(node, steps):
    name = node.func.id if isinstance(node.func, ast.Name) else \
        node.func.attr if isinstance(node.func, ast.Attribute) else ""
    for other in CALLS.get(name, []):
        if isinstance(node.func, ast.Name):
            yield set_name(other)
        else:
            yield set_attr(other)
    if name in ("abs", "round", "sorted", "set", "int", "float", "list") and \
            len(node.args) == 1:
        yield lambda n: n.args[0]
    if name in ("min", "max") and len(node.args) == 2:
        yield lambda n: n.args[0]      # a cap is lost
        yield lambda n: n.args[1]
    for keyword in [k.arg for k in node.keywords]:
        if keyword in ("key", "reverse"):
            yield drop_keyword(keyword)
    if name == "range":
        for k in range(len(node.args)):
            for by in (1, -1):
                yield shift_arg(k, by)


def set_name(other):
    def change(node):
        node.func = ast.Name(other, ast.Load())
        return node
    return change


def set_attr(other):
    def change(node):
        node.func.attr = other
        return node
    return change


def drop_keyword(name):
    def change(node):
        node.keywords = [k for k in node.keywords if k.arg != name]
        return node
    return change


def shift_arg(k, by):
    def change(node):
        node.args[k] = ast.BinOp(node.args[k], ast.Add(), ast.Constant(by))
        return node
    return change


def shift_bound(name, by):
    def change(node):
        bound = getattr(node, name)
        setattr(node, name, ast.BinOp(bound, ast.Add(), ast.Constant(by)))
        return node
    return change


def changes_slice(node, steps):
    for name in ("lower", "upper"):
        if getattr(node, name) is not None:
            for by in (1, -1):
                yield shift_bound(name, by)


def drop_if(k):
    def change(node):
        del node.ifs[k]
        return node
    return change


def changes_comprehension(node, steps):
    for k in range(len(node.ifs)):
        yield drop_if(k)       # a filter is lost


def changes_binary(node, steps):
    for other in BINARY.get(type(node.op), []):
        yield set_op("op", None, other)
    if isinstance(node.op, (ast.Sub, ast.Div)):
        yield lambda n: ast.BinOp(n.right, n.op, n.left)
    yield lambda n: n.left
    yield lambda n: n.right


def changes_bool(node, steps):
    yield set_op("op", None, ast.Or if isinstance(node.op, ast.And) else ast.And)
    for k in range(len(node.values)):
        yield drop_operand(k)


def drop_operand(k):
    def change(node):
        rest = node.values[:k] + node.values[k + 1:]
        return rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    return change


def changes_unary(node, steps):
    yield lambda n: n.operand


def changes_choice(node, steps):
    yield lambda n: n.body     # a guard is lost
    yield lambda n: n.orelse
    yield lambda n: ast.IfExp(n.test, n.orelse, n.body)


CHANGES = {ast.Compare: changes_compare, ast.Constant: changes_constant,
           ast.Call: changes_call, ast.Slice: changes_slice,
           ast.comprehension: changes_comprehension,
           ast.BinOp: changes_binary, ast.BoolOp: changes_bool,
           ast.UnaryOp: changes_unary, ast.IfExp: changes_choice}


def source_mutants(tree, steps):
    """Texts that differ from the expression in one place."""
    seen = {ast.unparse(tree)}
    for at, node in enumerate(ast.walk(tree)):
        for change in CHANGES.get(type(node), lambda n, s: ())(node, steps):
            made = replaced(tree, at, change)
            if made is None:
                continue
            text = ast.unparse(ast.fix_missing_locations(made))
            if text not in seen:
                seen.add(text)
                yield text


def name_mutants(tree, params):
    """A parameter is ignored: its default or given value stands for it, or
    another one of its type is used."""
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for p in params:
        if p.name not in used or p.is_list:
            continue
        for v in (p.default or p.values[:1]):
            text = ast.unparse(replace_name(tree, p.name, ast.Constant(v)))
            yield text
        for other in params:
            if other is not p and other.type == p.type and not other.is_list:
                yield ast.unparse(replace_name(
                    tree, p.name, ast.Name(other.name, ast.Load())))


def replace_name(tree, name, new):
    class Change(ast.NodeTransformer):
        def visit_Name(self, node):
            return new if node.id == name and isinstance(node.ctx, ast.Load) \
                else node
    return Change().visit(ast.parse(ast.unparse(tree), mode="eval"))


# What is lost of a list before the oracle sees it.
LISTS = ["{0}[1:]", "{0}[:-1]", "sorted({0})", "{0}[::-1]", "{0}[:20]",
         "{0}[-20:]", "{0}[:3]", "list(dict.fromkeys({0}))",
         "[x for x in {0} if x]", "[abs(x) for x in {0}]",
         "[int(x) for x in {0}]", "[round(x, 1) for x in {0}]"]
SCALARS = ["abs({0})", "int({0})", "round({0}, 1)"]
PLACES = ["{0}[1:]", "{0}[:-1]", "{0}[::-1]", "{0}[:20]"]
# What is done to the result: a function of it.
RESULTS = ["abs", "int", "round1", "cap", "floor0", "not", "first"]


def input_mutants(text, tree, params):
    """The expression over arguments of which something was lost."""
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for p in params:
        if p.name in used and p.type in ("int", "float"):
            for form in LISTS if p.is_list else SCALARS:
                yield f"(lambda {p.name}: {text})({form.format(p.name)})"


def result_mutants(text):
    """The result changed, where its type allows that."""
    number = "isinstance({0}, (int, float)) and not isinstance({0}, bool)"
    forms = [f"(abs(r) if {number.format('r')} else r)",
             f"(int(r) if {number.format('r')} else r)",
             f"(round(r, 1) if {number.format('r')} else r)",
             f"(min(r, 3) if {number.format('r')} else r)",
             f"(min(r, 100) if {number.format('r')} else r)",
             f"(max(r, 0) if {number.format('r')} else r)",
             "(not r if isinstance(r, bool) else r)"]
    for form in forms:
        yield f"(lambda r: {form})({text})"


def mutants_of(text, params, steps):
    """Sources of all variants of one expression, each once."""
    tree = ast.parse(text.strip(), mode="eval")
    base = ast.unparse(tree)
    found = {}
    for made in (source_mutants(tree, steps), name_mutants(tree, params),
                 input_mutants(base, tree, params), result_mutants(base)):
        for m in made:
            if m != base and compiles(m):
                found.setdefault(m)
    return list(found)[:MUTANTS_MAX]


def module_mutants(text, function, params, steps):
    """(label, source) of all variants of a reference, each once; the label is
    the line that was changed."""
    tree = ast.parse(text)
    base = ast.unparse(tree)
    lines = base.splitlines()
    found = {}
    for made in source_mutants(tree, steps):
        changed = [b for a, b in zip(lines, made.splitlines()) if a != b]
        found.setdefault(made, (changed or ["a line is lost"])[0].strip())
    names = ", ".join(p.name for p in params)
    for p in params:
        for form in PLACES:
            lost = f"{form.format(p.name)} if isinstance({p.name}, (list, " \
                f"str, tuple)) else {p.name}"
            passed = ", ".join(lost if q is p else q.name for q in params)
            found[f"{base}\n_tw_ref = {function}\n"
                  f"def {function}({names}):\n    return _tw_ref({passed})\n"
                  ] = f"{function} of {form.format(p.name)}"
    return [(label, made) for made, label in found.items()][:MUTANTS_MAX // 2]


def compiles(text):
    try:
        compile(text, "<variant>", "eval")
        return True
    except (SyntaxError, ValueError, RecursionError):
        return False


class Probes(ast.NodeTransformer):
    """Each decision of an expression reports its outcome: _tw_b(k, value)."""

    def __init__(self):
        self.n = 0

    def mark(self, node):
        self.n += 1
        return ast.Call(ast.Name("_tw_b", ast.Load()),
                        [ast.Constant(self.n - 1), node], [])

    def visit_IfExp(self, node):
        self.generic_visit(node)
        node.test = self.mark(node.test)
        return node

    visit_If = visit_While = visit_IfExp

    def visit_comprehension(self, node):
        self.generic_visit(node)
        node.ifs = [self.mark(c) for c in node.ifs]
        return node

    def visit_BoolOp(self, node):
        self.generic_visit(node)
        node.values = [self.mark(v) for v in node.values]
        return node

    def visit_Compare(self, node):
        """Comparisons report their operands too: ties are looked for."""
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(
                node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq,
                              ast.NotEq)):
            return node
        self.n += 1
        left, right = (ast.Name(n, ast.Load()) for n in "ab")
        body = ast.Call(ast.Name("_tw_c", ast.Load()),
                        [ast.Constant(self.n - 1), left, right,
                         ast.Compare(left, node.ops, [right])], [])
        arguments = ast.arguments([], [ast.arg("a"), ast.arg("b")], None, [], [],
                                  None, [])
        return ast.Call(ast.Lambda(arguments, body),
                        [node.left, node.comparators[0]], [])


def probed_tree(text):
    """(tree of an expression with probes, number of them)."""
    probes = Probes()
    tree = probes.visit(ast.parse(text.strip(), mode="eval"))
    return ast.fix_missing_locations(tree), probes.n


def probed_module(text):
    """(tree of a program with probes, number of them)."""
    probes = Probes()
    tree = probes.visit(ast.parse(text))
    return ast.fix_missing_locations(tree), probes.n
