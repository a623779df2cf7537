"""Rebuild track files that were emptied, cut short or lost.

Sources, the best first: what can still be read in the file, the tags of the audio file, the queue's
records of the task, the other take of the task. Rating, favourite and notes are stored only in the
track file: a repair tells which of them are lost.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suno_tui.common.safe_files import MOST_TOML, open_file, read_file
from suno_tui.config.settings import LOCAL
from suno_tui.library.facts import facts_of, made_facts
from suno_tui.library.filing import short_name
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.salvage import salvage
from suno_tui.library.track import Track, identify, write_table
from suno_tui.library.track_files import beside, is_audio, names_in, path_in
from suno_tui.library.track_reader import read_track_file
from suno_tui.media.errors import BadAudio, CantRead
from suno_tui.media.files import prove

Record = Mapping[str, Any]
"""What the queue knows of a take, by the keys of a track file; `id` is the track's."""

_ORDER = (
    "id", "title", "style", "tags", "favorite", "rating", "notes", "created_at", "duration", "bpm",
    "key", "provider", "model", "task_id", "queue_id", "take", "sha256", "seed", "engine",
    "parent", "relation", "lyrics", "audio_size", "song",
)  # fmt: skip
_ONLY_THERE = {"favorite": False, "rating": 0, "notes": ""}
"""The user's own facts of a track, which are stored only in the track file, with defaults."""
_OF_TASK = ("style", "tags", "lyrics", "created_at", "provider", "model", "task_id", "queue_id",
            "parent", "relation")  # fmt: skip
"""Keys that all takes of a task share."""


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A damaged track, and what its track file would become.

    `new` is empty if nothing can be rebuilt; then `advice` says what the user can do.
    """

    file: Path
    """The track file that would be written."""
    why: str
    before: bytes | None = None
    """The bytes of that file now; None if it doesn't exist."""
    old: Mapping[str, Any] = field(default_factory=dict)
    """The keys that can still be read from it."""
    new: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    """A text for each key that says where its value comes from."""
    lost: Sequence[str] = ()
    """Keys whose values are lost."""
    aside: bool = False
    """Whether the file is only renamed, because another track file has the same audio."""
    advice: str = ""

    @property
    def possible(self) -> bool:
        """Whether the repair can do anything."""
        return bool(self.new) or self.aside

    def difference(self) -> list[str]:
        """Return what would change, as one line of text per key."""
        if self.aside:
            return [f"renamed to {self.file.name}.damaged"]
        lines = []
        for name, value in self.new.items():
            if name not in self.old:
                lines.append(f"+ {name} = {_short_text(value)}  (from {self.sources[name]})")
            elif self.old[name] != value:
                was = _short_text(self.old[name])
                lines.append(
                    f"~ {name} = {was} -> {_short_text(value)}  (from {self.sources[name]})"
                )
        if self.lost:
            lines.append(f"lost, since it is stored nowhere else: {', '.join(self.lost)}")
        return lines


def find_repairs(index: Index, records: Iterable[Record]) -> list[Repair]:
    """Return a repair for each damaged file in the library. Writes nothing."""
    root = index.places[LIBRARY]
    by_id = {record["id"]: record for record in records}
    files = [path for path, _ in index.trouble() if path.is_relative_to(root)]
    found = (_examine(index, root, file, by_id) for file in files)
    return [repair for repair in found if repair is not None]


def _examine(index: Index, root: Path, file: Path, records: Mapping[str, Record]) -> Repair | None:
    seen = read_track_file(LIBRARY, root, path_in(root, file))
    if seen is None:
        return None
    if seen.track is not None and seen.trouble:
        return Repair(file=file, why=seen.trouble, advice=seen.trouble)
    if seen.track is not None:
        return _repair_of_copy(index, seen.track)
    if is_audio(file.name):
        return _rebuild(index, root, file.with_suffix(".toml"), file, None, seen.trouble, records)
    if not file.name.endswith(".toml"):
        return Repair(file=file, why=seen.trouble, advice=seen.trouble)
    try:
        before, names = read_file(file, most=MOST_TOML), names_in(file.parent)
    except OSError:
        return Repair(file=file, why=seen.trouble, advice=seen.trouble)
    audio, _ = beside(file.stem, names)
    if audio is not None and (file.with_name(audio)).is_file():
        return _rebuild(index, root, file, file.with_name(audio), before, seen.trouble, records)
    old = salvage(before)
    here = index.find("id = ?", old.get("id", ""))
    if here:
        why = f"it is a second text file for {here[0][1].audio.name}"
        return Repair(file=file, why=why, before=before, old=old, aside=True)
    return Repair(file=file, why=seen.trouble, before=before, old=old, advice=seen.trouble)


def _repair_of_copy(index: Index, track: Track) -> Repair | None:
    """Return a repair that gives a copied track a new id; None if no other track has its id."""
    here = index.find("id = ?", track.id)
    if not here or here[0][1].file == track.file:
        return None
    before = read_file(track.file, most=MOST_TOML)
    old = salvage(before)
    new = {**old, "id": identify("", str(track.file), 1)}
    why = f"it has the same id as {here[0][1].file}"
    sources = {"id": "its path"}
    return Repair(file=track.file, why=why, before=before, old=old, new=new, sources=sources)


def _rebuild(
    index: Index,
    root: Path,
    file: Path,
    audio: Path,
    before: bytes | None,
    why: str,
    records: Mapping[str, Record],
) -> Repair:
    if facts := read_track_file(LIBRARY, root, path_in(root, file)):
        why = facts.trouble
    try:
        measured = _measure(audio)
    except (BadAudio, CantRead, OSError) as error:
        return Repair(file=file, why=why, before=before, advice=str(error))
    old = salvage(before or b"")
    tags = facts_of(audio)
    if tags.get("provider") == LOCAL:
        tags |= made_facts(audio)
    if number := re.search(r"-(\d{1,3})$", audio.stem):
        tags.setdefault("take", int(number[1]))
    other = _other_take(index, file, old.get("task_id") or tags.get("task_id"))
    shared = {name: other[name] for name in _OF_TASK if other.get(name)}
    if other.get("song"):
        shared["song"] = other["song"]
    record = _record_of(records, file, {**shared, **tags, **old})
    own = old.get("id") or record.get("id") or _id_of(shared | tags, measured["sha256"])
    # Tags follow edits of title and lyrics, but their genre and day are less exact than the rest.
    vague: dict[str, Any] = {
        name: tags.pop(name) for name in ("tags", "created_at") if name in tags
    }
    sources: list[tuple[str, Mapping[str, Any]]] = [
        ("the audio", measured),
        ("the file", old),
        ("the audio's tags", tags),
        ("the queue's records", record),
        ("the other take", shared),
        ("the audio's tags", vague),
        ("its task", {"id": own}),
    ]
    new: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for source, table in sources:
        for name, value in table.items():
            if value is not None and (name not in new or (not new[name] and name not in old)):
                new[name], origin[name] = value, source
    if "created_at" not in new:
        moment = datetime.fromtimestamp(int(audio.stat().st_mtime), UTC)
        new["created_at"], origin["created_at"] = moment, "the audio's time"
    if not new.get("title"):
        new["title"], origin["title"] = audio.stem, "the file's name"
    lost = [name for name in _ONLY_THERE if before is not None and name not in old]
    for name, value in {**_ONLY_THERE, "style": "", "tags": "", "lyrics": ""}.items():
        if name not in new:
            new[name], origin[name] = value, "nothing"
    ordered = {name: new[name] for name in (*_ORDER, *new) if name in new}
    return Repair(
        file=file, why=why, before=before, old=old, new=ordered, sources=origin, lost=lost
    )


def _record_of(records: Mapping[str, Record], file: Path, known: Mapping[str, Any]) -> Record:
    """Return the queue's record of this take, found by its id, else by its folder's name."""
    if known.get("task_id") and known.get("provider"):
        track_id = identify(known["provider"], known["task_id"], known.get("take", 1))
        return records.get(known.get("id", ""), records.get(track_id, {}))
    mine = [
        record
        for record in records.values()
        if record["take"] == known.get("take")
        and file.parent.name.endswith(f"-{short_name(record['task_id'], record['id'])}")
    ]
    return mine[0] if len(mine) == 1 else records.get(known.get("id", ""), {})


def _measure(audio: Path) -> dict[str, Any]:
    """Measure the audio as it is now. Raises `BadAudio`, `OSError`."""
    sound = prove(audio, whole=False)
    with open_file(audio) as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
        size = data.tell()
    return {"duration": round(sound.duration, 3), "sha256": digest, "audio_size": size}


def _other_take(index: Index, file: Path, task_id: str | None) -> dict[str, Any]:
    """Return the table of another take in the same folder and, if known, of the same task."""
    root = index.places[LIBRARY]
    try:
        names = names_in(file.parent)
    except OSError:
        return {}
    paths = {path_in(root, file.with_name(name)) for name in names if name.endswith(".toml")}
    for track in index.by_paths(LIBRARY, paths).values():
        same = track.task_id == task_id if task_id else _series(track.file) == _series(file)
        if track.file != file and same and track.task_id:
            table = write_table(track)
            song = table.get("song") or {}
            return table | {"song": {k: v for k, v in song.items() if v is not None}}
    return {}


def _series(file: Path) -> str:
    """Return the part of a file's stem that all takes of a task share."""
    return re.sub(r"-\d{1,3}$", "", file.stem)


def _id_of(known: Mapping[str, Any], sha256: str) -> str:
    if known.get("task_id") and known.get("provider"):
        return identify(known["provider"], known["task_id"], known.get("take", 1))
    return identify("", sha256, 1)


def _short_text(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{len(value)} facts"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    text = str(value)
    lines = text.count("\n") + 1
    if lines > 1:
        return f"{lines} lines"
    return repr(text if len(text) <= 60 else f"{text[:59]}…") if isinstance(value, str) else text
