#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mails that came out wrong somewhere, one of each kind, made here, with what is right."""
import base64
import email
import email.policy
import os
import quopri
import random
import re
import struct
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "system"))
import cfb_write  # noqa: E402
import mail_kinds as kinds  # noqa: E402
import make_mime as mm  # noqa: E402
from test_conserve import convert  # noqa: E402
from test_mime_output import tree  # noqa: E402

U, B, L = mm.U, mm.B, mm.L
SAID = kinds.SAID % 1


def one(data):
    outcome, notes, result = convert([("one", data)])[0]
    return outcome, notes, email.message_from_bytes(result, policy=email.policy.default)


def parts(mail):
    """{file name or type: bytes} of all leaves."""
    return {p.get_filename() or p.get_content_type(): p.get_payload(decode=True)
            for p in mail.walk() if not p.is_multipart()}


def attachment(method, data, title=b"Object\0", rendering=None, position=0xFFFFFFFF):
    out = mm.attr(2, 0x00069002, struct.pack("<HIHHI", 2 if method == 6 else 1, position, 0, 0, 0))
    out += mm.attr(2, 0x00018010, title) + mm.attr(2, 0x0006800F, data)
    if rendering:
        out += mm.attr(2, 0x00068011, rendering)
    return out + mm.attr(2, 0x00069005, mm.props((0x3705, L, method)))


class Shapes(unittest.TestCase):
    """What the mail around shows, and where the TNEF stands in it."""

    CASES = (
        # its own: what is not shown is added
        (dict(kind="plain", host="html-empty"), "mixed(html, mixed(plain, Plan 1.pdf))"),
        (dict(kind="html", host="html-empty"), "mixed(html, mixed(alternative(plain, html), Plan 1.pdf))"),
        (dict(kind="html", host="html-break"), "mixed(html, mixed(alternative(plain, html), Plan 1.pdf))"),
        (dict(kind="rtf", host="html-empty"), "mixed(html, mixed(alternative(plain, html), Plan 1.pdf))"),
        (dict(kind="plain", host="differs"), "mixed(plain, mixed(plain, Plan 1.pdf))"),
        (dict(kind="plain", host="html-differs", place="before"), "mixed(mixed(plain, Plan 1.pdf), html)"),
        # what is shown is not said twice
        (dict(kind="plain", host="same"), "mixed(plain, mixed(Plan 1.pdf))"),
        (dict(kind="plain", host="same-quoted"), "mixed(plain, mixed(Plan 1.pdf))"),
        (dict(kind="plain", host="same-footer"), "mixed(plain, mixed(Plan 1.pdf))"),
        (dict(kind="both", host="two-same"), "mixed(alternative(plain, html), mixed(Plan 1.pdf))"),
        (dict(kind="plain-bare", host="same"), "mixed(plain)"),
        (dict(kind="plain-bare", host="same", keys="equal"), "mixed(plain)"),
        # another mail's
        (dict(kind="plain", host="two-differ", dress="octets"),
         "mixed(alternative(plain, html), rfc822(mixed(plain, Plan 1.pdf)))"),
        (dict(kind="html-bare", host="two-differ", keys="lacking"),
         "mixed(alternative(plain, html), rfc822(alternative(plain, html)))"),
        (dict(kind="plain", host="same", keys="differ"), "mixed(plain, rfc822(mixed(plain, Plan 1.pdf)))"),
        (dict(kind="plain", host="differs", place="twice"),
         "mixed(plain, rfc822(mixed(plain, Plan 1.pdf)), rfc822(mixed(plain, Plan 1.pdf)))"),
        # multipart/alternative hides nothing
        (dict(kind="plain", host="same", place="alternative"), "mixed(alternative(plain), mixed(Plan 1.pdf))"),
        (dict(kind="plain", host="two-same", place="alternative"),
         "mixed(alternative(alternative(plain, html)), mixed(Plan 1.pdf))"),
        (dict(kind="html-bare", host="same", place="alternative"), "alternative(plain, mixed(alternative(plain, html)))"),
        (dict(kind="html", host="differs", place="alternative"),
         "mixed(alternative(plain), mixed(alternative(plain, html), Plan 1.pdf))"),
        (dict(kind="plain-bare", host="same", place="alternative"), "alternative(plain)"),
        (dict(kind="nothing", host="same", place="alternative-mixed"), "mixed(alternative(plain), plain)"),
        (dict(kind="plain", host="html-same", place="related"), "mixed(related(html), mixed(Plan 1.pdf))"),
    )

    def test_shapes(self):
        for want, shape in self.CASES:
            with self.subTest(want):
                outcome, notes, mail = one(kinds.mail(1, **want).data)
                self.assertEqual("converted", outcome, notes)
                shown = tree(mail).replace("alternative(plain, mixed(alternative(plain, html)))",
                                           "alternative(plain, mixed(html))")
                self.assertEqual(shape.replace("alternative(plain, mixed(alternative(plain, html)))",
                                               "alternative(plain, mixed(html))"), shown, notes)

    def test_a_meeting_stays_what_it_is(self):
        """Nothing is gained by another type, and programs that know it lose nothing."""
        for dress in ("tnef", "vnd"):
            data = kinds.mail(1, kind="meeting", host="same", dress=dress).data
            outcome, notes, mail = one(data)
            self.assertTrue(outcome == "passed" and notes or "text/calendar" in
                            [p.get_content_type() for p in mail.walk()], notes)


class Dresses(unittest.TestCase):
    def test_every_type_name_and_encoding(self):
        for row, values in (("dress", kinds.DRESSES), ("encoding", kinds.ENCODINGS)):
            for value in values:
                with self.subTest(value):
                    outcome, notes, mail = one(kinds.mail(1, host="same", **{row: value}).data)
                    self.assertEqual("converted", outcome, notes)
                    self.assertEqual(b"%PDF-1.4 plan\x8a\x03", parts(mail)["Plan 1.pdf"])

    def test_bytes_of_a_mail(self):
        for ends in ("lf", "crlf", "crcrlf", "cr", "utf16"):
            with self.subTest(ends):
                outcome, notes, mail = one(kinds.mail(1, ends=ends).data)
                self.assertEqual("mixed(plain, mixed(Plan 1.pdf))", tree(mail), notes)

    def test_a_boundary_that_ends_in_a_blank(self):
        data = kinds.mail(1).data.replace(b"boundary=\"outer\"", b"boundary=\"outer \"")
        self.assertEqual("mixed(plain, mixed(Plan 1.pdf))", tree(one(data)[2]))

    def test_in_a_text_by_uuencode(self):
        data = kinds.HEAD + b"\nHello\n\n" + mm.uu(kinds.stream("plain", 1)) + b"\nBye\n"
        _, notes, mail = one(data)
        self.assertEqual("mixed(plain, mixed(plain, Plan 1.pdf))", tree(mail), notes)
        self.assertIn("Bye", mail.get_body().get_content())

    def test_in_an_encoded_text_by_uuencode(self):
        """Texts in base64 and quoted-printable; several files, others among them."""
        one_file, two = mm.uu(kinds.stream("plain", 1)), mm.uu(kinds.stream("plain", 2))
        other = mm.uu(b"no TNEF" * 30).replace(b"winmail.dat", b"a.txt")
        head = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        part = "mixed(plain, Plan 1.pdf)"
        for name, text, want in (
                ("one", b"Hello \xc3\xa9\n\n" + one_file + b"\nBye\n", "mixed(plain, %s)" % part),
                ("two", b"Hello\n" + one_file + b"between\n" + two + b"Bye\n",
                 "mixed(plain, %s, %s)" % (part, part)),
                ("after another", b"Hello\n" + other + b"begin 644 no file\n" + two + b"Bye\n",
                 "mixed(plain, %s)" % part)):
            for encoding, encode in ((b"8bit", bytes), (b"base64", base64.encodebytes),
                                     (b"quoted-printable", quopri.encodestring)):
                for ends in (b"\n", b"\r\n"):
                    with self.subTest(name, encoding=encoding, ends=ends):
                        body = head + encoding + b"\n\n" + encode(text.replace(b"\n", ends))
                        _, notes, mail = one(kinds.HEAD + body)
                        self.assertEqual(want, tree(mail), notes)
                        said = mail.get_body().get_content()
                        self.assertIn("Hello", said)
                        self.assertIn("Bye", said)
                        self.assertEqual(name == "after another", "a.txt" in said)
                        _, notes, mail = one(mm.mixed(body, kinds.plain(b"footer")))
                        self.assertEqual("mixed(%s, plain)" % want, tree(mail), notes)

    def test_in_an_alternative_by_uuencode(self):
        """What comes out of the text is not hidden by the HTML beside it."""
        text = kinds.plain(b"Hello\n" + mm.uu(kinds.stream("plain", 1)))
        html = b"Content-Type: text/html\n\n<p>Hello"
        data = kinds.HEAD + b"Content-Type: multipart/alternative; boundary=A\n\n--A\n" + text + \
            b"\n--A\n" + html + b"\n--A--\n"
        _, notes, mail = one(data)
        self.assertEqual("mixed(alternative(plain, html), mixed(plain, Plan 1.pdf))", tree(mail), notes)

    def test_in_a_mail_in_base64(self):
        inner = kinds.mail(1).data
        for kind, whole in ((b"message/rfc822", True), (b"application/octet-stream", False)):
            with self.subTest(kind):
                part = (b"Content-Type: " + kind + b"; name=\"f.eml\"\nContent-Transfer-Encoding: base64\n"
                        b"Content-Disposition: attachment; filename=\"f.eml\"\n\n" + mm.b64(inner))
                _, notes, mail = one(mm.mixed(kinds.plain(b"forwarded"), part, boundary=b"O"))
                found = mail if whole else email.message_from_bytes(
                    parts(mail)["f.eml"], policy=email.policy.default)
                self.assertIn("Plan 1.pdf", parts(found), notes)

    def test_many_unknown_fields_first(self):
        many = b"".join(b"Zz%d: nobody knows this field, which is long enough\n" % i for i in range(2000))
        self.assertEqual("converted", one(many + kinds.mail(1).data)[0])
        self.assertEqual("refused", one(many)[0])

    def test_arc_is_as_dkim(self):
        data = b"ARC-Message-Signature: i=1; a=rsa-sha256; b=x\n" + kinds.mail(1).data
        self.assertEqual("passed", convert([("arc", data)], "-k")[0][0])
        self.assertIn("ARC-Message-Signature", one(data)[1])


class Contents(unittest.TestCase):
    def html_of(self, page, raw):
        rows = ((0x0037, U, "s"), (0x1013, B, raw)) + (((0x3FDE, L, page),) if page else ())
        _, notes, mail = one(mm.tnef(*rows))
        body = mail.get_body(("html",))
        return body.get_content_charset(), body.get_content(), notes

    def test_html_that_contradicts_its_page(self):
        def meta(name, text, codec):
            return ("<html><head><meta charset=\"%s\"></head><body>%s</body></html>" % (name, text)).encode(codec)

        for page, raw, text in (
                (20127, b"<p>\xe9 \x9c</p>", "\u00e9 \u0153"), (20127, "<p>\u00e9</p>".encode(), "\u00e9"),
                (1252, meta("utf-8", "\u00e9 \u010d", "utf-8"), "\u00e9 \u010d"),
                (950, meta("utf-8", "\u00e9 \u010d", "utf-8"), "\u00e9 \u010d"),
                (1251, meta("koi8-u", "\u041f\u0440\u0438\u0432\u0456\u0442", "koi8-u"), "\u041f\u0440\u0438\u0432\u0456\u0442"),
                (None, meta("koi8-u", "\u041f\u0440\u0438\u0432\u0456\u0442", "koi8-u"), "\u041f\u0440\u0438\u0432\u0456\u0442"),
                (65001, "\ufeff<p>Gr\u00f6\u00dfe</p>".encode("utf-16-le"), "Gr\u00f6\u00dfe"),
                (65001, "<p>\u00fcberall viel \u00dcbermut\xff</p>".encode() + b"\xff", "\u00fcberall viel \u00dcbermut")):
            with self.subTest(page=page, text=text):
                charset, content, notes = self.html_of(page, raw)
                self.assertIn(text, content)
                self.assertNotEqual("us-ascii", charset)
                self.assertIn("PidTagHtml", notes)
        self.assertNotIn("PidTagHtml", self.html_of(1252, b"<p>\xe9</p>")[2])
        self.assertNotIn("PidTagHtml", self.html_of(None, b"<p>plain</p>")[2])

    def test_cid_as_it_is_meant(self):
        for url, cid in (("a%40b", "a@b"), ("a&amp;b@c", "a&b@c"), ("a b@c", "a b@c"), ("A@B", "a@b"),
                         ("x" * 400 + "@y", "x" * 400 + "@y"), ("i.png", "")):
            with self.subTest(url[:20]):
                more = ((0x3712, U, cid),) if cid else ()
                stream = mm.tnef((0x1013, B, b"<img src=\"cid:" + url.encode() + b"\">"),
                                 files=[mm.filename("i.png", b"\x89PNG", (0x370E, U, "image/png"), *more)])
                _, notes, mail = one(stream)
                image = [p for p in mail.walk() if p.get_content_type() == "image/png"][0]
                self.assertEqual("inline", image.get_content_disposition(), notes)
                self.assertIn("related(", tree(mail))

    def test_names(self):
        stream = mm.tnef((0x1000, U, "x"), files=[
            mm.filename("\ufeffUml\u00e4ut.txt", b"1"), mm.filename("begin" + "n" * 400 + ".docx", b"2")])
        _, _, mail = one(stream)
        names = list(parts(mail))
        self.assertIn("Uml\u00e4ut.txt", names)
        long = [n for n in names if n.startswith("begin")][0]
        self.assertTrue(long.endswith(".docx") and len(long) <= 240, long)
        _, _, mail = one(kinds.stream("embedded", 1))
        self.assertIn("Inner 1.eml", [p.get_filename() for p in mail.walk()])

    def test_objects(self):
        package = mm.package(b"report.pdf", b"%PDF-pkg!")
        first = mm.ole1(b"Package", package)
        native = cfb_write.write({"\1Ole10Native": struct.pack("<I", len(package)) + package})
        contents = cfb_write.write({"CONTENTS": b"%PDF-1.4 contents"})
        wmf = b"\xd7\xcd\xc6\x9a" + bytes(40)
        for name, data, want in (
                ("OLE 1", first, {"report.pdf": b"%PDF-pkg!"}),
                ("Ole10Native", native, {"report.pdf": b"%PDF-pkg!", "Untitled Attachment": native}),
                ("CONTENTS", contents, {"Untitled Attachment.pdf": b"%PDF-1.4 contents",
                                        "Untitled Attachment": contents})):
            with self.subTest(name):
                _, notes, mail = one(mm.tnef((0x1000, U, "x"), files=[
                    attachment(6, data, b"Untitled Attachment\0")]))
                found = parts(mail)
                for file, inside in want.items():
                    self.assertEqual(inside, found.get(file), notes)
        _, notes, mail = one(mm.tnef((0x1000, U, "x"), files=[attachment(6, b"", b"Pic\0", wmf)]))
        self.assertEqual(wmf, parts(mail)["Pic.wmf"], notes)
        self.assertNotIn(b"", parts(mail).values())

    def test_places_in_rtf(self):
        """\\objattph: pictures and OLE renderings in order of position, however they are
        attached, and those without a place as they were."""
        wmf = b"\xd7\xcd\xc6\x9a" + bytes(40)
        pick = random.Random(5)
        for _ in range(300):
            count = pick.randint(1, 6)
            rtf = b"{\\rtf1\\ansi Text" + b"".join(
                b" \\objattph\\'20 word%d" % i for i in range(count)) + b"}"
            places = pick.sample(range(1, 400), count)
            files, want = [], []
            for i, position in enumerate(places):
                kind = pick.choice(("picture", "object", "file"))
                data = b"%d" % i
                if kind == "object":
                    files.append(attachment(6, data, b"o%d\0" % i, wmf + data, position))
                else:
                    name = b"%s%d.%s\0" % (kind.encode(), i, b"png" if kind == "picture" else b"pdf")
                    files.append(attachment(1, data, name, None, position))
                want.append((position, {"picture": data, "object": wmf + data}.get(kind)))
            files.insert(pick.randrange(count + 1), attachment(1, b"none", b"none.png\0"))
            _, notes, mail = one(mm.tnef((0x1009, B, mm.mela(rtf)), files=files))
            shown = {p["content-id"][1:-1]: p.get_payload(decode=True)
                     for p in mail.walk() if p.get_content_disposition() == "inline"}
            html = mail.get_body(("html",)).get_content()
            self.assertEqual([data for _, data in sorted(want) if data],
                             [shown[c] for c in re.findall("cid:([^\"]*)", html)], notes)
            whole = [p.get_payload(decode=True) for p in mail.walk() if not p.is_multipart()]
            for i in range(count):
                self.assertIn(b"%d" % i, whole)
            self.assertIn(b"none", whole)
            self.assertNotIn(b"none", shown.values())

    def test_signed_stays_byte_for_byte(self):
        """8-bit texts, bare LF, mixed ends and long lines: typed as what it is, and it verifies."""
        with tempfile.TemporaryDirectory() as folder:
            key, cert, out = (os.path.join(folder, n) for n in ("key", "cert", "out"))
            openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                       "-out", cert, "-subj", "/CN=Ann", "-days", "2"]
            subprocess.run(openssl, check=True, capture_output=True)
            for text, encoding in (
                    (b"Hello\r\nthere  \r\n", None), ("Gr\u00fc\u00dfe\r\n".encode(), "8bit"),
                    ("Gr\u00fc\u00dfe\nzwei\n".encode("latin-1"), "8bit"), (b"one\ntwo\r\nthree\n", "binary"),
                    (b"x" * 3000 + b"\r\n", "binary")):
                end = b"\r\n" if b"\r\n" in text else b"\n"
                signed = b"Content-Type: text/plain; charset=iso-8859-1" + end + end + text
                canon = signed.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                sign = ["openssl", "cms", "-sign", "-signer", cert, "-inkey", key, "-outform", "DER", "-binary"]
                cms = subprocess.run(sign, input=canon, check=True, capture_output=True).stdout
                entity = end.join((
                    b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";'
                    b' micalg=sha-256; boundary="SIG"', b"", b"--SIG", signed, b"--SIG",
                    b"Content-Type: application/pkcs7-signature", b"Content-Transfer-Encoding: base64",
                    b"", mm.b64(cms).replace(b"\n", end), b"--SIG--", b""))
                stream = mm.tnef(files=[mm.filename("smime.p7m", entity, (0x370E, U, "multipart/signed"))],
                                 kind="IPM.Note.SMIME.MultipartSigned")
                for data in (stream, mm.mixed(kinds.plain(b"host"), mm.part(stream))):
                    result = convert([("signed", data)])[0][2]
                    self.assertIn(entity[entity.index(b"--SIG"):].rstrip(), result)
                    mail = email.message_from_bytes(result, policy=email.policy.default)
                    part = [p for p in mail.walk() if p.get_content_type() == "multipart/signed"][0]
                    self.assertEqual(encoding, part["content-transfer-encoding"])
                    if data is stream:
                        verify = ["openssl", "cms", "-verify", "-noverify", "-out", out]
                        run = subprocess.run(verify, input=result, capture_output=True, check=False)
                        self.assertEqual(0, run.returncode, run.stderr)

    def test_what_the_mail_says_to_programs_already(self):
        """A calendar or a report beside its TNEF is not doubled; the TNEF stays, with a note."""
        calendar = (b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n"
                    b"UID:%s\nEND:VEVENT\nEND:VCALENDAR\n")
        notice = b"Content-Type: message/%s\n\nReporting-UA: x\n"
        goid = bytes.fromhex("040000008200e00074c5b7101a82e008") + bytes(24) + b"\x04\0\0\0ABCD"
        meeting = bytes.fromhex("90dad86e0b451b1098da00aa003f1305")
        named = (0x8001, B, goid, (meeting, 3))
        for kind, rows, beside, doubled in (
                ("IPM.Schedule.Meeting.Request", (), calendar % b"any", False),
                ("IPM.Schedule.Meeting.Request", (named,), calendar % goid.hex().upper().encode(), False),
                ("IPM.Schedule.Meeting.Request", (named,), calendar % b"of another meeting", True),
                ("REPORT.IPM.Note.IPNRN", (), notice % b"disposition-notification", False),
                ("REPORT.IPM.Note.NDR", (), notice % b"delivery-status", False),
                ("REPORT.IPM.Note.NDR", (), notice % b"disposition-notification", True)):
            for text in (b"shown", b"new words"):
                with self.subTest(kind, text=text, doubled=doubled):
                    stream = mm.tnef((0x1000, U, text.decode()), *rows, kind=kind)
                    _, notes, mail = one(mm.mixed(kinds.plain(b"shown"), beside, mm.part(stream)))
                    types = [p.get_content_type() for p in mail.walk()]
                    said = [t for t in types if t == "text/calendar" or t.startswith("message/d")]
                    self.assertEqual(2 if doubled else 1, len(said), types)
                    self.assertIn(text.decode(), str(mail))
                    if not doubled:
                        self.assertIn("application/ms-tnef", types)
                        self.assertIn("kept", notes)

    def test_text_behind_nul(self):
        for name, row in (("PidTagBody", (0x1000, U, "before\0behind")),
                          ("PidTagHtml", (0x1013, B, b"<p>before\0behind"))):
            _, notes, mail = one(mm.tnef(row))
            self.assertIn("behind", str(mail))
            self.assertIn(name, notes)
        self.assertEqual("", one(mm.tnef((0x1000, U, "ends with it\0")))[1])

    def test_forms_and_votes_leave_a_note(self):
        strings = bytes.fromhex("2903020000000000c000000000000046")
        common = bytes.fromhex("0820060000000000c000000000000046")
        field = (0x8001, U, "value", (strings, "MyField"))
        vote = (0x8002, U, "Approve", (common, 0x8524))
        for want, stream in (("MyField", mm.tnef((0x1000, U, "x"), field)),
                             ("IPM.Note.MyForm", mm.tnef((0x1000, U, "x"), kind="IPM.Note.MyForm"))):
            with self.subTest(want):
                self.assertIn(want, one(stream)[1])
        self.assertEqual("Approve", one(mm.tnef((0x1000, U, "x"), vote))[2]["X-MAPI-Voting-Response"])
        kept = (0x8001, U, "v", (strings, "x-mailer"))
        self.assertEqual("", one(mm.tnef((0x1000, U, "x"), kept))[1])

    def test_an_attachment_alone(self):
        head = struct.pack("<IH", 0x223E9F78, 1)
        data = head + mm.attr(2, 0x00069002, b"") + mm.attr(2, 0x00018010, b"a.txt\0") + mm.attr(2, 0x0006800F, b"data")
        _, notes, mail = one(data)
        self.assertEqual(b"data", parts(mail)["a.txt"], notes)


if __name__ == "__main__":
    unittest.main()
