# Watch what the source makes the interpreter do, by its audit events.  This
# text comes before a driver when it is turned into an array; see pyguard.py.
#
# A hook cannot be taken back, and what it needs is in its closure.  It is no
# wall: that is the jail.  It tells of events that a function of plain values has
# no use for, each once for a line of the source.
def watcher():
    """watch(here, opened, tell): from now on, for code of the file here, call
    tell(is it opened, event, first argument, line)."""
    import sys

    base, the_str, is_a = BaseException, str, isinstance
    starts, parted = the_str.startswith, the_str.partition
    add, frame_of, the_any = sys.addaudithook, sys._getframe, any
    the_len, told_max = len, 64
    quiet = {"import", "sys._getframe", "sys._getframemodulename",
             "object.__getattr__", "code.__new__", "object.__setattr__",
             "builtins.id", "marshal.loads", "function.__new__",
             "array.__new__", "sys.unraisablehook"}
    opens = {"open", "io", "os", "pathlib"}

    def places(here):
        """Files of the calls from the event up to the source, and its line
        there; None: the source is not among them."""
        at, files = frame_of(3), []
        while at is not None:
            file = at.f_code.co_filename
            if file == here:
                return files, at.f_lineno
            files.append(file)
            at = at.f_back
        return None, 0

    def is_needed(event, files, library):
        """By the library itself: an import, the code of a named tuple."""
        if the_any(starts(f, "<frozen importlib") for f in files):
            return True
        return event in ("compile", "exec") and files and \
            (starts(files[0], library) or starts(files[0], "<frozen"))

    def watch(here, opened, tell):
        import os

        busy, told, library = [], set(), os.path.dirname(os.__file__)

        def look(event, args):
            files, line = places(here)
            if files is None or (event, line) in told or \
                    is_needed(event, files, library):
                return
            told.add((event, line))
            what = args[0] if args and is_a(args[0], the_str) else ""
            known = parted(event, ".")[0] in opened or \
                event == "open" and opens & opened
            tell(known, event, what, line)

        def hook(event, args):
            if busy or event in quiet or the_len(told) == told_max:
                return
            busy.append(event)
            try:
                look(event, args)
            except base:
                pass
            del busy[:]

        add(hook)

    return watch
