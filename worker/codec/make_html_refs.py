# SPDX-License-Identifier: ISC
"""Writes the named character references of HTML 5 as C, at build time, from Python's table
of the standard: sorted by name; legacy: known without its semicolon, too.

usage: make_html_refs.py OUTPUT"""
import html.entities
import sys

names = {n.rstrip(";"): text for n, text in html.entities.html5.items()}
assert len(names) > 2000 and max(map(len, names)) < 32
with open(sys.argv[1], "w", encoding="ascii") as out:
    for name in sorted(names):
        first, second = (list(map(ord, names[name])) + [0])[:2]
        legacy = int(name in html.entities.html5)
        print(f'{{ "{name}", {first}, {second}, {legacy} }},', file=out)
