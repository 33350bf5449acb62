# SPDX-License-Identifier: ISC
"""Writes what worker/codec/idna.c knows of characters as C, at build time, from Python's
Unicode database:
  folds   a character that is written otherwise in a domain: in lower case, decomposed (NFKD);
          fold_chars has what it becomes
  marks   combining classes
  pairs   two characters that compose to one
  barred  ranges of characters that no domain has

usage: make_idna.py OUTPUT"""
import sys
import unicodedata

END = 0x110000
HANGUL = range(0xAC00, 0xD7A4)  # composed and decomposed by rule
UNSEEN = {0xAD, 0x34F, 0x1806, 0x180B, 0x180C, 0x180D, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF,
          *range(0xFE00, 0xFE10)}
DOTS = {0x2E: ".", 0x3002: ".", 0xFF0E: ".", 0xFF61: "."}  # RFC 3490 3.1
NO_TEXT = {0xFFFC, 0xFFFD, *range(0x2FF0, 0x2FFC)}  # RFC 3454 C.6, C.7


def fold(ch):
    """All that is done to a character by itself, until nothing changes."""
    if ord(ch) in DOTS:
        return DOTS[ord(ch)]
    text, before = ch, None
    while text != before:
        before = text
        text = "".join(c for c in unicodedata.normalize("NFKD", text.lower())
                       if ord(c) not in UNSEEN)
    return text


def is_barred(cp):
    """No text, or made of several with a dot among them, which would part labels."""
    ch = chr(cp)
    return (cp not in UNSEEN and unicodedata.category(ch) in
            ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs")) or cp in NO_TEXT or (
                cp not in DOTS and "." in fold(ch))


folds, chars = [], []
for cp in range(END):
    if 0xD800 <= cp < 0xE000 or cp in HANGUL:
        continue
    text = fold(chr(cp))
    if text != chr(cp) and not is_barred(cp):
        folds.append((cp, len(chars), len(text)))
        chars += map(ord, text)
marks = [(cp, unicodedata.combining(chr(cp))) for cp in range(END)
         if unicodedata.combining(chr(cp))]
pairs = []
for cp in range(END):
    parts = unicodedata.decomposition(chr(cp)).split()
    if (len(parts) == 2 and "<" not in parts[0] and chr(cp) == chr(cp).lower()
            and unicodedata.normalize("NFC", chr(cp)) == chr(cp)):
        pairs.append((int(parts[0], 16), int(parts[1], 16), cp))
barred = []
for cp in filter(is_barred, range(END)):
    if barred and barred[-1][1] == cp - 1:
        barred[-1][1] = cp
    else:
        barred.append([cp, cp])
assert len(folds) > 5000 and len(marks) > 500 and len(pairs) > 500 and len(barred) > 500

with open(sys.argv[1], "w", encoding="ascii") as out:
    for name, kind, rows in (("folds", "struct idna_fold", folds), ("marks", "struct idna_mark", marks),
                             ("pairs", "struct idna_pair", sorted(pairs)),
                             ("barred", "struct idna_range", barred)):
        print(f"static const {kind} {name}[] = {{", file=out)
        for row in rows:
            print("\t{ " + ", ".join(map(hex, row)) + " },", file=out)
        print("};", file=out)
    print("static const uint32_t fold_chars[] = {" + ",\n".join(map(hex, chars)) + "};", file=out)
