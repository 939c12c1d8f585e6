# search_shrink.py - inputs smaller than a given one, the smallest first.
# Trusted Python in the jail: it never runs a candidate.
#
# Lists of one data set are cut together, and numbers become rounder ones of
# their parameter.  Other values are shrunk by their own type.  Who asks keeps
# the first one that still shows a difference, and asks again.
SHRINK_DEPTH = 3


def smaller_than(args, params):
    yield from shorter(args, params)
    yield from rounder(args, params)
    yield from simpler(args, params)


def cut_together(params):
    """Places of the lists of each group."""
    groups = {}
    for i, p in enumerate(params):
        if p.is_list:
            groups.setdefault(p.group if p.group >= 0 else -1 - i, []).append(i)
    return list(groups.values())


def pieces(n):
    """(start, end) of pieces that stay alone, the smallest first."""
    for size in [k for k in (0, 1, 2, 3, n // 4, n // 2) if k < n]:
        for at in dict.fromkeys([0, n - size, *range(0, n, size or n)]):
            yield at, at + size


def gaps(n):
    """(start, end) of pieces that are lost, the largest first."""
    size = n // 2
    while size >= 1:
        for at in range(0, n, size):
            yield at, at + size
        size //= 2


def shorter(args, params):
    for places in cut_together(params):
        n = max(len(args[i] or []) for i in places)
        for start, end in pieces(n):
            yield cut(args, places, lambda v: v[start:end])
        for start, end in gaps(n):
            yield cut(args, places, lambda v: v[:start] + v[end:])


def cut(args, places, change):
    made = copy_of(args)
    for i in places:
        if isinstance(made[i], list):
            made[i] = change(made[i])
    return made


def rounder(args, params):
    """All numbers of all lists at once, to so many digits."""
    for digits in (0, 1, 2):
        made = copy_of(args)
        for i, p in enumerate(params):
            if isinstance(made[i], list) and p.is_number():
                made[i] = [p.fit(round(x, digits)) if is_plain(x) else x
                           for x in made[i]]
        yield made


def simpler(args, params):
    """One number at a time becomes a rounder one, one value its default."""
    for i, p in enumerate(params):
        if not p.is_list:
            for v in (p.default or p.values[:1]) + plain_forms(args[i], p):
                yield args[:i] + [v] + args[i + 1:]
        elif isinstance(args[i], list) and p.is_number():
            for k, x in enumerate(args[i]):
                for v in plain_forms(x, p):
                    made = copy_of(args)
                    made[i][k] = v
                    yield made
        if not p.is_number():
            for v in less(args[i], 0):
                yield args[:i] + [v] + args[i + 1:]


def plain_forms(x, p):
    """Rounder numbers near x, the roundest first; none for other values."""
    if not is_plain(x) or not p.is_number():
        return []
    forms = [p.fit(v) for v in (0, 1, float(f"{x:.1g}"), round(x),
                                float(f"{x:.3g}"))]
    return [v for v in dict.fromkeys(forms)
            if len(repr(v)) < len(repr(x)) or abs(v) < abs(x)]


def less(v, depth):
    """Values of the same type with less in them."""
    if type(v) is int:
        yield from (x for x in (0, 1, v // 10, v - 1) if 0 <= x < abs(v))
        if v < -1:
            yield from {-1, -(-v // 2)}
    elif type(v) is float and v == v:
        yield from (x for x in (0.0, 1.0, float(int(v))) if abs(x) < abs(v))
    elif isinstance(v, (str, list, tuple)):
        yield from less_of_row(v, depth)
    elif isinstance(v, (dict, set, frozenset)):
        for key in list(v):
            if isinstance(v, dict):
                yield {k: x for k, x in v.items() if k != key}
            else:
                yield type(v)(x for x in v if x != key)


def less_of_row(v, depth):
    for start, end in gaps(len(v)):
        yield v[:start] + v[end:]
    if isinstance(v, str) or depth == SHRINK_DEPTH:
        return
    for k, x in enumerate(v):
        for made in less(x, depth + 1):
            if isinstance(v, list):
                yield v[:k] + [made] + v[k + 1:]
            elif type(v) is tuple:
                yield v[:k] + (made,) + v[k + 1:]
