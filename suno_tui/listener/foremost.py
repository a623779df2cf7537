"""What plays at a listener for any studio, for commands on the listener's own machine."""

from __future__ import annotations

from collections.abc import Callable

from suno_tui.listener.protocol import Message
from suno_tui.listener.session import Commanded, Session


class Foremost(Commanded):
    """Passes orders to the session that plays, else to one with a loaded file. Takes no files."""

    verbs = frozenset({"hello", "play", "pause", "unload", "seek", "volume", "skip", "now"})

    def __init__(self, foremost: Callable[[], Session | None]) -> None:
        super().__init__()
        self._foremost = foremost

    def carry_out(self, message: Message) -> None:
        if (session := self._foremost()) is not None:
            session.carry_out(message)
            session.wake()

    def now(self) -> Message:
        if (session := self._foremost()) is not None:
            return session.now()
        return {
            "loaded": False, "title": "", "style": "", "seconds": 0, "track": "", "take": 0,
            "frame": 0, "playing": False, "volume": 0,
        }  # fmt: skip
