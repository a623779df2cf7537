"""Helpers for a studio that sends files: order numbers, the next file to send, file names."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from suno_tui.listener.files import KnownFiles
from suno_tui.listener.link import Link
from suno_tui.listener.protocol import MOST_NEXT, File
from suno_tui.media.errors import CantPlay


class OrderNumbers:
    """The numbers of the orders to listeners; each connection starts from 0.

    Until a listener's state includes the last order, it is older than our own estimate of what
    plays. The caller holds a lock.
    """

    def __init__(self) -> None:
        self._last = self._before = self._sent = 0

    def next(self) -> int:
        """Return the number of an order that changes our estimate of what plays."""
        self._last += 1
        return self._last

    def begin(self) -> None:
        """Note that there is a new connection."""
        self._before, self._sent = self._last, 0

    def number_to_send(self, number: int | None) -> int:
        """Return the number to send with an order now.

        An order that doesn't change the estimate has no number of its own (None). It repeats the
        number of the last order that was sent, not of the last one made: otherwise the listener
        would seem to know of a pause that is still to be sent.
        """
        if number is not None:
            self._sent = max(self._sent, number - self._before)
        return self._sent

    def known(self, number: int) -> bool:
        """Return whether a state with this number includes the last order."""
        return number + self._before >= self._last


def first_missing(link: Link, files: KnownFiles, paths: Iterable[Path | None]) -> Path | None:
    """Return the first file that the listener may lack and has not refused.

    Does no I/O: a file that was not hashed yet counts as lacking.
    """
    for path in paths:
        if path is None or files.unusable(path):
            continue
        file = files.known(path)
        if file is None or not (link.has(file) or file.hash in link.refused):
            return path
    return None


def hashed(files: KnownFiles, paths: Iterable[Path], wanted: Callable[[], bool]) -> list[File]:
    """Return the playable files among `paths`; stops early once `wanted` returns False."""
    found: list[File] = []
    for path in paths:
        if len(found) == MOST_NEXT or not wanted():
            break
        with contextlib.suppress(CantPlay):
            found.append(files.file(path))
    return found


def send_name(link: Link, files: KnownFiles, file: File) -> None:
    """Send the title and other facts of a file, once for each connection."""
    path = files.path(file.hash)
    if path is None or file.hash in link.named:
        return
    link.named.add(file.hash)
    if (about := files.about(path)) is not None:
        title, style = about.title[:200], about.style[:200]
        link.send("name", hash=file.hash, title=title, style=style, seconds=about.seconds)
