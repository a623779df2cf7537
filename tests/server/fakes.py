"""Engines that take no time, by what the song's title says; imported by the rendering processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from suno_tui.engine.take import Take
from suno_tui.providers.song import Song

MAKE = "tests.server.fakes:make_take"


def make_take(
    song: Song,
    *,
    number: int,
    seed: int,
    progress: Callable[[str, float], None],
    target_seconds: float | None = None,
) -> Take:
    """A take of a few bytes. Titles: `fail` raises, `die` ends the process; with a path in the
    negative tags, which hold longer ones than a title does, `die once` there, and `wait for it`
    goes on when the file is there."""
    progress("compose", 0.5)
    if song.title == "fail":
        raise RuntimeError("the drummer left")
    if song.title == "die":
        os._exit(9)
    if song.title == "die once" and not os.path.exists(song.negative_tags):  # noqa: PTH110
        os.mkdir(song.negative_tags)  # noqa: PTH102
        os._exit(9)
    if song.title == "wait for it":
        progress("mix", 0.0)
        while not os.path.exists(song.negative_tags):  # noqa: PTH110
            progress("mix", 0.5)
            time.sleep(0.005)
    progress("done", 1.0)
    return Take(
        title=song.title or "Untitled",
        tags=song.style,
        lyrics=song.lyrics,
        duration=12.345,
        bpm=90,
        key="C major",
        mp3=f"ID3 take {number} of seed {seed}".encode() * 100,
        cover=b"\xff\xd8 a cover",
        lines=(),
        sections=(),
        levels=b"",
    )
