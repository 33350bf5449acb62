#!/usr/bin/python3 -B
# SPDX-License-Identifier: ISC
"""How long good mail takes while bad mail crashes its workers: messages come at a steady
rate, a share of them crashes whoever reads it, each time. Latency is from the drop into
incoming/ to the rename into outgoing/, of good messages only. Beside it: what each message
cost in processor time, of the supervisor itself and of all its children. Nothing is asserted.

    tests/bench/latency.py [--rate N] [--seconds S] [--bad PERCENT,...] [--breaker] [BUILD ...]

Of several builds each row is measured with one after the other.
"""

import argparse
import os
import pathlib
import resource
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
os.environ.setdefault("BULKHEAD_BUILD", str(HERE.parents[1] / "build"))
import harness  # noqa: E402
import samples  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
CONFIG = {
    "log": {"level": "info", "burst": 20},
    "reports": "none",
}


def family_cpu():
    """Processor seconds of all children that ended and were waited for, theirs included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def own_cpu(pid):
    """Of one process that runs: user, system."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def is_bad(i, percent):
    """Evenly spread. At 100 % one in 25 is good all the same, or there were no latency."""
    bad = (i + 1) * percent // 100 > i * percent // 100
    return bad and (percent < 100 or i % 25 != 12)


def measure(build, rate, seconds, percent, breaker):
    harness.BUILD = pathlib.Path(build).resolve()
    service = harness.Service(
        harness.merge(CONFIG, {"breaker": {"window": 50 if breaker else "off"}}),
        command=[str(harness.BUILD / "bulkhead"), "serve"])
    dropped = {}
    count = int(rate * seconds)
    cpu = family_cpu()
    try:
        service.start(ready=False)
        harness.wait_for(lambda: len(service.workers()) >= 3, "workers")
        time.sleep(0.5)  # all processes are up: what is measured is a service at work
        began = time.monotonic()
        for i in range(count):
            bad = is_bad(i, percent)
            data = samples.marked("null", subject=f"m {i}") if bad else samples.mail(f"m {i}")
            pause = began + i / rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            if not bad:
                dropped[i] = time.time()
            service.drop(f"m{i}.eml", data)
        offered = time.monotonic() - began
        wait = 20 if breaker and percent > 50 else 300
        until = time.monotonic() + wait
        while not service.idle() and time.monotonic() < until:
            time.sleep(0.05)
        took = time.monotonic() - began
        supervisor = own_cpu(service.pid)
        service.signal(signal.SIGUSR1)
        turns = service.wait_event(harness.STATE)[-1]
        times = []
        for path in service.results():
            stem = harness.RESULT_NAME.fullmatch(os.path.basename(path)).group("stem")
            number = int(stem[1:])
            if number in dropped:
                times.append(os.stat(path).st_ctime - dropped[number])
        service.stop()
    finally:
        service.close()
    times.sort()
    row = {"build": build, "offered": count / offered, "percent": percent,
           "good": len(times), "queued": len(dropped) - len(times), "drained": took - offered,
           "cpu": (family_cpu() - cpu) / count, "supervisor": supervisor / count,
           "turns": turns}
    if times:
        row.update(p50=times[len(times) // 2], p95=times[len(times) * 95 // 100], max=times[-1])
    return row


def show(row):
    latency = " / ".join(f"{row[k] * 1000:.0f}" for k in ("p50", "p95", "max")) if "p50" in row else "-"
    queued = f", {row['queued']} still queued" if row["queued"] else ""
    print(f"{row['build']}: {row['offered']:.0f}/s, {row['percent']} % bad: good mail p50/p95/max "
          f"{latency} ms{queued}; all done {row['drained']:.1f} s after the last; "
          f"{row['cpu'] * 1000:.1f} ms of processor a message, supervisor {row['supervisor'] * 1e6:.0f} us; "
          f"of {row['turns'].get('turns', 0)} turns of its loop {row['turns'].get('turns_over_10ms', 0)} "
          f"over 10 ms, the longest {row['turns'].get('longest_turn_us', 0) / 1000:.1f} ms",
          flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--bad", default="1,10,50,100")
    parser.add_argument("--breaker", action="store_true")
    parser.add_argument("builds", nargs="*", default=[os.environ["BULKHEAD_BUILD"]])
    options = parser.parse_args()
    for percent in map(int, options.bad.split(",")):
        for build in options.builds:
            show(measure(build, options.rate, options.seconds, percent, options.breaker))


if __name__ == "__main__":
    main()
