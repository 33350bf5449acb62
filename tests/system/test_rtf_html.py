# SPDX-License-Identifier: ISC
"""HTML that is made of genuine RTF: every element is closed where it must be.

Our samples, and each RTF of the corpus as the body of a winmail.dat."""

import csv
import email
import email.policy
import html.parser
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("BULKHEAD_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ.get("BULKHEAD_BUILD", os.path.join(SOURCE, "build"))
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))

from make_mime import B, mela, tnef  # noqa: E402

# What may stand where: an element, and those that it stands directly in.
INSIDE = {
    "li": {"ul", "ol"}, "tr": {"table"}, "td": {"tr"}, "p": {"body", "td", "li"},
    "table": {"body", "td", "li"}, "ul": {"body", "td", "li"}, "ol": {"body", "td", "li"},
    "hr": {"body"}, "body": {"html"},
}
VOID = {"br", "hr", "img"}


class Checker(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.wrong, self.images = [], [], []

    def handle_starttag(self, tag, attrs):
        around = self.open[-1] if self.open else None
        if tag in INSIDE and around not in INSIDE[tag]:
            self.wrong.append("%s in %s" % (tag, around))
        if around in ("table", "tr", "ul", "ol") and tag not in ("tr", "td", "li"):
            self.wrong.append("%s in %s" % (tag, around))
        if len(dict(attrs)) != len(attrs):
            self.wrong.append("%s has an attribute twice" % tag)
        if tag == "a" and dict(attrs).get("href", "#").partition(":")[0].lower() == "javascript":
            self.wrong.append("a script")
        if tag == "img":
            self.images.append(dict(attrs)["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append("/%s at %r" % (tag, self.getpos()))

    def handle_data(self, data):
        if data.strip() and self.open and self.open[-1] in ("table", "tr", "ul", "ol", "html"):
            self.wrong.append("text in %s" % self.open[-1])


def check(text):
    checker = Checker()
    checker.feed(text)
    checker.close()
    return checker.wrong + checker.open, checker.images


class RtfHtml(unittest.TestCase):
    def test_samples(self):
        folder = os.path.join(SOURCE, "tests", "golden", "rtf")
        names = [n for n in sorted(os.listdir(folder)) if n.startswith("genuine-") and n.endswith(".html")]
        self.assertGreater(len(names), 5)
        for name in names:
            with self.subTest(name), open(os.path.join(folder, name), encoding="utf-8") as f:
                self.assertEqual([], check(f.read())[0])

    def convert(self, paths):
        with tempfile.TemporaryDirectory(prefix="rtf-html-") as work:
            inputs = []
            for i, path in enumerate(paths):
                inputs.append(os.path.join(work, "%d.tnef" % i))
                with open(path, "rb") as f, open(inputs[-1], "wb") as to:
                    to.write(tnef((0x1009, B, mela(f.read()))))
            out = os.path.join(work, "out")
            os.mkdir(out)
            subprocess.run([os.path.join(BUILD, "tests", "convert-file"), "-o", out] + inputs,
                           stderr=subprocess.DEVNULL, check=False)
            for i, path in enumerate(paths):
                with open(os.path.join(out, str(i)), "rb") as f:
                    yield path, email.message_from_binary_file(f, policy=email.policy.default)

    def test_corpus(self):
        if not os.path.isdir(os.path.join(CORPUS, "rtf")):
            print("BULKHEAD_CORPUS has no rtf: real RTF was NOT rendered", file=sys.stderr)
            return
        with open(os.path.join(CORPUS, "manifest.csv"), newline="", encoding="utf-8") as f:
            paths = [os.path.join(CORPUS, row["path"]) for row in csv.DictReader(f)
                     if row["path"].startswith("rtf/")]
        checked = pictures = 0
        for path, mail in self.convert(paths):
            body = mail.get_body(("html",))
            with open(path, "rb") as f:
                head = f.read(300)
            if not body or b"\\fromhtml" in head:
                continue
            with self.subTest(path):
                wrong, images = check(body.get_content())
                self.assertEqual([], wrong)
                ids = {part["content-id"].strip("<>") for part in mail.walk() if part["content-id"]}
                self.assertEqual(ids, {src.partition(":")[2] for src in images})
                checked += 1
                pictures += len(ids)
        print("  %d real documents rendered, %d pictures" % (checked, pictures), file=sys.stderr)
        self.assertGreater(checked, 50)


if __name__ == "__main__":
    unittest.main()
