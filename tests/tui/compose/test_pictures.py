"""Pictures of the composer at three sizes; `--snapshot-update` takes new ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from suno_tui.api.song import Song
from tests.tui.compose.host import SUMMER, Host, ready

Open = Callable[..., Host]

SIZES = [((80, 24), None), ((100, 30), 42), ((160, 50), 60)]
SONG = Song(
    custom_mode=True,
    title="Summer Nights",
    style="Pop, Indie",
    vocal_gender="f",
    lyrics=SUMMER,
    style_weight=0.65,
    weirdness_constraint=0.4,
)
BAD = replace(SONG, title="A very long title " * 6, style_weight=1.7, model="suno-v3")


STATES = ["writing", "wrong", "simple", "dialog"]


@pytest.mark.parametrize(("size", "width"), SIZES)
@pytest.mark.parametrize("state", STATES)
def test_the_composer(
    open_host: Open,
    snap_compare: Any,
    size: tuple[int, int],
    width: int | None,
    state: str,
) -> None:
    assert snap_compare(open_host(width=width), terminal_size=size, run_before=showing(state))


@pytest.mark.parametrize("state", STATES)
def test_light(open_host: Open, snap_compare: Any, state: str) -> None:
    app = open_host(width=42, theme="studio-light")
    assert snap_compare(app, terminal_size=(100, 30), run_before=showing(state))


def showing(state: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """What leads to a state of the composer."""
    song = {"wrong": BAD, "simple": Song(prompt="a calm piano [soft]")}.get(state, SONG)

    async def arrange(pilot: Pilot[None]) -> None:
        pane = await ready(pilot)
        pane.load(song)
        pane.focus_field()
        await pilot.pause()
        if state == "dialog":
            await pilot.press("alt+g")
        await pilot.pause(0.05)

    return arrange
