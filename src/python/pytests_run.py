# Finds the tests of a module and runs them, as pytest and unittest do: classes
# of unittest, functions and methods by their name, marks, fixtures.  This text
# comes behind pytests_mark.py.
#
# A runner tells hooks what happens: test_begins(muted), test_ends(), and
# error(e) for what a test raised.  Muted: what fails is not to count.
import inspect as _inspect
import itertools as _itertools


def marks_of(*holders):
    found = []
    for v in holders:
        found += getattr(v, "_tw_marks", ())
        more = getattr(v, "pytestmark", ())
        found += more if isinstance(more, (list, tuple)) else [more]
    return [m for m in found if isinstance(m, Mark)]


def condition_of(mark, space):
    """Does a mark with conditions hold?  Without any, it does."""
    conditions = list(mark.args)
    if "condition" in mark.kwargs:
        conditions.append(mark.kwargs["condition"])
    return not conditions or any(
        eval(c, dict(space)) if isinstance(c, str) else c for c in conditions)


class Request:
    """The fixture request: the parameter of a fixture."""

    def __init__(self, run, name, param):
        self.run, self.fixturename = run, name
        if param is not None:
            self.param = param[0]

    def addfinalizer(self, f):
        self.run.ends.append(f)

    def getfixturevalue(self, name):
        return self.run.value(name)


class Patch:
    """The fixture monkeypatch, for what is on this side."""

    def __init__(self):
        self.back = []

    def setattr(self, target, name, value=None, raising=True):
        if isinstance(target, str) or isinstance(target, type(_sys)):
            raise Unsupported("the tests replace %s of a module" % (
                target if isinstance(target, str) else name))
        old = getattr(target, name)
        self.back.append(lambda: setattr(target, name, old))
        setattr(target, name, value)

    def setitem(self, target, key, value):
        had, old = key in target, target.get(key)
        self.back.append(lambda: target.__setitem__(key, old) if had
                         else target.pop(key, None))
        target[key] = value

    def undo(self):
        while self.back:
            self.back.pop()()

    def __getattr__(self, name):
        if name[:1] == "_":
            raise AttributeError(name)
        raise Unsupported("monkeypatch.%s" % name[:40])


class Captured(tuple):
    out = property(lambda self: self[0])
    err = property(lambda self: self[1])


class Capture:
    """The fixture capsys."""

    def __init__(self):
        from io import StringIO
        self.kept = _sys.stdout, _sys.stderr
        _sys.stdout, _sys.stderr = StringIO(), StringIO()

    def readouterr(self):
        found = Captured((_sys.stdout.getvalue(), _sys.stderr.getvalue()))
        for stream in (_sys.stdout, _sys.stderr):
            stream.seek(0)
            stream.truncate()
        return found

    def undo(self):
        _sys.stdout, _sys.stderr = self.kept


class OneRun:
    """One run of one test: the values of its fixtures, and what ends them."""

    def __init__(self, runner, owner, params):
        self.runner, self.owner, self.params = runner, owner, params
        self.values, self.ends = {}, []

    def value(self, name):
        for known in (self.values, self.runner.kept):
            if name in known:
                return known[name]
        found = self.runner.fixture(name, self.owner)
        if found is None:
            return self.values.setdefault(name, self.builtin(name))
        function, scope = found
        param = self.params.get(name)
        args = self.arguments(function, param, name)
        kept = scope in ("module", "session", "package", "class") and \
            param is None
        ends = self.runner.ends if kept else self.ends
        v = function(*args)
        if _inspect.isgenerator(v):
            step, v = v, next(v)
            ends.append(lambda: next(step, None))
        (self.runner.kept if kept else self.values)[name] = v
        return v

    def arguments(self, function, param, name):
        return [self.owner if n == "self" else
                Request(self, name, param) if n == "request" else
                self.value(n) for n in parameters(function)]

    def builtin(self, name):
        if name == "request":
            return Request(self, "", None)
        if name in ("tmp_path", "tmpdir"):
            from pathlib import Path
            from tempfile import mkdtemp
            return Path(mkdtemp(dir="."))
        if name in ("capsys", "capfd", "monkeypatch"):
            v = Patch() if name == "monkeypatch" else Capture()
            self.ends.append(v.undo)
            return v
        raise Unsupported("the fixture '%s'" % name[:60])

    def end(self):
        while self.ends:
            self.ends.pop()()


def parameters(function):
    """Names of the parameters without a default."""
    try:
        found = _inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in found if p.default is p.empty and
            p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD,
                       p.KEYWORD_ONLY)]


class Runner:
    def __init__(self, space, hooks):
        self.space, self.hooks = space, hooks
        self.kept, self.ends = {}, []  # of fixtures for the whole module
        self.fixtures = {}
        self.n_run = self.n_skipped = 0
        for v in list(space.values()):
            self.add_fixture(v)

    def add_fixture(self, v):
        # A proxy of the candidate has no marks; its attributes are not ours.
        if _inspect.isfunction(v) and hasattr(v, "_tw_fixture"):
            self.fixtures[v._tw_fixture[0]] = v

    def fixture(self, name, owner):
        for v in type(owner).__dict__.values() if owner is not None else ():
            if _inspect.isfunction(v) and hasattr(v, "_tw_fixture") and \
                    v._tw_fixture[0] == name:
                return v, v._tw_fixture[3]
        v = self.fixtures.get(name)
        return None if v is None else (v, v._tw_fixture[3])

    def run_all(self, called=()):
        """Tests in the order of the module, but those that it calls itself."""
        unit = _sys.modules.get("unittest")
        for name, v in list(self.space.items()):
            if _inspect.isfunction(v):
                if name[:4] == "test" and name not in called and \
                        not hasattr(v, "_tw_fixture"):
                    self.run_function(v, None, ())
            elif _inspect.isclass(v) and type(v).__module__ != "candidate":
                if unit and issubclass(v, unit.TestCase):
                    if v.__module__ == self.space["__name__"]:
                        self.run_unit(unit, v)
                elif name[:4] == "Test" and \
                        v.__dict__.get("__test__", True):
                    self.run_class(v)
        while self.ends:
            self.ends.pop()()

    def run_class(self, kind):
        names = [n for n in dir(kind) if n[:4] == "test"]
        order = {n: i for k in reversed(kind.__mro__)
                 for i, n in enumerate(k.__dict__)}
        self.setup(kind, "setup_class")
        for name in sorted(names, key=lambda n: order.get(n, 0)):
            owner = kind()
            method = getattr(owner, name)
            if callable(method) and not hasattr(method, "_tw_fixture"):
                self.run_function(method, owner, (kind,))
        self.setup(kind, "teardown_class")

    def setup(self, owner, name, *more):
        f = getattr(owner, name, None)
        if f is not None:
            f(*more[:len(parameters(f))])

    def run_function(self, f, owner, holders):
        marks = marks_of(f, *holders)
        marks += marks_of(type("M", (), {"pytestmark": self.space.get(
            "pytestmark", ())}))
        for given, more in self.rows(marks):
            for params in self.fixture_params(f, owner, given):
                self.run_one(f, owner, marks + more, (given, params))

    def rows(self, marks):
        """Arguments that parametrize gives, one dict for each run, and the
        marks of the row."""
        rows = [({}, [])]
        for m in reversed([m for m in marks if m.name == "parametrize"]):
            names = m.args[0] if m.args else m.kwargs["argnames"]
            values = m.args[1] if len(m.args) > 1 else m.kwargs["argvalues"]
            if isinstance(names, str):
                names = [n.strip() for n in names.split(",") if n.strip()]
            found = []
            for v in list(values):
                more = v.marks if isinstance(v, Param) else []
                v = v.values if isinstance(v, Param) else (
                    (v,) if len(names) == 1 else v)
                found.append((dict(zip(names, v)), more))
            rows = [({**a, **b}, c + d) for a, c in rows for b, d in found]
        return rows

    def fixture_params(self, f, owner, given):
        """A dict of parameters of fixtures for each run."""
        names, seen, some = [n for n in parameters(f)], set(given), {}
        names += [n for n, v in self.fixtures.items() if v._tw_fixture[2]]
        while names:
            name = names.pop()
            found = self.fixture(name, owner)
            if name in seen or found is None:
                continue
            seen.add(name)
            names += parameters(found[0])
            if found[0]._tw_fixture[1] is not None:
                some[name] = [v.values[:1] if isinstance(v, Param) else (v,)
                              for v in found[0]._tw_fixture[1]]
        return [dict(zip(some, row))
                for row in _itertools.product(*some.values())]

    def run_one(self, f, owner, marks, values):
        for m in marks:
            if m.name == "skip" or m.name == "skipif" and \
                    condition_of(m, self.space):
                self.n_skipped += 1
                return
        expected = [m for m in marks if m.name == "xfail" and
                    condition_of(m, self.space)]
        self.n_run += 1
        self.hooks.test_begins(bool(expected))
        e = None
        try:
            self.call(f, owner, marks, values)
        except Exception as error:
            e = error
        finally:
            self.hooks.test_ends()
        self.decide(e, expected)

    def decide(self, e, expected):
        if self.hooks.is_ours(e) and isinstance(e, (Skipped, Expected)) or \
                type(e).__name__ == "SkipTest" and self.hooks.is_ours(e):
            self.n_skipped += isinstance(e, Skipped) or \
                not isinstance(e, Expected)
        elif expected:
            kinds = expected[0].kwargs.get("raises")
            if e is None and expected[0].kwargs.get("strict"):
                self.hooks.error(Failed("passes, though it is to fail"))
            elif e is not None and kinds and not isinstance(e, kinds):
                self.hooks.error(e)
        elif e is not None:
            self.hooks.error(e)

    def call(self, f, owner, marks, values):
        given, params = values
        run = OneRun(self, owner, params)
        self.setup(owner if owner is not None else None, "setup_method", f)
        if owner is None and callable(self.space.get("setup_function")):
            self.space["setup_function"](
                *[f][:len(parameters(self.space["setup_function"]))])
        try:
            for name, v in self.fixtures.items():
                if v._tw_fixture[2]:
                    run.value(name)
            for m in marks:
                if m.name == "usefixtures":
                    for name in m.args:
                        run.value(name)
            v = f(**given, **{n: run.value(n) for n in parameters(f)
                              if n not in given})
            if _inspect.iscoroutine(v):
                import asyncio
                asyncio.run(v)
        finally:
            try:
                run.end()
            finally:
                self.setup(owner, "teardown_method", f)

    def run_unit(self, unit, kind):
        hooks, counts = self.hooks, self

        class Result(unit.TestResult):
            def startTest(self, test):
                counts.n_run += 1
                method = getattr(test, test._testMethodName, None)
                hooks.test_begins(bool(
                    getattr(type(test), "__unittest_expecting_failure__", 0) or
                    getattr(method, "__unittest_expecting_failure__", 0)))

            def stopTest(self, test):
                hooks.test_ends()

            def addError(self, test, err):
                hooks.error(err[1])

            addFailure = addError

            def addSubTest(self, test, subtest, err):
                if err is not None:
                    hooks.error(err[1])

            def addSkip(self, test, reason):
                counts.n_skipped += 1

            def addExpectedFailure(self, test, err):
                pass

            def addUnexpectedSuccess(self, test):
                hooks.error(Failed("passes, though it is to fail"))

        unit.defaultTestLoader.loadTestsFromTestCase(kind).run(Result())
