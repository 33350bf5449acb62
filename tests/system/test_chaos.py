# SPDX-License-Identifier: ISC
"""The table of tests/chaos/run, in short: nothing lost, nothing doubled, no innocent buried."""

import subprocess
import sys

import harness
from harness import SANITIZE, SOURCE, TestCase

# The sanitizers hold the memory themselves and take no preload.
ROWS = ["both", "full", "power"] if SANITIZE else []


class Chaos(TestCase):
    def test_nothing_is_lost_or_doubled(self):
        done = subprocess.run([sys.executable, "-B", str(SOURCE / "tests/chaos/run"), *ROWS],
                              check=False, capture_output=True, text=True)
        print("\n" + done.stdout, flush=True)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


if __name__ == "__main__":
    harness.main()
