# SPDX-License-Identifier: ISC
"""Write Outlook message files ([MS-OXMSG]), valid ones and broken ones.

A property is a row (id, type, value) or, with a name, (None, type, value, (set, id or
string)). Several levels share one table of names, as the specification wants it.
"""
import binascii
import struct

import cfb_write as cfb
from make import (APPTIME, BINARY, BOOLEAN, CLSID, CURRENCY, DOUBLE, ERROR, FIXED, FLOAT, I8, LONG,
                  MV, NULL, OBJECT, SHORT, STRING8, SYSTIME, UNICODE, PS_PUBLIC_STRINGS, com_guid)

PS_MAPI = com_guid(0x20328)
PACKED = {SHORT: "<h", LONG: "<i", FLOAT: "<f", DOUBLE: "<d", CURRENCY: "<q", APPTIME: "<d",
          ERROR: "<I", BOOLEAN: "<H", I8: "<q", SYSTIME: "<Q", CLSID: "16s", NULL: ""}
READABLE, WRITABLE = 2, 4
# CLSIDs of the root: a message, and a template.
MESSAGE_CLSID, TEMPLATE_CLSID = com_guid(0x20d0b), com_guid(0x46f0006)


class Names:
    """The table of named properties; ids are given as names come."""

    def __init__(self):
        self.known = []

    def id_of(self, name):
        if name not in self.known:
            self.known.append(name)
        return 0x8000 + self.known.index(name)

    def storage(self):
        sets = []
        entries, strings, buckets = b"", b"", {}
        for index, (guid, name) in enumerate(self.known):
            if guid == PS_MAPI:
                number = 1
            elif guid == PS_PUBLIC_STRINGS:
                number = 2
            else:
                if guid not in sets:
                    sets.append(guid)
                number = 3 + sets.index(guid)
            text = isinstance(name, str)
            value = name
            hashed = name
            if text:
                value = len(strings)
                raw = name.encode("utf-16-le")
                strings += struct.pack("<I", len(raw)) + raw + b"\0" * (-len(raw) % 4)
                hashed = binascii.crc32(raw)
            packed = number << 1 | text
            entries += struct.pack("<IHH", value, packed, index)
            bucket = 0x1000 + (hashed ^ packed) % 0x1f
            buckets.setdefault(bucket, b"")
            buckets[bucket] += struct.pack("<IHH", hashed, packed, index)
        tree = {"__substg1.0_00020102": b"".join(sets), "__substg1.0_00030102": entries,
                "__substg1.0_00040102": strings}
        for bucket, data in buckets.items():
            tree["__substg1.0_%04X0102" % bucket] = data
        return tree


def raw_value(kind, value):
    if isinstance(value, (bytes, cfb.Zeros)):
        return value
    if kind == UNICODE:
        return value.encode("utf-16-le", "surrogatepass")
    return struct.pack(PACKED[kind], value)


def add_property(tree, names, row):
    """Its row in the list; its streams go into the tree."""
    number, kind, value = row[:3]
    if len(row) > 3:
        number = names.id_of(row[3])
    tag = number << 16 | kind
    name = "__substg1.0_%08X" % tag
    base = kind & ~MV
    if kind & MV:
        if base in PACKED:
            tree[name] = b"".join(raw_value(base, v) for v in value)
        else:
            width = "<IxxxxI"[:2] if base != BINARY else "<Ixxxx"
            values = [raw_value(base, v) for v in value]
            end = {UNICODE: 2, STRING8: 1}.get(base, 0)
            tree[name] = b"".join(struct.pack(width, len(v) + end) for v in values)
            for i, one in enumerate(values):
                tree["%s-%08X" % (name, i)] = one
        return struct.pack("<IIII", tag, READABLE | WRITABLE, len(tree[name]), 0)
    if base in FIXED and base != CLSID:
        return struct.pack("<II8s", tag, READABLE | WRITABLE, raw_value(base, value))
    if isinstance(value, dict):  # a storage
        tree[name] = value
        return struct.pack("<IIII", tag, READABLE | WRITABLE, 0xffffffff, 1)
    data = raw_value(base, value)
    tree[name] = data
    size = len(data) + {UNICODE: 2, STRING8: 1}.get(base, 0)
    return struct.pack("<IIII", tag, READABLE | WRITABLE, size, 0)


def listed(tree, names, rows, header):
    tree["__properties_version1.0"] = header + b"".join(
        add_property(tree, names, row) for row in rows)


def counts(recipients, attachments, length):
    return struct.pack("<8xIIII", len(recipients), len(attachments), len(recipients),
                       len(attachments)).ljust(length, b"\0")


def storage(names, rows, recipients=(), attachments=(), header=None, length=24):
    """A message's storage. recipients: lists of rows; attachments: lists of rows or trees."""
    tree = {}
    listed(tree, names, rows, header or counts(recipients, attachments, length))
    for kind, what in (("recip", recipients), ("attach", attachments)):
        for i, one in enumerate(what):
            inner = one if isinstance(one, dict) else {}
            if inner is not one:
                listed(inner, names, one, bytes(8))
            tree["__%s_version1.0_#%08X" % (kind, i)] = inner
    return tree


def message(rows, recipients=(), attachments=(), **how):
    """The file's bytes."""
    return message_to(None, rows, recipients, attachments, **how)


def message_to(out, rows, recipients=(), attachments=(), names=None, change=None,
               clsid=MESSAGE_CLSID, header=None, **how):
    """The same into a file. change: a function that spoils the tree before it is written."""
    names = names or Names()
    tree = storage(names, rows, recipients, attachments, header, 32)
    tree["__nameid_version1.0"] = names.storage()
    if change:
        change(tree)
    return cfb.write_to(out, tree, clsid=clsid, **how) if out else cfb.write(
        tree, clsid=clsid, **how)


def recipient(name, address, kind=1, **more):
    rows = [(0x0c15, LONG, kind), (0x3001, UNICODE, name), (0x3002, UNICODE, "SMTP"),
            (0x3003, UNICODE, address), (0x39fe, UNICODE, address)]
    return rows + list(more.get("rows", ()))


def attachment(name, data, *rows, method=1):
    return [(0x3701, BINARY, data), (0x3705, LONG, method), (0x3707, UNICODE, name),
            (0x370b, LONG, -1), *rows]


def embedded(names, name, rows, recipients=(), attachments=(), **how):
    return [(0x3701, OBJECT, storage(names, rows, recipients, attachments, **how)),
            (0x3705, LONG, 5), (0x3001, UNICODE, name)]
