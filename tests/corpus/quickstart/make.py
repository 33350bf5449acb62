#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes the samples of this folder anew. Their expected ends are in the file expected."""

import pathlib
import struct
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "system"))
import samples  # noqa: E402


def picture(side=8):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"".join(bytes((x * 32, y * 32, 128)) for x in range(side))
                    for y in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def damaged(data):
    data = bytearray(data)
    for i in range(150, len(data), 97):
        data[i] ^= 0x55
    return bytes(data)


WHOLE = samples.tnef(
    "Budget for June", "Dear Bob,\r\n\r\nthe plan for June is attached.\r\n\r\nAnn\r\n",
    [("plan.txt", b"rent   900\r\nfood   400\r\nmusic  100\r\n"), ("logo.png", picture())],
    html="<html><body><p>Dear Bob,</p><p>the plan for <b>June</b> is attached.</p><p>Ann</p></body></html>",
    sender=(b"Ann Example", b"SMTP:ann@example.org"))

FILES = {
    "winmail.dat": WHOLE,
    "umlauts.tnef": samples.tnef(
        "Gr\u00fc\u00dfe aus K\u00f6ln", "Sch\u00f6ne Gr\u00fc\u00dfe.\r\n",
        [("\u00dcbersicht.txt", b"Zeile\r\n")], sender=(b"J\xfcrgen", b"SMTP:juergen@example.org")),
    "with-winmail.eml": samples.mail_with_tnef(
        WHOLE, "The plan again", "It is in the strange attachment.\r\n"),
    "plain.eml": samples.mail("Lunch", "At noon, as always?\r\n"),
    "cut-short.dat": WHOLE[:len(WHOLE) * 2 // 3],
    "damaged.dat": damaged(WHOLE),
    "notes.txt": b"These are just some words, no message at all.\n",
    "marked/crash.eml": samples.marked(
        "null", subject="A message that makes its converter crash", sender="eve@example.net"),
    "marked/hang.eml": samples.marked(
        "hang", subject="A message that makes its converter hang", sender="mallory@example.net"),
    "marked/memory.eml": samples.marked(
        "memory", subject="A message that makes its converter swell", sender="trudy@example.net"),
}

for name, content in FILES.items():
    (HERE / name).parent.mkdir(exist_ok=True)
    (HERE / name).write_bytes(content)
