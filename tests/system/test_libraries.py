# SPDX-License-Identifier: ISC
"""What libraries are given that a stranger wrote: each call of deploy/limits.md, "Libraries", and
the worker's own readers, with a MiB of what is worst for it. None crashes, recurses without end, or takes more than time in
proportion: what grows with the square would take hours."""

import gzip
import io
import os
import re
import resource
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib

import harness
from convert_ground import ConvertTest
from harness import BUILD, SANITIZE, SOURCE

MIB = 1 << 20
SECONDS = 60 if SANITIZE else 20  # of processor time; a tenth of a second on an idle machine


def mail(fields=b"", body=b"", kind=b"text/plain", encoding=b"7bit"):
    return (b"From: a@example.org\r\n" + fields + b"MIME-Version: 1.0\r\nContent-Type: " + kind
            + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body)


def field(name, unit, most=MIB, end=b""):
    """A field of so many bytes, folded as mail is."""
    lines = unit * (70 // len(unit) or 1)
    return name + b": " + b"\r\n ".join([lines] * (most // (len(lines) + 3))) + end + b"\r\n"


def attached(encoding, unit):
    return mail(body=unit * (MIB // len(unit)), encoding=encoding,
                kind=b"application/octet-stream; name=a")


# To add one: what is read, and what is bad for who reads it.
MAILS = {
    "quoted-printable": [
        attached(b"quoted-printable", u) for u in (b"=", b"=\r\n", b"=0", b"=ZZ", b" \r\n", b"\t", b"= ", b"=\r")],
    "uuencode": [
        attached(b"x-uuencode", b"begin 644 a\n" + u) for u in (b"M", b"`\n", b"\x20\n", b"~~~~\n", b"_\n")],
    "base64": [attached(b"base64", u) for u in (b"=", b"A=", b"A\r\n", b"\0")],
    "names of encodings": [
        mail(encoding=b"x" * MIB), mail(encoding=b"8bit " * (MIB // 5)), mail(encoding=b"\0" * 1000)],
    "dates": [
        mail(field(b"Date", u)) for u in (b"(", b"1", b"Mon, ", b"1:", b"+", b"\xff", b"-")] + [
        mail(b"Date: Mon, 99999999999 Jan 999999999999 99:99:99 +999999999999999\r\n"),
        mail(b"Date: 2147483648 -2147483648 :::: --- +++\r\n")],
    "encoded words": [
        mail(field(b"Subject", u)) for u in (
            b"=?", b"=?a?b?", b"=?utf-8?q?=?", b"=?utf-8?B?////?=", b"=?utf-7?Q?+AAA?=", b"?=", b"=",
            b"=?x?Q?=ZZ?= ", b"=?iso-2022-jp?B?GyRC?=", b"\xff")],
    "addresses": [
        mail(b"To: " + unit * n + b"\r\n") for unit, n in (
            (b"a:", 50000), (b"(", 100000), (b"<", 100000), (b"\"\\", 100000), (b"a:;", 50000),
            (b"@", 100000), (b"[", 100000), (b",", 100000), (b"a@b.example,", 50000))],
    "parameters": [
        mail(kind=b"text/plain" + unit * n) for unit, n in (
            (b"; a*0*=x", 50000), (b"; charset=\"\\", 50000), (b";", 200000), (b"; a=\"", 50000),
            (b"; x*=utf-8''%", 50000))],
    "code pages": [mail(body=unit * (MIB // len(unit)), kind=b"text/plain; charset=" + charset)
              for charset in (b"iso-2022-jp", b"utf-7", b"gb18030", b"iso-2022-kr", b"utf-16")
              for unit in (b"\x1b$B", b"+", b"\xff\xfe", b"\x0e")],
}


def run(*command, stdin=None):
    """Its end and processor time; a signal is its end by that time, or a crash."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, stdin=stdin, capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS)))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime - before.ru_utime


class Hostile(harness.TestCase):
    def test_mails(self):
        for call, cases in MAILS.items():
            for i, data in enumerate(cases):
                for to in ("json", "mime"):
                    with self.subTest(call, case=i, to=to), tempfile.NamedTemporaryFile() as f:
                        f.write(data)
                        f.flush()
                        done, _ = run(BUILD / "tests/convert-file", "-t", to, f.name)
                        self.assertIn(done.returncode, (0, 1), done.stderr[-300:])

    def test_yaml(self):
        """Depth, aliases that multiply, and a document without an end."""
        laughs = "a: &a [x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9))
        for text in ("{a: " * 100000, "[" * 100000, laughs, "? " * 100000, "- " * 100000,
                     "limits:\n" + "  time: 1s\n" * 100000, "a: |\n" + "  x\n" * 200000,
                     "\ufeff" * 1000, "%YAML 9.9\n---\n", "&a " * 50000, "!!x " * 50000, "a: \"" + "\\" * MIB):
            with self.subTest(text[:20]), tempfile.NamedTemporaryFile("w") as f:
                f.write(text)
                f.flush()
                done, _ = run(BUILD / "bulkhead", "check", "-c", f.name)
                self.assertEqual(2, done.returncode, done.stderr[-300:])

    def test_json(self):
        """A report that somebody else has put beside a letter."""
        for text in ("[" * MIB, "{\"a\":" * 100000, "\"" + "\\u0000" * 1000 + "\"", "1" * MIB, "1e" + "9" * MIB,
                     "{\"version\":1,\"id\":" + "[" * 100000, "\xff" * 1000, ""):
            with self.subTest(text[:20]), tempfile.TemporaryDirectory() as spool:
                for folder in ("incoming", "active", "outgoing", "dead", "tmp", "reports"):
                    os.mkdir(os.path.join(spool, folder))
                dead = os.path.join(spool, "dead")
                for name, data in (("1a2b3c4d5e6f7081.m.eml", "x"), ("1a2b3c4d5e6f7081.json", text)):
                    with open(os.path.join(dead, name), "w", encoding="latin-1") as f:
                        f.write(data)
                done, _ = run(BUILD / "bulkhead", "dead", "list", "--spool", spool)
                self.assertGreaterEqual(done.returncode, 0, done.stderr[-300:])
                self.assertIn(b"1a2b3c4d5e6f7081", done.stdout + done.stderr)

    def test_the_table_names_every_library(self):
        """deploy/limits.md has each library that the worker's program loads, and they are few:
        each costs every start of a worker."""
        table = (SOURCE / "deploy/limits.md").read_text()
        said = subprocess.run(["readelf", "-d", BUILD / "bulkhead-worker"], check=True,
                              capture_output=True, text=True).stdout
        loaded = set(re.findall(r"NEEDED.*\[lib([^.\]]+)\.", said))
        known = {"protobuf-c": "protobuf-c", "z": "zlib"}
        self.assertEqual(set(known), loaded - {"c", "m", "asan", "ubsan", "gcc_s"})
        for name in known.values():
            self.assertIn(f"| {name}", table)


LETTER = mail(body=b"Just words.\r\n")


def packed(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def piled(count, data, method=8):
    """A ZIP whose members are all the same bytes (one local head, many entries)."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    inside = raw.compress(data) + raw.flush() if method else data
    what = struct.pack("<HHHHIII", 0, method, 0, 33, zlib.crc32(data), len(inside), len(data))
    local = b"PK\3\4" + struct.pack("<H", 20) + what + struct.pack("<HH", 5, 0) + b"a.eml" + inside
    entries = b"".join(
        b"PK\1\2" + struct.pack("<HH", 20, 20) + what + struct.pack("<HHHHHII", 8, 0, 0, 0, 0, 0, 0)
        + b"%04d.eml" % i for i in range(count))
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, count, count, len(entries), len(local), 0)
    return local + entries + end


def head_of(name, size=b"00000000000"):
    """A head of tar that sums up, whatever it says."""
    head = bytearray(name[:100].ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size.ljust(12, b"\0")
                     + b"00000000000\0" + b" " * 8 + b"0" + bytes(100) + b"ustar\x0000" + bytes(247))
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head)


class Archives(ConvertTest):
    """zlib, and what surrounds it: each bound of worker/format/archive is met, and told."""

    def hold(self, name, data, most=600 * MIB, at_least=0):
        path = self.put(name, data)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = self.run_it("--force", "-o", self.out, path)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.assertIn(done.code, (0, 1), done.err[-300:])
        self.assertNotRegex(done.err, "crashed|timed-out|out-of-memory|output-limit")
        self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3 * SECONDS)
        results = list((self.out / name).rglob("*.eml"))
        self.assertLess(sum(p.stat().st_size for p in results), most)
        self.assertGreaterEqual(len(results), at_least)
        return done

    def test_ratio(self):
        zeroes = bytes(40 * MIB)
        done = self.hold("one.zip", packed([("0.eml", zeroes), ("a.eml", LETTER)]), MIB, 1)
        self.assertIn("too long for its size", done.err)
        self.hold("zeroes.gz", gzip.compress(zeroes), MIB)
        self.hold("twice.gz", gzip.compress(gzip.compress(zeroes)), MIB)
        self.hold("many.gz", gzip.compress(b"") * 20000 + gzip.compress(LETTER), MIB)

    def test_members_that_lie_over_one_another(self):
        big = LETTER + b"x" * MIB
        done = self.hold("piled.zip", piled(500, big), 32 * MIB, 1)
        self.assertIn("too long for its size", done.err)
        self.hold("stored.zip", piled(200, big, 0), 4 * MIB, 1)

    def test_depth(self):
        data = LETTER
        for i in range(12):
            data = packed([(f"{i}.zip" if i else "a.eml", data)])
        self.hold("deep.zip", data)
        for _ in range(12):
            data = gzip.compress(data)
        self.hold("deep.gz", data)

    def test_counts(self):
        """More in the directory than there are, fewer, and as many as there is place for."""
        good = packed([("a.eml", LETTER)])
        for count in (0, 2, 65535):
            with self.subTest(count):
                end = bytearray(good)
                struct.pack_into("<HH", end, len(end) - 14, count, count)
                self.hold(f"{count}.zip", bytes(end))

    def test_where_the_directory_is(self):
        good = packed([("a.eml", LETTER)])
        for at in (0, 1, len(good) - 22, 0xfffffffe, 0xffffffff):
            with self.subTest(at):
                end = bytearray(good)
                struct.pack_into("<I", end, len(end) - 6, at)
                self.hold(f"at{at}.zip", bytes(end))
        for at in (0, 0x7fffffff, 0xffffffff):
            with self.subTest(member=at):
                end = bytearray(good)
                struct.pack_into("<I", end, good.index(b"PK\1\2") + 42, at)
                self.hold(f"member{at}.zip", bytes(end))
        self.hold("ends.zip", b"PK\3\4" + b"PK\5\6" * 20000)

    def test_sizes(self):
        """A head's sizes: nothing, everything, beyond the end."""
        good = packed([("a.eml", LETTER)])
        for size in (0, 1, 0x7fffffff, 0xffffffff):
            with self.subTest(size):
                bad = bytearray(good)
                struct.pack_into("<II", bad, good.index(b"PK\1\2") + 20, size, size)
                self.hold(f"size{size}.zip", bytes(bad))
        for size in (b"77777777777", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"00000000000", b"99999999999"):
            with self.subTest(size):
                self.hold("size.tar", head_of(b"a.eml", size) + LETTER.ljust(1024, b"\0"))

    def test_names(self):
        for i, name in enumerate(("../../../../tmp/escaped.eml", "/etc/passwd.eml", "a/" * 400 + "x.eml",
                                  "./" * 30000 + "x.eml", "a" * 60000 + ".eml", "a\\..\\b.eml", "con.eml",
                                  "\x1b[31m.eml", "..", "a//b///c.eml")):
            with self.subTest(name[:20]):
                self.hold(f"name{i}.zip", packed([(name, LETTER)]))
                tar = io.BytesIO()
                with tarfile.open(fileobj=tar, mode="w", format=(
                        tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)[i % 2]) as archive:
                    info = tarfile.TarInfo(name)
                    info.size = len(LETTER)
                    archive.addfile(info, io.BytesIO(LETTER))
                self.hold(f"name{i}.tar", tar.getvalue())
        inside = os.path.realpath(self.out)
        for p in self.out.rglob("*"):
            self.assertTrue(os.path.realpath(p).startswith(inside), p)
        self.assertFalse(os.path.exists("/tmp/escaped.eml"))

    def test_all_of_them_together(self):
        """None alone is too long."""
        data = bytes(15 * MIB)
        done = self.hold("many.zip", packed([(f"{i}.eml", data) for i in range(40)]))
        self.assertIn("too long for its size", done.err)
        self.hold("empty.tar", head_of(b"a.eml") * 2000)


if __name__ == "__main__":
    harness.main()
