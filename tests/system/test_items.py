# SPDX-License-Identifier: ISC
"""What is written of items is read by two programs that are not ours, and means the same:
occurrences are expanded and compared with those that Outlook shows by its rules."""

import datetime
import email
import email.policy
import pathlib
import subprocess
import tempfile

import hashlib
import io
import random
import struct
import sys

import dateutil.rrule
import harness
import icalendar
import judges
import olefile
import test_msg
import test_mutants
import vobject
from harness import BUILD, CORPUS, SOURCE, TestCase

sys.path.insert(0, str(SOURCE / "tests/corpus"))
# pylint: disable=wrong-import-position
import make_items
import rare_items

ITEMS = SOURCE / "tests/corpus/items"

# Local starts of each series: by the rules of MS-OXOCAL, counted by hand.
SERIES = {
    "daily": ["0701T09", "0704T09", "0707T09", "0710T09", "0713T09"],
    "weekdays": ["0701T09", "0702T09", "0703T09", "0704T09", "0705T09", "0708T09", "0709T09",
                 "0710T09", "0711T09", "0712T09"],
    # Ten Mondays without the 8th; the 15th is on the 16th at ten.
    "weekly": ["0701T09", "0716T10", "0722T09", "0729T09", "0805T09", "0812T09", "0819T09",
               "0826T09", "0902T09"],
    "weekly-2": ["0701T09", "0704T09", "0715T09", "0718T09", "0729T09", "0801T09"],
    # The last day of a month that has no 31st, no 30th.
    "monthly-31": ["0731T09", "0831T09", "0930T09", "1031T09"],
    "monthly-30": ["1230T09", "0130T09", "0228T09", "0330T09"],
    "monthly-last-friday": ["0726T09", "0830T09", "0927T09", "1025T09"],
    "monthly-second-weekday": ["0702T09", "0903T09", "1104T09", "0102T09"],
    "yearly-2-nth": ["0701T09", "0706T09", "0703T09"],
    "series-new-york": ["1028T09", "1104T09", "1111T09"],
    "series-sydney": ["0325T09", "0401T09", "0408T09", "0415T09"],
    "series-tokyo": ["0701T09", "0702T09", "0703T09"],
    "yearly-nth-friday": ["1122T09", "1128T09", "1127T09", "1126T09"],
    "yearly-leap-day": ["0229T09", "0228T09", "0228T09", "0228T09", "0229T09"],
    "yearly-thai": ["0701T09", "0701T09", "0701T09"],
    "series-over-days": ["0701T09", "0708T09", "0720T10", "0722T09"],
    "series-in-the-gap": ["0330T02", "0331T02", "0401T02"],
}
# ical.js gives each of BYMONTHDAY=28,29 and not the last (BYSETPOS=-1), and moves a time that
# the clock skips.
NOT_BY_ICAL_JS = ("monthly-30", "yearly-leap-day", "series-in-the-gap")


def converted(paths, target, folder):
    """(path, bytes) of those that this target has something for."""
    out = pathlib.Path(folder) / target
    out.mkdir()
    subprocess.run([BUILD / "tests/convert-file", "-t", target, "-o", out, *paths],
                   stderr=subprocess.DEVNULL, check=False)
    found = [(path, (out / str(i)).read_bytes()) for i, path in enumerate(paths)]
    return [(path, data) for path, data in found if data]


class Items(TestCase):
    def files(self):
        found = sorted(ITEMS.glob("*.msg")) + sorted(ITEMS.glob("*.tnef"))
        self.assertGreater(len(found), 70)
        for folder in ("msg", "tnef"):
            found += sorted(p for p in (CORPUS / folder).rglob("*") if p.is_file())
        return found

    def test_calendars_are_read_by_others(self):
        with tempfile.TemporaryDirectory() as folder:
            calendars = converted(self.files(), "ical", folder)
        self.assertGreater(len(calendars), 60)
        for path, data in calendars:
            with self.subTest(path.name):
                calendar = icalendar.Calendar.from_ical(data)
                self.assertEqual([], [c.errors for c in calendar.walk() if c.errors])
                other = list(vobject.readComponents(data.decode()))
                self.assertEqual(1, len(other))
                ours = [c for c in calendar.subcomponents if c.name != "VTIMEZONE"]
                theirs = [c for c in other[0].components() if c.name != "VTIMEZONE"]
                self.assertEqual([c.name for c in ours], [c.name for c in theirs])
                self.assertEqual([str(c.get("UID")) for c in ours],
                                 [c.uid.value for c in theirs])
                self.assert_zones(calendar, data)
                self.assertLessEqual(max(map(len, data.split(b"\r\n"))), 75)
                self.assertNotIn(b"\n", data.replace(b"\r\n", b""))
        print(f"\n  {len(calendars)} calendars read twice", flush=True)

    def test_calendars_are_read_by_libical(self):
        """The C library that most programs use finds no fault, and the same components."""
        libical = judges.Libical()
        if not libical:
            self.skipTest("no libical.so.3 (package libical3)")
        with tempfile.TemporaryDirectory() as folder:
            calendars = converted(self.files(), "ical", folder)
        for path, data in calendars:
            with self.subTest(path.name):
                count = tuple(data.count(b"\r\nBEGIN:" + n) for n in (
                    b"VEVENT", b"VTODO", b"VJOURNAL"))
                self.assertEqual((0, *count), libical.read(data), data)

    def test_read_by_ical_js(self):
        """Calendars, cards and occurrences once more, by the parser of Thunderbird."""
        if not judges.ical_js():
            self.skipTest(f"npm cannot fetch {judges.ICAL_JS}")
        with tempfile.TemporaryDirectory() as folder:
            calendars = converted(self.files(), "ical", folder)
            cards = converted(self.files(), "vcard", folder) + converted(
                self.files(), "vcard3", folder)
        read = judges.read_js([d.decode() for _, d in calendars + cards])
        for (path, data), said in zip(calendars + cards, read):
            with self.subTest(path.name):
                self.assertNotIn("error", said)
                if said["kind"] == "vcard":
                    continue
                self.assertEqual([c.name.lower() for c in icalendar.Calendar.from_ical(
                    data).subcomponents if c.name != "VTIMEZONE"], said["names"])
                if path.stem in SERIES and path.parent == ITEMS and path.stem not in NOT_BY_ICAL_JS:
                    self.assertEqual(SERIES[path.stem], [
                        "".join(s[5:13].split("-")) for s in sorted(said["starts"])])
        print(f"\n  {len(read)} files read by ical.js", flush=True)

    def test_mutants(self):
        """What is within an item is spoilt and the container made anew, so that its checks
        hold: 1,500 of them hurt no worker, and what comes out can still be read."""
        every, counts = list(self.mutants()), {}
        self.assertGreaterEqual(len(every), 1500)
        for at in range(0, len(every), test_mutants.BATCH):
            batch = every[at:at + test_mutants.BATCH]
            result = test_mutants.run(batch)
            if isinstance(result, str):
                bad = [(m[0], r) for m in batch for r in [test_mutants.run([m])]
                       if isinstance(r, str)]
                self.fail(f"{result}; alone: {bad}")
            for (name, data), line, output in zip(batch, *result):
                outcome = line.split("\t")[0]
                counts[outcome] = counts.get(outcome, 0) + 1
                self.assertEqual("converted", outcome, name)
                self.assertLess(len(output), 24 * len(data) + (1 << 20), name)
                mail = email.message_from_bytes(output, policy=email.policy.default)
                self.assertEqual([], [d for p in mail.walk() for d in p.defects], name)
                for part in mail.walk():
                    if part.get_content_type() == "text/calendar":
                        text = part.get_payload(decode=True)
                        self.assertTrue(icalendar.Calendar.from_ical(text).walk(), name)
                    elif part.get_content_type() == "text/vcard":
                        card = part.get_payload(decode=True).decode()
                        self.assertTrue(list(vobject.readComponents(card)), name)
        print(f"\n  {len(every)} mutants: {counts}", flush=True)

    @staticmethod
    def spoilt(r, value):
        """Another value of the same kind."""
        if isinstance(value, bytes) and value:
            way = r.choice([test_mutants.flip, test_mutants.truncate, test_mutants.inflate,
                            test_mutants.repeat])
            return way(r, value, value)
        if isinstance(value, str):
            return r.choice(["", value * 50, value[:1], "\r\nEND:VCALENDAR\r\n" + value,
                             "\0" + value, value + "\\", '";:,^', "\u2028" * 9])
        if isinstance(value, int):
            return r.choice([0, 1, 2, 5, value + 1, value >> 1, value << 3]) & 0x7fff
        return value

    def mutants(self):
        samples = make_items.SAMPLES | rare_items.SAMPLES
        for name, make in samples.items():
            r = random.Random(hashlib.sha256(name.encode()).hexdigest())
            for i in range(1500 // len(samples) + 1):
                item = make()
                for _ in range(r.choice([1, 1, 2, 4])):
                    lists = [item.rows, *item.recipients]
                    rows = r.choice(lists + [item.rows] * 4)
                    at = r.randrange(len(rows))
                    row = rows[at]
                    rows[at] = (*row[:2], self.spoilt(r, row[2]), *row[3:])
                data = item.msg() if i % 2 else item.tnef()
                yield f"{name} {i}", data

    def assert_zones(self, calendar, data):
        """Each zone that is named is there, once."""
        known = [str(z["TZID"]) for z in calendar.walk("VTIMEZONE")]
        self.assertEqual(len(known), len(set(known)))
        for event in calendar.walk("VEVENT"):
            for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
                zone = event[name].params.get("TZID") if name in event else None
                self.assertTrue(zone is None or zone in known, (zone, known, data))

    def test_cards_are_read_by_others(self):
        with tempfile.TemporaryDirectory() as folder:
            cards = converted(self.files(), "vcard", folder)
            old = converted(self.files(), "vcard3", folder)
        self.assertGreater(len(cards), 10 if CORPUS.is_dir() else 5)
        self.assertEqual(len(cards), len(old))
        for path, data in cards + old:
            with self.subTest(path.name):
                read = list(vobject.readComponents(data.decode()))
                self.assertEqual(1, len(read))
                self.assertTrue(read[0].fn.value)
                # A second reader: content lines by icalendar's parser.
                lines = icalendar.parser.Contentlines.from_ical(data)
                names = [line.parts()[0].upper() for line in lines if line]
                self.assertEqual(("BEGIN", "END"), (names[0], names[-1]))
                self.assertEqual(1, names.count("FN"))
                self.assertLessEqual(max(map(len, data.split(b"\r\n"))), 75)
        print(f"\n  {len(cards) + len(old)} cards read twice", flush=True)

    def occurrences(self, calendar):
        """Local starts: the rule expanded, without what was deleted, with what was moved."""
        events = calendar.walk("VEVENT")
        master = next(e for e in events if "RRULE" in e)
        start = master["DTSTART"].dt.replace(tzinfo=None)
        text = master["RRULE"].to_ical().decode()
        if "UNTIL=" in text:  # in UTC: the zone at that time, by the calendar's own rules
            until = master["RRULE"]["UNTIL"][0]
            local = until.astimezone(master["DTSTART"].dt.tzinfo).replace(tzinfo=None)
            text = ";".join("UNTIL=" + local.strftime("%Y%m%dT%H%M%S") if p.startswith("UNTIL")
                            else p for p in text.split(";"))
        found = list(dateutil.rrule.rrulestr(text, dtstart=start))[:20]
        libical = judges.Libical()
        if libical:  # a second opinion, by a clock without changes
            epoch = datetime.datetime(1970, 1, 1)
            self.assertEqual([(d - epoch).total_seconds() for d in found], libical.expand(
                text, int((start - epoch).total_seconds()), len(found)), text)
        gone = master.get("EXDATE", [])
        for one in gone if isinstance(gone, list) else [gone]:
            for date in one.dts:
                found.remove(date.dt.replace(tzinfo=None))
        for event in events:
            if "RECURRENCE-ID" in event:
                found.remove(event["RECURRENCE-ID"].dt.replace(tzinfo=None))
                found.append(event["DTSTART"].dt.replace(tzinfo=None))
        return sorted(found)

    def test_occurrences(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [ITEMS / f"{name}.msg" for name in SERIES]
            calendars = converted(paths, "ical", folder)
        self.assertEqual(len(SERIES), len(calendars))
        for path, data in calendars:
            with self.subTest(path.name):
                calendar = icalendar.Calendar.from_ical(data)
                found = self.occurrences(calendar)
                self.assertEqual(SERIES[path.stem], [d.strftime("%m%dT%H") for d in found])

    @staticmethod
    def stored(path):
        """(last day, how often) by the recurrence that a file stores ([MS-OXOCAL] 2.2.1.44.1);
        None: none, without an end, or of another calendar."""
        try:
            walk = test_msg.Walk(olefile.OleFileIO(io.BytesIO(path.read_bytes())))
            number = make_items.APPOINTMENT
            base = "__nameid_version1.0/__substg1.0_"
            sets = walk.ole.openstream(base + "00020102").read()
            rows = walk.ole.openstream(base + "00030102").read()
        except OSError:
            return None
        for at in range(0, len(rows) - 7, 8):
            lid, packed, index = struct.unpack_from("<IHH", rows, at)
            which = (packed >> 1) - 3
            if lid == 0x8216 and not packed & 1 and which >= 0 and \
                    sets[16 * which:16 * which + 16] == number:
                blob = walk.stream("__substg1.0_%04X0102" % (0x8000 + index))
                break
        else:
            return None
        if not blob or len(blob) < 50:
            return None
        kind = struct.unpack_from("<H", blob, 6)[0]
        at = 22 + {0: 0, 1: 4, 2: 4, 4: 4, 3: 8}.get(kind, 99)
        if at > 40:
            return None
        end, count, _, deleted = struct.unpack_from("<IIII", blob, at)
        at += 16 + 4 * deleted
        modified = struct.unpack_from("<I", blob, at)[0]
        at += 4 + 4 * modified
        if at + 8 > len(blob) or end not in (0x2021, 0x2022):
            return None
        last = struct.unpack_from("<II", blob, at)[1]
        return datetime.date(1601, 1, 1) + datetime.timedelta(minutes=last), count, end

    def test_expansion_is_what_outlook_stored(self):
        """Real series and our own: expanded, they end on the day and come as often as the
        program that wrote them had counted."""
        paths = sorted(ITEMS.glob("*.msg")) + sorted(
            p for p in (CORPUS / "msg").rglob("*") if p.is_file())
        paths, checked = [p for p in paths if self.stored(p)], 0
        with tempfile.TemporaryDirectory() as folder:
            calendars = converted(paths, "ical", folder)
        for path, data in calendars:
            last, count, end = self.stored(path)
            if count == 0:  # no rule can say that: it goes on
                continue
            master = next((e for e in icalendar.Calendar.from_ical(data).walk("VEVENT")
                           if "RRULE" in e), None)
            if master is None:
                continue
            start = master["DTSTART"].dt
            whole_day = not isinstance(start, datetime.datetime)
            start = datetime.datetime.combine(start, datetime.time()) if whole_day else \
                start.replace(tzinfo=None)
            rule = ";".join("UNTIL=" + last.strftime("%Y%m%dT235959") if p.startswith("UNTIL")
                            else p for p in master["RRULE"].to_ical().decode().split(";"))
            found = list(dateutil.rrule.rrulestr(rule, dtstart=start))
            with self.subTest(path.name):
                if path.parent == ITEMS:  # ours hold no more than the rule needs
                    self.assertTrue(end != 0x2022 or count == len(found))
                else:
                    self.assertEqual(count, len(found))
                    # A day by which it ends need not be one of its own.
                    self.assertTrue(found[-1].date() == last or
                                    (end == 0x2021 and found[-1].date() < last))
                checked += 1
        self.assertGreater(checked, 8)
        print(f"\n  {checked} series expanded", flush=True)

    def test_no_zone_of_the_machine(self):
        """The same bytes whatever this machine takes for its zone."""
        results = []
        for zone in ("UTC", "America/New_York", "Asia/Tokyo"):
            result = subprocess.run(
                [BUILD / "tests/convert-file", "-t", "ical", ITEMS / "weekly-exceptions.msg"],
                env={"TZ": zone}, capture_output=True, check=True)
            results.append(result.stdout)
        self.assertEqual(1, len(set(results)))
        self.assertIn(b"DTSTART;TZID=W. Europe Standard Time:20240701T090000", results[0])

    REPORTS = {
        "report-ndr": ("delivery-status", [
            {"Final-Recipient": "rfc822; bob@example.org", "Action": "failed", "Status": "5.1.1",
             "Remote-MTA": "dns; mx.example.org",
             "Diagnostic-Code": "smtp; 550 5.1.1 no such user"},
            {"Final-Recipient": "rfc822; cat@example.net", "Action": "failed", "Status": "5.2.3",
             "X-Display-Name": "Cat \u263a"},
            {"Final-Recipient": "unknown; c=US;a= ;p=Example;s=Old;", "Status": "5.0.0"}]),
        "report-dr": ("delivery-status", [{"Action": "delivered", "Status": "2.0.0"}]),
        "report-delayed": ("delivery-status", [
            {"Action": "delayed", "Status": "4.0.0", "X-Supplementary-Info": "waiting for mx"}]),
        "report-of-request": ("delivery-status", [{"Action": "failed"}]),
        "report-read": ("disposition-notification", [
            {"Final-Recipient": "rfc822; postmaster@example.com",
             "Original-Message-ID": "<hello@example.com>",
             "Disposition": "manual-action/MDN-sent-manually; displayed"}]),
        "report-unread": ("disposition-notification", [
            {"Disposition": "manual-action/MDN-sent-manually; deleted"}]),
        "report-status-codes": ("delivery-status", [
            {"Status": "5.2.2"}, {"Status": "5.7.133"}, {"Status": "5.1.1"}, {"Status": "5.0.0"}]),
        "report-nobody": ("delivery-status", [
            {"Final-Recipient": "rfc822; bob@example.org", "Action": "failed", "Status": "5.0.0"}]),
        "report-nobody-at-all": ("delivery-status", [
            {"Final-Recipient": "unknown; Bob; Cat", "Action": "failed", "Status": "5.0.0"}]),
        "report-delayed-dr": ("delivery-status", [{"Action": "delayed", "Status": "4.0.0"}]),
        "report-relayed-dr": ("delivery-status", [{"Action": "relayed", "Status": "2.0.0"}]),
        "report-expanded-dr": ("delivery-status", [{"Action": "expanded", "Status": "2.0.0"}]),
    }

    def test_reports(self):
        with tempfile.TemporaryDirectory() as folder:
            for ending in ("msg", "tnef"):
                paths = [ITEMS / f"{name}.{ending}" for name in self.REPORTS]
                (pathlib.Path(folder) / ending).mkdir()
                found = converted(paths, "mime", pathlib.Path(folder) / ending)
                self.assertEqual(len(paths), len(found))
                for path, data in found:
                    with self.subTest(path.name):
                        self.assert_report(data, *self.REPORTS[path.stem])

    def assert_report(self, data, kind, groups):
        mail = email.message_from_bytes(data, policy=email.policy.default)
        self.assertEqual("multipart/report", mail.get_content_type())
        self.assertEqual(kind, mail.get_param("report-type"))
        parts = list(mail.iter_parts())
        self.assertEqual(["text/plain", "message/" + kind],
                         [p.get_content_type() for p in parts[:2]])
        self.assertTrue(parts[0].get_content().strip())
        self.assertEqual([], [d for p in mail.walk() for d in p.defects])
        fields = [p for p in parts[1].walk() if p is not parts[1] or not p.is_multipart()]
        if kind == "delivery-status":
            fields = [p for p in parts[1].get_payload() if "Final-Recipient" in p]
            self.assertEqual("dns; mx.example.com", parts[1].get_payload(0)["Reporting-MTA"])
        else:
            payload = parts[1].get_payload()
            fields = payload if isinstance(payload, list) else [
                email.message_from_string(payload, policy=email.policy.default)]
        self.assertEqual(len(groups), len(fields))
        for want, have in zip(groups, fields):
            self.assertEqual(want, {name: str(have[name]) for name in want})

    def test_fields(self):
        """What of a meeting must be there."""
        with tempfile.TemporaryDirectory() as folder:
            data = dict(converted([ITEMS / "request.msg"], "ical", folder))[ITEMS / "request.msg"]
        calendar = icalendar.Calendar.from_ical(data)
        event = calendar.walk("VEVENT")[0]
        self.assertEqual("REQUEST", calendar["METHOD"])
        self.assertEqual(datetime.timedelta(minutes=90), event["DTEND"].dt - event["DTSTART"].dt)
        self.assertEqual("mailto:ann@example.com", str(event["ORGANIZER"]))
        people = {str(a): (a.params["ROLE"], a.params["PARTSTAT"]) for a in event["ATTENDEE"]}
        self.assertEqual({"mailto:bob@example.org": ("REQ-PARTICIPANT", "ACCEPTED"),
                          "mailto:cat@example.net": ("OPT-PARTICIPANT", "DECLINED"),
                          "mailto:room4@example.com": ("NON-PARTICIPANT", "NEEDS-ACTION")}, people)
        # icalendar takes an escaped comma for one between two.
        other = next(vobject.readComponents(data.decode()))
        self.assertEqual(["Red", "Plans, big"], other.vevent.categories.value)
        self.assertEqual("Room 4; 1st floor, left", str(event["LOCATION"]))


if __name__ == "__main__":
    harness.main()
