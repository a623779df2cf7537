"""Print lists of tracks: as a table on a terminal, else as plain lines or JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from suno_tui.cli.output import print_json, print_line
from suno_tui.cli.table import Column, Row, on_terminal, print_table
from suno_tui.common.text import clean, clock

if TYPE_CHECKING:
    from suno_tui.library.track import Track

_COLUMNS = (
    Column("id"),
    Column(""),
    Column("title", flexible=True),
    Column("take", right=True),
    Column("length", right=True),
    Column("rating"),
    Column("added"),
    Column("style", flexible=True),
)


def print_tracks(tracks: Iterable[Track], *, json: bool) -> None:
    """Print tracks for people or, with `json`, for scripts."""
    if on_terminal() and not json:
        print_table(_COLUMNS, map(_row, tracks))
        return
    for track in tracks:
        if json:
            print_json(track.to_json())
        else:
            print_track(track)


def print_track(track: Track) -> None:
    """Print a track on a plain line: its id, its facts and its file."""
    print_line(
        track.id,
        "♥" if track.favorite else " ",
        f"{clean(track.title) or clean(track.name)} {track.take}",
        clock(track.duration),
        "★" * track.rating,
        str(track.audio),
    )


def _row(track: Track) -> Row:
    cells = (
        track.id,
        "♥" if track.favorite else "",
        track.name,
        str(track.take),
        clock(track.duration) if track.duration else "",
        "★" * track.rating,
        f"{track.created_at.astimezone():%Y-%m-%d}",
        " ".join(track.style.split()),
    )
    return Row(cells, {0: "muted", 1: "bad", 5: "waiting", 6: "muted", 7: "muted"})
