"""A lock that is a file, for file systems that refuse the kernel's locks.

Lustre without `-o flock`, NFS without a lock daemon and some FUSE know no `flock`. All of them make
a file only if there is none (`O_EXCL`), so the file that was made is the lock. It names its holder:
machine, boot, process id and the moment when that process began. A holder of this machine that is
gone is recognised, and its lock is taken. Of another machine's nothing can be known: its file
stands until its holder or a person removes it.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import NamedTuple

_UNWRITTEN_SECONDS = 60
"""A file without a holder is that old if its maker died in between, or it is on a full disk."""


class Holder(NamedTuple):
    """What a lock file says; `token` is another one each time that it is taken."""

    machine: str
    boot: str
    process: int
    began: str
    token: str
    note: str

    @property
    def here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.machine == _machine()


class LockFile:
    """One holder among the processes of all machines that see the file. Raises `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._token = ""

    def take(self, note: str = "") -> bool:
        """Take the lock; False if somebody else has it."""
        token = os.urandom(8).hex()
        number = os.getpid()
        lines = [_machine(), _boot(), str(number), _began(number) or "", token, note]
        if not self._make("\n".join(lines)):
            return False
        self._token = token
        return True

    def release(self) -> None:
        """Let go of it, if it is ours still."""
        found = self._read()
        if found and self._token and found.token == self._token:
            self.path.unlink(missing_ok=True)
        self._token = ""

    def holder(self) -> Holder | None:
        """Who has it; None if nobody does, as far as can be known."""
        found = self._read()
        return None if found is None or self._left_behind(found) else found

    def _make(self, text: str) -> bool:
        if _create(self.path, text):
            return True
        found = self._read()
        if found is not None and not self._left_behind(found):
            return False
        # One at a time removes what was left behind: else the second removes the first one's lock.
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
        """What the file says, None if there is no file; a holder without a token if it is empty."""
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
    """How many seconds lie between a file's time and now; 0 if it is gone.

    A time in the future counts like one in the past: the clock was set back.
    """
    try:
        return abs(time.time() - path.stat().st_mtime)
    except OSError:
        return 0.0


def _machine() -> str:
    """This machine or container, as far as process ids mean the same."""
    names = [os.uname().nodename]
    with contextlib.suppress(OSError):
        names.append(Path("/etc/machine-id").read_text().strip())
    with contextlib.suppress(OSError):
        # A container has ids of its own; the boot is not part of the machine's name.
        names.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(names)


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _began(process: int) -> str | None:
    """When a process of this machine began, in the system's own words; None if it has ended."""
    try:
        # Its name, in brackets, may hold anything.
        state, *more = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    else:
        return None if state in "ZX" else more[18]
    import subprocess  # needed on macOS alone; importing it takes milliseconds

    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(process)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
    )
    return done.stdout.strip() or None
