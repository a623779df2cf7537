"""Keys and commands while a track is still loading."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from suno_tui.tui.context import Playback
from suno_tui.tui.controllers.commanded import CommandedStudio
from suno_tui.tui.playback.session import PlaybackSession
from tests.tui.controllers.fake_context import FakeContext
from tests.tui.silent import SilentPlayer


class SlowPlayer(SilentPlayer):
    """A player that waits before it has a file, or before it sounds."""

    def __init__(self) -> None:
        super().__init__()
        self.waits, self.goes_on = threading.Event(), threading.Event()
        self.early = False

    def load(self, path: Path, *, start: float = 0.0) -> None:
        if self.early:
            self._hold()
        super().load(path, start=start)

    def wait(self, timeout: float = 0.0) -> str:
        if not self.early:
            self._hold()
        return super().wait(timeout)

    def _hold(self) -> None:
        self.waits.set()
        assert self.goes_on.wait(20)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("presses", [1, 2])
def test_a_pause_while_it_loads_counts(app: FakeContext, presses: int, early: bool) -> None:
    app.studio.__dict__["player"] = player = SlowPlayer()
    player.early = early
    session = PlaybackSession(app.studio)
    track = app.studio.library.tracks()[0]

    async def press() -> None:
        loading = asyncio.create_task(session.play(track, [track]))
        await asyncio.to_thread(player.waits.wait, 20)
        for _ in range(presses):
            session.toggle()
        assert session.will_play == (presses == 2)
        if not early:
            assert player.playing == (presses == 2), "at once"
        player.goes_on.set()
        await loading
        assert session.playing == session.will_play == (presses == 2)

    asyncio.run(press())


def test_a_command_pauses_what_is_loading(app: FakeContext) -> None:
    session = SimpleNamespace(will_play=True, playing=False)
    pressed: list[bool] = []
    controls = SimpleNamespace(session=session, action_play=lambda: pressed.append(True))

    def at_once(do: Callable[[], object]) -> None:
        do()

    studio = CommandedStudio(cast("Playback", controls), app.studio, at_once)
    studio.carry_out({"verb": "play"})
    assert not pressed, "it will play already"
    studio.carry_out({"verb": "pause"})
    assert pressed
