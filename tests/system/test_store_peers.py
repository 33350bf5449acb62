# SPDX-License-Identifier: ISC
"""Outlook stores of the corpus beside readpst, pffexport and npm's pst-extractor: never fewer
messages or attachments than any of them finds, and the same bytes, but for what
tests/fidelity/reviewed_stores says of a store, with its reason."""

import base64
import collections
import email
import email.policy
import hashlib
import json
import os
import re
import shutil
import subprocess
import unittest

import harness
import npm
from harness import SOURCE
from test_stores import CORPUS, StoreTest

PST_EXTRACTOR = "pst-extractor@1.12.0"
PFF_ITEM = re.compile(r"[A-Z][A-Za-z]+[0-9]{5}$")
REVIEWED = SOURCE / "tests/fidelity/reviewed_stores"


class Found:
    """What a program finds in a store."""

    def __init__(self):
        self.messages, self.hashes, self.subjects = 0, collections.Counter(), collections.Counter()
        self.bodies, self.names = collections.Counter(), collections.Counter()
        self.attachments = 0

    def add(self, data):
        self.attachments += 1
        self.hashes[hashlib.sha256(data).hexdigest()] += 1


def reviewed():
    """{(file, program, what): number}"""
    rows = [line.split("\t") for line in REVIEWED.read_text().splitlines()
            if line and not line.startswith("#")]
    assert all(len(row) == 5 and row[4] for row in rows), "file, program, what, number, reason"
    return {tuple(row[:3]): int(row[3]) for row in rows}


@unittest.skipUnless((CORPUS / "pst").is_dir(), "no corpus")
class Peers(StoreTest):
    def setUp(self):
        super().setUp()
        self.stores = sorted(p for p in (CORPUS / "pst").rglob("*") if p.is_file())
        self.assertGreater(len(self.stores), 20)

    def ours(self):
        """By store; messages in messages are in the list of their attachments."""
        listed = self.put("list", "\n".join(map(str, self.stores)).encode())
        done = self.run_it("--json", "--associated", "--layout", "lines", "-o", self.out, "--files-from", listed)
        self.assertEqual(done.code, 0, done.err)
        found = {store: Found() for store in self.stores}
        for path in self.out.rglob("items.jsonl"):
            with open(path, encoding="utf-8") as f:
                for line in f:
                    item = json.loads(line)
                    to = found[next(s for s in self.stores if str(s) == item["input"])]
                    to.messages += 1
                    to.subjects[item["message"].get("subject", "")] += 1
                    to.bodies[" ".join(item["message"]["body"].get("text", "").split())] += 1
                    self.attached(item["message"], to)
        return found

    def attached(self, message, to):
        for a in message.get("attachments", []):
            to.names[a.get("name", "")] += 1
            if "message" in a:
                to.attachments += 1
                self.attached(a["message"], to)
            else:
                to.add(base64.b64decode(a.get("data", "")))

    def readpst(self, store):
        folder, to = self.root / "readpst", Found()
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        subprocess.run(["readpst", "-j", "0", "-t", "eajc", "-D", "-S", "-o", folder, store], check=False,
                       capture_output=True)
        for path in harness.files_below(folder):
            name = os.path.basename(path)
            if re.fullmatch(rb"[0-9]+(\.[a-z]+)?", name):
                to.messages += 1
                self.text_of_mail(path, to)
            elif re.match(rb"[0-9]+-", name) and not name.endswith(b"-rtf-body.rtf"):
                # which is a text of the message, not an attachment
                with open(path, "rb") as f:
                    to.add(f.read())
                to.names[os.fsdecode(name).split("-", 1)[1]] += 1
        return to

    def text_of_mail(self, path, to):
        """Of those that it writes as mails the plain text."""
        with open(path, "rb") as f:
            mail = email.message_from_binary_file(f, policy=email.policy.default)
        text = next((part for part in mail.walk() if part.get_content_type() == "text/plain"), None)
        if text and "From" in mail and not mail.defects:
            body = text.get_payload(decode=True).decode(text.get_content_charset("utf-8"), "replace")
            to.bodies[" ".join(body.split())] += 1
        del to.bodies[""]

    def pffexport(self, store):
        to, base = Found(), self.root / "pff"
        for kind in (".export", ".orphans", ".recovered"):
            shutil.rmtree(f"{base}{kind}", ignore_errors=True)
        subprocess.run(["pffexport", "-q", "-m", "items", "-f", "text", "-t", base, store],
                       check=False, capture_output=True)
        for kind in (".export", ".orphans"):
            for folder, _, files in os.walk(f"{base}{kind}"):
                parts = folder[len(str(self.root)):].split("/")
                if PFF_ITEM.match(parts[-1]) and "Attachments" not in parts:
                    to.messages += 1
                    if "Message.txt" in files:
                        with open(os.path.join(folder, "Message.txt"), "rb") as f:
                            to.bodies[" ".join(f.read().decode("utf-8", "replace").split())] += 1
                if parts[-1] == "Attachments":
                    for name in files:
                        to.names[name.split("_", 1)[1] if re.match("[0-9]+_", name) else name] += 1
                        with open(os.path.join(folder, name), "rb") as f:
                            to.add(f.read())
        del to.bodies[""]
        return to

    def pst_extractor(self):
        modules = npm.modules("pst-extractor", PST_EXTRACTOR)
        if not modules:
            return None
        done = subprocess.run(["node", SOURCE / "tests/tools/pst_extractor.js", modules, *self.stores],
                              check=True, capture_output=True)
        all_found = {}
        for store, line in zip(self.stores, done.stdout.splitlines(), strict=True):
            told, to = json.loads(line), Found()
            to.messages, to.attachments = told["messages"], told["attachments"]
            to.hashes.update(told["hashes"])
            to.subjects.update(told["subjects"])
            to.bodies.update(" ".join(body.split()) for body in told["bodies"])
            to.names.update(told["names"])
            del to.names[""]
            del to.bodies[""]  # a text that only HTML or RTF has, which it leaves to others
            all_found[store] = to
        return all_found

    def compare(self, program, ours, theirs):
        known = reviewed()
        totals, wrong = collections.Counter(), []
        for store in self.stores:
            mine, other = ours[store], theirs(store)
            missing = {
                "messages": max(0, other.messages - mine.messages),
                "attachments": max(0, other.attachments - mine.attachments),
                "bytes": sum((other.hashes - mine.hashes).values()),
                "bodies": sum((other.bodies - mine.bodies).values()),
                "names": sum((other.names - mine.names).values()),
                "subjects": sum((other.subjects - mine.subjects).values()),
            }
            totals.update(messages=other.messages, attachments=other.attachments,
                          equal=sum((other.hashes & mine.hashes).values()),
                          names=sum((other.names & mine.names).values()),
                          bodies=sum((other.bodies & mine.bodies).values()))
            for what, number in missing.items():
                if number != known.get((store.name, program, what), 0):
                    wrong.append((store.name, what, number))
        print(program, dict(totals), flush=True)
        self.maxDiff = None
        self.assertEqual(wrong, [])
        self.assertGreater(totals["equal"], 0)

    def test_readpst(self):
        self.compare("readpst", self.ours(), self.readpst)

    def test_pffexport(self):
        self.compare("pffexport", self.ours(), self.pffexport)

    def test_pst_extractor(self):
        theirs = self.pst_extractor()
        if theirs is None:
            self.skipTest("npm cannot fetch " + PST_EXTRACTOR)
        self.compare("pst-extractor", self.ours(), theirs.__getitem__)


if __name__ == "__main__":
    harness.main()
