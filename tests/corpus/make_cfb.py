#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write the project's own compound files: tests/corpus/cfb, valid and broken on purpose.

The outputs are committed beside this script; running it again gives the same bytes. Each
holds the same streams (tests/unit/worker/test_cfb.c knows them) and one fault at most.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cfb_write as cfb  # pylint: disable=wrong-import-position

HERE = os.path.dirname(os.path.abspath(__file__))


def counted(n):
    """n bytes of which each place is known: the sum of their places' bytes."""
    return bytes((i ^ i >> 8) & 0xff for i in range(n))


TREE = {
    "short": counted(100),
    "Long": counted(5000),
    "Exactly": counted(4096),
    "below": counted(4095),
    "EMPTY": b"",
    "Storage": {"inner": counted(70), "deeper": {"innermost": counted(3)}},
}


def at(layout, name):
    return next(e for e in layout.entries if e["name"] == name)


def fat_loop(layout):
    start = at(layout, "Long")["start"]
    layout.fat[start + 3] = start + 1


def cross_link(layout):
    layout.fat[at(layout, "Long")["start"] + 2] = at(layout, "Exactly")["start"]


def chain_short(layout):
    layout.fat[at(layout, "Long")["start"] + 4] = cfb.END


def chain_outside(layout):
    layout.fat[at(layout, "Long")["start"] + 4] = 0x00abcdef


def chain_free(layout):
    layout.fat[at(layout, "Long")["start"] + 4] = cfb.FREE


def size_claimed(layout):
    at(layout, "short")["size"] = 3000


def size_huge(layout):
    at(layout, "Long")["size"] = 0x7fffffff


def size_high_garbage(layout):
    at(layout, "Long")["size"] |= 0xdeadbeef << 32


def mini_loop(layout):
    layout.minifat[at(layout, "below")["start"] + 9] = at(layout, "below")["start"]


def mini_fat_long(layout):
    layout.minifat += [cfb.FREE] * 500


def tree_loop(layout):
    at(layout, "Storage")["child"] = 0


def tree_self(layout):
    entry = at(layout, "inner")
    entry["left"] = layout.entries.index(entry)


def tree_outside(layout):
    at(layout, "inner")["right"] = 0x00001000


def kind_unknown(layout):
    at(layout, "EMPTY")["kind"] = 77


def root_not_first(layout):
    layout.entries[0]["kind"] = 1


def names_odd(layout):
    at(layout, "short")["name"] = "SHORT"
    at(layout, "Long")["name"] = "lONG"


def header(offset, fmt, value):
    def fault(layout):
        layout.header[offset] = struct.pack(fmt, value)
    return fault


def version4(**more):
    return cfb.write(TREE, version=4, **more)




def difat_garbage(data):
    data = bytearray(data)
    data[76 + 4 * 5:76 + 4 * 9] = struct.pack("<4I", 0xdeadbeef, 0, 1, 0x7fffffff)
    return bytes(data)


SAMPLES = {
    "plain": lambda: cfb.write(TREE),
    "version-4": version4,
    "scattered": lambda: cfb.write(TREE, scatter=True),
    "scattered-4": lambda: version4(scatter=True),
    "tree-list": lambda: cfb.write(TREE, shape=cfb.chained),
    "names-odd": lambda: cfb.write(TREE, fault=names_odd),
    "fat-loop": lambda: cfb.write(TREE, fault=fat_loop),
    "cross-link": lambda: cfb.write(TREE, fault=cross_link),
    "chain-short": lambda: cfb.write(TREE, fault=chain_short),
    "chain-outside": lambda: cfb.write(TREE, fault=chain_outside),
    "chain-free": lambda: cfb.write(TREE, fault=chain_free),
    "size-claimed": lambda: cfb.write(TREE, fault=size_claimed),
    "size-huge": lambda: cfb.write(TREE, fault=size_huge),
    "size-high-garbage": lambda: cfb.write(TREE, fault=size_high_garbage),
    "mini-loop": lambda: cfb.write(TREE, fault=mini_loop),
    "mini-fat-long": lambda: cfb.write(TREE, fault=mini_fat_long),
    "tree-loop": lambda: cfb.write(TREE, fault=tree_loop),
    "tree-self": lambda: cfb.write(TREE, fault=tree_self),
    "tree-outside": lambda: cfb.write(TREE, fault=tree_outside),
    "kind-unknown": lambda: cfb.write(TREE, fault=kind_unknown),
    "root-not-first": lambda: cfb.write(TREE, fault=root_not_first),
    "fat-longer": lambda: cfb.write(TREE, fault=header(44, "<I", 3)),
    "fat-none-stated": lambda: cfb.write(TREE, fault=header(44, "<I", 0)),
    "difat-garbage": lambda: difat_garbage(cfb.write(TREE)),
    "byte-order": lambda: cfb.write(TREE, fault=header(28, "<H", 0xfeff)),
    "sector-shift": lambda: cfb.write(TREE, fault=header(30, "<H", 60)),
    "mini-shift": lambda: cfb.write(TREE, fault=header(32, "<H", 0)),
    "cutoff": lambda: cfb.write(TREE, fault=header(56, "<I", 512)),
    "no-directory": lambda: cfb.write(TREE, fault=header(48, "<I", 0x00ffffff)),
    "cut-fat": lambda: cfb.write(TREE)[:-512],
    "cut-half": lambda: cfb.write(TREE)[:9000],
    "cut-last-sector": lambda: cfb.write(TREE)[:-100],
    "header-cut": lambda: cfb.write(TREE)[:300],
}


def main():
    folder = os.path.join(HERE, "cfb")
    os.makedirs(folder, exist_ok=True)
    for name, make in SAMPLES.items():
        with open(os.path.join(folder, name + ".cfb"), "wb") as out:
            out.write(make())


if __name__ == "__main__":
    main()
