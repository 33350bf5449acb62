# SPDX-License-Identifier: ISC
"""Workers that have to be replaced often are copies of one process that was ready once."""

import os
import signal
import unittest

import samples
from harness import (HELPER_LATE, WORKER_READY, Process, TestCase, alive, wait_for)


class Zygote(TestCase):
    def setUp(self):
        self.count = 0

    def crash(self, service, times=1):
        """So many crashes, one after the other."""
        for _ in range(times):
            self.count += 1
            name = f"bad{self.count}.eml"
            service.drop(name, samples.marked("null"))
            service.wait_letter(name)

    @staticmethod
    def zygotes(service):
        return [p for p in service.family()
                if Process.arguments(p)[:1] == ["bulkhead-zygote"] and alive(p)]

    def zygote(self, service):
        """The one that is there after some crashes."""
        def there():
            self.crash(service)
            return self.zygotes(service)
        found = wait_for(there, "a zygote")
        self.assertEqual(1, len(found))
        return found[0]

    def goes_on(self, service):
        self.count += 1
        service.drop(f"good{self.count}.eml", samples.mail())
        service.wait_result(f"good{self.count}.eml")

    def test_copies_are_workers(self):
        service = self.service({"workers": 1, "retry": {"crash": 0}})
        self.assertEqual([], self.zygotes(service))
        self.goes_on(service)
        self.assertEqual([], self.zygotes(service), "nothing had to be replaced")
        zygote = self.zygote(service)
        self.crash(service, 3)
        wait_for(lambda: len(service.workers()) == 2, "a worker and a spare")
        for worker in service.workers():
            self.assertEqual("bulkhead-worker", Process.arguments(worker)[0])
            self.assertEqual(worker, os.getpgid(worker))
            self.assertEqual(service.pid, Process.status(worker, "PPid"))
        self.goes_on(service)
        self.assertEqual(0, service.stop())
        self.assertFalse(alive(zygote))

    @unittest.skipUnless(os.getuid() == 0, "only root sees what a jailed process has open")
    def test_copies_have_what_workers_have(self):
        service = self.service({"workers": 1, "retry": {"crash": 0}})
        maps = {self.layout(self.zygote(service))}
        self.crash(service, 3)
        wait_for(lambda: len(service.workers()) == 2, "a worker and a spare")
        for worker in service.workers():
            wait_for(lambda w=worker: len(os.listdir(f"/proc/{w}/fd")) == 6,
                     "no descriptors but its channel")
            maps.add(self.layout(worker))
        self.assertEqual(1, len(maps), "copies have the addresses of their zygote")
        self.assertEqual(0, service.stop())

    @staticmethod
    def layout(pid):
        with open(f"/proc/{pid}/maps", encoding="ascii") as f:
            return next(line.split("-")[0] for line in f if "libprotobuf-c" in line)

    def test_any_end_of_it(self):
        """Killed, stopped for ever, or not wanted any more: workers are started as before."""
        service = self.service({"workers": 1, "retry": {"crash": 0}})
        for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
            with self.subTest(number=number):
                zygote = self.zygote(service)
                os.kill(zygote, number)
                self.crash(service, 3)
                self.goes_on(service)
                wait_for(lambda z=zygote: not alive(z), "its end")
        service.wait_event(HELPER_LATE, helper="bulkhead-zygote")
        self.assertEqual(0, service.stop())

    def test_reload_ends_it(self):
        service = self.service({"workers": 1, "retry": {"crash": 0}})
        zygote = self.zygote(service)
        ready = len(service.events(WORKER_READY))
        service.signal(signal.SIGHUP)
        service.wait_event(WORKER_READY, ready + 2)
        self.assertFalse(alive(zygote))
        self.goes_on(service)
        self.assertEqual(0, service.stop())

    def test_none_where_each_message_has_its_own_process(self):
        service = self.service({"workers": 1, "retry": {"crash": 0}, "fresh": "message"})
        self.crash(service, 4)
        self.assertEqual([], self.zygotes(service))
        self.assertEqual(0, service.stop())


if __name__ == "__main__":
    unittest.main()
