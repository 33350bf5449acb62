# SPDX-License-Identifier: ISC
"""What a dead letter's report tells of a crash: where it was, and which bug it is."""

import collections
import pathlib
import random
import resource
import shutil
import struct
import subprocess
import tempfile
import time
import unittest

import harness
import samples
from harness import BUILD, SANITIZE, TestCase, wait_for

LIMITS = {"limits": {"time": "120s", "time_per_mib": "0s", "silence": "1s", "cpu": "60s"},
          "retry": {"crash": 0, "timeout": 0}}


@unittest.skipIf(SANITIZE, "the sanitizers' own frames are in the way")
class Report(TestCase):
    maxDiff = None

    def worker_of(self, service, action, argument="", name=None, **more):
        name = name or f"{action}{argument}.eml"
        service.drop(name, samples.marked(action, argument, **more))
        _, report = service.wait_letter(name)
        return report["worker"]

    def functions(self, worker):
        self.assertNotIn("frames_missing", worker)
        return [f.get("function", "").partition("+")[0] for f in worker["frames"]]

    # What a dead letter's report tells, and how each looks.
    COMPLETE = {
        "id": r"[0-9a-f]{16}", "folder": r"sub", "file": r"whole\.dat", "verdict": r"crashed",
        "text": r".+", "format": r"tnef", "sender": r".*ann@example\.org.*",
        "subject": r"BULKHEAD-CHAOS: null", "message_class": r"IPM\..+", "bytes": r"[1-9]\d*",
        "charges.crash": r"1", "charges.timeout": r"0", "charges.memory": r"0",
        "charges.kills": r"0", "started": r"\d{4}-.*Z", "ended": r"\d{4}-.*Z",
        "elapsed_ms": r"\d+", "cpu_ms": r"\d+", "ndr_code": r"012",
        "worker.worker": r"[1-9]\d*", "worker.pid": r"[1-9]\d*", "worker.served_before": r"\d+",
        "worker.build": r"[0-9a-f]{40}", "worker.ending": r"signal 11 \(SIGSEGV\)",
        "worker.signal": r"11", "worker.signal_name": r"SIGSEGV", "worker.signal_code": r"1",
        "worker.fault_address": r"0x0", "worker.program_counter": r"0x[0-9a-f]+",
        "worker.module": r"chaos-worker", "worker.module_offset": r"0x[0-9a-f]+",
        "worker.build_id": r"[0-9a-f]{40}", "worker.core": r"not written: .+",
        "worker.signature": r"[0-9a-f]{12}", "worker.cpu_ms": r"\d+",
        "worker.peak_resident_bytes": r"[1-9]\d*", "worker.stderr": r"",
        "worker.breadcrumbs.-1.format": r"tnef", "worker.breadcrumbs.-1.tag": r"0x[0-9a-f]+",
        "worker.breadcrumbs.-1.offset": r"[1-9]\d*", "worker.breadcrumbs.-1.depth": r"0",
        "worker.breadcrumbs.-1.part": r"0", "worker.frames.0.module": r"chaos-worker",
        "worker.frames.0.build_id": r"[0-9a-f]{40}", "worker.frames.0.offset": r"0x[0-9a-f]+",
        "worker.frames.0.function": r"act_null\+0x[0-9a-f]+",
        "worker.frames.0.source": r".*chaos\.c:\d+",
        "limits.time_ms": r"120000", "limits.time_per_mib_ms": r"0", "limits.silence_ms": r"1000",
        "limits.cpu_ms": r"60000", "limits.memory": r"[1-9]\d*", "limits.output": r"[1-9]\d*",
    }

    def test_everything_is_told(self):
        service = self.service(LIMITS)
        service.drop("whole.dat", samples.tnef("BULKHEAD-CHAOS: null"), sub="sub")
        _, report = service.wait_letter("whole.dat")
        for path, form in self.COMPLETE.items():
            value = report
            for step in path.split("."):
                value = value[int(step)] if isinstance(value, list) else value.get(step)
            self.assertRegex(str(value), rf"^{form}$", path)

    def test_another_build_is_another_family(self):
        """Offsets of one build say nothing of another's."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, folder)
        first = self.worker_of(self.service(LIMITS), "exit", "3")
        program = (BUILD / "tests/chaos-worker").read_bytes()
        build = bytes.fromhex(first["build"])
        self.assertEqual(1, program.count(build))
        worker = folder / "chaos-worker"
        worker.write_bytes(program.replace(build, build[::-1]))
        worker.chmod(0o755)
        service = self.service(harness.merge(LIMITS, {"worker": {"program": str(worker)}}))
        other = self.worker_of(service, "exit", "3")
        self.assertEqual(build[::-1].hex(), other["build"])
        self.assertNotEqual(first["signature"], other["signature"])

    def test_frames_of_a_crash(self):
        service = self.service(LIMITS)
        worker = self.worker_of(service, "null")
        functions = self.functions(worker)
        self.assertEqual("act_null", functions[0], worker["frames"])
        self.assertLess(functions.index("job_serve"), functions.index("worker_run"))
        top = worker["frames"][0]
        self.assertEqual("chaos-worker", top["module"])
        self.assertRegex(top["build_id"], r"^[0-9a-f]{40}$")
        self.assertEqual(worker["module_offset"], top["offset"])
        self.assertRegex(top["source"], r"chaos\.c:\d+$")
        self.assertNotIn("stack", worker)
        self.assertNotIn("registers", worker)
        self.assertIn("not written", worker["core"])

    def test_frames_through_libraries(self):
        """abort: the C library's frames are there and are not what names the bug."""
        service = self.service(LIMITS)
        worker = self.worker_of(service, "abort")
        modules = [f.get("module", "") for f in worker["frames"]]
        self.assertTrue(modules[0].startswith("libc"), modules)
        self.assertIn("act_abort", self.functions(worker))

    def test_overflown_stack(self):
        service = self.service(LIMITS)
        worker = self.worker_of(service, "overflow")
        functions = self.functions(worker)
        self.assertGreater(functions.count("deeper"), 10, functions)
        self.assertLessEqual(len(functions), 64)

    def test_call_to_where_no_code_is(self):
        service = self.service(LIMITS)
        worker = self.worker_of(service, "wild")
        functions = self.functions(worker)
        self.assertNotIn("module", worker["frames"][0])
        self.assertEqual("act_wild", functions[1], worker["frames"])
        self.assertIn("worker_run", functions)

    def test_signature_is_of_the_bug(self):
        """Two messages that hit one bug share it; two bugs in one function do not."""
        service = self.service(LIMITS)
        one = self.worker_of(service, "nulls", "1", body="first\r\n")
        same = self.worker_of(service, "nulls", "1", name="same.eml", subject="another",
                              sender="eve@example.net", body="x" * 9000 + "\r\n")
        other = self.worker_of(service, "nulls", "2")
        self.assertEqual("act_nulls", self.functions(one)[0])
        self.assertEqual("act_nulls", self.functions(other)[0])
        self.assertEqual(one["signature"], same["signature"])
        self.assertNotEqual(one["signature"], other["signature"])
        self.assertRegex(one["signature"], r"^[0-9a-f]{12}$")

    def test_signature_outlives_the_service(self):
        """Another process, other addresses: the same bug."""
        first = self.service(LIMITS)
        one = self.worker_of(first, "nulls", "2")
        again = self.worker_of(self.service(LIMITS), "nulls", "2")
        self.assertNotEqual(one["program_counter"], again["program_counter"])
        self.assertEqual(one["signature"], again["signature"])

    def test_hang_is_in_a_decoder(self):
        """The decoder's own functions and the record that it was at."""
        service = self.service(LIMITS)
        service.drop("tnef.dat", samples.tnef("BULKHEAD-CHAOS: hang"))
        service.drop("mime.eml", samples.marked("spin"))
        for name, within, format_name in (("tnef.dat", "tnef_read", "tnef"),
                                          ("mime.eml", "splice_mail", "mime")):
            _, report = service.wait_letter(name)
            self.assertEqual("timed-out-silence", report["verdict"])
            self.assertIn(within, self.functions(report["worker"]))
            self.assertEqual(format_name, report["worker"]["breadcrumbs"][-1]["format"])

    def test_hang_is_asked_where_it_is(self):
        service = self.service(LIMITS)
        worker = self.worker_of(service, "hang")
        functions = self.functions(worker)
        self.assertIn("act_hang", functions)
        self.assertIn("worker_run", functions)
        self.assertNotIn("signal", worker)
        self.assertEqual("killed by the supervisor: limits.silence", worker["ending"])
        self.assertRegex(worker["program_counter"], r"^0x[0-9a-f]+$")

    def test_loop_is_asked_where_it_is(self):
        service = self.service(harness.merge(LIMITS, {"limits": {"cpu": "1s", "silence": "60s"}}))
        self.assertIn("act_spin", self.functions(self.worker_of(service, "spin")))

    def test_those_who_cannot_answer_are_killed(self):
        """Stopped, or deaf: no frames, and no more than the time to answer is lost."""
        service = self.service(LIMITS)
        for action in ("stop", "deaf"):
            with self.subTest(action):
                worker = self.worker_of(service, action)
                self.assertNotIn("program_counter", worker)
                self.assertNotIn("frames", worker)
                self.assertIn("did not answer", worker["frames_missing"])
                pid = worker["pid"]
                wait_for(lambda: not harness.alive(pid), "its end")

    def test_slot_is_free_while_the_hung_one_answers(self):
        """The hand-over does not wait for the answer, nor for the corpse."""
        service = self.service(harness.merge(LIMITS, {"workers": 1, "spares": 1}))
        service.drop("deaf.eml", samples.marked("deaf"))
        service.wait_event(harness.TAKEN, file="deaf.eml")
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.assertTrue(service.events(harness.WORKER_KILL, limit="silence"))

    def test_signature_of_a_timeout_is_not_the_place(self):
        service = self.service(LIMITS)
        one = self.worker_of(service, "hang")
        other = self.worker_of(service, "hang", name="again.eml")
        self.assertEqual(one["signature"], other["signature"])

    def test_stack_is_kept_when_asked_for(self):
        service = self.service(harness.merge(LIMITS, {"dead": {"stack": "true"}}))
        worker = self.worker_of(service, "null")
        stack = bytes.fromhex(worker["stack"])
        self.assertGreater(len(stack), 256)
        self.assertLessEqual(len(stack), 16 * 1024)
        self.assertIn(worker["stack_pointer"], worker["registers"])

    def stripped(self, keep_debug):
        """The chaos worker as it is installed: without symbols, its .debug file beside it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, folder)
        worker, debug = folder / "chaos-worker", folder / ".debug/chaos-worker.debug"
        debug.parent.mkdir()
        shutil.copy(BUILD / "tests/chaos-worker", worker)
        subprocess.run(["objcopy", "--only-keep-debug", worker, debug], check=True)
        subprocess.run(["objcopy", "--strip-all", f"--add-gnu-debuglink={debug}", worker],
                       check=True)
        if not keep_debug:
            debug.unlink()
        return self.service(harness.merge(LIMITS, {"worker": {"program": str(worker)}}))

    def test_names_come_from_debug_files(self):
        with_names = self.worker_of(self.stripped(True), "null")
        self.assertEqual("act_null", self.functions(with_names)[0])
        self.assertRegex(with_names["frames"][0]["source"], r"chaos\.c:\d+$")
        without = self.worker_of(self.stripped(False), "null")
        self.assertNotIn("function", without["frames"][0])
        places = [[(f.get("build_id"), f.get("offset")) for f in w["frames"]
                   if f.get("module") == "chaos-worker"] for w in (with_names, without)]
        self.assertEqual(*places)
        self.assertEqual(with_names["signature"], without["signature"])

    # Of struct blackbox: where a fault's numbers lie.
    STACK = 16 * 1024
    WORDS = -STACK
    PC, SP, REGISTERS, LENGTH = WORDS - 280, WORDS - 272, WORDS - 264, WORDS - 4

    def crashed_box(self):
        """The black box of a worker that called abort(), as the unwinder gets it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(BUILD / "bulkhead", folder / "bulkhead")
        unwinder, saved = folder / "bulkhead-unwind", folder / "box"
        unwinder.write_text(f"#!/bin/sh\ncat > {saved}\n")
        unwinder.chmod(0o755)
        service = self.service(LIMITS, command=[str(folder / "bulkhead"), "serve"])
        self.worker_of(service, "abort")
        return saved.read_bytes()

    def unwound(self, box):
        """Its end, frames and processor time. Frames have the agreed form."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([BUILD / "bulkhead-unwind"], input=box, capture_output=True,
                              timeout=harness.PATIENCE, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        lines = done.stdout.decode("ascii").splitlines()
        self.assertLessEqual(len(lines), 64)
        for line in lines:
            self.assertRegex(line, r"^(\d+|-) [0-9a-f]+ [!-~]{1,120} [!-~]{1,120}$")
        return done.returncode, lines, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def test_stacks_in_circles(self):
        """Frame pointers that lead back, calls without end, pointers to anywhere."""
        box = self.crashed_box()
        get = lambda at: struct.unpack_from("<Q", box, len(box) + at)[0]
        pc, sp = get(self.PC), get(self.SP)
        length = struct.unpack_from("<I", box, len(box) + self.LENGTH)[0]
        end, frames, _ = self.unwound(box)
        self.assertEqual(0, end)
        self.assertGreater(len(frames), 5)
        self.assertTrue(1000 < length <= self.STACK, length)
        returns = [int(line.split()[1], 16) + 1 for line in frames[1:]]

        def shaped(words, registers=None, sp=sp, pc=pc, length=self.STACK):
            bad = bytearray(box)
            for at, value in ((self.PC, pc), (self.SP, sp)):
                struct.pack_into("<Q", bad, len(bad) + at, value & (2**64 - 1))
            if registers is not None:
                struct.pack_into("<32Q", bad, len(bad) + self.REGISTERS, *[registers & (2**64 - 1)] * 32)
            struct.pack_into("<I", bad, len(bad) + self.LENGTH, length)
            count = self.STACK // 8
            struct.pack_into(f"<{count}Q", bad, len(bad) + self.WORDS,
                             *[words(i) & (2**64 - 1) for i in range(count)])
            return bytes(bad)

        shapes = {"all words the stack itself": shaped(lambda i: sp, sp),
                  "each word its own address": shaped(lambda i: sp + 8 * i, sp),
                  "each word the one before": shaped(lambda i: sp + 8 * max(i - 1, 0), sp + 8),
                  "two frames that are each other's": shaped(
                      lambda i: sp + (16 if i % 4 == 0 else 0) if i % 2 == 0 else returns[0], sp),
                  "pairs of a frame and a return to abort": shaped(
                      lambda i: returns[0] if i % 2 else sp + 8 * i + 16, sp),
                  "a stack at the end of memory": shaped(lambda i: pc, -8, sp=-16),
                  "a stack at 0": shaped(lambda i: pc, 0, sp=0),
                  "a stack that is said to be longer": shaped(lambda i: pc, sp, length=2**32 - 1),
                  "a stack of 7 bytes": shaped(lambda i: pc, sp, length=7),
                  "code at 0": shaped(lambda i: pc, sp, pc=0),
                  "code at the end of memory": shaped(lambda i: -1, -1, pc=-1)}
        for i, back in enumerate(returns):
            shapes[f"frame {i} calls itself"] = shaped(lambda _, back=back: back, sp, pc=back)
        for name, shape in shapes.items():
            with self.subTest(name):
                end, frames, seconds = self.unwound(shape)
                self.assertEqual(0, end, frames)
                self.assertLess(seconds, 2)  # its own limit ends it by a signal

    def test_hostile_stacks(self):
        """Whatever a stack and registers say: frames of the agreed form, and an end."""
        box = self.crashed_box()
        chance, ends = random.Random(1), collections.Counter()
        fault = len(box) - 16 * 1024 - 16 - 32 * 8 - 40  # of struct blackbox
        for i in range(60):
            bad = bytearray(box)
            for _ in range(1 << chance.randrange(10)):
                at = chance.randrange(fault, len(bad))
                words = [chance.randbytes(8), b"\xff" * 8, bytes(8),
                         box[fault + 24:fault + 32], struct.pack("<Q", chance.getrandbits(47))]
                bad[at:at + 8] = chance.choice(words)[:len(bad) - at]
            ends[self.unwound(bytes(bad[:len(box)]))[0]] += 1
        self.assertGreater(ends[0], 50, ends)

    def test_breadcrumbs(self):
        service = self.service(LIMITS)
        crumbs = self.worker_of(service, "null")["breadcrumbs"]
        self.assertTrue(crumbs)
        self.assertEqual({"format", "depth", "part", "tag", "offset"}, set(crumbs[-1]))


@unittest.skipIf(SANITIZE, "the sanitizers' own frames are in the way")
class WithoutUnwinder(TestCase):
    """What reads a hostile stack may be missing, slow, talkative or wrong: the letter comes,
    and says so."""

    def start(self, script, config=None):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copy(BUILD / "bulkhead", folder / "bulkhead")
        if script is not None:
            (folder / "bulkhead-unwind").write_text("#!/bin/sh\n" + script)
            (folder / "bulkhead-unwind").chmod(0o755)
        return self.service(harness.merge(LIMITS, config or {}),
                            command=[str(folder / "bulkhead"), "serve"])

    CASES = [
        ("missing", None, "could not be"),
        ("fails", "exit 3\n", "unwinder failed"),
        ("killed", "kill -9 $$\n", "limits or a fault"),
        ("silent", "exit 0\n", "no answer that makes sense"),
        ("junk", "head -c 5000 /dev/urandom\n", "no answer that makes sense"),
        ("half", "printf '0 12 main -\\n1 zz - -\\n'\n", "no answer that makes sense"),
        ("escape", "printf '0 12 \\033[31m -\\n'\n", "no answer that makes sense"),
        ("module", "printf '100000 12 main -\\n'\n", "no answer that makes sense"),
        ("endless", "yes '0 12 main -'\n", "failed|limits or a fault|too long"),
        ("slow", "exec sleep 3000\n", "took too long"),
    ]

    def test_each(self):
        for name, script, want in self.CASES:
            with self.subTest(name):
                service = self.start(script)
                began = time.monotonic()
                service.drop("bad.eml", samples.marked("null"))
                _, report = service.wait_letter("bad.eml")
                self.assertRegex(report["worker"]["frames_missing"], want)
                self.assertEqual([], report["worker"]["frames"])
                self.assertRegex(report["worker"]["signature"], r"^[0-9a-f]{12}$")
                self.assertLess(time.monotonic() - began, 3000)
                service.drop("good.eml", samples.mail())
                service.wait_result("good.eml")
                self.assertEqual(0, service.stop())

    def burst(self, script):
        """What the letters of 60 messages with one bug say, that come before any is known."""
        service = self.start(script, {"workers": 8})
        for i in range(60):
            service.drop(f"bad{i}.eml", samples.marked("null", subject=f"bad {i}"))
        wait_for(lambda: len(service.letters()) == 60, service.last_words)
        said = [service.report_of(letter)["worker"] for letter in service.letters()]
        self.assertEqual(0, service.stop())
        return said

    def test_a_cold_burst_is_one_group(self):
        said = self.burst(f"sleep 1\nexec {BUILD}/bulkhead-unwind\n")
        self.assertEqual([None] * 60, [worker.get("frames_missing") for worker in said])
        self.assertEqual(1, len({worker["signature"] for worker in said}))
        self.assertTrue(all(worker["frames"] for worker in said))

    def test_a_burst_without_frames_is_one_group(self):
        """The first is waited for in vain, and the others not one after the other."""
        began = time.monotonic()
        said = self.burst("exec sleep 3000\n")
        self.assertEqual(1, len({worker["signature"] for worker in said}))
        self.assertEqual([[]] * 60, [worker["frames"] for worker in said])
        self.assertLess(time.monotonic() - began, 3000)

    def test_good_mail_does_not_wait_for_the_unwinder(self):
        service = self.start("exec sleep 3000\n", {"workers": 1})
        for i in range(8):
            service.drop(f"bad{i}.eml", samples.marked("null"))
        service.wait_event(harness.FAULT)
        began = time.monotonic()
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.assertLess(time.monotonic() - began, 3000)
        wait_for(lambda: len(service.letters()) == 8, "8 letters")


if __name__ == "__main__":
    harness.main()
