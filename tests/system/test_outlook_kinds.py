# SPDX-License-Identifier: ISC
"""What Outlook has and other mail has not, as an Outlook message and as winmail.dat: both
become the same, nothing of it is lost in silence."""

import base64
import codecs
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import SOURCE
from turned import Turned

sys.path.insert(0, str(SOURCE / "tests/corpus"))
# pylint: disable=wrong-import-position
import make_items
import make_msg
import msg_write
from make import BINARY, LONG, STRING8, SYSTIME, UNICODE
from make_items import (ADDRESS, BOB, COMMON, MONTHLY, TASK, YEARLY, Item, day,
                        event, exception, named, pattern, recurs, request, sender, when,
                        zoned)

MESSAGING = bytes.fromhex("138ff241f4831441a584eedb5a6b0bff")
TEXT = "Dear Bob,\r\n\r\nhere it is.\r\n"


def mail(*rows, klass="IPM.Note", recipients=(BOB,), attachments=()):
    found = [(0x1a, UNICODE, klass), (0x37, UNICODE, "Subject"), (0x1000, UNICODE, TEXT),
             (0x39, SYSTIME, when(2024, 5, 1, 10)), *sender()]
    ids = {row[0] for row in rows if len(row) == 3}
    return Item([r for r in found if r[0] not in ids] + list(rows), list(recipients),
                list(attachments))


def verb(kind, name, wide=True):
    """One of a verb stream, and its name once more in UTF-16 ([MS-OXOMSG] 2.2.1.74)."""
    raw = name.encode("cp1252", "replace")
    klass = b"IPM.Note"
    one = struct.pack("<IB", kind, len(raw)) + raw + struct.pack("<B", len(klass)) + klass + \
        b"\0" + struct.pack("<B", len(raw)) + raw + struct.pack("<IBIIIIII", 0, 0, 0, 1, 8, 2, 1, -1 & 0xffffffff)
    more = name.encode("utf-16-le")
    return one, (struct.pack("<B", len(name)) + more) * 2 if wide else b""


def verbs(*all_of_them, wide=True):
    parts = [verb(*one) for one in all_of_them]
    return struct.pack("<HI", 0x0102, len(parts)) + b"".join(p[0] for p in parts) + (
        struct.pack("<H", 0x0104) + b"".join(p[1] for p in parts) if wide else b"")


HOST = (b"From: a@example.org\r\nSubject: host\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\r\n" + TEXT.encode() + b"--outer\r\n")


def hosted(data, kind, name):
    return HOST + b"Content-Type: %s; name=%s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % (
        kind, name) + base64.encodebytes(data).replace(b"\n", b"\r\n") + b"--outer--\r\n"


class Kinds(unittest.TestCase):
    maxDiff = None

    def both(self, item, target="mime"):
        """As either; what is said of both is the same."""
        turned = [Turned(item.msg(), target), Turned(item.tnef(), target)]
        for one in turned:
            self.assertEqual("converted", one.outcome, one.notes)
        return turned

    # Fields.

    def test_voting_buttons(self):
        stream = verbs((102, "Reply"), (4, "Yes"), (104, "Forward"), (4, "N\u00e4h \u263a"), (4, "Maybe"))
        for turned in self.both(mail(named(BINARY, stream, COMMON, 0x8520))):
            self.assertEqual("Yes;N\u00e4h \u263a;Maybe", turned.mail["X-MAPI-Voting-Options"])
            self.assertEqual([], turned.notes)

    def test_voting_buttons_in_bytes_alone(self):
        stream = verbs((4, "Ja"), (4, "N\u00f6"), wide=False)
        for turned in self.both(mail(named(BINARY, stream, COMMON, 0x8520))):
            self.assertEqual("Ja;N\u00f6", turned.mail["X-MAPI-Voting-Options"])

    def test_damaged_voting_buttons(self):
        stream = verbs((4, "Yes"), (4, "No"))
        for cut in range(0, len(stream), 3):
            for turned in self.both(mail(named(BINARY, stream[:cut], COMMON, 0x8520))):
                self.assertIn(turned.mail["X-MAPI-Voting-Options"],
                              (None, "Yes", "Yes;No"), cut)

    def test_a_verb_stream_without_votes(self):
        for turned in self.both(mail(named(BINARY, verbs((102, "Reply")), COMMON, 0x8520))):
            self.assertIsNone(turned.mail["X-MAPI-Voting-Options"])
            self.assertEqual([], turned.notes)

    def test_a_vote(self):
        for turned in self.both(mail(named(UNICODE, "N\u00e4h", COMMON, 0x8524))):
            self.assertEqual("N\u00e4h", turned.mail["X-MAPI-Voting-Response"])

    def test_a_vote_in_a_winmail_has_a_note(self):
        item = mail(named(UNICODE, "Maybe", COMMON, 0x8524), klass="IPM.Note.Acme")
        turned = Turned(hosted(item.tnef(), b"application/ms-tnef", b"winmail.dat"))
        self.assertEqual("host", turned.mail["Subject"])
        self.assertTrue(turned.noted("PidLidVerbResponse", "Maybe"), turned.notes)
        self.assertTrue(turned.noted("IPM.Note.Acme"), turned.notes)

    def test_flags(self):
        due = named(SYSTIME, when(2024, 6, 1), TASK, 0x8105)
        for turned in self.both(mail((0x1090, LONG, 2), due, named(UNICODE, "Call", COMMON, 0x8530))):
            self.assertEqual(("flagged", "Sat, 1 Jun 2024 00:00:00 +0000", "Call"),
                             tuple(str(turned.mail[n]) for n in (
                                 "X-MAPI-Flag-Status", "X-MAPI-Flag-Due", "X-Message-Flag")))
        for turned in self.both(mail((0x1090, LONG, 1), (0x1091, SYSTIME, when(2024, 6, 2, 3)))):
            self.assertEqual(("complete", "Sun, 2 Jun 2024 03:00:00 +0000"),
                             tuple(str(turned.mail[n]) for n in (
                                 "X-MAPI-Flag-Status", "X-MAPI-Flag-Completed")))
        for turned in self.both(mail((0x1090, LONG, 0))):
            self.assertIsNone(turned.mail["X-MAPI-Flag-Status"])

    def test_reactions(self):
        history = '[{"Type":"heart","Name":"Eve \u263a","Email":"eve@example.com"}]'
        for turned in self.both(mail(
                (None, UNICODE, "Heart", (MESSAGING, "OwnerReactionType")),
                (None, BINARY, history.encode(), (MESSAGING, "ReactionsHistory")))):
            self.assertEqual("Heart", turned.mail["X-MAPI-Reaction"])
            self.assertEqual(history, str(turned.mail["X-MAPI-Reactions"]).strip())

    def test_classes_of_somebody(self):
        for klass in ("IPM.Note.Acme.Order", "IPM.Sharing", "IPM.Outlook.Recall", "IPM.Post",
                      "IPM.StickyNote", "My.Thing \u263a"):
            with self.subTest(klass):
                for turned in self.both(mail(klass=klass)):
                    self.assertEqual(klass, turned.mail["X-MAPI-Message-Class"])
        for klass in ("IPM.Note", "IPM", "ipm.note", "IPM.Appointment", "REPORT.IPM.Note.DR"):
            for turned in self.both(mail(klass=klass)):
                self.assertIsNone(turned.mail["X-MAPI-Message-Class"], klass)

    def test_a_class_starts_no_field_of_its_own(self):
        for turned in self.both(mail(klass="IPM.Note.A\r\nBcc: x@example.org\r\n\r\nB")):
            self.assertIsNone(turned.mail["Bcc"])

    def test_bcc_is_kept(self):
        bcc = make_items.recipient("Secret", "secret@example.com", 3)
        for turned in self.both(mail(recipients=[BOB, bcc])):
            self.assertEqual([("Secret", "secret@example.com")], turned.people("Bcc"))

    def test_addresses_of_other_systems(self):
        kinds = [("MS", "NET/PO/MBX", "IMCEAMS-NET_PO_MBX"),
                 ("X400", "c=US;a= ;p=Acme;o=$/x", "IMCEAX400-c=US+3Ba=+20+3Bp=Acme+3Bo=+24_x"),
                 ("FAX", "Bob@+49 30 1", "IMCEAFAX-Bob+40+2B49+2030+201"),
                 ("NOTES", "CN=Bob/O=Acme@Acme", "IMCEANOTES-CN=Bob_O=Acme+40Acme")]
        people = [[(0x0c15, LONG, 1), (0x3001, UNICODE, "P%d" % i), (0x3002, UNICODE, kind),
                   (0x3003, UNICODE, address)] for i, (kind, address, _) in enumerate(kinds)]
        for turned in self.both(mail(recipients=people)):
            self.assertEqual([("P%d" % i, want + "@unknown.invalid")
                              for i, (_, _, want) in enumerate(kinds)], turned.people("To"))
            self.assertEqual(len(kinds), len(turned.notes))

    def test_addresses_of_other_systems_come_back(self):
        """What was written for an address of another system is read as that address."""
        kinds = [("EX", "/o=Acme/ou=Site/cn=Recipients/cn=bob"), ("MS", "NET/PO/MBX"),
                 ("X400", "c=US;a= ;p=Acme;o=$/x"), ("FAX", "Bob@+49 30 1"), ("EX", "/o=\u00c4/cn=b")]
        people = [[(0x0c15, LONG, 1), (0x3001, UNICODE, "P%d" % i), (0x3002, UNICODE, kind),
                   (0x3003, UNICODE, address)] for i, (kind, address) in enumerate(kinds)]
        first = Turned(mail(recipients=people).msg())
        dump = Turned(first.data, "dump").data.decode()
        for kind, address in kinds:
            self.assertIn('PidTagEmailAddress 0x3003 PtypString "%s"' % address, dump)
            self.assertIn('PidTagAddressType 0x3002 PtypString "%s"' % kind, dump)

    def test_entry_ids_in_bytes(self):
        """8-bit texts within an entry id are in the message's code page."""
        for page, codec, name in ((1251, "cp1251", "\u041f\u0440\u0438\u0432\u0435\u0442"), (932, "cp932", "\u65e5\u672c"),
                                  (936, "gbk", "\u60a8\u597d"), (1255, "cp1255", "\u05e9\u05dc\u05d5\u05dd"),
                                  (65001, "utf-8", "Z\u00f6\u00eb"), (1252, "cp1252", "Zo\u00eb")):
            entry = bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + bytes(4) + b"\0".join(
                (name.encode(codec), b"SMTP", b"x@example.org", b""))
            rows = make_msg.ansi("Subject", codec, (0x3ffd, LONG, page))
            data = msg_write.message(rows, [[(0xc15, LONG, 1), (0xfff, BINARY, entry)]])
            self.assertEqual([(name, "x@example.org")], Turned(data).people("To"), page)

    def test_protected_messages(self):
        protected = b"\x76\xe8\x04\x60\xc4\x11\xe3\x86" + bytes(range(256))
        rows = [(0x3707, UNICODE, "message.rpmsg"),
                (0x370e, UNICODE, "application/x-microsoft-rpmsg-message")]
        for klass in ("IPM.Note", "IPM.Note.rpmsg.Microsoft.Voicemail.UM.CA"):
            for turned in self.both(mail(klass=klass, attachments=[(rows, protected)])):
                self.assertEqual({"message.rpmsg": protected}, turned.files())
                self.assertTrue(turned.noted("message.rpmsg", "protected"), turned.notes)

    # Calendars and cards.

    def test_descriptions_in_html(self):
        html = "<html><body><p>See <b>you</b>; at \u263a, 9\r\n</p></body></html>"
        item = request((0x1013, BINARY, html.encode()), (0x3fde, LONG, 65001))
        for turned in self.both(item, "ical"):
            whole = turned.data.replace(b"\r\n ", b"").decode()
            self.assertIn("\r\nX-ALT-DESC;FMTTYPE=text/html:<html><body><p>See <b>you</b>\\; at "
                          "\u263a\\, 9\\n</p></body></html>\r\n", whole)
            self.assertIn("\r\nDESCRIPTION:See you.\\n\r\n", whole)
        item.rows = [row for row in item.rows if row[0] != 0x1000]
        for turned in self.both(item, "ical"):
            self.assertIn("\r\nDESCRIPTION:See you\\; at \u263a\\, 9",
                          turned.data.replace(b"\r\n ", b"").decode())

    def test_other_calendars(self):
        """Months of other calendars: never an RRULE, and nothing of it is lost."""
        gone, moved = day(2024, 8, 5), day(2024, 9, 4)
        for kind, period, calendar, specific, name, rule in (
                (0x0a, 1, 0, [1], "Hijri", "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=4"),
                (0x0a, 12, 6, [1], "Hijri", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1;COUNT=4"),
                (0x0c, 1, 6, [31], "Hijri", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4"),
                (0x0b, 1, 6, [2, 1], "Hijri", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=1;COUNT=4"),
                (2, 1, 8, [1], "Hebrew", "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=4"),
                (2, 1, 0x17, [1], "Umalqura", "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=4")):
            base = pattern(YEARLY if period == 12 else MONTHLY, kind, period, specific,
                           day(2024, 7, 1), end=make_items.BY_COUNT, count=4, calendar=calendar,
                           deleted=[gone, moved], modified=[moved])
            item = Item(event("IPM.Appointment", "Feast", *make_items.MORNING, recurs(
                base, 540, 90, [exception(moved + 600, moved + 660, moved + 540)]),
                *zoned("Arab Standard Time", make_items.TOKYO, True), sent=False))
            for turned in self.both(item, "ical"):
                lines = turned.data.decode().split("\r\n")
                self.assertIn("X-MICROSOFT-CALSCALE:" + name, lines)
                self.assertIn("X-MICROSOFT-RRULE:" + rule, lines)
                self.assertIn("X-MICROSOFT-EXDATE;TZID=Arab Standard Time:20240805T090000", lines)
                self.assertIn("RECURRENCE-ID;TZID=Arab Standard Time:20240904T090000", lines)
                self.assertFalse([x for x in lines if x.startswith("RRULE")])
                self.assertTrue(turned.noted("another calendar (%s)" % name), turned.notes)

    def test_eras_are_our_months(self):
        for calendar in (1, 2, 3, 4, 5, 7):  # Gregorian, Japan, Taiwan, Korea, Thailand
            item = make_items.series(MONTHLY, 2, 1, [1], calendar=calendar,
                                     end=make_items.BY_COUNT, count=3)
            for turned in self.both(item, "ical"):
                self.assertIn(b"\r\nRRULE:FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3\r\n", turned.data)

    def test_many_exceptions_are_bounded(self):
        """The text of the series is not in each of thousands of exceptions."""
        days = [day(2024, 7, 1) + 1440 * i for i in range(3000)]
        base = pattern(make_items.DAILY, 0, 1440, [], days[0], deleted=days, modified=days)
        item = Item(event("IPM.Appointment", "Often", *make_items.MORNING, recurs(
            base, 540, 90, [exception(d + 600, d + 660, d + 540) for d in days]),
            sent=False, body="x" * 100000))
        turned = Turned(item.msg(), "ical")
        self.assertEqual(3000, turned.data.count(b"\r\nRECURRENCE-ID"))
        self.assertLess(len(turned.data), 3 << 20)

    def test_addresses_as_people_write_them(self):
        lines = "Main Street 1\r\n12345 Town; Q"
        for version, want in (("vcard", "ADR;TYPE=work;LABEL=\"Main Street 1^n12345 Town; Q\":;;;;;;"),
                              ("vcard3", "LABEL;TYPE=work:Main Street 1\\n12345 Town\\; Q")):
            item = Item([(0x1a, UNICODE, "IPM.Contact"), (0x3001, UNICODE, "Eve"),
                         named(UNICODE, lines, ADDRESS, 0x801b), (0x3a15, UNICODE, lines)])
            for turned in self.both(item, version):
                found = turned.data.replace(b"\r\n ", b"").decode().split("\r\n")
                self.assertIn(want, found)
                self.assertEqual(1, sum("Main Street" in x for x in found))

    def test_fields_of_a_contact(self):
        fields = [named(UNICODE, "field %d" % i, ADDRESS, 0x804e + i) for i in range(1, 5)]
        item = Item([(0x1a, UNICODE, "IPM.Contact"), (0x3001, UNICODE, "Eve"), *fields,
                     named(UNICODE, "https://eve.example/", ADDRESS, 0x802b)])
        for turned in self.both(item, "vcard"):
            for i in range(1, 5):
                self.assertIn(b"X-MS-USER-FIELD%d:field %d\r\n" % (i, i), turned.data)
            self.assertIn(b"URL:https://eve.example/\r\n", turned.data)
            self.assertEqual([], turned.notes)

    def test_what_a_card_cannot_say_has_a_note(self):
        for row in ((0x3a0b, UNICODE, "key word"), (0x3a0f, UNICODE, "common name"),
                    named(UNICODE, "of tomorrow", ADDRESS, 0x80f1)):
            item = Item([(0x1a, UNICODE, "IPM.Contact"), (0x3001, UNICODE, "Eve"), row])
            for target in ("vcard", "mime"):
                for turned in self.both(item, target):
                    self.assertTrue(turned.noted("lost", "no place in a card"), turned.notes)

    # Messages as files.

    def test_a_file_of_a_message(self):
        """.msg and .oft among the attachments, whatever holds them."""
        for clsid in (msg_write.MESSAGE_CLSID, msg_write.TEMPLATE_CLSID):
            inner = msg_write.message(make_msg.note(subject="Inner"), [make_msg.CAT],
                                      [msg_write.attachment("deep.txt", b"deep")], clsid=clsid)
            item = mail(attachments=[([(0x3707, UNICODE, "letter.msg")], inner)])
            for turned in self.both(item):
                self.assertEqual({"deep.txt": b"deep"}, turned.files())
                self.assertIn("Inner", [p["Subject"] for p in turned.mail.walk()])
            for name in (b"letter.msg", b"letter"):
                data = hosted(inner, b"application/vnd.ms-outlook", name)
                dump = Turned(data, "dump").data.decode()
                self.assertIn('"deep.txt"', dump)
                # A mail that only carries it passes as it is.
                self.assertIn(base64.b64encode(inner)[:60], data)

    def test_a_document_is_no_message(self):
        data = (SOURCE / "tests/corpus/cfb/plain.cfb").read_bytes()
        for turned in self.both(mail(attachments=[([(0x3707, UNICODE, "a.doc")], data)])):
            self.assertEqual({"a.doc": data}, turned.files())
            self.assertEqual([], turned.notes)

    # Signatures.

    def test_signatures_verify(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            key, cert, text = folder / "key", folder / "cert", folder / "text"
            text.write_bytes(b"Content-Type: text/plain\r\n\r\nSigned.\r\n")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                            "2", "-subj", "/CN=ann/emailAddress=ann@example.com", "-keyout", key,
                            "-out", cert], check=True, capture_output=True)
            sign = ["openssl", "cms", "-sign", "-signer", cert, "-inkey", key, "-in", text,
                    "-binary"]
            clear = subprocess.run([*sign, "-outform", "SMIME", "-crlfeol"], check=True,
                                   capture_output=True).stdout
            clear = clear.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            opaque = subprocess.run([*sign, "-nodetach", "-outform", "DER"], check=True,
                                    capture_output=True).stdout
            for klass, data, kind in (
                    ("IPM.Note.SMIME.MultipartSigned", clear, "multipart/signed"),
                    ("IPM.Note.SMIME", opaque, "application/pkcs7-mime")):
                item = mail(klass=klass, attachments=[([(0x3707, UNICODE, "smime.p7m"),
                                                        (0x370e, UNICODE, kind)], data)])
                for turned in self.both(item):
                    self.assertEqual(kind.replace("-signed", ""), turned.mail.get_content_type())
                    (folder / "mail").write_bytes(turned.data)
                    done = subprocess.run(
                        ["openssl", "cms", "-verify", "-in", folder / "mail", "-CAfile", cert,
                         "-purpose", "any"], capture_output=True, check=False)
                    self.assertEqual((0, True), (done.returncode, b"Signed." in done.stdout),
                                     done.stderr)

    # Charsets.

    PAGES = {
        "cp437": 437, "cp737": 737, "cp775": 775, "cp850": 850, "cp852": 852, "cp855": 855,
        "cp857": 857, "cp858": 858, "cp860": 860, "cp861": 861, "cp862": 862, "cp863": 863,
        "cp864": 864, "cp865": 865, "cp866": 866, "cp869": 869, "cp874": 874, "cp1250": 1250,
        "cp1251": 1251, "cp1252": 1252, "cp1253": 1253, "cp1254": 1254, "cp1255": 1255,
        "cp1256": 1256, "cp1257": 1257, "cp1258": 1258, "iso8859-1": 28591, "iso8859-2": 28592,
        "iso8859-3": 28593, "iso8859-4": 28594, "iso8859-5": 28595, "iso8859-6": 28596,
        "iso8859-7": 28597, "iso8859-8": 28598, "iso8859-9": 28599, "iso8859-13": 28603,
        "iso8859-15": 28605, "koi8-r": 20866, "koi8-u": 21866, "mac-roman": 10000,
        "mac-greek": 10006, "mac-cyrillic": 10007, "mac-latin2": 10029, "mac-iceland": 10079,
        "mac-turkish": 10081, "mac-croatian": 10082, "mac-romanian": 10010, "cp720": 720,
        "iso8859-10": 28600, "iso8859-14": 28604, "iso8859-16": 28606, "hz": 52936,
        "shift_jis": 10001, "cp932": 932, "gbk": 936, "cp949": 949, "cp950": 950, "big5": 950,
        "euc_jp": 51932, "euc_kr": 51949, "gb2312": 936, "gb18030": 54936, "iso2022_jp": 50220,
        "iso2022_kr": 50225, "johab": 1361, "utf-8": 65001, "utf-7": 65000}
    # Pages of which Python knows nothing: bytes, and what Windows reads of them.
    OTHERS = {
        20000: ("c4e3c5c6c5b3c9ed", "\u4e2d\u6587\u592b\u59a3"), 20001: ("92e29362a7bda7a2", "\u4e2d\u6587\u7de8\u78bc"),
        20002: ("92e29362a7bda7a2", "\u4e2d\u6587\u7de8\u78bc"), 20003: ("8c838cc4a15ca141", "\u4e2d\u6587\u7de8\u78bc"),
        20005: ("904990a2a6c9a6ae", "\u4e2d\u6587\u7de8\u78bc"), 20932: ("c6fccbdcb8ecb021", "\u65e5\u672c\u8a9e\u4e02"),
        708: ("e5d1cdc8c7", "\u0645\u0631\u062d\u0628\u0627"), 10005: ("f9ece5ed", "\u05e9\u05dc\u05d5\u05dd"),
        10021: ("cac7d1ca", "\u0e2a\u0e27\u0e31\u0e2a"), 10002: ("a4a4a4e5", "\u4e2d\u6587"), 10003: ("c7d1b1b9", "\ud55c\uad6d"),
        20108: ("5b5c5d", "\u00c6\u00d8\u00c5"), 29001: ("abd3d39eaa9c", "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1"),
        57002: ("d8dbc6e8c4dc", "\u0939\u093f\u0928\u094d\u0926\u0940"), 57003: ("cadaa2d1da", "\u09ac\u09be\u0982\u09b2\u09be"),
        57004: ("c2ccdbd3e8", "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd"), 57010: ("b5ddbacfdac2dc", "\u0a97\u0ac1\u0a9c\u0ab0\u0abe\u0aa4\u0ac0")}
    TEXTS = ("\u65e5\u672c\u8a9e", "\u6c49\u5b57", "\ud55c\uad6d", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "\u0e2a\u0e27\u0e31\u0e2a", "\u0393\u03b5\u03b9\u03ac", "\u0141\u00f3d\u017a",
             "T\u00fcrk\u00e7e\u015f", "\u00c0\u00e9\u00ee", "\u00c6\u00f8", "\u00e9\u00e8", "\u0141\u0105", "\ufe8d\ufee1")

    def test_every_code_page(self):
        cases = [(page, bytes.fromhex(raw), text) for page, (raw, text) in self.OTHERS.items()]
        for codec, page in self.PAGES.items():
            text = next(t for t in self.TEXTS if codecs.encode(
                t, codec, "ignore").decode(codec) == t)
            cases.append((page, text.encode(codec), text))
        for page, raw, text in cases:
            with self.subTest(page=page, text=text):
                rows = [(0x1a, STRING8, b"IPM.Note"), (0x37, STRING8, raw), (0x1000, STRING8, raw),
                        (0x0c1a, STRING8, raw), (0x0c1e, STRING8, b"SMTP"),
                        (0x0c1f, STRING8, b"ann@example.com"), (0x3ffd, LONG, page)]
                item = Item(rows, [[(0xc15, LONG, 1), (0x3001, STRING8, raw),
                                    (0x3002, STRING8, b"SMTP"), (0x3003, STRING8, b"b@example.org")]],
                            [([(0x3707, STRING8, raw)], b"data")])
                for turned in self.both(item):
                    self.assertEqual(
                        (text, text, [(text, "ann@example.com")], [(text, "b@example.org")], [text]),
                        (turned.mail["Subject"], turned.text().strip(), turned.people("From"),
                         turned.people("To"), list(turned.files())))

    def test_names_without_recipients(self):
        """A list of names is all that is left of the recipients: a note has it."""
        for turned in self.both(mail((0xe04, UNICODE, "Bob; Cat"), (0xe03, UNICODE, ""), recipients=())):
            self.assertIsNone(turned.mail["To"])
            self.assertTrue(turned.noted("PidTagDisplayTo", "Bob; Cat"), turned.notes)
        for turned in self.both(mail((0xe04, UNICODE, "Bob"), recipients=[BOB])):
            self.assertFalse(turned.noted("PidTagDisplayTo"))

    def test_half_a_character(self):
        for text in ("half \ud83d only", "\ude00 first", "\ud83d\ud83d\ude00"):
            turned = Turned(mail((0x37, UNICODE, text)).msg())
            self.assertIn("\ufffd", turned.mail["Subject"])
            self.assertTrue(turned.noted("PidTagSubject", "UTF-16"), turned.notes)

    def test_the_order_of_code_pages(self):
        """One order for both containers: PidTagMessageCodepage, PidTagInternetCodepage, the
        language's, windows-1252; no page is believed that the bytes deny."""
        text = "\u041f\u0440\u0438\u0432\u0435\u0442"
        for rows in ([(0x3ffd, LONG, 1251), (0x3fde, LONG, 1252)], [(0x3fde, LONG, 1251)],
                     [(0x3ff1, LONG, 1049)], [(0x3ffd, LONG, 1200), (0x3fde, LONG, 1251)],
                     [(0x3ffd, LONG, 65001), (0x3fde, LONG, 1251)],
                     [(0x3ffd, LONG, 50220), (0x3fde, LONG, 1251), (0x3ff1, LONG, 1049)][1:],
                     [(0x3ffd, LONG, 99999), (0x3fde, LONG, 1251)],
                     [(0x3ffd, LONG, 20127), (0x3fde, LONG, 1251)]):
            item = Item([(0x1a, STRING8, b"IPM.Note"), (0x37, STRING8, text.encode("cp1251")), *rows])
            for turned in self.both(item):
                self.assertEqual(text, turned.mail["Subject"], rows)
        # The name of a file alone denies the page of all texts.
        item = Item([(0x1a, UNICODE, "IPM.Note"), (0x37, STRING8, b"Plain"), (0x3ffd, LONG, 65001),
                     (0x3fde, LONG, 1251)], [BOB], [([(0x3707, STRING8, text.encode("cp1251"))], b"x")])
        for turned in self.both(item):
            self.assertEqual([text], list(turned.files()))
            self.assertTrue(turned.noted("PidTagMessageCodepage", "65001"))


if __name__ == "__main__":
    harness.main()
