"""The app on a home with fixed contents, and the means to wait for what it does."""

from __future__ import annotations

import asyncio
import locale
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from suno_tui.studio import Studio
from suno_tui.tui.app import StudioApp
from tests.tui.seed import NOW, open_studio
from tests.tui.silent import SilentPlayer

OpenApp = Callable[..., StudioApp]
RunApp = Callable[..., AbstractAsyncContextManager[tuple[StudioApp, Pilot[None]]]]


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[OpenApp]:
    """Return a function that creates the app on a home with the seed's contents; no worker runs."""
    monkeypatch.setattr(Studio, "wake", lambda self: None)
    player = SilentPlayer()
    monkeypatch.setattr(Studio, "player", property(lambda self: player))
    # The user's time zone is in what the screen shows.
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()  # else that of an earlier test goes on
    opened: list[Studio] = []

    def open_it(**contents: Any) -> StudioApp:
        studio = open_studio(tmp_path / "user" / "home", **contents)
        opened.append(studio)
        return StudioApp(studio, now=lambda: NOW)

    yield open_it
    for studio in opened:
        studio.close()


@pytest.fixture
def run_app(open_app: OpenApp) -> RunApp:
    """Return a function that runs the app and yields it once the library is on the screen."""

    @asynccontextmanager
    async def run(
        size: tuple[int, int] = (120, 40), **contents: Any
    ) -> AsyncIterator[tuple[StudioApp, Pilot[None]]]:
        app = open_app(**contents)
        async with app.run_test(size=size) as pilot:
            await settled(pilot)
            yield app, pilot

    return run


@pytest.fixture
def good_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with true colours and UTF-8."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setattr(locale, "getpreferredencoding", lambda _=True: "UTF-8")


async def until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until a condition is true, as long as a slow machine may take."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - anything may be waited for
            await asyncio.sleep(0.01)


async def idle(app: App[Any]) -> None:
    """Wait until all workers of the app have finished; one may replace another.

    A worker that asks a question in a dialog is ignored.
    """
    await until(lambda: all(one.is_finished or one.group == "ask" for one in app.workers))


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the first lists are on the screen and nothing is being read."""
    app = pilot.app
    assert isinstance(app, StudioApp)
    await until(lambda: app.main.drawn.is_set() and app.main.library.listed)
    await idle(app)
    await pilot.pause()
