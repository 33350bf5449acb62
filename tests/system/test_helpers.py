# SPDX-License-Identifier: ISC
"""Helper processes that are stopped or hang: each is noticed, told, killed and replaced, and
no message waits for more than that."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile
import time

import harness
import samples
from harness import BUILD, FAILED, HELPER_LATE, HELPER_LOST, SOURCE, wait_for

sys.path.insert(0, str(SOURCE / "tests/chaos"))

# pylint: disable=wrong-import-position
from disks import tmpfs  # noqa: E402
from scene import Skipped  # noqa: E402

LARGE = 48 << 20  # of several stretches


class Helpers(harness.TestCase):
    def put(self, service, count):
        names = [f"m{time.monotonic_ns()}.eml" for _ in range(count)]
        for name in names:
            service.drop(name, samples.mail(name))
        return names

    def stopped(self, service, which):
        pids = wait_for(which, "the helper")
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        return pids

    def test_janitors_stopped(self):
        service = self.service()
        pids = self.stopped(service, service.janitors)
        names = self.put(service, 100)
        service.wait_event(HELPER_LATE, helper="janitor")
        service.wait_event(HELPER_LOST, helper="janitor", signal="KILL")
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(len(names), len(service.results()))
        # Each of the two had something to do.
        service.wait_event(HELPER_LATE, count=2, helper="janitor")
        self.assertEqual(set(pids), {e["pid"] for e in service.events(HELPER_LATE)})

    def test_term_keeps_its_time_though_janitors_are_stopped(self):
        service = self.service({"limits": {"stop": "4s"}})
        names = self.put(service, 20)
        wait_for(service.results, "a result")
        self.stopped(service, service.janitors)
        began = time.monotonic()
        self.assertEqual(0, service.stop())
        self.assertLess(time.monotonic() - began, 4 + 3)  # and a busy machine
        service.start()
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(len(names), len(service.results()))

    def test_term_keeps_its_time_whatever_is_stopped(self):
        """Each kind of helper, and all of them with the workers."""
        kinds = {
            "gateway": lambda s: self.called(s, "gateway"),
            "zygote": lambda s: [p for p in s.family()
                                 if harness.Process.arguments(p)[:1] == ["bulkhead-zygote"]],
            "porter": lambda s: s.porters(),
            "all": lambda s: s.family(),
        }
        for kind, which in kinds.items():
            with self.subTest(kind), self.with_far_ends(limits={"stop": "4s"}) as service:
                self.large(service, "large.eml")  # a worker crashes, and a porter copies
                service.drop("bad.eml", samples.marked("null"))
                for name in ("large.eml", "bad.eml"):
                    service.wait_letter(name)
                names = self.put(service, 20)
                self.stopped(service, lambda s=service, w=which: w(s))
                began = time.monotonic()
                self.assertEqual(0, service.stop())
                self.assertLess(time.monotonic() - began, 4 + 3)  # and a busy machine
                service.start()
                service.wait_idle()
                self.assert_accounted([*names, "large.eml", "bad.eml"], service)
                self.assertEqual(len(names), len(service.results()))
                self.assertEqual(0, service.stop())

    @staticmethod
    def called(service, verb):
        return [p for p in service.family() if harness.Process.arguments(p)[1:2] == [verb]]

    def asked(self, service):
        """By HTTP; None: it cannot be asked."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(harness.PATIENCE)
            try:
                s.connect(str(service.spool / "http.sock"))
                s.sendall(b"GET /v1/status HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return s.recv(12)
            except OSError:
                return None

    def test_gateway_stopped(self):
        service = self.service()
        pids = self.stopped(service, lambda: self.called(service, "gateway"))
        for name in self.put(service, 10):
            service.wait_result(name)
        service.wait_event(HELPER_LATE, helper="gateway", pid=pids[0])
        service.wait_event(HELPER_LOST, helper="gateway", pid=pids[0])
        wait_for(lambda: self.asked(service) == b"HTTP/1.1 200", lambda: f"an answer, not {self.asked(service)}")
        self.assertNotEqual(pids, self.called(service, "gateway"))
        self.assertEqual(0, service.stop())

    def test_an_idle_janitor_is_left_alone(self):
        service = self.service({"intake": {"scan": "1h"}})
        for name in self.put(service, 3):
            service.wait_result(name)
        time.sleep(12)  # longer than one that has chores may be silent
        self.assertEqual([], service.events(HELPER_LATE))

    def test_unwinder_stopped(self):
        place = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-helpers."))
        self.addCleanup(shutil.rmtree, place, True)
        shutil.copy(BUILD / "bulkhead", place)
        shutil.copy(BUILD / "bulkhead-worker", place)
        (place / "bulkhead-unwind").write_text("#!/bin/sh\nkill -STOP $$\n")
        (place / "bulkhead-unwind").chmod(0o755)
        service = self.service({"retry": {"crash": 0}}, command=[str(place / "bulkhead"), "serve"])
        service.drop("bad.eml", samples.marked("null"))
        service.wait_letter("bad.eml")
        service.wait_event(HELPER_LATE, helper="unwinder")
        service.wait_event(FAILED)
        self.assertEqual(1, len(service.events(FAILED)))
        wait_for(lambda: not [p for p in service.family()
                              if "unwind" in " ".join(harness.Process.arguments(p))], "its end")

    # ---- large messages, dead/ on another volume ----

    @contextlib.contextmanager
    def with_far_ends(self, size="256m", **config):
        try:
            with tmpfs(size) as volume:
                yield self.service(harness.merge({
                    "folders": {"dead": str(volume / "dead")}, "retry": {"crash": 0}}, config))
        except Skipped as e:
            self.skipTest(str(e))

    def large(self, service, name):
        data = samples.marked("null") + b"\r\n" + b"x" * LARGE
        service.drop(name, data)
        return data

    @staticmethod
    def letter(service, name):
        path, _ = service.wait_letter(name)
        with open(path, "rb") as f:
            return f.read()

    def test_large_letters_are_copied_by_porters(self):
        with self.with_far_ends() as service:
            wanted = {name: self.large(service, name) for name in ("a.eml", "b.eml", "c.eml")}
            for name, data in wanted.items():
                self.assertEqual(data, self.letter(service, name), name)
            self.assertIn(len(service.porters()), (1, 2))
            service.wait_idle()
            self.assert_accounted(list(wanted), service)
            self.assertEqual(0, service.stop())

    def test_porters_killed_and_stopped(self):
        for number in (signal.SIGKILL, signal.SIGSTOP):
            with self.subTest(number=number), self.with_far_ends() as service:
                self.large(service, "first.eml")
                service.wait_letter("first.eml")
                for pid in service.porters():
                    os.kill(pid, number)
                large = self.large(service, "large.eml")
                # Nobody else waits.
                for name in self.put(service, 20):
                    service.wait_result(name, seconds=9)
                self.assertEqual(large, self.letter(service, "large.eml"))
                service.wait_event(HELPER_LOST, helper="porter", signal="KILL")
                if number == signal.SIGSTOP:
                    service.wait_event(HELPER_LATE, helper="porter")
                self.assertEqual(0, service.stop())


if __name__ == "__main__":
    harness.main()
