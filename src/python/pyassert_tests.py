# The driver of the tests: read the assert program from stdin, count its
# assertions, run it with the candidate behind descriptor 4, and write what was
# found to descriptor 3.  docs/formats/pyassert.md has the messages.
#
# The program is trusted; what comes from descriptor 4 is not.  An answer is
# decoded into values and handles, never into code, and an answer that the
# driver of the candidate would not write ends the tests.
def driver():
    import builtins
    import posix
    import sys

    import _ast
    from _struct import pack, unpack_from
    from _signal import ITIMER_REAL, SIGALRM, setitimer, signal
    from time import monotonic, sleep

    frame_max, handles_max, asks_max = 16 << 20, 100000, 1000000
    nested_max, asserts_max, answers_max = 40, 1000000, 50
    grace, tick, show_max = 0.5, 0.05, 150
    # Never taken from the candidate, which could bring its own.
    ours = {"math", "cmath", "random", "re", "sys", "os", "time", "itertools",
            "collections", "functools", "heapq", "bisect", "copy", "operator",
            "string", "datetime", "statistics", "decimal", "fractions",
            "json", "typing", "calendar", "numbers", "array", "hashlib",
            "textwrap", "types", "unittest", "contextlib", "io"}
    from_module = {
        "collections": ("Counter", "defaultdict", "deque", "OrderedDict",
                        "namedtuple"),
        "functools": ("reduce", "partial", "cmp_to_key"),
        "itertools": ("permutations", "combinations", "chain", "product",
                      "zip_longest"),
        "math": ("isclose", "fabs", "sqrt", "ceil", "floor", "gcd", "inf",
                 "pi"),
        "copy": ("deepcopy",), "decimal": ("Decimal",),
        "fractions": ("Fraction",), "datetime": ("timedelta",),
        "typing": ("List", "Dict", "Tuple", "Optional", "Any", "Union",
                   "Set", "Callable", "Iterable")}

    class Stop(BaseException):
        """The tests are over; nothing that they do goes on after it."""

    class Late(BaseException):
        pass

    class Leave(BaseException):
        """The candidate raised what would have ended the interpreter."""

    class Raised(Exception):
        """An exception of a class that the tests do not know."""

    class Uncarried(Exception):
        """A value that is too large or too deep to be judged."""

    program = helpers = entry = space = None
    assert_s, n_late_max, go_on, finished = 0.0, 0, False, False
    seq = 0
    until, n_asks, nested, n_late, n_open = 0.0, 0, 0, 0, 0
    lost = used = over = False
    finding = None
    last = (None, None)
    missing = set()
    theirs, theirs_classes, mine, mine_numbers = {}, {}, [], {}
    pending, ticking, waiting = [], False, False
    answers, replayed, asserts = [], None, {}

    def find(cause, name="", text="", line=0, got="", want=""):
        """The first finding counts."""
        nonlocal finding
        if finding is None:
            finding = (cause, name, text, line, got, want)

    def end(cause, text, name=""):
        """Over, whatever was found before: this spoils all of it."""
        nonlocal finding, over
        if cause in ("forged", "harness"):
            finding = None
        find(cause, name, text)
        over = True
        raise Stop()

    class Far:
        """An object of the candidate; equal to itself only."""
        __slots__ = ("_tw_n", "_tw_kind", "_tw_name")

        def __getattr__(self, name):
            if name[:2] == "__" and name not in (
                    "__name__", "__doc__", "__dict__", "__annotations__",
                    "__qualname__", "__init__", "__call__", "__len__"):
                raise AttributeError(name)
            return ask(b"g", (self._tw_n, name))

        def __setattr__(self, name, value):
            ask(b"s", (self._tw_n, name, value))

        def __iter__(self):
            if self._tw_kind not in "ius":
                raise TypeError("'%s' object is not iterable" % self._tw_name)
            return items_of(ask(b"m", (self._tw_n, "iter", ())))

        def __len__(self):
            if self._tw_kind != "s":
                raise TypeError("object of type '%s' has no len()"
                                % self._tw_name)
            return len([v for v in self])

        def __bool__(self):
            return self._tw_kind != "s" or len(self) > 0

        def __contains__(self, item):
            return item in [v for v in self]

        def __getitem__(self, key):
            return ask(b"m", (self._tw_n, "item", (key,)))

        def __setitem__(self, key, value):
            ask(b"m", (self._tw_n, "set", (key, value)))

        def __delitem__(self, key):
            ask(b"m", (self._tw_n, "del", (key,)))

        def __str__(self):
            return text_only(ask(b"m", (self._tw_n, "str", ())))

        def __repr__(self):
            return text_only(ask(b"m", (self._tw_n, "repr", ())))

    class FarCall(Far):
        __slots__ = ()

        def __call__(self, *args, **named):
            return call(self._tw_n, args, named)

        def __instancecheck__(self, v):
            return isinstance(v, Far) and \
                ask(b"m", (self._tw_n, "is", (v,))) is True

    class FarIter(Far):
        __slots__ = ("_tw_found", "_tw_end", "_tw_more")

        def __iter__(self):
            return self

        def __next__(self):
            if not self._tw_found:
                if self._tw_end:
                    error = self._tw_end[0]
                    set_slot(self, "_tw_end", (None,))
                    raise StopIteration if error is None else error
                fetch(self)
                return self.__next__()
            return self._tw_found.pop()

    set_slot = object.__setattr__

    def fetch(it):
        """The next items of it, more each time."""
        most = it._tw_more
        set_slot(it, "_tw_more", min(most * 2, 256))
        found = ask(b"n", (it._tw_n, most))
        if type(found) is not tuple or len(found) != 3 or \
                type(found[0]) is not list or len(found[0]) > most or \
                type(found[1]) is not bool or not found[0] and not found[1]:
            end("forged", "items of a shape that cannot be")
        items, done, error = found
        if error is not None:
            if type(error) is not bytes:
                end("forged", "items of a shape that cannot be")
            error = decode_error(error, 0)
        items.reverse()
        set_slot(it, "_tw_found", items)
        if done:
            set_slot(it, "_tw_end", (error,))

    def items_of(v):
        return iter(v) if type(v) is not FarIter else v

    def text_only(v):
        return v if type(v) is str else ""

    def far(v):
        """Of our objects that are no values: a number, and kind and name."""
        if isinstance(v, Far):
            return b"h", b"%s%d" % (v._tw_kind.encode(), v._tw_n)
        n = mine_numbers.get(id(v))
        if n is None:
            n = mine_numbers[id(v)] = len(mine)
            mine.append(v)
        return b"g", b"%s%d" % (
            b"i" if hasattr(type(v), "__next__") else b"f", n)

    def near(tag, text):
        if len(text) > 200:
            raise ValueError("handle")
        head, _, name = text.partition(b" ")
        kind, digits = head[:1].decode(), head[1:]
        if not digits.isdigit() or len(digits) > 9:
            raise ValueError("handle")
        n = int(digits)
        if tag == b"g":
            return mine[n]
        v = theirs.get(n)
        if v is None:
            if len(theirs) == handles_max or kind not in "xcfisuo":
                raise ValueError("handle")
            v = theirs[n] = new_far(n, kind, name.decode("utf-8", "replace"))
        return v

    def new_far(n, kind, name):
        if kind == "x":
            name, _, base = name.partition(" ")
            base = errors.get(base, Exception)
            v = type(base)(name or "Exception", (base,), {})
            theirs_classes[id(v)] = n
            return v
        v = (FarIter if kind == "i" else FarCall if kind in "cf" else Far)()
        set_slot(v, "_tw_n", n)
        set_slot(v, "_tw_kind", kind)
        set_slot(v, "_tw_name", name)
        if kind == "i":
            set_slot(v, "_tw_found", [])
            set_slot(v, "_tw_end", ())
            set_slot(v, "_tw_more", 1)
        return v

    errors = {k: v for k, v in builtins.__dict__.items()
              if isinstance(v, type) and issubclass(v, Exception)}
    dumps, loads, Opaque = wire(
        far, near, lambda v: True, lambda v: isinstance(v, type)
        or v is Ellipsis or v is NotImplemented)

    def ring(*_):
        """Comes all the time: sends what was found so far, without a system
        call for each, and ends the waiting for one that does not come back."""
        nonlocal lost
        flush()
        if waiting and until and monotonic() > until + grace:
            lost = True
            raise Late()

    def flush():
        n = len(pending)
        if n:
            data = b"".join(pending[:n])
            del pending[:n]
            posix.write(3, data)

    def start_ticking():
        nonlocal ticking
        ticking = True
        signal(SIGALRM, ring)
        setitimer(ITIMER_REAL, tick, tick)

    def outcome(letter):
        pending.append(letter)
        if not ticking:
            flush()

    def send(kind, token, data, head=b""):
        nonlocal waiting
        data = pack(">IcI", len(data) + len(head) + 5, kind, token) + \
            head + data
        waiting = True
        try:
            n = posix.write(4, data)
            while n < len(data):
                n += posix.write(4, data[n:n + (1 << 18)])
        except OSError:
            end("gone", "")
        finally:
            waiting = False

    def receive():
        """The next message, with its length; there is never another one."""
        nonlocal waiting
        data, n = b"", 0
        waiting = True
        try:
            while len(data) < 4 or len(data) < n:
                # Small as a rule: no memory to map and unmap each time.
                more = posix.read(4, 4096 if n < 4096 else 1 << 18)
                if not more:
                    end("gone", "")
                data = data + more if data else more
                if n == 0 and len(data) >= 4:
                    n = 4 + unpack_from(">I", data)[0]
                    if n > frame_max or n < 9:
                        end("forged", "message of impossible length")
        except OSError:
            end("gone", "")
        finally:
            waiting = False
        if len(data) > n:
            end("forged", "more than one answer")
        return data

    def ask(op, *values):
        if over:
            raise Stop()
        try:
            data = dumps(*values)
        except Opaque as e:
            end("harness", "tests: argument: %s" % e)
        return request(op, data)[0]

    def request(op, data):
        """(value of the answer, what follows it)"""
        nonlocal seq, n_asks, nested, until, used
        if replayed is not None:
            return replayed.pop(0), None
        if over:
            raise Stop()
        if lost:
            raise Late()
        n_asks += 1
        if n_asks > asks_max or nested >= nested_max:
            end("limit", "calls of the candidate by its tests")
        left, own = 0.0, False
        if assert_s:
            now = monotonic()
            if not until:
                until, own = now + assert_s, True
            left = until - now
            if left <= 0:
                raise Late()
        used = True
        seq = token = (seq + 1) & 0xffffffff
        nested += 1
        try:
            send(op, token, data, pack(">d", left))
            frame = receive()
            while frame[4:5] == b"Q":
                serve(frame)
                frame = receive()
            value = take(frame, token, until and monotonic() > until)
            if len(answers) < answers_max:
                answers.append(value[0])
            return value
        finally:
            nested -= 1
            if own:
                until = 0.0

    def take(frame, token, late):
        kind = frame[4:5]
        if kind not in (b"V", b"X", b"L", b"O") or \
                unpack_from(">I", frame, 5)[0] != token:
            end("forged", "a second process went on with the program"
                if kind == b"F" else "an answer that nobody asked for")
        if kind == b"L" or late:
            raise Late()
        if kind == b"X":
            raise decode_error(frame, 9)
        try:
            value, at = loads(frame, 9)
            rest, at = loads(frame, at) if kind == b"V" else (None, at)
        except MemoryError:
            end("limit", "memory of the tests")
        except Exception:
            end("forged", "an answer that cannot be decoded")
        if at != len(frame):
            end("forged", "an answer that cannot be decoded")
        if kind == b"O":
            raise Uncarried("%s: %s" % (
                short_text(value[0]), short_text(value[1]))
                if type(value) is tuple and len(value) == 2 else "")
        return value, rest

    def short_text(v):
        return v[:150].decode("utf-8", "replace") if type(v) is bytes else ""

    def decode_error(frame, at):
        """The exception that the candidate raised, as one of ours."""
        nonlocal last
        try:
            (name, text, line, n), at = loads(frame, at)
            name, text = name.decode("utf-8", "replace"), \
                text.decode("utf-8", "replace")
            if at != len(frame) or type(line) is not int or \
                    not -1 < line < 10 ** 8:
                raise ValueError
        except Exception:
            end("forged", "an exception that cannot be decoded")
        kind = theirs.get(n) if type(n) is int else None
        if not (isinstance(kind, type) and issubclass(kind, Exception)):
            kind = errors.get(name) or (
                Leave if name in ("SystemExit", "KeyboardInterrupt",
                                  "GeneratorExit") else Raised)
        e = kind.__new__(kind, text)
        last = (e, (name[:60], text[:150], line))
        return e

    def call(n, args, named):
        if over:
            raise Stop()
        args += tuple(named.values())
        try:
            data = dumps(n, tuple(named), *args)
        except Opaque as e:
            end("harness", "tests: argument: %s" % e)
        value, changed = request(b"C", data)
        if changed is not None:
            if type(changed) is not dict:
                end("forged", "changed arguments of a shape that cannot be")
            for index, new in changed.items():
                if type(index) is not int or not -1 < index < len(args):
                    end("forged", "a changed argument that was never given")
                merge(args[index], new)
        return value

    def merge(old, new):
        """Give a mutable argument the content that it has over there."""
        if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
            new = [keep(a, b) for a, b in zip(old, new)] + list(
                new[len(old):])
            if isinstance(old, list):
                old[:] = new
        elif isinstance(old, dict) and isinstance(new, dict):
            new = {k: keep(old[k], v) if k in old else v
                   for k, v in new.items()}
            old.clear()
            old.update(new)
        elif isinstance(old, set) and isinstance(new, set):
            old.clear()
            old.update(new)
        elif isinstance(old, bytearray) and isinstance(new, bytearray):
            old[:] = new
        elif type(old).__name__ == "deque" and type(new) is type(old):
            old.clear()
            old.extend(new)

    def keep(old, new):
        """The same object where the candidate changed only its content."""
        if type(old) is type(new) and type(old) in (list, dict, set, tuple):
            merge(old, new)
            return old if type(old) is not tuple else new
        return new

    def serve(frame):
        """The candidate uses one of our objects."""
        try:
            n, at = loads(frame, 10)
            arg, at = loads(frame, at) if at < len(frame) else (None, at)
            target = mine[n] if type(n) is int and n >= 0 else None
            if at != len(frame) or target is None:
                raise ValueError
        except Exception:
            end("forged", "used an object that it never got")
        try:
            value = served(frame[9:10], target, arg)
            data = dumps(value)
        except (Stop, Late):
            raise
        except BaseException as e:
            send(b"X", 0, dumps((type(e).__name__, str(e)[:150])))
            return
        send(b"V", 0, data)

    def served(op, target, arg):
        if op == b"c" and type(arg) is tuple and callable(target):
            return target(*arg)
        if op == b"i":
            return iter(target)
        if op == b"n" and hasattr(type(target), "__next__"):
            for item in target:
                return [item]
            return []
        if op == b"g" and type(arg) is str and arg[:1] != "_" and \
                type(target).__module__ == space["__name__"]:
            return getattr(target, arg)
        raise TypeError("object of the tests")

    # What the counted assertions call.

    def begin(line):
        nonlocal until, n_open
        if over:
            raise Stop()
        n_open += 1
        if n_open > asserts_max:
            end("limit", "number of assertions")
        answers.clear()
        if assert_s:
            until = monotonic() + assert_s

    def passed():
        nonlocal until
        until = 0.0
        outcome(b"p")

    def raised(line, guarded=False):
        """The assertion did not hold, or did not come that far.  A guarded one
        stands in a try, which may want what was raised."""
        nonlocal until, n_late, over
        _, e, trace = sys.exc_info()
        until = 0.0
        if isinstance(e, Stop):
            raise e
        if type(e) is AssertionError and trace.tb_next is None:
            outcome(b"f")
            failed(line, e, trace.tb_frame)
            over = not go_on
        elif isinstance(e, Late):
            outcome(b"l")
            n_late += 1
            find("timeout", "", "%g s for an assertion" % assert_s)
            over = not go_on or 0 < n_late_max <= n_late
        elif guarded:
            raise e
        else:
            outcome(b"r")
            blame(e, go_on)
            over = not go_on
        if over:
            raise Stop()
        if guarded:
            raise e

    def failed(line, e, frame):
        if finding is not None:
            return
        text = e.args[0] if e.args and type(e.args[0]) is str else ""
        got, want = both_sides(line, frame)
        find("assertion", "AssertionError",
             text or "line %d of the tests" % line, 0, got, want)

    def both_sides(line, frame):
        """What was compared: the assertion once more, with the answers that
        the candidate gave."""
        nonlocal replayed
        try:
            test = asserts.get(line) or parsed(
                program.split("\n")[line - 1].strip()).body[0].test
            got, want = test, None
            if type(test) is Compare and len(test.ops) == 1 and \
                    type(test.ops[0]) is Eq:
                got, want = test.left, test.comparators[0]
            if any(isinstance(v, FarIter) for v in answers):
                return "", ""
            names = {**frame.f_globals, **frame.f_locals}
            replayed = answers[:]
            got = show(value_of(got, names))
            return got, show(value_of(want, names)) if want else "a true value"
        except Exception:
            return "", ""
        finally:
            replayed = None

    def value_of(node, names):
        return eval(compile(_ast.Expression(node), "<tests>", "eval"), names)

    def blame(e, soft=False):
        """The candidate's exception, or what its values led to.  A fault of
        the tests themselves ends them, unless the next assertion may do."""
        if e is last[0]:
            find("exception", *last[1])
        elif isinstance(e, Uncarried):
            find("limit", "", "value: %s" % e)
        elif isinstance(e, NameError) and getattr(e, "name", 0) in missing:
            find("no_entry", "NameError", "name '%s' is not defined" % e.name)
        elif type(e) is AssertionError and used:
            find("assertion", "AssertionError", str(e))
        elif isinstance(e, ImportError) or not used:
            text = "tests: %s: %s" % (type(e).__name__, e)
            if soft:
                find("harness", "", text)
            else:
                end("harness", text)
        else:
            find("exception", type(e).__name__, "in the tests: %s" % e)

    def show(v):
        out = []
        show_in(v, out, 0)
        return "".join(out)[:show_max]

    def show_in(v, out, depth):
        kind = type(v)
        if kind is str:
            out.append(repr(v[:show_max]))
        elif kind is int and v.bit_length() > 2000:
            out.append("<int of %d bits>" % v.bit_length())
        elif v is None or kind in (int, bool, float, complex, range):
            out.append(repr(v))
        elif kind in (list, tuple, set, frozenset, dict) and depth < 6:
            show_items(v, kind, out, depth)
        elif isinstance(v, Far):
            out.append("<%s of the candidate>" % v._tw_name)
        elif kind in (bytes, bytearray):
            out.append(repr(kind(v[:show_max])))
        elif depth < 6 and kind.__module__ in ("datetime", "decimal",
                                               "fractions"):
            out.append(repr(v))
        else:
            out.append("<%s>" % kind.__name__)

    def show_items(v, kind, out, depth):
        start, stop = {list: "[]", tuple: "()", dict: "{}", set: "{}",
                       frozenset: "{}"}[kind]
        out.append(start)
        for i, item in enumerate(v):
            if i:
                out.append(", ")
            if i >= 40:
                out.append("...")
                break
            show_in(item, out, depth + 1)
            if kind is dict:
                out.append(": ")
                show_in(v[item], out, depth + 1)
        if kind is tuple and len(v) == 1:
            out.append(",")
        out.append(stop)

    # The assert program with counted assertions.

    Assert, Try, Compare, Eq, Expr = (_ast.Assert, _ast.Try, _ast.Compare,
                                      _ast.Eq, _ast.Expr)
    Call, Name, Constant, Load = (_ast.Call, _ast.Name, _ast.Constant,
                                  _ast.Load())
    Handler, Function = _ast.ExceptHandler, (_ast.FunctionDef,
                                             _ast.AsyncFunctionDef)

    def counted_text(text):
        """Where each assert is a line of its own: the quick way, without a
        tree.  None where that is not sure."""
        if '""' + '"' in text or "''" + "'" in text or "\\\n" in text or \
                "\r" in text or "\f" in text:
            return None
        lines = text.split("\n")
        for i, line in enumerate(lines):
            if "try" in line and line.strip()[:3] == "try":
                return None
            at = line.find("assert")
            if at < 0:
                continue
            indent, after = line[:at], line[at + 6:at + 7]
            if not indent.strip() and not (after.isalnum() or after == "_"):
                at = line.find("assert", at + 6)
                lines[i] = "%stry:\n%s _tw_begin(%d);%s\n" \
                    "%sexcept:_tw_raised(%d)\n%selse:_tw_passed()" % (
                        indent, indent, i + 1, line[len(indent):],
                        indent, i + 1, indent)
            while at >= 0:
                if line[:at].rstrip()[-1:] in (":", ";"):
                    return None
                at = line.find("assert", at + 6)
        return "\n".join(lines)

    def counted(s, guarded):
        """The statement that takes the place of one assert."""
        at = {"lineno": s.lineno, "col_offset": s.col_offset}
        line = Constant(s.lineno, **at)
        asserts[s.lineno] = s.test

        def calling(name, *args):
            return Expr(Call(Name(name, Load, **at), list(args), [], **at),
                        **at)

        args = (line, Constant(True, **at)) if guarded else (line,)
        return Try([calling("_tw_begin", line), s],
                   [Handler(None, None, [calling("_tw_raised", *args)], **at)],
                   [calling("_tw_passed")], [], **at)

    def count_in(body, guarded):
        """guarded: inside of a try that may want the exceptions."""
        for i, s in enumerate(body):
            kind = type(s)
            if kind is Assert:
                body[i] = counted(s, guarded)
            elif kind is Expr:
                pass
            elif kind is Try:
                count_in(s.body, guarded or bool(s.handlers))
                for h in s.handlers:
                    count_in(h.body, guarded)
                count_in(s.orelse, guarded)
                count_in(s.finalbody, guarded)
            else:
                inner = guarded and kind not in Function
                for more in ("body", "orelse"):
                    found = s.__dict__.get(more)
                    if found and type(found) is list:
                        count_in(found, inner)
                for c in s.__dict__.get("cases", ()):
                    count_in(c.body, guarded)

    def names_in(code, found):
        found.update(code.co_names)
        for const in code.co_consts:
            if type(const) is code_type:
                names_in(const, found)
        return found

    code_type = type(driver.__code__)

    def parsed(text):
        return compile(text, "<tests>", "exec", 0x400, dont_inherit=True)

    def compiled(text):
        quick, code = counted_text(text), None
        if quick is not None:
            try:
                code = compile(quick, "<tests>", "exec", dont_inherit=True)
            except SyntaxError:
                pass
        if code is None:
            tree = parsed(text)
            count_in(tree.body, False)
            code = compile(tree, "<tests>", "exec", dont_inherit=True)
        return code

    for _ in range(8):
        compiled("import math\ndef check(f):\n    for x in (1, 2):\n"
                 "        assert f(x) == [x], 'text'\n    assert not x\n"
                 "    try:\n        pass\n    except ValueError:\n"
                 "        pass\ncheck(1)\n")

    def bind(names):
        """Names of the program that the candidate is asked for.  Those of the
        builtins and of the standard library stay ours."""
        wanted = {n for n in names if n[:4] != "_tw_" and n[:2] != "__"}
        ours_here = wanted & ours - {entry}
        plain_names = {n for n in wanted if hasattr(builtins, n)}
        wanted -= ours_here
        for name in ours_here:
            space[name] = __import__(name)
        if entry is None:
            # A lonely builtin must be what is tested: "assert sum(1, 2) == 3".
            return wanted if len(wanted) == 1 else wanted - plain_names
        plain_names.discard(entry)
        wanted.add(entry)
        for module, some in from_module.items():
            for name in wanted.intersection(some) - {entry}:
                wanted.discard(name)
                space[name] = getattr(__import__(module), name)
        return wanted - plain_names

    def load(wanted):
        """The candidate's names, once it has loaded; None if it did not."""
        nonlocal used
        try:
            found = request(b"N", dumps(tuple(sorted(wanted))))[0]
        except Stop:
            raise
        except BaseException as e:
            find("load", *last[1]) if e is last[0] else blame(e)
            return None
        used = False
        if type(found) is not list:
            end("forged", "names of a shape that cannot be")
        for pair in found:
            if type(pair) is not tuple or len(pair) != 2 or \
                    type(pair[0]) is not str or pair[0] not in wanted:
                end("forged", "names of a shape that cannot be")
            # What is called comes by here; of others we may see nothing.
            used = used or not isinstance(pair[1], (FarCall, type))
        outcome(b"L")
        return dict(found)

    def execute():
        nonlocal assert_s, finished, missing
        try:
            code = compiled(program)
            names = names_in(code, set())
            if helpers is not None:
                helper_code = compile(helpers, "<helpers>", "exec",
                                      dont_inherit=True)
                names |= names_in(helper_code, set())
        except Exception as e:
            end("harness", "tests: %s: %s" % (type(e).__name__, e))
        wanted = bind(names)
        limit, assert_s = assert_s, 0.0  # of assertions, not of the loading
        found = load(wanted)
        assert_s = limit
        start_ticking()
        if found is None:
            return
        missing = wanted - found.keys()
        if entry is not None and entry in missing:
            find("no_entry", "NameError", "name '%s' is not defined" % entry)
            return
        space.update(found)
        if helpers is not None:
            try:
                exec(helper_code, space)
            except Exception as e:
                end("harness", "helpers: %s: %s" % (type(e).__name__, e))
            if entry is not None:
                space[entry] = found[entry]
        exec(code, space)
        check = space.get("check")
        if n_open == 0 and entry is not None and type(check) is type(driver):
            check(found[entry])  # was defined, and not called
        finished = not over

    def finish():
        """The candidate says goodbye, once its exit functions are done, and
        closes; it says nothing else."""
        nonlocal until, waiting
        until = monotonic() + 1.0
        if not ticking:
            start_ticking()
        token = (seq + 1) & 0xffffffff
        send(b"E", token, b"")
        goodbye, data = pack(">IcI", 5, b"V", token), b""
        waiting = True
        try:
            while goodbye.startswith(data):
                more = posix.read(4, 64)
                if not more:
                    break
                data += more
        except OSError:
            pass
        finally:
            waiting = False
        if not goodbye.startswith(data):
            end("forged", "an answer that nobody asked for")
        if data != goodbye:
            end("gone", "")

    def run():
        nonlocal program, helpers, entry, assert_s, n_late_max, go_on
        nonlocal space, seq
        if sys.path and sys.path[0] == "":
            del sys.path[0]
        seq = int.from_bytes(posix.urandom(3), "big")
        data = b""
        while True:
            more = posix.read(0, 1 << 16)
            if not more:
                break
            data = data + more if data else more
        (program, helpers, entry, assert_s, n_late_max, go_on), _ = \
            loads(data, 0)
        if hasattr(sys, "set_int_max_str_digits"):
            sys.set_int_max_str_digits(0)
        sys.argv[:] = ["tests.py"]
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        space = module.__dict__
        space.update(_tw_begin=begin, _tw_raised=raised, _tw_passed=passed)
        try:
            execute()
        except Stop:
            pass
        except Late:
            find("timeout", "", "%g s for a call" % assert_s)
        except BaseException as e:
            try:
                blame(e)
            except Stop:
                pass
        if finding is None or finding[0] not in ("gone", "forged", "harness"):
            try:
                if not lost:
                    finish()
            except Stop:
                pass
            except Late:
                find("timeout", "", "the candidate does not end")
        if finding is not None and finding[0] == "gone":
            sleep(0.25)  # how it ended is seen outside, and before we end
        cause, name, text, line, got, want = finding or (
            "none", "", "", 0, "", "")
        record = dumps((finished, cause, name[:60], text[:150], line, got,
                        want, n_open))
        setitimer(ITIMER_REAL, 0)
        pending.append(b"#%d:" % len(record) + record)
        flush()
        posix._exit(0)

    return run


driver()()
