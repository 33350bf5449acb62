#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Damaged messages: 1,500 mutants of 30 samples, always the same ones (others by
BULKHEAD_SEED). Each is converted or refused with a reason by one process, in little time and
memory, and what comes out is mail."""
import base64
import email
import email.policy
import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
SOURCE = os.environ.get("BULKHEAD_SOURCE", ".")
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
TOOL = os.path.join(BUILD, "tests", "convert-file")
SANITIZE = "BULKHEAD_SANITIZE" in os.environ
SEED = os.environ.get("BULKHEAD_SEED", "")  # any word: other mutants

SAMPLES, EACH, WITH_RTF = 30, 50, 4
BATCH = 50
SECONDS = 30 if SANITIZE else 10  # of processor time for a batch
MEMORY = 256 << 20
GROWTH, HEAD = 24, 1 << 20  # an output is at most so much larger than its input

SIGNATURE = b"\x78\x9f\x3e\x22"
NUMBERS = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]


def flip(r, data, donor):
    del donor
    out = bytearray(data)
    for _ in range(r.choice([1, 1, 2, 8, 64])):
        out[r.randrange(len(out))] ^= 1 << r.randrange(8)
    return bytes(out)


def truncate(r, data, donor):
    del donor
    return data[:r.randrange(1, len(data))]


def inflate(r, data, donor):
    """A number of 4 bytes somewhere: a length or a count where they stand close together."""
    del donor
    out = bytearray(data)
    for _ in range(r.choice([1, 1, 3])):
        at = r.randrange(max(1, len(out) - 4))
        out[at:at + 4] = r.choice(NUMBERS).to_bytes(4, r.choice(["little", "little", "big"]))
    return bytes(out[:len(data)])


def splice(r, data, donor):
    """A block of another sample in place of one here."""
    at, n = r.randrange(len(data)), r.randrange(1, 4096)
    start = r.randrange(len(donor))
    return data[:at] + donor[start:start + n] + data[at + r.choice([0, n]):]


def repeat(r, data, donor):
    del donor
    at, n = r.randrange(len(data)), r.randrange(1, 2048)
    return data[:at] + data[at:at + n] * r.randrange(2, 20) + data[at + n:]


def lengths(r, data, donor):
    """The attributes' own lengths, wherever their headers stand."""
    del donor
    out, at, found = bytearray(data), 6, []
    while at + 9 <= len(out) and out[at] in (1, 2):
        found.append(at + 5)
        at += 11 + int.from_bytes(out[at + 5:at + 9], "little")
    if not found:
        return flip(r, data, b"")
    for at in r.sample(found, min(len(found), r.choice([1, 1, 2]))):
        old = int.from_bytes(out[at:at + 4], "little")
        new = r.choice([0, 1, old - 1, old + 1, old + 2, 2 * old, *NUMBERS]) & 0xffffffff
        out[at:at + 4] = new.to_bytes(4, "little")
    return bytes(out)


WAYS = [flip, truncate, inflate, splice, repeat, lengths]


def below(folder, *ends):
    found = []
    for root, _, names in os.walk(folder):
        found += [os.path.join(root, n) for n in names if n.endswith(ends)]
    return sorted(found)


def samples():
    """30 of our own, or 15 and the 15 of the corpus that are next in size to 20 KiB."""
    own = below(os.path.join(SOURCE, "tests", "corpus"), ".tnef", ".eml")
    real = below(os.path.join(CORPUS, "tnef"), ".tnef", ".dat") if CORPUS else []
    real.sort(key=lambda p: (abs(os.path.getsize(p) - 20480), p))
    real = real[:SAMPLES // 2]
    if not real:
        print("\n  no corpus (BULKHEAD_CORPUS): mutants of the project's own samples only",
              flush=True)
    own = [p for p in own if os.path.getsize(p) > 300]
    with_rtf = [p for p in own if is_rtf(read(p))][:WITH_RTF]
    others, number = [p for p in own if p not in with_rtf], SAMPLES - len(real) - WITH_RTF
    own = with_rtf + [others[i * len(others) // number] for i in range(number)]
    return [(path, read(path)) for path in own + real]


def read(path):
    with open(path, "rb") as f:
        return f.read()


def is_rtf(data):
    return b"LZFu" in data or b"MELA" in data


HOST = (b"From: a@example.org\r\nSubject: host\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n\r\nText.\r\n--outer\r\n"
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n")


def hosted(tnef):
    """A sound mail that carries it."""
    return HOST + base64.encodebytes(tnef).replace(b"\n", b"\r\n") + b"--outer--\r\n"


def mutants():
    """(description, bytes); the same for the same samples."""
    all_samples = samples()
    for path, data in all_samples:
        r = random.Random(hashlib.sha256(data).hexdigest() + SEED)
        for i in range(EACH):
            way = WAYS[i % len(WAYS)]
            donor = all_samples[r.randrange(len(all_samples))][1]
            mutant = way(r, data, donor)
            if data[:4] == SIGNATURE and i % 7 == 0:  # not a multiple of the ways
                mutant = hosted(mutant)
            yield ("%s %s %d" % (os.path.basename(path), way.__name__, i), mutant)


def limited():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    if not SANITIZE:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(batch):
    """Convert the mutants in one process: (lines said, outputs), or why it ended."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, (_, data) in enumerate(batch):
            paths.append(os.path.join(folder, "in%d" % i))
            with open(paths[-1], "wb") as f:
                f.write(data)
        done = subprocess.run([TOOL, "-o", folder, *paths], stderr=subprocess.PIPE,
                              preexec_fn=limited, timeout=60 * SECONDS)
        said = done.stderr.decode("utf-8", "replace").splitlines()
        if done.returncode not in (0, 1) or len(said) != len(batch):
            return "ended with %d after %d: %s" % (done.returncode, len(said), said[-3:])
        outputs = []
        for i in range(len(batch)):
            with open(os.path.join(folder, str(i)), "rb") as f:
                outputs.append(f.read())
        return said, outputs


def ours(part):
    """It and its parts, but for signed texts: those are as their sender made them."""
    if part.get_content_type() == "multipart/signed":
        return
    yield part
    for below_it in part.get_payload() if part.is_multipart() else ():
        yield from ours(below_it)


def untrue(data):
    """What the bytes of a mail's parts have that none declares (RFC 2045, 2.7 to 2.9). A signed
    text is one thing: what is in it is declared where it begins."""
    head, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    if not head.isascii():
        yield "a header that is not ASCII"
    part = email.message_from_bytes(head + b"\n\n")
    encoding = str(part["content-transfer-encoding"] or "7bit").strip().lower()
    pieces, boundary = [], part.get_boundary()
    if encoding not in ("8bit", "binary"):
        if part.get_content_maintype() == "multipart" and part.get_content_subtype() != "signed" and boundary:
            line = rb"(?m)^--" + re.escape(boundary.encode()) + rb"(?:--)?[ \t]*$\n?"
            body, *pieces = re.split(line, body)
        elif part.get_content_type() == "message/rfc822":
            body, pieces = b"", [body]
        if not body.isascii():
            yield "not ASCII as " + encoding
    if encoding != "binary" and max(map(len, (head + b"\n" + body).split(b"\n"))) >= 1000:
        yield "long lines as " + encoding
    for piece in pieces:
        yield from untrue(piece)


class Claims(unittest.TestCase):
    def test_the_judge(self):
        """An 8-bit signed text is right where its own header says so."""
        def signed(*fields):
            head = b"Content-Type: multipart/signed; boundary=S\n" + b"".join(fields)
            return head + b"\n--S\n\nGr\xfc\xdfe\n--S\nContent-Type: application/pkcs7-signature\n\nx\n--S--\n"

        def faults(data):
            within = b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=M\n\n--M\n" + data + b"\n--M--\n"
            self.assertEqual(list(untrue(data)), list(untrue(within)))
            return list(untrue(data))
        self.assertEqual([], faults(signed(b"Content-Transfer-Encoding: 8bit\n")))
        self.assertEqual(["not ASCII as 7bit"], faults(signed()))
        self.assertEqual(["not ASCII as base64"], faults(signed(b"Content-Transfer-Encoding: base64\n")))
        self.assertEqual(["long lines as 8bit"],
                         faults(signed(b"Content-Transfer-Encoding: 8bit\nX: %s\n" % (b"y" * 1000))))
        self.assertEqual([], faults(signed(b"Content-Transfer-Encoding: binary\nX: %s\n" % (b"y" * 1000))))


class Mutants(unittest.TestCase):
    def check(self, name, data, line, output):
        outcome, _, _, reason = line.split("\t")
        if outcome == "refused":
            self.assertTrue(reason, name)
        elif outcome == "passed":
            self.assertEqual(data, output, name)
        else:
            self.assertEqual("converted", outcome, name)
            self.assertLess(len(output), GROWTH * len(data) + HEAD, name)
            if data[:4] == SIGNATURE or data.startswith(HOST):  # the rest was written by us
                mail = email.message_from_bytes(output, policy=email.policy.default)
                self.assertEqual([], list(untrue(output)), name)
                self.assertEqual([], [d for p in ours(mail) for d in p.defects], name)
        return outcome

    def test_none_crashes_hangs_or_swells(self):
        begun, counts = time.monotonic(), {}
        every = list(mutants())
        self.assertEqual(len(every), SAMPLES * EACH)
        self.assertGreater(sum(d.startswith(HOST) for _, d in every), 100)
        self.assertGreaterEqual(sum(is_rtf(d) for _, d in samples()), WITH_RTF)
        for at in range(0, len(every), BATCH):
            batch = every[at:at + BATCH]
            result = run(batch)
            if isinstance(result, str):  # find the one
                bad = [(m[0], r) for m in batch for r in [run([m])] if isinstance(r, str)]
                self.fail("%s; alone: %s" % (result, bad))
            for (name, data), line, output in zip(batch, *result):
                outcome = self.check(name, data, line, output)
                counts[outcome] = counts.get(outcome, 0) + 1
        print("\n  %d mutants in %.0f s: %s" % (
            len(every), time.monotonic() - begun,
            ", ".join("%d %s" % (n, o) for o, n in sorted(counts.items()))), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:  # into a folder, for other programs
        for number, (_, bytes_) in enumerate(mutants()):
            with open(os.path.join(sys.argv[2], "%04d.tnef" % number), "wb") as out_file:
                out_file.write(bytes_)
        sys.exit()
    unittest.main()
