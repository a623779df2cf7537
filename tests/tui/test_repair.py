"""Repairing damaged text files on the screen."""

from __future__ import annotations

from suno_tui.tui.dialogs.confirm import Confirm
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import notified, sees


async def test_an_emptied_file_is_named_shown_and_repaired(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        library = app.main.library
        await until(lambda: bool(library.rows.items))
        track = app.studio.library.tracks()[0]
        whole = track.file.read_bytes()
        track.file.write_bytes(b"")
        app.studio.library.refresh()
        library.check()
        await sees(app, "It is empty")
        library.action_repair()
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        await sees(app, "Repair 1 of 1")
        await sees(app, "lost, since it is stored nowhere else")
        assert track.file.read_bytes() == b""
        await pilot.press("n")
        await until(lambda: not isinstance(app.screen, Confirm))
        assert track.file.read_bytes() == b""
        library.action_repair()
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.pause()
        await pilot.press("y")
        await until(lambda: bool(track.file.read_bytes()))
        await notified(app, "1 repaired")
        await until(lambda: not app.studio.library.damaged())
        assert track.file in [one.file for one in app.studio.library.tracks()]
        app.studio.library.undo()
        track.file.write_bytes(whole)
        app.studio.library.refresh()
        library.action_repair()
        await notified(app, "Nothing is damaged.")
