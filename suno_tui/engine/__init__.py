"""The local sketch engine: turns a song into finished takes, in numpy, with nothing downloaded.

Importing this package costs nothing: the synthesis loads with the first name that is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from suno_tui.engine.take import (
        SAMPLE_RATE,
        Cancelled,
        Take,
        TimedLine,
        TimedSection,
        make_midi,
        make_stems,
        make_take,
    )

__all__ = [
    "SAMPLE_RATE",
    "Cancelled",
    "Take",
    "TimedLine",
    "TimedSection",
    "make_midi",
    "make_stems",
    "make_take",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from suno_tui.engine import take

        return getattr(take, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
