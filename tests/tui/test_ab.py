"""A/B comparison of takes, open and blind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from suno_tui.common.paths import Home
from suno_tui.library.errors import UnknownTrack
from suno_tui.tui.widgets.waveform import Waveform
from tests.tui.conftest import RunApp, until
from tests.tui.player_helpers import done, line, name, play
from tests.tui.screen_assertions import notified, shown
from tests.tui.seed import LYRICS, NOW, SUMMER, add_track


async def test_keeping_a_lost_take_never_trashes_the_last_one(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        one, two = app.playback.session.takes
        app.studio.library.trash([one.id])
        await until(lambda: not app.playback.session.takes)
        await pilot.press("K")
        await notified(app, "This song has no other take.")
        with pytest.raises(UnknownTrack):
            app.studio.library.keep(one.id, [two.id], rating=4)
        assert two.audio.exists()


async def test_take_numbers_are_shown_after_a_blind_comparison(
    run_app: RunApp,
) -> None:
    async with run_app() as (app, pilot):
        await play(app, pilot)
        await pilot.press("B")
        await done(app, pilot)
        for take in app.playback.session.takes:
            app.studio.library.annotate(take.id, rating=5)
        await until(lambda: all(take.rating == 5 for take in app.playback.session.takes))
        await pilot.press("b")
        await done(app, pilot)
        assert app.playback.session.track is not None
        assert app.playback.session.track.rating == 5


async def test_swapping_and_keeping_the_better_take(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        one, two = app.playback.session.takes
        assert player.prepared == [two.audio], "the first swap is as quick as the others"
        before = one.file.read_bytes(), two.file.read_bytes(), two.audio.read_bytes()
        assert "[1] 2" in line(app)
        await pilot.press("b")
        await done(app, pilot)
        assert (player.path, name(app)) == (two.audio, "Summer Nights 2")
        assert (follows := app.playback.session.following) is not None
        assert follows.title == "Peaceful Piano", "not the take that is heard already"
        assert " 1 [2]" in line(app)
        await pilot.press("4", "b", "K")
        await done(app, pilot)
        assert player.path == one.audio
        assert not two.audio.exists()
        kept = app.studio.library.get(one.id)
        assert kept.rating == 4
        await notified(app, "Summer Nights 1 kept (★★★★); the other take is in the trash.")
        await pilot.press("b")
        await notified(app, "This song has no other take.")
        await pilot.press("u")
        await done(app, pilot)
        await notified(app, "Undo: the choice of Summer Nights 1.")
        after = one.file.read_bytes(), two.file.read_bytes(), two.audio.read_bytes()
        assert after == before
        await until(lambda: len(app.playback.session.takes) == 2)
        await pilot.press("b")
        await done(app, pilot)
        assert player.path == two.audio
        await pilot.press("K")
        await done(app, pilot)
        assert app.studio.library.get(two.id).rating == 4, "two stars became four"


async def test_a_blind_comparison_reveals_nothing(
    run_app: RunApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random

    monkeypatch.setattr(random, "sample", lambda takes, _: [*reversed(takes)])
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        two = app.playback.session.takes[1]
        await pilot.press("B")
        await done(app, pilot)
        assert player.path == two.audio, "which one comes first is chance"
        pictures = []
        for _ in range(2):
            await pilot.pause()
            assert app.main.library.rows.playing is None
            pictures.append(line(app))
            await pilot.press("4")
            await pilot.pause()
            pictures.append("\n".join(shown(app).splitlines()[1:-2]))
            app.main.go("library")
            await pilot.press("b")
            await done(app, pilot)
        assert "Summer Nights A" in pictures[0]
        assert "Summer Nights B" in pictures[2]
        for picture in pictures:
            assert "3:18" not in picture, "the length of one of them"
            assert "★" not in picture
        assert "[A] B" in pictures[1]
        seen = [
            *map(str.split, (pictures[1].replace("[A] B", "X"), pictures[3].replace("A [B]", "X")))
        ]
        assert seen[0] == seen[1]
        await pilot.press("4", "y", "p")
        await notified(app, "It would tell which take you hear")
        await pilot.press("B")
        await done(app, pilot)
        await notified(app, "You hear take 2.")
        assert app.main.library.rows.playing == two.id
        await pilot.press("B")
        await done(app, pilot)
        follows = app.playback.session.following
        await pilot.press("b")
        await done(app, pilot)
        assert app.playback.session.following == follows
        await pilot.press("K")
        await done(app, pilot)
        assert (name(app), two.audio.exists()) == ("Summer Nights 1", False)


async def test_a_click_reveals_nothing_in_a_blind_comparison(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        player = await play(app, pilot)
        await pilot.press("B", "4")
        await done(app, pilot)
        width = app.main.query_one(Waveform).size.width
        await pilot.click(Waveform, offset=(width // 2, 1))
        assert player.position == pytest.approx(
            app.playback.session.duration * (width // 2) / width
        )
        before = player.position
        await pilot.click(Waveform, offset=(width - 1, 1))
        assert player.position == before, "the shorter one ends before that"
        await notified(app, "Not all of the takes are that long")


async def test_three_takes_of_different_lengths(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        home: Home = app.studio.home
        add_track(
            home, "Summer Nights", "pop", 3, at=NOW - timedelta(hours=0.3), duration=60.0,
            lyrics=LYRICS, song=SUMMER.to_table(),
        )  # fmt: skip
        app.main.library.scan()
        await until(lambda: app.main.library.count == 17)
        player = await play(app, pilot)
        heard = []
        for _ in range(3):
            await pilot.press("b")
            await done(app, pilot)
            heard.append(app.playback.session.track.take if app.playback.session.track else 0)
        assert heard == [2, 3, 1]
        player.position = 59.8
        await pilot.press("b", "b")
        await done(app, pilot)
        assert app.playback.session.track is not None
        assert app.playback.session.track.take == 1, "the third one ends before this moment"
        player.position = 199.0
        await pilot.press("b", "b")
        await done(app, pilot)
        assert app.playback.session.track.take == 2
        await notified(app, "ends before this moment")
        await pilot.press("K")
        await done(app, pilot)
        await notified(app, "the 2 other takes are in the trash")
