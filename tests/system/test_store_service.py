# SPDX-License-Identifier: ISC
"""A store that is dropped into the service: item by item, whatever happens."""

import base64
import gzip
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import unittest
import zipfile

import harness
import samples
from harness import LONG, SOURCE, TestCase, files_below, wait_for

sys.path.insert(0, str(SOURCE / "tests/corpus"))
import pst_write  # noqa: E402

MARK = b"From anna@example.com Wed Jan  1 10:00:00 2020\n"
STORE_OPENED, STORE_DONE, FAILED, SUSPECT = 3310, 3311, 2450, 3302
CONFIG = {"stores": "items", "retry": {"delay": "10ms"}, "intake": {"scan": "1s"}}


def mail(number):
    return (b"From: anna@example.com\nTo: ben@example.com\nSubject: number %d\n"
            b"Message-ID: <%d@example.com>\n\ntext\n" % (number, number))


def mbox(mails):
    return b"".join(MARK + m + b"\n" for m in mails)


class StoreServiceTest(TestCase):
    def begin(self, config=None, **more):
        self.service_ = self.service(harness.merge(CONFIG, config or {}), **more)
        return self.service_

    def verb(self, *words):
        return subprocess.run([str(harness.BUILD / "bulkhead"), *words, "--spool",
                               str(self.service_.spool)],
                              capture_output=True, text=True, check=False)

    def folders(self):
        """The results of stores: {name: {path in it: bytes}}."""
        found = {}
        for path in self.service_.results():
            parts = os.fsdecode(os.path.relpath(
                path, os.fsencode(self.service_.folder("outgoing")))).split("/", 1)
            if len(parts) == 2:
                with open(path, "rb") as f:
                    found.setdefault(parts[0], {})[parts[1]] = f.read()
        return found

    def folder_of(self, name):
        """The one folder of a store, once it is there."""
        stem = name.rsplit(".", 1)[0]

        def there():
            return [f for f in os.listdir(self.service_.folder("outgoing"))
                    if f.startswith(stem + ".") and f.endswith(".files")]
        wait_for(there, lambda: f"the folder of {name}\n{self.service_.last_words()}", 600)
        (folder,) = there()
        self.service_.wait_idle(600)
        return self.folders().get(folder, {})

    def made(self):
        """How many results the store in hand has."""
        return sum(len(os.listdir(d)) for d in self.service_.spool.glob("tmp/*.items"))

    def report(self, name="box.mbox"):
        """The store's own: what became of its items."""
        for path in files_below(self.service_.folder("reports")):
            with open(path, "rb") as f:
                report = json.load(f)
            if report["file"] == name and "store" in report:
                return report
        raise AssertionError(f"no report of {name}")

    def assert_clean(self):
        left = [p for p in files_below(self.service_.spool / "tmp") if b".place" not in p]
        self.assertEqual(left, [])
        self.assertEqual([d for d in os.listdir(self.service_.spool / "tmp")
                          if not d.startswith(".")], [])


class Dropped(StoreServiceTest):
    def test_each_item_is_a_result(self):
        service = self.begin()
        mails = [mail(n) for n in range(1, 31)]
        service.drop("box.mbox", mbox(mails))
        self.assertEqual(self.folder_of("box.mbox"),
                         {f"{n:07}.eml": m for n, m in enumerate(mails, 1)})
        store = self.report()["store"]
        self.assertEqual((store["expected"], store["listed"], store["passed"], store["crashed"]),
                         (30, 30, 30, 0))
        service.wait_event(STORE_DONE, passed=30, failed=0)
        self.assertEqual(service.letters(), [])
        self.assert_clean()

    def test_folders_of_an_outlook_store(self):
        service = self.begin()
        pst_write.simple().save(service.root / "box.pst")
        service.drop("box.pst", (service.root / "box.pst").read_bytes(), sub="a/b")
        wait_for(lambda: service.results() and service.idle(), service.last_words)
        places = sorted("/".join(os.fsdecode(p).split("/")[-2:]) for p in service.results())
        self.assertEqual(places, ["(orphans)/0000006.eml", "Gr\u00fc\u00dfe%2F2024%3F/0000005.eml",
                                  "Inbox/0000001.eml", "Inbox/0000002.eml", "Inbox/0000003.eml"])
        self.assertTrue(all(b"/outgoing/a/b/box." in p for p in service.results()))
        store = self.report("box.pst")["store"]
        self.assertEqual((store["converted"], store["orphans"], store["left_out"]), (5, 1, 1))

    @unittest.skipIf(harness.SANITIZE, "the sanitizers keep what is freed")
    def test_memory_is_the_same_for_many_items(self):
        few, many = (self.most_memory(n) for n in (300, 1_000_000 if LONG else 6000))
        for which, kib in many.items():
            self.assertLess(kib, few[which] + 2048, f"KiB of the {which}: {few}, {many}")

    def most_memory(self, count):
        """Of the service and its largest worker while it takes a store of so many mails, in KiB."""
        service = self.begin()
        path = service.root / "box.mbox"
        with open(path, "wb") as f:
            for n in range(1, count + 1):
                f.write(mbox([mail(n)]))
        os.rename(path, service.folder("incoming") / "box.mbox")
        service.wait_event(STORE_DONE, seconds=7200, passed=count, failed=0)
        most = {"service": harness.Process.status(service.pid, "VmHWM"),
                "worker": max(harness.Process.status(p, "VmHWM") for p in service.workers())}
        (folder,) = wait_for(lambda: list(os.scandir(service.folder("outgoing"))), service.last_words, 600)
        names = {e.name for e in os.scandir(folder)}
        self.assertEqual({f"{n:07}.eml" for n in range(1, count + 1)}, names)
        service.close()
        return most

    def test_beyond_50_gib(self):
        service = self.begin()
        path = service.root / "far.pst"
        pst_write.simple().save(path, gap=45 << 30, before=5 << 30)
        os.rename(path, service.folder("incoming") / "far.pst")
        self.assertEqual(len(self.folder_of("far.pst")), 5)
        self.assertEqual(service.letters(), [])

    def test_archives(self):
        service = self.begin()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("in/box.mbox", mbox([mail(1), mail(2)]))
            archive.writestr("in/three.eml", mail(3))
            archive.writestr("readme", b"nothing that anybody knows")
        service.drop("all.zip", out.getvalue())
        self.assertEqual(self.folder_of("all.zip"), {
            "in/box.mbox/0000001.eml": mail(1), "in/box.mbox/0000002.eml": mail(2),
            "in/0000003-three.eml": mail(3)})
        letter, report = service.wait_letter("all.zip-0000004-readme")
        with open(letter, "rb") as f:
            self.assertEqual(f.read(), b"nothing that anybody knows")
        self.assertEqual(report["item_of"]["item"], 4)

    def test_further_kinds(self):
        """tar and gzip, and every kind of Outlook store and its encryptions."""
        service = self.begin()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as archive:
            for name, data in (("a/one.eml", mail(1)), ("box.mbox", mbox([mail(2), mail(3)]))):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
        service.drop("all.tar.gz", out.getvalue())
        service.drop("box2.mbox.gz", gzip.compress(mbox([mail(4), mail(5)])))
        kinds = {"ansi": pst_write.ANSI, "unicode": pst_write.UNICODE, "ost": pst_write.LARGE}
        methods = {"none": pst_write.PLAIN, "permute": pst_write.PERMUTE,
                   "cyclic": pst_write.CYCLIC}
        names = []
        for kind, number in kinds.items():
            for method, crypt in methods.items():
                names.append(f"{kind}-{method}")
                path = service.root / names[-1]
                pst_write.simple(number, crypt).save(path)
                service.drop(f"{names[-1]}.pst", path.read_bytes())
        for name in names:
            self.assertEqual(len(self.folder_of(f"{name}.pst")), 5, name)
        mails = [m for f in ("all.tar.gz", "box2.mbox.gz") for m in self.folder_of(f).values()]
        self.assertEqual(sorted(mails), [mail(n) for n in range(1, 6)])
        self.assertEqual(service.letters(), [])

    def test_bad_items_cost_themselves(self):
        service = self.begin({"limits": {"silence": "1s", "memory": "64MiB"}})
        bad = {3: "null", 5: "hang", 9: "memory", 11: "abort"}
        mails = [samples.marked(bad[n]) if n in bad else mail(n) for n in range(1, 21)]
        service.drop("box.mbox", mbox(mails))
        self.assertEqual(sorted(self.folder_of("box.mbox")),
                         [f"{n:07}.eml" for n in range(1, 21) if n not in bad])
        verdicts = {}
        for n, action in bad.items():
            letter, report = service.wait_letter(f"box.mbox-{n:07}.eml")
            with open(letter, "rb") as f:
                self.assertEqual(f.read(), MARK + samples.marked(action) + b"\n")
            verdicts[n] = report["verdict"]
            self.assertEqual(report["item_of"]["item"], n)
            self.assertEqual(report["item_of"]["saved"], "bytes")
            self.assertTrue(report["worker"]["signature"])
        self.assertEqual(verdicts, {3: "crashed", 5: "timed-out-silence", 9: "out-of-memory",
                                    11: "crashed"})
        store = self.report()["store"]
        self.assertEqual((store["passed"], store["crashed"], store["timed_out"],
                          store["out_of_memory"], store["listed"]), (16, 2, 1, 1, 20))
        self.assertEqual(len(service.letters()), 4)
        self.assert_clean()

    def test_what_fails_goes_on(self):
        """on_failure: of items as of messages; of an Outlook store's what could be saved."""
        for setting, letters in (("passthrough", 0), ("both", 2)):
            with self.subTest(setting):
                service = self.begin({"on_failure": setting, "retry": {"crash": 0}})
                out = io.BytesIO()
                with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("box.mbox", mbox([mail(1), samples.marked("null"), mail(3)]))
                    archive.writestr("odd.bin", b"nothing that anybody knows")
                service.drop("all.zip", out.getvalue())
                results = self.folder_of("all.zip")
                self.assertEqual(sorted(results), [
                    "0000004-odd.unconverted.bin", "box.mbox/0000001.eml",
                    "box.mbox/0000002.unconverted.eml", "box.mbox/0000003.eml"])
                self.assertEqual(results["0000004-odd.unconverted.bin"], b"nothing that anybody knows")
                self.assertIn(samples.marked("null"), results["box.mbox/0000002.unconverted.eml"])
                self.assertEqual(len(service.letters()), letters)
                store = self.report("all.zip")["store"]
                self.assertEqual((store["crashed"], store["refused"]), (1, 1))
                self.assert_clean()
                service.stop()

    def test_what_is_saved_goes_on(self):
        """Of an item without bytes of its own what can be read of it."""
        service = self.begin({"on_failure": "passthrough", "retry": {"crash": 0}})
        pst = pst_write.simple(count=3)
        pst.node(0x200024, *pst.message("BULKHEAD-CHAOS: null", "all of it\r\n"), 0x8042)
        pst.save(service.root / "box.pst")
        service.drop("box.pst", (service.root / "box.pst").read_bytes())
        results = self.folder_of("box.pst")
        self.assertEqual(len(results), 5)
        saved = json.loads(results["Inbox/0000002.unconverted.json"])
        self.assertEqual(saved["body"]["text"].strip(), "all of it")
        self.assertEqual(service.letters(), [])

    def test_a_letter_is_tried_alone(self):
        service = self.begin()
        mails = [samples.marked("null") if n == 2 else mail(n) for n in range(1, 4)]
        service.drop("box.mbox", mbox(mails))
        self.folder_of("box.mbox")
        service.wait_letter("box.mbox-0000002.eml")
        service.stop()
        service.config["worker"] = {"program": str(harness.BUILD / "bulkhead-worker")}
        service.start()
        done = self.verb("dead", "retry", "--all")
        self.assertEqual(done.returncode, 0, done.stderr)
        service.wait_result("box.mbox-0000002.eml")
        self.assertEqual(len(service.results()), 3)

    def test_a_dead_item_without_bytes(self):
        service = self.begin()
        pst = pst_write.simple(count=4)
        data, _, _ = pst.nodes[0x200024]
        pst.blocks[data] = bytes(len(pst.blocks[data]))
        pst.save(service.root / "box.pst")
        stored = (service.root / "box.pst").read_bytes()
        service.drop("box.pst", stored)
        self.assertEqual(len(self.folder_of("box.pst")), 5)
        letter, report = service.wait_letter("box.pst-0000002.txt")
        self.assertIn("its properties cannot be read", report["reason"])
        self.assertEqual(report["item_of"]["saved"], "nothing")
        kept, whole = service.wait_letter("box.pst")
        with open(kept, "rb") as f:
            self.assertEqual(f.read(), stored)
        self.assertIn("1 of its 7 items", whole["reason"])
        self.assertEqual(whole["id"], report["item_of"]["id"])

    def test_what_is_saved_of_a_dead_item(self):
        """All that can be read of it: its texts, and its files byte for byte."""
        service = self.begin({"retry": {"crash": 0}})
        data = bytes(range(256)) * 300
        pst = pst_write.simple(count=3)
        pst.node(0x200024, *pst.message("BULKHEAD-CHAOS: null", "all of it\r\n",
                                        attachments=[("a.bin", data)]), 0x8042)
        pst.save(service.root / "box.pst")
        service.drop("box.pst", (service.root / "box.pst").read_bytes())
        letter, report = service.wait_letter("box.pst-0000002.json")
        self.assertEqual((report["verdict"], report["item_of"]["saved"]), ("crashed", "json"))
        with open(letter, "rb") as f:
            saved = json.load(f)
        self.assertEqual(saved["subject"], "BULKHEAD-CHAOS: null")
        self.assertEqual(saved["body"]["text"].strip(), "all of it")
        (attached,) = saved["attachments"]
        self.assertEqual((attached["name"], base64.b64decode(attached["data"])), ("a.bin", data))
        self.assertEqual(len(self.folder_of("box.pst")), 4)

    def test_only_what_failed_is_tried_again(self):
        """An item without bytes of its own: its store comes for it alone."""
        service = self.begin()
        pst_write.simple(count=4).save(service.root / "box.pst")
        stored = (service.root / "box.pst").read_bytes()
        pst = pst_write.simple(count=4)
        data, _, _ = pst.nodes[0x200024]
        pst.blocks[data] = bytes(len(pst.blocks[data]))
        pst.save(service.root / "bad.pst")
        service.drop("box.pst", (service.root / "bad.pst").read_bytes(), sub="a")
        letter, report = service.wait_letter("box.pst-0000002.txt")
        kept, _ = service.wait_letter("box.pst")
        service.wait_idle()
        before = service.results()
        self.assertEqual(len(before), 5)
        # It fails again as long as it is as it was.
        done = self.verb("dead", "retry", report["id"])
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(".item-2-", done.stdout)
        wait_for(lambda: len(service.letters()) == 3 and service.idle(), service.last_words)
        self.assertEqual(service.results(), before)
        # The store is mended: the item, and no other, comes out.
        for path in service.letters():
            if path.endswith(b".pst"):
                with open(path, "wb") as f:
                    f.write(stored)
        (again,) = [p for p in service.letters() if p.endswith(b".txt")]
        done = self.verb("dead", "retry", os.path.basename(again)[:16].decode())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        wait_for(lambda: len(service.results()) == 6 and service.idle(), service.last_words)
        (new,) = set(service.results()) - set(before)
        self.assertTrue(new.endswith(b"/Inbox/0000002.eml"), new)
        self.assertIn(b"/a/box.item-2-", new)
        # The store itself is not tried again as a whole.
        done = self.verb("dead", "retry", os.path.basename(kept)[:16].decode())
        self.assertEqual(done.returncode, 1)
        self.assertIn("each is tried again by itself", done.stdout + done.stderr)
        self.assertFalse(os.path.exists(letter))

    def test_single_mails_do_not_wait(self):
        """Not even for items that hang."""
        service = self.begin({"workers": 3, "limits": {"silence": "20s", "time": "60s"}})
        service.drop("box.mbox", mbox([samples.marked("hang") for _ in range(40)]))
        wait_for(lambda: len(service.events(3101)) >= 3, "workers")
        service.wait_event(STORE_OPENED)
        for n in range(20):
            began = time.monotonic()
            service.drop(f"single{n}.eml", mail(n))
            service.wait_result(f"single{n}.eml", 15)
            self.assertLess(time.monotonic() - began, 15)

    def test_an_operator_takes_it_out(self):
        service = self.begin({"workers": 1, "limits": {"silence": "60s", "time": "60s"}})
        data = mbox([mail(1), samples.marked("hang"), mail(3)])
        service.drop("box.mbox", data)
        number = service.wait_event(STORE_OPENED)[0]["job"]
        wait_for(lambda: "1 of 3 items" in self.verb("queue").stdout,
                 lambda: self.verb("queue").stdout)
        done = self.verb("queue", "hold", number)
        self.assertEqual(done.returncode, 0, done.stderr)
        letter, report = service.wait_letter("box.mbox")
        self.assertEqual(report["verdict"], "withdrawn")
        with open(letter, "rb") as f:
            self.assertEqual(f.read(), data)
        self.assertEqual((service.results(), len(service.letters())), ([], 1))
        wait_for(lambda: not [p for p in files_below(service.spool / "tmp") if b".place" not in p],
                 "what it had is removed")

    def test_an_operator_takes_an_item_out(self):
        service = self.begin({"workers": 1, "limits": {"silence": "60s", "time": "60s"}})
        service.drop("box.mbox", mbox([mail(1), samples.marked("hang"), mail(3)]))

        def item():
            messages = json.loads(self.verb("queue", "--json").stdout)["messages"]
            return [m["id"] for m in messages
                    if m["file"] == "box.mbox-0000002.eml" and m["state"] == "running"]
        wait_for(item, service.last_words)
        done = self.verb("queue", "remove", item()[0])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(self.folder_of("box.mbox")), ["0000001.eml", "0000003.eml"])

    def test_paused(self):
        service = self.begin({"workers": 1})
        self.verb("pause")
        service.drop("box.mbox", mbox([mail(n) for n in range(5)]))
        time.sleep(1.5)
        self.assertEqual(service.events(STORE_OPENED), [])
        self.verb("resume")
        self.assertEqual(len(self.folder_of("box.mbox")), 5)

    def test_written_while_it_was_in_hand(self):
        service = self.begin({"workers": 1, "limits": {"silence": "60s", "time": "60s"}})
        service.drop("box.mbox", mbox([mail(1), samples.marked("slow", "2000"), mail(3)]))
        service.wait_event(STORE_OPENED)
        (path,) = service.active()
        with open(path, "ab") as f:
            f.write(MARK + mail(4) + b"\n")
        self.assertEqual(len(self.folder_of("box.mbox")), 4)


class Killed(StoreServiceTest):
    def run_to_the_end(self, count, bad, kills, whom):
        service = self.begin({"retry": {"kills": 50, "delay": "1ms"}})
        service.drop("box.mbox", mbox(
            samples.marked("null") if n in bad else mail(n) for n in range(1, count + 1)))
        for kill in range(kills):
            most = kill * count // (kills + 1) + count // 20
            wait_for(lambda most=most: self.made() >= most
                     or not service.running(), service.last_words, 3000)
            if service.events(STORE_DONE) and kill > 0:
                break  # a busy machine let the service go on for longer than this test
            self.assertEqual(service.events(STORE_DONE), [], "it was killed before its end")
            if whom == "workers":
                for pid in service.workers():
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            else:
                service.kill()
                service.start()
        items = self.folder_of("box.mbox")
        return service, items

    def check(self, count, bad, kills, whom, blamed=0):
        service, items = self.run_to_the_end(count, bad, kills, whom)
        letters = {os.fsdecode(p).rsplit("-", 1)[1]: p for p in service.letters()}
        named = {f"{n:07}.eml" for n in bad}
        self.assertEqual(len(letters), len(service.letters()))
        self.assertLessEqual(named, set(letters))
        self.assertLessEqual(len(letters) - len(named), blamed)
        self.assertEqual(set(items) | set(letters), {f"{n:07}.eml" for n in range(1, count + 1)})
        self.assertEqual(set(items) & set(letters), set())
        for name, data in items.items():
            self.assertEqual(data, mail(int(name[:7])))
        for name in letters:
            self.assertEqual(service.report_of(letters[name])["item_of"]["item"], int(name[:7]))
        store = self.report()["store"]
        self.assertEqual((store["listed"], store["passed"]), (count, len(items)))
        self.assertEqual(store["crashed"], len(letters))
        self.assert_clean()

    def test_supervisor(self):
        self.check(3000, {5, 700, 1401, 2998}, 6, "supervisor")

    def test_workers(self):
        # A worker that is killed is charged to its item; twice is the end.
        self.check(2000, {5, 700}, 4, "workers", blamed=8)

    @unittest.skipUnless(LONG, "100,000 items take a quarter of an hour (BULKHEAD_LONG=1)")
    def test_a_hundred_thousand(self):
        self.check(100000, set(range(500, 100001, 1000)), 5, "supervisor")

    def test_asked_to_stop(self):
        service = self.begin()
        service.drop("box.mbox", mbox(mail(n) for n in range(1, 1501)))
        for most in (100, 600):
            wait_for(lambda most=most: self.made() >= most, service.last_words)
            self.assertEqual(service.stop(), 0)
            service.start()
        self.assertEqual(len(self.folder_of("box.mbox")), 1500)
        self.assertEqual(service.events(SUSPECT), [])


if __name__ == "__main__":
    harness.main()
