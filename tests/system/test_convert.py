# SPDX-License-Identifier: ISC
"""bulkhead convert: files and folders from a command line, on the same workers."""

import base64
import csv
import email.message
import email.utils
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import unittest

import harness
import samples
from convert_ground import CLASSES, FIELDS, LIMITS, ConvertTest, in_hand, summary_of
from harness import BUILD, PATIENCE, SANITIZE, Process, files_below, wait_for
from preload import SYNC, SYNC_ALL, Preload
from schema import check


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
                         [b"a.tnef.eml", b"b.eml", b"deep/er/c.tnef.eml"])
        self.assertIn(b"Subject: three", (self.out / "deep/er/c.tnef.eml").read_bytes())
        self.assertEqual((self.out / "b.eml").read_bytes(), samples.mail("two"))
        self.assertIn("deep/readme: refused: of no known format", done.err)
        self.assertEqual(self.contents(self.source), before)

    def test_a_second_run_skips_and_force_does_not(self):
        for i in range(5):
            self.put(f"{i}.tnef", samples.tnef(f"number {i}"))
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=5)
        (self.out / "0.tnef.eml").write_bytes(b"mine")
        (self.out / "1.tnef.eml").unlink()
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, converted=1, skipped=3, in_the_way=1)
        self.assertEqual(done.code, 1)
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
                b"a.tnef", b"a.tnef.eml", b"b/c.tnef", b"b/c.tnef.eml", b"lone.converted.eml",
                b"lone.eml"])
            self.assert_counts(self.run_it(folder), skipped=3)
            # The same folder for results, by its name.
            self.assert_counts(self.run_it("-o", folder, folder), skipped=3)

    def test_beside_a_mail_its_result_has_another_name(self):
        """m1.eml does not become m1.eml.eml, and is never replaced."""
        mails = {"m1.eml": samples.mail("one"), "M2.EML": samples.mail_with_tnef(samples.tnef()),
                 "m3.eml": samples.mail("three"), "m3.converted": samples.mail("another's")}
        names = [self.put(name, data) for name, data in mails.items()]
        want = sorted([*map(os.fsencode, mails), b"m1.converted.eml", b"M2.converted.EML",
                       b"m3.eml.eml", b"m3.converted.eml"])
        done = self.run_it("--json", names[0])
        self.assertTrue(json.loads(done.out.splitlines()[0])["output"].endswith("/m1.converted.eml"),
                        done.out)
        self.assert_counts(self.run_it(self.source), converted=1, passed_through=2, skipped=1)
        self.assertEqual(want, self.tree(self.source))
        for arguments, counts in ((names, {"skipped": 4}),
                                  # As a shell's "*" names them: results, too.
                                  (sorted(self.source.iterdir()), {"skipped": 8}),
                                  (["--force", self.source], {"converted": 1, "passed_through": 3})):
            self.assert_counts(self.run_it(*arguments), **counts)
            self.assertEqual(want, self.tree(self.source))
        for name, data in mails.items():
            self.assertEqual(data, (self.source / name).read_bytes())

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
        self.assert_counts(self.run_it("-O", self.root / "x.eml", name), converted=1)
        self.assert_counts(self.run_it("-O", self.root / "x.eml", name), skipped=1)
        self.assert_counts(self.run_it("-o", str(self.root / "new") + "/", name), converted=1)
        self.assertTrue((self.root / "new/a.tnef.eml").exists())
        done = self.run_it("-o", "-", name, check=False)
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertEqual(done.out, (self.root / "x.eml").read_bytes())

    def test_no_result_replaces_an_input(self):
        mail = samples.mail_with_tnef(samples.tnef())
        name = self.put("a.eml", mail)
        before = os.stat(name)
        for arguments in (("-O", name, name), ("-O", self.source / "./a.eml", name)):
            done = self.run_it(*arguments)
            self.assert_counts(done, in_the_way=1)
            self.assertIn("a.eml: in-the-way: its result would have the name of the input", done.err)
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

    def test_output_is_a_folder(self):
        """One file after the other, as a shell's loop gives them."""
        names = [self.put(f"{i}.tnef", samples.tnef(f"number {i}")) for i in range(3)]
        for name in names:
            self.assert_counts(self.run_it("-o", self.out, name), converted=1)
        self.assertEqual(self.tree(self.out), [b"0.tnef.eml", b"1.tnef.eml", b"2.tnef.eml"])

    def test_names_of_mails_and_maildirs_stay(self):
        mail = samples.mail()
        for name in ("m1.eml", "M2.EML", "m3", "m3.eml", "box/cur/1.h:2,RS", "box/new/2.h",
                     "tmp/kept"):
            self.put(name, mail)
        self.put("box/tmp/3.h", b"half")
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, passed_through=7)
        self.assertEqual(self.tree(self.out), sorted([
            b"m1.eml", b"M2.EML", b"m3.eml", b"m3.eml.eml", b"box/cur/1.h:2,RS", b"box/new/2.h",
            b"tmp/kept.eml"]))
        self.assert_counts(self.run_it("-o", self.out, self.source), skipped=7)

    def test_which_files(self):
        now = time.time()
        for name, age in (("a.tnef", 0), ("b.dat", 0), ("sub/c.tnef", 0), ("sub/old.tnef", 9 * 86400),
                          ("skip/d.tnef", 0)):
            os.utime(self.put(name, samples.tnef()), (now - age, now - age))
        for words, want in (
                (("--include", "*.tnef"), {"a", "sub/c", "sub/old", "skip/d"}),
                (("--include", "*.tnef", "--include", "*.dat", "--exclude", "skip/*"),
                 {"a", "b", "sub/c", "sub/old"}),
                (("--include", "sub/*", "--newer", "7d"), {"sub/c"}),
                (("--older", "7d"), {"sub/old"})):
            with self.subTest(words=words):
                done = self.run_it("--dry-run", "--json", "-o", self.out, *words, self.source)
                self.assert_counts(done, to_convert=len(want))
                found = {os.path.relpath(x["input"], self.source).partition(".")[0]
                         for x in done.lines() if "input" in x}
                self.assertEqual(want, found)
                self.assertFalse(self.out.exists(), "a dry run made something")

    def test_files_from(self):
        for place in ("one/same\n.tnef", "two/same\n.tnef", "two/deep/same\n.tnef"):
            self.put(place, samples.tnef())
        done = self.run_it("--files-from", "-", "-0", "-o", self.out,
                           stdin=b"in/one/same\n.tnef\0in/two/same\n.tnef")
        self.assert_counts(done, converted=2)
        self.assertEqual([b"in/one/same\n.tnef.eml", b"in/two/same\n.tnef.eml"],
                         self.tree(self.out))
        # Lines; a folder among them; its place is what the list says.
        self.put("one/plain.tnef", samples.tnef())
        (self.root / "list").write_text("in/one/plain.tnef\n\n./in/two\n")
        done = self.run_it("--files-from", "list", "-o", self.out)
        self.assert_counts(done, converted=2, skipped=1)
        self.assertEqual([b"in/one/plain.tnef.eml", b"in/one/same\n.tnef.eml",
                          b"in/two/deep/same\n.tnef.eml", b"in/two/same\n.tnef.eml"],
                         self.tree(self.out))
        (self.root / "list").write_text("in/../../x\n")
        done = self.run_it("--files-from", "list", "-o", self.out, check=False)
        self.assertEqual((done.code, True), (2, "line 1: a path with" in done.err))

    def test_refusals_are_remembered(self):
        self.put("no", b"nothing")
        path = self.put("yes", b"nothing, too")
        for remembered in (False, True):
            done = self.run_it("--json", "-o", self.out, self.source)
            self.assert_counts(done, refused=2)
            self.assertEqual([remembered] * 2,
                             [x.get("remembered", False) for x in done.lines() if "input" in x])
            self.assertIn("no: refused: of no known format", done.err)
        with open(path, "wb") as f:
            f.write(samples.tnef())
        self.assert_counts(self.run_it("-o", self.out, self.source), refused=1, converted=1)
        done = self.run_it("--force", "--json", "-o", self.out, self.source)
        self.assertFalse([x for x in done.lines() if "remembered" in x])

    def test_results_have_the_dates_of_their_inputs(self):
        name = self.put("a.tnef", samples.tnef())
        os.utime(name, (10 ** 9, 10 ** 9))
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=1)
        self.assertEqual(10 ** 9, (self.out / "a.tnef.eml").stat().st_mtime)
        self.assert_counts(self.run_it("--force", "--mtime", "now", "-o", self.out, self.source),
                           converted=1)
        self.assertGreater((self.out / "a.tnef.eml").stat().st_mtime, 10 ** 9)

    def test_results_have_the_dates_of_their_messages(self):
        corpus = harness.SOURCE / "tests" / "corpus"
        dated, other = b"Date: Sat, 1 Jun 2024 12:00:00 +0000\r\n", b"Date: 1 Feb 70 00:30 +0100\r\n"
        self.assertIn(dated, samples.mail())
        self.put("no-date.eml", samples.mail().replace(dated, b""))
        self.put("mail.eml", samples.mail().replace(dated, other))
        self.put("m.tnef", (corpus / "tnef/plain-text.tnef").read_bytes())
        self.put("m.msg", (corpus / "msg/plain.msg").read_bytes())
        for name in self.source.iterdir():
            os.utime(name, (10 ** 9, 10 ** 9))
        self.assert_counts(self.run_it("--mtime", "message", "-o", self.out, self.source),
                           converted=2, **{"passed-through": 2})
        for name in ("no-date.eml", "mail.eml", "m.tnef.eml", "m.msg.eml"):
            said = email.message_from_bytes((self.out / name).read_bytes())["Date"]
            self.assertEqual(bool(said), name != "no-date.eml", name)
            want = email.utils.parsedate_to_datetime(said).timestamp() if said else 10 ** 9
            self.assertEqual(want, (self.out / name).stat().st_mtime, name)
        self.assert_counts(self.run_it("--mtime", "message", "-o", self.out, self.source),
                           skipped=4)

    def test_summary_quiet_verbose_jobs(self):
        self.put("a.tnef", samples.tnef())
        self.put("sub/no", b"nothing")
        self.put("sub/nor", b"nothing")
        for file in ("sum.json", "sum.csv"):
            self.run_it("--force", "-j", "1", "--summary", self.root / file, "-o", self.out,
                        self.source)
        told = check(json.loads((self.root / "sum.json").read_text()), "summary")
        rows = {(r["result"], r["verdict"], r["folder"]): r["count"] for r in told["rows"]}
        self.assertEqual({("converted", "done", ""): 1, ("refused", "refused", "sub"): 2}, rows)
        self.assertEqual((1, 3), (told["version"], told["summary"]["found"]))
        table = list(csv.DictReader((self.root / "sum.csv").open(newline="")))
        self.assertEqual(["1", "2"], [r["count"] for r in table])
        self.assertIn("of no known format", table[1]["reason"])
        done = self.run_it("--quiet", "-o", self.root / "new", self.source / "a.tnef", check=False)
        self.assertEqual((0, "", b""), (done.code, done.err, done.out))
        done = self.run_it("--verbose", "--force", "-o", self.out, self.source)
        self.assertRegex(done.err, r"a\.tnef: converted: .*/a\.tnef\.eml\n")

    def test_errors_name_the_limit(self):
        self.put("large.eml", samples.mail(body="x" * 2000))
        done = self.run_it("-o", self.out, self.source,
                           config=self.config(limits={"input": "1KiB"}))
        self.assertIn("large.eml: refused: is larger than limits.input allows, 1KiB", done.err)
        for action, verdict, limit in (
                ("hang", "timed-out: made its converter silent for too long",
                 f"silence is {LIMITS['limits']['silence']}"),
                ("output", "output-limit: gave an output over its limit", "output is 2MiB"),
                ("memory", "out-of-memory: made its converter run out of memory",
                 "memory is 64MiB")):
            if SANITIZE and action == "memory":
                continue
            name = self.put(f"{action}.eml", samples.marked(action))
            # On a busy machine the others take their time.
            limits = harness.merge(LIMITS, {} if action == "hang" else
                                   {"limits": {"silence": "60s"}})
            done = self.run_it("-o", self.out, name, config=self.config(**limits))
            self.assertIn(f"{action}.eml: {verdict}: limits.{limit}\n", done.err)

    def test_standard_input(self):
        done = self.run_it("-", stdin=samples.tnef("piped"), check=False)
        self.assertEqual((done.code, done.err), (0, ""))
        self.assertIn(b"Subject: piped", done.out)
        self.assert_counts(self.run_it("-O", self.root / "x.eml", "-",
                                       stdin=samples.tnef("piped")), converted=1)
        self.assertEqual((self.root / "x.eml").read_bytes(), done.out)
        done = self.run_it("-", stdin=b"nonsense")
        self.assert_counts(done, refused=1)
        self.assertEqual((done.code, done.out), (1, b""))
        done = self.run_it("-", stdin=samples.mail(body="x" * 5000),
                           config=self.config(limits={"input": "1KiB"}))
        self.assertIn("larger than limits.input", done.err)

    @unittest.skipIf(SANITIZE, "takes no preload")
    def test_a_stream_waits_for_no_disk(self):
        """What gets no name is not synced, nor is whatever else lies on its disk."""
        preload = Preload(self.root, [self.root], room=1 << 20)
        for arguments, synced in ((["-"], False), (["--sync", "each", "-"], False),
                                  (["-O", self.root / "x.eml", "-"], True)):
            preload.reset(recording=1)
            done = subprocess.run(
                self.command(*arguments), input=samples.tnef("piped"), capture_output=True, check=True,
                cwd=self.root, timeout=PATIENCE,
                env=dict(self.environment(), TMPDIR=str(self.root), **preload.environment()))
            self.assertEqual(synced, not done.stdout)
            kinds = {e.kind for e in preload.record()}
            self.assertTrue(kinds, "nothing was recorded")
            self.assertEqual(synced, bool(kinds & {SYNC, SYNC_ALL}), arguments)

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
        told = [x for x in done.lines() if "input" in x]
        self.assertEqual({os.path.join(os.fsencode(self.source), n) for n in names},
                         {base64.b64decode(x["input_bytes"]) if "input_bytes" in x
                          else os.fsencode(x["input"]) for x in told})
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

    def test_one_small_message_starts_one_worker(self):
        """Two cost more than what a second could help with; two messages have two."""
        one = self.put("one.eml", samples.marked("hang"))
        self.put("two.eml", samples.marked("hang"))
        config = self.config(limits={"silence": "10m", "time": "10m"}, workers=2, spares=2)
        for inputs, messages in (([one], 1), ([self.source], 2)):
            run = subprocess.Popen(self.command("-o", self.out, *inputs, config=config),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(run.communicate, timeout=PATIENCE)
            self.addCleanup(run.kill)
            # All that it ever starts it has started when it has given out what it has.
            wait_for(lambda r=run, n=messages: in_hand(r.pid) == n, "messages in hand")
            children = Process.children(run.pid)
            self.assertEqual(messages == 1, len(children) == 1, children)

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
                (("-O", "x", self.source), "takes the result of one file"),
                (("-O", self.root, self.source / "a"), "a folder: -o puts results into it"),
                (("-o", self.source / "a", self.source), "no folder: -O FILE names"),
                (("-o", "x", "-"), "-O FILE gives its result one"),
                (("--files-from", "x", self.source), "not together with --files-from"),
                (("--files-from", self.root / "no"), "No such file"),
                (("--files-from", self.source / "a"), "names no file"),
                (("--mtime", "mail", self.source), "--mtime is input, message or now"),
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

    def test_a_dump_is_called_so(self):
        self.put("a.tnef", samples.tnef("Words", "text\r\n", []))
        self.assert_counts(self.run_it("--to", "dump", "-o", self.out, self.source), converted=1)
        self.assertIn('PidTagSubject 0x0037 PtypString8 "Words"',
                      (self.out / "a.tnef.dump").read_text("utf-8"))

    def test_what_is_known_is_refused_by_name(self):
        for name, data, title in (
                ("ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "iCalendar (.ics)"),
                ("vcf", b"BEGIN:VCARD\r\nEND:VCARD\r\n", "vCard (.vcf)")):
            with self.subTest(name):
                self.put("a." + name, data)
                done = self.run_it("-o", self.out, self.source / ("a." + name))
                self.assertEqual(1, done.code)
                self.assertIn(f"refused: {title}: not readable yet", done.err)
                self.assertFalse((self.out / f"a.{name}.eml").exists())

    # Folders of samples, and how many at least each gives: TNEF, Outlook messages, e-mails.
    SAMPLES = {"tnef": 60, "damaged": 10, "msg": 20, "items": 10, "mime": 20, "mail": 5}

    def test_json_of_every_sample(self):
        """convert --json, --to json and dump --json are what the schema says."""
        corpus = harness.SOURCE / "tests/corpus"
        done = self.run_it("--json", "--to", "json", "-o", self.out,
                           *(corpus / folder for folder in self.SAMPLES))
        lines = done.lines()
        for line in lines:
            check(line, "summary" if "summary" in line else "line")
        made = [line for line in lines if line.get("result") == "converted"]
        self.assertEqual(len(made), summary_of(done.err)[1]["converted"])
        formats = {}
        for folder, least in self.SAMPLES.items():
            here = [m for m in made if pathlib.Path(m["input"]).parent == corpus / folder]
            self.assertGreaterEqual(len(here), least, folder)
            for number, line in enumerate(here):
                value = json.loads(pathlib.Path(line["output"]).read_bytes().decode("utf-8"))
                check(value, "message")
                formats[line["format"]] = formats.get(line["format"], 0) + 1
                if number % 10 == 0:  # the same words to another place
                    dumped = subprocess.run(
                        [BUILD / "bulkhead", "dump", "--json", line["input"]],
                        capture_output=True, check=True, env=self.environment())
                    self.assertEqual(value, check(json.loads(dumped.stdout), "message"))
        self.assertLessEqual({"tnef", "msg", "mime"}, set(formats), formats)

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
        self.assert_counts(self.run_it("--attachments", self.out, name), in_the_way=1)
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
        self.assert_counts(done, in_the_way=1, unwritten=1)
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


if __name__ == "__main__":
    harness.main()
