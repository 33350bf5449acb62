# SPDX-License-Identifier: ISC
"""Whatever a message does to its worker: the right verdict, after the right number of
attempts, in the log and in the dead letter's report, and every other message goes on."""

import os
import re
import subprocess
import time
import unittest

import harness
import samples
from harness import BUILD, LONG, SANITIZE, Process, TestCase, wait_for

CHAOS = str(BUILD / "tests/chaos-worker")

# Each test shortens the one limit that it is about: a busy machine must not reach another.
LIMITS = {"limits": {"time": "120s", "time_per_mib": "0s", "silence": "60s", "cpu": "60s",
                     "memory": "256MiB", "output": "4MiB", "frame": "30s", "sync": "30s"}}
SHORT = {"timed-out-silence": {"silence": "1s"}, "timed-out-cpu": {"cpu": "1s"},
         "timed-out-total": {"time": "2s"}}

# action, argument: verdict, attempts with the default budgets (None: two if the first worker
# had served others, else one), signal in the report (None: any)
ACTIONS = [
    ("null", "", "crashed", 2, "SIGSEGV"),
    ("abort", "", "crashed", 2, "SIGABRT"),
    ("overflow", "", "crashed", 2, "SIGSEGV"),
    ("exit", "3", "crashed", 2, None),
    ("exit0", "", "crashed", 2, None),
    ("kill", "", "crashed", 2, "SIGKILL"),
    ("sys", "", "sandbox-violation", 1, "SIGSYS"),
    ("hang", "", "timed-out-silence", 2, None),
    ("stop", "", "timed-out-silence", 2, None),
    ("spin", "", "timed-out-cpu", 2, None),
    ("spin-progress", "", "timed-out-cpu", 2, None),
    ("slow", "60000", "timed-out-total", 2, None),
    ("memory", "", "out-of-memory", 2, None),
    ("output", "", "output-limit", 2, None),
    ("flood", "", "protocol-violation", None, None),
    ("keep-output", "", "protocol-violation", None, None),
]

# What the sandbox would stop: tried without, because the next wall must hold by itself.
SANDBOX = {"keep-output": "off"}

# Faults that the handler reports: 2380, with address and program counter.
FAULTS = {"SIGSEGV", "SIGABRT"}


def chaos_list(flag):
    done = subprocess.run([CHAOS, flag], check=True, capture_output=True, text=True)
    return done.stdout.split("\n")[:-1]


class Verdicts(TestCase):
    maxDiff = None

    def test_each_action(self):
        for action, argument, verdict, attempts, signal in ACTIONS:
            if SANITIZE and action in ("memory", "overflow"):
                continue  # the sanitizers own memory and the stack
            with self.subTest(f"{action} {argument}"):
                self.one(action, argument, verdict, attempts, signal)

    def one(self, action, argument, verdict, attempts, signal):
        service = self.service(harness.merge(LIMITS, {
            "limits": SHORT.get(verdict, {}), "sandbox": SANDBOX.get(action, "auto")}))
        try:
            self.look(service, action, argument, verdict, attempts, signal)
        finally:
            service.close()

    def look(self, service, action, argument, verdict, attempts, signal):
        for i in range(3):
            service.drop(f"before{i}.eml", samples.mail(f"before {i}"))
        bad = samples.marked(action, argument, sender="eve@example.net")
        service.drop("bad.eml", bad)
        for i in range(3):
            service.drop(f"after{i}.eml", samples.mail(f"after {i}"))
        letter, report = service.wait_letter("bad.eml")
        names = [f"{w}{i}.eml" for w in ("before", "after") for i in range(3)]
        for name in names:
            service.wait_result(name)
        with open(letter, "rb") as f:
            self.assertEqual(bad, f.read(), "the dead letter is the untouched message")
        self.assertEqual(verdict, report["verdict"])
        if attempts is None:
            # Never more than a fresh worker's.
            attempts = len(service.wait_event(harness.FAILED, where="dead") and
                           service.events(harness.FAILED))
            self.assertIn(attempts, (1, 2))
        failed = service.wait_event(harness.FAILED, count=attempts)
        self.assertEqual(attempts, len(failed), failed)
        self.assertEqual([verdict] * attempts, [e["verdict"] for e in failed])
        self.assertTrue(all("eve@example.net" in e.get("sender", "") for e in failed), failed)
        self.assertIn("eve@example.net", str(report))
        faults = service.events(harness.FAULT)
        if signal:
            self.assertEqual(signal, report["worker"]["signal_name"])
            self.assertEqual(attempts, len(faults), faults)
        if signal in FAULTS:
            for event in faults:
                self.assertRegex(str(event["pc"]), r"^0x[0-9a-f]+$")
                self.assertIn("address", event)
        if action == "null":
            self.assertEqual("0x0", report["worker"]["fault_address"])
        if verdict == "out-of-memory":
            self.assertEqual(attempts, len(service.events(harness.MEMORY)))
        retries = service.events(harness.RETRY)
        self.assertEqual(attempts - 1, len(retries), retries)
        if attempts == 2 and "served_before" in report.get("worker", {}):
            self.assertEqual(0, report["worker"]["served_before"], "a fresh worker")
            self.assertNotEqual(failed[0]["worker"], failed[1]["worker"])
        service.wait_idle()
        self.assert_accounted([*names, "bad.eml"], service)
        self.assert_clean(service)
        self.assertEqual(0, service.stop())

    def test_every_action_of_the_chaos_worker_is_known_here(self):
        known = {a for a, *_ in ACTIONS} | OTHER_ACTIONS
        listed = {line.split()[0] for line in chaos_list("--actions") if line.strip()}
        self.assertEqual(set(), listed - known, "actions without a test")


# Actions that have a test of their own below or in another file; the benchmark asks for the clock.
OTHER_ACTIONS = {"frame", "after-done", "map-output", "stderr", "kernel-memory", "call",
                 "look-around", "blocked-call",
                 "nulls", "wild", "deaf", "late", "clock"}


class Endings(TestCase):
    """What comes around a conversion that itself is in order."""

    def test_junk_after_done(self):
        """Costs the worker. The message too when the junk is there before the result was
        looked at: it cannot be told apart from junk before Done."""
        service = self.service()
        service.drop("junk.eml", samples.marked("after-done"))
        wait_for(lambda: service.result_of("junk.eml") or service.letter_of("junk.eml"), "an end")
        service.wait_event(harness.WORKER_VIOLATION)
        for letter in service.letters():
            self.assertEqual("protocol-violation", service.report_of(letter)["verdict"])
        service.drop("next.eml", samples.mail())
        service.wait_result("next.eml")
        self.assert_accounted(["junk.eml", "next.eml"], service)

    def test_a_lie_that_comes_late_does_not_cost_the_next_message(self):
        """The worker lies about a message that it has ended, with another one in hand."""
        service = self.service(harness.merge(LIMITS, {"workers": 1, "spares": 1}))
        service.drop("junk.eml", samples.marked("after-done"))
        service.wait_event(harness.DONE)
        service.drop("next.eml", samples.mail())
        service.wait_result("next.eml")
        failed = service.wait_event(harness.FAILED, verdict="protocol-violation", file="next.eml")
        self.assertEqual(1, len(failed))
        self.assertEqual(["active", 1], [failed[0]["where"], failed[0]["crashes"]])
        service.wait_idle()
        self.assertEqual([], service.letters())
        self.assert_accounted(["junk.eml", "next.eml"], service)

    def test_a_liar_is_buried_after_one_more_attempt(self):
        service = self.service(harness.merge(LIMITS, {"workers": 1, "spares": 0}))
        service.drop("first.eml", samples.mail())
        service.wait_result("first.eml")
        service.drop("liar.eml", samples.marked("flood"))
        _, report = service.wait_letter("liar.eml")
        self.assertEqual("protocol-violation", report["verdict"])
        self.assertEqual(0, report["worker"]["served_before"])
        failed = service.wait_event(harness.FAILED, count=2)
        self.assertEqual(["active", "dead"], [e["where"] for e in failed])

    def test_output_kept_mapped(self):
        """A mapping can still change the result: found as an open descriptor is. Where the
        worker may not open its own output again, there is nothing to find."""
        service = self.service({"sandbox": "off"})
        service.drop("mapped.eml", samples.marked("map-output"))
        wait_for(lambda: service.letters() or service.results(), "an end")
        service.wait_idle()
        for letter in service.letters():
            self.assertEqual("protocol-violation", service.report_of(letter)["verdict"])
        if os.getuid() == 0 and not SANITIZE:
            self.assertEqual(1, len(service.letters()), service.last_words())
        self.assert_accounted(["mapped.eml"], service)

    def test_last_words_are_in_the_report(self):
        service = self.service({"dead": {"stderr": "2KiB"}})
        service.drop("words.eml", samples.marked("stderr", "64"))
        service.wait_result("words.eml")
        service.drop("unknown.eml", samples.marked("no-such-action"))
        _, report = service.wait_letter("unknown.eml")
        self.assertIn("no such action: no-such-action", report["worker"]["stderr"])
        self.assertLessEqual(len(report["worker"]["stderr"]), 2048)

    @unittest.skipIf(SANITIZE, "the sanitizers own the address space")
    def test_memory_that_no_limit_counts(self):
        """Shared memory is held by the limit on address space at last."""
        service = self.service(
            {"limits": {"memory": "64MiB"}, "workers": 1, "sandbox": "off"})
        service.drop("shared.eml", samples.marked("kernel-memory"))
        _, report = service.wait_letter("shared.eml")
        self.assertIn(report["verdict"], ("crashed", "out-of-memory"))
        self.assertLess(report["worker"]["peak_resident_bytes"], 1 << 30)
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")


class Frames(TestCase):
    maxDiff = None

    def test_wrong_frames(self):
        """Field by field, boundary value by boundary value: the worker dies, nobody else."""
        frames = [line.split()[0] for line in chaos_list("--frames") if line.strip()]
        self.assertGreater(len(frames), 50)
        if SANITIZE:
            frames = frames[::4]
        service = self.service({"workers": 2, "limits": {"frame": "1s", "silence": "10s"}})
        service.drop("warm.eml", samples.mail())
        service.wait_result("warm.eml")
        before = Process.status(service.pid, "VmRSS")
        names = []
        for frame in frames:
            name = f"frame-{frame}.eml"
            names.append(name)
            service.drop(name, samples.marked("frame", frame))
            service.drop(f"good-{frame}.eml", samples.mail(frame))
        wait_for(lambda: len(service.letters()) + len(service.results()) >= 2 * len(frames) + 1,
                 lambda: f"all ends: {len(service.letters())} + {len(service.results())} of "
                 f"{2 * len(frames) + 1}\n" + service.last_words(), 300)
        self.assert_accounted([*names, *(f"good-{f}.eml" for f in frames), "warm.eml"], service)
        got = {os.fsdecode(os.path.basename(p))[17:]: service.report_of(p)["verdict"]
               for p in service.letters()}
        want = dict.fromkeys(names, "protocol-violation")
        self.assertEqual(want, got)
        if not SANITIZE:
            self.assertLess(Process.status(service.pid, "VmRSS"), before + 8 * 1024)
        self.assertEqual(0, service.stop())


class Floods(TestCase):
    """A worker that talks without end: what it costs the supervisor, measured."""

    KINDS = [("progress", "protocol-violation"), ("syncing", "protocol-violation"),
             ("notes", "protocol-violation"), ("items", "protocol-violation"),
             ("words", "timed-out-total"), ("polite", "timed-out-total")]

    def test_floods(self):
        seconds = 60 if LONG else 3
        service = self.service(harness.merge(LIMITS, {
            "workers": 2, "limits": {"time": f"{seconds}s"},
            "retry": {"timeout": 0, "crash": 0}, "dead": {"stderr": "4KiB"},
            "breaker": {"window": "off"}}))
        service.drop("warm.eml", samples.mail())
        service.wait_result("warm.eml")
        begin = Process.status(service.pid, "VmRSS")
        print("\n  flood     seconds  supervisor's CPU  its RSS before, after, at most (KiB)")
        for kind, verdict in self.KINDS:
            with self.subTest(kind):
                self.one(service, kind, verdict, begin)
        self.assertEqual(0, service.stop())

    def one(self, service, kind, verdict, begin):
        before = Process.status(service.pid, "VmRSS")
        cpu, began = Process.cpu(service.pid), time.monotonic()
        names = [f"{kind}{i}.eml" for i in range(4)]
        for name in names:
            service.drop(name, samples.marked("flood", kind))
            service.drop(f"good-{name}", samples.mail(name))
        for name in names:
            _, report = service.wait_letter(name)
            self.assertEqual(verdict, report["verdict"])
            self.assertLessEqual(len(report["worker"]["stderr"]), 4096)
            self.assertLessEqual(len(report.get("notes", [])), 203)
            service.wait_result(f"good-{name}")
        took, used = time.monotonic() - began, Process.cpu(service.pid) - cpu
        after, most = (Process.status(service.pid, k) for k in ("VmRSS", "VmHWM"))
        print(f"  {kind:8} {took:8.1f} {100 * used / took:15.0f} %  {before:9} {after:9} {most:9}",
              flush=True)
        if not SANITIZE:
            self.assertLess(used, 1 + took / 5)
            self.assertLess(after, begin + 8 * 1024)
            self.assertLess(most, begin + 16 * 1024)


class Bounds(TestCase):
    def test_memory_and_descriptors_of_the_supervisor_stay_bounded(self):
        """Hundreds of crashes leave no memory and no descriptor behind."""
        service = self.service({"retry": {"crash": 0}})

        def round_of(n, what):
            for i in range(n):
                service.drop(f"{what}{i}.eml", samples.marked("null"))
            service.wait_idle()
            wait_for(lambda: len(service.workers()) == 3, "three workers")

        round_of(60, "warm")
        files = Process.open_files(service.pid)
        # What is lost grows with each round; what many at once once took, does not.
        for turn in range(4):
            memory = Process.status(service.pid, "VmRSS")
            round_of(60 if SANITIZE else 300, f"more{turn}-")
            grown = Process.status(service.pid, "VmRSS") - memory
            if SANITIZE or grown < 2 * 1024:
                break
        self.assertLessEqual(Process.open_files(service.pid), files + 4)
        if not SANITIZE:
            self.assertLess(grown, 2 * 1024)
            self.assertLess(Process.status(service.pid, "VmRSS"), 32 * 1024)

    def test_crashes_never_slow_the_pool_down(self):
        """Back-off is for workers that cannot start, not for a crash loop of mail."""
        service = self.service({"retry": {"crash": 0}})
        for i in range(50):
            service.drop(f"bad{i}.eml", samples.marked("abort"))
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        wait_for(lambda: len(service.letters()) == 50, "50 dead letters", 30)
        self.assertFalse(service.events(harness.WORKER_NOT_READY))

    def test_retry_budgets(self):
        service = self.service(harness.merge(LIMITS, {
            "retry": {"crash": 3, "timeout": 0}, "limits": {"silence": "2s"}}))
        service.drop("crash.eml", samples.marked("null"))
        service.drop("hang.eml", samples.marked("hang"))
        for name, attempts in (("crash.eml", 4), ("hang.eml", 1)):
            letter, _ = service.wait_letter(name)
            job = re.match(r"[0-9a-f]{16}", letter.decode().rpartition("/")[2]).group()
            self.assertEqual(attempts, len(service.wait_event(harness.FAILED, attempts, job=job)))

    def test_worker_that_cannot_start(self):
        """A broken build is said, and the service ends instead of spinning."""
        service = self.service({"worker": {"program": "/bin/false"}}, start=False)
        service.drop("good.eml", samples.mail())
        service.start(ready=False)
        self.assertNotEqual(0, service.wait_exit())
        self.assertTrue(service.events(harness.WORKER_NOT_READY), service.last_words())
        self.assertLess(len(service.events(harness.WORKER_START)), 30)
        self.assert_accounted(["good.eml"], service)

    def test_input_over_its_limit_is_refused(self):
        service = self.service({"limits": {"input": "64KiB"}})
        service.drop("large.eml", samples.mail(body="x" * 70 + "\r\n" + "y\r\n" * 40000))
        _, report = service.wait_letter("large.eml")
        self.assertEqual("refused", report["verdict"])

    def test_recycling_by_count(self):
        service = self.service({"workers": 1, "recycle": {"messages": 5, "jitter": 0}})
        for n in range(3):  # one at a time: the old worker goes on until the new one is ready
            for i in range(10 * n, 10 * n + 10):
                service.drop(f"m{i}.eml", samples.mail(f"m {i}"))
            service.wait_event(harness.WORKER_RETIRE, count=n + 1)
            service.wait_event(harness.WORKER_END, count=n + 1)
        service.wait_idle()
        self.assert_accounted([f"m{i}.eml" for i in range(30)], service)


if __name__ == "__main__":
    harness.main()
