

# Values of literals as they stand in a text. ast.literal_eval() will not do:
# people also write -3, [0] * 5, 1 / 3, math.inf and names of constants.


class NotLiteral(Exception):
    pass


def number(node, env):
    value = literal(node, env)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotLiteral
    return value


def of_binary(node, env):
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


def of_constant(node, env):
    if isinstance(node.value, (complex, type(Ellipsis))):
        raise NotLiteral
    return node.value


def of_name(node, env):
    if node.id not in env:
        raise NotLiteral
    return env[node.id]


def of_sequence(node, env):
    kind = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
    return kind([literal(e, env) for e in node.elts])


def of_mapping(node, env):
    if None in node.keys:  # {**other}
        raise NotLiteral
    return {literal(k, env): literal(v, env)
            for k, v in zip(node.keys, node.values)}


def of_sign(node, env):
    if isinstance(node.op, ast.USub):
        return -number(node.operand, env)
    if isinstance(node.op, ast.UAdd):
        return number(node.operand, env)
    raise NotLiteral


def of_attribute(node, env):
    text = ast.unparse(node)
    if text not in ("math.inf", "math.nan"):
        raise NotLiteral
    return float(text[5:])


def of_call(node, env):
    """float("inf"), set([...]), list(...), set()"""
    if node.keywords or not isinstance(node.func, ast.Name):
        raise NotLiteral
    kind = node.func.id
    if kind == "set" and not node.args:
        return set()
    if len(node.args) != 1:
        raise NotLiteral
    if kind == "float" and isinstance(node.args[0], ast.Constant):
        try:
            return float(node.args[0].value)
        except (TypeError, ValueError):
            raise NotLiteral
    if kind in ("set", "list"):
        return {"set": set, "list": list}[kind](literal(node.args[0], env))
    raise NotLiteral


LITERALS = {
    ast.Constant: of_constant, ast.Name: of_name, ast.List: of_sequence,
    ast.Tuple: of_sequence, ast.Set: of_sequence, ast.Dict: of_mapping,
    ast.UnaryOp: of_sign, ast.BinOp: of_binary, ast.Attribute: of_attribute,
    ast.Call: of_call,
}


def literal(node, env):
    """The value of an expression of literals; nothing of the text is run.
    env: values of names that were assigned literals before."""
    if type(node) not in LITERALS:
        raise NotLiteral
    return LITERALS[type(node)](node, env)
