#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Texts, names, pages and people in hundreds of forms (tests/corpus/odd_kinds.py): what a person
has to find is in the result, as Python's mail parser reads it. BULKHEAD_LONG=1 takes ten times
as many; BULKHEAD_SEED=n others."""
import base64
import email
import email.header
import email.policy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "system"))
import odd_kinds as odd  # noqa: E402
from test_conserve import LONG, SANITIZE, complaints, convert, holds, normal, seen, wanted, words  # noqa: E402

COUNT = 3000 if LONG else 100 if SANITIZE else 300
SEED = {"seed": int(os.environ.pop("BULKHEAD_SEED", "0"))}
os.environ.pop("BULKHEAD_LONG", None)
SEED = SEED if SEED["seed"] else {}  # out of the environment: the programs refuse what they do not know


def leaves(result):
    mail = email.message_from_bytes(result, policy=email.policy.default)
    return [p for p in mail.walk() if not p.is_multipart()]


def said(field):
    return str(email.header.make_header(email.header.decode_header(field or "")))


def subjects(result):
    mail = email.message_from_bytes(result)
    return [said(p["subject"]) for p in mail.walk() if p["subject"]]


def file_names(result):
    return [p.get_filename() for p in email.message_from_bytes(
        result, policy=email.policy.default).walk() if p.get_filename()]


class Odd(unittest.TestCase):
    def judge(self, make, fault, *options):
        """fault(case, outcome, notes, result): what is wrong, each as a text."""
        cases, wrong = list(make(COUNT, **SEED)), []
        self.assertEqual(COUNT, len(cases))
        for case, got in zip(cases, convert([(c.name, c.data) for c in cases], *options)):
            bad = list(fault(case, *got))
            if "a fault of this program" in got[1]:
                bad.append("it says itself that something is missing")
            if bad:
                wrong.append("%s: %s\n  %s" % (case.name, "; ".join(bad), got[1]))
        self.assertEqual(0, len(wrong), "of %d:\n%s" % (COUNT, "\n".join(wrong[:15])))

    def converted(self, folder, to, cases):
        os.mkdir(folder + "/in")
        for i, case in enumerate(cases):
            with open("%s/in/%05d.%s" % (folder, i, "tnef" if case.data[:1] == b"x" else "eml"), "wb") as f:
                f.write(case.data)
        run = subprocess.run([os.path.join(BUILD, "bulkhead"), "convert", "--to", to, "-o", folder + "/" + to,
                              folder + "/in"], capture_output=True, check=False)
        self.assertEqual(0, run.returncode, run.stderr[-2000:])

    def read(self, cases):
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
            self.converted(folder, "json", cases)
            found = []
            for i, case in enumerate(cases):
                path = "%s/json/%05d.%s.json" % (folder, i, "tnef" if case.data[:1] == b"x" else "eml")
                with open(path, encoding="utf-8") as f:
                    found.append(json.load(f))
            return found

    def judge_read(self, make, fault):
        cases = list(make(COUNT, **SEED))
        wrong = [(c.name, why) for c, got in zip(cases, self.read(cases)) if (why := fault(c, got))]
        self.assertEqual([], wrong[:15], "%d of %d" % (len(wrong), COUNT))

    def test_pages(self):
        def fault(case, _, notes, result):
            texts = [p.get_content().strip() for p in leaves(result) if p.get_content_type() == "text/plain"]
            if case.want not in texts:
                yield "the text is gone: %s" % texts
            if case.want not in file_names(result):
                yield "the name is gone: %s" % file_names(result)
            if case.data[:1] == b"x" and case.want not in subjects(result):
                yield "the subject is gone: %s" % subjects(result)
        self.judge(odd.pages, fault)

    def test_html_that_contradicts_itself(self):
        def fault(case, _, notes, result):
            text, noted = case.want
            found = [p for p in leaves(result) if p.get_content_type() == "text/html"]
            if not any(text in p.get_content() for p in found):
                yield "not in the HTML"
            for p in found:
                if p.get_content_charset() in (None, "us-ascii") and not p.get_payload(decode=True).isascii():
                    yield "octets above 127 in us-ascii"
            if noted and "PidTagHtml" not in notes:
                yield "no note"
        self.judge(odd.html, fault)

    def test_pictures_by_cid(self):
        def fault(case, _, notes, result):
            mail = email.message_from_bytes(result)
            inline = [q.get_payload(decode=True) for p in mail.walk() if p.get_content_type() == "multipart/related"
                      for q in p.get_payload() if q.get_content_disposition() == "inline"]
            if case.want not in inline:
                yield "not inline"
        self.judge(odd.cids, fault)

    def test_mails_in_an_encoding(self):
        def fault(case, outcome, notes, result):
            texts, files = [], []
            for part in [result] + [p.get_payload(decode=True) for p in leaves(result)] + [
                    base64.b64decode(p.get_payload()[0].get_payload()) for p in email.message_from_bytes(result).walk()
                    if p.get_content_maintype() == "message" and p["content-transfer-encoding"] == "base64"]:
                if part and b"From:" in part[:2000]:
                    one = seen(part.replace(b"\r\n", b"\n"))
                    texts, files = texts + one.texts, files + one.files
            for stream in case.streams:
                want = wanted(stream)
                for kind, text in want[0]:
                    if not holds(texts, text):
                        yield "%s: %s is gone: %s" % (outcome, kind, text)
                for name, data in want[1]:
                    if data not in files:
                        yield "%s: %s is gone" % (outcome, name)
        self.judge(odd.encoded_mails, fault)

    def test_mails_that_are_signed(self):
        def fault(case, outcome, notes, result):
            yield from complaints(case.data, case.around, case.streams, outcome, notes, result)
            if outcome == "converted" and case.data != result and case.want not in notes and \
                    (b"Content-Type: message/rfc822" not in case.data):
                yield "no note on " + case.want
        self.judge(odd.signatures, fault)

        def kept(case, outcome, notes, result):
            if case.want in notes and result != case.data and b"message/rfc822" not in case.data:
                yield "changed, though it is to be kept"
        self.judge(odd.signatures, kept, "-k")

    def test_names_are_one_everywhere(self):
        cases = list(odd.names(COUNT, **SEED))
        wrong, by_mail = [], convert([(c.name, c.data) for c in cases])
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
            self.converted(folder, "json", cases)
            run = subprocess.run([os.path.join(BUILD, "bulkhead"), "convert", "--attachments", folder + "/files",
                                  folder + "/in"], capture_output=True, check=False)
            self.assertEqual(0, run.returncode, run.stderr[-2000:])
            for i, (case, (_, notes, result)) in enumerate(zip(cases, by_mail)):
                name, ending, data, length = case.want
                mail = [p.get_filename() for p in leaves(result) if p.get_payload(decode=True) == data]
                stem = "%05d.%s" % (i, "tnef" if case.data[:1] == b"x" else "eml")
                with open("%s/json/%s.json" % (folder, stem), encoding="utf-8") as f:
                    told = [a["name"] for a in json.load(f)["attachments"] if base64.b64decode(a.get("data", "")) == data]
                bad = [] if len(mail) == 1 and mail[0] else ["in the mail: %s" % mail]
                out = [f for at, _, files in os.walk(folder + "/files/" + stem) for f in files
                       if pathlib.Path(at, f).read_bytes() == data]
                if "forwarded" not in case.name and name and mail and mail[0] and len(mail[0].encode()) < 200 and \
                        out != [re.sub("[\"*:<>?|\\\\]", "_", mail[0])]:  # what file systems refuse is "_" there
                    bad.append("in the folder: %s, in the mail: %s" % (out, mail))
                if "forwarded" not in case.name and told != mail:
                    bad.append("in JSON: %s, in the mail: %s" % (told, mail))
                if not bad and name and mail[0] != name:
                    bad.append("%s instead of %s" % (mail[0], name))
                if not bad and ending and not mail[0].endswith(os.path.splitext("x" + ending)[1]):
                    bad.append("%s lost %s" % (mail[0], ending))
                if not bad and len(mail[0].encode()) > 255:
                    bad.append("too long for a file system")
                if not bad and re.search("[\0-\x1f/\\\\]", mail[0]):
                    bad.append("%r is no name" % mail[0])
                if bad:
                    wrong.append("%s: %s" % (case.name, "; ".join(bad)))
        self.assertEqual([], wrong[:15], len(wrong))

    def test_names_of_embedded_messages(self):
        def fault(case, _, notes, result):
            names = [n for n in file_names(result) if case.want in n.replace(":", "_")]
            if not names or not names[0].endswith(".eml"):
                yield "%s" % file_names(result)
        self.judge(odd.embedded_names, fault)

    def test_forms_and_votes(self):
        def fault(case, _, notes, result):
            mail = email.message_from_bytes(result)
            fields = [said(v) for p in mail.walk() for k, v in p.items() if k.lower().startswith("x-mapi")]
            if case.want.replace(" ", "\\x20") not in notes and case.want not in notes and case.want not in fields:
                yield "neither a note nor a field says %s: %s" % (case.want, fields)
        self.judge(odd.forms, fault)

    def test_receivers(self):
        def fault(case, _, notes, result):
            mail = email.message_from_bytes(result)
            found = [str(p["to"]) for p in mail.walk() if p["to"]]
            if not any(case.want in f for f in found):
                yield "%s for %s" % (found, case.want)
        self.judge(odd.receivers, fault)

    def test_reports(self):
        def fault(case, _, notes, result):
            text, kind = case.want
            texts = [words(p.get_content()) for p in leaves(result) if p.get_content_type() == "text/plain"]
            mail = email.message_from_bytes(result)
            if not any(words(text) in t for t in texts + [words(s) for s in subjects(result)]):
                yield "the text is gone: %s" % texts
            types = [p.get_content_type() for p in mail.walk()]
            if kind not in types or "multipart/report" not in types:
                yield "no report: %s" % types
        self.judge(odd.reports, fault)

    def test_documents(self):
        def fault(case, _, notes, result):
            name, data = case.want
            if (name, data) not in [(p.get_filename(), p.get_payload(decode=True)) for p in leaves(result)]:
                yield "the file is gone: %s" % file_names(result)
            if "winmail" in " ".join(file_names(result)):
                yield "the original stands beside it"
        self.judge(odd.documents, fault)

    def test_uneven_mails(self):
        def fault(case, outcome, notes, result):
            data, result = (d[3:] if d[:3] == b"\xef\xbb\xbf" else d for d in (
                normal(case.data), result if result != case.data else normal(case.data)))
            data, result = data.lstrip(b"\r\n"), result.lstrip(b"\r\n")
            yield from complaints(data, case.around, case.streams, outcome, notes, result)
            if email.message_from_bytes(result)["from"] is None:
                yield "its header is gone"
        self.judge(odd.uneven, fault)

    def test_raw_bytes_in_words(self):
        def fault(case, got):
            text, name = case.want
            found = got["attachments"][0]["name"] if name else got["subject"]
            return None if found == text else (found, text)
        self.judge_read(odd.words_raw, fault)

    def test_base64_in_all_forms(self):
        def fault(case, got):
            data, body = case.want
            found = got["body"].get("text", "").encode() if body else base64.b64decode(
                got["attachments"][0].get("data", ""))
            return None if found.strip() == data.strip() else (found, data)
        self.judge_read(odd.binaries, fault)

    def test_roots_of_related_parts(self):
        def fault(case, got):
            html = got["body"].get("html", "").strip()
            return None if case.want in html else got["body"]
        self.judge_read(odd.roots, fault)

    def test_mailboxes_are_not_one_mail(self):
        """Each mail of one by itself, with its own subject and all its lines: of a quoted "From "
        the mark may stay."""
        cases = list(odd.mailboxes(COUNT, **SEED))
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
            for i, case in enumerate(cases):
                pathlib.Path(folder, "%05d.mbox" % i).write_bytes(case.data)
            run = subprocess.run([os.path.join(BUILD, "bulkhead"), "convert", "-o", folder + "/out", folder],
                                 capture_output=True, check=False)
            self.assertEqual(0, run.returncode, run.stderr[-2000:])
            for i, case in enumerate(cases):
                found = sorted(pathlib.Path(folder, "out", "%05d.mbox" % i).rglob("*.eml"))
                got = []
                for path in found:
                    mail = email.message_from_bytes(path.read_bytes())
                    lines = mail.get_payload(decode=True).replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
                    got.append((mail["subject"], [re.sub(rb"^>+From ", b"From ", line) for line in lines]))
                want = [(subject, [re.sub(rb"^>+From ", b"From ", line) for line in lines])
                        for subject, lines in case.want]
                self.assertEqual(want, got, case.name)


if __name__ == "__main__":
    unittest.main()
