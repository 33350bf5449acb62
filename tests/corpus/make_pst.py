#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Makes the stores in tests/corpus/pst: make_pst.py FOLDER"""

import pathlib
import sys

import pst_write as w


def all_of():
    for kind in (w.ANSI, w.UNICODE, w.LARGE):
        for name, crypt in (("plain", w.PLAIN), ("permute", w.PERMUTE), ("cyclic", w.CYCLIC)):
            yield f"{kind}-{name}.pst", w.simple(kind, crypt, 2)
    inner = w.Pst()
    p = w.simple(count=1, attachments=[("a.txt", b"short"), ("long.bin", bytes(range(256)) * 80)])
    p.node(0x330004, *p.message("around", attachments=[("inner", p.message("inside"))]), 0x8042)
    del inner
    yield "attachments.pst", p
    p = w.simple(count=1)
    p.folder(0x8062, "round", 0x8042, [0x8042, 0x8062])  # a folder in itself, and in its own
    yield "folders-in-a-circle.pst", p


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, p in all_of():
        p.save(folder / name)


if __name__ == "__main__":
    main()
