# SPDX-License-Identifier: ISC
"""Waits until so many names are gone from a folder, by inotify: a look into a folder of
thousands of names, again and again, would be paid by what is measured."""

import ctypes
import os
import struct
import time

LIBC = ctypes.CDLL(None, use_errno=True)
HEAD = struct.Struct("iIII")
IN_DELETE, IN_Q_OVERFLOW, IN_NONBLOCK = 0x200, 0x4000, 0o4000
EVERY = 0.003  # seconds


class Gone:
    """From its making on the names with this end that are removed from a folder are counted."""

    def __init__(self, folder, end):
        self.end = end
        self.fd = LIBC.inotify_init1(IN_NONBLOCK)
        self.count = 0
        if self.fd == -1 or LIBC.inotify_add_watch(self.fd, os.fsencode(folder), IN_DELETE) == -1:
            raise OSError(ctypes.get_errno(), "inotify")

    def close(self):
        os.close(self.fd)

    def look(self):
        try:
            events = os.read(self.fd, 1 << 20)
        except BlockingIOError:
            return
        at = 0
        while at < len(events):
            _, mask, _, length = HEAD.unpack_from(events, at)
            if mask & IN_Q_OVERFLOW:
                raise RuntimeError("inotify has lost count")
            at += HEAD.size
            name = events[at:at + length].rstrip(b"\0")
            self.count += mask & IN_DELETE != 0 and name.endswith(self.end)
            at += length

    def wait(self, count, seconds):
        deadline = time.monotonic() + seconds
        while self.count < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.count} of {count} in {seconds} s")
            time.sleep(EVERY)
            self.look()
