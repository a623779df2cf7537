"""Remember that a `config.toml` was valid, so that the next start need not check it.

A check imports pydantic: reading eight settings takes 97 ms of CPU time with the check and 3 ms
without it (median of 15). So the size, inode and times of a valid file are kept in the cache, and a
file with the same ones is not checked again.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from suno_tui import __version__
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import HomeError
from suno_tui.common.paths import Home


def fingerprint(home: Home) -> str:
    """Return a text that changes whenever the file or the program does; empty if there is no file.

    Call this before the file is read.
    """
    try:
        facts = home.config_file.stat()
    except OSError:
        return ""
    identity = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
    return f"{__version__} {sys.version_info} {identity}"


def was_valid(home: Home, seen: str) -> bool:
    """Return whether the file with this fingerprint was valid before."""
    try:
        return bool(seen) and _file(home).read_text() == seen
    except (OSError, UnicodeDecodeError):
        return False


def remember_valid(home: Home, seen: str) -> None:
    """Remember that this file is valid, if the cache can be written."""
    with contextlib.suppress(HomeError):
        write_bytes(_file(home), seen.encode())


def _file(home: Home) -> Path:
    return home.cache / "settings-checked"
