# The driver inside the jail: read a job from stdin, load the source, make the
# calls, write one record per call to descriptor 3.  It is turned into an
# array at build time, behind pyguard.py, pywatch.py and pywire_read.py, and
# given to the interpreter with -c.
#
# The source shares this interpreter and may change anything in it (pyguard.py
# says what that means here); but no verdict rests on that: a record is only a
# value, compared outside with what was never here.
# driver() gets all ready, and returns what does the job: a zygote goes so far
# once for all its runs, by all but the last line, and rehearses it.
def value_writer():
    """What makes a value of the source bytes, with a limit for all of it."""
    from _struct import pack

    depth_max = 64
    bytes_max, digits_max = 256 * 1024, 65536
    the_type, the_len, the_str, the_bytes = type, len, str, bytes
    the_int, the_float, the_bool, the_dict = int, float, bool, dict
    encode, join = the_str.encode, b"".join
    bit_length, items_of = the_int.bit_length, the_dict.items
    tags = {list: b"l", tuple: b"t", set: b"e", frozenset: b"z",
            the_dict: b"d"}
    mro_of, content = the_type.__dict__["__mro__"].__get__, contents()

    class Opaque(BaseException):
        """No value that goes out: its type, its size, its depth."""

    def dump(v, parts, depth, room):
        kind = the_type(v)
        if v is None:
            parts.append(b"N")
        elif kind is the_bool:
            parts.append(b"T" if v else b"F")
        elif kind is the_int:
            if bit_length(v) > 3 * digits_max:
                raise Opaque("int too large")
            text = b"%d" % v
            parts.append(b"i%d:%s" % (the_len(text), text))
        elif kind is the_float:
            parts.append(b"f" + pack(">d", v).hex().encode())
        elif kind is the_str:
            if the_len(v) > bytes_max:
                raise Opaque("str too large")
            text = encode(v, "utf-8", "surrogatepass")
            parts.append(b"s%d:%s" % (the_len(text), text))
        elif kind is the_bytes:
            if the_len(v) > bytes_max:
                raise Opaque("bytes too large")
            parts.append(b"b%d:%s" % (the_len(v), v))
        else:
            dump_items(v, kind, parts, depth, room)
        room[0] -= the_len(parts[-1]) + 16
        if room[0] < 0:
            raise Opaque("value too large")

    def dump_items(v, kind, parts, depth, room):
        if depth == depth_max:
            raise Opaque("value too deep")
        tag = tags.get(kind)
        if tag is None:
            for above, plain in content:
                if above in mro_of(kind):
                    dump(plain(v), parts, depth + 1, room)
                    return
            raise Opaque("")
        parts.append(b"%s%d:" % (tag, the_len(v)))
        if kind is the_dict:
            for key, value in items_of(v):
                dump(key, parts, depth + 1, room)
                dump(value, parts, depth + 1, room)
        else:
            for value in v:
                dump(value, parts, depth + 1, room)

    def bytes_of(v, room):
        parts = []
        dump(v, parts, 0, [room])
        return join(parts)

    return bytes_of


def record_writer(bytes_of, text_of, described):
    """send_note, send_value, send_error: one record each; flush."""
    import posix

    base, the_type, the_len, the_str = BaseException, type, len, str
    write, bytes_max, room_max = posix.write, 256 * 1024, 1024 * 1024
    roomy, chain = settings(), class_chains()
    once_max, together_max, classes_max = 200, 4000, 1500

    waiting, n_waiting = [], [0, 0]     # records; bytes, and records so far

    def flush():
        data = b"".join(waiting)
        waiting.clear()
        n_waiting[0] = 0
        while data:
            data = data[write(3, data):]

    def send(record):
        """At once at first; later some together, as each write is a call of
        the system, and somebody wakes up for it."""
        waiting.append(b"#%d:%s\n" % (the_len(record), record))
        n_waiting[0] += the_len(record)
        n_waiting[1] += 1
        if n_waiting[1] < once_max or n_waiting[0] > together_max:
            flush()

    def send_note(index, tag, name, text, line):
        send(bytes_of((index, tag, name, text, line), bytes_max))

    def send_value(index, value, kept=True):
        restore = roomy()
        try:
            data = bytes_of(value, room_max)
            tag = b"V" if kept else b"M"
            send(b"t3:%ss1:%s" % (bytes_of(index, 100), tag) + data)
        except base as e:
            name = text_of(lambda: the_type(value).__name__, 60)
            why = text_of(lambda: the_str(e), 100)
            send_note(index, "O", name, why, 0)
        restore()

    def send_error(index, e, here):
        name, text, line = described(e, here)
        classes = " ".join(n for n, _ in chain(the_type(e)))
        send(bytes_of((index, "X", name, text, line,
                       classes[:classes_max].encode("utf-8", "replace")),
                      bytes_max))

    return send_note, send_value, send_error, flush


def call_maker(load):
    """What makes the bytes of a call, and of a row, something to be called,
    and something that says whether its arguments are as they were."""
    from marshal import dumps as packed, loads as unpacked
    the_type, the_eval, the_compile = type, eval, compile
    base, version = BaseException, 2      # of marshal: values, no identity
    containers = {list, dict, set}
    code_type = the_type(call_maker.__code__)
    slow = {"statistics", "mean", "fmean", "geometric_mean", "harmonic_mean",
            "median", "median_low", "median_high", "mode", "multimode",
            "quantiles", "stdev", "pstdev", "variance", "pvariance",
            "correlation", "covariance", "linear_regression"}

    def names_in(code, found):
        found.update(code.co_names)
        for const in code.co_consts:
            if the_type(const) is code_type:
                names_in(const, found)
        return found

    def helpers(code):
        """math, and statistics only if a name of it is used: it is slow."""
        import math
        space = {k: v for k, v in math.__dict__.items() if k[0] != "_"}
        space["math"] = math
        if names_in(code, set()) & slow:
            import statistics
            for k in statistics.__all__:
                space.setdefault(k, getattr(statistics, k))
            space["statistics"] = statistics
        return space

    def target_of(function, module):
        try:
            return module.__dict__[function]
        except KeyError:
            raise NameError(f"name '{function}' is not defined") from None

    def nothing_changes():
        return True

    def keeper(args, again):
        """Are the arguments still what again() makes of their bytes?"""
        for a in args:
            if the_type(a) in containers:
                break
        else:
            return nothing_changes

        def kept():
            try:
                return packed(args, version) == packed(again(), version)
            except base:
                return False
        return kept

    def make_row(function, row, module):
        """A call whose arguments a helper of ours has packed."""
        target, args = target_of(function, module), unpacked(row)
        return lambda: target(*args), keeper(args, lambda: unpacked(row))

    def make_call(data, module):
        function, text, names, args = load(data, 0)[0]
        if function is not None:
            target = target_of(function, module)
            return (lambda: target(*args),
                    keeper(args, lambda: load(data, 0)[0][3]))
        code = the_compile(text.strip(), "<expression>", "eval")
        space = helpers(code)
        space.update((k, v) for k, v in module.__dict__.items()
                     if k[:2] != "__")
        space.update(zip(names, args))
        return lambda: the_eval(code, space), nothing_changes

    return make_call, make_row


def call_clock():
    """timed(action, seconds), and what is raised in an action that is late."""
    from _signal import ITIMER_REAL, SIGALRM, setitimer, signal

    class Late(BaseException):
        pass

    def late(*_):
        raise Late()

    def timed(action, seconds):
        if seconds <= 0:
            return action()
        signal(SIGALRM, late)
        setitimer(ITIMER_REAL, seconds)
        try:
            return action()
        finally:
            setitimer(ITIMER_REAL, 0)

    return timed, Late


def job_reader(read_job, load):
    """What takes a job apart: its head, and the calls as bytes."""
    import sys

    digits_set = getattr(sys, "set_int_max_str_digits", None)

    def job():
        if digits_set:
            digits_set(0)
        data = read_job()
        head, at = load(data, 0)
        calls = []
        while at < len(data):
            n = data.index(b":", at)
            size = int(data[at:n])
            calls.append(data[n + 1:n + 1 + size])
            at = n + 1 + size
        if digits_set:
            digits_set(4300)
        return head, calls

    return job


def driver():
    import posix
    import sys

    if sys.path and sys.path[0] == "":
        del sys.path[0]
    base, the_len, numbers = BaseException, len, range
    the_exec, the_compile = exec, compile
    leave, out, err = posix._exit, sys.stdout, sys.stderr
    read_job, new_module, text_of, described = guard()
    readers = plain_readers(100)[0]

    def load(data, at):
        """One trusted value of the job; (value, position after it)."""
        return readers[data[at]](data, at + 1, 0)

    send_note, send_value, send_error, send_all = record_writer(
        value_writer(), text_of, described)
    make_call, make_row = call_maker(load)
    job = job_reader(read_job, load)
    timed, Late = call_clock()
    watch, the_set = watcher(), frozenset

    def run_source(source, module, here):
        the_exec(the_compile(source, here, "exec", dont_inherit=True),
                 module.__dict__)

    def flush():
        try:
            out.flush()
            err.flush()
        except base:
            pass

    def one(index, here, call_s, make, *what):
        try:
            action, kept = make(*what)
            value = timed(action, call_s)
        except Late:
            send_note(index, "L", b"", b"", 0)
        except base as e:
            send_error(index, e, here)
        else:
            send_value(index, value, kept())

    def run(leave=leave):
        (name, here, source, call_s, opened, function, rows), calls = job()
        module = new_module(name, here)
        if opened is not None:
            watch(here, the_set(opened),
                  lambda known, event, what, line: send_note(
                      -4 if known else -3, "A", text_of(lambda: event, 60),
                      text_of(lambda: what, 100), line))
        loaded = False
        try:
            run_source(source, module, here)
            loaded = True
        except base as e:
            send_error(-1, e, here)
        if loaded:
            send_value(-1, None)
        n = the_len(calls)
        for index in numbers(n if loaded else 0):
            one(index, here, call_s, make_call, calls[index], module)
        for index in numbers(the_len(rows) if loaded else 0):
            one(n + index, here, call_s, make_row, function, rows[index],
                module)
        send_all()
        flush()
        leave(0)

    return run


driver()()
