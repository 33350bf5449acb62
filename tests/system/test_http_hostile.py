# SPDX-License-Identifier: ISC
"""HTTP as other programs and attackers speak it: bytes on the socket, not a client library."""

import http.client
import json
import re
import socket
import threading
import time
import unittest

import harness
import samples
from harness import Process, TestCase, wait_for
from test_http import Unix


class Raw:
    """A connection on which bytes are said."""

    def __init__(self, service):
        place = service.spool / "http.sock"
        wait_for(place.exists, "http.sock")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(harness.PATIENCE)
        self.socket.connect(str(place))
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def say(self, *pieces):
        """All of it, or as much as is taken: who is wrong may be answered, and let go, before."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def answer(self):
        """Status, fields, content; None: it was hung up."""
        line = self.file.readline()
        if not line:
            return None
        status = int(re.fullmatch(rb"HTTP/1\.[01] (\d{3}) .*\r\n", line)[1])
        fields = http.client.parse_headers(self.file)
        if fields.get("Transfer-Encoding"):
            content = b""
            while (n := int(self.file.readline(), 16)) > 0:
                content += self.file.read(n)
                self.file.readline()
            self.file.readline()
        elif fields.get("Content-Length"):
            content = self.file.read(int(fields["Content-Length"]))
        else:
            content = b"" if status == 204 else self.file.read()
        return status, fields, content


def request(method, path, *fields, host=True, version="1.1"):
    lines = [f"{method} {path} HTTP/{version}", *(["Host: localhost"] if host else []), *fields, "", ""]
    return "\r\n".join(lines).encode()


def chunked(data, size):
    for i in range(0, len(data), size):
        piece = data[i:i + size]
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    yield b"0\r\n\r\n"


class Hostile(TestCase):
    def healthy(self, service):
        """Whatever was said, the gateway is the same process, and answers."""
        with Raw(service) as raw:
            raw.say(request("GET", "/healthz"))
            self.assertEqual(200, raw.answer()[0])
        self.assertEqual([], service.events(harness.HELPER_LOST))

    # ---- what is allowed ----

    def test_chunks_of_any_size(self):
        service = self.service()
        mail = samples.mail(body="Words in pieces.\r\n" * 200)
        for size in (1, 7, 4096, len(mail)):
            with Raw(service) as raw:
                raw.say(request("POST", "/v1/convert", "Transfer-Encoding: chunked"), *chunked(mail, size))
                self.assertEqual((200, mail), raw.answer()[::2], size)
        self.healthy(service)

    def test_one_connection_for_many_requests(self):
        service = self.service()
        with Raw(service) as raw:
            for _ in range(3):
                raw.say(request("GET", "/v1/status"))
                self.assertEqual(200, raw.answer()[0])
                mail = samples.mail()
                raw.say(request("POST", "/v1/convert", f"Content-Length: {len(mail)}"), mail)
                self.assertEqual((200, mail), raw.answer()[::2])
                raw.say(request("GET", "/nothing"))
                self.assertEqual(404, raw.answer()[0])

    def test_requests_before_the_answers(self):
        service = self.service()
        mail = samples.mail()
        with Raw(service) as raw:
            raw.say(request("GET", "/healthz") + request("GET", "/v1/queue")
                    + request("POST", "/v1/convert", f"Content-Length: {len(mail)}") + mail
                    + request("DELETE", "/healthz") + request("GET", "/readyz"))
            self.assertEqual([200, 200, 200, 405, 200], [raw.answer()[0] for _ in range(5)])

    def test_older_clients(self):
        service = self.service()
        mail = samples.mail()
        for fields, host in (((), False), (("Connection: keep-alive",), True)):
            with Raw(service) as raw:
                raw.say(request("POST", "/v1/convert", f"Content-Length: {len(mail)}", *fields,
                                host=host, version="1.0"), mail)
                self.assertEqual((200, mail), raw.answer()[::2])
        with Raw(service) as raw:  # HTTP/1.1 without a Host is none
            raw.say(request("GET", "/healthz", host=False))
            self.assertEqual(400, raw.answer()[0])

    def test_head_is_get_without_its_content(self):
        service = self.service()
        for path in ("/", "/healthz", "/metrics", "/v1/status", "/v1/dead", "/nothing"):
            with Raw(service) as raw:
                raw.say(request("HEAD", path), request("GET", "/healthz"))
                status = int(raw.file.readline().split()[1])
                fields = http.client.parse_headers(raw.file)
                self.assertEqual(404 if path == "/nothing" else 200, status, path)
                self.assertIn("Content-Type", fields)
                self.assertEqual((200, b"ok\n"), raw.answer()[::2], path)

    def test_a_client_that_asks_first(self):
        """Expect: 100-continue, as curl does with a large body."""
        service = self.service({"http": {"body": "1MiB"}})
        mail = samples.mail(body="Words. \r\n" * 2000)
        with Raw(service) as raw:
            raw.say(request("POST", "/v1/convert", f"Content-Length: {len(mail)}", "Expect: 100-continue"))
            self.assertEqual(b"HTTP/1.1 100 Continue\r\n", raw.file.readline())
            self.assertEqual(b"\r\n", raw.file.readline())
            raw.say(mail)
            self.assertEqual((200, mail), raw.answer()[::2])
        with Raw(service) as raw:
            raw.say(request("POST", "/v1/convert", f"Content-Length: {2 << 20}", "Expect: 100-continue"))
            self.assertEqual(413, raw.answer()[0])

    # ---- what is not ----

    def test_a_body_longer_than_said_in_chunks(self):
        service = self.service({"http": {"body": "64KiB"}})
        with Raw(service) as raw:
            try:
                raw.say(request("POST", "/v1/convert", "Transfer-Encoding: chunked"), *chunked(b"x" * (1 << 20), 8192))
            except OSError:
                pass  # it was hung up while we spoke
            try:
                answer = raw.answer()
            except ConnectionError:
                answer = None
            self.assertIn(answer and answer[0], (None, 413))
        self.healthy(service)

    def test_paths_lead_nowhere_else(self):
        service = self.service()
        secret = service.root / "secret"
        secret.write_text("root:x:0:0\n")
        for path in ("/../secret", "/v1/dead/..%2f..%2fsecret", "/v1/dead/..%2f..%2fsecret/message",
                     "/v1/dead/....//secret", "/v1/dead/%2e%2e/message", "/v1/queue/../../secret/message",
                     "/v1/dead/0123456789abcdef%00/message", "/v1/dead/-/message", "/v1/dead/--all/message",
                     "/v1/dead/*/message", "/v1/dead/;id/message", "/v1/dead/$(id)/message", "/v1/dead/%0a/message",
                     "/v1/jobs/../status", "/v1/jobs/%2e%2e%2fstatus/result", "/v1/dead//message", "//v1/status",
                     "/v1/status/", "/v1//status", "/V1/STATUS", "/v1/dead/" + "f" * 300,
                     "/v1/dead/0123456789abcdef0123456789abcdef", "/v1/dead/g123456789abcdef"):
            with Raw(service) as raw:
                raw.say(request("GET", path))
                status, _, content = raw.answer()
                self.assertIn(status, (400, 404), path)
                self.assertNotIn(b"root:x", content, path)
        for verb in ("..", "--all", "retry%00", "retry/..", "RETRY", "export", "expire", "cat", "list"):
            with Raw(service) as raw:
                raw.say(request("POST", f"/v1/dead/0123456789abcdef/{verb}"))
                self.assertIn(raw.answer()[0], (400, 404), verb)
        self.healthy(service)

    def test_filters_are_no_options(self):
        service = self.service()
        for query in ("verdict=--all", "sender=--json", "group=-h", "older=--set", "limit=-1", "limit=0x10",
                      "before=../..", "verdict=nonsense", "older=tomorrow", "limit=99999999999999999999"):
            with Raw(service) as raw:
                raw.say(request("GET", f"/v1/dead?{query}"))
                status, _, content = raw.answer()
                self.assertIn(status, (200, 400), query)
                if status == 200:
                    self.assertEqual([], json.loads(content)["letters"], query)
        self.healthy(service)

    def test_headers_without_end(self):
        service = self.service()
        for header in (b"X-Long: " + b"a" * (1 << 20), b"\r\n".join(b"X-%d: a" % i for i in range(20000)),
                       b"Cookie: " + b"a=b; " * 50000):
            with Raw(service) as raw:
                try:
                    raw.say(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", header, b"\r\n\r\n")
                except OSError:
                    pass
                try:
                    answer = raw.answer()
                except ConnectionError:
                    answer = None
                self.assertIn(answer and answer[0], (None, 413, 414, 431))
        with Raw(service) as raw:
            raw.say(request("GET", "/v1/status?" + "q" * 4000))
            self.assertIn(raw.answer()[0], (200, 400, 414))
        self.healthy(service)

    def test_lengths_that_are_none(self):
        service = self.service()
        mail = samples.mail()
        for fields in (("Content-Length: -1",), ("Content-Length: 99999999999999999999999",), ("Content-Length: 5x",),
                       ("Content-Length: +5",), ("Content-Length: 0x10",), ("Content-Length: ",),
                       ("Transfer-Encoding: chunked", "Content-Length: 5"),
                       ("Transfer-Encoding: gzip",), ("Transfer-Encoding: chunked, chunked",),
                       ("Content-Length: 5", "Content-Length: 50")):
            with Raw(service) as raw:
                raw.say(request("POST", "/v1/convert", *fields), mail, b"\r\n0\r\n\r\n")
                raw.socket.shutdown(socket.SHUT_WR)
                try:
                    answer = raw.answer()
                except ConnectionError:
                    answer = None
                self.assertNotEqual(200, answer and answer[0], fields)
        for pieces in ((b"zz\r\n",), (b"-5\r\nabcde\r\n",), (b"ffffffffffffffffff\r\n",), (b"5\r\nabcdefgh\r\n0\r\n\r\n",)):
            with Raw(service) as raw:
                raw.say(request("POST", "/v1/convert", "Transfer-Encoding: chunked"), *pieces)
                raw.socket.shutdown(socket.SHUT_WR)
                try:
                    answer = raw.answer()
                except ConnectionError:
                    answer = None
                self.assertNotEqual(200, answer and answer[0], pieces)
        self.healthy(service)

    def test_two_lengths(self):
        """Which of them holds is not guessed, and what follows is no request."""
        service = self.service()
        mail, next_one = samples.mail(), request("GET", "/healthz")
        length = f"Content-Length: {len(mail)}"
        for fields in ((length, "Content-Length: 5"), ("Content-Length: 5", length), (length, length),
                       ("Transfer-Encoding: chunked", length), (length, "Transfer-Encoding: chunked")):
            with Raw(service) as raw:
                raw.say(request("POST", "/v1/convert", *fields), mail, next_one)
                self.assertEqual(400, raw.answer()[0], fields)
                try:
                    self.assertIsNone(raw.answer(), fields)
                except ConnectionResetError:
                    pass
        self.healthy(service)

    def test_forms_that_are_none(self):
        service = self.service()
        part = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.eml\"\r\n\r\n"
        mail = samples.mail().decode()
        for kind, body in (("multipart/form-data", part + mail + "\r\n--edge--\r\n"),
                           ("multipart/form-data; boundary=", part + mail),
                           ("multipart/form-data; boundary=" + "b" * 5000, part + mail),
                           ("multipart/form-data; boundary=edge", part + mail),
                           ("multipart/form-data; boundary=edge", "--edge--\r\n"),
                           ("multipart/form-data; boundary=edge", "no form at all"),
                           ("multipart/form-data; boundary=edge", part.replace("file", "other") + mail + "\r\n--edge--\r\n"),
                           ("multipart/form-data; boundary=edge", "--edge\r\n" + "X: y\r\n" * 20000)):
            with Raw(service) as raw:
                try:
                    raw.say(request("POST", "/v1/convert", f"Content-Type: {kind}", f"Content-Length: {len(body)}"),
                            body.encode())
                except OSError:
                    pass  # it was answered before its end
                try:
                    answer = raw.answer()
                except ConnectionError:
                    answer = None
                # A form that was cut is not known to be whole: what came is taken for the file or refused.
                self.assertIn(answer and answer[0], (None, 200, 400, 422), (kind[:60], body[:40]))
        self.healthy(service)

    def test_many_at_once(self):
        service = self.service({"workers": 2})
        mails = [samples.mail(subject=f"Number {i}", body=f"{i}\r\n" * 500) for i in range(64)]
        got = [None] * len(mails)

        def convert(i):
            c = Unix(service.spool / "http.sock")
            c.request("POST", "/v1/convert", mails[i])
            answer = c.getresponse()
            got[i] = answer.status, answer.read()
            c.close()
        wait_for((service.spool / "http.sock").exists, "http.sock")
        threads = [threading.Thread(target=convert, args=(i,)) for i in range(len(mails))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([(200, m) for m in mails], got)

    def test_connections_that_say_nothing(self):
        """As many as there may be, and more: the oldest make room for who speaks."""
        service = self.service({"http": {"connections": 8}})
        idle = [Raw(service) for _ in range(20)]
        for i, raw in enumerate(idle):
            self.addCleanup(raw.__exit__)
            if i % 2:
                raw.say(b"GET /healthz HTTP/1.1\r\nX: ")
        began = time.monotonic()
        for _ in range(10):
            with Raw(service) as raw:
                raw.say(request("GET", "/healthz"))
                self.assertEqual(200, raw.answer()[0])
        self.assertLess(time.monotonic() - began, 30)  # silence ends after 40 s
        self.assertIsNone(idle[0].answer())

    @unittest.skipIf(harness.SANITIZE, "its memory is measured")
    def test_its_memory_is_bounded(self):
        service = self.service()
        self.healthy(service)
        gateway = service.gateways()[0]
        raws = [Raw(service) for _ in range(100)]
        for raw in raws:
            self.addCleanup(raw.__exit__)
            raw.say(b"POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 60000)
        self.healthy(service)
        self.assertLess(Process.status(gateway, "VmRSS"), 64 << 10)


if __name__ == "__main__":
    harness.main()
