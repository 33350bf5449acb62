#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mails and items that came out wrong somewhere, each with what is right: its tree, what is
in every leaf, and its notes (tests/golden/cases.txt, looked through by people).

The files lie beside the project. Without them every one of them is made anew by
tests/corpus/case_kinds.py, with other words, and what is right for it is in
tests/golden/made.txt. Hundreds of variants of each kind: test_conserve, test_rare_kinds,
test_read_kinds, test_odd_kinds.

UPDATE_GOLDEN=1 writes the golden file anew, to be looked through."""
import base64
import email
import email.policy
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
CASES = os.path.join(SOURCE, "..", "shared", "cases")
GOLDEN = os.path.join(SOURCE, "tests", "golden")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "system"))
import case_kinds  # noqa: E402
from test_conserve import convert, words, words_of_html  # noqa: E402

# Of companies that are no example.
NAMES = (("enron.com", "example.com"), ("\uc0bc\uc131\uc0dd\uba85", "\ud68c\uc0ac"))


def content(part):
    """What a leaf holds. Base64 ends at its padding and may begin again behind it; what Python
    makes of that changed with its fixes (3.11 stops there, 3.13 of Debian reads on, shifted)."""
    if str(part.get("content-transfer-encoding", "")).strip().lower() != "base64":
        return part.get_payload(decode=True) or b""
    text = re.sub(r"[^A-Za-z0-9+/=]", "", part.get_payload())
    return b"".join(base64.b64decode(piece + "=" * (-len(piece) % 4)) for piece in re.split("=+", text))


def leaf(part):
    kind, name = part.get_content_type(), part.get_filename()
    data = content(part)
    said = ""
    if kind in ("text/plain", "text/html"):
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
        said = "=" + (words_of_html if kind == "text/html" else words)(text)[:60]
    elif kind == "text/calendar":
        said = "=" + "+".join(line for line in data.decode().splitlines()
                              if line.startswith(("BEGIN:V", "METHOD", "DTSTART", "RRULE")))
    return "%s%s%s[%d]" % (kind, "'%s'" % name[:60] if name else "", said, len(data))


def tree(part):
    if not part.is_multipart():
        return leaf(part)
    inside = ", ".join(tree(p) for p in part.get_payload())
    name = part.get_filename()
    subject = " " + str(part["subject"]) if part["subject"] else ""
    return "%s%s%s(%s)" % (part.get_content_type(), "'%s'" % name[:60] if name else "", subject, inside)


def told(outcome, notes, result):
    mail = email.message_from_bytes(result, policy=email.policy.default)
    kinds = sorted({"\t".join(line.split("\t")[::2]) for line in notes.splitlines()})
    return "%s %s %s" % (outcome, tree(mail), "; ".join(kinds))


class Right(unittest.TestCase):
    maxDiff = None

    def converted(self, files):
        return {name: told(*result) for (name, _), result in zip(files, convert(files))}

    def read(self, files):
        found = {}
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
            os.mkdir(folder + "/in")
            for name, data in files:
                with open("%s/in/%s" % (folder, os.path.basename(name)), "wb") as f:
                    f.write(data)
            subprocess.run([os.path.join(BUILD, "bulkhead"), "convert", "--to", "json", "-o",
                            folder + "/out", folder + "/in"], capture_output=True, check=True)
            for name, _ in files:
                with open("%s/out/%s.json" % (folder, os.path.basename(name)), encoding="utf-8") as f:
                    m = json.load(f)
                found[name] = "%s to=%s files=%s text=%r" % (
                    m["subject"], [(p["name"], p["address"]) for p in m["to"]],
                    [(a["name"], base64.b64decode(a.get("data", ""))) for a in m["attachments"]],
                    m["body"].get("text"))
                for said, other in NAMES:
                    found[name] = found[name].replace(said, other)
        return found

    def judge(self, inputs, golden):
        files = sorted(inputs.items())
        reads = [f for f in files if f[0].startswith("read/")]
        found = {**self.converted([f for f in files if f not in reads]), **self.read(reads)}
        golden = os.path.join(GOLDEN, golden)
        if os.environ.get("UPDATE_GOLDEN"):
            with open(golden, "w", encoding="utf-8") as f:
                f.writelines("%s\t%s\n" % (k, v) for k, v in sorted(found.items()))
        with open(golden, encoding="utf-8") as f:
            right = dict(line.rstrip("\n").split("\t", 1) for line in f)
        self.assertEqual(sorted(right), sorted(found))
        for name, want in right.items():
            with self.subTest(name):
                self.assertEqual(want, found[name])

    def test_each_that_is_made(self):
        self.judge(case_kinds.made(), "made.txt")

    def test_every_case_is_made(self):
        with open(os.path.join(GOLDEN, "cases.txt"), encoding="utf-8") as f:
            self.assertEqual([], [line.split("\t")[0] for line in f
                                  if line.split("\t")[0] not in case_kinds.made()])

    @unittest.skipUnless(os.path.isdir(CASES), "no cases")
    def test_each_file(self):
        inputs = {}
        for folder in ("mail", "items", "read"):
            found = [f for f in sorted(glob.glob(os.path.join(CASES, folder, "*")))
                     if f.endswith((".eml", ".tnef"))]
            self.assertGreater(len(found), 30)
            for path in found:
                with open(path, "rb") as f:
                    inputs[folder + "/" + os.path.basename(path)] = f.read()
        self.judge(inputs, "cases.txt")


if __name__ == "__main__":
    unittest.main()
