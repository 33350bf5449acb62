# SPDX-License-Identifier: ISC
"""Writes Outlook stores ([MS-PST]): ANSI, Unicode, pages of 4 KiB with deflated blocks."""

import re
import struct
import zlib
import pathlib

ANSI, UNICODE, LARGE = "ansi", "unicode", "large"
PLAIN, PERMUTE, CYCLIC = 0, 1, 2
FOLDER, SEARCH, MESSAGE, ATTACHMENT, ASSOCIATED = 0x02, 0x03, 0x04, 0x05, 0x08
FOLDERS_OF, CONTENTS_OF, ASSOCIATED_OF = 0x0D, 0x0E, 0x0F
STORE, NAMES, ROOT = 0x21, 0x61, 0x122
ATTACHMENTS, RECIPIENTS = 0x671, 0x692
LONG, BOOLEAN, OBJECT, STRING8, UTF16, TIME, BINARY = 3, 0xB, 0xD, 0x1E, 0x1F, 0x40, 0x102

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TABLES = [bytes(int(x, 16) for x in re.findall(r"0x[0-9a-f]{2}", body))
          for body in re.findall(r"crypt_[rsi]\[256\] = \{(.*?)\}",
                                 (SOURCE / "worker/codec/pst/ndb_decode.c").read_text(), re.S)]


def hide(method, key, data):
    if method == PLAIN:
        return data
    r, s, i = TABLES
    if method == PERMUTE:
        return data.translate(r)
    word = (key ^ key >> 16) & 0xFFFF
    out = bytearray()
    for b in data:
        low, high = word & 255, word >> 8
        b = r[(b + low) & 255]
        b = s[(b + high) & 255]
        out.append((i[(b - high) & 255] - low) & 255)
        word = word + 1 & 0xFFFF
    return bytes(out)


class Pst:
    def __init__(self, kind=UNICODE, crypt=PERMUTE):
        self.kind, self.crypt = kind, crypt
        self.wide = kind != ANSI
        self.block_bytes = {ANSI: 8180, UNICODE: 8176, LARGE: 65512}[kind]
        self.page = 4096 if kind == LARGE else 512
        self.blocks, self.nodes, self.next_bid, self.next_sub = {}, {}, 8, 0x100
        self.number = "<Q" if self.wide else "<I"

    # blocks and nodes

    def block(self, data, internal=False):
        self.next_bid += 4
        bid = self.next_bid | (2 if internal else 0)
        self.blocks[bid] = data if internal else hide(self.crypt, bid & 0xFFFFFFFF, data)
        return bid

    def data(self, data):
        pieces = [data[i:i + self.block_bytes] for i in range(0, len(data), self.block_bytes)]
        return self.pieces(pieces or [b""])

    def pieces(self, pieces):
        bids = [self.block(p) for p in pieces]
        total = sum(map(len, pieces))
        most = (self.block_bytes - 8) // (8 if self.wide else 4)
        for level in (1, 2):
            if len(bids) == 1:
                break
            bids = [self.block(struct.pack("<BBHI", 1, level, len(part), total) + b"".join(
                struct.pack(self.number, b) for b in part), True)
                    for part in (bids[i:i + most] for i in range(0, len(bids), most))]
        return bids[0]

    def subnodes(self, nodes):
        """nodes: number to (data, sub)"""
        if not nodes:
            return 0
        size = 24 if self.wide else 12
        most = (self.block_bytes - 8) // size
        rows, firsts = sorted(nodes.items()), []
        head = "<BBHI" if self.wide else "<BBH"
        pad = (0,) if self.wide else ()
        for i in range(0, len(rows), most):
            part = rows[i:i + most]
            firsts.append((part[0][0], self.block(struct.pack(head, 2, 0, len(part), *pad) + b"".join(
                struct.pack("<QQQ" if self.wide else "<III", nid, d, s) for nid, (d, s) in part), True)))
        if len(firsts) == 1:
            return firsts[0][1]
        return self.block(struct.pack(head, 2, 1, len(firsts), *pad) + b"".join(
            struct.pack("<QQ" if self.wide else "<II", nid, b) for nid, b in firsts), True)

    def node(self, nid, data, sub=0, parent=0):
        self.nodes[nid] = (data, sub, parent)

    # heaps

    def heap(self, kind, items, root):
        """items: bytes each, the first is number 1; more than a block has go to further ones."""
        blocks, numbers, at = [], [], []
        room = self.block_bytes - 12 - 8
        groups, used = [[]], 0
        for n, item in enumerate(items):
            if used + len(item) + 2 > room - 70:
                groups.append([])
                used = 0
            used += len(item) + 2
            groups[-1].append(item)
            numbers.append((len(groups) - 1, len(groups[-1])))
        for n, group in enumerate(groups):
            head = 12 if n == 0 else 66 if n >= 8 and n % 128 == 8 else 2
            body, at = b"".join(group), [head]
            for item in group:
                at.append(at[-1] + len(item))
            pad = b"\0" * (at[-1] % 2)
            map_at = at[-1] + len(pad)
            page_map = struct.pack(f"<HH{len(at)}H", len(group), 0, *at)
            if n == 0:
                first = struct.pack("<HBBI4x", map_at, 0xEC, kind, self.hid(numbers[root - 1]))
            else:
                first = struct.pack("<H", map_at).ljust(head, b"\0")
            blocks.append(first + body + pad + page_map)
        return blocks, numbers

    def hid(self, where):
        block, index = where
        return (block << 19 if self.kind == LARGE else block << 16) | index << 5

    def where(self, items):
        """The numbers that a heap of these items will give."""
        return [self.hid(n) for n in self.heap(0, items, 1)[1]]

    def properties(self, values, sub=None):
        """values: (id, type, value); sub: the node's own nodes so far. To (data, sub)."""
        sub = dict(sub or {})
        items, far, rows = [b"", b""], {}, []
        for id_, type_, value in sorted(values):
            if isinstance(value, int) and type_ in (LONG, BOOLEAN):
                rows.append((id_, type_, value))
                continue
            if isinstance(value, str):
                value = value.encode("utf-16-le" if type_ == UTF16 else "cp1252")
            if isinstance(value, int):
                value = struct.pack("<Q", value)
            if len(value) > 3580:
                self.next_sub += 0x20
                sub[self.next_sub | 0x1F] = (self.data(value), 0)
                rows.append((id_, type_, self.next_sub | 0x1F))
            elif not value:
                rows.append((id_, type_, 0))
            else:
                items.append(value)
                far[len(rows)] = len(items) - 1
                rows.append((id_, type_, None))
        items[1] = bytes(8 * len(rows))
        numbers = self.where(items)
        items[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, numbers[1])
        if len(items[0]) != 8:
            raise ValueError
        items[0] = items[0].ljust(8)
        numbers = self.where(items)
        items[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, numbers[1])
        items[1] = b"".join(struct.pack("<HHI", i, t, numbers[far[k]] if v is None else v)
                            for k, (i, t, v) in enumerate(rows))
        blocks, _ = self.heap(0xBC, items, 1)
        return self.pieces(blocks), self.subnodes(sub)

    def table(self, columns, rows):
        """columns: (id, type); rows: number to {id: value}. To (data, sub)."""
        fixed = [(0x67F2, LONG), (0x67F3, LONG)] + [c for c in columns if c[1] == TIME] + [
            c for c in columns if c[1] != TIME]
        at, where = 0, {}
        for id_, type_ in fixed:
            size = 8 if type_ == TIME else 4
            where[id_] = (at, size)
            at += size
        bits = (len(fixed) + 7) // 8
        row_bytes = at + bits
        index = [struct.pack("<I", n) + struct.pack("<I" if self.wide else "<H", k)
                 for k, n in enumerate(rows)]
        per = 3000 // (len(index[0]) if index else 8)
        items = [b"", b""]
        leaves = [b"".join(index[i:i + per]) for i in range(0, len(index), per)]
        values = []
        for cells in rows.values():
            for id_, type_ in columns:
                value = cells.get(id_)
                if isinstance(value, str):
                    value = value.encode("utf-16-le" if type_ == UTF16 else "cp1252")
                if isinstance(value, bytes) and value:
                    values.append(value)
        first_leaf, first_value = 2, 2 + len(leaves)
        items += leaves + values
        level = 1 if len(leaves) > 1 else 0
        upper = len(items)
        if level:
            items.append(bytes(8 * len(leaves)))
        items[0] = bytes(22 + 8 * len(fixed))
        items[1] = bytes(8)
        matrix_in_heap = row_bytes * len(rows) <= 3000
        if matrix_in_heap:
            items.append(bytes(row_bytes * len(rows)))
        numbers = self.where(items)
        if level:
            items[upper] = b"".join(leaves[k][:4] + struct.pack("<I", numbers[first_leaf + k])
                                    for k in range(len(leaves)))
        root = numbers[upper] if level else numbers[first_leaf] if leaves else 0
        items[1] = struct.pack("<BBBBI", 0xB5, 4, 4 if self.wide else 2, level, root)
        matrix, k = [], first_value
        for n, cells in rows.items():
            row, mask = bytearray(row_bytes), 0
            for bit, (id_, type_) in enumerate(fixed):
                value = n if id_ == 0x67F2 else 1 if id_ == 0x67F3 else cells.get(id_)
                if value is None:
                    continue
                row[at + bit // 8] |= 0x80 >> bit % 8
                start, size = where[id_]
                if not isinstance(value, int):
                    value, k = (numbers[k], k + 1) if value else (0, k)
                row[start:start + size] = struct.pack("<Q" if size == 8 else "<I", value)
            matrix.append(bytes(row))
        sub, rows_at = {}, 0
        if matrix_in_heap and rows:
            items[-1] = b"".join(matrix)
            rows_at = numbers[-1]
        elif rows:
            most = self.block_bytes // row_bytes
            sub[0x1F | 0x20] = (self.pieces([b"".join(matrix[i:i + most]).ljust(
                0) for i in range(0, len(matrix), most)]), 0)
            rows_at = 0x1F | 0x20
        items[0] = struct.pack("<BBHHHHIII", 0x7C, len(fixed), at, at, at, row_bytes, numbers[1],
                               rows_at, 0) + b"".join(
            struct.pack("<IHBB", i << 16 | t, *where[i], bit) for bit, (i, t) in enumerate(fixed))
        blocks, _ = self.heap(0x7C, items, 1)
        return self.pieces(blocks), self.subnodes(sub)

    # messages

    @property
    def text(self):
        return UTF16 if self.wide else STRING8

    def recipients(self, people):
        return self.table([(0x0C15, LONG), (0x3001, self.text), (0x3003, self.text)],
                          {n: {0x0C15: 1, 0x3001: name, 0x3003: address}
                           for n, (name, address) in enumerate(people)})

    def message(self, subject, body="text\r\n", people=(("Ben", "ben@example.com"),),
                attachments=(), more=()):
        """attachments: (name, bytes, or the (data, sub) of a message). To (data, sub)."""
        sub = {RECIPIENTS: self.recipients(people)} if people else {}
        rows = {}
        for n, (name, what) in enumerate(attachments):
            nid = 0x8000 + (n << 5) | ATTACHMENT
            own = {}
            values = [(0x3707, self.text, name), (0x3704, self.text, name)]
            if isinstance(what, bytes):
                values += [(0x3701, BINARY, what), (0x3705, LONG, 1)]
            else:
                own[0x200024] = what
                values += [(0x3701, OBJECT, struct.pack("<II", 0x200024, 0)), (0x3705, LONG, 5)]
            sub[nid] = self.properties(values, own)
            rows[nid] = {0x3704: name}
        if rows:
            sub[ATTACHMENTS] = self.table([(0x3704, self.text)], rows)
        values = [(0x001A, self.text, "IPM.Note"), (0x0037, self.text, subject),
                  (0x1000, self.text, body), (0x0C1A, self.text, "Anna"),
                  (0x0C1F, self.text, "anna@example.com"), (0x0C1E, self.text, "SMTP"),
                  (0x0039, TIME, 132223104000000000), (0x0E06, TIME, 132223104000000000), *more]
        return self.properties(values, sub)

    def folder(self, nid, name, parent, folders=(), messages=None, associated=None):
        """messages: number to subject."""
        index = nid & ~0x1F
        self.node(nid, *self.properties([(0x3001, self.text, name), (0x3602, LONG, len(messages or {}))]),
                  parent)
        columns = [(0x0E07, LONG), (0x0E08, LONG), (0x0037, self.text), (0x0E06, TIME)]
        self.node(index | FOLDERS_OF, *self.table([(0x3001, self.text)], {n: {} for n in folders}))
        for type_, what in ((CONTENTS_OF, messages), (ASSOCIATED_OF, associated)):
            self.node(index | type_, *self.table(columns, {
                n: {0x0E07: 1, 0x0E08: 1000, 0x0037: subject, 0x0E06: 132223104000000000}
                for n, subject in (what or {}).items()}))

    def store(self, top):
        self.node(STORE, *self.properties([
            (0x35E0, BINARY, bytes(20) + struct.pack("<I", top)), (0x3001, self.text, "store")]))

    # the file

    def tree(self, entries, type_, place, level=0):
        """entries: (key, bytes) sorted. To (number, offset) of the root page."""
        area = {ANSI: 496, UNICODE: 488, LARGE: 4056}[self.kind]
        size = len(entries[0][1])
        pages = []
        for i in range(0, len(entries), area // size):
            part = entries[i:i + area // size]
            body = b"".join(e for _, e in part).ljust(area, b"\0")
            self.next_bid += 4
            bid = self.next_bid
            if self.kind == LARGE:
                body += struct.pack("<HHBB10x", len(part), area // size, size, level)
                body += struct.pack("<BBHIQ8x", type_, type_, 0, 0, bid)
            elif self.kind == UNICODE:
                body += struct.pack("<BBBB4x", len(part), area // size, size, level)
                body += struct.pack("<BBHIQ", type_, type_, 0, 0, bid)
            else:
                body += struct.pack("<BBBB", len(part), area // size, size, level)
                body += struct.pack("<BBHII", type_, type_, 0, bid, 0)
            pages.append((part[0][0], bid, place(body, self.page)))
        if len(pages) == 1:
            return pages[0][1:]
        three = "<QQQ" if self.wide else "<III"
        return self.tree([(k, struct.pack(three, k, b, o)) for k, b, o in pages], type_, place,
                         level + 1)

    def write(self, gap=0, before=0):
        """The file; before: bytes of nothing before its blocks; gap: before its trees."""
        out, at = [], 0x4600 + before

        def place(data, align):
            nonlocal at
            pad = -at % align
            out.append(bytes(pad) + data)
            at += pad + len(data)
            return at - len(data)

        entries = []
        for bid, data in sorted(self.blocks.items()):
            stored = data
            if self.kind == LARGE and len(data) > 64:
                packed = zlib.compress(data)
                stored = packed if len(packed) < len(data) else data
            offset = place(stored, 512 if self.kind == LARGE else 64)
            if self.kind == LARGE:
                entry = struct.pack("<QQHHHH", bid, offset, len(stored), len(data), 2, 0)
            elif self.kind == UNICODE:
                entry = struct.pack("<QQHHI", bid, offset, len(data), 2, 0)
            else:
                entry = struct.pack("<IIHH", bid, offset, len(data), 2)
            entries.append((bid, entry))
        at += gap
        holes = [(0, before), (len(out), gap)]
        blocks = self.tree(entries, 0x80, place)
        nodes = self.tree([(n, struct.pack("<QQQII", n, d, s, p, 0) if self.wide else struct.pack(
            "<IIII", n, d, s, p)) for n, (d, s, p) in sorted(self.nodes.items())], 0x81, place)
        head = bytearray(0x4600)
        version = {ANSI: 14, UNICODE: 23, LARGE: 36}[self.kind]
        struct.pack_into("<4sI2sHHBB", head, 0, b"!BDN", 0, b"SM", version, 19, 1, 1)
        if self.wide:
            struct.pack_into("<QQQQQQQQ", head, 184, at, 0, 0, 0, *nodes, *blocks)
            head[512], head[513] = 0x80, self.crypt
        else:
            struct.pack_into("<IIIIIIII", head, 168, at, 0, 0, 0, *nodes, *blocks)
            head[460], head[461] = 0x80, self.crypt
        return bytes(head), out, holes

    def save(self, path, gap=0, before=0):
        head, out, holes = self.write(gap, before)
        with open(path, "wb") as f:
            f.write(head)
            for n, piece in enumerate(out):
                for at, size in holes:
                    if n == at and size:
                        f.seek(size, 1)
                f.write(piece)


def simple(kind=UNICODE, crypt=PERMUTE, count=3, attachments=(), orphan=True, **more):
    """Inbox with messages and a folder in it, an orphan, and what only programs see."""
    p = Pst(kind, crypt)
    top, inbox, deep = 0x8022, 0x8042, 0x8062
    p.store(top)
    messages = {0x200004 + 0x20 * n: f"number {n}" for n in range(count)}
    for nid, subject in messages.items():
        p.node(nid, *p.message(subject, f"body of {subject}\r\n", attachments=attachments, **more), inbox)
    p.node(0x300004, *p.message("deep one"), deep)
    p.node(0x310008, *p.message("settings"), inbox)
    if orphan:
        p.node(0x320004, *p.message("nobody's"), inbox)
    p.folder(ROOT, "", ROOT, [top])
    p.folder(top, "Top of Outlook data file", ROOT, [inbox])
    p.folder(inbox, "Inbox", top, [deep], messages, {0x310008: "settings"})
    p.folder(deep, "Gr\u00fc\u00dfe/2024?", inbox, [], {0x300004: "deep one"})
    return p
