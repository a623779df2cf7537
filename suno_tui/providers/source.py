"""The source of a song: the track that it carries on from, and which tracks a provider accepts.

A song carries on in one of three ways: `extend` goes on after a point of the track, `cover` makes
another version of its music, `repaint` makes a span of it anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from suno_tui.providers.capabilities import Carrying
from suno_tui.providers.errors import ProviderError

EXTEND, COVER, REPAINT = WAYS = ("extend", "cover", "repaint")
"""How a song carries on from a track."""

SOURCE_FIELDS = ("way", "source_track", "span_start", "span_end")
"""The fields of a song about the track that it carries on from."""

KINDS = ("mp3", "wav", "flac", "ogg", "m4a")
"""Kinds of audio that can be sent."""

_WAY_WORDS = {EXTEND: "extend a track", COVER: "make a cover version", REPAINT: "repaint a span"}


class SourceTrouble(ProviderError):
    """The source can't be sent as it is. Nothing was charged, and the song waits for the user."""

    title = "The track that it carries on from"
    code = "source"
    exit_code = 4
    settled = True


class Made(NamedTuple):
    """The ids at the provider of a take that it made, and the model that the song was sent to."""

    task_id: str
    take_id: str
    model: str


@dataclass(frozen=True, slots=True)
class Source:
    """The audio of the track that a song carries on from, as it is sent."""

    path: Path
    seconds: float
    size: int
    digest: str
    """SHA-256 of the file, hexadecimal."""
    made: Made | None = None
    """Its ids at the provider, if the provider made it and still has it."""
    address: str = ""
    """Its URL at the provider, once it is uploaded."""

    @property
    def name(self) -> str:
        """The file name that it is sent under: always the same, without the user's own words."""
        return f"{self.digest[:16]}{self.path.suffix.lower()}"


class Upload(NamedTuple):
    """A file in a request; the body's values are then sent as a form."""

    field: str
    source: Source


def known(way: Carrying, source: Source, model: str) -> Made | None:
    """Return the ids of a source at the provider, if they can be used for a way and a model."""
    made = source.made if way.by_id else None
    return None if made is None or (way.same_model and made.model != model) else made


def carries(way: str) -> str:
    """Return what a way does, in words that follow "can" or "can't"."""
    return _WAY_WORDS.get(way, way)


def span_trouble(
    way: str, start: float | None, end: float | None, seconds: float | None = None
) -> tuple[str, str] | None:
    """Return the field that is wrong with the point or span, and why; None if all is well.

    `seconds` is the length of the track; None if it is not known.
    """
    if way == COVER:
        return None
    most = seconds or float("inf")
    if way == EXTEND:
        if start is None or not start > 0:
            return "span_start", "choose the moment after which it goes on"
        if start >= most:
            return "span_start", f"must be before the end of the track, {_clock(most)}"
        return None
    if start is None or not 0 <= start < most:
        return "span_start", "must be a moment of the track"
    if end is None or end <= start:
        return "span_end", "must be after the beginning of the span"
    if end > most:
        return "span_end", f"must be at most the end of the track, {_clock(most)}"
    return None


def unfit(
    way: str, data: Carrying, start: float | None, end: float | None, seconds: float, size: int
) -> tuple[str, str] | None:
    """Return the field and why a provider does not take a source of that length and size."""
    if data.most_seconds is not None and seconds > data.most_seconds:
        most = _clock(data.most_seconds)
        return "source_track", f"is {_clock(seconds)} long, and this provider takes at most {most}"
    if data.most_bytes is not None and size > data.most_bytes:
        most = f"{data.most_bytes >> 20} MB"
        return "source_track", f"has {size >> 20} MB, and this provider takes at most {most}"
    if wrong := span_trouble(way, start, end, seconds):
        return wrong
    if way == REPAINT and start is not None and end is not None:
        if end - start < data.least_span:
            return "span_end", f"the span must have {data.least_span:g} seconds or more here"
        if end - start > data.most_share * seconds:
            most = _clock(data.most_share * seconds)
            return "span_end", f"the span may have at most {most} of this track here"
    return None


def described(
    way: str, start: float | None, end: float | None, name: str, *, done: bool = False
) -> str:
    """Return in words what is made of the track `name`: `extends NAME from 1:30`; with `done`, in
    the past tense."""
    if way == EXTEND:
        return f"{'extended' if done else 'extends'} {name} from {_clock(start or 0)}"
    if way == REPAINT:
        span = f"{_clock(start or 0)}–{_clock(end or 0)}"
        return f"{'repainted' if done else 'repaints'} {span} of {name}"
    return f"cover version of {name}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
