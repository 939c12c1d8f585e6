

# What is wrong with the texts of a test, before anything is run: expressions,
# statements, the signature.  Nothing of them is evaluated; names are looked up
# in what an expression will find at hand (see call_maker() in
# python/pyrun_driver.py).  Behind helper.py, literals.py and asserts.py.
import builtins
import difflib
import math
import statistics
import symtable
import typing

SHOWN = 60           # characters of an expression in a message
TYPES = set(dir(builtins)) | set(typing.__all__)
EXCEPTIONS = [n for n in dir(builtins)
              if isinstance(getattr(builtins, n), type) and
              issubclass(getattr(builtins, n), BaseException)]
HELP = set(n for n in dir(math) if n[0] != "_") | set(statistics.__all__) | \
    set(dir(builtins)) | {"math", "statistics"}
MODULES = {"math": math, "statistics": statistics}


def shown(text):
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def hint(name, known):
    near = difflib.get_close_matches(name, sorted(known), 1, 0.7)
    return f", did you mean '{near[0]}'?" if near else ""


def slip(error, n_lines):
    """The reason of a SyntaxError; its line where there are several."""
    reason = error.msg or type(error).__name__
    if n_lines > 1 and error.lineno:
        return f"{reason} (its line {error.lineno})"
    return reason


def compiled(text, mode, what):
    """(tree, "") or (None, why it is none)."""
    try:
        tree = ast.parse(text, mode=mode)
        compile(text, "text", mode, dont_inherit=True)
        return tree, ""
    except SyntaxError as e:
        why = slip(e, text.count("\n") + 1)
    except (RecursionError, MemoryError):
        why = "it is nested too deeply"
    except (ValueError, OverflowError) as e:
        why = str(e)
    return None, f"{what} '{shown(text)}' does not compile: {why}"


def free_names(table, top=True):
    """Names that a text takes from outside."""
    found = set()
    for s in table.get_symbols():
        if s.is_global() or top and s.is_referenced() and not s.is_assigned():
            found.add(s.get_name())
    for child in table.get_children():
        found |= free_names(child, False)
    return found - {s.get_name() for s in table.get_symbols()
                    if top and s.is_assigned()}


def wrong_attributes(tree):
    """math.cel and the like: (module, name)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and \
                isinstance(node.value, ast.Name) and \
                node.value.id in MODULES and \
                not hasattr(MODULES[node.value.id], node.attr):
            yield node.value.id, node.attr


def of_expression(text, known):
    """known: parameters, and result where it has a meaning; None where the
    signature is broken and no name can be judged."""
    text = text.strip()
    tree, why = compiled(text, "eval", "expression")
    if tree is None:
        return [why]
    if known is None:
        return []
    names = free_names(symtable.symtable(text, "text", "eval"))
    out = []
    for name in sorted(names - HELP - set(known)):
        near = hint(name, known) or hint(name, HELP)
        out.append(f"unknown name '{name}' in expression '{shown(text)}'{near}")
    for module, name in wrong_attributes(tree):
        if module not in known:
            out.append(f"'{module}' has no '{name}'"
                       + hint(name, dir(MODULES[module])))
    return out


def of_case(text, entry, params):
    """A statement of the specification: one claim about the entry point."""
    tree, why = compiled(text, "exec", "case")
    if tree is None:
        return [why]
    rows = tw_asserts(text, entry, params)
    if not rows:
        return [f"'{shown(text)}' is no assert statement"]
    if any(row[0] == "other" for row in rows):
        called = any(is_call(n, entry) for n in ast.walk(tree))
        if not called:
            return [f"'{shown(text)}' does not call '{entry}'"]
        return [f"cannot split '{shown(text)}' into a call and a value"]
    return []


def of_signature(call, fallbacks, own):
    """own: is there code that may bring types of its own?"""
    tree, _ = compiled(f"def {call}: pass", "exec", "'call'")
    if tree is None:
        return [f"'call' is no signature of Python: '{shown(call)}'"]
    out = []
    args = tree.body[0].args
    notes = [a.annotation for a in args.posonlyargs + args.args +
             args.kwonlyargs] + [tree.body[0].returns]
    for note in filter(None, notes):
        for node in ast.walk(note):
            if isinstance(node, ast.Name) and node.id not in TYPES:
                near = hint(node.id, TYPES)
                if near or not own:
                    out.append(f"unknown type '{node.id}' in 'call'{near}")
    for name, text in fallbacks:
        if not tw_literals([text])[0][0]:
            out.append(f"the default of '{name}' is no literal")
    return out


def of_error(name):
    """A name that is nearly one of Python's is a slip; any other may be one
    that the code defines."""
    near = hint(name, EXCEPTIONS)
    if name in EXCEPTIONS or not near:
        return []
    return [f"unknown exception '{name}'{near}"]


def of_code(text, function):
    """A reference: a program that defines its function."""
    tree, why = compiled(text, "exec", "reference")
    if tree is None:
        return [why]
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and \
                node.name == function:
            return []
        if isinstance(node, ast.Name) and node.id == function and \
                isinstance(node.ctx, ast.Store):
            return []
        if isinstance(node, ast.alias) and \
                (node.asname or node.name) == function:
            return []
    defined = [n.name for n in tree.body if isinstance(n, ast.FunctionDef)]
    return [f"the reference defines no '{function}'" + hint(function, defined)]


AUDITS = {"expr": of_expression, "case": of_case, "call": of_signature,
          "error": of_error, "code": of_code}


def tw_audit(kind, args):
    """Lines for people; none where nothing is wrong."""
    return AUDITS[kind](*args)
