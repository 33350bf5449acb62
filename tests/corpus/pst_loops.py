# SPDX-License-Identifier: ISC
"""Stores ([MS-PST]) in each of whose layers something leads back to itself."""

import struct

import pst_write
from pst_write import ANSI, CONTENTS_OF, LARGE, PLAIN, UNICODE

BROKEN = 0x200024  # the second message of the Inbox
CONTENTS = 0x8040 | CONTENTS_OF
KINDS = (ANSI, UNICODE, LARGE)
# Where the header names a tree's root; the file's length; where a page's level and type stand.
HEADER = {ANSI: {"nodes": 184, "blocks": 192}, UNICODE: {"nodes": 216, "blocks": 232}}
HEADER[LARGE] = HEADER[UNICODE]
LENGTH = {ANSI: 168, UNICODE: 184, LARGE: 184}
LEVEL = {ANSI: 499, UNICODE: 491, LARGE: 4061}
TYPE = {ANSI: 500, UNICODE: 496, LARGE: 4072}


def item(heap, number):
    """Where an item of a heap's first block stands, and where it ends."""
    return struct.unpack_from("<HH", heap, struct.unpack_from("<H", heap)[0] + 2 + 2 * number)


def own_block(pst, type_, *values):
    """A block of numbers whose only one is its own: of blocks (type 1), of nodes (type 2)."""
    pst.next_bid += 4
    bid = pst.next_bid | 2
    number = pst.number[1]
    head = "<BBHI" if type_ == 1 or pst.wide else "<BBH"
    row = number if type_ == 1 else 2 * number
    pad = (0,) if type_ == 2 and pst.wide else ()
    level, count, *rest = values
    pst.blocks[bid] = struct.pack(head + row, type_, level, count, *pad, *rest, bid)
    return bid


def change(pst, nid, edit):
    bid = pst.nodes[nid][0]
    heap = bytearray(pst.blocks[bid])
    edit(heap)
    pst.blocks[bid] = bytes(heap)


def data_tree(pst):
    _, sub, parent = pst.nodes[BROKEN]
    pst.nodes[BROKEN] = own_block(pst, 1, 2, 1, 5000), sub, parent


def subnodes(pst):
    data, _, parent = pst.nodes[BROKEN]
    pst.nodes[BROKEN] = data, own_block(pst, 2, 1, 1, 0), parent


def properties(pst):
    def edit(heap):
        (head, _), (start, end) = item(heap, 1), item(heap, 2)
        heap[head + 3] = 9
        heap[start:end] = (struct.pack("<HI", 0, 2 << 5) * (end - start))[:end - start]
    change(pst, BROKEN, edit)


def row_index(pst):
    def edit(heap):
        head, _ = item(heap, 2)
        struct.pack_into("<BI", heap, head + 3, 9, 2 << 5)
    change(pst, CONTENTS, edit)


def rows(pst):
    data, _, parent = pst.nodes[CONTENTS]
    pst.nodes[CONTENTS] = data, pst.subnodes({0x3F: (own_block(pst, 1, 2, 1, 5000), 0)}), parent
    change(pst, CONTENTS, lambda heap: struct.pack_into("<I", heap, item(heap, 1)[0] + 14, 0x3F))


def in_memory(edit, kind=UNICODE):
    pst = pst_write.simple(kind, PLAIN)
    edit(pst)
    head, pieces, _ = pst.write()
    return head + b"".join(pieces)


def page_of(kind, bid, level, type_, entries):
    """A page of a tree that is no leaf."""
    three = "<III" if kind == ANSI else "<QQQ"
    size = struct.calcsize(three)
    body = b"".join(struct.pack(three, *e) for e in entries)
    if kind == LARGE:
        return (body.ljust(4056, b"\0") + struct.pack("<HHBB10x", len(entries), 160, size, level)
                + struct.pack("<BBHIQ8x", type_, type_, 0, 0, bid))
    if kind == UNICODE:
        return (body.ljust(488, b"\0") + struct.pack("<BBBB4x", len(entries), 20, size, level)
                + struct.pack("<BBHIQ", type_, type_, 0, 0, bid))
    return (body.ljust(496, b"\0") + struct.pack("<BBBB", len(entries), 40, size, level)
            + struct.pack("<BBHII", type_, type_, 0, bid, 0))


def tree(which, around, kind=UNICODE):
    """A root above the tree's: the old one, then itself, or (around) a page that names the root."""
    data = bytearray(in_memory(lambda pst: None, kind))
    two, page = ("<II", 512) if kind == ANSI else ("<QQ", 4096 if kind == LARGE else 512)
    header = HEADER[kind][which]
    bid, root = struct.unpack_from(two, data, header)
    data += bytes(-len(data) % page)
    at, level, type_ = len(data), data[root + LEVEL[kind]] + 1, data[root + TYPE[kind]]
    level = max(level, 1 + around)  # neither page is a leaf
    far = 0x7FFFFFF0
    data += page_of(kind, bid + 4, level, type_, [(0, bid, root), (far, bid + 4, at + page * around)])
    if around:
        data += page_of(kind, bid + 4, level - 1, type_, [(far, bid + 4, at)])
    struct.pack_into(two, data, header, bid + 4, at)
    struct.pack_into(two[:2], data, LENGTH[kind], len(data))
    return bytes(data)


LAYERS = {edit.__name__: edit for edit in (data_tree, subnodes, properties, row_index, rows)}
