# SPDX-License-Identifier: ISC
"""What libraries are given that a stranger wrote: each call of deploy/limits.md, "Libraries", with
a MiB of what is worst for it. None crashes, recurses without end, or takes more than time in
proportion: what grows with the square would take hours."""

import os
import re
import resource
import subprocess
import tempfile

import harness
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


# To add a call: the library's name for it, and what is bad for it.
MAILS = {
    "g_mime_encoding_step, quoted-printable": [
        attached(b"quoted-printable", u) for u in (b"=", b"=\r\n", b"=0", b"=ZZ", b" \r\n", b"\t")],
    "g_mime_encoding_step, uuencode": [
        attached(b"x-uuencode", b"begin 644 a\n" + u) for u in (b"M", b"`\n", b"\x20\n", b"~~~~\n")],
    "g_mime_encoding_step, base64": [attached(b"base64", u) for u in (b"=", b"A=", b"A\r\n", b"\0")],
    "g_mime_content_encoding_from_string": [
        mail(encoding=b"x" * MIB), mail(encoding=b"8bit " * (MIB // 5)), mail(encoding=b"\0" * 1000)],
    "g_mime_utils_header_decode_date": [
        mail(field(b"Date", u)) for u in (b"(", b"1", b"Mon, ", b"1:", b"+", b"\xff", b"-")] + [
        mail(b"Date: Mon, 99999999999 Jan 999999999999 99:99:99 +999999999999999\r\n"),
        mail(b"Date: 2147483648 -2147483648 :::: --- +++\r\n")],
    "g_mime_utils_header_decode_text": [
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
    "iconv": [mail(body=unit * (MIB // len(unit)), kind=b"text/plain; charset=" + charset)
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

    def test_the_table_names_every_call(self):
        """deploy/limits.md has each function of GMime that the worker calls."""
        table = (SOURCE / "deploy/limits.md").read_text()
        called = {name for path in (SOURCE / "worker").rglob("*.c")
                  for name in re.findall(r"\bg_mime_[a-z0-9_]+(?=\()", path.read_text())}
        self.assertGreater(len(called), 3)
        self.assertEqual(set(), {name for name in called if name not in table})


if __name__ == "__main__":
    harness.main()
