# SPDX-License-Identifier: ISC
"""A TNEF reader of the tests' own, written from [MS-OXTNEF], [MS-OXCDATA] 2.11 and
[MS-OXRTFCP]: it shares nothing with the program that it judges.

    message = read(data)        # ValueError: no TNEF, or cut short
    message.props[0x1000]       # by property id: str, bytes, int or a list of them
    message.files               # [File]: name, data, message (a Message that is embedded)
    bodies(message)             # what it says: {"plain": str, "html": str, "rtf": bytes}
"""
import codecs
import struct

SIGNATURE = 0x223E9F78
RTF_START = (b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
             b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0"
             b"\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx")
PAGES = {65001: "utf-8", 20127: "latin-1", 28591: "latin-1", 1200: "utf-16-le", 20866: "koi8-r",
         21866: "koi8-u", 936: "gbk", 949: "cp949", 950: "big5", 932: "cp932", 50220: "iso2022_jp",
         51932: "euc_jp", 54936: "gb18030"}


class Message:
    def __init__(self):
        self.props, self.named, self.files, self.page = {}, {}, [], 1252


class File:
    def __init__(self):
        self.props, self.data, self.message, self.title = {}, b"", None, b""

    def name(self, page):
        for number in (0x3707, 0x3704):
            if self.props.get(number):
                return text(self.props[number], page)
        return text(self.title, page)


def codec(page):
    name = PAGES.get(page, "cp%d" % page)
    if 28591 < page <= 28605 or page == 38598:
        name = "iso8859_%d" % (page % 10000 - 8590)
    try:
        codecs.lookup(name)
        return name
    except LookupError:
        return "cp1252"


def text(value, page):
    return (value.decode(codec(page), "replace") if isinstance(value, bytes) else value).rstrip("\0")


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if n > len(self.data) - self.at:
            raise ValueError("cut short")
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self, form="<I"):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def padded(self, n):
        out = self.take(n)
        self.at = min(len(self.data), self.at + -n % 4)
        return out


FIXED = {1: 0, 2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 0x14: 8, 0x40: 8, 0x48: 16}


def value_of(b, kind):
    if kind in FIXED:
        raw = b.take(FIXED[kind])
        return int.from_bytes(raw, "little") if kind in (2, 3, 11, 0x14, 0x40) else raw
    raw = b.padded(b.number())
    return raw.decode("utf-16-le", "replace").rstrip("\0") if kind == 0x1F else raw


def property_list(b):
    props, named = {}, {}
    for _ in range(b.number()):
        kind, number = b.number("<H"), b.number("<H")
        name = None
        if number >= 0x8000:
            guid, is_string = b.take(16), b.number()
            name = (guid, b.padded(b.number()).decode("utf-16-le").rstrip("\0")) if is_string \
                else (guid, b.number())
        many = kind & 0x1000
        kind &= ~0x1000
        count = b.number() if many or kind not in FIXED else 1
        values = [value_of(b, kind) for _ in range(count)]
        value = values if many else values[0] if values else None
        if kind == 0x0D and value is not None:
            value = (value[:16], value[16:])
        if name:
            named[name] = value
        else:
            props[number] = value
    return props, named


def read(data):
    b, m = Bytes(data), Message()
    if b.number() != SIGNATURE:
        raise ValueError("no TNEF")
    b.number("<H")
    legacy = {}
    while len(data) - b.at >= 9:
        if not data[b.at:].strip(b"\0\r\n"):
            break
        level, tag, length = b.number("<B"), b.number(), b.number()
        value = b.take(length)
        if len(data) - b.at >= 2:
            b.number("<H")
        if level == 2 and (tag == 0x69002 or not m.files):
            m.files.append(File())
        at = m.files[-1] if m.files else None
        if tag == 0x69007:
            m.page = struct.unpack_from("<I", value)[0]
        elif tag == 0x69003:
            m.props, m.named = property_list(Bytes(value))
        elif tag == 0x2800C:
            legacy[0x1000] = value
        elif tag == 0x18004:
            legacy[0x0037] = value
        elif tag == 0x78008:
            legacy[0x001A] = value
        elif tag == 0x18010:
            at.title = value
        elif tag == 0x6800F:
            at.data = value
        elif tag == 0x69005:
            at.props, _ = property_list(Bytes(value))
    for number, value in legacy.items():
        m.props.setdefault(number, value)
    for at in m.files:
        settle(at)
    return m


def settle(at):
    value = at.props.get(0x3701)
    if isinstance(value, tuple):
        guid, inner = value
        if guid[:4] == struct.pack("<I", 0x20307):
            try:
                at.message = read(inner)
            except ValueError:
                pass
        at.data = at.data or inner
    elif isinstance(value, bytes):
        at.data = at.data or value


def rtf(data):
    """[MS-OXRTFCP] 2.2."""
    if len(data) < 16:
        return b""
    size, raw, kind, _ = struct.unpack_from("<IIII", data)
    if kind == 0x414C454D:
        return data[16:16 + raw]
    if kind != 0x75465A4C:
        return b""
    window, at, out, place = bytearray(4096), len(RTF_START), bytearray(), 16
    window[:at] = RTF_START
    end = min(len(data), size + 4)
    while place < end:
        control = data[place]
        place += 1
        for bit in range(8):
            if control >> bit & 1:
                if place + 1 >= end:
                    return bytes(out)
                pair = data[place] << 8 | data[place + 1]
                place += 2
                offset, length = pair >> 4, (pair & 15) + 2
                if offset == at:
                    return bytes(out)
                for _ in range(length):
                    byte = window[offset]
                    offset = (offset + 1) % 4096
                    out.append(byte)
                    window[at] = byte
                    at = (at + 1) % 4096
            else:
                if place >= end:
                    return bytes(out)
                out.append(data[place])
                window[at] = data[place]
                at = (at + 1) % 4096
                place += 1
    return bytes(out)


def bodies(m):
    page = m.page or m.props.get(0x3FFD) or m.props.get(0x3FDE) or 1252
    out = {}
    if m.props.get(0x1000):
        out["plain"] = text(m.props[0x1000], page)
    if m.props.get(0x1013):
        html = m.props[0x1013]
        out["html"] = text(html, m.props.get(0x3FDE) or page)
    if m.props.get(0x1009):
        out["rtf"] = rtf(m.props[0x1009])
    return {k: v for k, v in out.items() if v.strip("\0 \r\n" if isinstance(v, str) else b"\0 \r\n")}
