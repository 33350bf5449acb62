# SPDX-License-Identifier: ISC
"""As a person at a terminal sees it: bash in tmux, keys, and what is on the screen then."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import harness
import samples
from harness import BUILD, wait_for
from test_dead import Spool

PROMPT = "ready> "


class Tmux:
    """A terminal of its own, with a shell."""

    def __init__(self, test, folder, columns=80, rows=24):
        self.socket = str(folder / "tmux")
        environment = {k: v for k, v in os.environ.items()
                       if not k.startswith(("BULKHEAD_", "TMUX"))}
        environment.update(LC_ALL="C.UTF-8")
        (folder / "bashrc").write_text(f"PS1='{PROMPT}'\n")
        subprocess.run(
            ["tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x",
             str(columns), "-y", str(rows), "bash --noprofile --rcfile bashrc"],
            check=True, cwd=folder, env=environment)
        test.addCleanup(self.run, "kill-server")
        wait_for(lambda: self.lines() == [PROMPT.strip()], self.text)

    def run(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *words], check=True,
                              capture_output=True, text=True).stdout

    def type(self, text):
        self.run("send-keys", "-l", text)
        self.run("send-keys", "Enter")

    def clear(self):
        """An empty screen, but for a line that says so: what was typed before has been read."""
        self.count = getattr(self, "count", 0) + 1
        self.type(f"clear; echo screen {self.count}")
        self.wait_for(f"screen {self.count}")
        self.wait_prompt()

    def key(self, name):
        self.run("send-keys", name)

    def resize(self, columns, rows=24):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    def lines(self):
        """The screen without the empty lines at its end; each as the terminal has it."""
        return [line.rstrip() for line in self.text().rstrip().split("\n")]

    def text(self):
        return self.run("capture-pane", "-p")

    def unwrapped(self):
        """What was written, however the screen's width divided it."""
        return self.run("capture-pane", "-p", "-J")

    def wait_for(self, pattern, every=0.02):
        """The match of a line on the screen."""
        expression = re.compile(pattern)
        return wait_for(lambda: next(filter(None, map(expression.fullmatch, self.lines())), None),
                        lambda: f"{pattern}\n{self.text()}", every=every)

    def wait_prompt(self):
        """The screen once the shell is back, at the beginning of a line of its own."""
        wait_for(lambda: self.lines()[-1] == PROMPT.strip(), self.text)
        return self.lines()


class Terminal(harness.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-terminal."))
        self.addCleanup(shutil.rmtree, self.root, True)
        self.bulkhead = BUILD / "bulkhead"
        (self.root / "bulkhead.yaml").write_text(harness.to_yaml({
            "workers": 2, "worker": {"program": str(BUILD / "tests/chaos-worker")},
            "limits": {"silence": "10m", "time": "10m"}}))

    def fill(self, count, action, argument=""):
        (self.root / "in").mkdir()
        for i in range(count):
            (self.root / f"in/{i:04}.eml").write_bytes(samples.marked(action, argument))

    def convert(self, terminal):
        terminal.clear()
        empty = terminal.lines()
        terminal.type(f"{self.bulkhead} convert -c bulkhead.yaml --sync none -o out in")
        # The prompt that is there until the shell has read this is not the one after it.
        wait_for(lambda: terminal.lines() != empty, terminal.text)

    def assert_ended(self, terminal, code, left=0):
        """The sum, the prompt below it, and the code. left: parts of a progress line that may
        still be there."""
        lines = terminal.wait_prompt()
        text = terminal.unwrapped()
        found, classes = re.search(
            r"bulkhead convert: (\d+) found = (.*), in \d+\.\d s *$", text, re.MULTILINE).groups()
        counts = [int(n) for n in re.findall(r"\d+", classes)]
        self.assertEqual(int(found), sum(counts), text)
        self.assertLessEqual(len([line for line in lines if " done, " in line]), left, text)
        terminal.type("echo code=$?")
        terminal.wait_for(f"code={code}")
        return int(found), classes

    def test_progress_in_place_and_control_c(self):
        self.fill(80, "slow", "100")
        terminal = Tmux(self, self.root)
        self.convert(terminal)
        line = r"(\d+) of 80 done, 0 failed, [\d.]+/s, 0:0\d:\d\d left"
        first = int(terminal.wait_for(line).group(1))

        def moved():
            shown = [re.fullmatch(line, s) for s in terminal.lines() if " done, " in s]
            self.assertLessEqual(len(shown), 1, terminal.text())
            return shown and shown[0] and int(shown[0].group(1)) > first
        wait_for(moved, terminal.text)
        # Narrower: cut to one line. Of the one that was there the terminal makes two, the
        # first of which is nobody's any more.
        terminal.resize(24)
        terminal.wait_for(r"\d+ of 80 done, 0 fail.*(?<=^.{21})")
        terminal.resize(80)
        terminal.wait_for(line)
        terminal.key("C-c")
        found, classes = self.assert_ended(terminal, 130, left=1)
        self.assertLess(found, 80)
        self.assertRegex(classes, r"^\d+ passed through$")
        # Again: the rest.
        self.convert(terminal)
        found, classes = self.assert_ended(terminal, 0)
        self.assertEqual(80, found)
        self.assertRegex(classes, r"^\d+ passed through \+ \d+ skipped$")

    def test_the_second_control_c_stops_at_once(self):
        self.fill(5, "hang")
        terminal = Tmux(self, self.root, columns=50)
        self.convert(terminal)
        terminal.wait_for(r"0 of 5 done, 0 failed, 0.0/s")
        terminal.key("C-c")
        terminal.wait_for(r"0 of 5 done, 0 failed, 0.0/s, stopping \(again:")
        terminal.key("C-c")
        found, classes = self.assert_ended(terminal, 130)
        self.assertEqual(f"{found} interrupted", classes)
        self.assertEqual([], harness.files_below(self.root / "out"))

    def test_dead_letters(self):
        spool = Spool(self)
        for i in range(200):
            spool.bury(f"{i}.eml")
        terminal = Tmux(self, self.root, columns=60)
        dead = f"{self.bulkhead} dead retry -c {spool.config} --all --rate 50/s"
        terminal.type(f"{dead} >told")
        terminal.wait_for(r"\d+ of 200 done, 0 failed, [\d.]+/s, 0:00:\d\d left")
        terminal.key("C-c")
        lines = terminal.wait_prompt()
        count, = re.fullmatch(r"(\d+) moved back to incoming, 0 failed; interrupted",
                              lines[-2]).groups()
        self.assertEqual(int(count), len(spool.incoming()))
        self.assertEqual(int(count), len((self.root / "told").read_text().splitlines()))
        terminal.type("echo code=$?")
        terminal.wait_for("code=130")
        # With a line for each letter above it.
        terminal.clear()
        terminal.type(dead.replace("50/s", "400/s"))
        terminal.wait_for(r"\d+ of \d+ done, .*")
        lines = terminal.wait_prompt()
        self.assertEqual(f"{200 - int(count)} moved back to incoming, 0 failed", lines[-2])
        self.assertFalse([line for line in lines if " done, " in line])
        self.assertEqual(200, len(spool.incoming()))

    def test_remove_asks(self):
        spool = Spool(self)
        spool.bury()
        terminal = Tmux(self, self.root)
        question = "Remove 1 dead letters for good? [y/N]"
        for answer, code, left in (("C-c", 130, 2), ("C-d", 1, 2), ("Enter", 1, 2), ("y", 0, 0)):
            terminal.clear()
            terminal.type(f"{self.bulkhead} dead remove -c {spool.config} --all")
            terminal.wait_for(re.escape(question))
            terminal.key(answer)
            if answer == "y":
                terminal.key("Enter")
            terminal.wait_prompt()
            terminal.type("echo code=$?")
            terminal.wait_for(f"code={code}")
            self.assertEqual(left, len(spool.dead()), answer)


if __name__ == "__main__":
    harness.main()
