# SPDX-License-Identifier: ISC
"""Messages of few bytes that ask for many. To add an amplifier: its name, and what makes it; then a
row of that name in the table of deploy/limits.md."""

import base64
import io
import struct
import sys
import zlib

from harness import SOURCE

sys.path.insert(0, str(SOURCE / "tests" / "corpus"))

import make_items as items  # noqa: E402 pylint: disable=wrong-import-position
import make_mime as mime  # noqa: E402 pylint: disable=wrong-import-position
import msg_write as msg  # noqa: E402 pylint: disable=wrong-import-position

KIB = 1 << 10


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


def shared(*names, size):
    """For a .msg: all streams of these names lie in the same sectors, those of the first."""
    def fault(layout):
        same = [e for e in layout.entries if any(n in e["name"] for n in names)]
        for e in same:
            e["start"], e["size"] = same[0]["start"], size
    return fault


def mail(*fields, body=b"x"):
    return b"".join(f + b"\r\n" for f in (*fields, b"", body))


def addressees():
    """Addresses of two bytes."""
    return mail(b"From: a@example.org", b"To: " + b",\r\n ".join([b"a," * 400] * 60))


def bare_recipients():
    """Recipients of whom nothing is said but their kind."""
    return mime.tnef((0x37, mime.U, "m"), recipients=[[(0xc15, mime.L, 1)]] * 20000)


def named_alike():
    """Recipients whose names lie in the same sectors."""
    text = "n\u00e4me " * 5000
    size = 2 * len(text)
    return msg.message(
        [(0x1a, msg.UNICODE, "IPM.Note")],
        [msg.recipient(text if i == 0 else "x", "a@example.org") for i in range(300)],
        fault=shared("__substg1.0_3001001F", size=size))


def places_alike(kind):
    """Attachments one of whose texts lies in the same sectors."""
    def whole():
        text = "p\u00e4th/" * 8000
        return msg.message([(0x37, msg.UNICODE, "m")], attachments=[
            msg.attachment(f"a{i}", b"x", (kind, msg.UNICODE, text if i == 0 else "x"))
            for i in range(300)], fault=shared("__substg1.0_%04X001F" % kind, size=2 * len(text)))
    return whole


def values_alike(klass, prop, name=None):
    """A property of many values, all in the same sectors."""
    def whole():
        text = "v\u00e4lue " * 2000
        row = (prop, msg.MV | msg.UNICODE, [text] + ["x"] * 400, *([name] if name else []))
        ids = msg.Names()
        number = ids.id_of(name) if name else prop
        return msg.message([(0x1a, msg.UNICODE, klass), (0x37, msg.UNICODE, "m"), row], names=ids,
                           fault=shared("__substg1.0_%04X101F-" % number, size=2 * len(text)))
    return whole


def names_of_names():
    """Named properties whose names are one long text."""
    ids = msg.Names()
    known = [(items.PUBLIC, "n" * 20000)] + [(items.PUBLIC, f"n{i}") for i in range(500)]
    rows = [(None, msg.LONG, 1, one) for one in known]

    def change(tree):
        table = tree["__nameid_version1.0"]
        entries = table["__substg1.0_00030102"]
        table["__substg1.0_00030102"] = b"".join(
            bytes(4) + entries[i + 4:i + 8] for i in range(0, len(entries), 8))
    return msg.message([(0x37, msg.UNICODE, "m"), *rows], names=ids, change=change)


def small_properties():
    """A message of properties of which each has a number of its own."""
    return mime.tnef((0x37, mime.U, "m"), *[(0x6000 + i % 0x7ff, mime.L, i) for i in range(2000)],
                     files=[mime.filename("a", b"x", *[(0x6000 + i, mime.L, 1) for i in range(2000)])
                            for _ in range(7)])


def small_parts():
    return mail(b"From: a@example.org", b"MIME-Version: 1.0",
                b"Content-Type: multipart/mixed; boundary=b", body=b"--b\r\nContent-Type: a/b\r\n\r\n" * 9000 + b"--b--")


def small_files():
    """Uuencoded files of a few bytes in a text."""
    return mail(b"From: a@example.org", body=b"begin 644 a\r\n!80\r\n`\r\nend\r\n" * 5000)


def deleted_days():
    """Instances of a series that are not, by a time zone with a long name."""
    days = [items.day(2024, 7, 1) + 1440 * i for i in range(8000)]
    pattern = items.pattern(items.DAILY, 0, 1440, [], items.day(2024, 7, 1), deleted=days)
    return items.Item(items.event(
        "IPM.Appointment", "Every day", *items.MORNING, *items.zoned("z" * 2000, items.BERLIN, True),
        items.recurs(pattern, 540, 60))).tnef()


def members():
    """A list of people who have no name but an address of two bytes."""
    one = items.wrapped(0xb5, items.one_off("a", "b"))
    pairs = (struct.pack("<I", len(one)) + one + struct.pack("<I", 0)) * 4000
    return items.Item([(0x1a, items.UNICODE, "IPM.DistList"), (0x37, items.UNICODE, "m"), items.named(
        items.BINARY, struct.pack("<HHIIIII", 1, 0, 0, 0, 4000, 0, 0) + pairs, items.ADDRESS, 0x8064)
        ]).tnef()


def undelivered_to():
    """A report on recipients whose reasons lie in the same sectors."""
    text = "unkn\u00f6wn " * 4000
    rows = [items.reported(f"R{i}", "r@example.org", (0xc1b, items.UNICODE, text if i == 0 else "x"))
            for i in range(300)]
    return msg.message(
        [(0x1a, msg.UNICODE, "REPORT.IPM.Note.NDR"), (0x37, msg.UNICODE, "m")], rows,
        fault=shared("__substg1.0_0C1B001F", size=2 * len(text)))


FOOTNOTES_RTF = squeezed(HEAD, rb"{\footnote x}", 40000)
FOOTNOTES = rtf(rb"{\footnote x}", 40000)

AMPLIFIERS = {
    "RTF: footnotes": FOOTNOTES,
    "RTF: pictures of a byte": rtf(rb"{\pict\pngblip 00}", 40000),
    "RTF: paragraphs": rtf(rb"\qc\b\par\plain\ql\par", 25000),
    "RTF: cells": rtf(rb"\trowd\cellx9\cell\row", 25000),
    "RTF: blanks that are squeezed": rtf(b" " * 1000, 2500),
    "a series: its text with each exception": recurring,
    "a series: its time zone with each day left out": deleted_days,
    "files of no bytes": nothings,
    "parts of no bytes in a mail": small_parts,
    "uuencoded files of a byte": small_files,
    "messages in messages": nested(12),
    "encoded mails in encoded mails": encoded_mails(5),
    "two winmail.dat": two(FOOTNOTES, FOOTNOTES),
    "addresses of a byte": addressees,
    "recipients of whom nothing is said": bare_recipients,
    "members of a list": members,
    "properties of a few bytes": small_properties,
    "one stream: files": cross_linked,
    "one stream: names of recipients": named_alike,
    "one stream: addresses of files": places_alike(0x3713),
    "one stream: paths of files": places_alike(0x370d),
    "one stream: values of a contact": values_alike("IPM.Contact", 0x3a58),
    "one stream: categories": values_alike("IPM.Appointment", None, (items.PUBLIC, "Keywords")),
    "one stream: contacts of a task": values_alike("IPM.Task", None, (items.COMMON, 0x853a)),
    "one stream: reasons of a report": undelivered_to,
    "one name for many properties": names_of_names,
    "RTF: links": rtf(rb'{\field{\*\fldinst HYPERLINK "http://a.example/"}{\fldrslt x}}', 15000),
    "characters of six bytes in JSON": controls,
    "references of HTML": html_references,
}
