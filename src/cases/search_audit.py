

# What the search can say of an oracle without any answer: on which inputs it
# fails, which of its outcomes no input reaches, whether its value ever changes.
# Trusted Python in the jail, behind search.py.
FAILURES_MAX = 3     # kinds of exceptions that are told
SIDES_MAX = 4        # outcomes that are told
CALL_S = 0.5         # an input that takes an expression longer has no value
TRUTH = {ast.Lt: lambda s: s > 0, ast.LtE: lambda s: s >= 0,
         ast.Gt: lambda s: s < 0, ast.GtE: lambda s: s <= 0,
         ast.Eq: lambda s: s == 0, ast.NotEq: lambda s: s != 0}


class Named(Probes):
    """The probes in the same order, with the text and the meaning of each."""

    def __init__(self):
        super().__init__()
        self.names = []        # (text, operator or None), by number

    def mark(self, node):
        self.names.append((getattr(node, "text", ""), None))
        return super().mark(node)

    def visit_Compare(self, node):
        before = self.n
        made = super().visit_Compare(node)
        made.text = node.text
        if self.n > before and made is not node:
            self.names.append((node.text, type(node.ops[0])))
        return made


def probe_names(text):
    tree = ast.parse(text.strip(), mode="eval")
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.expr):
            node.text = ast.unparse(node)
    named = Named()
    named.visit(tree)
    return named.names


def truths(op, outcomes):
    """Outcomes of a probe as what the text was: True, False or both."""
    if op is None:
        return {bool(o) for o in outcomes}
    return {o if isinstance(o, bool) else TRUTH[op](o) for o in outcomes}


def one_sided(oracle):
    """[text, its only outcome] of decisions that no input turned, the outer
    ones first; what stands in them is not told again."""
    found = {}
    base = 0
    for row in oracle.rows:
        if row[0] != "expr":
            base += 1000
            continue
        for k, (text, op) in enumerate(probe_names(row[1])):
            seen = truths(op, {o for p, o in oracle.reached if p == base + k})
            if len(seen) == 1:
                found.setdefault(text, set()).update(seen)
            elif seen:
                found[text] = {True, False}
        base += 1000
    sided = {t: s.pop() for t, s in found.items() if len(s) == 1}
    return [[t, v] for t, v in sided.items()
            if not any(t != o and t in o for o in sided)][:SIDES_MAX]


def raised(oracle, args):
    """Text of the exception that the oracle raises on allowed arguments."""
    oracle.failures, late_before = [], oracle.n_late
    oracle.value(args)
    if oracle.n_late > late_before:
        return f"no value after {oracle.call_s} s"
    return oracle.failures[0][1] if oracle.failures else None


def refused(oracle, args):
    """Text of the exception that 'require' itself raises."""
    try:
        oracle.run(oracle.require, copy_of(args))
    except Exception as e:
        return f"{type(e).__name__}: {e}"[:120]
    return None


def edge_inputs(search):
    """What a person would try first: nothing, one value, zeros."""
    for i in range(4):
        base = search.draw.args()[0]
        for n in (0, 1):
            yield [v[:n] if p.is_list and p.counter and isinstance(v, list)
                   else v for p, v in zip(search.params, base)]
        yield [([0 * x for x in v] if p.is_list else 0 * v)
               if p.counter and p.is_number() and zero_is_fine(p, v) else v
               for p, v in zip(search.params, base)]


def zero_is_fine(p, v):
    numbers = all(map(is_plain, v)) if isinstance(v, list) else is_plain(v)
    return numbers and (p.low is None or p.low <= 0) and \
        (p.high is None or p.high >= 0)


def is_short(search, args):
    """Has a list fewer values than any that was seen in the data?"""
    for p, v in zip(search.params, args):
        seen = [len(x) for x in p.pool if isinstance(x, list)]
        if p.is_list and isinstance(v, list) and len(v) < min(seen, default=3) \
                and len(v) < 3:
            return True
    return False


def failures_of(search):
    """[arguments, exception, is it for lack of values only?], each kind of
    exception once, with the smallest input that was found."""
    oracle, found = search.oracle, {}
    tries = [args for args, _ in oracle.failures] + list(edge_inputs(search))
    tries.sort(key=lambda args: is_short(search, args))
    for args in tries:
        text = raised(oracle, args)
        kind = text and text.split(":")[0]
        if not kind or kind in found or len(found) == FAILURES_MAX:
            continue
        short = is_short(search, args)

        def keeps(made, kind=kind, short=short):
            again = raised(oracle, made)
            return bool(again) and again.split(":")[0] == kind and \
                is_short(search, made) == short
        made = search.shrink(args, keeps)
        found[kind] = [made, raised(oracle, made) or text, short]
    return list(found.values())


def refusal_of(search, made):
    """[arguments, exception] of an input that 'require' fails for."""
    if not search.oracle.require:
        return []
    for args in list(edge_inputs(search)) + [row[0] for row in made]:
        text = refused(search.oracle, args)
        if text:
            made = search.shrink(args, lambda a: refused(search.oracle, a))
            return [made, refused(search.oracle, made) or text]
    return []


def one_value(variants, values):
    """Where all cases so far expect one value, a program that returns it is a
    variant too: the search goes on until an input has another."""
    if values and all(same(v, values[0], (0, 0)) for v in values):
        only = values[0]
        variants.left.append((f"{only!r}, whatever the input"[:80],
                              lambda *_: only))
        variants.n += 1


def tw_search_audit(n):
    """n inputs of the search, and what they say of the oracle itself."""
    search = state["search"]
    search.oracle.call_s = search.oracle.call_s or CALL_S
    made = search.upto(n)
    values = {repr(value) for _, _, value in made}
    oracle = search.oracle
    sides = one_sided(oracle) if made else []
    fixed = [[p.name, made[0][0][i]] for i, p in enumerate(search.params)
             if made and len({repr(row[0][i]) for row in made}) == 1]
    return {"inputs": len(made), "values": min(len(values), 1000),
            "value": made[0][2] if made else None, "sides": sides,
            "refuses": refusal_of(search, made),
            "fixed": fixed,
            "raises": [] if oracle.is_reference else failures_of(search)}
