"""A track: a take in the library, as its TOML file tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.api.song import Song

MOST_STARS = 5


class Line(NamedTuple):
    """A line of lyrics and the second of the audio at which it starts."""

    at: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Track:
    """A take in the library: an audio file with its cover and its facts.

    `duration` is in seconds, as decoded. `created_at` is aware, in UTC. `take` counts from 1,
    `rating` is 0 (none) to 5. `task_id` is the provider's. `sha256` is of the audio file as it
    lies in the library. Empty text stands for what isn't known.
    """

    id: str
    title: str
    style: str
    tags: str
    """What the provider says the music is, and what the user adds; separated by commas."""
    lyrics: str
    notes: str
    duration: float
    model: str
    provider: str
    task_id: str
    take: int
    created_at: datetime
    favorite: bool
    rating: int
    sha256: str
    bpm: float | None
    key: str
    song: Song | None
    """What was sent; None for a track that was written by hand."""
    file: Path
    """Its TOML file. Audio and cover lie beside it, under the same stem."""
    audio: Path
    cover: Path | None
    queue_id: str = ""
    """The id that the studio's own queue gave the task."""

    @property
    def name(self) -> str:
        """What to call it in a list of songs: its title, never empty."""
        return " ".join(self.title.split()) or (self.song.name if self.song else "") or "Untitled"

    @property
    def kept(self) -> bool:
        """Whether its audio is kept as it came from a provider: not checked, and not looked into.

        Its length isn't known then.
        """
        return bool(self.task_id) and not self.duration

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lyrics in time, from the audio file; empty where it has none. Reads it once."""
        from suno_tui.library.tags import read_lines

        return () if self.kept else read_lines(self.audio)

    @cached_property
    def levels(self) -> bytes:
        """How loud it is, 0 to 255 in equal steps, as the file's maker knows; else empty."""
        from suno_tui.library.tags import read_levels

        return b"" if self.kept else read_levels(self.audio)

    def to_json(self) -> dict[str, Any]:
        """The track as `cli.md` shows it to scripts."""
        return {
            "id": self.id,
            "title": self.title,
            "style": self.style,
            "tags": self.tags,
            "lyrics": self.lyrics,
            "duration": self.duration,
            "audio": str(self.audio),
            "cover": str(self.cover) if self.cover else None,
            "model": self.model,
            "provider": self.provider,
            "task_id": self.task_id,
            "take": self.take,
            "created_at": self.created_at.isoformat().replace("+00:00", "Z"),
            "favorite": self.favorite,
            "rating": self.rating,
            "sha256": self.sha256,
        }


def identify(provider: str, task_id: str, take: int) -> str:
    """The id of a take: the same for the same take, so that filing it twice is filing it once."""
    import hashlib

    digest = hashlib.blake2s(f"{provider}\0{task_id}\0{take}".encode("utf-8", "replace")).digest()
    number = int.from_bytes(digest[:7], "big")
    letters = []
    for _ in range(ID_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)


ID_LENGTH = 10
"""Letters of an id of ours."""
# Without vowels, 0, 1, l: nothing to confuse, nothing to read as a word.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def read_table(table: Mapping[str, Any], *, file: Path, audio: Path, cover: Path | None) -> Track:
    """The track of a TOML table. Raises `ValueError` naming the key that can't be understood.

    Missing keys have a meaning (no rating, no lyrics), so that a person may write a file by hand.
    """
    song = table.get("song")
    if song is not None and not isinstance(song, Mapping):
        raise ValueError("`song` must be a table")
    rating = _number(table, "rating", 0)
    if rating not in range(MOST_STARS + 1):
        raise ValueError(f"`rating` must be a whole number from 0 to {MOST_STARS}")
    take = _number(table, "take", 1)
    if not 1 <= take < 1_000_000 or take != int(take):
        raise ValueError("`take` must be a whole number from 1")
    duration = _number(table, "duration", 0.0)
    if not 0 <= duration < 1e9:
        raise ValueError("`duration` must be a number of seconds")
    bpm = _number(table, "bpm", 0.0)
    if not 0 <= bpm < 1000:
        raise ValueError("`bpm` must be a number of beats a minute")
    favorite = table.get("favorite", False)
    if not isinstance(favorite, bool):
        raise ValueError("`favorite` must be true or false")
    return Track(
        id=_text(table, "id") or identify("", str(file), 1),
        title=_text(table, "title"),
        style=_text(table, "style"),
        tags=_text(table, "tags"),
        lyrics=_text(table, "lyrics"),
        notes=_text(table, "notes"),
        duration=float(duration),
        model=_text(table, "model"),
        provider=_text(table, "provider"),
        task_id=_text(table, "task_id"),
        queue_id=_text(table, "queue_id"),
        take=int(take),
        created_at=_moment(table, "created_at"),
        favorite=favorite,
        rating=int(rating),
        sha256=_text(table, "sha256"),
        bpm=float(bpm) or None,
        key=_text(table, "key"),
        song=Song.from_table(song) if song is not None else None,
        file=file,
        audio=audio,
        cover=cover,
    )


def missing_part(table: Mapping[str, Any]) -> str:
    """What shows that a table is not all that was written; empty where nothing does.

    A file that was emptied or cut short at a power failure may still be TOML. Of what the studio
    wrote, `sha256` is there and not the last key (`lyrics` follow it); a person who writes a file
    gives at least a title, and no id of the studio's making.
    """
    if not table:
        return "it is empty"
    own = table.get("id")
    if isinstance(own, str) and len(own) == ID_LENGTH and set(own) <= set(_LETTERS):
        names = list(table)
        written = "title" in table and "sha256" in table and names[-1] != "sha256"
        return "" if written else "its end is missing: it was written in part only"
    if "id" not in table and "title" not in table and "song" not in table:
        return "it names no track"
    return ""


def write_table(track: Track) -> dict[str, Any]:
    """The table of a track's TOML file, in the order in which a person reads it."""
    table: dict[str, Any] = {
        "id": track.id,
        "title": track.title,
        "style": track.style,
        "tags": track.tags,
        "favorite": track.favorite,
        "rating": track.rating,
        "notes": track.notes,
        "created_at": track.created_at,
        "duration": track.duration,
        "bpm": track.bpm,
        "key": track.key or None,
        "provider": track.provider,
        "model": track.model,
        "task_id": track.task_id,
        "queue_id": track.queue_id or None,
        "take": track.take,
        "sha256": track.sha256,
        "lyrics": track.lyrics,
    }
    if track.song is not None:
        table["song"] = track.song.to_table()
    return table


def _text(table: Mapping[str, Any], name: str) -> str:
    value = table.get(name, "")
    if not isinstance(value, str):
        raise ValueError(f"`{name}` must be text in quotes")
    return value


def _number(table: Mapping[str, Any], name: str, default: float) -> int | float:
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"`{name}` must be a number")
    return value


def _moment(table: Mapping[str, Any], name: str) -> datetime:
    value = table.get(name, datetime.fromtimestamp(0, UTC))
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"`{name}` must be a date such as 2026-04-01T12:00:00Z") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError(f"`{name}` must be a date such as 2026-04-01T12:00:00Z")
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return min(max(value, _FIRST), _LAST).astimezone(UTC)


# All time zones can tell these.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
