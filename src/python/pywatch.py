# Watch what the source makes the interpreter do, by its audit events.  This
# text comes before a driver when it is turned into an array; see pyguard.py.
#
# A hook cannot be taken back, and what it needs is in its closure.  It is no
# wall: that is the jail.  It tells of the first event that a function of plain
# values has no use for.
def watcher():
    """watch(here, opened, tell): from now on, for code of the file here."""
    import sys

    base, the_str, is_a = BaseException, str, isinstance
    starts, parted = the_str.startswith, the_str.partition
    add, frame_of, the_any = sys.addaudithook, sys._getframe, any
    quiet = {"import", "sys._getframe", "object.__getattr__", "code.__new__",
             "object.__setattr__", "builtins.id", "marshal.loads",
             "function.__new__", "array.__new__", "sys.unraisablehook"}
    opens = {"open", "io", "os", "pathlib"}

    def places(here):
        """Files of the calls from the event up to the source, and its line
        there; None: the source is not among them."""
        at, files = frame_of(2), []
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

        busy, library = [], os.path.dirname(os.__file__)

        def hook(event, args):
            if busy or event in quiet:
                return
            busy.append(event)
            try:
                root = parted(event, ".")[0]
                files, line = places(here)
                if files is None or root in opened or \
                        event == "open" and opens & opened or \
                        is_needed(event, files, library):
                    busy.clear()
                    return
                what = args[0] if args and is_a(args[0], the_str) else ""
                tell(event, what, line)
            except base:
                pass

        add(hook)

    return watch
