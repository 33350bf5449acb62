# SPDX-License-Identifier: ISC
"""What becomes of a file: outcome, notes and mail, by one run of the tool."""

import email
import email.policy
import email.utils
import os
import pathlib
import subprocess
import tempfile

from harness import BUILD

TOOL = BUILD / "tests/convert-file"


class Turned:
    """One file, converted."""

    def __init__(self, data, target="mime", zone=None):
        with tempfile.TemporaryDirectory() as folder:
            path, out = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
            path.write_bytes(data)
            out.mkdir()
            done = subprocess.run([TOOL, "-n", "-t", target, "-o", out, path], check=False,
                                  capture_output=True, text=True, errors="replace",
                                  env={**os.environ, **({"TZ": zone} if zone else {})})
            lines = [x for x in done.stderr.splitlines() if not x.startswith("facts\t")]
            self.data = (out / "0").read_bytes()
        self.outcome = next(x.split("\t")[0] for x in lines
                            if x.startswith(("converted\t", "refused\t", "passed\t")))
        self.notes = [x for x in lines if x.startswith(("kept\t", "changed\t", "lost\t"))]
        self.mail = email.message_from_bytes(self.data, policy=email.policy.default)

    def people(self, name):
        return email.utils.getaddresses([str(self.mail[name] or "")])

    def text(self, kind="plain"):
        part = self.mail.get_body((kind,))
        return part.get_content() if part else None

    def files(self):
        return {p.get_filename(): p.get_payload(decode=True) for p in self.mail.walk()
                if p.get_filename() and not p.is_multipart()}

    def inline(self):
        return [p.get_filename() for p in self.mail.walk()
                if p.get_content_disposition() == "inline"]

    def attached(self):
        return [p.get_filename() for p in self.mail.walk()
                if p.get_content_disposition() == "attachment"]

    def noted(self, *words):
        return any(all(w in note for w in words) for note in self.notes)
