# search_domain.py - the domain that written examples show, for parameters that
# no data describe.  Trusted Python in the jail: it never runs a candidate.
#
# What nobody wrote down may be outside of what a task is about: a negative
# number where none was ever seen, an empty list, another letter than A to F.
# A difference there is a question to the user and no fault of an answer; an
# example that has such a value makes it a part of the domain.
#
# A Place is learnt from the values of one argument, of the elements of its
# lists, of the keys of its dicts; Ties from the arguments of each example.
# What is believed needs that nothing written speaks against it, and where
# chance could have made it (sorted, few letters), enough that speaks for it.
import ast
import re

CLASSES = (str.islower, str.isupper, str.isdigit)
RUN_OF_DIGITS = re.compile(r"\d+")
FORMS_MIN = 3       # texts of one form before the form is believed
ROWS_MIN = 3        # lists that are in order before order is believed
FEW_LETTERS = 8     # different ones of a class that may be all there are,
OFTEN = 3           # if each was seen so often
WORD_MAX = 60       # longer texts of a program are prose, no characters
CASE_MAX = 2        # n < 2 speaks of 1, of 0 and of less
PLACES_DEPTH = 4
SEQUENCES = (list, tuple, set, frozenset)


def form_of(text):
    """The text with its numbers taken out."""
    return RUN_OF_DIGITS.sub("0", text)


def in_order(v):
    try:
        return all(a <= b for a, b in zip(v, v[1:]))
    except TypeError:
        return False


class Place:
    """What values of one place look like, and whether a value is such a one."""

    def __init__(self, values, depth=0):
        self.kinds = {type(v) for v in values}
        numbers = [v for v in values if type(v) in (int, float) and v == v]
        self.negative = any(v < 0 for v in numbers)
        self.zero = any(v == 0 for v in numbers)
        self.nan = any(v != v for v in values)
        self.learn_texts([v for v in values if isinstance(v, str)])
        rows = [v for v in values if isinstance(v, SEQUENCES)]
        self.learn_rows(rows)
        dicts = [v for v in values if isinstance(v, dict)]
        self.empty_dict = any(not d for d in dicts)
        self.element = self.key = self.value = None
        if depth < PLACES_DEPTH:
            items = [x for v in rows for x in v]
            self.element = Place(items, depth + 1) if items else None
            if any(dicts):
                self.key = Place([k for d in dicts for k in d], depth + 1)
                self.value = Place([x for d in dicts for x in d.values()],
                                   depth + 1)

    def learn_texts(self, texts):
        self.empty_text = "" in texts
        self.spaced = any(t != " ".join(t.split()) for t in texts)
        self.letters = set("".join(texts))
        self.classes = []
        for test in CLASSES:
            own = [c for t in texts for c in t if test(c)]
            few = len(set(own)) <= FEW_LETTERS and \
                len(own) >= OFTEN * len(set(own))
            if test is str.isdigit:      # of digits, only 0 and 1
                few = few and set(own) == {"0", "1"}
            if own and not few:
                self.classes.append(test)
        forms = {form_of(t) for t in texts}
        same = len(forms) == 1 and len(set(texts)) >= FORMS_MIN
        self.form = forms.pop() if same else None
        if self.form is not None and not (self.form.replace("0", "") and
                                          "0" in self.form):
            self.form = None     # all digits, or the same words: no form

    def learn_rows(self, rows):
        self.empty_row = any(not v for v in rows)
        self.mixed = any(len({type(x) for x in v}) > 1 for v in rows)
        sizes = {len(v) for v in rows if isinstance(v, tuple)}
        self.size = sizes.pop() if len(sizes) == 1 and len(rows) > 1 else None
        long = [v for v in rows if isinstance(v, (list, tuple)) and len(v) > 2]
        enough = len(long) >= ROWS_MIN
        self.rising = enough and all(in_order(v) for v in long)
        self.falling = enough and not self.rising and \
            all(in_order(v[::-1]) for v in long)

    def allow(self, case):
        if case == "empty":
            self.empty_text = self.empty_row = self.empty_dict = True
        else:
            self.zero = True
            self.negative = self.negative or case == "negative"

    def free_texts(self):
        """Letters in the other case, and blanks at the ends."""
        self.spaced = True
        self.letters |= {c.swapcase() for c in self.letters
                         if len(c.swapcase()) == 1}
        if self.letters:
            self.letters.add(" ")
        for part in (self.element, self.key, self.value):
            if part is not None:
                part.free_texts()

    def holds(self, v):
        kind = type(v)
        if kind not in self.kinds:
            return False
        if kind in (int, float):
            return v > 0 or (v == 0 and self.zero) or \
                (v < 0 and self.negative) or (v != v and self.nan)
        if kind is str:
            return self.holds_text(v)
        if kind is dict:
            return self.holds_dict(v)
        return kind not in SEQUENCES or self.holds_row(v)

    def holds_text(self, v):
        if not v:
            return self.empty_text
        if self.form is not None and form_of(v) != self.form:
            return False
        if not self.spaced and v != " ".join(v.split()):
            return False
        return all(c in self.letters or any(test(c) for test in self.classes)
                   and c.isascii() for c in v)

    def holds_dict(self, v):
        if not v:
            return self.empty_dict
        return self.key is not None and all(map(self.key.holds, v)) and \
            all(map(self.value.holds, v.values()))

    def holds_row(self, v):
        if not v:
            return self.empty_row
        if self.size is not None and isinstance(v, tuple) and \
                len(v) != self.size:
            return False
        if not self.mixed and len({type(x) for x in v}) > 1:
            return False
        if self.rising and not in_order(v) or \
                self.falling and not in_order(v[::-1]):
            return False
        return self.element is None or all(map(self.element.holds, v))


class Ties:
    """What holds between the arguments of every example."""

    def __init__(self, rows):
        self.equal, self.length, self.inside = [], [], []
        self.below, self.member = [], []
        n = len(rows[0]) if len(rows) > 1 else 0
        for i in range(n):
            for j in range(n):
                if i != j:
                    self.learn(rows, i, j)

    def learn(self, rows, i, j):
        pairs = [(r[i], r[j]) for r in rows]
        if i < j and self.are_as_long(pairs):
            self.equal.append((i, j))
        if len(rows) > 2 and all(self.is_among(a, b) for a, b in pairs):
            self.member.append((i, j))
        if all(self.is_int(a) and self.is_row(b, True) for a, b in pairs):
            self.learn_index(pairs, i, j)
        if len(rows) > 2 and all(is_plain(a) and is_plain(b) and a <= b
                                 for a, b in pairs):
            self.below.append((i, j))

    def learn_index(self, pairs, i, j):
        """A number that is the length of a row, or lies inside of it."""
        if all(a == len(b) for a, b in pairs):
            self.length.append((i, j))
        elif all(0 <= a <= len(b) for a, b in pairs):
            low = min(a for a, _ in pairs)
            self.inside.append((i, j, min(low, 1),
                                all(a < len(b) for a, b in pairs)))

    @staticmethod
    def is_row(v, text=False):
        return isinstance(v, (list, tuple, str) if text else (list, tuple))

    @classmethod
    def are_as_long(cls, pairs):
        """Always, which two short examples would not say."""
        return all(cls.is_row(a, True) and cls.is_row(b, True) and
                   len(a) == len(b) for a, b in pairs) and \
            (len(pairs) > 2 or len({len(a) for a, _ in pairs}) > 1)

    @classmethod
    def is_among(cls, a, b):
        return cls.is_row(b) and any(type(a) is type(x) and a == x for x in b)

    @staticmethod
    def is_int(v):
        return isinstance(v, int) and not isinstance(v, bool)

    def mend(self, args, dice):
        for i, j in self.equal:
            n = min(len(args[i]), len(args[j])) \
                if self.is_row(args[i], True) and self.is_row(args[j], True) \
                else None
            if n is not None:
                args[i], args[j] = args[i][:n], args[j][:n]
        for i, j in self.member:
            if args[j] and not self.is_among(args[i], args[j]):
                args[i] = dice.pick(args[j])
        for i, j in self.length:
            if self.is_row(args[j], True):
                args[i] = len(args[j])
        for i, j, low, strict in self.inside:
            if self.is_row(args[j], True) and self.is_int(args[i]):
                top = len(args[j]) - strict
                if not low <= args[i] <= top:
                    args[i] = low + dice.below(max(1, top - low + 1))
        for i, j in self.below:
            if is_plain(args[i]) and is_plain(args[j]) and args[i] > args[j]:
                args[i], args[j] = args[j], args[i]
        return args

    def holds(self, args):
        """For values that each hold in their place."""
        return all(len(args[i]) == len(args[j]) for i, j in self.equal) and \
            all(args[i] == len(args[j]) for i, j in self.length) and \
            all(low <= args[i] <= len(args[j]) - strict
                for i, j, low, strict in self.inside) and \
            all(self.is_among(args[i], args[j]) for i, j in self.member) and \
            all(args[i] <= args[j] for i, j in self.below)


def tests_in(tree):
    """What a program decides a case by: not the conditions of its loops."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.IfExp)):
            yield from ast.walk(node.test)


def is_len_of(node, name):
    return isinstance(node, ast.Call) and ast.unparse(node) == f"len({name})"


def is_named(node, name):
    return isinstance(node, ast.Name) and node.id == name


def cases_for(tree, name):
    """Which of "zero", "negative", "empty" the program tells apart in the
    argument: it would not if that were no input."""
    found = set()
    for node in tests_in(tree):
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            if is_named(node.operand, name) or is_len_of(node.operand, name):
                found |= {"zero", "empty"}
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        left, op, right = node.left, node.ops[0], node.comparators[0]
        value = getattr(right, "value", None)
        if is_len_of(left, name) or is_named(left, name) and \
                ast.unparse(right) in ("''", "[]", "()", "{}"):
            found.add("empty")
        elif is_named(left, name) and type(value) in (int, float):
            if isinstance(op, (ast.Eq, ast.NotEq)) and value == 0:
                found.add("zero")
            elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and \
                    value <= CASE_MAX:
                found |= {"zero", "negative"}
    return found


def is_program(tree):
    """A reference may rely on what its author knew of the inputs; an
    expression is the definition of what is due, for other letters too."""
    return any(isinstance(node, ast.FunctionDef) for node in tree.body)


class Domain:
    """Of argument lists, from written ones and from what the oracles take for
    an input: their trees, and the names of the parameters."""

    def __init__(self, rows, trees, names):
        self.places = [Place([r[i] for r in rows])
                       for i in range(len(rows[0]))]
        self.ties = Ties(rows)
        self.own = sorted({w for t in trees for w in constants_of(t)[1]})
        letters = {c for w in self.own for c in w
                   if len(w) < WORD_MAX and not set(w) & set("[\\")}
        for place, name in zip(self.places, names):
            place.letters |= letters if place.letters else set()
            for case in set().union(*(cases_for(t, name) for t in trees)):
                place.allow(case)
            if trees and not any(map(is_program, trees)):
                place.free_texts()

    def holds(self, args):
        return all(p.holds(v) for p, v in zip(self.places, args)) and \
            self.ties.holds(args)
