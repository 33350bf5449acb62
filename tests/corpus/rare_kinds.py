# SPDX-License-Identifier: ISC
"""What few mails have and every reader stumbles over, each kind in variants by a fixed seed:
its form, its encoding, how deep it stands, and the mail around it.

    for case in uuencoded(300): case.name, case.data, case.streams, case.around, case.want
"""
import base64
import os
import quopri
import random
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cfb_write  # noqa: E402
import mail_kinds as kinds  # noqa: E402
import make_mime as mm  # noqa: E402

U, A, B, L = mm.U, 0x1E, mm.B, mm.L
ENDS = (b"\n", b"\r\n")
ENCODE = {b"7bit": bytes, b"8bit": bytes, b"base64": base64.encodebytes,
          b"quoted-printable": quopri.encodestring}


class Case:
    """around: the same mail without its streams; want: what else the kind has to show."""

    def __init__(self, name, data, streams=(), around=b"", want=None):
        self.name, self.data, self.streams, self.around, self.want = name, data, list(streams), around, want


def text_part(text, encoding, end):
    charset = b"us-ascii" if text.isascii() else b"utf-8"
    return b"Content-Type: text/plain; charset=%s\nContent-Transfer-Encoding: %s\n\n%s" % (
        charset, encoding, ENCODE[encoding](text.replace(b"\n", end)))


def within(stream, number=0):
    """A TNEF stream that has the other one as a message in it."""
    inner = bytes.fromhex("0703020000000000c000000000000046") + stream
    at = mm.attr(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0))
    at += mm.attr(2, 0x00069005, mm.props((0x3705, L, 5), (0x3001, U, "Inner %d" % number), (0x3701, 0x0D, inner)))
    return mm.tnef((0x0037, U, "Around"), (0x1000, U, "See the message in it, %d." % number), files=[at])


PLACES = ("alone", "mixed", "footer", "nested", "forwarded", "related", "alternative")


def placed(place, part, html=b"<p>The HTML says this"):
    """A mail that has the part there."""
    head = kinds.HEAD + b"MIME-Version: 1.0\n"
    if place == "alone":
        return head + part
    if place == "mixed":
        return mm.mixed(part)
    if place == "footer":
        return mm.mixed(part, kinds.plain(b"A footer of a list."))
    if place == "nested":
        return mm.mixed(kinds.multi(b"mixed", part, boundary=b"in"), kinds.plain(b"A footer."))
    if place == "forwarded":
        return mm.mixed(kinds.plain(b"See below."), b"Content-Type: message/rfc822\n\n" + head + part)
    if place == "related":
        return head + kinds.multi(b"related", part, boundary=b"rel")
    return head + kinds.multi(b"alternative", part, kinds.html(html), boundary=b"alt")


def uuencoded(count, seed=2):
    """Streams within texts, alone or among other uuencoded files."""
    pick = random.Random(seed)
    for i in range(count):
        kind = pick.choice([k for k in kinds.STREAMS if k != "nothing"])
        streams = [kinds.stream(kind, i)]
        if pick.randrange(3) == 0:
            streams.append(kinds.stream("plain", i + 100000))
        encoding, end, place = pick.choice(list(ENCODE)), pick.choice(ENDS), pick.choice(PLACES)
        said = b"Before " if encoding == b"7bit" or pick.randrange(2) else b"Gr\xc3\xbc\xc3\x9fe "
        said, rest, pieces = said + b"of mail %d\n" % i, b"", b""
        for j, stream in enumerate(streams):
            name = pick.choice((b"winmail.dat", b"WINMAIL.DAT", b"att 1.dat", b"x.tnf"))
            block = mm.uu(stream, name)
            if pick.randrange(3) == 0:  # a blank for a zero, as the first encoders wrote
                block = b"\n".join(line.replace(b"`", b" ") if k else line
                                   for k, line in enumerate(block.split(b"\n")))
                if pick.randrange(2):
                    block = block.replace(b"\n \nend", b"\n\nend")
            block = block.replace(b"begin 644", b"begin " + pick.choice((b"644", b"666", b"0755")))
            after = pick.choice((b"", b"\n")) + b"Behind piece %d.\n" % j
            if pick.randrange(4) == 0:
                after += mm.uu(b"no TNEF %d" % i * 20, b"a.txt") + b"and after it.\n"
            rest, pieces = rest + after, pieces + block + after
        name = "uu-%d-%s-%s-%s-%s-%d" % (i, kind, encoding.decode(), end.hex(), place, len(streams))
        data, around = (placed(place, text_part(said + t, encoding, end)) for t in (pieces, rest))
        outer = pick.choice(ENDS)
        yield Case(name, data.replace(b"\r\n", b"\n").replace(b"\n", outer) if encoding != b"7bit"
                   else data, streams, around)


def signed(count, sign, seed=3):
    """S/MIME texts in any bytes. sign(text): a CMS signature of it, or something like it. want:
    the bytes that must stand in the result, and the signed text as it is verified."""
    pick = random.Random(seed)
    for i in range(count):
        charset = pick.choice(("us-ascii", "utf-8", "iso-8859-1", "koi8-r"))
        word = {"us-ascii": "Hello", "koi8-r": "\u041f\u0440\u0438"}.get(charset, "Gr\u00fc\u00dfe").encode(charset)
        style = pick.choice(("lf", "crlf", "mixed", "long", "blank"))
        end = b"\r\n" if style == "crlf" else b"\n" if style == "lf" else pick.choice(ENDS)
        rows = [word + b" %d" % i, b"second  ", b"--not a boundary", b"", b"\tlast"]
        text = b"".join(r + (pick.choice(ENDS) if style == "mixed" else end) for r in rows)
        text = b"x" * 2000 + end + text if style == "long" else end * 3 + text if style == "blank" else text
        inner = b"Content-Type: text/plain; charset=" + charset.encode() + end + end + text
        if pick.randrange(3) == 0:
            inner = end.join((b"Content-Type: multipart/mixed; boundary=I", b"", b"--I", inner,
                              b"--I", b"Content-Type: application/pdf", b"", b"%PDF-" + word, b"--I--", b""))
        name = pick.choice((b"SIG", b"----=_Next'()+_,-./:=?", b"a b"))
        entity = end.join((
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
            b' micalg=sha-256; boundary="' + name + b'"', b"", b"--" + name, inner, b"--" + name,
            b"Content-Type: application/pkcs7-signature", b"Content-Transfer-Encoding: base64", b"",
            base64.encodebytes(sign(inner)).replace(b"\n", end), b"--" + name + b"--", b""))
        stream = mm.tnef((0x0037, U, "Signed %d" % i),
                         files=[mm.filename("smime.p7m", entity, (0x370E, U, "multipart/signed"))],
                         kind=pick.choice(("IPM.Note.SMIME.MultipartSigned", "IPM.Note.SMIME.MultipartSigned.x")))
        place = pick.choice(("stream", "within") + PLACES)
        if place == "within":
            stream = within(stream, i)
        data = stream if place in ("stream", "within") and pick.randrange(4) else placed(
            pick.choice(PLACES), mm.part(stream))
        if data is not stream and pick.randrange(2):
            data = mm.crlf(data)
        yield Case("signed-%d-%s-%s-%s" % (i, charset, style, place), data,
                   want=(entity[entity.index(b"--" + name):].rstrip(), data is stream and place == "stream"))


def partless(count, seed=8):
    """Multiparts whose boundary begins no part, or that have none. want: is there more than
    blanks in it?"""
    pick = random.Random(seed)
    for i in range(count):
        stream = kinds.stream(pick.choice(("plain", "html", "files", "rtf")), i)
        kind = pick.choice((b"mixed", b"signed; protocol=\"application/pgp-signature\"", b"alternative", b"related",
                            b"report", b"x-any"))
        said, used = pick.choice(((b"one", b"two"), (b"--one", b"one"), (b"ONE", b"one"), (b"one ", b"on"),
                                  (b"one", b"xone"), (b"", b"one"), (None, b"one")))
        part = mm.part(stream)
        body = pick.choice((
            b"--%s\n%s\n--%s--\n" % (used, part, used), b"Words of %d.\n" % i,
            b"--%s\n%s\n--%s\n%s" % (used, kinds.plain(b"Words"), used, part),
            mm.uu(stream), b"\n\n", b""))
        head = b"Content-Type: multipart/" + kind + (b"; boundary=\"%s\"" % said if said is not None else b"") + b"\n\n"
        place = pick.choice(PLACES)
        data = placed(place, head + body)
        bare = body.startswith(b"begin")  # it is one stream: that is found
        around = placed(place, b"Content-Type: application/x-gone\n\n") if bare else b""
        yield Case("partless-%d-%s" % (i, place), pick.choice((bytes, mm.crlf))(data), [stream] if bare else [],
                   around, bool(body.strip()))


GOID = bytes.fromhex("040000008200e00074c5b7101a82e008") + bytes(24) + b"\x04\0\0\0"
MEETING = bytes.fromhex("90dad86e0b451b1098da00aa003f1305")
CALENDAR = (b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:%s\n"
            b"SUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n")
REPORTS = {"REPORT.IPM.Note.IPNRN": b"disposition-notification", "REPORT.IPM.Note.NDR": b"delivery-status",
           "REPORT.IPM.Note.DR": b"delivery-status", "REPORT.IPM.Note.IPNNRN": b"disposition-notification"}


def told(count, seed=4):
    """Calendars and reports that the mail has itself. want: how many there are to be, and the type."""
    pick = random.Random(seed)
    for i in range(count):
        encoding, same = pick.choice((b"7bit", b"base64", b"quoted-printable")), pick.randrange(2)
        rows, shown = [(0x1000, U, pick.choice(("Shown.", "New words %d." % i)))], kinds.plain(b"Shown.")
        if pick.randrange(2):
            kind, what = "IPM.Schedule.Meeting." + pick.choice(("Request", "Canceled", "Resp.Pos")), b"text/calendar"
            goid = GOID + b"%04d" % (i % 10000)
            rows.append((0x8001, B, goid, (MEETING, 3)))
            body = CALENDAR % (goid.hex().upper().encode() if same else b"another-%d" % i)
        else:
            kind = pick.choice(list(REPORTS))
            fitting = REPORTS[kind]
            other = b"delivery-status" if fitting == b"disposition-notification" else b"disposition-notification"
            what, body = b"message/" + (fitting if same else other), b"Reporting-UA: x\n"
            encoding = b"7bit"
        beside = b"Content-Type: %s\nContent-Transfer-Encoding: %s\n\n%s" % (
            what + (b"; method=REQUEST" if what.startswith(b"text") else b""), encoding, ENCODE[encoding](body))
        stream = mm.tnef(*rows, kind=kind)
        gone, own = b"Content-Type: application/x-gone\n\n", mm.part(stream)
        order = pick.randrange(3)
        data, around = (mm.mixed(*[(shown, beside, p), (beside, shown, p), (p, shown, beside)][order])
                        for p in (own, gone))
        if pick.randrange(2):
            data, around = mm.crlf(data), mm.crlf(around)
        yield Case("told-%d-%s-%s-%d-%d" % (i, kind, encoding.decode(), order, same),
                   data, [stream], around,
                   (what.decode(), 1) if same else None)


def behind_nul(count, seed=5):
    """Texts that go on behind a NUL. want: the property that a note names."""
    pick = random.Random(seed)
    for i in range(count):
        words = ["word%d" % pick.randrange(10 ** 6) for _ in range(pick.randint(2, 6))]
        text = words[0] + "".join(pick.choice(("\0", "\0\0", " \0", "\r\n\0", " ")) + w for w in words[1:])
        text = text.replace(" ", "\0", 1) if "\0" not in text else text
        form = pick.choice(("unicode", "bytes", "html"))
        tail = pick.choice(("", "\0", "\0\0\0"))
        row = {"unicode": (0x1000, U, text + tail), "bytes": (0x1000, A, text.encode() + tail.encode()),
               "html": (0x1013, B, b"<p>" + text.encode() + b"</p>" + tail.encode())}[form]
        stream = mm.tnef(row, files=[kinds.PDF] if pick.randrange(2) else [])
        place = pick.choice(("stream",) + PLACES)
        gone = b"Content-Type: application/x-gone\n\n"
        data, around = (stream, kinds.HEAD + b"\n") if place == "stream" else (
            placed(place, mm.part(stream)), placed(place, gone))
        yield Case("nul-%d-%s-%s" % (i, form, place), data, [stream], around,
                   "PidTagHtml" if form == "html" else "PidTagBody")


LOCALS = ("bob", "s..lee", "lee.", ".lee", "a_b+c=d", "o'neil", "a!b#c", "two words", "a,b", "j\u00f6rg", "\u7528\u6237")
DOMAINS = (("x.example", "x.example"), ("m\u00fcller.example", "xn--mller-kva.example"),
           ("a.stra\u00dfe.example", None), ("\u4f8b.example", "xn--fsq.example"), ("X.Example", "x.example"))
FORMS = ("%s", "<%s>", "'%s'", "mailto:%s", "MAILTO:%s", "<mailto:%s>", " %s ", "\"%s\"", "SMTP:%s", "Ann <%s>", "%s (Ann)",
         "[%s]", "mailto:%s?subject=x", "%s.", "\u200b%s")


def addresses(count, seed=6):
    """Of recipients in TNEF. want: (local part, domain or None: any A-label, the address as it
    is said)."""
    pick = random.Random(seed)
    for i in range(count):
        local, (domain, label), form = pick.choice(LOCALS), pick.choice(DOMAINS), pick.choice(FORMS)
        kind = pick.choice(("SMTP", "smtp"))
        rows = [(0x0C15, L, 1), (0x3001, U, "Bob %d" % i), (0x3002, U, kind),
                (0x3003, U, form % (local + "@" + domain))]
        stream = mm.tnef((0x1000, U, "x %d" % i), recipients=[rows])
        yield Case("address-%d-%s" % (i, form % (local + "@" + domain)), stream, [stream],
                   kinds.HEAD + b"\n", (local, label, form.strip() % (local + "@" + domain)))


def objects(count, seed=7):
    """OLE objects around files. want: (the file, the wrapper or None)."""
    pick = random.Random(seed)
    for i in range(count):
        tail = bytes(pick.randrange(256) for _ in range(pick.choice((1, 60, 5000))))
        inside = pick.choice((b"%PDF-1.4 ", b"BM", mm.png(2, 2, (i % 256, 1, 2)), b"PK\3\4")) + b"%d" % i + tail
        name = pick.choice((b"report.pdf", b"a b.bmp", b"x", b"long" * 30 + b".docx"))
        how = pick.choice(("first", "native", "contents", "package"))
        package, wrapper = mm.package(name, inside), None
        if how == "first":
            data = mm.ole1(b"Package", package)
        else:
            streams = {"CONTENTS": inside} if how in ("contents", "package") else {
                "\1Ole10Native": struct.pack("<I", len(package)) + package}
            if how == "package":
                streams = {"Package": inside} if inside.startswith(b"PK") else streams
            if pick.randrange(2):
                streams["\1CompObj"] = bytes(60)
            data = wrapper = cfb_write.write(streams)
        at = mm.attr(2, 0x00069002, struct.pack("<HIHHI", 2, 0xFFFFFFFF, 0, 0, 0))
        at += mm.attr(2, 0x00018010, pick.choice((b"Untitled Attachment\0", b"Object\0", b"\0")))
        at += mm.attr(2, 0x0006800F, data)
        if pick.randrange(3) == 0:
            at += mm.attr(2, 0x00068011, b"\xd7\xcd\xc6\x9a" + bytes(40))
        at += mm.attr(2, 0x00069005, mm.props((0x3705, L, 6)))
        stream = mm.tnef((0x1000, U, "x %d" % i), files=[at] + ([kinds.PDF] if pick.randrange(2) else []))
        place = pick.choice(("stream",) + PLACES)
        yield Case("object-%d-%s-%s" % (i, how, place),
                   stream if place == "stream" else placed(place, mm.part(stream)), [], b"", (inside, wrapper))
