"""How often Python looks for objects that only hold each other."""

from __future__ import annotations

import gc

_START = (50_000, 20, 50)
_USUAL = (700, 10, 10)
"""Python's own: all objects are looked at after some 70,000 new ones."""
_SERVER = (10_000, 5, 2)
"""Of a server, whose requests leave few such objects: looking for them took a tenth of its time."""


def collect_seldom() -> None:
    """Save time at a start, which allocates much and frees little: collecting took a sixth of it.

    A process that stays must call `collect_as_usual` then: all objects would be looked at only
    after 50 million new ones, and what was closed would fill the memory for hours.
    """
    gc.set_threshold(*_START)


def collect_for_requests() -> None:
    """Look less often, and never at what is loaded by now, which stays."""
    gc.set_threshold(*_SERVER)
    gc.enable()
    gc.collect()
    gc.freeze()


def collect_as_usual() -> None:
    """Collect as often as Python does by itself."""
    gc.set_threshold(*_USUAL)
    gc.enable()
