# What a case means.
import math as _tw_math  # noqa: E402
import statistics as _tw_statistics  # noqa: E402
import sys as _tw_sys  # noqa: E402


def _tw_same(got, want, abs_tol, rel_tol):
    if isinstance(want, (list, tuple)):
        return (type(got) is type(want) and len(got) == len(want)
                and all(_tw_same(g, x, abs_tol, rel_tol)
                        for g, x in zip(got, want)))
    if isinstance(want, dict) and isinstance(got, dict):
        return (got.keys() == want.keys() and all(
            _tw_same(got[k], want[k], abs_tol, rel_tol)
            for k in want))
    numbers = (int, float)
    if isinstance(want, numbers) and isinstance(got, numbers):
        if want != want:
            return got != got
        if got == want:
            return True
        if isinstance(got, int) and isinstance(want, int):
            return False
        return (abs(got - want) <= abs_tol
                or abs(got - want) <= rel_tol * abs(want))
    return got == want


def _tw_value(call, want, abs_tol=0.0, rel_tol=0.0):
    got = call()
    assert _tw_same(got, want, abs_tol, rel_tol), (
        "got %r, expected %r" % (got, want))


def _tw_raises(call, name):
    try:
        got = call()
    except Exception as error:
        names = [c.__name__ for c in type(error).__mro__]
        assert name in names, "got %r, expected %s" % (error, name)
        return
    raise AssertionError("got %r, expected %s" % (got, name))


def _tw_holds(call, that, args):
    names = dict(vars(_tw_math), math=_tw_math,
                 statistics=_tw_statistics)
    names.update((n, getattr(_tw_statistics, n))
                 for n in _tw_statistics.__all__)
    names.update(args, result=call())
    assert eval(that, names), "%s is false for %r" % (
        that, names["result"])
