"""Playing from the library: keys, repaints, lyrics."""

from __future__ import annotations

from tests.tui.conftest import RunApp, idle
from tests.tui.screen_assertions import sees, shown
from tests.tui.silent import SilentPlayer


async def test_playing(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await idle(app)
        await pilot.pause()
        player = app.studio.player
        assert isinstance(player, SilentPlayer)
        assert player.playing
        line = shown(app).splitlines()[-2]
        assert "▶ Summer Nights 1" in line
        assert "0:00 / 3:18" in line
        assert "vol 80" in line
        await pilot.press("right", "right", ")")
        assert player.position == 40
        await pilot.press("left", "(")
        assert player.position == 5
        await pilot.press("+", "+", "-", "m")
        assert player.volume == 0
        await pilot.press("m")
        assert player.volume == 85
        await pilot.press("space")
        assert not player.playing
        await pilot.press(">")
        await idle(app)
        assert app.playback.session.track is not None
        assert app.playback.session.track.take == 2
        player.end()
        app.playback.tick()
        await idle(app)
        assert app.playback.session.track.title == "Peaceful Piano", "what follows follows"
        await pilot.press("<", "<", "<")
        await pilot.pause()
        assert "first track" in [note.message for note in app._notifications][-1]
        await pilot.press("o")
        await sees(app, "Playing on this machine")


async def test_ab_continues_with_the_other_take_at_the_same_moment(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "b")
        await sees(app, "Nothing playing.")
        await pilot.press("enter")
        await idle(app)
        await pilot.press("right", "b")
        await sees(app, "▶ Summer Nights 2", "0:05 / 3:21")
        assert app.studio.player.path is not None
        assert app.studio.player.path.stem == "Summer-Nights-2"
        await pilot.press("b")
        await sees(app, "▶ Summer Nights 1")


async def test_a_second_of_music_repaints_only_its_cells(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        await idle(app)
        await pilot.pause()
        line = app.main.query_one("#player-line")
        regions: list[int] = []
        line.refresh = lambda *parts, **_: regions.extend(r.width for r in parts)  # type: ignore[assignment, method-assign]
        player = app.studio.player
        assert isinstance(player, SilentPlayer)
        player.position = 1.0
        app.playback.tick()
        assert 0 < sum(regions) <= 4


async def test_now_playing_follows_the_lyrics(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "4")
        await sees(app, "Nothing playing.")
        await pilot.press("3", "enter")
        await idle(app)
        await pilot.press("4")
        await pilot.pause()
        text = shown(app)
        assert "Summer Nights 1" in text
        assert "[Chorus]" in text
        await pilot.press("escape")
        await pilot.pause()
        assert app.main.page == "library"


async def test_a_file_that_is_gone_says_so(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        track.audio.unlink()
        app.playback.play_track(track)
        await idle(app)
        await pilot.pause()
        assert "✖ Summer Nights 1: The file is gone." in shown(app).splitlines()[-2]
