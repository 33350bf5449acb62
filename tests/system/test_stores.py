# SPDX-License-Identifier: ISC
"""Stores: one item, one order."""

import email
import email.policy
import gzip
import io
import json
import mailbox
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tarfile
import unittest
import zipfile

import harness
import samples
from convert_ground import ConvertTest, summary_of
from harness import BUILD, SOURCE, wait_for

sys.path.insert(0, str(SOURCE / "tests/corpus"))
import pst_write  # noqa: E402

MARK = b"From anna@example.com Wed Jan  1 10:00:00 2020\n"


def mail(number, body=b"text\n", more=b""):
    return (b"From: anna@example.com\nTo: ben@example.com\nSubject: number %d\n"
            b"Message-ID: <%d@example.com>\n" % (number, number) + more + b"\n" + body)


def mbox(mails):
    return b"".join(MARK + m + b"\n" for m in mails)


class StoreTest(ConvertTest):
    def items(self, store="box.mbox"):
        folder = self.out / store
        return {p.name: p.read_bytes() for p in sorted(folder.rglob("*.eml"))}


class Mailbox(StoreTest):
    def convert(self, data, *words, **counts):
        name = self.put("box.mbox", data)
        done = self.run_it("-o", self.out, *words, name)
        self.assert_counts(done, opened=1, **counts)
        return done

    def test_each_item_is_a_result(self):
        mails = [mail(n) for n in range(1, 8)]
        self.convert(mbox(mails), passed_through=7)
        self.assertEqual(self.items(),
                         {f"{n:07}.eml": m for n, m in enumerate(mails, 1)})

    def test_its_date_is_the_items(self):
        self.convert(mbox([mail(1), mail(2)]), passed_through=2)
        when = (self.out / "box.mbox/0000001.eml").stat().st_mtime
        self.assertEqual(when, 1577872800)

    def test_line_ends_of_windows(self):
        mails = [mail(n).replace(b"\n", b"\r\n") for n in (1, 2)]
        self.convert(b"".join(MARK.replace(b"\n", b"\r\n") + m + b"\r\n" for m in mails),
                     passed_through=2)
        self.assertEqual(list(self.items().values()), mails)

    def test_no_line_end_at_the_end(self):
        self.convert(mbox([mail(1)]) + MARK + mail(2, b"last"), passed_through=2)
        self.assertEqual(list(self.items().values()), [mail(1), mail(2, b"last")])

    def test_no_blank_line_between(self):
        self.convert(MARK + mail(1) + MARK + mail(2), passed_through=2)
        self.assertEqual(list(self.items().values()), [mail(1), mail(2)])

    def test_quoted_lines(self):
        stored = mail(1, b">From here\n>>From there\n>no\n")
        self.convert(mbox([stored, mail(2)]), passed_through=2)
        self.assertEqual(self.items()["0000001.eml"], mail(1, b"From here\n>From there\n>no\n"))

    def test_a_line_of_text_that_begins_so(self):
        odd = mail(1, b"x\n\nFrom my point of view\nNote: none\n\nFrom here\n")
        self.convert(mbox([odd, mail(2)]), passed_through=2)
        self.assertEqual(self.items()["0000001.eml"], odd)

    def test_the_length_in_the_header(self):
        inner = MARK + b"From: x@example.com\nSubject: inner\n\ntext\n"
        outer = mail(1, inner, b"Content-Length: %d\n" % len(inner))
        self.convert(mbox([outer, mail(2)]), passed_through=2)
        self.assertEqual(self.items()["0000001.eml"], outer)

    def test_a_wrong_length_in_the_header(self):
        for length in (1, 3, 10 ** 9, 2 ** 64 - 1):
            with self.subTest(length):
                odd = mail(1, b"text\n", b"Content-Length: %d\n" % length)
                self.convert(mbox([odd, mail(2)]), "--force", passed_through=2)
                self.assertEqual(list(self.items().values()), [odd, mail(2)])

    def test_marks_without_a_date(self):
        for mark in (b"From - \n", b"From 17@xxx\n"):
            with self.subTest(mark):
                self.convert(b"".join(mark + mail(n) + b"\n" for n in (1, 2)), "--force",
                             passed_through=2)
                self.assertEqual(list(self.items().values()), [mail(1), mail(2)])

    def test_what_is_inside_is_converted(self):
        inner = samples.mail_with_tnef(samples.tnef("inside"))
        self.convert(mbox([inner.replace(b"\r\n", b"\n"), mail(2)]), converted=1,
                     passed_through=1)

    def test_beside_the_store(self):
        name = self.put("box.mbox", mbox([mail(1), mail(2)]))
        self.assert_counts(self.run_it(name), opened=1, passed_through=2)
        self.assertEqual(sorted(os.listdir(self.source)), ["box.mbox", "box.mbox.files"])
        self.assert_counts(self.run_it(self.source), opened=1, skipped=2)

    def test_dates(self):
        late = MARK.replace(b"2020", b"2021")
        data = mbox([mail(1)]) + late + mail(2) + b"\n" + b"From -\n" + mail(3)
        self.convert(data, "--since", "2020-06-01", passed_through=2)
        self.assertEqual(sorted(self.items()), ["0000002.eml", "0000003.eml"])
        self.convert(data, "--force", "--until", "2020-06-01", passed_through=2)
        done = self.run_it("--since", "yesterday", self.source, check=False)
        self.assertEqual(done.code, 2)

    def test_an_order_without_a_place_for_many(self):
        name = self.put("box.mbox", mbox([mail(1), mail(2)]))
        done = self.run_it("-O", self.out / "one.eml", name)
        self.assert_counts(done, refused=1)
        self.assertIn("takes its items one by one", done.err)


class Going(StoreTest):
    """What is done is not done again, whatever happens."""

    def test_again(self):
        name = self.put("box.mbox", mbox([mail(n) for n in range(5)]))
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, passed_through=5)
        (self.out / "box.mbox/0000002.eml").unlink()  # somebody took it
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, skipped=5)
        self.assertEqual(len(self.items()), 4)
        self.assert_counts(self.run_it("--force", "-o", self.out, name), opened=1,
                           passed_through=5)

    def test_another_store_begins_anew(self):
        name = self.put("box.mbox", mbox([mail(n) for n in range(3)]))
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, passed_through=3)
        self.put("box.mbox", mbox([mail(n) for n in range(4)]))
        done = self.run_it("-o", self.out, name)
        self.assert_counts(done, opened=1, passed_through=4)

    def test_bad_items_cost_themselves(self):
        bad = {3: "null", 5: "hang", 9: "memory", 11: "abort"}
        mails = [samples.marked(bad[n]) if n in bad else mail(n) for n in range(1, 21)]
        name = self.put("box.mbox", mbox(mails))
        config = self.config(limits={"silence": "1s", "memory": "64MiB"})
        done = self.run_it("--json", "--dead", self.root / "dead", "-o", self.out, name,
                           config=config)
        self.assertEqual(done.code, 1)
        self.assert_counts(done, opened=1, passed_through=16, crashed=2, timed_out=1,
                           out_of_memory=1)
        failed = {line["item"]: line["result"] for line in done.lines()
                  if line.get("item") in bad}
        self.assertEqual(failed, {3: "crashed", 5: "timed-out", 9: "out-of-memory",
                                  11: "crashed"})
        for n, action in bad.items():
            self.assertRegex(done.err, f"box.mbox: item {n}: ")
            letter = self.root / f"dead/messages/box.mbox/{n:07}"
            self.assertEqual(letter.read_bytes(), MARK + samples.marked(action) + b"\n")
            report = json.loads((self.root / f"dead/reports/box.mbox/{n:07}.json").read_bytes())
            self.assertEqual(report["verdict"].split("-")[0], failed[n].split("-")[0])

    def test_only_what_failed(self):
        mails = [samples.marked("null") if n % 5 == 0 else mail(n) for n in range(1, 21)]
        name = self.put("box.mbox", mbox(mails))
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, passed_through=16,
                           crashed=4)
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, skipped=16, crashed=4)
        plain = self.config(chaos=False)  # the cause is mended
        (self.out / "box.mbox/0000001.eml").unlink()
        self.assert_counts(
            self.run_it("--only-failed", "-o", self.out, name, config=plain), opened=1,
            skipped=16, passed_through=4)
        self.assertEqual(len(self.items()), 19)

    def test_killed_again_and_again(self):
        count = 3000
        name = self.put("box.mbox", mbox([mail(n) for n in range(count)]))
        words = [str(BUILD / "bulkhead"), "convert", "-q", "-j2", "-o", str(self.out), str(name)]
        for kill in range(6):
            run = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            most = (kill + 1) * count // 8
            wait_for(lambda: run.poll() is not None or len(self.items()) >= most,
                     "results come")
            run.kill()
            run.wait()
        done = self.run_it("-o", self.out, name)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(self.items(), {f"{n + 1:07}.eml": mail(n) for n in range(count)})
        self.assert_counts(self.run_it("-o", self.out, name), opened=1, skipped=count)


class Outlook(StoreTest):
    """PST and OST, made by tests/corpus/pst_write.py."""

    def store(self, pst, *words, gap=0, before=0, **counts):
        name = self.source / "box.pst"
        pst.save(name, gap, before)
        done = self.run_it("-o", self.out, *words, name)
        self.assert_counts(done, opened=1, **counts)
        self.places = sorted(os.fsdecode(p) for p in self.tree(self.out))
        return done

    def tree(self, folder):
        return [p for p in super().tree(folder) if b"ledger" not in p]

    def mail(self, number):
        (path,) = (self.out / "box.pst").rglob(f"{number:07}.eml")
        return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)

    def test_every_kind(self):
        for kind in pst_write.ANSI, pst_write.UNICODE, pst_write.LARGE:
            for crypt in pst_write.PLAIN, pst_write.PERMUTE, pst_write.CYCLIC:
                with self.subTest(kind=kind, crypt=crypt):
                    self.store(pst_write.simple(kind, crypt), "--force", converted=5)
                    self.assertEqual(self.places, [
                        f"box.pst/{place}.eml" for place in (
                            "(orphans)/0000006", "Inbox/0000001", "Inbox/0000002",
                            "Inbox/0000003", "Inbox/Gr\u00fc\u00dfe%2F2024%3F/0000005")])
                    mail = self.mail(2)
                    self.assertEqual(mail["Subject"], "number 1")
                    self.assertEqual(mail["To"], "Ben <ben@example.com>")
                    self.assertEqual(mail.get_content().strip(), "body of number 1")
                    when = (self.out / "box.pst/Inbox/0000001.eml").stat().st_mtime
                    self.assertEqual(when, 1577836800)

    def test_which_items(self):
        pst = pst_write.simple()
        self.store(pst, "--associated", converted=6)
        self.store(pst, "--force", "--folder", "Inbox", converted=3)
        self.store(pst, "--force", "--folder", "Inbox/*", converted=1)
        self.store(pst, "--force", "--since", "2021-01-01", converted=1)  # the orphan

    def test_as_maildir(self):
        self.store(pst_write.simple(count=2), "--layout", "maildir", converted=4)
        box = mailbox.Maildir(self.out / "box.pst", create=False)
        self.assertEqual(sorted(box.list_folders()),
                         ["(orphans)", "Inbox", "Inbox.Gr\u00fc\u00dfe%2F2024%3F"])
        inbox = {m["Subject"]: m for m in box.get_folder("Inbox")}
        self.assertEqual(sorted(inbox), ["number 0", "number 1"])
        self.assertEqual(inbox["number 0"].get_flags(), "S")
        self.assertEqual(inbox["number 0"].get_date(), 1577836800)
        for text in (["--layout", "x"], ["--layout", "maildir", "--to", "json"]):
            self.assertEqual(self.run_it(*text, self.source, check=False).code, 2)
        again = self.run_it("--layout", "maildir", "-o", self.out, self.source / "box.pst")
        self.assert_counts(again, opened=1, skipped=4)

    def test_attachments_of_any_length(self):
        long = os.urandom(8176 * 1021 + 5)  # blocks of blocks of blocks
        pst = pst_write.simple(count=1, attachments=[("a.txt", b"short"), ("b.bin", long)])
        inner = pst.message("inside", attachments=[("c.txt", b"deep")])
        pst.node(0x330004, *pst.message("around", attachments=[("inner", inner)]), 0x8042)
        self.store(pst, converted=4)
        names = {a.get_filename(): a.get_content() for a in self.mail(1).iter_attachments()}
        self.assertEqual(names["b.bin"], long)
        self.assertEqual(names["a.txt"].strip(), "short")
        around = self.mail(5)
        (inside,) = around.iter_attachments()
        inside = inside.get_content()
        self.assertEqual(inside["Subject"], "inside")
        self.assertEqual([a.get_filename() for a in inside.iter_attachments()], ["c.txt"])

    def test_beyond_4_gib(self):
        """Blocks behind 5 GiB of nothing, trees behind 50 GiB."""
        for kind in pst_write.UNICODE, pst_write.LARGE:
            with self.subTest(kind):
                self.store(pst_write.simple(kind), "--force", gap=45 << 30, before=5 << 30, converted=5)
                self.assertGreater((self.source / "box.pst").stat().st_size, 50 << 30)
                self.assertEqual(self.mail(2).get_content().strip(), "body of number 1")
                listed = subprocess.run([str(BUILD / "bulkhead"), "list", "-c", str(self.config()),
                                         str(self.source / "box.pst")], capture_output=True, text=True,
                                        env=self.environment(), check=True)
                self.assertIn("Inbox", listed.stdout)

    def test_what_a_worker_keeps_of_a_store(self):
        """Node numbers, names of properties and places are alike in all of these: a worker that
        goes from one to the next must not take one for the other."""
        for folder in "kept", "fresh":
            (self.source / folder).mkdir()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as members:
            for n, kind in enumerate((pst_write.UNICODE, pst_write.UNICODE, pst_write.ANSI, pst_write.LARGE)):
                pst = pst_write.simple(kind, count=2)
                pst.node(0x200004, *pst.message(f"of {n}", f"text of {n}\r\n"), 0x8042)
                path = self.source / f"kept/{n}.pst"
                pst.save(path)
                members.writestr(f"{n}.pst", path.read_bytes())
        (self.source / "kept/all.zip").write_bytes(archive.getvalue())
        results = {}
        for fresh in "worker", "message":
            out = self.root / f"out-{fresh}"
            done = self.run_it("--workers", "1", "-o", out, self.source / "kept",
                               config=self.config(chaos=False, fresh=fresh))
            self.assert_counts(done, opened=5, converted=32)
            results[fresh] = {n: c for n, c in self.contents(out).items() if b"ledger" not in n}
        self.assertEqual(results["worker"], results["message"])
        for n in range(4):
            for place in b"%d.pst/" % n, b"all.zip/%d.pst/" % n:
                all_of_it = b"".join(d for f, d in results["worker"].items() if f.startswith(place))
                self.assertEqual([k for k in range(4) if b"text of %d" % k in all_of_it], [n])

    def test_many_in_a_folder(self):
        self.store(pst_write.simple(count=1500), converted=1502)

    def test_folders_in_a_circle(self):
        for kind in pst_write.ANSI, pst_write.UNICODE, pst_write.LARGE:
            with self.subTest(kind):
                pst = pst_write.simple(kind, count=1)
                pst.folder(0x8062, "round", 0x8042, [0x8042, 0x8062], {0x300004: "deep one"})
                self.store(pst, "--force", converted=3)

    def test_damage_costs_what_is_damaged(self):
        pst = pst_write.simple(count=4)
        data, sub, parent = pst.nodes[0x200024]
        pst.blocks[data] = bytes(len(pst.blocks[data]))  # one message
        done = self.store(pst, converted=5, refused=1)
        self.assertRegex(done.err, "box.pst: Inbox: item 2: refused: its properties cannot be read")
        contents = pst.nodes[0x8040 | pst_write.CONTENTS_OF][0]
        pst.blocks[contents] = b""  # the table of a folder: its messages are orphans
        self.store(pst, "--force", converted=5, refused=1)
        orphans = [p for p in self.places if "orphans" in p]
        self.assertGreaterEqual(len(orphans), 4)


    def test_mutants(self):
        """A few bytes changed anywhere: whatever becomes of it, no worker dies of it."""
        paths = [self.source / f"whole{n}.pst" for n in range(3)]
        for path, kind in zip(paths, (pst_write.ANSI, pst_write.UNICODE, pst_write.LARGE)):
            pst_write.simple(kind, count=2, attachments=[("a.txt", b"short")]).save(path)
        if (CORPUS / "pst").is_dir():
            paths += sorted(p for p in (CORPUS / "pst").rglob("*.pst") if p.stat().st_size < 300000)
        folder = self.root / "mutants"
        folder.mkdir()
        chance = random.Random(20)
        for n, path in enumerate(paths):
            for k in range(12):
                data = bytearray(path.read_bytes())
                for _ in range(1 << k % 5):
                    data[chance.randrange(len(data))] = chance.choice((0, 1, 0x7f, 0xff, chance.randrange(256)))
                (folder / f"{n}-{k}.pst").write_bytes(data[:chance.randrange(len(data))] if k == 11 else data)
        done = self.run_it("-o", self.out, folder, config=self.config(chaos=False))
        _, counts = summary_of(done.err)
        self.assertLessEqual(set(counts), {"opened", "converted", "refused"}, done.err)
        self.assertGreater(counts["converted"], len(paths) * 12)


CORPUS = pathlib.Path(os.environ.get("BULKHEAD_CORPUS") or "/nowhere").resolve()


@unittest.skipUnless((CORPUS / "pst").is_dir(), "no corpus")
class Corpus(StoreTest):
    """Real stores: never fewer messages than readpst finds."""

    def by_readpst(self, store):
        folder = self.root / "readpst"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        subprocess.run(["readpst", "-t", "eajc", "-D", "-S", "-o", folder, store], check=False,
                       capture_output=True)
        return sum(bool(re.fullmatch(rb"[0-9]+(\.[a-z]+)?", p.rsplit(b"/", 1)[1]))
                   for p in harness.files_below(folder))

    def test_outlook(self):
        stores = sorted((CORPUS / "pst").rglob("*.pst"))
        self.assertGreater(len(stores), 20)
        done = self.run_it("--json", "--associated", "-o", self.out, "--files-from",
                           self.put("list", "\n".join(map(str, stores)).encode()))
        found = {}
        for line in done.lines()[:-1]:
            if line["result"] != "opened":
                self.assertEqual(line["result"], "converted", line)
                found[line["input"]] = found.get(line["input"], 0) + 1
        if shutil.which("readpst"):
            for store in stores:
                self.assertGreaterEqual(found.get(str(store), 0), self.by_readpst(store), store)


class Archive(StoreTest):
    """Files in files, however they are packed."""

    def files(self):
        return {"box.mbox": mbox([mail(1), mail(2)]), "a/b/one.eml": mail(3),
                "a/" + "long" * 40 + "/two.eml": mail(4), "a/readme": b"nothing"}

    def tar(self, form):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            for name, data in self.files().items():
                info = tarfile.TarInfo(name)
                info.size, info.mtime = len(data), 1577836800
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def zip(self, method, files=None):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for name, data in (files or self.files()).items():
                archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, method)
        return out.getvalue()

    def convert(self, name, data, **counts):
        path = self.put(name, data)
        done = self.run_it("--force", "-o", self.out, path)
        self.assert_counts(done, opened=1, **counts)
        folder = self.out / name
        return done, {os.fsdecode(os.path.relpath(p, folder)): p.read_bytes()
                      for p in folder.rglob("*.eml")}

    def test_every_kind(self):
        for name, data in (
                ("gnu.tar", self.tar(tarfile.GNU_FORMAT)), ("pax.tar", self.tar(tarfile.PAX_FORMAT)),
                ("a.tar.gz", gzip.compress(self.tar(tarfile.GNU_FORMAT))),
                ("stored.zip", self.zip(zipfile.ZIP_STORED)),
                ("deflated.zip", self.zip(zipfile.ZIP_DEFLATED)),
                ("cut.zip", self.zip(zipfile.ZIP_DEFLATED)[:-60])):
            with self.subTest(name):
                done, items = self.convert(name, data, passed_through=4, refused=1)
                self.assertIn("a: item 5 readme: refused: of no known format", done.err)
                self.assertEqual(items, {
                    "box.mbox/0000001.eml": mail(1), "box.mbox/0000002.eml": mail(2),
                    "a/b/0000003-one.eml": mail(3),
                    "a/" + "long" * 40 + "/0000004-two.eml": mail(4)})

    def test_one_compressed_mailbox(self):
        data = gzip.compress(mbox([mail(1)])) + gzip.compress(mbox([mail(2)]))
        _, items = self.convert("box.mbox.gz", data, passed_through=2)
        self.assertEqual(sorted(items.values()), [mail(1), mail(2)])

    def test_archives_in_archives(self):
        data = self.zip(zipfile.ZIP_DEFLATED)
        for depth in range(2):
            data = self.zip(zipfile.ZIP_DEFLATED, {f"in{depth}.zip": data, f"{depth}.eml": mail(9)})
        _, items = self.convert("deep.zip", data, passed_through=6, refused=1)
        self.assertEqual(items["in1.zip/in0.zip/a/b/" + min(
            k.rsplit("/", 1)[1] for k in items if k.endswith("one.eml"))], mail(3))

    def test_bombs_and_damage_are_told(self):
        bomb = self.zip(zipfile.ZIP_DEFLATED, {"zeroes.eml": bytes(60 << 20), "a.eml": mail(1)})
        done, items = self.convert("bomb.zip", bomb, passed_through=1, refused=1)
        self.assertIn("zeroes.eml: refused: damaged in its archive, or too long for its size", done.err)
        done, items = self.convert("odd.zip", self.zip(zipfile.ZIP_BZIP2, {"a.eml": mail(1)}), refused=1)
        self.assertIn("by a method that is not read (12)", done.err)

    def test_zip64(self):
        """Lengths in fields of 64 bits, and more members than 16 bits count."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in (1, 2):
                with archive.open(f"{n}.eml", "w", force_zip64=True) as f:
                    f.write(mail(n))
        for data in (out.getvalue(), out.getvalue()[:-70]):  # the same without a directory
            _, items = self.convert("long.zip", data, passed_through=2)
            self.assertEqual(sorted(items.values()), [mail(1), mail(2)])
        count = 65536 + 10
        with zipfile.ZipFile(self.source / "many.zip", "w") as archive:
            for n in range(count):
                archive.writestr(f"{n}.eml", mail(n))
        done = subprocess.run([str(BUILD / "bulkhead"), "list", "--json", str(self.source / "many.zip")],
                              capture_output=True, check=True, env=self.environment())
        self.assertEqual(sum(json.loads(line)["items"] for line in done.stdout.splitlines()), count)

    def test_documents_are_no_archives(self):
        name = self.put("a.docx", self.zip(zipfile.ZIP_DEFLATED, {"[Content_Types].xml": b"<x/>"}))
        done = self.run_it("-o", self.out, name)
        self.assert_counts(done, refused=1)
        self.assertIn("a document of an office program", done.err)


class Listing(StoreTest):
    def list(self, *words, code=0):
        done = subprocess.run([str(BUILD / "bulkhead"), "list", "-c", str(self.config()),
                               *map(os.fsdecode, words)], capture_output=True, text=True,
                              env=self.environment(), check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_folders_and_items(self):
        name = self.source / "box.pst"
        pst_write.simple().save(name)
        lines = [line.split(None, 1) for line in self.list(name).stdout.splitlines()]
        self.assertEqual(lines, [["3", "Inbox"], ["1", "Inbox/Gr\u00fc\u00dfe/2024?"],
                                 ["1", "(orphans)"], ["5", "in all"]])
        items = [json.loads(line) for line in self.list("--items", "--json", name).stdout.splitlines()]
        self.assertEqual([i["item"] for i in items], [1, 2, 3, 5, 6])
        self.assertEqual(items[4]["flags"], ["orphan"])
        self.assertEqual(items[0], {"version": 1, "item": 1, "folder": "Inbox", "bytes": 1000,
                                    "date": "2020-01-01T00:00:00Z", "flags": ["seen"]})

    def test_flags_of_a_mailbox(self):
        name = self.put("box.mbox", mbox([mail(1, more=b"Status: RO\nX-Status: AF\n"),
                                          mail(2, more=b"X-Mozilla-Status: 1009\n")]))
        items = [json.loads(line)["flags"] for line in
                 self.list("--items", "--json", name).stdout.splitlines()]
        self.assertEqual(items, [["seen", "answered", "flagged"], ["seen", "deleted", "forwarded"]])

    def test_dates_of_a_mailbox(self):
        """A mark's day, time and zone, as programs write them; a sender may be called May."""
        marks = {"ann@example.com Wed Jan  1 10:00:00 2020": "2020-01-01T10:00:00Z",
                 "ann@example.com Wed Jan  1 10:00:00 +0130 2020": "2020-01-01T08:30:00Z",
                 "ann@example.com Wed Jan  1 10:00:00 2020 -0500": "2020-01-01T15:00:00Z",
                 "ann@example.com Wed Jan  1 10:00:00 EST 2020": "2020-01-01T15:00:00Z",
                 "ann@example.com Wed Jan 01 10:00 2020 remote from host": "2020-01-01T10:00:00Z",
                 "May Wed Jan  1 10:00:00 2020": "2020-01-01T10:00:00Z"}
        name = self.put("box.mbox", b"".join(
            f"From {mark}\n".encode() + mail(1) + b"\n" for mark in marks))
        items = [json.loads(line) for line in self.list("--items", "--json", name).stdout.splitlines()]
        self.assertEqual(list(marks.values()), [i["date"] for i in items])

    def test_no_store(self):
        name = self.put("a.eml", mail(1))
        self.assertIn("is one message", self.list(name, code=1).stderr)
        self.assertIn("no known format", self.list(self.put("x", b"nothing"), code=1).stderr)


if __name__ == "__main__":
    harness.main()
