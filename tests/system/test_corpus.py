"""Real files that nobody here wrote, through the whole service: each is converted or refused
with a reason, none crashes a worker. The corpus is not part of the project: without it
(BULKHEAD_CORPUS) only the project's own samples are used, and the output says so."""

import email
import email.policy
import os
import pathlib

import harness
from harness import CORPUS, SOURCE, TestCase

OWN = SOURCE / "tests/corpus"


def below(*folders):
    found = []
    for folder in folders:
        found += [pathlib.Path(os.fsdecode(p)) for p in harness.files_below(folder)]
    return [p for p in found if p.is_file() and not p.is_symlink()]


class Corpus(TestCase):
    def through(self, files, chaos=False):
        """Everything through one service; what became of each by its number."""
        service = self.service({"workers": 2, "reports": "all"}, chaos=chaos)
        names = {}
        for i, path in enumerate(files):
            name = f"n{i}{path.suffix or '.dat'}"
            names[name] = path
            service.drop(name, path.read_bytes())
        service.wait_idle(600)
        self.assert_accounted(names, service)
        faults = [service.report_of(p) for p in service.letters()]
        bad = [(names.get(r["file"]), r["verdict"], r.get("reason")) for r in faults
               if r["verdict"] != "refused" or not r.get("reason")]
        self.assertEqual([], bad, "neither converted nor refused with a reason")
        self.assertEqual([], service.events(harness.FAULT))
        parsed = defects = 0
        for path in service.results():
            with open(path, "rb") as f:
                message = email.message_from_binary_file(f, policy=email.policy.default)
            found = self.walk(message)
            parsed += 1
            defects += bool(found)
        self.assertEqual(0, service.stop())
        self.assert_clean(service)
        print(f"\n  {len(files)} files: {parsed} results, {len(faults)} refused, "
              f"{defects} results with defects", flush=True)
        return service, names, faults

    @staticmethod
    def walk(message):
        """Defects that Python's parser sees in a message and its parts."""
        found = []
        for part in message.walk():
            found += part.defects
        return found

    def outside(self, *folders):
        if not CORPUS.is_dir():
            print(f"\n  NOT TESTED: no corpus at {CORPUS} (BULKHEAD_CORPUS)", flush=True)
            self.skipTest("no corpus")
        return below(*(CORPUS / f for f in folders))

    def test_own_samples(self):
        files = [p for p in below(OWN) if p.suffix in (".tnef", ".dat", ".eml", ".tnf")]
        self.assertGreater(len(files), 5)
        self.through(files)

    def test_tnef(self):
        service, names, _ = self.through(self.outside("tnef"))
        # What Python's parser objects to in our own output is our fault.
        wrong = []
        for path in service.results():
            with open(path, "rb") as f:
                message = email.message_from_binary_file(f, policy=email.policy.default)
            if self.walk(message):
                number = harness.RESULT_NAME.fullmatch(os.path.basename(path)).group("stem")
                wrong.append((number, self.walk(message)))
        self.assertEqual([], wrong)

    def test_mail_with_tnef(self):
        service, _, letters = self.through(self.outside("eml-tnef"))
        self.assertEqual([], letters, "a mail is never refused")

    def test_ordinary_mail_passes_unchanged(self):
        files = self.outside("eml")[:200]
        service, names, _ = self.through(files)
        for name, path in names.items():
            result = service.result_of(name)
            if result and b"ms-tnef" not in path.read_bytes() and \
                    b"winmail.dat" not in path.read_bytes().lower():
                with open(result, "rb") as f:
                    self.assertEqual(path.read_bytes(), f.read(), path)

    def test_crashers_of_other_converters(self):
        """They crash tnef, or hang ktnef and node-tnef. Not us."""
        self.through(self.outside("crashers"))


if __name__ == "__main__":
    harness.main()
