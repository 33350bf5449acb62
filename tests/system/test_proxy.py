# SPDX-License-Identifier: ISC
"""The README's lines for a proxy with TLS, in a real nginx."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import time
import unittest

import harness
import samples
from harness import SOURCE, Process, TestCase, wait_for

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
TOKEN = "0123456789abcdef0123"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@unittest.skipUnless(NGINX and shutil.which("openssl"), "no nginx, or no openssl")
class Proxy(TestCase):
    NAME = "mail.example.org"

    def proxy(self, http=None, changes=()):
        """A service, and nginx before it as the README has it, on other ports and with a certificate
        of its own; changes: further texts to replace."""
        near, self.port = free_port(), free_port()
        service = self.service(start=False, config={"http": {
            "listen": f"127.0.0.1:{near}", "hosts": self.NAME, **(http or {})}})
        token = service.root / "token"
        token.write_text(TOKEN + "\n")
        service.config["http"]["token_file"] = str(token)
        service.start()
        place = service.root / "nginx"
        place.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
                        place / "key", "-out", place / "crt", "-subj", f"/CN={self.NAME}",
                        "-addext", f"subjectAltName=DNS:{self.NAME}"], check=True, capture_output=True)
        text = re.search(r"```nginx\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)[1]
        for old, new in (("listen 443", f"listen 127.0.0.1:{self.port}"), ("127.0.0.1:8025", f"127.0.0.1:{near}"),
                         (f"/etc/ssl/{self.NAME}.crt", str(place / "crt")),
                         (f"/etc/ssl/{self.NAME}.key", str(place / "key")), *changes):
            self.assertIn(old, text)
            text = text.replace(old, new)
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        temporary = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in kinds)
        user = "user root;\n" if os.geteuid() == 0 else ""
        (place / "conf").write_text(f"{user}daemon off;\npid {place}/pid;\nerror_log {place}/log;\n"
                                    f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n")
        nginx = subprocess.Popen([NGINX, "-p", str(place), "-c", str(place / "conf"), "-e", str(place / "log")])
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        self.trust = ssl.create_default_context(cafile=place / "crt")

        def listens():
            self.assertIsNone(nginx.poll(), (place / "log").read_text() if (place / "log").exists() else "")
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for(listens, "nginx")
        self.place, self.nginx = place, nginx
        return service

    @staticmethod
    def sizes_of_nameless(pid, below):
        """Of the files that a process has open and that have no name, once in a folder."""
        sizes = []
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                link = os.readlink(fd)
                if "(deleted)" in link and str(below) in link:
                    sizes.append(fd.stat().st_size)
            except FileNotFoundError:
                pass
        return sizes

    def assert_keeps_no_file(self):
        """nginx: neither a body nor a result lies on its disk."""
        for kind in ("client_body", "proxy"):
            self.assertEqual([], list((self.place / kind).iterdir()))
        for pid in Process.children(self.nginx.pid):
            self.assertEqual([], self.sizes_of_nameless(pid, self.place))

    def connection(self):
        """By its name, and with its certificate checked."""
        trust, port = self.trust, self.port

        class Named(http.client.HTTPSConnection):
            def connect(self):
                plain = socket.create_connection(("127.0.0.1", port), self.timeout)
                self.sock = trust.wrap_socket(plain, server_hostname=self.host)
        c = Named(self.NAME, port, timeout=harness.PATIENCE)
        self.addCleanup(c.close)
        return c

    def ask(self, method, path, body=None, token=True, headers=None):
        c = self.connection()
        c.request(method, path, body, {**({"Authorization": f"Bearer {TOKEN}"} if token else {}), **(headers or {})})
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()

    def test_who_comes_by_it_is_from_elsewhere(self):
        self.proxy()
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/", 200), ("/v1/status", 401), ("/v1/queue", 401),
                             ("/metrics", 401)):
            self.assertEqual(status, self.ask("GET", path, token=False)[0], path)
        self.assertEqual(401, self.ask("POST", "/v1/convert", samples.mail(), token=False)[0])
        self.assertEqual(200, self.ask("GET", "/v1/status")[0])
        self.assertEqual((200, samples.mail()), self.ask("POST", "/v1/convert", samples.mail())[::2])
        status, headers, _ = self.ask("POST", "/v1/convert", b"no message at all")
        self.assertEqual((422, "application/problem+json"), (status, headers["Content-Type"]))

    def test_its_page_may_change_and_another_site_s_may_not(self):
        service = self.proxy()
        ours = f"https://{self.NAME}:{self.port}"
        self.assertEqual(403, self.ask("POST", "/v1/pause", headers={"Origin": "https://evil.example"})[0])
        self.assertEqual([], service.events(harness.PAUSED))
        self.assertEqual(200, self.ask("POST", "/v1/pause", headers={"Origin": ours})[0])
        self.assertEqual(200, self.ask("POST", "/v1/resume", headers={"Origin": ours})[0])

    def test_a_body_streams_through(self):
        service = self.proxy({"body": "1GiB"})
        size = 64 << 20
        head = samples.mail(body="")
        block = b"All work and no play makes a dull mail.\r\n" * 1600

        def arrived():
            """Bytes that the gateway has, in the file that the service gave it: root sees that."""
            gateway = service.gateways()[0]
            return max([0, *self.sizes_of_nameless(gateway, service.root)])
        c = self.connection()
        c.putrequest("POST", "/v1/convert")
        c.putheader("Authorization", f"Bearer {TOKEN}")
        c.putheader("Content-Length", str(size))
        c.endheaders()
        c.send(head)
        left = size - len(head)
        while left > size // 2:
            c.send(block[:left])
            left -= len(block)
        if os.geteuid() == 0:
            wait_for(lambda: arrived() > size // 4, "the first half, before the second is sent")
        self.assert_keeps_no_file()  # and so much fits into no socket
        while left > 0:
            c.send(block[:left])
            left -= len(block)
        answer = c.getresponse()
        self.assertEqual(200, answer.status)
        self.assertEqual(size, len(answer.read()))
        self.assert_keeps_no_file()

    def test_too_large_is_said_by_either(self):
        self.proxy({"body": "64KiB"})
        c = self.connection()
        for size in (1 << 20, 2 << 30):  # ours, nginx's
            c = self.connection()
            c.putrequest("POST", "/v1/convert")
            c.putheader("Authorization", f"Bearer {TOKEN}")
            c.putheader("Content-Length", str(size))
            c.endheaders()
            self.assertEqual(413, c.getresponse().status, size)

    def test_events_come_at_once(self):
        self.proxy()
        c = self.connection()
        c.request("GET", "/v1/events", headers={"Authorization": f"Bearer {TOKEN}"})
        answer = c.getresponse()
        self.assertEqual("text/event-stream", answer.headers["Content-Type"])
        self.assertTrue(answer.readline().startswith(b":"))
        for n in ("3", "4"):
            self.assertEqual(200, self.ask("PUT", f"/v1/workers?workers={n}")[0])
            line = b""
            while b"workers-scaled" not in line:
                line = answer.readline()
                self.assertTrue(line, "the stream ended")

    def test_what_takes_longer_than_the_proxy_waits(self):
        slow = samples.marked("slow", "6000")
        for wait, status in (("500ms", 202), ("1h", 504)):
            self.proxy({"wait": wait}, [("proxy_read_timeout 60s", "proxy_read_timeout 2s")])
            began = time.monotonic()
            got, headers, _ = self.ask("POST", "/v1/convert", slow)
            self.assertEqual(status, got)  # 504: what http.wait prevents
            if got != 202:
                continue
            self.assertLess(time.monotonic() - began, 6)
            about = wait_for(lambda place=headers["Location"]: (
                lambda j: j["state"] == "over" and j)(json.loads(self.ask("GET", place)[2])), "the job's end")
            self.assertEqual((200, slow), self.ask("GET", about["result"])[::2])


if __name__ == "__main__":
    harness.main()
