# SPDX-License-Identifier: ISC
"""The files of deploy/ that others read: Kubernetes' objects, the unit for systemd, the README's
commands over HTTP."""

import json
import mailbox
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import yaml

import harness
import samples
from harness import BUILD, SOURCE, TestCase, wait_for

MODELS = ["kubernetes-models@5.1.0", "@kubernetes-models/keda@2.0.0"]
# Each object through the schema of its kind, which the packages were made of.
VALIDATE = """
import fs from "node:fs";
for (const o of JSON.parse(fs.readFileSync(0))) {
  const from = o.apiVersion.startsWith("keda") ? "@kubernetes-models/keda/" : "kubernetes-models/";
  const kinds = await import(from + o.apiVersion);
  new kinds[o.kind](o).validate();
}
console.log("valid");
"""


def objects(name):
    return [o for o in yaml.safe_load_all((SOURCE / "deploy/kubernetes" / name).read_text()) if o]


def size(text):
    number, unit = re.fullmatch(r"(\d+)\s*(\w*)", str(text)).groups()
    return int(number) * {"": 1, "Mi": 1 << 20, "Gi": 1 << 30, "MiB": 1 << 20, "GiB": 1 << 30}[unit]


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


class Kubernetes(TestCase):
    FILES = ("bulkhead.yaml", "converters.yaml")

    def deployments(self):
        return [o for f in self.FILES for o in objects(f) if o["kind"] == "Deployment"]

    def config(self):
        return yaml.safe_load(next(o for o in objects("bulkhead.yaml")
                                   if o["kind"] == "ConfigMap")["data"]["bulkhead.yaml"])

    def test_every_object_is_what_its_kind_asks_for(self):
        if not shutil.which("npm"):
            self.skipTest("npm is needed for the schemas of Kubernetes")
        folder = BUILD / "tests" / "kubernetes-models"
        if not (folder / "node_modules/kubernetes-models").exists():
            folder.mkdir(parents=True, exist_ok=True)
            done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder,
                                   *MODELS], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                self.skipTest("npm cannot fetch the schemas of Kubernetes")
        all_of = [o for f in self.FILES for o in objects(f)]

        def judge(what):
            return subprocess.run(["node", "--input-type=module", "-e", VALIDATE], cwd=folder, input=json.dumps(what),
                                  capture_output=True, text=True, check=False)
        done = judge(all_of)
        self.assertEqual("valid\n", done.stdout, done.stderr)
        wrong = json.loads(json.dumps(all_of[2]))
        wrong["spec"]["replicas"] = "one"
        self.assertNotEqual(0, judge([wrong]).returncode)

    def test_names_that_belong_together(self):
        for f in self.FILES:
            labels = [o["spec"]["template"]["metadata"]["labels"] for o in objects(f) if o["kind"] == "Deployment"]
            for o in objects(f):
                if o["kind"] == "Service":
                    self.assertIn(o["spec"]["selector"], labels)
                if o["kind"] == "PodDisruptionBudget":
                    self.assertIn(o["spec"]["selector"]["matchLabels"], labels)
        scaled = next(o for o in objects("converters.yaml") if o["kind"] == "ScaledObject")
        self.assertIn(scaled["spec"]["scaleTargetRef"]["name"], [d["metadata"]["name"] for d in self.deployments()])

    def test_the_configuration_is_one(self):
        with tempfile.TemporaryDirectory() as folder:
            config = self.config()
            token = pathlib.Path(folder, "token")
            token.write_text("0123456789abcdef0123\n")
            config["http"]["token_file"] = str(token)
            config["spool"] = str(pathlib.Path(folder, "spool"))
            path = pathlib.Path(folder, "bulkhead.yaml")
            path.write_text(yaml.safe_dump(config))
            done = subprocess.run([str(BUILD / "bulkhead"), "check", "-c", str(path)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(0, done.returncode, done.stderr)

    def test_what_its_comments_promise(self):
        config = self.config()
        described = json.loads((SOURCE / "deploy/openapi.json").read_text())["paths"]
        for d in self.deployments():
            pod = d["spec"]["template"]["spec"]
            container = pod["containers"][0]
            self.assertGreater(pod["terminationGracePeriodSeconds"], seconds(config["limits"]["stop"]))
            needs = (config["workers"] + 1) * size(config["limits"]["memory"]) + (512 << 20)
            self.assertGreaterEqual(size(container["resources"]["limits"]["memory"]), needs)
            self.assertTrue(pod["securityContext"]["runAsNonRoot"])
            self.assertTrue(container["securityContext"]["readOnlyRootFilesystem"])
            self.assertFalse(container["securityContext"]["allowPrivilegeEscalation"])
            self.assertEqual(["ALL"], container["securityContext"]["capabilities"]["drop"])
            port = container["ports"][0]
            self.assertTrue(config["http"]["listen"].endswith(f":{port['containerPort']}"))
            probes = {k: v["httpGet"] for k, v in container.items() if k.endswith("Probe")}
            self.assertLessEqual({"livenessProbe", "readinessProbe"}, set(probes))
            for probe in probes.values():
                self.assertIn(probe["path"], described)
                self.assertEqual(port["name"], probe["port"])
            mounts = {m["name"] for m in container["volumeMounts"]}
            self.assertEqual(mounts, {v["name"] for v in pod["volumes"]})
            self.assertIn("/spool", [m["mountPath"] for m in container["volumeMounts"]])


class Graces(TestCase):
    def test_each_grace_is_longer_than_the_stop(self):
        """Who stops a service waits for so long, then kills: for longer than limits.stop. Where
        nobody says how long it is the 10 s of docker stop and podman stop."""
        done = subprocess.run([BUILD / "bulkhead", "check", "--print"], check=True,
                              capture_output=True, text=True)
        stop = seconds(yaml.safe_load(done.stdout)["limits"]["stop"])
        compose = yaml.safe_load((SOURCE / "deploy/compose.yaml").read_text())
        unit = (SOURCE / "deploy/bulkhead.service").read_text()
        graces = {"podman stop": 10,
                  "compose.yaml": seconds(compose["services"]["bulkhead"]["stop_grace_period"]),
                  "bulkhead.service": int(re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)[1])}
        self.assertEqual([], [k for k, v in graces.items() if v <= stop])


class Readme(TestCase):
    """Commands of the README's sections, as they are written."""

    @staticmethod
    def commands(title):
        text = (SOURCE / "README.md").read_text()
        section = text[text.index(f"### {title}\n"):]
        section = section[:section.index("\n### ", 5)]
        return [line for block in re.findall(r"```\n(.*?)```", section, re.S)
                for line in block.splitlines() if line and not line.startswith("#")]

    def ground(self, config=None):
        """A folder with a service's spool in it, in which the commands are typed."""
        service = self.service(config or {}, chaos=False)
        programs = service.root / "bin"
        programs.mkdir()
        (programs / "bulkhead").symlink_to(BUILD / "bulkhead")
        (service.root / "winmail.dat").write_bytes(samples.tnef(subject="As written"))
        return service, dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}")

    def type(self, service, environment, line):
        done = subprocess.run(["sh", "-c", line], cwd=service.root, env=environment, capture_output=True,
                              text=True, check=False, timeout=harness.PATIENCE)
        self.assertEqual(0, done.returncode, (line, done.stderr))
        return done.stdout

    @unittest.skipUnless(shutil.which("curl"), "no curl")
    def test_http(self):
        service, environment = self.ground()
        wait_for((service.spool / "http.sock").exists, "http.sock")
        lines = self.commands("HTTP")
        self.assertGreaterEqual(len(lines), 2)
        for line in lines:
            self.type(service, environment, line)
        self.assertIn("Subject: As written", (service.root / "mail.eml").read_text())

    def test_folders_of_files(self):
        service, environment = self.ground()
        (service.root / "archive/sub").mkdir(parents=True)
        (service.root / "archive/sub/a.dat").write_bytes(samples.tnef(subject="Archived"))
        for line in self.commands("Folders of files"):
            self.type(service, environment, line)
        found = list((service.root / "converted/sub").glob("*"))
        self.assertTrue(any("Archived" in p.read_text() for p in found), found)

    def test_a_drop_folder(self):
        lines = self.commands("A drop folder")
        self.assertEqual(["bulkhead serve --spool spool"], lines)
        with tempfile.TemporaryDirectory() as folder:
            service = harness.Service(root=folder, use_config=False, chaos=False,
                                      command=[str(BUILD / "bulkhead"), *shlex.split(lines[0])[1:],
                                               "--set", "intake.min_free=1MiB"])
            self.addCleanup(service.close)
            service.start()
            service.drop("winmail.dat", samples.tnef(subject="Dropped"))
            result = service.wait_result("winmail.dat")
            self.assertIn(b"Subject: Dropped", pathlib.Path(os.fsdecode(result)).read_bytes())
            self.assertEqual(0, service.stop())

    def test_beside_a_mail_system(self):
        make, serve = self.commands("Beside a mail system")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["sh", "-c", make], cwd=folder, check=True)
            service = harness.Service(root=folder, use_config=False, chaos=False,
                                      command=[str(BUILD / "bulkhead"), *shlex.split(serve)[1:],
                                               "--set", "intake.min_free=1MiB"])
            self.addCleanup(service.close)
            service.start()
            arriving, home = (mailbox.Maildir(os.path.join(folder, name)) for name in ("arriving", "Maildir"))
            bad = bytes(range(256)) * 4
            arriving.add(samples.mail_with_tnef(samples.tnef("Arrived")))
            arriving.add(bad)
            wait_for(lambda: len(home) == 2, "both in the other Maildir")
            told = [pathlib.Path(p).read_bytes() for p in pathlib.Path(folder, "Maildir/new").iterdir()]
            self.assertIn(bad, told)
            told.remove(bad)
            self.assertNotIn(b"winmail.dat", told[0])
            self.assertIn(b"Subject: Carried", told[0])
            wait_for(lambda: not os.listdir(os.path.join(folder, "arriving/new")), "nothing left there")
            self.assertEqual(0, service.stop())


if __name__ == "__main__":
    harness.main()
