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


@unittest.skipUnless(harness.LONG, "containers are built in the long form only")
@unittest.skipUnless(os.geteuid() == 0, "containers are built as root only")
@unittest.skipUnless(all(map(shutil.which, ("buildah", "podman", "podman-compose", "runc", "catatonit", "mmdebstrap",
                                            "qemu-aarch64-static"))),
                     "needs " + ", ".join(NEEDS) + ": deploy/install-packages image")
class Containers(TestCase):
    def try_image(self, *arguments):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            done = subprocess.run([SOURCE / "deploy/test-image", *arguments, folder], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print("\n".join(x for x in done.stdout.splitlines() if "NOT TESTED" in x or "MB" in x), flush=True)
            self.assertEqual(0, done.returncode, done.stdout)

    def test_the_recipes_as_they_are_written(self):
        self.try_image()

    @unittest.skipIf(os.uname().machine == "aarch64", "that is the first test, here")
    def test_the_image_for_the_other_processor(self):
        self.try_image("--arm64")


if __name__ == "__main__":
    harness.main()
