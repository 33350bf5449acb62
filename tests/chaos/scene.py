# SPDX-License-Identifier: ISC
"""A service to which something happens, its consumer, the messages, and the account."""

import contextlib
import ctypes
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field

import harness
import samples
from preload import LIBRARY, Preload

# Generous: the trouble is what the row does, and what it costs is charged to nobody.
CONFIG = {
    "limits": {"time": "60s", "silence": "60s", "cpu": "60s"},
    "retry": {"crash": 98, "timeout": 98, "memory": 98, "kills": 98, "delay": "10ms"},
    "intake": {"scan": "200ms", "settle": "0"},
    "log": {"level": "info", "burst": 20},
    "reports": "none",
}
# With these a message that is bad is buried.
POISON = {"retry": {"crash": 1, "memory": 1}}


class Skipped(Exception):
    """This machine cannot do that."""


@dataclass
class Figures:
    """What a row tells; those of several scenes add up."""
    times: int = 0
    messages: int = 0
    converted: int = 0
    dead: int = 0
    queued: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: list = field(default_factory=list)  # what else must not be
    note: str = ""
    what: str = ""  # instead of the row's own words

    def __add__(self, other):
        mine, its = list(vars(self).values()), list(vars(other).values())
        return Figures(*(a + b for a, b in zip(mine[:-2], its[:-2])), *its[-2:])

    def bad(self):
        return bool(self.lost or self.doubled or self.wrong)


class Taker(harness.Consumer):
    """A consumer that keeps names and times, not mail, and looks whether the mail is whole.
    before: another whose memory it has."""

    def __init__(self, service, before=None):
        super().__init__(service)
        self.damaged, self.delivered = [], {}
        if before:
            for what in ("results", "letters", "reports", "damaged", "delivered"):
                setattr(self, what, getattr(before, what))

    def take(self, path, into):
        name = os.path.basename(path)
        match = harness.RESULT_NAME.fullmatch(name)
        if into is self.results and match:
            number = number_of(match.group("stem"))
            self.delivered.setdefault(number, os.stat(path).st_ctime)
            with open(path, "rb") as f:
                if f.read() != good(number):
                    self.damaged.append(name)
        os.unlink(path)
        into.append((name, b""))
        return 1


class NoTaker(Taker):
    """Nobody takes anything."""

    def sweep(self):
        return 0


class CarefulTaker(Taker):
    """A consumer that outlives the power: what it took it knows by its name, and that may come
    again only if its removal was not known to be on the disk when the power went."""

    def __init__(self, service, before=None):
        super().__init__(service, before)
        self.unsure = {}  # names, and their folders that are not yet synced
        self.doubtful = {*before.doubtful, *before.unsure} if before else set()

    def take(self, path, into):
        name, folder = os.path.split(path)[::-1]
        if name in self.doubtful:
            os.unlink(path)
            self.doubtful.remove(name)
        else:
            super().take(path, into)
        self.unsure[name] = folder
        return 1

    def sweep(self):
        try:
            taken = super().sweep()
            for folder in set(self.unsure.values()):
                sync(folder)
            self.unsure.clear()
            return taken
        except OSError:  # the disk is gone
            return 0


def sync(path):
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def sync_all(path):
    """syncfs: everything on the disk that this lies on."""
    fd = os.open(path, os.O_RDONLY)
    try:
        assert ctypes.CDLL(None).syncfs(fd) == 0
    finally:
        os.close(fd)


def number_of(name):
    return int(re.match(rb"m(\d+)", name).group(1))


def good(number):
    return samples.mail(f"m {number}")


class Scene:
    """A service, its consumer, and the messages that were put in. spool: elsewhere; ends: so
    are outgoing and dead."""
    somebody, nobody = Taker, NoTaker

    def __init__(self, config=None, spool=None, ends=None, taker=Taker, **kwargs):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-chaos."))
        self.service = harness.Service(harness.merge(CONFIG, config or {}), root=self.root, **kwargs)
        if spool:
            self.service.spool = spool
            self.service.config["spool"] = str(spool)
        self.roots = [self.service.spool]
        if ends:
            self.roots.append(ends)
            self.service.config["folders"] = {k: str(ends / k) for k in ("outgoing", "dead")}
        self.dropped, self.poison, self.done, self.code = {}, set(), 0, 0
        for root in self.roots:
            os.makedirs(root, exist_ok=True)
        os.makedirs(self.service.folder("incoming"), 0o700)
        self.taker = taker(self.service)
        self.preload, self.boots = None, itertools.count(1)
        self.chance = random.Random(int(os.environ.get("BULKHEAD_SEED", time.time_ns())))
        self.phase = self.chance.random()

    def __enter__(self):
        self.taker.start()
        return self

    def change_taker(self, taker):
        """Another consumer; the one before must not see what is to come."""
        if self.taker.is_alive():
            self.taker.finish()
        self.taker = taker
        taker.start()

    def __exit__(self, *_):
        self.taker.finish()
        self.service.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def put(self, count, bad=0.0, action="null", argument="", long_names=False):
        """Messages into incoming; a share of them, evenly spread, does something bad to its
        worker."""
        for _ in range(count):
            number = len(self.dropped)
            spoiled = int((number + 1) * bad + self.phase) > int(number * bad + self.phase)
            name = f"m{number}" + ("x" * 235 if long_names and number % 5 == 0 else "")
            if spoiled:
                self.poison.add(number)
                data = samples.marked(action, argument, subject=f"m {number}")
            else:
                data = good(number)
            self.dropped[number] = time.time()
            self.service.drop(f"{name}.eml", data, sub=f"f{number % 7}")

    def put_few(self):
        """For a record of all that is done."""
        self.put(40, 0.05, long_names=True)

    def made(self):
        """How many results there are."""
        return len(self.service.results())

    def start(self):
        self.service.start()

    def again(self):
        """Whoever runs the service starts it again when it ended, for whatever reason."""
        if not self.service.running():
            if self.service.popen:
                self.service.wait_exit()
            self.service.start(ready=False)

    def pause(self, seconds):
        """A while in which the service is kept running."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.again()
            time.sleep(min(0.05, max(0, until - time.monotonic())))

    def kill(self, pids):
        """Kill -9, once more done."""
        supervisor = self.service.pid in pids
        kill(pids)
        self.done += 1
        if supervisor:
            harness.wait_for(lambda: not self.service.running(), "the supervisor's death")

    def finish(self, seconds):
        """No more trouble: the end of all messages, then of the service."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.service.idle():
            self.pause(0.1 if len(self.dropped) < 20000 else 2)
        self.again()
        self.code = self.service.stop()
        self.taker.finish()

    def with_preload(self, workers=False, room=0):
        if not LIBRARY.exists():
            raise Skipped(f"{LIBRARY} is not built")
        if harness.SANITIZE:
            raise Skipped("no preload under the sanitizers")
        self.preload = Preload(self.root, self.roots, room=room)
        self.preload.into(self.service, workers)

    def late(self):
        return len(self.service.events(harness.LATE))

    def figures(self, note="", what=""):
        """The account."""
        ends = {n: 0 for n in self.dropped}
        kinds = {"result": 0, "letter": 0, "queued": 0}
        strangers, numbers = 0, {kind: set() for kind in kinds}
        for kind, name in harness.TestCase.ends(self.service, self.taker):
            number = number_of(name)
            kinds[kind] += 1
            strangers += number not in ends
            ends[number] = ends.get(number, 0) + 1
            numbers[kind].add(number)
        wrong = [f"{count} {what}" for count, what in (
            (kinds["queued"], "not done in time"), (strangers, "strangers"),
            (len(self.taker.damaged), "damaged"),
            (len(numbers["letter"] - self.poison), "innocents buried"),
            (len(numbers["result"] & self.poison), "culprits spared")) if count]
        if self.code != 0:
            wrong.append(f"it ended with {self.code}")
        lost = sum(n == 0 for n in ends.values()) + len(self.taker.damaged)
        doubled = sum(n - 1 for n in ends.values() if n > 1)
        return Figures(self.done, len(self.dropped), kinds["result"], kinds["letter"],
                       kinds["queued"], lost, doubled, wrong, note, what)

    def latencies(self):
        return sorted(at - self.dropped[n] for n, at in self.taker.delivered.items()
                      if n in self.dropped and n not in self.poison)


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
