# Values without items to bytes, in the notation of docs/formats/pyval.md and
# what docs/formats/pyassert.md adds.  This text comes before the two drivers of
# the judge when they are turned into arrays; pywire_items.py has the rest.
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

    # A bytearray may be given twice: pywire_items.py numbers it.
    return {type(None): put_none, bool: put_bool, the_int: put_int,
            float: put_float, str: put_str, the_bytes: put_bytes,
            bytearray: put_array, complex: put_complex, range: put_range}
