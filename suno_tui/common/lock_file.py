"""A lock that is a file, for file systems that refuse the kernel's locks.

Lustre without `-o flock`, NFS without a lock daemon and some FUSE have no `flock`. All of them can
create a file only if it does not exist (`O_EXCL`), so that file is the lock. It names its holder:
machine, boot, process id and the start time of the process. If the holder is dead and was on this
machine, its lock is taken over. Whether a holder on another machine is alive can't be known: its
file stays until the holder or a person deletes it.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import NamedTuple

_UNWRITTEN_SECONDS = 60
"""Age in seconds from which an empty file counts as left by a process that died or a full disk."""


class Holder(NamedTuple):
    """The contents of a lock file; each holder has a different `token`."""

    machine: str
    boot: str
    process: int
    began: str
    token: str
    note: str

    @property
    def here(self) -> bool:
        """Whether the holder runs on this machine."""
        return self.machine == _machine()


class LockFile:
    """A lock among the processes of all machines that see the file. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._token = ""

    def take(self, note: str = "") -> bool:
        """Take the lock; return False if another process has it."""
        token = os.urandom(8).hex()
        number = os.getpid()
        lines = [_machine(), _boot(), str(number), _began(number) or "", token, note]
        if not self._make("\n".join(lines)):
            return False
        self._token = token
        return True

    def release(self) -> None:
        """Release the lock, if it is still ours."""
        found = self._read()
        if found and self._token and found.token == self._token:
            self.path.unlink(missing_ok=True)
        self._token = ""

    def holder(self) -> Holder | None:
        """Return the holder; None if there is none, or if it is known to be dead."""
        found = self._read()
        return None if found is None or self._left_behind(found) else found

    def _make(self, text: str) -> bool:
        if _create(self.path, text):
            return True
        found = self._read()
        if found is not None and not self._left_behind(found):
            return False
        # Only one process at a time may remove a dead one's lock: a second one would remove the
        # lock that the first has taken meanwhile.
        breaking = self.path.with_name(f"{self.path.name}.breaking")
        if not _create(breaking, str(os.getpid())):
            if _age(breaking) > _UNWRITTEN_SECONDS:
                breaking.unlink(missing_ok=True)
            return False
        try:
            if found is not None and self._read() == found:
                self.path.unlink(missing_ok=True)
            return _create(self.path, text)
        finally:
            breaking.unlink(missing_ok=True)

    def _read(self) -> Holder | None:
        """Return the holder, without a token if the file is empty; None if there is no file."""
        try:
            lines = self.path.read_bytes()[:4096].decode("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return None
        if len(lines) < 6 or not lines[2].isdigit():
            return Holder("", "", 0, "", "", "")
        return Holder(lines[0], lines[1], int(lines[2]), *lines[3:6])

    def _left_behind(self, found: Holder) -> bool:
        if not found.token:
            return _age(self.path) > _UNWRITTEN_SECONDS
        if not found.here:
            return False
        gone = bool(found.began) and _began(found.process) != found.began
        return gone or found.boot != _boot()


def _create(path: Path, text: str) -> bool:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return True


def _age(path: Path) -> float:
    """Return the seconds between a file's time and now; 0 if it is gone.

    A time in the future counts like one in the past: the clock may have been set back.
    """
    try:
        return abs(time.time() - path.stat().st_mtime)
    except OSError:
        return 0.0


def _machine() -> str:
    """Return a name for the machine or container in which process ids are unique."""
    names = [os.uname().nodename]
    with contextlib.suppress(OSError):
        names.append(Path("/etc/machine-id").read_text().strip())
    with contextlib.suppress(OSError):
        # A container has process ids of its own.
        names.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(names)


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _began(process: int) -> str | None:
    """Return the start time of a process as the system prints it; None if it has ended."""
    try:
        # The process name, in brackets, may contain anything.
        state, *more = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    else:
        return None if state in "ZX" else more[18]
    import subprocess  # needed on macOS only; importing it takes milliseconds

    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(process)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
    )
    return done.stdout.strip() or None
