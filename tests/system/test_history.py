# SPDX-License-Identifier: ISC
"""The failures that stopped the original, each by the number of its Knowledge Base article."""

import email
import email.policy
import hashlib
import os
import struct

import harness
import samples
from harness import TestCase, wait_for
from samples import ATTACHMENT, MESSAGE, attribute


def parse(path):
    with open(path, "rb") as f:
        return email.message_from_binary_file(f, policy=email.policy.default)


def stream(*attributes, key=1):
    """A TNEF stream of exactly these attributes."""
    return struct.pack("<IH", 0x223E9F78, key) + b"".join(attributes)


def plain_stream(*more, codepage=1252, subject=b"Hello", body=b"Just words.\r\n"):
    return stream(
        attribute(MESSAGE, 0x00089006, struct.pack("<I", 0x00010000)),
        attribute(MESSAGE, 0x00069007, struct.pack("<II", codepage, 0)),
        attribute(MESSAGE, 0x00078008, b"IPM.Microsoft Mail.Note\0"),
        attribute(MESSAGE, 0x00018004, subject + b"\0"),
        attribute(MESSAGE, 0x0002800C, body + b"\0"), *more)


class History(TestCase):
    """Each through the whole service; the decoders' own tables are unit tests."""

    @classmethod
    def setUpClass(cls):
        cls.shared = harness.Service({"reports": "all"}).start()

    @classmethod
    def tearDownClass(cls):
        code = cls.shared.stop()
        lost = [e for e in cls.shared.log if e.get("event") == harness.WORKER_NOT_READY]
        cls.shared.close()
        assert code == 0 and not lost

    def convert(self, name, data):
        self.shared.drop(name, data)
        return parse(self.shared.wait_result(name))

    def settles(self, name, data):
        """Any clean end: converted, or refused with a reason. Never a crash."""
        self.shared.drop(name, data)
        wait_for(lambda: self.shared.result_of(name) or self.shared.letter_of(name),
                 lambda: f"an end of {name}\n" + self.shared.last_words())
        letter = self.shared.letter_of(name)
        if letter:
            _, report = self.shared.wait_letter(name)
            self.assertEqual("refused", report["verdict"], report)
            self.assertTrue(report["reason"])
            return None
        return parse(self.shared.result_of(name))

    # 1
    def test_kb_q151669_a_fault_in_one_converter_stops_nobody(self):
        self.shared.drop("q151669.eml", samples.marked("null"))
        names = [f"q151669-{i}.eml" for i in range(10)]
        for name in names:
            self.shared.drop(name, samples.mail(name))
        for name in names:
            self.shared.wait_result(name)
        _, report = self.shared.wait_letter("q151669.eml")
        self.assertEqual("crashed", report["verdict"])

    # 4
    def test_kb_q159305_corrupt_tnef_ends_no_service(self):
        whole = samples.tnef("corrupt", attachments=[("a.txt", b"text" * 100)])
        ends = wrong = 0
        before = len(self.shared.events(harness.WORKER_END))
        for i in range(0, len(whole), max(1, len(whole) // 40)):
            broken = bytearray(whole)
            broken[i] ^= 0xFF
            self.settles(f"q159305-{i}.dat", bytes(broken))
            ends += 1
            wrong += len(self.shared.events(harness.FAULT, file=f"q159305-{i}.dat"))
        self.assertGreater(ends, 30)
        self.assertEqual(0, wrong)
        died = self.shared.events(harness.WORKER_END)[before:]
        self.assertFalse([e for e in died if e.get("signal")], died)

    # 5
    def test_kb_q151791_q237182_no_endless_resubmission(self):
        self.shared.drop("q151791.eml", samples.marked("abort"))
        letter, report = self.shared.wait_letter("q151791.eml")
        self.assertEqual(2, report["charges"]["crash"])
        job = os.path.basename(letter)[:16].decode()
        self.assertEqual(2, len(self.shared.wait_event(harness.FAILED, count=2, job=job)))

    # 6
    def test_kb_q173344_address_over_256_characters(self):
        long = b"x" * 3000 + b"@example.org"
        result = self.convert("q173344.dat", samples.tnef(sender=(b"Long", b"SMTP:" + long)))
        self.assertEqual("Hello", result["subject"])

    def test_kb_q158379_q169671_bad_addresses(self):
        for i, address in enumerate((b"", b"SMTP:", b"SMTP:@", b"no type", b"SMTP:a b c <x>\r\nBcc: evil@x",
                                     b"MS:NET/PO/USER", b"X400:c=us;a= ;p=x", b"\xff\xfe\xfd", b"SMTP:a@b,c@d")):
            result = self.convert(f"q158379-{i}.dat", samples.tnef(sender=(b"Odd \"one\"", address)))
            self.assertEqual("Hello", result["subject"], address)
            self.assertIsNone(result["bcc"], "an address must not make a header of its own")

    # 7
    def test_kb_q175965_failing_without_sender_and_recipients(self):
        """The original crashed while it logged a report without valid addresses."""
        bare = b"Subject:\r\nBULKHEAD-CHAOS: null\r\n\r\n\r\n"
        self.shared.drop("q175965.eml", bare)
        _, report = self.shared.wait_letter("q175965.eml")
        self.assertEqual("crashed", report["verdict"])
        odd = (b"From: \xff\xfe<\x01\x02>\r\nSubject: =?x?q?=00?=\r\nTo: ,,;:\r\n"
               b"BULKHEAD-CHAOS: null\r\n\r\n")
        self.shared.drop("q175965-odd.eml", odd)
        _, report = self.shared.wait_letter("q175965-odd.eml")
        self.assertEqual("crashed", report["verdict"])

    # 8
    def test_kb_q158379_no_empty_orphans(self):
        self.shared.drop("q158379.eml", samples.marked("null"))
        self.shared.wait_letter("q158379.eml")
        self.shared.wait_idle()
        for path in self.shared.results():
            self.assertGreater(os.stat(path).st_size, 0, path)
        self.assertEqual([], harness.files_below(self.shared.spool / "tmp", hidden=False))

    # 10, 14
    def test_kb_q191163_q166589_three_attachments_with_double_byte_names(self):
        names = ["\u8cc7\u6599.txt", "\ud55c\uae00.txt", "\u65e5\u672c\u8a9e.txt"]
        data = [os.urandom(4000 + i) for i in range(3)]
        parts = []
        for name, content in zip(names, data):
            rows = samples.properties(samples.text_property(0x3707001F, name))
            parts += [
                attribute(ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
                attribute(ATTACHMENT, 0x0006800F, content),
                attribute(ATTACHMENT, 0x00069005, rows)]
        result = self.convert("q191163.dat", plain_stream(*parts))
        found = {p.get_filename(): p.get_payload(decode=True) for p in result.walk()
                 if p.get_filename()}
        self.assertEqual(names, list(found), "their names and order")
        for name, content in zip(names, data):
            self.assertEqual(hashlib.sha256(content).digest(),
                             hashlib.sha256(found[name]).digest())

    def test_kb_q152166_q161945_names_with_dots_and_without_any(self):
        names = ["a.b.c.tar.gz", ".hidden", "no dot", "ends."]
        attachments = [(n, n.encode()) for n in names] + [("", b"nameless")]
        result = self.convert("q152166.dat", samples.tnef(attachments=attachments))
        found = {p.get_filename(): p.get_payload(decode=True) for p in result.iter_attachments()}
        for name in names:
            self.assertEqual(name.encode(), found.get(name), found)
        self.assertIn(b"nameless", found.values())

    # 12
    def test_kb_q167139_q167639_q157012_code_pages(self):
        for codepage, text, encoding in (
                (20866, "\u041f\u0440\u0438\u0432\u0435\u0442", "koi8-r"), (874, "\u0e2a\u0e27\u0e31\u0e2a", "cp874"),
                (1255, "\u05e9\u05dc\u05d5\u05dd", "cp1255"), (932, "\u65e5\u672c", "cp932"),
                (949, "\ud55c\uad6d", "cp949"), (1251, "\u0414\u0430", "cp1251")):
            with self.subTest(codepage):
                raw = text.encode(encoding)
                result = self.convert(f"cp{codepage}.dat",
                                      plain_stream(codepage=codepage, subject=raw, body=raw + b"\r\n"))
                self.assertEqual(text, result["subject"])
                self.assertIn(text, result.get_body(("plain",)).get_content())

    def test_kb_q224987_bogus_code_pages(self):
        for codepage in (20301, 0, 1, 65535, 0xFFFFFFFF):
            with self.subTest(codepage):
                result = self.convert(f"bogus{codepage}.dat",
                                      plain_stream(codepage=codepage, body=b"plain ASCII stays\r\n"))
                self.assertIn("plain ASCII stays", result.get_body(("plain",)).get_content())

    # 13
    def test_kb_q181649_nul_does_not_cut_the_body(self):
        html = b"<p>before\0after</p>"
        result = self.convert("q181649.dat", plain_stream(attribute(
            MESSAGE, 0x00069003,
            samples.properties(samples.binary_property(0x10130102, html)))))
        text = result.get_body(("html",)).get_content()
        self.assertIn("before", text)
        self.assertIn("after", text)

    def test_kb_q180180_no_final_newline_loses_nothing(self):
        result = self.convert("q180180.dat", plain_stream(body=b"first line\r\nlast line"))
        self.assertIn("last line", result.get_body(("plain",)).get_content())
        carried = samples.mail_with_tnef(samples.tnef("inner", attachments=[("z.txt", b"zzz")]))
        result = self.convert("q180180-carried.eml", carried.rstrip(b"\r\n"))
        self.assertIn("z.txt", [p.get_filename() for p in result.walk()])

    # 15
    def test_kb_q161933_the_time_sent_is_kept(self):
        result = self.convert("q161933.dat", plain_stream(
            attribute(MESSAGE, 0x00038005, samples.when(1997, 3, 4, 5, 6, 7))))
        date = result["date"].datetime
        self.assertEqual((1997, 3, 4), (date.year, date.month, date.day))

    def test_kb_q170137_q214565_impossible_dates(self):
        for i, date in enumerate((samples.when(0, 0, 0, 0, 0, 0), samples.when(100, 13, 32, 25, 61, 61),
                                  samples.when(65535, 1, 1), b"", b"\0", b"\xff" * 14)):
            result = self.convert(f"q170137-{i}.dat",
                                  plain_stream(attribute(MESSAGE, 0x00038005, date)))
            self.assertEqual("Hello", result["subject"])

    # 11
    def test_kb_q177979_q157420_embedded_messages(self):
        inner = samples.tnef("The inner one", "Inner words.\r\n", [("deep.txt", b"deep")])
        iid = bytes.fromhex("0703020000000000c000000000000046")
        rows = samples.properties(struct.pack("<III", 0x3701000D, 1, len(iid) + len(inner))
                                  + iid + inner + b"\0" * (-(len(inner)) % 4))
        result = self.convert("q177979.dat", plain_stream(
            attribute(ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
            attribute(ATTACHMENT, 0x00069005, rows)))
        subjects = [p["subject"] for p in result.walk() if p["subject"]]
        self.assertIn("The inner one", subjects)
        self.assertIn("deep.txt", [p.get_filename() for p in result.walk()])

    def test_nesting_without_end_is_bounded(self):
        data = samples.tnef("0")
        iid = bytes.fromhex("0703020000000000c000000000000046")
        for i in range(60):
            rows = samples.properties(struct.pack("<III", 0x3701000D, 1, 16 + len(data)) + iid + data
                                      + b"\0" * (-len(data) % 4))
            data = plain_stream(
                attribute(ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
                attribute(ATTACHMENT, 0x00069005, rows), subject=b"%d" % i)
        self.settles("deep.dat", data)

    # 9, 20
    def test_kb_q169682_categories_and_named_properties(self):
        guid = bytes.fromhex("2903020000000000c000000000000046")
        name = "Keywords\0".encode("utf-16-le")
        value = "Red\0".encode("utf-16-le")
        row = (struct.pack("<I", 0x8000101F) + guid + struct.pack("<II", 1, len(name)) + name
               + b"\0" * (-len(name) % 4) + struct.pack("<II", 1, len(value)) + value)
        result = self.convert("q169682.dat", plain_stream(
            attribute(MESSAGE, 0x00069003, samples.properties(row))))
        self.assertEqual("Hello", result["subject"])

    def test_kb_q241482_q243769_zero_length_strings_and_wrong_types(self):
        for i, data in enumerate((
                plain_stream(attribute(MESSAGE, 0x00018004, b"")),
                plain_stream(attribute(MESSAGE, 0x00078008, b"")),
                plain_stream(attribute(MESSAGE, 0x00069003, b"")),
                plain_stream(attribute(MESSAGE, 0x00069003, struct.pack("<I", 0xFFFFFFFF))),
                plain_stream(attribute(MESSAGE, 0x00069003, samples.properties(
                    struct.pack("<III", 0x0037001F, 1, 0)))),
                plain_stream(attribute(MESSAGE, 0x00069003, samples.properties(
                    struct.pack("<III", 0x0037001E, 0xFFFFFFFF, 0xFFFFFFFF)))),
                plain_stream(attribute(MESSAGE, 0x00008000, b"\x04\0\xff\xff\xff\xff\xff\xff")))):
            self.settles(f"q241482-{i}.dat", data)

    def test_kb_q161937_mac_binary_flag_without_a_resource_fork(self):
        result = self.convert("q161937.dat", plain_stream(
            attribute(ATTACHMENT, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 1)),
            attribute(ATTACHMENT, 0x00018010, b"mac.bin\0"),
            attribute(ATTACHMENT, 0x0006800F, b"tiny")))
        self.assertIn(b"tiny", [p.get_payload(decode=True) for p in result.walk()])

    # 19
    def test_kb_q234745_endless_loop_is_ended(self):
        service = self.service({"limits": {"cpu": "1s"}})
        service.drop("q234745.eml", samples.marked("spin"))
        _, report = service.wait_letter("q234745.eml")
        self.assertEqual("timed-out-cpu", report["verdict"])

    # 16
    def test_kb_q164840_q159181_no_duplicates_after_restarts(self):
        service = self.service(start=False)
        names = [f"m{i}.eml" for i in range(60)]
        for name in names:
            service.drop(name, samples.mail(name))
        with harness.Consumer(service) as consumer:
            while not service.idle():
                done = len(consumer.results)
                service.start()
                wait_for(lambda done=done: len(consumer.results) > done or service.idle(), "progress")
                service.kill()
            service.start()
            service.wait_idle()
        consumer.finish()
        self.assert_accounted(names, service, consumer)


if __name__ == "__main__":
    harness.main()
