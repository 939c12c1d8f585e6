# search_inputs.py - inputs on which two programs may differ, by type and
# meaning.  Trusted Python in the jail: it never runs a candidate.
#
# A task says for each parameter what its values are (a counter of the trial
# with its bounds, given values, a default).  Draw makes argument lists from
# that: recorded windows and pieces of them, edits of those, runs and ties
# around the numbers that either program or the description mentions, sizes
# around every integer.  Inputs stay in the domain: type, bounds, resolution,
# one length for counters of one trial, and the order of the given numbers.
# The only source of chance is Dice, so a seed gives the same inputs on every
# version of Python.
#
# Ten thousand inputs a test have to cost little: numbers are made one by one
# for a palette, and lists are picks from it; what is beside a number is kept.
import math
import random

SIZE_MAX = 64      # elements of a list that is made up
WIDE_MAX = 160     # and where a number of the programs asks for more
DIGITS_MAX = 9     # more decimals than these: no grid, a continuous value
PALETTE = 256      # numbers of a parameter, to pick from
NEAR_MAX = 5000    # numbers of which is kept what is beside them
CLOSE_MAX = 8      # decimals of the smallest difference: a tolerance of 1e-9,
                   # the usual one, is no fault of an answer


class Dice:
    """Chance from random() alone: its bits are the same in all versions.
    below(n) is a whole number under n, pick(items) one of them; they are made
    here, where they cost half of what methods do."""

    def __init__(self, seed):
        random_ = random.Random(seed).random
        self.random = random_       # in [0, 1)
        self.below = lambda n: int(random_() * n)
        self.pick = lambda items: items[int(random_() * len(items))]
        self.chance = lambda p: random_() < p

    def picks(self, items, n):
        """n of them, each by itself."""
        get, size = self.random, len(items)
        return [items[int(get() * size)] for _ in range(n)]

    def between(self, a, b):
        return a + (b - a) * self.random()


def decimals(x):
    """Digits behind the point that the value needs, up to DIGITS_MAX + 1."""
    for d in range(DIGITS_MAX + 1):
        if round(x, d) == x:
            return d
    return DIGITS_MAX + 1


def numbers_in(value, found):
    """All finite numbers of a nested value, no booleans."""
    if isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            numbers_in(item, found)
    elif isinstance(value, dict):
        for item in value.items():
            numbers_in(item, found)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if math.isfinite(value):
            found.append(value)
    return found


class Param:
    """One parameter: its domain, and how to put a number into it."""

    def __init__(self, row, any_number=False):
        self.name = row["name"]
        self.type = row["type"]      # "int", "float", "bool", "str", "any"
        self.is_list = row["list"]
        self.nullable = row["nullable"]
        self.counter = row["counter"]
        self.group = row["group"]    # lists of one group have one length
        self.low, self.high = row["low"], row["high"]
        self.default = row["default"]  # [value] or []
        self.values = row["values"]    # given by the specification
        self.pool = row["pool"]        # recorded, synthetic, written values
        self.whole = [v for v in self.pool if isinstance(v, (list, tuple))]
        self.anchors = self.values or self.default or self.pool
        seen = numbers_in(self.pool if self.counter else self.anchors, [])
        self.seen = sorted(set(seen))[:4000]
        self.low_stated = self.low
        if self.low is None and seen and min(seen) >= 0 and not any_number:
            self.low = 0             # nothing negative was ever seen
        self.step = self.resolution(seen)
        self.digits = None           # behind the point, of numbers on the grid
        if self.step and self.counter:
            self.digits = max(0, -round(math.log10(self.step)))
        self.beside_known = {}
        self.scale = max([abs(x) for x in seen], default=1) or 1

    def resolution(self, seen):
        """Distance of two neighbours on the grid of the recorded values."""
        if self.type == "int":
            return 1
        d = max([decimals(x) for x in seen[:2000]], default=0)
        return 10.0 ** -d if d <= DIGITS_MAX else None

    def is_number(self):
        return self.type in ("int", "float")

    def fit(self, x):
        """The number as a value of this parameter: in bounds, on the grid."""
        if x != x:
            return x             # a missing sample has neither
        x = self.bound(x)
        if self.type == "int":
            return int(round(x))
        return x if self.digits is None else round(x, self.digits)

    def near(self, x):
        """As beside(), which costs more; not to be changed."""
        found = self.beside_known.get(x)
        if found is None:
            found = self.beside(x)
            if len(self.beside_known) < NEAR_MAX:
                self.beside_known[x] = found
        return found

    def beside(self, x):
        """x, and its neighbours below and above."""
        step = self.step or max(abs(x) * 1e-6, 1e-9)
        if self.step and round(x / step) * step != x:
            low = math.floor(x / step) * step   # x is not on the grid
            return [self.fit(low), self.fit(low + step), self.fit(x)]
        near = [self.fit(x - step), self.fit(x), self.fit(x + step)]
        if self.type == "float":   # the type allows what was not recorded
            near += [self.bound(x - step / 2), self.bound(x + step / 2)]
        return near

    def close(self, x, dice):
        """Beside x, or nearer than the grid: who compares with a margin calls
        it a tie.  What was only seen whole counts something."""
        if self.type != "float" or self.step and self.step >= 1 or \
                dice.chance(0.5):
            return dice.pick(self.near(x))
        by = 10.0 ** -(1 + dice.below(CLOSE_MAX)) * max(1, abs(x))
        return self.bound(x + dice.pick([-by, by]))

    def bound(self, x):
        """In bounds, off the grid."""
        if self.low is not None:
            x = max(x, self.low)
        if self.high is not None:
            x = min(x, self.high)
        return float(x)


def sizes_of(marks, params):
    """Lengths worth trying: small ones, around integers, around 1 / share."""
    sizes = {0, 1, 2, 3, 4, 5, 7}
    for m in marks:
        near = {m, 2 * m}
        if 0 < m < 1:
            near |= {1 / m, 1 / (1 - m), 2 / (1 - m)}
        elif 1 < m < 100:
            near |= {1 / (1 - m / 100), 2 / (1 - m / 100)}
        for s in near:
            if 0 < s <= WIDE_MAX:
                sizes |= {math.floor(s) - 1, math.floor(s), math.floor(s) + 1,
                          math.ceil(s) + 1}
    for p in params:
        sizes |= {len(v) for v in p.pool if isinstance(v, (list, tuple))
                  and len(v) <= WIDE_MAX}
    return sorted(s for s in sizes if s >= 0)


class Draw:
    """Argument lists for one task; marks are the numbers to look beside."""

    def __init__(self, params, marks, words, seed, trees=()):
        self.params = params
        self.dice = Dice(seed)
        self.marks = sorted(set(marks), key=lambda m: (float(m), str(m)))
        self.words = sorted(set(words))
        self.sizes = sizes_of(self.marks, params)
        self.corpus = []       # argument lists that showed something new
        self.lengths_known = {}
        self.last = None       # a whole made-up list of arguments
        rows = self.written()
        self.lists = [i for i, p in enumerate(params) if p.is_list]
        self.tied = [i for i in self.lists if params[i].counter]
        self.moved = [i for i, p in enumerate(params) if p.is_number()
                      and not p.is_list and not p.counter]
        self.free = self.free_pairs()
        self.palettes = [[self.number(p, self.marks) for _ in range(PALETTE)]
                         if p.is_number() else None
                         for p in params]
        for i, p in enumerate(params):     # of one value alone each once
            if self.palettes[i] and not p.is_list:
                self.palettes[i] = list(dict.fromkeys(self.palettes[i]))
        self.settings = [self.setting() for _ in range(PALETTE)]
        self.examples = rows and Examples(
            rows, self.dice, self.marks, self.words,
            Domain(rows, trees, [p.name for p in params]))

    def written(self):
        """Whole argument lists, where examples are all that is known."""
        pools = [p.pool for p in self.params]
        if not pools or any(p.counter or p.values for p in self.params) or \
                not pools[0] or len({len(x) for x in pools}) > 1:
            return []
        return [list(row) for row in zip(*pools)]

    # Scalars.

    def setting(self):
        """A value for each parameter that is no list and no counter, None for
        others; given numbers keep their order (low <= high stays so)."""
        out = [None] * len(self.params)
        turn = self.dice.below(1 << 20)
        for i, p in enumerate(self.params):
            if not p.is_list and not p.counter:
                out[i] = self.scalar(p, turn)
        if self.moved and self.dice.chance(0.5):
            self.move(out, self.moved)
        return out

    def scalars(self):
        """A value for each parameter that is no list, None for lists."""
        if not self.params:
            return []
        made = self.dice.pick(self.settings)
        out = made[:]
        for i, p in enumerate(self.params):
            if p.is_list:
                continue
            if not p.counter:
                if type(out[i]) in CONTAINERS:
                    out[i] = copy_of(out[i])
                elif p.pool and not p.values and not p.default:
                    out[i] = self.scalar(p, 0)     # any of very many
            elif not p.is_number() or p.nullable and self.dice.chance(0.1):
                out[i] = self.scalar(p, 0)
            elif self.dice.chance(0.15):
                out[i] = self.number(p, self.near_marks(made))
            elif self.dice.chance(0.4):
                out[i] = self.anywhere(p)
            else:
                out[i] = self.dice.pick(self.palettes[i])
        return out

    def scalar(self, p, turn):
        if p.type == "bool":
            return self.dice.chance(0.5)
        if p.nullable and self.dice.chance(0.1):
            return None
        if p.counter and p.is_number():
            return self.number(p, self.marks)
        if p.values:
            return p.values[turn % len(p.values)]
        if p.default:
            return p.default[0]
        if p.pool:
            return self.mutated(self.dice.pick(p.pool), p) \
                if self.dice.chance(0.6) else self.dice.pick(p.pool)
        return {"int": 0, "float": 0.0, "str": ""}.get(p.type)

    def move(self, out, places):
        """Other numbers in place of given ones and defaults, in their order
        and of their sign; or another of them alone."""
        old = [out[i] for i in places]
        if any(not isinstance(x, (int, float)) for x in old):
            return
        way = self.dice.below(5)
        if way == 0:
            new = [x * self.dice.pick([0.5, 0.9, 1.1, 2, 3]) for x in old]
        elif way == 1:
            by = self.dice.pick([-2, -1, -0.5, 0.5, 1, 2, 5])
            new = [x + by for x in old]
        elif way == 2:
            k = self.dice.below(len(old))
            new = list(old)
            new[k] = self.dice.pick(self.params[places[k]].beside(old[k])
                                    + [old[k] * 0.5, old[k] * 2])
        else:
            k = self.dice.below(len(old))
            new = list(old)
            near = [m for m in self.marks if m > 0] or old
            if way == 4:       # a tie of two
                near = old
            new[k] = self.dice.pick(near + self.params[places[k]].seen[-3:])
        new = [self.params[i].fit(x) for i, x in zip(places, new)]
        if self.keeps_order(places, old, new):
            for i, x in zip(places, new):
                out[i] = x

    def free_pairs(self):
        """Pairs of parameters whose given numbers come in both orders, so that
        neither is a rule."""
        found = set()
        for i in self.moved:
            for j in self.moved:
                a, b = self.params[i].values, self.params[j].values
                turns = range(max(len(a), len(b)) if a and b else 0)
                pairs = [(a[t % len(a)], b[t % len(b)]) for t in turns]
                if any(is_plain(x) and is_plain(y) and x < y
                       for x, y in pairs) and \
                   any(is_plain(x) and is_plain(y) and x > y
                       for x, y in pairs):
                    found.add((i, j))
        return found

    def keeps_order(self, places, old, new):
        """Is the order as it was, and the sign one that was given?"""
        for i, a, b in zip(places, old, new):
            given = self.params[i].values or [a]
            if not any(is_plain(v) and (v > 0) == (b > 0) for v in given):
                return False
        rows = list(zip(places, old, new))
        return all((a < b) == (c < d) and (a > b) == (c > d)
                   for i, a, c in rows for j, b, d in rows
                   if a != b and (i, j) not in self.free)

    def near_marks(self, scalars):
        """Numbers to tie with: marks and the other arguments of this call."""
        return [x for x in scalars if is_plain(x)] + self.marks

    def number(self, p, near):
        """One value of a counter."""
        way = self.dice.below(10)
        if near and way < 5:
            return p.close(self.dice.pick(near), self.dice)
        if p.seen and way < 8:
            return p.fit(self.dice.pick(p.seen))
        if way == 8:
            large = [p.high] if p.high else [10 * p.scale, 100 * p.scale]
            return p.fit(self.dice.pick([0, 1, -1, p.scale, p.scale * 2,
                                         p.low or 0] + large))
        return self.anywhere(p)

    def anywhere(self, p):
        """Any number of its range."""
        if p.low is None:
            return p.fit(self.dice.between(-p.scale, 2 * p.scale))
        return p.fit(self.dice.between(p.low, p.high or 2 * p.scale))

    # Lists.

    def size(self):
        if self.dice.chance(0.6):
            return self.dice.pick(self.sizes)
        return self.dice.below(1 + self.dice.pick([4, 12, SIZE_MAX]))

    def series(self, i, n, near):
        """n values of a counter, made up by one of several plans."""
        p, palette, dice = self.params[i], self.palettes[i], self.dice
        way = dice.below(8)
        mark = dice.pick(near) if near else 0
        levels = p.near(mark) + [p.close(mark, dice)]
        if way <= 1:
            return self.runs(levels, n)
        if way == 2:
            return dice.picks(dice.picks(palette, 2) + levels, n)
        if way == 3:
            return [self.number(p, near)] * n
        if way == 4:
            return sorted(dice.picks(palette, n))[::dice.pick([1, -1])]
        if way == 5:
            return self.steps(p, n)
        x = dice.picks(palette, n)
        if way == 6:
            return self.aimed(p, x, mark)
        for k in dice.picks(range(n), dice.below(4)) if n else ():
            x[k] = dice.pick(levels)
        return x

    def runs(self, levels, n):
        """Runs below, at and above a number, with lengths around the marks."""
        longest = self.lengths(n)
        out = []
        while len(out) < n:
            k = self.dice.pick(longest) + self.dice.below(3) - 1
            if self.dice.chance(0.4):
                k = 1 + self.dice.below(4)
            out += [self.dice.pick(levels)] * max(1, k)
        return out[:n]

    def lengths(self, n):
        """Whole numbers among the marks that a run in n values may have."""
        found = self.lengths_known.get(n)
        if found is None:
            found = [int(m) for m in self.marks if 0 < m <= n and m == int(m)]
            self.lengths_known[n] = found = found or [1, 2, 3]
        return found

    def steps(self, p, n):
        """A counter that grows, stands still, and falls back."""
        get, step = self.dice.random, p.step or 0.5
        ups = [0, 1, step] + [p.scale * get() for _ in range(3)]
        falls = [lambda x: 0, lambda x: step, lambda x: x / 2,
                 lambda x: x - step]
        x, out = self.number(p, self.marks), []
        for _ in range(n):
            out.append(x)
            way = int(get() * 12)
            if way < 2:
                x = p.fit(falls[int(get() * 4)](x))
            elif way > 3:
                x = p.fit(x + ups[int(get() * 6)])
        return out

    def aimed(self, p, x, mark):
        """The list with its sum, mean or one element moved onto the mark."""
        if not x:
            return x
        want = self.dice.pick([mark, mark * len(x)])
        k = self.dice.below(len(x))
        x[k] = p.fit(x[k] + want - math.fsum(x))
        if self.dice.chance(0.2):
            by = mark - math.fsum(x) / len(x)
            x = [p.fit(v + by) for v in x]
        return x

    def list_of(self, i, n, near):
        p = self.params[i]
        if p.whole and self.dice.chance(0.5):
            x = list(self.dice.pick(p.whole))
            if n is not None and len(x) != n:
                at = self.dice.below(len(x)) if x else 0
                x = (x[at:] + x[:at] + x * (n // (len(x) or 1)))[:n]
                x += [self.dice.pick(x) if x else
                      self.number(p, near) for _ in range(n - len(x))]
            return self.edited(p, x, near)
        if not self.palettes[i]:
            return [self.element(p) for _ in range(n or 0)]
        return self.series(i, self.size() if n is None else n, near)

    def element(self, p):
        letters = [e for v in p.whole for e in v]
        if not letters:
            letters = self.words if p.type == "str" else [0, 1]
        value = self.dice.pick(letters or [""])
        return self.mutated(value, None) if self.dice.chance(0.3) else value

    def edited(self, p, x, near):
        """Some edits that keep the length (counters of one trial share it)."""
        for _ in range(self.dice.pick([0, 1, 1, 2, 3, 6])):
            if not x:
                break
            i, j = self.dice.below(len(x)), self.dice.below(len(x))
            way = self.dice.below(10)
            if way == 0:
                x[i], x[j] = x[j], x[i]
            elif way == 1:
                x[i] = x[j]
            elif way == 2:
                x.reverse()
            elif way == 3:
                x.sort(key=sort_key)
            elif way == 4:     # the counter stands still for a while
                x[i:j + 1] = [x[i]] * len(x[i:j + 1])
            elif p.counter or p.is_number():
                self.edit_number(p, x, i, way, near)
            else:
                x[i] = self.mutated(x[i], None)
        if p.nullable and x and self.dice.chance(0.3):
            x[self.dice.below(len(x))] = None
        return x

    def edit_number(self, p, x, i, way, near):
        if way == 5:           # the critical one first, in the middle, last
            i = self.dice.pick([0, len(x) // 2, -1])
        if way <= 7:
            x[i] = self.number(p, near)
        elif way == 8:
            by = self.dice.pick([0.5, 2, 10, 0.1])
            x[:] = [p.fit(v * by) if is_plain(v) else v for v in x]
        elif all(is_plain(v) for v in x):
            x[:] = self.aimed(p, x, self.dice.pick(near) if near else 0)

    # Any value, by its own type.

    def mutated(self, v, p):
        """A near value of the same Python type."""
        if isinstance(v, bool):
            return not v
        if isinstance(v, (int, float)):
            near = [v - 1, v + 1, v * 2, v // 2, -v, 0, 1, 10] + self.marks
            x = self.dice.pick([m for m in near if m == m and abs(m) < 1e15])
            if p is not None and p.is_number():
                return p.fit(x)
            return int(x) if isinstance(v, int) else float(x)
        if isinstance(v, str):
            return self.text(v)
        if isinstance(v, (list, tuple)):
            return type(v)(self.items(list(v)))
        if isinstance(v, dict):
            rows = self.items([list(r) for r in v.items()])
            return {freeze(r[0]): r[1] for r in rows
                    if isinstance(r, list) and len(r) == 2}
        return v

    def items(self, x):
        way = self.dice.below(9)
        if way == 0 or not x:
            return x[:self.dice.below(len(x) + 1)]
        i, j = self.dice.below(len(x)), self.dice.below(len(x))
        if way == 1:
            x.insert(i, x[j])
        elif way == 2:
            x.pop(i)
        elif way == 3:
            x[i], x[j] = x[j], x[i]
        elif way == 4:
            x.reverse()
        elif way == 5 and len(x) < 100:
            x = x + x
        elif way == 6:
            x.sort(key=sort_key)
        else:
            x[i] = self.mutated(x[i], None)
        return x

    def text(self, s):
        if self.dice.chance(0.15):
            return almost_text(s, self.dice)
        way = self.dice.below(12)
        i, j = self.dice.below(len(s) + 1), self.dice.below(len(s) + 1)
        if way == 0:
            return s[:i]
        if way == 1:
            return s[i:]
        if way == 2:
            return s[::-1]
        if way == 3:
            return s.upper() if self.dice.chance(0.5) else s.lower()
        if way == 4:
            return s.swapcase()
        if way == 5:
            return s + s if len(s) < 200 else s
        if way == 6 and s:
            return s[:i] + self.dice.pick(s) + s[i:]
        if way == 7 and s:
            return s[:i] + s[i + 1:]
        if way == 8:
            return s[:i] + self.dice.pick([" ", "  ", ",", ".", "\n", "0", "a",
                                           "Z", "-"]) + s[i:]
        if way == 9 and self.words:
            return self.dice.pick(self.words)
        if way == 10 and self.words:
            return s[:i] + self.dice.pick(self.words) + s[i:]
        return s[min(i, j):max(i, j)]

    # Whole calls.

    def args(self):
        """One value per parameter, and how many of them are passed."""
        if self.examples:
            out = self.examples.args(self.corpus)
            return out, self.passed(out)
        if self.last and self.dice.chance(0.6):
            out = self.neighbour(self.last)
        elif self.corpus and self.dice.chance(0.3):
            out = copy_of(self.dice.pick(self.corpus))
            self.perturb(out)
        else:
            out = self.scalars()
            sizes, near = {}, self.near_marks(out)
            for i in self.lists:
                group = self.params[i].group
                key = group if group >= 0 else -1 - i
                if key not in sizes:
                    sizes[key] = self.size()
                out[i] = self.list_of(i, sizes[key], near)
            if len(self.tied) > 1 and self.dice.chance(0.3):
                self.relate(out)
            self.last = any(out[i] for i in self.lists) and out
        return out, self.passed(out)

    def neighbour(self, old):
        """One change of a list of arguments: as a rule it decides nothing, and
        where it does, one program looks at what another does not."""
        out, dice = old[:], self.dice
        way = dice.below(8)
        if way < 2 and len(self.lists) < len(out):
            made = self.scalars()
            return [b if p.is_list else a
                    for a, b, p in zip(made, out, self.params)]
        i = dice.pick(self.lists)
        x, palette = out[i], self.palettes[i]
        if not x or not palette:
            out[i] = self.edited(self.params[i], list(x or []), self.marks)
            return out
        if way == 2:           # a row is lost or comes twice, in all lists
            k = dice.below(len(x))
            times = dice.pick([0, 2])
            return [v[:k] + v[k:k + 1] * times + v[k + 1:]
                    if p.is_list and isinstance(v, list) else v
                    for v, p in zip(out, self.params)]
        out[i] = x = x[:]
        k = dice.below(len(x))
        if way == 3:
            x[k] = x[k - 1]
        elif way == 4 and self.marks:
            x[k] = dice.pick(self.params[i].near(dice.pick(self.marks)))
        elif way == 5 and is_plain(x[k]):
            x[k] = self.params[i].close(x[k], dice)
        else:
            x[k] = dice.pick(palette)
        return out

    def perturb(self, out):
        if not out:
            return
        k = self.dice.below(len(out))
        p, near = self.params[k], self.near_marks(out)
        if p.is_list and isinstance(out[k], list) and p.group >= 0:
            out[k] = self.edited(p, out[k], near)
        elif p.counter and p.is_number():
            out[k] = self.number(p, near)
        elif not p.values and not p.default:
            out[k] = self.mutated(out[k], p)

    def relate(self, out):
        """Ties between two lists of one group, element by element."""
        i, j = self.dice.pick(self.tied), self.dice.pick(self.tied)
        if i == j or self.params[i].group != self.params[j].group:
            return
        by = self.dice.pick([1] + [m for m in self.marks if m > 0])
        for k, v in enumerate(out[j]):
            if is_plain(v) and self.dice.chance(0.5):
                out[i][k] = self.params[i].close(v * by, self.dice)

    def passed(self, out):
        """Trailing arguments that equal their defaults are left out at times."""
        n = len(out)
        while n and self.params[n - 1].default and self.dice.chance(0.7) and \
                same_value(out[n - 1], self.params[n - 1].default[0]):
            n -= 1
        return n


CONTAINERS = (list, tuple, dict, set, frozenset)


def is_plain(v):
    """A finite number, no boolean."""
    kind = type(v)
    return kind is float and v - v == 0 or kind is int


def same_value(a, b):
    return type(a) is type(b) and a == b


def sort_key(v):
    """An order for values of mixed types."""
    if isinstance(v, (int, float)):
        return (0, v, "")
    return (1, 0, str(v))


def freeze(v):
    """A value that can be a key."""
    return tuple(freeze(x) for x in v) if isinstance(v, (list, set)) else v


def copy_of(v):
    if isinstance(v, list):
        return [copy_of(x) for x in v]
    if isinstance(v, tuple):
        return tuple(copy_of(x) for x in v)
    if isinstance(v, dict):
        return {k: copy_of(x) for k, x in v.items()}
    return set(v) if isinstance(v, set) else v
