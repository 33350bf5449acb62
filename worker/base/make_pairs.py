# SPDX-License-Identifier: ISC
"""Writes the code pages of several bytes as C, at build time: what glibc's iconv says of each
sequence. A row is what a first byte makes of the second ones, from the first to the last that
has a character; rows that are equal are one. pages_tables.c reads them.

usage: make_pairs.py OUTPUT.h OUTPUT.inc"""
import sys
import unicodedata

from iconv_tables import Page

HIGH, SEVEN = range(0xA1, 0xFF), range(0x21, 0x7F)
LEADS, TRAILS = range(0x80, 0x100), range(0x20, 0x100)
IBM = range(0x40, 0xFF)
# Name of the set: iconv's, what stands before a pair and behind it, first and second bytes.
SETS = {
    "CP932": ("CP932", b"", b"", LEADS, TRAILS),
    "CP936": ("CP936", b"", b"", LEADS, TRAILS),
    "CP949": ("CP949", b"", b"", LEADS, TRAILS),
    "CP950": ("CP950", b"", b"", LEADS, TRAILS),
    "BIG5_HKSCS": ("BIG5-HKSCS", b"", b"", LEADS, TRAILS),
    "CP1361": ("CP1361", b"", b"", LEADS, TRAILS),
    "GB18030": ("GB18030", b"", b"", LEADS, TRAILS),
    "T_61": ("T.61", b"", b"", LEADS, TRAILS),
    "ISO_6937": ("ISO_6937", b"", b"", LEADS, TRAILS),
    "EUC_JP": ("EUC-JP-MS", b"", b"", LEADS, HIGH),
    "JIS_X_0212": ("EUC-JP-MS", b"\x8f", b"", HIGH, HIGH),
    "ISO_2022_KR": ("ISO-2022-KR", b"\x0e", b"\x0f", SEVEN, SEVEN),
    "GB2312": ("ISO-2022-CN", b"\x1b$)A\x0e", b"\x0f", SEVEN, SEVEN),
    "IBM930": ("IBM930", b"\x0e", b"\x0f", IBM, IBM),
    "IBM933": ("IBM933", b"\x0e", b"\x0f", IBM, IBM),
    "IBM935": ("IBM935", b"\x0e", b"\x0f", IBM, IBM),
    "IBM937": ("IBM937", b"\x0e", b"\x0f", IBM, IBM),
    "IBM939": ("IBM939", b"\x0e", b"\x0f", IBM, IBM),
}
# Planes of CNS 11643, each a set.
SETS |= {f"CNS_{plane}": ("EUC-TW", bytes([0x8E, 0xA0 + plane]), b"", HIGH, HIGH)
         for plane in (1, 2, 3, 4, 5, 6, 7, 15)}
COMPOSED = ["CP1255", "CP1258"]
NONE, TWICE, ABOVE = 0xFFFF, 0xD800, 0x20000


class Pool:
    """The characters of all rows, and the rows of all sets."""

    def __init__(self):
        self.characters, self.above, self.rows, self.twice = [], bytearray(1), [(0, 0, 1, 0)], []
        self.places = {}  # a row that is there: its number

    def value(self, text):
        """A character as 16 bits; two of them as a number of theirs."""
        if len(text) == 1:
            assert ord(text) < 0x10000 or ord(text) >> 16 == ABOVE >> 16, hex(ord(text))
            return ord(text) & 0xFFFF
        if len(text) == 2:
            if text not in self.twice:
                self.twice.append(text)
            return TWICE + self.twice.index(text)
        assert not text, text
        return NONE

    def row(self, texts):
        """The number of the row with this text for each second byte."""
        have = sorted(byte for byte, text in texts.items() if text)
        if not have:
            return 0
        first, last = have[0], have[-1]
        row = (first, *(texts.get(byte, "") for byte in range(first, last + 1)))
        if row not in self.places:
            above = 0
            if any(text >= chr(ABOVE) for text in row[1:]):
                above = len(self.above)
                bits = sum((text >= chr(ABOVE)) << i for i, text in enumerate(row[1:]))
                self.above += bits.to_bytes(len(row) // 8 + 1, "little")
            self.places[row] = len(self.rows)
            self.rows.append((len(self.characters), above, first, last))
            self.characters += map(self.value, row[1:])
        return self.places[row]


def rows_of(page, before, behind, leads, trails, pool):
    """The row of each first byte."""
    end = b"\x25" if page.name.startswith("IBM") else b"\n"  # of a line
    numbers = [0] * 256
    for lead in leads:
        if not before and page.whole(bytes([lead])):
            continue  # a character by itself
        items = [before + bytes([lead, trail]) + behind for trail in trails]
        numbers[lead] = pool.row(dict(zip(trails, page.each(items, end))))
    return numbers


def four_bytes(page):
    """(number, character) where a run begins of GB 18030's sequences of four bytes for the
    characters below U+10000."""
    items = [bytes([0x81 + i // 12600, 0x30 + i // 1260 % 10, 0x81 + i // 10 % 126, 0x30 + i % 10])
             for i in range(4 * 12600)]
    expected = ""
    for number, text in enumerate(page.each(items, b"\n")):
        assert len(text) <= 1, number
        if text != expected:
            yield number, ord(text) if text else NONE
        expected = text and chr(ord(text) + 1)
    if expected:
        yield len(items), NONE


def composed(page):
    """(letter, sign, character that they are together), a letter with a sign as well."""
    bytes_of = {page.whole(bytes([byte])): bytes([byte]) for byte in range(256)}
    bytes_of.pop("", None)
    signs = {text: byte for text, byte in bytes_of.items() if unicodedata.combining(text)}
    letters, pairs = dict(bytes_of), {}
    while letters:
        wholes = {}
        for text, data in letters.items():
            for sign, byte in signs.items():
                whole = page.whole(data + byte)
                if len(whole) == 1:
                    pairs[text, sign] = whole
                    wholes[whole] = data + byte
        letters = wholes
    return [(ord(a), ord(b), ord(c)) for (a, b), c in pairs.items()]


def listed(numbers):
    return ", ".join(map(str, numbers))


def main():
    pool, pages, sets = Pool(), {}, {}
    for name, (source, *shape) in SETS.items():
        page = pages.setdefault(source, Page(source))
        sets[name] = rows_of(page, *shape, pool)
    with open(sys.argv[1], "w", encoding="ascii") as out:
        print("enum pages_sets {", *(f"PAIRS_{name}," for name in sets), "PAIRS_SETS };", file=out)
    with open(sys.argv[2], "w", encoding="ascii") as out:
        def table(head, rows):
            print(f"{head} = {{ {', '.join(rows)} }};", file=out)

        table("const uint16_t pages_leads[PAIRS_SETS][256]",
              (f"[PAIRS_{name}] = {{ {listed(numbers)} }}" for name, numbers in sets.items()))
        table("const struct pages_row pages_rows[]", (f"{{ {listed(row)} }}" for row in pool.rows))
        table("const uint16_t pages_characters[]", map(str, pool.characters))
        table("const uint8_t pages_above[]", map(str, pool.above))
        table("const uint16_t pages_twice[][2]", (f"{{ {listed(map(ord, text))} }}" for text in pool.twice))
        table("static const struct run four_bytes[]",
              (f"{{ {listed(run)} }}" for run in four_bytes(pages["GB18030"])))
        triples = sorted(triple for name in COMPOSED for triple in composed(Page(name)))
        table("static const struct composed composed[]", (f"{{ {listed(triple)} }}" for triple in triples))


main()
