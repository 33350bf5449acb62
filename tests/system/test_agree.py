# SPDX-License-Identifier: ISC
"""A message says the same as a mail, as text and as JSON: each file is written as all three,
and subject, people, bodies, attachments and losses are held against each other. The project's
own samples, and the corpus where there is one."""

import base64
import collections
import email
import email.policy
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import harness
from harness import BUILD, CORPUS, SOURCE

TOOL = os.path.join(BUILD, "tests", "convert-file")
FOLDERS = [SOURCE / "tests/corpus" / f for f in ("tnef", "msg", "mime")] + \
    [CORPUS / f for f in ("tnef", "msg", "eml-tnef", "eml", "bulk-eml")]
AT_ONCE = 200  # files of one run of the tool

# Parts of a mail that the message object does not have as attachments: the writer's own.
OWN = re.compile(r"message\.rtf|winmail-original\.dat|original\.bin|picture-\d+\.\w+|"
                 r"object-\d+\.\w+|.*\.(ics|vcf)", re.IGNORECASE)
# What is lost on the way into a mail alone: its header and the parts have no place for it.
MAIL_ALONE = re.compile(r"no place in MIME|is not a mail's|written as a mail|nothing readable|"
                        r"no word|not a message id|no PidLid|not a date|language tag|"
                        r"header field|hold 8-bit|bytes are too many|names are no names|"
                        r"in the attached original|the item does not say")

DOUBLE = ("gb2312", "gbk", "gb18030", "big5", "euc-kr", "shift_jis", "iso-2022-jp", "euc-jp")


def plain(text):
    """Line ends, blanks beside them, control characters and what has no meaning in a charset
    are each writer's own."""
    text = re.sub("[\0-\x1f\x7f-\x9f\u00a0\ufffd]+", " ", text or "")
    return " ".join(text.split())


def convert(paths, form, folder):
    """The results' bytes, and the notes of each as (kind, part, what, reason)."""
    folder = pathlib.Path(folder) / form
    folder.mkdir()
    run = subprocess.run([TOOL, "-n", "-r", "-t", form, "-o", folder, *paths],
                         stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    said, notes = {}, []
    for line in run.stderr.decode(errors="replace").split("\n"):
        words = line.split("\t")
        if words[0] in ("converted", "refused", "passed") and len(words) > 3:
            notes = []
            said[words[2]] = words[0], notes
        elif words[0] in ("kept", "changed", "lost") and len(words) == 4:
            notes.append(tuple(words))
    return {str(path): (said[str(path)][0], (folder / str(n)).read_bytes(), said[str(path)][1])
            for n, path in enumerate(paths) if str(path) in said}


class Mail:
    """What a mail says, of its own level: what is in message/rfc822 is another message's."""

    def __init__(self, data):
        self.mail = email.message_from_bytes(data, policy=email.policy.compat32)
        self.text = self.html = self.charset = None
        self.files, self.types, self.inline = [], set(), set()
        self.walk(self.mail)

    def header(self, name):
        value = self.mail[name]
        if value is None:
            return ""
        return str(email.header.make_header(email.header.decode_header(str(value))))

    def walk(self, part):
        kind = part.get_content_type()
        self.types.add(kind)
        name = part.get_filename()
        name = name if name is None else str(email.header.make_header(
            email.header.decode_header(email.utils.collapse_rfc2231_value(name))))
        if part.get_content_disposition() == "inline":
            self.inline.add(plain(name))
        if kind == "message/rfc822":
            self.files.append((name, None))
        elif kind == "message/external-body":
            self.files.append((name, b""))
        elif kind == "multipart/appledouble":
            self.files.append((part.get_param("filename", header="content-disposition"), None))
        elif part.is_multipart():
            for below in part.get_payload():
                self.walk(below)
        elif name is None and kind in ("text/plain", "text/html"):
            text = part.get_payload(decode=True).decode(
                part.get_content_charset() or "ascii", "replace")
            if kind == "text/html" and self.html is None:
                self.html, self.charset = text, part.get_content_charset()
            elif kind == "text/plain" and self.text is None:
                self.text = text
        elif name is not None:
            self.files.append((name, part.get_payload(decode=True)))


class Agree(unittest.TestCase):
    def setUp(self):
        self.seen = collections.Counter()

    def differ(self, what, mail, other):
        self.seen[what] += 1
        self.assertEqual(mail, other, what)

    def check_people(self, mail, text, document):
        self.differ("subject", plain(mail.header("Subject")), plain(document["subject"]))
        said = re.search(r"^Subject: (.*)$", text.split("\n\n")[0], re.M)
        self.differ("subject of the text", plain(document["subject"]),
                    plain(said[1]) if said else "")
        who = document.get("from")
        said = re.search(r"^From: (.*)$", text.split("\n\n")[0], re.M)
        self.differ("there is a sender", bool(who), bool(said))
        if not who:
            return
        want = who["name"] and who["address"] and f"{who['name']} <{who['address']}>"
        self.differ("sender of the text", plain(want or who["name"] or who["address"]),
                    plain(said[1]))
        _, address = email.utils.parseaddr(re.sub(r"\s+", " ", str(self.raw(mail, "From"))))
        if re.fullmatch(r"[\w.+-]+@[\w.-]+", who["address"], re.ASCII):
            self.differ("sender", who["address"].lower(), address.lower())
        else:
            self.assertTrue(address.endswith(".invalid") or "@" in address, address)
        if who["name"]:
            self.differ("the sender's name is in the mail", True,
                        plain(who["name"]) in plain(mail.header("From")).replace("\\", ""))

    @staticmethod
    def raw(mail, name):
        return mail.mail[name] or ""

    def check_bodies(self, mail, text, document):
        body = document["body"]
        # Bodies of reports and signed mails are put together from more than the message's.
        if mail.types & {"multipart/report", "multipart/signed", "application/pkcs7-mime"}:
            return
        self.differ("text", plain(mail.text), plain(body.get("text")))
        html, want = re.sub(r'cid:(picture|attachment)-(\d+)[^"\']*', r"cid:\1-\2",
                            mail.html or ""), body.get("html") or ""
        if mail.charset in DOUBLE:  # Python reads broken characters otherwise: its tags
            html, want = ("".join(re.findall("<[a-zA-Z/][^>]*>", t)) for t in (html, want))
            html, want = (re.sub(r"[^!-~]+", "", t) for t in (html, want))
        self.differ("HTML", plain(html), plain(want))
        self.differ("body of the text", True, plain(body.get("text")) in plain(text))
        rtf = [data for name, data in mail.files if name == "message.rtf"]
        if "rtf" in body:
            self.differ("RTF", True, base64.b64decode(body["rtf"]) in rtf)
        ours = {(i["name"], base64.b64decode(i["data"])) for i in body.get("items", ())}
        self.differ("pictures and objects", set(), ours - set(mail.files))

    def check_files(self, mail, text, document, notes):
        if mail.types & {"multipart/signed", "multipart/report", "application/pkcs7-mime"}:
            return
        left = list(mail.files)
        for at in document["attachments"]:
            data = None if "message" in at else base64.b64decode(at["data"])
            match = [f for f in left if plain(f[0]) == plain(at["name"]) and
                     (f[1] is None or data is None or f[1] == data)]
            self.differ("attachment", plain(at["name"]), plain(match[0][0]) if match else
                        "none of " + str([(n, d and len(d)) for n, d in left]))
            left.remove(match[0])
            if [n for n, _ in mail.files].count(match[0][0]) == 1:
                self.differ("place", plain(match[0][0]) in mail.inline, at["place"] == "inline")
            self.differ("attachment in the text's list", True,
                        f"{at['number']}. {plain(at['name'])} (" in plain(text))
        items = {i["name"] for i in document["body"].get("items", ())}
        # Files taken out of an OLE object, and its picture, are in JSON as the object's bytes
        # and its "rendering": a note names them.
        kept = "\n".join(n[2] + " " + n[3] for n in notes
                         if n[0] == "kept" and ("OLE object" in n[3] or "the object" in n[3]))
        self.differ("attachments of the mail alone", [],
                    [n for n, _ in left if not (n in items or n and n in kept) and
                     not OWN.fullmatch(n or "")])

    def check_losses(self, mail, text, document):
        def lost(notes):
            return sorted(n[1:3] for n in notes if n[0] == "lost" and not MAIL_ALONE.search(n[3]))
        self.differ("losses of text and JSON", lost(text), lost(document))
        self.differ("losses of mail and JSON", lost(mail), lost(document))

    def check_file(self, mail, text, document):
        outcome, data, notes = mail
        self.assertEqual(outcome, text[0])
        self.assertEqual(outcome, document[0])
        if outcome == "refused":
            return False
        parsed, said = json.loads(document[1]), text[1].decode()
        made = Mail(data)
        self.check_people(made, said, parsed)
        self.check_bodies(made, said, parsed)
        self.check_files(made, said, parsed, notes)
        self.check_losses(notes, text[2], document[2])
        return True

    def test_mail_text_and_json_of_every_file(self):
        paths = [pathlib.Path(os.fsdecode(p)) for f in FOLDERS if f.is_dir()
                 for p in harness.files_below(f)]
        paths = sorted(p for p in paths if p.is_file() and p.suffix not in (".py", ".md", ".json"))
        print(f"\n  {len(paths)} files", "" if CORPUS.is_dir() else "(no corpus)", flush=True)
        count = 0
        for at in range(0, len(paths), AT_ONCE):
            some = paths[at:at + AT_ONCE]
            with tempfile.TemporaryDirectory(prefix="bulkhead-agree.") as folder:
                mail, text, document = (convert(some, f, folder) for f in ("mime", "text", "json"))
            self.assertEqual(sorted(mail), sorted(map(str, some)))
            for path in map(str, some):
                with self.subTest(path):
                    count += self.check_file(mail[path], text[path], document[path])
        print(f"  {count} messages,", sum(self.seen.values()), "comparisons", flush=True)
        self.assertGreater(count, 60)
        self.assertEqual(set(), {"subject", "sender", "text", "HTML", "attachment", "place",
                                 "losses of mail and JSON"} - set(self.seen))


if __name__ == "__main__":
    unittest.main()
