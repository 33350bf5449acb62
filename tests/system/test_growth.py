# SPDX-License-Identifier: ISC
"""A few bytes that ask for many: of no message comes more than its size allows, what is left
out is told, and the original goes with the mail."""

import email
import email.policy
import json
import os
import subprocess
import sys
import tempfile
import unittest

import harness
import schema
from amplifiers import AMPLIFIERS, FOOTNOTES, FOOTNOTES_RTF, HEAD, KIB, mail, nested, nothings
from harness import BUILD, SOURCE

import pst_write  # isort: skip; amplifiers says where it is

FLOOR, TIMES = 64 * KIB, 20  # limits.growth_floor of these tests, limits.growth
SLACK = 64 * KIB  # header fields and delimiters are not reckoned beforehand
TARGETS = ["mime", "json", "text", "attachments", "json-files", "ical", "vcard", "vcard3", "dump"]
TABLE = SOURCE / "deploy" / "limits.md"


def converted(data, to, most=0):
    """What convert-file makes of it, None when it refuses; what a note says was left out. most
    0: without a limit."""
    with tempfile.NamedTemporaryFile() as f:
        f.write(data)
        f.flush()
        done = subprocess.run([BUILD / "tests" / "convert-file", "-n", "-g", str(most), "-t", to,
                               f.name], capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()[-2000:]
    notes = [line.split("\t") for line in done.stderr.decode().splitlines()]
    return (None if done.returncode else done.stdout,
            [n for n in notes if n[0] == "lost" and "limits.growth" in n[3]])


def parts_of(out):
    return [p.get_payload(decode=True) or b"" for p in email.message_from_bytes(
        out, policy=email.policy.compat32).walk() if not p.is_multipart()]


def measured(data, sizes):
    """The target of which most becomes, how many times the message's size without a limit and
    with it."""
    to = max(TARGETS, key=lambda one: sizes[one][0])
    return to, sizes[to][0] / len(data), sizes[to][1] / len(data)


def rows_told():
    """The table's rows by name: bytes, target, times, times with limits."""
    cells = [[c.strip() for c in line.strip("| \n").split(" | ")]
             for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return {c[0]: (c[1], c[2], float(c[3].replace(",", "")), float(c[4].replace(",", "")))
            for c in cells if c[0] in AMPLIFIERS}


def print_table():
    for name, make in AMPLIFIERS.items():
        data = make()
        to, times, limited = measured(data, Amplifiers().judge(name, data))
        print(f"| {name} | {len(data):,} | {to} | {times:,.1f} | {limited:,.1f} |")


class Amplifiers(unittest.TestCase):
    """Each of them, to each target: with limits and without, and what deploy/limits.md says of it.
    Run this file with --table to have its rows made."""

    def test_limits(self):
        told = rows_told()
        self.assertEqual(list(AMPLIFIERS), list(told), "the table's rows and the amplifiers")
        for name, make in AMPLIFIERS.items():
            with self.subTest(name):
                data = make()
                to, times, limited = measured(data, self.judge(name, data))
                self.assertEqual(f"{len(data):,}", told[name][0])
                self.assertEqual(to, told[name][1])
                self.assertAlmostEqual(times, told[name][2], delta=0.1 * times + 0.1)
                self.assertAlmostEqual(limited, told[name][3], delta=0.1 * limited + 0.1)

    def judge(self, name, data):
        """{target: bytes without a limit, bytes with it}."""
        most, sizes = FLOOR + TIMES * len(data), {}
        for to in TARGETS:
            out, lost = converted(data, to, most)
            whole, none = converted(data, to)
            sizes[to] = len(whole or b""), len(out or b"")
            self.assertEqual([], none)
            self.assertEqual(whole is None, out is None, f"{name} to {to}: refused")
            if out is None:
                self.assertIn(to, ("ical", "vcard", "vcard3"))
                continue
            if to == "json":
                schema.check(json.loads(out), "message")
            if not lost:
                self.assertEqual(whole, out)
            if len(whole) > most:
                self.assertTrue(lost, f"{name} to {to}: no word of what is left out")
            self.assertLessEqual(len(out), most + SLACK, f"{name} to {to}: {len(data)} bytes")
        return sizes


class Growth(unittest.TestCase):
    def test_what_nobody_leaves_out_is_refused(self):
        """The last resort: here the message is copied, and no writer is asked."""
        data = mail(b"From: a@example.org", body=b"x" * 200 * KIB)
        out, _ = converted(data, "mime", 64 * KIB)
        self.assertIsNone(out)

    def test_the_original_goes_with_what_was_left_out(self):
        data = nothings()
        out, lost = converted(data, "mime", FLOOR + TIMES * len(data))
        self.assertTrue(lost)
        self.assertIn(data, parts_of(out))

    def test_the_original_goes_with_what_was_left_out_deep_in_it(self):
        data = nested(12)()
        out, lost = converted(data, "mime", FLOOR + TIMES * len(data))
        self.assertTrue(any(n[1].startswith("attachment 1, attachment 1") for n in lost), lost)
        self.assertIn(data, parts_of(out))

    def test_the_rtf_goes_with_its_beginning(self):
        data = FOOTNOTES()
        out, _ = converted(data, "mime", 3 * TIMES * len(data))
        found, = [p for p in parts_of(out) if p.startswith(HEAD)]
        self.assertTrue(found.endswith(rb"{\footnote x}"))
        self.assertEqual(40000, found.count(b"footnote"))

    def test_an_ordinary_message_is_whole(self):
        """It comes nowhere near the default's floor."""
        paths = sorted((SOURCE / "tests" / "corpus" / "tnef").glob("*.tnef"))
        self.assertGreater(len(paths), 10)
        for path in paths:
            for to in ("mime", "json"):
                _, lost = converted(path.read_bytes(), to, FLOOR)
                self.assertEqual([], lost, path.name)


class Stores(harness.TestCase):
    def test_the_limit_is_of_the_message(self):
        """Not of the store, of which one message may be a small part."""
        p = pst_write.simple(count=1, orphan=False, more=[(0x1009, pst_write.BINARY, FOOTNOTES_RTF)])
        p.node(0x330004, *p.message("large", attachments=[("a", bytes(range(256)) * (16 * KIB))]))
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.pst")
            p.save(path)
            out = os.path.join(folder, "out")
            done = subprocess.run(
                [BUILD / "bulkhead", "convert", "--to", "json", "--set", "limits.growth=8", "--set",
                 "limits.growth_floor=64KiB", "-o", out, path],
                capture_output=True, check=False, text=True)
            self.assertEqual(0, done.returncode, done.stderr)
            sizes = {name: os.path.getsize(os.path.join(at, name))
                     for at, _, names in os.walk(out) for name in names if name.endswith(".json")}
            self.assertGreater(os.path.getsize(path), 4000 * KIB)
            grown = [n for n in sizes.values() if 16 * KIB < n < 4000 * KIB]
            self.assertEqual(1, len(grown), sizes)
            self.assertLessEqual(grown[0], 8 * (len(FOOTNOTES_RTF) + 4 * KIB) + FLOOR + SLACK)
            self.assertEqual(1, sum(n > 4000 * KIB for n in sizes.values()), sizes)


class Setting(harness.TestCase):
    def test_the_keys_are_obeyed(self):
        data = FOOTNOTES()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.tnef")
            with open(path, "wb") as f:
                f.write(data)
            sizes = []
            for floor, times in (("64KiB", 2), ("64KiB", 40), ("64MiB", 2)):
                out = os.path.join(folder, f"{floor}-{times}")
                done = subprocess.run(
                    [BUILD / "bulkhead", "convert", "--set", f"limits.growth={times}", "--set",
                     f"limits.growth_floor={floor}", "-o", out, path],
                    capture_output=True, check=False, text=True)
                self.assertEqual(0, done.returncode, done.stderr)
                sizes.append(os.path.getsize(os.path.join(out, os.listdir(out)[0])))
            self.assertLessEqual(sizes[0], 2 * len(data) + 64 * KIB + SLACK)
            self.assertLess(sizes[0], sizes[1])
            self.assertLess(sizes[1], sizes[2])


if __name__ == "__main__":
    if sys.argv[1:] == ["--table"]:
        print_table()
    else:
        harness.main()
