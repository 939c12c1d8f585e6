# Trusted helper that runs in the jail: what a program reaches for, found in
# its text. A script that was accepted is run by somebody outside the jail, so
# nothing is believed that the program did in it.
#
# Not a list of what is bad but of what is known to be pure: modules, builtin
# names, attributes. Whatever turns a string into an attribute, a name or code
# is closed, since no list of strings is ever complete; that is why a class may
# not say how it is copied, matched or made (each of these reads attributes by
# strings of the program's own).
import ast
import builtins
import dis
import io
import re
import sys
import tokenize
import unicodedata
import warnings

warnings.simplefilter("ignore")
ROWS_MAX, WHAT_MAX, SHOWN_MAX = 8, 90, 60
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

# Modules whose every public member only computes. Not among them, though many
# would say so: random, time, os (another result outside), sys, inspect, types,
# gc (ways to everything), contextlib (sets sys.stdout), pickle, codecs.
PURE = set("""__future__ abc array bisect calendar cmath collections
collections.abc copy dataclasses datetime decimal enum fractions functools
graphlib hashlib heapq itertools json math numbers operator re statistics
string struct textwrap typing unicodedata""".split())
# Of these only some members, which are constants or only compute.
PARTLY = {"sys": {"maxsize", "float_info", "getsizeof", "getrecursionlimit",
                  "setrecursionlimit", "exit"},
          "pytest": {"raises", "approx", "mark", "param", "fail"}}
# Members that evaluate strings, read attributes by name, or set globals.
CLOSED = {"typing.get_type_hints", "typing.ForwardRef",
          "typing.evaluate_forward_ref", "typing.get_origin",
          "typing.get_args", "typing.Type",
          "functools.singledispatch", "functools.singledispatchmethod",
          "functools.update_wrapper", "dataclasses.make_dataclass",
          "string.Formatter", "enum.global_enum", "enum.global_str",
          "enum.global_enum_repr", "enum.global_flag_repr",
          "hashlib.file_digest", "abc.ABCMeta", "enum.EnumMeta",
          "enum.EnumType", "calendar.LocaleTextCalendar",
          "calendar.LocaleHTMLCalendar", "calendar.main"}
# Their first argument, or all of them, name attributes.
BY_NAME = {"getattr", "hasattr", "setattr", "delattr", "operator.attrgetter",
           "operator.methodcaller"}
# Reads the attributes that further arguments name.
ONE_ARGUMENT = {"functools.wraps"}
DECORATORS = {"dataclasses.dataclass"}
PLAIN_BASES = {"abc.ABC", "typing.Generic", "typing.Protocol"}
# With these, or with a class or a match statement, a class made by type() is
# a way to attributes by strings.
NEEDS_NO_TYPE = {"abc", "copy", "dataclasses", "enum"}

BUILTINS = set("""abs aiter all anext any ascii bin bool bytearray bytes
callable chr classmethod complex dict divmod enumerate filter float format
frozenset hex int isinstance issubclass iter len list map max min next object
oct ord pow print property range repr reversed round set slice sorted
staticmethod str sum super tuple zip type getattr hasattr setattr delattr
Ellipsis NotImplemented exit quit""".split())
BUILTINS |= {k for k, v in vars(builtins).items()
             if isinstance(v, type) and issubclass(v, BaseException)}
OPERATORS = set("""lt le eq ne gt ge add sub mul truediv floordiv mod divmod
pow matmul and or xor lshift rshift neg pos abs invert bool int float complex
index round trunc floor ceil len iter next reversed contains getitem setitem
delitem missing call str repr hash enter exit""".split())
METHODS = {"__%s__" % k for k in OPERATORS}
METHODS |= {"__%s%s__" % (a, k) for k in OPERATORS for a in "ri"}
METHODS |= {"__init__", "__new__", "__post_init__", "__copy__", "__deepcopy__",
            "__slots__", "__doc__", "__aiter__", "__anext__", "__aenter__",
            "__aexit__", "__await__"}
READABLE = METHODS | {"__name__", "__qualname__"}
LIBRARY = set(getattr(sys, "stdlib_module_names", ()))
FRAMES = re.compile(r"(gi|cr|ag|tb|f|co|func)_(frame|code|await|yieldfrom|"
                    r"origin|suspended|next|back|globals|locals|builtins|lasti|"
                    r"trace\w*|consts|names|closure|generator)$|mro$|"
                    r"_?evaluate$|ag_await$")
CLOCK = {"now", "today", "utcnow"}
FIELD = re.compile(r"\{[^{}]*")
PLACE = re.compile(r"[.\[]\s*(\w+)")  # "{0.x}", "{0[x]}"
COOKIE = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
SITE = {"help", "license", "copyright", "credits"}  # builtins, not in the jail
TYPE_READERS = {"isinstance", "issubclass", "print", "str", "repr"}


def parse(text):
    try:
        code = compile(text, "answer", "exec", dont_inherit=True)
        return ast.parse(text), code
    except SyntaxError as e:
        raise SyntaxError("line %s: %s" % (e.lineno or 0, e.msg)) from None


def link(tree):
    """Every node knows the one above it."""
    nodes = [tree]
    tree.up = None
    for node in nodes:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.expr_context, ast.operator, ast.cmpop,
                                  ast.boolop, ast.unaryop)):
                continue  # one object for all of its kind
            child.up = node
            nodes.append(child)
    return nodes


def global_reads(code):
    """(line, column, name) of names that are no local ones, as the compiler
    sees it; without columns before Python 3.11. Code that the compiler leaves
    out cannot run."""
    found, todo = set(), [code]
    while todo:
        code = todo.pop()
        todo.extend(c for c in code.co_consts if hasattr(c, "co_consts"))
        line = code.co_firstlineno
        for i in dis.get_instructions(code):
            at = getattr(i, "positions", None)
            if at is not None and at.lineno:
                line = at.lineno
            elif at is None and i.starts_line:
                line = i.starts_line
            if i.opname.startswith(("LOAD_GLOBAL", "LOAD_NAME",
                                    "LOAD_CLASSDEREF", "LOAD_FROM_DICT")):
                found.add((line, at.col_offset if at else None, i.argval))
    return found


def constant(node):
    return node.value if isinstance(node, ast.Constant) and \
        isinstance(node.value, str) else None


class Reach:
    """Rows [line, what, name that allow opens], first lines first."""

    def __init__(self, tree, code, allow):
        self.allow, self.rows = set(allow), []
        self.used = set()   # of what is allowed
        self.nodes = link(tree)
        self.globals = global_reads(code)
        self.modules = {}   # local name to modules, from imports
        self.anywhere = set()  # of these: bound in a function
        self.members = {}   # local name to each "module.member"
        self.roots = set()  # modules that are imported
        self.where = {}     # and the first import of each
        self.open_star = False
        self.own = {}       # is_own_global()
        self.starred = {}   # name to the imports of * that bind it
        self.annotated = set()
        self.bound = self.bound_names()
        self.classes = {n.name for n in self.nodes
                        if isinstance(n, ast.ClassDef)}
        self.has_match = any(type(n).__name__ == "Match" for n in self.nodes)

    # -- what is said --

    def say(self, node, what, key=""):
        if key and key in self.allow:
            self.used.add(key)
            return
        self.rows.append([getattr(node, "lineno", 0), what[:WHAT_MAX],
                          key[:WHAT_MAX]])

    def is_open(self, module):
        """Has the project opened it, or a package that it is in?"""
        found = [k for k in self.allow if (module + ".").startswith(k + ".")]
        if module not in PURE:
            self.used.update(found)
        return bool(found)

    # -- names --

    def bound_names(self):
        """Name to the first node that binds it; counted in n_bound."""
        names, self.n_bound = {}, {}
        for n in self.nodes:
            found = [getattr(n, key, None) for key in ("name", "rest", "arg")]
            if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load):
                found.append(n.id)
            elif isinstance(n, (ast.Import, ast.ImportFrom)):
                found += [(a.asname or a.name).split(".")[0] for a in n.names]
            elif isinstance(n, (ast.alias, ast.keyword)):
                continue  # the name of somebody else
            for k in found:
                if isinstance(k, str):
                    names.setdefault(k, n)
                    self.n_bound[k] = self.n_bound.get(k, 0) + 1
        return names

    def odd_bindings(self):
        """Names that are not the program's to give."""
        for name, n in self.bound.items():
            if name[:2] == "__" and name[-2:] == "__" and name not in \
                    METHODS | {"__all__", "__author__", "__version__"}:
                what = "def " if isinstance(n, FUNCTIONS) else ""
                self.say(n, what + name, name)

    def is_global(self, node):
        return (node.lineno, node.col_offset, node.id) in self.globals or \
            (node.lineno, None, node.id) in self.globals or \
            id(node) in self.annotated

    def is_own_global(self, name):
        """Is it bound at the top, before any use, and never taken away? Then
        it is not the builtin of that name."""
        if name not in self.own:
            self.own[name] = self.find_own(name)
        return self.own[name]

    def find_own(self, name):
        at = 0
        for n in self.nodes[0].body:
            if isinstance(n, FUNCTIONS + (ast.ClassDef,)) and n.name == name \
                    or n in self.starred.get(name, ()) or \
                    isinstance(n, ast.ImportFrom) and any(
                        (a.asname or a.name) == name for a in n.names):
                at = n.lineno
                break
        return at > 0 and not any(
            isinstance(n, ast.Name) and n.id == name and
            (n.lineno <= at or isinstance(n.ctx, ast.Del)) or
            isinstance(n, ast.ExceptHandler) and n.name == name
            for n in self.nodes)

    # -- imports --

    def member(self, node, module, name):
        """"module.name" of a module that is pure or partly so. True: it is a
        module itself."""
        full = module + "." + name
        if module not in PURE and not self.is_open(module):
            way = any((k + ".").startswith(full + ".") for k in self.allow)
            if not way and name not in PARTLY.get(module, ()):
                self.say(node, full, full)
            return way and full not in self.allow
        try:
            there = __import__(module, fromlist=["x"])
        except ImportError:  # not of the library
            there = None
        if self.is_hidden(there, module, name):
            self.say(node, full, full)
            return False
        return type(getattr(there, name, None)) is type(sys)

    def is_hidden(self, there, module, name):
        """Is it none of the members that are meant for others?"""
        full = module + "." + name
        value = getattr(there, name, None)
        listed = getattr(there, "__all__", None)
        if type(value) is type(sys):  # a part of it, not what it imports
            return not (full in PURE or self.is_open(full) and
                        sys.modules.get(full) is value)
        return name.startswith("_") or full in CLOSED or \
            listed is not None and name not in listed or \
            there is not None and value is None and name in LIBRARY

    def known_module(self, node, module):
        if module in PURE or module in PARTLY or self.is_open(module):
            self.roots.add(module.split(".")[0])
            self.where.setdefault(module.split(".")[0], node)
            return True
        self.say(node, "import " + module, module.split(".")[0])
        return False

    def bind_module(self, node, name, module):
        self.modules.setdefault(name, set()).add(module)
        up = node.up
        while up is not None and not isinstance(up, FUNCTIONS +
                                                (ast.ClassDef,)):
            up = up.up
        if up is not None:
            self.anywhere.add(name)

    def bind_member(self, name, full):
        self.members.setdefault(name, set()).add(full)

    def import_from(self, node):
        module = node.module or ""
        if node.level:
            self.say(node, "import from " + "." * node.level + module)
            return
        if not self.known_module(node, module):
            return
        for a in node.names:
            name = a.asname or a.name
            if a.name == "*":
                self.import_star(node, module)
            elif self.member(node, module, a.name):
                self.bind_module(node, name, module + "." + a.name)
            else:
                self.bind_member(name, module + "." + a.name)

    def import_star(self, node, module):
        if module not in PURE:
            self.open_star = True
            if module in PARTLY and not self.is_open(module):
                self.say(node, "from %s import *" % module, module)
            return
        there = __import__(module, fromlist=["x"])
        names = getattr(there, "__all__", None) or \
            [k for k in vars(there) if k[0] != "_"]
        for k in names:
            self.bound.setdefault(k, node)
            self.bind_member(k, module + "." + k)
            self.starred.setdefault(k, []).append(node)

    def imports(self):
        for n in self.nodes:
            if isinstance(n, ast.ImportFrom):
                self.import_from(n)
            elif isinstance(n, ast.Import):
                for a in n.names:
                    if self.known_module(n, a.name):
                        short = a.asname or a.name.split(".")[0]
                        self.bind_module(n, short, a.name if a.asname
                                         else short)

    # -- what names are used for --

    def full(self, node):
        """Each "module.member" that a name or an attribute may stand for."""
        if isinstance(node, ast.Name):
            return self.members.get(node.id, set())
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return {"%s.%s" % (m, node.attr)
                    for m in self.modules.get(node.value.id, ())}
        return set()

    def is_builtin(self, node, names):
        return isinstance(node, ast.Name) and node.id in names and \
            node.id not in self.bound

    def module_use(self, node, module):
        """A module is only a way to its members: as a value it would take its
        hidden ones along."""
        while True:
            up = node.up
            if not isinstance(up, ast.Attribute):
                self.say(node, "the module %s as a value" % module)
                return
            if not isinstance(up.ctx, ast.Load):
                self.say(up, "a change of %s.%s" % (module, up.attr), module)
            if not self.member(up, module, up.attr):
                return
            module, node = module + "." + up.attr, up

    def name_use(self, node):
        name = node.id
        if not isinstance(node.ctx, ast.Load):
            return
        known = self.is_global(node)
        if name[:3] == "_tw" and name not in self.bound or \
                name[:2] == "__" and name[-2:] == "__":
            self.say(node, name, name)
            return
        if name in self.modules and (known or name in self.anywhere):
            for module in self.modules[name]:
                self.module_use(node, module)
        for full in self.members.get(name, ()):
            self.special_use(node, full)
        if known and name not in self.modules:
            self.global_use(node, name)

    def global_use(self, node, name):
        """A builtin, a name of the program, or neither."""
        if name in self.bound and self.is_own_global(name):
            return
        if name in BUILTINS:
            self.special_use(node, name)
        elif hasattr(builtins, name) or name in SITE:
            self.say(node, name, name)
        elif name not in self.bound and not self.open_star and \
                id(node) not in self.annotated:
            self.say(node, "the name %s, which it does not define" % name,
                     name)

    def special_use(self, node, full):
        """Members and builtins that may only be called, and only so."""
        up = node.up
        called = isinstance(up, ast.Call) and up.func is node
        if full in CLOSED and not self.is_open(full):
            self.say(node, full, full)
        elif full == "type":
            plain = called and len(up.args) == 1 and not up.keywords and \
                not isinstance(up.args[0], ast.Starred)
            self.type_use(up if plain else node, called and not plain)
        elif full in DECORATORS:
            top = up if called else node
            if not (isinstance(top.up, ast.ClassDef) and
                    top in top.up.decorator_list):
                self.say(node, full + " as a value", full)
        elif full in BY_NAME | ONE_ARGUMENT and not called:
            self.say(node, full + " as a value", full)
        elif full in BY_NAME:
            self.by_name(up, full)
        elif full in ONE_ARGUMENT and (len(up.args) != 1 or up.keywords):
            self.say(node, full + " of more than a function", full)

    def by_name(self, call, full):
        """Attributes that a string names."""
        args = call.args[1:2]
        if full == "operator.attrgetter":
            args = call.args
        elif full == "operator.methodcaller":
            args = call.args[:1]
        if full in ("setattr", "delattr") and call.args:
            self.set_of_others(call, call.args[0], "...")
        if not args or call.keywords and full != "operator.methodcaller":
            self.say(call, full + " in an unusual form", full)
        for a in args:
            text = constant(a)
            if text is None:
                self.say(call, full + " with a name that is computed", full)
                continue
            for part in text.split("."):
                self.attribute_name(call, part, full == "setattr")

    def type_use(self, node, made):
        """A class as a value can make classes, with attributes by strings; it
        may be compared, shown and tested."""
        up = node.up
        while isinstance(up, (ast.Tuple, ast.List, ast.Set)):
            up = up.up
        if not made and (
                isinstance(up, ast.FormattedValue) or
                isinstance(up, ast.Compare) and self.is_plain_compare(up) or
                isinstance(up, ast.Attribute) and
                up.attr in ("__name__", "__qualname__") or
                isinstance(up, ast.Call) and
                self.is_builtin(up.func, TYPE_READERS)):
            return
        if made or self.classes or self.roots & NEEDS_NO_TYPE or \
                self.has_match:
            self.say(node, "type() as a value", "type")

    def is_plain_compare(self, node):
        """With classes and None, by identity, or where no class of the program
        could be asked: what is equal is its own method."""
        if not self.classes or \
                all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            return True
        parts = [node.left] + node.comparators
        while parts:
            p = parts.pop()
            if isinstance(p, (ast.Tuple, ast.List, ast.Set)):
                parts.extend(p.elts)
            elif not (self.is_builtin(p, BUILTINS) or
                      isinstance(p, ast.Constant) or
                      isinstance(p, ast.Name) and self.is_class(p.id) or
                      isinstance(p, ast.Attribute) and p.attr == "__class__" or
                      isinstance(p, ast.Call) and
                      self.is_builtin(p.func, {"type"})):
                return False
        return True

    # -- attributes --

    def attribute_name(self, node, name, store=False):
        if name[:2] == "__" and name[-2:] == "__":
            if store or name not in READABLE:
                self.say(node, "the attribute " + name, name)
        elif FRAMES.match(name):
            self.say(node, "the attribute " + name, name)
        elif name in ("format", "format_map"):
            self.say(node, "%s as a value" % name, name)
        elif name in CLOCK and "datetime" in self.roots:
            self.say(node, "the clock, by %s()" % name, name)

    def format_use(self, node):
        """A format reads attributes that its text names."""
        up = node.up
        text = constant(node.value)
        if not (isinstance(up, ast.Call) and up.func is node):
            self.say(node, "%s as a value" % node.attr, node.attr)
        elif text is None:
            self.say(node, "a format that is computed", node.attr)
        elif any(name[0] == "_" or FRAMES.match(name)
                 for field in FIELD.findall(text)
                 for name in PLACE.findall(field)):
            self.say(node, "a format that reads attributes", node.attr)

    def attribute_use(self, node):
        if node.attr == "__class__" and isinstance(node.ctx, ast.Load):
            self.type_use(node, isinstance(node.up, ast.Call) and
                          node.up.func is node)
        elif node.attr in ("format", "format_map"):
            self.format_use(node)
        else:
            self.attribute_name(node, node.attr,
                                not isinstance(node.ctx, ast.Load))
        for full in self.full(node):
            self.special_use(node, full)
        if not isinstance(node.ctx, ast.Load):
            self.set_of_others(node, node.value, node.attr)
        self.zone_use(node)

    def set_of_others(self, node, base, name):
        """Classes of the library are everybody's."""
        for full in self.full(base):
            self.say(node, "a change of %s.%s" % (full, name), full)

    def zone_use(self, node):
        """Times of the host's own zone."""
        call = node.up
        if "datetime" not in self.roots or not isinstance(call, ast.Call) or \
                call.func is not node:
            return
        n = len(call.args) + len(call.keywords)
        if node.attr == "fromtimestamp" and n == 1 or \
                node.attr == "astimezone" and n == 0:
            self.say(node, "the host's time zone, by %s()" % node.attr,
                     node.attr)

    # -- statements --

    def is_class(self, name):
        """Of the text, by a class statement and nothing else?"""
        return name in self.classes and self.n_bound[name] == 1

    def class_head(self, node):
        for k in node.keywords:
            if k.arg in (None, "metaclass"):
                self.say(node, "a class with a metaclass", "metaclass")
        if any(self.full(d.func if isinstance(d, ast.Call) else d) & DECORATORS
               for d in node.decorator_list):
            self.data_class(node)

    def data_class(self, node):
        """The library writes code with the names of its fields, those of the
        classes that it is made of among them."""
        heads = {n.name: n for n in self.nodes if isinstance(n, ast.ClassDef)}
        todo, seen = list(node.bases), set()
        while todo:
            base = todo.pop()
            if isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name) and self.is_class(base.id):
                if base.id not in seen:
                    seen.add(base.id)
                    todo.extend(heads[base.id].bases)
            elif not (self.full(base) and self.full(base) <= PLAIN_BASES or
                      self.is_builtin(base, BUILTINS)):
                self.say(node, "a data class of a class made elsewhere",
                         "dataclasses.dataclass")

    def pattern(self, node):
        for name in node.kwd_attrs:
            self.attribute_name(node, name)
        if node.patterns and not (
                self.is_builtin(node.cls, BUILTINS) or
                isinstance(node.cls, ast.Name) and self.is_class(node.cls.id)
                and not self.roots & {"enum", "copy"}):
            self.say(node, "a pattern by place", "match")

    def annotations(self):
        """They may be evaluated, also where the compiler leaves them out."""
        for n in self.nodes:
            for key in ("annotation", "returns"):
                top = getattr(n, key, None)
                for part in ast.walk(top) if top is not None else ():
                    self.annotated.add(id(part))

    def look(self):
        self.annotations()
        self.imports()
        self.odd_bindings()
        if {"enum", "copy"} <= self.roots:
            # An enumeration may have any attribute, by a string; a copy asks
            # for some.
            self.say(self.where["copy"], "copy together with enum", "copy")
        for n in self.nodes:
            if isinstance(n, ast.Name):
                self.name_use(n)
            elif isinstance(n, ast.Attribute):
                self.attribute_use(n)
            elif isinstance(n, ast.ClassDef):
                self.class_head(n)
            elif isinstance(n, (ast.Global, ast.Nonlocal)):
                for k in n.names:
                    if k[:2] == "__":
                        self.say(n, k, k)
            elif type(n).__name__ == "MatchClass":
                self.pattern(n)
        return self.rows


# --- characters ---

# Letters that look like ASCII ones: Cyrillic, Greek, Armenian, Latin letters
# of other kinds (Unicode's confusables, those of one character).
ALIKE = set(
    "\u0430\u0431\u0432\u0433\u0435\u0455\u0456\u0458\u043a\u043b"
    "\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0446\u044c"
    "\u0475\u04bb\u0501\u051b\u051d\u04cf\u0410\u0412\u0415\u0405"
    "\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423"
    "\u0425\u04ae\u04ba\u050c\u0510\u03b1\u03b3\u03b9\u03bd"
    "\u03bf\u03c1\u03c5\u0391\u0392\u0395\u0396"
    "\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u0570\u0578\u057d\u0581\u0585\u0566\u053c\u0555\u054d\u0131"
    "\u0251\u0261\u0269\u026a\u028b\u028f\u01bd\u01c3\u1d0f\u1d1c"
    "\u1d20\u1d21\u1d22")


def named(c):
    return "U+%04X %s" % (ord(c), unicodedata.name(c, "without a name").lower())


def is_hidden(c):
    """Nothing is seen of it, or it moves what stands beside it."""
    if c in "\n\t":
        return False
    if c in "\ufe0e\ufe0f":  # which picture is meant: harmless
        return False
    return unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl",
                                       "Zp") or \
        c in "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" or \
        "\ufe00" <= c <= "\ufe0d" or "\U000e0100" <= c <= "\U000e01ef"


def hidden(text):
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.isascii() and line.isprintable():
            continue
        for c in line:
            if is_hidden(c):
                rows.append([number, "hides the character " + named(c), ""])
                break
    return rows


def script_of(c):
    return unicodedata.name(c, "?").split(" ")[0]


def odd_name(name):
    """Why an identifier is not what it looks like, or ""."""
    if unicodedata.normalize("NFKC", name) != name:
        return "which is %s to Python" % ascii(
            unicodedata.normalize("NFKC", name))[1:-1]
    letters = [c for c in name if c.isalpha()]
    other = [c for c in letters if not c.isascii()]
    scripts = {script_of(c) for c in letters}
    if len(scripts) > 1 and any(c in ALIKE for c in other):
        return "which mixes scripts"  # not those that nobody takes for others
    if other and scripts != {"GREEK"} and \
            all(c in ALIKE or c.isascii() for c in letters):
        return "which looks like another name"
    return ""


def names_of(text):
    try:
        for t in tokenize.generate_tokens(io.StringIO(text).readline):
            if t.type == tokenize.NAME and not t.string.isascii():
                yield t.start[0], t.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass


def odd_names(text):
    rows = []
    for line, name in names_of(text) if not text.isascii() else ():
        why = odd_name(name)
        if why:
            rows.append([line, "has the name %s, %s" % (
                ascii(name)[1:-1][:40], why), ""])
    return rows


def encoded(text):
    """A file with such a line is another program than its text."""
    rows = []
    for number, line in enumerate(text.split("\n")[:2], 1):
        m = COOKIE.match(line)
        if m and m.group(1).lower() not in ("utf-8", "utf8", "ascii"):
            what = "declares the encoding " + m.group(1)[:40]
            rows.append([number, what, ""])
    return rows


def shown(lines, number):
    """The line of the answer, as text that holds nothing but ASCII."""
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    line = ascii(line)[1:-1].replace("\\'", "'").replace("\\\\", "\\")
    return line[:SHOWN_MAX] + "..." * (len(line) > SHOWN_MAX)


def tw_reach(text, allow):
    """[rows, names of allow that it uses]; a row is [line, what, name that
    allow opens, the line]."""
    rows = hidden(text) + odd_names(text) + encoded(text)
    tree, code = parse(text)
    reach = Reach(tree, code, allow)
    rows += [[r[0], "reaches for " + r[1], r[2]] for r in reach.look()]
    rows.sort(key=lambda r: r[0])
    lines, once = text.split("\n"), []
    for row in rows:
        if row[:2] not in [o[:2] for o in once]:
            once.append(row + [shown(lines, row[0])])
        if len(once) == ROWS_MAX:
            break
    return [once, sorted(reach.used)]
