# SPDX-License-Identifier: ISC
"""Real files that nobody here wrote, through the whole service: each is converted or refused
with a reason, none crashes a worker. The corpus is not part of the project: without it
(BULKHEAD_CORPUS) only the project's own samples are used, and the output says so."""

import email
import email.policy
import os
import pathlib
import re
import subprocess
import tempfile
import time

import harness
from harness import CORPUS, SOURCE, TestCase

OWN = SOURCE / "tests/corpus"


def below(*folders):
    found = []
    for folder in folders:
        found += [pathlib.Path(os.fsdecode(p)) for p in harness.files_below(folder)]
    return [p for p in found if p.is_file() and not p.is_symlink()]


KNOWN = re.compile(rb"(From|To|Subject|Date|Return-Path|Received|X-[A-Za-z-]+|MIME-Version|"
                   rb"Message-ID|Content-Type|Delivered-To|Reply-To|Sender): ", re.IGNORECASE)


def members(path, data):
    """The mails in a file: in Apple Mail's there is a length before it, and more behind."""
    if path.suffix == ".emlx":
        length, _, rest = data.partition(b"\n")
        return [rest[:int(length)]]
    marks = re.findall(rb"(?m)^From (?:-|\S+@\S+)\s*\n[A-Za-z-]+:", data)
    if "mbox" in path.relative_to(CORPUS).parts or len(marks) > 1:
        found = re.split(rb"(?m)^(?:\xef\xbb\xbf)?From .*\n", data)
        return [m for m in found if KNOWN.match(m)]
    return [data]


def inner(data):
    """The messages inside of a mail, as Python writes them."""
    found = []
    for part in email.message_from_bytes(data).walk():
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            try:
                found.append(part.get_payload(0).as_bytes())
            except (UnicodeError, KeyError, LookupError):  # it cannot write them all
                pass
    return [m for m in found if KNOWN.match(m)]


def every_mail():
    """(where it is from, bytes), no mail twice."""
    seen = set()
    folders = [CORPUS / f for f in ("eml", "bulk-eml", "eml-tnef", "emlx", "mbox", "_expected")]
    for path in below(*folders):
        if folders[-1] in path.parents and path.suffix != ".eml":
            continue
        for mail in members(path, path.read_bytes()):
            for data in [mail, *inner(mail)]:
                if data not in seen:
                    seen.add(data)
                    yield str(path), data


class Corpus(TestCase):
    def through(self, files, chaos=False):
        """Everything through one service; what became of each by its number."""
        service = self.service({"workers": 2, "reports": "all"}, chaos=chaos)
        names = {}
        for i, path in enumerate(files):
            name = f"n{i}{path.suffix or '.dat'}"
            names[name] = path
            service.drop(name, path.read_bytes())
        service.wait_idle(600)
        self.assert_accounted(names, service)
        faults = [service.report_of(p) for p in service.letters()]
        bad = [(names.get(r["file"]), r["verdict"], r.get("reason")) for r in faults
               if r["verdict"] != "refused" or not r.get("reason")]
        self.assertEqual([], bad, "neither converted nor refused with a reason")
        self.assertEqual([], service.events(harness.FAULT))
        parsed = defects = 0
        for path in service.results():
            with open(path, "rb") as f:
                message = email.message_from_binary_file(f, policy=email.policy.default)
            found = self.walk(message)
            parsed += 1
            defects += bool(found)
        self.assertEqual(0, service.stop())
        self.assert_clean(service)
        print(f"\n  {len(files)} files: {parsed} results, {len(faults)} refused, "
              f"{defects} results with defects", flush=True)
        return service, names, faults

    @staticmethod
    def walk(message):
        """Defects that Python's parser sees in a message and its parts."""
        found = []
        for part in message.walk():
            found += part.defects
        return found

    def outside(self, *folders):
        if not CORPUS.is_dir():
            print(f"\n  NOT TESTED: no corpus at {CORPUS} (BULKHEAD_CORPUS)", flush=True)
            self.skipTest("no corpus")
        return below(*(CORPUS / f for f in folders))

    def test_own_samples(self):
        files = [p for p in below(OWN) if p.suffix in (".tnef", ".dat", ".eml", ".tnf")]
        self.assertGreater(len(files), 5)
        self.through(files)

    def test_tnef(self):
        service, names, _ = self.through(self.outside("tnef"))
        # What Python's parser objects to in our own output is our fault.
        wrong = []
        self.same_as_alone(service, names)
        for path in service.results():
            with open(path, "rb") as f:
                message = email.message_from_binary_file(f, policy=email.policy.default)
            if self.walk(message):
                number = harness.RESULT_NAME.fullmatch(os.path.basename(path)).group("stem")
                wrong.append((number, self.walk(message)))
        self.assertEqual([], wrong)

    def same_as_alone(self, service, names):
        """The same bytes come out of whichever worker, and without any service."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([harness.BUILD / "tests/convert-file", "-o", folder, *names.values()],
                           stderr=subprocess.DEVNULL, check=False, env={"TZ": "Asia/Tokyo"})
            for i, (name, path) in enumerate(names.items()):
                result = service.result_of(name)
                if result:
                    with open(result, "rb") as one, open(f"{folder}/{i}", "rb") as two:
                        self.assertEqual(one.read(), two.read(), path)

    def test_mail_with_tnef(self):
        service, names, letters = self.through(self.outside("eml-tnef"))
        self.same_as_alone(service, names)
        self.assertEqual([], letters, "a mail is never refused")

    def test_every_mail_passes_byte_for_byte(self):
        """All at once through the service: the files, what mailboxes hold, and the messages
        inside of messages, each a file of its own."""
        self.outside()
        service = self.service({"workers": 2, "limits": {"stop": "60s"}}, chaos=False)
        mails = {f"n{i}.eml": mail for i, mail in enumerate(every_mail())}
        for name, (_, data) in mails.items():
            service.drop(name, data)
        begun = time.monotonic()
        service.wait_idle(600)
        seconds = time.monotonic() - begun
        self.assertEqual(0, service.stop())
        self.assert_accounted(mails, service)
        results = {harness.RESULT_NAME.fullmatch(os.path.basename(p))["stem"].decode(): p
                   for p in service.results()}
        converted = []
        for name, (source, data) in mails.items():
            if re.match(rb"FROM ubuntu", data):  # a Dockerfile is no mail
                self.assertNotIn(name[:-4], results)
                continue
            with open(results[name[:-4]], "rb") as f:
                result = f.read()
            if result != data:
                converted.append((source, data, result))
        print(f"\n  {len(mails)} mails in {seconds:.1f} s, {len(converted)} of them converted, "
              "the others passed byte for byte", flush=True)
        self.assertGreater(len(mails), 1350)
        self.assertEqual([], [s for s, data, _ in converted
                              if not re.search(rb"(?i)ms-tnef|winmail", data)])
        for source, _, result in converted:
            self.assertEqual([], self.walk(email.message_from_bytes(
                result, policy=email.policy.default)), source)

    def test_every_mail_with_the_other_line_ends(self):
        """LF where it had CRLF, and the other way round: mails of their own."""
        self.outside()
        mails = []
        for source, data in every_mail():
            if not re.search(rb"(?i)ms-tnef|winmail|^FROM ubuntu", data):
                mails.append((source, data.replace(b"\r\n", b"\n") if b"\r\n" in data
                              else data.replace(b"\n", b"\r\n")))
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for i, (_, data) in enumerate(mails):
                paths.append(os.path.join(folder, f"{i}.eml"))
                with open(paths[-1], "wb") as f:
                    f.write(data)
            os.mkdir(folder + "/out")
            run = subprocess.run([harness.BUILD / "tests/convert-file", "-o", folder + "/out", *paths],
                                 stderr=subprocess.PIPE, check=True)
            said = run.stderr.splitlines()
            for i, (source, data) in enumerate(mails):
                self.assertTrue(said[i].startswith(b"passed\t"), (source, said[i]))
                with open(f"{folder}/out/{i}", "rb") as f:
                    self.assertEqual(data, f.read(), source)
        print(f"\n  {len(mails)} mails passed byte for byte", flush=True)

    def test_crashers_of_other_converters(self):
        """They crash tnef, or hang ktnef and node-tnef. Not us."""
        self.through(self.outside("crashers"))


if __name__ == "__main__":
    harness.main()
