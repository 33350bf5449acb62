# SPDX-License-Identifier: ISC
"""A disk as it may be after the power went: made from a record of every call that changed it
(tests/system/preload.c).

What is kept:
- of a file's bytes what was written before an fsync of it that came back; of what was written
  later nothing, all, a part, or zeros where the file had no bytes on the disk before;
- of the names in a folder every change that was done before an fsync of that folder came back;
  of later changes any of them, in any order. A change is kept only with those it stands on:
  the earlier ones of the same names, and the making of the folder it is in. A rename is kept
  or lost as a whole; that of a folder takes along what is in it. That much ext4, xfs and btrfs promise; nothing else is asked of them.
"""

import os
import shutil
import stat

import preload


class Node:
    """A file, or a folder: data None."""

    def __init__(self, path, data, written=None):
        self.path, self.data = path, data  # before the record began
        self.written = written  # when; None: since then
        self.synced = 0  # what was done before this in the record
        self.writes = []  # (at in the record, offset, bytes or None: cut there)

    def bytes(self, chance):
        kept = bytearray(self.data or b"")
        later = [w for w in self.writes if w[0] >= self.synced]
        for _, offset, data in self.writes[:len(self.writes) - len(later)]:
            write(kept, offset, data)
        how, had = chance.choice(["nothing", "all", "part", "zeros"]), len(kept)
        for i, (_, offset, data) in enumerate(later):
            if how == "nothing" or (how == "part" and i > len(later) // 2):
                break
            if data is not None and how == "part":
                data = data[:chance.randint(0, len(data))]
            if data is not None and how == "zeros":
                offset, data = max(offset, had), bytes(max(0, offset + len(data) - max(offset, had)))
            write(kept, offset, data)
        return bytes(kept)


def write(kept, offset, data):
    if data is None:
        del kept[offset:]
        data = b""
    kept.extend(bytes(max(0, offset + len(data) - len(kept))))
    kept[offset:offset + len(data)] = data


def take_along(of_paths, entry):
    """What is known of paths in a folder, when that is renamed."""
    old = entry.old + "/"
    for path in [p for p in of_paths if p.startswith(old)]:
        of_paths[os.path.join(entry.path, path[len(old):])] = of_paths.pop(path)


class Change:
    """One change of names, and the earlier ones that it stands on."""

    def __init__(self, entry, node, needs):
        self.entry, self.node = entry, node
        self.needs = [n for n in needs if n]
        self.kept = False

    def do(self, names):
        if self.entry.kind == preload.RENAME:
            del names[self.entry.old]
            if self.node.data is None:
                take_along(names, self.entry)
        if self.entry.kind == preload.UNLINK:
            names.pop(self.entry.path, None)
        else:
            names[self.entry.path] = self.node

    def keep(self):
        """It is on the disk, and so is what it stands on."""
        waiting = [self]
        while waiting:
            change = waiting.pop()
            if not change.kept:
                change.kept = True
                waiting += change.needs


class Disk:
    """Folders as they are now; what is done in them later a record tells."""

    def __init__(self, roots):
        self.roots = [str(r) for r in roots]
        self.base = []  # path, identity, bytes, when they were written
        for folder, _, names in (walked for r in self.roots for walked in os.walk(r)):
            self.base.append((folder, preload.identity(os.lstat(folder)), None, None))
            for name in names:
                path = os.path.join(folder, name)
                st = os.lstat(path)
                if stat.S_ISREG(st.st_mode):
                    with open(path, "rb") as f:
                        self.base.append((path, preload.identity(st), f.read(),
                                          st.st_mtime_ns))

    def lose_power(self, record, chance):
        """Put on the real disk what is kept when the power goes after this much of a record.
        The number of changes that were lost."""
        replay = Replay(self.base)
        for entry in record:
            replay.HANDLERS[entry.kind](replay, entry)
        share = chance.choice([0, 0.1, 0.5, 0.9, 1])
        names = replay.at_first
        for change in replay.changes:
            if not change.kept and all(n.kept for n in change.needs):
                change.kept = chance.random() < share
            if change.kept:
                change.do(names)
        for root in self.roots:
            shutil.rmtree(root)
        for path, node in sorted(names.items()):
            if node.data is None:
                os.mkdir(path, 0o700)
            else:
                with open(path, "wb") as f:
                    f.write(node.bytes(chance))
                if node.written and not node.writes:
                    os.utime(path, ns=(node.written, node.written))
        return sum(not c.kept for c in replay.changes)


class Replay:
    """What a record did, and which of it is on the disk for certain."""

    def __init__(self, base):
        self.names = {path: Node(path, data, written) for path, _, data, written in base}
        self.files = {file: self.names[path] for path, file, _, _ in base}
        self.at_first = dict(self.names)
        self.changes, self.last, self.inside = [], {}, {}

    def write(self, e):
        if e.file in self.files:
            self.files[e.file].writes.append((e.at, e.offset, e.data))

    def truncate(self, e):
        if e.file in self.files:
            self.files[e.file].writes.append((e.at, e.offset, None))

    def sync(self, e):
        node = self.files.get(e.file)
        if node:
            node.synced = max(node.synced, e.since)
            self.keep(self.inside.get(node.path, []), e.since)

    def sync_all(self, e):
        for node in self.files.values():
            node.synced = max(node.synced, e.since)
        self.keep(self.changes, e.since)

    @staticmethod
    def keep(changes, since):
        for change in changes:
            if change.entry.at < since:
                change.keep()

    def create(self, e):
        if e.path in self.names and self.names[e.path] is self.files.get(e.file):
            return  # it was there
        self.files[e.file] = Node(e.path, b"")
        if os.path.basename(e.path) != ".":  # O_TMPFILE
            self.change(e, self.files[e.file])

    def mkdir(self, e):
        self.files[e.file] = Node(e.path, None)
        self.change(e, self.files[e.file])

    def rename(self, e):
        node = self.names[e.old]
        self.change(e, node)
        if node.data is None:
            take_along(self.last, e)
            take_along(self.inside, e)
            self.inside[e.path] = self.inside.pop(e.old, [])
            for other in self.names.values():
                if other.path == e.old or other.path.startswith(e.old + "/"):
                    other.path = e.path + other.path[len(e.old):]

    def link(self, e):
        """Of a file without a name, by its descriptor."""
        self.change(e, self.files[e.file])

    def unlink(self, e):
        # A folder goes when all that was in it has gone.
        self.change(e, None, self.inside.get(e.path, []))

    def change(self, e, node, needs=()):
        paths = [p for p in (e.old, e.path) if p]
        folders = [os.path.dirname(p) for p in paths]
        change = Change(e, node, [*needs, *(self.last.get(p) for p in paths + folders)])
        change.do(self.names)
        self.changes.append(change)
        for path, folder in zip(paths, folders):
            self.last[path] = change
            self.inside.setdefault(folder, []).append(change)

    HANDLERS = {preload.WRITE: write, preload.TRUNCATE: truncate, preload.SYNC: sync,
                preload.SYNC_ALL: sync_all, preload.CREATE: create, preload.MKDIR: mkdir,
                preload.RENAME: rename, preload.LINK: link, preload.UNLINK: unlink}
