# SPDX-License-Identifier: ISC
"""Kill everywhere. The supervisor, the janitor, a worker or all of them die by SIGKILL right
after the n-th call that changes the spool, for every n of a run of a dozen messages, and at
random moments of a long run, while a consumer takes every result away at once. After the
restart each input has exactly one end, and nobody but the culprits is buried.

By default every n up to a number that fits CI's time is tried, evenly spread (the output
says which); BULKHEAD_LONG=1 tries all of them.
"""

import os
import pathlib
import random
import shutil
import signal
import tempfile
import time

import harness
import samples
from harness import LONG, SANITIZE, Consumer, Service, TestCase, wait_for
from preload import Preload

# Generous: nothing here may be charged for slowness.
CONFIG = {"limits": {"time": "60s", "silence": "60s", "cpu": "60s"}, "retry": {"delay": "10ms"},
          "intake": {"scan": "1s"}}

BAD = {"refused0.txt", "refused1.txt", "crash.eml"}


def dozen():
    """Good ones of each way, refused ones, and one that crashes its worker each time."""
    messages = {f"plain{i}.eml": samples.mail(f"plain {i}") for i in range(4)}
    for i in range(4):
        messages[f"tnef{i}.dat"] = samples.tnef(
            f"tnef {i}", attachments=[("a.txt", b"a" * 500)])
    messages["carried.eml"] = samples.mail_with_tnef(samples.tnef("carried"))
    messages["refused0.txt"] = b"arbitrary words\n"
    messages["refused1.txt"] = b"\x00\x01\x02"
    messages["crash.eml"] = samples.marked("null")
    return messages


class Run:
    """One service with the preload in it."""

    def __init__(self, role, whom, place):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-kill."))
        self.place = place / self.root.name if place else None
        folders = {}
        if place:
            folders = {k: str(self.place / k) for k in ("outgoing", "dead")}
            for path in folders.values():
                os.makedirs(path, 0o700)
        self.service = Service(harness.merge(CONFIG, {"folders": folders} if folders else {}),
                               root=self.root)
        watched = [self.root / "spool"] + ([self.place] if place else [])
        self.preload = Preload(self.root, watched, role)
        self.preload.into(self.service, workers=True)
        self.whom = whom
        if whom == "all":
            # A worker that kills the others would be stopped by its jail, and blamed.
            self.service.config["sandbox"] = "off"

    def start(self, n):
        """Start; call n kills, 0: none does."""
        self.preload.reset(kill_at=n, kill_all=self.whom == "all")
        self.service.start(ready=False)

    def close(self):
        self.service.close()
        shutil.rmtree(self.root, ignore_errors=True)
        if self.place:
            shutil.rmtree(self.place, ignore_errors=True)


class KillEverywhere(TestCase):
    def one(self, role, whom, n, place=None, again=0):
        """One run that is killed at call n (0: only counted); the number of calls it made.
        again: the restart is killed too, at that call of its own."""
        run = Run(role, whom, place)
        service, messages, what = run.service, dozen(), ""
        os.makedirs(service.folder("incoming"), 0o700)
        for name, data in messages.items():
            service.drop(name, data)
        try:
            with Consumer(service) as consumer:
                def over():
                    return (len(consumer.results) + len(consumer.letters) >= len(messages)
                            and service.idle()) or not service.running()
                kills = [n] + ([again] if again else [])
                for at in [*kills, 0]:
                    run.start(at)
                    wait_for(over, lambda: f"the end of all messages\n{service.last_words()}")
                    code = service.stop()
                    calls, what = run.preload["changes"], run.preload.what() or what
                    if code == 0 and service.idle():
                        break
                    self.assertIn(code, (0, -signal.SIGKILL), service.last_words())
                self.assertEqual(0, code, f"the last one stops by itself\n{service.last_words()}")
            consumer.finish()
            with self.subTest(role=role, whom=whom, n=n, after=what):
                self.assert_accounted(messages, service, consumer)
                self.assertEqual(sorted(BAD), sorted(os.fsdecode(s) for s in consumer.stems()[1]),
                                 "\n".join(str(e) for e in service.log if e.get("event") == 2450))
                self.assert_reports(consumer)
                self.assert_clean(service)
            return calls
        finally:
            run.close()

    def assert_reports(self, consumer):
        """Each dead letter came with its report, and no report without its letter."""
        letters = {n[:16] for n, _ in consumer.letters}
        self.assertEqual(letters, set(consumer.reports))

    def every_n(self, role, whom, limit, place=None):
        total = self.one(role, "self", 0, place)
        self.assertGreater(total, 5, f"the preload counts no calls of {role}")
        points = list(range(1, total + 1))
        if not LONG and total > limit:
            # Spread evenly, and another choice every day, so that time covers all.
            offset = int(time.time() / 86400) % max(1, total // limit)
            points = points[offset::max(1, total // limit)][:limit]
        print(f"\n  {role}, kills {whom}: {total} calls in a run, {len(points)} of them tried",
              flush=True)
        for n in points:
            self.one(role, whom, n, place)

    LIMIT = 8 if SANITIZE else 24

    def test_supervisor(self):
        self.every_n("supervisor", "self", 2 * self.LIMIT)

    def test_janitor(self):
        self.every_n("janitor", "self", self.LIMIT)

    def test_worker(self):
        self.every_n("worker", "self", self.LIMIT)

    def test_all(self):
        self.every_n("any", "all", 2 * self.LIMIT)

    def test_all_with_other_volumes(self):
        """outgoing and dead on another file system than incoming."""
        other = pathlib.Path("/dev/shm")
        if os.stat(other).st_dev == os.stat(tempfile.gettempdir()).st_dev:
            self.skipTest("/dev/shm is the same file system as the spool's")
        self.every_n("any", "all", self.LIMIT, other)

    def test_killed_while_recovering(self):
        seed = int(os.environ.get("BULKHEAD_SEED", time.time_ns() % 1000000))
        chance = random.Random(seed)
        rounds = 100 if LONG else self.LIMIT // 2
        print(f"\n  twice killed: {rounds} rounds, BULKHEAD_SEED={seed}", flush=True)
        total = self.one("any", "self", 0)
        for _ in range(rounds):
            self.one("any", "all", chance.randint(1, total), again=chance.randint(1, 60))


class KillAtRandom(TestCase):
    def test_long_run(self):
        """Kill -9 of anything at any moment, again and again, in a run of thousands."""
        seed = int(os.environ.get("BULKHEAD_SEED", time.time_ns() % 1000000))
        chance = random.Random(seed)
        count, kills = (5000, 60) if LONG else (600, 8) if SANITIZE else (2000, 20)
        print(f"\n  {count} messages, {kills} kills, BULKHEAD_SEED={seed}", flush=True)
        service = self.service({**CONFIG, "retry": {"crash": 5, "kills": 50, "delay": "10ms"}},
                               start=False)
        os.makedirs(service.folder("incoming"), 0o700)
        messages, culprits = {}, set()
        for i in range(count):
            kind = chance.random()
            name = f"m{i}.eml"
            if kind < 0.01:
                messages[name] = samples.marked("null", subject=f"m {i}")
                culprits.add(name)
            elif kind < 0.02:
                messages[name] = b"arbitrary words %d\n" % i
                culprits.add(name)
            elif kind < 0.5:
                messages[name] = samples.tnef(f"m {i}", attachments=[("a.bin", bytes(2000))])
            else:
                messages[name] = samples.mail(f"m {i}")
            service.drop(name, messages[name], sub=f"f{i % 7}")
        with Consumer(service) as consumer:
            service.start(ready=False)
            for _ in range(kills):
                target = chance.choice(["supervisor", "janitor", "worker", "worker", "all"])
                moment = time.monotonic() + chance.uniform(0, 0.6)
                wait_for(lambda moment=moment: time.monotonic() > moment, "the moment")
                self.kill_one(service, target, chance)
                if not service.running():
                    service.wait_exit()
                    service.start(ready=False)
            total = len(messages)
            wait_for(lambda: len(consumer.results) + len(consumer.letters) >= total
                     and service.idle(),
                     lambda: f"{len(consumer.results)} + {len(consumer.letters)} of {total}\n"
                     + service.last_words(), 600)
            self.assertEqual(0, service.stop())
        consumer.finish()
        self.assert_accounted(messages, service, consumer)
        buried = {os.fsdecode(n) for n in consumer.stems()[1]}
        self.assertEqual(set(), buried - culprits, "bystanders")
        self.assertEqual(culprits, buried)
        self.assert_clean(service)

    def test_again_and_again(self):
        """Killed twenty times in a row while it starts and recovers: no message is buried for
        being the first in the queue, none is lost or delivered twice."""
        seed = int(os.environ.get("BULKHEAD_SEED", time.time_ns() % 1000000))
        chance = random.Random(seed)
        rounds = 5 if LONG else 1
        print(f"\n  {rounds} rounds of 20 kills, BULKHEAD_SEED={seed}", flush=True)
        for _ in range(rounds):
            # A kill may hit the same one's turn by chance, but not so often.
            service = self.service(harness.merge(CONFIG, {"spares": 3, "retry": {"kills": 8}}),
                                   start=False)
            messages = {f"m{i}.eml": samples.mail(f"m {i}") for i in range(200)}
            os.makedirs(service.folder("incoming"), 0o700)
            for name, data in messages.items():
                service.drop(name, data)
            with Consumer(service) as consumer:
                began = 0
                service.start()
                for _ in range(20):
                    service.wait_event(harness.WORKER_START, since=began, alive=True)
                    moment = time.monotonic() + chance.uniform(0, chance.choice([0.02, 0.1]))
                    wait_for(lambda moment=moment: time.monotonic() > moment, "the moment")
                    self.kill_one(service, chance.choice(["supervisor", "all"]), chance)
                    service.wait_exit()
                    began = len(service.log)
                    service.start(ready=False)
                wait_for(lambda: len(consumer.results) + len(consumer.letters) >= len(messages)
                         and service.idle(), service.last_words)
                self.assertEqual(0, service.stop())
            consumer.finish()
            self.assert_accounted(messages, service, consumer)
            self.assertEqual([], [n for n, _ in consumer.letters], "bystanders")
            self.assert_clean(service)

    @staticmethod
    def kill_one(service, target, chance):
        victims = {"supervisor": [], "janitor": service.janitors(),
                   "worker": service.workers(), "all": service.family()}[target]
        if target in ("janitor", "worker"):
            victims = [chance.choice(victims)] if victims else []
        else:
            victims.insert(0, service.pid)
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if target in ("supervisor", "all"):
            wait_for(lambda: not service.running(), "the supervisor's death")


if __name__ == "__main__":
    harness.main()
