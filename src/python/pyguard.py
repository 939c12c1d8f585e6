# What a driver needs that shares its interpreter with untrusted source.  This
# text comes before such a driver when it is turned into an array.
#
# The source may change anything it reaches: builtins, modules, classes.  So
# what is used once it has been loaded is held in local names from before, and
# nothing is kept in a global: the functions at the top level of these texts
# only make others, which share what they have in their closures.  To call one
# of them again gives new functions, with a state of their own.
def settings():
    """roomy(): room for work of ours, whatever the source has set; it returns
    what puts the source's settings back, which last as in any interpreter."""
    import sys

    base, recursion_get, recursion_set = BaseException, \
        sys.getrecursionlimit, sys.setrecursionlimit
    digits_get = getattr(sys, "get_int_max_str_digits", None)
    digits_set = getattr(sys, "set_int_max_str_digits", None)
    recursion_start = recursion_get()

    def roomy():
        depth = recursion_get()
        digits = digits_get() if digits_get else 0
        if depth < recursion_start:
            recursion_set(recursion_start)
        if digits:
            digits_set(0)

        def restore():
            if digits:
                digits_set(digits)
            if depth < recursion_start:
                try:
                    recursion_set(depth)
                except base:
                    pass
        return restore

    return roomy


def guard():
    """read_job, new_module, text_of, described."""
    import builtins
    import posix
    import sys

    base, the_type, the_str, the_int = BaseException, type, str, int
    is_a, encode, join = isinstance, str.encode, b"".join
    syntax, exceptions = SyntaxError, (SyntaxError, IndentationError, TabError)
    read, open_file, dup2, close = posix.read, posix.open, posix.dup2, \
        posix.close
    roomy = settings()
    modules, module_type = sys.modules, the_type(sys)

    def read_job():
        """All of stdin, which is empty from then on."""
        parts = []
        while True:
            more = read(0, 1 << 18)
            if not more:
                break
            parts.append(more)
        null = open_file("/dev/null", posix.O_RDONLY)
        dup2(null, 0)
        close(null)
        return join(parts)

    def new_module(name, here):
        """An empty module for the source, as if it came from that file."""
        folder = posix.getcwd()
        sys.argv[:] = [here]
        sys.path.insert(0, folder)
        builtins.exit = builtins.quit = sys.exit
        module = module_type(name)
        module.__file__ = folder + "/" + here
        modules[name] = module
        return module

    def text_of(make, limit):
        try:
            text = make()
            if the_type(text) is the_str:
                text = text.split("\n", 1)[0][:limit]
                return encode(text, "utf-8", "replace")
        except base:
            pass
        return b""

    def line_of(e, here):
        if is_a(e, syntax) and e.filename == here:
            return e.lineno or 0
        line, at, steps = 0, e.__traceback__, 0
        while at is not None and steps < 10000:
            if at.tb_frame.f_code.co_filename == here:
                line = at.tb_lineno
            at, steps = at.tb_next, steps + 1
        return line

    def described(e, here):
        """(type, text, line) of an exception.  The text is without the file
        and line that str() of a SyntaxError adds."""
        restore = roomy()
        name = text_of(lambda: the_type(e).__name__, 60)
        text = text_of(lambda: the_str(
            e.msg if the_type(e) in exceptions else e), 150)
        try:
            line = line_of(e, here)
            line = line if the_type(line) is the_int else 0
        except base:
            line = 0
        restore()
        return name, text, line

    return read_job, new_module, text_of, described
