"""A text in the user's own editor, while the queue and everything else goes on."""

from __future__ import annotations

import asyncio
import codecs
import shlex
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import StudioError, home_error
from suno_tui.common.locks import LOCK_FILE_SUFFIX, Lock
from suno_tui.common.paths import Home
from suno_tui.common.text import clean
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song

if TYPE_CHECKING:
    from suno_tui.studio import Studio

Take = Callable[[str], Awaitable[None]]
"""What is done with a text that the user has written."""

QUICK = 2.0
"""Seconds within which a program ends that only hands the file to a window."""

LOOK_SECONDS = 0.5
"""How often a file is looked at that a window may have open."""

_BEFORE = ".before"
"""What was last read of the file that the editor has open, beside it."""

_LOCK = ".lock"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The byte order marks that tell how a file is written."""


class EditorFailed(StudioError):
    """The editor could not be used; the text in the form is as it was."""

    title = "The editor did not work"
    code = "editor"


class NotKept(StudioError):
    """What was written in the editor could not be put in its place; it is in a file."""

    title = "What you wrote is kept apart"
    code = "editor"


def editor_command(env: Mapping[str, str]) -> list[str]:
    """The user's editor: $VISUAL, $EDITOR, else nano or vi. Raises `EditorFailed`."""
    for name in ("VISUAL", "EDITOR"):
        if wish := env.get(name, "").strip():
            try:
                command = shlex.split(wish)
            except ValueError as error:
                raise EditorFailed(f"${name} is {wish!r}: {error}.") from error
            if command and shutil.which(command[0]):
                return command
            raise EditorFailed(f"${name} is {wish!r}, and there is no such program. Set it anew.")
    for name in ("nano", "vi", "vim"):
        if found := shutil.which(name):
            return [found]
    raise EditorFailed("There is no editor: set $EDITOR to one, such as nano.")


async def open_editor(app: App[Any], file: Path, env: Mapping[str, str]) -> int:
    """Open the user's editor on a file; the code that it ended with. Raises `EditorFailed`.

    The editor has the terminal to itself; the event loop goes on.
    """
    command = editor_command(env)
    try:
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*command, str(file))
            return await process.wait()
    except SuspendNotSupported as error:
        raise EditorFailed("This terminal can't be lent to an editor.") from error
    except OSError as error:
        raise EditorFailed(f"{command[0]}: {error.strerror or error}.") from error


async def edit_outside(app: App[Any], studio: Studio, text: str, name: str, take: Take) -> None:
    """Let the user edit a text, and give `take` what the editor left if it is another one; `name`
    is the song's field. Raises `EditorFailed`, `NotKept`.

    What was written stays in its file until `take` has worked, and where the studio ends meanwhile:
    `left_over` finds it. An editor that ends at once and has changed nothing may have opened a
    window: its file is watched while the studio runs, and `take` is given what is saved there.
    """
    command = editor_command(studio.env)
    before = text if not text or text.endswith("\n") else text + "\n"
    file, lock = await asyncio.to_thread(_lay_out, studio.home.editor, before, name)
    handed = Handed(file, lock, text, take)
    begun = time.monotonic()
    try:
        code = await open_editor(app, file, studio.env)
        if code:
            if handed.changed():
                handed.refuse(f"{command[0]} ended with code {code}.")
            raise EditorFailed(f"{command[0]} ended with code {code}. Nothing was changed.")
        if not await handed.take_over() and time.monotonic() - begun < QUICK:
            handed.watch(app)
    finally:
        if not handed.watched and (more := await asyncio.to_thread(handed.clear_away)):
            app.notify(more, title="From the editor", markup=False, timeout=12)


class Handed:
    """A file that an editor was handed, and what was read of it."""

    def __init__(self, file: Path, lock: Lock, text: str, take: Take) -> None:
        self._file = file
        self._lock = lock
        self._text = text
        self._take = take
        self._known: set[bytes | None] = {_bytes(file)}
        """All that ever stood in the file and is somewhere else as well."""
        self._refused = False
        self._taking = asyncio.Lock()
        self._seen: tuple[int, ...] | None = self._stamp()
        self._settled = self._seen
        self.watched = False

    def changed(self) -> bool:
        """Whether the file holds something that was not read yet; a file that is gone does not."""
        return self._file.exists() and _unread(self._file, self._known)

    def refuse(self, why: str) -> None:
        """Raises `NotKept`: the file stays, and it is said where."""
        self._refused = True
        raise NotKept(
            f"{why}\nThe next start makes a draft of what you wrote. "
            f"Until then it is in {self._file}"
        )

    async def take_over(self) -> bool:
        """Hand on what was written, if anything was. Raises `NotKept`."""
        async with self._taking:  # what is saved while the last is handed on comes after it
            return await self._take_over()

    async def _take_over(self) -> bool:
        data = await asyncio.to_thread(_bytes, self._file)
        if data is None or data in self._known:
            return False
        after = _decoded(data)
        if after is None:
            self._refused = True
            raise NotKept(
                "Your editor did not save it as UTF-8, so it was left as it is. Save it as UTF-8; "
                f"what you wrote is in {self._file}"
            )
        try:
            await self._take(_like(self._text, after))
        except StudioError as error:
            self.refuse(str(error))
        self._known.add(data)
        await asyncio.to_thread((self._file.parent / _BEFORE).write_bytes, data)
        return True

    def watch(self, app: App[Any]) -> None:
        """Take over what is saved in the file from now on, until the app ends."""
        self.watched = True
        app.notify(
            "It changed nothing. If it opens a window of its own, what you save there comes in by "
            "itself while the studio runs. To wait for the window, set EDITOR='code --wait', or "
            "what your editor calls that.",
            title="Your editor returned at once", markup=False, timeout=12,
        )  # fmt: skip
        app.set_interval(LOOK_SECONDS, partial(self.look, app))

    def look(self, app: App[Any]) -> None:
        """Take over what was saved, once the file has stayed the same between two looks."""
        now = self._stamp()
        if now is not None and now == self._seen and now != self._settled:
            self._settled = now
            app.run_worker(self._take_saved(app), group="editor")
        self._seen = now

    async def _take_saved(self, app: App[Any]) -> None:
        try:
            if await self.take_over():
                app.notify(
                    "What you saved in the editor is here.", title="From the editor",
                    markup=False, timeout=5,
                )  # fmt: skip
        except StudioError as error:
            app.notify(
                clean(str(error), lines=True), title=error.title,
                severity="error", markup=False, timeout=12,
            )  # fmt: skip

    def clear_away(self) -> str:
        """Delete the folder if all that is in it was read; otherwise what to tell of it."""
        try:
            names = {_LOCK, _LOCK + LOCK_FILE_SUFFIX, _BEFORE}
            paths = [path for path in self._file.parent.iterdir() if path.name not in names]
            left = {path for path in paths if _unread(path, self._known)}
            if not left:
                shutil.rmtree(self._file.parent, ignore_errors=True)
            told = {self._file} if self._refused else set()
            return _more(self._file.parent) if left - told else ""
        except OSError:
            return ""
        finally:
            self._lock.release()

    def _stamp(self) -> tuple[int, ...] | None:
        try:
            facts = self._file.stat()
        except OSError:
            return None
        return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _lay_out(place: Path, text: str, name: str) -> tuple[Path, Lock]:
    """The file for the editor, in a folder of its own, and what shows that it is in use."""
    make_folder(place)
    try:
        folder = Path(tempfile.mkdtemp(dir=place))
        lock = Lock(folder / _LOCK)
        lock.acquire()
        for file in (folder / _BEFORE, folder / f"{name}.txt"):
            file.write_text(text, encoding="utf-8", errors="replace", newline="")
    except OSError as error:
        raise home_error(place, error) from error
    return file, lock


def left_over(home: Home, drafts: SongFolder) -> list[str]:
    """Make drafts of what was in the editor when a studio ended; what there is to tell of it.

    Raises `HomeError`.
    """
    told: list[str] = []
    for folder in sorted(home.editor.glob("*/")):
        lock = Lock(folder / _LOCK)
        if not lock.acquire():
            continue  # another studio has it open
        try:
            told += _left_in(folder, drafts)
        except OSError as error:
            raise home_error(folder, error) from error
        finally:
            lock.release()
    return told


def _left_in(folder: Path, drafts: SongFolder) -> Iterator[str]:
    before = folder / _BEFORE
    known: set[bytes | None] = {_bytes(before)}
    for field in ("lyrics", "prompt"):
        file = folder / f"{field}.txt"
        data = _bytes(file)
        if data is None or data in known:
            continue
        text = _decoded(data)
        if text is None:
            continue  # told below: it stays as it is
        if text.strip():
            name = drafts.free_name("from the editor")
            song = Song.from_table({"custom_mode": field == "lyrics", field: text})
            drafts.save(name, song)
            before.write_bytes(data)
            yield f"What you wrote before the studio ended is the draft {name}."
        known.add(data)
    paths = [
        path
        for path in folder.iterdir()
        if path.name not in (_LOCK, _LOCK + LOCK_FILE_SUFFIX, _BEFORE)
    ]
    if any(_unread(path, known) for path in paths):
        yield _more(folder)
    else:
        shutil.rmtree(folder)


def _more(folder: Path) -> str:
    return f"Your editor left more in {folder}. Delete that folder when you have it."


def _bytes(file: Path) -> bytes | None:
    """What stands in a file; None where there is none, or it can't be read."""
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError:
        return None


def _unread(file: Path, known: set[bytes | None]) -> bool:
    """Whether there is anything in a file or folder that is nowhere else."""
    data = _bytes(file)
    return data is None or data not in known


def _decoded(data: bytes) -> str | None:
    """The text in UTF-8, or in whatever its byte order mark says; None where it is neither."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _like(text: str, after: str) -> str:
    after = after.replace("\r\n", "\n").replace("\r", "\n")
    return after if text.endswith("\n") else after.removesuffix("\n")
