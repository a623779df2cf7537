"""Check whether a file is a SoundFont, without loading the synthesis."""

from __future__ import annotations

from pathlib import Path


def check(path: Path) -> None:
    """Look at the first bytes. Raises OSError, and ValueError if it is something else."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise ValueError("this is not a SoundFont")
