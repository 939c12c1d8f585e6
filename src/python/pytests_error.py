# The exceptions of a candidate as classes of the tests' interpreter.  This text
# comes before pyassert_tests.py when it is turned into an array.
#
# A candidate tells the names of a class and of its bases; what those names mean
# is said by the modules here.  A name that says nothing here gets a class of
# its own, below what its bases mean here.
import builtins
import sys

# Their exceptions steer a runner of tests, which a candidate may not.
STEERING = {"unittest", "pytest", "_pytest", "doctest"}
QUIET_NOT = {"antigravity", "this", "idlelib", "test", "turtledemo", "lib2to3"}


class Text(str):
    """What str() of an exception gave, over there."""
    __slots__ = ()
    __repr__ = str.__str__


def known_class(name, where):
    """The class of that full name here, or None."""
    module, _, name = name.rpartition(".")
    if module == "builtins":
        found = builtins.__dict__.get(name)
    elif module in where:
        found = where[module].get(name)
    else:
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names or top in STEERING or \
                top in QUIET_NOT:
            return None
        try:
            __import__(module)
        except Exception:
            return None
        found = sys.modules[module].__dict__.get(name)
    if isinstance(found, type) and issubclass(found, BaseException):
        return found
    return None


class ErrorClasses:
    """Classes by what is told of them: rows (name, number, places of the
    bases), in the order of the mro."""
    rows_max = 40

    def __init__(self):
        self.by_number = {}
        self.where = {}  # module of the candidate: names of trusted classes

    def of(self, rows):
        """The class of the first row; ValueError for what no class has."""
        if type(rows) is not tuple or not 0 < len(rows) <= self.rows_max:
            raise ValueError("classes")
        made = [None] * len(rows)
        for i in range(len(rows) - 1, -1, -1):
            made[i] = self.one(rows[i], made, i)
        found = made[0]
        if not isinstance(found, type) or \
                not issubclass(found, BaseException):
            raise ValueError("classes")
        return found

    def one(self, row, made, i):
        name, number, bases = row
        if type(name) is not str or type(bases) is not tuple:
            raise ValueError("classes")
        if number is None:
            return known_class(name, self.where) or object
        if type(number) is not int:
            raise ValueError("classes")
        found = known_class(name, self.where) or self.by_number.get(number)
        if found is None:
            above = []
            for at in bases:
                if type(at) is not int or not i < at < len(made):
                    raise ValueError("classes")
                above.append(made[at])
            found = self.make(name.rpartition(".")[2], above)
            self.by_number[number] = found
        return found

    @staticmethod
    def make(name, above):
        """A class with these bases, as many as go together."""
        above = [c for c in dict.fromkeys(above) if c is not object]
        for bases in (above, above[:1]):
            try:
                return type(name, tuple(bases), {
                    "__module__": "candidate", "__str__": told_text})
            except TypeError:
                pass
        return object


def told_text(self):
    """str() of one whose class may have a __str__ over there."""
    text = self.__dict__.get("_tw_text")
    return BaseException.__str__(self) if text is None else text


def remade(kind, text, args, state):
    """An exception with the text, the arguments and the attributes of the
    candidate's.  Its class is asked for no more than a builtin one."""
    e = None
    if kind.__module__ == "builtins" and args is not None:
        try:
            e = kind(*args)
        except Exception:
            pass
    if e is None:
        try:
            e = kind.__new__(kind)
        except Exception:
            e = Exception.__new__(type(kind.__name__, (Exception,), {}))
        e.args = (text,) if args is None else args
    for name, value in (state or {}).items():
        try:
            BaseException.__setattr__(e, name, value)
        except Exception:
            pass
    if type(e).__str__ is told_text:
        e._tw_text = text
    return e
