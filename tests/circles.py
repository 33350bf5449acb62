#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Fail when source files use each other in a circle, by the symbols of a build's objects.

A format's decoder may: what nests is read by functions that call each other.
usage: circles.py BUILD
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARIES = ("supervisorlib", "gatewaylib", "workerlib")
# Folders whose files may use each other in a circle.
DECODER = re.compile(r"worker/format/\w+/|worker/codec/rtf/")


def objects(build):
    for library in LIBRARIES:
        folder = build / "CMakeFiles" / f"{library}.dir"
        for path in sorted(folder.rglob("*.c.o")):
            source = str(path.relative_to(folder))[:-2]
            if (ROOT / source).exists():  # a build keeps objects of files that are gone
                yield source, path


def uses(build):
    """{file: {file that it uses: a symbol}}"""
    sources = {str(path): source for source, path in objects(build)}
    if len(sources) < 100:
        sys.exit(f"circles: found no objects in {build}")
    defined, wanted = {}, []
    listing = subprocess.run(["nm", "-A", "-g", *sources], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    for line in listing.splitlines():
        path, _, rest = line.rpartition(":")
        *_, kind, symbol = rest.split()
        if kind == "U":
            wanted.append((sources[path], symbol))
        else:
            defined[symbol] = sources[path]
    if len(defined) < 100:
        sys.exit(f"circles: the objects in {build} tell of no symbols")
    graph = {source: {} for source in sources.values()}
    for source, symbol in wanted:
        used = defined.get(symbol, source)
        if used != source:
            graph[source].setdefault(used, symbol)
    return graph


def way(graph, start, end):
    """The shortest way from a file to another, as files; None: there is none."""
    came, queue = {start: None}, [start]
    for at in queue:
        if at == end:
            found = []
            while at:
                found.insert(0, at)
                at = came[at]
            return found
        for used in graph[at]:
            if used not in came:
                came[used] = at
                queue.append(used)
    return None


def circles(graph):
    """One circle for each set of files that use each other."""
    told = set()
    for source in sorted(graph):
        for used in sorted(graph[source]):
            back = None if source in told else way(graph, used, source)
            if back:
                told.update(back)
                yield [source, *back]


def main():
    graph = uses(pathlib.Path(sys.argv[1]))
    # A decoder's own folder counts for one file in the search for larger circles.
    whole = {}
    for source, used in graph.items():
        for other, symbol in used.items():
            of, to = (DECODER.match(f) for f in (source, other))
            a, b = of[0] if of else source, to[0] if to else other
            whole.setdefault(a, {})
            whole.setdefault(b, {})
            if a != b:
                whole[a].setdefault(b, f"{source} uses {other}: {symbol}")
    bad = False
    for circle in circles(whole):
        bad = True
        print("files that use each other in a circle:")
        for a, b in zip(circle, circle[1:]):
            print(f"  {whole[a][b]}")
    return bad


if __name__ == "__main__":
    sys.exit(main())
