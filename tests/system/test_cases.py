#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Mails and items that came out wrong somewhere, each with what is right: its tree, what is
in every leaf, and its notes (tests/golden/cases.txt, looked through by people).

The files lie beside the project; without them the kinds that they stand for are tested by
files of the project's own generators:

mail/02-*, 10-*      Rare.test_calendars_and_reports_of_the_mail (rare_kinds.told), test_items
mail/03-*, 14-*, 21-*, 27-*  test_outlook_kinds test_every_code_page, test_mail_cases Contents
mail/04-*, 15-*, 29-*  Rare.test_objects (rare_kinds.objects), Contents.test_places_in_rtf
mail/06-*            Contents.test_cid_as_it_is_meant
mail/07-*            Dresses.test_in_a_mail_in_base64; mail_kinds "forwarded"
mail/08-*, 20-*, 26-*, 31-*, 32-*  test_conserve Variants: mail_kinds HOSTS, PLACES, KEYS
mail/09-*, 22-*, 30-*  the same: DRESSES, ENCODINGS, ends ("chunk-1", "as-7bit", "crcrlf")
mail/24-*            Dresses.test_arc_is_as_dkim
mail/35-*            Rare.test_uuencoded_within_texts (rare_kinds.uuencoded)
read/addr, dot*, unquoted  test_read_kinds: people; read/name-*: names
read/*nopad, pad-*, inner-eq, two-*, q-two, rawutf, space-q  subjects, files, bodies
read/wm*             mail_kinds "typeless", "none"
items/cs-*, name-*, html-utf16, recipients-odd  test_outlook_kinds, Contents, rare_kinds.addresses
items/att-*, nested-*, inline-*, body-*  mail_kinds STREAMS, test_mail_cases Contents, test_mime_output
items/smime-clear    Rare.test_signed (rare_kinds.signed)
items/ the others    test_items (make_items.py), test_outlook_kinds

UPDATE_GOLDEN=1 writes the golden file anew, to be looked through."""
import base64
import email
import email.policy
import glob
import json
import os
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
CASES = os.path.join(SOURCE, "..", "shared", "cases")
GOLDEN = os.path.join(SOURCE, "tests", "golden", "cases.txt")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "system"))
from test_conserve import convert, words, words_of_html  # noqa: E402

# Of companies that are no example.
NAMES = (("enron.com", "example.com"), ("\uc0bc\uc131\uc0dd\uba85", "\ud68c\uc0ac"))


def leaf(part):
    kind, name = part.get_content_type(), part.get_filename()
    data = part.get_payload(decode=True) or b""
    said = ""
    if kind in ("text/plain", "text/html"):
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
        said = "=" + (words_of_html if kind == "text/html" else words)(text)[:60]
    elif kind == "text/calendar":
        said = "=" + "+".join(line for line in data.decode().split("\r\n")
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


@unittest.skipUnless(os.path.isdir(CASES), "no cases")
class Cases(unittest.TestCase):
    maxDiff = None

    def files(self, folder):
        found = [f for f in sorted(glob.glob(os.path.join(CASES, folder, "*")))
                 if f.endswith((".eml", ".tnef"))]
        self.assertGreater(len(found), 30)
        out = []
        for path in found:
            with open(path, "rb") as f:
                out.append((folder + "/" + os.path.basename(path), f.read()))
        return out

    def converted(self, folder):
        files = self.files(folder)
        return {name: told(*result) for (name, _), result in zip(files, convert(files))}

    def read(self):
        files = self.files("read")
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

    def test_each_is_right(self):
        found = {**self.converted("mail"), **self.converted("items"), **self.read()}
        if os.environ.get("UPDATE_GOLDEN"):
            with open(GOLDEN, "w", encoding="utf-8") as f:
                f.writelines("%s\t%s\n" % (k, v) for k, v in sorted(found.items()))
        with open(GOLDEN, encoding="utf-8") as f:
            right = dict(line.rstrip("\n").split("\t", 1) for line in f)
        self.assertEqual(sorted(right), sorted(found))
        for name, want in right.items():
            with self.subTest(name):
                self.assertEqual(want, found[name])


if __name__ == "__main__":
    unittest.main()
