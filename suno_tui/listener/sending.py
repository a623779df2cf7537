"""What a studio sends of its files: which one comes next, what follows, what they are called."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path

from suno_tui.listener.files import KnownFiles
from suno_tui.listener.link import Link
from suno_tui.listener.protocol import MOST_NEXT, File
from suno_tui.media.errors import CantPlay


def first_missing(link: Link, files: KnownFiles, paths: Iterable[Path | None]) -> Path | None:
    """Return the first of some files that the listener has not, and has not refused."""
    for path in paths:
        if path is None:
            continue
        try:
            file = files.file(path)
        except CantPlay:
            continue
        if not link.has(file) and file.hash not in link.refused:
            return path
    return None


def hashed(files: KnownFiles, paths: Iterable[Path], wanted: Callable[[], bool]) -> list[File]:
    """Return those of some files that can be played; stops early if they aren't wanted any more."""
    found: list[File] = []
    for path in paths:
        if len(found) == MOST_NEXT or not wanted():
            break
        with contextlib.suppress(CantPlay):
            found.append(files.file(path))
    return found


def send_name(link: Link, files: KnownFiles, file: File) -> None:
    """Say what people call a file, once for each connection."""
    path = files.path(file.hash)
    if path is None or file.hash in link.named:
        return
    link.named.add(file.hash)
    if (about := files.about(path)) is not None:
        title, style = about.title[:200], about.style[:200]
        link.send("name", hash=file.hash, title=title, style=style, seconds=about.seconds)
