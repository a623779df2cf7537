"""File a take: check its audio, tag a copy, move it into the library, write the track file."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suno_tui.common.atomic_files import make_folder, sync_folder, write_toml
from suno_tui.common.errors import DamagedFile, home_error
from suno_tui.common.safe_files import read_file
from suno_tui.config.settings import LOCAL
from suno_tui.library.facts import made_facts
from suno_tui.library.filenames import file_name
from suno_tui.library.index import LIBRARY, Index
from suno_tui.library.tags import tempo_and_key, write_tags
from suno_tui.library.track import Origin, Track, identify, write_table
from suno_tui.library.track_files import free_stem, move, path_in
from suno_tui.library.track_reader import read_track_file
from suno_tui.media.errors import BadAudio
from suno_tui.media.files import prove
from suno_tui.media.kinds import (
    KINDS,
    PROVIDER_KINDS,
    SUFFIXES,
    Sound,
    is_cover,
    sniff,
    what_instead,
)
from suno_tui.media.limits import LARGEST_PICTURE
from suno_tui.providers.song import Song

_STAGING = ".adding-"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTake:
    """A take as its task knows it, before it is filed.

    `task_id` is the provider's id of the task, `queue_id` the studio's. `seed` is the take's own
    seed if the provider named it; the built-in engine writes it into the audio.
    """

    song: Song | None
    provider: str
    model: str
    task_id: str
    take: int
    title: str
    tags: str
    created_at: datetime
    lyrics: str = ""
    queue_id: str = ""
    seed: int | None = None
    origin: Origin | None = None

    @property
    def track_id(self) -> str:
        """The id of its track; always the same for a take, so that none is filed twice."""
        return identify(self.provider, self.task_id, self.take)


def file_take(
    index: Index,
    new: NewTake,
    audio: Path,
    cover: Path | None,
    whole: bool,
    changing: Callable[[], AbstractContextManager[None]],
    *,
    kinds: Sequence[str] = PROVIDER_KINDS,
    as_it_came: bool = False,
) -> Track:
    """Put a take's files into the library. Raises `BadAudio`, `CantRead`, `HomeError`.

    The files are copied, and the track file is written last. After an interruption at any moment
    the originals still exist, and filing again replaces what was left over. Audio of a kind outside
    `kinds` is kept as it came; with `as_it_came`, so is audio that fails the check.
    """
    root = index.places[LIBRARY]
    try:
        sound = _prove_sound(audio, whole, kinds, as_it_came)
        picture = read_cover(cover)
        make_folder(root)
        track_id = new.track_id
        staging = Path(tempfile.mkdtemp(prefix=f"{_STAGING}{track_id}-", dir=root))
        try:
            part = staging / f"audio{sound.suffix}"
            shutil.copyfile(audio, part)
            bpm, key = tempo_and_key(part) if sound.duration else (None, "")
            facts = _new_track(new, track_id, sound.duration, bpm, key, part)
            if new.provider == LOCAL and sound.duration:
                facts = replace(facts, **made_facts(part))
            if sound.duration:
                try:
                    write_tags(part, facts, picture)
                except DamagedFile:
                    shutil.copyfile(audio, part)  # untagged audio can still be played
            parts = {sound.suffix: part}
            if picture and (suffix := sniff(picture)):
                parts[suffix] = staging / f"cover{suffix}"
                parts[suffix].write_bytes(picture)
            for path in parts.values():
                _sync(path)
            with changing():
                return _place(index, facts, parts)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    except OSError as error:
        path = Path(error.filename or root)
        # The staging folder has another name with each try.
        if any(part.startswith(_STAGING) for part in path.parts):
            path = root
        raise home_error(path, error) from error


def _prove_sound(audio: Path, whole: bool, kinds: Sequence[str], as_it_came: bool) -> Sound:
    """Check the audio. The duration is 0 for audio that is kept as it came."""
    try:
        return prove(audio, whole=whole, kinds=kinds)
    except BadAudio:
        with audio.open("rb") as file:
            head = file.read(512)
        suffix = audio.suffix.lower()
        # A server that names another kind of audio means it: this is not an error page.
        named = suffix not in ("", ".part", *KINDS) and not what_instead(head)
        if head and (as_it_came or named):
            return Sound(suffix if suffix in SUFFIXES else ".bin", 0.0, False)
        raise


def sweep(root: Path, track_id: str) -> None:
    """Remove what an interrupted filing of this take left behind."""
    for staging in root.glob(f"{_STAGING}{track_id}-*"):
        shutil.rmtree(staging, ignore_errors=True)


def retag(track: Track) -> dict[str, Any]:
    """Write a track's facts into its audio file again; return the new keys of its track file.

    A tagged copy replaces the file in one step. Raises `HomeError`, and `DamagedFile` if the tags
    can't be parsed.
    """
    part = track.audio.with_name(f".{track.audio.stem}.part{track.audio.suffix.lower()}")
    try:
        shutil.copyfile(track.audio, part)
        write_tags(part, track, None, emptied=True)
        _sync(part)
        data = part.read_bytes()
        facts = _audio_keys(hashlib.sha256(data).hexdigest(), len(data))
        part.replace(track.audio)
        sync_folder(part.parent)
    except OSError as error:
        raise home_error(track.audio, error) from error
    finally:
        part.unlink(missing_ok=True)
    return facts


def _audio_keys(sha256: str, size: int) -> dict[str, Any]:
    """Return the keys of a track file that its audio is checked against later."""
    return {"sha256": sha256, "audio_size": size}


def _place(index: Index, facts: Track, parts: Mapping[str, Path]) -> Track:
    """Move the staged files into the task's folder and write the track file.

    The track is read back from that file, since the file is the truth.
    """
    root = index.places[LIBRARY]
    digests = {suffix: hashlib.sha256(path.read_bytes()) for suffix, path in parts.items()}
    name = file_name(facts.name)
    folder = _folder_of(index, facts) or root / facts.created_at.strftime("%Y/%m") / (
        f"{name}-{short_name(facts.task_id, facts.id)}"
    )
    make_folder(folder)
    own = {suffix: digest.digest() for suffix, digest in digests.items()}
    stem = free_stem(folder, f"{name}-{facts.take}", own)
    sound = next(iter(parts))
    size = parts[sound].stat().st_size
    for suffix, part in parts.items():
        move(part, folder / f"{stem}{suffix}")
    sync_folder(folder)
    file = folder / f"{stem}.toml"
    table = write_table(facts) | _audio_keys(digests[sound].hexdigest(), size)
    write_toml(file, table)
    path = path_in(root, file)
    seen = read_track_file(LIBRARY, root, path)
    if seen is None or seen.track is None:
        raise DamagedFile(file, seen.trouble if seen else "it was removed while it was written")
    index.put([seen])
    return seen.track


def _folder_of(index: Index, facts: Track) -> Path | None:
    """Return the folder of the task's other takes; None if none is filed."""
    if not facts.task_id:
        return None
    others = index.find(
        "place = ? AND task_id = ? AND provider = ?", LIBRARY, facts.task_id, facts.provider
    )
    return next((other.file.parent for _, other in others if other.file.exists()), None)


def short_name(task_id: str, track_id: str) -> str:
    """Return the eight letters that end the name of a task's folder, from the task's id."""
    letters = re.sub(r"[^a-z0-9]", "", task_id.lower())
    return letters[:8] or track_id[:8]


def _new_track(
    new: NewTake, track_id: str, duration: float, bpm: float | None, key: str, part: Path
) -> Track:
    song = Song.from_table(_clean(new.song.to_table())) if new.song is not None else None
    created = new.created_at if new.created_at.tzinfo else new.created_at.replace(tzinfo=UTC)
    title = _clean(new.title)
    style = song.style if song is not None and song.custom_mode else ""
    return Track(
        id=track_id,
        title=title if title.strip() or song is None else song.name,
        style=style,
        tags=own_tags(_clean(new.tags), song),
        lyrics=_clean(new.lyrics),
        notes="",
        duration=round(duration, 3),
        model=_clean(new.model),
        provider=_clean(new.provider),
        task_id=_clean(new.task_id),
        queue_id=_clean(new.queue_id),
        take=new.take,
        created_at=created.astimezone(UTC),
        favorite=False,
        rating=0,
        sha256="",
        bpm=bpm,
        key=_clean(key),
        song=song,
        seed=new.seed,
        origin=new.origin,
        file=part,
        audio=part,
        cover=None,
    )


def own_tags(tags: str, song: Song | None) -> str:
    """Return the provider's tags; none if they only repeat the song's style and added words.

    So `tag:` finds what the user has tagged, and not what `style:` finds anyway.
    """

    def words(text: str) -> set[str]:
        return {" ".join(part.split()).casefold() for part in text.split(",") if part.strip()}

    asked = (
        ", ".join((song.style, *song.words.values()))
        if song is not None and song.custom_mode
        else ""
    )
    return "" if words(tags) <= words(asked) else tags


def _clean(value: Any) -> Any:
    """Make text writable as UTF-8, also inside tables: JSON may hold half a surrogate pair."""
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def read_cover(cover: Path | None) -> bytes | None:
    """Return the cover's bytes; None if there is none, or it is a server's error page."""
    if cover is None:
        return None
    try:
        data = read_file(cover, most=LARGEST_PICTURE)
    except OSError:
        return None
    return data if is_cover(data) else None


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
