# SPDX-License-Identifier: ISC
"""One input for each of the cases that tests/golden/cases.txt names, made anew: the same fault,
the same place, other words. What is right for each stands in tests/golden/made.txt.

    made() -> {"mail/09-video.eml": bytes, ...}
"""
import base64
import os
import struct
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cfb_write  # noqa: E402
import make_items as items  # noqa: E402
import make_mime as mm  # noqa: E402
import read_kinds  # noqa: E402

U, A, B, L, T, O = mm.U, 0x1E, mm.B, mm.L, mm.T, 0x0D
HEAD = (b"From: ann@example.org\nTo: bob@example.net\nSubject: Offer 12\n"
        b"Date: Wed, 01 Jan 2020 10:00:00 +0000\nMessage-ID: <outer@example.org>\n")
SUBJECT = ((0x0037, U, "Offer 12"), (0x1035, U, "<inner@example.org>"))
PLAN = b"%PDF-1.4 plan"
PNG = mm.png(1, 1, (1, 2, 3))
WMF = b"\xd7\xcd\xc6\x9a" + bytes(42)
STRINGS = bytes.fromhex("2903020000000000c000000000000046")
COMMON = bytes.fromhex("0820060000000000c000000000000046")
HEADERS = bytes.fromhex("8603020000000000c000000000000046")


# -- TNEF with any code page, any attributes ---------------------------------------------------

def stream(*rows, page=1252, kind=None, attrs=(), files=()):
    out = struct.pack("<IH", 0x223E9F78, 1) + mm.attr(1, 0x00089006, struct.pack("<I", 0x10000))
    out += mm.attr(1, 0x00069007, struct.pack("<II", page, 0))
    if kind:
        out += mm.attr(1, 0x00078008, kind.encode() + b"\0")
    for tag, data in attrs:
        out += mm.attr(1, tag, data)
    return out + mm.attr(1, 0x00069003, mm.props(*rows)) + b"".join(files)


def file(data, *rows, title=None, position=0xFFFFFFFF, how=1, picture=None):
    out = mm.attr(2, 0x00069002, struct.pack("<HIHHI", how, position, 32, 32, 0))
    if title is not None:
        out += mm.attr(2, 0x00018010, title + b"\0")
    if picture is not None:
        out += mm.attr(2, 0x00068011, picture)
    if data is not None:
        out += mm.attr(2, 0x0006800F, data)
    return out + (mm.attr(2, 0x00069005, mm.props(*rows)) if rows else b"")


def plan(data=PLAN):
    return file(data, title=b"Plan 9.pdf")


def note(*rows, files=()):
    return stream(*SUBJECT, *rows, files=files)


def said(text, *files):
    return note((0x1000, U, text), files=files)


def rich(text, *files):
    return note((0x1013, B, text), files=files)


def rtf(text, *files):
    return note((0x1009, B, mm.mela(text)), files=files)


SEE = said("see file", plan())
RICH = rich(b"<p>Rich <b>words</b></p>", plan())


# -- mails -----------------------------------------------------------------------------------

def part(data, kind=b"application/ms-tnef", name=b"winmail.dat", cte=b"base64", body=None):
    out = b"Content-Type: " + kind + (b"; name=\"%s\"" % name if name else b"") + b"\n"
    out += b"Content-Transfer-Encoding: " + cte + b"\n" if cte else b""
    out += b"Content-Disposition: attachment; filename=\"%s\"\n" % name if name else b""
    return out + b"\n" + (mm.b64(data) if body is None else body)


def text(words, kind=b"plain"):
    return b"Content-Type: text/" + kind + b"; charset=us-ascii\n\n" + words + b"\n"


def mail(*parts, kind=b"mixed", boundary=b"BB", head=HEAD):
    out = head + b"MIME-Version: 1.0\nContent-Type: multipart/" + kind + b"; boundary=\"" + boundary + b"\"\n\n"
    line = boundary.rstrip()
    return out + b"".join(b"--" + line + b"\n" + p + b"\n" for p in parts) + b"--" + line + b"--\n"


def beside(data, **how):
    return mail(text(b"see file\n"), part(data, **how))


def forward(data, plain=b"Please open this?"):
    both = b"Content-Type: multipart/alternative; boundary=I\n\n--I\n" + text(plain) + b"--I\n" + \
        text(b"<p>" + plain, b"html") + b"--I--"
    return mail(both, part(data, kind=b"application/octet-stream"), head=HEAD.replace(b"Offer 12", b"FW: it"))


def chunks(data, n):
    return b"".join(base64.b64encode(data[i:i + n]) + b"\n" for i in range(0, len(data), n))


def mails():
    secret = "HIDDEN words in text"
    receipt = stream((0x001A, U, "REPORT.IPM.Note.IPNRN"), (0x0037, U, "Read: Offer 12"),
                     (0x0032, T, mm.JAN_2020), (0x0049, U, "Offer 12"), (0x002A, T, mm.JAN_2020),
                     (0x1001, U, "Your message\r\n\r\n To: Ann\r\n\r\nwas read."),
                     kind="IPM.Microsoft Mail.Read Receipt")
    yield "02-receipt-in-mail.eml", mail(text(b"\n\n"), part(receipt))
    yield "02-receipt-reporttext.tnef", receipt
    name = "\u0645\u0644\u0641.doc".encode("cp720")
    yield "03-cp720.tnef", stream(
        (0x1000, A, b"Body " + name), page=720, attrs=[(0x00018004, b"S " + name + b"\0")],
        files=[file(b"data-720", (0x3707, A, name), title=name)])
    pictures = [file(PNG, (0x370E, U, "image/png"), title=b"a.png", position=15),
                file(PNG + b"b", (0x370E, U, "image/png"), title=b"b.png", position=24)]
    yield "04-objattph-word.tnef", rtf(
        b"{\\rtf1\\ansi Before {\\*\\objattph}picture\\objattph\\'20 between \\objattph\\'20 after\\par}", *pictures)
    yield "04-rtf-pics.tnef", rtf(b"{\\rtf1\\ansi Look \\objattph\\'20 then \\objattph\\'20 more\\par end}",
                                  *pictures, file(b"%PDF-1.4 x", title=b"c.pdf"))
    for short, url, cid in (("amp", b"a&amp;b@c", "a&b@c"), ("long", b"y" * 310 + b"@b", "y" * 310 + "@b"),
                            ("pct", b"a%40b", "a@b"), ("space", b"a b@c", "a b@c")):
        yield "06-cid-%s.tnef" % short, rich(
            b"<html><body><img src=\"cid:" + url + b"\"></body></html>",
            file(PNG, (0x3712, U, cid), (0x370E, U, "image/png"), title=b"i.png"))
    inner = mm.crlf(mail(text(b"see file\n"), part(said("words further in", file(b"%PDF-1.4 deep", title=b"in.pdf"))),
                         boundary=b"L"))
    yield "07-eml-rfc822-b64.eml", mail(text(b"see it"), part(inner, kind=b"message/rfc822", name=b"f.eml"))
    cyrillic = "\u041f\u0440\u0438\u0432\u0456\u0442"

    def page(charset, words, codec):
        return ("<html><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=%s\"></head><body>%s"
                "</body></html>" % (charset, words)).encode(codec)
    yield "08-html-only-mail.eml", beside(stream(
        *SUBJECT, (0x1013, B, page("koi8-u", cyrillic, "koi8-u")), (0x3FDE, L, 1251), page=1251))
    yield "09-b64-twochunks.eml", beside(SEE, body=chunks(SEE, 101))
    plain64 = mm.b64(SEE)
    yield "09-cte-7bit-base64body.eml", beside(SEE, cte=b"7bit", body=plain64)
    yield "09-cte-base64-upper.eml", beside(SEE, cte=b"BASE64", body=plain64)
    yield "09-cte-bogus.eml", beside(SEE, cte=b"base-64", body=plain64)
    yield "09-cte-none-base64body.eml", beside(SEE, cte=None, body=plain64)
    for short, name in (("name-ATT00005.eml", b"ATT00005.eml"), ("name-Part_1.2", b"Part 1.2"),
                        ("name-winmail.dat.dat", b"winmail.dat.dat"), ("name-winmail", b"winmail"),
                        ("name-x.tnf", b"x.tnf"), ("octet-ATT0001", b"ATT00001.dat"),
                        ("octet-winmail-dat2", b"winmail(1).dat")):
        yield "09-%s.eml" % short, beside(SEE, kind=b"application/octet-stream", name=name)
    yield "09-plain-type.eml", beside(SEE, kind=b"text/plain")
    yield "09-video.eml", beside(SEE, kind=b"video/mpeg")
    calendar = (b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nMETHOD:REQUEST\n"
                b"VERSION:2.0\nBEGIN:VEVENT\nUID:7\nDTSTART:20200101T100000Z\nDTEND:20200101T110000Z\nSUMMARY:x\n"
                b"END:VEVENT\nEND:VCALENDAR\n")
    meeting = stream((0x001A, U, "IPM.Schedule.Meeting.Request"), *SUBJECT, (0x1000, U, "when"),
                     kind="IPM.Microsoft Schedule.MtgReq")
    yield "10-calendar-alt.eml", mail(text(b"see file\n"), calendar, part(meeting), kind=b"alternative")
    yield "10-calendar-beside.eml", mail(text(b"see file\n"), calendar, part(meeting))
    for short, kind, status, klass, words in (
            ("mdn", b"disposition-notification", b"Final-Recipient: rfc822;bob@example.net\nDisposition: "
             b"manual-action/MDN-sent-manually; displayed\n", "REPORT.IPM.Note.IPNRN", "was read"),
            ("report", b"delivery-status", b"Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; "
             b"x@example.net\nAction: failed\nStatus: 5.1.1\n", "REPORT.IPM.Note.NDR", "Did not reach")):
        yield "10-%s-beside.eml" % short, mail(
            text(b"see file\n"), b"Content-Type: message/" + kind + b"\n\n" + status,
            part(stream((0x001A, U, klass), (0x1001, U, words))), kind=b"report; report-type=" + kind)
    yield "14-bom.tnef", said("see files", file(b"x", (0x3707, U, "\ufeff\u00dcber \u00d6l.txt"), title=b"BER~1.TXT"))
    sheet = cfb_write.write({"Workbook": bytes(100)})
    iid = bytes.fromhex("0b00000000000000c000000000000046")
    yield "15-ole-obj.tnef", said("see files", file(
        None, (0x3705, L, 6), (0x3701, O, iid + sheet), (0x3001, U, "Microsoft Excel Chart"),
        (0x370E, U, "application/vnd.ms-excel"), title=b"Chart", how=2, picture=WMF[22:]))
    yield "15-ole1-package.tnef", said("see files", file(
        mm.ole1(b"Package", mm.package(b"list.pdf", b"%PDF-inside")) + b"\0\0", title=b"list.pdf", how=2, position=3))
    price = "It costs 42 EUR.\r\n"
    shown = text(price.strip().encode())
    yield "20-alt-text.eml", mail(shown, part(said(price, plan())), kind=b"alternative")
    yield "20-alt-three.eml", mail(shown, text(b"<p>It costs 42 EUR.", b"html"), part(said(price)), kind=b"alternative")
    other = stream(*SUBJECT, (0x1000, U, price), (0x007F, B, b"<other@example.com>\0"), files=[plan()])
    yield "20-correlator-mismatch.eml", mail(
        text(b"[scanned]\n"), part(other), head=HEAD + b"X-MS-TNEF-Correlator: <outer@example.org>\n")
    yield "20-text-differs.eml", mail(text(b"[This message was scanned]\n"), part(said(price, plan())))
    yield "20-two-bodies.eml", mail(text(b"List digest\n"), part(said("Second body, other message.")),
                                    part(said(price, plan())))
    for short, number, html in (
            ("icp1251-metakoi8u", 1251, page("koi8-u", cyrillic, "koi8-u")),
            ("icp1252-metautf8", 1252, page("utf-8", "\u00e9 \u010d", "utf-8")),
            ("icp20127-1252bytes", 20127, b"<html><body>\xe9 \x9c</body></html>"),
            ("icp950-metautf8", 950, page("utf-8", "\u00e9 \u010d", "utf-8"))):
        yield "21-html-%s.tnef" % short, note((0x1013, B, html), (0x3FDE, L, number))
    yield "22-bound-space.eml", mail(text(b"see file\n"), part(RICH), boundary=b"BB ")
    yield "22-crcrlf.eml", mail(text(b"see file\n"), part(RICH)).replace(b"\n", b"\r\r\n")
    yield "24-arc.eml", b"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.org; bh=AA=; b=AA\n" + \
        mail(text(b"see file\n"), part(RICH))
    yield "26-textfwd-plain-noatt.eml", mail(text(b"Please open this?\n"), part(
        said(secret), kind=b"application/octet-stream"))
    html_secret = (0x1013, B, b"<p>HIDDEN words in <b>html</b></p>")
    yield "26-webfwd-html-key-noatt.eml", forward(
        note((0x1000, U, secret), html_secret, (0x007F, B, b"<inner@example.org>\0")))
    yield "26-webfwd-html-noatt.eml", forward(note((0x1000, U, secret), html_secret))
    yield "26-webfwd-plain.eml", forward(said(secret, plan()))
    yield "26-webfwd-rtf.eml", forward(note((0x1000, U, secret), (0x1009, B, mm.mela(
        b"{\\rtf1\\ansi HIDDEN words in {\\b rtf}\\par}")), files=[plan()]))
    for short, number in (("cp20127-8bit", 20127), ("cp65001-1252", 65001)):
        yield "27-body-%s.tnef" % short, stream(
            (0x0037, A, b"R\xf6sti"), (0x1000, A, b"R\xf6sti br\xfbl\xe9e"), page=number,
            files=[file(b"x", title=b"R\xf6sti.txt")])
    yield "29-file-meta-icon.tnef", said("x", file(b"file", title=b"f.doc", picture=WMF))
    yield "29-ole-meta-only.tnef", said("x", file(None, (0x3705, L, 6), title=b"Pic", how=2, picture=WMF))
    yield "29-ole-rtf-objattph.tnef", rtf(
        b"{\\rtf1\\ansi Chart one \\objattph\\'20 chart two \\objattph\\'20 end\\par}", *[
            file(None, (0x3705, L, 6), (0x3701, O, iid + sheet), title=b"Chart%d" % n, how=2, position=at, picture=WMF)
            for n, at in ((2, 26), (1, 10))])
    long_plan = said("see", plan(PLAN * 30))
    for n in (1, 58, 100):
        yield "30-b64-chunk%03d.eml" % n, beside(long_plan, body=chunks(long_plan, n))
    yield "30-b64-file-chunks.eml", HEAD + b"MIME-Version: 1.0\n" + part(long_plan, body=chunks(long_plan, 200))
    yield "31-att-b64-chunks.eml", mail(
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(b"Hello there\r\n") + b"\n" +
        base64.b64encode(b"-- \r\na list\r\n"), part(b"", kind=b"application/zip", name=b"a.zip",
                                                   body=chunks(b"REPORT-DATA-" * 20, 100)))
    hidden = note((0x1000, U, secret), html_secret, files=[plan()])
    empty = text(b"<html><head></head><body></body></html>", b"html")
    yield "32-brhtml-html.eml", mail(text(b"<html><body><div><br></div></body></html>", b"html"), part(hidden))
    yield "32-emptyhtml-html.eml", mail(empty, part(hidden))
    yield "32-emptyhtml-rtf.eml", mail(empty, part(note((0x1000, U, secret), (0x1009, B, mm.mela(
        b"{\\rtf1\\ansi HIDDEN words in {\\b rtf}\\par}")), files=[plan()])))
    yield "32-footer-after-plain.eml", mail(part(said(secret, plan())), text(b"_____\nour list\nlist@example.com"))
    footer = text(b"<hr>our list", b"html")
    yield "32-htmlfooter-after-html.eml", mail(part(hidden), footer)
    yield "32-htmlfooter-after-plain.eml", mail(part(said(secret, plan())), footer)
    yield "35-uu.eml", HEAD + b"\nHello\n\n" + mm.uu(SEE).replace(b"`", b" ").replace(b"\n \nend", b"\n`\nend") + b"\n"


# -- items -----------------------------------------------------------------------------------

def nested(depth):
    data = None
    for level in range(depth, 0, -1):
        rows, files = ((0x0037, U, "Step %d" % level), (0x1000, U, "step %d\r\n" % level)), ()
        if data is not None:
            files = [file(None, (0x3705, L, 5), (0x3701, O, bytes.fromhex("0703020000000000c000000000000046") + data),
                          (0x3001, U, "Step %d" % (level + 1)))]
        data = stream(*rows, files=files)
    return data


def charset(page, codec, words):
    raw = words.encode(codec)
    return stream((0x0037, A, raw), (0x1000, A, raw + b"\r\n"), (0x3FDE, L, page),
                  (0x1013, B, b"<html><body><p>" + raw + b"</p></body></html>"), page=page,
                  files=[file(b"x", title=raw + b".txt")])


ODD_NAMES = ("../../etc/shadow", "C:\\work\\c d.txt", "e\"f;g=h.txt", "line\r\nX-Bad: 1.txt", "\u202exslx.exe",
             "\U0001f600 smile.png", "z" * 300 + ".pdf", "stem.", "twice.txt", "twice.txt",
             "\u65e5\u672c \u05e9\u05dc\u05d5\u05dd.docx", "that's 50%.txt", "blank behind .txt ", "C&D.html")


def people():
    for i, (kind, address) in enumerate((
            ("SMTP", "a@example.org"), ("SMTP", ""), ("EX", "/o=Example/cn=Recipients/cn=b"),
            ("FAX", "+49 30 1"), ("SMTP", "c@m\u00fcller.example"), ("SMTP", "s..x@example.org"),
            ("SMTP", "mailto:d@example.org"), ("SMTP", "'e@example.org'"), ("SMTP", "<f@example.org>"))):
        yield ((0x0C15, L, 1 + i % 3), (0x3001, U, "O'Neil, \"N%d\"" % i), (0x3002, U, kind), (0x3003, U, address))


def tnefs():
    yield "att-reference", note((0x1000, U, "see\r\n"), files=[file(None, (0x3705, L, 7), (
        0x3707, U, "far.docx"), (0x370D, U, "https://files.example/far.docx"))])
    yield "att-win-in-win", said("see\r\n", file(
        stream((0x0037, U, "within"), (0x1000, U, "words within"), files=[file(b"hello", title=b"a.txt")]),
        (0x370E, U, "application/ms-tnef"), (0x3707, U, "winmail.dat")))
    yield "body-both", note((0x1000, U, "Plain < & words\r\nline 2\r\n"), (0x1013, B, b"<p>HTML &lt; &amp; words</p>"),
                            (0x1009, B, mm.mela(mm.HTML_IN_RTF)))
    yield "body-long-line", said("w" * 5000 + " end\r\n")
    yield "body-only-attbody", stream(attrs=[(0x00018004, b"Words\0"), (0x0002800C, b"Old words \xe9\r\n\0")])
    for page, codec, words in (
            (1251, "cp1251", "\u0414\u043e\u043c"), (1255, "cp1255", "\u05d1\u05d9\u05ea"),
            (1256, "cp1256", "\u0628\u064a\u062a"), (1258, "cp1258", "Vi\u00eat"), (437, "cp437", "Gr\u00fc\u00dfe"),
            (50220, "iso2022-jp", "\u3053\u3093\u306b\u3061\u306f"), (51932, "euc-jp", "\u3053\u3093\u306b\u3061\u306f"),
            (65001, "utf-8", "Gr\u00fc\u00dfe \U0001f600"), (936, "gbk", "\u4f60\u597d"), (950, "big5", "\u60a8\u597d")):
        yield "cs-%d" % page, charset(page, codec, words)
    yield "custom-form", note((0x8000, U, "value", (STRINGS, "Colour")), (0x001A, U, "IPM.Note.Order"),
                              (0x1000, U, "form\r\n"))
    yield "dates", stream((0x0037, U, "early"), (0x0039, T, 1), (0x1000, U, "x"))
    for name, sample in (
            ("distribution-list", "list"), ("dr", "report-dr"), ("journal", "journal"), ("ndr", "report-ndr"),
            ("read-receipt", "report-read"), ("meeting-cancel", "canceled"), ("meeting-response-counter", "counter"),
            ("meeting-request-recurring", "weekly"), ("meeting-request-moved-exception-embedded", "weekly-exceptions"),
            ("task-request", "task-request")):
        yield name, items.SAMPLES[sample]().tnef()
    yield "mail-with-contact", items.Item([(0x1a, U, "IPM.Note"), (0x37, U, "somebody"), (0x1000, U, "see it\r\n")], (
        ), [([(0x3001, U, "Eve Smith")], items.contact())]).tnef()
    yield "html-utf16", note((0x1013, B, "\ufeff<html><body>Gr\u00fc\u00dfe</body></html>".encode("utf-16-le")),
                             (0x3FDE, L, 65001))
    yield "inline-location", rich(
        b"<img src=\"http://x.example/i/a.png\"><img src=\"i/b.png\">",
        file(PNG, (0x3713, U, "http://x.example/i/a.png"), (0x3707, U, "a.png")),
        file(PNG + b"2", (0x3713, U, "i/b.png"), (0x3707, U, "b.png")))
    yield "inline-rtf-html", note((0x1009, B, mm.mela(mm.HTML_IN_RTF)), files=[file(
        PNG, (0x3712, U, "pic@1"), (0x7FFE, mm.BOOL, 1), (0x3707, U, "one.png"), position=7)])
    yield "inline-rtf-position", rtf(
        b"{\\rtf1\\ansi first \\objattph\\'20 second \\objattph\\'20 end\\par}",
        file(PNG + b"2", (0x370B, L, 15), (0x3707, U, "two.png"), position=15),
        file(PNG, (0x370B, L, 6), (0x3707, U, "one.png"), position=6))
    yield "name-cp932-titleonly", stream((0x0037, A, "\u898b\u7a4d".encode("cp932")), page=932, files=[
        file(b"xls", title=b"\x95\x5c\x8e\xa6.txt")])
    odd = [file(b"%d" % i, (0x3707, U, name)) for i, name in enumerate(ODD_NAMES)]
    odd += [file(b"short", (0x3001, U, "Shown name.txt"), title=b"SHORT~1.TXT"), file(b"none", (0x3705, L, 1)),
            file(b"", (0x3707, U, "nothing.bin")), file(b"no tnef", (0x3707, U, "winmail.dat"))]
    yield "name-odd", said("x\r\n", *odd)
    for depth in (30, 120):
        yield "nested-%d" % depth, nested(depth)
    yield "on-behalf", mm.RECIPIENTS
    yield "recall", stream((0x001A, U, "IPM.Outlook.Recall"), *SUBJECT, (0x1000, U, "Ann takes it back.\r\n"))
    yield "recipients-odd", mm.tnef(*SUBJECT, (0x1000, U, "hi\r\n"), recipients=list(people()))
    yield "rpmsg", note((0x8000, U, "rpmsg.message", (HEADERS, "content-class")), (0x1000, U, "Protected.\r\n"), files=[
        file(b"\x76\xe8\x04\x60\xc4\x11\xe3\x86" + bytes(32), (0x3707, U, "message.rpmsg"),
             (0x370E, U, "application/x-microsoft-rpmsg-message"))])
    yield "sharing", stream((0x001A, U, "IPM.Sharing"), *SUBJECT, (0x1000, U, "I share it\r\n"))
    yield "smime-clear", mm.tnef((0x0037, U, "Signed"), kind="IPM.Note.SMIME.MultipartSigned", files=[mm.filename(
        "smime.p7m", b"Content-Type: multipart/signed; boundary=\"SIG\"\r\n\r\n--SIG\r\nContent-Type: text/plain\r\n\r\n"
        b"Signed words\r\n--SIG\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nsig\r\n--SIG--\r\n",
        (0x370E, U, "multipart/signed"))])
    yield "voting-response", note((0x1000, U, ""), (0x8000, U, "Approve", (COMMON, 0x8524)))


# -- mails as they are read --------------------------------------------------------------------

NAMES = {
    "2231": ("big5", "euc-jp", "euc-kr", "gb18030", "iso-2022-jp", "iso-8859-15", "iso-8859-2", "iso-8859-8",
             "iso-8859-9", "koi8-u", "shift_jis", "tis-620", "utf-7", "windows-1254", "windows-1255", "windows-1256",
             "windows-874"),
    "2047": ("big5-hkscs", "cp932", "euc-jp", "gb2312", "gbk", "iso-2022-jp", "iso-8859-5", "iso-8859-7",
             "iso-8859-8", "ks_c_5601-1987", "macintosh", "shift_jis", "windows-1250", "windows-1253",
             "windows-1254", "windows-1257", "windows-31j", "windows-874"),
}


def named(value, raw=b"\""):
    return read_kinds.with_file(b"Content-Type: application/octet-stream",
                                b"Content-Disposition: attachment;\r\n\tfilename=" + raw + value + raw)


def reads():
    with_file, mime = read_kinds.with_file, read_kinds.mail
    bin_file = b"Content-Type: application/octet-stream; name=f.bin"

    def subject(words, data, keep=2):
        return with_file(bin_file, data=read_kinds.unpadded(data, keep)).replace(b"Subject: t", b"Subject: " + words)
    texts = {n: (c, t) for n, c, t in read_kinds.CHARSETS}
    texts["cp932"] = texts["shift_jis"]
    for way, charsets in NAMES.items():
        for name in charsets:
            codec, words = texts[name]
            data = (words + ".pdf").encode(codec)
            yield "name-%s-%s" % (name, way), named(read_kinds.b_word(name, data)) if way == "2047" else with_file(
                b"Content-Type: application/octet-stream", b"Content-Disposition: attachment;\r\n\tfilename*=%s''%s" % (
                    name.encode(), urllib.parse.quote(data, safe="").encode()))
    yield "addr", mime(b"Subject: t", b"To: s..lee@example.com, b@x.example, .dot@x.example, dot.@x.example, "
                       b"\"q x\"@x.example, a@[10.0.0.1], a@b@c.example, plain, <>, Nobody:;")
    yield "body-nopad", mime(b"Subject: t", b"Content-Type: text/plain; charset=utf-8",
                             b"Content-Transfer-Encoding: base64", body=b"aGVsbG8geW91IQ")
    words = "[\ud68c\uc0ac]2020.09.".encode(), "15 \uacbd\uc81c.pdf".encode()
    yield "dot", named(b"\r\n ".join(read_kinds.b_word("UTF-8", w) for w in words))
    yield "dot1", named(b"=?UTF-8?B?MjAyMC4wOS4=?= =?UTF-8?B?MTUueA==?=")
    yield "inner-eq", subject(b"=?utf-8?B?V09SRA==V09SRA==?=", b"").replace(b"\r\n\r\n\r\n--b--", b"\r\n\r\nd29yZHM=d29yZHM=\r\n--b--")
    yield "pad-none2", subject(b"=?utf-8?B?d29yZHM?=", b"DATA", 0)
    yield "pad-one", subject(b"=?utf-8?B?REFUQQ=?=", b"words", 1)
    yield "rawutf", subject("=?utf-8?Q?K\u00fche?=".encode(), b"words")
    yield "space-q", subject(b"=?utf-8?Q?c d e?=", b"words")
    yield "subj-nopad", mime(b"To: b@x.example", b"Subject: =?utf-8?B?aGVsbG8geW91IQ?=")
    two = b"=?UTF-8?B?Y2Nj?=", b"=?UTF-8?B?ZGRkLnBkZg==?="
    yield "q-two", named(b"=?UTF-8?Q?ccc?=\r\n\t=?UTF-8?Q?ddd.pdf?=")
    yield "two-folded", named(b"\r\n ".join(two))
    yield "two-oneline", named(b" ".join(two))
    yield "unquoted", named(b"\r\n ".join(two), b"")
    for i, boundary in enumerate((b"", b"; charset=utf-8")):
        yield "wm%d" % i, mime(b"Subject: t", b"Content-Type: application/ms-tnef; name=winmail.dat" + boundary,
                               b"Content-Transfer-Encoding: base64", body=mm.b64(mm.tnef(
                                   (0x1000, U, "Plain < & words\r\nline 2\r\n"), (0x1013, B, b"<p>HTML &lt;</p>"),
                                   (0x1009, B, mm.mela(mm.HTML_IN_RTF)), recipients=[next(people())])))


def made():
    out = {"mail/" + name: data for name, data in mails()}
    out.update(("items/%s.tnef" % name, data) for name, data in tnefs())
    out.update(("read/%s.eml" % name, data) for name, data in reads())
    # Python's decoder ends at the first padding: what is in it is seen by reading it.
    out["read/31-att-b64-chunks.eml"] = out["mail/31-att-b64-chunks.eml"]
    return out
