"""The player's page and its waveform: clicks, ratings, lyrics."""

from __future__ import annotations

from typing import Any

import pytest

from suno_tui.tui.widgets.waveform import SectionMark, Waveform
from tests.tui.conftest import RunApp, until
from tests.tui.player_helpers import done, line, play
from tests.tui.screen_assertions import sees, shown


async def test_a_click_on_the_waveform_seeks(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await sees(app, "0:00 / 3:18")
        wave = line(app)
        start = wave.index("Summer Nights 1") + len("Summer Nights 1  ")
        end = wave.index("  0:00 / 3:18")
        column = app.playback.session.duration / (end - start)
        for x in (start, end - 1, (start + end) // 2):
            await pilot.click("#player-line", offset=(x, 0))
            assert player.position == pytest.approx((x - start) * column), x
        for x in (start - 3, end, end + 4):
            await pilot.click("#player-line", offset=(x, 0))
        assert player.position == pytest.approx(((start + end) // 2 - start) * column)
        await pilot.press("4")
        await done(app, pilot)
        page = app.main.query_one(Waveform)
        for x, y in ((0, 0), (page.size.width // 3, 2), (page.size.width - 1, 1)):
            await pilot.click(Waveform, offset=(x, y))
            assert player.position == pytest.approx(
                app.playback.session.duration * x / page.size.width
            )
        app.playback.session.marks = (
            SectionMark(10.0, "Verse", "V"),
            SectionMark(100.0, "Chorus", "C"),
        )
        app.playback.show()
        await pilot.pause()
        names = page.size.height - 1
        middle = page.size.width // 2
        for x, at in ((0, 10.0), (middle - 2, 10.0), (middle + 3, 100.0)):
            await pilot.click(Waveform, offset=(x, names))
            assert player.position == at, "the name of a section goes to where that begins"


async def test_a_click_seeks_in_a_restored_track_but_not_in_a_damaged_one(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        app.playback.session.restore(track, 7.0)
        app.main.go("player")
        app.playback.show()
        await pilot.pause()
        await pilot.click(Waveform, offset=(0, 0))
        assert app.playback.session.position == 0.0
        assert app.playback.session.restored
        track.audio.unlink()
        await app.playback.session.play(track, [])
        app.playback.show()
        await pilot.pause()
        await pilot.click(Waveform, offset=(20, 0))
        assert app.playback.session.position == 0.0


async def test_a_click_on_a_tracks_page_seeks_only_in_that_track(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("i")
        await until(lambda: app.screen.query_one(Waveform).timeline is app.playback.session)
        width = app.screen.query_one(Waveform).size.width
        await pilot.click(Waveform, offset=(width // 2, 0))
        here = player.position
        assert here == pytest.approx(app.playback.session.duration * (width // 2) / width)
        await pilot.press("greater_than_sign")
        await until(lambda: app.screen.query_one(Waveform).timeline is not app.playback.session)
        await pilot.click(Waveform, offset=(3, 0))
        assert player.position == here, "another track is shown than the one that plays"
        await pilot.press("escape", "B", "g", "g", "i")
        await done(app, pilot)
        assert app.playback.session.blind is not None
        await pilot.click(Waveform, offset=(3, 0))
        assert player.position == here, "it would tell which take that is"


async def test_the_page_rates_and_shows_changes_by_others(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await pilot.press("4", "r", "5")
        await sees(app, "★★★★★")
        await pilot.press("f")
        await done(app, pilot)
        track = app.playback.session.track
        assert track is not None
        assert not track.favorite
        app.studio.library.annotate(track.id, rating=1)
        await sees(app, "Summer Nights ★☆☆☆☆")
        await pilot.press("u")
        await sees(app, "Summer Nights ★★★★★")


async def test_long_lyrics_wrap_in_a_narrow_window(run_app: RunApp) -> None:
    words = "All the windows on the other side of the long street are golden in the rain tonight"
    async with run_app((60, 16)) as (app, pilot):
        track = app.main.library.track
        assert track is not None
        app.studio.library.edit(track.id, lyrics=f"{words}\n" * 35)
        app.main.library.check()
        await done(app, pilot)
        await play(app, pilot)
        await pilot.press("4")
        await pilot.pause()
        text = shown(app)
        assert "golden in the rain tonight" in text.replace("│", " ")
        assert "…" not in "\n".join(text.splitlines()[2:-2])


async def test_a_stored_waveform_needs_no_decoder(run_app: RunApp) -> None:
    import mutagen.id3

    id3: Any = mutagen.id3
    async with run_app() as (app, pilot):
        track = app.main.library.track
        assert track is not None
        tags = id3.ID3()
        tags.add(id3.PRIV(owner="suno-tui/levels", data=bytes(range(200))))
        tags.save(track.audio)
        await play(app, pilot)
        await until(lambda: app.playback.session.levels == bytes(range(200)))
