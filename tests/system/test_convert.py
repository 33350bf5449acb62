"""bulkhead convert: files and folders from a command line, on the same workers."""

import base64
import email.message
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import unittest

import harness
import samples
from harness import BUILD, LONG, PATIENCE, SANITIZE, Process, files_below, wait_for

# The words of the summary, as JSON names them.
CLASSES = {
    "converted": "converted", "passed through": "passed-through", "refused": "refused",
    "crashed": "crashed", "timed out": "timed-out", "out of memory": "out-of-memory",
    "over the output limit": "output-limit",
    "in violation of sandbox or protocol": "violation", "skipped": "skipped",
    "unreadable": "unreadable", "unwritten": "unwritten", "interrupted": "interrupted"}
# What a line of --json may hold; the page tells of the same.
FIELDS = {"input": str, "result": str, "verdict": str, "reason": str, "bytes": int,
          "bytes_out": int, "output": str, "attachments": int, "kept": int, "changed": int,
          "lost": int, "notes": list, "format": str, "sender": str, "subject": str,
          "message_id": str, "elapsed_ms": int}
GOOD = {"input", "result", "verdict", "bytes", "bytes_out", "kept", "changed", "lost", "elapsed_ms"}
SUMMARY = re.compile(r"^bulkhead convert: (\d+) found(?: = (.*))?, in \d+\.\d s$", re.MULTILINE)


def summary_of(text):
    """found, and the classes that are not zero."""
    found, sum_text = SUMMARY.search(text).groups()
    counts = {}
    for part in (sum_text or "").split(" + ") if sum_text else []:
        number, _, words = part.partition(" ")
        counts[CLASSES[words]] = int(number)
    return int(found), counts


class Done:
    """A run that has ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err.decode(errors="replace")

    def lines(self):
        return [json.loads(line) for line in self.out.decode().splitlines()]


class ConvertTest(harness.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-convert."))
        self.addCleanup(self.remove)
        self.source, self.out = self.root / "in", self.root / "out"
        self.source.mkdir()

    def remove(self):
        subprocess.run(["chmod", "-R", "u+rwX", str(self.root)], check=False)
        shutil.rmtree(self.root, ignore_errors=True)

    def config(self, chaos=True, **more):
        values = {"workers": 2}
        if chaos:
            values["worker"] = {"program": str(BUILD / "tests/chaos-worker")}
        path = self.root / "bulkhead.yaml"
        path.write_text(harness.to_yaml(harness.merge(values, more)))
        return path

    def command(self, *arguments, config=None):
        return [str(BUILD / "bulkhead"), "convert", "-c", str(config or self.config()),
                *map(os.fspath, arguments)]

    def environment(self):
        return {k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")}

    def run_it(self, *arguments, config=None, stdin=b"", prefix=(), check=True):
        done = subprocess.run(
            [*prefix, *self.command(*arguments, config=config)], input=stdin,
            capture_output=True, cwd=self.root, timeout=20 * PATIENCE, check=False,
            env=self.environment())
        done = Done(done.returncode, done.stdout, done.stderr)
        if check:
            self.assert_adds_up(done)
        return done

    def assert_adds_up(self, done):
        found, counts = summary_of(done.err)
        self.assertEqual(found, sum(counts.values()), done.err)
        if done.out.endswith(b"}\n") and b'"summary"' in done.out:
            told = done.lines()[-1]["summary"]
            self.assertEqual(told.pop("found"), found)
            told.pop("elapsed_ms")
            self.assertEqual(sorted(told), sorted(CLASSES.values()))
            self.assertEqual({k: v for k, v in told.items() if v}, counts)
            per_line = {}
            for line in done.lines()[:-1]:
                self.assertEqual({k: type(v) for k, v in line.items()},
                                 {k: FIELDS.get(k) for k in line})
                good = line["result"] in ("converted", "passed-through")
                self.assertLessEqual(GOOD if good else {"input", "result", "reason"}, set(line))
                self.assertEqual(good, "reason" not in line)
                per_line[line["result"]] = per_line.get(line["result"], 0) + 1
            self.assertEqual(per_line, counts)

    def assert_counts(self, done, **counts):
        wanted = {k.replace("_", "-"): v for k, v in counts.items()}
        self.assertEqual(summary_of(done.err), (sum(wanted.values()), wanted), done.err)

    def put(self, name, data, folder=None):
        path = os.path.join(os.fsencode(folder or self.source), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def tree(self, folder):
        folder = os.fsencode(folder)
        return sorted(os.path.relpath(p, folder) for p in files_below(folder))

    def contents(self, folder):
        return {name: pathlib.Path(folder, os.fsdecode(name)).read_bytes()
                for name in self.tree(folder)}

    def assert_nothing_half(self, *folders):
        for folder in folders:
            left = [p for p in files_below(folder) if b"/.bulkhead-" in p]
            self.assertEqual(left, [])


class Plain(ConvertTest):
    def test_a_folder_is_mirrored_and_inputs_stay(self):
        self.put("a.tnef", samples.tnef("one"))
        self.put("b.eml", samples.mail("two"))
        self.put("deep/er/c.tnef", samples.tnef("three"))
        self.put("deep/readme", b"no message at all")
        before = self.contents(self.source)
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, converted=2, passed_through=1, refused=1)
        self.assertEqual(done.code, 1)
        self.assertEqual(self.tree(self.out),
                         [b"a.tnef.eml", b"b.eml.eml", b"deep/er/c.tnef.eml"])
        self.assertIn(b"Subject: three", (self.out / "deep/er/c.tnef.eml").read_bytes())
        self.assertEqual((self.out / "b.eml.eml").read_bytes(), samples.mail("two"))
        self.assertIn("deep/readme: refused: of no known format", done.err)
        self.assertEqual(self.contents(self.source), before)

    def test_a_second_run_skips_and_force_does_not(self):
        for i in range(5):
            self.put(f"{i}.tnef", samples.tnef(f"number {i}"))
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=5)
        (self.out / "0.tnef.eml").write_bytes(b"mine")
        (self.out / "1.tnef.eml").unlink()
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, converted=1, skipped=4)
        self.assertEqual(done.code, 0)
        self.assertEqual((self.out / "0.tnef.eml").read_bytes(), b"mine")
        self.assert_counts(self.run_it("--force", "-o", self.out, self.source), converted=5)
        self.assertIn(b"number 0", (self.out / "0.tnef.eml").read_bytes())
        self.assert_nothing_half(self.out)

    def test_results_beside_inputs_are_not_inputs(self):
        for sync in "none", "batch", "each":
            self.put(f"{sync}/a.tnef", samples.tnef())
            self.put(f"{sync}/b/c.tnef", samples.tnef())
            self.put(f"{sync}/lone.eml", samples.mail())
            folder = self.source / sync
            self.assert_counts(self.run_it("--sync", sync, folder), converted=2,
                               passed_through=1)
            self.assertEqual(self.tree(folder), [
                b"a.tnef", b"a.tnef.eml", b"b/c.tnef", b"b/c.tnef.eml", b"lone.eml",
                b"lone.eml.eml"])
            self.assert_counts(self.run_it(folder), skipped=3)
            # The same folder for results, by its name.
            self.assert_counts(self.run_it("-o", folder, folder), skipped=3)

    def test_a_folder_of_results_below_the_inputs_is_left_alone(self):
        self.put("a.tnef", samples.tnef())
        self.put("b", b"nothing")
        for _ in range(2):
            done = self.run_it("-o", self.source / "out", "--dead", self.source / "dead",
                               self.source)
            self.assertEqual(summary_of(done.err)[0], 2)

    def test_one_file(self):
        name = self.put("a.tnef", samples.tnef("single"))
        self.assert_counts(self.run_it(name), converted=1)
        self.assertTrue((self.source / "a.tnef.eml").exists())
        self.assert_counts(self.run_it("-o", self.root / "x.eml", name), converted=1)
        self.assert_counts(self.run_it("-o", self.root / "x.eml", name), skipped=1)
        self.assert_counts(self.run_it("-o", str(self.root / "new") + "/", name), converted=1)
        self.assertTrue((self.root / "new/a.tnef.eml").exists())
        done = self.run_it("-o", "-", name, check=False)
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertEqual(done.out, (self.root / "x.eml").read_bytes())

    def test_no_result_replaces_an_input(self):
        mail = samples.mail_with_tnef(samples.tnef())
        name = self.put("a.eml", mail)
        before = os.stat(name)
        for arguments in (("-o", name, name), ("-o", self.source / "./a.eml", name)):
            self.assert_counts(self.run_it(*arguments), skipped=1)
            done = self.run_it("--force", *arguments)
            self.assert_counts(done, unwritten=1)
            self.assertIn("a.eml: unwritten: its result would replace an input", done.err)
        # Another path's: in the folder for results.
        other = self.put("sub/a", mail)
        done = self.run_it("--force", "-o", self.source, other, name)
        self.assert_counts(done, unwritten=1, converted=1)
        self.assertEqual((before.st_ino, before.st_mtime_ns),
                         (os.stat(name).st_ino, os.stat(name).st_mtime_ns))
        # What lies beside its input is its result, as in a folder: also when a shell names it.
        for arguments, counts in (((), {"converted": 1}),
                                  (("--force",), {"converted": 1, "skipped": 1}),
                                  ((), {"skipped": 2})):
            done = self.run_it(*arguments, *sorted((self.source / "sub").iterdir()))
            self.assert_counts(done, **counts)
        self.assertEqual(self.tree(self.source / "sub"), [b"a", b"a.eml"])

    def test_errors_name_the_limit(self):
        self.put("large.eml", samples.mail(body="x" * 2000))
        done = self.run_it("-o", self.out, self.source,
                           config=self.config(limits={"input": "1KiB"}))
        self.assertIn("large.eml: refused: is larger than limits.input allows, 1KiB", done.err)
        for action, verdict, limit in (
                ("hang", "timed-out: made its converter silent for too long", "silence is 1s"),
                ("output", "output-limit: gave an output over its limit", "output is 2MiB"),
                ("memory", "out-of-memory: made its converter run out of memory",
                 "memory is 64MiB")):
            if SANITIZE and action == "memory":
                continue
            name = self.put(f"{action}.eml", samples.marked(action))
            done = self.run_it("-o", self.out, name, config=self.config(**Trouble.LIMITS))
            self.assertIn(f"{action}.eml: {verdict}: limits.{limit}\n", done.err)

    def test_standard_input(self):
        done = self.run_it("-", stdin=samples.tnef("piped"), check=False)
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertIn(b"Subject: piped", done.out)
        self.assert_counts(self.run_it("-o", self.root / "x.eml", "-",
                                       stdin=samples.tnef("piped")), converted=1)
        self.assertEqual((self.root / "x.eml").read_bytes(), done.out)
        done = self.run_it("-", stdin=b"nonsense")
        self.assert_counts(done, refused=1)
        self.assertEqual((done.code, done.out), (1, b""))
        done = self.run_it("-", stdin=samples.mail(body="x" * 5000),
                           config=self.config(limits={"input": "1KiB"}))
        self.assertIn("larger than limits.input", done.err)

    def test_several_paths_keep_their_names(self):
        for folder in "one", "two":
            self.put(f"{folder}/same.tnef", samples.tnef(folder))
        done = self.run_it("-o", self.out, self.source / "one", str(self.source / "two") + "/")
        self.assert_counts(done, converted=2)
        self.assertEqual(self.tree(self.out), [b"one/same.tnef.eml", b"two/same.tnef.eml"])
        done = self.run_it("-o", self.out, self.source / "one/same.tnef",
                           self.source / "two/same.tnef", check=False)
        self.assertEqual(done.code, 2)
        self.assertIn("their results would meet", done.err)

    def test_one_file_by_two_names(self):
        name = self.put("a.tnef", samples.tnef())
        os.link(name, self.source / "b.tnef")
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, converted=2)
        for arguments in ((name, name), (self.source, name)):
            done = self.run_it(*arguments)
            self.assertEqual((done.code, summary_of(done.err)[1].get("unwritten")), (0, None))
        self.assertEqual(self.tree(self.source),
                         [b"a.tnef", b"a.tnef.eml", b"b.tnef", b"b.tnef.eml"])

    def test_odd_names(self):
        longest = b"x" * 250 + b".tnef"
        names = [b"with\nnewline.tnef", b"latin-\xe9.tnef", b"\xff\xfe", longest,
                 b"y" * 249 + "€.t".encode(), b"-o", b"..hidden", b" ", b"quote\"\\.tnef",
                 b"\x1b[31mred.tnef"]
        for name in names:
            self.put(name, samples.tnef("odd"))
        self.put(longest[:-1] + b"g", samples.tnef("its neighbour"))
        names.append(longest[:-1] + b"g")
        done = self.run_it("--json", "-o", self.out, self.source)
        self.assert_counts(done, converted=len(names))
        results = self.tree(self.out)
        self.assertEqual(len(results), len(names))
        for name in names:
            if len(name) <= 251:
                self.assertIn(name + b".eml", results)
        self.assertTrue(all(len(os.path.basename(n)) <= 255 for n in results))
        self.assertNotIn("\x1b", done.err)
        self.assert_counts(self.run_it("-o", self.out, self.source), skipped=len(names))
        self.assert_counts(self.run_it(self.source), converted=len(names))
        self.assert_counts(self.run_it(self.source), skipped=len(names))

    def test_what_cannot_be_read_is_named(self):
        self.put("fine.tnef", samples.tnef())
        os.symlink("fine.tnef", self.source / "link")
        os.mkfifo(self.source / "pipe")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(self.source / "socket"))
        # Named alone they do not block, nor do they get another reason.
        for name in "pipe", "socket":
            done = self.run_it("-o", self.out, self.source / name)
            self.assertIn(f"{name}: unreadable: not a regular file", done.err)
        done = self.run_it("--json", "-o", self.out, self.source, self.root / "missing")
        self.assert_counts(done, converted=1, unreadable=4)
        self.assertEqual(done.code, 1)
        why = {os.path.basename(x["input"]): x["reason"] for x in done.lines()[:-1]
               if "reason" in x}
        self.assertEqual(why, {"link": "a symbolic link", "pipe": "not a regular file",
                               "socket": "not a regular file",
                               "missing": "No such file or directory"})
        # A link that was named is followed.
        self.assert_counts(self.run_it("-o", self.out, self.source / "link"), converted=1)

    def test_a_file_that_changes_while_it_is_read(self):
        self.put("grows.eml", samples.marked("slow", "1000"))
        self.put("stays.eml", samples.marked("slow", "1000"))
        run = subprocess.Popen(
            self.command("--json", "-o", self.out, self.source), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(lambda: run.poll() is None and run.kill())
        wait_for(lambda: sum(map(Interrupted.is_busy, Process.children(run.pid))) == 2,
                 "workers at work")
        with open(self.source / "grows.eml", "ab") as f:
            f.write(b"more\r\n")
        out, err = run.communicate(timeout=PATIENCE)
        done = Done(run.returncode, out, err)
        self.assert_adds_up(done)
        self.assert_counts(done, passed_through=1, unreadable=1)
        self.assertIn("grows.eml: unreadable: changed while it was read", done.err)
        self.assert_counts(self.run_it("-o", self.out, self.source), passed_through=1, skipped=1)

    def test_a_deep_tree(self):
        deep = os.fsencode(self.source)
        here = os.open(deep, os.O_RDONLY)
        for level in range(140):
            os.mkdir(b"d" * 100, dir_fd=here)
            below = os.open(b"d" * 100, os.O_RDONLY, dir_fd=here)
            if level in (0, 60, 120):
                fd = os.open(b"m.tnef", os.O_WRONLY | os.O_CREAT, dir_fd=below)
                os.write(fd, samples.tnef(f"level {level}"))
                os.close(fd)
            os.close(here)
            here = below
        os.close(here)
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, converted=3, unreadable=1)
        self.assertIn("nested too deep", done.err)

    def test_usage(self):
        self.put("a", b"")
        for arguments, words in (
                ((), "PATH...: is missing"),
                (("--sync", "often", self.source), "--sync is none, batch or each"),
                (("--to", "cuneiform", self.source), "no such target"),
                (("-o", "-", self.source), "takes the result of one file"),
                (("-", self.source), "stands alone"),
                (("--json", "-"), "standard output is taken"),
                (("--to", "text", "--attachments", "x", self.source), "goes with --to json only"),
                (("-o", "y", "--attachments", "x", self.source), "stands for -o"),
                (("--to", "attachments", self.source), "no such target"),
                (("--spool", "x", self.source), "unknown option")):
            done = self.run_it(*arguments, check=False)
            self.assertEqual(done.code, 2, arguments)
            self.assertIn(words, done.err)
        done = self.run_it(self.source, config=self.config(chaos=False, worker={"program": "/bin/false"}))
        self.assertEqual(done.code, 70)
        self.assertIn("no worker would start", done.err)


class Page(ConvertTest):
    def test_tells_of_each_field_and_class(self):
        page = (harness.SOURCE / "deploy/bulkhead-convert.1").read_text()
        part = page[page.index(".Ss JSON"):page.index(".Sh ENVIRONMENT")]
        words = set(re.findall(r"[a-z_-]+", part))
        self.assertLessEqual(set(FIELDS) | set(CLASSES.values()), words)
        told = page[page.index(".Ss What is told"):page.index(".Ss JSON")]
        total = re.search(r"found = ([^.]*)\.", told).group(1)
        self.assertEqual(re.split(r" \+ ", " ".join(total.split())), list(CLASSES))


class Trouble(ConvertTest):
    LIMITS = {"limits": {"silence": "1s", "memory": "64MiB", "output": "2MiB"},
              "retry": {"delay": "10ms"}}

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
                           config=self.config(**self.LIMITS))
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
                           config=self.config(**self.LIMITS))
        self.assertEqual(summary_of(done.err)[1]["skipped"], 20)
        self.assertEqual(len(self.tree(dead)), 2 * (len(kinds) + 1))
        self.assert_nothing_half(self.out, dead)

    def test_an_output_that_is_kept_open_is_no_result(self):
        self.put("keep.eml", samples.marked("keep-output"))
        done = self.run_it("-o", self.out, self.source, config=self.config(sandbox="off"))
        self.assert_counts(done, violation=1)
        self.assertIn("kept the output open", done.err)
        self.assertEqual(self.tree(self.out), [])

    @unittest.skipIf(os.getuid() == 0 and not shutil.which("setpriv"), "needs setpriv")
    def test_what_may_not_be_read_or_written(self):
        self.put("a.tnef", samples.tnef())
        os.chmod(self.put("secret.tnef", samples.tnef()), 0)
        self.out.mkdir()
        os.chmod(self.out, 0o555)
        for path in self.root, self.source:
            os.chmod(path, 0o755)
        prefix = ()
        if os.getuid() == 0:
            prefix = ("setpriv", "--reuid=65534", "--clear-groups", "--")
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
                             (self.source / os.fsdecode(name)[:-4]).stat().st_size)
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
        run = self.begin("--json", action="hang", limits={"silence": "10m", "time": "10m"})
        workers = wait_for(lambda: [p for p in Process.children(run.pid)
                                    if self.is_busy(p)], "workers at work")
        run.send_signal(signal.SIGINT)
        time.sleep(0.1)
        self.assertIsNone(run.poll(), "once waits for what is in hand")
        run.send_signal(signal.SIGINT)
        began = time.monotonic()
        done = self.finish(run)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(done.code, 130)
        self.assertEqual(list(summary_of(done.err)[1]), ["interrupted"])
        self.assertFalse([p for p in workers if harness.alive(p)])
        self.assertEqual(self.tree(self.out), [])

    @staticmethod
    def is_busy(pid):
        try:
            return any(os.readlink(f"/proc/{pid}/fd/{fd}").endswith(".eml")
                       for fd in os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return False


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


class Targets(ConvertTest):
    def test_text(self):
        self.put("a.tnef", samples.tnef("Words", "Gr\u00fc\u00dfe\r\n", [("a.txt", b"12345")]))
        self.put("evil.tnef", samples.tnef("\x1b]0;title\x07", "a\x1b[31mb\r\n"))
        self.assert_counts(self.run_it("--to", "text", "-o", self.out, self.source), converted=2)
        text = (self.out / "a.tnef.txt").read_text("utf-8")
        self.assertIn("From: Ann <", text)
        self.assertIn("Subject: Words\n", text)
        self.assertIn("\nGr\u00fc\u00dfe\n", text)
        self.assertIn("  1. a.txt (5 bytes)\n", text)
        self.assertNotRegex((self.out / "evil.tnef.txt").read_bytes(), rb"[\x00-\x08\x0b-\x1f\x7f]")

    def test_json_of_every_sample(self):
        corpus = harness.SOURCE / "tests/corpus"
        done = self.run_it("--json", "--to", "json", "-o", self.out, corpus / "tnef",
                           corpus / "damaged")
        results = files_below(self.out)
        self.assertEqual(len(results), summary_of(done.err)[1]["converted"])
        for path in results:
            value = json.loads(pathlib.Path(os.fsdecode(path)).read_bytes().decode("utf-8"))
            self.assertTrue({"class", "subject", "properties", "recipients", "attachments",
                             "body", "notes"} <= set(value), path)
        self.assertGreater(len(results), 60)

    def test_json_holds_the_attachments(self):
        data = bytes(range(256)) * 5 + b"x"
        self.put("a.tnef", samples.tnef("Whole", "Body.\r\n", [("a.bin", data), ("empty", b"")]))
        self.assert_counts(self.run_it("--to", "json", "-o", self.out, self.source), converted=1)
        value = json.loads((self.out / "a.tnef.json").read_bytes())
        self.assertEqual(value["subject"], "Whole")
        self.assertEqual(value["body"], {"text": "Body.\r\n"})
        self.assertEqual([(a["name"], a["size"], base64.b64decode(a["data"]))
                          for a in value["attachments"]],
                         [("a.bin", len(data), data), ("empty", 0, b"")])
        tags = {p["name"]: p["value"] for p in value["properties"]}
        self.assertEqual(tags["PidTagSubject"], "Whole")
        dumped = subprocess.run(
            [BUILD / "bulkhead", "dump", "--json", self.source / "a.tnef"],
            capture_output=True, check=True, env=self.environment())
        self.assertEqual(json.loads(dumped.stdout), value)

    HOSTILE = ["../../escaped", "/tmp/bulkhead-absolute", "C:\\Windows\\x.ini", "..", ".",
               ".hidden", "CON", "a.txt", "a.txt", "a.txt", "x" * 400 + ".txt", "y\x1b[31m.txt",
               "dir/", "nl\n.txt", " ", "A.TXT", "a~2.txt"]

    def test_attachments_have_safe_names(self):
        files = [(name, f"number {i}".encode()) for i, name in enumerate(self.HOSTILE)]
        self.put("deep/mail.tnef", samples.tnef("Files", attachments=files))
        self.put("none.tnef", samples.tnef("None"))
        before = set(files_below(self.source))
        done = self.run_it("--json", "--attachments", self.out, self.source)
        self.assert_counts(done, converted=2)
        found = self.contents(self.out)
        self.assertEqual({os.path.dirname(n) for n in found}, {b"deep/mail.tnef"})
        self.assertEqual(sorted(found.values()), sorted(data for _, data in files))
        names = {os.path.basename(n).decode("utf-8") for n in found}
        self.assertLessEqual({"escaped", "bulkhead-absolute", "x.ini", "hidden", "_CON",
                              "a.txt", "A.TXT"}, names)
        for name in names:
            self.assertNotRegex(name, r"^[.]|[\x00-\x1f/\\:]")
            self.assertLessEqual(len(name), 255)
        self.assertEqual(set(files_below(self.source)), before)
        self.assertFalse(os.path.exists("/tmp/bulkhead-absolute"))
        told = {os.path.basename(x["input"]): x for x in done.lines()[:-1]}
        self.assertEqual(told["mail.tnef"]["attachments"], len(files))
        self.assertNotIn("output", told["none.tnef"])
        self.assert_nothing_half(self.out)

    def test_attachments_never_overwrite(self):
        name = self.put("mail.tnef", samples.tnef(attachments=[("a.txt", b"new")]))
        (self.out / "mail.tnef").mkdir(parents=True)
        (self.out / "mail.tnef/a.txt").write_bytes(b"old")
        self.assert_counts(self.run_it("--attachments", self.out, name), skipped=1)
        self.assert_counts(self.run_it("--force", "--attachments", self.out, name), converted=1)
        self.assertEqual(self.contents(self.out),
                         {b"mail.tnef/a.txt": b"old", b"mail~2.tnef/a.txt": b"new"})
        # Links that wait where results go lead nowhere.
        elsewhere = self.root / "elsewhere"
        elsewhere.mkdir()
        trap = self.root / "trap"
        trap.mkdir()
        os.symlink(elsewhere, trap / "mail.tnef")
        self.put("sub/mail.tnef", samples.tnef(attachments=[("a.txt", b"new")]))
        os.symlink(elsewhere, trap / "sub")
        done = self.run_it("--attachments", trap, self.source)
        self.assert_counts(done, skipped=1, unwritten=1)
        self.assertEqual(self.tree(elsewhere), [])

    def test_attachments_beside_their_message(self):
        name = self.put("mail.tnef", samples.tnef(attachments=[("a.txt", b"1")]))
        self.put("mail.tnef.files.txt", b"nothing")
        self.put("sub/b.tnef", samples.tnef(attachments=[("c.tnef", samples.tnef())]))
        want = {b"mail.tnef.files/a.txt": b"1", b"sub/b.tnef.files/c.tnef": samples.tnef()}
        before = self.contents(self.source)
        self.assert_counts(self.run_it("--attachments", self.source, name), converted=1)
        self.assert_counts(self.run_it("--attachments", self.source, self.source),
                           converted=1, skipped=1, refused=1)
        self.assertEqual(self.contents(self.source), {**before, **want})
        self.assert_counts(self.run_it("--attachments", self.source, self.source),
                           skipped=2, refused=1)

    def test_a_message_as_an_attachment_is_a_mail(self):
        self.assert_counts(
            self.run_it("--attachments", self.out,
                        harness.SOURCE / "tests/corpus/tnef/embedded-message.tnef"), converted=1)
        mail = (self.out / "embedded-message.tnef/the forwarded one.eml").read_bytes()
        self.assertRegex(mail, rb"(?m)^Subject: ")
        self.assertRegex(mail, rb"(?m)^MIME-Version: 1.0\r$")

    def test_json_names_the_files_beside_it(self):
        names = ["a.txt", "A/b\\c: d.txt", "a.txt", "message.json", "", "..", "con.txt", "\u65e5.txt",
                 "x" * 300 + ".pdf", "\u202egnp.exe", "a.txt~2", "tab\there", "end. ."]
        inner = email.message.EmailMessage()
        inner["Subject"] = "inner"
        inner.set_content("hello")
        inner.add_attachment(b"inside", "application", "x-a", filename="a.txt")
        outer = email.message.EmailMessage()
        outer["From"] = "a@example.org"
        outer.set_content("text")
        for i, name in enumerate(names):
            outer.add_attachment(b"%d" % i, "application", "x-a", filename=name)
        outer.add_attachment(inner)
        self.put("a.eml", outer.as_bytes())
        done = self.run_it("--to", "json", "--attachments", self.out, "--json", self.source)
        self.assert_counts(done, converted=1)
        self.assertEqual(done.lines()[0]["attachments"], len(names) + 1)
        found = self.contents(self.out / "a.eml")
        told = json.loads(found.pop(b"message.json"))
        within = told["attachments"].pop()["message"]["attachments"]
        data = {os.fsencode(a["file"]): b"%d" % i for i, a in enumerate(told["attachments"])}
        data[os.fsencode(within[0]["file"])] = b"inside"
        self.assertEqual(found, data)
        self.assertFalse(any("data" in a for a in told["attachments"]))

    def test_mails_have_attachments_too(self):
        """A mail's own, a mail in it as it is, and what a winmail.dat in it holds."""
        inner = b"From: c@example.org\nSubject:   inner\nX-Odd:\tfield\n\nhello\n"
        stream = samples.tnef(attachments=[("x.bin", b"\0\1")])
        self.put("a.eml", b"\n".join((
            b"From: a@example.org", b"Subject: x", b"MIME-Version: 1.0",
            b'Content-Type: multipart/mixed; boundary="b"', b"", b"--b", b"", b"text", b"--b",
            b"Content-Type: message/rfc822", b"", inner, b"--b",
            b"Content-Type: application/ms-tnef; name=winmail.dat",
            b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(stream), b"--b",
            b"Content-Type: text/plain; charset=utf-8",
            b"Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt", b"", b"file",
            b"--b--", b"")))
        self.assert_counts(self.run_it("--attachments", self.out, self.source), converted=1)
        self.assertEqual(self.contents(self.out), {
            b"a.eml/inner.eml": inner, b"a.eml/x.bin": b"\0\1",
            "a.eml/\u00fc.txt".encode(): b"file"})


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
