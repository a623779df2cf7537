"""How many colours a terminal has. Must not import Textual or Rich: `doctor` asks too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Depth(Enum):
    """How many colours are written; the value is what users read."""

    FULL = "16 million colours"
    MANY = "256 colours"
    FEW = "16 colours"
    NONE = "no colours"

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Depth:
        """Return the depth for an environment, by the rules of Rich, which writes the colours."""
        if "NO_COLOR" in env:
            return cls.NONE
        if env.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
            return cls.FULL
        colours = env.get("TERM", "").strip().lower().rpartition("-")[2]
        return cls.MANY if colours in ("256color", "kitty") else cls.FEW


SYSTEMS = {"truecolor": Depth.FULL, "256": Depth.MANY, "standard": Depth.FEW, "windows": Depth.FEW}
"""The depths by Rich's names of colour systems."""

NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
"""The first eight of the sixteen colours; the next eight are their bright forms."""


def named(number: int) -> str:
    """Return one of the first sixteen colours by its name in Textual: the terminal's own colour."""
    return f"ansi_{'bright_' * (number > 7)}{NAMES[number % 8]}"
