#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What the worker's conversion writes, read again by another program's parser.

After a wanted change: BULKHEAD_BUILD=build tests/system/test_mime_output.py --write-golden,
then read the difference before it is committed.
"""
import email
import email.policy
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
import make  # the samples' own maker

TOOL = os.path.join(BUILD, "tests", "convert-file")
SAMPLES = os.path.join(SOURCE, "tests", "corpus", "mime")
GOLDEN = os.path.join(SOURCE, "tests", "golden")


def convert(paths, folder, *options, before=(), env=None):
    """[(outcome, reason, output bytes)] in the order of paths, all by one process."""
    run = subprocess.run([*before, TOOL, *options, "-o", folder] + paths, stderr=subprocess.PIPE,
                         timeout=600, env=env)
    lines = run.stderr.decode("utf-8", "replace").splitlines()
    assert len(lines) == len(paths), run.stderr[-2000:]
    out = []
    for i, line in enumerate(lines):
        outcome, _, _, reason = line.split("\t")
        with open(os.path.join(folder, str(i)), "rb") as f:
            out.append((outcome, reason, f.read()))
    return out


def files(*folders):
    found = []
    for folder in folders:
        for root, _, names in os.walk(folder):
            found += [os.path.join(root, n) for n in names]
    return sorted(found)


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def defects(mail):
    bad = [repr(d) for d in mail.defects]
    for name, value in mail.items():
        bad += ["%s: %r" % (name, d) for d in getattr(value, "defects", [])]
    if mail.is_multipart():
        for part in mail.iter_parts() if mail.get_content_maintype() == "multipart" \
                else mail.get_payload():
            bad += defects(part)
    elif mail.get_content_maintype() == "text":
        mail.get_content()
    return bad


def long_lines(data):
    """Lines that are longer than they may be: 998 bytes, 78 where a blank would let them be
    folded, and 76 with encoded words in them."""
    bad = []
    for line in data.split(b"\n"):
        line = line.rstrip(b"\r")
        words = re.search(rb"=\?[^?]+\?[BbQq]\?", line)
        if len(line) > 998 or (len(line) > (76 if words else 78) and
                               b" " in line.split(b":", 1)[-1].strip()):
            bad.append(line[:100])
    return bad


def faults(data):
    """What is wrong with a mail that was written by us from its first byte to its last."""
    found = defects(parse(data)) + long_lines(data)
    if b"Content-Transfer-Encoding: 8bit" not in data and not data.isascii() or b"\0" in data:
        found.append("not 7-bit")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", data):
        found.append("a line end that is not CRLF")
    return found


def tree(mail):
    """"mixed(plain, html, file.txt)": the shape of a mail on one line."""
    name = mail.get_filename()
    if mail.is_multipart():
        kind = mail.get_content_subtype()
        return kind + "(" + ", ".join(tree(p) for p in mail.get_payload()) + ")"
    return name if name else mail.get_content_subtype()


# name of the sample -> shape of the result
TREES = {
    "winmail-lf.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-crlf.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-qp.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-uu.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-binary.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-octets.eml": "mixed(plain, rfc822(mixed(plain, hello.txt)))",
    "winmail-tnef-name.eml": "mixed(plain, rfc822(mixed(plain, hello.txt)))",
    "winmail-no-end.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-hostile-boundary.eml": "mixed(plain, mixed(plain, hello.txt))",
    "winmail-prefix-boundary.eml": "mixed(plain, mixed(plain, hello.txt))",
    "dkim.eml": "mixed(plain, mixed(plain, hello.txt))",
    "dkim-around.eml": "mixed(rfc822(mixed(plain, mixed(plain, hello.txt))))",
    "two-parts.eml": "mixed(plain, rfc822(mixed(plain, hello.txt)), rfc822(mixed(plain, hello.txt)), "
                     "rfc822(mixed(alternative(plain, related(html, pic.png)), "
                     "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt)))",
    "forwarded.eml": "mixed(plain, rfc822(mixed(html, mixed(plain, hello.txt))))",
    "winmail-no-body.eml": "mixed(mixed(alternative(plain, related(html, pic.png)), "
                           "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt))",
    "winmail-rich.eml": "mixed(plain, mixed(alternative(plain, related(html, pic.png)), "
                        "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt))",
    "winmail-rich-in-html.eml": "mixed(plain, html, mixed(alternative(plain, related(html, pic.png)), "
                                "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt))",
    "winmail-nothing.eml": "mixed(plain, mixed(plain))",
    "winmail-rtf-text.eml": "mixed(plain, mixed(plain))",
    "winmail-rtf-only.eml": "mixed(plain, mixed(alternative(plain, html)))",
    "winmail-rtf-html.eml": "mixed(plain, mixed(alternative(plain, related(html, pic.png))))",
    "winmail-rtf-in-html.eml": "mixed(plain, html, mixed(alternative(plain, html)))",
    "winmail-task.eml": "mixed(plain, mixed(plain, task.ics))",
    "winmail-files.eml": "mixed(plain, mixed(one.bin, two.bin))",
    "winmail-damaged-late.eml": "mixed(plain, mixed(plain, hello.txt, winmail-original.dat))",
    "stale.eml": "mixed(plain, rfc822(mixed(alternative(plain, html), f.txt)))",
    "same-correlator.eml": "mixed(plain, mixed(alternative(plain, html)))",
    "top-level.eml": "mixed(alternative(plain, related(html, pic.png)), "
                     "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt)",
    "top-level-crlf.eml": "mixed(plain, hello.txt)",
    "top-level-text.eml": "plain",
    "note.tnef": "mixed(plain, hello.txt)",
    "rich.tnef": "mixed(alternative(plain, related(html, pic.png)), "
                 "r\u00e9sum\u00e9 \u2013 \u65e5\u672c.txt)",
    "files.tnef": "mixed(plain, one.bin, two.bin)",
    "task.tnef": "mixed(plain, task.ics)",
    "rtf-only.tnef": "alternative(plain, html)",
    "rtf-html.tnef": "alternative(plain, related(html, pic.png))",
    "rtf-text.tnef": "plain",
    "rtf-pictures.tnef": "alternative(plain, related(html, picture-1.png))",
    "rtf-hidden.tnef": "mixed(alternative(plain, html), message.rtf)",
    "rtf-items.tnef": "mixed(alternative(plain, related(html, picture-1.png, picture-2.jpg, "
                      "picture-3.emf, picture-4.wmf, picture-5.bmp, picture-7.png)), inside.txt, "
                      "object-8.xls)",
    "rtf-older.tnef": "mixed(plain, message.rtf)",
    "rtf-native.tnef": "alternative(plain, html)",
    "rtf-plain-native.tnef": "mixed(plain, message.rtf)",
    "rtf-blank.tnef": "plain",
    "rtf-none.tnef": "mixed(plain, message.rtf)",
    "recipients.tnef": "plain",
    "embedded.tnef": "mixed(plain, rfc822(mixed(plain, hello.txt)))",
    "empty.tnef": "mixed(plain, winmail-original.dat)",
    "subject-only.tnef": "plain",
    "hostile.tnef": "mixed(plain, pass  wd, a\"; filename=\"b.exe, " + "n" * 236
                    + ".txt, attachment-4.gif)",
}


def golden_of(path):
    """A TNEF sample's is a.eml; a MIME sample's, which may be a.eml itself, a-eml.eml."""
    name = os.path.basename(path)
    if os.path.dirname(path) == SAMPLES:
        return os.path.join(GOLDEN, name.replace(".", "-") + ".eml")
    return os.path.join(GOLDEN, os.path.splitext(name)[0] + ".eml")


def write_golden():
    paths = files(SAMPLES, os.path.join(SOURCE, "tests", "corpus", "tnef"))
    with tempfile.TemporaryDirectory() as folder:
        for path, (outcome, _, data) in zip(paths, convert(paths, folder)):
            if outcome == "converted":
                with open(golden_of(path), "wb") as f:
                    f.write(data)


class Samples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.paths = files(SAMPLES)
        assert len(cls.paths) > 40
        cls.results = dict(zip(map(os.path.basename, cls.paths),
                               convert(cls.paths, cls.folder.name)))
        cls.inputs = {}
        for path in cls.paths:
            with open(path, "rb") as f:
                cls.inputs[os.path.basename(path)] = f.read()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_shapes(self):
        for name, want in TREES.items():
            with self.subTest(name):
                outcome, reason, data = self.results[name]
                self.assertEqual((outcome, reason), ("converted", ""))
                mail = parse(data)
                self.assertEqual(tree(mail), want)
                if name not in ("winmail-no-end.eml",):
                    self.assertEqual(defects(mail), [])

    def test_others_pass_byte_for_byte(self):
        for name, (outcome, _, data) in self.results.items():
            if name not in TREES:
                with self.subTest(name):
                    self.assertEqual(outcome, "passed")
                    self.assertEqual(data, self.inputs[name])

    def test_golden(self):
        for name in TREES:
            with self.subTest(name):
                with open(golden_of(os.path.join(SAMPLES, name)), "rb") as f:
                    self.assertEqual(self.results[name][2], f.read())

    def test_again_is_the_same(self):
        """In another process, and twice in one."""
        with tempfile.TemporaryDirectory() as folder:
            again = convert(self.paths + self.paths, folder)
        self.assertEqual([r[2] for r in again],
                         [self.results[os.path.basename(p)][2] for p in self.paths] * 2)

    def test_nothing_is_left_to_convert(self):
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            paths = []
            for i, name in enumerate(sorted(TREES)):
                paths.append(os.path.join(first, "%d.eml" % i))
                with open(paths[-1], "wb") as f:
                    f.write(self.results[name][2])
            self.assertEqual({r[0] for r in convert(paths, second)}, {"passed"})

    def test_signed_by_dkim(self):
        """convert.dkim: converted with a note, or kept with a note; others are converted."""
        signed = [p for p in self.paths if "dkim" in os.path.basename(p)]
        self.assertEqual(len(signed), 2)
        for options, outcome, note in (((), "converted", "signs the body as it was"),
                                       (("-k",), "passed", "covers it, left as it is")):
            for path in signed:
                with self.subTest(path), tempfile.TemporaryDirectory() as folder:
                    run = subprocess.run([TOOL, "-n", "-o", folder, *options, path],
                                         stderr=subprocess.PIPE, check=True)
                    said = run.stderr.decode()
                    self.assertIn(outcome + "\t", said)
                    self.assertIn(note, said)
        with tempfile.TemporaryDirectory() as folder:
            kept = convert(self.paths, folder, "-k")
        for path, (outcome, _, data) in zip(self.paths, kept):
            name = os.path.basename(path)
            want = ("passed", self.inputs[name]) if path in signed else \
                self.results[name][::2]
            self.assertEqual((outcome, data), want, name)

    def test_bytes_around_stay(self):
        """Before and behind the TNEF part the result is the input."""
        for name in ("winmail-lf.eml", "winmail-crlf.eml", "dkim.eml", "winmail-qp.eml"):
            with self.subTest(name):
                data, result = self.inputs[name], self.results[name][2]
                before = data[:data.index(b"Content-Type: application/ms-tnef")]
                behind = data[data.rindex(b"--outer--"):]
                self.assertTrue(result.startswith(before))
                self.assertTrue(result.endswith(behind))

    def test_line_ends(self):
        for name in TREES:
            data = self.results[name][2]
            crlf = name.endswith((".tnef", "-crlf.eml"))
            with self.subTest(name):
                self.assertEqual(len(re.findall(b"(?<!\r)\n", data)) == 0, crlf)
                self.assertLess(max(map(len, data.split(b"\n"))), 999)
                if name.endswith(".tnef"):
                    self.assertTrue(data.isascii())

    def test_contents(self):
        rich = parse(self.results["rich.tnef"][2])
        self.assertEqual(rich.get_body(("plain",)).get_content(), "Plain of the rich one.\r\n")
        self.assertIn("R\u00efch <img", rich.get_body(("html",)).get_content())
        files = parse(self.results["files.tnef"][2])
        one, two = files.iter_attachments()
        self.assertEqual(one.get_content(), bytes(range(256)))
        self.assertEqual(two.get_content(), b"")
        inner = list(parse(self.results["embedded.tnef"][2]).iter_attachments())[0]
        self.assertEqual(inner.get_content()["Subject"], "from inside")
        task = list(parse(self.results["task.tnef"][2]).iter_attachments())[0]
        self.assertEqual(task.get_content_type(), "text/calendar")
        self.assertIn("BEGIN:VTODO\r\n", task.get_content())

    def test_rtf(self):
        def body(name, kind):
            return parse(self.results[name][2]).get_body((kind,)).get_content()

        self.assertIn("<b>Bold.</b>", body("rtf-only.tnef", "html"))
        self.assertEqual(body("rtf-only.tnef", "plain"), "Bold.\r\n")
        self.assertEqual(body("rtf-html.tnef", "html").rstrip(),
                         "<p>R\u00efch <b>\u041f\u0440\u0438</b><img src=\"cid:pic@1\"></p>")
        self.assertEqual(body("rtf-html.tnef", "plain"), "R\u00efch \u041f\u0440\u0438\r\n")
        self.assertEqual(body("rtf-text.tnef", "plain"), "\u041f\u0440\u0438.\r\n")
        self.assertEqual(body("rtf-older.tnef", "plain"), "Newer.\r\n")
        self.assertIn("<b>Older.</b>", body("rtf-native.tnef", "html"))
        for name, begin in (("rtf-older.tnef", b"{\\rtf1\\ansi {\\b Older"),
                            ("rtf-hidden.tnef", b"{\\rtf1\\ansi Shown"),
                            ("rtf-none.tnef", b"This is no RTF.")):
            with self.subTest(name):
                rtf = list(parse(self.results[name][2]).iter_attachments())[0]
                self.assertEqual(rtf.get_content_type(), "application/rtf")
                self.assertTrue(rtf.get_content().startswith(begin))

    def test_header(self):
        mail = parse(self.results["recipients.tnef"][2])
        want = {
            "From": "\"Boss, The \\\"Big\\\"\" <boss@example.org>",
            "Sender": "S\u00e9cr\u00e9taire <sec@example.org>",
            "Cc": "Carol <carol@example.org>",
            "Bcc": "hidden@example.org",
            "Subject": "\u00dcber alles: " + "\u65e5\u672c\u8a9e" * 20,
            "Date": "Wed, 01 Jan 2020 00:00:00 +0000",
            "Message-ID": "<m1@example.org>",
            "In-Reply-To": "<m0@example.org>",
            "References": " ".join("<r%d@example.org>" % i for i in range(12)),
            "Importance": "high", "X-Priority": "1", "Sensitivity": "Private",
            "Thread-Topic": "alles", "Thread-Index": "AAECAwQFBgcICQoLDA0ODxAREhMUFQ==",
        }
        self.assertEqual({k: str(mail[k]) for k in want}, want)
        self.assertEqual([a.addr_spec for a in mail["To"].addresses],
                         ["bob@example.net",
                          "IMCEAEX-_O=ORG_OU=SITE_CN=RECIPIENTS_CN=PERSON@unknown.invalid",
                          "odd@example.org"])

    def test_no_property_makes_a_field(self):
        mail = parse(self.results["hostile.tnef"][2])
        self.assertEqual([k.lower() for k in mail.keys()],
                         ["received", "from", "subject", "message-id", "thread-topic",
                          "x-ms-has-attach", "mime-version", "content-type"])


class Streams(unittest.TestCase):
    """The TNEF samples, each with the mail that comes out of it."""

    def test_golden(self):
        paths = files(os.path.join(SOURCE, "tests", "corpus", "tnef"))
        compared = 0
        with tempfile.TemporaryDirectory() as folder:
            for path, (outcome, _, data) in zip(paths, convert(paths, folder)):
                name = os.path.basename(path)
                golden = golden_of(path)
                if outcome == "refused" or not os.path.exists(golden):
                    continue
                with self.subTest(name), open(golden, "rb") as f:
                    self.assertEqual(data, f.read())
                    self.assertEqual(faults(data), [])
                compared += 1
        self.assertGreater(compared, 60)

    def one(self, name):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(SOURCE, "tests", "corpus", "tnef", name + ".tnef")
            outcome, _, data = convert([path], folder)[0]
        self.assertEqual("converted", outcome)
        return data

    def test_every_attribute_has_a_sample(self):
        with open(os.path.join(SOURCE, "worker", "format", "tnef", "tnef_attr.c")) as f:
            known = {int(n, 16) for n in re.findall(r"\{ (0x000[0-9a-f]{5}), LEVEL", f.read())}
        self.assertGreater(len(known), 30)
        seen = set()
        for path in files(os.path.join(SOURCE, "tests", "corpus", "tnef")):
            with open(path, "rb") as f:
                data = f.read()
            at = 6
            while at + 9 <= len(data):
                tag, length = struct.unpack_from("<II", data, at + 1)
                seen.add(tag)
                at += 11 + length
        self.assertEqual(set(), known - seen)

    def test_every_type_has_a_sample(self):
        """Each type that the reader knows, of one value and of many, plain and named."""
        with open(os.path.join(SOURCE, "worker/format/tnef/tnef_props.c"), encoding="ascii") as f:
            known = re.findall(r"\{ PT_(\w+), \d+, (?:true|false) \},", f.read())
        with open(os.path.join(SOURCE, "worker/message/props.c"), encoding="ascii") as f:
            label = dict(re.findall(r'\{ PT_(\w+), "(\w+)" \}', f.read()))
        self.assertGreater(len(known), 15)
        plain, named = set(), set()
        for path in files(GOLDEN):
            if path.endswith(".dump"):
                with open(path, encoding="utf-8") as f:
                    for name, kind in re.findall(r"^ +([^ ]+).*? (Ptyp\w+)(?: |$)", f.read(), re.M):
                        (named if ":" in name else plain).add(kind)
        for kind in known:
            self.assertIn(label[kind], plain)
            self.assertIn(label[kind], named)
            if kind not in ("NULL", "ERROR", "BOOLEAN", "OBJECT"):  # have no multiple (2.11.1)
                self.assertIn(label[kind].replace("Ptyp", "PtypMultiple"), plain)
                self.assertIn(label[kind].replace("Ptyp", "PtypMultiple"), named)

    def test_every_property_that_is_a_field(self):
        want = {
            "From": "The Board <board@example.com>", "Sender": "Anna <anna@example.com>",
            "Disposition-Notification-To": "Receipts <receipts@example.com>",
            "Return-Receipt-To": "The Board <board@example.com>",
            "Reply-To": "One <one@example.com>, Two <two@example.com>",
            "To": "Ben <ben@example.com>", "Cc": "Cid <cid@example.com>",
            "Bcc": "Dan <dan@example.com>", "Subject": "RE: figures",
            "Date": "Thu, 21 Nov 1996 09:55:06 +0000",
            "Reply-By": "Fri, 22 Nov 1996 13:41:46 +0000",
            "Expires": "Sat, 23 Nov 1996 17:28:26 +0000", "Message-ID": "<id@example.com>",
            "In-Reply-To": "<reply@example.com>",
            "References": "<first@example.com> <reply@example.com>", "Thread-Topic": "figures",
            "Thread-Index": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka",
            "List-Help": "<mailto:help@example.com>",
            "List-Subscribe": "<mailto:sub@example.com>",
            "List-Unsubscribe": "<mailto:unsub@example.com>", "Importance": "low",
            "X-Priority": "5", "Priority": "non-urgent", "Sensitivity": "Company-Confidential",
            "X-MS-Exchange-Organization-AutoForwarded": "true",
            "X-MS-Exchange-Organization-SenderIdResult": "Pass",
            "X-MS-Exchange-Organization-PRD": "example.com",
            "X-MS-Exchange-Organization-SCL": "-1",
            "X-Microsoft-Classified": "true", "X-Microsoft-ClassKeep": "true",
            "X-Microsoft-Classification": "confidential",
            "X-Microsoft-ClassDesc": "Vertraulich, \u00a7 3", "X-Microsoft-ClassID": "{2-3}",
            "X-MS-Has-Attach": "yes", "accept-language": "de, en", "Xref": "news.example 1",
            "Unheard-Of": "nobody knows it", "Content-Language": "de-DE", "content-class": "fax",
            "Content-Base": "https://example.com/",
            "X-Auto-Response-Suppress": "NDR, NRN, OOF, AutoReply",
            "X-Message-Flag": "Follow up", "Keywords": "red, Gr\u00fcn", "x-own-header": "a value",
            "Organization": "fine", "MIME-Version": "1.0",
        }
        mail = parse(self.one("headers"))
        self.assertEqual(want, {k: str(v) for k, v in mail.items() if k != "Content-Type"})
        text, part = mail.iter_parts()
        self.assertEqual(("<body@example.com>", "https://example.com/body"),
                         (text["Content-ID"], text["Content-Location"]))
        self.assertEqual(("part.xml", "https://example.com/", "a class", "{1}"),
                         tuple(part[k] for k in ("Content-Location", "Content-Base",
                                                 "X-Payload-Class", "X-Payload-Provider-Guid")))

    def test_numbers_have_words(self):
        names = ("Importance", "X-Priority", "Priority", "Sensitivity",
                 "X-MS-Exchange-Organization-SenderIdResult", "Content-Language")
        for sample, want in (("low", ("low", "5", "non-urgent", None, "Neutral", None)),
                             ("normal", (None, None, None, "Personal", "None", None)),
                             ("high", ("high", "1", "urgent", "Private", "SoftFail", None)),
                             ("fax", (None, None, None, None, "Fail", "sr-Latn-CS")),
                             ("out-of-range", (None, None, None, None, "TempError", None))):
            with self.subTest(sample):
                mail = parse(self.one("headers-" + sample))
                self.assertEqual(want, tuple(mail[n] for n in names))
                for name in ("Reply-By", "Thread-Index", "X-Microsoft-Classification"):
                    self.assertNotIn(name, mail)

    def fields(self):
        """Those that a message with all that can become one has, and a class of its own."""
        return {k.lower() for part in parse(self.one("headers")).walk() for k in part.keys()} | {
            "x-mapi-message-class"}

    def test_no_property_makes_another_field(self):
        mail = parse(self.one("headers-injected"))
        known = self.fields()
        for part in mail.walk():
            self.assertEqual([], [k for k in part.keys() if k.lower() not in known
                                  and not k.lower().startswith("content-")])
            self.assertFalse([v for v in part.values() if "\n" in v or "\r" in v])
        self.assertEqual(["text/plain", "application/octet-stream", "application/octet-stream"],
                         [p.get_content_type() for p in mail.iter_parts()])
        self.assertEqual(len(mail.keys()), len({k.lower() for k in mail.keys()}))

    def test_hostile_values_in_every_property(self):
        """Each value in each property that could become a field, a parameter or a name."""
        values = [
            "", " ", "\0", "\r\n", "\n.\n", "a\0b", "\x1b[2J\x07\x08", "\x7f\x80\x85\x9f",
            "x\r\n\r\n--b\r\nContent-Type: text/evil", "=?utf-8?B?DQpYOiAx?=", "=?x", "?=", "=?utf-8?Q?a\r\n",
            "\u202egpj.exe\u2066\u2069", "\ufeff\u200b\u200e\u2028\u2029", "\ud7ff\ufffd\uffff\U0010ffff",
            "y" * 1500, "y" * 998 + "@example.com", "\u4e2d" * 700, "\U0001f4ce" * 400, "a " * 600,
            " " * 1000, "\t" * 300 + "x", "<" * 500, "\"" * 300, "\\" * 301, "(" * 200 + ")", "a@" * 300,
            "<%s@x> <b@c>" % ("d" * 970), "\"\\\"; filename=\"b.exe", "..", "../" * 300 + "etc/passwd", "CON",
            "a" * 300 + ".tar.gz", "%0d%0aX: 1", "message/rfc822", "multipart/mixed; boundary=x", "a/b\r\nX: 1",
            "@", "a@b", "a@[::1]", "\"a b\"@c", "a@b, c@d", "group:a@b;", "IMCEAEX-_O=A", "/o=A/cn=B",
        ]
        fine = self.fields()
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for i, value in enumerate(values):
                paths.append(os.path.join(folder, "%d.tnef" % i))
                with open(paths[-1], "wb") as f:
                    f.write(make.injections(value))
            os.mkdir(folder + "/out")
            for value, (outcome, _, data) in zip(values, convert(paths, folder + "/out")):
                with self.subTest(value[:40]):
                    self.assertEqual("converted", outcome)
                    # An id is kept as it was: others may refer to it.
                    self.assertEqual([f for f in faults(data) if not str(f).startswith(
                        "Message-ID: InvalidHeaderDefect")], [])
                    for part in parse(data).walk():
                        self.assertEqual(set(), {k.lower() for k in part.keys()} - fine)

    def test_transport_headers_fill_the_gaps(self):
        mail = parse(self.one("headers-transport"))
        self.assertEqual("of the property", mail["subject"])
        self.assertEqual("<a@b> <c@d>", mail["references"])
        self.assertEqual(1, len(mail.get_all("mime-version")))
        self.assertEqual("text/plain", mail.get_content_type())
        for name in ("Received", "From", "To", "Date", "List-Id", "List-Unsubscribe", "Importance",
                     "In-Reply-To", "Auto-Submitted", "X-Own", "Keywords"):
            self.assertEqual(1, len(mail.get_all(name, [])), name)
        for name in ("DKIM-Signature", "X-Eight", "X-Bad", "X-Injected", "X-Long", "X-Behind"):
            self.assertNotIn(name, mail)

    def test_references_are_kept(self):
        web, file, nowhere = parse(self.one("references")).iter_attachments()
        self.assertEqual(("message/external-body", "URL", "https://example.com/plan?id=1"),
                         (web.get_content_type(), web.get_param("access-type"), web.get_param("url")))
        self.assertEqual(("plan.docx", "old.doc", "nowhere.doc"),
                         tuple(p.get_filename() for p in (web, file, nowhere)))
        self.assertEqual("local-file", file.get_param("access-type"))
        self.assertEqual("\\\\server\\share\\old.doc  X: y", file["content-type"].params["name"])
        self.assertEqual(b"", nowhere.get_payload(decode=True))

    def test_macintosh_file_in_two_parts(self):
        file = list(parse(self.one("macbinary-forks")).iter_attachments())[0]
        self.assertEqual(("multipart/appledouble", "Read Me"),
                         (file.get_content_type(), file.get_filename()))
        head, data = file.iter_parts()
        self.assertEqual(b"The data fork.\r", data.get_payload(decode=True))
        raw = head.get_content()
        magic, version, _, count = struct.unpack(">II16sH", raw[:26])
        self.assertEqual((0x51607, 0x20000, 4), (magic, version, count))
        entries = {}
        for i in range(count):
            number, at, length = struct.unpack(">III", raw[26 + 12 * i:38 + 12 * i])
            entries[number] = raw[at:at + length]
        self.assertEqual(b"TEXTttxt\x01\x02", entries[9][:10])
        self.assertEqual(2931000000 - 3029529600, struct.unpack(">i", entries[8][:4])[0])
        self.assertEqual((b"Read Me \xc4", b"\0\0\1\0 resources"), (entries[3], entries[2]))

    def test_signed_entity_is_the_body_again(self):
        data = self.one("smime-signed")
        body = data[data.index(b"\r\n--in\r\n"):]
        self.assertTrue(body.startswith(
            b"\r\n--in\r\nContent-Type: text/plain\r\n\r\nSigned,  not a byte of it changed. \r\n--in"))
        mail = parse(data)
        self.assertEqual(("multipart/signed", "secured"), (mail.get_content_type(), mail["subject"]))
        self.assertNotIn("received", mail)
        self.assertEqual([], defects(mail))
        opaque = parse(self.one("smime-opaque"))
        self.assertEqual(("application/pkcs7-mime", "enveloped-data"),
                         (opaque.get_content_type(), opaque["content-type"].params["smime-type"]))
        self.assertEqual(115, len(opaque.get_payload(decode=True)))
        for other in ("smime-boundary", "smime-no-entity"):
            self.assertEqual("multipart/mixed", parse(self.one(other)).get_content_type())

    def test_charsets_that_every_program_knows(self):
        for name, text in (("html-utf-16", "<p>\u20ac</p>"), ("html-hebrew", "<p>\u05e9\u05dc\u05d5\u05dd</p>"),
                           ("html-page-unknown", "<p>\u0e01\u0e2b</p>")):
            mail = parse(self.one(name))
            html = mail.get_body(("html",))
            self.assertEqual("utf-8", html.get_content_charset())
            self.assertEqual(text, html.get_content().strip())
            words = mail.get_body(("plain",)).get_content().strip()
            self.assertEqual(text, "<p>%s</p>" % words)


class Again(unittest.TestCase):
    def test_same_bytes_everywhere(self):
        """Whatever was converted before, in another time zone, language and on another host."""
        paths = files(SAMPLES, os.path.join(SOURCE, "tests", "corpus", "tnef"),
                      os.path.join(SOURCE, "tests", "corpus", "damaged"))
        paths += files(*(os.path.join(CORPUS, f) for f in ("tnef", "eml-tnef"))) if CORPUS else []
        elsewhere = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANG": "tr_TR", "HOME": "/",
                     "USER": "nobody", "HOSTNAME": "elsewhere", "MALLOC_PERTURB_": "170"}
        here = {"TZ": "America/St_Johns", "LC_ALL": "C", "PATH": os.environ["PATH"]}
        other_host = ["unshare", "--uts", "sh", "-c", 'hostname elsewhere; exec "$@"', "sh"]
        if subprocess.run([*other_host, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("\n  NOT TESTED: another host name, which takes root", flush=True)
            other_host = []
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            first = [r[::2] for r in convert(paths, one, env=here)]
            elsewhere["PATH"] = os.environ["PATH"]
            second = [r[::2] for r in convert(paths[::-1], two, before=other_host, env=elsewhere)]
        for path, a, b in zip(paths, first, second[::-1]):
            self.assertEqual(a, b, path)
        self.assertGreater(len(paths), 150)


@unittest.skipUnless(os.path.isdir(os.path.join(CORPUS, "eml")), "no corpus")
class Corpus(unittest.TestCase):
    # One is a Dockerfile: "FROM ubuntu", no mail.
    # What these are, in the reason: a Dockerfile, and a mailbox of four mails.
    NO_MAIL = {"test__integration__Dockerfile.local": "46 52 4f 4d",
               "UnitTests__TestData__mbox__issue1189-summary.txt": "a mailbox of many mails"}

    @staticmethod
    def members(folder):
        """The mails inside of mailboxes, and of Apple Mail's files, each a file."""
        paths = []
        for path in files(os.path.join(CORPUS, "mbox"), os.path.join(CORPUS, "emlx")):
            with open(path, "rb") as f:
                data = f.read()
            if path.endswith(".emlx"):
                length, _, rest = data.partition(b"\n")
                mails = [rest[:int(length)]]
            else:
                mails = re.split(rb"(?m)^(?:\xef\xbb\xbf)?From .*\n", data)
            for mail in mails:
                if re.match(rb"(From|To|Subject|Date|Return-Path|Received|X-[A-Za-z-]+): ", mail):
                    paths.append(os.path.join(folder, "member%d" % len(paths)))
                    with open(paths[-1], "wb") as f:
                        f.write(mail)
        return paths

    def test_mail_without_tnef_passes_byte_for_byte(self):
        expected = [p for p in files(os.path.join(CORPUS, "_expected")) if p.endswith(".eml")]
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as inside:
            members = self.members(inside)
            paths = files(os.path.join(CORPUS, "eml"), os.path.join(CORPUS, "bulk-eml")) + \
                expected + members
            passed = 0
            for path, (outcome, reason, data) in zip(paths, convert(paths, folder)):
                if os.path.basename(path) in self.NO_MAIL:
                    self.assertEqual(outcome, "refused")
                    self.assertIn(self.NO_MAIL[os.path.basename(path)], reason)
                    continue
                self.assertEqual(outcome, "passed", (path, reason))
                with open(path, "rb") as f:
                    self.assertEqual(data, f.read(), path)
                passed += 1
            print("\n  %d mails passed byte for byte, %d of them out of mailboxes" % (
                passed, len(members)), flush=True)
            self.assertGreater(passed, 1300)

    def test_mail_with_tnef(self):
        want = {"Itip_Reply": "mixed(plain, mixed(calendar))",
                "tnef_task": "mixed(plain, mixed(html, rfc822(mixed(plain, task.ics))))",
                "tnef2": "mixed(rfc822(alternative(plain, html)))"}
        paths = files(os.path.join(CORPUS, "eml-tnef"))
        self.assertEqual(len(paths), len(want))
        with tempfile.TemporaryDirectory() as folder:
            for path, (outcome, _, data) in zip(paths, convert(paths, folder)):
                key = [k for k in want if k in path][0]
                self.assertEqual(outcome, "converted", path)
                self.assertEqual(tree(parse(data)), want[key])
                self.assertEqual(defects(parse(data)), [])

    def test_streams(self):
        paths = [p for p in files(os.path.join(CORPUS, "tnef"),
                                  os.path.join(CORPUS, "crashers"))
                 if p.endswith((".tnef", ".dat"))]
        self.assertGreater(len(paths), 50)
        with tempfile.TemporaryDirectory() as folder:
            for path, (outcome, reason, data) in zip(paths, convert(paths, folder)):
                with self.subTest(path):
                    if outcome == "refused":
                        self.assertTrue(reason)
                        continue
                    self.assertEqual(outcome, "converted")
                    self.assertEqual(faults(data), [])


if __name__ == "__main__":
    if "--write-golden" in sys.argv:
        sys.exit(write_golden())
    unittest.main()
