# What tests use of pytest, for a place where it is not installed: raises,
# approx, marks, fixtures, outcomes.  This text comes before the drivers that
# run tests when they are turned into arrays; pytests_run.py runs them.
import sys as _sys


class Skipped(Exception):
    """The test says that it does not count."""


class Expected(Exception):
    """The test says that it is to fail."""


class Unsupported(BaseException):
    """The tests need what no stand-in has."""


class Failed(AssertionError):
    pass


def same_pattern(match, text):
    import re
    return re.search(match, text) is not None


class ErrorInfo:
    """What raises() gives."""
    type = value = tb = None

    def match(self, pattern):
        assert same_pattern(pattern, str(self.value)), str(self.value)
        return True

    def exconly(self, tryshort=False):
        return "%s: %s" % (self.type.__name__, self.value)

    def __str__(self):
        return repr(self.value)


class Raises:
    def __init__(self, kind, match, check, done):
        self.kind, self.match, self.check = kind, match, check
        self.done, self.info = done, ErrorInfo()

    def __enter__(self):
        return self.info

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.done(False, "did not raise")
            raise Failed("did not raise")
        if not issubclass(kind, self.kind):
            return False
        info = self.info
        info.type, info.value, info.tb = type(value), value, trace
        good = (self.match is None or same_pattern(self.match, str(value))) \
            and (self.check is None or self.check(value))
        self.done(good, "does not match: %s" % value)
        if not good:
            raise Failed("does not match: %s" % value)
        return True


class Approx:
    """A number, or numbers in a sequence or a dict, to be nearly equal to."""
    __array_ufunc__ = None
    __hash__ = None

    def __init__(self, want, rel=None, abs=None, nan_ok=False):
        self.want, self.rel, self.abs, self.nan_ok = want, rel, abs, nan_ok

    def part(self, want):
        return Approx(want, self.rel, self.abs, self.nan_ok)

    def __eq__(self, got):
        want = self.want
        if isinstance(want, dict):
            return isinstance(got, dict) and got.keys() == want.keys() and \
                all(self.part(v) == got[k] for k, v in want.items())
        if isinstance(want, (list, tuple)):
            return type(got) is not str and hasattr(got, "__len__") and \
                len(got) == len(want) and all(
                    self.part(w) == g for g, w in zip(got, want))
        if want is None or isinstance(want, (str, bytes, bool)):
            return type(got) is type(want) and got == want
        return self.near(got)

    def near(self, got):
        want = self.want
        try:
            if got == want:
                return True
            if want != want:
                return self.nan_ok and got != got
            gap, size = abs(got - want), abs(want)
            if size == float("inf"):
                return False
            least = 1e-12 if self.abs is None else self.abs
            rel = self.rel
            if rel is None:
                rel = 1e-6 if self.abs is None else 0
            kind = type(want) if type(gap).__name__ in (
                "Decimal", "Fraction") else float
            return gap <= max(kind(rel) * size, kind(least))
        except TypeError:
            return False

    def __ne__(self, got):
        return not self == got

    def __repr__(self):
        return "approx(%r)" % (self.want,)


class Mark:
    """pytest.mark.NAME, with its arguments; as a decorator it adds itself."""

    def __init__(self, name, args=(), options=None):
        self.name, self.args, self.kwargs = name, args, options or {}

    def __call__(self, *args, **options):
        target = args[0] if len(args) == 1 and not options else None
        if (callable(target) and self.name != "parametrize" and
                not (self.args or self.kwargs)) or (
                self.args or self.kwargs) and callable(target):
            target._tw_marks = [self] + list(
                target.__dict__.get("_tw_marks", ()))
            return target
        return Mark(self.name, args, options)


class Marks:
    def __getattr__(self, name):
        if name[:1] == "_":
            raise AttributeError(name)
        return Mark(name)


class Param:
    def __init__(self, *values, marks=(), id=None):
        self.values = values
        self.marks = list(marks) if isinstance(marks, (list, tuple)) \
            else [marks]


def fixture(function=None, *, params=None, autouse=False, scope="function",
            name=None, ids=None):
    def wrap(f):
        f._tw_fixture = (name or f.__name__, params, autouse, scope)
        return f
    return wrap(function) if callable(function) else wrap


def make_pytest(count):
    """The module.  count(held, text): an assertion was made."""
    pytest = type(_sys)("pytest")

    def raises(kind, *args, match=None, check=None, **more):
        context = Raises(kind, match, check, count)
        if not args:
            return context
        with context as info:
            args[0](*args[1:], **more)
        return info

    def skip(reason="", *, allow_module_level=False, msg=None):
        raise Skipped(reason)

    def fail(reason="", pytrace=True, msg=None):
        raise Failed(reason or msg or "")

    def xfail(reason=""):
        raise Expected(reason)

    def importorskip(name, minversion=None, reason=None):
        try:
            __import__(name)
        except ImportError:
            raise Skipped("no module %s" % name) from None
        return _sys.modules[name]

    def lacks(name):
        if name[:2] == "__":
            raise AttributeError(name)
        raise Unsupported("pytest.%s" % name[:60])

    skip.Exception, fail.Exception, xfail.Exception = Skipped, Failed, Expected
    pytest.__dict__.update(
        raises=raises, approx=Approx, mark=Marks(), param=Param, skip=skip,
        fixture=fixture, fail=fail, xfail=xfail, importorskip=importorskip,
        ExceptionInfo=ErrorInfo, __getattr__=lacks, __version__="8.0")
    return pytest
