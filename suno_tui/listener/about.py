"""The title and other facts of a file that plays, for people."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class About(NamedTuple):
    """The facts of a file that a status line or a desktop shows."""

    title: str
    style: str = ""
    seconds: float = 0.0
    """The length in seconds; 0 if it is unknown."""
    track: str = ""
    """The track's id in the library of this machine; empty for anything else."""
    take: int = 0
    """The number of the take, from 1; 0 if it is unknown."""
    cover: Path | None = None
