# SPDX-License-Identifier: ISC
"""The rows of the benchmark: what is measured, against what, and the target.

A row is an object with ours() and, for ratios, peer(): each does the work once and gives a
figure in the row's unit. To add a row: a class, and an entry in ROWS.
"""

import ctypes
import fcntl
import json
import os
import pathlib
import random
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import gone
import harness
import npm
import samples

sys.path.insert(0, str(harness.SOURCE / "tests/corpus"))
import pst_write  # pylint: disable=wrong-import-position

BULKHEAD = str(harness.BUILD / "bulkhead")
CONVERT_FILE = str(harness.BUILD / "tests/convert-file")
CPUS = len(os.sched_getaffinity(0))
NOWHERE = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def noise(n, seed=1):
    """n bytes that no compression and no text search shortens; the same each time."""
    return random.Random(seed).randbytes(n)


def timed(work):
    """Seconds of the wall clock, seconds of all processors, of what work() runs."""
    def cpu():
        u = resource.getrusage(resource.RUSAGE_CHILDREN)
        return u.ru_utime + u.ru_stime
    before, began = cpu(), time.monotonic()
    work()
    return time.monotonic() - began, cpu() - before


def run(*command, **more):
    subprocess.run([str(c) for c in command], check=True, **dict(NOWHERE, **more))


def fill(folder, count, data, extension="dat"):
    folder.mkdir(parents=True)
    for i in range(count):
        (folder / f"m{i}.{extension}").write_bytes(data(i) if callable(data) else data)


class Row:
    """ratio: ours against the peer; better: more or less of the unit."""
    unit, better, on_disk, at_least, at_most = "1/s", "more", False, None, None

    def __init__(self, name, what, at_least=None, at_most=None, unit=None):
        self.name, self.what = name, what
        self.at_least, self.at_most = at_least, at_most
        self.unit = unit or self.unit
        self.target = f">= {at_least}" if at_least is not None else f"<= {at_most}"

    peer = None

    def missing(self):
        return None

    def folder(self, options):
        return options.disk if self.on_disk or not os.path.isdir("/dev/shm") else "/dev/shm"

    def prepare(self, root, options):
        self.root, self.options = root, options

    def warm(self):
        """The first run of a program reads it from the disk: not counted."""
        self.ours()
        if self.peer:
            self.peer()

    def close(self):
        pass

    def ratio(self, ours, peer):
        return ours / peer if self.better == "more" else peer / ours

    def reached(self, value):
        return value >= self.at_least if self.at_least is not None else value <= self.at_most


def tool(*names):
    """What is missing of these programs."""
    gone = [n for n in names if not shutil.which(n)]
    return ", ".join(gone) or None


class Convert(Row):
    """`bulkhead convert` over a folder of equal files, in messages a second or in
    processor time, against something else over the same files."""
    count, cpu = 400, False

    def __init__(self, *args, data=None, count=400, cpu=False, **more):
        self.data, self.count, self.cpu = data, count, cpu
        if cpu:
            more["unit"] = "ms of CPU each"
        super().__init__(*args, **more)
        self.better = "less" if cpu else "more"

    def prepare(self, root, options):
        super().prepare(root, options)
        fill(root / "in", self.count, self.data)
        self.files = sorted((root / "in").iterdir())

    def figure(self, work):
        wall, cpu = timed(work)
        return cpu * 1000 / len(self.files) if self.cpu else len(self.files) / wall

    def ours(self):
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        return self.figure(lambda: run(
            BULKHEAD, "convert", "-o", out, self.root / "in"))


class PoolAgainstBare(Convert):
    """The same conversion by one process a processor, without pool, jail and supervisor."""

    def peer(self):
        out = self.root / "bare"
        shutil.rmtree(out, ignore_errors=True)

        def work():
            going = []
            for i in range(CPUS):
                (out / str(i)).mkdir(parents=True)
                going.append(subprocess.Popen(
                    [CONVERT_FILE, "-o", str(out / str(i)), *map(str, self.files[i::CPUS])], **NOWHERE))
            if any(p.wait() for p in going):
                raise RuntimeError("convert-file failed")
        return self.figure(work)


def tnef_samples():
    """Small TNEF files: the project's own, and the corpus where it is there."""
    found = [p for folder in (harness.SOURCE / "tests/corpus/tnef", harness.CORPUS / "tnef")
             if folder.is_dir() for p in sorted(folder.rglob("*")) if p.is_file()]
    return [p for p in found if p.stat().st_size < 200_000 and p.read_bytes()[:4] == b"\x78\x9f\x3e\x22"]


class Store(Row):
    """The messages of an Outlook store as files, each on the disk before it has its name, in
    messages a second, against readpst, which writes them without isolation and syncs nothing,
    as many processes as there are processors."""

    def __init__(self, *args, count, **more):
        self.count = count
        super().__init__(*args, **more)

    def prepare(self, root, options):
        super().prepare(root, options)
        self.store = root / "box.pst"
        pst_write.simple(count=self.count, attachments=[("a.bin", noise(20 << 10))]).save(self.store)

    def missing(self):
        return tool("readpst")

    def figure(self, name, *command):
        # Each round in a folder of its own: where thousands of files were just removed ext4
        # looks for a new one's place for long.
        out = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=self.root))
        os.sync()  # what the other left to the system must not be written in our time
        wall, _ = timed(lambda: run(*command, out, self.store))
        made = sum(p.is_file() and p.suffix == ".eml" for p in out.rglob("*"))
        # Its processes at times lose a message: 3,999 of 4,000 were seen.
        if made < (0.99 if name == "readpst" else 1) * self.count:
            raise RuntimeError(f"{name}: {made} of {self.count}")
        return made / wall

    def ours(self):
        return self.figure("ours", BULKHEAD, "convert", "-q", "-o")

    def peer(self):
        return self.figure("readpst", "readpst", "-q", "-e", "-j", CPUS, "-o")


class SmallTnef(Row):
    """A folder of small files by one run of ours; by the peer's process for each, as people
    use it."""

    def __init__(self, *args, program, **more):
        super().__init__(*args, **more)
        self.program = program

    def missing(self):
        return tool(self.program)

    def prepare(self, root, options):
        super().prepare(root, options)
        (root / "in").mkdir()
        self.files = []
        for i, path in enumerate(tnef_samples() * 3):
            self.files.append(root / "in" / f"{i}.dat")
            shutil.copyfile(path, self.files[-1])

    def ours(self):
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        # Some samples are damaged and end as refused, exit code 1; so do the peer's.
        return len(self.files) / timed(lambda: subprocess.run(
            [BULKHEAD, "convert", "-o", str(out), str(self.root / "in")], **NOWHERE, check=False))[0]

    def command(self, path, out):
        if self.program == "tnef":
            return ["tnef", "--overwrite", "-C", str(out), "-f", str(path)]
        return ["ytnef", "-f", str(out), str(path)]

    def peer(self):
        out = self.root / "peer"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

        def work():
            for path in self.files:
                subprocess.run(self.command(path, out), **NOWHERE, check=False)
        return len(self.files) / timed(work)[0]


LOOP = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ytnef.h>
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		TNEFStruct t;
		TNEFInitialize(&t);
		(void)TNEFParseFile(argv[i], &t);
		TNEFFree(&t);
	}
	return 0;
}
"""


class TnefLoop(SmallTnef):
    """A program of a few lines around libytnef that only parses each file, in one process;
    of ours one worker."""

    def missing(self):
        return None if os.path.exists("/usr/include/libytnef/ytnef.h") or os.path.exists(
            "/usr/include/ytnef.h") else "libytnef0-dev"

    def prepare(self, root, options):
        super().prepare(root, options)
        (root / "loop.c").write_text(LOOP)
        run("cc", "-O2", "-I/usr/include/libytnef", "-o", root / "loop", root / "loop.c", "-lytnef")

    def ours(self):
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        return len(self.files) / timed(lambda: subprocess.run(
            [BULKHEAD, "convert", "--workers", "1", "-o", str(out), str(self.root / "in")],
            **NOWHERE, check=False))[0]

    def peer(self):
        return len(self.files) / timed(lambda: subprocess.run(
            [str(self.root / "loop"), *map(str, self.files)], **NOWHERE, check=False))[0]


class SmallMsg(SmallTnef):
    """A folder of Outlook messages by one run of ours with one worker; by msgconvert, a
    process each, as people use it."""

    def missing(self):
        """One without its modules ends at once, and would look fast."""
        sample = min((harness.SOURCE / "tests/corpus/msg").glob("*.msg"))
        return tool(self.program) or (
            None if subprocess.run(["msgconvert", "--outfile", "/dev/null", str(sample)],
                                   **NOWHERE, check=False).returncode == 0 else f"a {self.program} that starts")

    def prepare(self, root, options):
        Row.prepare(self, root, options)
        (root / "in").mkdir()
        self.files = []
        for path in sorted((harness.SOURCE / "tests/corpus/msg").glob("*.msg")):
            self.files.append(root / "in" / path.name)
            shutil.copyfile(path, self.files[-1])

    def ours(self):
        return TnefLoop.ours(self)

    def command(self, path, out):
        return ["msgconvert", "--outfile", str(out / path.name), str(path)]


GSF_LOOP = r"""
#include <gsf/gsf.h>
static void walk(GsfInfile *in)
{
	for (int i = 0; i < gsf_infile_num_children(in); i++) {
		GsfInput *child = gsf_infile_child_by_index(in, i);
		if (!child)
			continue;
		if (GSF_IS_INFILE(child) && gsf_infile_num_children(GSF_INFILE(child)) >= 0)
			walk(GSF_INFILE(child));
		else
			(void)gsf_input_read(child, gsf_input_size(child), NULL);
		g_object_unref(child);
	}
}
int main(int argc, char **argv)
{
	gsf_init();
	for (int i = 1; i < argc; i++) {
		GsfInput *file = gsf_input_stdio_new(argv[i], NULL);
		GsfInfile *ole = file ? gsf_infile_msole_new(file, NULL) : NULL;
		if (ole) {
			walk(ole);
			g_object_unref(ole);
		}
		if (file)
			g_object_unref(file);
	}
	return 0;
}
"""


class MsgLoop(SmallMsg):
    """A program of a few lines around libgsf that only reads each stream of the compound
    file, in one process; ours reads the whole message and writes it down, in one, too.
    Processor time without the kernel's: ours makes files, the other none."""
    unit = "1/s of CPU"

    @staticmethod
    def user(*command):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        subprocess.run([str(c) for c in command], **NOWHERE, check=False)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    def missing(self):
        return None if os.path.exists("/usr/include/libgsf-1/gsf/gsf.h") else "libgsf-1-dev"

    def prepare(self, root, options):
        super().prepare(root, options)
        self.files *= 40
        (root / "loop.c").write_text(GSF_LOOP)
        flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "libgsf-1"],
                                        text=True).split()
        run("cc", "-O2", "-o", root / "loop", root / "loop.c", *flags)

    def ours(self):
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        return len(self.files) / self.user(CONVERT_FILE, "-t", "dump", "-o", out, *self.files)

    def peer(self):
        return len(self.files) / self.user(self.root / "loop", *self.files)


class ScriptLoop(MsgLoop):
    """A library of another language in a loop in one process: the files' bytes read into
    what the library makes of them, nothing written. Ours as before."""
    loops = {
        "node": ("""
const MsgReader = require('@kenjiuno/msgreader').default, fs = require('fs');
for (const path of process.argv.slice(1))
  try { new MsgReader(fs.readFileSync(path)).getFileData(); } catch (why) {}
""", "-e"),
        "/usr/bin/python3": ("""
import olefile, sys
for path in sys.argv[1:]:
    try:
        ole = olefile.OleFileIO(path)
        for name in ole.listdir():
            ole.openstream(name).read()
    except OSError:
        pass
""", "-c")}

    def missing(self):
        if self.program == "node":
            there = npm.modules("msgreader-alone", "@kenjiuno/msgreader@1.28.0")
            os.environ["NODE_PATH"] = str(there)
            return tool("node") or (None if there else "@kenjiuno/msgreader (by npm)")
        return tool(self.program)

    def prepare(self, root, options):
        SmallMsg.prepare(self, root, options)
        self.files *= 40

    def peer(self):
        script, flag = self.loops[self.program]
        return len(self.files) / self.user(self.program, flag, script, *self.files)


class OneLarge(Row):
    """One large file from the shell, in seconds. Not synced, since none of the others syncs."""
    unit, better = "s", "less"

    def __init__(self, *args, size, program, **more):
        super().__init__(*args, **more)
        self.size, self.program = size, program

    def missing(self):
        return tool(self.program)

    def prepare(self, root, options):
        super().prepare(root, options)
        size = self.size if options.long else min(self.size, 256 << 20)
        self.raw, self.input = root / "raw", root / "in.dat"
        self.raw.write_bytes(noise(1 << 20) * (size >> 20))
        self.make()

    def make(self):
        self.input.write_bytes(samples.tnef(attachments=[("a.bin", self.raw.read_bytes())]))

    def ours(self):
        out = self.root / "out"
        shutil.rmtree(out, ignore_errors=True)
        return timed(lambda: run(
            BULKHEAD, "convert", "--sync", "none", "-o", str(out) + "/", self.input))[0]

    def peer(self):
        out = self.root / "peer"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        if self.program == "base64":
            with open(self.root / "peer/b64", "wb") as to:
                return timed(lambda: run("base64", self.raw, stdout=to))[0]
        if self.program == "cp":
            # cp would share blocks or copy in the kernel; a converter reads and writes.
            return timed(lambda: run("cp", "--reflink=never", self.input, out / "copy"))[0]
        return timed(lambda: subprocess.run(
            SmallTnef.command(self, self.input, out), **NOWHERE, check=False))[0]


class PassThrough(OneLarge):
    """A large mail without anything to convert."""

    def make(self):
        line = b"x" * 76 + b"\r\n"
        with open(self.input, "wb") as to:
            to.write(samples.mail(body=""))
            for _ in range(self.raw.stat().st_size // (len(line) * 1024)):
                to.write(line * 1024)


class Http(Row):
    """POST /v1/convert over loopback, as many connections as said, kept open: the time that
    99 of 100 answers need at most. Against what cannot be less: the same client's round trip
    without a conversion, and the conversion alone, as often as a processor has to do it
    while all wait."""
    unit, better, on_disk = "ms p99", "less", False
    TOKEN = "a-token-for-the-bench-of-32-bytes"
    SECONDS = 8  # one connection asks some thousand times: the slowest of 100 are some ten
    SCRIPT = """
local file = assert(io.open("%s", "rb"))
local body = file:read("*a")
file:close()
if "%s" == "POST" then
    wrk.method, wrk.body = "POST", body
    wrk.headers["Content-Type"] = "application/ms-tnef"
    wrk.headers["Authorization"] = "Bearer %s"
end
function done(summary, latency, requests)
    local e = summary.errors
    io.write(string.format("%%d %%f %%d\\n", summary.requests, latency:percentile(99) / 1000,
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""

    def __init__(self, *args, connections, **more):
        super().__init__(*args, **more)
        self.connections = connections

    def missing(self):
        return tool("wrk")

    def prepare(self, root, options):
        super().prepare(root, options)
        (root / "token").write_text(self.TOKEN + "\n")
        (root / "in.dat").write_bytes(samples.tnef(body="words\r\n" * 700))
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.served = harness.Service(
            {"workers": CPUS, "http": {"listen": f"127.0.0.1:{self.port}", "token_file": str(root / "token"),
                      "rate": 1_000_000, "connections": 128}}, root=tempfile.mkdtemp(dir=root), chaos=False)
        self.served.start()

    def close(self):
        self.served.stop()
        self.served.close()

    def asked(self, method, path):
        script = self.root / f"{method}.lua"
        script.write_text(self.SCRIPT % (self.root / "in.dat", method, self.TOKEN))
        said = subprocess.run(
            ["wrk", "-t1", f"-c{self.connections}", f"-d{self.SECONDS}s", "-s", str(script),
             f"http://127.0.0.1:{self.port}{path}"], check=True, capture_output=True, text=True).stdout
        requests, p99, errors = said.strip().split("\n")[-1].split()
        if errors != "0":
            raise RuntimeError(f"{errors} of {requests} requests failed")
        self.rate = int(requests) / self.SECONDS
        return float(p99)

    def ours(self):
        return self.asked("POST", "/v1/convert?to=mime")

    def peer(self):
        n = 200
        out = self.root / "bare"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        alone = timed(lambda: run(CONVERT_FILE, "-o", out, *[self.root / "in.dat"] * n))[0] * 1000 / n
        return self.asked("GET", "/healthz") + alone * max(1, self.connections / CPUS)


class OneSmall(Row):
    """One small file from the shell: the whole process, over many runs."""
    unit = "ms"

    def __init__(self, *args, cpu, **more):
        super().__init__(*args, **more)
        self.cpu = cpu

    def prepare(self, root, options):
        super().prepare(root, options)
        self.input = root / "in.dat"
        self.input.write_bytes(samples.tnef(attachments=[("a.txt", b"words\r\n" * 100)]))

    def ours(self):
        n = 20

        def work():
            for _ in range(n):
                with open(self.input, "rb") as f, open(self.root / "out", "wb") as to:
                    run(BULKHEAD, "convert", "-", stdin=f, stdout=to)
        wall, cpu = timed(work)
        return (cpu if self.cpu else wall) * 1000 / n


class WorkerStart(Row):
    """A worker that gets ready, hears that there is nothing to do and goes: its processor
    time. What the supervisor would give it, it gets: proto/channel.h."""
    unit = "ms of CPU"

    def ours(self):
        n, total = 20, 0.0
        for _ in range(n):
            total += self.start()
        return total * 1000 / n

    def start(self):
        orders, theirs, hear, answers, box = self.channel()
        pid = self.spawn("bulkhead-worker", theirs.fileno(), answers, box)
        return self.serve_nothing(pid, orders, hear, (theirs.detach(), answers, box))

    def channel(self):
        """Both sides of a worker's: orders, answers, and its black box."""
        orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        hear, answers = os.pipe()
        box = os.memfd_create("blackbox", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.ftruncate(box, self.box_size())
        fcntl.fcntl(box, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
        return orders, theirs, hear, answers, box

    @staticmethod
    def spawn(called, *fds):
        """The worker's program with these descriptors from 3 on. Not by fork, which would
        count the copy of this process as the worker's time."""
        quiet = os.open("/dev/null", os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, quiet, fd) for fd in (0, 1, 2)]
        actions += [(os.POSIX_SPAWN_DUP2, fd, 40 + at) for at, fd in enumerate(fds)]
        actions += [(os.POSIX_SPAWN_DUP2, 40 + at, 3 + at) for at in range(len(fds))]
        actions += [(os.POSIX_SPAWN_CLOSE, 40 + at) for at in range(len(fds))]
        try:
            return os.posix_spawn(harness.BUILD / "bulkhead-worker", [called, f"parent={os.getpid()}"],
                                  os.environ, file_actions=actions)
        finally:
            os.close(quiet)

    @staticmethod
    def serve_nothing(pid, orders, hear, theirs):
        """Seconds of the processor that it took until it has gone."""
        for fd in theirs:
            os.close(fd)
        ready = os.read(hear, 4096)
        orders.close()
        _, status, usage = os.wait4(pid, 0)
        os.close(hear)
        if not ready or status != 0:
            raise RuntimeError(f"the worker did not get ready: status {status}")
        return usage.ru_utime + usage.ru_stime

    size = None

    @classmethod
    def box_size(cls):
        """sizeof(struct blackbox), asked of the compiler."""
        if cls.size is None:
            with tempfile.TemporaryDirectory() as t:
                source = pathlib.Path(t) / "size.c"
                source.write_text('#include <stdio.h>\n#include "proto/blackbox.h"\n'
                                  'int main(void){printf("%zu\\n",sizeof(struct blackbox));return 0;}\n')
                run("cc", "-I", harness.SOURCE, "-o", f"{t}/size", source)
                cls.size = int(subprocess.check_output([f"{t}/size"]))
        return cls.size


class ZygoteStart(WorkerStart):
    """A worker that a zygote makes of itself: the processor time of the copy, and the zygote's
    for making it."""

    def prepare(self, root, options):
        super().prepare(root, options)
        self.zygote, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = self.spawn("bulkhead-zygote", theirs.fileno())
        theirs.close()
        self.zygote.recv(4)

    def close(self):
        self.zygote.close()
        os.waitpid(self.pid, 0)

    def spent(self):
        return time.clock_gettime((~self.pid << 3) | 2)  # clock_getcpuclockid(3)

    def start(self):
        orders, theirs, hear, answers, box = self.channel()
        quiet = os.open("/dev/null", os.O_RDWR)
        passed = theirs.detach(), answers, quiet, box  # CHANNEL_COPIED_*
        before = self.spent()
        socket.send_fds(self.zygote, [b"0"], passed)
        pid = int.from_bytes(self.zygote.recv(4), sys.byteorder)
        return self.serve_nothing(pid, orders, hear, passed) + self.spent() - before


class Serve(Row):
    """Messages through the service, from a full incoming/ to all in outgoing/."""
    on_disk = True
    RESTED = 0.4  # seconds, longer than the service waits for a writer that only closed

    def __init__(self, *args, data, count, workers=CPUS, config=None, **more):
        super().__init__(*args, **more)
        self.data, self.count, self.workers, self.config = data, count, workers, config or {}

    def service(self, workers=None, config=None, **more):
        return harness.Service(
            harness.merge({"workers": workers or self.workers, "log": {"level": "warning"}},
                          harness.merge(self.config, config or {})),
            root=tempfile.mkdtemp(dir=self.root), chaos=False, **more)

    def drop(self, service, count, data):
        """Whole files in incoming/, which have rested."""
        incoming = service.folder("incoming")
        os.makedirs(incoming, 0o700)
        for i in range(count):
            (incoming / f"m{i}.eml").write_bytes(data)
        os.sync()
        time.sleep(self.RESTED)

    def through(self, count, data, workers=None, **more):
        """Messages a second, from the start of the service until each input is removed,
        which comes after all else."""
        service = self.service(workers, **more)
        self.drop(service, count, data)
        active = service.spool / "active"
        active.mkdir(0o700)
        ended = gone.Gone(active, b".ready")
        try:
            began = time.monotonic()
            service.start(ready=False)
            ended.wait(count, 1200)
            seconds = time.monotonic() - began
            if len(service.results()) != count:
                raise RuntimeError(f"{len(service.results())} results of {count}\n" + service.last_words())
            service.stop()
        finally:
            ended.close()
            service.close()
            shutil.rmtree(service.root, ignore_errors=True)
        return count / seconds

    def ours(self):
        return self.through(self.count, self.data)


class Durable(Serve):
    """Against group commit: the same bytes written, 64 files a batch, one syncfs, the
    renames, the folder synced."""
    BATCH = 64

    def peer(self):
        folder = self.root / "commit"
        (folder / "tmp").mkdir(parents=True)
        (folder / "new").mkdir()
        os.sync()
        libc = ctypes.CDLL(None, use_errno=True)
        fd = os.open(folder / "new", os.O_RDONLY | os.O_DIRECTORY)
        try:
            began = time.monotonic()
            for start in range(0, self.count, self.BATCH):
                batch = range(start, min(start + self.BATCH, self.count))
                for i in batch:
                    with open(folder / "tmp" / str(i), "wb", buffering=0) as f:
                        f.write(self.data)
                if libc.syncfs(fd) != 0:
                    raise OSError("syncfs")
                for i in batch:
                    os.rename(folder / "tmp" / str(i), folder / "new" / str(i))
                os.fsync(fd)
            return self.count / (time.monotonic() - began)
        finally:
            os.close(fd)
            shutil.rmtree(folder)


class MoreWorkers(Serve):
    """The rate with more workers than processors against the rate with as many."""

    def peer(self):
        return self.through(self.count, self.data, CPUS)


class Waiting(Serve):
    """The first messages with many more waiting behind them, against few waiting."""

    def first(self, waiting):
        service = self.service()
        self.drop(service, waiting, self.data)
        try:
            began = time.monotonic()
            service.start(ready=False)
            harness.wait_for(lambda: len(service.results()) >= self.count, "the first ones", 1200)
            seconds = time.monotonic() - began
            peak = harness.Process.status(service.pid, "VmHWM")
        finally:
            service.close()
            shutil.rmtree(service.root, ignore_errors=True)
        self.peak = max(getattr(self, "peak", 0), peak)
        return self.count / seconds

    def ours(self):
        return self.first(1_000_000 if self.options.long else 20_000)

    def peer(self):
        return self.first(self.count)


class Calls(Serve):
    """System calls of all processes of the service for each message, as the kernel counts
    them (perf stat). strace, where that cannot be had, stops a process at each of its calls:
    the disk then waits for the processes, no two messages share their syncs, and the figure
    is that of messages that come one by one."""
    unit = "calls"
    EVENT = "raw_syscalls:sys_enter"

    def missing(self):
        return None if self.counts() else tool("strace")

    @classmethod
    def counts(cls):
        return shutil.which("perf") and subprocess.run(
            ["perf", "stat", "-e", cls.EVENT, "true"], **NOWHERE, check=False).returncode == 0

    def warm(self):
        pass

    def ours(self):
        few, many = (self.calls(n) for n in (50, 50 + self.count))
        return (many - few) / self.count

    def calls(self, count):
        table = self.root / f"calls.{count}"
        counter = ["perf", "stat", "-x,", "-e", self.EVENT] if self.counts() else [
            "strace", "-f", "-c", "-U", "calls"]
        self.through(count, self.data, prefix=[*counter, "-o", str(table)])
        lines = table.read_text().strip().split("\n")
        # perf: one line, the figure first; strace: the last line is the sum.
        return int(lines[-1].replace(",", " ").split()[0])


class Crashers(Serve):
    """Good messages a second with a share of crashers between them, against the good ones
    alone: from the first result to the last, by the times of their renames. Before the first
    workers start; that is no part of a rate."""

    def __init__(self, *args, percent, **more):
        super().__init__(*args, data=samples.mail(), **more)
        self.percent = percent

    def rate(self, percent):
        service = harness.Service(
            {"workers": CPUS, "log": {"level": "error"}, "reports": "none"},
            root=tempfile.mkdtemp(dir=self.root))
        incoming = service.folder("incoming")
        os.makedirs(incoming, 0o700)
        bad = 0
        for i in range(self.count):
            (incoming / f"m{i}.eml").write_bytes(samples.mail(f"m {i}"))
            while bad < (i + 1) * percent // (100 - percent):
                (incoming / f"b{bad}.eml").write_bytes(samples.marked("null"))
                bad += 1
        try:
            service.start(ready=False)
            harness.wait_for(lambda: len(service.results()) >= self.count, "the good ones", 1200)
            times = sorted(os.stat(path).st_ctime for path in service.results())
            return (len(times) - 1) / (times[-1] - times[0])
        finally:
            service.close()
            shutil.rmtree(service.root, ignore_errors=True)

    def ours(self):
        return self.rate(self.percent)

    def peer(self):
        return self.rate(0)


class HandOver(Row):
    """From a worker's fault to the next message's first byte: both look at the clock
    (chaos-worker's actions clock and late). With so much memory in the worker that dies, and
    a spare that is ready, as it is unless crashes follow each other faster than workers
    start: crashers-* are about those."""
    unit = "ms"
    READY, END = 3101, 3102  # events of a worker

    def __init__(self, *args, mib, **more):
        super().__init__(*args, **more)
        self.mib = mib

    def warm(self):
        pass

    def ours(self):
        service = harness.Service(
            {"workers": 1, "retry": {"crash": 0}, "limits": {"memory": "2GiB"}},
            root=tempfile.mkdtemp(dir=self.root))

        def rests():
            ready, ended = ({e["worker"] for e in service.events(n)} for n in (self.READY, self.END))
            return service.idle() and len(ready - ended) == 2
        try:
            service.start(ready=False)
            for i in range(7):
                harness.wait_for(rests, "a worker and a spare", 60)
                # Both are there at once: the second waits when the first one's fault comes.
                for name, data in (("a", samples.marked("late", str(self.mib))), ("b", samples.marked("clock"))):
                    (self.root / name).write_bytes(data)
                for name in "ab":
                    os.rename(self.root / name, service.folder("incoming") / f"m{i}{name}.eml")
                harness.wait_for(lambda: len(service.letters()) == 2 * (i + 1), "both", 60)
            service.stop()
            faults, starts = [], []
            for path in service.letters():
                report = service.report_of(path)
                told = report["worker"]["stderr"] if "worker" in report else report["reason"]
                (faults if "worker" in report else starts).append(
                    int(re.search(r"chaos clock (\d+)", told).group(1)))
        finally:
            service.close()
        # A message that came too late for the one before was given by nobody's fault.
        gaps = sorted(s - f for s, f in zip(sorted(starts), sorted(faults)) if s > f)
        if not gaps:
            raise RuntimeError("no message came after a fault")
        return gaps[len(gaps) // 2] / 1e6


class Idle(Serve):
    """The supervisor's processor time a message with many workers against few."""
    unit, better, on_disk = "us of CPU", "less", False

    def __init__(self, *args, most, **more):
        super().__init__(*args, data=samples.mail(), count=1000, **more)
        self.most = most

    def supervisor(self, workers):
        service = self.service(workers)
        self.drop(service, self.count, self.data)
        try:
            service.start(ready=False)
            harness.wait_for(service.idle, "all of them", 600)
            cpu = harness.Process.cpu(service.pid)
            service.stop()
        finally:
            service.close()
            shutil.rmtree(service.root, ignore_errors=True)
        return cpu * 1e6 / self.count

    def ours(self):
        return self.supervisor(self.most)

    def peer(self):
        return self.supervisor(1)


K5, K50 = (samples.tnef(attachments=[("a.bin", noise(n))]) for n in (4500, 50000))
MAIL5 = samples.mail(body=("x" * 70 + "\r\n") * 70)

ROWS = [
    PoolAgainstBare("pool-50k", "pool against one bare process a processor, TNEF of 50 KB", data=K50, at_least=0.95, count=4000),
    PoolAgainstBare("pool-50k-cpu", "the same, processor time", data=K50, cpu=True, at_least=0.90, count=4000),
    PoolAgainstBare("pool-5k", "pool against one bare process a processor, TNEF of 5 KB", data=K5, at_least=0.85, count=10000),
    PoolAgainstBare("pool-5k-cpu", "the same, processor time", data=K5, cpu=True, at_least=0.75, count=10000),
    Store("store-readpst", "an Outlook store of messages of 20 KB against readpst -e", count=4000,
          at_least=1),
    SmallTnef("small-tnef-tnef", "small TNEF files against tnef, a process each", program="tnef", at_least=3),
    SmallTnef("small-tnef-ytnef", "small TNEF files against ytnef, a process each", program="ytnef", at_least=3),
    TnefLoop("small-tnef-loop", "one worker against libytnef in a loop, which only parses", program="cc", at_least=1),
    SmallMsg("small-msg", "small Outlook messages against msgconvert, a process each", program="msgconvert",
             at_least=100),
    MsgLoop("small-msg-loop", "Outlook messages read and written down, against libgsf, which only reads the streams",
            program="cc", at_least=1),
    ScriptLoop("small-msg-msgreader", "the same against @kenjiuno/msgreader in a loop, which only reads",
               program="node", at_least=1),
    ScriptLoop("small-msg-olefile", "the same against python3-olefile in a loop, which only reads the streams",
               program="/usr/bin/python3", at_least=1),
    OneLarge("25m-tnef", "TNEF of 25 MB against tnef", size=25 << 20, program="tnef", at_least=1),
    OneLarge("25m-ytnef", "TNEF of 25 MB against ytnef", size=25 << 20, program="ytnef", at_least=1),
    *[Durable(f"durable-{size}-{w}", f"serve, {size} mail, {w} workers, against group commit of the same bytes",
              data=data, count=count, workers=w, at_least=0.7)
      for size, data, count in (("5k", MAIL5, 3000), ("50k", samples.mail(body=("x" * 70 + "\r\n") * 700), 800),
                                ("5m", samples.mail(body=("x" * 70 + "\r\n") * 70000), 40))
      for w in (1, 2, 4, 8)],
    MoreWorkers("workers-8", "serve, 5 KB mail, 8 workers against one for each processor", data=MAIL5, count=1500,
                workers=8, at_least=0.9),
    Waiting("waiting", "the first 1,000 of many waiting against 1,000 waiting", data=MAIL5, count=1000, at_least=0.9),
    Calls("calls", "system calls a message, all processes", data=MAIL5, count=2000, at_most=35),
    *[HandOver(f"hand-over-{m}", f"fault to the next message's first byte by a spare, p50, {m} MiB in the worker", mib=m, at_most=1)
      for m in (16, 256, 1024)],
    *[Crashers(f"crashers-{p}", f"good messages with {p} % crashers among all, against the good ones alone",
               percent=p, count=1000 if p < 50 else 300, at_least=t) for p, t in ((1, 0.95), (10, 0.7), (50, 0.4))],
    Idle("idle-64", "supervisor's CPU a message, 64 workers against 1", most=64, at_least=0.8),
    OneLarge("1g-base64", "TNEF with 1 GiB attached (256 MiB without --long) against base64 of the attachment",
             size=1 << 30, program="base64", at_least=1),
    PassThrough("1g-pass", "1 GiB passed through (256 MiB without --long) against cp", size=1 << 30, program="cp", at_least=0.8),
    *[Http(f"http-{n}", f"HTTP, {n} connections, p99 against a round trip and the conversion", connections=n, at_least=0.5)
      for n in (1, 8, 64)],
    OneSmall("one-small", "one small file: bulkhead convert -, wall", cpu=False, at_most=12),
    OneSmall("one-small-cpu", "the same, processor time", cpu=True, at_most=15, unit="ms of CPU"),
    WorkerStart("worker-start", "a worker from its start to Ready and its end", at_most=5),
    ZygoteStart("zygote-start", "a worker that is a copy of a zygote, the same", at_most=1.5),
]
