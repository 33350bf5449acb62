# SPDX-License-Identifier: ISC
"""What the iconv of the building machine's glibc says of bytes: make_single.py and make_pairs.py
make tables of it."""
import ctypes
import sys

FAILED = ctypes.c_size_t(-1).value


class Page:
    """A converter to characters, held for all questions."""

    libc = ctypes.CDLL(None)
    libc.iconv_open.restype = ctypes.c_void_p
    libc.iconv.restype = ctypes.c_size_t
    libc.iconv.argtypes = [ctypes.c_void_p] * 5

    def __init__(self, name):
        self.name = name
        self.cd = self.libc.iconv_open(b"UTF-32LE", name.encode())
        if self.cd == ctypes.c_void_p(-1).value:
            sys.exit(f"iconv knows no {name}: glibc's gconv modules are missing")

    def read(self, data):
        """The text of these bytes, and how many of them were read."""
        source = ctypes.create_string_buffer(data, len(data))
        room = ctypes.create_string_buffer(8 * len(data) + 16)
        at = ctypes.c_void_p(ctypes.addressof(source))
        to = ctypes.c_void_p(ctypes.addressof(room))
        left, space = ctypes.c_size_t(len(data)), ctypes.c_size_t(len(room))
        refs = [ctypes.byref(x) for x in (at, left, to, space)]
        self.libc.iconv(self.cd, None, None, None, None)
        self.libc.iconv(self.cd, *refs)
        self.libc.iconv(self.cd, None, None, *refs[2:])  # what it holds back
        return room.raw[:len(room) - space.value].decode("utf-32-le"), len(data) - left.value

    def whole(self, data):
        """The text of bytes that are all read, or ""."""
        text, used = self.read(data)
        return text if used == len(data) else ""

    def each(self, items, end):
        """The text of each of these sequences, or "". end: bytes of a character of its own, which
        stand behind each, so that many are asked about at once."""
        mark, texts, many = self.whole(end), [], 1
        while len(texts) < len(items):
            part = items[len(texts):len(texts) + many]
            data = b"".join(item + end for item in part)
            text, used = self.read(data)
            texts += text.split(mark)[:-1]
            many = min(2 * many, 1024)
            if used < len(data):
                texts.append("")  # where it stopped
                many = 1
        return texts
