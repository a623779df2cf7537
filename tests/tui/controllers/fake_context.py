"""A stand-in for the app that records what a controller asks of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from suno_tui.common.errors import StudioError
from suno_tui.studio import Studio
from suno_tui.tui.context import Context
from tests.tui.seed import NOW


class FakeContext:
    """Notices, terminal sequences and workers of a controller; its other parts are set by tests."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.notices: list[str] = []
        """Texts, and `title: text` if there is a title."""
        self.sent: list[str] = []
        """Sequences for the terminal."""
        self.workers: list[asyncio.Task[None]] = []
        self.playback: Any = SimpleNamespace(session=None, show=lambda: None)
        self.tracks: Any = SimpleNamespace(current=None)
        self.keymap: Any = SimpleNamespace(chord=lambda _id: ".")
        self.queue: Any = SimpleNamespace(is_shown=False, is_in_sight=lambda _id: False)

    @property
    def context(self) -> Context:
        return cast("Context", self)

    def now(self) -> datetime:
        return NOW

    def notify(self, text: str, *, title: str = "", **_: object) -> None:
        self.notices.append(f"{title}: {text}" if title else text)

    def withdraw(self, title: str, text: str) -> None:
        self.notices.remove(f"{title}: {text}" if title else text)

    def notify_briefly(self, text: str) -> None:
        self.notices.append(text)

    def notify_error(self, error: StudioError) -> None:
        self.notices.append(f"{error.title}: {error}")

    def set_timer(self, seconds: float, callback: Callable[[], None]) -> SimpleNamespace:
        """Return a timer that never ends."""
        return SimpleNamespace(stop=lambda: None)

    def to_terminal(self, sequence: str) -> None:
        self.sent.append(sequence)

    def run_worker(self, work: Coroutine[Any, Any, None], **_: object) -> None:
        self.workers.append(asyncio.ensure_future(work))

    async def finish(self) -> None:
        """Wait for all workers."""
        await asyncio.gather(*self.workers)
