"""Shuffle, repeat, a loop over a section, and jumps by percent."""

from __future__ import annotations

from typing import Any

import pytest

from suno_tui.common.errors import UsageError
from suno_tui.tui.controllers.play_modes import moment
from suno_tui.tui.playback.play_order import PlayOrder
from suno_tui.tui.widgets.waveform import SectionMark
from tests.tui.conftest import RunApp, idle, until
from tests.tui.screen_assertions import sees


def test_a_shuffled_list_plays_each_place_once_and_back_again() -> None:
    order, tracks = PlayOrder(shuffle=True), list(range(50))
    place: int | None = 7
    seen = []
    while place is not None:
        seen.append(place)
        place = order.after(place, 1, tracks)
    assert sorted(seen) == tracks
    assert seen != tracks[7:] + tracks[:7]
    assert order.after(seen[20], -1, tracks) == seen[19]
    assert order.after(7, -1, tracks) is None
    order.repeat = "all"
    assert order.after(seen[-1], 1, tracks) == seen[0]


def test_without_shuffle_repeat_decides_at_the_ends() -> None:
    order = PlayOrder()
    assert [order.after(at, 1, "abc") for at in range(3)] == [1, 2, None]
    assert order.turn_repeat() == "all"
    assert [order.after(2, 1, "abc"), order.after(0, -1, "abc")] == [0, 2]
    assert [order.turn_repeat(), order.turn_repeat()] == ["one", "off"]
    assert PlayOrder(repeat="nonsense").repeat == "off"


@pytest.mark.parametrize(
    ("text", "at"), [("50", 100.0), ("50%", 100.0), ("0", 0), ("1:23", 83.0), (" 100 ", 200.0)]
)
def test_a_jump_is_a_percentage_or_a_time(text: str, at: float) -> None:
    assert moment(text, 200.0) == at


@pytest.mark.parametrize("text", ["", "x", "101", "-3", "9:99:9", "nan", "inf"])
def test_a_jump_to_nowhere_says_what_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="0 to 100"):
        moment(text, 200.0)


async def test_repeat_one_starts_the_track_anew_and_a_skip_goes_on(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        session, player = app.playback.session, app.studio.player
        await until(lambda: session.playing)
        await idle(app)
        first = session.track
        await pilot.press("Q", "Q")
        await sees(app, "repeat 1")
        assert session.following == first
        player.end()  # type: ignore[attr-defined]
        app.playback.tick()
        await until(lambda: session.playing and session.track == first)
        await pilot.press(">")
        await until(lambda: session.track != first)
        assert app.playback.state()["repeat"] == "one"


async def test_a_section_loops_until_the_key_ends_it(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        session = app.playback.session
        player: Any = app.studio.player
        await until(lambda: session.playing)
        await idle(app)
        session.marks = (SectionMark(10, "Verse", "V"), SectionMark(40, "Chorus", "C"))
        player.position = 20.0
        await pilot.press("4", "l")
        assert session.loop == (10, 40)
        await sees(app, "loop")
        player.position = 40.0
        app.playback.tick()
        assert player.position == 10
        player.position = 39.97
        app.playback.tick()
        assert player.position == 10
        await pilot.press("l")
        assert session.loop is None
        player.position = 40.0
        app.playback.tick()
        assert player.position == 40


async def test_jump_by_percent_and_the_sign_of_the_bar(run_app: RunApp) -> None:
    async with run_app() as (app, pilot):
        await pilot.press("escape", "3", "enter")
        session = app.playback.session
        await until(lambda: session.playing)
        await idle(app)
        await pilot.press("%", *"50", "enter")
        await until(lambda: abs(session.position - session.duration / 2) < 1)
        await pilot.click("#player-line", offset=(1, 0))
        await until(lambda: not session.playing)
