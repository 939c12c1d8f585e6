# search_shapes.py - values like those that examples show, for parameters that
# no data describe.  Trusted Python in the jail: it never runs a candidate.
#
# A Shape is learnt from the values of one place (an argument, the elements of
# a list, the keys of a dict): which types were seen, lengths, characters,
# whether lists were always sorted.  From it values are made that nobody wrote
# down, and written ones are changed.  What holds between the arguments of
# every example (equal lengths, an index inside of a list) holds for inputs.

LETTERS = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
           "0123456789")
FRESH_MAX = 5        # tries for a value that is in the domain
DEPTH_MAX = 4        # of values that are made up
TEXT_MAX = 40
OTHER = " .,zA1-_?"   # characters that no example has
# No larger ones: sum(range(n)) hears no clock.
BIG = [100, 101, 255, 256, 999, 1000, 1024, 12345, 65536, 10**6]
RUNS = [2, 3, 5, 9, 17, 33]     # how often a value stands in a row
NUMBERS = ["0", "00", "1", "007", "9", "10", "99", "100", "65535", "65536",
           "4294967296", "-1", "0.5", ""]   # in place of one in a text


def almost_text(t, dice):
    """A text that a careless comparison, or a careless reader of numbers,
    takes for the same."""
    numbers = [m.span() for m in RUN_OF_DIGITS.finditer(t)]
    way = dice.below(6)
    if numbers and way < 3:
        i, j = dice.pick(numbers)
        return t[:i] + dice.pick(NUMBERS) + t[j:]
    if way < 4:
        return t.swapcase()
    i = dice.below(len(t) + 1)
    if way == 4:
        return t[:i] + t[i:i + 1].swapcase() + t[i + 1:]
    return dice.pick([" " + t, t + " ", t + "\n", t.strip()])


def almost(v, dice):
    """A value that nearly equals the given one, of its type."""
    kind = type(v)
    if kind is int:
        return dice.pick([v - 1, v + 1, -v])
    if kind is float:
        by = 10.0 ** -(1 + dice.below(8)) * max(1, abs(v))
        return v + dice.pick([-by, by])
    return almost_text(v, dice) if kind is str else copy_of(v)


def kind_of(v):
    return type(v).__name__


def sortable(values):
    try:
        return sorted(values)
    except TypeError:
        return None


class Shape:
    """What values of one place look like."""

    def __init__(self, values, place, depth=0):
        self.place = place         # which of them are in the domain; or None
        self.kinds = [kind_of(v) for v in values]
        self.examples = values[:200]
        numbers = [v for v in values if isinstance(v, (int, float))
                   and not isinstance(v, bool) and v == v]
        self.scale = max([abs(v) for v in numbers if abs(v) < 1e15],
                         default=1) or 1
        self.texts = [v for v in values if isinstance(v, str)]
        self.learn_text()
        rows = [v for v in values if isinstance(v, (list, tuple, set,
                                                    frozenset))]
        self.sizes = sorted({len(v) for v in rows})
        self.sorted = self.always(rows, lambda s, v: s == v)
        self.falling = self.always(rows, lambda s, v: s[::-1] == v)
        self.distinct = False
        self.element = self.places = None
        self.key = self.value = None
        if depth < DEPTH_MAX:
            self.learn_parts(values, rows, depth)

    @staticmethod
    def always(rows, test):
        """Sorted lists are a precondition if there are enough to believe."""
        long = [list(v) for v in rows if isinstance(v, (list, tuple))
                and len(v) > 2]
        if len(long) < 3:
            return False
        ordered = [sortable(v) for v in long]
        return all(s is not None and test(s, v) for s, v in zip(ordered, long))

    def may_be(self, v):
        """Is it of a type that was seen here, down to its elements?"""
        if kind_of(v) not in self.kinds:
            return False
        if isinstance(v, (list, tuple, set, frozenset)):
            return self.element is None or all(map(self.element.may_be, v))
        return True

    def learn_text(self):
        self.form = self.place and self.place.form
        seen = set("".join(self.texts))
        self.letters = "".join(sorted(seen))
        self.classes = [c for c in LETTERS if seen & set(c)]
        n = sum(map(len, self.texts))
        self.closed = 0 < len(seen) <= 12 and (not self.classes or
                                               len(seen) <= 2 and n > 8)
        self.names = bool(seen) and all(c.isalnum() for c in seen)
        self.words = sorted({w for t in self.texts for w in t.split()})

    def learn_parts(self, values, rows, depth):
        def part(items, name):
            return Shape(items, self.place and getattr(self.place, name),
                         depth + 1)

        items = [x for v in rows for x in v]
        if items:
            self.element = part(items, "element")
        tuples = [v for v in values if isinstance(v, tuple)]
        if tuples and depth and len({len(v) for v in tuples}) == 1:
            self.places = [part([v[i] for v in tuples], "element")
                           for i in range(len(tuples[0]))]
        dicts = [v for v in values if isinstance(v, dict)]
        if any(dicts):
            self.key = part([k for d in dicts for k in d], "key")
            self.value = part([x for d in dicts for x in d.values()], "value")


class Maker:
    """Values of shapes; marks and words are those of the programs."""

    def __init__(self, dice, marks, words, own):
        self.dice = dice
        self.strict = False
        self.marks = [m for m in marks if abs(m) < 10**6]
        self.words = words
        self.signs = sorted({c for w in own if len(w) < 60 for c in w})
        self.plain = sorted({c for w in own for c in w
                             if len(w) < 60 and not set(w) & set("[\\")})

    def fresh(self, s):
        """A new value of the shape; of the domain, as a rule, if strict."""
        made = self.any_of(s)
        for _ in range(FRESH_MAX if self.strict and s.place else 0):
            if s.place.holds(made):
                break
            made = self.any_of(s)
        return made

    def any_of(self, s):
        kind = self.dice.pick(s.kinds)
        if kind == "bool":
            return self.dice.chance(0.5)
        if kind in ("int", "float"):
            return self.number(s, kind)
        if kind == "str":
            return self.text(s)
        if kind in ("list", "tuple", "set", "frozenset"):
            return self.row(s, kind)
        if kind == "dict" and s.key:
            return {freeze(self.fresh(s.key)): self.fresh(s.value)
                    for _ in range(self.dice.below(6))}
        same = [v for v in s.examples if kind_of(v) == kind]
        return copy_of(self.dice.pick(same))

    def number(self, s, kind):
        way = self.dice.below(12)
        x = self.dice.below(12) - 2
        if way <= 1:
            x = self.dice.below(2 * int(s.scale) + 2)
        elif way == 2:
            x = self.dice.below(4 * int(s.scale) + 21) - 2 * int(s.scale) - 10
        elif way == 3 and self.marks:
            x = self.dice.pick(self.marks) + self.dice.pick([-1, 0, 1])
        elif way == 4:
            x = self.dice.pick(BIG[:6] if s.scale < 100 else BIG)
        elif way <= 7:
            x = self.of_kind(s, ("int", "float")) + self.dice.pick([-1, 0, 0, 1])
        elif way == 8:
            x = -self.of_kind(s, ("int", "float"))
        elif way == 9:
            x = self.dice.below(102)
        if self.strict and s.place:
            x = abs(x) if not s.place.negative else x
            x = x or int(not s.place.zero)
        if kind == "int":
            return int(x)
        return float(x) + self.dice.pick([0.0, 0.0, 0.5, 0.1, 0.25, 0.999])

    def of_kind(self, s, kinds):
        same = [v for v in s.examples if kind_of(v) in kinds]
        return self.dice.pick(same) if same else 0

    def letter(self, s):
        if s.closed:
            return self.dice.pick(s.letters)
        way = self.dice.below(10)
        if way < 5 and s.letters:
            return self.dice.pick(s.letters)
        if way < 8 and s.classes:
            return self.dice.pick(self.dice.pick(s.classes))
        if way == 8 and (self.plain if s.names else self.signs):
            return self.dice.pick(self.plain if s.names else self.signs)
        return self.dice.pick(s.letters if s.names else OTHER)

    def text(self, s):
        way = self.dice.below(12)
        if s.form is not None and way < 9:
            return self.formed(s)
        if way <= 1:
            n = self.dice.below(5)
        elif way <= 5:
            n = self.dice.below(1 + self.dice.pick([6, 12, TEXT_MAX]))
        elif way <= 9:
            return self.edited_text(self.of_kind(s, ("str",)) or "", s)
        elif way == 10 and len(s.words) > 1 and " " in s.letters:
            words = [self.dice.pick(s.words)
                     for _ in range(self.dice.below(7))]
            return self.dice.pick([" ", " ", "  "]).join(words)
        else:      # few letters: repeats, mirrors
            some = [self.letter(s) for _ in range(2)]
            half = "".join(self.dice.pick(some)
                           for _ in range(self.dice.below(8)))
            return half + half[::self.dice.pick([1, -1])]
        return "".join(self.letter(s) for _ in range(n))

    def formed(self, s):
        """Other numbers in a text of always the same form."""
        numbers = [int(self.number(s, "int")) for _ in range(9)]
        return RUN_OF_DIGITS.sub(lambda m: str(abs(self.dice.pick(numbers))),
                                 self.dice.pick(s.texts))

    def edited_text(self, t, s):
        for _ in range(self.dice.pick([1, 1, 2, 3])):
            i = self.dice.below(len(t) + 1)
            j = self.dice.below(len(t) + 1)
            way = self.dice.below(12)
            if way <= 1:
                t = t[:i] + self.letter(s) + t[i:]
            elif way <= 3:
                t = t[:i] + t[i + 1:]
            elif way <= 5:
                t = t[:i] + self.letter(s) + t[i + 1:]
            elif way == 6:
                t = t[min(i, j):max(i, j)]
            elif way == 7:
                t = t[:i] + t[min(i, j):max(i, j)] + t[i:]
            elif way == 8:
                t = t[::-1]
            elif way == 9 and not s.closed:
                t = self.dice.pick([t.upper(), t.lower(), t.swapcase(),
                                    t.title()])
            elif way == 10:
                t = almost_text(t, self.dice)
            elif self.words and not s.closed:
                w = self.dice.pick(self.words)
                t = self.dice.pick([t[:i] + w + t[i:], w])
        return t[:200]

    def size(self, s):
        if s.sizes and self.dice.chance(0.5):
            return min(60, max(0, self.dice.pick(s.sizes)
                               + self.dice.pick([0, 0, -1, 1])))
        return self.dice.below(self.dice.pick([3, 5, 9, 16]))

    def row(self, s, kind):
        if self.dice.chance(0.5):
            x = self.edited_row(list(copy_of(self.of_kind(s, (kind,)))), s)
        elif s.places:
            return tuple(self.fresh(p) for p in s.places)
        elif not s.element:
            x = []
        else:
            x = [self.fresh(s.element) for _ in range(self.size(s))]
            if x and self.dice.chance(0.3):
                few = x[:self.dice.pick([1, 2, 3])]
                x = [self.dice.pick(few) for _ in x]
        return self.shaped(x, s, kind)

    def edited_row(self, x, s):
        for _ in range(self.dice.pick([0, 1, 1, 2, 3])):
            if not x or not s.element:
                break
            i, j = self.dice.below(len(x)), self.dice.below(len(x))
            way = self.dice.below(13)
            if s.places:
                x[i] = self.fresh(s.places[i]) if i < len(s.places) else x[i]
            elif way == 11:
                x[i] = almost(x[j], self.dice)
            elif way == 12:
                x[i:i] = [x[i]] * self.dice.pick(RUNS)
            elif way == 0:
                x[i], x[j] = x[j], x[i]
            elif way <= 2:
                x[i] = x[j]
            elif way == 3:
                x.insert(i, x[j])
            elif way == 4:
                x.insert(i, self.fresh(s.element))
            elif way == 5:
                x.pop(i)
            elif way == 6:
                x = x[min(i, j):max(i, j)]
            elif way == 7:
                x = x[::-1] if self.dice.chance(0.5) else x[i:] + x[:i]
            elif way == 8:
                x.sort(key=sort_key)
            else:
                x[i] = self.fresh(s.element)
        return x

    def shaped(self, x, s, kind):
        """As always seen: sorted, of the type."""
        if s.sorted or s.falling:
            x = sortable(x) or x
            if s.falling:
                x = x[::-1]
        if kind == "tuple":
            return tuple(x)
        if kind in ("set", "frozenset"):
            return (set if kind == "set" else frozenset)(freeze(v) for v in x)
        return x


class Examples:
    """Argument lists like the written ones."""

    def __init__(self, rows, dice, marks, words, domain):
        self.rows = rows
        self.dice = dice
        self.maker = Maker(dice, marks, words, domain.own)
        self.shapes = [Shape([r[i] for r in rows], domain.places[i])
                       for i in range(len(rows[0]))]
        self.domain = domain

    def args(self, corpus):
        """Most are in the domain; who needs to know asks it."""
        base = self.dice.pick(corpus if corpus and self.dice.chance(0.3)
                              else self.rows)
        out = copy_of(base)
        whole = self.dice.chance(0.4)
        k = self.dice.below(len(out)) if out else 0
        for i in range(len(out)):
            if whole or i == k or self.dice.chance(0.2):
                self.maker.strict = self.dice.chance(0.85)
                out[i] = self.maker.fresh(self.shapes[i])
        self.share(out)
        if self.dice.chance(0.9):
            self.domain.ties.mend(out, self.dice)
        return out

    def share(self, out):
        """An argument that is an element of another, or equal to it."""
        if len(out) < 2 or not self.dice.chance(0.3):
            return
        i, j = self.dice.below(len(out)), self.dice.below(len(out))
        if i == j:
            return
        if isinstance(out[i], str) and isinstance(out[j], str) and \
                self.dice.chance(0.5):     # what is looked for, and where
            a, b = (self.dice.below(len(out[j]) + 1) for _ in range(2))
            out[i] = out[j][min(a, b):max(a, b)]
        elif kind_of(out[i]) == kind_of(out[j]):
            if self.shapes[i].may_be(out[j]):
                out[i] = copy_of(out[j])
        elif isinstance(out[j], (list, tuple)) and out[j]:
            x = self.dice.pick(out[j])
            if kind_of(x) in self.shapes[i].kinds:
                out[i] = copy_of(x)
