# SPDX-License-Identifier: ISC
"""E-mails that programs write and readers stumble over, each kind in all its variants, with
what a person reads in them. Same mails at each run; nothing from outside."""
import base64
import itertools
import quopri
import urllib.parse

CRLF = b"\r\n"
# A text of each charset, by Python's codec.
CHARSETS = [
    ("utf-8", "utf-8", "Größe 日本 Привет"), ("iso-8859-1", "latin-1", "Größe é"),
    ("iso-8859-2", "iso8859-2", "Žluť ąę"), ("iso-8859-5", "iso8859-5", "Привет"),
    ("iso-8859-7", "iso8859-7", "Αθήνα"), ("iso-8859-8", "iso8859-8", "שלום"),
    ("iso-8859-9", "iso8859-9", "ığş"), ("iso-8859-15", "iso8859-15", "é€"),
    ("windows-1250", "cp1250", "Žluť"), ("windows-1251", "cp1251", "Привет"),
    ("windows-1252", "cp1252", "Größe €"), ("windows-1253", "cp1253", "Αθήνα"),
    ("windows-1254", "cp1254", "ığş"), ("windows-1255", "cp1255", "שלום"),
    ("windows-1256", "cp1256", "سلام"), ("windows-1257", "cp1257", "ąžš"),
    ("windows-874", "cp874", "สวัส"), ("tis-620", "tis-620", "สวัส"),
    ("koi8-r", "koi8-r", "Привет"), ("koi8-u", "koi8-u", "Привіт"),
    ("ibm437", "cp437", "Größe é"), ("ibm850", "cp850", "Größe é"),
    ("ibm866", "cp866", "Привет"), ("macintosh", "mac-roman", "é Ü"),
    ("shift_jis", "cp932", "見積書"), ("windows-31j", "cp932", "見積書①"),
    ("euc-jp", "euc-jp", "見積書"), ("iso-2022-jp", "iso2022-jp", "見積書"),
    ("euc-kr", "euc-kr", "한글보고"), ("ks_c_5601-1987", "cp949", "한글보고"),
    ("gb2312", "gb2312", "报告"), ("gbk", "gbk", "报告"), ("gb18030", "gb18030", "报告"),
    ("big5", "big5", "報告"), ("big5-hkscs", "big5hkscs", "報告"), ("utf-7", "utf-7", "é日"),
    ("dos-720", "cp720", "ملف"), ("ibm273", "cp273", "Groesse ä"),
    ("ibm037", "cp037", "Summe 1"), ("hz-gb-2312", "hz", "报告"),
]
# Not ASCII below 0x80: no name of a file in them has a dot that another reader sees.
WIDE = ("ibm273", "ibm037")


def mail(*fields, body=b"x\r\n"):
    lines = [b"From: ann@example.org", *fields, b"MIME-Version: 1.0"]
    return CRLF.join(lines) + CRLF + CRLF + body


def with_file(*fields, data=b"aGk=", encoding=b"base64"):
    part = CRLF.join([*fields, b"Content-Transfer-Encoding: " + encoding])
    return mail(b"Subject: t", b"Content-Type: multipart/mixed; boundary=b",
                body=b"--b\r\n" + part + b"\r\n\r\n" + data + b"\r\n--b--\r\n")


def unpadded(data, keep=0):
    text = base64.b64encode(data)
    stem = text.rstrip(b"=")
    return stem + text[len(stem):][:keep]


def b_word(charset, data, keep=2):
    return b"=?%s?B?%s?=" % (charset.encode(), unpadded(data, keep))


def q_word(charset, data):
    quoted = b"".join(b"=%02X" % c if not chr(c).isalnum() or c > 0x7f else bytes([c])
                      for c in data)
    return b"=?%s?Q?%s?=" % (charset.encode(), quoted)


def words_of(charset, codec, text):
    """The same text as encoded words in all ways."""
    whole, half = text.encode(codec), len(text) // 2
    one, two = text[:half].encode(codec), text[half:].encode(codec)
    for keep in (0, 1, 2):
        yield "b%d" % keep, b_word(charset, whole, keep)
        yield "bb%d" % keep, b_word(charset, one, keep) + b"\r\n " + b_word(charset, two)
    yield "q", q_word(charset, whole)
    yield "qq", q_word(charset, one) + b" " + q_word(charset, two)
    yield "bq", b_word(charset, one) + b"\r\n\t" + q_word(charset, two)
    raw = whole.replace(b" ", b"_")
    if max(raw) > 0x7f and not set(raw) & set(b"=?\r\n\x1b\0 ") and charset not in WIDE:
        yield "raw", b"=?%s?Q?%s?=" % (charset.encode(), raw)


def names():
    """Yields name of the case, mail, name of the file."""
    for charset, codec, text in CHARSETS:
        full = text + ".pdf"
        for way, words in words_of(charset, codec, full):
            yield "name-%s-%s" % (charset, way), with_file(
                b"Content-Type: application/octet-stream",
                b"Content-Disposition: attachment;\r\n\tfilename=\"" + words + b"\""), full
            yield "type-%s-%s" % (charset, way), with_file(
                b"Content-Type: application/octet-stream;\r\n name=" + words), full
        data = full.encode(codec)
        quoted = urllib.parse.quote(data, safe="").encode()
        yield "2231-" + charset, with_file(
            b"Content-Type: application/octet-stream",
            b"Content-Disposition: attachment; filename*=%s''%s" % (charset.encode(), quoted)), full
        half = len(data) // 2
        yield "sections-" + charset, with_file(
            b"Content-Type: application/octet-stream",
            b"Content-Disposition: attachment; filename*0*=%s'x'%s;\r\n filename*1*=%s" % (
                charset.encode(), urllib.parse.quote(data[:half], safe="").encode(),
                urllib.parse.quote(data[half:], safe="").encode())), full


def subjects():
    for charset, codec, text in CHARSETS:
        for way, words in words_of(charset, codec, text):
            yield "subject-%s-%s" % (charset, way), mail(b"Subject: " + words), text
    for name, raw, want in (
            ("raw-utf-8", "Frösche".encode(), "Frösche"),
            ("raw-latin", "Frösche".encode("latin-1"), "Frösche"),
            ("raw-in-utf-8-word", b"=?utf-8?Q?Fr\xf6sche?=", "Frösche"),
            ("raw-utf-8-in-ascii-word", "=?us-ascii?Q?Frösche?=".encode(), "Frösche"),
            ("raw-beside", b"\xfc =?utf-8?Q?=C3=B6?=", "ü ö"),
            ("blanks-in-a-word", b"=?utf-8?Q?a b c?=", "a b c"),
            ("pads-within", b"=?utf-8?B?VEVTVA==VEVTVA==?=", "TESTTEST"),
            ("group-cut", b"=?utf-8?B?5p?= =?utf-8?B?el?=", "日")):
        yield "subject-" + name, mail(b"Subject: " + raw), want


FORMS = [  # of an address field: what it says, its addresses, its texts
    (b"%s", 1), (b"<%s>", 1), (b"Ann <%s>", 1), (b"\"Lee, Ann\" <%s>", 1), (b"%s (Ann)", 1),
    (b"Ann <mailto:%s>", 1), (b"<MAILTO:%s?subject=x>", 1), (b"mailto:%s", 1),
    (b"Ann [SMTP:%s]", 1), (b"[%s]", 1), (b"'%s'", 1), (b"<'%s'>", 1), (b"\"%s\"", 1),
    (b"\"Ann <%s>\"", 1), (b"Ann %s", 1), (b"Ann <%s", 1), (b"%s>", 1), (b"Ann <<%s>>", 1),
    (b"=?utf-8?Q?J=C3=B6rg?= <%s>", 1), (b"J\xf6rg <%s>", 1), (b"g: %s;", 1),
    (b"<@r.example,@s.example:%s>", 1), (b"Ann (no end <%s>", 1), (b"\"no end <%s>", 1),
]
ADDRESSES = [b"a@x.example", b"s..lee@x.example", b"lee.@x.example", b".lee@x.example",
             b"a@b@c.example", b"a@[10.0.0.1]", b"a_b+c=d@x.example",
             b"\"q x\"@x.example"]


def people():
    """Yields name, mail, kind ("to", "cc"), addresses as the field has them."""
    for (i, (form, _)), (k, address) in itertools.product(
            enumerate(FORMS), enumerate(ADDRESSES)):
        if b'"' in address and b'"' in form:
            continue
        if b"[" in address and b"[" in form:
            continue
        one = form % address
        field = b"To" if (i + k) % 2 else b"Cc"
        yield "people-%d-%d" % (i, k), mail(b"Subject: t", field + b": " + one), \
            field.decode().lower(), [address.decode()]
        yield "people-%d-%d-more" % (i, k), mail(
            b"Subject: t", field + b": first@x.example, " + one + b", last@x.example"), \
            field.decode().lower(), ["first@x.example", address.decode(), "last@x.example"]


def texts_without_address():
    for i, raw in enumerate((b"nobody in particular", b"Ann <>", b"undisclosed recipients:;")):
        yield "text-%d" % i, mail(b"Subject: t", b"To: " + raw), raw.strip(b" <>:;").decode()


def files():
    """Base64 in all its lengths and endings: name, mail, bytes."""
    for n in range(1, 32):
        data = bytes((i * 37 + n) & 0xff for i in range(n))
        for keep in (0, 1, 2):
            yield "b64-%d-%d" % (n, keep), with_file(
                b"Content-Type: application/octet-stream; name=f.bin",
                data=unpadded(data, keep)), data
        yield "b64-%d-joined" % n, with_file(
            b"Content-Type: application/octet-stream; name=f.bin",
            data=base64.b64encode(data) + b"\r\n" + base64.b64encode(data)), data + data
        yield "b64-%d-url" % n, with_file(
            b"Content-Type: application/octet-stream; name=f.bin",
            data=base64.urlsafe_b64encode(data)), data


def bodies():
    """Texts and HTML in each charset and encoding: name, mail, text, is it HTML?"""
    for charset, codec, text in CHARSETS:
        for kind in ("plain", "html"):
            if kind == "html" and charset in WIDE:
                continue
            full = text + " end" if kind == "plain" else "<p>%s</p>" % text
            data = full.encode(codec)
            ways = [("base64", unpadded(data)), ("base64", base64.b64encode(data)),
                    ("quoted-printable", quopri.encodestring(data))]
            if charset not in WIDE and b"\n" not in data:
                ways.append(("8bit", data))
            for i, (encoding, raw) in enumerate(ways):
                yield "body-%s-%s-%d" % (charset, kind, i), mail(
                    b"Subject: t",
                    ("Content-Type: text/%s; charset=%s" % (kind, charset)).encode(),
                    b"Content-Transfer-Encoding: " + encoding.encode(), body=raw), full, \
                    kind == "html"
    for label, data in (
            ("us-ascii", "Grüße".encode()), ("us-ascii", "Grüße".encode("cp1252")),
            ("utf-8", "Grüße".encode("cp1252")), ("x-nothing", "Grüße".encode("cp1252")),
            ("utf-16", b"\xff\xfe" + "Grüße".encode("utf-16-le")),
            ("utf-16", b"\xfe\xff" + "Grüße".encode("utf-16-be")),
            ("utf-16le", "Grüße".encode("utf-16-le")), ("utf-16", "Grüße".encode())):
        for kind, before, after in (("plain", "", ""), ("html", "<p>", "</p>")):
            codec = "utf-16-le" if data[1:2] == b"\0" or data[:2] == b"\xff\xfe" else \
                "utf-16-be" if data[:2] == b"\xfe\xff" else "ascii"
            mark = data[:2] if data[:2] in (b"\xff\xfe", b"\xfe\xff") else b""
            raw = mark + before.encode(codec) + data[len(mark):] + after.encode(codec)
            yield "body-lying-%s-%s-%s" % (label, kind, data.hex()[:12]), mail(
                b"Subject: t", ("Content-Type: text/%s; charset=%s" % (kind, label)).encode(),
                b"Content-Transfer-Encoding: base64",
                body=base64.b64encode(raw)), before + "Grüße" + after, kind == "html"


def deep_groups(n):
    return mail(b"Subject: s", b"To: " + b"g:" * n + b" a@x.example" + b";" * n)


def related():
    """multipart/related whose root stands anywhere: name, mail, the HTML, what else is in it.
    Without a start, and with one that names no part, the first is the root."""
    html = b"<p>root<img src=\"cid:pic@x\">"
    picture = (b"Content-Type: image/png; name=i.png\nContent-ID: <pic@x>\n"
               b"Content-Transfer-Encoding: base64\n\niVBORw==\n")
    other = b"Content-Type: text/html\nContent-ID: <other@x>\n\n<p>other\n"
    for root in (b"Content-Type: text/html\nContent-ID: <Root@x>\n\n" + html + b"\n",
                 b"Content-ID: <Root@x>\nContent-Type: multipart/alternative; boundary=A\n\n--A\n\nroot\n"
                 b"--A\nContent-Type: text/html\n\n" + html + b"\n--A--\n"):
        for at in range(3):
            for start in (b'"<Root@x>"', b'"root@x"', b"<ROOT@x>", b'" <Root@x> "'):
                parts = [picture, other]
                parts.insert(at, root)
                yield "related-%d-%s" % (at, start.decode()), mail(
                    b"Subject: t", b"Content-Type: multipart/related; boundary=R; start=" + start,
                    body=b"".join(b"--R\n" + p for p in parts) + b"--R--\n"), html.decode()
        for start in (b"", b"; start=\"<none@x>\""):
            yield "related-first-" + start.decode(), mail(
                b"Subject: t", b"Content-Type: multipart/related; boundary=R" + start,
                body=b"".join(b"--R\n" + p for p in (root, picture, other)) + b"--R--\n"), html.decode()
