# SPDX-License-Identifier: ISC
"""A log that nobody reads: whatever standard error is, mail goes on, and lines that were lost
are counted and told."""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import random
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import unittest

import harness
import samples
from harness import BUILD, DONE, HELPER_LOST, LOG_LOST, SOURCE, wait_for

sys.path.insert(0, str(SOURCE / "tests/chaos"))

# pylint: disable=wrong-import-position
from disks import tmpfs  # noqa: E402
from scene import Skipped  # noqa: E402

COUNT = 400
LONG = "x" * 120  # in each name, so that the log is several times what anything holds
CONFIG = {"log": {"level": "debug", "burst": 0}, "limits": {"stop": "10s"}}


class Silent(harness.Service):
    """A service whose standard error is a descriptor of ours."""

    def start_with(self, fd, **kwargs):
        self.write_config()
        self.popen = subprocess.Popen(
            [*self.command, "-c", str(self.config_file)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=fd, env=self.environment, cwd=self.root,
            start_new_session=True, **kwargs)
        self.reader = threading.Thread()
        self.reader.start()
        return self

    def writers(self):
        return [p for p in self.family() if harness.Process.arguments(p)[1:2] == ["log"]]


class Log(harness.TestCase):
    def setUp(self):
        self.service = Silent(CONFIG)
        self.addCleanup(self.service.close)

    def put(self, first, count):
        for i in range(first, first + count):
            self.service.drop(f"m{i}{LONG}.eml", samples.mail(f"m {i}"))

    def results(self):
        return len(self.service.results())

    def wait_results(self, count):
        wait_for(lambda: self.results() >= count,
                 lambda: f"{self.results()} of {count} with a log that nobody reads")

    def assert_flows(self):
        self.put(0, COUNT)
        self.wait_results(COUNT)

    def assert_told(self, text):
        """Each line is whole, those of DONE and those that were lost are all there were."""
        entries = [json.loads(line) for line in text.splitlines()]
        lost = sum(e["lines"] for e in entries if e["event"] == LOG_LOST)
        self.assertGreater(lost, 0)
        self.assertLess(sum(e["event"] == DONE for e in entries), COUNT + 1)
        self.assertGreaterEqual(sum(e["event"] == DONE for e in entries) + lost, COUNT + 1)

    def read_all(self, read):
        """From now on somebody reads; one more message, and the service stops."""
        parts = []

        def reader():
            with contextlib.suppress(OSError):
                while part := read():
                    parts.append(part)
        thread = threading.Thread(target=reader)
        thread.start()
        self.put(COUNT, 1)
        self.wait_results(COUNT + 1)
        self.assertEqual(0, self.service.stop(20))
        return thread, parts

    def read_and_tell(self, read, close):
        thread, parts = self.read_all(read)
        close()
        thread.join(harness.PATIENCE)
        self.assert_told(b"".join(parts).replace(b"\r\n", b"\n"))

    # ---- terminals ----

    def terminal(self):
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        return leader, follower

    def test_terminal_not_read(self):
        leader, follower = self.terminal()
        self.service.start_with(follower)
        self.assert_flows()
        self.read_and_tell(lambda: os.read(leader, 65536), lambda: os.close(follower))

    def test_terminal_stopped_by_xoff(self):
        leader, follower = self.terminal()
        termios.tcflow(follower, termios.TCOOFF)
        self.service.start_with(follower)
        self.assert_flows()
        termios.tcflow(follower, termios.TCOON)
        self.read_and_tell(lambda: os.read(leader, 65536), lambda: os.close(follower))

    def test_terminal_of_somebody_else(self):
        """One that may not be opened again."""
        if os.geteuid() != 0:
            self.skipTest("needs root")
        leader, follower = self.terminal()
        os.fchmod(follower, 0)
        root = self.service.root
        os.chmod(root, 0o777)
        termios.tcflow(follower, termios.TCOOFF)
        _, build = self.ordinary_user()
        self.service.command[0] = str(build / "bulkhead")
        self.service.config = harness.merge(
            self.service.config, {"worker": {"program": str(build / "tests/chaos-worker")}})
        self.service.start_with(follower, user=65534, group=65534, extra_groups=[])
        self.service.drop = self.drop_for_all
        self.assert_flows()
        self.assertEqual(1, len(self.service.writers()))
        termios.tcflow(follower, termios.TCOON)
        self.read_and_tell(lambda: os.read(leader, 65536), lambda: os.close(follower))

    def drop_for_all(self, name, data):
        incoming = self.service.folder("incoming")
        wait_for(incoming.exists, "incoming/")
        half = self.service.root / "half"
        half.write_bytes(data)
        os.chown(half, 65534, 65534)
        half.rename(incoming / name)

    # ---- pipes and sockets ----

    def test_pipe_not_read(self):
        ours, its = os.pipe()
        self.addCleanup(os.close, ours)
        self.service.start_with(its)
        flags = fcntl.fcntl(its, fcntl.F_GETFL)
        self.assert_flows()
        self.assertEqual(flags, fcntl.fcntl(its, fcntl.F_GETFL), "it is shared with others")
        self.read_and_tell(lambda: os.read(ours, 65536), lambda: os.close(its))

    def test_socket_not_read(self):
        ours, its = socket.socketpair()
        self.addCleanup(ours.close)
        self.service.start_with(its)
        self.assert_flows()
        self.assertTrue(os.get_blocking(its.fileno()))
        self.read_and_tell(lambda: ours.recv(65536), its.close)

    def test_pipe_closed(self):
        ours, its = os.pipe()
        os.close(ours)
        self.service.start_with(its)
        os.close(its)
        self.assert_flows()
        self.assertEqual(0, self.service.stop(20))

    def test_closed(self):
        self.service.command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *self.service.command]
        self.service.start_with(subprocess.DEVNULL)
        self.assert_flows()
        self.assertEqual(0, self.service.stop(20))

    # ---- files ----

    def test_file_is_appended_to(self):
        """What rotates it by copying and truncating leaves no hole; what others write stays."""
        path = self.service.root / "log"
        with open(path, "wb") as f:
            self.service.start_with(f)
        self.put(0, 20)
        self.wait_results(20)
        wait_for(lambda: path.read_bytes().count(b'"event":2448') == 20, path.read_text)
        os.truncate(path, 0)
        with open(path, "ab") as f:
            f.write(b'{"event":0}\n')
        self.put(20, 20)
        self.wait_results(40)
        self.assertEqual(0, self.service.stop(20))
        text = path.read_bytes()
        self.assertNotIn(b"\0", text)
        entries = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(20, sum(e["event"] == DONE for e in entries))
        self.assertEqual(1, sum(e["event"] == 0 for e in entries))
        self.assertEqual(harness.STOP, entries[-1]["event"], "the last line came before the end")

    def test_file_on_a_full_disk(self):
        try:
            with tmpfs("64k") as volume:
                path = volume / "log"
                with open(path, "wb") as f:
                    self.service.start_with(f)
                self.assert_flows()
                subprocess.run(["mount", "-o", "remount,size=16m", volume], check=True)
                self.put(COUNT, 1)
                self.wait_results(COUNT + 1)
                self.assertEqual(0, self.service.stop(20))
                self.assert_told(path.read_bytes())
        except Skipped as e:
            self.skipTest(str(e))

    def test_writer_killed_and_stopped(self):
        path = self.service.root / "log"
        with open(path, "wb") as f:
            self.service.start_with(f)
        for i, number in enumerate((signal.SIGKILL, signal.SIGSTOP)):
            writer = wait_for(self.service.writers, "a writer")
            os.kill(writer[0], number)
            self.put(i * 100, 100)
            self.wait_results((i + 1) * 100)
            # Replaced, or sent on: all that it was given comes.
            wait_for(lambda n=i: path.read_bytes().count(b'"event":2448') == (n + 1) * 100,
                     path.read_text)
        self.assertEqual(0, self.service.stop(20))
        entries = [json.loads(line) for line in path.read_bytes().splitlines()]
        self.assertEqual(1, sum(e["event"] == HELPER_LOST for e in entries))
        self.assertEqual(0, sum(e["event"] == LOG_LOST for e in entries))

    def test_writer_killed_at_the_end(self):
        """What waits for it when the service stops is written by another one."""
        path = self.service.root / "log"
        with open(path, "wb") as f:
            self.service.start_with(f)
        writer = wait_for(self.service.writers, "a writer")[0]
        os.kill(writer, signal.SIGSTOP)
        self.put(0, 20)
        self.wait_results(20)
        self.service.signal(signal.SIGTERM)
        os.kill(writer, signal.SIGKILL)
        self.assertEqual(0, self.service.wait_exit(20))
        entries = [json.loads(line) for line in path.read_bytes().splitlines()]
        self.assertEqual(20, sum(e["event"] == DONE for e in entries))
        self.assertEqual(harness.STOP, entries[-1]["event"])


class Heirs(harness.TestCase):
    """The process that writes, killed again and again: the next one has all that it needs."""

    COUNT = 60000 if harness.LONG else 20000

    def setUp(self):
        self.seed = random.randrange(1 << 32)
        self.random = random.Random(self.seed)
        self.lines = [b"%d %s\n" % (i, b"x" * self.random.choice((5, 300, 3000)))
                      for i in range(self.COUNT)]
        self.its, ours = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
        self.hand = os.memfd_create("hand")
        self.addCleanup(os.close, self.hand)
        os.ftruncate(self.hand, 8192)
        self.feeder = threading.Thread(target=self.feed, args=(ours,))
        self.addCleanup(self.feeder.join)
        self.addCleanup(os.close, self.its) # before that
        self.feeder.start()

    def feed(self, ours):
        with contextlib.suppress(BrokenPipeError):
            for line in self.lines:
                os.write(ours, line)
        os.close(ours)

    def place(self):
        copies = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (self.its, self.hand)]
        os.dup2(copies[0], 3)
        os.dup2(copies[1], 4)

    def kill_until_done(self, fd):
        """Each lives for a moment, longer where none gets anything done."""
        kills, most, before = 0, 0.002, None
        while True:
            # pylint: disable=subprocess-popen-preexec-fn
            writer = subprocess.Popen(["bulkhead", "log"], executable=BUILD / "bulkhead", stderr=fd,
                                      preexec_fn=self.place, close_fds=False)
            try:
                self.assertEqual(0, writer.wait(self.random.uniform(0, most)))
                return kills
            except subprocess.TimeoutExpired:
                writer.kill()
                writer.wait()
                kills += 1
            now = fcntl.ioctl(self.its, termios.FIONREAD, b"    ")
            most = most * 1.2 if now == before else max(most / 1.1, 0.002)
            before = now

    def test_a_file_gets_each_line_once(self):
        with tempfile.TemporaryFile("ab+") as f:
            f.write(b"before\n")
            f.flush()
            kills = self.kill_until_done(f)
            f.seek(0)
            self.assertTrue(f.read() == b"before\n" + b"".join(self.lines),
                            f"seed {self.seed}, {kills} kills")
        self.assertGreater(kills, 5)

    def test_a_pipe_may_get_the_one_in_hand_again(self):
        ours, its = os.pipe()
        parts = []

        def reader():
            while part := os.read(ours, 65536):
                parts.append(part)
            os.close(ours)
        thread = threading.Thread(target=reader)
        thread.start()
        kills = self.kill_until_done(its)
        os.close(its)
        thread.join()
        got = b"".join(parts).splitlines(keepends=True)
        self.assertEqual(set(), set(self.lines) - set(got), f"seed {self.seed}, {kills} kills")
        self.assertLessEqual(len(got) - len(self.lines), 2 * kills)


if __name__ == "__main__":
    harness.main()
