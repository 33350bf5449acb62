#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Write the project's own Outlook messages: tests/corpus/msg, valid and broken on purpose.

The outputs are committed beside this script; running it again gives the same bytes. A
sample is one function or one row.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from make import (APPTIME, BINARY, BOOLEAN, CLSID, CURRENCY, DOUBLE, ERROR, FLOAT, I8, LONG, MV,
                  OBJECT, PSETID_COMMON, PSETID_TASK, PS_PUBLIC_STRINGS, SHORT, STRING8, SYSTIME,
                  UNICODE, WHEN, com_guid, lzfu, one_off)
from msg_write import (MESSAGE_CLSID, TEMPLATE_CLSID, Names, attachment, embedded, message,
                       recipient, storage)

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = "Dear Bob,\r\n\r\nhere is what you asked for.\r\n\r\nAnn\r\n"
BOB, CAT = recipient("Bob", "bob@example.org"), recipient("Cat", "cat@example.net", 2)


def note(*rows, subject="What you asked for", body=TEXT, klass="IPM.Note"):
    """The properties that every mail has, in Unicode."""
    found = [(0x001a, UNICODE, klass), (0x0037, UNICODE, subject), (0x0039, SYSTIME, WHEN),
             (0x0c1a, UNICODE, "Ann"), (0x0c1e, UNICODE, "SMTP"),
             (0x0c1f, UNICODE, "ann@example.com"), (0x0e06, SYSTIME, WHEN),
             (0x1000, UNICODE, body), (0x1035, UNICODE, "<1@example.com>"),
             (0x3fde, LONG, 65001), (0x340d, LONG, 0x40000)]
    ids = {row[0] for row in rows if len(row) == 3}
    return [row for row in found if row[0] not in ids] + list(rows)


def ansi(text, encoding, *rows):
    """The same in 8-bit texts; rows say which code page they claim to be in."""
    raw = text.encode(encoding)
    return [(0x001a, STRING8, b"IPM.Note"), (0x0037, STRING8, raw), (0x0039, SYSTIME, WHEN),
            (0x0c1a, STRING8, raw), (0x0c1e, STRING8, b"SMTP"),
            (0x0c1f, STRING8, b"ann@example.com"), (0x1000, STRING8, raw + b"\r\n"), *rows]


def ansi_recipient(name, encoding):
    return [(0x0c15, LONG, 1), (0x3001, STRING8, name.encode(encoding)),
            (0x3002, STRING8, b"SMTP"), (0x3003, STRING8, b"bob@example.org")]


def plain():
    return message(note(), [BOB, CAT], [attachment("report.txt", b"Numbers.\r\n")])


def codepage(text, encoding, *rows):
    def make():
        return message(ansi(text, encoding, *rows), [ansi_recipient(text, encoding)],
                       [[(0x3701, BINARY, b"x"), (0x3705, LONG, 1),
                         (0x3707, STRING8, text.encode(encoding) + b".txt")]])
    return make


def named():
    names = Names()
    rows = note((None, MV | UNICODE, ["Red", "Blau"], (PS_PUBLIC_STRINGS, "Keywords")),
                (None, BOOLEAN, 1, (PSETID_COMMON, 0x8502)),
                (None, SYSTIME, WHEN, (PSETID_COMMON, 0x8502 + 0)),
                (None, LONG, 2, (PSETID_TASK, 0x8101)),
                (None, UNICODE, "seven", (com_guid(0x12345678), "My property")),
                (None, UNICODE, "of the store", (com_guid(0x20328), 0x8233)))
    inner = note((None, UNICODE, "inside", (com_guid(0x12345678), "Only inside")),
                 (None, LONG, 3, (PSETID_TASK, 0x8101)), subject="Inner")
    return message(rows, [BOB], [embedded(names, "Inner", inner, [CAT])], names=names)


def nested(depth):
    names = Names()

    def level(n):
        rows = note((None, LONG, n, (PSETID_TASK, 0x8101)), subject="Level %d" % n)
        inner = [embedded(names, "Level %d" % (n + 1), *level(n + 1))] if n < depth else []
        return rows, [BOB], inner
    rows, recipients, attachments = level(0)
    return message(rows, recipients, attachments, names=names)


def types():
    guid = bytes(range(16))
    return message(note(
        (0x6601, SHORT, -2), (0x6602, LONG, -3), (0x6603, FLOAT, 1.5), (0x6604, DOUBLE, -2.25),
        (0x6605, CURRENCY, 12345678), (0x6606, APPTIME, 35390.5), (0x6607, ERROR, 0x8004010f),
        (0x6608, BOOLEAN, 1), (0x6609, I8, -4), (0x660a, SYSTIME, WHEN), (0x660b, CLSID, guid),
        (0x660c, BINARY, b"bytes"), (0x660d, STRING8, b"eight"), (0x660e, UNICODE, "wide"),
        (0x6611, MV | SHORT, [1, -1]), (0x6612, MV | LONG, [2, -2]), (0x6613, MV | FLOAT, [0.5]),
        (0x6614, MV | DOUBLE, [0.25, 4.0]), (0x6615, MV | CURRENCY, [10000]),
        (0x6616, MV | APPTIME, [1.0]), (0x6617, MV | I8, [5, -5]), (0x6618, MV | SYSTIME, [WHEN]),
        (0x6619, MV | CLSID, [guid, guid[::-1]]), (0x661a, MV | BINARY, [b"one", b"", b"three"]),
        (0x661b, MV | STRING8, [b"a", b"", b"c"]), (0x661c, MV | UNICODE, ["x", "", "z"]),
        (0x661d, MV | UNICODE, [])), [BOB])


def renamed(change):
    def make():
        def rename(tree):
            for name in list(tree):
                value = tree.pop(name)
                if isinstance(value, dict):
                    rename(value)
                tree[change(name)] = value
        return message(note(), [BOB], [attachment("report.txt", b"Numbers.\r\n")], change=rename)
    return make


def without(path):
    """The plain message without one of its entries."""
    def make():
        def remove(tree):
            at = tree
            for step in path[:-1]:
                at = at[step]
            del at[path[-1]]
        return message(note(), [BOB, CAT], [attachment("report.txt", b"Numbers.\r\n")],
                       change=remove)
    return make


def header(recipients, attachments, **how):
    return lambda: message(note(), [BOB, CAT], [attachment("a.txt", b"A"), attachment("b.txt", b"B")],
                           header=struct.pack("<8xIIII8x", recipients, attachments, recipients,
                                              attachments), **how)


def gaps():
    """Numbers that do not follow each other, as after the removal of some."""
    def change(tree):
        for name in [n for n in tree if n.startswith(("__recip", "__attach"))]:
            value = tree.pop(name)
            number = int(name[-8:], 16)
            tree["%s%08X" % (name[:-8], 0x10 * number + 0xa)] = value
    return message(note(), [BOB, CAT], [attachment("a.txt", b"A"), attachment("b.txt", b"B")],
                   change=change)


def ole():
    """An object of another program: a storage, which is passed on as a compound file."""
    inner = {"CONTENTS": b"drawing" * 1000, "\x01Ole": bytes(20), "Sub": {"\x03Info": b"12"}}
    return message(note(), [BOB], [[(0x3701, OBJECT, inner), (0x3705, LONG, 6),
                                    (0x3001, UNICODE, "Drawing"), (0x370b, LONG, 12)]])


def by_value(clsid, name):
    inside = message(note(subject="By value"), [CAT], [attachment("deep.txt", b"deep")],
                     clsid=clsid)
    return lambda: message(note(), [BOB], [attachment(name, inside)])


def wrapped():
    """The attachment that holds a message has a name, an id and a type of its own."""
    names = Names()
    one = embedded(names, "Inner", note(subject="Inner"), [CAT])
    one += [(0x3707, UNICODE, "letter.msg"), (0x3712, UNICODE, "inner@example.com"),
            (0x370e, UNICODE, "message/rfc822")]
    return message(note(), [BOB], [one], names=names)


def embedded_header(length):
    def make():
        names = Names()
        one = embedded(names, "Inner", note(subject="Inner"), [CAT], [attachment("i.txt", b"I")],
                       length=length)
        return message(note(), [BOB], [one], names=names)
    return make


def no_method():
    names = Names()
    one = [row for row in embedded(names, "Inner", note(subject="Inner"), [CAT]) if row[0] != 0x3705]
    two = [row for row in attachment("a.txt", b"A") if row[0] != 0x3705]
    return message(note(), [BOB], [one, two], names=names)


def references():
    return message(note(), [BOB], [
        [(0x3705, LONG, 2), (0x370d, UNICODE, "\\\\server\\share\\plan.doc"),
         (0x3707, UNICODE, "plan.doc")],
        [(0x3705, LONG, 7), (0x370d, UNICODE, "https://example.org/plan.pdf"),
         (0x3707, UNICODE, "plan.pdf")],
        [(0x3705, LONG, 4), (0x3707, UNICODE, "lost.doc")]])


def both_forms():
    def change(tree):
        tree["__substg1.0_0037001E"] = b"in bytes"
        tree["__substg1.0_1000001E"] = b"The text in bytes.\r\n"
        tree["__substg1.0_1000001F"] = b""
    return message(note((0x0070, UNICODE, "Topic")), [BOB], change=change)


def nul_padded():
    return message(note((0x0037, UNICODE, "Padded\0\0\0"), (0x1000, UNICODE, TEXT + "\0\0"),
                        (0x1013, BINARY, b"<html><body><img src=\"cid:logo@example.com\"></body></html>\0"),
                        (0x001a, UNICODE, "IPM.Note\0")), [BOB],
                   [attachment("logo.png", b"\x89PNG\r\n\x1a\n", (0x3712, UNICODE, "logo@example.com\0"),
                               (0x370e, UNICODE, "image/png\0\0"))])


EX = "/O=EXAMPLE/OU=ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=ANN"


def exchange(*rows):
    """Sent by somebody of whom only the Exchange address is where addresses are."""
    own = [(0x0c1e, UNICODE, "EX"), (0x0c1f, UNICODE, EX), *rows]
    ids = {row[0] for row in own}
    return lambda: message([r for r in note() if r[0] not in ids] + own, [
        [(0xc15, LONG, 1), (0x3001, UNICODE, "Bob"), (0x3002, UNICODE, "EX"),
         (0x3003, UNICODE, EX + "X"), (0x39fe, UNICODE, "bob@example.org")],
        [(0xc15, LONG, 1), (0x3001, UNICODE, "Cat"), (0x3002, UNICODE, "EX"),
         (0x3003, UNICODE, EX + "Y"), (0x300b, BINARY, b"SMTP:CAT@EXAMPLE.NET\0")],
        [(0xc15, LONG, 1), (0x3001, UNICODE, "Dee"), (0x3002, UNICODE, "SMTP"),
         (0x3003, UNICODE, "IMCEASMTP-dee+40example+2Ecom@gate.example")],
        [(0xc15, LONG, 2), (0x3001, UNICODE, "Eve"), (0x0fff, BINARY, one_off("Eve", "eve@example.com"))],
        [(0xc15, LONG, 2), (0x3001, UNICODE, "Fay"), (0x0fff, BINARY, one_off_8("Fay", "fay@example.com"))],
        [(0xc15, LONG, 2), (0x3001, UNICODE, "Gus"), (0x0fff, BINARY, book_id(EX + "Z"))],
        [(0xc15, LONG, 0x10000003), (0x3001, UNICODE, "'hal@example.com'"), (0x3002, UNICODE, "SMTP")],
        [(0xc15, LONG, 77), (0x3001, UNICODE, "Ida\x01"), (0x3002, UNICODE, "SMTP"),
         (0x3003, UNICODE, "ida@example.com\x01")]])


def one_off_8(name, address):
    return bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f5402") + bytes(4) + \
        b"".join(t.encode() + b"\0" for t in (name, "SMTP", address))


def book_id(name):
    return bytes(4) + bytes.fromhex("dca740c8c042101ab4b908002b2fe182") + \
        struct.pack("<II", 1, 0) + name.encode() + b"\0"


def image(name, *rows):
    return attachment(name, b"\x89PNG\r\n\x1a\n" + name.encode(), (0x370e, UNICODE, "image/png"), *rows)


def inline():
    """Ids in every manner: told in full, cut at the @, by place, none, hidden, not shown."""
    html = (b"<html><body><img src=\"cid:one@example.com\"><img src='CID:two'>"
            b"<img src=\"pictures/three.png\"><img src=\"cid:five%40example.com\"></body></html>")
    return message(note((0x1013, BINARY, html)), [BOB], [
        image("one.png", (0x3712, UNICODE, "one@example.com")),
        image("two.png", (0x3712, UNICODE, "two@example.com")),
        image("three.png", (0x3713, UNICODE, "pictures/three.png")),
        image("four.png"),
        image("five.png", (0x3712, UNICODE, "<five@example.com>"), (0x7ffe, BOOLEAN, 1)),
        image("six.png", (0x3712, UNICODE, "six@example.com")),
        image("seven.png", (0x7ffe, BOOLEAN, 1))])


def rtf_only():
    rtf = (rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}"
           rb"{\*\htmltag19 <html>}{\*\htmltag50 <body>}{\*\htmltag64 <p>}Only here"
           rb"{\*\htmltag72 </p>}{\*\htmltag58 </body>}{\*\htmltag27 </html>}}")
    rows = [row for row in note((0x1009, BINARY, lzfu(rtf))) if row[0] != 0x1000]
    return message(rows, [BOB])


def damaged_rows():
    def change(tree):
        tree["__properties_version1.0"] += struct.pack("<IIII", 0x0042001f, 6, 300, 0)  # no stream
        tree["__properties_version1.0"] += struct.pack("<IIII", 0x66550055, 6, 3, 0)  # no type
        tree["__properties_version1.0"] += b"\x01\x02\x03"
        tree["__substg1.0_66560057"] = b"what is it"
        tree["__substg1.0_0042FFFF"] = b"what is it"
        tree["__substg1.0_0070001F"] = "not listed".encode("utf-16-le")
        tree["Notes of somebody"] = b"anything"
        tree["__substg1.0_6657001F"] = b"odd"
    return message(note(), [BOB], change=change)


def nameid_damaged():
    def change(tree):
        names = tree["__nameid_version1.0"]
        entries = names["__substg1.0_00030102"]
        names["__substg1.0_00030102"] = entries[:8] + struct.pack("<IHH", 0xfff0, 7, 1) + \
            struct.pack("<IHH", 1, 0xfffe, 0xffff) + entries[24:] + b"cut"
    rows = note((None, LONG, 1, (PSETID_TASK, 0x8101)), (None, LONG, 2, (PSETID_TASK, 0x8102)),
                (None, LONG, 3, (PSETID_TASK, 0x8103)), (None, LONG, 4, (PSETID_COMMON, 0x8503)))
    return message(rows, [BOB], change=change)


RUSSIAN, POLISH, CHINESE, JAPANESE = "Привет", "Zażółć", "您好世界", "こんにちは"
SAMPLES = {
    "plain": plain,
    "plain-4": lambda: message(note(), [BOB, CAT], [attachment("report.txt", b"Numbers.\r\n")],
                               version=4),
    "scattered": lambda: message(note(body=TEXT * 100), [BOB],
                                 [attachment("big.bin", bytes(range(256)) * 40)], scatter=True),
    "types": types,
    "named": named,
    "nested-3": lambda: nested(3),
    "nested-20": lambda: nested(20),
    "codepage-1251": codepage(RUSSIAN, "cp1251", (0x3ffd, LONG, 1251), (0x3fde, LONG, 20866)),
    "codepage-internet": codepage(POLISH, "cp1250", (0x3fde, LONG, 1250)),
    "codepage-conflict": codepage(POLISH, "cp1250", (0x3ffd, LONG, 1250), (0x3fde, LONG, 28592)),
    "codepage-locale": codepage(RUSSIAN, "cp1251", (0x3ff1, LONG, 1049)),
    "codepage-none": codepage("Grüße", "cp1252"),
    "codepage-utf-8": codepage("Grüße", "utf-8", (0x3fde, LONG, 65001)),
    "codepage-utf-8-not": codepage(CHINESE, "gbk", (0x3fde, LONG, 65001), (0x3ff1, LONG, 0x804)),
    "codepage-1200": codepage(RUSSIAN, "cp1251", (0x3ffd, LONG, 1200), (0x3fde, LONG, 1251)),
    "codepage-ascii-not": codepage("Grüße", "cp1252", (0x3fde, LONG, 20127), (0x3ff1, LONG, 1031)),
    "codepage-50220": codepage(JAPANESE, "iso2022_jp", (0x3ffd, LONG, 50220)),
    "codepage-932": codepage(JAPANESE, "cp932", (0x3ff1, LONG, 1041)),
    "codepage-bogus": codepage("Grüße", "cp1252", (0x3ffd, LONG, 12345), (0x3fde, LONG, -7)),
    "surrogate": lambda: message(note((0x0037, UNICODE, "half \ud83d only"))),
    "both-forms": both_forms,
    "nul-padded": nul_padded,
    "names-lower": renamed(lambda n: n.lower()),
    "names-upper": renamed(lambda n: n.upper()),
    "counts-none": header(0, 0),
    "counts-many": header(0x7fffffff, 0xffffffff),
    "numbers-gaps": gaps,
    "no-properties": without(["__properties_version1.0"]),
    "no-attach-properties": without(["__attach_version1.0_#00000000", "__properties_version1.0"]),
    "no-attach-data": without(["__attach_version1.0_#00000000", "__substg1.0_37010102"]),
    "no-recipient-properties": without(["__recip_version1.0_#00000001", "__properties_version1.0"]),
    "no-nameid": without(["__nameid_version1.0"]),
    "no-method": no_method,
    "header-24": lambda: message(note(), [BOB], header=struct.pack("<8xIIII", 1, 0, 1, 0)),
    "embedded-header-32": embedded_header(32),
    "embedded-header-24": embedded_header(24),
    "embedded-wrapped": wrapped,
    "by-value-msg": by_value(MESSAGE_CLSID, "letter.msg"),
    "by-value-oft": by_value(TEMPLATE_CLSID, "form.oft"),
    "template": lambda: message(note(), [BOB], clsid=TEMPLATE_CLSID),
    "ole": ole,
    "references": references,
    "inline": inline,
    "exchange": exchange(),
    "exchange-5d0a": exchange((0x5d0a, UNICODE, "ann@example.com"), (0x3ffa, UNICODE, "Somebody else")),
    "exchange-transport": exchange((0x007d, UNICODE, "Received: from a\r\n by b\r\nFrom: \"Ann\"\r\n "
                                    "<ann@example.com>\r\nTo: bob@example.org\r\n\r\n")),
    "exchange-behalf": exchange((0x42, UNICODE, "The Board"), (0x64, UNICODE, "EX"), (0x65, UNICODE, EX + "B"),
                                (0x5d02, UNICODE, "board@example.com"), (0x5d01, UNICODE, "ann@example.com")),
    "rtf-only": rtf_only,
    "exactly-4096": lambda: message(note(), [BOB], [attachment("4096.bin", b"4096" * 1024),
                                                    attachment("4095.bin", b"4095" * 1023 + b"409")]),
    "class-message": lambda: message(note(klass="IPM.Message"), [BOB]),
    "class-nul": lambda: message(note(klass="IPM\0"), [BOB]),
    "class-none": lambda: message([r for r in note() if r[0] != 0x1a], [BOB]),
    "class-custom": lambda: message(note(klass="IPM.Note.Acme.Order"), [BOB]),
    "damaged-rows": damaged_rows,
    "nameid-damaged": nameid_damaged,
    "empty": lambda: message([]),
    "tree-list": lambda: message(note(), [BOB, CAT], [attachment("a.txt", b"A")], shape=__import__(
        "cfb_write").chained),
    "cut": lambda: plain()[:-1500],
}


def main():
    folder = os.path.join(HERE, "msg")
    os.makedirs(folder, exist_ok=True)
    for name, make in SAMPLES.items():
        with open(os.path.join(folder, name + ".msg"), "wb") as out:
            out.write(make())


if __name__ == "__main__":
    main()
