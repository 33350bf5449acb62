#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Run a program for which the kernel refuses some system calls, as an old kernel or a
container's profile would: deny.py CALL=ERRNO[,CALL=ERRNO...] PROGRAM ARGUMENT...

CALL is landlock_create_ruleset or seccomp. The filter is inherited by all children.
"""

import ctypes
import errno
import os
import struct
import sys

# Numbers of x86-64 and aarch64; landlock has one for all machines.
CALLS = {"landlock_create_ruleset": 444,
         "seccomp": {"x86_64": 317, "aarch64": 277}[os.uname().machine]}
PRCTL = {"x86_64": 157, "aarch64": 167}[os.uname().machine]
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
NUMBER, FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data


def program(denied):
    """seccomp is also a prctl, which libseccomp falls back to."""
    code = []
    for call, err in denied.items():
        code += [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, 1, CALLS[call]), (RETURN, 0, 0, ERRNO | err)]
        if call == "seccomp":
            code += [(JUMP_EQUAL, 0, 3, PRCTL), (LOAD, 0, 0, FIRST_ARGUMENT),
                     (JUMP_EQUAL, 0, 1, PR_SET_SECCOMP), (RETURN, 0, 0, ERRNO | err)]
    code.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("=HBBI", *row) for row in code), len(code)


def main():
    denied = {}
    for pair in sys.argv[1].split(","):
        call, _, name = pair.partition("=")
        denied[call] = getattr(errno, name)
    code, count = program(denied)
    room = ctypes.create_string_buffer(code)
    # struct sock_fprog: a count, padding, a pointer
    prog = struct.pack("=H6xQ", count, ctypes.addressof(room))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_ulong]
    if prctl(PR_SET_NO_NEW_PRIVS, 1, None, 0, 0) or prctl(PR_SET_SECCOMP, MODE_FILTER, prog, 0, 0):
        sys.exit(f"deny.py: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
