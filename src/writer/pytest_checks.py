# What a case means.  The program runs in a module of its own: whatever its
# names are, none is a name of this file, so none is collected or replaced.
import copy as _tw_copy
import importlib as _tw_importlib
import math as _tw_math
import statistics as _tw_statistics
import sys as _tw_sys
import types as _tw_types


def _tw_module(text):
    module = _tw_types.ModuleType(__name__ + "_program")
    module.__file__ = __file__
    _tw_sys.modules[module.__name__] = module
    code = compile(text, "<program>", "exec", dont_inherit=True, optimize=0)
    exec(code, vars(module))
    return module


def _tw_only(module, name):
    """One name of it: tools that look at this file see no other."""
    return _tw_types.SimpleNamespace(**{name: vars(module)[name]})


def _tw_show(value):
    try:
        return ascii(value)[:2000]
    except BaseException as error:
        return "a value that repr() fails for, %s" % type(error).__name__


def _tw_run(call):
    """(value, None), or (None, what was raised), whatever class that has."""
    try:
        return call(), None
    except BaseException as error:
        return None, error


def _tw_got(call):
    got, error = _tw_run(call)
    if isinstance(error, KeyboardInterrupt):
        raise error
    if error is not None:
        raise AssertionError("raised " + _tw_show(error)) from error
    return got


def _tw_same_numbers(got, want, abs_tol, rel_tol):
    if got != got or want != want:
        return got != got and want != want
    if got == want:
        return True
    if float not in (type(got), type(want)):
        return False
    try:
        gap, size = abs(float(got) - float(want)), abs(float(want))
    except OverflowError:
        return False
    if _tw_math.isinf(gap) or _tw_math.isinf(size):
        return False
    return 0 < abs_tol and gap <= abs_tol or \
        0 < rel_tol and gap <= rel_tol * size


def _tw_same_sets(got, want, abs_tol, rel_tol):
    if got == want or len(got) != len(want):
        return got == want
    try:
        pairs = list(zip(sorted(got), sorted(want)))
    except TypeError:
        return False
    return all(_tw_same(g, w, abs_tol, rel_tol) for g, w in pairs)


def _tw_plain(value):
    """An instance of a subclass, such as a named tuple: what it holds."""
    for kind in (bool, int, float, bytes, list, tuple, dict, set, frozenset):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return str.__str__(value) if isinstance(value, str) else value


def _tw_same(got, want, abs_tol, rel_tol):
    """Python's ==, with a tolerance for floats, among builtin types only."""
    got = _tw_plain(got)
    numbers, sets = (bool, int, float), (set, frozenset)
    if type(got) in numbers and type(want) in numbers:
        return _tw_same_numbers(got, want, abs_tol, rel_tol)
    if type(got) in sets and type(want) in sets:
        return _tw_same_sets(got, want, abs_tol, rel_tol)
    if type(got) is not type(want):
        return False
    if type(want) in (list, tuple):
        return len(got) == len(want) and all(
            _tw_same(g, w, abs_tol, rel_tol) for g, w in zip(got, want))
    if type(want) is dict:
        return got.keys() == want.keys() and all(
            _tw_same(got[k], want[k], abs_tol, rel_tol) for k in want)
    return got == want


def _tw_value(call, want, abs_tol=0.0, rel_tol=0.0):
    got = _tw_got(call)
    if not _tw_same(got, want, abs_tol, rel_tol):
        raise AssertionError("got %s, expected %s" % (
            _tw_show(got), _tw_show(want)))


def _tw_class(name):
    """The class of that name, as Python has it, or None."""
    module, _, last = name.rpartition(".")
    try:
        found = vars(_tw_importlib.import_module(module or "builtins"))[last]
    except (ImportError, KeyError):
        return None
    return found if isinstance(found, type) else None


def _tw_is_error(error, name):
    """Of that class, or of one below it."""
    known = _tw_class(name)
    if known is not None:
        return isinstance(error, known)
    last = name.rpartition(".")[2]
    return last in [c.__name__ for c in type(error).__mro__]


def _tw_raises(call, name):
    got, error = _tw_run(call)
    if error is None:
        raise AssertionError("got %s, expected %s" % (_tw_show(got), name))
    if not _tw_is_error(error, name):
        raise AssertionError("raised %s, expected %s" % (
            _tw_show(error), name)) from error


def _tw_eval(text, args):
    names = {k: v for k, v in vars(_tw_math).items() if k[0] != "_"}
    for k in _tw_statistics.__all__:
        names.setdefault(k, getattr(_tw_statistics, k))
    names.update(math=_tw_math, statistics=_tw_statistics)
    names.update(args)
    return eval(text.strip(), names)


def _tw_changed(args, change):
    """Arguments of the second call; what cannot be changed stays."""
    made = dict(args)
    for k, text in change.items():
        value, error = _tw_run(
            lambda: _tw_eval(text, _tw_copy.deepcopy(args)))
        made[k] = args[k] if error else value
    return made


def _tw_holds(function, n_args, args, that, change=None):
    """A property of one call, or of two whose arguments are related."""
    calls = [args] if change is None else [args, _tw_changed(args, change)]
    names = _tw_copy.deepcopy(args)
    for key, given in zip(("result", "result2"), calls):
        given = list(_tw_copy.deepcopy(given).values())[:n_args]
        names[key] = _tw_got(lambda: function(*given))
    if _tw_eval(that, names) is not True:
        raise AssertionError("%s does not hold: %s" % (that, _tw_show(
            {k: v for k, v in names.items() if k[:6] == "result"})))


