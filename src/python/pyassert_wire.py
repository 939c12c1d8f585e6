# What the two drivers of the judge share: values as bytes.  This text comes
# before each of them when it is turned into an array at build time, behind
# the texts of pywire.
#
# wire() gives dumps(values...) and loads(bytes, position).  A value that cannot
# go raises Opaque.  Objects that are no values go through far(object) -> (tag,
# text) and come back through near(tag, text).  On the candidate's side the
# source shares the interpreter, so all names are held from before, in closures.
def numbered_readers(readers, number, depth_max):
    """Replaces those of what can be changed: each has the number that the
    writer gave it.  Returns a list of one: the objects of the message."""
    the_len, the_range, the_list = len, range, list
    the_set, the_frozen, the_array = set, frozenset, bytearray
    value_error, made = ValueError, [[]]

    def get_again(data, at, depth):
        colon = data.index(b":", at, at + 12)
        digits = data[at:colon]
        if not digits.isdigit():
            raise value_error("number")
        v = made[0][int(digits)]
        if v is None:
            raise value_error("an object inside of itself")
        return v, colon + 1

    def fill(found, data, at, depth):
        n, at = number(data, at)
        if depth == depth_max:
            raise value_error("depth")
        for _ in the_range(n):
            item, at = readers[data[at]](data, at + 1, depth + 1)
            found.append(item)
        return at

    def get_list(data, at, depth):
        found = []
        made[0].append(found)
        return found, fill(found, data, at, depth)

    def get_dict(data, at, depth):
        found = {}
        made[0].append(found)
        n, at = number(data, at)
        if depth == depth_max:
            raise value_error("depth")
        for _ in the_range(n):
            key, at = readers[data[at]](data, at + 1, depth + 1)
            found[key], at = readers[data[at]](data, at + 1, depth + 1)
        if the_len(found) != n:
            raise value_error("keys")
        return found, at

    def make_set(found):
        """A set has an order, by its history: one that was made at once, as
        a literal is, has a smaller table than one that grew."""
        v = the_set(found)
        if the_list(v) != found:
            other = the_set(v)
            if the_list(other) == found:
                return other
        return v

    def get_set(data, at, depth):
        place, found = the_len(made[0]), []
        made[0].append(None)
        at = fill(found, data, at, depth)
        made[0][place] = v = make_set(found)
        return v, at

    def get_frozen(data, at, depth):
        found = []
        at = fill(found, data, at, depth)
        v = the_frozen(found)
        if the_list(v) != found:
            v = the_frozen(the_set(found))
        return v, at

    def get_array(data, at, depth):
        n, at = number(data, at)
        v = the_array(data[at:at + n])
        made[0].append(v)
        return v, at + n

    readers.update({97: get_again, 108: get_list, 100: get_dict, 101: get_set,
                    122: get_frozen, 121: get_array})
    return made


def more_readers(readers, number):
    """Adds those of ints of any size and of other types of the builtins."""
    import sys
    from _struct import unpack

    the_complex, the_range, the_int = complex, range, int
    value_error, from_hex = ValueError, bytes.fromhex
    digits_set = getattr(sys, "set_int_max_str_digits", None)
    digits_get = getattr(sys, "get_int_max_str_digits", None)
    digits_max = 65536

    def get_int(data, at, depth):
        n, at = number(data, at)
        digits = data[at:at + n]
        if not (digits[1:] if digits[:1] == b"-" else digits).isdigit():
            raise value_error("digits")
        if n > 4000:
            return long_int(digits), at + n
        return the_int(digits), at + n

    def long_int(digits):
        was = digits_get() if digits_get else 0
        if was:
            digits_set(0)
        try:
            if len(digits) > digits_max:
                raise value_error("digits")
            return the_int(digits)
        finally:
            if was:
                digits_set(was)

    def get_complex(data, at, depth):
        a, b = unpack(">dd", from_hex(data[at:at + 32].decode()))
        return the_complex(a, b), at + 32

    def get_range(data, at, depth):
        found = []
        for _ in "abc":
            if data[at] != 105:
                raise value_error("range")
            n, at = readers[105](data, at + 1, depth)
            found.append(n)
        return the_range(*found), at

    readers.update({105: get_int, 99: get_complex, 114: get_range})


def kit_types():
    """By name: the parts that a type of the standard library is made of, and
    its module.  A part is a tuple of types, None of any value."""
    import datetime as _d
    none, whole, text = type(None), (int,), (str,)
    zone = (none, _d.timezone, "ZoneInfo")
    return {"date": ((whole,) * 3, "datetime"),
            "datetime": ((whole,) * 7 + (zone, whole), "datetime"),
            "time": ((whole,) * 4 + (zone, whole), "datetime"),
            "timedelta": ((whole,) * 3, "datetime"),
            "timezone": (((_d.timedelta,), text), "datetime"),
            "ZoneInfo": ((text,), "zoneinfo"),
            "Decimal": ((text,), "decimal"),
            "Fraction": ((whole,) * 2, "fractions"),
            "deque": (((list,), (int, none)), "collections"),
            "Counter": (((dict,),), "collections"),
            "OrderedDict": (((dict,),), "collections"),
            "defaultdict": ((None, (dict,)), "collections"),
            "PosixPath": ((text,), "pathlib"),
            "PurePosixPath": ((text,), "pathlib"),
            "PureWindowsPath": ((text,), "pathlib"),
            "UUID": ((text,), "uuid"),
            "IPv4Address": ((whole,), "ipaddress"),
            "IPv6Address": ((whole,), "ipaddress"),
            "IPv4Network": ((text,), "ipaddress"),
            "IPv6Network": ((text,), "ipaddress"),
            "array": ((text, (list,)), "array"),
            "SimpleNamespace": (((dict,),), "types"),
            "slice": ((None,) * 3, "builtins")}


def kit_reader(readers, made):
    the_type, the_len, the_zip, the_str = type, len, zip, str
    value_error, import_it = ValueError, __import__
    kits, get_text, get_tuple = [], readers[115], readers[116]

    def check_part(v, kinds):
        if kinds is not None and the_type(v) not in kinds and \
                the_type(v).__name__ not in kinds or \
                the_type(v) is the_str and the_len(v) > 1000:
            raise value_error("parts")

    def maker(name, module, args):
        make = import_it(module).__dict__[name]
        if name in ("datetime", "time"):
            return make(*args[:-1], fold=args[-1])
        if name == "SimpleNamespace":
            return make(**args[0])
        return make(*args)

    def get_kit(data, at, depth):
        name, at = get_text(data, at, depth)
        if not kits:
            kits.append(kit_types())
        types, module = kits[0][name]
        place = the_len(made[0])
        made[0].append(None)
        if data[at] != 116:
            raise value_error("parts")
        args, at = get_tuple(data, at + 1, depth)
        if the_len(args) != the_len(types):
            raise value_error("parts")
        for v, kinds in the_zip(args, types):
            check_part(v, kinds)
        made[0][place] = v = maker(name, module, args)
        return v, at

    return get_kit


def instance_maker():
    """make(class, held, state): an instance of a class that both sides have,
    without its __init__; renew() gives one its state."""
    the_type, function, is_sub, attribute = type, type(lambda: 0), \
        issubclass, getattr
    plain, put, get = object.__new__, object.__setattr__, \
        object.__getattribute__
    fixed = (str, int, float, bytes, tuple, frozenset)
    mro_of = the_type.__dict__["__mro__"].__get__
    base, the_list, the_dict, the_set = BaseException, list, dict, set
    fault = (AttributeError, TypeError)

    def renew(v, state):
        try:
            own = get(v, "__dict__")
            own.clear()
        except fault:
            own = None
        for name, value in state.items():
            # The behaviour of the class is not for a value to change.
            if the_type(attribute(the_type(v), name, None)) is function:
                continue
            if own is None or name in slots_of(the_type(v)):
                put(v, name, value)
            else:
                own[name] = value

    def slots_of(kind):
        found = []
        for k in mro_of(kind):
            names = k.__dict__.get("__slots__", ())
            found += [names] if the_type(names) is fixed[0] else names
        return found

    def begin(kind):
        """One that is filled later, where that can be."""
        for above in (the_list, the_dict, the_set):
            if is_sub(kind, above):
                return above.__new__(kind)
        return None if is_sub(kind, fixed + (base,)) else plain(kind)

    def fill(v, kind, held):
        if v is None:
            for above in fixed:
                if is_sub(kind, above):
                    return above.__new__(kind, held)
            v = base.__new__(kind)
            v.args = held
        elif is_sub(kind, the_list):
            the_list.extend(v, held)
        elif is_sub(kind, the_dict):
            the_dict.update(v, held)
        elif is_sub(kind, the_set):
            the_set.update(v, held)
        return v

    return begin, fill, renew


def instance_readers(readers, made, get_name, by_name):
    """Adds those of instances of classes that both sides have, of the classes
    themselves, and of named tuples."""
    value_error, the_str, the_dict, the_len = ValueError, str, dict, len
    the_type, the_tuple, named = type, tuple, {}
    begin, fill, renew = instance_maker()

    def get_class(data, at, depth):
        name, at = get_name(data, at, depth)
        return by_name[name], at

    def is_member(kind):
        return hasattr(kind, "__members__") and \
            hasattr(kind, "_value2member_map_")

    def get_instance(data, at, depth):
        kind, at = get_class(data, at, depth)
        place = the_len(made[0])
        made[0].append(None)
        if is_member(kind):
            pair, at = readers[data[at]](data, at + 1, depth)
            name, value = pair
            v = kind.__members__.get(name)
            v = kind(value) if v is None else v
            made[0][place] = v
            return v, at
        made[0][place] = v = begin(kind)
        held, at = readers[data[at]](data, at + 1, depth)
        made[0][place] = v = fill(v, kind, held)
        state, at = readers[data[at]](data, at + 1, depth)
        if the_type(state) is not the_dict:
            raise value_error("state")
        renew(v, state)
        return v, at

    def get_named(data, at, depth):
        """A tuple whose items have names."""
        if data[at] != 116:
            raise value_error("names")
        names, at = readers[116](data, at + 1, depth)
        if data[at] != 116 or the_len(names) > 100:
            raise value_error("names")
        v, at = readers[116](data, at + 1, depth)
        for name in names:
            if the_type(name) is not the_str:
                raise value_error("names")
        if names not in named:
            from collections import namedtuple
            named[names] = namedtuple(names[0], names[1:], rename=True)
        return named[names](*v), at

    readers.update({73: get_instance, 67: get_class, 110: get_named})
    return renew


def named_readers(readers, number, near, get_ok, made):
    """Adds those of what goes by a name: constants and types of the builtins,
    types of the standard library, objects of either side."""
    import builtins

    value_error, get_text = ValueError, readers[115]

    def get_builtin(data, at, depth):
        name, at = get_text(data, at, depth)
        v = builtins.__dict__[name]
        if name[0] == "_" or not get_ok(v):
            raise value_error("name")
        return v, at

    def get_far(tag):
        def get(data, at, depth):
            n, at = number(data, at)
            return near(tag, data[at:at + n]), at + n
        return get

    readers.update({66: get_builtin, 120: kit_reader(readers, made),
                    103: get_far(b"g"), 104: get_far(b"h")})


class Wire:
    """What wire() makes."""
    __slots__ = ("dumps", "loads", "more", "written", "made", "renew",
                 "twin", "content")


def wire(Opaque, far, near, put_ok, get_ok):
    join, room, room_max, put_other = b"".join, [0], 8 << 20, []
    twins, by_name = {}, {}
    writers = plain_writers(room, Opaque)
    parts_of = dump, _, written = item_writers(writers, put_other, room,
                                               Opaque)
    put_other.append(other_writer(writers, parts_of, far, put_ok, room,
                                  twins))
    readers, number, get_made = plain_readers(64)
    more_readers(readers, number)
    made = numbered_readers(readers, number, 64)
    named_readers(readers, number, near, get_ok, made)
    w = Wire()
    w.renew = instance_readers(readers, made, readers[115], by_name)
    new_written, the_id = Written, id

    def dumps(*values, order=()):
        """order: objects that the other side has numbered before."""
        parts = []
        room[0] = room_max
        written[0] = new_written(order)
        for v in values:
            dump(v, parts, 0)
        if room[0] < 0:
            raise Opaque("value too large")
        return join(parts)

    def more(data, at):
        """One value at that position, and the position after it."""
        return readers[data[at]](data, at + 1, 0)

    def loads(data, at, order=()):
        """The first one of a message."""
        made[0] = list(order)
        return readers[data[at]](data, at + 1, 0)

    def twin(name, kind):
        """A class that the other side has too."""
        twins[the_id(kind)], by_name[name] = name, kind

    # A rehearsal: where runs are forked from a warm interpreter, what it makes
    # ready is ready in all of them.
    sample = dumps((None, True, -12, 1.5, "text", b"", [1, 2], {"a": {3}}))
    for _ in range(20):
        loads(sample, 0)
        dumps((None, True, -12, 1.5, "text", b"", [1, 2], {"a": {3}}))
    w.dumps, w.loads, w.more, w.twin = dumps, loads, more, twin
    w.written, w.made, w.content = written, made, content_reader(twins)
    return w
