# SPDX-License-Identifier: ISC
"""The rows of the table: each does one bad thing to a running service, again and again, while
messages flow and a consumer takes every end away at once."""

import contextlib
import errno
import functools
import operator
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

import disks
import harness
import power
from disks import disk, tmpfs
from scene import (POISON, CarefulTaker, Figures, NoTaker, Scene, Skipped, Taker, kill,
                   sync_all)

ROWS = {}  # name: (what is done, function)
LONG = False  # set by run: hours instead of a minute


def rounds(short, long):
    return long if LONG else short


def row(name, what):
    def keep(function):
        ROWS[name] = what, function
        return function
    return keep


def finish(scene):
    scene.finish(rounds(900, 7200))  # only a hang takes so long


# ---- kills ----

def killed(kills, messages, victims):
    with Scene() as scene:
        scene.put(messages // kills)
        scene.start()
        while scene.done < kills:
            time.sleep(scene.chance.uniform(0, 0.3))
            chosen = victims(scene)
            if not chosen:
                continue
            scene.kill(chosen)
            scene.again()
            scene.put(messages // kills if scene.done < kills else messages - len(scene.dropped))
        finish(scene)
        return scene.figures()


@row("workers", "kill -9 of random workers")
def workers():
    return killed(rounds(20, 1000), rounds(1000, 50000),
                  lambda scene: [scene.chance.choice(w) for w in [scene.service.workers()] if w])


@row("supervisor", "kill -9 of the supervisor")
def supervisor():
    return killed(rounds(10, 1000), rounds(1000, 100000), lambda scene: [scene.service.pid])


@row("both", "kill -9 of the supervisor and all its children")
def both():
    return killed(rounds(10, 1000), rounds(1000, 50000),
                  lambda scene: [scene.service.pid, *scene.service.family()])


def summed(scenes):
    return functools.reduce(operator.add, scenes, Figures())


@row("recovery", "kill -9 of all while it recovers, 3 % crash")
def recovery():
    return summed(recover() for _ in range(rounds(1, 50)))


def recover():
    # A kill may hit the turn of the same one by chance, but not eight times.
    with Scene(harness.merge(POISON, {"spares": 3, "retry": {"kills": 8}})) as scene:
        scene.put(500, 0.03)
        scene.start()
        for _ in range(20):
            scene.again()
            harness.wait_for(scene.service.workers, scene.service.last_words)
            time.sleep(scene.chance.uniform(0, scene.chance.choice([0.02, 0.1])))
            scene.kill([scene.service.pid, *scene.service.family()])
        finish(scene)
        return scene.figures()


@row("stopped", "SIGSTOP of workers")
def stopped():
    with Scene({"limits": {"silence": "300ms", "sync": "300ms"}}) as scene:
        scene.start()
        for _ in range(rounds(8, 500)):
            scene.put(rounds(50, 100))
            alive = scene.service.workers()
            if alive:
                kill([scene.chance.choice(alive)], signal.SIGSTOP)
                scene.done += 1
            time.sleep(scene.chance.uniform(0, 0.3))
        finish(scene)
        return scene.figures()


# ---- disks ----

def filled(volume):
    """The whole disk is full, not only the service's share of it."""
    ballast = volume / "ballast"
    with Scene({"intake": {"min_free": "0", "min_inodes": 0}}, spool=volume / "spool") as scene:
        scene.start()
        for _ in range(rounds(4, 200)):
            scene.put(150)
            with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as f:
                while f.write(bytes(64 << 10)):
                    pass
            scene.done += 1
            scene.pause(0.6)
            ballast.unlink()
            scene.pause(0.1)
        finish(scene)
        return scene.figures(f"{scene.late()} late")


@row("full", "disk full: a tmpfs of 16 MiB")
def full():
    with tmpfs("16m") as volume:
        return filled(volume)


@row("quota", "over quota: a btrfs subvolume limited to 16 MiB")
def quota():
    try:
        with disk(disks.Btrfs, 128 << 20) as image:
            return filled(image.limited(16 << 20))
    except Skipped as e:
        return failing(errno.EDQUOT, 3, "over quota: EDQUOT from every 3rd call", e)


def broken(breaks, mends, seconds):
    """A disk of which nothing can be had any more, until somebody comes and mends it."""
    with disk(disks.Ext4, 64 << 20) as image, \
            Scene(POISON, spool=image.place / "spool", taker=CarefulTaker) as scene:
        for _ in range(rounds(5, 500)):
            scene.put(60, 0.03, long_names=True)
            sync_all(image.place)  # those that were not would be their sender's loss
            scene.again()
            time.sleep(scene.chance.uniform(0, 0.3))
            breaks(image)
            scene.done += 1
            scene.pause(seconds)
            scene.taker.finish()
            scene.service.kill()
            mends(image)
            scene.change_taker(CarefulTaker(scene.service, scene.taker))
        finish(scene)
        return scene.figures()


@row("readonly", "the disk turns read-only: ext4 after an error; fsck")
def readonly():
    try:
        return broken(disks.Ext4.fail, disks.Ext4.repair, 0.3)
    except Skipped as e:
        return failing(errno.EROFS, 1, "the disk turns read-only: EROFS from every call", e)


@row("power", "power loss: ext4 shut down with its journal in memory")
def power_ext4():
    return broken(disks.Ext4.cut, disks.Ext4.remount, 0)


@row("power-model", "power loss: only what was synced, and parts of the rest")
def power_model(scenery=Scene, **kwargs):
    config = harness.merge(POISON, {"intake": {"min_free": "0"}})
    with scenery(config, taker=scenery.nobody, **kwargs) as scene:
        scene.with_preload(workers=True, room=256 << 20)
        scene.put_few()
        at_first, record = recorded(scene, stops=2)
        total, lost = Figures(), 0
        for _ in range(rounds(10, 3000)):
            scene.change_taker(scene.nobody(scene.service))
            lost += lose_power(scene, at_first, record)
            scene.done = 1
            while scene.chance.random() < 0.3:  # and once more while it recovers from that
                lost += lose_power(scene, *recorded(scene, stops=0))
                scene.done += 1
            scene.preload.reset(boot=next(scene.boots))
            scene.start()
            finish(scene)
            total += scene.figures()
        total.note = f"{len(record)} calls recorded, {lost} changes of names lost"
        return total


@row("power-volumes", "the same, outgoing/ and dead/ on another volume")
def power_volumes():
    with tmpfs("64m") as volume:
        return power_model(ends=volume / "ends")


def recorded(scene, stops):
    """The disks as they are, and the record of a run until its end; it is stopped at once and
    started again some times in it. Nobody takes anything."""
    scene.change_taker(scene.nobody(scene.service, scene.taker))
    before = power.Disk(scene.roots)
    scene.preload.reset(recording=1, boot=next(scene.boots))
    scene.start()
    for i in range(1, stops + 1):
        harness.wait_for(lambda i=i: scene.made() >= 10 * i or scene.service.idle(),
                         scene.service.last_words)
        scene.service.signal(signal.SIGQUIT)
        scene.service.wait_exit()
        scene.start()
    finish(scene)
    return before, list(scene.preload.record())


def lose_power(scene, before, record):
    """The power goes somewhere in this record; what was delivered some consumer may have taken
    already. The number of changes that were lost."""
    count = before.lose_power(record[:scene.chance.randint(0, len(record))], scene.chance)
    taker = scene.somebody(scene.service, scene.taker)
    share = scene.chance.choice([0, 0.5, 1])
    for paths, into in ((scene.service.results(), taker.results),
                        (scene.service.letters(), taker.letters)):
        for path in paths:
            if scene.chance.random() < share:
                taker.take(path, into)
    scene.change_taker(taker)
    return count


# ---- calls that fail ----

def failing(error, every, what="", why=""):
    with Scene() as scene:
        scene.with_preload()
        scene.start()
        for _ in range(rounds(4, 500)):
            scene.put(100)
            scene.preload["error"], scene.preload["every"] = error, every
            scene.pause(0.5)
            scene.preload["every"] = 0
            scene.pause(0.1)
        scene.done = scene.preload["failed"]
        finish(scene)
        return scene.figures(str(why), what)


@row("eio", "EIO from every 7th call on the spool")
def eio():
    return failing(errno.EIO, 7)


@row("enomem", "ENOMEM from every 5th call on the spool")
def enomem():
    return failing(errno.ENOMEM, 5)


@row("descriptors", "out of descriptors: RLIMIT_NOFILE")
def descriptors():
    with Scene() as scene:
        scene.start()
        for _ in range(rounds(4, 200)):
            scene.put(100)
            limits = []
            for pid in [scene.service.pid, *scene.service.janitors()]:
                with contextlib.suppress(ProcessLookupError):
                    limits.append((pid, resource.prlimit(pid, resource.RLIMIT_NOFILE)))
                    soft = harness.Process.open_files(pid) - scene.chance.randint(0, 6)
                    resource.prlimit(pid, resource.RLIMIT_NOFILE, (max(3, soft), limits[-1][1][1]))
            kill(scene.service.workers()[:1])  # its successor needs some
            scene.done += 1
            scene.pause(0.5)
            for pid, limit in limits:
                with contextlib.suppress(ProcessLookupError):
                    resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)
        finish(scene)
        return scene.figures(f"{scene.late()} late")


@row("processes", "out of processes: RLIMIT_NPROC")
def processes():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skipped("root and setpriv are needed: a limit of its own user's processes")
    stranger = 64999  # a user with no processes but these
    become = ["setpriv", f"--reuid={stranger}", f"--regid={stranger}", "--clear-groups"]
    with Scene(prefix=[*become, "prlimit", "--nproc=16"]) as scene:
        disks.run("chown", "-R", str(stranger), str(scene.root), why="no other user here")
        drop = scene.service.drop

        def drop_as_stranger(name, data, sub=""):
            folder = scene.service.folder("incoming") / sub
            if not folder.exists():
                folder.mkdir()
                os.chown(folder, stranger, stranger)
            half = folder / f".{name}"
            half.write_bytes(data)
            os.chown(half, stranger, stranger)
            half.rename(folder / name)
        scene.service.drop = drop_as_stranger
        try:
            scene.start()
        except AssertionError as e:
            raise Skipped(f"no service runs as another user here: {str(e)[:200]}") from e
        for _ in range(rounds(4, 200)):
            scene.put(100)
            with subprocess.Popen(
                    [*become, "sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do "
                     "sleep 60 & done; echo; wait"],
                    start_new_session=True, stdout=subprocess.PIPE) as hog:
                hog.stdout.readline()
                kill(scene.service.workers())  # no successors
                scene.done += 1
                scene.pause(0.5)
                os.killpg(hog.pid, signal.SIGKILL)
            scene.pause(0.2)
        finish(scene)
        scene.service.drop = drop
        return scene.figures()


@row("clock", "the wall clock jumps")
def clock():
    with Scene() as scene:
        scene.with_preload()
        scene.start()
        hour, year = 3600, 366 * 86400
        for offset in [hour, -hour, 10 * year, -20 * year, 0] * rounds(2, 200):
            scene.put(50)
            scene.preload["offset"] = offset
            scene.done += 1
            scene.pause(0.2)
        finish(scene)
        return scene.figures()


# ---- much, and poison ----

@row("many", "many files, dropped before the start")
def many():
    with Scene() as scene:
        scene.put(rounds(3000, 1000000))
        began = time.monotonic()
        scene.start()
        pid = scene.service.pid
        until = time.monotonic() + rounds(120, 36000)
        while scene.service.running() and time.monotonic() < until \
                and len(scene.taker.results) < len(scene.dropped):
            time.sleep(0.05)
        peak = harness.Process.status(pid, "VmHWM")
        seconds = time.monotonic() - began
        scene.done = 1
        finish(scene)
        return scene.figures(f"{len(scene.dropped) / seconds:.0f} a second, "
                             f"supervisor {peak / 1024:.0f} MiB at most")


def poisoned(share, config=None, action="null", short=300, **kwargs):
    with Scene(harness.merge(POISON, config or {}), **kwargs) as scene:
        scene.put(rounds(short, 20000), share, action)
        scene.start()
        scene.done = len(scene.poison)
        finish(scene)
        return scene.figures()


for percent in (1, 10, 50, 100):
    row(f"poison-{percent}", f"{percent} % crash their worker")(
        lambda percent=percent: poisoned(percent / 100, short=300 if percent < 50 else 150))


@row("memory", "a worker's memory limit (64 MiB), 5 % eat memory")
def memory():
    return poisoned(0.05, {"limits": {"memory": "64MiB"}}, "memory")


@row("memory-all", "all processes' memory limit (RLIMIT_DATA 48 MiB), 5 % eat")
def memory_all():
    return poisoned(0.05, None, "memory", prefix=["prlimit", f"--data={48 << 20}"])


class Group:
    """A control group with a memory limit, of either version."""

    def __init__(self, limit):
        new = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists()
        self.path = pathlib.Path("/sys/fs/cgroup", "" if new else "memory",
                                 f"bulkhead-chaos-{os.getpid()}")
        try:
            self.path.mkdir()
            (self.path / ("memory.max" if new else "memory.limit_in_bytes")).write_text(str(limit))
        except OSError as e:
            self.close()
            raise Skipped(f"no memory control group can be made: {e}") from e
        self.new = new
        self.enter = ["sh", "-c", f'echo $$ >{self.path}/cgroup.procs && exec "$@"', "sh"]

    def dies_whole(self):
        """memory.oom.group; the first version has none, but lets all wait for a killer."""
        name = "memory.oom.group" if self.new else "memory.oom_control"
        (self.path / name).write_text("1")

    def kill(self):
        """What memory.oom.group does, where the kernel does not. True: it was time."""
        if self.new or "under_oom 1" not in (self.path / "memory.oom_control").read_text():
            return False
        pids = [int(p) for p in (self.path / "cgroup.procs").read_text().split()]
        kill(pids)
        return bool(pids)

    def close(self):
        for _ in range(100):
            with contextlib.suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.05)


@row("container", "the container's memory limit (96 MiB), 3 % eat memory")
def container():
    with contextlib.closing(Group(96 << 20)) as group:
        return poisoned(0.03, {"retry": {"kills": 3}}, "memory", prefix=group.enter)


@row("container-dies", "the same, and the whole container dies of it (oom.group)")
def container_dies():
    with contextlib.closing(Group(96 << 20)) as group, \
            Scene(harness.merge(POISON, {"retry": {"kills": 3}}), prefix=group.enter) as scene:
        group.dies_whole()
        scene.put(rounds(200, 2000), 0.02, "memory")
        scene.start()
        until = time.monotonic() + rounds(60, 3600)
        while not scene.service.idle() and time.monotonic() < until:
            died = group.kill() or not scene.service.running()
            scene.done += died
            scene.again()
            time.sleep(0.01)
        finish(scene)
        return scene.figures()
