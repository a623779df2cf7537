"""A text in the user's own editor, while the queue and everything else goes on."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from suno_tui.errors import StudioError


class EditorFailed(StudioError):
    """The editor could not be used; the text in the form is as it was."""

    title = "The editor did not work"
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


async def edit_outside(app: App[Any], text: str, name: str, env: Mapping[str, str]) -> str:
    """The text as the editor left it. Raises `EditorFailed`; what was written is kept then."""
    command = editor_command(env)
    folder = Path(tempfile.mkdtemp(prefix="suno-tui-"))
    file = folder / f"{name}.txt"
    before = text if not text or text.endswith("\n") else text + "\n"
    file.write_text(before, encoding="utf-8", errors="replace", newline="")
    try:
        code = await open_editor(app, file, env)
    except EditorFailed:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        after = file.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        after = before
    if code and after != before:
        raise EditorFailed(
            f"{command[0]} ended with code {code}. The form is unchanged; "
            f"what you wrote is in {file}."
        )
    shutil.rmtree(folder, ignore_errors=True)
    if code:
        raise EditorFailed(f"{command[0]} ended with code {code}. Nothing was changed.")
    if after == before:
        return text
    after = after.replace("\r\n", "\n")
    return after if text.endswith("\n") else after.removesuffix("\n")
