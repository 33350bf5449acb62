# SPDX-License-Identifier: ISC
"""Faults of compound files ([MS-CFB], section by section), each made in the bytes of a sound
file of version 3 whose FAT is one sector: a message with a long stream and short ones.

A fault costs nothing (WHOLE), a stream or a part of it (PART), or all (NOTHING): a reader can
find what is there, and no more.
"""
import struct

FREE, END, FATSECT, DIFSECT = 0xffffffff, 0xfffffffe, 0xfffffffd, 0xfffffffc
NO_ENTRY = 0xffffffff
SECTOR, ENTRY, MINI = 512, 128, 64
WHOLE, PART, NOTHING = "whole", "part", "nothing"


class File:
    """A sound file to be spoilt. big, small: the entries of a long stream, a short one."""

    def __init__(self, data, big, small):
        self.data = bytearray(data)
        self.directory = [self.place(s) for s in self.chain(self.get(48))]
        self.count = len(self.directory) * SECTOR // ENTRY
        self.big, self.small = (self.found(*name) for name in (big, small))

    @staticmethod
    def place(sector):
        return (sector + 1) * SECTOR

    def get(self, offset, fmt="<I"):
        return struct.unpack_from(fmt, self.data, offset)[0]

    def put(self, offset, value, fmt="<I"):
        struct.pack_into(fmt, self.data, offset, value)

    def fat(self, sector):
        """Where the FAT's entry of a sector stands."""
        return self.place(self.get(76)) + 4 * sector

    def mini(self, sector):
        return self.place(self.get(60)) + 4 * sector

    def chain(self, sector):
        found = []
        while sector < 0xfffffffa:
            found.append(sector)
            sector = self.get(self.fat(sector))
        return found

    def entry(self, number):
        return self.directory[number * ENTRY // SECTOR] + number * ENTRY % SECTOR

    def name(self, number):
        at = self.entry(number)
        return self.data[at:at + self.get(at + 64, "<H") - 2].decode("utf-16-le")

    def found(self, path, size):
        """The entry of this name and size."""
        return next(self.entry(n) for n in range(self.count)
                    if self.get(self.entry(n) + 64, "<H") and self.name(n) == path and
                    self.get(self.entry(n) + 120) == size)

    def storages(self):
        return [n for n in range(1, self.count) if self.data[self.entry(n) + 66] == 1]

    def streams(self):
        return [n for n in range(1, self.count) if self.data[self.entry(n) + 66] == 2]


def header(offset, value, fmt="<I"):
    def spoil(f):
        f.put(offset, value, fmt)
    return spoil


def field(which, offset, value, fmt="<I"):
    """A field of the entry big, small or root."""
    def spoil(f):
        at = f.entry(0) if which == "root" else getattr(f, which)
        f.put(at + offset, value(f) if callable(value) else value, fmt)
    return spoil


def every_entry(offset, value, fmt="<B", root=True):
    def spoil(f):
        for n in range(0 if root else 1, f.count):
            if f.data[f.entry(n) + 66]:
                f.put(f.entry(n) + offset, value, fmt)
    return spoil


def step(place, value):
    """The big stream's chain at its third sector goes on elsewhere."""
    def spoil(f):
        sectors = f.chain(f.get(f.big + 116))
        f.put(f.fat(sectors[place]), value(f, sectors) if callable(value) else value)
    return spoil


def mini_step(value):
    """The same of a short stream's first mini sector."""
    def spoil(f):
        start = f.get(f.small + 116)
        f.put(f.mini(start), value(start) if callable(value) else value)
    return spoil


def directory_step(value):
    """The directory's chain behind its last sector."""
    def spoil(f):
        sectors = f.chain(f.get(48))
        f.put(f.fat(sectors[-1]), value(sectors) if callable(value) else value)
    return spoil


def own_chain(offset, value):
    """The chain of the mini FAT or the mini stream behind its first sector."""
    def spoil(f):
        start = f.get(offset(f))
        f.put(f.fat(start), value(start) if callable(value) else value)
    return spoil


def mini_fat(_):
    return 60


def mini_stream(f):
    return f.entry(0) + 116


def tree_of_siblings(change):
    """Each storage's tree made anew out of its entries in an order of somebody's own."""
    def spoil(f):
        for storage in [0, *f.storages()]:
            entries, left = [], [f.get(f.entry(storage) + 76)]
            while left:
                n = left.pop()
                if n != NO_ENTRY:
                    entries.append(n)
                    left += [f.get(f.entry(n) + 68), f.get(f.entry(n) + 72)]
            entries = change(entries)
            for n, after in zip(entries, entries[1:] + [NO_ENTRY]):
                f.put(f.entry(n) + 68, NO_ENTRY)
                f.put(f.entry(n) + 72, after)
            f.put(f.entry(storage) + 76, entries[0] if entries else NO_ENTRY)
    return spoil


def last_refers(target):
    """The last entry of the root's tree has one more on its right."""
    def spoil(f):
        n = f.get(f.entry(0) + 76)
        while f.get(f.entry(n) + 72) != NO_ENTRY:
            n = f.get(f.entry(n) + 72)
        f.put(f.entry(n) + 72, target(f, n))
    return spoil


def storage_within_itself(f):
    n = f.storages()[-1]
    f.put(f.entry(n) + 76, n)


def stream_with_children(f):
    f.put(f.small + 76, f.storages()[0])


def storages_with_sizes(f):
    for n in f.storages():
        f.put(f.entry(n) + 116, 3)
        f.put(f.entry(n) + 120, 70000)


def names_ended(f):
    """Lengths without the zero behind the name."""
    for n in f.streams():
        f.put(f.entry(n) + 64, f.get(f.entry(n) + 64, "<H") - 2, "<H")


def longest_names(f):
    for n in f.streams():
        f.put(f.entry(n) + 64, 64, "<H")


def short_fat(f):
    """Of the FAT nothing is there from the directory on."""
    for n in range(f.get(48), SECTOR // 4):
        f.put(f.fat(n), FREE)


def own_sectors_free(f):
    f.put(f.fat(f.get(76)), FREE)


def garbage_behind(f):
    f.data += bytes(range(256)) * 3


def not_whole_sectors(f):
    f.data += b"\0" * 100


def free_sectors_behind(f):
    f.data += bytes(SECTOR * 7)


def second_root(f):
    f.put(f.entry(f.storages()[0]) + 66, 5, "<B")


FAULTS = {
    # The header, 2.2.
    "class id": (header(8, 0x1122334455667788, "<Q"), WHOLE),
    "minor version": (header(24, 0xabcd, "<H"), WHOLE),
    "version 0": (header(26, 0, "<H"), WHOLE),
    "version 4 with sectors of 512": (header(26, 4, "<H"), WHOLE),
    "version 77": (header(26, 77, "<H"), WHOLE),
    "byte order": (header(28, 0, "<H"), WHOLE),
    "sector shift 0": (header(30, 0, "<H"), WHOLE),
    "sector shift 7": (header(30, 7, "<H"), WHOLE),
    "sector shift of 4 in 3": (header(30, 12, "<H"), NOTHING),
    "sector shift 65535": (header(30, 65535, "<H"), WHOLE),
    "mini shift 31": (header(32, 31, "<H"), WHOLE),
    "reserved bytes": (header(34, 0xffffffffffff0000, "<Q"), WHOLE),
    "number of directory sectors": (header(40, 0xdeadbeef), WHOLE),
    "FAT sectors: more": (header(44, 0x7fffffff), WHOLE),
    "FAT sectors: none": (header(44, 0), WHOLE),
    "directory: end of chain": (header(48, END), NOTHING),
    "directory: outside": (header(48, 0x00ffffff), NOTHING),
    "transaction": (header(52, 0xffffffff), WHOLE),
    "cut-off 0": (header(56, 0), WHOLE),
    "cut-off 65536": (header(56, 65536), WHOLE),
    "mini FAT: free": (header(60, FREE), PART),
    "mini FAT: outside": (header(60, 0x00ffffff), PART),
    "mini FAT sectors: none": (header(64, 0), WHOLE),
    "mini FAT sectors: more": (header(64, 0xffffffff), WHOLE),
    "DIFAT start": (header(68, 2), WHOLE),
    "DIFAT sectors": (header(72, 0xffffffff), WHOLE),
    "DIFAT garbage behind": (header(80, 0x00000003), WHOLE),
    "DIFAT outside the file": (header(76, 0x00ffffff), WHOLE),
    # The FAT, 2.3.
    "FAT not marked as such": (own_sectors_free, WHOLE),
    "FAT ends early": (short_fat, NOTHING),
    "chain: a circle": (step(3, lambda f, s: s[1]), PART),
    "chain: to itself": (step(3, lambda f, s: s[3]), PART),
    "chain: ends early": (step(3, END), PART),
    "chain: free": (step(3, FREE), PART),
    "chain: FAT's mark": (step(3, FATSECT), PART),
    "chain: DIFAT's mark": (step(3, DIFSECT), PART),
    "chain: reserved number": (step(3, 0xfffffffb), PART),
    "chain: outside": (step(3, 0x00abcdef), PART),
    "chain: into the FAT": (step(3, lambda f, s: f.get(76)), PART),
    "chain: into the directory": (step(3, lambda f, s: f.get(48)), PART),
    "chain: into the mini stream": (step(3, lambda f, s: f.get(f.entry(0) + 116)), PART),
    "chain: longer than the stream": (step(-1, lambda f, s: s[0]), WHOLE),
    "mini stream: ends early": (own_chain(mini_stream, END), PART),
    "mini stream: a circle": (own_chain(mini_stream, lambda s: s), PART),
    "mini stream: outside": (own_chain(mini_stream, 0x00abcdef), PART),
    "mini FAT: a circle": (own_chain(mini_fat, lambda s: s), WHOLE),
    # The mini FAT, 2.4.
    "mini chain: to itself": (mini_step(lambda s: s), PART),
    "mini chain: ends early": (mini_step(END), PART),
    "mini chain: free": (mini_step(FREE), PART),
    "mini chain: outside": (mini_step(0x00abcdef), PART),
    "mini chain: crosses another": (mini_step(0), PART),
    # The directory, 2.6.
    "directory: a circle": (directory_step(lambda s: s[0]), WHOLE),
    "directory: goes on in a stream": (directory_step(lambda s: 0), PART),
    "directory: goes on outside": (directory_step(0x00abcdef), WHOLE),
    "root: no name": (field("root", 64, 0, "<H"), WHOLE),
    "root: is a storage": (field("root", 66, 1, "<B"), WHOLE),
    "root: is a stream": (field("root", 66, 2, "<B"), WHOLE),
    "root: has no kind": (field("root", 66, 0, "<B"), WHOLE),
    "root: has siblings": (field("root", 72, 1), WHOLE),
    "root: holds nothing": (field("root", 76, NO_ENTRY), NOTHING),
    "root: holds itself": (field("root", 76, 0), NOTHING),
    "root: mini stream of no size": (field("root", 120, 0), NOTHING),
    "root: mini stream cut": (field("root", 120, 64), NOTHING),
    "root: mini stream larger": (field("root", 120, 0x7fffffff), WHOLE),
    "root: mini stream elsewhere": (field("root", 116, END), NOTHING),
    "two roots": (second_root, WHOLE),
    "names without their zero": (names_ended, WHOLE),
    "lengths of names: the most": (longest_names, WHOLE),
    "length of a name: none": (field("small", 64, 0, "<H"), WHOLE),
    "length of a name: odd": (field("small", 64, lambda f: f.get(f.small + 64, "<H") + 1, "<H"),
                              WHOLE),
    "length of a name: 65535": (field("small", 64, 65535, "<H"), WHOLE),
    "kind 3": (field("small", 66, 3, "<B"), PART),
    "kind 255": (field("small", 66, 255, "<B"), PART),
    "colours: all red": (every_entry(67, 0), WHOLE),
    "colours: none there is": (every_entry(67, 0x55), WHOLE),
    "class ids of streams": (every_entry(80, 0x5555, "<H", root=False), WHOLE),
    "state bits": (every_entry(96, 0xffffffff, "<I"), WHOLE),
    "times": (every_entry(100, 0xffffffffffffffff, "<Q"), WHOLE),
    "times of the other end": (every_entry(108, 0xffffffffffffffff, "<Q"), WHOLE),
    "upper half of sizes": (every_entry(124, 0xdeadbeef, "<I"), WHOLE),
    "tree: a list": (tree_of_siblings(sorted), WHOLE),
    "tree: backwards": (tree_of_siblings(lambda e: sorted(e, reverse=True)), WHOLE),
    "tree: in no order": (tree_of_siblings(lambda e: sorted(e, key=lambda n: n * 7919 % 101)),
                          WHOLE),
    "tree: a circle": (last_refers(lambda f, n: f.get(f.entry(0) + 76)), WHOLE),
    "tree: to itself": (last_refers(lambda f, n: n), WHOLE),
    "tree: to the root": (last_refers(lambda f, n: 0), WHOLE),
    "tree: outside": (last_refers(lambda f, n: 0x00ffffff), PART),
    "tree: into another storage": (last_refers(lambda f, n: f.get(
        f.entry(f.storages()[-1]) + 76)), PART),
    "tree: to an unused entry": (last_refers(lambda f, n: f.count - 1), WHOLE),
    "storage: holds itself": (storage_within_itself, PART),
    "storage: sizes": (storages_with_sizes, WHOLE),
    "stream: holds others": (stream_with_children, WHOLE),
    "stream: begins outside": (field("big", 116, 0x00abcdef), PART),
    "stream: begins nowhere": (field("big", 116, END), PART),
    "stream: begins in the FAT": (field("big", 116, lambda f: f.get(76)), PART),
    "stream: is larger than its chain": (field("big", 120, 1 << 24), PART),
    "stream: of 2 GiB": (field("big", 120, 0x7fffffff), PART),
    "stream: of 4 GiB": (field("big", 120, 0xffffffff), PART),
    "stream: long, and said to be short": (field("big", 120, 100), PART),
    "stream: short, and said to be long": (field("small", 120, 5000), PART),
    "stream: short, and begins outside": (field("small", 116, 0x00abcdef), PART),
    # The file, 2.7.
    "garbage behind": (garbage_behind, WHOLE),
    "free sectors behind": (free_sectors_behind, WHOLE),
    "not whole sectors": (not_whole_sectors, WHOLE),
}


def spoilt(data, name, big, small):
    """The file with this fault."""
    f = File(data, big, small)
    FAULTS[name][0](f)
    return bytes(f.data)
