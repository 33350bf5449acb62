# SPDX-License-Identifier: ISC
"""Helper processes that are stopped or hang: each is noticed, told, killed and replaced, and
no message waits for more than that."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
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
            "gateway": lambda s: s.gateways(),
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
        pids = self.stopped(service, service.gateways)
        for name in self.put(service, 10):
            service.wait_result(name)
        service.wait_event(HELPER_LATE, helper="gateway", pid=pids[0])
        service.wait_event(HELPER_LOST, helper="gateway", pid=pids[0])
        wait_for(lambda: self.asked(service) == b"HTTP/1.1 200", lambda: f"an answer, not {self.asked(service)}")
        self.assertNotEqual(pids, service.gateways())
        self.assertEqual(0, service.stop())

    def test_an_idle_janitor_is_left_alone(self):
        service = self.service({"intake": {"scan": "1h"}})
        for name in self.put(service, 3):
            service.wait_result(name)
        time.sleep(12)  # longer than one that has chores may be silent
        self.assertEqual([], service.events(HELPER_LATE))

    def programs(self, *names):
        """A folder with these alone."""
        place = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-helpers."))
        self.addCleanup(shutil.rmtree, place, True)
        for name in names:
            shutil.copy(BUILD / name, place)
        return place

    def test_without_the_gateway_mail_goes_on(self):
        place = self.programs("bulkhead", "bulkhead-worker")
        missing = "/bulkhead-gateway"  # at the end of where it was looked for
        for verb in ("check", "doctor"):
            said = subprocess.run([place / "bulkhead", verb], check=False, capture_output=True,
                                  text=True, cwd=place)
            if verb == "check" or not harness.SANITIZE:  # which have half a jail
                self.assertEqual(0, said.returncode, said)
            self.assertIn(f"{missing}: No such file", said.stdout + said.stderr)
            off = subprocess.run([place / "bulkhead", verb, "--set", "http.serve=false"], check=False,
                                 capture_output=True, text=True, cwd=place)
            self.assertNotIn(missing, off.stdout + off.stderr)
        service = self.service(command=[str(place / "bulkhead"), "serve"])
        lost = service.wait_event(HELPER_LOST, helper="gateway")[0]
        self.assertEqual("start", lost["call"])
        self.assertTrue(lost["program"].endswith(missing), lost)
        for name in self.put(service, 3):
            service.wait_result(name)
        # One of another build is no use, either; the right one is, once it is there.
        (place / "bulkhead-gateway").write_text(f"#!/bin/sh\nexec {BUILD}/bulkhead-gateway 0.0.0 $2\n")
        (place / "bulkhead-gateway").chmod(0o755)
        service.wait_event(HELPER_LOST, helper="gateway", status="0x200")
        shutil.copy(BUILD / "bulkhead-gateway", place / ".new")
        os.rename(place / ".new", place / "bulkhead-gateway")
        wait_for(lambda: self.asked(service) == b"HTTP/1.1 200", "an answer")
        self.assertEqual(0, service.stop())

    def test_the_program_itself_loads_no_tls(self):
        """What only the gateway needs costs no start of bulkhead."""
        for name, loads in (("bulkhead", False), ("bulkhead-gateway", True)):
            said = subprocess.run(["ldd", BUILD / name], check=True, capture_output=True, text=True).stdout
            self.assertEqual(loads, "libmicrohttpd" in said)
            self.assertEqual(loads, "libgnutls" in said)

    def test_unwinder_stopped(self):
        place = self.programs("bulkhead", "bulkhead-worker", "bulkhead-gateway")
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
