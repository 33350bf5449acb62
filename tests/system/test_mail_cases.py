#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mails that came out wrong somewhere, one of each kind, made here, with what is right."""
import email
import email.policy
import os
import struct
import sys
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

    def test_forms_and_votes_leave_a_note(self):
        strings = bytes.fromhex("2903020000000000c000000000000046")
        common = bytes.fromhex("0820060000000000c000000000000046")
        field = (0x8001, U, "value", (strings, "MyField"))
        vote = (0x8002, U, "Approve", (common, 0x8524))
        for want, stream in (("MyField", mm.tnef((0x1000, U, "x"), field)),
                             ("PidLidVerbResponse", mm.tnef((0x1000, U, "x"), vote)),
                             ("IPM.Note.MyForm", mm.tnef((0x1000, U, "x"), kind="IPM.Note.MyForm"))):
            with self.subTest(want):
                self.assertIn(want, one(stream)[1])
        kept = (0x8001, U, "v", (strings, "x-mailer"))
        self.assertEqual("", one(mm.tnef((0x1000, U, "x"), kept))[1])

    def test_an_attachment_alone(self):
        head = struct.pack("<IH", 0x223E9F78, 1)
        data = head + mm.attr(2, 0x00069002, b"") + mm.attr(2, 0x00018010, b"a.txt\0") + mm.attr(2, 0x0006800F, b"data")
        _, notes, mail = one(data)
        self.assertEqual(b"data", parts(mail)["a.txt"], notes)


if __name__ == "__main__":
    unittest.main()
