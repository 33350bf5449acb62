# SPDX-License-Identifier: ISC
"""Full disks, several volumes: what the machine does to the spool is never charged to mail."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
import samples
from harness import TestCase, wait_for


class Mounted:
    """A small tmpfs, or unittest.SkipTest where it cannot be mounted."""

    def __init__(self, size, inodes=0):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-volume."))
        options = f"size={size}" + (f",nr_inodes={inodes}" if inodes else "")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(self.path)],
                              check=False, capture_output=True, text=True)
        if done.returncode != 0:
            os.rmdir(self.path)
            print(f"\n  NOT TESTED, no tmpfs can be mounted here: {done.stderr.strip()}", flush=True)
            raise unittest.SkipTest("no tmpfs can be mounted here")

    def close(self):
        subprocess.run(["umount", "-l", str(self.path)], check=False)
        os.rmdir(self.path)


class FullDisk(TestCase):
    def volume(self, size, inodes=0):
        volume = Mounted(size, inodes)
        self.addCleanup(volume.close)
        return volume.path

    def run_full(self, folder, config=None, inodes=0):
        """Fill the volume of a folder, see the intake pause, make room, see it go on."""
        volume = self.volume("16m", inodes)
        place = volume / "it"
        settings = {"folders": {folder: str(place)}, "intake": {"min_free": "4MiB"}}
        service = self.service(harness.merge(settings, config or {}), start=False)
        if folder == "spool":
            service.config.pop("folders")
            service.config["spool"] = str(place)
            service.spool = place
        service.start()
        service.drop("first.eml", samples.mail("first"))
        service.wait_result("first.eml")
        self.fill(volume, inodes)
        service.wait_event(harness.PAUSED)
        names = [f"m{i}.eml" for i in range(20)]
        for name in names:
            service.drop(name, samples.mail(name), folder=self.incoming(service, folder))
        self.assertFalse(service.letters())
        self.free(volume)
        service.wait_event(harness.RESUMED)
        service.wait_idle()
        self.assert_accounted(["first.eml", *names], service)
        self.assertEqual(len(names) + 1, len(service.results()))
        self.assertFalse(service.events(harness.FAILED))
        self.assertEqual(0, service.stop())

    def incoming(self, service, folder):
        return service.folder("incoming")

    @staticmethod
    def fill(volume, inodes):
        ballast = volume / "ballast"
        ballast.mkdir()
        if inodes:
            try:
                for i in range(inodes):
                    (ballast / str(i)).touch()
            except OSError:
                (ballast / "0").unlink()
            return
        free = shutil.disk_usage(volume).free
        (ballast / "big").write_bytes(bytes(free - (1 << 20)))

    @staticmethod
    def free(volume):
        shutil.rmtree(volume / "ballast")

    def test_outgoing_without_bytes(self):
        self.run_full("outgoing")

    def test_dead_without_bytes(self):
        self.run_full("dead")

    def test_outgoing_without_inodes(self):
        self.run_full("outgoing", {"intake": {"min_free": "1MiB", "min_inodes": 50}}, inodes=500)

    def test_no_room_in_the_middle_of_a_message(self):
        """A message met a full disk: late, never charged, never dead, done once there is room."""
        volume = self.volume("8m")
        service = self.service({"folders": {"outgoing": str(volume / "it")},
                                "intake": {"min_free": "64KiB", "min_inodes": 1}})
        self.fill_to(volume, 300 << 10)
        body = ("x" * 70 + "\r\n") * 20000  # 1.4 MB: fits the limits, not the disk
        service.drop("large.eml", samples.mail("large", body))
        service.wait_event(harness.LATE, count=2)
        self.assertFalse(service.letters())
        self.free(volume)
        with open(service.wait_result("large.eml"), "rb") as f:
            self.assertEqual(samples.mail("large", body), f.read())
        self.assertFalse(service.events(harness.FAILED))
        self.assertEqual(0, service.stop())

    @staticmethod
    def fill_to(volume, left):
        ballast = volume / "ballast"
        ballast.mkdir()
        (ballast / "big").write_bytes(bytes(shutil.disk_usage(volume).free - left))


class Volumes(TestCase):
    def test_each_folder_on_a_file_system_of_its_own(self):
        other = pathlib.Path("/dev/shm")
        if os.stat(other).st_dev == os.stat(tempfile.gettempdir()).st_dev:
            print("\n  NOT TESTED: /dev/shm is no file system of its own here", flush=True)
            self.skipTest("one file system")
        sets = [["outgoing"], ["dead"], ["incoming"], ["reports"], ["outgoing", "dead"],
                ["incoming", "outgoing", "dead", "reports"]]
        for folders in sets:
            with self.subTest(folders):
                root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test.", dir=other))
                self.addCleanup(shutil.rmtree, root, True)
                service = self.service({"folders": {f: str(root / f) for f in folders}})
                self.assertTrue(service.events(harness.VOLUME), "it is said")
                names = [f"m{i}.eml" for i in range(10)]
                for name in names:
                    service.drop(name, samples.mail(name), sub="deep")
                bad = samples.marked("null")
                service.drop("bad.eml", bad, sub="deep")
                service.drop("refused.txt", b"arbitrary words\n")
                service.wait_idle()
                self.assert_accounted([*names, "bad.eml", "refused.txt"], service)
                letter, report = service.wait_letter("bad.eml")
                self.assertEqual("crashed", report["verdict"])
                with open(letter, "rb") as f:
                    self.assertEqual(bad, f.read())
                self.assertEqual(2, len(service.letters()))
                self.assertEqual(0, service.stop())
                hidden = [p for f in folders for p in harness.files_below(root / f)
                          if p not in harness.files_below(root / f, hidden=False)
                          and os.path.basename(p) != b".place"]  # names the folder, for good
                self.assertEqual([], hidden, "nothing half-made is left")
                service.close()


if __name__ == "__main__":
    harness.main()
