# SPDX-License-Identifier: ISC
"""One message's way through the spool: what is taken, what is left alone, where it ends."""

import email
import email.policy
import grp
import os
import pathlib
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import unittest

import harness
import samples
from harness import BUILD, Service, TestCase, wait_for


def parse(path):
    with open(path, "rb") as f:
        return email.message_from_binary_file(f, policy=email.policy.default)


class Targets(harness.TestCase):
    def test_results_are_called_by_their_format(self):
        for to, extension, begins in (("text", ".txt", b"From: "), ("dump", ".dump", b"message"),
                                      ("json", ".json", b'{"version":1,')):
            with self.subTest(to):
                service = self.service({"convert": {"to": to}})
                service.drop("m.tnef", samples.tnef("s", "a body", []))
                result = service.wait_result("m.tnef")
                name = result.decode() if isinstance(result, bytes) else str(result)
                self.assertTrue(name.endswith(extension), name)
                with open(result, "rb") as f:
                    self.assertTrue(f.read().startswith(begins))
                self.assertEqual(0, service.stop())


class Conversion(TestCase):
    def test_acceptance_three_files_at_once(self):
        """A winmail.dat, a broken one and a marked one into a running service."""
        service = self.service()
        whole = samples.tnef("Budget", "Plain words.\r\n", [("plan.txt", b"the plan")],
                             html="<p>Plain <b>words</b>.</p>")
        cut = whole[:len(whole) - 30]
        service.drop("winmail.dat", whole)
        service.drop("broken.dat", cut)
        service.drop("marked.eml", samples.marked("null", sender="eve@example.net"))
        result = parse(service.wait_result("winmail.dat"))
        self.assertEqual("Budget", result["subject"])
        self.assertIn("Plain words.", result.get_body(("plain",)).get_content())
        self.assertIn("<b>words</b>", result.get_body(("html",)).get_content())
        attachments = {a.get_filename(): a.get_content() for a in result.iter_attachments()}
        self.assertIn("plan.txt", attachments)
        self.assertIn("the plan", str(attachments["plan.txt"]))
        _, report = service.wait_letter("marked.eml")
        self.assertEqual("crashed", report["verdict"])
        wait_for(lambda: service.result_of("broken.dat") or service.letter_of("broken.dat"),
                 "an end of the broken one")
        self.assert_accounted(["winmail.dat", "broken.dat", "marked.eml"], service)
        self.assertEqual(0, service.stop())

    def test_a_mail_signed_by_dkim_is_kept_when_asked(self):
        stream = samples.tnef("Inner", "Inner words.\r\n", [("a.txt", b"AAA")])
        mail = b"DKIM-Signature: v=1; b=x\n" + samples.mail_with_tnef(stream)
        for setting in ("convert", "keep"):
            service = self.service({"convert": {"dkim": setting}})
            service.drop("signed.eml", mail)
            with open(service.wait_result("signed.eml"), "rb") as f:
                self.assertEqual(setting == "keep", f.read() == mail)
            self.assertEqual(0, service.stop())

    def test_winmail_in_a_mail_is_replaced_in_place(self):
        service = self.service()
        stream = samples.tnef("Inner", "Inner words.\r\n", [("a.txt", b"AAA"), ("b.txt", b"BBB")])
        service.drop("carried.eml", samples.mail_with_tnef(stream))
        result = parse(service.wait_result("carried.eml"))
        self.assertEqual("Carried", result["subject"])
        names = [p.get_filename() for p in result.walk() if p.get_filename()]
        self.assertIn("a.txt", names)
        self.assertIn("b.txt", names)
        self.assertNotIn("winmail.dat", names)

    def test_plain_mail_passes_byte_for_byte(self):
        service = self.service()
        data = samples.mail(body="One line.\r\n.dot\r\nlast without end")
        service.drop("plain.eml", data)
        with open(service.wait_result("plain.eml"), "rb") as f:
            self.assertEqual(data, f.read())
        service.wait_event(harness.DONE, verdict="passed")

    def test_arbitrary_text_is_refused_with_its_first_bytes(self):
        service = self.service()
        data = b"these are just some words\nand more of them\n"
        service.drop("notes.txt", data)
        letter, report = service.wait_letter("notes.txt")
        with open(letter, "rb") as f:
            self.assertEqual(data, f.read())
        self.assertEqual("refused", report["verdict"])
        self.assertIn("these are", str(report))

    def test_empty_file_is_refused(self):
        service = self.service()
        service.drop("empty.eml", b"")
        _, report = service.wait_letter("empty.eml")
        self.assertEqual("refused", report["verdict"])

    def test_what_lies_there_before_the_start(self):
        service = self.service(start=False)
        os.makedirs(service.folder("incoming"), 0o700)
        for i in range(20):
            service.drop(f"early{i}.eml", samples.mail(f"early {i}"), sub=f"deep/er{i % 3}")
        service.start()
        service.wait_idle()
        self.assert_accounted([f"early{i}.eml" for i in range(20)], service)


class Intake(TestCase):
    def test_sub_folders_are_mirrored(self):
        service = self.service()
        service.drop("good.eml", samples.mail(), sub="team/2024")
        service.drop("bad.txt", b"nothing of ours\n", sub="team/2024")
        result = service.wait_result("good.eml")
        letter, _ = service.wait_letter("bad.txt")
        self.assertEqual(service.folder("outgoing") / "team/2024",
                         pathlib.Path(os.fsdecode(result)).parent)
        self.assertEqual(service.folder("dead") / "team/2024",
                         pathlib.Path(os.fsdecode(letter)).parent)

    def test_a_folder_moved_in_whole(self):
        service = self.service()
        outside = service.root / "outside"
        for i in range(5):
            service.drop(f"m{i}.eml", samples.mail(f"moved {i}"), folder=outside, sub="a/b/c")
        os.rename(outside, service.folder("incoming") / "moved")
        service.wait_idle()
        self.assert_accounted([f"m{i}.eml" for i in range(5)], service)

    def test_dot_tmp_and_part_are_left_alone(self):
        service = self.service({"intake": {"scan": "1s"}})
        names = [".hidden", "half.tmp", "half.part"]
        for name in names:
            (service.folder("incoming") / name).write_bytes(samples.mail(name))
        service.drop("after.eml", samples.mail())
        service.wait_result("after.eml")
        service.drop("later.eml", samples.mail())
        service.wait_result("later.eml")
        left = set(os.listdir(service.folder("incoming"))) - {".lock"}
        self.assertEqual(set(names), left)

    def test_a_slow_writer_is_waited_for(self):
        """The file is taken when it is closed, not before, and whole."""
        service = self.service({"intake": {"scan": "1s", "settle": "1s"}})
        data = samples.mail("slow", "x" * 70 + "\r\n")
        path = service.folder("incoming") / "slow.eml"
        with open(path, "wb", buffering=0) as f:
            f.write(data[:50])
            service.drop("other.eml", samples.mail("other"))
            service.wait_result("other.eml")
            self.assertTrue(path.exists(), "taken while it was being written")
            f.write(data[50:])
        with open(service.wait_result("slow.eml"), "rb") as f:
            self.assertEqual(data, f.read())

    def test_links_fifos_and_sockets_are_refused_unread(self):
        service = self.service()
        incoming = service.folder("incoming")
        secret = service.root / "secret.eml"
        secret.write_bytes(samples.mail("secret"))
        os.symlink(secret, incoming / "link.eml")
        os.mkfifo(incoming / "fifo.eml")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        here = os.getcwd()
        os.chdir(incoming)  # the name of a socket may be at most 107 bytes long
        listener.bind("sock.eml")
        os.chdir(here)
        names = ["link.eml", "fifo.eml", "sock.eml"]
        if os.getuid() == 0:
            try:
                os.mknod(incoming / "device.eml", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
                names.append("device.eml")
            except OSError:
                print("no device: mknod is forbidden here")
        for name in names:
            _, report = service.wait_letter(name)
            self.assertEqual("refused", report["verdict"], name)
        self.assertEqual(samples.mail("secret"), secret.read_bytes())
        self.assert_accounted(names, service)
        service.drop("after.eml", samples.mail())
        service.wait_result("after.eml")

    def test_odd_names(self):
        service = self.service()
        names = [b"n" * 251 + b".eml", b"\xff\xfe latin \xe4.eml", b"two\nlines.eml", b"no-extension",
                 b"a.c1t2m3k4.eml", b"spaces  and 'quotes\".eml", "\u00e4\u00f6\u00fc\u20ac.eml".encode(),
                 b"0123456789abcdef.c0t0m0k0.trick.eml", b"x.ready", b"y.dead.eml", b"-rf.eml",
                 ("\u20ac" * 83 + ".eml").encode()]
        for i, name in enumerate(names):
            service.drop(name, samples.mail(f"odd {i}"))
        wait_for(lambda: len(service.results()) == len(names),
                 lambda: f"{len(service.results())} of {len(names)}\n" + service.last_words())
        subjects = sorted(parse(p)["subject"] for p in service.results())
        self.assertEqual(sorted(f"odd {i}" for i in range(len(names))), subjects)
        for path in service.results():
            self.assertTrue(path.endswith(b".eml"), path)
        self.assert_clean(service)

    def test_long_name_comes_back_whole_in_the_report(self):
        service = self.service()
        name = "long" * 62 + ".txt"
        service.drop(name, b"arbitrary words\n")
        letter = wait_for(service.letters, "a dead letter")[0]
        report = wait_for(lambda: service.report_of(letter), "its report")
        self.assertIn(name, str(report))
        self.assert_clean(service)

    def test_the_same_name_twice_never_overwrites(self):
        service = self.service()
        for i in range(10):
            service.drop("same.eml", samples.mail(f"same {i}"))
            wait_for(lambda: not (service.folder("incoming") / "same.eml").exists(), "the claim")
        wait_for(lambda: len(service.results()) == 10, "ten results")
        self.assertEqual({f"same {i}" for i in range(10)},
                         {parse(p)["subject"] for p in service.results()})

    def test_an_unreadable_file_stays_until_it_is_readable(self):
        """As an ordinary user: a missing right is not the sender's fault; it is told once."""
        user, build = self.ordinary_user()
        root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, root, True)
        service = self.service({"worker": {"program": str(build / "tests/chaos-worker")},
                                "intake": {"scan": "100ms"}},
                               root=root, prefix=user, start=False,
                               command=[str(build / "bulkhead"), "serve"])
        if user:
            os.chown(root, 65534, 65534)
        os.makedirs(service.folder("incoming"), 0o700)
        for folder in (service.spool, service.folder("incoming")):
            if user:
                os.chown(folder, 65534, 65534)
        service.drop("closed.eml", samples.mail())
        closed = service.folder("incoming") / "closed.eml"
        os.chmod(closed, 0)  # as root it belongs to root besides
        service.start()
        told = service.wait_event(harness.UNREADABLE)
        self.assertEqual("closed.eml", told[0]["file"])
        self.assertIn("mode 0000", told[0]["next"])
        state = wait_for(lambda: self.state(service, left=1), service.last_words)
        self.assertEqual(0, state["claimed"])
        self.assertEqual(1, len(service.events(harness.UNREADABLE)))
        os.chmod(closed, 0o644)
        service.wait_result("closed.eml")
        wait_for(lambda: self.state(service, left=0), service.last_words)
        self.assertEqual([], service.events(harness.FAILED))
        self.assertEqual(0, service.stop())


class Folders(TestCase):
    def test_no_configuration_at_all(self):
        service = self.service(use_config=False, chaos=False, start=False)
        service.start()
        self.assertTrue((service.root / "spool/incoming").is_dir())
        service.drop("plain.eml", samples.mail())
        service.wait_result("plain.eml")
        self.assertEqual(0, service.stop())

    def test_flags_beat_environment_beats_file(self):
        service = self.service(
            {"workers": 1}, start=False, arguments=["--workers", "3"],
            environment={"BULKHEAD_WORKERS": "2", "BULKHEAD_SPARES": "0"})
        service.start()
        wait_for(lambda: len(service.workers()) == 3, lambda: f"3 workers: {service.workers()}")

    def test_second_supervisor_is_refused(self):
        service = self.service()
        second = Service(root=service.root)
        second.start(ready=False)
        self.assertNotEqual(0, second.wait_exit())
        self.assertTrue(second.events(harness.CANNOT_START), second.last_words())
        service.drop("plain.eml", samples.mail())
        service.wait_result("plain.eml")

    def test_modes_and_umask(self):
        service = self.service({"files": {"mode": "0640", "folder_mode": "0750",
                                          "umask": "0027"}})
        service.drop("good.eml", samples.mail())
        service.drop("bad.txt", b"arbitrary\n")
        result = service.wait_result("good.eml")
        self.assertEqual(0o640, stat.S_IMODE(os.stat(result).st_mode))
        service.wait_letter("bad.txt")
        for which in ("incoming", "outgoing", "dead", "reports"):
            mode = stat.S_IMODE(os.stat(service.folder(which)).st_mode)
            self.assertEqual(0o750, mode, which)

    def test_default_modes_are_private(self):
        service = self.service()
        service.drop("good.eml", samples.mail())
        service.drop("bad.txt", b"arbitrary\n")
        result = service.wait_result("good.eml")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(result).st_mode))
        letter, _ = service.wait_letter("bad.txt")
        report = os.path.join(os.path.dirname(letter), os.path.basename(letter)[:16] + b".json")
        self.assertEqual(0, stat.S_IMODE(os.stat(report).st_mode) & 0o077)
        for which in ("", "incoming", "active", "tmp", "outgoing", "dead", "reports"):
            mode = stat.S_IMODE(os.stat(service.spool / which).st_mode)
            self.assertEqual(0o700, mode, which)

    @unittest.skipUnless(os.getuid() == 0, "only root gives files away")
    def test_owner_and_group(self):
        user, group = pwd.getpwuid(65534), grp.getgrgid(65534)
        service = self.service({"files": {"owner": user.pw_name, "group": group.gr_name}})
        service.drop("good.eml", samples.mail())
        info = os.stat(service.wait_result("good.eml"))
        self.assertEqual((65534, 65534), (info.st_uid, info.st_gid))

    def test_on_failure(self):
        for setting, passed, buried in (("passthrough", 1, 0), ("both", 1, 1), ("dead", 0, 1)):
            with self.subTest(setting):
                service = self.service({"on_failure": setting})
                data = samples.marked("null")
                service.drop("bad.eml", data)
                service.wait_event(harness.FAILED, count=2)
                service.wait_idle()
                self.assertEqual(passed, len(service.results()))
                self.assertEqual(buried, len(service.letters()))
                for path in service.results() + service.letters():
                    with open(path, "rb") as f:
                        self.assertEqual(data, f.read(), "the original, untouched")
                for path in service.results():
                    self.assertIn(b".unconverted.", os.path.basename(path))
                service.close()

    def test_reports_of_good_messages(self):
        for setting in ("none", "all"):
            with self.subTest(setting):
                service = self.service({"reports": setting})
                service.drop("good.dat", samples.tnef())
                service.wait_result("good.dat")
                service.wait_idle()
                count = len(harness.files_below(service.folder("reports")))
                self.assertEqual(1 if setting == "all" else 0, count)
                service.close()


class Configuration(TestCase):
    """The command line's view; the details of the table are unit tests."""

    def run_check(self, text, *more):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(text)
            f.flush()
            return subprocess.run([str(BUILD / "bulkhead"), "check", "-c", f.name, *more], check=False,
                                  capture_output=True, text=True, timeout=harness.PATIENCE)

    def test_all_errors_at_once_with_their_places(self):
        done = self.run_check("workers: none\nlimits:\n  time: 5 parsecs\n  tiem: 5s\n")
        self.assertNotEqual(0, done.returncode)
        said = done.stdout + done.stderr
        for words in (":1:", ":3:", ":4:", "workers", "parsecs", "tiem"):
            self.assertIn(words, said)

    def test_print_reads_back(self):
        first = self.run_check("workers: 3\nlimits:\n  memory: 256MiB\n", "--print")
        self.assertEqual(0, first.returncode, first.stderr)
        second = self.run_check(first.stdout, "--print")
        self.assertEqual(0, second.returncode, second.stderr)
        values = [[line for line in text.splitlines() if not line.lstrip().startswith("#")]
                  for text in (first.stdout, second.stdout)]
        self.assertEqual(*values)
        self.assertIn("256MiB", first.stdout)

    def test_bad_configuration_does_not_start(self):
        service = self.service(start=False)
        service.config = {"workers": 0}
        service.start(ready=False)
        self.assertNotEqual(0, service.wait_exit())


if __name__ == "__main__":
    harness.main()
