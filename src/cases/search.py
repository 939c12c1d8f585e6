# search.py - the hunt for an input on which an answer and its oracle differ.
# Trusted Python in the jail, in jobs without a candidate: a candidate's text is
# read for its numbers and never run here.
#
# One job is: tw_search_open(...), then calls of the others.  What it finds
# leaves as values; answers are run elsewhere on the same inputs, and compared
# outside.
#
# An input leaves packed, in marshal's form: who runs an answer hands it on and
# need not look into it, and 10,000 of them cost less than a tenth of a second.
# Version 2 of that form is one text for one value, so it is also the key of an
# input that was tried before.
import ast
import contextlib
import fractions
import io
import marshal
import math
import signal
import time

HELP = {k: v for k, v in math.__dict__.items() if k[0] != "_"}
HELP["math"] = math
MISSES_MAX = 30      # fruitless tries in a row: the domain is spent
TWICE_MAX = 1500     # draws of the same before the domain is called small
OUTSIDE_MAX = 2000   # inputs outside of the domain that are kept
RETRIES = 8          # draws for one input before it is given up
PROBED = 400         # inputs whose way through the oracle is looked at
CORPUS_MAX = 200
SHRINK_MAX = 300     # runs of an oracle for one smaller input
SMALLER_MAX = 120    # offered at once, where an answer decides
BLOCK = 50           # inputs that a variant meets under one alarm
# Seconds of the processor, so that a busy machine changes nothing:
VARIANT_S = 0.25     # a variant that runs longer is told apart
REFERENCE_S = 0.1    # an input that takes a reference longer is none
REFERENCE_VARIANT_S = 0.1
SLEEP_TIMES = 20     # the same for one that sleeps, by the clock on the wall
LATE_MAX = 10        # late inputs of a reference before its search ends
SMALL_LATE_MAX = 2   # late runs of a variant on the way to a smaller input
CHUNK_S = 4.0        # of a job whose reference is slow
WEIGHT_MAX = 3500    # bytes of one input with its value
CHANGERS = {"append", "extend", "insert", "pop", "remove", "sort", "reverse",
            "clear", "update", "setdefault", "popitem", "add", "discard",
            "__setitem__", "__delitem__", "heapify", "shuffle"}
state = {}


def packed(v):
    return marshal.dumps(v, 2)


unpacked = marshal.loads


def quick_mean(data):
    """statistics.mean, within a unit in the last place of it: that one takes
    fractions, which is half of the time of a search."""
    data = list(data)
    if set(map(type, data)) == {float}:
        return math.fsum(data) / len(data)
    return statistics_mean(data)


def statistics_mean(data):
    import statistics
    return statistics.mean(data)


def quiet():
    """A program that prints while it is loaded prints nowhere."""
    return contextlib.redirect_stdout(io.StringIO())


def helpers(texts):
    """Names at hand in expressions: math, and statistics where it is used."""
    space = dict(HELP)
    import statistics
    for name in statistics.__all__:
        if any(name in t for t in texts):
            space.setdefault(name, getattr(statistics, name))
    space["statistics"] = statistics
    return space


class Late(BaseException):
    pass


def late(*_):
    raise Late()


def alarm_in(seconds):
    """late() after so much work, or after a long sleep; 0: no more."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, SLEEP_TIMES * seconds)


def weight_of(v):
    """Bytes that a value needs about; too many for what is no data."""
    if v is None or isinstance(v, (bool, float)):
        return 9
    if isinstance(v, int):
        return 9 + v.bit_length() // 8
    if isinstance(v, (str, bytes)):
        return 9 + 2 * len(v)
    if type(v) in (list, tuple, set, frozenset):
        return 9 + sum(weight_of(x) for x in v)
    if type(v) is dict:
        return 9 + sum(weight_of(k) + weight_of(x) for k, x in v.items())
    return 10 * WEIGHT_MAX


class Oracle:
    """The exact oracles of a test, and what they say of arguments."""

    def __init__(self, task, params):
        self.params = params
        self.names = [p.name for p in params]
        self.groups = groups_of(params)
        self.rows = task["oracles"]
        self.is_reference = self.rows[0][0] == "reference"
        self.texts = [r[1] for r in self.rows if r[0] == "expr"]
        used = self.texts + [task["require"] or ""]
        self.space = helpers(used)
        self.space.update(_tw_b=self.branch, _tw_c=self.compare)
        self.quick = dict(self.space)
        if self.quick.get("mean"):
            self.quick["mean"] = quick_mean
        self.timed = any(r[0] == "reference" for r in self.rows)
        # May runs share arguments, as nothing changes them?
        self.shares = not self.timed and not any(map(may_change, used))
        self.n_probes = 0
        self.probed = [self.program(r, True) for r in self.rows]
        self.plain = [self.program(r, False) for r in self.rows]
        self.require = task["require"] and self.made_of(task["require"])
        self.call_s = REFERENCE_S if self.timed else 0
        self.simple = self.shares and len(self.plain) == 1 and self.plain[0]
        self.n_late = 0
        self.no_none = False
        self.base = 0
        self.reached = set()   # (probe, outcome)
        self.fresh = False
        self.gaps = {}         # probe: (distance to a tie, arguments)
        self.now = {}
        self.tol = task["tol"]
        self.failures = []     # [arguments, what the oracle raised]

    def made_of(self, text, space=None):
        """A function of the arguments that gives the expression's value."""
        return function_of(ast.parse(text.strip(), mode="eval"), self.names,
                           space or self.quick)

    def program(self, row, probes):
        """What is called with the arguments."""
        if row[0] == "expr":
            if not probes:
                return self.made_of(row[1])
            tree, n = probed_tree(row[1])
            self.n_probes += n
            return function_of(tree, self.names, self.quick)
        tree = ast.parse(row[1])
        if probes:
            tree, n = probed_module(row[1])
            self.n_probes += n
        return self.function(tree, row[2], {
            "__name__": "reference", "_tw_b": self.branch,
            "_tw_c": self.compare})

    @staticmethod
    def function(tree, name, space):
        """A program is run once, in a namespace of its own."""
        with quiet():
            exec(compile(tree, "<reference>", "exec"), space)
        return space[name]

    def branch(self, k, value):
        self.note(self.base + k, bool(value))
        return value

    def compare(self, k, a, b, result):
        if is_plain(a) and is_plain(b):
            self.now[self.base + k] = b - a
            self.note(self.base + k, (b > a) - (b < a))
        else:
            self.note(self.base + k, bool(result))
        return result

    def note(self, k, outcome):
        if (k, outcome) not in self.reached:
            self.reached.add((k, outcome))
            self.fresh = True

    def n_branches(self):
        return 2 * self.n_probes

    def n_reached(self):
        """Of each decision its outcomes, at most two."""
        seen = {}
        for k, outcome in self.reached:
            seen.setdefault(k, set()).add(outcome)
        return sum(min(2, len(s)) for s in seen.values())

    def allows(self, args):
        """In the domain: counters of one trial have one length, and what the
        specification requires holds."""
        for places in self.groups:
            lengths = {len(args[i]) for i in places
                       if isinstance(args[i], list)}
            if len(lengths) > 1:
                return False
        if not self.require:
            return True
        try:
            return bool(self.require(*args))
        except Exception:
            return False

    def value(self, args, probe=False):
        """(True, value) or (False, None): nothing is due for these."""
        if (self.groups or self.require) and \
                not self.allows(args if self.shares else copy_of(args)):
            return False, None
        try:
            if self.simple and not probe:
                return True, self.simple(*args)
            self.fresh, self.base, self.now = False, 0, {}
            values = self.values(self.probed if probe else self.plain, args)
        except Late:
            self.n_late += 1
            return False, None
        except Exception as e:
            if len(self.failures) < 3:
                self.failures.append([args, f"{type(e).__name__}: {e}"[:200]])
            return False, None
        if self.call_s and weight_of(values[0]) + weight_of(args) > WEIGHT_MAX:
            return False, None
        if self.no_none and values[0] is None:
            return False, None
        return all(same(values[0], v, self.tol) for v in values[1:]), values[0]

    def learn(self, rows):
        """Where no written case has None, a reference that gives it says that
        the input is none: it fell off its end."""
        self.no_none = False
        if not self.is_reference or not rows:
            return
        values = [self.value(args) for args in rows]
        self.no_none = all(v is not None for known, v in values if known)

    def values(self, programs, args):
        """Of all oracles, in the time that one may take."""
        values, shares = [], self.shares
        if self.call_s:
            alarm_in(self.call_s)
        try:
            for program in programs:
                values.append(program(*(args if shares else copy_of(args))))
                self.base += 1000
        finally:
            if self.call_s:
                alarm_in(0)
        return values

    def truth(self, args):
        """value() without what is quick here."""
        known, value = self.value(args)
        if known and self.rows[0][0] == "expr":
            value = self.made_of(self.texts[0], self.space)(*copy_of(args))
        return known, value

    def exact(self, args):
        """The first expression over exact fractions: what no rounding blurs.
        Raises where the expression cannot take them."""
        if self.is_reference:
            raise ValueError("a reference")
        tree = Exact().visit(ast.parse(self.texts[0].strip(), mode="eval"))
        space = dict(self.space, _tw_f=fractions.Fraction, sum=exact_sum)
        return from_fractions(function_of(tree, self.names, space)(
            *[to_fractions(v) for v in args]))


def function_of(tree, names, space):
    """A function of the names that gives the value of the expression."""
    arguments = ast.arguments([], [ast.arg(n) for n in names], None, [], [],
                              None, [])
    made = ast.Expression(ast.Lambda(arguments, tree.body))
    return eval(compile(ast.fix_missing_locations(made), "<oracle>", "eval"),
                space)


def may_change(text):
    """Does the expression name something that changes its arguments?"""
    return bool(text) and any(
        isinstance(n, ast.Attribute) and n.attr in CHANGERS or
        isinstance(n, ast.Name) and n.id in CHANGERS
        for n in ast.walk(ast.parse(text.strip(), mode="eval")))


def groups_of(params):
    """Places of the lists of each data set that has more than one."""
    groups = {}
    for i, p in enumerate(params):
        if p.is_list and p.group >= 0:
            groups.setdefault(p.group, []).append(i)
    return [places for places in groups.values() if len(places) > 1]


def exact_sum(items, start=0):
    total = start
    for x in items:
        total = total + x
    return total


class Exact(ast.NodeTransformer):
    def visit_Constant(self, node):
        if type(node.value) is not float or not math.isfinite(node.value):
            return node
        return ast.Call(ast.Name("_tw_f", ast.Load()),
                        [ast.Constant(repr(node.value))], [])


def to_fractions(v):
    if isinstance(v, float) and math.isfinite(v):
        return fractions.Fraction(repr(v))
    if isinstance(v, (list, tuple)):
        return type(v)(to_fractions(x) for x in v)
    return v


def from_fractions(v):
    if isinstance(v, fractions.Fraction):
        return float(v)
    if isinstance(v, (list, tuple)):
        return type(v)(from_fractions(x) for x in v)
    return v


def same_float(a, b, tol):
    if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return False
    if a != a or b != b:
        return a != a and b != b
    return a == b or abs(a - b) <= max(tol[0], tol[1] * abs(b))


def same(a, b, tol):
    """As the comparison outside: ==, with a tolerance for floats."""
    kind = type(a)
    if kind is type(b) and (kind is bool or kind is int or kind is str):
        return a == b
    if isinstance(a, float) or isinstance(b, float):
        return same_float(a, b, tol)
    if isinstance(a, (list, tuple)) and kind is type(b):
        return len(a) == len(b) and all(same(x, y, tol) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tol) for k in a)
    try:
        return bool(a == b)
    except Exception:
        return False


class Search:
    """Inputs in their order; number i is the same in every job of a seed."""

    def __init__(self, task, source, chunk, corpus):
        self.task = task
        self.params = [Param(row, task["any"]) for row in task["params"]]
        self.oracle = Oracle(task, self.params)
        marks, words = [], []
        trees = [ast.parse(t.strip()) for t in
                 [r[1] for r in task["oracles"]] + [task["require"] or "0"]]
        for tree in trees:
            n, w = constants_of(tree)
            marks, words = marks + n, words + w
        for text in task["texts"]:
            marks += numbers_of_text(text)
        for p in self.params:
            marks += [x for x in (p.low, p.high) if x is not None]
            marks += numbers_in(p.values + p.default, [])
        if source:
            n, w = constants_of(ast.parse(source))
            marks, words = marks + n * 3, words + w
        marks = [m for m in marks if math.isfinite(m) and abs(m) < 1e15]
        self.draw = Draw(self.params, marks, words, task["seed"] + chunk,
                         trees)
        self.draw.corpus = [unpacked(b) for b in corpus]
        self.oracle.learn(self.draw.written())
        # A later chunk begins with what the first one found.
        self.n_probed = 0 if corpus else PROBED
        self.domain = None
        if self.draw.examples and not task["any"]:
            self.domain = self.draw.examples.domain
        self.made = []         # (packed arguments, n passed, value)
        self.outside = []      # the same, outside of the domain
        self.seen = set()
        self.n_twice = 0       # draws that came before
        self.waiting = []
        if chunk == 0:
            self.first_pool()

    def first_pool(self):
        """What was recorded comes first, as it is."""
        wholes = max([len(p.pool) for p in self.params], default=0)
        for i in range(min(wholes, 400)):
            args = self.draw.scalars()
            for k, p in enumerate(self.params):
                if p.pool and not p.values and (self.draw.examples or p.counter
                                                or not p.default):
                    args[k] = copy_of(p.pool[i % len(p.pool)])
            self.waiting.append((args, len(args)))
        self.waiting.reverse()

    def next(self):
        """One more input with a value, or None when the domain is spent."""
        for _ in range(RETRIES):
            args, n = self.waiting.pop() if self.waiting else self.draw.args()
            data = packed(args)
            key = data if n == len(args) else (data, n)
            if key in self.seen:
                self.n_twice += 1
                continue
            self.seen.add(key)
            probe = len(self.made) < self.n_probed
            known, value = self.oracle.value(args, probe)
            if not known:
                continue
            if self.domain and not self.domain.holds(args):
                if len(self.outside) < OUTSIDE_MAX:
                    self.outside.append((data, n, value))
                continue
            if probe:
                self.follow(args)
            return data, n, value
        return None

    def inside(self, args):
        """In the domain that written examples show, where they are all that is
        known of it; not under all that data have."""
        if self.domain:
            return self.domain.holds(args)
        return all(p.low is None or p.low_stated is not None or
                   min(numbers_in(v, []), default=0) >= p.low
                   for p, v in zip(self.params, args))

    def beyond(self, n):
        """Inputs outside of the domain: met on the way, or with numbers under
        the lowest that data have, where no schema says more."""
        wide = [Param(row) for row in self.task["params"]]
        for p in wide:
            p.low = p.low_stated
        if self.domain or self.task["any"] or \
                all(a.low == b.low for a, b in zip(wide, self.params)):
            return self.outside[::max(1, len(self.outside) // n)][:n]
        draw = Draw(wide, self.draw.marks, self.draw.words,
                    self.task["seed"] - 1)
        for _ in range(n * RETRIES):
            args, k = draw.args()
            if len(self.outside) == n:
                break
            if not self.inside(args):
                known, value = self.oracle.value(args)
                if known:
                    self.outside.append((packed(args), k, value))
        return self.outside

    def follow(self, args):
        """What reached something new is a beginning for others."""
        if self.oracle.fresh and len(self.draw.corpus) < CORPUS_MAX:
            self.draw.corpus.append(args)
        self.chase(args)

    def row(self, made):
        """As an input leaves: what is passed, packed, and its value."""
        data, n, value = made
        if n < len(self.params):
            data = packed(unpacked(data)[:n])
        return [data, value]

    def whole(self, data):
        """The arguments of a packed row, with the defaults that follow."""
        args = unpacked(data)
        return args + [copy_of(p.default[0]) for p in self.params[len(args):]]

    def chase(self, args):
        """Comparisons that never were a tie: move one number by what lacks."""
        oracle = self.oracle
        for k, gap in sorted(oracle.now.items()):
            if not gap or (k, 0) in oracle.reached:
                continue
            best = oracle.gaps.get(k)
            tries = 0 if best is None else best[1]
            if tries >= 40 or (best and abs(gap) > best[0] and tries > 4):
                continue
            oracle.gaps[k] = (abs(gap), tries + 1)
            for way in (gap, -gap):
                made = self.shifted(args, way)
                if made is not None:
                    self.waiting.append((made, len(made)))

    def shifted(self, args, by):
        places = [i for i, p in enumerate(self.params) if p.counter]
        if not places:
            return None
        i = self.draw.dice.pick(places)
        p, made = self.params[i], copy_of(args)
        if not p.is_list:
            made[i] = p.fit(made[i] + by) if is_plain(made[i]) else made[i]
        elif made[i]:
            k = self.draw.dice.below(len(made[i]))
            by *= self.draw.dice.pick([1, 1, len(made[i])])
            if is_plain(made[i][k]):
                made[i][k] = p.fit(made[i][k] + by)
        return made

    def smaller(self, args):
        return smaller_than(args, self.params)

    def shrink(self, args, keeps):
        """Greedy: the first smaller input that keeps, until none does."""
        budget = SHRINK_MAX
        seen = {packed(args)}
        going = True
        while going and budget > 0:
            going = False
            for made in self.smaller(args):
                key = packed(made)
                if key in seen:
                    continue
                seen.add(key)
                budget -= 1
                if budget <= 0:
                    break
                if keeps(made):
                    args, going = made, True
                    break
        return args

    def spent(self):
        """Most of a small domain was tried; a slow reference ends the search
        before the time of the job does."""
        if self.n_twice > 3 * len(self.made) + TWICE_MAX:
            return True
        return self.oracle.call_s and (self.oracle.n_late >= LATE_MAX or
                                       time.process_time() > CHUNK_S)

    def upto(self, n):
        misses = 0
        while len(self.made) < n and misses < MISSES_MAX and not self.spent():
            found = self.next()
            misses = misses + 1 if found is None else 0
            if found is not None:
                self.made.append(found)
        return self.made


class Variants:
    """Which faulty variants of the oracle a set of inputs tells apart."""

    def __init__(self, search):
        self.search = search
        self.oracle = search.oracle
        steps = {p.step for p in search.params if p.step and p.counter}
        self.left = list(self.programs(sorted(steps)))
        self.n = len(self.left)
        self.n_late = 0
        self.call_s = REFERENCE_VARIANT_S if self.oracle.is_reference \
            else VARIANT_S

    def programs(self, steps):
        """(what a person reads, what is called) of each variant."""
        row = self.oracle.rows[0]
        if row[0] == "expr":
            for text in mutants_of(row[1], self.search.params, steps):
                yield text, self.oracle.made_of(text)
            return
        for label, text in module_mutants(row[1], row[2], self.search.params,
                                          steps):
            alarm_in(VARIANT_S)
            try:
                made = self.oracle.function(ast.parse(text), row[2],
                                            {"__name__": "reference"})
            except (Exception, Late):
                continue       # one that does not even load is no rival
            finally:
                alarm_in(0)
            yield label, made

    def differs(self, program, args, value):
        return self.first(program, [(args, value)]) == 0

    def first(self, program, rows):
        """The first row that tells the program apart, or len(rows)."""
        start = 0
        while start < len(rows):
            at, late = self.first_from(program, rows, start)
            if not late or at == start:
                return at
            # Was it this one, or all together?
            if self.first_from(program, rows[:at + 1], at) != (at + 1, False):
                return at
            start = at + 1
        return len(rows)

    def first_from(self, program, rows, at):
        """The same from a row on, under one alarm, and whether that rang: one
        that never ends is told apart."""
        shares, tol = self.oracle.shares, self.oracle.tol
        alarm_in(self.call_s)
        try:
            while at < len(rows):
                args, value = rows[at]
                got = program(*(args if shares else copy_of(args)))
                if not same(got, value, tol):
                    break
                at += 1
            return at, False
        except Exception:
            return at, False
        except Late:
            self.n_late += 1
            return at, True
        finally:
            alarm_in(0)

    def tell(self, args, value):
        """Variants that this input tells apart leave; how many."""
        left = [v for v in self.left if not self.differs(v[1], args, value)]
        n = len(self.left) - len(left)
        self.left = left
        return n

    def small(self, program, args):
        """The smallest input found that still tells the variant apart."""
        most = self.n_late + SMALL_LATE_MAX

        def keeps(made):
            if self.n_late > most or not self.search.inside(made):
                return False
            known, value = self.oracle.value(made)
            return known and self.differs(program, made, value)
        return self.search.shrink(args, keeps)

    def add(self, variant, args, value):
        """A row of what leaves: an input that tells the variant apart."""
        made = self.small(variant[1], args)
        wanted = self.oracle.truth(made)[1]
        self.tell(made, wanted)
        if variant in self.left:      # shrunk too far: its rounding
            made, wanted = args, self.oracle.truth(args)[1]
            self.tell(made, wanted)
        self.left = [v for v in self.left if v is not variant]
        n = self.search.draw.passed(made)
        return [made, n, wanted, variant[0]]

    def hunt(self, n_inputs):
        """New inputs until every variant is told apart or n were tried."""
        added = []
        made = self.search.upto(n_inputs)
        for at in range(0, len(made), BLOCK):
            if not self.left:
                break
            rows = [(unpacked(data), value)
                    for data, _, value in made[at:at + BLOCK]]
            found = sorted([(self.first(v[1], rows), k)
                            for k, v in enumerate(self.left)])
            before = list(self.left)
            for row, k in found:
                if row < len(rows) and before[k] in self.left:
                    added.append(self.add(before[k], *rows[row]))
        return added


def tw_search_open(task, source, chunk, corpus):
    """source: of the candidate whose numbers count too, or "".  Chunk 0 begins
    with what was recorded and leaves the candidate out of sight; corpus is what
    tw_search_corpus() gave for it."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        source = ""
    if chunk == 0:
        source = ""
    signal.signal(signal.SIGPROF, late)
    signal.signal(signal.SIGALRM, late)
    state["search"] = Search(task, source, chunk, corpus)
    return None


def tw_search_inputs(first, n):
    """[[packed arguments, value], ...] from number first on."""
    search = state["search"]
    return [search.row(m) for m in search.upto(first + n)[first:first + n]]


def tw_search_outside(first, n):
    """Rows of inputs outside of the domain, from number first on."""
    search = state["search"]
    return [search.row(m) for m in search.beyond(2 * n)[first:first + n]]


def tw_search_corpus(n):
    """At most n argument lists that other chunks begin with, packed."""
    return [packed(args) for args in state["search"].draw.corpus[:n]]


def tw_search_confirm(rows):
    """For each packed row [arguments, how many are passed, [value of the
    oracle], [its value without rounding], inside of the domain]; without a
    value: []."""
    search, found = state["search"], []
    for data in rows:
        args = search.whole(data)
        known, value = search.oracle.truth(args)
        try:
            exact = [search.oracle.exact(args)]
        except Exception:
            exact = []
        found.append([args, len(unpacked(data)), [value] if known else [],
                      exact, search.inside(args)])
    return found


def tw_search_smaller(data):
    """Smaller packed rows that have a value, nearest to nothing first."""
    search, found, seen = state["search"], [], {data}
    args = search.whole(data)
    inside = search.inside(args)     # then what is smaller stays there
    for made in search.smaller(args):
        if inside and not search.inside(made):
            continue
        known, value = search.oracle.value(made)
        row = packed(made[:search.draw.passed(made)])
        if known and row not in seen:
            found.append([row, value])
        seen.add(row)
        if len(found) == SMALLER_MAX:
            break
    return found


def tw_search_variants(given, n_inputs):
    """given: arguments of the cases so far.  What they tell apart, and inputs
    that tell apart what they do not."""
    search = state["search"]
    variants, values = Variants(search), []
    for args in given:
        known, value = search.oracle.value(args)
        if known:
            variants.tell(args, value)
            values.append(value)
    one_value(variants, values)
    added = variants.hunt(n_inputs)
    oracle = search.oracle
    return {"variants": variants.n, "left": [t for t, _ in variants.left],
            "added": added, "inputs": len(search.made),
            "branches": oracle.n_branches(), "reached": oracle.n_reached(),
            "open": bool(search.domain),
            "raises": oracle.failures}
