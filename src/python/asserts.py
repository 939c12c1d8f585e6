

# Assertions of a text as calls with literal arguments and wanted values, and
# whether expressions compile.


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
