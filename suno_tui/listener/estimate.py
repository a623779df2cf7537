"""What plays at a listener, estimated from its last state and the time since then."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from suno_tui.common.text import clean
from suno_tui.listener.protocol import Message
from suno_tui.player.sound import RATE


class Estimate:
    """The loaded file and its state. The caller holds a lock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.path: Path | None = None
        self.queue: tuple[Path, ...] | None = ()
        """The files that follow, as far as they were sent; None if unknown."""
        self.playing = self.ended = False
        self.waiting = False
        """Whether the listener waits for bytes of the file."""
        self.ready = 0
        """Frames that the listener has decoded."""
        self.whole = False
        self.error = self.why = self.output = ""
        self._frame, self._since = 0.0, clock()

    def load(self, path: Path | None, frame: float) -> None:
        """Note that another file was loaded, paused, with an unknown state."""
        self.path, self.queue = path, ()
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

    def update_from(self, state: Message, path: Path | None) -> None:
        """Take over a listener's state; `path` is the loaded file, None if it is unknown here."""
        if path is None:
            # Nothing is loaded, or another program of this home plays there.
            self.playing = False
            return
        if path != self.path and self.queue and path in self.queue:
            self.queue = self.queue[self.queue.index(path) + 1 :]
        self.path = path
        self.move(state["frame"])
        self.playing, self.ended = state["playing"], state["ended"]
        self.waiting, self.whole = state["waiting"], state["whole"]
        self.ready, self.error = state["ready"], clean(state["error"])
        self.why, self.output = clean(state["why"]), clean(state["output"])


class RemoteState:
    """The state of a player at a listener, with the properties of `player.Player`. Thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._lock = threading.Condition(threading.RLock())
        self._now = Estimate(clock)

    @property
    def path(self) -> Path | None:
        """The loaded file; changes when the next sound begins."""
        return self._now.path

    @property
    def position(self) -> float:
        with self._lock:
            return self._now.frame / RATE

    @property
    def duration(self) -> float:
        """Seconds of the loaded file that are decoded so far."""
        return self._now.ready / RATE

    @property
    def waiting(self) -> bool:
        """Whether the listener waits for bytes of the loaded file."""
        return self._now.waiting

    @property
    def ended(self) -> bool:
        """Whether the end was reached, until the next `load`, `play` or `seek`."""
        return self._now.ended

    @property
    def error(self) -> str:
        """A message to the user if the loaded file can't be played; else empty."""
        return self._now.error

    @property
    def whole(self) -> bool:
        """Whether the loaded file is decoded to its end, so that `duration` is its length."""
        return self._now.whole

    @property
    def device(self) -> tuple[str, str]:
        """The kind of the listener's output, and a sentence about it."""
        return self._now.output, self._now.why
