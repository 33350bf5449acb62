# SPDX-License-Identifier: ISC
"""Read HTML or text that is encapsulated in RTF, by the fewest rules: [MS-OXRTFCP] for what is
compressed, [MS-OXRTFEX] for what is encapsulated. For tests: no thought is given to damage."""
import re
import struct

START = (b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
         b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
         b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx")
TOKEN = re.compile(rb"\\([a-zA-Z]+)(-?\d+)? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
                   re.DOTALL)
CHARSETS = {0: 1252, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
            178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250}
SYMBOLS = {"par": "\r\n", "line": "\r\n", "tab": "\t", "lquote": "\u2018", "rquote": "\u2019",
           "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013",
           "emdash": "\u2014", "emspace": "\u2003", "enspace": "\u2002", "zwj": "\u200d",
           "zwnj": "\u200c"}
SKIPPED = {"fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "pntext"}


def decompress(data):
    """PidTagRtfCompressed's RTF (2.2)."""
    _, raw, kind = struct.unpack_from("<III", data)
    if kind == 0x414c454d:
        return data[16:16 + raw]
    window, at, out, place = bytearray(START.ljust(4096)), len(START), bytearray(), 16
    while place < len(data):
        flags = data[place]
        place += 1
        for bit in range(8):
            if place >= len(data):
                break
            if not flags >> bit & 1:
                found = data[place:place + 1]
                place += 1
            else:
                word = int.from_bytes(data[place:place + 2], "big")
                place += 2
                if word >> 4 == at:
                    return bytes(out[:raw])
                found = None
            for i in range((word & 15) + 2 if found is None else 1):
                byte = window[((word >> 4) + i) % 4096] if found is None else found[0]
                out.append(byte)
                window[at] = byte
                at = (at + 1) % 4096
    return bytes(out[:raw])


def fonts(rtf):
    """{number of a font: code page}"""
    return {int(n): CHARSETS[int(c)] for n, c in re.findall(
        rb"\\f(\d+)(?:\\[a-z]+-?\d* ?|\{[^{}]*\})*?\\fcharset(\d+)", rtf) if int(c) in CHARSETS}


class Reader:
    def __init__(self, rtf):
        page = re.search(rb"\\ansicpg(\d+)", rtf)
        self.page = int(page[1]) if page else 1252
        self.fonts, self.rtf = fonts(rtf), rtf
        self.out, self.raw = [], b""
        # What ends with a group: tag (HTML as it was), mute, RTF only, bytes behind \u, font.
        self.state, self.stack, self.skip = [False, False, False, 1, None], [], 0
        self.star = False

    def flush(self):
        page = self.fonts.get(self.state[4], self.page)
        if self.raw:
            self.out.append(self.raw.decode("utf-8" if page == 65001 else f"cp{page}", "replace"))
        self.raw = b""

    def put(self, text):
        if self.state[1] or self.state[2]:
            return
        if isinstance(text, bytes):
            self.raw += text
        else:
            self.flush()
            self.out.append(text)

    def word(self, name, number):
        if self.star:
            self.star = False
            if name != "htmltag":
                self.state[1] = True
            self.state[0] = name == "htmltag"
        elif name in SKIPPED and not self.state[0]:
            self.state[1] = True
        elif name == "htmlrtf":
            self.flush()
            self.state[2] = number != 0
        elif name == "uc":
            self.state[3] = 1 if number is None else number
        elif name == "f" and number is not None:
            self.flush()
            self.state[4] = number
        elif name == "u" and number is not None:
            self.put(chr(number & 0xffff))
            self.skip = self.state[3]
        elif name in SYMBOLS:
            self.put(SYMBOLS[name])

    def read(self):
        for word, number, code, sign, brace, text in TOKEN.findall(self.rtf):
            if brace == b"{":
                self.flush()
                self.stack.append(list(self.state))
            elif brace == b"}":
                self.flush()
                if self.stack:
                    self.state = self.stack.pop()
                self.skip = 0
            elif word:
                self.word(word.decode(), int(number) if number else None)
            elif sign == b"*":
                self.star = True
            elif sign:
                self.put({b"~": "\xa0", b"_": "\u2011", b"-": "\xad", b"\r": "\r\n",
                          b"\n": "\r\n"}.get(sign, sign if sign in b"\\{}" else ""))
            elif code and self.skip:
                self.skip -= 1
            elif code:
                self.put(bytes.fromhex(code.decode()))
            elif text:
                rest = text[self.skip:]
                self.skip = max(0, self.skip - len(text))
                self.put(rest)
        self.flush()
        whole = "".join(self.out)
        return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def encapsulated(compressed):
    """("html" or "text", what is in it), None: the RTF is what somebody wrote (2.1.3.1)."""
    rtf = decompress(compressed)
    kind = re.search(rb"\\from(html1|text)", rtf[:300])
    if not kind:
        return None
    return ("html" if kind[1] == b"html1" else "text"), Reader(rtf).read()
