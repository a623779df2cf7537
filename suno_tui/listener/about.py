"""What people call a file that plays."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class About(NamedTuple):
    """The facts of a file, as a status line or a desktop shows them."""

    title: str
    style: str = ""
    seconds: float = 0.0
    """Its length; 0 if that is not known."""
    track: str = ""
    """The track's id in the library of this machine; empty for anything else."""
    take: int = 0
    """The number of the take, from 1; 0 if it is not known."""
    cover: Path | None = None
