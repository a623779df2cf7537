"""The lyrics of a track in the user's own editor: what is written there is never lost."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from suno_tui.library.store import Library
from suno_tui.tui.app import StudioApp
from suno_tui.tui.controllers import external_editor
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import sees

Editor = Callable[[StudioApp, str], None]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """Makes $EDITOR a script; the terminal of a test can't be lent, so that part is left out."""

    @contextlib.contextmanager
    def lent(self: StudioApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(StudioApp, "suspend", lent)

    def write(app: StudioApp, script: str) -> None:
        path = tmp_path / "editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        app.studio.env = {"EDITOR": str(path)}

    return write


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, and wait until all that they began has ended."""
    await pilot.press(*keys)
    await idle(pilot.app)
    await pilot.pause()


def told_file(app: StudioApp) -> str:
    """Return the contents of the file that the only message names."""
    [note] = app._notifications
    return Path(note.message.rpartition("is in ")[2]).read_text()


async def test_the_lyrics_of_a_track_in_the_editor(run_app: RunApp, editor: Editor) -> None:
    async with run_app() as (app, pilot):
        editor(app, 'echo "Other words" > "$1"')
        await press(pilot, "escape", "3", "i", "e")
        await sees(app, "Other words")
        track = app.main.library.track
        assert track is not None
        assert "Other words" in track.file.read_text()


async def test_one_terminal_has_one_editor(run_app: RunApp, editor: Editor, tmp_path: Path) -> None:
    async with run_app() as (app, pilot):
        log = tmp_path / "log"
        editor(app, f'echo start >> "{log}"; sleep 0.3; echo end >> "{log}"')
        await press(pilot, "escape", "3")
        app.main.library.action_edit_in_editor()
        app.main.library.action_edit_in_editor()
        app.main.composer.action_edit_in_editor()
        await idle(app)
        assert log.read_text().split() == ["start", "end"]


async def test_the_text_is_kept_if_the_track_is_gone(run_app: RunApp, editor: Editor) -> None:
    async with run_app() as (app, pilot):
        await press(pilot, "escape", "3")
        track = app.main.library.track
        assert track is not None
        editor(app, f'echo "an hour of work" > "$1"; rm "{track.file}" "{track.audio}"')
        await press(pilot, "e")
        await until(lambda: app._notifications)
        assert told_file(app) == "an hour of work\n"


async def test_lyrics_changed_elsewhere_meanwhile_are_not_overwritten(
    run_app: RunApp, editor: Editor, tmp_path: Path
) -> None:
    async with run_app() as (app, pilot):
        await press(pilot, "escape", "3")
        track, home = app.main.library.track, app.studio.home
        assert track is not None
        open_now, go = tmp_path / "open", tmp_path / "go"
        editor(
            app,
            f'touch "{open_now}"; while [ ! -e "{go}" ]; do sleep 0.02; done; echo ours > "$1"',
        )
        await pilot.press("e")
        await until(open_now.exists)
        with contextlib.closing(Library(home.library, trash=home.trash, cache=home.cache)) as other:
            other.edit(track.id, lyrics="theirs")
        go.touch()
        await until(lambda: app._notifications)
        assert app.studio.library.get(track.id).lyrics == "theirs"
        assert told_file(app) == "ours\n"


async def test_lyrics_that_a_window_saves_later_are_those_of_the_track(
    run_app: RunApp, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external_editor, "QUICK", 1000)
    monkeypatch.setattr(external_editor, "POLL_SECONDS", 0.01)
    async with run_app() as (app, pilot):
        await press(pilot, "escape", "3")
        track, home = app.main.library.track, app.studio.home
        assert track is not None
        editor(app, "exit 0")
        await press(pilot, "e")
        await until(lambda: app._notifications)
        [file] = home.editor.glob("*/lyrics.txt")
        file.write_text("saved in a window\n")
        await until(lambda: app.studio.library.get(track.id).lyrics == "saved in a window")
        file.write_text("and again\n")
        await until(lambda: app.studio.library.get(track.id).lyrics == "and again")
        app.studio.library.edit(track.id, lyrics="theirs")
        file.write_text("too late\n")
        await until(lambda: any("is in " in note.message for note in app._notifications))
        assert app.studio.library.get(track.id).lyrics == "theirs"
        assert file.read_text() == "too late\n"
