# Values from bytes, in the notation of docs/formats/pyval.md.  This text comes
# before the drivers when they are turned into arrays.
#
# A reader is a function(data, position, depth) -> (value, position after it);
# readers are found by the tag before the position.  They are strict: what no
# writer would write is a ValueError, or another exception of the builtins.
def plain_readers(depth_max):
    """The readers of the builtin types by tag, and two parts of them."""
    from _struct import unpack

    the_len, the_range, the_zip = len, range, zip
    the_int, the_dict, the_tuple = int, dict, tuple
    value_error, from_hex = ValueError, bytes.fromhex

    def number(data, at):
        colon = data.index(b":", at, at + 12)
        digits = data[at:colon]
        if not digits.isdigit() or digits[0] == 48 and colon - at > 1:
            raise value_error("length")
        n, at = the_int(digits), colon + 1
        if n > the_len(data) - at:
            raise value_error("length")
        return n, at

    def get_constant(v):
        return lambda data, at, depth: (v, at)

    def get_int(data, at, depth):
        n, at = number(data, at)
        return the_int(data[at:at + n]), at + n

    def get_float(data, at, depth):
        return unpack(">d", from_hex(data[at:at + 16].decode()))[0], at + 16

    def get_text(data, at, depth):
        n, at = number(data, at)
        return data[at:at + n].decode("utf-8", "surrogatepass"), at + n

    def get_bytes(data, at, depth):
        n, at = number(data, at)
        return data[at:at + n], at + n

    def some(data, at, depth, n):
        if depth == depth_max:
            raise value_error("depth")
        found = []
        for _ in the_range(n):
            item, at = readers[data[at]](data, at + 1, depth + 1)
            found.append(item)
        return found, at

    def get_list(data, at, depth):
        n, at = number(data, at)
        return some(data, at, depth, n)

    def get_made(make):
        def get(data, at, depth):
            n, at = number(data, at)
            found, at = some(data, at, depth, n)
            return make(found), at
        return get

    def get_dict(data, at, depth):
        n, at = number(data, at)
        found, at = some(data, at, depth, 2 * n)
        return the_dict(the_zip(found[::2], found[1::2])), at

    # By the byte of the tag: N T F i f s b l t e z d.
    readers = {78: get_constant(None), 84: get_constant(True),
               70: get_constant(False), 105: get_int, 102: get_float,
               115: get_text, 98: get_bytes, 108: get_list,
               116: get_made(the_tuple), 101: get_made(set),
               122: get_made(frozenset), 100: get_dict}
    return readers, number, get_made
