# SPDX-License-Identifier: ISC
"""Drop folders as operators have them: file systems that are served by another process, writers
that close and open again, clients that rename, Maildirs, rights that are missing."""

import grp
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import harness
import samples
from harness import TestCase, wait_for

QUICK = {"scan": "200ms"}


class Writer(threading.Thread):
    """Appends the pieces of a message to a file, with a pause after each, and closes the file
    in between where that is asked for."""

    def __init__(self, path, pieces, pause, closes=False):
        super().__init__(daemon=True)
        self.path, self.pieces, self.pause, self.closes = path, pieces, pause, closes
        self.opened = threading.Event()

    def run(self):
        file = None
        for piece in self.pieces:
            file = file or open(self.path, "ab", buffering=0)
            file.write(piece)
            self.opened.set()
            if self.closes:
                file.close()
                file = None
            time.sleep(self.pause)
        if file:
            file.close()


def pieces(data, count):
    """data in so many parts."""
    size = len(data) // count + 1
    return [data[i:i + size] for i in range(0, len(data), size)]


class Operators(TestCase):
    def long_mail(self, subject):
        return samples.mail(subject, "".join(f"line {i} of many\r\n" for i in range(60)))

    def assert_results(self, service, messages):
        """Each of them came out once, whole, and nothing else did."""
        found = {}
        for path in service.results():
            stem = harness.RESULT_NAME.fullmatch(os.path.basename(path)).group("stem")
            with open(path, "rb") as f:
                found.setdefault(os.fsdecode(stem), []).append(f.read())
        self.assertEqual({os.path.splitext(n)[0]: [d] for n, d in messages.items()}, found)
        self.assertEqual([], service.all_dead())


class Fuse(Operators):
    """Incoming is a real FUSE mount: what writes to its other side is not seen by any lease."""

    def mounted(self, *options):
        """A mount and its other side."""
        if not os.path.exists("/dev/fuse") or not shutil.which("bindfs"):
            self.skipTest("no FUSE here: /dev/fuse or bindfs is missing")
        root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-fuse."))
        self.addCleanup(shutil.rmtree, root, True)
        other, mount = root / "other", root / "mount"
        other.mkdir()
        mount.mkdir()
        done = subprocess.run(["bindfs", *options, other, mount], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"bindfs cannot mount: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        return mount, other

    def served(self, mount, **intake):
        service = self.service({"intake": {**QUICK, **intake},
                                "folders": {"incoming": str(mount)}})
        told = service.events(harness.LEASE)
        self.assertEqual(1, len(told), service.last_words())
        self.assertEqual("fuse", told[0]["file_system"])
        return service

    def test_a_writer_on_the_other_side(self):
        """Longer than any rest in all, but never as long as one without a write."""
        mount, other = self.mounted()
        service = self.served(mount)
        messages = {f"slow{i}.eml": self.long_mail(f"slow {i}") for i in range(6)}
        writers = [Writer(other / n, pieces(d, 6), 0.7) for n, d in messages.items()]
        for w in writers:
            w.start()
        for w in writers:
            w.join()
        for name in messages:
            service.wait_result(name)
        self.assert_results(service, messages)
        self.assertEqual(0, service.stop())
        self.assert_accounted(messages, service)

    def test_a_writer_that_pauses_longer_than_the_rest(self):
        """It is taken too early, found out before anything is delivered, and put back."""
        mount, other = self.mounted()
        service = self.served(mount, settle="100ms")
        name, data = "late.eml", samples.marked("slow", "3000", subject="late")
        path = other / name
        first, rest = data[:-8], data[-8:]
        writer = open(path, "wb", buffering=0)
        self.addCleanup(writer.close)
        writer.write(first)
        service.wait_event(harness.TAKEN)
        writer.write(rest)
        writer.close()
        service.wait_event(harness.CHANGED)
        self.assertEqual([], service.results())
        service.wait_result(name)
        service.wait_idle()
        self.assertEqual(1, len(service.results()))
        with open(service.results()[0], "rb") as f:
            self.assertTrue(f.read().endswith(rest))
        self.assertEqual([], service.all_dead())
        self.assertEqual([], service.events(harness.FAILED))

    def test_moved_in_is_taken_at_once(self):
        mount, _ = self.mounted()
        service = self.served(mount, settle="1h")
        service.drop("moved.eml", samples.mail("moved"))
        service.wait_result("moved.eml")

    def test_doctor_says_so(self):
        mount, _ = self.mounted()
        config = mount.parent / "c.yaml"
        config.write_text(harness.to_yaml({"spool": str(mount.parent / "spool"),
                                           "folders": {"incoming": str(mount)}}))
        (mount.parent / "spool").mkdir()
        done = subprocess.run([harness.BUILD / "bulkhead", "doctor", "-c", config], check=False,
                              capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if "lease" in line]
        mine = [line for line in lines if str(mount) in line]
        self.assertEqual(1, len(mine), done.stdout)
        self.assertIn("fuse", mine[0])
        self.assertIn("rest", mine[0])
        self.assertNotIn("works", mine[0])


class Writers(Operators):
    """Where leases work."""

    def test_a_writer_that_closes_and_opens_again(self):
        """What the operator set is longer than its pauses: it is taken once, whole."""
        service = self.service({"intake": {**QUICK, "settle": "1500ms"}})
        messages = {f"log{i}.eml": self.long_mail(f"log {i}") for i in range(4)}
        writers = [Writer(service.folder("incoming") / n, pieces(d, 20), 0.2, closes=True)
                   for n, d in messages.items()]
        for w in writers:
            w.start()
        for w in writers:
            w.join()
        for name in messages:
            service.wait_result(name)
        self.assert_results(service, messages)
        self.assertEqual(0, service.stop())  # the log may be behind
        self.assertEqual(4, len(service.events(harness.TAKEN)))

    def test_opened_again_while_it_is_converted(self):
        """Whoever kept the name of the message in active/, or its descriptor, and writes on."""
        service = self.service({"intake": {**QUICK, "settle": "0"}})
        data = samples.marked("slow", "2000", subject="again")
        service.drop("again.eml", data)
        service.wait_event(harness.TAKEN)
        path = wait_for(lambda: [p for p in service.active() if b"again" in p],
                        "its name in active")[0]
        with open(path, "ab", buffering=0) as f:
            f.write(b"and more\r\n")
        service.wait_event(harness.CHANGED)
        service.wait_result("again.eml")
        service.wait_idle()
        with open(service.results()[0], "rb") as f:
            self.assertTrue(f.read().endswith(b"and more\r\n"))
        self.assertEqual(1, len(service.results()))
        self.assertEqual([], service.all_dead())

    def test_a_client_that_renames_what_it_closed(self):
        """Names of the field, and one that nobody knows: none is taken under the client's feet."""
        service = self.service({"intake": {"scan": "20ms"}})
        incoming = service.folder("incoming")
        names = {}
        for i in range(100):
            half = [f"m{i}.eml.filepart", f"m{i}.eml.PARTIAL", f"m{i}.crdownload", f"~m{i}.eml",
                    f"m{i}.eml.unheard-of"][i % 5]
            names[f"m{i}.eml"] = half
            data = samples.mail(f"m {i}")
            with open(incoming / half, "wb") as f:
                f.write(data)
            time.sleep(0.02)
            os.rename(incoming / half, incoming / f"m{i}.eml")  # FileNotFoundError: it was taken
        service.wait_idle()
        self.assert_accounted(names, service)
        self.assertEqual(100, len(service.results()))

    def test_what_desktops_leave_stays(self):
        service = self.service({"intake": QUICK})
        left = ["Thumbs.db", "THUMBS.DB", "desktop.ini", ".DS_Store", "half.filepart", "backup.eml~",
                "#draft.eml#", ".#draft.eml", "~$offer.msg", "page.crswap", "a.InProgress",
                ".mail.eml.AbCdEf", ".mail.eml.swp", "._mail.eml"]
        for name in left:
            (service.folder("incoming") / name).write_bytes(b"arbitrary")
        service.drop("after.eml", samples.mail())
        service.wait_result("after.eml")
        wait_for(lambda: self.state(service, ignored=9), service.last_words)
        self.assertEqual(set(left), set(os.listdir(service.folder("incoming"))))

    def test_own_patterns(self):
        service = self.service({"intake": {**QUICK, "ignore": "*.wait x?y"}})
        for name in ("a.WAIT", "xzy", "b.tmp"):
            (service.folder("incoming") / name).write_bytes(samples.mail(name))
        service.wait_result("b.tmp")
        self.assertEqual({"a.WAIT", "xzy"}, set(os.listdir(service.folder("incoming"))))


class Maildir(Operators):
    """A Maildir below incoming, or incoming itself, with deliveries of both kinds."""

    def deliver(self, maildir, count, first=0):
        """As maildir(5) asks: written to tmp/, then renamed or linked to new/."""
        names = []
        for i in range(first, first + count):
            name = f"{int(time.time())}.M{i}P1.host.example.com"
            tmp, new = maildir / "tmp" / name, maildir / "new" / name
            with open(tmp, "wb") as f:
                f.write(samples.mail(f"m {i}"))
                f.flush()
                os.fsync(f.fileno())
            time.sleep(0.005)
            if i % 2:
                os.rename(tmp, new)
            else:
                os.link(tmp, new)
                time.sleep(0.002)
                os.unlink(tmp)
            names.append(name)
        return names

    def one(self, sub):
        service = self.service({"intake": {"scan": "50ms"}}, start=False)
        maildir = service.folder("incoming") / sub
        for name in ("tmp", "new", "cur"):
            (maildir / name).mkdir(parents=True)
        (maildir / "tmp" / "abandoned").write_bytes(samples.mail("abandoned"))
        service.start()
        self.deliver(maildir, 100)
        service.wait_event(harness.DONE, 100)
        subjects = []
        for path in service.results():
            with open(path, "rb") as f:
                subjects.append(f.read())
        self.assertEqual(sorted(samples.mail(f"m {i}") for i in range(100)), sorted(subjects))
        self.assertEqual([], service.all_dead())
        self.assertEqual(["abandoned"], os.listdir(maildir / "tmp"))
        self.assertEqual([], os.listdir(maildir / "new"))

    def test_below_incoming(self):
        self.one("users/ann/Maildir")

    def test_incoming_itself(self):
        self.one("")

    def test_a_link_is_seen_at_once(self):
        """No scan in sight: the kernel says only that the name was made."""
        service = self.service({"intake": {"scan": "1h"}}, start=False)
        for name in ("tmp", "new", "cur"):
            (service.folder("incoming") / name).mkdir(parents=True)
        service.start()
        wait_for(lambda: self.state(service, backlog=0), service.last_words)
        self.deliver(service.folder("incoming"), 4)
        service.wait_event(harness.DONE, 4)


class Rights(Operators):
    def test_a_folder_of_somebody_else_is_told_once(self):
        user, build = self.ordinary_user()
        if not user:
            self.skipTest("needs root, to make a folder of somebody else's")
        root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, root, True)
        service = self.service({"worker": {"program": str(build / "tests/chaos-worker")},
                                "intake": {"scan": "100ms"}}, root=root, prefix=user, start=False,
                               command=[str(build / "bulkhead"), "serve"])
        os.makedirs(service.folder("incoming") / "theirs")
        for path in (root, service.spool, service.folder("incoming")):
            os.chown(path, 65534, 65534)
        names = [f"m{i}.eml" for i in range(300)]
        for name in names:
            service.drop(name, samples.mail(name), sub="theirs")
            os.chmod(service.folder("incoming") / "theirs" / name, 0o644)
        service.start()
        told = service.wait_event(harness.TROUBLE)
        self.assertEqual("theirs", told[0]["folder"])
        self.assertIn("belongs to 0:0 with mode 0755", told[0]["next"])
        wait_for(lambda: self.state(service, left=300), service.last_words)
        service.drop("mine.eml", samples.mail("mine"))
        service.wait_result("mine.eml")
        self.assertEqual(1, len(service.events(harness.TROUBLE)), service.last_words())
        os.chown(service.folder("incoming") / "theirs", 65534, 65534)
        service.wait_idle()
        self.assert_accounted([*names, "mine.eml"], service)
        self.assertEqual([], service.all_dead())
        self.assertEqual(0, service.stop())

    def test_whose_the_spool_is(self):
        """A volume of root's, a service that is not root: what it says leads out of that."""
        user, build = self.ordinary_user()
        if not user:
            self.skipTest("needs root, to make a folder of somebody else's")
        root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, root, True)
        root.chmod(0o755)
        service = self.service(root=root, prefix=user, start=False,
                               command=[str(build / "bulkhead"), "serve"])
        service.spool.mkdir(0o755)
        service.start(ready=False)
        service.wait_exit()
        reason = service.events(harness.CANNOT_START)[0]["reason"]
        for part in ("Permission denied", "user 65534:65534", "belongs to 0:0 with mode 0755",
                     f"chown -R 65534:65534 {service.spool}", "--user 0:0"):
            self.assertIn(part, reason)
        self.assertEqual(0, subprocess.run(["chown", "-R", "65534:65534", service.spool],
                                           check=False).returncode)
        service.start()
        self.assertEqual(0, service.stop())

    def test_a_group_reads(self):
        """bulkhead.yaml(5)'s example: members of the group read results where they lie."""
        if os.getuid() != 0:
            self.skipTest("needs root, to be somebody else")
        service = self.service({"on_failure": "both", "files": {
            "umask": "0027", "folder_mode": "0750", "mode": "0640", "group": "mail"}},
            start=False)
        service.root.chmod(0o755)
        service.start()
        service.drop("a.eml", samples.mail("a"), sub="deep/down")
        service.drop("b.txt", b"arbitrary words")
        result = service.wait_result("a.eml")
        original = service.wait_result("b.txt")
        group = grp.getgrnam("mail").gr_gid
        member = ["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups", "--"]
        stranger = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        for path in (result, original):
            read = subprocess.run([*member, "cat", path], check=False, capture_output=True)
            self.assertEqual(0, read.returncode, read.stderr)
            self.assertNotEqual(0, subprocess.run([*stranger, "cat", path], check=False,
                                                  capture_output=True).returncode)

    def test_a_set_group_id_folder_hands_its_group_on(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to give a folder away")
        service = self.service(start=False)
        out = service.folder("outgoing")
        out.mkdir(parents=True)
        os.chown(out, -1, 8)
        out.chmod(0o2770)
        service.start()
        service.drop("a.eml", samples.mail("a"), sub="deep/down")
        result = service.wait_result("a.eml")
        self.assertEqual(8, os.stat(result).st_gid)
        for folder in (out / "deep", out / "deep" / "down"):
            self.assertEqual((8, 0o2700), (folder.stat().st_gid, folder.stat().st_mode & 0o7777))

    def test_check_knows_the_group(self):
        user, build = self.ordinary_user()
        def check(group, *prefix):
            return subprocess.run([*prefix, build / "bulkhead", "check", "--set",
                                   f"files.group={group}"], check=False, capture_output=True,
                                  text=True)
        done = check("no-such-group")
        self.assertEqual((2, "files.group: no-such-group: no such group\n"),
                         (done.returncode, done.stderr))
        done = check("mail", *user)
        self.assertEqual(2, done.returncode, done.stdout)
        self.assertIn("files.group: mail: user 65534 is not in that group" if user else
                      "is not in that group", done.stderr)


class Names(Operators):
    def windows(self):
        """A file system of another world: ntfs-3g, which lets no name be that Windows cannot
        have."""
        if not os.path.exists("/dev/fuse") or not shutil.which("ntfs-3g") or os.getuid() != 0:
            self.skipTest("no NTFS here: /dev/fuse, ntfs-3g or root's rights are missing")
        root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-ntfs."))
        self.addCleanup(shutil.rmtree, root, True)
        image, mount = root / "image", root / "mount"
        mount.mkdir()
        with open(image, "wb") as f:
            f.truncate(64 << 20)
        for command in (["mkntfs", "-F", "-Q", image],
                        ["ntfs-3g", "-o", "windows_names", image, mount]):
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                self.skipTest(f"{command[0]}: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", mount], check=False)
        return mount

    def test_a_name_that_the_destination_refuses(self):
        mount = self.windows()
        service = self.service({"folders": {"outgoing": str(mount / "out"),
                                            "dead": str(mount / "dead")}})
        good = ["Re: x?.eml", "a<b>|c.eml", "plain.eml"]
        for name in good:
            service.drop(name, samples.mail(name), sub="what: now?" if "x" in name else "")
        service.drop("bad: one*.txt", b"arbitrary words")
        renamed = service.wait_event(harness.RENAMED, 3)
        service.wait_idle()
        self.assertEqual({"Re: x?.eml", "a<b>|c.eml", "bad: one*.txt"},
                         {e["file"] for e in renamed})
        stems = {os.fsdecode(harness.RESULT_NAME.fullmatch(os.path.basename(p)).group("stem"))
                 for p in service.results()}
        self.assertEqual({"Re_ x_", "a_b__c", "plain"}, stems)
        self.assertEqual([b"what_ now_"], [os.path.basename(os.path.dirname(p))
                                           for p in service.results() if os.path.basename(p).startswith(b"Re_")])
        letter = service.letters()[0]
        self.assertEqual("bad: one*.txt", service.report_of(letter)["file"])
        self.assert_clean(service)
        self.assertEqual(0, service.stop())

    def test_a_retried_delivery_reports_once(self):
        """The report is delivered first; where the rest cannot follow it is not written again."""
        service = self.service({"on_failure": "both", "retry": {"crash": 0}})
        service.folder("outgoing").joinpath("s").write_bytes(b"in the way")
        service.drop("bad.txt", b"arbitrary words", sub="s")
        service.wait_event(harness.LATE, 2)
        service.folder("outgoing").joinpath("s").unlink()
        service.wait_result("bad.txt")
        service.wait_idle()
        self.assertEqual(2, len(service.all_dead()), service.all_dead())
        self.assertEqual(1, len([p for p in service.all_dead() if p.endswith(b".json")]))


class Stops(Operators):
    def test_a_slow_message_outlives_impatient_stops(self):
        """TERM, then KILL before it could finish, again and again: no fault of the message's."""
        service = self.service({"limits": {"stop": "1h"}}, start=False)
        service.spool.joinpath("incoming").mkdir(parents=True)
        names = ["slow.eml", "other.eml"]
        for name in names:
            service.drop(name, samples.marked("slow", "6000", subject=name))
        for _ in range(6):
            since = len(service.log)
            service.start()
            # What was stopped is tried again by half of the workers at a time.
            wait_for(lambda: self.state(service)["running"] > 0, service.last_words)
            service.signal(15)
            service.wait_event(harness.DRAIN, since=since)
            service.kill()
            self.assertEqual([], service.events(harness.SUSPECT, since=since))
        service.start()
        for name in names:
            service.wait_result(name)
        self.assertEqual([], service.all_dead())
        self.assert_accounted(names, service)
        self.assertEqual(0, service.stop())

    def test_a_suspect_is_absolved_too(self):
        """One that the service died with runs alone; asked to stop meanwhile it is charged with
        nothing, however often that happens."""
        service = self.service({"limits": {"stop": "1h"}, "retry": {"kills": 1}}, start=False)
        service.spool.joinpath("incoming").mkdir(parents=True)
        service.drop("slow.eml", samples.marked("slow", "4000", subject="slow"))
        service.start()
        wait_for(lambda: self.state(service, running=1), service.last_words)
        service.kill()
        since = len(service.log)
        service.start()
        service.wait_event(harness.SUSPECT, since=since)
        wait_for(lambda: self.state(service, running=1), service.last_words)
        service.signal(15)
        service.wait_event(harness.DRAIN, since=since)
        service.kill()
        service.start()
        service.wait_result("slow.eml")
        self.assertEqual([], service.all_dead())

    def test_few_open_files(self):
        """ulimit -n: too few for anything is said and the end, fewer than the workers want is
        said, and the soft limit is raised to the hard one."""
        few = self.service(prefix=["prlimit", "--nofile=48"], start=False)
        few.start(ready=False)
        self.assertEqual(1, few.wait_exit())
        self.assertIn("ulimit -n", few.events(harness.CANNOT_START)[0]["reason"])
        some = self.service({"workers": 8}, prefix=["prlimit", "--nofile=80"])
        told, = [e for e in some.events(harness.TROUBLE) if "open_files" in e]
        self.assertEqual(80, told["open_files"])
        some.drop("m.eml", samples.mail())
        some.wait_result("m.eml")
        self.assertEqual(0, some.stop())
        soft = self.service(prefix=["prlimit", "--nofile=48:4096"])
        self.assertEqual([], soft.events(harness.TROUBLE))

    def test_no_role_dies_of_a_file_that_may_not_grow(self):
        """SIGXFSZ is ignored by the service and by each process that it starts."""
        service = self.service()
        service.drop("crash.eml", samples.marked("null"))  # the zygote is made when one is lost
        service.wait_letter("crash.eml")

        def role(pid):
            return " ".join(harness.Process.arguments(pid)[:2]).rpartition("/")[2]

        def missing():
            there = " ".join(role(p) for p in service.family())
            return [r for r in ("janitor", "gateway", "worker", "zygote") if r not in there]
        wait_for(lambda: not missing(), lambda: str(missing()))
        for pid in [service.pid, *service.family()]:  # a helper may have done its work and ended
            wait_for(lambda p=pid: harness.Process.ignores(p, signal.SIGXFSZ) or
                     not harness.alive(p), f"{pid} {role(pid)}")
        self.assertEqual([], missing())

    def test_files_that_may_not_grow(self):
        """ulimit -f below limits.output: our trouble, told at the start, charged to nobody."""
        limit = 64 << 10
        service = self.service(prefix=["prlimit", f"--fsize={limit}"], start=False)
        service.start()
        told = service.wait_event(harness.TROUBLE)[0]
        self.assertEqual(limit, told["file_size"])
        service.drop("small.eml", samples.mail("small"))
        service.wait_result("small.eml")
        service.spool.joinpath("incoming", ".large").write_bytes(
            samples.mail("large", "x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 3000))
        os.rename(service.spool / "incoming/.large", service.spool / "incoming/large.eml")
        late = service.wait_event(harness.LATE)[0]
        self.assertEqual("File too large", late["error"])
        self.assertEqual([], service.all_dead())
        self.assertEqual(0, service.stop())
        self.assert_accounted(["small.eml", "large.eml"], service)


if __name__ == "__main__":
    harness.main()
