# SPDX-License-Identifier: ISC
"""Clients of the door that keep it busy, and what is said there, byte by byte."""

import subprocess
import sys


def varint(n):
    out = b""
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """A field of a protobuf message: a number, or bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


# 4,000 connections of one process each of some, held until it is killed: the first half says
# nothing, the others begin an upload, or ask how things are; nobody reads an answer. One that is
# let go comes again.
HOLDERS = """
import os, resource, select, socket, sys, time
path, upload, look = sys.argv[1], *map(bytes.fromhex, sys.argv[2:])
first = all(os.fork() for _ in range(7))
resource.setrlimit(resource.RLIMIT_NOFILE, (min(
    4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
held, poll = {}, select.epoll()
def hold(number):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(path)
    try:
        if number % 10 in (7, 8):
            s.send(upload if number % 10 == 7 else look)
    except OSError:
        pass  # let go already
    held[s.fileno()] = s, number
    poll.register(s, select.EPOLLRDHUP)
for number in range(500):
    hold(number)
if first:
    os.write(1, b"held\\n")
while True:
    time.sleep(0.1)
    for fd, _ in poll.poll():
        s, number = held.pop(fd)
        poll.unregister(fd)
        s.close()
        hold(number)
"""


def hold(path):
    """The processes that hold the door at this path, once all are there: a session of their own, to
    be killed by whoever has it."""
    holders = subprocess.Popen(  # pylint: disable=consider-using-with
        [sys.executable, "-c", HOLDERS, str(path), (field(1, 1) + field(3, b"")).hex(),
         (field(1, 1) + field(4, b"")).hex()], stdout=subprocess.PIPE, start_new_session=True)
    assert holders.stdout.readline() == b"held\n"
    return holders
