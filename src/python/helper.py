# What the trusted helpers share. They run in the jail: they parse texts of
# models and never run them; only plain values go in and out. Each helper is
# this file and its own behind it, put together when the program is built.
import ast
import warnings

warnings.simplefilter("ignore")
LINES_MAX = 400  # lines that are dropped, one by one, until a text compiles


def parse(text):
    try:
        tree = ast.parse(text)
        compile(text, "candidate", "exec", dont_inherit=True)
        return tree
    except (SyntaxError, ValueError, RecursionError, MemoryError,
            OverflowError):
        return None
