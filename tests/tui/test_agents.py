"""What an agent changes is seen in the studio at once, and can be undone there."""

from __future__ import annotations

from pathlib import Path

from suno_tui.agents.tools import AgentTools
from suno_tui.providers.song import Song
from suno_tui.studio import Studio
from tests.tui.conftest import RunApp, until
from tests.tui.screen_assertions import sees
from tests.tui.seed import add_task

HOSTILE = "\x1b]0;owned\x07[b]Neon[/b]"


async def test_an_agents_edit_is_announced_and_undone(run_app: RunApp, tmp_path: Path) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        track = library.tracks()[0]
        other = Studio.open(app.studio.home)
        tools = AgentTools(other, "claude", export_folder=tmp_path / "export")
        tools.edit_track(track.id, {"title": HOSTILE, "rating": 1})
        other.close()
        app.poll_stores()
        (told,) = [note for note in app.messages if note.title == "Changed by agent claude"]
        assert told.text == "␛]0;owned␇[b]Neon[/b]. esc u undoes it."
        await pilot.press("escape", "escape", "3", "u")
        await until(lambda: library.get(track.id).title == track.title)
        assert library.get(track.id).rating == track.rating


async def test_an_agents_playlist_is_announced_and_undone(run_app: RunApp, tmp_path: Path) -> None:
    async with run_app() as (app, pilot):
        library = app.studio.library
        other = Studio.open(app.studio.home)
        tools = AgentTools(other, "claude", export_folder=tmp_path / "export")
        tools.playlist("create", "Best", [library.tracks()[0].id])
        other.close()
        app.poll_stores()
        (told,) = [note for note in app.messages if note.title == "Changed by agent claude"]
        assert told.text == "the playlist Best. esc u undoes it."
        await pilot.press("escape", "escape", "3", "u")
        await until(lambda: library.playlists.names() == [])


async def test_a_row_says_who_asked_for_the_song(run_app: RunApp) -> None:
    async with run_app((160, 50), tasks=False) as (app, pilot):
        add_task(app.studio.tasks, Song(prompt="a waltz"), requester="agent claude")
        app.main.tasks.reload()
        await sees(app, "a waltz · agent claude")
        await pilot.press("escape", "2", "i")
        await sees(app, "Asked by agent claude")
