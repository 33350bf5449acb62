# SPDX-License-Identifier: ISC
"""E-mails as other programs write them, in the sandbox, as JSON: the generator knows what a
person reads in each (tests/corpus/read_kinds.py)."""
import base64
import email
import email.header
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
import read_kinds as kinds  # noqa: E402


def plain(address):
    """Without the quotes that make a local part valid."""
    return re.sub(r'^"(.*)"@', r"\1@", address)


class Kinds(unittest.TestCase):
    maxDiff = None

    def read(self, cases):
        """The JSON of each case's mail, by real workers."""
        with tempfile.TemporaryDirectory(prefix="bulkhead-") as folder:
            os.mkdir(folder + "/in")
            for i, case in enumerate(cases):
                with open("%s/in/%05d.eml" % (folder, i), "wb") as f:
                    f.write(case[1])
            done = subprocess.run(
                [os.path.join(BUILD, "bulkhead"), "convert", "--to", "json", "-o",
                 folder + "/out", folder + "/in"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr[-1000:])
            found = []
            for i, _ in enumerate(cases):
                with open("%s/out/%05d.eml.json" % (folder, i), encoding="utf-8") as f:
                    found.append(json.load(f))
            return found

    def judge(self, cases, least, fault):
        """fault(case, result): what is wrong, or nothing."""
        self.assertGreaterEqual(len(cases), least)
        wrong = [(c[0], why) for c, r in zip(cases, self.read(cases)) if (why := fault(c, r))]
        self.assertEqual(wrong[:20], [], "%d of %d" % (len(wrong), len(cases)))

    def test_names_of_files(self):
        def fault(case, got):
            name = got["attachments"][0]["name"]
            return None if name == case[2] else (name, case[2])
        self.judge(list(kinds.names()), 500, fault)

    def test_subjects(self):
        def fault(case, got):
            return None if got["subject"] == case[2] else (got["subject"], case[2])
        self.judge(list(kinds.subjects()), 300, fault)

    def test_another_reader_agrees(self):
        """Python's email module, on the words that it can read."""
        agreed = 0
        cases = [c for c in kinds.subjects() if c[0].endswith(("-b2", "-q", "-bb2", "-qq"))]
        for case, got in zip(cases, self.read(cases)):
            raw = email.message_from_bytes(case[1])["subject"]
            try:
                text = str(email.header.make_header(email.header.decode_header(raw)))
            except (LookupError, UnicodeError):
                continue
            if text == case[2]:
                agreed += 1
            self.assertIn(got["subject"], (text, case[2]), case[0])
        self.assertGreater(agreed, 100)

    def test_people(self):
        def fault(case, got):
            people = [plain(p["address"]) for p in got[case[2]]]
            want = [plain(a) for a in case[3]]
            return None if people == want else (people, want)
        self.judge(list(kinds.people()), 300, fault)

    def test_texts_that_are_no_address(self):
        def fault(case, got):
            said = [p["name"] for p in got["to"]]
            return None if said == [case[2]] else (said, case[2])
        self.judge(list(kinds.texts_without_address()), 3, fault)

    def test_base64_loses_nothing(self):
        def fault(case, got):
            data = base64.b64decode(got["attachments"][0].get("data", ""))
            return None if data == case[2] else (data, case[2])
        self.judge(list(kinds.files()), 150, fault)

    def test_bodies(self):
        def fault(case, got):
            body = got["body"]
            text = body.get("html" if case[3] else "text", "")
            return None if text.strip() == case[2] else (body, case[2])
        self.judge(list(kinds.bodies()), 250, fault)

    def test_the_root_of_related_parts(self):
        def fault(case, got):
            html = got["body"].get("html", "").strip()
            return None if html == case[2] and len(got["attachments"]) == 2 else got["body"]
        self.judge(list(kinds.related()), 28, fault)

    def test_deep_groups(self):
        cases = [("deep-%d" % n, kinds.deep_groups(n)) for n in (10, 1000, 50000)]

        def fault(case, got):
            return None if [p["address"] for p in got["to"]] == ["a@x.example"] else got["to"]
        self.judge(cases, 3, fault)


if __name__ == "__main__":
    unittest.main()
