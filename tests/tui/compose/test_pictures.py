"""Pictures of the composer at three sizes; `--snapshot-update` takes new ones."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.mark.parametrize(("size", "width"), SIZES)
@pytest.mark.parametrize("state", ["writing", "wrong", "simple", "dialog"])
def test_the_composer(
    open_host: Open,
    snap_compare: Any,
    size: tuple[int, int],
    width: int | None,
    state: str,
) -> None:
    song = {"wrong": BAD, "simple": Song(prompt="a calm piano [soft]")}.get(state, SONG)

    async def arrange(pilot: Pilot[None]) -> None:
        pane = await ready(pilot)
        pane.load(song)
        pane.focus_field()
        await pilot.pause()
        if state == "dialog":
            await pilot.press("alt+g")
        await pilot.pause(0.05)

    assert snap_compare(open_host(width=width), terminal_size=size, run_before=arrange)
