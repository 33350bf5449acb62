# SPDX-License-Identifier: ISC
"""bulkhead filter: one message from standard input to standard output."""

import array
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import harness
import holding
import samples
import schema
from harness import BUILD, PATIENCE, SANITIZE, wait_for
from holding import field
from test_space import Mounted

OK, USAGE, DATA, LATER, CONFIG = 0, 64, 65, 75, 78
WINMAIL = samples.mail_with_tnef(samples.tnef("inner", body="The words inside.\r\n",
                                              attachments=[("a.txt", b"attached")]))


def send(connection, data, *fds):
    """A packet with descriptors. The other side may have heard enough and gone before it."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    try:
        connection.sendmsg([data], rights)
    except (BrokenPipeError, ConnectionResetError):
        pass


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err.decode(errors="replace")


class FilterCase(harness.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-filter."))
        self.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        self.spool = self.root / "spool"

    def command(self, *arguments, worker=None, spool=None):
        return [str(BUILD / "bulkhead"), "filter", "--spool", str(spool or self.spool),
                "--set", f"worker.program={worker or BUILD / 'tests/chaos-worker'}",
                *arguments]

    def begin(self, *arguments, **options):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")}
        environment["TMPDIR"] = str(self.root)
        return subprocess.Popen(
            self.command(*arguments, **options), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=self.root)

    def end(self, process, data=None):
        try:
            out, err = process.communicate(data, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError("the filter did not end") from None
        return Done(process.returncode, out, err)

    def run_filter(self, data, *arguments, **options):
        return self.end(self.begin(*arguments, **options), data)

    def dead(self):
        """(letter's bytes, report) of each dead letter."""
        found = []
        for report in sorted((self.spool / "dead").glob("*.json")):
            letter = report.parent / f"{report.stem}.stdin.eml"
            found.append((letter.read_bytes(), json.loads(report.read_text())))
        self.assertEqual(2 * len(found), len([p for p in (self.spool / "dead").glob("*")]))
        return found

    def assert_passed_untouched(self, done, data):
        self.assertEqual((OK, data), (done.code, done.out), done.err)

    def assert_nothing_left(self):
        """No half-made files, whatever happened."""
        self.assertEqual([], [p for p in harness.files_below(self.root)
                              if b"/dead/" not in p and b"/outgoing/" not in p
                              and b"/reports/" not in p
                              and os.path.basename(p) not in (b"lock", b"door.sock", b"http.sock", b"places",
                                                             b".place")
                              and b"bulkhead.yaml" not in p])


class Verdicts:
    """What becomes of a message; the same with and without a service."""

    limits = ()

    def test_winmail_becomes_normal_mail(self):
        done = self.run_filter(WINMAIL)
        self.assertEqual(OK, done.code, done.err)
        self.assertNotIn(b"ms-tnef", done.out.lower())
        self.assertIn(b"a.txt", done.out)
        self.assertTrue(done.out.startswith(b"From: ann@example.org\r\n"))
        self.assertEqual([], self.dead())
        self.assert_nothing_left()

    def test_other_mail_passes_byte_for_byte(self):
        data = samples.mail("plain", body="bare\nlines\r\n\x01\x02")
        done = self.run_filter(data)
        self.assert_passed_untouched(done, data)
        self.assertEqual("", done.err)

    def test_a_damaged_winmail_passes_with_a_report(self):
        corpus = harness.SOURCE / "tests/corpus/mime"
        for name, verdict, kind in (("damaged.eml", "passed", "kept"),
                                    ("winmail-damaged-late.eml", "done", "lost")):
            data = (corpus / name).read_bytes()
            done = self.run_filter(data)
            self.assertEqual(OK, done.code, done.err)
            self.assertEqual(data == done.out, verdict == "passed")
            path = pathlib.Path(re.search(r"report: (/.*)\n", done.err)[1])
            self.assertEqual(self.spool / "reports", path.parent)
            report = schema.check(json.loads(path.read_text()), "report")
            self.assertEqual(verdict, report["verdict"])
            self.assertIn(("part 2", kind), [(n["part"], n["kind"]) for n in report["notes"]])
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.assertEqual([], self.dead())
        self.assert_nothing_left()
        done = self.run_filter(data, "--set", "reports=none")
        self.assertEqual(OK, done.code)

    def test_a_crasher_passes_with_a_dead_letter(self):
        data = samples.marked("null")
        done = self.run_filter(data)
        self.assert_passed_untouched(done, data)
        (letter, report), = self.dead()
        self.assertEqual(data, letter)
        self.assertEqual(("crashed", 2, "stdin.eml", len(data)),
                         (report["verdict"], report["charges"]["crash"], report["file"],
                          report["bytes"]))
        self.assertEqual("SIGSEGV", report["worker"]["signal_name"])
        self.assertEqual("ann@example.org", report["sender"])
        self.assertIn("crashed its converter", done.err)
        self.assertIn(report["id"], done.err)
        for path in (self.spool / "dead").iterdir():
            self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.assert_nothing_left()

    def test_a_crasher_fails_when_asked_to(self):
        done = self.run_filter(samples.marked("abort"), "--on-failure", "fail")
        self.assertEqual((DATA, b""), (done.code, done.out))
        self.assertEqual("crashed", self.dead()[0][1]["verdict"])

    def test_a_refused_one(self):
        done = self.run_filter(b"no mail at all\n")
        self.assert_passed_untouched(done, b"no mail at all\n")
        self.assertEqual("refused", self.dead()[0][1]["verdict"])
        done = self.run_filter(b"no mail at all\n", "--on-failure=fail")
        self.assertEqual((DATA, b""), (done.code, done.out))

    def test_nothing_at_all(self):
        done = self.run_filter(b"")
        self.assertEqual((OK, b""), (done.code, done.out), done.err)

    def test_a_hanging_one(self):
        data = samples.marked("hang")
        done = self.run_filter(data, *self.limits)
        self.assert_passed_untouched(done, data)
        self.assertEqual("timed-out-silence", self.dead()[0][1]["verdict"])

    def test_a_kept_output(self):
        data = samples.marked("keep-output")
        done = self.run_filter(data, *self.without_sandbox())
        self.assert_passed_untouched(done, data)
        self.assertEqual("protocol-violation", self.dead()[0][1]["verdict"])

    def test_a_huge_one_in_little_memory(self):
        data = samples.mail("huge", body="0123456789abcdef" * (4 << 20))
        process = self.begin()
        out = []
        reader = threading.Thread(target=lambda: out.append(process.stdout.read()))
        reader.start()
        process.stdin.write(data)
        process.stdin.flush()
        resident = harness.Process.status(process.pid, "VmHWM")
        process.stdin.close()
        reader.join()
        self.assertEqual(OK, process.wait(PATIENCE), process.stderr.read())
        process.stdout.close()
        process.stderr.close()
        self.assertTrue(out[0] == data, "changed")
        if not SANITIZE:
            self.assertLess(resident, 16 * 1024)

    def test_standard_output_that_nobody_reads(self):
        for action, data in (("passed", samples.mail("plain", body="x" * 200000)),
                             ("crashed", samples.marked("null"))):
            with self.subTest(action):
                process = self.begin()
                process.stdout.close()
                process.stdout = None
                _, err = process.communicate(data, timeout=PATIENCE)
                self.assertEqual(LATER, process.returncode)
                self.assertIn(b"Broken pipe", err)

    def test_standard_output_that_is_full_or_closed(self):
        for where, text in ((">/dev/full", "No space"), (">&-", "Bad file descriptor")):
            with self.subTest(where):
                done = subprocess.run(
                    ["sh", "-c", f'exec "$@" {where}', "sh", *self.command()], check=False,
                    input=samples.mail(), capture_output=True, timeout=PATIENCE)
                self.assertEqual(LATER, done.returncode)
                self.assertIn(text, done.stderr.decode())

    def test_many_at_once(self):
        crowd = [(samples.marked("null") if i % 4 == 0 else samples.mail(f"m{i}"),
                  self.begin()) for i in range(8)]
        done = []
        threads = [threading.Thread(target=lambda p=p, d=d: done.append((d, self.end(p, d))))
                   for d, p in crowd]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for data, one in done:
            self.assert_passed_untouched(one, data)
        self.assertEqual(8, len(done))
        self.assertEqual(2, len(self.dead()))


class Alone(Verdicts, FilterCase):
    limits = ("--set", "limits.silence=1s", "--set", "retry.timeout=0")

    def without_sandbox(self):
        return "--set", "sandbox=off"

    def setUp(self):
        super().setUp()
        self.spool.mkdir()
        (self.spool / "dead").mkdir()

    def test_without_a_spool(self):
        for keep, code, out in (((), OK, True), (("--dead",), LATER, False)):
            data = samples.marked("null")
            done = self.run_filter(data, *keep, spool=self.root / "none")
            self.assertEqual((code, data if out else b""), (done.code, done.out), done.err)
            self.assertIn("there is no spool", done.err)
        self.assertFalse((self.root / "none").exists())

    def test_a_spool_that_is_not_there_is_told_of(self):
        """Whatever becomes of the mail, which goes on: once, with the folder and what to do."""
        lossy = (harness.SOURCE / "tests/corpus/mime/winmail-damaged-late.eml").read_bytes()
        file = self.root / "file"
        file.touch()
        for data in (WINMAIL, lossy, samples.mail("plain"), samples.marked("null")):
            for spool, why in ((self.root / "none", "No such file or directory"),
                               (file, "Not a directory")):
                done = self.run_filter(data, spool=spool)
                self.assertEqual(OK, done.code, done.err)
                self.assertTrue(done.out)
                told = [line for line in done.err.splitlines() if "there is no spool: " in line
                        and f"{spool}: {why}; reports and dead letters are not kept. "
                            "Make this folder" in line]
                self.assertEqual(1, len(told), done.err)
        self.assertFalse((self.root / "none").exists())

    def test_no_spool_is_named(self):
        """Then it is told of only where something was to be kept there."""
        environment = {"TMPDIR": str(self.root), "PATH": os.environ["PATH"]}
        self.spool.joinpath("dead").rmdir()
        self.spool.rmdir()
        lossy = (harness.SOURCE / "tests/corpus/mime/winmail-damaged-late.eml").read_bytes()
        for data, said in ((lossy, True), (WINMAIL, False)):
            done = subprocess.run([BUILD / "bulkhead", "filter"], input=data, env=environment, cwd=self.root,
                                  capture_output=True, check=True)
            self.assertEqual(said, b"there is no spool: ./spool: " in done.stderr, done.stderr)

    def test_a_dead_letter_that_cannot_be_kept(self):
        shutil.rmtree(self.spool / "dead")
        (self.spool / "dead").write_text("in the way")
        data = samples.marked("null")
        self.assert_passed_untouched(self.run_filter(data), data)
        done = self.run_filter(data, "--dead", "--on-failure=fail")
        self.assertEqual((LATER, b""), (done.code, done.out), done.err)

    def test_too_large_for_the_limit(self):
        data = samples.mail("large", body="x" * 100000)
        done = self.run_filter(data, "--set", "limits.input=64KiB")
        self.assert_passed_untouched(done, data)
        self.assertEqual("is larger than limits.input allows, 64KiB", self.dead()[0][1]["reason"])

    def test_arguments_and_configuration(self):
        (self.root / "bad.yaml").write_text("limits:\n  tiem: 1s\n")
        cases = ((USAGE, ["--nonsense"]), (USAGE, ["file"]), (USAGE, ["--on-failure=drop"]),
                 (USAGE, ["--workers", "2"]), (CONFIG, ["--set", "limits.time=soon"]),
                 (CONFIG, ["-c", str(self.root / "bad.yaml")]), (CONFIG, ["-c", "/none"]))
        for code, arguments in cases:
            with self.subTest(arguments=arguments):
                done = self.run_filter(samples.mail(), *arguments)
                self.assertEqual((code, b""), (done.code, done.out), done.err)
                self.assertTrue(done.err)
        done = self.run_filter(b"", "--help")
        self.assertEqual(OK, done.code)
        self.assertLessEqual(len(done.out.splitlines()), 24)

    def test_the_manual_page_tells_every_option(self):
        page = (harness.SOURCE / "deploy/bulkhead-filter.1").read_text()
        usage = self.run_filter(b"", "--help").out.decode()
        for option in re.findall(r"--([a-z-]+)", usage):
            if option != "help":
                self.assertIn(f"Fl -{option}", page)
        if shutil.which("mandoc"):
            lint = subprocess.run(
                ["mandoc", "-Tlint", "-Wwarning", harness.SOURCE / "deploy/bulkhead-filter.1"],
                capture_output=True, check=False, text=True)
            self.assertEqual((lint.returncode, lint.stdout), (0, ""))

    def test_no_worker_would_start(self):
        done = self.run_filter(samples.mail(), worker="/bin/false")
        self.assertEqual((LATER, b""), (done.code, done.out), done.err)
        self.assertIn("no worker would start", done.err)

    def test_a_full_disk(self):
        volume = Mounted("4m")
        self.addCleanup(volume.close)
        spool = volume.path / "spool"
        (spool / "tmp").mkdir(parents=True)
        done = self.run_filter(samples.mail("big", body="x" * (6 << 20)), spool=spool)
        self.assertEqual((LATER, b""), (done.code, done.out), done.err)
        self.assertIn("No space left", done.err)
        # Room for the message, not for its result as well.
        done = self.run_filter(samples.mail("big", body="x" * (3 << 20)), spool=spool)
        self.assertEqual((LATER, b""), (done.code, done.out), done.err)
        self.assert_passed_untouched(self.run_filter(samples.mail(), spool=spool), samples.mail())

    def test_a_service_that_talks_nonsense(self):
        """Whatever it says, the message is converted by a worker of our own."""
        good, bad, late = 0, 1, 2
        (self.root / "small").write_bytes(b"xyz")
        small = os.open(self.root / "small", os.O_RDONLY)
        writable = os.open(self.root / "small", os.O_RDWR)
        for fd in (small, writable):
            self.addCleanup(os.close, fd)

        def says(how, verdict=b"passed", number=7, size=3, reason=b""):
            """An Answer with an Ended in it, as proto/door.proto has it."""
            ended = (field(1, how) + bytes([2 << 3 | 1]) + struct.pack("<Q", number) +
                     field(3, verdict) + field(4, reason) + field(5, size))
            return field(2, ended)
        begun, opened, trouble = field(1, b""), field(3, b""), field(7, field(1, b"no"))
        cases = [
            [], [(b"x" * 528, None)], [(b"\xff" * 40, None)], [(says(good), None)],
            [(says(good), writable)], [(says(good, size=4), small)],
            [(says(good, size=1 << 60), small)], [(says(good, verdict=b"refused"), small)],
            [(says(good, verdict=b"nonsense"), small)], [(says(good, number=0), small)],
            [(says(bad), small)], [(says(bad, verdict=b"infrastructure"), small)],
            [(says(bad, verdict=b"refused", size=0), small)],
            [(says(bad, verdict=b"refused", size=9), small)],
            [(says(3, verdict=b"infrastructure"), None)], [(says(4), None)],
            [(says(1 << 31), None)], [(opened, None)], [(trouble, None)],
            [(begun, None)] * 3, [(says(good)[:-1], small)], [(b"y" * (17 << 10), None)]]
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(listener.close)
        listener.bind(str(self.spool / "door.sock"))
        listener.listen()
        listener.settimeout(PATIENCE)
        data = samples.mail()
        for packets in cases:
            with self.subTest(packets=packets):
                process = self.begin()
                process.stdin.write(data)
                process.stdin.close()
                process.stdin = None
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(PATIENCE)
                    _, rights, *_ = connection.recvmsg(64, 256)
                    os.close(array.array("i", rights[0][2])[0])
                    for packet, fd in packets:
                        send(connection, packet, *([] if fd is None else [fd]))
                self.assert_passed_untouched(self.end(process), data)
        self.assertEqual([], self.dead())
        # What makes sense is believed.
        for packet, fd, code, out in ((says(good), small, OK, b"xyz"),
                                      (says(late, verdict=b"infrastructure"), None, LATER, b"")):
            process = self.begin()
            process.stdin.close()
            process.stdin = None
            connection, _ = listener.accept()
            with connection:
                send(connection, packet, *([] if fd is None else [fd]))
                done_so = self.end(process)
            self.assertEqual((code, out), (done_so.code, done_so.out), done_so.err)

    def test_a_killed_filter_leaves_nothing(self):
        process = self.begin()
        process.stdin.write(samples.marked("hang"))
        process.stdin.close()
        children = wait_for(lambda: harness.Process.children(process.pid), "its worker")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        process.stdout.close()
        process.stderr.close()
        wait_for(lambda: not any(harness.alive(c) for c in children), "the worker's end")
        self.assert_nothing_left()


class WithService(Verdicts, FilterCase):
    """The worker that the client would start does not exist: the service does it all."""

    config = {"limits": {"silence": "5s", "time": "60s"}, "retry": {"timeout": 0}}

    def setUp(self):
        super().setUp()
        self.served = self.start_service()

    def start_service(self, config=None):
        settings = harness.merge(self.config, config or {})
        settings["spool"] = str(self.spool)
        served = harness.Service(settings, root=self.root)
        served.spool = self.spool
        self.addCleanup(served.close)
        return served.start()

    def restart(self, config):
        self.assertEqual(0, self.served.stop())
        self.served = self.start_service(config)

    def command(self, *arguments, worker="/bin/false", spool=None):
        return super().command(*arguments, worker=worker, spool=spool)

    def without_sandbox(self):
        self.restart({"sandbox": "off"})
        return ()

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.addCleanup(s.close)
        s.connect(str(self.spool / "door.sock"))
        s.settimeout(PATIENCE)
        return s

    def in_hand(self, count=1):
        """So many messages are with workers."""
        def asked():
            since = len(self.served.log)
            self.served.signal(signal.SIGUSR1)
            state, = self.served.wait_event(harness.STATE, since=since)[:1]
            return state["busy"] == count
        wait_for(asked, f"{count} busy workers", every=0.05)

    def test_it_is_the_service_that_does_it(self):
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        self.served.wait_event(harness.DONE, source="door", verdict="passed")
        self.run_filter(samples.marked("null"))
        self.served.wait_event(harness.FAILED, 2, source="door", verdict="crashed")
        self.assertEqual([], self.served.results())

    def test_what_the_caller_sets_holds_in_the_service(self):
        self.restart({"retry": {"timeout": 0, "memory": 0}, "reports": "none"})
        slow = samples.marked("slow", "600000")
        self.assert_passed_untouched(self.run_filter(slow, "--set", "limits.time=300ms"), slow)
        large = samples.mail_with_tnef(samples.tnef(body="long " * 1000))
        self.assert_passed_untouched(self.run_filter(large, "--set", "limits.output=1KiB"), large)
        died = [report for _, report in self.dead()]
        self.assertEqual([("timed-out-total", 300 + 1000), ("output-limit", 1024)],  # limits.time_per_mib, too
                         [(r["verdict"], r["limits"][k]) for r, k in zip(died, ("time_ms", "output"), strict=True)])
        self.served.wait_event(harness.FAILED, 2, source="door")
        self.assertEqual(OK, self.run_filter(large).code)
        text = self.run_filter(large, "--set", "convert.to=text", "--set", "reports=all")
        self.assertNotIn(b"Content-Type", text.out)
        self.assertEqual(1, len(list((self.spool / "reports").glob("*.json"))))

    def test_its_failures_count_for_the_circuit_breaker(self):
        """They open it, and it closes again though no other mail comes."""
        self.restart({"breaker": {"window": 4, "share": "50%"}})
        for _ in range(4):
            self.assertEqual(0, self.run_filter(samples.marked("null")).code)
        self.served.wait_event(harness.BREAKER_OPEN)
        bad = samples.marked("null")
        self.assert_passed_untouched(self.run_filter(bad), bad)
        self.served.wait_event(harness.BREAKER_CANARY, canary="of the queue", crashed=True)
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        self.served.wait_event(harness.BREAKER_CLOSED)

    def test_the_socket_is_ours_alone(self):
        path = self.spool / "door.sock"
        self.assertEqual(0o600, path.stat().st_mode & 0o777)
        self.assertEqual(0, self.served.stop())
        self.assertFalse(path.exists())
        self.served = self.start_service()
        self.served.kill()
        self.assertTrue(path.exists())
        self.assertEqual(LATER, self.run_filter(samples.mail()).code)
        self.served = self.start_service()
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())

    def test_a_service_killed_midway(self):
        data = samples.marked("slow", "3000")
        for worker, code in ((BUILD / "tests/chaos-worker", OK), ("/bin/false", LATER)):
            with self.subTest(worker=worker):
                process = self.begin(worker=worker)
                process.stdin.write(data)
                process.stdin.close()
                process.stdin = None
                self.in_hand()
                self.served.kill()
                done = self.end(process)
                self.assertEqual((code, data if code == OK else b""), (done.code, done.out),
                                 done.err)
                self.served = self.start_service()

    def test_a_service_stopped_midway_finishes_it(self):
        data = samples.marked("slow", "1500")
        process = self.begin()
        process.stdin.write(data)
        process.stdin.close()
        process.stdin = None
        self.in_hand()
        self.assertEqual(0, self.served.stop())
        self.assert_passed_untouched(self.end(process), data)

    def test_no_worker_in_time(self):
        self.restart({"workers": 1, "limits": {"time": "2s", "silence": "10s"}})
        hangs = [self.begin() for _ in range(3)]
        for process in hangs:
            process.stdin.write(samples.marked("hang"))
            process.stdin.close()
            process.stdin = None
        codes = sorted(self.end(process).code for process in hangs)
        self.assertEqual(OK, codes[0])
        self.assertEqual(LATER, codes[-1])

    def test_spool_and_filter_take_turns(self):
        self.restart({"workers": 1})
        names = [f"m{i}.eml" for i in range(40)]
        for name in names:
            self.served.drop(name, samples.marked("slow", "60", subject=name))
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        self.assertTrue(self.served.queued(), "the spool went first")
        stop = threading.Event()

        def flood():
            while not stop.is_set():
                self.run_filter(samples.marked("slow", "60"))
        floods = [threading.Thread(target=flood) for _ in range(3)]
        for thread in floods:
            thread.start()
        self.served.wait_idle()
        stop.set()
        for thread in floods:
            thread.join()
        self.assertEqual(len(names), len(self.served.results()))

    def test_a_client_that_goes_away(self):
        for action in ("slow", "null"):
            process = self.begin()
            process.stdin.write(samples.marked(action, "1000"))
            process.stdin.close()
            process.stdin = None
            if action == "slow":
                self.in_hand()
            process.kill()
            self.end(process)
        self.in_hand(0)
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        self.assertEqual(0, self.served.stop())

    def ask_door(self, data, *more):
        """What a Convert with these fields ends by: {field: value} of Ended, the files."""
        path = self.root / "asked"
        path.write_bytes(data)
        fd = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        connection = self.connect()
        send(connection, field(1, 1) + field(2, b"".join(more)), fd)
        while True:
            said, fds, _, _ = socket.recv_fds(connection, 1 << 16, 2)
            self.assertTrue(said)
            if said[0] == 2 << 3 | 2:  # Ended
                files = []
                for f in fds:
                    with open(f, "rb") as file:
                        file.seek(0)
                        files.append(file.read())
                return said, files
            self.assertEqual(1 << 3 | 2, said[0], said)  # Begun

    def test_limits_of_a_request(self):
        """They bound the message where they are smaller than the service's, and only there."""
        self.restart({"limits": {"time": "2s", "time_per_mib": "0s", "output": "1MiB"},
                      "retry": {"memory": 0}, "reports": "none"})
        large = samples.marked("output")
        for data, limits, verdict, told in (
                (samples.marked("hang"), field(1, 300), "timed-out-total", ("time_ms", 300)),
                (samples.marked("hang"), field(1, 1 << 62), "timed-out-total", ("time_ms", 2000)),
                (samples.marked("hang"), field(1, 0), "timed-out-total", ("time_ms", 2000)),
                (large, field(2, 70000), "output-limit", ("output", 70000)),
                (large, field(2, 1 << 62), "output-limit", ("output", 1 << 20))):
            said, files = self.ask_door(data, field(3, limits))
            self.assertIn(verdict.encode(), said)
            report = schema.check(json.loads(files[0]), "report")
            self.assertEqual((verdict, told[1]), (report["verdict"], report["limits"][told[0]]))
            self.assertRegex(report["limit"], r"limits\.(time|output) is ")
            if verdict == "timed-out-total":
                self.assertEqual(told[1], report["worker"]["limit_ms"], report)
        said, files = self.ask_door(samples.mail(), field(3, field(1, 1500) + field(2, 500000)))
        self.assertEqual((b"passed" in said, [samples.mail()]), (True, files))

    def test_notes_that_a_request_wants(self):
        self.restart({"reports": "none"})
        self.assertEqual([samples.mail()], self.ask_door(samples.mail())[1])
        _, files = self.ask_door(samples.mail(), field(4, 1))
        self.assertEqual((samples.mail(), 2), (files[0], len(files)))
        self.assertEqual("passed", schema.check(json.loads(files[1]), "report")["verdict"])

    def test_hostile_clients(self):
        request = field(1, 1) + field(2, b"")  # DOOR_VERSION, a Convert
        (self.root / "file").write_bytes(samples.mail())
        read_only = os.open(self.root / "file", os.O_RDONLY)
        opened = [read_only, os.open(self.root / "file", os.O_RDWR),
                  os.open(self.root / "file", os.O_WRONLY), os.open(self.root, os.O_RDONLY),
                  os.open("/dev/zero", os.O_RDONLY), *os.pipe(),
                  os.open(self.root / "file", os.O_PATH)]
        for fd in opened:
            self.addCleanup(os.close, fd)
        before = harness.Process.open_files(self.served.pid)
        cases = [(request, [fd]) for fd in opened[1:]] + [
            (request, []), (request, [read_only] * 2), (request, [read_only] * 20),
            (request[:3], [read_only]), (request + b"x", [read_only]), (b"x" * 60000, []),
            (field(1, 2) + field(2, b""), [read_only]), (field(1, 1) + field(99, b""), [read_only]),
            (field(1, 1) + field(2, field(2, b"nonsense")), [read_only]),
            (field(1, 1) + field(6, field(1, 99)), []), (field(1, 1) + field(7, b""), [read_only]),
            (field(1, 1) + field(7, field(1, b"expire")), [read_only])]
        for data, fds in cases:
            with self.subTest(data=data[:9], fds=fds):
                connection = self.connect()
                send(connection, data, *fds)
                try:
                    said = connection.recv(4096)
                    if said:  # what is wrong, no more (Answer.trouble), and the end
                        self.assertEqual(7 << 3 | 2, said[0], said)
                        said = connection.recv(4096)
                    self.assertEqual(b"", said)
                except ConnectionResetError:
                    pass
        twice = self.connect()
        send(twice, request, read_only)
        send(twice, request, read_only)
        # More than are let in at once, and none of them says a word.
        silent = [self.connect() for _ in range(150)]
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        for connection in [twice, *silent]:
            connection.close()
        # A worker that has served its first message keeps its scratch file.
        most = before + len(self.served.workers())
        wait_for(lambda: harness.Process.open_files(self.served.pid) <= most,
                 "descriptors of hostile clients stay open")
        self.assertTrue(self.served.running())
        self.assertEqual([], self.served.events(harness.CANNOT_START))

    def test_thousands_that_hold_the_door(self):
        """Some connect and say nothing, and again when they are let go; some begin to send a
        message and do not go on; some ask and never read the answer. Who has a mail gets its
        turn within a second, beside what the machine takes without them."""
        alone = self.turns(range(9))
        holders = holding.hold(self.spool / "door.sock")
        self.addCleanup(holders.communicate)
        self.addCleanup(os.killpg, holders.pid, signal.SIGKILL)
        took = self.turns(range(9, 18))
        # By the service, not by a worker of its own because that did not listen.
        self.served.wait_event(harness.DONE, 18, source="door", verdict="passed")
        self.assertLess(statistics.median(took), 1 + 2 * statistics.median(alone), (alone, took))
        self.assertIsNone(holders.poll())
        self.assertEqual([], self.served.events(harness.CANNOT_START))

    def turns(self, numbers):
        """How long each of so many mails takes, one after the other."""
        took = []
        for i in numbers:
            begun = time.monotonic()
            self.assert_passed_untouched(self.run_filter(samples.mail(f"m {i}")),
                                         samples.mail(f"m {i}"))
            took.append(time.monotonic() - begun)
        return took

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_other_users_are_not_let_in(self):
        for folder in (self.root, self.spool):
            folder.chmod(0o755)
        (self.spool / "door.sock").chmod(0o666)
        code = ("import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\n"
                "s.connect(sys.argv[1])\nsys.exit(0 if s.recv(9)==b'' else 1)")
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", code,
             str(self.spool / "door.sock")], check=False, timeout=PATIENCE,
            capture_output=True)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_a_full_disk(self):
        volume = Mounted("8m")
        self.addCleanup(volume.close)
        self.served.stop()
        self.spool = volume.path / "spool"
        self.served = self.start_service({"intake": {"min_free": "1MiB"}})
        self.addCleanup(self.served.close)
        done = self.run_filter(samples.mail("big", body="x" * (6 << 20)))
        self.assertEqual((LATER, b""), (done.code, done.out), done.err)
        self.assert_passed_untouched(self.run_filter(samples.mail()), samples.mail())
        self.served.close()


if __name__ == "__main__":
    unittest.main()
