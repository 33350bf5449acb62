# SPDX-License-Identifier: ISC
"""What other readers of Outlook messages got wrong, by their own trackers: 43 pitfalls, a test
each. The comment names the reports; the files are made here, each with that one trap in it."""

import re
import struct
import sys
import unittest

import harness
from harness import SOURCE
from turned import Turned

sys.path.insert(0, str(SOURCE / "tests/corpus"))
# pylint: disable=wrong-import-position
import cfb_write
import make_cfb
import make_items
import make_msg
import msg_write
from make import (BINARY, LONG, MV, PS_PUBLIC_STRINGS, STRING8, SYSTIME, UNICODE, lzfu,
                  one_off)
from make_msg import BOB, CAT, EX, SAMPLES, ansi, image, note

COUNT = 43
HTML = "<html><body>%s</body></html>"


def plain(**how):
    return msg_write.message(note(), [BOB, CAT],
                             [msg_write.attachment("report.txt", b"Numbers.\r\n")], **how)


def fat_of(data):
    """Where the entries of the first FAT sector stand."""
    return (struct.unpack_from("<I", data, 76)[0] + 1) * 512


def sectors(data):
    return (len(data) - 512) // 512


def put(data, at, *numbers):
    data = bytearray(data)
    struct.pack_into("<%dI" % len(numbers), data, at, *numbers)
    return bytes(data)


class Pitfalls(unittest.TestCase):
    def whole(self, data):
        """It is read as if nothing were wrong."""
        turned = Turned(data)
        self.assertEqual("converted", turned.outcome)
        self.assertEqual("What you asked for", turned.mail["Subject"])
        self.assertEqual(make_msg.TEXT.split(), turned.text().split())
        self.assertEqual({"report.txt": b"Numbers.\r\n"}, turned.files())
        return turned

    def test_00_each_has_a_test(self):
        found = sorted(int(n[5:7]) for n in dir(self) if re.match(r"test_\d\d_", n))
        self.assertEqual(list(range(COUNT + 1)), found)

    # Containers.

    def test_01_fat_longer_than_the_file(self):  # rust-cfb#1, #63
        data = plain()
        self.whole(put(data, fat_of(data) + 4 * sectors(data), cfb_write.END, cfb_write.END))

    def test_02_fat_of_far_more_sectors_than_there_are(self):  # rust-cfb#41
        turned = self.whole(put(put(plain(), 44, 236), 80, 5000, 5001, 5002))
        self.assertIn("the FAT is longer than the file", "\n".join(turned.notes))

    def test_03_fat_sectors_not_marked_as_such(self):  # rust-cfb#30
        data = plain()
        own = struct.unpack_from("<I", data, 76)[0]
        self.whole(put(data, fat_of(data) + 4 * own, cfb_write.FREE))

    def test_04_mini_fat_larger_than_the_mini_stream(self):  # rust-cfb#34
        self.whole(plain(fault=make_cfb.mini_fat_long))

    def test_05_4096_bytes_are_not_in_the_mini_stream(self):  # node-ole-doc#2, #4
        files = Turned(SAMPLES["exactly-4096"]()).files()
        self.assertEqual({"4096.bin": b"4096" * 1024, "4095.bin": b"4095" * 1023 + b"409"}, files)

    def test_06_garbage_behind_the_list_of_fat_sectors(self):  # olefile#1
        self.whole(make_cfb.difat_garbage(plain()))

    def test_07_stream_longer_than_its_chain(self):  # olefile#27
        def claims(layout):
            make_cfb.at(layout, "__substg1.0_37010102")["size"] = 3000
        turned = Turned(plain(fault=claims))
        self.assertTrue(turned.files()["report.txt"].startswith(b"Numbers.\r\n"))
        self.assertIn("of 3000 bytes are there", "\n".join(turned.notes))

    def test_08_mini_fat_in_pieces(self):  # msoffice#9 (herumi)
        many = [msg_write.recipient("R%d" % i, "r%d@example.org" % i) for i in range(60)]
        turned = Turned(msg_write.message(note(), many, scatter=True))
        self.assertEqual([("R%d" % i, "r%d@example.org" % i) for i in range(60)],
                         turned.people("To"))

    # Structure.

    def test_09_header_of_an_embedded_message(self):  # poi#103
        for length in (24, 32):
            inner = Turned(make_msg.embedded_header(length)())
            self.assertEqual(["i.txt"], list(inner.files()))
            self.assertIn("Inner", [p["Subject"] for p in inner.mail.walk()])

    def test_10_no_method_of_an_attachment(self):  # msg-extractor#318
        turned = Turned(SAMPLES["no-method"]())
        self.assertEqual(b"A", turned.files()["a.txt"])
        self.assertIn("Inner", [p["Subject"] for p in turned.mail.walk()])

    def test_11_attachment_without_properties(self):  # msg-extractor#57
        turned = Turned(SAMPLES["no-attach-properties"]())
        self.assertIn(b"Numbers.\r\n", turned.files().values())
        self.assertTrue(turned.notes)

    def test_12_embedded_message_is_a_storage(self):  # msg-extractor#31, #39, #115
        turned = Turned(SAMPLES["nested-3"]())
        self.assertEqual(["Level %d" % i for i in range(4)],
                         [p["Subject"] for p in turned.mail.walk() if p["Subject"]])

    def test_13_never_refused_by_class(self):  # msg-extractor#218, #213
        for klass in ("IPM.Message", "IPM\0", "IPM", "", "ipm.note", "My.Own", "IPM.Note.\u263a"):
            with self.subTest(repr(klass)):
                turned = Turned(msg_write.message(note(klass=klass), [BOB]))
                self.assertEqual("converted", turned.outcome)
                self.assertEqual(make_msg.TEXT.split(), turned.text().split())

    def test_14_name_and_id_of_what_holds_a_message(self):  # outlook-message-parser#42
        names = msg_write.Names()
        inner = [row for row in msg_write.embedded(names, "Inner", note(subject="Inner"), [CAT])
                 if row[0] != 0x3001] + [(0x3707, UNICODE, "letter.msg"),
                                         (0x3712, UNICODE, "inner@example.com")]
        turned = Turned(msg_write.message(note(), [BOB], [inner], names=names))
        part = next(p for p in turned.mail.walk() if p.get_content_type() == "message/rfc822")
        self.assertEqual(("letter.msg.eml", "<inner@example.com>"),
                         (part.get_filename(), part["Content-ID"]))

    def test_15_template_by_value_is_a_message(self):  # mfcmapi#109
        for name in ("by-value-oft", "by-value-msg"):
            turned = Turned(SAMPLES[name]())
            self.assertEqual({"deep.txt": b"deep"}, turned.files())
            self.assertIn("By value", [p["Subject"] for p in turned.mail.walk()])

    def test_16_recipients_without_smtp_property(self):  # msg-extractor#71
        bob = [row for row in BOB if row[0] != 0x39fe]
        self.assertEqual([("Bob", "bob@example.org")],
                         Turned(msg_write.message(note(), [bob])).people("To"))

    def test_17_categories_are_many(self):  # poi#167; large attachments: test_msg
        rows = note((None, MV | UNICODE, ["Red", "Gr\u00fcn"], (PS_PUBLIC_STRINGS, "Keywords")))
        self.assertEqual("Red, Gr\u00fcn", Turned(msg_write.message(rows, [BOB])).mail["Keywords"])

    # Texts.

    def test_18_nul_behind_an_id_and_no_rtf(self):  # outlook-message-parser#91, simple-java-mail#668
        turned = Turned(SAMPLES["nul-padded"]())
        self.assertEqual((["logo.png"], []), (turned.inline(), turned.attached()))
        self.assertIn(b"Content-ID: <logo@example.com>\r\n", turned.data)

    def test_19_padding_and_japanese_of_seven_bits(self):  # markitdown#2462
        for page in (50220, 50221, 50222):
            japanese = make_msg.codepage(make_msg.JAPANESE, "iso2022_jp", (0x3ffd, LONG, page))
            self.assertEqual(make_msg.JAPANESE, Turned(japanese()).mail["Subject"])
            windows = make_msg.codepage(make_msg.JAPANESE, "cp932", (0x3fde, LONG, page))
            self.assertEqual(make_msg.JAPANESE, Turned(windows()).mail["Subject"])
        self.assertEqual("Padded", Turned(SAMPLES["nul-padded"]()).mail["Subject"])

    def test_20_message_in_bytes_alone(self):  # markitdown#2295
        turned = Turned(SAMPLES["codepage-1251"]())
        self.assertEqual(make_msg.RUSSIAN, turned.mail["Subject"])
        self.assertEqual(make_msg.RUSSIAN, turned.text().strip())

    def test_21_bytes_of_no_code_page(self):  # xberg#493, convert-outlook-msg-file#24, #25
        self.assertEqual("Gr\u00fc\u00dfe", Turned(SAMPLES["codepage-none"]()).mail["Subject"])

    def test_22_utf_8_is_not_believed_untested(self):  # MSGReader#521
        self.assertEqual(make_msg.CHINESE, Turned(SAMPLES["codepage-utf-8-not"]()).mail["Subject"])
        self.assertEqual("Gr\u00fc\u00dfe", Turned(SAMPLES["codepage-utf-8"]()).mail["Subject"])

    def test_23_utf_16_is_not_for_bytes(self):  # MSGReader#520
        self.assertEqual(make_msg.RUSSIAN, Turned(SAMPLES["codepage-1200"]()).mail["Subject"])

    def test_24_page_of_texts_and_page_of_html(self):  # MSGReader#294
        text = "\u0104\u013d\u015a \u0165\u017e"  # not at the same places in the two pages
        rows = ansi(text, "cp1250", (0x3ffd, LONG, 1250), (0x3fde, LONG, 28592),
                    (0x1013, BINARY, (HTML % text).encode("iso8859-2")))
        turned = Turned(msg_write.message(rows, [BOB]))
        self.assertEqual(text, turned.mail["Subject"])
        self.assertIn(text, turned.text("html"))

    def test_25_both_forms_of_one_property(self):  # MSGReader#517
        turned = Turned(SAMPLES["both-forms"]())
        self.assertEqual("What you asked for", turned.mail["Subject"])

        def empty_ones(tree):
            for kind in ("001E", "0102"):
                tree["__substg1.0_0037" + kind] = b""
                tree["__attach_version1.0_#00000000"]["__substg1.0_3707" + kind] = b""
        self.whole(plain(change=empty_ones))

    def test_26_meeting_in_bytes(self):  # MSGReader#328
        item = make_items.request()
        item.rows = [(row[0], STRING8, row[2].encode("cp1252"), *row[3:]) if row[1] == UNICODE
                     else row for row in item.rows] + [(0x3ffd, LONG, 1252)]
        calendar = Turned(item.msg(), "ical").data.decode()
        self.assertIn("\r\nSUMMARY:Planning\r\n", calendar)
        self.assertIn("mailto:ann@example.com", calendar)
        self.assertIn("LOCATION:Room 4\\; 1st floor\\, left", calendar)

    # Addresses.

    def test_27_sent_items_know_exchange_alone(self):  # MSGReader#102, #71, msgreader#10
        turned = Turned(SAMPLES["exchange"]())
        self.assertTrue(turned.mail["From"].addresses)
        self.assertIn(("Bob", "bob@example.org"), turned.people("To"))
        self.assertIn(("Dee", "dee@example.com"), turned.people("To"))
        self.assertIn("IMCEAEX-", str(turned.mail["From"]))
        self.assertTrue(any("is no internet address" in n for n in turned.notes))

    def test_28_address_in_5d0a_alone(self):  # MSGReader#497
        self.assertEqual([("Ann", "ann@example.com")],
                         Turned(SAMPLES["exchange-5d0a"]()).people("From"))

    def test_29_last_modifier_is_not_the_sender(self):  # outlook-message-parser#77
        rows = note((0x3ffa, UNICODE, "Somebody else"))
        self.assertEqual([("Ann", "ann@example.com")],
                         Turned(msg_write.message(rows, [BOB])).people("From"))

    def test_30_x500_of_any_organisation(self):  # outlook-message-parser#68, #101
        for name in (EX, "/o=Firma/ou=Erste/cn=Empf\u00e4nger/cn=Bob", "/O=X/CN=B"):
            bob = [(0xc15, LONG, 1), (0x3001, UNICODE, "Bob"), (0x3002, UNICODE, "EX"),
                   (0x3003, UNICODE, name), (0x39fe, UNICODE, "bob@example.org")]
            self.assertEqual([("Bob", "bob@example.org")],
                             Turned(msg_write.message(note(), [bob])).people("To"))

    def test_31_one_recipient_with_two_addresses(self):  # outlook-message-parser#73
        bob = [(0xc15, LONG, 1), (0x3001, UNICODE, "Bob"), (0x3002, UNICODE, "SMTP"),
               (0x3003, UNICODE, "old@example.org"), (0x39fe, UNICODE, "bob@example.org"),
               (0xfff, BINARY, one_off("Bob", "older@example.org"))]
        self.assertEqual([("Bob", "bob@example.org")],
                         Turned(msg_write.message(note(), [bob])).people("To"))

    def test_32_control_character_in_the_sender(self):  # MSGReader#280
        rows = [r for r in note() if r[0] not in (0xc1a, 0xc1f)] + [
            (0xc1a, UNICODE, "An\x01n"), (0xc1f, UNICODE, "\x01ann@example.com\x01")]
        turned = Turned(msg_write.message(rows, [BOB]))
        self.assertEqual([("An n", "ann@example.com")], turned.people("From"))
        self.assertNotIn(b"\x01", turned.data)

    def test_33_no_x500_behind_an_address(self):  # MsgKit#158
        turned = Turned(SAMPLES["exchange"]())
        for name, address in turned.people("To") + turned.people("Cc"):
            self.assertNotIn("/o=", (name + address).lower())

    # Bodies and images.

    def test_34_html_within_rtf_alone(self):  # email-outlook-message-perl#35, #4, msg-extractor#137
        turned = Turned(SAMPLES["rtf-only"]())
        self.assertIn("<p>Only here", turned.text("html"))
        self.assertEqual("Only here", turned.text().strip())

    def test_35_without_an_id_nothing_is_inline(self):  # MSGReader#172
        rows = note((0x1013, BINARY, (HTML % "<img src=\"cid:\"><img src=\"cid:x@y\">").encode()))
        turned = Turned(msg_write.message(rows, [BOB], [image("a.png"), image("b.png")]))
        self.assertEqual(([], ["a.png", "b.png"]), (turned.inline(), turned.attached()))

    def test_36_id_cut_at_the_at(self):  # simple-java-mail#307
        rows = note((0x1013, BINARY, (HTML % "<img src=\"cid:one.png\"><img src='cid:two'>").encode()))
        turned = Turned(msg_write.message(rows, [BOB], [
            image("one.png", (0x3712, UNICODE, "one.png@01D00000.00000000")),
            image("two.png", (0x3712, UNICODE, "two@example.com"))]))
        self.assertEqual((["one.png", "two.png"], []), (turned.inline(), turned.attached()))
        self.assertEqual(["<one.png>", "<two>"],  # by which the HTML calls them
                         [p["Content-ID"] for p in turned.mail.walk() if p["Content-ID"]])

    def test_37_images_of_the_text_are_no_attachments(self):  # convert-outlook-msg-file#33
        turned = Turned(SAMPLES["inline"]())
        self.assertEqual({"one.png", "two.png", "three.png", "five.png"}, set(turned.inline()))
        names = turned.inline() + turned.attached()
        self.assertEqual(7, len(names))
        self.assertEqual(7, len(set(names)))

    def test_38_pictures_of_rtf_in_their_order(self):  # MSGReader#214
        rtf = (rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}\pard first \objattph  "
               rb"second \objattph  end\par}")
        rows = [r for r in note((0x1009, BINARY, lzfu(rtf))) if r[0] != 0x1000]

        def at(place):
            return lambda row: (0x370b, LONG, place) if row[0] == 0x370b else row
        turned = Turned(msg_write.message(rows, [BOB], [
            list(map(at(15), image("two.png"))), list(map(at(6), image("one.png")))]))
        html, data = turned.text("html"), turned.data.decode()
        self.assertEqual(2, html.count("<img"))
        ids = re.findall(r'src="cid:([^"]+)"', html)
        names = [next(p.get_filename() for p in turned.mail.walk()
                      if p["Content-ID"] == "<%s>" % i) for i in ids]
        self.assertEqual(["one.png", "two.png"], names, data)

    def test_39_genuine_rtf_alone(self):  # MSGReader#380
        rtf = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 {\b Bold} and \'e4\par}"
        rows = [r for r in note((0x1009, BINARY, lzfu(rtf))) if r[0] != 0x1000]
        turned = Turned(msg_write.message(rows, [BOB]))
        self.assertEqual("Bold and \u00e4", turned.text().strip())
        self.assertIn("Bold", turned.text("html"))

    # Dates, calendars.

    def test_40_zone_of_the_machine(self):  # MSGReader#181, #367, #443, #447
        for target in ("mime", "json", "text", "dump"):
            data = {Turned(plain(), target, zone).data
                    for zone in ("UTC", "America/New_York", "Asia/Tokyo")}
            self.assertEqual(1, len(data))
        self.assertTrue(str(Turned(plain()).mail["Date"]).endswith("+0000"))

    def test_41_clips_are_local_midnights(self):  # msgreader#32
        item = make_items.series(make_items.DAILY, 0, 1440, [], *[
            make_items.named(SYSTIME, make_items.when(2024, 7, d), make_items.APPOINTMENT, lid)
            for d, lid in ((1, 0x8235), (3, 0x8236))], end=make_items.BY_COUNT, count=3)
        calendar = Turned(item.msg(), "ical").data
        self.assertIn(b"DTSTART;TZID=W. Europe Standard Time:20240701T090000\r\n", calendar)
        self.assertIn(b"COUNT=3", calendar)
        self.assertNotIn(b"T000000", calendar.split(b"END:VTIMEZONE")[1])

    def test_42_rules_stay_in_their_zone(self):  # OutlookGoogleCalendarSync#67, #537
        for name, zone in (("series-new-york", "Eastern Standard Time"),
                           ("series-sydney", "AUS Eastern Standard Time")):
            calendar = Turned((SOURCE / f"tests/corpus/items/{name}.msg").read_bytes(),
                              "ical").data.decode()
            self.assertRegex(calendar, f"\r\nDTSTART;TZID={zone}:\\d+T090000\r\n")
            self.assertIn("BYDAY=MO", calendar)

    def test_43_received_fields_and_folded_ones(self):  # msg2eml.js#6
        headers = ("Received: from a.example by b.example;\r\n\tMon, 1 Jan 2024 00:00:02 +0000\r\n"
                   "Received: from c.example by a.example;\r\n Mon, 1 Jan 2024 00:00:01 +0000\r\n"
                   "X-Long: one\r\n two\r\n\tthree\r\n\r\n")
        turned = Turned(msg_write.message(note((0x7d, UNICODE, headers)), [BOB]))
        self.assertEqual(["b.example", "a.example"],
                         [re.search(r"by (\S+);", r)[1] for r in turned.mail.get_all("Received")])
        self.assertEqual(["one", "two", "three"], turned.mail["X-Long"].split())


if __name__ == "__main__":
    harness.main()
