# SPDX-License-Identifier: ISC
"""Many files in one folder (KB Q256187: too many files in one folder stopped the original,
silently). 5,000 by default, 100,000 with BULKHEAD_LONG=1."""

import os
import time

import harness
import samples
from harness import LONG, SANITIZE, Process, TestCase, wait_for

COUNT = 100000 if LONG else 1000 if SANITIZE else 5000


class Many(TestCase):
    def test_kb_q256187_many_files_in_one_folder(self):
        service = self.service({"reports": "none", "log": {"level": "warning"}}, start=False)
        incoming = service.folder("incoming")
        os.makedirs(incoming, 0o700)
        data = samples.mail("one of many")
        for i in range(COUNT):
            (incoming / f"m{i}.eml").write_bytes(data)
        began = time.monotonic()
        service.config["log"]["level"] = "info"
        service.start()
        service.wait_event(harness.READY)
        memory = Process.status(service.pid, "VmRSS")
        # While thousands wait, a single one in another folder is not starved for ever.
        service.drop("late.eml", data, sub="other")
        wait_for(lambda: not os.listdir(incoming / "other") and service.idle(),
                 lambda: f"{len(service.results())} of {COUNT}\n" + service.last_words(5),
                 1800 if LONG else 300, every=0.5)
        peak = Process.status(service.pid, "VmHWM")
        seconds = time.monotonic() - began
        print(f"\n  {COUNT} messages in {seconds:.1f} s, {COUNT / seconds:.0f} a second, "
              f"supervisor {memory} kB at first, {peak} kB at most", flush=True)
        self.assertEqual(COUNT + 1, len(service.results()))
        self.assertEqual([], service.letters())
        stems = {harness.RESULT_NAME.fullmatch(os.path.basename(p)).group("stem")
                 for p in service.results()}
        self.assertEqual(COUNT + 1, len(stems))
        if not SANITIZE:
            self.assertLess(peak, 48 * 1024, "the queue is not held in memory")
        self.assertEqual(0, service.stop())
        self.assert_clean(service)

    def test_many_folders(self):
        service = self.service()
        names = []
        for i in range(300):
            names.append(f"m{i}.eml")
            service.drop(names[-1], samples.mail(names[-1]), sub=f"f{i}/g/h")
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(0, service.stop())


if __name__ == "__main__":
    harness.main()
