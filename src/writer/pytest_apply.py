# New counters for the program: python3 THIS_FILE data.csv
import csv as _tw_csv
import datetime as _tw_datetime

_TW_USAGE = """usage: python3 %s [DATA.csv [OPTIONS]]

Without a file: run the tests.  With one: call the function for each window of
the counters in it, and say which windows fail.

  --pass EXPR     a window passes when this is true of 'result' and the
                  parameters; without it a window fails when the result is
                  False, when the function raises an exception or when a
                  property of the test does not hold
  --window N      rows of a window; 0: each series as a whole
  --set NAME=VAL  a parameter that is no counter
  --all           print the windows that pass, too
  --json          print one JSON document

Exit status: 0 no window fails, 1 some do, 2 the file or an option is wrong."""


class _TwStop(Exception):
    """Data or options that make no sense: the message says why."""


def _tw_options(args):
    """(file, options); values of --set are literals."""
    import ast
    given = {"--pass": None, "--window": None, "--all": False,
             "--json": False, "set": {}}
    files, at, flags = [], 0, ("--all", "--json")
    while at < len(args):
        word, value = args[at], args[at + 1] if at + 1 < len(args) else None
        at += 1 if word in flags or word[:2] != "--" else 2
        if word[:2] != "--":
            files.append(word)
        elif word in flags:
            given[word] = True
        elif value is None or word not in ("--pass", "--window", "--set"):
            raise _TwStop("'%s' is no option, or lacks its value" % word)
        elif word == "--set":
            name, _, text = value.partition("=")
            if name not in [p[0] for p in _TW_INPUTS["params"]]:
                raise _TwStop("no parameter is named '%s'" % name)
            try:
                given["set"][name] = ast.literal_eval(text)
            except (ValueError, SyntaxError):
                raise _TwStop("--set %s: no literal" % value)
        else:
            given[word] = value
    if len(files) != 1:
        raise _TwStop("one file is needed, not %d" % len(files))
    return files[0], given


def _tw_rows(path):
    """(header, [(line, cells)]) of a CSV file."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            delimiter = _TW_INPUTS["delimiter"] or max(
                ",;\t|", key=head.count)
            reader = _tw_csv.reader(file, delimiter=delimiter)
            header = [c.strip() for c in next(reader, [])]
            rows = [(reader.line_num, r) for r in reader if r]
    except (OSError, UnicodeError, _tw_csv.Error) as error:
        raise _TwStop("%s: %s" % (path, error))
    for line, row in rows:
        if len(row) != len(header):
            raise _TwStop("%s:%d: %d cells, the header has %d" % (
                path, line, len(row), len(header)))
    return header, rows


def _tw_time(text):
    try:
        return float(text)
    except ValueError:
        pass
    try:
        text = text[:-1] + "+00:00" if text[-1:] in "zZ" else text
        return _tw_datetime.datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _tw_cell(text, kind, where):
    text = text.strip()
    if text.lower() in ("", "na", "nan", "null", "none"):
        return None
    if kind == "str":
        return text
    try:
        value = float(text)
    except ValueError:
        raise _TwStop("%s: '%s' is no number" % (where, text))
    if kind == "bool":
        return value != 0
    if kind == "int" and value.is_integer():
        return int(text) if text.lstrip("+-").isdigit() else int(value)
    return value


def _tw_table(path):
    """{series: [(line, time, {column: value})]} in the order of the file."""
    header, rows = _tw_rows(path)
    kinds = {p[1]: p[3] for p in _TW_INPUTS["params"] if p[1] is not None}
    columns = _TW_INPUTS["group"] + list(kinds)
    if _TW_INPUTS["time"]:
        columns.append(_TW_INPUTS["time"])
    for name in columns:
        if name not in header:
            raise _TwStop("%s has no column '%s'" % (path, name))
    at, series = {name: header.index(name) for name in columns}, {}
    for line, row in rows:
        key = tuple(row[at[g]].strip() for g in _TW_INPUTS["group"])
        time = _TW_INPUTS["time"] and _tw_time(
            row[at[_TW_INPUTS["time"]]].strip())
        cells = {k: _tw_cell(row[at[k]], kind, "%s:%d: column '%s'" % (
            path, line, k)) for k, kind in kinds.items()}
        series.setdefault(key, []).append((line, time, cells))
    return series


def _tw_pieces(rows):
    """Rows of one series, cut where time has a gap."""
    times = [r[1] for r in rows]
    if not _TW_INPUTS["time"] or None in times or len(rows) < 3:
        return [rows]
    steps = [b - a for a, b in zip(times, times[1:])]
    limit = _TW_INPUTS["gap"] * _tw_statistics.median(steps)
    pieces = [[rows[0]]]
    for row, step in zip(rows[1:], steps):
        if step > limit:
            pieces.append([])
        pieces[-1].append(row)
    return pieces


def _tw_windows(rows, size):
    """One row after the other, where no parameter is a list."""
    if not any(p[2] for p in _TW_INPUTS["params"]):
        size = 1
    for piece in _tw_pieces(rows):
        n = size or len(piece)
        for first in range(0, len(piece), n):
            yield piece[first:first + n]


def _tw_argument(param, window, given):
    """None where a value that may not be missing is missing."""
    name, column, is_list, _, nullable, fixed = param
    if column is None:
        return True, given.get(name, fixed)
    values = [cells[column] for _, _, cells in window]
    known = nullable or None not in values
    return known, values if is_list else values[0]


def _tw_window_fails(args, given):
    """Why the window fails, or None; and the result as text."""
    names = [p[0] for p in _TW_INPUTS["params"]]
    function = getattr(_tw_program, _TW_INPUTS["function"])
    result, error = _tw_run(lambda: function(*_tw_copy.deepcopy(args)))
    if error is not None:
        return "raises " + _tw_show(error)[:200], ""
    space = dict(zip(names, args), result=result)
    rules = [given["--pass"]] if given["--pass"] else _TW_INPUTS["properties"]
    for rule in rules:
        holds, error = _tw_run(lambda: _tw_eval(rule, space))
        if error is not None:
            raise _TwStop("'%s' raises %s" % (rule, _tw_show(error)[:200]))
        if not holds:
            return "'%s' does not hold" % rule, _tw_show(result)
    if result is False and not given["--pass"]:
        return "the result is False", _tw_show(result)
    return None, _tw_show(result)


def _tw_judged(path, given):
    """A row for each window: what was found, and where it stands."""
    size = _TW_INPUTS["window"]
    if given["--window"] is not None:
        if not given["--window"].isdigit():
            raise _TwStop("--window must be a number")
        size = int(given["--window"])
    for key, rows in _tw_table(path).items():
        for window in _tw_windows(rows, size):
            known, args = zip(*[_tw_argument(p, window, given["set"])
                                for p in _TW_INPUTS["params"]])
            why, result, word = "a value is missing", "", "skip"
            if all(known):
                why, result = _tw_window_fails(list(args), given)
                word = "FAIL" if why else "pass"
            yield {"verdict": word, "series": "/".join(key),
                   "first_line": window[0][0], "last_line": window[-1][0],
                   "result": result, "why": why or ""}


def _tw_line(row):
    where = "lines %d to %d" % (row["first_line"], row["last_line"])
    if row["series"]:
        where = ascii(row["series"])[1:-1] + ", " + where
    parts = [row["verdict"] + " " + where]
    if row["result"]:
        parts.append("result " + row["result"])
    return ": ".join(parts + [row["why"]] if row["why"] else parts)


def _tw_apply_file(path, given):
    rows = list(_tw_judged(path, given))
    count = {w: sum(r["verdict"] == w for r in rows)
             for w in ("pass", "FAIL", "skip")}
    n = count["pass"] + count["FAIL"]
    if not n:
        raise _TwStop("%s has no window to judge" % path)
    shown = [r for r in rows if given["--all"] or r["verdict"] == "FAIL"]
    if given["--json"]:
        import json
        print(json.dumps({"failed": count["FAIL"], "judged": n,
                          "left_out": count["skip"], "windows": shown}))
    else:
        for row in shown:
            print(_tw_line(row))
        print("%d of %d windows fail, %d left out for missing values" % (
            count["FAIL"], n, count["skip"]))
    return 1 if count["FAIL"] else 0


def _tw_apply(args):
    if "--help" in args or "-h" in args:
        print(_TW_USAGE % _tw_sys.argv[0])
        return 0
    try:
        path, given = _tw_options(args)
        return _tw_apply_file(path, given)
    except _TwStop as stop:
        print("%s: %s" % (_tw_sys.argv[0], stop), file=_tw_sys.stderr)
        return 2


