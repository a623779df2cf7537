"""Playing by keys, and reading what the player shows."""

from __future__ import annotations

from urllib.request import urlopen

from textual.pilot import Pilot

from suno_tui.tui.app import StudioApp
from tests.tui.conftest import idle
from tests.tui.screen_assertions import shown
from tests.tui.silent import SilentPlayer


async def play(app: StudioApp, pilot: Pilot[None], *before: str) -> SilentPlayer:
    """Play the first track of the library, or that under the cursor after some keys."""
    await pilot.press("escape", "3", *before, "enter")
    await done(app, pilot)
    player = app.studio.player
    assert isinstance(player, SilentPlayer)
    assert player.playing
    return player


async def done(app: StudioApp, pilot: Pilot[None]) -> None:
    await idle(app)
    await pilot.pause()


def name(app: StudioApp) -> str:
    track = app.playback.session.track
    return f"{track.name} {track.take}" if track else ""


def get(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def up_next(app: StudioApp) -> list[str]:
    return [f"{track.name} {track.take}" for track in app.playback.session.up_next.tracks]


def line(app: StudioApp) -> str:
    return shown(app).splitlines()[-2]
