import os, sys, time


def say(*a):
    os.write(1, (" ".join(map(str, a)) + "\n").encode())


def try_(f):
    """GOT when f() works, tried in any case."""
    say("tried")
    try:
        r = f()
    except Exception as e:
        say("no:", type(e).__name__, e)
        return
    say("GOT", r)


class Libc:
    """ctypes only when it is used: it costs a run some milliseconds."""

    def __getattr__(self, name):
        import ctypes
        return getattr(ctypes.CDLL(None, use_errno=True), name)


libc = Libc()


def call(*a):
    import ctypes
    lib = ctypes.CDLL(None, use_errno=True)
    lib.syscall.restype = ctypes.c_long
    r = lib.syscall(*[ctypes.c_long(x) if type(x) is int else x for x in a])
    if r < 0:
        raise OSError(ctypes.get_errno(), "syscall")
    return r


def good(r):
    """A call of libc that went well."""
    if r < 0:
        raise OSError("libc")
    return r


def room(n):
    import ctypes
    return ctypes.create_string_buffer(n)


def machine(code):
    import ctypes, mmap
    m = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
    m.write(code)
    a = ctypes.addressof(ctypes.c_char.from_buffer(m))
    return ctypes.CFUNCTYPE(ctypes.c_long)(a)()


