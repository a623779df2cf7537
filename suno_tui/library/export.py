"""Export tracks: copies in a folder or a zip file, with readable names."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from suno_tui.common.errors import DamagedFile, StudioError
from suno_tui.common.safe_files import Unfit
from suno_tui.common.text import clean
from suno_tui.library.export_template import STANDARD, Template, distinct
from suno_tui.library.filing import read_cover
from suno_tui.library.tags import strip_tags, write_tags
from suno_tui.library.track import Track
from suno_tui.library.track_files import open_sound


class ExportError(StudioError):
    """Nothing was exported: a file of that name exists, or no track matches."""

    title = "That can't be exported"
    code = "export"
    exit_code = 2


class ExportStopped(StudioError):
    """The disk failed in the middle; the files that have their names are complete."""

    title = "The export stopped"
    code = "export_stopped"
    exit_code = 4


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported track and the paths of its copies; in a zip file, their names."""

    track: Track
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Extra:
    """An additional file for each track, such as MIDI. `ending` follows the track's name.

    `make(track, path)` writes a file or a folder of files at that path, or nothing.
    """

    ending: str
    make: Callable[[Track, Path], None]


def lyrics_in_time(*, words: bool) -> Extra:
    """Return an extra that writes the timed lyrics as LRC; with `words`, as enhanced LRC."""

    def make(track: Track, path: Path) -> None:
        from suno_tui.library.lrc import write_lrc
        from suno_tui.library.timed_lyrics import timed_lyrics

        if lines := timed_lyrics(track):
            title = " ".join(clean(track.title).split())
            path.write_text(write_lrc(lines, words=words, title=title), encoding="utf-8")

    return Extra(".lrc", make)


def export(
    tracks: Sequence[Track],
    to: Path,
    *,
    template: str = STANDARD,
    inside: Path | None = None,
    archive: bool = False,
    tags: bool = True,
    extras: Sequence[Extra] = (),
    on_exported: Callable[[Exported], None] | None = None,
) -> list[Exported]:
    """Copy tracks into a folder, or with `archive` into one new zip file.

    With `tags` the copies carry the track's facts and cover as tags; without, they have no tags.
    Existing files with the same bytes are kept. Only audio is exported; a link is followed only if
    its target is in `inside`, the library's folder; `to` must be elsewhere.
    Raises `TemplateError` and `ExportError` before anything is written, and `ExportStopped`; files
    that have their names are complete.
    """
    parsed = Template.parse(template)
    if not tracks:
        raise ExportError("No track matches, so there is nothing to export.")
    names = distinct(parsed.name(track) for track in tracks)
    if inside is not None and not archive and to.resolve().is_relative_to(inside.resolve()):
        raise ExportError(f"{to} is the library's own folder. Choose another one for the copies.")
    stage = partial(_stage, inside=inside, tags=tags)
    try:
        for track in tracks:
            _open(track, inside).close()
        with _Zip(to) if archive else _Folder(to) as target:
            found: list[Exported] = []
            kept: dict[str, list[Path]] = {}
            for track, name in zip(tracks, names, strict=True):
                audio = f"{name}{track.audio.suffix.lower()}"
                if target.taken(audio):
                    target.check(audio, stage(track, target.staging))
                for extra in extras:
                    if target.taken(name + extra.ending):
                        kept[name + extra.ending] = target.keep(name + extra.ending, extra, track)
            for track, name in zip(tracks, names, strict=True):
                audio = f"{name}{track.audio.suffix.lower()}"
                files = [target.put(stage(track, target.staging), audio)]
                for extra in extras:
                    if name + extra.ending in kept:
                        files += kept[name + extra.ending]
                        continue
                    part = target.staging / "extra"
                    extra.make(track, part)
                    if not part.exists():
                        continue
                    files += target.put_all(part, name + extra.ending)
                found.append(Exported(track, tuple(files)))
                if on_exported is not None:
                    on_exported(found[-1])
            return found
    except OSError as error:
        path = error.filename or to
        raise ExportStopped(
            f"{path}: {error.strerror or error}. The files exported so far are complete, and the "
            "library was not touched. Make room, or choose another folder."
        ) from error


def place(text: str) -> Path:
    """Return the target from what the user wrote. Raises `ExportError`."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        user = text.partition("/")[0]
        raise ExportError(f"There is no folder {user}: no such user.") from error


def exported(count: int, to: Path, *, archive: bool) -> str:
    """Return a sentence on what was exported, and to which file or folder."""
    where = _zip_file(to) if archive else to
    return f"{count} track{'' if count == 1 else 's'} exported to {where}"


def _zip_file(to: Path) -> Path:
    return to if to.suffix.lower() == ".zip" else to.with_name(f"{to.name}.zip")


def _already_there(path: Path) -> str:
    return (
        f"{path} exists already, with other contents. Nothing was written: move it away, or export "
        "to another folder."
    )


def _open(track: Track, inside: Path | None) -> BinaryIO:
    try:
        return open_sound(track.audio, inside)
    except Unfit as error:
        raise ExportError(f"{track.audio}: {error.strerror}. Nothing was exported.") from error


def _stage(track: Track, staging: Path, *, inside: Path | None, tags: bool) -> Path:
    part = staging / f"audio{track.audio.suffix.lower()}"
    with _open(track, inside) as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
    if tags:
        # Audio that can't be tagged can still be played.
        with contextlib.suppress(DamagedFile):
            write_tags(part, track, read_cover(track.cover))
    else:
        strip_tags(part)
    return part


class _Folder:
    """A target folder. Files are made in a hidden folder inside it, then get their names."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.staging = root

    def __enter__(self) -> _Folder:
        if self.root.exists() and not self.root.is_dir():
            raise ExportError(f"{self.root} is a file. Name a folder, or one zip file (--zip).")
        self.root.mkdir(parents=True, exist_ok=True)
        self.staging = Path(tempfile.mkdtemp(prefix=".exporting-", dir=self.root))
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.staging, ignore_errors=True)

    def taken(self, name: str) -> bool:
        return (self.root / name).exists() or (self.root / name).is_symlink()

    def check(self, name: str, part: Path) -> None:
        """Raise `ExportError` if another file has that name."""
        there = self.root / name
        for file in _files(part):
            same = there / file.name if part.is_dir() else there
            if not same.is_file() or not filecmp.cmp(same, file, shallow=False):
                raise ExportError(_already_there(there))

    def keep(self, name: str, extra: Extra, track: Track) -> list[Path]:
        """Return the files of an extra that exists already. Raises `ExportError` if they differ."""
        part = self.staging / "kept"
        part.mkdir()
        extra.make(track, part / "extra")
        there = [self.root / name]
        if (part / "extra").exists():
            self.check(name, part / "extra")
            there = _files(self.root / name)
        shutil.rmtree(part)
        return there

    def put(self, part: Path, name: str) -> Path:
        place = self.root / name
        if self.taken(name):
            self.check(name, part)
            return place
        place.parent.mkdir(parents=True, exist_ok=True)
        if part.is_dir():
            part.rename(place)
        else:
            with part.open("rb") as file:
                os.fsync(file.fileno())
            _name(part, place)
        return place

    def put_all(self, part: Path, name: str) -> list[Path]:
        return _files(self.put(part, name))


class _Zip:
    """A new zip file; it gets its name when it is complete."""

    def __init__(self, file: Path) -> None:
        self.file = _zip_file(file)

    def __enter__(self) -> _Zip:
        if self.file.exists():
            raise ExportError(f"{self.file} exists already. Nothing was written: move it away.")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.staging = Path(tempfile.mkdtemp(prefix=".exporting-", dir=self.file.parent))
        # Audio is compressed already.
        self.archive = zipfile.ZipFile(self.staging / "zip", "w", zipfile.ZIP_STORED)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        try:
            self.archive.close()
            if not failed:
                _name(self.staging / "zip", self.file)
        finally:
            shutil.rmtree(self.staging, ignore_errors=True)

    def taken(self, name: str) -> bool:
        return False  # the file is new, and the names are distinct

    def check(self, name: str, part: Path) -> None:
        raise AssertionError(name)

    def keep(self, name: str, extra: Extra, track: Track) -> list[Path]:
        raise AssertionError(name)

    def put(self, part: Path, name: str) -> Path:
        self.archive.write(part, name)
        part.unlink()
        return Path(name)

    def put_all(self, part: Path, name: str) -> list[Path]:
        if not part.is_dir():
            return [self.put(part, name)]
        put = [self.put(file, f"{name}/{file.name}") for file in sorted(part.iterdir())]
        shutil.rmtree(part)
        return put


def _files(place: Path) -> list[Path]:
    return sorted(place.iterdir()) if place.is_dir() else [place]


def _name(part: Path, place: Path) -> None:
    """Give a complete file its name. Never replaces another file: raises `ExportError`."""
    try:
        os.link(part, place)
    except FileExistsError:
        raise ExportError(_already_there(place)) from None
    except OSError:
        part.rename(place)  # a file system without links
    else:
        part.unlink()
