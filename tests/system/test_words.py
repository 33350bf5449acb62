# SPDX-License-Identifier: ISC
"""What people are told about the verbs says the same everywhere: --help, the manual pages and
the completion of bash."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import harness
import samples
from harness import BUILD, SOURCE



def table():
    """The rows of proto/formats.inc: (macro, name, extension, can)."""
    text = re.sub(r"/\*.*?\*/", "", (SOURCE / "proto/formats.inc").read_text(), flags=re.S)
    rows = re.findall(r'^(TARGET|FORMAT)\(\w+,\s*"([^"]*)",\s*"[^"]*",\s*"([^"]*)",'
                      r'\s*"[^"]*",\s*"[^"]*",\s*([^"]*?),\s*"', text, re.M)
    assert len(rows) == len(re.findall(r"^(?:TARGET|FORMAT)\(", text, re.M)), rows
    return rows


ENDINGS = {name: ending for macro, name, ending, _ in table() if macro == "TARGET"}
TARGETS = sorted(ENDINGS)
DEAD = ("list", "show", "cat", "groups", "retry", "release", "hold", "remove", "return", "export",
        "expire")
VERBS = {(v,): page for v, page in (
    ("serve", "bulkhead.8"), ("check", "bulkhead.8"), ("dump", "bulkhead.8"),
    ("doctor", "bulkhead.8"), ("list", "bulkhead.8"), ("convert", "bulkhead-convert.1"),
    ("filter", "bulkhead-filter.1"))}
VERBS.update({("dead", v): "bulkhead-dead.8" for v in DEAD})


def usage(*words):
    done = subprocess.run([str(BUILD / "bulkhead"), *words, "--help"], capture_output=True,
                          check=True, text=True)
    return done.stdout


def options(words):
    """Its options as --help tells of them: "-c" and "--config" each."""
    text = usage(*words)
    return (set(re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", text, re.MULTILINE)) |
            set(re.findall(r"^  (-\w), ", text, re.MULTILINE)))


class Help(harness.TestCase):
    def test_fits_a_screen(self):
        for words in [(), ("dead",), *VERBS]:
            with self.subTest(words=words):
                lines = usage(*words).splitlines()
                # Of a pager's two, where there is much to choose from.
                self.assertLess(len(lines), 49 if words == ("convert",) else 24)
                self.assertLess(max(map(len, lines)), 80)

    def test_tells_of_every_verb(self):
        for words, verbs in (((), {w[0] for w in VERBS} | {"help", "dead"}), (("dead",), set(DEAD))):
            told = re.findall(r"^  ([a-z]+) ", usage(*words), re.MULTILINE)
            self.assertEqual(sorted(told), sorted(verbs))
        for words in VERBS:
            self.assertIn(f"usage: bulkhead {' '.join(words)} ", usage(*words))

    def test_rules_that_errors_point_to(self):
        """convert's errors of usage say "see bulkhead convert --help": the rule is there."""
        told = " ".join(usage("convert").split())
        for arguments, rule in (
                ((), "usage: bulkhead convert [OPTION]... PATH..."),
                (("-", "a"), "it stands alone"),
                (("-o", "x", "-"), "without -o DIR"),
                (("-o", "-", "a", "b"), "take the result of one file"),
                (("-O", "x", "a", "b"), "take the result of one file"),
                (("-o", "y", "--attachments", "x", "a"), "--attachments is for -o"),
                (("--json", "-"), "--json needs standard output"),
                (("-o", "x", "a/x", "b/x"), "each keeps its last part, and those must differ"),
                (("--sync", "often", "a"), "none, batch (the default) or each"),
                (("--mtime", "mail", "a"), "input (the default), message or now"),
                (("--layout", "round", "a"), "of a store's results: files"),
                (("--to", "cuneiform", "a"), "mime (default), text, json")):
            with self.subTest(arguments), tempfile.TemporaryDirectory() as folder:
                for name in ("a", "b"):
                    os.mkdir(os.path.join(folder, name))
                    with open(os.path.join(folder, name, "x"), "wb"):
                        pass
                done = subprocess.run([str(BUILD / "bulkhead"), "convert", *arguments], check=False,
                                      capture_output=True, text=True, cwd=folder)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertIn("see bulkhead convert --help", done.stderr)
                self.assertIn(rule, told)

    def test_help_with_a_verb_is_the_same(self):
        for verb in "serve", "convert", "dead", "doctor":
            done = subprocess.run([str(BUILD / "bulkhead"), "help", verb], capture_output=True,
                                  check=True, text=True)
            self.assertEqual(usage(verb), done.stdout)


class Pages(harness.TestCase):
    def page(self, name):
        return (SOURCE / "deploy" / name).read_text()

    def test_every_option_is_in_the_page(self):
        for words, name in VERBS.items():
            page = self.page(name)
            for option in options(words) - {"-h", "--help"}:
                self.assertTrue(re.search(rf"Fl {option[1:]}(?![a-z-])", page),
                                f"{option} of {words} in {name}")

    def test_every_option_in_the_page_is_there(self):
        for name in ("bulkhead-convert.1", "bulkhead-filter.1", "bulkhead-dead.8"):
            known = set().union(*(options(w) for w, page in VERBS.items() if page == name))
            for option in re.findall(r"Fl (-?[a-z-]+)", self.page(name)):
                self.assertIn("-" + option, known, name)

    def test_every_verb_has_its_place(self):
        for words, name in VERBS.items():
            self.assertTrue(re.search(rf"\.(Cm|Nm|It Cm).*\b{words[-1]}\b", self.page(name)),
                            f"{words} in {name}")

    def test_mandoc_has_nothing_to_say(self):
        pages = sorted((SOURCE / "deploy").glob("*.[1-9]"))
        self.assertGreaterEqual(len(pages), 6)
        done = subprocess.run(["mandoc", "-Tlint", "-Wall", *map(str, pages)],
                              capture_output=True, check=False, text=True)
        # What is not installed here: ours are looked for below.
        said = [line for line in done.stdout.splitlines()
                if "referenced manual not found" not in line and "mandoc.db" not in line
                # A key's default stands as it is typed.
                and "longer than 80 bytes: Default: " not in line]
        self.assertEqual([], said)
        for page in pages:
            for name, section in re.findall(r"Xr (bulkhead[a-z.-]*) (\d)", page.read_text()):
                self.assertTrue((SOURCE / f"deploy/{name}.{section}").exists(), (page, name))


class Formats(harness.TestCase):
    """Every list of the formats is that of proto/formats.inc."""

    SAMPLES = {"ical": "tests/corpus/items/appointment.msg", "vcard": "tests/corpus/items/contact.msg",
               "vcard3": "tests/corpus/items/contact.msg"}
    ORDINARY = "tests/corpus/items/appointment.msg"

    @staticmethod
    def words(text):
        return re.findall(r"[a-z0-9]+", re.sub(r"\(default\)|\bor\b|\band\b", "", text))

    def page(self, name):
        return (SOURCE / "deploy" / name).read_text()

    def test_table_has_targets(self):
        self.assertLessEqual({"mime", "text", "json", "dump"}, set(TARGETS))
        self.assertTrue(all(can.count("FORMATS_WRITE") for macro, _, _, can in table()
                            if macro == "TARGET"))

    def test_help(self):
        told = re.search(r"--to FORMAT +([^-]*?)\n +--", usage("convert"))
        self.assertEqual(list(ENDINGS), self.words(told[1]))

    def test_manual_of_convert(self):
        told = re.search(r"^\.It Fl -to Ar format\n.*?^\.El$", self.page("bulkhead-convert.1"),
                         re.M | re.S)[0]
        rows = re.split(r"^\.It Cm ", told, flags=re.M)[1:]
        found = {name: re.findall(r"^\.Pa (\.\w+)", row, re.M)
                 for row in rows for name in self.words(row.split("\n")[0])}
        self.assertEqual({n: [e] for n, e in ENDINGS.items()}, found)

    def test_manual_and_example_of_the_configuration(self):
        told = re.search(r"^\.It Cm convert\.to\n.*?^One of (.*?)\.\n.*?^\.Pa \( (.*?) \)",
                         self.page("bulkhead.yaml.5"), re.M | re.S)
        self.assertEqual(list(ENDINGS), self.words(told[1]))
        self.assertEqual(list(dict.fromkeys(ENDINGS.values())), told[2].split(" , "))
        told = re.search(r"# (.*); needs a restart\n  (?:# )?to:", self.page("bulkhead.yaml"))
        self.assertEqual(list(ENDINGS), self.words(told[1]))

    def test_readme(self):
        """The README's table: each format once, and what can be done with it."""
        text = (SOURCE / "README.md").read_text()
        told = re.search(r"^## Formats\n.*?^\| ---.*?\n(.*?)\n\n", text, re.M | re.S)[1]
        rows = {}
        for line in told.splitlines():
            _, _, names, read, written, _, _ = map(str.strip, line.split("|"))
            for name in re.findall(r"`(.*?)`", names):
                self.assertNotIn(name, rows)
                rows[name] = read, set(re.findall(r"--to (\w+)(?![\w -])", written)), written
        self.assertEqual({name for _, name, _, _ in table()}, set(rows))
        for macro, name, _, can in table():
            read, targets, written = rows[name]
            with self.subTest(name):
                self.assertIn(read, {"FORMATS_READ": ("yes",), "FORMATS_STORE": ("each item", "yes")}
                              .get(re.sub(r" \|.*", "", can), ("no",)))
                self.assertEqual("FORMATS_WRITE" in can, written != "-")
                self.assertEqual(macro == "TARGET", name in targets, written)
                self.assertLessEqual(targets, set(TARGETS))
        for target in re.findall(r"--to (\w+)", text):
            self.assertIn(target, TARGETS)

    def test_configuration(self):
        for _, name, _, _ in table():
            with self.subTest(name):
                done = subprocess.run(
                    [str(BUILD / "bulkhead"), "check", "--set", f"convert.to={name}"],
                    capture_output=True, check=False, text=True)
                self.assertEqual(name in ENDINGS, done.returncode == 0, done.stderr)

    def test_names_of_results(self):
        for name, ending in ENDINGS.items():
            source = SOURCE / self.SAMPLES.get(name, self.ORDINARY)
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([str(BUILD / "bulkhead"), "convert", "--to", name, "-o",
                                       folder, str(source)], capture_output=True, check=False)
                self.assertEqual(0, done.returncode, done.stderr)
                made = [f for f in os.listdir(folder) if not f.startswith(".")]
                self.assertEqual([True], [f.endswith(ending) for f in made], made)


class Examples(harness.TestCase):
    """What the pages show works as it stands."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-words."))
        self.addCleanup(shutil.rmtree, self.root, True)
        (self.root / "archive/deep").mkdir(parents=True)
        stream = samples.tnef(attachments=[("a.txt", b"attached")])
        (self.root / "winmail.dat").write_bytes(stream)
        (self.root / "with-winmail.eml").write_bytes(samples.mail_with_tnef(stream))
        (self.root / "archive/deep/mail.eml").write_bytes(samples.mail())
        (self.root / "archive/junk").write_bytes(b"no message")
        (self.root / "archive.mbox").write_bytes(
            b"".join(b"From ann@example.org Sat Jan  1 00:00:00 2022\n" +
                     samples.mail(s).replace(b"\r\n", b"\n") + b"\n" for s in ("one", "two")))
        (self.root / "bulkhead.yaml").write_text("spool: spool\n")
        for place in "incoming", "outgoing", "dead":
            (self.root / "spool" / place).mkdir(parents=True)
        for number, verdict, group in (("1a1f3b6100000001", "crashed", "4f21a90b77c3"),
                                       ("1a1f3b6200000001", "crashed", "0123456789ab"),
                                       ("1a1f000000000001", "refused", "")):
            (self.root / f"spool/dead/{number}.m.eml").write_bytes(b"x")
            (self.root / f"spool/dead/{number}.json").write_text(json.dumps(
                {"verdict": verdict, "sender": "ann@example.org", "ended": "2026-01-01T00:00:00Z",
                 "worker": {"signature": group}}))

    def paste(self, page, code=0):
        """All commands of a page, in order; what they wrote."""
        return self.run_all(
            re.findall(r"(?m)^\$ (.*)$", (SOURCE / "deploy" / page).read_text().replace("\\e\n", "")), code)

    def run_all(self, commands, code=0):
        said = ""
        for line in commands:
            for theirs, ours in (("/var/spool/bulkhead", "spool"), ("/tmp/", "")):
                line = line.replace(theirs, ours)
            if "bulkhead serve" in line:
                self.serve(line.rstrip("& "))
                continue
            done = subprocess.run(
                ["sh", "-c", line], cwd=self.root, capture_output=True, check=False, text=True,
                env=self.environment())
            self.assertIn(done.returncode, (0, code), (line, done))
            said += done.stdout
            if line.startswith("cp "):
                harness.wait_for(lambda: harness.files_below(self.root / "spool/outgoing", False),
                                 "a result")
        return said

    @staticmethod
    def environment():
        return dict({k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")},
                    PATH=f"{BUILD}:{os.environ['PATH']}")

    def serve(self, line):
        """In the background until the test ends, as with "&" or in another window."""
        log = self.root / "log"
        with log.open("wb") as stderr:
            service = subprocess.Popen(["sh", "-c", "exec " + line], cwd=self.root, stderr=stderr,
                                       env=self.environment())
        self.addCleanup(lambda: (service.terminate(), self.assertEqual(0, service.wait())))
        harness.wait_for(lambda: b"3001" in log.read_bytes() or service.poll() is not None,
                         log.read_text)
        self.assertIsNone(service.poll(), log.read_text())

    def test_service(self):
        shutil.rmtree(self.root / "spool")
        self.assertIn("winmail.", self.paste("bulkhead.8"))

    @staticmethod
    def blocks(text):
        """Of commands: those of other languages are marked (nginx)."""
        found = re.findall(r"(?ms)^ *```(\w*)\n(.*?)^ *```$", text)
        return [block for language, block in found if not language]

    def readme_lines(self):
        return [line for block in self.blocks((SOURCE / "README.md").read_text()) for line in block.splitlines()]

    def test_readme(self):
        lines = [re.sub(r"  +#.*", "", line) for line in self.readme_lines()
                 if line.startswith(("bulkhead ", "curl ")) and "--spool beside" not in line]  # test_deploy.py
        self.assertGreaterEqual(len(lines), 12)
        said = self.run_all(lines, code=1)  # junk is in the archive
        self.assertIn("4f21a90b77c3", said)
        self.assertIn(b"a.txt", (self.root / "plain.eml").read_bytes())
        self.assertEqual(b"attached", (self.root / "winmail.dat.files/a.txt").read_bytes())
        self.assertTrue((self.root / "converted/deep/mail.eml").exists())
        self.assertIn(b"Subject: two", (self.root / "mails/archive.mbox/0000002.eml").read_bytes())
        self.assertIn(b"a.txt", (self.root / "mail.eml").read_bytes())  # by HTTP
        self.assertIn('"version"', said)

    # Of the README's commands those that no test of this folder types: who does, and the words by
    # which it does so.
    ELSEWHERE = {
        "deploy/quickstart": ("tests/CMakeLists.txt", "COMMAND ${CMAKE_SOURCE_DIR}/deploy/quickstart"),
        "tests/run": (".ci/run", "step tests tests/run"),
        "deploy/make-deb": ("tests/package/run", '\ndeploy/make-deb "$work/debs"'),
        "sudo apt install ./bulkhead_": ("tests/package/run", r"sed -n 's/^sudo \(apt install .*\.deb\)$/\1/p' README.md"),
        "cmake -S . -B build -G Ninja -DBUILD_TESTING=OFF": (
            "deploy/Containerfile", "RUN cmake -S . -B build -G Ninja -DBUILD_TESTING=OFF"),
        "podman build --format docker -f deploy/Containerfile": (
            "deploy/test-containers", "recipe=$(commands 'In a container:')"),
        "mkdir -p spool && podman run": ("deploy/test-containers", "recipe=$(commands 'In a container:')"),
        "mkdir -p arriving/cur": ("tests/system/test_deploy.py", 'self.commands("Beside a mail system")'),
        "bulkhead serve --spool beside": ("tests/system/test_deploy.py", 'self.commands("Beside a mail system")'),
        "kubectl create secret generic bulkhead-token --from-file=token": (
            "deploy/test-containers", "play \"$(commands '### Kubernetes')\""),
        "kubectl apply -f deploy/kubernetes/bulkhead.yaml": (
            "deploy/test-containers", "play \"$(commands '### Kubernetes')\""),
    }

    def test_readme_commands_are_typed(self):
        lines = [line for line in self.readme_lines() if re.match(r"[a-z]+[ /]", line)]
        self.assertGreater(len(lines), 20)
        unused = set(self.ELSEWHERE)
        for line in lines:
            places = [k for k in self.ELSEWHERE if line.startswith(k)]
            unused -= set(places)
            if not places:
                self.assertRegex(line, r"^(bulkhead|curl) ", "typed by test_readme")
            for file, words in (self.ELSEWHERE[k] for k in places):
                self.assertIn(words, (SOURCE / file).read_text(), line)
        self.assertEqual(set(), unused)

    def test_each_page_of_commands_is_typed(self):
        """All pages that show commands: typed here, or by the test of its name."""
        pages = {p.name for p in (SOURCE / "deploy").glob("*.[1-8]") if re.search(r"(?m)^\$ ", p.read_text())}
        self.assertEqual({"bulkhead.8", "bulkhead-convert.1", "bulkhead-filter.1", "bulkhead-dead.8",
                          "bulkhead-api.7"}, pages)
        pages = {p.name for p in (SOURCE / "deploy").glob("*.md") if self.blocks(p.read_text())}
        self.assertEqual({"json.md", "postfix.md"} | {"design.md", "reliability.md"}, pages)  # the latter: output

    def test_commands_within_sentences(self):
        """`bulkhead VERB --option`: there is such a verb, with such an option."""
        found = set()
        for page in [SOURCE / "README.md", *(SOURCE / "deploy").glob("*.md")]:
            found |= set(re.findall(r"`bulkhead ([^`]+)`", page.read_text()))
        self.assertGreater(len(found), 12)
        for command in found:
            verb = re.match(r"(?:dead |queue )?[a-z]+", command)[0].split()
            if verb[0] == "queue":
                verb = verb[:1]
            done = subprocess.run([str(BUILD / "bulkhead"), *verb, "--help"], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(0, done.returncode, (command, done.stderr))
            self.assertIn("usage: bulkhead " + " ".join(verb), done.stdout)
            for option in re.findall(r"--[a-z-]+", command):
                self.assertRegex(done.stdout, rf"(?m)^ .*{option}\b", command)

    def test_api(self):
        self.serve("bulkhead serve --spool spool")
        harness.wait_for((self.root / "spool/http.sock").exists, "http.sock")
        said = self.paste("bulkhead-api.7")
        self.assertIn("a.txt", said)
        self.assertIn('"paused"', said)

    def test_json(self):
        commands = [line for block in self.blocks((SOURCE / "deploy/json.md").read_text()) for line in block.splitlines()]
        said = self.run_all(commands)
        self.assertIn("a.txt", said.splitlines())

    def test_readme_links(self):
        """Each file and each place of the page that the README leads to is there."""
        text = (SOURCE / "README.md").read_text()
        places = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
                  for title in re.findall(r"^#{2,3} (.*)$", text, re.M)}
        targets = re.findall(r"\]\(([^)]*)\)", text)
        self.assertGreater(len(targets), 30)
        for target in targets:
            if target.startswith("#"):
                self.assertIn(target[1:], places)
            elif "://" not in target:
                self.assertTrue((SOURCE / target).exists(), target)

    def test_convert(self):
        said = self.paste("bulkhead-convert.1", code=1)  # junk is in it
        self.assertIn("junk\trefused\t", said)
        self.assertTrue((self.root / "converted/deep/mail.eml").exists())
        self.assertEqual(b"attached", (self.root / "winmail.dat.files/a.txt").read_bytes())
        self.assertIn(b"a.txt", (self.root / "mail.eml").read_bytes())

    def test_filter(self):
        self.paste("bulkhead-filter.1")
        self.assertIn(b"a.txt", (self.root / "plain.eml").read_bytes())

    def test_dead(self):
        self.assertIn("4f21a90b77c3", self.paste("bulkhead-dead.8"))
        self.assertEqual([b"m.eml"], [os.path.basename(p) for p in
                                      harness.files_below(self.root / "spool/incoming")])
        self.assertTrue((self.root / "sample/1a1f3b6200000001.m.eml").exists())
        sent, = harness.files_below(self.root / "spool/outgoing")
        self.assertTrue(sent.endswith(b".undelivered.eml"))


class Exits(harness.TestCase):
    """The codes of the pages, and errors that name what is wrong."""

    CASES = {  # filter's are those of sysexits
        ("check",): (0, ""), ("check", "-c", "nowhere.yaml"): (2, "nowhere.yaml"),
        ("check", "--set", "limits.memroy=1GiB"): (2, "did you mean limits.memory?"),
        ("check", "--set", "workers=0"): (2, "workers"), ("check", "more"): (2, "more"),
        ("serve", "more"): (2, "more"), ("serve", "--workers"): (2, "--workers"),
        ("dump",): (2, "FILE"), ("dump", "nowhere.eml"): (1, "nowhere.eml"),
        ("dump", "folder"): (1, "folder"), ("dump", "junk"): (1, "junk"),
        ("doctor", "--bogus"): (2, "--bogus"), ("bogus",): (2, "bogus"),
        ("help", "bogus"): (2, "bogus"), ("version",): (0, ""), ("help",): (0, ""),
        (): (2, "usage"), ("dead",): (2, "usage"), ("dead", "bogus"): (2, "bogus"),
        ("dead", "list", "--spool", "nowhere"): (1, "nowhere/dead"),
        ("dead", "list", "-c", "nowhere.yaml"): (2, "nowhere.yaml"),
        ("dead", "list", "--verdict", "tired"): (2, "tired"),
        ("dead", "retry"): (2, "--all"), ("dead", "list", "--rate", "1"): (2, "--rate"),
        ("convert", "nowhere"): (1, "nowhere"), ("convert", "junk"): (1, "junk"),
        ("convert",): (2, "PATH"), ("convert", "--to", "x", "junk"): (2, "x"),
        ("convert", "-c", "nowhere.yaml", "junk"): (2, "nowhere.yaml"),
        ("filter", "--on-failure", "cry"): (64, "cry"), ("filter", "more"): (64, "more"),
        ("filter", "-c", "nowhere.yaml"): (78, "nowhere.yaml"),
    }
    SPEAK = [("help",), ("version",), ("check", "--print"), ("dead", "--help"),
             ("dead", "list"), ("dead", "groups"), ("convert", "--json", "mail.eml")]

    def run_it(self, words, stdout=subprocess.PIPE):
        return subprocess.run([str(BUILD / "bulkhead"), *words], stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.PIPE, check=False, cwd=self.root,
                              env={k: v for k, v in os.environ.items()
                                   if not k.startswith("BULKHEAD_")})

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-words."))
        self.addCleanup(shutil.rmtree, self.root, True)
        (self.root / "folder").mkdir()
        (self.root / "junk").write_bytes(b"no message")
        (self.root / "mail.eml").write_bytes(samples.mail())

    def test_codes(self):
        for words, (code, says) in self.CASES.items():
            with self.subTest(words=words):
                done = self.run_it(words)
                said = done.stderr.decode()
                self.assertEqual(code, done.returncode, said)
                self.assertIn(says, said)
                if words[:1] != ("dead",) or len(words) > 1:
                    self.assertLess(len(said.splitlines()), 30)

    def test_a_full_disk_is_told(self):
        for place in "incoming", "outgoing", "dead":
            (self.root / "spool" / place).mkdir(parents=True)
        (self.root / "spool/dead/00000000000000a1.m.eml").write_bytes(b"x")
        for words in self.SPEAK:
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                self.assertEqual(1, self.run_it(words, full).returncode)


class Completion(harness.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-words."))
        self.addCleanup(shutil.rmtree, self.root, True)
        (self.root / "folder").mkdir()
        (self.root / "a file.eml").write_bytes(b"x")
        for name in "incoming", "outgoing", "dead", "active":
            (self.root / "spool" / name).mkdir(parents=True)
        now = int(time.time() * 1000) << 20
        self.ids = [f"{now + n:016x}" for n in range(3)]
        for n, number in enumerate(self.ids):
            dead = self.root / "spool/dead"
            (dead / f"{number}.m.eml").write_bytes(b"x")
            (dead / f"{number}.json").write_text(json.dumps(
                {"verdict": "crashed", "subject": '"id":"beef"',
                 "worker": {"signature": f"{n % 2:012x}"}}))

    def complete(self, *words):
        """What bash offers for the last of these words."""
        script = (f'source "{SOURCE}/deploy/bulkhead.bash-completion"\n'
                  'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"\n'
                  '_bulkhead && printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", str(BUILD / "bulkhead"), *words],
                              capture_output=True, check=True, text=True, cwd=self.root,
                              env={k: v for k, v in os.environ.items()
                                   if not k.startswith("BULKHEAD_")})
        self.assertEqual("", done.stderr)
        return sorted(done.stdout.split("\n")[:-1]) if done.stdout.strip() else []

    def test_verbs(self):
        self.assertEqual(self.complete(""), sorted(
            {w[0] for w in VERBS} | {"dead", "help", "version", "--help", "--version"}))
        self.assertEqual(self.complete("d"), ["dead", "doctor", "dump"])
        self.assertEqual(self.complete("dead", ""), sorted([*DEAD, "--help"]))
        self.assertEqual(self.complete("dead", "re"), ["release", "remove", "retry", "return"])
        self.assertEqual(self.complete("help", "con"), ["convert"])

    def test_options(self):
        for words in VERBS:
            self.assertEqual(self.complete(*words, "-"), sorted(options(words)), words)
        self.assertEqual(self.complete("convert", "x", "--at"), ["--attachments"])

    def test_operands_and_values(self):
        files, folders = ["a file.eml", "folder", "spool"], ["folder", "spool"]
        spool = ("--spool", "spool")
        groups = ["000000000000", "000000000001"]
        cases = {
            ("convert", ""): files, ("dump", "a"): files[:1], ("convert", "--json", ""): files,
            ("serve", ""): [], ("check", ""): [], ("filter", ""): [], ("doctor", ""): [],
            ("convert", "--dead", ""): folders, ("filter", "--dead", ""): [],
            ("convert", "--to", ""): TARGETS,
            ("convert", "--to", "=", "js"): ["json"], ("convert", "--to", "="): TARGETS,
            ("convert", "-o", "f"): ["folder"], ("serve", "--spool", "s"): ["spool"],
            ("convert", "--sync", "e"): ["each"], ("serve", "--workers", ""): ["auto"],
            ("filter", "--on-failure", ""): ["fail", "passthrough"],
            ("dead", "list", "--verdict", "timed-out-"):
                ["timed-out-cpu", "timed-out-silence", "timed-out-total"],
            ("dead", "list", *spool, "--group", ""): groups,
            ("dead", "retry", "--set", "spool", "=", "spool", ""): self.ids,
            ("dead", "export", *spool): folders[1:], ("dead", "export", ""): folders,
            ("dead", "export", "folder", *spool, ""): self.ids,
            ("dead", "expire", *spool, ""): [], ("dead", "show", "--spool", "folder", ""): [],
        }
        for verb in ("list", "show", "groups", "retry", "release", "hold", "remove", "return"):
            cases[("dead", verb, *spool, "")] = self.ids
            cases[("dead", verb, *spool, self.ids[1][:-1])] = self.ids
            cases[("dead", verb, *spool, self.ids[1])] = self.ids[1:2]
        for words, want in cases.items():
            with self.subTest(words=words):
                self.assertEqual(self.complete(*words), want)


if __name__ == "__main__":
    harness.main()
