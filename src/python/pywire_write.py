# Values to bytes, in the notation of docs/formats/pyval.md and what
# docs/formats/pyassert.md adds.  This text comes before the two drivers of the
# judge when they are turned into arrays.
#
# A writer is a function(value, parts, depth) that appends bytes to parts;
# writers are found by the exact type.  All of one answer share room, a list of
# one number: how many bytes may still come, counted roughly.
def plain_writers(room, Opaque):
    """Writers of the types without items."""
    import sys
    from _struct import pack
    from binascii import hexlify

    the_len, the_int, the_bytes = len, int, bytes
    encode, bits = str.encode, the_int.bit_length
    bytes_max, digits_max = 1 << 20, 65536
    digits_set = getattr(sys, "set_int_max_str_digits", None)
    digits_get = getattr(sys, "get_int_max_str_digits", None)

    def put_none(v, parts, depth):
        parts.append(b"N")

    def put_bool(v, parts, depth):
        parts.append(b"T" if v else b"F")

    def put_int(v, parts, depth):
        if not -(1 << 8000) < v < 1 << 8000:
            if bits(v) > 3 * digits_max:
                raise Opaque("int too large")
            room[0] -= bits(v) // 3
            was = digits_get() if digits_get else 0
            if was:
                digits_set(0)
            text = b"%d" % v
            if was:
                digits_set(was)
        else:
            text = b"%d" % v
        parts.append(b"i%d:%s" % (the_len(text), text))

    def put_float(v, parts, depth):
        parts.append(b"f" + hexlify(pack(">d", v)))

    def put_str(v, parts, depth):
        if the_len(v) > bytes_max:
            raise Opaque("str too large")
        text = encode(v, "utf-8", "surrogatepass")
        room[0] -= the_len(text)
        parts.append(b"s%d:%s" % (the_len(text), text))

    def put_bytes(v, parts, depth):
        if the_len(v) > bytes_max:
            raise Opaque("bytes too large")
        room[0] -= the_len(v)
        parts.append(b"b%d:%s" % (the_len(v), v))

    def put_array(v, parts, depth):
        put_bytes(the_bytes(v), parts, depth)
        parts[-1] = b"y" + parts[-1][1:]

    def put_complex(v, parts, depth):
        parts.append(b"c" + hexlify(pack(">dd", v.real, v.imag)))

    def put_range(v, parts, depth):
        parts.append(b"r")
        for n in (v.start, v.stop, v.step):
            put_int(n, parts, depth)

    return {type(None): put_none, bool: put_bool, the_int: put_int,
            float: put_float, str: put_str, the_bytes: put_bytes,
            bytearray: put_array, complex: put_complex, range: put_range}


def item_writers(writers, put_other, room, Opaque):
    """Adds the writers of types with items; dump() writes any value.  What has
    no writer goes to put_other[0], which is there once something is written.
    """
    the_type, the_len, the_dict = type, len, dict
    depth_max = 64

    def enter(v, depth):
        room[0] -= 16 * the_len(v)
        if room[0] < 0:
            raise Opaque("value too large")
        if depth == depth_max:
            raise Opaque("value too deep")

    def put_items(tag):
        def put(v, parts, depth):
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
        enter(v, depth)
        parts.append(b"d%d:" % the_len(v))
        for key, value in the_dict.items(v):
            dump(key, parts, depth + 1)
            dump(value, parts, depth + 1)

    def dump(v, parts, depth):
        kind = the_type(v)
        if kind in writers:
            writers[kind](v, parts, depth)
        else:
            put_other[0](v, kind, parts, depth)

    writers.update({list: put_items(b"l"), tuple: put_items(b"t"),
                    set: put_items(b"e"), frozenset: put_items(b"z"),
                    the_dict: put_dict})
    return dump


def kit_parts(Opaque):
    """Types of the standard library that go by what makes them again."""
    the_str, the_list, the_dict = str, list, dict

    def no_zone(v):
        if v.tzinfo is not None:
            raise Opaque("datetime with a time zone")

    def of_datetime(v):
        no_zone(v)
        return (v.year, v.month, v.day, v.hour, v.minute, v.second,
                v.microsecond)

    def of_time(v):
        no_zone(v)
        return (v.hour, v.minute, v.second, v.microsecond)

    return (("datetime", "date", lambda v: (v.year, v.month, v.day)),
            ("datetime", "datetime", of_datetime),
            ("datetime", "time", of_time),
            ("datetime", "timedelta",
             lambda v: (v.days, v.seconds, v.microseconds)),
            ("decimal", "Decimal", lambda v: (the_str(v),)),
            ("fractions", "Fraction", lambda v: (v.numerator, v.denominator)),
            ("collections", "deque", lambda v: (the_list(v), v.maxlen)),
            ("collections", "Counter", lambda v: (the_dict(v),)),
            ("collections", "OrderedDict", lambda v: (the_dict(v),)))


def other_writer(writers, dump, far, put_ok, room, Opaque):
    """The writer of everything else: a constant of the builtins, a type of the
    standard library, an instance of a subclass, an object that stays here."""
    import builtins
    import sys

    the_type, the_len, the_id = type, len, id
    modules, kits, put_tuple = sys.modules, kit_parts(Opaque), writers[tuple]
    mro_of = the_type.__dict__["__mro__"].__get__
    by_id = {the_id(v): k for k, v in builtins.__dict__.items()
             if v is not None and v is not True and v is not False
             and k[0] != "_"}
    content = contents()  # a subclass goes by its content

    def put_other(v, kind, parts, depth):
        name = by_id.get(the_id(v))
        if name is not None and put_ok(v):
            parts.append(b"B%d:%s" % (the_len(name), name.encode()))
            return
        for module, name, make in kits:
            at = modules.get(module)
            if at is not None and kind is at.__dict__.get(name):
                parts.append(b"x%d:%s" % (the_len(name), name.encode()))
                put_tuple(make(v), parts, depth)
                return
        bases = mro_of(kind)
        for base, plain in content:
            if base in bases:
                dump(plain(v), parts, depth)
                return
        tag, text = far(v)
        room[0] -= 64
        parts.append(b"%s%d:%s" % (tag, the_len(text), text))

    return put_other
