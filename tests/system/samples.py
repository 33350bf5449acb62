# SPDX-License-Identifier: ISC
"""Messages for the system tests, made here byte by byte.

A mark is a line that only the chaos worker obeys (tests/system/chaos.c); the real worker
knows nothing of it.
"""

import base64
import struct

MESSAGE, ATTACHMENT = 1, 2


def mail(subject="Hello", body="Just words.\r\n", sender="ann@example.org", headers=""):
    return (f"From: {sender}\r\nTo: bob@example.org\r\nSubject: {subject}\r\n"
            "Date: Sat, 1 Jun 2024 12:00:00 +0000\r\n"
            f"Message-ID: <{subject.replace(' ', '.')}@example.org>\r\n"
            f"{headers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"\r\n{body}").encode()


def marked(action, argument="", subject=None, body="Just words.\r\n", sender="ann@example.org"):
    """A mail that makes the chaos worker do something bad."""
    mark = f"BULKHEAD-CHAOS: {action} {argument}".rstrip()
    return mail(subject or f"marked {action}", body, sender, headers=mark + "\r\n")


def attribute(level, tag, data):
    return (struct.pack("<BII", level, tag, len(data)) + data
            + struct.pack("<H", sum(data) & 0xFFFF))


def when(year=2024, month=6, day=1, hour=12, minute=0, second=0, weekday=6):
    return struct.pack("<7H", year, month, day, hour, minute, second, weekday)


def triples(name, address):
    """attFrom: a TRP structure, its strings, and the empty one that ends it."""
    name, address = name + b"\0", address + b"\0"
    name += b"\0" * (len(name) % 2)
    address += b"\0" * (len(address) % 2)
    head = struct.pack("<4H", 4, 16 + len(name) + len(address), len(name), len(address))
    return head + name + address + b"\0" * 8


def text_property(tag, text):
    """A PT_UNICODE property of attMsgProps, padded to four bytes."""
    data = (text + "\0").encode("utf-16-le")
    return struct.pack("<III", tag, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def binary_property(tag, data):
    return struct.pack("<III", tag, 1, len(data)) + data + b"\0" * (-len(data) % 4)


def properties(*rows):
    return struct.pack("<I", len(rows)) + b"".join(rows)


def tnef(subject="Hello", body="Just words.\r\n", attachments=(), html=None, rows=(),
         sender=(b"Ann", b"SMTP:ann@example.org")):
    """A winmail.dat. attachments: (name, bytes) each; rows: more properties of the message."""
    rows = list(rows)
    if html:
        rows.append(binary_property(0x10130102, html.encode()))
    parts = [
        struct.pack("<IH", 0x223E9F78, 1),
        attribute(MESSAGE, 0x00089006, struct.pack("<I", 0x00010000)),
        attribute(MESSAGE, 0x00069007, struct.pack("<II", 1252, 0)),
        attribute(MESSAGE, 0x00078008, b"IPM.Microsoft Mail.Note\0"),
        attribute(MESSAGE, 0x00008000, triples(*sender)),
        attribute(MESSAGE, 0x00018004, subject.encode("cp1252") + b"\0"),
        attribute(MESSAGE, 0x00038005, when()),
        attribute(MESSAGE, 0x0002800C, body.encode("cp1252") + b"\0"),
        attribute(MESSAGE, 0x00069003, properties(*rows)) if rows else b"",
    ]
    for name, data in attachments:
        parts += [
            attribute(ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
            attribute(ATTACHMENT, 0x00018010, name.encode("cp1252") + b"\0"),
            attribute(ATTACHMENT, 0x0006800F, data),
        ]
    return b"".join(parts)


def mail_with_tnef(stream, subject="Carried", body="See the attachment.\r\n"):
    """A mail as Outlook sends it to the rest of the world."""
    encoded = base64.encodebytes(stream).replace(b"\n", b"\r\n")
    return (f"From: ann@example.org\r\nTo: bob@example.org\r\nSubject: {subject}\r\n"
            "Date: Sat, 1 Jun 2024 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
            'Content-Type: multipart/mixed; boundary="one"\r\n\r\n'
            "--one\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
            f"{body}\r\n--one\r\n"
            'Content-Type: application/ms-tnef; name="winmail.dat"\r\n'
            "Content-Transfer-Encoding: base64\r\n"
            'Content-Disposition: attachment; filename="winmail.dat"\r\n\r\n'
            ).encode() + encoded + b"--one--\r\n"
