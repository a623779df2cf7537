"""A text in the user's own editor, while the queue and everything else goes on."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App, SuspendNotSupported

from suno_tui.api.song import Song
from suno_tui.drafts import SongFolder
from suno_tui.errors import StudioError
from suno_tui.home import HELD, Home, Lock, home_error, make_folder

if TYPE_CHECKING:
    from suno_tui.studio import Studio

_BEFORE = ".before"
"""What the editor began with, beside the file that it has open."""

_LOCK = ".lock"


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


@asynccontextmanager
async def edit_outside(app: App[Any], studio: Studio, text: str, name: str) -> AsyncIterator[str]:
    """The text as the editor left it; `name` is the song's field. Raises `EditorFailed`.

    What was written stays in its file until what is done with it has worked, and where the studio
    ends meanwhile: `left_over` finds it.
    """
    command = editor_command(studio.env)
    before = text if not text or text.endswith("\n") else text + "\n"
    file, lock = await asyncio.to_thread(_lay_out, studio.home.editor, before, name)
    after = before
    try:
        code = await open_editor(app, file, studio.env)
        after = await asyncio.to_thread(_read, file, before)
        if code:
            raise EditorFailed(f"{command[0]} ended with code {code}. Nothing was changed.")
        yield text if after == before else _like(text, after)
    except StudioError as error:
        if after != before:
            raise NotKept(
                f"{error}\nThe next start makes a draft of what you wrote. "
                f"Until then it is in {file}"
            ) from error
        await asyncio.to_thread(shutil.rmtree, file.parent, ignore_errors=True)
        raise
    else:
        await asyncio.to_thread(shutil.rmtree, file.parent, ignore_errors=True)
    finally:
        lock.release()


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
    names = {_LOCK, _LOCK + HELD, _BEFORE}
    for field in ("lyrics", "prompt"):
        file = folder / f"{field}.txt"
        names.add(file.name)
        text = _read(file)
        if text.strip() and text != _read(before):
            name = drafts.free_name("from the editor")
            song = Song.from_table({"custom_mode": field == "lyrics", field: text})
            drafts.save(name, song)
            before.write_text(text, encoding="utf-8", newline="")
            yield f"What you wrote before the studio ended is the draft {name}."
    if all(path.name in names for path in folder.iterdir()):
        shutil.rmtree(folder)
    else:
        yield f"Your editor left more in {folder}. Delete that folder when you have it."


def _read(file: Path, missing: str = "") -> str:
    try:
        return file.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return missing


def _like(text: str, after: str) -> str:
    after = after.replace("\r\n", "\n")
    return after if text.endswith("\n") else after.removesuffix("\n")
