"""`suno-tui generate --extend`, `--cover`, `--repaint`: a song that carries on from a track."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from suno_tui.cli.option_types import read_duration
from suno_tui.common.errors import UsageError
from suno_tui.library.track import Track, carry_on
from suno_tui.providers.song import Song
from suno_tui.providers.source import COVER, EXTEND, REPAINT, WAYS

if TYPE_CHECKING:
    from suno_tui.studio import Studio

_SPANS = {
    "span_at": (EXTEND, "--at"),
    "span_from": (REPAINT, "--from"),
    "span_to": (REPAINT, "--to"),
}


def carrying_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "carry on from a track of the library",
        "Title, style and lyrics are those of the track, unless you give others. Not every\n"
        "provider can do this; --dry-run shows whether yours can.",
    )
    ways = group.add_mutually_exclusive_group()
    for way, text in (
        (EXTEND, "go on after --at"),
        (COVER, "make another version of its music"),
        (REPAINT, "make the span --from … --to anew"),
    ):
        ways.add_argument(f"--{way}", metavar="TRACK", help=text)
    for name, option, text in (
        ("span_at", "--at", "seconds, or M:SS; default: the end of the track"),
        ("span_from", "--from", "default: the beginning of the track"),
        ("span_to", "--to", "default: the end of the track"),
    ):
        group.add_argument(option, dest=name, metavar="TIME", type=read_duration, help=text)


def carrying_of(options: argparse.Namespace) -> str | None:
    """Return the way that the options name. Raises `UsageError` for a time that doesn't fit it."""
    way = next((each for each in WAYS if getattr(options, each) is not None), None)
    for name, (needed, option) in _SPANS.items():
        if getattr(options, name) is not None and way != needed:
            raise UsageError(f"{option} goes with --{needed}.")
    return way


def carrying_song(
    options: argparse.Namespace, studio: Studio, way: str, given: Mapping[str, Any], prompt: str
) -> Song:
    """Return the song that carries on from the track of the options, with the `given` fields.

    With a prompt, the song is in simple mode. Raises `UnknownTrack` and `AmbiguousTrack`.
    """
    studio.library.refresh()
    track = studio.library.find(getattr(options, way))
    wish = options.model or (track.song.model if track.song else "")
    model = studio.model_for(way, wish)
    # If no model can do it, `Studio.problems` says which provider can.
    name = options.model or (model or studio.capabilities().default_model).id
    song = replace(carry_on(track, way, name, *_span(options, way, track)), **given)
    if prompt:
        song = replace(song, custom_mode=False, prompt=prompt)
    return replace(song, instrumental=True) if options.instrumental else song


def option_of(field: str, way: str) -> str | None:
    """Return the option for a field about the song's source; None for other fields."""
    if field in ("way", "source_track"):
        return f"--{way}"
    if field == "span_start":
        return "--at" if way == EXTEND else "--from"
    return "--to" if field == "span_end" else None


def _span(options: argparse.Namespace, way: str, track: Track) -> tuple[float | None, float | None]:
    if way == COVER:
        return None, None
    if way == EXTEND:
        # The last whole second: the point must be before the end.
        end = max(0.0, math.ceil(track.duration) - 1.0)
        return (end if options.span_at is None else options.span_at), None
    start, end = options.span_from, options.span_to
    return (0.0 if start is None else start), (track.duration if end is None else end)
