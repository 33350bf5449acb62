# SPDX-License-Identifier: ISC
"""Disks of the tests' own, at which bad things may happen: root and a Linux kernel are needed."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile

import harness
from scene import Skipped

EXT4_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN
WITHOUT_JOURNAL = struct.pack("=I", 2)  # EXT4_GOING_FLAGS_NOLOGFLUSH


def run(*command, why="this cannot be done here"):
    if not shutil.which(command[0]):
        raise Skipped(f"{command[0]} is not installed")
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skipped(f"{why}: {(done.stderr or done.stdout).strip().partition(chr(10))[0]}")
    return done.stdout


@contextlib.contextmanager
def folder():
    place = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-volume."))
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)
        place.rmdir()


@contextlib.contextmanager
def tmpfs(size):
    with folder() as place:
        run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place),
            why="no tmpfs can be mounted")
        yield place


class Image:
    """A file system in a file: with it a disk can fail, and be cut off."""
    MAKE, OPTIONS = [], "loop"

    def __init__(self, place, size):
        self.place = place
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
        fd, self.file = tempfile.mkstemp(prefix="bulkhead-image.", dir=memory)
        os.truncate(fd, size)
        os.close(fd)

    def mount(self):
        run("mount", "-o", self.OPTIONS, self.file, str(self.place),
            why="no file can be mounted as a disk")

    def unmount(self):
        """When nobody uses it any more."""
        def gone():
            return subprocess.run(["umount", self.place], check=False,
                                  capture_output=True).returncode == 0
        harness.wait_for(gone, "the end of whoever uses the disk")


class Btrfs(Image):
    MAKE = ["mkfs.btrfs", "-q", "--mixed"]

    def limited(self, size):
        """A folder of which the kernel says EDQUOT beyond a size."""
        place = self.place / "limited"
        run("btrfs", "quota", "enable", str(self.place))
        run("btrfs", "subvolume", "create", str(place))
        run("btrfs", "qgroup", "limit", str(size), str(place))
        return place


class Ext4(Image):
    MAKE, OPTIONS = ["mkfs.ext4", "-q", "-F"], "loop,errors=remount-ro"

    def fail(self):
        """The kernel finds an error, and lets nobody write any more."""
        device = run("findmnt", "-no", "SOURCE", str(self.place)).strip()
        trigger = pathlib.Path("/sys/fs/ext4", os.path.basename(device), "trigger_fs_error")
        try:
            trigger.write_text("1")
        except OSError as e:
            raise Skipped(f"this kernel's ext4 cannot be made to fail: {e}") from e

    def cut(self):
        """No byte reaches the disk from now on, those of the journal in memory neither: what
        a loss of power does."""
        fd = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, EXT4_SHUTDOWN, WITHOUT_JOURNAL)
        except OSError as e:
            raise Skipped(f"this kernel's ext4 cannot be shut down: {e}") from e
        finally:
            os.close(fd)

    def remount(self):
        self.unmount()
        self.mount()

    def repair(self):
        """What an administrator does then."""
        self.unmount()
        done = subprocess.run(["fsck.ext4", "-fy", self.file], check=False, capture_output=True)
        assert done.returncode in (0, 1), f"fsck: {done.stdout}{done.stderr}"
        self.mount()


@contextlib.contextmanager
def disk(kind, size):
    with folder() as place:
        image = kind(place, size)
        try:
            run(*image.MAKE, image.file)
            image.mount()
            yield image
        finally:
            subprocess.run(["umount", "-l", place], check=False, capture_output=True)
            os.unlink(image.file)
