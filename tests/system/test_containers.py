# SPDX-License-Identifier: ISC
"""README's recipes "In a container" and "Kubernetes", as they are written. It takes minutes and
Debian's archive: only in the long form (BULKHEAD_LONG=1), or by deploy/test-image itself."""

import os
import shutil
import subprocess
import tempfile
import unittest

import harness
from harness import SOURCE, TestCase

NEEDS = [line.split()[1] for line in (SOURCE / "deploy/packages").read_text().splitlines()
         if line.startswith("image\t")]


class Containers(TestCase):
    @unittest.skipUnless(harness.LONG, "containers are built in the long form only")
    @unittest.skipUnless(os.geteuid() == 0, "containers are built as root only")
    @unittest.skipUnless(shutil.which("buildah") and shutil.which("podman") and shutil.which("mmdebstrap"),
                         "needs " + ", ".join(NEEDS) + ": deploy/install-packages image")
    def test_the_recipes_as_they_are_written(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            done = subprocess.run([SOURCE / "deploy/test-image", folder], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print("\n".join(x for x in done.stdout.splitlines() if "NOT TESTED" in x or "MB" in x), flush=True)
            self.assertEqual(0, done.returncode, done.stdout)


if __name__ == "__main__":
    harness.main()
