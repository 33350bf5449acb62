#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write the project's own sample messages: tests/corpus/tnef and tests/corpus/damaged.

The outputs are committed beside this script; running it again gives the same bytes.
Nothing is random, nothing depends on the machine. A sample is one function or one row.
"""
import binascii
import os
import struct
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))

# Property types, MS-OXCDATA 2.11.1.
NULL, SHORT, LONG, FLOAT, DOUBLE, CURRENCY, APPTIME, ERROR, BOOLEAN, OBJECT = (
    1, 2, 3, 4, 5, 6, 7, 10, 11, 13)
I8, STRING8, UNICODE, SYSTIME, CLSID, BINARY, MV = 0x14, 0x1e, 0x1f, 0x40, 0x48, 0x102, 0x1000

FIXED = {NULL: "", SHORT: "<hxx", LONG: "<i", FLOAT: "<f", DOUBLE: "<d", CURRENCY: "<q",
         APPTIME: "<d", ERROR: "<I", BOOLEAN: "<Hxx", I8: "<q", SYSTIME: "<Q", CLSID: "16s"}

MESSAGE, ATTACHMENT = 1, 2
ATTRIBUTES = {
    "Version": (MESSAGE, 0x89006), "OemCodepage": (MESSAGE, 0x69007),
    "MessageClass": (MESSAGE, 0x78008), "From": (MESSAGE, 0x8000),
    "Subject": (MESSAGE, 0x18004), "DateSent": (MESSAGE, 0x38005),
    "DateRecd": (MESSAGE, 0x38006), "MessageStatus": (MESSAGE, 0x68007),
    "MessageID": (MESSAGE, 0x18009), "ParentID": (MESSAGE, 0x1800a),
    "ConversationID": (MESSAGE, 0x1800b), "Body": (MESSAGE, 0x2800c),
    "Priority": (MESSAGE, 0x4800d), "DateModified": (MESSAGE, 0x38020),
    "RecipTable": (MESSAGE, 0x69004), "MsgProps": (MESSAGE, 0x69003),
    "OriginalMessageClass": (MESSAGE, 0x70600), "Owner": (MESSAGE, 0x60000),
    "SentFor": (MESSAGE, 0x60001), "Delegate": (MESSAGE, 0x60002),
    "DateStart": (MESSAGE, 0x30006), "DateEnd": (MESSAGE, 0x30007),
    "AidOwner": (MESSAGE, 0x50008), "RequestRes": (MESSAGE, 0x40009),
    "RendData": (ATTACHMENT, 0x69002), "Title": (ATTACHMENT, 0x18010),
    "Data": (ATTACHMENT, 0x6800f), "MetaFile": (ATTACHMENT, 0x68011),
    "CreateDate": (ATTACHMENT, 0x38012), "ModifyDate": (ATTACHMENT, 0x38013),
    "TransportFilename": (ATTACHMENT, 0x69001), "Attachment": (ATTACHMENT, 0x69005),
}

# {xxxxxxxx-0000-0000-C000-000000000046}
def com_guid(first):
    return struct.pack("<IHH8s", first, 0, 0, bytes.fromhex("c000000000000046"))


IID_MESSAGE, IID_STORAGE = com_guid(0x20307), com_guid(0x0b)
PS_PUBLIC_STRINGS, PS_INTERNET_HEADERS = com_guid(0x20329), com_guid(0x20386)
PSETID_COMMON, PSETID_APPOINTMENT, PSETID_TASK = (
    com_guid(0x62008), com_guid(0x62002), com_guid(0x62003))


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def one_value(kind, value):
    if kind in FIXED:
        return struct.pack(FIXED[kind], value) if FIXED[kind] else b""
    if kind == UNICODE:
        value = (value + "\0").encode("utf-16-le")
    elif kind == STRING8:
        value += b"\0"
    elif kind == OBJECT:
        value = value[0] + value[1]
    return struct.pack("<I", len(value)) + padded(value)


def prop(number, kind, value, name=None):
    """One property. name: (set, id) or (set, string) when number is 0x8000 or above."""
    out = struct.pack("<HH", kind, number)
    if name:
        out += name[0]
        if isinstance(name[1], int):
            out += struct.pack("<II", 0, name[1])
        else:
            text = (name[1] + "\0").encode("utf-16-le") if name[1] else b""
            out += struct.pack("<II", 1, len(text)) + padded(text)
    if kind & MV:
        out += struct.pack("<I", len(value))
        return out + b"".join(one_value(kind & ~MV, v) for v in value)
    if kind not in FIXED:
        out += struct.pack("<I", 1)
    return out + one_value(kind, value)


def props(*rows):
    return struct.pack("<I", len(rows)) + b"".join(prop(*row) for row in rows)


def attr(name, data, checksum=None, length=None, level=None):
    """One attribute; checksum, length and level may be given wrong."""
    its_level, tag = ATTRIBUTES[name] if isinstance(name, str) else (MESSAGE, name)
    if checksum is None:
        checksum = sum(data) & 0xffff
    return struct.pack("<BII", level or its_level, tag,
                       len(data) if length is None else length) + data + struct.pack("<H", checksum)


def stream(*attributes, codepage=1252):
    head = struct.pack("<IH", 0x223e9f78, 0x0102) + attr("Version", struct.pack("<I", 0x10000))
    if codepage is not None:
        head += attr("OemCodepage", struct.pack("<II", codepage, 0))
    return head + b"".join(attributes)


def dtr(year, month, day, hour=0, minute=0, second=0, weekday=0):
    return struct.pack("<7H", year, month, day, hour, minute, second, weekday)


def filetime(seconds):
    return (seconds + 11644473600) * 10000000


WHEN = filetime(848570106)  # 1996-11-21T09:55:06Z


def triple(name, address):
    name, address = name + b"\0", address + b"\0"
    name += b"\0" * (len(name) % 2)
    return struct.pack("<4H", 4, 16 + len(name) + len(address), len(name), len(address)) + \
        name + address + b"\0" * 8


def counted(*texts):
    return b"".join(struct.pack("<H", len(t) + 1) + t + b"\0" for t in texts)


def renddata(kind=1, position=0xffffffff, flags=0):
    return attr("RendData", struct.pack("<HIHHI", kind, position, 32, 32, flags))


def lzfu(rtf):
    """Compressed RTF of literals only: correct, and no smaller."""
    out = b""
    at = 207
    todo = list(rtf)
    while True:
        run, todo = todo[:8], todo[8:]
        at = (at + len(run)) % 4096
        if len(run) < 8:  # the end: a reference to where the next byte would go
            out += bytes([1 << len(run)] + run) + struct.pack(">H", at << 4)
            break
        out += bytes([0] + run)
    crc = zlib.crc32(out, 0xffffffff) ^ 0xffffffff  # begins with 0, not inverted
    return struct.pack("<II4sI", len(out) + 12, len(rtf), b"LZFu", crc) + out


def base(*rows, subject="Quarterly figures"):
    """Properties that any message has."""
    return (
        (0x1a, UNICODE, "IPM.Note"), (0x37, UNICODE, subject), (0x39, SYSTIME, WHEN),
        (0xe06, SYSTIME, WHEN + 15000000), (0xc1a, UNICODE, "Anna Kova\u010d"),
        (0xc1e, UNICODE, "SMTP"), (0xc1f, UNICODE, "anna@example.com"),
        (0x1035, UNICODE, "<0001@example.com>"), (0x3fde, LONG, 65001)) + rows


def note(*rows, **more):
    return attr("MsgProps", props(*base(*rows, **more)))


def recipient(kind, name, address):
    return props((0xc15, LONG, kind), (0x3001, UNICODE, name), (0x3002, UNICODE, "SMTP"),
                 (0x3003, UNICODE, address), (0x39fe, UNICODE, address))


def recipients(*rows):
    return attr("RecipTable", struct.pack("<I", len(rows)) + b"".join(rows))


PLAIN = note((0x1000, UNICODE, "Dear all,\r\n\r\nthe figures are here.\r\n"))
HTML = b"<html><body><p>Gr\xc3\xbc\xc3\x9fe, <b>Anna</b></p></body></html>"
RTF = (b"{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}\r\n"
       b"\\f0\\fs20 The figures are \\b here\\b0 .\\par\r\n}")


def file_attachment(title, data, *rows, kind=1, flags=0):
    out = renddata(kind, flags=flags)
    if title is not None:
        out += attr("Title", title + b"\0")
    out += attr("Data", data)
    if rows:
        out += attr("Attachment", props(*rows))
    return out


def embedded(inner, *rows):
    return renddata(2) + attr("Attachment", props(
        (0x3705, LONG, 5), (0x3701, OBJECT, (IID_MESSAGE, inner)), *rows))


def nested(levels):
    inner = stream(note(subject="innermost"))
    for level in range(levels):
        inner = stream(note(subject="level %d from below" % (level + 1)),
                       embedded(inner, (0x3001, UNICODE, "forwarded")))
    return inner


def every_legacy_attribute():
    return stream(
        attr("MessageClass", b"IPM.Microsoft Schedule.MtgReq\0"),
        attr("From", triple(b"Anna Kovac", b"SMTP:anna@example.com")),
        attr("Subject", b"Planning\0"),
        attr("DateSent", dtr(1996, 11, 21, 9, 55, 6, 4)),
        attr("DateRecd", dtr(1996, 11, 21, 10, 0, 0, 4)),
        attr("MessageStatus", b"\xa5"),
        attr("MessageID", b"757BB19CDE936A4087D90BB784C58E3B\0"),
        attr("ParentID", b"0011aaff\0"),
        attr("ConversationID", b"not hexadecimal\0"),
        attr("Body", b"See you there.\r\n\0"),
        attr("Priority", struct.pack("<H", 1)),
        attr("DateModified", dtr(1996, 11, 21, 9, 56, 0, 4)),
        attr("OriginalMessageClass", b"IPM.Microsoft Mail.Note\0"),
        attr("Owner", counted(b"Anna Kovac", b"SMTP:anna@example.com")),
        attr("SentFor", counted(b"The Board", b"SMTP:board@example.com")),
        attr("Delegate", bytes(range(24))),
        attr("DateStart", dtr(1996, 12, 1, 9)),
        attr("DateEnd", dtr(1996, 12, 1, 10, 30)),
        attr("AidOwner", struct.pack("<i", -2)),
        attr("RequestRes", struct.pack("<H", 1)),
        recipients(recipient(1, "Ben", "ben@example.com")),
        attr("MsgProps", props((0x36, LONG, 2))),
        renddata(flags=1), attr("Title", b"AGENDA.TXT\0"),
        attr("TransportFilename", b"AGENDA.TXT\0"),
        attr("CreateDate", dtr(1996, 11, 20, 8)), attr("ModifyDate", dtr(1996, 11, 20, 9)),
        attr("MetaFile", b"\x01\x00\x09\x00" + bytes(20)), attr("Data", b"1. Figures\r\n"),
        attr("Attachment", props((0x370e, UNICODE, "text/plain"))))


def every_type():
    """(type, value), single and multi-valued."""
    guid = bytes(range(16))
    return [
        (NULL, None), (SHORT, -2), (LONG, -70000), (FLOAT, 1.5), (DOUBLE, -2.25),
        (CURRENCY, -12345), (APPTIME, 35390.5), (ERROR, 0x8004010f), (BOOLEAN, 1),
        (I8, -(1 << 40)), (STRING8, b"eight \xe9"), (UNICODE, "uni \u20ac \U0001f4e8"),
        (SYSTIME, WHEN), (CLSID, guid), (BINARY, bytes(range(100))),
        (OBJECT, (IID_STORAGE, b"object")),
        (MV | SHORT, [1, -1, 3]), (MV | LONG, [1, -1]), (MV | FLOAT, [0.5, -0.5]),
        (MV | DOUBLE, [0.25]), (MV | CURRENCY, [10000, -1]), (MV | APPTIME, [1.0, 2.0]),
        (MV | I8, [1 << 40, -1]), (MV | STRING8, [b"one", b"", b"three"]),
        (MV | UNICODE, ["red", "green \u4e2d", ""]), (MV | SYSTIME, [WHEN, 0, (1 << 64) - 1]),
        (MV | CLSID, [guid, guid[::-1]]), (MV | BINARY, [b"", b"abc", bytes(70)]),
        (MV | LONG, []), (MV | UNICODE, []),
    ]


def named_properties():
    return stream(note(
        (0x8001, SYSTIME, WHEN, (PSETID_COMMON, 0x8516)),
        (0x8002, LONG, 3, (PSETID_TASK, 0x8101)),
        (0x8003, UNICODE, "Room 4", (PSETID_APPOINTMENT, 0x8208)),
        (0x8004, MV | UNICODE, ["red", "figures"], (PS_PUBLIC_STRINGS, "Keywords")),
        (0x8005, UNICODE, "a value", (PS_INTERNET_HEADERS, "x-own-header")),
        (0x8006, LONG, 7, (bytes(range(16)), 0x1234)),
        (0x8007, LONG, 8, (bytes(range(16)), "odd \n name\\")),
        (0x8008, LONG, 9, (bytes(range(16)), "")),
        (0x8009, LONG, 10, (PSETID_COMMON, 0x8516)),  # the first one again: replaces
        (0xfffe, LONG, 11, (PS_PUBLIC_STRINGS, 0xffffffff))))


def macbinary(name, data, resource):
    """MacBinary II."""
    head = struct.pack(">BB63s4s4sBBHHHBBIIIIHB14xIHBB", 0, len(name), name, b"TEXT", b"ttxt", 1, 0,
                       10, 20, 30, 0, 0, len(data), len(resource), 2931000000, 2931000060,
                       0, 2, 0, 0, 129, 129)
    head += struct.pack(">HH", binascii.crc_hqx(head, 0), 0)
    return head + data + bytes(-len(data) % 128) + resource + bytes(-len(resource) % 128)


def signed_entity():
    return (b"Received: not the entity's\r\n"
            b"Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\r\n"
            b"\tmicalg=sha-256; boundary=\"in\"\r\n\r\n--in\r\n"
            b"Content-Type: text/plain\r\n\r\nSigned,  not a byte of it changed. \r\n--in\r\n"
            b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\nMAA=\r\n--in--\r\n")


def secured(kind, data, *rows):
    return stream(
        attr("MsgProps", props((0x1a, UNICODE, kind), (0x37, UNICODE, "secured"),
                               (0x1000, UNICODE, "Signed,  not a byte of it changed."))),
        file_attachment(b"smime.p7m", data, *rows))


def one_off(name, address):
    """A one-off entry id in Unicode (MS-OXCDATA 2.2.5.1)."""
    out = struct.pack("<I", 0) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + struct.pack("<HH", 0, 0x8000)
    return out + b"".join((t + "\0").encode("utf-16-le") for t in (name, "SMTP", address))


def reply_to(*rows):
    entries = b"".join(struct.pack("<I", len(e)) + padded(e) for e in rows)
    return struct.pack("<II", len(rows), len(entries)) + entries


def every_header():
    """Every property that is a header field, with a value that is fine."""
    return stream(attr("MsgProps", props(
        (0x1a, UNICODE, "IPM.Note"), (0x3d, UNICODE, "RE: "), (0xe1d, UNICODE, "figures"),
        (0x39, SYSTIME, WHEN), (0x30, SYSTIME, WHEN + 10 ** 12), (0x15, SYSTIME, WHEN + 2 * 10 ** 12),
        (0x42, UNICODE, "The Board"), (0x64, UNICODE, "SMTP"), (0x65, UNICODE, "board@example.com"),
        (0xc1a, UNICODE, "Anna"), (0xc1e, UNICODE, "SMTP"), (0xc1f, UNICODE, "anna@example.com"),
        (0x4f, BINARY, reply_to(one_off("One", "one@example.com"), one_off("Two", "two@example.com"))),
        (0x50, UNICODE, "One;Two"), (0x29, BOOLEAN, 1), (0x23, BOOLEAN, 1),
        (0x402b, UNICODE, "Receipts"), (0x4029, UNICODE, "SMTP"),
        (0x402a, UNICODE, "receipts@example.com"), (0x5, BOOLEAN, 1), (0x26, LONG, -1),
        (0x4076, LONG, -1), (0x4079, LONG, 2), (0x4083, UNICODE, "example.com"),
        (0x3ff1, LONG, 0x407), (0x1014, UNICODE, "https://example.com/body"),
        (0x1015, UNICODE, "body@example.com"),
        (0x1035, UNICODE, "<id@example.com>"), (0x1042, UNICODE, "<reply@example.com>"),
        (0x1039, UNICODE, "<first@example.com> <reply@example.com>"),
        (0x70, UNICODE, "figures"), (0x71, BINARY, bytes(range(27))),
        (0x17, LONG, 0), (0x36, LONG, 3), (0x3fdf, LONG, 0x3a),
        (0x1043, UNICODE, "<mailto:help@example.com>"), (0x1044, UNICODE, "<mailto:sub@example.com>"),
        (0x1045, UNICODE, "<mailto:unsub@example.com>"), (0x1000, UNICODE, "text"),
        (0x8000, MV | UNICODE, ["red", "Gr\u00fcn"], (PS_PUBLIC_STRINGS, "Keywords")),
        (0x8001, UNICODE, "Follow up", (PSETID_COMMON, 0x8530)),
        (0x8002, UNICODE, "a value", (PS_INTERNET_HEADERS, "x-own-header")),
        (0x8003, UNICODE, "fine", (PS_INTERNET_HEADERS, "Organization")),
        (0x8004, UNICODE, "fax", (PS_INTERNET_HEADERS, "content-class")),
        (0x8005, UNICODE, "de, en", (PS_INTERNET_HEADERS, "accept-language")),
        (0x8006, UNICODE, "ignored", (PS_INTERNET_HEADERS, "Content-Language")),
        (0x8007, UNICODE, "news.example 1", (PS_INTERNET_HEADERS, "Xref")),
        (0x8008, UNICODE, "https://example.com/", (PS_INTERNET_HEADERS, "Content-Base")),
        (0x8009, UNICODE, "nobody knows it", (PS_INTERNET_HEADERS, "Unheard-Of")),
        (0x800a, BOOLEAN, 1, (PSETID_COMMON, 0x85b5)), (0x800b, BOOLEAN, 1, (PSETID_COMMON, 0x85ba)),
        (0x800c, UNICODE, "confidential", (PSETID_COMMON, 0x85b6)),
        (0x800d, UNICODE, "Vertraulich, \u00a7 3", (PSETID_COMMON, 0x85b7)),
        (0x800e, UNICODE, "{2-3}", (PSETID_COMMON, 0x85b8)))),
        recipients(recipient(1, "Ben", "ben@example.com"), recipient(2, "Cid", "cid@example.com"),
                   recipient(3, "Dan", "dan@example.com")),
        file_attachment(b"part.xml", b"<a/>", (0x371a, UNICODE, "a class"), (0x3719, UNICODE, "{1}"),
                        (0x3711, UNICODE, "https://example.com/"), (0x3713, UNICODE, "part.xml")))


def header_numbers(*rows):
    """A mail whose header follows from a few numbers."""
    return stream(attr("MsgProps", props(
        (0x1a, UNICODE, "IPM.Note"), (0x37, UNICODE, "numbers"), (0x1000, UNICODE, "text"), *rows)))


INJECTED = "x@y.example\r\nX-Injected: 1\r\n\r\n--b\0\n\rX-Injected: 2\u2028\x85\x7f"


def injections(evil_text):
    """The same, each with a value that wants to be more than one field or line."""
    texts = (0x1a, 0x3d, 0xe1d, 0x42, 0x64, 0x65, 0x5d02, 0xc1a, 0xc1e, 0xc1f, 0x5d01, 0x50, 0x1035,
             0x1042, 0x1039, 0x70, 0x1043, 0x1044, 0x1045, 0x402b, 0x4029, 0x402a, 0x5d05, 0x4083,
             0x1014, 0x1015)
    evil = [(n, UNICODE, evil_text) for n in texts]
    return stream(attr("MsgProps", props(
        *evil, (0x4f, BINARY, reply_to(one_off(evil_text, evil_text))), (0x71, BINARY, evil_text.encode()),
        (0x29, BOOLEAN, 1), (0x23, BOOLEAN, 1), (0x3fdf, LONG, 0x7fffffff), (0x1000, UNICODE, evil_text),
        (0x8000, MV | UNICODE, [evil_text, evil_text], (PS_PUBLIC_STRINGS, "Keywords")),
        (0x8001, UNICODE, evil_text, (PSETID_COMMON, 0x8530)),
        (0x8002, UNICODE, evil_text, (PS_INTERNET_HEADERS, "x-own-header")),
        (0x800a, BOOLEAN, 1, (PSETID_COMMON, 0x85b5)),
        *[(n, UNICODE, evil_text, (PSETID_COMMON, n)) for n in (0x85b6, 0x85b7, 0x85b8)],
        (0x8003, UNICODE, "1", (PS_INTERNET_HEADERS, "X-Injected: 3\r\nX-Injected")),
        (0x8004, UNICODE, "1", (PS_INTERNET_HEADERS, "Subject")),
        (0x8005, UNICODE, "1", (PS_INTERNET_HEADERS, "x" * 200)))),
        recipients(*[props((0xc15, LONG, kind), *[(n, UNICODE, evil_text) for n in (0x3001, 0x3002, 0x3003, 0x39fe)])
                     for kind in (1, 2, 3)]),
        renddata(), attr("Attachment", props(
            (0x3701, BINARY, b"data"), *[(n, UNICODE, evil_text) for n in (
                0x3001, 0x3703, 0x3704, 0x3707, 0x370c, 0x370e, 0x3711, 0x3712, 0x3713, 0x3719, 0x371a)])))


def transport_headers():
    """They fill what properties leave out; what is not clean is left out, and noted."""
    return stream(attr("MsgProps", props(
        (0x1a, UNICODE, "IPM.Note"), (0x37, UNICODE, "of the property"), (0x1000, UNICODE, "text"),
        (0x7d, UNICODE, "Received: from a\r\n\tby b; Thu, 21 Nov 1996 09:55:06 +0000\r\n"
                        "From: Anna <anna@example.com>\r\nTo: ben@example.com\r\n"
                        "Subject: of the transport\r\nDate: Thu, 21 Nov 1996 09:55:06 +0000\r\n"
                        "List-Id: <list.example.com>\r\nList-Unsubscribe: <mailto:u@example.com>\r\n"
                        "References: <a@b> <c@d>\r\nIn-Reply-To: <c@d>\r\nImportance: high\r\n"
                        "Auto-Submitted: auto-generated\r\nX-Own: 1\r\nKeywords: red\r\n"
                        "DKIM-Signature: v=1\r\nContent-Type: text/evil\r\nMIME-Version: 1.0\r\n"
                        "X-Eight: \u00e9\r\nX-Bad: a\rX-Injected: 1\r\n"
                        "X-Long: " + "y" * 2000 + "\r\n\r\nX-Behind: 1\r\n"))))


def count_of_values(kind, number, count, *values):
    """A property of one value that says it has count of them."""
    return struct.pack("<HHI", kind, number, count) + b"".join(one_value(kind, v) for v in values)


def value_counts():
    """Texts and objects have one value; 0 and 2 are seen nonetheless."""
    rows = (count_of_values(UNICODE, 0x37, 0), count_of_values(BINARY, 0x1009, 0),
            count_of_values(STRING8, 0xc1a, 0), count_of_values(UNICODE, 0x70, 2, "one", "two"))
    return stream(attr("MsgProps", struct.pack("<I", len(rows)) + b"".join(rows)))


def code_page(number, text, encoding):
    raw = text.encode(encoding)
    return stream(
        attr("Subject", raw + b"\0"), attr("Body", raw + b"\r\n\0"),
        attr("MsgProps", props((0x1a, STRING8, b"IPM.Note"), (0xc1a, STRING8, raw))),
        recipients(props((0xc15, LONG, 1), (0x3001, STRING8, raw))),
        file_attachment(raw + b".txt", b"x", (0x3707, STRING8, raw + b".text")),
        codepage=number)


def conflicting_code_pages():
    raw = "\u041f\u0440\u0438\u0432\u0435\u0442".encode("cp1251")
    return stream(attr("Subject", raw + b"\0"), attr("MsgProps", props(
        (0x1a, UNICODE, "IPM.Note"), (0x3ffd, LONG, 1252), (0x3fde, LONG, 932))), codepage=1251)


def bogus_code_page(message=None, internet=None):
    raw = "\u041f\u0440\u0438\u0432\u0435\u0442".encode("cp1251")
    rows = [(0x1a, UNICODE, "IPM.Note")]
    if message:
        rows.append((0x3ffd, LONG, message))
    if internet:
        rows.append((0x3fde, LONG, internet))
    return stream(attr("Subject", raw + b"\0"), attr("MsgProps", props(*rows)), codepage=20301)


def legacy_and_encapsulated():
    """Both say something: the encapsulated property wins wherever it stands."""
    return stream(
        attr("Subject", b"legacy subject\0"), attr("Priority", struct.pack("<H", 3)),
        attr("MessageClass", b"IPM.Microsoft Mail.Note\0"),
        note((0x17, LONG, 2), subject="encapsulated subject"),
        attr("Body", b"legacy body, after the properties\0"),
        file_attachment(b"SHORT~1.TXT", b"1", (0x3704, UNICODE, "short.txt"),
                        (0x3707, UNICODE, "a long name.txt"), (0x3705, LONG, 1)))


def response_to_owner():
    return stream(
        attr("MessageClass", b"IPM.Microsoft Schedule.MtgRespP\0"),
        attr("Subject", b"Accepted\0"),
        attr("Owner", counted(b"Anna Kovac", b"SMTP:anna@example.com")))


def dates():
    return stream(
        attr("DateSent", dtr(0, 0, 0)), attr("DateRecd", dtr(1996, 13, 40, 25, 61, 61)),
        attr("DateModified", dtr(65535, 12, 31)), attr("DateStart", dtr(1900, 1, 1)),
        attr("DateEnd", dtr(1600, 1, 1)),
        attr("MsgProps", props((0x37, UNICODE, "dates"), (0x30, SYSTIME, 0),
                               (0x15, SYSTIME, (1 << 64) - 1), (0xf, SYSTIME, 1))))


HELLO = "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440"
TNEF = {
    "plain-text": stream(PLAIN, recipients(recipient(1, "Ben", "ben@example.com"))),
    "html-body": stream(note((0x1013, BINARY, HTML), (0x1016, LONG, 3))),
    "rtf-body": stream(note((0x1009, BINARY, lzfu(RTF)), (0x1016, LONG, 2))),
    "attachments": stream(
        PLAIN,
        file_attachment(b"figures.csv", b"a;b\r\n1;2\r\n", (0x3707, UNICODE, "figures.csv"),
                        (0x370e, UNICODE, "text/csv")),
        file_attachment(b"PR_FUNG.TXT", b"unicode name", (
            0x3707, UNICODE, "Pr\u00fcfung \u4e2d\u6587 \U0001f4ce.txt")),
        file_attachment(b"empty.bin", b""),
        file_attachment(None, b"no name at all"),
        file_attachment(b"", b"an empty name"),
        file_attachment(b"logo.png", b"\x89PNG\r\n\x1a\n", (0x3712, UNICODE, "logo@example.com"),
                        (0x3714, LONG, 4), (0x7ffe, BOOLEAN, 1))),
    "path-names": stream(
        PLAIN,
        file_attachment(b"../../etc/passwd", b"1", (0x3707, UNICODE, "../../etc/passwd")),
        file_attachment(b"C:\\WINDOWS\\system.ini", b"2"),
        file_attachment(b"/etc/shadow", b"3"), file_attachment(b"..", b"4"),
        file_attachment(b"a\0b.txt", b"5"), file_attachment(b"line\r\nbreak.txt", b"6"),
        file_attachment(b"x" * 300, b"7", (0x3707, UNICODE, "y" * 300))),
    "embedded-message": stream(
        PLAIN, file_attachment(b"before.txt", b"before"),
        embedded(stream(note((0x1000, UNICODE, "inner body"), subject="inner"),
                        recipients(recipient(1, "Carl", "carl@example.com")),
                        file_attachment(b"inner.txt", b"inner data")),
                 (0x3001, UNICODE, "the forwarded one")),
        file_attachment(b"after.txt", b"after")),
    "embedded-other-codepage": stream(
        attr("Subject", b"caf\xe9\0"), attr("MsgProps", props((0x1a, UNICODE, "IPM.Note"))),
        embedded(stream(attr("Subject", HELLO.encode("cp1251") + b"\0"), codepage=1251))),
    "recipients": stream(PLAIN, recipients(
        recipient(1, "Ben", "ben@example.com"), recipient(2, "Cara", "cara@example.com"),
        recipient(3, "Dora", "dora@example.com"),
        props((0xc15, LONG, 1), (0x3001, UNICODE, "Exchange user"), (0x3002, UNICODE, "EX"),
              (0x3003, UNICODE, "/o=Org/ou=Site/cn=Recipients/cn=eva")),
        props((0xc15, LONG, 0x10000001), (0x3001, UNICODE, "resend flag")),
        props((0xc15, LONG, 77)), props())),
    "no-recipients": stream(PLAIN, recipients()),
    "legacy-attributes": every_legacy_attribute(),
    "legacy-and-encapsulated": legacy_and_encapsulated(),
    "legacy-response": response_to_owner(),
    "property-types": stream(note(*[
        (0x6600 + i, kind, value) for i, (kind, value) in enumerate(every_type())])),
    "property-types-named": stream(note(*[
        (0x8000 + i, kind, value, (bytes(range(16)), i if i % 2 else "name %d" % i))
        for i, (kind, value) in enumerate(every_type() + every_type()[1:])])),
    "named-properties": named_properties(),
    "codepage-1251": code_page(1251, HELLO, "cp1251"),
    "codepage-932": code_page(932, "\u65e5\u672c\u8a9e \u30c6\u30b9\u30c8", "cp932"),
    "codepage-1252": code_page(1252, "Gr\u00fc\u00dfe \u20ac", "cp1252"),
    "codepage-65001": code_page(65001, HELLO, "utf-8"),
    "codepage-none": code_page(None, "Gr\u00fc\u00dfe", "cp1252"),
    "codepage-zero": code_page(0, "Gr\u00fc\u00dfe", "cp1252"),
    "codepage-conflict": conflicting_code_pages(),
    "codepage-bogus": bogus_code_page(),
    "codepage-bogus-message": bogus_code_page(message=1251),
    "codepage-bogus-internet": bogus_code_page(message=99999, internet=1251),
    "codepage-lossy": stream(attr("Subject", b"broken \x81\xff\0"), codepage=932),
    "dates-out-of-range": dates(),
    "nul-in-body": stream(attr("Body", b"before\0after\0\0"), note(
        (0x1000, UNICODE, "before\0after, and no line end"))),
    "body-only": stream(attr("Body", b"Only this.\r\n\0"), codepage=None),
    "no-renddata": stream(PLAIN, attr("Title", b"one.txt\0"), attr("Data", b"1"),
                          attr("Title", b"two.txt\0"), attr("Data", b"2")),
    "data-before-title": stream(PLAIN, renddata(), attr("Data", b"data"), attr("Title", b"late.txt\0"),
                                renddata(), attr("Data", b"more"), attr("Title", b"later.txt\0")),
    "ole-object": stream(
        note((0x1009, BINARY, lzfu(RTF))),
        renddata(2, position=21), attr("Title", b"Picture\0"),
        attr("MetaFile", b"\x01\x00\x09\x00\x00\x03" + bytes(30)),
        attr("Attachment", props((0x3705, LONG, 6), (
            0x3701, OBJECT, (IID_STORAGE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40)))))),
    "ole-data-and-object": stream(
        PLAIN, renddata(2), attr("Data", b"\x01\x05\x00\x00OLE 1 stream"),
        attr("Attachment", props((0x3701, OBJECT, (IID_STORAGE, b"OLE 2 storage"))))),
    "rendering-property": stream(PLAIN, file_attachment(
        b"icon.doc", b"doc", (0x3709, BINARY, b"\xd7\xcd\xc6\x9a" + bytes(18)))),
    "macbinary": stream(PLAIN, file_attachment(b"Mac file", bytes(128) + b"fork", flags=1)),
    "macbinary-forks": stream(PLAIN, file_attachment(
        b"Read Me", macbinary(b"Read Me \xc4", b"The data fork.\r", b"\0\0\1\0 resources"),
        (0x3702, BINARY, bytes.fromhex("2a864886f714030b01")), (0x370e, UNICODE, "text/plain"))),
    "macbinary-cut": stream(PLAIN, file_attachment(
        b"Read Me", macbinary(b"Read Me", bytes(200), b"resources")[:-130], flags=1)),
    "smime-signed": secured("IPM.Note.SMIME.MultipartSigned", signed_entity(),
                            (0x370e, UNICODE, "multipart/signed")),
    "smime-opaque": secured("IPM.Note.SMIME", bytes.fromhex("308006092a864886f70d010703a080")
                            + bytes(100)),
    "smime-8bit": secured("IPM.Note.SMIME.MultipartSigned",
                          signed_entity().replace(b"Signed", b"Sign\xe9")),
    "smime-boundary": secured("IPM.Note.SMIME.MultipartSigned", signed_entity().replace(
        b"--in\r\nContent-Type: app", b"--b=_bulkhead_0000000000000000_00000001--\r\n--in\r\nContent-Type: app")),
    "smime-no-entity": secured("IPM.Note.SMIME", b"neither of both"),
    "html-utf-16": stream(note((0x1013, BINARY, "<p>\u20ac</p>".encode("utf-16-le")),
                               (0x3fde, LONG, 1200))),
    "html-hebrew": stream(note((0x1013, BINARY, "<p>\u05e9\u05dc\u05d5\u05dd</p>".encode("iso-8859-8")),
                               (0x3fde, LONG, 38598))),
    "html-page-unknown": stream(note((0x1013, BINARY, b"<p>\xa1\xcb</p>"), (0x3fde, LONG, 0)),
                                codepage=874),
    "original-class": stream(attr(0x70006, b"IPM.Microsoft Mail.Note\0"), PLAIN),
    "winmail-in-winmail": stream(
        PLAIN, file_attachment(b"winmail.dat", stream(
            note((0x1000, UNICODE, "Inside.\r\n"), subject="forwarded"),
            file_attachment(b"WIN.DAT", stream(attr("Body", b"Innermost.\r\n\0")))))),
    "winmail-in-winmail-damaged": stream(
        PLAIN, file_attachment(b"winmail.dat", stream(attr("Body", b"cut"))[:20]),
        file_attachment(b"winmail.dat", b"no TNEF at all"),
        file_attachment(b"sample.tnef", stream(attr("Body", b"kept as it is\0")))),
    "references": stream(
        PLAIN,
        renddata() + attr("Attachment", props(
            (0x3705, LONG, 7), (0x3707, UNICODE, "plan.docx"), (0x370d, UNICODE, "https://example.com/plan?id=1"))),
        renddata() + attr("Attachment", props(
            (0x3705, LONG, 4), (0x3707, UNICODE, "old.doc"), (0x3708, UNICODE, "\\\\server\\share\\old.doc\r\nX: y"))),
        renddata() + attr("Attachment", props((0x3705, LONG, 2), (0x3707, UNICODE, "nowhere.doc")))),
    "headers": every_header(),
    "headers-injected": injections(INJECTED),
    "headers-low": header_numbers((0x17, LONG, 0), (0x26, LONG, -1), (0x36, LONG, 0), (0x4079, LONG, 1)),
    "headers-normal": header_numbers((0x17, LONG, 1), (0x26, LONG, 0), (0x36, LONG, 1), (0x4079, LONG, 5)),
    "headers-high": header_numbers((0x17, LONG, 2), (0x26, LONG, 1), (0x36, LONG, 2), (0x4079, LONG, 4)),
    "headers-out-of-range": header_numbers(
        (0x17, LONG, 3), (0x26, LONG, 2), (0x36, LONG, 4), (0x4079, LONG, -0x7ffffffa), (0x4076, LONG, 11),
        (0x3ff1, LONG, 0x7777), (0x71, BINARY, bytes(700)), (0x30, SYSTIME, WHEN),
        (0x8001, UNICODE, "", (PSETID_COMMON, 0x8530)), (0x800c, UNICODE, "unused", (PSETID_COMMON, 0x85b6)),
        (0x8003, UNICODE, "1", (PS_INTERNET_HEADERS, "no name"))),
    "headers-fax": header_numbers((0x4079, LONG, 3), (0x4076, LONG, 10), (0x3ff1, LONG, 0x81a)),
    "headers-transport": transport_headers(),
    "zero-length-texts": stream(
        attr("Subject", b""), attr("Body", b""), attr("MessageClass", b""),
        attr("MsgProps", props((0x37, UNICODE, ""), (0xc1a, STRING8, b""), (0x1000, BINARY, b"")))),
    "attachment-data-property": stream(PLAIN, renddata(), attr("Attachment", props(
        (0x3701, BINARY, b"in the property"), (0x3707, UNICODE, "p.bin"), (0x3705, LONG, 1)))),
    "trailing-line-end": stream(PLAIN) + b"\r\n\0\0",
    "report": stream(
        attr("MessageClass", b"IPM.Microsoft Mail.Non-Delivery\0"),
        attr("MsgProps", props((0x1a, UNICODE, "REPORT.IPM.Note.NDR"), (0x37, UNICODE, "Undeliverable"),
                               (0x31, BINARY, b"tag"))),
        recipients(props((0xc15, LONG, 1), (0x3001, UNICODE, "Ben"), (0xc04, LONG, 1),
                         (0xc05, LONG, -1), (0x1001, UNICODE, "no such user"), (0xc20, LONG, 511)))),
    "nested-5": nested(5),
    "value-counts": value_counts(),
    "response-encapsulated-class": stream(
        attr("Owner", counted(b"Anna Kovac", b"no colon")),
        attr("MsgProps", props((0x1a, UNICODE, "IPM.Schedule.Meeting.Resp.Neg")))),
}

DAMAGED = {
    "wrong-checksum": stream(attr("Subject", b"checked\0", checksum=0x1234), PLAIN),
    "no-last-checksum": stream(PLAIN)[:-2],
    "inflated-length": stream(attr("Subject", b"short\0", length=0x7fffffff), PLAIN),
    "length-all-ones": stream(attr("Subject", b"kept\0"), attr("Body", b"text", length=0xffffffff)),
    "inflated-property-count": stream(attr("MsgProps", struct.pack("<I", 0xffffffff) + props(
        (0x37, UNICODE, "counted"))[4:])),
    "inflated-value-length": stream(attr("MsgProps", props((0x1a, UNICODE, "IPM.Note")) + b"")[:-2],
                                    b"\0\0"),
    "huge-string": stream(attr("Subject", b"before\0"), attr("MsgProps", struct.pack(
        "<IHHII", 1, UNICODE, 0x37, 1, 0x7ffffff0) + b"tail")),
    "huge-value-count": stream(attr("Subject", b"before\0"), attr("MsgProps", struct.pack(
        "<IHHI", 1, MV | LONG, 0x6600, 0x40000000) + bytes(64))),
    "huge-recipient-count": stream(PLAIN, attr("RecipTable", struct.pack("<I", 0xffffffff) + recipient(
        1, "Ben", "ben@example.com"))),
    "missing-recipient": stream(PLAIN, attr("RecipTable", struct.pack("<I", 2) + recipient(
        1, "Ben", "ben@example.com"))),
    "unknown-property-type": stream(attr("MsgProps", props(
        (0x37, UNICODE, "before")) .replace(b"\x01", b"\x02", 1) + struct.pack("<HH", 0x77, 0x6600))),
    "unknown-name-kind": stream(attr("MsgProps", struct.pack("<I", 2) + prop(0x37, UNICODE, "before") +
                                     struct.pack("<HH", LONG, 0x8001) + PSETID_COMMON + struct.pack(
                                         "<II", 9, 1))),
    "unknown-attribute": stream(attr(0x6abcd, b"what is this"), PLAIN),
    "wrong-level": stream(attr("Subject", b"level 2\0", level=2), attr("Body", b"level 9\0", level=9)),
    "short-attributes": stream(
        attr("From", b"\4\0\x20\0\xff\0\xff\0abc"), attr("DateSent", b"\xcc\x07"),
        attr("Priority", b"\1"), attr("Owner", b"\xff\xffabc"), attr("RequestRes", b""),
        attr("AidOwner", b"\1\2"), attr("MessageStatus", b""), attr("RecipTable", b"\1\0"),
        attr("MsgProps", b""), attr("Body", b"something\0"), attr("RendData", b"\1\0"),
        attr("Priority", struct.pack("<H", 9))),
    "embedded-not-a-message": stream(PLAIN, embedded(b"these bytes are no message")),
    "embedded-truncated": stream(PLAIN, embedded(stream(PLAIN)[:120])),
    "embedded-empty": stream(PLAIN, embedded(b"")),
    "object-without-iid": stream(PLAIN, renddata(2), attr("Attachment", struct.pack(
        "<IHHII", 1, OBJECT, 0x3701, 1, 4) + b"\1\2\3\4")),
    "nested-too-deep": nested(40),
    "lone-surrogate": stream(attr("MsgProps", struct.pack("<IHHII", 1, UNICODE, 0x37, 1, 7) +
                                  b"a\0\x00\xd8b\0c\0")),
    "garbage-behind": stream(PLAIN) + b"not an attribute, and long enough to look like one",
    "garbage-behind-short": stream(PLAIN) + b"garbage",
    "header-only": stream(codepage=None)[:6],
    "no-key": stream()[:5],
    "no-message": stream(),
    "first-attribute-cut": stream()[:12],
    "truncated-in-subject": stream(attr("Subject", b"a subject that is cut\0"))[:-10],
    "truncated-in-properties": stream(PLAIN)[:-60],
    "truncated-in-data": stream(PLAIN, file_attachment(b"cut.bin", bytes(range(256))))[:-100],
    "truncated-in-header": stream(PLAIN, file_attachment(b"cut.bin", b"")) + b"\2\x0f",
}


def write(folder, samples):
    path = os.path.join(HERE, folder)
    os.makedirs(path, exist_ok=True)
    for name, data in samples.items():
        with open(os.path.join(path, name + ".tnef"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    assert not set(TNEF) & set(DAMAGED), "a golden dump is named after its sample"
    write("tnef", TNEF)
    write("damaged", DAMAGED)
