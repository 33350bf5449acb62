# SPDX-License-Identifier: ISC
"""bulkhead convert and what is there already: results, stale ones, what only has their name;
devices; and inputs that are still being written."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import time

import harness
import samples
from convert_ground import ConvertTest, Done, in_hand, summary_of
from harness import PATIENCE, wait_for


class There(ConvertTest):
    def test_a_name_proves_nothing(self):
        for name in ("folder", "link", "empty", "pipe", "theirs", "good"):
            self.put(name, samples.tnef(name))
        self.out.mkdir()
        (self.out / "folder.eml").mkdir()
        os.symlink("nowhere", self.out / "link.eml")
        (self.out / "empty.eml").write_bytes(b"")
        os.mkfifo(self.out / "pipe.eml")
        (self.out / "theirs.eml").write_bytes(b"somebody else's")
        for good in ({"converted": 1}, {"skipped": 1}):
            done = self.run_it("-o", self.out, self.source)
            self.assert_counts(done, in_the_way=5, **good)
            self.assertEqual(1, done.code)
            for name, why in (("folder", "a folder"), ("link", "a symbolic link"),
                              ("empty", "an empty file"), ("pipe", "no file"),
                              ("theirs", "something else")):
                self.assertRegex(done.err, f"/{name}: in-the-way: .*{why}")
        self.assert_counts(self.run_it("--force", "-o", self.out, self.source),
                           converted=5, unwritten=1)
        self.assertEqual([b"empty.eml", b"good.eml", b"link.eml", b"pipe.eml", b"theirs.eml"],
                         self.tree(self.out))

    def test_of_the_inputs_date_is_not_enough(self):
        """Somebody else's file that has its input's date."""
        name = self.put("a.tnef", samples.tnef())
        self.out.mkdir()
        (self.out / "a.tnef.eml").write_bytes(b"somebody else's")
        os.utime(self.out / "a.tnef.eml", ns=(1, os.stat(name).st_mtime_ns))
        self.assert_counts(self.run_it("-o", self.out, self.source), in_the_way=1)
        self.assertEqual(b"somebody else's", (self.out / "a.tnef.eml").read_bytes())

    def test_a_stale_result_is_made_anew(self):
        for words in ((), ("--mtime", "now"), ("--sync", "each")):
            with self.subTest(words=words):
                name = self.put("a.tnef", samples.tnef("one"))
                out = self.root / f"out{len(words)}{'now' in words}"
                run = ("-o", out, *words, self.source)
                self.assert_counts(self.run_it(*run), converted=1)
                self.assert_counts(self.run_it(*run), skipped=1)
                for subject, when in (("newer", time.time() + 5), ("older", 1000)):
                    self.put("a.tnef", samples.tnef(subject))
                    os.utime(name, (when, when))
                    self.assert_counts(self.run_it("-n", *run), to_convert=1)
                    self.assert_counts(self.run_it(*run), converted=1)
                    self.assertIn(f"Subject: {subject}".encode(), (out / "a.tnef.eml").read_bytes())
                    self.assert_counts(self.run_it(*run), skipped=1)

    def test_a_stale_result_that_somebody_changed_stays(self):
        self.put("a.tnef", samples.tnef("one"))
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=1)
        with open(self.out / "a.tnef.eml", "ab") as f:
            f.write(b"my remark")
        self.put("a.tnef", samples.tnef("two"))
        done = self.run_it("-o", self.out, self.source)
        self.assert_counts(done, in_the_way=1)
        self.assertIn("was changed by somebody", done.err)
        self.assertIn(b"my remark", (self.out / "a.tnef.eml").read_bytes())

    def test_one_by_one_from_two_folders(self):
        """find d1 d2 -exec convert -o out {} ';': of equal names, dates and lengths."""
        for folder, subject in (("d1", "one"), ("d2", "two")):
            for name, when in (("same", 1000), ("alike", 1000 + ord(subject[1]))):
                path = self.put(f"{folder}/{name}", samples.tnef(f"{name} {subject}"))
                os.utime(path, (when, when))
            self.put(f"{folder}/{subject}", samples.tnef(subject))
        for skipped in (False, True):
            counts = []
            for folder in "d1", "d2":
                for name in sorted(os.listdir(self.source / folder)):
                    counts.append(summary_of(self.run_it("-o", self.out,
                                                         self.source / folder / name).err)[1])
            good, bad = {"skipped" if skipped else "converted": 1}, {"in-the-way": 1}
            self.assertEqual([good] * 3 + [bad] * 2 + [good], counts)
        self.assertEqual([b"alike.eml", b"one.eml", b"same.eml", b"two.eml"], self.tree(self.out))
        self.assertIn(b"Subject: same one", (self.out / "same.eml").read_bytes())

    def test_an_archive_that_is_moved_or_copied(self):
        self.put("deep/a.tnef", samples.tnef("one"))
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=1)
        moved = self.root / "moved"
        self.source.rename(moved)
        self.assert_counts(self.run_it("-o", self.out, moved), skipped=1)
        # A copy keeps dates, but neither inodes nor, often, extended attributes.
        subprocess.run(["cp", "-a", moved, self.root / "copied"], check=True)
        subprocess.run(["cp", "-r", "--preserve=timestamps", self.out, self.root / "results"],
                       check=True)
        run = ("-o", self.root / "results", self.root / "copied")
        before = (self.root / "results/deep/a.tnef.eml").stat()
        self.assert_counts(self.run_it(*run), converted=1)
        self.assertEqual(before.st_ino, (self.root / "results/deep/a.tnef.eml").stat().st_ino)
        self.assert_counts(self.run_it(*run), skipped=1)

    def test_another_target_has_the_name(self):
        name = self.put("a.tnef", samples.tnef())
        self.assert_counts(self.run_it("-O", self.root / "x", name), converted=1)
        self.assert_counts(self.run_it("-O", self.root / "x", name), skipped=1)
        self.assert_counts(self.run_it("--to", "text", "-O", self.root / "x", name), in_the_way=1)

    def test_standard_input_has_no_identity(self):
        run = ("-O", self.root / "x.eml", "-")
        self.assert_counts(self.run_it(*run, stdin=samples.tnef("one")), converted=1)
        self.assert_counts(self.run_it(*run, stdin=samples.tnef("one")), converted=1)
        self.assert_counts(self.run_it(*run, stdin=samples.tnef("two")), in_the_way=1)
        self.assertIn(b"Subject: one", (self.root / "x.eml").read_bytes())

    def test_attachments(self):
        """A folder that is a result; that of an older state is put aside, not lost."""
        self.put("a.tnef", samples.tnef(attachments=[("a.txt", b"old")]))
        run = ("--attachments", self.out, self.source)
        self.assert_counts(self.run_it(*run), converted=1)
        self.assert_counts(self.run_it(*run), skipped=1)
        name = self.put("a.tnef", samples.tnef(attachments=[("a.txt", b"new")]))
        os.utime(name, (5000, 5000))
        self.assert_counts(self.run_it(*run), converted=1)
        self.assertEqual({b"a.tnef/a.txt": b"new", b"a~2.tnef/a.txt": b"old"},
                         self.contents(self.out))
        self.assertEqual(5000, (self.out / "a.tnef").stat().st_mtime)
        self.assert_counts(self.run_it(*run), skipped=1)
        (self.out / "a.tnef/a.txt").unlink()
        self.assert_counts(self.run_it(*run), in_the_way=1)

    def test_beside_its_input_a_mail_is_no_result_by_its_name(self):
        for name, data in (("1", samples.tnef("one")), ("1.eml", samples.mail("of its own"))):
            os.utime(self.put(name, data), (1000, 1000))
        self.put("2", samples.tnef("two"))
        self.put("3", samples.tnef(attachments=[("a.txt", b"a")]))
        self.put("3.files/mail", samples.mail("in a folder of that name"))
        for done, counts in ((self.run_it(self.source), {"converted": 2, "passed_through": 2}),
                             (self.run_it(self.source), {"skipped": 4})):
            self.assert_counts(done, in_the_way=1, **counts)
            self.assertIn("/1: in-the-way: ", done.err)
        self.assertEqual([b"1", b"1.converted.eml", b"1.eml", b"2", b"2.eml", b"3", b"3.eml",
                          b"3.files/mail", b"3.files/mail.eml"], self.tree(self.source))
        done = self.run_it("--attachments", self.source, self.source / "3")
        self.assert_counts(done, in_the_way=1)

    def test_named_twice(self):
        name = self.put("a.tnef", samples.tnef())
        (self.root / "list").write_text("in/a.tnef\n./in/a.tnef\n")
        self.assert_counts(self.run_it("--files-from", "list", "-o", self.out), converted=2)
        self.assert_counts(self.run_it("--files-from", "list", "-o", self.out), skipped=2)
        self.assert_counts(self.run_it(name, name), converted=2)

    def test_two_runs_at_once(self):
        """Whoever comes second finds the same bytes; nothing is torn or doubled."""
        for i in range(40):
            self.put(f"{i}.tnef", samples.tnef(f"number {i}"))
        for sync in "batch", "each":
            out = self.root / f"out-{sync}"
            runs = [subprocess.Popen(self.command("--sync", sync, "-o", out, self.source),
                                     stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                     env=self.environment()) for _ in range(3)]
            for run in runs:
                _, err = run.communicate(timeout=PATIENCE)
                found, counts = summary_of(err.decode())
                self.assertEqual((0, 40), (run.returncode, found), err)
                self.assertEqual(40, counts.get("converted", 0) + counts.get("skipped", 0), err)
            self.assertEqual(40, len(self.tree(out)))
            self.assert_nothing_half(out)


class Aside(ConvertTest):
    """What --dead keeps, from one run to the next."""

    def lying(self):
        dead = self.root / "dead"
        messages, reports = self.tree(dead / "messages"), self.tree(dead / "reports")
        self.assertEqual([m + b".json" for m in messages], reports)
        return messages

    def test_what_was_mended_is_forgotten(self):
        for name in "sub/mended", "sub/later", "worse":
            self.put(name, b"nothing")
        run = ("-o", self.out, "--dead", self.root / "dead", self.source)
        self.assert_counts(self.run_it(*run), refused=3)
        self.assertEqual([b"sub/later", b"sub/mended", b"worse"], self.lying())
        self.put("sub/mended", samples.tnef())
        self.put("worse", b"still nothing")
        self.assert_counts(self.run_it(*run), refused=2, converted=1)
        self.assertEqual([b"sub/later", b"worse"], self.lying())
        self.assertEqual(b"still nothing", (self.root / "dead/messages/worse").read_bytes())
        # By a run that was not told of the folder; by the same file, and a new configuration.
        self.put("sub/later", samples.mail())
        self.assert_counts(self.run_it("-o", self.out, self.source),
                           refused=1, passed_through=1, skipped=1)
        self.assertEqual([b"sub/later", b"worse"], self.lying())
        self.assert_counts(self.run_it(*run), refused=1, skipped=2)
        self.assertEqual([b"worse"], self.lying())

    def test_a_limit_that_was_raised(self):
        self.put("large.eml", samples.mail(body="x" * 2000))
        run = ("-o", self.out, "--dead", self.root / "dead", self.source)
        self.assert_counts(self.run_it(*run, config=self.config(limits={"input": "1KiB"})),
                           refused=1)
        self.assertEqual([b"large.eml"], self.lying())
        self.assert_counts(self.run_it(*run), passed_through=1)
        self.assertEqual([], self.lying())

    def test_of_two_folders_with_equal_names(self):
        dead = self.root / "dead"
        for folder in "d1", "d2":
            name = self.put(f"{folder}/a.x", folder.encode())
            self.assert_counts(self.run_it("-o", self.root / folder, "--dead", dead, name),
                               refused=1)
        self.assertEqual([b"a.x", b"a~2.x"], sorted(self.tree(dead / "messages")))
        self.assertEqual({b"d1", b"d2"}, set(self.contents(dead / "messages").values()))
        name = self.put("d1/a.x", samples.tnef())
        self.assert_counts(self.run_it("-o", self.root / "d1", "--dead", dead, name), converted=1)
        self.assertEqual({b"a~2.x": b"d2"}, self.contents(dead / "messages"))
        self.assertEqual([b"a~2.x.json"], self.tree(dead / "reports"))


class Systems(ConvertTest):
    """Results on file systems of other kinds, by FUSE."""

    def mounted(self, *command, other=None):
        if not os.path.exists("/dev/fuse") or not shutil.which(command[0]):
            self.skipTest(f"no FUSE here: /dev/fuse or {command[0]} is missing")
        mount = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-mount."))
        self.addCleanup(shutil.rmtree, mount, True)
        done = subprocess.run([*command, other, mount], check=False, capture_output=True,
                              text=True)
        if done.returncode != 0:
            self.skipTest(f"{command[0]} cannot mount: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        return mount

    def test_names_that_differ_in_case_only(self):
        if os.getuid() != 0:
            self.skipTest("needs root's rights, to mount")
        image = self.root / "image"
        with open(image, "wb") as f:
            f.truncate(32 << 20)
        if not shutil.which("mkntfs") or subprocess.run(
                ["mkntfs", "-F", "-Q", image], capture_output=True, check=False).returncode:
            self.skipTest("no mkntfs here")
        for options in "ignore_case,user_xattr", "ignore_case,streams_interface=none":
            with self.subTest(options=options):
                mount = self.mounted("lowntfs-3g", "-o", options, other=image)
                self.cases(mount / "out")
                subprocess.run(["umount", mount], check=True)

    def cases(self, out):
        when = 1_700_000_000
        for name in "Mail.tnef", "mail.tnef", "other.tnef":
            os.utime(self.put(name, samples.tnef(name)), (when, when))
        for words in ((), (), ("--force",)):
            if words:
                shutil.rmtree(out)
            done = self.run_it("--sync", "none", *words, "-o", out, self.source)
            found, told = summary_of(done.err)
            self.assertEqual((3, 1, 1), (found, told.get("in-the-way"), done.code), done.err)
            self.assertEqual(2, len(os.listdir(out)))
        shutil.rmtree(out)

    def test_where_no_attributes_are_kept(self):
        """There the date is all that there is."""
        (self.root / "other").mkdir()
        out = self.mounted("bindfs", "--xattr-none", other=self.root / "other") / "out"
        self.put("a.tnef", samples.tnef("one"))
        self.put("b", b"nothing")
        self.assert_counts(self.run_it("-o", out, self.source), converted=1, refused=1)
        self.assert_counts(self.run_it("-o", out, self.source), skipped=1, refused=1)
        self.put("a.tnef", samples.tnef("two"))
        done = self.run_it("-o", out, self.source)
        self.assert_counts(done, in_the_way=1, refused=1)
        self.assert_counts(self.run_it("--force", "-o", out, self.source), converted=1, refused=1)


class Devices(ConvertTest):
    def setUp(self):
        super().setUp()
        self.name = self.put("a.tnef", samples.tnef("single"))
        self.want = self.run_it("-o", "-", self.name, check=False).out
        self.assertIn(b"Subject: single", self.want)

    def test_standard_output(self):
        for option in "-o", "-O":
            for place in "-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1":
                with self.subTest(option=option, place=place):
                    done = self.run_it(option, place, self.name, check=False)
                    self.assertEqual((0, "", self.want), (done.code, done.err, done.out))
                    # A file that has something already, and is not begun again.
                    kept = self.root / "kept"
                    kept.write_bytes(b"before\n")
                    with open(kept, "ab") as f:
                        subprocess.run(self.command(option, place, self.name), stdout=f,
                                       check=True, env=self.environment())
                    self.assertEqual(b"before\n" + self.want, kept.read_bytes())

    def test_devices_and_pipes(self):
        for option in "-o", "-O":
            done = self.run_it(option, "/dev/null", self.name, check=False)
            self.assertEqual((0, ""), (done.code, done.err))
            done = self.run_it("--force", option, "/dev/full", self.name)
            self.assert_counts(done, unwritten=1)
            self.assertIn("No space left on device", done.err)
            done = self.run_it(option, "/dev/stderr", self.name, check=False)
            self.assertEqual(self.want, done.err.encode())
            done = self.run_it(option, "/dev/null", self.name, self.name, check=False)
            self.assertEqual(2, done.code)
            self.assertIn("takes the result of one file", done.err)
            done = self.run_it("--json", option, "/dev/stdout", self.name, check=False)
            self.assertEqual(2, done.code)
        self.assertTrue(os.path.exists("/dev/null") and not os.path.isfile("/dev/null"))
        self.assertTrue(os.path.islink("/dev/stdout"))
        pipe = self.root / "pipe"
        os.mkfifo(pipe)
        for arguments in (("-o", pipe, self.name), ("-O", pipe, "-")):
            heard = []
            reader = threading.Thread(target=lambda to=heard: to.append(pipe.read_bytes()))
            reader.start()
            self.run_it(*arguments, stdin=samples.tnef("single"), check=False)
            reader.join(PATIENCE)
            self.assertEqual([self.want], heard)


class Writing(ConvertTest):
    """Inputs that somebody writes."""

    def start(self, *arguments):
        run = subprocess.Popen(self.command("--json", *arguments), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=self.environment())
        self.addCleanup(lambda: run.poll() is None and run.kill())
        return run

    def end(self, run):
        out, err = run.communicate(timeout=PATIENCE)
        done = Done(run.returncode, out, err)
        self.assert_adds_up(done)
        return done

    def test_a_writer_that_does_not_end(self):
        name = self.put("a.tnef", samples.tnef())
        self.put("b.tnef", samples.tnef())
        with open(name, "ab"):
            done = self.run_it("-o", self.out, self.source)
            self.assert_counts(done, converted=1, unreadable=1)
            self.assertIn("a.tnef: unreadable: somebody has it open for writing", done.err)
            self.assertEqual(done.code, 1)
        self.assert_counts(self.run_it("-o", self.out, self.source), converted=1, skipped=1)

    def test_a_writer_that_ends(self):
        """It has 8 of its 23 lines when the run begins."""
        lines = [f"line {i}\r\n".encode() for i in range(23)]
        head, _, _ = samples.mail("slow").partition(b"\r\n\r\n")
        for i in range(9):
            self.put(f"{i}.eml", samples.mail(f"number {i}"))
        with open(self.source / "slow.eml", "wb", buffering=0) as f:
            f.write(head + b"\r\n\r\n" + b"".join(lines[:8]))
            run = self.start("-o", self.out, self.source)
            wait_for(lambda: len(self.tree(self.out)) == 9 if self.out.exists() else False,
                     "the others")
            for line in lines[8:]:
                f.write(line)
        self.assert_counts(self.end(run), passed_through=10)
        self.assertTrue((self.out / "slow.eml").read_bytes().endswith(b"".join(lines)))

    def test_written_while_it_is_read(self):
        """It is tried again at the end, and then whole."""
        self.put("grows.eml", samples.marked("slow", "1000"))
        self.put("stays.eml", samples.marked("slow", "1000"))
        run = self.start("-o", self.out, self.source)
        wait_for(lambda: in_hand(run.pid) == 2, "two in hand")
        with open(self.source / "grows.eml", "ab") as f:
            f.write(b"more\r\n")
        self.assert_counts(self.end(run), passed_through=2)
        self.assertTrue((self.out / "grows.eml").read_bytes().endswith(b"more\r\n"))

    def test_written_after_it_was_read(self):
        """Its result waits for the others of its batch: it is asked once more."""
        self.put("grows.eml", samples.mail("early"))
        self.put("slow.eml", samples.marked("slow", "1500"))
        run = self.start("-o", self.out, self.source)
        wait_for(lambda: in_hand(run.pid) > 0, "one in hand")
        time.sleep(0.3)
        with open(self.source / "grows.eml", "ab") as f:
            f.write(b"more\r\n")
        self.assert_counts(self.end(run), passed_through=2)
        text = (self.out / "grows.eml").read_bytes()
        # It was published before, and is stale then; or after, and is whole.
        if not text.endswith(b"more\r\n"):
            self.assert_counts(self.run_it("-o", self.out, self.source), skipped=1,
                               passed_through=1)
            text = (self.out / "grows.eml").read_bytes()
        self.assertTrue(text.endswith(b"more\r\n"))

    def test_one_that_never_stands_still(self):
        name = self.put("log.eml", samples.mail())
        self.put("b.tnef", samples.tnef())
        stop = threading.Event()

        def append():
            while not stop.wait(0.02):
                with open(name, "ab") as f:
                    f.write(b"one more line\r\n")

        writer = threading.Thread(target=append)
        writer.start()
        try:
            (self.source / "slow.eml").write_bytes(samples.marked("slow", "300"))
            done = self.run_it("-o", self.out, self.source, config=self.config(workers=1))
        finally:
            stop.set()
            writer.join()
        found, counts = summary_of(done.err)
        self.assertEqual(3, found)
        # Between two lines it is a mail; whatever came out is no half of one.
        self.assertLessEqual(counts.get("unreadable", 0), 1)
        self.assertEqual(1, counts["converted"])

    def test_many_that_are_written(self):
        """More than wait at once, each with an open descriptor."""
        files = [open(self.put(f"{i}.eml", samples.mail(f"m {i}")), "ab") for i in range(150)]
        self.addCleanup(lambda: [f.close() for f in files])
        for i in range(20):
            self.put(f"good{i}.eml", samples.mail(f"good {i}"))
        run = self.start("-o", self.out, self.source)
        wait_for(lambda: self.out.exists(), "the folder of results")
        time.sleep(1)
        for f in files:
            f.close()
        self.assert_counts(self.end(run), passed_through=170)

    def test_interrupted_while_one_is_written(self):
        name = self.put("a.tnef", samples.tnef())
        self.put("b.tnef", samples.tnef())
        with open(name, "ab"):
            run = self.start("-o", self.out, self.source)
            wait_for(lambda: self.out.exists() and self.tree(self.out), "the other")
            run.terminate()
            self.assert_counts(self.end(run), converted=1, unreadable=1)
        self.assertEqual(130, run.returncode)

    def test_a_writer_on_the_other_side(self):
        """Of a FUSE mount: no lease sees it, so what was written a moment ago rests."""
        if not os.path.exists("/dev/fuse") or not shutil.which("bindfs"):
            self.skipTest("no FUSE here: /dev/fuse or bindfs is missing")
        mount = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-mount."))
        self.addCleanup(shutil.rmtree, mount, True)
        done = subprocess.run(["bindfs", self.source, mount], check=False, capture_output=True)
        if done.returncode != 0:
            self.skipTest(f"bindfs cannot mount: {done.stderr}")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        lines = [f"line {i}\r\n".encode() for i in range(12)]
        head, _, _ = samples.mail("slow").partition(b"\r\n\r\n")
        old = self.put("old.eml", samples.mail("old"))
        os.utime(old, (1000, 1000))
        with open(self.source / "slow.eml", "wb", buffering=0) as f:
            f.write(head + b"\r\n\r\n" + lines[0])
            run = self.start("-o", self.out, mount)
            for line in lines[1:]:
                time.sleep(0.1)
                f.write(line)
        self.assert_counts(self.end(run), passed_through=2)
        self.assertTrue((self.out / "slow.eml").read_bytes().endswith(b"".join(lines)))


if __name__ == "__main__":
    harness.main()
