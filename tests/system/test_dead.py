# SPDX-License-Identifier: ISC
"""bulkhead dead: every verb, with the service running and stopped, on what a service buried
and on what somebody put into the folder to harm whoever looks."""

import email
import email.policy
import email.utils
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import tempfile
import time

import harness
import samples
import schema
from harness import BUILD, PATIENCE, SOURCE, TestCase, wait_for
from preload import Preload

REAL = str(BUILD / "bulkhead-worker")
CHAOS = (SOURCE / "tests/system/chaos.c").read_text().splitlines()
NOW = int(time.time() * 1000)
# What the tests are told is none of the program's settings.
for name in [n for n in os.environ if n.startswith("BULKHEAD_")]:
    del os.environ[name]


class Spool:
    """A folder of dead letters without a service."""

    def __init__(self, test, far=False, config=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-dead."))
        test.addCleanup(shutil.rmtree, self.root, True)
        self.spool = self.root / "spool"
        self.places = {n: self.spool / n for n in ("incoming", "outgoing", "dead", "active")}
        settings = {"spool": str(self.spool)}
        if far:
            self.places["dead"] = pathlib.Path(
                tempfile.mkdtemp(prefix="bulkhead-dead.", dir="/dev/shm"))
            test.addCleanup(shutil.rmtree, self.places["dead"], True)
            settings["folders"] = {"dead": str(self.places["dead"])}
        for place in self.places.values():
            place.mkdir(parents=True, exist_ok=True)
        self.config = self.root / "bulkhead.yaml"
        self.config.write_text(harness.to_yaml(harness.merge(settings, config or {})))
        self.count = 0

    def folder(self, which):
        return self.places[which]

    def bury(self, name="m.eml", data=b"x", sub="", age=0, report=True, **fields):
        """A letter as the service leaves it; its id."""
        self.count += 1
        name = os.fsencode(name)
        number = f"{((NOW - age * 1000) << 20) + self.count:016x}"
        folder = os.path.join(os.fsencode(self.places["dead"]), os.fsencode(sub))
        os.makedirs(folder, exist_ok=True)
        file = number.encode() + b"." + name
        if len(file) > 255:
            stem, dot, extension = file.rpartition(b".")
            file = stem[:255 - len(extension) - 1] + dot + extension
        pathlib.Path(os.fsdecode(os.path.join(folder, file))).write_bytes(data)
        if report:
            ended = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(NOW / 1000 - age))
            text = name.decode("utf-8", "surrogateescape")
            text = "".join(f"\\x{ord(c) - 0xdc00:02x}" if 0xdc80 <= ord(c) <= 0xdcff
                           else c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}"
                           for c in text)
            said = dict({"id": number, "file": text, "verdict": "crashed", "ended": ended + ".000Z",
                         "text": "The message crashed its converter.", "ndr_code": "012",
                         "sender": "Ann <ann@example.org>", "subject": "Hello",
                         "message_id": "<1@example.org>",
                         "worker": {"signature": "0123456789ab"}}, **fields)
            path = os.path.join(folder, number.encode() + b".json")
            pathlib.Path(os.fsdecode(path)).write_text(json.dumps(said))
        return number

    def dead(self):
        return harness.files_below(self.places["dead"])

    def incoming(self):
        return harness.files_below(self.places["incoming"])


def run(where, verb, *args, code=0, **kwargs):
    """bulkhead dead on a service's or a test's spool."""
    config = where.config if isinstance(where, Spool) else where.config_file
    done = subprocess.run(
        [str(BUILD / "bulkhead"), "dead", verb, "-c", str(config), *map(str, args)],
        capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE, **kwargs)
    if code is not None and done.returncode != code:
        raise AssertionError(f"dead {verb} {args}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def lines(done):
    """Of "dead VERB --json"."""
    kind = "group" if "groups" in done.args else "letter"
    return [schema.check(json.loads(line), kind) for line in done.stdout.splitlines()]


def corpus_file(name):
    return pathlib.Path(harness.SOURCE, "tests", "corpus", name).read_bytes()


class WithService(TestCase):
    def both(self, check):
        """The same with the service running and stopped."""
        for running in (True, False):
            with self.subTest(running=running):
                service = self.service()
                names = ["null.eml", "abort.eml", "null2.eml"]
                for name in names:
                    service.drop(name, samples.marked(name[:4] if name[0] == "n" else "abort",
                                                      sender="Ann <ann@example.org>"), sub="a/b")
                for name in names:
                    service.wait_letter(name)
                service.wait_idle()
                if not running:
                    service.stop()
                check(service, running)

    def repair(self, service):
        """Another worker, that does not obey marks."""
        service.write_config({"worker": {"program": REAL}})
        if service.running():
            before = set(service.workers())
            service.signal(signal.SIGHUP)
            service.wait_event(harness.RELOADED)
            # Those that are being replaced serve until then.
            wait_for(lambda: not before & set(service.workers()), service.last_words)
        else:
            service.start()

    def test_list_show_groups(self):
        def check(service, _):
            found = lines(run(service, "list", "--json"))
            self.assertEqual({"null.eml", "abort.eml", "null2.eml"}, {f["file"] for f in found})
            self.assertEqual({"a/b"}, {f["folder"] for f in found})
            self.assertEqual({"crashed"}, {f["verdict"] for f in found})
            table = run(service, "list").stdout.decode()
            self.assertEqual(4, len(table.splitlines()), table)
            self.assertIn("a/b/null.eml", table)
            self.assertLessEqual(max(map(len, table.splitlines())), 80)
            groups = lines(run(service, "groups", "--json"))
            self.assertEqual([2, 1], [g["count"] for g in groups])
            null = {f["id"] for f in found if f["file"].startswith("null")}
            self.assertIn(groups[0]["smallest"], null)
            some = lines(run(service, "list", "--json", "--group", groups[0]["group"]))
            self.assertEqual(null, {f["id"] for f in some})
            one = next(f for f in found if f["file"] == "null.eml")
            text = run(service, "show", one["id"]).stdout.decode()
            for part in ("SIGSEGV", "Ann <ann@example.org>", "a/b/null.eml", "chaos-worker+0x",
                         " " + one["id"], "act_null"):
                self.assertIn(part, text)
            # The function and its line: where this source says that it is.
            line = 1 + next(i for i, code in enumerate(CHAOS) if code.startswith("\t(void)*nowhere;"))
            self.assertRegex(text, rf"act_null\+0x[0-9a-f]+.*chaos\.c:{line}\b")
            shown = lines(run(service, "show", "--json", one["id"]))
            self.assertEqual("SIGSEGV", shown[0]["report"]["worker"]["signal_name"])
        self.both(check)

    def test_retry_converts_when_the_worker_is_repaired(self):
        def check(service, running):
            if running:
                self.repair(service)
            done = run(service, "retry", "--all")
            self.assertIn(b"3 moved back", done.stderr)
            if not running:
                self.assertEqual(3, len(harness.files_below(service.folder("incoming"))))
                self.repair(service)
            for name in ("null.eml", "abort.eml", "null2.eml"):
                path = service.wait_result(name)
                self.assertIn(b"/a/b/", path)
            service.wait_idle()
            self.assertEqual([], harness.files_below(service.folder("dead")))
        self.both(check)

    def test_retry_without_repair_comes_back_once(self):
        """--all is about the letters there are, not those that come meanwhile."""
        service = self.service()
        for i in range(20):
            service.drop(f"m{i}.eml", samples.marked("null"))
        wait_for(lambda: len(service.letters()) == 20, "20 letters")
        service.wait_idle()
        done = run(service, "retry", "--all", "--rate", "40/s")
        self.assertIn(b"20 moved back", done.stderr)
        service.wait_idle()
        wait_for(lambda: len(service.letters()) == 20, "20 letters again")

    def test_remove_hold_release_return_export(self):
        def check(service, running):
            if running:
                self.repair(service)
            found = {f["file"]: f for f in lines(run(service, "list", "--json"))}
            run(service, "hold", found["null.eml"]["id"])
            copy = service.root / "copy"
            run(service, "export", copy, "--all", "--scrub")
            self.assertEqual(6, len(harness.files_below(copy)))
            for path in copy.glob("*.json"):
                report = json.loads(path.read_text())
                self.assertNotIn("sender", report)
                self.assertNotIn("subject", report)
                self.assertEqual("crashed", report["verdict"])
            run(service, "return", found["abort.eml"]["id"])
            report = service.result_of("abort.eml")
            self.assertTrue(report and b"/a/b/abort." in report)
            self.check_return(report, samples.marked("abort", sender="Ann <ann@example.org>"))
            self.assertIn(b"1 removed", run(service, "remove", "--all", "--yes").stderr)
            left = lines(run(service, "list", "--json"))
            self.assertEqual([("null.eml", True)], [(f["file"], f["held"]) for f in left])
            run(service, "release", "--all")
            if not running:
                self.repair(service)
            service.wait_result("null.eml")
            self.assertEqual([], harness.files_below(service.folder("dead")))
        self.both(check)

    def check_return(self, path, original):
        with open(path, "rb") as f:
            raw = f.read()
        self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
        self.assertLess(max(map(len, raw.split(b"\r\n"))), 999)
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertEqual("multipart/report", mail.get_content_type())
        self.assertEqual("delivery-status", mail.get_param("report-type"))
        self.assertEqual([], mail.defects)
        self.assertEqual("ann@example.org", mail["To"])
        self.assertEqual("auto-replied", mail["Auto-Submitted"])
        people, status, letter = mail.iter_parts()
        self.assertIn("[012] corrupt message cannot be delivered", people.get_content())
        self.assertEqual("message/delivery-status", status.get_content_type())
        about, recipient = status.get_payload()
        self.assertTrue(about["Reporting-MTA"].startswith("dns; "))
        # RFC 3464 sections 2.2 and 2.3: what there must be, in which form.
        self.assertEqual(["Reporting-MTA", "Arrival-Date"], about.keys())
        self.assertEqual(["Final-Recipient", "Action", "Status", "Diagnostic-Code",
                          "Last-Attempt-Date"], recipient.keys())
        self.assertRegex(recipient["Final-Recipient"], r"^x-[a-z]+; .")
        self.assertRegex(recipient["Status"], r"^5\.\d{1,3}\.\d{1,3}$")
        for date in about["Arrival-Date"], recipient["Last-Attempt-Date"], mail["Date"]:
            self.assertLess(abs(email.utils.parsedate_to_datetime(str(date)).timestamp()
                                - time.time()), 3600)
        for name in "From", "To", "Date", "Subject", "Message-ID", "MIME-Version":
            self.assertEqual(1, len(mail.get_all(name)), name)
        self.assertEqual("failed", recipient["Action"])
        self.assertEqual("5.6.0", recipient["Status"])
        self.assertIn("x-msmail; [012]", recipient["Diagnostic-Code"])
        # A mail goes back as a mail, and all of it can be read as it travels.
        self.assertEqual("message/rfc822", letter.get_content_type())
        self.assertIn(b"\r\n\r\n" + original.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), raw)
        self.assertIn(b"\r\nSubject: Undeliverable: ", raw)
        self.assertIn(b"\r\n  Reason:    [012] corrupt message cannot be delivered\r\n", raw)
        self.assertNotIn(b"base64", raw.split(original[:20])[0])
        return mail, letter

    def test_service_expires(self):
        """The service looks at its dead letters by itself, and its loop goes on."""
        service = self.service({"dead": {"keep_age": "1s", "scan": "100ms"}})
        for i in range(5):
            service.drop(f"m{i}.eml", samples.marked("null", body="x" * (i + 1)))
        service.drop("other.eml", samples.marked("abort"))
        gone = service.wait_event(3208, count=4)
        self.assertEqual({"crashed"}, {e["verdict"] for e in gone})
        service.wait_idle()
        left = {f["file"] for f in lines(run(service, "list", "--json"))}
        self.assertEqual({"m0.eml", "other.eml"}, left)
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.assertEqual(0, service.stop())

    def test_service_warns(self):
        service = self.service({"dead": {"scan": "100ms"}})
        service.drop("m.eml", samples.marked("null"))
        service.wait_letter("m.eml")
        event = service.wait_event(3207)[0]
        self.assertEqual(1, event["letters"])
        self.assertEqual(1, len(service.letters()))


class Cancelled(TestCase):
    def fill(self, far):
        spool = Spool(self, far)
        for i in range(self.count):
            spool.bury(f"m{i}.eml", b"%d" % i, sub="s" if i % 2 else "")
        return spool

    def everything(self, spool):
        """Contents of letters and of what came back, sorted."""
        found = []
        for path in spool.dead() + spool.incoming():
            name = os.path.basename(path)
            if name.startswith(b".") or name.endswith(b".json"):
                continue
            with open(path, "rb") as f:
                found.append(int(f.read()))
        return sorted(found)

    def cancel(self, number, code, far=False):
        """Half-way, and then run again."""
        self.count = 100000 if harness.LONG and not far else 2000
        spool = self.fill(far)
        said = spool.root / "said"
        with said.open("wb") as told:
            process = subprocess.Popen(
                [str(BUILD / "bulkhead"), "dead", "retry", "-c", str(spool.config), "--all",
                 "--rate", f"{self.count * 2}/s"], stdout=told, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: said.read_bytes().count(b"\n") > self.count // (20 if far else 2),
                     "half of the letters are back", 600 if harness.LONG else None, every=0.001)
            process.send_signal(number)
            process.wait(60)
            self.assertEqual(code, process.returncode)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.assertLess(len(spool.incoming()), self.count)
        if not far:
            self.assertEqual(list(range(self.count)), self.everything(spool))
        run(spool, "retry", "--all")
        self.assertEqual([], spool.dead())
        self.assertEqual(self.count, len(spool.incoming()))
        self.assertEqual(list(range(self.count)), self.everything(spool))

    def test_interrupted(self):
        self.cancel(signal.SIGINT, 130)

    def test_killed(self):
        self.cancel(signal.SIGKILL, -signal.SIGKILL)

    def test_killed_far(self):
        self.cancel(signal.SIGKILL, -signal.SIGKILL, far=True)

    def killed_at_each_call(self, verb, far, check):
        """Killed after its n-th call on the spool, for every n, and run again: the same end."""
        if harness.SANITIZE:
            self.skipTest("no preload under the sanitizers")
        for n in range(1, 60):
            spool = Spool(self, far)
            spool.bury("a.eml", b"one", sub="s")
            preload = Preload(spool.root, {spool.spool, spool.folder("dead")}, "dead")
            preload["kill_at"] = n
            done = run(spool, verb, "--all", code=None, env=dict(os.environ, **preload.environment()))
            calls = preload["changes"]
            killed = done.returncode == -signal.SIGKILL
            self.assertEqual(killed, calls == n, f"{n}: {done}")
            with self.subTest(verb=verb, far=far, n=n):
                # A consumer takes what is there at once.
                taken = check(spool, take=True) if killed else []
                run(spool, verb, "--all")
                run(spool, "list")
                self.assertEqual(1, len(taken) + len(check(spool, take=False)), f"{n}: {taken}")
                self.assertEqual([], spool.dead())
            if not killed:
                return n
        self.fail("it never came to its end")

    def test_retry_killed_at_each_call(self):
        def check(spool, take):
            found = [p for p in spool.incoming() if not os.path.basename(p).startswith(b".")]
            for path in found:
                with open(path, "rb") as f:
                    self.assertEqual(b"one", f.read())
                self.assertTrue(path.endswith(b"incoming/s/a.eml"))
                if take:
                    os.unlink(path)
            return found
        self.assertGreaterEqual(self.killed_at_each_call("retry", False, check), 3)
        self.assertGreaterEqual(self.killed_at_each_call("retry", True, check), 6)

    def test_return_killed_at_each_call(self):
        def check(spool, take):
            found = harness.files_below(spool.folder("outgoing"), hidden=False)
            for path in found:
                with open(path, "rb") as f:
                    mail = email.message_from_bytes(f.read(), policy=email.policy.default)
                self.assertEqual(b"one", list(mail.iter_parts())[2].get_content())
                if take:
                    os.unlink(path)
            return found
        self.assertGreaterEqual(self.killed_at_each_call("return", False, check), 6)


class Alone(TestCase):
    """Without a service."""

    NAMES = [b"new\nline.eml", b"M\xfcller \xff.dat", b"a" * 250 + b".eml", b"\xc3\xbc" * 120 + b".msg",
             b"json", b"x.json", b"\x1b[31mred.eml", b"back\\x41slash.eml", b".." + b"a", b"-dash"]

    def test_odd_names(self):
        for far in (False, True):
            spool = Spool(self, far)
            names = [n for n in self.NAMES if not n.startswith(b".")]
            for name in names:
                if name != b"json":
                    spool.bury(name, name, sub=b"s\n\xff/deep")
            table = run(spool, "list").stdout
            self.assertNotIn(b"\x1b", table)
            self.assertEqual(len(names), len(table.splitlines()))
            self.assertLessEqual(max(map(len, table.decode().splitlines())), 80)
            self.assertEqual(len(names) - 1, len(lines(run(spool, "list", "--json"))))
            for found in lines(run(spool, "list", "--json")):
                self.assertNotIn(b"\x1b", run(spool, "show", found["id"]).stdout)
            run(spool, "retry", "--all")
            back = {os.path.basename(p): p for p in spool.incoming()}
            self.assertEqual(set(names) - {b"json"}, set(back))
            for name, path in back.items():
                self.assertIn(b"incoming/s\n\xff/deep/", path)
                with open(path, "rb") as f:
                    self.assertEqual(name, f.read())
            self.assertEqual([], spool.dead())

    def test_a_message_named_json(self):
        service = self.service()
        service.drop("json", samples.marked("null"))
        wait_for(lambda: len(service.all_dead()) == 2, "letter and report")
        service.stop()
        self.assertEqual(["json"], [f["file"] for f in lines(run(service, "list", "--json"))])
        run(service, "retry", "--all")
        self.assertEqual([b"json"], [os.path.basename(p) for p in
                                     harness.files_below(service.folder("incoming"))])
        self.assertEqual([], service.all_dead())

    def test_names_taken_are_never_overwritten(self):
        for far in (False, True):
            spool = Spool(self, far)
            (spool.folder("incoming") / "m.eml").write_bytes(b"there")
            for i in range(3):
                spool.bury("m.eml", b"%d" % i)
            run(spool, "retry", "--all")
            names = sorted(os.path.basename(p) for p in spool.incoming())
            self.assertEqual([b"m-2.eml", b"m-3.eml", b"m-4.eml", b"m.eml"], names)
            self.assertEqual(b"there", (spool.folder("incoming") / "m.eml").read_bytes())

    def test_which_letters(self):
        spool = Spool(self)
        old = spool.bury("old.eml", age=86400 * 3, verdict="timed-out-cpu")
        new = spool.bury("new.eml", age=60, sender="bob@example.net",
                         worker={"signature": "ffffffffffff"})
        bare = spool.bury("bare.eml", age=7200, report=False)
        cases = {
            ("--verdict", "timed-out"): {old}, ("--verdict", "refused"): set(),
            ("--verdict", "crashed"): {new}, ("--sender", "EXAMPLE.NET"): {new},
            ("--older", "1d"): {old}, ("--newer", "1h"): {new}, ("--newer", "1d"): {new, bare},
            ("--group", "ffffffffffff"): {new}, ("--all",): {old, new, bare}, (): {old, new, bare},
            (old,): {old}, (old[:12],): {old}, (old.upper(), new): {old, new},
            (new, "--verdict", "timed-out"): set(), ("--verdict", "unknown"): {bare},
        }
        for args, want in cases.items():
            with self.subTest(args=args):
                found = {f["id"] for f in lines(run(spool, "list", "--json", *args))}
                self.assertEqual(want, found)
        both = os.path.commonprefix([old, new])
        self.assertIn(b"several", run(spool, "retry", both, code=1).stderr)
        self.assertIn(b"no such letter", run(spool, "retry", "0000", code=1).stderr)
        for bad in (["retry"], ["retry", "x"], ["retry", "../a"], ["retry", "--all", old],
                    ["remove", "--rate", "1", "--all"], ["list", "--older", "x"],
                    ["list", "--verdict", "time"], ["list", "--verdict", ""], ["nonsense"],
                    ["retry", "--all", "--rate", "0"], ["export"], ["expire", old]):
            run(spool, *bad, code=2)
        self.assertEqual(5, len(spool.dead()))

    def test_nothing_there(self):
        """An empty folder, and one that comes with the service's first start, are no trouble;
        a spool that is not there is."""
        spool = Spool(self)
        for what in ("empty", "missing"):
            with self.subTest(what):
                for verb in ("list", "show", "groups", "retry", "export"):
                    words = [verb] + ([str(spool.root / "out")] if verb == "export" else [])
                    words += ["--all"] if verb in ("show", "retry", "export") else []
                    self.assertEqual(b"", run(spool, *words).stdout)
                self.assertIn(b"no dead letters", run(spool, "list").stderr)
                for verb in "list", "show", "groups":
                    args = ["--all"] if verb == "show" else []
                    done = run(spool, verb, "--json", *args)
                    self.assertEqual((b"", b""), (done.stdout, done.stderr), verb)
                self.assertIn(b"no such letter", run(spool, "show", "1a", code=1).stderr)
                self.assertIn(b"0 of 0 dead letters removed", run(spool, "expire").stdout)
            if what == "empty":
                spool.folder("dead").rmdir()
        spool.bury("m.eml")
        self.assertIn(b"none of the 1 dead letters",
                      run(spool, "list", "--verdict", "refused").stderr)
        done = subprocess.run([BUILD / "bulkhead", "dead", "list", "--spool", "/no/such"],
                              capture_output=True, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn(b"--spool DIR", done.stderr)

    def test_what_is_printed_works_where_it_is_printed(self):
        spool = Spool(self)
        number = spool.bury("it's one.eml", b"x")
        odd = spool.root / "it's a spool"
        odd.symlink_to(spool.spool)
        for where in (["-c", str(spool.config)], ["--spool", str(odd)], []):
            with self.subTest(where=where):
                shown = subprocess.run(
                    [BUILD / "bulkhead", "dead", "show", *where, number[:13]],
                    cwd=spool.root, capture_output=True, check=True).stdout.decode()
                command = re.search(r"^try again +bulkhead (dead retry .*)$", shown, re.M)
                subprocess.run(["sh", "-c", f"{BUILD}/bulkhead {command.group(1)}"],
                               cwd=spool.root, check=True, capture_output=True)
                self.assertEqual([], spool.dead())
                number = spool.bury("again.eml", b"x")

    def test_the_spool_is_found(self):
        """./spool, else that of the installed configuration."""
        spool = Spool(self)
        spool.bury("here.eml")
        installed = Spool(self)
        installed.bury("installed.eml")
        elsewhere = spool.root / "elsewhere"
        etc = spool.root / "etc/bulkhead"
        for folder in (elsewhere, etc):
            folder.mkdir(parents=True)
        shutil.copy(installed.config, etc / "bulkhead.yaml")
        begin = ["unshare", "--mount", *([] if os.getuid() == 0 else ["--user", "--map-root-user"]),
                 "sh", "-c", 'mount -t tmpfs none /etc && mkdir /etc/bulkhead && '
                 'cp "$1"/* /etc/bulkhead/ && cd "$2" && shift 2 && exec "$@"', "sh", etc]
        if subprocess.run([*begin, "/", "true"], check=False, capture_output=True).returncode:
            self.skipTest("needs a mount namespace")
        for folder, words, want in ((spool.root, [], "here.eml"), (elsewhere, [], "installed.eml"),
                                    (elsewhere, ["--spool", "../spool"], "here.eml")):
            done = subprocess.run([*begin, folder, BUILD / "bulkhead", "dead", "list", "--json",
                                   *words], capture_output=True, check=False)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual([want], [json.loads(x)["file"] for x in done.stdout.splitlines()])

    def test_export_keeps_holes(self):
        spool = Spool(self)
        number = spool.bury("sparse.eml")
        path = spool.dead()[0] if spool.dead()[0].endswith(b".eml") else spool.dead()[1]
        with open(path, "r+b") as f:
            f.truncate(64 << 20)
            f.seek(32 << 20)
            f.write(b"in the middle")
        run(spool, "export", spool.root / "out", number)
        out = spool.root / "out" / os.fsdecode(os.path.basename(path))
        self.assertEqual(64 << 20, out.stat().st_size)
        self.assertLess(out.stat().st_blocks * 512, 1 << 20)
        with open(path, "rb") as a, open(out, "rb") as b:
            self.assertTrue(a.read() == b.read(), "changed")

    def test_the_oldest_comes_first(self):
        spool = Spool(self)
        ages = [5, 900, 40, 86400, 7, 300, 41, 2]
        for n, age in enumerate(ages):
            spool.bury(f"{age}.eml", sub=("", "b", "a/c")[n % 3], age=age)
        want = [f"{age}.eml" for age in sorted(ages, reverse=True)]
        self.assertEqual(want, [f["file"] for f in lines(run(spool, "list", "--json"))])
        rows = run(spool, "list").stdout.decode().splitlines()[1:]
        self.assertEqual(want, [row.split()[-1].split("/")[-1] for row in rows])
        shown = run(spool, "show", "--all").stdout.decode()
        self.assertEqual(want, [line.split("/")[-1].split()[-1] for line in shown.splitlines()
                                if line.startswith("file ")])
        done = lines(run(spool, "retry", "--all", "--json"))
        self.assertEqual(want, [f["file"] for f in done])

    def test_remove_asks(self):
        spool = Spool(self)
        spool.bury()
        self.assertIn(b"--yes", run(spool, "remove", "--all", code=1).stderr)
        for answer, left in ((b"n\n", 2), (b"y\n", 0)):
            ours, its = pty.openpty()
            process = subprocess.Popen(
                [str(BUILD / "bulkhead"), "dead", "remove", "-c", str(spool.config), "--all"],
                stdin=its, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            os.close(its)
            os.write(ours, answer)
            said = process.stderr.read()
            process.stderr.close()
            process.wait(60)
            os.close(ours)
            self.assertIn(b"Remove 1 dead letters for good? [y/N]", said)
            self.assertEqual(left, len(spool.dead()))
        self.assertIn(b"0 removed", run(spool, "remove", "--all", "--yes").stderr)

    def test_held_letters(self):
        spool = Spool(self)
        held, other = spool.bury("held.eml"), spool.bury("other.eml")
        run(spool, "hold", held)
        self.assertEqual([True], [l["held"] for l in lines(run(spool, "hold", held, "--json"))])
        self.assertIn(b" H ", run(spool, "list", held).stdout)
        run(spool, "retry", "--all")
        run(spool, "remove", "--verdict", "crashed", "--yes")
        self.assertEqual([held], [f["id"] for f in lines(run(spool, "list", "--json"))])
        self.assertNotEqual(held, other)
        run(spool, "release", held)
        self.assertEqual([], spool.dead())
        self.assertEqual(2, len(spool.incoming()))

    def test_reports_without_letters(self):
        spool = Spool(self)
        gone, buried, kept = (spool.bury(n + ".eml") for n in ("gone", "buried", "kept"))
        for number in (gone, buried, kept):
            os.unlink(next(spool.folder("dead").glob(number + ".*.eml")))
        # The service is just about to bury it, or keeps what could not be copied.
        (spool.folder("active") / f"{buried}.c1t0m0k0.buried.eml.dead").write_bytes(b"x")
        (spool.folder("active") / ".held").mkdir()
        (spool.folder("active") / ".held" / f"{kept}.kept.eml").write_bytes(b"x")
        done = run(spool, "list")
        self.assertIn(b"1 reports without a letter were removed", done.stderr)
        self.assertIn(b"1 more could not be copied here and lie in active/.held", done.stderr)
        self.assertEqual({f"{buried}.json".encode(), f"{kept}.json".encode()},
                         {os.path.basename(p) for p in spool.dead()})

    def test_tampered(self):
        """Nothing in the folder leads anywhere else, or makes the terminal do anything."""
        spool = Spool(self)
        dead = spool.folder("dead")
        (spool.root / "secret").write_text(json.dumps({"verdict": "secret", "sender": "a@b.c"}))
        link = spool.bury("link.eml", report=False)
        os.symlink(spool.root / "secret", dead / f"{link}.json")
        fifo = spool.bury("fifo.eml", report=False)
        os.mkfifo(dead / f"{fifo}.json")
        large = spool.bury("large.eml", subject="x" * (1 << 20))
        broken = spool.bury("broken.eml", report=False)
        (dead / f"{broken}.json").write_text('{"verdict": "cra')
        array = spool.bury("array.eml", report=False)
        (dead / f"{array}.json").write_text("[" * 100000)
        path = spool.bury("path.eml", file="../../../../tmp/evil", verdict="\x1b[31m",
                          sender="\x1b]0;x\x07", worker={"signature": "../x", "stderr": "\x1b[2J",
                                                         "breadcrumbs": "no", "module": 3},
                          notes={"a": 1}, charges=[], bytes="many", ended="\x00never")
        os.symlink("/etc", dead / "etc")
        (dead / "stray.txt").write_text("not a letter")
        (dead / "zzzz").mkdir()
        out = run(spool, "list", "--all").stdout
        self.assertNotIn(b"\x1b", out)
        self.assertNotIn(b"secret", out)
        found = {f["id"]: f for f in lines(run(spool, "list", "--json"))}
        self.assertEqual({link, fifo, large, broken, array, path}, set(found))
        for number in found:
            self.assertNotIn(b"\x1b", run(spool, "show", number).stdout)
        for number in (link, fifo, large, broken, array):
            self.assertIn("report", found[number]["trouble"])
        run(spool, "groups")
        run(spool, "return", "--all", code=1)
        run(spool, "retry", "--all")
        self.assertEqual({b"link.eml", b"fifo.eml", b"large.eml", b"broken.eml", b"array.eml",
                          b"path.eml"}, {os.path.basename(p) for p in spool.incoming()})
        self.assertTrue((spool.root / "secret").exists())
        self.assertTrue((dead / "stray.txt").exists())

    def test_a_name_that_would_be_left_alone(self):
        spool = Spool(self)
        spool.bury(".hidden")
        spool.bury("half.tmp")
        self.assertIn(b"2 failed", run(spool, "retry", "--all", code=1).stderr)
        self.assertEqual(4, len(spool.dead()))

    def test_return_refuses_what_is_no_address(self):
        for sender in ("", "Ann", "a@b\r\nBcc: c@d", "a@b\nc", "a b@c", "<a@b>, <c@d>", "a@b>,<c@d",
                       "a@b c", "ann@exa_mple", "a@" + "b" * 300, "@b", "a@", "a@.b", "ü@b.c",
                       "a,b@c", "<a@b", "a@b <", "\"a\"@b", "a@[127.0.0.1]", "a..b@c"):
            with self.subTest(sender=sender):
                spool = Spool(self)
                spool.bury(sender=sender)
                done = run(spool, "return", "--all", code=1)
                self.assertIn(b"no sender", done.stderr)
                self.assertEqual([], harness.files_below(spool.folder("outgoing")))
                self.assertEqual(2, len(spool.dead()))

    def test_return_with_odd_texts(self):
        spool = Spool(self)
        name = b"M\xfcller\n" + b"x" * 200 + b".eml"
        data = os.urandom(10001)
        spool.bury(name, data, sender="A <SMTP:ann@example.org>", verdict="a\r\nTo: evil@b",
                   subject="Grüße\r\nBcc: evil@example.org\r\n\r\n" + "é" * 300, ndr_code="666",
                   message_id="<a@b>\r\nBcc: c@d", text="x\r\n--=_\r\n")
        run(spool, "return", "--all", "--from", "mailer@mail.example.org")
        path, = harness.files_below(spool.folder("outgoing"))
        with open(path, "rb") as f:
            raw = f.read()
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        self.assertIsNone(mail["Bcc"])
        self.assertIsNone(mail["In-Reply-To"])
        self.assertEqual(["ann@example.org"], mail.get_all("To"))
        self.assertIn("mailer@mail.example.org", mail["From"])
        self.assertTrue(mail["Subject"].startswith("Undeliverable: Grüße"))
        people, status, letter = mail.iter_parts()
        self.assertIn("[001] unable to deliver", people.get_content())
        self.assertEqual(2, len(status.get_payload()))
        self.assertEqual(data, letter.get_content())
        self.assertEqual([], spool.dead())

    def test_return_keeps_what_does_not_go_along(self):
        spool = Spool(self)
        spool.bury("large.eml", b"x" * (5 << 20) + b"x")
        spool.bury("small.eml", b"x")
        run(spool, "return", "--all", "--keep")
        found = lines(run(spool, "list", "--json"))
        self.assertEqual([True, True], [f["held"] for f in found])
        self.assertEqual({"crashed"}, {f["verdict"] for f in found})
        reports = harness.files_below(spool.folder("outgoing"))
        self.assertEqual(2, len(reports))
        for path in reports:
            with open(path, "rb") as f:
                mail = email.message_from_bytes(f.read(), policy=email.policy.default)
            original = list(mail.iter_parts())[2]
            if b"large" in path:
                self.assertEqual("text/rfc822-headers", original.get_content_type())
                header = email.message_from_string(original.get_content(),
                                                   policy=email.policy.default)
                self.assertEqual(["ann@example.org", "Hello", "<1@example.org>"],
                                 [header[k] for k in ("From", "Subject", "Message-ID")])
            else:
                self.assertEqual(b"x", original.get_content())

    def test_return_of_each_kind_of_message(self):
        """A mail as message/rfc822, with its 8-bit text as it is; what cannot travel so, and
        other formats, as bytes under their own type; of a large mail the header."""
        mail = "From: Ann <ann@example.org>\nSubject: Gr\u00fc\u00dfe\n\nHallo \u00fc\n".encode()
        kinds = {
            "plain.eml": (b"Subject: x\n\ny\n", "message/rfc822"),
            "eight.eml": (mail, "message/rfc822"),
            "nul.eml": (mail + b"a\0b\n", "application/octet-stream"),
            "long.eml": (mail + b"x" * 999 + b"\n", "application/octet-stream"),
            "cr.eml": (mail + b"a\rb\n", "application/octet-stream"),
            "winmail.dat": (corpus_file("tnef/plain-text.tnef"), "application/ms-tnef"),
            "mail.msg": (corpus_file("msg/plain.msg"), "application/vnd.ms-outlook"),
            "what.bin": (b"\x00\x01what", "application/octet-stream"),
            "large.eml": (mail + b"x\n" * (3 << 20), "text/rfc822-headers"),
        }
        for name, (data, kind) in kinds.items():
            with self.subTest(name=name):
                spool = Spool(self)
                spool.bury(name, data, subject="Gr\u00fc\u00dfe aus K\u00f6ln")
                run(spool, "return", "--all")
                path, = harness.files_below(spool.folder("outgoing"))
                with open(path, "rb") as f:
                    raw = f.read()
                mail_ = email.message_from_bytes(raw, policy=email.policy.default)
                self.assertEqual("Undeliverable: Gr\u00fc\u00dfe aus K\u00f6ln", mail_["Subject"])
                self.assertIn(b"Undeliverable: ", raw.split(b"\r\nMessage-ID")[0])
                people, _, original = mail_.iter_parts()
                self.assertIn("Gr\u00fc\u00dfe aus K\u00f6ln", people.get_content())
                self.assertEqual("quoted-printable", people["Content-Transfer-Encoding"])
                self.assertEqual(kind, original.get_content_type())
                crlf = data.replace(b"\n", b"\r\n")
                if kind == "message/rfc822":
                    self.assertIn(b"\r\n\r\n" + crlf + b"\r\n--", raw)
                    eight = "8bit" if b"\xc3" in data else None
                    self.assertEqual([eight, eight], [mail_["Content-Transfer-Encoding"],
                                                      original["Content-Transfer-Encoding"]])
                elif kind == "text/rfc822-headers":
                    self.assertEqual("From: Ann <ann@example.org>\nSubject: Gr\u00fc\u00dfe\n",
                                     original.get_content().replace("\r\n", "\n"))
                else:
                    self.assertEqual(data, original.get_content())
                    self.assertEqual(name, original.get_filename())

    def test_a_returned_mail_cannot_end_its_part(self):
        """Boundaries depend on the message: one that holds ours gets another."""
        # The first 64 KiB and the length make it: what lies behind may hold it.
        head, size, seen = b"Subject: x\n\n" + b"y\n" * (40 << 10), 100 << 10, set()
        data = head
        for _ in range(3):
            spool = Spool(self)
            data = data.ljust(size, b"\n")
            spool.bury("m.eml", data)
            run(spool, "return", "--all")
            path, = harness.files_below(spool.folder("outgoing"))
            with open(path, "rb") as f:
                mail = email.message_from_bytes(f.read(), policy=email.policy.default)
            self.assertEqual("message/rfc822", list(mail.iter_parts())[2].get_content_type())
            self.assertEqual(3, len(list(mail.iter_parts())))
            self.assertNotIn(mail.get_boundary().encode(), data)
            seen.add(mail.get_boundary())
            data = data.rstrip(b"\n") + b"\n--" + mail.get_boundary().encode() + b"--\n"
        self.assertEqual(3, len(seen))

    def test_no_report_on_what_a_program_wrote(self):
        """RFC 3834: or two machines would write to each other for ever."""
        service = self.service()
        lines_of = {"auto": "Auto-Submitted: auto-replied", "bounce": "Return-Path: <>",
                    "bulk": "Precedence: bulk", "list": "List-Id: <all.example.org>",
                    "report": "Content-Type: multipart/report; boundary=b"}
        for name, line in lines_of.items():
            data = samples.marked("null")
            if name == "report":
                data = data.replace(b"Content-Type: text/plain; charset=utf-8", line.encode())
            else:
                data = line.encode() + b"\r\n" + data
            service.drop(f"{name}.eml", data)
        service.drop("daemon.eml", samples.marked("null", sender="MAILER-DAEMON@example.org"))
        service.drop("person.eml", b"Auto-Submitted: no\r\n" + samples.marked("null"))
        wait_for(lambda: len(service.letters()) == 7, service.last_words)
        service.wait_idle()
        service.stop()
        done = run(service, "return", "--all", code=1)
        self.assertIn(b"1 returned to their senders, 6 failed", done.stderr)
        self.assertEqual(6, done.stderr.count(b"would go in circles"))
        sent, = harness.files_below(service.folder("outgoing"))
        self.assertIn(b"/person.", sent)
        # And that one is not reported on either.
        with open(sent, "rb") as f:
            notice = f.read()
        service.start()
        service.drop("notice.eml", b"BULKHEAD-CHAOS: null\r\n" + notice)
        service.wait_letter("notice.eml")
        run(service, "return", "--sender", "postmaster", code=1)

    def test_expire(self):
        spool = Spool(self, config={"dead": {"keep_age": "1d", "keep_bytes": "10KiB"}})
        day = 86400
        spool.bury("old.eml", b"x" * 100, age=3 * day)
        spool.bury("old-small.eml", b"x", age=4 * day)
        spool.bury("only.eml", b"x" * 3000, age=5 * day, worker={"signature": "aaaaaaaaaaaa"})
        held = spool.bury("held.eml", b"x" * 200, age=6 * day)
        run(spool, "hold", held)
        spool.bury("large-older.eml", b"x" * 6000, age=200)
        spool.bury("large-newer.eml", b"x" * 6000, age=100)
        spool.bury("bare.eml", b"x", age=9 * day, report=False)
        done = run(spool, "expire")
        events = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual([(3208, "old.eml"), (3208, "large-older.eml")],
                         sorted(((e["event"], e.get("file")) for e in events), reverse=True))
        self.assertEqual({"old-small.eml", "only.eml", "held.eml", "large-newer.eml", "bare.eml"},
                         {f["file"] for f in lines(run(spool, "list", "--json"))})
        # Only what must stay is left: it is said.
        spool.bury("huge.eml", b"x" * 20000, age=1, worker={"signature": "bbbbbbbbbbbb"})
        done = run(spool, "expire")
        events = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual([(3207, "dead.keep_bytes")],
                         [(e["event"], e["limit"]) for e in events if e["event"] != 3208])

    def test_one_at_a_time(self):
        spool = Spool(self)
        for i in range(3):
            spool.bury(f"m{i}.eml")
        first = subprocess.Popen(
            [str(BUILD / "bulkhead"), "dead", "retry", "-c", str(spool.config), "--all",
             "--rate", "0.1/s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: spool.incoming(), "the first is at work")
            run(spool, "remove", "--all", "--yes", code=75)
            run(spool, "list")
        finally:
            first.send_signal(signal.SIGINT)
            self.assertEqual(130, first.wait(60))
        self.assertEqual(4, len(spool.dead()))

    def test_many(self):
        """A hundred thousand letters: quick, and in little memory."""
        count = 100000 if harness.LONG else 10000
        spool = Spool(self)
        for i in range(count):
            spool.bury(f"m{i}.eml", worker={"signature": f"{i % 7:012x}"})
        for verb, most in (("list", count + 1), ("groups", 8)):
            done = subprocess.run(
                ["/usr/bin/python3", "-c",
                 "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
                 "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)",
                 str(BUILD / "bulkhead"), "dead", verb, "-c", str(spool.config)],
                capture_output=True, check=True)
            self.assertEqual(most, len(done.stdout.splitlines()))
            if not harness.SANITIZE:
                self.assertLess(int(done.stderr.split()[-1]), 32 * 1024)


if __name__ == "__main__":
    harness.main()
