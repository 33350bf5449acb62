# SPDX-License-Identifier: ISC
"""E-mails as message objects: every real one is read, and what is written from the object
says the same as the mail did, as Python's email module sees both."""
import collections
import email
import email.policy
import email.utils
import hashlib
import html
import json
import os
import re
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
FOLDERS = ("eml", "bulk-eml", "eml-tnef")
# Files of these collections that are no mail; the last is a mailbox of four.
NO_MAIL = ("Dockerfile.local", "issue1189-summary.txt")
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef")


def corpus():
    found = []
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(CORPUS, folder)):
            found += [os.path.join(path, n) for n in names if not n.endswith(NO_MAIL)]
    return sorted(found)


def convert(paths, *options):
    """Yields path and result; None: refused."""
    with tempfile.TemporaryDirectory(prefix="bulkhead-") as out:
        done = subprocess.run([os.path.join(BUILD, "tests/convert-file"), "-o", out,
                               *options, *paths], capture_output=True, check=False)
        told = [line.split(b"\t") for line in done.stderr.split(b"\n")]
        told = [t for t in told if t[0] in (b"converted", b"passed", b"refused")]
        if len(told) != len(paths):
            raise AssertionError(done.stderr[-2000:].decode("utf-8", "replace"))
        for i, path in enumerate(paths):
            with open(os.path.join(out, str(i)), "rb") as f:
                yield path, None if told[i][0] == b"refused" else f.read()


def squeeze(text):
    """Without blanks, and what stands for a character that Python could not read."""
    return re.sub(r"[\s\0\x01-\x20\x7f\xa0\ufffd]+", "", text)


def words(text):
    """The text of HTML or of plain text without what no reader sees."""
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", text)
    return squeeze(html.unescape(text))


class View:
    """What a mail says: subject, people, texts, files."""

    def __init__(self, raw):
        mail = email.message_from_bytes(raw, policy=email.policy.compat32)
        self.subject = squeeze(self.header(mail, "subject"))
        # 8-bit header fields, which Python cannot read and mail programs guess.
        head = raw.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0]
        self.eight_bit = not head.isascii()
        self.people = {}
        for name in ("from", "to", "cc"):
            raw_fields = [str(v) for v in mail.get_all(name, [])]
            self.people[name] = {
                a.lower() for _, a in email.utils.getaddresses(raw_fields)
                if re.fullmatch(r"[^\s@]+@[^\s@]+", a) and a.isascii() and ".." not in a}
        self.texts, self.files, self.odd = [], collections.Counter(), False
        self.walk(mail, True)

    @staticmethod
    def header(mail, name):
        value = mail.get(name)
        if value is None:
            return ""
        try:
            return str(email.header.make_header(email.header.decode_header(value)))
        except (LookupError, UnicodeError, ValueError, AssertionError):
            return ""

    def text(self, part):
        raw = part.get_payload(decode=True) or b""
        charset = part.get_content_charset()
        for page in (charset, "utf-8", "cp1252"):
            try:
                return raw.decode(page)
            except (LookupError, UnicodeError, TypeError, ValueError):
                continue
        return raw.decode("latin-1")

    def walk(self, part, root=False):
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            self.files["message " + squeeze(self.header(part.get_payload(0), "subject"))] += 1
            return
        if part.is_multipart():
            for inner in part.get_payload():
                self.walk(inner)
            return
        raw = part.get_payload(decode=True) or b""
        name = part.get_filename()
        if name == "smime.p7m" and \
                raw.lower().startswith(b"content-"):
            self.walk(email.message_from_bytes(raw, policy=email.policy.compat32))
            return
        if kind.startswith("multipart/"):
            kind = "text/plain"  # without parts
        if kind in ("text/plain", "text/html") and \
                part.get_content_disposition() != "attachment" and (root or not name):
            self.texts.append(words(self.text(part)))
            return
        if kind in TNEF or (name or "").lower().endswith(("winmail.dat", "win.dat", ".tnef")):
            self.odd = True
            return
        self.files[hashlib.sha256(raw).hexdigest()] += 1


def same(before, after):
    """A row of the score: which of the things are kept."""
    all_text = "".join(after.texts)
    files = before.files - after.files
    return {
        "subject": before.subject == after.subject or before.eight_bit,
        "from": before.people["from"] <= after.people["from"],
        "to": before.people["to"] <= after.people["to"],
        "cc": before.people["cc"] <= after.people["cc"],
        "text": all(t in all_text for t in before.texts),
        "files": not files,
    }


@unittest.skipUnless(os.path.isdir(os.path.join(CORPUS, "eml")),
                     "BULKHEAD_CORPUS is not there: real mail was NOT read")
class RealMail(unittest.TestCase):
    # What differs is listed: text that Python reads as another charset, or where it sees no
    # part or file and a mail program does.
    FLOORS = {"subject": 0.995, "from": 0.995, "to": 0.995, "cc": 0.995, "text": 0.98,
              "files": 0.985}

    def test_every_mail_is_read(self):
        paths = corpus()
        self.assertGreater(len(paths), 1200)
        for target in ("dump", "text", "json"):
            for path, result in convert(paths, "-t", target):
                self.assertIsNotNone(result, "%s: refused as %s" % (path, target))
                if target == "json":
                    json.loads(result)

    def test_a_round_trip_keeps_what_a_reader_sees(self):
        kept, bad, count = collections.Counter(), [], 0
        for path, result in convert(corpus(), "-r"):
            self.assertIsNotNone(result, path)
            with open(path, "rb") as f:
                row = same(View(f.read()), View(result))
            count += 1
            kept.update(k for k, good in row.items() if good)
            if not all(row.values()):
                bad.append("%s: %s" % (path[len(CORPUS) + 1:],
                                       ", ".join(k for k, good in row.items() if not good)))
        print("\n%d mails read and written again; kept:" % count)
        for what in self.FLOORS:
            print("  %-8s %5d  %.1f %%" % (what, kept[what], 100 * kept[what] / count))
        for line in bad[:200]:
            print("  differs:", line)
        for what, floor in self.FLOORS.items():
            self.assertGreaterEqual(kept[what] / count, floor, what)


if __name__ == "__main__":
    unittest.main()
