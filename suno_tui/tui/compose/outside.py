"""A text in the user's own editor, while the queue and everything else goes on."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from suno_tui.errors import StudioError


class EditorFailed(StudioError):
    """The editor could not be used; the text in the form is as it was."""

    title = "The editor did not work"
    code = "editor"


class NotKept(StudioError):
    """What was written in the editor could not be put in its place; it is in a file."""

    title = "What you wrote is in a file"
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
async def edit_outside(
    app: App[Any], text: str, name: str, env: Mapping[str, str]
) -> AsyncIterator[str]:
    """The text as the editor left it. Raises `EditorFailed`.

    What was written stays in its file, which is named, until what is done with it has worked.
    """
    command = editor_command(env)
    before = text if not text or text.endswith("\n") else text + "\n"
    file = await asyncio.to_thread(_lay_out, before, name)
    after = before
    try:
        code = await open_editor(app, file, env)
        after = await asyncio.to_thread(_read, file, before)
        if code:
            raise EditorFailed(f"{command[0]} ended with code {code}. Nothing was changed.")
        yield text if after == before else _like(text, after)
    except StudioError as error:
        if after != before:
            raise NotKept(f"{error}\nWhat you wrote is in {file}") from error
        await asyncio.to_thread(shutil.rmtree, file.parent, ignore_errors=True)
        raise
    await asyncio.to_thread(shutil.rmtree, file.parent, ignore_errors=True)


def _lay_out(text: str, name: str) -> Path:
    file = Path(tempfile.mkdtemp(prefix="suno-tui-")) / f"{name}.txt"
    file.write_text(text, encoding="utf-8", errors="replace", newline="")
    return file


def _read(file: Path, before: str) -> str:
    try:
        return file.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return before


def _like(text: str, after: str) -> str:
    after = after.replace("\r\n", "\n")
    return after if text.endswith("\n") else after.removesuffix("\n")
