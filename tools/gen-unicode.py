#!/usr/bin/env python3
"""Write src/llm/unicode_tables.c from Python's unicodedata.

Usage: tools/gen-unicode.py > src/llm/unicode_tables.c
"""
import sys
import unicodedata

KINDS = (("TW_CHAR_LETTER", "L"), ("TW_CHAR_NUMBER", "N"),
         ("TW_CHAR_PUNCT", "P"))


def ranges(letter):
    first = None
    for code in range(0x80, 0x110001):
        inside = (code < 0x110000 and
                  unicodedata.category(chr(code))[0] == letter)
        if inside and first is None:
            first = code
        if not inside and first is not None:
            yield first, code - 1
            first = None


def main():
    out = sys.stdout
    rows = sorted((a, b, kind) for kind, letter in KINDS
                  for a, b in ranges(letter))
    out.write("/* unicode_tables.c - general categories L, N and P above "
              "ASCII.\n * Written by tools/gen-unicode.py (Unicode %s): do "
              "not edit. */\n" % unicodedata.unidata_version)
    out.write('#include "llm/unicode.h"\n\n#include "base/banned.h"\n\n')
    out.write("/* clang-format off */\n")
    out.write("#define L TW_CHAR_LETTER\n#define N TW_CHAR_NUMBER\n"
              "#define P TW_CHAR_PUNCT\n\n")
    out.write("const struct tw_char_range TW_CHAR_RANGES[] = {\n")
    line = "   "
    for a, b, kind in rows:
        item = " { 0x%x, 0x%x, %s }," % (a, b, kind[8])
        if len(line) + len(item) > 80:
            out.write(line + "\n")
            line = "   "
        line += item
    out.write(line + "\n};\nconst size_t TW_CHAR_RANGES_LEN = "
              "sizeof(TW_CHAR_RANGES) /\n"
              "                                  "
              "sizeof(TW_CHAR_RANGES[0]);\n")


main()
