# SPDX-License-Identifier: ISC
"""Outlook messages, judged by others: python3-olefile walks the same files and must find the
same; damaged ones crash, hang or swell nothing; large ones are not held in memory."""

import email
import email.policy
import email.utils
import hashlib
import io
import os
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import harness
import olefile
import test_mutants
from harness import BUILD, CORPUS, SOURCE, TestCase

sys.path.insert(0, str(SOURCE / "tests/corpus"))
import cfb_write  # pylint: disable=wrong-import-position
import make_msg  # pylint: disable=wrong-import-position
import msg_write  # pylint: disable=wrong-import-position

OWN = SOURCE / "tests/corpus/msg"
TOOL = BUILD / "tests/convert-file"
MUTANTS, SAMPLES = 1500, 30
MEMORY = 32 << 20  # of the process, for a file of any size


def corpus():
    return sorted(p for p in (CORPUS / "msg").rglob("*") if p.is_file())


class Walk:
    """What a message file holds, read by olefile and the fewest rules."""

    def __init__(self, ole, folder=()):
        self.ole, self.folder = ole, list(folder)
        self.kids = {p[len(self.folder)] for p in ole.listdir(True, True)
                     if p[:len(self.folder)] == self.folder and len(p) > len(self.folder)}
        self.pages = [self.fixed().get(n) for n in (0x3ffd, 0x3fde)]

    def stream(self, name):
        for kid in self.kids:
            if kid.lower() == name.lower() and self.ole.get_type(self.folder + [kid]) == 2:
                return self.ole.openstream(self.folder + [kid]).read()
        return None

    def fixed(self):
        """Numbers of the list of properties."""
        data = self.stream("__properties_version1.0") or b""
        head = 32 if not self.folder else 24 if "3701000D" in self.folder[-1] else 8
        rows = {}
        for at in range(head, len(data) - 15, 16):
            tag, _, value = struct.unpack_from("<IIq", data, at)
            if tag & 0xffff == 3:
                value = struct.unpack("<i", struct.pack("<q", value)[:4])[0]
            rows[tag >> 16] = value
        return rows

    def text(self, number):
        """A text; None where there is none, or only 8-bit bytes that are no ASCII."""
        wide = self.stream("__substg1.0_%04X001F" % number)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self.stream("__substg1.0_%04X001E" % number)
        if narrow is None or not narrow.isascii() or b"\x1b" in narrow:
            return None
        return narrow.decode().rstrip("\0")

    def inside(self, prefix):
        names = sorted((k for k in self.kids if k.lower().startswith(prefix)), key=str.lower)
        return [Walk(self.ole, self.folder + [n]) for n in names]

    def recipients(self):
        return self.inside("__recip_version1.0_#")

    def attachments(self):
        return self.inside("__attach_version1.0_#")


def flat(text):
    return re.sub(r"\s+", " ", text or "").strip()


class Msg(TestCase):
    def results(self, paths, target="mime"):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([TOOL, "-t", target, "-o", folder, *paths],
                                  stderr=subprocess.PIPE, check=False)
            lines = [line for line in done.stderr.decode(errors="replace").splitlines()
                     if not line.startswith("facts\t")]
            self.assertEqual(len(paths), len(lines))
            return [(path, line, (pathlib.Path(folder) / str(i)).read_bytes())
                    for i, (path, line) in enumerate(zip(paths, lines))]

    def need_corpus(self):
        if not CORPUS.is_dir():
            print(f"\n  NOT TESTED: no corpus at {CORPUS} (BULKHEAD_CORPUS)", flush=True)
            self.skipTest("no corpus")
        return corpus()

    def test_same_as_olefile_finds(self):
        """Subject, names, addresses, number and bytes of attachments, in every real file."""
        checks = {}
        for path, line, data in self.results(self.need_corpus() + sorted(OWN.glob("*.msg"))):
            self.assertFalse(line.startswith("refused"), line)
            if path.name == "cut.msg":  # olefile does not open what has no FAT
                continue
            with self.subTest(path.name):
                mail = email.message_from_bytes(data, policy=email.policy.default)
                self.compare(Walk(olefile.OleFileIO(io.BytesIO(path.read_bytes()))), mail, data, checks)
        total = sum(n for n, _ in checks.values())
        wrong = {k: w for k, (_, w) in checks.items() if w}
        print(f"\n  {total} checks: {({k: n for k, (n, _) in checks.items()})}", flush=True)
        self.assertEqual({}, wrong)
        self.assertGreater(total, 500)

    def check(self, checks, what, good, *said):
        count, wrong = checks.get(what, (0, []))
        checks[what] = (count + 1, wrong + ([] if good else [said]))

    def compare(self, walk, mail, data, checks):
        subject = walk.text(0x37)
        if subject is not None:
            # Control characters became blanks, what was no character became U+FFFD.
            want = flat(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", subject))
            self.check(checks, "subject", flat(mail["Subject"]) == want,
                       mail["Subject"], subject)
        whole = data.decode("utf-8", "replace")
        reports = (walk.text(0x1a) or "").upper().startswith("REPORT.")
        for one in walk.recipients() if not reports else []:
            address = one.text(0x39fe) or one.text(0x3003)
            if address and re.fullmatch(r"(?!IMCEA)[\w.+-]+@[\w.-]+\w", address):
                people = " ".join(str(mail[h]) for h in ("To", "Cc", "Bcc") if mail[h])
                self.check(checks, "recipient", address.lower() in people.lower(), address,
                           people[:300])
        self.compare_files(walk, mail, checks)
        body = walk.text(0x1000)
        if body and flat(body) and mail.get_content_type() != "multipart/signed":
            texts = [p.get_content() for p in mail.walk()
                     if p.get_content_type() == "text/plain" and not p.is_attachment()]
            self.check(checks, "body", any(flat(body) == flat(t) for t in texts),
                       flat(body)[:60], [flat(t)[:60] for t in texts], whole[:0])

    def compare_files(self, walk, mail, checks):
        """Every attachment's bytes are in the mail, and every message in it is one."""
        hashes = {hashlib.sha256(p.get_payload(decode=True) or b"").hexdigest()
                  for p in mail.walk() if not p.is_multipart()}
        secured = (walk.text(0x1a) or "").upper().startswith("IPM.NOTE.SMIME")
        cards = any(p.get_content_type() in ("text/vcard", "text/calendar") for p in mail.walk())
        for one in walk.attachments():
            data = one.stream("__substg1.0_37010102")
            if data is None or secured or data.startswith(olefile.MAGIC):
                continue
            if cards and one.fixed().get(0x7fff):  # the picture is in the card
                continue
            self.check(checks, "file", hashlib.sha256(data).hexdigest() in hashes,
                       one.text(0x3707), len(data))

    def test_msgconvert_is_nowhere_right(self):
        """tests/fidelity: in no row is another program ahead, and where msgconvert and ours
        disagree the file itself, or a rule, is on our side."""
        self.need_corpus()
        if not shutil.which("msgconvert"):
            self.skipTest("msgconvert is not installed")
        # Debian's package does not ask for all the modules it needs (libemail-address-perl).
        self.assertIn("Usage", subprocess.run(["msgconvert"], capture_output=True, text=True, check=False).stderr)
        with tempfile.TemporaryDirectory() as folder:
            for program in ("peers", "run"):
                result = subprocess.run(
                    [SOURCE / "tests/fidelity" / program, "--build", BUILD, "--others", folder],
                    capture_output=True, text=True, check=False)
                print("\n" + result.stdout, flush=True)
                self.assertEqual((0, ""), (result.returncode, result.stderr))

    def test_objects_are_compound_files(self):
        """Storages of other programs come out as files that olefile opens, stream by stream
        the same."""
        found = 0
        for path, _, data in self.results([OWN / "ole.msg"]):
            mail = email.message_from_bytes(data, policy=email.policy.default)
            walk = Walk(olefile.OleFileIO(io.BytesIO(path.read_bytes()))).attachments()[0]
            part = next(mail.iter_attachments())  # behind it, the file in it
            made = olefile.OleFileIO(io.BytesIO(part.get_payload(decode=True)))
            inside = [k for k in walk.kids if k.endswith("3701000D")][0]
            base = walk.folder + [inside]
            for name in walk.ole.listdir(True, False):
                if name[:len(base)] == base:
                    found += 1
                    self.assertEqual(walk.ole.openstream(name).read(),
                                     made.openstream(name[len(base):]).read())
        self.assertEqual(3, found)

    def test_large_files_are_not_held(self):
        """2.2 GiB in one attachment, in little memory."""
        if harness.SANITIZE:
            self.skipTest("the sanitizers hold memory of their own")
        length = 2200 << 20
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "large.msg"
            with open(path, "wb") as out:
                msg_write.message_to(
                    out, make_msg.note(), [make_msg.BOB],
                    [make_msg.attachment("large.bin", cfb_write.Zeros(length))], version=4)
            self.assertGreater(path.stat().st_size, length)
            with open("/dev/null", "wb") as null:
                child = subprocess.Popen([TOOL, "-n", path], stdout=null,
                                         stderr=subprocess.PIPE)
                peak = self.peak_of(child)
                said = child.stderr.read().decode()
                child.stderr.close()
        self.assertEqual(0, child.returncode, said)
        self.assertIn("converted\t0 0 0", said)
        print(f"\n  {peak >> 20} MiB of memory", flush=True)
        self.assertGreater(peak, 1 << 20)
        self.assertLess(peak, MEMORY)

    @staticmethod
    def peak_of(child):
        """Most memory of its own, asked again and again: what it has with its parent's
        image before it becomes itself does not count."""
        peak = 0
        while child.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{child.pid}/status").read_text()
            except OSError:
                continue
            found = re.search(r"^Name:\tconvert-file.*^VmHWM:\s+(\d+) kB", status, re.M | re.S)
            peak = max(peak, int(found[1]) << 10 if found else 0)
            time.sleep(0.01)
        return peak

    def test_many_recipients(self):
        many = [make_msg.recipient("R%d" % i, "r%d@example.org" % i) for i in range(3000)]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "many.msg"
            path.write_bytes(msg_write.message(make_msg.note(), many))
            ((_, line, data),) = self.results([path])
        self.assertTrue(line.startswith("converted\t0 0 0"), line)
        mail = email.message_from_bytes(data)
        people = email.utils.getaddresses([mail["To"]])
        self.assertEqual([("R%d" % i, "r%d@example.org" % i) for i in range(3000)], people)

    # Damage.

    @staticmethod
    def table(r, data, donor):
        """An entry of a table of sectors, or of the directory, by the file's own geometry."""
        del donor
        out = bytearray(data)
        fat = struct.unpack_from("<I", data, 76)[0]
        directory = struct.unpack_from("<I", data, 48)[0]
        for _ in range(r.choice([1, 1, 2, 5])):
            sector = r.choice([fat, directory, struct.unpack_from("<I", data, 60)[0]])
            at = (sector + 1) * 512 + 4 * r.randrange(128)
            if at + 4 <= len(out):
                old = struct.unpack_from("<I", out, at)[0]
                new = r.choice([old + 1, old - 1, r.randrange(64), *test_mutants.NUMBERS])
                struct.pack_into("<I", out, at, new & 0xffffffff)
        return bytes(out)

    @staticmethod
    def rows(r, data, donor):
        """Properties of the lists: tags, sizes, values, where they stand."""
        out = bytearray(data)
        places = [m.start() for m in re.finditer(rb"\x06\0\0\0", data)]
        for at in r.sample(places, min(len(places), r.choice([1, 2, 8]))):
            field = at + r.choice([-4, -2, 4, 8])
            if 0 <= field <= len(out) - 4:
                struct.pack_into("<I", out, field, r.choice([
                    *test_mutants.NUMBERS, 0x1f, 0x101f, 0x37010102, 0x3701000d]))
        return bytes(out) if places else test_mutants.flip(r, data, donor)

    def mutants(self):
        paths = sorted(OWN.glob("*.msg")) + sorted((SOURCE / "tests/corpus/items").glob("*.msg"))
        if CORPUS.is_dir():
            real = sorted(corpus(), key=lambda p: (abs(p.stat().st_size - 30000), str(p)))
            paths = paths[::8] + real[:SAMPLES - len(paths[::8])]
        else:
            print(f"\n  no corpus at {CORPUS}: mutants of the project's own samples only",
                  flush=True)
            paths = paths[::3][:SAMPLES]
        samples = [p.read_bytes() for p in paths]
        ways = [self.table, self.rows, self.table, test_mutants.flip, test_mutants.truncate,
                test_mutants.inflate, test_mutants.splice, test_mutants.repeat]
        for path, data in zip(paths, samples):
            r = random.Random(hashlib.sha256(data).hexdigest())
            for i in range(MUTANTS // len(samples)):
                way = ways[i % len(ways)]
                yield f"{path.name} {way.__name__} {i}", way(r, data, r.choice(samples))

    def test_mutants(self):
        every, counts = list(self.mutants()), {}
        self.assertGreaterEqual(len(every), MUTANTS - SAMPLES)
        for at in range(0, len(every), test_mutants.BATCH):
            batch = every[at:at + test_mutants.BATCH]
            result = test_mutants.run(batch)
            if isinstance(result, str):
                bad = [(m[0], r) for m in batch for r in [test_mutants.run([m])]
                       if isinstance(r, str)]
                self.fail(f"{result}; alone: {bad}")
            for (name, data), line, output in zip(batch, *result):
                outcome, _, _, reason = line.split("\t")
                counts[outcome] = counts.get(outcome, 0) + 1
                self.assertIn(outcome, ("converted", "refused"), name)
                if outcome == "refused":
                    self.assertTrue(reason, name)
                    continue
                self.assertLess(len(output), 24 * len(data) + (1 << 20), name)
                self.assertTrue(output.isascii(), name)
                mail = email.message_from_bytes(output, policy=email.policy.default)
                self.assertEqual([], [d for p in mail.walk() for d in p.defects], name)
        print(f"\n  {len(every)} mutants: {counts}", flush=True)


if __name__ == "__main__":
    harness.main()
