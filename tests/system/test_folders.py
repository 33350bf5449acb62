# SPDX-License-Identifier: ISC
"""Folders of a running spool that vanish, are made anew, are renamed, or have a volume mounted
over them: each is told by an event and by readiness, nothing is taken or delivered meanwhile,
and everything comes out once when they are back."""

import os
import pathlib
import shutil
import subprocess

import harness
import samples
from harness import TestCase, wait_for

CONFIG = {"intake": {"scan": "200ms"}}


class Folders(TestCase):
    def away(self, service, folder):
        """It is told, and the service says that it is not ready."""
        service.wait_event(harness.AWAY, folder=folder)
        return wait_for(lambda: self.state(service, ready=False, not_ready=f"{folder} is away"),
                        service.last_words)

    def ready(self, service):
        wait_for(lambda: self.state(service, ready=True), service.last_words)

    def untouched(self, service, name):
        """A message that is dropped now stays where it is, over some scans and looks."""
        looks = [self.state(service) for _ in range(3)]
        claimed = looks[0]["claimed"]
        wait_for(lambda: self.state(service)["turns"] > looks[-1]["turns"] + 3,
                 service.last_words)
        self.assertEqual(claimed, self.state(service)["claimed"])
        self.assertEqual([], [p for p in service.results() if name.encode() in p])

    def test_outgoing_is_made_again(self):
        service = self.service(CONFIG)
        out = service.folder("outgoing")
        service.drop("before.eml", samples.mail("before"))
        service.wait_result("before.eml")
        shutil.rmtree(out)
        self.away(service, "outgoing")
        service.drop("while.eml", samples.mail("while"))
        self.untouched(service, "while")
        out.mkdir()
        service.wait_event(harness.FOLDER_BACK, folder="outgoing")
        service.wait_result("while.eml")
        service.drop("after.eml", samples.mail("after"))
        service.wait_result("after.eml")
        self.ready(service)
        self.assertEqual([], service.events(harness.HELPER_LOST))
        self.assertEqual(2, len(service.results()))
        self.assertEqual(0, service.stop())
        self.assert_clean(service)

    def test_replaced_while_messages_are_in_hand(self):
        """Those that end while the folder is away are delivered, once, when it is back."""
        service = self.service(CONFIG)
        names = [f"m{i}.eml" for i in range(4)]
        for name in names:
            service.drop(name, samples.marked("slow", "1500", subject=name))
        wait_for(lambda: self.state(service)["running"] > 0, service.last_words)
        for which in ("outgoing", "dead", "reports"):
            shutil.rmtree(service.folder(which))
        service.drop("bad.txt", b"arbitrary words")
        self.away(service, "outgoing")
        service.wait_event(harness.LATE)
        for which in ("outgoing", "dead", "reports"):
            service.folder(which).mkdir()
        for name in names:
            service.wait_result(name)
        service.wait_letter("bad.txt")
        self.assert_accounted([*names, "bad.txt"], service)
        self.ready(service)
        self.assertEqual(0, service.stop())
        self.assert_clean(service)

    def test_incoming_is_made_again(self):
        service = self.service(CONFIG)
        incoming = service.folder("incoming")
        incoming.rename(service.spool / "old")
        self.away(service, "incoming")
        incoming.mkdir()
        service.wait_event(harness.FOLDER_BACK, folder="incoming")
        service.drop("a.eml", samples.mail("a"))
        service.drop("b.eml", samples.mail("b"), sub="deep/down")
        service.wait_result("a.eml")
        service.wait_result("b.eml")
        self.ready(service)
        # Nobody else may have it: the lock is on the new one.
        other = self.service({"spool": str(service.root / "other"),
                              "folders": {"incoming": str(incoming)}}, start=False)
        other.start(ready=False)
        self.assertNotEqual(0, other.wait_exit())
        self.assertEqual(0, service.stop())

    def test_the_spool_is_renamed_for_a_while(self):
        service = self.service(CONFIG)
        service.drop("a.eml", samples.mail("a"))
        service.wait_result("a.eml")
        elsewhere = service.root / "elsewhere"
        service.spool.rename(elsewhere)
        self.away(service, "spool")
        (elsewhere / "incoming/b.eml").write_bytes(samples.mail("b"))
        self.untouched(service, "b.eml")
        elsewhere.rename(service.spool)
        service.wait_event(harness.FOLDER_BACK, folder="spool")
        service.wait_result("b.eml")
        self.ready(service)
        self.assert_accounted(["a.eml", "b.eml"], service)
        self.assertEqual(0, service.stop())

    def test_active_is_replaced_for_a_while(self):
        """What is in hand lies in it: another folder of that name is never used."""
        service = self.service(CONFIG)
        active, kept = service.spool / "active", service.spool / "kept"
        service.drop("slow.eml", samples.marked("slow", "1500", subject="slow"))
        wait_for(lambda: self.state(service)["running"], service.last_words)
        active.rename(kept)
        active.mkdir()
        self.away(service, "active")
        service.drop("while.eml", samples.mail("while"))
        self.untouched(service, "while")
        active.rmdir()
        kept.rename(active)
        for name in ("slow.eml", "while.eml"):
            service.wait_result(name)
        self.ready(service)
        self.assert_accounted(["slow.eml", "while.eml"], service)

    def test_each_way_to_go(self):
        """Moved away; another folder, a link to one or a file in its place; a link to itself. Each
        is told, and its end. active/ is only ever the one in which lies what is in hand; another
        incoming/ is taken as the new one."""
        service = self.service(CONFIG)
        elsewhere, aside = service.root / "elsewhere", service.spool / "aside"
        elsewhere.mkdir(0o700)
        ways = {
            "moved": lambda place: None,
            "another": lambda place: place.mkdir(0o700),
            "link": lambda place: place.symlink_to(elsewhere),
            "file": lambda place: place.write_bytes(b""),
        }
        names = []

        def goes_on(name):
            names.append(name)
            service.drop(name, samples.mail(name))
            service.wait_result(name)
        for which in ("active", "incoming"):
            place = service.folder(which)
            for way, replace in ways.items():
                with self.subTest(which=which, way=way):
                    since = len(service.log)
                    place.rename(aside)
                    replace(place)
                    if which == "incoming" and way in ("another", "link"):
                        service.wait_event(harness.FOLDER_BACK, since=since, folder=which)
                        goes_on(f"new-{way}.eml")
                    else:
                        service.wait_event(harness.AWAY, since=since, folder=which)
                        wait_for(lambda w=which: self.state(
                            service, ready=False, not_ready=f"{w} is away"), service.last_words)
                        if which == "active":
                            names.append(f"while-{way}.eml")
                            service.drop(names[-1], samples.mail(way))
                            self.untouched(service, names[-1])
                    since = len(service.log)
                    if way == "another":
                        shutil.rmtree(place)
                    elif way != "moved":
                        place.unlink()
                    aside.rename(place)
                    service.wait_event(harness.FOLDER_BACK, since=since, folder=which)
                    goes_on(f"{which}-{way}.eml")
                    self.ready(service)
            place.rename(aside)  # where it is now does not count, but which it is
            place.symlink_to(aside)
            goes_on(f"{which}-itself.eml")
            place.unlink()
            aside.rename(place)
            goes_on(f"{which}-last.eml")
        self.assert_accounted(names, service)
        self.ready(service)
        self.assertEqual([], list(elsewhere.iterdir()))
        self.assertEqual(0, service.stop())
        self.assert_clean(service)


class Mounts(Folders):
    """In a mount namespace of the service's own, into which volumes are mounted late."""

    def namespace(self):
        if os.getuid() != 0 or not shutil.which("nsenter"):
            self.skipTest("needs root, to mount in a namespace")
        if subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("no mount namespace can be made here")
        return self.service(CONFIG, prefix=["unshare", "-m", "--propagation", "private"])

    @staticmethod
    def within(service, *command):
        subprocess.run(["nsenter", "-t", str(service.pid), "-m", *command], check=True)

    def mount(self, service, path):
        self.within(service, "mount", "-t", "tmpfs", "none", str(path))

    @staticmethod
    def seen(service, path):
        """The same path, as the service's namespace has it."""
        return pathlib.Path(f"/proc/{service.pid}/root{path}")

    def files(self, service, path):
        return sorted(p.name for p in self.seen(service, path).iterdir() if p.name[0] != ".")

    def test_a_volume_over_outgoing(self):
        """It is used at once, nothing goes below it, and nothing goes to where it was."""
        service = self.namespace()
        out = service.folder("outgoing")
        for round_ in range(2):
            self.mount(service, out)
            service.drop(f"on{round_}.eml", samples.mail(f"on {round_}"))
            wait_for(lambda: len(self.files(service, out)) == 1, service.last_words)
            self.assertEqual([], service.results(), "below the mount")
            self.ready(service)
            self.within(service, "umount", "-l", str(out))
            self.away(service, "outgoing")
            service.drop(f"off{round_}.eml", samples.mail(f"off {round_}"))
            self.untouched(service, f"off{round_}.eml")
            self.mount(service, out)
            wait_for(lambda: len(self.files(service, out)) == 1, service.last_words)
            self.assertIn(f"off{round_}", self.files(service, out)[0])
            self.assertEqual([], service.results(), "below the mount")
            service.wait_idle()
            since = len(service.log)
            self.within(service, "umount", "-l", str(out))
            service.wait_event(harness.AWAY, since=since)
        self.mount(service, out)
        self.ready(service)
        self.assertEqual(4, self.state(service)["passed"])
        self.assertEqual(0, service.stop())
        self.assert_clean(service)

    def test_the_spools_volume_is_unmounted(self):
        """What lies below the mount is not the spool, whatever it looks like."""
        service = self.namespace()
        disk = service.root / "disk"
        names = []
        self.within(service, "true")
        self.assertEqual(0, service.stop())
        service.spool.rename(disk)
        service.spool.mkdir()
        service.prefix = ["unshare", "-m", "--propagation", "private", "sh", "-c",
                          f'mount --bind "{disk}" "{service.spool}" && exec "$@"', "sh"]
        service.start(ready=False)
        for i in range(2):
            names.append(f"on{i}.eml")
            (disk / "incoming" / names[-1]).write_bytes(samples.mail(f"on {i}"))
            wait_for(lambda n=i: len(list((disk / "outgoing").iterdir())) > 2 * n,
                     service.last_words)
            since = len(service.log)
            self.within(service, "umount", "-l", str(service.spool))
            service.wait_event(harness.AWAY, since=since, folder="spool")
            names.append(f"off{i}.eml")
            (disk / "incoming" / names[-1]).write_bytes(samples.mail(f"off {i}"))
            self.within(service, "mount", "--bind", str(disk), str(service.spool))
            service.wait_event(harness.FOLDER_BACK, since=since, folder="spool")
            wait_for(lambda n=i: len(list((disk / "outgoing").iterdir())) > 2 * n + 1,
                     service.last_words)
        self.assertEqual([], list(service.spool.iterdir()), "below the mount")
        self.assertEqual(4, len(list((disk / "outgoing").iterdir())))
        self.assertEqual(0, service.stop())

    def test_a_volume_over_dead(self):
        service = self.namespace()
        dead = service.folder("dead")
        self.mount(service, dead)
        service.drop("bad.txt", b"arbitrary words")
        wait_for(lambda: len(self.files(service, dead)) == 2, service.last_words)
        self.assertEqual([], service.all_dead(), "below the mount")
        self.assertEqual([], service.events(harness.HELD))
        self.ready(service)

    def test_a_volume_over_incoming(self):
        """Claims cannot leave it: it is told, and taken up again when it is gone."""
        service = self.namespace()
        incoming = service.folder("incoming")
        self.mount(service, incoming)
        self.away(service, "incoming")
        (self.seen(service, incoming) / "on.eml").write_bytes(samples.mail("on"))
        service.drop("below.eml", samples.mail("below"))
        self.untouched(service, "eml")
        self.within(service, "umount", "-l", str(incoming))
        service.wait_event(harness.FOLDER_BACK, folder="incoming")
        service.wait_result("below.eml")
        self.ready(service)
        self.assert_accounted(["below.eml"], service)


if __name__ == "__main__":
    harness.main()
