# SPDX-License-Identifier: ISC
"""Rows of the table: what makes a service wait, or lets a neighbour look guilty."""

import concurrent.futures
import contextlib
import os
import pty
import shutil
import signal
import subprocess
import tempfile
import termios
import time

import harness
import holding
import rows
import samples
from disks import tmpfs
from rows import finish, row
from scene import POISON, Figures, Scene, Skipped, kill

LATER, FAILED = 75, 65  # exit codes of filter and convert


@row("neighbour", "a neighbour's output fills the disk (tmpfs 48 MiB), 2 % do")
def neighbour():
    config = {"workers": 8, "retry": {"crash": 0, "memory": 0},
              "intake": {"min_free": "1MiB", "min_inodes": 1}}
    with tmpfs("48m") as volume, \
            Scene(harness.merge(POISON, config), spool=volume / "spool") as scene:
        scene.put(rows.rounds(600, 20000), 0.02, "output")
        scene.start()
        scene.done = len(scene.poison)
        finish(scene)
        return scene.figures(f"{scene.late()} late")


def percentile(latencies, share):
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))] if latencies else 0


@row("large", "large letters are copied to another volume, small mail beside them")
def large():
    """In turns, so that what else the machine does counts for both: a letter is copied, and small
    mail flows until it is there; then as much small mail flows alone."""
    size, turns = rounds_of_large()
    with tmpfs(f"{(size >> 20) + 64}m") as volume:
        config = {"folders": {"dead": str(volume / "dead")},
                  "limits": {"time_per_mib": "1s"}}
        with Scene(harness.merge(POISON, config)) as scene:
            scene.start()
            times = {True: [], False: []}
            for turn in range(turns):
                letter = make_large(scene, size)
                count = flow(scene, times[True], letter=letter)
                flow(scene, times[False], count)
                scene.done = turn + 1
            finish(scene)
            alone, beside = (percentile(sorted(times[k]), 0.99) for k in (False, True))
            f = scene.figures(f"p99 of small mail {alone * 1000:.0f} ms, "
                              f"with a copy {beside * 1000:.0f} ms")
            # Of a few mails, beside whatever else runs, a 99th percentile tells nothing.
            if rows.rounds(False, True) and beside > 2 * max(alone, 0.02):
                f.wrong.append("small mail waited for the copy")
            return f


def rounds_of_large():
    """Bytes of a letter, and how many."""
    return rows.rounds((1 << 30, 2), (6 << 30, 1))


def flow(scene, times, count=0, letter=None):
    """Small mail, 50 a second at most, until there are so many, or the letter lies where dead ones do.
    times gets how long each took; returns their number."""
    began, copying = len(scene.dropped), bool(letter)
    if letter:
        letter.rename(scene.service.folder("incoming") / letter.name)
    while len(scene.dropped) - began < count or copying:
        scene.put(5)
        scene.pause(0.1)
        copying = copying and not any(os.fsencode(letter.name) in name for name, _ in scene.taker.letters)
    numbers = [n for n in range(began, len(scene.dropped)) if n not in scene.poison]
    harness.wait_for(lambda: all(n in scene.taker.delivered for n in numbers),
                     scene.service.last_words)
    times += [scene.taker.delivered[n] - scene.dropped[n] for n in numbers]
    return len(numbers)


def make_large(scene, size):
    """A letter of so many bytes, most of them read by nobody; none of them is a hole. It is on
    the disk, and not in memory."""
    number = len(scene.dropped)
    scene.poison.add(number)
    scene.dropped[number] = time.time()
    path = scene.root / f"m{number}.eml"
    with open(path, "wb") as f:
        f.write(samples.marked("null", subject=f"m {number}"))
        for _ in range(size >> 20):
            f.write(b"x" * (1 << 20))
        f.flush()
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return path


@row("log", "nobody reads the log: a terminal stopped by XOFF")
def log():
    leader, follower = pty.openpty()
    try:
        termios.tcflow(follower, termios.TCOOFF)
        with Scene({"log": {"level": "debug", "burst": 0}}, prefix=[
                "sh", "-c", f'exec "$@" 2>/dev/pts/{os.ttyname(follower).rpartition("/")[2]}',
                "sh"]) as scene:
            scene.service.start(ready=False)
            harness.wait_for(scene.service.workers, "a worker")
            scene.put(rows.rounds(1000, 50000))
            scene.done = 1
            finish(scene)
            return scene.figures()
    finally:
        os.close(leader)
        os.close(follower)


@row("helpers", "SIGSTOP of janitors, the zygote, the gateway; kill -9 of them")
def helpers():
    with Scene() as scene:
        scene.start()
        for i in range(rows.rounds(4, 200)):
            scene.put(100)
            victims = scene.service.janitors() + scene.service.gateways() + [
                p for p in scene.service.family()
                if harness.Process.arguments(p)[:1] == ["bulkhead-zygote"]]
            if victims:
                kill([scene.chance.choice(victims)], signal.SIGSTOP if i % 2 else signal.SIGKILL)
                scene.done += 1
            scene.pause(0.5)
        finish(scene)
        late = len(scene.service.events(harness.HELPER_LATE))
        return scene.figures(f"{late} found to be late")


@row("unwinder", "each unwinder stops (SIGSTOP), 10 % crash")
def unwinder():
    with tempfile.TemporaryDirectory(prefix="bulkhead-programs.") as place:
        for name in ("bulkhead", "bulkhead-worker", "bulkhead-gateway"):
            shutil.copy(harness.BUILD / name, place)
        program = harness.pathlib.Path(place, "bulkhead-unwind")
        program.write_text("#!/bin/sh\nkill -STOP $$\n")
        program.chmod(0o755)
        with Scene(POISON, command=[f"{place}/bulkhead", "serve"]) as scene:
            scene.start()
            scene.put(rows.rounds(100, 2000), 0.1, "null")
            finish(scene)
            scene.done = len([e for e in scene.service.events(harness.HELPER_LATE)
                              if e["helper"] == "unwinder"])
            f = scene.figures()
            f.wrong += [] if scene.done else ["no unwinder was found to be late"]
            return f


@row("slow-disk", "a disk that takes 2 s for each sync")
def slow_disk():
    with Scene() as scene:
        scene.with_preload()
        scene.start()
        for _ in range(rows.rounds(2, 50)):
            scene.put(50)
            scene.preload["delay"] = 2000
            scene.pause(4)
            scene.done += 1
            scene.preload["delay"] = 0
            scene.pause(0.5)
        finish(scene)
        return scene.figures()


@row("orphans", "PID 1 with orphans that end")
def orphans():
    if subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "true"], check=False,
                      capture_output=True).returncode:
        raise Skipped("no process namespace can be made")
    with Scene(prefix=["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                       'for i in 1 1 1 2 2 2 3 3 3 4; do (sleep $i & sleep 0.$i &); done; exec "$@"',
                       "sh"]) as scene:
        scene.start()
        for _ in range(rows.rounds(5, 100)):
            scene.put(100)
            scene.pause(1)
            scene.done += 2
        zombies = [p for p in scene.service.family()
                   if "Z" in harness.pathlib.Path(f"/proc/{p}/stat").read_text().split()[2]]
        finish(scene)
        f = scene.figures()
        f.wrong += [f"{len(zombies)} zombies"] if zombies else []
        return f


@row("workers-1024", "1,024 workers")
def many_workers():
    with Scene({"workers": rows.rounds(1024, 1024), "spares": 0,
                "limits": {"start": "10m"}}) as scene:
        scene.start()
        scene.put(rows.rounds(2000, 100000))
        scene.done = 1
        finish(scene)
        return scene.figures()


@row("few-files", "ulimit -n of 24 to 64")
def few_files():
    with Scene() as scene:
        refused, untold = 0, []
        for limit in range(24, 65, 4):
            scene.put(10)
            scene.service.forget_log()
            scene.service.prefix = ["prlimit", f"--nofile={limit}"]
            scene.service.start(ready=False)
            harness.wait_for(lambda: told_of_files(scene.service) or not scene.service.running(),
                             scene.service.last_words)
            if scene.service.running():
                time.sleep(0.3)  # it may even work
                scene.service.kill()
            scene.service.wait_exit()
            refused += scene.service.exit_code == 1
            untold += [] if told_of_files(scene.service) else [limit]
            scene.done += 1
        scene.service.prefix = []
        scene.start()
        finish(scene)
        f = scene.figures(f"{refused} refused to start")
        f.wrong += [f"nothing was said of ulimit -n {untold}"] if untold else []
        return f


def told_of_files(service):
    return [e for e in service.events(harness.TROUBLE) if "open_files" in e] + [
        e for e in service.events(harness.CANNOT_START) if "ulimit -n" in e["reason"]]


@row("folders", "incoming/ and active/ are moved away and put back")
def folders():
    with Scene({"intake": {"scan": "200ms"}}) as scene:
        scene.start()
        for i in range(rows.rounds(6, 200)):
            scene.put(50)
            place, aside = scene.service.folder(("incoming", "active")[i % 2]), scene.root / "aside"
            place.rename(aside)
            scene.done += 1
            harness.wait_for(lambda n=scene.done: len(scene.service.events(harness.AWAY)) >= n,
                             scene.service.last_words)
            aside.rename(place)
            harness.wait_for(
                lambda n=scene.done: len(scene.service.events(harness.FOLDER_BACK)) >= n,
                scene.service.last_words)
        finish(scene)
        return scene.figures()


@row("neighbour-door", "a neighbour fills the disk, through filter and convert")
def neighbour_door():
    """Whoever is told to try again later does so."""
    count = rows.rounds(60, 2000)
    with tmpfs("48m") as volume:
        inputs = {f"m{i}": samples.marked("output", subject=f"m {i}") if i % 20 == 7
                  else samples.mail(f"m {i}") for i in range(count)}
        config = harness.merge(POISON, {"retry": {"crash": 0, "memory": 0},
                                        "intake": {"min_free": "1MiB", "min_inodes": 1}})
        with Scene(config, spool=volume / "spool") as scene:
            scene.start()
            f = by_filter(scene, inputs) + by_convert(scene, inputs, volume)
            f.times = sum(b"BULKHEAD-CHAOS" in data for data in inputs.values()) * 2
            scene.service.stop()
            return f


def by_filter(scene, inputs):
    """Eight at once, each until it has its answer."""
    command = [str(harness.BUILD / "bulkhead"), "filter", "--dead", "--on-failure", "fail", "-c",
               str(scene.service.config_file)]

    def one(name):
        while True:
            done = subprocess.run(command, input=inputs[name], capture_output=True, check=False)
            if done.returncode != LATER:
                return name, done.returncode, done.stdout
            time.sleep(0.1)
    f = Figures(messages=len(inputs))
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for name, code, out in pool.map(one, inputs):
            bad = b"BULKHEAD-CHAOS" in inputs[name]
            f.converted += code == 0
            f.dead += code == FAILED
            f.lost += code not in (0, FAILED) or (code == 0 and out != inputs[name])
            f.wrong += [f"filter: {name} ended with {code}"] if bad == (code == 0) else []
    return f


def by_convert(scene, inputs, volume):
    """A folder, again while something of it is to be tried later."""
    archive, out, dead = scene.root / "archive", volume / "out", volume / "failed"
    archive.mkdir()
    for name, data in inputs.items():
        (archive / f"{name}.eml").write_bytes(data)
    f = Figures(messages=len(inputs))
    for _ in range(20):
        done = subprocess.run(
            [str(harness.BUILD / "bulkhead"), "convert", "-c", str(scene.service.config_file),
             "-o", str(out), "--dead", str(dead), str(archive)], capture_output=True, check=False)
        if done.returncode != LATER:
            break
    letters = {n for n in inputs for p in dead.rglob("*.eml") if p.name.endswith(f".{n}.eml")
               or p.name == f"{n}.eml"}
    results = {p.name.split(".")[0]: p.read_bytes() for p in out.rglob("*.eml")}
    for name, data in inputs.items():
        bad = b"BULKHEAD-CHAOS" in data
        f.converted += results.get(name) == data
        f.dead += name in letters
        f.lost += name not in letters and results.get(name) != data
        f.doubled += name in letters and name in results
        f.wrong += [f"convert: {name}: {done.stderr[-200:]}"] if bad != (name in letters) else []
    return f


@row("door", "4,000 clients hold the door and come again; mail goes through filter")
def door():
    """An honest one gets its turn within a second, beside what the machine takes without them."""
    count = rows.rounds(50, 2000)
    with Scene({"log": {"burst": 0}}) as scene:
        scene.start()
        f, took = Figures(), []
        for held in (False, True):
            holders = holding.hold(scene.service.spool / "door.sock") if held else None
            try:
                took.append(turns(scene, count, f))
            finally:
                if holders:
                    os.killpg(holders.pid, signal.SIGKILL)
                    holders.communicate()
        alone, beside = took
        f.times = 4000
        f.note = (f"a turn: median {percentile(alone, 0.5) * 1000:.0f} ms, with them "
                  f"{percentile(beside, 0.5) * 1000:.0f} ms, at most {beside[-1] * 1000:.0f} ms")
        if percentile(beside, 0.5) > 1 + 2 * percentile(alone, 0.5):
            f.wrong.append("an honest client waited for its turn")
        scene.service.stop()  # then the log has all lines
        by_door = sum(e.get("source") == "door" for e in scene.service.events(harness.DONE))
        # One that had not yet spoken when the door was full may have been let go for another,
        # and has converted its message by itself.
        if not 0 <= f.messages - by_door <= f.messages // 25:
            f.wrong.append(f"{f.messages - by_door} had no turn at the door")
        return f


def turns(scene, count, f):
    """How long each of so many took, one after the other, the shortest first; f counts them."""
    took = []
    for i in range(count):
        begun, mail = time.monotonic(), samples.mail(f"m {i}")
        done = subprocess.run([str(harness.BUILD / "bulkhead"), "filter", "-c",
                               str(scene.service.config_file)], input=mail, capture_output=True,
                              check=False)
        took.append(time.monotonic() - begun)
        f.messages += 1
        f.converted += done.returncode == 0 and done.stdout == mail
        f.lost += done.returncode != 0 or done.stdout != mail
    return sorted(took)


@row("stop-recovery", "TERM and kill -9 while it recovers, 3 % crash")
def stop_recovery():
    with Scene(harness.merge(POISON, {"retry": {"kills": 8}})) as scene:
        scene.put(rows.rounds(300, 20000), 0.03)
        scene.start()
        for i in range(rows.rounds(12, 500)):
            scene.again()
            time.sleep(scene.chance.uniform(0, 0.1))
            if i % 2:
                scene.kill([scene.service.pid, *scene.service.family()])
            else:
                with contextlib.suppress(AssertionError, ProcessLookupError):
                    scene.service.stop(30)
                scene.done += 1
        finish(scene)
        return scene.figures()


@row("shm", "/dev/shm is full")
def shm():
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        raise Skipped("no mount namespace can be made")
    with Scene(prefix=["unshare", "-m", "sh", "-c",
                       "mount -t tmpfs -o size=4k none /dev/shm && "
                       'cat /dev/zero >/dev/shm/full 2>/dev/null; exec "$@"', "sh"]) as scene:
        scene.put(rows.rounds(300, 20000))
        scene.start()
        scene.done = 1
        finish(scene)
        return scene.figures()
