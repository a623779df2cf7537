"""Editing a text in the user's own editor while the studio goes on."""

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
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from suno_tui.common.atomic_files import make_folder
from suno_tui.common.errors import StudioError, home_error
from suno_tui.common.locks import LOCK_FILE_SUFFIX, Lock
from suno_tui.common.paths import Home
from suno_tui.drafts import SongFolder
from suno_tui.providers.song import Song

if TYPE_CHECKING:
    from suno_tui.studio import Studio
    from suno_tui.tui.context import Context

OnText = Callable[[str], Awaitable[None]]
"""Called with a text that the user has written."""

QUICK = 2.0
"""A program that returns within so many seconds may only have passed the file to a window."""

POLL_SECONDS = 0.5
"""Seconds between two checks of a file that a window may have open."""

_BEFORE = ".before"
"""Name of the copy of the text that was read last, next to the editor's file."""

_LOCK = ".lock"

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and the encodings that they stand for."""


class EditorFailed(StudioError):
    """The editor could not be used; the text is unchanged."""

    title = "The editor did not work"
    code = "editor"


class NotKept(StudioError):
    """A text from the editor could not be stored in its place; it is kept in a file."""

    title = "Your text is saved separately"
    code = "editor"


def editor_command(env: Mapping[str, str]) -> list[str]:
    """Return the user's editor: $VISUAL, $EDITOR, else nano or vi. Raises `EditorFailed`."""
    for name in ("VISUAL", "EDITOR"):
        if value := env.get(name, "").strip():
            try:
                command = shlex.split(value)
            except ValueError as error:
                raise EditorFailed(f"${name} is {value!r}: {error}.") from error
            if command and shutil.which(command[0]):
                return command
            raise EditorFailed(f"${name} is {value!r}, but there is no such program. Set it again.")
    for name in ("nano", "vi", "vim"):
        if found := shutil.which(name):
            return [found]
    raise EditorFailed("No editor found: set $EDITOR, for example to nano.")


async def open_editor(app: Context, file: Path, env: Mapping[str, str]) -> int:
    """Open the user's editor on a file; return its exit code. Raises `EditorFailed`.

    The editor has the terminal to itself; the event loop goes on.
    """
    command = editor_command(env)
    try:
        with app.batch_update(), app.suspend():
            process = await asyncio.create_subprocess_exec(*command, str(file))
            return await process.wait()
    except SuspendNotSupported as error:
        raise EditorFailed("This terminal can't run an editor.") from error
    except OSError as error:
        raise EditorFailed(f"{command[0]}: {error.strerror or error}.") from error


async def edit_in_editor(app: Context, studio: Studio, text: str, name: str, store: OnText) -> None:
    """Let the user edit a text, and call `store` with the new text if it has changed.

    `name` is the song's field. Raises `EditorFailed`, `NotKept`. The text stays in its file until
    `store` has worked; if the studio ends before that, `recover_texts` finds it. An editor that
    returns at once without a change may have opened a window: its file is watched while the studio
    runs, and `store` is called with each text that is saved.
    """
    command = editor_command(studio.env)
    before = text if not text or text.endswith("\n") else text + "\n"
    file, lock = await asyncio.to_thread(_create_file, studio.home.editor, before, name)
    edited = EditorFile(file, lock, text, store)
    begun = time.monotonic()
    try:
        code = await open_editor(app, file, studio.env)
        if code:
            if edited.changed():
                edited.refuse(f"{command[0]} ended with code {code}.")
            raise EditorFailed(f"{command[0]} ended with code {code}. Nothing was changed.")
        if not await edited.hand_on() and time.monotonic() - begun < QUICK:
            edited.watch(app)
    finally:
        if not edited.watched and (more := await asyncio.to_thread(edited.clean_up)):
            app.notify(more, title="From the editor", timeout=12)


class EditorFile:
    """A file that is open in an editor, and what was read from it."""

    def __init__(self, file: Path, lock: Lock, text: str, store: OnText) -> None:
        self._file = file
        self._lock = lock
        self._text = text
        self._store = store
        self._known: set[bytes | None] = {_read_bytes(file)}
        """All contents that the file has had and that are stored elsewhere, too."""
        self._refused = False
        self._handing_on = asyncio.Lock()
        self._seen: tuple[int, ...] | None = self._stamp()
        self._settled = self._seen
        self.watched = False

    def changed(self) -> bool:
        """Return whether the file has a text that was not read yet; False if it is gone."""
        return self._file.exists() and _has_new_text(self._file, self._known)

    def refuse(self, why: str) -> None:
        """Keep the file, and raise `NotKept`, which names it."""
        self._refused = True
        raise NotKept(
            f"{why}\nThe next start makes a draft of what you wrote. "
            f"Until then it is in {self._file}"
        )

    async def hand_on(self) -> bool:
        """Pass on a new text; return whether there was one. Raises `NotKept`."""
        async with self._handing_on:  # a text that is saved meanwhile comes after it
            return await self._hand_on()

    async def _hand_on(self) -> bool:
        data = await asyncio.to_thread(_read_bytes, self._file)
        if data is None or data in self._known:
            return False
        after = _decode(data)
        if after is None:
            self._refused = True
            raise NotKept(
                "Your editor did not save it as UTF-8, so it was not read. Save it as UTF-8; "
                f"what you wrote is in {self._file}"
            )
        try:
            await self._store(_end_as(self._text, after))
        except StudioError as error:
            self.refuse(str(error))
        self._known.add(data)
        await asyncio.to_thread((self._file.parent / _BEFORE).write_bytes, data)
        return True

    def watch(self, app: Context) -> None:
        """Take over every text that is saved in the file, until the app exits."""
        self.watched = True
        app.notify(
            "It changed nothing. If it opens a window, the studio reads what you save there while "
            "it runs. To make the studio wait for the window, set EDITOR='code --wait', or what "
            "your editor calls that.",
            title="Your editor returned at once",
            timeout=12,
        )
        app.set_interval(POLL_SECONDS, partial(self.poll, app))

    def poll(self, app: Context) -> None:
        """Take over a saved text once the file is the same in two checks in a row."""
        now = self._stamp()
        if now is not None and now == self._seen and now != self._settled:
            self._settled = now
            app.run_worker(self._take_saved(app), group="editor")
        self._seen = now

    async def _take_saved(self, app: Context) -> None:
        try:
            if await self.hand_on():
                text = "What you saved in the editor is here."
                app.notify(text, title="From the editor", timeout=5)
        except StudioError as error:
            app.notify_error(error)

    def clean_up(self) -> str:
        """Delete the folder if all of it was read; else return a message about the rest."""
        try:
            names = {_LOCK, _LOCK + LOCK_FILE_SUFFIX, _BEFORE}
            paths = [path for path in self._file.parent.iterdir() if path.name not in names]
            left = {path for path in paths if _has_new_text(path, self._known)}
            if not left:
                shutil.rmtree(self._file.parent, ignore_errors=True)
            reported = {self._file} if self._refused else set()
            return _more(self._file.parent) if left - reported else ""
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


def _create_file(place: Path, text: str, name: str) -> tuple[Path, Lock]:
    """Create the editor's file in a folder of its own; return it and the folder's lock."""
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


def recover_texts(home: Home, drafts: SongFolder) -> list[str]:
    """Make drafts of the texts that were in an editor when a studio ended.

    Returns messages for the user. Raises `HomeError`.
    """
    messages: list[str] = []
    for folder in sorted(home.editor.glob("*/")):
        lock = Lock(folder / _LOCK)
        if not lock.acquire():
            continue  # another studio has it open
        try:
            messages += _recover_folder(folder, drafts)
        except OSError as error:
            raise home_error(folder, error) from error
        finally:
            lock.release()
    return messages


def _recover_folder(folder: Path, drafts: SongFolder) -> Iterator[str]:
    before = folder / _BEFORE
    known: set[bytes | None] = {_read_bytes(before)}
    for field in ("lyrics", "prompt"):
        file = folder / f"{field}.txt"
        data = _read_bytes(file)
        if data is None or data in known:
            continue
        text = _decode(data)
        if text is None:
            continue  # kept, and reported below
        if text.strip():
            name = drafts.free_name("from the editor")
            song = Song.from_table({"custom_mode": field == "lyrics", field: text})
            drafts.save(name, song)
            before.write_bytes(data)
            yield f"What you wrote before the studio ended is now the draft {name}."
        known.add(data)
    paths = [
        path
        for path in folder.iterdir()
        if path.name not in (_LOCK, _LOCK + LOCK_FILE_SUFFIX, _BEFORE)
    ]
    if any(_has_new_text(path, known) for path in paths):
        yield _more(folder)
    else:
        shutil.rmtree(folder)


def _more(folder: Path) -> str:
    return f"Your editor left more in {folder}. Delete that folder when you don't need it."


def _read_bytes(file: Path) -> bytes | None:
    """Return the contents of a file; None if there is none or it can't be read."""
    try:
        return file.read_bytes() if file.is_file() else None
    except OSError:
        return None


def _has_new_text(file: Path, known: set[bytes | None]) -> bool:
    """Return whether a file has contents that are stored nowhere else; always True for a folder."""
    data = _read_bytes(file)
    return data is None or data not in known


def _decode(data: bytes) -> str | None:
    """Return the text, read as its byte order mark says, else as UTF-8; None if that fails."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _end_as(text: str, after: str) -> str:
    """Return `after` with line feeds only, and with a last one only if `text` has one."""
    after = after.replace("\r\n", "\n").replace("\r", "\n")
    return after if text.endswith("\n") else after.removesuffix("\n")
