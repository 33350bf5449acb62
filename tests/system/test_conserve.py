#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Nothing of a mail is lost: whatever its texts say and its files hold is in the result, or a
note says why not. Judged by Python's own mail parser and the tests' own TNEF reader.

BULKHEAD_LONG=1 takes thousands of mails instead of hundreds.
"""
import email
import email.policy
import glob
import html
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
LONG = bool(os.environ.get("BULKHEAD_LONG"))
SANITIZE = bool(os.environ.get("BULKHEAD_SANITIZE"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
import mail_kinds  # noqa: E402
import tnef_read  # noqa: E402

TOOL = os.path.join(BUILD, "tests", "convert-file")
MAGIC = b"\x78\x9f\x3e\x22"


# -- the judge ---------------------------------------------------------------------------------

def words(text):
    """What a text says: letters and digits."""
    return re.sub(r"[\W_]+", "", text)


def words_of_html(text):
    text = re.sub(r"(?is)<(script|style|head|title)\b.*?</\1>|<!--.*?-->", " ", text)
    return words(html.unescape(re.sub(r"(?s)<[^>]*>", " ", text)))


def words_of_rtf(rtf):
    """Only of plain RTF such as the generator's: None where it is more than that."""
    if re.search(rb"\\(pict|object|from|fonttbl|colortbl|stylesheet|\*|'|u-?\d)", rtf):
        return None
    return words(re.sub(rb"\\[a-z]+-?\d* ?|[{}]", b"", rtf).decode("latin-1"))


class Seen:
    """All that a mail holds: texts, the texts that a reader shows, and files."""

    def __init__(self):
        self.texts, self.shown, self.files, self.typed = [], [], [], []

    def add(self, part, shown):
        kind = part.get_content_type()
        if part.is_multipart():
            children = part.get_payload()
            if kind == "multipart/alternative":
                best = [p for p in children if displayable(p)][-1:]
                for p in children:
                    self.add(p, shown and p in best)
            elif kind == "multipart/related":
                for i, p in enumerate(children):
                    self.add(p, shown and i == 0)
            else:
                for p in children:
                    self.add(p, shown)
            return
        data = part.get_payload(decode=True) or b""
        self.files.append(data)
        self.typed.append((kind, part.get_filename(), data))
        if kind in ("text/plain", "text/html"):
            charset = part.get_content_charset() or "utf-8"
            try:
                text = data.decode(charset, "replace")
            except LookupError:
                text = data.decode("latin-1")
            said = words_of_html(text) if kind == "text/html" else words(text)
            self.texts.append(said)
            if shown and part.get_content_disposition() != "attachment":
                self.shown.append(said)


def displayable(part):
    if part.is_multipart():
        return any(displayable(p) for p in part.get_payload())
    return part.get_content_type() in ("text/plain", "text/html", "text/calendar")


def seen(data):
    out = Seen()
    out.add(email.message_from_bytes(data, policy=email.policy.compat32), True)
    return out


def holds(texts, said):
    return not said or any(said in t for t in texts)


def wanted(stream):
    """What a TNEF stream says and holds, messages within it included."""
    m = tnef_read.read(stream)
    said, files = [], []
    for kind, body in tnef_read.bodies(m).items():
        text = words_of_html(body) if kind == "html" else words_of_rtf(body) if kind == "rtf" else words(body)
        if text:
            said.append((kind, text))
    for at in m.files:
        if at.message:
            inner = wanted(at.data)
            said += inner[0]
            files += inner[1]
        elif at.data:
            files.append((at.name(m.page), at.data))
    return said, files


def is_readable(stream):
    try:
        return bool(wanted(stream))
    except (ValueError, LookupError, IndexError, UnicodeError, TypeError, OverflowError):
        return False


def complaints(mail, around, streams, outcome, notes, result):
    """What is not conserved. around: the mail without its TNEF parts."""
    bad = []
    before, after = seen(around), seen(result)
    # Whole, as it came, with a note: nothing is lost.
    kept = [f for f in after.files if f.startswith(MAGIC)]
    if outcome == "refused":
        return ["refused: %s" % notes]
    if outcome == "passed" and result != mail:
        bad.append("passed, but not byte for byte")
    for stream in streams + [f for f in before.files if f[:4] == MAGIC and is_readable(f)]:
        if stream in kept or (outcome == "passed" and notes):
            if not notes:
                bad.append("a TNEF is left, and no note says why")
            continue
        said, files = wanted(stream)
        for kind, text in said:
            if not holds(after.texts, text):
                bad.append("%s is gone: %.60s" % (kind, text))
        for name, data in files:
            if data not in after.files:
                bad.append("the file %s is gone" % name)
    for text in before.shown:
        if not holds(after.shown, text):
            bad.append("was shown before, and is hidden: %.60s" % text)
    for kind, name, data in before.typed:
        if data.strip() and data[:4] != MAGIC and kind not in ("text/plain", "text/html") and data not in after.files:
            bad.append("the host's file %s is gone" % name)
    if "a fault of this program" in notes:
        bad.append("it says itself that something is missing")
    return bad


# -- running it --------------------------------------------------------------------------------

def convert(mails, *options):
    """[(outcome, notes, bytes)] of (name, data)s, by one process."""
    with tempfile.TemporaryDirectory() as folder:
        paths, out = [], os.path.join(folder, "out")
        os.mkdir(out)
        for i, (_, data) in enumerate(mails):
            paths.append(os.path.join(folder, "%05d" % i))
            with open(paths[-1], "wb") as f:
                f.write(data)
        with open(os.path.join(folder, "said"), "w+b") as said:
            run = subprocess.run([TOOL, "-n", *options, "-o", out] + paths, stderr=said, check=False,
                                 timeout=3000)
            said.seek(0)
            told = said.read().decode("utf-8", "replace")
        if run.returncode not in (0, 1):
            raise AssertionError("ended with %d: %s" % (run.returncode, told[-3000:]))
        results, now = [], None
        for line in told.splitlines():
            fields = line.split("\t")
            if fields[0] in ("passed", "converted", "refused") and fields[2:3] and \
                    fields[2].startswith(folder):
                now = [fields[0], fields[3] if len(fields) > 3 else ""]
                results.append(now)
            elif now and fields[0] in ("kept", "changed", "lost"):
                now[1] += line + "\n"
        assert len(results) == len(mails), told[-2000:]
        for i, result in enumerate(results):
            with open(os.path.join(out, str(i)), "rb") as f:
                result.append(f.read())
    return [tuple(r) for r in results]


def judge(test, mails):
    """mails: [(name, data, around, streams)]."""
    failed = 0
    for (name, data, around, streams), (outcome, notes, result) in zip(
            mails, convert([m[:2] for m in mails])):
        bad = complaints(data, around, streams, outcome, notes, result)
        if bad:
            failed += 1
            if failed <= 20:
                with test.subTest(name):
                    test.fail("; ".join(bad) + "\n" + notes)
    test.assertEqual(0, failed, "%d of %d mails" % (failed, len(mails)))
    return len(mails)


def normal(data):
    """As Python's parser can read it."""
    if data[:2] == b"\xff\xfe":
        return data.decode("utf-16").encode("latin-1")
    if b"\r\r\n" in data:
        return data.replace(b"\r\r\n", b"\r\n")
    return data if b"\n" in data else data.replace(b"\r", b"\n")


class Variants(unittest.TestCase):
    def test_variants(self):
        """Every stream in every dress, encoding, host and place."""
        count = 6000 if LONG else 700
        mails = list(mail_kinds.variants(count))
        inputs = [(m.name, m.data) for m in mails]
        failed = []
        for m, (outcome, notes, result) in zip(mails, convert(inputs)):
            data = normal(m.data)
            bad = complaints(data, m.around, m.streams, outcome, notes, result if result != m.data else data)
            if bad:
                failed.append("%s: %s\n  %s" % (m.name, "; ".join(bad), notes))
        self.assertEqual(0, len(failed), "of %d:\n%s" % (count, "\n".join(failed[:15])))

    def test_mutants(self):
        """Bytes changed, cut out or doubled: no crash, no hang, and no more memory."""
        pick = random.Random(7)
        mails = list(mail_kinds.variants(150))
        made = []
        for i in range(6000 if LONG else 200 if SANITIZE else 800):
            data = bytearray(pick.choice(mails).data)
            for _ in range(pick.randint(1, 6)):
                at = pick.randrange(len(data))
                kind = pick.randrange(4)
                if kind == 0:
                    data[at] = pick.randrange(256)
                elif kind == 1:
                    del data[at:at + pick.randrange(1, 200)]
                    data = data or bytearray(b"x")
                elif kind == 2:
                    data[at:at] = data[at:at + pick.randrange(1, 200)]
                else:
                    data[at:at] = pick.choice((b"\n--outer\n", b"\n--in--\n", b"=", b"\0", b"\r", b"--two\n"))
            made.append(("mutant %d" % i, bytes(data)))
        self.assertEqual(len(made), len(convert(made)))


@unittest.skipUnless(os.path.isdir(CORPUS), "no corpus")
class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.streams, cls.mails = [], []
        for path in sorted(glob.glob(os.path.join(CORPUS, "**"), recursive=True)):
            if not os.path.isfile(path) or os.path.getsize(path) > 300000:
                continue
            with open(path, "rb") as f:
                data = f.read()
            if data[:4] == MAGIC:
                if is_readable(data):
                    cls.streams.append((os.path.basename(path), data))
            elif path.endswith(".eml") and re.match(rb"[A-Za-z-]+:", data) and \
                    not email.message_from_bytes(data).defects:  # else the judge cannot read it
                cls.mails.append((os.path.basename(path), data))

    def test_streams_in_mails(self):
        """The corpus's TNEF in the corpus's mails, at every kind of place."""
        self.assertGreater(len(self.streams), 20)
        self.assertGreater(len(self.mails), 100)
        pick = random.Random(11)
        made = []
        while len(made) < (2000 if LONG else 250):
            name, host = pick.choice(self.mails)
            title, stream = pick.choice(self.streams)
            mail = put_in(host, stream, pick)
            if mail:
                made.append(("%s in %s" % (title, name), mail, host, [stream]))
        judge(self, made)

    def test_mails(self):
        """Every mail of the corpus by itself."""
        some = self.mails if LONG else self.mails[::6]
        judge(self, [(name, data, data, []) for name, data in some])


def put_in(host, stream, pick):
    """The mail with one part more; None: it cannot take one."""
    end = b"\r\n" if b"\r\n" in host[:2000] else b"\n"
    dress, encoding = pick.choice(list(mail_kinds.DRESSES)), pick.choice(
        ["base64", "base64", "chunk-50", "as-7bit", "none", "no-padding", "url-safe"])
    part = mail_kinds.part(stream, dress, encoding).replace(b"\n", end)
    head, blank, body = host.partition(end + end)
    found = re.search(rb"(?i)boundary=\"?([^\";\r\n]+)", head)
    if not blank or b"signed" in head.lower() or b"encrypted" in head.lower():
        return None
    if found:
        line = b"--" + found.group(1).rstrip() + end
        places = [m.start() for m in re.finditer(re.escape(end + line), body)]
        if not places:
            return None
        at = pick.choice(places) + len(end)
        return head + blank + body[:at] + line + part + end + body[at:]
    fields = re.split(rb"(?:\r?\n)(?![ \t])", head)
    content = [f for f in fields if f.lower().startswith(b"content-")]
    rest = [f for f in fields if not f.lower().startswith((b"content-", b"mime-version"))]
    if any(b"multipart" in f.lower() for f in content):
        return None
    return end.join(rest + [b"MIME-Version: 1.0", b"Content-Type: multipart/mixed; boundary=\"=_put\"", b"",
                            b"--=_put"] + content + [b"", body, b"--=_put", part, b"--=_put--", b""])


if __name__ == "__main__":
    unittest.main()
