# Runs a program and its tests in one interpreter inside the jail, and writes
# to descriptor 3 which lines and pairs of lines were executed, as JSON.  What
# it says is a diagnosis: no verdict rests on it, since both run beside it.
# The state of the trace stays inside of driver(), so that a program changes it
# only on purpose.
HERE = "<candidate>"


class Quiet:
    """All tests run, whatever some of them raise; the first is told."""
    first = None

    def test_begins(self, muted):
        pass

    test_ends = is_ours = lambda self, e=None: True

    def error(self, e):
        self.first = self.first or e

    def run(self, runner, called):
        runner.run_all(called)
        if self.first is not None:
            raise self.first


def run(source, tests, entry_name):
    import builtins
    import sys
    module = type(sys)("candidate")
    space = module.__dict__
    sys.modules["candidate"] = module
    builtins.exit = builtins.quit = sys.exit
    exec(compile(source, HERE, "exec", dont_inherit=True), space)
    entry = dict(space)
    test_space = {k: v for k, v in space.items() if k[:2] != "__"}
    test_space["__name__"] = "tests"
    sys.modules["tests"] = tests_module = type(sys)("tests")
    tests_module.__dict__.update(test_space)
    test_space = tests_module.__dict__
    hooks = Quiet()
    if "pytest" in tests:
        sys.modules["pytest"] = make_pytest(lambda held, text: None)
    test_space["_tw_run_tests"] = lambda called=(): hooks.run(
        Runner(test_space, hooks), called)
    exec(compile(tests, "<tests>", "exec", dont_inherit=True), test_space)
    check = test_space.get("check")
    if check and check is not entry.get("check") and entry_name in entry and \
            "check(" not in tests.replace("def check(", ""):
        check(entry[entry_name])


def driver():
    import opcode
    import posix
    import sys
    import threading

    source = open("candidate.py", encoding="utf-8").read()
    tests = open("tests.py", encoding="utf-8").read()
    entry_name = sys.argv[1]
    here, call, arcs_max = HERE, run, 200000
    ends = {opcode.opmap[k] for k in ("RETURN_VALUE", "RETURN_CONST")
            if k in opcode.opmap}
    inner = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
    write, leave = posix.write, posix._exit
    settrace, thread_settrace = sys.settrace, threading.settrace
    base, the_type, the_len = BaseException, type, len
    lines, arcs, resume = set(), set(), {}

    def trace(frame, event, _):
        code = frame.f_code
        if event != "call" or code.co_filename != here:
            return None
        last = resume.pop(frame, 0)
        plain = code.co_name not in inner
        top = code.co_name == "<module>"
        end = 0 if top else -code.co_firstlineno

        def local(frame, event, _):
            nonlocal last
            line = frame.f_lineno
            if event == "line":
                lines.add(line)
                if last and plain and the_len(arcs) < arcs_max:
                    arcs.add((last, line))
                last = line
            elif event == "return":
                if code.co_code[frame.f_lasti] not in ends:
                    resume[frame] = last
                elif last and plain:
                    arcs.add((last, end))
            return local

        return local

    def send(how):
        parts = ["{\"end\": \"", how, "\", \"lines\": ["]
        parts.append(", ".join(map(str, sorted(lines))))
        parts.append("], \"arcs\": [")
        parts.append(", ".join("[%d, %d]" % a for a in sorted(arcs)))
        parts.append("]}\n")
        data = "".join(parts).encode()
        while data:
            data = data[write(3, data):]

    how = "pass"
    sys.argv[:] = ["candidate.py"]
    thread_settrace(trace)
    settrace(trace)
    try:
        call(source, tests, entry_name)
    except base as e:
        how = the_type(e).__name__[:60]
    finally:
        settrace(None)
    send("".join(c for c in how if c.isalnum() or c == "_"))
    leave(0)


driver()
