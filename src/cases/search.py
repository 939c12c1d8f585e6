# search.py - the hunt for an input on which an answer and its oracle differ.
# Trusted Python in the jail, in jobs without a candidate: a candidate's text is
# read for its numbers and never run here.
#
# One job is: tw_search_open(task), then calls of the others.  What it finds
# leaves as values; answers are run elsewhere on the same inputs, and compared
# outside.
import ast
import contextlib
import fractions
import io
import math
import signal
import time

HELP = {k: v for k, v in math.__dict__.items() if k[0] != "_"}
HELP["math"] = math
MISSES_MAX = 30      # fruitless tries in a row: the domain is spent
RETRIES = 4          # draws for one input before it is given up
CORPUS_MAX = 200
SHRINK_MAX = 300     # runs of an oracle for one smaller input
SMALLER_MAX = 60     # offered at once, where an answer decides
VARIANT_S = 0.25     # a variant that runs longer is told apart
REFERENCE_S = 0.1    # an input that takes a reference longer is none
REFERENCE_VARIANT_S = 0.2
LATE_MAX = 10
CHUNK_S = 4.0        # of a job whose reference is slow
WEIGHT_MAX = 3500    # bytes of one input with its value
state = {}


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
        self.rows = task["oracles"]
        self.is_reference = self.rows[0][0] == "reference"
        self.texts = [r[1] for r in self.rows if r[0] == "expr"]
        self.space = helpers(self.texts + [task["require"] or ""])
        self.space.update(_tw_b=self.branch, _tw_c=self.compare)
        made = [self.program(r) for r in self.rows]
        self.codes = [c for c, _ in made]
        self.n_probes = sum(n for _, n in made)
        self.call_s = REFERENCE_S if self.timed() else 0
        self.n_late = 0
        self.no_none = False
        self.base = 0
        self.reached = set()   # (probe, outcome)
        self.fresh = False
        self.gaps = {}         # probe: (distance to a tie, arguments)
        self.now = {}
        self.require = task["require"] and \
            compile(task["require"].strip(), "<require>", "eval")
        self.tol = task["tol"]
        self.failures = []     # [arguments, what the oracle raised]

    def timed(self):
        return any(r[0] == "reference" for r in self.rows)

    def program(self, row):
        """(what run() takes, number of probes)."""
        if row[0] == "expr":
            return probed(row[1])
        tree, n = probed_module(row[1])
        space = {"__name__": "reference", "_tw_b": self.branch,
                 "_tw_c": self.compare}
        return self.function(tree, row[2], space), n

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

    def run(self, code, args):
        if callable(code):
            return code(*args)
        space = dict(self.space)
        space.update(zip(self.names, args))
        return eval(code, space)

    def allows(self, args):
        """In the domain: counters of one trial have one length, and what the
        specification requires holds."""
        lengths = {}
        for p, v in zip(self.params, args):
            if p.is_list and p.group >= 0 and isinstance(v, list):
                lengths.setdefault(p.group, set()).add(len(v))
        if any(len(s) > 1 for s in lengths.values()):
            return False
        if not self.require:
            return True
        try:
            return bool(self.run(self.require, args))
        except Exception:
            return False

    def value(self, args):
        """(True, value) or (False, None): nothing is due for these."""
        self.fresh, self.base, self.now = False, 0, {}
        if not self.allows(args):
            return False, None
        try:
            values = self.values(args)
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

    def values(self, args):
        """Of all oracles, in the time that one may take."""
        values = []
        if self.call_s:
            signal.setitimer(signal.ITIMER_REAL, self.call_s)
        try:
            for code in self.codes:
                values.append(self.run(code, copy_of(args)))
                self.base += 1000
        finally:
            if self.call_s:
                signal.setitimer(signal.ITIMER_REAL, 0)
        return values

    def exact(self, args):
        """The first expression over exact fractions: what no rounding blurs.
        Raises where the expression cannot take them."""
        if self.is_reference:
            raise ValueError("a reference")
        tree = Exact().visit(ast.parse(self.texts[0].strip(), mode="eval"))
        code = compile(ast.fix_missing_locations(tree), "<exact>", "eval")
        space = dict(self.space, _tw_f=fractions.Fraction, sum=exact_sum)
        space.update(zip(self.names, [to_fractions(v) for v in args]))
        return from_fractions(eval(code, space))


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


def same(a, b, tol):
    """As the comparison outside: ==, with a tolerance for floats."""
    if isinstance(a, float) or isinstance(b, float):
        if not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
            return False
        if a != a or b != b:
            return a != a and b != b
        return a == b or abs(a - b) <= max(tol[0], tol[1] * abs(b))
    if isinstance(a, (list, tuple)) and type(a) is type(b):
        return len(a) == len(b) and all(same(x, y, tol) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tol) for k in a)
    try:
        return bool(a == b)
    except Exception:
        return False


def plain_forms(x, p):
    """Rounder numbers near x, the roundest first; none for other values."""
    if not is_plain(x):
        return []
    forms = [p.fit(v) for v in (0, 1, float(f"{x:.1g}"), round(x),
                                float(f"{x:.3g}"))] if p.is_number() else []
    return [v for v in dict.fromkeys(forms)
            if len(repr(v)) < len(repr(x)) or abs(v) < abs(x)]


class Search:
    """Inputs in their order; number i is the same in every job of a seed."""

    def __init__(self, task, source, chunk):
        self.task = task
        self.params = [Param(row) for row in task["params"]]
        self.oracle = Oracle(task, self.params)
        marks, words = [], []
        for text in [r[1] for r in task["oracles"]] + [task["require"] or "0"]:
            n, w = constants_of(ast.parse(text.strip()))
            marks, words = marks + n, words + w
        for text in task["texts"]:
            marks += numbers_of_text(text)
        for p in self.params:
            marks += [x for x in (p.low, p.high) if x is not None]
            marks += numbers_in(p.values + p.default, [])
        own = list(words)      # of the oracle: its own characters are inputs
        if source:
            n, w = constants_of(ast.parse(source))
            marks, words = marks + n * 3, words + w
        marks = [m for m in marks if math.isfinite(m) and abs(m) < 1e15]
        self.draw = Draw(self.params, marks, words, task["seed"] + chunk, own)
        self.oracle.learn(self.draw.written())
        self.made = []         # [args, n passed, value]
        self.seen = set()
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
            key = repr((args, n))
            if key in self.seen:
                continue
            self.seen.add(key)
            known, value = self.oracle.value(args)
            if not known:
                continue
            if self.oracle.fresh and len(self.draw.corpus) < CORPUS_MAX:
                self.draw.corpus.append(args)
            self.chase(args)
            return [args, n, value]
        return None

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

    def lists(self):
        """Places of the lists of each group: they are cut together."""
        groups = {}
        for i, p in enumerate(self.params):
            if p.is_list:
                groups.setdefault(p.group if p.group >= 0 else -1 - i, []).append(i)
        return list(groups.values())

    def shorter(self, args):
        for places in self.lists():
            n = max(len(args[i] or []) for i in places)
            size = n
            while size >= 1:
                for at in range(0, n, size):
                    made = copy_of(args)
                    for i in places:
                        if isinstance(made[i], list):
                            del made[i][at:at + size]
                    yield made
                size //= 2

    def simpler(self, args):
        """One number at a time becomes a rounder one, one value its default."""
        for i, p in enumerate(self.params):
            if not p.is_list:
                for v in (p.default or p.values[:1]) + plain_forms(args[i], p):
                    yield args[:i] + [v] + args[i + 1:]
            elif isinstance(args[i], list):
                for k, x in enumerate(args[i]):
                    for v in plain_forms(x, p):
                        made = copy_of(args)
                        made[i][k] = v
                        yield made

    def smaller(self, args):
        yield from self.shorter(args)
        yield from self.simpler(args)

    def shrink(self, args, keeps):
        """Greedy: the first smaller input that keeps, until none does."""
        budget = SHRINK_MAX
        seen = {repr(args)}
        going = True
        while going and budget > 0:
            going = False
            for made in self.smaller(args):
                key = repr(made)
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
        """A slow reference ends the search before the time of the job does."""
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
        self.told = {}         # text: the input that told it apart
        self.call_s = REFERENCE_VARIANT_S if self.oracle.is_reference \
            else VARIANT_S

    def programs(self, steps):
        """(what a person reads, what run() takes) of each variant."""
        row = self.oracle.rows[0]
        if row[0] == "expr":
            for text in mutants_of(row[1], self.search.params, steps):
                yield text, compile(text, "<variant>", "eval")
            return
        for label, text in module_mutants(row[1], row[2], self.search.params,
                                          steps):
            signal.setitimer(signal.ITIMER_REAL, VARIANT_S)
            try:
                made = self.oracle.function(ast.parse(text), row[2],
                                            {"__name__": "reference"})
            except (Exception, Late):
                continue       # one that does not even load is no rival
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            yield label, made

    def differs(self, code, args, value):
        signal.setitimer(signal.ITIMER_REAL, self.call_s)
        try:
            got = self.oracle.run(code, copy_of(args))
            return not same(got, value, self.oracle.tol)
        except Exception:
            return True
        except Late:
            return True        # one that never ends is told apart
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def tell(self, args, value):
        """Variants that this input tells apart leave; how many."""
        left = [v for v in self.left if not self.differs(v[1], args, value)]
        n = len(self.left) - len(left)
        self.left = left
        return n

    def small(self, code, args):
        """The smallest input found that still tells the variant apart."""
        def keeps(made):
            known, value = self.oracle.value(made)
            return known and self.differs(code, made, value)
        return self.search.shrink(args, keeps)

    def hunt(self, n_inputs):
        """New inputs until every variant is told apart or n were tried."""
        added = []
        for at, (args, _, value) in enumerate(self.search.upto(n_inputs)):
            for text, code in list(self.left):
                if (text, code) not in self.left or \
                        not self.differs(code, args, value):
                    continue
                made = self.small(code, args)
                _, wanted = self.oracle.value(made)
                before = len(self.left)
                self.tell(made, wanted)
                if (text, code) in self.left:   # shrunk too far: its rounding
                    made, wanted = args, value
                    self.tell(made, wanted)
                added.append([made, self.search.draw.passed(made), wanted, text,
                              before - len(self.left)])
            if not self.left:
                break
        return added


def tw_search_open(task, source, chunk):
    """source: of the candidate whose numbers count too, or "".  Chunk 0 begins
    with what was recorded and leaves the candidate out of sight."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        source = ""
    if chunk == 0:
        source = ""
    signal.signal(signal.SIGALRM, late)
    state["search"] = Search(task, source, chunk)
    return None


def tw_search_inputs(first, n):
    """[[arguments, how many are passed, value], ...] from number first on."""
    return state["search"].upto(first + n)[first:first + n]


def tw_search_smaller(args):
    """Smaller argument lists that have a value, nearest to nothing first."""
    search, found = state["search"], []
    for made in search.smaller(args):
        known, value = search.oracle.value(made)
        if known:
            found.append([made, search.draw.passed(made), value])
        if len(found) == SMALLER_MAX:
            break
    return found


def tw_search_exact(args):
    """[value] of the oracle without rounding, or [] where it has none."""
    try:
        return [state["search"].oracle.exact(args)]
    except Exception:
        return []


def tw_search_variants(given, n_inputs):
    """given: arguments of the cases so far.  What they tell apart, and inputs
    that tell apart what they do not."""
    search = state["search"]
    rows = []
    for args in given:
        known, value = search.oracle.value(args)
        if known:
            rows.append((args, value))
    variants = Variants(search)
    for args, value in rows:
        variants.tell(args, value)
    one_value(variants, [value for _, value in rows])
    added = variants.hunt(n_inputs)
    oracle = search.oracle
    return {"variants": variants.n, "left": [t for t, _ in variants.left],
            "added": [r[:4] for r in added], "inputs": len(search.made),
            "branches": oracle.n_branches(), "reached": oracle.n_reached(),
            "raises": oracle.failures}
