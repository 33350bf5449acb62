"""The recipe of deploy/postfix.md on a real Postfix: a content filter on loopback.

Postfix is unpacked for this test alone and runs in a mount namespace of its own, so nothing
of the machine is changed and no other mail server is in its way.
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
    print(f"\n  NOT TESTED with a real Postfix: {why}", flush=True)
    raise unittest.SkipTest(why)


def unpack(to):
    """The package that deploy/packages names, below a folder."""
    names = [line.split()[1] for line in (SOURCE / "deploy/packages").read_text().splitlines()
             if line.startswith("fetch")]
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
        not_tested("its package cannot be fetched here")
    for package in found:
        subprocess.run(["dpkg-deb", "-x", str(package), str(to / "over")], check=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@unittest.skipIf(harness.SANITIZE, "the programs are slow to start under sanitizers")
class Postfix(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            not_tested("it needs root")
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-postfix."))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        cls.root.chmod(0o755)
        unpack(cls.root)
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
        (etc / "postfix/main.cf").write_text(MAIN.format(**fill))
        (etc / "postfix/master.cf").write_text(MASTER.format(**fill))
        drop = cls.root / "over/usr/sbin/postdrop"
        os.chown(drop, 0, POSTDROP)
        drop.chmod(0o2755)
        for name, owner in (("queue", 0), ("data", USERS["postfix"]), ("spool", USERS["bulkhead"]),
                            ("mailbox", USERS["reader"]), ("bin", 0)):
            (cls.root / name).mkdir()
            os.chown(cls.root / name, owner, owner)
        for path in [*(p for p in BUILD.glob("bulkhead*") if p.is_file() and os.access(p, os.X_OK)),
                     BUILD / "tests/chaos-worker", SOURCE / "deploy/postfix-filter"]:
            shutil.copy(path, cls.root / "bin")
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
        cls.postfix.wait(30)

    @classmethod
    def words(cls):
        return "\n".join(p.read_text(errors="replace")[-4000:] for p in
                         (cls.root / "stderr", cls.root / "mail.log") if p.exists())

    def setUp(self):
        self.before = set(self.delivered())

    def delivered(self):
        return sorted((self.root / "mailbox/new").glob("*"))

    def post(self, data):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as server:
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
            wait_for(lambda: (self.root / "spool/filter.sock").exists(), "the service's socket")
            self.post(WINMAIL)
            self.assertNotIn(b"ms-tnef", self.arrived())
            self.assertIn(b'"source":"filter"',
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


if __name__ == "__main__":
    unittest.main()
