"""A studio's player at a listener and its queue, which outlive the studio's connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from suno_tui.common.text import clean
from suno_tui.listener.about import About
from suno_tui.listener.protocol import TO_LISTENER, File, Message, as_frame, as_text
from suno_tui.player.sound import RATE

if TYPE_CHECKING:
    from suno_tui.listener.cache import Cache
    from suno_tui.player.player import Player

MOST_QUEUE = 500
"""Most files that wait to be played; further ones are dropped."""
_MOST_PLAYED = 100
_MOST_NAMES = 2000
_AHEAD_SECONDS = 20.0
"""Seconds before the end at which the next file is decoded, so that it begins without a gap."""
AGAIN_SECONDS = 3.0
"""Seconds after which going back restarts the current track, not the previous one."""


Switch = Callable[[Callable[[], bool]], None]
"""Performs a switch, and gives up as soon as its argument returns False."""


class Connected(Protocol):
    """A connection, as far as a session needs it."""

    def wake(self) -> None:
        """Read the player's state again, because it may have changed."""


NOTHING: Message = {
    "hash": None, "frame": 0, "ready": 0, "playing": False, "ended": False, "whole": True,
    "waiting": False, "error": "", "output": "", "why": "", "volume": 0,
}  # fmt: skip
"""The state of a player with no file loaded."""


class Commanded:
    """A player that connections command. Any thread may call it.

    There is usually one connection, and more for commands and other studios of the same home.
    """

    verbs: frozenset[str] = frozenset(TO_LISTENER)
    """The verbs that it accepts; any other one ends the connection."""

    def __init__(self) -> None:
        self.connections: set[Connected] = set()
        """Changed under the listener's lock."""
        self.left_at = time.monotonic()
        self.orders = threading.RLock()
        """Held while an order is carried out."""

    def wake(self) -> None:
        """Make all connections read the player's state again, after an order."""
        for connection in [*self.connections]:
            connection.wake()

    def carry_out(self, message: Message) -> None:
        """Carry out an order to the player."""

    def conduct(self) -> None:
        """Continue with what follows, if it is time."""

    def prepare(self, file: File) -> None:
        """Decode another take in advance."""

    def switch(self, message: Message, refuse: Callable[[str], None]) -> None:
        """Go on with another take; `refuse` is called with the reason if that fails."""

    def name(self, message: Message) -> None:
        """Note the title and other facts of a file, as a studio sent them."""

    def now(self) -> Message:
        """Return what plays, for a status line."""
        raise NotImplementedError

    def cover(self) -> Path | None:
        """Return the cover of what plays, if this machine has it."""
        return None

    def state(self, order: int) -> Message:
        """Return what plays, for a studio; `order` is the number of its last executed order."""
        return {**NOTHING, "n": order}

    def stop(self) -> None:
        """Stop the music."""


class Keeper(Commanded):
    """The session of commands that bring a host's sound here. It plays nothing, but keeps the
    listener alive; at its end it can stop the host's music."""

    verbs = frozenset({"hello"})

    def __init__(self, stop: Callable[[], None]) -> None:
        super().__init__()
        self._stop = stop

    def stop(self) -> None:
        self._stop()


class Session(Commanded):
    """A studio's player at a listener, and its queue."""

    def __init__(
        self, player: Player, cache: Cache, about: Callable[[str], About | None] | None = None
    ) -> None:
        """`about` returns what this machine itself knows of a file, by its hash."""
        super().__init__()
        self.player = player
        self._cache = cache
        self._local_about = about
        self._names: dict[str, About] = {}
        self._now: File | None = None
        self._queue: list[File] = []
        self._played: list[File] = []
        self._lock = threading.Lock()
        self._next_switch: Switch | None = None
        self._switching = False

    def carry_out(self, message: Message) -> None:
        with self.orders:
            player = self.player
            match message["verb"]:
                case "load":
                    self._remember()
                    self._queue = []
                    self._load(File.of(message), message["frame"] / RATE)
                case "unload":
                    self.stop()
                case "play":
                    player.play()
                case "pause":
                    player.pause()
                case "seek":
                    player.seek(message["frame"] / RATE)
                case "volume":
                    player.volume = message["percent"]
                case "next":
                    before = self._queue if message["more"] else []
                    files = [File(*each) for each in message["files"]]
                    self._queue = [*before, *files][:MOST_QUEUE]
                    if not self._queue:
                        player.follow()
                    self.conduct()
                case "skip":
                    self.skip(message["by"])

    def conduct(self) -> None:
        # Called at least twice a second while something plays.
        with self.orders:
            player = self.player
            if self._queue and self._hash() == self._queue[0].hash:
                self._remember()
                self._now = self._queue.pop(0)  # the player has started it by itself
            if not self._queue:
                return
            if player.ended:
                self.skip(1)
            elif player.whole and player.duration - player.position < _AHEAD_SECONDS:
                player.follow(self._cache.path_of(self._queue[0]))

    def skip(self, by: int) -> None:
        """Play the next file (1), or the previous one (-1).

        After `AGAIN_SECONDS` of a track, -1 starts that track again.
        """
        with self.orders:
            if by > 0 and self._queue:
                self._remember()
                self._load(self._queue.pop(0))
                self.player.play()
            elif by < 0:
                if self.player.position < AGAIN_SECONDS and self._played:
                    if self._now is not None:
                        self._queue.insert(0, self._now)
                    self._load(self._played.pop())
                self.player.seek(0)
                self.player.play()

    def prepare(self, file: File) -> None:
        self.player.keep(self._cache.path_of(file))

    def switch(self, message: Message, refuse: Callable[[str], None]) -> None:
        # In a thread, since it waits for the other take. It replaces an earlier switch that still
        # waits, so there is never more than one thread.
        with self._lock:
            self._next_switch = lambda wanted: self._switch(message, refuse, wanted)
            if self._switching:
                return
            self._switching = True
        threading.Thread(target=self._run_switches, name="switch", daemon=True).start()

    def stop(self) -> None:
        with self.orders:
            self._queue = []
            self.player.unload()

    def name(self, message: Message) -> None:
        while len(self._names) >= _MOST_NAMES:
            del self._names[next(iter(self._names))]
        title, style = (clean(message[each]) for each in ("title", "style"))
        self._names[message["hash"]] = About(title, style, float(message["seconds"]))

    def about(self) -> About | None:
        """Return the facts of the loaded file; None if there is none."""
        digest = self._hash()
        if digest is None:
            return None
        known = self._local_about(digest) if self._local_about is not None else None
        return known or self._names.get(digest) or About("")

    def cover(self) -> Path | None:
        about = self.about()
        return about.cover if about is not None else None

    def now(self) -> Message:
        about, player = self.about(), self.player
        loaded = about is not None and not player.ended
        about = about or About("")
        return {
            "loaded": loaded,
            "title": as_text(about.title),
            "style": as_text(about.style),
            "seconds": player.duration if player.whole and loaded else about.seconds,
            "track": about.track,
            "take": about.take,
            "frame": as_frame(player.position * RATE),
            "playing": player.playing,
            "volume": player.volume,
        }

    def state(self, order: int) -> Message:
        player = self.player
        return {
            "n": order,
            "hash": self._hash(),
            "frame": as_frame(player.position * RATE),
            "ready": round(player.duration * RATE),
            "playing": player.playing,
            "ended": player.ended,
            "whole": player.whole,
            "waiting": player.waiting,
            "error": as_text(player.error),
            "output": player.output,
            "why": as_text(player.why),
            "volume": player.volume,
        }

    def _hash(self) -> str | None:
        path = self.player.path
        return self._cache.hash_of(path) if path is not None else None

    def _remember(self) -> None:
        """Add the loaded file to the played ones, before another one is loaded."""
        if self._now is not None:
            self._played = [*self._played[1 - _MOST_PLAYED :], self._now]

    def _load(self, file: File, start: float = 0.0) -> None:
        self._now = file
        self.player.load(self._cache.path_of(file), start=start)

    def _run_switches(self) -> None:
        while True:
            with self._lock:
                switch, self._next_switch = self._next_switch, None
                if switch is None:
                    self._switching = False
                    return
            switch(lambda: self._next_switch is None)

    def _switch(
        self, message: Message, refuse: Callable[[str], None], wanted: Callable[[], bool]
    ) -> None:
        file = File.of(message)
        path = self._cache.path_of(file)
        self.player.know(
            path,
            (message["loudness"], message["peak"]),
            (message["now_loudness"], message["now_peak"]),
        )
        if trouble := self.player.switch(path, wanted=wanted):
            refuse(trouble)
        elif self.player.path == path:
            with self.orders:
                self._now = file
        self.wake()
