# SPDX-License-Identifier: ISC
"""Write compound files ([MS-CFB]), valid ones and broken ones.

A tree is a dict: a name and its bytes (a stream) or another dict (a storage). What a test
wants wrong is a function that changes the layout before it is written.
"""
import struct

FREE, END, FATSECT, DIFSECT = 0xffffffff, 0xfffffffe, 0xfffffffd, 0xfffffffc
NOSTREAM = 0xffffffff
MINI, CUTOFF = 64, 4096
STORAGE, STREAM, ROOT = 1, 2, 5


class Zeros:
    """A stream of so many zeroes, which a file need not hold."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length


class Layout:
    """What will be written: fields to be changed by whoever wants a broken file."""

    def __init__(self):
        self.entries = []     # dicts: name, kind, left, right, child, start, size, clsid
        self.sectors = []     # bytes of each sector
        self.fat = []         # next of each sector
        self.minifat = []
        self.header = {}      # offset: bytes, over what is right


def order(name):
    """MS-CFB 2.6.4: shorter first, then by upper case."""
    return len(name.encode("utf-16-le")), name.upper()


def balanced(ids):
    """Ids in order as a tree: (id, left, right) rows and its root."""
    if not ids:
        return NOSTREAM, []
    middle = len(ids) // 2
    left, rows_left = balanced(ids[:middle])
    right, rows_right = balanced(ids[middle + 1:])
    return ids[middle], rows_left + [(ids[middle], left, right)] + rows_right


def chained(ids):
    """The same as a list to the right: no balance at all."""
    rows = [(n, NOSTREAM, ids[i + 1] if i + 1 < len(ids) else NOSTREAM)
            for i, n in enumerate(ids)]
    return (ids[0] if ids else NOSTREAM), rows


def add_entry(layout, name, kind, clsid=bytes(16)):
    layout.entries.append({"name": name, "kind": kind, "left": NOSTREAM, "right": NOSTREAM,
                           "child": NOSTREAM, "start": 0, "size": 0, "clsid": clsid})
    return len(layout.entries) - 1


def add_tree(layout, tree, parent, shape, streams):
    names = sorted(tree, key=order) if shape is balanced else list(tree)
    ids = []
    for name in names:
        content = tree[name]
        inner = isinstance(content, dict)
        number = add_entry(layout, name, STORAGE if inner else STREAM)
        ids.append(number)
        if inner:
            add_tree(layout, content, number, shape, streams)
        else:
            streams.append((number, content))
    layout.entries[parent]["child"], rows = shape(ids)
    for number, left, right in rows:
        layout.entries[number]["left"], layout.entries[number]["right"] = left, right


def write(tree, **how):
    """The file's bytes."""
    head, sectors, tail = laid_out(tree, **how)
    return head + b"".join(sectors) + tail


def write_to(out, tree, **how):
    """The same into a new file, with holes where there are zeroes only."""
    head, sectors, tail = laid_out(tree, **how)
    zero = bytes(len(sectors[0]))
    out.write(head)
    for sector in sectors:
        if sector == zero:
            out.seek(len(zero), 1)
        else:
            out.write(sector)
    out.write(tail)


def laid_out(tree, version=3, shape=balanced, scatter=False, fault=None, clsid=bytes(16)):
    """Header, sectors, tables. scatter: the sectors of streams take turns, none is in one
    piece."""
    size = 512 if version == 3 else 4096
    layout = Layout()
    streams = []
    add_entry(layout, "Root Entry", ROOT, clsid)
    add_tree(layout, tree, 0, shape, streams)
    layout.streams = {}

    def chain_of(data, pieces=None):
        numbers = []
        zero = bytes(size)
        for at in range(0, len(data), size):
            numbers.append(len(layout.sectors))
            layout.sectors.append(zero if isinstance(data, Zeros)
                                  else data[at:at + size].ljust(size, b"\0"))
            layout.fat.append(END)
            if pieces:
                pieces()
        for a, b in zip(numbers, numbers[1:]):
            layout.fat[a] = b
        return numbers[0] if numbers else END

    def filler():
        layout.sectors.append(b"\xee" * size)
        layout.fat.append(FREE)

    mini = b""
    for number, data in streams:
        entry = layout.entries[number]
        entry["size"] = len(data)
        if not data:
            entry["start"] = END
        elif len(data) < CUTOFF:
            entry["start"] = len(mini) // MINI
            count = (len(data) + MINI - 1) // MINI
            first = len(layout.minifat)
            layout.minifat += list(range(first + 1, first + count)) + [END]
            mini += data.ljust(count * MINI, b"\0")
        else:
            entry["start"] = chain_of(data, filler if scatter else None)
    if mini:
        layout.entries[0]["start"] = chain_of(mini, filler if scatter else None)
        layout.entries[0]["size"] = len(mini)
    else:
        layout.entries[0]["start"] = END
    if fault:
        fault(layout)
    raw = struct.pack("<%dI" % len(layout.minifat), *layout.minifat)
    minifat_sectors = (len(raw) + size - 1) // size
    raw = raw.ljust(minifat_sectors * size, b"\xff")
    minifat = chain_of(raw)
    raw = b"".join(entry_bytes(e) for e in layout.entries)
    directory_sectors = (len(raw) + size - 1) // size
    while len(raw) < directory_sectors * size:
        raw += bytes(68) + struct.pack("<III", NOSTREAM, NOSTREAM, NOSTREAM) + bytes(48)
    directory = chain_of(raw)
    return finish(layout, version, size, directory, directory_sectors, minifat, minifat_sectors)


def entry_bytes(e):
    name = e["name"].encode("utf-16-le")[:62]
    return name.ljust(64, b"\0") + struct.pack(
        "<HBBIII16sIQQIQ", len(name) + 2, e["kind"], e.get("colour", 1), e["left"], e["right"],
        e["child"], e["clsid"], 0, 0, 0, e["start"], e["size"])


def finish(layout, version, size, directory, directory_sectors, minifat, minifat_sectors):
    """The FAT, the list of its sectors and the header around what is there."""
    per = size // 4
    fat_count = difat_count = 0
    while True:
        total = len(layout.sectors) + fat_count + difat_count
        fats = (total + per - 1) // per
        difats = max(0, (fats - 109 + per - 2) // (per - 1))
        if (fats, difats) == (fat_count, difat_count):
            break
        fat_count, difat_count = fats, difats
    first = len(layout.sectors)
    fat = layout.fat + [FATSECT] * fat_count + [DIFSECT] * difat_count
    fat += [FREE] * (fat_count * per - len(fat))
    numbers = list(range(first, first + fat_count))
    body = struct.pack("<%dI" % len(fat), *fat)
    rest = numbers[109:]
    for i in range(difat_count):
        one = rest[i * (per - 1):(i + 1) * (per - 1)]
        one += [FREE] * (per - 1 - len(one))
        one.append(first + fat_count + i + 1 if i + 1 < difat_count else END)
        body += struct.pack("<%dI" % per, *one)
    head = numbers[:109] + [FREE] * (109 - len(numbers[:109]))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIIII", 0x3e, version, 0xfffe, 9 if version == 3 else 12, 6,
        0 if version == 3 else directory_sectors, fat_count, directory, 0, CUTOFF,
        minifat if minifat_sectors else END, minifat_sectors,
        first + fat_count if difat_count else END, difat_count,
        head[0]) + struct.pack("<108I", *head[1:])
    header = bytearray(header.ljust(size, b"\0"))
    for offset, data in layout.header.items():
        header[offset:offset + len(data)] = data
    return bytes(header), layout.sectors, body
