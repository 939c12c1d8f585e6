# The driver inside the jail: read a job from stdin, load the source, make the
# calls, write one record per call to descriptor 3.  It is turned into an
# array at build time and given to the interpreter with -c.
#
# The source shares this interpreter and may change anything in it, so what
# this file needs is held in local names from before; but no verdict rests on
# that: a record is only a value, compared outside with what was never here.
# driver() gets all ready, and returns what does the job: a zygote goes so far
# once for all its runs, by all but the last line, and rehearses it.
def driver():
    import builtins
    import posix
    import sys

    if sys.path and sys.path[0] == "":
        del sys.path[0]
    from _struct import pack, unpack
    from _signal import ITIMER_REAL, SIGALRM, setitimer, signal

    base, value_error, recursion = BaseException, ValueError, RecursionError
    attribute, stop_base = AttributeError, BaseException
    dumps_too_deep = 64
    bytes_max, room_max, digits_max = 256 * 1024, 1024 * 1024, 65536
    the_type, the_len, the_str, the_bytes = type, len, str, bytes
    the_int, the_float, the_bool, the_dict = int, float, bool, dict
    the_list, the_tuple, the_set, the_frozen = list, tuple, set, frozenset
    the_none, the_sorted, the_repr = type(None), sorted, repr
    the_exec, the_eval, the_compile = exec, eval, compile
    module_type = the_type(sys)
    code_type = the_type(driver.__code__)
    write, leave = posix.write, posix._exit
    recursion_set = sys.setrecursionlimit
    recursion_start = sys.getrecursionlimit()
    digits_set = getattr(sys, "set_int_max_str_digits", None)
    modules, out, err = sys.modules, sys.stdout, sys.stderr
    join, encode = b"".join, the_str.encode
    bit_length, items_of = the_int.bit_length, the_dict.items

    class Opaque(base):
        pass

    class Late(stop_base):
        pass

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
        if depth == dumps_too_deep:
            raise Opaque("value too deep")
        tag = tags.get(kind)
        if tag is None:
            raise Opaque("")
        parts.append(b"%s%d:" % (tag, the_len(v)))
        if kind is the_dict:
            for key, value in items_of(v):
                dump(key, parts, depth + 1, room)
                dump(value, parts, depth + 1, room)
        else:
            for value in v:
                dump(value, parts, depth + 1, room)

    syntax_errors = (SyntaxError, IndentationError, TabError)
    tags = {the_list: b"l", the_tuple: b"t", the_set: b"e", the_frozen: b"z",
            the_dict: b"d"}

    def send(record):
        data = b"#%d:" % the_len(record) + record + b"\n"
        while data:
            data = data[write(3, data):]

    def text_of(make, limit):
        try:
            text = make()
            if the_type(text) is the_str:
                text = text.split("\n", 1)[0][:limit]
                return encode(text, "utf-8", "replace")
        except base:
            pass
        return b""

    def record_note(index, tag, name, text, line):
        parts = []
        dump((index, tag, name, text, line), parts, 0, [bytes_max])
        return join(parts)

    def send_value(index, value):
        recursion_set(recursion_start)
        if digits_set:
            digits_set(0)
        parts = []
        try:
            dump(value, parts, 0, [room_max])
            head = []
            dump(index, head, 0, [100])
            send(b"t3:%ss1:V" % join(head) + join(parts))
        except base as e:
            name = text_of(lambda: the_type(value).__name__, 60)
            why = text_of(lambda: the_str(e), 100)
            send(record_note(index, "O", name, why, 0))
        if digits_set:
            digits_set(4300)

    def message_of(e):
        """Without the file and line that str() of a SyntaxError adds."""
        return e.msg if the_type(e) in syntax_errors else e

    def line_of(e, here):
        if isinstance(e, SyntaxError) and e.filename == here:
            return e.lineno or 0
        line, at, steps = 0, e.__traceback__, 0
        while at is not None and steps < 10000:
            if at.tb_frame.f_code.co_filename == here:
                line = at.tb_lineno
            at, steps = at.tb_next, steps + 1
        return line

    def send_error(index, e, here):
        recursion_set(recursion_start)
        name = text_of(lambda: the_type(e).__name__, 60)
        text = text_of(lambda: the_str(message_of(e)), 150)
        try:
            line = line_of(e, here)
            line = line if the_type(line) is the_int else 0
        except base:
            line = 0
        send(record_note(index, "X", name, text, line))

    def load(data, at):
        """One trusted value of the job; (value, position after it)."""
        tag = data[at:at + 1]
        at += 1
        if tag in b"NTF":
            return {b"N": None, b"T": True, b"F": False}[tag], at
        if tag == b"f":
            return unpack(">d", bytes.fromhex(data[at:at + 16].decode()))[0], \
                at + 16
        colon = data.index(b":", at)
        n = int(data[at:colon])
        at = colon + 1
        if tag in b"isb":
            raw = data[at:at + n]
            at += n
            if tag == b"i":
                return int(raw), at
            if tag == b"s":
                return raw.decode("utf-8", "surrogatepass"), at
            return raw, at
        found = []
        for _ in range(2 * n if tag == b"d" else n):
            item, at = load(data, at)
            found.append(item)
        if tag == b"d":
            return dict(zip(found[::2], found[1::2])), at
        return {b"l": list, b"t": tuple, b"e": set,
                b"z": frozenset}[tag](found), at

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
        wanted = names_in(code, set())
        if wanted & {"statistics", "mean", "fmean", "geometric_mean",
                     "harmonic_mean", "median", "median_low", "median_high",
                     "mode", "multimode", "quantiles", "stdev", "pstdev",
                     "variance", "pvariance", "correlation", "covariance",
                     "linear_regression"}:
            import statistics
            for k in statistics.__all__:
                space.setdefault(k, getattr(statistics, k))
            space["statistics"] = statistics
        return space

    def make_call(call, module):
        function, text, names, args = call
        if function is not None:
            try:
                target = module.__dict__[function]
            except KeyError:
                raise NameError(f"name '{function}' is not defined") from None
            return lambda: target(*args)
        code = the_compile(text.strip(), "<expression>", "eval")
        space = helpers(code)
        space.update((k, v) for k, v in module.__dict__.items()
                     if k[:2] != "__")
        space.update(zip(names, args))
        return lambda: the_eval(code, space)

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

    def run_source(source, module, here):
        the_exec(the_compile(source, here, "exec", dont_inherit=True),
                 module.__dict__)

    def flush():
        try:
            out.flush()
            err.flush()
        except base:
            pass

    def run(leave=leave):
        if digits_set:
            digits_set(0)
        data = b""
        while True:
            more = posix.read(0, 1 << 20)
            if not more:
                break
            data += more
        null = posix.open("/dev/null", posix.O_RDONLY)
        posix.dup2(null, 0)
        posix.close(null)
        (name, here, source, call_s), at = load(data, 0)
        folder = posix.getcwd()
        calls = []
        while at < len(data):
            n = data.index(b":", at)
            size = int(data[at:n])
            calls.append(data[n + 1:n + 1 + size])
            at = n + 1 + size
        if digits_set:
            digits_set(4300)
        sys.argv[:] = [here]
        sys.path.insert(0, folder)
        builtins.exit = builtins.quit = sys.exit
        module = module_type(name)
        module.__file__ = folder + "/" + here
        modules[name] = module
        loaded = False
        try:
            run_source(source, module, here)
            loaded = True
        except base as e:
            send_error(-1, e, here)
        if loaded:
            send_value(-1, None)
        for index in range(the_len(calls) if loaded else 0):
            try:
                call = make_call(load(calls[index], 0)[0], module)
                value = timed(call, call_s)
            except Late:
                send(record_note(index, "L", b"", b"", 0))
            except base as e:
                send_error(index, e, here)
            else:
                send_value(index, value)
        flush()
        leave(0)

    return run


driver()()
