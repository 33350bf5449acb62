#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write the project's own items: appointments, meetings, tasks, contacts, lists, reports.

Each stands in tests/corpus/items twice, as an Outlook message and as TNEF, and both must
become the same. The outputs are committed; running it again gives the same bytes.
"""
import datetime
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import make
import msg_write
from make import (BINARY, BOOLEAN, DOUBLE, LONG, MV, OBJECT, SYSTIME, UNICODE, attr,
                  com_guid, filetime, one_off, renddata, stream)

HERE = os.path.dirname(os.path.abspath(__file__))
COMMON, APPOINTMENT, TASK, ADDRESS = (com_guid(n) for n in (0x62008, 0x62002, 0x62003, 0x62004))
LOG, PUBLIC = com_guid(0x6200a), com_guid(0x20329)
MEETING = bytes.fromhex("90dad86e0b451b1098da00aa003f1305")
EPOCH = datetime.datetime(1970, 1, 1)
HIDDEN = [(0x7ffe, BOOLEAN, 1), (0x7ffd, LONG, 2), (0x370b, LONG, -1)]


def when(*fields):
    """A FILETIME of a date and time in UTC."""
    return filetime(int((datetime.datetime(*fields) - EPOCH).total_seconds()))


def minutes(*fields):
    """Minutes since 1601 of a date and time of some clock."""
    return int((datetime.datetime(*fields) - datetime.datetime(1601, 1, 1)).total_seconds()) // 60


# One item for both containers.

class Item:
    """Properties, recipients (lists of rows), attachments: (rows, bytes or Item)."""

    def __init__(self, rows, recipients=(), attachments=()):
        self.rows, self.recipients, self.attachments = rows, recipients, attachments

    def storage_parts(self, names):
        attachments = []
        for rows, content in self.attachments:
            if isinstance(content, Item):
                attachments.append(msg_write.embedded(names, "inner", *content.storage_parts(names))
                                   [:2] + list(rows))
            else:
                attachments.append([(0x3701, BINARY, content), (0x3705, LONG, 1), *rows])
        return self.rows, self.recipients, attachments

    def msg(self):
        names = msg_write.Names()
        rows, recipients, attachments = self.storage_parts(names)
        return msg_write.message(rows, recipients, attachments, names=names)

    @staticmethod
    def numbered(rows):
        """TNEF has the names where the values are; ids only have to be high."""
        out = []
        for i, row in enumerate(rows):
            out.append((0x8000 + i, row[1], row[2], row[3]) if len(row) > 3 else row)
        return out

    def tnef(self):
        parts = []
        if self.recipients:
            table = b"".join(make.props(*self.numbered(r)) for r in self.recipients)
            parts.append(attr("RecipTable", struct.pack("<I", len(self.recipients)) + table))
        parts.append(attr("MsgProps", make.props(*self.numbered(self.rows))))
        for rows, content in self.attachments:
            rows = self.numbered(rows)
            if isinstance(content, Item):
                parts.append(renddata(2) + attr("Attachment", make.props(
                    (0x3705, LONG, 5), (0x3701, OBJECT, (make.IID_MESSAGE, content.tnef())),
                    *rows)))
            else:
                parts.append(renddata(1) + attr("Data", content) + attr("Attachment", make.props(
                    (0x3705, LONG, 1), *rows)))
        return stream(*parts, codepage=None)


# What people are.

ANN = ("Ann Orga", "ann@example.com")


def person(tags, name, address):
    return [(tags[0], UNICODE, name), (tags[1], UNICODE, "SMTP"), (tags[2], UNICODE, address)]


def sender(name=ANN[0], address=ANN[1]):
    return person((0x0c1a, 0x0c1e, 0x0c1f), name, address) + \
        person((0x42, 0x64, 0x65), name, address)


def recipient(name, address, kind=1, *rows):
    return [(0x0c15, LONG, kind), (0x3001, UNICODE, name), (0x3002, UNICODE, "SMTP"),
            (0x3003, UNICODE, address), (0x39fe, UNICODE, address), *rows]


BOB = recipient("Bob Requ", "bob@example.org", 1, (0x5fff, LONG, 3))
CAT = recipient("Cat, Opti", "cat@example.net", 2, (0x5fff, LONG, 4))
ROOM = recipient("Room 4", "room4@example.com", 3, (0x5fff, LONG, 0))
SELF = recipient(*ANN, 1, (0x5ffd, LONG, 3))


# Time zones, [MS-OXOCAL] 2.2.1.39 to .43.

def change(month, week_day, day, hour, year=0):
    return struct.pack("<8H", year, month, week_day, day, hour, 0, 0, 0)


NO_CHANGE = bytes(16)
BERLIN = (-60, 0, -60, change(10, 0, 5, 3), change(3, 0, 5, 2))
NEW_YORK = (300, 0, -60, change(11, 0, 1, 2), change(3, 0, 2, 2))
SYDNEY = (-600, 0, -60, change(4, 0, 1, 3), change(10, 0, 1, 2))
TOKYO = (-540, 0, -60, NO_CHANGE, NO_CHANGE)


def zone_struct(bias, standard, daylight, to_standard, to_daylight):
    return struct.pack("<iii", bias, standard, daylight) + struct.pack("<H", 0) + to_standard + \
        struct.pack("<H", 0) + to_daylight


def zone_rule(zone, flags, year):
    bias, standard, daylight, to_standard, to_daylight = zone
    return struct.pack("<BBHHH", 2, 1, 0x3e, flags, year) + bytes(14) + \
        struct.pack("<iii", bias, standard, daylight) + to_standard + to_daylight


def zone_definition(name, *rules):
    key = name.encode("utf-16-le")
    head = struct.pack("<HH", 2, len(name)) + key + struct.pack("<H", len(rules))
    return struct.pack("<BBH", 2, 1, len(head)) + head + b"".join(rules)


def zoned(name, zone, recurring=False):
    # An old rule, of another offset, stands before the one in force.
    other = zone_rule((zone[0] + 90, *zone[1:]), 0, 1990)
    blob = zone_definition(name, other, zone_rule(zone, 2, 2007))
    rows = [(None, BINARY, blob, (APPOINTMENT, 0x825e)), (None, BINARY, blob, (APPOINTMENT, 0x825f))]
    if recurring:
        rows += [(None, BINARY, blob, (APPOINTMENT, 0x8260)),
                 (None, BINARY, zone_struct(*zone), (APPOINTMENT, 0x8233)),
                 (None, UNICODE, "(UTC+01:00) " + name, (APPOINTMENT, 0x8234))]
    return rows


# Recurrences, 2.2.1.44.

DAILY, WEEKLY, MONTHLY, YEARLY = 0x200a, 0x200b, 0x200c, 0x200d
BY_DATE, BY_COUNT, NEVER = 0x2021, 0x2022, 0x2023
NO_END = 0x5ae980df


def pattern(frequency, kind, period, specific, start, end=NEVER, count=10, end_date=NO_END,
            deleted=(), modified=(), calendar=0, week_start=0):
    out = struct.pack("<HHHHHIII", 0x3004, 0x3004, frequency, kind, calendar, 0, period, 0)
    out += b"".join(struct.pack("<I", n) for n in specific)
    out += struct.pack("<III", end, count, week_start)
    out += struct.pack("<I%dI" % len(deleted), len(deleted), *deleted)
    out += struct.pack("<I%dI" % len(modified), len(modified), *modified)
    return out + struct.pack("<II", start, end_date)


def text8(text):
    return struct.pack("<HH", len(text) + 1, len(text)) + text.encode("cp1252", "replace")


def exception(start, end, original, subject=None, location=None, busy=None):
    flags = (subject is not None) | (location is not None) << 4 | (busy is not None) << 5
    info = struct.pack("<IIIH", start, end, original, flags)
    extended = struct.pack("<II", 4, 0) + struct.pack("<I", 0)  # ChangeHighlight, nothing
    info += text8(subject) if subject is not None else b""
    info += text8(location) if location is not None else b""
    info += struct.pack("<I", busy) if busy is not None else b""
    if subject is not None or location is not None:
        extended += struct.pack("<III", start, end, original)
        for text in (subject, location):
            if text is not None:
                extended += struct.pack("<H", len(text)) + text.encode("utf-16-le")
        extended += struct.pack("<I", 0)
    return info, extended


def recurs(base, start_minutes, length, exceptions=()):
    out = base + struct.pack("<IIIIH", 0x3006, 0x3009, start_minutes, start_minutes + length,
                             len(exceptions))
    out += b"".join(e[0] for e in exceptions) + struct.pack("<I", 0)
    out += b"".join(e[1] for e in exceptions) + struct.pack("<I", 0)
    return (None, BINARY, out, (APPOINTMENT, 0x8216))


def day(*fields):
    return minutes(*fields)


# Ids, 2.2.1.27.

def global_id(date=b"\0\0\0\0", data=bytes(range(16)), raw=None):
    data = raw if raw is not None else data
    return bytes.fromhex("040000008200e00074c5b7101a82e008") + date + bytes(16) + \
        struct.pack("<I", len(data)) + data


def event(klass, subject, start, end, *rows, sent=True, ids=True, body="See you.\r\n"):
    found = [(0x1a, UNICODE, klass), (0x37, UNICODE, subject), (0x1000, UNICODE, body),
             (0x3007, SYSTIME, when(2024, 1, 2, 3, 4, 5)), (0x3008, SYSTIME, when(2024, 1, 2, 4, 0, 0)),
             (None, SYSTIME, start, (APPOINTMENT, 0x820d)),
             (None, SYSTIME, end, (APPOINTMENT, 0x820e))]
    if sent:
        found += sender() + [(0x39, SYSTIME, when(2024, 1, 2, 4, 0, 0))]
    if ids:
        found += [(None, BINARY, global_id(), (MEETING, 0x23)),
                  (None, BINARY, global_id(), (MEETING, 3))]
    return found + list(rows)


def named(kind, value, set_, lid):
    return (None, kind, value, (set_, lid))


ORDINARY = [named(UNICODE, "Room 4; 1st floor, left", APPOINTMENT, 0x8208),
            named(LONG, 2, APPOINTMENT, 0x8205), named(LONG, 3, APPOINTMENT, 0x8201),
            named(BOOLEAN, 1, COMMON, 0x8503), named(LONG, 20, COMMON, 0x8501),
            (None, MV | UNICODE, ["Red", "Plans, big"], (PUBLIC, "Keywords")),
            (0x17, LONG, 2), (0x36, LONG, 2)]
MORNING = (when(2024, 7, 1, 7), when(2024, 7, 1, 8, 30))  # 9:00 in Berlin


def appointment():
    return Item(event("IPM.Appointment", "Dentist", *MORNING, *ORDINARY,
                      *zoned("W. Europe Standard Time", BERLIN), sent=False))


def all_day():
    return Item(event("IPM.Appointment", "Holiday", when(2024, 6, 30, 22), when(2024, 7, 1, 22),
                      named(BOOLEAN, 1, APPOINTMENT, 0x8215), named(LONG, 3, APPOINTMENT, 0x8205),
                      *zoned("W. Europe Standard Time", BERLIN), sent=False))


def all_day_no_zone():
    return Item(event("IPM.Appointment", "Holiday", when(2024, 6, 30, 15), when(2024, 7, 1, 15),
                      named(BOOLEAN, 1, APPOINTMENT, 0x8215), sent=False))


def no_zone():
    return Item(event("IPM.Appointment", "Call", *MORNING, sent=False, ids=False))


def request(*rows, klass="IPM.Schedule.Meeting.Request", attachments=()):
    return Item(event(klass, "Planning", *MORNING, *ORDINARY, (0x63, BOOLEAN, 1),
                      named(LONG, 2, APPOINTMENT, 0x8224), (0x62, LONG, -123456),
                      named(SYSTIME, when(2024, 1, 2, 3, 59), MEETING, 0x1a),
                      *zoned("W. Europe Standard Time", BERLIN), *rows),
                [SELF, BOB, CAT, ROOM], attachments)


def response(klass, *rows):
    return Item(event(klass, "Accepted: Planning", *MORNING,
                      named(SYSTIME, when(2024, 1, 2, 5), MEETING, 1), *rows, sent=False,
                      body="I will be there.\r\n") +
                sender("Bob Requ", "bob@example.org"), [recipient(*ANN)])


def counter():
    return response("IPM.Schedule.Meeting.Resp.Tent",
                    named(BOOLEAN, 1, APPOINTMENT, 0x8257),
                    named(SYSTIME, when(2024, 7, 1, 9), APPOINTMENT, 0x8250),
                    named(SYSTIME, when(2024, 7, 1, 10, 30), APPOINTMENT, 0x8251))


def instance_canceled():
    """One day of a series: the id says which."""
    item = request(klass="IPM.Schedule.Meeting.Canceled")
    item.rows = [row for row in item.rows if len(row) < 4 or row[3] != (MEETING, 3)]
    item.rows += [named(BINARY, global_id(bytes([2024 >> 8, 2024 & 0xff, 7, 8])), MEETING, 3),
                  named(BOOLEAN, 1, MEETING, 0xa), named(LONG, 9 << 12, MEETING, 0xe)]
    return item


def series(frequency, kind, period, specific, *rows, zone=("W. Europe Standard Time", BERLIN),
           start=None, utc=None, exceptions=(), attachments=(), at=540, length=90, **how):
    start = start or (2024, 7, 1)
    begin = day(*start)
    base = pattern(frequency, kind, period, specific, begin, **how)
    utc = utc or MORNING
    return Item(event("IPM.Appointment", "Series", *utc, *rows,
                      named(LONG, 2, APPOINTMENT, 0x8205), named(BOOLEAN, 1, APPOINTMENT, 0x8223),
                      recurs(base, at, length, exceptions),
                      *(zoned(*zone, recurring=True) if zone else ()), sent=False),
                (), attachments)


def weekly_exceptions(inner):
    """Ten Mondays: one deleted, one moved to Tuesday, one with another place and people."""
    moved, changed = day(2024, 7, 15), day(2024, 7, 22)
    exceptions = [exception(day(2024, 7, 16) + 600, day(2024, 7, 16) + 660, moved + 540),
                  exception(changed + 540, changed + 630, changed + 540, "Elsewhere \u263a",
                            "Caf\u00e9", 1)]
    attachments = []
    if inner:
        own = Item([(0x1a, UNICODE, "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"),
                    (0x1000, UNICODE, "Only this time.\r\n"),
                    (0x3008, SYSTIME, when(2024, 2, 1)),
                    named(SYSTIME, when(2024, 7, 22, 7), APPOINTMENT, 0x8228),
                    named(SYSTIME, when(2024, 7, 22, 7), APPOINTMENT, 0x820d),
                    named(SYSTIME, when(2024, 7, 22, 8, 30), APPOINTMENT, 0x820e),
                    *sender()], [SELF, CAT])
        attachments = [([*HIDDEN, (0x7ffb, SYSTIME, when(2024, 7, 22, 9)),
                         (0x7ffc, SYSTIME, when(2024, 7, 22, 10, 30))], own)]
    return series(WEEKLY, 1, 1, [0x02], end=BY_COUNT, count=10, end_date=day(2024, 9, 2),
                  deleted=[day(2024, 7, 8), moved, changed], modified=[day(2024, 7, 16), changed],
                  exceptions=exceptions, attachments=attachments, week_start=1)


def task(*rows):
    return Item([(0x1a, UNICODE, "IPM.Task"), (0x37, UNICODE, "Write it up"),
                 (0x1000, UNICODE, "In two pages.\r\n"), (0x17, LONG, 2),
                 (0x3008, SYSTIME, when(2024, 3, 1)), (0x300b, BINARY, bytes(range(16))),
                 named(LONG, 1, TASK, 0x8101), named(DOUBLE, 0.25, TASK, 0x8102),
                 named(SYSTIME, when(2024, 3, 1), TASK, 0x8104),
                 named(SYSTIME, when(2024, 3, 15), TASK, 0x8105),
                 named(BOOLEAN, 0, TASK, 0x811c), named(UNICODE, "Ann Orga", TASK, 0x811f),
                 named(LONG, 120, TASK, 0x8111), named(LONG, 45, TASK, 0x8110),
                 named(BOOLEAN, 1, COMMON, 0x8503),
                 named(SYSTIME, when(2024, 3, 14, 8), COMMON, 0x8502),
                 named(MV | UNICODE, ["Example Ltd"], COMMON, 0x8539), *rows])


def task_request():
    return Item([(0x1a, UNICODE, "IPM.TaskRequest"), (0x37, UNICODE, "Task Request: Write it up"),
                 (0x1000, UNICODE, "Please do.\r\n"), *sender()], [BOB], [([], task())])


PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(60)


def contact():
    rows = [(0x1a, UNICODE, "IPM.Contact"), (0x37, UNICODE, "Dr. Eve Mid Smith Jr."),
            (0x3001, UNICODE, "Dr. Eve Mid Smith Jr."), (0x1000, UNICODE, "Met; in Rome,\r\n2019"),
            (0x3008, SYSTIME, when(2024, 5, 6, 7, 8, 9)), (0x300b, BINARY, bytes(range(16))),
            (0x3a06, UNICODE, "Eve"), (0x3a11, UNICODE, "Smith"), (0x3a44, UNICODE, "Mid"),
            (0x3a45, UNICODE, "Dr."), (0x3a05, UNICODE, "Jr."), (0x3a4f, UNICODE, "Evie"),
            (0x3a16, UNICODE, "Example; Ltd"), (0x3a18, UNICODE, "R&D"), (0x3a17, UNICODE, "Head"),
            (0x3a46, UNICODE, "Engineer"), (0x3a08, UNICODE, "+1 555 0100"),
            (0x3a1b, MV | UNICODE, ["+1 555 0101"]), (0x3a09, UNICODE, "+1 555 0102"),
            (0x3a1c, UNICODE, "+1 555 0103"), (0x3a24, UNICODE, "+1 555 0104"),
            (0x3a2e, UNICODE, "+1 555 0105"), (0x3a21, UNICODE, "+1 555 0106"),
            (0x3a51, UNICODE, "https://example.com/eve"), (0x3a50, UNICODE, "https://eve.example"),
            (0x3a42, SYSTIME, when(1979, 12, 31, 23)), (0x3a41, SYSTIME, when(2004, 6, 5)),
            (0x3a4d, 2, 1), (0x3a48, UNICODE, "Sam"), (0x3a4e, UNICODE, "Max"),
            (0x3a58, MV | UNICODE, ["Kim", "Lou"]),
            (0x3a5d, UNICODE, "Home Street 1\r\nBack door"), (0x3a59, UNICODE, "Town"),
            (0x3a5b, UNICODE, "12345"), (0x3a5a, UNICODE, "Country"),
            named(UNICODE, "Work Street 2", ADDRESS, 0x8045), named(UNICODE, "City", ADDRESS, 0x8046),
            named(UNICODE, "State", ADDRESS, 0x8047), named(UNICODE, "9999", ADDRESS, 0x8048),
            named(UNICODE, "eve@example.com", ADDRESS, 0x8083),
            named(UNICODE, "SMTP", ADDRESS, 0x8082),
            named(UNICODE, "/o=Example/cn=Recipients/cn=eve", ADDRESS, 0x8093),
            named(UNICODE, "EX", ADDRESS, 0x8092),
            named(UNICODE, "eve.ex@example.com", ADDRESS, 0x8094),
            named(BINARY, one_off("Eve", "eve.off@example.com"), ADDRESS, 0x80a5),
            named(UNICODE, "im:eve@example.com", ADDRESS, 0x8062),
            named(SYSTIME, when(1980, 1, 1), ADDRESS, 0x80de),
            (None, MV | UNICODE, ["Friends"], (PUBLIC, "Keywords"))]
    return Item(rows, (), [([(0x3707, UNICODE, "ContactPicture.png"), (0x7fff, BOOLEAN, 1),
                             (0x7ffe, BOOLEAN, 1)], PHOTO)])


def wrapped(kind, inner):
    return struct.pack("<I", 0) + bytes.fromhex("c091add3519dcf11a4a900aa0047faa4") + \
        bytes([kind]) + inner


def distribution_list(members=3):
    offs = [one_off("Member %d" % i, "member%d@example.com" % i) for i in range(members)]
    ids = [wrapped(0xb5, o) for o in offs]
    ids.append(wrapped(0xc3, bytes(46)))
    return Item([(0x1a, UNICODE, "IPM.DistList"), (0x37, UNICODE, "The team"),
                 (0x3001, UNICODE, "The team"), named(UNICODE, "The team", ADDRESS, 0x8053),
                 named(MV | BINARY, offs, ADDRESS, 0x8054), named(MV | BINARY, ids, ADDRESS, 0x8055)])


def large_list():
    pairs = b""
    for i in range(400):
        off = one_off("Member %d" % i, "member%d@example.com" % i)
        one = wrapped(0xb5, off)
        pairs += struct.pack("<I", len(one)) + one + struct.pack("<I", len(off)) + off
    head = struct.pack("<HHIIIII", 1, 0, 0, 0, 400, 0, 0)
    return Item([(0x1a, UNICODE, "IPM.DistList"), (0x37, UNICODE, "Everybody"),
                 named(UNICODE, "Everybody", ADDRESS, 0x8053),
                 named(BINARY, head + pairs, ADDRESS, 0x8064)])


def journal():
    return Item([(0x1a, UNICODE, "IPM.Activity"), (0x37, UNICODE, "Phone call"),
                 (0x1000, UNICODE, "We spoke.\r\n"), (0x300b, BINARY, bytes(16)),
                 named(UNICODE, "Phone call", LOG, 0x8700),
                 named(SYSTIME, when(2024, 4, 1, 10), LOG, 0x8706),
                 named(LONG, 30, LOG, 0x8707), named(SYSTIME, when(2024, 4, 1, 10, 30), LOG, 0x8708)])


def sticky_note():
    return Item([(0x1a, UNICODE, "IPM.StickyNote"), (0x37, UNICODE, "Buy milk"),
                 (0x1000, UNICODE, "Buy milk\r\nand bread\r\n"),
                 named(LONG, 3, com_guid(0x6200e), 0x8b00)])


def report(klass, *rows, recipients=(), original=True, body=None):
    found = [(0x1a, UNICODE, klass), (0x37, UNICODE, "Report: Hello"), (0x49, UNICODE, "Hello"),
             (0x39, SYSTIME, when(2024, 5, 1, 10)), (0x32, SYSTIME, when(2024, 5, 1, 9, 59)),
             (0x4e, SYSTIME, when(2024, 5, 1, 9)), (0x1035, UNICODE, "<report@example.com>"),
             (0x1042, UNICODE, "<hello@example.com>"), (0x6820, UNICODE, "mx.example.com"),
             *sender("Postmaster", "postmaster@example.com"), *rows]
    if body:
        found.append((0x1001, UNICODE, body))
    inner = Item([(0x1a, UNICODE, "IPM.Note"), (0x37, UNICODE, "Hello"),
                  (0x1000, UNICODE, "Hello Bob.\r\n"), *sender()], [BOB])
    return Item(found, recipients, [([], inner)] if original else [])


def reported(name, address, *rows):
    return recipient(name, address, 1, *rows)


def ndr():
    return report("REPORT.IPM.Note.NDR", recipients=[
        reported("Bob Requ", "bob@example.org", (0xc1b, UNICODE, "550 5.1.1 no such user"),
                 (0xc21, UNICODE, "mx.example.org"), (0xc05, LONG, 0), (0xc04, LONG, 1)),
        reported("Cat \u263a", "cat@example.net", (0xc05, LONG, 7),
                 (0x1001, UNICODE, "Too long for Cat.\r\n")),
        [(0xc15, LONG, 1), (0x3001, UNICODE, "Old"), (0x3002, UNICODE, "X400"),
         (0x3003, UNICODE, "c=US;a= ;p=Example;s=Old;")]])


def damaged_recurrence():
    item = series(DAILY, 0, 1440, [])
    item.rows = [row if len(row) < 4 or row[3] != (APPOINTMENT, 0x8216) else
                 (None, BINARY, row[2][:-10], row[3]) for row in item.rows]
    return item


SAMPLES = {
    "appointment": appointment,
    "all-day": all_day,
    "all-day-no-zone": all_day_no_zone,
    "no-zone": no_zone,
    "request": request,
    "canceled": lambda: request(klass="IPM.Schedule.Meeting.Canceled"),
    "canceled-instance": instance_canceled,
    "accepted": lambda: response("IPM.Schedule.Meeting.Resp.Pos"),
    "declined": lambda: response("IPM.Schedule.Meeting.Resp.Neg"),
    "tentative": lambda: response("IPM.Schedule.Meeting.Resp.Tent"),
    "counter": counter,
    "foreign-id": lambda: Item(event("IPM.Appointment", "Imported", *MORNING, named(
        BINARY, global_id(raw=b"vCal-Uid\x01\0\0\0" + b"other;id@example.net\0"), MEETING, 0x23),
        sent=False, ids=False)),
    "daily": lambda: series(DAILY, 0, 3 * 1440, [], end=BY_COUNT, count=5, end_date=day(2024, 7, 13)),
    "weekdays": lambda: series(DAILY, 1, 1, [0x3e], end=BY_DATE, count=10, end_date=day(2024, 7, 12)),
    "weekly": lambda: weekly_exceptions(False),
    "weekly-exceptions": lambda: weekly_exceptions(True),
    "weekly-2": lambda: series(WEEKLY, 1, 2, [0x12], end=BY_COUNT, count=6, week_start=1),
    "monthly-31": lambda: series(MONTHLY, 2, 1, [31], start=(2024, 7, 31),
                                 utc=(when(2024, 7, 31, 7), when(2024, 7, 31, 8, 30)),
                                 end=BY_COUNT, count=4),
    "monthly-30": lambda: series(MONTHLY, 2, 1, [30], start=(2024, 12, 30),
                                 utc=(when(2024, 12, 30, 8), when(2024, 12, 30, 9, 30)),
                                 end=BY_COUNT, count=4),
    "monthly-last-friday": lambda: series(MONTHLY, 3, 1, [0x20, 5], start=(2024, 7, 26),
                                          utc=(when(2024, 7, 26, 7), when(2024, 7, 26, 8, 30)),
                                          end=BY_COUNT, count=4),
    "monthly-second-weekday": lambda: series(MONTHLY, 3, 2, [0x3e, 2], start=(2024, 7, 2),
                                             utc=(when(2024, 7, 2, 7), when(2024, 7, 2, 8, 30)),
                                             end=BY_COUNT, count=4),
    "yearly": lambda: series(YEARLY, 2, 12, [1], end=NEVER),
    "yearly-2-nth": lambda: series(YEARLY, 3, 24, [0x02, 1], end=BY_COUNT, count=3),
    "hijri": lambda: series(MONTHLY, 0x0a, 1, [1], calendar=6, end=BY_COUNT, count=3),
    "series-no-zone": lambda: series(DAILY, 0, 1440, [], zone=None, end=BY_COUNT, count=3),
    "series-new-york": lambda: series(
        WEEKLY, 1, 1, [0x02], zone=("Eastern Standard Time", NEW_YORK), start=(2024, 10, 28),
        utc=(when(2024, 10, 28, 13), when(2024, 10, 28, 14, 30)), end=BY_DATE,
        end_date=day(2024, 11, 11)),
    "series-sydney": lambda: series(
        WEEKLY, 1, 1, [0x02], zone=("AUS Eastern Standard Time", SYDNEY), start=(2024, 3, 25),
        utc=(when(2024, 3, 24, 22), when(2024, 3, 24, 23, 30)), end=BY_COUNT, count=4),
    "series-tokyo": lambda: series(
        DAILY, 0, 1440, [], zone=("Tokyo Standard Time", TOKYO),
        utc=(when(2024, 7, 1, 0), when(2024, 7, 1, 1, 30)), end=BY_COUNT, count=3),
    "damaged-recurrence": damaged_recurrence,
    "report-ndr": ndr,
    "report-dr": lambda: report("REPORT.IPM.Note.DR", recipients=[
        reported("Bob Requ", "bob@example.org")], original=False),
    "report-delayed": lambda: report("REPORT.IPM.Note.Delayed", recipients=[
        reported("Bob Requ", "bob@example.org", (0xc1b, UNICODE, "waiting for mx"))]),
    "report-read": lambda: report("REPORT.IPM.Note.IPNRN", (0x2a, SYSTIME, when(2024, 5, 1, 9, 58)),
                                  recipients=[BOB], original=False, body="It was read.\r\n"),
    "report-unread": lambda: report("REPORT.IPM.Note.IPNNRN", recipients=[BOB], original=False),
    "report-of-request": lambda: report("REPORT.IPM.Schedule.Meeting.Request.NDR", recipients=[
        reported("Bob Requ", "bob@example.org")], original=False),
    "task": task,
    "task-recurring": lambda: task(named(BINARY, pattern(
        WEEKLY, 1, 1, [0x02], day(2024, 3, 4), end=BY_COUNT, count=4), TASK, 0x8116)),
    "task-done": lambda: task(named(LONG, 2, TASK, 0x8101), named(BOOLEAN, 1, TASK, 0x811c),
                              named(SYSTIME, when(2024, 3, 10), TASK, 0x810f)),
    "task-request": task_request,
    "contact": contact,
    "list": distribution_list,
    "list-large": large_list,
    "journal": journal,
    "sticky-note": sticky_note,
}


def main():
    folder = os.path.join(HERE, "items")
    os.makedirs(folder, exist_ok=True)
    for name, make_it in SAMPLES.items():
        for ending, data in (("msg", make_it().msg()), ("tnef", make_it().tnef())):
            with open(os.path.join(folder, "%s.%s" % (name, ending)), "wb") as out:
                out.write(data)


if __name__ == "__main__":
    main()
