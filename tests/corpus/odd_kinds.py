# SPDX-License-Identifier: ISC
"""Texts, names, pages and people that TNEF and mails have in many forms, each kind in variants
by a fixed seed, with what a person has to find in the result.

    for case in pages(300): case.name, case.data, case.want
"""
import base64
import os
import quopri
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import case_kinds as made  # noqa: E402
import mail_kinds as kinds  # noqa: E402
import make_items as items  # noqa: E402
import make_mime as mm  # noqa: E402
import rare_kinds as rare  # noqa: E402
from rare_kinds import Case  # noqa: E402

U, A, B, L = mm.U, 0x1E, mm.B, mm.L
WITHIN = ("stream", "within") + rare.PLACES


def at(place, stream, number=0):
    """The stream alone, in another one, or in a mail."""
    if place == "within":
        return rare.within(stream, number)
    return stream if place == "stream" else rare.placed(place, mm.part(stream))


# Texts that no other page of this table reads as they are meant.
TEXTS = {
    1250: ("cp1250", "\u017dlu\u0165"), 1251: ("cp1251", "\u041f\u0440\u0438\u0432\u0435\u0442"),
    1252: ("cp1252", "Gr\u00f6\u00dfe"), 1253: ("cp1253", "\u0391\u03b8\u03ae\u03bd\u03b1"),
    1254: ("cp1254", "\u0131\u011f\u015f"), 1255: ("cp1255", "\u05e9\u05dc\u05d5\u05dd"),
    1256: ("cp1256", "\u0633\u0644\u0627\u0645"), 1257: ("cp1257", "\u0105\u017e\u0161"),
    874: ("cp874", "\u0e2a\u0e27\u0e31\u0e2a"), 932: ("cp932", "\u898b\u7a4d\u66f8"),
    936: ("gbk", "\u62a5\u544a"), 949: ("cp949", "\ud55c\uae00"), 950: ("big5", "\u5831\u544a"),
    437: ("cp437", "Gr\u00f6\u00dfe"), 850: ("cp850", "Gr\u00f6\u00dfe"), 866: ("cp866", "\u041f\u0440\u0438"),
    720: ("cp720", "\u0645\u0644\u0641"), 20866: ("koi8-r", "\u041f\u0440\u0438"), 21866: ("koi8-u", "\u0456\u0457"),
    28592: ("iso8859-2", "\u017dlu\u0165"), 28595: ("iso8859-5", "\u041f\u0440\u0438"),
    28597: ("iso8859-7", "\u0391\u03b8"), 28599: ("iso8859-9", "\u0131\u011f"), 28605: ("iso8859-15", "\u00e9\u20ac"),
    50220: ("iso2022-jp", "\u3053\u3093"), 51932: ("euc-jp", "\u3053\u3093"), 51949: ("euc-kr", "\ud55c\uae00"),
    54936: ("gb18030", "\u62a5\u544a"), 65001: ("utf-8", "Gr\u00f6\u00dfe \u65e5"), 10000: ("mac-roman", "\u00e9 \u00dc"),
    10001: ("shift_jis", "\u898b\u7a4d"), 10002: ("big5", "\u5831\u544a"), 10003: ("euc-kr", "\ud55c\uae00"),
    10008: ("gb2312", "\u62a5\u544a"), 10006: ("mac-greek", "\u0391\u03b8"), 10007: ("mac-cyrillic", "\u041f\u0440\u0438"),
    20273: ("cp273", "Gr\u00f6\u00dfe"), 37: ("cp037", "Summe"), 500: ("cp500", "Gr\u00f6\u00dfe"),
    1140: ("cp1140", "5 \u20ac"), 1026: ("cp1026", "\u0131\u011f"),
}


def pages(count, seed=11):
    """Subject, text and file name in a code page. want: the text they all have."""
    pick = random.Random(seed)
    for i in range(count):
        page = list(TEXTS)[i % len(TEXTS)] if i < 2 * len(TEXTS) else pick.choice(list(TEXTS))
        codec, text = TEXTS[page]
        text = "%s %d" % (text, i)
        raw = text.encode(codec)
        kind = pick.choice(("page", "attribute", "title"))
        rows, attrs, file = [], [], made.file(b"x", title=raw)
        if kind == "attribute":
            attrs = [(0x00018004, raw + b"\0"), (0x0002800C, raw + b"\0")]
        else:
            rows = [(0x0037, A, raw), (0x1000, A, raw)]
        if kind == "title":
            file = made.file(b"x", (0x3707, A, raw), title=b"SHORT.TXT")
        place = pick.choice(WITHIN)
        yield Case("page-%d-%d-%s-%s" % (i, page, kind, place), at(place, made.stream(
            *rows, page=page, attrs=attrs, files=[file]), i), want=text)


METAS = ("<meta charset=\"%s\">", "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=%s'>",
         "<meta content=\"text/html;charset=%s\" http-equiv=content-type>", "")
NAMES = {"cp1250": "windows-1250", "cp1251": "windows-1251", "cp1252": "windows-1252", "cp1253": "windows-1253",
         "iso8859-2": "iso-8859-2", "iso8859-7": "iso-8859-7", "cp932": "shift_jis", "gbk": "gbk", "big5": "big5",
         "cp949": "ks_c_5601-1987", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "utf-8": "utf-8"}


def html(count, seed=12):
    """HTML whose bytes, own charset and code page say different things. want: the text, and
    whether a note has to say so."""
    pick = random.Random(seed)
    for i in range(count):
        claimed = pick.choice((20127, 1252, 1250, 1251, 950, 932, 65001, None))
        kind = pick.choice(("meta", "utf-8", "ascii", "utf-16", "honest"))
        codec, text = "utf-8", "Gr\u00f6\u00dfe \u010d \u65e5\u672c"
        meta = ""
        if kind == "meta":
            codec = pick.choice(list(NAMES))
            text = {c: t for c, t in TEXTS.values()}[codec]
            meta = pick.choice(METAS[:3]) % NAMES[codec]
        elif kind == "ascii":
            claimed, codec, text = 20127, "cp1252", "caf\u00e9 \u0153uvre"
        elif kind == "honest":
            claimed = pick.choice((1251, 1253, 932, 65001))
            codec, text = TEXTS[claimed]
        text += " %d" % i
        page = "<html><head>%s</head><body><p>%s</p></body></html>" % (meta, text)
        raw = ("\ufeff" + page).encode("utf-16-le") if kind == "utf-16" else page.encode(codec)
        rows = [(0x1013, B, raw)] + ([(0x3FDE, L, claimed)] if claimed else [])
        place = pick.choice(WITHIN)
        same = [p for p, (c, _) in TEXTS.items() if c == codec]
        noted = kind != "honest" and claimed is not None and claimed not in same
        yield Case("html-%d-%s-%s-%s-%s" % (i, kind, codec, claimed, place),
                   at(place, made.stream(*rows, files=[kinds.PDF]), i), want=(text, noted))


def cids(count, seed=13):
    """Pictures that HTML shows by a URL in another spelling. want: the picture."""
    pick = random.Random(seed)
    for i in range(count):
        name = "".join(pick.choice("abz09.$_-") for _ in range(pick.choice((3, 12, 200)))).strip(".") or "x"
        cid = pick.choice(("%s@host.example", "%s", "<%s@h>", "%s&b@c", "a b%s@c", "\u00e9%s@x")) % name
        bare = cid.strip("<>")
        url = bare
        for way in pick.sample(("percent", "refs", "case", "blank", "none"), 2):
            if way == "percent":
                url = url.replace("@", "%40").replace(" ", "%20")
            elif way == "refs":
                url = url.replace("&", "&amp;").replace("@", pick.choice(("&#64;", "&#x40;", "@")))
            elif way == "case":
                url = url.swapcase() if url.isascii() and not set(url) & set("&%") else url
            elif way == "blank":
                url = url + pick.choice((" ", "\n", ""))
        scheme = pick.choice(("cid:", "CID:", "Cid:", " cid:"))
        picture = mm.png(1, 1, (i % 256, i // 256, 3))
        where = pick.choice(("<img src=\"%s\">", "<IMG alt='x' SRC='%s' width=3>", "<td background=\"%s\">",
                             "<body background=\"%s\">", "<v:imagedata src=\"%s\"/>"))
        body = "<html><body><p>Words %d</p>%s</body></html>" % (i, where % (scheme + url))
        rows = [(0x3712, U, cid), (0x370E, U, pick.choice(("image/png", "image/x-png", ""))), (0x3707, U, "p%d.png" % i)]
        place = pick.choice(WITHIN)
        yield Case("cid-%d-%s-%s" % (i, url[:20], place), at(place, made.stream(
            (0x1013, B, body.encode()), (0x3FDE, L, 65001), files=[made.file(picture, *rows)]), i), want=picture)


def encoded_mails(count, seed=14):
    """Mails in mails, in an encoding, under any type. want: the streams within."""
    pick = random.Random(seed)
    for i in range(count):
        inner = kinds.mail(i + 1, kind=pick.choice(("plain", "html", "rtf", "files", "picture")),
                           host=pick.choice(("same", "differs", "nothing")), place=pick.choice(("behind", "nested")),
                           ends=pick.choice(("lf", "crlf")))
        kind, name = pick.choice((
            (b"message/rfc822", b"f.eml"), (b"message/rfc822", None), (b"application/octet-stream", b"f.eml"),
            (b"application/octet-stream", b"A B.EML"), (b"message/global", b"x"), (b"text/plain", b"f.eml")))
        encoding = pick.choice((b"base64", b"quoted-printable"))
        data = inner.data
        if encoding != b"base64" or pick.randrange(2):  # in base64 a line may be that of a boundary around it
            data = re.sub(rb"(--|\")in(?=--|\"|\r|\n)", rb"\1deep", data.replace(b"outer", b"O1"))
        body = base64.encodebytes(data) if encoding == b"base64" else quopri.encodestring(data)
        part = b"Content-Type: " + kind + (b"; name=\"%s\"" % name if name else b"") + b"\n" \
            b"Content-Transfer-Encoding: " + encoding + b"\nContent-Disposition: attachment\n\n" + body
        place = pick.choice(("mixed", "footer", "nested", "forwarded"))
        yield Case("mail-%d-%s-%s-%s" % (i, kind.decode(), encoding.decode(), place), rare.placed(place, part),
                   inner.streams)


def signatures(count, seed=15):
    """Mails that a field signs. want: the field, and whether it is above the stream."""
    pick = random.Random(seed)
    fields = {"DKIM-Signature": b"v=1; a=rsa-sha256;\n\td=example.org; b=AA", "DomainKey-Signature": b"a=rsa-sha1; b=AA",
              "ARC-Message-Signature": b"i=1; a=rsa-sha256; b=AA"}
    for i in range(count):
        field = pick.choice(list(fields))
        mail = kinds.mail(i + 1, kind=pick.choice(("plain", "files", "html", "rtf")),
                          host=pick.choice(("differs", "nothing", "html-empty")),
                          place=pick.choice(("behind", "before", "nested", "forwarded", "alternative")),
                          dress=pick.choice(("tnef", "octets", "unnamed")))
        line = pick.choice((field, field.lower(), field.upper())).encode() + b": " + fields[field] + b"\n"
        inside = b"Content-Type: message/rfc822\n\n" in mail.data and pick.randrange(2)
        head, blank, rest = mail.data.partition(b"Content-Type: message/rfc822\n\n" if inside else b"From: ")
        data = head + (blank + line if inside else line + blank) + rest
        yield Case("signed-%d-%s-%s" % (i, field, mail.name), pick.choice((bytes, mm.crlf))(data), mail.streams,
                   mail.around, field)


def names(count, seed=16):
    """Names of files in TNEF. want: the name, exactly, or None: any, but one everywhere."""
    pick = random.Random(seed)
    stems = ("plan", "Gr\u00f6\u00dfe", "\u898b\u7a4d\u66f8", "\U0001f600", "a b  c", "x" * 300, "\u65e5" * 200, "a.b.c", "-x",
             "100%", "q'uo`te", "semi;colon", "e=q", "per%41cent", "am&p", "\u05e9\u05dc\u05d5\u05dd", "\ufeffmark", "be\0hind",
             "tab\there", "new\r\nline", "a\"b", "", "..", "C:\\dir\\in", "../../up", "\u202egpj")
    for i in range(count):
        stem = stems[i % len(stems)]
        ending = pick.choice((".pdf", ".docx", ".tar.gz", ".JPG", "", ".x"))
        name = stem + ending if stem else ""
        rows = [(pick.choice((0x3707, 0x3707, 0x3704)), U, name)] if name else []
        if pick.randrange(3) == 0:
            rows.append((0x3001, U, "shown name"))
        plain = name and len(name) < 60 and not set(name) & set("\0\r\n\t\"\\/:\ufeff\u202e") and stem != ".."
        place = pick.choice(("stream", "mixed", "forwarded"))
        data = b"bytes of %d" % i
        yield Case("name-%d-%r-%s" % (i, name[:12], place), at(place, made.stream(
            (0x1000, U, "x"), files=[made.file(data, *rows)])), want=(name if plain else None, ending if stem else "", data,
                                                                      len(name.encode())))


def embedded_names(count, seed=17):
    """Messages in messages, named by what they are displayed as. want: the name."""
    pick = random.Random(seed)
    for i in range(count):
        name = pick.choice(("Minutes %d", "Gr\u00fc\u00dfe %d", "\u8b70\u4e8b\u9332 %d", "Re: a %d", "FW: [list] %d")) % i
        inner = pick.choice((kinds.stream("plain", i), items.SAMPLES[pick.choice(
            ("contact", "task", "request", "sticky-note", "report-ndr"))]().tnef()))
        rows = [(0x3705, L, 5), (0x3001, U, name), (0x3701, 0x0D, bytes.fromhex(
            "0703020000000000c000000000000046") + inner)]
        title = pick.choice((b"Untitled Attachment", b"untitled attachment", None, b"Untitled"))
        if title != b"Untitled" and pick.randrange(3) == 0:
            rows.append((0x3704, U, "Untitled Attachment"))
        place = pick.choice(WITHIN)
        yield Case("embedded-%d-%s" % (i, place), at(place, made.stream(
            (0x1000, U, "see it"), files=[made.file(None, *rows, title=title)]), i), want=name.replace(":", "_"))


def forms(count, seed=18):
    """Fields of forms, classes below IPM.Note, answers of votes. want: what a note or a field
    of the header says."""
    pick = random.Random(seed)
    for i in range(count):
        kind, rows, klass, want = pick.choice(("field", "class", "vote")), [(0x1000, U, "x %d" % i)], "IPM.Note", None
        if kind == "field":
            want = pick.choice(("MyField%d", "Total %d", "Gr\u00f6\u00dfe%d")) % i
            value, form = pick.choice((("text", U), (7, L), (1, mm.BOOL), (mm.JAN_2020, mm.T), (b"\1\2", B)))
            rows.append((0x8001, form, value, (made.STRINGS, want)))
        elif kind == "class":
            klass = want = "IPM.Note." + pick.choice(("Order", "MyForm.Sub", "Gruen", "X%d" % i))
        else:
            want = pick.choice(("Approve", "Reject", "Maybe %d" % i, "J\u00e4"))
            rows.append((0x8002, U, want, (made.COMMON, 0x8524)))
        place = pick.choice(WITHIN)
        yield Case("form-%d-%s-%s" % (i, kind, place), at(place, mm.tnef(*rows, kind=klass), i), want=want)


def receivers(count, seed=19):
    """Only the properties of who received it say to whom it went. want: address, name."""
    pick = random.Random(seed)
    for i in range(count):
        address = pick.choice(("bob%d@example.org", "a..b%d@example.org", "x%d@m\u00fcller.example", "<c%d@example.org>")) % i
        name = pick.choice(("Bob", "Lee, Ann", "J\u00f6rg \"J\"", None))
        rows = [(0x0076, U, address), (0x0075, U, pick.choice(("SMTP", "smtp")))] + ([(0x0040, U, name)] if name else [])
        if pick.randrange(3) == 0:
            rows[0] = (0x0076, U, "/o=Example/cn=Recipients/cn=b%d" % i)
            rows[1] = (0x0075, U, "EX")
            rows.append((0x5D07, U, address))
        others = pick.randrange(4) == 0
        people = [[(0x0C15, L, 1), (0x3001, U, "First"), (0x3002, U, "SMTP"), (0x3003, U, "first@example.net")]] if others else []
        place = pick.choice(("stream", "within"))
        label = address.strip("<>").replace("m\u00fcller", "xn--mller-kva").replace("a..b%d" % i, "\"a..b%d\"" % i)
        yield Case("receiver-%d-%s" % (i, place), at(place, mm.tnef((0x1000, U, "x"), *rows, recipients=people), i),
                   want="first@example.net" if others else label)


def reports(count, seed=20):
    """Reports with a text of their own, or with nothing but facts. want: the text, the type."""
    pick = random.Random(seed)
    for i in range(count):
        klass = pick.choice(list(rare.REPORTS))
        text = pick.choice(("", "It was done, number %d." % i, "Gr\u00fc\u00dfe %d" % i))
        rows = [(0x001A, U, klass), (0x0037, U, "Report: Offer %d" % i), (0x0049, U, "Offer %d" % i),
                (0x0032, mm.T, mm.JAN_2020), (0x004E, mm.T, mm.JAN_2020)]
        if pick.randrange(2):
            rows.append((0x002A, mm.T, mm.JAN_2020))
        if text:
            rows.append((pick.choice((0x1001, 0x1001, 0x1000)), U, text))
        people = [[(0x0C15, L, 1), (0x3001, U, "Bob"), (0x3002, U, "SMTP"), (0x3003, U, "bob%d@example.org" % i)] + (
            [(0x1001, U, "No such user")] if pick.randrange(2) else [])]
        place = pick.choice(WITHIN)
        own = "No such user" if len(people[0]) > 4 else "Offer %d" % i
        yield Case("report-%d-%s-%s" % (i, klass, place), at(place, mm.tnef(
            *rows, kind="IPM.Note", recipients=people), i), want=(text or own, "message/" + rare.REPORTS[klass].decode()))


def documents(count, seed=21):
    """Files dragged into a folder. want: the file; nothing stands beside it."""
    pick = random.Random(seed)
    for i in range(count):
        name = pick.choice(("list%d.xls", "Gr\u00f6\u00dfe %d.doc", "%d.pdf", "x%d")) % i
        data = bytes(pick.randrange(256) for _ in range(pick.choice((1, 100, 4000))))
        klass = "IPM.Document." + pick.choice(("Excel.Sheet.8", "Word.Document.12", "AcroExch.Document", "txtfile"))
        place = pick.choice(WITHIN)
        yield Case("document-%d-%s" % (i, place), at(place, mm.tnef(
            (0x0037, U, name), files=[made.file(data, (0x3707, U, name))], kind=klass), i), want=(name, data))


def uneven(count, seed=22):
    """Line ends, boundaries and marks that no mail should have. Judged as mail_kinds' are."""
    pick = random.Random(seed)
    for i in range(count):
        mail = kinds.mail(i + 1, kind=pick.choice(("plain", "html", "rtf", "files")), host=pick.choice(kinds.HOSTS),
                          place=pick.choice(("behind", "nested", "forwarded", "before", "alternative")),
                          ends=pick.choice(("crcrlf", "cr", "utf16", "lf", "crlf")))
        data = mail.data
        fault = pick.choice(("none", "blank", "blanks-behind", "mark", "first", "last"))
        if mail.data[:2] != b"\xff\xfe":
            if fault == "blank":
                data = data.replace(b"boundary=\"outer\"", b"boundary=\"outer %s\"" % pick.choice((b"", b"  ")))
            elif fault == "blanks-behind":
                end = data[data.index(b"--outer") + 7:][:3]
                end = end if end == b"\r\r\n" else end[:2] if end[:2] == b"\r\n" else end[:1]
                data = data.replace(b"--outer" + end, b"--outer" + pick.choice((b" ", b"\t", b"  ")) + end)
            elif fault == "mark":
                data = b"\xef\xbb\xbf" + data
            elif fault == "first":
                data = pick.choice((b"\n", b"\r\n\r\n")) + data
            elif fault == "last" and b"\n" not in data:
                data += pick.choice((b"\n", b"\r\n", b"\r\n\n"))
        yield Case("uneven-%d-%s-%s" % (i, fault, mail.name), data, mail.streams, mail.around, fault)


def words_raw(count, seed=23):
    """Encoded words with bytes that no word may have. want: the text."""
    pick = random.Random(seed)
    charsets = [("windows-1252", "cp1252", "Gr\u00f6\u00dfe"), ("iso-8859-1", "latin-1", "\u00e9t\u00e9"),
                                          ("koi8-r", "koi8-r", "\u041f\u0440\u0438"), ("windows-1251", "cp1251", "\u041f\u0440\u0438"),
                                          ("utf-8", "utf-8", "Gr\u00f6\u00dfe \u65e5"), ("shift_jis", "cp932", "\u898b\u7a4d"),
                                          ("euc-kr", "euc-kr", "\ud55c\uae00"), ("big5", "big5", "\u5831\u544a"),
                                          ("iso-8859-7", "iso8859-7", "\u0391\u03b8"), ("gbk", "gbk", "\u62a5\u544a")]
    for i in range(count):
        label, codec, text = pick.choice(charsets)
        out = b""
        said = ""
        for ch in text:  # each character raw or quoted
            raw = ch.encode(codec)
            out += b"_" if ch == " " else raw if pick.randrange(2) and not set(raw) & set(b"=?_ \r\n\t") else b"".join(
                b"=%02X" % c for c in raw)
            said += ch
        before, after = pick.choice((("", ""), ("Re: ", ""), ("[x] ", " ok")))
        word = before.encode() + b"=?" + label.encode() + b"?" + pick.choice((b"Q", b"q")) + b"?" + out + b"?=" + after.encode()
        name = pick.randrange(2)
        yield Case("raw-%d-%s" % (i, label), made.named(word + b".pdf") if name else made.read_kinds.mail(
            b"Subject: " + word), want=(before + said + after + (".pdf" if name else ""), bool(name)))


def binaries(count, seed=24):
    """Attachments and bodies in base64 with every fault of its padding. want: the bytes, is it a body?"""
    pick = random.Random(seed)
    for i in range(count):
        pieces = [bytes(pick.randrange(32, 127) for _ in range(pick.choice((1, 2, 3, 4, 5, 57, 58, 100))))
                  for _ in range(pick.choice((1, 1, 2, 3)))]
        out = b""
        for k, piece in enumerate(pieces):
            text = base64.b64encode(piece)
            # Only the last may lack its padding: else nobody can say where it ends.
            text = text.rstrip(b"=") if k == len(pieces) - 1 and pick.randrange(2) else text
            n = pick.choice((76, 60, 4, 1000))
            out += b"".join(text[j:j + n] + pick.choice((b"\r\n", b"\n", b"")) for j in range(0, len(text), n))
            out += pick.choice((b"\r\n", b"", b" "))
        body = pick.randrange(2)
        data = made.read_kinds.mail(b"Subject: t", b"Content-Type: text/plain; charset=us-ascii",
                                    b"Content-Transfer-Encoding: " + pick.choice((b"base64", b"BASE64", b"base64;")),
                                    body=out) if body else made.read_kinds.with_file(
            b"Content-Type: application/octet-stream; name=f.bin", data=out)
        yield Case("base64-%d-%d" % (i, len(pieces)), data, want=(b"".join(pieces), bool(body)))


def roots(count, seed=25):
    """multipart/related with a start, around a stream or not. want: the HTML that is shown."""
    pick = random.Random(seed)
    for i in range(count):
        page = b"<p>Root %d <img src=\"cid:pic@x\"></p>" % i
        parts = [b"Content-Type: text/html\nContent-ID: <root@x>\n\n" + page + b"\n",
                 b"Content-Type: image/png; name=i.png\nContent-ID: <pic@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n",
                 b"Content-Type: text/html\nContent-ID: <other@x>\n\n<p>other %d\n" % i]
        pick.shuffle(parts)
        start = pick.choice((b"\"<root@x>\"", b"root@x", b"\"<ROOT@X>\"", b"<root@x>"))
        related = b"Content-Type: multipart/related; start=" + start + pick.choice((b"; type=\"text/html\"", b"")) + \
            b"; boundary=R\n\n" + b"".join(b"--R\n" + p for p in parts) + b"--R--\n"
        alone = pick.randrange(2)
        head = made.HEAD + b"MIME-Version: 1.0\n"
        data = head + related if alone else mm.mixed(related, kinds.plain(b"footer"), head=made.HEAD)
        yield Case("root-%d-%s" % (i, start.decode()), pick.choice((bytes, mm.crlf))(data), want=page.decode())


def mailboxes(count, seed=26):
    """Mailboxes of several mails, in the dialects that there are. want: subject and text of each."""
    pick = random.Random(seed)
    for i in range(count):
        dialect = pick.choice(("mboxo", "mboxrd", "mboxcl"))
        mails, data = [], b""
        for k in range(pick.choice((2, 2, 3, 7))):
            lines = [b"words %d of %d" % (k, i)] + [pick.choice((
                b"", b"From the shore we saw it", b">From above", b"Dear all,", b"--", b"From: nobody", b"x" * 300))
                for _ in range(pick.randrange(6))] + [b"end %d" % k]
            subject = pick.choice((b"Re: box %d", b"box %d", b"From here %d")) % k
            body = b"".join(line + b"\n" for line in lines)
            if dialect != "mboxcl":
                body = re.sub(rb"^(>*From )" if dialect == "mboxrd" else rb"^(From )", rb">\1", body, flags=re.M)
            head = b"From: anna@example.com\nTo: ben@example.org\nSubject: " + subject + b"\n"
            if dialect == "mboxcl":
                head += b"Content-Length: %d\n" % len(body)
            data += b"From " + pick.choice((b"anna@example.com", b"MAILER-DAEMON", b"-")) + \
                b" Thu Nov 21 09:%02d:00 1996\n" % k + head + b"\n" + body + b"\n"
            mails.append((subject.decode(), lines))
        if pick.randrange(3) == 0:
            data = data.rstrip(b"\n") + pick.choice((b"\n", b""))
        yield Case("mailbox-%d-%s-%d" % (i, dialect, len(mails)), pick.choice((bytes, mm.crlf))(data)
                   if dialect != "mboxcl" else data, want=mails)
