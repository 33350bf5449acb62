# SPDX-License-Identifier: ISC
"""The gateway: HTTP on the spool's socket and over TCP, as clients and attackers use it."""

import contextlib
import functools
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import struct
import subprocess
import time

import harness
import samples
from harness import BUILD, SOURCE, Process, TestCase, wait_for


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=harness.PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Http(TestCase):
    def connection(self, service):
        path = service.spool / "http.sock"
        wait_for(path.exists, "http.sock")
        c = Unix(path)
        self.addCleanup(c.close)
        return c

    def ask(self, service, method, path, body=None, headers=None):
        """Status, headers, body."""
        c = self.connection(service)
        c.request(method, path, body, headers or {})
        answer = c.getresponse()
        return answer.status, answer.headers, answer.read()

    def get(self, service, path):
        status, _, body = self.ask(service, "GET", path)
        self.assertEqual(200, status, body)
        return json.loads(body)

    def gateway(self, service):
        """Its process."""
        pid, = service.gateways()
        return pid

    # ---- conversions ----

    def test_a_message_is_converted(self):
        service = self.service()
        stream = samples.tnef(subject="By HTTP", attachments=[("a.txt", b"attached")])
        status, headers, body = self.ask(service, "POST", "/v1/convert?to=mime", stream)
        self.assertEqual(200, status, body)
        self.assertEqual("message/rfc822", headers["Content-Type"])
        self.assertEqual("done", headers["X-Bulkhead-Verdict"])
        self.assertRegex(headers["X-Bulkhead-Notes"], r"^kept=\d+, changed=\d+, lost=\d+$")
        self.assertIn(b"Subject: By HTTP", body)
        direct = subprocess.run([str(BUILD / "bulkhead"), "convert", "-"], input=stream,
                                capture_output=True, check=True).stdout
        self.assertEqual(direct, body)

    def test_a_form_and_another_target(self):
        service = self.service()
        edge = "edge"
        form = (f"--{edge}\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\njson\r\n"
                f"--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"w.dat\"\r\n\r\n"
                ).encode() + samples.tnef(subject="Form") + f"\r\n--{edge}--\r\n".encode()
        status, headers, body = self.ask(service, "POST", "/v1/convert", form, {
            "Content-Type": f"multipart/form-data; boundary={edge}"})
        self.assertEqual(200, status, body)
        self.assertEqual("application/json", headers["Content-Type"])
        self.assertEqual("Form", json.loads(body)["subject"])

    def test_what_cannot_be_converted_is_a_problem(self):
        service = self.service()
        status, headers, body = self.ask(service, "POST", "/v1/convert", b"no message at all")
        problem = json.loads(body)
        self.assertEqual(422, status)
        self.assertEqual("application/problem+json", headers["Content-Type"])
        self.assertEqual("refused", problem["verdict"])
        self.assertEqual("refused", problem["report"]["verdict"])
        status, _, body = self.ask(service, "POST", "/v1/convert", samples.marked("null"))
        problem = json.loads(body)
        self.assertEqual((422, "crashed", *["crashed its converter"] * 2),
                         (status, *[problem[k] for k in ("verdict", "reason", "detail")]))
        self.assertEqual(400, self.ask(service, "POST", "/v1/convert", b"")[0])
        self.assertEqual(200, self.ask(service, "POST", "/v1/convert", samples.mail())[0])

    def test_a_job(self):
        service = self.service({"http": {"wait": "50ms"}})
        status, headers, body = self.ask(
            service, "POST", "/v1/convert", samples.marked("slow", "1500"))
        self.assertEqual(202, status, body)
        place = headers["Location"]
        self.assertEqual("running", self.get(service, place)["state"])
        self.assertEqual(409, self.ask(service, "GET", place + "/result")[0])
        about = wait_for(lambda: (lambda j: j["state"] == "over" and j)(self.get(service, place)),
                         "the job's end")
        status, _, result = self.ask(service, "GET", about["result"])
        self.assertEqual((200, samples.marked("slow", "1500")), (status, result))
        self.assertEqual(200, self.ask(service, "DELETE", place)[0])
        self.assertEqual(404, self.ask(service, "GET", place)[0])

    def test_too_large_is_said_before_the_body_is_sent(self):
        service = self.service({"http": {"body": "64KiB"}})
        c = self.connection(service)
        c.putrequest("POST", "/v1/convert")
        c.putheader("Content-Length", str(1 << 30))
        c.endheaders()
        self.assertEqual(413, c.getresponse().status)

    def test_a_client_that_goes_away_ends_its_message(self):
        service = self.service({"workers": 1})
        c = self.connection(service)
        c.request("POST", "/v1/convert", samples.marked("slow", "600000"))
        wait_for(lambda: any(w["message"] for w in self.get(service, "/v1/workers")["workers"]),
                 "a worker with the message")
        c.close()
        second = self.connection(service)
        second.request("POST", "/v1/convert", samples.marked("slow", "600000"))
        second.close()  # it waits for the one worker, and goes
        wait_for(lambda: self.get(service, "/v1/queue")["all"] == 0, "both to go")

    def test_clients_that_go_leave_nothing_behind(self):
        """In whatever way and at whatever moment they go: not one waits on in the gateway,
        which would make a job of it when its time is over."""
        port = self.free_port()
        service = self.service({"http": {"listen": f"127.0.0.1:{port}", "wait": "2s", "rate": 100000}})
        self.assertEqual(200, self.ask(service, "GET", "/healthz")[0])
        gateway = self.gateway(service)
        request = b"POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
        for mail in (samples.mail(), samples.marked("slow", "600000")):
            asking = request % (len(mail), mail)
            for reset in (False, True):
                clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
                for c in clients:
                    if reset:
                        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    c.sendall(asking)
                time.sleep(random.uniform(0, 0.05))  # some are converted, some wait, some are not read yet
                for c in clients:
                    c.close()
                wait_for(lambda: self.get(service, "/v1/queue")["all"] == 0, "all to go")
        # One more waits as long as any of those would have, and is told of its job.
        self.assertEqual(202, self.ask(service, "POST", "/v1/convert", samples.marked("slow", "4000"))[0])
        self.assertEqual(gateway, self.gateway(service))

    def test_a_connection_that_is_reset_costs_nothing(self):
        """Not one turn of the gateway's loop after the other until its message is done."""
        port = self.free_port()
        service = self.service({"http": {"listen": f"127.0.0.1:{port}"}, "workers": 1})
        self.ask(service, "GET", "/healthz")
        mail = samples.marked("slow", "600000")
        with socket.create_connection(("127.0.0.1", port)) as c:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.sendall(b"POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(mail), mail))
            wait_for(lambda: any(w["message"] for w in self.get(service, "/v1/workers")["workers"]), "it to be in hand")
        wait_for(lambda: self.get(service, "/v1/queue")["all"] == 0, "it to be given up")

    def test_the_gateway_ends_in_order(self):
        """It may do whatever its end needs: no call that its sandbox kills it for."""
        service = self.service()
        self.ask(service, "GET", "/healthz")
        os.kill(self.gateway(service), signal.SIGTERM)
        self.assertEqual("0x0", service.wait_event(harness.HELPER_LOST, helper="gateway")[0]["status"])

    # ---- state and commands ----

    def test_a_client_that_closes_its_half_is_gone(self):
        """As bulkhead-api(7) says: nobody could tell it from one that went away."""
        service = self.service({"workers": 1})
        data = samples.marked("slow", "600000")
        self.connection(service).request("POST", "/v1/convert", data)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(service.spool / "http.sock"))
            s.sendall(b"POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
            wait_for(lambda: self.get(service, "/v1/queue")["all"] == 2, "it to wait")
            s.shutdown(socket.SHUT_WR)
            wait_for(lambda: self.get(service, "/v1/queue")["all"] == 1, "it to be given up")

    def test_state(self):
        service = self.service()
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        service.wait_idle()
        state = self.get(service, "/v1/status")
        self.assertTrue(state["ready"])
        self.assertEqual(1, state["numbers"]["messages"]["passed"])
        wait_for(lambda: {"idle"} == {w["state"] for w in self.get(service, "/v1/workers")["workers"]},
                 "all workers to be ready")
        self.assertEqual((200, b"ok\n"), self.ask(service, "GET", "/healthz")[::2])
        self.assertEqual((200, b"ready\n"), self.ask(service, "GET", "/readyz")[::2])

    def test_metrics_are_well_formed(self):
        service = self.service()
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        _, headers, body = self.ask(service, "GET", "/metrics")
        self.assertIn("application/openmetrics-text", headers["Content-Type"])
        lines = body.decode().splitlines()
        self.assertEqual("# EOF", lines[-1])
        families, name = {}, None
        for line in lines[:-1]:
            told = re.fullmatch(r"# (TYPE|UNIT|HELP) (\S+) (.+)", line)
            if told:
                families.setdefault(told[2], {})[told[1]] = told[3]
                name = told[2]
                continue
            sample = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"]*"\})? (\S+)', line)
            self.assertTrue(sample, line)
            self.assertTrue(sample[1].startswith(name), (name, line))
            float(sample[3])
        for family, about in families.items():
            self.assertIn(about["TYPE"], ("counter", "gauge", "histogram", "info"), family)
            self.assertIn("HELP", about, family)
        self.assertIn('bulkhead_messages_total{verdict="passed"} 1', lines)

    def test_pause_and_resume(self):
        service = self.service()
        self.assertEqual(200, self.ask(service, "POST", "/v1/pause")[0])
        self.assertEqual(503, self.ask(service, "GET", "/readyz")[0])
        service.drop("later.eml", samples.mail())
        time.sleep(1)  # that it is not taken cannot be waited for
        self.assertEqual([], service.results())
        done = subprocess.run([str(BUILD / "bulkhead"), "status", "--spool", str(service.spool)],
                              capture_output=True, text=True, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("paused by command", done.stdout)
        self.assertEqual(200, self.ask(service, "POST", "/v1/resume")[0])
        service.wait_result("later.eml")

    def test_a_hung_worker_is_seen_and_killed(self):
        service = self.service({"retry": {"crash": 0}})
        service.drop("hangs.eml", samples.marked("hang"))
        worker = wait_for(lambda: next(
            (w for w in self.get(service, "/v1/workers")["workers"] if w["message"]), None), "it")
        self.assertEqual("hangs.eml", worker["file"])
        self.assertEqual(200, self.ask(service, "DELETE", f"/v1/workers/{worker['worker']}")[0])
        service.wait_letter("hangs.eml")
        self.assertEqual(409, self.ask(service, "DELETE", "/v1/workers/99999")[0])

    def test_scale_reload_drain(self):
        service = self.service()
        self.assertEqual(200, self.ask(service, "PUT", "/v1/workers?workers=3")[0])
        wait_for(lambda: self.get(service, "/v1/status")["workers"] == 3, "three")
        self.assertEqual(400, self.ask(service, "PUT", "/v1/workers?workers=0")[0])
        self.assertEqual(200, self.ask(service, "POST", "/v1/reload")[0])
        service.wait_event(harness.RELOADED)
        self.assertEqual(200, self.ask(service, "POST", "/v1/drain")[0])
        self.assertEqual(0, service.wait_exit())
        self.assertFalse((service.spool / "http.sock").exists())

    def test_events(self):
        service = self.service()
        c = self.connection(service)
        c.request("GET", "/v1/events")
        answer = c.getresponse()
        self.assertEqual("text/event-stream", answer.headers["Content-Type"])
        self.assertTrue(answer.readline().startswith(b":"))
        self.ask(service, "PUT", "/v1/workers?workers=4")
        line = b""
        while b"workers-scaled" not in line:
            line = answer.readline()
            self.assertTrue(line, "the stream ended")
        self.assertEqual(harness.WORKERS_SCALED, json.loads(line.removeprefix(b"data: "))["event"])

    def test_dead_letters(self):
        service = self.service()
        service.drop("bad.txt", b"no message\n")
        letter, _ = service.wait_letter("bad.txt")
        number = os.path.basename(letter)[:16].decode()
        status, _, body = self.ask(service, "GET", f"/v1/dead/{number}")
        self.assertEqual(200, status, body)
        self.assertIn(b"refused", body)
        self.assertEqual(404, self.ask(service, "GET", "/v1/dead/--all")[0])
        self.assertEqual(200, self.ask(service, "DELETE", f"/v1/dead/{number}")[0])
        self.assertFalse(os.path.exists(letter))

    # ---- what must not be ----

    def test_the_gateway_is_replaced(self):
        service = self.service()
        self.assertEqual(200, self.ask(service, "GET", "/healthz")[0])
        os.kill(self.gateway(service), signal.SIGKILL)
        service.wait_event(harness.HELPER_LOST, helper="gateway")
        self.assertEqual(200, self.ask(service, "GET", "/healthz")[0])

    def test_nonsense(self):
        service = self.service()
        for bytes_ in (b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 100000,
                       b"POST /v1/convert HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                       b"POST /v1/convert HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                       b"GET /v1/dead/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n"):
            with socket.socket(socket.AF_UNIX) as s:
                wait_for((service.spool / "http.sock").exists, "http.sock")
                s.connect(str(service.spool / "http.sock"))
                s.settimeout(harness.PATIENCE)
                s.sendall(bytes_)
                s.shutdown(socket.SHUT_WR)
                answer = s.recv(100)
                self.assertFalse(answer.startswith(b"HTTP/1.1 200"), (bytes_[:40], answer))
        self.assertEqual(404, self.ask(service, "GET", "/nothing")[0])
        for path, method, allowed in (("/v1/status", "POST", "GET, HEAD"), ("/v1/convert", "GET", "POST"),
                                      ("/v1/workers", "PATCH", "GET, HEAD, PUT"), ("/v1/convert", "HEAD", "POST"),
                                      ("/v1/dead/0123456789abcdef", "TRACE", "GET, HEAD, DELETE")):
            status, headers, _ = self.ask(service, method, path)
            self.assertEqual((405, allowed), (status, headers["Allow"]), path)
            status, headers, _ = self.ask(service, "OPTIONS", path)
            self.assertEqual((204, allowed), (status, headers["Allow"]), path)
        self.assertEqual([], service.events(harness.HELPER_LOST))

    @staticmethod
    def free_port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    @staticmethod
    def tcp(port, method, path, **headers):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE)
        c.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        status = c.getresponse().status
        c.close()
        return status

    def test_over_tcp_changes_need_the_token(self):
        port = self.free_port()
        service = self.service(start=False, config={"http": {"listen": f"127.0.0.1:{port}"}})
        token = service.root / "token"
        token.write_text("0123456789abcdef0123\n")
        service.config["http"]["token_file"] = str(token)
        service.start()
        tcp = functools.partial(self.tcp, port)
        bearer = "Bearer 0123456789abcdef0123"
        self.assertEqual(200, tcp("GET", "/v1/status"))
        self.assertEqual(401, tcp("POST", "/v1/pause"))
        self.assertEqual(401, tcp("POST", "/v1/pause", Authorization="Bearer 0123456789abcdef012"))
        self.assertEqual(415, tcp("POST", "/v1/pause", Authorization=bearer,
                                  Content_Type="application/x-www-form-urlencoded"))
        self.assertEqual(403, tcp("GET", "/v1/status", Origin="http://evil.example"))
        self.assertEqual(421, tcp("GET", "/v1/status", Host="evil.example"))
        self.assertEqual(200, tcp("POST", "/v1/pause", Authorization=bearer))
        routes = json.loads((SOURCE / "deploy/openapi.json").read_text())["paths"]
        changes = [(m.upper(), re.sub("{[^}]*}", "0123456789abcdef", path)) for path, item in routes.items()
                   for m in item if m in ("post", "put", "delete") and path not in ("/v1/convert", "/v1/detect")]
        self.assertGreaterEqual(len(changes), 11)
        for method, path in changes:
            self.assertEqual(401, tcp(method, path), (method, path))
            self.assertEqual(415, tcp(method, path, Authorization=bearer, Content_Type="text/plain"), (method, path))
            self.assertEqual(403, tcp(method, path, Authorization=bearer, Origin="http://evil.example"), (method, path))
        self.assertEqual(401, tcp("POST", "/v1/convert?keep=dead"))
        self.assertEqual(400, tcp("POST", "/v1/convert?keep=dead", Authorization=bearer))  # it is empty
        self.assertEqual(404, tcp("GET", "/v1/nothing"))
        self.assertEqual(421, tcp("GET", "/v1/nothing", Host="evil.example"))

    def test_beyond_this_machine_only_with_a_token(self):
        service = self.service(start=False, config={"http": {"listen": "0.0.0.0:0"}})
        service.start(ready=False)
        self.assertNotEqual(0, service.wait_exit())
        told = service.events(harness.CANNOT_START)
        self.assertIn("http.token_file", told[0]["why"])

    def test_a_token_of_the_environment(self):
        """As good as a file's, not beside one, and what is started does not inherit it."""
        token = "0123456789abcdef0123"
        port = self.free_port()
        for text, file, ready in ((token, None, True), ("short", None, False), (token, "token", False)):
            service = self.service(start=False, config={"http": {"listen": f"127.0.0.1:{port}"}})
            service.environment["BULKHEAD_HTTP_TOKEN"] = text
            if file:
                (service.root / file).write_text(token)
                service.config["http"]["token_file"] = str(service.root / file)
            service.start(ready=ready)
            if not ready:
                self.assertNotEqual(0, service.wait_exit())
                self.assertIn("BULKHEAD_HTTP_TOKEN", str(service.events(harness.CANNOT_START)[0]))
                continue
            self.get(service, "/v1/status")
            gateway = service.gateways()[0]
            with contextlib.suppress(PermissionError):
                self.assertNotIn(b"HTTP_TOKEN", pathlib.Path(f"/proc/{gateway}/environ").read_bytes())
            self.assertEqual(401, self.tcp(port, "POST", "/v1/pause"))
            self.assertEqual(200, self.tcp(port, "POST", "/v1/pause", Authorization=f"Bearer {token}"))
            self.assertEqual(0, service.stop())


if __name__ == "__main__":
    harness.main()
