#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""How fast a machine is with Bulkhead: messages a second through the whole service, disk
syncs included, for a few kinds of message and numbers of workers. Beside each what the
disk allows in the same run: as many processes as workers that only copy such files one by
one, each synced and renamed. Nothing is asserted.

    tests/bench/throughput.py [COUNT]
"""

import multiprocessing
import os
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))
import harness  # noqa: E402
import samples  # noqa: E402

KINDS = {
    "plain mail, 5 KB": ("eml", samples.mail(body=("x" * 70 + "\r\n") * 70)),
    "winmail.dat, 50 KB": ("dat", samples.tnef(attachments=[("a.bin", os.urandom(50000))])),
    "mail with a winmail.dat, 50 KB": (
        "eml", samples.mail_with_tnef(samples.tnef(attachments=[("a.bin", os.urandom(36000))]))),
    "winmail.dat, 5 MB": ("dat", samples.tnef(attachments=[("a.bin", os.urandom(5000000))])),
}


def measure(workers, kind, count):
    extension, data = KINDS[kind]
    service = harness.Service({"workers": workers, "log": {"level": "warning"}}, chaos=False)
    incoming = service.folder("incoming")
    os.makedirs(incoming, 0o700)
    for i in range(count):
        (incoming / f"m{i}.{extension}").write_bytes(data)
    try:
        began = time.monotonic()
        service.start(ready=False)
        harness.wait_for(service.idle, "all of them", 600, every=0.05)
        seconds = time.monotonic() - began
        if len(service.results()) != count:
            sys.exit(f"{len(service.results())} results of {count}\n" + service.last_words())
        service.stop()
    finally:
        service.close()
    return count / seconds


def copy_each(folder, data, count):
    """What a converter cannot avoid: a file written, synced, renamed."""
    for i in range(count):
        fd = os.open(f"{folder}/half", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, data)
        os.fdatasync(fd)
        os.close(fd)
        os.rename(f"{folder}/half", f"{folder}/m{i}")


def disk(workers, kind, count):
    root = tempfile.mkdtemp(prefix="bulkhead-bench.")
    copiers = []
    try:
        for w in range(workers):
            os.mkdir(f"{root}/{w}")
            copiers.append(multiprocessing.Process(
                target=copy_each, args=(f"{root}/{w}", KINDS[kind][1], count // workers)))
        began = time.monotonic()
        for process in copiers:
            process.start()
        for process in copiers:
            process.join()
        return count / (time.monotonic() - began)
    finally:
        shutil.rmtree(root)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{'kind':32}" + "".join(f"{w} worker{'s' * (w > 1)} (disk: ratio)".rjust(32)
                                   for w in (1, 2, 4)))
    for kind, (_, data) in KINDS.items():
        n = max(20, count // max(1, len(data) // 50000))
        line = f"{kind:32}"
        for workers in (1, 2, 4):
            limit, rate = disk(workers, kind, n), measure(workers, kind, n)
            line += f"{rate:.0f}/s ({limit:.0f}/s: {rate / limit:.2f})".rjust(32)
        print(line, flush=True)


if __name__ == "__main__":
    main()
