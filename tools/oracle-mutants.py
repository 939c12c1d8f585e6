#!/usr/bin/env python3
# oracle-mutants.py - do the cases of a test tell every faulty variant of its
# oracle apart that very many inputs can?
#
#   tools/oracle-mutants.py SEARCH_TASKS PROJECT [--inputs 1000000] [--only ID]
#
# SEARCH_TASKS is perf/search_tasks of a build.  It makes the cases of each test
# as `run` does; this program takes them, makes the same variants, and gives
# those that the cases leave so many inputs of the same search, with other
# seeds.  It prints a line a test: told apart by the cases, of those that can be
# told apart; and each variant that slipped through, with the input.
#
# It runs only expressions and references of PROJECT, not in a jail.
import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SEARCH = ["search_inputs.py", "search_domain.py", "search_shapes.py",
          "search_shrink.py", "search_mutants.py", "search.py"]
CHUNK = 20000      # inputs of one seed


def source_of(folder, names):
    texts = []
    for name in names:
        with open(os.path.join(ROOT, "src", folder, name)) as f:
            texts.append(f.read())
    return "\n".join(texts)


def tasks_of(program, project):
    """(id, task, arguments of the cases) of each test."""
    space = {}
    exec(source_of("python", ["pywire_read.py"]), space)
    readers = space["plain_readers"](100)[0]
    data = subprocess.run([program, project], check=True,
                          stdout=subprocess.PIPE).stdout
    at = 0
    while at < len(data):
        value, at = readers[data[at]](data, at + 1, 0)
        yield value


class Measure:
    """The variants of one test, and what is left of them."""

    def __init__(self, space, task):
        self.space, self.task = space, task
        space["tw_search_open"](task, "", 0, [])
        self.variants = space["Variants"](space["state"]["search"])

    def by_cases(self, cases):
        for args in cases:
            known, value = self.variants.oracle.value(args)
            if known:
                self.variants.tell(args, value)
        return list(self.variants.left)

    def by_search(self, n):
        """[text, input] of variants that n more inputs tell apart."""
        found, seed, tried = [], 1, 0
        while self.variants.left and tried < n:
            # Far from the seeds of run: it has two chunks.
            self.space["tw_search_open"](self.task, "", 1000 + seed, [])
            search = self.space["state"]["search"]
            made = search.upto(min(CHUNK, n - tried))
            if not made:
                break
            tried += len(made)
            found += self.among(made)
            seed += 1
            if len(made) < CHUNK // 10 and seed > 20:
                break      # a small domain: all of it, many times
        return found, tried

    def among(self, made):
        found, block = [], self.space["BLOCK"]
        for at in range(0, len(made), block):
            rows = [(self.space["unpacked"](data), value)
                    for data, _, value in made[at:at + block]]
            for variant in list(self.variants.left):
                k = self.variants.first(variant[1], rows)
                if k < len(rows):
                    found.append([variant[0], rows[k][0]])
                    self.variants.left.remove(variant)
        return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("project")
    parser.add_argument("--inputs", type=int, default=10**6)
    parser.add_argument("--only", default="", help="id of a test")
    options = parser.parse_args()
    code = compile(source_of("cases", SEARCH), "search", "exec")
    told = can = 0
    for name, task, cases in tasks_of(options.program, options.project):
        if options.only not in ("", name):
            continue
        space = {"__name__": "search"}
        exec(code, space)
        measure = Measure(space, task)
        n = len(measure.by_cases(cases))
        slipped, tried = measure.by_search(options.inputs)
        by_cases = measure.variants.n - n
        told, can = told + by_cases, can + by_cases + len(slipped)
        print(f"{name}\t{by_cases} of {by_cases + len(slipped)}\t"
              f"{len(measure.variants.left)} never\t{tried} inputs\t"
              f"{len(cases)} cases", flush=True)
        for text, args in slipped:
            print(f"\tslipped: {text}\n\t\t{args!r}"[:400], flush=True)
    print(f"variants told apart by the cases: {told} of {can}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
