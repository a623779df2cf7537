"""A completion of what is typed into a field."""

from __future__ import annotations

from typing import NamedTuple


class Completion(NamedTuple):
    """A completion: `text` replaces what was typed from column `start` on."""

    text: str
    start: int
    label: str = ""
    note: str = ""
