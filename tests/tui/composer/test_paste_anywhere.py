"""A paste when no field has the focus."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual import events
from textual.pilot import Pilot

from suno_tui.tui.app import StudioApp
from suno_tui.tui.screens.composer.pane import ComposePane
from tests.tui.conftest import until

RunApp = Callable[..., AbstractAsyncContextManager[tuple[StudioApp, Pilot[None]]]]


async def test_a_paste_goes_into_the_song_on_its_page_and_elsewhere_a_notice_says_how(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        pane = app.main.query_one(ComposePane)
        await pilot.press("escape", "3")
        await pilot.pause()
        before = pane.song
        app.post_message(events.Paste("a calm piano at night"))
        await until(lambda: any("Compose" in note.message for note in app._notifications))
        assert pane.song == before
        await pilot.press("1", "escape")
        app.main.set_focus(None)
        await pilot.pause()
        app.post_message(events.Paste("a calm piano at night"))
        await until(lambda: pane.song != before)
        assert "a calm piano at night" in pane.song.prompt + pane.song.lyrics
