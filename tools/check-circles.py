#!/usr/bin/env python3
"""check-circles.py - fail when sources of src/ call each other in a circle.

A calls B when A's object lacks a symbol that B's object defines, so the
linker is asked and not the includes.  One build of a source counts: the CPU
levels of a kernel file are one file.

    tools/check-circles.py [BUILD]     (default: build)
"""
import os
import re
import subprocess
import sys


def objects(build):
    for folder, _, names in os.walk(os.path.join(build, "src")):
        for name in sorted(names):
            m = re.fullmatch(r"(?:meson-generated_\.*_?)?(.*)\.c\.o", name)
            if m:
                room = os.path.relpath(folder, os.path.join(build, "src"))
                yield f"{room.split(os.sep)[0]}/{m[1]}", os.path.join(folder, name)


def symbols(path):
    done = subprocess.run(["nm", "-g", path], check=True, capture_output=True,
                          text=True)
    wanted, defined = set(), set()
    for line in done.stdout.splitlines():
        *_, kind, name = line.split()
        (wanted if kind in "Uvw" else defined).add(name)
    return wanted, defined


def call_graph(build):
    """source: sources whose symbols it uses."""
    wanted, home = {}, {}
    for source, path in objects(build):
        lacks, has = symbols(path)
        wanted.setdefault(source, set()).update(lacks)
        for name in has:
            home.setdefault(name, source)
    return {s: {home[n] for n in names if n in home} - {s}
            for s, names in wanted.items()}


def circles(graph):
    """Strongly connected components of two or more (Tarjan, no recursion)."""
    index, low, stack, on, found = {}, {}, [], set(), []
    for root in sorted(graph):
        if root in index:
            continue
        work = [(root, iter(sorted(graph[root])))]
        while work:
            v, edges = work[-1]
            if v not in index:
                index[v] = low[v] = len(index)
                stack.append(v)
                on.add(v)
            for w in edges:
                if w not in index:
                    work.append((w, iter(sorted(graph.get(w, ())))))
                    break
                if w in on:
                    low[v] = min(low[v], index[w])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[v])
                if low[v] == index[v]:
                    at = stack.index(v)
                    part, stack = stack[at:], stack[:at]
                    on.difference_update(part)
                    if len(part) > 1:
                        found.append(sorted(part))
    return found


def main(args):
    build = args[0] if args else "build"
    graph = call_graph(build)
    if not graph:
        print(f"{build}: no objects; build first")
        return 2
    found = circles(graph)
    for part in found:
        print("circle:", " ".join(part))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
