# What an exception is: the names of its class and of all above it, told by the
# real type objects.  This text comes behind pyguard.py, before the drivers of
# candidates when they are turned into arrays; like it, it keeps all in
# closures.  What the names mean is decided outside (exception.c) or by the
# classes of the tests' own interpreter (pytests_error.py): a class that calls
# itself ValueError is none.
def class_chains():
    """chain(class): a list of (name, class) in the order of its mro; the name
    is "module.name" where the class is found under it, ".name" elsewhere."""
    import builtins
    import sys

    the_type, the_id, the_str, module_type = type, id, str, type(sys)
    is_a, is_sub, base, modules = isinstance, issubclass, BaseException, \
        sys.modules
    mro_of, name_of, module_of = (
        the_type.__dict__[name].__get__
        for name in ("__mro__", "__name__", "__module__"))
    own = {the_id(v): "builtins." + v.__name__
           for v in builtins.__dict__.values()
           if is_a(v, the_type) and is_sub(v, base)}
    own[the_id(object)] = "builtins.object"
    classes_max, text_max = 40, 100

    def full_name(cls):
        known = own.get(the_id(cls))
        if known is not None:
            return known
        name, module = name_of(cls), module_of(cls)
        if the_type(module) is the_str and module != "builtins":
            at = modules.get(module)
            if the_type(at) is module_type and at.__dict__.get(name) is cls:
                return (module + "." + name)[:text_max]
        return "." + name[:text_max]

    def chain(cls):
        return [("".join(c if c > " " else "?" for c in full_name(k)), k)
                for k in mro_of(cls)[:classes_max]]

    return chain


def contents():
    """(type, content) of the builtin types: an instance of a subclass (a named
    tuple, a defaultdict, an IntEnum) equals what it holds, read with the
    methods of the builtin type."""
    the_str, the_int, the_float, the_bytes = str, int, float, bytes
    the_list, the_tuple, the_dict = list, tuple, dict
    the_set, the_frozen, the_array = set, frozenset, bytearray
    return ((the_str, the_str.__str__), (the_int, the_int.__int__),
            (the_float, the_float.__float__),
            (the_tuple, lambda v: the_tuple(the_tuple.__iter__(v))),
            (the_list, lambda v: the_list(the_list.__iter__(v))),
            (the_dict, lambda v: the_dict(the_dict.items(v))),
            (the_set, lambda v: the_set(the_set.__iter__(v))),
            (the_frozen, lambda v: the_frozen(the_frozen.__iter__(v))),
            (the_bytes, lambda v: the_bytes.__getitem__(v, slice(None))),
            (the_array, lambda v: the_array.copy(v)))
