# SPDX-License-Identifier: ISC
"""What tests/system/preload.c does to the processes of a service, asked for and told."""

import mmap
import os
import struct
from dataclasses import dataclass

from harness import BUILD, SANITIZE

LIBRARY = BUILD / "tests/preload.so"

# struct shared of preload.c: fields of 8 bytes, pids, what, then the record.
FIELDS = ["kill_at", "kill_all", "every", "error", "offset", "recording", "delay", "boot",
          "changes", "calls", "failed", "end", "naming", "pid_count"]
PIDS, WHAT = 4 * 4096, 512
WHAT_AT = 8 * len(FIELDS) + PIDS
RECORD_AT = WHAT_AT + WHAT
ENTRY = struct.Struct("=IIHHIIIQQQ")  # struct entry
# enum kind
CREATE, MKDIR, LINK, RENAME, UNLINK, WRITE, TRUNCATE, SYNC, SYNC_ALL = range(3, 12)


def identity(st):
    """A file by its inode and device, as the record names it."""
    return (st.st_ino + (st.st_dev << 40)) % (1 << 64)


@dataclass
class Entry:
    """One call that changed the spool."""
    at: int  # where it is in the record
    kind: int
    role: str  # first letter: supervisor, janitor, worker, or what PRELOAD_AS said
    since: int  # where the record ended when the call began
    file: int  # identity() of it
    offset: int
    old: str  # the name it had
    path: str  # the name it got
    data: bytes


class Preload:
    """The memory shared with the processes, and what to start them with."""

    def __init__(self, root, watched, role="any", room=0):
        self.file = root / "preload.shared"
        self.root, self.watched, self.role = root, watched, role
        with open(self.file, "wb") as f:
            f.truncate(RECORD_AT + room)
        with open(self.file, "r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 0)

    def environment(self, role=None):
        """For a service; role: for a program beside it, whose calls are recorded too."""
        settings = {"LD_PRELOAD": str(LIBRARY), "PRELOAD_SHARED": str(self.file),
                    "PRELOAD_SPOOL": ":".join(str(w) for w in self.watched),
                    "PRELOAD_ROLE": self.role}
        if role:
            settings["PRELOAD_AS"] = role
        if SANITIZE:
            settings["ASAN_OPTIONS"] = "verify_asan_link_order=0"
        return settings

    def into(self, service, workers=False):
        """Start this service with it; also its workers, whose environment it clears."""
        service.environment.update(self.environment())
        if workers:
            program = self.root / "worker"
            settings = "".join(f"export {k}='{v}'\n" for k, v in self.environment().items())
            program.write_text(f"#!/bin/sh\n{settings}exec '{BUILD}/tests/chaos-worker' \"$@\"\n")
            program.chmod(0o755)
            service.config["worker"]["program"] = str(program)

    def __getitem__(self, field):
        return struct.unpack_from("=Q", self.memory, 8 * FIELDS.index(field))[0]

    def __setitem__(self, field, value):
        struct.pack_into("=q", self.memory, 8 * FIELDS.index(field), value)

    def reset(self, **fields):
        """Forget what was; no process may be running."""
        self.memory[:RECORD_AT] = bytes(RECORD_AT)
        for field, value in fields.items():
            self[field] = value

    def what(self):
        """The call that killed."""
        text = self.memory[WHAT_AT:WHAT_AT + WHAT]
        return text.split(b"\0")[0].decode(errors="replace")

    def record(self):
        """Every entry of the record, in order. A call that never came back has none."""
        at, end = 0, self["end"]
        while at < end:
            place = RECORD_AT + at
            whole, size, kind, role, old, path, data, since, file, offset = \
                ENTRY.unpack_from(self.memory, place)
            assert size > 0, "an entry without its size"
            texts = self.memory[place + ENTRY.size:place + ENTRY.size + old + path + data]
            if whole:
                yield Entry(at, kind, chr(role), since, file, offset,
                            os.fsdecode(texts[:old]), os.fsdecode(texts[old:old + path]),
                            texts[old + path:])
            at += size
