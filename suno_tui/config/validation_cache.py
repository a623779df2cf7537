"""What is remembered of a `config.toml` that was found good: that it was.

To examine the settings pydantic must be imported, which takes longer than the rest of opening a
home; and the file is the same at nearly every start. So what the system says of a good file (its
size, its moments) is kept in the cache, and a file of which it says the same is taken as it stands.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from suno_tui import __version__
from suno_tui.common.atomic_files import write_bytes
from suno_tui.common.errors import HomeError
from suno_tui.common.paths import Home


def mark_of(home: Home) -> str:
    """What tells this file from any other that was or will be there, for this version of the
    program; to be asked for before the file is read."""
    try:
        facts = home.config_file.stat()
    except OSError:
        return ""
    told = facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns
    return f"{__version__} {sys.version_info} {told}"


def was_good(home: Home, mark: str) -> bool:
    """Whether the file with this mark was found good before."""
    try:
        return bool(mark) and _file(home).read_text() == mark
    except (OSError, UnicodeDecodeError):
        return False


def keep_good(home: Home, mark: str) -> None:
    """Remember that this file is good; no harm where that can't be written."""
    with contextlib.suppress(HomeError):
        write_bytes(_file(home), mark.encode())


def _file(home: Home) -> Path:
    return home.cache / "settings-checked"
