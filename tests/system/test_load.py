# SPDX-License-Identifier: ISC
"""Reload and scaling while hundreds of messages are on their way."""

import os
import signal

import harness
import samples
from harness import LONG, SANITIZE, Consumer, Process, TestCase, wait_for

COUNT = 300 if SANITIZE else 1500


class UnderLoad(TestCase):
    def pour(self, service, first, count):
        names = []
        for i in range(first, first + count):
            name = f"m{i}.eml"
            if i % 50 == 0:
                data = samples.marked("null", subject=name)
            elif i % 2:
                data = samples.tnef(name, attachments=[("a.bin", bytes(3000))])
            else:
                data = samples.mail(name)
            service.drop(name, data, sub=f"f{i % 5}")
            names.append(name)
        return names

    def finish(self, service, names, consumer):
        wait_for(lambda: len(consumer.results) + len(consumer.letters) >= len(names),
                 lambda: f"{len(consumer.results)} + {len(consumer.letters)} of {len(names)}\n"
                 + service.last_words(), 300)
        self.assertEqual(0, service.stop())
        consumer.finish()
        self.assert_accounted(names, service, consumer)
        bad = [n for n in names if int(n[1:-4]) % 50 == 0]
        self.assertEqual(len(bad), len(consumer.letters))
        self.assert_clean(service)

    def test_reload_under_load(self):
        service = self.service({"workers": 2})
        with Consumer(service) as consumer:
            names = []
            for round_number in range(5):
                names += self.pour(service, round_number * COUNT // 5, COUNT // 5)
                service.write_config({"workers": 1 + round_number % 3})
                service.signal(signal.SIGHUP)
                service.wait_event(harness.RELOADED, count=round_number + 1)
            self.finish(service, names, consumer)

    def test_scaling_under_load(self):
        service = self.service({"workers": 1})
        with Consumer(service) as consumer:
            names = []
            for number in [signal.SIGTTIN] * 3 + [signal.SIGTTOU] * 4 + [signal.SIGTTIN]:
                names += self.pour(service, len(names), COUNT // 8)
                service.signal(number)
            self.finish(service, names, consumer)

    def test_many_workers_many_crashes(self):
        """64 workers, every tenth message crashes its worker twice."""
        workers, count = (64, 5000) if LONG else (16, 500)
        service = self.service({"workers": workers, "limits": {
            "time": "120s", "silence": "60s", "cpu": "60s"}}, start=False)
        names, bad = [], set()
        for i in range(count):
            names.append(f"m{i}.eml")
            if i % 10 == 0:
                bad.add(names[-1])
            service.drop(names[-1], samples.mail(names[-1]) if i % 10
                         else samples.marked("null", subject=names[-1]))
        service.start()
        service.wait_idle(600)
        memory = Process.status(service.pid, "VmHWM")
        lags = [e["late_ms"] for e in service.events(harness.LAG)]
        print(f"\n  supervisor {memory} kB at most, lags {lags} ms", flush=True)
        self.assert_accounted(names, service)
        self.assertEqual(bad, {os.fsdecode(harness.LETTER_NAME.fullmatch(
            os.path.basename(p)).group("name")) for p in service.letters()})
        if not SANITIZE:
            self.assertLess(memory, 32 * 1024)
        self.assertEqual(0, service.stop())
        # The log may be behind until then.
        self.assertEqual(2 * len(bad), len(service.events(harness.FAILED, verdict="crashed")))
        self.assert_clean(service)

    def test_replacing_every_worker_all_the_time(self):
        """Retiring after each few messages costs nothing but time."""
        service = self.service({"workers": 2, "recycle": {"messages": 3, "jitter": 0}})
        with Consumer(service) as consumer:
            names = self.pour(service, 0, COUNT // 3)
            self.finish(service, names, consumer)

    def test_log_flood_is_summarised(self):
        service = self.service({"log": {"level": "info", "burst": 20}})
        for i in range(COUNT // 3):
            service.drop(f"m{i}.eml", samples.mail(f"m {i}"))
        service.wait_idle()
        self.assertEqual(0, service.stop())
        done = service.events(harness.DONE)
        summaries = service.events(harness.SUPPRESSED)
        self.assertLess(len(done), COUNT // 3)
        self.assertTrue(summaries)
        self.assertEqual(COUNT // 3, len(done) + sum(e["count"] for e in summaries
                                                     if e.get("of") == harness.DONE), summaries)


if __name__ == "__main__":
    harness.main()
