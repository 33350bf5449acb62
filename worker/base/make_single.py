# SPDX-License-Identifier: ISC
"""Writes the single-byte code pages as C, at build time: what glibc's iconv says of each
byte by itself, and Python of the pages that glibc lacks; single.txt beside this script has where
Windows says something else. Indian ones (ISCII) are made of the order of Unicode's blocks.

usage: make_single.py OUTPUT"""
import pathlib
import sys
import unicodedata

from iconv_tables import Page

ICONV = """
ASCII ASMO_449 CP737 CP775 CP874 CP1250 CP1251 CP1252 CP1253 CP1254 CP1256 CP1257
CP437 CP850 CP852 CP855 CP857 CP858 CP860 CP861 CP862 CP863 CP864 CP865 CP866 CP869
DIN_66003 SEN_850200_C NS_4551-2
IBM037 IBM273 IBM277 IBM280 IBM284 IBM297 IBM420 IBM500 IBM1025
IBM1140 IBM1141 IBM1142 IBM1143 IBM1144 IBM1145 IBM1146 IBM1147 IBM1148 IBM1149 IBM9030
ISO-8859-1 ISO-8859-2 ISO-8859-3 ISO-8859-4 ISO-8859-5 ISO-8859-6 ISO-8859-7 ISO-8859-8
ISO-8859-9 ISO-8859-10 ISO-8859-11 ISO-8859-13 ISO-8859-14 ISO-8859-15 ISO-8859-16
KOI8-R MAC-CENTRALEUROPE MAC-CYRILLIC MAC-UK MACINTOSH
BIG5-HKSCS CP932 CP936 CP949 CP950 CP1255 CP1258 CP1361 EUC-JP-MS EUC-TW GB18030 T.61 ISO_6937
IBM930 IBM933 IBM935 IBM937 IBM939
""".split()
PYTHON = {
    "CP720": "cp720", "MAC-ARABIC": "mac_arabic", "MAC-CROATIAN": "mac_croatian",
    "MAC-GREEK": "mac_greek", "MAC-IS": "mac_iceland", "MAC-ROMANIAN": "mac_romanian",
    "MAC-TURKISH": "mac_turkish",
}
NONE = 0xFFFF

# ISCII (IS 13194:1991): the letters of bytes 0xa1 to 0xe9 by their places in a block of
# Unicode, which all Indian scripts share; and what Windows takes where a script lacks one.
INDIAN = bytes.fromhex(
    "010203 05060708090a0b 0e0f100d 12131411 15161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
    "5f 303132333435363738390d 3e3f40414243 46474845 4a4b4c49 4d3c")
NEAREST = {
    0x0d: 0x10, 0x0e: 0x0f, 0x11: 0x14, 0x12: 0x13, 0x16: 0x15, 0x17: 0x15, 0x18: 0x15,
    0x1b: 0x1a, 0x1d: 0x1c, 0x20: 0x1f, 0x21: 0x1f, 0x22: 0x1f, 0x25: 0x24, 0x26: 0x24,
    0x27: 0x24, 0x29: 0x28, 0x2b: 0x2a, 0x2c: 0x2a, 0x2d: 0x2a, 0x31: 0x30, 0x33: 0x32,
    0x34: 0x33, 0x35: 0x2c, 0x36: 0x38, 0x37: 0x38, 0x45: 0x48, 0x46: 0x47, 0x49: 0x4c,
    0x4a: 0x4b, 0x5f: 0x2f,
}
SCRIPTS = {57002: 0x900, 57003: 0x980, 57004: 0xB80, 57005: 0xC00, 57006: 0x980, 57007: 0xB00,
           57008: 0xC80, 57009: 0xD00, 57010: 0xA80, 57011: 0xA00}
JOINER, DANDA = 0x200D, 0x964


def by_iconv(name):
    page = Page(name)
    texts = (page.whole(bytes([byte])) for byte in range(256))
    return [ord(text) if len(text) == 1 else NONE for text in texts]


def by_python(codec):
    text = [bytes([byte]).decode(codec, "replace") for byte in range(256)]
    return [NONE if c == "\ufffd" else ord(c) for c in text]


def patched(path):
    """(name, row) of each page in single.txt."""
    for line in path.read_text(encoding="ascii").replace("\n ", " ").splitlines():
        if line.startswith("#"):
            continue
        name, base, *changes = line.split()
        row = by_iconv(base)
        for change in changes:
            byte, character = change.split("=")
            row[int(byte, 16)] = NONE if character == "-" else int(character, 16)
        yield name, row


def indian(block):
    """A script's letters; which of them a sign behind changes is pages_iscii.c's."""
    row = list(range(0x80)) + [NONE] * 0x80
    for byte, place in enumerate(INDIAN, 0xA1):
        while place in NEAREST and not unicodedata.name(chr(block + place), ""):
            place = NEAREST[place]
        if unicodedata.name(chr(block + place), ""):
            row[byte] = block + place
    for digit in range(10):
        row[0xF1 + digit] = block + 0x66 + digit
    row[0xA0], row[0xD9], row[0xEA] = 0xA0, JOINER, DANDA
    return row


def main():
    rows = {name: by_iconv(name) for name in ICONV}
    rows |= {name: by_python(codec) for name, codec in PYTHON.items()}
    rows |= dict(patched(pathlib.Path(__file__).with_name("single.txt")))
    rows |= {f"CP{page}": indian(block) for page, block in SCRIPTS.items()}
    with open(sys.argv[1], "w", encoding="ascii") as out:
        for name, row in sorted(rows.items()):
            assert max(row) <= NONE and sum(c != NONE for c in row) > 100, name
            name = "".join(c if c.isalnum() else "_" for c in name)
            print(f"TABLE({name}, {', '.join(map(str, row))})", file=out)


main()
