# SPDX-License-Identifier: ISC
"""Mails with a TNEF stream at any place, in any dress: the variants that the conservation
check goes through. Nothing is random but by a seed; nothing comes from outside.

    for mail in variants(600): mail.name, mail.data, mail.streams (the TNEF bytes in it)
"""
import base64
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_mime
from make_mime import B, L, U, attr, filename, mela, prop, props, tnef, uu  # noqa: F401

HEAD = make_mime.HEAD
ID = "<sample@example.org>"


class Mail:
    """around: the same mail with parts of type application/x-gone for the streams."""

    def __init__(self, name, data, streams, around):
        self.name, self.data, self.streams, self.around = name, data, streams, around


# -- streams: what is in it ------------------------------------------------------------------

SAID = "The price is %d EUR, as agreed."
PDF = filename("Plan 1.pdf", b"%PDF-1.4 plan\x8a\x03")
PICTURE = filename("pic.png", make_mime.png(3, 3, (9, 9, 9)), (0x3712, U, "pic@1"), (0x370E, U, "image/png"))


def stream(kind, number, key=None):
    """A TNEF stream of this kind; number makes its texts its own."""
    said = SAID % number
    more = ((0x0037, U, "Offer %d" % number),)
    if key:
        more += ((0x007F, B, key.encode() + b"\0"),)
    plain = (0x1000, U, said + "\r\n")
    html = (0x1013, B, ("<p>%s</p>" % said.replace("price", "<b>price</b>")).encode())
    rtf = (0x1009, B, mela(b"{\\rtf1\\ansi {\\b " + said.encode() + b"}\\par}"))
    return {
        "plain": lambda: tnef(*more, plain, files=[PDF]),
        "plain-bare": lambda: tnef(*more, plain),
        "html": lambda: tnef(*more, html, files=[PDF]),
        "html-bare": lambda: tnef(*more, html),
        "both": lambda: tnef(*more, plain, html, files=[PDF]),
        "both-differ": lambda: tnef(*more, (0x1000, U, "Other words: %d apples.\r\n" % number), html),
        "rtf": lambda: tnef(*more, rtf, files=[PDF]),
        "rtf-bare": lambda: tnef(*more, rtf),
        "picture": lambda: tnef(*more, plain, (0x1013, B, b"<p>" + said.encode()
                                               + b"<img src=\"cid:pic@1\"></p>"), files=[PICTURE, PDF]),
        "files": lambda: tnef(*more, files=[PDF, filename("two.bin", bytes(range(200, 256)))]),
        "nothing": lambda: tnef(*more),
        "meeting": lambda: tnef(*more, plain, kind="IPM.Schedule.Meeting.Request"),
        "task": lambda: tnef(*more, plain, kind="IPM.Task", files=[PDF]),
        "embedded": lambda: tnef(*more, plain, files=[
            attr(2, 0x00069002, make_mime.struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
            + attr(2, 0x00069005, props((0x3705, L, 5), (0x3001, U, "Inner %d" % number), (
                0x3701, 0x0D, bytes.fromhex("0703020000000000c000000000000046")
                + tnef((0x1000, U, "Words of the inner %d.\r\n" % number), files=[PDF]))))]),
    }[kind]()


STREAMS = ("plain", "plain-bare", "html", "html-bare", "both", "both-differ", "rtf", "rtf-bare",
           "picture", "files", "nothing", "meeting", "task", "embedded")

# -- dress: how the part is written ----------------------------------------------------------


def lines(text, n=76):
    return b"".join(text[i:i + n] + b"\n" for i in range(0, len(text), n))


def quoted(data):
    """Quoted-printable of bytes: line feeds, too, and no escape across lines."""
    out, row = b"", b""
    for c in data:
        one = bytes([c]) if 33 <= c <= 126 and c != 61 else b"=%02X" % c
        if len(row) + len(one) > 75:
            out, row = out + row + b"=\n", b""
        row += one
    return out + row + b"\n"


def chunks(data, n):
    return b"".join(base64.b64encode(data[i:i + n]) + b"\n" for i in range(0, len(data), n))


ENCODINGS = {
    "base64": (b"base64", lambda d: lines(base64.b64encode(d))),
    "chunk-1": (b"base64", lambda d: chunks(d, 1)),
    "chunk-50": (b"base64", lambda d: chunks(d, 50)),
    "chunk-100": (b"base64", lambda d: chunks(d, 100)),
    "no-padding": (b"base64", lambda d: lines(base64.b64encode(d).rstrip(b"="))),
    "url-safe": (b"base64", lambda d: lines(base64.urlsafe_b64encode(d))),
    "upper": (b"BASE64", lambda d: lines(base64.b64encode(d))),
    "semicolon": (b"BASE64;", lambda d: lines(base64.b64encode(d))),
    "dash": (b"base-64", lambda d: lines(base64.b64encode(d))),
    "as-7bit": (b"7bit", lambda d: lines(base64.b64encode(d))),
    "as-8bit": (b"8bit", lambda d: lines(base64.b64encode(d))),
    "as-quoted": (b"quoted-printable", lambda d: lines(base64.b64encode(d))),
    "none": (None, lambda d: lines(base64.b64encode(d))),
    "blank-first": (b"base64", lambda d: b"\n\n" + lines(base64.b64encode(d))),
    "one-line": (b"base64", lambda d: base64.b64encode(d) + b"\n"),
    "quoted": (b"quoted-printable", quoted),
    "uuencode": (b"x-uuencode", uu),
}

DRESSES = {
    "tnef": (b"application/ms-tnef", b"winmail.dat"),
    "vnd": (b"application/vnd.ms-tnef", b"winmail.dat"),
    "octets": (b"application/octet-stream", b"winmail.dat"),
    "numbered": (b"application/octet-stream", b"ATT00001.dat"),
    "second": (b"application/octet-stream", b"winmail(1).dat"),
    "tnf": (b"application/octet-stream", b"offer.tnf"),
    "part": (b"application/octet-stream", b"Part 1.2"),
    "unnamed": (b"application/octet-stream", None),
    "video": (b"video/mpeg", b"winmail.dat"),
    "text": (b"text/plain", b"winmail.dat"),
    "typeless": (None, None),
    "eml": (b"application/octet-stream", b"ATT00005.eml"),
}


def part(data, dress, encoding):
    kind, name = DRESSES[dress]
    cte, encode = ENCODINGS[encoding]
    out = b""
    if kind:
        out += b"Content-Type: " + kind + (b";\n\tname=\"%s\"" % name if name else b"") + b"\n"
    if cte:
        out += b"Content-Transfer-Encoding: " + cte + b"\n"
    if name:
        out += b"Content-Disposition: attachment;\n\tfilename=\"" + name + b"\"\n"
    return out + b"\n" + encode(data)


# -- hosts: what stands around it ---------------------------------------------------------------

def plain(text):
    return b"Content-Type: text/plain; charset=us-ascii\n\n" + text + b"\n"


def html(text):
    return b"Content-Type: text/html; charset=us-ascii\n\n" + text + b"\n"


def multi(kind, *parts, boundary):
    return (b"Content-Type: multipart/" + kind + b"; boundary=\"" + boundary + b"\"\n\n"
            + b"".join(b"--" + boundary + b"\n" + p + b"\n" for p in parts)
            + b"--" + boundary + b"--\n")


def hosts(number):
    said = (SAID % number).encode()
    quoted = b"> " + said.replace(b" as", b"\n> as")
    return {
        "nothing": [],
        "same": [plain(said)],
        "same-quoted": [plain(quoted)],
        "same-footer": [plain(said + b"\n\n-- \nA list's footer")],
        "differs": [plain(b"[This message was scanned]")],
        "html-same": [html(b"<p>" + said + b"</p>")],
        "html-empty": [html(b"<html><body></body></html>")],
        "html-break": [html(b"<div><br></div>")],
        "html-differs": [html(b"<p>Scanned.</p>")],
        "two-same": [multi(b"alternative", plain(said), html(b"<p>" + said + b"</p>"), boundary=b"two")],
        "two-differ": [multi(b"alternative", plain(b"Can you open this?"),
                             html(b"<p>Can you open this?</p>"), boundary=b"two")],
    }


HOSTS = tuple(hosts(0))
PLACES = ("behind", "before", "between", "nested", "deeper", "alternative", "alternative-middle",
          "alternative-mixed", "related", "forwarded", "twice", "report")


def wrap(place, around, tnef_part, second):
    footer = plain(b"A footer of a list.")
    own = around or [plain(b"")]
    if place == "behind":
        return multi(b"mixed", *around, tnef_part, boundary=b"outer")
    if place == "before":
        return multi(b"mixed", tnef_part, *around, boundary=b"outer")
    if place == "between":
        return multi(b"mixed", *around, tnef_part, html(b"<hr>list footer"), boundary=b"outer")
    if place == "nested":
        return multi(b"mixed", multi(b"mixed", *around, tnef_part, boundary=b"in"), footer, boundary=b"outer")
    if place == "deeper":
        return multi(b"mixed", *around, multi(b"mixed", tnef_part, boundary=b"in"), boundary=b"outer")
    if place == "alternative":
        return multi(b"alternative", *own, tnef_part, boundary=b"outer")
    if place == "alternative-middle":
        return multi(b"alternative", own[0], tnef_part, html(b"<p>The last of them</p>"), boundary=b"outer")
    if place == "alternative-mixed":
        return multi(b"mixed", multi(b"alternative", *own, multi(b"mixed", tnef_part, boundary=b"inner"),
                                     boundary=b"alt"), footer, boundary=b"outer")
    if place == "related":
        return multi(b"related", *own, tnef_part, boundary=b"outer")
    if place == "forwarded":
        inner = HEAD.replace(b"sample", b"inner") + b"MIME-Version: 1.0\n" \
            + multi(b"mixed", *around, tnef_part, boundary=b"in")
        return multi(b"mixed", footer, b"Content-Type: message/rfc822\n\n" + inner, boundary=b"outer")
    if place == "twice":
        return multi(b"mixed", *around, tnef_part, second, boundary=b"outer")
    return multi(b"report; report-type=delivery-status", *own, b"Content-Type: message/delivery-status\n\n"
                 b"Reporting-MTA: dns; example.org\n\nFinal-Recipient: rfc822; x@example.net\n"
                 b"Action: failed\nStatus: 5.1.1\n", tnef_part, boundary=b"outer")


KEYS = {"none": (None, None), "equal": (ID, ID), "differ": (ID, "<other@example.com>"),
        "lacking": (None, "<other@example.com>")}


def mail(number, kind="plain", dress="tnef", encoding="base64", host="same", place="behind",
         keys="none", ends="lf"):
    correlator, key = KEYS[keys]
    streams = [stream(kind, number, key)]
    second = stream("plain", number + 100000)
    if place == "twice":
        streams.append(second)
    gone = b"Content-Type: application/x-gone\n\n"
    head = HEAD + (b"X-MS-TNEF-Correlator: " + correlator.encode() + b"\n" if correlator else b"")
    around, data = (head + b"MIME-Version: 1.0\n" + wrap(place, hosts(number)[host], *parts) for parts in (
        (gone, gone), (part(streams[0], dress, encoding), part(second, "tnef", "base64"))))
    if ends == "utf16":
        data = data.decode("latin-1").replace("\n", "\r\n").encode("utf-16")
    else:
        data = data.replace(b"\n", {"lf": b"\n", "crlf": b"\r\n", "crcrlf": b"\r\r\n", "cr": b"\r"}[ends])
    name = "-".join((kind, dress, encoding, host, place, keys, ends))
    return Mail("%05d-%s" % (number, name), data, streams, around)


def variants(count, seed=1):
    """Each value of each row at least once, then any of them together."""
    pick = random.Random(seed)
    rows = {"kind": STREAMS, "dress": tuple(DRESSES), "encoding": tuple(ENCODINGS), "host": HOSTS,
            "place": PLACES, "keys": tuple(KEYS), "ends": ("lf", "crlf", "crcrlf", "cr", "utf16")}
    number = 1
    for row, values in rows.items():
        for value in values:
            yield mail(number, **{row: value})
            number += 1
    while number <= count:
        chosen = {row: pick.choice(values) for row, values in rows.items()}
        chosen["ends"] = pick.choice(("lf", "lf", "crlf", "crlf", chosen["ends"]))
        yield mail(number, **chosen)
        number += 1
