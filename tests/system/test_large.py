#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Messages much larger than the memory they may take: BULKHEAD_LARGE MiB, 1024 for the size
that the project promises; without it less."""
import base64
import mmap
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import harness

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
TOOL = os.path.join(BUILD, "tests", "convert-file")
MIB = 1 << 20
SIZE = int(os.environ.get("BULKHEAD_LARGE", "256")) * MIB
# Of a text it is the characters that take time: fewer will do to exceed the memory.
BODY = SIZE if "BULKHEAD_LARGE" in os.environ else 66 * MIB
MEMORY = 64 * MIB
SANITIZE = "BULKHEAD_SANITIZE" in os.environ  # whose shadow memory counts, too

PATTERN = bytes(range(256)) * 4096  # 1 MiB
PATTERN_SUM = sum(PATTERN) & 0xffff
BLOCK_BYTES = 57 * 256 * 64  # after as many the lines of base64 begin anew
BLOCK = b"".join(base64.b64encode(PATTERN[i:i + 57]) + b"\n" for i in range(0, BLOCK_BYTES, 57))
IID_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")


def attribute(level, tag, data):
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xffff)


HEAD = (struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x00018004, b"large\0")
        + attribute(1, 0x0002800c, b"The body.\r\n\0"))
REND = attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xffffffff, 0, 0, 0))


def stream(write, size, shape):
    """A TNEF stream with one attachment of size bytes, as attAttachData, or as a property
    of attAttachment, there also within an embedded message."""
    if shape == "data":
        before, tag, behind = b"", 0x0006800f, b""
    else:
        rows = struct.pack("<I", 2 if shape == "property" else 3)
        rows += struct.pack("<HHI", 3, 0x3705, 5 if shape == "embedded" else 1)
        if shape == "embedded":
            rows += struct.pack("<HHI", 3, 0x370b, 0)
        kind = 0x0d if shape == "embedded" else 0x102
        inner = b""
        if shape == "embedded":
            inner = IID_MESSAGE + HEAD + REND + struct.pack("<BII", 2, 0x0006800f, size)
        total = len(inner) + size + (2 if inner else 0)
        pad = -total % 4
        before = rows + struct.pack("<HHII", kind, 0x3701, 1, total) + inner
        behind = (struct.pack("<H", PATTERN_SUM * (size // MIB) & 0xffff) if inner else b"") \
            + b"\0" * pad
        tag = 0x00069005
    length = len(before) + size + len(behind)
    write(HEAD + REND + struct.pack("<BII", 2, tag, length) + before)
    for _ in range(size // MIB):
        write(PATTERN)
    write(behind + struct.pack(
        "<H", (sum(before) + sum(behind) + PATTERN_SUM * (size // MIB)) & 0xffff))


# A body: rows of CASES say how its text lies in the stream and what a mail has for it.
LINE = "The figures of this line are \u20ac%05d, and caf\u00e9 it is.\r\n"
TEXT = "".join(LINE % i for i in range(1000))
CYRILLIC = "".join("\u0421\u0442\u0440\u043e\u043a\u0430 %05d\r\n" % i for i in range(57 * 19))


def quoted(text, charset):
    return re.sub(rb"[=\x80-\xff]", lambda m: b"=%02X" % m[0][0], text.encode(charset))


def in_base64(text):
    return base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")


def lzfu_literals(data):
    """Compressed RTF of literals only: a control byte of 0 before each eight bytes."""
    return b"".join(b"\0" + data[i:i + 8] for i in range(0, len(data), 8))


RTF_LINE = b"The figures are {\\b here}, caf\\'e9 and all.\\par\r\n".ljust(64)
RTF_BLOCK = RTF_LINE * 1024
BODIES = {
    # name: (property, type, block in the stream, block in the mail)
    "attBody": (None, 0x1e, re.sub("[^\0-~]", "e", TEXT).encode(),
                re.sub("[^\0-~]", "e", TEXT).encode()),
    "PidTagBody": (0x1000, 0x1f, TEXT.encode("utf-16-le"), quoted(TEXT, "utf-8")),
    "PidTagBody, 8-bit": (0x1000, 0x1e, CYRILLIC.encode("cp1251"), in_base64(CYRILLIC)),
    "PidTagHtml": (0x1013, 0x102, TEXT.encode(), quoted(TEXT, "utf-8")),
    "PidTagHtml, a rare charset": (0x1013, 0x102, CYRILLIC.encode("cp855"), in_base64(CYRILLIC)),
    "PidTagRtfCompressed": (0x1009, 0x102, lzfu_literals(RTF_BLOCK), b"The figures are"),
    "PidTagRtfCompressed, stored": (0x1009, 0x102, RTF_BLOCK, b"The figures are"),
}


def body(write, size, name):
    """A TNEF stream with one body of about size bytes."""
    number, kind, block, _ = BODIES[name]
    head, count = b"", size // len(block)
    if number == 0x1009:
        stored = "stored" in name
        rtf = b"{\\rtf1\\ansi\\ansicpg1252\\deff0".ljust(64, b"\n")
        head = struct.pack("<II4sI", 12 + (len(block) * count + (64 if stored else 72)),
                           64 + count * len(RTF_BLOCK), b"MELA" if stored else b"LZFu", 0)
        head += rtf if stored else lzfu_literals(rtf)
    length = len(head) + len(block) * count
    page = {0x1e: 1251, 0x102: 855 if "rare" in name else 65001}.get(kind, 65001)
    if number is None:
        start, tag, behind = b"", 0x0002800c, b""
    else:
        start = struct.pack("<IHHIHHII", 2, 3, 0x3fde, page, kind, number, 1, length)
        tag, behind = 0x00069003, b"\0" * (-length % 4)
    write(struct.pack("<IH", 0x223e9f78, 1)
          + attribute(1, 0x00069007, struct.pack("<II", 1251 if page == 1251 else 1252, 0))
          + attribute(1, 0x00018004, b"large\0")
          + struct.pack("<BII", 1, tag, len(start) + length + len(behind)) + start + head)
    many = max(1, MIB // len(block))
    for at in range(0, count, many):
        write(block * min(many, count - at))
    write(behind + struct.pack(
        "<H", (sum(start) + sum(head) + sum(block) * count) & 0xffff))


class Base64:
    """Writes what it is given in lines of base64."""
    def __init__(self, write):
        self.write, self.rest = write, b""

    def __call__(self, data):
        data = self.rest + data
        whole = len(data) // 57 * 57
        lines = base64.b64encode(data[:whole])
        self.write(b"".join(lines[i:i + 76] + b"\n" for i in range(0, len(lines), 76)))
        self.rest = data[whole:]

    def close(self):
        self.write(base64.b64encode(self.rest) + b"\n")


def mail(write, size, shape, inner=stream):
    write(b"From: a@example.org\nSubject: large\nMIME-Version: 1.0\n"
          b"Content-Type: multipart/mixed; boundary=outer\n\n--outer\n\n"
          + (b"Text." if inner is stream else b"") + b"\n--outer\n"
          b"Content-Type: application/ms-tnef; name=winmail.dat\n"
          b"Content-Transfer-Encoding: base64\n\n")
    encoder = Base64(write)
    inner(encoder, size, shape)
    encoder.close()
    write(b"--outer--\n")


def attached(write, size, _shape):
    """The attachment as a part of the mail."""
    write(b"From: a@example.org\nSubject: large\nMIME-Version: 1.0\n"
          b"Content-Type: multipart/mixed; boundary=outer\n\n--outer\n\nText.\n--outer\n"
          b"Content-Type: application/x-large; name=large.bin\n"
          b"Content-Transfer-Encoding: base64\n\n")
    encoder = Base64(write)
    for _ in range(size // MIB):
        encoder(PATTERN)
    encoder.close()
    write(b"--outer--\n")


def many(write, size, shape):
    """As many attachments as fit, each of 256 KiB."""
    del shape
    write(HEAD)
    one = REND + attribute(2, 0x0006800f, PATTERN[:MIB // 4])
    for _ in range(size // (MIB // 4)):
        write(one)


CASES = {
    "stream, attAttachData": (stream, "data"),
    "stream, PidTagAttachDataBinary": (stream, "property"),
    "stream, embedded message": (stream, "embedded"),
    "stream, many attachments": (many, None),
    "mail, attAttachData": (mail, "data"),
    "mail, PidTagAttachDataBinary": (mail, "property"),
}


def body_in_mail(write, size, name):
    mail(write, size, name, inner=body)


def measure():
    """Alone in a process: ru_maxrss is of the largest child it ever had."""
    source, target, form = sys.argv[2:]
    with open(target, "wb") as out:
        run = subprocess.run([TOOL, "-t", form, source], stdout=out, stderr=subprocess.PIPE)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(run.returncode, usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime,
          run.stderr.decode().split("\t")[:2])


class Large(unittest.TestCase):
    def convert(self, name, size, make, shape, folder, form="mime"):
        """The result's path and what the converter said of it."""
        source, target = folder + "/in", folder + "/out"
        with open(source, "wb") as f:
            make(f.write, size, shape)
        run = subprocess.run([sys.executable, __file__, "--measure", source, target, form],
                             stdout=subprocess.PIPE, check=True)
        code, memory, cpu, outcome = run.stdout.decode().split(" ", 3)
        print("\n  %s: %d MiB, %d MiB of memory, %.1f s, %s" % (
            name, size // MIB, int(memory) // MIB, float(cpu), outcome.strip()), flush=True)
        self.assertEqual(code, "0")
        if not SANITIZE:
            self.assertLess(int(memory), MEMORY)
        return target, outcome.strip()

    def test_memory_does_not_grow_with_the_message(self):
        for name, (make, shape) in CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
                target, outcome = self.convert(name, SIZE, make, shape, folder)
                self.assertEqual(outcome, "['converted', '0 0 0']")
                self.check(target, shape)

    def test_nor_with_its_body(self):
        for name, (number, _, block, want) in BODIES.items():
            for where, make in (("stream", body), ("mail", body_in_mail)):
                if where == "mail" and name != "PidTagBody" and BODY < SIZE:
                    continue
                with self.subTest("%s, %s" % (where, name)), \
                        tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
                    target, outcome = self.convert(
                        "%s, %s" % (where, name), BODY, make, name, folder)
                    if number == 0x1009:
                        self.check_lines(target, want, BODY // len(block) * 1024)
                        continue
                    self.assertEqual(outcome, "['converted', '0 0 0']")
                    self.check_body(target, where, want, BODY // len(block))

    def test_nor_with_its_body_as_text_or_json(self):
        for name, (_, kind, block, _) in BODIES.items():
            if name not in ("attBody", "PidTagBody", "PidTagHtml, a rare charset"):
                continue
            text = block.decode({0x1f: "utf-16-le", 0x102: "cp855"}.get(kind, "latin-1"))
            for form in ("text", "json"):
                with self.subTest("%s, %s" % (form, name)), \
                        tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
                    target, outcome = self.convert(
                        "%s, %s" % (form, name), BODY, body, name, folder, form)
                    lost = 1 if form == "text" and kind == 0x102 else 0
                    self.assertEqual(outcome, "['converted', '0 %d 0']" % lost)
                    if lost:  # blanks are HTML's affair: the first line, and so on
                        text = text.split("\r\n")[0]
                    want = self.as_text(text) if form == "text" else self.as_json(text)
                    with open(target, "rb") as f, \
                            mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as out:
                        found = at = 0
                        while (at := out.find(want, at)) != -1:
                            found, at = found + 1, at + len(want)
                    # JSON has the property's value and the body; of HTML, whose value is in
                    # base64, the body and its text, in lines as the HTML means them.
                    times = 2 if form == "json" and kind != 0x102 else 1
                    if kind == 0x102:
                        self.assertGreaterEqual(found, BODY // len(block))
                    else:
                        self.assertEqual(times * (BODY // len(block)), found)

    @staticmethod
    def as_text(text):
        return text.replace("\r\n", "\n").encode()

    @staticmethod
    def as_json(text):
        return text.replace("\r", "\\u000d").replace("\n", "\\u000a").encode()

    def check_body(self, target, where, block, count):
        if where == "mail":
            block = block.replace(b"\r\n", b"\n")
        with open(target, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as out:
            at = out.find(block)
            self.assertNotEqual(at, -1)
            for i in range(count):
                if out[at:at + len(block)] != block:
                    self.fail("another text in block %d, at %d" % (i, at))
                at += len(block)
            self.assertLess(len(out) - at, 300)

    def check_lines(self, target, line, count):
        """All of them are in the text, and in the HTML."""
        found, rest = 0, b""
        with open(target, "rb") as f:
            while piece := f.read(MIB):
                data = rest + piece
                found += data.count(line)
                rest = data[1 - len(line):]
        self.assertEqual(2 * count, found)

    def check(self, target, shape):
        """Every byte of the attachments is in the result."""
        each = MIB // 4 if shape is None else SIZE
        with open(target, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as out:
            at = 0
            for _ in range(SIZE // each):
                at = out.find(BLOCK[:76], at)
                self.assertNotEqual(at, -1)
                eol = b"\r\n" if out[at + 76] == 13 else b"\n"
                block = BLOCK.replace(b"\n", eol)
                for _ in range(each // BLOCK_BYTES):
                    if out[at:at + len(block)] != block:
                        self.fail("another byte behind %d" % at)
                    at += len(block)
                rest = out[at:at + 2 * MIB]
                rest = rest[:rest.index(eol + b"-")]
                left = each % BLOCK_BYTES
                self.assertEqual(base64.b64decode(rest), PATTERN[:left])


class Service(harness.TestCase):
    def test_worker_with_little_memory(self):
        """The worker itself, in its sandbox, where the kernel refuses it more than 64 MiB."""
        service = self.service({"limits": {"memory": "64MiB", "time": "10m"}}, chaos=False,
                               root=self.own_folder())
        with open(service.folder("incoming") / "large.eml.part", "wb") as f:
            mail(f.write, SIZE, "property")
        os.rename(f.name, f.name[:-5])
        result = service.wait_result("large.eml", 600)
        Large.check(self, result, "property")
        self.assertEqual(0, service.stop())

    def test_attachments_of_a_mail(self):
        """A mail's own one, and that of a winmail.dat, as files: read as a message object."""
        folder = self.own_folder()
        env = {k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")}
        paths = {name: os.path.join(folder, name) for name in ("in.eml", "yaml", "out")}
        with open(paths["yaml"], "w", encoding="ascii") as f:
            f.write("limits:\n  memory: %s\n" % ("4GiB" if SANITIZE else "64MiB"))
        for name, make in (("large.bin", attached), ("winmail", mail)):
            with open(paths["in.eml"], "wb") as f:
                make(f.write, SIZE, "property")
            subprocess.run([os.path.join(BUILD, "bulkhead"), "convert", "-c", paths["yaml"],
                            "--attachments", paths["out"], paths["in.eml"]],
                           stdout=subprocess.PIPE, check=True, env=env)
            found = os.path.join(paths["out"], "in.eml")
            (file,) = os.listdir(found)
            with self.subTest(name), open(os.path.join(found, file), "rb") as f:
                for _ in range(SIZE // MIB):
                    self.assertEqual(f.read(MIB), PATTERN)
                self.assertEqual(f.read(1), b"")
            shutil.rmtree(paths["out"])

    def own_folder(self):
        folder = tempfile.TemporaryDirectory(dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        return folder.name


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        sys.exit(measure())
    unittest.main()
