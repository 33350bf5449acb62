# SPDX-License-Identifier: ISC
"""What is left of a message in its worker when the next one is there: nothing."""

import os
import re
import unittest

import harness
import samples
from harness import SANITIZE, Process, wait_for

SECRETS = {"subject": "Quaternion-7f3a91-Xylophone", "body": "Marmalade-5521bd-Zeppelin",
           "name": "Obsidian-88c4e0-Walrus.txt", "file": "Tambourine-d1907c-Yeti"}


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
        return sorted({(what, name) for name, data in self.memory(pid)
                       for what, secret in SECRETS.items() if secret.encode() in data})

    def search(self, to):
        service = self.service({"workers": 1, "spares": 0, "convert": {"to": to},
                                "limits": {"time": "10m", "silence": "10m"}})
        worker, = wait_for(service.workers, "a worker")
        # While it has the message they are there: the search finds what there is.
        service.drop("first.eml", mail().replace(
            b"MIME-Version", b"BULKHEAD-CHAOS: slow 3000\r\nMIME-Version", 1))
        wait_for(lambda: self.found(worker), "the message in its worker", every=0.05)
        service.wait_result("first.eml")
        for i in range(3):
            service.drop(f"again{i}.eml", mail())
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


if __name__ == "__main__":
    harness.main()
