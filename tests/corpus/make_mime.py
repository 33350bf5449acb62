#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes the samples in tests/corpus/mime. Same bytes at each run; nothing from outside."""
import base64
import binascii
import os
import quopri
import struct
import zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mime")


# -- a small TNEF writer (MS-OXTNEF 2.1.3) -------------------------------------------------

def attr(level, tag, data):
    return (struct.pack("<BII", level, tag, len(data)) + data
            + struct.pack("<H", sum(data) & 0xFFFF))


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def prop(tag, kind, value, name=None):
    head = struct.pack("<HH", kind, tag)
    if name:
        guid, key = name
        head += guid
        if isinstance(key, int):
            head += struct.pack("<II", 0, key)
        else:
            raw = key.encode("utf-16-le") + b"\0\0"
            head += struct.pack("<II", 1, len(raw)) + padded(raw)
    if kind == 0x1F:
        raw = value.encode("utf-16-le") + b"\0\0"
        return head + struct.pack("<II", 1, len(raw)) + padded(raw)
    if kind == 0x1E:
        raw = value + b"\0"
        return head + struct.pack("<II", 1, len(raw)) + padded(raw)
    if kind in (0x102, 0x0D):
        return head + struct.pack("<II", 1, len(value)) + padded(value)
    if kind in (0x03, 0x0B):
        return head + struct.pack("<I", value)
    if kind == 0x40:
        return head + struct.pack("<Q", value)
    raise ValueError(kind)


def props(*rows):
    return struct.pack("<I", len(rows)) + b"".join(prop(*r) for r in rows)


U, B, L, T, BOOL = 0x1F, 0x102, 0x03, 0x40, 0x0B
JAN_2020 = 132223104000000000  # 2020-01-01T00:00:00Z as FILETIME


def filename(name, data, *more):
    out = attr(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
    out += attr(2, 0x00018010, name.encode("cp1252", "replace") + b"\0")
    out += attr(2, 0x0006800F, data)
    rows = ((0x3707, U, name),) + more
    return out + attr(2, 0x00069005, props(*rows))


def tnef(*rows, files=(), kind="IPM.Note", recipients=()):
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attr(1, 0x00089006, struct.pack("<I", 0x00010000))
    out += attr(1, 0x00069007, struct.pack("<II", 1252, 0))
    out += attr(1, 0x00078008, kind.encode() + b"\0")
    if recipients:
        table = struct.pack("<I", len(recipients))
        table += b"".join(props(*r) for r in recipients)
        out += attr(1, 0x00069004, table)
    out += attr(1, 0x00069003, props(*rows))
    return out + b"".join(files)


def mela(rtf):
    """RTF in a stored container (MS-OXRTFCP 2.1.3.1)."""
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


# -- mails -------------------------------------------------------------------------------

def b64(data):
    return b"".join(base64.b64encode(data[i:i + 57]) + b"\n" for i in range(0, len(data), 57))


def uu(data, name=b"winmail.dat"):
    rows = b"".join(binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45))
    return b"begin 644 " + name + b"\n" + rows + b"`\nend\n"


HEAD = (b"From: Ann Example <ann@example.org>\n"
        b"To: Bob Example <bob@example.net>\n"
        b"Subject: sample\n"
        b"Date: Wed, 01 Jan 2020 10:00:00 +0000\n"
        b"Message-ID: <sample@example.org>\n")
PLAIN = b"Content-Type: text/plain; charset=us-ascii\n\nThe host's text.\n"
HTML = b"Content-Type: text/html; charset=us-ascii\n\n<p>The host's HTML.</p>\n"


def part(data, encoding=b"base64", body=None, kind=b"application/ms-tnef", name=b"winmail.dat"):
    if body is None:
        body = b64(data)
    return (b"Content-Type: " + kind + b"; name=\"" + name + b"\"\n"
            b"Content-Transfer-Encoding: " + encoding + b"\n"
            b"Content-Disposition: attachment; filename=\"" + name + b"\"\n\n" + body)


def mixed(*parts, head=HEAD, boundary=b"outer", kind=b"mixed", params=b"", last=True):
    out = head + b"MIME-Version: 1.0\nContent-Type: multipart/" + kind
    out += b"; boundary=\"" + boundary + b"\"" + params + b"\n\nA preamble.\n"
    out += b"".join(b"--" + boundary + b"\n" + p + b"\n" for p in parts)
    return out + (b"--" + boundary + b"--\nAn epilogue.\n" if last else b"")


def crlf(mail):
    return mail.replace(b"\n", b"\r\n")


NOTE = tnef((0x0037, U, "from inside"), (0x1000, U, "The inner text.\r\n"),
            files=[filename("hello.txt", b"hello\n")])
RICH = tnef((0x0037, U, "rich"), (0x1000, U, "Plain of the rich one.\r\n"),
            (0x1013, B, b"<p>R\xefch <img src=\"cid:pic@1\"></p>"), (0x3FDE, L, 1252),
            files=[filename("pic.png", b"\x89PNG....", (0x3712, U, "pic@1"), (0x370E, U, "image/png")),
                   filename("r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt", b"cv\n")])
ONLY_FILES = tnef(files=[filename("one.bin", bytes(range(256))), filename("two.bin", b"")])
TASK = tnef((0x0037, U, "a task"), (0x1000, U, "Do it.\r\n"), kind="IPM.Task")
RTF_TEXT = tnef((0x1000, U, "Same.\r\n"),
                (0x1009, B, mela(b"{\\rtf1\\ansi\\fromtext Same.\\par}")))
RTF_ONLY = tnef((0x1009, B, mela(b"{\\rtf1\\ansi {\\b Bold.}\\par}")))
HTML_IN_RTF = (
    b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fcharset0 Arial;}"
    b"{\\f1\\fcharset204 Arial;}}\\uc1\\pard\\plain\\f0 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 "
    b"R\\'efch {\\*\\htmltag84 <b>}\\htmlrtf {\\b\\f1\\htmlrtf0 \\'cf\\'f0\\'e8{\\*\\htmltag92 </b>}"
    b"\\htmlrtf }\\htmlrtf0 {\\*\\htmltag84 <img src=\"cid:pic@1\">}\\htmlrtf\\par}\\htmlrtf0 "
    b"{\\*\\htmltag72 </p>}}")
RTF_HTML = tnef((0x0037, U, "html in rtf"), (0x1009, B, mela(HTML_IN_RTF)), (0x0E1F, BOOL, 1),
                files=[filename("pic.png", b"\x89PNG....", (0x3712, U, "pic@1"),
                                (0x370E, U, "image/png"))])
OLDER = b"{\\rtf1\\ansi {\\b Older.}\\par}"
HOSTILE = tnef(
    (0x0037, U, "evil\r\nBcc: victim@example.com\r\n\r\nbody"),
    (0x0C1A, U, "A\r\nX-Injected: 1"), (0x0C1F, U, "a@b.example>\r\nX: y"),
    (0x1035, U, "<id@x>\r\nX-Injected: 2"), (0x0070, U, "topic\0\x01\x7f"),
    (0x007D, U, "Received: from a\r\n by b\r\nX-Bad\x01: c\r\nContent-Type: text/evil\r\n"
                "Subject: other\r\nnot a field\r\n"),
    (0x1000, U, ".\r\nFrom here\r\n--=_bulkhead\0nul\r\n" + "x" * 2000),
    files=[filename("../../etc/pass\r\nwd", b"x"), filename("a\"; filename=\"b.exe", b"y"),
           filename("C:\\dir\\" + "n" * 400 + ".txt", b"z", (0x370E, U, "text/x\r\nX: y")),
           filename("", b"no name", (0x370E, U, "image/gif"))])
RECIPIENTS = tnef(
    (0x0037, U, "\u00dcber alles: " + "\u65e5\u672c\u8a9e" * 20), (0x0039, T, JAN_2020),
    (0x0042, U, "Boss, The \"Big\""), (0x0064, U, "SMTP"), (0x0065, U, "boss@example.org"),
    (0x0C1A, U, "S\u00e9cr\u00e9taire"), (0x0C1E, U, "SMTP"), (0x0C1F, U, "sec@example.org"),
    (0x1035, U, "<m1@example.org>"), (0x1042, U, "<m0@example.org>"),
    (0x1039, U, " ".join("<r%d@example.org>" % i for i in range(12))),
    (0x0017, L, 2), (0x0036, L, 2), (0x0070, U, "alles"), (0x0071, B, bytes(range(22))),
    (0x1000, U, "Gr\u00fc\u00dfe\r\n"),
    recipients=[
        ((0x0C15, L, 1), (0x3001, U, "Bob"), (0x3002, U, "SMTP"), (0x3003, U, "bob@example.net")),
        ((0x0C15, L, 1), (0x3001, U, "X500 Person"), (0x3002, U, "EX"),
         (0x3003, U, "/O=ORG/OU=SITE/CN=RECIPIENTS/CN=PERSON")),
        ((0x0C15, L, 2), (0x3001, U, "Carol"), (0x3002, U, "EX"), (0x3003, U, "/O=ORG/CN=CAROL"),
         (0x39FE, U, "carol@example.org")),
        ((0x0C15, L, 3), (0x3001, U, "hidden@example.org")),
        ((0x0C15, L, 77), (0x3001, U, "Odd; Kind"), (0x3003, U, "odd@example.org")),
    ])
EMBEDDED = tnef(
    (0x0037, U, "outer"), (0x1000, U, "Outer.\r\n"),
    files=[attr(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
           + attr(2, 0x00018010, b"inner\0")
           + attr(2, 0x00069005, props(
               (0x3705, L, 5),
               (0x3701, 0x0D, bytes.fromhex("0703020000000000c000000000000046") + NOTE)))])

FORWARD = (HEAD + b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"outer\"\n\n"
           b"--outer\n" + PLAIN + b"\n--outer\nContent-Type: message/rfc822\n\n"
           + mixed(HTML, part(NOTE), boundary=b"outer-inner") + b"\n--outer--\n")


def qp(data):
    return quopri.encodestring(data).replace(b"\r", b"=0D")


MAILS = {
    # left as they are
    "plain-lf": HEAD + b"\nText.\n",
    "plain-crlf": crlf(HEAD + b"\nText.\n"),
    "plain-8bit": HEAD + b"X-Odd: \xe9\xff\n\nGr\xfc\xdfe \x00 NUL\n",
    "header-only": HEAD,
    "header-no-newline": HEAD[:-1],
    "no-final-newline": HEAD + b"\nText",
    "long-lines": HEAD + b"X-Long: " + b"y" * 70000 + b"\n\n" + b"z" * 200000 + b"\nend\n",
    "mbox-line": b"From ann@example.org Wed Jan  1 10:00:00 2020\n" + HEAD + b"\nText.\n",
    "bom": b"\xef\xbb\xbf" + HEAD + b"\nText.\n",
    "blank-lines-first": b"\r\n\r\n" + crlf(HEAD) + b"\r\nText.\r\n",
    "broken-boundary": mixed(PLAIN, b"no header here", boundary=b"x", last=False)
                       .replace(b"\n--x\nno", b"\n --x\nno"),
    "empty-boundary": HEAD + b"Content-Type: multipart/mixed; boundary=\"\"\n\n--\nx\n",
    "deep": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i)
                     for i in range(40)) + part(NOTE),
    "signed": mixed(mixed(PLAIN, part(NOTE), head=b"", boundary=b"in"),
                    b"Content-Type: application/pgp-signature\n\nxx\n", kind=b"signed",
                    params=b"; protocol=\"application/pgp-signature\""),
    "not-tnef": mixed(PLAIN, part(b"this is no TNEF")),
    "damaged": mixed(PLAIN, part(NOTE[:8])),
    "no-tnef-body": mixed(PLAIN, b"Content-Type: application/ms-tnef; name=winmail.dat\n"),
    # converted
    "winmail-lf": mixed(PLAIN, part(NOTE)),
    "winmail-crlf": crlf(mixed(PLAIN, part(NOTE))),
    "winmail-qp": mixed(PLAIN, part(NOTE, b"quoted-printable", qp(NOTE))),
    "winmail-uu": mixed(PLAIN, part(NOTE, b"x-uuencode", uu(NOTE))),
    "winmail-binary": mixed(PLAIN, part(NOTE, b"binary", NOTE)),
    "winmail-octets": mixed(PLAIN, part(NOTE, kind=b"application/octet-stream", name=b"WinMail.DAT")),
    "winmail-tnef-name": mixed(PLAIN, part(NOTE, kind=b"application/x-any", name=b"a.tnef")),
    "winmail-no-end": mixed(PLAIN, part(NOTE), last=False)[:-1],
    "winmail-no-body": mixed(part(RICH)),
    "winmail-rich": mixed(PLAIN, part(RICH)),
    "winmail-rich-in-html": mixed(PLAIN, HTML, part(RICH)),
    "winmail-nothing": mixed(PLAIN, part(tnef((0x0037, U, "s"), (0x1000, U, "The same.")))),
    "winmail-rtf-text": mixed(PLAIN, part(RTF_TEXT)),
    "winmail-rtf-only": mixed(PLAIN, part(RTF_ONLY)),
    "winmail-rtf-html": mixed(PLAIN, part(RTF_HTML)),
    "winmail-rtf-in-html": mixed(PLAIN, HTML, part(RTF_ONLY)),
    "winmail-task": mixed(PLAIN, part(TASK)),
    "winmail-files": mixed(PLAIN, part(ONLY_FILES)),
    "winmail-damaged-late": mixed(PLAIN, part(NOTE[:NOTE.rindex(b"\x05\x90\x06\0") + 3])),
    "winmail-hostile-boundary": mixed(PLAIN, part(NOTE), boundary=b"b=_bulkhead_"),
    "winmail-prefix-boundary": mixed(PLAIN, part(NOTE), boundary=b"b"),
    "two-parts": mixed(PLAIN, part(NOTE), part(NOTE), part(RICH)),
    "forwarded": FORWARD,
    "dkim-around": mixed(b"Content-Type: message/rfc822\n\n" + mixed(PLAIN, part(NOTE), boundary=b"in"),
                         head=b"DKIM-Signature: v=1; b=x\n" + HEAD),
    "dkim": mixed(PLAIN, part(NOTE), head=b"DKIM-Signature: v=1; b=x\n" + HEAD),
    "stale": mixed(PLAIN, part(tnef((0x007F, B, b"<other@x>\0"),
                                    (0x1013, B, b"<p>Not yours</p>"),
                                    files=[filename("f.txt", b"f")])),
                   head=HEAD + b"X-MS-TNEF-Correlator: <sample@example.org>\n"),
    "same-correlator": mixed(PLAIN, part(tnef((0x007F, B, b"<sample@example.org>\0"),
                                              (0x1013, B, b"<p>Yours</p>"))),
                             head=HEAD + b"X-MS-TNEF-Correlator: <sample@example.org>\n"),
    "top-level": HEAD + b"X-Keep: me\n" + part(RICH),
    "top-level-crlf": crlf(HEAD + b"MIME-Version: 1.0\nX-Keep: me,\n\ttoo\n" + part(NOTE)),
    "top-level-text": HEAD + part(tnef((0x1000, U, "Only text.\r\n"))),
}



def ole1(class_name, native):
    """MS-OLEDS 2.2.5: an embedded object."""
    def text(s):
        return struct.pack("<I", len(s) + 1) + s + b"\0"
    return (struct.pack("<II", 0x501, 2) + text(class_name) + struct.pack("<II", 0, 0)
            + struct.pack("<I", len(native)) + native)


def package(name, data):
    path = b"C:\\from\\" + name
    return (struct.pack("<H", 2) + name + b"\0" + path + b"\0" + struct.pack("<HHI", 0, 3, len(path) + 1)
            + path + b"\0" + struct.pack("<I", len(data)) + data)


def png(width, height, rgb):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(rgb) * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


# A bitmap of 2 x 2 points with a palette of two, as RTF has it: without its file header.
DIB = (struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 1, 0, 8, 0, 0, 0, 0)
       + bytes((0, 0, 255, 0, 255, 0, 0, 0)) + bytes((0x80, 0, 0, 0, 0x40, 0, 0, 0)))
WMF = struct.pack("<HHHIHIH", 1, 9, 0x300, 12, 0, 3, 0) + struct.pack("<IH", 3, 0)

# Every kind of picture, in digits and as they are, shown twice for two sorts of readers.
ITEMS = (
    b"{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0\\fswiss Arial;}}\\pard PNG {\\*\\shppict{\\pict{\\*\\picprop\\shplid1025}"
    b"\\picw40\\pich20\\picwgoal600\\pichgoal300\\pngblip{\\*\\blipuid 0011}\r\n" + png(40, 20, (255, 0, 0)).hex().encode()
    + b"}}{\\nonshppict{\\pict\\wmetafile8 0102}}\\par\r\nJPEG {\\pict\\jpegblip\\picwgoal300\\pichgoal300\\picscalex200\\bin8 "
    + b"\xff\xd8\xff{}}\\\xd9" + b"}\\par\r\nEMF {\\pict\\emfblip\\picw2540\\pich1270 01000000}\\par\r\n"
    b"WMF {\\pict\\wmetafile8\\picw1000\\pich500 " + WMF.hex().encode() + b"}\\par\r\n"
    b"DIB {\\pict\\dibitmap0\\picw2\\pich2 " + DIB.hex().encode() + b"}\\par\r\n"
    b"File {\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " + ole1(b"Package", package(b"inside.txt", b"in a package")).hex().encode()
    + b"}{\\result{\\pict\\pngblip " + png(4, 4, (0, 0, 255)).hex().encode() + b"}}}\\par\r\n"
    b"Sheet {\\object\\objemb{\\*\\objclass Excel.Sheet.8}{\\*\\objdata " + ole1(b"Excel.Sheet.8", b"\xd0\xcf\x11\xe0 sheet").hex().encode()
    + b"}{\\result A1: 7}}\\par}")

STREAMS = {
    "note": NOTE, "rich": RICH, "files": ONLY_FILES, "task": TASK, "rtf-only": RTF_ONLY,
    "rtf-html": RTF_HTML,
    "rtf-text": tnef((0x1009, B, mela(b"{\\rtf1\\ansi\\ansicpg1251\\fromtext \\'cf\\'f0\\'e8.\\par}"))),
    "rtf-pictures": tnef((0x1009, B, mela(b"{\\rtf1\\ansi A sign: {\\pict\\pngblip 89504e47}\\par}"))),
    "rtf-hidden": tnef((0x1009, B, mela(b"{\\rtf1\\ansi Shown {\\v and hidden }text\\par}"))),
    "rtf-items": tnef((0x1009, B, mela(ITEMS))),
    "rtf-older": tnef((0x1000, U, "Newer.\r\n"), (0x1009, B, mela(OLDER)), (0x0E1F, BOOL, 0)),
    "rtf-native": tnef((0x1000, U, "The same.\r\n"), (0x1009, B, mela(OLDER)), (0x0E1F, BOOL, 0),
                       (0x1016, L, 2)),
    "rtf-plain-native": tnef((0x1000, U, "Best.\r\n"), (0x1009, B, mela(OLDER)), (0x1016, L, 1)),
    "rtf-blank": tnef((0x0037, U, "blank"), (0x1009, B, mela(b"{\\rtf1\\ansi\\pard\\par }"))),
    "rtf-none": tnef((0x1009, B, mela(b"This is no RTF."))),
    "hostile": HOSTILE, "recipients": RECIPIENTS, "embedded": EMBEDDED,
    "empty": tnef(), "subject-only": tnef((0x0037, U, "just a subject")),
}


def main():
    os.makedirs(HERE, exist_ok=True)
    for name, data in MAILS.items():
        with open(os.path.join(HERE, name + ".eml"), "wb") as f:
            f.write(data)
    for name, data in STREAMS.items():
        with open(os.path.join(HERE, name + ".tnef"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
