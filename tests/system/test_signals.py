# SPDX-License-Identifier: ISC
"""The signals of the manual's table, and what kills workers from outside."""

import os
import signal
import subprocess
import time
import unittest

import harness
import samples
from harness import TestCase, wait_for

LONG_SECONDS = 300
LONG_LIMITS = {"limits": {"time": f"{LONG_SECONDS}s", "silence": f"{LONG_SECONDS}s",
                          "cpu": "100s", "stop": f"{LONG_SECONDS}s"}}


class Stopping(TestCase):
    def test_term_finishes_what_is_in_hand(self):
        service = self.service(LONG_LIMITS)
        service.drop("slow.eml", samples.marked("slow", "1500"))
        service.wait_event(harness.TAKEN)
        wait_for(service.active, "the claim")
        self.assertEqual(0, service.stop())
        self.assertTrue(service.result_of("slow.eml"), service.last_words())
        self.assertEqual([], service.active())
        self.assertTrue(service.events(harness.DRAIN))
        self.assertTrue(service.events(harness.STOP))

    def test_term_puts_back_what_cannot_finish(self):
        """Uncharged: the next run starts it from nothing."""
        service = self.service(harness.merge(LONG_LIMITS, {"limits": {"stop": "1s"}}))
        names = [f"hang{i}.eml" for i in range(8)]
        for name in names:
            service.drop(name, samples.marked("hang"))
        wait_for(lambda: len(service.active()) >= 2, "two in hand")
        began = time.monotonic()
        self.assertEqual(0, service.stop())
        self.assertLess(time.monotonic() - began, LONG_SECONDS, "it waited for the message")
        self.assert_accounted(names, service)
        self.assertEqual(sorted(os.fsencode(n) for n in names), sorted(service.queued()))
        self.assertEqual([], service.active(), "put back, not left as suspects")

    def test_int_is_like_term(self):
        service = self.service()
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        service.signal(signal.SIGINT)
        self.assertEqual(0, service.wait_exit())

    def test_second_term_stops_at_once(self):
        self.at_once(lambda s: (s.signal(signal.SIGTERM),
                                s.wait_event(harness.DRAIN), s.signal(signal.SIGTERM)))

    def test_quit_stops_at_once(self):
        self.at_once(lambda s: s.signal(signal.SIGQUIT))

    def at_once(self, how):
        service = self.service(LONG_LIMITS)
        names = ["hang.eml"] + [f"more{i}.eml" for i in range(5)]
        service.drop("hang.eml", samples.marked("hang"))
        wait_for(service.active, "the claim")
        for name in names[1:]:
            service.drop(name, samples.mail(name))
        began = time.monotonic()
        how(service)
        service.wait_exit()
        self.assertLess(time.monotonic() - began, LONG_SECONDS, "it waited for the message")
        self.assert_accounted(names, service)
        self.assertIn(b"hang.eml", service.queued())

    def test_nothing_is_lost_over_many_restarts(self):
        service = self.service(start=False)
        names = [f"m{i}.eml" for i in range(200)]
        for name in names:
            service.drop(name, samples.mail(name))
        for how in (signal.SIGTERM, signal.SIGQUIT, signal.SIGTERM, signal.SIGINT):
            done = len(service.results())
            service.start()
            # A fast machine may have done all of them before it was stopped.
            wait_for(lambda done=done: len(service.results()) > min(done, len(names) - 1),
                     "some progress")
            service.signal(how)
            self.assertEqual(0, service.wait_exit())
            self.assert_accounted(names, service)
        service.start()
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(len(names), len(service.results()))


class Reloading(TestCase):
    def test_hup_takes_over_and_replaces_workers(self):
        service = self.service({"workers": 2})
        old = set(service.workers())
        service.write_config({"workers": 4})
        service.signal(signal.SIGHUP)
        service.wait_event(harness.RELOADED)
        wait_for(lambda: len(service.workers()) == 5 and not old & set(service.workers()),
                 lambda: f"four new workers and a spare: {old} {service.workers()}\n"
                 + service.last_words())
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

    def test_hup_with_a_bad_file_changes_nothing(self):
        service = self.service({"workers": 2})
        old = set(service.workers())
        service.config_file.write_text("workers: many\nlimit: 3\n")
        service.signal(signal.SIGHUP)
        service.wait_event(harness.CONFIG_BAD)
        self.assertFalse(service.events(harness.RELOADED))
        self.assertEqual(old, set(service.workers()))
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

    def test_hup_with_a_key_that_needs_a_restart(self):
        service = self.service()
        service.write_config({"spool": str(service.root / "elsewhere")})
        service.signal(signal.SIGHUP)
        event = service.wait_event(harness.CONFIG_LATER)[0]
        self.assertIn("spool", str(event))
        service.config["spool"] = str(service.spool)
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

    def test_hup_with_a_worker_that_cannot_start_keeps_the_old_ones(self):
        service = self.service({"workers": 2})
        service.write_config({"worker": {"program": "/bin/false"}})
        service.signal(signal.SIGHUP)
        wait_for(lambda: service.events(harness.WORKER_NOT_READY) or
                 service.events(harness.CONFIG_LATER), "it is said")
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.assertTrue(service.running())

    def test_ttin_and_ttou(self):
        service = self.service({"workers": 1, "spares": 1})
        wait_for(lambda: len(service.workers()) == 2, "one and a spare")
        service.signal(signal.SIGTTIN)
        wait_for(lambda: len(service.workers()) == 3, "one more")
        for _ in range(3):
            seen = len(service.events(harness.WORKERS_SCALED))
            service.signal(signal.SIGTTOU)
            wait_for(lambda seen=seen: len(service.events(harness.WORKERS_SCALED)) > seen
                     or len(service.workers()) == 2, "fewer")
        wait_for(lambda: len(service.workers()) == 2, "never below one and the spare")
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

    def test_usr1_tells_the_state(self):
        service = self.service({"workers": 2, **LONG_LIMITS})
        service.drop("hang.eml", samples.marked("hang"))
        wait_for(service.active, "the claim")
        service.signal(signal.SIGUSR1)
        service.wait_event(harness.STATE)
        lines = service.wait_event(harness.STATE_WORKER, count=3)
        self.assertEqual(3, len({e["worker"] for e in lines}))
        self.assertEqual(1, len([e for e in lines if e.get("job")]), lines)


class Strangers(TestCase):
    @unittest.skipUnless(os.getuid() == 0, "a pid namespace needs root")
    def test_pid_1_reaps_strangers_and_stops(self):
        service = self.service(prefix=["unshare", "--pid", "--fork", "--kill-child"])
        self.assertNotEqual(service.popen.pid, service.pid)
        status = open(f"/proc/{service.pid}/status", encoding="ascii").read()
        self.assertRegex(status, r"NSpid:\s+\d+\s+1\n")
        for i in range(20):
            subprocess.run(["nsenter", "-t", str(service.pid), "-p", "sh", "-c",
                            "sleep 0.05 & exit 0"], check=True)
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")

        def zombies():
            return [p for p in harness.Process.children(service.pid) if not harness.alive(p)]
        wait_for(lambda: not zombies(), lambda: f"zombies: {zombies()}")
        service.signal(signal.SIGTERM)
        self.assertEqual(0, service.wait_exit())

    def test_kb_q151473_killed_worker_does_not_block_the_stop(self):
        """The original could not be killed once a thread had died badly."""
        service = self.service(LONG_LIMITS)
        service.drop("hang.eml", samples.marked("hang"))
        busy = service.wait_event(harness.TAKEN)
        self.assertTrue(busy)
        wait_for(service.active, "the claim")
        for _ in range(2):  # both attempts
            worker = self.busy_worker(service)
            os.kill(worker, signal.SIGKILL)
            service.wait_event(harness.FAILED, count=_ + 1)
        _, report = service.wait_letter("hang.eml")
        self.assertEqual("crashed", report["verdict"])
        self.assertEqual("SIGKILL", report["worker"]["signal_name"])
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.assertEqual(0, service.stop())

    def busy_worker(self, service):
        """The pid of the worker that has an order in hand, from the state in the log."""
        def found():
            seen = len(service.log)
            service.signal(signal.SIGUSR1)
            lines = service.wait_event(harness.STATE_WORKER, count=2, since=seen)
            busy = [e["pid"] for e in lines if e.get("job")]
            return busy[0] if busy else None
        return wait_for(found, "a busy worker")

    def test_idle_workers_killed_are_replaced(self):
        service = self.service()
        for pid in service.workers():
            os.kill(pid, signal.SIGKILL)
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        wait_for(lambda: len(service.workers()) == 3, "three workers again")
        self.assertFalse(service.letters())

    def test_stopped_worker_runs_into_its_limit(self):
        """A worker that somebody stopped (SIGSTOP) is silent, and is dealt with as such."""
        service = self.service({"limits": {"silence": "2s"}, "workers": 1, "spares": 1})
        service.drop("hang.eml", samples.marked("hang"))
        worker = self.busy_worker(service)
        os.kill(worker, signal.SIGSTOP)
        service.wait_event(harness.FAILED, verdict="timed-out-silence")

    def test_janitors_killed_are_replaced(self):
        service = self.service()
        names = [f"m{i}.eml" for i in range(100)]
        for name in names:
            service.drop(name, samples.mail(name))
        for _ in range(3):
            wait_for(service.janitors, "a janitor")
            for pid in service.janitors():
                os.kill(pid, signal.SIGKILL)
            service.wait_event(harness.HELPER_LOST, count=_ + 1)
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(len(names), len(service.results()))


if __name__ == "__main__":
    harness.main()
