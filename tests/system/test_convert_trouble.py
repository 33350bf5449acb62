# SPDX-License-Identifier: ISC
"""bulkhead convert when things go wrong: bad messages, full disks, interruptions, a million names."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

import harness
import samples
from convert_ground import LIMITS, ConvertTest, Done, in_hand, summary_of
from harness import LONG, PATIENCE, SANITIZE, Process, wait_for


class Trouble(ConvertTest):
    def test_every_verdict_is_counted_and_put_aside(self):
        kinds = {"null": "crashed", "abort": "crashed", "hang": "timed-out",
                 "memory": "out-of-memory", "output": "output-limit",
                 "sys": "violation", "flood": "violation", "exit0": "crashed"}
        if SANITIZE:
            kinds.pop("memory")
        for action in kinds:
            self.put(f"bad/{action}.eml", samples.marked(action))
        for i in range(20):
            self.put(f"good/{i}.tnef", samples.tnef())
        self.put("junk", b"junk")
        dead = self.root / "dead"
        done = self.run_it("--json", "-o", self.out, "--dead", dead, self.source,
                           config=self.config(**LIMITS))
        self.assertEqual(done.code, 1)
        ends = {os.path.basename(x["input"])[:-4]: x for x in done.lines()[:-1]
                if "/bad/" in x["input"]}
        self.assertEqual({k: v["result"] for k, v in ends.items()}, kinds)
        self.assertEqual(summary_of(done.err)[1]["converted"], 20)
        self.assertEqual(len(self.tree(self.out)), 20)
        for action in kinds:
            self.assertEqual((dead / f"messages/bad/{action}.eml").read_bytes(),
                             samples.marked(action))
            report = json.loads((dead / f"reports/bad/{action}.eml.json").read_bytes())
            self.assertEqual(report["verdict"], ends[action]["verdict"])
            self.assertEqual(report["sender"], "ann@example.org")
            self.assertIn("limits", report)
        crash = json.loads((dead / "reports/bad/null.eml.json").read_bytes())
        self.assertEqual(crash["charges"]["crash"], 2, "tried twice")
        if not SANITIZE:
            # Where in the code; a machine with too much to do may not have told in time.
            self.assertTrue(crash["worker"]["frames"] or crash["worker"]["frames_missing"] ==
                            "the unwinder took too long", crash["worker"])
        self.assertEqual(json.loads((dead / "reports/junk.json").read_bytes())["verdict"],
                         "refused")
        self.assertEqual(len(self.tree(dead)), 2 * (len(kinds) + 1))
        for action in kinds:
            self.assertIn(f"bad/{action}.eml: {kinds[action]}: ", done.err)
        # Again: what failed fails again, over the old reports.
        done = self.run_it("-o", self.out, "--dead", dead, self.source,
                           config=self.config(**LIMITS))
        self.assertEqual(summary_of(done.err)[1]["skipped"], 20)
        self.assertEqual(len(self.tree(dead)), 2 * (len(kinds) + 1))
        self.assert_nothing_half(self.out, dead)

    def test_an_output_that_is_kept_open_is_no_result(self):
        self.put("keep.eml", samples.marked("keep-output"))
        done = self.run_it("-o", self.out, self.source, config=self.config(sandbox="off"))
        self.assert_counts(done, violation=1)
        self.assertIn("kept the output open", done.err)
        self.assertEqual(self.tree(self.out), [])

    def test_what_may_not_be_read_or_written(self):
        self.put("a.tnef", samples.tnef())
        os.chmod(self.put("secret.tnef", samples.tnef()), 0)
        self.out.mkdir()
        os.chmod(self.out, 0o555)
        for path in self.root, self.source:
            os.chmod(path, 0o755)
        prefix, self.build = self.ordinary_user()
        config = self.config(chaos=False)
        done = self.run_it("-o", self.out, self.source, prefix=prefix, config=config)
        self.assert_counts(done, unwritten=1, unreadable=1)
        self.assertEqual(done.code, 1)
        self.assertIn("secret.tnef: unreadable: Permission denied", done.err)
        self.assertRegex(done.err, "a.tnef: unwritten: .*: Permission denied")

    def test_a_disk_that_becomes_full(self):
        disk = self.root / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        for i in range(12):
            self.put(f"{i}.eml", samples.mail(body="x" * 70 + "\r\n" + "y\r\n" * 150000))
        done = self.run_it("-o", disk / "out", self.source)
        found, counts = summary_of(done.err)
        self.assertEqual((found, sorted(counts)), (12, ["passed-through", "unwritten"]))
        self.assertIn("No space left on device", done.err)
        self.assertEqual(done.code, 1)
        kept = self.tree(disk / "out")
        self.assertEqual(len(kept), counts["passed-through"])
        for name in kept:
            self.assertEqual((disk / "out" / os.fsdecode(name)).stat().st_size,
                             (self.source / os.fsdecode(name)).stat().st_size)
        self.assert_nothing_half(disk)
        # More room: the rest.
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        self.assert_counts(self.run_it("-o", disk / "out", self.source),
                           passed_through=counts["unwritten"],
                           skipped=counts["passed-through"])

    def test_a_killed_run_leaves_nothing_half(self):
        for i in range(200):
            self.put(f"{i}.eml", samples.marked("slow", "20"))
        config = self.config()
        for wanted in 20, 60:
            run = subprocess.Popen(self.command("--sync", "none", "-o", self.out, self.source,
                                                config=config),
                                   stderr=subprocess.DEVNULL, env=self.environment())
            wait_for(lambda: self.out.exists() and len(self.tree(self.out)) >= wanted, "results")
            run.kill()
            run.wait()
        done = self.run_it("-o", self.out, self.source, config=config)
        counts = summary_of(done.err)[1]
        self.assertGreaterEqual(counts["skipped"], 60)
        self.assertEqual(len(self.tree(self.out)), 200)
        for name in self.tree(self.out):
            self.assertEqual((self.out / os.fsdecode(name)).read_bytes(),
                             samples.marked("slow", "20"))

    def test_stale_files_of_a_killed_run_are_removed(self):
        self.put("a.tnef", samples.tnef())
        self.out.mkdir()
        gone = subprocess.Popen(["true"])
        gone.wait()
        stale = self.out / f".bulkhead-{gone.pid}-7"
        stale.write_bytes(b"half")
        other = self.out / f".bulkhead-{os.getpid()}-7"  # of a live process
        other.write_bytes(b"half")
        (self.out / f".bulkhead-{gone.pid}-8").mkdir()
        (self.out / f".bulkhead-{gone.pid}-8/x").write_bytes(b"half")
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=1)
        self.assertEqual(self.tree(self.out), [os.fsencode(other.name), b"a.tnef.eml"])


class Interrupted(ConvertTest):
    def begin(self, *arguments, count=40, action="slow", argument="500", **limits):
        for i in range(count):
            self.put(f"{i}.eml", samples.marked(action, argument))
        run = subprocess.Popen(
            self.command("--sync", "none", "-o", self.out, *arguments, self.source,
                         config=self.config(**limits)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(lambda: run.poll() is None and run.kill())
        return run

    def finish(self, run):
        out, err = run.communicate(timeout=PATIENCE)
        done = Done(run.returncode, out, err)
        self.assert_adds_up(done)
        return done

    def test_once_finishes_what_is_in_hand(self):
        run = self.begin()
        wait_for(lambda: self.out.exists() and self.tree(self.out), "a first result")
        run.send_signal(signal.SIGINT)
        done = self.finish(run)
        self.assertEqual(done.code, 130)
        found, counts = summary_of(done.err)
        self.assertEqual(list(counts), ["passed-through"])
        self.assertLess(found, 40)
        self.assertEqual(len(self.tree(self.out)), found)
        done = self.run_it("-o", self.out, self.source, config=self.config(workers=8))
        self.assert_counts(done, skipped=found, passed_through=40 - found)
        self.assertEqual(done.code, 0)

    def test_twice_stops(self):
        run = self.begin("--json", action="hang", limits={"silence": "2h", "time": "2h"})
        wait_for(lambda: in_hand(run.pid), "a message in hand")
        workers = Process.children(run.pid)
        run.send_signal(signal.SIGINT)
        time.sleep(0.1)
        self.assertIsNone(run.poll(), "once waits for what is in hand")
        run.send_signal(signal.SIGINT)
        done = self.finish(run)
        self.assertEqual(done.code, 130)
        self.assertEqual(list(summary_of(done.err)[1]), ["interrupted"])
        self.assertFalse([p for p in workers if harness.alive(p)])
        self.assertEqual(self.tree(self.out), [])


class Terminal(ConvertTest):
    """A pseudo terminal, as a person has."""

    def start(self, *arguments, config=None, columns=80):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        run = subprocess.Popen(self.command(*arguments, config=config), stdin=slave,
                               stdout=slave, stderr=slave, start_new_session=True,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                               env=dict(self.environment(), TERM="xterm"))
        os.close(slave)
        seen = bytearray()

        def read():
            try:
                while True:
                    seen.extend(os.read(master, 65536))
            except OSError:
                os.close(master)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self.addCleanup(lambda: run.poll() is None and run.kill())
        return run, master, seen, reader

    def test_progress_and_control_c(self):
        for i in range(60):
            self.put(f"{i}.eml", samples.marked("slow", "100"))
        self.put("60", b"junk")
        run, master, seen, reader = self.start("--sync", "none", "-o", self.out, self.source)
        line = re.compile(rb"\r\x1b\[K\d+ of 61 done, \d failed, \d+/s, \d:\d\d:\d\d left")
        wait_for(lambda: line.search(seen), lambda: f"a progress line: {bytes(seen)[-300:]!r}")
        os.write(master, b"\x03")
        wait_for(lambda: b"stopping (again: at once)" in seen or run.poll() is not None,
                 "the line says that it stops")
        self.assertEqual(run.wait(PATIENCE), 130)
        reader.join(PATIENCE)
        text = bytes(seen).decode().replace("\r\n", "\n")
        found, counts = summary_of(text.rpartition("\033[K")[2])
        self.assertEqual(found, sum(counts.values()))
        self.assertLess(found, 61)
        for shown in re.findall(r"\x1b\[K([^\r\n]*)", text):
            self.assertLess(len(shown), 80)

    def test_no_progress_line_when_piped(self):
        for i in range(20):
            self.put(f"{i}.eml", samples.marked("slow", "100"))
        done = self.run_it("-o", self.out, self.source)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertNotIn("\r", done.err)


class Many(ConvertTest):
    def test_memory_does_not_grow_with_the_files(self):
        count = 100000 if LONG else 3000
        data = samples.tnef("one of many")
        for i in range(count):
            if i % 1000 == 0:
                folder = self.source / f"{i // 1000}"
                folder.mkdir()
            (folder / f"{i}.tnef").write_bytes(data)
        run = subprocess.Popen(
            self.command("--sync", "none", "-o", self.out, self.source,
                         config=self.config(chaos=False)),
            stderr=subprocess.PIPE, env=self.environment())
        sizes = []
        while run.poll() is None:
            try:
                sizes.append((Process.status(run.pid, "VmRSS"), Process.open_files(run.pid)))
            except (OSError, KeyError):
                pass
            time.sleep(0.05)
        done = Done(run.returncode, b"", run.stderr.read())
        run.stderr.close()
        self.assert_counts(done, converted=count)
        early = sizes[len(sizes) // 5][0]
        self.assertLess(max(s[0] for s in sizes), early + (60000 if SANITIZE else 2000), sizes)
        self.assertLess(max(s[1] for s in sizes), 60)
        self.assertEqual(len(self.tree(self.out)), count)

    @unittest.skipUnless(LONG, "a million names")
    def test_a_million_names(self):
        """Links: each is found and told of, none is opened."""
        for i in range(1000):
            folder = self.source / f"{i}"
            folder.mkdir()
            for k in range(1000):
                os.symlink("nowhere", folder / f"{k}")
        run = subprocess.Popen(self.command("-o", self.out, self.source), env=self.environment(),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        sizes, last = [], b""
        for n, line in enumerate(run.stderr):
            last = line
            if n % 10000 == 100:
                sizes.append(Process.status(run.pid, "VmRSS"))
        run.stderr.close()
        self.assertEqual(run.wait(PATIENCE), 1)
        self.assertIn(b"1000000 found = 1000000 unreadable", last)
        self.assertLess(max(sizes), sizes[0] + 1000, sizes)


if __name__ == "__main__":
    harness.main()
