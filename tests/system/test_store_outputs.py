# SPDX-License-Identifier: ISC
"""What convert makes of stores besides a file for each item: mailboxes, lines of JSON; and
duplicates. Results are read by Python's own readers."""

import collections
import json
import mailbox
import os
import signal
import subprocess
import zipfile

import harness
import samples
from harness import wait_for
from schema import check
from test_stores import MARK, StoreTest, mail, mbox, pst_write


class OutputTest(StoreTest):
    def mails(self, path):
        box = mailbox.mbox(self.out / path, create=False)
        self.addCleanup(box.close)
        return list(box)

    def files(self):
        return sorted(os.fsdecode(p) for p in self.tree(self.out)
                      if not os.path.basename(p).startswith(b".bulkhead-"))

    def convert(self, *words, **counts):
        done = self.run_it("-o", self.out, *words)
        self.assert_counts(done, **counts)
        return done

    def kill_on_the_way(self, kills, size, *words):
        """Each time when the results, whole or in part, have grown."""
        for n in range(kills):
            run = subprocess.Popen(self.command("-q", "-j2", "-o", self.out, *words),
                                   stderr=subprocess.DEVNULL)
            most = size * (n + 1) // (kills + 2)
            wait_for(lambda: run.poll() is not None or self.bytes_there() >= most, "results come")
            run.kill()
            run.wait()

    def bytes_there(self):
        return sum(p.stat().st_size for p in self.out.rglob("*")
                   if p.name.endswith((".mbox", ".mbox.part", ".jsonl", ".jsonl.part")))


class Mailboxes(OutputTest):
    def test_one_for_each_folder(self):
        pst = pst_write.simple(count=20)
        pst.save(self.source / "box.pst")
        self.convert("--layout", "mbox", self.source / "box.pst", opened=1, converted=22)
        self.assertEqual(self.files(), [
            "box.pst/(orphans).mbox", "box.pst/Inbox.mbox",
            "box.pst/Inbox/Gr\u00fc\u00dfe%2F2024%3F.mbox"])
        mails = self.mails("box.pst/Inbox.mbox")
        self.assertEqual([m["Subject"] for m in mails], [f"number {n}" for n in range(20)])
        self.assertEqual(mails[7].get_payload().strip(), "body of number 7")
        self.assertEqual({m.get_from() for m in mails},
                         {"anna@example.com Wed Jan  1 00:00:00 2020"})
        self.assertEqual({m.get_flags() for m in mails}, {"RO"})
        when = (self.out / "box.pst/Inbox.mbox").stat().st_mtime
        self.assertEqual(when, (self.source / "box.pst").stat().st_mtime)
        self.assert_nothing_half_but_the_ledger()

    def assert_nothing_half_but_the_ledger(self):
        self.assertEqual([p for p in self.out.rglob("*.part")], [])

    def test_quoting_can_be_undone(self):
        bodies = [b"From here\n", b">From there\n>>From x\n", b"From", b">From", b">>>", b"\n\n",
                  b"no end", b"F\nFr\nFro\nFrom\nFrom \n", b"a" * 70000 + b"\nFrom a\n",
                  b"x" * 65530 + b"\n>>>>>>From b\n", b">" * 40 + b"From c\n", b""]
        with zipfile.ZipFile(self.source / "all.zip", "w") as archive:
            for n, body in enumerate(bodies):
                archive.writestr(f"{n:03}.eml", mail(n, body))
        self.convert("--layout", "mbox", self.source / "all.zip", opened=1,
                     passed_through=len(bodies))
        box = self.out / "all.zip/mailbox.mbox"
        self.assertEqual(box.read_bytes().count(b"\n\nFrom "), len(bodies) - 1)
        # As this program reads it itself: byte for byte, but for a last line end.
        again = self.root / "again"
        done = self.run_it("-o", again, box)
        self.assert_counts(done, opened=1, passed_through=len(bodies))
        for n, body in enumerate(bodies):
            got = (again / f"mailbox.mbox/{n + 1:07}.eml").read_bytes()
            lines = [line for line in got.splitlines(True) if not line.startswith(b"Status:")]
            whole = mail(n, body)
            whole += b"" if whole.endswith(b"\n") else b"\n"
            self.assertEqual(b"".join(lines), whole, body[:20])

    def test_line_ends_of_windows(self):
        mails = [mail(n, b"From me\n").replace(b"\n", b"\r\n") for n in (1, 2)]
        name = self.put("box.mbox", b"".join(MARK + m + b"\n" for m in mails))
        self.convert("--layout", "mbox", name, opened=1, passed_through=2)
        read = self.mails("box.mbox/mailbox.mbox")
        self.assertEqual([m["Subject"] for m in read], ["number 1", "number 2"])
        self.assertEqual(read[0].get_payload(), ">From me\r\n")

    def test_flags(self):
        flags = {b"Status: RO\n": "RO", b"Status: O\nX-Status: AF\n": "OAF",
                 b"X-Mozilla-Status: 0001\n": ""}
        mails = [mail(n, more=more) for n, more in enumerate(flags)]
        name = self.put("box.mbox", mbox(mails))
        self.convert("--layout", "mbox", name, opened=1, passed_through=3)
        self.assertEqual([m.get_flags().replace("FA", "AF") for m in self.mails("box.mbox/mailbox.mbox")],
                         list(flags.values()))

    def test_names_that_meet(self):
        places = ["1", "mailbox/2", "Mailbox/3", "Inbox/4", "Inbox.mbox/5", "Inbox.mbox/below/6",
                  "Inbox/below/7", "Inbox/below.MBOX/8", "Inbox.mbox.part/deep/9"]
        with zipfile.ZipFile(self.source / "all.zip", "w") as archive:
            for n, place in enumerate(places, 1):
                archive.writestr(place + ".eml", mail(n))
        self.convert("--layout", "mbox", self.source / "all.zip", opened=1, passed_through=9)
        self.assertEqual(len(self.files()), 9)
        subjects = collections.Counter(
            m["Subject"] for p in self.files() for m in self.mails(p))
        self.assertEqual(set(subjects.values()), {1}, subjects)
        self.assertEqual(set(subjects), {f"number {n}" for n in range(1, 10)})

    def test_killed_again_and_again(self):
        count = 3000
        mails = [mail(n, b"From the text\n" * 20) for n in range(count)]
        name = self.put("box.mbox", mbox(mails))
        self.kill_on_the_way(6, os.path.getsize(name), "--layout", "mbox", name)
        self.assertFalse((self.out / "box.mbox/mailbox.mbox").exists(), "whole or not at all")
        done = self.run_it("-o", self.out, "--layout", "mbox", name)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         [f"number {n}" for n in range(count)])
        self.convert("--layout", "mbox", name, opened=1, skipped=count)

    def test_half_a_mail_behind_the_records(self):
        """What a machine that lost its power left: bytes without a record."""
        name = self.put("box.mbox", mbox([mail(n) for n in range(5)]))
        self.convert("--layout", "mbox", name, opened=1, passed_through=5)
        whole = self.out / "box.mbox/mailbox.mbox"
        was = whole.read_bytes()
        part = whole.with_name("mailbox.mbox.part")
        whole.rename(part)
        part.write_bytes(was + b"From half a ma")
        self.convert("--layout", "mbox", name, opened=1, skipped=5)
        self.assertEqual(whole.read_bytes(), was)
        self.assertFalse(part.exists())

    def test_what_failed_comes_behind(self):
        mails = [samples.marked("null") if n % 5 == 0 else mail(n) for n in range(1, 21)]
        name = self.put("box.mbox", mbox(mails))
        self.convert("--layout", "mbox", name, opened=1, passed_through=16, crashed=4)
        self.assertEqual(len(self.mails("box.mbox/mailbox.mbox")), 16)
        done = self.run_it("-o", self.out, "--layout", "mbox", "--only-failed", name,
                           config=self.config(chaos=False))
        self.assert_counts(done, opened=1, skipped=16, passed_through=4)
        self.assertEqual(len(self.mails("box.mbox/mailbox.mbox")), 20)

    def test_a_slow_one_keeps_its_place(self):
        mails = [samples.marked("hang") if n == 0 else mail(n) for n in range(600)]
        name = self.put("box.mbox", mbox(mails))
        done = self.run_it("-o", self.out, "--layout", "mbox", name,
                           config=self.config(limits={"silence": "1s"}))
        self.assert_counts(done, opened=1, passed_through=599, timed_out=1)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         [f"number {n}" for n in range(1, 600)])

    def test_another_state_of_the_store(self):
        name = self.put("box.mbox", mbox([mail(n) for n in range(3)]))
        self.convert("--layout", "mbox", name, opened=1, passed_through=3)
        self.put("box.mbox", mbox([mail(n) for n in range(1, 5)]))
        self.convert("--layout", "mbox", name, opened=1, passed_through=4)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         [f"number {n}" for n in range(1, 5)])

    def test_what_is_not_ours_stays(self):
        name = self.put("box.mbox", mbox([mail(1), mail(2)]))
        theirs = self.out / "box.mbox/mailbox.mbox"
        theirs.parent.mkdir(parents=True)
        theirs.write_text("theirs")
        done = self.convert("--layout", "mbox", name, opened=1, in_the_way=2)
        self.assertEqual((done.code, theirs.read_text()), (1, "theirs"))
        self.convert("--layout", "mbox", "--force", name, opened=1, passed_through=2)
        self.assertEqual(len(self.mails("box.mbox/mailbox.mbox")), 2)

    def test_what_was_taken_away_is_told(self):
        name = self.put("box.mbox", mbox([samples.marked("null"), mail(1)]))
        self.convert("--layout", "mbox", name, opened=1, passed_through=1, crashed=1)
        (self.out / "box.mbox/mailbox.mbox").unlink()
        done = self.run_it("-o", self.out, "--layout", "mbox", "--only-failed", name,
                           config=self.config(chaos=False))
        self.assert_counts(done, opened=1, skipped=1, in_the_way=1)
        self.assertIn("taken away or changed", done.err)

    def test_stopped_in_the_middle(self):
        name = self.put("box.mbox", mbox([mail(n) for n in range(3000)]))
        run = subprocess.Popen(self.command("-o", self.out, "--layout", "mbox", name),
                               stderr=subprocess.DEVNULL)
        wait_for(lambda: self.bytes_there() > 0, "results come")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(), 130)
        self.assertEqual(self.files(), ["box.mbox/mailbox.mbox.part"])
        self.assertEqual(self.run_it("-o", self.out, "--layout", "mbox", name).code, 0)
        self.assertEqual(len(self.mails("box.mbox/mailbox.mbox")), 3000)

    def test_no_space(self):
        name = self.put("box.mbox", mbox([mail(n, b"x" * 100 * 1024 + b"\n") for n in range(20)]))
        done = self.run_it("-o", self.out, "--layout", "mbox", name,
                           prefix=("prlimit", f"--fsize={1 << 20}"), check=False)
        self.assertEqual(done.code, 1, done.err)
        self.assertIn("unwritten", done.err)
        self.assertEqual(self.run_it("-o", self.out, "--layout", "mbox", name).code, 0)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         [f"number {n}" for n in range(20)])

    def test_usage(self):
        for words in (["--layout", "mbox", "--to", "json"], ["--layout", "lines", "--to", "mime"],
                      ["--dedupe", "name"], ["--dedupe", "content"],
                      ["--layout", "mbox", "--attachments", self.out]):
            with self.subTest(words):
                self.assertEqual(self.run_it(*words, self.source, check=False).code, 2)


class Lines(OutputTest):
    def lines(self, store):
        text = (self.out / store / "items.jsonl").read_text()
        self.assertTrue(text.endswith("\n"))
        return [json.loads(line) for line in text.split("\n")[:-1]]

    def test_one_for_each_item(self):
        pst_write.simple(count=20).save(self.source / "box.pst")
        self.convert("--layout", "lines", self.source / "box.pst", opened=1, converted=22)
        lines = self.lines("box.pst")
        self.assertEqual([x["item"] for x in lines], [*range(1, 21), 22, 23])
        for line in lines:
            check(line, "stored")
            self.assertEqual(line["version"], 1)
        first = lines[0]
        self.assertEqual((first["folder"], first["date"], first["flags"]),
                         ("Inbox", "2020-01-01T00:00:00Z", ["seen"]))
        self.assertEqual(first["message"]["subject"], "number 0")
        self.assertEqual(self.files(), ["box.pst/items.jsonl"])

    def test_strings_stay_as_they_are(self):
        odd = 'a  b \\ " \\" c'
        name = self.put("box.mbox", mbox([
            mail(1, b"x").replace(b"Subject: number 1", f"Subject: {odd}".encode()), mail(2)]))
        self.convert("--layout", "lines", name, opened=1, converted=2)
        self.assertEqual(self.lines("box.mbox")[0]["message"]["subject"], odd)

    def test_killed_again_and_again(self):
        count = 2000
        name = self.put("box.mbox", mbox([mail(n) for n in range(count)]))
        self.kill_on_the_way(5, count * 1000, "--layout", "lines", name)
        done = self.run_it("-o", self.out, "--layout", "lines", name)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual([x["item"] for x in self.lines("box.mbox")], list(range(1, count + 1)))


class Duplicates(OutputTest):
    def boxes(self):
        """0..9 in a, 5..14 in b; 3 stands twice in a; one without a Message-ID, twice."""
        plain = mail(77).replace(b"Message-ID: <77@example.com>\n", b"")
        self.put("a.mbox", mbox([mail(n) for n in [*range(10), 3]] + [plain]))
        self.put("b.mbox", mbox([mail(n) for n in range(5, 15)] + [plain]))
        return [self.source / "a.mbox", self.source / "b.mbox"]

    def kept(self):
        return sorted(p.read_bytes() for p in self.out.rglob("*.eml"))

    def test_each_once(self):
        boxes = self.boxes()
        for by, kept in (("message-id", 17), ("content", 16)):
            with self.subTest(by):
                self.out = self.root / by
                done = self.run_it("--json", "-o", self.out, "--dedupe", by, "--summary",
                                   self.root / "sum.csv", *boxes)
                self.assert_counts(done, opened=2, passed_through=kept, duplicate=23 - kept)
                self.assertEqual(len(self.kept()), kept)
                equal = {(os.path.basename(x["input"]), x["item"]): x["equals"]
                         for x in done.lines() if x.get("result") == "duplicate"}
                # Of two that several workers have at once either is the first.
                for two in ((("a.mbox", 4), ("a.mbox", 11)), (("a.mbox", 6), ("b.mbox", 1))):
                    first, = [x for x in two if x not in equal]
                    later, = [x for x in two if x in equal]
                    told = f"{self.source / first[0]}: item {first[1]}"
                    self.assertEqual(equal[later], told)
                    self.assertIn(f'"equals {told}"', (self.root / "sum.csv").read_text())
                # Nothing is dropped whose equal is not there.
                self.assertEqual({m for n in range(15) for m in [mail(n)]} - set(self.kept()), set())
                again = self.run_it("-o", self.out, "--dedupe", by, *boxes)
                self.assert_counts(again, opened=2, skipped=23)

    def test_over_runs(self):
        a, b = self.boxes()
        self.convert("--dedupe", "content", a, opened=1, passed_through=11, duplicate=1)
        self.convert("--dedupe", "content", b, opened=1, passed_through=5, duplicate=6)
        self.convert("--dedupe", "content", "--force", b, opened=1, passed_through=11)

    def test_files_too(self):
        for n in range(6):
            self.put(f"{n}.eml", mail(n % 2))
        self.convert("--dedupe", "message-id", self.source, passed_through=2, duplicate=4)
        self.convert("--dedupe", "message-id", self.source, skipped=2, duplicate=4)

    def test_killed_again_and_again(self):
        count = 3000
        name = self.put("box.mbox", mbox([mail(n % 1000) for n in range(count)]))
        self.kill_on_the_way(6, os.path.getsize(name) // 3, "--layout", "mbox", "--dedupe",
                             "content", name)
        done = self.run_it("-o", self.out, "--layout", "mbox", "--dedupe", "content", name)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         [f"number {n}" for n in range(1000)])

    def test_the_first_failed(self):
        """What crashed is no one's equal; once it comes through it is a duplicate itself."""
        bad = samples.marked("null")
        name = self.put("box.mbox", mbox([bad, mail(1), bad, mail(1)]))
        self.convert("--dedupe", "content", name, opened=1, passed_through=1, duplicate=1, crashed=2)
        done = self.run_it("-o", self.out, "--dedupe", "content", "--only-failed", name,
                           config=self.config(chaos=False))
        self.assert_counts(done, opened=1, skipped=2, passed_through=1, duplicate=1)

    def test_a_store_that_changed(self):
        name = self.put("box.mbox", mbox([mail(n) for n in (1, 2, 3)]))
        words = "--layout", "mbox", "--dedupe", "content", name
        self.convert(*words, opened=1, passed_through=3)
        self.put("box.mbox", mbox([mail(n) for n in (2, 3, 4, 4)]))
        done = self.convert(*words, opened=1, passed_through=3, duplicate=1)
        self.assertIn("made anew", done.err)
        self.assertEqual([m["Subject"] for m in self.mails("box.mbox/mailbox.mbox")],
                         ["number 2", "number 3", "number 4"])


if __name__ == "__main__":
    harness.main()
