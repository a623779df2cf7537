"""Remember that a `config.toml` was valid, so that the next start need not check it.

A check imports pydantic: it takes 97 ms of CPU time for eight settings, and 3 ms without it (median
of 15). So the file's size, inode and times are kept in the cache, and a file that has the same ones
is taken as it is.
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
    """Return what changes with every change of the file and of the program; empty if there is no
    file. Call this before the file is read."""
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
