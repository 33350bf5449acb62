#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""What few mails have, in hundreds of variants (tests/corpus/rare_kinds.py): nothing of it is
lost, judged as in test_conserve.py. BULKHEAD_LONG=1 takes ten times as many."""
import email
import email.header
import email.policy
import email.utils
import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
sys.path.insert(0, os.path.join(SOURCE, "tests", "corpus"))
sys.path.insert(0, os.path.join(SOURCE, "tests", "system"))
import rare_kinds as rare  # noqa: E402
from test_conserve import LONG, SANITIZE, complaints, convert, seen  # noqa: E402

COUNT = 3000 if LONG else 100 if SANITIZE else 300


def undeclared(part):
    """RFC 2045 6.4: what holds 8-bit or binary parts says so."""
    ranks = ("7bit", "8bit", "binary")
    said = (part["content-transfer-encoding"] or "7bit").lower()
    for inner in part.get_payload() if part.is_multipart() else ():
        has = (inner["content-transfer-encoding"] or "7bit").lower()
        if has in ranks and (said not in ranks or ranks.index(has) > ranks.index(said)):
            yield "%s in %s of %s" % (has, said, part.get_content_type())
        yield from undeclared(inner)


class Rare(unittest.TestCase):
    def judge(self, cases, fault):
        """fault(case, outcome, notes, result): what is wrong, each as a text."""
        self.assertEqual(COUNT, len(cases))
        wrong = []
        for case, got in zip(cases, convert([(c.name, c.data) for c in cases])):
            bad = list(fault(case, *got))
            if bad:
                wrong.append("%s: %s\n  %s" % (case.name, "; ".join(bad), got[1]))
        self.assertEqual(0, len(wrong), "of %d:\n%s" % (len(cases), "\n".join(wrong[:15])))

    def conserved(self, case, outcome, notes, result):
        yield from complaints(case.data, case.around, case.streams, outcome, notes, result)

    def test_uuencoded_within_texts(self):
        self.judge(list(rare.uuencoded(COUNT)), self.conserved)

    def test_multiparts_without_parts(self):
        """As they came, and a note says what was not looked into."""
        def fault(case, outcome, notes, result):
            if case.streams:
                yield from self.conserved(case, outcome, notes, result)
                return
            if case.data != result:
                yield "changed"
            if case.want != ("not looked into" in notes):
                yield "no note" if case.want else "a note on nothing"
        self.judge(list(rare.partless(COUNT)), fault)

    def test_calendars_and_reports_of_the_mail(self):
        def fault(case, outcome, notes, result):
            yield from self.conserved(case, outcome, notes, result)
            if case.want:
                types = [p.get_content_type() for p in email.message_from_bytes(result).walk()]
                if types.count(case.want[0]) != case.want[1]:
                    yield "%d of %s" % (types.count(case.want[0]), case.want[0])
        self.judge(list(rare.told(COUNT)), fault)

    def test_text_behind_nul(self):
        def fault(case, outcome, notes, result):
            yield from self.conserved(case, outcome, notes, result)
            if case.want not in notes:
                yield "no note on " + case.want
        self.judge(list(rare.behind_nul(COUNT)), fault)

    def test_addresses(self):
        def fault(case, outcome, notes, result):
            yield from self.conserved(case, outcome, notes, result)
            mail = email.message_from_bytes(result)
            found = [a for _, a in email.utils.getaddresses(mail.get_all("to", []))]
            if not case.want[0].isascii():  # of use with SMTPUTF8 alone: readable, and a note
                said = str(email.header.make_header(email.header.decode_header(mail["to"])))
                if case.want[2] not in said.replace("\\", "") or case.want[2] not in notes:
                    yield "%s for %s" % (said, case.want[2])
                return
            local, _, domain = (found or [""])[0].rpartition("@")
            want = case.want[1]
            if len(found) != 1 or local.strip('"') != case.want[0] or (
                    domain.lower() != want if want else not domain.startswith("a.xn--")):
                yield "%s for %s" % (mail.get_all("to"), case.want)
        self.judge(list(rare.addresses(COUNT)), fault)

    def test_objects(self):
        def fault(case, outcome, notes, result):
            files = seen(result).files
            if case.want[0] not in files:
                yield "%s: the file within is gone" % outcome
            if case.want[1] and case.want[1] not in files:
                yield "the wrapper is gone"
        self.judge(list(rare.objects(COUNT)), fault)

    def test_signed(self):
        """Byte for byte wherever it stands; one in ten is really signed, and verified where it stands
        alone."""
        with tempfile.TemporaryDirectory() as folder:
            key, cert, out = (os.path.join(folder, n) for n in ("key", "cert", "out"))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert,
                            "-subj", "/CN=Ann", "-days", "2"], check=True, capture_output=True)
            made = []

            def sign(text):
                made.append(len(made) % (3 if SANITIZE else 10) == 0)
                if not made[-1]:
                    return b"0\0"
                text = text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
                return subprocess.run(["openssl", "cms", "-sign", "-signer", cert, "-inkey", key, "-outform", "DER",
                                       "-binary"], input=text, check=True, capture_output=True).stdout
            cases = list(rare.signed(COUNT, sign))
            real, verified = {c.name for c, is_real in zip(cases, made) if is_real}, []

            def fault(case, outcome, notes, result):
                entity, alone = case.want
                yield from undeclared(email.message_from_bytes(result))
                if entity not in result:
                    yield outcome + ": not byte for byte"
                elif alone and case.name in real:
                    run = subprocess.run(["openssl", "cms", "-verify", "-noverify", "-out", out], input=result,
                                         capture_output=True, check=False)
                    verified.append(case.name)
                    if run.returncode:
                        yield run.stderr.decode()
            self.judge(cases, fault)
            self.assertTrue(verified)


if __name__ == "__main__":
    unittest.main()
