"""A player that plays through a listener, with the interface of `player.Player`."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from suno_tui.listener.estimate import RemoteState
from suno_tui.listener.files import KnownFiles
from suno_tui.listener.link import ANSWER_SECONDS, Link, NoListener
from suno_tui.listener.protocol import File, Message, as_frame
from suno_tui.listener.sending import OrderNumbers, first_missing, hashed, send_name
from suno_tui.media.errors import CantPlay
from suno_tui.player.sound import RATE

SILENT_SECONDS = 15.0
"""A playing listener that sends nothing for this long is lost; it sends its position three times
as often."""
_SWITCH_SECONDS = 30.0
_MOST_LATER = 3
"""How many of the following files are sent before they are needed."""
_MOST_AHEAD = 20
"""How many files `send_ahead` sends."""


class RemotePlayer(RemoteState):
    """Plays through a listener. Methods return at once unless `player.Player` says otherwise.

    If the connection is lost, the listener plays on what it has, and `position` follows the clock;
    `attach` with a new connection takes over what plays there.
    """

    def __init__(
        self,
        studio: str,
        files: KnownFiles | None = None,
        *,
        volume: int = 80,
        kilobits: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`studio` is the id of this home for listeners, 64 hexadecimal digits."""
        self.files = files or KnownFiles()
        self.link: Link | None = None
        self.on_change: Callable[[], None] = lambda: None
        """Called from another thread after a message of the listener."""
        self.name = ""
        """The listener's name for its machine."""
        self._ahead: Sequence[Path] = ()
        self.studio = studio
        self._kilobits = kilobits
        self._clock = clock
        super().__init__(clock)
        self._prepared: list[Path] = []
        self._switching: Path | None = None
        self._follows: tuple[Path, ...] | None = None
        """The arguments of the last `follow` since the last `load`."""
        self._numbers = OrderNumbers()
        self._received_at = clock()
        self._volume = volume
        self._missed = False
        """Whether an order was given while there was no connection."""
        self._closed = threading.Event()
        self._orders: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="orders", daemon=True).start()

    def attach(self, connection: socket.socket) -> None:
        """Use a connection, and take over what plays at the listener. Raises `NoListener`."""
        link = Link(connection, self.studio)
        with self._lock:
            old, self.link, self.name = self.link, link, link.name
            # What plays moves to the other machine.
            moves = old is not None and old.open and old.listener != link.listener
            self._missed = self._missed or moves
            self._received_at = self._clock()
            self._numbers.begin()
        if old is not None:
            if moves:
                old.send("bye", stop=True)
            old.close()
        first = threading.Event()

        def on_message(message: Message) -> None:
            if message["verb"] == "state" and not first.is_set():
                self._take_over(message)
            else:
                self._receive(link, message)
            first.set()
            self.on_change()

        link.start(on_message, self._next_to_send, self.files, kilobits=self._kilobits)
        if not first.wait(ANSWER_SECONDS) or not link.open:
            link.close()
            raise NoListener("It does not answer.")

    @property
    def connected(self) -> bool:
        """Whether the connection seems to be alive."""
        link = self.link
        if link is None or not link.open:
            return False
        if self._now.playing and self._clock() - self._received_at > SILENT_SECONDS:
            link.close()
            return False
        return True

    def send_ahead(self, paths: Sequence[Path]) -> None:
        """Send files while nothing else is sent, so that they can play at once."""
        self._ahead = tuple(paths[:_MOST_AHEAD])
        if self.link is not None:
            self.link.recheck()

    # The interface of `player.Player`.

    def load(self, path: Path, *, start: float = 0.0) -> None:
        """Load a file, paused, at `start` seconds; if it can't be played, `error` says why."""
        with self._lock:
            self._set(path, start * RATE)
            n = self._numbers.next()
        self._queue_order("load", path, n=n, frame=as_frame(start * RATE))

    def unload(self) -> None:
        """Unload the file."""
        with self._lock:
            self._set(None, 0)
            n = self._numbers.next()
        self._queue_order("unload", n=n)

    def follow(self, *paths: Path) -> None:
        """Set the files that play next, without gaps; none clears them. Call after `load`."""
        with self._lock:
            if paths == self._now.queue:
                return
            self._now.queue = self._follows = paths
        if not paths:
            self._queue_order("next", files=[], more=False)
        else:
            # In a thread: a pause must not wait until the files are hashed.
            threading.Thread(target=self._queue, args=(paths,), name="hashes", daemon=True).start()

    def skip(self, by: int) -> None:
        """Make the listener play the next file (1), or the previous one (-1)."""
        self._queue_order("skip", by=by)

    def play(self) -> None:
        """Play on, or from the beginning if the end was reached."""
        with self._lock:
            if self._now.path is None:
                return
            self._now.play()
            self._received_at = self._clock()
            n = self._numbers.next()
        self._queue_order("play", n=n)

    def pause(self) -> None:
        with self._lock:
            self._now.pause()
            n = self._numbers.next()
        self._queue_order("pause", n=n)

    def toggle(self) -> None:
        """Pause, or play on."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Go to a time in the loaded file; negative times mean its beginning."""
        with self._lock:
            if self._now.path is None:
                return
            frame = as_frame(seconds * RATE)
            if self._now.whole:
                frame = min(frame, self._now.ready)
            self._now.move(frame)
            self._now.ended = False
            n = self._numbers.next()
        self._queue_order("seek", n=n, frame=frame)

    def prepare(self, path: Path) -> None:
        """Send another take and measure it in advance, so that `switch` to it is instant."""
        with self._lock:
            if path == self._now.path or path in self._prepared:
                return
            self._prepared.append(path)
            now = self._now.path
        self._queue_order("prepare", path)
        threading.Thread(target=self._measure, args=(path, now), daemon=True).start()

    def switch(self, path: Path) -> str:
        """Go on with another take at the same time and loudness; return why that failed, else "".

        Blocks while both are measured and enough of the other take is sent.
        """
        with self._lock:
            now = self._now.path
            if now is None or now == path:
                return ""
            self._switching = path
        try:
            file = self.files.file(path)
        except CantPlay as error:
            return str(error)
        (level, peak), (now_level, now_peak) = self.files.loudness(path), self.files.loudness(now)
        self._queue_order(
            "switch", path, loudness=level, peak=peak,
            now_loudness=now_level, now_peak=now_peak,
        )  # fmt: skip
        with self._lock:
            self._lock.wait_for(
                lambda: (
                    self._now.path != now
                    or self._switching != path
                    or self._why_refused(file) != ""
                ),
                _SWITCH_SECONDS,
            )
            if self._switching == path:
                self._switching = None
                if self._now.path == now:
                    return self._why_refused(file) or "Your machine does not answer."
        return ""

    @property
    def playing(self) -> bool:
        with self._lock:
            now = self._now
            if now.playing and now.whole and not self.connected and now.frame >= now.ready:
                now.pause()  # the listener has played all that it had
            return now.playing

    @property
    def volume(self) -> int:
        """0 to 100."""
        return self._volume

    @volume.setter
    def volume(self, volume: int) -> None:
        self._volume = max(0, min(100, volume))
        self._queue_order("volume", percent=self._volume)

    def wait(self, timeout: float = 10.0) -> str:
        """Block until the loaded file can be heard or has failed; return `error`."""
        with self._lock:
            self._lock.wait_for(
                lambda: self._now.ready > 0 or self._now.error != "" or not self.connected, timeout
            )
        return self._now.error

    @property
    def why(self) -> str:
        """A message to the user about where the sound goes."""
        if self.connected:
            return f"On {self.name}. {self._now.why}".strip()
        if self.link is not None and self.link.why:
            return f"{self.name}: {self.link.why}"
        return f"The connection to {self.name} is lost. What it has received may play on."

    def close(self, *, stop: bool = True) -> None:
        """End the connection; with `stop`, the music ends too."""
        link = self.link
        if link is not None and link.open:
            self._orders.put(lambda: link.send("bye", stop=stop))
        self._orders.put(None)
        self._closed.wait(1)
        if link is not None:
            link.close()

    # Sending orders and receiving states.

    def _queue_order(
        self, verb: str, path: Path | None = None, *, n: int | None = None, **fields: Any
    ) -> None:
        """Queue an order for the thread that sends them, since hashing a file takes a moment.

        An order without a number doesn't change our own estimate.
        """

        def send() -> None:
            link = self.link
            if link is None or not link.open:
                self._missed = self._missed or verb not in ("volume", "next", "skip", "prepare")
                return
            try:
                file = self.files.file(path) if path is not None else None
            except CantPlay as error:
                if path == self._now.path:
                    with self._lock:
                        self._now.error, self._now.playing = str(error), False
                        self._lock.notify_all()
                return
            if file is not None:
                link.ask_again(file)
                send_name(link, self.files, file)
                fields.update(file.fields())
            self._send(link, verb, n, **fields)
            link.recheck()

        self._orders.put(send)

    def _send(self, link: Link, verb: str, n: int | None = None, **fields: Any) -> None:
        with self._lock:
            number = self._numbers.number_to_send(n)
        link.send(verb, n=number, **fields)

    def _queue(self, paths: tuple[Path, ...]) -> None:
        """Send what follows, unless that has changed meanwhile."""
        files = hashed(self.files, paths, lambda: self._follows is paths)

        def send() -> None:
            link = self.link
            with self._lock:
                wanted = self._follows is paths
                if wanted and self._now.queue != paths:
                    self._now.queue, wanted = None, False  # the listener has gone on meanwhile
            if link is not None and link.open and wanted:
                for file in files:
                    send_name(link, self.files, file)
                self._send(link, "next", files=files, more=False)
                link.recheck()

        self._orders.put(send)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            with contextlib.suppress(OSError):
                order()
        self._closed.set()

    def _set(self, path: Path | None, frame: float) -> None:
        self._now.load(path, frame)
        self._follows = None
        self._switching, self._prepared = None, []
        self._lock.notify_all()

    def _receive(self, link: Link, message: Message) -> None:
        with self._lock:
            if link is not self.link:
                return
            self._received_at = self._clock()
            if message["verb"] == "at":
                self._now.move(message["frame"])
            elif message["verb"] == "state" and self._numbers.known(message["n"]):
                self._update_estimate(message)
            elif message["verb"] == "refused" and not self._switching:
                if (
                    self._now.path is not None
                    and self.files.path(message["hash"]) == self._now.path
                ):
                    self._now.error = link.refused.get(message["hash"], "")
            elif message["verb"] == "lost" and link.why:
                # The listener was closed, so nothing plays there any more.
                self._now.pause()
            self._lock.notify_all()

    def _take_over(self, state: Message) -> None:
        """Follow what plays at the listener, else load there what is loaded here."""
        with self._lock:
            missed, self._missed = self._missed, False
            if self.files.path(state["hash"]) is not None and not missed:
                self._volume = state["volume"]
                self._update_estimate(state)
                self._now.queue = None  # what follows may have changed meanwhile
                self._lock.notify_all()
                return
            mine, at, playing = self._now.path, self.position, self._now.playing and missed
        self.volume = self._volume
        if mine is not None:
            self.load(mine, start=at)
            if playing:
                self.play()

    def _update_estimate(self, state: Message) -> None:
        before = self._now.path
        self._now.update_from(state, self.files.path(state["hash"]))
        if self._now.path != before:
            self._switching = None

    def _why_refused(self, file: File) -> str:
        return self.link.refused.get(file.hash, "") if self.link is not None else ""

    def _measure(self, *paths: Path | None) -> None:
        for path in paths:
            if path is not None:
                self.files.loudness(path)

    def _next_to_send(self) -> Path | None:
        """Return the file to send next: what the user waits for comes first. Does no I/O."""
        link = self.link
        first, *later = (self._now.queue or ())[:_MOST_LATER] or (None,)
        now = self._switching, self._now.path, first
        every = (*now, *self._prepared, *later, *self._ahead)
        return first_missing(link, self.files, every) if link is not None else None
