# The driver of the candidate: read the source from stdin, load it, answer the
# requests of the tests on descriptor 4.  docs/formats/pyassert.md has the
# messages.  The source shares this interpreter and may change anything in it;
# nothing rests on that, since what leaves here is only values, and the tests
# compare them elsewhere.
def driver():
    import builtins
    import posix
    import sys

    from _struct import pack, unpack_from
    from _signal import ITIMER_REAL, SIGALRM, getsignal, setitimer, signal
    from _thread import _count as threads
    from atexit import _run_exitfuncs as at_exit
    from time import monotonic, sleep

    base, the_type, the_len, the_id = BaseException, type, len, id
    the_str, the_int, the_list, the_tuple = str, int, list, tuple
    the_dict, the_set, the_array = dict, set, bytearray
    the_iter, the_next, the_map = iter, next, map
    get, put, has, is_a, is_sub = getattr, setattr, hasattr, isinstance, \
        issubclass
    can_call, stop_iteration, range_of = callable, StopIteration, range
    the_exec, the_compile = exec, compile
    dots, not_done = Ellipsis, NotImplemented
    exceptions = SyntaxError, IndentationError, TabError
    read, write, leave, pid_now = posix.read, posix.write, posix._exit, \
        posix.getpid
    close, wait_for, no_hang = posix.close, posix.waitpid, posix.WNOHANG
    list_dir, forked = posix.listdir, [False]
    posix.register_at_fork(before=lambda: forked.__setitem__(0, True))
    module_type, encode = the_type(sys), the_str.encode
    recursion_set = sys.setrecursionlimit
    recursion_start = sys.getrecursionlimit()
    digits_set = getattr(sys, "set_int_max_str_digits", None)
    modules, out, err = sys.modules, sys.stdout, sys.stderr
    frame_max, handles_max, tick = 64 << 20, 100000, 0.05
    pid, here, module = 0, None, None
    objects, numbers = [], {}
    remote = {}
    rest = [b""]
    armed, rang, until = [False], [False], [0.0]

    class Late(base):
        pass

    def kind_of(v):
        t = the_type(v)
        if is_a(v, the_type):
            return b"x" if is_sub(v, base) else b"c"
        if has(t, "__next__"):
            return b"i"
        if can_call(v):
            return b"f"
        if has(t, "__iter__"):
            return b"s" if has(t, "__len__") else b"u"
        return b"o"

    def name_of(v):
        text = get(v, "__name__", None)
        if the_type(text) is not the_str:
            text = the_type(v).__name__
        return encode(text[:60], "utf-8", "replace")

    def far(v):
        """An object that stays here: its number, kind and name."""
        if the_type(v) is Theirs:
            return b"g", b"f%d" % v._number
        n = numbers.get(the_id(v))
        if n is None:
            if the_len(objects) == handles_max:
                raise Opaque("too many objects")
            n = numbers[the_id(v)] = the_len(objects)
            objects.append(v)
        kind = kind_of(v)
        name = name_of(the_type(v) if kind in b"isuo" else v)
        if kind == b"x":
            for c in v.__mro__:
                if builtins.__dict__.get(c.__name__) is c:
                    name += b" " + encode(c.__name__)
                    break
        return b"h", b"%s%d %s" % (kind, n, name)

    def near(tag, text):
        n = the_int(text[1:])
        if tag == b"h":
            return objects[n]
        v = remote.get(n)
        if v is None:
            kind = TheirIterator if text[:1] == b"i" else Theirs
            v = remote[n] = kind()
            v._number = n
        return v

    def ask(op, *values):
        """A request of ours to the tests, while they wait for us."""
        data = dumps(*values)
        was, armed[0] = armed[0], False
        send(b"Q", 0, op, data)
        kind, frame = serve(True)
        armed[0] = was
        if was and rang[0]:
            raise Late()
        value, at = loads(frame, 5)
        if kind == b"V":
            return value
        name, text = value
        raise get(builtins, name, RuntimeError)(text)

    class Theirs:
        """An object of the tests."""
        def __call__(self, *args):
            return ask(b"c", self._number, args)

        def __getattr__(self, name):
            if name[:1] == "_":
                raise AttributeError(name)
            return ask(b"g", self._number, name)

        def __iter__(self):
            return ask(b"i", self._number)

    class TheirIterator(Theirs):
        def __iter__(self):
            return self

        def __next__(self):
            found = ask(b"n", self._number)
            if not found:
                raise stop_iteration
            return found[0]

    dumps, loads, Opaque = wire(
        far, near, lambda v: is_a(v, the_type) or v is dots or v is not_done,
        lambda v: True)

    def send(kind, token, *parts):
        data = b"".join(parts)
        data = pack(">IcI", the_len(data) + 5, kind, token) + data
        while data:
            n = write(4, data)
            data = data[n:] if n < the_len(data) else b""

    def receive():
        data, n = rest[0], 0
        while True:
            if the_len(data) >= 4:
                n = 4 + unpack_from(">I", data)[0]
                if the_len(data) >= n:
                    rest[0] = data[n:]
                    return data[4:n]
                if n > frame_max:
                    leave(0)
            try:
                more = read(4, 4096 if n < 4096 else 1 << 18)
            except InterruptedError:
                continue
            if not more:
                leave(0)
            data += more

    def text_of(make, limit):
        try:
            text = make()
            if the_type(text) is the_str:
                text = text.split("\n", 1)[0][:limit]
                return encode(text, "utf-8", "replace")
        except base:
            pass
        return b""

    def line_of(e):
        if is_a(e, exceptions[0]) and e.filename == here:
            return e.lineno or 0
        line, at, steps = 0, e.__traceback__, 0
        while at is not None and steps < 10000:
            if at.tb_frame.f_code.co_filename == here:
                line = at.tb_lineno
            at, steps = at.tb_next, steps + 1
        return line

    def note(e):
        """(type, text, line, number of the class if the tests know it)"""
        recursion_set(recursion_start)
        name = text_of(lambda: the_type(e).__name__, 60)
        text = text_of(lambda: the_str(
            e.msg if the_type(e) in exceptions else e), 150)
        try:
            line = line_of(e)
            line = line if the_type(line) is the_int else 0
        except base:
            line = 0
        return dumps((name, text, line, numbers.get(the_id(the_type(e)))))

    def ring(*_):
        """Comes all the time, so that a call costs no system call for it."""
        if armed[0] and monotonic() > until[0]:
            rang[0] = True
            raise Late()

    def timed(action, seconds):
        """The result, or raises; Late when the time was up."""
        rang[0] = False
        until[0] = monotonic() + seconds
        if getsignal(SIGALRM) is not ring:
            signal(SIGALRM, ring)
            setitimer(ITIMER_REAL, tick, tick)
        armed[0] = True
        try:
            return action()
        finally:
            armed[0] = False

    def changing(v):
        """May its content have changed since it came?"""
        kind = the_type(v)
        if kind is the_tuple:
            for item in v:
                if changing(item):
                    return True
            return False
        return kind in (the_list, the_dict, the_set, the_array) or \
            kind.__name__ in ("deque", "Counter", "OrderedDict")

    def do_names(frame, at):
        names, at = loads(frame, at)
        found = []
        space = module.__dict__
        for name in names:
            if name in space:
                try:
                    dumps(space[name])
                    found.append((name, space[name]))
                except Opaque:
                    pass
        return lambda: found

    def do_call(frame, at):
        n, at = loads(frame, at)
        names, at = loads(frame, at)
        target, args, raws = objects[n], [], []
        while at < the_len(frame):
            v, end = loads(frame, at)
            if changing(v):
                raws.append((the_len(args), v, frame[at:end]))
            args.append(v)
            at = end
        if names:
            some = args[the_len(args) - the_len(names):]
            del args[the_len(args) - the_len(names):]
            named = the_dict(zip(names, some))
            return (lambda: target(*args, **named)), raws
        return (lambda: target(*args)), raws

    def do_get(frame, at):
        (n, name), at = loads(frame, at)
        target = objects[n]
        return lambda: get(target, name)

    def do_put(frame, at):
        (n, name, value), at = loads(frame, at)
        target = objects[n]
        return lambda: put(target, name, value)

    def do_next(frame, at):
        (n, most), at = loads(frame, at)
        target = objects[n]
        return lambda: some_of(target, most)

    def some_of(target, most):
        """Up to so many items, and how it went on: the end, an exception."""
        found = []
        for _ in range_of(most):
            try:
                found.append(the_next(target))
            except stop_iteration:
                return found, True, None
            except Late:
                raise
            except base as e:
                if not found:
                    raise
                return found, True, note(e)
        return found, False, None

    def do_special(frame, at):
        (n, name, args), at = loads(frame, at)
        v = objects[n]
        if name == "iter":
            return lambda: the_iter(v)
        if name == "item":
            return lambda: v[args[0]]
        if name == "set":
            return lambda: v.__setitem__(*args)
        if name == "del":
            return lambda: v.__delitem__(*args)
        if name == "str":
            return lambda: the_str(v)
        if name == "repr":
            return lambda: repr_of(v)
        return lambda: is_a(args[0], v)

    repr_of = repr
    does = {b"N": do_names, b"g": do_get, b"s": do_put, b"n": do_next,
            b"m": do_special}

    def answer(op, frame):
        token, left = unpack_from(">Id", frame, 1)
        raws = ()
        late = False
        try:
            if op == b"C":
                action, raws = do_call(frame, 13)
            else:
                action = does[op](frame, 13)
            value = timed(action, left) if left > 0 else action()
        except Late:
            armed[0] = False
            late = True
        except base as e:
            armed[0] = False
            if not rang[0]:
                send(b"X", token, note(e))
                return
        if late or left > 0 and rang[0]:
            send(b"L", token)
            return
        reply(token, value, raws)

    def reply(token, value, raws):
        try:
            data = dumps(value)
            changed = {}
            for index, v, raw in raws:
                if dumps(v) != raw:
                    changed[index] = v
            data += dumps(changed) if changed else b"N"
        except base as e:
            recursion_set(recursion_start)
            data = dumps((text_of(lambda: the_type(value).__name__, 60),
                          text_of(lambda: the_str(e), 100)))
            send(b"O", token, data)
            return
        send(b"V", token, data)

    def serve(nested):
        """Answer until the end, or until the answer to our own request."""
        while True:
            frame = receive()
            if pid_now() != pid:
                send(b"F", 0)
                leave(0)
            op = frame[:1]
            if op == b"E":
                finish(unpack_from(">I", frame, 1)[0])
            if nested and op in b"VX":
                return op, frame
            answer(op, frame)

    def finish(token):
        """As an interpreter ends: threads, exit functions, buffers.  Children
        that it left make it wait, too."""
        try:
            if threads():
                modules["threading"]._shutdown()
            at_exit()
            out.flush()
            err.flush()
            while forked[0] and others():
                sleep(0.02)
            while wait_for(-1, no_hang) == (0, 0):
                sleep(0.02)
        except base:
            pass
        send(b"V", token)
        close(4)
        leave(0)

    def others():
        """Processes here besides the reaper and us, whoever they belong to."""
        return [p for p in list_dir("/proc")
                if p.isdigit() and p != "1" and the_int(p) != pid]

    def work():
        nonlocal pid, here, module
        pid, forked[0] = pid_now(), False
        if sys.path and sys.path[0] == "":
            del sys.path[0]
        data = b""
        while True:
            more = read(0, 1 << 16)
            if not more:
                break
            data = data + more if data else more
        null = posix.open("/dev/null", posix.O_RDONLY)
        posix.dup2(null, 0)
        posix.close(null)
        posix.set_inheritable(4, False)
        (name, here, source), _ = loads(data, 0)
        folder = posix.getcwd()
        sys.argv[:] = [here]
        sys.path.insert(0, folder)
        builtins.exit = builtins.quit = sys.exit
        module = module_type(name)
        module.__file__ = folder + "/" + here
        modules[name] = module
        problem = None
        try:
            the_exec(the_compile(source, here, "exec", dont_inherit=True),
                     module.__dict__)
        except base as e:
            problem = note(e)
        if pid_now() != pid:
            send(b"F", 0)
            leave(0)
        if problem is not None:
            frame = receive()
            send(b"X", unpack_from(">I", frame, 1)[0], problem)
            finish(unpack_from(">I", receive(), 1)[0])
        serve(False)

    def run():
        """Whatever happens here, the interpreter does not end in its own way:
        that would leave the clock ticking without a handler."""
        try:
            work()
        except base:
            pass
        leave(1)

    return run


driver()()
