#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Items of rarer kinds, beside those of make_items.py and in the same folder: series that end
oddly or move over days, events between two zones, lists with members in both encodings,
reports of many recipients."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from make import BINARY, BOOLEAN, LONG, MV, STRING8, SYSTIME, UNICODE, filetime, one_off
from make_items import (ADDRESS, ANN, APPOINTMENT, BERLIN, BOB, BY_COUNT, COMMON, DAILY, HERE,
                        Item, MEETING, MORNING, NEVER, NEW_YORK, NO_CHANGE, NO_END, PUBLIC, TASK,
                        TOKYO, WEEKLY, YEARLY, change, day, event, exception, global_id, named,
                        pattern, person, recipient, report, reported, request, response, sender,
                        series, task, when, wrapped, zone_definition, zone_rule, zoned)

BERLIN_ZONE = ("W. Europe Standard Time", BERLIN)
WHOLE_DAY = named(BOOLEAN, 1, APPOINTMENT, 0x8215)


def at_nine(year, month, number, winter=True):
    """9:00 to 10:30 in Berlin."""
    hour = 8 if winter else 7
    return when(year, month, number, hour), when(year, month, number, hour + 1, 30)


def simple(subject, start, end, *rows):
    return Item(event("IPM.Appointment", subject, start, end, *rows, sent=False))


def over_days():
    """The third of four Mondays is from Saturday to Sunday."""
    return series(WEEKLY, 1, 1, [0x02], end=BY_COUNT, count=4, deleted=[day(2024, 7, 15)],
                  modified=[day(2024, 7, 20)],
                  exceptions=[exception(day(2024, 7, 20) + 600, day(2024, 7, 21) + 660,
                                        day(2024, 7, 15) + 540)])


def in_the_gap():
    """Half past two, also on the day on which the clock skips it."""
    skipped = day(2024, 3, 31)
    return series(DAILY, 0, 1440, [], start=(2024, 3, 30),
                  utc=(when(2024, 3, 30, 1, 30), when(2024, 3, 30, 3)), at=150, end=BY_COUNT, count=3,
                  deleted=[skipped], modified=[skipped],
                  exceptions=[exception(skipped + 150, skipped + 240, skipped + 150, "In the gap")])


def all_day_to_timed():
    """Three whole days, of which the second became a morning."""
    info = struct.pack("<IIIH", day(2024, 7, 2) + 540, day(2024, 7, 2) + 600, day(2024, 7, 2), 0x80)
    one = (info + struct.pack("<I", 0), struct.pack("<III", 4, 0, 0))
    return series(DAILY, 0, 1440, [], WHOLE_DAY, utc=(when(2024, 6, 30, 22), when(2024, 7, 1, 22)),
                  at=0, length=1440, end=BY_COUNT, count=3, deleted=[day(2024, 7, 2)],
                  modified=[day(2024, 7, 2)], exceptions=[one])


def flight():
    return simple("Flight", *MORNING[:1], when(2024, 7, 1, 16), *[
        named(BINARY, zone_definition(name, zone_rule(zone, 2, 2007)), APPOINTMENT, lid)
        for name, zone, lid in ((*BERLIN_ZONE, 0x825e), ("Eastern Standard Time", NEW_YORK, 0x825f))])


def canceled_series():
    item = series(WEEKLY, 1, 1, [0x02], end=BY_COUNT, count=3)
    rows = [row for row in item.rows if row[0] != 0x1a]
    return Item(rows + sender() + [(0x1a, UNICODE, "IPM.Schedule.Meeting.Canceled")], [BOB])


def regenerating():
    """Three days after it was done."""
    blob = struct.pack("<HHHHHIII", 0x3004, 0x3004, DAILY, 0, 0, 0, 3 * 1440, 1) + struct.pack(
        "<IIIIIII", NEVER, 10, 0, 0, 0, day(2024, 3, 4), NO_END)
    return task(named(BINARY, blob, TASK, 0x8116))


def eight_bit_one_off(name, address):
    return bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + bytes(4) + b"".join(
        text + b"\0" for text in (name, b"SMTP", address))


def mixed_list():
    offs = [one_off("Uni \u263a", "uni@example.com"),
            eight_bit_one_off("B\u00f6b".encode("cp1252"), b"bob@example.org")]
    return Item([(0x1a, UNICODE, "IPM.DistList"), (0x37, UNICODE, "Mixed"), (0x3ffd, LONG, 1252),
                 named(UNICODE, "Mixed", ADDRESS, 0x8053), named(MV | BINARY, offs, ADDRESS, 0x8054),
                 named(MV | BINARY, [wrapped(0xb5, o) for o in offs], ADDRESS, 0x8055)])


def three_mails():
    rows = [named(UNICODE, value, ADDRESS, lid) for lid, value in (
        (0x8082, "SMTP"), (0x8083, "one@example.com"), (0x8092, "SMTP"), (0x8093, "two@example.com"),
        (0x80a2, "SMTP"), (0x80a3, "three@example.com"))]
    return Item([(0x1a, UNICODE, "IPM.Contact"), (0x37, UNICODE, "Three"), *rows,
                 (None, MV | UNICODE, ["", "a,b", ""], (PUBLIC, "Keywords"))])


def eight_bit_contact():
    """Texts in KOI8-R."""
    return Item([(0x1a, STRING8, b"IPM.Contact"), (0x3ffd, LONG, 20866)] + [
        (tag, STRING8, text.encode("koi8-r")) for tag, text in (
            (0x37, "\u0418\u0432\u0430\u043d"), (0x3001, "\u0418\u0432\u0430\u043d"),
            (0x3a06, "\u0418\u0432\u0430\u043d"), (0x3a16, "\u041e\u0431\u0440\u0430\u0437\u0435\u0446"))])


def status_codes():
    """Each by another of its properties; the number of the status goes before the reason."""
    return report("REPORT.IPM.Note.NDR", recipients=[
        reported("Coded", "coded@example.org", (0xc20, LONG, 522), (0xc05, LONG, 0)),
        reported("Said", "said@example.org", (0xc1b, UNICODE, "<mx.example.org #5.7.133 refused>"),
                 (0xc20, LONG, 570)),
        reported("Reasoned", "reasoned@example.org", (0xc05, LONG, 35), (0xc04, LONG, 1)),
        reported("Odd", "odd@example.org", (0xc20, LONG, 99999), (0xc05, LONG, -1))])


def of_action(action, *recipients):
    return lambda: report(f"REPORT.IPM.Note.{action}.DR", recipients=recipients, original=False)


SAMPLES = {
    "yearly-nth-friday": lambda: series(
        YEARLY, 3, 12, [0x20, 4], start=(2024, 11, 22), utc=at_nine(2024, 11, 22), end=BY_COUNT, count=4),
    "yearly-leap-day": lambda: series(
        YEARLY, 2, 12, [29], start=(2024, 2, 29), utc=at_nine(2024, 2, 29), end=BY_COUNT, count=5),
    "series-all-day-tokyo": lambda: series(
        WEEKLY, 1, 1, [0x02], WHOLE_DAY, zone=("Tokyo Standard Time", TOKYO),
        utc=(when(2024, 6, 30, 15), when(2024, 7, 1, 15)), at=0, length=1440, end=BY_COUNT, count=3,
        deleted=[day(2024, 7, 8)]),
    "series-over-days": over_days,
    "series-in-the-gap": in_the_gap,
    "series-all-day-to-timed": all_day_to_timed,
    "series-of-none": lambda: series(DAILY, 0, 1440, [], end=BY_COUNT, count=0),
    "series-canceled": canceled_series,
    "yearly-umalqura": lambda: series(YEARLY, 2, 12, [10], calendar=0x17, end=BY_COUNT, count=3),
    "yearly-hijri": lambda: series(YEARLY, 0x0a, 12, [10], end=BY_COUNT, count=3),
    "yearly-thai": lambda: series(YEARLY, 2, 12, [1], calendar=7, end=BY_COUNT, count=3),
    "two-zones": flight,
    "zone-three-quarters": lambda: simple("Nepal", *MORNING, *zoned(
        "Nepal Standard Time", (-345, 0, 0, NO_CHANGE, NO_CHANGE))),
    "zone-of-one-year": lambda: simple("Once", *MORNING, *zoned(
        "Once", (-60, 0, -60, change(10, 0, 27, 3, 2024), change(3, 0, 31, 2, 2024)))),
    "zone-odd-name": lambda: simple("Odd", *MORNING, *zoned('Z\u00fcrich "time";,:', BERLIN)),
    "ends-before": lambda: simple("Backwards", MORNING[1], MORNING[0]),
    "no-length": lambda: simple("Moment", MORNING[0], MORNING[0]),
    "far-away": lambda: simple("Far", filetime(79833600000), filetime(79833603600)),
    "usual-reminder": lambda: simple(
        "Birthday", when(2024, 6, 30, 22), when(2024, 7, 1, 22), WHOLE_DAY,
        named(LONG, 0, APPOINTMENT, 0x8205), named(BOOLEAN, 1, COMMON, 0x8503),
        named(LONG, 0x5ae980e1, COMMON, 0x8501), *zoned(*BERLIN_ZONE)),
    "control-characters": lambda: Item(event(
        "IPM.Appointment", "Bell \x07, \x1b[31m \u2028\r\nEND:VEVENT", *MORNING,
        named(UNICODE, 'a\0b;\\,"\n^c', APPOINTMENT, 0x8208), sent=False,
        body="x\x0b\x1by\r\nBEGIN:VALARM\r\n")),
    "request-by-delegate": lambda: request(
        *person((0x0c1a, 0x0c1e, 0x0c1f), "Dele Gate", "dele@example.com")),
    "request-nobody": lambda: Item(event(
        "IPM.Schedule.Meeting.Request", "Alone", *MORNING, *zoned(*BERLIN_ZONE))),
    "accepted-instance": lambda: response(
        "IPM.Schedule.Meeting.Resp.Pos", named(SYSTIME, when(2024, 7, 8, 7), APPOINTMENT, 0x8228),
        named(BINARY, global_id(bytes([2024 >> 8, 2024 & 0xff, 7, 8])), MEETING, 3)),
    "task-regenerating": regenerating,
    "task-deleted": lambda: task(named(BINARY, pattern(
        WEEKLY, 1, 1, [0x02], day(2024, 3, 4), end=BY_COUNT, count=4, deleted=[day(2024, 3, 11)]),
        TASK, 0x8116)),
    "task-accepted": lambda: Item(
        [(0x1a, UNICODE, "IPM.TaskRequest.Accept"), (0x37, UNICODE, "Task Accepted: Write it up"),
         (0x1000, UNICODE, "I will.\r\n"), *sender("Bob Requ", "bob@example.org")],
        [recipient(*ANN)], [([], task())]),
    "contact-three-mails": three_mails,
    "contact-8-bit": eight_bit_contact,
    "contact-empty": lambda: Item([(0x1a, UNICODE, "IPM.Contact")]),
    "list-mixed": mixed_list,
    "report-status-codes": status_codes,
    "report-many": lambda: report("REPORT.IPM.Note.NDR", recipients=[
        reported("R%d \u00e9" % i, "r%d@example.org" % i, (0xc05, LONG, i)) for i in range(30)]),
    "report-nobody": lambda: report("REPORT.IPM.Note.NDR"),
    "report-nobody-at-all": lambda: report(
        "REPORT.IPM.Note.NDR", (0x74, UNICODE, "Bob; Cat"), original=False),
    "report-delayed-dr": of_action("Delayed", BOB),
    "report-relayed-dr": of_action("Relayed", BOB),
    "report-expanded-dr": of_action("Expanded", BOB),
    "report-read-request": lambda: report(
        "REPORT.IPM.Schedule.Meeting.Request.IPNRN", recipients=[BOB], original=False),
}


def main():
    for name, make_it in SAMPLES.items():
        for ending, data in (("msg", make_it().msg()), ("tnef", make_it().tnef())):
            with open(os.path.join(HERE, "items", "%s.%s" % (name, ending)), "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
