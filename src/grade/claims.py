

# Assert programs of task sets as claims about calls with literals: such a
# claim is judged from outside, where the candidate cannot touch it.


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
