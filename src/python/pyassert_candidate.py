# The driver of the candidate: read the source from stdin, load it, answer the
# requests of the tests on descriptor 4.  docs/formats/pyassert.md has the
# messages.  The source shares this interpreter and may change anything in it;
# nothing rests on that, since what leaves here is only values, and the tests
# compare them elsewhere.
#
# All state is in closures, as pyguard.py says: no module, class or global that
# the source could import leads to it.  So this is a row of factories and not
# of classes.  Each returns functions that share what only they need, and
# driver() puts them together; a list of one element is a variable that two of
# them share, or a function that is there only later.
def test_pipe():
    """Messages from and to the tests: descriptor 4."""
    import posix
    from _struct import pack, unpack_from

    the_len, read, write, leave = len, posix.read, posix.write, posix._exit
    frame_max, rest = 64 << 20, [b""]

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

    return send, receive


def late_clock(armed, rang):
    """timed(action, seconds), and what it raises when the time is up.  armed:
    something is being timed; rang: its time was up."""
    from _signal import ITIMER_REAL, SIGALRM, getsignal, setitimer, signal
    from time import monotonic

    tick, until = 0.05, [0.0]

    class Late(BaseException):
        pass

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

    return Late, timed


def their_kinds(asks):
    """Classes of objects of the tests, which ask the tests: asks[0]."""
    stop_iteration = StopIteration

    class Theirs:
        """An object of the tests."""
        def __call__(self, *args):
            return asks[0](b"c", self._number, args)

        def __getattr__(self, name):
            if name[:1] == "_":
                raise AttributeError(name)
            return asks[0](b"g", self._number, name)

        def __iter__(self):
            return asks[0](b"i", self._number)

    class TheirIterator(Theirs):
        def __iter__(self):
            return self

        def __next__(self):
            found = asks[0](b"n", self._number)
            if not found:
                raise stop_iteration
            return found[0]

    return Theirs, TheirIterator


def handles(Opaque, objects, numbers, kinds):
    """Objects as they go over the wire: ours by their number, which is their
    place in objects, theirs as one of the kinds."""
    base, the_type, the_len, the_id = BaseException, type, len, id
    the_str, the_int, get, has = str, int, getattr, hasattr
    is_a, is_sub, can_call, encode = isinstance, issubclass, callable, \
        str.encode
    Theirs, TheirIterator = kinds
    handles_max, remote = 100000, {}

    def kind_of(v):
        t = the_type(v)
        if is_a(v, the_type):
            return b"x" if is_sub(v, base) else b"c"
        if has(t, "__next__"):
            return b"i"
        if has(t, "__await__"):
            return b"w"
        if has(t, "__aiter__"):
            return b"a"
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

    def number_of(v):
        n = numbers.get(the_id(v))
        if n is None:
            if the_len(objects) == handles_max:
                raise Opaque("too many objects")
            n = numbers[the_id(v)] = the_len(objects)
            objects.append(v)
        return n

    def far(v):
        """An object that stays here: its number, kind and name."""
        if the_type(v) is Theirs:
            return b"g", b"f%d" % v._number
        n = number_of(v)
        kind = kind_of(v)
        name = name_of(the_type(v) if kind in b"isuowa" else v)
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

    return far, near, number_of


def call_actions(wire_of, Opaque, objects, module):
    """What requests for names and for a call come to: each gives something to
    be called, which may be late or raise."""
    dumps, loads, more = wire_of.dumps, wire_of.loads, wire_of.more
    made, twin = wire_of.made, wire_of.twin
    the_len, the_dict, the_zip, the_type = len, dict, zip, type
    is_a = isinstance

    def do_names(frame, at):
        names, at = loads(frame, at)
        found = []
        space = module[0].__dict__
        for name in names:
            if name in space:
                try:
                    dumps(space[name])
                    found.append((name, space[name]))
                except Opaque:
                    pass
        return lambda: found

    def do_twins(frame, at):
        """Classes of the source that the tests have of their own: which are
        there, and the name of their module."""
        names, at = loads(frame, at)
        space, found = module[0].__dict__, []
        for name in names:
            if is_a(space.get(name), the_type):
                twin(name, space[name])
                found.append(name)
        return lambda: (module[0].__name__, found)

    def do_call(frame, at):
        """And the call as it came: what it may change is seen behind it."""
        raw = frame[at:]
        n, at = loads(frame, at)
        names, at = more(frame, at)
        target, args = objects[n], []
        while at < the_len(frame):
            v, at = more(frame, at)
            args.append(v)
        came = (n, names, args, raw, made[0])
        if names:
            n_plain = the_len(args) - the_len(names)
            named = the_dict(the_zip(names, args[n_plain:]))
            plain = args[:n_plain]
            return (lambda: target(*plain, **named)), came
        return (lambda: target(*args)), came

    return do_names, do_twins, do_call


def awaiting():
    """start(awaitable): a number; step(number): (done, result), or raises.  All
    run in one loop, which goes on as long as the tests wait for one of them."""
    tasks, loops = [], []

    def start(v):
        import asyncio

        async def wait():
            return await v

        if not loops:
            loops.append(asyncio.new_event_loop())
            asyncio.set_event_loop(loops[0])
        tasks.append(loops[0].create_task(wait()))
        return len(tasks) - 1

    def step(n):
        import asyncio
        task = tasks[n]
        if not task.done():
            loops[0].run_until_complete(asyncio.wait(
                [t for t in tasks if not t.done()], timeout=0.02,
                return_when=asyncio.FIRST_COMPLETED))
        return (True, task.result()) if task.done() else (False, None)

    def cancel(n):
        tasks[n].cancel()

    return start, step, cancel


def special_actions(rows):
    """By name: (object, arguments) -> result, what B may do with one."""
    the_iter, the_str, the_repr, is_a = iter, str, repr, isinstance
    start, step, cancel = awaiting()

    def leave(v, e):
        return v.__exit__(None if e is None else type(e), e, None)

    return {"iter": lambda v, args: the_iter(v),
            "item": lambda v, args: v[args[0]],
            "set": lambda v, args: v.__setitem__(*args),
            "del": lambda v, args: v.__delitem__(*args),
            "str": lambda v, args: the_str(v),
            "repr": lambda v, args: the_repr(v),
            "rows": lambda v, args: rows(v),
            "is": lambda v, args: is_a(args[0], v),
            "await": lambda v, args: start(v),
            "anext": lambda v, args: start(v.__anext__()),
            "aiter": lambda v, args: v.__aiter__(),
            "aenter": lambda v, args: start(v.__aenter__()),
            "aexit": lambda v, args: start(v.__aexit__(None, None, None)),
            "step": lambda v, args: step(args[0]),
            "cancel": lambda v, args: cancel(args[0]),
            "enter": lambda v, args: v.__enter__(),
            "exit": lambda v, args: leave(v, None)}


def printed():
    """W: what was printed since the last time; from the first time on it goes
    nowhere else."""
    import sys
    streams = []

    def do_printed(frame, at):
        return taken

    def taken():
        from io import StringIO
        found = tuple(s.getvalue() for s in streams) or ("", "")
        if not streams:
            streams.extend((StringIO(), StringIO()))
            sys.stdout, sys.stderr = streams
        for s in streams:
            s.seek(0)
            s.truncate()
        return found

    return do_printed


def object_actions(loads, objects, Late, note, rows):
    """The same for requests that use an object: by their letter."""
    base, stop_iteration, range_of = BaseException, StopIteration, range
    the_next, get, put, specials = next, getattr, setattr, special_actions(rows)

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
        v, action = objects[n], specials[name]
        return lambda: action(v, args)

    return {b"g": do_get, b"s": do_put, b"n": do_next, b"m": do_special,
            b"W": printed()}


def replier(wire_of, send, text_of):
    """What sends the value that a request came to, and what has become of the
    arguments of a call."""
    dumps, content = wire_of.dumps, wire_of.content
    base, the_type, the_str = BaseException, type, str
    roomy = settings()

    def answered(value, came):
        if not came:
            return dumps(value, None)
        n, names, args, raw, order = came
        changed = None
        if order and dumps(n, names, *args) != raw:
            changed = [content(v) for v in order]
        return dumps(value, changed, order=order)

    def reply(token, value, came):
        restore, kind = roomy(), b"V"
        try:
            data = answered(value, came)
        except base as e:
            kind = b"O"
            data = dumps((text_of(lambda: the_type(value).__name__, 60),
                          text_of(lambda: the_str(e), 100)))
        restore()
        send(kind, token, data)

    return reply


def error_rows(number_of):
    """rows(class): (name, number of one that is no builtin, places of its
    bases) for it and all above it."""
    chain, the_type, the_id = class_chains(), type, id
    the_tuple, bases_of = tuple, the_type.__dict__["__bases__"].__get__

    def rows(cls):
        found = chain(cls)
        places = {the_id(k): i for i, (_, k) in enumerate(found)}
        return the_tuple(
            (name, None, ()) if name[:9] == "builtins." else
            (name, number_of(k), the_tuple(
                places[the_id(b)] for b in bases_of(k)
                if the_id(b) in places))
            for name, k in found)

    return rows


def error_noter(dumps, number_of, described, text_of):
    """What writes an exception: (type, text, line, rows of the class, text in
    full, arguments, attributes); the last two None where they cannot go."""
    base, the_type, the_str = BaseException, type, str
    args_of = base.__dict__["args"].__get__
    state_of = base.__dict__["__dict__"].__get__
    rows, text_max = error_rows(number_of), 4000

    def carried(make):
        try:
            value = make()
            if the_type(value) in (tuple, dict):
                dumps(value)
                return value
        except base:
            pass
        return None

    def full_text(e):
        try:
            text = the_str(e)
            return text[:text_max] if the_type(text) is the_str else ""
        except base:
            return ""

    def note(e):
        return dumps(described(e) + (
            rows(the_type(e)), full_text(e), carried(lambda: args_of(e)),
            carried(lambda: state_of(e))))

    return note


def server(actions, clock, pipe, note, reply):
    """What answers requests, until the end or an answer to one of ours."""
    from _struct import unpack_from

    base = BaseException
    do_call, does = actions
    Late, timed, armed, rang = clock
    send, receive, check_alone, finish = pipe

    def answer(op, frame):
        token, left = unpack_from(">Id", frame, 1)
        came, late = (), False
        try:
            if op == b"C":
                action, came = do_call(frame, 13)
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
        reply(token, value, came)

    def serve(nested):
        while True:
            frame = receive()
            check_alone()
            op = frame[:1]
            if op == b"E":
                finish(unpack_from(">I", frame, 1)[0])
            if nested and op in b"VX":
                return op, frame
            answer(op, frame)

    return serve


def asker(wire_of, clock, send, serve):
    """A request of ours to the tests, while they wait for us."""
    import builtins

    dumps, loads = wire_of.dumps, wire_of.loads
    Late, _, armed, rang = clock
    get = getattr

    def ask(op, *values):
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

    return ask


def process_ends(send):
    """begin(), check_alone(), finish(token): whose process this is, and how
    it ends."""
    import posix
    import sys
    from _thread import _count as threads
    from atexit import _run_exitfuncs as at_exit
    from time import sleep

    base, the_int = BaseException, int
    leave, pid_now, close = posix._exit, posix.getpid, posix.close
    wait_for, no_hang, list_dir = posix.waitpid, posix.WNOHANG, posix.listdir
    modules, out, err = sys.modules, sys.stdout, sys.stderr
    pid, forked = [0], [False]
    posix.register_at_fork(before=lambda: forked.__setitem__(0, True))

    def begin():
        pid[0], forked[0] = pid_now(), False

    def check_alone():
        """A child that goes on with our work says so, and no more."""
        if pid_now() != pid[0]:
            send(b"F", 0)
            leave(0)

    def others():
        """Processes here besides the reaper and us, whoever they belong to."""
        return [p for p in list_dir("/proc")
                if p.isdigit() and p != "1" and the_int(p) != pid[0]]

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

    return begin, check_alone, finish


def driver():
    import posix
    import sys
    from _struct import unpack_from

    base, the_type, the_id, is_a = BaseException, type, id, isinstance
    the_exec, the_compile, leave = exec, compile, posix._exit
    dots, not_done = Ellipsis, NotImplemented
    objects, numbers, asks = [], {}, []
    here, module, armed, rang = [None], [None], [False], [False]

    class Opaque(Exception):
        pass

    read_job, new_module, text_of, described = guard()
    send, receive = test_pipe()
    clock = late_clock(armed, rang) + (armed, rang)
    far, near, far_number = handles(Opaque, objects, numbers, their_kinds(asks))
    wire_of = wire(
        Opaque, far, near,
        lambda v: is_a(v, the_type) or v is dots or v is not_done,
        lambda v: True)
    dumps, loads, more = wire_of.dumps, wire_of.loads, wire_of.more

    note = error_noter(dumps, far_number, lambda e: described(e, here[0]),
                       text_of)

    do_names, do_twins, do_call = call_actions(wire_of, Opaque, objects,
                                               module)
    does = object_actions(loads, objects, clock[0], note,
                          error_rows(far_number))
    does.update({b"N": do_names, b"T": do_twins})
    begin, check_alone, finish = process_ends(send)
    serve = server((do_call, does), clock,
                   (send, receive, check_alone, finish), note,
                   replier(wire_of, send, text_of))
    asks.append(asker(wire_of, clock, send, serve))

    def work():
        begin()
        if sys.path and sys.path[0] == "":
            del sys.path[0]
        (name, here[0], source), _ = loads(read_job(), 0)
        posix.set_inheritable(4, False)
        module[0] = new_module(name, here[0])
        problem = None
        try:
            the_exec(the_compile(source, here[0], "exec", dont_inherit=True),
                     module[0].__dict__)
        except base as e:
            problem = note(e)
        check_alone()
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
