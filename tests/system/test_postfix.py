# SPDX-License-Identifier: ISC
"""The recipes of deploy/postfix.md on a real Postfix (a content filter on loopback), a real
procmail and a real Dovecot.

They are unpacked for this test alone and run in a mount namespace of their own, so nothing
of the machine is changed and no other mail server is in their way.
"""

import os
import pathlib
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import unittest

import harness
import samples
from harness import BUILD, SOURCE, wait_for

USERS = {"postfix": 61801, "bulkhead": 61802, "reader": 61803}
POSTDROP = 61804
WINMAIL = samples.mail_with_tnef(samples.tnef("inner", attachments=[("a.txt", b"attached")]))

MAIN = """
compatibility_level = 3.6
myhostname = mx.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
daemon_directory = /usr/lib/postfix/sbin
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {root}
virtual_mailbox_maps = static:mailbox/
virtual_uid_maps = static:{reader}
virtual_gid_maps = static:{reader}
relay_domains =
smtpd_relay_restrictions = permit_mynetworks, reject
import_environment = MAIL_CONFIG TZ
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
  -o content_filter=bulkhead:
  -o receive_override_options=no_address_mappings
bulkhead unix - n n - 10 pipe
  flags=Rq user=bulkhead null_sender=
  argv=/usr/bin/env BULKHEAD={root}/bin/bulkhead BULKHEAD_CONFIG={root}/bulkhead.yaml
    {root}/bin/postfix-filter -f ${{sender}} -- ${{recipient}}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
# The package's files over the machine's, our /etc over its.
BEGIN = """
set -e
for folder in /usr/lib /usr/sbin /etc; do
	mount -t overlay overlay -o "lowerdir=$1/over$folder:$folder" $folder
done
exec /usr/sbin/postfix start-fg
"""


def not_tested(why):
    print(f"\n  NOT TESTED: {why}", flush=True)
    raise unittest.SkipTest(why)


def unpack(to, *names):
    """Packages that deploy/packages names, below a folder."""
    known = re.findall(r"(?m)^fetch\t(.*)$", (SOURCE / "deploy/packages").read_text())
    assert set(names) <= set(known), names
    load = to / "load"
    load.mkdir()
    load.chmod(0o777)
    for command in (["true"], ["apt-get", "update", "-qq"]):
        subprocess.run(command, check=False, capture_output=True)
        if subprocess.run(["apt-get", "download", "-qq", *names], cwd=load, check=False,
                          capture_output=True).returncode == 0:
            break
    found = sorted(load.glob("*.deb"))
    if len(found) != len(names):
        not_tested(f"{names} cannot be fetched here")
    for package in found:
        subprocess.run(["dpkg-deb", "-x", str(package), str(to / "over")], check=True)


def copy_programs(root):
    """To where every user may run them."""
    (root / "bin").mkdir()
    for path in [*(p for p in BUILD.glob("bulkhead*") if p.is_file() and os.access(p, os.X_OK)),
                 BUILD / "tests/chaos-worker", SOURCE / "deploy/postfix-filter"]:
        shutil.copy(path, root / "bin")


def recipes():
    """The blocks of deploy/postfix.md."""
    return re.findall(r"(?ms)^ *```\n(.*?)^ *```$", (SOURCE / "deploy/postfix.md").read_text())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Running(harness.TestCase):
    MORE = ""  # of main.cf

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            not_tested("it needs root")
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-postfix."))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.root.chmod(0o755)
        unpack(cls.root, "postfix")
        cls.make_files()
        cls.start()

    @classmethod
    def make_files(cls):
        etc = cls.root / "over/etc"
        cls.port = free_port()
        users = "".join(f"{n}:x:{i}:{i}::/nonexistent:/usr/sbin/nologin\n" for n, i in USERS.items())
        groups = "".join(f"{n}:x:{i}:\n" for n, i in [*USERS.items(), ("postdrop", POSTDROP)])
        for name, lines in (("passwd", users), ("group", groups)):
            machine = pathlib.Path("/etc", name).read_text()
            ours = re.compile(r"^(postfix|bulkhead|reader|postdrop):.*\n", re.MULTILINE)
            (etc / name).write_text(ours.sub("", machine) + lines)
        fill = {"root": cls.root, "port": cls.port, "reader": USERS["reader"]}
        (etc / "postfix/main.cf").write_text(MAIN.format(**fill) + cls.MORE)
        (etc / "postfix/master.cf").write_text(MASTER.format(**fill))
        drop = cls.root / "over/usr/sbin/postdrop"
        os.chown(drop, 0, POSTDROP)
        drop.chmod(0o2755)
        for name, owner in (("queue", 0), ("data", USERS["postfix"]), ("spool", USERS["bulkhead"]),
                            ("mailbox", USERS["reader"])):
            (cls.root / name).mkdir()
            os.chown(cls.root / name, owner, owner)
        copy_programs(cls.root)
        (cls.root / "bulkhead.yaml").write_text(harness.to_yaml({
            "spool": str(cls.root / "spool"),
            "worker": {"program": str(cls.root / "bin/chaos-worker")}}))

    @classmethod
    def start(cls):
        with (cls.root / "stderr").open("wb") as stderr:
            cls.postfix = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                 "--propagation", "private", "sh", "-c", BEGIN, "sh", str(cls.root)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr,
                start_new_session=True)
        cls.addClassCleanup(cls.stop)

        def listening():
            if cls.postfix.poll() is not None:
                not_tested("it does not start here: " + cls.words()[-2000:])
            try:
                smtplib.SMTP("127.0.0.1", cls.port, timeout=5).quit()
                return True
            except OSError:
                return False
        wait_for(listening, cls.words)

    @classmethod
    def stop(cls):
        # The first process of its namespace: all others end with it, and unshare too.
        for pid in harness.Process.children(cls.postfix.pid):
            os.kill(pid, signal.SIGKILL)
        cls.postfix.wait(harness.PATIENCE)

    @classmethod
    def words(cls):
        return "\n".join(p.read_text(errors="replace")[-4000:] for p in
                         (cls.root / "stderr", cls.root / "mail.log") if p.exists())

    def setUp(self):
        self.before = set(self.delivered())

    def delivered(self):
        return sorted((self.root / "mailbox/new").glob("*"))

    def post(self, data):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=harness.PATIENCE) as server:
            server.sendmail("ann@example.org", ["bob@example.org"], data)

    def arrived(self):
        """The one new mail in the mailbox, without the lines that Postfix put before it."""
        new = wait_for(lambda: [p for p in self.delivered() if p not in self.before],
                       lambda: "a mail in the mailbox\n" + self.words())
        self.assertEqual(1, len(new))
        data = new[0].read_bytes()
        return data[data.index(b"From: ann@example.org"):]

    def dead(self):
        return sorted((self.root / "spool/dead").glob("*.eml"))

    @staticmethod
    def lines(data):
        """As Postfix keeps it: line feeds alone, the last line ended."""
        return data.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"


@unittest.skipIf(harness.SANITIZE, "the programs are slow to start under sanitizers")
class Postfix(Running):
    def test_1_winmail_becomes_normal_mail(self):
        self.post(WINMAIL)
        got = self.arrived()
        self.assertNotIn(b"ms-tnef", got)
        self.assertIn(b"a.txt", got)
        self.assertIn(b"Subject: Carried", got)

    def test_2_a_crasher_goes_on_untouched_and_is_kept(self):
        data = samples.marked("null")
        self.post(data)
        self.assertEqual(self.lines(data), self.lines(self.arrived()))
        letter, = self.dead()
        self.assertIn(self.lines(data), letter.read_bytes())
        self.assertEqual(USERS["bulkhead"], letter.stat().st_uid)
        self.assertIn('"verdict": "crashed"',
                      (letter.parent / f"{letter.name[:16]}.json").read_text())

    def test_3_the_same_with_the_service(self):
        with (self.root / "service.log").open("wb") as log:
            service = subprocess.Popen(
                [str(self.root / "bin/bulkhead"), "serve", "--workers", "1", "-c",
                 str(self.root / "bulkhead.yaml")], user=USERS["bulkhead"],
                group=USERS["bulkhead"], extra_groups=[], stderr=log, cwd="/")
        try:
            wait_for(lambda: (self.root / "spool/door.sock").exists(), "the service's socket")
            self.post(WINMAIL)
            self.assertNotIn(b"ms-tnef", self.arrived())
            self.assertIn(b'"source":"door"',
                          (self.root / "service.log").read_bytes().replace(b": ", b":"))
        finally:
            service.terminate()
            self.assertEqual(0, service.wait(harness.PATIENCE))

    def test_4_our_trouble_keeps_it_in_the_queue(self):
        config = (self.root / "bulkhead.yaml").read_text()
        (self.root / "bulkhead.yaml").write_text("nonsense: 1\n")
        try:
            self.post(WINMAIL)
            wait_for(lambda: "status=deferred" in self.words(), self.words)
            self.assertEqual(self.before, set(self.delivered()))
        finally:
            (self.root / "bulkhead.yaml").write_text(config)
        self.assertNotIn(b"ms-tnef", self.arrived())


@unittest.skipIf(harness.SANITIZE, "the programs are slow to start under sanitizers")
class Copies(Running):
    MORE = "always_bcc = copies@example.org\n"

    def test_each_copy_comes_once(self):
        """Mail goes through cleanup twice, but its addresses are mapped at the second pass only."""
        self.post(WINMAIL)
        wait_for(lambda: self.words().count("relay=virtual") >= 2, self.words)
        wait_for(lambda: not list((self.root / "queue/active").glob("*")), self.words)
        new = [p.read_bytes() for p in self.delivered() if p not in self.before]
        to = sorted(re.search(rb"^X-Original-To: (.*)$", d, re.M).group(1) for d in new)
        self.assertEqual([b"bob@example.org", b"copies@example.org"], to)
        for data in new:
            self.assertNotIn(b"ms-tnef", data)


class Filtered(harness.TestCase):
    """One message through a program that calls bulkhead filter."""

    @classmethod
    def prepare(cls, *packages):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-filtered."))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.root.chmod(0o755)
        unpack(cls.root, *packages)
        copy_programs(cls.root)
        (cls.root / "spool").mkdir()
        cls.write_config()

    @classmethod
    def write_config(cls, **more):
        (cls.root / "bulkhead.yaml").write_text(harness.to_yaml(dict(
            {"spool": str(cls.root / "spool"),
             "worker": {"program": str(cls.root / "bin/chaos-worker")}}, **more)))

    @classmethod
    def here(cls, recipe):
        """A recipe with the places of this test."""
        for place, ours in (("/usr/bin/bulkhead", cls.root / "bin/bulkhead"),
                            ("/etc/bulkhead/bulkhead.yaml", cls.root / "bulkhead.yaml"),
                            ("/usr/libexec/bulkhead/sieve", cls.root / "sieve")):
            recipe = recipe.replace(place, str(ours))
        return recipe

    def check(self, deliver):
        """deliver(bytes) gives what was delivered."""
        plain = {n: d.replace(b"\r\n", b"\n") for n, d in (
            ("winmail", WINMAIL), ("bad", samples.marked("null")))}
        got = deliver(plain["winmail"])
        self.assertNotIn(b"ms-tnef", got)
        self.assertIn(b"a.txt", got)
        self.assertIn(b"Subject: Carried", got)
        self.assertIn(plain["bad"], deliver(plain["bad"]))
        letter, = (self.root / "spool/dead").glob("*.eml")
        self.assertEqual(plain["bad"].rstrip(), letter.read_bytes().replace(b"\r\n", b"\n").rstrip())
        # Our trouble: the message as it was.
        self.write_config(nonsense=1)
        self.assertIn(plain["winmail"], deliver(plain["winmail"]))


@unittest.skipIf(harness.SANITIZE, "the programs are slow to start under sanitizers")
class Procmail(Filtered):
    def test_recipe(self):
        self.prepare("procmail")
        recipe, = (r for r in recipes() if r.startswith(":0 fw"))
        page = (SOURCE / "deploy/bulkhead-filter.1").read_text()
        self.assertIn(recipe, page)
        box = self.root / "box"
        (self.root / "rc").write_text(f"DEFAULT={box}\n\n{self.here(recipe)}")

        def deliver(data):
            box.unlink(missing_ok=True)
            subprocess.run([str(self.root / "over/usr/bin/procmail"), str(self.root / "rc")],
                           input=data, check=True, capture_output=True, cwd=self.root)
            return box.read_bytes()
        self.check(deliver)


@unittest.skipIf(harness.SANITIZE or not harness.LONG, "Dovecot is large")
class Sieve(Filtered):
    def test_recipe(self):
        if os.geteuid() != 0:
            not_tested("it needs root")
        self.prepare("dovecot-core", "dovecot-sieve")
        script, settings, sieve = (next(r for r in recipes() if r.startswith(s)) for s in (
            "#!/bin/sh", "protocol lda", "require"))
        (self.root / "sieve").mkdir()
        (self.root / "sieve/bulkhead").write_text(self.here(script))
        (self.root / "sieve/bulkhead").chmod(0o755)
        (self.root / "person.sieve").write_text(sieve)
        (self.root / "dovecot.conf").write_text(
            f"mail_location = maildir:{self.root}/mail\nlog_path = {self.root}/log\n"
            f"{self.here(settings)}plugin {{\n  sieve = file:{self.root}/person.sieve\n}}\n")
        reader = USERS["reader"]
        for path in self.root, self.root / "spool":
            os.chown(path, reader, reader)
        begin = ('for folder in /usr/lib /usr/bin /etc; do mount -t overlay overlay '
                 '-o "lowerdir=$1/over$folder:$folder" $folder || exit 99; done; '
                 f'exec setpriv --reuid={reader} --regid={reader} --clear-groups '
                 '/usr/lib/dovecot/dovecot-lda -c "$1/dovecot.conf" -f ann@example.org')

        def deliver(data):
            shutil.rmtree(self.root / "mail", ignore_errors=True)
            done = subprocess.run(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", begin, "sh",
                 str(self.root)], input=data, check=False, capture_output=True,
                env=dict(os.environ, HOME=str(self.root), USER="reader"))
            log = self.root / "log"
            self.assertEqual(0, done.returncode,
                             (done, log.read_text() if log.exists() else ""))
            mail, = (self.root / "mail/new").iterdir()
            return mail.read_bytes().replace(b"\r\n", b"\n")
        self.check(deliver)


if __name__ == "__main__":
    unittest.main()
