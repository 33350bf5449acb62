# SPDX-License-Identifier: ISC
"""Each situation of operators has a test (tests/situations). Each of the 122 things that mail can hold has a test, or a row that says what happens
instead: tests/fidelity/checklist names them, and here is looked whether they are there."""

import re
import unittest

import harness
import test_stalls
from harness import SOURCE

ROWS = 122


def named_tests():
    """FILE:NAME of the system tests, SUITE/NAME of the unit tests."""
    found = set()
    for path in (SOURCE / "tests/system").glob("test_*.py"):
        for name in re.findall(r"^    def (test_\w+)\(", path.read_text(), re.M):
            found.add(f"{path.stem[5:]}:{name}")
    for path in (SOURCE / "tests/unit/worker").glob("test_*.c"):
        for suite, name in re.findall(r"^(?:Parameterized)?Test\((?:[^,()]*, )?(\w+), (\w+)[,)]",
                                      path.read_text(), re.M):
            found.add(f"{suite}/{name}")
    return found


def chaos_rows():
    return {f"chaos:{name}" for path in (SOURCE / "tests/chaos").glob("*.py")
            for name in re.findall(r'^@row\("([\w-]+)"', path.read_text(), re.M)}


class Checklist(unittest.TestCase):
    def rows(self):
        text = (SOURCE / "tests/fidelity/checklist").read_text()
        return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]

    def test_each_row_is_there_once(self):
        self.assertEqual([str(i) for i in range(1, ROWS + 1)], [r[0] for r in self.rows()])
        self.assertEqual([], [r for r in self.rows() if len(r) != 3 or not r[1] or not r[2]])

    def test_each_situation_of_operators_has_a_test(self):
        """tests/situations: what it is, and the tests; each is there."""
        text = (SOURCE / "tests/situations").read_text()
        rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
        self.assertGreater(len(rows), 50)
        self.assertEqual([], [r for r in rows if len(r) != 2 or not r[1]])
        known = named_tests() | chaos_rows() | {f"stalls:{n}" for n in dir(test_stalls.Stalls)}
        self.assertEqual([], [(r[0], p) for r in rows for p in r[1].split() if p not in known])

    def test_each_stall_is_a_situation(self):
        text = (SOURCE / "tests/situations").read_text()
        self.assertEqual([], [n for n in dir(test_stalls.Stalls) if n.startswith("test_")
                              and f"stalls:{n}" not in text])

    def test_what_is_named_exists(self):
        known, missing = named_tests(), []
        kept = re.findall(r"^\| ([\w-]+) \|", (SOURCE / "deploy/kept.md").read_text(), re.M)
        self.assertGreater(len(known), 300)
        for number, what, places in self.rows():
            for place in places.split():
                if place.startswith("golden/"):
                    good = (SOURCE / "tests" / place).is_file()
                elif place.startswith("kept:"):
                    good = place[5:] in kept
                else:
                    good = place in known
                if not good:
                    missing.append((number, what, place))
        self.assertEqual([], missing)


if __name__ == "__main__":
    harness.main()
