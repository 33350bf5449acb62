# SPDX-License-Identifier: ISC
"""Folders that are stores: Maildirs, and the .mbox folders of Apple Mail."""

import json
import mailbox
import os
import shutil
import subprocess

import harness
import samples
from harness import BUILD
from test_store_outputs import OutputTest
from test_stores import mail, mbox


class FolderTest(OutputTest):
    def list(self, *words, code=0):
        done = subprocess.run([str(BUILD / "bulkhead"), "list", "-c", str(self.config()),
                               *map(os.fspath, words)], capture_output=True, text=True,
                              env=self.environment(), check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def counts(self, store):
        lines = [json.loads(line) for line in self.list("--json", store).stdout.splitlines()]
        return {line["folder"]: line["items"] for line in lines}

    def by_subject(self, path):
        return {m["Subject"]: m for m in self.mails(path)}


class Maildirs(FolderTest):
    def setUp(self):
        super().setUp()
        self.box = self.source / "Maildir"
        box = mailbox.Maildir(self.box)
        for folder, numbers in ((None, range(5)), ("Sent", [10]), ("Archive.2024", [20, 21]),
                                ("Entw&APw-rfe.a&-b.&2Dzf5A-", [30]), ("Empty", [])):
            inner = box.add_folder(folder) if folder else box
            for n in numbers:
                m = mailbox.MaildirMessage(mail(n))
                m.set_subdir("new" if n == 4 else "cur")
                m.set_flags({1: "S", 2: "FRS", 3: "DPT"}.get(n, ""))
                inner.add(m)
        (self.box / "tmp/1577836800.half.host").write_bytes(mail(99))
        (self.box / "dovecot-uidlist").write_text("3 V1\n")
        os.rename(min((self.box / ".Sent/cur").iterdir()),
                  self.box / ".Sent/cur/1577836800.x.host;2,S")

    folders = {"": 5, "Sent": 1, "Archive/2024": 2, "Entw\u00fcrfe/a&b/\U0001f3e4": 1}

    def test_listed(self):
        self.assertEqual(self.counts(self.box), self.folders)
        items = [json.loads(line) for line in
                 self.list("--items", "--json", "--folder", "Sent", self.box).stdout.splitlines()]
        self.assertEqual([(i["date"], i["flags"]) for i in items], [("2020-01-01T00:00:00Z", ["seen"])])
        self.list(self.source, code=1)

    def test_as_mailboxes(self):
        self.convert("--layout", "mbox", self.box, opened=1, passed_through=9)
        self.assertEqual(self.files(), [
            "Maildir/Archive/2024.mbox", "Maildir/Entw\u00fcrfe/a&b/\U0001f3e4.mbox",
            "Maildir/Sent.mbox", "Maildir/mailbox.mbox"])
        mails = self.by_subject("Maildir/mailbox.mbox")
        self.assertEqual(sorted(mails), [f"number {n}" for n in range(5)])
        self.assertEqual({k[7:]: "".join(sorted(m.get_flags())) for k, m in mails.items()},
                         {"0": "O", "1": "OR", "2": "AFOR", "3": "DOT", "4": "O"})
        self.convert("--layout", "mbox", self.box, opened=1, skipped=9)

    def test_as_maildir(self):
        self.convert("--layout", "maildir", self.box, opened=1, passed_through=9)
        box = mailbox.Maildir(self.out / "Maildir", create=False)
        self.assertEqual({m["Subject"]: m.get_flags() for m in box}, {
            "number 0": "", "number 1": "S", "number 2": "FRS", "number 3": "DPT", "number 4": ""})
        self.assertEqual(sorted(box.list_folders()), sorted(
            ["Sent", "Archive.2024", "Entw\u00fcrfe.a&b.\U0001f3e4"]))

    def test_as_files(self):
        """The results mirror it: they are a Maildir again, but for what is no mail."""
        self.convert(self.box, passed_through=9)
        box = mailbox.Maildir(self.out, create=False)
        self.assertEqual(sorted(m.get_flags() for m in box), ["", "", "DPT", "FRS", "S"])
        self.assertFalse((self.out / "tmp").exists() and os.listdir(self.out / "tmp"))
        self.assertFalse((self.out / "dovecot-uidlist.eml").exists())

    def test_which(self):
        self.convert("--folder", "Archive/*", self.box, opened=1, passed_through=2)
        self.convert("--force", "--until", "2020-01-02", self.box, opened=1, passed_through=1)

    def test_below_another_folder(self):
        shutil.copytree(self.box, self.source / "users/ben/Maildir", symlinks=True)
        self.convert("--layout", "lines", self.source, opened=2, converted=18)
        lines = [json.loads(line) for line in
                 (self.out / "users/ben/Maildir/items.jsonl").read_text().splitlines()]
        self.assertEqual(sorted(line["message"]["subject"] for line in lines if line["folder"] == "Sent"),
                         ["number 10"])

    def test_beside_it(self):
        os.chdir(self.box)
        self.addCleanup(os.chdir, harness.SOURCE)
        done = self.run_it("--layout", "mbox", self.box)
        self.assert_counts(done, opened=1, passed_through=9)
        self.assertTrue((self.source / "Maildir.files/mailbox.mbox").is_file())
        self.assert_counts(self.run_it("--layout", "mbox", self.source), opened=1, skipped=9)

    def test_names_of_any_bytes(self):
        odd = os.fsencode(self.box / "cur") + b"/1577836800.50%25\xff\x01.host:2,S"
        with open(odd, "wb") as f:
            f.write(mail(50))
        os.symlink(odd, self.box / "cur/1577836801.link.host:2,")
        (self.box / "cur/1577836802.mark.host:2,").write_bytes(samples.marked("null"))
        done = self.run_it("--json", "--layout", "mbox", "-o", self.out, "--dead", self.root / "dead", self.box)
        self.assert_counts(done, opened=1, passed_through=10, crashed=1, refused=1)
        self.assertIn("number 50", self.by_subject("Maildir/mailbox.mbox"))
        letters = [p for p in (self.root / "dead/messages").rglob("*mark*")]
        self.assertEqual([p.read_bytes() for p in letters], [samples.marked("null")])

    def test_another_mail_came(self):
        self.convert("--layout", "mbox", self.box, opened=1, passed_through=9)
        (self.box / "new/1577836900.1.host").write_bytes(mail(60))
        self.convert("--layout", "mbox", self.box, opened=1, passed_through=10)
        self.assertEqual(len(self.mails("Maildir/mailbox.mbox")), 6)

    def test_killed_again_and_again(self):
        for n in range(2000):
            (self.box / f"cur/15778{n:05}.x.host:2,").write_bytes(mail(1000 + n))
        self.kill_on_the_way(4, 2000 * 200, "--layout", "mbox", self.box)
        done = self.run_it("-o", self.out, "--layout", "mbox", self.box)
        self.assertEqual(done.code, 0, done.err)
        subjects = sorted(m["Subject"] for m in self.mails("Maildir/mailbox.mbox"))
        self.assertEqual(subjects, sorted(f"number {n}" for n in [*range(5), *range(1000, 3000)]))


def emlx(data, flags):
    return b"%d\n%s<?xml version=\"1.0\"?>\n<plist><dict>\n\t<key>flags</key>\n\t<integer>%d</integer>\n" \
           b"</dict></plist>\n" % (len(data), data, flags)


class AppleMail(FolderTest):
    partial = (b"From: anna@example.com\nSubject: partial\nMIME-Version: 1.0\n"
               b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntext\n"
               b"--b\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment\n"
               b"X-Apple-Content-Length: 12345\n\n\n--b--\n")

    def setUp(self):
        super().setUp()
        self.box = self.source / "INBOX.mbox"
        for place, data in (("Messages/1.emlx", emlx(mail(1), 1)),
                            ("0A-1/Data/Messages/2.emlx", emlx(mail(2), 1 | 1 << 4 | 1 << 2)),
                            ("0A-1/Data/3/1/Messages/13.emlx", emlx(mail(3), 0x200000000)),
                            ("0A-1/Data/3/1/Messages/14.partial.emlx", emlx(self.partial, 1)),
                            ("0A-1/Data/3/1/Attachments/14/2/a.pdf", b"%PDF"),
                            ("0A-1/Data/Messages/table.plist", b"x"),
                            ("Work.mbox/0B/Data/Messages/5.emlx", emlx(mail(5), 1 << 8 | 1 << 6)),
                            ("Info.plist", b"<plist/>")):
            self.put(place, data, self.box)

    def test_listed(self):
        self.assertEqual(self.counts(self.box), {"": 4, "Work": 1})

    def test_as_mailboxes(self):
        done = self.run_it("--json", "-o", self.out, "--layout", "mbox", self.box)
        self.assert_counts(done, opened=1, converted=5)
        self.assertEqual(self.files(), ["INBOX.mbox/Work.mbox", "INBOX.mbox/mailbox.mbox"])
        mails = self.by_subject("INBOX.mbox/mailbox.mbox")
        self.assertEqual({k: "".join(sorted(m.get_flags())) for k, m in mails.items()},
                         {"number 1": "OR", "number 2": "AFOR", "number 3": "O", "partial": "OR"})
        self.assertEqual("".join(sorted(self.mails("INBOX.mbox/Work.mbox")[0].get_flags())), "OT")
        (noted,) = [line for line in done.lines() if line.get("notes")]
        self.assertEqual(noted["lost"], 1)
        self.assertIn("in a file of the folder Attachments", noted["notes"][0]["reason"])

    def test_as_maildir(self):
        self.convert("--layout", "maildir", self.box, opened=1, converted=5)
        box = mailbox.Maildir(self.out / "INBOX.mbox", create=False)
        self.assertEqual({m["Subject"]: m.get_flags() for m in box},
                         {"number 1": "S", "number 2": "FRS", "number 3": "", "partial": "S"})
        self.assertEqual({m["Subject"]: m.get_flags() for m in box.get_folder("Work")},
                         {"number 5": "DP"})
        self.convert("--layout", "maildir", self.box, opened=1, skipped=5)

    def test_as_lines(self):
        self.convert("--layout", "lines", self.box, opened=1, converted=5)
        lines = [json.loads(x) for x in (self.out / "INBOX.mbox/items.jsonl").read_text().splitlines()]
        self.assertEqual({x["message"]["subject"]: (x["folder"], x["flags"]) for x in lines}["number 5"],
                         ("Work", ["draft", "forwarded"]))

    def test_an_older_one(self):
        old = self.source / "Old.mbox"
        self.put("mbox", mbox([mail(1), mail(2)]), old)
        self.put("table_of_contents", b"\0\0", old)
        self.assertEqual(self.counts(old), {"": 2})
        done = self.run_it("-o", self.out, "--layout", "mbox", "--exclude", "table_of_contents", old)
        self.assert_counts(done, opened=1, passed_through=2)
        self.assertEqual(self.files(), ["mbox/mailbox.mbox"])


if __name__ == "__main__":
    harness.main()
