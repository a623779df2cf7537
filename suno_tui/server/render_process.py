"""The rendering process: makes one take at a time, at low priority, without any output.

The process imports only this module before its first take. It ends with its parent, even if the
parent is killed, and leaves Ctrl-C at the terminal to the parent.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass
from typing import Any

NICE = 10
MAKE = "suno_tui.engine.take:make_take"
"""The function that makes a take: `module:function`, with the parameters of `make_take`."""


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """One take to make.

    `song` is `Song.to_table()`, `place` the take's index in the shared arrays, `id` the take's id.
    `audio` and `cover` are the names of its files in the storage; `storage` is the address of the
    object storage in which a cluster's worker stores them (None: it sends them back).
    """

    make: str
    song: dict[str, Any]
    number: int
    seed: int
    target_seconds: float | None
    place: int = 0
    id: str = ""
    audio: str = ""
    cover: str = ""
    storage: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedTake:
    """A finished take as it is sent back; `duration` in seconds, `cover` a JPEG."""

    title: str
    tags: str
    lyrics: str
    duration: float
    mp3: bytes
    cover: bytes
    stored: bool = False
    """Its files are in the storage already, and empty here."""


class Stopped(Exception):
    """The take was stopped because the service ends or the take is no longer wanted."""


class RenderFailed(Exception):
    """The take could not be made; the text is for clients."""


class EngineFailed(RenderFailed):
    """The engine raised an exception. The text is for the log: the exception's type and place,
    without its message, which may contain paths and lyrics."""


_progress: MutableSequence[float]
_cancel: MutableSequence[int]


def start(progress: MutableSequence[float], cancel: MutableSequence[int]) -> None:
    """Prepare this process. The shared arrays hold fractions done and cancel flags, by place."""
    global _progress, _cancel
    _progress, _cancel = progress, cancel
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Output of a library would damage the screen that shares this terminal.
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.nice(NICE)
    end_with_parent()


def end_with_parent() -> None:
    """Make this process end when its parent ends, for whatever reason."""

    def wait() -> None:
        if (parent := multiprocessing.parent_process()) is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def render(request: RenderRequest) -> RenderedTake:
    """Make the take. Raises `Stopped`, and `EngineFailed` for any exception of the engine."""

    def report(fraction: float) -> None:
        if _cancel[request.place]:
            raise Stopped
        _progress[request.place] = fraction

    return perform(request, report)


def perform(request: RenderRequest, report: Callable[[float], None]) -> RenderedTake:
    """Make the take in this process. `report` gets its progress, 0 to 1, and may raise `Stopped`.

    Raises `EngineFailed` for any exception of the engine.
    """
    from suno_tui.engine.take import Cancelled
    from suno_tui.providers.song import Song

    overall = OverallProgress()

    def progress(stage: str, fraction: float) -> None:
        try:
            report(overall.at(stage, fraction))
        except Stopped:
            raise Cancelled from None

    try:
        take = _load(request.make)(
            Song.from_table(request.song),
            number=request.number,
            seed=request.seed,
            progress=progress,
            target_seconds=request.target_seconds,
        )
    except Cancelled:
        raise Stopped from None
    except Exception as error:
        raise EngineFailed(place_of(error)) from None
    return RenderedTake(take.title, take.tags, take.lyrics, take.duration, take.mp3, take.cover)


def place_of(error: Exception) -> str:
    """Return the name of an exception and the place in the code that raised it."""
    trace = error.__traceback__
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{type(error).__name__} in {module}, line {trace.tb_lineno}"


class OverallProgress:
    """The progress of a take, from 0 to 1, never falling. The shares of stages were measured."""

    STEMS = 7
    """How many stems a take usually has."""
    SHARES = {
        "compose": (0.0, 0.02),
        "mix": (0.6, 0.7),
        "master": (0.7, 0.85),
        "encode": (0.85, 0.95),
        "cover": (0.95, 1.0),
        "done": (1.0, 1.0),
    }

    def __init__(self) -> None:
        self._stems: set[str] = set()
        self._most = 0.0

    def at(self, stage: str, fraction: float) -> float:
        """Return the progress, given a stage and the fraction of it that is done."""
        fraction = min(1.0, max(0.0, fraction))
        if stage.startswith("stem:"):
            self._stems.add(stage)
            fraction = min(1.0, (len(self._stems) - 1 + fraction) / self.STEMS)
        begin, end = self.SHARES.get(stage, (0.02, 0.6))
        self._most = max(self._most, begin + (end - begin) * fraction)
        return self._most


def _load(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    made: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return made
