"""Find out what a file system lacks: locks on Lustre and NFS, shared memory on network disks."""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL)
"""The errors of file systems without locks: Lustre, NFS without its daemon, some FUSE."""


class Abilities(NamedTuple):
    """What the file system of a folder offers to a database."""

    locks: bool
    """Whether byte-range locks (`fcntl`) work."""
    shared_memory: bool
    """Whether processes can map a file together, as SQLite does with the index of the WAL."""


SILENT = (
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "virtiofs", "vboxsf",
    "prl_fs", "fuse",
)  # fmt: skip
"""File systems on which the kernel does not report changes by other machines. The part before the
dot of a name counts (`fuse.sshfs`)."""

NETWORK_DISKS = {"nfs": "NFS", "nfs4": "NFS"} | dict.fromkeys(("cifs", "smb3", "smbfs"), "SMB")

MOUNTS = Path("/proc/self/mountinfo")

_known: dict[int, Abilities] = {}


def abilities(folder: Path) -> Abilities:
    """Return what the file system of a folder can do. Each file system is tried once per process.

    If the folder can't be written, the answer is everything: opening the database then reports
    what is wrong.
    """
    try:
        device = folder.stat().st_dev
        if device not in _known:
            with tempfile.TemporaryFile(dir=folder) as file:
                _known[device] = Abilities(_can_lock(file.fileno()), _can_share(file.fileno()))
    except OSError:
        return Abilities(locks=True, shared_memory=True)
    return _known[device]


def _can_lock(handle: int) -> bool:
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
    except OSError as error:
        return error.errno not in NO_LOCKS
    return True


def _can_share(handle: int) -> bool:
    try:
        os.ftruncate(handle, mmap.PAGESIZE)
    except OSError:
        return True  # can't be tried on a full disk
    try:
        mmap.mmap(handle, mmap.PAGESIZE).close()
    except OSError:
        return False
    return True


def is_silent(folder: Path) -> bool:
    """Return whether other machines may change a folder unreported by our kernel (Linux)."""
    return _kind(folder).partition(".")[0] in SILENT


def network_disk(folder: Path) -> str | None:
    """Return `NFS` or `SMB` if a folder, or what will be its parent, is on one (Linux)."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return NETWORK_DISKS.get(_kind(folder))


def _kind(folder: Path) -> str:
    """Return the kernel's name for the file system of a folder; empty if it is not known."""
    try:
        device = folder.stat().st_dev
        for line in MOUNTS.read_text().splitlines():
            mount, _, kind = line.partition(" - ")
            if mount.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                return kind.partition(" ")[0]
    except (OSError, IndexError):
        pass
    return ""
