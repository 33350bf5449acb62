#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How much of real winmail.dat files comes out: attachments, their names and bodies against
what the files' own projects expect, and against tnef and ytnef, converters that are in use
since 1999 and 2002. Prints a score; where the others are right nothing may be missing."""
import csv
import email
import email.policy
import os
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("BULKHEAD_BUILD", "build")
CORPUS = os.environ.get("BULKHEAD_CORPUS", "")
TOOL = os.path.join(BUILD, "tests", "convert-file")


BODIES = re.compile(r"(message|body)\.(txt|html|rtf)$|.*-body\.(rtf|html|txt)\.baseline$")


def streams():
    found = []
    for root, _, names in os.walk(os.path.join(CORPUS, "tnef")):
        found += [os.path.join(root, n) for n in names if n.endswith((".tnef", ".dat"))]
    return sorted(found)


def expected():
    """path -> [(name, bytes)] from the corpus' list, directories taken apart."""
    out = {}
    with open(os.path.join(CORPUS, "manifest.csv"), newline="") as f:
        for row in csv.DictReader(f):
            if row["format"] != "tnef":
                continue
            for entry in filter(None, (row["expected_output"] or "").split(";")):
                full = os.path.join(CORPUS, entry.strip())
                inside = [os.path.join(full, n) for n in sorted(os.listdir(full))] \
                    if os.path.isdir(full) else [full]
                for path in inside:
                    if not path.endswith((".list", ".baseline")) or BODIES.search(path):
                        with open(path, "rb") as g:
                            out.setdefault(os.path.join(CORPUS, row["path"]), []).append(
                                (os.path.basename(path), g.read()))
    return out


def by_tnef(path):
    """What Debian's tnef takes out: [(name, bytes)], or None when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            ["tnef", "-f", path, "-C", folder, "--save-body=body", "--body-pref=ALL",
             "--number-backups", "-K", "--ignore-cruft", "--ignore-encode"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
        if run.returncode != 0:
            return None
        out = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as f:
                out.append((name, f.read()))
        return out


def by_ytnef(path):
    """What ytnef takes out, the body's RTF as "body.rtf"; None when it says that it fails."""
    found = {}
    for body in ((), ("-F",)):
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run(["ytnef", *body, "-f", folder, path], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=600)
            if run.returncode != 0 or b"ERROR" in run.stdout:
                return None
            for name in sorted(os.listdir(os.fsencode(folder))):
                if name.endswith((b".ics", b".vcf")):  # made from properties, no attachments
                    continue
                with open(os.path.join(os.fsencode(folder), name), "rb") as f:
                    found.setdefault(name, ("body.rtf" if body else os.fsdecode(name), f.read()))
    return list(found.values())


OTHERS = {"tnef": by_tnef, "ytnef": by_ytnef}


def words(text):
    return re.findall(r"[A-Za-z]{4,}", text)


def rtf_words(data):
    """Words of the text: groups that hold none are left out. Good enough to see that it is
    there; tests of the RTF decoder are elsewhere."""
    text, depth, skip = [], 0, None
    for token in re.findall(r"\\\*|\\[A-Za-z]+-?\d* ?|\\'..|\\.|[{}]|[^\\{}]+",
                            data.decode("latin-1"), re.S):
        depth += (token == "{") - (token == "}")
        if skip is not None and depth < skip:
            skip = None
        elif skip is None and re.match(
                r"\\(\*|(fonttbl|colortbl|stylesheet|info|fldinst|pict)\b)", token):
            skip = depth
        elif skip is None:
            text.append(" " if token[0] in "\\{}" else token)
    return words("".join(text))


class Ours:
    def __init__(self, mail):
        self.files, self.text, self.html = [], "", b""
        for part in mail.walk():
            if part.is_multipart():
                continue
            data = part.get_payload(decode=True) or b""
            name = part.get_filename()
            if name:
                self.files.append((name, data))
            elif part.get_content_type() == "text/html":
                self.html += data
            self.text += data.decode("utf-8", "replace") + "\n"

    @staticmethod
    def same(one, other):
        """An OLE object's file is its bytes, which the interface identifier precedes; the
        projects keep their text files with LF."""
        return one in (other, other[16:]) or one.replace(b"\r\n", b"\n") == other

    def has_file(self, data):
        return any(self.same(d, data) for _, d in self.files)

    def has_name(self, name, data):
        plain = re.sub(r"[^A-Za-z0-9.]+", "", re.sub(r"\.\d$", "", name))
        return any(re.sub(r"[^A-Za-z0-9.]+", "", n) == plain for n, d in self.files
                   if self.same(d, data))

    def has_body(self, name, data):
        if ".rtf" in name:
            wanted = rtf_words(data)
        else:
            wanted = words(re.sub(r"<[^>]*>", " ", data.decode("latin-1")))
        there = set(words(re.sub(r"=\r?\n", "", self.text)))
        return sum(w in there for w in wanted) >= 0.95 * len(wanted)


@unittest.skipUnless(os.path.isdir(os.path.join(CORPUS, "tnef")), "NOT TESTED: no corpus")
class Score(unittest.TestCase):
    maxDiff = None

    def results(self):
        paths = streams()
        with tempfile.TemporaryDirectory() as folder:
            run = subprocess.run([TOOL, "-o", folder] + paths, stderr=subprocess.PIPE, timeout=600)
            lines = run.stderr.decode().splitlines()
            self.assertEqual(len(lines), len(paths))
            for i, path in enumerate(paths):
                with open(os.path.join(folder, str(i)), "rb") as f:
                    mail = email.message_from_binary_file(f, policy=email.policy.default)
                yield path, lines[i].split("\t")[0], Ours(mail)

    def compare(self, ours, wanted, path, score):
        missing = []
        for name, data in wanted:
            kinds = [("bodies", ours.has_body(name, data))] if BODIES.match(name) else \
                [("attachments", ours.has_file(data)), ("names", ours.has_name(name, data))]
            for kind, found in kinds:
                there, every = score.get(kind, (0, 0))
                score[kind] = (there + found, every + 1)
                if not found:
                    missing.append("%s: %s: %s (%d bytes)" % (path, kind, name, len(data)))
        return missing

    def test_score(self):
        tools = {name: run for name, run in OTHERS.items() if shutil.which(name)}
        table, missing = {"expected by their projects": {}, **{t: {} for t in tools}}, []
        wanted = expected()
        self.assertGreater(len(wanted), 10)
        for path, outcome, ours in self.results():
            missing += self.compare(ours, wanted.get(path, []), path,
                                    table["expected by their projects"])
            for name, run in tools.items():
                theirs = run(path)
                if theirs is None:
                    print("\n  %s fails on %s; here: %s" % (name, os.path.basename(path), outcome),
                          end="")
                    continue
                missing += self.compare(ours, theirs, path, table[name])
        print()
        for title, score in table.items():
            print("  against %s: %s" % (title, ", ".join(
                "%s %d of %d" % (kind, there, every)
                for kind, (there, every) in sorted(score.items()))))
        for name in OTHERS:
            if name not in tools:
                print("  NOT TESTED against %s: it is not installed" % name)
        self.assertEqual([], missing)


if __name__ == "__main__":
    unittest.main()
