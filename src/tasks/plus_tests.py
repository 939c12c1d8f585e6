# Trusted front of the assert program of a "plus" task: its inputs are data,
# and what is expected comes from the reference solution, which is run beside
# the candidate. The rules of comparison are EvalPlus's.
import copy as _tw_copy
import json as _tw_json
import math as _tw_math

_TW_RTOL = 1e-07
_TW_FLOATS_ATOL = 1e-06

# How arguments that JSON cannot hold were written down, by MBPP task.
_TW_ITEMS = {2, 116, 132, 143, 222, 261, 273, 394, 399, 421, 424, 429, 470,
             560, 579, 596, 616, 630, 726, 740, 744, 809}
_TW_ROWS = {63, 64, 70, 94, 120, 237, 272, 299, 400, 409, 417, 438, 473, 614,
            780}
_TW_ROWS_FIRST = {75, 413, 444, 753}
_TW_SECOND = {106, 750}
_TW_FIRST = {250, 405, 446, 617, 720, 763, 808}
_TW_FIRST_OF_THREE = {307}
_TW_ROWS_AND_ITEMS = {259, 401, 445}
_TW_DEEP = {580, 615, 791}


def _tw_rows(values):
    return [tuple(v) for v in values]


def _tw_deep(value):
    if isinstance(value, list):
        return tuple(_tw_deep(v) for v in value)
    return value


def _tw_sets(args):
    """An empty list stands for an empty dict: so the set was written down."""
    return [[set(v) if isinstance(v, list) and v else {} for v in args[0]]]


def _tw_inner_tuples(args):
    return [tuple(tuple(v) if isinstance(v, list) else v for v in args[0])]


def _tw_tuple_values(args):
    return [{k: tuple(v) for k, v in args[0].items()}] + args[1:]


# What makes the arguments of a task what they were; tasks without a line here
# have arguments that JSON can hold.
_TW_SHAPES = {
    115: _tw_sets,
    124: lambda args: [float(args[0]), complex(args[1])],
    252: lambda args: [complex(args[0])],
    278: _tw_inner_tuples,
    722: _tw_tuple_values,
}
for _tw_tasks, _tw_rule in (
        (_TW_ITEMS, _tw_rows),
        (_TW_ROWS, lambda args: [_tw_rows(a) for a in args]),
        (_TW_ROWS_FIRST, lambda args: [_tw_rows(args[0]), args[1]]),
        (_TW_SECOND, lambda args: [args[0], tuple(args[1])]),
        (_TW_FIRST, lambda args: [tuple(args[0]), args[1]]),
        (_TW_FIRST_OF_THREE,
         lambda args: [tuple(args[0]), args[1], args[2]]),
        (_TW_ROWS_AND_ITEMS,
         lambda args: [tuple(_tw_rows(a)) for a in args]),
        (_TW_DEEP, _tw_deep)):
    _TW_SHAPES.update(dict.fromkeys(_tw_tasks, _tw_rule))


def _tw_shape(task, args):
    """The arguments of an MBPP task with their own types."""
    rule = _TW_SHAPES.get(task)
    return rule(args) if rule else args


def _tw_inputs(text, task):
    return [_tw_shape(task, args) for args in _tw_json.loads(text)]


def _tw_is_floats(value):
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(v, float) for v in value)
    return isinstance(value, float)


def _tw_close(got, want, atol):
    if isinstance(want, (list, tuple)):
        return (isinstance(got, (list, tuple)) and len(got) == len(want) and
                all(_tw_close(g, w, atol) for g, w in zip(got, want)))
    numbers = (int, float, complex)
    if not isinstance(got, numbers) or not isinstance(want, numbers):
        return False
    if got == want:
        return True
    gap = abs(got - want)
    return not _tw_math.isinf(gap) and gap <= atol + _TW_RTOL * abs(want)


def _tw_pyramid(base, height):
    """Surface, the height being that of the apex above the base."""
    slant = _tw_math.sqrt((base / 2) ** 2 + height ** 2)
    return round(base ** 2 + 2 * base * slant)


def _tw_digit_gaps(a, b):
    a, b = str(a), str(b)
    size = max(len(a), len(b))
    return sum(abs(int(x) - int(y))
               for x, y in zip(a.zfill(size), b.zfill(size)))


_TW_AS_SETS = {"similar_elements", "find_char_long", "common_in_nested_lists",
               "extract_singly", "larg_nnum", "intersection_array",
               "find_dissimilar", "Diff"}
_TW_NOT_NONE = {"check_str", "text_match_three", "text_starta_endb"}


def _tw_exact(entry, args, got, want, atol):
    """Equal, or what a task of MBPP accepts as well."""
    if entry in _TW_AS_SETS:
        return set(got) == set(want)
    if entry in _TW_NOT_NONE:
        return got == want if isinstance(got, bool) else \
            want == (got is not None)
    if got == want or entry == "are_equivalent":
        return True
    if entry == "sum_div":
        return got == 0
    if entry == "surface_Area":
        return abs(got - _tw_pyramid(*args)) <= atol
    if entry == "digit_distance_nums":
        return got == _tw_digit_gaps(*args)
    return False


def _tw_same(mbpp, entry, args, got, want, atol):
    if not mbpp and entry == "find_zero":
        return abs(sum(c * _tw_math.pow(got, i)
                       for i, c in enumerate(args[0]))) <= atol
    exact = _tw_exact(entry, args, got, want, atol) if mbpp else got == want
    if atol == 0 and _tw_is_floats(want):
        atol = _TW_FLOATS_ATOL
    if exact or atol == 0:
        return bool(exact)
    if type(got) is not type(want):
        return False
    return _tw_close(got, want, atol)
