"""What is remembered of a `config.toml` that was found good: that it was.

To examine the settings pydantic must be imported, which takes longer than the rest of opening a
home; and the file is the same at nearly every start. So a hash of what it says is kept in the
cache, and settings that say the same are taken as they stand. The hash tells nothing of a key.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from suno_tui import __version__
from suno_tui.errors import HomeError
from suno_tui.home import Home, write_bytes


def was_good(home: Home, table: dict[str, Any]) -> bool:
    """Whether these settings were found good before, by this version of the program."""
    try:
        return _file(home).read_text() == _mark(table)
    except (OSError, UnicodeDecodeError):
        return False


def keep_good(home: Home, table: dict[str, Any]) -> None:
    """Remember that these settings are good; no harm where that can't be written."""
    with contextlib.suppress(HomeError):
        write_bytes(_file(home), _mark(table).encode())


def _file(home: Home) -> Path:
    return home.cache / "settings-checked"


def _mark(table: dict[str, Any]) -> str:
    import hashlib

    said = f"{__version__} {sys.version_info} {table!r}"
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()
