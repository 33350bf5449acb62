# SPDX-License-Identifier: ISC
"""Each fault that a compound file can have, in an Outlook message: what is there is found, and
of what is not a note tells; with the original, where something is lost."""

import struct
import sys

import harness
from harness import SOURCE, TestCase
from turned import Turned

sys.path.insert(0, str(SOURCE / "tests/corpus"))
# pylint: disable=wrong-import-position
import cfb_faults
import cfb_write
import make
import msg_write
from cfb_faults import FAULTS, NOTHING, PART, WHOLE
from make import LONG, UNICODE
from make_msg import BOB, CAT, note

BIG = bytes((i * 7 ^ i >> 8) & 0xff for i in range(5000))
SMALL = b"Numbers.\r\n" * 20
DATA = "__substg1.0_37010102"
LARGE = 8 << 20  # bytes: more FAT sectors than the header has room for


def sound(**how):
    return msg_write.message(note(), [BOB, CAT], [msg_write.attachment("big.bin", BIG),
                                                  msg_write.attachment("small.txt", SMALL)], **how)


def large():
    return msg_write.message(note(), [BOB], [
        msg_write.attachment("zeros.bin", cfb_write.Zeros(LARGE)),
        msg_write.attachment("big.bin", BIG), msg_write.attachment("small.txt", SMALL)])


def put(data, at, fmt, *values):
    data = bytearray(data)
    struct.pack_into(fmt, data, at, *values)
    return bytes(data)


class Faults(TestCase):
    def seen(self, turned):
        """What a reader of the mail has."""
        return (str(turned.mail["Subject"]), turned.people("To"), turned.people("Cc"), turned.text(),
                turned.files())

    def lost(self, turned):
        return [n for n in turned.notes if n.startswith("lost")]

    def test_each_fault(self):
        data = sound()
        wanted = self.seen(Turned(data))
        self.assertEqual({"big.bin": BIG, "small.txt": SMALL}, wanted[-1])
        self.assertGreater(len(FAULTS), 100)
        for name, (_, cost) in FAULTS.items():
            spoilt = cfb_faults.spoilt(data, name, (DATA, len(BIG)), (DATA, len(SMALL)))
            self.assertNotEqual(data, spoilt, name)
            with self.subTest(name):
                self.judge(Turned(spoilt), spoilt, wanted, cost)

    def judge(self, turned, spoilt, wanted, cost):
        if cost == WHOLE:
            self.assertEqual([], self.lost(turned))
            for want, have in zip(wanted, self.seen(turned)):
                self.assertTrue(want == have, str(have)[:200])
        elif cost == PART:
            self.assertEqual("converted", turned.outcome)
            self.assertTrue(self.lost(turned))
            self.assertEqual(wanted[0], turned.mail["Subject"])
            self.assertTrue(spoilt in turned.files().values())  # the original as it came
        else:
            self.assertEqual(NOTHING, cost)
            self.assertTrue(turned.outcome == "refused" or
                            spoilt in turned.files().values(), turned.notes)

    def test_of_version_4(self):
        """Faults that only version 4 can have: its sectors are 4,096 bytes, its sizes 8."""
        data = sound(version=4)
        wanted = self.seen(Turned(data))
        directory = (struct.unpack_from("<I", data, 48)[0] + 1) * 4096
        size = next(at + 120 for at in range(directory, len(data), 128)
                    if struct.unpack_from("<Q", data, at + 120)[0] == len(BIG))
        for name, spoilt, cost in (
                ("sectors of 512", put(data, 30, "<H", 9), NOTHING),
                ("version 3", put(data, 26, "<H", 3), WHOLE),
                ("directory sectors: none", put(data, 40, "<I", 0), WHOLE),
                ("directory sectors: more", put(data, 40, "<I", 0xffffffff), WHOLE),
                ("size of 2^63", put(data, size, "<Q", 1 << 63), PART),
                ("size of 2^40", put(data, size, "<Q", 1 << 40), PART)):
            with self.subTest(name):
                self.judge(Turned(spoilt), spoilt, wanted, cost)

    def test_list_of_fat_sectors(self):
        """The DIFAT (2.5), which only files above 7 MB have."""
        data = large()
        wanted = self.seen(Turned(data))
        self.assertEqual(bytes(LARGE), wanted[-1]["zeros.bin"])
        start, = struct.unpack_from("<I", data, 68)
        own = (start + 1) * 512
        for name, spoilt in (
                ("goes on in itself", put(data, own + 508, "<I", start)),
                ("goes on outside", put(data, own + 508, "<I", 0x00ffffff)),
                ("goes on nowhere", put(data, own + 508, "<I", cfb_faults.FREE)),
                ("begins outside", put(data, 68, "<I", 0x00ffffff)),
                ("begins nowhere", put(data, 68, "<I", cfb_faults.END)),
                ("begins in itself, of none", put(data, 72, "<I", 0)),
                ("of far too many", put(data, 72, "<I", 0xffffffff)),
                ("names what is not there", put(data, own, "<2I", 0x00ffffff, 0x00fffffe)),
                ("FAT: shorter than the file", put(data, 44, "<I", 5)),
                ("FAT: longer than the file", put(data, 44, "<I", 5000))):
            with self.subTest(name):
                self.judge(Turned(spoilt), spoilt, wanted, WHOLE)

    def test_within_others(self):
        """A broken message as a file of another, in both containers: no worse than alone."""
        data = sound()
        for name in ("chain: a circle", "tree: backwards", "root: holds nothing", "FAT ends early",
                     "root: mini stream cut", "directory: outside"):
            spoilt = cfb_faults.spoilt(data, name, (DATA, len(BIG)), (DATA, len(SMALL)))
            outer = msg_write.message(note(subject="Outer"), [BOB],
                                      [msg_write.attachment("inner.msg", spoilt)])
            tnef = make.stream(
                make.attr("MsgProps", make.props((0x37, UNICODE, "Outer"))),
                make.renddata(1), make.attr("Data", spoilt), make.attr("Attachment", make.props(
                    (0x3705, LONG, 1), (0x3707, UNICODE, "inner.msg"))), codepage=None)
            for turned in (Turned(outer), Turned(tnef)):
                with self.subTest(name):
                    self.assertEqual(("converted", "Outer"),
                                     (turned.outcome, turned.mail["Subject"]))
                    if FAULTS[name][1] == WHOLE:
                        self.assertEqual(BIG, turned.files()["big.bin"])
                    else:
                        self.assertTrue(any(spoilt in d for d in turned.files().values()))


if __name__ == "__main__":
    harness.main()
