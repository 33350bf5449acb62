# SPDX-License-Identifier: ISC
"""The HTTP API beside its description (deploy/openapi.json), its verbs, and what an operator's
tools are told: metrics, service managers, alert rules."""

import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import jsonschema

import harness
import samples
from harness import BUILD, SOURCE, Process, TestCase, wait_for
from schema import check
from test_http import Unix

OPENAPI = json.loads((SOURCE / "deploy/openapi.json").read_text())


def route_of(path):
    """The described path that this one is, and that without a pattern where both are."""
    fits = [p for p in OPENAPI["paths"]
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", p), path)]
    return min(fits, key=lambda p: p.count("{"))


def check_answer(method, path, status, headers, body):
    """An answer as it is described: its status, its type, its shape."""
    described = OPENAPI["paths"][route_of(path)][method.lower()]["responses"]
    assert str(status) in described, (method, path, status, body)
    answer = described[str(status)]
    if "$ref" in answer:
        answer = OPENAPI["components"]["responses"]["Problem"]
    kind = headers["Content-Type"].split(";")[0]
    content = answer["content"]
    assert kind in content or "*/*" in content, (method, path, kind)
    schema = content.get(kind, content.get("*/*"))["schema"]
    if "json" in kind and "$ref" in schema:
        jsonschema.Draft202012Validator(dict(schema, components=OPENAPI["components"])).validate(json.loads(body))


class Api(TestCase):
    def ask(self, service, method, path, body=None, headers=None):
        place = service.spool / "http.sock"
        wait_for(place.exists, "http.sock")
        c = Unix(place)
        c.request(method, path, body, headers or {})
        answer = c.getresponse()
        got = answer.status, answer.headers, answer.read()
        c.close()
        check_answer(method, path.partition("?")[0], *got)
        return got

    def get(self, service, path, status=200):
        got, _, body = self.ask(service, "GET", path)
        self.assertEqual(status, got, body)
        return json.loads(body)

    def command(self, service, *words):
        return subprocess.run([str(BUILD / "bulkhead"), *words, "--spool", str(service.spool)],
                              capture_output=True, text=True, check=False)

    def order(self, service, *words, code=0):
        """What a command answers as JSON."""
        done = self.command(service, *words, "--json")
        self.assertEqual((code, 1), (done.returncode, done.stdout.count("\n")), done)
        answer = check(json.loads(done.stdout), "command")
        self.assertEqual(words[0], answer["command"])
        return answer

    def letter(self, service, name, data):
        service.drop(name, data)
        path, report = service.wait_letter(name)
        return os.path.basename(path)[:16].decode(), report

    def in_hand(self, service, name):
        return wait_for(lambda: next((m for m in self.get(service, "/v1/queue")["messages"]
                                      if m["file"] == name), None), f"{name} in hand")

    # ---- the description ----

    def test_every_route_is_described_and_nothing_else(self):
        source = (SOURCE / "supervisor/gateway/gateway_routes.c").read_text()
        rows = re.findall(r'\{ "(\w+)", "(/[^"]*)"|(LOOK|COMMAND|CLERK|UPLOAD)\((?:"(GET|PUT|POST|DELETE)", )?"(/[^"]*)"', source)
        served = set()
        for method, path, macro, other, place in rows:
            served.add((method or other or {"LOOK": "GET", "UPLOAD": "POST"}[macro], path or place))
        described = {(m.upper(), re.sub(r"\{[^}]+\}", "*", p)) for p, item in OPENAPI["paths"].items()
                     for m in item if m in ("get", "put", "post", "delete")}
        self.assertEqual(described, served)

    def test_the_description_is_one(self):
        self.assertTrue(OPENAPI["openapi"].startswith("3.1"))
        for schema in OPENAPI["components"]["schemas"].values():
            jsonschema.Draft202012Validator.check_schema(schema)
        names = re.findall(r"#/components/schemas/(\w+)", json.dumps(OPENAPI))
        self.assertEqual(set(names), set(OPENAPI["components"]["schemas"]))

    def test_what_can_be_looked_at(self):
        service = self.service({"retry": {"crash": 0}})
        service.drop("good.eml", samples.mail())
        service.wait_result("good.eml")
        self.letter(service, "bad.eml", samples.marked("null"))
        for path in ("/", "/healthz", "/readyz", "/metrics", "/v1/status", "/v1/history", "/v1/workers",
                     "/v1/queue", "/v1/dead", "/v1/dead-groups"):
            self.assertEqual(200, self.ask(service, "GET", path)[0], path)
        for path in ("/v1/jobs/0123456789abcdef", "/v1/queue/0123456789abcdef",
                     "/v1/queue/0123456789abcdef/message", "/v1/dead/0123456789abcdef",
                     "/v1/dead/0123456789abcdef/message"):
            self.assertEqual(404, self.ask(service, "GET", path)[0], path)
        groups = self.get(service, "/v1/status")["groups"]
        self.assertEqual([("crashed", 1)], [(g["verdict"], g["count"]) for g in groups])

    def test_history_moves(self):
        service = self.service()
        service.drop("good.eml", samples.mail())
        hour = wait_for(lambda: (lambda h: h if h["rows"]["queue_messages"] else None)(
            self.get(service, "/v1/history")["hour"]), "a first point")
        self.assertEqual(10, hour["step_s"])
        self.assertGreater(sum(hour["rows"]["decided_per_second"]), 0)

    # ---- conversions ----

    def test_detect(self):
        service = self.service()
        status, _, body = self.ask(service, "POST", "/v1/detect", samples.tnef(subject="Found out"))
        about = json.loads(body)
        self.assertEqual((200, True, "tnef", "Found out"),
                         (status, about["convertible"], about["format"], about["subject"]))
        status, _, body = self.ask(service, "POST", "/v1/detect", b"no message at all")
        self.assertEqual((200, False), (status, json.loads(body)["convertible"]))

    def test_a_problem_says_where_and_of_what(self):
        service = self.service({"retry": {"crash": 0}})
        data = b"no message at all"
        status, _, body = self.ask(service, "POST", "/v1/convert", data)
        problem = json.loads(body)
        self.assertEqual(422, status)
        self.assertRegex(problem["sha256"], "^[0-9a-f]{64}$")
        sums = subprocess.run(["sha256sum"], input=data, capture_output=True, check=True).stdout
        self.assertEqual(sums.split()[0].decode(), problem["sha256"])
        self.assertIn("offset", problem)
        problem = json.loads(self.ask(service, "POST", "/v1/convert", samples.marked("null"))[2])
        self.assertRegex(problem["signature"], "^[0-9a-f]+$")

    def test_a_client_s_own_limits(self):
        service = self.service({"retry": {"timeout": 0, "memory": 0}})

        def ends(query, data, status):
            got, _, body = self.ask(service, "POST", f"/v1/convert?{query}", data)
            self.assertEqual(status, got, body)
            return json.loads(body) if status == 422 else body
        problem = ends("time=300ms", samples.marked("slow", "600000"), 422)
        self.assertEqual(("timed-out-total", 300), (problem["verdict"], problem["report"]["limits"]["time_ms"]))
        problem = ends("output=100", samples.tnef(body="long " * 1000), 422)
        self.assertEqual(("output-limit", 100), (problem["verdict"], problem["report"]["limits"]["output"]))
        if not harness.SANITIZE:  # which has no limit of memory
            problem = ends("memory=32MiB", samples.marked("memory", "67108864"), 422)
            self.assertEqual(("out-of-memory", 32 << 20),
                             (problem["verdict"], problem["report"]["limits"]["memory"]))
        for query in ("", "time=900h", "output=900GiB&memory=900GiB"):
            ends(query, samples.mail(), 200)

    def test_what_is_known_instead_of_the_result(self):
        service = self.service({"reports": "none"})
        stream = samples.tnef(subject="Known", attachments=[("a.txt", b"attached")])
        about = json.loads(self.ask(service, "POST", "/v1/convert?answer=json", stream)[2])
        self.assertEqual(("over", "done", "Known"), (about["state"], about["verdict"], about["subject"]))
        self.assertEqual(about["notes"]["lost"], about["report"]["lost"])
        status, headers, body = self.ask(service, "GET", about["result"])
        self.assertEqual((200, "message/rfc822"), (status, headers["Content-Type"]))
        self.assertIn(b"Subject: Known", body)
        headers = self.ask(service, "POST", "/v1/convert", stream, {"Prefer": "respond-async"})[1]
        job = wait_for(lambda: (lambda j: j["state"] == "over" and j)(self.get(service, headers["Location"])),
                       "the job's end")
        self.assertEqual(about["report"]["verdict"], job["report"]["verdict"])

    def test_a_dead_letter_is_kept_for_who_asks(self):
        service = self.service({"retry": {"crash": 0}})
        bad = b"no message at all\n"
        place = "/v1/convert?keep=dead&name=Quarterly%20report.msg"
        problem = json.loads(self.ask(service, "POST", place, bad)[2])
        self.assertEqual(f"/v1/dead/{problem['id']}", problem["letter"])
        letter = self.get(service, problem["letter"])
        self.assertEqual(("refused", "Quarterly report.msg"), (letter["verdict"], letter["file"]))
        self.assertEqual(problem["report"], letter["report"])
        self.assertEqual(bad, self.ask(service, "GET", problem["letter"] + "/message")[2])
        self.ask(service, "POST", place, samples.marked("null"))
        self.assertEqual(2, len(service.letters()))
        self.assertNotIn("letter", json.loads(self.ask(service, "POST", "/v1/convert", bad)[2]))
        self.assertEqual(200, self.ask(service, "POST", place, samples.mail())[0])
        self.assertEqual(2, len(service.letters()))
        self.assertEqual({"refused": 1, "crashed": 1},
                         {g["verdict"]: g["count"] for g in self.get(service, "/v1/status")["groups"]})
        self.assertEqual(200, self.ask(service, "POST", problem["letter"] + "/retry")[0])
        service.wait_letter("Quarterly report.msg")

    def test_what_is_not_understood_is_told(self):
        service = self.service()
        for query in ("to=nonsense", "to=", "time=fast", "time=0", "memory=-1", "output=1QiB", "keep=alive",
                      "answer=xml", "tp=mime", "to=mime&to=nonsense", "name=" + "n" * 256, "%ff=%fe", "&&=&"):
            expect = 200 if query in ("to=",) else 400
            status, _, body = self.ask(service, "POST", f"/v1/convert?{query}", samples.mail())
            self.assertEqual(expect, status, (query, body))
        edge = "edge"
        for name, value in (("keep", "dead"), ("to", "x"), ("nothing", "y"), ("name", "n" * 300)):
            form = (f"--{edge}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    f"--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"w.dat\"\r\n\r\n"
                    ).encode() + samples.mail() + f"\r\n--{edge}--\r\n".encode()
            status = self.ask(service, "POST", "/v1/convert", form,
                              {"Content-Type": f"multipart/form-data; boundary={edge}"})[0]
            self.assertEqual(400, status, name)

    def test_who_prefers_it_gets_a_job(self):
        service = self.service()
        status, headers, _ = self.ask(service, "POST", "/v1/convert", samples.mail(),
                                      {"Prefer": "respond-async"})
        self.assertEqual(202, status)
        place = headers["Location"]
        wait_for(lambda: self.get(service, place)["state"] == "over", "its end")
        self.assertEqual(samples.mail(), self.ask(service, "GET", place + "/result")[2])
        self.assertEqual(200, self.ask(service, "DELETE", place)[0])

    def test_no_service_is_503_and_says_when_to_come_again(self):
        service = self.service({"limits": {"time": "1s", "silence": "1s"}, "workers": 1, "spares": 0,
                                "retry": {"timeout": 0}})
        busy = Unix(service.spool / "http.sock")
        self.addCleanup(busy.close)
        service.drop("hang.eml", samples.marked("slow", "600000"))
        self.in_hand(service, "hang.eml")
        os.kill(service.pid, 19)  # STOP: the door does not answer
        self.addCleanup(lambda: service.running() and os.kill(service.pid, 18))
        status, headers, _ = self.ask(service, "GET", "/readyz")
        self.assertEqual(503, status)
        self.assertGreaterEqual(int(headers["Retry-After"]), 1)
        self.assertEqual(503, self.ask(service, "GET", "/healthz")[0])
        os.kill(service.pid, 18)
        wait_for(lambda: self.ask(service, "GET", "/healthz")[0] == 200, "the loop to turn")

    def test_a_gigabyte_costs_no_memory(self):
        size = 64 << 20 if harness.SANITIZE else 1 << 30
        service = self.service({"limits": {"input": 0, "time": "10m", "silence": "5m", "cpu": "10m"},
                                "http": {"body": "2GiB", "wait": "20m"}})
        head = samples.mail(body="")
        line = b"All work and no play makes a dull mail.\r\n" * 1600
        peak = {}

        def look():
            for pid in [service.pid, *service.family()]:
                words = Process.arguments(pid)
                if not words or "worker" in words[0]:
                    continue
                try:
                    role = "gateway" if words[0] == "bulkhead-gateway" else words[1]
                    peak[role] = max(peak.get(role, 0), Process.status(pid, "VmHWM"))
                except (OSError, KeyError, IndexError):
                    pass

        wait_for((service.spool / "http.sock").exists, "http.sock")
        c = Unix(service.spool / "http.sock")
        self.addCleanup(c.close)
        c.putrequest("POST", "/v1/convert")
        c.putheader("Content-Length", str(size))
        c.endheaders()
        c.send(head)
        left = size - len(head)
        while left > 0:
            c.send(line[:left])
            left -= len(line[:left])
            if left % (16 << 20) < len(line):
                look()
        answer = c.getresponse()
        self.assertEqual(200, answer.status)
        got = 0
        while chunk := answer.read(1 << 20):
            got += len(chunk)
        look()
        self.assertEqual(size, got)
        self.assertTrue({"serve", "gateway", "janitor"} <= set(peak), peak)
        print(f"peak of each process, KiB: {peak}")
        if not harness.SANITIZE:
            self.assertLess(max(peak.values()), 64 << 10, peak)

    # ---- dead letters ----

    def test_pages_and_filters(self):
        service = self.service()
        numbers = [self.letter(service, f"bad-{i}.txt", b"no message\n")[0] for i in range(5)]
        page = self.get(service, "/v1/dead?limit=2")
        self.assertEqual(numbers[:2:-1], [x["id"] for x in page["letters"]])
        page = self.get(service, f"/v1/dead?limit=2&before={page['last']}")
        self.assertEqual(numbers[2:0:-1], [x["id"] for x in page["letters"]])
        self.assertEqual([], self.get(service, "/v1/dead?verdict=crashed")["letters"])
        self.assertEqual(5, len(self.get(service, "/v1/dead?verdict=refused")["letters"]))
        self.assertEqual(400, self.ask(service, "GET", "/v1/dead?limit=many")[0])

    def test_each_verb_of_a_dead_letter(self):
        service = self.service()
        number, _ = self.letter(service, "bad.txt", b"no message\n")
        place = f"/v1/dead/{number}"
        self.assertEqual(b"no message\n", self.ask(service, "GET", place + "/message")[2])
        self.assertEqual("refused", self.get(service, place)["report"]["verdict"])
        self.assertEqual(200, self.ask(service, "POST", place + "/hold")[0])
        self.assertTrue(self.get(service, place)["held"])
        self.assertEqual(200, self.ask(service, "POST", place + "/release")[0])
        wait_for(lambda: self.ask(service, "GET", place)[0] == 404, "it to go")
        path, _ = service.wait_letter("bad.txt")
        number = os.path.basename(path)[:16].decode()
        self.assertEqual(409, self.ask(service, "POST", f"/v1/dead/{number}/return")[0])  # no sender
        self.assertEqual(404, self.ask(service, "POST", f"/v1/dead/{number}/burn")[0])
        self.assertEqual(200, self.ask(service, "DELETE", f"/v1/dead/{number}")[0])
        self.assertEqual([], service.letters())

    def test_a_whole_group(self):
        service = self.service({"retry": {"crash": 0}})
        for i in range(3):
            self.letter(service, f"bad-{i}.eml", samples.marked("null"))
        group = self.get(service, "/v1/dead-groups")["groups"][0]
        self.assertEqual(("crashed", 3), (group["verdict"], group["count"]))
        status, _, body = self.ask(service, "POST", f"/v1/dead-groups/{group['group']}/remove")
        self.assertEqual((200, 3), (status, len(json.loads(body)["letters"])))
        self.assertEqual([], service.letters())

    def test_a_large_letter_is_passed_on_as_it_is_read(self):
        service = self.service({"retry": {"crash": 0}})
        data = samples.marked("null", body="Long. " * (4 << 20))
        number, _ = self.letter(service, "large.eml", data)
        self.assertEqual(data, self.ask(service, "GET", f"/v1/dead/{number}/message")[2])

    # ---- messages in hand ----

    def test_each_verb_of_a_message_in_hand(self):
        service = self.service({"workers": 1, "spares": 0})
        service.drop("first.eml", samples.marked("slow", "600000", subject="First"))
        first = self.in_hand(service, "first.eml")
        wait_for(lambda: self.get(service, f"/v1/queue/{first['id']}")["state"] == "running", "it to run")
        self.assertEqual(samples.marked("slow", "600000", subject="First"),
                         self.ask(service, "GET", f"/v1/queue/{first['id']}/message")[2])
        status, _, body = self.ask(service, "POST", f"/v1/queue/{first['id']}/hold")
        self.assertEqual(200, status, body)
        letter = self.get(service, f"/v1/dead/{first['id']}")
        self.assertEqual((True, "withdrawn"), (letter["held"], letter["verdict"]))
        self.assertEqual(1, len(service.events(harness.WORKER_KILL, reason="withdrawn")))
        self.assertEqual([], service.events(harness.WORKER_VIOLATION))
        self.assertEqual(404, self.ask(service, "POST", f"/v1/queue/{first['id']}/hold")[0])
        self.assertEqual(200, self.ask(service, "POST", f"/v1/queue/{first['id']}/release")[0])
        again = self.in_hand(service, "first.eml")
        self.assertEqual(200, self.ask(service, "POST", f"/v1/queue/{again['id']}/remove")[0])
        self.assertEqual([], service.letters())
        service.wait_idle()
        service.drop("back.eml", samples.marked("slow", "600000", subject="Back"))
        back = self.in_hand(service, "back.eml")
        wait_for(lambda: self.get(service, f"/v1/queue/{back['id']}")["sender"], "its sender")
        self.assertEqual(200, self.ask(service, "POST", f"/v1/queue/{back['id']}/return")[0])
        wait_for(lambda: any(b"report" in pathlib.Path(os.fsdecode(p)).read_bytes() for p in service.results()),
                 "the non-delivery report")

    def test_the_same_by_the_command_line(self):
        service = self.service({"workers": 1, "spares": 0})
        service.drop("slow.eml", samples.marked("slow", "600000", subject="By hand"))
        number = self.in_hand(service, "slow.eml")["id"]
        told = self.command(service, "queue").stdout
        self.assertRegex(told, rf"(?s)^age +< 1 s .* older\nmessages( +\d+){{6}} .*{number} .* By hand\n")
        self.assertIn(number, self.command(service, "queue", "list").stdout)
        shown = json.loads(self.command(service, "queue", "show", number, "--json").stdout)
        self.assertEqual([number], [m["id"] for m in shown["messages"]])
        self.assertEqual(samples.marked("slow", "600000", subject="By hand").decode().replace("\r\n", "\n"),
                         self.command(service, "queue", "cat", number).stdout.replace("\r\n", "\n"))
        said = [self.order(service, *words) for words in (
            ("pause",), ("resume",), ("scale", "2"), ("scale", "1"), ("reload",))]
        self.assertEqual({True}, {x["done"] for x in said}, said)
        refused = self.order(service, "kill", "99999", code=1)
        self.assertEqual(("kill", False), (refused["command"], refused["done"]))
        done = self.command(service, "queue", "hold", number)
        self.assertEqual((0, True), (done.returncode, number in done.stdout), done)
        self.assertEqual(1, self.command(service, "queue", "hold", number).returncode)
        self.assertEqual(0, self.command(service, "queue", "release", number).returncode)
        number = self.in_hand(service, "slow.eml")["id"]
        self.assertEqual(0, self.command(service, "queue", "remove", number).returncode)
        self.assertEqual(2, self.command(service, "queue", "burn", number).returncode)
        self.assertEqual(2, self.command(service, "queue", "hold").returncode)
        service.wait_idle()
        self.assertTrue(self.order(service, "drain")["done"])
        self.assertEqual(0, service.wait_exit())

    def test_top_as_lines_of_json(self):
        service = self.service()
        with subprocess.Popen([str(BUILD / "bulkhead"), "top", "--json", "--spool", str(service.spool)],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as top:
            lines = [json.loads(top.stdout.readline()) for _ in range(2)]
            top.kill()
        for line in lines:
            for name in ("Status", "Workers", "Queue"):
                schema = dict(OPENAPI["components"]["schemas"][name], components=OPENAPI["components"])
                jsonschema.Draft202012Validator(schema).validate(line[name.lower()])
        for worker in lines[0]["workers"]["workers"]:
            if worker["state"] == "idle":
                self.assertRegex(worker["build"], "^[0-9a-f]{40}$")

    def test_ages_are_told_from_the_arrival_on(self):
        """Of what lay in incoming before the service came, and of all that is in hand."""
        service = self.service({"workers": 2, "spares": 0}, start=False)
        for n in range(3):
            service.drop(f"slow{n}.eml", samples.marked("slow", "600000"))
        came = max(p.stat().st_ctime for p in (service.spool / "incoming").glob("slow*"))
        service.start()
        wait_for(lambda: self.get(service, "/v1/queue")["messages"], "messages in hand")
        before = time.time()
        queue = self.get(service, "/v1/queue")
        after = time.time()
        ages = [m["age_ms"] for m in queue["messages"]]
        self.assertEqual(sorted(ages, reverse=True), ages)
        self.assertEqual((ages[0], len(ages), queue["all"]), (queue["oldest_ms"], queue["all"], sum(queue["ages"].values())))
        for age in ages:
            self.assertGreaterEqual(age, (before - came) * 1000 - 20)
        self.assertLess(ages[-1], (after - came) * 1000 + 1000)

    def test_a_message_s_share_of_a_processor(self):
        service = self.service({"workers": 2, "spares": 0})
        service.drop("hangs.eml", samples.marked("hang"))
        service.drop("spins.eml", samples.marked("spin"))

        def shares():
            workers = self.get(service, "/v1/workers")["workers"]
            return {w["file"]: w["cpu_share"] for w in workers if w.get("file")}
        wait_for(lambda: shares().get("hangs.eml", 1) < 0.05 < 0.1 < shares().get("spins.eml", 0),
                 "the one that hangs to differ from the one that spins")
        shown = self.command(service, "workers").stdout
        share = {n: int(re.search(rf"(\d+)% .*{n}", shown).group(1)) for n in ("hangs", "spins")}
        self.assertLess(share["hangs"], share["spins"], shown)
        self.assertNotIn("cpu_share", next((w for w in self.get(service, "/v1/workers")["workers"]
                                            if not w["message"]), {}))

    def test_each_volume_written_to_is_told(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
            service = self.service({"folders": {"dead": other}})
            told = re.findall(r"(?m)^bulkhead_disk_free_bytes\{folder=\"(.*)\"\} (\d+)$",
                              self.ask(service, "GET", "/metrics")[2].decode())
            there = ["spool"] + ["dead"] * (os.stat(other).st_dev != os.stat(service.spool).st_dev)
            self.assertEqual(there, [name for name, _ in told])
            for name, free in told:
                v = os.statvfs(other if name == "dead" else service.spool)
                self.assertLess(abs(v.f_bavail * v.f_frsize - int(free)), v.f_blocks * v.f_frsize // 10)
        self.assertEqual([], service.letters())

    def test_a_waiting_message_is_withdrawn_too(self):
        service = self.service({"workers": 1, "spares": 1, "on_failure": "passthrough"})
        for name in ("one.eml", "two.eml"):
            service.drop(name, samples.marked("slow", "600000"))
        self.in_hand(service, "one.eml")
        waiting = wait_for(lambda: next((m for m in self.get(service, "/v1/queue")["messages"]
                                         if m["state"] == "waiting"), None), "one that waits")
        self.assertEqual(200, self.ask(service, "POST", f"/v1/queue/{waiting['id']}/hold")[0])
        self.assertEqual(1, len(service.letters()))
        self.assertEqual([], service.results())  # what was taken out does not go on as it was

    # ---- what tools are told ----

    @unittest.skipUnless(shutil.which("promtool"), "no promtool")
    def test_promtool_finds_nothing(self):
        service = self.service({"retry": {"crash": 0}})
        self.letter(service, "bad.eml", samples.marked("null"))
        _, headers, text = self.ask(service, "GET", "/metrics", headers={"Accept": "text/plain"})
        self.assertIn("version=0.0.4", headers["Content-Type"])
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        self.assertEqual((0, b"", b""), (done.returncode, done.stdout, done.stderr))
        lines = text.decode().splitlines()
        for wanted in ("bulkhead_intake_paused{reason=\"command\"} 0", "bulkhead_mta_received_messages_total 1",
                       "bulkhead_mta_failed_converted_messages_total 1"):
            self.assertIn(wanted, lines)
        for wanted in ("bulkhead_worker_busy_seconds_total{", "bulkhead_dead_letters_total{signature=",
                       "bulkhead_sandbox_complete{layers=", "bulkhead_spare_workers{state=\"ready\"}",
                       "bulkhead_loop_turn_seconds_bucket{", "bulkhead_worker_replaced_seconds_count",
                       "bulkhead_log_lines_lost_total", "bulkhead_disk_free_bytes{"):
            self.assertTrue([x for x in lines if x.startswith(wanted)], wanted)

    def test_each_metric_has_its_row_in_the_manual(self):
        service = self.service()
        text = self.ask(service, "GET", "/metrics")[2].decode()
        suffix = {"counter": "_total", "info": "_info"}
        there = {name + suffix.get(kind, "") for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)}
        manual = (SOURCE / "deploy/bulkhead-api.7").read_text()
        told = re.findall(r"^\.It Li (bulkhead_\w+)", manual, re.MULTILINE)
        self.assertEqual(sorted(there), sorted(told))
        # RFC 1566, 3
        for row in ("ReceivedMessages", "StoredMessages", "TransmittedMessages", "ReceivedVolume", "StoredVolume",
                    "TransmittedVolume", "ReceivedRecipients", "StoredRecipients", "TransmittedRecipients",
                    "SuccessfulConvertedMessages", "FailedConvertedMessages", "LoopsDetected"):
            self.assertIn("mta" + row, manual)

    @unittest.skipUnless(shutil.which("promtool"), "no promtool")
    def test_alert_rules(self):
        done = subprocess.run(["promtool", "test", "rules", str(SOURCE / "deploy/prometheus-tests.yaml")],
                              capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def test_rules_and_dashboard_name_metrics_that_are(self):
        service = self.service({"retry": {"crash": 0}})
        self.letter(service, "bad.eml", samples.marked("null"))
        text = self.ask(service, "GET", "/metrics")[2].decode()
        there = set(re.findall(r"^(bulkhead_[a-z_]+)", text, re.MULTILINE))
        there |= set(re.findall(r"^# TYPE (bulkhead_[a-z_]+) gauge", text, re.MULTILINE))
        there |= {f"{n}_total" for n in re.findall(r"^# TYPE (bulkhead_[a-z_]+) counter", text, re.MULTILINE)}
        there |= {f"{n}_bucket" for n in re.findall(r"^# TYPE (bulkhead_[a-z_]+) histogram", text, re.MULTILINE)}
        board = json.loads((SOURCE / "deploy/grafana.json").read_text())
        rules = "\n".join(line for line in (SOURCE / "deploy/prometheus-rules.yaml").read_text().splitlines()
                          if "expr:" in line)
        asked = json.dumps([p["targets"] for p in board["panels"]]) + rules
        asked += (SOURCE / "deploy/kubernetes/converters.yaml").read_text()
        named = set(re.findall(r"bulkhead_[a-z_]+[a-z]", asked)) - {"bulkhead_ready_instance"}
        self.assertEqual(set(), named - there)

    def test_the_service_manager_is_told(self):
        service = self.service(start=False)
        place = service.root / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(str(place))
            told.settimeout(harness.PATIENCE)
            service.start(environment={"NOTIFY_SOCKET": str(place)})
            seen = []

            def until(wanted):
                while wanted not in seen:
                    seen.append(told.recv(4096).decode())
            until("READY=1")
            until("WATCHDOG=1")
            until("STATUS=Messages are taken")
            self.command(service, "pause")
            until("STATUS=No messages are taken: intake is paused by command")
            self.assertNotIn("STOPPING=1", seen)
            service.stop()
            until("STOPPING=1")
        for worker in service.workers():
            self.assertNotIn(b"NOTIFY_SOCKET", pathlib.Path(f"/proc/{worker}/environ").read_bytes())

    def test_ready_is_false_at_the_first_term(self):
        service = self.service({"limits": {"stop": "60s"}})
        service.drop("slow.eml", samples.marked("slow", "4000"))
        self.in_hand(service, "slow.eml")
        self.assertEqual(200, self.ask(service, "GET", "/readyz")[0])
        service.signal(15)
        service.wait_event(harness.DRAIN)
        status, _, body = self.ask(service, "GET", "/readyz")
        self.assertEqual((503, ["the service stops"]), (status, json.loads(body)["reasons"]))
        self.assertEqual(200, self.ask(service, "GET", "/healthz")[0])
        service.wait_result("slow.eml")
        self.assertEqual(0, service.wait_exit())

    def test_a_slow_header_and_a_dripping_body_are_cut(self):
        service = self.service()
        wait_for((service.spool / "http.sock").exists, "http.sock")
        for first in (b"GET / HT", b"POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(str(service.spool / "http.sock"))
                s.settimeout(1)
                s.sendall(first)
                began = time.monotonic()
                over = False
                while not over and time.monotonic() - began < harness.PATIENCE:
                    try:
                        s.sendall(b"a")
                        over = s.recv(1) == b""
                    except TimeoutError:
                        pass
                    except OSError:
                        over = True
                self.assertTrue(over)

    def test_a_page_of_another_site_can_do_nothing(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        service = self.service({"http": {"listen": f"127.0.0.1:{port}"}})
        for headers, status in (({"Origin": "http://evil.example"}, 403), ({"Host": "evil.example"}, 421),
                                ({"Content-Type": "text/plain", "Authorization": "Bearer x"}, 415), ({}, 403)):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.PATIENCE)
            c.request("POST", "/v1/pause", headers=headers)
            answer = c.getresponse()
            self.assertEqual(status, answer.status, headers)
            check_answer("POST", "/v1/pause", answer.status, answer.headers, answer.read())
            c.close()
        self.assertEqual([], service.events(harness.PAUSED))


if __name__ == "__main__":
    harness.main()
