# SPDX-License-Identifier: ISC
"""A few bytes that ask for many: of no message comes more than its size allows, what is left
out is told, and the original goes with the mail."""

import base64
import email
import email.policy
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

import harness
import schema
from harness import BUILD, SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "corpus"))

import make_items as items  # noqa: E402 pylint: disable=wrong-import-position
import make_mime as mime  # noqa: E402 pylint: disable=wrong-import-position
import msg_write as msg  # noqa: E402 pylint: disable=wrong-import-position

KIB, MIB = 1 << 10, 1 << 20
FLOOR, TIMES = 64 * KIB, 20  # limits.growth_floor of these tests, limits.growth
SLACK = 64 * KIB  # header fields and delimiters are not reckoned beforehand


def squeezed(head, unit, times):
    """Compressed RTF ([MS-OXRTFCP]): a head, a unit, and that again as references of 17 bytes
    as far as they go: nothing is smaller."""
    text = head + unit
    tokens = [bytes([b]) for b in text]
    at, left = (207 + len(text)) % 4096, len(unit) * (times - 1)
    while left > 0:
        n = min(17, left)
        if n == 1:
            tokens.append(unit[-1:])
        else:
            tokens.append(struct.pack(">H", ((at - len(unit)) % 4096) << 4 | n - 2))
        at, left = (at + n) % 4096, left - n
    tokens.append(struct.pack(">H", at << 4))  # the end
    out = io.BytesIO()
    for i in range(0, len(tokens), 8):
        run = tokens[i:i + 8]
        out.write(bytes([sum((len(t) == 2) << k for k, t in enumerate(run))]) + b"".join(run))
    data = out.getvalue()
    return struct.pack("<II4sI", len(data) + 12, len(head) + len(unit) * times, b"LZFu",
                       zlib.crc32(data, 0xffffffff) ^ 0xffffffff) + data


HEAD = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}{\f1 Times New Roman;}}{\colortbl;\red1\green2\blue3;}"


def rtf(unit, times):
    return lambda: mime.tnef((0x37, mime.U, "m"), (0x1009, mime.B, squeezed(HEAD, unit, times)))


def recurring():
    """A series whose text and people come back with each of its exceptions."""
    days = [items.day(2024, 7, 1) + 1440 * i for i in range(600)]
    pattern = items.pattern(items.DAILY, 0, 1440, [], items.day(2024, 7, 1), deleted=days,
                            modified=days)
    people = [items.recipient(f"Person {i}", f"p{i}@example.org") for i in range(50)]
    return items.Item(items.event(
        "IPM.Appointment", "Every day", *items.MORNING,
        items.named(items.BOOLEAN, 1, items.APPOINTMENT, 0x8223),
        items.recurs(pattern, 540, 60, [items.exception(d, d + 60, d) for d in days]),
        body="A long text. " * 3000), people).tnef()


def cross_linked():
    """A .msg of which all attachments claim the same sectors."""
    def fault(layout):
        same = [e for e in layout.entries if e["name"] == "__substg1.0_37010102"]
        for e in same:
            e["start"], e["size"] = same[0]["start"], 512 * KIB
    data = bytes(range(256)) * 2048
    return msg.message([(0x37, msg.UNICODE, "m")], attachments=[
        msg.attachment(f"a{i}", data if i == 0 else b"x" * 5000) for i in range(200)],
        fault=fault)


def nothings():
    """Attachments of which nothing is said."""
    return mime.tnef((0x37, mime.U, "m"), files=[items.make.renddata()] * 9000)


def nested(levels):
    """Messages in a message, each with a body of RTF that grows."""
    def message(level):
        inner = [mime.filename("in", b"")] if level == 0 else []
        stream = mime.tnef((0x37, mime.U, f"m{level}"), (0x1009, mime.B, squeezed(
            HEAD, rb"{\footnote x}", 8000)), files=inner)
        return stream
    def whole():
        stream = message(0)
        for level in range(1, levels):
            stream = items.stream(
                items.attr("MsgProps", items.make.props(
                    (0x1a, items.UNICODE, "IPM.Note"), (0x37, items.UNICODE, f"m{level}"),
                    (0x1009, items.BINARY, squeezed(HEAD, rb"{\footnote x}", 8000)))),
                items.make.embedded(stream, (0x3001, items.UNICODE, "in")))
        return stream
    return whole


def controls():
    """Characters that JSON writes with six bytes each, in each body."""
    return mime.tnef((0x37, mime.U, "m"), (0x1000, mime.U, "\1" * 100000),
                     (0x1013, mime.B, b"<p>" + b"\1" * 100000))


def html_references():
    return mime.tnef((0x37, mime.U, "m"), (0x1013, mime.B, b'<img src="cid:a">' * 20000), files=[
        mime.filename("a.png", b"x" * 100, (0x3712, mime.U, "a")) for _ in range(2000)])


def encoded_mails(levels):
    """Mails in mails, each in base64, in the innermost a winmail.dat that grows."""
    def whole():
        data, kind = rtf(rb"{\footnote x}", 20000)(), b"application/ms-tnef; name=winmail.dat"
        for i in range(levels):
            data = (b"From: a@example.org\r\nSubject: m\r\nMIME-Version: 1.0\r\n"
                    b"Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\nContent-Type: %b\r\n"
                    b"Content-Transfer-Encoding: base64\r\n\r\n%b--b%d--\r\n"
                    % (i, i, kind, base64.encodebytes(data).replace(b"\n", b"\r\n"), i))
            kind = b"message/rfc822"
        return data
    return whole


def two(first, second):
    """Two winmail.dat in one mail share what may come of it."""
    def whole():
        parts = b"".join(
            b"--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n%b" % base64.encodebytes(one())
            for one in (first, second))
        return (b"From: a@example.org\r\nMIME-Version: 1.0\r\n"
                b"Content-Type: multipart/mixed; boundary=b\r\n\r\n%b--b--\r\n" % parts)
    return whole


FOOTNOTES = rtf(rb"{\footnote x}", 40000)

# To add an amplifier: its name, and what makes it. Some ask for more than is given; the others
# were made harmless where they are read, and stay here so that they are.
AMPLIFIERS = {
    "RTF: footnotes": FOOTNOTES,
    "RTF: pictures of a byte": rtf(rb"{\pict\pngblip 00}", 40000),
    "RTF: paragraphs": rtf(rb"\qc\b\par\plain\ql\par", 25000),
    "RTF: cells": rtf(rb"\trowd\cellx9\cell\row", 25000),
    "RTF: blanks that are squeezed": rtf(b" " * 1000, 2500),
    "a series' text with each exception": recurring,
    "many files of no bytes": nothings,
    "messages in messages": nested(12),
    "encoded mails in encoded mails": encoded_mails(5),
    "two winmail.dat": two(FOOTNOTES, FOOTNOTES),
    "one stream for many attachments": cross_linked,
}
HARMLESS = {
    "RTF: links": rtf(rb'{\field{\*\fldinst HYPERLINK "http://a.example/"}{\fldrslt x}}', 15000),
    "characters of six bytes in JSON": controls,
    "references of HTML": html_references,
}
TARGETS = ["mime", "json", "text", "attachments", "ical"]


def converted(data, to, most=0):
    """What convert-file makes of it, None when it refuses; what a note says was left out. most
    0: without a limit."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        done = subprocess.run([BUILD / "tests" / "convert-file", "-n", "-g", str(most), "-t", to,
                               f.name], capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()[-2000:]
    notes = [line.split("\t") for line in done.stderr.decode().splitlines()]
    return (None if done.returncode else done.stdout,
            [n for n in notes if n[0] == "lost" and "limits.growth" in n[3]])


def parts_of(out):
    return [p.get_payload(decode=True) or b"" for p in email.message_from_bytes(
        out, policy=email.policy.compat32).walk() if not p.is_multipart()]


class Growth(unittest.TestCase):
    def test_amplifiers(self):
        for name, make in {**AMPLIFIERS, **HARMLESS}.items():
            data = make()
            grew = [to for to in TARGETS if self.subTest(name, to=to) and self.judge(data, to)]
            self.assertEqual(name in AMPLIFIERS, bool(grew), name)

    def judge(self, data, to):
        """Was something left out?"""
        most = FLOOR + TIMES * len(data)
        out, lost = converted(data, to, most)
        whole, none = converted(data, to)
        self.assertEqual([], none)
        if out is None:
            self.assertEqual("ical", to)
            return False
        if to == "json":
            schema.check(json.loads(out), "message")
        if not lost:
            self.assertEqual(whole, out)
        self.assertLessEqual(len(out), most + SLACK, f"{len(data)} bytes")
        return bool(lost)

    def test_the_original_goes_with_what_was_left_out(self):
        data = nothings()
        out, lost = converted(data, "mime", FLOOR + TIMES * len(data))
        self.assertTrue(lost)
        self.assertIn(data, parts_of(out))

    def test_the_original_goes_with_what_was_left_out_deep_in_it(self):
        data = nested(12)()
        out, lost = converted(data, "mime", FLOOR + TIMES * len(data))
        self.assertTrue(any(n[1].startswith("attachment 1, attachment 1") for n in lost), lost)
        self.assertIn(data, parts_of(out))

    def test_the_rtf_goes_with_its_beginning(self):
        data = FOOTNOTES()
        out, _ = converted(data, "mime", 2 * TIMES * len(data))
        found, = [p for p in parts_of(out) if p.startswith(HEAD)]
        self.assertTrue(found.endswith(rb"{\footnote x}"))
        self.assertEqual(40000, found.count(b"footnote"))

    def test_an_ordinary_message_is_whole(self):
        """It comes nowhere near the default's floor."""
        paths = sorted((SOURCE / "tests" / "corpus" / "tnef").glob("*.tnef"))
        self.assertGreater(len(paths), 10)
        for path in paths:
            for to in ("mime", "json"):
                _, lost = converted(path.read_bytes(), to, FLOOR)
                self.assertEqual([], lost, path.name)


class Setting(harness.TestCase):
    def test_the_keys_are_obeyed(self):
        data = FOOTNOTES()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.tnef")
            with open(path, "wb") as f:
                f.write(data)
            sizes = []
            for floor, times in (("64KiB", 2), ("64KiB", 40), ("64MiB", 2)):
                out = os.path.join(folder, f"{floor}-{times}")
                done = subprocess.run(
                    [BUILD / "bulkhead", "convert", "--set", f"limits.growth={times}", "--set",
                     f"limits.growth_floor={floor}", "-o", out, path],
                    capture_output=True, check=False, text=True)
                self.assertEqual(0, done.returncode, done.stderr)
                sizes.append(os.path.getsize(os.path.join(out, os.listdir(out)[0])))
            self.assertLessEqual(sizes[0], 2 * len(data) + 64 * KIB + SLACK)
            self.assertLess(sizes[0], sizes[1])
            self.assertLess(sizes[1], sizes[2])


if __name__ == "__main__":
    harness.main()
