# Values with items to bytes.  This text comes before the two drivers of the
# judge, behind pywire_write.py.
#
# What can be changed has a number in its message, in the order of the writing:
# when it comes again it is "a" and that number, so that the other side has one
# object too, where there is one here.
class Written:
    """The objects that a message has numbered, by id and in order."""
    __slots__ = ("by_id", "order", "kept")

    def __init__(self, order=()):
        self.order, self.kept = list(order), []  # kept: no id is used twice
        self.by_id = {id(v): i for i, v in enumerate(order)}


def item_writers(writers, put_other, room, Opaque):
    """Adds the writers of types with items.  Returns dump(), which writes any
    value, number(v, parts), which is True when v has been written before, and
    a list with the Written of the message.  What has no writer goes to
    put_other[0]."""
    the_type, the_len, the_dict, the_id = type, len, dict, id
    depth_max, put_bytes = 64, writers[bytearray]
    written = [None]

    def number(v, parts):
        now = written[0]
        n = now.by_id.get(the_id(v))
        if n is not None:
            parts.append(b"a%d:" % n)
            return True
        now.by_id[the_id(v)] = the_len(now.order)
        now.order.append(v)
        return False

    def enter(v, depth):
        room[0] -= 16 * the_len(v)
        if room[0] < 0:
            raise Opaque("value too large")
        if depth == depth_max:
            raise Opaque("value too deep")

    def put_items(tag, numbered):
        def put(v, parts, depth):
            if numbered and number(v, parts):
                return
            enter(v, depth)
            parts.append(b"%s%d:" % (tag, the_len(v)))
            for item in v:
                kind = the_type(item)
                if kind in writers:
                    writers[kind](item, parts, depth + 1)
                else:
                    put_other[0](item, kind, parts, depth + 1)
        return put

    def put_dict(v, parts, depth):
        if number(v, parts):
            return
        enter(v, depth)
        parts.append(b"d%d:" % the_len(v))
        for key, value in the_dict.items(v):
            dump(key, parts, depth + 1)
            dump(value, parts, depth + 1)

    def put_array(v, parts, depth):
        if not number(v, parts):
            put_bytes(v, parts, depth)

    def dump(v, parts, depth):
        kind = the_type(v)
        if kind in writers:
            writers[kind](v, parts, depth)
        else:
            put_other[0](v, kind, parts, depth)

    writers.update({list: put_items(b"l", True),
                    tuple: put_items(b"t", False),
                    set: put_items(b"e", True),
                    frozenset: put_items(b"z", False),
                    the_dict: put_dict, bytearray: put_array})
    return dump, number, written


def kit_parts():
    """(module, type, parts): types of the standard library that go by what
    makes them again."""
    the_str, the_list, the_dict, the_int = str, list, dict, int

    def of_datetime(v):
        return (v.year, v.month, v.day, v.hour, v.minute, v.second,
                v.microsecond, v.tzinfo, v.fold)

    def of_time(v):
        return (v.hour, v.minute, v.second, v.microsecond, v.tzinfo, v.fold)

    def text(v):
        return (the_str(v),)

    def whole(v):
        return (the_int(v),)

    return (("datetime", "date", lambda v: (v.year, v.month, v.day)),
            ("datetime", "datetime", of_datetime),
            ("datetime", "time", of_time),
            ("datetime", "timedelta",
             lambda v: (v.days, v.seconds, v.microseconds)),
            ("datetime", "timezone",
             lambda v: (v.utcoffset(None), v.tzname(None))),
            ("zoneinfo", "ZoneInfo", lambda v: (v.key,)),
            ("decimal", "Decimal", text),
            ("fractions", "Fraction", lambda v: (v.numerator, v.denominator)),
            ("collections", "deque", lambda v: (the_list(v), v.maxlen)),
            ("collections", "Counter", lambda v: (the_dict(v),)),
            ("collections", "OrderedDict", lambda v: (the_dict(v),)),
            ("collections", "defaultdict",
             lambda v: (v.default_factory, the_dict(v))),
            ("pathlib", "PosixPath", text), ("pathlib", "PurePosixPath", text),
            ("pathlib", "PureWindowsPath", text),
            ("uuid", "UUID", text),
            ("ipaddress", "IPv4Address", whole),
            ("ipaddress", "IPv6Address", whole),
            ("ipaddress", "IPv4Network", text),
            ("ipaddress", "IPv6Network", text),
            ("array", "array", lambda v: (v.typecode, the_list(v))),
            ("types", "SimpleNamespace", lambda v: (the_dict(v.__dict__),)),
            ("builtins", "slice", lambda v: (v.start, v.stop, v.step)))


def state_reader():
    """state(v): the attributes that an object has of its own, by name, read
    with what the interpreter reads them."""
    the_type, the_dict, the_str, get = type, dict, str, object.__getattribute__
    mro_of, dict_of = (the_type.__dict__[n].__get__
                       for n in ("__mro__", "__dict__"))
    slot_type = the_type(the_type(lambda: 0).__dict__["__globals__"])
    fault = (AttributeError, TypeError)

    def state(v):
        found = {}
        for k in mro_of(the_type(v)):
            for name, d in dict_of(k).items():
                if the_type(d) is slot_type and k.__module__ != "builtins":
                    try:
                        found[name] = d.__get__(v)
                    except fault:
                        pass
        try:
            own = get(v, "__dict__")
        except fault:
            return found
        if the_type(own) is the_dict:
            found.update((k, x) for k, x in own.items()
                         if the_type(k) is the_str)
        return found

    return state


def content_reader(twins):
    """content(v): (what it holds, its attributes) for what a call may have
    changed, each None where there is nothing of the kind."""
    the_type, the_id, the_list, is_a = type, id, list, isinstance
    state, plain_of = state_reader(), contents()
    changing = (list, dict, set, bytearray)

    def content(v):
        kind = the_type(v)
        own = state(v) if the_id(kind) in twins else None
        if kind.__name__ == "deque":
            return the_list(v), own
        for above, plain in plain_of:
            if is_a(v, above) and above in changing:
                return plain(v), own
        return None, own

    return content


def instance_writer(dump, number, twins, content):
    """put(v, kind, parts, depth): an instance of a class that both sides have:
    the name of the class, what it holds, its attributes."""
    import sys

    the_type, the_len, the_id, base, encode = type, len, id, BaseException, \
        str.encode
    mro_of = the_type.__dict__["__mro__"].__get__
    state, modules, get = state_reader(), sys.modules, object.__getattribute__
    args_of = base.__dict__["args"].__get__

    def held(v, kind):
        bases = mro_of(kind)
        for above, plain in content:
            if above in bases:
                return plain(v)
        return args_of(v) if base in bases else None

    def is_member(kind):
        at = modules.get("enum")
        return at is not None and at.__dict__.get("Enum") in mro_of(kind)

    def put(v, kind, parts, depth):
        if number(v, parts):
            return
        name = encode(twins[the_id(kind)], "utf-8", "replace")
        parts.append(b"I%d:%s" % (the_len(name), name))
        if is_member(kind):
            own = get(v, "__dict__")
            dump((own.get("_name_"), own.get("_value_")), parts, depth)
        else:
            dump(held(v, kind), parts, depth)
            dump(state(v), parts, depth)

    return put


def content_writer(writers, number, written, content):
    """put(v, kind, parts, depth): an instance of a subclass of a builtin type,
    by what it holds; False for any other."""
    the_type, the_len, the_id, the_str, the_tuple = type, len, id, str, tuple
    mro_of = the_type.__dict__["__mro__"].__get__
    numbered = (list, dict, set, bytearray)
    put_tuple = writers[tuple]

    def fields_of(kind, v):
        """Names of the items of a named tuple, else None."""
        found = kind.__dict__.get("_fields")
        if the_type(found) is the_tuple and \
                the_len(found) == the_tuple.__len__(v) < 100:
            for name in found:
                if the_type(name) is not the_str or name[:1] == "_" or \
                        not name.isidentifier():
                    return None
            return found
        return None

    def put_content(v, kind, parts, depth):
        """Is it an instance of a subclass of a builtin type?"""
        bases = mro_of(kind)
        for above, plain in content:
            if above in bases:
                names = fields_of(kind, v) if above is the_tuple else None
                if names is not None:
                    parts.append(b"n")
                    put_tuple((kind.__name__,) + names, parts, depth)
                put_held(v, plain(v), above, parts, depth)
                return True
        return False

    def put_held(v, held, above, parts, depth):
        """As the builtin type; the number of what is held is that of v."""
        now = written[0]
        if above not in numbered:
            writers[above](held, parts, depth)
        elif the_id(v) in now.by_id:
            number(v, parts)
        else:
            n = the_len(now.order)
            now.kept.append(held)
            writers[above](held, parts, depth)
            now.by_id[the_id(v)], now.order[n] = n, v

    return put_content


def other_writer(writers, parts_of, far, put_ok, room, twins):
    """The writer of everything else: a constant of the builtins, a type of the
    standard library, an instance of a class that both sides have, of another
    subclass, an object that stays here."""
    import builtins
    import sys

    dump, number, written = parts_of
    the_len, the_id = len, id
    modules, kits, put_tuple = sys.modules, kit_parts(), writers[tuple]
    by_id = {the_id(v): k for k, v in builtins.__dict__.items()
             if v is not None and v is not True and v is not False
             and k[0] != "_"}
    content = contents()  # a subclass goes by its content
    put_instance = instance_writer(dump, number, twins, content)
    put_content = content_writer(writers, number, written, content)

    def put_kit(v, name, make, parts, depth):
        if number(v, parts):
            return
        room[0] -= 64
        parts.append(b"x%d:%s" % (the_len(name), name.encode()))
        made = make(v)
        written[0].kept.append(made)
        put_tuple(made, parts, depth)

    def put_other(v, kind, parts, depth):
        name = by_id.get(the_id(v))
        if name is not None and put_ok(v):
            parts.append(b"B%d:%s" % (the_len(name), name.encode()))
            return
        name = twins.get(the_id(v))
        if name is not None:
            name = name.encode("utf-8", "replace")
            parts.append(b"C%d:%s" % (the_len(name), name))
            return
        # A long chain goes on by handles: nesting has a limit.
        if the_id(kind) in twins and depth < 50:
            put_instance(v, kind, parts, depth)
            return
        for module, name, make in kits:
            at = modules.get(module)
            if at is not None and kind is at.__dict__.get(name):
                put_kit(v, name, make, parts, depth)
                return
        if put_content(v, kind, parts, depth):
            return
        tag, text = far(v)
        room[0] -= 64
        parts.append(b"%s%d:%s" % (tag, the_len(text), text))

    return put_other
