"""How often Python's garbage collector looks for objects that only refer to each other."""

from __future__ import annotations

import gc

_START = (50_000, 20, 50)
_USUAL = (700, 10, 10)
"""Python's own thresholds: a full collection after some 70,000 new objects."""
_SERVER = (10_000, 5, 2)
"""For a server, whose requests leave few such objects: collecting took a tenth of its time."""


def collect_seldom() -> None:
    """Save time at the start, which allocates much and frees little: collecting took a sixth of it.

    A process that keeps running must call `collect_as_usual` afterwards. Otherwise a full
    collection comes only after 50 million new objects, and closed ones fill the memory for hours.
    """
    gc.set_threshold(*_START)


def collect_for_requests() -> None:
    """Collect less often, and never look at the objects that exist now, which will stay."""
    gc.set_threshold(*_SERVER)
    gc.enable()
    gc.collect()
    gc.freeze()


def collect_as_usual() -> None:
    """Collect as often as Python does by itself."""
    gc.set_threshold(*_USUAL)
    gc.enable()
