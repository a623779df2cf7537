"""What plays at a listener, as far as the studio knows: its last state, and the clock since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from suno_tui.common.text import clean
from suno_tui.listener.protocol import Message
from suno_tui.player.sound import RATE


class Estimate:
    """The loaded file and its state. The caller has a lock for it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.path: Path | None = None
        self.following: Path | None = None
        self.playing = self.ended = False
        self.waiting = False
        """Whether the listener waits for bytes of the file."""
        self.ready = 0
        """Frames that the listener has decoded."""
        self.whole = False
        self.error = self.why = ""
        self._frame, self._since = 0.0, clock()

    def load(self, path: Path | None, frame: float) -> None:
        """Note another file, paused, of which nothing is known."""
        self.path, self.following = path, None
        self.playing = self.ended = self.waiting = self.whole = False
        self.ready, self.error = 0, ""
        self.move(frame)

    def move(self, frame: float) -> None:
        self._frame, self._since = frame, self._clock()

    @property
    def frame(self) -> float:
        """The position by the clock, in frames."""
        if not self.playing or self.waiting:
            return self._frame
        frame = self._frame + (self._clock() - self._since) * RATE
        return min(frame, self.ready) if self.whole else frame

    def play(self) -> None:
        self.move(0 if self.ended else self.frame)
        self.playing, self.ended = True, False

    def pause(self) -> None:
        self.move(self.frame)
        self.playing = False

    def believe(self, state: Message, path: Path | None) -> None:
        """Take over a listener's state; `path` is the file that it means, if it is known."""
        if path is None:
            # Nothing, or what another program of this home plays there.
            self.playing = False
            return
        if path == self.following:
            self.following = None
        self.path = path
        self.move(state["frame"])
        self.playing, self.ended = state["playing"], state["ended"]
        self.waiting, self.whole = state["waiting"], state["whole"]
        self.ready, self.error = state["ready"], clean(state["error"])
        self.why = clean(state["why"])
