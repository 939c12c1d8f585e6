#!/usr/bin/env python3
"""Write src/base/unicode_tables.c from Python's unicodedata.

Usage: tools/gen-unicode.py > src/base/unicode_tables.c

Three tables, so that no tokenizer depends on the Unicode version of a machine:
general categories L, N, P and S with white space; lower case of all letters;
and which characters are cased or ignored for case, which decides about the form
of a Greek sigma at the end of a word.
"""
import sys
import unicodedata

KINDS = {"L": "TW_CHAR_LETTER", "N": "TW_CHAR_NUMBER", "P": "TW_CHAR_PUNCT",
         "S": "TW_CHAR_SYMBOL", "Z": "TW_CHAR_SPACE"}

SURROGATES = range(0xd800, 0xe000)


def kind_of(code):
    """L, N, P, S or Z, or None; Z is Unicode's property White_Space."""
    if 9 <= code <= 13 or code == 0x85:
        return "Z"
    letter = unicodedata.category(chr(code))[0]
    return letter if letter in KINDS else None


def case_of(code):
    """C: cased, I: ignored for case, or None.

    Python has both properties, but shows them only in what it makes of a sigma
    behind the character (Objects/unicodeobject.c, handle_capital_sigma).
    """
    if code in SURROGATES:
        return None
    final = "\u03c2"
    if (chr(code) + "\u03a3").lower().endswith(final):
        return "C"
    return "I" if ("a" + chr(code) + "\u03a3").lower().endswith(final) else None


def ranges(of):
    first, now = 0, None
    for code in range(0x110001):
        kind = of(code) if code < 0x110000 else None
        if kind != now:
            if now:
                yield first, code - 1, now
            first, now = code, kind


def capitals():
    """(capital, distance to its lower case); ASCII is in the code, and U+0130
    has two characters."""
    for code in range(0x80, 0x110000):
        low = chr(code).lower()
        if len(low) == 1 and ord(low) != code:
            yield code, ord(low) - code


def lower_runs():
    """Runs of one distance: [first, last, distance, step]."""
    run = None
    for code, delta in capitals():
        step = code - run[1] if run else 0
        alone = run and run[0] == run[1]
        if run and delta == run[2] and (step == run[3] or (alone and step <= 2)):
            run[1], run[3] = code, step
            continue
        if run:
            yield run
        run = [code, code, delta, 1]
    yield run


def write_rows(out, items):
    line = "   "
    for item in items:
        if len(line) + len(item) + 1 > 80:
            out.write(line + "\n")
            line = "   "
        line += " " + item
    out.write(line + "\n};\n")


def write_length(out, name, table):
    out.write("const size_t %s =\n    sizeof(%s) / sizeof(%s[0]);\n"
              % (name, table, table))


def main():
    out = sys.stdout
    out.write("/* unicode_tables.c - categories L, N, P and S, white space, "
              "lower case.\n * Written by tools/gen-unicode.py (Unicode "
              "%s): do not edit. */\n" % unicodedata.unidata_version)
    out.write('#include "base/unicode_priv.h"\n\n#include "base/banned.h"\n\n')
    out.write("/* clang-format off */\n")
    for letter, name in KINDS.items():
        out.write("#define %s %s\n" % (letter, name))
    out.write("\nconst struct tw_char_range TW_CHAR_RANGES[] = {\n")
    write_rows(out, ("{ 0x%x, 0x%x, %s }," % row for row in ranges(kind_of)))
    write_length(out, "TW_CHAR_RANGES_LEN", "TW_CHAR_RANGES")
    out.write("\nconst struct tw_lower_range TW_LOWER_RANGES[] = {\n")
    write_rows(out, ("{ 0x%x, 0x%x, %d, %d }," % tuple(row)
                     for row in lower_runs()))
    write_length(out, "TW_LOWER_RANGES_LEN", "TW_LOWER_RANGES")
    out.write("\n#define C TW_CASE_CASED\n#define I TW_CASE_IGNORED\n")
    out.write("const struct tw_char_range TW_CASE_RANGES[] = {\n")
    write_rows(out, ("{ 0x%x, 0x%x, %s }," % row for row in ranges(case_of)))
    write_length(out, "TW_CASE_RANGES_LEN", "TW_CASE_RANGES")


main()
