"""The studio on a disk without file locks: one warning, and drafts are kept."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from suno_tui.drafts import SongFolder
from tests.tui.conftest import RunApp, until


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
async def test_what_is_typed_is_kept_without_locks(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refused(handle: int, how: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    async with run_app() as (app, pilot):
        [told] = [note for note in app._notifications if note.title == "Locks"]
        assert "has no file locks" in told.message
        await pilot.press("escape", "1", "i", *"rain")
        drafts = SongFolder(app.studio.home.drafts)

        def kept() -> bool:
            songs = [found.song for name in drafts.names() if (found := drafts.load(name))]
            return any("rain" in song.prompt + song.lyrics + song.style for song in songs)

        await until(kept)
        assert app.is_running


async def test_commands_that_are_not_run_are_reported(run_app: RunApp, tmp_path: Path) -> None:
    home = tmp_path / "user" / "home"
    home.mkdir(parents=True)
    home.chmod(0o777)
    async with run_app(config='[player]\ncommand = ["nope-x"]\n') as (app, _):
        [told] = [note for note in app._notifications if note.title == "Settings"]
        assert f"chmod go-w {home}" in told.message
        assert app.studio.settings.player.command is None
