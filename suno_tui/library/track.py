"""A track, which is a take in the library, as its TOML file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from suno_tui.providers.song import Song

MOST_STARS = 5


class Relation(StrEnum):
    """How a track was made from its parent."""

    REPLAY = "replay"
    """The same song with the parent's seed."""
    MORE = "more"
    """The same song with another seed."""
    EXTEND = "extend"
    """A continuation from a point in the parent."""
    COVER = "cover"
    """Another version of the parent's music."""
    REPAINT = "repaint"
    """The parent with one span made again."""


class Origin(NamedTuple):
    """The id of the track that another one was made from, and how.

    `relation` is a `Relation`, or a word that a newer version of the program wrote.
    """

    parent: str
    relation: str


def song_origin(song: Song) -> Origin | None:
    """Return the track that a song carries on from; None if there is none."""
    return Origin(song.source_track, song.way) if song.way and song.source_track else None


class Family(NamedTuple):
    """The track that a track was made from, if the library has it, and those made from it."""

    parent: Track | None
    children: list[Track]


@dataclass(frozen=True, kw_only=True)
class Track:
    """A take in the library: an audio file with its cover and its facts.

    `duration` is in seconds, as decoded. `created_at` is aware, in UTC. `take` counts from 1,
    `rating` is 0 (none) to 5. `task_id` is the provider's. `sha256` is that of the audio file in
    the library. Unknown texts are empty.
    """

    id: str
    title: str
    style: str
    tags: str
    """The provider's description of the music and the user's additions, separated by commas."""
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
    """The song that was sent; None for a track that was written by hand."""
    file: Path
    """Its TOML file. Audio and cover are next to it, with the same stem."""
    audio: Path
    cover: Path | None
    queue_id: str = ""
    """The id of the task in the studio's own queue."""
    imported: datetime | None = None
    """When it was imported; None if the studio filed it itself. Aware, in UTC."""
    source: str = ""
    """The path that its audio was imported from."""
    seed: int | None = None
    """The seed that makes this take again, as the only one; None if it is not certain."""
    engine: str = ""
    """The version of the built-in engine that made it."""
    origin: Origin | None = None
    """The track that it was made from."""

    @property
    def name(self) -> str:
        """The name to show in lists: the title, or a substitute; never empty."""
        return " ".join(self.title.split()) or (self.song.name if self.song else "") or "Untitled"

    @property
    def kept(self) -> bool:
        """Whether the audio is kept as it came from a provider, neither checked nor parsed.

        Its length is unknown then.
        """
        return bool(self.task_id) and not self.duration

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object for scripts (`docs/cli.md`)."""
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
            "created_at": _format_moment(self.created_at),
            "favorite": self.favorite,
            "rating": self.rating,
            "sha256": self.sha256,
            "imported": _format_moment(self.imported) if self.imported else None,
            "source": self.source or None,
            "seed": self.seed,
            "engine": self.engine or None,
            "parent": self.origin.parent if self.origin else None,
            "relation": self.origin.relation if self.origin else None,
            "carries_on": self.song.carrying if self.song else None,
        }


def more_like(song: Song, origin: Origin | None) -> Song:
    """Return the song for new takes; `origin` is that of the track or task that it made."""
    replayed = origin is not None and origin.relation == Relation.REPLAY
    return replace(song, seed=None, takes=None if replayed else song.takes)


def carry_on(
    track: Track, way: str, model: str, start: float | None = None, end: float | None = None
) -> Song:
    """Return a song that carries on from a track, with the track's texts, as a draft to change.

    It is in custom mode, because every track has a title, a style and lyrics.
    """
    song = track.song
    if song is None or not song.custom_mode:
        silent = song.instrumental if song is not None else not track.lyrics.strip()
        song = replace(
            song or Song(),
            custom_mode=True,
            instrumental=silent,
            title=track.name,
            style=track.style or track.tags,
            lyrics=track.lyrics,
        )
    # Length, seed and number of takes belong to the whole track, so they are dropped.
    song = replace(song, model=model, seed=None, takes=None, duration=None)
    return replace(song, way=way, source_track=track.id, span_start=start, span_end=end)


def _format_moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def identify(provider: str, task_id: str, take: int) -> str:
    """Return the id of a take; always the same, so that a take is filed only once."""
    import hashlib

    digest = hashlib.blake2s(f"{provider}\0{task_id}\0{take}".encode("utf-8", "replace")).digest()
    number = int.from_bytes(digest[:7], "big")
    letters = []
    for _ in range(ID_LENGTH):
        number, place = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[place])
    return "".join(letters)


ID_LENGTH = 10
"""Number of letters in a track's id."""
# Without vowels, 0, 1 and l, so that an id is neither misread nor looks like a word.
_LETTERS = "23456789bcdfghjkmnpqrstvwxz"


def is_id(text: object) -> bool:
    """Return whether a value has the form of an id made by `identify`."""
    return isinstance(text, str) and len(text) == ID_LENGTH and set(text) <= set(_LETTERS)


def read_table(table: Mapping[str, Any], *, file: Path, audio: Path, cover: Path | None) -> Track:
    """Convert a TOML table to a track. Raises `ValueError`, which names the wrong key.

    Missing keys have defaults (no rating, no lyrics), so that files can be written by hand.
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
    seed = table.get("seed")
    if seed is not None and (type(seed) is not int or seed < 0):
        raise ValueError("`seed` must be a whole number")
    parent, relation = _text(table, "parent"), _text(table, "relation")
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
        imported=_moment(table, "imported") if "imported" in table else None,
        source=_text(table, "source"),
        seed=seed,
        engine=_text(table, "engine"),
        origin=Origin(parent, relation) if parent else None,
        file=file,
        audio=audio,
        cover=cover,
    )


def missing_part(table: Mapping[str, Any]) -> str:
    """Return why a table must be incomplete; empty if there is no sign of that.

    A file that a power failure emptied or cut short may still be valid TOML. A file written by the
    studio has a `sha256` that isn't the last key (`lyrics` follows it); a file written by hand has
    at least a title, and no id of the studio's form.
    """
    if not table:
        return "it is empty"
    if is_id(table.get("id")):
        names = list(table)
        written = "title" in table and "sha256" in table and names[-1] != "sha256"
        return "" if written else "its end is missing: only a part was written"
    if "id" not in table and "title" not in table and "song" not in table:
        return "it names no track"
    return ""


def write_table(track: Track) -> dict[str, Any]:
    """Convert a track to the table of its TOML file, with the keys in the file's order."""
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
        "imported": track.imported,
        "source": track.source or None,
        "seed": track.seed,
        "engine": track.engine or None,
        "parent": track.origin.parent if track.origin else None,
        "relation": (track.origin.relation or None) if track.origin else None,
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


# Moments that every time zone can express.
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
