# SPDX-License-Identifier: ISC
"""Each situation in which mail does not flow: it is told by an event and by readiness, and when
it is mended everything comes out, once. tests/situations names the test of each situation of
operators, this table among them."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import harness
import samples
from harness import BUILD, TestCase, wait_for

QUICK = {"intake": {"scan": "200ms", "min_free": "1MiB", "min_inodes": 10}}


class Stall:
    """One situation. begin(): mail stops. mend(): it goes on. event, fields: what is logged then;
    lacks: what not_ready begins with, "" where others go on; held_up: what is said to wait."""

    config, user, root_only, mounts = {}, False, False, False
    event, fields, lacks, held_up = None, {}, "", ""
    name = "m.eml"  # of the message that waits
    others = ()
    untold = False  # until a message is there

    def __init__(self, service):
        self.service = service

    def folder(self, which):
        return self.service.folder(which)

    def drop(self):
        self.service.drop(self.name, samples.mail("m"))

    def started(self):
        """What is to be done before the service starts."""


class Away(Stall):
    """A folder that is renamed (and the spool, with all that is in it)."""

    event, which = harness.AWAY, "outgoing"

    def path(self):
        return self.service.spool if self.which == "spool" else \
            self.service.spool / self.which

    def begin(self):
        self.fields, self.lacks = {"folder": self.which}, f"{self.which} is away"
        self.path().rename(self.service.root / "elsewhere")

    def drop(self):
        if self.which == "spool":
            (self.service.root / "elsewhere/incoming" / self.name).write_bytes(samples.mail("m"))
        elif self.which == "incoming":
            (self.service.root / "elsewhere" / self.name).write_bytes(samples.mail("m"))
        else:
            super().drop()

    def mend(self):
        (self.service.root / "elsewhere").rename(self.path())


class Removed(Stall):
    """Outgoing is removed, and made again."""

    event, fields, lacks = harness.AWAY, {"folder": "outgoing"}, "outgoing is away"

    def begin(self):
        shutil.rmtree(self.folder("outgoing"))

    def mend(self):
        self.folder("outgoing").mkdir()


class Covered(Stall):
    """A volume is mounted over incoming, from which nothing can be claimed."""

    event, fields, lacks = harness.AWAY, {"folder": "incoming"}, "incoming is away"
    mounts = True

    def begin(self):
        subprocess.run(["mount", "-t", "tmpfs", "none", self.folder("incoming")], check=True)

    def drop(self):
        """It lies below the mount: by a second view of the folder."""
        view = self.service.root / "view"
        view.mkdir()
        subprocess.run(["mount", "--bind", self.service.spool, view], check=True)
        (view / "incoming" / self.name).write_bytes(samples.mail("m"))
        subprocess.run(["umount", "-l", view], check=True)

    def mend(self):
        subprocess.run(["umount", "-l", self.folder("incoming")], check=True)


class VolumeInside(Stall):
    """A folder of incoming is a volume: its files cannot be claimed."""

    untold = True
    event, fields = harness.TROUBLE, {"folder": "inside"}
    held_up, mounts = "in incoming, until they may be taken: 1 (the first in inside: ", True

    def begin(self):
        inside = self.folder("incoming") / "inside"
        inside.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", inside], check=True)

    def drop(self):
        self.service.drop(self.name, samples.mail("m"), sub="inside")

    def mend(self):
        inside = self.folder("incoming") / "inside"
        data = (inside / self.name).read_bytes()
        subprocess.run(["umount", "-l", inside], check=True)
        self.service.drop(self.name, data)


class ReadOnly(Stall):
    """The volume of incoming becomes read-only for the service; others can still write to it."""

    untold = True
    event, fields, mounts = harness.TROUBLE, {"folder": ""}, True
    lacks = "no file may be taken out of incoming: Read-only file system"

    def started(self):
        self.volume, self.view = self.service.spool / "volume", self.service.spool / "view"
        for folder in (self.volume, self.view):
            folder.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", self.volume], check=True)
        subprocess.run(["mount", "--bind", self.volume, self.view], check=True)
        self.service.config["folders"] = {"incoming": str(self.volume)}

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,bind,{how}", self.volume], check=True)

    def begin(self):
        self.remount("ro")

    def drop(self):
        self.service.drop(self.name, samples.mail("m"), folder=self.view)

    def mend(self):
        self.remount("rw")


class FolderOfSomebodyElse(Stall):
    """Files may not be taken out of one folder: others go on."""

    untold = True
    event, fields, user, root_only = harness.TROUBLE, {"folder": "theirs"}, True, True
    held_up = "in incoming, until they may be taken: 1 (the first in theirs: Permission denied)"

    def begin(self):
        (self.folder("incoming") / "theirs").mkdir(0o755)

    def drop(self):
        path = self.folder("incoming") / "theirs" / self.name
        path.write_bytes(samples.mail("m"))
        os.chown(path, 65534, 65534)

    def mend(self):
        os.chown(self.folder("incoming") / "theirs", 65534, 65534)


class IncomingOfSomebodyElse(Stall):
    """Nothing may be taken out of incoming itself."""

    untold = True
    event, fields, user = harness.TROUBLE, {"folder": ""}, True
    lacks = "no file may be taken out of incoming: Permission denied"

    def begin(self):
        self.folder("incoming").chmod(0o755 if os.getuid() == 0 else 0o555)
        if os.getuid() == 0:
            os.chown(self.folder("incoming"), 0, 0)

    def drop(self):
        path = self.folder("incoming") / self.name
        if os.getuid() != 0:
            self.folder("incoming").chmod(0o755)
            self.folder("incoming").joinpath("." + self.name).write_bytes(samples.mail("m"))
            # One call after the other: the service may be quicker than the second.
            os.rename(path.with_name("." + self.name), path)
            self.folder("incoming").chmod(0o555)
        else:
            path.write_bytes(samples.mail("m"))
            os.chown(path, 65534, 65534)

    def mend(self):
        self.folder("incoming").chmod(0o755)
        if os.getuid() == 0:
            os.chown(self.folder("incoming"), 65534, 65534)


class Unreadable(Stall):
    """A file that may not be read."""

    untold = True
    event, user = harness.UNREADABLE, True
    held_up = "in incoming, until they may be taken: 1 (the first in incoming itself: Permission denied)"

    def begin(self):
        pass

    def drop(self):
        half = self.folder("incoming") / ".half"
        half.write_bytes(samples.mail("m"))
        half.chmod(0o000)
        half.rename(self.folder("incoming") / self.name)

    def mend(self):
        (self.folder("incoming") / self.name).chmod(0o644)


class InTheWay(Stall):
    """A file stands where a folder of outgoing must be."""

    untold = True
    event = harness.LATE
    lacks = "no message comes through: "
    held_up = "in hand, until our own trouble ends: 1 (the last: "

    def begin(self):
        (self.folder("outgoing") / "deep").write_bytes(b"in the way")

    def drop(self):
        self.service.drop(self.name, samples.mail("m"), sub="deep")

    def mend(self):
        (self.folder("outgoing") / "deep").unlink()


class OutgoingOfSomebodyElse(Stall):
    """Nothing may be written to outgoing."""

    untold = True
    event, user = harness.LATE, True
    lacks = "no message comes through: "
    held_up = "in hand, until our own trouble ends: 1 (the last: "

    def begin(self):
        self.folder("outgoing").chmod(0o555)
        if os.getuid() == 0:
            os.chown(self.folder("outgoing"), 0, 0)

    def mend(self):
        self.folder("outgoing").chmod(0o755)
        if os.getuid() == 0:
            os.chown(self.folder("outgoing"), 65534, 65534)


class FilesMayNotGrow(Stall):
    """ulimit -f is below what a message becomes: our trouble, until the service is started with
    another."""

    untold = True
    event = harness.LATE
    lacks = "no message comes through: "
    held_up = "in hand, until our own trouble ends: 1 (the last: write output: File too large)"

    def started(self):
        self.service.prefix = ["prlimit", "--fsize=65536"]

    def begin(self):
        pass

    def drop(self):
        half = self.folder("incoming") / ".half"
        half.write_bytes(samples.mail("m", ("y" * 70 + "\r\n") * 3000))
        half.rename(self.folder("incoming") / self.name)

    def mend(self):
        self.service.stop()
        self.service.prefix = []
        self.service.start()


class FullDisk(Stall):
    """Less room than intake.min_free."""

    event, lacks, mounts = harness.PAUSED, "no room on the disk", True

    def started(self):
        self.service.spool.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", self.service.spool],
                       check=True)

    def begin(self):
        free = shutil.disk_usage(self.service.spool).free
        (self.service.spool / "ballast").write_bytes(bytes(free - (512 << 10)))

    def mend(self):
        (self.service.spool / "ballast").unlink()


class Paused(Stall):
    """By an operator's command."""

    lacks = "intake is paused by command"

    def command(self, verb):
        subprocess.run([BUILD / "bulkhead", verb, "-c", self.service.config_file], check=True,
                       capture_output=True)

    def begin(self):
        self.command("pause")

    def mend(self):
        self.command("resume")


class NoWorkerStarts(Stall):
    """The worker's program is damaged while the service runs, and then the workers die."""

    event, lacks = harness.WORKER_NOT_READY, "no worker starts: "

    def program(self):
        return self.service.root / "worker"

    def started(self):
        shutil.copy(BUILD / "tests/chaos-worker", self.program())
        self.service.config["worker"] = {"program": str(self.program())}

    def begin(self):
        self.program().rename(self.service.root / "good")
        self.program().symlink_to("/bin/false")

        def lost():
            """A zygote that is there already has the program as it was, and is killed, too."""
            for pid in self.service.family():
                if harness.Process.arguments(pid)[:1] in (["bulkhead-worker"], ["bulkhead-zygote"]):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            return self.service.events(self.event)
        wait_for(lost, self.service.last_words, every=0.1)

    def mend(self):
        self.program().unlink()
        (self.service.root / "good").rename(self.program())


class BreakerOpen(Stall):
    """Each message kills its worker: the build is broken."""

    event, lacks = harness.BREAKER_OPEN, "the circuit breaker is open"
    config = {"breaker": {"window": 3, "share": "50%"}, "retry": {"delay": "1h"}}

    def started(self):
        self.broken = self.service.root / "broken"
        self.broken.touch()
        self.service.environment["BULKHEAD_CHAOS_ALL"] = str(self.broken)
        self.others = [f"old{i}.eml" for i in range(3)]

    def begin(self):
        for name in self.others:
            self.service.drop(name, samples.mail(name))
        self.service.wait_event(harness.BREAKER_OPEN)

    def mend(self):
        """A build that is whole: the one that was not tried yet is the first; the others have
        their time, or are taken by the next start."""
        self.broken.unlink()
        self.service.signal(signal.SIGHUP)
        self.service.wait_result(self.name)
        self.service.stop()
        self.service.write_config({"retry": {"delay": "0"}})
        self.service.start()


class Stalls(TestCase):
    def make(self, kind):
        if kind.mounts and (os.getuid() != 0 or subprocess.run(
                ["unshare", "-m", "true"], check=False).returncode != 0):
            self.skipTest("needs root, to mount a volume")
        if kind.root_only and os.getuid() != 0:
            self.skipTest("needs root, to make a folder of somebody else's")
        config = harness.merge(QUICK, kind.config)
        if kind.user:
            user, build = self.ordinary_user()
            root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
            self.addCleanup(shutil.rmtree, root, True)
            root.chmod(0o755)
            config = harness.merge(config, {"worker": {"program": str(build / "tests/chaos-worker")}})
            service = self.service(config, root=root, prefix=user, start=False,
                                   command=[str(build / "bulkhead"), "serve"])
            service.folder("incoming").mkdir(parents=True)
            if user:
                for path in (root, service.spool, service.folder("incoming")):
                    os.chown(path, 65534, 65534)
        else:
            service = self.service(config, start=False)
        if kind.mounts:
            self.addCleanup(subprocess.run, ["umount", "-q", "-R", "-l", service.spool],
                            check=False)
        return service

    def readiness(self, service, kind):
        """Of the service's state: ready and not_ready, and what is held up; None: not as told."""
        state = self.state(service)
        held = [state.get(k, "") for k in ("held_up", "also_held_up")]
        lacks = state.get("not_ready", "")
        good = state["ready"] is not bool(kind.lacks) and \
            (lacks.startswith(kind.lacks) if kind.lacks else lacks == "")
        return good and (not kind.held_up or any(h.startswith(kind.held_up) for h in held))

    def status(self, service, kind):
        """What `bulkhead status` says of it, and its exit code."""
        done = subprocess.run([BUILD / "bulkhead", "status", "-c", service.config_file],
                              check=False, capture_output=True, text=True)
        self.assertEqual(1 if kind.lacks else 0, done.returncode, done.stdout + done.stderr)
        self.assertIn(f"because {kind.lacks}" if kind.lacks else "mail is taken", done.stdout)
        if kind.held_up:
            self.assertIn(f"held up {kind.held_up}", done.stdout)
            queue = subprocess.run([BUILD / "bulkhead", "queue", "-c", service.config_file],
                                   check=True, capture_output=True, text=True)
            self.assertIn(f"held up {kind.held_up}", queue.stdout)

    def one(self, make):
        service = self.make(make)
        kind = make(service)
        kind.started()
        service.start()
        self.assertTrue(self.state(service, ready=True))
        kind.begin()
        if kind.event and not kind.untold:
            service.wait_event(kind.event, **kind.fields)
        kind.drop()
        if kind.event:
            service.wait_event(kind.event, **kind.fields)
        wait_for(lambda: self.readiness(service, kind),
                 lambda: f"{kind.lacks} / {kind.held_up}\n" + service.last_words())
        if not isinstance(kind, Away) or kind.which != "spool":  # where its door is
            self.status(service, kind)
        self.assertEqual([], [p for p in service.results() if b"m." in os.path.basename(p)])
        kind.mend()
        service.wait_result("m.eml")
        wait_for(lambda: self.state(service, ready=True), service.last_words)
        service.wait_idle()
        names = ["m.eml", *kind.others]
        self.assert_accounted(names, service)
        self.assertEqual(len(names), len(service.results()))
        self.assertEqual(0, service.stop())


def add(kind, name, **fields):
    """A test of the table."""
    made = type(kind.__name__, (kind,), fields)
    setattr(Stalls, f"test_{name}", lambda self: self.one(made))


for folder in ("spool", "incoming", "active", "tmp", "outgoing", "dead", "reports"):
    add(Away, f"{folder}_is_renamed", which=folder)
add(Removed, "outgoing_is_removed")
add(Covered, "a_volume_over_incoming")
add(VolumeInside, "a_volume_within_incoming")
add(ReadOnly, "a_volume_that_is_read_only")
add(FolderOfSomebodyElse, "a_folder_of_somebody_else")
add(IncomingOfSomebodyElse, "incoming_of_somebody_else")
add(Unreadable, "a_file_that_may_not_be_read")
add(InTheWay, "a_file_where_a_folder_must_be")
add(OutgoingOfSomebodyElse, "outgoing_of_somebody_else")
add(FilesMayNotGrow, "files_may_not_grow")
add(FullDisk, "a_full_disk")
add(Paused, "paused_by_command")
add(NoWorkerStarts, "no_worker_starts")
add(BreakerOpen, "the_breaker_is_open")


if __name__ == "__main__":
    harness.main()
