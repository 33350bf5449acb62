# SPDX-License-Identifier: ISC
"""The real service in a folder of its own, and what the system tests ask of it.

No test sleeps for a fixed time: everything waits for a condition with a deadline, and a
deadline that passes fails with what the service said last.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", "build")).resolve()
SOURCE = pathlib.Path(
    os.environ.get("BULKHEAD_SOURCE", pathlib.Path(__file__).parents[2])).resolve()
CORPUS = pathlib.Path(os.environ.get("BULKHEAD_CORPUS", SOURCE / "../shared/corpus"))
SANITIZE = bool(os.environ.get("BULKHEAD_SANITIZE"))
LONG = bool(os.environ.get("BULKHEAD_LONG"))
# Who is started in the background by a shell ignores a terminal's keys, and all it starts do.
for key in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(key) == signal.SIG_IGN:
        signal.signal(key, signal.SIG_DFL)

PATIENCE = 600  # seconds after which only a hang can explain that a condition is not met

# The stable numbers of the log (bulkhead-events(7)) that the tests look at.
FAULT, DONE, FAILED, MEMORY, LOSSY = 2380, 2448, 2450, 2563, 2597
START, READY, DRAIN, STOP, STATE, STATE_WORKER = 3000, 3001, 3002, 3003, 3004, 3005
SUPPRESSED, LOG_LOST, CANNOT_START, LAG, HELPER_LOST, HELPER_LATE = range(3006, 3012)
WORKER_START, WORKER_READY, WORKER_END, WORKER_NOT_READY, WORKER_KILL = range(3100, 3105)
WORKER_VIOLATION, WORKER_RETIRE, WORKERS_SCALED, CORPSES = range(3105, 3109)
SANDBOX, SANDBOX_PARTIAL = 3109, 3110
VOLUME, RECOVERED, PAUSED, RESUMED, TROUBLE, LEASE, WATCH = range(3200, 3207)
AWAY, FOLDER_BACK = 3210, 3211
TAKEN, RETRY, SUSPECT, CLEARED, BACK, LATE, HELD, CHANGED, UNREADABLE, RENAMED = range(3300, 3310)
RELOADED, CONFIG_BAD, CONFIG_LATER = range(3400, 3403)
BREAKER_OPEN, BREAKER_CANARY, BREAKER_CLOSED = range(3500, 3503)

ACTIVE_NAME = re.compile(
    rb"(?P<id>[0-9a-f]{16})\.c(?P<c>\d+)t(?P<t>\d+)m(?P<m>\d+)k(?P<k>\d+)w?\.(?P<name>.*)", re.DOTALL)
RESULT_NAME = re.compile(
    rb"(?P<stem>.*)\.(?P<id>[0-9a-f]{16})\.(?P<tail>[^/]*)", re.DOTALL)
LETTER_NAME = re.compile(rb"(?P<id>[0-9a-f]{16})\.(?P<name>.*)", re.DOTALL)


def wait_for(condition, what, seconds=None, every=0.01):
    """The first true value of condition(); AssertionError when the deadline passes."""
    seconds = PATIENCE if seconds is None else seconds
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            what = what() if callable(what) else what
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(every)
        every = min(every * 1.3, 0.25)


def to_yaml(value, depth=0):
    """A dict of dicts and plain values as YAML: all that a configuration needs."""
    lines = []
    for key, item in value.items():
        if isinstance(item, dict):
            lines.append(f"{'  ' * depth}{key}:\n{to_yaml(item, depth + 1)}")
        else:
            text = str(item) if isinstance(item, (int, float)) else json.dumps(str(item))
            lines.append(f"{'  ' * depth}{key}: {text}\n")
    return "".join(lines)


def merge(base, more):
    """base with more on top, key by key."""
    result = dict(base)
    for key, item in more.items():
        old = result.get(key)
        both = isinstance(item, dict) and isinstance(old, dict)
        result[key] = merge(old, item) if both else item
    return result


def files_below(folder, hidden=True):
    """Every path below a folder that is not a folder; hidden: also what a dot hides."""
    found = []
    for path, folders, names in os.walk(os.fsencode(folder)):
        if not hidden:
            folders[:] = [n for n in folders if not n.startswith(b".")]
            names = [n for n in names if not n.startswith(b".")]
        found += [os.path.join(path, n) for n in names]
    return sorted(found)


class Process:
    """Numbers that /proc tells of a process."""

    @staticmethod
    def status(pid, key):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)

    @staticmethod
    def cpu(pid):
        """Seconds of processor time."""
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def handles(pid, number, mask="SigCgt"):
        """Has the process got as far as to listen to this signal?"""
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return False
        caught = re.search(rf"^{mask}:\s*([0-9a-f]+)$", status, re.MULTILINE)
        return caught is not None and bool(int(caught.group(1), 16) >> (number - 1) & 1)

    @staticmethod
    def state(pid):
        """As proc(5) has it, R, S, D, T, Z; X: there is none any more."""
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return "X"
        return stat.rpartition(")")[2].split()[0]

    @staticmethod
    def stopped(pid):
        return Process.state(pid) == "T"

    @staticmethod
    def ignores(pid, number):
        return Process.handles(pid, number, "SigIgn")

    @staticmethod
    def children(pid):
        try:
            return [int(p) for p in
                    pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    @staticmethod
    def arguments(pid):
        try:
            line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [a.decode(errors="replace") for a in line.split(b"\0")[:-1]]

    @staticmethod
    def open_files(pid):
        try:
            return len(os.listdir(f"/proc/{pid}/fd"))
        except OSError:
            return 0


class Service:
    """bulkhead serve on a spool of its own."""

    # Small, quick and without a sync delay worth naming; tests put their own on top.
    DEFAULTS = {
        "workers": 2,
        "log": {"level": "debug", "burst": 0},
        "intake": {"min_free": "1MiB", "min_inodes": 10},
        # Most messages of these tests are bad ones.
        "breaker": {"window": "off"},
    }

    def __init__(self, config=None, chaos=True, root=None, environment=None, command=None,
                 prefix=(), arguments=(), use_config=True):
        self.own_root = root is None
        self.root = pathlib.Path(root or tempfile.mkdtemp(prefix="bulkhead-test."))
        self.spool = self.root / "spool"
        self.config_file = self.root / "bulkhead.yaml"
        self.use_config = use_config
        self.config = merge(self.DEFAULTS, {"spool": str(self.spool)})
        if chaos:
            self.config = merge(self.config, {"worker": {"program": str(BUILD / "tests/chaos-worker")}})
        self.config = merge(self.config, config or {})
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("BULKHEAD_")}
        self.environment = dict(inherited, **(environment or {}))
        self.command = command or [str(BUILD / "bulkhead"), "serve"]
        self.prefix, self.arguments = list(prefix), list(arguments)
        self.popen = None
        self.log, self.other_output = [], []
        self.lock = threading.Lock()
        self.reader = None
        self.exit_code = None

    # ---- life ----

    def write_config(self, more=None):
        self.config = merge(self.config, more or {})
        self.config_file.write_text(to_yaml(self.config))

    def start(self, ready=True, environment=None):
        command = [*self.prefix, *self.command]
        if self.use_config:
            self.write_config()
            command += ["-c", str(self.config_file)]
        self.exit_code = None
        began = len(self.log)
        self.popen = subprocess.Popen(
            command + self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env=dict(self.environment, **(environment or {})),
            cwd=self.root, start_new_session=True)
        self.reader = threading.Thread(
            target=self._read, args=(self.popen.stderr,), daemon=True)
        self.reader.start()
        if ready:
            self.wait_event(READY, since=began, alive=True)
        return self

    def _read(self, pipe):
        for line in pipe:
            text = line.decode(errors="replace").rstrip("\n")
            try:
                entry = json.loads(text)
            except ValueError:
                entry = None
            with self.lock:
                if isinstance(entry, dict):
                    self.log.append(entry)
                else:
                    self.other_output.append(text)
        pipe.close()

    def forget_log(self):
        with self.lock:
            self.log.clear()

    @property
    def pid(self):
        """The supervisor's pid: below a prefix like unshare it is the innermost child."""
        pid = self.popen.pid
        for _ in range(4):
            if "serve" in Process.arguments(pid)[1:2]:
                return pid
            children = Process.children(pid)
            if not children:
                return pid
            pid = children[0]
        return pid

    def running(self):
        return self.popen is not None and self.popen.poll() is None

    def signal(self, number):
        os.kill(self.pid, number)

    def wait_exit(self, seconds=None):
        try:
            self.exit_code = self.popen.wait(PATIENCE if seconds is None else seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError("the service did not end\n" + self.last_words()) from None
        self.reader.join(PATIENCE)
        return self.exit_code

    def stop(self, seconds=None):
        """TERM, as an orchestrator would; returns the exit code."""
        wait_for(lambda: not self.running() or Process.handles(self.pid, signal.SIGTERM),
                 "a handler of TERM")
        if self.running():
            self.signal(signal.SIGTERM)
        return self.wait_exit(seconds)

    def kill(self):
        """Kill -9 of the supervisor, and wait until its children are gone too."""
        family = self.family()
        if self.running():
            os.kill(self.pid, signal.SIGKILL)
        self.wait_exit()
        wait_for(lambda: not any(alive(p) for p in family),
                 lambda: "children outlive the supervisor: " + str(
                     [(p, Process.arguments(p)) for p in family if alive(p)]))

    def family(self):
        return Process.children(self.pid) if self.running() else []

    def workers(self):
        return [p for p in self.family() if "worker" in " ".join(Process.arguments(p)[:1])]

    def janitors(self):
        return [p for p in self.family() if Process.arguments(p)[1:2] == ["janitor"]]

    def gateways(self):
        return [p for p in self.family() if Process.arguments(p)[:1] == ["bulkhead-gateway"]]

    def porters(self):
        return [p for p in self.family() if Process.arguments(p)[1:2] == ["porter"]]

    def close(self):
        if self.running():
            family = self.family()
            os.kill(self.pid, signal.SIGKILL)
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.popen.wait(PATIENCE)
        if self.own_root and self.root.exists():
            subprocess.run(["chmod", "-R", "u+rwX", str(self.root)], check=False)
            shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # ---- the log ----

    def events(self, number, since=0, **fields):
        with self.lock:
            lines = self.log[since:]
        return [e for e in lines if e.get("event") == number and
                all(e.get(k) == v for k, v in fields.items())]

    def wait_event(self, number, count=1, seconds=None, since=0, alive=False, **fields):
        def enough():
            found = self.events(number, since, **fields)
            if len(found) >= count:
                return found
            if alive and not self.running():
                raise AssertionError(
                    f"the service ended with {self.popen.returncode} before event {number}\n"
                    + self.last_words())
            return None
        return wait_for(enough, lambda: f"{count} of event {number} {fields}\n" + self.last_words(),
                        seconds)

    def last_words(self, n=40):
        with self.lock:
            lines = [json.dumps(e) for e in self.log[-n:]] + self.other_output[-n:]
        return "\n".join(lines)

    # ---- the folders ----

    def folder(self, which):
        place = self.config.get("folders", {}).get(which)
        return pathlib.Path(place) if place else self.spool / which

    def drop(self, name, data, sub="", folder=None):
        """Put a file into incoming/ as a careful program does: whole, by a rename."""
        name, sub = os.fsencode(name), os.fsencode(sub)
        target = os.path.join(os.fsencode(folder or self.folder("incoming")), sub)
        os.makedirs(target, exist_ok=True)
        half = os.path.join(target, b".half." + hashlib.sha1(name).hexdigest().encode())
        with open(half, "wb") as f:
            f.write(data)
        os.rename(half, os.path.join(target, name))
        return os.path.join(sub, name)

    def results(self):
        return files_below(self.folder("outgoing"), hidden=False)

    def letters(self):
        """The messages in dead/, without their reports."""
        return [p for p in self.all_dead() if not self.is_report(p)]

    def all_dead(self):
        return files_below(self.folder("dead"), hidden=False)

    @staticmethod
    def is_report(path):
        return re.fullmatch(rb"[0-9a-f]{16}\.json", os.path.basename(path)) is not None

    def report_of(self, letter):
        """The report that stands beside a dead letter."""
        number = LETTER_NAME.fullmatch(os.path.basename(letter)).group("id")
        path = os.path.join(os.path.dirname(letter), number + b".json")
        if not os.path.exists(path):
            path = os.path.join(os.fsencode(self.folder("dead")), number + b".json")
        with open(path, "rb") as f:
            report = json.load(f)
        # Here: the other users of this file go without the package.
        from schema import check  # pylint: disable=import-outside-toplevel,cyclic-import
        return check(report, "report")

    def letter_of(self, name):
        """The dead letter of an input, by the name it came with."""
        name = os.fsencode(name)
        for path in self.letters():
            match = LETTER_NAME.fullmatch(os.path.basename(path))
            if match and match.group("name") == name:
                return path
        return None

    def result_of(self, name):
        """The result of an input, by the name it came with."""
        stem = os.path.splitext(os.fsencode(name))[0]
        for path in self.results():
            match = RESULT_NAME.fullmatch(os.path.basename(path))
            if match and match.group("stem") == stem:
                return path
        return None

    def queued(self):
        """Messages in incoming/ and active/, by the name they came with."""
        names = [os.path.basename(p) for p in files_below(self.folder("incoming"), hidden=False)]
        for path in self.active():
            match = ACTIVE_NAME.fullmatch(os.path.basename(path))
            if match:
                names.append(re.sub(rb"\.(ready|dead)$", b"", match.group("name")))
        return names

    def active(self):
        found = files_below(self.spool / "active")
        return found + files_below(self.folder("incoming") / ".active")

    def idle(self):
        """Twice: a file that is renamed while its folder is read may be seen under neither name."""
        return not self.queued() and not self.queued()

    def wait_idle(self, seconds=None):
        wait_for(self.idle, lambda: f"still queued: {self.queued()[:20]}\n" + self.last_words(),
                 seconds)

    def wait_result(self, name, seconds=None):
        return wait_for(lambda: self.result_of(name),
                        lambda: f"a result of {name!r}; outgoing: {self.results()[:20]}, "
                        f"dead: {self.letters()[:20]}\n" + self.last_words(), seconds)

    def wait_letter(self, name, seconds=None):
        """The dead letter's path and report."""
        def both():
            letter = self.letter_of(name)
            return letter and (letter, self.report_of(letter))
        return wait_for(both, lambda: f"a dead letter of {name!r}; outgoing: "
                        f"{self.results()[:20]}\n" + self.last_words(), seconds)


def alive(pid):
    return Process.state(pid) not in "ZX"


class Consumer(threading.Thread):
    """Takes everything out of outgoing/ and dead/ the moment it appears, as a greedy reader
    would, and remembers what it took."""

    def __init__(self, *services):
        super().__init__(daemon=True)
        self.services, self.enough = services, threading.Event()
        self.results, self.letters, self.reports = [], [], {}

    def sweep(self):
        taken = 0
        for service in self.services:
            for path in service.results():
                taken += self.take(path, self.results)
            for path in service.all_dead():
                if service.is_report(path):
                    with open(path, "rb") as f:
                        report = json.load(f)
                    os.unlink(path)
                    self.reports[os.path.basename(path)[:16]] = report
                else:
                    taken += self.take(path, self.letters)
        return taken

    @staticmethod
    def take(path, into):
        with open(path, "rb") as f:
            data = f.read()
        os.unlink(path)
        into.append((os.path.basename(path), data))
        return 1

    def run(self):
        while not self.enough.is_set():
            if not self.sweep():
                self.enough.wait(0.003)

    def finish(self):
        self.enough.set()
        self.join()
        self.sweep()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.finish()

    def stems(self):
        """Name stems of the results and names of the letters, each as often as it was seen."""
        found = [RESULT_NAME.fullmatch(n).group("stem") for n, _ in self.results]
        return found, [LETTER_NAME.fullmatch(n).group("name") for n, _ in self.letters]


class TestCase(unittest.TestCase):
    """With the assertions that every system test shares."""

    def ordinary_user(self):
        """For tests that root's rights would spoil: the words before a command, and the build
        where that user reaches it, who may not enter a clone in root's home."""
        if os.getuid() != 0:
            return [], BUILD
        if not shutil.which("setpriv"):
            self.skipTest("needs setpriv")
        user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
        if subprocess.run([*user, "test", "-x", BUILD / "bulkhead"], check=False).returncode == 0:
            return user, BUILD
        build = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-build."))
        self.addCleanup(shutil.rmtree, build)
        build.chmod(0o755)
        (build / "tests").mkdir()
        for name in ("bulkhead", "bulkhead-worker", "bulkhead-unwind", "bulkhead-gateway",
                     "tests/chaos-worker"):
            shutil.copy(BUILD / name, build / name)
        return user, build

    def service(self, *args, start=True, **kwargs):
        """A service that ends with the test."""
        service = Service(*args, **kwargs)
        self.addCleanup(service.close)
        return service.start() if start else service

    def assert_accounted(self, names, service=None, consumer=None):
        """Each input is exactly one of: a result, a dead letter, still queued."""
        keys = {os.path.splitext(os.fsencode(n))[0]: n for n in names}
        self.assertEqual(len(names), len(keys), "the test's names differ in their stems")

        def wrong():
            ends = {}
            for kind, name in self.ends(service, consumer):
                stem = name if kind == "result" else os.path.splitext(name)[0]
                ends.setdefault(stem, []).append(kind)
            found = {keys[k]: ends.get(k, []) for k in keys if len(ends.get(k, [])) != 1}
            found.update({n: "never came" for n in set(ends) - set(keys)})
            return found
        def told():
            found = wrong()
            return (f"not exactly one end ({len(found)} of {len(names)}): "
                    f"{dict(list(found.items())[:10])}\n"
                    + (service.last_words() if service else ""))
        # A message that is just being delivered is for a moment in two places.
        wait_for(lambda: not wrong(), told, 60 if service and service.running() else 0)

    @staticmethod
    def ends(service, consumer):
        """(kind, name) of everything that can be seen; of a result only its stem."""
        seen = []
        if service:
            seen += [("queued", n) for n in service.queued()]
            seen += [("result", RESULT_NAME.fullmatch(os.path.basename(p)).group("stem"))
                     for p in service.results()]
            seen += [("letter", LETTER_NAME.fullmatch(os.path.basename(p)).group("name"))
                     for p in service.letters()]
        if consumer:
            stems, letters = consumer.stems()
            seen += [("result", s) for s in stems] + [("letter", n) for n in letters]
        return seen

    @staticmethod
    def state(service, **wanted):
        """What the service says of itself now (USR1); None when it is not as wanted."""
        since = len(service.events(STATE))
        service.signal(signal.SIGUSR1)
        state = service.wait_event(STATE, since + 1)[-1]
        return state if all(state.get(k) == v for k, v in wanted.items()) else None

    def assert_clean(self, service):
        """Nothing is left behind where work is done."""
        def left():
            return service.active() + [p for p in files_below(service.spool / "tmp")
                                       if os.path.basename(p) != b".place"]
        wait_for(lambda: not left(), lambda: f"left behind: {left()}\n" + service.last_words())


def main():
    """What each test file ends with."""
    if not (BUILD / "bulkhead").exists():
        sys.exit(f"{BUILD}/bulkhead is not built; run tests/run")
    unittest.main(verbosity=2)
