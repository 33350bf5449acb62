# SPDX-License-Identifier: ISC
"""Stores ([MS-PST]) in each of whose layers something leads back to itself."""

import struct

import pst_write
from pst_write import CONTENTS_OF, PLAIN, UNICODE

BROKEN = 0x200024  # the second message of the Inbox
CONTENTS = 0x8040 | CONTENTS_OF
HEADER = {"nodes": 216, "blocks": 232}  # where the header names a tree's root


def item(heap, number):
    """Where an item of a heap's first block stands, and where it ends."""
    return struct.unpack_from("<HH", heap, struct.unpack_from("<H", heap)[0] + 2 + 2 * number)


def own_block(pst, form, *values):
    """A block of numbers whose only one is its own."""
    pst.next_bid += 4
    bid = pst.next_bid | 2
    pst.blocks[bid] = struct.pack(form, *values, bid)
    return bid


def change(pst, nid, edit):
    bid = pst.nodes[nid][0]
    heap = bytearray(pst.blocks[bid])
    edit(heap)
    pst.blocks[bid] = bytes(heap)


def data_tree(pst):
    _, sub, parent = pst.nodes[BROKEN]
    pst.nodes[BROKEN] = own_block(pst, "<BBHIQ", 1, 2, 1, 5000), sub, parent


def subnodes(pst):
    data, _, parent = pst.nodes[BROKEN]
    pst.nodes[BROKEN] = data, own_block(pst, "<BBHIQQ", 2, 1, 1, 0, 0), parent


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
    pst.nodes[CONTENTS] = data, pst.subnodes({0x3F: (own_block(pst, "<BBHIQ", 1, 2, 1, 5000), 0)}), parent
    change(pst, CONTENTS, lambda heap: struct.pack_into("<I", heap, item(heap, 1)[0] + 14, 0x3F))


def in_memory(edit):
    pst = pst_write.simple(UNICODE, PLAIN)
    edit(pst)
    head, pieces, _ = pst.write()
    return head + b"".join(pieces)


def tree(which, around):
    """A root above the tree's: the old one, then itself, or (around) a page that names the root."""
    data = bytearray(in_memory(lambda pst: None))
    bid, root = struct.unpack_from("<QQ", data, HEADER[which])
    data += bytes(-len(data) % 512)
    at, level, type_ = len(data), data[root + 491] + 1, data[root + 496]

    def page(level, *entries):
        body = b"".join(struct.pack("<QQQ", *e) for e in entries).ljust(488, b"\0")
        return body + struct.pack("<BBBB4xBBHIQ", len(entries), 20, 24, level, type_, type_, 0, 0, bid + 4)

    far = 0x7FFFFFF0
    data += page(level, (0, bid, root), (far, bid + 4, at + 512 * around))
    if around:
        data += page(level - 1, (far, bid + 4, at))
    struct.pack_into("<QQ", data, HEADER[which], bid + 4, at)
    struct.pack_into("<Q", data, 184, len(data))
    return bytes(data)


LAYERS = {edit.__name__: edit for edit in (data_tree, subnodes, properties, row_index, rows)}
