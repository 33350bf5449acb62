# SPDX-License-Identifier: ISC
"""What is left of a message in its worker when the next one is there: nothing, as it came and as
it was decoded."""

import base64
import gzip
import io
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import zipfile

import harness
import samples
from harness import BUILD, SANITIZE, SOURCE, Process, wait_for

sys.path.insert(0, str(SOURCE / "tests" / "corpus"))

import make  # noqa: E402 pylint: disable=wrong-import-position
import msg_write as msg  # noqa: E402 pylint: disable=wrong-import-position

SECRETS = {"subject": "Quaternion-7f3a91-Xylophone", "body": "Marmalade-5521bd-Zeppelin",
           "name": "Obsidian-88c4e0-Walrus.txt", "file": "Tambourine-d1907c-Yeti"}


def forms(secret):
    """How it may lie in memory: as it is, in UTF-16, in base64 at each place of a group."""
    yield secret.encode()
    yield secret.encode("utf-16-le")
    for before in range(3):
        # Without the characters that the neighbours have a part in.
        yield base64.b64encode(b"x" * before + secret.encode())[4:-4]


FORMS = [(what, form) for what, secret in SECRETS.items() for form in forms(secret)]


def rtf():
    return make.lzfu(b"{\\rtf1\\ansi " + SECRETS["body"].encode() + b"\\par\r\n" + b"}")


def tnef():
    return make.stream(make.note((0x1009, make.BINARY, rtf()), subject=SECRETS["subject"]),
                       make.file_attachment(SECRETS["name"].encode(),
                                            (SECRETS["file"] + "\r\n").encode() * 2000),
                       make.embedded(make.stream(make.note(
                           (0x1000, make.UNICODE, SECRETS["body"]), subject=SECRETS["subject"]))))


def winmail():
    return samples.mail_with_tnef(tnef(), SECRETS["subject"], SECRETS["body"] + "\r\n")


def outlook():
    return msg.message(
        [(0x1a, msg.UNICODE, "IPM.Note"), (0x37, msg.UNICODE, SECRETS["subject"]),
         (0x1000, msg.UNICODE, SECRETS["body"]), (0x1009, msg.BINARY, rtf())],
        [msg.recipient(SECRETS["name"], "bob@example.org")],
        [msg.attachment(SECRETS["name"], (SECRETS["file"] + "\r\n").encode() * 2000)])


def archive():
    """Its member is unpacked into what is read next."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(SECRETS["name"] + ".eml", mail())
        packed.writestr("winmail.dat", tnef())
    return out.getvalue()


def encoded():
    """A mail in base64 and quoted-printable, in a charset that has to be converted."""
    return samples.mail(
        f"=?utf-16?B?{base64.b64encode(SECRETS['subject'].encode('utf-16-be')).decode()}?=",
        "--b\r\nContent-Type: text/plain; charset=koi8-r\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + SECRETS["body"] + " =C1=C2\r\n"
        "--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(mail()).decode() + "--b--\r\n",
        headers='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n')


def mail():
    file = (SECRETS["file"] + "\r\n") * 2000
    return samples.mail(
        SECRETS["subject"], "--b\r\nContent-Type: text/plain\r\n\r\n" + SECRETS["body"]
        + "\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\""
        + SECRETS["name"] + "\"\r\n\r\n" + file + "--b--\r\n",
        headers='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n')


@unittest.skipIf(SANITIZE, "allocators of the sanitizers keep what was freed")
@unittest.skipUnless(os.geteuid() == 0, "only root looks into a jailed process")
class Remains(harness.TestCase):
    @staticmethod
    def memory(pid):
        """Each mapping that can be read, with its name."""
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
                open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                start, end, mode, name = re.match(
                    r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)", line).groups()
                if not mode.startswith("r") or name.startswith("[v"):
                    continue
                memory.seek(int(start, 16))
                yield name or "anonymous", memory.read(int(end, 16) - int(start, 16))

    def found(self, pid):
        return sorted({(what, name, form) for name, data in self.memory(pid)
                       for what, form in FORMS if form in data})

    def search(self, to, data=None):
        data = data or mail()
        service = self.service({"workers": 1, "spares": 0, "convert": {"to": to},
                                "limits": {"time": "10m", "silence": "10m"}})
        worker, = wait_for(service.workers, "a worker")
        # While it has the message they are there: the search finds what there is.
        service.drop("first.eml", mail().replace(
            b"MIME-Version", b"BULKHEAD-CHAOS: slow 3000\r\nMIME-Version", 1))
        wait_for(lambda: self.found(worker), "the message in its worker", every=0.05)
        service.wait_result("first.eml")
        for i in range(3):
            service.drop(f"again{i}.eml", data)
            service.wait_result(f"again{i}.eml")
        service.drop("next.eml", samples.marked("hang"))
        wait_for(lambda: Process.open_files(worker) > 6, "the next message in the same worker")
        self.assertEqual([worker], service.workers())
        self.assertEqual([], self.found(worker))
        # Its channel, and the next message's three.
        held = {os.readlink(f"/proc/{worker}/fd/{n}") for n in os.listdir(f"/proc/{worker}/fd")}
        self.assertFalse([p for p in held if "first" in p or "again" in p], held)
        self.assertLessEqual(Process.open_files(worker), 9)

    def test_of_a_mail_passed_through(self):
        self.search("mime")

    def test_of_a_mail_read(self):
        self.search("text")

    def test_of_a_winmail_dat(self):
        self.search("mime", tnef())

    def test_of_a_mail_with_a_winmail_dat(self):
        self.search("mime", winmail())
        self.search("json", winmail())

    def test_of_an_outlook_message(self):
        self.search("mime", outlook())

    def test_of_encoded_texts(self):
        self.search("json", encoded())

    def test_of_archives(self):
        """Which are unpacked to be listed, and whose items are messages of their own."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-test."))
        self.addCleanup(shutil.rmtree, folder)
        inputs, out = folder / "in", folder / "out"
        inputs.mkdir()
        for name, data in (("a.zip", archive()), ("b.eml.gz", gzip.compress(mail())),
                           ("z.mbox", (b"From ann@example.org Wed Jan  1 10:00:00 2020\n"
                                       + samples.mail().replace(b"\r", b"") + b"\n") * 20000)):
            (inputs / name).write_bytes(data)
        convert = subprocess.Popen(  # pylint: disable=consider-using-with
            [BUILD / "bulkhead", "convert", "--set", "workers=1", "--set", "spares=0",
             "--set", f"worker.program={BUILD / 'tests/chaos-worker'}",
             "--set", "limits.silence=10m", "--set", "limits.time=10m", "-o", out,
             *sorted(inputs.iterdir())],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        self.addCleanup(convert.wait)
        self.addCleanup(convert.kill)
        wait_for(lambda: ["a.zip", "a.zip", "b.eml.gz"] == sorted(
            p.relative_to(out).parts[0] for p in out.rglob("*.eml") if "z.mbox" not in p.parts), "what is before it")
        worker, = Process.children(convert.pid)
        os.kill(worker, signal.SIGSTOP)  # at one of the many that follow
        wait_for(lambda: "\nState:\tT" in pathlib.Path(f"/proc/{worker}/status").read_text(),
                 "it stands still")
        self.assertEqual([], self.found(worker))


if __name__ == "__main__":
    harness.main()
