"""A parser to fuzz, and what must hold for every input."""

from __future__ import annotations

import contextlib
import io
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from suno_tui.common.errors import StudioError
from suno_tui.common.text import clean

SECONDS = 2.0
"""CPU seconds that one input may take."""
MEGABYTES = 400
"""How much an input may raise the peak memory of the process."""
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")

Run = Callable[[bytes, Path], None]
"""Parse the bytes and print what would be shown of them. The folder is empty at first, and the same
for all inputs of a target."""


class Target(NamedTuple):
    """One parser."""

    name: str
    run: Run
    seeds: Callable[[], list[bytes]]
    tokens: tuple[bytes, ...] = ()


class Finding(AssertionError):
    """A rule that an input breaks."""


def check(target: Target, data: bytes, folder: Path) -> None:
    """Parse the data; only documented errors, bounded time and memory, and no printed control
    characters are allowed. Raises `Finding`, or the parser's unexpected error."""
    shown = io.StringIO()
    cpu, before = time.process_time(), _peak()
    with contextlib.redirect_stdout(shown):
        try:
            target.run(data, folder)
        except StudioError as error:
            print(clean(f"{error.title}: {error}", lines=True))
    took, more = time.process_time() - cpu, _peak() - before
    if took > SECONDS:
        raise Finding(f"{took:.1f} s of CPU time")
    if more > MEGABYTES:
        raise Finding(f"{more:.0f} MB of memory")
    if found := CONTROL.search(shown.getvalue()):
        around = shown.getvalue()[max(0, found.start() - 30) : found.end() + 30]
        raise Finding(f"{found[0]!r} is printed in {around!r}")
    try:
        shown.getvalue().encode()
    except UnicodeEncodeError as error:
        raise Finding(f"half a character is printed: {error}") from error


def _peak() -> float:
    """Return the peak memory so far, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
