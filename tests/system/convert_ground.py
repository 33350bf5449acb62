# SPDX-License-Identifier: ISC
"""Ground for tests of bulkhead convert: a folder of inputs, a run, a summary that adds up."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import harness
from harness import BUILD, PATIENCE, files_below
from schema import check

# The words of the summary, as JSON names them.
CLASSES = {
    "converted": "converted", "passed through": "passed-through", "refused": "refused",
    "crashed": "crashed", "timed out": "timed-out", "out of memory": "out-of-memory",
    "over the output limit": "output-limit",
    "in violation of sandbox or protocol": "violation", "opened as stores": "opened",
    "skipped": "skipped", "duplicates": "duplicate", "in the way": "in-the-way",
    "to convert": "to-convert",
    "unreadable": "unreadable", "unwritten": "unwritten", "interrupted": "interrupted"}
# What a line of --json may hold; the page tells of the same.
FIELDS = {"version": int, "input": str, "input_bytes": str, "output_bytes": str, "result": str, "verdict": str, "reason": str, "bytes": int,
          "bytes_out": int, "output": str, "attachments": int, "kept": int, "changed": int,
          "lost": int, "notes": list, "format": str, "sender": str, "subject": str,
          "message_id": str, "elapsed_ms": int, "remembered": bool, "item": int, "equals": str,
          "folder": str, "name": str, "name_bytes": str, "folder_bytes": str}
GOOD = {"input", "result", "verdict", "bytes", "bytes_out", "kept", "changed", "lost", "elapsed_ms"}
SUMMARY = re.compile(r"^bulkhead convert: (\d+) found(?: = (.*))?, in \d+\.\d s$", re.MULTILINE)

# So that bad messages end soon.
LIMITS = {"limits": {"silence": "3s", "memory": "64MiB", "output": "2MiB"},
          "retry": {"delay": "10ms"}}


def in_hand(pid):
    """How many messages this run has open: of a worker only root sees that."""
    try:
        names = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
        return sum(name.endswith(".eml") for name in names)
    except OSError:
        return 0


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
    build = BUILD

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
            values["worker"] = {"program": str(self.build / "tests/chaos-worker")}
        path = self.root / "bulkhead.yaml"
        path.write_text(harness.to_yaml(harness.merge(values, more)))
        return path

    def command(self, *arguments, config=None):
        return [str(self.build / "bulkhead"), "convert", "-c", str(config or self.config()),
                *map(os.fspath, arguments)]

    def environment(self):
        return {k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")}

    def run_it(self, *arguments, config=None, stdin=b"", prefix=(), check=True):
        done = subprocess.run(
            [*prefix, *self.command(*arguments, config=config)], input=stdin,
            capture_output=True, cwd=self.root, timeout=PATIENCE, check=False,
            env=self.environment())
        done = Done(done.returncode, done.stdout, done.stderr)
        if check:
            self.assert_adds_up(done)
        return done

    def assert_adds_up(self, done):
        found, counts = summary_of(done.err)
        self.assertEqual(found, sum(counts.values()), done.err)
        if done.out.endswith(b"}\n") and b'"summary"' in done.out:
            told = check(done.lines()[-1], "summary")["summary"]
            self.assertEqual(told.pop("found"), found)
            told.pop("elapsed_ms")
            self.assertEqual(sorted(told), sorted(CLASSES.values()))
            self.assertEqual({k: v for k, v in told.items() if v}, counts)
            per_line = {}
            for line in done.lines()[:-1]:
                check(line, "line")
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
        """Every file below, but for the list of refusals."""
        folder = os.fsencode(folder)
        return sorted(os.path.relpath(p, folder) for p in files_below(folder)
                      if not re.search(rb"/[.]bulkhead-(refused|seen-[^/]*)$", p))

    def contents(self, folder):
        return {name: pathlib.Path(folder, os.fsdecode(name)).read_bytes()
                for name in self.tree(folder)}

    def assert_nothing_half(self, *folders):
        for folder in folders:
            left = [p for p in files_below(folder) if b"/.bulkhead-" in p
                    and not p.endswith(b"/.bulkhead-refused")]
            self.assertEqual(left, [])
