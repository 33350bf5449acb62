# SPDX-License-Identifier: ISC
"""What a taken-over worker can do: nothing. Each forbidden thing is tried from inside a real
worker's sandbox, through the service and by the doctor; a missing layer is said."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import harness
import samples
from harness import BUILD, SANITIZE, WORKER_READY, TestCase

DENY = [sys.executable, str(pathlib.Path(__file__).with_name("deny.py"))]

# The system call that the report names; None: answered with EACCES, and the message converts.
PROBES = {
    "open": None, "folder": None, "creat": None, "unlink": "unlink", "proc": None,
    "proc-parent": None, "socket": None, "socketpair": "socketpair", "connect": "connect",
    "send": "sendmsg", "fork": "clone", "clone": "clone", "exec": "execve", "ptrace": "ptrace",
    "read-memory": "process_vm_readv", "kill": "kill", "kill-all": "kill",
    "pidfd": "pidfd_open", "mmap-exec": "mmap", "mprotect-exec": "mprotect",
    "mmap-file": "mmap", "mmap-huge": "mmap", "mmap-locked": "mmap", "mmap-grows": "mmap",
    "mremap-to": "mremap", "poison": "madvise", "offline": "madvise", "merge": "madvise",
    "futex-pi": "futex", "capabilities": "capset", "mount": "mount", "dup": "dup", "limits": "prlimit64", "dumpable": "prctl",
    "ioctl": None, "handler": "rt_sigaction", "setuid": "setuid", "unshare": "unshare",
    "chroot": "chroot", "bpf": "bpf", "io_uring": "io_uring_setup", "userfaultfd": "userfaultfd",
    "keyctl": "keyctl",
}
if os.uname().machine == "aarch64":
    PROBES["unlink"] = "unlinkat"


def doctor(*arguments, prefix=(), **settings):
    flags = [f"--set={key.replace('__', '.')}={value}" for key, value in settings.items()]
    done = subprocess.run([*prefix, str(BUILD / "bulkhead"), "doctor", *flags, *arguments],
                          check=False, capture_output=True, text=True, timeout=harness.PATIENCE)
    return done


@unittest.skipIf(SANITIZE, "sanitizers need what the sandbox forbids")
class Calls(TestCase):
    maxDiff = None

    def test_each_forbidden_call(self):
        """The call's name in report and log, a single attempt, the neighbours go on, and the
        report names the one that the worker served before."""
        service = self.service({"spares": 2})
        for name in PROBES:
            service.drop(f"{name}.eml", samples.marked("call", name))
            service.drop(f"good-{name}.eml", samples.mail(name))
        service.wait_idle()
        names = [f"{p}{n}.eml" for n in PROBES for p in ("", "good-")]
        self.assert_accounted(names, service)
        served = {e["job"] for e in service.events(harness.DONE)}
        got = {}
        for letter in service.letters():
            report = service.report_of(letter)
            self.assertEqual("sandbox-violation", report["verdict"], report)
            self.assertEqual("SIGSYS", report["worker"]["signal_name"])
            if report["worker"]["served_before"]:
                self.assertIn(report["worker"]["message_before"], served)
            else:
                self.assertNotIn("message_before", report["worker"])
            self.assertEqual(1, len(service.events(harness.FAILED, job=report["id"])))
            call = report["worker"]["system_call"]
            self.assertIn(call, report["reason"])
            got[report["file"][:-4]] = call
        self.assertEqual({n: c for n, c in PROBES.items() if c}, got)
        self.assertEqual(set(got.values()), {e["call"] for e in service.events(harness.FAULT)})
        self.assertEqual(len(got), len(service.events(harness.FAULT)))
        self.assertFalse(service.events(harness.RETRY))
        self.assertEqual(0, service.stop())

    def test_call_with_signals_blocked(self):
        """As glibc 2.41's fork does it: the handler that names the call does not run."""
        service = self.service()
        service.drop("bad.eml", samples.marked("blocked-call", "fork"))
        _, report = service.wait_letter("bad.eml")
        self.assertEqual("sandbox-violation", report["verdict"], report)
        self.assertEqual("SIGSYS", report["worker"]["signal_name"])
        self.assertNotIn("system_call", report["worker"])
        self.assertEqual("the converter tried a forbidden system call", report["reason"])

    def test_no_capability_is_left(self):
        """Neither root's nor anybody's worker has one, or could be given one."""
        service = self.service({"workers": 2, "spares": 1})
        ready = service.wait_event(WORKER_READY, 3)  # one that still starts has not dropped its own
        for worker in (e["pid"] for e in ready):
            status = pathlib.Path(f"/proc/{worker}/status").read_text()
            sets = dict(re.findall(r"(Cap\w+):\s*([0-9a-f]+)", status))
            if os.geteuid() != 0:
                del sets["CapBnd"]  # only root may empty it
            self.assertEqual({0}, {int(v, 16) for v in sets.values()}, sets)

    def test_an_order_does_not_stop_the_one_who_gives_it(self):
        """SCHED_BATCH, also of the copies of a zygote; the supervisor stays as it is."""
        service = self.service({"workers": 1, "spares": 1})
        for name in "abcd":  # from the second on they are replaced by copies
            service.drop(f"{name}.eml", samples.marked("null"))
        for name in "abcd":
            service.wait_letter(f"{name}.eml")

        def there():
            ready, ended = ({e["pid"] for e in service.events(n)} for n in (WORKER_READY, harness.WORKER_END))
            return len(ready) > 2 and len(ready - ended) == 2 and ready - ended
        pids = harness.wait_for(there, "a worker and a spare that are replacements")
        self.assertEqual([os.SCHED_BATCH] * 2, [os.sched_getscheduler(pid) for pid in pids])
        self.assertEqual(os.SCHED_OTHER, os.sched_getscheduler(service.pid))

    def test_innocent_after_a_taken_over_worker(self):
        """It may look guilty: the report says who was there before, a retry clears it."""
        service = self.service({"workers": 1, "spares": 0})
        service.drop("before.eml", samples.mail())
        service.wait_result("before.eml")
        before = service.wait_event(harness.DONE)[0]["job"]
        service.drop("next.eml", samples.marked("call", "exec"))
        letter, report = service.wait_letter("next.eml")
        self.assertEqual((1, before), (report["worker"]["served_before"],
                                       report["worker"]["message_before"]))
        shown = subprocess.run(
            [str(BUILD / "bulkhead"), "dead", "show", f"--spool={service.spool}", report["id"]],
            check=True, capture_output=True, text=True).stdout
        self.assertIn(f"1 messages, the last {before}", shown)
        self.assertTrue(os.path.exists(letter))

    def test_libraries_get_along(self):
        """What they look for, a terminal and the time zone, is refused: no end."""
        service = self.service()
        service.drop("look.eml", samples.marked("look-around"))
        service.wait_result("look.eml")
        self.assertFalse(service.events(harness.FAULT))

    def test_worker_takes_no_trial_in_the_service(self):
        """Half a jail is for trials only, and a worker on trial serves nobody."""
        for arguments in (["sandbox=paths"], ["sandbox=none"], ["sandbox="], ["trial"]):
            done = subprocess.run([str(BUILD / "bulkhead-worker"), *arguments], check=False,
                                  capture_output=True)
            self.assertEqual(70, done.returncode, arguments)


class Layers(TestCase):
    def expect(self, mode, denied, ready):
        prefix = [*DENY, denied] if denied else []
        service = self.service({"sandbox": mode}, prefix=prefix, start=False, chaos=False)
        service.drop("good.eml", samples.mail())
        service.start(ready=ready)
        if ready:
            service.wait_result("good.eml")
        else:
            self.assertEqual(70, service.wait_exit())
            self.assert_accounted(["good.eml"], service)
        return service

    @unittest.skipIf(SANITIZE, "no layers there")
    def test_all_layers_are_told_once(self):
        service = self.expect("auto", None, True)
        told = service.events(harness.SANDBOX) + service.events(harness.SANDBOX_PARTIAL)
        self.assertEqual(1, len(told))
        self.assertIn("no_new_privs", told[0]["layers"])
        self.assertIn("seccomp", told[0]["layers"])

    @unittest.skipIf(SANITIZE, "no layers there")
    def test_missing_layer_is_named(self):
        """auto is require, but for what the kernel was built without."""
        for mode, denied, layer in (
                ("require", "seccomp=EPERM", "seccomp"),
                ("require", "seccomp=ENOSYS", "seccomp"),
                ("require", "landlock_create_ruleset=EPERM", "landlock"),
                ("require", "landlock_create_ruleset=ENOSYS", "landlock"),
                ("require", "landlock_create_ruleset=EOPNOTSUPP", "landlock"),
                ("auto", "seccomp=ENOSYS", "seccomp"),
                ("auto", "landlock_create_ruleset=EPERM", "landlock")):
            with self.subTest(f"{mode}, {denied}"):
                service = self.expect(mode, denied, False)
                why = service.events(harness.CANNOT_START)[0]["reason"]
                self.assertIn(f"the sandbox's layer {layer}", why)

    @unittest.skipIf(SANITIZE, "no layers there")
    def test_kernel_without_landlock(self):
        """seccomp forbids the same: the service runs, and says so."""
        service = self.expect("auto", "landlock_create_ruleset=ENOSYS", True)
        told = service.events(harness.SANDBOX_PARTIAL)
        self.assertEqual(["landlock (not in this kernel)"], [e["missing"] for e in told])
        self.assertIn("seccomp", told[0]["layers"])

    @unittest.skipIf(SANITIZE, "no layers there")
    def test_preferred_layer_is_missing(self):
        service = self.expect("prefer", "seccomp=EPERM", True)
        told = service.events(harness.SANDBOX_PARTIAL)
        self.assertEqual(1, len(told))
        self.assertRegex(told[0]["missing"], r"^seccomp \(.+\)$")
        self.assertIn("no_new_privs", told[0]["layers"])

    def test_off(self):
        service = self.expect("off", None, True)
        told = service.events(harness.SANDBOX_PARTIAL)
        self.assertEqual(1, len(told))
        self.assertIn("seccomp (", told[0]["missing"])

    @unittest.skipUnless(SANITIZE, "for the sanitizers' builds")
    def test_sanitizers_say_that_there_is_no_filter(self):
        service = self.expect("auto", None, True)
        told = service.events(harness.SANDBOX_PARTIAL)
        self.assertIn("sanitizers", told[0]["missing"])


@unittest.skipIf(SANITIZE, "no layers there")
class Doctor(TestCase):
    def setUp(self):
        self.spool = self.service(start=False).root

    def rows(self, *arguments, **kwargs):
        done = doctor("--json", f"--spool={self.spool}", *arguments, **kwargs)
        table = json.loads(done.stdout)
        self.assertEqual(done.returncode == 0, table["ok"], done.stderr)
        return done.returncode, table["rows"]

    def test_everything_is_closed(self):
        code, rows = self.rows()
        self.assertEqual([], [r for r in rows if r["state"] == "OPEN"])
        self.assertEqual(0, code)
        tried = [r for r in rows if "without seccomp" in r["text"]]
        self.assertEqual(len(PROBES), len(tried))
        for call in filter(None, PROBES.values()):
            self.assertTrue(any(f"SIGSYS ({call})" in r["text"] for r in tried), call)
        have = {(r["about"], r["what"]) for r in rows}
        for row in (("cgroup", "memory"), ("cgroup", "memory.oom.group"), ("cgroup", "pids.max"),
                    ("spool", "rename"), ("spool", "fsync"), ("spool", "O_TMPFILE"),
                    ("spool", "lease"), ("spool", "free space"), ("host", "HTTP"),
                    ("host", "core_pattern")):
            self.assertIn(row, have)
        self.assertEqual([], os.listdir(self.spool), "nothing is left behind")

    def test_landlock_alone_stops_files(self):
        _, rows = self.rows()
        if not any(r["what"] == "layers in force" and "landlock" in r["text"] for r in rows):
            self.skipTest("a kernel without Landlock")
        below = {r["what"]: r["text"].partition("without seccomp: ")[2] for r in rows}
        for what in ("open a file to read", "open a folder", "create a file",
                     "read /proc/self/maps", "run a program"):
            self.assertEqual("EACCES", below[what], what)

    def test_open_is_said(self):
        code, rows = self.rows(sandbox="off")
        self.assertEqual(1, code)
        opened = {r["what"] for r in rows if r["state"] == "OPEN"}
        self.assertIn("open a file to read", opened)
        self.assertIn("layers missing", opened)

    def test_missing_layer_is_said(self):
        code, rows = self.rows(prefix=[*DENY, "seccomp=EPERM"])
        self.assertEqual(1, code)
        self.assertIn("the sandbox's layer seccomp", rows[0]["text"])

    def test_table(self):
        done = doctor(f"--spool={self.spool}")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ok +sandbox +trace the supervisor +SIGSYS \(ptrace\)")
        missing = doctor("--spool=/nonexistent/spool")
        self.assertIn("it is made at the first start", missing.stdout)


class Fresh(TestCase):
    def test_each_message_has_a_worker_of_its_own(self):
        service = self.service({"fresh": "message", "spares": 2})
        names = [f"m{i}.eml" for i in range(20)]
        for name in names:
            service.drop(name, samples.mail(name))
        service.drop("bad.eml", samples.marked("null"))
        service.wait_idle()
        self.assert_accounted([*names, "bad.eml"], service)
        ended = harness.wait_for(
            lambda: len(service.events(harness.WORKER_END)) >= 20 and
            service.events(harness.WORKER_END), "the workers' ends")
        self.assertEqual({0, 1}, {0} | {e["served"] for e in ended})
        self.assertEqual(0, service.stop())


if __name__ == "__main__":
    harness.main()
